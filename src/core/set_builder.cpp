#include "set_builder.hpp"

#include <algorithm>
#include <cstring>

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

// Bits for all that lies between the smallest and the largest id. False, and nothing done, where that is too much.
bool sort_as_bits(Buffer<Id>& ids) {
  if (ids.size() < radix_from) return false;
  const auto [least, most] = std::minmax_element(ids.begin(), ids.end());
  const Id first = *least;
  const std::uint64_t span = static_cast<std::uint64_t>(*most) - static_cast<std::uint64_t>(first);
  if (span / 64 >= ids.size() * words_per_id) return false;
  Buffer<std::uint64_t> words;
  words.resize(static_cast<std::size_t>(span / 64 + 1));
  std::memset(words.data(), 0, words.size() * sizeof(std::uint64_t));
  for (const Id id : ids) {
    const std::uint64_t bit = static_cast<std::uint64_t>(id) - static_cast<std::uint64_t>(first);
    words[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
  check_interrupts();
  Id* out = ids.begin();
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::uint64_t word = words[i]; word != 0; word &= word - 1) {
      *out++ = first + static_cast<Id>(i * 64) + __builtin_ctzll(word);
    }
  }
  ids.resize(static_cast<std::size_t>(out - ids.begin()));
  return true;
}

}  // namespace

void sort_distinct(Buffer<Id>& ids) {
  if (sort_as_bits(ids)) return;
  sort_ids(ids);
  ids.resize(static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin()));
}

void SetBuilder::add_range(Id first, Id last) {
  if (first > last) return;
  if (static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) < 64) {
    for (Id id = first; id < last; ++id) add(id);
    add(last);
    return;
  }
  settle();
  Set range = make_range(first, last);
  set_.apply(Operation::unite, range);
  set_.adopt(range);
  set_.keep();
  look_over();
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
  if (!lazy_) return;
  set_.settle();
  lazy_ = false;
}

void SetBuilder::make_room() {
  if (pending_.size() >= batch_) flush();
  if (pending_.size() < room_) return;
  const std::size_t room = std::min(batch_, std::max<std::size_t>(8, pending_.size() * 2));
  pending_.reserve(room);
  room_ = room;
}

void SetBuilder::flush() {
  if (pending_.empty()) return;
  settle();
  if (!sorted_) sort_distinct(pending_);
  set_.add_sorted(pending_);
  pending_.clear();
  sorted_ = true;
  look_over();
}

// What a batch is merged into, and so how large one should be.
void SetBuilder::look_over() noexcept {
  containers_ = 0;
  for (const DenseRange& range : set_.dense()) {
    containers_ += static_cast<std::size_t>(range.bitmap->high_low_container.size);
  }
  batch_ = std::max({min_batch, set_.sparse().size() / 2, std::min(max_batch, containers_ * 8)});
}

}  // namespace objectset
