// Recognizing `id <@ set`.
#include "pg/scan/scan.hpp"

extern "C" {
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_proc.h"
#include "utils/syscache.h"
}

extern "C" {
Datum objectset_contains_int8(PG_FUNCTION_ARGS);
Datum objectset_contains_int4(PG_FUNCTION_ARGS);
Datum objectset_contains_int2(PG_FUNCTION_ARGS);
Datum objectset_contained_int8(PG_FUNCTION_ARGS);
Datum objectset_contained_int4(PG_FUNCTION_ARGS);
Datum objectset_contained_int2(PG_FUNCTION_ARGS);
}

namespace objectset::pg {
namespace {

struct Kind {
  PGFunction function;
  Oid operand_type;
  bool is_set_first;
};

constexpr Kind kinds[] = {
    {objectset_contained_int8, INT8OID, false}, {objectset_contained_int4, INT4OID, false},
    {objectset_contained_int2, INT2OID, false}, {objectset_contains_int8, INT8OID, true},
    {objectset_contains_int4, INT4OID, true},   {objectset_contains_int2, INT2OID, true}};

// The kind of test that a function is, or nullptr. Functions are told by what they run, since an extension may be in any
// schema; only functions with an argument of a type that is not the server's own are looked at.
const Kind* kind_of(Oid function, const List* arguments) {
  if (function < first_made_oid || list_length(arguments) != 2) return nullptr;
  const Oid first = exprType(static_cast<Node*>(linitial(arguments)));
  const Oid second = exprType(static_cast<Node*>(lsecond(arguments)));
  const bool is_set_first = first >= first_made_oid;
  const Oid operand = is_set_first ? second : first;
  if ((first >= first_made_oid) == (second >= first_made_oid) || !is_id_type(operand)) {
    return nullptr;
  }
  FmgrInfo called;
  fmgr_info(function, &called);
  for (const Kind& kind : kinds) {
    if (called.fn_addr == kind.function) return &kind;
  }
  return nullptr;
}

}  // namespace

bool match_set_clause(Node* clause, SetClause* found) {
  const List* arguments;
  Oid function;
  if (IsA(clause, OpExpr)) {
    auto* expression = reinterpret_cast<OpExpr*>(clause);
    set_opfuncid(expression);
    function = expression->opfuncid;
    arguments = expression->args;
  } else if (IsA(clause, FuncExpr)) {
    auto* expression = reinterpret_cast<FuncExpr*>(clause);
    function = expression->funcid;
    arguments = expression->args;
  } else {
    return false;
  }
  const Kind* const kind = kind_of(function, arguments);
  if (kind == nullptr) return false;
  auto* first = static_cast<Expr*>(linitial(arguments));
  auto* second = static_cast<Expr*>(lsecond(arguments));
  *found = kind->is_set_first ? SetClause{second, kind->operand_type, first, function}
                              : SetClause{first, kind->operand_type, second, function};
  return true;
}

// The mark is in the place of a test in the statement's text, which a test that was not written has none of: -1. Nobody asks
// for it once a statement is parsed; a type whose number is too large is not told.
void mark_small_set(ScalarArrayOpExpr* test, Oid set_type) {
  const int mark = static_cast<int>(~set_type);
  if (mark < -1) test->location = mark;
}

Oid marked_set_type(const ScalarArrayOpExpr* test) {
  return test->location < -1 ? ~static_cast<Oid>(test->location) : InvalidOid;
}

Expr* make_set_test(Expr* id, Expr* set) {
  const Oid id_type = exprType(reinterpret_cast<Node*>(id));
  const Oid set_type = exprType(reinterpret_cast<Node*>(set));
  const Oid test = GetSysCacheOid4(OPERNAMENSP, Anum_pg_operator_oid, CStringGetDatum("<@"),
                                   ObjectIdGetDatum(id_type), ObjectIdGetDatum(set_type),
                                   ObjectIdGetDatum(namespace_of(set_type)));
  if (!OidIsValid(test)) return nullptr;
  Expr* const made = make_opclause(test, BOOLOID, false, id, set, InvalidOid, InvalidOid);
  set_opfuncid(reinterpret_cast<OpExpr*>(made));
  return made;
}

Expr* make_id_comparison(Expr* operand, Oid type, int strategy, Expr* bound) {
  const Oid test =
      get_opfamily_member(INTEGER_BTREE_FAM_OID, type, INT8OID, static_cast<int16>(strategy));
  Expr* const comparison =
      make_opclause(test, BOOLOID, false, operand, bound, InvalidOid, InvalidOid);
  set_opfuncid(reinterpret_cast<OpExpr*>(comparison));
  return comparison;
}

Oid namespace_of(Oid type) {
  HeapTuple const tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid found = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typnamespace;
  ReleaseSysCache(tuple);
  return found;
}

Oid function_of_set(const char* name, Oid set_type) {
  return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
                         PointerGetDatum(buildoidvector(&set_type, 1)),
                         ObjectIdGetDatum(namespace_of(set_type)));
}

}  // namespace objectset::pg
