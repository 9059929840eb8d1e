// Membership: ids asked of a set one after the other, by search and by a table.
#include "core/set/membership.hpp"

#include <vector>

#include "support.hpp"

namespace objectset::test {
namespace {

// What is asked of the set, and of the same with a table.
void ask(Random& random, const Model& model, const SetView& set) {
  Membership membership(set);
  Membership by_table(set);
  const std::size_t words = by_table.table_words(1 << 16);
  std::vector<std::uint64_t> table(words);
  if (words > 0) by_table.use_table(table.data(), words);
  for (int i = 0; i < 200; ++i) {
    Id id = random.id();
    if (!model.empty() && random.one_in(2)) {
      id = *model.lower_bound(std::min(id, *model.rbegin()));
      if (random.one_in(3) && id < INT64_MAX) ++id;
    }
    EXPECT_EQ(membership(id), model.count(id) == 1) << id;
    EXPECT_EQ(by_table(id), model.count(id) == 1) << id;
  }
}

TEST(Membership, TellsWhatContainsTells) {
  OBJECTSET_TRACE_SEED();
  Random random(42);
  for (int turn = 0; turn < 200; ++turn) {
    const Model model = random.model();
    const Stored stored(set_of(model));
    ask(random, model, stored.view());
  }
  Membership none;
  EXPECT_FALSE(none(0));
  EXPECT_EQ(none.table_words(1 << 16), 0U);
}

TEST(Membership, HasATableOfTheIdsFromTheLeastToTheGreatest) {
  OBJECTSET_TRACE_SEED();
  Random random(43);
  for (const Id least :
       {INT64_MIN, INT64_MIN + 63, Id{-100}, Id{0}, Id{1} << 32, INT64_MAX - 300}) {
    for (const Id span : {0, 63, 64, 255, 300}) {
      Model model = {least, least + span};
      for (Id id = least; id <= least + span - 1; ++id) {
        if (random.one_in(3)) model.insert(id);
      }
      const Stored stored(set_of(model));
      Membership membership(stored.view());
      const std::size_t words = membership.table_words(5);
      ASSERT_EQ(words, static_cast<std::size_t>(span) / 64 + 1);
      EXPECT_EQ(membership.table_words(words - 1), 0U);
      EXPECT_EQ(membership.paying_lookups(words), (model.size() * 2 + words) / 20 + 1);
      std::vector<std::uint64_t> table(words);
      membership.use_table(table.data(), words);
      Id id = least < INT64_MIN + 70 ? INT64_MIN : least - 70;
      for (int i = 0; i < 500; ++i) {
        EXPECT_EQ(membership(id), model.count(id) == 1) << id;
        if (id == INT64_MAX) break;
        ++id;
      }
      for (const Id far : {INT64_MIN, Id{-1}, Id{0}, INT64_MAX}) {
        EXPECT_EQ(membership(far), model.count(far) == 1) << far;
      }
    }
  }
}

}  // namespace
}  // namespace objectset::test
