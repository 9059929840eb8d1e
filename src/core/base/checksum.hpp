// The checksum of a stored value: XXH3-64, with the processor's wide registers where it has them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace objectset {

/// XXH3_64bits_withSeed(), on any processor the same.
std::uint64_t checksum(const char* bytes, std::size_t size, std::uint64_t seed) noexcept;

#if defined(__x86_64__)
/// The same, for processors with AVX2 only: three times as fast.
std::uint64_t checksum_avx2(const char* bytes, std::size_t size, std::uint64_t seed) noexcept;
#endif

}  // namespace objectset
