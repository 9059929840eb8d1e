// What is known of a partition before any of its rows is: which ids they can have.
//
// Two things follow. A scan of a partition that no id of its set can be in ends before it has begun; where the set is a
// constant it is not even planned. And where the set is known only when the plan is run, the executor is given
// conditions that it prunes partitions by: no plan may leave out a partition for what a set was while it was made.
#include "pg/scan/scan.hpp"

#include "pg/datum.hpp"
#include "pg/expected_value.hpp"

extern "C" {
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_opfamily.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/partcache.h"
#include "utils/rel.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

Expr* compare(const SetClause& clause, int strategy, Id id) {
  Const* const bound =
      makeConst(INT8OID, -1, InvalidOid, sizeof(Id), Int64GetDatum(id), false, FLOAT8PASSBYVAL);
  return make_id_comparison(clause.operand, clause.operand_type, strategy,
                            reinterpret_cast<Expr*>(bound));
}

// min(set) or max(set), as a bigint
Expr* end_of_set(const char* name, Expr* set) {
  const Oid function = function_of_set(name, exprType(reinterpret_cast<Node*>(set)));
  if (!OidIsValid(function) || get_func_rettype(function) != INT8OID) return nullptr;
  return reinterpret_cast<Expr*>(makeFuncExpr(function, INT8OID, list_make1(set), InvalidOid,
                                              InvalidOid, COERCE_EXPLICIT_CALL));
}

// The orders in which a table's partitions are read one after another, as the server sees to it: up and down.
struct PartitionOrder {
  List* keys[2];
  bool is_partial[2];  // by some of the columns that tell the partitions apart
};

// Once for a planning: each of the partitions asks.
const PartitionOrder& order_of_partitions(PlannerInfo* root, RelOptInfo* parent) {
  void** const note = note_of_table(root, static_cast<int>(parent->relid), TableNote::order);
  if (*note == nullptr) {
    MemoryContext const outer = MemoryContextSwitchTo(planning_memory(root));
    auto* order = static_cast<PartitionOrder*>(palloc0(sizeof(PartitionOrder)));
    if (parent->part_scheme != nullptr && parent->boundinfo != nullptr && IS_SIMPLE_REL(parent) &&
        are_partitions_ordered(parent)) {
      order->keys[0] =
          build_partition_pathkeys(root, parent, ForwardScanDirection, &order->is_partial[0]);
      order->keys[1] =
          build_partition_pathkeys(root, parent, BackwardScanDirection, &order->is_partial[1]);
    }
    *note = order;
    MemoryContextSwitchTo(outer);
  }
  return *static_cast<const PartitionOrder*>(*note);
}

// The question that the server asks before it appends partitions instead of merging them.
bool come_in_turn(PlannerInfo* root, RelOptInfo* parent, List* order) {
  const PartitionOrder& partitions = order_of_partitions(root, parent);
  for (int i = 0; i < 2; ++i) {
    List* const keys = partitions.keys[i];
    if (keys != NIL && (pathkeys_contained_in(order, keys) ||
                        (!partitions.is_partial[i] && pathkeys_contained_in(keys, order)))) {
      return true;
    }
  }
  return false;
}

// Whether a partitioned table tells its partitions apart by a column.
bool tells_apart_by(const RelOptInfo* parent, AttrNumber column) {
  for (int i = 0; i < parent->part_scheme->partnatts; ++i) {
    Bitmapset* columns = nullptr;
    pull_varattnos(reinterpret_cast<Node*>(parent->partexprs[i]), parent->relid, &columns);
    if (bms_is_member(column - FirstLowInvalidHeapAttributeNumber, columns)) return true;
  }
  return false;
}

}  // namespace

bool is_partitioned_by(const PlannerInfo* root, const RelOptInfo* table, Expr* operand) {
  if (table->reloptkind != RELOPT_OTHER_MEMBER_REL) return false;
  operand = without_relabels(operand);
  if (!IsA(operand, Var) || reinterpret_cast<const Var*>(operand)->varattno <= 0) return true;
  AttrNumber column = reinterpret_cast<const Var*>(operand)->varattno;
  for (;;) {
    const AppendRelInfo* const child = root->append_rel_array[table->relid];
    if (child == nullptr) return false;
    table = root->simple_rel_array[child->parent_relid];
    // Of other kinds of parents it is not known here.
    if (table == nullptr || table->part_scheme == nullptr || column > child->num_child_cols) {
      return true;
    }
    column = child->parent_colnos[column - 1];
    if (column <= 0 || tells_apart_by(table, column)) return true;
  }
}

double partitions_in_turn(PlannerInfo* root, const RelOptInfo* table, List* order) {
  double tables = 1;
  if (table->reloptkind != RELOPT_OTHER_MEMBER_REL || order == NIL) return tables;
  while (const AppendRelInfo* const child = root->append_rel_array[table->relid]) {
    RelOptInfo* const parent = root->simple_rel_array[child->parent_relid];
    if (parent == nullptr) break;
    if (come_in_turn(root, parent, order)) {
      tables *= std::max(1.0, parent->rows / std::max(1.0, table->rows));
    }
    table = parent;
  }
  return tables;
}

namespace {

// The ids that partitions have of a table which is partitioned by ranges of one column: by the partitions' numbers in the query,
// from the first one on.
struct PartitionRanges {
  AttrNumber column;  // of the partitioned table; or InvalidAttrNumber: it is another
  Index first;
  Index count;
  IdBounds* bounds;
  bool* is_there;
};

bool has_ranges_of_ids(const PlannerInfo* root, const RelOptInfo* parent) {
  if (parent->reloptkind != RELOPT_BASEREL || parent->part_scheme == nullptr ||
      parent->boundinfo == nullptr || parent->part_scheme->strategy != PARTITION_STRATEGY_RANGE ||
      parent->part_scheme->partnatts != 1 ||
      parent->part_scheme->partopfamily[0] != INTEGER_BTREE_FAM_OID ||
      !is_id_type(parent->part_scheme->partopcintype[0]) ||
      // What it is a partition of bounds its own partitions, too.
      get_rel_relispartition(planner_rt_fetch(parent->relid, root)->relid)) {
    return false;
  }
  const auto* key = static_cast<const Var*>(linitial(parent->partexprs[0]));
  return IsA(key, Var) && key->varattno > 0;
}

// The ids below an upper bound, or from a lower one on.
IdBounds beside_bound(const RelOptInfo* parent, int number, int strategy) {
  const PartitionBoundInfoData* const bounds = parent->boundinfo;
  if (number < 0 || bounds->kind[number][0] != PARTITION_RANGE_DATUM_VALUE) return {};
  return compared_with(strategy,
                       id_of(parent->part_scheme->partopcintype[0], bounds->datums[number][0]));
}

void read_ranges(const RelOptInfo* parent, PartitionRanges* ranges) {
  Index last = 0;
  for (int i = 0; i < parent->nparts; ++i) {
    const RelOptInfo* const part = parent->part_rels[i];
    if (part == nullptr) continue;
    ranges->first = last == 0 ? part->relid : std::min(ranges->first, part->relid);
    last = std::max(last, part->relid);
  }
  if (last == 0) return;
  ranges->count = last - ranges->first + 1;
  ranges->bounds = static_cast<IdBounds*>(palloc0(sizeof(IdBounds) * ranges->count));
  ranges->is_there = static_cast<bool*>(palloc0(sizeof(bool) * ranges->count));
  for (int i = 0; i < parent->boundinfo->ndatums; ++i) {
    const int part = parent->boundinfo->indexes[i];
    if (part < 0 || parent->part_rels[part] == nullptr) continue;
    const Index at = parent->part_rels[part]->relid - ranges->first;
    ranges->bounds[at] = both_bounds(beside_bound(parent, i - 1, BTGreaterEqualStrategyNumber),
                                     beside_bound(parent, i, BTLessStrategyNumber));
    ranges->is_there[at] = true;
  }
}

// Once for a planning: each of the partitions asks.
const PartitionRanges& ranges_of(const PlannerInfo* root, const RelOptInfo* parent) {
  void** const note = note_of_table(root, static_cast<int>(parent->relid), TableNote::ranges);
  if (*note == nullptr) {
    MemoryContext const outer = MemoryContextSwitchTo(planning_memory(root));
    auto* ranges = static_cast<PartitionRanges*>(palloc0(sizeof(PartitionRanges)));
    if (has_ranges_of_ids(root, parent)) {
      ranges->column = static_cast<const Var*>(linitial(parent->partexprs[0]))->varattno;
      read_ranges(parent, ranges);
    }
    *note = ranges;
    MemoryContextSwitchTo(outer);
  }
  return *static_cast<const PartitionRanges*>(*note);
}

// As the parent tells: what is said of the partition itself takes as long to fetch as all else.
bool has_range(const PlannerInfo* root, const RelOptInfo* table, PartitionIds* found) {
  const AppendRelInfo* const child = root->append_rel_array[table->relid];
  const RelOptInfo* const parent =
      child == nullptr ? nullptr : root->simple_rel_array[child->parent_relid];
  if (parent == nullptr || parent->part_scheme == nullptr) return false;
  const PartitionRanges& ranges = ranges_of(root, parent);
  const Index at = table->relid - ranges.first;
  if (ranges.column == InvalidAttrNumber || at >= ranges.count || !ranges.is_there[at])
    return false;
  found->range = ranges.bounds[at];
  for (int i = 0; i < child->num_child_cols; ++i) {
    if (child->parent_colnos[i] == ranges.column) found->column = static_cast<AttrNumber>(i + 1);
  }
  return found->column != InvalidAttrNumber;
}

List* constraint_of_partition(const RelOptInfo* table, Oid table_id) {
  Relation const relation = table_open(table_id, NoLock);  // the planner has it locked
  List* const constraint =
      relation->rd_rel->relispartition ? RelationGetPartitionQual(relation) : NIL;
  table_close(relation, NoLock);
  ChangeVarNodes(reinterpret_cast<Node*>(constraint), 1, static_cast<int>(table->relid), 0);
  return constraint;
}

}  // namespace

PartitionIds ids_of_partition(PlannerInfo* root, const RelOptInfo* table, Oid table_id) {
  PartitionIds found = {InvalidAttrNumber, {}, NIL};
  if (table->reloptkind == RELOPT_OTHER_MEMBER_REL && !has_range(root, table, &found)) {
    found.constraint = constraint_of_partition(table, table_id);
  }
  return found;
}

IdBounds bounds_in(const PartitionIds& partition, Expr* operand) {
  if (partition.column == InvalidAttrNumber) return bounds_by(partition.constraint, operand);
  const auto* column = reinterpret_cast<const Var*>(without_relabels(operand));
  return IsA(column, Var) && column->varattno == partition.column ? partition.range : IdBounds{};
}

bool is_refuted(const PartitionIds& partition, const SetClause& clause) {
  const bool has_range = partition.column != InvalidAttrNumber;
  if (!enable_partition_pruning || (!has_range && partition.constraint == NIL) ||
      !IsA(clause.set, Const)) {
    return false;
  }
  const auto* constant = reinterpret_cast<const Const*>(clause.set);
  if (constant->constisnull) return false;
  const SetView set = pinned_view(set_argument(constant->constvalue));
  const IdBounds bounds = bounds_in(partition, clause.operand);
  if (count_between(set, bounds.first, bounds.last) == 0) return true;
  if (has_range) return false;
  List* const within = list_make2(compare(clause, BTGreaterEqualStrategyNumber, minimum(set)),
                                  compare(clause, BTLessEqualStrategyNumber, maximum(set)));
  return predicate_refuted_by(partition.constraint, within, false);
}

List* make_pruning_conditions(PlannerInfo* root, const SetClause& clause) {
  if (contain_subplans(reinterpret_cast<Node*>(clause.set))) return NIL;
  Expr* const least = end_of_set("objectset_min", clause.set);
  Expr* const greatest = end_of_set("objectset_max", clause.set);
  if (least == nullptr || greatest == nullptr) return NIL;
  Expr* const above =
      make_id_comparison(clause.operand, clause.operand_type, BTGreaterEqualStrategyNumber, least);
  Expr* const below =
      make_id_comparison(clause.operand, clause.operand_type, BTLessEqualStrategyNumber, greatest);
  return list_make2(make_simple_restrictinfo(root, above), make_simple_restrictinfo(root, below));
}

}  // namespace objectset::pg
