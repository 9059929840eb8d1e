// How the refreshes of saved sets went, and what has changed since.
#include "pg/saved/change_log.hpp"

namespace objectset::pg {
namespace {

// How many ids have changed that a set was not refreshed for yet, as the log of its table tells; NULL where nothing does.
Datum changed_since(const SetTable& table, const ChangeLog& log, Datum seen, bool* is_null) {
  *is_null = true;
  if (seen == 0) return 0;
  const Changes changes = read_changes(table, log, seen);
  *is_null = changes.is_everything;
  const Datum count = Int64GetDatum(static_cast<int64>(cardinality(changes.ids)));
  SPI_freetuptable(SPI_tuptable);
  return count;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_status) {
  constexpr int width = 7;
  constexpr int changed = 5;
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  ChangeLog log = {};
  const bool is_tracked = find_change_log(table, &log);
  const uint64 count =
      run(table, Access::read,
          "SELECT name::pg_catalog.text, refreshed, refresh_took, refresh_way, refresh_attempts, "
          "CASE WHEN seen_mark IS NOT NULL THEN seen END, last_error FROM {r} "
          "WHERE query IS NOT NULL OR expression IS NOT NULL ORDER BY 1",
          {}, {});
  SPITupleTable* const sets = SPI_tuptable;
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    Datum values[width];
    bool nulls[width];
    heap_deform_tuple(sets->vals[row], sets->tupdesc, values, nulls);
    const Datum seen = is_tracked && !nulls[changed] ? values[changed] : 0;
    values[changed] = changed_since(table, log, seen, &nulls[changed]);
    put_row(rows, values, nulls);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}
