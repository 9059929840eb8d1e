#include "pg/saved/moved_rows.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "executor/executor.h"
#include "nodes/plannodes.h"
#include "tcop/pquery.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"
}

namespace objectset::pg {

#if PG_VERSION_NUM < 150000

Moves moves_of(const TriggerData*) { return Moves::seen; }
bool is_deleting_merge() { return false; }
void install_moved_rows() {}

#else

namespace {

ExecutorFinish_hook_type next_finish = nullptr;

// Whose triggers are fired now.
const PlannedStmt* finishing = nullptr;

void finish_query(QueryDesc* query) {
  const PlannedStmt* const outer = finishing;
  finishing = query->plannedstmt;
  PG_TRY();
  {
    if (next_finish != nullptr) {
      next_finish(query);
    } else {
      standard_ExecutorFinish(query);
    }
  }
  PG_FINALLY();
  { finishing = outer; }
  PG_END_TRY();
}

const ModifyTable* merge_in(const Plan* plan) {
  if (plan == nullptr || !IsA(plan, ModifyTable)) return nullptr;
  const auto* const change = reinterpret_cast<const ModifyTable*>(plan);
  return change->operation == CMD_MERGE ? change : nullptr;
}

// Calls `is_one` with each MERGE of a statement, those in a WITH too, until it returns true.
template <class IsOne>
bool has_merge(const PlannedStmt* statement, IsOne&& is_one) {
  const ModifyTable* merge = merge_in(statement->planTree);
  if (merge != nullptr && is_one(merge)) return true;
  ListCell* cell = nullptr;
  foreach (cell, statement->subplans) {
    merge = merge_in(static_cast<const Plan*>(lfirst(cell)));
    if (merge != nullptr && is_one(merge)) return true;
  }
  return false;
}

bool has_merge(const PlannedStmt* statement) {
  return has_merge(statement, [](const ModifyTable*) { return true; });
}

// The memory of the query that a trigger is called in, which is its executor's, is in that of the client's statement where that is
// the query.
bool is_of_client() {
  MemoryContext context = CurrentMemoryContext;
  while (context != nullptr && strcmp(context->name, "ExecutorState") != 0) {
    context = MemoryContextGetParent(context);
  }
  return context != nullptr && PortalContext != nullptr && ActivePortal != nullptr &&
         MemoryContextGetParent(context) == PortalContext;
}

Moves moves_of_statement() {
  if (finishing != nullptr) return has_merge(finishing) ? Moves::unseen : Moves::seen;
  if (!is_of_client()) return Moves::unknown;
  Moves moves = Moves::seen;
  ListCell* cell = nullptr;
  foreach (cell, ActivePortal->stmts) {
    const auto* const statement = lfirst_node(PlannedStmt, cell);
    if (has_merge(statement)) return Moves::unseen;
    if (statement->commandType == CMD_UTILITY) moves = Moves::unknown;  // EXPLAIN, say
  }
  return moves;
}

// Columns of one table, as numbers of another's columns of these names.
Bitmapset* columns_in(Oid other, Oid relid, const Bitmapset* columns) {
  if (other == relid) return bms_copy(columns);
  Bitmapset* mapped = nullptr;
  for (int i = -1; (i = bms_next_member(columns, i)) >= 0;) {
    const auto number = static_cast<AttrNumber>(i + FirstLowInvalidHeapAttributeNumber);
    const char* const name = number > 0 ? get_attname(relid, number, true) : nullptr;
    const AttrNumber there = name == nullptr ? InvalidAttrNumber : get_attnum(other, name);
    if (there > 0) mapped = bms_add_member(mapped, there - FirstLowInvalidHeapAttributeNumber);
  }
  return mapped;
}

// Whether an UPDATE of these columns may put rows of a table into another of its partitions: it writes what they are divided by, or a
// trigger may.
bool may_move(Relation table, const Bitmapset* updated) {
  const Oid relid = RelationGetRelid(table);
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relid, AccessShareLock, nullptr)) {
    Relation const part = relation_open(lfirst_oid(cell), NoLock);
    bool is_in_expression = false;
    const bool may = (part->rd_rel->relkind == RELKIND_PARTITIONED_TABLE &&
                      has_partition_attrs(part, columns_in(RelationGetRelid(part), relid, updated),
                                          &is_in_expression)) ||
                     (part->trigdesc != nullptr && part->trigdesc->trig_update_before_row);
    relation_close(part, NoLock);
    if (may) return true;
  }
  return false;
}

}  // namespace

Moves moves_of(const TriggerData* trigger) {
  if (trigger->tg_relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE) return Moves::seen;
  const Moves moves = moves_of_statement();
  return moves == Moves::seen || may_move(trigger->tg_relation, trigger->tg_updatedcols)
             ? moves
             : Moves::seen;
}

bool is_deleting_merge() {
  return finishing != nullptr && has_merge(finishing, [](const ModifyTable* merge) {
           ListCell* of_table = nullptr;
           foreach (of_table, merge->mergeActionLists) {
             ListCell* cell = nullptr;
             foreach (cell, static_cast<List*>(lfirst(of_table))) {
               if (lfirst_node(MergeAction, cell)->commandType == CMD_DELETE) return true;
             }
           }
           return false;
         });
}

void install_moved_rows() {
  next_finish = ExecutorFinish_hook;
  ExecutorFinish_hook = finish_query;
}

#endif

}  // namespace objectset::pg
