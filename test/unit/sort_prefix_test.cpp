// Prefixes sort as sets do.
#include "core/set/sort_prefix.hpp"

#include <iterator>

#include "support.hpp"

namespace objectset::test {
namespace {

std::uint64_t prefix_of(const Set& set) {
  Id ids[sort_prefix_ids];
  const std::size_t count = Cursor(set).next(ids, sort_prefix_ids);
  return sort_prefix(Span<Id>(ids, count));
}

void expect_order(const Set& a, const Set& b) {
  const int order = compare(a, b);
  if (order < 0) {
    EXPECT_LE(prefix_of(a), prefix_of(b));
  } else if (order > 0) {
    EXPECT_GE(prefix_of(a), prefix_of(b));
  } else {
    EXPECT_EQ(prefix_of(a), prefix_of(b));
  }
}

TEST(SortPrefix, sorts_as_the_sets_do) {
  OBJECTSET_TRACE_SEED();
  Random random(93);
  const Id magnitudes[] = {1, 2, 3, 100, 65536, two_to_32, INT64_MAX / 3, INT64_MAX};
  const auto draw = [&] {
    Model model;
    const std::uint64_t count = random.below(14);
    const Id magnitude = magnitudes[random.below(8)];
    Id id = static_cast<Id>(random.below(static_cast<std::uint64_t>(magnitude)));
    if (random.one_in(2)) id = -id - 1;
    if (random.one_in(20)) id = random.one_in(2) ? INT64_MIN : INT64_MAX;
    for (std::uint64_t i = 0; i < count; ++i) {
      model.insert(id);
      const auto room = static_cast<std::uint64_t>(INT64_MAX) - static_cast<std::uint64_t>(id);
      const std::uint64_t gap = 1 + random.bits() % (std::uint64_t{1} << random.below(64));
      if (gap > room) break;
      id = static_cast<Id>(static_cast<std::uint64_t>(id) + gap);
    }
    return model;
  };
  for (int i = 0; i < 30000; ++i) {
    const Model a = draw();
    Model b = draw();
    if (random.one_in(2)) {  // one that agrees with the other for a while
      b = a;
      if (!b.empty()) b.erase(std::next(b.begin(), static_cast<long>(random.below(b.size()))));
      if (random.one_in(2)) b.insert(static_cast<Id>(random.bits()));
    }
    expect_order(set_of(a), set_of(b));
  }
  for (int i = 0; i < 50; ++i) expect_order(set_of(random.model()), set_of(random.model()));
}

TEST(SortPrefix, tells_apart_what_begins_alike) {
  const auto less = [](const Model& a, const Model& b) {
    return prefix_of(set_of(a)) < prefix_of(set_of(b));
  };
  EXPECT_TRUE(less({}, {INT64_MIN}));
  EXPECT_TRUE(less({INT64_MIN}, {INT64_MIN + 1}));
  EXPECT_TRUE(less({-2}, {-1}));
  EXPECT_TRUE(less({-1}, {0}));
  EXPECT_TRUE(less({0}, {1}));
  EXPECT_TRUE(less({1}, {1, 2}));
  EXPECT_TRUE(less({1, 2}, {1, 3}));
  EXPECT_TRUE(less({1, 2, 9}, {1, 3}));
  EXPECT_TRUE(less({1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 9}));
  EXPECT_TRUE(less({2500000, 2600000}, {2500000, 2600001}));
}

}  // namespace
}  // namespace objectset::test
