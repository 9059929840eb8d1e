// The beginning of a set as one number that sorts as the set does.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// So many of a set's least ids are enough.
inline constexpr std::size_t sort_prefix_ids = 11;

/// A number that is smaller for one set than for another only where that set comes before the other by compare(), and
/// mostly is where it does. `ids` are the set's least sort_prefix_ids ids, or all there are, ascending.
std::uint64_t sort_prefix(Span<Id> ids) noexcept;

}  // namespace objectset
