// Building a set from ids in any order, one by one or many at a time.
//
// The one idea: ids are gathered in a buffer and given to the set in sorted batches. A batch grows with the
// sparse part of the set, so that merging it in costs the same few nanoseconds an id however large the set is.
#pragma once

#include "set.hpp"

namespace objectset {

class SetBuilder {
 public:
  SetBuilder() = default;
  /// Goes on with a set that stands alone.
  explicit SetBuilder(Set&& set) : set_(std::move(set)) {}

  void add(Id id) {
    if (!pending_.empty() && id <= pending_.back()) {
      if (id == pending_.back()) return;
      sorted_ = false;
    }
    pending_.push_back(id);
    if (pending_.size() >= batch_) flush();
  }
  /// All ids from `first` to `last`, both included; none where first > last.
  void add_range(Id first, Id last);
  void add_set(const SetView& other);

  /// The set so far; it may be changed, and added to again.
  Set& finish() {
    flush();
    return set_;
  }

 private:
  void flush();

  Set set_;
  Buffer<Id> pending_;
  bool sorted_ = true;
  std::size_t batch_ = 1 << 16;
};

/// Sorts ids, ascending. For buffers too large for a comparison sort to be quick, by radix.
void sort_ids(Buffer<Id>& ids);
/// Sorts ids and drops repeats.
void sort_distinct(Buffer<Id>& ids);

}  // namespace objectset
