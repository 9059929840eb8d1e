// Sets block by block, as they are in memory and as they are stored.
#include "core/set/set_blocks.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

// The ids that a walk gives, by its two ways to them, which must agree.
std::vector<Id> walked(const SetView& set) {
  std::vector<Id> ids;
  BlockWalker walker(set);
  Block block;
  Id before = 0;
  while (walker.next(block)) {
    EXPECT_EQ(block.base % block_ids, 0);
    EXPECT_TRUE(ids.empty() || block.base > before);
    before = block.base;
    const std::size_t begin = ids.size();
    for_each_low(block, [&](std::uint32_t low) { ids.push_back(block.base + low); });
    EXPECT_EQ(ids.size() - begin, block.count);
    EXPECT_EQ(block.is_full(), ids.size() - begin == block_ids);

    std::vector<std::uint64_t> words(bitmap_words);
    set_bits(block, words.data());
    std::vector<Id> of_bits;
    for (std::uint32_t low = 0; low < block_ids; ++low) {
      if ((words[low / 64] >> low % 64 & 1) != 0) of_bits.push_back(block.base + low);
    }
    const std::vector<Id> here(ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.end());
    EXPECT_TRUE(here == of_bits);
  }
  EXPECT_FALSE(walker.next(block));
  return ids;
}

void expect_all(const Model& model) {
  const Set set = set_of(model);
  const std::vector<Id> ids(model.begin(), model.end());
  EXPECT_TRUE(walked(set) == ids);
  EXPECT_TRUE(walked(Stored(set).view()) == ids);
}

TEST(SetBlocks, all_ids_come_once_and_in_order) {
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    expect_all(shape.ids);
  }
  expect_all(united(
      {run_of(INT64_MIN, INT64_MIN + 70000), {-1, 0, 1}, run_of(INT64_MAX - 70000, INT64_MAX)}));
}

TEST(SetBlocks, of_random_sets) {
  OBJECTSET_TRACE_SEED();
  Random random(771);
  for (int i = 0; i < 60; ++i) expect_all(random.model());
}

}  // namespace
}  // namespace objectset::test
