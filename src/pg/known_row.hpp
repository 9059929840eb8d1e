// Rows that a query picks out by a unique key, read while it is planned:
//
//   id <@ (SELECT members FROM segment WHERE name = 'hundred')      JOIN patient_set s ON id <@ s.members WHERE s.name = ..
//
// The one idea: where a table can give one row only, that row says more than the statistics of its column, which tell of
// all rows together. The server does the same for the ends of an index. It is read by that very index, under the rights of
// the query, and only where nothing but built-in operators is called for it.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace objectset::pg {

/// The expression with the values of such a row in place of its columns; nullptr where it is of no such row, or the row is
/// not there. The values may be stored apart. For estimates only: the row may be another when the plan is run. Zone A.
Node* with_known_row(PlannerInfo* root, Node* expression);

/// The columns that stand in an expression, as Vars.
List* columns_in(Node* expression);

/// Whether the user may read a column, or with InvalidAttrNumber all columns, of all rows of a table in a query.
bool may_read(const PlannerInfo* root, RangeTblEntry* table, AttrNumber column);

}  // namespace objectset::pg
