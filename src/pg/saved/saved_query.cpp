// Saving queries and running them again: as the role that saved them, and so that nobody can make one run as somebody else.
//
// The rules, and why each is needed (doc/design.md has them in full):
//  * A query runs in a security-restricted operation, as of materialized views, under the settings of the save: what the
//    caller of a refresh put into the session has no say.
//  * Who saved it is known by its seal (saved_role.hpp). A query without one that fits is not run.
//    So it is with an expression, whose names mean what whoever saved it sees.
//  * It runs before the row of its set is locked, and what happened to the row in the meantime is resolved by the
//    membership rule; where that cannot be, it runs again under the lock.
#include "pg/saved/name_scope.hpp"
#include "pg/saved/saved_expression.hpp"
#include "pg/saved/saved_fresh.hpp"
#include "pg/saved/saved_role.hpp"
#include "pg/saved/set_table.hpp"
#include "pg/saved/temporary_objects.hpp"

extern "C" {
#include "access/xact.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "tcop/utility.h"
#include "utils/datum.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
}

namespace objectset::pg {
namespace {

// ---- Parameters -------------------------------------------------------------------------------------------

struct Parameters {
  Oid* types;
  Datum* values;
  char* nulls;
  int count;
};

Parameters make_parameters(int count) {
  const auto n = static_cast<Size>(count) + 1;
  return {static_cast<Oid*>(palloc0(sizeof(Oid) * n)),
          static_cast<Datum*>(palloc0(sizeof(Datum) * n)), static_cast<char*>(palloc0(n)), count};
}

// A parameter is kept as "type=value", or "type" for NULL; the type qualified where it is not the server's own. No type's
// name has a "=" but in quotes.
const char* find_value(const char* parameter) {
  bool quoted = false;
  for (; *parameter != '\0'; ++parameter) {
    if (*parameter == '"') quoted = !quoted;
    if (*parameter == '=' && !quoted) return parameter;
  }
  return nullptr;
}

// Where everything is of one session and one role, nobody can make it something else's.
bool may_be_temporary(const SetTable& table, Oid saver) {
  return get_rel_persistence(table.relid) == RELPERSISTENCE_TEMP && saver == table.user;
}

Datum read_value(Oid type, const char* text) {
  Oid input = InvalidOid;
  Oid element = InvalidOid;
  getTypeInputInfo(type, &input, &element);
  return OidInputFunctionCall(input, const_cast<char*>(text), element, -1);
}

const char* written_value(Oid type, Datum value) {
  Oid output = InvalidOid;
  bool is_varlena = false;
  getTypeOutputInfo(type, &output, &is_varlena);
  return OidOutputFunctionCall(output, value);
}

// As who saved them: types may have code of others'.
Parameters read_parameters(Datum stored, bool temporary) {
  if (stored == 0) return make_parameters(0);
  Datum* elements = nullptr;
  int count = 0;
  deconstruct_array(DatumGetArrayTypeP(stored), TEXTOID, -1, false, TYPALIGN_INT, &elements,
                    nullptr, &count);
  const Parameters parameters = make_parameters(count);
  const auto texts =
      static_cast<const char**>(palloc0(sizeof(char*) * (static_cast<Size>(count) + 1)));
  for (int i = 0; i < count; ++i) {
    char* const written = TextDatumGetCString(elements[i]);
    const char* const value = find_value(written);
    if (value != nullptr) written[value - written] = '\0';
    int32 modifier = -1;
    const TypeName* const type = parse_type_name(written);
    if (!temporary) refuse_temporary_names(reinterpret_cast<Node*>(const_cast<TypeName*>(type)));
    typenameTypeIdAndMod(nullptr, type, &parameters.types[i], &modifier);
    parameters.nulls[i] = value == nullptr ? 'n' : ' ';
    if (value != nullptr) texts[i] = value + 1;
  }
  const Stay stay = begin_text_form(TextForm::read);
  for (int i = 0; i < count; ++i) {
    if (texts[i] == nullptr) continue;
    parameters.values[i] = read_value(parameters.types[i], texts[i]);
    if (!temporary) refuse_temporary_value(parameters.types[i], parameters.values[i]);
  }
  leave(stay);
  return parameters;
}

[[noreturn]] void raise_type_of_parameter(int n, Oid type) {
  ereport(ERROR,
          (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
           errmsg("parameter $%d of the query cannot be kept as %s", n, format_type_be(type)),
           errhint("Cast it to a type whose values can be read from text.")));
  pg_unreachable();
}

Oid kept_type(int n, Oid type) {
  if (!OidIsValid(type) || type == UNKNOWNOID) return TEXTOID;
  if (get_typtype(type) == TYPTYPE_PSEUDO) raise_type_of_parameter(n, type);
  return type;
}

const char* kept_parameter(Oid type, const char* value) {
  const char* const name = format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
  return value == nullptr ? name : psprintf("%s=%s", name, value);
}

// What comes with the call: values of known types, and literals without one.
struct GivenParameter {
  Oid type;           // InvalidOid: to be inferred
  const char* value;  // in the text form; where the type is to be inferred, as the caller wrote it
};

struct GivenParameters {
  GivenParameter* parameters;
  int count;
};

GivenParameters given_parameters(FunctionCallInfo fcinfo, int from) {
  if (PG_NARGS() <= from) return {};
  Datum* values = nullptr;
  Oid* types = nullptr;
  bool* nulls = nullptr;
  const int count = extract_variadic_args(fcinfo, from, false, &values, &types, &nulls);
  if (count < 0) raise_null("the parameters");
  // What drivers send without a type, and what they send as text, comes as VARIADIC text[].
  const bool is_text = get_fn_expr_variadic(fcinfo->flinfo) &&
                       get_fn_expr_argtype(fcinfo->flinfo, from) == TEXTARRAYOID;
  auto* const given =
      static_cast<GivenParameter*>(palloc(sizeof(GivenParameter) * (static_cast<Size>(count) + 1)));
  const Stay stay = begin_text_form(TextForm::written);
  for (int i = 0; i < count; ++i) {
    const bool is_untyped = types[i] == UNKNOWNOID;
    given[i] = {is_untyped || is_text ? InvalidOid : types[i], nullptr};
    if (nulls[i]) continue;
    given[i].value = is_untyped ? DatumGetCString(values[i]) : written_value(types[i], values[i]);
  }
  leave(stay);
  return {given, count};
}

// ---- The query ------------------------------------------------------------------------------------------------

void check_columns(TupleDesc columns) {
  if (columns->natts != 1) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("query of an object set must return one column, not %d", columns->natts),
                    errhint("Select the ids alone.")));
  }
  const Oid type = TupleDescAttr(columns, 0)->atttypid;
  if (!is_id_type(getBaseType(type))) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("query of an object set must return ids of an integer type, not %s",
                           format_type_be(type))));
  }
}

RawStmt* parse_one(const char* text) {
  List* const statements = raw_parser(text, RAW_PARSE_DEFAULT);
  if (list_length(statements) != 1) {
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("query of an object set must be one statement, not %d",
                           list_length(statements))));
  }
  auto* const statement = linitial_node(RawStmt, statements);
  if (!IsA(statement->stmt, SelectStmt)) {
    ereport(ERROR,
            (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("query of an object set must be a SELECT"),
             errdetail("It is %s.", GetCommandTagName(CreateCommandTag(statement->stmt)))));
  }
  return statement;
}

// Whether a query, or one within it, has FOR UPDATE or its like, or changes something in a WITH; views are in it by now.
bool changes_or_locks(Node* node, void* context) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return expression_tree_walker(node, as_walker(changes_or_locks), context);
  auto* const query = reinterpret_cast<Query*>(node);
  return query->hasModifyingCTE || query->rowMarks != NIL ||
         query_tree_walker(query, as_walker(changes_or_locks), context, 0);
}

// The one SELECT that a text is, without what ends it. Its tables and columns are looked up here, by the role that is
// in effect.
const char* checked_query(const char* text, const Parameters& parameters, bool temporary) {
  const RawStmt* const statement = parse_one(text);
  if (!temporary) refuse_temporary_names(statement->stmt);
  SPIPlanPtr const plan = SPI_prepare(text, parameters.count, parameters.types);
  if (plan == nullptr) elog(ERROR, "SPI_prepare: %s", SPI_result_code_string(SPI_result));
  const auto* const source =
      static_cast<CachedPlanSource*>(linitial(SPI_plan_get_plan_sources(plan)));
  if (source->resultDesc == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("query of an object set must not make a table")));
  }
  check_columns(source->resultDesc);
  ListCell* cell = nullptr;
  foreach (cell, source->query_list) {
    auto* const query = static_cast<Query*>(lfirst(cell));
    if (!temporary) refuse_temporary_objects(query);
    if (changes_or_locks(reinterpret_cast<Node*>(query), nullptr)) {
      ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                      errmsg("query of an object set must not change or lock rows")));
    }
  }
  const int begin = statement->stmt_location > 0 ? statement->stmt_location : 0;
  return statement->stmt_len > 0 ? pnstrdup(text + begin, static_cast<Size>(statement->stmt_len))
                                 : pstrdup(text + begin);
}

// What an evaluation of a query is for.
enum class Purpose { refresh, plan, verify };

// What a query found, and, to verify that, what it finds when all rows are asked.
struct Evaluated {
  Datum set;
  Datum full;
};

// Runs a query as a role, and gives what it found in the memory context that was current. Names are qualified and types
// exact: the search path of the query is not ours to trust. `is_analysed` tells how far it got if it fails.
Evaluated run_query(const SetTable& table, Oid role, const SavedQuery& query, Purpose purpose,
                    Freshness* fresh, volatile bool* is_analysed) {
  MemoryContext const result_context = CurrentMemoryContext;
  const Stay stay = enter(role, query.settings);
  SPI_connect();
  const bool temporary = may_be_temporary(table, role);
  Parameters parameters = read_parameters(query.parameters, temporary);
  const char* const select = checked_query(TextDatumGetCString(query.text), parameters, temporary);
  const RunningQuery running = {
      select,           role,     query, parameters.count, parameters.types, parameters.values,
      parameters.nulls, temporary};
  decide_freshness(table, running, fresh);
  *is_analysed = true;
  Datum set = 0;
  Datum full = 0;
  if (purpose != Purpose::plan) {
    const bool is_full = fresh->reason != nullptr;
    if (is_full || purpose == Purpose::verify) full = find_all(table, running);
    set = is_full ? full : find_what_changed(table, running, *fresh);
  }
  MemoryContext const inner = MemoryContextSwitchTo(result_context);
  const Evaluated found = {set == 0 ? 0 : datumCopy(set, false, -1),
                           full == 0 ? 0 : datumCopy(full, false, -1)};
  if (fresh->reason != nullptr) fresh->reason = pstrdup(fresh->reason);
  MemoryContextSwitchTo(inner);
  SPI_finish();
  leave(stay);
  return found;
}

const char* way_of(const Freshness& fresh) {
  return fresh.reason == nullptr ? "incremental" : "full";
}

// ---- Saving ---------------------------------------------------------------------------------------------------

// The parameters' types as the query, read by its saver, would have them. What is written without a type means what it means
// under the settings of the save, and now ('today'), as a parameter of a statement does.
Datum parameters_to_save(const SetTable& table, Oid role, const char* text, Datum settings,
                         const GivenParameters& given) {
  if (given.count == 0) return 0;
  const auto n = static_cast<Size>(given.count);
  auto* types = static_cast<Oid*>(palloc0(sizeof(Oid) * n));
  for (int i = 0; i < given.count; ++i) types[i] = given.parameters[i].type;
  int count = given.count;
  const Stay stay = enter(role, settings);
  RawStmt* const statement = parse_one(text);
  if (!may_be_temporary(table, role)) refuse_temporary_names(statement->stmt);
  analyze_inferring(statement, text, &types, &count);
  if (count > given.count) {
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_PARAMETER), errmsg("there is no parameter $%d", count)));
  }
  auto* const read = static_cast<Datum*>(palloc0(sizeof(Datum) * n));
  const auto is_text = [&](int i) {
    return !OidIsValid(given.parameters[i].type) && given.parameters[i].value != nullptr;
  };
  for (int i = 0; i < given.count; ++i) {
    types[i] = kept_type(i + 1, types[i]);
    if (is_text(i)) read[i] = read_value(types[i], given.parameters[i].value);
  }
  ArrayBuildState* kept = nullptr;
  const Stay writing = begin_text_form(TextForm::written);
  for (int i = 0; i < given.count; ++i) {
    const char* const value =
        is_text(i) ? written_value(types[i], read[i]) : given.parameters[i].value;
    const char* const one = kept_parameter(types[i], value);
    kept = accumArrayResult(kept, CStringGetTextDatum(one), false, TEXTOID, CurrentMemoryContext);
  }
  leave(writing);
  leave(stay);
  return makeArrayResult(kept, CurrentMemoryContext);
}

// The part `deleted` of a set that may not be there.
SetView see_deleted(const SetTable& table, const char* name) {
  return try_find_set(table, Access::read, "deleted", name) ? set_in(0, 1) : SetView();
}

int64 save_query(const SetTable& table, const char* name, const char* text,
                 const GivenParameters& given) {
  const TimestampTz started = GetCurrentTimestamp();
  const Oid saver = saving_role(table.owner);
  SavedQuery query = {CStringGetTextDatum(text), 0, settings_to_save(table.kept_settings), 0, 0};
  query.parameters = parameters_to_save(table, saver, text, query.settings, given);
  volatile bool is_analysed = false;
  CommandCounterIncrement();
  Freshness fresh = begin_freshness(begin_tracking(table));
  PushActiveSnapshot(GetTransactionSnapshot());
  const SetView seen = see_deleted(table, name);
  const Evaluated evaluated =
      run_query(table, saver, query, Purpose::refresh, &fresh, &is_analysed);
  const SetView found = pinned_view(set_argument(evaluated.set));
  fresh.seen = seen_now();
  PopActiveSnapshot();
  const auto values_of = [&](const LockedSet& set) {
    Outcome outcome = {};
    // Edits of a plain set are no corrections of what its query finds.
    guarded([&] {
      write_revision(
          set.kind == SetKind::plain ? assign(set.parts, found) : refresh(set.parts, found, seen),
          &outcome);
    });
    Values values;
    put_outcome(table, outcome, &values);
    put_freshness(fresh, evaluated.set, &values);
    put_run(started, way_of(fresh), &values);
    return values;
  };
  return put_derived_set(table, name, saver, query, values_of);
}

int64 save_members(const SetTable& table, const char* name, const SetView& ids) {
  return put_set(table, name, [&](const LockedSet& set, bool) {
    Outcome outcome = {};
    guarded([&] { write_revision(assign(set.parts, ids), &outcome); });
    Values values;
    put_outcome(table, outcome, &values);
    if (set.kind == SetKind::plain) return values;
    put_no_source(&values);
    put_run(0, nullptr, &values);
    return values;
  });
}

// ---- Refreshing -----------------------------------------------------------------------------------------------

// A row as the query's snapshot has it.
struct Seen {
  bool is_there;
  Claim claim;
  Datum base;
  SetView deleted;
  Datum seen;
  Datum seen_mark;
};

// A copy, or 0: what a statement has read is gone with the subtransaction that it was read in, where that fails.
Datum kept(Datum value) { return value == 0 ? 0 : datumCopy(value, false, -1); }

Datum kept(int n, Oid type) { return kept(column_of_type(0, n, type)); }

// {0}: column_of_scope()
constexpr char columns_of_claim[] =
    "id, query, parameters, settings, expression, saved_by, seal, {0}";
constexpr int claim_columns = 8;

Claim claim_from(int n) {
  const Datum expression = kept(n + 4, TEXTOID);
  return {int64_there(0, n),
          {kept(n + 1, TEXTOID), kept(n + 2, TEXTARRAYOID), kept(n + 3, TEXTARRAYOID), expression,
           expression == 0 ? 0 : scope_image(column_of_type(0, n + 7, RECORDOID))},
          DatumGetObjectId(column_of_type(0, n + 5, REGROLEOID)),
          kept(n + 6, BYTEAOID)};
}

Seen see_set(const SetTable& table, const SetRef& set) {
  const char* const columns = psprintf("%s, base, deleted, seen, seen_mark", columns_of_claim);
  if (!try_find_set(table, Access::read, columns, set, {}, "", column_of_scope(table))) return {};
  const int n = 1 + claim_columns;
  return {true,
          claim_from(1),
          kept(set_there(0, n)),
          set_in(0, n + 1),
          kept(n + 2, XID8ARRAYOID),
          kept(n + 3, BYTEAOID)};
}

bool is_proven(const SetTable& table, const Claim& claim) {
  return is_sealed(table.relid, claim.id, claim.saver, claim.query, claim.seal);
}

// A seal says nothing of whether its role is still there: it may have been dropped since.
bool is_saver_there(const Claim& claim) {
  return OidIsValid(claim.saver) && SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(claim.saver));
}

[[noreturn]] void raise_saver_gone(const char* name, const Claim& claim) {
  ereport(ERROR,
          (errcode(ERRCODE_UNDEFINED_OBJECT),
           errmsg("the role that saved the %s of object set \"%s\" does not exist",
                  kind_of(claim.query), name),
           errhint("Save it again; or let its saved_by name a role that you can act as, and call "
                   "objectset_trust.")));
  pg_unreachable();
}

// What a query or expression gives, or why it gives nothing.
struct Found {
  Evaluated evaluated;  // none: failed, with
  const char* message;  // what everybody may read, and
  const char* detail;   // what the caller may; nullptr where that is no more
  const char* hint;     // what helps, where the query was not run
};

bool is_for_the_caller(int sqlstate) {
  const int category = ERRCODE_TO_CATEGORY(sqlstate);
  return category == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK) ||
         category == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
         category == ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES);
}

// Errors of a query that runs, or of policies as an expression's names are looked up, may show what its saver reads; those of
// one that cannot be run tell of its text.
Found failed(const SetTable& table, const ErrorData* error, const Seen& seen, bool is_analysed) {
  const char* const code = pstrdup(unpack_sql_state(error->sqlerrcode));
  if (!is_analysed) return {{}, psprintf("%s: %s", code, error->message), nullptr, error->hint};
  const char* const saver = GetUserNameFromId(seen.claim.saver, true);
  return {{},
          psprintf("%s: the %s failed while it ran; a refresh tells role \"%s\" more", code,
                   kind_of(seen.claim.query), saver == nullptr ? "" : saver),
          can_act_as(table.user, seen.claim.saver) ? error->message : nullptr,
          nullptr};
}

// Runs what the set is made of, in a subtransaction and in one snapshot with the look at its row.
Found find_members(const SetTable& table, const Tracking& tracking, const SetRef& wanted,
                   Purpose purpose, Seen* seen, Freshness* fresh) {
  MemoryContext const context = CurrentMemoryContext;
  ResourceOwner const owner = CurrentResourceOwner;
  volatile bool is_analysed = false;
  volatile Datum set = 0;
  volatile Datum full = 0;
  ErrorData* volatile error = nullptr;
  *fresh = begin_freshness(tracking);
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(context);
  PG_TRY();
  {
    PushActiveSnapshot(GetTransactionSnapshot());
    *seen = see_set(table, wanted);
    if (seen->claim.query.text != 0) {
      check_seal(table, wanted.name, seen->claim);
      fresh->seen = seen->seen;
      fresh->seen_mark = seen->seen_mark;
      fresh->base = seen->base;
      fresh->deleted = seen->deleted;
      read_freshness(table, fresh);
      const Evaluated found =
          run_query(table, seen->claim.saver, seen->claim.query, purpose, fresh, &is_analysed);
      set = found.set;
      full = found.full;
      fresh->seen = seen_now();
    } else if (seen->claim.query.expression != 0) {
      *fresh = {};
      fresh->reason = "it is composed of other sets";
      check_seal(table, wanted.name, seen->claim);
      if (purpose != Purpose::plan) {
        set = full = evaluate_expression(table, seen->claim, &is_analysed);
      }
    }
    PopActiveSnapshot();
    ReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  { error = roll_back_subtransaction(context, owner); }
  PG_END_TRY();
  if (error == nullptr) return {{set, full}, nullptr, nullptr, nullptr};
  if (!seen->is_there || is_for_the_caller(error->sqlerrcode)) ReThrowError(error);
  return failed(table, error, *seen, is_analysed);
}

bool same_datum(Datum a, Datum b) {
  if (a == 0 || b == 0) return a == b;
  return datumIsEqual(a, b, false, -1);
}

[[noreturn]] void raise_nothing_to_refresh(const char* name) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("object set \"%s\" has neither a query nor an expression", name),
                  errhint("Only sets that were saved with one can be refreshed.")));
  pg_unreachable();
}

// What is read of a row with its lock.
const char* columns_as_seen() { return psprintf(", refresh_failures, seen, %s", columns_of_claim); }
constexpr int failures_column = first_more;

// Whether the row that was locked is still one for which the result was found. What was added, removed, deleted or
// forgotten meanwhile fits any base; another base, query, saver or scope does not.
bool is_as_seen(const Seen& seen) {
  const Claim claim = claim_from(first_more + 2);
  return claim.id == seen.claim.id && claim.saver == seen.claim.saver &&
         same_query(claim.query, seen.claim.query) && same_datum(set_there(0, 2), seen.base) &&
         same_datum(column_of_type(0, first_more + 1, XID8ARRAYOID), seen.seen);
}

enum class Fate { gone, plain, failed, done };

struct Refreshed {
  Fate fate;
  int64 entered;
  int64 departed;
};

// A set that is not there any more, or has nothing to be refreshed from, is left to the caller to complain about.
Refreshed refresh_set(const SetTable& table, const Tracking& tracking, const SetRef& wanted) {
  LockedSet set = {};
  Found found = {};
  Seen seen = {};
  Freshness fresh = {};
  TimestampTz started = 0;
  int32 failures = 0;
  // The second time the row is locked already.
  for (int attempt = 0; attempt < 2; ++attempt) {
    CommandCounterIncrement();
    started = GetCurrentTimestamp();
    seen = {};
    found = find_members(table, tracking, wanted, Purpose::refresh, &seen, &fresh);
    if (!seen.is_there) return {Fate::gone, 0, 0};
    if (found.evaluated.set == 0 && found.message == nullptr) return {Fate::plain, 0, 0};
    if (attempt > 0) break;
    if (!try_lock_set(table, wanted, &set, columns_as_seen(), column_of_scope(table))) {
      return {Fate::gone, 0, 0};
    }
    failures = DatumGetInt32(column_of_type(0, failures_column, INT4OID));
    if (is_as_seen(seen)) break;
  }
  Values values;
  if (found.evaluated.set == 0) {
    values.put("last_error", parameter(found.message));
    values.put("refresh_failures", {INT4OID, Int32GetDatum(failures + 1)});
    update_set(table, set, values);
    ereport(WARNING,
            (errmsg("object set \"%s\" was not refreshed: %s", wanted.name, found.message),
             found.detail == nullptr ? 0 : errdetail("%s", found.detail),
             errhint("It is as it was; column last_error has the error.%s%s",
                     found.hint == nullptr ? "" : " ", found.hint == nullptr ? "" : found.hint)));
    return {Fate::failed, 0, 0};
  }
  const SetView ids = pinned_view(set_argument(found.evaluated.set));
  Outcome outcome = {};
  guarded([&] { write_revision(refresh(set.parts, ids, seen.deleted), &outcome); });
  put_outcome(table, outcome, &values);
  put_freshness(fresh, found.evaluated.set, &values);
  put_run(started, way_of(fresh), &values);
  values.put("last_error", nullable(TEXTOID, 0));
  update_set(table, set, values);
  return {Fate::done, static_cast<int64>(outcome.entered), static_cast<int64>(outcome.departed)};
}

// Who may write what a refresh writes may have queries run as whoever saved them; others may not.
void check_may_refresh(const SetTable& table) {
  if (pg_class_aclcheck(table.relid, table.user, ACL_UPDATE) == ACLCHECK_OK) return;
  for (const char* const column :
       {"base", "refreshed", "refresh_took", "refresh_way", "refresh_failures", "last_error"}) {
    const AttrNumber number = get_attnum(table.relid, column);
    if (number == InvalidAttrNumber ||
        pg_attribute_aclcheck(table.relid, number, table.user, ACL_UPDATE) != ACLCHECK_OK) {
      raise_denied(table.relid);
    }
  }
}

void put_refreshed(const Refreshed& refreshed, Datum* values, bool* nulls) {
  values[0] = Int64GetDatum(refreshed.entered);
  values[1] = Int64GetDatum(refreshed.departed);
  nulls[0] = nulls[1] = refreshed.fate == Fate::failed;
}

// ---- What is trusted --------------------------------------------------------------------------------------

// Seals a row as it stands; false where that is not what is in it then: a trigger has made something else of it.
bool prove(const SetTable& table, const char* name, const Claim& claim) {
  LockedSet set = {};
  set.id = claim.id;
  set.name = name;
  Values values;
  values.put("seal", {BYTEAOID, seal_of(table.relid, claim.id, claim.saver, claim.query)});
  update_set(table, set, values);
  const Claim now = see_claim(table, claim.id);
  return now.saver == claim.saver && same_query(now.query, claim.query) && is_proven(table, now);
}

// Seals the query or expression of a row as it stands, for the role that it names, if the caller could act as that.
// `seen`: its scope before anything was waited for.
bool trust(const SetTable& table, const SetRef& wanted, Datum seen, bool must) {
  const char* const name = wanted.name;
  const Claim claim = see_claim(table, lock_set(table, wanted).id);
  if (!is_any(claim.query)) return false;
  if (!is_saver_there(claim)) {
    if (!must) return false;
    raise_saver_gone(name, claim);
  }
  const bool is_never_run = is_raised(claim.saver, table.owner);
  if (!is_never_run && is_proven(table, claim)) return false;
  if (is_never_run || !can_act_as(table.user, claim.saver)) {
    if (!must) return false;
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
             errmsg("the %s of object set \"%s\" is said to be of a role that you cannot act as",
                    kind_of(claim.query), name),
             errhint("Save it again.")));
  }
  // Whoever moves a row leaves it under the name of its saver.
  if (claim.query.expression != 0 && !is_same_scope(seen, claim.query.scope)) {
    if (!must) return false;
    raise_moved(name);
  }
  if (prove(table, name, claim)) return true;
  if (!must) return false;
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("the %s of object set \"%s\" could not be sealed", kind_of(claim.query), name),
           errdetail("A trigger changes its row, or another process writes it.")));
  pg_unreachable();
}

// The scopes of sets, all of them before the first is locked.
const Datum* scopes_of(const SetTable& table, const SetRefs& refs) {
  MemoryContext const context = CurrentMemoryContext;
  auto* const scopes =
      static_cast<Datum*>(palloc_extended(sizeof(Datum) * (refs.count + Size{1}), MCXT_ALLOC_HUGE));
  for (uint32 i = 0; i < refs.count; ++i) {
    do_for_one_set([&] {
      const Datum scope = scope_of_set(table, refs.sets[i]);
      MemoryContext const inner = MemoryContextSwitchTo(context);
      scopes[i] = scope == 0 ? 0 : datumCopy(scope, false, -1);
      MemoryContextSwitchTo(inner);
    });
  }
  return scopes;
}

}  // namespace

const char* kind_of(const SavedQuery& query) { return query.text != 0 ? "query" : "expression"; }

void check_seal(const SetTable& table, const char* name, const Claim& claim) {
  if (!is_saver_there(claim)) raise_saver_gone(name, claim);
  if (!is_raised(claim.saver, table.owner) && is_proven(table, claim)) return;
  ereport(
      ERROR,
      (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
       errmsg("cannot verify who saved the %s of object set \"%s\"", kind_of(claim.query), name),
       errdetail("Its row was written by other means than the functions and the trigger of set "
                 "tables, or comes from another server."),
       errhint("Look at the %s, then save it again, or call objectset_trust.",
               kind_of(claim.query))));
}

Claim see_claim(const SetTable& table, int64 id) {
  const uint64 rows =
      run(table, Access::write,
          psprintf("SELECT %s FROM {r} WHERE id OPERATOR(pg_catalog.=) $1", columns_of_claim),
          {column_of_scope(table)}, {parameter(id)});
  return rows == 0 ? Claim{} : claim_from(1);
}

void correct_seal(const SetTable& table, const char* name, Oid saver, const SavedQuery& query) {
  const int64 id = int64_column(0, 2);
  const Datum seal = kept(3, BYTEAOID);
  const SavedQuery saved = in_its_scope(table, id, query);
  if (is_sealed(table.relid, id, saver, saved, seal)) return;
  const Claim claim = see_claim(table, id);
  // A trigger of the owner's may have made something else of it, which is not ours to seal.
  const bool is_ours = claim.saver == saver && same_query(claim.query, saved);
  if (!is_ours || is_proven(table, claim) || prove(table, name, claim)) return;
  ereport(WARNING,
          (errmsg("the %s of object set \"%s\" could not be sealed", kind_of(claim.query), name),
           errdetail("A trigger changes its row, or another process writes it. A refresh will not "
                     "run it.")));
}

}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// A text is a query, or, since no query begins as one does, a set's literal.
OBJECTSET_FUNCTION(objectset_saved_save) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const char* const given = text_argument(fcinfo, 2, "the query or the members");
  const int64 count =
      PG_NARGS() == 3 && is_set_literal(given)
          ? save_members(table, name,
                         pinned_view(set_argument(ids_argument(fcinfo, 2, table.set_type))))
          : save_query(table, name, given, given_parameters(fcinfo, 3));
  close_set_table(table);
  PG_RETURN_INT64(count);
}

OBJECTSET_FUNCTION(objectset_saved_save_members) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const Datum ids = ids_argument(fcinfo, 2, table.set_type);
  const int64 count = save_members(table, name, pinned_view(set_argument(ids)));
  close_set_table(table);
  PG_RETURN_INT64(count);
}

OBJECTSET_FUNCTION(objectset_saved_refresh) {
  TupleDesc const row = row_of_result(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  check_may_refresh(table);
  const Refreshed refreshed = refresh_set(table, begin_tracking(table), name);
  if (refreshed.fate == Fate::gone) raise_unknown_set(table, name);
  if (refreshed.fate == Fate::plain) raise_nothing_to_refresh(name);
  end_tracking(table, RefreshOf::one_set);
  close_set_table(table);
  Datum values[2];
  bool nulls[2];
  put_refreshed(refreshed, values, nulls);
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

OBJECTSET_FUNCTION(objectset_saved_refresh_table) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  check_may_refresh(table);
  const SetRefs refs = sets_to_refresh(table);
  const Tracking tracking = begin_tracking(table);
  for (uint32 i = 0; i < refs.count; ++i) {
    CHECK_FOR_INTERRUPTS();
    do_for_one_set([&] {
      // Others may have dropped it since the table was looked through.
      const Refreshed refreshed = refresh_set(table, tracking, refs.sets[i]);
      if (refreshed.fate == Fate::gone || refreshed.fate == Fate::plain) return;
      Datum values[3] = {CStringGetTextDatum(refs.sets[i].name)};
      bool nulls[3] = {};
      put_refreshed(refreshed, values + 1, nulls + 1);
      put_row(rows, values, nulls);
    });
  }
  end_tracking(table, RefreshOf::all_sets);
  close_set_table(table);
  PG_RETURN_NULL();
}

// Commits after each set: none is locked longer than its own refresh takes.
OBJECTSET_FUNCTION(objectset_saved_refresh_all) {
  const Oid relid = DatumGetObjectId(given_argument(fcinfo, 0, "the set table"));
  const Oid function = fcinfo->flinfo->fn_oid;
  const bool is_atomic = fcinfo->context == nullptr || !IsA(fcinfo->context, CallContext) ||
                         reinterpret_cast<CallContext*>(fcinfo->context)->atomic;
  SPI_connect_ext(is_atomic ? 0 : SPI_OPT_NONATOMIC);
  MemoryContext const lasting = CurrentMemoryContext;
  SetRefs refs = {};
  for (uint32 i = 0; i == 0 || i <= refs.count; ++i) {
    PushActiveSnapshot(GetTransactionSnapshot());
    const SetTable table = open_set_table(relid, function, Access::write);
    check_may_refresh(table);
    if (i == 0) {
      refs = copy_refs(sets_to_refresh(table), lasting);
    } else {
      refresh_set(table, begin_tracking(table), refs.sets[i - 1]);
    }
    if (i == refs.count) end_tracking(table, RefreshOf::all_sets);
    close_set_table(table);
    PopActiveSnapshot();
    SPI_commit();
    SPI_start_transaction();
    MemoryContextSwitchTo(lasting);
  }
  SPI_finish();
  PG_RETURN_VOID();
}

namespace {

// A set as a refresh would find it, without one.
struct Preview {
  Freshness fresh;
  Evaluated evaluated;
};

Preview preview(const SetTable& table, const char* name, Purpose purpose) {
  CommandCounterIncrement();
  Preview result = {};
  Seen seen = {};
  const Found found =
      find_members(table, begin_tracking(table), name, purpose, &seen, &result.fresh);
  if (!seen.is_there) raise_unknown_set(table, name);
  if (found.message != nullptr) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("object set \"%s\" could not be refreshed: %s", name, found.message),
                    found.detail == nullptr ? 0 : errdetail("%s", found.detail),
                    found.hint == nullptr ? 0 : errhint("%s", found.hint)));
  }
  if (!is_any(seen.claim.query)) raise_nothing_to_refresh(name);
  result.evaluated = found.evaluated;
  return result;
}

}  // namespace

OBJECTSET_FUNCTION(objectset_saved_refresh_plan) {
  TupleDesc const row = row_of_result(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Preview found = preview(table, name_argument(fcinfo, 1), Purpose::plan);
  Datum values[] = {CStringGetTextDatum(way_of(found.fresh)),
                    CStringGetTextDatum(found.fresh.reason == nullptr
                                            ? "only rows of ids that changed are looked at"
                                            : found.fresh.reason)};
  bool nulls[2] = {};
  // What is made here is gone with SPI; this is not.
  HeapTupleHeader const result = SPI_returntuple(heap_form_tuple(row, values, nulls), row);
  close_set_table(table);
  PG_RETURN_HEAPTUPLEHEADER(result);
}

OBJECTSET_FUNCTION(objectset_saved_verify) {
  TupleDesc const row = row_of_result(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  check_may_refresh(table);
  const Preview found = preview(table, name_argument(fcinfo, 1), Purpose::verify);
  const SetView set = pinned_view(set_argument(found.evaluated.set));
  const SetView full = pinned_view(set_argument(found.evaluated.full));
  uint64 missing = 0;
  uint64 surplus = 0;
  guarded([&] {
    missing = cardinality(full) - intersect_count(full, set);
    surplus = cardinality(set) - intersect_count(full, set);
  });
  close_set_table(table);
  Datum values[] = {CStringGetTextDatum(way_of(found.fresh)),
                    Int64GetDatum(static_cast<int64>(missing)),
                    Int64GetDatum(static_cast<int64>(surplus))};
  bool nulls[3] = {};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

OBJECTSET_FUNCTION(objectset_saved_trust) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  int64 count = 0;
  if (PG_NARGS() > 1) {
    const char* const name = name_argument(fcinfo, 1);
    count = trust(table, name, scope_of_set(table, name), true) ? 1 : 0;
  } else {
    const SetRefs refs = sets_to_refresh(table);
    const Datum* const scopes = scopes_of(table, refs);
    for (uint32 i = 0; i < refs.count; ++i) {
      do_for_one_set([&] { count += trust(table, refs.sets[i], scopes[i], false) ? 1 : 0; });
    }
  }
  close_set_table(table);
  PG_RETURN_INT64(count);
}
