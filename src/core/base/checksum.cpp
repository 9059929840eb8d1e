#include "core/base/checksum.hpp"

#include "core/base/memory.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/base/checksum_xxh3.hpp"

namespace objectset {

#if defined(__x86_64__)
namespace {

// Shorter ones are hashed in ways that have no use for wide registers.
constexpr std::size_t avx2_from = 241;

bool have_avx2() noexcept {
  static const bool have = __builtin_cpu_supports("avx2") != 0;
  return have;
}

}  // namespace
#endif

std::uint64_t checksum(const char* bytes, std::size_t size, std::uint64_t seed) {
#if defined(__x86_64__)
  if (size >= avx2_from && have_avx2()) return checksum_avx2(bytes, size, seed);
#endif
  return xxh3(bytes, size, seed);
}

}  // namespace objectset
