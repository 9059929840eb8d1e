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

namespace {

// Digits of more bits have more places to write to than the nearest caches hold.
constexpr unsigned max_digit_bits = 11;
// So many bits more than tell as many ids apart leave few in a wrong order, where ids lie evenly.
constexpr unsigned spare_bits = 3;
// Moves an id, at most, of an insertion sort that is to pay.
constexpr std::size_t moves_per_id = 4;

unsigned bit_width(std::uint64_t value) noexcept {
  return value == 0 ? 0 : 64 - static_cast<unsigned>(__builtin_clzll(value));
}

// One pass of a radix sort, from `ids` to `other`, which are then swapped.
void sort_by_digit(Buffer<Id>& ids, Buffer<Id>& other, unsigned shift, unsigned bits) {
  check_interrupts();
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  // The sign bit counts the other way round.
  const auto digit = [&](Id id) {
    return (static_cast<std::uint64_t>(id) ^ std::uint64_t{1} << 63) >> shift & mask;
  };
  std::size_t starts[std::size_t{1} << max_digit_bits];
  std::memset(starts, 0, sizeof(starts[0]) << bits);
  for (const Id id : ids) ++starts[digit(id)];
  std::size_t start = 0;
  for (std::size_t i = 0; i <= mask; ++i) {
    const std::size_t size = starts[i];
    starts[i] = start;
    start += size;
  }
  Id* const to = other.data();
  for (const Id id : ids) to[starts[digit(id)]++] = id;
  ids.swap(other);
}

// Least significant digit first, by the bits from `low` on and below `high`; digits that all ids share are skipped.
void sort_by_bits(Buffer<Id>& ids, Buffer<Id>& other, std::uint64_t varying, unsigned low,
                  unsigned high) {
  const unsigned passes = (high - low + max_digit_bits - 1) / max_digit_bits;
  for (unsigned left = passes; left > 0; --left) {
    const unsigned bits = (high - low + left - 1) / left;
    if ((varying >> low & ((std::uint64_t{1} << bits) - 1)) != 0) {
      sort_by_digit(ids, other, low, bits);
    }
    low += bits;
  }
}

// False, and the ids left in some order, where it takes too many moves; which is seen early.
bool try_sort_by_insertion(Buffer<Id>& ids) {
  std::size_t moves_left = ids.size() / 16;
  Id* const data = ids.data();
  for (std::size_t i = 1; i < ids.size(); ++i) {
    moves_left += moves_per_id;
    const Id id = data[i];
    if (data[i - 1] <= id) continue;
    std::size_t to = i;
    const std::size_t least = i > moves_left ? i - moves_left : 0;
    for (; to > least && data[to - 1] > id; --to) data[to] = data[to - 1];
    data[to] = id;
    if (to > 0 && data[to - 1] > id) return false;
    moves_left -= i - to;
  }
  return true;
}

}  // namespace

// By the highest bits that vary, in two passes mostly, as many as tell about that many ids apart, and the rest by
// insertion. Where ids lie so that it does not pay, by all bits that vary.
void sort_ids(Buffer<Id>& ids) {
  if (ids.size() < radix_from) {
    std::sort(ids.begin(), ids.end());
    return;
  }
  std::uint64_t varying = 0;
  for (const Id id : ids) varying |= static_cast<std::uint64_t>(id ^ ids[0]);
  if (varying == 0) return;
  const unsigned high = bit_width(varying);
  const auto low = static_cast<unsigned>(__builtin_ctzll(varying));
  Buffer<Id> other;
  other.resize(ids.size());
  const unsigned telling = bit_width(ids.size()) + spare_bits;
  if (high - low > telling + max_digit_bits) {
    sort_by_bits(ids, other, varying, high - telling, high);
    if (try_sort_by_insertion(ids)) return;
  }
  sort_by_bits(ids, other, varying, low, high);
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

// For ids that are no bits.
void sort_distinct_far_apart(Buffer<Id>& ids) {
  sort_ids(ids);
  ids.resize(static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin()));
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
  sort_distinct_far_apart(ids);
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
    if (!sorted_) sort_distinct_far_apart(pending_);
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
