// Conditions that say by a subquery what `id <@ set` says, told to the planner in those words:
//
//   id IN (SELECT unnest(set))                        id <@ set
//   id IN (SELECT unnest(t.set) FROM t WHERE ...)     id <@ (SELECT objectset_union_agg(t.set) FROM t WHERE ...)
//   id <@ ANY (SELECT t.set FROM t WHERE ...)         the same
//   EXISTS (SELECT FROM t WHERE id <@ t.set AND ...)  the same, where there are other conditions
//   NOT EXISTS (...)                                  (the same) IS NOT TRUE, which is a filter: it holds of a NULL id
//
// The one idea: where only truth counts (in WHERE and ON, under AND and OR) a condition that is not true may be false or
// NULL alike, which is all that the two forms differ in. Subqueries that refer to the query around them otherwise than
// shown, that limit, group or lock rows, or call volatile functions, stay as they are.
#include "pg/scan/scan.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "parser/parse_func.h"
#include "rewrite/rewriteManip.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

planner_hook_type next_planner = nullptr;

// Nothing that makes its rows others than those of its joins and conditions.
bool is_plain(const Query* query) {
  return query->commandType == CMD_SELECT && query->utilityStmt == nullptr && !query->hasAggs &&
         !query->hasWindowFuncs && !query->hasForUpdate && !query->hasModifyingCTE &&
         query->cteList == NIL && query->groupClause == NIL && query->groupingSets == NIL &&
         query->havingQual == nullptr && query->distinctClause == NIL &&
         query->limitOffset == nullptr && query->limitCount == nullptr &&
         query->setOperations == nullptr && query->rowMarks == NIL;
}

// (SELECT objectset_union_agg(set) FROM ... WHERE ...) of what the query selects from; `set` is of its own rows alone.
Expr* make_union(const Query* query, Expr* set) {
  const Oid set_type = exprType(reinterpret_cast<Node*>(set));
  const Oid function = function_of_set("objectset_union_agg", set_type);
  if (!OidIsValid(function)) return nullptr;
  auto* aggregate = makeNode(Aggref);
  aggregate->aggfnoid = function;
  aggregate->aggtype = set_type;
  aggregate->aggtranstype = InvalidOid;  // the planner fills it in
  aggregate->aggargtypes = list_make1_oid(set_type);
  aggregate->args = list_make1(makeTargetEntry(set, 1, nullptr, false));
  aggregate->aggkind = AGGKIND_NORMAL;
  aggregate->aggsplit = AGGSPLIT_SIMPLE;
  aggregate->aggno = -1;
  aggregate->aggtransno = -1;
  aggregate->location = -1;
  auto* selects = static_cast<Query*>(copyObjectImpl(query));
  selects->targetList =
      list_make1(makeTargetEntry(reinterpret_cast<Expr*>(aggregate), 1, pstrdup("members"), false));
  selects->hasAggs = true;
  selects->hasTargetSRFs = false;
  selects->sortClause = NIL;
  auto* link = makeNode(SubLink);
  link->subLinkType = EXPR_SUBLINK;
  link->subselect = reinterpret_cast<Node*>(selects);
  link->location = -1;
  return reinterpret_cast<Expr*>(link);
}

// What a subquery's expression is in the query around it.
Expr* lifted(Expr* expression) {
  auto* copy = static_cast<Node*>(copyObjectImpl(expression));
  IncrementVarSublevelsUp(copy, -1, 1);
  return reinterpret_cast<Expr*>(copy);
}

// `id` of a test `id = row of the subquery`.
Expr* compared_id(const SubLink* link) {
  if (link->testexpr == nullptr || !IsA(link->testexpr, OpExpr)) return nullptr;
  const auto* test = reinterpret_cast<OpExpr*>(link->testexpr);
  if (list_length(test->args) != 2) return nullptr;
  auto* id = static_cast<Expr*>(linitial(test->args));
  auto* row = static_cast<Node*>(lsecond(test->args));
  const Oid type = exprType(reinterpret_cast<Node*>(id));
  if (!IsA(row, Param) || reinterpret_cast<Param*>(row)->paramkind != PARAM_SUBLINK ||
      exprType(row) != INT8OID || !is_id_type(type) ||
      contain_volatile_functions(reinterpret_cast<Node*>(id))) {
    return nullptr;
  }
  const Oid equality =
      get_opfamily_member(INTEGER_BTREE_FAM_OID, type, INT8OID, BTEqualStrategyNumber);
  return test->opno == equality ? id : nullptr;
}

// id IN (SELECT unnest(set) ...)
Expr* rewrite_in(const SubLink* link) {
  Expr* const id = compared_id(link);
  if (id == nullptr) return nullptr;
  const auto* query = castNode(Query, link->subselect);
  if (!is_plain(query) || list_length(query->targetList) != 1 ||
      contain_volatile_functions(link->subselect)) {
    return nullptr;
  }
  auto* selected = reinterpret_cast<Node*>(linitial_node(TargetEntry, query->targetList)->expr);
  const List* const from = query->jointree->fromlist;
  Expr* set = unnested(selected);
  if (set != nullptr) {
    if (from == NIL && query->jointree->quals == nullptr) {
      return make_set_test(id, lifted(set));
    }
    if (contain_vars_of_level(link->subselect, 1)) return nullptr;
    Expr* const members = make_union(query, set);
    return members == nullptr ? nullptr : make_set_test(id, members);
  }
  // SELECT u FROM unnest(set) AS u
  if (!IsA(selected, Var) || list_length(query->rtable) != 1 || list_length(from) != 1 ||
      !IsA(linitial(from), RangeTblRef) || query->jointree->quals != nullptr) {
    return nullptr;
  }
  const auto* entry = linitial_node(RangeTblEntry, query->rtable);
  const auto* column = reinterpret_cast<const Var*>(selected);
  if (entry->rtekind != RTE_FUNCTION || entry->funcordinality ||
      list_length(entry->functions) != 1 || column->varattno != 1 || column->varlevelsup != 0) {
    return nullptr;
  }
  set = unnested(linitial_node(RangeTblFunction, entry->functions)->funcexpr);
  return set == nullptr ? nullptr : make_set_test(id, lifted(set));
}

// id <@ ANY (SELECT set FROM ...), of rows that the subquery alone selects
Expr* rewrite_any(const SubLink* link) {
  SetClause clause = {};
  if (link->testexpr == nullptr || !match_set_clause(link->testexpr, &clause) ||
      !IsA(clause.set, Param) || reinterpret_cast<Param*>(clause.set)->paramkind != PARAM_SUBLINK ||
      contain_volatile_functions(reinterpret_cast<Node*>(clause.operand))) {
    return nullptr;
  }
  const auto* query = castNode(Query, link->subselect);
  if (!is_plain(query) || list_length(query->targetList) != 1 || query->hasTargetSRFs ||
      contain_vars_of_level(link->subselect, 1) || contain_volatile_functions(link->subselect)) {
    return nullptr;
  }
  Expr* const members = make_union(query, linitial_node(TargetEntry, query->targetList)->expr);
  return members == nullptr ? nullptr : make_set_test(clause.operand, members);
}

// EXISTS (SELECT FROM t WHERE id <@ t.set AND ...): `id` of the query around, all else of the subquery.
Expr* rewrite_exists(const SubLink* link) {
  const auto* query = castNode(Query, link->subselect);
  if (!is_plain(query) || query->hasTargetSRFs || query->jointree->fromlist == NIL ||
      contain_volatile_functions(link->subselect)) {
    return nullptr;
  }
  List* const conditions = make_ands_implicit(reinterpret_cast<Expr*>(query->jointree->quals));
  // Uniting all sets of a table may take more than testing a few ids against each.
  if (list_length(conditions) < 2) return nullptr;
  Node* test = nullptr;
  SetClause clause = {};
  ListCell* cell;
  foreach (cell, conditions) {
    auto* condition = static_cast<Node*>(lfirst(cell));
    if (!contain_vars_of_level(condition, 1)) continue;
    if (test != nullptr || !match_set_clause(condition, &clause)) return nullptr;
    test = condition;
  }
  if (test == nullptr || contain_vars_of_level(reinterpret_cast<Node*>(clause.operand), 0) ||
      contain_vars_of_level(reinterpret_cast<Node*>(clause.set), 1)) {
    return nullptr;
  }
  auto* rest = static_cast<Query*>(copyObjectImpl(query));
  rest->jointree->quals =
      reinterpret_cast<Node*>(make_ands_explicit(list_delete_ptr(list_copy(conditions), test)));
  if (rest->jointree->quals != nullptr) {
    rest->jointree->quals = static_cast<Node*>(copyObjectImpl(rest->jointree->quals));
  }
  rest->targetList = NIL;
  if (contain_vars_of_level(reinterpret_cast<Node*>(rest), 1)) return nullptr;
  Expr* const members = make_union(rest, static_cast<Expr*>(copyObjectImpl(clause.set)));
  return members == nullptr ? nullptr : make_set_test(lifted(clause.operand), members);
}

// A condition of which only truth counts.
Node* rewrite_condition(Node* condition) {
  if (condition == nullptr) return nullptr;
  check_stack_depth();
  if (IsA(condition, BoolExpr)) {
    auto* expression = reinterpret_cast<BoolExpr*>(condition);
    if (expression->boolop == NOT_EXPR) {
      auto* negated = static_cast<Node*>(linitial(expression->args));
      if (!IsA(negated, SubLink)) return condition;
      const auto* link = reinterpret_cast<SubLink*>(negated);
      Expr* const test = link->subLinkType == EXISTS_SUBLINK ? rewrite_exists(link) : nullptr;
      if (test == nullptr) return condition;
      auto* negation = makeNode(BooleanTest);
      negation->arg = test;
      negation->booltesttype = IS_NOT_TRUE;
      negation->location = -1;
      return reinterpret_cast<Node*>(negation);
    }
    ListCell* cell;
    foreach (cell, expression->args) {
      lfirst(cell) = rewrite_condition(static_cast<Node*>(lfirst(cell)));
    }
    return condition;
  }
  if (!IsA(condition, SubLink)) return condition;
  const auto* link = reinterpret_cast<SubLink*>(condition);
  Expr* test = nullptr;
  if (link->subLinkType == ANY_SUBLINK) test = rewrite_in(link);
  if (link->subLinkType == ANY_SUBLINK && test == nullptr) test = rewrite_any(link);
  if (link->subLinkType == EXISTS_SUBLINK) test = rewrite_exists(link);
  if (test == nullptr) return condition;
  return reinterpret_cast<Node*>(test);
}

void rewrite_joins(Node* node) {
  if (node == nullptr) return;
  check_stack_depth();
  if (IsA(node, FromExpr)) {
    auto* from = reinterpret_cast<FromExpr*>(node);
    ListCell* cell;
    foreach (cell, from->fromlist) rewrite_joins(static_cast<Node*>(lfirst(cell)));
    from->quals = rewrite_condition(from->quals);
  } else if (IsA(node, JoinExpr)) {
    auto* join = reinterpret_cast<JoinExpr*>(node);
    rewrite_joins(join->larg);
    rewrite_joins(join->rarg);
    join->quals = rewrite_condition(join->quals);
  }
}

// A query and those within it, in place.
bool rewrite_query(Node* node, void* context) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return expression_tree_walker(node, as_walker(rewrite_query), context);
  auto* query = reinterpret_cast<Query*>(node);
  if (query->hasSubLinks) rewrite_joins(reinterpret_cast<Node*>(query->jointree));
  return query_tree_walker(query, as_walker(rewrite_query), context, 0);
}

template <class... More>
PlannedStmt* plan_rewritten(Query* query, const char* text, int options, ParamListInfo parameters,
                            More... more) {
  if (enable_scan_setting) rewrite_query(reinterpret_cast<Node*>(query), nullptr);
  return plan_by(next_planner, query, text, options, parameters, more...);
}

}  // namespace

void install_rewrite() {
  next_planner = planner_hook;
  planner_hook = plan_rewritten;
}

}  // namespace objectset::pg
