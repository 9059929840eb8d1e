// One id into a set, one out of it.
#include <cstring>

#include "core/roaring/roaring_stream.hpp"
#include "core/set/bitmap_change.hpp"

namespace objectset {
namespace {

// A sparse range is asked whether it had better be dense at each doubling from here on.
constexpr std::size_t dense_from = 512;

template <class T>
void insert_at(Buffer<T>& buffer, std::size_t at, const T& value) {
  const std::size_t after = buffer.size() - at;
  buffer.extend(1);
  std::memmove(buffer.data() + at + 1, buffer.data() + at, after * sizeof(T));
  buffer[at] = value;
}

template <class T>
void erase_at(Buffer<T>& buffer, std::size_t at, std::size_t count) noexcept {
  const std::size_t end = at + count;
  std::memmove(buffer.data() + at, buffer.data() + end, (buffer.size() - end) * sizeof(T));
  buffer.resize(buffer.size() - count);
}

// Where in a sorted array an id stands, or would. Most ids that are added one by one come last.
std::size_t position_of(Span<Id> sorted, Id id) noexcept {
  if (sorted.empty() || sorted.back() < id) return sorted.size();
  return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), id) -
                                  sorted.begin());
}

bool is_power_of_2(std::size_t n) noexcept { return (n & (n - 1)) == 0; }

}  // namespace

std::size_t Set::dense_position(std::int32_t high) const noexcept {
  const Span<DenseRange> dense(dense_.begin(), dense_.end());
  return static_cast<std::size_t>(first_range_from(dense, high) - dense.begin());
}

// Adds an id that is not there, or removes one that is. A bitmap that several ranges show is copied before.
void Set::change_dense(bool add, DenseRange& range, std::uint32_t low) {
  if (!range.owned) {
    Rollback undo;
    const roaring_bitmap_t* const copy = croaring.bitmap_copy(range.bitmap);
    undo.commit();
    range.bitmap = copy;
    range.owned = true;
  }
  range.stream = nullptr;
  change_one(add, const_cast<roaring_bitmap_t*>(range.bitmap), low);
  range.cardinality += add ? 1 : -1;
}

bool Set::add(Id id) {
  const std::uint32_t low = low_of(id);
  const std::size_t at = dense_position(high_of(id));
  if (at < dense_.size() && dense_[at].high == high_of(id)) {
    DenseRange& range = dense_[at];
    if (croaring.bitmap_contains(range.bitmap, low)) return false;
    change_dense(true, range, low);
    return true;
  }
  const std::size_t position = position_of(sparse_, id);
  if (position < sparse_.size() && sparse_[position] == id) return false;
  const Span<Id> here = ids_of_range(sparse_, high_of(id));
  const std::size_t count = here.size();
  if (count >= dense_from && is_power_of_2(count) &&
      canonical_stream_size(here.data(), count) < count * sizeof(Id)) {
    dense_.reserve(dense_.size() + 1);
    Rollback undo;
    const roaring_bitmap_t* const bitmap = make_bitmap(here);
    undo.commit();
    insert_at(dense_, at, DenseRange{high_of(id), true, count, bitmap, nullptr, 0});
    // cppcheck-suppress mismatchingContainerExpression ; `here` is a part of `sparse_`
    erase_at(sparse_, static_cast<std::size_t>(here.begin() - sparse_.begin()), count);
    return add(id);
  }
  insert_at(sparse_, position, id);
  return true;
}

bool Set::remove(Id id) {
  const std::uint32_t low = low_of(id);
  const std::size_t at = dense_position(high_of(id));
  if (at < dense_.size() && dense_[at].high == high_of(id)) {
    DenseRange& range = dense_[at];
    if (!croaring.bitmap_contains(range.bitmap, low)) return false;
    change_dense(false, range, low);
    if (range.cardinality == 0) {
      croaring.bitmap_free(range.bitmap);
      erase_at(dense_, at, 1);
    }
    return true;
  }
  const std::size_t position = position_of(sparse_, id);
  if (position == sparse_.size() || sparse_[position] != id) return false;
  erase_at(sparse_, position, 1);
  return true;
}

}  // namespace objectset
