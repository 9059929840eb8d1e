#include "pg/saved/moved_rows.hpp"

#include "pg/saved/dependents.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "tcop/pquery.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"
}

#include <algorithm>

namespace objectset::pg {

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

bool is_merge([[maybe_unused]] const ModifyTable* change) {
#if PG_VERSION_NUM >= 150000
  return change->operation == CMD_MERGE;
#else
  return false;
#endif
}

// A table that a foreign key began to update, and how deep in triggers, where the statement that it belongs to cannot be seen: the
// one that had this library loaded.
struct Cascade {
  Oid relid;
  int depth;
};
Cascade cascades[32];
int next_cascade;

int trigger_depth() { return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, 0)); }

void note_beginning(Oid relid, bool is_by_foreign_key) {
  for (Cascade& cascade : cascades) {
    if (cascade.relid == relid) cascade.relid = InvalidOid;
  }
  if (!is_by_foreign_key) return;
  cascades[next_cascade] = {relid, trigger_depth()};
  next_cascade = (next_cascade + 1) % static_cast<int>(lengthof(cascades));
}

// Whether a statement that cannot be seen updates the table by foreign keys alone, which are the last to do so: they are triggers
// of that statement, as is the one that asks.
bool is_all_cascade(Oid relid) {
  const int depth = trigger_depth() + 1;
  return std::any_of(cascades, cascades + lengthof(cascades), [&](const Cascade& cascade) {
    return cascade.relid == relid && cascade.depth == depth;
  });
}

// What a plan updates of the table.
const Bitmapset* columns_updated_by(const Plan* plan, const PlannedStmt* statement, Oid relid,
                                    bool only_merges) {
  if (plan == nullptr || !IsA(plan, ModifyTable)) return nullptr;
  const auto* const change = reinterpret_cast<const ModifyTable*>(plan);
  if (only_merges && !is_merge(change)) return nullptr;
  auto* const entry = list_nth_node(RangeTblEntry, statement->rtable,
                                    static_cast<int>(change->nominalRelation) - 1);
  return entry->relid == relid ? columns_to_update(statement, entry) : nullptr;
}

// Those in a WITH, too.
Bitmapset* columns_updated(const List* plans, Oid relid, bool only_merges) {
  Bitmapset* columns = nullptr;
  const auto add = [&](const PlannedStmt* statement, const Plan* plan) {
    columns = bms_add_members(columns, columns_updated_by(plan, statement, relid, only_merges));
  };
  ListCell* cell = nullptr;
  foreach (cell, plans) {
    const auto* const statement = lfirst_node(PlannedStmt, cell);
    add(statement, statement->planTree);
    ListCell* part = nullptr;
    foreach (part, statement->subplans) add(statement, static_cast<const Plan*>(lfirst(part)));
  }
  return columns;
}

bool has_column(const Bitmapset* columns, AttrNumber column) {
  return bms_is_member(column - FirstLowInvalidHeapAttributeNumber, columns);
}

bool is_in_foreign_key(Relation relation, AttrNumber column) {
  ListCell* cell = nullptr;
  foreach (cell, RelationGetFKeyList(relation)) {
    const auto* const key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
    const AttrNumber* const end = key->conkey + key->nkeys;
    if (std::find(key->conkey, end, column) != end) return true;
  }
  return false;
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

bool pass_early(const TriggerData* trigger) {
  if (!TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) ||
      !TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)) {
    return false;
  }
  if (finishing == nullptr) {
    note_beginning(RelationGetRelid(trigger->tg_relation), InNoForceRLSOperation());
  }
  return true;
}

// What a WITH changes that nothing refers to is changed when the statement ends: too late for the hook.
List* plans_of_statement() {
  if (finishing != nullptr) return list_make1(const_cast<PlannedStmt*>(finishing));
  if (!is_of_client()) return NIL;
  ListCell* cell = nullptr;
  foreach (cell, ActivePortal->stmts) {
    if (lfirst_node(PlannedStmt, cell)->commandType == CMD_UTILITY) return NIL;  // EXPLAIN, say
  }
  return ActivePortal->stmts;
}

Moves moves_of(const TriggerData* trigger, const List* plans, AttrNumber column) {
  Relation const relation = trigger->tg_relation;
  if (PG_VERSION_NUM < 150000 || relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE) {
    return Moves::seen;
  }
  const Oid relid = RelationGetRelid(relation);
  if (plans == NIL) return is_all_cascade(relid) ? Moves::seen : Moves::unknown;
  const Bitmapset* const merged = columns_updated(plans, relid, true);
  const bool is_meant =
      column == InvalidAttrNumber ? !bms_is_empty(merged) : has_column(merged, column);
  return is_meant && may_move(relid, merged) ? Moves::unseen : Moves::seen;
}

bool may_have_written(const TriggerData* trigger, const List* plans, AttrNumber column) {
  Relation const relation = trigger->tg_relation;
  return plans == NIL || has_column(trigger->tg_updatedcols, column) ||
         has_column(columns_updated(plans, RelationGetRelid(relation), false), column) ||
         is_in_foreign_key(relation, column);
}

void install_moved_rows() {
  next_finish = ExecutorFinish_hook;
  ExecutorFinish_hook = finish_query;
}

}  // namespace objectset::pg
