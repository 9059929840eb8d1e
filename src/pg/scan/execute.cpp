// Running scans: the set is evaluated and opened when the first row is asked for, the way to its rows is chosen, and
// then rows come one by one.
//
// By the index, the ids are walked in batches; each batch is cut into pieces (core/access.hpp). Ids that stand alone are
// looked up many at a time, which the index takes for one search with an array. In a range each entry of the index is
// held against the batch, and where many in a row are not in it, the index is searched for the next id: so a wrong guess
// how ids are spread costs no more than twice the best.
//
// Errors may leave by longjmp everywhere here: only plain data stands on the stack. What core does here cannot fail,
// but for opening the set.
#include "scan.hpp"

#include "../datum.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
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

// What the processes of a parallel scan share. The table's own part follows.
struct SharedScan {
  int access;
  uint64 bridge;
  IdBounds bounds;
  uint64 share;           // ids that a process takes at once
  pg_atomic_uint64 next;  // the first that nobody has taken
};

namespace {

// A batch of ids: the first one is small, since few rows may be wanted.
constexpr int first_batch = 64;
constexpr int largest_batch = 16384;
// So many ids are looked up in one search.
constexpr int largest_probe = 1024;

// So many entries in a row that are not in the set, and the index is searched for the next that is.
constexpr int most_misses = 64;

SetScan* scan_of(CustomScanState* node) { return reinterpret_cast<SetScan*>(node); }

SharedScan* shared_of(void* coordinate) { return static_cast<SharedScan*>(coordinate); }
ParallelTableScanDesc table_part_of(SharedScan* shared) {
  return reinterpret_cast<ParallelTableScanDesc>(reinterpret_cast<char*>(shared) +
                                                 MAXALIGN(sizeof(SharedScan)));
}

// ---- Beginning ------------------------------------------------------------------------------------------

Node* create_state(CustomScan* plan) {
  auto* scan = static_cast<SetScan*>(palloc0(sizeof(SetScan)));
  scan->node.ss.ps.type = T_CustomScanState;
  scan->node.methods = &execute_methods;
  scan->plan = scan_plan_from_list(plan->custom_private);
  return reinterpret_cast<Node*>(scan);
}

ScanKeyData* make_key(const SetScan* scan, int flags, StrategyNumber strategy) {
  auto* key = static_cast<ScanKeyData*>(palloc0(sizeof(ScanKeyData)));
  const Oid family = scan->index->rd_opfamily[0];
  const Oid function =
      get_opcode(get_opfamily_member(family, scan->plan.key_type, INT8OID, strategy));
  ScanKeyEntryInitialize(key, flags, 1, strategy, INT8OID, InvalidOid, function, 0);
  return key;
}

void open_index(SetScan* scan, EState* estate) {
  const auto* plan = reinterpret_cast<Scan*>(scan->node.ss.ps.plan);
  scan->index = index_open(scan->plan.index, exec_rt_fetch(plan->scanrelid, estate)->rellockmode);
  scan->probe_key = make_key(scan, SK_SEARCHARRAY, BTEqualStrategyNumber);
  scan->range_keys = static_cast<ScanKeyData*>(palloc0(2 * sizeof(ScanKeyData)));
  scan->range_keys[0] = *make_key(scan, 0, BTGreaterEqualStrategyNumber);
  scan->range_keys[1] = *make_key(scan, 0, BTLessEqualStrategyNumber);
  if (!scan->plan.options.is_covered) return;
  const int columns = RelationGetDescr(scan->index)->natts;
  scan->index_columns = static_cast<int*>(palloc0(sizeof(int) * static_cast<Size>(columns)));
  for (int i = 0; i < columns; ++i) {
    const AttrNumber column = scan->index->rd_index->indkey.values[i];
    if (column > 0 &&
        TupleDescAttr(RelationGetDescr(scan->index), i)->atttypid ==
            TupleDescAttr(RelationGetDescr(scan->node.ss.ss_currentRelation), column - 1)
                ->atttypid) {
      scan->index_columns[i] = column;
    }
  }
}

void begin_scan(CustomScanState* node, EState* estate, int flags) {
  SetScan* const scan = scan_of(node);
  const auto* plan = reinterpret_cast<CustomScan*>(node->ss.ps.plan);
  Relation const table = node->ss.ss_currentRelation;

  // The executor has prepared for rows in another kind of slot than the table's.
  const TupleTableSlotOps* const kind =
      scan->plan.options.is_covered ? &TTSOpsVirtual : table_slot_callbacks(table);
  ExecInitScanTupleSlot(estate, &node->ss, RelationGetDescr(table), kind);
  ExecAssignScanProjectionInfo(&node->ss);
  node->ss.ps.qual = ExecInitQual(plan->scan.plan.qual, &node->ss.ps);
  scan->table_slot = scan->plan.options.is_covered
                         ? table_slot_create(table, &estate->es_tupleTable)
                         : node->ss.ss_ScanTupleSlot;

  auto* operand = static_cast<Expr*>(list_nth(plan->custom_exprs, operand_expression));
  scan->operand = ExecInitExpr(operand, &node->ss.ps);
  while (IsA(operand, RelabelType)) operand = reinterpret_cast<RelabelType*>(operand)->arg;
  if (IsA(operand, Var)) {
    const AttrNumber column = reinterpret_cast<Var*>(operand)->varattno;
    if (column > 0) scan->operand_column = column;
  }
  scan->set =
      ExecInitExpr(static_cast<Expr*>(list_nth(plan->custom_exprs, set_expression)), &node->ss.ps);
  scan->set_context =
      AllocSetContextCreate(estate->es_query_cxt, "object set scan", ALLOCSET_SMALL_SIZES);
  if ((flags & EXEC_FLAG_EXPLAIN_ONLY) != 0) return;

  if (OidIsValid(scan->plan.index)) open_index(scan, estate);
  scan->pages = RelationGetNumberOfBlocks(table);
  scan->plan.facts.rows *= std::max(1.0, scan->pages) / std::max(1.0, scan->plan.facts.pages);
  scan->plan.facts.pages = scan->pages;
}

// ---- The set, and the way to its rows --------------------------------------------------------------------

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
  // In a context that stays: the set may be computed.
  MemoryContext const outer = MemoryContextSwitchTo(scan->set_context);
  const Datum set = ExecEvalExpr(scan->set, scan->node.ss.ps.ps_ExprContext, &scan->is_null);
  if (!scan->is_null) scan->view = pinned_view(set_argument(set));
  MemoryContextSwitchTo(outer);
  scan->membership = Membership(scan->view);
  scan->is_prepared = true;
}

// The ids that the index can hold.
IdBounds bounds_of(Oid type) {
  switch (type) {
    case INT2OID:
      return {INT16_MIN, INT16_MAX};
    case INT4OID:
      return {INT32_MIN, INT32_MAX};
    default:
      return {INT64_MIN, INT64_MAX};
  }
}

IndexScanDesc begin_index_scan(SetScan* scan, Snapshot snapshot, int keys) {
#if PG_VERSION_NUM >= 180000
  return index_beginscan(scan->node.ss.ss_currentRelation, scan->index, snapshot, nullptr, keys, 0);
#else
  return index_beginscan(scan->node.ss.ss_currentRelation, scan->index, snapshot, keys, 0);
#endif
}

// The key of the entry that the index scan is at.
Id key_of(const SetScan* scan, IndexScanDesc index) {
  bool is_null;
  return id_of(scan->plan.key_type, index_getattr(index->xs_itup, 1, index->xs_itupdesc, &is_null));
}

// Looks where the index begins and ends: ids beyond need not be looked for, which also keeps the scan of a partition to
// its part of the set. Entries of dead rows count; and nothing is locked for serializable transactions, since no row is
// told of.
void find_bounds(SetScan* scan) {
  scan->bounds = {0, -1};
  const IdBounds all = bounds_of(scan->plan.key_type);
  scan->range_keys[0].sk_argument = Int64GetDatum(all.first);
  scan->range_keys[1].sk_argument = Int64GetDatum(all.last);
  IndexScanDesc const index = begin_index_scan(scan, SnapshotAny, 2);
  index->xs_want_itup = true;
  index_rescan(index, scan->range_keys, 2, nullptr, 0);
  if (index_getnext_tid(index, ForwardScanDirection) != nullptr) {
    const Id one = key_of(scan, index);
    index_rescan(index, scan->range_keys, 2, nullptr, 0);
    const bool found = index_getnext_tid(index, BackwardScanDirection) != nullptr;
    const Id other = found ? key_of(scan, index) : one;
    scan->bounds = {std::min(one, other), std::max(one, other)};
    TableFacts& facts = scan->plan.facts;
    const double span =
        static_cast<double>(scan->bounds.last) - static_cast<double>(scan->bounds.first) + 1;
    facts.rows_per_unit = facts.rows / std::max(span, facts.rows / facts.rows_per_id);
  }
  index_endscan(index);
  scan->has_bounds = true;
}

void choose_access(SetScan* scan) {
  const CostUnits units =
      running_units(scan->node.ss.ss_currentRelation->rd_rel->reltablespace, scan->pages);
  if (scan->is_null || is_empty(scan->view)) {
    scan->access = AccessPlan();
    scan->is_done = true;
    return;
  }
  const AccessPlan whole = plan_table_access(scan->plan.facts, units);
  if (scan->index == nullptr) {
    scan->access = whole;
    return;
  }
  if (!scan->has_bounds) find_bounds(scan);
  AccessPlan by_index = {};
  guarded([&] {
    by_index = plan_index_access(scan->view, scan->bounds, scan->plan.facts, units,
                                 scan->plan.options.is_ordered);
  });
  const bool is_table =
      !scan->plan.options.is_ordered && whole.cost < by_index.cost && enable_seqscan;
  scan->access = is_table ? whole : by_index;
}

}  // namespace

void prepare_set(SetScan* scan) {
  if (!scan->is_prepared) open_set(scan);
}

namespace {

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

// Covered rows come in a slot of values: those of the columns that the index has.
TupleTableSlot* give_row(SetScan* scan) {
  if (!scan->plan.options.is_covered) return scan->table_slot;
  TupleTableSlot* const slot = scan->node.ss.ss_ScanTupleSlot;
  ExecClearTuple(slot);
  slot_getallattrs(scan->table_slot);
  const auto columns = static_cast<Size>(slot->tts_tupleDescriptor->natts);
  memcpy(slot->tts_values, scan->table_slot->tts_values, sizeof(Datum) * columns);
  memcpy(slot->tts_isnull, scan->table_slot->tts_isnull, sizeof(bool) * columns);
  return ExecStoreVirtualTuple(slot);
}

TupleTableSlot* next_of_table(SetScan* scan) {
  EState* const estate = scan->node.ss.ps.state;
  if (scan->table_scan == nullptr) {
    Relation const table = scan->node.ss.ss_currentRelation;
    scan->table_scan = scan->shared != nullptr
                           ? table_beginscan_parallel(table, table_part_of(scan->shared))
                           : table_beginscan(table, estate->es_snapshot, 0, nullptr);
  }
  TupleTableSlot* const slot = scan->table_slot;
  while (table_scan_getnextslot(scan->table_scan, ForwardScanDirection, slot)) {
    Id id;
    if (id_of_row(scan, slot, &id) && scan->membership(id)) return give_row(scan);
    InstrCountFiltered2(&scan->node, 1);
    CHECK_FOR_INTERRUPTS();
  }
  return nullptr;
}

// ---- Rows by the index ----------------------------------------------------------------------------------

bool is_descending(const SetScan* scan) { return scan->plan.options.is_descending; }

ScanDirection direction_of(const SetScan* scan) {
  return is_descending(scan) == scan->plan.is_key_reversed ? ForwardScanDirection
                                                           : BackwardScanDirection;
}

// Whether `a` comes before `b` in the order of the scan.
bool comes_before(const SetScan* scan, Id a, Id b) { return is_descending(scan) ? a > b : a < b; }

IndexScanDesc begin_index(SetScan* scan, IndexScanDesc* kept, int keys, bool wants_entries) {
  if (*kept == nullptr) {
    EState* const estate = scan->node.ss.ps.state;
    MemoryContext const outer = MemoryContextSwitchTo(estate->es_query_cxt);
    *kept = begin_index_scan(scan, estate->es_snapshot, keys);
    (*kept)->xs_want_itup = wants_entries;
    MemoryContextSwitchTo(outer);
  }
  return scan->current = *kept;
}

// Looks up the ids of the piece, one by one.
void begin_probes(SetScan* scan) {
  const auto count = static_cast<Size>(scan->end - scan->begin);
  const Size size = ARR_OVERHEAD_NONULLS(1) + sizeof(Id) * largest_probe;
  if (scan->probe_ids == nullptr) {
    scan->probe_ids =
        static_cast<ArrayType*>(MemoryContextAllocZero(scan->node.ss.ps.state->es_query_cxt, size));
  }
  ArrayType* const array = scan->probe_ids;
  SET_VARSIZE(array, ARR_OVERHEAD_NONULLS(1) + sizeof(Id) * count);
  array->ndim = 1;
  array->dataoffset = 0;
  array->elemtype = INT8OID;
  ARR_DIMS(array)[0] = static_cast<int>(count);
  ARR_LBOUND(array)[0] = 1;
  memcpy(ARR_DATA_PTR(array), scan->ids + scan->begin, sizeof(Id) * count);
  IndexScanDesc const index = begin_index(scan, &scan->probes, 1, scan->plan.options.is_covered);
  scan->probe_key->sk_argument = PointerGetDatum(array);
  InstrCountTuples2(&scan->node, static_cast<double>(count));
  index_rescan(index, scan->probe_key, 1, nullptr, 0);
}

// Reads what lies between the first and the last id of the piece.
void begin_range(SetScan* scan) {
  IndexScanDesc const index = begin_index(scan, &scan->ranges, 2, true);
  const Id first = scan->ids[scan->begin];
  const Id last = scan->ids[scan->end - 1];
  scan->range_keys[0].sk_argument = Int64GetDatum(is_descending(scan) ? last : first);
  scan->range_keys[1].sk_argument = Int64GetDatum(is_descending(scan) ? first : last);
  scan->misses = 0;
  InstrCountTuples2(&scan->node, 1);
  index_rescan(index, scan->range_keys, 2, nullptr, 0);
}

// Where the walk of the set starts: nothing beyond what the index can hold.
void start_cursor(SetScan* scan, uint64 position, uint64 ids) {
  const IdBounds& bounds = scan->bounds;
  if (scan->cursor == nullptr) {
    scan->cursor = static_cast<Cursor*>(MemoryContextAlloc(scan->set_context, sizeof(Cursor)));
  }
  const uint64 below = bounds.first == INT64_MIN ? 0 : rank(scan->view, bounds.first - 1);
  const uint64 within = rank(scan->view, bounds.last) - below;
  scan->left = position < within ? std::min(ids, within - position) : 0;
  if (scan->left == 0) return;
  const uint64 first = below + (is_descending(scan) ? within - 1 - position : position);
  new (scan->cursor) Cursor(scan->view, is_descending(scan), select(scan->view, first));
}

// Of a shared scan: the ids that this process is to look for next.
bool take_share(SetScan* scan) {
  SharedScan* const shared = scan->shared;
  const uint64 position = pg_atomic_fetch_add_u64(&shared->next, shared->share);
  start_cursor(scan, position, shared->share);
  return scan->left > 0;
}

bool read_batch(SetScan* scan) {
  if (scan->cursor == nullptr && scan->shared == nullptr) {
    start_cursor(scan, 0, std::numeric_limits<uint64>::max());
  }
  if ((scan->cursor == nullptr || scan->left == 0) &&
      (scan->shared == nullptr || !take_share(scan))) {
    return false;
  }
  if (scan->capacity < largest_batch) {
    scan->capacity =
        scan->capacity == 0 ? first_batch : std::min(scan->capacity * 16, largest_batch);
    scan->ids = static_cast<Id*>(
        MemoryContextAlloc(scan->set_context, sizeof(Id) * static_cast<Size>(scan->capacity)));
  }
  const auto wanted = std::min<uint64>(scan->left, static_cast<uint64>(scan->capacity));
  scan->count = static_cast<int>(scan->cursor->next(scan->ids, static_cast<Size>(wanted)));
  scan->left -= static_cast<uint64>(scan->count);
  scan->begin = 0;
  scan->end = 0;
  return scan->count > 0;
}

// Whether the id at `at` is read in one range with the one before it.
bool is_bridged(const SetScan* scan, int at) {
  const auto a = static_cast<uint64>(scan->ids[at - 1]);
  const auto b = static_cast<uint64>(scan->ids[at]);
  return (is_descending(scan) ? a - b : b - a) <= scan->access.bridge;
}

// The next piece of the batch, or of the next batch.
bool begin_piece(SetScan* scan) {
  scan->begin = scan->end;
  if (scan->begin == scan->count && !read_batch(scan)) return false;
  int end = scan->begin + 1;
  while (end < scan->count && is_bridged(scan, end)) ++end;
  if (end - scan->begin > 1) {
    scan->end = end;
    begin_range(scan);
    return true;
  }
  while (end < scan->count && end - scan->begin < largest_probe &&
         (end + 1 == scan->count || !is_bridged(scan, end + 1))) {
    ++end;
  }
  scan->end = end;
  begin_probes(scan);
  return true;
}

// Whether an entry that was read in a range is of the set. The entries come in the order of the ids.
bool is_wanted(SetScan* scan) {
  const Id id = key_of(scan, scan->current);
  while (scan->begin < scan->end && comes_before(scan, scan->ids[scan->begin], id)) ++scan->begin;
  if (scan->begin < scan->end && scan->ids[scan->begin] == id) {
    scan->misses = 0;
    return true;
  }
  InstrCountFiltered2(&scan->node, 1);
  if (++scan->misses > most_misses && scan->begin < scan->end) begin_range(scan);
  return false;
}

bool is_all_visible(SetScan* scan, ItemPointer row) {
  return VM_ALL_VISIBLE(scan->node.ss.ss_currentRelation, ItemPointerGetBlockNumber(row),
                        &scan->visibility);
}

// The row of an entry, from the entry itself.
TupleTableSlot* give_entry(SetScan* scan) {
  TupleTableSlot* const slot = scan->node.ss.ss_ScanTupleSlot;
  ExecClearTuple(slot);
  memset(slot->tts_isnull, true,
         sizeof(bool) * static_cast<Size>(slot->tts_tupleDescriptor->natts));
  const int columns = scan->current->xs_itupdesc->natts;
  for (int i = 0; i < columns; ++i) {
    const int column = scan->index_columns[i];
    if (column == 0) continue;
    slot->tts_values[column - 1] = index_getattr(
        scan->current->xs_itup, i + 1, scan->current->xs_itupdesc, &slot->tts_isnull[column - 1]);
  }
  return ExecStoreVirtualTuple(slot);
}

// The place of the next entry of the index that is of the set; nullptr at the end.
ItemPointer next_entry(SetScan* scan) {
  const ScanDirection direction = direction_of(scan);
  for (;;) {
    if (scan->current == nullptr && !begin_piece(scan)) return nullptr;
    CHECK_FOR_INTERRUPTS();
    ItemPointer const place = index_getnext_tid(scan->current, direction);
    if (place == nullptr) {
      scan->current = nullptr;
      continue;
    }
    if (scan->current != scan->ranges || is_wanted(scan)) return place;
  }
}

// Rows as their entries come.
TupleTableSlot* next_by_index(SetScan* scan) {
  EState* const estate = scan->node.ss.ps.state;
  while (ItemPointer const place = next_entry(scan)) {
    if (scan->plan.options.is_covered && is_all_visible(scan, place)) {
      PredicateLockPage(scan->node.ss.ss_currentRelation, ItemPointerGetBlockNumber(place),
                        estate->es_snapshot);
      return give_entry(scan);
    }
    if (!index_fetch_heap(scan->current, scan->table_slot)) continue;
    if (!scan->plan.options.is_covered) return scan->table_slot;
    TupleTableSlot* const given = give_entry(scan);
    ExecClearTuple(scan->table_slot);
    return given;
  }
  return nullptr;
}

// Places are gathered in rounds: the first is short, since few rows may be wanted; none takes more than work_mem.
bool gather_places(SetScan* scan) {
  constexpr uint64 first_round = 1024;
  constexpr uint64 bytes_per_place = 16;
  const uint64 most =
      std::max<uint64>(first_round, static_cast<uint64>(work_mem) * 1024 / bytes_per_place);
  scan->round = scan->round == 0 ? first_round : std::min(scan->round * 32, most);
  begin_places(&scan->places, scan->node.ss.ps.state->es_query_cxt);
  ItemPointer place = nullptr;
  uint64 count = 0;
  while (count < scan->round && (place = next_entry(scan)) != nullptr) {
    add_place(&scan->places, place);
    ++count;
  }
  sort_places(&scan->places);
  return count > 0;
}

// Rows in the order that they stand in.
TupleTableSlot* next_sorted(SetScan* scan) {
  EState* const estate = scan->node.ss.ps.state;
  if (scan->fetch == nullptr)
    scan->fetch = table_index_fetch_begin(scan->node.ss.ss_currentRelation);
  for (;;) {
    if (!scan->has_places && !gather_places(scan)) return nullptr;
    scan->has_places = true;
    ItemPointerData place;
    if (!next_place(&scan->places, &place)) {
      scan->has_places = false;
      continue;
    }
    CHECK_FOR_INTERRUPTS();
    bool again = false;
    bool is_dead = false;
    if (table_index_fetch_tuple(scan->fetch, &place, estate->es_snapshot, scan->table_slot, &again,
                                &is_dead)) {
      return give_row(scan);
    }
  }
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

TupleTableSlot* next_row(ScanState* state) {
  SetScan* const scan = scan_of(reinterpret_cast<CustomScanState*>(state));
  if (!scan->is_prepared) {
    open_set(scan);
    if (scan->shared != nullptr) {
      scan->access.access = static_cast<Access>(scan->shared->access);
      scan->access.bridge = scan->shared->bridge;
      scan->bounds = scan->shared->bounds;
      scan->is_done = scan->is_null || is_empty(scan->view);
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
  prepare_set(scan);
  Id id;
  return !scan->is_null && id_of_row(scan, slot, &id) && scan->membership(id);
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
  if (scan->visibility != InvalidBuffer) ReleaseBuffer(scan->visibility);
  if (scan->probes != nullptr) index_endscan(scan->probes);
  if (scan->ranges != nullptr) index_endscan(scan->ranges);
  if (scan->index != nullptr) index_close(scan->index, NoLock);
  if (scan->table_scan != nullptr) table_endscan(scan->table_scan);
  if (scan->fetch != nullptr) table_index_fetch_end(scan->fetch);
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
  const uint64 count = scan->is_null ? 0 : cardinality(scan->view);
  const uint64 shares = scan->access.access == Access::sorted ? 16 : 64;
  shared->share = std::max<uint64>(count / shares, first_batch);
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
