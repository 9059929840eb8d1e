// Base64, both ways.
#include "core/base/base64.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

std::string encoded(const std::string& bytes) {
  const AlignedBytes exact(bytes);
  std::string text((bytes.size() + 2) / 3 * 4, '?');
  EXPECT_EQ(encode_base64(exact.data(), exact.size(), text.data()), text.data() + text.size());
  return text;
}

// What a text stands for; "refused" where it is no base64.
std::string decoded(const std::string& text) {
  const AlignedBytes exact(text);
  const std::string before(text.size() / 4 * 3, '?');
  AlignedBytes bytes(before);
  char* const end = decode_base64(exact.data(), exact.size(), bytes.data());
  return end == nullptr ? "refused" : std::string(bytes.data(), end);
}

TEST(Base64, gives_the_examples_of_the_RFC) {
  const char* const examples[][2] = {{"", ""},
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"foob", "Zm9vYg=="},
                                     {"fooba", "Zm9vYmE="},
                                     {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(decoded(text), bytes);
  }
  EXPECT_EQ(encoded("\xfb\xff\xbf"), "+/+/");
}

TEST(Base64, brings_back_bytes_of_any_number) {
  OBJECTSET_TRACE_SEED();
  Random random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(random.bits()));
    EXPECT_EQ(decoded(encoded(bytes)), bytes);
  }
}

TEST(Base64, refuses_what_is_not_of_the_alphabet_wherever_it_stands) {
  const std::string text = "AAECAwQFBgcICQoL";
  ASSERT_NE(decoded(text), "refused");
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int c = 0; c < 256; ++c) {
      std::string changed = text;
      changed[i] = static_cast<char>(c);
      const bool good = std::isalnum(c) != 0 || c == '+' || c == '/';
      const bool padding = c == '=' && i + 1 == text.size();
      EXPECT_EQ(decoded(changed) != "refused", good || padding) << i << ": " << c;
    }
  }
}

TEST(Base64, refuses_parts_of_groups_and_padding_before_the_end) {
  for (const char* text : {"A", "AA", "AAA", "AAAAA", "=", "====", "A===", "AA=A", "=AAA",
                           "AA==AAAA", "AAA=AAAA", "AAAA====", "AAAA=", "AAAAAA="}) {
    EXPECT_EQ(decoded(text), "refused") << text;
  }
}

}  // namespace
}  // namespace objectset::test
