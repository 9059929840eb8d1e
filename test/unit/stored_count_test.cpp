// What two sets have in common, counted in their stored bytes, against their models and their bitmaps.
#include "core/stored/stored_count.hpp"

#include <algorithm>
#include <iterator>

#include "support.hpp"

namespace objectset::test {
namespace {

std::uint64_t counted(const std::string& a, const std::string& b, std::size_t shift = 0) {
  const AlignedBytes moved_a(std::string(shift, 'x') + a);
  const AlignedBytes moved_b(std::string(shift, 'x') + b);
  const StoredParts parts_a(moved_a.data() + shift, a.size());
  const StoredParts parts_b(moved_b.data() + shift, b.size());
  return intersect_count(parts_a, parts_b);
}

std::uint64_t in_common(const Model& a, const Model& b) {
  std::vector<Id> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both.size();
}

TEST(StoredCount, sets_of_all_shapes_have_in_common_what_their_models_have) {
  for (const Shape& a : shapes()) {
    const std::string bytes_a = stored_bytes(set_of(a.ids));
    for (const Shape& b : shapes()) {
      ASSERT_EQ(counted(bytes_a, stored_bytes(set_of(b.ids))), in_common(a.ids, b.ids))
          << a.name << " and " << b.name;
    }
  }
}

// Runs of `longest` ids at most, with gaps up to `gap`, from `from` on.
Model runs(Random& random, std::uint64_t number, std::uint64_t longest, std::uint64_t gap,
           Id from) {
  Model model;
  for (std::uint64_t i = 0; i < number; ++i) {
    from += static_cast<Id>(1 + random.below(gap));
    const auto length = static_cast<Id>(1 + random.below(longest));
    for (const Id end = from + length; from < end; ++from) model.insert(model.end(), from);
  }
  return model;
}

Model any_small_set(Random& random) {
  Model model;
  for (std::uint64_t parts = 1 + random.below(3); parts > 0; --parts) {
    const std::uint64_t longest = random.one_in(2) ? 1 : 1 + random.below(40);
    const std::uint64_t gap = random.one_in(4) ? 70000 : 1 + random.below(60);
    const auto from = static_cast<Id>(random.below(3)) * two_to_32 - 200 +
                      static_cast<Id>(random.below(3)) * two_to_16 +
                      static_cast<Id>(random.below(300));
    const Model part =
        runs(random, 1 + random.below(random.one_in(3) ? 5 : 120), longest, gap, from);
    model.insert(part.begin(), part.end());
  }
  return model;
}

TEST(StoredCount, random_small_sets_have_in_common_what_their_models_have_at_any_address) {
  OBJECTSET_TRACE_SEED();
  Random random;
  for (int turn = 0; turn < 3000; ++turn) {
    const Model a = any_small_set(random);
    const Model b = any_small_set(random);
    const auto shift = static_cast<std::size_t>(random.below(8));
    ASSERT_EQ(counted(stored_bytes(set_of(a)), stored_bytes(set_of(b)), shift), in_common(a, b))
        << "turn " << turn;
  }
}

}  // namespace
}  // namespace objectset::test
