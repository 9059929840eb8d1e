// Within what the names of a table's sets are unique: the columns beside the name in the unique indexes on names.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: a row of these columns, where policies keep what is in one scope apart from what is in another: there an
/// expression means sets of its own scope, whatever whoever asks may see besides. nullptr: it means what is seen by that name.
const char* scope_kept_apart(const SetTable& table);

}  // namespace objectset::pg
