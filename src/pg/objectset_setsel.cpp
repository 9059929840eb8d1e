// How many rows the tests between sets will find, `&&`, `@>` and `<@`, told to the planner.
//
// Sets in a column are known by the column's statistics (set_selectivity.hpp), the other side too where it is a column;
// where it is a set that is not known, it is taken to be one like those of the column.
#include "pg/column_statistics.hpp"
#include "pg/datum.hpp"
#include "pg/set_statistics.hpp"

#include <algorithm>

namespace objectset::pg {
namespace {

// As PostgreSQL's contsel.
constexpr double default_fraction = 0.001;

enum class Test { overlaps, contains, contained };

Test commuted(Test test) {
  switch (test) {
    case Test::contains:
      return Test::contained;
    case Test::contained:
      return Test::contains;
    default:
      return test;
  }
}

double of_known(Test test, const SetColumnStatistics& column, const SetView& set) {
  double fraction = 0;
  guarded([&] {
    switch (test) {
      case Test::overlaps:
        fraction = overlapping_fraction(column, set);
        break;
      case Test::contains:
        fraction = containing_fraction(column, set);
        break;
      case Test::contained:
        fraction = contained_set_fraction(column, set);
        break;
    }
  });
  return fraction;
}

double of_pairs(Test test, const SetColumnStatistics& left, const SetColumnStatistics& right) {
  switch (test) {
    case Test::overlaps:
      return overlapping_pairs(left, right);
    case Test::contains:
      return containing_pairs(left, right);
    default:
      return containing_pairs(right, left);
  }
}

// Of two columns; where one is not known it is taken to be as the other.
double of_columns(const PlannerInfo* root, Test test, VariableStatData* left,
                  VariableStatData* right, Oid function) {
  SetColumnStatistics a;
  SetColumnStatistics b;
  const bool left_is_known = set_column_statistics(root, left, function, &a);
  const bool right_is_known = set_column_statistics(root, right, function, &b);
  if (!left_is_known && !right_is_known) return default_fraction;
  const double fraction = of_pairs(test, left_is_known ? a : b, right_is_known ? b : a);
  if (test == Test::overlaps) return fraction;
  // Sets that are equal contain each other.
  bool is_default = false;
  const double distinct = std::max({get_variable_numdistinct(left, &is_default),
                                    get_variable_numdistinct(right, &is_default), 1.0});
  return std::max(fraction, (1 - a.null_fraction) * (1 - b.null_fraction) / distinct);
}

Datum restriction(FunctionCallInfo fcinfo, Test test) {
  auto* root = reinterpret_cast<PlannerInfo*>(PG_GETARG_POINTER(0));
  const Oid operator_id = PG_GETARG_OID(1);
  auto* arguments = reinterpret_cast<List*>(PG_GETARG_POINTER(2));
  const int var_relid = PG_GETARG_INT32(3);
  const Oid function = get_opcode(operator_id);
  if (list_length(arguments) != 2) PG_RETURN_FLOAT8(default_fraction);

  VariableStatData variable;
  Node* other = nullptr;
  bool is_left = false;
  if (!restriction_variable(root, arguments, var_relid, &variable, &other, &is_left)) {
    // Both from one row, or neither a column
    VariableStatData right;
    examine_variable(root, static_cast<Node*>(linitial(arguments)), 0, &variable);
    examine_variable(root, static_cast<Node*>(lsecond(arguments)), 0, &right);
    const double fraction = of_columns(root, test, &variable, &right, function);
    ReleaseVariableStats(variable);
    ReleaseVariableStats(right);
    PG_RETURN_FLOAT8(fraction);
  }
  SetColumnStatistics column;
  double fraction = 0;
  const SetTerm term = set_term({root, other}, function);
  const Test of_column = is_left ? test : commuted(test);
  if (term.source == SetSource::null) {
    fraction = 0;
  } else if (!set_column_statistics(root, &variable, function, &column)) {
    fraction = without_set_statistics(root, operator_id, PG_GET_COLLATION(), arguments, var_relid,
                                      other, is_left, default_fraction);
  } else if (term.source == SetSource::known) {
    fraction =
        with_common_sets(&variable, operator_id, PG_GET_COLLATION(), term.value->constvalue,
                         is_left, of_known(of_column, column, expected_set(root, term.value)));
  } else {
    fraction = of_pairs(of_column, column, term.source == SetSource::column ? term.column : column);
  }
  ReleaseVariableStats(variable);
  PG_RETURN_FLOAT8(fraction);
}

Datum join(FunctionCallInfo fcinfo, Test test) {
  JoinQuestion question;
  read_join_question(fcinfo, &question);
  double fraction =
      of_columns(question.root, test, &question.left, &question.right, question.function);
  if (question.inner != nullptr) fraction = any_of(fraction, question.inner->rows);
  release(&question);
  PG_RETURN_FLOAT8(fraction);
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_overlap_sel) { return restriction(fcinfo, Test::overlaps); }
OBJECTSET_FUNCTION(objectset_contains_set_sel) { return restriction(fcinfo, Test::contains); }
OBJECTSET_FUNCTION(objectset_contained_set_sel) { return restriction(fcinfo, Test::contained); }
OBJECTSET_FUNCTION(objectset_overlap_joinsel) { return join(fcinfo, Test::overlaps); }
OBJECTSET_FUNCTION(objectset_contains_set_joinsel) { return join(fcinfo, Test::contains); }
OBJECTSET_FUNCTION(objectset_contained_set_joinsel) { return join(fcinfo, Test::contained); }
