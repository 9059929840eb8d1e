// What two stored sets have in common, counted in the bytes where they stand: for small sets, of which a bitmap is made in
// more time than that takes.
#pragma once

#include "core/stored/stored_set.hpp"

namespace objectset {

/// How many ids both hold.
std::uint64_t intersect_count(const StoredParts& a, const StoredParts& b);

}  // namespace objectset
