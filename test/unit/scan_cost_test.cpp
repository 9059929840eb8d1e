// How the rows of a set are reached: what is chosen for sets and tables of many kinds.
#include "core/planning/scan_cost.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

// Ten million rows under ids from 1, in their order, in memory.
TableFacts table_in_order() {
  TableFacts table;
  table.rows = 1e7;
  table.pages = 1e5;
  table.index_pages = 3e4;
  table.correlation = 1;
  return table;
}

CostUnits in_memory() {
  CostUnits units;
  units.page_in_order = 0;
  units.page_at_random = 0;
  return units;
}

AccessPlan plan_index_access(const SetView& set, const IdBounds& bounds, const TableFacts& table,
                             const CostUnits& units, bool keeps_order) {
  return objectset::plan_index_access(pieces_of(set, bounds, bridge_of(table)), table, units,
                                      keeps_order);
}

AccessPlan best(const SetView& set, const TableFacts& table, const CostUnits& units = in_memory(),
                const IdBounds& bounds = IdBounds()) {
  const AccessPlan by_index = plan_index_access(set, bounds, table, units, false);
  const double found = static_cast<double>(cardinality(set)) * table.rows_per_id;
  const AccessPlan whole = plan_table_access(found, table, units);
  return whole.cost < by_index.cost ? whole : by_index;
}

TEST(Access, FewIdsAreLookedUp) {
  const AccessPlan plan = best(view_of(multiples(1000000, 10, 1)), table_in_order());
  EXPECT_EQ(plan.access, Access::index);
  EXPECT_LT(plan.bridge, 1000000u);
}

TEST(Access, ConsecutiveIdsAreOneRange) {
  const Set block = make_range(1000000, 3000000);
  const AccessPlan plan = best(block, table_in_order());
  EXPECT_EQ(plan.access, Access::index);
  EXPECT_GE(plan.bridge, 1u);
  // Two million rows by a range take much less than ten million of the table, or as many searches.
  EXPECT_LT(plan.cost, plan_table_access(2e6, table_in_order(), in_memory()).cost);
  const AccessPlan spread = plan_index_access(view_of(multiples(5, 2000000, 1)), IdBounds(),
                                              table_in_order(), in_memory(), false);
  EXPECT_LT(plan.cost, spread.cost);
}

TEST(Access, ManyScatteredIdsReadTheTable) {
  EXPECT_EQ(best(view_of(multiples(2, 5000000, 1)), table_in_order()).access, Access::table);
}

TEST(Access, RowsInAnotherOrderAreSorted) {
  TableFacts table = table_in_order();
  table.correlation = 0;
  table.rows_per_id = 3;
  table.rows_per_unit = 3;
  EXPECT_EQ(best(view_of(multiples(100, 30000, 1)), table).access, Access::sorted);
  // Not so few that each is on a page of its own.
  EXPECT_EQ(best(view_of(multiples(100000, 30, 1)), table).access, Access::index);
  // Not where the order of ids is wanted.
  EXPECT_EQ(
      plan_index_access(view_of(multiples(100, 30000, 1)), IdBounds(), table, in_memory(), true)
          .access,
      Access::index);
  // Nor where no row is fetched.
  table.covered = 1;
  EXPECT_EQ(best(view_of(multiples(100, 30000, 1)), table).access, Access::index);
}

TEST(Access, OnlyIdsWithinBoundsCost) {
  const Set set = make_range(1, 8000000);
  const AccessPlan all = plan_index_access(set, IdBounds(), table_in_order(), in_memory(), false);
  const AccessPlan part =
      plan_index_access(set, {7999991, INT64_MAX}, table_in_order(), in_memory(), false);
  const AccessPlan none =
      plan_index_access(set, {9000000, 9999999}, table_in_order(), in_memory(), false);
  EXPECT_LT(part.cost * 1000, all.cost);
  EXPECT_LE(none.cost, part.cost);
}

TEST(Access, BoundsOnFurtherColumnsSaveEntriesAndRows) {
  TableFacts table = table_in_order();
  table.correlation = 0;
  table.rows_per_id = 10;
  table.rows_per_unit = 10;
  const Set set = multiples(1000, 3000, 1);
  const double without = plan_index_access(set, IdBounds(), table, in_memory(), false).cost;
  table.kept = 0.1;
  const double kept = plan_index_access(set, IdBounds(), table, in_memory(), false).cost;
  EXPECT_LT(kept, without);
  table.searched = 0.1;
  EXPECT_LT(plan_index_access(set, IdBounds(), table, in_memory(), false).cost, kept);
  EXPECT_GT(bridge_of(table), 0u);
  // Of ids of thousands of entries each is searched for alone, even consecutive ones.
  table.rows_per_id = 5000;
  table.rows_per_unit = 5000;
  EXPECT_EQ(bridge_of(table), 0u);
  const Set block = make_range(1, 100);
  const Pieces pieces = pieces_of(block, IdBounds(), bridge_of(table));
  EXPECT_EQ(pieces.pieces, 100);
  table.searched = 1;
  EXPECT_GT(bridge_of(table), 0u);
}

// What is passed over is read no further than it takes to see that it is long.
TEST(Access, OtherIdsThanASetsCostWhatIsBetweenThem) {
  const Set block = make_range(1, 1000000);
  const Pieces behind = pieces_of_others(block, IdBounds(), 10);
  EXPECT_EQ(behind.ids, 10);
  EXPECT_NEAR(behind.pieces, 2, 1e-9);
  EXPECT_NEAR(behind.passed, fewest_misses, 1e-9);
  // Of every second id nothing can be passed over; nor of the parts of it that are within bounds.
  const Set half = multiples(2, 100000, 1);
  EXPECT_EQ(pieces_of_others(half, IdBounds(), 10).pieces, 1);
  EXPECT_EQ(pieces_of_others(half, IdBounds(), 10).passed, 100000);
  EXPECT_EQ(pieces_of_others(half, {200, 2199}, 10).passed, 1000);
  EXPECT_EQ(pieces_of_others(half, {300000, 400000}, 10).passed, 0);
  // Runs of 999: one search each, within the error of looking at a few.
  const Set all = make_range(1, 1000000);
  const Set every = multiples(1000, 1000, 1);
  const Set runs = combine(Operation::minus, all, every);
  const Pieces many = pieces_of_others(runs, IdBounds(), 1000, 200);
  EXPECT_NEAR(many.pieces, 1001, 10);
  EXPECT_NEAR(many.passed, 1000 * fewest_misses, 100);
  const Set none;
  EXPECT_EQ(pieces_of_others(none, IdBounds(), 5).pieces, 1);
}

TEST(Access, MoreIdsCostMore) {
  const TableFacts table = table_in_order();
  double before = 0;
  for (Id count = 1; count < 2000000; count *= 4) {
    const double cost =
        plan_index_access(view_of(multiples(4, count, 1)), IdBounds(), table, in_memory(), false)
            .cost;
    EXPECT_GT(cost, before);
    before = cost;
    // What is not known is as if spread over everything.
    const Pieces unknown = pieces_of_unknown(static_cast<double>(count), table);
    EXPECT_GE(plan_index_access(unknown, table, in_memory(), false).cost, cost * 0.9);
  }
}

TEST(Access, PagesThatAreNotInMemoryCost) {
  const Set set = multiples(100, 10000, 1);
  const TableFacts table = table_in_order();
  EXPECT_GT(plan_index_access(set, IdBounds(), table, CostUnits(), false).cost,
            plan_index_access(set, IdBounds(), table, in_memory(), false).cost);
  EXPECT_GT(plan_table_access(1e4, table, CostUnits()).cost,
            plan_table_access(1e4, table, in_memory()).cost);
}

TEST(Access, AnySetAndAnyTable) {
  OBJECTSET_TRACE_SEED();
  Random random(41);
  for (int turn = 0; turn < 300; ++turn) {
    const Set set = set_of(random.model());
    TableFacts table;
    table.rows = static_cast<double>(random.below(1000000));
    table.pages = static_cast<double>(random.below(10000));
    table.index_pages = static_cast<double>(random.below(1000));
    table.rows_per_unit = random.one_in(3) ? 0 : static_cast<double>(random.below(1000)) / 100;
    table.rows_per_id = 1 + static_cast<double>(random.below(100));
    table.correlation = static_cast<double>(random.below(101)) / 100;
    table.covered = static_cast<double>(random.below(101)) / 100;
    Id first = random.id();
    Id last = random.id();
    if (first > last) std::swap(first, last);
    const AccessPlan plan =
        plan_index_access(set, {first, last}, table, CostUnits(), random.one_in(2));
    EXPECT_GE(plan.cost, 0);
    EXPECT_LT(plan.cost, 1e18);
    EXPECT_NE(plan.access, Access::table);
  }
}

TEST(ScanCost, FindingTakesNoMoreThanFindingAndFetching) {
  OBJECTSET_TRACE_SEED();
  Random random(44);
  for (int turn = 0; turn < 200; ++turn) {
    TableFacts table;
    table.rows = static_cast<double>(1 + random.below(1000000));
    table.pages = static_cast<double>(1 + random.below(20000));
    table.index_pages = static_cast<double>(1 + random.below(20000));
    table.rows_per_unit = static_cast<double>(1 + random.below(100)) / 10;
    const Pieces pieces = {static_cast<double>(1 + random.below(100000)),
                           static_cast<double>(1 + random.below(1000)),
                           static_cast<double>(random.below(100000))};
    const double found = cost_of_finding(pieces, table, CostUnits());
    EXPECT_GT(found, 0);
    EXPECT_LE(found, plan_index_access(pieces, table, CostUnits(), random.one_in(2)).cost);
    // Whatever is read of it, an index has so many pages.
    CostUnits pages_alone;
    pages_alone.nanosecond = 0;
    EXPECT_LE(cost_of_finding(pieces, table, pages_alone), table.index_pages);
  }
}

// Of an index of any size, entries that are looked up one by one.
TEST(ScanCost, LookingUpIdsTakesTheirSearchesAndLittleElse) {
  const CostUnits units = in_memory();
  EXPECT_EQ(cost_of_searches(0, units), 0);
  EXPECT_DOUBLE_EQ(cost_of_searches(2000, units), 2 * cost_of_searches(1000, units));
  TableFacts table = table_in_order();
  const Pieces alone = {1000, 1000, 0};
  for (const double pages : {1.0, 1000.0, 8192.0, 1e6}) {
    table.index_pages = pages;
    const double found = cost_of_finding(alone, table, units);
    EXPECT_LT(found, cost_of_searches(1100, units)) << pages;
    EXPECT_GT(found, cost_of_searches(500, units)) << pages;
  }
}

TEST(ScanCost, AWalkTakesMoreTheFartherItsRowsStand) {
  const CostUnits units = in_memory();
  EXPECT_EQ(cost_of_walk(0, 1, 100, units), 0);
  EXPECT_GT(cost_of_walk(100, 1, 100, units), cost_of_walk(100, 0.5, 100, units));
  EXPECT_GT(cost_of_walk(100, 0.5, 100, units), cost_of_walk(100, 0, 100, units));
  // A small table is kept at hand as a whole, whatever is read of it.
  EXPECT_LT(cost_of_walk(100, 0.5, 100, units), cost_of_walk(100, 0.5, 1e5, units));
  EXPECT_EQ(cost_of_walk(100, 0, 100, units), cost_of_walk(100, 0, 1e5, units));
  EXPECT_DOUBLE_EQ(cost_of_walk(200, 0.5, 100, units), 2 * cost_of_walk(100, 0.5, 100, units));
}

TEST(ScanCost, ASmallIndexIsSearchedInLessTime) {
  TableFacts table = table_in_order();
  const Pieces alone = {1000, 1000, 0};
  double before = 0;
  for (const double pages : {1.0, 64.0, 1000.0, 8192.0}) {
    table.index_pages = pages;
    const double cost = cost_of_finding(alone, table, in_memory());
    EXPECT_GE(cost, before);
    before = cost;
  }
  table.index_pages = 1e6;
  EXPECT_DOUBLE_EQ(cost_of_finding(alone, table, in_memory()), before);
  // So that more is read over in between.
  const std::uint64_t large = bridge_of(table);
  table.index_pages = 10;
  EXPECT_LT(bridge_of(table), large);
}

}  // namespace
}  // namespace objectset::test
