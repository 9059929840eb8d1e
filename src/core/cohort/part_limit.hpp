// How much of a set that is thinned out at random fits a value.
#pragma once

#include <cstdint>

namespace objectset {

/// The least that `part` ids take in portable form that are drawn at random from a set of `count` ids, of which they are
/// no more than half; but for what chance makes of it.
std::uint64_t min_thinned_size(std::uint64_t part, std::uint64_t count) noexcept;

/// Raises too_large where that is more than a value can hold: before anything is built.
void check_thinned_size(std::uint64_t part, std::uint64_t count);

}  // namespace objectset
