// Building a set from ids in any order, one by one or many at a time.
//
// Ids are gathered in a buffer and given to the set in sorted batches. A batch grows with what merging it in walks,
// so that this costs the same few nanoseconds an id however large the set is.
//
// Sets are combined lazily: what several of them have in common is not counted each time, but once, before somebody
// sees the set. finish() is the only way to see it.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

class SetBuilder {
 public:
  SetBuilder() = default;
  /// Goes on with a set that stands alone.
  explicit SetBuilder(Set&& set) : set_(std::move(set)) { look_over(); }

  /// Makes room at once for so many ids that are about to come one by one, as far as they are one batch.
  void expect(std::uint64_t ids) {
    if (ids > pending_.size()) {
      pending_.resize(ids < batch_ ? static_cast<std::size_t>(ids) : batch_);
    }
  }
  void add(Id id) {
    if (!try_add(id)) {
      make_room();
      try_add(id);
    }
  }
  /// Where there is room for one more id, adds it, which takes a few instructions; false where there is none.
  bool try_add(Id id) noexcept {
    if (count_ == pending_.size()) return false;
    pending_[count_] = id;
    if (count_ == 0) {
      count_ = 1;
      return true;
    }
    // No branch on the order: nothing predicts it where ids come in any. One that comes again is written over.
    const Id last = pending_[count_ - 1];
    sorted_ = sorted_ & (id >= last);
    count_ += id != last ? 1 : 0;
    return true;
  }
  /// Many at once, in ascending order: `base` plus each of these.
  void add_lows(Id base, Span<std::uint16_t> lows);
  /// All ids from `first` to `last`, both included; none where first > last.
  void add_range(Id first, Id last);
  void add_set(const SetView& other);
  /// The symmetric difference of the set so far and another one.
  void symdiff(const SetView& other);

  /// Whether it is empty as it stands; what waits to be worked off counts as something.
  bool is_empty() const noexcept {
    return count_ == 0 && set_.dense().empty() && set_.sparse().empty();
  }
  /// How many of its ids stand sparse so far.
  std::size_t sparse_size() const noexcept { return set_.sparse().size(); }

  /// The set so far; it may be changed, and added to again.
  Set& finish() {
    flush();
    settle();
    return set_;
  }

 private:
  void make_room();
  bool try_add_range(Id first, Id last);
  void flush();
  bool add_as_bits();
  void settle();
  void apply(Operation operation, const SetView& other);
  bool is_gathered(const DenseRange& range, const DenseRange* own) const noexcept;
  void begin_lazily(Operation operation);
  void combine_lazily(DenseRange& own, const DenseRange& range);
  void look_over() noexcept;
  void choose_batch() noexcept;

  Set set_;
  Buffer<Id> pending_;  // the first count_ of it: ids that the set has yet to get
  std::size_t count_ = 0;
  bool sorted_ = true;
  std::size_t batch_ = 1 << 16;

  // Dense ranges that were combined lazily, all by the same operation, are not counted yet (set.hpp).
  bool lazy_ = false;
  bool is_counted_ = true;  // else ranges of ids were added to some of them
  Operation lazy_operation_ = Operation::unite;
  std::uint64_t ids_combined_ = 0;
  std::size_t containers_ = 0;  // of all dense ranges, about
};

/// Sorts ids, ascending. For buffers too large for a comparison sort to be quick, by radix.
void sort_ids(Buffer<Id>& ids);
/// Sorts ids and drops repeats.
void sort_distinct(Buffer<Id>& ids);

}  // namespace objectset
