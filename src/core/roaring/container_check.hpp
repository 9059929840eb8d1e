// Whether what a stored set holds is sound: each id is looked at, in about the time that the checksum takes. And how many
// bits of a bitmap are set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace objectset {

struct ContainerCheck {
  /// Whether values of 16 bits ascend.
  bool (*array_ascends)(const char* values, std::uint32_t count) noexcept;
  /// Whether ids of 64 bits ascend.
  bool (*ids_ascend)(const char* ids, std::size_t count) noexcept;
  /// Whether (start, length - 1) pairs of 16 bits each ascend, touch nowhere, end by 65535 and have so many ids.
  bool (*runs_ascend)(const char* runs, std::uint32_t count, std::uint32_t cardinality) noexcept;
  /// How many bits are set; of a multiple of 256 bytes.
  std::uint64_t (*count_bits)(const char* words, std::size_t bytes) noexcept;
  /// How many bits from `first` to `last` are set, both included.
  std::uint64_t (*count_bits_between)(const char* words, std::uint32_t first,
                                      std::uint32_t last) noexcept;
};

/// For the processor's widest registers.
const ContainerCheck& container_check() noexcept;

/// For any processor of the architecture.
extern const ContainerCheck container_check_any;
#if defined(__x86_64__)
/// For processors with AVX2 and POPCNT only: in half the time.
extern const ContainerCheck container_check_avx2;
#endif

}  // namespace objectset
