// Whether ids are in a set, asked again and again.
//
// The one idea: what an answer takes is the search for the id: of its range, of its container and within that, by branches
// that cannot be foretold where ids come in no order. A table with a bit for each id between the set's least and greatest
// answers with one look. It takes memory, and time to be made: so it is for sets that lie close together, once so many ids
// have been asked for that it would have paid.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// The set must stay as it is. Plain data.
class Membership {
 public:
  Membership() = default;
  explicit Membership(const SetView& set) noexcept : set_(set) {}

  bool operator()(Id id) noexcept {
    if (table_ != nullptr) {
      const std::uint64_t bit = static_cast<std::uint64_t>(id) - static_cast<std::uint64_t>(first_);
      return bit / 64 < words_ && (table_[bit / 64] >> bit % 64 & 1) != 0;
    }
    if (range_ == nullptr || range_->high != high_of(id)) {
      if (!set_range(id)) return contains(set_, id);
    }
    return croaring.bitmap_contains_bulk(range_->bitmap, &context_, low_of(id));
  }

  /// How many words the table takes: 0 for an empty set, and where it is more than `most`.
  std::size_t table_words(std::size_t most) const noexcept;
  /// After so many ids that came in no order, a table of so many words would have paid.
  std::uint64_t paying_lookups(std::size_t words) const noexcept;
  /// Answers by a table from now on, in words that are the caller's, and zero.
  void use_table(std::uint64_t* table, std::size_t words);

 private:
  bool set_range(Id id) noexcept;

  SetView set_;
  const DenseRange* range_ = nullptr;  // the dense range of the last id
  roaring_bulk_context_t context_{};
  const std::uint64_t* table_ = nullptr;
  std::size_t words_ = 0;
  Id first_ = 0;  // of the table
};

}  // namespace objectset
