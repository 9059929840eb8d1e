#include "set_builder.hpp"

#include <algorithm>

namespace objectset {
namespace {

// Below this a comparison sort is as fast, and needs no second buffer.
constexpr std::size_t radix_from = 1024;

}  // namespace

// Least significant digit first, a byte a pass; bytes that all ids share are skipped, so that ids of a usual
// key column take two or three passes.
void sort_ids(Buffer<Id>& ids) {
  if (ids.size() < radix_from) {
    std::sort(ids.begin(), ids.end());
    return;
  }
  std::uint64_t varying = 0;
  for (const Id id : ids) varying |= static_cast<std::uint64_t>(id ^ ids[0]);
  Buffer<Id> other;
  other.resize(ids.size());
  for (unsigned shift = 0; shift < 64; shift += 8) {
    if ((varying >> shift & 0xff) == 0) continue;
    check_interrupts();
    // The sign bit counts the other way round.
    const std::uint64_t flip = shift == 56 ? 0x80 : 0;
    const auto digit = [&](Id id) {
      return (static_cast<std::uint64_t>(id) >> shift & 0xff) ^ flip;
    };
    std::size_t starts[256] = {};
    for (const Id id : ids) ++starts[digit(id)];
    std::size_t start = 0;
    for (std::size_t& count : starts) {
      const std::size_t size = count;
      count = start;
      start += size;
    }
    for (const Id id : ids) other[starts[digit(id)]++] = id;
    ids.swap(other);
  }
}

void sort_distinct(Buffer<Id>& ids) {
  sort_ids(ids);
  ids.resize(static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin()));
}

void SetBuilder::add_range(Id first, Id last) {
  if (first > last) return;
  if (static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) < 64) {
    for (Id id = first; id < last; ++id) add(id);
    add(last);
    return;
  }
  Set range = make_range(first, last);
  set_.apply(Operation::unite, range);
  set_.adopt(range);
  set_.keep();
}

void SetBuilder::add_set(const SetView& other) {
  if (!other.dense.empty()) {
    set_.apply(Operation::unite, SetView{{}, other.dense});
    set_.keep();
  }
  for (const Id id : other.sparse) add(id);
}

void SetBuilder::flush() {
  if (pending_.empty()) return;
  if (!sorted_) sort_distinct(pending_);
  set_.add_sorted(pending_);
  pending_.clear();
  sorted_ = true;
  batch_ = std::max<std::size_t>(1 << 16, set_.sparse().size() / 2);
}

}  // namespace objectset
