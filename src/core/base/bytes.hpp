// Little-endian numbers at any address, and numbers of variable length.
#pragma once

#include <cstdint>
#include <cstring>

namespace objectset {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the stored form is little-endian and is viewed in place");

template <class T>
T load(const char* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
char* store(char* to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

/// LEB128: seven bits a byte, lowest first, the high bit on all but the last byte. At most 10 bytes.
inline char* store_varint(char* to, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<char>(value);
  return to;
}

inline std::size_t varint_size(std::uint64_t value) noexcept {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

/// Returns the address after the number, or nullptr where it does not end before `end`, does not fit 64 bits
/// or is longer than it need be (so that a number has one form only).
inline const char* load_varint(const char* from, const char* end, std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64 && from < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*from++);
    const std::uint64_t bits = byte & 0x7fu;
    if (shift == 63 && bits > 1) return nullptr;
    value |= bits << shift;
    if ((byte & 0x80) == 0) return byte == 0 && shift != 0 ? nullptr : from;
  }
  return nullptr;
}

/// Signed numbers as unsigned ones, small in absolute value first: 0, -1, 1, -2, ...
inline std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace objectset
