#include "pg/set_statistics.hpp"

#include "pg/datum.hpp"
#include "pg/known_row.hpp"

extern "C" {
#include "catalog/pg_statistic.h"
#include "commands/vacuum.h"
#include "nodes/pathnodes.h"
#include "optimizer/pathnode.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
}

#include <algorithm>
#include <new>

#include "core/planning/set_sample.hpp"

extern "C" {
Datum objectset_union(PG_FUNCTION_ARGS);
Datum objectset_intersect(PG_FUNCTION_ARGS);
Datum objectset_minus(PG_FUNCTION_ARGS);
Datum objectset_symdiff(PG_FUNCTION_ARGS);
Datum objectset_union_id(PG_FUNCTION_ARGS);
Datum objectset_minus_id(PG_FUNCTION_ARGS);
Datum objectset_members_of(PG_FUNCTION_ARGS);
}

namespace objectset::pg {
namespace {

// Where so much of a column is among its most common values, the others matter little.
constexpr double mostly_common = 0.5;

// Each operand is looked through as a whole, then its own operands: what is deeper than this changes an estimate little, and
// would make planning quadratic.
constexpr int deepest_operand = 50;

// ---- Calls -----------------------------------------------------------------------------------------------

struct Operator {
  PGFunction function;
  SetSource source;  // SetSource::column: the set is about that on the left
  int arguments = 2;
};

constexpr Operator operators[] = {
    {objectset_union, SetSource::unite},         {objectset_intersect, SetSource::intersect},
    {objectset_minus, SetSource::minus},         {objectset_symdiff, SetSource::symdiff},
    {objectset_union_id, SetSource::column},     {objectset_minus_id, SetSource::column},
    {objectset_members_of, SetSource::column, 4}};

const Operator* operator_of(Oid function) {
  if (function < first_made_oid) return nullptr;
  FmgrInfo called;
  fmgr_info(function, &called);
  for (const Operator& known : operators) {
    if (called.fn_addr == known.function) return &known;
  }
  return nullptr;
}

// The base of a saved set that has no corrections, which is most of them: that needs no computing.
Node* without_corrections(Node* node) {
  if (!IsA(node, FuncExpr)) return node;
  const auto* call = reinterpret_cast<const FuncExpr*>(node);
  const Operator* const known = operator_of(call->funcid);
  if (known == nullptr || known->function != objectset_members_of) return node;
  for (int i = 1; i < list_length(call->args); ++i) {
    const auto* part = static_cast<const Const*>(list_nth(call->args, i));
    uint64 count = 0;
    if (!IsA(part, Const) || part->constisnull) return node;
    if (!read_cardinality(part->constvalue, count)) {
      count = cardinality(pinned_view(set_argument(part->constvalue)));
    }
    if (count != 0) return node;
  }
  return static_cast<Node*>(linitial(call->args));
}

// ---- Where an expression comes from ----------------------------------------------------------------------

// A subquery that gives its one row whatever there is in tables: what it computes is computed in any case.
bool is_without_tables(const PlannerInfo* root) {
  const Query* query = root->parse;
  if (query->jointree->quals != nullptr || query->havingQual != nullptr) return false;
  ListCell* cell;
  foreach (cell, query->rtable) {
    if (lfirst_node(RangeTblEntry, cell)->rtekind != RTE_RESULT) return false;
  }
  return true;
}

// A column of what a subquery returns; one that has been planned.
SetExpression output_of(PlannerInfo* root, int plan_id, int column) {
  if (plan_id < 1 || plan_id > list_length(root->glob->subroots)) return {};
  auto* subroot = static_cast<PlannerInfo*>(list_nth(root->glob->subroots, plan_id - 1));
  int n = 0;
  ListCell* cell;
  foreach (cell, subroot->parse->targetList) {
    auto* entry = lfirst_node(TargetEntry, cell);
    if (!entry->resjunk && n++ == column) {
      return {subroot, reinterpret_cast<Node*>(entry->expr), is_without_tables(subroot)};
    }
  }
  return {};
}

// What an executor's parameter stands for: the value of a subquery that is run once, or something of an outer query.
SetExpression origin_of(PlannerInfo* root, int param) {
  for (PlannerInfo* level = root; level != nullptr; level = level->parent_root) {
    ListCell* cell;
    foreach (cell, level->init_plans) {
      const auto* plan = lfirst_node(SubPlan, cell);
      for (int i = 0; i < list_length(plan->setParam); ++i) {
        if (list_nth_int(plan->setParam, i) == param) return output_of(level, plan->plan_id, i);
      }
    }
    if (level == root) continue;
    foreach (cell, level->plan_params) {
      const auto* item = lfirst_node(PlannerParamItem, cell);
      if (item->paramId == param) return {level, item->item, false};
    }
  }
  return {};
}

// Through what changes nothing of a set. Depth is bounded by that of the query.
SetExpression follow(SetExpression expression) {
  for (;;) {
    Node* const node = expression.node;
    if (node == nullptr) return expression;
    if (IsA(node, RelabelType)) {
      expression.node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
    } else if (IsA(node, CoerceToDomain)) {
      expression.node = reinterpret_cast<Node*>(reinterpret_cast<CoerceToDomain*>(node)->arg);
    } else if (IsA(node, PlaceHolderVar)) {
      expression.node = reinterpret_cast<Node*>(reinterpret_cast<PlaceHolderVar*>(node)->phexpr);
    } else if (IsA(node, CoalesceExpr)) {
      expression.node = static_cast<Node*>(linitial(reinterpret_cast<CoalesceExpr*>(node)->args));
    } else if (IsA(node, SubPlan)) {
      expression = output_of(expression.root, reinterpret_cast<SubPlan*>(node)->plan_id, 0);
    } else if (IsA(node, Param) && reinterpret_cast<Param*>(node)->paramkind == PARAM_EXEC) {
      expression = origin_of(expression.root, reinterpret_cast<Param*>(node)->paramid);
    } else {
      return expression;
    }
  }
}

// The rows that a query without groups aggregates; 0 where that is not known.
double aggregated_rows(PlannerInfo* root) {
  const Query* query = root->parse;
  if (query->groupClause != NIL || query->groupingSets != NIL || root->simple_rel_array == nullptr)
    return 0;
#if PG_VERSION_NUM >= 160000
  Relids const all = root->all_query_rels;
#else
  Relids const all = root->all_baserels;
#endif
  const RelOptInfo* found = nullptr;
  int member = 0;
  if (bms_get_singleton_member(all, &member)) {
    found = root->simple_rel_array[member];
  } else if (!bms_is_empty(all)) {
    found = find_join_rel(root, all);
  }
  return found == nullptr ? 0 : found->rows;
}

// objectset_agg(id) and objectset_union_agg(set)
void read_aggregate(const SetExpression& expression, SetTerm* term) {
  const auto* aggregate = reinterpret_cast<const Aggref*>(expression.node);
  if (list_length(aggregate->args) != 1) return;
  const char* const name = get_func_name(aggregate->aggfnoid);
  if (aggregate->aggfnoid < first_made_oid || name == nullptr) return;
  const bool is_of_ids = strcmp(name, "objectset_agg") == 0;
  if (!is_of_ids && strcmp(name, "objectset_union_agg") != 0) return;
  PlannerInfo* const root = expression.root;
  term->rows = aggregated_rows(root);
  if (term->rows <= 0) return;
  if (aggregate->aggfilter != nullptr) {
    term->rows *= clause_selectivity(root, reinterpret_cast<Node*>(aggregate->aggfilter), 0,
                                     JOIN_INNER, nullptr);
  }
  term->source = is_of_ids ? SetSource::collected : SetSource::united;
  term->left = {root, reinterpret_cast<Node*>(linitial_node(TargetEntry, aggregate->args)->expr),
                false};
}

// ---- Columns ---------------------------------------------------------------------------------------------

bool is_planned(const PlannerInfo* root, Node* node) {
  if (root->simple_rel_array == nullptr) return false;
  ListCell* cell;
  foreach (cell, columns_in(node)) {
    const auto* var = lfirst_node(Var, cell);
    const int number = static_cast<int>(var->varno);
    if (number <= 0 || number >= root->simple_rel_array_size ||
        root->simple_rel_array[number] == nullptr)
      return false;
  }
  return true;
}

// The statistics of a table's column in a query whose planning has not come to its tables yet: one whose subquery is
// being planned.
bool examine_table(const PlannerInfo* root, Node* node, VariableStatData* variable) {
  if (root->simple_rel_array != nullptr || !IsA(node, Var)) return false;
  const auto* var = reinterpret_cast<const Var*>(node);
  const int number = static_cast<int>(var->varno);
  if (var->varlevelsup != 0 || number <= 0 || number > list_length(root->parse->rtable))
    return false;
  RangeTblEntry* const table = rt_fetch(number, root->parse->rtable);
  if (table->rtekind != RTE_RELATION) return false;
  *variable = {};
  variable->statsTuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table->relid),
                                         Int16GetDatum(var->varattno), BoolGetDatum(table->inh));
  variable->freefunc = ReleaseSysCache;
  variable->acl_ok = may_read(root, table, InvalidAttrNumber);
  return HeapTupleIsValid(variable->statsTuple);
}

bool column_of(PlannerInfo* root, Node* node, Oid function, SetColumnStatistics* column) {
  VariableStatData variable;
  if (is_planned(root, node)) {
    examine_variable(root, node, 0, &variable);
  } else if (!examine_table(root, node, &variable)) {
    return false;
  }
  const bool found = set_column_statistics(root, &variable, function, column);
  ReleaseVariableStats(variable);
  return found;
}

}  // namespace

namespace {

bool read_set_slots(const VariableStatData& variable, SetColumnStatistics* column) {
  Span<Id> bounds;
  Span<float> numbers;
  if (!statistics_slot(variable, statistic_kind_sizes, &bounds, &numbers)) return false;
  if (numbers.size() < size_numbers) return false;
  column->mean = numbers[number_mean];
  column->mean_of_large = numbers[number_mean_of_large];
  column->empty_fraction = numbers[number_empty];
  column->width = numbers[number_width];
  column->possible_ids = numbers[number_possible];
  column->sizes = Span<float>(numbers.begin() + size_numbers, numbers.end());
  column->least = Span<Id>(bounds.begin(), bounds.size() / 2);
  column->greatest = Span<Id>(bounds.begin() + bounds.size() / 2, bounds.end());
  statistics_slot(variable, statistic_kind_common_ids, &column->common, &column->common_fractions);
  if (column->common_fractions.size() != column->common.size()) column->common = {};
  return true;
}

// ---- What was read lately --------------------------------------------------------------------------------

// The slots are arrays that pg_statistic keeps compressed, and they are read several times for one test: to unpack them each
// time would take half of the time that a short query is planned in. A row of pg_statistic is never changed in place, so
// that its place and its transaction tell whether it is the one that was read.
struct ReadStatistics {
  MemoryContext context;  // where all of it is
  Oid table;
  AttrNumber column;
  bool is_inherited;
  ItemPointerData place;
  TransactionId written_by;
  SetColumnStatistics statistics;
};

constexpr int most_read_lately = 16;
ReadStatistics* read_lately[most_read_lately];
int read_next = 0;

template <class T>
Span<T> copied(Span<T> from) {
  auto* copy = static_cast<T*>(palloc(sizeof(T) * (from.size() + 1)));
  std::copy(from.begin(), from.end(), copy);
  return Span<T>(copy, from.size());
}

SetColumnStatistics copied(const SetColumnStatistics& from) {
  SetColumnStatistics to = from;
  to.sizes = copied(from.sizes);
  to.least = copied(from.least);
  to.greatest = copied(from.greatest);
  to.common = copied(from.common);
  to.common_fractions = copied(from.common_fractions);
  return to;
}

bool is_of_same_column(const ReadStatistics& read, const FormData_pg_statistic& row) {
  return read.table == row.starelid && read.column == row.staattnum &&
         read.is_inherited == row.stainherit;
}

// The place in read_lately of a column's, or one to be taken for it.
ReadStatistics** place_of(const FormData_pg_statistic& row) {
  for (ReadStatistics*& read : read_lately) {
    if (read != nullptr && is_of_same_column(*read, row)) return &read;
  }
  read_next = (read_next + 1) % most_read_lately;
  return &read_lately[read_next];
}

void remember(HeapTuple tuple, const SetColumnStatistics& statistics, ReadStatistics** place) {
  const auto& row = *reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple));
  MemoryContext const context =
      AllocSetContextCreate(CurrentMemoryContext, "objectset statistics", ALLOCSET_SMALL_SIZES);
  MemoryContext const before = MemoryContextSwitchTo(context);
  auto* const read = new (palloc(sizeof(ReadStatistics)))
      ReadStatistics{context,           row.starelid,  row.staattnum,
                     row.stainherit,    tuple->t_self, HeapTupleHeaderGetRawXmin(tuple->t_data),
                     copied(statistics)};
  MemoryContextSwitchTo(before);
  MemoryContextSetParent(context, CacheMemoryContext);
  if (*place != nullptr) MemoryContextDelete((*place)->context);
  *place = read;
}

bool read_set_slots_lately(const VariableStatData& variable, SetColumnStatistics* column) {
  HeapTuple const tuple = variable.statsTuple;
  // What an extension's hook or statistics of expressions made up has no place.
  if (variable.freefunc != ReleaseSysCache) return read_set_slots(variable, column);
  const auto& row = *reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple));
  ReadStatistics** const place = place_of(row);
  const ReadStatistics* const read = *place;
  if (read != nullptr && is_of_same_column(*read, row) &&
      ItemPointerEquals(&(*place)->place, &tuple->t_self) &&
      read->written_by == HeapTupleHeaderGetRawXmin(tuple->t_data)) {
    *column = copied(read->statistics);
    return true;
  }
  if (!read_set_slots(variable, column)) return false;
  remember(tuple, *column, place);
  return true;
}

// ---- Columns without statistics of sets ------------------------------------------------------------------

// The sets that the standard slots hold, the most common ones and the bounds of the histogram, stand for a sample of about
// so many rows.
constexpr double sampled_rows = 1000;

// A set of a slot, as often as its fraction of the rows says.
void sample_set(Datum value, double fraction, SetSample* sample) {
  const SetView set = pinned_view(set_argument(value));
  const auto times = static_cast<int>(std::clamp(fraction * sampled_rows, 1.0, sampled_rows));
  Id ids[SetSample::max_counted];
  const uint64 count = cardinality(set);
  const bool is_small = count <= SetSample::max_counted;
  if (is_small) Cursor(set).next(ids, SetSample::max_counted);
  const SampledSet found =
      count == 0 ? SampledSet() : SampledSet{count, true, minimum(set), maximum(set)};
  guarded([&] {
    for (int i = 0; i < times; ++i) {
      sample->add(found);
      if (is_small) sample->add_ids(ids, count);
    }
  });
}

// A slot's values, or none.
bool standard_slot(const VariableStatData& variable, int kind, int parts, AttStatsSlot* slot) {
  return parts_of_slot(variable.statsTuple, kind, parts) == parts &&
         get_attstatsslot(slot, variable.statsTuple, kind, InvalidOid, parts) && slot->nvalues > 0;
}

// False where they hold none. Sets of more than a kilobyte are never among them.
bool sample_slots(const VariableStatData& variable, SetSample* sample) {
  const double there =
      1 - reinterpret_cast<Form_pg_statistic>(GETSTRUCT(variable.statsTuple))->stanullfrac;
  double common = 0;
  AttStatsSlot slot = {};
  if (standard_slot(variable, STATISTIC_KIND_MCV, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS,
                    &slot)) {
    for (int i = 0; i < std::min(slot.nvalues, slot.nnumbers); ++i) {
      const double fraction = slot.numbers[i] / std::max(there, 1e-6);
      sample_set(slot.values[i], fraction, sample);
      common += fraction;
    }
    free_attstatsslot(&slot);
  }
  slot = {};
  const bool has_bounds =
      standard_slot(variable, STATISTIC_KIND_HISTOGRAM, ATTSTATSSLOT_VALUES, &slot);
  const double each = std::max(0.0, 1 - common) / std::max(slot.nvalues, 1);
  for (int i = 0; i < slot.nvalues; ++i) sample_set(slot.values[i], each, sample);
  if (has_bounds) free_attstatsslot(&slot);
  return common > 0 || has_bounds;
}

bool read_standard_slots(const VariableStatData& variable, SetColumnStatistics* column) {
  auto* sample = new (palloc(sizeof(SetSample))) SetSample();
  if (!sample_slots(variable, sample)) return false;
  const double rows = variable.rel == nullptr ? 0 : variable.rel->tuples;
  const auto steps = static_cast<Size>(std::max(default_statistics_target, 1));
  guarded([&] { sample->finish(rows, steps, steps); });
  column->mean = sample->mean();
  column->mean_of_large = sample->mean_of_large();
  column->empty_fraction = sample->empty_fraction();
  column->width = sample->width();
  column->possible_ids = sample->possible_ids();
  const Span<uint64> sizes = sample->sizes();
  auto* copy = static_cast<float*>(palloc(sizeof(float) * sizes.size()));
  std::copy(sizes.begin(), sizes.end(), copy);
  column->sizes = Span<float>(copy, sizes.size());
  column->least = sample->least();
  column->greatest = sample->greatest();
  column->common = sample->common();
  column->common_fractions = sample->common_fractions();
  return true;
}

// What was worked out of a column; once for a planning.
struct FromStandardSlots {
  bool is_known;
  SetColumnStatistics column;
};

bool from_standard_slots(const PlannerInfo* root, const VariableStatData& variable,
                         SetColumnStatistics* column) {
  const auto* row = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(variable.statsTuple));
  void** const note = note_of_column(root, row->starelid, row->staattnum, row->stainherit);
  if (*note == nullptr) {
    MemoryContext const outer = MemoryContextSwitchTo(planning_memory(root));
    auto* made = new (palloc(sizeof(FromStandardSlots))) FromStandardSlots();
    made->is_known = read_standard_slots(variable, &made->column);
    *note = made;
    MemoryContextSwitchTo(outer);
  }
  const auto* made = static_cast<const FromStandardSlots*>(*note);
  *column = made->column;
  return made->is_known;
}

}  // namespace

bool set_column_statistics(const PlannerInfo* root, VariableStatData* variable, Oid function,
                           SetColumnStatistics* column) {
  if (!HeapTupleIsValid(variable->statsTuple) || !statistic_proc_security_check(variable, function))
    return false;
  *column = {};
  if (!read_set_slots_lately(*variable, column) &&
      !(root->glob != nullptr && from_standard_slots(root, *variable, column))) {
    return false;
  }
  column->null_fraction =
      reinterpret_cast<Form_pg_statistic>(GETSTRUCT(variable->statsTuple))->stanullfrac;
  return true;
}

double with_common_sets(VariableStatData* variable, Oid operator_id, Oid collation, Datum value,
                        bool column_is_left, double fraction) {
  FmgrInfo test;
  fmgr_info(get_opcode(operator_id), &test);
  double common = 0;
  const double found = mcv_selectivity(variable, &test, collation, value, column_is_left, &common);
  if (common <= 0) return fraction;
  const double there =
      1 - reinterpret_cast<Form_pg_statistic>(GETSTRUCT(variable->statsTuple))->stanullfrac;
  if (common < mostly_common * there) return std::max(found, fraction);
  return found + fraction * std::max(0.0, 1 - common / there);
}

namespace {

SetTerm find_term(SetExpression expression, Oid function) {
  check_stack_depth();
  SetTerm term;
  const int depth = expression.depth;
  expression = follow(expression);
  if (expression.node == nullptr || depth > deepest_operand) return term;
  Node* const node = expression.node;
  if (expression.is_evaluable || IsA(node, Const)) {
    term.value = expected_value(expression.root, node);
  }
  if (term.value == nullptr) {
    Node* const known = with_known_row(expression.root, node);
    if (known != nullptr) {
      term.value = expected_value(expression.root, without_corrections(known));
    }
  }
  if (term.value != nullptr) {
    term.source = term.value->constisnull ? SetSource::null : SetSource::known;
    term.root = expression.root;
    return term;
  }
  if (IsA(node, Aggref)) {
    read_aggregate(expression, &term);
    return term;
  }
  if (column_of(expression.root, node, function, &term.column)) {
    term.source = SetSource::column;
    return term;
  }
  Oid called = InvalidOid;
  List* arguments = NIL;
  if (IsA(node, OpExpr)) {
    auto* call = reinterpret_cast<OpExpr*>(node);
    set_opfuncid(call);
    called = call->opfuncid;
    arguments = call->args;
  } else if (IsA(node, FuncExpr)) {
    called = reinterpret_cast<FuncExpr*>(node)->funcid;
    arguments = reinterpret_cast<FuncExpr*>(node)->args;
  }
  const Operator* const found = arguments != NIL ? operator_of(called) : nullptr;
  if (found == nullptr || list_length(arguments) != found->arguments) return term;
  const auto operand = [&](void* argument) -> SetExpression {
    return {expression.root, static_cast<Node*>(argument), expression.is_evaluable, depth + 1};
  };
  term.left = operand(linitial(arguments));
  if (found->source == SetSource::column) return set_term(term.left, function);
  term.right = operand(lsecond(arguments));
  term.source = found->source;
  return term;
}

// A value that a parameter was found to have, and in which query it was.
struct ParamValue {
  PlannerInfo* root;
  const Const* value;
};

SetTerm term_of(const ParamValue& known) {
  SetTerm term;
  term.source = known.value->constisnull ? SetSource::null : SetSource::known;
  term.root = known.root;
  term.value = known.value;
  return term;
}

}  // namespace

// Where it is a subquery's value that all partitions are asked about, it is found once for a planning.
SetTerm set_term(SetExpression expression, Oid function) {
  const auto* param = reinterpret_cast<const Param*>(expression.node);
  PlannerInfo* const root = expression.root;
  if (param == nullptr || !IsA(param, Param) || param->paramkind != PARAM_EXEC || root == nullptr ||
      root->glob == nullptr) {
    return find_term(expression, function);
  }
  void** const note = note_of_table(root, param->paramid, TableNote::value);
  if (*note != nullptr) return term_of(*static_cast<const ParamValue*>(*note));
  MemoryContext const outer = MemoryContextSwitchTo(planning_memory(root));
  const SetTerm term = find_term(expression, function);
  if (term.value != nullptr) {
    auto* kept = static_cast<ParamValue*>(palloc(sizeof(ParamValue)));
    *kept = {term.root, term.value};
    *note = kept;
  }
  MemoryContextSwitchTo(outer);
  return term;
}

SetSize expected_size(const SetExpression& expression, Oid function) {
  const SetTerm term = set_term(expression, function);
  switch (term.source) {
    case SetSource::unknown:
      return {};
    case SetSource::null:
      return {true, 0, 1};
    case SetSource::known: {
      uint64 count = 0;
      if (!read_cardinality(term.value->constvalue, count)) {
        count = cardinality(expected_set(term.root, term.value));
      }
      return {true, static_cast<double>(count), static_cast<double>(std::max<uint64>(count, 1))};
    }
    case SetSource::column:
      return {true, term.column.mean * (1 - term.column.null_fraction), term.column.possible_ids};
    case SetSource::collected:
      return {true, term.rows, std::max(term.rows, 1.0)};
    case SetSource::united: {
      const SetSize each = expected_size(term.left, function);
      if (!each.is_known) return {};
      return {true, each.possible_ids * any_of(each.ids / each.possible_ids, term.rows),
              each.possible_ids};
    }
    default:
      break;
  }
  const SetSize left = expected_size(term.left, function);
  const SetSize right = expected_size(term.right, function);
  const double possible =
      std::max({left.possible_ids, right.possible_ids, left.ids, right.ids, 1.0});
  const SetFraction both = combined_fraction(term.source, {left.is_known, left.ids / possible},
                                             {right.is_known, right.ids / possible}, 0);
  return {both.is_known, possible * both.value, possible};
}

SetFraction combined_fraction(SetSource source, SetFraction left, SetFraction right,
                              double unknown) {
  // What one side bounds is taken to be that side where nothing is known of the other.
  if (left.is_known != right.is_known) {
    if (source == SetSource::intersect) return left.is_known ? left : right;
    if (source == SetSource::minus && left.is_known) return left;
  }
  const double a = left.is_known ? left.value : unknown;
  const double b = right.is_known ? right.value : unknown;
  const bool is_known = left.is_known && right.is_known;
  switch (source) {
    case SetSource::unite:
      return {is_known, a + b - a * b};
    case SetSource::intersect:
      return {is_known, a * b};
    case SetSource::minus:
      return {is_known, a * (1 - b)};
    default:
      return {is_known, a + b - 2 * a * b};
  }
}

}  // namespace objectset::pg
