// The checksum is XXH3's, however it is computed.
#include "core/base/checksum.hpp"

#include <cstdlib>

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

TEST(Checksum, of_many_bytes_is_the_same_and_can_be_interrupted) {
  std::string bytes(20'000'003, 0);
  for (std::size_t i = 0; i < bytes.size(); i += 1000) bytes[i] = static_cast<char>(i / 1000);
  const std::size_t piece = std::size_t{8} << 20;
  for (const std::size_t size : {piece, piece + 1, 2 * piece, bytes.size()}) {
    const std::uint64_t expected = XXH3_64bits_withSeed(bytes.data(), size, 0x101);
    EXPECT_EQ(checksum(bytes.data(), size, 0x101), expected) << size;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") == 0) continue;
    EXPECT_EQ(checksum_avx2(bytes.data(), size, 0x101), expected) << size;
#endif
  }
  set_host(Host{std::malloc, std::realloc, std::free, [] { return true; }});
  EXPECT_THROW(checksum(bytes.data(), bytes.size(), 0x101), Interrupted);
  resume();
  std::string to(bytes.size(), 0);
  EXPECT_THROW(copy_bytes(to.data(), bytes.data(), bytes.size()), Interrupted);
  resume();
  set_host(Host{std::malloc, std::realloc, std::free, [] { return false; }});
  copy_bytes(to.data(), bytes.data(), bytes.size());
  EXPECT_TRUE(to == bytes);
}

}  // namespace
}  // namespace objectset::test
