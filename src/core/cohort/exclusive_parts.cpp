#include "core/cohort/exclusive_parts.hpp"

#include <algorithm>
#include <cstring>

#include "core/set/set_builder.hpp"

namespace objectset {
namespace {

// Parts of up to so many sets are found by a table of all combinations, 64 KB at most; those of more by hashing.
constexpr std::size_t max_table_sets = 14;
constexpr std::size_t first_slots = 64;

// Blocks with no more ids in all sets are divided by sorting those.
constexpr std::uint32_t max_sorted = 256;

constexpr std::uint32_t blocks_per_check = 256;

constexpr std::size_t sets_per_matrix = 8;
constexpr std::size_t max_matrices = ExclusiveParts::max_sets / sets_per_matrix;

using Word = std::uint64_t;

// An 8 by 8 matrix of bits, a byte a row, with rows and columns exchanged.
Word transpose(Word rows) noexcept {
  Word swapped = (rows ^ rows >> 7) & 0x00aa00aa00aa00aa;
  rows ^= swapped ^ swapped << 7;
  swapped = (rows ^ rows >> 14) & 0x0000cccc0000cccc;
  rows ^= swapped ^ swapped << 14;
  swapped = (rows ^ rows >> 28) & 0x00000000f0f0f0f0;
  return rows ^ swapped ^ swapped << 28;
}

// An 8 by 8 matrix of bytes, a word a row, with rows and columns exchanged: quarter by quarter.
void transpose_bytes(Word* rows) noexcept {
  Word mask = 0x00000000ffffffff;
  for (unsigned step = 4; step != 0; step /= 2, mask ^= mask << step * 8) {
    for (unsigned i = 0; i < 8; ++i) {
      if ((i & step) != 0) continue;
      const Word swapped = (rows[i] >> step * 8 ^ rows[i + step]) & mask;
      rows[i + step] ^= swapped;
      rows[i] ^= swapped << step * 8;
    }
  }
}

}  // namespace

// Divides the ids of one block among the parts; begin() and add() say which sets have ids there.
class BlockDivider {
 public:
  BlockDivider(ExclusiveParts& parts, std::size_t sets)
      : parts_(parts), matrices_((sets + sets_per_matrix - 1) / sets_per_matrix) {
    words_.resize(sets * bitmap_words);
    lows_.resize(block_ids);
    numbers_.resize(block_ids);
  }

  void begin() noexcept { present_ = 0; }
  void add(const Block& block, std::size_t set) noexcept {
    blocks_[present_] = &block;
    sets_[present_++] = static_cast<std::uint32_t>(set);
  }

  void divide() {
    if (is_one_part()) {
      std::uint32_t sets = 0;
      for (std::size_t i = 0; i < present_; ++i) sets |= bit_of(i);
      return parts_.add_block(parts_.number_of(sets), *blocks_[0]);
    }
    std::uint64_t ids = 0;
    for (std::size_t i = 0; i < present_; ++i) ids += blocks_[i]->count;
    count_ = 0;
    ids <= max_sorted ? divide_few() : divide_many();
    give();
  }

 private:
  bool is_one_part() const noexcept {
    if (present_ == 1) return true;
    return std::all_of(blocks_, blocks_ + present_,
                       [](const Block* block) { return block->is_full(); });
  }

  std::uint32_t bit_of(std::size_t i) const noexcept { return std::uint32_t{1} << sets_[i]; }

  void found(std::uint32_t low, std::uint32_t sets) {
    const std::uint32_t number = parts_.number_of(sets);
    while (sizes_.size() <= number) sizes_.push_back(0);  // whole blocks may have made parts, too
    if (sizes_[number]++ == 0) touched_.push_back(number);
    lows_[count_] = static_cast<std::uint16_t>(low);
    numbers_[count_++] = number;
  }

  void divide_few() {
    struct Held {
      std::uint32_t low;
      std::uint32_t set;
    };
    Held held[max_sorted];
    std::size_t count = 0;
    for (std::size_t i = 0; i < present_; ++i) {
      for_each_low(*blocks_[i], [&](std::uint32_t low) {
        if (count < max_sorted) held[count++] = {low, bit_of(i)};
      });
    }
    std::sort(held, held + count, [](const Held& a, const Held& b) { return a.low < b.low; });
    for (std::size_t i = 0; i < count;) {
      const std::uint32_t low = held[i].low;
      std::uint32_t sets = 0;
      for (; i < count && held[i].low == low; ++i) sets |= held[i].set;
      found(low, sets);
    }
  }

  void divide_many() {
    switch (matrices_) {
      case 1:
        return divide_words<1>();
      case 2:
        return divide_words<2>();
      case 3:
        return divide_words<3>();
      default:
        return divide_words<max_matrices>();
    }
  }

  template <std::size_t matrices>
  void divide_words() {
    for (std::size_t i = 0; i < present_; ++i) bytes_[i] = bits_of(i);
    for (std::uint32_t word = 0; word < bitmap_words; ++word) {
      Word any = 0;
      bool is_uniform = true;
      std::uint32_t sets = 0;
      for (std::size_t i = 0; i < present_; ++i) {
        const auto bits = load<Word>(bytes_[i] + word * 8);
        any |= bits;
        is_uniform = is_uniform & (bits + 1 <= 1);
        sets |= bits == 0 ? 0 : bit_of(i);
      }
      if (any == 0) continue;
      if (is_uniform) {
        for (std::uint32_t low = word * 64; low < word * 64 + 64; ++low) found(low, sets);
      } else {
        divide_word<matrices>(word, any);
      }
    }
  }

  // The bits of a block, at any address: where they stand, or written out.
  const char* bits_of(std::size_t i) noexcept {
    const Block& block = *blocks_[i];
    if (block.ids.empty() && block.container.kind == ContainerKind::bitmap) {
      return block.container.data;
    }
    std::uint64_t* const words = words_.data() + i * bitmap_words;
    std::memset(words, 0, bitmap_bytes);
    set_bits(block, words);
    return reinterpret_cast<const char*>(words);
  }

  // Words of eight sets make a matrix of bytes, of which each row is a matrix of bits then: of eight sets and eight ids.
  template <std::size_t matrices>
  void divide_word(std::uint32_t word, Word any) {
    Word rows[matrices][sets_per_matrix] = {};
    for (std::size_t i = 0; i < present_; ++i) {
      rows[sets_[i] / sets_per_matrix][sets_[i] % sets_per_matrix] =
          load<Word>(bytes_[i] + word * 8);
    }
    for (Word* matrix : rows) transpose_bytes(matrix);
    for (std::uint32_t at = 0; at < 8; ++at) {
      auto ids = static_cast<std::uint32_t>(any >> at * 8 & 0xff);
      if (ids == 0) continue;
      Word columns[matrices];
      for (std::size_t i = 0; i < matrices; ++i) columns[i] = transpose(rows[i][at]);
      for (; ids != 0; ids &= ids - 1) {
        const auto id = static_cast<std::uint32_t>(__builtin_ctz(ids));
        std::uint32_t sets = 0;
        for (std::size_t i = 0; i < matrices; ++i) {
          sets |= static_cast<std::uint32_t>(columns[i] >> id * 8 & 0xff) << i * sets_per_matrix;
        }
        found(word * 64 + at * 8 + id, sets);
      }
    }
  }

  // Gives the ids that were found to their parts: sorted by these, and a chunk for each.
  void give() {
    std::uint16_t* const lows = parts_.room_for(count_);
    std::size_t at = 0;
    places_.resize(sizes_.size());
    for (const std::uint32_t number : touched_) {
      const std::uint32_t size = sizes_[number];
      parts_.chunks_.push_back(
          {ExclusiveParts::Chunk::Kind::lows, number, blocks_[0]->base, size, lows + at, 0});
      parts_.parts_[number].count += size;
      places_[number] = at;
      at += size;
      sizes_[number] = 0;
    }
    touched_.clear();
    for (std::size_t i = 0; i < count_; ++i) lows[places_[numbers_[i]]++] = lows_[i];
  }

  ExclusiveParts& parts_;
  const std::size_t matrices_;
  std::size_t present_ = 0;
  const Block* blocks_[ExclusiveParts::max_sets];
  std::uint32_t sets_[ExclusiveParts::max_sets];  // which set a block is of
  const char* bytes_[ExclusiveParts::max_sets];
  Buffer<std::uint64_t> words_;

  // The ids that were found, and the numbers of their parts.
  std::size_t count_ = 0;
  Buffer<std::uint16_t> lows_;
  Buffer<std::uint32_t> numbers_;

  // Of each part, by its number: how many of them; where the next one goes. And which parts have any.
  Buffer<std::uint32_t> sizes_;
  Buffer<std::size_t> places_;
  Buffer<std::uint32_t> touched_;
};

ExclusiveParts::ExclusiveParts(Span<SetView> sets) : is_table_(sets.size() <= max_table_sets) {
  slots_.resize(is_table_ ? std::size_t{1} << sets.size() : first_slots);
  std::memset(slots_.data(), 0, slots_.size() * sizeof(std::uint32_t));
  BlockWalker walkers[max_sets];
  Block blocks[max_sets];
  bool is_there[max_sets];
  for (std::size_t i = 0; i < sets.size(); ++i) {
    walkers[i] = BlockWalker(sets[i]);
    is_there[i] = walkers[i].next(blocks[i]);
  }
  BlockDivider divider(*this, sets.size());
  for (std::uint32_t turn = 0;; ++turn) {
    if (turn % blocks_per_check == 0) check_interrupts();
    bool is_any = false;
    Id base = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (!is_there[i] || (is_any && blocks[i].base >= base)) continue;
      base = blocks[i].base;
      is_any = true;
    }
    if (!is_any) break;
    divider.begin();
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (is_there[i] && blocks[i].base == base) divider.add(blocks[i], i);
    }
    divider.divide();
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (is_there[i] && blocks[i].base == base) is_there[i] = walkers[i].next(blocks[i]);
    }
  }
  sort_chunks();
  sort_parts();
}

ExclusiveParts::~ExclusiveParts() {
  for (std::uint16_t* lows : pieces_) release(lows);
}

std::uint16_t* ExclusiveParts::room_for(std::size_t lows) {
  pieces_.push_back(nullptr);
  pieces_.back() = static_cast<std::uint16_t*>(allocate(lows * sizeof(std::uint16_t)));
  return pieces_.back();
}

std::size_t ExclusiveParts::slot_of(std::uint32_t sets) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (sets * 0x9e3779b1u >> 7) & mask;
  while (slots_[slot] != 0 && parts_[slots_[slot] - 1].sets != sets) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t ExclusiveParts::add_part(std::uint32_t sets, std::size_t slot) {
  const auto number = static_cast<std::uint32_t>(parts_.size());
  parts_.push_back({sets, number, 0});
  slots_[slot] = number + 1;
  if (!is_table_ && parts_.size() * 2 > slots_.size()) add_slots();
  return number;
}

void ExclusiveParts::add_slots() {
  const std::size_t slots = slots_.size() * 2;
  slots_.resize(slots);
  std::memset(slots_.data(), 0, slots * sizeof(std::uint32_t));
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    slots_[slot_of(parts_[i].sets)] = static_cast<std::uint32_t>(i + 1);
  }
}

// Full blocks that follow each other are one chunk.
void ExclusiveParts::add_block(std::uint32_t part, const Block& block) {
  parts_[part].count += block.count;
  if (!block.is_full()) {
    chunks_.push_back({Chunk::Kind::whole, part, block.base, block.count, nullptr, blocks_.size()});
    blocks_.push_back(block);
    return;
  }
  if (!chunks_.empty()) {
    Chunk& last = chunks_.back();
    const std::uint64_t distance =
        static_cast<std::uint64_t>(block.base) - static_cast<std::uint64_t>(last.base);
    if (last.kind == Chunk::Kind::full && last.part == part && distance == last.count * block_ids) {
      ++last.count;
      return;
    }
  }
  chunks_.push_back({Chunk::Kind::full, part, block.base, 1, nullptr, 0});
}

// By their parts; within one they are in the order of ids already.
void ExclusiveParts::sort_chunks() {
  starts_.resize(parts_.size() + 1);
  std::memset(starts_.data(), 0, starts_.size() * sizeof(std::size_t));
  for (const Chunk& chunk : chunks_) ++starts_[chunk.part + 1];
  for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
  Buffer<Chunk> sorted;
  sorted.resize(chunks_.size());
  for (const Chunk& chunk : chunks_) sorted[starts_[chunk.part]++] = chunk;
  for (std::size_t i = starts_.size() - 1; i > 0; --i) starts_[i] = starts_[i - 1];
  starts_[0] = 0;
  chunks_.swap(sorted);
}

void ExclusiveParts::sort_parts() noexcept {
  std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
    if (a.count != b.count) return a.count > b.count;
    const int sets_of_a = __builtin_popcount(a.sets);
    const int sets_of_b = __builtin_popcount(b.sets);
    if (sets_of_a != sets_of_b) return sets_of_a < sets_of_b;
    const std::uint32_t differ = a.sets ^ b.sets;
    return (a.sets & differ & (0 - differ)) != 0;
  });
}

Set ExclusiveParts::ids_of(const Part& part) const {
  SetBuilder result;
  result.expect(part.count);
  for (std::size_t i = starts_[part.number]; i < starts_[part.number + 1]; ++i) {
    if (i % blocks_per_check == 0) check_interrupts();
    const Chunk& chunk = chunks_[i];
    if (chunk.kind == Chunk::Kind::full) {
      result.add_range(chunk.base, chunk.base + static_cast<Id>(chunk.count * block_ids - 1));
    } else if (chunk.kind == Chunk::Kind::whole) {
      for_each_run_of(blocks_[chunk.block], [&](std::uint32_t first, std::uint32_t last) {
        result.add_range(chunk.base + first, chunk.base + last);
      });
    } else {
      result.add_lows(chunk.base, {chunk.lows, static_cast<std::size_t>(chunk.count)});
    }
  }
  return std::move(result.finish());
}

}  // namespace objectset
