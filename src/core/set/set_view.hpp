// A set of ids, read-only: what every question about a set is asked of, whoever owns the memory.
//
// The one idea: the 64-bit ids fall into 2^32 *ranges* by their upper half. A range with few ids is *sparse*:
// its ids stand, sorted, in one array together with those of all other sparse ranges. A range with many is
// *dense*: a CRoaring bitmap of the lower halves. No range is both. Which of the two a range is here is a
// matter of convenience; in the stored form it is a function of its ids alone (stored_set.hpp).
//
// Ids are signed and ordered as such: the upper half is signed, the lower half is not.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/memory.hpp"
#include "core/roaring/croaring.hpp"

namespace objectset {

using Id = std::int64_t;

constexpr std::int32_t high_of(Id id) noexcept { return static_cast<std::int32_t>(id >> 32); }
constexpr std::uint32_t low_of(Id id) noexcept { return static_cast<std::uint32_t>(id); }
constexpr Id make_id(std::int32_t high, std::uint32_t low) noexcept {
  return static_cast<Id>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32 | low);
}

struct DenseRange {
  std::int32_t high;               // the upper half of its ids
  bool owned;                      // by the Set that holds it; if not, someone else keeps `bitmap`
  std::uint64_t cardinality;       // 1 to 2^32
  const roaring_bitmap_t* bitmap;  // the lower halves
  /// Its canonical stream (roaring_stream.hpp), where it is unchanged since storage.
  const char* stream;
  std::size_t stream_size;
};

/// The first of these ranges that is not below this upper half; their end where there is none.
inline const DenseRange* first_range_from(Span<DenseRange> dense, std::int32_t high) noexcept {
  return std::lower_bound(dense.begin(), dense.end(), high,
                          [](const DenseRange& range, std::int32_t h) { return range.high < h; });
}

struct SetView {
  Span<Id> sparse;
  Span<DenseRange> dense;
};

bool is_empty(const SetView& set) noexcept;
std::uint64_t cardinality(const SetView& set) noexcept;
bool contains(const SetView& set, Id id) noexcept;
/// The smallest and the largest id. The set must not be empty.
Id minimum(const SetView& set) noexcept;
Id maximum(const SetView& set) noexcept;
/// How many ids are not greater than `id`.
std::uint64_t rank(const SetView& set, Id id) noexcept;
/// How many ids are less than `id`.
std::uint64_t rank_below(const SetView& set, Id id) noexcept;
/// The id with so many smaller ones; `position` must be below the cardinality.
Id select(const SetView& set, std::uint64_t position) noexcept;
/// How many ids follow the one at `position` without a gap, going up or down; no more than `most` are counted.
std::uint64_t consecutive_after(const SetView& set, std::uint64_t position, bool descending,
                                std::uint64_t most) noexcept;
/// The id nearest to `id`, in a direction, that is not in the set; false where there is none. `id` itself is one where it
/// is not in the set.
bool find_absent(const SetView& set, Id id, bool descending, Id* found) noexcept;
/// How many ids lie from `first` to `last`, both included.
std::uint64_t count_between(const SetView& set, Id first, Id last) noexcept;

/// How many ids both sets hold; the other counts follow from it.
std::uint64_t intersect_count(const SetView& a, const SetView& b);
bool overlaps(const SetView& a, const SetView& b);
/// Whether every id of `a` is in `b`.
bool is_subset(const SetView& a, const SetView& b);

/// Order as of sorted arrays: by the first id that differs; a set that another begins with comes first.
/// Negative, 0 or positive.
int compare(const SetView& a, const SetView& b);

/// Walks the ids in batches, up or down. The set must stay as it is; a cursor owns nothing.
class Cursor {
 public:
  explicit Cursor(const SetView& set, bool descending = false) noexcept;
  /// Starts at the first id, in the cursor's direction, that is not before `id`.
  Cursor(const SetView& set, bool descending, Id id) noexcept;
  /// Gives up to `wanted` ids; fewer only at the end.
  std::size_t next(Id* ids, std::size_t wanted) noexcept;

 private:
  std::size_t next_ascending(Id* ids, std::size_t wanted) noexcept;
  std::size_t next_descending(Id* ids, std::size_t wanted) noexcept;

  SetView set_;
  bool descending_;
  // Ascending: what is left to give. Descending: the same, given from the back.
  Span<Id> sparse_;
  Span<DenseRange> dense_;
  bool in_dense_ = false;  // iterator_ stands in dense_'s next range
  roaring_uint32_iterator_t iterator_{};
};

/// Calls `sparse(a's ids, b's ids)` for stretches without a dense range on either side, and
/// `range(high, dense a, sparse a, dense b, sparse b)` for each range that is dense on at least one side, in
/// ascending order. Either returns false to stop. The dense arguments are nullptr where a side is not dense
/// there.
template <class Sparse, class Range>
void zip(const SetView& a, const SetView& b, Sparse&& sparse, Range&& range);

}  // namespace objectset

#include "core/set/set_zip.hpp"
