// Within what the names of a table's sets are unique: the columns beside the name in the unique indexes on names.
//
// Where policies keep what is in one scope apart from what is in another, an expression means sets of its own scope, whatever
// whoever asks may see besides. Elsewhere it means what is seen by that name.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: whether names are unique within a scope only.
bool has_scope(const SetTable& table);
/// Zone A: the row of the scope's columns, for a list of columns; a NULL where names are unique in the table.
const char* column_of_scope(const SetTable& table);
/// Zone A: the same where scopes are kept apart, else nullptr.
const char* scope_kept_apart(const SetTable& table);
/// Zone A: " AND ...", that a set `i` is in the scope of the set with the id $2; "" where scopes are not kept apart.
const char* condition_of_scope(const SetTable& table);

/// Zone A: which scope it is, to the byte: a bytea, or 0 where there is none. Of a column_of_scope() that was read; of a row of a
/// table, be it no set table.
Datum scope_image(Datum record);
Datum scope_of_row(Relation table, HeapTuple row);
/// Zone A: a query, or an expression with the scope that a set is in.
SavedQuery in_its_scope(const SetTable& table, int64 id, SavedQuery query);
/// Zone A: the scope of a set as others have it, without its lock; 0 where there is none.
Datum scope_of_set(const SetTable& table, const SetRef& set);
bool is_same_scope(Datum a, Datum b);
/// Zone D: 40001, that another scope was chosen by others while the lock was waited for: what is sealed is for a scope that was
/// seen before.
[[noreturn]] void raise_moved(const char* name);
/// Whether one of the scope's columns is among these, whose numbers are counted as those of what an UPDATE writes.
bool writes_scope(Relation table, const Bitmapset* updated);

}  // namespace objectset::pg
