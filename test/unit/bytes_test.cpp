// Numbers of variable length, and the growing array.
#include "core/base/bytes.hpp"

#include <iterator>

#include "support.hpp"

namespace objectset::test {
namespace {

TEST(Bytes, varints_come_back_and_take_the_size_foretold) {
  std::vector<std::uint64_t> values = {0, 1, UINT64_MAX};
  for (unsigned bit = 1; bit < 64; ++bit) {
    for (const int beside : {-1, 0, 1})
      values.push_back((std::uint64_t{1} << bit) + static_cast<std::uint64_t>(beside));
  }
  for (const std::uint64_t value : values) {
    char bytes[10];
    const char* const end = store_varint(bytes, value);
    EXPECT_EQ(static_cast<std::size_t>(end - bytes), varint_size(value));
    std::uint64_t read = ~value;
    EXPECT_EQ(load_varint(bytes, end, read), end);
    EXPECT_EQ(read, value);
    EXPECT_EQ(load_varint(bytes, end - 1, read), nullptr) << "cut short";
  }
}

TEST(Bytes, varints_of_more_than_64_bits_or_longer_than_need_be_are_refused) {
  const auto reads = [](const std::string& bytes) {
    std::uint64_t value;
    return load_varint(bytes.data(), bytes.data() + bytes.size(), value) != nullptr;
  };
  EXPECT_TRUE(reads(std::string(9, '\xff') + '\x01'));
  EXPECT_FALSE(reads(std::string(9, '\xff') + '\x02'));
  EXPECT_FALSE(reads(std::string(10, '\xff') + '\x01'));
  EXPECT_TRUE(reads(std::string(1, '\0')));
  EXPECT_FALSE(reads(std::string("\x80\0", 2)));
  EXPECT_FALSE(reads(std::string("\xff\x80\0", 3)));
  EXPECT_FALSE(reads(""));
}

TEST(Bytes, zigzag_puts_small_numbers_first_and_comes_back) {
  EXPECT_EQ(zigzag(0), 0u);
  EXPECT_EQ(zigzag(-1), 1u);
  EXPECT_EQ(zigzag(1), 2u);
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-2}, INT64_MIN, INT64_MAX, std::int64_t{INT32_MIN}}) {
    EXPECT_EQ(unzigzag(zigzag(value)), value);
  }
}

TEST(Buffer, takes_a_value_of_its_own_while_it_grows) {
  Buffer<Id> buffer;
  buffer.push_back(7);
  for (unsigned i = 0; i < 1000; ++i) buffer.push_back(buffer[i]);
  EXPECT_EQ(buffer.size(), 1001u);
  EXPECT_EQ(buffer.back(), 7);
}

TEST(Buffer, moves_leave_the_values_in_place) {
  Buffer<Id> a;
  const Id values[] = {1, 2, 3};
  a.append(values, 3);
  const Id* const place = a.data();
  Buffer<Id> b = std::move(a);
  EXPECT_EQ(b.data(), place);
  Buffer<Id> c;
  c.push_back(9);
  c = std::move(b);
  EXPECT_EQ(c.size(), 3u);
  EXPECT_EQ(c.back(), 3);
  c.clear();
  EXPECT_TRUE(c.empty());
}

}  // namespace
}  // namespace objectset::test
