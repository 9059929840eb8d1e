// Rows of the target that are gone leave the sets: all at once by objectset_prune(), or as they go by a trigger.
//
// A deleted row may be in hundreds of large sets. The trigger does not write those anew: the id goes to `removed`, which
// is small, and `base` stays where it is in TOAST. What would make `removed` large in its turn is taken from `base`.
#include "pg/saved/set_history.hpp"

extern "C" {
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

// A row that loses members.
struct Loss {
  int64 id;
  SetView gone;
  Parameter stored;  // the same as a value
};

struct Losses {
  Loss* rows;
  uint64 count;
  uint64 members;  // of all of them
};

// Locks the sets that hold one of these ids in any of their parts, in an order that all who lock several follow.
// `name`: one set, or all.
Losses lock_losers(const SetTable& table, const SetView& dead, const char* name) {
  const Parameter all = {table.set_type, flat_datum(dead)};
  const Parameter only = name == nullptr ? Parameter{TEXTOID, 0, true} : parameter(name);
  Losses losses = {};
  if (cardinality(dead) == 1) {
    // Mostly it is one row that goes: the tests then read a page of each set, not all of it.
    losses.count =
        run(table, Access::write,
            "SELECT id, CASE WHEN (base OPERATOR({s}.@>) $3 OR added OPERATOR({s}.@>) $3) "
            "AND NOT removed OPERATOR({s}.@>) $3 THEN $1 ELSE '{}' END FROM {t} "
            "WHERE ($2 IS NULL OR name OPERATOR(pg_catalog.=) $2) "
            "AND (base OPERATOR({s}.@>) $3 OR added OPERATOR({s}.@>) $3 "
            "OR removed OPERATOR({s}.@>) $3) ORDER BY id FOR NO KEY UPDATE",
            {}, {all, only, parameter(minimum(dead))});
  } else {
    losses.count =
        run(table, Access::write,
            "SELECT id, ((base OPERATOR({s}.&) $1) OPERATOR({s}.|) (added OPERATOR({s}.&) $1)) "
            "OPERATOR({s}.-) removed FROM {t} "
            "WHERE ($2 IS NULL OR name OPERATOR(pg_catalog.=) $2) "
            "AND (base OPERATOR({s}.&&) $1 OR added OPERATOR({s}.&&) $1 "
            "OR removed OPERATOR({s}.&&) $1) ORDER BY id FOR NO KEY UPDATE",
            {}, {all, only});
  }
  losses.rows =
      static_cast<Loss*>(palloc_extended(sizeof(Loss) * (losses.count + 1), MCXT_ALLOC_HUGE));
  for (uint64 row = 0; row < losses.count; ++row) {
    bool is_null = false;
    Loss& loss = losses.rows[row];
    loss.id = DatumGetInt64(column(row, 1, &is_null));
    loss.stored = {table.set_type, column(row, 2, &is_null)};
    loss.gone = set_in(row, 2);
    losses.members += cardinality(loss.gone);
  }
  return losses;
}

void note_losses(const SetTable& table, Oid role, const Losses& losses) {
  for (uint64 i = 0; i < losses.count; ++i) {
    note_change(table, losses.rows[i].id, role, SetView(), losses.rows[i].gone);
  }
}

// ---- Pruning ----------------------------------------------------------------------------------------------

// The ids in any part of these sets that the target's rows do not have. `name`: one set, or all.
SetView find_dead(const SetTable& table, const char* name) {
  const Target target = target_of(table);
  const Parameter only = name == nullptr ? Parameter{TEXTOID, 0, true} : parameter(name);
  if (run(table, Access::write,
          "SELECT {s}.objectset_union_agg(part) FROM {t} AS s, "
          "LATERAL (VALUES (s.base), (s.added), (s.removed)) AS parts (part) "
          "WHERE $1 IS NULL OR s.name OPERATOR(pg_catalog.=) $1 "
          "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0",
          {}, {only}) == 0) {
    if (name != nullptr) raise_unknown_set(table, name);
    return {};
  }
  const SetView all = set_in(0, 1);
  bool is_null = false;
  // A row that a policy hides is not gone: what cannot be seen whole is refused.
  const int nesting = NewGUCNestLevel();
  set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                    false);
  run(table, Access::write, "SELECT {s}.objectset_agg({1}) FROM {0} WHERE {1} OPERATOR({s}.<@) $1",
      {target.name, target.key}, {{table.set_type, column(0, 1, &is_null)}});
  AtEOXact_GUC(true, nesting);
  const SetView alive = set_in(0, 1);
  Set* dead = nullptr;
  guarded([&] {
    void* const place = allocate(sizeof(Set));
    dead = new (place) Set(combine(Operation::minus, all, alive));
  });
  return *dead;
}

int64 prune(const SetTable& table, const char* name) {
  SPI_connect();
  const SetView dead = find_dead(table, name);
  int64 members = 0;
  if (!is_empty(dead)) {
    const Losses losses = lock_losers(table, dead, name);
    const Parameter all = {table.set_type, flat_datum(dead)};
    // A part that holds none of them stays as it is stored.
    SPIPlanPtr const plan = prepare(
        table,
        "UPDATE {t} SET "
        "base = CASE WHEN base OPERATOR({s}.&&) $2 THEN base OPERATOR({s}.-) $2 ELSE base END, "
        "added = CASE WHEN added OPERATOR({s}.&&) $2 THEN added OPERATOR({s}.-) $2 ELSE added END, "
        "removed = CASE WHEN removed OPERATOR({s}.&&) $2 THEN removed OPERATOR({s}.-) $2 "
        "ELSE removed END, "
        "modified = CASE WHEN $3 THEN pg_catalog.now() ELSE modified END "
        "WHERE id OPERATOR(pg_catalog.=) $1",
        {}, {INT8OID, table.set_type, BOOLOID});
    for (uint64 i = 0; i < losses.count; ++i) {
      const Loss& loss = losses.rows[i];
      run(plan, Access::write,
          {parameter(loss.id), all, {BOOLOID, BoolGetDatum(!is_empty(loss.gone))}});
    }
    note_losses(table, GetUserId(), losses);
    members = static_cast<int64>(losses.members);
  }
  SPI_finish();
  return members;
}

// ---- The trigger ------------------------------------------------------------------------------------------

// The set table that a trigger is for stands in its WHEN: 'patient_set'::regclass IS NOT NULL. There, unlike in its
// arguments, the server keeps track of it: it follows renames, is dumped by name, and is dropped last.
Oid set_table_of(const Trigger& trigger) {
  if (trigger.tgqual == nullptr) return InvalidOid;
  const auto* const test = static_cast<const NullTest*>(stringToNode(trigger.tgqual));
  if (!IsA(test, NullTest) || !IsA(test->arg, Const)) return InvalidOid;
  const auto* const constant = reinterpret_cast<const Const*>(test->arg);
  return constant->consttype == REGCLASSOID && !constant->constisnull
             ? DatumGetObjectId(constant->constvalue)
             : InvalidOid;
}

// Takes the ids $2, all of which are members, out of the set with the id $1.
//
// Where the ids are few beside `base` they go to `removed`. A set without query and expression has nothing to remember, so
// there what gathers in `removed` is worked off. That costs a `base` of b bytes; until it is done every deletion writes
// `removed`, which grows by a bytes each time up to r. Of all r, sqrt(2ab) makes deletions cheapest; an id takes 2 to 8.
SPIPlanPtr prepare_update(const SetTable& table) {
  return prepare(
      table,
      "UPDATE {t} SET "
      "base = CASE WHEN pick.is_folded THEN ((base OPERATOR({s}.|) added) OPERATOR({s}.-) "
      "removed) "
      "OPERATOR({s}.-) $2 WHEN pick.is_large THEN base OPERATOR({s}.-) $2 ELSE base END, "
      "added = CASE WHEN pick.is_folded THEN '{}' "
      "WHEN added OPERATOR({s}.&&) $2 THEN added OPERATOR({s}.-) $2 ELSE added END, "
      "removed = CASE WHEN pick.is_folded THEN '{}' WHEN pick.is_large THEN removed "
      "ELSE removed OPERATOR({s}.|) $2 END, "
      "modified = pg_catalog.now() "
      "FROM (SELECT picked, is_plain AND (excluded OPERATOR(pg_catalog.*) excluded) "
      "OPERATOR(pg_catalog.>) (8 OPERATOR(pg_catalog.*) kept) AS is_folded, "
      "(8 OPERATOR(pg_catalog.*) gone) OPERATOR(pg_catalog.>) kept AS is_large "
      "FROM (SELECT s.id, s.query IS NULL AND s.expression IS NULL, "
      "pg_catalog.pg_column_size(s.base)::pg_catalog.int8, "
      "pg_catalog.pg_column_size(s.removed OPERATOR({s}.|) $2)::pg_catalog.int8, "
      "pg_catalog.pg_column_size($2) FROM {t} AS s WHERE s.id OPERATOR(pg_catalog.=) $1) "
      "AS sizes (picked, is_plain, kept, excluded, gone)) AS pick "
      "WHERE id OPERATOR(pg_catalog.=) pick.picked",
      {}, {INT8OID, table.set_type});
}

// Takes the deleted rows' ids out of all sets of the table.
void remove_deleted(const SetTable& table, Oid role, const SetView& dead) {
  const Losses losses = lock_losers(table, dead, nullptr);
  SPIPlanPtr plan = nullptr;
  for (uint64 i = 0; i < losses.count; ++i) {
    if (is_empty(losses.rows[i].gone)) continue;
    if (plan == nullptr) plan = prepare_update(table);
    run(plan, Access::write, {parameter(losses.rows[i].id), losses.rows[i].stored});
  }
  note_losses(table, role, losses);
}

// The target is empty now.
void remove_all(const SetTable& table, Oid role) {
  const uint64 count =
      run(table, Access::write,
          "SELECT id, base, added, removed FROM {t} ORDER BY id FOR NO KEY UPDATE", {}, {});
  auto* const rows =
      static_cast<Loss*>(palloc_extended(sizeof(Loss) * (count + 1), MCXT_ALLOC_HUGE));
  for (uint64 row = 0; row < count; ++row) {
    bool is_null = false;
    rows[row] = {DatumGetInt64(column(row, 1, &is_null)), members_in(row, 2), {}};
  }
  run(table, Access::write,
      "UPDATE {t} SET base = '{}', added = '{}', removed = '{}', "
      "modified = CASE WHEN (base OPERATOR({s}.|) added) OPERATOR({s}.-) removed "
      "OPERATOR({s}.<>) '{}' THEN pg_catalog.now() ELSE modified END "
      "WHERE base OPERATOR({s}.<>) '{}' OR added OPERATOR({s}.<>) '{}' OR removed OPERATOR({s}.<>) "
      "'{}'",
      {}, {});
  note_losses(table, role, {rows, count, 0});
}

// The ids of the rows that a statement deleted, in the words of its transition table.
SetView deleted_ids(const SetTable& table, const Target& target, const TriggerData* trigger) {
  run(table, Access::write, "SELECT {s}.objectset_agg({0}) FROM {1}",
      {target.key, quote_identifier(trigger->tg_trigger->tgoldtable)}, {});
  return set_in(0, 1);
}

// A trigger's name that the target does not have yet.
const char* new_trigger_name(Oid target, const SetTable& table, const char* what) {
  for (int n = 0;; ++n) {
    const char* const label = n == 0 ? what : psprintf("%s%d", what, n);
    const char* const name = makeObjectName(get_rel_name(table.relid), nullptr, label);
    if (!OidIsValid(get_trigger_oid(target, name, true))) return quote_identifier(name);
  }
}

void drop_triggers(const SetTable& table, const Target& target, Oid function) {
  Relation const relation = table_open(target.relid, AccessShareLock);
  List* names = NIL;
  const TriggerDesc* const triggers = relation->trigdesc;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
    const Trigger& trigger = triggers->triggers[i];
    if (trigger.tgfoid == function && set_table_of(trigger) == table.relid) {
      names = lappend(names, pstrdup(trigger.tgname));
    }
  }
  table_close(relation, AccessShareLock);
  ListCell* cell = nullptr;
  foreach (cell, names) {
    run(table, Access::write, "DROP TRIGGER {0} ON {1}",
        {quote_identifier(static_cast<char*>(lfirst(cell))), target.name}, {});
  }
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_prune) {
  PG_RETURN_INT64(prune(set_table_argument(fcinfo, 0), nullptr));
}

OBJECTSET_FUNCTION(objectset_prune_one) {
  PG_RETURN_INT64(prune(set_table_argument(fcinfo, 0), text_to_cstring(PG_GETARG_TEXT_PP(1))));
}

OBJECTSET_FUNCTION(objectset_follow_deletes) {
  const SetTable table = set_table_argument(fcinfo, 0);
  const bool follow = PG_GETARG_BOOL(1);
  SPI_connect();
  const Target target = target_of(table);
  const Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);
  const Oid function = GetSysCacheOid3(
      PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("objectset_target_changed"),
      PointerGetDatum(buildoidvector(nullptr, 0)), ObjectIdGetDatum(schema));
  drop_triggers(table, target, function);
  if (follow) {
    run(table, Access::write,
        "CREATE TRIGGER {0} AFTER DELETE ON {1} REFERENCING OLD TABLE AS deleted FOR EACH "
        "STATEMENT "
        "WHEN ({2}::pg_catalog.regclass IS NOT NULL) EXECUTE FUNCTION "
        "{s}.objectset_target_changed()",
        {new_trigger_name(target.relid, table, "delete"), target.name,
         quote_literal_cstr(table.name)},
        {});
    run(table, Access::write,
        "CREATE TRIGGER {0} AFTER TRUNCATE ON {1} FOR EACH STATEMENT "
        "WHEN ({2}::pg_catalog.regclass IS NOT NULL) EXECUTE FUNCTION "
        "{s}.objectset_target_changed()",
        {new_trigger_name(target.relid, table, "truncate"), target.name,
         quote_literal_cstr(table.name)},
        {});
  }
  SPI_finish();
  PG_RETURN_VOID();
}

// Runs as the set table's owner, like the actions of foreign keys do: whoever may delete a row need not be allowed to
// write the sets that it is in. Nothing here is looked up by a search path, and no statement comes from outside.
OBJECTSET_FUNCTION(objectset_target_changed) {
  if (!CALLED_AS_TRIGGER(fcinfo)) {
    ereport(ERROR,
            (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
             errmsg("function \"objectset_target_changed\" was not called by trigger manager")));
  }
  auto* const trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  const bool is_delete = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
  const Oid set_table_oid = set_table_of(*trigger->tg_trigger);
  if (!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) ||
      !(is_delete ? trigger->tg_trigger->tgoldtable != nullptr
                  : TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event)) ||
      !OidIsValid(set_table_oid)) {
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("trigger \"%s\" is not as objectset_follow_deletes makes it",
                           trigger->tg_trigger->tgname)));
  }
  const SetTable table = set_table(set_table_oid, fcinfo->flinfo->fn_oid);
  Oid user = InvalidOid;
  int context = 0;
  GetUserIdAndSecContext(&user, &context);
  SetUserIdAndSecContext(owner_of(table.relid),
                         context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
  SPI_connect();
  SPI_register_trigger_data(trigger);
  const Target target = target_of(table);
  // Otherwise the trigger is another's, who may delete here but has no business with those sets.
  if (target.relid == RelationGetRelid(trigger->tg_relation)) {
    if (is_delete) {
      const SetView dead = deleted_ids(table, target, trigger);
      if (!is_empty(dead)) remove_deleted(table, user, dead);
    } else {
      remove_all(table, user);
    }
  }
  SPI_finish();
  SetUserIdAndSecContext(user, context);
  PG_RETURN_POINTER(nullptr);
}
