// Which rows can change what a query finds: whether an id is found is decided by rows of that id alone, or it is not.
//
// A query is *local* if, for each id, the rows of its tables that have that id in their tracked column decide whether
// it is found. Then, when rows changed, only their ids need be asked again; and to ask for some ids, each table may be
// restricted to their rows, which finds the same of them.
//
// That is read off the analysed query, from the column of ids downwards: columns that are equal to it in every row that is
// found, since the query's conditions say so; and each table has to have its tracked column among those. Where it cannot be
// seen at once that it is so, it is not.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace objectset::pg {

/// A table in a query and the column that is to be restricted, as a condition that is added to `conditions`.
struct Restriction {
  Node** conditions;  // of a WHERE or an ON
  Index table;        // its number there
  AttrNumber column;
};

struct QueryScope {
  const char* problem;  // why it is not local, in words; nullptr: it is
  List* restrictions;   // of Restriction
  List* relations;      // the OIDs of its tables
};

/// The columns by which a table's changes are known: their number, and why there are none.
struct TrackedTables {
  int (*columns_of)(void* context, Oid relid, AttrNumber* columns, const char** problem);
  void* context;
  int most_columns;
  Oid extension;  // ours, whose functions are known to do as they say
};

/// Zone A: looks at a query, analysed and rewritten, whose first column has the ids. `above`: the query whose subquery
/// it is. Changes nothing in it.
QueryScope scope_of_query(Query* query, Query* above, const TrackedTables& tables);

}  // namespace objectset::pg
