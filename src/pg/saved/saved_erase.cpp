// A row's id out of all that is kept of it: in all sets of all set tables of its table, in their histories and
// in their change logs.
#include "pg/saved/change_log.hpp"
#include "pg/saved/saved_history.hpp"
#include "pg/saved/saved_prune.hpp"
#include "pg/saved/saved_table.hpp"

extern "C" {
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "storage/lmgr.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

// Keeps the lock, where it is: the table stays its owner's.
bool is_of(Oid set_table, Oid target) {
  Relation const relation = try_relation_open(set_table, AccessShareLock);
  if (relation == nullptr) return false;
  Target found = {};
  // What is in another session's temporary tables nobody else can reach.
  const bool is_in_reach = !RELATION_IS_OTHER_TEMP(relation);
  if (is_in_reach && has_target_mark(relation)) find_target(relation, &found);
  const bool is_one = found.relid == target;
  relation_close(relation, is_one ? NoLock : AccessShareLock);
  return is_one;
}

// The set tables of a target are found, not named, and may be anybody's: their code, and that of their histories, runs as
// their owner, not as who erases. Who owns the target may have its ids erased wherever they are; others need their rights,
// which are looked at before.
struct Eraser {
  Oid role;
  Oid target;
  // Asked anew each time: it may be so no longer after a wait.
  bool owns_target() const { return has_privs_of_role(role, owner_of(target)); }
};

// A superuser's code may run as anybody.
bool is_changed_as_owner(Oid relid) {
  const Oid owner = owner_of(relid);
  return OidIsValid(owner) && owner != GetUserId() && !superuser_arg(owner);
}

AclResult right_to_change(Oid relid, const Eraser& eraser) {
  return pg_class_aclcheck(relid, eraser.role, ACL_SELECT) == ACLCHECK_OK
             ? pg_class_aclcheck(relid, eraser.role, ACL_UPDATE)
             : ACLCHECK_NO_PRIV;
}

// A superuser's history is changed by the eraser where that has the right to. Where it needs none, or the set table's owner acts,
// it is changed as its owner, as it is whenever a line is written.
bool are_lines_changed_as_owner(Oid history, const Eraser& eraser) {
  if (is_changed_as_owner(history)) return true;
  if (owner_of(history) == GetUserId()) return false;
  return eraser.role != GetUserId() ||
         (eraser.owns_target() && right_to_change(history, eraser) != ACLCHECK_OK);
}

void check_may_change(Oid relid, const Eraser& eraser) {
  if (eraser.owns_target()) return;
  if (right_to_change(relid, eraser) != ACLCHECK_OK) raise_denied(relid);
  check_sees_all(relid, eraser.role);
}

// No search path leaves out temporary objects, and those are the eraser's: the owner's triggers would find them.
void check_no_temporaries(Oid relid, const Eraser& eraser) {
  Oid schema = InvalidOid;
  Oid toast_schema = InvalidOid;
  GetTempNamespaceState(&schema, &toast_schema);
  if (!OidIsValid(schema) || superuser_arg(eraser.role)) return;
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("cannot erase from \"%s\" of another role in a session that has had temporary "
                  "objects",
                  get_rel_name(relid)),
           errhint("Do it in a new session.")));
}

Stay change_as_owner(Oid relid, const Eraser& eraser) {
  check_no_temporaries(relid, eraser);
  return act_safely_as(owner_of(relid));
}

void erase_lines(const SetTable& table, Oid history, const Eraser& eraser, Datum ids) {
  if (!are_lines_changed_as_owner(history, eraser)) return erase_from_history(table, history, ids);
  const Stay stay = change_as_owner(history, eraser);
  erase_from_history(unforced(table), history, ids);
  leave(stay);
}

// Others can hardly be that fast.
constexpr int most_rounds = 100;

[[noreturn]] void raise_coming_back(const SetTable& table) {
  ereport(ERROR, (errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
                  errmsg("ids that are erased from the sets of \"%s\" keep coming back",
                         get_rel_name(table.relid)),
                  errhint("A trigger of the table puts them there.")));
  pg_unreachable();
}

void check_rights(const SetTable& table, Oid history, const Eraser& eraser) {
  const bool acts = eraser.role != table.user;
  if (acts) check_may_change(table.relid, eraser);
  if (OidIsValid(history) && (acts || are_lines_changed_as_owner(history, eraser))) {
    check_may_change(history, eraser);
  }
  check_sees_all(table, table.relid);
}

int64 erase_from(const SetTable& table, const Eraser& eraser, FunctionCallInfo fcinfo) {
  const Oid history = history_of(table);
  check_rights(table, history, eraser);
  // Lines are changed in no order, and sets locked after that: who erases too, or trims, waits. Rights may be gone then.
  if (OidIsValid(history)) {
    LockRelationOid(history, ShareUpdateExclusiveLock);
    check_rights(table, history, eraser);
  }
  const Datum ids = ids_argument(fcinfo, 1, table.set_type);
  const SetView view = pinned_view(set_argument(ids));
  int64 members = 0;
  // Lines are found by a later snapshot than sets. What others have put into a set meanwhile would stay there, and its line would
  // not: it is done once sets were looked for after the lines, and none was found.
  for (int round = 0;; ++round) {
    CHECK_FOR_INTERRUPTS();
    if (round == most_rounds) raise_coming_back(table);
    const Erased erased = erase_from_sets(table, view);
    members += erased.members;
    if (erased.sets == 0 && (round > 0 || !OidIsValid(history))) break;
    if (OidIsValid(history)) erase_lines(table, history, eraser, ids);
    if (IsolationUsesXactSnapshot()) break;
  }
  erase_from_change_log(table, ids);
  return members;
}

// A superuser acts as the owner of whatever table is opened. Triggers run under the path that they run under when changes of
// the target are followed, if there is one.
int64 erase_as_owner(Oid relid, const Eraser& eraser, FunctionCallInfo fcinfo) {
  const Stay stay = change_as_owner(relid, eraser);
  begin_responsibility(stay.user, relid);
  const SetTable table = unforced(open_set_table(relid, fcinfo->flinfo->fn_oid, Access::write));
  if (table.follow_path != nullptr) use_path_to_follow(table);
  const int64 members = erase_from(table, eraser, fcinfo);
  close_set_table(table);
  end_responsibility();
  leave(stay);
  return members;
}

int64 erase_as_caller(Oid relid, const Eraser& eraser, FunctionCallInfo fcinfo) {
  const SetTable table = open_set_table(relid, fcinfo->flinfo->fn_oid, Access::write);
  const int64 members = erase_from(table, eraser, fcinfo);
  close_set_table(table);
  return members;
}

int64 erase(Oid relid, const Eraser& eraser, FunctionCallInfo fcinfo) {
  const bool acts = is_changed_as_owner(relid) && !superuser_arg(eraser.role);
  return acts ? erase_as_owner(relid, eraser, fcinfo) : erase_as_caller(relid, eraser, fcinfo);
}

// Anybody may say of a table that it has sets of another, and run anything there for as long as they like. Who may read nothing
// of that other one is not to keep anybody from erasing.
bool is_strangers(Oid relid, Oid target) {
  const Oid owner = owner_of(relid);
  return OidIsValid(owner) && owner != GetUserId() && !has_any_right(target, owner, ACL_SELECT);
}

void warn_of_strangers(Oid relid, Oid target) {
  ereport(WARNING, (errmsg("nothing was erased from \"%s\", whose owner may not read \"%s\"",
                           get_rel_name(relid), get_rel_name(target)),
                    errhint("Where that is to be, grant the owner SELECT on a column, and erase "
                            "again.")));
}

// Those that follow deletes first and in the same order: whoever deletes a row meanwhile locks its sets so.
List* set_tables_of(Oid target) {
  List* tables = followers_of(target);
  ListCell* cell = nullptr;
  foreach (cell, find_set_tables_of(target))
    tables = list_append_unique_oid(tables, lfirst_oid(cell));
  return tables;
}

struct Found {
  bool is_any_table;
  int64 members;
};

void erase_of(Oid target, FunctionCallInfo fcinfo, Found* found) {
  LockRelationOid(target, AccessShareLock);
  if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(target))) return;
  const Eraser eraser = {GetUserId(), target};
  ListCell* cell = nullptr;
  foreach (cell, set_tables_of(target)) {
    const Oid relid = lfirst_oid(cell);
    if (is_strangers(relid, target)) {
      found->is_any_table = true;
      warn_of_strangers(relid, target);
      continue;
    }
    if (!is_of(relid, target)) continue;
    found->is_any_table = true;
    found->members += erase(relid, eraser, fcinfo);
  }
}

// Elsewhere it is the set table that is named.
void check_is_no_set_table(Oid named) {
  Relation const relation = relation_open(named, AccessShareLock);
  Target target = {};
  const bool is_one = has_target_mark(relation);
  if (is_one) find_target(relation, &target);
  relation_close(relation, NoLock);
  if (!is_one) return;
  const char* const name = OidIsValid(target.relid) ? qualified_name(target.relid) : nullptr;
  ereport(ERROR,
          (errcode(ERRCODE_WRONG_OBJECT_TYPE),
           errmsg("\"%s\" is a set table, and there are no sets of its rows", get_rel_name(named)),
           name == nullptr ? 0 : errhint("Name the table that its sets are of: %s.", name)));
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// All or nothing: a table of which something may not be changed, or not be understood, is an error; those of strangers are
// passed over. The rows of a partition are rows of the tables above it, and of theirs some may be its own. Those of a child are, too,
// but may have ids of others there.
OBJECTSET_FUNCTION(objectset_saved_erase) {
  const Oid named = DatumGetObjectId(given_argument(fcinfo, 0, "the table"));
  LockRelationOid(named, AccessShareLock);
  qualified_name(named);  // raises where there is none
  check_kind_of_target(named);
  Found found = {};
  const bool has_partitions = get_rel_relkind(named) == RELKIND_PARTITIONED_TABLE;
  ListCell* cell = nullptr;
  foreach (cell, has_partitions ? find_all_inheritors(named, AccessShareLock, nullptr)
                                : list_make1_oid(named)) {
    erase_of(lfirst_oid(cell), fcinfo, &found);
  }
  foreach (cell, get_rel_relispartition(named) ? get_partition_ancestors(named) : NIL) {
    erase_of(lfirst_oid(cell), fcinfo, &found);
  }
  if (!found.is_any_table) check_is_no_set_table(named);
  PG_RETURN_INT64(found.members);
}
