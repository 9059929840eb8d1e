// Who entered a saved set, who left it, when and by whom: kept where the set table has a history.
//
// The one idea: a history is an ordinary table that refers to the set table by a foreign key, with columns of known names.
// So it is found through the set table's own triggers, which the relation cache holds: a set table without a history
// pays nothing for that, and the tie survives renames, dumps and restores.
#pragma once

#include "pg/saved/named_sets.hpp"

namespace objectset::pg {

/// The history of a set table, or InvalidOid.
Oid history_of(const SetTable& table);

/// Zone A, between SPI_connect and SPI_finish: keeps what a change of membership was, and that this role made it, where
/// the table has a history and somebody entered or left.
void note_change(const SetTable& table, int64 set_id, Oid role, const SetView& entered,
                 const SetView& gone);

}  // namespace objectset::pg
