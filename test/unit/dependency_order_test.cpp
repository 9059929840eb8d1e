// The order of what depends on what, also where there is none.
#include "core/saved/dependency_order.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

using Nodes = std::vector<std::uint32_t>;

DependencyOrder order_of(const std::vector<Nodes>& needs) {
  Nodes first = {0};
  Nodes all;
  for (const Nodes& list : needs) {
    all.insert(all.end(), list.begin(), list.end());
    first.push_back(static_cast<std::uint32_t>(all.size()));
  }
  return dependency_order(Span<std::uint32_t>(first.data(), first.size()),
                          Span<std::uint32_t>(all.data(), all.size()));
}

Nodes list_of(const Buffer<std::uint32_t>& nodes) { return {nodes.begin(), nodes.end()}; }
Nodes nodes_of(const std::vector<Nodes>& needs) { return list_of(order_of(needs).nodes); }

TEST(DependencyOrder, what_is_needed_comes_first_and_else_the_numbers_decide) {
  EXPECT_EQ(nodes_of({}), Nodes());
  EXPECT_EQ(nodes_of({{}, {}, {}}), (Nodes{0, 1, 2}));
  EXPECT_EQ(nodes_of({{2, 1}, {}, {1}, {}}), (Nodes{1, 2, 0, 3}));
  EXPECT_EQ(nodes_of({{1, 1}, {2}, {}}), (Nodes{2, 1, 0}));
  EXPECT_EQ(order_of({{1, 2}, {3}, {3}, {}}).ordered, 4u);
  EXPECT_TRUE(order_of({{1, 2}, {3}, {3}, {}}).cycle.empty());
}

TEST(DependencyOrder, a_cycle_is_told_and_what_does_not_need_it_is_ordered) {
  const auto expect = [](const std::vector<Nodes>& needs, const Nodes& nodes, std::size_t ordered,
                         const Nodes& cycle) {
    const DependencyOrder order = order_of(needs);
    EXPECT_EQ(list_of(order.nodes), nodes);
    EXPECT_EQ(order.ordered, ordered);
    EXPECT_EQ(list_of(order.cycle), cycle);
  };
  expect({{0}}, {0}, 0, {0});
  expect({{1}, {2}, {3}, {1}}, {0, 1, 2, 3}, 0, {1, 2, 3});
  expect({{}, {0}, {0, 3}, {4}, {2, 0}}, {0, 1, 2, 3, 4}, 2, {2, 3, 4});
  // 5 needs 0 alone, which is ordered; 4 needs the cycle of 1 and 2.
  expect({{}, {2}, {0, 1}, {5}, {1, 0}, {0}}, {0, 5, 3, 1, 2, 4}, 3, {1, 2});
}

TEST(DependencyOrder, long_chains_and_wide_graphs_take_no_stack_and_little_time) {
  std::vector<Nodes> needs;
  for (std::uint32_t i = 1; i < 1000000; ++i) needs.push_back({i});
  needs.push_back({});
  EXPECT_EQ(nodes_of(needs)[0], 999999u);
  needs.back() = {0};
  EXPECT_EQ(order_of(needs).cycle.size(), 1000000u);
  needs.assign(500000, {499999});
  needs.back() = {};
  EXPECT_EQ(nodes_of(needs)[0], 499999u);
}

TEST(DependencyOrder, random_graphs_against_the_definition) {
  OBJECTSET_TRACE_SEED();
  Random random(91);
  for (int round = 0; round < 2000; ++round) {
    const auto count = static_cast<std::uint32_t>(random.below(12));
    std::vector<Nodes> needs(count);
    for (auto edges = random.below(14); count > 0 && edges > 0; --edges) {
      needs[random.below(count)].push_back(static_cast<std::uint32_t>(random.below(count)));
    }
    const DependencyOrder order = order_of(needs);
    std::vector<bool> done(count);
    ASSERT_EQ(order.nodes.size(), count);
    const auto is_ready = [&](std::uint32_t node) {
      for (const std::uint32_t need : needs[node]) {
        if (!done[need]) return false;
      }
      return true;
    };
    for (std::size_t i = 0; i < order.ordered; ++i) {
      EXPECT_TRUE(is_ready(order.nodes[i]));
      done[order.nodes[i]] = true;
    }
    for (std::size_t i = order.ordered; i < count; ++i) EXPECT_FALSE(is_ready(order.nodes[i]));
    EXPECT_EQ(order.cycle.empty(), order.ordered == count);
    for (std::size_t i = 0; i < order.cycle.size(); ++i) {
      const Nodes& next = needs[order.cycle[i]];
      EXPECT_NE(std::find(next.begin(), next.end(), order.cycle[(i + 1) % order.cycle.size()]),
                next.end());
    }
  }
}

}  // namespace
}  // namespace objectset::test
