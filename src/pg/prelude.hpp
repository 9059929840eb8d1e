// The server's headers, in the one order and linkage that C++ takes them in, and what differs between releases.
// Every file of this folder includes this one first. Nothing in src/core does.
#pragma once

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "access/detoast.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/toast_internals.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "nodes/tidbitmap.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "parser/analyze.h"
#include "parser/parse_relation.h"
#include "parser/parse_type.h"
#include "partitioning/partbounds.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

#include <cstdint>

/// A message of the server's own, in the language that it speaks.
__attribute__((format_arg(1))) inline const char* translated(const char* message) {
  return _(message);
}

// The server's macros that the standard library's headers would trip over.
#undef gettext
#undef ngettext
#undef dgettext
#undef dngettext
#undef snprintf
#undef vsnprintf
#undef sprintf
#undef printf
#undef fprintf
#undef strerror
#undef strerror_r
#undef _
#undef Abs
#undef Min
#undef Max

/// What has a smaller number is the server's own. What a stand-alone backend makes may have one below FirstNormalObjectId.
#if PG_VERSION_NUM >= 150000
inline constexpr Oid first_made_oid = FirstUnpinnedObjectId;
#else
inline constexpr Oid first_made_oid = FirstBootstrapObjectId;
#endif

/// A walker of trees, as the server takes it: without the types of its arguments before PostgreSQL 16.
#if PG_VERSION_NUM >= 160000
inline auto as_walker(bool (*walker)(Node*, void*)) { return walker; }
#else
inline auto as_walker(bool (*walker)(Node*, void*)) {
  return reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker));
}
#endif

/// The same of what makes other trees of them.
#if PG_VERSION_NUM >= 160000
inline auto as_mutator(Node* (*mutator)(Node*, void*)) { return mutator; }
#else
inline auto as_mutator(Node* (*mutator)(Node*, void*)) {
  return reinterpret_cast<Node* (*)()>(reinterpret_cast<void (*)()>(mutator));
}
#endif

/// The columns of what stands in FROM under that number, dropped ones included: their names, and expressions of them.
inline void columns_of_entry(RangeTblEntry* entry, int number, List** names, List** columns) {
#if PG_VERSION_NUM >= 180000
  expandRTE(entry, number, 0, VAR_RETURNING_DEFAULT, -1, true, names, columns);
#else
  expandRTE(entry, number, 0, -1, true, names, columns);
#endif
}

/// The columns of a table or a view that its reader needs the right to select; nullptr where nothing is checked. Before
/// PostgreSQL 16 those of a view stand in its own query, with the entry that means the view.
inline Bitmapset** columns_to_select([[maybe_unused]] const Query* query, RangeTblEntry* entry,
                                     [[maybe_unused]] Oid relation) {
#if PG_VERSION_NUM >= 160000
  if (entry->perminfoindex == 0) return nullptr;
  return &getRTEPermissionInfo(query->rteperminfos, entry)->selectedCols;
#else
  if (entry->rtekind == RTE_RELATION) return &entry->selectedCols;
  if (entry->rtekind != RTE_SUBQUERY || entry->subquery == nullptr || !OidIsValid(relation) ||
      entry->subquery->rtable == NIL) {
    return nullptr;
  }
  auto* view = static_cast<RangeTblEntry*>(linitial(entry->subquery->rtable));
  return view->rtekind == RTE_RELATION && view->relid == relation ? &view->selectedCols : nullptr;
#endif
}

/// The columns of a table that a planned statement updates, by an UPDATE, an upsert or any action of a MERGE.
inline const Bitmapset* columns_to_update([[maybe_unused]] const PlannedStmt* statement,
                                          RangeTblEntry* entry) {
#if PG_VERSION_NUM >= 160000
  if (entry->perminfoindex == 0) return nullptr;
  return getRTEPermissionInfo(statement->permInfos, entry)->updatedCols;
#else
  return entry->updatedCols;
#endif
}

/// Whether a table's partitions, one after another, come in the order of what tells them apart: only those that the query
/// reads count, from PostgreSQL 15 on.
inline bool are_partitions_ordered(const RelOptInfo* table) {
#if PG_VERSION_NUM >= 150000
  return partitions_are_ordered(table->boundinfo, table->live_parts);
#else
  return partitions_are_ordered(table->boundinfo, table->nparts);
#endif
}

/// Whom a table of a query is read as: its reader, or the owner of a view around it; InvalidOid where nothing is checked.
inline Oid reader_of([[maybe_unused]] const Query* query, RangeTblEntry* entry) {
#if PG_VERSION_NUM >= 160000
  if (entry->perminfoindex == 0) return InvalidOid;
  const Oid role = getRTEPermissionInfo(query->rteperminfos, entry)->checkAsUser;
#else
  const Oid role = entry->checkAsUser;
#endif
  return OidIsValid(role) ? role : GetUserId();
}

/// What stands behind the columns of what is in FROM only to name expressions of others: of joins, and, from PostgreSQL 18
/// on, of groups. NIL for what has columns of its own.
inline const List* named_expressions(const RangeTblEntry* entry) {
#if PG_VERSION_NUM >= 180000
  if (entry->rtekind == RTE_GROUP) return entry->groupexprs;
#endif
  return entry->rtekind == RTE_JOIN ? entry->joinaliasvars : NIL;
}

#ifndef ATTRIBUTE_GENERATED_VIRTUAL
#define ATTRIBUTE_GENERATED_VIRTUAL 'v'  // PostgreSQL 18
#endif

/// The sequence of an identity column, or InvalidOid.
inline Oid identity_sequence(Relation relation, AttrNumber column) {
#if PG_VERSION_NUM >= 170000
  return getIdentitySequence(relation, column, true);
#else
  return getIdentitySequence(RelationGetRelid(relation), column, true);
#endif
}

/// Analyses a statement, and infers the types of its parameters where they are InvalidOid.
inline Query* analyze_inferring(RawStmt* statement, const char* source, Oid** types, int* count) {
#if PG_VERSION_NUM >= 150000
  return parse_analyze_varparams(statement, source, types, count, nullptr);
#else
  return parse_analyze_varparams(statement, source, types, count);
#endif
}

/// Runs a query whose execution was started, once and to its end.
inline void run_to_end(QueryDesc* query) {
#if PG_VERSION_NUM >= 180000
  ExecutorRun(query, ForwardScanDirection, 0);
#else
  ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
}

/// Whether a column has no NULLs. From PostgreSQL 18 on a constraint need not have been validated.
inline bool is_without_nulls(Relation relation, AttrNumber column) {
#if PG_VERSION_NUM >= 180000
  return TupleDescCompactAttr(RelationGetDescr(relation), column - 1)->attnullability ==
         ATTNULLABLE_VALID;
#else
  return TupleDescAttr(RelationGetDescr(relation), column - 1)->attnotnull;
#endif
}

/// A text that names a type, parsed; the type is not looked up.
inline TypeName* parse_type_name(const char* name) {
#if PG_VERSION_NUM >= 160000
  return typeStringToTypeName(name, nullptr);
#else
  return typeStringToTypeName(name);
#endif
}

/// What a planner hook does last: it leaves the query to the hook that was there before it, or to the planner. `more`: from
/// PostgreSQL 19 on, an ExplainState. A hook is a template over it, of which the assignment picks the instance.
template <class... More>
PlannedStmt* plan_by(planner_hook_type next, Query* query, const char* source, int options,
                     ParamListInfo parameters, More... more) {
  return next != nullptr ? next(query, source, options, parameters, more...)
                         : standard_planner(query, source, options, parameters, more...);
}

inline PlannedStmt* plan_query(Query* query, const char* source, int options,
                               ParamListInfo parameters) {
#if PG_VERSION_NUM >= 190000
  return pg_plan_query(query, source, options, parameters, nullptr);
#else
  return pg_plan_query(query, source, options, parameters);
#endif
}

// What scans of a table begin with. From PostgreSQL 19 on they are told whether the statement changes the table, and that
// rows in a slot of the table's own kind have no NULL where a constraint forbids it.

inline void init_scan_slot(ScanState* scan, EState* estate, const TupleTableSlotOps* kind) {
  TupleDesc const shape = RelationGetDescr(scan->ss_currentRelation);
#if PG_VERSION_NUM >= 190000
  const bool is_tables = kind == table_slot_callbacks(scan->ss_currentRelation);
  const int flags = is_tables ? TTS_FLAG_OBEYS_NOT_NULL_CONSTRAINTS : 0;
  ExecInitScanTupleSlot(estate, scan, shape, kind, static_cast<uint16>(flags));
#else
  ExecInitScanTupleSlot(estate, scan, shape, kind);
#endif
}

#if PG_VERSION_NUM >= 190000
inline uint32 scan_hints(ScanState* scan) {
  return ScanRelIsReadOnly(scan) ? SO_HINT_REL_READ_ONLY : SO_NONE;
}
#endif

inline TableScanDesc begin_table_scan(ScanState* scan) {
  Snapshot const snapshot = scan->ps.state->es_snapshot;
#if PG_VERSION_NUM >= 190000
  return table_beginscan(scan->ss_currentRelation, snapshot, 0, nullptr, scan_hints(scan));
#else
  return table_beginscan(scan->ss_currentRelation, snapshot, 0, nullptr);
#endif
}

inline TableScanDesc begin_parallel_table_scan(ScanState* scan, ParallelTableScanDesc shared) {
#if PG_VERSION_NUM >= 190000
  return table_beginscan_parallel(scan->ss_currentRelation, shared, scan_hints(scan));
#else
  return table_beginscan_parallel(scan->ss_currentRelation, shared);
#endif
}

inline IndexFetchTableData* begin_index_fetch(ScanState* scan) {
#if PG_VERSION_NUM >= 190000
  return table_index_fetch_begin(scan->ss_currentRelation, scan_hints(scan));
#else
  return table_index_fetch_begin(scan->ss_currentRelation);
#endif
}

inline IndexScanDesc begin_index_scan(ScanState* scan, Relation index, Snapshot snapshot,
                                      int keys) {
#if PG_VERSION_NUM >= 190000
  return index_beginscan(scan->ss_currentRelation, index, snapshot, nullptr, keys, 0,
                         scan_hints(scan));
#elif PG_VERSION_NUM >= 180000
  return index_beginscan(scan->ss_currentRelation, index, snapshot, nullptr, keys, 0);
#else
  return index_beginscan(scan->ss_currentRelation, index, snapshot, keys, 0);
#endif
}

/// Calls `use(block, offsets, count)` for each page that a bitmap of rows' places has, in their order, until it returns false;
/// whether it never did. A negative count: any row of the page may be meant.
template <class Use>
bool for_each_page(TIDBitmap* bitmap, Use&& use) {
  bool goes_on = true;
#if PG_VERSION_NUM >= 180000
  TBMIterator walk = tbm_begin_iterate(bitmap, nullptr, InvalidDsaPointer);
  TBMIterateResult page;
  OffsetNumber offsets[TBM_MAX_TUPLES_PER_PAGE];
  while (goes_on && tbm_iterate(&walk, &page)) {
    const int count =
        page.lossy ? -1 : tbm_extract_page_tuple(&page, offsets, TBM_MAX_TUPLES_PER_PAGE);
    goes_on = use(page.blockno, offsets, count);
  }
  tbm_end_iterate(&walk);
#else
  TBMIterator* const walk = tbm_begin_iterate(bitmap);
  const TBMIterateResult* page = nullptr;
  while (goes_on && (page = tbm_iterate(walk)) != nullptr) {
    goes_on = use(page->blockno, page->offsets, page->ntuples);
  }
  tbm_end_iterate(walk);
#endif
  return goes_on;
}

/// The order by one expression, if anything asks for it.
inline List* order_by(PlannerInfo* root, Expr* expression, Oid comparison, Relids relations) {
#if PG_VERSION_NUM >= 160000
  return build_expression_pathkey(root, expression, comparison, relations, false);
#else
  return build_expression_pathkey(root, expression, nullptr, comparison, relations, false);
#endif
}

/// Whether conditions of a table on a unique key of it let through one row at the most.
inline bool has_one_row(PlannerInfo* root, RelOptInfo* table) {
#if PG_VERSION_NUM >= 190000
  return relation_has_unique_index_for(root, table, NIL, nullptr);
#else
  return relation_has_unique_index_for(root, table, NIL, NIL, NIL);
#endif
}

/// A nested loop of two paths, in the order of these keys, for the conditions of the join.
inline Path* nested_loop(PlannerInfo* root, RelOptInfo* join, JoinPathExtraData* more, Path* outer,
                         Path* inner, List* order) {
  JoinCostWorkspace costs;
#if PG_VERSION_NUM >= 190000
  initial_cost_nestloop(root, &costs, JOIN_INNER, PGS_NESTLOOP_PLAIN, outer, inner, more);
#else
  initial_cost_nestloop(root, &costs, JOIN_INNER, outer, inner, more);
#endif
  NestPath* const path = create_nestloop_path(root, join, JOIN_INNER, &costs, more, outer, inner,
                                              more->restrictlist, order, nullptr);
  return reinterpret_cast<Path*>(path);
}

/// Whether the user may call a function.
inline AclResult may_execute(Oid function) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE);
#else
  return pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE);
#endif
}

/// Whether a role may name what is in a schema.
inline bool may_use_schema(Oid schema, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK;
#else
  return pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK;
#endif
}

#if PG_VERSION_NUM < 150000
/// As PostgreSQL 15 has it.
inline int ssup_datum_unsigned_cmp(Datum a, Datum b, SortSupport) {
  return a < b ? -1 : a > b ? 1 : 0;
}
#endif

/// Declares and begins a function that SQL calls.
#define OBJECTSET_FUNCTION(name)                                                              \
  extern "C" {                                                                                \
  __attribute__((visibility("default"))) Datum name(PG_FUNCTION_ARGS);                        \
  extern __attribute__((visibility("default"))) const Pg_finfo_record* pg_finfo_##name(void); \
  const Pg_finfo_record* pg_finfo_##name(void) {                                              \
    static const Pg_finfo_record record = {1};                                                \
    return &record;                                                                           \
  }                                                                                           \
  }                                                                                           \
  Datum name([[maybe_unused]] PG_FUNCTION_ARGS)
