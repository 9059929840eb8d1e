// Hexadecimal digits.
#include "core/base/hex.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

// What a text stands for; "refused" where it is no pairs of digits.
std::string decoded(const std::string& text) {
  const AlignedBytes exact(text);
  AlignedBytes bytes(std::string(text.size() / 2, '?'));
  char* const end = decode_hex(exact.data(), exact.size(), bytes.data());
  return end == nullptr ? "refused" : std::string(bytes.data(), end);
}

TEST(Hex, stands_for_bytes) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("00ff7F80aBCd"), std::string("\0\xff\x7f\x80\xab\xcd", 6));
  const char digits[] = "0123456789abcdef";
  for (int byte = 0; byte < 256; ++byte) {
    const std::string pair = {digits[byte / 16], digits[byte % 16]};
    EXPECT_EQ(decoded(pair), std::string(1, static_cast<char>(byte)));
  }
}

TEST(Hex, of_anything_else_is_refused) {
  EXPECT_EQ(decoded("0"), "refused");
  EXPECT_EQ(decoded("000"), "refused");
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    EXPECT_EQ(decoded({'0', c}) == "refused", !is_digit) << byte;
    EXPECT_EQ(decoded({c, '0'}) == "refused", !is_digit) << byte;
  }
}

}  // namespace
}  // namespace objectset::test
