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

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// All or nothing: a table of which something may not be changed, or not be understood, is an error.
OBJECTSET_FUNCTION(objectset_saved_erase) {
  if (PG_ARGISNULL(0)) raise_null("the table");
  const Oid target = PG_GETARG_OID(0);
  int64 members = 0;
  ListCell* cell = nullptr;
  foreach (cell, find_set_tables()) {
    if (!is_of(lfirst_oid(cell), target)) continue;
    const SetTable table = open_set_table(lfirst_oid(cell), fcinfo->flinfo->fn_oid, Access::write);
    check_sees_all(table.relid);
    const Datum ids = ids_argument(fcinfo, 1, table.set_type);
    members += erase_from_sets(table, pinned_view(set_argument(ids)));
    erase_from_history(table, ids);
    erase_from_change_log(table, ids);
    close_set_table(table);
  }
  PG_RETURN_INT64(members);
}
