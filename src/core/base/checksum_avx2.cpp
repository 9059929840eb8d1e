// XXH3 once more, compiled for AVX2. Nothing but it stands between the pragmas, and nothing of it can be linked elsewhere:
// its functions are all static.
#include "core/base/checksum.hpp"

#include "core/base/memory.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <climits>
#include <cstdlib>
#include <cstring>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define XXH_INLINE_ALL
#define XXH_VECTOR 2  // XXH_AVX2
#include <xxhash.h>

#include "core/base/checksum_xxh3.hpp"

namespace objectset {

std::uint64_t checksum_avx2(const char* bytes, std::size_t size, std::uint64_t seed) {
  const std::uint64_t result = xxh3(bytes, size, seed);
  // Compilers forget to: and all code for narrow registers that runs after this one would take several times as long.
  _mm256_zeroupper();
  return result;
}

}  // namespace objectset

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
