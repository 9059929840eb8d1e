// Aggregate states that gather small sets give what those give that take each set as it comes.
#include <map>

#include "core/aggregate/aggregate_state.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

// Small sets mostly, often with ids in common, now and then a large or an empty one.
Model next_model(Random& random, unsigned round) {
  if (random.one_in(40)) return random.model();
  Model model;
  const Id spread = round % 2 == 0 ? 1 : 1000000007;
  for (std::uint64_t left = random.below(200); left > 0; --left) {
    model.insert((static_cast<Id>(random.below(5000)) - 1000) * spread);
  }
  return model;
}

TEST(Gathering, agrees_with_a_map_of_counts) {
  OBJECTSET_TRACE_SEED();
  Random random(11);
  for (unsigned round = 0; round < 4 && !HasFailure(); ++round) {
    std::map<Id, unsigned> counts;
    AggregateState counted;
    counted.counting = true;
    AggregateState odd;
    AggregateState any;
    counted.gathering = odd.gathering = any.gathering = true;
    std::uint64_t sets = 0;
    while (sets < 1500) {
      const Model model = next_model(random, round);
      for (const Id id : model) ++counts[id];
      ++sets;
      const Stored stored(set_of(model));
      counted.count(stored.view());
      odd.symdiff(stored.view());
      any.unite(stored.view());
      if (random.one_in(500)) odd.settle();
    }
    counted.settle();
    odd.settle();
    Model all;
    Model odd_ids;
    Model many;
    for (const auto& [id, n] : counts) {
      all.insert(all.end(), id);
      if (n % 2 != 0) odd_ids.insert(odd_ids.end(), id);
      if (n >= 12) many.insert(many.end(), id);
    }
    EXPECT_EQ(counted.counter.sets(), sets);
    EXPECT_TRUE(model_of(counted.counter.at_least(1)) == all);
    EXPECT_TRUE(model_of(counted.counter.at_least(12)) == many);
    EXPECT_TRUE(model_of(counted.counter.odd()) == odd_ids);
    EXPECT_TRUE(model_of(odd.set.finish()) == odd_ids);
    EXPECT_TRUE(model_of(any.set.finish()) == all);
  }
}

TEST(Gathering, what_was_gathered_is_written_and_can_be_taken_back) {
  const Set first = set_of({1, 2, 5});
  const Set second = set_of({2, INT64_MAX});
  AggregateState state;
  state.counting = state.gathering = true;
  for (const Set* set : {&first, &second, &second}) state.count(*set);
  state.count(view_of(Set()));
  EXPECT_EQ(state.counter.sets(), 0u);
  const StateWriter writer(state);
  EXPECT_EQ(state.counter.sets(), 4u);
  std::string bytes(writer.size(), '\xee');
  writer.write(bytes.data());
  const AlignedBytes aligned(bytes);
  AggregateState read(aligned.data(), aligned.size());
  EXPECT_EQ(model_of(read.counter.at_least(2)), (Model{2, INT64_MAX}));
  EXPECT_EQ(model_of(read.counter.at_least(3)), (Model{2}));
  read.counter.subtract(second);
  read.counter.subtract(view_of(Set()));
  EXPECT_EQ(model_of(read.counter.at_least(2)), (Model{2}));
  EXPECT_EQ(read.counter.sets(), 2u);
}

TEST(Gathering, only_empty_sets_make_an_empty_counter) {
  AggregateState state;
  state.counting = state.gathering = true;
  state.count(view_of(Set()));
  state.settle();
  EXPECT_EQ(state.counter.sets(), 1u);
  EXPECT_EQ(state.counter.planes(), 0u);
}

}  // namespace
}  // namespace objectset::test
