#include "pg/saved/analysis.hpp"

extern "C" {
#include "access/xact.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "parser/parse_node.h"
#include "parser/parse_param.h"
#include "utils/plancache.h"
}

namespace objectset::pg {
namespace {

planner_hook_type next_planner = nullptr;

struct Identity {
  Oid user;
  int context;
};

Identity identity_now() {
  Identity now = {};
  GetUserIdAndSecContext(&now.user, &now.context);
  return now;
}

// What is in effect for the statement that is analysed now, and what was before; there is one at a time.
struct Analysed {
  SubTransactionId subtransaction;  // InvalidSubTransactionId: none is
  const Analysis* analysis;
  Identity before;
  Identity now;
};
Analysed analysed;

// Not as whoever runs it.
bool is_of_its_own(const Analysis& analysis) {
  return OidIsValid(analysis.analyst) || analysis.is_unforced;
}

void begin_analysis(const Analysis& analysis) {
  end_analysis();
  if (!is_of_its_own(analysis)) return;
  const Identity before = identity_now();
  const Identity now = {OidIsValid(analysis.analyst) ? analysis.analyst : before.user,
                        before.context | (analysis.is_unforced ? SECURITY_NOFORCE_RLS : 0)};
  analysed = {GetCurrentSubTransactionId(), &analysis, before, now};
  SetUserIdAndSecContext(now.user, now.context);
}

// Called by the server at the beginning of each analysis.
void set_up(ParseState* state, void* argument) {
  const auto* const analysis = static_cast<const Analysis*>(argument);
#if PG_VERSION_NUM >= 150000
  setup_parse_fixed_parameters(state, analysis->types, analysis->count);
#else
  parse_fixed_parameters(state, analysis->types, analysis->count);
#endif
  begin_analysis(*analysis);
}

bool may_name(const Analysis& analysis, Oid relation) {
  if (relation < first_made_oid) return true;
  for (const Oid named : analysis.relations) {
    if (named == relation) return true;
  }
  return false;
}

bool check_relations(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Query)) {
    return query_tree_walker(reinterpret_cast<Query*>(node), as_walker(check_relations), context,
                             QTW_EXAMINE_RTES_BEFORE);
  }
  if (!IsA(node, RangeTblEntry)) {
    return expression_tree_walker(node, as_walker(check_relations), context);
  }
  const auto* const entry = reinterpret_cast<RangeTblEntry*>(node);
  if (entry->rtekind == RTE_RELATION &&
      !may_name(*static_cast<const Analysis*>(context), entry->relid)) {
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                    errmsg("tables were renamed, or got rules, meanwhile"), errhint("Try again.")));
  }
  return false;
}

CachedPlanSource* source_of(SPIPlanPtr plan) {
  return static_cast<CachedPlanSource*>(linitial(SPI_plan_get_plan_sources(plan)));
}

template <class... More>
PlannedStmt* plan_analysed(Query* query, const char* source, int options, ParamListInfo parameters,
                           More... more) {
  if (analysed.subtransaction != InvalidSubTransactionId) {
    Analysis wanted = *analysed.analysis;
    end_analysis();
    check_relations(reinterpret_cast<Node*>(query), &wanted);
  }
  return plan_by(next_planner, query, source, options, parameters, more...);
}

}  // namespace

__attribute__((noinline)) SPIPlanPtr prepare(const char* sql, Analysis* analysis) {
  SPIPlanPtr plan = nullptr;
  PG_TRY();
  { plan = SPI_prepare_params(sql, set_up, analysis, 0); }
  PG_CATCH();
  {
    end_analysis();
    PG_RE_THROW();
  }
  PG_END_TRY();
  end_analysis();
  if (plan == nullptr) elog(ERROR, "SPI_prepare_params: %s", SPI_result_code_string(SPI_result));
  if (is_of_its_own(*analysis)) {
    ListCell* cell = nullptr;
    foreach (cell, source_of(plan)->query_list) {
      check_relations(static_cast<Node*>(lfirst(cell)), analysis);
    }
  }
  keep_for_who_runs(plan, *analysis);
  return plan;
}

// No policy is among what is kept: it was analysed as who sees all rows, or without forced ones.
void keep_for_who_runs(SPIPlanPtr plan, const Analysis& analysis) {
  if (is_of_its_own(analysis)) source_of(plan)->rewriteRoleId = GetUserId();
}

// Where an error has put somebody else in their place already, nobody is put back.
void end_analysis() {
  const Analysed ended = analysed;
  analysed = {};
  if (ended.subtransaction == InvalidSubTransactionId ||
      ended.subtransaction != GetCurrentSubTransactionId()) {
    return;
  }
  const Identity now = identity_now();
  if (now.user != ended.now.user || now.context != ended.now.context) return;
  SetUserIdAndSecContext(ended.before.user, ended.before.context);
}

bool same_analysis(const Analysis& a, const Analysis& b) {
  return OidIsValid(a.analyst) == OidIsValid(b.analyst) && a.is_unforced == b.is_unforced &&
         a.count == b.count && memcmp(a.types, b.types, sizeof(Oid) * a.count) == 0;
}

void install_analysis() {
  next_planner = planner_hook;
  planner_hook = plan_analysed;
}

}  // namespace objectset::pg
