#include "core/set/set_builder.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/roaring/roaring_stream.hpp"

namespace objectset {
namespace {

// Below this a comparison sort is as fast, and needs no second buffer.
constexpr std::size_t radix_from = 1024;

// Ids are sorted as bits where they lie within so many words each.
constexpr std::size_t words_per_id = 8;

// Batches: of at least so many ids, and, for the sake of many containers, of at most so many.
constexpr std::size_t min_batch = std::size_t{1} << 16;
constexpr std::size_t max_batch = std::size_t{1} << 20;

// Dense ranges of more ids are not taken apart, nor is the first one of so few ranges.
constexpr std::uint64_t max_gathered = 1024;
constexpr std::size_t few_ranges = 16;

// 8 KB a block are taken once so many ids have come for each, and for no more than so many blocks.
constexpr std::uint64_t roomy_from = 256;
constexpr std::size_t max_roomy_containers = 8192;

}  // namespace

// Least significant digit first, a byte a pass; bytes that all ids share are skipped, so that ids of a usual
// key column take two or three passes.
void sort_ids(Buffer<Id>& ids) {
  if (ids.size() < radix_from) {
    std::sort(ids.begin(), ids.end());
    return;
  }
  std::uint64_t varying = 0;
  for (const Id id : ids) varying |= static_cast<std::uint64_t>(id ^ ids[0]);
  Buffer<Id> other;
  other.resize(ids.size());
  for (unsigned shift = 0; shift < 64; shift += 8) {
    if ((varying >> shift & 0xff) == 0) continue;
    check_interrupts();
    // The sign bit counts the other way round.
    const std::uint64_t flip = shift == 56 ? 0x80 : 0;
    const auto digit = [&](Id id) {
      return (static_cast<std::uint64_t>(id) >> shift & 0xff) ^ flip;
    };
    std::size_t starts[256] = {};
    for (const Id id : ids) ++starts[digit(id)];
    std::size_t start = 0;
    for (std::size_t& count : starts) {
      const std::size_t size = count;
      count = start;
      start += size;
    }
    for (const Id id : ids) other[starts[digit(id)]++] = id;
    ids.swap(other);
  }
}

namespace {

constexpr std::size_t block_ids = 65536;
constexpr std::size_t words_of_block = bitmap_words;

// Ids as bits, from the first block of 65,536 that has any to the last one.
struct Bits {
  Id first;
  Buffer<std::uint64_t> words;
};

// False, and nothing done, where the ids are few or lie too far apart.
bool gather_bits(Span<Id> ids, Bits& bits) {
  if (ids.size() < radix_from) return false;
  Id least = ids.front();
  Id most = least;
  for (const Id id : ids) {
    least = std::min(least, id);
    most = std::max(most, id);
  }
  bits.first = least & ~static_cast<Id>(block_ids - 1);
  const std::uint64_t span =
      static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(bits.first);
  if (span / 64 >= ids.size() * words_per_id) return false;
  bits.words.resize(static_cast<std::size_t>(span / block_ids + 1) * words_of_block);
  std::memset(bits.words.data(), 0, bits.words.size() * sizeof(std::uint64_t));
  for (const Id id : ids) {
    const std::uint64_t bit =
        static_cast<std::uint64_t>(id) - static_cast<std::uint64_t>(bits.first);
    bits.words[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
  check_interrupts();
  return true;
}

// Calls use(bit) for each bit that is set.
template <class Use>
void for_each_bit(const std::uint64_t* words, std::size_t count, Use&& use) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint64_t word = words[i]; word != 0; word &= word - 1) {
      use(i * 64 + static_cast<std::size_t>(__builtin_ctzll(word)));
    }
  }
}

// How many bits of a block are set. Words are summed byte by byte, 16 at a time, which makes 128 in a byte at most.
std::uint32_t count_bits(const std::uint64_t* words) noexcept {
  constexpr std::uint64_t bytes = 0x0101010101010101;
  constexpr std::uint64_t pairs_of_bytes = 0x0001000100010001;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < words_of_block; i += 16) {
    std::uint64_t sums = 0;
    for (std::size_t j = i; j < i + 16; ++j) {
      std::uint64_t word = words[j];
      word -= word >> 1 & bytes * 0x55;
      word = (word & bytes * 0x33) + (word >> 2 & bytes * 0x33);
      sums += (word + (word >> 4)) & bytes * 0x0f;
    }
    sums = (sums & pairs_of_bytes * 0xff) + (sums >> 8 & pairs_of_bytes * 0xff);
    count += sums * pairs_of_bytes >> 48;
  }
  return static_cast<std::uint32_t>(count);
}

// A bitmap of bits that all lie in one range, by way of a stream (roaring_stream.hpp): arrays and bitmaps.
roaring_bitmap_t* make_bitmap(const Bits& bits) {
  struct Block {
    std::size_t at;  // its first word
    std::uint32_t count;
  };
  Buffer<Block> blocks;
  std::size_t bytes = 0;
  const auto kind_of = [](std::uint32_t count) {
    return count <= max_array_cardinality ? ContainerKind::array : ContainerKind::bitmap;
  };
  for (std::size_t at = 0; at < bits.words.size(); at += words_of_block) {
    const std::uint32_t count = count_bits(&bits.words[at]);
    if (count == 0) continue;
    blocks.push_back(Block{at, count});
    bytes += container_bytes(kind_of(count), count, 0);
  }
  check_interrupts();
  const std::size_t header = stream_header_size(blocks.size(), false);
  Buffer<char> stream;
  stream.resize(header + bytes);
  char* at = store(stream.data(), cookie_without_runs);
  at = store(at, static_cast<std::uint32_t>(blocks.size()));
  char* offsets = at + 4 * blocks.size();
  char* container = stream.data() + header;
  for (const Block& block : blocks) {
    at = store(at,
               static_cast<std::uint16_t>((low_of(bits.first) >> 16) + block.at / words_of_block));
    at = store(at, static_cast<std::uint16_t>(block.count - 1));
    offsets = store(offsets, static_cast<std::uint32_t>(container - stream.data()));
    const std::uint64_t* const words = &bits.words[block.at];
    if (kind_of(block.count) == ContainerKind::bitmap) {
      std::memcpy(container, words, bitmap_bytes);
      container += bitmap_bytes;
    } else {
      for_each_bit(words, words_of_block, [&](std::size_t bit) {
        container = store(container, static_cast<std::uint16_t>(bit));
      });
    }
  }
  return croaring.bitmap_portable_deserialize_safe(stream.data(), stream.size());
}

}  // namespace

void sort_distinct(Buffer<Id>& ids) {
  Bits bits;
  if (gather_bits(ids, bits)) {
    Id* to = ids.begin();
    for_each_bit(bits.words.data(), bits.words.size(),
                 [&](std::size_t bit) { *to++ = bits.first + static_cast<Id>(bit); });
    ids.resize(static_cast<std::size_t>(to - ids.begin()));
    return;
  }
  sort_ids(ids);
  ids.resize(static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin()));
}

void SetBuilder::add_lows(Id base, Span<std::uint16_t> lows) {
  while (!lows.empty()) {
    add(base + lows.front());  // and makes room, and sees whether it comes in order
    const std::size_t others = std::min(lows.size() - 1, pending_.size() - count_);
    for (std::size_t i = 0; i < others; ++i) pending_[count_ + i] = base + lows[i + 1];
    count_ += others;
    lows = Span<std::uint16_t>(lows.begin() + 1 + others, lows.end());
  }
}

void SetBuilder::add_range(Id first, Id last) {
  if (first > last) return;
  if (static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) < 64) {
    for (Id id = first; id < last; ++id) add(id);
    add(last);
    return;
  }
  if (!try_add_range(first, last)) {
    settle();
    Set range = make_range(first, last);
    set_.apply(Operation::unite, range);
    set_.adopt(range);
    set_.keep();
    look_over();
  }
  if (containers_ > max_value_containers) {
    fail_with(ErrorCode::too_large, too_large_message, too_large_hint,
              "The ranges of ids are more than a value can hold.");
  }
}

// Where all of it has one upper half, and either nothing else has that or nothing comes behind that: most ranges. Many
// of them would otherwise walk the whole set each. False, and nothing done, elsewhere.
bool SetBuilder::try_add_range(Id first, Id last) {
  const std::int32_t high = high_of(first);
  if (high_of(last) != high) return false;
  if (lazy_) settle();
  DenseRange* own = set_.find_owned(high);
  if (own == nullptr) {
    const bool is_behind = (set_.dense().empty() || set_.dense().back().high < high) &&
                           (set_.sparse().empty() || high_of(set_.sparse().back()) < high);
    if (!is_behind) return false;
    set_.append_dense(high, make_bitmap(first, last));
    own = set_.find_owned(high);
    containers_ += static_cast<std::size_t>(own->bitmap->high_low_container.size);
  } else {
    const auto before = static_cast<std::size_t>(own->bitmap->high_low_container.size);
    Set::add_range_uncounted(*own, low_of(first), low_of(last));
    is_counted_ = false;
    containers_ += static_cast<std::size_t>(own->bitmap->high_low_container.size) - before;
  }
  choose_batch();
  return true;
}

void SetBuilder::add_set(const SetView& other) {
  begin_lazily(Operation::unite);
  Buffer<DenseRange> rest;
  for (const DenseRange& range : other.dense) {
    DenseRange* const own = set_.find_owned(range.high);
    if (is_gathered(range, own)) {
      Cursor cursor(SetView{{}, Span<DenseRange>(&range, 1)});
      Id ids[256];
      for (std::size_t count = 256; count == 256;) {
        count = cursor.next(ids, 256);
        for (std::size_t i = 0; i < count; ++i) add(ids[i]);
      }
    } else if (own != nullptr) {
      combine_lazily(*own, range);
    } else {
      rest.push_back(range);
    }
  }
  if (!rest.empty()) apply(Operation::unite, SetView{{}, rest});
  for (const Id id : other.sparse) add(id);
}

void SetBuilder::symdiff(const SetView& other) {
  flush();
  begin_lazily(Operation::symdiff);
  Buffer<DenseRange> rest;
  for (const DenseRange& range : other.dense) {
    if (DenseRange* const own = set_.find_owned(range.high)) {
      combine_lazily(*own, range);
    } else {
      rest.push_back(range);
    }
  }
  if (!rest.empty() || !other.sparse.empty()) {
    apply(Operation::symdiff, SetView{other.sparse, rest});
  }
}

// Whether the ids of a dense range are added one by one: where there are few, beside what they would be merged into.
bool SetBuilder::is_gathered(const DenseRange& range, const DenseRange* own) const noexcept {
  if (range.cardinality > max_gathered) return false;
  if (own == nullptr) return set_.dense().size() >= few_ranges;
  return static_cast<std::uint64_t>(own->bitmap->high_low_container.size) > 16 * range.cardinality;
}

// What follows is combined by one operation; this may move the set's ranges.
void SetBuilder::begin_lazily(Operation operation) {
  if (lazy_operation_ != operation) settle();
  lazy_operation_ = operation;
}

void SetBuilder::combine_lazily(DenseRange& own, const DenseRange& range) {
  lazy_ = true;
  ids_combined_ += range.cardinality;
  const bool roomy =
      ids_combined_ / roomy_from >= containers_ && containers_ <= max_roomy_containers;
  const auto before = static_cast<std::size_t>(own.bitmap->high_low_container.size);
  Set::combine_lazily(lazy_operation_, own, range, roomy);
  containers_ += static_cast<std::size_t>(own.bitmap->high_low_container.size) - before;
}

void SetBuilder::apply(Operation operation, const SetView& other) {
  settle();
  set_.apply(operation, other);
  set_.keep();
  look_over();
}

void SetBuilder::settle() {
  if (!lazy_ && is_counted_) return;
  set_.settle();
  lazy_ = false;
  is_counted_ = true;
}

void SetBuilder::make_room() {
  if (count_ >= batch_) flush();
  if (count_ < pending_.size()) return;
  pending_.resize(std::min(batch_, std::max<std::size_t>(8, count_ * 2)));
}

void SetBuilder::flush() {
  if (count_ == 0) return;
  settle();
  if (sorted_ || !add_as_bits()) {
    const std::size_t room = pending_.size();
    pending_.resize(count_);
    if (!sorted_) sort_distinct(pending_);
    set_.add_sorted(pending_);
    pending_.resize(room);
  }
  count_ = 0;
  sorted_ = true;
  look_over();
}

// Gives the set what waits without sorting it. False, and nothing done, where that is no bitmap of one range.
bool SetBuilder::add_as_bits() {
  Bits bits;
  if (!gather_bits(Span<Id>(pending_.data(), count_), bits)) return false;
  if (bits.words.size() > (UINT32_MAX - low_of(bits.first)) / 64 + 1) return false;
  Set added;
  added.append_dense(high_of(bits.first), make_bitmap(bits));
  if (objectset::is_empty(set_)) {
    set_.swap(added);
  } else {
    set_.apply(Operation::unite, added);
    set_.adopt(added);
  }
  return true;
}

// What a batch is merged into, and so how large one should be.
void SetBuilder::look_over() noexcept {
  containers_ = 0;
  for (const DenseRange& range : set_.dense()) {
    containers_ += static_cast<std::size_t>(range.bitmap->high_low_container.size);
  }
  choose_batch();
}

void SetBuilder::choose_batch() noexcept {
  batch_ = std::max({min_batch, set_.sparse().size() / 2, std::min(max_batch, containers_ * 8)});
}

}  // namespace objectset
