#include "core/saved/dependency_order.hpp"

#include <algorithm>

namespace objectset {
namespace {

struct Graph {
  Span<std::uint32_t> first;
  Span<std::uint32_t> needs;
  std::size_t nodes() const noexcept { return first.size() - 1; }
};

enum class State : char { stuck, unseen, open, done };

Buffer<std::uint32_t> zeros(std::size_t count) {
  Buffer<std::uint32_t> result;
  result.resize(count);
  std::fill(result.begin(), result.end(), 0u);
  return result;
}

// Leaves the nodes stuck that are part of a cycle or need one: those that taking away nodes without needs, again and
// again, does not reach.
Buffer<State> find_stuck(const Graph& graph) {
  const std::size_t count = graph.nodes();
  Buffer<std::uint32_t> begin = zeros(count + 1);  // of the nodes that need a node, in `users`
  for (const std::uint32_t need : graph.needs) ++begin[need + 1];
  for (std::size_t i = 0; i < count; ++i) begin[i + 1] += begin[i];
  Buffer<std::uint32_t> users = zeros(graph.needs.size());
  Buffer<std::uint32_t> filled = zeros(count);
  Buffer<std::uint32_t> open_needs = zeros(count);
  Buffer<std::uint32_t> free;
  Buffer<State> states;
  states.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    states[i] = State::stuck;
    open_needs[i] = graph.first[i + 1] - graph.first[i];
    if (open_needs[i] == 0) free.push_back(i);
    for (std::uint32_t n = graph.first[i]; n < graph.first[i + 1]; ++n) {
      const std::uint32_t need = graph.needs[n];
      users[begin[need] + filled[need]++] = i;
    }
  }
  while (!free.empty()) {
    check_interrupts();
    const std::uint32_t node = free.back();
    free.resize(free.size() - 1);
    states[node] = State::unseen;
    for (std::uint32_t n = begin[node]; n < begin[node + 1]; ++n) {
      if (--open_needs[users[n]] == 0) free.push_back(users[n]);
    }
  }
  return states;
}

// Depth first, with a stack of its own, over the nodes that are not stuck: none of those needs one that is.
void order_rest(const Graph& graph, Buffer<State>& states, Buffer<std::uint32_t>& order) {
  Buffer<std::uint32_t> next;  // the need of a node that is to be looked at next
  Buffer<std::uint32_t> path;
  next.append(graph.first.data(), graph.nodes());
  for (std::uint32_t root = 0; root < graph.nodes(); ++root) {
    if (states[root] == State::unseen) path.push_back(root);
    while (!path.empty()) {
      check_interrupts();
      const std::uint32_t node = path.back();
      states[node] = State::open;
      if (next[node] == graph.first[node + 1]) {
        states[node] = State::done;
        order.push_back(node);
        path.resize(path.size() - 1);
        continue;
      }
      const std::uint32_t need = graph.needs[next[node]++];
      if (states[need] == State::unseen) path.push_back(need);
    }
  }
}

// Of what a stuck node needs one at least is stuck: following those comes back to where it has been.
void find_cycle(const Graph& graph, const Buffer<State>& states, std::uint32_t start,
                Buffer<std::uint32_t>& cycle) {
  Buffer<std::uint32_t> step = zeros(graph.nodes());  // when the walk came by, from 1
  Buffer<std::uint32_t> path;
  std::uint32_t node = start;
  while (step[node] == 0) {
    path.push_back(node);
    step[node] = static_cast<std::uint32_t>(path.size());
    const std::uint32_t* const begin = graph.needs.begin() + graph.first[node];
    const std::uint32_t* const end = graph.needs.begin() + graph.first[node + 1];
    node = *std::find_if(begin, end, [&](std::uint32_t n) { return states[n] == State::stuck; });
  }
  cycle.append(path.begin() + step[node] - 1, path.size() + 1 - step[node]);
}

}  // namespace

DependencyOrder dependency_order(Span<std::uint32_t> first, Span<std::uint32_t> needs) {
  const Graph graph = {first, needs};
  DependencyOrder order;
  Buffer<State> states = find_stuck(graph);
  order_rest(graph, states, order.nodes);
  order.ordered = order.nodes.size();
  for (std::uint32_t i = 0; i < graph.nodes(); ++i) {
    if (states[i] == State::stuck) order.nodes.push_back(i);
  }
  if (order.ordered < order.nodes.size()) {
    find_cycle(graph, states, order.nodes[order.ordered], order.cycle);
  }
  return order;
}

}  // namespace objectset
