#include "pg/saved/saved_fresh.hpp"

#include "pg/saved/query_scope.hpp"
#include "pg/saved/temporary_objects.hpp"

extern "C" {
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "executor/tstoreReceiver.h"
#include "nodes/params.h"
#include "optimizer/plancat.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/datum.h"
#include "utils/syscache.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// ---- The query ----------------------------------------------------------------------------------------------------

// Names are qualified and types exact: the search path of the query is not ours to trust.
const char* statement_for_set(const SetTable& table, const RunningQuery& query) {
  return psprintf("SELECT %s.objectset_agg(q.id::pg_catalog.int8) FROM (%s\n) AS q(id)",
                  table.schema_name, query.select);
}

// The statement for the set, analysed and rewritten by the role that is in effect. It is run as it is, and not analysed once more:
// what it names has been looked at.
Query* analyse(const SetTable& table, const RunningQuery& query) {
  const char* const sql = statement_for_set(table, query);
  RawStmt* const statement = linitial_node(RawStmt, raw_parser(sql, RAW_PARSE_DEFAULT));
  if (!query.may_be_temporary) refuse_temporary_names(statement->stmt);
  Oid* types = query.types;
  int count = query.count;
  Query* const analysed = analyze_inferring(statement, sql, &types, &count);
  if (!query.may_be_temporary) refuse_temporary_objects(analysed);
  return linitial_node(Query, QueryRewrite(analysed));
}

RangeTblEntry* subquery_in(const Query* query) {
  return static_cast<RangeTblEntry*>(linitial(query->rtable));
}

// A column <@ parameter n.
Node* condition_on(const SetTable& table, Index number, AttrNumber column, Oid type, int32 modifier,
                   int parameter) {
  Node* id = reinterpret_cast<Node*>(
      makeVar(static_cast<int>(number), column, type, modifier, InvalidOid, 0));
  const Oid base = getBaseType(type);
  if (base != type) {
    id = reinterpret_cast<Node*>(
        makeRelabelType(reinterpret_cast<Expr*>(id), base, -1, InvalidOid, COERCE_IMPLICIT_CAST));
  }
  auto* const ids = makeNode(Param);
  ids->paramkind = PARAM_EXTERN;
  ids->paramid = parameter;
  ids->paramtype = table.set_type;
  ids->paramtypmod = -1;
  ids->location = -1;
  const Oid operator_id = OpernameGetOprid(
      list_make2(makeString(get_namespace_name(table.schema)), makeString(pstrdup("<@"))), base,
      table.set_type);
  if (!OidIsValid(operator_id)) elog(ERROR, "operator <@ of object sets is not there");
  Expr* const test = make_opclause(operator_id, BOOLOID, false, reinterpret_cast<Expr*>(id),
                                   reinterpret_cast<Expr*>(ids), InvalidOid, InvalidOid);
  set_opfuncid(reinterpret_cast<OpExpr*>(test));
  return reinterpret_cast<Node*>(test);
}

void add_condition(Node** conditions, Node* more) {
  *conditions =
      *conditions == nullptr
          ? more
          : reinterpret_cast<Node*>(makeBoolExpr(AND_EXPR, list_make2(*conditions, more), -1));
}

// Whether these are conditions of a query's own FROM.
bool has_conditions(Node* node, Node** conditions) {
  if (node == nullptr) return false;
  if (IsA(node, FromExpr)) {
    auto* const from = reinterpret_cast<FromExpr*>(node);
    if (&from->quals == conditions) return true;
    ListCell* cell = nullptr;
    foreach (cell, from->fromlist) {
      if (has_conditions(static_cast<Node*>(lfirst(cell)), conditions)) return true;
    }
    return false;
  }
  if (!IsA(node, JoinExpr)) return false;
  auto* const join = reinterpret_cast<JoinExpr*>(node);
  return &join->quals == conditions || has_conditions(join->larg, conditions) ||
         has_conditions(join->rarg, conditions);
}

struct Restricting {
  const SetTable* table;
  const List* restrictions;
  int parameter;
};

// Each table is restricted to rows of the ids that are asked for: what is found of these is the same.
bool restrict_queries(Node* node, void* context) {
  if (node == nullptr) return false;
  auto* const with = static_cast<Restricting*>(context);
  if (!IsA(node, Query)) return expression_tree_walker(node, as_walker(restrict_queries), context);
  auto* const query = reinterpret_cast<Query*>(node);
  query_tree_walker(query, as_walker(restrict_queries), context, 0);
  ListCell* cell = nullptr;
  foreach (cell, with->restrictions) {
    const auto* const made = static_cast<Restriction*>(lfirst(cell));
    if (!has_conditions(reinterpret_cast<Node*>(query->jointree), made->conditions)) continue;
    const auto* const entry =
        static_cast<RangeTblEntry*>(list_nth(query->rtable, static_cast<int>(made->table) - 1));
    Oid type = InvalidOid;
    int32 modifier = -1;
    Oid collation = InvalidOid;
    get_atttypetypmodcoll(entry->relid, made->column, &type, &modifier, &collation);
    add_condition(made->conditions, condition_on(*with->table, made->table, made->column, type,
                                                 modifier, with->parameter));
  }
  return false;
}

// ---- What keeps a query from being asked for some ids only ----------------------------------------------------------

struct TrackedBy {
  const ChangeLog* log;
};

int tracked_columns_of(void* context, Oid relid, AttrNumber* columns, const char** problem) {
  const auto* const by = static_cast<TrackedBy*>(context);
  const int count = tracked_columns(*by->log, relid, columns);
  if (count == 0) *problem = psprintf("\"%s\" is not tracked", get_rel_name(relid));
  return count;
}

uint64 hash_of_value(uint64 hash, Datum value) {
  if (value == 0) return mixed_hash(hash, "0", 1);
  struct varlena* const flat = PG_DETOAST_DATUM_PACKED(value);
  return mixed_hash(hash, VARDATA_ANY(flat), VARSIZE_ANY_EXHDR(flat));
}

// Everything but rows that what the query finds depends on: the query as it is understood now, and by whom; this server; and
// its tables, whether they were rewritten, and whether their triggers were there all the time.
uint64 state_of(const RunningQuery& query, const Freshness& fresh, uint64 tables) {
  const char* const tree = nodeToString(fresh.query);
  uint64 hash = mixed_hash(tables, tree, strlen(tree));
  hash = hash_of_value(hash, query.saved.parameters);
  hash = hash_of_value(hash, query.saved.settings);
  const uint64 here[] = {GetSystemIdentifier(), MyDatabaseId, query.role, fresh.log.relid};
  return mixed_hash(hash, here, sizeof here);
}

// A mark of what a set has seen: the state, by what its base is known again, and the proof that a refresh left it there with
// the snapshot: who may write to the table may not have a refresh believe that it has seen what it has not.
struct Mark {
  uint64 state;
  uint64 size;
  char identity[identity_size];
  uint8 checksum[keyed_checksum_size];
};

void put_checksum(Datum seen, Mark* mark) {
  struct varlena* const snapshot = PG_DETOAST_DATUM(seen);
  StringInfoData text;
  initStringInfo(&text);
  appendBinaryStringInfo(&text, "objectset seen", 14);
  appendBinaryStringInfo(&text, reinterpret_cast<const char*>(mark),
                         static_cast<int>(offsetof(Mark, checksum)));
  appendBinaryStringInfo(&text, VARDATA(snapshot), static_cast<int>(VARSIZE(snapshot) - VARHDRSZ));
  keyed_checksum(text.data, static_cast<Size>(text.len), mark->checksum);
}

Mark mark_of_base(uint64 state, Datum base, Datum seen) {
  Mark mark;
  memset(&mark, 0, sizeof mark);
  mark.state = state;
  mark.size = toast_raw_datum_size(base);
  struct varlena* const front = PG_DETOAST_DATUM_SLICE(base, 0, static_cast<int32>(identity_size));
  memcpy(mark.identity, VARDATA_ANY(front),
         std::min<Size>(identity_size, VARSIZE_ANY_EXHDR(front)));
  put_checksum(seen, &mark);
  return mark;
}

bool read_mark_of_base(Datum value, Mark* mark) {
  if (value == 0) return false;
  struct varlena* const bytes = PG_DETOAST_DATUM_PACKED(value);
  if (VARSIZE_ANY_EXHDR(bytes) != sizeof *mark) return false;
  memcpy(mark, VARDATA_ANY(bytes), sizeof *mark);
  return true;
}

// What there is to be said against a mark beside this base, with what is said to have been seen; nullptr where nothing is.
const char* mark_problem(const Mark& mark, Datum base, Datum seen) {
  const Mark now = mark_of_base(mark.state, base, seen);
  if (memcmp(&now, &mark, offsetof(Mark, checksum)) != 0) {
    return "its base was changed since its last refresh";
  }
  if (!same_checksum(now.checksum, mark.checksum)) {
    return "what its last refresh saw was written by something else";
  }
  return nullptr;
}

double rows_of(Oid relid) {
  double rows = 0;
  for_each_stored_table(relid, [&](Relation relation) {
    BlockNumber pages = 0;
    double tuples = 0;
    double visible = 0;
    estimate_rel_size(relation, nullptr, &pages, &tuples, &visible);
    rows += tuples;
  });
  return rows;
}

// Of a small table it makes no difference.
constexpr double always_few = 1000;

bool are_many(const SetTable& table, uint64 ids) {
  const auto count = static_cast<double>(ids);
  return count > always_few && count > rows_of(table.target.relid) / 10;
}

// Why all rows are asked this time though the query could do without.
const char* obstacle(const SetTable& table, const Freshness& fresh) {
  Mark seen = {};
  if (fresh.seen == 0 || !read_mark_of_base(fresh.seen_mark, &seen)) {
    return "nothing tells what its last refresh saw";
  }
  if (seen.state != fresh.state) {
    return "since its last refresh the query has come to mean something else, or a table that it "
           "reads, "
           "the triggers there or the change log were altered";
  }
  if (const char* const problem = mark_problem(seen, fresh.base, fresh.seen)) return problem;
  if (fresh.changes.is_everything) {
    return "a table was emptied, rows of it may have been moved by MERGE, ids were erased, or "
           "changes that it has not seen were dropped, since its last refresh";
  }
  if (are_many(table, cardinality(fresh.changes.ids))) {
    return "too many rows changed since its last refresh";
  }
  return nullptr;
}

// ---- Running it -----------------------------------------------------------------------------------------------------

// The query's parameters, and room for more.
ParamListInfo bound(const RunningQuery& query, int more) {
  const ParamListInfo list = makeParamList(query.count + more);
  for (int i = 0; i < query.count; ++i) {
    list->params[i] = {query.values[i], query.nulls[i] == 'n', PARAM_FLAG_CONST, query.types[i]};
  }
  return list;
}

// So many ids are found before workers have started, which the server's costs of single rows do not tell.
constexpr uint64 ids_worth_workers = 10000;

// Somebody may have made a superuser of the saver since the seal was looked at, while a table was waited for.
void check_not_raised(const SetTable& table, Oid role) {
  if (!is_raised(role, table.owner)) return;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("role \"%s\" has become superuser", GetUserNameFromId(role, false)),
                  errhint("Queries of superusers are not run for tables of others.")));
}

// The one value that a query gives, flat and in the current context; an empty set for NULL.
Datum run_for_set(const SetTable& table, const RunningQuery& of, Query* query,
                  ParamListInfo parameters, bool may_be_parallel) {
  const char* const text = of.select;
  check_not_raised(table, of.role);
  PlannedStmt* const plan =
      plan_query(query, text, may_be_parallel ? CURSOR_OPT_PARALLEL_OK : 0, parameters);
  check_not_raised(table, of.role);  // partitions are locked as it is planned
  Tuplestorestate* const store = tuplestore_begin_heap(false, false, work_mem);
  DestReceiver* const receiver = CreateDestReceiver(DestTuplestore);
  SetTuplestoreDestReceiverParams(receiver, store, CurrentMemoryContext, true, nullptr, nullptr);
  QueryDesc* const running = CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot,
                                             receiver, parameters, nullptr, 0);
  ExecutorStart(running, 0);
  TupleDesc const shape = CreateTupleDescCopy(running->tupDesc);
  run_to_end(running);
  ExecutorFinish(running);
  ExecutorEnd(running);
  FreeQueryDesc(running);
  TupleTableSlot* const slot = MakeSingleTupleTableSlot(shape, &TTSOpsMinimalTuple);
  bool is_null = true;
  Datum value = 0;
  if (tuplestore_gettupleslot(store, true, false, slot)) value = slot_getattr(slot, 1, &is_null);
  const Datum result = is_null ? flat_datum(SetView()) : datumCopy(value, false, -1);
  ExecDropSingleTupleTableSlot(slot);
  tuplestore_end(store);
  receiver->rDestroy(receiver);
  return result;
}

// Ids that left base without a change of a row are found again, as by any refresh.
SetView ids_to_ask(const Freshness& fresh) {
  SetView result;
  guarded([&] {
    result = *new (allocate(sizeof(Set)))
                 Set(combine(Operation::unite, fresh.changes.ids, fresh.deleted));
  });
  return result;
}

}  // namespace

Tracking begin_tracking(const SetTable& table) {
  Tracking tracking = {};
  tracking.is_tracked = find_change_log(table, &tracking.log);
  if (tracking.is_tracked) hold_change_log(tracking.log);
  return tracking;
}

Freshness begin_freshness(const Tracking& tracking) {
  Freshness fresh = {};
  fresh.is_tracked = tracking.is_tracked;
  fresh.log = tracking.log;
  fresh.reason = "changes are not tracked";
  return fresh;
}

void read_freshness(const SetTable& table, Freshness* fresh) {
  if (fresh->is_tracked && fresh->seen != 0) {
    fresh->changes = read_changes(table, fresh->log, fresh->seen);
  }
}

void decide_freshness(const SetTable& table, const RunningQuery& query, Freshness* fresh) {
  if (!fresh->is_tracked) return;
  fresh->query = analyse(table, query);
  TrackedBy by = {&fresh->log};
  const TrackedTables tables = {
      tracked_columns_of, &by, most_tracked,
      getExtensionOfObject(ProcedureRelationId, noticing_function(table.schema))};
  const QueryScope scope =
      scope_of_query(subquery_in(fresh->query)->subquery, fresh->query, tables);
  fresh->reason = scope.problem;
  if (fresh->reason != nullptr) return;
  const TrackingState log = log_state(fresh->log);
  fresh->reason = log.problem;
  if (fresh->reason != nullptr) return;
  uint64 hash = log.hash;
  bool is_settled = log.is_settled;
  ListCell* cell = nullptr;
  foreach (cell, scope.relations) {
    const TrackingState state = tracking_state(table, fresh->log, lfirst_oid(cell));
    fresh->reason = state.problem;
    if (fresh->reason != nullptr) return;
    is_settled = is_settled && state.is_settled;
    hash = mixed_hash(hash, &state.hash, sizeof state.hash);
  }
  fresh->state = state_of(query, *fresh, hash);
  fresh->is_noted = is_settled;
  fresh->restrictions = scope.restrictions;
  fresh->reason = is_settled ? obstacle(table, *fresh) : "a table was altered just now";
}

Datum find_all(const SetTable& table, const RunningQuery& query) {
  return run_for_set(table, query, analyse(table, query), bound(query, 0), true);
}

Datum find_what_changed(const SetTable& table, const RunningQuery& query, const Freshness& fresh) {
  const SetView base = pinned_view(set_argument(fresh.base));
  const SetView asked = ids_to_ask(fresh);
  if (is_empty(asked)) return flat_datum(base);
  Restricting with = {&table, fresh.restrictions, query.count + 1};
  restrict_queries(reinterpret_cast<Node*>(fresh.query), &with);
  const Oid type = exprType(reinterpret_cast<Node*>(
      static_cast<TargetEntry*>(linitial(subquery_in(fresh.query)->subquery->targetList))->expr));
  add_condition(&fresh.query->jointree->quals,
                condition_on(table, 1, 1, type, -1, query.count + 1));
  const ParamListInfo parameters = bound(query, 1);
  parameters->params[query.count] = {flat_datum(asked), false, PARAM_FLAG_CONST, table.set_type};
  const SetView found = pinned_view(set_argument(
      run_for_set(table, query, fresh.query, parameters, cardinality(asked) >= ids_worth_workers)));
  struct varlena* result = nullptr;
  guarded([&] {
    const Set now = refreshed_base(base, asked, found);
    result = write_set(now);
  });
  return PointerGetDatum(result);
}

bool is_marked_as_seen(Datum seen, Datum seen_mark, Datum base) {
  Mark mark = {};
  return seen != 0 && read_mark_of_base(seen_mark, &mark) &&
         mark_problem(mark, base, seen) == nullptr;
}

void put_freshness(const Freshness& fresh, Datum base, Values* values) {
  if (!fresh.is_tracked) return;
  if (!fresh.is_noted) {
    values->put("seen", nullable(XID8ARRAYOID, 0));
    values->put("seen_mark", nullable(BYTEAOID, 0));
    return;
  }
  const Mark mark = mark_of_base(fresh.state, base, fresh.seen);
  auto* const bytes = static_cast<bytea*>(palloc(VARHDRSZ + sizeof mark));
  SET_VARSIZE(bytes, VARHDRSZ + sizeof mark);
  memcpy(VARDATA(bytes), &mark, sizeof mark);
  values->put("seen", {XID8ARRAYOID, fresh.seen});
  values->put("seen_mark", {BYTEAOID, PointerGetDatum(bytes)});
}

// The log may not have been there at first, or not any more.
void end_tracking(const SetTable& table, RefreshOf which) {
  ChangeLog log = {};
  if (find_change_log(table, &log)) trim_change_log(table, log, which);
}

}  // namespace objectset::pg
