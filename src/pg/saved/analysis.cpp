#include "pg/saved/analysis.hpp"

extern "C" {
#include "access/xact.h"
#include "optimizer/planner.h"
#include "parser/parse_node.h"
#include "parser/parse_param.h"
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
  Identity before;
  Identity now;
};
Analysed analysed;

void begin_analysis(const Analysis& analysis) {
  end_analysis();
  if (!OidIsValid(analysis.analyst) && !analysis.is_unforced) return;
  const Identity before = identity_now();
  const Identity now = {OidIsValid(analysis.analyst) ? analysis.analyst : before.user,
                        before.context | (analysis.is_unforced ? SECURITY_NOFORCE_RLS : 0)};
  analysed = {GetCurrentSubTransactionId(), before, now};
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

template <class... More>
PlannedStmt* plan_analysed(Query* query, const char* source, int options, ParamListInfo parameters,
                           More... more) {
  end_analysis();
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
  return plan;
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
