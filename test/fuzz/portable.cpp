// Bytes in the published Roaring formats, of 64 and of 32 bits: refused, or a sound set that is written as bytes that are
// read as the same set.
#include "core/stored/portable_format.hpp"

#include "../unit/damaged.hpp"
#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

// More ids than that cost too much to be looked at one by one.
constexpr std::uint64_t max_ids = 200000;

struct Format {
  Set (*read)(const char* bytes, std::size_t size);
  void (*write)(const SetView& set, Buffer<char>& out);
};

void check(const GuardedBytes& bytes, const Format& format) {
  try {
    const Set set = format.read(bytes.data(), bytes.size());
    if (cardinality(set) > max_ids) return;
    const std::vector<Id> ids = test::ids_of(set);
    EXPECT_EQ(ids.size(), cardinality(set));
    EXPECT_TRUE(std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<Id>()) == ids.end());
    const Stored stored(set);
    EXPECT_TRUE(test::is_canonical(stored.str()));
    Buffer<char> out;
    format.write(stored.view(), out);
    const Set again = format.read(out.data(), out.size());
    EXPECT_EQ(stored_bytes(again), stored.str());
  } catch (const Error& error) {
    EXPECT_TRUE(error.code == ErrorCode::invalid_binary || error.code == ErrorCode::too_large);
  }
}

}  // namespace
}  // namespace objectset::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  const GuardedBytes bytes(reinterpret_cast<const char*>(data), size);
  return run([&] {
    check(bytes, {objectset::read_portable64_untrusted, objectset::write_portable64});
    check(bytes, {objectset::read_portable32_untrusted, objectset::write_portable32});
  });
}

// A stream of 32 bits stands at the beginning, or behind the number of ranges and the first one's upper half.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  const std::size_t at = seed % 4 == 0 ? 0 : 12;
  if (seed % 3 != 0 && size > at) {
    objectset::fuzz::repair_counts(reinterpret_cast<char*>(data) + at, size - at);
  }
  return size;
}
