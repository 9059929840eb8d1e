// Which set tables there are.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: what may be set tables by their marks, by name, in the current memory context. With the type objectset, also those
/// that have lost it: all tables with a column `base` of that type.
List* find_set_tables(Oid set_type);
/// Zone A: those whose marks name a table, by name; none is locked.
List* find_set_tables_of(Oid target);

}  // namespace objectset::pg
