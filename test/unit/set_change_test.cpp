// One id in, one id out, beside std::set.
#include "support.hpp"

namespace objectset::test {
namespace {

// What the set says of itself and what it is stored as follow the model.
void expect_same(const Set& set, const Model& model) {
  EXPECT_EQ(cardinality(set), model.size());
  EXPECT_TRUE(model_of(set) == model);
  const std::string bytes = stored_bytes(set);
  EXPECT_TRUE(is_valid(bytes));
  EXPECT_TRUE(bytes == stored_bytes(set_of(model)));
}

TEST(SetChange, ids_go_in_and_out_of_every_shape) {
  OBJECTSET_TRACE_SEED();
  Random random(71);
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    const Stored stored(set_of(shape.ids));
    Set set = combine(Operation::unite, stored.view(), SetView());
    set.keep();
    Model model = shape.ids;
    for (int i = 0; i < 300; ++i) {
      Id id = random.id();
      if (!model.empty() && random.one_in(2)) {  // one that is there, or next to it
        const auto found = model.lower_bound(id);
        id = found == model.end() ? *model.begin() : *found;
        if (random.one_in(3) && id < INT64_MAX) ++id;
      }
      if (random.one_in(2)) {
        EXPECT_EQ(set.add(id), model.insert(id).second) << id;
      } else {
        EXPECT_EQ(set.remove(id), model.erase(id) == 1) << id;
      }
      EXPECT_EQ(contains(set, id), model.count(id) == 1) << id;
    }
    expect_same(set, model);
  }
}

TEST(SetChange, a_set_grows_from_nothing_and_shrinks_to_it) {
  OBJECTSET_TRACE_SEED();
  Random random(72);
  for (const Id step : {Id{1}, Id{7}, two_to_16, two_to_32 / 2000, two_to_32}) {
    SCOPED_TRACE(step);
    std::vector<Id> ids;
    for (Id i = -1500; i < 1500; ++i) ids.push_back(i * step);
    for (std::size_t i = ids.size(); i > 1; --i) std::swap(ids[i - 1], ids[random.below(i)]);
    Set set;
    Model model;
    for (const Id id : ids) {
      EXPECT_TRUE(set.add(id));
      EXPECT_FALSE(set.add(id));
      model.insert(id);
    }
    expect_same(set, model);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_TRUE(set.remove(ids[i]));
      EXPECT_FALSE(set.remove(ids[i]));
      model.erase(ids[i]);
      if (i % 1000 == 999) expect_same(set, model);
    }
    EXPECT_TRUE(is_empty(set));
    EXPECT_TRUE(set.dense().empty());
  }
}

// Ids that would be large as a list and are small as a bitmap do not stay a list.
TEST(SetChange, a_sparse_range_that_fills_becomes_dense) {
  Set set;
  for (Id id = 0; id < 5000; ++id) set.add(id * 3);
  EXPECT_EQ(set.dense().size(), 1u);
  EXPECT_TRUE(set.sparse().empty());
  Set scattered;
  for (Id id = 0; id < 5000; ++id) scattered.add(id * 800000);
  EXPECT_TRUE(scattered.dense().empty());
}

TEST(SetChange, bitmaps_that_are_shared_or_borrowed_stay_as_they_are) {
  Set set = make_range(0, 5 * two_to_32 - 1);  // its inner ranges show one bitmap
  const std::uint64_t count = cardinality(set);
  EXPECT_TRUE(set.remove(2 * two_to_32 + 7));
  EXPECT_FALSE(set.add(3 * two_to_32 + 7));
  EXPECT_TRUE(set.add(2 * two_to_32 + 7));
  EXPECT_TRUE(set.remove(3 * two_to_32 + 8));
  EXPECT_EQ(cardinality(set), count - 1);
  EXPECT_TRUE(contains(set, two_to_32 + 8));

  const Model model = run_of(10, 9000);
  const Stored stored(set_of(model));
  Set borrowing = combine(Operation::unite, stored.view(), SetView());
  EXPECT_TRUE(borrowing.add(3));
  EXPECT_TRUE(borrowing.remove(20));
  EXPECT_TRUE(model_of(stored.view()) == model);
  expect_same(borrowing, united({{3}, run_of(10, 19), run_of(21, 9000)}));
}

}  // namespace
}  // namespace objectset::test
