#include "core/base/base64.hpp"

#include <array>

#include "core/base/bytes.hpp"

namespace objectset {
namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t no_digit = 0xff000000;

// Two characters for 12 bits, the first one in the lower byte.
constexpr auto pairs = [] {
  std::array<std::uint16_t, 4096> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint16_t>(alphabet[i >> 6] | alphabet[i & 63] << 8);
  }
  return table;
}();

// What a character at each of the four places of a group adds to its three bytes, the first of them lowest; no_digit
// for one that is not of the alphabet.
constexpr auto digits = [] {
  std::array<std::array<std::uint32_t, 256>, 4> table{};
  for (auto& place : table) {
    for (auto& digit : place) digit = no_digit;
  }
  for (std::uint32_t i = 0; i < 64; ++i) {
    const auto c = static_cast<unsigned char>(alphabet[i]);
    table[0][c] = i << 2;
    table[1][c] = i >> 4 | (i & 15) << 12;
    table[2][c] = i >> 2 << 8 | (i & 3) << 22;
    table[3][c] = i << 16;
  }
  return table;
}();

inline std::uint32_t digit(unsigned place, char c) noexcept {
  return digits[place][static_cast<unsigned char>(c)];
}

inline std::uint32_t decode_group(const char* from) noexcept {
  return digit(0, from[0]) | digit(1, from[1]) | digit(2, from[2]) | digit(3, from[3]);
}

[[gnu::always_inline]] inline char* encode_group(std::uint32_t bits, char* to) noexcept {
  return store(store(to, pairs[bits >> 12]), pairs[bits & 0xfff]);
}

}  // namespace

char* encode_base64(const char* from, std::size_t size, char* to) noexcept {
  const char* const end = from + size;
  // Two groups at a time, of eight bytes that are read.
  for (; end - from >= 8; from += 6) {
    const std::uint64_t bits = __builtin_bswap64(load<std::uint64_t>(from));
    to = encode_group(static_cast<std::uint32_t>(bits >> 40), to);
    to = encode_group(static_cast<std::uint32_t>(bits >> 16 & 0xffffff), to);
  }
  const auto byte = [&](int i) {
    return i < end - from ? static_cast<std::uint32_t>(static_cast<unsigned char>(from[i])) : 0;
  };
  for (; from < end; from += 3) {
    to = encode_group(byte(0) << 16 | byte(1) << 8 | byte(2), to);
    if (end - from < 3) to[-1] = '=';
    if (end - from < 2) to[-2] = '=';
    if (end - from < 3) break;
  }
  return to;
}

char* decode_base64(const char* from, std::size_t size, char* to) noexcept {
  if (size % 4 != 0) return nullptr;
  if (size == 0) return to;
  // Four bytes are written for each group; the last one overwrites what is too much, and does not write more itself.
  const char* const last = from + size - 4;
  for (; from < last; from += 4, to += 3) {
    const std::uint32_t bytes = decode_group(from);
    if ((bytes & no_digit) != 0) return nullptr;
    store(to, bytes);
  }
  const unsigned padding = last[3] != '=' ? 0 : last[2] != '=' ? 1 : 2;
  const char group[4] = {last[0], last[1], padding > 1 ? 'A' : last[2],
                         padding > 0 ? 'A' : last[3]};
  const std::uint32_t bytes = decode_group(group);
  if ((bytes & no_digit) != 0) return nullptr;
  std::memcpy(to, &bytes, 3 - padding);
  return to + 3 - padding;
}

}  // namespace objectset
