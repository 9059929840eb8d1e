// Tracking tables: what notes changes of their rows in the change log of a set table (change_log.hpp), and how that is begun
// and ended.
//
// Triggers for statements read the ids out of the transition tables, and write one entry for all of them. The server fires none
// of those for what it applies from a publication; for that there is a trigger for rows, which fires for nothing else.
#include "pg/column_statistics.hpp"
#include "pg/saved/change_log.hpp"
#include "pg/saved/moved_rows.hpp"
#include "pg/saved/saved_role.hpp"

extern "C" {
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/rel.h"
}

#include <algorithm>

#include "core/set/set_builder.hpp"

namespace objectset::pg {
namespace {

// ---- What a trigger does --------------------------------------------------------------------------------------

// By which columns a trigger notes changes of its table, and where: kept by the session until something about these
// tables changes.
struct Tracker {
  Oid trigger;
  Oid relid;
  Oid set_table;
  Oid log;
  Oid set_type;
  bool is_child;
  int count;
  AttrNumber columns[most_tracked];
  Oid types[most_tracked];
};
constexpr int most_trackers = 64;
Tracker trackers[most_trackers];
int next_tracker;
bool are_watched;

void forget_trackers(Datum, Oid relid) {
  for (Tracker& tracker : trackers) {
    // What a child has to note is told by its parents' parents, too, of which it hears nothing.
    const bool is_meant = !OidIsValid(relid) || tracker.relid == relid || tracker.log == relid ||
                          tracker.set_table == relid || tracker.is_child;
    if (is_meant) tracker.trigger = InvalidOid;
  }
}

[[noreturn]] void raise_no_log(const TriggerData* trigger, const char* problem) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("the change log that trigger \"%s\" writes to cannot be written to: %s",
                         trigger->tg_trigger->tgname, problem),
                  errhint("Mend it, or drop the trigger: sets are refreshed in full then.")));
  pg_unreachable();
}

Tracker make_tracker(const TriggerData* trigger) {
  Tracker tracker = {};
  tracker.trigger = trigger->tg_trigger->tgoid;
  tracker.relid = RelationGetRelid(trigger->tg_relation);
  tracker.is_child = has_superclass(tracker.relid);
  tracker.set_type = set_type_of(get_func_namespace(trigger->tg_trigger->tgfoid));
  tracker.log = table_in_condition(trigger->tg_trigger->tgqual);
  Relation const relation =
      OidIsValid(tracker.log) ? try_relation_open(tracker.log, AccessShareLock) : nullptr;
  if (relation == nullptr) raise_no_log(trigger, "it is not there");
  tracker.set_table = set_table_of(relation);
  const char* const problem = OidIsValid(tracker.set_table)
                                  ? change_log_problem(relation, tracker.set_type)
                                  : "it is not a change log";
  if (problem != nullptr) raise_no_log(trigger, problem);
  ChangeLog log = {};
  read_tracked(relation, &log);
  relation_close(relation, NoLock);
  tracker.count = tracked_columns(log, tracker.relid, tracker.columns);
  for (int i = 0; i < tracker.count; ++i) {
    tracker.types[i] = getBaseType(get_atttype(tracker.relid, tracker.columns[i]));
  }
  return tracker;
}

Tracker tracker_of(const TriggerData* trigger) {
  const Oid wanted = trigger->tg_trigger->tgoid;
  for (const Tracker& tracker : trackers) {
    if (tracker.trigger != wanted) continue;
    // Who alters the log waits from here on for this transaction, and what was altered before is known then.
    LockRelationOid(tracker.log, tracker.count > 0 ? RowExclusiveLock : AccessShareLock);
    if (tracker.trigger == wanted) return tracker;
    break;
  }
  if (!are_watched) CacheRegisterRelcacheCallback(forget_trackers, 0);
  are_watched = true;
  const Tracker made = make_tracker(trigger);
  trackers[next_tracker++ % most_trackers] = made;
  return made;
}

// Ids on their way into a set: many at a time, since what reads rows may raise, and what builds sets may throw. Most
// statements change few rows, and need no builder.
struct Gathering {
  SetBuilder* builder;
  int count;
  Id pending[512];
};

void flush(Gathering* gathering) {
  guarded([&] {
    if (gathering->builder == nullptr) {
      gathering->builder = new (allocate(sizeof(SetBuilder))) SetBuilder();
    }
    for (int i = 0; i < gathering->count; ++i) gathering->builder->add(gathering->pending[i]);
  });
  gathering->count = 0;
}

void gather(const Tracker& tracker, TupleTableSlot* row, Gathering* gathering) {
  for (int i = 0; i < tracker.count; ++i) {
    bool is_null = false;
    const Datum value = slot_getattr(row, tracker.columns[i], &is_null);
    if (is_null) continue;
    const Id id = id_of(tracker.types[i], value);
    // Mostly a row keeps its id.
    if (gathering->count > 0 && gathering->pending[gathering->count - 1] == id) continue;
    if (gathering->count == static_cast<int>(lengthof(gathering->pending))) flush(gathering);
    gathering->pending[gathering->count++] = id;
  }
}

// What the trigger reads of these rows is its own to move.
void begin_reading(Tuplestorestate* rows) {
  if (rows == nullptr) return;
  tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
  tuplestore_rescan(rows);
}

bool gather_next(const Tracker& tracker, Tuplestorestate* rows, TupleTableSlot* slot,
                 Gathering* gathering) {
  if (rows == nullptr || !tuplestore_gettupleslot(rows, true, false, slot)) return false;
  gather(tracker, slot, gathering);
  return true;
}

// Side by side: what a row was and what it became stand at the same place, or nearly.
void gather_rows(const Tracker& tracker, const TriggerData* trigger, Gathering* gathering) {
  TupleTableSlot* const slot =
      MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
  begin_reading(trigger->tg_oldtable);
  begin_reading(trigger->tg_newtable);
  for (bool are_more = true; are_more;) {
    CHECK_FOR_INTERRUPTS();
    const bool is_old = gather_next(tracker, trigger->tg_oldtable, slot, gathering);
    are_more = gather_next(tracker, trigger->tg_newtable, slot, gathering) || is_old;
  }
  ExecDropSingleTupleTableSlot(slot);
}

// nullptr where there is no id. Of few ids it is written straight from where they stand.
struct varlena* set_of(Gathering* gathering) {
  struct varlena* changed = nullptr;
  if (gathering->builder != nullptr) {
    flush(gathering);
    guarded([&] { changed = write_set(gathering->builder->finish()); });
  } else if (gathering->count > 0) {
    Id* const first = gathering->pending;
    std::sort(first, first + gathering->count);
    Id* const last = std::unique(first, first + gathering->count);
    guarded_in_scratch([&] { changed = write_set(SetView{Span<Id>(first, last), {}}); });
  }
  return changed;
}

// Whether all rows may have changed, as far as the trigger sees.
bool may_be_everything(const TriggerData* trigger) {
  if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event)) return true;
  return TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) &&
         TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
         moves_of(trigger, plans_of_statement()) != Moves::seen;
}

void note_changes(const TriggerData* trigger) {
  const Tracker tracker = tracker_of(trigger);
  // Nobody asks any more for what is noted here.
  if (tracker.count == 0) return;
  if (may_be_everything(trigger)) {
    append_entry(tracker.log, tracker.set_type, tracker.relid, nullptr, true);
    return;
  }
  Gathering gathering;
  gathering.builder = nullptr;
  gathering.count = 0;
  if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event)) {
    gather(tracker, trigger->tg_trigslot, &gathering);
    if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)) {
      gather(tracker, trigger->tg_newslot, &gathering);
    }
  } else {
    gather_rows(tracker, trigger, &gathering);
  }
  struct varlena* const changed = set_of(&gathering);
  if (changed == nullptr) return;
  append_entry(tracker.log, tracker.set_type, tracker.relid, changed, false);
}

bool is_as_made(const TriggerData* trigger) {
  const bool has_old = trigger->tg_trigger->tgoldtable != nullptr;
  const bool has_new = trigger->tg_trigger->tgnewtable != nullptr;
  if (!TRIGGER_FIRED_AFTER(trigger->tg_event)) return false;
  if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event)) return true;
  return TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event) ||
         (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && has_new) ||
         (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && has_old && has_new) ||
         (TRIGGER_FIRED_BY_DELETE(trigger->tg_event) && has_old);
}

// ---- Beginning ------------------------------------------------------------------------------------------------

void check_owner(const SetTable& table) {
  if (can_act_as(table.user, table.owner)) return;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("must be owner of table \"%s\"", get_rel_name(table.relid))));
}

// Runs a statement as the owner of the set table: what it makes is theirs, whoever asked.
void run_as_owner(const SetTable& table, const char* statement,
                  std::initializer_list<const char*> words) {
  if (table.user == table.owner) return run_utility(table, statement, words);
  check_owner(table);  // who may have been one no longer since locks were waited for
  const Stay stay = act_as(table.owner);
  run_utility(table, statement, words);
  leave(stay);
}

// Where the set table goes, the log goes; in this database. A dump does not know that.
void make_dependent(Oid log, Oid set_table) {
  ObjectAddress depender;
  ObjectAddress referenced;
  ObjectAddressSet(depender, RelationRelationId, log);
  ObjectAddressSet(referenced, RelationRelationId, set_table);
  recordDependencyOn(&depender, &referenced, DEPENDENCY_AUTO);
}

// What psql's \d+ and other clients say of its columns.
constexpr const char* column_comments[][2] = {
    {"xid", "the transaction that made the changes"},
    {"at", "when they were made"},
    {"source", "the table that was changed; NULL: several; the log itself: entries that went"},
    {"changed", "ids whose rows were inserted, changed or deleted"},
    {"everything", "whether rows of any id may have changed, as by TRUNCATE"},
};

void make_change_log(const SetTable& table) {
  if (get_rel_persistence(table.relid) == RELPERSISTENCE_TEMP) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("changes cannot be tracked for a temporary set table")));
  }
  const Oid schema = get_rel_namespace(table.relid);
  const char* const name =
      ChooseRelationName(get_rel_name(table.relid), nullptr, "changes", schema, false);
  const char* const qualified = quote_qualified_identifier(get_namespace_name(schema), name);
  run_as_owner(table,
               "CREATE TABLE {0} ("
               "xid pg_catalog.xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(), "
               "at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), "
               "source pg_catalog.regclass, "
               "changed {s}.objectset NOT NULL DEFAULT '{}', "
               "everything pg_catalog.bool NOT NULL DEFAULT false, "
               "CONSTRAINT objectset_changes CHECK ({1}::pg_catalog.regclass IS NOT NULL)) "
               "USING heap",
               {qualified, quote_literal_cstr(table.name)});
  // There is no index, which each writer would have to wait for; and a publication needs to know what was dropped.
  run_as_owner(table, "ALTER TABLE {0} REPLICA IDENTITY FULL", {qualified});
  for (const auto& [column, comment] : column_comments) {
    run_as_owner(table, "COMMENT ON COLUMN {0}.{1} IS {2}",
                 {qualified, column, quote_literal_cstr(comment)});
  }
  make_dependent(get_relname_relid(name, schema), table.relid);
  CommandCounterIncrement();
}

void check_may_have_triggers(const SetTable& table, Oid relid) {
  if (pg_class_aclcheck(relid, table.user, ACL_TRIGGER) == ACLCHECK_OK) return;
  raise_denied(relid);
}

// What can be tracked, by that column.
void check_tracked(Oid relid, AttrNumber column) {
  const char kind = get_rel_relkind(relid);
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("\"%s\" cannot be tracked: it is not a table", get_rel_name(relid))));
  }
  if (const char* const problem = key_problem(relid, column, false)) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s", problem)));
  }
  const Oid foreign = foreign_part_of(relid);
  if (OidIsValid(foreign)) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("\"%s\" cannot be tracked: \"%s\" is a foreign table",
                           get_rel_name(relid), get_rel_name(foreign))));
  }
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relid, AccessShareLock, nullptr)) {
    const Oid part = lfirst_oid(cell);
    if (get_rel_persistence(part) != RELPERSISTENCE_PERMANENT) {
      ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                      errmsg("\"%s\" cannot be tracked: a crash would empty it unnoticed",
                             get_rel_name(part))));
    }
  }
}

// A name that neither the log nor any of its constraints has.
void mark_tracked(const SetTable& table, ChangeLog* log, Oid relid, AttrNumber column) {
  for (int i = 0; i < log->count; ++i) {
    if (log->tracked[i].target == relid && marked_column(log->tracked[i]) == column) return;
  }
  if (log->count == most_tracked) {
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
             errmsg("no more than %d columns can be tracked for a set table", most_tracked)));
  }
  const char* name = nullptr;
  for (int n = 1;
       name == nullptr || OidIsValid(get_relation_constraint_oid(log->relid, name, true)); ++n) {
    name = psprintf("objectset_tracks_%d", n);
  }
  run_as_owner(table, "ALTER TABLE {0} ADD CONSTRAINT {1} CHECK ({2})",
               {log->name, name, mark_of(relid, column)});
  CommandCounterIncrement();
  find_change_log(table, log);
}

struct KindOfTrigger {
  const char* label;
  const char* timing;
  const char* event;
  const char* rows;
  const char* level;
};
constexpr KindOfTrigger kinds_of_triggers[] = {
    {"insert", "AFTER", "INSERT", "REFERENCING NEW TABLE AS new_rows", "STATEMENT"},
    {"update", "AFTER", "UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
     "STATEMENT"},
    {"delete", "AFTER", "DELETE", "REFERENCING OLD TABLE AS old_rows", "STATEMENT"},
    {"truncate", "AFTER", "TRUNCATE", "", "STATEMENT"},
    {"replicated", "AFTER", "INSERT OR UPDATE OR DELETE", "", "ROW"},
    {"early", "BEFORE", "UPDATE", "", "STATEMENT"}};

// The server gives partitions triggers of the same name.
bool is_trigger_below(Oid relid, const char* name) {
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relid, NoLock, nullptr)) {
    if (OidIsValid(get_trigger_oid(lfirst_oid(cell), name, true))) return true;
  }
  return false;
}

const char* new_trigger_name(const ChangeLog& log, Oid relid, const char* what) {
  for (int n = 0;; ++n) {
    const char* const label = n == 0 ? what : psprintf("%s%d", what, n);
    const char* const name = makeObjectName(get_rel_name(log.relid), nullptr, label);
    if (!is_trigger_below(relid, name)) return name;
  }
}

// Only a table's owner can say when its triggers fire.
void enable_trigger(const SetTable& table, Oid relid, const char* name, bool is_row) {
  run_utility(table, "ALTER TABLE {0} ENABLE {1} TRIGGER {2}",
              {qualified_name(relid), is_row ? "REPLICA" : "ALWAYS", quote_identifier(name)});
}

// Makes what is missing, as the caller, who needs the right to.
void install_trigger(const SetTable& table, const ChangeLog& log, Oid relid, Noticing kind,
                     bool is_owner, bool can_make) {
  const KindOfTrigger& made = kinds_of_triggers[static_cast<int>(kind)];
  const bool is_row = kind == Noticing::row;
  const char wanted = is_row ? TRIGGER_FIRES_ON_REPLICA : TRIGGER_FIRES_ALWAYS;
  bool is_there = false;
  ListCell* cell = nullptr;
  foreach (cell, noticing_triggers(relid, noticing_function(table.schema), log.relid)) {
    const auto& trigger = *static_cast<NoticingTrigger*>(lfirst(cell));
    if (trigger.kind != kind) continue;
    is_there = true;
    if (is_owner && trigger.enabled != wanted) enable_trigger(table, relid, trigger.name, is_row);
  }
  if (is_there || !can_make || (is_row && !is_owner)) return;
  const char* const name = new_trigger_name(log, relid, made.label);
  run_utility(table,
              "CREATE TRIGGER {0} {6} {1} ON {2} {3} FOR EACH {4} "
              "WHEN ({5}::pg_catalog.regclass IS NOT NULL) EXECUTE FUNCTION "
              "{s}._objectset_note_changes()",
              {quote_identifier(name), made.event, qualified_name(relid), made.rows, made.level,
               quote_literal_cstr(log.name), made.timing});
  if (is_owner) enable_trigger(table, relid, name, is_row);
}

// On the table, and on each of its partitions and children: a statement fires the triggers of the table that it names.
void install_triggers(const SetTable& table, const ChangeLog& log, Oid relid) {
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relid, NoLock, nullptr)) {
    const Oid part = lfirst_oid(cell);
    const bool is_owner = has_privs_of_role(table.user, owner_of(part));
    // The server gives partitions what is for each row.
    const bool has_rows_noticed = part != relid && get_rel_relispartition(part);
    for (const Noticing kind : all_kinds) {
      if (kind == Noticing::early && get_rel_relkind(part) != RELKIND_PARTITIONED_TABLE) continue;
      install_trigger(table, log, part, kind, is_owner, kind != Noticing::row || !has_rows_noticed);
    }
  }
}

// The column that is to be tracked; the target's is its key.
AttrNumber column_argument(FunctionCallInfo fcinfo, const SetTable& table, Oid relid) {
  if (PG_NARGS() < 3 || PG_ARGISNULL(2)) return table.target.key;
  const char* const name = NameStr(*PG_GETARG_NAME(2));
  const AttrNumber column = get_attnum(relid, name);
  if (column <= 0) {
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_COLUMN),
             errmsg("column \"%s\" of relation \"%s\" does not exist", name, get_rel_name(relid))));
  }
  return column;
}

// ---- Ending ---------------------------------------------------------------------------------------------------

// Writers have locked their table when they come to the log. So whoever changes both begins with the tables, in one order.
// Nobody has others' tables locked who could not have triggers there.
void lock_to_install(const SetTable& table, Oid one, Oid other) {
  List* relids = list_append_unique_oid(list_make1_oid(one), other);
  list_sort(relids, list_oid_cmp);
  ListCell* cell = nullptr;
  foreach (cell, relids) {
    check_may_have_triggers(table, lfirst_oid(cell));
    LockRelationOid(lfirst_oid(cell), ShareRowExclusiveLock);
    ListCell* part = nullptr;
    foreach (part, find_all_inheritors(lfirst_oid(cell), NoLock, nullptr)) {
      if (lfirst_oid(part) == lfirst_oid(cell)) continue;
      check_may_have_triggers(table, lfirst_oid(part));
      LockRelationOid(lfirst_oid(part), ShareRowExclusiveLock);
    }
  }
}

// Those that have triggers which name the log, whatever the log names.
void lock_to_drop(const SetTable& table, const ChangeLog& log) {
  List* relids = NIL;
  ListCell* cell = nullptr;
  foreach (cell, triggers_naming(log.relid, noticing_function(table.schema))) {
    relids = list_append_unique_oid(relids, static_cast<NamingTrigger*>(lfirst(cell))->relid);
  }
  list_sort(relids, list_oid_cmp);
  foreach (cell, relids) LockRelationOid(lfirst_oid(cell), AccessExclusiveLock);
}

// The triggers go with the log that they name, whosever table they are on; so whoever may drop that may drop them. `all`: on
// whatever tables, else on these. Whether there were any.
bool drop_triggers(const SetTable& table, const ChangeLog& log, bool all, const List* relids) {
  bool were_there = false;
  ListCell* cell = nullptr;
  foreach (cell, triggers_naming(log.relid, noticing_function(table.schema))) {
    const auto* const trigger = static_cast<NamingTrigger*>(lfirst(cell));
    if (trigger->is_clone || !(all || list_member_oid(relids, trigger->relid))) continue;
    ObjectAddress address;
    ObjectAddressSet(address, TriggerRelationId, trigger->oid);
    performDeletion(&address, DROP_RESTRICT, 0);
    were_there = true;
  }
  CommandCounterIncrement();
  return were_there;
}

// No table of which other columns are tracked still loses its triggers. Nor does a part of one that is; what is none any more, and
// has them yet, does.
void untrack(const SetTable& table, const ChangeLog& log, Oid relid) {
  Relation const relation = table_open(log.relid, AccessShareLock);
  List* names = NIL;
  const TupleConstr* const constraints = RelationGetDescr(relation)->constr;
  for (int i = 0; constraints != nullptr && i < constraints->num_check; ++i) {
    TargetMark mark = {};
    const char* const name = constraints->check[i].ccname;
    if (strncmp(name, "objectset_tracks_", 17) != 0 || !read_mark(relation, name, &mark)) continue;
    if (mark.target == relid) names = lappend(names, pstrdup(name));
  }
  table_close(relation, NoLock);
  AttrNumber columns[most_tracked];
  const bool is_kept =
      names == NIL && (get_rel_name(relid) == nullptr || tracked_columns(log, relid, columns) > 0);
  const bool were_there =
      !is_kept && drop_triggers(table, log, false, find_all_inheritors(relid, NoLock, nullptr));
  if (names == NIL && !were_there) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("\"%s\" is not tracked for \"%s\"", get_rel_name(relid),
                           get_rel_name(table.relid))));
  }
  ListCell* cell = nullptr;
  foreach (cell, names) {
    run_as_owner(table, "ALTER TABLE {0} DROP CONSTRAINT {1}",
                 {log.name, quote_identifier(static_cast<char*>(lfirst(cell)))});
  }
}

void untrack_all(const SetTable& table, const ChangeLog& log) {
  drop_triggers(table, log, true, NIL);
  run_as_owner(table, "DROP TABLE {0}", {log.name});
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// Runs as whoever changes a table, and no code of anybody else's runs here: rows are read and the entry is written without
// SQL.
OBJECTSET_FUNCTION(objectset_saved_note_changes) {
  auto* const trigger =
      CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData*>(fcinfo->context) : nullptr;
  if (trigger != nullptr && pass_early(trigger)) PG_RETURN_DATUM(0);
  if (trigger == nullptr || !is_as_made(trigger)) {
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("the trigger that tracks a table is not as objectset_track makes it")));
  }
  // Enabled like any other, by ENABLE TRIGGER ALL, that for rows fires where the statement is noted as a whole.
  const bool is_noted_elsewhere = TRIGGER_FIRED_FOR_ROW(trigger->tg_event) &&
                                  SessionReplicationRole != SESSION_REPLICATION_ROLE_REPLICA;
  if (!is_noted_elsewhere) note_changes(trigger);
  PG_RETURN_DATUM(0);
}

OBJECTSET_FUNCTION(objectset_saved_track) {
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  check_owner(table);
  const bool is_other = PG_NARGS() > 1;
  if (is_other && (PG_ARGISNULL(1) || PG_ARGISNULL(2))) {
    raise_null("the table to track and its column");
  }
  const Oid relid = is_other ? PG_GETARG_OID(1) : table.target.relid;
  LockRelationOid(relid, AccessShareLock);
  qualified_name(relid);  // raises where there is none
  const AttrNumber column = column_argument(fcinfo, table, relid);
  check_tracked(table.target.relid, table.target.key);
  check_tracked(relid, column);
  ChangeLog log = {};
  lock_to_install(table, table.target.relid, relid);
  if (!find_change_log(table, &log)) {
    check_change_log(table);
    report_stray_log(table, WARNING);
    make_change_log(table);
    if (!find_change_log(table, &log)) elog(ERROR, "the change log just made is not there");
  }
  mark_tracked(table, &log, table.target.relid, table.target.key);
  mark_tracked(table, &log, relid, column);
  // Not on whatever else the log names: its owner can name anything there.
  install_triggers(table, log, table.target.relid);
  if (relid != table.target.relid) install_triggers(table, log, relid);
  const Oid made = log.relid;
  close_set_table(table);
  PG_RETURN_OID(made);
}

OBJECTSET_FUNCTION(objectset_saved_untrack) {
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  const bool is_one = PG_NARGS() > 1;
  const Oid tracked =
      is_one ? DatumGetObjectId(given_argument(fcinfo, 1, "the tracked table")) : InvalidOid;
  check_owner(table);
  ChangeLog log = {};
  if (!find_change_log(table, &log)) {
    check_change_log(table);
    report_stray_log(table, ERROR);
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("nothing is tracked for \"%s\"", get_rel_name(table.relid))));
  }
  if (is_one) {
    lock_to_drop(table, log);
    untrack(table, log, tracked);
  } else {
    // There are two where one was given away and has come back.
    do {
      lock_to_drop(table, log);
      untrack_all(table, log);
    } while (find_change_log(table, &log));
    check_change_log(table);
    report_stray_log(table, WARNING);
  }
  close_set_table(table);
  PG_RETURN_VOID();
}
