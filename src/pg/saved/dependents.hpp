// What depends on a table, or is otherwise about it, as the server's catalogs have it: constraints and triggers that name it.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "utils/fmgroids.h"
}

namespace objectset::pg {

/// Zone A: calls `see` with the catalog and the OID of each object that depends on a table as a whole, or on a column of it.
template <class See>
void look_at_dependents(Oid relid, See&& see) {
  Relation const depend = table_open(DependRelationId, AccessShareLock);
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(RelationRelationId));
  ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(relid));
  SysScanDesc const scan =
      systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
  HeapTuple tuple = nullptr;
  while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
    const auto* const form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
    see(form->classid, form->objid);
  }
  systable_endscan(scan);
  table_close(depend, AccessShareLock);
}

/// A catalog with rows about tables, say, and its index on the column that says which.
struct RowsAbout {
  Oid catalog;
  Oid index;
  AttrNumber column;
};

/// Zone A: calls `see` with each row about it, until it returns false.
template <class See>
void look_at(const RowsAbout& about, Oid relid, See&& see) {
  Relation const catalog = table_open(about.catalog, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, about.column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
  SysScanDesc const scan = systable_beginscan(catalog, about.index, true, nullptr, 1, &key);
  HeapTuple tuple = nullptr;
  while (HeapTupleIsValid(tuple = systable_getnext(scan)) && see(tuple)) {
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
}

/// Zone A: the tables that name this one in a CHECK constraint of that name, each once, in the order of their OIDs; none is
/// locked.
List* tables_with_check_on(Oid relid, const char* constraint);

}  // namespace objectset::pg
