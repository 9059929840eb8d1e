// Rows of the target that go, and rows that get other ids: the sets follow, all at once by objectset_prune(), or as it
// happens by triggers.
//
// A deleted row may be in hundreds of large sets. Those are not read: of base only the ids in question are looked up, and
// what is written are the small parts beside it.
#include "pg/saved/saved_prune.hpp"

#include "pg/column_statistics.hpp"
#include "pg/saved/moved_rows.hpp"
#include "pg/saved/saved_role.hpp"

extern "C" {
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

Datum objectset_saved_target_changed(PG_FUNCTION_ARGS);
}

#include "core/set/set_builder.hpp"

namespace objectset::pg {
namespace {

// ---- Sets that hold some ids --------------------------------------------------------------------------------

struct Holders {
  LockedSet* sets;
  uint64 count;
};

// Locks the sets for which a condition holds, in the order of their ids, as everybody does who locks several. `base`: what
// is read in place of that.
Holders lock_rows(const SetTable& table, const char* base, const char* condition,
                  std::initializer_list<Parameter> parameters) {
  const char* const statement = psprintf(
      "SELECT id, %s, added, removed, deleted, query IS NOT NULL OR expression IS NOT "
      "NULL, count, pg_catalog.pg_column_size(base)::pg_catalog.int8, "
      "name::pg_catalog.text FROM {r} WHERE %s ORDER BY id FOR NO KEY UPDATE",
      base, condition);
  const uint64 count = run(table, Access::write, statement, {}, parameters);
  Holders holders = {
      static_cast<LockedSet*>(palloc_extended(sizeof(LockedSet) * (count + 1), MCXT_ALLOC_HUGE)),
      count};
  const bool is_indexed = OidIsValid(index_of_base(table));
  for (uint64 row = 0; row < count; ++row) {
    bool is_null = false;
    holders.sets[row] = {int64_there(row, 1),
                         text_there(row, 9),
                         parts_in(row, 2),
                         DatumGetBool(column(row, 6, &is_null)) ? SetKind::derived : SetKind::plain,
                         static_cast<Size>(int64_column(row, 8)),
                         int64_column(row, 7),
                         is_indexed};
  }
  return holders;
}

// Locks the sets of which base, added or, where asked for, the other parts hold one of these ids. Their parts are whole, or of base there is only what is among the ids.
Holders lock_holders(const SetTable& table, const SetView& ids, const char* name, bool all_parts,
                     bool is_partial) {
  const Parameter set = {table.set_type, flat_datum(ids)};
  const bool is_one = cardinality(ids) == 1;
  // Mostly it is one row that goes: the tests then read a page of each set, not all of it.
  const char* const test = is_one ? "OPERATOR({s}.@>) $3" : "OPERATOR({s}.&&) $1";
  const char* const base = !is_partial ? "base"
                           : is_one    ? "CASE WHEN base OPERATOR({s}.@>) $3 THEN $1 ELSE '{}' END"
                                       : "base OPERATOR({s}.&) $1";
  const char* const test_small =
      all_parts ? psprintf("added %s OR removed %s OR deleted %s", test, test, test)
                : psprintf("added %s", test);
  // What the index does not find is known by its small parts: its base is not looked at.
  const char* const found_first =
      OidIsValid(index_of_base(table))
          ? psprintf(
                "id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT id FROM {r} WHERE base %s "
                "UNION ALL SELECT id FROM {r} WHERE %s)) AND ",
                test, test_small)
          : "";
  const char* const condition = psprintf(
      "%s($2 IS NULL OR name::pg_catalog.text OPERATOR(pg_catalog.=) $2) AND (base %s OR %s)",
      found_first, test, test_small);
  return lock_rows(table, base, condition,
                   {set, parameter(name), parameter(is_one ? minimum(ids) : Id{0})});
}

// Writes what a change of a set comes to.
template <class Change>
Outcome change_one(const SetTable& table, LockedSet& set, bool is_partial, Change&& change) {
  Outcome outcome = {};
  bool is_fold_due = false;
  const auto compute = [&](bool partial) {
    guarded([&] {
      const Revision revision = change(revised(set, partial));
      write_revision(revision, &outcome);
      is_fold_due = revision.is_fold_due;
    });
  };
  compute(is_partial);
  if (is_partial && is_fold_due) {
    // A trigger may have changed the row's id.
    if (run(table, Access::write, "SELECT base FROM {r} WHERE id OPERATOR(pg_catalog.=) $1", {},
            {parameter(set.id)}) == 0) {
      raise_vetoed(table, set.name);
    }
    set.parts.base = set_in(0, 1);
    compute(false);
  }
  Values values;
  put_outcome(table, outcome, &values);
  update_set(table, set, values);
  return outcome;
}

// The same for each of these sets. How many members left them, or what else is asked for of each outcome.
template <class Change>
int64 change_all(const SetTable& table, const Holders& holders, bool is_partial, Change&& change,
                 uint64 Outcome::*answer = &Outcome::departed) {
  int64 members = 0;
  for (uint64 i = 0; i < holders.count; ++i) {
    CHECK_FOR_INTERRUPTS();
    do_for_one_set([&] {
      const Outcome outcome = change_one(table, holders.sets[i], is_partial, change);
      members += static_cast<int64>(outcome.*answer);
    });
  }
  return members;
}

int64 delete_from_sets(const SetTable& table, const SetView& dead) {
  if (is_empty(dead)) return 0;
  return change_all(table, lock_holders(table, dead, nullptr, false, true), true,
                    [&](const Revised& revised) { return delete_rows(revised, dead); });
}

int64 empty_sets(const SetTable& table) {
  return change_all(table,
                    lock_rows(table, "base",
                              "base OPERATOR({s}.<>) '{}' OR added OPERATOR({s}.<>) '{}' "
                              "OR deleted OPERATOR({s}.<>) '{}'",
                              {}),
                    false, [](const Revised& revised) { return delete_all_rows(revised.set); });
}

// ---- Pruning ----------------------------------------------------------------------------------------------

// Lasts as long as what it is made of.
SetView without(const SetView& all, const SetView& some) {
  SetView rest;
  guarded([&] { rest = *new (allocate(sizeof(Set))) Set(combine(Operation::minus, all, some)); });
  return rest;
}

// The ids in any part of these sets that the target's rows do not have. `name`: one set, or all.
SetView find_dead(const SetTable& table, const char* name) {
  if (name != nullptr) find_set(table, Access::write, "1", name);
  if (run(table, Access::write,
          "SELECT {s}.objectset_union_agg(part) FROM {r} AS s, "
          "LATERAL (VALUES (s.base), (s.added), (s.removed), (s.deleted)) AS parts (part) "
          "WHERE $1 IS NULL OR s.name::pg_catalog.text OPERATOR(pg_catalog.=) $1 "
          "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0",
          {}, {parameter(name)}) == 0) {
    return {};
  }
  const SetView all = set_in(0, 1);
  const Parameter asked = nullable(table.set_type, stored_set_in(0, 1));
  // A row that a policy hides is not gone: what cannot be seen whole is refused.
  const int nesting = NewGUCNestLevel();
  set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                    false);
  run_for_writer(table.target.relid, table,
                 "SELECT {s}.objectset_agg({1}::{2}::pg_catalog.int8) FROM {0} "
                 "WHERE {1}::{2} OPERATOR({s}.<@) $1",
                 {table.target.name, table.target.key_name, table.target.key_type_name}, {asked});
  AtEOXact_GUC(true, nesting);
  return without(all, set_in(0, 1));
}

Erased forget_ids(const SetTable& table, const SetView& ids, const char* name) {
  if (is_empty(ids)) return {};
  const Holders holders = lock_holders(table, ids, name, true, false);
  return {holders.count, change_all(table, holders, false, [&](const Revised& revised) {
            return prune(revised.set, ids);
          })};
}

int64 prune_sets(const SetTable& table, const char* name) {
  return forget_ids(table, find_dead(table, name), name).members;
}

// ---- The triggers of the target ---------------------------------------------------------------------------

// The keys of the rows of a transition table, NULLs included; in no words of SQL, so that no cast of the owner's has a say.
struct Keys {
  int64* ids;
  bool* nulls;
  Size count;
};

Keys keys_of(Tuplestorestate* rows, Relation relation, const Target& target) {
  Size room = 64;
  Keys keys = {static_cast<int64*>(palloc(sizeof(int64) * room)),
               static_cast<bool*>(palloc(sizeof(bool) * room)), 0};
  TupleTableSlot* const slot =
      MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsMinimalTuple);
  const int pointer = tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND);
  tuplestore_select_read_pointer(rows, pointer);
  tuplestore_rescan(rows);
  while (tuplestore_gettupleslot(rows, true, false, slot)) {
    if (keys.count == room) {
      room *= 2;
      keys.ids = static_cast<int64*>(repalloc_huge(keys.ids, sizeof(int64) * room));
      keys.nulls = static_cast<bool*>(repalloc_huge(keys.nulls, sizeof(bool) * room));
    }
    bool is_null = false;
    const Datum value = slot_getattr(slot, target.key, &is_null);
    keys.nulls[keys.count] = is_null;
    keys.ids[keys.count++] = is_null ? 0 : id_of(target.key_type, value);
  }
  ExecDropSingleTupleTableSlot(slot);
  return keys;
}

SetView set_of_keys(const Keys& keys) {
  SetView result;
  guarded([&] {
    SetBuilder* const builder = new (allocate(sizeof(SetBuilder))) SetBuilder();
    for (Size i = 0; i < keys.count; ++i) {
      if (!keys.nulls[i]) builder->add(keys.ids[i]);
    }
    result = builder->finish();
  });
  return result;
}

// What a MERGE moves to other partitions no trigger sees as an update. It changes the key, since what a table is divided by is part
// of what is unique there.
void check_moves(const TriggerData* trigger, const List* plans, const Target& target) {
  const Moves moves = moves_of(trigger, plans, target.key);
  if (moves == Moves::seen) return;
  const char* const name = get_rel_name(target.relid);
  if (moves == Moves::unknown) {
    ereport(ERROR,
            (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
             errmsg("could not see whether rows of \"%s\" were moved by MERGE", name),
             errhint("Do it again in this session, or call objectset_follow_deletes anew.")));
  }
  ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                  errmsg("sets cannot follow a MERGE that may move rows of \"%s\" to other "
                         "partitions",
                         name),
                  errhint("Change keys by UPDATE.")));
}

// The server notes the old and the new row of each update in turn: they stand in one order. These ids no row has any more.
SetView emptied_keys(const Keys& old, const Keys& now) {
  Keys emptied = old;
  emptied.nulls = static_cast<bool*>(palloc_extended(old.count + 1, MCXT_ALLOC_HUGE));
  for (Size i = 0; i < old.count; ++i) {
    emptied.nulls[i] = old.nulls[i] || !now.nulls[i];
  }
  return set_of_keys(emptied);
}

Span<IdChange> changes_of(const Keys& old, const Keys& now) {
  auto* const changes =
      static_cast<IdChange*>(palloc_extended(sizeof(IdChange) * (old.count + 1), MCXT_ALLOC_HUGE));
  Size count = 0;
  for (Size i = 0; i < old.count; ++i) {
    if (old.nulls[i] || now.nulls[i] || old.ids[i] == now.ids[i]) continue;
    changes[count++] = {old.ids[i], now.ids[i]};
  }
  return {changes, count};
}

// Rows that a trigger of the partition they were moved to took away.
void follow_lost_rows(const SetTable& table, const TriggerData* trigger, const List* plans,
                      const Keys& old, const Keys& now) {
  // Which are gone of those that got another key cannot be told.
  if (may_have_written(trigger, plans, table.target.key)) {
    ereport(ERROR, (errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
                    errmsg("sets cannot follow changes of keys of \"%s\", some of whose rows a "
                           "trigger kept from being moved",
                           get_rel_name(table.target.relid))));
  }
  delete_from_sets(table, without(set_of_keys(old), set_of_keys(now)));
}

void follow(const SetTable& table, TriggerData* trigger, const List* plans) {
  Relation const relation = trigger->tg_relation;
  if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event)) {
    empty_sets(table);
    return;
  }
  const Keys old = keys_of(trigger->tg_oldtable, relation, table.target);
  if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event)) {
    delete_from_sets(table, set_of_keys(old));
    return;
  }
  check_moves(trigger, plans, table.target);
  const Keys now = keys_of(trigger->tg_newtable, relation, table.target);
  if (old.count != now.count) {
    follow_lost_rows(table, trigger, plans, old, now);
    return;
  }
  delete_from_sets(table, emptied_keys(old, now));
  const Span<IdChange> changes = changes_of(old, now);
  if (!changes.empty()) rekey_sets(table, changes, false);
}

bool is_as_made(const TriggerData* trigger) {
  const bool has_old = trigger->tg_trigger->tgoldtable != nullptr;
  const bool has_new = trigger->tg_trigger->tgnewtable != nullptr;
  return TRIGGER_FIRED_AFTER(trigger->tg_event) && TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) &&
         (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event) ||
          (TRIGGER_FIRED_BY_DELETE(trigger->tg_event) && has_old) ||
          (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && has_old && has_new));
}

// That one of several rows with an id goes does not tell that the id is gone. To look whether others have it would not do:
// of two transactions that each delete one of the last two, neither sees what the other does.
const char* repeated_ids_problem(Oid target, AttrNumber key) {
  if (!is_unique_key(target, key)) {
    return psprintf("key \"%s\" of \"%s\" is not unique", get_attname(target, key, false),
                    get_rel_name(target));
  }
  const bool has_children = get_rel_relkind(target) != RELKIND_PARTITIONED_TABLE &&
                            has_subclass(target) &&
                            find_inheritance_children(target, NoLock) != NIL;
  return has_children
             ? psprintf("children of \"%s\" may have ids of its rows too", get_rel_name(target))
             : nullptr;
}

void check_can_follow(const SetTable& table) {
  const Oid target = table.target.relid;
  const Oid foreign = foreign_part_of(target);
  const char* const problem =
      OidIsValid(foreign) ? psprintf("\"%s\" is a foreign table", get_rel_name(foreign))
      : has_superclass(target)
          ? psprintf("\"%s\" is a part of another table, by whose name its rows can be deleted",
                     get_rel_name(target))
          : repeated_ids_problem(target, table.target.key);
  if (problem == nullptr) return;
  ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                  errmsg("the sets of \"%s\" cannot follow \"%s\": %s", get_rel_name(table.relid),
                         get_rel_name(table.target.relid), problem),
                  errhint("objectset_prune takes out what is gone, whenever it is called.")));
}

// What is asked for by others than the owner of the sets is nothing to follow. A set table that is not what it was is no
// reason to keep rows from being deleted.
bool is_followed(Relation set_table, Oid set_type, Oid target) {
  Datum path = 0;
  if (!constant_mark(set_table, "objectset_follow", TEXTOID, &path)) return false;
  Target found = {};
  const char* problem = find_target(set_table, &found);
  if (OidIsValid(found.relid) && found.relid != target) return false;
  if (problem == nullptr) problem = set_table_problem(set_table, set_type);
  if (problem == nullptr) problem = repeated_ids_problem(target, found.key);
  if (problem == nullptr) return true;
  ereport(WARNING, (errmsg("changes of \"%s\" are not followed by the sets in \"%s\": %s",
                           get_rel_name(target), RelationGetRelationName(set_table), problem)));
  return false;
}

bool is_followed(Oid set_table, Oid set_type, Oid target) {
  Relation const relation = try_relation_open(set_table, AccessShareLock);
  if (relation == nullptr) return false;
  const bool result = is_followed(relation, set_type, target);
  relation_close(relation, NoLock);
  return result;
}

// What goes wrong there may show what the caller has no right to see.
[[noreturn]] void raise_unseen(ErrorData* error, Oid user, Oid owner, const char* target,
                               const char* set_table) {
  if (can_act_as(user, owner)) ReThrowError(error);
  ereport(ERROR, (errcode(error->sqlerrcode),
                  errmsg("sets in \"%s\" cannot follow this change of \"%s\"", set_table, target)));
  pg_unreachable();
}

// ---- Making and dropping them -------------------------------------------------------------------------------

// A trigger's name that the target does not have yet.
const char* new_trigger_name(const SetTable& table, const char* what) {
  for (int n = 0;; ++n) {
    const char* const label = n == 0 ? what : psprintf("%s%d", what, n);
    const char* const name = makeObjectName(get_rel_name(table.relid), nullptr, label);
    if (!OidIsValid(get_trigger_oid(table.target.relid, name, true))) return quote_identifier(name);
  }
}

void drop_trigger(Oid relid, const char* name, Oid trigger) {
  LockRelationOid(relid, AccessExclusiveLock);
  if (get_trigger_oid(relid, name, true) != trigger) return;  // somebody was faster
  ObjectAddress address;
  ObjectAddressSet(address, TriggerRelationId, trigger);
  performDeletion(&address, DROP_RESTRICT, 0);
}

// Of whichever tables name the set table in their triggers' conditions: it may have had another target. They would go with
// it, so its owner may drop them.
void drop_triggers(const SetTable& table, Oid function) {
  if (!has_privs_of_role(GetUserId(), table.owner)) {
    aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(table.relid));
  }
  const uint64 count =
      run(table, Access::define,
          "SELECT t.tgrelid, t.tgname::pg_catalog.text, t.oid "
          "FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_trigger AS t "
          "ON t.oid OPERATOR(pg_catalog.=) d.objid "
          "WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
          "AND d.refobjid OPERATOR(pg_catalog.=) $1 AND d.refobjsubid OPERATOR(pg_catalog.=) 0 "
          "AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_trigger'::pg_catalog.regclass "
          "AND d.deptype OPERATOR(pg_catalog.=) 'n'::pg_catalog.\"char\" "
          "AND t.tgfoid OPERATOR(pg_catalog.=) $2 AND t.tgparentid OPERATOR(pg_catalog.=) "
          "0::pg_catalog.oid ORDER BY t.tgrelid, t.oid",
          {}, {{OIDOID, ObjectIdGetDatum(table.relid)}, {OIDOID, ObjectIdGetDatum(function)}});
  for (uint64 row = 0; row < count; ++row) {
    bool is_null = false;
    drop_trigger(DatumGetObjectId(column(row, 1, &is_null)), text_column(row, 2),
                 DatumGetObjectId(column(row, 3, &is_null)));
  }
  CommandCounterIncrement();
}

void make_trigger(const SetTable& table, const char* what, const char* event,
                  const char* timing = "AFTER") {
  run_utility(table,
              "CREATE TRIGGER {0} {5} {1} ON {2} {3} FOR EACH STATEMENT "
              "WHEN ({4}::pg_catalog.regclass IS NOT NULL) EXECUTE FUNCTION "
              "{s}._objectset_target_changed()",
              {new_trigger_name(table, what), what, table.target.name, event,
               quote_literal_cstr(table.name), timing});
}

}  // namespace

int64 rekey_sets(const SetTable& table, Span<IdChange> changes, bool merges) {
  SetView touched;
  guarded([&] {
    SetBuilder* const builder = new (allocate(sizeof(SetBuilder))) SetBuilder();
    for (const IdChange& change : changes) {
      builder->add(change.from);
      builder->add(change.to);
    }
    touched = builder->finish();
  });
  if (is_empty(touched)) return 0;
  return change_all(
      table, lock_holders(table, touched, nullptr, true, false), false,
      [&](const Revised& revised) { return rekey(revised, changes, merges); }, &Outcome::rekeyed);
}

void use_path_to_follow(const SetTable& table) {
  const bool is_empty_path = *table.follow_path == '\0';
  set_option("search_path", psprintf("%s%spg_temp", table.follow_path, is_empty_path ? "" : ", "));
}

Erased erase_from_sets(const SetTable& table, const SetView& ids) {
  return forget_ids(table, ids, nullptr);
}

List* followers_of(Oid target) {
  List* followers = NIL;
  Relation const relation = table_open(target, AccessShareLock);
  const TriggerDesc* const triggers = relation->trigdesc;  // by name, as they are fired
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
    const Trigger& trigger = triggers->triggers[i];
    if (!OidIsValid(trigger.tgfoid) || trigger.tgqual == nullptr ||
        !TRIGGER_FOR_DELETE(trigger.tgtype)) {
      continue;
    }
    FmgrInfo called;
    fmgr_info(trigger.tgfoid, &called);
    if (called.fn_addr != objectset_saved_target_changed) continue;
    followers = list_append_unique_oid(followers, table_in_condition(trigger.tgqual));
  }
  table_close(relation, NoLock);
  return followers;
}

}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_prune) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = PG_NARGS() > 1 ? name_argument(fcinfo, 1) : nullptr;
  const int64 members = prune_sets(table, name);
  close_set_table(table);
  PG_RETURN_INT64(members);
}

// Recorded on both sides: on the set table, by its owner, with the search path that the user's triggers there run under;
// and on the target, by triggers.
OBJECTSET_FUNCTION(objectset_saved_follow) {
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  const bool follow_now =
      DatumGetBool(given_argument(fcinfo, 1, "whether deletes are to be followed"));
  const Oid function = GetSysCacheOid3(
      PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("_objectset_target_changed"),
      PointerGetDatum(buildoidvector(nullptr, 0)), ObjectIdGetDatum(table.schema));
  if (follow_now) check_can_follow(table);
  drop_triggers(table, function);
  drop_constraint(table, "objectset_follow");
  if (follow_now) {
    run_utility(
        table,
        "ALTER TABLE {t} ADD CONSTRAINT objectset_follow CHECK ({0}::pg_catalog.text IS NOT "
        "NULL)",
        {quote_literal_cstr(path_to_save())});
    make_trigger(table, "delete", "REFERENCING OLD TABLE AS deleted");
    make_trigger(table, "update", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows");
    make_trigger(table, "truncate", "");
    // Has this library loaded before the statement ends: it sees then what the statement is.
    if (get_rel_relkind(table.target.relid) == RELKIND_PARTITIONED_TABLE) {
      make_trigger(table, "update", "", "BEFORE");
    }
  }
  close_set_table(table);
  PG_RETURN_VOID();
}

// Runs as the set table's owner, like the actions of foreign keys do: whoever may delete a row need not be allowed to
// write the sets that it is in.
OBJECTSET_FUNCTION(objectset_saved_target_changed) {
  if (!CALLED_AS_TRIGGER(fcinfo)) {
    ereport(ERROR,
            (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
             errmsg("function \"_objectset_target_changed\" was not called by trigger manager")));
  }
  auto* const trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  if (pass_early(trigger)) PG_RETURN_DATUM(0);
  const Oid set_table = table_in_condition(trigger->tg_trigger->tgqual);
  if (!is_as_made(trigger) || !OidIsValid(set_table)) {
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("trigger \"%s\" is not as objectset_follow_deletes makes it",
                           trigger->tg_trigger->tgname)));
  }
  const List* const plans = plans_of_statement();
  const Oid target = RelationGetRelid(trigger->tg_relation);
  const Oid set_type = set_type_of(get_func_namespace(fcinfo->flinfo->fn_oid));
  if (!is_followed(set_table, set_type, target)) PG_RETURN_DATUM(0);
  MemoryContext const context = CurrentMemoryContext;
  const Oid owner = owner_of(set_table);
  const Stay stay = act_as(owner);
  begin_responsibility(stay.user, set_table);
  PG_TRY();
  {
    const SetTable table =
        unforced(open_set_table(set_table, fcinfo->flinfo->fn_oid, Access::read));
    use_path_to_follow(table);
    follow(table, trigger, plans);
    close_set_table(table);
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(context);
    ErrorData* const error = CopyErrorData();
    FlushErrorState();
    raise_unseen(error, stay.user, owner, get_rel_name(target), get_rel_name(set_table));
  }
  PG_END_TRY();
  end_responsibility();
  leave(stay);
  PG_RETURN_DATUM(0);
}
