// How the refreshes of saved sets went, and what has changed since.
#include "pg/saved/saved_fresh.hpp"

namespace objectset::pg {
namespace {

constexpr int changed = 5;       // where in a row, from 0
constexpr int columns_read = 9;  // with what tells whether that is known

// What the sets have seen, as texts; NULL where a refresh would not believe it.
Datum seen_of(uint64 count) {
  ArrayBuildState* all = initArrayResult(TEXTOID, CurrentMemoryContext, false);
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    const bool is_known = is_marked_as_seen(column_of_type(row, changed + 1, XID8ARRAYOID),
                                            column_of_type(row, 8, BYTEAOID), set_there(row, 9));
    const char* const seen = is_known ? text_column(row, changed + 1) : nullptr;
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
          "SELECT name::pg_catalog.text, refreshed, refresh_took, refresh_way, refresh_failures, "
          "seen, last_error, seen_mark, base FROM {r} "
          "WHERE query IS NOT NULL OR expression IS NOT NULL ORDER BY 1",
          {}, {});
  const SPITupleTable* const sets = SPI_tuptable;
  if (is_tracked) count_changes(table, log, seen_of(count));
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    Datum values[columns_read];
    bool nulls[columns_read];
    heap_deform_tuple(sets->vals[row], sets->tupdesc, values, nulls);
    nulls[changed] = true;
    if (is_tracked) values[changed] = column(row, 1, &nulls[changed]);
    put_row(rows, values, nulls);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}
