// Samples: their size, what they are of, that they are what the reference says, and that each choice is as likely.
#include "core/cohort/random_sample.hpp"

#include <map>

#include "core/cohort/random.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

// As the reference describes it.
Model sample_of(const Model& model, std::uint64_t wanted, std::uint64_t seed) {
  const std::vector<Id> ids(model.begin(), model.end());
  wanted = std::min<std::uint64_t>(wanted, ids.size());
  const bool draws_rest = wanted > ids.size() / 2;
  const std::uint64_t drawn = draws_rest ? ids.size() - wanted : wanted;
  SplitMix64 random(seed);
  std::set<std::uint64_t> places;
  while (places.size() < drawn) places.insert(random.below(ids.size()));
  Model result;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((places.count(i) != 0) != draws_rest) result.insert(result.end(), ids[i]);
  }
  return result;
}

void expect_sample(const Model& model, std::uint64_t wanted, std::uint64_t seed_of_it) {
  const Set set = set_of(model);
  const Stored stored(set);
  const Model expected = sample_of(model, wanted, seed_of_it);
  EXPECT_TRUE(model_of(random_sample(set, wanted, seed_of_it)) == expected) << wanted;
  const Set sample = random_sample(stored.view(), wanted, seed_of_it);
  EXPECT_TRUE(model_of(sample) == expected) << wanted;
  EXPECT_TRUE(stored_bytes(sample) == stored_bytes(set_of(expected))) << wanted;
}

TEST(Random, is_splitmix64) {
  SplitMix64 random(1234567);
  for (const std::uint64_t number :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u}) {
    EXPECT_EQ(random.next(), number);
  }
}

TEST(Random, products_have_128_bits) {
  const auto expect = [](std::uint64_t a, std::uint64_t b, std::uint64_t upper,
                         std::uint64_t lower) {
    EXPECT_EQ(multiply_wide(a, b).upper, upper);
    EXPECT_EQ(multiply_wide(a, b).lower, lower);
  };
  expect(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, 1);
  expect(UINT64_MAX, 2, 1, UINT64_MAX - 1);
  expect(0x123456789abcdef0, 0xfedcba9876543210, 0x121fa00ad77d7422, 0x236d88fe5618cf00);
}

TEST(Random, numbers_below_a_limit_are_each_as_likely) {
  OBJECTSET_TRACE_SEED();
  SplitMix64 random(seed());
  EXPECT_EQ(random.below(1), 0u);
  std::vector<int> times(6);
  for (int i = 0; i < 60000; ++i) ++times[random.below(6)];
  for (const int count : times) EXPECT_NEAR(count, 10000, 500);
  // Of four draws three numbers are made here: a fourth of all is taken back, or every third number came twice as often.
  const std::uint64_t limit = std::uint64_t{3} << 62;
  std::vector<int> of_three(3);
  for (int i = 0; i < 30000; ++i) {
    const std::uint64_t number = random.below(limit);
    ASSERT_LT(number, limit);
    ++of_three[number % 3];
  }
  for (const int count : of_three) EXPECT_NEAR(count, 10000, 500);
}

TEST(RandomSample, of_every_size_of_every_shape) {
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    const std::size_t count = shape.ids.size();
    for (const std::size_t wanted :
         {std::size_t{0}, std::size_t{1}, count / 100, count / 3, count / 2, count / 2 + 1,
          count - std::min<std::size_t>(count, 1), count, count + 1, SIZE_MAX}) {
      expect_sample(shape.ids, wanted, 42);
    }
  }
}

TEST(RandomSample, of_random_sets) {
  OBJECTSET_TRACE_SEED();
  Random random(772);
  for (int i = 0; i < 60; ++i) {
    const Model model = random.model();
    expect_sample(model, random.below(model.size() + 2), random.bits());
  }
}

TEST(RandomSample, at_the_ends_of_bigint) {
  const Model ends = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
  for (std::uint64_t wanted = 0; wanted <= 7; ++wanted) expect_sample(ends, wanted, UINT64_MAX);
}

// Whichever way drawn places are kept: as a list, or as bits.
TEST(RandomSample, of_a_million) {
  const Set set = united([] {
    std::vector<Set> parts;
    parts.push_back(make_range(-300000, 299999));
    parts.push_back(multiples(3, 300000, two_to_32));
    parts.push_back(scattered(100000, 1, 7));
    return parts;
  }());
  const Model model = model_of(set);
  for (const std::uint64_t wanted : {1000u, 15000u, 16000u, 400000u, 700000u, 990000u, 999999u}) {
    expect_sample(model, wanted, wanted);
  }
}

TEST(RandomSample, smaller_ones_are_parts_of_larger_ones) {
  const Set set = make_range(1, 1000);
  Set larger = random_sample(set, 500, 9);
  for (std::uint64_t wanted = 493; wanted > 7; wanted -= 7) {
    Set sample = random_sample(set, wanted, 9);
    EXPECT_TRUE(is_subset(sample, larger));
    larger.swap(sample);
  }
}

// All choices of 2 of 5, and of 3, come equally often: chi-squared of 9 degrees of freedom.
TEST(RandomSample, each_choice_is_as_likely) {
  const Set set = set_of({-7, 0, 3, 5000000000, 5000000001});
  for (const std::uint64_t wanted : {2u, 3u}) {
    std::map<Model, int> times;
    constexpr int samples = 20000;
    for (int i = 0; i < samples; ++i) {
      ++times[model_of(random_sample(set, wanted, static_cast<std::uint64_t>(i)))];
    }
    ASSERT_EQ(times.size(), 10u);
    double distance = 0;
    for (const auto& [choice, count] : times) {
      distance += (count - samples / 10.0) * (count - samples / 10.0) / (samples / 10.0);
    }
    EXPECT_LT(distance, 33.7) << wanted;  // one in 10,000 by chance; the seeds are always these
  }
}

TEST(RandomSample, none_that_fits_no_value_is_begun) {
  const Set set = make_range(0, Id{5} << 32);
  EXPECT_FAILS(ErrorCode::too_large, random_sample(set, std::uint64_t{2} << 32, 1));
  EXPECT_FAILS(ErrorCode::too_large, random_sample(set, std::uint64_t{1} << 29, 1));
  EXPECT_EQ(cardinality(view_of(random_sample(set, 1000, 1))), 1000u);
  EXPECT_EQ(cardinality(view_of(random_sample(set, cardinality(set) - 10, 1))),
            cardinality(set) - 10);
}

}  // namespace
}  // namespace objectset::test
