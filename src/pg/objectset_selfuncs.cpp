// How many rows `id <@ set` and `set @> id` will find, told to the planner.
//
// Where the set is known at planning time (a literal, a parameter of a custom plan, a stable function), it is
// held against the statistics of the column of ids (id_selectivity.hpp). Where it comes from a column of sets, be it of
// another table or through a subquery, it is taken to be one like those there (set_selectivity.hpp). Where nothing is
// known of it, it is taken to hold one in 200 of the column's ids.
//
// What statistics show of rows that the user may not read is only used where core would use it too.
#include "pg/column_statistics.hpp"
#include "pg/datum.hpp"
#include "pg/id_bounds.hpp"
#include "pg/set_statistics.hpp"

extern "C" {
#include "catalog/pg_statistic.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// Of sets in a column, as PostgreSQL's contsel.
constexpr double default_containing = 0.001;

double known_set(const ColumnStatistics& column, const SetView& set, const IdBounds& bounds) {
  double fraction = 0;
  guarded([&] { fraction = contained_fraction(set, column, bounds.first, bounds.last); });
  return fraction;
}

// Comparisons of an id beside the test, as in `id <@ set AND id BETWEEN 1 AND 500`, and the part of rows that they let
// through. The planner multiplies by that: so what is asked of a set is how many of those rows it holds.
struct Beside {
  IdBounds bounds;
  double fraction = 1;
};

Beside comparisons_beside(PlannerInfo* root, const VariableStatData& variable, Node* id) {
  Beside found;
  if (variable.rel == nullptr) return found;
  List* infos = NIL;
  ListCell* cell;
  foreach (cell, variable.rel->baserestrictinfo) {
    auto* info = lfirst_node(RestrictInfo, cell);
    if (!IsA(info->clause, OpExpr)) continue;
    const IdBounds bounds = bounds_by(list_make1(info->clause), reinterpret_cast<Expr*>(id));
    if (bounds.first == INT64_MIN && bounds.last == INT64_MAX) continue;
    found.bounds = both_bounds(found.bounds, bounds);
    infos = lappend(infos, info);
  }
  if (infos != NIL) found.fraction = clauselist_selectivity(root, infos, 0, JOIN_INNER, nullptr);
  return found;
}

// The part of a column's rows that have an id whose id the set will hold.
SetFraction member_fraction(const SetExpression& set, const ColumnStatistics& ids, Oid function,
                            const Beside& beside) {
  const SetTerm term = set_term(set, function);
  switch (term.source) {
    case SetSource::unknown:
      return {};
    case SetSource::null:
      return {true, 0};
    case SetSource::known: {
      const double there = 1 - ids.null_fraction;
      if (there <= 0 || beside.fraction <= 0) return {true, 0};
      const double part = known_set(ids, expected_set(term.root, term.value), beside.bounds);
      return {true, std::min(1.0, part / beside.fraction / there)};
    }
    case SetSource::column: {
      const HoldingOfColumn holding = holding_fraction_of_column(term.column, ids);
      return {true, holding.fraction, holding.within};
    }
    case SetSource::collected:
      return {true, std::min(1.0, term.rows / ids.possible_ids)};
    case SetSource::united: {
      const SetFraction each = member_fraction(term.left, ids, function, beside);
      return {each.is_known, each.within * any_of(each.value / each.within, term.rows),
              each.within};
    }
    default:
      return combined_fraction(term.source, member_fraction(term.left, ids, function, beside),
                               member_fraction(term.right, ids, function, beside),
                               contained_fraction_of_unknown(0, ids.possible_ids));
  }
}

// The part of a column's rows whose id is in the set, or in any of so many sets like it.
double id_in_set(PlannerInfo* root, Node* set, VariableStatData* variable, Oid function,
                 const Beside& beside = {}, double sets = 1) {
  const ColumnStatistics ids = statistics_of(root, variable, function);
  const SetFraction one = member_fraction({root, set}, ids, function, beside);
  if (!one.is_known && one.value <= 0) {
    return any_of(contained_fraction_of_unknown(ids.null_fraction, ids.possible_ids), sets);
  }
  const double any = sets == 1 ? one.value : one.within * any_of(one.value / one.within, sets);
  return std::clamp(any * (1 - ids.null_fraction), 0.0, 1.0);
}

// ---- Restrictions --------------------------------------------------------------------------------------

// A column of sets, and an id that is known or not. False where nothing is known of the column.
bool sets_with_id(PlannerInfo* root, VariableStatData* sets, Node* id, Oid operator_id,
                  Oid collation, bool column_is_left, double* fraction) {
  SetColumnStatistics column;
  if (!set_column_statistics(root, sets, get_opcode(operator_id), &column)) return false;
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
  if (!restriction_variable(root, arguments, var_relid, &variable, &other, &variable_is_left)) {
    // Id and set from one row, or neither a column
    examine_variable(root, id, 0, &variable);
    fraction = id_in_set(root, set, &variable, get_opcode(operator_id));
  } else if (IsA(other, Const) && reinterpret_cast<Const*>(other)->constisnull) {
    fraction = 0;
  } else if (variable_is_left != set_is_left) {
    fraction = id_in_set(root, set, &variable, get_opcode(operator_id),
                         comparisons_beside(root, variable, id));
  } else if (!sets_with_id(root, &variable, other, operator_id, PG_GET_COLLATION(),
                           variable_is_left, &fraction)) {
    fraction = without_set_statistics(root, operator_id, PG_GET_COLLATION(), arguments, var_relid,
                                      other, variable_is_left, default_containing);
  }
  ReleaseVariableStats(variable);
  PG_RETURN_FLOAT8(fraction);
}

// ---- Joins ---------------------------------------------------------------------------------------------

// A pair of rows matches as likely as an id a set like the others. A row of a semijoin matches where any row of the
// other side does.
Datum join(FunctionCallInfo fcinfo, bool set_is_left) {
  JoinQuestion question;
  read_join_question(fcinfo, &question);
  auto* set =
      static_cast<Node*>(set_is_left ? linitial(question.arguments) : lsecond(question.arguments));
  VariableStatData* const ids = set_is_left ? &question.right : &question.left;
  const RelOptInfo* const inner = question.inner;
  double fraction;
  if (inner == nullptr) {
    fraction = id_in_set(question.root, set, ids, question.function);
  } else if (inner == ids->rel) {
    fraction = any_of(id_in_set(question.root, set, ids, question.function), inner->rows);
  } else {
    fraction = id_in_set(question.root, set, ids, question.function, {}, inner->rows);
  }
  release(&question);
  PG_RETURN_FLOAT8(fraction);
}

}  // namespace
}  // namespace objectset::pg

OBJECTSET_FUNCTION(objectset_contains_sel) { return objectset::pg::restriction(fcinfo, true); }
OBJECTSET_FUNCTION(objectset_contained_sel) { return objectset::pg::restriction(fcinfo, false); }
OBJECTSET_FUNCTION(objectset_contains_joinsel) { return objectset::pg::join(fcinfo, true); }
OBJECTSET_FUNCTION(objectset_contained_joinsel) { return objectset::pg::join(fcinfo, false); }
