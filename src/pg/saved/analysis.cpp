#include "pg/saved/analysis.hpp"

#include "pg/saved/set_table.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/namespace.h"
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

// Functions, operators and types are looked up by it.
void check_schema(const Analysis& analysis) {
  if (!OidIsValid(analysis.schema)) return;
  if (get_namespace_oid(NameStr(analysis.schema_name), true) != analysis.schema) raise_renamed();
}

void begin_analysis(const Analysis& analysis) {
  end_analysis();
  check_schema(analysis);
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

bool check_relations(Node* node, void* context);

// A view in the place of a table has been replaced by its query. What policies read is not the statement's.
void check_entry(const RangeTblEntry* entry, void* context) {
  const bool has_relation = entry->rtekind == RTE_RELATION || entry->rtekind == RTE_SUBQUERY;
  if (has_relation && OidIsValid(entry->relid) &&
      !may_name(*static_cast<const Analysis*>(context), entry->relid)) {
    raise_renamed();
  }
  RangeTblEntry own = *entry;
  own.securityQuals = NIL;
  range_table_entry_walker(&own, as_walker(check_relations), context, 0);
}

bool check_relations(Node* node, void* context) {
  if (node == nullptr || IsA(node, WithCheckOption)) return false;
  if (!IsA(node, Query)) return expression_tree_walker(node, as_walker(check_relations), context);
  auto* const query = reinterpret_cast<Query*>(node);
  ListCell* cell = nullptr;
  foreach (cell, query->rtable) check_entry(lfirst_node(RangeTblEntry, cell), context);
  return query_tree_walker(query, as_walker(check_relations), context, QTW_IGNORE_RANGE_TABLE);
}

// The tables are those that are meant, and have the names still by which they are.
void check_names(Query* query, const char* sql, Analysis analysis) {
  check_schema(analysis);
  check_relations(reinterpret_cast<Node*>(query), &analysis);
  for (const Oid named : analysis.relations) {
    if (OidIsValid(named) && strstr(sql, qualified_name(named)) == nullptr) raise_renamed();
  }
}

CachedPlanSource* source_of(SPIPlanPtr plan) {
  return static_cast<CachedPlanSource*>(linitial(SPI_plan_get_plan_sources(plan)));
}

template <class... More>
PlannedStmt* plan_analysed(Query* query, const char* source, int options, ParamListInfo parameters,
                           More... more) {
  if (analysed.subtransaction != InvalidSubTransactionId) {
    const Analysis wanted = *analysed.analysis;
    end_analysis();
    check_names(query, source, wanted);
  }
  return plan_by(next_planner, query, source, options, parameters, more...);
}

}  // namespace

void raise_renamed() {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("tables or schemas were renamed, or got rules, meanwhile"),
                  errhint("Try again.")));
  pg_unreachable();
}

SPIPlanPtr prepare(const char* sql, Analysis* analysis) {
  SPIPlanPtr const plan = SPI_prepare_params(sql, set_up, analysis, 0);
  end_analysis();
  if (plan == nullptr) elog(ERROR, "SPI_prepare_params: %s", SPI_result_code_string(SPI_result));
  ListCell* cell = nullptr;
  foreach (cell, source_of(plan)->query_list) {
    check_names(lfirst_node(Query, cell), sql, *analysis);
  }
  keep_for_who_runs(plan, *analysis);
  return plan;
}

// No policy is among what is kept: it was analysed as somebody who sees all rows.
void keep_for_who_runs(SPIPlanPtr plan, const Analysis& analysis) {
  if (OidIsValid(analysis.analyst)) source_of(plan)->rewriteRoleId = GetUserId();
}

void analyse_anew(SPIPlanPtr plan) { source_of(plan)->is_valid = false; }

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
  return a.analyst == b.analyst && a.is_unforced == b.is_unforced &&
         a.was_unforced == b.was_unforced && a.count == b.count &&
         memcmp(a.types, b.types, sizeof(Oid) * a.count) == 0;
}

void install_analysis() {
  next_planner = planner_hook;
  planner_hook = plan_analysed;
}

}  // namespace objectset::pg
