// Who entered a saved set and who left it.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: makes the history of a set table; 42P07 where it has one. `function`: of the extension's.
Oid create_history(Oid set_table, Oid function);

/// Zone A: the history of a set table; InvalidOid where it has none, 55000 where it is lost.
Oid history_of(const SetTable& table);
/// Zone A: the same, and 55000 where it has none.
Oid history_that_is_there(const SetTable& table);

/// Zone A: the ids of the sets that were called so in lines that the caller may read, and that are gone: no row has them, whoever
/// sees it. A bigint[].
Parameter dropped_sets(const SetTable& table, Oid history, const char* name, Access access);

/// Zone A: no line of the table's history, if it has one, keeps these ids.
void erase_from_history(const SetTable& table, Oid history, Datum ids);

}  // namespace objectset::pg
