// Comparison, for btree and hash.
//
// Equal sets have equal bytes, and the first of them tell the checksum of all: two values are told apart, and
// hashed, by their sizes and their beginnings, which of a large stored value are read alone. A checksum never makes two
// values equal: sets of one checksum can be made.
#include "pg/toast_slices.hpp"

extern "C" {
#include "common/hashfn.h"
#include "lib/hyperloglog.h"
}

#include "core/set/sort_prefix.hpp"

namespace objectset::pg {
namespace {

struct varlena* value_argument(FunctionCallInfo fcinfo, int n) {
  return reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(n));
}

// What `compute` makes of the first bytes of a value: so many, where it is stored apart, else of all there are.
template <class Compute>
uint64 of_front(struct varlena* value, Size wanted, Compute&& compute) {
  struct varlena* front = VARATT_IS_EXTERNAL_ONDISK(value)
                              ? detoast_attr_slice(value, 0, static_cast<int32>(wanted))
                              : pg_detoast_datum_packed(value);
  const Size size = VARSIZE_ANY_EXHDR(front);
  if (size < identity_size) {
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored object set is damaged"),
                    errdetail("It is shorter than its header.")));
  }
  const uint64 result = compute(VARDATA_ANY(front), size);
  if (front != value) pfree(front);
  return result;
}

uint64 checksum_of(struct varlena* value) {
  return of_front(value, identity_size,
                  [](const char* bytes, Size) { return stored_checksum(bytes); });
}

uint64 hash_of(struct varlena* value) {
  const Size size = toast_raw_datum_size(PointerGetDatum(value)) - VARHDRSZ;
  return of_front(value, hashed_size, [size](const char* bytes, Size front_size) {
    return stored_hash(bytes, front_size, size);
  });
}

bool are_equal(FunctionCallInfo fcinfo) {
  struct varlena* const a = value_argument(fcinfo, 0);
  struct varlena* const b = value_argument(fcinfo, 1);
  if (a == b) return true;
  if (toast_raw_datum_size(PointerGetDatum(a)) != toast_raw_datum_size(PointerGetDatum(b)))
    return false;
  const bool stored_apart = VARATT_IS_EXTERNAL_ONDISK(a) || VARATT_IS_EXTERNAL_ONDISK(b);
  if (stored_apart && checksum_of(a) != checksum_of(b)) return false;

  struct varlena* const flat_a = pg_detoast_datum_packed(a);
  struct varlena* const flat_b = pg_detoast_datum_packed(b);
  const Size size = VARSIZE_ANY_EXHDR(flat_a);
  const bool equal = size == VARSIZE_ANY_EXHDR(flat_b) &&
                     memcmp(VARDATA_ANY(flat_a), VARDATA_ANY(flat_b), size) == 0;
  if (flat_a != a) pfree(flat_a);
  if (flat_b != b) pfree(flat_b);
  return equal;
}

// ---- Order ------------------------------------------------------------------------------------------------
//
// A sort, or an index that is built or filled, compares millions of times in one memory context. Nothing is left in it:
// what detoasting takes is in a context of its own, which goes away with the comparison. Small values take none.

// A small value as tables have it, with a header of one byte, is moved to where it can be read.
struct alignas(MAXIMUM_ALIGNOF) SmallValue {
  char header[VARHDRSZ];
  char bytes[VARATT_SHORT_MAX];
};

// Whether a value is at hand, without any memory; then its bytes.
bool is_at_hand(Datum datum, SmallValue& place, SetArgument& found) {
  auto* const value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  if (VARATT_IS_4B_U(value)) {
    if (reinterpret_cast<std::uintptr_t>(value) % MAXIMUM_ALIGNOF != 0) return false;
    found = {nullptr, VARDATA(value), VARSIZE(value) - VARHDRSZ, false};
    return true;
  }
  if (VARATT_IS_EXTERNAL(value) || !VARATT_IS_SHORT(value)) return false;
  const Size size = VARSIZE_SHORT(value) - VARHDRSZ_SHORT;
  memcpy(place.bytes, VARDATA_SHORT(value), size);
  found = {nullptr, place.bytes, size, false};
  return true;
}

// A context for one comparison; an error takes it away with the one that it is in.
MemoryContext enter_short_context() {
  return MemoryContextSwitchTo(AllocSetContextCreate(
      CurrentMemoryContext, "comparison of object sets", ALLOCSET_SMALL_SIZES));
}

void leave_short_context(MemoryContext outer) { MemoryContextDelete(MemoryContextSwitchTo(outer)); }

int order_of_arguments(const SetArgument& a, const SetArgument& b) {
  int order = 0;
  guarded_in_scratch([&] {
    const OpenSet open_a(a);
    const OpenSet open_b(b);
    order = compare(open_a, open_b);
  });
  return order;
}

int order_of_values(Datum a, Datum b) {
  if (DatumGetPointer(a) == DatumGetPointer(b)) return 0;
  SmallValue small_a;
  SmallValue small_b;
  SetArgument set_a = {};
  SetArgument set_b = {};
  const bool has_a = is_at_hand(a, small_a, set_a);
  const bool has_b = is_at_hand(b, small_b, set_b);
  if (has_a && has_b) return order_of_arguments(set_a, set_b);
  MemoryContext const outer = enter_short_context();
  if (!has_a) set_a = set_argument(a);
  if (!has_b) set_b = set_argument(b);
  const int order = order_of_arguments(set_a, set_b);
  leave_short_context(outer);
  return order;
}

int order_of(FunctionCallInfo fcinfo) {
  return order_of_values(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

// ---- Sorting ----------------------------------------------------------------------------------------------
//
// Sorts compare the first 64 bits of a set (sort_prefix.hpp), and the sets themselves only where those are the same. Of
// a large stored set a few pages are read for them.

struct Sorting {
  hyperLogLogState different;  // of the prefixes so far, about
  int64 count;
  bool is_watched;  // whether so few differ that comparing them is in vain
};

Sorting* sorting_of(SortSupport support) { return static_cast<Sorting*>(support->ssup_extra); }

int compare_sorted(Datum a, Datum b, SortSupport) { return order_of_values(a, b); }

uint64 prefix_of_argument(const SetArgument& set) {
  uint64 prefix = 0;
  guarded_in_scratch([&] {
    const OpenSet open(set);
    Id ids[sort_prefix_ids];
    prefix = sort_prefix(Span<Id>(ids, Cursor(open).next(ids, sort_prefix_ids)));
  });
  return prefix;
}

uint64 prefix_of(Datum value) {
  SmallValue small;
  SetArgument set = {};
  if (is_at_hand(value, small, set)) return prefix_of_argument(set);
  MemoryContext const outer = enter_short_context();
  Id ids[sort_prefix_ids];
  const SliceAnswer slices = Slices(value).read_page_from(INT64_MIN, ids, sort_prefix_ids);
  const uint64 prefix = slices.known ? sort_prefix(Span<Id>(ids, static_cast<Size>(slices.value)))
                                     : prefix_of_argument(set_argument(value));
  leave_short_context(outer);
  return prefix;
}

Datum abbreviate(Datum value, SortSupport support) {
  Sorting* const sorting = sorting_of(support);
  const uint64 prefix = prefix_of(value);
  ++sorting->count;
  if (sorting->is_watched) {
    const auto hash = static_cast<uint32>(prefix ^ prefix >> 32);
    addHyperLogLog(&sorting->different, DatumGetUInt32(hash_uint32(hash)));
  }
  return static_cast<Datum>(prefix >> (64 - 8 * sizeof(Datum)));
}

// Whether to sort without prefixes after all; by the same numbers as for numeric.
bool is_abbreviation_in_vain(int rows, SortSupport support) {
  Sorting* const sorting = sorting_of(support);
  constexpr int64 enough_to_judge = 10000;
  if (rows < enough_to_judge || sorting->count < enough_to_judge || !sorting->is_watched) {
    return false;
  }
  const double different = estimateHyperLogLog(&sorting->different);
  if (different > 100000) sorting->is_watched = false;
  return different < static_cast<double>(sorting->count) / 10000 + 0.5;
}

void support_sort(SortSupport support) {
  support->comparator = compare_sorted;
  if (!support->abbreviate) return;
  MemoryContext const outer = MemoryContextSwitchTo(support->ssup_cxt);
  auto* sorting = static_cast<Sorting*>(palloc0(sizeof(Sorting)));
  initHyperLogLog(&sorting->different, 10);
  sorting->is_watched = true;
  MemoryContextSwitchTo(outer);
  support->ssup_extra = sorting;
  support->comparator = ssup_datum_unsigned_cmp;
  support->abbrev_converter = abbreviate;
  support->abbrev_abort = is_abbreviation_in_vain;
  support->abbrev_full_comparator = compare_sorted;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_eq) { PG_RETURN_BOOL(are_equal(fcinfo)); }
OBJECTSET_FUNCTION(objectset_ne) { PG_RETURN_BOOL(!are_equal(fcinfo)); }
OBJECTSET_FUNCTION(objectset_lt) { PG_RETURN_BOOL(order_of(fcinfo) < 0); }
OBJECTSET_FUNCTION(objectset_le) { PG_RETURN_BOOL(order_of(fcinfo) <= 0); }
OBJECTSET_FUNCTION(objectset_gt) { PG_RETURN_BOOL(order_of(fcinfo) > 0); }
OBJECTSET_FUNCTION(objectset_ge) { PG_RETURN_BOOL(order_of(fcinfo) >= 0); }
OBJECTSET_FUNCTION(objectset_cmp) { PG_RETURN_INT32(order_of(fcinfo)); }

// Of min() and max(): one of the arguments as it came, so that a stored set stays where it is stored.
OBJECTSET_FUNCTION(objectset_smaller) {
  PG_RETURN_DATUM(PG_GETARG_DATUM(order_of(fcinfo) <= 0 ? 0 : 1));
}
OBJECTSET_FUNCTION(objectset_larger) {
  PG_RETURN_DATUM(PG_GETARG_DATUM(order_of(fcinfo) >= 0 ? 0 : 1));
}

OBJECTSET_FUNCTION(objectset_sortsupport) {
  support_sort(reinterpret_cast<SortSupport>(PG_GETARG_POINTER(0)));
  PG_RETURN_VOID();
}

OBJECTSET_FUNCTION(objectset_hash) {
  const uint64 hash = hash_of(value_argument(fcinfo, 0));
  PG_RETURN_UINT32(hash_bytes(reinterpret_cast<const unsigned char*>(&hash), sizeof hash));
}

OBJECTSET_FUNCTION(objectset_hash_extended) {
  const uint64 hash = hash_of(value_argument(fcinfo, 0));
  PG_RETURN_UINT64(hash_bytes_extended(reinterpret_cast<const unsigned char*>(&hash), sizeof hash,
                                       static_cast<uint64>(PG_GETARG_INT64(1))));
}
