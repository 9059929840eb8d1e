#include "core/cohort/similar_pairs.hpp"

#include <algorithm>

namespace objectset {
namespace {

constexpr std::size_t pairs_per_check = 4096;

double jaccard(std::uint64_t both, std::uint64_t either) noexcept {
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

bool comes_before(const SetPair& a, const SetPair& b) noexcept {
  if (a.jaccard != b.jaccard) return a.jaccard > b.jaccard;
  return a.first != b.first ? a.first < b.first : a.second < b.second;
}

}  // namespace

// While more than `wanted` have come, the best are kept as a heap with the last of them in front.
Buffer<SetPair> similar_pairs(Span<CountedSet> sets, double threshold, std::size_t wanted) {
  Buffer<SetPair> best;
  if (wanted == 0) return best;
  std::size_t turns = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (std::size_t j = i + 1; j < sets.size(); ++j) {
      if (turns++ % pairs_per_check == 0) check_interrupts();
      const auto [fewer, more] = std::minmax(sets[i].count, sets[j].count);
      SetPair pair = {i, j, 0, jaccard(fewer, more)};
      const auto is_too_low = [&] {
        return pair.jaccard < threshold || (best.size() == wanted && !comes_before(pair, best[0]));
      };
      if (is_too_low()) continue;
      pair.both = intersect_count(sets[i].ids, sets[j].ids);
      pair.jaccard = jaccard(pair.both, fewer + more - pair.both);
      if (is_too_low()) continue;
      if (best.size() == wanted) {
        std::pop_heap(best.begin(), best.end(), comes_before);
        best.resize(best.size() - 1);
      }
      best.push_back(pair);
      std::push_heap(best.begin(), best.end(), comes_before);
    }
  }
  std::sort_heap(best.begin(), best.end(), comes_before);
  return best;
}

}  // namespace objectset
