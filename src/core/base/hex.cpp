#include "core/base/hex.hpp"

namespace objectset {
namespace {

// -1 for what is no digit.
int value_of(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

char* decode_hex(const char* from, std::size_t size, char* to) noexcept {
  if (size % 2 != 0) return nullptr;
  for (const char* const end = from + size; from != end; from += 2) {
    const int high = value_of(from[0]);
    const int low = value_of(from[1]);
    if (high < 0 || low < 0) return nullptr;
    *to++ = static_cast<char>(high * 16 + low);
  }
  return to;
}

}  // namespace objectset
