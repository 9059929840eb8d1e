// Portable streams made by hand, right and wrong.
#pragma once

#include <algorithm>

#include "core/base/bytes.hpp"
#include "core/roaring/roaring_stream.hpp"
#include "support.hpp"

namespace objectset::test {

inline constexpr unsigned plain_cookie = 12346;
inline constexpr unsigned run_cookie = 12347;  // with the number of containers less 1 above it

/// The container of a bitmap: its 65,536 bits.
inline std::string bits_of(const Model& values) {
  std::string bytes(8192, '\0');
  for (const Id value : values) {
    char& byte = bytes[static_cast<std::size_t>(value) / 8];
    byte = static_cast<char>(byte | 1 << (value % 8));
  }
  return bytes;
}

/// A stream of one container without runs, said to have so many ids.
inline std::string one_plain(unsigned cardinality, const std::string& container) {
  return Bytes().u32({plain_cookie, 1}).u16({0, cardinality - 1}).u32({16}).raw(container).str();
}
inline std::string one_array(std::initializer_list<unsigned> values) {
  return one_plain(static_cast<unsigned>(values.size()), Bytes().u16(values).str());
}
/// A stream of one container of runs; after their number come (start, length - 1) pairs.
inline std::string one_runs(unsigned cardinality, std::initializer_list<unsigned> runs) {
  return Bytes().u32({run_cookie}).u8({1}).u16({0, cardinality - 1}).u16(runs).str();
}
/// Two arrays {1} with these keys and offsets.
inline std::string two_arrays(unsigned first_key, unsigned second_key, unsigned first_at = 24,
                              unsigned second_at = 26) {
  return Bytes()
      .u32({plain_cookie, 2})
      .u16({first_key, 0, second_key, 0})
      .u32({first_at, second_at})
      .u16({1, 1})
      .str();
}

/// A value of one range with this stream, of as many ids as its header says.
inline std::string value_of_stream(const std::string& stream) {
  std::uint64_t count = 0;
  Container container;
  for (StreamWalker walker(stream.data(), stream.size()); walker.next(container);) {
    count += container.cardinality;
  }
  char numbers[20];
  char* end = store_varint(numbers, 0);
  end = store_varint(end, std::max<std::uint64_t>(count, 1) - 1);
  end = store_varint(end, 65535);
  return with_checksum(Bytes()
                           .u8({1, 1})
                           .u16({0})
                           .u64({0})
                           .u32({1, 0})
                           .raw(std::string(numbers, end))
                           .raw(stream)
                           .str());
}

struct Crafted {
  const char* name;
  std::string bytes;
  Model ids;  // of those that are sound
};

inline std::vector<Crafted> canonical_streams() {
  Model scattered;
  for (Id id = 0; id < 5000; ++id) scattered.insert(id * 13);
  return {
      {"array", one_array({1, 2, 9}), {1, 2, 9}},
      {"tie", one_array({1, 2, 3}), {1, 2, 3}},
      {"runs", one_runs(9, {2, 0, 3, 65531, 4}), united({run_of(0, 3), run_of(65531, 65535)})},
      {"whole run", one_runs(65536, {1, 0, 65535}), run_of(0, 65535)},
      {"bitmap", one_plain(5000, bits_of(scattered)), scattered},
      {"two arrays", two_arrays(3, 65535), {3 * two_to_16 + 1, 65535 * two_to_16 + 1}},
      {"runs beside an array",
       Bytes().u32({run_cookie | 1 << 16}).u8({2}).u16({0, 0, 1, 9}).u16({7}).u16({1, 0, 9}).str(),
       united({{7}, run_of(two_to_16, two_to_16 + 9)})},
  };
}

/// Sound, but another stream of the same ids is the canonical one.
inline std::vector<Crafted> other_streams() {
  return {
      {"runs as long as an array", one_runs(3, {1, 1, 2}), {1, 2, 3}},
      {"runs longer than an array", one_runs(2, {2, 1, 0, 9, 0}), {1, 9}},
      {"array longer than runs", one_array({1, 2, 3, 4}), run_of(1, 4)},
      {"bitmap longer than runs", one_plain(5000, bits_of(run_of(1, 5000))), run_of(1, 5000)},
      {"runs longer than a bitmap",
       [] {
         Bytes bytes;
         bytes.u32({run_cookie}).u8({1}).u16({0, 6000 - 1}).u16({3000});
         for (unsigned i = 0; i < 3000; ++i) bytes.u16({4 * i, 1});
         return bytes.str();
       }(),
       [] {
         Model model;
         for (Id i = 0; i < 3000; ++i) model.insert({4 * i, 4 * i + 1});
         return model;
       }()},
      {"flags without runs",
       Bytes().u32({run_cookie}).u8({0}).u16({0, 2}).u16({1, 2, 9}).str(),
       {1, 2, 9}},
      {"flags beyond the containers",
       Bytes().u32({run_cookie}).u8({3}).u16({0, 9}).u16({1, 0, 9}).str(), run_of(0, 9)},
      {"no containers", Bytes().u32({plain_cookie, 0}).str(), {}},
  };
}

inline std::vector<Crafted> unsound_streams() {
  return {
      {"unsorted array", one_array({2, 1, 9}), {}},
      {"repeat in an array", one_array({1, 1, 9}), {}},
      {"cardinality of an array too small", one_plain(2, Bytes().u16({1, 2, 9}).str()), {}},
      {"cardinality of an array too large", one_plain(4, Bytes().u16({1, 2, 9}).str()), {}},
      {"cardinality of a bitmap too small", one_plain(5000, bits_of(run_of(0, 5000))), {}},
      {"cardinality of a bitmap too large", one_plain(5002, bits_of(run_of(0, 5000))), {}},
      {"empty bitmap", one_plain(5000, bits_of({})), {}},
      {"cardinality of runs too small", one_runs(9, {1, 0, 9}), {}},
      {"cardinality of runs too large", one_runs(11, {1, 0, 9}), {}},
      {"no runs", one_runs(1, {0}), {}},
      {"runs that overlap", one_runs(20, {2, 0, 9, 9, 9}), {}},
      {"runs that touch", one_runs(20, {2, 0, 9, 10, 9}), {}},
      {"runs out of order", one_runs(20, {2, 50, 9, 0, 9}), {}},
      {"run beyond the container", one_runs(10, {1, 65530, 9}), {}},
      {"more runs than bytes", one_runs(10, {2, 0, 9}), {}},
      {"keys out of order", two_arrays(4, 3), {}},
      {"keys that repeat", two_arrays(4, 4), {}},
      {"offset too small", two_arrays(3, 4, 23), {}},
      {"offset too large", two_arrays(3, 4, 24, 28), {}},
      {"offset beyond the end", two_arrays(3, 4, 24, 0xfffffff0), {}},
      {"offsets swapped", two_arrays(3, 4, 26, 24), {}},
      {"too many containers",
       Bytes().u32({plain_cookie, 65537}).raw(std::string(10 * 65537, '\1')).str(),
       {}},
      {"a negative number of containers",
       Bytes().u32({plain_cookie, 0x80000000}).raw(std::string(64, '\0')).str(),
       {}},
      {"fewer containers than said",
       Bytes().u32({plain_cookie, 2}).u16({0, 2}).u32({16}).u16({1, 2, 9}).str(),
       {}},
      {"another cookie", Bytes().u32({12345, 1}).u16({0, 2}).u32({16}).u16({1, 2, 9}).str(), {}},
      {"a byte left over", one_array({1, 2, 9}) + '\0', {}},
      {"nothing", "", {}},
  };
}

}  // namespace objectset::test
