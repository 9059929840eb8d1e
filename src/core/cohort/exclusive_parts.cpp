#include "core/cohort/exclusive_parts.hpp"

#include <algorithm>
#include <cstring>

#include "core/stored/stored_set.hpp"

namespace objectset {
namespace {

// Parts of up to so many sets are found by a table of all combinations, 64 KB at most; those of more by hashing.
constexpr std::size_t max_table_sets = 14;
constexpr std::size_t first_slots = 64;

// Blocks with no more ids in all sets are divided by sorting those.
constexpr std::uint32_t max_sorted = 256;

constexpr std::uint32_t blocks_per_check = 256;
constexpr std::size_t chunks_per_check = 65536;

// Sparse ids are few in a block, and blocks many: an allocation each would be slow to free.
constexpr std::size_t least_piece = 4096;

constexpr std::size_t sets_per_matrix = 8;
constexpr std::size_t max_matrices = ExclusiveParts::max_sets / sets_per_matrix;

using Word = std::uint64_t;

std::uint16_t key_of(Id id) noexcept { return static_cast<std::uint16_t>(low_of(id) >> 16); }

template <unsigned step>
void exchange(Word& upper, Word& lower, Word mask) noexcept {
  const Word exchanged = (upper >> step ^ lower) & mask;
  lower ^= exchanged;
  upper ^= exchanged << step;
}

// Eight 8 by 8 matrices of bits, with rows and columns exchanged: a row of the i-th one is the i-th byte of a word. Quarter
// by quarter, and written out, since most of the time goes here.
void transpose(Word* rows) noexcept {
  for (unsigned i = 0; i < 4; ++i) exchange<4>(rows[i], rows[i + 4], 0x0f0f0f0f0f0f0f0f);
  for (unsigned i = 0; i < 2; ++i) {
    exchange<2>(rows[i], rows[i + 2], 0x3333333333333333);
    exchange<2>(rows[i + 4], rows[i + 6], 0x3333333333333333);
  }
  for (unsigned i = 0; i < 8; i += 2) exchange<1>(rows[i], rows[i + 1], 0x5555555555555555);
}

}  // namespace

// Divides the ids of one block among the parts; begin() and add() say which sets have ids there.
//
// What an id is found by, its *key*, are its sets where there is a table of all combinations, which are looked up there
// once a block and not once an id; else the number of its part.
class BlockDivider {
 public:
  BlockDivider(ExclusiveParts& parts, std::size_t sets)
      : parts_(parts), matrices_((sets + sets_per_matrix - 1) / sets_per_matrix) {
    words_.resize(sets * bitmap_words);
    lows_.resize(block_ids);
    keys_.resize(block_ids);
    touched_.resize(block_ids);
    if (parts.is_table_) add_keys(std::size_t{1} << sets);
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
    touched_count_ = 0;
    give(ids <= max_sorted ? divide_few() : divide_many());
  }

 private:
  bool is_one_part() const noexcept {
    if (present_ == 1) return true;
    return std::all_of(blocks_, blocks_ + present_,
                       [](const Block* block) { return block->is_full(); });
  }

  std::uint32_t bit_of(std::size_t i) const noexcept { return std::uint32_t{1} << sets_[i]; }

  std::uint32_t key_of(std::uint32_t sets) {
    if (parts_.is_table_) return sets;
    const std::uint32_t number = parts_.number_of(sets);
    if (number >= sizes_.size()) add_keys(number + 1);
    return number;
  }
  void add_keys(std::size_t keys) {
    const std::size_t before = sizes_.size();
    sizes_.resize(keys);
    std::memset(&sizes_[before], 0, (keys - before) * sizeof(std::uint32_t));
    places_.resize(keys);
  }

  // The number of ids so far is the caller's, who keeps it in a register.
  void found(std::uint32_t low, std::uint32_t key, std::size_t& count) noexcept {
    if (sizes_[key]++ == 0) touched_[touched_count_++] = key;
    lows_[count] = static_cast<std::uint16_t>(low);
    keys_[count++] = key;
  }

  // Finds the sets of each id; says how many ids there are.
  std::size_t divide_few() {
    struct Held {
      std::uint32_t low;
      std::uint32_t set;
    };
    Held held[max_sorted];
    std::size_t held_count = 0;
    for (std::size_t i = 0; i < present_; ++i) {
      for_each_low(*blocks_[i], [&](std::uint32_t low) {
        if (held_count < max_sorted) held[held_count++] = {low, bit_of(i)};
      });
    }
    std::sort(held, held + held_count, [](const Held& a, const Held& b) { return a.low < b.low; });
    std::size_t count = 0;
    for (std::size_t i = 0; i < held_count;) {
      const std::uint32_t low = held[i].low;
      std::uint32_t sets = 0;
      for (; i < held_count && held[i].low == low; ++i) sets |= held[i].set;
      found(low, key_of(sets), count);
    }
    return count;
  }

  std::size_t divide_many() {
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
  std::size_t divide_words() {
    for (std::size_t i = 0; i < present_; ++i) bytes_[i] = bits_of(i);
    std::size_t count = 0;
    for (std::uint32_t word = 0; word < bitmap_words; ++word) {
      Word rows[matrices * sets_per_matrix] = {};
      Word any = 0;
      Word differ = 0;  // bits that are not as the lowest one of their word
      for (std::size_t i = 0; i < present_; ++i) {
        const auto bits = load<Word>(bytes_[i] + word * 8);
        rows[sets_[i]] = bits;
        any |= bits;
        differ |= bits ^ (0 - (bits & 1));
      }
      if (any == 0) continue;
      if (differ == 0) {
        std::uint32_t sets = 0;
        for (std::size_t i = 0; i < present_; ++i) sets |= rows[sets_[i]] == 0 ? 0 : bit_of(i);
        const std::uint32_t key = key_of(sets);
        for (std::uint32_t low = word * 64; low < word * 64 + 64; ++low) found(low, key, count);
        continue;
      }
      // Words of eight sets make eight matrices of bits, which are exchanged: of the ids in one place of each byte.
      for (std::size_t i = 0; i < matrices; ++i) transpose(rows + i * sets_per_matrix);
      for (; any != 0; any &= any - 1) {
        const auto id = static_cast<std::uint32_t>(__builtin_ctzll(any));
        std::uint32_t sets = 0;
        for (std::size_t i = 0; i < matrices; ++i) {
          const Word bits = rows[i * sets_per_matrix + id % 8] >> (id & 56) & 0xff;
          sets |= static_cast<std::uint32_t>(bits) << i * sets_per_matrix;
        }
        found(word * 64 + id, key_of(sets), count);
      }
    }
    return count;
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

  // Gives the ids that were found to their parts: sorted by these, and a chunk for each.
  void give(std::size_t count) {
    std::uint16_t* const lows = parts_.room_for(count);
    std::size_t at = 0;
    for (std::size_t i = 0; i < touched_count_; ++i) {
      const std::uint32_t key = touched_[i];
      const std::uint32_t size = sizes_[key];
      const std::uint32_t number = parts_.is_table_ ? parts_.number_of(key) : key;
      parts_.add_lows(number, blocks_[0]->base, {lows + at, size});
      parts_.parts_[number].count += size;
      places_[key] = lows + at;
      at += size;
      sizes_[key] = 0;
    }
    for (std::size_t i = 0; i < count; ++i) *places_[keys_[i]]++ = lows_[i];
  }

  ExclusiveParts& parts_;
  const std::size_t matrices_;
  std::size_t present_ = 0;
  const Block* blocks_[ExclusiveParts::max_sets];
  std::uint32_t sets_[ExclusiveParts::max_sets];  // which set a block is of
  const char* bytes_[ExclusiveParts::max_sets];
  Buffer<std::uint64_t> words_;

  // The ids that were found, and their keys; these once each, too.
  Buffer<std::uint16_t> lows_;
  Buffer<std::uint32_t> keys_;
  std::size_t touched_count_ = 0;
  Buffer<std::uint32_t> touched_;

  // Of each key: how many ids have it; where the next one goes.
  Buffer<std::uint32_t> sizes_;
  Buffer<std::uint16_t*> places_;
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
  if (lows > room_left_) {
    const std::size_t size = std::max(lows, least_piece);
    pieces_.push_back(nullptr);
    pieces_.back() = static_cast<std::uint16_t*>(allocate(size * sizeof(std::uint16_t)));
    room_ = pieces_.back();
    room_left_ = size;
  }
  std::uint16_t* const room = room_;
  room_ += lows;
  room_left_ -= lows;
  return room;
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
    Chunk chunk = {block.base, {}, part, 0, Chunk::Kind::whole};
    chunk.block = blocks_.size();
    chunks_.push_back(chunk);
    blocks_.push_back(block);
    return;
  }
  if (!chunks_.empty()) {
    Chunk& last = chunks_.back();
    const std::uint64_t distance =
        static_cast<std::uint64_t>(block.base) - static_cast<std::uint64_t>(last.base);
    if (last.kind == Chunk::Kind::full && last.part == part &&
        distance == last.full_blocks * block_ids) {
      ++last.full_blocks;
      return;
    }
  }
  Chunk chunk = {block.base, {}, part, 0, Chunk::Kind::full};
  chunk.full_blocks = 1;
  chunks_.push_back(chunk);
}

void ExclusiveParts::add_lows(std::uint32_t part, Id base, Span<std::uint16_t> lows) {
  const auto more = static_cast<std::uint16_t>(lows.size() - 1);
  chunks_.push_back({base, {lows.begin()}, part, more, Chunk::Kind::lows});
}

// By their parts; within one they are in the order of ids already.
void ExclusiveParts::sort_chunks() {
  starts_.resize(parts_.size() + 1);
  std::memset(starts_.data(), 0, starts_.size() * sizeof(std::size_t));
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if (i % chunks_per_check == 0) check_interrupts();
    ++starts_[chunks_[i].part + 1];
  }
  for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
  Buffer<Chunk> sorted;
  sorted.resize(chunks_.size());
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if (i % chunks_per_check == 0) check_interrupts();
    sorted[starts_[chunks_[i].part]++] = chunks_[i];
  }
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

PartIds::PartIds(const ExclusiveParts& parts, const ExclusiveParts::Part& part) {
  for (std::size_t i = parts.starts_[part.number]; i < parts.starts_[part.number + 1]; ++i) {
    if (i % chunks_per_check == 0) check_interrupts();
    add(parts, parts.chunks_[i]);
  }
  end_range();
  const char* stream = streams_.data();  // which stays where it is from now on
  for (DenseRange& range : ranges_) {
    range.stream = stream;
    stream += range.stream_size;
  }
}

void PartIds::add(const ExclusiveParts& parts, const ExclusiveParts::Chunk& chunk) {
  if (chunk.kind == ExclusiveParts::Chunk::Kind::full)
    return add_full(chunk.base, chunk.full_blocks);
  move_to(high_of(chunk.base));
  const std::uint16_t key = key_of(chunk.base);
  if (chunk.kind == ExclusiveParts::Chunk::Kind::lows) {
    return builder_.add_values(key, {chunk.lows, std::size_t{chunk.more} + 1});
  }
  const Block& block = parts.blocks_[chunk.block];
  if (block.ids.empty()) return builder_.add(block.container);
  Buffer<std::uint16_t> lows;
  lows.reserve(block.ids.size());
  for (const Id id : block.ids) lows.push_back(static_cast<std::uint16_t>(id));
  builder_.add_values(key, lows);
}

void PartIds::add_full(Id base, std::uint64_t blocks) {
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const Id block = base + static_cast<Id>(i * block_ids);
    move_to(high_of(block));
    builder_.add_full(key_of(block));
  }
}

void PartIds::move_to(std::int32_t high) {
  if (high != high_) end_range();
  high_ = high;
}

// What is not smaller as a stream stands as ids, of which a writer says the last word.
void PartIds::end_range() {
  if (builder_.empty()) return;
  const std::size_t size = builder_.size();
  char* const stream = streams_.extend(size);
  builder_.write(stream);
  if (is_dense(size, builder_.cardinality())) {
    ranges_.push_back({high_, false, builder_.cardinality(), nullptr, nullptr, size});
  } else {
    Container container;
    for (StreamWalker walker(stream, size); walker.next(container);) {
      for_each_low(Block{0, 0, {}, container}, [&](std::uint32_t low) {
        sparse_.push_back(make_id(high_, std::uint32_t{container.key} << 16 | low));
      });
    }
    streams_.resize(streams_.size() - size);
  }
  builder_.clear();
}

}  // namespace objectset
