// A row's id out of all that is kept of it: in all sets of all set tables of its table, in their histories and
// in their change logs.
#include "pg/saved/change_log.hpp"
#include "pg/saved/saved_history.hpp"
#include "pg/saved/saved_prune.hpp"
#include "pg/saved/saved_table.hpp"

extern "C" {
#include "access/relation.h"
#include "storage/lmgr.h"
}

namespace objectset::pg {
namespace {

bool is_of(Oid set_table, Oid target) {
  Relation const relation = try_relation_open(set_table, AccessShareLock);
  if (relation == nullptr) return false;
  Target found = {};
  if (has_target_mark(relation)) find_target(relation, &found);
  relation_close(relation, AccessShareLock);
  return found.relid == target;
}

// The set tables of a target are found, not named, and may be anybody's: their code runs as their owner, not as who erases.
// Who owns the target may have its ids erased wherever they are; others need their rights, which are looked at here.
bool is_erased_as_owner(Oid set_table) {
  const Oid owner = owner_of(set_table);
  return OidIsValid(owner) && owner != GetUserId() && saving_role(owner) == GetUserId() &&
         !superuser_arg(owner);
}

void check_may_change(Oid relid, Oid role) {
  const AclResult result = pg_class_aclcheck(relid, role, ACL_SELECT) == ACLCHECK_OK
                               ? pg_class_aclcheck(relid, role, ACL_UPDATE)
                               : ACLCHECK_NO_PRIV;
  if (result != ACLCHECK_OK) {
    aclcheck_error(result, get_relkind_objtype(get_rel_relkind(relid)), get_rel_name(relid));
  }
  check_sees_all(relid, role);
}

// From the sets of one table, by a role that owns their target or does not.
int64 erase_from(const SetTable& table, Oid role, bool owns_target, FunctionCallInfo fcinfo) {
  const Oid history = history_of(table);
  if (role != table.user && !owns_target) {
    check_may_change(table.relid, role);
    if (OidIsValid(history)) check_may_change(history, role);
  }
  check_sees_all(table.relid);
  const Datum ids = ids_argument(fcinfo, 1, table.set_type);
  const int64 members = erase_from_sets(table, pinned_view(set_argument(ids)));
  erase_from_history(table, ids);
  erase_from_change_log(table, ids);
  return members;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// All or nothing: a table of which something may not be changed, or not be understood, is an error.
OBJECTSET_FUNCTION(objectset_saved_erase) {
  if (PG_ARGISNULL(0)) raise_null("the table");
  const Oid target = PG_GETARG_OID(0);
  const Oid role = GetUserId();
  const bool owns_target = has_privs_of_role(role, owner_of(target));
  int64 members = 0;
  ListCell* cell = nullptr;
  foreach (cell, find_set_tables()) {
    if (!is_of(lfirst_oid(cell), target)) continue;
    const Oid relid = lfirst_oid(cell);
    const bool acts = is_erased_as_owner(relid);
    Stay stay = {};
    if (acts) {
      stay = act_safely_as(owner_of(relid));
      begin_responsibility(stay.user, relid);
    }
    const SetTable table = open_set_table(relid, fcinfo->flinfo->fn_oid, Access::write);
    members += erase_from(table, role, owns_target, fcinfo);
    close_set_table(table);
    if (acts) {
      end_responsibility();
      leave(stay);
    }
  }
  PG_RETURN_INT64(members);
}
