// Bytes of a stored value that was damaged, also where the checksum fits: it cannot be opened, or all that is done with a
// set can be done with it. The value stands before a page that cannot be read, and is not written to.
#include "../unit/damaged.hpp"
#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

constexpr std::uint64_t max_ids = 5000;

struct Others {
  Set near, bits, far;
  Others() {
    SetBuilder builder;
    for (Id i = 0; i < 40; ++i) builder.add_range(i * 5000, i * 5000 + i);
    for (Id i = -20; i < 20; ++i) builder.add(i * two_to_32 * 5 + 4);
    near = std::move(builder.finish());
    bits = test::multiples(3, 6000, 40000);
    far = test::scattered(200, 20, 5);
  }
};

// Sets of many ids cost too much to be looked at one by one.
void work_with_many(const SetView& set, const Set& other) {
  for (const Operation operation : operations) {
    Set result = combine(operation, set, other);
    result.keep();
    Set changed = combine(operation, other, set);
    changed.keep();
    changed.change(operation, result);
  }
  intersect_count(set, other);
  is_subset(other, set);
  compare(set, other);
  Membership membership(set);
  std::vector<std::uint64_t> table(membership.table_words(1 << 12));
  if (!table.empty()) membership.use_table(table.data(), table.size());
  membership(minimum(set));
  slice(set, cardinality(set) / 2, 1000).keep();
}

void work_with(const GuardedBytes& bytes, const Set& other) {
  const std::string before(bytes.data(), bytes.size());
  const StoredSet stored(bytes.data(), bytes.size());
  const SetView set = stored.view();
  if (is_empty(set)) return;
  if (cardinality(set) <= max_ids) {
    test::work_with(set, {&other});
  } else {
    work_with_many(set, other);
  }
  StoredSummary summary;
  read_summary(bytes.data(), bytes.size(), bytes.size(), summary);
  EXPECT_TRUE(std::memcmp(before.data(), bytes.data(), bytes.size()) == 0);
}

void check(const std::string& value, const Set& other) {
  const GuardedBytes bytes(value);
  try {
    work_with(bytes, other);
  } catch (const Error& error) {
    // A set that is shifted may leave the 64 bits.
    EXPECT_TRUE(error.code == ErrorCode::data_corrupted || error.code == ErrorCode::out_of_range)
        << error.message;
  }
}

}  // namespace
}  // namespace objectset::fuzz

// The first byte says which set it is combined with.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset;
  static const fuzz::Others others;
  if (size == 0) return 0;
  const Set& other = data[0] % 3 == 0 ? others.near : data[0] % 3 == 1 ? others.bits : others.far;
  const std::string value(reinterpret_cast<const char*>(data) + 1, size - 1);
  return fuzz::run([&] {
    fuzz::check(value, other);
    if (value.size() >= identity_size) fuzz::check(test::with_checksum(value), other);
  });
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0 && size > 1) {
    objectset::fuzz::repair_stored_counts(reinterpret_cast<char*>(data) + 1, size - 1);
  }
  return size;
}
