// Within what the names of a table's sets are unique: the columns beside the name in the unique indexes on names.
//
// Where policies keep what is in one scope apart from what is in another, an expression means sets of its own scope, whatever
// whoever asks may see besides. Elsewhere it means what is seen by that name.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

bool has_row_security(const SetTable& table);
/// Zone A: a row of the scope's columns, unqualified; nullptr where scopes are not kept apart.
const char* scope_kept_apart(const SetTable& table);
/// The same for a list of columns: a NULL where they are not.
const char* column_of_scope(const SetTable& table);
/// Zone A: " AND ...", that a set `i` is in the scope of the set with the id $2; "" where scopes are not kept apart.
const char* condition_of_scope(const SetTable& table);

}  // namespace objectset::pg
