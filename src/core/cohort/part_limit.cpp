#include "core/cohort/part_limit.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/set/set.hpp"
#include "core/stored/stored_set.hpp"

namespace objectset {

// What is thinned out at random has no runs worth mentioning, however the ids lay: each takes two bytes, or its block of
// 65,536 takes 8 KB, which is a bit at least for each id that it had. Chance moves the sizes that matter here by far less
// than a 64th.
std::uint64_t min_thinned_size(std::uint64_t part, std::uint64_t count) noexcept {
  const std::uint64_t least = std::min(part * 2, count / 8);
  return least - least / 64;
}

void check_thinned_size(std::uint64_t part, std::uint64_t count) {
  if (min_thinned_size(part, count) <= max_portable_size) return;
  fail_with(ErrorCode::too_large, too_large_message, too_large_hint,
            "It would have some %llu ids, drawn at random from %llu.",
            static_cast<unsigned long long>(part), static_cast<unsigned long long>(count));
}

}  // namespace objectset
