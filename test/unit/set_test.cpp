// Sets that are built and changed: ranges, borrowing and keeping, limits.
#include "core/set/set.hpp"

#include <optional>
#include <type_traits>

#include "support.hpp"

namespace objectset::test {
namespace {

// What a result borrows has to outlive it: a set that ends with the expression shows no view to borrow from.
static_assert(std::is_convertible_v<const Set&, SetView> && std::is_convertible_v<Set&, SetView>);
static_assert(!std::is_convertible_v<Set, SetView> && !std::is_convertible_v<const Set, SetView>);
static_assert(!std::is_convertible_v<Buffer<Id>, Span<Id>>);

TEST(Set, ranges_hold_both_of_their_ends) {
  EXPECT_EQ(model_of(make_range(3, 5)), (Model{3, 4, 5}));
  EXPECT_EQ(model_of(make_range(5, 3)), Model());
  EXPECT_EQ(model_of(make_range(INT64_MAX, INT64_MAX)), (Model{INT64_MAX}));
  EXPECT_EQ(model_of(make_range(INT64_MIN, INT64_MIN + 1)), (Model{INT64_MIN, INT64_MIN + 1}));
  EXPECT_TRUE(model_of(make_range(-100, 100)) == run_of(-100, 100));
  EXPECT_TRUE(model_of(make_range(INT64_MAX - 100, INT64_MAX)) ==
              run_of(INT64_MAX - 100, INT64_MAX));
  EXPECT_TRUE(model_of(make_range(INT64_MIN, INT64_MIN + 100)) ==
              run_of(INT64_MIN, INT64_MIN + 100));
}

TEST(Set, a_range_that_no_value_holds_is_refused_at_once) {
  EXPECT_FAILS(ErrorCode::too_large, make_range(INT64_MIN, INT64_MAX));
  EXPECT_FAILS(ErrorCode::too_large, make_range(0, INT64_MAX));
  EXPECT_FAILS(ErrorCode::too_large, make_range(INT64_MIN, -1));
}

// Three whole ranges and two parts.
TEST(Set, ranges_of_2_to_32_ids_keep_their_bounds) {
  const Id first = -two_to_32 - 7;
  const Id last = 2 * two_to_32 + 8;
  const Set set = make_range(first, last);
  const auto count = static_cast<std::uint64_t>(last - first + 1);
  EXPECT_EQ(cardinality(set), count);
  EXPECT_EQ(minimum(set), first);
  EXPECT_EQ(maximum(set), last);
  for (const Id id : {first, Id{-1}, Id{0}, two_to_32 - 1, two_to_32, last}) {
    EXPECT_TRUE(contains(set, id)) << id;
    EXPECT_EQ(rank(set, id), static_cast<std::uint64_t>(id - first + 1)) << id;
    EXPECT_EQ(select(set, static_cast<std::uint64_t>(id - first)), id);
  }
  EXPECT_FALSE(contains(set, first - 1));
  EXPECT_FALSE(contains(set, last + 1));

  const Stored stored(set);
  EXPECT_TRUE(is_valid(stored.str()));
  EXPECT_EQ(compare(stored.view(), set), 0);
  const Set hole = without_range(stored.view(), -5, 5);
  EXPECT_EQ(cardinality(hole), count - 11);
  const Set moved = shift(stored.view(), -two_to_32);
  EXPECT_EQ(minimum(moved), first - two_to_32);
  EXPECT_EQ(cardinality(moved), count);
  EXPECT_TRUE(stored_bytes(shift(view_of(shift(set, 3)), -3)) == stored.str());
}

TEST(Set, whole_ranges_that_are_one_bitmap_may_be_changed_one_by_one) {
  Set set = make_range(0, 4 * two_to_32 - 1);
  const Set one = set_of({two_to_32 + 7});
  const Set again = set_of({3 * two_to_32 + 9});
  const std::uint64_t count = cardinality(set);
  set.apply(Operation::minus, one);
  set.apply(Operation::symdiff, again);
  EXPECT_EQ(cardinality(set), count - 2);
  EXPECT_FALSE(contains(set, two_to_32 + 7));
  EXPECT_TRUE(contains(set, 7));
  EXPECT_TRUE(contains(set, 3 * two_to_32 + 7));
  EXPECT_FALSE(contains(set, 3 * two_to_32 + 9));
}

TEST(Set, results_that_are_kept_outlive_their_inputs) {
  const Model model_a = united({run_of(0, 9000), {-5}, run_of(7 * two_to_32, 7 * two_to_32 + 900)});
  const Model model_b = united({run_of(two_to_32, two_to_32 + 9000), {-5, -6}});
  std::optional<Stored> a(set_of(model_a));
  std::optional<Stored> b(set_of(model_b));
  Set united_set = combine(Operation::unite, a->view(), b->view());
  Set left = combine(Operation::minus, a->view(), b->view());
  Set part = between(a->view(), 10, INT64_MAX);
  united_set.keep();
  left.keep();
  part.keep();
  a.reset();
  b.reset();
  EXPECT_TRUE(model_of(united_set) == united({model_a, model_b}));
  EXPECT_EQ(cardinality(left), model_a.size() - 1);
  EXPECT_EQ(cardinality(part), model_a.size() - 11);
}

TEST(Set, ranges_that_show_one_bitmap_are_kept_together) {
  Model model;
  Set set;
  {
    const Stored stored(make_range(5, 900));
    for (std::int32_t high = 0; high < 3; ++high) {
      set.append_borrowed(stored.view().dense[0], high);
      for (Id low = 5; low <= 900; ++low) model.insert(high * two_to_32 + low);
    }
    set.keep();
  }
  EXPECT_EQ(set.dense()[0].bitmap, set.dense()[2].bitmap);
  EXPECT_TRUE(model_of(set) == model);
  EXPECT_TRUE(stored_bytes(set) == stored_bytes(set_of(model)));
}

TEST(Set, adopting_takes_the_bitmaps_over) {
  Set set = set_of({1, 2, 3});
  {
    Set other = set_of(united({run_of(two_to_32, two_to_32 + 4000), {9}}));
    set.apply(Operation::unite, other);
    set.adopt(other);
  }
  EXPECT_TRUE(model_of(set) == united({{1, 2, 3, 9}, run_of(two_to_32, two_to_32 + 4000)}));
}

TEST(Set, shifting_beyond_bigint_is_out_of_range) {
  const Set set = set_of({INT64_MIN + 5, 0, INT64_MAX - 5});
  EXPECT_EQ(model_of(shift(set, 5)), (Model{INT64_MIN + 10, 5, INT64_MAX}));
  EXPECT_EQ(model_of(shift(set, -5)), (Model{INT64_MIN, -5, INT64_MAX - 10}));
  EXPECT_FAILS(ErrorCode::out_of_range, shift(set, 6));
  EXPECT_FAILS(ErrorCode::out_of_range, shift(set, -6));
  EXPECT_FAILS(ErrorCode::out_of_range, shift(set, INT64_MIN));
  EXPECT_TRUE(is_empty(view_of(shift(view_of(Set()), INT64_MIN))));
  EXPECT_EQ(model_of(shift(view_of(set_of({INT64_MAX})), INT64_MIN)), (Model{-1}));
  EXPECT_TRUE(model_of(shift(view_of(make_range(INT64_MAX - 5000, INT64_MAX)), INT64_MIN)) ==
              run_of(-5001, -1));
}

TEST(Set, slices_count_from_0_and_end_with_the_set) {
  const Set set = set_of({-1, 5, 9});
  EXPECT_EQ(model_of(slice(set, 1, 1)), (Model{5}));
  EXPECT_EQ(model_of(slice(set, 1, UINT64_MAX)), (Model{5, 9}));
  EXPECT_EQ(model_of(slice(set, 3, 1)), Model());
  EXPECT_EQ(model_of(slice(set, UINT64_MAX, UINT64_MAX)), Model());
  EXPECT_EQ(model_of(slice(set, 0, 0)), Model());
}

TEST(Set, parts_to_the_ends_of_bigint_lose_nothing) {
  const Model model =
      united({run_of(INT64_MIN, INT64_MIN + 3000), {0}, run_of(INT64_MAX - 3000, INT64_MAX)});
  const Set set = set_of(model);
  EXPECT_TRUE(model_of(between(set, INT64_MIN, INT64_MAX)) == model);
  EXPECT_TRUE(is_empty(view_of(without_range(set, INT64_MIN, INT64_MAX))));
  EXPECT_TRUE(model_of(without_range(set, 5, 4)) == model);
  EXPECT_TRUE(is_empty(view_of(between(set, 5, 4))));
  EXPECT_EQ(model_of(between(set, INT64_MAX, INT64_MAX)), (Model{INT64_MAX}));
  EXPECT_EQ(cardinality(view_of(without_range(set, INT64_MIN, INT64_MIN))), model.size() - 1);
}

}  // namespace
}  // namespace objectset::test
