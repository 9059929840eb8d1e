// Operators and the functions of size, order and parts: sets in, a set or a number out.
#include "pg/call_site_cache.hpp"
#include "pg/datum.hpp"
#include "pg/session_cache.hpp"
#include "pg/toast_slices.hpp"

#include "core/stored/stored_count.hpp"

#include <cmath>

extern "C" {
#include "utils/fmgrprotos.h"
}

namespace objectset::pg {
namespace {

// How long an operation with a set takes, in blocks of up to 65,536 ids: each takes less than a microsecond.
uint64 blocks_of(const SetView& set) {
  uint64 blocks = set.sparse.size() / 1024;
  for (const DenseRange& range : set.dense) {
    blocks += static_cast<uint64>(range.bitmap->high_low_container.size);
  }
  return blocks;
}

// Whether an object that we may change is a variable's: PL/pgSQL's keep their value where a statement fails. Else it is a
// result of the same expression, in memory that goes with that where it fails.
bool is_kept(const ExpandedSet* expanded) {
  return MemoryContextGetParent(expanded->header.eoh_context) != CurrentMemoryContext;
}

// Whether an object is to be changed in place. A variable, which has to stay as it is until the change is done, had better
// be made anew by a long one: what has been made until it is cut off, or what it had, is then dropped as a whole.
bool changes_inplace(Operation operation, const ExpandedSet* expanded, const SetView& other) {
  constexpr uint64 long_from = 1 << 16;
  if (!is_kept(expanded)) return true;
  return blocks_of(other) < long_from &&
         (operation != Operation::intersect || blocks_of(*expanded->set) < long_from);
}

// Zone A: for what is about to change an object.
void forget_flat_form(ExpandedSet* expanded) {
  if (expanded->planned == nullptr) return;
  expanded->planned->~StoredWriter();
  release(expanded->planned);
  expanded->planned = nullptr;
}

Datum combine_inplace(Operation operation, ExpandedSet* expanded, const SetView& other) {
  forget_flat_form(expanded);
  const bool kept = is_kept(expanded);
  expanded->broken = !kept;
  guarded(expanded->header.eoh_context, [&] {
    if (kept) return expanded->set->change(operation, other);
    expanded->set->apply(operation, other);
    expanded->set->keep();
  });
  expanded->broken = false;
  return expanded_datum(expanded);
}

// Whether the result may be large, as far as the arguments tell.
bool makes_large(Operation operation, const SetArgument& a, const SetArgument& b) {
  if (operation == Operation::minus) return is_large(a);
  if (operation == Operation::intersect) return is_large(a) && is_large(b);
  return is_large(a) || is_large(b);
}

// The argument that the result is where one of them is empty: 0 or 1; -1 where neither is known to be.
int result_beside_empty(FunctionCallInfo fcinfo, Operation operation) {
  const bool keeps_other = operation == Operation::unite || operation == Operation::symdiff;
  if (is_known_empty(PG_GETARG_DATUM(1))) return operation == Operation::intersect ? 1 : 0;
  if (is_known_empty(PG_GETARG_DATUM(0))) return keeps_other ? 1 : 0;
  return -1;
}

// The argument that a result is, as the numbers of ids tell; -1 where it is neither.
int result_by_count(Operation operation, const SetView& result, const SetView& a,
                    const SetView& b) {
  if (operation == Operation::symdiff) return is_empty(b) ? 0 : is_empty(a) ? 1 : -1;
  const uint64 count = cardinality(result);
  if (count == cardinality(a)) return 0;
  return operation != Operation::minus && count == cardinality(b) ? 1 : -1;
}

// An argument that is the result is given back as it came, so that a large stored set is not stored anew by a change that
// changes nothing.
Datum combine_arguments(FunctionCallInfo fcinfo, Operation operation) {
  const int known = result_beside_empty(fcinfo, operation);
  if (known >= 0 && can_be_given_back(PG_GETARG_DATUM(known))) return PG_GETARG_DATUM(known);

  const SetArgument a = set_argument(fcinfo, 0);
  const SetArgument b = set_argument(fcinfo, 1);
  if (a.writable && a.expanded != b.expanded) {
    const SetView other = pinned_view(b);
    if (changes_inplace(operation, a.expanded, other))
      return combine_inplace(operation, a.expanded, other);
  }
  int same = -1;
  const Datum made = try_return_set(makes_large(operation, a, b), [&](auto&& give) {
    const OpenSet open_a(a);
    const OpenSet open_b(b);
    Set result = combine(operation, open_a, open_b);
    same = result_by_count(operation, result, open_a, open_b);
    if (same >= 0 && can_be_given_back(PG_GETARG_DATUM(same))) return;
    give(std::move(result));
  });
  return made != none_made ? made : PG_GETARG_DATUM(same);
}

// What `compute` makes of argument 0, fetched: the set itself, or fewer of its ids, or more.
template <class Compute>
Datum set_of_one(FunctionCallInfo fcinfo, const SetArgument& a, Compute&& compute) {
  const Datum made = try_return_set(is_large(a), [&](auto&& give) {
    const OpenSet open_a(a);
    Set result = compute(open_a.view());
    if (cardinality(result) == cardinality(open_a) && can_be_given_back(PG_GETARG_DATUM(0))) return;
    give(std::move(result));
  });
  return made != none_made ? made : PG_GETARG_DATUM(0);
}

// Whether a stored set is found to be what an operation with an id would make of it, by the few pages that tell.
bool is_result_already(Datum set, Operation operation, Id id) {
  const SliceAnswer slices = ask_slices(set, Question::contains, id);
  return slices.known && slices.found == (operation == Operation::unite);
}

Datum combine_with_id(FunctionCallInfo fcinfo, Operation operation) {
  const Id id = PG_GETARG_INT64(1);
  if (is_result_already(PG_GETARG_DATUM(0), operation, id)) return PG_GETARG_DATUM(0);
  const SetArgument a = set_argument(fcinfo, 0);
  if (a.writable) {
    forget_flat_form(a.expanded);
    guarded(a.expanded->header.eoh_context, [&] {
      operation == Operation::unite ? a.expanded->set->add(id) : a.expanded->set->remove(id);
    });
    return expanded_datum(a.expanded);
  }
  return set_of_one(fcinfo, a, [&](const SetView& set) {
    return combine(operation, set, SetView{Span<Id>(&id, 1), {}});
  });
}

// One of two sets that are compared: all of it, or what of it the other may share.
struct Compared {
  SetView view;
  uint64 cardinality;  // of all of it
  bool is_whole;
  const StoredParts* parts = nullptr;  // of both or of neither: the view has no bitmaps then
};

Compared whole(const SetView& set) { return {set, cardinality(set), true}; }
Compared whole(const StoredParts& set) { return {set.view(), cardinality(set.view()), true, &set}; }

uint64 shared_count(const Compared& a, const Compared& b) {
  if (a.parts != nullptr) return intersect_count(*a.parts, *b.parts);
  return intersect_count(a.view, b.view);
}

bool share_any(const Compared& a, const Compared& b) {
  return a.parts != nullptr ? shared_count(a, b) != 0 : overlaps(a.view, b.view);
}

// Whether both are at hand, and so short that no bitmaps are made of them.
bool are_short(const SetArgument& a, const SetArgument& b) {
  return a.bytes != nullptr && b.bytes != nullptr && a.size < expand_from && b.size < expand_from;
}

// A number of two sets, of what they share and how large they are. Of a set that is much larger than the other no more
// is read than that takes.
template <class Compute>
auto of_two(FunctionCallInfo fcinfo, Compute&& compute) {
  decltype(compute(Compared(), Compared())) result{};
  const int large = much_larger(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
  if (large >= 0) {
    const SetView small = pinned_view(set_argument(fcinfo, 1 - large));
    Excerpt excerpt(small, toast_raw_datum_size(PG_GETARG_DATUM(large)) - VARHDRSZ);
    if (read_excerpt(PG_GETARG_DATUM(large), excerpt)) {
      guarded([&] {
        const OpenExcerpt open(excerpt);
        const Compared part = {open.view(), excerpt.cardinality(), false};
        result = large == 0 ? compute(part, whole(small)) : compute(whole(small), part);
      });
      return result;
    }
  }
  const SetArgument a = set_argument(fcinfo, 0);
  const SetArgument b = set_argument(fcinfo, 1);
  guarded_in_scratch([&] {
    if (are_short(a, b)) {
      const StoredParts parts_a(a.bytes, a.size);
      const StoredParts parts_b(b.bytes, b.size);
      result = compute(whole(parts_a), whole(parts_b));
      return;
    }
    const OpenSet open_a(a);
    const OpenSet open_b(b);
    result = compute(whole(open_a.view()), whole(open_b.view()));
  });
  return result;
}

// Whether argument a is stored apart and not opened, and its first bytes tell that it has more ids than argument b.
bool outnumbers(FunctionCallInfo fcinfo, int a, int b) {
  uint64 ids = 0;
  return Slices(PG_GETARG_DATUM(a)).can_be_asked() && read_cardinality(PG_GETARG_DATUM(a), ids) &&
         ids > cardinality_of(PG_GETARG_DATUM(b));
}

bool is_within(const Compared& a, const Compared& b) {
  if (a.cardinality > b.cardinality) return false;
  if (a.is_whole && a.parts == nullptr) return is_subset(a.view, b.view);
  return shared_count(a, b) == a.cardinality;
}

// A number of one set.
template <class Compute>
auto of_one(FunctionCallInfo fcinfo, Compute&& compute) {
  const SetArgument a = set_argument(fcinfo, 0);
  decltype(compute(SetView())) result{};
  guarded_in_scratch([&] {
    const OpenSet open_a(a);
    result = compute(open_a.view());
  });
  return result;
}

// Counts of two sets, from their sizes and what they share.
struct Counts {
  uint64 a;
  uint64 b;
  uint64 both;
  uint64 either() const { return a + b - both; }
};

Counts counts_of(const Compared& a, const Compared& b) {
  return {a.cardinality, b.cardinality, shared_count(a, b)};
}

double ratio(uint64 part, double whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / whole;
}

// The half-open range [lo, hi) of arguments n and n + 1, as its first and last id. A NULL is no bound. An empty
// range gives first > last.
struct IdRange {
  Id first;
  Id last;
};

IdRange range_argument(FunctionCallInfo fcinfo, int n) {
  IdRange range = {INT64_MIN, INT64_MAX};
  if (!PG_ARGISNULL(n)) range.first = PG_GETARG_INT64(n);
  if (!PG_ARGISNULL(n + 1)) {
    const Id hi = PG_GETARG_INT64(n + 1);
    if (hi == INT64_MIN) return {0, -1};
    range.last = hi - 1;
  }
  if (range.first > range.last) return {0, -1};
  return range;
}

template <class Get>
Datum contains_argument(FunctionCallInfo fcinfo, int set, int id, Get&& get) {
  const Id wanted = get(PG_GETARG_DATUM(id));
  if (is_first_use(fcinfo, set)) {
    const SliceAnswer slices = ask_slices(PG_GETARG_DATUM(set), Question::contains, wanted);
    if (slices.known) PG_RETURN_BOOL(slices.found);
    const SetView* const kept =
        seen_cached_set(reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(set)));
    if (kept != nullptr) PG_RETURN_BOOL(contains(*kept, wanted));
  } else if (is_better_asked_in_place(fcinfo, set)) {
    const SliceAnswer answer = ask_in_place(PG_GETARG_DATUM(set), Question::contains, wanted);
    if (answer.known) PG_RETURN_BOOL(answer.found);
  }
  PG_RETURN_BOOL(is_in_prepared(fcinfo, set, wanted));
}

Id get_int8(Datum datum) { return DatumGetInt64(datum); }
Id get_int4(Datum datum) { return DatumGetInt32(datum); }
Id get_int2(Datum datum) { return DatumGetInt16(datum); }

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT: the functions below are glue between the two
using namespace objectset::pg;  // NOLINT

// ---- Algebra --------------------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_union) { return combine_arguments(fcinfo, Operation::unite); }
OBJECTSET_FUNCTION(objectset_intersect) { return combine_arguments(fcinfo, Operation::intersect); }
OBJECTSET_FUNCTION(objectset_minus) { return combine_arguments(fcinfo, Operation::minus); }
OBJECTSET_FUNCTION(objectset_symdiff) { return combine_arguments(fcinfo, Operation::symdiff); }
OBJECTSET_FUNCTION(objectset_union_id) { return combine_with_id(fcinfo, Operation::unite); }
OBJECTSET_FUNCTION(objectset_minus_id) { return combine_with_id(fcinfo, Operation::minus); }

// ---- Tests ----------------------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_contains_int8) { return contains_argument(fcinfo, 0, 1, get_int8); }
OBJECTSET_FUNCTION(objectset_contains_int4) { return contains_argument(fcinfo, 0, 1, get_int4); }
OBJECTSET_FUNCTION(objectset_contains_int2) { return contains_argument(fcinfo, 0, 1, get_int2); }
OBJECTSET_FUNCTION(objectset_contained_int8) { return contains_argument(fcinfo, 1, 0, get_int8); }
OBJECTSET_FUNCTION(objectset_contained_int4) { return contains_argument(fcinfo, 1, 0, get_int4); }
OBJECTSET_FUNCTION(objectset_contained_int2) { return contains_argument(fcinfo, 1, 0, get_int2); }

OBJECTSET_FUNCTION(objectset_contains) {
  if (outnumbers(fcinfo, 1, 0)) PG_RETURN_BOOL(false);
  PG_RETURN_BOOL(
      of_two(fcinfo, [](const Compared& a, const Compared& b) { return is_within(b, a); }));
}
OBJECTSET_FUNCTION(objectset_contained) {
  if (outnumbers(fcinfo, 0, 1)) PG_RETURN_BOOL(false);
  PG_RETURN_BOOL(of_two(fcinfo, is_within));
}
OBJECTSET_FUNCTION(objectset_overlap) { PG_RETURN_BOOL(of_two(fcinfo, share_any)); }

// ---- Size and order -------------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_cardinality) {
  uint64 count = 0;
  if (read_cardinality(PG_GETARG_DATUM(0), count)) PG_RETURN_INT64(static_cast<int64>(count));
  PG_RETURN_INT64(static_cast<int64>(of_one(fcinfo, cardinality)));
}
OBJECTSET_FUNCTION(objectset_is_empty) {
  uint64 count = 0;
  if (read_cardinality(PG_GETARG_DATUM(0), count)) PG_RETURN_BOOL(count == 0);
  PG_RETURN_BOOL(of_one(fcinfo, is_empty));
}

namespace {
Datum bound_of(FunctionCallInfo fcinfo, Question question, Id (*bound)(const SetView&) noexcept) {
  const SliceAnswer slices = ask_slices(PG_GETARG_DATUM(0), question, 0);
  if (slices.known) {
    if (!slices.found) PG_RETURN_NULL();
    PG_RETURN_INT64(slices.value);
  }
  const auto [found, id] = of_one(fcinfo, [&](const SetView& set) {
    return is_empty(set) ? std::pair(false, Id{0}) : std::pair(true, bound(set));
  });
  if (!found) PG_RETURN_NULL();
  PG_RETURN_INT64(id);
}
}  // namespace

OBJECTSET_FUNCTION(objectset_min) { return bound_of(fcinfo, Question::minimum, minimum); }
OBJECTSET_FUNCTION(objectset_max) { return bound_of(fcinfo, Question::maximum, maximum); }

OBJECTSET_FUNCTION(objectset_rank) {
  const Id id = PG_GETARG_INT64(1);
  const SliceAnswer slices = ask_slices(PG_GETARG_DATUM(0), Question::rank, id);
  if (slices.known) PG_RETURN_INT64(slices.value);
  PG_RETURN_INT64(static_cast<int64>(
      of_one(fcinfo, [id](const SetView& set) { return objectset::rank(set, id); })));
}

OBJECTSET_FUNCTION(objectset_position) {
  const Id id = PG_GETARG_INT64(1);
  const SliceAnswer slices = ask_slices(PG_GETARG_DATUM(0), Question::contains, id);
  if (slices.known) {
    if (!slices.found) PG_RETURN_NULL();
    return objectset_rank(fcinfo);
  }
  const auto [found, rank] = of_one(fcinfo, [id](const SetView& set) {
    return contains(set, id) ? std::pair(true, objectset::rank(set, id))
                             : std::pair(false, uint64{0});
  });
  if (!found) PG_RETURN_NULL();
  PG_RETURN_INT64(static_cast<int64>(rank));
}

// ---- Counts without building ----------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_union_count) {
  PG_RETURN_INT64(static_cast<int64>(of_two(
      fcinfo, [](const Compared& a, const Compared& b) { return counts_of(a, b).either(); })));
}
OBJECTSET_FUNCTION(objectset_intersect_count) {
  PG_RETURN_INT64(static_cast<int64>(of_two(fcinfo, shared_count)));
}
OBJECTSET_FUNCTION(objectset_minus_count) {
  PG_RETURN_INT64(static_cast<int64>(of_two(fcinfo, [](const Compared& a, const Compared& b) {
    return a.cardinality - shared_count(a, b);
  })));
}
OBJECTSET_FUNCTION(objectset_symdiff_count) {
  PG_RETURN_INT64(static_cast<int64>(of_two(fcinfo, [](const Compared& a, const Compared& b) {
    const Counts counts = counts_of(a, b);
    return counts.either() - counts.both;
  })));
}

// ---- Likeness -------------------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_jaccard) {
  PG_RETURN_FLOAT8(of_two(fcinfo, [](const Compared& a, const Compared& b) {
    const Counts counts = counts_of(a, b);
    return ratio(counts.both, static_cast<double>(counts.either()));
  }));
}
OBJECTSET_FUNCTION(objectset_cosine) {
  PG_RETURN_FLOAT8(of_two(fcinfo, [](const Compared& a, const Compared& b) {
    const Counts counts = counts_of(a, b);
    return ratio(counts.both,
                 std::sqrt(static_cast<double>(counts.a) * static_cast<double>(counts.b)));
  }));
}
OBJECTSET_FUNCTION(objectset_overlap_coefficient) {
  PG_RETURN_FLOAT8(of_two(fcinfo, [](const Compared& a, const Compared& b) {
    const Counts counts = counts_of(a, b);
    return ratio(counts.both, static_cast<double>(std::min(counts.a, counts.b)));
  }));
}
OBJECTSET_FUNCTION(objectset_containment) {
  PG_RETURN_FLOAT8(of_two(fcinfo, [](const Compared& a, const Compared& b) {
    const Counts counts = counts_of(a, b);
    return ratio(counts.both, static_cast<double>(counts.a));
  }));
}

// ---- Ranges and parts -----------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_range) {
  const IdRange range = range_argument(fcinfo, 0);
  // A range is short unless it spans many blocks of 65,536 ids.
  const bool large =
      static_cast<uint64>(range.last) - static_cast<uint64>(range.first) > (1u << 24) &&
      range.first <= range.last;
  return return_set(large, [&](auto&& give) { give(make_range(range.first, range.last)); });
}

OBJECTSET_FUNCTION(objectset_between) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const IdRange range = range_argument(fcinfo, 1);
  return set_of_one(fcinfo, set_argument(fcinfo, 0),
                    [&](const SetView& set) { return between(set, range.first, range.last); });
}

OBJECTSET_FUNCTION(objectset_count_between) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const IdRange range = range_argument(fcinfo, 1);
  if (range.first > range.last) PG_RETURN_INT64(0);
  Slices slices(PG_GETARG_DATUM(0));
  const SliceAnswer upper = slices.ask(Question::rank, range.last);
  if (upper.known) {
    if (range.first == INT64_MIN) PG_RETURN_INT64(upper.value);
    const SliceAnswer lower = slices.ask(Question::rank, range.first - 1);
    if (lower.known) PG_RETURN_INT64(upper.value - lower.value);
  }
  PG_RETURN_INT64(static_cast<int64>(of_one(
      fcinfo, [&](const SetView& set) { return count_between(set, range.first, range.last); })));
}

OBJECTSET_FUNCTION(objectset_remove_range) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const IdRange range = range_argument(fcinfo, 1);
  return set_of_one(fcinfo, set_argument(fcinfo, 0), [&](const SetView& set) {
    return without_range(set, range.first, range.last);
  });
}

namespace {
Datum combine_with_range(FunctionCallInfo fcinfo, Operation operation) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const IdRange range = range_argument(fcinfo, 1);
  const SetArgument a = set_argument(fcinfo, 0);
  const Datum made = try_return_set(is_large(a), [&](auto&& give) {
    const OpenSet open_a(a);
    const Set other = make_range(range.first, range.last);
    Set result = combine(operation, open_a, other);
    const bool is_same = result_by_count(operation, result, open_a, other) == 0;
    if (!is_same || !can_be_given_back(PG_GETARG_DATUM(0))) give(std::move(result));
  });
  return made != none_made ? made : PG_GETARG_DATUM(0);
}
}  // namespace

OBJECTSET_FUNCTION(objectset_add_range) { return combine_with_range(fcinfo, Operation::unite); }
OBJECTSET_FUNCTION(objectset_flip_range) { return combine_with_range(fcinfo, Operation::symdiff); }

OBJECTSET_FUNCTION(objectset_slice) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const int64 skip = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1);
  const int64 max_rows = PG_ARGISNULL(2) ? INT64_MAX : PG_GETARG_INT64(2);
  if (skip < 0) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
                    errmsg("skip must not be negative")));
  }
  if (max_rows < 0) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
                    errmsg("max_rows must not be negative")));
  }
  return slice_of(PG_GETARG_DATUM(0), static_cast<uint64>(skip), static_cast<uint64>(max_rows));
}

OBJECTSET_FUNCTION(objectset_shift) {
  const int64 by = PG_GETARG_INT64(1);
  if (by == 0 && can_be_given_back(PG_GETARG_DATUM(0))) return PG_GETARG_DATUM(0);
  const SetArgument a = set_argument(fcinfo, 0);
  return return_set(is_large(a), [&](auto&& give) {
    const OpenSet open_a(a);
    give(shift(open_a, by));
  });
}
