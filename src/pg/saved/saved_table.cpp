// Making set tables, and what is to be known of them.
#include "pg/saved/saved_table.hpp"
#include "pg/saved/saved_stale.hpp"

#include "pg/saved/dependents.hpp"
#include "pg/saved/saved_history.hpp"
#include "pg/saved/saved_role.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic_ext.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/varlena.h"
}

namespace objectset::pg {
namespace {

// What to do where a table has no key that can be used.
const char* key_hint(Oid target) {
  const char kind = get_rel_relkind(target);
  return kind == RELKIND_MATVIEW || kind == RELKIND_FOREIGN_TABLE
             ? "Object sets hold numbers. Name a column of an integer type: key => '...'."
             : "Object sets hold numbers. Give the table a bigint column, GENERATED ALWAYS AS "
               "IDENTITY and UNIQUE, and name it: key => '...'.";
}

// The only column of the primary key.
AttrNumber primary_key(Oid target) {
  Relation const relation = relation_open(target, AccessShareLock);
  const Oid index = (RelationGetIndexList(relation), relation->rd_pkindex);
  relation_close(relation, NoLock);
  HeapTuple const tuple =
      OidIsValid(index) ? SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index)) : nullptr;
  if (!HeapTupleIsValid(tuple)) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("\"%s\" has no primary key", get_rel_name(target)),
                    errhint("Name the column with the ids: key => '...'.")));
  }
  const auto* const form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  const int columns = form->indnkeyatts;
  const AttrNumber key = form->indkey.values[0];
  ReleaseSysCache(tuple);
  if (columns > 1) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("primary key of \"%s\" has more than one column", get_rel_name(target)),
                    errhint("%s", key_hint(target))));
  }
  return key;
}

AttrNumber key_of(Oid target, const char* name) {
  check_kind_of_target(target);
  const AttrNumber key = name == nullptr ? primary_key(target) : get_attnum(target, name);
  if (key <= 0) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                           get_rel_name(target))));
  }
  if (const char* const problem = key_problem(target, key, false)) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s", problem),
                    errhint("%s", key_hint(target))));
  }
  return key;
}

// ` COLLATE schema.name` where that is not what the type has anyway.
const char* collate_clause(Oid type, Oid collation) {
  if (!OidIsValid(collation) || collation == get_typcollation(type)) return "";
  HeapTuple const tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
  if (!HeapTupleIsValid(tuple)) {
    elog(ERROR, "cache lookup failed for collation %u", collation);
  }
  const auto* const form = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
  const char* const clause = psprintf(
      " COLLATE %s",
      quote_qualified_identifier(get_namespace_name(form->collnamespace), NameStr(form->collname)));
  ReleaseSysCache(tuple);
  return clause;
}

// Columns of the target that make a name unique together with it.
struct Scope {
  const char* definitions;  // "tenant_id integer NOT NULL, "
  const char* names;        // "tenant_id, "
};

// Whether values of a type are read, compared or measured by code that its owner wrote, or may write later: checks of domains,
// within other types, too; functions of ranges. Base types and their operators are superusers', and enums have no code.
bool has_code_of_owner(Oid type) {
  if (type < FirstNormalObjectId) return false;
  const Oid element = get_element_type(type);
  if (OidIsValid(element)) return has_code_of_owner(element);
  const char kind = get_typtype(type);
  return kind != TYPTYPE_BASE && kind != TYPTYPE_ENUM;
}

Scope scope_of(FunctionCallInfo fcinfo, int n, Oid target) {
  if (PG_ARGISNULL(n)) return {"", ""};
  Datum* elements = nullptr;
  int count = 0;
  deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &elements,
                    nullptr, &count);
  StringInfoData definitions;
  StringInfoData names;
  initStringInfo(&definitions);
  initStringInfo(&names);
  for (int i = 0; i < count; ++i) {
    const char* const name = NameStr(*DatumGetName(elements[i]));
    const AttrNumber number = get_attnum(target, name);
    if (number <= 0) {
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                      errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                             get_rel_name(target))));
    }
    Oid type = InvalidOid;
    int32 modifier = -1;
    Oid collation = InvalidOid;
    get_atttypetypmodcoll(target, number, &type, &modifier, &collation);
    // A domain's checks are code of its owner's.
    type = getBaseTypeAndTypmod(type, &modifier);
    if (has_code_of_owner(type)) {
      ereport(ERROR,
              (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
               errmsg("column \"%s\" of type %s cannot be a scope", name, format_type_be(type)),
               errdetail("Code of the type's owner would run wherever the set table is "
                         "used.")));
    }
    appendStringInfo(
        &definitions, "%s %s%s NOT NULL, ", quote_identifier(name),
        format_type_extended(type, modifier, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
        collate_clause(type, collation));
    appendStringInfo(&names, "%s, ", quote_identifier(name));
  }
  return {definitions.data, names.data};
}

Oid target_argument(FunctionCallInfo fcinfo, int n) {
  const Oid target = DatumGetObjectId(given_argument(fcinfo, n, "the target of a set table"));
  LockRelationOid(target, AccessShareLock);
  qualified_name(target);  // raises where there is none
  return target;
}

void check_persistence(Oid target, bool is_temporary, const char* set_table) {
  if (get_rel_persistence(target) != RELPERSISTENCE_TEMP || is_temporary) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                  errmsg("a permanent set table cannot be made for a temporary table"),
                  errhint("Make a temporary one: pg_temp.%s.", quote_identifier(set_table))));
}

void put_mark(const SetTable& table, Oid target, AttrNumber key) {
  drop_constraint(table, "objectset_target");
  run_utility(table, "ALTER TABLE {t} ADD CONSTRAINT objectset_target CHECK ({0})",
              {mark_of(target, key)});
}

// The name of the table that is to be made, qualified: what a name without a schema means is up to the caller's path.
const char* new_table_name(const char* text, Oid target) {
  RangeVar* const name = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text)));
  const Oid schema = RangeVarGetCreationNamespace(name);
  check_persistence(target, isTempNamespace(schema), name->relname);
  return quote_qualified_identifier(
      isTempNamespace(schema) ? "pg_temp" : get_namespace_name(schema), name->relname);
}

// A list of names of custom settings, as a constraint has it, or nullptr for none.
const char* settings_mark(FunctionCallInfo fcinfo, int n) {
  if (PG_ARGISNULL(n)) return nullptr;
  Datum* names = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls,
                    &count);
  if (count == 0) return nullptr;
  if (count > most_kept_settings) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("no more than %d custom settings can be kept with queries",
                           most_kept_settings)));
  }
  for (int i = 0; i < count; ++i) {
    const char* const name = nulls[i] ? "" : TextDatumGetCString(names[i]);
    if (strchr(name, '.') == nullptr) {
      ereport(ERROR,
              (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
               errmsg("\"%s\" is not the name of a custom setting", name),
               errhint("Custom settings have a dot in their names, as app.tenant. Those of the "
                       "server that results depend on are kept anyway.")));
    }
  }
  Oid output = InvalidOid;
  bool is_varlena = false;
  getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
  return psprintf("%s::pg_catalog.text[] IS NOT NULL",
                  quote_literal_cstr(OidOutputFunctionCall(output, PG_GETARG_DATUM(n))));
}

bool flag_argument(FunctionCallInfo fcinfo, int n) {
  return DatumGetBool(given_argument(fcinfo, n, "triggers, history and index of a set table"));
}

// {0}: the table, {1}: columns of its scope, {2}: their names, {3}: the mark, {4}: the rest
constexpr const char* table_statement =
    "CREATE TABLE {0} ("
    "id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "
    "{1}"
    "name pg_catalog.text NOT NULL, "
    "query pg_catalog.text, "
    "parameters pg_catalog.text[], "
    "expression pg_catalog.text, "
    "base {s}.objectset NOT NULL DEFAULT '{}', "
    "added {s}.objectset NOT NULL DEFAULT '{}', "
    "removed {s}.objectset NOT NULL DEFAULT '{}', "
    "deleted {s}.objectset NOT NULL DEFAULT '{}', "
    "count pg_catalog.int8 GENERATED ALWAYS AS "
    "({s}.objectset_members_count(base, added, removed, deleted)) STORED, "
    "created pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now(), "
    "modified pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now(), "
    "refreshed pg_catalog.timestamptz, "
    "saved_by pg_catalog.regrole DEFAULT "
    "pg_catalog.quote_ident(current_user::pg_catalog.text)::pg_catalog.regrole, "
    "settings pg_catalog.text[], "
    "seal pg_catalog.bytea, "
    "seen pg_catalog.xid8[], "
    "seen_mark pg_catalog.bytea, "
    "refresh_took pg_catalog.interval, "
    "refresh_way pg_catalog.text, "
    "refresh_failures pg_catalog.int4 NOT NULL DEFAULT 0, "
    "last_error pg_catalog.text, "
    "UNIQUE ({2}name), "
    "CHECK (query IS NULL OR expression IS NULL), "
    "CONSTRAINT objectset_target CHECK ({3}){4})";

// What psql's \d+ and other clients say of them; those that look for comments find them in dumps, too.
constexpr const char* column_comments[][2] = {
    {"id", "number of the set, for references to it"},
    {"name", "what functions call the set by"},
    {"query", "the query that a refresh runs again"},
    {"parameters", "values of $1, $2, ... in the query: type=value, or type for NULL"},
    {"expression", "what the set is composed of, which a refresh evaluates again"},
    {"base", "what query or expression found last; or what was saved, where there is none"},
    {"added", "ids that were added by hand; they survive refreshes"},
    {"removed", "ids that were removed by hand, and stay out when a refresh finds them"},
    {"deleted", "ids of base that left it since, until the next refresh"},
    {"count", "number of members; of the other columns, so always exact"},
    {"created", "when the set was saved first"},
    {"modified", "when its members changed last"},
    {"refreshed", "when the last refresh that succeeded began"},
    {"saved_by", "the role that saved the query or expression, which it runs as"},
    {"settings", "the settings that it runs under"},
    {"seal", "proof of who saved it"},
    {"seen", "of the changes that are tracked: the snapshot of the last refresh"},
    {"seen_mark", "proof of that, and of what it found"},
    {"refresh_took", "how long that refresh took"},
    {"refresh_way", "whether it was full or incremental"},
    {"refresh_failures", "how many refreshes have failed since"},
    {"last_error", "what the last refresh failed with, if it did"},
};

void comment_on_columns(const SetTable& table) {
  for (const auto& [column, comment] : column_comments) {
    run_utility(table, "COMMENT ON COLUMN {t}.{0} IS {1}", {column, quote_literal_cstr(comment)});
  }
}

// Room for new versions of rows on their own pages: those of which base stays the same need no entries in the index then.
constexpr int fillfactor_with_index = 40;

void leave_room(const SetTable& table) {
  Relation const relation = relation_open(table.relid, NoLock);
  const bool is_full =
      relation->rd_rel->relkind == RELKIND_RELATION &&
      RelationGetFillFactor(relation, HEAP_DEFAULT_FILLFACTOR) == HEAP_DEFAULT_FILLFACTOR;
  relation_close(relation, NoLock);
  if (!is_full) return;
  run_utility(table, "ALTER TABLE {t} SET (fillfactor = {0})",
              {psprintf("%d", fillfactor_with_index)});
}

// As sql/install/81_saved_table.sql has it. Only saving, refreshing and folding enter keys, so more than a column's index
// has by default, which every change of a set enters. They do not wait in a list of pending ones, that every question
// would have to go through.
constexpr int64 keys_of_set_table = 16384;

Oid index_set_table(Oid relid, Oid function, int64 keys) {
  const SetTable table = open_set_table(relid, function, Access::define);
  Oid index = index_of_base(table);
  if (!OidIsValid(index)) {
    leave_room(table);
    run_utility(table,
                "CREATE INDEX ON {t} USING gin (base {s}.objectset_ops (keys = {0})) "
                "WITH (fastupdate = off)",
                {psprintf(INT64_FORMAT, keys)});
    index = index_of_base(table);
  }
  close_set_table(table);
  return index;
}

}  // namespace

List* find_set_tables(Oid set_type) {
  MemoryContext const outer = CurrentMemoryContext;
  SetTable none = {};
  none.schema_name = none.name = none.rows = "";
  SPI_connect();
  const uint64 count =
      run(none, Access::read,
          "SELECT r.oid FROM (SELECT c.conrelid FROM pg_catalog.pg_constraint AS c "
          "WHERE c.conname OPERATOR(pg_catalog.=) 'objectset_target'::pg_catalog.name "
          "AND c.contype OPERATOR(pg_catalog.=) 'c'::pg_catalog.\"char\" "
          "UNION SELECT a.attrelid FROM pg_catalog.pg_depend AS d "
          "JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) d.objid "
          "AND a.attnum OPERATOR(pg_catalog.=) d.objsubid "
          "WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass "
          "AND d.refobjid OPERATOR(pg_catalog.=) $1 "
          "AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
          "AND a.attname OPERATOR(pg_catalog.=) 'base'::pg_catalog.name) AS found (relid) "
          "JOIN pg_catalog.pg_class AS r ON r.oid OPERATOR(pg_catalog.=) found.relid "
          "WHERE r.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog.\"char\"[]) "
          "ORDER BY r.relname, r.oid",
          {}, {{OIDOID, ObjectIdGetDatum(set_type)}});
  MemoryContext const inner = MemoryContextSwitchTo(outer);
  List* tables = NIL;
  for (uint64 i = 0; i < count; ++i) {
    bool is_null = false;
    tables = lappend_oid(tables, DatumGetObjectId(column(i, 1, &is_null)));
  }
  MemoryContextSwitchTo(inner);
  SPI_finish();
  return tables;
}

namespace {

// By their names.
int compare_tables(const ListCell* a, const ListCell* b) {
  const char* const x = get_rel_name(lfirst_oid(a));
  const char* const y = get_rel_name(lfirst_oid(b));
  const int order = strcmp(x == nullptr ? "" : x, y == nullptr ? "" : y);
  return order != 0 ? order : list_oid_cmp(a, b);
}

}  // namespace

List* find_set_tables_of(Oid target) {
  List* tables = NIL;
  ListCell* cell = nullptr;
  foreach (cell, tables_with_check_on(target, "objectset_target")) {
    const char kind = get_rel_relkind(lfirst_oid(cell));
    if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) {
      tables = lappend_oid(tables, lfirst_oid(cell));
    }
  }
  list_sort(tables, compare_tables);
  return tables;
}

}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_create_table) {
  const char* const given = text_argument(fcinfo, 0, "the name of a set table");
  const Oid target = target_argument(fcinfo, 1);
  const AttrNumber key = key_of(target, PG_ARGISNULL(2) ? nullptr : NameStr(*PG_GETARG_NAME(2)));
  const bool triggers = flag_argument(fcinfo, 3);
  const bool history = flag_argument(fcinfo, 4);
  const bool index = flag_argument(fcinfo, 7);
  const Scope scope = scope_of(fcinfo, 5, target);
  const char* const settings = settings_mark(fcinfo, 6);
  SetTable table = {};
  table.schema = get_func_namespace(fcinfo->flinfo->fn_oid);
  table.schema_name = quote_identifier(get_namespace_name(table.schema));
  table.name = new_table_name(given, target);
  SPI_connect();
  run_utility(
      table, table_statement,
      {table.name, scope.definitions, scope.names, mark_of(target, key),
       settings == nullptr ? ""
                           : psprintf(", CONSTRAINT objectset_settings CHECK (%s)", settings)});
  comment_on_columns(table);
  if (triggers) {
    run_utility(table,
                "CREATE TRIGGER objectset_set_changed BEFORE INSERT OR UPDATE ON {t} FOR EACH ROW "
                "EXECUTE FUNCTION {s}._objectset_set_changed()",
                {});
  }
  SPI_finish();
  const Oid made = DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(table.name)));
  if (history) create_history(made, fcinfo->flinfo->fn_oid);
  if (index) index_set_table(made, fcinfo->flinfo->fn_oid, keys_of_set_table);
  PG_RETURN_OID(made);
}

OBJECTSET_FUNCTION(objectset_saved_index) {
  const Oid relid = DatumGetObjectId(given_argument(fcinfo, 0, "the set table"));
  const int64 keys = DatumGetInt64(given_argument(fcinfo, 1, "the number of keys"));
  PG_RETURN_OID(index_set_table(relid, fcinfo->flinfo->fn_oid, keys));
}

OBJECTSET_FUNCTION(objectset_saved_target) {
  TupleDesc const row = row_of_result(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  const Target target = table.target;
  NameData key;
  namestrcpy(&key, get_attname(target.relid, target.key, false));
  close_set_table(table);
  Datum values[] = {ObjectIdGetDatum(target.relid), NameGetDatum(&key),
                    ObjectIdGetDatum(get_atttype(target.relid, target.key))};
  bool nulls[3] = {};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

// For the owner of the table: another mark. That of before need not be sound.
OBJECTSET_FUNCTION(objectset_saved_set_key) {
  const SetTable table = open_set_table(fcinfo, 0, Access::note);
  const char* const key = NameStr(*DatumGetName(given_argument(fcinfo, 1, "the key")));
  Relation const relation = relation_open(table.relid, NoLock);
  Target target = {};
  const char* const problem = find_target(relation, &target);
  relation_close(relation, NoLock);
  if (!OidIsValid(target.relid)) raise_unusable(table, target, problem);
  put_mark(table, target.relid, key_of(target.relid, key));
  close_set_table(table);
  PG_RETURN_VOID();
}

// The same where the mark may be gone with the target of before. Not strict: the key may be left to the primary key.
OBJECTSET_FUNCTION(objectset_saved_set_target) {
  const SetTable table = open_set_table(fcinfo, 0, Access::note);
  const Oid target = target_argument(fcinfo, 1);
  check_persistence(target, get_rel_persistence(table.relid) == RELPERSISTENCE_TEMP,
                    get_rel_name(table.relid));
  put_mark(table, target, key_of(target, PG_ARGISNULL(2) ? nullptr : NameStr(*PG_GETARG_NAME(2))));
  close_set_table(table);
  PG_RETURN_VOID();
}

OBJECTSET_FUNCTION(objectset_saved_keep_settings) {
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  const char* const settings = settings_mark(fcinfo, 1);
  drop_constraint(table, "objectset_settings");
  if (settings != nullptr) {
    run_utility(table, "ALTER TABLE {t} ADD CONSTRAINT objectset_settings CHECK ({0})", {settings});
  }
  close_set_table(table);
  PG_RETURN_VOID();
}

OBJECTSET_FUNCTION(objectset_saved_list) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  put_rows(rows, run(table, Access::read,
                     "SELECT name::pg_catalog.text, count, "
                     "pg_catalog.pg_column_size(base)::pg_catalog.int8 "
                     "OPERATOR(pg_catalog.+) pg_catalog.pg_column_size(added) "
                     "OPERATOR(pg_catalog.+) pg_catalog.pg_column_size(removed) "
                     "OPERATOR(pg_catalog.+) pg_catalog.pg_column_size(deleted), "
                     "query, parameters, expression, created, modified, refreshed, "
                     "expression IS NOT NULL AND id OPERATOR(pg_catalog.=) ANY ($1), "
                     "saved_by, last_error FROM {r} ORDER BY 1",
                     {}, {{INT8ARRAYOID, stale_ids(table)}}));
  close_set_table(table);
  PG_RETURN_NULL();
}

namespace {

// A number that may not be known.
struct Measure {
  Datum value;
  bool is_null;
};

Measure first_measure() {
  Measure found = {};
  found.value = column(0, 1, &found.is_null);
  return found;
}

// Whether all rows are here and now: no other session's temporary table, nothing that a standby does not have.
bool is_at_hand(Oid relid) {
  return get_rel_relkind(relid) == RELKIND_RELATION &&
         !isOtherTempNamespace(get_rel_namespace(relid)) &&
         (!RecoveryInProgress() || get_rel_persistence(relid) == RELPERSISTENCE_PERMANENT);
}

bool may_read_all(Oid relid, Oid role) {
  return may_use_schema(get_rel_namespace(relid), role) && sees_whole(relid, role);
}

// Expressions of indexes and statistics, which are computed as a statement is planned: whoever owns the table may have any
// function there.
bool has_expressions(Relation relation) {
  const auto is_there = [](auto cache, Oid oid, std::initializer_list<AttrNumber> columns) {
    HeapTuple const tuple = SearchSysCache1(cache, ObjectIdGetDatum(oid));
    if (!HeapTupleIsValid(tuple)) return false;
    bool any = false;
    for (const AttrNumber column : columns) {
      bool is_null = false;
      SysCacheGetAttr(cache, tuple, column, &is_null);
      any = any || !is_null;
    }
    ReleaseSysCache(tuple);
    return any;
  };
  ListCell* cell = nullptr;
  foreach (cell, RelationGetIndexList(relation)) {
    if (is_there(INDEXRELID, lfirst_oid(cell), {Anum_pg_index_indexprs, Anum_pg_index_indpred})) {
      return true;
    }
  }
  foreach (cell, RelationGetStatExtList(relation)) {
    if (is_there(STATEXTOID, lfirst_oid(cell), {Anum_pg_statistic_ext_stxexprs})) return true;
  }
  return false;
}

// How many sets a table has, where whoever asks can and may read all of it, and so may whom it is read as. Nobody has named this
// table: no code of its owner's runs as who asks, nor stands in the way of the other tables.
Measure sets_of(SetTable table, Relation relation) {
  const Oid relid = RelationGetRelid(relation);
  const Oid user = GetUserId();
  const Oid owner = owner_of(relid);
  const Reader reader = {user, owner_to_read_as(relid, user)};
  const bool is_own = owner == user || superuser_arg(owner);
  const bool is_safe = is_own || (OidIsValid(reader.owner) && !has_expressions(relation));
  if (!is_safe || !is_at_hand(relid) || !may_read_all(relid, user) ||
      pg_class_aclcheck(relid, owner, ACL_SELECT) != ACLCHECK_OK) {
    return {0, true};
  }
  table.relid = relid;
  run_for(reader, relid, table, Access::read, "SELECT pg_catalog.count(*) FROM ONLY {0}",
          {qualified_name(relid)}, {});
  return first_measure();
}

// Whether a table without a mark is a set table that lost it with its target. Mere copies of set tables are not whole, and
// where another extension keeps the rows of one (Citus), the mark has a number after its name.
bool has_lost_mark(Relation relation, Oid set_type) {
  const TupleConstr* const constraints = RelationGetDescr(relation)->constr;
  for (int i = 0; constraints != nullptr && i < constraints->num_check; ++i) {
    if (strncmp(constraints->check[i].ccname, "objectset_target", 16) == 0) return false;
  }
  return set_table_problem(relation, set_type) == nullptr && write_problem(relation) == nullptr;
}

// What it takes on disk, with its indexes and what is stored apart.
Measure bytes_of(const SetTable& none, Oid relid) {
  run(none, Access::read,
      "SELECT coalesce((SELECT "
      "pg_catalog.sum(pg_catalog.pg_total_relation_size(relid))::pg_catalog.int8 "
      "FROM pg_catalog.pg_partition_tree($1)), pg_catalog.pg_total_relation_size($1))",
      {}, {{REGCLASSOID, ObjectIdGetDatum(relid)}});
  return first_measure();
}

// What objectset_tables says of one; of one that is locked, that it is.
struct Listed {
  bool is_one;
  Target target;
  const char* problem;
  Measure sets;
  Measure bytes;
};

Listed look_at_table(const SetTable& none, Oid relid, Oid set_type) {
  // Nobody is to keep others from seeing theirs by locking a table of their own.
  if (!ConditionalLockRelationOid(relid, AccessShareLock)) {
    const bool is_one = OidIsValid(get_relation_constraint_oid(relid, "objectset_target", true));
    return {is_one, {}, "it is locked", {0, true}, {0, true}};
  }
  Listed listed = {};
  Relation const relation = try_relation_open(relid, NoLock);
  if (relation != nullptr) {
    listed.is_one = has_target_mark(relation) || has_lost_mark(relation, set_type);
    if (listed.is_one) {
      listed.problem = find_target(relation, &listed.target);
      if (listed.problem == nullptr) listed.problem = set_table_problem(relation, set_type);
      if (listed.problem == nullptr) listed.problem = write_problem(relation);
      if (listed.problem == nullptr) listed.problem = history_problem(relation, set_type);
      listed.sets = sets_of(none, relation);
      listed.bytes = bytes_of(none, relid);
    }
    relation_close(relation, NoLock);
  }
  UnlockRelationOid(relid, AccessShareLock);
  return listed;
}

}  // namespace

OBJECTSET_FUNCTION(objectset_saved_tables) {
  const Rows rows = begin_rows(fcinfo);
  SetTable none = {};
  none.schema_name = none.name = none.rows = "";
  const Oid set_type = set_type_of(get_func_namespace(fcinfo->flinfo->fn_oid));
  SPI_connect();
  ListCell* cell = nullptr;
  foreach (cell, find_set_tables(set_type)) {
    const Oid relid = lfirst_oid(cell);
    const Listed listed = look_at_table(none, relid, set_type);
    if (!listed.is_one) continue;
    const Target& target = listed.target;
    const bool has_key = target.key > 0;
    NameData key;
    namestrcpy(&key, has_key ? get_attname(target.relid, target.key, false) : "");
    Datum values[] = {ObjectIdGetDatum(relid),
                      ObjectIdGetDatum(target.relid),
                      NameGetDatum(&key),
                      listed.sets.value,
                      listed.bytes.value,
                      listed.problem == nullptr ? 0 : CStringGetTextDatum(listed.problem)};
    bool nulls[] = {false,
                    !OidIsValid(target.relid),
                    !has_key,
                    listed.sets.is_null,
                    listed.bytes.is_null,
                    listed.problem == nullptr};
    put_row(rows, values, nulls);
  }
  SPI_finish();
  PG_RETURN_NULL();
}
