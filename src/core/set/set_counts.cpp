#include "core/set/set_counts.hpp"

#include <algorithm>

#include "core/roaring/container_check.hpp"
#include "core/set/set_blocks.hpp"

namespace objectset {
namespace {

// Counts a block's ids beyond one lower half, up to others that ascend: what was counted for one is not looked at again for
// the next.
class BlockCounter {
 public:
  BlockCounter() = default;
  BlockCounter(const Block& block, std::uint32_t beyond) noexcept {
    const bool has_bits = block.ids.empty() && block.container.kind == ContainerKind::bitmap;
    if (has_bits) {
      next_ = beyond + 1;
    } else {
      skipped_ = up_to(block, beyond);
    }
  }

  std::uint64_t up_to(const Block& block, std::uint32_t low) noexcept {
    const Container& in = block.container;
    if (!block.ids.empty()) {
      while (next_ < block.ids.size() && low_of(block.ids[next_]) % block_ids <= low) ++next_;
      return next_ - skipped_;
    }
    if (in.kind == ContainerKind::array) {
      while (next_ < in.cardinality && in.value(next_) <= low) ++next_;
      return next_ - skipped_;
    }
    if (in.kind == ContainerKind::bitmap) {
      if (next_ <= low) count_ += container_check().count_bits_between(in.data, next_, low);
      next_ = std::max(next_, low + 1);
      return count_;
    }
    for (; next_ < in.runs && in.run_last(next_) <= low; ++next_) {
      count_ += in.run_last(next_) - in.run_start(next_) + 1;
    }
    const bool is_cut = next_ < in.runs && in.run_start(next_) <= low;
    return count_ + (is_cut ? low - in.run_start(next_) + 1 : 0) - skipped_;
  }

  std::uint64_t all_of(const Block& block) noexcept {
    return next_ == 0 && skipped_ == 0 ? block.count : up_to(block, block_ids - 1);
  }

 private:
  std::uint64_t skipped_ = 0;
  std::uint64_t count_ = 0;  // before the next bit or run
  std::uint32_t next_ = 0;   // the first id, bit or run that is not counted
};

}  // namespace

void counts_after_first(const SetView& set, const Id* ids, std::size_t count,
                        std::uint64_t* found) noexcept {
  if (count == 0) return;
  BlockWalker walker(set, ids[0]);
  Block block = {};
  bool has_block = walker.next(block);
  BlockCounter counter;
  if (has_block && block.base == (ids[0] & ~Id{block_ids - 1})) {
    counter = BlockCounter(block, low_of(ids[0]) % block_ids);
  }
  std::uint64_t passed = 0;  // ids of blocks before
  for (std::size_t i = 0; i < count; ++i) {
    const Id base = ids[i] & ~Id{block_ids - 1};
    while (has_block && block.base < base) {
      passed += counter.all_of(block);
      has_block = walker.next(block);
      counter = BlockCounter();
    }
    const bool is_within = has_block && block.base == base;
    found[i] = passed + (is_within ? counter.up_to(block, low_of(ids[i]) % block_ids) : 0);
  }
}

}  // namespace objectset
