// What depends on a table, as the server keeps track of it: constraints and triggers that name it.
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

/// Zone A: the tables that name this one in a CHECK constraint of that name, each once, in the order of their OIDs; none is
/// locked.
List* tables_with_check_on(Oid relid, const char* constraint);

}  // namespace objectset::pg
