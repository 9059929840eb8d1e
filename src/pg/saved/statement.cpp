#include "pg/saved/statement.hpp"

#include "pg/saved/analysis.hpp"
#include "pg/saved/set_table.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace objectset::pg {

const char* expand(const SetTable& table, const char* statement,
                   std::initializer_list<const char*> words) {
  StringInfoData text;
  initStringInfo(&text);
  for (const char* at = statement; *at != '\0'; ++at) {
    if (*at != '{' || at[1] == '\0' || at[2] != '}') {
      appendStringInfoChar(&text, *at);
      continue;
    }
    const char which = at[1];
    appendStringInfoString(&text, which == 't'   ? table.name
                                  : which == 'r' ? table.rows
                                  : which == 's' ? table.schema_name
                                                 : words.begin()[which - '0']);
    at += 2;
  }
  return text.data;
}

namespace {

// Plans are kept by the text of their statement, by the types of its parameters, which the extension has others of when it
// was made again, and by how it is analysed; so few that a session that works through thousands of tables stays small.
struct KeptPlan {
  char* sql;
  Analysis* analysis;
  SPIPlanPtr plan;
  uint64 used;  // when last
  int running;  // how often it is on the stack now
};
constexpr int most_plans = 64;
KeptPlan kept_plans[most_plans];
uint64 plan_clock;

bool is_plan_of(const KeptPlan& kept, const char* sql, const Analysis& analysis) {
  return kept.sql != nullptr && same_analysis(*kept.analysis, analysis) &&
         strcmp(kept.sql, sql) == 0;
}

// In one piece.
Analysis* copy_of(const Analysis& analysis) {
  const Size size = sizeof(Oid) * static_cast<Size>(analysis.count);
  auto* const copy =
      static_cast<Analysis*>(MemoryContextAlloc(TopMemoryContext, sizeof(Analysis) + size));
  *copy = analysis;
  copy->types = reinterpret_cast<Oid*>(copy + 1);
  memcpy(copy->types, analysis.types, size);
  return copy;
}

void drop(KeptPlan* kept) {
  if (kept->sql != nullptr) pfree(kept->sql);
  kept->sql = nullptr;
  if (kept->plan != nullptr) SPI_freeplan(kept->plan);
  kept->plan = nullptr;
  if (kept->analysis != nullptr) pfree(kept->analysis);
  kept->analysis = nullptr;
}

KeptPlan* kept_plan(const char* sql, const Analysis& analysis) {
  KeptPlan* place = nullptr;
  for (KeptPlan& kept : kept_plans) {
    if (is_plan_of(kept, sql, analysis)) {
      kept.used = ++plan_clock;
      Oid* const kept_types = kept.analysis->types;
      *kept.analysis = analysis;
      kept.analysis->types = kept_types;
      return &kept;
    }
    if (kept.running == 0 && (place == nullptr || kept.used < place->used)) place = &kept;
  }
  if (place == nullptr) elog(ERROR, "too many statements over set tables within each other");
  drop(place);
  place->analysis = copy_of(analysis);
  SPIPlanPtr const plan = prepare(sql, place->analysis);
  char* const copy = MemoryContextStrdup(TopMemoryContext, sql);
  SPI_keepplan(plan);
  place->plan = plan;
  place->used = ++plan_clock;
  place->sql = copy;
  return place;
}

// Raises the error at hand as who called a function of ours should see it: without the line of its context that tells our
// own statement; and where it is about rights, with a word on who gives them.
[[noreturn]] void raise_without_statement(const char* sql, MemoryContext context) {
  MemoryContextSwitchTo(context);
  ErrorData* const error = CopyErrorData();
  FlushErrorState();
  const char* const line = psprintf(translated("SQL statement \"%s\""), sql);
  char* const at = error->context == nullptr ? nullptr : strstr(error->context, line);
  if (at != nullptr) {
    const bool is_first = at == error->context;
    const char* rest = at + strlen(line);
    if (*rest == '\n' && is_first) ++rest;
    char* const to = is_first ? at : at - 1;  // with the end of the line before
    memmove(to, rest, strlen(rest) + 1);
    if (*error->context == '\0') error->context = nullptr;
    const bool is_denied = error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE &&
                           strncmp(error->message_id, "permission denied", 17) == 0;
    if (is_first && is_denied && error->hint == nullptr) {
      error->hint = pstrdup(
          "Its owner can grant it: on a set table SELECT to read sets; INSERT, UPDATE and DELETE "
          "to change them.");
    }
  }
  if (error->internalquery != nullptr && strcmp(error->internalquery, sql) == 0) {
    error->internalquery = nullptr;
    error->internalpos = 0;
  }
  // Our own names all have their schemas.
  const int code = error->sqlerrcode;
  const bool is_unknown = code == ERRCODE_UNDEFINED_FUNCTION || code == ERRCODE_UNDEFINED_TABLE ||
                          code == ERRCODE_UNDEFINED_OBJECT;
  if (is_unknown && is_path_safe() && error->detail == nullptr) {
    error->detail = pstrdup(
        "Where a table is read or written as its owner, functions of its indexes, constraints and "
        "triggers look for names in pg_catalog alone, if they have no SET search_path.");
  }
  ReThrowError(error);
}

// A plan that is running is not given up for another's.
__attribute__((noinline)) int execute(const char* sql, const Analysis& analysis, ParamListInfo list,
                                      bool read_only, Snapshot snapshot = InvalidSnapshot) {
  int result = 0;
  MemoryContext const context = CurrentMemoryContext;
  KeptPlan* volatile running = nullptr;
  PG_TRY();
  {
    KeptPlan* const kept = kept_plan(sql, analysis);
    running = kept;
    ++kept->running;
    result = snapshot == InvalidSnapshot
                 ? SPI_execute_plan_with_paramlist(kept->plan, list, read_only, 0)
                 : SPI_execute_snapshot(kept->plan, nullptr, nullptr, snapshot, InvalidSnapshot,
                                        read_only, true, 0);
  }
  PG_CATCH();
  {
    if (running != nullptr) {
      --running->running;
      analyse_anew(running->plan);
    }
    end_analysis();
    raise_without_statement(sql, context);
  }
  PG_END_TRY();
  end_analysis();
  keep_for_who_runs(running->plan, *running->analysis);
  --running->running;
  return result;
}

__attribute__((noinline)) int execute_utility(const char* sql) {
  int result = 0;
  MemoryContext const context = CurrentMemoryContext;
  PG_TRY();
  { result = SPI_execute(sql, false, 0); }
  PG_CATCH();
  { raise_without_statement(sql, context); }
  PG_END_TRY();
  return result;
}

// A table that the text does not name is none that it may come to mean.
Oid if_named(const char* sql, const char* name, Oid relation) {
  return name != nullptr && *name != '\0' && strstr(sql, name) != nullptr ? relation : InvalidOid;
}

Analysis analysis_of(const SetTable& table, const char* sql, int count, Oid* types) {
  Analysis analysis = {};
  analysis.analyst = table.analyst;
  analysis.is_unforced = table.is_unforced;
  analysis.was_unforced = InNoForceRLSOperation();
  analysis.relations[0] = if_named(sql, table.name, table.relid);
  analysis.relations[1] = if_named(sql, table.target.name, table.target.relid);
  analysis.relations[2] = table.other;
  analysis.schema = table.schema;
  if (OidIsValid(table.schema)) {
    const char* const name = get_namespace_name(table.schema);
    if (name == nullptr || strcmp(quote_identifier(name), table.schema_name) != 0) {
      raise_renamed();
    }
    namestrcpy(&analysis.schema_name, name);
  }
  analysis.count = count;
  analysis.types = types;
  return analysis;
}

void check_result(int result) {
  if (result == SPI_OK_REWRITTEN) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("a rule has put something else in the place of a statement over a set "
                           "table, its history or its change log"),
                    errhint("These must have no rules.")));
  }
  if (result >= 0) return;
  elog(ERROR, "statement over a set table failed: %s", SPI_result_code_string(result));
}

}  // namespace

uint64 run_kept(const SetTable& table, const char* sql, Access access, const Parameter* parameters,
                int count) {
  Oid types[Values::most + 2];
  // Without any there is no list: other extensions' hooks expect none that is empty.
  ParamListInfo const list = count == 0 ? nullptr : makeParamList(count);
  for (int i = 0; i < count; ++i) {
    types[i] = parameters[i].type;
    list->params[i] = {parameters[i].value, parameters[i].is_null, PARAM_FLAG_CONST,
                       parameters[i].type};
  }
  const Analysis analysis = analysis_of(table, sql, count, types);
  const int nesting = finds_everything() ? 0 : NewGUCNestLevel();
  if (nesting > 0) find_everything();
  const int result = execute(sql, analysis, list, access == Access::read);
  if (nesting > 0) AtEOXact_GUC(false, nesting);
  check_result(result);
  return SPI_processed;
}

uint64 run(const SetTable& table, Access access, const char* statement,
           std::initializer_list<const char*> words, std::initializer_list<Parameter> parameters) {
  return run_kept(table, expand(table, statement, words), access, parameters.begin(),
                  static_cast<int>(parameters.size()));
}

void run_in_latest(const SetTable& table, const char* statement,
                   std::initializer_list<const char*> words) {
  CommandCounterIncrement();
  Oid none[] = {InvalidOid};
  const char* const sql = expand(table, statement, words);
  const Analysis analysis = analysis_of(table, sql, 0, none);
  check_result(execute(sql, analysis, nullptr, false, GetLatestSnapshot()));
}

uint64 run_for(const Reader& reader, Oid relation, const SetTable& table, Access access,
               const char* statement, std::initializer_list<const char*> words,
               std::initializer_list<Parameter> parameters) {
  const bool as_owner = OidIsValid(reader.owner);
  SetTable how = beside(table, relation);
  how.analyst = as_owner ? reader.role : InvalidOid;
  how.is_unforced = false;
  const Stay stay = as_owner ? act_safely_as(reader.owner) : begin_stay();
  if (!as_owner) {
    SetUserIdAndSecContext(reader.role,
                           reader.role == stay.user ? stay.context : table.security_context);
    if (table.path != nullptr) set_option("search_path", table.path);
  }
  const uint64 count = run(how, access, statement, words, parameters);
  leave(stay);
  return count;
}

uint64 run_for(Oid role, Oid relation, const SetTable& table, Access access, const char* statement,
               std::initializer_list<const char*> words,
               std::initializer_list<Parameter> parameters) {
  // Of the set table itself children are not read.
  const Oid owner = relation == table.relid ? owner_to_read_as(relation, role)
                                            : owner_to_read_parts_as(relation, role);
  return run_for(Reader{role, owner}, relation, table, access, statement, words, parameters);
}

namespace {

// The superuser sees what is hidden from the owner alone; what others hide from the owner stays hidden.
bool is_forced_upon_owner(Oid relation, const SetTable& table) {
  const Oid writer = GetUserId();
  return writer != table.user && has_privs_of_role(writer, owner_of(relation)) &&
         check_enable_rls(relation, writer, true) == RLS_ENABLED;
}

}  // namespace

uint64 run_for_writer(Oid relation, const SetTable& table, const char* statement,
                      std::initializer_list<const char*> words,
                      std::initializer_list<Parameter> parameters) {
  if (!is_forced_upon_owner(relation, table)) {
    return run_for(GetUserId(), relation, table, Access::write, statement, words, parameters);
  }
  return run(unforced(beside(table, relation)), Access::write, statement, words, parameters);
}

void check_writer_sees_all(Oid relation, const SetTable& table) {
  if (!is_forced_upon_owner(relation, table)) check_sees_all(relation);
}

void run_utility(const SetTable& table, const char* statement,
                 std::initializer_list<const char*> words) {
  const int result = execute_utility(expand(table, statement, words));
  if (result < 0) elog(ERROR, "statement failed: %s", SPI_result_code_string(result));
}

void drop_constraint(const SetTable& table, const char* name) {
  if (!OidIsValid(get_relation_constraint_oid(table.relid, name, true))) return;
  run_utility(table, "ALTER TABLE {t} DROP CONSTRAINT {0}", {name});
}

Datum id_array(const int64* ids, Size count) {
  auto* const values =
      static_cast<Datum*>(palloc_extended(sizeof(Datum) * (count + 1), MCXT_ALLOC_HUGE));
  for (Size i = 0; i < count; ++i) values[i] = Int64GetDatum(ids[i]);
  return PointerGetDatum(construct_array(values, static_cast<int>(count), INT8OID, sizeof(int64),
                                         FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

Datum column(uint64 row, int n, bool* is_null) {
  Assert(SPI_tuptable != nullptr && row < SPI_tuptable->numvals);
  return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, n, is_null);
}

int64 int64_column(uint64 row, int n) {
  bool is_null = false;
  return DatumGetInt64(column(row, n, &is_null));
}

const char* text_column(uint64 row, int n) {
  return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, n);
}

namespace {

[[noreturn]] void raise_null_column(int n) {
  ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                  errmsg("column \"%s\" of a saved object set is NULL",
                         SPI_fname(SPI_tuptable->tupdesc, n))));
  pg_unreachable();
}

[[noreturn]] void raise_other_type(int n, const char* wanted) {
  ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                  errmsg("column \"%s\" of a set table is not of type %s any more",
                         SPI_fname(SPI_tuptable->tupdesc, n), wanted)));
  pg_unreachable();
}

// Only a superuser makes functions in C, and types with input functions.
bool is_input_of_sets(Oid function) {
  HeapTuple const tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return false;
  bool is_null = false;
  const Datum source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null);
  const bool is_one = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang == ClanguageId &&
                      !is_null && strcmp(TextDatumGetCString(source), "objectset_in") == 0;
  ReleaseSysCache(tuple);
  return is_one;
}

// Known until some type changes.
Oid known_set_type;
bool is_watched;

bool is_set_type(Oid type) {
  if (type == known_set_type && OidIsValid(type)) return true;
  HeapTuple const tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return false;
  const auto* const form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  const Oid input = form->typtype == TYPTYPE_BASE ? form->typinput : InvalidOid;
  ReleaseSysCache(tuple);
  if (!is_input_of_sets(input)) return false;
  if (!is_watched) {
    // Which cache it is has a type of its own since PostgreSQL 19.
    CacheRegisterSyscacheCallback(
        TYPEOID, [](Datum, auto, uint32) { known_set_type = InvalidOid; }, 0);
  }
  is_watched = true;
  known_set_type = type;
  return true;
}

}  // namespace

int64 int64_there(uint64 row, int n) {
  bool is_null = false;
  const Datum value = column(row, n, &is_null);
  if (is_null) raise_null_column(n);
  return DatumGetInt64(value);
}

const char* text_there(uint64 row, int n) {
  const char* const text = text_column(row, n);
  if (text == nullptr) raise_null_column(n);
  return text;
}

Datum column_of_type(uint64 row, int n, Oid type) {
  if (SPI_gettypeid(SPI_tuptable->tupdesc, n) != type) raise_other_type(n, format_type_be(type));
  bool is_null = false;
  const Datum value = column(row, n, &is_null);
  return is_null ? 0 : value;
}

Datum stored_set_in(uint64 row, int n) {
  if (!is_set_type(SPI_gettypeid(SPI_tuptable->tupdesc, n))) raise_other_type(n, "objectset");
  bool is_null = false;
  const Datum value = column(row, n, &is_null);
  return is_null ? 0 : value;
}

Datum set_there(uint64 row, int n) {
  const Datum value = stored_set_in(row, n);
  if (value == 0) raise_null_column(n);
  return value;
}

SetView set_in(uint64 row, int n) {
  const Datum value = stored_set_in(row, n);
  return value == 0 ? SetView() : pinned_view(set_argument(value));
}

SavedSet parts_in(uint64 row, int n) {
  const auto part = [&](int k) { return pinned_view(set_argument(set_there(row, n + k))); };
  return {part(0), part(1), part(2), part(3)};
}

SetView members_of_parts(const SavedSet& set) {
  if (is_empty(set.added) && is_empty(set.removed) && is_empty(set.deleted)) return set.base;
  SetView result;
  guarded([&] { result = *new (allocate(sizeof(Set))) Set(members(set)); });
  return result;
}

}  // namespace objectset::pg
