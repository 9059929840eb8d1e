// Rows by an index: the walk of the set, and what the index is asked for.
//
// The ids are walked in batches; each batch is cut into pieces (scan_cost.hpp). Ids that stand alone are looked up many
// at a time, which the index takes for one search with an array. Consecutive ids are read as a block. In a range that has
// gaps each entry of the index is held against the batch, and where many in a row are not in it, the index is searched for
// the next id: so a wrong guess how ids are spread costs no more than twice the best.
#include "pg/scan/scan.hpp"

extern "C" {
#include "access/skey.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/rel.h"
}

#include <algorithm>
#include <limits>
#include <new>

namespace objectset::pg {
namespace {

constexpr int largest_batch = 16384;
// So many ids are looked up in one search.
constexpr int largest_probe = 1024;

// ---- The slot of covered rows ----------------------------------------------------------------------------

// Rows that are made of an index's entries are values without a tuple; but a cursor that is at such a row asks where it
// stands (WHERE CURRENT OF).
Datum system_column_of_values(TupleTableSlot* slot, int column, bool* is_null) {
  *is_null = false;
  if (column == TableOidAttributeNumber) return ObjectIdGetDatum(slot->tts_tableOid);
  if (column == SelfItemPointerAttributeNumber) return PointerGetDatum(&slot->tts_tid);
  return TTSOpsVirtual.getsysattr(slot, column, is_null);
}

}  // namespace

// The server's slot of values, but for that.
const TupleTableSlotOps* covered_slot() {
  static TupleTableSlotOps ops;
  if (ops.getsysattr == nullptr) {
    ops = TTSOpsVirtual;
    ops.getsysattr = system_column_of_values;
  }
  return &ops;
}

TupleTableSlot* store_covered(SetScan* scan, TupleTableSlot* slot, const ItemPointerData& place) {
  ExecStoreVirtualTuple(slot);
  slot->tts_tid = place;
  slot->tts_tableOid = RelationGetRelid(scan->node.ss.ss_currentRelation);
  return slot;
}

namespace {
ScanKeyData* make_key(const SetScan* scan, int flags, StrategyNumber strategy) {
  auto* key = static_cast<ScanKeyData*>(palloc0(sizeof(ScanKeyData)));
  const Oid family = scan->index->rd_opfamily[0];
  const Oid function =
      get_opcode(get_opfamily_member(family, scan->plan.key_type, INT8OID, strategy));
  ScanKeyEntryInitialize(key, flags, 1, strategy, INT8OID, InvalidOid, function, 0);
  return key;
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

// Those that it may hold of rows that are wanted.
IdBounds possible_ids(const SetScan* scan) {
  return both_bounds(bounds_of(scan->plan.key_type), scan->within);
}

int count_further_keys(const SetScan* scan) {
  int count = 0;
  for (int i = 0; i < scan->test_count; ++i) count += scan->tests[i].column > 0 ? 1 : 0;
  return count;
}

// Conditions on further columns, in the order of the columns: entries are tested by them before a row is fetched, and the
// search for an id goes no further than they let it. What they compare with comes with each execution.
void make_further_keys(const SetScan* scan, ScanKeyData* keys) {
  for (int i = 0; i < scan->test_count; ++i) {
    const IndexTest& test = scan->tests[i];
    if (test.column == 0) continue;
    Oid left = InvalidOid;
    Oid right = InvalidOid;
    int strategy = 0;
    get_op_opfamily_properties(test.comparison, scan->index->rd_opfamily[test.column], false,
                               &strategy, &left, &right);
    ScanKeyEntryInitialize(
        keys++, 0, static_cast<AttrNumber>(test.column + 1), static_cast<StrategyNumber>(strategy),
        right, scan->index->rd_indcollation[test.column], get_opcode(test.comparison), 0);
  }
}

void set_further_keys(const SetScan* scan, ScanKeyData* keys) {
  for (int i = 0; i < scan->test_count; ++i) {
    const IndexTest& test = scan->tests[i];
    if (test.column > 0) (keys++)->sk_argument = test.value;
  }
}

}  // namespace

void open_index(SetScan* scan, EState* estate) {
  const auto* plan = reinterpret_cast<Scan*>(scan->node.ss.ps.plan);
  scan->index = index_open(scan->plan.index, exec_rt_fetch(plan->scanrelid, estate)->rellockmode);
  scan->further_keys = count_further_keys(scan);
  const auto further = static_cast<Size>(scan->further_keys);
  scan->probe_keys = static_cast<ScanKeyData*>(palloc0((1 + further) * sizeof(ScanKeyData)));
  scan->probe_keys[0] = *make_key(scan, SK_SEARCHARRAY, BTEqualStrategyNumber);
  scan->range_keys = static_cast<ScanKeyData*>(palloc0((2 + further) * sizeof(ScanKeyData)));
  scan->range_keys[0] = *make_key(scan, 0, BTGreaterEqualStrategyNumber);
  scan->range_keys[1] = *make_key(scan, 0, BTLessEqualStrategyNumber);
  make_further_keys(scan, scan->probe_keys + 1);
  make_further_keys(scan, scan->range_keys + 2);
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

void begin_lookups(SetScan* scan) {
  scan->bounds = possible_ids(scan);
  set_further_keys(scan, scan->probe_keys + 1);
  set_further_keys(scan, scan->range_keys + 2);
}

namespace {
// The key of the entry that the index scan is at.
Id key_of(const SetScan* scan, IndexScanDesc index) {
  bool is_null;
  return id_of(scan->plan.key_type, index_getattr(index->xs_itup, 1, index->xs_itupdesc, &is_null));
}

}  // namespace

// Looks where the index begins and ends: ids beyond need not be looked for, which also keeps the scan of a partition to
// its part of the set. Entries of dead rows count. Nothing is locked for serializable transactions here (lock_ends).
// As core does for its estimates, only NULLs are left out: all entries of a page are held against the keys at once, and
// comparing each took longer than all else.
void find_ends(SetScan* scan) {
  scan->ends = {0, -1};
  ScanKeyData not_null;
  ScanKeyEntryInitialize(&not_null, SK_ISNULL | SK_SEARCHNOTNULL, 1, InvalidStrategy, InvalidOid,
                         InvalidOid, InvalidOid, 0);
  IndexScanDesc const index = begin_index_scan(&scan->node.ss, scan->index, SnapshotAny, 1);
  index->xs_want_itup = true;
  index_rescan(index, &not_null, 1, nullptr, 0);
  if (index_getnext_tid(index, ForwardScanDirection) != nullptr) {
    const Id one = key_of(scan, index);
    index_rescan(index, &not_null, 1, nullptr, 0);
    const bool found = index_getnext_tid(index, BackwardScanDirection) != nullptr;
    const Id other = found ? key_of(scan, index) : one;
    scan->ends = {std::min(one, other), std::max(one, other)};
    TableFacts& facts = scan->plan.facts;
    const double span = span_of(scan->ends);
    facts.rows_per_unit = facts.rows / std::max(span, facts.rows / facts.rows_per_id);
  }
  index_endscan(index);
  scan->has_ends = true;
}

uint64 share_ends(SetScan* scan, uint64 shares) {
  const IdBounds ends = both_bounds(scan->ends, scan->bounds);
  scan->bounds = ends.first <= ends.last ? ends : IdBounds{scan->bounds.first, scan->bounds.first};
  const auto span =
      static_cast<uint64>(scan->bounds.last) - static_cast<uint64>(scan->bounds.first);
  return span / shares + 1;
}

namespace {

// Reads what the index has between two ids, as the query would: the least id there, or the greatest. False where it has
// none.
bool read_end(SetScan* scan, Id first, Id last, bool greatest, Id* found) {
  scan->range_keys[0].sk_argument = Int64GetDatum(first);
  scan->range_keys[1].sk_argument = Int64GetDatum(last);
  IndexScanDesc const index =
      begin_index_scan(&scan->node.ss, scan->index, scan->node.ss.ps.state->es_snapshot, 2);
  index->xs_want_itup = true;
  index_rescan(index, scan->range_keys, 2, nullptr, 0);
  const bool is_found = index_getnext_tid(index, greatest == scan->plan.is_key_reversed
                                                     ? ForwardScanDirection
                                                     : BackwardScanDirection) != nullptr;
  if (is_found) *found = key_of(scan, index);
  index_endscan(index);
  return is_found;
}

}  // namespace

// Ids of the set beyond the ends of the index have no rows, and a serializable transaction relies on that: whoever writes
// such a row must find the lock that a search for it leaves. What was written since the ends were looked up is found here.
void lock_ends(SetScan* scan) {
  if (!IsolationIsSerializable()) return;
  const IdBounds possible = possible_ids(scan);
  const uint64 count = count_between(scan->view, possible.first, possible.last);
  if (count == 0) return;
  const uint64 before = rank_below(scan->view, possible.first);
  const Id least = select(scan->view, before);
  const Id greatest = select(scan->view, before + count - 1);
  IdBounds& bounds = scan->bounds;
  Id found;
  if (bounds.first > bounds.last) {
    if (!read_end(scan, least, greatest, false, &found)) return;
    bounds = {found, greatest};
    return;
  }
  const IdBounds known = bounds;
  if (least < known.first &&
      read_end(scan, least, std::min(greatest, known.first - 1), false, &found)) {
    bounds.first = found;
  }
  if (greatest > known.last &&
      read_end(scan, std::max(least, known.last + 1), greatest, true, &found)) {
    bounds.last = found;
  }
}

namespace {
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
    *kept = begin_index_scan(&scan->node.ss, scan->index, estate->es_snapshot, keys);
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
  IndexScanDesc const index =
      begin_index(scan, &scan->probes, 1 + scan->further_keys, scan->plan.options.is_covered);
  scan->probe_keys->sk_argument = PointerGetDatum(array);
  InstrCountTuples2(&scan->node, static_cast<double>(count));
  index_rescan(index, scan->probe_keys, 1 + scan->further_keys, nullptr, 0);
}

// Reads what lies between two ids, as they come in the order of the scan.
void begin_range(SetScan* scan, IndexScanDesc* kept, bool wants_entries, Id first, Id last) {
  IndexScanDesc const index = begin_index(scan, kept, 2 + scan->further_keys, wants_entries);
  scan->range_keys[0].sk_argument = Int64GetDatum(is_descending(scan) ? last : first);
  scan->range_keys[1].sk_argument = Int64GetDatum(is_descending(scan) ? first : last);
  scan->misses = 0;
  InstrCountTuples2(&scan->node, 1);
  index_rescan(index, scan->range_keys, 2 + scan->further_keys, nullptr, 0);
}

// All of the piece, which has gaps.
void begin_gappy_range(SetScan* scan) {
  begin_range(scan, &scan->ranges, true, scan->ids[scan->begin], scan->ids[scan->end - 1]);
}

// Lets the walk go on at its position.
void place_cursor(SetScan* scan) {
  new (scan->cursor) Cursor(scan->view, is_descending(scan), select(scan->view, scan->position));
}

// So many ids further on in the walk.
uint64 position_after(const SetScan* scan, uint64 ids) {
  return is_descending(scan) ? scan->position - ids : scan->position + ids;
}

// Where the walk of the set starts: nothing beyond what the index can hold.
void start_cursor(SetScan* scan, uint64 position, uint64 ids) {
  const IdBounds& bounds = scan->bounds;
  if (scan->cursor == nullptr) {
    scan->cursor = static_cast<Cursor*>(MemoryContextAlloc(scan->set_context, sizeof(Cursor)));
  }
  const uint64 below = rank_below(scan->view, bounds.first);
  const uint64 within = rank(scan->view, bounds.last) - below;
  scan->left = position < within ? std::min(ids, within - position) : 0;
  if (scan->left == 0) return;
  scan->position = below + (is_descending(scan) ? within - 1 - position : position);
  place_cursor(scan);
}

// Of an ordered scan, of which few rows may be wanted, the first batch is looked up as it is. Before another one, it is seen
// which ids the index can have at all.
void keep_within_ends(SetScan* scan) {
  find_ends(scan);
  scan->access.bridge = bridge_of(scan->plan.facts);
  scan->bounds = both_bounds(scan->bounds, scan->ends);
  lock_ends(scan);
  const IdBounds& bounds = scan->bounds;
  const uint64 begin = is_descending(scan) ? scan->position + 1 - scan->left : scan->position;
  const uint64 end = begin + scan->left;
  const uint64 least = std::max(begin, rank_below(scan->view, bounds.first));
  const uint64 most = std::min(end, rank(scan->view, bounds.last));
  scan->left = least < most ? most - least : 0;
  if (scan->left == 0) return;
  scan->position = is_descending(scan) ? most - 1 : least;
  place_cursor(scan);
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
  } else if (scan->left > 0 && !scan->has_ends && scan->shared == nullptr) {
    keep_within_ends(scan);
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
  scan->position = position_after(scan, static_cast<uint64>(scan->count));
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

// The last id of consecutive ones of which `last` is the last that the walk has given; the walk goes on after it.
Id extend_block(SetScan* scan, Id last) {
  if (scan->left == 0) return last;
  const uint64 known =
      consecutive_after(scan->view, is_descending(scan) ? scan->position + 1 : scan->position - 1,
                        is_descending(scan), scan->left);
  if (known == 0) return last;
  scan->left -= known;
  scan->position = position_after(scan, known);
  if (scan->left > 0) place_cursor(scan);
  return is_descending(scan) ? last - static_cast<Id>(known) : last + static_cast<Id>(known);
}

// The next piece of the batch, or of the next batch.
bool begin_piece(SetScan* scan) {
  scan->begin = scan->end;
  if (scan->begin == scan->count && !read_batch(scan)) return false;
  int end = scan->begin + 1;
  while (end < scan->count && is_bridged(scan, end)) ++end;
  if (end - scan->begin > 1) {
    scan->end = end;
    const Id first = scan->ids[scan->begin];
    const Id last = scan->ids[end - 1];
    const auto distance = static_cast<uint64>(is_descending(scan) ? first : last) -
                          static_cast<uint64>(is_descending(scan) ? last : first);
    if (distance == static_cast<uint64>(end - scan->begin) - 1) {
      begin_range(scan, &scan->blocks, scan->plan.options.is_covered, first,
                  end == scan->count ? extend_block(scan, last) : last);
    } else {
      begin_gappy_range(scan);
    }
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
  if (++scan->misses > most_misses && scan->begin < scan->end) begin_gappy_range(scan);
  return false;
}

// ---- Rows with other ids than the set's -------------------------------------------------------------------

// Of those ids no set is made: the index is read from one end to the other, and where many entries in a row are of the set
// it is searched for the next id that is not. All is read that has not its place in the set, so that a serializable
// transaction locks it.

constexpr uint64 most_patience = 4096;

// Of a shared scan: the ids between the ends of the index fall into shares, and what lies beyond is of the outer ones.
bool take_stretch(SetScan* scan) {
  const SharedScan* const shared = scan->shared;
  const auto span =
      static_cast<uint64>(shared->bounds.last) - static_cast<uint64>(shared->bounds.first);
  const uint64 last_share = span / shared->share;
  const uint64 taken = pg_atomic_fetch_add_u64(&scan->shared->next, 1);
  if (taken > last_share) return false;
  const uint64 share = is_descending(scan) ? last_share - taken : taken;
  const uint64 begin = static_cast<uint64>(shared->bounds.first) + share * shared->share;
  scan->stretch = possible_ids(scan);
  if (share > 0) scan->stretch.first = static_cast<Id>(begin);
  if (share < last_share) scan->stretch.last = static_cast<Id>(begin + shared->share - 1);
  return true;
}

void read_stretch(SetScan* scan) {
  const IdBounds& ids = scan->stretch;
  const bool down = is_descending(scan);
  begin_range(scan, &scan->ranges, true, down ? ids.last : ids.first, down ? ids.first : ids.last);
}

// Lets the stretch begin with the next id, from this one on, that is not in the set; false where it has none.
bool shorten_stretch(SetScan* scan, Id id) {
  IdBounds& ids = scan->stretch;
  const bool down = is_descending(scan);
  return find_absent(scan->view, id, down, down ? &ids.last : &ids.first) && ids.first <= ids.last;
}

bool begin_stretch(SetScan* scan) {
  if (scan->shared != nullptr) {
    if (!take_stretch(scan)) return false;
  } else {
    if (scan->has_stretch) return false;
    scan->stretch = scan->bounds;
  }
  scan->has_stretch = true;
  scan->patience = most_misses;
  const Id begin = is_descending(scan) ? scan->stretch.last : scan->stretch.first;
  if (shorten_stretch(scan, begin)) read_stretch(scan);
  return true;
}

// Searches the index for what comes after the run of the set that `id` is in, where that is long.
void skip_run(SetScan* scan, Id id) {
  scan->misses = 0;
  if (!shorten_stretch(scan, id)) {
    scan->current = nullptr;
    return;
  }
  const uint64 passed = is_descending(scan)
                            ? static_cast<uint64>(id) - static_cast<uint64>(scan->stretch.last)
                            : static_cast<uint64>(scan->stretch.first) - static_cast<uint64>(id);
  const double entries = static_cast<double>(passed) * scan->plan.facts.rows_per_id;
  if (entries < static_cast<double>(most_misses)) {
    scan->patience = std::min<uint64>(scan->patience * 2, most_patience);
    return;
  }
  scan->patience = std::max<uint64>(scan->patience / 2, fewest_misses);
  read_stretch(scan);
}

bool is_of_others(SetScan* scan) {
  const Id id = key_of(scan, scan->current);
  if (!scan->asked.membership(id)) {
    scan->misses = 0;
    return true;
  }
  InstrCountFiltered2(&scan->node, 1);
  if (++scan->misses >= scan->patience) skip_run(scan, id);
  return false;
}

// ---- Rows, by entries -----------------------------------------------------------------------------------

bool is_all_visible(SetScan* scan, ItemPointer row) {
  return VM_ALL_VISIBLE(scan->node.ss.ss_currentRelation, ItemPointerGetBlockNumber(row),
                        &scan->visibility);
}

// The row of an entry, from the entry itself.
TupleTableSlot* give_entry(SetScan* scan, const ItemPointerData& place) {
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
  return store_covered(scan, slot, place);
}

// The place of the next entry of the index that is of the set; nullptr at the end.
ItemPointer next_entry(SetScan* scan) {
  const ScanDirection direction = direction_of(scan);
  for (;;) {
    const bool is_negative = scan->plan.is_negative;
    if (scan->current == nullptr && !(is_negative ? begin_stretch(scan) : begin_piece(scan))) {
      return nullptr;
    }
    CHECK_FOR_INTERRUPTS();
    if (scan->current == nullptr) continue;
    ItemPointer const place = index_getnext_tid(scan->current, direction);
    if (place == nullptr) {
      scan->current = nullptr;
      continue;
    }
    if (is_negative ? is_of_others(scan) : scan->current != scan->ranges || is_wanted(scan)) {
      return place;
    }
  }
}

}  // namespace

// Rows as their entries come.
TupleTableSlot* next_by_index(SetScan* scan) {
  EState* const estate = scan->node.ss.ps.state;
  while (ItemPointer const place = next_entry(scan)) {
    if (scan->plan.options.is_covered && is_all_visible(scan, place)) {
      PredicateLockPage(scan->node.ss.ss_currentRelation, ItemPointerGetBlockNumber(place),
                        estate->es_snapshot);
      return give_entry(scan, *place);
    }
    if (!index_fetch_heap(scan->current, scan->table_slot)) continue;
    if (!scan->plan.options.is_covered) return scan->table_slot;
    TupleTableSlot* const given = give_entry(scan, scan->table_slot->tts_tid);
    ExecClearTuple(scan->table_slot);
    return given;
  }
  return nullptr;
}

namespace {

// Places are gathered in rounds: the first is short, since few rows may be wanted; none takes more than work_mem.
bool gather_round(SetScan* scan) {
  constexpr uint64 first_round = 1024;
  const uint64 most =
      std::max<uint64>(first_round, static_cast<uint64>(work_mem) * 1024 / bytes_per_place);
  scan->round = scan->round == 0 ? first_round : std::min(scan->round * 32, most);
  begin_places(&scan->places, scan->round, scan->node.ss.ps.state->es_query_cxt);
  ItemPointer place = nullptr;
  uint64 count = 0;
  while (count < scan->round && (place = next_entry(scan)) != nullptr) {
    add_place(&scan->places, place);
    ++count;
  }
  sort_places(&scan->places);
  return count > 0;
}

}  // namespace

bool add_entries(SetScan* scan, Places* places, double* left) {
  while (ItemPointer const place = next_entry(scan)) {
    if ((*left -= 1) < 0) return false;
    add_place(places, place);
  }
  return true;
}

TupleTableSlot* next_in_place(ScanState* scan, Places* places, IndexFetchTableData** fetch,
                              TupleTableSlot* slot) {
  if (*fetch == nullptr) *fetch = begin_index_fetch(scan);
  ItemPointerData place;
  while (next_place(places, &place)) {
    CHECK_FOR_INTERRUPTS();
    bool again = false;
    bool is_dead = false;
    if (table_index_fetch_tuple(*fetch, &place, scan->ps.state->es_snapshot, slot, &again,
                                &is_dead)) {
      return slot;
    }
  }
  return nullptr;
}

// Rows in the order that they stand in.
TupleTableSlot* next_sorted(SetScan* scan) {
  for (;;) {
    if (!scan->has_places && !gather_round(scan)) return nullptr;
    scan->has_places = true;
    if (next_in_place(&scan->node.ss, &scan->places, &scan->fetch, scan->table_slot) != nullptr) {
      return give_row(scan);
    }
    scan->has_places = false;
  }
}

void close_index(SetScan* scan) {
  if (scan->visibility != InvalidBuffer) ReleaseBuffer(scan->visibility);
  for (IndexScanDesc begun : {scan->probes, scan->blocks, scan->ranges}) {
    if (begun != nullptr) index_endscan(begun);
  }
  if (scan->fetch != nullptr) table_index_fetch_end(scan->fetch);
  if (scan->index != nullptr) index_close(scan->index, NoLock);
}

}  // namespace objectset::pg
