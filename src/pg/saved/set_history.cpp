#include "pg/saved/set_history.hpp"

extern "C" {
#include "access/table.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
}

namespace objectset::pg {
namespace {

// A table of another owner is none, whatever it looks like: what is put into it would run its triggers as whoever changes
// a set.
bool is_history(Oid relid, const SetTable& table) {
  const auto has = [&](const char* name, Oid type) {
    const AttrNumber number = get_attnum(relid, name);
    return number > 0 && get_atttype(relid, number) == type;
  };
  return has("set_id", INT8OID) && has("at", TIMESTAMPTZOID) && has("by", NAMEOID) &&
         has("entered", table.set_type) && has("gone", table.set_type) &&
         owner_of(relid) == owner_of(table.relid);
}

}  // namespace

Oid history_of(const SetTable& table) {
  Relation const relation = table_open(table.relid, AccessShareLock);
  Oid history = InvalidOid;
  const TriggerDesc* const triggers = relation->trigdesc;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers && !OidIsValid(history); ++i) {
    const Oid other = triggers->triggers[i].tgconstrrelid;
    if (OidIsValid(other) && other != table.relid && is_history(other, table)) {
      history = other;
    }
  }
  table_close(relation, NoLock);
  return history;
}

void note_change(const SetTable& table, int64 set_id, Oid role, const SetView& entered,
                 const SetView& gone) {
  if (is_empty(entered) && is_empty(gone)) return;
  const Oid history = history_of(table);
  if (!OidIsValid(history)) return;
  run(table, Access::write,
      "INSERT INTO {0} (set_id, by, entered, gone) VALUES ($1, $4::pg_catalog.name, $2, $3)",
      {qualified_name(history)},
      {parameter(set_id),
       {table.set_type, flat_datum(entered)},
       {table.set_type, flat_datum(gone)},
       parameter(GetUserNameFromId(role, false))});
}

}  // namespace objectset::pg
