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
#include "catalog/pg_opfamily.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/restrictinfo.h"
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

List* constraint_of_partition(const RelOptInfo* table, Oid table_id) {
  if (table->reloptkind != RELOPT_OTHER_MEMBER_REL) return NIL;
  Relation const relation = table_open(table_id, NoLock);  // the planner has it locked
  List* const constraint =
      relation->rd_rel->relispartition ? RelationGetPartitionQual(relation) : NIL;
  table_close(relation, NoLock);
  ChangeVarNodes(reinterpret_cast<Node*>(constraint), 1, static_cast<int>(table->relid), 0);
  return constraint;
}

bool is_refuted(List* constraint, const IdBounds& bounds, const SetClause& clause) {
  if (!enable_partition_pruning || constraint == NIL || !IsA(clause.set, Const)) return false;
  const auto* constant = reinterpret_cast<const Const*>(clause.set);
  if (constant->constisnull) return false;
  const SetView set = pinned_view(set_argument(constant->constvalue));
  if (count_between(set, bounds.first, bounds.last) == 0) return true;
  List* const within = list_make2(compare(clause, BTGreaterEqualStrategyNumber, minimum(set)),
                                  compare(clause, BTLessEqualStrategyNumber, maximum(set)));
  return predicate_refuted_by(constraint, within, false);
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
