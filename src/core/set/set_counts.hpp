// How many ids of a set lie between others: for estimates, which ask that of a hundred ids at once.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// How many ids are greater than the first of these, which ascend, and not greater than each. Nothing that lies before the
/// first one's block of 65,536 numbers, or behind the last one's, is looked at.
void counts_after_first(const SetView& set, const Id* ids, std::size_t count,
                        std::uint64_t* found) noexcept;

}  // namespace objectset
