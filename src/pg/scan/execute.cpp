// Running scans: the set is evaluated and opened when the first row is asked for, the way to its rows is chosen, and
// then rows come one by one.
//
// Rows whose ids are not in the set are looked for in the index as a whole, which is searched anew behind long runs of the
// set (index_access.cpp).
//
// By the index, the ids are walked in batches; each batch is cut into pieces (scan_cost.hpp). Ids that stand alone are
// looked up many at a time, which the index takes for one search with an array. Consecutive ids are read as a block. In a
// range that has gaps each entry of the index is held against the batch, and where many in a row are not in it, the index is searched for the next id: so a wrong guess
// how ids are spread costs no more than twice the best.
//
// Errors may leave by longjmp everywhere here: only plain data stands on the stack. What core does here cannot fail,
// but for opening the set.
#include "pg/scan/scan.hpp"

#include "pg/datum.hpp"

extern "C" {
#include "access/skey.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "catalog/pg_opfamily.h"
#include "executor/executor.h"
#include "optimizer/cost.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/rel.h"
}

#include <algorithm>
#include <limits>
#include <new>

namespace objectset::pg {

namespace {

SetScan* scan_of(CustomScanState* node) { return reinterpret_cast<SetScan*>(node); }

SharedScan* shared_of(void* coordinate) { return static_cast<SharedScan*>(coordinate); }
ParallelTableScanDesc table_part_of(SharedScan* shared) {
  return reinterpret_cast<ParallelTableScanDesc>(reinterpret_cast<char*>(shared) +
                                                 MAXALIGN(sizeof(SharedScan)));
}

// ---- Beginning ------------------------------------------------------------------------------------------

Node* create_state(CustomScan* plan) {
  auto* scan = make_scan_state<SetScan>(&execute_methods);
  scan->plan = scan_plan_from_list(plan->custom_private);
  return reinterpret_cast<Node*>(scan);
}

void begin_tests(SetScan* scan, const CustomScan* plan) {
  scan->test_count = list_length(scan->plan.columns);
  scan->tests = static_cast<IndexTest*>(
      palloc0(sizeof(IndexTest) * static_cast<Size>(std::max(scan->test_count, 1))));
  for (int i = 0; i < scan->test_count; ++i) {
    const auto* test =
        static_cast<const OpExpr*>(list_nth(plan->custom_exprs, first_index_test + i));
    auto* value = static_cast<Expr*>(lsecond(test->args));
    IndexTest& told = scan->tests[i];
    told.column = list_nth_int(scan->plan.columns, i);
    told.comparison = test->opno;
    told.expression = ExecInitExpr(value, &scan->node.ss.ps);
    if (told.column > 0) continue;
    Oid left = InvalidOid;
    get_op_opfamily_properties(told.comparison, INTEGER_BTREE_FAM_OID, false, &told.strategy, &left,
                               &told.right_type);
  }
}

void begin_scan(CustomScanState* node, EState* estate, int) {
  SetScan* const scan = scan_of(node);
  const auto* plan = reinterpret_cast<CustomScan*>(node->ss.ps.plan);
  Relation const table = node->ss.ss_currentRelation;

  // The executor has prepared for rows in another kind of slot than the table's.
  const TupleTableSlotOps* const kind =
      scan->plan.options.is_covered ? covered_slot() : table_slot_callbacks(table);
  init_scan_slot(&node->ss, estate, kind);
  ExecAssignScanProjectionInfo(&node->ss);
  node->ss.ps.qual = ExecInitQual(plan->scan.plan.qual, &node->ss.ps);
  scan->table_slot = scan->plan.options.is_covered
                         ? table_slot_create(table, &estate->es_tupleTable)
                         : node->ss.ss_ScanTupleSlot;

  auto* operand = static_cast<Expr*>(list_nth(plan->custom_exprs, operand_expression));
  scan->operand = ExecInitExpr(operand, &node->ss.ps);
  operand = without_relabels(operand);
  if (IsA(operand, Var)) {
    const AttrNumber column = reinterpret_cast<Var*>(operand)->varattno;
    if (column > 0) scan->operand_column = column;
  }
  scan->set =
      ExecInitExpr(static_cast<Expr*>(list_nth(plan->custom_exprs, set_expression)), &node->ss.ps);
  scan->within = scan->plan.bounds;
  begin_tests(scan, plan);
  scan->set_context =
      AllocSetContextCreate(estate->es_query_cxt, "object set scan", ALLOCSET_SMALL_SIZES);
}

// What a scan looks up before it decides: put off until it has an id to look for, since of a table's partitions most
// may have none.
void look_up_table(SetScan* scan) {
  if (scan->is_looked_up) return;
  EState* const estate = scan->node.ss.ps.state;
  MemoryContext const outer = MemoryContextSwitchTo(estate->es_query_cxt);
  if (OidIsValid(scan->plan.index)) open_index(scan, estate);
  MemoryContextSwitchTo(outer);
  scan->pages = RelationGetNumberOfBlocks(scan->node.ss.ss_currentRelation);
  scan->plan.facts.rows *= std::max(1.0, scan->pages) / std::max(1.0, scan->plan.facts.pages);
  scan->plan.facts.pages = scan->pages;
  scan->is_looked_up = true;
}

// ---- The set, and the way to its rows --------------------------------------------------------------------

// What conditions on the index's columns compare with. Those on the id itself leave few of the set's ids to look for.
void evaluate_tests(SetScan* scan) {
  scan->within = scan->plan.bounds;
  for (int i = 0; i < scan->test_count; ++i) {
    IndexTest& test = scan->tests[i];
    test.value = ExecEvalExpr(test.expression, scan->node.ss.ps.ps_ExprContext, &test.is_null);
    IdBounds bounds;
    if (test.is_null) {
      bounds = {0, -1};  // true of no row
    } else if (test.column == 0) {
      bounds = compared_with(test.strategy, id_of(test.right_type, test.value));
    }
    scan->within = both_bounds(scan->within, bounds);
  }
}

// Rows that stand in the order of their ids need no table of the set: the next id is where the last one was.
bool come_in_order(const TableFacts& facts) { return facts.correlation * facts.correlation > 0.5; }

void open_set(SetScan* scan) {
  MemoryContextReset(scan->set_context);
  scan->view = SetView();
  scan->cursor = nullptr;
  scan->ids = nullptr;
  scan->capacity = 0;
  scan->count = 0;
  scan->begin = 0;
  scan->end = 0;
  scan->current = nullptr;
  scan->is_done = false;
  scan->has_places = false;
  scan->round = 0;
  scan->has_stretch = false;
  // In a context that stays: the set may be computed.
  MemoryContext const outer = MemoryContextSwitchTo(scan->set_context);
  const Datum set = ExecEvalExpr(scan->set, scan->node.ss.ps.ps_ExprContext, &scan->is_null);
  if (!scan->is_null) scan->view = pinned_view(set_argument(set));
  evaluate_tests(scan);
  MemoryContextSwitchTo(outer);
  scan->asked = asked_set(scan->view, scan->set_context);
  if (come_in_order(scan->plan.facts)) scan->asked.lookups = 0;
  scan->is_prepared = true;
}

}  // namespace

bool may_have_rows(const SetScan* scan) {
  const IdBounds& bounds = scan->within;
  if (scan->plan.is_negative) return !scan->is_null && bounds.first <= bounds.last;
  return !scan->is_null && count_between(scan->view, bounds.first, bounds.last) > 0;
}

namespace {

bool is_wanted(SetScan* scan, Id id) { return is_in(&scan->asked, id) != scan->plan.is_negative; }

// Whether the ids are looked for in the index without much thought: where rows come in order, or where looking each up
// takes less than the table. Not in partitions that are not known to have some of them: there the ends of the index tell
// sooner, unless the ids are very few.
bool is_by_index(const SetScan* scan, double table_cost, const CostUnits& units) {
  constexpr uint64 few = 64;
  constexpr uint64 few_in_any_part = 16;  // as soon looked for as the ends of an index
  const IdBounds& bounds = scan->within;
  const bool is_bounded = bounds.first != INT64_MIN || bounds.last != INT64_MAX;
  if (scan->node.ss.ss_currentRelation->rd_rel->relispartition && !is_bounded &&
      cardinality(scan->view) > few_in_any_part) {
    return false;
  }
  if (scan->plan.options.is_ordered) return scan->shared == nullptr;
  const uint64 count = count_between(scan->view, bounds.first, bounds.last);
  return count <= few && (!enable_seqscan || cost_of_searches(count, units) < table_cost);
}

// Rows with other ids than the set's: as many as there are rows beyond its ids, which are taken to have theirs. Where that
// was wrong, the index is read from end to end once.
Pieces other_pieces(SetScan* scan) {
  TableFacts& facts = scan->plan.facts;
  const IdBounds bounds = both_bounds(scan->bounds, scan->ends);
  const double part = span_of(bounds) / std::max(1.0, span_of(scan->ends));
  const auto known = static_cast<double>(count_between(scan->view, bounds.first, bounds.last));
  const double others = std::max(0.0, facts.rows * part / facts.rows_per_id - known);
  facts.rows_per_unit = facts.rows_per_id;
  // Looking takes no longer than a part of what reading the table does: it may be one of many partitions.
  constexpr double rows_per_window = 4096;
  const double windows =
      std::max(1.0, std::min<double>(many_windows, facts.rows / rows_per_window));
  return pieces_of_others(scan->view, bounds, others, static_cast<uint64>(windows));
}

void choose_access(SetScan* scan) {
  scan->access = AccessPlan();
  if (!may_have_rows(scan)) {
    scan->is_done = true;
    return;
  }
  look_up_table(scan);
  if (scan->index == nullptr) return;
  begin_lookups(scan);
  const TableFacts& facts = scan->plan.facts;
  const CostUnits units =
      running_units(scan->node.ss.ss_currentRelation->rd_rel->reltablespace, scan->pages);
  if (!scan->plan.is_negative &&
      is_by_index(scan, plan_table_access(0, facts, units).cost, units)) {
    scan->access.access = Access::index;
    scan->access.bridge = bridge_of(facts);
    if (scan->has_ends) scan->bounds = both_bounds(scan->bounds, scan->ends);
    lock_ends(scan);
    return;
  }
  if (!scan->has_ends) find_ends(scan);
  if (!scan->plan.is_negative) scan->bounds = both_bounds(scan->bounds, scan->ends);
  Pieces pieces;
  guarded([&] {
    pieces = scan->plan.is_negative ? other_pieces(scan)
                                    : pieces_of(scan->view, scan->bounds, bridge_of(facts));
  });
  const bool is_ordered = scan->plan.options.is_ordered;
  const AccessPlan by_index = plan_index_access(pieces, facts, units, is_ordered);
  const double found = std::min(facts.rows, pieces.ids * facts.rows_per_id);
  const double table_cost = plan_table_access(found, facts, units).cost;
  if (!is_ordered && enable_seqscan && by_index.cost > table_cost) return;
  scan->access = by_index;
  if (!scan->plan.is_negative) lock_ends(scan);
}

// ---- Rows of the whole table ----------------------------------------------------------------------------

// The id of a row; false where it has none.
bool id_of_row(SetScan* scan, TupleTableSlot* slot, Id* id) {
  bool is_null = false;
  Datum value;
  if (scan->operand_column != InvalidAttrNumber) {
    value = slot_getattr(slot, scan->operand_column, &is_null);
  } else {
    ExprContext* const context = scan->node.ss.ps.ps_ExprContext;
    ResetExprContext(context);
    context->ecxt_scantuple = slot;
    value = ExecEvalExprSwitchContext(scan->operand, context, &is_null);
  }
  if (is_null) return false;
  *id = id_of(scan->plan.operand_type, value);
  return true;
}

}  // namespace

// Covered rows come in a slot of values: those of the columns that the index has.
TupleTableSlot* give_row(SetScan* scan) {
  if (!scan->plan.options.is_covered) return scan->table_slot;
  TupleTableSlot* const slot = scan->node.ss.ss_ScanTupleSlot;
  ExecClearTuple(slot);
  slot_getallattrs(scan->table_slot);
  const auto columns = static_cast<Size>(slot->tts_tupleDescriptor->natts);
  memcpy(slot->tts_values, scan->table_slot->tts_values, sizeof(Datum) * columns);
  memcpy(slot->tts_isnull, scan->table_slot->tts_isnull, sizeof(bool) * columns);
  return store_covered(scan, slot, scan->table_slot->tts_tid);
}

namespace {

TupleTableSlot* next_of_table(SetScan* scan) {
  if (scan->table_scan == nullptr) {
    ScanState* const state = &scan->node.ss;
    scan->table_scan = scan->shared != nullptr
                           ? begin_parallel_table_scan(state, table_part_of(scan->shared))
                           : begin_table_scan(state);
  }
  TupleTableSlot* const slot = scan->table_slot;
  while (table_scan_getnextslot(scan->table_scan, ForwardScanDirection, slot)) {
    Id id;
    if (id_of_row(scan, slot, &id) && is_wanted(scan, id)) return give_row(scan);
    InstrCountFiltered2(&scan->node, 1);
    CHECK_FOR_INTERRUPTS();
  }
  return nullptr;
}

// ---- The executor's calls -------------------------------------------------------------------------------

TupleTableSlot* next_by(SetScan* scan) {
  switch (scan->access.access) {
    case Access::index:
      return next_by_index(scan);
    case Access::sorted:
      return next_sorted(scan);
    case Access::table:
      break;
  }
  return next_of_table(scan);
}

// What the leader has decided.
void take_access(SetScan* scan) {
  scan->is_done = !may_have_rows(scan);
  if (scan->is_done) return;
  look_up_table(scan);
  if (scan->index != nullptr) begin_lookups(scan);
  scan->access.access = static_cast<Access>(scan->shared->access);
  scan->access.bridge = scan->shared->bridge;
  scan->bounds = scan->shared->bounds;
}

}  // namespace

bool gather_places(SetScan* scan, Places* places, double* left) {
  PlanState* const state = &scan->node.ss.ps;
  if (state->chgParam != nullptr) ExecReScan(state);
  if (state->instrument != nullptr) InstrStartNode(state->instrument);
  open_set(scan);
  choose_access(scan);
  const double before = *left;
  bool is_all = true;
  if (!scan->is_done) {
    is_all = scan->access.access != Access::table && add_entries(scan, places, left);
    scan->access.access = is_all ? Access::index : Access::table;
  }
  if (state->instrument != nullptr) InstrStopNode(state->instrument, before - *left);
  return is_all;
}

namespace {

TupleTableSlot* next_row(ScanState* state) {
  SetScan* const scan = scan_of(reinterpret_cast<CustomScanState*>(state));
  if (!scan->is_prepared) {
    open_set(scan);
    if (scan->shared != nullptr) {
      take_access(scan);
    } else {
      choose_access(scan);
    }
  }
  TupleTableSlot* slot = nullptr;
  if (!scan->is_done) {
    slot = next_by(scan);
    scan->is_done = slot == nullptr;
  }
  return slot != nullptr ? slot : ExecClearTuple(state->ss_ScanTupleSlot);
}

// Of a row that another transaction has changed.
bool recheck_row(ScanState* state, TupleTableSlot* slot) {
  SetScan* const scan = scan_of(reinterpret_cast<CustomScanState*>(state));
  if (!scan->is_prepared) open_set(scan);
  Id id;
  return !scan->is_null && id_of_row(scan, slot, &id) && is_wanted(scan, id);
}

TupleTableSlot* execute_scan(CustomScanState* node) {
  return ExecScan(&node->ss, reinterpret_cast<ExecScanAccessMtd>(next_row),
                  reinterpret_cast<ExecScanRecheckMtd>(recheck_row));
}

void begin_anew(SetScan* scan) {
  scan->is_prepared = false;
  scan->is_done = false;
  scan->current = nullptr;
  if (scan->table_scan != nullptr) {
    if (scan->shared == nullptr) {
      table_rescan(scan->table_scan, nullptr);
    } else {
      table_endscan(scan->table_scan);
      scan->table_scan = nullptr;
    }
  }
}

void rescan(CustomScanState* node) {
  SetScan* const scan = scan_of(node);
  begin_anew(scan);
  ExecScanReScan(&node->ss);
}

void end_scan(CustomScanState* node) {
  SetScan* const scan = scan_of(node);
  close_index(scan);
  if (scan->table_scan != nullptr) table_endscan(scan->table_scan);
  MemoryContextDelete(scan->set_context);
}

// ---- Parallel scans -------------------------------------------------------------------------------------

Size estimate_shared(CustomScanState* node, ParallelContext*) {
  return MAXALIGN(sizeof(SharedScan)) +
         table_parallelscan_estimate(node->ss.ss_currentRelation, node->ss.ps.state->es_snapshot);
}

// The leader decides for all.
void share_access(SetScan* scan) {
  SharedScan* const shared = scan->shared;
  open_set(scan);
  choose_access(scan);
  scan->is_prepared = false;  // for the leader's own part, later
  shared->access = static_cast<int>(scan->access.access);
  shared->bridge = scan->access.bridge;
  shared->bounds = scan->bounds;
  // Enough shares for all to end at about the same time; not so many that sorting places is of no use.
  const uint64 shares = scan->access.access == Access::sorted ? 16 : 64;
  if (scan->plan.is_negative) {
    shared->share = scan->access.access == Access::table ? 0 : share_ends(scan, shares);
    shared->bounds = scan->bounds;
  } else {
    const uint64 count = scan->is_null ? 0 : cardinality(scan->view);
    shared->share = std::max<uint64>(count / shares, first_batch);
  }
  pg_atomic_write_u64(&shared->next, 0);
}

void initialize_shared(CustomScanState* node, ParallelContext*, void* coordinate) {
  SetScan* const scan = scan_of(node);
  scan->shared = shared_of(coordinate);
  pg_atomic_init_u64(&scan->shared->next, 0);
  share_access(scan);
  table_parallelscan_initialize(node->ss.ss_currentRelation, table_part_of(scan->shared),
                                node->ss.ps.state->es_snapshot);
}

void reinitialize_shared(CustomScanState* node, ParallelContext*, void* coordinate) {
  SetScan* const scan = scan_of(node);
  scan->shared = shared_of(coordinate);
  share_access(scan);
  table_parallelscan_reinitialize(node->ss.ss_currentRelation, table_part_of(scan->shared));
}

void initialize_worker(CustomScanState* node, shm_toc*, void* coordinate) {
  scan_of(node)->shared = shared_of(coordinate);
}

// Shared memory goes away after this.
void shut_down(CustomScanState* node) { scan_of(node)->shared = nullptr; }

}  // namespace

const CustomScanMethods scan_methods = {"ObjectSetScan", create_state};

const CustomExecMethods execute_methods = {
    "ObjectSetScan",   begin_scan, execute_scan,    end_scan,          rescan,
    nullptr,           nullptr,    estimate_shared, initialize_shared, reinitialize_shared,
    initialize_worker, shut_down,  explain_scan};

}  // namespace objectset::pg
