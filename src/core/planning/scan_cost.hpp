// How to reach the rows of a table whose ids are in a set: by an index, for each id or for ranges of ids, or by reading
// the whole table. The arithmetic of what each takes, and the walk of a set in pieces that an index is asked for.
//
// The one idea: between two ids of the set lie other ids, and an index can pass them by reading their entries or by
// being searched again. Which is cheaper depends on how many entries lie there. So the set is cut where the gap is wider
// than a *bridge*; pieces of one id are looked up, longer ones are read as ranges, whose entries are held against the
// set before any row is fetched. Rows that stand in another order than their ids are fetched in their own.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// Ids from `first` to `last`, both included: those that a table has any of, or may have.
struct IdBounds {
  Id first = INT64_MIN;
  Id last = INT64_MAX;
};

/// What is known of a table and of an index on its ids. Estimates, all of them.
struct TableFacts {
  double rows = 1;
  double pages = 1;
  double index_pages = 1;
  /// Index entries for each id that the set may hold, between the smallest and the largest: rows, over ids in between.
  double rows_per_unit = 1;
  /// Rows that share an id, where there are any.
  double rows_per_id = 1;
  /// How far rows stand in the order of their ids: 0 to 1.
  double correlation = 0;
  /// The fraction of rows that need not be fetched, because the index has all that is asked for: 0 to 1.
  double covered = 0;
  /// The part of the ids' entries that conditions on further columns of the index let through; and the part of each id's
  /// entries that are read to find them, where the index is searched for that id alone: 0 to 1.
  double kept = 1;
  double searched = 1;
};

/// What things cost, in the planner's units.
struct CostUnits {
  double nanosecond =
      0.01 / 25;  // of computing; the times below are what was measured on an ordinary machine
  double page_in_order =
      1;  // reading a page that is not in memory, or nothing where all are taken to be
  double page_at_random = 4;
};

enum class Access {
  table,   // read the whole table
  index,   // by the index, rows being fetched as their ids come
  sorted,  // by the index, rows being fetched in the order that they stand in
};

struct AccessPlan {
  Access access = Access::table;
  double cost = 0;
  /// By the index: ids that differ by no more than this are read as one range; others are looked up.
  std::uint64_t bridge = 1;
};

/// So many entries in a row that are not wanted take about as long as a search for the next one that may be.
inline constexpr std::uint64_t most_misses = 64;
/// Where all ids but a set's are wanted: after so many, once it was seen that the set's ids go on without a gap.
inline constexpr std::uint64_t fewest_misses = 8;

/// The gap of ids that is as cheap to read over in the index as to search it anew. 0 where each id has so many entries that
/// need not be read that even neighbours are searched for one by one.
std::uint64_t bridge_of(const TableFacts& table) noexcept;

/// How many pages of `pages` are touched where `touches` are spread evenly.
double distinct_pages(double touches, double pages) noexcept;

/// What it takes to walk an index for so many rows of a table, of which a part, the disorder, is on another page than the
/// one before; beside reading the pages.
double cost_of_walk(double rows, double disorder, double table_pages,
                    const CostUnits& units) noexcept;

/// No more than this is what looking up every id takes, beside the rows.
double cost_of_searches(std::uint64_t ids, const CostUnits& units) noexcept;

/// What reading the whole table takes, of which so many rows are found.
AccessPlan plan_table_access(double found, const TableFacts& table,
                             const CostUnits& units) noexcept;

/// Of the ids of a set within bounds: how many there are, how many pieces where gaps above a bridge cut, and how many ids
/// the gaps within pieces pass over. Of a large set so many windows are looked at, of some hundred ids each.
struct Pieces {
  double ids = 0;
  double pieces = 0;
  double passed = 0;
};
inline constexpr std::uint64_t many_windows = 16;
inline constexpr std::uint64_t few_windows = 4;
Pieces pieces_of(const SetView& set, const IdBounds& bounds, std::uint64_t bridge,
                 std::uint64_t windows = many_windows);
/// The same of all ids but those of the set, of which rows have `ids`: what lies between is the set's own, of which an
/// index passes over what goes on without a gap for more than `most_misses`, after `fewest_misses`.
Pieces pieces_of_others(const SetView& set, const IdBounds& bounds, double ids,
                        std::uint64_t windows = many_windows);
/// The same for a set that is not known, of so many ids.
Pieces pieces_of_unknown(double ids, const TableFacts& table) noexcept;

/// The cheapest way by the index to the ids of the pieces, which keeps their order where that is wanted.
AccessPlan plan_index_access(const Pieces& pieces, const TableFacts& table, const CostUnits& units,
                             bool keeps_order) noexcept;

/// What finding the entries of the pieces takes, without their rows; and what fetching so many rows takes, in the order that
/// they stand in, once their places are known.
double cost_of_finding(const Pieces& pieces, const TableFacts& table,
                       const CostUnits& units) noexcept;
double cost_of_places(double rows, const TableFacts& table, const CostUnits& units) noexcept;

}  // namespace objectset
