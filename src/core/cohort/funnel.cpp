#include "core/cohort/funnel.hpp"

namespace objectset {

// What the last step leaves is counted, not built.
void funnel(Span<SetView> sets, std::uint64_t* counts) {
  Set kept;
  SetView so_far;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (i == 0) {
      so_far = sets[0];
    } else if (i + 1 == sets.size()) {
      counts[i] = intersect_count(so_far, sets[i]);
      return;
    } else {
      Set next = combine(Operation::intersect, so_far, sets[i]);
      next.adopt(kept);
      kept.swap(next);
      so_far = kept;
    }
    counts[i] = cardinality(so_far);
  }
}

}  // namespace objectset
