#include "core/set/membership.hpp"

#include <algorithm>

namespace objectset {
namespace {

// Nanoseconds, measured: what a search takes beyond a look into a table, to put an id into one, and to have a word of it.
constexpr std::uint64_t search = 20;
constexpr std::uint64_t put = 2;
constexpr std::uint64_t word = 1;

}  // namespace

bool Membership::set_range(Id id) noexcept {
  const std::int32_t high = high_of(id);
  const DenseRange* const found = first_range_from(set_.dense, high);
  if (found == set_.dense.end() || found->high != high) return false;
  range_ = found;
  context_ = {};
  return true;
}

std::size_t Membership::table_words(std::size_t most) const noexcept {
  if (is_empty(set_)) return 0;
  const std::uint64_t words =
      (static_cast<std::uint64_t>(maximum(set_)) - static_cast<std::uint64_t>(minimum(set_))) / 64 +
      1;
  return words <= most ? static_cast<std::size_t>(words) : 0;
}

std::uint64_t Membership::paying_lookups(std::size_t words) const noexcept {
  return (cardinality(set_) * put + words * word) / search + 1;
}

void Membership::use_table(std::uint64_t* table, std::size_t words) {
  first_ = minimum(set_);
  constexpr std::size_t batch = 256;
  Id ids[batch];
  Cursor cursor(set_);
  std::size_t turns = 0;
  while (const std::size_t count = cursor.next(ids, batch)) {
    if (turns++ % batch == 0) check_interrupts();
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t bit =
          static_cast<std::uint64_t>(ids[i]) - static_cast<std::uint64_t>(first_);
      // The ids of a damaged value may be in any order.
      if (bit / 64 < words) table[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
  }
  table_ = table;
  words_ = words;
}

}  // namespace objectset
