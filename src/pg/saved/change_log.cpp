#include "pg/saved/change_log.hpp"

#include "pg/saved/dependents.hpp"

extern "C" {
#include "access/genam.h"
#include "access/heapam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_trigger.h"
#include "common/hashfn.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/procarray.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

constexpr const char* log_mark = "objectset_changes";
constexpr const char* tracked_mark = "objectset_tracks_";

constexpr struct {
  const char* name;
  Oid type;  // InvalidOid: objectset
  bool is_sometimes_null;
} columns_of_logs[] = {{"xid", XID8OID, false},
                       {"at", TIMESTAMPTZOID, false},
                       {"source", REGCLASSOID, true},
                       {"changed", InvalidOid, false},
                       {"everything", BOOLOID, false}};

bool has_columns(TupleDesc shape, Oid set_type) {
  if (shape->natts != static_cast<int>(lengthof(columns_of_logs))) return false;
  for (int i = 0; i < shape->natts; ++i) {
    const FormData_pg_attribute* const column = TupleDescAttr(shape, i);
    const auto& wanted = columns_of_logs[i];
    const Oid type = OidIsValid(wanted.type) ? wanted.type : set_type;
    if (column->attisdropped || column->attgenerated != '\0' || column->atttypid != type ||
        strcmp(NameStr(column->attname), wanted.name) != 0) {
      return false;
    }
    // The server reads rows by what it believes of them: a NULL there would have it read the next column as this one.
    if (wanted.is_sometimes_null && column->attnotnull) return false;
  }
  return true;
}

}  // namespace

const char* change_log_problem(Relation relation, Oid set_type) {
  const bool is_plain = relation->rd_rel->relkind == RELKIND_RELATION &&
                        relation->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT &&
                        relation->rd_rel->relam == HEAP_TABLE_AM_OID;
  if (!is_plain || !has_columns(RelationGetDescr(relation), set_type)) {
    return "it is not of its shape";
  }
  if (relation->rd_rel->relhasrules) return "it has rules";
  // Entries are added without looking at these.
  if (relation->rd_rel->relhasindex && RelationGetIndexList(relation) != NIL) {
    return "it has an index";
  }
  return nullptr;
}

Oid set_table_of(Relation log) { return regclass_in(constraint_mark(log, log_mark)); }

void read_tracked(Relation log, ChangeLog* result) {
  result->relid = RelationGetRelid(log);
  result->owner = log->rd_rel->relowner;
  result->tracked = static_cast<TargetMark*>(palloc0(sizeof(TargetMark) * most_tracked));
  const TupleConstr* const constraints = RelationGetDescr(log)->constr;
  for (int i = 0; constraints != nullptr && i < constraints->num_check; ++i) {
    const char* const name = constraints->check[i].ccname;
    if (strncmp(name, tracked_mark, strlen(tracked_mark)) != 0 || result->count == most_tracked) {
      continue;
    }
    if (read_mark(log, name, &result->tracked[result->count])) ++result->count;
  }
}

namespace {

// Of the tables that say by the name of a constraint that they are logs of this one, the first that fits.
template <class Fits>
Oid find_log(Oid set_table, Fits&& fits) {
  ListCell* cell = nullptr;
  foreach (cell, tables_with_check_on(set_table, log_mark)) {
    if (fits(lfirst_oid(cell))) return lfirst_oid(cell);
  }
  return InvalidOid;
}

// Anybody's table may depend on this one; that of its owner counts.
Oid find_log_of(Oid set_table, Oid owner) {
  return find_log(set_table, [&](Oid relid) { return owner_of(relid) == owner; });
}

}  // namespace

bool find_change_log(const SetTable& table, ChangeLog* log) {
  *log = {};
  const Oid relid = find_log_of(table.relid, table.owner);
  Relation const relation = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : nullptr;
  if (relation == nullptr) return false;
  log->set_table = table.relid;
  log->set_type = table.set_type;
  const bool is_whole = relation->rd_rel->relowner == table.owner &&
                        set_table_of(relation) == table.relid &&
                        change_log_problem(relation, table.set_type) == nullptr;
  if (is_whole) {
    read_tracked(relation, log);
    log->name = qualified_name(relid);
  }
  relation_close(relation, NoLock);
  return is_whole;
}

void check_change_log(const SetTable& table) {
  const Oid relid = find_log_of(table.relid, table.owner);
  Relation const relation = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : nullptr;
  if (relation == nullptr) return;
  const char* const problem = set_table_of(relation) != table.relid
                                  ? "its constraint is not as it was made"
                                  : change_log_problem(relation, table.set_type);
  if (problem != nullptr) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("change log \"%s\" cannot be used: %s", get_rel_name(relid), problem),
                    errhint("Mend it, or drop it by CASCADE: the triggers that write to it go "
                            "with it.")));
  }
  relation_close(relation, NoLock);
}

namespace {

constexpr RowsAbout parents = {InheritsRelationId, InheritsRelidSeqnoIndexId,
                               Anum_pg_inherits_inhrelid};
constexpr RowsAbout constraints = {ConstraintRelationId, ConstraintRelidTypidNameIndexId,
                                   Anum_pg_constraint_conrelid};
constexpr RowsAbout subscriptions = {SubscriptionRelRelationId,
                                     SubscriptionRelSrrelidSrsubidIndexId,
                                     Anum_pg_subscription_rel_srrelid};
constexpr RowsAbout triggers_by_oid = {TriggerRelationId, TriggerOidIndexId, Anum_pg_trigger_oid};

}  // namespace

List* triggers_naming(Oid log, Oid function) {
  List* found = NIL;
  look_at_dependents(log, [&](Oid catalog, Oid object) {
    if (catalog != TriggerRelationId) return;
    look_at(triggers_by_oid, object, [&](HeapTuple tuple) {
      const auto* const form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
      if (form->tgfoid != function) return false;
      auto* const trigger = static_cast<NamingTrigger*>(palloc(sizeof(NamingTrigger)));
      *trigger = {form->oid, form->tgrelid, OidIsValid(form->tgparentid)};
      found = lappend(found, trigger);
      return false;
    });
  });
  return found;
}

void report_stray_log(const SetTable& table, int level) {
  const Oid function = noticing_function(table.schema);
  const Oid log = find_log(table.relid, [&](Oid relid) {
    return owner_of(relid) != table.owner && triggers_naming(relid, function) != NIL;
  });
  if (!OidIsValid(log)) return;
  const char* const name = get_rel_name(log);
  ereport(level,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("change log \"%s\" of \"%s\" is not of the same owner", name,
                  get_rel_name(table.relid)),
           errdetail("Refreshes do not go by it, though triggers write to it."),
           errhint("Give both to one owner, or drop \"%s\" by CASCADE: the triggers that write to "
                   "it go with it.",
                   name)));
}

namespace {

Oid parent_in(HeapTuple tuple) {
  return reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent;
}

void collect_above(Oid relid, List** above) {
  if (!has_superclass(relid)) return;
  look_at(parents, relid, [&](HeapTuple tuple) {
    const Oid parent = parent_in(tuple);
    if (!list_member_oid(*above, parent)) {
      *above = lappend_oid(*above, parent);
      collect_above(parent, above);
    }
    return true;
  });
}

// The tables that a table is a partition or child of, by however many steps.
List* tables_above(Oid relid) {
  List* above = NIL;
  collect_above(relid, &above);
  return above;
}

}  // namespace

int tracked_columns(const ChangeLog& log, Oid relid, AttrNumber* columns) {
  const List* const meant = lcons_oid(relid, tables_above(relid));
  int count = 0;
  for (int i = 0; i < log.count; ++i) {
    const TargetMark& mark = log.tracked[i];
    const AttrNumber marked = marked_column(mark);
    if (marked == InvalidAttrNumber || !list_member_oid(meant, mark.target)) continue;
    const AttrNumber column =
        relid == mark.target ? marked : get_attnum(relid, get_attname(mark.target, marked, false));
    if (column > 0 && is_id_type(getBaseType(get_atttype(relid, column))))
      columns[count++] = column;
  }
  return count;
}

// ---- Locks ------------------------------------------------------------------------------------------------

namespace {

// Of the log, beside those that its readers and writers take: shared by whoever refreshes, until the result is committed,
// since what that has seen is known to others only then; and one for those who drop entries.
enum class LogLock : uint16 { refreshing = 1, trimming = 2 };

bool lock_log(const ChangeLog& log, LogLock which, LOCKMODE mode, bool may_wait) {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, log.relid, static_cast<uint16>(which));
  return LockAcquire(&tag, mode, false, !may_wait) != LOCKACQUIRE_NOT_AVAIL;
}

void unlock_log(const ChangeLog& log, LogLock which, LOCKMODE mode) {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, log.relid, static_cast<uint16>(which));
  LockRelease(&tag, mode, false);
}

}  // namespace

void hold_change_log(const ChangeLog& log) {
  // A standby only reads, and drops nothing by itself.
  if (!RecoveryInProgress()) lock_log(log, LogLock::refreshing, ShareLock, true);
}

// ---- Entries ----------------------------------------------------------------------------------------------

namespace {

// Looks again under the lock: its owner may have altered the table since.
void insert_entry(Oid log, Oid set_type, FullTransactionId transaction, Oid source,
                  struct varlena* changed, bool is_everything) {
  Relation const relation = table_open(log, RowExclusiveLock);
  if (const char* const problem = change_log_problem(relation, set_type)) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("change log \"%s\" cannot be written to: %s",
                           RelationGetRelationName(relation), problem)));
  }
  Datum values[lengthof(columns_of_logs)] = {
      FullTransactionIdGetDatum(transaction), TimestampTzGetDatum(GetCurrentTimestamp()),
      ObjectIdGetDatum(source), PointerGetDatum(changed), BoolGetDatum(is_everything)};
  bool are_null[lengthof(columns_of_logs)] = {false, false, !OidIsValid(source), false, false};
  HeapTuple const entry = heap_form_tuple(RelationGetDescr(relation), values, are_null);
  simple_heap_insert(relation, entry);
  heap_freetuple(entry);
  table_close(relation, NoLock);
}

struct varlena* empty_set() {
  return reinterpret_cast<struct varlena*>(flat_datum(SetView()));
}

// Reads and changes the log for the caller, as its owner; all of it.
template <class Statement>
uint64 as_owner(const SetTable& table, const ChangeLog& log, Statement&& statement) {
  const Stay stay = act_safely_as(log.owner);
  const uint64 count = statement(unforced(beside(table, log.relid)));
  leave(stay);
  return count;
}

}  // namespace

void append_entry(Oid log, Oid set_type, Oid source, struct varlena* changed, bool is_everything) {
  insert_entry(log, set_type, GetTopFullTransactionId(), source,
               changed == nullptr ? empty_set() : changed, is_everything);
}

namespace {

// A transaction that is not of the future, in all of its 64 bits.
uint64 widened(TransactionId transaction) {
  const uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());
  return next - static_cast<uint32>(static_cast<uint32>(next) - transaction);
}

}  // namespace

// Least, next, and those that are running: this one too, which has more to do.
Datum seen_now() {
  const Snapshot snapshot = GetActiveSnapshot();
  const uint32 count = snapshot->xcnt;
  auto* const seen = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 3)));
  const TransactionId own = GetTopTransactionIdIfAny();
  const uint64 next = widened(snapshot->xmax);
  uint64 least = widened(snapshot->xmin);
  int length = 2;
  for (uint32 i = 0; i < count; ++i) seen[length++] = UInt64GetDatum(widened(snapshot->xip[i]));
  if (TransactionIdIsValid(own) && widened(own) < next) {
    seen[length++] = UInt64GetDatum(widened(own));
    least = std::min(least, widened(own));
  }
  seen[0] = UInt64GetDatum(least);
  seen[1] = UInt64GetDatum(next);
  return PointerGetDatum(
      construct_array(seen, length, XID8OID, sizeof(uint64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

namespace {

// Whether an entry of {0} is new to who has seen {1}, with the own transaction in $2. One in place of others is of the last
// of their transactions: it is new unless all before that had been seen. Entries of transactions that are still to come are
// of another server: the table was restored here.
constexpr const char* is_new =
    "(xid OPERATOR(pg_catalog.>=) ({1})[1] AND (xid OPERATOR(pg_catalog.>=) ({1})[2] OR "
    "xid OPERATOR(pg_catalog.=) ANY (({1})[3:]) OR everything OR source IS NULL)) "
    "IS NOT FALSE AND (xid OPERATOR(pg_catalog.<) "
    "pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()) "
    "OR xid OPERATOR(pg_catalog.=) $2)";

Parameter own_transaction() {
  const FullTransactionId own = GetTopFullTransactionIdIfAny();
  return {XID8OID, FullTransactionIdGetDatum(own), !FullTransactionIdIsValid(own)};
}

}  // namespace

Changes read_changes(const SetTable& table, const ChangeLog& log, Datum seen) {
  as_owner(table, log, [&](const SetTable& whole) {
    return run(whole, Access::read,
               psprintf("SELECT {s}.objectset_union_agg(changed), pg_catalog.bool_or(everything) "
                        "FROM ONLY {0} WHERE %s",
                        is_new),
               {log.name, "$1"}, {{XID8ARRAYOID, seen}, own_transaction()});
  });
  bool is_null = false;
  const bool is_everything = DatumGetBool(column(0, 2, &is_null));
  return {set_in(0, 1), !is_null && is_everything};
}

uint64 count_changes(const SetTable& table, const ChangeLog& log, Datum seen) {
  const char* const statement = psprintf(
      "SELECT counted.ids FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (seen, place) "
      "LEFT JOIN (SELECT once.text, (SELECT CASE WHEN pg_catalog.bool_or(everything) IS NOT TRUE "
      "THEN coalesce({s}.cardinality({s}.objectset_union_agg(changed)), 0) END "
      "FROM ONLY {0} AS log WHERE %s) AS ids FROM (SELECT DISTINCT text, "
      "text::pg_catalog.xid8[] AS seen FROM pg_catalog.unnest($1) AS each (text) "
      "WHERE text IS NOT NULL) AS once "
      "OFFSET 0) AS counted ON counted.text OPERATOR(pg_catalog.=) wanted.seen "
      "ORDER BY wanted.place",
      is_new);
  return as_owner(table, log, [&](const SetTable& whole) {
    return run(whole, Access::read, statement, {log.name, "once.seen"},
               {{TEXTARRAYOID, seen}, own_transaction()});
  });
}

namespace {

// So many entries are left single.
constexpr int64 most_single = 1000;

// What no transaction of this server has written yet, as the statement's own snapshot tells: entries of another server, from
// which the table was restored.
void drop_foreign(const SetTable& table, const ChangeLog& log) {
  run(table, Access::write,
      "DELETE FROM ONLY {0} WHERE xid OPERATOR(pg_catalog.>=) "
      "pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()) "
      "AND (xid OPERATOR(pg_catalog.<>) $1) IS NOT FALSE",
      {log.name}, {own_transaction()});
}

// The entry that stands for all that were dropped has the log itself for its source.
Parameter source_of_dropped(const ChangeLog& log) {
  return {REGCLASSOID, ObjectIdGetDatum(log.relid)};
}

// A row of an older state of the set table may come back, by COPY, say. What it has not seen is then not there any more; so
// one entry stays, of the last transaction among those dropped, that has such a row refreshed in full.
void drop_seen(const SetTable& table, const ChangeLog& log, const Parameter& horizon) {
  const uint64 count =
      run(table, Access::write,
          "WITH gone AS (DELETE FROM ONLY {0} AS c WHERE c.xid OPERATOR(pg_catalog.<) $1 "
          "AND c.source IS DISTINCT FROM $2 AND (c.xid OPERATOR(pg_catalog.<) (SELECT seen[1] "
          "FROM {r} WHERE seen IS NOT NULL ORDER BY 1 LIMIT 1)) IS NOT FALSE RETURNING c.xid) "
          "SELECT xid FROM gone ORDER BY 1 DESC LIMIT 1",
          {log.name}, {horizon, source_of_dropped(log)});
  if (count == 0) return;
  bool is_null = false;
  const FullTransactionId last = DatumGetFullTransactionId(column(0, 1, &is_null));
  run(table, Access::write, "DELETE FROM ONLY {0} WHERE source OPERATOR(pg_catalog.=) $1",
      {log.name}, {source_of_dropped(log)});
  insert_entry(log.relid, log.set_type, last, log.relid, empty_set(), true);
}

// One entry in place of many, of the last of their transactions.
void merge_entries(const SetTable& table, const ChangeLog& log, const Parameter& horizon) {
  run(table, Access::write,
      "SELECT pg_catalog.count(*) FROM (SELECT FROM ONLY {0} WHERE xid OPERATOR(pg_catalog.<) $1 "
      "AND source IS DISTINCT FROM $2 LIMIT 1001) AS c",
      {log.name}, {horizon, source_of_dropped(log)});
  bool is_null = false;
  if (int64_column(0, 1) <= most_single) return;
  if (run(table, Access::write,
          "SELECT xid, {s}.objectset_union_agg(changed) OVER (), pg_catalog.bool_or(everything) "
          "OVER () "
          "FROM ONLY {0} WHERE xid OPERATOR(pg_catalog.<) $1 AND source IS DISTINCT FROM $2 "
          "ORDER BY 1 DESC LIMIT 1",
          {log.name}, {horizon, source_of_dropped(log)}) == 0) {
    return;
  }
  const FullTransactionId last = DatumGetFullTransactionId(column(0, 1, &is_null));
  const Datum changed = stored_set_in(0, 2);
  const bool is_everything = DatumGetBool(column(0, 3, &is_null));
  // The log's owner may have made NULLs of what was noted.
  struct varlena* const ids = changed == 0 ? empty_set() : PG_DETOAST_DATUM_COPY(changed);
  run(table, Access::write,
      "DELETE FROM ONLY {0} WHERE xid OPERATOR(pg_catalog.<) $1 AND source IS DISTINCT FROM $2",
      {log.name}, {horizon, source_of_dropped(log)});
  insert_entry(log.relid, log.set_type, last, InvalidOid, ids, is_everything);
}

uint64 pages_of(Oid relid) {
  uint64 pages = 0;
  for_each_stored_table(relid,
                        [&](Relation relation) { pages += RelationGetNumberOfBlocks(relation); });
  return pages;
}

// What all sets have seen is found by reading the rows of all of them. Where each set is refreshed by a call of its own, that
// would be done for each; so it waits until the log, which each refresh reads, is as much as a part of them.
constexpr uint64 set_pages_for_each_of_log = 16;

bool is_worth_reading_all_sets(const SetTable& table, const ChangeLog& log) {
  return pages_of(log.relid) * set_pages_for_each_of_log >= pages_of(table.relid);
}

// Before what every snapshot in use sees the end of.
Parameter horizon_of(const ChangeLog& log) {
  Relation const relation = table_open(log.relid, RowExclusiveLock);
  const TransactionId oldest = GetOldestNonRemovableTransactionId(relation);
  table_close(relation, NoLock);
  return {XID8OID, UInt64GetDatum(widened(oldest))};
}

}  // namespace

// Dropped is what every set has seen that has seen anything, and only what every snapshot in use sees. A set that somebody
// else is refreshing says what it has seen only when that commits; until then they hold the lock that is asked for here, and
// it is given back at once: whoever begins after that sees what was dropped.
void trim_change_log(const SetTable& table, const ChangeLog& log, RefreshOf which) {
  if (IsolationUsesXactSnapshot() || !lock_log(log, LogLock::trimming, ExclusiveLock, false)) {
    return;
  }
  if (!lock_log(log, LogLock::refreshing, ExclusiveLock, false)) return;
  as_owner(table, log, [&](const SetTable& whole) {
    const Parameter horizon = horizon_of(log);
    drop_foreign(whole, log);
    if (which == RefreshOf::all_sets || is_worth_reading_all_sets(whole, log)) {
      drop_seen(whole, log, horizon);
    }
    merge_entries(whole, log, horizon);
    return uint64{0};
  });
  unlock_log(log, LogLock::refreshing, ExclusiveLock);
}

void erase_from_change_log(const SetTable& table, Datum ids) {
  ChangeLog log = {};
  if (!find_change_log(table, &log)) return;
  // Who is putting one entry in place of others may have read the ids already.
  lock_log(log, LogLock::trimming, ExclusiveLock, true);
  as_owner(table, log, [&](const SetTable& whole) {
    return run(whole, Access::write,
               "UPDATE ONLY {0} SET changed = changed OPERATOR({s}.-) $1, everything = true "
               "WHERE changed OPERATOR({s}.&&) $1",
               {log.name}, {{table.set_type, ids}});
  });
}

// ---- Triggers ---------------------------------------------------------------------------------------------

namespace {

bool kind_of(int16 type, bool has_old, bool has_new, Noticing* kind) {
  if (TRIGGER_FOR_BEFORE(type)) {
    *kind = Noticing::early;
    return !TRIGGER_FOR_ROW(type) && TRIGGER_FOR_UPDATE(type);
  }
  if (!TRIGGER_FOR_AFTER(type)) return false;
  if (TRIGGER_FOR_ROW(type)) {
    *kind = Noticing::row;
    return TRIGGER_FOR_INSERT(type) && TRIGGER_FOR_UPDATE(type) && TRIGGER_FOR_DELETE(type);
  }
  *kind = TRIGGER_FOR_INSERT(type)   ? Noticing::insert
          : TRIGGER_FOR_UPDATE(type) ? Noticing::update
          : TRIGGER_FOR_DELETE(type) ? Noticing::remove
                                     : Noticing::truncate;
  switch (*kind) {
    case Noticing::insert:
      return has_new;
    case Noticing::update:
      return has_old && has_new;
    case Noticing::remove:
      return has_old;
    default:
      return true;
  }
}

}  // namespace

Oid noticing_function(Oid schema) {
  return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
                         CStringGetDatum("_objectset_note_changes"),
                         PointerGetDatum(buildoidvector(nullptr, 0)), ObjectIdGetDatum(schema));
}

List* noticing_triggers(Oid relid, Oid function, Oid log) {
  List* found = NIL;
  Relation const triggers = table_open(TriggerRelationId, AccessShareLock);
  TupleDesc const shape = RelationGetDescr(triggers);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(relid));
  SysScanDesc const scan =
      systable_beginscan(triggers, TriggerRelidNameIndexId, true, nullptr, 1, &key);
  HeapTuple tuple = nullptr;
  while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
    const auto* const form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
    if (form->tgfoid != function) continue;
    bool no_condition = false;
    bool no_old = false;
    bool no_new = false;
    const Datum condition = heap_getattr(tuple, Anum_pg_trigger_tgqual, shape, &no_condition);
    heap_getattr(tuple, Anum_pg_trigger_tgoldtable, shape, &no_old);
    heap_getattr(tuple, Anum_pg_trigger_tgnewtable, shape, &no_new);
    Noticing kind = {};
    // One for some columns does not fire for what others are changed to.
    if (form->tgattr.dim1 != 0 || no_condition ||
        table_in_condition(TextDatumGetCString(condition)) != log ||
        !kind_of(form->tgtype, !no_old, !no_new, &kind)) {
      continue;
    }
    auto* const trigger = static_cast<NoticingTrigger*>(palloc(sizeof(NoticingTrigger)));
    *trigger = {form->oid,
                pstrdup(NameStr(form->tgname)),
                kind,
                form->tgenabled,
                OidIsValid(form->tgparentid),
                HeapTupleHeaderGetRawXmin(tuple->t_data),
                HeapTupleHeaderXminFrozen(tuple->t_data)};
    found = lappend(found, trigger);
  }
  systable_endscan(scan);
  table_close(triggers, AccessShareLock);
  return found;
}

uint64 mixed_hash(uint64 hash, const void* bytes, Size size) {
  return hash_bytes_extended(static_cast<const unsigned char*>(bytes), static_cast<int>(size),
                             hash);
}

namespace {

// Whether a row of the catalogs was made before the active snapshot. What this transaction made is not settled: it may
// make it again, and the row would have the same maker.
bool is_settled(TransactionId maker, bool is_frozen) {
  return is_frozen || (!TransactionIdIsCurrentTransactionId(maker) &&
                       !XidInMVCCSnapshot(maker, GetActiveSnapshot()));
}

// A row of the catalogs about something: whatever alters it makes it anew.
void add_row(Oid about, HeapTuple tuple, TrackingState* state) {
  const TransactionId maker = HeapTupleHeaderGetRawXmin(tuple->t_data);
  const Oid made[] = {about, maker};
  state->is_settled =
      state->is_settled && is_settled(maker, HeapTupleHeaderXminFrozen(tuple->t_data));
  state->hash = mixed_hash(state->hash, made, sizeof made);
}

// Rows of a child were not noticed while it, or its parent, was apart from what is tracked.
void add_parents(Oid relid, TrackingState* state) {
  if (!has_superclass(relid)) return;
  look_at(parents, relid, [&](HeapTuple tuple) {
    add_row(parent_in(tuple), tuple, state);
    add_parents(parent_in(tuple), state);
    return true;
  });
}

// Nor were they while a column had another name or type, which may not touch the table itself.
void add_columns(const ChangeLog& log, Oid relid, TrackingState* state) {
  AttrNumber columns[most_tracked];
  const int count = tracked_columns(log, relid, columns);
  for (int i = 0; i < count; ++i) {
    HeapTuple const tuple =
        SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(columns[i]));
    if (!HeapTupleIsValid(tuple)) continue;
    add_row(static_cast<Oid>(columns[i]), tuple, state);
    ReleaseSysCache(tuple);
  }
}

// Nor was what the log did not name while one of its constraints had another name.
void add_constraints(Oid log, TrackingState* state) {
  look_at(constraints, log, [&](HeapTuple tuple) {
    add_row(reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->oid, tuple, state);
    return true;
  });
}

// Whether rows of it come from another server. That applies them without firing triggers for statements.
bool is_subscribed(Oid relid) {
  bool is_one = false;
  look_at(subscriptions, relid, [&](HeapTuple) {
    is_one = true;
    return false;
  });
  return is_one;
}

bool fires(const NoticingTrigger& trigger) {
  return trigger.kind == Noticing::row ? trigger.enabled == TRIGGER_FIRES_ON_REPLICA ||
                                             trigger.enabled == TRIGGER_FIRES_ALWAYS
                                       : trigger.enabled == TRIGGER_FIRES_ON_ORIGIN ||
                                             trigger.enabled == TRIGGER_FIRES_ALWAYS;
}

// What there is to be said against one table, without those below it.
void look_at_table(const ChangeLog& log, Oid function, Oid relid, TrackingState* state) {
  HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
  if (!HeapTupleIsValid(tuple)) {
    state->problem = "a table is gone";
    return;
  }
  const auto* const form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  const char* const name = pstrdup(NameStr(form->relname));
  const bool is_table =
      (form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE) &&
      form->relpersistence == RELPERSISTENCE_PERMANENT;
  // Whatever rewrites a table gives it another file.
  const Oid file = form->relfilenode;
  state->is_settled = state->is_settled && is_settled(HeapTupleHeaderGetRawXmin(tuple->t_data),
                                                      HeapTupleHeaderXminFrozen(tuple->t_data));
  ReleaseSysCache(tuple);
  if (!is_table) {
    state->problem = psprintf("\"%s\" is not a permanent table", name);
    return;
  }
  const Oid oids[] = {relid, file};
  state->hash = mixed_hash(state->hash, oids, sizeof oids);
  add_parents(relid, state);
  add_columns(log, relid, state);
  bool firing[lengthof(all_kinds)] = {};
  bool has_row_trigger = false;
  ListCell* cell = nullptr;
  foreach (cell, noticing_triggers(relid, function, log.relid)) {
    const auto& trigger = *static_cast<NoticingTrigger*>(lfirst(cell));
    firing[static_cast<int>(trigger.kind)] |= fires(trigger);
    has_row_trigger |= trigger.kind == Noticing::row;
    state->is_settled = state->is_settled && is_settled(trigger.maker, trigger.is_frozen);
    const Oid made[] = {trigger.oid, trigger.maker};
    state->hash = mixed_hash(state->hash, made, sizeof made);
  }
  // Rows from elsewhere are noticed one by one, where that could be arranged.
  for (const Noticing kind : all_kinds) {
    if (firing[static_cast<int>(kind)] || kind == Noticing::early) continue;
    if (kind == Noticing::row && !has_row_trigger && !is_subscribed(relid)) continue;
    state->problem =
        kind == Noticing::row && !has_row_trigger
            ? psprintf("\"%s\" is replicated into, and tracked by others than its owner", name)
            : psprintf("triggers that track \"%s\" are missing or not enabled as they were", name);
    return;
  }
}

}  // namespace

// The log itself: emptied or altered, it may lack entries that were to be seen.
TrackingState log_state(const ChangeLog& log) {
  HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(log.relid));
  if (!HeapTupleIsValid(tuple)) return {"the change log is gone", false, 0};
  const TransactionId maker = HeapTupleHeaderGetRawXmin(tuple->t_data);
  const Oid made[] = {log.relid, reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relfilenode,
                      maker};
  TrackingState state = {nullptr, is_settled(maker, HeapTupleHeaderXminFrozen(tuple->t_data)),
                         mixed_hash(0, made, sizeof made)};
  ReleaseSysCache(tuple);
  add_constraints(log.relid, &state);
  return state;
}

namespace {

// A column by which changes of a table are noted, and those that are made by the name of another one are not; or nullptr.
const char* column_not_noted(const ChangeLog& log, Oid relid, Oid other) {
  AttrNumber columns[most_tracked];
  AttrNumber noted[most_tracked];
  const int count = tracked_columns(log, relid, columns);
  AttrNumber* const end = noted + tracked_columns(log, other, noted);
  for (int i = 0; i < count; ++i) {
    const char* const name = get_attname(relid, columns[i], false);
    if (std::find(noted, end, get_attnum(other, name)) == end) return name;
  }
  return nullptr;
}

// A statement fires the triggers of the table that it names, be it one above a part of what is read. `known`: those that were looked
// at; the parts are, and are tracked by what the whole is.
void look_above(const ChangeLog& log, Oid function, Oid relid, Oid part, List** known,
                TrackingState* state) {
  ListCell* cell = nullptr;
  foreach (cell, tables_above(part)) {
    const Oid above = lfirst_oid(cell);
    if (list_member_oid(*known, above)) continue;
    *known = lappend_oid(*known, above);
    look_at_table(log, function, above, state);
    if (state->problem == nullptr) {
      const char* const column = column_not_noted(log, relid, above);
      if (column == nullptr) continue;
      state->problem = psprintf("it is not tracked by \"%s\"", column);
    }
    state->problem =
        psprintf("\"%s\" is a part of \"%s\", by whose name its rows can be changed: %s",
                 get_rel_name(part), get_rel_name(above), state->problem);
    return;
  }
}

}  // namespace

TrackingState tracking_state(const SetTable& table, const ChangeLog& log, Oid relid) {
  TrackingState state = {nullptr, true, 0};
  const Oid function = noticing_function(table.schema);
  List* const parts = find_all_inheritors(relid, AccessShareLock, nullptr);
  List* known = list_copy(parts);
  ListCell* cell = nullptr;
  foreach (cell, parts) {
    look_at_table(log, function, lfirst_oid(cell), &state);
    if (state.problem == nullptr) {
      look_above(log, function, relid, lfirst_oid(cell), &known, &state);
    }
    if (state.problem != nullptr) return state;
  }
  return state;
}

}  // namespace objectset::pg
