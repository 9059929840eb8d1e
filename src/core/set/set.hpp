// A set of ids that can be built and changed: the owner of what a SetView shows.
//
// Results of the algebra *borrow* what they leave unchanged: a dense range that only one side has stays where
// it is. Such a result lives no longer than its inputs, until keep() makes it stand alone; and so a temporary set cannot
// be an input: it gives no view.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// What is said of a set that no value can hold (stored_set.hpp has the limit).
inline constexpr char too_large_message[] = "object set is too large";
inline constexpr char too_large_hint[] =
    "A set takes up to 800 MB in its portable form: some 3.7e12 consecutive ids, or 3.6e7 ids that "
    "lie far apart.";

/// No value has more containers of up to 65,536 ids in dense ranges: each takes ten bytes of the portable form.
inline constexpr std::size_t max_value_containers = 81'000'000;

enum class Operation { unite, intersect, minus, symdiff };

class Set {
 public:
  Set() = default;
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;
  Set(Set&& other) noexcept { swap(other); }
  Set& operator=(Set&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Set();

  void swap(Set& other) noexcept;
  // cppcheck-suppress noExplicitConstructor ; every question about a set is asked of its view
  operator SetView() const& noexcept { return {sparse_, dense_}; }
  operator SetView() const&& = delete;
  Span<Id> sparse() const& noexcept { return sparse_; }
  Span<Id> sparse() const&& = delete;
  Span<DenseRange> dense() const& noexcept { return dense_; }
  Span<DenseRange> dense() const&& = delete;

  /// Takes over a bitmap of the lower halves; an empty one is freed. Ranges come in ascending order.
  void append_dense(std::int32_t high, roaring_bitmap_t* bitmap);
  /// Borrows a range of another set, as the ids with this upper half.
  void append_borrowed(const DenseRange& range, std::int32_t high);
  void append_sparse(Span<Id> ids) { sparse_.append(ids.data(), ids.size()); }
  void append_sparse(Id id) { sparse_.push_back(id); }
  void reserve_sparse(std::size_t ids) { sparse_.reserve(ids); }

  /// Makes copies of all that is borrowed, so that the set stands alone.
  void keep();

  /// Takes over the bitmaps it borrows from `from`.
  void adopt(Set& from) noexcept;

  /// this = this <operation> other, which must not show this very set. Reuses its own bitmaps; `other` may be
  /// borrowed from until keep() or adopt().
  /// Half-changed where it runs out of memory or is interrupted.
  void apply(Operation operation, const SetView& other);

  /// The same of a set that stands alone, and still does then: where it fails the set is as before, and nothing is left
  /// behind in memory. For that, what `other` touches is made beside the set: where that is most of it, a new set costs
  /// less.
  void change(Operation operation, const SetView& other);

  /// Adds or removes one id, and says whether that changed the set. Where it fails the set is as before, and nothing is
  /// left behind.
  bool add(Id id);
  bool remove(Id id);

  /// Adds ids in ascending order without repeats. Ranges that get many at once become dense.
  void add_sorted(Span<Id> ids);

 private:
  friend class RangeCombiner;
  friend class SetBuilder;
  std::size_t dense_position(std::int32_t high) const noexcept;
  // Whether it is this set that keeps the bitmap of a range with the same ids: its own, or one of kept_.
  bool keeps(const DenseRange& range) const noexcept;
  // As keep(), but for what another set keeps.
  void keep_beside(const Set& keeper);
  static void change_dense(bool add, DenseRange& range, std::uint32_t low);

  // What only a SetBuilder may do, which shows nobody the set before it has called settle().
  //
  // Its own bitmap of a range, to be changed; nullptr where it has none.
  DenseRange* find_owned(std::int32_t high) noexcept;
  // Unites with, or takes the difference to, a dense range without counting: `range`, of this set, has cardinality 0
  // from then on, and a bitmap fit for nothing but more of the same. `roomy` takes 8 KB for each block of 65,536 that
  // both have, of however few ids.
  static void combine_lazily(Operation operation, DenseRange& range, const DenseRange& other,
                             bool roomy);
  // Adds ids to a dense range of this set that is not combined lazily; it has cardinality 0 from then on.
  static void add_range_uncounted(DenseRange& range, std::uint32_t low_first,
                                  std::uint32_t low_last);
  // Counts what is not counted, drops what turned out empty.
  void settle();

  Buffer<Id> sparse_;
  Buffer<DenseRange> dense_;
  Buffer<roaring_bitmap_t*> kept_;  // owned bitmaps that several ranges may show; never changed
};

/// A new bitmap of the lower halves of ids of one range, which the caller owns.
roaring_bitmap_t* make_bitmap(Span<Id> ids);
/// The same of all ids from `first` to `last`, both included.
roaring_bitmap_t* make_bitmap(Id first, Id last);

/// a <operation> b. Borrows from both.
Set combine(Operation operation, const SetView& a, const SetView& b);

/// All ids from `first` to `last`, both included; none where first > last.
/// Raises too_large where no value could hold them.
Set make_range(Id first, Id last);

/// The ids from `first` to `last`, both included. Borrows.
Set between(const SetView& set, Id first, Id last);
/// All but these. Borrows.
Set without_range(const SetView& set, Id first, Id last);
/// Up to `limit` ids, after skipping `offset`. Borrows.
Set slice(const SetView& set, std::uint64_t offset, std::uint64_t limit);
/// Every id plus `by`. Raises out_of_range where one would leave the 64 bits. Borrows.
Set shift(const SetView& set, std::int64_t by);

}  // namespace objectset
