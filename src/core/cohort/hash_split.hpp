// A set in groups by a hash of its ids: an id is in the same group of every set, on every machine, for ever.
//
// The hash of an id is XXH3-64 of its 8 bytes, little-endian, seeded with the XXH3-64 of the salt's bytes; with k groups the
// id is in group floor(hash * k / 2^64), counted from 0 here. So each group is a stretch of hashes, and one of 10 is two
// of 20. Source of XXH3: https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md.
#pragma once

#include "core/set/set_builder.hpp"

namespace objectset {

std::uint64_t seed_of_salt(const char* salt, std::size_t size) noexcept;

/// The group, 0 to `groups` - 1, that an id is in.
std::uint32_t group_of(Id id, std::uint32_t groups, std::uint64_t seed) noexcept;

/// The ids of one group. Raises too_large where no value could hold them. Stands alone.
Set split_part(const SetView& set, std::uint32_t groups, std::uint64_t seed, std::uint32_t group);

/// Gives each of `groups` builders the ids of its group; raises the same.
void split(const SetView& set, std::uint32_t groups, std::uint64_t seed, SetBuilder* builders);

}  // namespace objectset
