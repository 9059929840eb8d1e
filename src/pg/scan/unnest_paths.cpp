// Scans of a set in FROM, offered to the planner beside its own, and made into plans.
//
// Conditions that compare the id with what is the same for all rows are bounds of the scan. Where they compare it with rows of
// other tables there is a scan that begins anew for each of those, as by an index. The rows come in the order of the ids, which
// the planner is told; and against it, where somebody wants that.
#include "pg/scan/unnest.hpp"

#include "pg/expected_value.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/selfuncs.h"
}

#include <algorithm>

extern "C" {
Datum objectset_unnest(PG_FUNCTION_ARGS);
Datum objectset_elements(PG_FUNCTION_ARGS);
}

namespace objectset::pg {
namespace {

get_relation_stats_hook_type next_statistics = nullptr;
set_join_pathlist_hook_type next_join = nullptr;

// ---- The call ---------------------------------------------------------------------------------------------

// As objectset_elements() has them.
enum Argument { argument_set, argument_after, argument_max_rows, argument_descending };

// What runs where a function over sets is called; nullptr for other nodes.
PGFunction called(const Node* node) {
  if (node == nullptr || !IsA(node, FuncExpr)) return nullptr;
  const auto* call = reinterpret_cast<const FuncExpr*>(node);
  // The server's own functions have no sets.
  if (call->funcid < first_made_oid || call->args == NIL) return nullptr;
  FmgrInfo function;
  fmgr_info(call->funcid, &function);
  return function.fn_addr;
}

// A call of objectset_elements() that says as it stands in which direction, and names no number of rows.
bool is_walk(const FuncExpr* call, bool* is_descending) {
  const List* const arguments = call->args;
  if (list_length(arguments) != argument_descending + 1 ||
      !is_null_constant(static_cast<const Node*>(list_nth(arguments, argument_max_rows)))) {
    return false;
  }
  const auto* direction = static_cast<const Const*>(list_nth(arguments, argument_descending));
  if (!IsA(direction, Const)) return false;
  *is_descending = !direction->constisnull && DatumGetBool(direction->constvalue);
  return true;
}

// Of what stands in FROM, the one call that it is; nullptr where it is another.
FuncExpr* call_of(const RangeTblEntry* entry, bool* is_descending) {
  if (entry->rtekind != RTE_FUNCTION || entry->funcordinality ||
      list_length(entry->functions) != 1) {
    return nullptr;
  }
  Node* const node = linitial_node(RangeTblFunction, entry->functions)->funcexpr;
  PGFunction const function = called(node);
  auto* const call = reinterpret_cast<FuncExpr*>(node);
  *is_descending = false;
  if (function == objectset_unnest && list_length(call->args) == 1) return call;
  return function == objectset_elements && is_walk(call, is_descending) ? call : nullptr;
}

// ---- Bounds -----------------------------------------------------------------------------------------------

bool is_id(const RelOptInfo* rows, Node* node) {
  const auto* var = reinterpret_cast<const Var*>(without_relabels(reinterpret_cast<Expr*>(node)));
  return IsA(var, Var) && static_cast<Index>(var->varno) == rows->relid && var->varattno == 1 &&
         var->varlevelsup == 0;
}

// `id < value` or its like; nullptr for other conditions. The value is of rows that are there when the scan begins.
OpExpr* match_bound(PlannerInfo* root, RelOptInfo* rows, RestrictInfo* info) {
  if (info->pseudoconstant || !IsA(info->clause, OpExpr) ||
      !restriction_is_securely_promotable(info, rows)) {
    return nullptr;
  }
  const auto* test = reinterpret_cast<const OpExpr*>(info->clause);
  if (list_length(test->args) != 2) return nullptr;
  auto* const left = static_cast<Node*>(linitial(test->args));
  auto* const right = static_cast<Node*>(lsecond(test->args));
  const bool is_turned = !is_id(rows, left);
  if (is_turned && !is_id(rows, right)) return nullptr;
  auto* const id = is_turned ? right : left;
  auto* const value = is_turned ? left : right;
  const Oid comparison = is_turned ? get_commutator(test->opno) : test->opno;
  if (!OidIsValid(comparison) || get_op_opfamily_strategy(comparison, INTEGER_BTREE_FAM_OID) == 0 ||
      bms_is_member(static_cast<int>(rows->relid), pull_varnos(root, value)) ||
      contain_volatile_functions(value) || contain_subplans(value)) {
    return nullptr;
  }
  Expr* const made = make_opclause(comparison, BOOLOID, false, reinterpret_cast<Expr*>(id),
                                   reinterpret_cast<Expr*>(value), InvalidOid, InvalidOid);
  set_opfuncid(reinterpret_cast<OpExpr*>(made));
  return reinterpret_cast<OpExpr*>(made);
}

// The ids that a bound lets through, as far as its value is expected; false where it is not.
bool expect_bounds(PlannerInfo* root, const OpExpr* bound, IdBounds* found) {
  auto* const node = static_cast<Node*>(lsecond(bound->args));
  const Const* const value = expected_value(root, node);
  if (value == nullptr) return false;
  const int strategy = get_op_opfamily_strategy(bound->opno, INTEGER_BTREE_FAM_OID);
  *found = value->constisnull ? IdBounds{0, -1}
                              : compared_with(strategy, id_of(value->consttype, value->constvalue));
  return true;
}

// ---- How many rows ----------------------------------------------------------------------------------------

double fraction_of(PlannerInfo* root, const RelOptInfo* rows, List* infos) {
  if (infos == NIL) return 1;
  return clauselist_selectivity(root, infos, static_cast<int>(rows->relid), JOIN_INNER, nullptr);
}

// What a scan goes through, and what of that it gives.
struct Expected {
  double walked;
  double given;
};

// Of a set that is expected its ids are counted between the bounds that are.
Expected expected_rows(PlannerInfo* root, RelOptInfo* rows, const FuncExpr* call, List* infos) {
  IdBounds within;
  List* unknown = NIL;  // bounds
  List* others = NIL;
  bool is_equal = false;
  ListCell* cell;
  foreach (cell, infos) {
    auto* info = lfirst_node(RestrictInfo, cell);
    const OpExpr* const bound = match_bound(root, rows, info);
    IdBounds bounds;
    if (bound == nullptr) {
      others = lappend(others, info);
    } else if (expect_bounds(root, bound, &bounds)) {
      within = both_bounds(within, bounds);
    } else {
      unknown = lappend(unknown, info);
      is_equal = is_equal || get_op_opfamily_strategy(bound->opno, INTEGER_BTREE_FAM_OID) ==
                                 BTEqualStrategyNumber;
    }
  }
  const Const* const set = expected_value(root, static_cast<Node*>(linitial(call->args)));
  double walked = rows->tuples;
  if (set != nullptr && list_length(call->args) == 1) {
    walked = set->constisnull ? 0
                              : static_cast<double>(count_between(expected_set(root, set),
                                                                  within.first, within.last));
  } else {
    others = list_difference_ptr(infos, unknown);
  }
  walked *= fraction_of(root, rows, unknown);
  if (is_equal) walked = std::min(walked, 1.0);
  return {walked, clamp_row_est(walked * fraction_of(root, rows, others))};
}

// ---- Paths ------------------------------------------------------------------------------------------------

Plan* plan_unnest(PlannerInfo* root, RelOptInfo* rows, CustomPath* path, List* target,
                  List* clauses, List* children);
List* reparameterize(PlannerInfo* root, List* custom_private, RelOptInfo* child);

constexpr CustomPathMethods path_methods = {"ObjectSetUnnest", plan_unnest, reparameterize};

// custom_private of a path
enum PathPrivate { private_call, private_is_descending };

struct Offer {
  PlannerInfo* root;
  RelOptInfo* rows;
  FuncExpr* call;
  ParamPathInfo* parameters;
  Expected expected;
  List* infos;  // conditions on the rows
};

// In the planner's cost of a row: what giving an id takes.
constexpr double cost_of_id = 0.5;

CustomPath* make_path(const Offer& offer, bool is_descending, List* order) {
  QualCost set;
  cost_qual_eval_node(&set, reinterpret_cast<Node*>(offer.call->args), offer.root);
  QualCost conditions;
  cost_qual_eval(&conditions, offer.infos, offer.root);
  const PathTarget* const target = offer.rows->reltarget;
  CustomPath* const path = make_custom_path(offer.rows, offer.parameters, &path_methods);
  path->path.pathkeys = order;
  path->path.rows = offer.expected.given;
  path->path.startup_cost = set.startup + set.per_tuple + conditions.startup + target->cost.startup;
  path->path.total_cost =
      path->path.startup_cost +
      offer.expected.walked * (cost_of_id * cpu_tuple_cost + conditions.per_tuple) +
      offer.expected.given * target->cost.per_tuple;
  path->flags |= CUSTOMPATH_SUPPORT_BACKWARD_SCAN | CUSTOMPATH_SUPPORT_MARK_RESTORE;
  path->custom_private = list_make2(offer.call, makeBoolConst(is_descending, false));
  return path;
}

// The order that the ids come in, as far as it is of use.
List* order_of(PlannerInfo* root, RelOptInfo* rows, bool is_descending) {
  Var* const id = makeVar(static_cast<int>(rows->relid), 1, INT8OID, -1, InvalidOid, 0);
  const Oid comparison =
      get_opfamily_member(INTEGER_BTREE_FAM_OID, INT8OID, INT8OID,
                          is_descending ? BTGreaterStrategyNumber : BTLessStrategyNumber);
  List* const order = order_by(root, reinterpret_cast<Expr*>(id), comparison, rows->relids);
  return truncate_useless_pathkeys(root, rows, order);
}

// In the call's own direction, and the other way where that order is of use.
void offer_both_ways(const Offer& offer, bool is_descending) {
  add_path(offer.rows,
           &make_path(offer, is_descending, order_of(offer.root, offer.rows, is_descending))->path);
  if (offer.parameters != nullptr) return;
  List* const other = order_of(offer.root, offer.rows, !is_descending);
  if (other == NIL) return;
  add_path(offer.rows, &make_path(offer, !is_descending, other)->path);
}

// The server has estimated the rows by conditions on a column that it knows nothing of. Joins come after this; only the cost of
// index scans that rows of this one are looked up by may have gone by it.
void correct_rows(RelOptInfo* table, double rows) {
  table->rows = rows;
  ListCell* cell;
  foreach (cell, table->pathlist) {
    auto* path = static_cast<Path*>(lfirst(cell));
    if (path->param_info == nullptr) path->rows = rows;
  }
}

// ---- For rows of other tables -----------------------------------------------------------------------------

bool is_member_the_id(PlannerInfo*, RelOptInfo* rows, EquivalenceClass*, EquivalenceMember* member,
                      void*) {
  return is_id(rows, reinterpret_cast<Node*>(member->em_expr));
}

// Conditions that compare the id with rows of other tables.
List* joining_bounds(PlannerInfo* root, RelOptInfo* rows) {
  List* infos = NIL;
  ListCell* cell;
  foreach (cell, rows->joininfo) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (join_clause_is_movable_to(info, rows)) infos = lappend(infos, info);
  }
  if (rows->has_eclass_joins) {
    infos =
        list_concat(infos, generate_implied_equalities_for_column(
                               root, rows, is_member_the_id, nullptr, rows->lateral_referencers));
  }
  List* bounds = NIL;
  foreach (cell, infos) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (match_bound(root, rows, info) != nullptr) bounds = lappend(bounds, info);
  }
  return bounds;
}

bool is_among(const List* offered, Relids relations) {
  ListCell* cell;
  foreach (cell, offered) {
    if (bms_equal(static_cast<Relids>(lfirst(cell)), relations)) return true;
  }
  return false;
}

void offer_for_rows(Offer offer, bool is_descending) {
  List* offered = NIL;
  ListCell* cell;
  foreach (cell, joining_bounds(offer.root, offer.rows)) {
    const auto* info = lfirst_node(RestrictInfo, cell);
    Relids outer = bms_union(info->clause_relids, offer.rows->lateral_relids);
    outer = bms_difference(outer, offer.rows->relids);
    if (bms_is_empty(outer) || is_among(offered, outer)) continue;
    offered = lappend(offered, outer);
    offer.parameters = get_baserel_parampathinfo(offer.root, offer.rows, outer);
    List* const own = offer.rows->baserestrictinfo;
    offer.infos = list_concat(list_copy(own), offer.parameters->ppi_clauses);
    offer.expected = expected_rows(offer.root, offer.rows, offer.call, offer.infos);
    add_path(
        offer.rows,
        &make_path(offer, is_descending, order_of(offer.root, offer.rows, is_descending))->path);
  }
}

// ---- Of one row -------------------------------------------------------------------------------------------

// FROM patient_set AS s, unnest(s.members) AS id WHERE s.name = 'smokers' ORDER BY id LIMIT 10
//
// A loop over one row gives the rows of its inner side in their order, which the server does not see.
void offer_for_one_row(PlannerInfo* root, RelOptInfo* join, RelOptInfo* outer, RelOptInfo* inner,
                       FuncExpr* call, JoinPathExtraData* more) {
  Path* const row = outer->cheapest_total_path;
  if (row == nullptr || PATH_REQ_OUTER(row) != nullptr ||
      !bms_equal(inner->lateral_relids, outer->relids) || !has_one_row(root, outer)) {
    return;
  }
  Offer offer = {root, inner, call, nullptr, {}, nullptr};
  offer.parameters = get_baserel_parampathinfo(root, inner, inner->lateral_relids);
  List* const own = inner->baserestrictinfo;
  offer.infos = list_concat(list_copy(own), offer.parameters->ppi_clauses);
  offer.expected = expected_rows(root, inner, call, offer.infos);
  for (const bool is_descending : {false, true}) {
    List* const order = truncate_useless_pathkeys(root, join, order_of(root, inner, is_descending));
    if (order == NIL) continue;
    Path* const ids = &make_path(offer, is_descending, NIL)->path;
    add_path(join, nested_loop(root, join, more, row, ids, order));
  }
}

void offer_joins(PlannerInfo* root, RelOptInfo* join, RelOptInfo* outer, RelOptInfo* inner,
                 JoinType type, JoinPathExtraData* more) {
  if (next_join != nullptr) next_join(root, join, outer, inner, type, more);
  if (!enable_scan_setting || !enable_nestloop || type != JOIN_INNER ||
      outer->reloptkind != RELOPT_BASEREL || inner->reloptkind != RELOPT_BASEREL ||
      outer->rtekind != RTE_RELATION || inner->rtekind != RTE_FUNCTION) {
    return;
  }
  bool is_descending = false;
  FuncExpr* const call = call_of(planner_rt_fetch(inner->relid, root), &is_descending);
  if (call != nullptr) offer_for_one_row(root, join, outer, inner, call, more);
}

// ---- Plans ------------------------------------------------------------------------------------------------

// The columns that the scan gives: the id, and the whole row where that is asked for.
List* columns_of(const RelOptInfo* rows, List* target, List* conditions) {
  const auto number = static_cast<int>(rows->relid);
  Var* const id = makeVar(number, 1, INT8OID, -1, InvalidOid, 0);
  List* columns = list_make1(makeTargetEntry(reinterpret_cast<Expr*>(id), 1, nullptr, false));
  List* const asked = list_make2(target, conditions);
  ListCell* cell;
  foreach (cell, pull_var_clause(reinterpret_cast<Node*>(asked), PVC_RECURSE_AGGREGATES |
                                                                     PVC_RECURSE_WINDOWFUNCS |
                                                                     PVC_RECURSE_PLACEHOLDERS)) {
    const auto* var = lfirst_node(Var, cell);
    if (static_cast<int>(var->varno) != number || var->varattno != 0) continue;
    auto* const row = static_cast<Expr*>(copyObjectImpl(var));
    return lappend(columns, makeTargetEntry(row, 2, nullptr, false));
  }
  return columns;
}

Plan* plan_unnest(PlannerInfo* root, RelOptInfo* rows, CustomPath* path, List* target,
                  List* clauses, List*) {
  const List* const told = path->custom_private;
  List* bounds = NIL;
  List* others = NIL;
  ListCell* cell;
  foreach (cell, clauses) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (info->pseudoconstant) continue;
    OpExpr* const bound = match_bound(root, rows, info);
    if (bound != nullptr) {
      bounds = lappend(bounds, bound);
    } else {
      others = lappend(others, info->clause);
    }
  }
  auto* scan = makeNode(CustomScan);
  scan->scan.plan.targetlist = target;
  scan->scan.plan.qual = others;
  scan->flags = path->flags;
  scan->custom_exprs = lcons(list_nth(told, private_call), bounds);
  scan->custom_private = list_make1(list_nth(told, private_is_descending));
  scan->custom_scan_tlist = columns_of(rows, target, others);
  scan->methods = &unnest_methods;
  return &scan->scan.plan;
}

// A set from a row of a partitioned table, said of a row of one of its partitions.
List* reparameterize(PlannerInfo* root, List* custom_private, RelOptInfo* child) {
  auto* const call = static_cast<Node*>(list_nth(custom_private, private_call));
  return list_make2(adjust_for_child(root, call, child),
                    list_nth(custom_private, private_is_descending));
}

// No id comes twice.
bool tell_of_ids(PlannerInfo* root, RangeTblEntry* entry, AttrNumber column,
                 VariableStatData* variable) {
  if (next_statistics != nullptr && next_statistics(root, entry, column, variable)) return true;
  bool is_descending = false;
  if (!enable_scan_setting || column != 1 || call_of(entry, &is_descending) == nullptr) {
    return false;
  }
  variable->isunique = true;
  return true;
}

}  // namespace

Expr* unnested(const Node* node) {
  if (called(node) != objectset_unnest) return nullptr;
  return static_cast<Expr*>(linitial(reinterpret_cast<const FuncExpr*>(node)->args));
}

void offer_unnest(PlannerInfo* root, RelOptInfo* rows, RangeTblEntry* entry) {
  bool is_descending = false;
  FuncExpr* const call = call_of(entry, &is_descending);
  if (call == nullptr) return;
  List* const infos = rows->baserestrictinfo;
  Offer offer = {root, rows, call, nullptr, expected_rows(root, rows, call, infos), infos};
  offer.parameters = get_baserel_parampathinfo(root, rows, rows->lateral_relids);
  if (offer.parameters == nullptr) correct_rows(rows, offer.expected.given);
  offer_both_ways(offer, is_descending);
  offer_for_rows(offer, is_descending);
}

void install_unnest() {
  RegisterCustomScanMethods(&unnest_methods);
  next_statistics = get_relation_stats_hook;
  get_relation_stats_hook = tell_of_ids;
  next_join = set_join_pathlist_hook;
  set_join_pathlist_hook = offer_joins;
}

}  // namespace objectset::pg
