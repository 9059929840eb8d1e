#include "pg/explain_literal.hpp"

extern "C" {
#include "commands/prepare.h"
#include "executor/executor.h"
#include "tcop/utility.h"
}

namespace objectset::pg {
namespace {

ProcessUtility_hook_type next_utility = nullptr;
ExecutorStart_hook_type next_start = nullptr;
ExecutorRun_hook_type next_run = nullptr;
ExecutorFinish_hook_type next_finish = nullptr;
ExecutorEnd_hook_type next_end = nullptr;

// Of the innermost statement that is being executed.
struct State {
  const ExplainStmt* explain;  // if it is one
  const char* text;            // its own
  const QueryDesc* started;    // that EXPLAIN has started, and not ended yet: it runs or is printed
};
State state = {};

// Calls what may run queries of any kind, which are not EXPLAIN's own. Somebody may catch the error of one, in a function that is
// evaluated as EXPLAIN plans.
template <class Call>
void call_apart(Call&& call) {
  if (state.explain == nullptr && state.started == nullptr) {
    call();
    return;
  }
  const State outer = state;
  state = {};
  PG_TRY();
  { call(); }
  PG_FINALLY();
  { state = outer; }
  PG_END_TRY();
}

template <class... Rest>
void run_next_utility(PlannedStmt* statement, const char* text, Rest... rest) {
  auto* const next = next_utility != nullptr ? next_utility : standard_ProcessUtility;
  next(statement, text, rest...);
}

template <class... Rest>
void run_utility(PlannedStmt* statement, const char* text, Rest... rest) {
  const auto* explain = reinterpret_cast<const ExplainStmt*>(statement->utilityStmt);
  if (!IsA(explain, ExplainStmt)) explain = nullptr;
  if (explain == nullptr && state.explain == nullptr) {
    run_next_utility(statement, text, rest...);
    return;
  }
  const State outer = state;
  state = {explain, explain == nullptr ? nullptr : text, nullptr};
  PG_TRY();
  { run_next_utility(statement, text, rest...); }
  PG_FINALLY();
  { state = outer; }
  PG_END_TRY();
}

// The prepared statement that EXPLAIN explains, or nullptr.
const PreparedStatement* prepared_of(const ExplainStmt* explain) {
  Node* node = explain->query;
  while (node != nullptr && !IsA(node, ExecuteStmt)) {
    if (IsA(node, Query)) {
      node = reinterpret_cast<Query*>(node)->utilityStmt;
    } else if (IsA(node, CreateTableAsStmt)) {
      node = reinterpret_cast<CreateTableAsStmt*>(node)->query;
    } else {
      return nullptr;
    }
  }
  if (node == nullptr) return nullptr;
  return FetchPreparedStatement(reinterpret_cast<ExecuteStmt*>(node)->name, false);
}

// Whether a query is EXPLAIN's own, and not one of a function that it calls while it plans, or for an argument of EXECUTE:
// those have a text of their own, at another address.
bool is_explained(const QueryDesc* query) {
  if (query->sourceText == state.text) return true;
  const PreparedStatement* const prepared = prepared_of(state.explain);
  return prepared != nullptr && query->sourceText == prepared->plansource->query_string;
}

void start_query(QueryDesc* query, int flags) {
  auto* const next = next_start != nullptr ? next_start : standard_ExecutorStart;
  if (state.explain == nullptr) {
    next(query, flags);
    return;
  }
  call_apart([&] { next(query, flags); });
  if (is_explained(query)) state.started = query;
}

template <class... Rest>
void run_query(QueryDesc* query, ScanDirection direction, uint64 count, Rest... rest) {
  auto* const next = next_run != nullptr ? next_run : standard_ExecutorRun;
  call_apart([&] { next(query, direction, count, rest...); });
}

void finish_query(QueryDesc* query) {
  auto* const next = next_finish != nullptr ? next_finish : standard_ExecutorFinish;
  call_apart([&] { next(query); });
}

void end_query(QueryDesc* query) {
  auto* const next = next_end != nullptr ? next_end : standard_ExecutorEnd;
  if (state.started == query) state.started = nullptr;
  call_apart([&] { next(query); });
}

}  // namespace

void install_explain() {
  next_utility = ProcessUtility_hook;
  ProcessUtility_hook = run_utility;
  next_start = ExecutorStart_hook;
  ExecutorStart_hook = start_query;
  next_run = ExecutorRun_hook;
  ExecutorRun_hook = run_query;
  next_finish = ExecutorFinish_hook;
  ExecutorFinish_hook = finish_query;
  next_end = ExecutorEnd_hook;
  ExecutorEnd_hook = end_query;
}

bool is_plan_printed() noexcept { return state.started != nullptr; }

char* describe(const SetView& set) {
  if (is_empty(set)) return pstrdup("objectset (0 ids)");
  return psprintf("objectset (" UINT64_FORMAT " %s, " INT64_FORMAT ".." INT64_FORMAT ")",
                  cardinality(set), cardinality(set) == 1 ? "id" : "ids", minimum(set),
                  maximum(set));
}

}  // namespace objectset::pg
