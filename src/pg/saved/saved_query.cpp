// Running the query of a saved set: as the role that saved it, and so that nobody can make it run as somebody else.
//
// The rules, and why each is needed (doc/design.md has them in full):
//  * A query runs in a security-restricted operation, as of materialized views, with the search path of the save and
//    temporary objects last in it: what the caller of a refresh put into the session has no say.
//  * Who saved it is believed only as far as whoever could have written so could act as that role anyway: the trigger
//    binds those who may write the table, and its owner, who could switch that off, is asked for being able to.
//  * What cannot be believed is not run.
#include "pg/saved/named_sets.hpp"
#include "pg/saved/saved_role.hpp"
#include "pg/saved/set_table.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

Datum objectset_set_changed(PG_FUNCTION_ARGS);
}

namespace objectset::pg {
namespace {

// ---- As another role ------------------------------------------------------------------------------------------

// What is in effect until leave(); an error ends it, too, with the (sub)transaction.
struct Stay {
  Oid user;
  int context;
  int settings;
};

void set_search_path(const char* path) {
  SetConfigOption("search_path", path, PGC_USERSET, PGC_S_SESSION);
}

Stay enter() {
  Stay stay = {};
  GetUserIdAndSecContext(&stay.user, &stay.context);
  stay.settings = NewGUCNestLevel();
  return stay;
}

void act_as(const Stay& stay, Oid role) {
  SetUserIdAndSecContext(
      role, stay.context | SECURITY_RESTRICTED_OPERATION | SECURITY_LOCAL_USERID_CHANGE);
}

void leave(const Stay& stay) {
  AtEOXact_GUC(false, stay.settings);
  SetUserIdAndSecContext(stay.user, stay.context);
}

// Tables of temporary schemas come first in every path that does not name them, and those are the caller's.
const char* with_temporary_last(const char* path) {
  List* names = NIL;
  if (!SplitIdentifierString(pstrdup(path), ',', &names)) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("invalid search path of a saved query: \"%s\"", path)));
  }
  StringInfoData result;
  initStringInfo(&result);
  ListCell* cell;
  foreach (cell, names) {
    const char* name = static_cast<char*>(lfirst(cell));
    if (strncmp(name, "pg_temp", 7) == 0) continue;
    appendStringInfo(&result, "%s, ", quote_identifier(name));
  }
  appendStringInfoString(&result, "pg_temp");
  return result.data;
}

// ---- The query ------------------------------------------------------------------------------------------------

bool is_integer(Oid type) {
  const Oid base = getBaseType(type);
  return base == INT8OID || base == INT4OID || base == INT2OID;
}

void check_columns(TupleDesc columns) {
  if (columns->natts != 1) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("query of an object set must return one column, not %d", columns->natts),
                    errhint("Select the ids alone.")));
  }
  const Oid type = TupleDescAttr(columns, 0)->atttypid;
  if (!is_integer(type)) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("query of an object set must return ids of an integer type, not %s",
                           format_type_be(type))));
  }
}

// The one SELECT that a text is, without what ends it. Its tables and columns are looked up here, by the role that is
// in effect.
const char* checked_query(const char* text) {
  SPIPlanPtr const plan = SPI_prepare(text, 0, nullptr);
  if (plan == nullptr) {
    ereport(ERROR,
            (errcode(ERRCODE_SYNTAX_ERROR), errmsg("query of an object set must be a SELECT")));
  }
  List* const sources = SPI_plan_get_plan_sources(plan);
  if (list_length(sources) != 1) {
    ereport(ERROR,
            (errcode(ERRCODE_SYNTAX_ERROR),
             errmsg("query of an object set must be one statement, not %d", list_length(sources))));
  }
  const auto* source = static_cast<CachedPlanSource*>(linitial(sources));
  const RawStmt* statement = source->raw_parse_tree;
  if (!IsA(statement->stmt, SelectStmt)) {
    ereport(ERROR,
            (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("query of an object set must be a SELECT"),
             errdetail("It is %s.", GetCommandTagName(source->commandTag))));
  }
  if (source->resultDesc == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("query of an object set must not make a table")));
  }
  check_columns(source->resultDesc);
  ListCell* cell;
  foreach (cell, source->query_list) {
    const auto* query = static_cast<Query*>(lfirst(cell));
    if (query->hasModifyingCTE || query->rowMarks != NIL) {
      ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                      errmsg("query of an object set must not change or lock rows")));
    }
  }
  const int begin = statement->stmt_location > 0 ? statement->stmt_location : 0;
  return statement->stmt_len > 0 ? pnstrdup(text + begin, static_cast<Size>(statement->stmt_len))
                                 : pstrdup(text + begin);
}

// Names are qualified and types exact: the search path of the query is not ours to trust.
Datum run_query(Oid function, const char* text, MemoryContext result_context) {
  const char* sql = psprintf("SELECT %s(q.id::pg_catalog.int8) FROM (%s\n) AS q(id)",
                             qualified_sibling(function, "objectset_agg"), checked_query(text));
  if (SPI_execute(sql, true, 0) != SPI_OK_SELECT || SPI_processed != 1) {
    elog(ERROR, "query of an object set gave no result");
  }
  bool is_null = false;
  const Datum set = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
  if (is_null) return 0;
  MemoryContext const outer = MemoryContextSwitchTo(result_context);
  const Datum copy = datumCopy(set, false, -1);
  MemoryContextSwitchTo(outer);
  return copy;
}

Datum empty_set(Oid set_type) {
  Oid input = InvalidOid;
  Oid parameter = InvalidOid;
  getTypeInputInfo(set_type, &input, &parameter);
  return OidInputFunctionCall(input, const_cast<char*>("{}"), parameter, -1);
}

Datum run_as(FunctionCallInfo fcinfo, const Stay& stay, Oid role, const char* path,
             const char* query) {
  MemoryContext const result_context = CurrentMemoryContext;
  const char* whole_path = with_temporary_last(path);
  act_as(stay, role);
  set_search_path(whole_path);
  SPI_connect();
  const Datum set = run_query(fcinfo->flinfo->fn_oid, query, result_context);
  SPI_finish();
  return set != 0 ? set : empty_set(get_func_rettype(fcinfo->flinfo->fn_oid));
}

// ---- What is believed -------------------------------------------------------------------------------------------

struct SavedQuery {
  const char* name;
  const char* query;
  const char* saved_by;
  const char* search_path;
};

const char* text_of(int column, MemoryContext context) {
  const char* text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
  return text == nullptr ? nullptr : MemoryContextStrdup(context, text);
}

// As the caller, who may have no right to read it.
SavedQuery read_saved_query(Oid table, int64 id) {
  MemoryContext const context = CurrentMemoryContext;
  SPI_connect();
  const char* sql = psprintf("SELECT name, query, saved_by, search_path FROM ONLY %s WHERE id = $1",
                             qualified_table(table));
  Oid types[] = {INT8OID};
  Datum values[] = {Int64GetDatum(id)};
  if (SPI_execute_with_args(sql, 1, types, values, nullptr, true, 1) != SPI_OK_SELECT ||
      SPI_processed == 0) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("object set with id %lld does not exist in %s",
                           static_cast<long long>(id), get_rel_name(table))));
  }
  const SavedQuery saved = {text_of(1, context), text_of(2, context), text_of(3, context),
                            text_of(4, context)};
  SPI_finish();
  if (saved.query == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("object set \"%s\" has no query", saved.name)));
  }
  return saved;
}

// The trigger, enabled, for each row and without conditions.
bool is_guarded(Relation table) {
  const TriggerDesc* triggers = table->trigdesc;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
    const Trigger& trigger = triggers->triggers[i];
    if (!OidIsValid(trigger.tgfoid) || trigger.tgnattr != 0 || trigger.tgqual != nullptr ||
        !TRIGGER_FOR_ROW(trigger.tgtype) || !TRIGGER_FOR_BEFORE(trigger.tgtype) ||
        !TRIGGER_FOR_INSERT(trigger.tgtype) || !TRIGGER_FOR_UPDATE(trigger.tgtype) ||
        (trigger.tgenabled != TRIGGER_FIRES_ON_ORIGIN &&
         trigger.tgenabled != TRIGGER_FIRES_ALWAYS)) {
      continue;
    }
    FmgrInfo called;
    fmgr_info(trigger.tgfoid, &called);
    if (called.fn_addr == objectset_set_changed) return true;
  }
  return false;
}

// Whether anybody but the owner was given a right to write rows.
bool others_may_write(Oid table) {
  SPI_connect();
  Oid types[] = {OIDOID};
  Datum values[] = {ObjectIdGetDatum(table)};
  const int result = SPI_execute_with_args(
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a"
      "               WHERE c.oid = $1 AND a.grantee <> c.relowner AND a.privilege_type IN "
      "('INSERT', 'UPDATE'))"
      "    OR EXISTS (SELECT FROM pg_catalog.pg_class c, pg_catalog.pg_attribute t, "
      "pg_catalog.aclexplode(t.attacl) a"
      "               WHERE c.oid = $1 AND t.attrelid = c.oid AND a.grantee <> c.relowner"
      "               AND a.privilege_type IN ('INSERT', 'UPDATE'))"
      "    OR EXISTS (SELECT FROM pg_catalog.pg_auth_members"
      "               WHERE roleid = 'pg_write_all_data'::pg_catalog.regrole)",
      1, types, values, nullptr, true, 1);
  bool is_null = false;
  const bool they_may =
      result != SPI_OK_SELECT || SPI_processed != 1 ||
      DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
  SPI_finish();
  return they_may;
}

// The role to run as, or an error. `caller` is whoever asks for the refresh.
Oid believed_saver(Oid table, const SavedQuery& saved, Oid caller) {
  Relation const relation = relation_open(table, AccessShareLock);
  const Oid owner = relation->rd_rel->relowner;
  const bool is_table = relation->rd_rel->relkind == RELKIND_RELATION;
  const bool guarded_by_trigger = is_guarded(relation);
  relation_close(relation, NoLock);

  const Oid saver = saved.saved_by == nullptr ? InvalidOid : get_role_oid(saved.saved_by, true);
  if (!OidIsValid(saver)) {
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_OBJECT),
             errmsg("role \"%s\", which saved the query of object set \"%s\", does not exist",
                    saved.saved_by == nullptr ? "" : saved.saved_by, saved.name),
             errhint("Save the query again.")));
  }
  if (!is_table || (!guarded_by_trigger && others_may_write(table))) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("query of object set \"%s\" cannot be run: anybody may have written it",
                           saved.name),
                    errdetail("Others than its owner may write table %s, and no trigger with "
                              "objectset_set_changed notes who saved a query.",
                              get_rel_name(table))));
  }
  if (!can_act_as(owner, saver) && (caller != saver || superuser_arg(caller))) {
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
             errmsg("query of object set \"%s\" cannot be run as role \"%s\", which saved it",
                    saved.name, saved.saved_by),
             errdetail("The owner of table %s, \"%s\", could not act as that role.",
                       get_rel_name(table), GetUserNameFromId(owner, false)),
             errhint("Refresh it as \"%s\", grant that role to the owner, or save the query again.",
                     saved.saved_by)));
  }
  return saver;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_set_run_saved) {
  const Oid table = PG_GETARG_OID(0);
  check_set_table(table);
  const Stay stay = enter();
  set_search_path("pg_catalog, pg_temp");
  const SavedQuery saved = read_saved_query(table, PG_GETARG_INT64(1));
  const Oid saver = believed_saver(table, saved, stay.user);
  const Datum set = run_as(fcinfo, stay, saver,
                           saved.search_path == nullptr ? "" : saved.search_path, saved.query);
  leave(stay);
  return set;
}

OBJECTSET_FUNCTION(objectset_set_run) {
  const Oid table = PG_GETARG_OID(0);
  check_set_table(table);
  const Stay stay = enter();
  const Datum set =
      run_as(fcinfo, stay, saving_role(owner_of(table)), text_to_cstring(PG_GETARG_TEXT_PP(2)),
             text_to_cstring(PG_GETARG_TEXT_PP(1)));
  leave(stay);
  return set;
}

OBJECTSET_FUNCTION(objectset_set_saver) {
  const Oid table = PG_GETARG_OID(0);
  check_set_table(table);
  PG_RETURN_TEXT_P(cstring_to_text(GetUserNameFromId(saving_role(owner_of(table)), false)));
}

OBJECTSET_FUNCTION(objectset_set_path) { PG_RETURN_TEXT_P(cstring_to_text(path_to_save())); }

// What refreshes a set as the owner of its table: for a superuser in the tables of others.
OBJECTSET_FUNCTION(objectset_set_refresh_as_owner) {
  const Oid table = PG_GETARG_OID(0);
  check_set_table(table);
  if (!superuser()) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("only superusers act as the owner of a set table")));
  }
  TupleDesc row = nullptr;
  get_call_result_type(fcinfo, nullptr, &row);
  row = BlessTupleDesc(row);
  const Stay stay = enter();
  act_as(stay, owner_of(table));
  SPI_connect();
  const char* sql = psprintf("SELECT entered, \"left\" FROM %s($1, $2)",
                             qualified_sibling(fcinfo->flinfo->fn_oid, "objectset_refresh"));
  Oid types[] = {REGCLASSOID, TEXTOID};
  Datum values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
  if (SPI_execute_with_args(sql, 2, types, values, nullptr, false, 1) != SPI_OK_SELECT ||
      SPI_processed != 1) {
    elog(ERROR, "objectset_refresh gave no row");
  }
  Datum results[2] = {};
  bool nulls[2] = {};
  for (int i = 0; i < 2; ++i) {
    results[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &nulls[i]);
  }
  SPI_finish();
  leave(stay);
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, results, nulls)));
}
