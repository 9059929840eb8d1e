// Bytes in stored form from outside: what passes for valid is a set, and the very bytes that it is written as.
#include "../unit/damaged.hpp"
#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

// What input and recv accept, with the checksum as it is and with one that fits.
void check(const std::string& bytes) {
  const GuardedBytes guarded(bytes);
  if (!stored_is_valid_untrusted(guarded.data(), guarded.size())) return;
  const StoredSet set(guarded.data(), guarded.size());  // what is valid opens
  StoredSummary summary;
  EXPECT_TRUE(read_summary(guarded.data(), guarded.size(), guarded.size(), summary));
  EXPECT_EQ(summary.cardinality, cardinality(set.view()));
  EXPECT_TRUE(runs_of(set.view()).count() == summary.cardinality);
  Set changed = combine(Operation::unite, set.view(), SetView());
  changed.keep();
  EXPECT_EQ(stored_bytes(changed), bytes);
  if (summary.cardinality > 100000) return;
  EXPECT_TRUE(test::is_canonical(bytes));
}

}  // namespace
}  // namespace objectset::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  return fuzz::run([&] {
    fuzz::check(bytes);
    if (size >= identity_size) fuzz::check(test::with_checksum(bytes));
  });
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0) {
    objectset::fuzz::repair_stored_counts(reinterpret_cast<char*>(data), size);
  }
  return size;
}
