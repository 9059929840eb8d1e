// Many sets taken apart: for every combination of them that has any, the ids that are in exactly these sets. What an UpSet
// plot and a Venn diagram show.
//
// The one idea: the sets are walked side by side, once, block by block. Where only one has ids in a block, or all that
// have any are full there, the block goes to one part as a whole. Elsewhere 64 ids at a time are looked up in all sets, as
// one word of bits each, and those words are transposed: for each id the sets that have it stand in one number then. What
// is kept of it is two bytes an id; of that, what a part is stored as is made, one at a time.
// Source of the transposition: Warren, Hacker's Delight, 2nd edition, 7-3.
#pragma once

#include "core/roaring/stream_builder.hpp"
#include "core/set/set_blocks.hpp"

namespace objectset {

class ExclusiveParts {
 public:
  static constexpr std::size_t max_sets = 32;

  /// Bit i stands for the i-th of the sets.
  struct Part {
    std::uint32_t sets;
    std::uint32_t number;  // in the order in which parts were found
    std::uint64_t count;   // of its ids, at least 1
  };

  /// Of no more than max_sets, which must stay as they are.
  explicit ExclusiveParts(Span<SetView> sets);
  ExclusiveParts(const ExclusiveParts&) = delete;
  ExclusiveParts& operator=(const ExclusiveParts&) = delete;
  ~ExclusiveParts();

  /// Those of most ids first, then those of fewer sets, then by the places of their sets.
  Span<Part> parts() const& noexcept { return parts_; }
  Span<Part> parts() const&& = delete;

 private:
  friend class BlockDivider;
  friend class PartIds;

  // Some ids of one block in one part, or full blocks. As small as can be: of sparse sets each id has one.
  struct Chunk {
    enum class Kind : std::uint8_t { lows, whole, full };
    Id base;
    union {
      const std::uint16_t* lows;  // the lower halves of ids
      std::size_t block;          // whole: its place among blocks_
      std::uint64_t full_blocks;  // so many, from `base` on
    };
    std::uint32_t part;
    std::uint16_t more;  // lows: how many besides the first
    Kind kind;
  };
  static_assert(sizeof(Chunk) == 24);

  std::uint32_t number_of(std::uint32_t sets) {
    const std::size_t slot = is_table_ ? sets : slot_of(sets);
    return slots_[slot] != 0 ? slots_[slot] - 1 : add_part(sets, slot);
  }
  std::uint32_t add_part(std::uint32_t sets, std::size_t slot);
  std::uint16_t* room_for(std::size_t lows);
  std::size_t slot_of(std::uint32_t sets) const noexcept;
  void add_slots();
  void add_block(std::uint32_t part, const Block& block);
  void add_lows(std::uint32_t part, Id base, Span<std::uint16_t> lows);
  void sort_chunks();
  void sort_parts() noexcept;

  const bool is_table_;
  Buffer<Part> parts_;
  Buffer<std::uint32_t> slots_;  // places in parts_, plus 1: by the sets, or open addressing
  Buffer<Chunk> chunks_;
  Buffer<std::uint16_t*> pieces_;  // the lower halves of ids; owned
  std::uint16_t* room_ = nullptr;  // in the last of the pieces
  std::size_t room_left_ = 0;
  Buffer<Block> blocks_;
  Buffer<std::size_t> starts_;  // of the chunks of each part, by its number; and the end
};

/// The ids of one part, which must not outlive the parts: to be written (StoredWriter), or asked how many they are. Ranges
/// have streams and no bitmaps.
class PartIds {
 public:
  PartIds(const ExclusiveParts& parts, const ExclusiveParts::Part& part);
  PartIds(const PartIds&) = delete;
  PartIds& operator=(const PartIds&) = delete;
  SetView view() const& noexcept { return {sparse_, ranges_}; }
  SetView view() const&& = delete;

 private:
  void add(const ExclusiveParts& parts, const ExclusiveParts::Chunk& chunk);
  void add_full(Id base, std::uint64_t blocks);
  void move_to(std::int32_t high);
  void end_range();

  std::int32_t high_ = 0;
  StreamBuilder builder_;  // of the ids with this upper half
  Buffer<Id> sparse_;
  Buffer<DenseRange> ranges_;
  Buffer<char> streams_;
};

}  // namespace objectset
