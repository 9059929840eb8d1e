// What a set is estimated to match, held against what it does match in columns made here.
#include "core/planning/id_selectivity.hpp"

#include <algorithm>
#include <map>

#include "support.hpp"

namespace objectset::test {
namespace {

// A column of ids with the statistics that a full sample would give: the most common ids, and a histogram of the
// others.
class Column {
 public:
  Column(std::vector<Id> rows, std::size_t common, std::size_t buckets) : rows_(std::move(rows)) {
    std::map<Id, std::size_t> counts;
    for (const Id id : rows_) ++counts[id];
    distinct_ = counts.size();
    std::vector<std::pair<std::size_t, Id>> by_count;
    for (const auto& [id, count] : counts) by_count.emplace_back(count, id);
    std::sort(by_count.rbegin(), by_count.rend());
    for (std::size_t i = 0; i < std::min(common, by_count.size()); ++i) {
      common_.push_back(by_count[i].second);
      fractions_.push_back(static_cast<float>(by_count[i].first) /
                           static_cast<float>(rows_.size()));
    }
    std::vector<Id> others;
    for (const Id id : rows_) {
      if (std::find(common_.begin(), common_.end(), id) == common_.end()) others.push_back(id);
    }
    std::sort(others.begin(), others.end());
    for (std::size_t i = 0; i <= buckets && others.size() > 1; ++i) {
      bounds_.push_back(others[i * (others.size() - 1) / buckets]);
    }
  }

  ColumnStatistics statistics() const {
    ColumnStatistics column;
    column.possible_ids = static_cast<double>(distinct_);
    column.is_unique = distinct_ == rows_.size();
    column.common = {common_.data(), common_.size()};
    column.common_fractions = {fractions_.data(), fractions_.size()};
    column.bounds = {bounds_.data(), bounds_.size()};
    return column;
  }

  double truth(const SetView& set) const {
    const auto matching =
        std::count_if(rows_.begin(), rows_.end(), [&](Id id) { return contains(set, id); });
    return static_cast<double>(matching) / static_cast<double>(rows_.size());
  }

  void expect_within_2x(const SetView& set) const { expect_within_2x(set, statistics()); }
  void expect_within_2x(const SetView& set, const ColumnStatistics& column) const {
    const double estimate = contained_fraction(set, column);
    // Within 2x from ten rows on; below, within ten rows.
    const double ten = 10 / static_cast<double>(rows_.size());
    EXPECT_LE(estimate, truth(set) * 2 + ten);
    EXPECT_GE(estimate, truth(set) / 2 - ten);
  }

 private:
  std::vector<Id> rows_;
  std::size_t distinct_ = 0;
  std::vector<Id> common_;
  std::vector<float> fractions_;
  std::vector<Id> bounds_;
};

std::vector<Id> numbered(std::size_t rows, Id first, Id step) {
  std::vector<Id> ids(rows);
  for (std::size_t i = 0; i < rows; ++i) ids[i] = first + static_cast<Id>(i) * step;
  return ids;
}

Set picked(const std::vector<Id>& ids, std::size_t one_in, Random& random) {
  Model model;
  for (const Id id : ids) {
    if (random.one_in(one_in)) model.insert(id);
  }
  return set_of(model);
}

TEST(Estimate, PrimaryKeyDenseAndScattered) {
  OBJECTSET_TRACE_SEED();
  Random random(1);
  for (const Id step : {Id{1}, Id{7}, Id{1} << 34}) {
    const std::vector<Id> ids = numbered(20000, -5000 * step, step);
    const Column column(ids, 0, 100);
    for (const std::size_t one_in : {1u, 2u, 10u, 100u, 1000u}) {
      column.expect_within_2x(view_of(picked(ids, one_in, random)));
    }
    column.expect_within_2x(view_of(set_of(Model(ids.begin() + 3000, ids.begin() + 3500))));
    column.expect_within_2x(view_of(set_of(Model(ids.begin(), ids.begin() + 10))));
  }
}

// Rows that refer to 5,000 ids, a third of them to the first 20.
std::vector<Id> with_common_ids(Random& random) {
  std::vector<Id> rows;
  for (int i = 0; i < 50000; ++i) {
    const auto id = static_cast<Id>(random.below(5000));
    rows.push_back(random.one_in(3) ? id % 20 : id);
  }
  return rows;
}

TEST(Estimate, ForeignKeyWithCommonIds) {
  OBJECTSET_TRACE_SEED();
  Random random(2);
  const Column column(with_common_ids(random), 20, 50);
  const std::vector<Id> ids = numbered(5000, 0, 1);
  for (const std::size_t one_in : {2u, 10u, 100u}) {
    column.expect_within_2x(view_of(picked(ids, one_in, random)));
  }
  column.expect_within_2x(view_of(make_range(3, 3)));      // a common id
  column.expect_within_2x(view_of(make_range(0, 19)));     // all of them
  column.expect_within_2x(view_of(make_range(20, 4999)));  // none
  column.expect_within_2x(view_of(make_range(1000, 1099)));
}

TEST(Estimate, BetweenBoundsThoseThatLieThere) {
  OBJECTSET_TRACE_SEED();
  Random random(9);
  const Column column(with_common_ids(random), 20, 50);
  const Set set = picked(numbered(5000, 0, 1), 3, random);
  const std::pair<Id, Id> bounds[] = {{0, 4999},       {-50, 10},         {100, 900},
                                      {1234, 1834},    {4500, INT64_MAX}, {INT64_MIN, 2000},
                                      {INT64_MIN, -1}, {6000, 7000},      {7, 3}};
  for (const auto& [first, last] : bounds) {
    Model within;
    for (Id id = std::max<Id>(first, 0); id <= std::min<Id>(last, 4999); ++id) {
      if (contains(set, id)) within.insert(id);
    }
    const double truth = column.truth(view_of(set_of(within)));
    const double estimate = contained_fraction(set, column.statistics(), first, last);
    EXPECT_LE(estimate, truth * 2 + 0.001) << first << ".." << last;
    EXPECT_GE(estimate, truth / 2 - 0.001) << first << ".." << last;
  }
}

TEST(Estimate, ForeignKeyToATableWithMoreIds) {
  // One in ten of the ids that sets are drawn from stands in the column.
  OBJECTSET_TRACE_SEED();
  Random random(3);
  const std::vector<Id> possible = numbered(100000, 1, 1);
  std::vector<Id> rows;
  for (const Id id : possible) {
    if (random.one_in(10)) rows.insert(rows.end(), 3, id);
  }
  const Column column(rows, 0, 100);
  ColumnStatistics statistics = column.statistics();
  statistics.possible_ids = static_cast<double>(possible.size());
  for (const std::size_t one_in : {1u, 3u, 30u}) {
    column.expect_within_2x(view_of(picked(possible, one_in, random)), statistics);
  }
  column.expect_within_2x(view_of(make_range(50000, 59999)), statistics);
}

TEST(Estimate, IdsBeyondTheColumnMatchNothing) {
  const Column column(numbered(10000, 1, 1), 0, 100);
  EXPECT_DOUBLE_EQ(contained_fraction(view_of(make_range(100000, 200000)), column.statistics()), 0);
  EXPECT_DOUBLE_EQ(
      contained_fraction(view_of(make_range(INT64_MAX - 10, INT64_MAX)), column.statistics()), 0);
  EXPECT_DOUBLE_EQ(contained_fraction(view_of(Set()), column.statistics()), 0);
  EXPECT_NEAR(contained_fraction(view_of(make_range(-100000, 100000)), column.statistics()), 1,
              0.01);
}

TEST(Estimate, GrowthIsAboveTheHistogram) {
  const Column column(numbered(10000, 1, 1), 0, 100);
  ColumnStatistics statistics = column.statistics();
  const Set newest = make_range(10501, 11000);
  EXPECT_DOUBLE_EQ(contained_fraction(newest, statistics), 0);
  statistics.growth = 0.1;
  EXPECT_NEAR(contained_fraction(newest, statistics), 0.05, 0.01);
}

TEST(Estimate, EndsOfTheNumbers) {
  const std::vector<Id> bounds = {INT64_MIN, 0, INT64_MAX};
  ColumnStatistics statistics;
  statistics.possible_ids = 1000;
  statistics.is_unique = true;
  statistics.growth = 5;
  statistics.bounds = {bounds.data(), bounds.size()};
  const double estimate = contained_fraction(view_of(set_of({INT64_MIN, INT64_MAX})), statistics);
  EXPECT_GT(estimate, 0);
  EXPECT_LT(estimate, 0.01);
}

TEST(Estimate, NullsAndCommonIdsAreSetAside) {
  const std::vector<Id> common = {7, 3};
  const std::vector<float> fractions = {0.25F, 0.125F};
  ColumnStatistics statistics;
  statistics.null_fraction = 0.5;
  statistics.possible_ids = 3;  // one id besides the common ones
  statistics.common = {common.data(), common.size()};
  statistics.common_fractions = {fractions.data(), fractions.size()};
  EXPECT_DOUBLE_EQ(contained_fraction(view_of(set_of({3})), statistics), 0.125);
  EXPECT_DOUBLE_EQ(contained_fraction(view_of(set_of({3, 7})), statistics), 0.375);
  EXPECT_DOUBLE_EQ(contained_fraction(view_of(set_of({3, 7, 9})), statistics), 0.5);
}

TEST(Estimate, BucketsOfOneId) {
  // Half of the histogram is one id: known to be in or out, whatever the set's size.
  const std::vector<Id> bounds = {1, 5, 5, 5, 5, 9};
  ColumnStatistics statistics;
  statistics.possible_ids = 9;
  statistics.bounds = {bounds.data(), bounds.size()};
  EXPECT_GE(contained_fraction(view_of(set_of({5})), statistics), 0.6);
  EXPECT_LT(contained_fraction(view_of(set_of({2, 8})), statistics), 0.4);
}

TEST(Estimate, WithoutStatistics) {
  ColumnStatistics statistics;
  statistics.possible_ids = 1000;
  EXPECT_DOUBLE_EQ(contained_fraction(view_of(make_range(1, 100)), statistics), 0.1);
  EXPECT_DOUBLE_EQ(contained_fraction(view_of(make_range(1, 5000)), statistics), 1);
}

TEST(Estimate, IdsBetween) {
  const std::vector<Id> bounds = {0, 1000, 2000, 10000};
  const std::vector<Id> common = {500, 1500};
  ColumnStatistics column;
  column.possible_ids = 302;
  EXPECT_DOUBLE_EQ(ids_between(column, 0, 10000), 302);  // anywhere
  column.bounds = {bounds.data(), bounds.size()};
  column.common = {common.data(), common.size()};
  EXPECT_DOUBLE_EQ(ids_between(column, INT64_MIN, INT64_MAX), 302);
  EXPECT_DOUBLE_EQ(ids_between(column, 0, 10000), 302);
  EXPECT_NEAR(ids_between(column, 1001, 2000), 101, 1);
  EXPECT_NEAR(ids_between(column, 2001, 6000), 50, 1);
  EXPECT_NEAR(ids_between(column, 20000, 30000), 0, 1e-9);
  EXPECT_NEAR(ids_between(column, -10, -1), 0, 1e-9);
  EXPECT_DOUBLE_EQ(ids_between(column, 500, 500), 1);  // no more than fit in
  EXPECT_DOUBLE_EQ(ids_between(column, 5, 4), 0);
  const std::vector<Id> ends = {INT64_MIN, INT64_MIN, 0, INT64_MAX};
  column.bounds = {ends.data(), ends.size()};
  column.common = {};
  EXPECT_DOUBLE_EQ(ids_between(column, INT64_MIN, INT64_MAX), 302);
  EXPECT_NEAR(ids_between(column, 1, INT64_MAX), 302.0 / 3, 1);
}

TEST(Estimate, UnknownSets) {
  EXPECT_DOUBLE_EQ(contained_fraction_of_unknown(0, 1e6), 0.005);
  EXPECT_DOUBLE_EQ(contained_fraction_of_unknown(0.5, 1e6), 0.0025);
  EXPECT_DOUBLE_EQ(contained_fraction_of_unknown(0, 4), 0.25);
  EXPECT_DOUBLE_EQ(contained_fraction_of_unknown(0, 0), 1);
}

TEST(Estimate, AnyOf) {
  EXPECT_DOUBLE_EQ(any_of(0.5, 2), 0.75);
  EXPECT_DOUBLE_EQ(any_of(0.5, 0), 0);
  EXPECT_DOUBLE_EQ(any_of(0, 1e9), 0);
  EXPECT_DOUBLE_EQ(any_of(1, 1), 1);
  EXPECT_NEAR(any_of(1e-12, 1e6), 1e-6, 1e-11);
}

}  // namespace
}  // namespace objectset::test
