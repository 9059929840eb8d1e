// Numbers at random that are the same on every machine.
#pragma once

#include <cstdint>

namespace objectset {

/// The upper and the lower half of a product of 128 bits.
struct WideProduct {
  std::uint64_t upper;
  std::uint64_t lower;
};

inline WideProduct multiply_wide(std::uint64_t a, std::uint64_t b) noexcept {
#ifdef __SIZEOF_INT128__
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
#else
  const std::uint64_t a_low = a & UINT32_MAX;
  const std::uint64_t b_low = b & UINT32_MAX;
  const std::uint64_t low = a_low * b_low;
  const std::uint64_t middle = (a >> 32) * b_low + (low >> 32);
  const std::uint64_t other = a_low * (b >> 32) + (middle & UINT32_MAX);
  return {(a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32), a * b};
#endif
}

/// SplitMix64. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  /// 0 to `limit` - 1, each as likely as any other. Source: Lemire, "Fast random integer generation in an interval", ACM
  /// Transactions on Modeling and Computer Simulation 29, 2019.
  std::uint64_t below(std::uint64_t limit) noexcept {
    WideProduct product = multiply_wide(next(), limit);
    if (product.lower < limit) {
      const std::uint64_t least = (0 - limit) % limit;
      while (product.lower < least) product = multiply_wide(next(), limit);
    }
    return product.upper;
  }

 private:
  std::uint64_t state_;
};

}  // namespace objectset
