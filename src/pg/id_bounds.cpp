#include "pg/id_bounds.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_opfamily.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

constexpr IdBounds no_ids = {0, -1};

bool is_empty(const IdBounds& bounds) { return bounds.first > bounds.last; }

IdBounds either(const IdBounds& a, const IdBounds& b) {
  if (is_empty(a)) return b;
  if (is_empty(b)) return a;
  return {std::min(a.first, b.first), std::max(a.last, b.last)};
}

// `operand < constant` and its like
IdBounds compared_with_constant(Oid comparison, const List* arguments, const Expr* operand) {
  const auto* constant = static_cast<const Const*>(lsecond(arguments));
  if (!IsA(constant, Const) || constant->constisnull || !is_id_type(constant->consttype) ||
      !equal(without_relabels(static_cast<Expr*>(linitial(arguments))), operand)) {
    return {};
  }
  return compared_with(get_op_opfamily_strategy(comparison, INTEGER_BTREE_FAM_OID),
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
IdBounds bounds_by_one(Node* condition, const Expr* operand) {
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
    const IdBounds bounds = bounds_by_one(static_cast<Node*>(lfirst(cell)), operand);
    found = all ? both_bounds(found, bounds) : either(found, bounds);
  }
  return found;
}

}  // namespace

IdBounds compared_with(int strategy, Id id) {
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

IdBounds bounds_by(const List* conditions, Expr* operand) {
  operand = without_relabels(operand);
  IdBounds found;
  ListCell* cell;
  foreach (cell, conditions) {
    found = both_bounds(found, bounds_by_one(static_cast<Node*>(lfirst(cell)), operand));
  }
  return found;
}

Expr* without_relabels(Expr* expression) {
  while (IsA(expression, RelabelType)) expression = reinterpret_cast<RelabelType*>(expression)->arg;
  return expression;
}

}  // namespace objectset::pg
