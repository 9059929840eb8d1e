// A set block by block: the ids that have all but their lower 16 bits in common, where they stand. For what looks at
// every id of a set, and would rather not have them one by one.
#pragma once

#include "core/roaring/roaring_stream.hpp"
#include "core/set/set_view.hpp"

namespace objectset {

inline constexpr std::uint32_t block_ids = 65536;

/// Some ids of one block, at least one. Those of a dense range are a container's, which may stand at any address.
struct Block {
  Id base;              // the ids are base + 0 to base + 65535
  std::uint32_t count;  // how many; as the container says, which is taken on trust
  Span<Id> ids;         // of a sparse range; else empty, and
  Container container;

  bool is_full() const noexcept { return count == block_ids; }
};

/// Walks the blocks of a set in ascending order. The set must stay as it is; a walker owns nothing.
class BlockWalker {
 public:
  BlockWalker() = default;
  explicit BlockWalker(const SetView& set) noexcept : sparse_(set.sparse), dense_(set.dense) {}
  /// Starts at the first block that may have ids which are not less than this one.
  BlockWalker(const SetView& set, Id from) noexcept;
  /// False at the end.
  bool next(Block& block) noexcept;

 private:
  Span<Id> sparse_;
  Span<DenseRange> dense_;
  std::int32_t at_ = 0;  // the container in the first of the dense ranges
};

/// Calls visit(low) for each id of a block, in order.
template <class Visit>
void for_each_low(const Block& block, Visit&& visit) {
  const Container& container = block.container;
  if (!block.ids.empty()) {
    for (const Id id : block.ids) visit(low_of(id) % block_ids);
  } else if (container.kind == ContainerKind::array) {
    for (std::uint32_t i = 0; i < container.cardinality; ++i) visit(container.value(i));
  } else if (container.kind == ContainerKind::bitmap) {
    for (std::uint32_t i = 0; i < bitmap_words; ++i) {
      for (std::uint64_t word = container.word(i); word != 0; word &= word - 1) {
        visit(i * 64 + static_cast<std::uint32_t>(__builtin_ctzll(word)));
      }
    }
  } else {
    for (std::uint32_t i = 0; i < container.runs; ++i) {
      const std::uint32_t last = container.run_last(i);
      for (std::uint32_t low = container.run_start(i); low <= last; ++low) visit(low);
    }
  }
}

/// Sets the bits of a block's ids among bitmap_words words, which are all 0 before.
void set_bits(const Block& block, std::uint64_t* words) noexcept;

}  // namespace objectset
