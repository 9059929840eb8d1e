// The pairs of sets that are most alike, of many sets.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

struct CountedSet {
  SetView ids;
  std::uint64_t count;
};

/// Two sets, by their places among all, the first one before the second; and how many ids they share.
struct SetPair {
  std::size_t first;
  std::size_t second;
  std::uint64_t both;
  double jaccard;  // 0 for two empty sets
};

/// The `wanted` pairs of the highest Jaccard index that is not below `threshold`, then by their places. What two sets can
/// share at most follows from their sizes: where that is not enough they are not looked at.
Buffer<SetPair> similar_pairs(Span<CountedSet> sets, double threshold, std::size_t wanted);

}  // namespace objectset
