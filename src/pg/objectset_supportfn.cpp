// Planner support: how many rows a set gives, counts taken without building the set that they count, tests against small
// sets as against arrays, and variables of PL/pgSQL's that are changed in place.
#include "pg/column_statistics.hpp"
#include "pg/datum.hpp"
#include "pg/scan/scan.hpp"
#include "pg/set_statistics.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_proc.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/syscache.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// ---- Rows of unnest() and objectset_elements() ---------------------------------------------------------

// What an argument will be, or nullptr. With the planner's root come the values of parameters and of stable functions.
const Const* known_argument(PlannerInfo* root, const List* arguments, int n) {
  if (n >= list_length(arguments)) return nullptr;
  return expected_value(root, static_cast<Node*>(list_nth(arguments, n)));
}

// The known part of objectset_elements(set, after, max_rows, descending); unnest(set) has only the first.
struct Elements {
  const Const* set;
  const Const* after;
  const Const* max_rows;
  const Const* descending;
};

double rows_of(const Elements& elements) {
  const SetArgument set = set_argument(elements.set->constvalue);
  const bool bounded = elements.after != nullptr && !elements.after->constisnull;
  const Id after = bounded ? DatumGetInt64(elements.after->constvalue) : 0;
  const bool descending = elements.descending != nullptr && !elements.descending->constisnull &&
                          DatumGetBool(elements.descending->constvalue);
  uint64 rows = 0;
  guarded([&] {
    StoredSummary summary = {};
    const bool told =
        set.bytes != nullptr && !bounded && read_summary(set.bytes, set.size, set.size, summary);
    rows = summary.cardinality;
    if (told) return;
    const OpenSet open(set);
    rows = cardinality(open);
    if (!bounded) return;
    const uint64 not_beyond = objectset::rank(open, after);
    if (!descending) {
      rows -= not_beyond;
    } else {
      rows = not_beyond - (contains(open, after) ? 1 : 0);
    }
  });
  return static_cast<double>(rows);
}

// As declared in sql/install/60_srf.sql.
constexpr double default_rows = 1000;

// Of a set that comes from elsewhere in the query
SetSize expected_rows(const SupportRequestRows* request, const List* arguments) {
  if (request->root == nullptr || arguments == NIL) return {};
  return expected_size({request->root, static_cast<Node*>(linitial(arguments))}, request->funcid);
}

// False where nothing is known.
bool estimate_rows(SupportRequestRows* request) {
  if (request->node == nullptr || !IsA(request->node, FuncExpr)) return false;
  const List* arguments = reinterpret_cast<FuncExpr*>(request->node)->args;
  const Elements elements = {
      known_argument(request->root, arguments, 0), known_argument(request->root, arguments, 1),
      known_argument(request->root, arguments, 2), known_argument(request->root, arguments, 3)};
  const bool limited = elements.max_rows != nullptr && !elements.max_rows->constisnull;
  double rows = default_rows;
  if (elements.set != nullptr) {
    rows = elements.set->constisnull ? 0 : rows_of(elements);
  } else {
    const SetSize size = expected_rows(request, arguments);
    if (!size.is_known && !limited) return false;
    if (size.is_known) rows = size.ids;
  }
  if (limited) {
    rows = std::min(rows, static_cast<double>(DatumGetInt64(elements.max_rows->constvalue)));
  }
  request->rows = std::max(rows, 0.0);
  return true;
}

// ---- Counts without building ---------------------------------------------------------------------------

// The function of this name over two sets, next to a function that takes one: in the same schema, with the same
// type. InvalidOid where there is none.
Oid sibling(const char* name, Oid schema, Oid set_type) {
  const Oid types[] = {set_type, set_type};
  return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
                         PointerGetDatum(buildoidvector(types, 2)), ObjectIdGetDatum(schema));
}

// Where an argument calls a function or operator with two arguments: which, and with what.
bool as_call_of_two(Node* argument, Oid* function, List** arguments) {
  if (IsA(argument, OpExpr)) {
    auto* expression = reinterpret_cast<OpExpr*>(argument);
    set_opfuncid(expression);
    *function = expression->opfuncid;
    *arguments = expression->args;
  } else if (IsA(argument, FuncExpr)) {
    auto* expression = reinterpret_cast<FuncExpr*>(argument);
    *function = expression->funcid;
    *arguments = expression->args;
  } else {
    return false;
  }
  return list_length(*arguments) == 2;
}

struct Rewrite {
  const char* of;
  const char* to;
};

// cardinality(f(a, b))
constexpr Rewrite counts[] = {{"objectset_intersect", "objectset_intersect_count"},
                              {"objectset_union", "objectset_union_count"},
                              {"objectset_minus", "objectset_minus_count"},
                              {"objectset_symdiff", "objectset_symdiff_count"}};

Node* simplify_cardinality(const FuncExpr* call, Oid schema, Oid set_type, Oid function,
                           List* arguments) {
  for (const Rewrite& rewrite : counts) {
    if (sibling(rewrite.of, schema, set_type) != function) continue;
    const Oid to = sibling(rewrite.to, schema, set_type);
    if (!OidIsValid(to) || get_func_rettype(to) != INT8OID) return nullptr;
    return reinterpret_cast<Node*>(makeFuncExpr(to, call->funcresulttype, arguments, InvalidOid,
                                                call->inputcollid, COERCE_EXPLICIT_CALL));
  }
  return nullptr;
}

struct Test {
  const char* of;
  const char* to;  // an operator
  bool negated;
};

// objectset_is_empty(f(a, b))
constexpr Test tests[] = {{"objectset_intersect", "&&", true},
                          {"objectset_minus", "<@", false},
                          {"objectset_symdiff", "=", false}};

Node* simplify_is_empty(const FuncExpr* call, Oid schema, Oid set_type, Oid function,
                        List* arguments) {
  for (const Test& test : tests) {
    if (sibling(test.of, schema, set_type) != function) continue;
    const Oid to = GetSysCacheOid4(OPERNAMENSP, Anum_pg_operator_oid, CStringGetDatum(test.to),
                                   ObjectIdGetDatum(set_type), ObjectIdGetDatum(set_type),
                                   ObjectIdGetDatum(schema));
    if (!OidIsValid(to) || get_op_rettype(to) != BOOLOID) return nullptr;
    Expr* const answer =
        make_opclause(to, BOOLOID, false, static_cast<Expr*>(linitial(arguments)),
                      static_cast<Expr*>(lsecond(arguments)), InvalidOid, call->inputcollid);
    set_opfuncid(reinterpret_cast<OpExpr*>(answer));
    return test.negated
               ? reinterpret_cast<Node*>(makeBoolExpr(NOT_EXPR, list_make1(answer), call->location))
               : reinterpret_cast<Node*>(answer);
  }
  return nullptr;
}

using Simplify = Node* (*)(const FuncExpr*, Oid, Oid, Oid, List*);

// A support function's answer to a request to simplify a call with one set.
Datum simplify_request(FunctionCallInfo fcinfo, Simplify simplify) {
  auto* node = reinterpret_cast<Node*>(PG_GETARG_POINTER(0));
  if (!IsA(node, SupportRequestSimplify)) PG_RETURN_DATUM(0);
  const FuncExpr* call = reinterpret_cast<SupportRequestSimplify*>(node)->fcall;
  Oid function = InvalidOid;
  List* arguments = NIL;
  if (list_length(call->args) != 1 ||
      !as_call_of_two(static_cast<Node*>(linitial(call->args)), &function, &arguments)) {
    PG_RETURN_DATUM(0);
  }
  Oid* types = nullptr;
  int count = 0;
  get_func_signature(call->funcid, &types, &count);
  PG_RETURN_POINTER(
      count != 1 ? nullptr
                 : simplify(call, get_func_namespace(call->funcid), types[0], function, arguments));
}

// ---- Tests against sets that are known -------------------------------------------------------------------

// A set of no more ids than this is as good as an array for the server, which knows more ways to use one.
constexpr uint64 most_ids_of_array = 100;

// operand = ANY (array)
ScalarArrayOpExpr* any_of_array(Expr* operand, Oid type, const Id* ids, int count) {
  auto* elements = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<Size>(count)));
  for (int i = 0; i < count; ++i) elements[i] = Int64GetDatum(ids[i]);
  ArrayType* const array =
      construct_array(elements, count, INT8OID, sizeof(Id), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
  auto* test = makeNode(ScalarArrayOpExpr);
  test->opno = get_opfamily_member(INTEGER_BTREE_FAM_OID, type, INT8OID, BTEqualStrategyNumber);
  test->opfuncid = get_opcode(test->opno);
  test->useOr = true;
  test->args = list_make2(
      operand, makeConst(INT8ARRAYOID, -1, InvalidOid, -1, PointerGetDatum(array), false, false));
  test->location = -1;
  return test;
}

// `id <@ set` for a set that is known and small. That is as strict as the test itself, but for an empty set.
Node* simplify_test(const FuncExpr* call) {
  if (list_length(call->args) != 2) return nullptr;
  auto* first = static_cast<Expr*>(linitial(call->args));
  auto* second = static_cast<Expr*>(lsecond(call->args));
  const Oid first_type = exprType(reinterpret_cast<Node*>(first));
  const bool is_id_first = is_id_type(first_type);
  Expr* const operand = is_id_first ? first : second;
  Expr* const known = is_id_first ? second : first;
  const Oid type = exprType(reinterpret_cast<Node*>(operand));
  if (!IsA(known, Const) || reinterpret_cast<Const*>(known)->constisnull || IsA(operand, Const)) {
    return nullptr;
  }
  const SetView set = pinned_view(set_argument(reinterpret_cast<Const*>(known)->constvalue));
  const uint64 count = cardinality(set);
  if (count == 0 || count > most_ids_of_array) return nullptr;
  Id ids[most_ids_of_array];
  Cursor(set).next(ids, most_ids_of_array);
  ScalarArrayOpExpr* const test = any_of_array(operand, type, ids, static_cast<int>(count));
  mark_small_set(test, exprType(reinterpret_cast<Node*>(known)));
  return reinterpret_cast<Node*>(test);
}

// ---- What tests of columns cost ---------------------------------------------------------------------------

// Sets of more ids are taken to be stored apart from their rows.
constexpr float most_ids_in_row = 1000;

// The part of a column's sets that a test has to fetch from where they are stored.
double stored_apart(PlannerInfo* root, Node* column, Oid function) {
  VariableStatData variable;
  examine_variable(root, column, 0, &variable);
  SetColumnStatistics statistics;
  double part = 0;
  if (set_column_statistics(root, &variable, function, &statistics) && !statistics.sizes.empty()) {
    const auto large = std::count_if(statistics.sizes.begin(), statistics.sizes.end(),
                                     [](float ids) { return ids > most_ids_in_row; });
    part = (1 - statistics.null_fraction) * static_cast<double>(large) /
           static_cast<double>(statistics.sizes.size());
  }
  ReleaseVariableStats(variable);
  return part;
}

// Of a set from each row that is tested against what stays the same, some pages are read: of TOAST, of which the server
// reckons with none. In a join a set that stays the same from row to row is read once.
bool estimate_cost(SupportRequestCost* request) {
  if (request->root == nullptr || request->node == nullptr) return false;
  Oid function = InvalidOid;
  List* arguments = NIL;
  if (!as_call_of_two(request->node, &function, &arguments)) return false;
  auto* const left = static_cast<Node*>(linitial(arguments));
  auto* const right = static_cast<Node*>(lsecond(arguments));
  const bool is_left = !contain_var_clause(right);
  Node* const column = is_left ? left : right;
  if (contain_var_clause(is_left ? right : left) || is_id_type(exprType(column))) return false;
  const double part = stored_apart(request->root, column, function);
  if (part <= 0) return false;
  HeapTuple const tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(request->funcid));
  if (!HeapTupleIsValid(tuple)) return false;
  const float declared = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->procost;
  ReleaseSysCache(tuple);
  request->startup = 0;
  request->per_tuple = declared * cpu_operator_cost + part * random_page_cost;
  return true;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_contains_support) {
  auto* node = reinterpret_cast<Node*>(PG_GETARG_POINTER(0));
  if (IsA(node, SupportRequestCost)) {
    PG_RETURN_POINTER(estimate_cost(reinterpret_cast<SupportRequestCost*>(node)) ? node : nullptr);
  }
  if (!IsA(node, SupportRequestSimplify)) PG_RETURN_DATUM(0);
  PG_RETURN_POINTER(simplify_test(reinterpret_cast<SupportRequestSimplify*>(node)->fcall));
}
OBJECTSET_FUNCTION(objectset_test_support) {
  auto* node = reinterpret_cast<Node*>(PG_GETARG_POINTER(0));
  const bool is_told =
      IsA(node, SupportRequestCost) && estimate_cost(reinterpret_cast<SupportRequestCost*>(node));
  PG_RETURN_POINTER(is_told ? node : nullptr);
}

OBJECTSET_FUNCTION(objectset_elements_support) {
  auto* node = reinterpret_cast<Node*>(PG_GETARG_POINTER(0));
  if (!IsA(node, SupportRequestRows)) PG_RETURN_DATUM(0);
  auto* request = reinterpret_cast<SupportRequestRows*>(node);
  PG_RETURN_POINTER(estimate_rows(request) ? request : nullptr);
}

OBJECTSET_FUNCTION(objectset_cardinality_support) {
  return simplify_request(fcinfo, simplify_cardinality);
}
OBJECTSET_FUNCTION(objectset_is_empty_support) {
  return simplify_request(fcinfo, simplify_is_empty);
}

// Of the functions that change their first argument in place where they may (objectset_ops.cpp): in `s := s | id` the
// variable may be handed to them for that. A second argument that is the same object they notice; any other is a value
// of its own by then.
OBJECTSET_FUNCTION(objectset_inplace_support) {
#if PG_VERSION_NUM >= 180000
  auto* node = reinterpret_cast<Node*>(PG_GETARG_POINTER(0));
  if (IsA(node, SupportRequestModifyInPlace)) {
    const auto* request = reinterpret_cast<SupportRequestModifyInPlace*>(node);
    auto* first = static_cast<Param*>(linitial(request->args));
    if (IsA(first, Param) && first->paramkind == PARAM_EXTERN &&
        first->paramid == request->paramid) {
      PG_RETURN_POINTER(first);
    }
  }
#endif
  PG_RETURN_DATUM(0);
}
