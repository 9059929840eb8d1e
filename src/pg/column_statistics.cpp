#include "pg/column_statistics.hpp"

#include "pg/expected_value.hpp"
#include "pg/id_bounds.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "optimizer/pathnode.h"
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

namespace {

// Which of a column's slots is of a kind, from 0; -1 where none is.
int number_of_slot(HeapTuple statistics, int kind) {
  const auto* row = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(statistics));
  const int16* const kinds = &row->stakind1;
  for (int slot = 0; slot < STATISTIC_NUM_SLOTS; ++slot) {
    if (kinds[slot] == kind) return slot;
  }
  return -1;
}

// An array of a slot, of one of its kinds of parts, where `first` has those of the first slot; nullptr where it has none.
ArrayType* array_of_slot(HeapTuple statistics, int slot, int first) {
  bool is_null = false;
  const Datum array =
      SysCacheGetAttr(STATRELATTINH, statistics, static_cast<AttrNumber>(first + slot), &is_null);
  return is_null ? nullptr : DatumGetArrayTypeP(array);
}

int count_of(ArrayType* array) { return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)); }

template <class T>
void widen_all(ArrayType* array, Span<Id> ids, Id* copy) {
  const auto* values = reinterpret_cast<const T*>(ARR_DATA_PTR(array));
  std::copy_n(values, ids.size(), copy);
}

// False where they are no numbers of one of the three widths.
bool ids_of(ArrayType* array, Span<Id>* ids) {
  const auto count = static_cast<Size>(count_of(array));
  if (count == 0) return true;
  auto* copy = static_cast<Id*>(palloc(sizeof(Id) * count));
  *ids = Span<Id>(copy, count);
  if (ARR_HASNULL(array)) return false;
  switch (getBaseType(ARR_ELEMTYPE(array))) {
    case INT2OID:
      widen_all<int16>(array, *ids, copy);
      return true;
    case INT4OID:
      widen_all<int32>(array, *ids, copy);
      return true;
    case INT8OID:
      widen_all<int64>(array, *ids, copy);
      return true;
    default:
      return false;
  }
}

Span<float> numbers_of(ArrayType* array) {
  if (ARR_ELEMTYPE(array) != FLOAT4OID || ARR_HASNULL(array)) return {};
  const auto count = static_cast<Size>(count_of(array));
  auto* copy = static_cast<float*>(palloc(sizeof(float) * (count + 1)));
  std::copy_n(reinterpret_cast<const float*>(ARR_DATA_PTR(array)), count, copy);
  return Span<float>(copy, count);
}

}  // namespace

int parts_of_slot(HeapTuple statistics, int kind, int flags) {
  const int slot = number_of_slot(statistics, kind);
  if (slot < 0) return -1;
  const auto lacks = [&](int first) {
    bool is_null = false;
    SysCacheGetAttr(STATRELATTINH, statistics, static_cast<AttrNumber>(first + slot), &is_null);
    return is_null;
  };
  if (lacks(Anum_pg_statistic_stavalues1)) flags &= ~ATTSTATSSLOT_VALUES;
  if (lacks(Anum_pg_statistic_stanumbers1)) flags &= ~ATTSTATSSLOT_NUMBERS;
  return flags;
}

bool statistics_slot(const VariableStatData& variable, int kind, Span<Id>* ids,
                     Span<float>* numbers) {
  if (ids != nullptr) *ids = {};
  if (numbers != nullptr) *numbers = {};
  const int slot = number_of_slot(variable.statsTuple, kind);
  if (slot < 0) return false;
  ArrayType* array = nullptr;
  if (ids != nullptr &&
      (array = array_of_slot(variable.statsTuple, slot, Anum_pg_statistic_stavalues1)) != nullptr &&
      !ids_of(array, ids)) {
    *ids = {};
    return false;
  }
  if (numbers != nullptr && (array = array_of_slot(variable.statsTuple, slot,
                                                   Anum_pg_statistic_stanumbers1)) != nullptr) {
    *numbers = numbers_of(array);
  }
  return true;
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

namespace {

// What does not depend on who asks, in the current context.
ColumnStatistics read_summary(PlannerInfo* root, VariableStatData* variable) {
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

// All that a planning needs to know of a column, which is looked up once: with partitions, columns are many, and each is
// asked about for its rows, for what a scan of it costs, and by each condition anew.
struct KnownColumn {
  double
      tuples;  // that the table had then: of a parent they are counted when those of its children are
  ColumnStatistics statistics;
  double distinct;  // 0: not known
  bool has_ends;
  Id least;
  Id greatest;
  double correlation;
};

void widen(KnownColumn* column, Id least, Id greatest) {
  column->least = column->has_ends ? std::min(column->least, least) : least;
  column->greatest = column->has_ends ? std::max(column->greatest, greatest) : greatest;
  column->has_ends = true;
}

void widen(KnownColumn* column, Span<Id> ids) {
  if (ids.empty()) return;
  const auto ends = std::minmax_element(ids.begin(), ids.end());
  widen(column, *ends.first, *ends.second);
}

void read_slots(const VariableStatData& variable, KnownColumn* column) {
  ColumnStatistics& statistics = column->statistics;
  statistics_slot(variable, STATISTIC_KIND_MCV, &statistics.common, &statistics.common_fractions);
  statistics_slot(variable, STATISTIC_KIND_HISTOGRAM, &statistics.bounds, nullptr);
  Span<float> numbers;
  statistics_slot(variable, STATISTIC_KIND_CORRELATION, nullptr, &numbers);
  if (numbers.size() == 1) column->correlation = std::fabs(static_cast<double>(numbers[0]));
  widen(column, statistics.common);
  // Statistics can be restored, too.
  if (!std::is_sorted(statistics.bounds.begin(), statistics.bounds.end())) {
    widen(column, statistics.bounds);
    statistics.bounds = {};
  }
  if (!statistics.bounds.empty()) {
    widen(column, statistics.bounds.front(), statistics.bounds.back());
  }
}

// Of a partitioned table, of which the server knows the rows that the query leaves, once it has added them up from partitions:
// those that were there when it was analyzed. 0 where that is not known.
double distinct_when_analyzed(PlannerInfo* root, const VariableStatData& variable) {
  RangeTblEntry* table = nullptr;
  AttrNumber attribute = InvalidAttrNumber;
  if (!HeapTupleIsValid(variable.statsTuple) || !as_column(root, variable, &table, &attribute) ||
      table->relkind != RELKIND_PARTITIONED_TABLE) {
    return 0;
  }
  const double distinct =
      reinterpret_cast<Form_pg_statistic>(GETSTRUCT(variable.statsTuple))->stadistinct;
  return distinct >= 0 ? distinct : -distinct * counted_rows(table->relid);
}

KnownColumn known_column(PlannerInfo* root, Node* operand);

// The column of a partition, or of another child, in the table that is the parent of them all; nullptr where there is none.
Var* column_of_whole(PlannerInfo* root, const RelOptInfo* table, const Var* column) {
  if (table->reloptkind != RELOPT_OTHER_MEMBER_REL || column->varattno <= 0) return nullptr;
  Index whole = 0;
  AttrNumber of_whole = InvalidAttrNumber;
  AttrNumber number = column->varattno;
  Index at = table->relid;
  while (const AppendRelInfo* const child = root->append_rel_array[at]) {
    at = child->parent_relid;
    // Arms of a UNION ALL have nothing in common.
    if (number > child->num_child_cols || planner_rt_fetch(at, root)->rtekind != RTE_RELATION)
      break;
    number = child->parent_colnos[number - 1];
    if (number <= 0) break;
    whole = at;
    of_whole = number;
  }
  if (whole == 0) return nullptr;
  return makeVar(static_cast<int>(whole), of_whole, column->vartype, column->vartypmod,
                 column->varcollid, 0);
}

// Sets are drawn from the ids of the whole table, of which a partition has some, by whatever partitions are told apart: so
// many of them lie between its ends.
void draw_from_whole(PlannerInfo* root, const VariableStatData& variable, KnownColumn* column) {
  if (variable.rel == nullptr || variable.var == nullptr || !IsA(variable.var, Var)) return;
  Var* const there =
      column_of_whole(root, variable.rel, reinterpret_cast<const Var*>(variable.var));
  if (there == nullptr) return;
  KnownColumn whole = known_column(root, reinterpret_cast<Node*>(there));
  if (whole.distinct <= 0) return;
  ColumnStatistics& statistics = column->statistics;
  whole.statistics.possible_ids = whole.distinct;
  const double ids = column->has_ends
                         ? ids_between(whole.statistics, column->least, column->greatest)
                         : whole.distinct;
  // Before it is analyzed, its own are a guess.
  const bool is_guess = column->distinct <= 0 && !statistics.is_unique;
  statistics.possible_ids = std::max(is_guess ? 1 : statistics.possible_ids, ids);
}

KnownColumn read_column(PlannerInfo* root, VariableStatData* variable) {
  KnownColumn column = {};
  column.tuples = variable->rel == nullptr ? 0 : variable->rel->tuples;
  column.statistics = read_summary(root, variable);
  // Of partitions there may be many.
  if (variable->rel != nullptr && variable->rel->reloptkind == RELOPT_OTHER_MEMBER_REL) {
    column.statistics.most_buckets = 32;
  }
  bool is_default = false;
  const double distinct = get_variable_numdistinct(variable, &is_default);
  column.distinct = distinct_when_analyzed(root, *variable);
  if (column.distinct <= 0 && !is_default) column.distinct = std::max(1.0, distinct);
  if (HeapTupleIsValid(variable->statsTuple)) read_slots(*variable, &column);
  draw_from_whole(root, *variable, &column);
  return column;
}

// Where it is kept; nullptr where it is no column of a table.
KnownColumn** place_of(const PlannerInfo* root, const Node* expression) {
  if (root == nullptr || root->glob == nullptr || expression == nullptr || !IsA(expression, Var)) {
    return nullptr;
  }
  const auto* var = reinterpret_cast<const Var*>(expression);
  if (var->varlevelsup != 0) return nullptr;
  return reinterpret_cast<KnownColumn**>(
      note_of_table(root, static_cast<int>(var->varno), TableNote::ids, var->varattno));
}

const KnownColumn& keep(const PlannerInfo* root, VariableStatData* variable, KnownColumn** place) {
  MemoryContext const outer = MemoryContextSwitchTo(planning_memory(root));
  const KnownColumn column = read_column(const_cast<PlannerInfo*>(root), variable);
  auto* kept = static_cast<KnownColumn*>(palloc(sizeof(KnownColumn)));
  *kept = column;
  *place = kept;
  MemoryContextSwitchTo(outer);
  return *kept;
}

bool is_current(const KnownColumn* column, const RelOptInfo* table) {
  return column != nullptr && column->tuples == table->tuples;
}

KnownColumn known_column(PlannerInfo* root, VariableStatData* variable) {
  // Without its table it stands for one value, of which the statistics say nothing.
  KnownColumn** const place = variable->rel == nullptr ? nullptr : place_of(root, variable->var);
  if (place == nullptr) return read_column(root, variable);
  return is_current(*place, variable->rel) ? **place : keep(root, variable, place);
}

KnownColumn known_column(PlannerInfo* root, Node* operand) {
  operand = reinterpret_cast<Node*>(without_relabels(reinterpret_cast<Expr*>(operand)));
  KnownColumn** const place = place_of(root, operand);
  if (place != nullptr && *place != nullptr) {
    const int number = static_cast<int>(reinterpret_cast<const Var*>(operand)->varno);
    if (is_current(*place, find_base_rel(root, number))) return **place;
  }
  VariableStatData variable;
  examine_variable(root, operand, 0, &variable);
  const KnownColumn column = known_column(root, &variable);
  ReleaseVariableStats(variable);
  return column;
}

}  // namespace

ColumnStatistics summary_of(PlannerInfo* root, VariableStatData* variable) {
  ColumnStatistics column = known_column(root, variable).statistics;
  column.common = {};
  column.common_fractions = {};
  column.bounds = {};
  return column;
}

ColumnStatistics statistics_of(PlannerInfo* root, VariableStatData* variable, Oid function) {
  const bool may_see =
      HeapTupleIsValid(variable->statsTuple) && statistic_proc_security_check(variable, function);
  return may_see ? known_column(root, variable).statistics : summary_of(root, variable);
}

IdSpread spread_of(PlannerInfo* root, Node* operand, double rows) {
  const KnownColumn column = known_column(root, operand);
  IdSpread spread;
  const double there = std::max(1.0, rows * (1 - column.statistics.null_fraction));
  spread.correlation = column.correlation;
  if (column.distinct > 0 && !column.statistics.is_unique) {
    spread.rows_per_id = std::max(1.0, there / column.distinct);
  }
  double width = there / spread.rows_per_id;
  if (column.has_ends) {
    spread.least = column.least;
    spread.greatest = column.greatest;
    width = static_cast<double>(column.greatest) - static_cast<double>(column.least) + 1;
  }
  spread.rows_per_unit = there / std::max(1.0, width);
  return spread;
}

}  // namespace objectset::pg
