// Groups by a hash: which group an id is in is a promise for ever.
#include "core/cohort/hash_split.hpp"

#include "core/base/bytes.hpp"
#include "core/base/checksum.hpp"
#include "core/cohort/random.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

std::uint64_t seed_of(const std::string& salt) { return seed_of_salt(salt.data(), salt.size()); }

// As the reference describes it; `checksum` is XXH3 in another build.
std::uint32_t described_group(Id id, std::uint32_t groups, const std::string& salt) {
  char bytes[8];
  store(bytes, id);
  const std::uint64_t hash = checksum(bytes, 8, checksum(salt.data(), salt.size(), 0));
  return static_cast<std::uint32_t>(multiply_wide(hash, groups).upper);
}

// The table of doc/reference.md, which another implementation of XXH3 has found.
TEST(HashSplit, groups_are_those_of_the_reference) {
  struct Case {
    const char* salt;
    std::uint32_t groups[5];
  };
  constexpr Id ids[] = {0, 1, -1, INT64_MAX, INT64_MIN};
  for (const Case& one : {Case{"", {939996, 206796, 214694, 810380, 546194}},
                          Case{"a", {673159, 353472, 48286, 733606, 444677}},
                          Case{"checkout", {467552, 451392, 808972, 401656, 534746}},
                          Case{"checkout button", {454145, 679879, 283743, 211274, 917107}},
                          Case{"K\xc3\xa4se", {222061, 969148, 587085, 311937, 504331}}}) {
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(group_of(ids[i], 1000000, seed_of(one.salt)) + 1, one.groups[i])
          << one.salt << " " << ids[i];
      EXPECT_EQ(group_of(ids[i], 10, seed_of(one.salt)), (one.groups[i] - 1) / 100000);
      EXPECT_EQ(group_of(ids[i], 1, seed_of(one.salt)), 0u);
    }
  }
}

void expect_groups(const Model& model, std::uint32_t groups, const std::string& salt) {
  std::vector<Model> expected(groups);
  for (const Id id : model) expected[described_group(id, groups, salt)].insert(id);
  const Set set = set_of(model);
  const Stored stored(set);
  std::vector<SetBuilder> builders(groups);
  split(stored.view(), groups, seed_of(salt), builders.data());
  for (std::uint32_t i = 0; i < groups; ++i) {
    EXPECT_TRUE(model_of(builders[i].finish()) == expected[i]) << i;
    const Set part = split_part(set, groups, seed_of(salt), i);
    EXPECT_TRUE(stored_bytes(part) == stored_bytes(set_of(expected[i]))) << i;
  }
}

TEST(HashSplit, of_every_shape) {
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    for (const std::uint32_t groups : {1u, 2u, 7u}) expect_groups(shape.ids, groups, shape.name);
  }
  expect_groups({INT64_MIN, -1, 0, INT64_MAX}, 1000, "ends");
}

TEST(HashSplit, of_random_sets) {
  OBJECTSET_TRACE_SEED();
  Random random(773);
  for (int i = 0; i < 40; ++i) {
    expect_groups(random.model(), static_cast<std::uint32_t>(random.below(20)) + 1,
                  std::to_string(random.bits()));
  }
}

TEST(HashSplit, groups_of_a_million_are_of_one_size_and_have_nothing_to_do_with_other_salts) {
  const Set set = united([] {
    std::vector<Set> parts;
    parts.push_back(make_range(-250000, 249999));
    parts.push_back(multiples(1000, 500000, two_to_32));
    return parts;
  }());
  const Set a = split_part(set, 10, seed_of("a"), 3);
  const Set b = split_part(set, 10, seed_of("b"), 3);
  EXPECT_NEAR(static_cast<double>(cardinality(a)), 100000, 1500);  // five standard deviations
  EXPECT_NEAR(static_cast<double>(intersect_count(a, b)), 10000, 500);
}

TEST(HashSplit, one_of_10_groups_is_two_of_20) {
  const Set set = make_range(0, 99999);
  Set halves = split_part(set, 20, seed_of("x"), 6);
  const Set other = split_part(set, 20, seed_of("x"), 7);
  halves.apply(Operation::unite, other);
  EXPECT_TRUE(model_of(halves) == model_of(split_part(set, 10, seed_of("x"), 3)));
}

TEST(HashSplit, none_that_fits_no_value_is_begun) {
  const Set set = make_range(0, Id{5} << 32);
  EXPECT_FAILS(ErrorCode::too_large, split_part(set, 2, 0, 0));
  EXPECT_FAILS(ErrorCode::too_large, split_part(set, 10, 0, 0));
  std::vector<SetBuilder> builders(100);
  EXPECT_FAILS(ErrorCode::too_large, split(set, 100, 0, builders.data()));
}

}  // namespace
}  // namespace objectset::test
