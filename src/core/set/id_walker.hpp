// Going through the ids of a set one at a time, up and down between two bounds, in stretches that somebody else reads.
//
// The one idea: a stretch has all ids of the set between its ends, ascending, whichever way it was reached. So to turn around,
// or to come back to a place, is a matter of an index while the stretch has it; and where it ends, the next one is asked for by
// the id that it begins with, or would: whoever has the set seeks there.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// Plain data. Stands before or after all ids at first, and on an id after each step that found one.
class IdWalker {
 public:
  enum class Step {
    found,  // stands on id()
    end,    // stands beyond all ids
    wants,  // give() it wanted(), and step again
  };

  /// Ids from one on, that one included, as many as there is room for.
  struct Stretch {
    Id from;
    bool up;
    std::size_t room;
  };

  /// To come back to, between the same bounds. Negative: before all ids, positive: after them.
  struct Place {
    int side;
    Id id;
  };

  IdWalker() = default;
  /// `ids` has room for so many, at least for one, and stays the caller's.
  IdWalker(Id* ids, std::size_t capacity) noexcept : ids_(ids), capacity_(capacity) {}

  /// Goes before the first of the ids between two bounds, both included, or after the last.
  void begin(Id first, Id last, bool at_end) noexcept;

  Step step(bool up) noexcept {
    if (up) {
      if (at_ < count_ && ++at_ < count_) return Step::found;
      return ask(up, is_highest_);
    }
    if (at_ >= 0 && --at_ >= 0) return Step::found;
    return ask(up, is_lowest_);
  }
  Id id() const noexcept { return stretch_[at_]; }

  const Stretch& wanted() const noexcept { return wanted_; }
  /// So many ids of the stretch that was wanted stand in the caller's `ids`, ascending; fewer than there is room for are all.
  void give(std::size_t count) noexcept;

  Place place() const noexcept;
  void return_to(const Place& place) noexcept;

 private:
  Step ask(bool up, bool is_last) noexcept;
  void mark_ends() noexcept;

  Id* ids_ = nullptr;
  std::size_t capacity_ = 0;
  Id first_ = 0;
  Id last_ = -1;
  Stretch wanted_ = {};
  // A stretch within ids_, and the index of where this stands: -1 to count_.
  const Id* stretch_ = nullptr;
  std::ptrdiff_t count_ = 0;
  std::ptrdiff_t at_ = -1;
  // What there is below and above the stretch: nothing, or ids from these on.
  bool is_lowest_ = true;
  bool is_highest_ = true;
  Id below_ = 0;
  Id above_ = 0;
};

/// Reads a stretch of a set, and gives how many ids it has.
std::size_t read_stretch(const SetView& set, const IdWalker::Stretch& wanted, Id* ids) noexcept;

}  // namespace objectset
