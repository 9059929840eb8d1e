// Sets that are the same for all rows of a query, computed once:
//
//   id <@ objectset_members('patient_set', 'smokers')      id <@ (SELECT objectset_members('patient_set', 'smokers'))
//
// The one idea: the server evaluates a stable function for each row that it tests, unless it stands in a subquery of its
// own, which is run once where nothing in it is of the query around. So an expression of sets that has no columns, calls
// no volatile function and is not a constant is made one, wherever it stands: in conditions, joins, lists and policies. It
// is run when it is first needed, and not at all where nothing asks for it.
#include "pg/scan/scan.hpp"

extern "C" {
#include "access/transam.h"
#include "nodes/params.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "utils/syscache.h"
}

extern "C" Datum objectset_in(PG_FUNCTION_ARGS);

namespace objectset::pg {
namespace {

planner_hook_type next_planner = nullptr;

bool is_set_type(Oid type) {
  if (type < FirstNormalObjectId) return false;
  HeapTuple const tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(getBaseType(type)));
  if (!HeapTupleIsValid(tuple)) return false;
  const Oid input = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typinput;
  ReleaseSysCache(tuple);
  if (input < FirstNormalObjectId) return false;
  FmgrInfo called;
  fmgr_info(input, &called);
  return called.fn_addr == objectset_in;
}

// ---- Which expressions ------------------------------------------------------------------------------------

// Whether the value of a parameter stands in the plan as a constant.
bool is_bound(ParamListInfo parameters, const Param* param) {
  if (parameters == nullptr || param->paramid <= 0 || param->paramid > parameters->numParams) {
    return false;
  }
  ParamExternData space;
  const ParamExternData* const value =
      parameters->paramFetch != nullptr
          ? parameters->paramFetch(parameters, param->paramid, true, &space)
          : &parameters->params[param->paramid - 1];
  return OidIsValid(value->ptype) && (value->pflags & PARAM_FLAG_CONST) != 0;
}

// What is met on a walk through an expression.
struct Contents {
  ParamListInfo parameters;
  int depth;        // of subqueries
  bool is_unknown;  // has subqueries, or parameters whose values are not known now
};

// Whether an expression depends on a place in the query: on rows, groups, or what an expression around it hands it.
bool depends_on_place(Node* node, void* context) {
  if (node == nullptr) return false;
  auto* contents = static_cast<Contents*>(context);
  switch (nodeTag(node)) {
    case T_Var:
      return static_cast<int>(reinterpret_cast<Var*>(node)->varlevelsup) >= contents->depth;
    case T_Aggref:
      if (static_cast<int>(reinterpret_cast<Aggref*>(node)->agglevelsup) >= contents->depth) {
        return true;
      }
      break;
    case T_WindowFunc:
      if (contents->depth == 0) return true;
      break;
    case T_GroupingFunc:
    case T_CaseTestExpr:
    case T_CoerceToDomainValue:
    case T_SetToDefault:
    case T_CurrentOfExpr:
      return true;
    case T_Param: {
      const auto* param = reinterpret_cast<const Param*>(node);
      if (param->paramkind != PARAM_EXTERN) return contents->depth == 0;
      if (!is_bound(contents->parameters, param)) contents->is_unknown = true;
      return false;
    }
    case T_RangeTblEntry: {
      // Of the WITH of a query around
      const auto* entry = reinterpret_cast<const RangeTblEntry*>(node);
      return entry->rtekind == RTE_CTE && static_cast<int>(entry->ctelevelsup) >= contents->depth;
    }
    case T_Query: {
      contents->is_unknown = true;
      ++contents->depth;
      const bool depends =
          query_tree_walker(reinterpret_cast<Query*>(node), as_walker(depends_on_place), contents,
                            QTW_EXAMINE_RTES_BEFORE);
      --contents->depth;
      return depends;
    }
    default:
      break;
  }
  return expression_tree_walker(node, as_walker(depends_on_place), context);
}

// Whether a node computes anything by itself.
bool is_computed(const Node* node) {
  switch (nodeTag(node)) {
    case T_FuncExpr:
    case T_OpExpr:
    case T_NullIfExpr:
    case T_CoerceViaIO:
    case T_CoalesceExpr:
    case T_CaseExpr:
    case T_MinMaxExpr:
    case T_SubscriptingRef:
      return true;
    default:
      return false;
  }
}

bool is_for_once(Node* node, ParamListInfo parameters) {
  if (!is_computed(node) || !is_set_type(exprType(node))) return false;
  Contents contents = {parameters, 0, false};
  if (depends_on_place(node, &contents) || expression_returns_set(node) ||
      contain_volatile_functions(node)) {
    return false;
  }
  // Else the planner makes a constant of it, which is better.
  return contents.is_unknown || contain_mutable_functions(node);
}

// ---- In a query -------------------------------------------------------------------------------------------

struct Walk {
  ParamListInfo parameters;
  bool is_enabled;
  bool has_found;
};

bool has_any(Node* node, void* context) {
  if (node == nullptr) return false;
  const auto* walk = static_cast<const Walk*>(context);
  if (is_for_once(node, walk->parameters)) return true;
  if (IsA(node, Query)) {
    return query_tree_walker(reinterpret_cast<Query*>(node), as_walker(has_any), context, 0);
  }
  return expression_tree_walker(node, as_walker(has_any), context);
}

// (SELECT expression)
Node* make_subquery(Node* expression) {
  auto* query = makeNode(Query);
  query->commandType = CMD_SELECT;
  query->querySource = QSRC_ORIGINAL;
  query->canSetTag = true;
  query->jointree = makeFromExpr(NIL, nullptr);
  query->hasSubLinks = contain_subplans(expression);
  query->targetList = list_make1(
      makeTargetEntry(reinterpret_cast<Expr*>(expression), 1, pstrdup("members"), false));
  auto* link = makeNode(SubLink);
  link->subLinkType = EXPR_SUBLINK;
  link->subselect = reinterpret_cast<Node*>(query);
  link->location = -1;
  return reinterpret_cast<Node*>(link);
}

void evaluate_once(Query* query, ParamListInfo parameters);

Node* replace(Node* node, void* context) {
  if (node == nullptr) return nullptr;
  auto* walk = static_cast<Walk*>(context);
  if (IsA(node, Query)) {
    evaluate_once(reinterpret_cast<Query*>(node), walk->parameters);
    return node;
  }
  if (IsA(node, Const)) return node;  // which may be large
  if (walk->is_enabled && is_for_once(node, walk->parameters)) {
    walk->has_found = true;
    return make_subquery(node);
  }
  return expression_tree_mutator(node, as_mutator(replace), context);
}

template <class T>
void replace_in(T** part, Walk* walk) {
  *part = reinterpret_cast<T*>(replace(reinterpret_cast<Node*>(*part), walk));
}

// What a query groups by stands once more wherever it is asked for, and all have to stay the same. So there nothing is
// replaced, unless it stands in what is grouped by alone. (From PostgreSQL 18 on that is kept apart, and stays as it is.)
bool may_change_list(Query* query, ParamListInfo parameters) {
  Walk walk = {parameters, false, false};
  bool groups_by_any = false;
  bool asks_for_any = has_any(query->havingQual, &walk);
  ListCell* cell;
  foreach (cell, query->targetList) {
    auto* entry = lfirst_node(TargetEntry, cell);
    if (!has_any(reinterpret_cast<Node*>(entry), &walk)) continue;
    const bool is_group =
        entry->ressortgroupref != 0 &&
        get_sortgroupref_clause_noerr(entry->ressortgroupref, query->groupClause) != nullptr;
    (is_group ? groups_by_any : asks_for_any) = true;
  }
  return !groups_by_any || !asks_for_any;
}

void replace_in_entry(RangeTblEntry* entry, Walk* walk, Walk* subqueries_alone) {
  replace_in(&entry->subquery, walk);
  replace_in(&entry->securityQuals, walk);
  // What is here is evaluated once as it is.
  replace_in(&entry->functions, subqueries_alone);
  replace_in(&entry->values_lists, subqueries_alone);
  replace_in(&entry->tablesample, subqueries_alone);
}

// A query and those within it, in place. Where a query reads no rows all is evaluated once as it is; and PL/pgSQL
// evaluates such queries in a way of its own.
void evaluate_once(Query* query, ParamListInfo parameters) {
  check_stack_depth();
  const bool reads_rows = query->jointree != nullptr && query->jointree->fromlist != NIL;
  Walk walk = {parameters, reads_rows, false};
  Walk subqueries_alone = {parameters, false, false};
  Walk in_list = {parameters, reads_rows && may_change_list(query, parameters), false};
  replace_in(&query->targetList, &in_list);
  replace_in(&query->havingQual, &in_list);
  List* const list = query->targetList;
  Node* const having = query->havingQual;
  List* const entries = query->rtable;
  ListCell* cell;
  foreach (cell, entries) {
    replace_in_entry(lfirst_node(RangeTblEntry, cell), &walk, &subqueries_alone);
  }
  // The rest
  query->targetList = NIL;
  query->havingQual = nullptr;
  query->rtable = NIL;
  query_tree_mutator(query, as_mutator(replace), &walk, QTW_DONT_COPY_QUERY);
  query->targetList = list;
  query->havingQual = having;
  query->rtable = entries;
  if (walk.has_found || in_list.has_found) query->hasSubLinks = true;
}

template <class... More>
PlannedStmt* plan_once(Query* query, const char* text, int options, ParamListInfo parameters,
                       More... more) {
  Walk walk = {parameters, true, false};
  if (enable_scan_setting && has_any(reinterpret_cast<Node*>(query), &walk)) {
    evaluate_once(query, parameters);
  }
  return plan_by(next_planner, query, text, options, parameters, more...);
}

}  // namespace

void install_once() {
  next_planner = planner_hook;
  planner_hook = plan_once;
}

}  // namespace objectset::pg
