#include "pg/saved/saved_role.hpp"

extern "C" {
#include "catalog/namespace.h"
}

namespace objectset::pg {

bool can_act_as(Oid role, Oid other) {
  if (!OidIsValid(role) || !OidIsValid(other)) return false;
#if PG_VERSION_NUM >= 160000
  return member_can_set_role(role, other);
#else
  return is_member_of_role(role, other);
#endif
}

Oid saving_role(Oid table_owner) {
  const Oid user = GetUserId();
  return superuser_arg(user) && !superuser_arg(table_owner) ? table_owner : user;
}

const char* path_to_save() {
  StringInfoData path;
  initStringInfo(&path);
  List* const schemas = fetch_search_path(false);
  ListCell* cell;
  foreach (cell, schemas) {
    const Oid schema = lfirst_oid(cell);
    const char* name = get_namespace_name(schema);
    if (name == nullptr || isAnyTempNamespace(schema)) continue;
    appendStringInfo(&path, "%s%s", path.len == 0 ? "" : ", ", quote_identifier(name));
  }
  return path.data;
}

}  // namespace objectset::pg
