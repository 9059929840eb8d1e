#include "pg/saved/dependents.hpp"

extern "C" {
#include "catalog/pg_constraint.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

Oid table_of_check(Oid constraint, const char* name) {
  HeapTuple const tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const auto* const form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  const bool is_one =
      strcmp(NameStr(form->conname), name) == 0 && form->contype == CONSTRAINT_CHECK;
  const Oid relid = is_one ? form->conrelid : InvalidOid;
  ReleaseSysCache(tuple);
  return relid;
}

}  // namespace

List* tables_with_check_on(Oid relid, const char* constraint) {
  List* tables = NIL;
  look_at_dependents(relid, [&](Oid catalog, Oid object) {
    const Oid table =
        catalog == ConstraintRelationId ? table_of_check(object, constraint) : InvalidOid;
    if (OidIsValid(table)) tables = list_append_unique_oid(tables, table);
  });
  list_sort(tables, list_oid_cmp);
  return tables;
}

}  // namespace objectset::pg
