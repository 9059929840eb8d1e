#include "core/aggregate/bit_sliced_counter.hpp"

#include "core/base/error.hpp"
#include "core/set/set_builder.hpp"

namespace objectset {
namespace {

[[noreturn]] void fail_not_counted() {
  fail_with(ErrorCode::invalid_parameter, "object set was not counted and cannot be taken back",
            nullptr,
            "An inverse transition function takes back what its transition function has added.");
}

}  // namespace

void Counter::count(std::uint64_t sets) {
  if (sets >= (std::uint64_t{1} << max_planes) - sets_) {
    fail(ErrorCode::too_large, "too many object sets to count");
  }
  sets_ += sets;
}

Set& Counter::plane_for_carry(unsigned i) {
  if (i >= used_) {
    if (i >= max_planes) fail(ErrorCode::too_large, "too many object sets to count");
    used_ = i + 1;
  }
  // cppcheck-suppress arrayIndexOutOfBoundsCond ; fail() does not return
  return planes_[i];
}

void Counter::add(const SetView& set) {
  count(1);
  SetView carry = set;
  Set holder;
  for (unsigned i = 0; !is_empty(carry); ++i) {
    Set& plane = plane_for_carry(i);
    Set next = combine(Operation::intersect, plane, carry);
    plane.apply(Operation::symdiff, carry);
    plane.keep();
    holder = std::move(next);
    carry = holder;
  }
}

void Counter::subtract(const SetView& set) {
  if (sets_ == 0) fail_not_counted();
  SetView borrowed = set;
  Set holder;
  for (unsigned i = 0; !is_empty(borrowed); ++i) {
    if (i >= used_) fail_not_counted();
    Set next = combine(Operation::minus, borrowed, planes_[i]);
    next.keep();
    planes_[i].apply(Operation::symdiff, borrowed);
    planes_[i].keep();
    holder = std::move(next);
    borrowed = holder;
  }
  --sets_;
  while (used_ > 0 && is_empty(planes_[used_ - 1])) --used_;
}

void Counter::add(const Counter& other) {
  count(other.sets_);
  Set carry;
  for (unsigned i = 0; i < other.used_ || !is_empty(carry); ++i) {
    Set& plane = plane_for_carry(i);
    Set next;
    if (i < other.used_) {
      next = combine(Operation::intersect, plane, other.planes_[i]);
      plane.apply(Operation::symdiff, other.planes_[i]);
      plane.keep();
    }
    const Set both = combine(Operation::intersect, plane, carry);
    next.apply(Operation::unite, both);
    next.keep();
    plane.apply(Operation::symdiff, carry);
    plane.keep();
    carry = std::move(next);
  }
}

void Counter::check() const {
  if (sets_ >> used_ != 0) return;
  const Set beyond = at_least(sets_ + 1);
  if (!is_empty(beyond)) fail_not_counted();
}

Set Counter::at_least(std::uint64_t k) const {
  Set greater;  // than the bits of k seen so far, from the highest down
  Set equal;
  if (k >> used_ != 0) return greater;
  for (unsigned i = 0; i < used_; ++i) equal.apply(Operation::unite, planes_[i]);
  for (unsigned i = used_; i-- > 0;) {
    if ((k >> i & 1) != 0) {
      equal.apply(Operation::intersect, planes_[i]);
    } else {
      const Set more = combine(Operation::intersect, equal, planes_[i]);
      greater.apply(Operation::unite, more);
      greater.keep();
    }
  }
  greater.apply(Operation::unite, equal);
  greater.keep();
  return greater;
}

Set Counter::odd() const {
  Set result;
  if (used_ > 0) result.apply(Operation::unite, planes_[0]);
  return result;
}

void Tally::add(const SetView& set) {
  const auto count = static_cast<std::size_t>(cardinality(set));
  Cursor(set).next(ids_.extend(count), count);
  ++sets_;
}

// Plane by plane: the ids whose number of repeats has that bit.
void Tally::take(Counter& counter) {
  sort_ids(ids_);
  std::size_t most = ids_.empty() ? 0 : 1;
  for (unsigned bit = 0; most >> bit != 0; ++bit) {
    check_interrupts();
    Buffer<Id> ids;
    for (std::size_t i = 0, next; i < ids_.size(); i = next) {
      next = i + 1;
      while (next < ids_.size() && ids_[next] == ids_[i]) ++next;
      if (next - i > most) most = next - i;
      if (((next - i) >> bit & 1) != 0) ids.push_back(ids_[i]);
    }
    Set plane;
    plane.add_sorted(ids);
    counter.append_plane(std::move(plane));
  }
  counter.restore(sets_);
  ids_.clear();
  sets_ = 0;
}

}  // namespace objectset
