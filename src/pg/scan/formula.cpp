// One test made of several of the same operand: under AND, OR and NOT, ANY and ALL, they are a test against one set, which
// is computed when the scan starts.
//
// The one idea: only truth counts. Where `id <@ a OR id <@ b` is true, so is `id <@ a | b`, with a set that is NULL taken for
// an empty one; NOT is brought down to the tests first. What is left is either the ids of a set, or all ids but those, which
// are a set once they are held against another: `id <@ a AND NOT id <@ b` is `id <@ a - b`.
#include "pg/scan/scan.hpp"

#include "pg/datum.hpp"

extern "C" {
#include "access/transam.h"
#include "catalog/pg_operator.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

// Of more tests, each a level of the expression, none is made.
constexpr int most_tests = 100;

// The operator of the extension's between two sets; nullptr where it is not where the type is.
Expr* operate(const char* name, Expr* left, Expr* right) {
  const Oid type = exprType(reinterpret_cast<Node*>(left));
  if (type != exprType(reinterpret_cast<Node*>(right))) return nullptr;
  const Oid found = GetSysCacheOid4(OPERNAMENSP, Anum_pg_operator_oid, CStringGetDatum(name),
                                    ObjectIdGetDatum(type), ObjectIdGetDatum(type),
                                    ObjectIdGetDatum(namespace_of(type)));
  if (!OidIsValid(found) || get_op_rettype(found) != type) return nullptr;
  Expr* const made = make_opclause(found, type, false, left, right, InvalidOid, InvalidOid);
  set_opfuncid(reinterpret_cast<OpExpr*>(made));
  return made;
}

Expr* empty_set(Oid type) {
  struct varlena* bytes = nullptr;
  guarded([&] { bytes = write_set(SetView()); });
  return reinterpret_cast<Expr*>(
      makeConst(type, -1, InvalidOid, -1, PointerGetDatum(bytes), false, false));
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

bool match_either(Node* node, bool negated, SetFormula* found);

// Of several, all or any of which are asked for.
bool match_list(const List* nodes, bool negated, bool all, SetFormula* found) {
  if (list_length(nodes) > most_tests) return false;
  ListCell* cell;
  foreach (cell, nodes) {
    SetFormula one = {};
    if (!match_either(static_cast<Node*>(lfirst(cell)), negated, &one)) return false;
    if (foreach_current_index(cell) == 0) {
      *found = one;
    } else if (!(all ? both_formulas(*found, one, found) : either(*found, one, found))) {
      return false;
    }
  }
  return nodes != NIL;
}

// `id <@ ANY (ARRAY[a, b])`, as the tests of its elements; NIL where they are not known one by one.
List* tests_of_array(const ScalarArrayOpExpr* test) {
  auto* operand = static_cast<Expr*>(linitial(test->args));
  auto* array = static_cast<Node*>(lsecond(test->args));
  List* elements = NIL;
  if (get_element_type(exprType(array)) < FirstNormalObjectId) return NIL;
  if (IsA(array, ArrayExpr)) {
    const auto* written = reinterpret_cast<const ArrayExpr*>(array);
    if (!written->multidims) elements = written->elements;
  } else if (IsA(array, Const) && !reinterpret_cast<Const*>(array)->constisnull) {
    const auto* known = reinterpret_cast<const Const*>(array);
    const Oid type = get_element_type(known->consttype);
    int16 size;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(type, &size, &by_value, &alignment);
    Datum* values;
    bool* nulls;
    int count;
    deconstruct_array(DatumGetArrayTypeP(known->constvalue), type, size, by_value, alignment,
                      &values, &nulls, &count);
    for (int i = 0; i < count; ++i) {
      elements =
          lappend(elements, makeConst(type, -1, InvalidOid, size, values[i], nulls[i], by_value));
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

bool match_either(Node* node, bool negated, SetFormula* found) {
  check_stack_depth();
  if (IsA(node, BoolExpr)) {
    const auto* expression = reinterpret_cast<const BoolExpr*>(node);
    if (expression->boolop == NOT_EXPR) {
      return match_either(static_cast<Node*>(linitial(expression->args)), !negated, found);
    }
    return match_list(expression->args, negated, (expression->boolop == AND_EXPR) != negated,
                      found);
  }
  if (IsA(node, ScalarArrayOpExpr)) {
    const auto* test = reinterpret_cast<const ScalarArrayOpExpr*>(node);
    return match_list(tests_of_array(test), negated, test->useOr == negated, found);
  }
  *found = {};
  found->is_negative = negated;
  return match_set_clause(node, &found->clause);
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
  return match_either(clause, false, found);
}

}  // namespace objectset::pg
