// How many of many sets hold each id: sets as a column of binary numbers, one per id.
//
// Plane i is the set of ids whose count has bit i set, so that adding a set is a ripple of carries: two
// operations for each plane that the carries reach, and log2(n) planes for n sets. Source: bit-sliced
// arithmetic, O'Neil and Quass, "Improved query performance with variant indexes", SIGMOD 1997; for this
// use Kaser and Lemire, "Compressed bitmap indexes: beyond unions and intersections", 2014.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

class Counter {
 public:
  static constexpr unsigned max_planes = 40;

  void add(const SetView& set);
  /// Takes back a set that was added. Raises invalid_parameter where that is seen not to be so, which it is at the
  /// latest by check(): then an id is in more sets than there are.
  void subtract(const SetView& set);
  void check() const;
  void add(const Counter& other);

  /// How many sets were added and not taken back.
  std::uint64_t sets() const noexcept { return sets_; }
  /// The ids that `k` or more of the sets hold; k is at least 1.
  Set at_least(std::uint64_t k) const;
  /// The ids that an odd number of the sets hold. Borrows.
  Set odd() const;

  // For storing it (aggregate_state.hpp).
  unsigned planes() const noexcept { return used_; }
  const Set& plane(unsigned i) const noexcept { return planes_[i]; }
  void restore(std::uint64_t sets) noexcept { sets_ = sets; }
  void append_plane(Set&& plane) noexcept { planes_[used_++] = std::move(plane); }

 private:
  void count(std::uint64_t sets);
  Set& plane_for_carry(unsigned i);

  std::uint64_t sets_ = 0;
  unsigned used_ = 0;
  Set planes_[max_planes];
};

/// Small sets that wait to be counted: their ids, one after the other. Counting many at once costs little more than
/// counting one, which touches all of a counter's sparse ids.
class Tally {
 public:
  bool empty() const noexcept { return sets_ == 0; }
  /// Ids so far, repeats included.
  std::size_t size() const noexcept { return ids_.size(); }
  void add(const SetView& set);
  /// Counts the sets into a new counter; none is left.
  void take(Counter& counter);

 private:
  Buffer<Id> ids_;
  std::uint64_t sets_ = 0;
};

}  // namespace objectset
