// What statistics tell of a column of sets (set_selectivity.hpp), and which sets an expression in a query will give.
#pragma once

#include "pg/column_statistics.hpp"
#include "pg/expected_value.hpp"

#include "core/planning/set_selectivity.hpp"

namespace objectset::pg {

// Kinds of slots in pg_statistic that objectset_typanalyze.cpp fills. The range from 10000 to 30000 is for private use.
//
// Sizes: numbers are those of `SizeNumber`, then the bounds of the histogram of sizes; values (bigint) the bounds of the
// histogram of least ids, then equally many of that of greatest ids; where all sets are empty, a zero for each.
inline constexpr int statistic_kind_sizes = 24173;
// Common ids, ascending, as values (bigint), and the fraction of sets that hold each as numbers.
inline constexpr int statistic_kind_common_ids = 24174;

enum SizeNumber {
  number_mean,
  number_mean_of_large,
  number_empty,
  number_width,
  number_possible,
  size_numbers
};

/// The statistics of a column of sets, in memory that lasts at least as long as the current context. False where there are
/// none, or none that the user may see the function's answers of. Where the slots above are missing, as after an upgrade
/// by pg_upgrade, those of any column have some of the sets.
bool set_column_statistics(const PlannerInfo* root, VariableStatData* variable, Oid function,
                           SetColumnStatistics* column);

/// What a test of sets in a column against `value` is estimated to find, where `fraction` is estimated from those
/// statistics: where most sets are among the column's most common ones, those are put to the test instead.
double with_common_sets(VariableStatData* variable, Oid operator_id, Oid collation, Datum value,
                        bool column_is_left, double fraction);

// What an expression that gives a set is, as far as estimates are concerned.
enum class SetSource {
  unknown,
  null,
  known,      // `value`, for now
  column,     // `column`
  collected,  // of the ids of so many rows: `rows`
  united,     // of so many sets, `rows`, like `left`
  unite,      // of `left` and `right`; so the rest
  intersect,
  minus,
  symdiff,
};

// An expression and the query that it belongs to. What a subquery computes of rows that there may not be is not to be
// evaluated for an estimate: it may fail.
struct SetExpression {
  PlannerInfo* root = nullptr;
  Node* node = nullptr;
  bool is_evaluable = true;
  int depth = 0;  // in how many operators
};

struct SetTerm {
  SetSource source = SetSource::unknown;
  PlannerInfo* root = nullptr;
  const Const* value = nullptr;
  SetColumnStatistics column;
  double rows = 0;
  SetExpression left;
  SetExpression right;
};

/// Follows parameters to the subqueries and outer queries that they come from. Statistics are used on behalf of
/// `function`.
SetTerm set_term(SetExpression expression, Oid function);

/// The part of some ids that a set holds, where that is known.
struct SetFraction {
  bool is_known = false;
  double value = 0;
  double within = 1;  // the part that sets like it can hold at all
};

/// The same of a combination of two sets, each of which holds its part by chance.
SetFraction combined_fraction(SetSource source, SetFraction left, SetFraction right,
                              double unknown);

/// How many ids a set will have, and how many different ones sets like it may have between them.
struct SetSize {
  bool is_known = false;
  double ids = 0;
  double possible_ids = 1;
};
SetSize expected_size(const SetExpression& expression, Oid function);

}  // namespace objectset::pg
