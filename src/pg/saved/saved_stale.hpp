// Which composed sets are stale, for those who list them.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: the ids of the stale sets of the table, as a bigint[], in their order.
Datum stale_ids(const SetTable& table);

}  // namespace objectset::pg
