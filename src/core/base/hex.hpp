// Hexadecimal digits, as the text of a bytea has them behind its \\x: how other systems hand over bytes as text.
#pragma once

#include <cstddef>

namespace objectset {

/// Writes size / 2 bytes, what the digits stand for, and gives their end; nullptr where they are no whole pairs, or one
/// is no digit. Either case.
char* decode_hex(const char* from, std::size_t size, char* to) noexcept;

}  // namespace objectset
