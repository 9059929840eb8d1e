#include "core/set/id_walker.hpp"

#include <algorithm>

namespace objectset {
namespace {

// Few ids may be wanted.
constexpr std::size_t first_room = 64;

// Of two numbers, the second not below the first.
std::uint64_t distance(Id from, Id to) noexcept {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

}  // namespace

void IdWalker::begin(Id first, Id last, bool at_end) noexcept {
  const bool has_none = first > last;
  first_ = first;
  last_ = last;
  wanted_.room = 0;
  stretch_ = ids_;
  count_ = 0;
  at_ = at_end ? 0 : -1;
  is_lowest_ = has_none || !at_end;
  is_highest_ = has_none || at_end;
  below_ = last;
  above_ = first;
}

IdWalker::Step IdWalker::ask(bool up, bool is_last) noexcept {
  if (is_last) return Step::end;
  const std::size_t more = wanted_.room == 0 ? first_room : wanted_.room * 4;
  const Id from = up ? above_ : below_;
  const std::uint64_t others = up ? distance(from, last_) : distance(first_, from);
  const std::size_t room = std::min(more, capacity_);
  wanted_ = {from, up, others < room ? static_cast<std::size_t>(others) + 1 : room};
  return Step::wants;
}

// Where the stretch reaches a bound, nothing is beyond it.
void IdWalker::mark_ends() noexcept {
  is_lowest_ = is_lowest_ || stretch_[0] == first_;
  is_highest_ = is_highest_ || stretch_[count_ - 1] == last_;
  if (!is_lowest_) below_ = stretch_[0] - 1;
  if (!is_highest_) above_ = stretch_[count_ - 1] + 1;
}

void IdWalker::give(std::size_t count) noexcept {
  const bool up = wanted_.up;
  // Each stretch is beyond the one before, whatever was read of a damaged value: walks end.
  const Id* const front = std::lower_bound(ids_, ids_ + count, up ? wanted_.from : first_);
  const Id* const end =
      std::upper_bound(front, static_cast<const Id*>(ids_ + count), up ? last_ : wanted_.from);
  const bool is_last =
      count < wanted_.room || static_cast<std::size_t>(end - front) < count || front == end;
  // The one before is gone; and this is the first one only where there was none.
  const bool is_first = count_ == 0;
  is_lowest_ = up ? is_first && is_lowest_ : is_last;
  is_highest_ = up ? is_last : is_first && is_highest_;
  stretch_ = front;
  count_ = end - front;
  at_ = up ? -1 : count_;
  if (count_ > 0) return mark_ends();
  at_ = up ? 0 : -1;
  if (up && !is_lowest_) below_ = wanted_.from - 1;
  if (!up && !is_highest_) above_ = wanted_.from + 1;
}

IdWalker::Place IdWalker::place() const noexcept {
  if (at_ < 0) return {-1, 0};
  if (at_ >= count_) return {1, 0};
  return {0, stretch_[at_]};
}

void IdWalker::return_to(const Place& place) noexcept {
  if (place.side != 0) return begin(first_, last_, place.side > 0);
  const Id* const found = std::lower_bound(stretch_, stretch_ + count_, place.id);
  if (found != stretch_ + count_ && *found == place.id) {
    at_ = found - stretch_;
    return;
  }
  // A stretch of that id alone.
  ids_[0] = place.id;
  stretch_ = ids_;
  count_ = 1;
  at_ = 0;
  is_lowest_ = false;
  is_highest_ = false;
  mark_ends();
}

std::size_t read_stretch(const SetView& set, const IdWalker::Stretch& wanted, Id* ids) noexcept {
  const std::size_t count = Cursor(set, !wanted.up, wanted.from).next(ids, wanted.room);
  if (!wanted.up) std::reverse(ids, ids + count);
  return count;
}

}  // namespace objectset
