// How many go on from each of several sets to the next.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

/// counts[i]: how many ids are in all of the first i + 1 sets.
void funnel(Span<SetView> sets, std::uint64_t* counts);

}  // namespace objectset
