#include "pg/saved/moved_rows.hpp"

#include "pg/saved/dependents.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
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
void install_moved_rows() {}

#else

namespace {

constexpr RowsAbout triggers = {TriggerRelationId, TriggerRelidNameIndexId,
                                Anum_pg_trigger_tgrelid};

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

bool is_merge(const Plan* plan) {
  return plan != nullptr && IsA(plan, ModifyTable) &&
         reinterpret_cast<const ModifyTable*>(plan)->operation == CMD_MERGE;
}

// Those in a WITH, too.
bool has_merge(const PlannedStmt* statement) {
  if (is_merge(statement->planTree)) return true;
  ListCell* cell = nullptr;
  foreach (cell, statement->subplans) {
    if (is_merge(static_cast<const Plan*>(lfirst(cell)))) return true;
  }
  return false;
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

bool has_before_update_trigger(Oid relid) {
  bool has_one = false;
  look_at(triggers, relid, [&](HeapTuple tuple) {
    const int16 type = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple))->tgtype;
    has_one = TRIGGER_FOR_ROW(type) && TRIGGER_FOR_BEFORE(type) && TRIGGER_FOR_UPDATE(type);
    return !has_one;
  });
  return has_one;
}

bool is_divided_by(Oid part, Oid relid, const Bitmapset* updated) {
  Relation const relation = try_relation_open(part, AccessShareLock);
  if (relation == nullptr) return false;
  bool is_in_expression = false;
  const bool is_one =
      has_partition_attrs(relation, columns_in(part, relid, updated), &is_in_expression);
  relation_close(relation, AccessShareLock);
  return is_one;
}

// Whether an UPDATE of these columns may put rows of a table into another of its partitions: it writes what they are divided by, or a
// trigger may. The partitions, which may be many, are not locked.
bool may_move(Oid relid, const Bitmapset* updated) {
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relid, NoLock, nullptr)) {
    const Oid part = lfirst_oid(cell);
    const bool is_parted = get_rel_relkind(part) == RELKIND_PARTITIONED_TABLE;
    if ((is_parted && is_divided_by(part, relid, updated)) || has_before_update_trigger(part)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Moves moves_of(const TriggerData* trigger) {
  if (trigger->tg_relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE) return Moves::seen;
  const Moves moves = moves_of_statement();
  return moves == Moves::seen ||
                 may_move(RelationGetRelid(trigger->tg_relation), trigger->tg_updatedcols)
             ? moves
             : Moves::seen;
}

void install_moved_rows() {
  next_finish = ExecutorFinish_hook;
  ExecutorFinish_hook = finish_query;
}

#endif

}  // namespace objectset::pg
