// Who entered a saved set and who left it.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: no line of the table's history, if it has one, keeps these ids.
void erase_from_history(const SetTable& table, Datum ids);

}  // namespace objectset::pg
