#include "pg/column_statistics.hpp"

#include "pg/expected_value.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "parser/parsetree.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

#include <algorithm>
#include <cmath>

namespace objectset::pg {
namespace {

// Where nothing is known of a column, so many rows are taken to share an id.
constexpr double default_rows_per_id = 10;

// A column counts as unique where so many of its rows have an id of their own.
constexpr double unique_from = 0.9;

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

}  // namespace

int parts_of_slot(HeapTuple statistics, int kind, int flags) {
  const auto* row = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(statistics));
  const int16* const kinds = &row->stakind1;
  int slot = 0;
  while (slot < STATISTIC_NUM_SLOTS && kinds[slot] != kind) ++slot;
  if (slot == STATISTIC_NUM_SLOTS) return -1;
  const auto lacks = [&](int first) {
    bool is_null = false;
    SysCacheGetAttr(STATRELATTINH, statistics, static_cast<AttrNumber>(first + slot), &is_null);
    return is_null;
  };
  if (lacks(Anum_pg_statistic_stavalues1)) flags &= ~ATTSTATSSLOT_VALUES;
  if (lacks(Anum_pg_statistic_stanumbers1)) flags &= ~ATTSTATSSLOT_NUMBERS;
  return flags;
}

bool statistics_slot(const VariableStatData& variable, int kind, int flags, AttStatsSlot* slot,
                     Span<Id>* ids) {
  *ids = {};
  const int parts = parts_of_slot(variable.statsTuple, kind, flags);
  if (parts < 0 || !get_attstatsslot(slot, variable.statsTuple, kind, InvalidOid, parts)) {
    return false;
  }
  if (slot->nvalues == 0) return true;
  const Oid type = getBaseType(slot->valuetype);
  if (!is_id_type(type)) {
    free_attstatsslot(slot);
    return false;
  }
  const auto count = static_cast<Size>(slot->nvalues);
  auto* copy = static_cast<Id*>(palloc(sizeof(Id) * (count + 1)));
  for (Size i = 0; i < count; ++i) copy[i] = id_of(type, slot->values[i]);
  *ids = Span<Id>(copy, count);
  return true;
}

Span<float> numbers_of(const AttStatsSlot& slot) {
  const auto count = static_cast<Size>(slot.nnumbers);
  auto* copy = static_cast<float*>(palloc(sizeof(float) * (count + 1)));
  std::copy_n(slot.numbers, count, copy);
  return Span<float>(copy, count);
}

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

bool restriction_variable(PlannerInfo* root, const List* arguments, int var_relid,
                          VariableStatData* variable, Node** other, bool* variable_is_left) {
  VariableStatData left;
  VariableStatData right;
  examine_variable(root, static_cast<Node*>(linitial(arguments)), var_relid, &left);
  examine_variable(root, static_cast<Node*>(lsecond(arguments)), var_relid, &right);
  if ((left.rel == nullptr) == (right.rel == nullptr)) {
    ReleaseVariableStats(left);
    ReleaseVariableStats(right);
    return false;
  }
  *variable_is_left = left.rel != nullptr;
  *variable = *variable_is_left ? left : right;
  Node* const against = *variable_is_left ? right.var : left.var;
  const Const* const value = expected_value(root, against);
  *other = value == nullptr ? against : reinterpret_cast<Node*>(const_cast<Const*>(value));
  return true;
}

double without_set_statistics(PlannerInfo* root, Oid operator_id, Oid collation,
                              const List* arguments, int var_relid, Node* other,
                              bool variable_is_left, double default_fraction) {
  if (!IsA(other, Const)) return default_fraction;
  List* const sides = variable_is_left ? list_make2(linitial(arguments), other)
                                       : list_make2(other, lsecond(arguments));
  return generic_restriction_selectivity(root, operator_id, collation, sides, var_relid,
                                         default_fraction);
}

void read_join_question(FunctionCallInfo fcinfo, JoinQuestion* question) {
  question->root = reinterpret_cast<PlannerInfo*>(PG_GETARG_POINTER(0));
  question->function = get_opcode(PG_GETARG_OID(1));
  question->arguments = reinterpret_cast<List*>(PG_GETARG_POINTER(2));
  const auto type = static_cast<JoinType>(PG_GETARG_INT16(3));
  auto* special = reinterpret_cast<SpecialJoinInfo*>(PG_GETARG_POINTER(4));
  bool is_reversed = false;
  get_join_variables(question->root, question->arguments, special, &question->left,
                     &question->right, &is_reversed);
  question->inner = nullptr;
  if (type == JOIN_SEMI || type == JOIN_ANTI) {
    question->inner = is_reversed ? question->left.rel : question->right.rel;
  }
}

IdSpread spread_of(PlannerInfo* root, Node* operand, double rows) {
  VariableStatData variable;
  examine_variable(root, operand, 0, &variable);
  const ColumnStatistics column = summary_of(root, &variable);
  IdSpread spread;
  const double there = std::max(1.0, rows * (1 - column.null_fraction));
  bool is_default = false;
  const double distinct = std::max(1.0, get_variable_numdistinct(&variable, &is_default));
  spread.rows_per_id = is_default || column.is_unique ? 1 : std::max(1.0, there / distinct);
  bool known = false;
  if (HeapTupleIsValid(variable.statsTuple)) {
    for (const int kind : {STATISTIC_KIND_HISTOGRAM, STATISTIC_KIND_MCV}) {
      AttStatsSlot slot = {};
      Span<Id> ids;
      if (!statistics_slot(variable, kind, ATTSTATSSLOT_VALUES, &slot, &ids)) continue;
      for (const Id id : ids) {
        spread.least = known ? std::min(spread.least, id) : id;
        spread.greatest = known ? std::max(spread.greatest, id) : id;
        known = true;
      }
      free_attstatsslot(&slot);
    }
    AttStatsSlot slot = {};
    Span<Id> none;
    if (statistics_slot(variable, STATISTIC_KIND_CORRELATION, ATTSTATSSLOT_NUMBERS, &slot, &none)) {
      if (slot.nnumbers == 1) spread.correlation = std::fabs(static_cast<double>(slot.numbers[0]));
      free_attstatsslot(&slot);
    }
  }
  const double width =
      known ? static_cast<double>(spread.greatest) - static_cast<double>(spread.least) + 1
            : there / spread.rows_per_id;
  spread.rows_per_unit = there / std::max(1.0, width);
  ReleaseVariableStats(variable);
  return spread;
}

}  // namespace objectset::pg
