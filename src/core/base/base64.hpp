// Base64 as of RFC 4648, section 4: several characters by each look-up in a table, since dumps and restores of sets
// spend their time here.
#pragma once

#include <cstddef>

namespace objectset {

/// Writes `size` bytes as (size + 2) / 3 * 4 characters, the last group padded, and gives their end.
char* encode_base64(const char* from, std::size_t size, char* to) noexcept;

/// Writes what the characters stand for, size / 4 * 3 bytes at most, and gives their end; nullptr where they are no
/// whole groups, or one is not of the alphabet. Padding may only stand at the end.
char* decode_base64(const char* from, std::size_t size, char* to) noexcept;

}  // namespace objectset
