// The loops of container_check.cpp and container_check_avx2.cpp, which are compiled for different processors and say by
// VECTOR_BYTES how wide their vectors are. Static, and free of the standard library's templates, so that nothing compiled
// for the one is linked into the other. No loop has a branch over what it finds: all is looked at, and asked about in the
// end.

namespace objectset {

using Values __attribute__((vector_size(VECTOR_BYTES))) = std::uint16_t;
using Pairs __attribute__((vector_size(VECTOR_BYTES))) = std::uint32_t;
using Numbers __attribute__((vector_size(VECTOR_BYTES))) = std::int32_t;
using Words __attribute__((vector_size(VECTOR_BYTES))) = std::uint64_t;
using Ids __attribute__((vector_size(VECTOR_BYTES))) = std::int64_t;

template <class T>
static inline T load_from(const char* from) noexcept {
  T value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

// Whether numbers ascend: more than fit one vector. The last vector may begin before the end of the one before.
template <class Vector, class Number>
static inline bool many_ascend(const char* numbers, std::size_t count) noexcept {
  constexpr std::size_t at_once = sizeof(Vector) / sizeof(Number);
  const auto falls_at = [numbers](std::size_t i) {
    const char* const at = numbers + i * sizeof(Number);
    return load_from<Vector>(at) >= load_from<Vector>(at + sizeof(Number));
  };
  auto bad = falls_at(count - 1 - at_once);
  for (std::size_t i = 0; i + at_once < count; i += at_once) bad |= falls_at(i);
  bool found = false;
  for (std::size_t i = 0; i < at_once; ++i) found |= bad[i] != 0;
  return !found;
}

template <class Vector, class Number>
static inline bool numbers_ascend(const char* numbers, std::size_t count) noexcept {
  if (count > sizeof(Vector) / sizeof(Number)) return many_ascend<Vector, Number>(numbers, count);
  bool found = false;
  for (std::size_t i = 1; i < count; ++i) {
    const char* const at = numbers + i * sizeof(Number);
    found |= load_from<Number>(at - sizeof(Number)) >= load_from<Number>(at);
  }
  return !found;
}

static bool array_ascends(const char* values, std::uint32_t count) noexcept {
  return numbers_ascend<Values, std::uint16_t>(values, count);
}

static bool ids_ascend(const char* ids, std::size_t count) noexcept {
  return numbers_ascend<Ids, std::int64_t>(ids, count);
}

static bool runs_ascend(const char* runs, std::uint32_t count, std::uint32_t cardinality) noexcept {
  constexpr std::uint32_t at_once = VECTOR_BYTES / 4;
  bool found = false;
  std::uint64_t ids = count;
  std::uint32_t i = 0;
  if (count > at_once) {
    Numbers bad = {};
    Numbers lengths = {};
    for (; i + at_once < count; i += at_once) {
      const auto these = load_from<Pairs>(runs + std::size_t{i} * 4);
      const auto next = load_from<Pairs>(runs + std::size_t{i} * 4 + 4);
      const auto length = reinterpret_cast<Numbers>(these >> 16);
      const Numbers last = reinterpret_cast<Numbers>(these & 0xffff) + length;
      bad |= (last > 0xffff) | (reinterpret_cast<Numbers>(next & 0xffff) < last + 2);
      lengths += length;
    }
    for (std::uint32_t j = 0; j < at_once; ++j) {
      found |= bad[j] != 0;
      ids += static_cast<std::uint32_t>(lengths[j]);
    }
  }
  for (; i < count; ++i) {
    const auto pair = load_from<std::uint32_t>(runs + std::size_t{i} * 4);
    const std::uint32_t last = (pair & 0xffff) + (pair >> 16);
    found |= last > 0xffff;
    if (i + 1 < count) {
      found |= load_from<std::uint16_t>(runs + std::size_t{i} * 4 + 4) < last + 2;
    }
    ids += pair >> 16;
  }
  return !found && ids == cardinality;
}

// Harley and Seal's way: eight vectors are added up, bit by bit, before ones are counted once. Warren, Hacker's Delight,
// 5-1. By reference all: how vectors are passed depends on the processor.

// Adds three: bits of value 1 to `low`, of value 2 to `high`.
static inline void add_bits(Words& high, Words& low, const Words& a, const Words& b) noexcept {
  const Words either = low ^ a;
  high = (low & a) | (either & b);
  low = either ^ b;
}

// Adds the number of ones in each word, times `each`.
static inline void add_count(Words& sum, Words words, std::uint64_t each) noexcept {
  words = words - ((words >> 1) & 0x5555555555555555u);
  words = (words & 0x3333333333333333u) + ((words >> 2) & 0x3333333333333333u);
  words = (words + (words >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  words = words + (words >> 8);
  words = words + (words >> 16);
  words = words + (words >> 32);
  sum += (words & 0x7f) * each;
}

static std::uint64_t count_bits(const char* words, std::size_t bytes) noexcept {
  Words ones = {};
  Words twos = {};
  Words fours = {};
  Words sum = {};
  for (const char* at = words; at < words + bytes; at += 8 * VECTOR_BYTES) {
    const auto in = [at](std::size_t i) { return load_from<Words>(at + i * VECTOR_BYTES); };
    Words two_a;
    Words two_b;
    Words four_a;
    Words four_b;
    Words eight;
    add_bits(two_a, ones, in(0), in(1));
    add_bits(two_b, ones, in(2), in(3));
    add_bits(four_a, twos, two_a, two_b);
    add_bits(two_a, ones, in(4), in(5));
    add_bits(two_b, ones, in(6), in(7));
    add_bits(four_b, twos, two_a, two_b);
    add_bits(eight, fours, four_a, four_b);
    add_count(sum, eight, 8);
  }
  add_count(sum, fours, 4);
  add_count(sum, twos, 2);
  add_count(sum, ones, 1);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < VECTOR_BYTES / 8; ++i) all += sum[i];
  return all;
}

static std::uint64_t count_bits_between(const char* words, std::uint32_t first,
                                        std::uint32_t last) noexcept {
  const auto ones_in = [](std::uint64_t word) {
    return static_cast<std::uint64_t>(__builtin_popcountll(word));
  };
  const auto word = [words](std::uint32_t i) {
    return load_from<std::uint64_t>(words + std::size_t{i} * 8);
  };
  const std::uint64_t not_before = ~std::uint64_t{0} << first % 64;
  const std::uint64_t not_after = ~std::uint64_t{0} >> (63 - last % 64);
  const std::uint32_t end = last / 64;
  std::uint32_t at = first / 64;
  if (at == end) return ones_in(word(at) & not_before & not_after);
  std::uint64_t all = ones_in(word(at) & not_before);
  while (++at < end) all += ones_in(word(at));
  return all + ones_in(word(end) & not_after);
}

}  // namespace objectset
