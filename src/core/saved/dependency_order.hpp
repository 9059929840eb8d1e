// What comes before what: the one topological sort.
#pragma once

#include <cstdint>

#include "core/base/memory.hpp"

namespace objectset {

struct DependencyOrder {
  /// All nodes: each after what it needs, and otherwise as early as its number says. The last ones, from `ordered` on,
  /// are those for which there is no such place: they are part of a cycle or need one. They stand by number.
  Buffer<std::uint32_t> nodes;
  std::size_t ordered = 0;
  /// One cycle, where there is any: each node needs the next, and the last the first.
  Buffer<std::uint32_t> cycle;
};

/// Orders nodes 0, 1, ... in time linear in nodes and needs, without recursion. Node i needs `needs[first[i]]` to
/// `needs[first[i + 1] - 1]`; so `first` has one more element than there are nodes.
DependencyOrder dependency_order(Span<std::uint32_t> first, Span<std::uint32_t> needs);

}  // namespace objectset
