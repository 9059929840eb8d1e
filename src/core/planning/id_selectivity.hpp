// How many rows of a column a set will match: the arithmetic of selectivity, for a planner that has statistics
// of the column. Nothing here is exact; what is not noexcept takes memory and can be interrupted, and raises nothing else.
//
// The one idea: a set is drawn from *possible* ids, of which the column's rows hold some. The common ids are
// looked up one by one. The histogram cuts the other rows into buckets of equally many, and in each bucket the
// part of the possible ids that the set holds is the part of the rows that match. So a clustered set is
// estimated where it is, and ids beyond the column's range count for (nearly) nothing.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// What is known of a column of ids. Fractions are of all its rows, 0 to 1.
struct ColumnStatistics {
  double null_fraction = 0;
  /// How many different ids sets over this column are drawn from: its own distinct ids, or those of the table
  /// that it refers to, if they are more. At least 1.
  double possible_ids = 1;
  /// No id stands in two rows; then the buckets also hold equally many ids.
  bool is_unique = false;
  /// The most common ids, in any order, and the fraction that each of them has.
  Span<Id> common;
  Span<float> common_fractions;
  /// Ascending bounds of the histogram over all other ids; fewer than two: there is none.
  Span<Id> bounds;
  /// Of a finer histogram no more buckets are looked at: a count in the set takes time for each of its containers.
  std::size_t most_buckets = 200;
  /// By how much the table has grown since, as a fraction of its rows. New ids are taken to be the largest.
  double growth = 0;
};

/// The fraction of the column's rows whose id is in the set, and from `first` to `last`, 0 to 1. Takes time for each common
/// id and for some hundred buckets.
double contained_fraction(const SetView& set, const ColumnStatistics& column, Id first = INT64_MIN,
                          Id last = INT64_MAX);

/// How many of the possible ids lie from `first` to `last`: where rows are more, so are they.
double ids_between(const ColumnStatistics& column, Id first, Id last) noexcept;

/// The same for a set that is not known: 0.005, as PostgreSQL assumes of an element in a range
/// (rangetypes_selfuncs.c), but of no fewer than one of the possible ids.
double contained_fraction_of_unknown(double null_fraction, double possible_ids) noexcept;

/// The fraction of rows that match at least one of `candidates` when they match each with `fraction`.
double any_of(double fraction, double candidates) noexcept;

}  // namespace objectset
