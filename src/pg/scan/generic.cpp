// Plans of prepared statements that are made for any set:
//
//   PREPARE top(objectset) AS SELECT .. WHERE id <@ $1 ORDER BY score LIMIT 10
//
// The one idea: the scan decides when it starts, with the set in hand, but the plan around it does not: whether rows are
// better found by the set or by walking an index of `score` until ten of them are in the set, whether by an index of another
// condition, and in which order tables are joined. For some set any such choice is wrong by factors of a thousand. The server keeps to plans for each set as long as
// the one for all is not cheaper (plancache.c), and asks that one what it would cost. So there it says what it may come to:
// all rows of its tables, read in any order.
#include "pg/scan/scan.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

planner_hook_type next_planner = nullptr;

// Most statements have no parameters, and are not looked at further.
bool has_parameter(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Param)) return reinterpret_cast<Param*>(node)->paramkind == PARAM_EXTERN;
  if (IsA(node, Query)) {
    return query_tree_walker(reinterpret_cast<Query*>(node), as_walker(has_parameter), context, 0);
  }
  return expression_tree_walker(node, as_walker(has_parameter), context);
}

// What of a statement decides whether its plan depends on a set that is not known yet.
struct Seen {
  bool has_set_clause;
  bool has_choice;  // of another way to the rows than by the set
  int tables;
};

// Whether an index of the table begins with the column, or with an expression.
bool begins_index(Oid table, AttrNumber column) {
  Relation const relation = relation_open(table, NoLock);  // the parser has it locked
  List* const indexes = RelationGetIndexList(relation);
  relation_close(relation, NoLock);
  ListCell* cell;
  foreach (cell, indexes) {
    HeapTuple const tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    const AttrNumber first =
        reinterpret_cast<const FormData_pg_index*>(GETSTRUCT(tuple))->indkey.values[0];
    ReleaseSysCache(tuple);
    if (first == column || first == 0) return true;
  }
  return false;
}

// Whether a condition is on a column by which an index finds rows.
bool has_indexed_column(Node* node, void* context) {
  if (node == nullptr || IsA(node, Query)) return false;
  if (!IsA(node, Var)) {
    return expression_tree_walker(node, as_walker(has_indexed_column), context);
  }
  const auto* const query = static_cast<const Query*>(context);
  const auto* const var = reinterpret_cast<const Var*>(node);
  if (var->varlevelsup != 0) return false;
  const RangeTblEntry* const entry = rt_fetch(var->varno, query->rtable);
  // Of a view or the like, where it is not known yet, it may be.
  return entry->rtekind == RTE_SUBQUERY ||
         (entry->rtekind == RTE_RELATION && begins_index(entry->relid, var->varattno));
}

// Whether any of these conditions, beside those by sets, may be a better way to the rows.
bool has_other_way(const Query* query, Node* condition) {
  if (condition == nullptr) return false;
  if (IsA(condition, FromExpr)) {
    const auto* from = reinterpret_cast<const FromExpr*>(condition);
    ListCell* cell;
    foreach (cell, from->fromlist) {
      if (has_other_way(query, static_cast<Node*>(lfirst(cell)))) return true;
    }
    return has_other_way(query, from->quals);
  }
  check_stack_depth();
  ListCell* cell;
  foreach (cell, make_ands_implicit(reinterpret_cast<Expr*>(condition))) {
    auto* one = static_cast<Node*>(lfirst(cell));
    SetFormula formula;
    if (!IsA(one, JoinExpr) && !match_set_formula(one, &formula) &&
        has_indexed_column(one, const_cast<Query*>(query))) {
      return true;
    }
  }
  return false;
}

bool see(Node* node, void* context) {
  if (node == nullptr) return false;
  auto* seen = static_cast<Seen*>(context);
  if (IsA(node, Query)) {
    auto* const query = reinterpret_cast<Query*>(node);
    if (query->limitCount != nullptr ||
        has_other_way(query, reinterpret_cast<Node*>(query->jointree))) {
      seen->has_choice = true;
    }
    ListCell* cell;
    foreach (cell, query->rtable) {
      if (lfirst_node(RangeTblEntry, cell)->rtekind == RTE_RELATION && ++seen->tables > 1) {
        seen->has_choice = true;
      }
    }
    return query_tree_walker(query, as_walker(see), context, 0);
  }
  SetClause clause = {};
  if (match_set_clause(node, &clause) && !IsA(clause.set, Const)) seen->has_set_clause = true;
  return expression_tree_walker(node, as_walker(see), context);
}

// All rows of the tables, each page read for itself.
Cost worst_cost(const PlannedStmt* plan) {
  Cost cost = 0;
  ListCell* cell;
  foreach (cell, plan->rtable) {
    const auto* entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind != RTE_RELATION) continue;
    HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(entry->relid));
    if (!HeapTupleIsValid(tuple)) continue;
    const auto* const table = reinterpret_cast<const FormData_pg_class*>(GETSTRUCT(tuple));
    const double rows = table->reltuples > 0 ? table->reltuples : 0;
    cost += rows * (random_page_cost + cpu_tuple_cost);
    ReleaseSysCache(tuple);
  }
  return cost;
}

template <class... More>
PlannedStmt* plan_for_any(Query* query, const char* text, int options, ParamListInfo parameters,
                          More... more) {
  Seen seen = {};
  auto* const node = reinterpret_cast<Node*>(query);
  if (parameters == nullptr && enable_scan_setting && has_parameter(node, nullptr)) {
    see(node, &seen);
  }
  PlannedStmt* const plan = plan_by(next_planner, query, text, options, parameters, more...);
  if (seen.has_set_clause && seen.has_choice) {
    plan->planTree->total_cost += worst_cost(plan);
  }
  return plan;
}

}  // namespace

void install_generic() {
  next_planner = planner_hook;
  planner_hook = plan_for_any;
}

}  // namespace objectset::pg
