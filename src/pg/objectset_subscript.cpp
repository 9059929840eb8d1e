// Subscripts by rank, from 1 as arrays count: set[n] is an id, set[a:b] a set. For reading only.
#include "pg/toast_slices.hpp"

extern "C" {
#include "executor/execExpr.h"
#include "nodes/subscripting.h"
#include "parser/parse_coerce.h"
#include "parser/parse_expr.h"
}

namespace objectset::pg {
namespace {

// ---- Parse analysis ------------------------------------------------------------------------------------

Node* transform_bound(ParseState* pstate, Node* raw) {
  Node* const bound = transformExpr(pstate, raw, pstate->p_expr_kind);
  Node* const coerced = coerce_to_target_type(pstate, bound, exprType(bound), INT8OID, -1,
                                              COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
  if (coerced == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("object set subscript must have type bigint"),
                    parser_errposition(pstate, exprLocation(bound))));
  }
  return coerced;
}

int location_of(const A_Indices* indices) {
  return exprLocation(indices->uidx != nullptr ? indices->uidx : indices->lidx);
}

void transform(SubscriptingRef* subscripting, List* indirection, ParseState* pstate, bool is_slice,
               bool is_assignment) {
  const auto* indices = linitial_node(A_Indices, indirection);
  if (is_assignment) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("object sets do not support assignment to subscripts"),
                    errhint("Use set | id to add an id, and set - id to remove one."),
                    parser_errposition(pstate, location_of(indices))));
  }
  if (list_length(indirection) != 1) {
    ereport(ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("object sets allow only one subscript"),
             errhint("To take a part of a part, write (set[a:b])[n]."),
             parser_errposition(pstate, location_of(lsecond_node(A_Indices, indirection)))));
  }
  // An omitted bound of a slice is a NULL in the list.
  const auto bound = [&](Node* raw) -> List* {
    return list_make1(raw == nullptr ? nullptr : transform_bound(pstate, raw));
  };
  subscripting->refupperindexpr = bound(indices->uidx);
  subscripting->reflowerindexpr = is_slice ? bound(indices->lidx) : NIL;
  subscripting->refrestype = is_slice ? subscripting->refcontainertype : INT8OID;
  subscripting->reftypmod = -1;
}

// ---- Execution -----------------------------------------------------------------------------------------

bool check_subscripts(ExprState*, ExprEvalStep* op, ExprContext*) {
  const SubscriptingRefState* state = op->d.sbsref_subscript.state;
  const bool upper_is_null = state->upperprovided[0] && state->upperindexnull[0];
  const bool lower_is_null =
      state->numlower > 0 && state->lowerprovided[0] && state->lowerindexnull[0];
  if (upper_is_null || lower_is_null) *op->resnull = true;
  return !*op->resnull;
}

void fetch_id(ExprState*, ExprEvalStep* op, ExprContext*) {
  const int64 n = DatumGetInt64(op->d.sbsref.state->upperindex[0]);
  *op->resnull = true;
  if (n < 1) return;
  const SliceAnswer slices = ask_slices(*op->resvalue, Question::select, n - 1);
  if (slices.known) {
    *op->resnull = !slices.found;
    *op->resvalue = Int64GetDatum(slices.value);
    return;
  }
  const SetArgument set = set_argument(*op->resvalue);
  bool found = false;
  Id id = 0;
  guarded([&] {
    const OpenSet open(set);
    const auto position = static_cast<uint64>(n) - 1;
    found = position < cardinality(open);
    if (found) id = objectset::select(open, position);
  });
  *op->resnull = !found;
  *op->resvalue = Int64GetDatum(id);
}

void fetch_slice(ExprState*, ExprEvalStep* op, ExprContext*) {
  const SubscriptingRefState* state = op->d.sbsref.state;
  int64 lower = state->lowerprovided[0] ? DatumGetInt64(state->lowerindex[0]) : 1;
  const int64 upper = state->upperprovided[0] ? DatumGetInt64(state->upperindex[0]) : INT64_MAX;
  if (lower < 1) lower = 1;
  const uint64 wanted = upper < lower ? 0 : static_cast<uint64>(upper - lower) + 1;
  *op->resvalue = slice_of(*op->resvalue, static_cast<uint64>(lower) - 1, wanted);
}

void set_up(const SubscriptingRef* subscripting, SubscriptingRefState*,
            SubscriptExecSteps* methods) {
  methods->sbs_check_subscripts = check_subscripts;
  methods->sbs_fetch = subscripting->reflowerindexpr == NIL ? fetch_id : fetch_slice;
  methods->sbs_assign = nullptr;
  methods->sbs_fetch_old = nullptr;
}

}  // namespace
}  // namespace objectset::pg

OBJECTSET_FUNCTION(objectset_subscript) {
  static const SubscriptRoutines routines = {
      objectset::pg::transform,
      objectset::pg::set_up,
      true,   // fetch_strict: NULL for a NULL set or a NULL subscript
      false,  // fetch_leakproof: a damaged set raises an error
      false,  // store_leakproof
  };
  PG_RETURN_POINTER(&routines);
}
