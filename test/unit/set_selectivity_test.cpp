// What columns of sets are estimated to match, from a sample as ANALYZE takes one, held against what they do match.
#include "core/planning/set_selectivity.hpp"

#include <algorithm>
#include <functional>

#include "core/planning/set_sample.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

class SetColumn {
 public:
  void add(Set set) { sets_.push_back(std::move(set)); }

  // One row in so many is sampled.
  void analyze(std::size_t one_in = 1) {
    std::vector<const Set*> small;
    double sampled = 0;
    for (std::size_t i = 0; i < sets_.size(); i += one_in) {
      const Set& set = sets_[i];
      SampledSet found;
      found.cardinality = cardinality(set);
      found.is_bounded = found.cardinality > 0;
      if (found.is_bounded) {
        found.least = minimum(set);
        found.greatest = maximum(set);
      }
      sample_.add(found);
      if (found.cardinality <= SetSample::max_counted) small.push_back(&set);
      sampled += 1;
    }
    for (std::size_t i = 0; i < small.size(); i += sample_.stride()) {
      const std::vector<Id> ids = ids_of(*small[i]);
      sample_.add_ids(ids.data(), ids.size());
    }
    sample_.finish(static_cast<double>(sets_.size()), 100, 1000);
    for (const std::uint64_t size : sample_.sizes()) sizes_.push_back(static_cast<float>(size));
  }

  SetColumnStatistics statistics() const {
    SetColumnStatistics column;
    column.mean = sample_.mean();
    column.mean_of_large = sample_.mean_of_large();
    column.empty_fraction = sample_.empty_fraction();
    column.width = sample_.width();
    column.possible_ids = sample_.possible_ids();
    column.sizes = {sizes_.data(), sizes_.size()};
    column.least = sample_.least();
    column.greatest = sample_.greatest();
    column.common = sample_.common();
    column.common_fractions = sample_.common_fractions();
    return column;
  }
  const SetSample& sample() const { return sample_; }
  const std::vector<Set>& sets() const { return sets_; }

  // From ten rows on within so many times of the truth; below, within as many times ten rows.
  void expect(double estimate, double times, const std::function<bool(const Set&)>& test) const {
    const auto rows = static_cast<double>(sets_.size());
    const auto truth =
        std::max(10.0, static_cast<double>(std::count_if(sets_.begin(), sets_.end(), test)));
    EXPECT_LE(estimate * rows, truth * times);
    EXPECT_GE(std::max(10.0, estimate * rows), truth / times);
  }
  void expect_holding(Id id, double times) const {
    expect(holding_fraction(statistics(), id), times,
           [&](const Set& set) { return contains(set, id); });
  }
  void expect_tests(const SetView& known, double times) const {
    const SetColumnStatistics column = statistics();
    expect(overlapping_fraction(column, known), times,
           [&](const Set& set) { return overlaps(set, known); });
    expect(containing_fraction(column, known), times,
           [&](const Set& set) { return is_subset(known, set); });
    expect(contained_set_fraction(column, known), times,
           [&](const Set& set) { return is_subset(set, known); });
  }

 private:
  std::vector<Set> sets_;
  SetSample sample_;
  std::vector<float> sizes_;
};

double pairs(const SetColumn& a, const SetColumn& b,
             const std::function<bool(const Set&, const Set&)>& test) {
  double found = 0;
  for (const Set& x : a.sets()) {
    for (const Set& y : b.sets()) found += test(x, y) ? 1 : 0;
  }
  return found / static_cast<double>(a.sets().size() * b.sets().size());
}

void expect_pairs(const SetColumn& a, const SetColumn& b, double times) {
  const double few = 10 / static_cast<double>(a.sets().size());
  const double overlap = pairs(a, b, [](const Set& x, const Set& y) { return overlaps(x, y); });
  EXPECT_LE(overlapping_pairs(a.statistics(), b.statistics()), std::max(few, overlap) * times);
  EXPECT_GE(overlapping_pairs(a.statistics(), b.statistics()) + few, overlap / times);
  const double contained = pairs(a, b, [](const Set& x, const Set& y) { return is_subset(y, x); });
  EXPECT_LE(containing_pairs(a.statistics(), b.statistics()), std::max(few, contained) * times);
  EXPECT_GE(containing_pairs(a.statistics(), b.statistics()) + few, contained / times);
}

Set scattered(Random& random, std::size_t ids, std::uint64_t below, Id step = 1) {
  Model model;
  while (model.size() < ids) model.insert(static_cast<Id>(random.below(below)) * step);
  return set_of(model);
}

TEST(EstimateSets, ScatteredSets) {
  OBJECTSET_TRACE_SEED();
  Random random(1);
  for (const Id step : {Id{1}, Id{1} << 40}) {
    SetColumn column;
    for (int i = 0; i < 1000; ++i) column.add(scattered(random, 1 + random.below(40), 2000, step));
    column.analyze();
    const SetColumnStatistics statistics = column.statistics();
    EXPECT_NEAR(statistics.mean, 20.5, 2);
    EXPECT_NEAR(statistics.possible_ids, 2000, 200);
    EXPECT_NEAR(holding_fraction_of_unknown(statistics, 1), 0.01, 0.002);
    EXPECT_NEAR(holding_fraction_of_unknown(statistics, 20000), 0.001, 0.0002);
    for (const Id id : {Id{5}, Id{1000}, Id{1999}}) column.expect_holding(id * step, 2);
    column.expect_holding(-5000 * step, 2);
    for (const std::size_t ids : {1u, 3u, 30u, 300u, 1800u}) {
      column.expect_tests(view_of(scattered(random, ids, 2000, step)), 2);
    }
    if (step == 1) {
      column.expect_tests(view_of(make_range(0, 1999)), 2);
      column.expect_tests(view_of(make_range(0, 999)), 2);
      column.expect_tests(view_of(make_range(500, 1500)), 3);
      column.expect_tests(view_of(make_range(1990, 5000)), 2);
      column.expect_tests(view_of(make_range(INT64_MAX - 5, INT64_MAX)), 2);
    }
    expect_pairs(column, column, 2);
  }
}

TEST(EstimateSets, ASample) {
  OBJECTSET_TRACE_SEED();
  Random random(2);
  SetColumn column;
  for (int i = 0; i < 20000; ++i) column.add(scattered(random, 1 + random.below(10), 5000));
  column.analyze(10);
  EXPECT_NEAR(column.statistics().possible_ids, 5000, 700);
  for (const Id id : {Id{5}, Id{2500}, Id{4900}}) column.expect_holding(id, 2);
  column.expect_tests(view_of(scattered(random, 20, 5000)), 2);
}

TEST(EstimateSets, CommonIds) {
  OBJECTSET_TRACE_SEED();
  Random random(3);
  SetColumn column;
  for (int i = 0; i < 5000; ++i) {
    Model model;
    for (Id id = 0; id < 12; ++id) {
      if (random.one_in(std::uint64_t{1} << id)) model.insert(id);
    }
    model.insert(1000 + static_cast<Id>(random.below(50000)));
    column.add(set_of(model));
  }
  column.analyze(2);
  for (Id id = 0; id < 9; ++id) column.expect_holding(id, 2);
  column.expect_holding(20000, 2);
  column.expect_tests(view_of(set_of({1})), 2);
  column.expect_tests(view_of(set_of({2, 3})), 2);
  column.expect_tests(view_of(set_of({3, 7, 500})), 2);
  column.expect_tests(view_of(set_of({4, 2000, 3000})), 2);
}

TEST(EstimateSets, ClusteredSets) {
  OBJECTSET_TRACE_SEED();
  Random random(4);
  SetColumn column;
  for (int i = 0; i < 3000; ++i) {
    const auto first = static_cast<Id>(random.below(1000000));
    column.add(make_range(first, first + 500 + static_cast<Id>(random.below(1000))));
  }
  column.analyze();
  for (const Id id : {Id{1000}, Id{500000}, Id{990000}}) column.expect_holding(id, 10);
  column.expect_tests(view_of(make_range(500000, 500100)), 10);
  column.expect_tests(view_of(make_range(500000, 600000)), 2);
  column.expect_tests(view_of(make_range(0, 900000)), 2);
  expect_pairs(column, column, 10);
}

TEST(EstimateSets, SizesThatDiffer) {
  OBJECTSET_TRACE_SEED();
  Random random(5);
  SetColumn column;
  for (int i = 0; i < 2000; ++i) {
    column.add(i % 50 == 0  ? scattered(random, 5000, 10000)
               : i % 2 == 0 ? Set()
                            : scattered(random, 2, 10000));
  }
  column.analyze();
  const SetColumnStatistics statistics = column.statistics();
  EXPECT_NEAR(statistics.empty_fraction, 0.48, 0.03);
  EXPECT_NEAR(statistics.possible_ids, 10000, 500);
  column.expect_holding(5000, 2);
  column.expect_tests(view_of(make_range(0, 9999)), 2);
  column.expect_tests(view_of(scattered(random, 100, 10000)), 3);
  column.expect_tests(view_of(scattered(random, 9000, 10000)), 3);
  expect_pairs(column, column, 3);
}

TEST(EstimateSets, IdsOfAColumn) {
  OBJECTSET_TRACE_SEED();
  Random random(6);
  SetColumn column;  // ids from 0 to 999
  for (int i = 0; i < 500; ++i) column.add(scattered(random, 20, 1000));
  column.analyze();
  const SetColumnStatistics sets = column.statistics();

  // A key from 0 to 9999
  std::vector<Id> bounds;
  for (Id id = 0; id <= 10000; id += 100) bounds.push_back(std::min<Id>(id, 9999));
  ColumnStatistics key;
  key.possible_ids = 10000;
  key.bounds = {bounds.data(), bounds.size()};
  HoldingOfColumn holding = holding_fraction_of_column(sets, key);
  EXPECT_NEAR(holding.fraction, 0.002, 0.0005);
  EXPECT_NEAR(holding.within, 0.1, 0.02);

  // Half of the rows have one of two ids, one of which is within; a third have none.
  const Id common[] = {7, 5000};
  const float fractions[] = {0.25F, 0.25F};
  ColumnStatistics reference = key;
  reference.null_fraction = 1.0 / 3;
  reference.common = {common, 2};
  reference.common_fractions = {fractions, 2};
  holding = holding_fraction_of_column(sets, reference);
  EXPECT_NEAR(holding.within, (0.25 + 0.1 / 6) * 1.5, 0.02);
  EXPECT_NEAR(holding.fraction, holding.within * 0.02, 0.003);

  // Other ids, which may have come since; an id column of which nothing is known
  for (Id& id : bounds) id += 1000000;
  holding = holding_fraction_of_column(sets, key);
  EXPECT_GT(holding.fraction, 0);
  EXPECT_LT(holding.fraction, 0.001);
  ColumnStatistics unknown;
  unknown.possible_ids = 4000;
  EXPECT_NEAR(holding_fraction_of_column(sets, unknown).fraction, 0.005, 0.0001);
  EXPECT_EQ(holding_fraction_of_column(SetColumnStatistics(), key).fraction, 0);
}

TEST(EstimateSets, ColumnsOfOtherIds) {
  SetColumn low;
  SetColumn high;
  SetColumn single;
  for (Id i = 0; i < 300; ++i) {
    low.add(make_range(i * 10, i * 10 + 100));
    high.add(make_range(1000000 + i * 10, 1000000 + i * 10 + 100));
    single.add(set_of({i * 1000}));
  }
  low.analyze();
  high.analyze();
  single.analyze();
  EXPECT_LT(overlapping_pairs(low.statistics(), high.statistics()), 0.01);
  expect_pairs(single, single, 2);
}

TEST(EstimateSets, EmptySetsAndNone) {
  SetColumn column;
  for (int i = 0; i < 100; ++i) column.add(Set());
  column.analyze();
  SetColumnStatistics statistics = column.statistics();
  EXPECT_EQ(holding_fraction(statistics, 1), 0);
  EXPECT_EQ(holding_fraction_of_unknown(statistics, 10), 0);
  EXPECT_EQ(overlapping_fraction(statistics, view_of(make_range(1, 5))), 0);
  EXPECT_EQ(containing_fraction(statistics, view_of(make_range(1, 5))), 0);
  EXPECT_EQ(containing_fraction(statistics, view_of(Set())), 1);
  EXPECT_EQ(contained_set_fraction(statistics, view_of(make_range(1, 5))), 1);
  EXPECT_EQ(contained_set_fraction(statistics, view_of(Set())), 1);
  EXPECT_EQ(overlapping_pairs(statistics, statistics), 0);
  EXPECT_EQ(containing_pairs(statistics, statistics), 1);
  statistics.null_fraction = 0.75;
  EXPECT_EQ(containing_fraction(statistics, view_of(Set())), 0.25);
  // Statistics of which next to nothing is there
  EXPECT_EQ(holding_fraction(SetColumnStatistics(), 1), 0);
  EXPECT_EQ(containing_pairs(SetColumnStatistics(), SetColumnStatistics()), 1);
}

TEST(EstimateSets, AllOfTheIds) {
  SetColumn column;
  for (int i = 0; i < 20; ++i) column.add(make_range(INT64_MIN, INT64_MIN + 300000));
  for (int i = 0; i < 20; ++i) column.add(make_range(INT64_MAX - 300000, INT64_MAX));
  column.analyze();
  const SetColumnStatistics statistics = column.statistics();
  for (const Id id : {INT64_MIN, Id{0}, INT64_MAX}) {
    EXPECT_GE(holding_fraction(statistics, id), 0);
    EXPECT_LE(holding_fraction(statistics, id), 1);
  }
  for (const double fraction :
       {overlapping_fraction(statistics, column.sets()[0]),
        containing_fraction(statistics, column.sets()[0]),
        contained_set_fraction(statistics, column.sets()[0]),
        overlapping_pairs(statistics, statistics), containing_pairs(statistics, statistics)}) {
    EXPECT_GE(fraction, 0);
    EXPECT_LE(fraction, 1);
  }
}

TEST(SetSample, ManySmallSetsAreThinnedOut) {
  SetSample sample;
  SampledSet set;
  set.cardinality = 256;
  for (int i = 0; i < 10000; ++i) sample.add(set);
  EXPECT_EQ(sample.stride(), 3u);
  EXPECT_EQ(SetSample().stride(), 1u);
}

TEST(SetSample, ALargeSetOfWhichTheBoundsAreNotKnown) {
  SetSample sample;
  SampledSet set;
  set.cardinality = 100000;
  sample.add(set);
  sample.finish(5, 100, 100);
  EXPECT_EQ(sample.mean(), 100000);
  EXPECT_NEAR(sample.possible_ids(), 223607, 1);  // between 100,000 and five times as many
  EXPECT_EQ(sample.least()[0], INT64_MIN);
  EXPECT_EQ(sample.greatest()[0], INT64_MAX);
  EXPECT_EQ(sample.sizes().size(), 2u);
}

}  // namespace
}  // namespace objectset::test
