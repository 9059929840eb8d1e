// The checksum of a stored value: XXH3-64, with the processor's wide registers where it has them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace objectset {

/// XXH3_64bits_withSeed(), on any processor the same. Throws Interrupted where the host wants to stop.
std::uint64_t checksum(const char* bytes, std::size_t size, std::uint64_t seed);

#if defined(__x86_64__)
/// The same, for processors with AVX2 only: three times as fast.
std::uint64_t checksum_avx2(const char* bytes, std::size_t size, std::uint64_t seed);
#endif

}  // namespace objectset
