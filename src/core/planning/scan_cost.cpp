#include "core/planning/scan_cost.hpp"

#include <algorithm>
#include <cmath>

namespace objectset {
namespace {

// Nanoseconds, measured over tables in memory.
constexpr double table_row = 20;  // to come to a row in the order of the table, and to test its id
constexpr double table_row_given = 18;  // to give it, where it is of the set
// To descend from the root of an index, and to start reading: of a small one, and of one that is larger than what the
// processor keeps at hand.
constexpr double search_small = 500;
constexpr double search_large = 1000;
constexpr double entry = 57;  // to read the next entry that is wanted, and to give what it covers,
constexpr double passed_entry = 35;  // or that is not, as is seen by the set
constexpr double fetch = 45;         // to get a row of a page at hand
constexpr double sort_row = 50;      // to gather and sort a row's place
// To come to another page, and to its rows: of a small table, and of one that is larger than what the processor keeps.
constexpr double page_small = 60;
constexpr double page_large = 1100;

// Of a larger set so many ids are looked at in each window to see how far apart they are.
constexpr std::size_t window_ids = 128;

constexpr double entries_per_page = 300;

// Pages of an index and of a table that are small, and of those that are large.
constexpr double small_index = 64;
constexpr double large_index = 8192;
constexpr double small_table = 64;
constexpr double large_table = 16384;

// How far from small to large, 0 to 1: each doubling counts the same.
double largeness(double pages, double small, double large) noexcept {
  return std::log2(std::clamp(pages, small, large) / small) / std::log2(large / small);
}

double time_of_search(const TableFacts& table) noexcept {
  const double part = largeness(table.index_pages, small_index, large_index);
  return search_small + (search_large - search_small) * part;
}

double time_of_page(double table_pages) noexcept {
  const double part = largeness(table_pages, small_table, large_table);
  return page_small * std::pow(page_large / page_small, part);
}

void count_pieces(const Id* ids, std::size_t count, std::uint64_t bridge, Pieces& found) {
  for (std::size_t i = 1; i < count; ++i) {
    const std::uint64_t gap =
        static_cast<std::uint64_t>(ids[i]) - static_cast<std::uint64_t>(ids[i - 1]);
    if (gap > bridge) {
      found.pieces += 1;
    } else {
      found.passed += static_cast<double>(gap - 1);
    }
  }
  found.ids += static_cast<double>(count - 1);
}

// The part of the cost that finding entries has; and what fetching their rows takes, in either order.
struct IndexWork {
  double searches;
  double entries;
  double passed;  // entries that are not wanted
  double rows;
};

double cost_of_entries(const IndexWork& work, const TableFacts& table,
                       const CostUnits& units) noexcept {
  const double leaves =
      std::min(table.index_pages, distinct_pages(work.searches, table.index_pages) +
                                      (work.entries + work.passed) / entries_per_page);
  const double time =
      work.searches * time_of_search(table) + work.entries * entry + work.passed * passed_entry;
  return time * units.nanosecond + leaves * units.page_in_order;
}

double cost_of_rows(const IndexWork& work, const TableFacts& table,
                    const CostUnits& units) noexcept {
  const double fetched = work.rows * (1 - table.covered);
  const double rows_per_page = std::max(1.0, table.rows / std::max(1.0, table.pages));
  const double far = distinct_pages(fetched, table.pages);
  const double near = std::min(far, fetched / rows_per_page + work.searches);
  const double in_order = table.correlation * table.correlation;
  const double turned = in_order * near + (1 - in_order) * fetched;
  const double computing = fetched * fetch + turned * time_of_page(table.pages);
  return computing * units.nanosecond + in_order * near * units.page_in_order +
         (1 - in_order) * far * units.page_at_random;
}

}  // namespace

double cost_of_places(double rows, const TableFacts& table, const CostUnits& units) noexcept {
  const double touched = distinct_pages(rows, table.pages);
  // Pages that lie close together are nearly as cheap to read as in order (as core's cost_bitmap_heap_scan()).
  const double part = std::sqrt(std::min(1.0, touched / std::max(1.0, table.pages)));
  const double page = units.page_at_random - (units.page_at_random - units.page_in_order) * part;
  return (rows * (fetch + sort_row) + touched * time_of_page(table.pages)) * units.nanosecond +
         touched * page;
}

double distinct_pages(double touches, double pages) noexcept {
  if (pages < 1) return 0;
  return pages * -std::expm1(-touches / pages);
}

std::uint64_t bridge_of(const TableFacts& table) noexcept {
  const double search = time_of_search(table);
  if (table.rows_per_id * (1 - table.searched) * passed_entry > search) return 0;
  const double ids_between = search / passed_entry / std::max(table.rows_per_unit, 1e-30);
  if (ids_between >= 0x1p63) return std::uint64_t{1} << 63;
  return 1 + static_cast<std::uint64_t>(ids_between);
}

double cost_of_walk(double rows, double disorder, double table_pages,
                    const CostUnits& units) noexcept {
  return rows * (entry + fetch + disorder * time_of_page(table_pages)) * units.nanosecond;
}

double cost_of_searches(std::uint64_t ids, const CostUnits& units) noexcept {
  return static_cast<double>(ids) * search_large * units.nanosecond;
}

AccessPlan plan_table_access(double found, const TableFacts& table,
                             const CostUnits& units) noexcept {
  const double computing =
      table.pages * time_of_page(table.pages) + table.rows * table_row + found * table_row_given;
  AccessPlan plan;
  plan.cost = table.pages * units.page_in_order + computing * units.nanosecond;
  return plan;
}

// Seen in windows that are spread evenly over the ids within bounds, and scaled.
Pieces pieces_of(const SetView& set, const IdBounds& bounds, std::uint64_t bridge,
                 std::uint64_t windows) {
  const std::uint64_t first = rank_below(set, bounds.first);
  const std::uint64_t count = rank(set, bounds.last) - first;
  Pieces found;
  if (count == 0) return found;
  const Id least = select(set, first);
  const auto width = static_cast<std::uint64_t>(select(set, first + count - 1)) -
                     static_cast<std::uint64_t>(least);
  if (width == count - 1 && bridge > 0) return {static_cast<double>(count), 1, 0};  // no gaps
  Id ids[window_ids];
  if (count <= windows * window_ids) {
    Cursor cursor(set, false, least);
    std::size_t kept = 0;  // the last id of the batch before
    for (std::uint64_t left = count; left > 0;) {
      const std::size_t room = window_ids - kept;
      const std::size_t given = cursor.next(ids + kept, left < room ? left : room);
      count_pieces(ids, kept + given, bridge, found);
      ids[0] = ids[kept + given - 1];
      kept = 1;
      left -= given;
    }
  } else {
    for (std::uint64_t i = 0; i < windows; ++i) {
      Cursor cursor(set, false, select(set, first + count / windows * i));
      count_pieces(ids, cursor.next(ids, window_ids), bridge, found);
    }
  }
  const double scale = found.ids == 0 ? 0 : static_cast<double>(count - 1) / found.ids;
  return {static_cast<double>(count), found.pieces * scale + 1, found.passed * scale};
}

// A run is met as often as it has ids, so each that is met stands for so many fewer.
Pieces pieces_of_others(const SetView& set, const IdBounds& bounds, double ids,
                        std::uint64_t windows) {
  const std::uint64_t first = rank_below(set, bounds.first);
  const std::uint64_t count = rank(set, bounds.last) - first;
  Pieces found = {ids, 1, 0};
  const std::uint64_t samples = std::min(count, windows);
  const double share = static_cast<double>(count) / std::max(1.0, static_cast<double>(samples));
  for (std::uint64_t i = 0; i < samples; ++i) {
    const std::uint64_t position = first + count / samples * i + count / samples / 2;
    const std::uint64_t run = consecutive_after(set, position, true, position - first) + 1 +
                              consecutive_after(set, position, false, first + count - position - 1);
    if (run > most_misses) {
      const double runs = share / static_cast<double>(run);
      found.pieces += runs;
      found.passed += runs * static_cast<double>(fewest_misses);
    } else {
      found.passed += share;
    }
  }
  return found;
}

// As if spread evenly over all there are.
Pieces pieces_of_unknown(double ids, const TableFacts& table) noexcept {
  const double possible = table.rows / std::max(table.rows_per_unit, 1e-30);
  const bool is_bridged = possible < ids * static_cast<double>(bridge_of(table));
  return is_bridged ? Pieces{ids, 1, std::max(0.0, possible - ids)} : Pieces{ids, ids, 0};
}

namespace {

IndexWork work_of(const Pieces& pieces, const TableFacts& table) noexcept {
  IndexWork work = {};
  work.searches = pieces.pieces;
  const double own = std::min(table.rows, pieces.ids * table.rows_per_id);
  const double alone = pieces.ids > 0 ? std::min(1.0, pieces.pieces / pieces.ids) : 0;
  work.rows = own * table.kept;
  work.entries = own * (1 - alone * (1 - table.searched));
  work.passed = std::min(table.rows - own, pieces.passed * table.rows_per_unit);
  return work;
}

}  // namespace

double cost_of_finding(const Pieces& pieces, const TableFacts& table,
                       const CostUnits& units) noexcept {
  return cost_of_entries(work_of(pieces, table), table, units);
}

AccessPlan plan_index_access(const Pieces& pieces, const TableFacts& table, const CostUnits& units,
                             bool keeps_order) noexcept {
  const IndexWork work = work_of(pieces, table);
  const double rows = cost_of_rows(work, table, units);
  const double sorted = keeps_order ? rows : cost_of_places(work.rows, table, units);
  AccessPlan plan;
  plan.access = sorted < rows ? Access::sorted : Access::index;
  plan.cost = cost_of_entries(work, table, units) + std::min(rows, sorted);
  plan.bridge = bridge_of(table);
  return plan;
}

}  // namespace objectset
