// Sets that are the same for all rows of a query, computed once:
//
//   id <@ objectset_members('patient_set', 'smokers')      id <@ (SELECT objectset_members('patient_set', 'smokers'))
//
// The one idea: the server evaluates a stable function for each row that it tests, unless it stands in a subquery of its
// own, which is run once where nothing in it is of the query around. So an expression of sets that has no columns, calls
// no volatile function and is not a constant is made one, wherever it stands: in conditions, joins, lists and policies. It
// is run when it is first needed, and not at all where nothing asks for it.
//
// A constant is best as it is, unless it is large and partitions are asked: each of their plans would have a copy. In a
// subquery it stands once, for all of them.
#include "pg/scan/scan.hpp"

extern "C" {
#include "access/detoast.h"
#include "catalog/pg_inherits.h"
#include "nodes/params.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "utils/syscache.h"
}

#include <utility>

extern "C" Datum objectset_in(PG_FUNCTION_ARGS);

namespace objectset::pg {
namespace {

planner_hook_type next_planner = nullptr;

// A constant from so many bytes on is large: the rest of a partition's plan takes less.
constexpr Size large_from = 64 * 1024;

bool is_set_type(Oid type) {
  if (type < first_made_oid) return false;
  HeapTuple const tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(getBaseType(type)));
  if (!HeapTupleIsValid(tuple)) return false;
  const Oid input = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typinput;
  ReleaseSysCache(tuple);
  if (input < first_made_oid) return false;
  FmgrInfo called;
  fmgr_info(input, &called);
  return called.fn_addr == objectset_in;
}

// ---- Which expressions ------------------------------------------------------------------------------------

// Whether the value of a parameter, which is given then, stands in the plan as a constant.
bool is_bound(ParamListInfo parameters, const Param* param, ParamExternData* found) {
  if (parameters == nullptr || param->paramid <= 0 || param->paramid > parameters->numParams) {
    return false;
  }
  ParamExternData space;
  *found = parameters->paramFetch != nullptr
               ? *parameters->paramFetch(parameters, param->paramid, true, &space)
               : parameters->params[param->paramid - 1];
  return OidIsValid(found->ptype) && (found->pflags & PARAM_FLAG_CONST) != 0;
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
      ParamExternData value;
      if (!is_bound(contents->parameters, param, &value)) contents->is_unknown = true;
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

bool is_large(Datum set) { return toast_raw_datum_size(set) >= large_from; }

// Whether a node tests rows by a large set that stands in the statement.
bool is_test_by_large(Node* node, ParamListInfo parameters, SetClause* clause) {
  Contents contents = {parameters, 0, false};
  if (!match_set_clause(node, clause) ||
      !depends_on_place(reinterpret_cast<Node*>(clause->operand), &contents)) {
    return false;
  }
  const auto* set = reinterpret_cast<const Node*>(clause->set);
  if (IsA(set, Const)) {
    const auto* literal = reinterpret_cast<const Const*>(set);
    return !literal->constisnull && is_large(literal->constvalue);
  }
  ParamExternData value;
  return IsA(set, Param) && reinterpret_cast<const Param*>(set)->paramkind == PARAM_EXTERN &&
         is_bound(parameters, reinterpret_cast<const Param*>(set), &value) && !value.isnull &&
         is_large(value.value);
}

// Whether a statement reads a table that has partitions, or other children.
bool reads_children(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, RangeTblEntry)) {
    const auto* entry = reinterpret_cast<const RangeTblEntry*>(node);
    return entry->rtekind == RTE_RELATION && entry->inh && has_subclass(entry->relid);
  }
  if (IsA(node, Query)) {
    return query_tree_walker(reinterpret_cast<Query*>(node), as_walker(reads_children), context,
                             QTW_EXAMINE_RTES_BEFORE);
  }
  return expression_tree_walker(node, as_walker(reads_children), context);
}

// ---- In a query -------------------------------------------------------------------------------------------

struct Statement {
  ParamListInfo parameters;
  bool shares_large;  // whether a large set is to stand in one place
};

struct Walk {
  const Statement* statement;
  bool is_enabled;
  bool has_found;
};

// Whether the set of a test is to be put in one place.
bool is_to_share(Node* node, const Statement& statement, SetClause* clause) {
  return statement.shares_large && is_test_by_large(node, statement.parameters, clause);
}

bool has_any(Node* node, void* context) {
  if (node == nullptr) return false;
  const auto* walk = static_cast<const Walk*>(context);
  SetClause clause = {};
  if (is_for_once(node, walk->statement->parameters) ||
      is_to_share(node, *walk->statement, &clause)) {
    return true;
  }
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

// A test, an operator's or a function's, its set in a subquery.
Node* with_set_apart(Node* test) {
  SetClause clause = {};
  match_set_clause(test, &clause);
  List* const sides = IsA(test, OpExpr) ? reinterpret_cast<OpExpr*>(test)->args
                                        : reinterpret_cast<FuncExpr*>(test)->args;
  ListCell* cell;
  foreach (cell, sides) {
    if (lfirst(cell) != clause.set) continue;
    lfirst(cell) = make_subquery(reinterpret_cast<Node*>(clause.set));
  }
  return test;
}

void evaluate_once(Query* query, const Statement& statement);

Node* replace(Node* node, void* context) {
  if (node == nullptr) return nullptr;
  auto* walk = static_cast<Walk*>(context);
  if (IsA(node, Query)) {
    evaluate_once(reinterpret_cast<Query*>(node), *walk->statement);
    return node;
  }
  if (IsA(node, Const)) return node;  // which may be large
  if (walk->is_enabled && is_for_once(node, walk->statement->parameters)) {
    walk->has_found = true;
    return make_subquery(node);
  }
  SetClause clause = {};
  if (walk->is_enabled && is_to_share(node, *walk->statement, &clause)) {
    walk->has_found = true;
    return with_set_apart(expression_tree_mutator(node, as_mutator(replace), context));
  }
  return expression_tree_mutator(node, as_mutator(replace), context);
}

template <class T>
void replace_in(T** part, Walk* walk) {
  *part = reinterpret_cast<T*>(replace(reinterpret_cast<Node*>(*part), walk));
}

// What a query groups by stands once more wherever it is asked for, and all have to stay the same. So there nothing is
// replaced, unless it stands in what is grouped by alone. (From PostgreSQL 18 on that is kept apart, and stays as it is.)
bool may_change_list(Query* query, const Statement& statement) {
  Walk walk = {&statement, false, false};
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
void evaluate_once(Query* query, const Statement& statement) {
  check_stack_depth();
  const bool reads_rows = query->jointree != nullptr && query->jointree->fromlist != NIL;
  Walk walk = {&statement, reads_rows, false};
  Walk subqueries_alone = {&statement, false, false};
  Walk in_list = {&statement, reads_rows && may_change_list(query, statement), false};
  replace_in(&query->targetList, &in_list);
  replace_in(&query->havingQual, &in_list);
  List* const list = query->targetList;
  Node* const having = query->havingQual;
  List* const entries = query->rtable;
  ListCell* cell;
  foreach (cell, entries) {
    replace_in_entry(lfirst_node(RangeTblEntry, cell), &walk, &subqueries_alone);
  }
  // The rest, but for what is to be found among an index's expressions, and in its predicate.
  List* arbiters = NIL;
  Node* arbiter = nullptr;
  if (query->onConflict != nullptr) {
    std::swap(arbiters, query->onConflict->arbiterElems);
    std::swap(arbiter, query->onConflict->arbiterWhere);
  }
  query->targetList = NIL;
  query->havingQual = nullptr;
  query->rtable = NIL;
  query_tree_mutator(query, as_mutator(replace), &walk, QTW_DONT_COPY_QUERY);
  if (query->onConflict != nullptr) {
    query->onConflict->arbiterElems = arbiters;
    query->onConflict->arbiterWhere = arbiter;
  }
  query->targetList = list;
  query->havingQual = having;
  query->rtable = entries;
  if (walk.has_found || in_list.has_found) query->hasSubLinks = true;
}

template <class... More>
PlannedStmt* plan_once(Query* query, const char* text, int options, ParamListInfo parameters,
                       More... more) {
  auto* const node = reinterpret_cast<Node*>(query);
  Statement statement = {parameters, true};
  Walk walk = {&statement, true, false};
  if (enable_scan_setting && has_any(node, &walk)) {
    statement.shares_large = reads_children(node, nullptr);
    evaluate_once(query, statement);
  }
  return plan_by(next_planner, query, text, options, parameters, more...);
}

}  // namespace

void install_once() {
  next_planner = planner_hook;
  planner_hook = plan_once;
}

}  // namespace objectset::pg
