// The checksum is XXH3's, however it is computed.
#include "core/base/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "support.hpp"

namespace objectset::test {
namespace {

TEST(Checksum, all_ways_to_compute_it_agree) {
  OBJECTSET_TRACE_SEED();
  Random random(62);
  std::string bytes(5000, 0);
  for (char& byte : bytes) byte = static_cast<char>(random.bits());
  for (std::size_t size = 0; size < bytes.size(); size += size < 600 ? 1 : 97) {
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{0x101}, random.bits()}) {
      const std::size_t start = random.below(bytes.size() - size);
      const std::uint64_t expected = XXH3_64bits_withSeed(bytes.data() + start, size, seed);
      ASSERT_EQ(checksum(bytes.data() + start, size, seed), expected) << size;
#if defined(__x86_64__)
      if (__builtin_cpu_supports("avx2") == 0) continue;
      ASSERT_EQ(checksum_avx2(bytes.data() + start, size, seed), expected) << size;
#endif
    }
  }
}

}  // namespace
}  // namespace objectset::test
