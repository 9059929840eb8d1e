#include "core/cohort/hash_split.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/cohort/part_limit.hpp"
#include "core/cohort/random.hpp"
#include "core/set/set_blocks.hpp"

namespace objectset {
namespace {

std::uint32_t group_in(Id id, std::uint32_t groups, std::uint64_t seed) noexcept {
  char bytes[sizeof id];
  store(bytes, id);
  return static_cast<std::uint32_t>(
      multiply_wide(XXH3_64bits_withSeed(bytes, sizeof bytes, seed), groups).upper);
}

// Calls use(id, group) for each id, in order.
template <class Use>
void for_each_id(const SetView& set, std::uint32_t groups, std::uint64_t seed, Use&& use) {
  BlockWalker walker(set);
  Block block;
  std::uint32_t ids = 0;
  while (walker.next(block)) {
    ids += block.count;
    if (ids >= block_ids) {
      check_interrupts();
      ids = 0;
    }
    for_each_low(block, [&](std::uint32_t low) {
      const Id id = block.base + low;
      use(id, group_in(id, groups, seed));
    });
  }
}

// All of the groups of `split` are parts of one value.
constexpr std::uint64_t max_split_size = 0x3fffffff;

}  // namespace

std::uint64_t seed_of_salt(const char* salt, std::size_t size) noexcept {
  return XXH3_64bits(salt, size);
}

std::uint32_t group_of(Id id, std::uint32_t groups, std::uint64_t seed) noexcept {
  return group_in(id, groups, seed);
}

Set split_part(const SetView& set, std::uint32_t groups, std::uint64_t seed, std::uint32_t group) {
  if (groups > 1) check_thinned_size(cardinality(set) / groups, cardinality(set));
  SetBuilder result;
  for_each_id(set, groups, seed, [&](Id id, std::uint32_t its) {
    if (its == group) result.add(id);
  });
  return std::move(result.finish());
}

void split(const SetView& set, std::uint32_t groups, std::uint64_t seed, SetBuilder* builders) {
  const std::uint64_t count = cardinality(set);
  if (groups > 1 && min_thinned_size(count / groups, count) > max_split_size / groups) {
    fail_with(ErrorCode::too_large, "object sets are too large for one array",
              "objectset_split_part makes one group alone.",
              "%llu ids in %u groups take more than 1 GB.", static_cast<unsigned long long>(count),
              groups);
  }
  for_each_id(set, groups, seed, [&](Id id, std::uint32_t its) { builders[its].add(id); });
}

}  // namespace objectset
