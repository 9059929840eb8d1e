// What a small set shares with a large stored one is found in an excerpt of it, and few bytes are read for that.
#include "core/stored/partial_overlap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "parts.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

// All kinds of containers, ranges of both kinds, and streams with and without offsets.
std::vector<Set> large_sets() {
  std::vector<Set> sets;
  sets.push_back(multiples(3, 2000000, -3000000));  // bitmaps
  sets.push_back(multiples(40, 300000));            // arrays
  sets.push_back(scattered(60000, 10, 1));          // sparse
  SetBuilder runs;
  for (Id i = 0; i < 60000; ++i) {
    for (Id j = 0; j < 60 + i % 7; ++j) runs.add(i * 300 + j);
  }
  sets.push_back(std::move(runs.finish()));
  std::vector<Set> mixed;
  mixed.push_back(multiples(2, 900000, -200000));
  mixed.push_back(multiples(50, 50000, 7 * two_to_32 - 1000));
  mixed.push_back(scattered(6000, 10, 2));
  mixed.push_back(scattered(300, 31, 3));
  mixed.push_back(make_range(3 * two_to_32 + 5, 3 * two_to_32 + 700000));
  mixed.push_back(multiples(2, 30000, 5 * two_to_32));
  sets.push_back(united(std::move(mixed)));
  std::vector<Set> spans;
  spans.push_back(make_range(100, 70000));
  spans.push_back(multiples(2, 32768, 2 * two_to_16));
  spans.push_back(multiples(2, 100000, two_to_32));
  spans.push_back(scattered(40000, 9, 4));
  sets.push_back(united(std::move(spans)));
  return sets;
}

std::vector<Set> small_sets(const SetView& large) {
  std::vector<Set> sets;
  sets.emplace_back();
  const std::uint64_t ids = cardinality(large);
  for (const std::uint64_t at : {std::uint64_t{0}, ids / 3, ids / 2, ids - 2}) {
    const Id id = select(large, at);
    sets.push_back(multiples(1, 1, id));
    sets.push_back(multiples(1, 100, id));
    sets.push_back(multiples(1, 70000, id));
    sets.push_back(multiples(700, 300, id));
    sets.push_back(slice(large, at, 2));
    sets.push_back(slice(large, at, 40));
    sets.push_back(slice(large, at, 5000));
    sets.back().keep();
    SetBuilder few;  // far from each other
    for (std::uint64_t n = 0; n < 5; ++n) few.add(select(large, (at + n * ids / 5) % ids));
    sets.push_back(std::move(few.finish()));
    sets.push_back(between(sets.back(), INT64_MIN, INT64_MAX));
    sets.back().keep();
    sets.back().add(INT64_MIN);
    sets.back().add(INT64_MAX);
  }
  for (Set& set : sets) set.keep();
  sets.push_back(scattered(100, 8, 5));
  sets.push_back(scattered(30, 40, 6));
  sets.push_back(make_range(3 * two_to_32, 3 * two_to_32 + 100));
  sets.push_back(make_range(two_to_32 - 100, two_to_32 + 100));
  return sets;
}

TEST(Excerpt, tells_what_the_whole_set_does) {
  std::size_t told = 0;
  std::size_t asked = 0;
  for (const Set& large : large_sets()) {
    const std::string stored = stored_bytes(large);
    SCOPED_TRACE(stored.size());
    ASSERT_GE(stored.size(), Excerpt::min_size);
    std::size_t told_here = 0;
    for (const Set& set : small_sets(large)) {
      const Stored opened(set);
      const SetView views[] = {set, opened.view()};
      for (const SetView& small : views) {
        SCOPED_TRACE(cardinality(small));
        const Shared outcome = compare_with(stored, small);
        ++asked;
        if (outcome.declined) continue;
        ++told_here;
        ASSERT_EQ(outcome.cardinality, cardinality(large));
        ASSERT_EQ(outcome.shared, intersect_count(small, large));
        ASSERT_EQ(outcome.overlap, overlaps(small, large));
        ASSERT_EQ(outcome.within, is_subset(small, large));
        ASSERT_LE(outcome.bytes, stored.size());
      }
    }
    EXPECT_GT(told_here, 10u);
    told += told_here;
  }
  EXPECT_GT(told, asked / 2);
}

TEST(Excerpt, is_little_of_the_set) {
  const std::string stored = stored_bytes(multiples(2, 2500000));
  const Shared one = compare_with(stored, view_of(multiples(2, 300, 1234000)));
  EXPECT_EQ(one.shared, 300u);
  EXPECT_LE(one.parts, 2u);
  EXPECT_LE(one.bytes, 6000 + bitmap_bytes);
  // Neighbours are read together.
  const Shared four = compare_with(stored, view_of(multiples(100, 2000, 1234000)));
  EXPECT_EQ(four.shared, 2000u);
  EXPECT_LE(four.parts, 2u);
  EXPECT_LE(four.bytes, 6000 + 5 * bitmap_bytes);
  const Set far = scattered(200000, 1, 7);
  const Shared sparse = compare_with(stored_bytes(far), view_of(slice(far, 100000, 500)));
  EXPECT_EQ(sparse.shared, 500u);
  EXPECT_LE(sparse.parts, 10u);
  EXPECT_LE(sparse.bytes, 24000u);
  // Whatever takes half of it takes all of it.
  EXPECT_TRUE(compare_with(stored, view_of(multiples(60000, 80))).declined);
  EXPECT_TRUE(compare_with(stored_bytes(multiples(2, 3000)), view_of(multiples(1, 2))).declined);
}

// Where a dense range of the small set stands among sparse ids, all of those in the range are read: if they are few.
TEST(Excerpt, declines_to_read_most_of_the_sparse_ids) {
  const Set near = scattered(20000, 32, 8);
  const Set small = multiples(1, 1000, select(near, 10000));
  ASSERT_TRUE(small.sparse().empty());
  const std::string stored = stored_bytes(near);
  ASSERT_TRUE(Stored(stored).view().dense.empty());
  const Shared most = compare_with(stored, small);
  EXPECT_TRUE(most.declined);
  EXPECT_LT(most.bytes, 24000u);
  std::vector<Set> parts;
  for (const Id by : {Id{0}, two_to_32, -two_to_32, 5 * two_to_32})
    parts.push_back(shift(near, by));
  const Set far = united(std::move(parts));
  const Shared some = compare_with(stored_bytes(far), small);
  EXPECT_FALSE(some.declined);
  EXPECT_EQ(some.cardinality, 4 * cardinality(near));
  EXPECT_EQ(some.shared, intersect_count(small, far));
  EXPECT_TRUE(some.overlap);
}

TEST(Excerpt, does_not_believe_sparse_ids_that_do_not_ascend) {
  const Set one = scattered(5000, 32, 9);
  std::vector<Set> parts;
  for (Id high = 0; high < 16; ++high) parts.push_back(shift(one, high * two_to_32));
  const Set large = united(std::move(parts));
  const std::string stored = stored_bytes(large);
  ASSERT_TRUE(Stored(stored).view().dense.empty());
  const Set small = multiples(1, 1000, two_to_32);
  ASSERT_FALSE(compare_with(stored, small).declined);
  const auto swapped_at = [&](std::uint64_t position) {
    std::string damaged = stored;
    char* const at = damaged.data() + identity_size + position * sizeof(Id);
    std::swap_ranges(at, at + sizeof(Id), at + sizeof(Id));
    return damaged;
  };
  const std::uint64_t middle = rank(large, 3 * two_to_32 / 2);
  EXPECT_FAILS(ErrorCode::data_corrupted, compare_with(swapped_at(middle), small));
  // What is not read is not seen.
  const std::uint64_t beyond = rank(large, 7 * two_to_32 / 2);
  EXPECT_EQ(compare_with(swapped_at(beyond), small).shared, compare_with(stored, small).shared);
}

TEST(Excerpt, survives_damage) {
  for (const Set& large : large_sets()) {
    const std::string stored = stored_bytes(large);
    const std::vector<Set> smalls = small_sets(large);
    std::mt19937_64 random(13);
    for (int i = 0; i < 300; ++i) {
      std::string damaged = stored;
      const std::size_t near = i % 2 == 0 ? 64 : i % 3 == 0 ? 8192 : damaged.size();
      for (int n = 0; n < 1 + i % 40; ++n) {
        char& byte = damaged[random() % near];
        byte = static_cast<char>(byte ^ static_cast<char>(1 << random() % 8));
      }
      if (i % 5 == 0) damaged.resize(random() % damaged.size());
      try {
        compare_with(damaged, smalls[random() % smalls.size()]);
      } catch (const Error& error) {
        EXPECT_EQ(error.code, ErrorCode::data_corrupted);
      }
    }
  }
}

// A damaged container is noticed where it is read, and there alone.
TEST(Excerpt, does_not_believe_damaged_containers) {
  SetBuilder builder;
  for (Id i = 0; i < 400; ++i) {
    for (Id j = 0; j < 6000; ++j) builder.add(i * two_to_16 + j * 10 + (j % 2));
  }
  const std::string stored = stored_bytes(builder.finish());
  const Shared whole = compare_with(stored, view_of(multiples(1, 50, two_to_16)));
  ASSERT_FALSE(whole.declined);
  std::string damaged = stored;
  const std::size_t first_container = stored.size() - 400 * bitmap_bytes;
  damaged[first_container + bitmap_bytes + 5000] ^= 1;
  EXPECT_FAILS(ErrorCode::data_corrupted,
               compare_with(damaged, view_of(multiples(1, 50, two_to_16))));
  EXPECT_EQ(compare_with(damaged, view_of(multiples(1, 50))).shared,
            compare_with(stored, view_of(multiples(1, 50))).shared);
}

}  // namespace
}  // namespace objectset::test
