// One test made of several of the same operand: under AND, OR and NOT, ANY and ALL, they are a test against one set, which
// is computed when the scan starts.
//
// The one idea: only truth counts. Where `id <@ a OR id <@ b` is true, so is `id <@ a | b`, with a set that is NULL taken for
// an empty one; NOT is brought down to the tests first. What is left is either the ids of a set, or all ids but those, which
// are a set once they are held against another: `id <@ a AND NOT id <@ b` is `id <@ a - b`. Beside tests against sets,
// `id = 5` and `id = ANY (array)` are such tests too; and alone, those that were made of small sets (objectset_supportfn.cpp).
#include "pg/scan/scan.hpp"

#include "pg/column_statistics.hpp"
#include "pg/datum.hpp"

#include "core/set/set_builder.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "utils/syscache.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// Of more tests, each a level of the expression, none is made.
constexpr int most_tests = 100;

// The operator of the extension's between two sets; nullptr where it is not where the type is.
Expr* operate(const char* name, Expr* left, Expr* right) {
  const Oid type = exprType(reinterpret_cast<Node*>(left));
  if (type != exprType(reinterpret_cast<Node*>(right))) return nullptr;
  HeapTuple const tuple =
      SearchSysCache4(OPERNAMENSP, CStringGetDatum(name), ObjectIdGetDatum(type),
                      ObjectIdGetDatum(type), ObjectIdGetDatum(namespace_of(type)));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  const FormData_pg_operator found =
      *reinterpret_cast<const FormData_pg_operator*>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  if (found.oprresult != type) return nullptr;
  Expr* const made = make_opclause(found.oid, type, false, left, right, InvalidOid, InvalidOid);
  reinterpret_cast<OpExpr*>(made)->opfuncid = found.oprcode;
  return made;
}

struct varlena* bytes_of_ids(const Id* ids, int count) {
  struct varlena* bytes = nullptr;
  guarded([&] {
    SetBuilder builder;
    for (int i = 0; i < count; ++i) builder.add(ids[i]);
    bytes = write_set(builder.finish());
  });
  return bytes;
}

Expr* known_set(Oid type, struct varlena* bytes) {
  return reinterpret_cast<Expr*>(
      makeConst(type, -1, InvalidOid, -1, PointerGetDatum(bytes), false, false));
}

Expr* set_of_ids(Oid type, const Id* ids, int count) {
  return known_set(type, bytes_of_ids(ids, count));
}

// Made once for a session: each partition asks for it.
Expr* empty_set(Oid type) {
  static struct varlena* bytes = nullptr;
  if (bytes == nullptr) {
    MemoryContext const outer = MemoryContextSwitchTo(TopMemoryContext);
    bytes = bytes_of_ids(nullptr, 0);
    MemoryContextSwitchTo(outer);
  }
  return known_set(type, bytes);
}

bool is_known_not_null(const Expr* set) {
  return IsA(set, Const) && !reinterpret_cast<const Const*>(set)->constisnull;
}

// The set, or an empty one for NULL.
Expr* or_empty(Expr* set) {
  if (is_known_not_null(set)) return set;
  if (IsA(set, CoalesceExpr) &&
      is_known_not_null(static_cast<Expr*>(llast(reinterpret_cast<CoalesceExpr*>(set)->args)))) {
    return set;
  }
  auto* made = makeNode(CoalesceExpr);
  made->coalescetype = exprType(reinterpret_cast<Node*>(set));
  made->coalescecollid = InvalidOid;
  made->args = list_make2(set, empty_set(made->coalescetype));
  made->location = -1;
  return reinterpret_cast<Expr*>(made);
}

// The clause of `a`, with another set; false where there is none.
bool with_set(const SetFormula& a, Expr* set, bool is_negative, SetFormula* found) {
  *found = a;
  found->clause.set = set;
  found->is_negative = is_negative;
  return set != nullptr;
}

bool either(const SetFormula& a, const SetFormula& b, SetFormula* found) {
  // All ids but those of a set, and others beside: no set, whatever it is held against.
  if (a.is_negative || b.is_negative || !have_same_operand(a.clause, b.clause)) return false;
  return with_set(a, operate("|", or_empty(a.clause.set), or_empty(b.clause.set)), false, found);
}

bool match_either(Node* node, bool negated, const SetClause& like, SetFormula* found);

// Of several, all or any of which are asked for.
bool match_list(const List* nodes, bool negated, bool all, const SetClause& like,
                SetFormula* found) {
  if (list_length(nodes) > most_tests) return false;
  ListCell* cell;
  foreach (cell, nodes) {
    SetFormula one = {};
    if (!match_either(static_cast<Node*>(lfirst(cell)), negated, like, &one)) return false;
    if (foreach_current_index(cell) == 0) {
      *found = one;
    } else if (!(all ? both_formulas(*found, one, found) : either(*found, one, found))) {
      return false;
    }
  }
  return nodes != NIL;
}

struct Array {
  Oid type;
  int16 size;
  bool by_value;
  int count;
  Datum* values;
  bool* nulls;
};

Array array_of(const Const* known) {
  Array array = {};
  array.type = get_element_type(known->consttype);
  char alignment;
  get_typlenbyvalalign(array.type, &array.size, &array.by_value, &alignment);
  deconstruct_array(DatumGetArrayTypeP(known->constvalue), array.type, array.size, array.by_value,
                    alignment, &array.values, &array.nulls, &array.count);
  return array;
}

// `id <@ ANY (ARRAY[a, b])`, as the tests of its elements; NIL where they are not known one by one.
List* tests_of_array(const ScalarArrayOpExpr* test) {
  auto* operand = static_cast<Expr*>(linitial(test->args));
  auto* argument = static_cast<Node*>(lsecond(test->args));
  List* elements = NIL;
  if (get_element_type(exprType(argument)) < first_made_oid) return NIL;
  if (IsA(argument, ArrayExpr)) {
    const auto* written = reinterpret_cast<const ArrayExpr*>(argument);
    if (!written->multidims) elements = written->elements;
  } else if (IsA(argument, Const) && !reinterpret_cast<Const*>(argument)->constisnull) {
    const auto* known = reinterpret_cast<const Const*>(argument);
    const Array array = array_of(known);
    for (int i = 0; i < array.count; ++i) {
      elements = lappend(elements, makeConst(array.type, -1, InvalidOid, array.size,
                                             array.values[i], array.nulls[i], array.by_value));
    }
  }
  List* tests = NIL;
  ListCell* cell;
  foreach (cell, elements) {
    Expr* const made = make_opclause(test->opno, BOOLOID, false, operand,
                                     static_cast<Expr*>(lfirst(cell)), InvalidOid, InvalidOid);
    set_opfuncid(reinterpret_cast<OpExpr*>(made));
    tests = lappend(tests, made);
  }
  return tests;
}

// The operand of `operand = known`, of numbers; nullptr for other tests.
Expr* compared_operand(Oid test, const List* arguments) {
  if (list_length(arguments) != 2 ||
      get_op_opfamily_strategy(test, INTEGER_BTREE_FAM_OID) != BTEqualStrategyNumber) {
    return nullptr;
  }
  auto* known = static_cast<Const*>(lsecond(arguments));
  return IsA(known, Const) && !known->constisnull ? static_cast<Expr*>(linitial(arguments))
                                                  : nullptr;
}

// `operand = 5`, `operand = ANY (array)` and, as NOT makes of that, `operand <> ALL (array)`, as a test like another one. Where
// NOT is before it, no id of an array may be NULL, which would make it true of nothing, and there is one, without which it were
// true of NULL.
bool match_ids(Node* node, bool negated, const SetClause& like, SetFormula* found) {
  Expr* operand = nullptr;
  Array array = {};
  if (IsA(node, OpExpr)) {
    const auto* test = reinterpret_cast<const OpExpr*>(node);
    operand = compared_operand(test->opno, test->args);
    if (operand == nullptr) return false;
    auto* known = static_cast<Const*>(lsecond(test->args));
    array.type = known->consttype;
    array.count = 1;
    array.values = &known->constvalue;
    array.nulls = &known->constisnull;
  } else if (IsA(node, ScalarArrayOpExpr)) {
    const auto* test = reinterpret_cast<const ScalarArrayOpExpr*>(node);
    operand = compared_operand(test->useOr ? test->opno : get_negator(test->opno), test->args);
    if (operand == nullptr) return false;
    if (!test->useOr) negated = !negated;
    array = array_of(static_cast<const Const*>(lsecond(test->args)));
  }
  if (operand == nullptr || !is_id_type(array.type)) return false;
  if (negated && array.count == 0) return false;
  auto* ids = static_cast<Id*>(palloc(sizeof(Id) * static_cast<Size>(std::max(array.count, 1))));
  int count = 0;
  for (int i = 0; i < array.count; ++i) {
    if (array.nulls[i] && negated) return false;
    if (!array.nulls[i]) ids[count++] = id_of(array.type, array.values[i]);
  }
  SetClause clause = like;
  clause.operand = operand;
  clause.operand_type = exprType(reinterpret_cast<Node*>(operand));
  clause.set = set_of_ids(exprType(reinterpret_cast<Node*>(like.set)), ids, count);
  *found = {clause, negated};
  return true;
}

// The test against a set, of which only the type is told, that a marked test against an array stands for.
bool match_marked(const ScalarArrayOpExpr* test, SetClause* found) {
  const Oid type = marked_set_type(test);
  if (!OidIsValid(type)) return false;
  Expr* const test_of_set =
      make_set_test(static_cast<Expr*>(linitial(test->args)),
                    reinterpret_cast<Expr*>(makeNullConst(type, -1, InvalidOid)));
  return test_of_set != nullptr && match_set_clause(reinterpret_cast<Node*>(test_of_set), found);
}

// The first test against a set in a condition; false where there is none.
bool find_set_test(Node* node, SetClause* found) {
  check_stack_depth();
  if (IsA(node, BoolExpr)) {
    ListCell* cell;
    foreach (cell, reinterpret_cast<const BoolExpr*>(node)->args) {
      if (find_set_test(static_cast<Node*>(lfirst(cell)), found)) return true;
    }
    return false;
  }
  if (IsA(node, ScalarArrayOpExpr)) {
    const auto* const test = reinterpret_cast<const ScalarArrayOpExpr*>(node);
    if (match_marked(test, found)) return true;
    const List* const tests = tests_of_array(test);
    return tests != NIL && match_set_clause(static_cast<Node*>(linitial(tests)), found);
  }
  return match_set_clause(node, found);
}

bool match_either(Node* node, bool negated, const SetClause& like, SetFormula* found) {
  check_stack_depth();
  if (IsA(node, BoolExpr)) {
    const auto* expression = reinterpret_cast<const BoolExpr*>(node);
    if (expression->boolop == NOT_EXPR) {
      return match_either(static_cast<Node*>(linitial(expression->args)), !negated, like, found);
    }
    return match_list(expression->args, negated, (expression->boolop == AND_EXPR) != negated, like,
                      found);
  }
  if (IsA(node, ScalarArrayOpExpr)) {
    const auto* test = reinterpret_cast<const ScalarArrayOpExpr*>(node);
    const List* const tests = tests_of_array(test);
    if (tests != NIL) return match_list(tests, negated, test->useOr == negated, like, found);
  }
  *found = {};
  found->is_negative = negated;
  return match_set_clause(node, &found->clause) || match_ids(node, negated, like, found);
}

}  // namespace

bool have_same_operand(const SetClause& a, const SetClause& b) {
  return a.operand_type == b.operand_type && equal(a.operand, b.operand);
}

bool both_formulas(const SetFormula& a, const SetFormula& b, SetFormula* found) {
  if (!have_same_operand(a.clause, b.clause)) return false;
  if (a.is_negative && b.is_negative) {
    return with_set(a, operate("|", a.clause.set, b.clause.set), true, found);
  }
  if (a.is_negative != b.is_negative) {
    const SetFormula& positive = a.is_negative ? b : a;
    const SetFormula& negative = a.is_negative ? a : b;
    return with_set(positive, operate("-", positive.clause.set, negative.clause.set), false, found);
  }
  return with_set(a, operate("&", a.clause.set, b.clause.set), false, found);
}

bool match_set_formula(Node* clause, SetFormula* found) {
  if (IsA(clause, OpExpr) || IsA(clause, FuncExpr)) {
    *found = {};
    return match_set_clause(clause, &found->clause);
  }
  SetClause like = {};
  return find_set_test(clause, &like) && match_either(clause, false, like, found);
}

}  // namespace objectset::pg
