// Rows that satisfy any of several conditions on different columns, of which one at least is by a set:
//
//   id <@ set OR manager <@ set                       patient_id <@ set OR day = '2020-03-01'
//
// The one idea: each of the conditions, an *arm*, has a scan of its own by the index that suits it. Each of those holds the
// whole of the query's conditions against its rows, so whatever any of them gives is of the answer; all that is left to do
// is to give no row twice. The places where rows stand are numbers, and so are united as a set, and the rows fetched in that
// order. Should there be more than memory is meant for, the table is read instead.
#include "pg/scan/scan.hpp"

extern "C" {
#include "access/sysattr.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "executor/executor.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// An OR of more is read from the table.
constexpr int most_arms = 16;

// What memory a row's place takes, at most of the time.
constexpr double bytes_per_place = 8;

// Nanoseconds to gather a place, and to fetch its row from a page that was just read.
constexpr double time_of_place = 300;

double most_places() { return std::max(1024.0, work_mem * 1024.0 / bytes_per_place); }

// ---- Arms -----------------------------------------------------------------------------------------------

PathTarget* place_of_row(const RelOptInfo* table) {
  PathTarget* const target = create_empty_pathtarget();
  Var* const place = makeVar(static_cast<int>(table->relid), SelfItemPointerAttributeNumber, TIDOID,
                             -1, InvalidOid, 0);
  add_column_to_pathtarget(target, reinterpret_cast<Expr*>(place), 0);
  target->width = sizeof(ItemPointerData);
  return target;
}

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
         bms_is_empty(pull_varnos(root, value)) && !contain_volatile_functions(value);
}

Path* cheaper(Path* a, Path* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return b->total_cost < a->total_cost ? b : a;
}

// The scan of an arm by an index of the server's, in whose order or in the table's; nullptr where there is none. `infos` are
// all to hold.
Path* arm_by_index(PlannerInfo* root, RelOptInfo* table, IndexOptInfo* index, const List* infos) {
  if (index->relam != BTREE_AM_OID || index->hypothetical ||
      (index->indpred != NIL && !index->predOK)) {
    return nullptr;
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
  if (clauses == NIL) return nullptr;
  IndexPath* const walk = create_index_path(root, index, clauses, NIL, NIL, NIL,
                                            ForwardScanDirection, false, nullptr, 1.0, false);
  if (!index->amhasgetbitmap) return &walk->path;
  BitmapHeapPath* const sorted = create_bitmap_heap_path(root, table, reinterpret_cast<Path*>(walk),
                                                         table->lateral_relids, 1.0, 0);
  return cheaper(&walk->path, &sorted->path);
}

// The best scan for one of the alternatives, a RestrictInfo or some under AND. Sets `has_set` where it is one by a set.
Path* arm_of(PlannerInfo* root, RelOptInfo* table, Node* alternative, bool* has_set) {
  List* infos = list_make1(alternative);
  if (IsA(alternative, BoolExpr)) infos = reinterpret_cast<BoolExpr*>(alternative)->args;
  Path* best = nullptr;
  ListCell* cell;
  foreach (cell, infos) {
    auto* info = static_cast<RestrictInfo*>(lfirst(cell));
    if (!IsA(info, RestrictInfo)) continue;
    Path* const by_set = arm_by_set(root, table, info);
    *has_set = *has_set || by_set != nullptr;
    best = cheaper(best, by_set);
  }
  foreach (cell, table->indexlist) {
    best = cheaper(best, arm_by_index(root, table, lfirst_node(IndexOptInfo, cell), infos));
  }
  return best;
}

// Scans for all alternatives of a condition; NIL where one has none, or none is by a set.
List* arms_of(PlannerInfo* root, RelOptInfo* table, const RestrictInfo* info) {
  if (info->orclause == nullptr || !IsA(info->orclause, BoolExpr)) return NIL;
  const List* const alternatives = reinterpret_cast<const BoolExpr*>(info->orclause)->args;
  if (list_length(alternatives) > most_arms) return NIL;
  List* arms = NIL;
  bool has_set = false;
  ListCell* cell;
  foreach (cell, alternatives) {
    Path* const arm = arm_of(root, table, static_cast<Node*>(lfirst(cell)), &has_set);
    if (arm == nullptr) return NIL;
    arm->pathtarget = place_of_row(table);
    arms = lappend(arms, arm);
  }
  return has_set ? arms : NIL;
}

// Conditions that are asked once, before any row, stand above each arm, too; then the server has the scan give whole rows,
// unless a column of the system's is asked for. The place of a row is one.
void ask_for_places(const PlannerInfo* root, RelOptInfo* table) {
  if (!root->hasPseudoConstantQuals || table->reloptkind != RELOPT_BASEREL) return;
  Relids& needed = table->attr_needed[SelfItemPointerAttributeNumber - table->min_attr];
  needed = bms_add_member(needed, 0);
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

Plan* plan_union(PlannerInfo*, RelOptInfo* table, CustomPath* path, List* target, List* clauses,
                 List* children) {
  auto* scan = makeNode(CustomScan);
  scan->scan.plan.targetlist = target;
  scan->scan.scanrelid = table->relid;
  scan->flags = path->flags;
  scan->custom_plans = children;
  scan->custom_exprs = extract_actual_clauses(clauses, false);
  scan->methods = &union_methods;
  return &scan->scan.plan;
}

constexpr CustomPathMethods union_path_methods = {"ObjectSetUnion", plan_union, nullptr};

void add_union(RelOptInfo* table, List* arms) {
  CustomPath* const path = make_custom_path(table, nullptr, &union_path_methods);
  path->path.rows = table->rows;
  ListCell* cell;
  foreach (cell, arms) {
    const auto* arm = static_cast<const Path*>(lfirst(cell));
    path->path.startup_cost += arm->total_cost;
    path->path.parallel_safe = path->path.parallel_safe && arm->parallel_safe;
  }
  path->path.startup_cost += table->reltarget->cost.startup;
  const Cost per_row = time_of_place * cpu_tuple_cost / 25 + table->reltarget->cost.per_tuple;
  path->path.total_cost = path->path.startup_cost + table->rows * per_row;
  path->custom_paths = arms;
  add_path(table, &path->path);
}

// ---- The running scan -----------------------------------------------------------------------------------

struct UnionScan {
  CustomScanState node;  // first member
  ExprState* condition;  // of rows that are not of an arm: all of the query's
  Places places;
  bool is_gathered;
  bool is_of_table;
  TableScanDesc table_scan;
};

UnionScan* union_of(CustomScanState* node) { return reinterpret_cast<UnionScan*>(node); }

bool satisfies(UnionScan* scan, TupleTableSlot* slot) {
  ExprContext* const context = scan->node.ss.ps.ps_ExprContext;
  context->ecxt_scantuple = slot;
  const bool found = ExecQual(scan->condition, context);
  ResetExprContext(context);
  return found;
}

// False where there are too many.
bool gather_arm(UnionScan* scan, PlanState* arm, double* left) {
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    TupleTableSlot* const row = ExecProcNode(arm);
    if (TupIsNull(row)) return true;
    bool is_null = false;
    const Datum place = slot_getattr(row, 1, &is_null);
    if (is_null) continue;
    if ((*left -= 1) < 0) return false;
    add_place(&scan->places, reinterpret_cast<ItemPointer>(DatumGetPointer(place)));
  }
}

void gather_arms(UnionScan* scan) {
  double left = most_places();
  begin_places(&scan->places, scan->node.ss.ps.state->es_query_cxt);
  ListCell* cell;
  foreach (cell, scan->node.custom_ps) {
    scan->is_of_table = !gather_arm(scan, static_cast<PlanState*>(lfirst(cell)), &left);
    if (scan->is_of_table) break;
  }
  if (!scan->is_of_table) sort_places(&scan->places);
  scan->is_gathered = true;
}

TupleTableSlot* next_of_table(UnionScan* scan, TupleTableSlot* slot) {
  if (scan->table_scan == nullptr) {
    scan->table_scan = begin_table_scan(&scan->node.ss);
  }
  while (table_scan_getnextslot(scan->table_scan, ForwardScanDirection, slot)) {
    CHECK_FOR_INTERRUPTS();
    if (satisfies(scan, slot)) return slot;
    InstrCountFiltered1(&scan->node, 1);
  }
  return nullptr;
}

// The arms have seen the row by the same snapshot.
TupleTableSlot* next_place_of_union(UnionScan* scan, TupleTableSlot* slot) {
  EState* const estate = scan->node.ss.ps.state;
  ItemPointerData place;
  while (next_place(&scan->places, &place)) {
    CHECK_FOR_INTERRUPTS();
    if (table_tuple_fetch_row_version(scan->node.ss.ss_currentRelation, &place, estate->es_snapshot,
                                      slot)) {
      return slot;
    }
  }
  return nullptr;
}

TupleTableSlot* next_row(ScanState* state) {
  UnionScan* const scan = union_of(reinterpret_cast<CustomScanState*>(state));
  if (!scan->is_gathered) gather_arms(scan);
  TupleTableSlot* const slot = state->ss_ScanTupleSlot;
  TupleTableSlot* const found =
      scan->is_of_table ? next_of_table(scan, slot) : next_place_of_union(scan, slot);
  return found != nullptr ? found : ExecClearTuple(slot);
}

// Of a row that another transaction has changed.
bool recheck_row(ScanState* state, TupleTableSlot* slot) {
  return satisfies(union_of(reinterpret_cast<CustomScanState*>(state)), slot);
}

TupleTableSlot* execute_union(CustomScanState* node) {
  return ExecScan(&node->ss, reinterpret_cast<ExecScanAccessMtd>(next_row),
                  reinterpret_cast<ExecScanRecheckMtd>(recheck_row));
}

void begin_union(CustomScanState* node, EState* estate, int flags) {
  UnionScan* const scan = union_of(node);
  const auto* plan = reinterpret_cast<CustomScan*>(node->ss.ps.plan);
  Relation const table = node->ss.ss_currentRelation;
  // The executor has prepared for rows in another kind of slot than the table's.
  init_scan_slot(&node->ss, estate, table_slot_callbacks(table));
  ExecAssignScanProjectionInfo(&node->ss);
  scan->condition = ExecInitQual(plan->custom_exprs, &node->ss.ps);
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

bool offer_unions(PlannerInfo* root, RelOptInfo* table) {
  if (!enable_bitmapscan || !enable_indexscan || !bms_is_empty(table->lateral_relids) ||
      table->rows > most_places()) {
    return false;
  }
  bool is_offered = false;
  const int count = list_length(table->baserestrictinfo);
  for (int i = 0; i < count; ++i) {
    auto* info = list_nth_node(RestrictInfo, table->baserestrictinfo, i);
    if (info->orclause == nullptr || info->pseudoconstant ||
        !restriction_is_securely_promotable(info, table) ||
        !has_set_clause(reinterpret_cast<Node*>(info->clause), nullptr)) {
      continue;
    }
    // Tests of one operand are one test, which a scan of its own is offered for.
    SetFormula formula;
    if (match_set_formula(reinterpret_cast<Node*>(info->clause), &formula)) continue;
    // Each arm holds all conditions against its rows: what runs a plan of its own would do so in several places.
    if (contain_subplans(
            reinterpret_cast<Node*>(extract_actual_clauses(table->baserestrictinfo, false)))) {
      return is_offered;
    }
    List* const arms = arms_of(root, table, info);
    if (arms == NIL) continue;
    ask_for_places(root, table);
    add_union(table, arms);
    is_offered = true;
  }
  return is_offered;
}

void install_union() { RegisterCustomScanMethods(&union_methods); }

}  // namespace objectset::pg
