// Which set tables there are.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: what may be set tables, by name, in the current memory context.
List* find_set_tables();

}  // namespace objectset::pg
