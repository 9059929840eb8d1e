// Rows that satisfy any of several conditions on different columns, of which one at least is by a set:
//
//   id <@ set OR manager <@ set                       patient_id <@ set OR day = '2020-03-01'
//
// The one idea: each of the conditions, an *arm*, is asked of the index that suits it: by the scan of a set, or as the server
// makes bitmaps. What either gives is the places where rows stand. Those are numbers, and so are united as a set; then each
// row is fetched once, in their order, and held against all of the query's conditions. Should there be more places than
// memory is meant for, or one of the arms take longer than the table, that is read instead.
#include "pg/scan/scan.hpp"

extern "C" {
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "executor/executor.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// An OR of more is read from the table.
constexpr int most_arms = 16;

double most_places() {
  return std::max(1024.0, work_mem * 1024.0 / static_cast<double>(bytes_per_place));
}

// ---- Arms -----------------------------------------------------------------------------------------------

// How to find the places of rows that satisfy one of the alternatives.
struct Arm {
  Path* path;  // of an ObjectSetScan or a BitmapHeapScan, of which the rows are not asked for
  Cost cost;   // of its index
  double places;
};

// Whether an index of the server's finds rows by a comparison of its first column.
bool is_comparison(PlannerInfo* root, const IndexOptInfo* index, const RestrictInfo* info) {
  const List* arguments;
  Oid comparison;
  Oid collation;
  if (IsA(info->clause, OpExpr)) {
    const auto* test = reinterpret_cast<const OpExpr*>(info->clause);
    arguments = test->args;
    comparison = test->opno;
    collation = test->inputcollid;
  } else if (IsA(info->clause, ScalarArrayOpExpr)) {
    const auto* test = reinterpret_cast<const ScalarArrayOpExpr*>(info->clause);
    if (!test->useOr) return false;
    arguments = test->args;
    comparison = test->opno;
    collation = test->inputcollid;
  } else {
    return false;
  }
  if (list_length(arguments) != 2) return false;
  auto* const value = static_cast<Node*>(lsecond(arguments));
  const Oid wanted = index->indexcollations[0];
  return match_index_to_operand(static_cast<Node*>(linitial(arguments)), 0,
                                const_cast<IndexOptInfo*>(index)) &&
         (!OidIsValid(wanted) || wanted == collation) &&
         get_op_opfamily_strategy(comparison, index->opfamily[0]) != 0 &&
         bms_is_empty(pull_varnos(root, value)) && !contain_volatile_functions(value) &&
         !contain_subplans(value);
}

void take_cheaper(Arm* best, const Arm& other) {
  if (other.path != nullptr && (best->path == nullptr || other.cost < best->cost)) *best = other;
}

// An arm by an index of the server's; without a path where there is none. `infos` are all to hold.
Arm arm_by_index(PlannerInfo* root, RelOptInfo* table, IndexOptInfo* index, const List* infos) {
  if (index->relam != BTREE_AM_OID || index->hypothetical || !index->amhasgetbitmap ||
      (index->indpred != NIL && !index->predOK)) {
    return {};
  }
  List* clauses = NIL;
  ListCell* cell;
  foreach (cell, infos) {
    auto* info = static_cast<RestrictInfo*>(lfirst(cell));
    if (!IsA(info, RestrictInfo) || !is_comparison(root, index, info)) continue;
    auto* clause = makeNode(IndexClause);
    clause->rinfo = info;
    clause->indexquals = list_make1(info);
    clauses = lappend(clauses, clause);
  }
  if (clauses == NIL) return {};
  IndexPath* const walk = create_index_path(root, index, clauses, NIL, NIL, NIL,
                                            ForwardScanDirection, false, nullptr, 1.0, false);
  BitmapHeapPath* const bitmap = create_bitmap_heap_path(root, table, reinterpret_cast<Path*>(walk),
                                                         table->lateral_relids, 1.0, 0);
  return {&bitmap->path, walk->indextotalcost, walk->indexselectivity * table->tuples};
}

Arm arm_by_set(PlannerInfo* root, RelOptInfo* table, RestrictInfo* info) {
  Path* const path = path_to_places(root, table, info);
  return path == nullptr ? Arm() : Arm{path, path->total_cost, path->rows};
}

// The best for one of the alternatives, a RestrictInfo or some under AND. Sets `has_set` where there is one by a set.
Arm arm_of(PlannerInfo* root, RelOptInfo* table, Node* alternative, bool* has_set) {
  List* infos = list_make1(alternative);
  if (IsA(alternative, BoolExpr)) infos = reinterpret_cast<BoolExpr*>(alternative)->args;
  Arm best = {};
  ListCell* cell;
  foreach (cell, infos) {
    auto* info = static_cast<RestrictInfo*>(lfirst(cell));
    if (!IsA(info, RestrictInfo)) continue;
    const Arm by_set = arm_by_set(root, table, info);
    *has_set = *has_set || by_set.path != nullptr;
    take_cheaper(&best, by_set);
  }
  foreach (cell, table->indexlist) {
    take_cheaper(&best, arm_by_index(root, table, lfirst_node(IndexOptInfo, cell), infos));
  }
  return best;
}

// Arms for all alternatives of a condition, taken together.
struct Arms {
  List* paths;  // NIL where one alternative has none, or none is by a set
  Cost cost;
  double places;
};

Arms arms_of(PlannerInfo* root, RelOptInfo* table, const RestrictInfo* info) {
  if (info->orclause == nullptr || !IsA(info->orclause, BoolExpr)) return {};
  const List* const alternatives = reinterpret_cast<const BoolExpr*>(info->orclause)->args;
  if (list_length(alternatives) > most_arms) return {};
  Arms arms = {};
  bool has_set = false;
  ListCell* cell;
  foreach (cell, alternatives) {
    const Arm arm = arm_of(root, table, static_cast<Node*>(lfirst(cell)), &has_set);
    if (arm.path == nullptr) return {};
    arms.paths = lappend(arms.paths, arm.path);
    arms.cost += arm.cost;
    arms.places += arm.places;
  }
  return has_set ? arms : Arms();
}

// Most conditions have no set in them, and are not looked at further.
bool has_set_clause(Node* node, void*) {
  if (node == nullptr) return false;
  SetClause clause = {};
  return match_set_clause(node, &clause) ||
         expression_tree_walker(node, as_walker(has_set_clause), nullptr);
}

// ---- The plan -------------------------------------------------------------------------------------------

Node* create_union(CustomScan* plan);
constexpr CustomScanMethods union_methods = {"ObjectSetUnion", create_union};

// An arm is asked for places alone. What stands above it asks, once and before any row, what the scan itself is asked, too.
Plan* without_rows(Plan* arm) {
  while (IsA(arm, Result)) arm = arm->lefttree;
  if (IsA(arm, BitmapHeapScan)) return arm->lefttree;
  arm->qual = NIL;
  return arm;
}

Plan* plan_union(PlannerInfo*, RelOptInfo* table, CustomPath* path, List* target, List* clauses,
                 List* children) {
  auto* scan = makeNode(CustomScan);
  scan->scan.plan.targetlist = target;
  scan->scan.plan.qual = extract_actual_clauses(clauses, false);
  scan->scan.scanrelid = table->relid;
  scan->flags = path->flags;
  ListCell* cell;
  foreach (cell, children) {
    scan->custom_plans =
        lappend(scan->custom_plans, without_rows(static_cast<Plan*>(lfirst(cell))));
  }
  scan->methods = &union_methods;
  return &scan->scan.plan;
}

constexpr CustomPathMethods union_path_methods = {"ObjectSetUnion", plan_union, nullptr};

ScanCosts add_union(PlannerInfo* root, RelOptInfo* table, const Arms& arms) {
  CustomPath* const path = make_custom_path(table, nullptr, &union_path_methods);
  path->path.rows = table->rows;
  ListCell* cell;
  foreach (cell, arms.paths) {
    const auto* arm = static_cast<const Path*>(lfirst(cell));
    path->path.parallel_safe = path->path.parallel_safe && arm->parallel_safe;
  }
  TableFacts facts;
  facts.rows = std::max(1.0, table->tuples);
  facts.pages = std::max<double>(1, table->pages);
  const double places = std::min(arms.places, facts.rows);
  QualCost conditions;
  cost_qual_eval(&conditions, table->baserestrictinfo, root);
  path->path.startup_cost = arms.cost + conditions.startup + table->reltarget->cost.startup;
  const Cost computing = path->path.startup_cost +
                         places * (conditions.per_tuple + cpu_tuple_cost * 0.2) +
                         table->rows * table->reltarget->cost.per_tuple;
  path->path.total_cost =
      computing + cost_of_places(places, facts, planner_units(table->reltablespace));
  path->custom_paths = arms.paths;
  const CostUnits running = running_units(table->reltablespace, facts.pages);
  const ScanCosts costs = {path->path.total_cost,
                           computing + cost_of_places(places, facts, running), 1, nullptr};
  add_path(table, &path->path);
  return costs;
}

// ---- The running scan -----------------------------------------------------------------------------------

struct UnionScan {
  CustomScanState node;  // first member
  Places places;
  bool is_gathered;
  bool is_of_table;
  IndexFetchTableData* fetch;
  TableScanDesc table_scan;
};

UnionScan* union_of(CustomScanState* node) { return reinterpret_cast<UnionScan*>(node); }

// Those of a bitmap. False where it does not say which rows of a page it means, or there are too many.
bool gather_bitmap(UnionScan* scan, PlanState* arm, double* left) {
  auto* const bitmap = reinterpret_cast<TIDBitmap*>(MultiExecProcNode(arm));
  const bool is_all =
      for_each_page(bitmap, [&](BlockNumber block, const OffsetNumber* offsets, int count) {
        if (count < 0 || (*left -= count) < 0) return false;
        for (int i = 0; i < count; ++i) {
          ItemPointerData place;
          ItemPointerSet(&place, block, offsets[i]);
          add_place(&scan->places, &place);
        }
        return true;
      });
  tbm_free(bitmap);
  return is_all;
}

bool gather_arm(UnionScan* scan, PlanState* arm, double* left) {
  if (!IsA(arm, CustomScanState)) return gather_bitmap(scan, arm, left);
  return gather_places(reinterpret_cast<SetScan*>(arm), &scan->places, left);
}

void gather_arms(UnionScan* scan) {
  double left = most_places();
  begin_places(&scan->places, static_cast<Size>(left), scan->node.ss.ps.state->es_query_cxt);
  ListCell* cell;
  foreach (cell, scan->node.custom_ps) {
    scan->is_of_table = !gather_arm(scan, static_cast<PlanState*>(lfirst(cell)), &left);
    if (scan->is_of_table) break;
  }
  if (!scan->is_of_table) sort_places(&scan->places);
  scan->is_gathered = true;
}

TupleTableSlot* next_of_table(UnionScan* scan, TupleTableSlot* slot) {
  if (scan->table_scan == nullptr) scan->table_scan = begin_table_scan(&scan->node.ss);
  CHECK_FOR_INTERRUPTS();
  return table_scan_getnextslot(scan->table_scan, ForwardScanDirection, slot) ? slot : nullptr;
}

TupleTableSlot* next_row(ScanState* state) {
  UnionScan* const scan = union_of(reinterpret_cast<CustomScanState*>(state));
  if (!scan->is_gathered) gather_arms(scan);
  TupleTableSlot* const slot = state->ss_ScanTupleSlot;
  TupleTableSlot* const found = scan->is_of_table
                                    ? next_of_table(scan, slot)
                                    : next_in_place(state, &scan->places, &scan->fetch, slot);
  return found != nullptr ? found : ExecClearTuple(slot);
}

// Of a row that another transaction has changed: there is no condition but the query's own.
bool recheck_row(ScanState*, TupleTableSlot*) { return true; }

TupleTableSlot* execute_union(CustomScanState* node) {
  return ExecScan(&node->ss, reinterpret_cast<ExecScanAccessMtd>(next_row),
                  reinterpret_cast<ExecScanRecheckMtd>(recheck_row));
}

void begin_union(CustomScanState* node, EState* estate, int flags) {
  const auto* plan = reinterpret_cast<CustomScan*>(node->ss.ps.plan);
  Relation const table = node->ss.ss_currentRelation;
  // The executor has prepared for rows in another kind of slot than the table's.
  init_scan_slot(&node->ss, estate, table_slot_callbacks(table));
  ExecAssignScanProjectionInfo(&node->ss);
  node->ss.ps.qual = ExecInitQual(plan->scan.plan.qual, &node->ss.ps);
  ListCell* cell;
  foreach (cell, plan->custom_plans) {
    node->custom_ps =
        lappend(node->custom_ps, ExecInitNode(static_cast<Plan*>(lfirst(cell)), estate, flags));
  }
}

void rescan_union(CustomScanState* node) {
  UnionScan* const scan = union_of(node);
  scan->is_gathered = false;
  scan->is_of_table = false;
  if (scan->table_scan != nullptr) table_rescan(scan->table_scan, nullptr);
  ListCell* cell;
  foreach (cell, node->custom_ps) {
    auto* arm = static_cast<PlanState*>(lfirst(cell));
    if (node->ss.ps.chgParam != nullptr) UpdateChangedParamSet(arm, node->ss.ps.chgParam);
    if (arm->chgParam == nullptr) ExecReScan(arm);
  }
  ExecScanReScan(&node->ss);
}

void end_union(CustomScanState* node) {
  UnionScan* const scan = union_of(node);
  if (scan->table_scan != nullptr) table_endscan(scan->table_scan);
  if (scan->fetch != nullptr) table_index_fetch_end(scan->fetch);
  ListCell* cell;
  foreach (cell, node->custom_ps) ExecEndNode(static_cast<PlanState*>(lfirst(cell)));
}

void explain_union(CustomScanState* node, List*, ExplainState* es) {
  const UnionScan* const scan = union_of(node);
  if (es->analyze && scan->is_gathered) {
    ExplainPropertyText("Strategy", scan->is_of_table ? "table" : "sorted", es);
  }
}

constexpr CustomExecMethods make_union_execute_methods() {
  CustomExecMethods methods = {};
  methods.CustomName = "ObjectSetUnion";
  methods.BeginCustomScan = begin_union;
  methods.ExecCustomScan = execute_union;
  methods.EndCustomScan = end_union;
  methods.ReScanCustomScan = rescan_union;
  methods.ExplainCustomScan = explain_union;
  return methods;
}
constexpr CustomExecMethods union_execute_methods = make_union_execute_methods();

Node* create_union(CustomScan*) {
  return reinterpret_cast<Node*>(make_scan_state<UnionScan>(&union_execute_methods));
}

}  // namespace

bool offer_unions(PlannerInfo* root, RelOptInfo* table, const List* others, ScanCosts* least) {
  if (!enable_bitmapscan || !enable_indexscan || !bms_is_empty(table->lateral_relids) ||
      table->rows > most_places()) {
    return false;
  }
  bool is_offered = false;
  const int count = list_length(table->baserestrictinfo);
  for (int i = 0; i < count; ++i) {
    auto* info = list_nth_node(RestrictInfo, table->baserestrictinfo, i);
    if (info->orclause == nullptr || info->pseudoconstant || list_member_ptr(others, info) ||
        !restriction_is_securely_promotable(info, table) ||
        !has_set_clause(reinterpret_cast<Node*>(info->clause), nullptr)) {
      continue;
    }
    // Tests of one operand are one test, which a scan of its own is offered for.
    SetFormula formula;
    if (match_set_formula(reinterpret_cast<Node*>(info->clause), &formula)) continue;
    const Arms arms = arms_of(root, table, info);
    if (arms.paths == NIL) continue;
    keep_least(add_union(root, table, arms), least);
    is_offered = true;
  }
  return is_offered;
}

void install_union() { RegisterCustomScanMethods(&union_methods); }

}  // namespace objectset::pg
