// What becomes of the sets of a table when rows of its target go or get other ids.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: ids change in all sets of the table. How many members that were. `merges` as in core/saved/saved_set.hpp.
int64 rekey_sets(const SetTable& table, Span<IdChange> changes, bool merges);

/// Zone A: the search path that triggers of the set table run under when changes of the target are followed, until leave().
void use_path_to_follow(const SetTable& table);

/// Zone A: no part of any set of the table keeps these ids. How many members that were.
int64 erase_from_sets(const SetTable& table, const SetView& ids);

}  // namespace objectset::pg
