// Scans of a table by a set, offered to the planner beside its own, and made into plans.
//
// For each condition `id <@ set` of a table, or NOT, there are up to three kinds of scan: one in any order, which decides
// when it starts between the index and the whole table; that one shared by parallel workers; and one in the order of the
// ids, by the index alone, where somebody wants that order. A set from rows of other tables makes a parameterized scan,
// which starts again for each of them.
//
// What is known of the set while planning is of two kinds. A constant is the set in every execution: what follows from it
// may stand in the plan. All else, a stable function's set or a parameter's, is what the set would be now: it decides what
// a plan is expected to cost, and nothing else.
#include "pg/scan/scan.hpp"

#include "pg/datum.hpp"
#include "pg/set_statistics.hpp"

extern "C" {
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_opfamily.h"
#include "optimizer/appendinfo.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/spccache.h"
}

#include <algorithm>
#include <type_traits>

namespace objectset::pg {

bool enable_scan_setting = true;

namespace {

set_rel_pathlist_hook_type next_hook = nullptr;

// ---- Costs ----------------------------------------------------------------------------------------------

// What computing costs goes with the planner's cost of a row, which is 25 nanoseconds or so.
CostUnits units_of(double page_in_order, double page_at_random) {
  return {cpu_tuple_cost / 25, page_in_order, page_at_random};
}

// As the planner's own.
double parallel_share(int workers) {
  const double leader = parallel_leader_participation ? std::max(0.0, 1 - 0.3 * workers) : 0;
  return workers + leader;
}

}  // namespace

CostUnits planner_units(Oid tablespace) {
  double at_random;
  double in_order;
  get_tablespace_page_costs(tablespace, &at_random, &in_order);
  return units_of(in_order, at_random);
}

CostUnits running_units(Oid tablespace, double pages) {
  if (pages > effective_cache_size) return planner_units(tablespace);
  return units_of(0, 0);
}

CustomPath* make_custom_path(RelOptInfo* table, ParamPathInfo* parameters,
                             const CustomPathMethods* methods) {
  auto* path = makeNode(CustomPath);
  path->path.pathtype = T_CustomScan;
  path->path.parent = table;
  path->path.pathtarget = table->reltarget;
  path->path.param_info = parameters;
  path->path.parallel_safe = table->consider_parallel;
#ifdef CUSTOMPATH_SUPPORT_PROJECTION
  path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
  path->methods = methods;
  return path;
}

// ---- The plan as a list ---------------------------------------------------------------------------------

static_assert(std::is_trivially_copyable_v<ScanPlan>);

// Its bytes, as one constant: paths are made by the thousand, of which few become plans. And the columns, a list.
List* scan_plan_to_list(const ScanPlan& plan) {
  ScanPlan bytes = plan;
  bytes.columns = NIL;
  auto* kept = static_cast<bytea*>(palloc(VARHDRSZ + sizeof bytes));
  SET_VARSIZE(kept, VARHDRSZ + sizeof bytes);
  memcpy(VARDATA(kept), &bytes, sizeof bytes);
  Const* const constant =
      makeConst(BYTEAOID, -1, InvalidOid, -1, PointerGetDatum(kept), false, false);
  return list_make2(constant, plan.columns);
}

ScanPlan scan_plan_from_list(const List* list) {
  const Datum kept = static_cast<const Const*>(linitial(list))->constvalue;
  ScanPlan plan;
  memcpy(&plan, VARDATA_ANY(DatumGetPointer(kept)), sizeof plan);
  plan.columns = static_cast<List*>(lsecond(list));
  return plan;
}

namespace {

// ---- Conditions and indexes -----------------------------------------------------------------------------

// A condition on a table's rows that a scan may take for its own, alone or with others.
struct Part {
  RestrictInfo* info;
  SetFormula formula;
  Relids outer;  // the other tables whose rows the set is of
  bool is_implied;
};

// What a scan of the table may be made for: all conditions on one operand.
struct Condition {
  List* infos;
  List* implied;  // those of them that are no conditions of the query (implied.cpp)
  SetClause clause;
  bool is_negative;  // true where the operand is not in the set
  Relids outer;
  bool is_part;  // one alone, as it is
  // One that the server knows as a test against an array, which its own scans are better at.
  bool is_array;
};

bool match_part(PlannerInfo* root, const RelOptInfo* table, RestrictInfo* info, Part* found) {
  if (info->pseudoconstant ||
      !restriction_is_securely_promotable(info, const_cast<RelOptInfo*>(table))) {
    return false;
  }
  SetFormula formula;
  if (!match_set_formula(reinterpret_cast<Node*>(info->clause), &formula)) return false;
  auto* operand = reinterpret_cast<Node*>(formula.clause.operand);
  auto* set = reinterpret_cast<Node*>(formula.clause.set);
  if (!bms_equal(pull_varnos(root, operand), table->relids) ||
      bms_is_member(static_cast<int>(table->relid), pull_varnos(root, set)) ||
      contain_volatile_functions(operand) || contain_volatile_functions(set)) {
    return false;
  }
  Relids outer = bms_del_member(bms_copy(info->clause_relids), static_cast<int>(table->relid));
  outer = bms_add_members(outer, table->lateral_relids);
  *found = {info, formula, bms_is_empty(outer) ? nullptr : outer, false};
  return true;
}

Part* kept(const Part& part) {
  auto* copy = static_cast<Part*>(palloc(sizeof(Part)));
  *copy = part;
  return copy;
}

// The parts that a table's conditions have, of itself, with rows of others, and by joins.
List* parts_of(PlannerInfo* root, RelOptInfo* table) {
  List* parts = NIL;
  ListCell* cell;
  Part part;
  foreach (cell, table->baserestrictinfo) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (match_part(root, table, info, &part)) parts = lappend(parts, kept(part));
  }
  foreach (cell, table->joininfo) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (join_clause_is_movable_to(info, table) && match_part(root, table, info, &part)) {
      parts = lappend(parts, kept(part));
    }
  }
  foreach (cell, implied_conditions(root, table)) {
    if (!match_part(root, table, lfirst_node(RestrictInfo, cell), &part)) continue;
    part.is_implied = true;
    parts = lappend(parts, kept(part));
  }
  return parts;
}

List* infos_of(const List* parts) {
  List* infos = NIL;
  ListCell* cell;
  foreach (cell, parts) infos = lappend(infos, static_cast<const Part*>(lfirst(cell))->info);
  return infos;
}

bool has_parameter(Node* node, void* context) {
  if (node == nullptr) return false;
  return IsA(node, Param) || expression_tree_walker(node, as_walker(has_parameter), context);
}

// A set that is made of constants alone is one.
Expr* fold(PlannerInfo* root, Expr* set) {
  auto* node = reinterpret_cast<Node*>(set);
  if (IsA(set, Const) || has_parameter(node, nullptr) || !bms_is_empty(pull_varnos(root, node)) ||
      contain_mutable_functions(node)) {
    return set;
  }
  const Const* const value = expected_value(root, node);
  return value == nullptr ? set : static_cast<Expr*>(copyObjectImpl(value));
}

// All rows of other tables that conditions on the operand of this part ask for.
Relids outer_of_all(const List* parts, const Part* first) {
  Relids all = nullptr;
  ListCell* cell;
  foreach (cell, parts) {
    const auto* part = static_cast<const Part*>(lfirst(cell));
    if (have_same_operand(first->formula.clause, part->formula.clause)) {
      all = bms_union(all, part->outer);
    }
  }
  return all;
}

// Of a part and all others on its operand that can be held against a row when these rows of other tables are there. False
// where one before it has given the same.
bool gather(PlannerInfo* root, const List* parts, int n, Relids outer, Condition* found) {
  const auto* first = static_cast<const Part*>(list_nth(parts, n));
  SetFormula all = first->formula;
  *found = {list_make1(first->info), NIL, {}, all.is_negative, outer, false, false};
  if (first->is_implied) found->implied = list_make1(first->info);
  ListCell* cell;
  foreach (cell, parts) {
    const auto* part = static_cast<const Part*>(lfirst(cell));
    if (part == first || !bms_is_subset(part->outer, outer) ||
        !both_formulas(all, part->formula, &all)) {
      continue;
    }
    // What is not to be in a set goes with what is to be in one.
    if (first->formula.is_negative && !part->formula.is_negative) return false;
    const bool is_earlier =
        foreach_current_index(cell) < n && part->formula.is_negative == first->formula.is_negative;
    if (is_earlier && bms_equal(part->outer, first->outer)) return false;
    found->infos = lappend(found->infos, part->info);
    if (part->is_implied) found->implied = lappend(found->implied, part->info);
  }
  found->clause = all.clause;
  found->clause.set = fold(root, all.clause.set);
  found->is_part = found->clause.set == first->formula.clause.set;
  found->is_array =
      !all.is_negative && list_length(found->infos) == 1 && found->implied == NIL &&
      IsA(first->info->clause, ScalarArrayOpExpr) &&
      OidIsValid(marked_set_type(reinterpret_cast<const ScalarArrayOpExpr*>(first->info->clause)));
  return true;
}

// Whether a family of operators compares integers of a type with ids.
bool compares_with_ids(Oid family, Oid type) {
  return family == INTEGER_BTREE_FAM_OID ||
         (OidIsValid(get_opfamily_member(family, type, INT8OID, BTEqualStrategyNumber)) &&
          OidIsValid(get_opfamily_member(family, type, INT8OID, BTLessEqualStrategyNumber)));
}

// Whether the index has the operand for its first column, as a number of one of the three widths.
bool is_index_on(const IndexOptInfo* index, const SetClause& clause) {
  if (index->relam != BTREE_AM_OID || index->hypothetical) return false;
  if (index->indpred != NIL && !index->predOK) return false;
  const Oid key = index->opcintype[0];
  if (!is_id_type(key)) return false;
  // Another operator family may have another order.
  if (!compares_with_ids(index->opfamily[0], key)) return false;
  auto* operand = reinterpret_cast<Node*>(without_relabels(clause.operand));
  return match_index_to_operand(operand, 0, const_cast<IndexOptInfo*>(index));
}

// Conditions on an index's columns beside that by a set, by which its entries are tested before rows are fetched.
struct IndexTests {
  List* tests;      // with the column on the left
  List* columns;    // that each is on, ascending
  List* narrowing;  // those on the id itself that bounds do not say; all of these are RestrictInfos
  List* bounding;   // those that they do say
  List* keeping;    // those on further columns,
  List* searching;  // and of them those that bound the search for an id
};

// `column < value` or its like, on one of the index's columns; nullptr for other conditions. The value is of rows that are
// there when the scan starts.
Expr* match_index_test(PlannerInfo* root, RelOptInfo* table, const IndexOptInfo* index, int column,
                       const RestrictInfo* info, int* strategy) {
  if (info->pseudoconstant || !IsA(info->clause, OpExpr) ||
      !restriction_is_securely_promotable(const_cast<RestrictInfo*>(info), table)) {
    return nullptr;
  }
  const auto* test = reinterpret_cast<const OpExpr*>(info->clause);
  const Oid collation = index->indexcollations[column];
  if (list_length(test->args) != 2 || (OidIsValid(collation) && collation != test->inputcollid)) {
    return nullptr;
  }
  auto* const left = static_cast<Node*>(linitial(test->args));
  auto* const right = static_cast<Node*>(lsecond(test->args));
  auto* const matched = const_cast<IndexOptInfo*>(index);
  const bool is_turned = !match_index_to_operand(left, column, matched);
  if (is_turned && !match_index_to_operand(right, column, matched)) return nullptr;
  auto* const operand = is_turned ? right : left;
  auto* const value = is_turned ? left : right;
  const Oid comparison = is_turned ? get_commutator(test->opno) : test->opno;
  if (!OidIsValid(comparison) ||
      bms_is_member(static_cast<int>(table->relid), pull_varnos(root, value)) ||
      contain_volatile_functions(value) || contain_subplans(value)) {
    return nullptr;
  }
  const Oid family = column == 0 ? INTEGER_BTREE_FAM_OID : index->opfamily[column];
  *strategy = get_op_opfamily_strategy(comparison, family);
  if (*strategy == 0) return nullptr;
  Expr* const made = make_opclause(comparison, BOOLOID, false, reinterpret_cast<Expr*>(operand),
                                   reinterpret_cast<Expr*>(value), InvalidOid, test->inputcollid);
  set_opfuncid(reinterpret_cast<OpExpr*>(made));
  return made;
}

IndexTests index_tests(PlannerInfo* root, RelOptInfo* table, const IndexOptInfo* index,
                       const List* others, bool is_known) {
  IndexTests found = {};
  bool is_bounded = true;  // by equalities on all columns before
  for (int column = 0; column < index->nkeycolumns; ++column) {
    bool has_equality = column == 0;
    ListCell* cell;
    foreach (cell, others) {
      auto* info = lfirst_node(RestrictInfo, cell);
      int strategy = 0;
      Expr* const test = match_index_test(root, table, index, column, info, &strategy);
      if (test == nullptr) continue;
      found.tests = lappend(found.tests, test);
      found.columns = lappend_int(found.columns, column);
      if (column > 0) found.keeping = lappend(found.keeping, info);
      if (column == 0) {
        const bool is_said = is_known && IsA(lsecond(reinterpret_cast<OpExpr*>(test)->args), Const);
        List*& told = is_said ? found.bounding : found.narrowing;
        told = lappend(told, info);
      }
      if (column > 0 && is_bounded) found.searching = lappend(found.searching, info);
      has_equality = has_equality || strategy == BTEqualStrategyNumber;
    }
    is_bounded = is_bounded && has_equality;
  }
  return found;
}

// Whether the index has all columns of the table that the query asks for.
bool covers(PlannerInfo* root, const RelOptInfo* table, const IndexOptInfo* index) {
  if (!enable_indexonlyscan) return false;
  Bitmapset* used = nullptr;
  pull_varattnos(reinterpret_cast<Node*>(table->reltarget->exprs), table->relid, &used);
  ListCell* cell;
  foreach (cell, table->baserestrictinfo) {
    pull_varattnos(reinterpret_cast<Node*>(lfirst_node(RestrictInfo, cell)->clause), table->relid,
                   &used);
  }
  int offered[INDEX_MAX_KEYS];
  int count = 0;
  for (int i = 0; i < index->ncolumns; ++i) {
    const int column = index->indexkeys[i] - FirstLowInvalidHeapAttributeNumber;
    if (index->indexkeys[i] <= 0 || !index->canreturn[i] || !bms_is_member(column, used)) continue;
    used = bms_del_member(used, column);
    offered[count++] = i;
  }
  if (!bms_is_empty(used)) return false;
  // An index may keep something else than the column has.
  const Oid table_id = planner_rt_fetch(table->relid, root)->relid;
  return std::all_of(offered, offered + count, [&](int i) {
    return get_atttype(index->indexoid, static_cast<AttrNumber>(i + 1)) ==
           get_atttype(table_id, static_cast<AttrNumber>(index->indexkeys[i]));
  });
}

// ---- Paths ----------------------------------------------------------------------------------------------

Plan* plan_scan(PlannerInfo* root, RelOptInfo* table, CustomPath* path, List* target, List* clauses,
                List* children);
List* reparameterize(PlannerInfo* root, List* custom_private, RelOptInfo* child);

constexpr CustomPathMethods path_methods = {"ObjectSetScan", plan_scan, reparameterize};

// custom_private of a path
enum PathPrivate { private_conditions, private_operand, private_set, private_tests, private_plan };

struct Offer {
  PlannerInfo* root;
  RelOptInfo* table;
  const Condition* condition;
  ParamPathInfo* parameters;
  double rows;   // that the scan gives
  double found;  // that satisfy the condition, of which others drop some
  Cost per_row;  // of what is done with each found row
  Cost startup;
};

// A way to the rows, and what it takes with all that is done with them.
struct Way {
  ScanPlan plan;
  List* tests;  // of the index
  Cost cost;
  Cost running;  // the same, as the scan will see it; where that is asked for
};

CustomPath* make_path(const Offer& offer, const Way& way) {
  CustomPath* const path = make_custom_path(offer.table, offer.parameters, &path_methods);
  path->path.rows = offer.rows;
  path->path.startup_cost = offer.startup;
  path->path.total_cost = offer.startup + way.cost;
  const SetClause& clause = offer.condition->clause;
  path->custom_private = list_make5(offer.condition->infos, clause.operand, clause.set, way.tests,
                                    scan_plan_to_list(way.plan));
  return path;
}

void offer_parallel(const Offer& offer, const Way& way) {
  if (!offer.table->consider_parallel || offer.parameters != nullptr ||
      !bms_is_empty(offer.table->lateral_relids)) {
    return;
  }
  const int workers = compute_parallel_worker(offer.table, way.plan.facts.pages, -1,
                                              max_parallel_workers_per_gather);
  if (workers <= 0) return;
  CustomPath* const path = make_path(offer, way);
  const double share = parallel_share(workers);
  path->path.parallel_aware = true;
  path->path.parallel_workers = workers;
  path->path.rows = clamp_row_est(offer.rows / share);
  path->path.total_cost = offer.startup + (path->path.total_cost - offer.startup) / share;
  add_partial_path(offer.table, &path->path);
}

// Whether any order of the rows may be of use.
bool may_need_order(const Offer& offer) {
  return offer.parameters == nullptr && !offer.condition->is_array &&
         has_useful_pathkeys(offer.root, offer.table);
}

// A scan in the index's order, and one against it, where that order is of use.
void offer_ordered(const Offer& offer, const IndexOptInfo* index, Way way) {
  for (const bool is_descending : {false, true}) {
    const ScanDirection direction =
        is_descending == way.plan.is_key_reversed ? ForwardScanDirection : BackwardScanDirection;
    List* keys = build_index_pathkeys(offer.root, const_cast<IndexOptInfo*>(index), direction);
    if (keys == NIL) continue;
    // The first one alone; the index may have skipped a column that the query does not order by.
    auto* first = linitial_node(PathKey, keys);
    bool is_of_operand = false;
    ListCell* cell;
    foreach (cell, first->pk_eclass->ec_members) {
      auto* member =
          reinterpret_cast<Node*>(without_relabels(lfirst_node(EquivalenceMember, cell)->em_expr));
      is_of_operand =
          is_of_operand || match_index_to_operand(member, 0, const_cast<IndexOptInfo*>(index));
    }
    if (!is_of_operand) continue;
    keys = truncate_useless_pathkeys(offer.root, offer.table, list_make1(first));
    if (keys == NIL) continue;
    way.plan.options.is_ordered = true;
    way.plan.options.is_descending = is_descending;
    CustomPath* const path = make_path(offer, way);
    path->path.pathkeys = keys;
    add_path(offer.table, &path->path);
  }
}

// The set that the condition is expected to have, or how many ids. For costs alone.
struct Expectation {
  bool is_known;
  SetView set;
  double ids;
};

Expectation expectation_of(PlannerInfo* root, const SetClause& clause) {
  const SetTerm term = set_term({root, reinterpret_cast<Node*>(clause.set)}, clause.function);
  if (term.source != SetSource::known) return {};
  return {true, expected_set(term.root, term.value), 0};
}

// Of the ids of the set those are looked for that the table is known to have ids between. Of partitions, of which there may be
// many, less is looked at.
Pieces expected_pieces(const RelOptInfo* table, const Expectation& set, const ScanPlan& plan,
                       const IdSpread& spread) {
  if (!set.is_known && plan.is_negative) {
    return {set.ids, 1, std::max(0.0, plan.facts.rows / plan.facts.rows_per_id - set.ids)};
  }
  if (!set.is_known) return pieces_of_unknown(set.ids, plan.facts);
  const uint64 windows = table->reloptkind == RELOPT_BASEREL ? many_windows : few_windows;
  IdBounds bounds = both_bounds(plan.bounds, {spread.least, spread.greatest});
  // All of them may have come since the table was analysed.
  if (count_between(set.set, bounds.first, bounds.last) == 0) bounds = plan.bounds;
  Pieces pieces;
  guarded([&] {
    pieces = plan.is_negative ? pieces_of_others(set.set, bounds, set.ids, windows)
                              : pieces_of(set.set, bounds, bridge_of(plan.facts), windows);
  });
  return pieces;
}

// Conditions that may be held against rows before all others.
List* clauses_of(RelOptInfo* table, const List* infos) {
  List* clauses = NIL;
  ListCell* cell;
  foreach (cell, infos) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (restriction_is_securely_promotable(info, table)) clauses = lappend(clauses, info->clause);
  }
  return clauses;
}

// The part of a table's rows that satisfies some of its conditions.
double fraction_of(PlannerInfo* root, const RelOptInfo* table, List* infos) {
  if (infos == NIL) return 1;
  return clauselist_selectivity(root, infos, static_cast<int>(table->relid), JOIN_INNER, nullptr);
}

// What the server takes for a test against an array, of which it asks how many there are, over what is known of the set.
double known_over_expected(PlannerInfo* root, const RelOptInfo* table, const Condition& condition,
                           double expected) {
  auto* const test =
      reinterpret_cast<Node*>(make_set_test(condition.clause.operand, condition.clause.set));
  if (test == nullptr || expected <= 0) return 1;
  return clause_selectivity(root, test, static_cast<int>(table->relid), JOIN_INNER, nullptr) /
         expected;
}

Pieces part_of(const Pieces& pieces, double part) {
  return {pieces.ids * part, std::max(1.0, pieces.pieces * part), pieces.passed * part};
}

// Offers scans for a condition; or, for where its rows stand, only gives the best one by an index, or nullptr.
CustomPath* offer_scans(PlannerInfo* root, RelOptInfo* table, const Condition& condition,
                        const IdBounds& bounds, bool for_places, ScanCosts* least) {
  Expectation expected = expectation_of(root, condition.clause);

  Offer offer = {root, table, &condition, nullptr, table->rows, 0, 0, 0};
  offer.parameters = get_baserel_parampathinfo(root, table, condition.outer);
  if (offer.parameters != nullptr) offer.rows = offer.parameters->ppi_rows;
  if (condition.implied != NIL) {
    offer.rows = clamp_row_est(offer.rows * clauselist_selectivity(root, condition.implied,
                                                                   static_cast<int>(table->relid),
                                                                   JOIN_INNER, nullptr));
  }
  // What it takes to run is told to those alone who ask.
  const bool is_run_asked = !for_places && has_walks_to_correct(root, table);
  const double expected_fraction = fraction_of(root, table, condition.infos);
  const double known = condition.is_array && is_run_asked
                           ? known_over_expected(root, table, condition, expected_fraction)
                           : 1;
  offer.found = clamp_row_est(table->tuples * expected_fraction * known);

  // What other conditions take, and the columns that are computed.
  List* others = list_difference_ptr(table->baserestrictinfo, condition.infos);
  if (offer.parameters != nullptr) {
    others =
        list_concat(others, list_difference_ptr(offer.parameters->ppi_clauses, condition.infos));
  }
  QualCost other_cost;
  cost_qual_eval(&other_cost, others, root);
  QualCost set_cost;
  cost_qual_eval_node(&set_cost, reinterpret_cast<Node*>(condition.clause.set), root);
  offer.startup =
      other_cost.startup + set_cost.startup + set_cost.per_tuple + table->reltarget->cost.startup;
  offer.per_row = other_cost.per_tuple + table->reltarget->cost.per_tuple + cpu_tuple_cost * 0.2;

  ScanPlan plan = {};
  plan.operand_type = condition.clause.operand_type;
  plan.bounds = both_bounds(bounds, bounds_by(clauses_of(table, others), condition.clause.operand));
  plan.facts.rows = std::max(1.0, table->tuples);
  plan.facts.pages = std::max<double>(1, table->pages);
  const CostUnits units = planner_units(table->reltablespace);

  const IdSpread spread =
      spread_of(root, reinterpret_cast<Node*>(condition.clause.operand), plan.facts.rows);
  plan.facts.rows_per_id = spread.rows_per_id;
  plan.facts.rows_per_unit = spread.rows_per_unit;
  plan.facts.correlation = spread.correlation;

  if (!expected.is_known || condition.is_negative) {
    expected.ids = offer.found / plan.facts.rows_per_id;
  }
  plan.is_negative = condition.is_negative;
  // Between ids that are not in the set lie those that are: each has its rows.
  if (plan.is_negative) plan.facts.rows_per_unit = plan.facts.rows_per_id;

  const bool is_order_asked = !for_places && may_need_order(offer);
  const CostUnits running = running_units(table->reltablespace, plan.facts.pages);
  const Cost all_rows = offer.found * offer.per_row;
  Way best = {plan, NIL, plan_table_access(offer.found, plan.facts, units).cost + all_rows,
              plan_table_access(offer.found, plan.facts, running).cost + all_rows};
  const Cost table_cost = best.cost;
  const Cost table_running = best.running;
  ListCell* cell;
  foreach (cell, table->indexlist) {
    const auto* index = lfirst_node(IndexOptInfo, cell);
    if (!enable_indexscan || !is_index_on(index, condition.clause)) continue;
    const IndexTests tests = index_tests(root, table, index, others, expected.is_known);
    Way by_index = {plan, tests.tests, 0, 0};
    ScanPlan& told = by_index.plan;
    told.index = index->indexoid;
    told.key_type = index->opcintype[0];
    told.is_key_reversed = index->reverse_sort != nullptr && index->reverse_sort[0];
    // Of a covered row it is not known where it stands, but where its chain of versions begins.
    told.options.is_covered = !for_places && covers(root, table, index);
    told.columns = tests.columns;
    told.facts.index_pages = std::max<double>(1, index->pages);
    told.facts.covered = told.options.is_covered ? table->allvisfrac : 0;
    told.facts.kept = fraction_of(root, table, tests.keeping);
    told.facts.searched = fraction_of(root, table, tests.searching);
    Pieces pieces = part_of(expected_pieces(table, expected, told, spread),
                            fraction_of(root, table, tests.narrowing));
    if (plan.is_negative) pieces.ids *= fraction_of(root, table, tests.bounding);
    const double rows = std::min(offer.found, pieces.ids * told.facts.rows_per_id) * offer.per_row *
                        told.facts.kept;
    if (is_order_asked) {
      by_index.cost = plan_index_access(pieces, told.facts, units, true).cost + rows;
      offer_ordered(offer, index, by_index);
    }
    if (is_run_asked) {
      by_index.running = plan_index_access(pieces, told.facts, running, false).cost + rows;
    }
    by_index.cost = for_places ? cost_of_finding(pieces, told.facts, units)
                               : plan_index_access(pieces, told.facts, units, false).cost + rows;
    // Of two that cost the same, the smaller one.
    if (!OidIsValid(best.plan.index) || by_index.cost < best.cost) {
      best = by_index;
      best.running = std::min(table_running, by_index.running);
      if (!for_places) best.cost = std::min(table_cost, by_index.cost);
    }
  }
  const bool has_index = OidIsValid(best.plan.index);
  if (for_places) {
    if (!has_index) return nullptr;
    offer.rows = offer.found;
    return make_path(offer, best);
  }
  if (!enable_seqscan && !has_index) return nullptr;
  if (condition.is_array) {
    if (offer.parameters != nullptr) return nullptr;
    // The server's own scans are better, unless it expects so many more rows that it would rather not go by them.
    constexpr double far_off = 0.5;
    Path* const spare = known > far_off ? nullptr : &make_path(offer, best)->path;
    keep_least({best.cost, best.running, known, spare}, least);
    return nullptr;
  }
  if (offer.parameters == nullptr) keep_least({best.cost, best.running, 1, nullptr}, least);
  CustomPath* const path = make_path(offer, best);
  add_path(table, &path->path);
  offer_parallel(offer, best);
  return path;
}

void offer_scans(PlannerInfo* root, RelOptInfo* table, const Condition& condition,
                 const PartitionIds& partition, ScanCosts* least) {
  // Of one alone that was asked before.
  if (!condition.is_part && !condition.is_negative && is_refuted(partition, condition.clause)) {
    mark_dummy_rel(table);
    return;
  }
  const IdBounds bounds = bounds_in(partition, condition.clause.operand);
  offer_scans(root, table, condition, bounds, false, least);
}

}  // namespace

Path* path_to_places(PlannerInfo* root, RelOptInfo* table, RestrictInfo* info) {
  Part part;
  if (!match_part(root, table, info, &part) || part.formula.is_negative || part.outer != nullptr) {
    return nullptr;
  }
  Condition condition = {list_make1(info), NIL, part.formula.clause, false, nullptr, true, false};
  condition.clause.set = fold(root, condition.clause.set);
  CustomPath* const path = offer_scans(root, table, condition, IdBounds(), true, nullptr);
  return path == nullptr ? nullptr : &path->path;
}

double expected_ids(PlannerInfo* root, RelOptInfo* table, Expr* expression) {
  double least = -1;
  ListCell* cell;
  foreach (cell, parts_of(root, table)) {
    const auto* part = static_cast<const Part*>(lfirst(cell));
    const SetClause& clause = part->formula.clause;
    if (!bms_is_empty(part->outer) || part->formula.is_negative ||
        !equal(without_relabels(clause.operand), expression)) {
      continue;
    }
    const Expectation expected = expectation_of(root, clause);
    if (!expected.is_known) continue;
    const IdSpread spread = spread_of(root, reinterpret_cast<Node*>(expression), table->tuples);
    const auto ids =
        static_cast<double>(count_between(expected.set, spread.least, spread.greatest));
    least = least < 0 ? ids : std::min(least, ids);
  }
  return least;
}

namespace {

// ---- Partitioned tables -----------------------------------------------------------------------------------

// What conditions of this list, RestrictInfos, let the executor prune partitions by. A constant has done so already.
List* pruning_conditions(PlannerInfo* root, RelOptInfo* table, const List* infos) {
  List* found = NIL;
  ListCell* cell;
  foreach (cell, infos) {
    Part part;
    if (match_part(root, table, lfirst_node(RestrictInfo, cell), &part) &&
        !part.formula.is_negative && !IsA(part.formula.clause.set, Const)) {
      found = list_concat(found, make_pruning_conditions(root, part.formula.clause));
    }
  }
  return found;
}

// The conditions of a partitioned table are read once more when a plan is made of the scans of its partitions, which have
// theirs by now: for what tells them apart at run time. These go there, and nowhere else.
void offer_pruning(PlannerInfo* root, RelOptInfo* table) {
  if (!enable_partition_pruning) return;
  List* const implied = implied_conditions(root, table);
  table->baserestrictinfo = list_concat(table->baserestrictinfo,
                                        pruning_conditions(root, table, table->baserestrictinfo));
  table->baserestrictinfo =
      list_concat(table->baserestrictinfo, pruning_conditions(root, table, implied));
  ListCell* cell;
  foreach (cell, table->ppilist) {
    auto* parameters = lfirst_node(ParamPathInfo, cell);
    parameters->ppi_clauses = list_concat(parameters->ppi_clauses,
                                          pruning_conditions(root, table, parameters->ppi_clauses));
  }
}

// Whether the partition's constraint says anything of an operand. It is not fetched in vain: that takes as long as all else.
bool may_bound_any(PlannerInfo* root, const RelOptInfo* table, const List* parts) {
  ListCell* cell;
  foreach (cell, parts) {
    const auto* part = static_cast<const Part*>(lfirst(cell));
    if (is_partitioned_by(root, table, part->formula.clause.operand)) return true;
  }
  return false;
}

// Whether one of the conditions alone leaves the partition without rows.
bool is_refuted_by_any(const PartitionIds& partition, const List* parts) {
  ListCell* cell;
  foreach (cell, parts) {
    const auto* part = static_cast<const Part*>(lfirst(cell));
    const SetClause& clause = part->formula.clause;
    if (part->formula.is_negative || !bms_is_empty(part->outer) || !IsA(clause.set, Const))
      continue;
    if (is_refuted(partition, clause)) return true;
  }
  return false;
}

void offer_scans_of(PlannerInfo* root, RelOptInfo* table, Index number, RangeTblEntry* entry) {
  if (next_hook != nullptr) next_hook(root, table, number, entry);
  if (!enable_scan_setting) return;
  if (entry->rtekind == RTE_FUNCTION) {
    if (!IS_DUMMY_REL(table)) offer_unnest(root, table, entry);
    return;
  }
  if (entry->rtekind == RTE_RELATION && entry->relkind == RELKIND_PARTITIONED_TABLE && entry->inh &&
      table->reloptkind == RELOPT_BASEREL) {
    offer_pruning(root, table);
    return;
  }
  if (entry->rtekind == RTE_RELATION && entry->relkind == RELKIND_FOREIGN_TABLE && !entry->inh &&
      IS_SIMPLE_REL(table) && !IS_DUMMY_REL(table)) {
    offer_foreign_scans(root, table, entry->relid);
    return;
  }
  if (entry->rtekind != RTE_RELATION || entry->inh || entry->tablesample != nullptr ||
      !IS_SIMPLE_REL(table) || IS_DUMMY_REL(table) ||
      (entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_MATVIEW)) {
    return;
  }
  const List* const parts = parts_of(root, table);
  ScanCosts least = {};
  const bool has_union = offer_unions(root, table, infos_of(parts), &least);
  if (parts == NIL && !has_union) return;
  PartitionIds partition = {InvalidAttrNumber, {}, NIL};
  if (may_bound_any(root, table, parts)) partition = ids_of_partition(root, table, entry->relid);
  if (is_refuted_by_any(partition, parts)) {
    mark_dummy_rel(table);
    return;
  }
  for (int i = 0; i < list_length(parts) && !IS_DUMMY_REL(table); ++i) {
    const auto* part = static_cast<const Part*>(list_nth(parts, i));
    Condition condition;
    if (!gather(root, parts, i, part->outer, &condition)) continue;
    offer_scans(root, table, condition, partition, &least);
    Relids const all = outer_of_all(parts, part);
    if (!bms_is_empty(part->outer) && !bms_equal(all, part->outer) && !IS_DUMMY_REL(table) &&
        gather(root, parts, i, all, &condition)) {
      offer_scans(root, table, condition, partition, &least);
    }
  }
  if (!IS_DUMMY_REL(table)) correct_walks(root, table, least);
}

// ---- Plans ----------------------------------------------------------------------------------------------

bool is_among(const List* conditions, const RestrictInfo* info) {
  ListCell* cell;
  foreach (cell, conditions) {
    if (equal(lfirst_node(RestrictInfo, cell)->clause, info->clause)) return true;
  }
  return false;
}

Plan* plan_scan(PlannerInfo*, RelOptInfo* table, CustomPath* path, List* target, List* clauses,
                List*) {
  const List* const told = path->custom_private;
  auto* conditions = static_cast<List*>(list_nth(told, private_conditions));
  List* others = NIL;
  ListCell* cell;
  foreach (cell, clauses) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (!info->pseudoconstant && !is_among(conditions, info))
      others = lappend(others, info->clause);
  }
  auto* scan = makeNode(CustomScan);
  scan->scan.plan.targetlist = target;
  scan->scan.plan.qual = others;
  scan->scan.scanrelid = table->relid;
  scan->flags = path->flags;
  scan->custom_exprs = list_make2(list_nth(told, private_operand), list_nth(told, private_set));
  scan->custom_exprs =
      list_concat(scan->custom_exprs, static_cast<List*>(list_nth(told, private_tests)));
  scan->custom_private = static_cast<List*>(list_nth(told, private_plan));
  scan->methods = &scan_methods;
  return &scan->scan.plan;
}

}  // namespace

Node* adjust_for_child(PlannerInfo* root, Node* node, RelOptInfo* child) {
#if PG_VERSION_NUM >= 160000
  return adjust_appendrel_attrs_multilevel(root, node, child, child->top_parent);
#else
  return adjust_appendrel_attrs_multilevel(root, node, child->relids, child->top_parent_relids);
#endif
}

namespace {

// What a scan whose set comes from a partitioned table is told, for one of its partitions.
List* reparameterize(PlannerInfo* root, List* custom_private, RelOptInfo* child) {
  List* told = NIL;
  for (const int field : {private_conditions, private_operand, private_set, private_tests}) {
    auto* node = static_cast<Node*>(list_nth(custom_private, field));
    told = lappend(told, adjust_for_child(root, node, child));
  }
  return lappend(told, list_nth(custom_private, private_plan));
}

}  // namespace

void install_scan() {
  RegisterCustomScanMethods(&scan_methods);
  next_hook = set_rel_pathlist_hook;
  set_rel_pathlist_hook = offer_scans_of;
}

}  // namespace objectset::pg
