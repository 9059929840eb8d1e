// The net change of many, beside the sets that there were in between.
#include "core/saved/net_change.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

Model minus(const Model& a, const Model& b) {
  Model result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(result, result.end()));
  return result;
}

// Some ids of few, so that most enter and leave again; of one range, or of several.
Model some_ids(Random& random, std::size_t most) {
  Model ids;
  const std::size_t count = random.below(most + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const Id id = static_cast<Id>(random.below(60)) - 20;
    ids.insert(random.one_in(5) ? id * 3000000000 : id);
  }
  return ids;
}

TEST(NetChange, leads_from_each_set_to_each_later_one_and_back) {
  OBJECTSET_TRACE_SEED();
  Random random;
  for (int program = 0; program < 40; ++program) {
    std::vector<Model> sets = {some_ids(random, 30)};
    std::vector<Model> entered;
    std::vector<Model> departed;
    for (int step = 0; step < 12; ++step) {
      const Model now = random.one_in(10) ? Model() : some_ids(random, 30);
      entered.push_back(minus(now, sets.back()));
      departed.push_back(minus(sets.back(), now));
      sets.push_back(now);
    }
    for (std::size_t from = 0; from < sets.size(); ++from) {
      NetChange change;
      for (std::size_t to = from; to < sets.size(); ++to) {
        if (to > from) {
          const Set in = set_of(entered[to - 1]);
          const Set out = set_of(departed[to - 1]);
          change.then(in, out);
        }
        const Set last = set_of(sets[to]);
        ASSERT_EQ(model_of(change.undone_from(last)), sets[from]);
        ASSERT_EQ(model_of(change.entered()), minus(sets[to], sets[from]));
        ASSERT_EQ(model_of(change.departed()), minus(sets[from], sets[to]));
      }
    }
  }
}

TEST(NetChange, of_large_sets) {
  const Set many = multiples(3, 1000000);
  const Set most = multiples(6, 500000);
  const Set none;
  NetChange change;
  change.then(many, none);
  change.then(none, most);
  change.then(most, none);
  change.then(none, many);
  EXPECT_TRUE(is_empty(change.entered()) && is_empty(change.departed()));
  change.then(none, most);
  change.then(many, none);
  const Set back = change.undone_from(many);
  EXPECT_EQ(compare(back, most), 0);
}

}  // namespace
}  // namespace objectset::test
