// A sample of a set: some of its ids, each choice of so many as likely as any other.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

/// `wanted` ids of a set; all where it has no more. The same for the same ids and seed, on every machine:
///
/// Of a set of N ids, numbers below N are drawn (SplitMix64 from `seed` on, SplitMix64::below) until as many different
/// ones have come as there are to be ids; the ids in these places, counted from 0 in ascending order, are the sample.
/// Where more than half are wanted, the others are drawn so and left out.
///
/// Raises too_large where no value could hold the sample. Stands alone.
Set random_sample(const SetView& set, std::uint64_t wanted, std::uint64_t seed);

}  // namespace objectset
