// Counting in how many sets an id is.
#include "core/aggregate/bit_sliced_counter.hpp"

#include <map>

#include "support.hpp"

namespace objectset::test {
namespace {

using Counts = std::map<Id, unsigned>;

void count(Counts& counts, const Model& model) {
  for (const Id id : model) ++counts[id];
}

Model at_least(const Counts& counts, unsigned k) {
  Model model;
  for (const auto& [id, n] : counts) {
    if (n >= k) model.insert(model.end(), id);
  }
  return model;
}

void expect_same(const Counter& counter, const Counts& counts, std::uint64_t sets) {
  EXPECT_EQ(counter.sets(), sets);
  for (unsigned k = 1; k <= sets + 1; ++k)
    ASSERT_TRUE(model_of(counter.at_least(k)) == at_least(counts, k)) << k;
  EXPECT_TRUE(is_empty(view_of(counter.at_least(UINT64_MAX))));
  Model odd;
  for (const auto& [id, n] : counts) {
    if (n % 2 != 0) odd.insert(odd.end(), id);
  }
  EXPECT_TRUE(model_of(counter.odd()) == odd);
}

TEST(Counter, agrees_with_a_map_of_counts) {
  OBJECTSET_TRACE_SEED();
  Random random(5);
  for (unsigned round = 0; round < 8 && !HasFailure(); ++round) {
    Counter counter;
    Counts counts;
    std::vector<Model> added;
    const Model core = random.model();
    for (unsigned step = 0; step < 12; ++step) {
      if (!added.empty() && random.one_in(4)) {
        const std::size_t i = random.below(added.size());
        counter.subtract(Stored(set_of(added[i])).view());
        for (const Id id : added[i]) --counts[id];
        added.erase(added.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        added.push_back(random.one_in(3) ? random.model() : united({core, random.model()}));
        counter.add(Stored(set_of(added.back())).view());
        count(counts, added.back());
      }
    }
    expect_same(counter, counts, added.size());
    while (!added.empty()) {
      counter.subtract(view_of(set_of(added.back())));
      added.pop_back();
    }
    EXPECT_EQ(counter.sets(), 0u);
    EXPECT_EQ(counter.planes(), 0u);
    EXPECT_TRUE(is_empty(view_of(counter.at_least(1))));
  }
}

TEST(Counter, the_sum_of_two_counts_what_both_did) {
  OBJECTSET_TRACE_SEED();
  Random random(6);
  for (unsigned round = 0; round < 12 && !HasFailure(); ++round) {
    Counter a;
    Counter b;
    Counts counts;
    const Model core = random.model();
    const std::uint64_t in_a = random.below(9);
    const std::uint64_t in_b = random.below(9);
    for (std::uint64_t i = 0; i < in_a + in_b; ++i) {
      const Model model = united({core, random.model()});
      (i < in_a ? a : b).add(view_of(set_of(model)));
      count(counts, model);
    }
    a.add(b);
    expect_same(a, counts, in_a + in_b);
  }
}

TEST(Counter, a_tally_counts_many_sets_at_once) {
  OBJECTSET_TRACE_SEED();
  Random random(9);
  for (unsigned round = 0; round < 8 && !HasFailure(); ++round) {
    Tally tally;
    Counts counts;
    const Model core = random.model();
    const std::uint64_t sets = random.below(10);
    std::size_t ids = 0;
    for (std::uint64_t i = 0; i < sets; ++i) {
      const Model model = random.one_in(3) ? random.model() : core;
      tally.add(Stored(set_of(model)).view());
      count(counts, model);
      ids += model.size();
    }
    EXPECT_EQ(tally.size(), ids);
    EXPECT_EQ(tally.empty(), sets == 0);
    Counter counter;
    tally.take(counter);
    EXPECT_TRUE(tally.empty());
    EXPECT_EQ(tally.size(), 0u);
    expect_same(counter, counts, sets);
  }
}

TEST(Counter, an_empty_set_counts_as_a_set) {
  Counter counter;
  counter.add(view_of(Set()));
  EXPECT_EQ(counter.sets(), 1u);
  EXPECT_EQ(counter.planes(), 0u);
  EXPECT_TRUE(is_empty(view_of(counter.at_least(1))));
  EXPECT_TRUE(is_empty(view_of(counter.odd())));
  counter.subtract(view_of(Set()));
  EXPECT_EQ(counter.sets(), 0u);
}

TEST(Counter, a_set_that_was_not_added_cannot_be_taken_back) {
  Counter counter;
  counter.add(view_of(set_of({1})));
  EXPECT_FAILS(ErrorCode::invalid_parameter, counter.subtract(view_of(set_of({1, 2}))));
  Counter none;
  EXPECT_FAILS(ErrorCode::invalid_parameter, none.subtract(SetView()));
  EXPECT_FAILS(ErrorCode::invalid_parameter, none.subtract(view_of(set_of({1}))));
  EXPECT_EQ(none.sets(), 0u);
}

TEST(Counter, more_sets_than_can_be_counted_are_refused) {
  Counter counter;
  counter.restore((std::uint64_t{1} << Counter::max_planes) - 2);
  counter.add(SetView());
  EXPECT_FAILS(ErrorCode::too_large, counter.add(SetView()));
  Counter other;
  other.restore(1);
  EXPECT_FAILS(ErrorCode::too_large, counter.add(other));
}

// What is borrowed from the plane above passes a plane that has nothing of it.
TEST(Counter, taking_back_borrows_over_an_empty_plane) {
  const Set whole = make_range(0, 999);
  const Set half = make_range(0, 499);
  Counter counter;
  for (unsigned i = 0; i < 4; ++i) counter.add(whole);
  counter.add(half);
  ASSERT_TRUE(is_empty(counter.plane(1)));
  counter.subtract(whole);
  EXPECT_EQ(compare(view_of(counter.at_least(4)), half), 0);
  EXPECT_EQ(compare(view_of(counter.at_least(3)), whole), 0);
}

TEST(Counter, many_sets_take_a_plane_for_each_binary_digit) {
  Counter counter;
  const Set set = set_of({-1, 7});
  for (unsigned i = 0; i < 1000; ++i) counter.add(set);
  EXPECT_EQ(counter.planes(), 10u);
  EXPECT_EQ(cardinality(view_of(counter.at_least(1000))), 2u);
  EXPECT_EQ(cardinality(view_of(counter.at_least(1001))), 0u);
}

}  // namespace
}  // namespace objectset::test
