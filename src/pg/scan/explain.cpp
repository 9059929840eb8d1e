// What EXPLAIN says of a scan: the condition, with the set in a few words instead of a literal of thousands of ids; and,
// of one that ran, the way it took and what that took.
#include "pg/scan/scan.hpp"

#include "pg/datum.hpp"
#include "pg/explain_literal.hpp"

extern "C" {
#include "utils/ruleutils.h"
}

namespace objectset::pg {
namespace {

const char* strategy_of(const SetScan* scan) {
  if (!may_have_rows(scan)) return "none";
  switch (scan->access.access) {
    case Access::index:
      return "index";
    case Access::sorted:
      return "index, rows sorted";
    case Access::table:
      break;
  }
  return "table";
}

// The constant that a subquery without tables gives as an executor's parameter; nullptr for any other one.
const Const* literal_of_subquery(const SubPlan* subquery, int param, const ExplainState* es) {
  if (!list_member_int(subquery->setParam, param)) return nullptr;
  const auto* plan = static_cast<const Plan*>(list_nth(es->pstmt->subplans, subquery->plan_id - 1));
  if (!IsA(plan, Result) || plan->lefttree != nullptr || list_length(plan->targetlist) != 1 ||
      reinterpret_cast<const Result*>(plan)->resconstantqual != nullptr) {
    return nullptr;
  }
  const auto* given =
      reinterpret_cast<const Node*>(linitial_node(TargetEntry, plan->targetlist)->expr);
  return IsA(given, Const) ? reinterpret_cast<const Const*>(given) : nullptr;
}

// What is known of a set before it runs: a constant, in the scan or for all scans of the statement.
const Const* literal_of(const Plan* plan, const Node* set, const List* ancestors,
                        const ExplainState* es) {
  if (IsA(set, Const)) return reinterpret_cast<const Const*>(set);
  if (!IsA(set, Param) || reinterpret_cast<const Param*>(set)->paramkind != PARAM_EXEC) {
    return nullptr;
  }
  const int param = reinterpret_cast<const Param*>(set)->paramid;
  for (int i = 0;; ++i) {
    ListCell* cell;
    foreach (cell, plan->initPlan) {
      const Const* const found =
          literal_of_subquery(static_cast<const SubPlan*>(lfirst(cell)), param, es);
      if (found != nullptr) return found;
    }
    while (i < list_length(ancestors) && IsA(list_nth(ancestors, i), SubPlan)) ++i;
    if (i >= list_length(ancestors)) return nullptr;
    plan = static_cast<const Plan*>(list_nth(ancestors, i));
  }
}

}  // namespace

char* describe_expression(CustomScanState* node, Node* expression, List* ancestors,
                          ExplainState* es) {
  List* const context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
  return deparse_expression(expression, context, list_length(es->rtable) > 1 || es->verbose, false);
}

char* describe_set(CustomScanState* node, Node* set, List* ancestors, ExplainState* es) {
  const Const* const known = literal_of(node->ss.ps.plan, set, ancestors, es);
  if (known == nullptr) return describe_expression(node, set, ancestors, es);
  return known->constisnull ? pstrdup("NULL")
                            : describe(pinned_view(set_argument(known->constvalue)));
}

namespace {

void explain_count(const char* label, double total, double loops, ExplainState* es) {
  if (total > 0 || es->format != EXPLAIN_FORMAT_TEXT) {
    ExplainPropertyFloat(label, nullptr, loops > 0 ? total / loops : 0, 0, es);
  }
}

}  // namespace

void explain_scan(CustomScanState* node, List* ancestors, ExplainState* es) {
  auto* scan = reinterpret_cast<SetScan*>(node);
  const List* const expressions =
      reinterpret_cast<const CustomScan*>(node->ss.ps.plan)->custom_exprs;
  auto* const operand = static_cast<Node*>(list_nth(expressions, operand_expression));
  auto* const set = static_cast<Node*>(list_nth(expressions, set_expression));
  ExplainPropertyText("Set Cond",
                      psprintf(scan->plan.is_negative ? "(NOT (%s <@ %s))" : "(%s <@ %s)",
                               describe_expression(node, operand, ancestors, es),
                               describe_set(node, set, ancestors, es)),
                      es);
  if (OidIsValid(scan->plan.index)) {
    ExplainPropertyText(scan->plan.options.is_covered ? "Covering Index" : "Index",
                        get_rel_name(scan->plan.index), es);
  }
  if (scan->test_count > 0) {
    List* const tests = list_copy_tail(expressions, first_index_test);
    auto* const condition = reinterpret_cast<Node*>(make_ands_explicit(tests));
    ExplainPropertyText("Index Cond", describe_expression(node, condition, ancestors, es), es);
  }
  if (scan->plan.options.is_ordered) {
    ExplainPropertyText("Order", scan->plan.options.is_descending ? "descending" : "ascending", es);
  }
  const auto* ran = node->ss.ps.instrument;
  if (!es->analyze || ran == nullptr || ran->nloops == 0) return;
  if (scan->is_prepared && !scan->is_null) {
    ExplainPropertyText("Strategy", strategy_of(scan), es);
    ExplainPropertyText("Set", describe(scan->view), es);
  }
  explain_count("Index Searches", ran->ntuples2, ran->nloops, es);
  explain_count("Rows Removed by Set", ran->nfiltered2, ran->nloops, es);
}

}  // namespace objectset::pg
