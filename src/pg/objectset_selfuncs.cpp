// How many rows `id <@ set` and `set @> id` will find, told to the planner.
//
// Where the set is known at planning time (a literal, a parameter of a custom plan, a stable function), it is
// held against the statistics of the column of ids (core/estimate.hpp). Where it comes from a column of sets, be it of
// another table or through a subquery, it is taken to be one like those there (core/estimate_sets.hpp). Where nothing is
// known of it, it is taken to hold one in 200 of the column's ids.
//
// What statistics show of rows that the user may not read is only used where core would use it too.
#include "column_statistics.hpp"
#include "datum.hpp"
#include "set_statistics.hpp"

extern "C" {
#include "catalog/pg_statistic.h"
}

#include <algorithm>

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

// A column of ids, on the other side of a set.
struct IdColumn {
  PlannerInfo* root;
  VariableStatData* variable;
  Oid function;
  ColumnStatistics summary;
};

// The part of the column's rows that have an id whose id the set will hold.
SetFraction member_fraction(PlannerInfo* root, Node* set, const IdColumn& ids) {
  const SetTerm term = set_term(root, set, ids.function);
  const double possible = ids.summary.possible_ids;
  switch (term.source) {
    case SetSource::unknown:
      return {};
    case SetSource::null:
      return {true, 0};
    case SetSource::known: {
      const double there = 1 - ids.summary.null_fraction;
      return {true,
              there <= 0 ? 0 : known_set(ids.root, ids.variable, ids.function, term.value) / there};
    }
    case SetSource::column:
      return {true, holding_fraction_of_unknown(term.column, possible)};
    case SetSource::collected:
      return {true, std::min(1.0, term.rows / possible)};
    case SetSource::united: {
      const SetFraction each = member_fraction(term.root, term.left, ids);
      return {each.is_known, any_of(each.value, term.rows)};
    }
    default:
      return combined_fraction(term.source, member_fraction(term.root, term.left, ids),
                               member_fraction(term.root, term.right, ids),
                               contained_fraction_of_unknown(0, possible));
  }
}

double id_in_set(PlannerInfo* root, Node* set, VariableStatData* variable, Oid function) {
  const IdColumn ids = {root, variable, function, summary_of(root, variable)};
  const SetFraction fraction = member_fraction(root, set, ids);
  const double there = 1 - ids.summary.null_fraction;
  if (fraction.value > 0 || fraction.is_known) return std::clamp(fraction.value * there, 0.0, 1.0);
  return contained_fraction_of_unknown(ids.summary.null_fraction, ids.summary.possible_ids);
}

// ---- Restrictions --------------------------------------------------------------------------------------

// A column of sets, and an id that is known or not. False where nothing is known of the column.
bool sets_with_id(PlannerInfo* root, VariableStatData* sets, Node* id, Oid operator_id,
                  Oid collation, bool column_is_left, double* fraction) {
  SetColumnStatistics column;
  if (!set_column_statistics(sets, get_opcode(operator_id), &column)) return false;
  if (IsA(id, Const)) {
    const auto* known = reinterpret_cast<const Const*>(id);
    const Id value = id_of(getBaseType(known->consttype), known->constvalue);
    *fraction = with_common_sets(sets, operator_id, collation, known->constvalue, column_is_left,
                                 holding_fraction(column, value));
    return true;
  }
  VariableStatData variable;
  examine_variable(root, id, 0, &variable);
  const bool is_column = variable.rel != nullptr;
  *fraction =
      holding_fraction_of_unknown(column, is_column ? summary_of(root, &variable).possible_ids : 1);
  ReleaseVariableStats(variable);
  return true;
}

Datum restriction(FunctionCallInfo fcinfo, bool set_is_left) {
  auto* root = reinterpret_cast<PlannerInfo*>(PG_GETARG_POINTER(0));
  const Oid operator_id = PG_GETARG_OID(1);
  auto* arguments = reinterpret_cast<List*>(PG_GETARG_POINTER(2));
  const int var_relid = PG_GETARG_INT32(3);
  if (list_length(arguments) != 2) PG_RETURN_FLOAT8(default_containing);
  auto* set = static_cast<Node*>(set_is_left ? linitial(arguments) : lsecond(arguments));
  auto* id = static_cast<Node*>(set_is_left ? lsecond(arguments) : linitial(arguments));

  VariableStatData variable;
  Node* other = nullptr;
  bool variable_is_left = false;
  double fraction = 0;
  if (!get_restriction_variable(root, arguments, var_relid, &variable, &other, &variable_is_left)) {
    // Id and set from one row, or neither a column
    examine_variable(root, id, 0, &variable);
    fraction = id_in_set(root, set, &variable, get_opcode(operator_id));
  } else if (IsA(other, Const) && reinterpret_cast<Const*>(other)->constisnull) {
    fraction = 0;
  } else if (variable_is_left != set_is_left) {
    fraction = id_in_set(root, set, &variable, get_opcode(operator_id));
  } else if (!sets_with_id(root, &variable, other, operator_id, PG_GET_COLLATION(),
                           variable_is_left, &fraction)) {
    fraction = generic_restriction_selectivity(root, operator_id, PG_GET_COLLATION(), arguments,
                                               var_relid, default_containing);
  }
  ReleaseVariableStats(variable);
  PG_RETURN_FLOAT8(fraction);
}

// ---- Joins ---------------------------------------------------------------------------------------------

// A pair of rows matches as likely as an id a set like the others. A row of a semijoin matches where any row of the
// other side does.
Datum join(FunctionCallInfo fcinfo, bool set_is_left) {
  auto* root = reinterpret_cast<PlannerInfo*>(PG_GETARG_POINTER(0));
  const Oid operator_id = PG_GETARG_OID(1);
  auto* arguments = reinterpret_cast<List*>(PG_GETARG_POINTER(2));
  const auto join_type = static_cast<JoinType>(PG_GETARG_INT16(3));
  auto* special = reinterpret_cast<SpecialJoinInfo*>(PG_GETARG_POINTER(4));

  VariableStatData left;
  VariableStatData right;
  bool is_reversed = false;
  get_join_variables(root, arguments, special, &left, &right, &is_reversed);
  auto* set = static_cast<Node*>(set_is_left ? linitial(arguments) : lsecond(arguments));
  double fraction = id_in_set(root, set, set_is_left ? &right : &left, get_opcode(operator_id));
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
