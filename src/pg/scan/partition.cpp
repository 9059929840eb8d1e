// What is known of a partition before any of its rows is: which ids they can have.
//
// Two things follow. A scan of a partition that no id of its set can be in ends before it has begun; where the set is a
// constant it is not even planned. And where the set is known only when the plan is run, the executor is given
// conditions that it prunes partitions by: no plan may leave out a partition for what a set was while it was made.
#include "pg/scan/scan.hpp"

#include "pg/datum.hpp"

extern "C" {
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_opfamily.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "optimizer/restrictinfo.h"
#include "rewrite/rewriteManip.h"
#include "utils/partcache.h"
#include "utils/rel.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

constexpr IdBounds no_ids = {0, -1};

bool is_empty(const IdBounds& bounds) { return bounds.first > bounds.last; }

IdBounds both(const IdBounds& a, const IdBounds& b) {
  return {std::max(a.first, b.first), std::min(a.last, b.last)};
}

IdBounds either(const IdBounds& a, const IdBounds& b) {
  if (is_empty(a)) return b;
  if (is_empty(b)) return a;
  return {std::min(a.first, b.first), std::max(a.last, b.last)};
}

IdBounds compared(int strategy, Id id) {
  switch (strategy) {
    case BTLessStrategyNumber:
      return id == INT64_MIN ? no_ids : IdBounds{INT64_MIN, id - 1};
    case BTLessEqualStrategyNumber:
      return {INT64_MIN, id};
    case BTEqualStrategyNumber:
      return {id, id};
    case BTGreaterEqualStrategyNumber:
      return {id, INT64_MAX};
    case BTGreaterStrategyNumber:
      return id == INT64_MAX ? no_ids : IdBounds{id + 1, INT64_MAX};
    default:
      return {};
  }
}

// `operand < constant` and its like
IdBounds compared_with_constant(Oid comparison, const List* arguments, const Expr* operand) {
  const auto* constant = static_cast<const Const*>(lsecond(arguments));
  if (!IsA(constant, Const) || constant->constisnull || !is_id_type(constant->consttype) ||
      !equal(without_relabels(static_cast<Expr*>(linitial(arguments))), operand)) {
    return {};
  }
  return compared(get_op_opfamily_strategy(comparison, INTEGER_BTREE_FAM_OID),
                  id_of(constant->consttype, constant->constvalue));
}

// `operand = ANY (ARRAY[...])`, which partitions by list are made of
IdBounds compared_with_list(const ScalarArrayOpExpr* test, const Expr* operand) {
  const auto* array = static_cast<const ArrayExpr*>(lsecond(test->args));
  if (!test->useOr || !IsA(array, ArrayExpr)) return {};
  IdBounds found = no_ids;
  ListCell* cell;
  foreach (cell, array->elements) {
    const List* const pair = list_make2(linitial(test->args), lfirst(cell));
    found = either(found, compared_with_constant(test->opno, pair, operand));
  }
  return found;
}

// What a condition says of the operand in the rows that satisfy it.
IdBounds bounds_by(Node* condition, const Expr* operand) {
  check_stack_depth();
  if (IsA(condition, OpExpr)) {
    const auto* comparison = reinterpret_cast<const OpExpr*>(condition);
    if (list_length(comparison->args) != 2) return {};
    return compared_with_constant(comparison->opno, comparison->args, operand);
  }
  if (IsA(condition, ScalarArrayOpExpr)) {
    return compared_with_list(reinterpret_cast<const ScalarArrayOpExpr*>(condition), operand);
  }
  if (IsA(condition, NullTest)) {
    const auto* test = reinterpret_cast<const NullTest*>(condition);
    const bool is_null = test->nulltesttype == IS_NULL && equal(test->arg, operand);
    return is_null ? no_ids : IdBounds{};
  }
  if (!IsA(condition, BoolExpr)) return {};
  const auto* expression = reinterpret_cast<const BoolExpr*>(condition);
  if (expression->boolop == NOT_EXPR) return {};
  const bool all = expression->boolop == AND_EXPR;
  IdBounds found = all ? IdBounds{} : no_ids;
  ListCell* cell;
  foreach (cell, expression->args) {
    const IdBounds bounds = bounds_by(static_cast<Node*>(lfirst(cell)), operand);
    found = all ? both(found, bounds) : either(found, bounds);
  }
  return found;
}

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

}  // namespace

List* constraint_of_partition(const RelOptInfo* table, Oid table_id) {
  if (table->reloptkind != RELOPT_OTHER_MEMBER_REL) return NIL;
  Relation const relation = table_open(table_id, NoLock);  // the planner has it locked
  List* const constraint =
      relation->rd_rel->relispartition ? RelationGetPartitionQual(relation) : NIL;
  table_close(relation, NoLock);
  ChangeVarNodes(reinterpret_cast<Node*>(constraint), 1, static_cast<int>(table->relid), 0);
  return constraint;
}

IdBounds bounds_by_constraint(const List* constraint, Expr* operand) {
  operand = without_relabels(operand);
  IdBounds found;
  ListCell* cell;
  foreach (cell, constraint) {
    found = both(found, bounds_by(static_cast<Node*>(lfirst(cell)), operand));
  }
  return is_empty(found) ? no_ids : found;
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
