// The walk over two sets side by side that all of the algebra is written on; part of set_view.hpp.
#pragma once

#include <algorithm>

#include "core/set/set_view.hpp"

namespace objectset {

/// The ids of a sorted array with this upper half.
inline Span<Id> ids_of_range(Span<Id> sorted, std::int32_t high) noexcept {
  if (sorted.empty()) return sorted;
  const Id* first = std::lower_bound(sorted.begin(), sorted.end(), make_id(high, 0));
  return {first, std::upper_bound(first, sorted.end(), make_id(high, UINT32_MAX))};
}

/// The ids at the front of a sorted array, not an empty one, that are not above `last`, which the first one is not. By
/// galloping, since most such stretches are short.
inline Span<Id> front_up_to(Span<Id> sorted, Id last) noexcept {
  std::size_t step = 1;
  while (step < sorted.size() && sorted[step] <= last) step *= 2;
  const Id* const limit = step < sorted.size() ? sorted.begin() + step : sorted.end();
  return {sorted.begin(), std::upper_bound(sorted.begin() + step / 2, limit, last)};
}

/// Those that have one upper half.
inline Span<Id> front_range(Span<Id> sorted) noexcept {
  return front_up_to(sorted, make_id(high_of(sorted.front()), UINT32_MAX));
}

/// Those that have all but their lower 16 bits in common.
inline Span<Id> front_block(Span<Id> sorted) noexcept {
  return front_up_to(sorted, sorted.front() | 0xffff);
}

template <class Sparse, class Range>
void zip(const SetView& a, const SetView& b, Sparse&& sparse, Range&& range) {
  Span<Id> ids_a = a.sparse;
  Span<Id> ids_b = b.sparse;
  const DenseRange* dense_a = a.dense.begin();
  const DenseRange* dense_b = b.dense.begin();
  while (dense_a != a.dense.end() || dense_b != b.dense.end()) {
    const bool from_a =
        dense_a != a.dense.end() && (dense_b == b.dense.end() || dense_a->high <= dense_b->high);
    const std::int32_t high = from_a ? dense_a->high : dense_b->high;
    const bool from_b = dense_b != b.dense.end() && dense_b->high == high;

    const Span<Id> here_a = ids_of_range(ids_a, high);
    const Span<Id> here_b = ids_of_range(ids_b, high);
    if (!sparse(Span<Id>(ids_a.begin(), here_a.begin()), Span<Id>(ids_b.begin(), here_b.begin()))) {
      return;
    }
    if (!range(high, from_a ? dense_a : nullptr, here_a, from_b ? dense_b : nullptr, here_b))
      return;

    ids_a = Span<Id>(here_a.end(), ids_a.end());
    ids_b = Span<Id>(here_b.end(), ids_b.end());
    if (from_a) ++dense_a;
    if (from_b) ++dense_b;
  }
  sparse(ids_a, ids_b);
}

}  // namespace objectset
