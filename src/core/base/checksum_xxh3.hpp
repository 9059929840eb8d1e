// XXH3 as checksum.cpp and checksum_avx2.cpp each compile it: part of those two files alone, behind xxhash.h. Static, and
// free of the standard library's templates, since one of the two is compiled for another processor.
#pragma once

namespace objectset {

// Of many bytes it is computed in pieces, so that it can be interrupted.
static inline std::uint64_t xxh3(const char* bytes, std::size_t size, std::uint64_t seed) {
  constexpr std::size_t piece = std::size_t{8} << 20;
  if (size <= piece) return XXH3_64bits_withSeed(bytes, size, seed);
  XXH3_state_t state = {};
  XXH3_64bits_reset_withSeed(&state, seed);
  for (std::size_t done = 0; done < size; done += piece) {
    check_interrupts();
    XXH3_64bits_update(&state, bytes + done, size - done < piece ? size - done : piece);
  }
  return XXH3_64bits_digest(&state);
}

}  // namespace objectset
