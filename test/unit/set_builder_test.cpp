// Building from ids in any order.
#include "core/set_builder.hpp"

#include <algorithm>

#include "support.hpp"

namespace objectset::test {
namespace {

TEST(SetBuilder, sorts_as_std_sort_does) {
  OBJECTSET_TRACE_SEED();
  Random random(1);
  for (const std::size_t size : {0u, 1u, 2u, 1023u, 1024u, 5000u}) {
    for (const std::uint64_t mask : {UINT64_MAX, std::uint64_t{0xff},
                                     std::uint64_t{0xff00ff0000000000}, std::uint64_t{1} << 63}) {
      Buffer<Id> ids;
      for (std::size_t i = 0; i < size; ++i) ids.push_back(static_cast<Id>(random.bits() & mask));
      if (size > 2) ids[0] = INT64_MIN, ids[1] = INT64_MAX;
      std::vector<Id> expected(ids.begin(), ids.end());
      std::sort(expected.begin(), expected.end());
      sort_ids(ids);
      EXPECT_TRUE(std::equal(ids.begin(), ids.end(), expected.begin(), expected.end()));
      sort_distinct(ids);
      expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
      EXPECT_TRUE(std::equal(ids.begin(), ids.end(), expected.begin(), expected.end()));
    }
  }
}

TEST(SetBuilder, many_batches_in_any_order_make_one_set) {
  OBJECTSET_TRACE_SEED();
  Random random(2);
  SetBuilder builder;
  std::vector<Id> model;
  for (unsigned i = 0; i < 300000; ++i) {
    const Id id = static_cast<Id>(random.below(3)) * two_to_32 +
                  static_cast<Id>(random.below(400000)) - 200000;
    builder.add(id);
    model.push_back(id);
  }
  std::sort(model.begin(), model.end());
  model.erase(std::unique(model.begin(), model.end()), model.end());
  EXPECT_TRUE(ids_of(builder.finish()) == model);
}

TEST(SetBuilder, goes_on_after_finish) {
  SetBuilder builder;
  builder.add(3);
  builder.add(3);
  builder.add(1);
  EXPECT_EQ(model_of(builder.finish()), (Model{1, 3}));
  builder.add_range(10, 9);
  builder.add_range(INT64_MAX - 1, INT64_MAX);
  builder.add_range(INT64_MIN, INT64_MIN);
  EXPECT_EQ(model_of(builder.finish()), (Model{INT64_MIN, 1, 3, INT64_MAX - 1, INT64_MAX}));
}

TEST(SetBuilder, a_set_that_was_added_may_go_away) {
  SetBuilder builder;
  const Model model = united({run_of(0, 5000), {-7, INT64_MAX}});
  {
    const Stored stored(set_of(model));
    builder.add_set(stored.view());
  }
  EXPECT_TRUE(model_of(builder.finish()) == model);
}

TEST(SetBuilder, two_million_consecutive_ids_one_by_one_take_a_few_hundred_bytes) {
  SetBuilder builder;
  for (Id id = 2000000; id >= 1; --id) builder.add(id);
  const std::string bytes = stored_bytes(builder.finish());
  EXPECT_LT(bytes.size(), 500u);
  EXPECT_TRUE(bytes == stored_bytes(make_range(1, 2000000)));
}

}  // namespace
}  // namespace objectset::test
