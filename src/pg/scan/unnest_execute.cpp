// Running scans of a set in FROM: the set is evaluated when the first row is asked for, and its ids come in stretches
// (id_walker.hpp).
//
// Of a large set that is stored apart the first stretches are read from slices of it, since a LIMIT may end the scan there; then
// it is opened. As the server's scan of a function, one that begins anew goes through the set that it has, unless what that was
// computed of has changed.
//
// Errors may leave by longjmp everywhere here: only plain data stands on the stack.
#include "pg/scan/unnest.hpp"

#include "pg/explain_literal.hpp"
#include "pg/toast_slices.hpp"

#include "core/set/id_walker.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_opfamily.h"
#include "executor/executor.h"
}

#include <algorithm>
#include <type_traits>

namespace objectset::pg {
namespace {

static_assert(std::is_trivially_destructible_v<IdWalker>);

// A bound of the ids, by a strategy of btree.
struct Bound {
  ExprState* value;
  Oid type;
  int strategy;
  bool may_be_null;  // and is none then; else a NULL lets no id through
};

struct UnnestScan {
  CustomScanState node;  // first member
  Index entry;           // in the range table
  bool is_descending;
  TupleDesc row;  // of whole rows, or nullptr: nobody asks for them
  ExprState* set;
  Bitmapset* set_params;  // the executor's parameters that the set depends on
  Bound* bounds;
  int bound_count;

  MemoryContext set_context;  // of what is in use of one set
  bool has_set;               // evaluated; and it is
  bool is_null;               // or
  Datum value;
  int pages;     // that may be read from slices of it
  bool is_open;  // and then
  SetView view;

  bool is_begun;
  IdBounds within;
  IdWalker walker;
  IdWalker::Place mark;
  Id* ids;
};

UnnestScan* scan_of(CustomScanState* node) { return reinterpret_cast<UnnestScan*>(node); }
UnnestScan* scan_of(ScanState* node) { return reinterpret_cast<UnnestScan*>(node); }

// ---- Beginning --------------------------------------------------------------------------------------------

const CustomScan* plan_of(const UnnestScan* scan) {
  return reinterpret_cast<const CustomScan*>(scan->node.ss.ps.plan);
}

// What a search for the executor's parameters has met.
struct Parameters {
  const List* subplans;
  Bitmapset* found;
};

bool find_parameters(Node* node, void* context) {
  if (node == nullptr) return false;
  auto* parameters = static_cast<Parameters*>(context);
  if (IsA(node, Param) && reinterpret_cast<Param*>(node)->paramkind == PARAM_EXEC) {
    parameters->found = bms_add_member(parameters->found, reinterpret_cast<Param*>(node)->paramid);
  } else if (IsA(node, SubPlan)) {
    const int number = reinterpret_cast<SubPlan*>(node)->plan_id;
    const auto* plan = static_cast<const Plan*>(list_nth(parameters->subplans, number - 1));
    if (plan != nullptr) {
      parameters->found = bms_add_members(parameters->found, plan->extParam);
    }
  }
  return expression_tree_walker(node, as_walker(find_parameters), context);
}

// As the server does where it calls a function.
void check_permission(Oid function) {
  const AclResult result = may_execute(function);
  if (result != ACLCHECK_OK) aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
  InvokeFunctionExecuteHook(function);
}

Bound make_bound(UnnestScan* scan, const OpExpr* test) {
  Bound bound = {};
  Oid left = InvalidOid;
  get_op_opfamily_properties(test->opno, INTEGER_BTREE_FAM_OID, false, &bound.strategy, &left,
                             &bound.type);
  bound.value = ExecInitExpr(static_cast<Expr*>(lsecond(test->args)), &scan->node.ss.ps);
  return bound;
}

// What objectset_elements() is told to begin after; nullptr for unnest().
Node* after_of(const FuncExpr* call) {
  return list_length(call->args) > 1 ? static_cast<Node*>(lsecond(call->args)) : nullptr;
}

// The conditions, and what the call is told to begin after.
void make_bounds(UnnestScan* scan, const FuncExpr* call) {
  const List* const expressions = plan_of(scan)->custom_exprs;
  const auto most = static_cast<Size>(list_length(expressions));
  scan->bounds = static_cast<Bound*>(palloc0(sizeof(Bound) * most));
  if (Node* const after = after_of(call)) {
    ExprState* const value = ExecInitExpr(reinterpret_cast<Expr*>(after), &scan->node.ss.ps);
    const int strategy = scan->is_descending ? BTLessStrategyNumber : BTGreaterStrategyNumber;
    scan->bounds[scan->bound_count++] = {value, INT8OID, strategy, true};
  }
  for (int i = first_unnest_bound; i < list_length(expressions); ++i) {
    const auto* test = static_cast<const OpExpr*>(list_nth(expressions, i));
    scan->bounds[scan->bound_count++] = make_bound(scan, test);
  }
}

// The type of whole rows: a column of the name that the query has given it.
TupleDesc shape_of_row(EState* estate, Index entry) {
  List* const names = list_make1(linitial(exec_rt_fetch(entry, estate)->eref->colnames));
  return BlessTupleDesc(BuildDescFromLists(names, list_make1_oid(INT8OID), list_make1_int(-1),
                                           list_make1_oid(InvalidOid)));
}

void begin_unnest(CustomScanState* node, EState* estate, int) {
  UnnestScan* const scan = scan_of(node);
  const CustomScan* const plan = plan_of(scan);
  const auto* call = static_cast<const FuncExpr*>(list_nth(plan->custom_exprs, unnest_call));
  check_permission(call->funcid);
  scan->entry = static_cast<Index>(bms_singleton_member(plan->custom_relids));
  scan->is_descending = DatumGetBool(
      static_cast<const Const*>(list_nth(plan->custom_private, unnest_is_descending))->constvalue);
  if (list_length(plan->custom_scan_tlist) > 1) scan->row = shape_of_row(estate, scan->entry);
  auto* const set = static_cast<Expr*>(linitial(call->args));
  scan->set = ExecInitExpr(set, &node->ss.ps);
  Parameters parameters = {estate->es_plannedstmt->subplans, nullptr};
  find_parameters(reinterpret_cast<Node*>(set), &parameters);
  scan->set_params = parameters.found;
  make_bounds(scan, call);
  scan->ids = static_cast<Id*>(palloc(sizeof(Id) * max_page));
  scan->walker = IdWalker(scan->ids, max_page);
  scan->set_context =
      AllocSetContextCreate(estate->es_query_cxt, "object set unnest", ALLOCSET_SMALL_SIZES);
}

// ---- The set, and its ids ---------------------------------------------------------------------------------

// How many stretches are read from slices of a stored set: few of a small one, which is soon read.
int pages_of(Datum value) {
  constexpr Size bytes_per_page = 64 * 1024;
  constexpr Size most = 8;
  if (!Slices(value).can_be_asked()) return 0;
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, reinterpret_cast<struct varlena*>(DatumGetPointer(value)));
  const Size size = toast_raw_datum_size(value) - VARHDRSZ;
  // Of a compressed value a slice would take all that stands before it, too.
  if (VARATT_EXTERNAL_GET_EXTSIZE(pointer) < size) return 0;
  return static_cast<int>(std::min(size / bytes_per_page, most));
}

void evaluate_set(UnnestScan* scan) {
  MemoryContextReset(scan->set_context);
  scan->is_open = false;
  scan->view = SetView();
  scan->pages = 0;
  // In a context that stays: the set may be computed.
  MemoryContext const outer = MemoryContextSwitchTo(scan->set_context);
  scan->value = ExecEvalExpr(scan->set, scan->node.ss.ps.ps_ExprContext, &scan->is_null);
  if (!scan->is_null) scan->pages = pages_of(scan->value);
  MemoryContextSwitchTo(outer);
  scan->has_set = true;
}

IdBounds evaluate_bound(UnnestScan* scan, const Bound& bound) {
  bool is_null = false;
  const Datum value =
      ExecEvalExprSwitchContext(bound.value, scan->node.ss.ps.ps_ExprContext, &is_null);
  if (!is_null) return compared_with(bound.strategy, id_of(bound.type, value));
  return bound.may_be_null ? IdBounds{} : IdBounds{0, -1};
}

void evaluate_bounds(UnnestScan* scan) {
  scan->within = {};
  for (int i = 0; i < scan->bound_count; ++i) {
    scan->within = both_bounds(scan->within, evaluate_bound(scan, scan->bounds[i]));
  }
}

void begin_walk(UnnestScan* scan) {
  if (!scan->has_set) evaluate_set(scan);
  evaluate_bounds(scan);
  if (scan->is_null) scan->within = {0, -1};
  scan->walker.begin(scan->within.first, scan->within.last, scan->is_descending);
  scan->is_begun = true;
}

// False where the whole set is to be read.
bool read_page(UnnestScan* scan, const IdWalker::Stretch& wanted, std::size_t* count) {
  if (scan->is_open || scan->pages == 0) return false;
  --scan->pages;
  Slices slices(scan->value);
  const SliceAnswer read = wanted.up ? slices.read_page_from(wanted.from, scan->ids, wanted.room)
                                     : slices.read_page_to(wanted.from, scan->ids, wanted.room);
  *count = static_cast<std::size_t>(read.value);
  return read.known;
}

void read_more(UnnestScan* scan) {
  const IdWalker::Stretch& wanted = scan->walker.wanted();
  MemoryContext const outer = MemoryContextSwitchTo(scan->set_context);
  std::size_t count = 0;
  if (!read_page(scan, wanted, &count)) {
    if (!scan->is_open) scan->view = pinned_view(set_argument(scan->value));
    scan->is_open = true;
    count = read_stretch(scan->view, wanted, scan->ids);
  }
  MemoryContextSwitchTo(outer);
  scan->walker.give(count);
}

// ---- Rows -------------------------------------------------------------------------------------------------

// In memory that is good for one row.
Datum whole_row(UnnestScan* scan, Datum id) {
  MemoryContext const outer =
      MemoryContextSwitchTo(scan->node.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
  bool is_null = false;
  const Datum row = HeapTupleGetDatum(heap_form_tuple(scan->row, &id, &is_null));
  MemoryContextSwitchTo(outer);
  return row;
}

// As ExecStoreVirtualTuple() does; a slot that has nothing of its own need not be cleared before.
TupleTableSlot* give(UnnestScan* scan, Id id) {
  TupleTableSlot* const slot = scan->node.ss.ss_ScanTupleSlot;
  if (TTS_SHOULDFREE(slot)) ExecClearTuple(slot);
  slot->tts_values[0] = Int64GetDatum(id);
  slot->tts_isnull[0] = false;
  if (scan->row != nullptr) {
    slot->tts_values[1] = whole_row(scan, slot->tts_values[0]);
    slot->tts_isnull[1] = false;
  }
  slot->tts_flags = static_cast<uint16>(slot->tts_flags & ~TTS_FLAG_EMPTY);
  slot->tts_nvalid = scan->row == nullptr ? 1 : 2;
  return slot;
}

TupleTableSlot* next_row(ScanState* state) {
  UnnestScan* const scan = scan_of(state);
  if (!scan->is_begun) begin_walk(scan);
  const bool up = ScanDirectionIsForward(state->ps.state->es_direction) != scan->is_descending;
  for (;;) {
    switch (scan->walker.step(up)) {
      case IdWalker::Step::found:
        return give(scan, scan->walker.id());
      case IdWalker::Step::end:
        return ExecClearTuple(state->ss_ScanTupleSlot);
      case IdWalker::Step::wants:
        read_more(scan);
    }
  }
}

// ---- Rechecks of rows that another transaction has changed --------------------------------------------------

// Whether one row stands for all that this scan would give: the one that was joined with the row that has changed.
bool is_replaced(UnnestScan* scan) {
  const EPQState* const recheck = scan->node.ss.ps.state->es_epq_active;
  return recheck != nullptr && (recheck->relsubs_slot[scan->entry - 1] != nullptr ||
                                recheck->relsubs_rowmark[scan->entry - 1] != nullptr);
}

// That row, once; nullptr where there is none.
TupleTableSlot* replacement(UnnestScan* scan, EPQState* recheck, TupleTableSlot* slot) {
  const Index i = scan->entry - 1;
  if (recheck->relsubs_done[i]) return nullptr;
  recheck->relsubs_done[i] = true;
  TupleTableSlot* const given = recheck->relsubs_slot[i];
  if (given != nullptr) return TupIsNull(given) ? nullptr : given;
  return EvalPlanQualFetchRowMark(recheck, scan->entry, slot) ? slot : nullptr;
}

// The server leaves to this what it does by itself for scans of a table's.
bool recheck_row(ScanState* state, TupleTableSlot* slot) {
  UnnestScan* const scan = scan_of(state);
  if (!is_replaced(scan)) return !TupIsNull(next_row(state));
  TupleTableSlot* const row = replacement(scan, state->ps.state->es_epq_active, slot);
  if (row == nullptr) return false;
  bool is_null = false;
  const Id id = DatumGetInt64(slot_getattr(row, 1, &is_null));
  if (is_null) return false;
  evaluate_bounds(scan);
  give(scan, id);
  return id >= scan->within.first && id <= scan->within.last;
}

// ---- The executor's calls ---------------------------------------------------------------------------------

// Rows of which nothing is computed go straight on.
TupleTableSlot* execute_unnest(CustomScanState* node) {
  const PlanState& state = node->ss.ps;
  if (state.qual == nullptr && state.ps_ProjInfo == nullptr && scan_of(node)->row == nullptr &&
      state.state->es_epq_active == nullptr) {
    return next_row(&node->ss);
  }
  return ExecScan(&node->ss, reinterpret_cast<ExecScanAccessMtd>(next_row),
                  reinterpret_cast<ExecScanRecheckMtd>(recheck_row));
}

void rescan_unnest(CustomScanState* node) {
  UnnestScan* const scan = scan_of(node);
  if (bms_overlap(node->ss.ps.chgParam, scan->set_params)) scan->has_set = false;
  scan->is_begun = false;
  ExecScanReScan(&node->ss);
}

void mark_place(CustomScanState* node) {
  UnnestScan* const scan = scan_of(node);
  if (!is_replaced(scan)) scan->mark = scan->walker.place();
}

void return_to_mark(CustomScanState* node) {
  UnnestScan* const scan = scan_of(node);
  if (!is_replaced(scan)) scan->walker.return_to(scan->mark);
}

void end_unnest(CustomScanState* node) { MemoryContextDelete(scan_of(node)->set_context); }

void explain_unnest(CustomScanState* node, List* ancestors, ExplainState* es) {
  UnnestScan* const scan = scan_of(node);
  const List* const expressions = plan_of(scan)->custom_exprs;
  const auto* call = static_cast<const FuncExpr*>(list_nth(expressions, unnest_call));
  ExplainPropertyText(
      "Unnest", describe_set(node, static_cast<Node*>(linitial(call->args)), ancestors, es), es);
  Node* const after = after_of(call);
  if (after != nullptr && !is_null_constant(after)) {
    ExplainPropertyText("After", describe_expression(node, after, ancestors, es), es);
  }
  if (List* const bounds = list_copy_tail(expressions, first_unnest_bound)) {
    auto* const condition = reinterpret_cast<Node*>(make_ands_explicit(bounds));
    ExplainPropertyText("Bounds", describe_expression(node, condition, ancestors, es), es);
  }
  if (scan->is_descending) ExplainPropertyText("Order", "descending", es);
  if (es->analyze && scan->is_open) ExplainPropertyText("Set", describe(scan->view), es);
}

constexpr CustomExecMethods make_execute_methods() {
  CustomExecMethods methods = {};
  methods.CustomName = "ObjectSetUnnest";
  methods.BeginCustomScan = begin_unnest;
  methods.ExecCustomScan = execute_unnest;
  methods.EndCustomScan = end_unnest;
  methods.ReScanCustomScan = rescan_unnest;
  methods.MarkPosCustomScan = mark_place;
  methods.RestrPosCustomScan = return_to_mark;
  methods.ExplainCustomScan = explain_unnest;
  return methods;
}
constexpr CustomExecMethods execute_methods_of_unnest = make_execute_methods();

Node* create_unnest(CustomScan*) {
  return reinterpret_cast<Node*>(make_scan_state<UnnestScan>(&execute_methods_of_unnest));
}

}  // namespace

const CustomScanMethods unnest_methods = {"ObjectSetUnnest", create_unnest};

}  // namespace objectset::pg
