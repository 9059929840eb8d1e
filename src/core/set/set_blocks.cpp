#include "core/set/set_blocks.hpp"

#include <roaring/containers/containers.h>

#include <algorithm>

#include "core/base/bytes.hpp"

namespace objectset {
namespace {

// The structures, as what they point to, stand at any address where a stored value is viewed in place.
Container container_at(const roaring_bitmap_t& bitmap, std::int32_t at) noexcept {
  const roaring_array_t& in = bitmap.high_low_container;
  const auto* const structure = reinterpret_cast<const char*>(in.containers[at]);
  Container result = {ContainerKind::array, in.keys[at], 0, 0, nullptr, 0};
  switch (in.typecodes[at]) {
    case BITSET_CONTAINER_TYPE: {
      const auto bits = load<roaring::internal::bitset_container_t>(structure);
      result.kind = ContainerKind::bitmap;
      result.cardinality = static_cast<std::uint32_t>(bits.cardinality);
      result.data = reinterpret_cast<const char*>(bits.words);
      return result;
    }
    case RUN_CONTAINER_TYPE: {
      const auto runs = load<roaring::internal::run_container_t>(structure);
      result.kind = ContainerKind::run;
      result.runs = static_cast<std::uint32_t>(runs.n_runs);
      result.data = reinterpret_cast<const char*>(runs.runs);
      for (std::uint32_t i = 0; i < result.runs; ++i) {
        result.cardinality += result.run_last(i) - result.run_start(i) + 1;
      }
      return result;
    }
    default: {
      const auto array = load<roaring::internal::array_container_t>(structure);
      result.cardinality = static_cast<std::uint32_t>(array.cardinality);
      result.data = reinterpret_cast<const char*>(array.array);
      return result;
    }
  }
}

}  // namespace

BlockWalker::BlockWalker(const SetView& set, Id from) noexcept : BlockWalker(set) {
  const Id base = from & ~Id{block_ids - 1};
  sparse_ = Span<Id>(std::lower_bound(sparse_.begin(), sparse_.end(), base), sparse_.end());
  dense_ = Span<DenseRange>(first_range_from(dense_, high_of(base)), dense_.end());
  if (dense_.empty() || dense_.front().high != high_of(base)) return;
  const roaring_array_t& in = dense_.front().bitmap->high_low_container;
  const auto key = static_cast<std::uint16_t>(low_of(base) >> 16);
  at_ = static_cast<std::int32_t>(std::lower_bound(in.keys, in.keys + in.size, key) - in.keys);
  if (at_ < in.size) return;
  dense_ = Span<DenseRange>(dense_.begin() + 1, dense_.end());
  at_ = 0;
}

bool BlockWalker::next(Block& block) noexcept {
  if (!sparse_.empty() && (dense_.empty() || high_of(sparse_.front()) < dense_.front().high)) {
    block.ids = front_block(sparse_);
    block.base = block.ids.front() & ~Id{block_ids - 1};
    block.count = static_cast<std::uint32_t>(block.ids.size());
    sparse_ = Span<Id>(block.ids.end(), sparse_.end());
    return true;
  }
  if (dense_.empty()) return false;
  const DenseRange& range = dense_.front();
  block.ids = Span<Id>();
  block.container = container_at(*range.bitmap, at_);
  block.base = make_id(range.high, std::uint32_t{block.container.key} << 16);
  block.count = block.container.cardinality;
  if (++at_ == range.bitmap->high_low_container.size) {
    dense_ = Span<DenseRange>(dense_.begin() + 1, dense_.end());
    at_ = 0;
  }
  return true;
}

void set_bits(const Block& block, std::uint64_t* words) noexcept {
  if (block.ids.empty() && block.container.kind == ContainerKind::bitmap) {
    std::memcpy(words, block.container.data, bitmap_bytes);
  } else if (block.ids.empty() && block.container.kind == ContainerKind::run) {
    for_each_run_in(block.container, [&](std::uint32_t first, std::uint32_t last) {
      last = std::min(last, block_ids - 1);
      std::uint64_t mask = ~std::uint64_t{0} << first % 64;
      for (std::uint32_t i = first / 64; i < last / 64; ++i) {
        words[i] |= mask;
        mask = ~std::uint64_t{0};
      }
      words[last / 64] |= mask & ~std::uint64_t{0} >> (63 - last % 64);
    });
  } else {
    for_each_low(block,
                 [&](std::uint32_t low) { words[low / 64] |= std::uint64_t{1} << low % 64; });
  }
}

}  // namespace objectset
