// Questions about sets; oracle_test.cpp asks them all of random sets, this holds what peers got wrong.
#include "core/set/set_view.hpp"

#include <algorithm>

#include "support.hpp"

namespace objectset::test {
namespace {

TEST(SetView, negative_ids_come_first) {
  const Set set = set_of({-5, 1, 3});
  EXPECT_EQ(minimum(set), -5);
  EXPECT_EQ(maximum(set), 3);
  EXPECT_EQ(rank(set, -1), 1u);
  EXPECT_EQ(select(set, 0), -5);
  EXPECT_EQ(ids_of(set), (std::vector<Id>{-5, 1, 3}));
  const Set dense = make_range(-1000, 1000);
  EXPECT_EQ(minimum(dense), -1000);
  EXPECT_EQ(maximum(dense), 1000);
  EXPECT_EQ(rank(dense, -1), 1000u);
}

TEST(SetView, halves_of_an_id_put_together_are_the_id) {
  for (const Id id : {Id{0}, Id{-1}, INT64_MIN, INT64_MAX, two_to_32, -two_to_32, two_to_32 - 1}) {
    EXPECT_EQ(make_id(high_of(id), low_of(id)), id);
  }
}

TEST(SetView, the_ends_of_bigint_are_ordinary_bounds) {
  const Set set = set_of({INT64_MIN, -1, 0, INT64_MAX});
  EXPECT_EQ(count_between(set, INT64_MIN, INT64_MAX), 4u);
  EXPECT_EQ(count_between(set, INT64_MIN, INT64_MIN), 1u);
  EXPECT_EQ(count_between(set, INT64_MAX, INT64_MAX), 1u);
  EXPECT_EQ(count_between(set, INT64_MIN + 1, INT64_MAX - 1), 2u);
  EXPECT_EQ(count_between(set, INT64_MAX, INT64_MIN), 0u);
  EXPECT_EQ(rank(set, INT64_MIN), 1u);
  EXPECT_EQ(rank(set, INT64_MAX), 4u);
}

TEST(SetView, the_empty_set_answers_everything_that_has_an_answer) {
  const Set empty;
  const Set one = set_of({1});
  EXPECT_TRUE(is_empty(empty));
  EXPECT_FALSE(contains(empty, 0));
  EXPECT_EQ(rank(empty, INT64_MAX), 0u);
  EXPECT_TRUE(is_subset(empty, empty));
  EXPECT_TRUE(is_subset(empty, one));
  EXPECT_FALSE(is_subset(one, empty));
  EXPECT_FALSE(overlaps(empty, one));
  EXPECT_EQ(compare(empty, empty), 0);
  EXPECT_LT(compare(empty, one), 0);
  EXPECT_TRUE(ids_of(empty).empty());
}

TEST(SetView, sets_are_ordered_as_sorted_arrays) {
  const Model ordered[] = {{},
                           {INT64_MIN},
                           {-5},
                           {-5, 1},
                           run_of(0, 700),
                           united({run_of(0, 700), {two_to_32}}),
                           run_of(0, 701),
                           {0, 2},
                           {1},
                           {INT64_MAX}};
  for (const Model& a : ordered) {
    for (const Model& b : ordered) {
      const int expected = a < b ? -1 : b < a ? 1 : 0;
      const int got = compare(view_of(set_of(a)), Stored(set_of(b)).view());
      EXPECT_EQ((got > 0) - (got < 0), expected) << a.size() << " ids and " << b.size();
    }
  }
}

// Against a walk id by id.
TEST(SetView, runs_are_as_long_as_they_are_in_either_direction) {
  const Model ids = united({run_of(-70, -66),
                            run_of(100, 100),
                            run_of(200, 262),
                            run_of(300, 363),
                            run_of(400, 464),
                            run_of(1000, 2022),
                            run_of(3000, 4023),
                            run_of(5000, 6024),
                            run_of(10000, 80000),
                            run_of(two_to_32 - 700, two_to_32 + 800),
                            {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}});
  const Set set = set_of(ids);
  const auto last = static_cast<std::uint64_t>(ids.size() - 1);
  std::uint64_t below = 0;  // ids that go before this one without a gap
  for (std::uint64_t at = 0; at <= last; ++at) {
    const Id id = select(set, at);
    below = at > 0 && select(set, at - 1) == id - 1 ? below + 1 : 0;
    if (at % 997 != 0 && at != last && below > 3 && select(set, at + 1) == id + 1) continue;
    EXPECT_EQ(consecutive_after(set, at, true, UINT64_MAX), below) << id;
    EXPECT_EQ(consecutive_after(set, at, true, below / 2), below / 2) << id;
    const std::uint64_t after = consecutive_after(set, at, false, UINT64_MAX);
    EXPECT_EQ(consecutive_after(set, at, false, after / 2), after / 2) << id;
    EXPECT_EQ(select(set, at + after), id + static_cast<Id>(after));
    Id found = 0;
    ASSERT_EQ(find_absent(set, id, false, &found), id + static_cast<Id>(after) != INT64_MAX) << id;
    if (id + static_cast<Id>(after) != INT64_MAX) {
      EXPECT_EQ(found, id + static_cast<Id>(after) + 1);
    }
    ASSERT_EQ(find_absent(set, id, true, &found), id - static_cast<Id>(below) != INT64_MIN) << id;
    if (id - static_cast<Id>(below) != INT64_MIN) {
      EXPECT_EQ(found, id - static_cast<Id>(below) - 1);
    }
  }
  Id found = 0;
  for (const Id id : {Id{0}, Id{99}, Id{-71}, two_to_32 * 5}) {
    EXPECT_TRUE(find_absent(set, id, false, &found));
    EXPECT_EQ(found, id);
  }
}

// CRoaring counts to 2^32 in 32 bits there.
TEST(SetView, select_reaches_the_last_id_of_a_full_range) {
  const Id last = two_to_32 - 1;
  SetBuilder builder(make_range(0, last - two_to_16));
  for (Id id = last - two_to_16; id <= last; ++id)
    builder.add(id);  // its last container is a bitmap
  const Set& set = builder.finish();
  ASSERT_EQ(cardinality(set), static_cast<std::uint64_t>(two_to_32));
  EXPECT_EQ(select(set, static_cast<std::uint64_t>(last)), last);
  EXPECT_EQ(select(set, static_cast<std::uint64_t>(last - 1)), last - 1);
  EXPECT_EQ(rank(set, last), static_cast<std::uint64_t>(two_to_32));
}

TEST(SetView, counting_stops_where_no_more_is_needed_and_says_the_same) {
  Model few;
  for (Id id = 0; id < 100; ++id) few.insert(id * 1000003);
  Model many = few;
  for (Id id = 0; id < 20000; ++id) many.insert(id * 7919 + 1);
  const Set small = set_of(few);
  const Set large = set_of(many);
  EXPECT_EQ(intersect_count(small, large), few.size());
  EXPECT_EQ(intersect_count(large, small), few.size());
  EXPECT_TRUE(is_subset(small, large));
  EXPECT_FALSE(is_subset(large, small));
  EXPECT_TRUE(overlaps(large, small));
}

TEST(SetView, front_range_is_the_ids_of_the_first_upper_half) {
  for (const std::size_t length : {1u, 2u, 3u, 4u, 5u, 31u, 32u, 33u}) {
    for (const std::size_t behind : {0u, 1u, 2u, 40u}) {
      std::vector<Id> ids;
      for (std::size_t i = 0; i < length; ++i) ids.push_back(-two_to_32 + static_cast<Id>(i));
      ids.back() = -1;
      for (std::size_t i = 0; i < behind; ++i) ids.push_back(static_cast<Id>(i));
      const Span<Id> front = front_range(Span<Id>(ids.data(), ids.size()));
      EXPECT_EQ(front.begin(), ids.data());
      EXPECT_EQ(front.size(), length);
    }
  }
}

}  // namespace
}  // namespace objectset::test
