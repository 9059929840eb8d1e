// What comes before what: the order is the one of a search that recurses, and what has no place in it needs a cycle.
#include "core/saved/dependency_order.hpp"

#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

using Nodes = std::vector<std::uint32_t>;

struct Reference {
  const std::vector<Nodes>& needs;
  std::vector<char> is_stuck;
  std::vector<char> is_done;
  Nodes order;

  explicit Reference(const std::vector<Nodes>& all)
      : needs(all), is_stuck(all.size(), true), is_done(all.size(), false) {
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < needs.size(); ++i) {
        if (!is_stuck[i] || needs_stuck(i)) continue;
        is_stuck[i] = false;
        changed = true;
      }
    }
    for (std::uint32_t i = 0; i < needs.size(); ++i) visit(i);
  }
  bool needs_stuck(std::size_t i) const {
    return std::any_of(needs[i].begin(), needs[i].end(),
                       [&](std::uint32_t need) { return is_stuck[need] != 0; });
  }
  void visit(std::uint32_t node) {
    if (is_stuck[node] != 0 || is_done[node] != 0) return;
    is_done[node] = true;
    for (const std::uint32_t need : needs[node]) visit(need);
    order.push_back(node);
  }
};

bool is_needed(const Nodes& needs, std::uint32_t node) {
  return std::find(needs.begin(), needs.end(), node) != needs.end();
}

void check(Reader& reader) {
  std::vector<Nodes> needs(reader.below(40));
  Nodes first = {0};
  Nodes all;
  for (Nodes& list : needs) {
    for (std::uint64_t n = reader.below(5); n > 0; --n) {
      list.push_back(static_cast<std::uint32_t>(reader.below(needs.size())));
    }
    all.insert(all.end(), list.begin(), list.end());
    first.push_back(static_cast<std::uint32_t>(all.size()));
  }
  const DependencyOrder order = dependency_order(Span<std::uint32_t>(first.data(), first.size()),
                                                 Span<std::uint32_t>(all.data(), all.size()));
  Reference reference(needs);
  ASSERT_EQ(order.ordered, reference.order.size());
  for (std::uint32_t i = 0; i < needs.size(); ++i) {
    if (reference.is_stuck[i] != 0) reference.order.push_back(i);
  }
  EXPECT_EQ(Nodes(order.nodes.begin(), order.nodes.end()), reference.order);
  EXPECT_EQ(order.cycle.empty(), order.ordered == needs.size());
  for (std::size_t i = 0; i < order.cycle.size(); ++i) {
    EXPECT_TRUE(is_needed(needs[order.cycle[i]], order.cycle[(i + 1) % order.cycle.size()]));
  }
}

}  // namespace
}  // namespace objectset::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  return run([&] {
    Reader reader(data, size);
    check(reader);
  });
}
