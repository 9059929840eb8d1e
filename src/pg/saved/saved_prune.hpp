// What becomes of the sets of a table when rows of its target go or get other ids.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: ids change in all sets of the table. How many members that were. `merges` as in core/saved/saved_set.hpp.
int64 rekey_sets(const SetTable& table, Span<IdChange> changes, bool merges);

/// Zone A: the search path that triggers of the set table run under when changes of the target are followed, until leave().
void use_path_to_follow(const SetTable& table);

/// Zone A: no part of any set of the table that is seen keeps these ids. How many sets had one, and how many members that were.
struct Erased {
  uint64 sets;
  int64 members;
};
Erased erase_from_sets(const SetTable& table, const SetView& ids);

/// Zone A: the set tables that follow deletes of a table, in the order in which they do, as oids; those whose triggers are
/// disabled, too.
List* followers_of(Oid target);

}  // namespace objectset::pg
