// How the refreshes of saved sets went, and what has changed since.
#include "pg/saved/change_log.hpp"

namespace objectset::pg {
namespace {

constexpr int width = 7;
constexpr int changed = 5;  // where in a row, from 0

// What the sets have seen, as texts.
Datum seen_of(const SPITupleTable* sets, uint64 count) {
  ArrayBuildState* all = initArrayResult(TEXTOID, CurrentMemoryContext, false);
  for (uint64 row = 0; row < count; ++row) {
    const char* const seen = SPI_getvalue(sets->vals[row], sets->tupdesc, changed + 1);
    accumArrayResult(all, seen == nullptr ? 0 : CStringGetTextDatum(seen), seen == nullptr, TEXTOID,
                     CurrentMemoryContext);
  }
  return makeArrayResult(all, CurrentMemoryContext);
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_status) {
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
  const SPITupleTable* const sets = SPI_tuptable;
  if (is_tracked) count_changes(table, log, seen_of(sets, count));
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    Datum values[width];
    bool nulls[width];
    heap_deform_tuple(sets->vals[row], sets->tupdesc, values, nulls);
    nulls[changed] = true;
    if (is_tracked) values[changed] = column(row, 1, &nulls[changed]);
    put_row(rows, values, nulls);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}
