// How many rows `id <@ set` and `set @> id` will find, told to the planner.
//
// Where the set is known at planning time (a literal, a parameter of a custom plan, a stable function), it is
// held against the statistics of the column of ids (core/estimate.hpp). Where it is not, and in joins, a set is
// taken to hold one in 200 of the column's ids. Where the set is the column, its most common values are asked.
//
// What statistics show of rows that the user may not read is only used where core would use it too.
#include "datum.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"
}

#include <algorithm>
#include <limits>

#include "core/estimate.hpp"

namespace objectset::pg {
namespace {

// Of sets in a column, as PostgreSQL's contsel.
constexpr double default_containing = 0.001;

// Where nothing is known of a column, so many rows are taken to share an id.
constexpr double default_rows_per_id = 10;

// A column counts as unique where so many of its rows have an id of their own.
constexpr double unique_from = 0.9;

// ---- What is known of a column of ids ------------------------------------------------------------------

Id id_of(Oid type, Datum datum) {
  switch (type) {
    case INT2OID:
      return DatumGetInt16(datum);
    case INT4OID:
      return DatumGetInt32(datum);
    default:
      return DatumGetInt64(datum);
  }
}

// Rows of a table as last counted; 0 where nobody has.
double counted_rows(Oid table) {
  HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(tuple)) return 0;
  const double rows = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltuples;
  ReleaseSysCache(tuple);
  return rows > 0 ? rows : 0;
}

// The table column that a variable is, or false where it is anything else.
bool as_column(PlannerInfo* root, const VariableStatData& variable, RangeTblEntry** table,
               AttrNumber* column) {
  if (variable.rel == nullptr || variable.var == nullptr || !IsA(variable.var, Var)) return false;
  const auto* var = reinterpret_cast<const Var*>(variable.var);
  if (!IS_SIMPLE_REL(variable.rel) || var->varno != static_cast<int>(variable.rel->relid))
    return false;
  *table = planner_rt_fetch(variable.rel->relid, root);
  *column = var->varattno;
  return (*table)->rtekind == RTE_RELATION && *column > 0;
}

// Rows of the table that a foreign key of this column alone refers to: ids of sets over it come from there,
// though not all of them need stand in the column. 0 without such a key.
double referenced_rows(Oid table, AttrNumber column) {
  double rows = 0;
  Relation const relation = relation_open(table, NoLock);  // the planner has it locked
  ListCell* cell;
  foreach (cell, RelationGetFKeyList(relation)) {
    const auto* key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
    if (key->nkeys == 1 && key->conkey[0] == column) {
      rows = counted_rows(key->confrelid);
      break;
    }
  }
  relation_close(relation, NoLock);
  return rows;
}

// The ids of a slot of the column's statistics, in the current context. False where there are none to be used.
bool statistics_slot(const VariableStatData& variable, int kind, int flags, AttStatsSlot* slot,
                     Span<Id>* ids) {
  if (!get_attstatsslot(slot, variable.statsTuple, kind, InvalidOid, flags)) return false;
  const Oid type = getBaseType(slot->valuetype);
  const auto count = static_cast<Size>(slot->nvalues);
  auto* copy = static_cast<Id*>(palloc(sizeof(Id) * (count + 1)));
  for (Size i = 0; i < count; ++i) copy[i] = id_of(type, slot->values[i]);
  *ids = Span<Id>(copy, count);
  return true;
}

// The null fraction and the number of possible ids: enough where the set is not known.
ColumnStatistics summary_of(PlannerInfo* root, VariableStatData* variable) {
  ColumnStatistics column;
  if (HeapTupleIsValid(variable->statsTuple)) {
    column.null_fraction =
        reinterpret_cast<Form_pg_statistic>(GETSTRUCT(variable->statsTuple))->stanullfrac;
  }
  bool is_default = false;
  column.possible_ids = get_variable_numdistinct(variable, &is_default);
  const double rows = variable->rel == nullptr ? 0 : variable->rel->tuples;
  if (is_default) column.possible_ids = std::max(column.possible_ids, rows / default_rows_per_id);
  column.is_unique =
      variable->isunique || column.possible_ids >= unique_from * rows * (1 - column.null_fraction);
  RangeTblEntry* table = nullptr;
  AttrNumber attribute = InvalidAttrNumber;
  if (as_column(root, *variable, &table, &attribute)) {
    if (!column.is_unique) {
      column.possible_ids = std::max(column.possible_ids, referenced_rows(table->relid, attribute));
    }
    // The root of an inheritance tree counts its own rows alone.
    const double counted = table->inh ? 0 : counted_rows(table->relid);
    if (counted > 0 && rows > counted) column.growth = rows / counted - 1;
  }
  column.possible_ids = std::max(column.possible_ids, 1.0);
  return column;
}

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
