// How many sets of a column pass a test: the arithmetic of selectivity where the set is the column, from the statistics
// that set_sample.hpp makes. Nothing here is exact, and nothing raises.
//
// The one idea: a set is drawn by chance from the ids there are, as many as its size says and from its own *window*, the
// room between its least and its greatest id. The histogram of sizes takes the place of a mean, for what small and large
// sets do differs; ids that are known to be common are reckoned one by one.
#pragma once

#include "core/planning/id_selectivity.hpp"

namespace objectset {

/// What is known of a column of sets. Fractions are of the rows that have a set, but for the first.
struct SetColumnStatistics {
  double null_fraction = 0;
  double mean = 0;           // ids in a set
  double mean_of_large = 0;  // ids in sets whose ids were not counted, over all sets
  double empty_fraction = 0;
  double width = 1;         // of a window, on average
  double possible_ids = 1;  // different ids in all sets; at least 1
  Span<float> sizes;        // ascending bounds of a histogram, at least two
  Span<Id> least;  // the same of the least ids, and of the greatest; none where all sets are empty
  Span<Id> greatest;
  Span<Id> common;  // ascending, and the fraction of sets that hold each
  Span<float> common_fractions;
};

/// The fraction of rows whose set holds this id, 0 to 1; an id that is not known, of `possible_ids` that it may be.
double holding_fraction(const SetColumnStatistics& column, Id id) noexcept;
double holding_fraction_of_unknown(const SetColumnStatistics& column, double possible_ids) noexcept;

/// The same for the ids of a column, on average over its rows that have an id; and the fraction of those that lie from
/// where to where there are ids in sets. Others match none.
struct HoldingOfColumn {
  double fraction;
  double within;
};
HoldingOfColumn holding_fraction_of_column(const SetColumnStatistics& column,
                                           const ColumnStatistics& ids) noexcept;

/// The fraction of rows whose set shares an id with this one, holds all of it, is part of it.
double overlapping_fraction(const SetColumnStatistics& column, const SetView& set) noexcept;
double containing_fraction(const SetColumnStatistics& column, const SetView& set) noexcept;
double contained_set_fraction(const SetColumnStatistics& column, const SetView& set) noexcept;

/// The same of pairs of rows: that the two sets share an id; that the first holds all of the second.
double overlapping_pairs(const SetColumnStatistics& a, const SetColumnStatistics& b) noexcept;
double containing_pairs(const SetColumnStatistics& a, const SetColumnStatistics& b) noexcept;

}  // namespace objectset
