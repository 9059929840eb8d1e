// How many rows `id <@ set` and `set @> id` will find, told to the planner.
//
// Where the set is known at planning time (a literal, a parameter of a custom plan, a stable function), it is
// held against the statistics of the column of ids (core/estimate.hpp). Where it is not, and in joins, a set is
// taken to hold one in 200 of the column's ids. Where the set is the column, its most common values are asked.
//
// What statistics show of rows that the user may not read is only used where core would use it too.
#include "column_statistics.hpp"
#include "datum.hpp"

extern "C" {
#include "catalog/pg_statistic.h"
}

#include <algorithm>
#include <limits>

namespace objectset::pg {
namespace {

// Of sets in a column, as PostgreSQL's contsel.
constexpr double default_containing = 0.001;

double known_set(PlannerInfo* root, VariableStatData* variable, Oid function, Datum set) {
  ColumnStatistics column = summary_of(root, variable);
  AttStatsSlot common = {};
  AttStatsSlot histogram = {};
  if (HeapTupleIsValid(variable->statsTuple) && statistic_proc_security_check(variable, function)) {
    if (statistics_slot(*variable, STATISTIC_KIND_MCV, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS,
                        &common, &column.common)) {
      column.common_fractions = Span<float>(common.numbers, static_cast<Size>(common.nnumbers));
    }
    statistics_slot(*variable, STATISTIC_KIND_HISTOGRAM, ATTSTATSSLOT_VALUES, &histogram,
                    &column.bounds);
  }
  const SetArgument argument = set_argument(set);
  double fraction = 0;
  guarded([&] {
    const OpenSet open(argument);
    fraction = contained_fraction(open, column);
  });
  free_attstatsslot(&common);
  free_attstatsslot(&histogram);
  return fraction;
}

double unknown_set(const ColumnStatistics& column) {
  return contained_fraction_of_unknown(column.null_fraction, column.possible_ids);
}

// ---- Restrictions --------------------------------------------------------------------------------------

Datum restriction(FunctionCallInfo fcinfo, bool set_is_left) {
  auto* root = reinterpret_cast<PlannerInfo*>(PG_GETARG_POINTER(0));
  const Oid operator_id = PG_GETARG_OID(1);
  auto* arguments = reinterpret_cast<List*>(PG_GETARG_POINTER(2));
  const int var_relid = PG_GETARG_INT32(3);

  VariableStatData variable;
  Node* other = nullptr;
  bool variable_is_left = false;
  if (!get_restriction_variable(root, arguments, var_relid, &variable, &other, &variable_is_left)) {
    // Id and set from one row, or neither a column: nothing to go by but the default.
    PG_RETURN_FLOAT8(contained_fraction_of_unknown(0, std::numeric_limits<double>::max()));
  }
  double fraction;
  if (variable_is_left == set_is_left) {
    fraction = generic_restriction_selectivity(root, operator_id, PG_GET_COLLATION(), arguments,
                                               var_relid, default_containing);
  } else if (!IsA(other, Const)) {
    fraction = unknown_set(summary_of(root, &variable));
  } else if (reinterpret_cast<Const*>(other)->constisnull) {
    fraction = 0;
  } else {
    fraction = known_set(root, &variable, get_opcode(operator_id),
                         reinterpret_cast<Const*>(other)->constvalue);
  }
  ReleaseVariableStats(variable);
  PG_RETURN_FLOAT8(fraction);
}

// ---- Joins ---------------------------------------------------------------------------------------------

// A pair of rows matches as likely as an id a set that is not known. A row of a semijoin matches where any row
// of the other side does.
Datum join(FunctionCallInfo fcinfo, bool set_is_left) {
  auto* root = reinterpret_cast<PlannerInfo*>(PG_GETARG_POINTER(0));
  auto* arguments = reinterpret_cast<List*>(PG_GETARG_POINTER(2));
  const auto join_type = static_cast<JoinType>(PG_GETARG_INT16(3));
  auto* special = reinterpret_cast<SpecialJoinInfo*>(PG_GETARG_POINTER(4));

  VariableStatData left;
  VariableStatData right;
  bool is_reversed = false;
  get_join_variables(root, arguments, special, &left, &right, &is_reversed);
  VariableStatData& ids = set_is_left ? right : left;
  double fraction = unknown_set(summary_of(root, &ids));
  if (join_type == JOIN_SEMI || join_type == JOIN_ANTI) {
    const RelOptInfo* inner = is_reversed ? left.rel : right.rel;
    if (inner != nullptr) fraction = any_of(fraction, inner->rows);
  }
  ReleaseVariableStats(left);
  ReleaseVariableStats(right);
  PG_RETURN_FLOAT8(fraction);
}

}  // namespace
}  // namespace objectset::pg

OBJECTSET_FUNCTION(objectset_contains_sel) { return objectset::pg::restriction(fcinfo, true); }
OBJECTSET_FUNCTION(objectset_contained_sel) { return objectset::pg::restriction(fcinfo, false); }
OBJECTSET_FUNCTION(objectset_contains_joinsel) { return objectset::pg::join(fcinfo, true); }
OBJECTSET_FUNCTION(objectset_contained_joinsel) { return objectset::pg::join(fcinfo, false); }
