#include "core/cohort/random_sample.hpp"

#include <algorithm>

#include "core/cohort/part_limit.hpp"
#include "core/cohort/random.hpp"
#include "core/set/set_blocks.hpp"
#include "core/set/set_builder.hpp"

namespace objectset {
namespace {

constexpr std::uint64_t draws_per_check = 1 << 16;
constexpr std::uint64_t blocks_per_check = 1 << 10;

// From one in so many on, what was drawn is kept as bits.
constexpr std::uint64_t bits_from = 64;

// Different numbers below `limit`, in ascending order.
class Places {
 public:
  Places(std::uint64_t limit, std::uint64_t wanted, std::uint64_t seed)
      : limit_(limit), wanted_(wanted), random_(seed), are_bits_(wanted >= limit / bits_from) {
    are_bits_ ? draw_bits() : draw_list();
  }

  /// The next one; `limit` after the last.
  std::uint64_t next() noexcept {
    if (!are_bits_) return at_ < list_.size() ? static_cast<std::uint64_t>(list_[at_++]) : limit_;
    while (word_ == 0) {
      if (at_ == bits_.size()) return limit_;
      word_ = bits_[at_++];
    }
    const auto bit = static_cast<std::uint64_t>(__builtin_ctzll(word_));
    word_ &= word_ - 1;
    return (at_ - 1) * 64 + bit;
  }

 private:
  void draw_bits() {
    bits_.resize(static_cast<std::size_t>(limit_ / 64 + 1));
    for (std::size_t i = 0; i < bits_.size(); ++i) {
      if (i % draws_per_check == 0) check_interrupts();
      bits_[i] = 0;
    }
    std::uint64_t draws = 0;
    for (std::uint64_t found = 0; found < wanted_;) {
      if (draws++ % draws_per_check == 0) check_interrupts();
      const std::uint64_t place = random_.below(limit_);
      std::uint64_t& word = bits_[static_cast<std::size_t>(place / 64)];
      found += (word >> place % 64 & 1) ^ 1;
      word |= std::uint64_t{1} << place % 64;
    }
  }

  // As many draws as are missing never give more than are wanted: the numbers are the first different ones here, too.
  void draw_list() {
    while (list_.size() < wanted_) {
      const auto missing = static_cast<std::size_t>(wanted_ - list_.size());
      Id* const drawn = list_.extend(missing);
      for (std::size_t i = 0; i < missing; ++i) {
        if (i % draws_per_check == 0) check_interrupts();
        drawn[i] = static_cast<Id>(random_.below(limit_));
      }
      sort_ids(list_);
      list_.resize(
          static_cast<std::size_t>(std::unique(list_.begin(), list_.end()) - list_.begin()));
    }
  }

  std::uint64_t limit_;
  std::uint64_t wanted_;
  SplitMix64 random_;
  bool are_bits_;
  Buffer<std::uint64_t> bits_;
  Buffer<Id> list_;
  std::size_t at_ = 0;
  std::uint64_t word_ = 0;
};

// Finds the ids in places of a block, which ascend.
class BlockPlaces {
 public:
  explicit BlockPlaces(const Block& block) noexcept : block_(block) {}

  Id id_at(std::uint32_t place) noexcept {
    const Container& container = block_.container;
    if (!block_.ids.empty()) return block_.ids[place];
    if (block_.is_full()) return block_.base + place;
    if (container.kind == ContainerKind::array) return block_.base + container.value(place);
    return block_.base +
           (container.kind == ContainerKind::run ? low_in_runs(place) : low_in_bits(place));
  }

 private:
  std::uint32_t low_in_runs(std::uint32_t place) noexcept {
    const Container& container = block_.container;
    for (;; ++at_) {
      const std::uint32_t first = container.run_start(at_);
      const std::uint32_t count = container.run_last(at_) - first + 1;
      if (place - passed_ < count) return first + (place - passed_);
      passed_ += count;
    }
  }

  std::uint32_t low_in_bits(std::uint32_t place) noexcept {
    for (; at_ < bitmap_words; ++at_) {
      std::uint64_t word = block_.container.word(at_);
      const auto count = static_cast<std::uint32_t>(__builtin_popcountll(word));
      if (place - passed_ < count) {
        for (std::uint32_t i = passed_; i < place; ++i) word &= word - 1;
        return at_ * 64 + static_cast<std::uint32_t>(__builtin_ctzll(word));
      }
      passed_ += count;
    }
    return 0;  // not in a container that has as many ids as it says
  }

  const Block& block_;
  std::uint32_t at_ = 0;      // the run or word to go on with
  std::uint32_t passed_ = 0;  // ids before it
};

Set ids_at(const SetView& set, std::uint64_t drawn, Places& places) {
  SetBuilder result;
  result.expect(drawn);
  const std::uint64_t count = cardinality(set);
  BlockWalker walker(set);
  Block block;
  std::uint64_t passed = 0;
  std::uint64_t place = places.next();
  for (std::uint64_t blocks = 0; place < count && walker.next(block); ++blocks) {
    if (blocks % blocks_per_check == 0) check_interrupts();
    BlockPlaces in_block(block);
    for (; place - passed < block.count; place = places.next()) {
      result.add(in_block.id_at(static_cast<std::uint32_t>(place - passed)));
    }
    passed += block.count;
  }
  return std::move(result.finish());
}

}  // namespace

Set random_sample(const SetView& set, std::uint64_t wanted, std::uint64_t seed) {
  const std::uint64_t count = cardinality(set);
  const std::uint64_t drawn = wanted <= count / 2 ? wanted : count - std::min(wanted, count);
  check_thinned_size(drawn, count);
  Set result;
  if (drawn > 0) {
    Places places(count, drawn, seed);
    result = ids_at(set, drawn, places);
  }
  if (drawn == wanted) return result;
  Set rest = combine(Operation::minus, set, result);
  rest.keep();
  return rest;
}

}  // namespace objectset
