// Questions to a whole set table: which sets hold an id, how the sets overlap, which are alike; and how the members of a
// set fall on the values of a column.
#include "pg/saved/named_sets.hpp"

namespace objectset::pg {
namespace {

double jaccard(uint64 both, uint64 either) {
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

// A limit that is NULL is none.
Parameter limit_argument(FunctionCallInfo fcinfo, int n) {
  if (PG_ARGISNULL(n)) return {INT8OID, 0, true};
  return parameter(int64{PG_GETARG_INT32(n)});
}

struct Counted {
  Datum name;
  SetView members;
  uint64 count;
};

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// The tests are in an order in which most rows are done after the first page of `base`.
OBJECTSET_FUNCTION(objectset_containing) {
  const SetTable table = set_table_argument(fcinfo, 0);
  const Rows rows = begin_rows(fcinfo);
  SPI_connect();
  put_rows(rows,
           run(table, Access::read,
               "SELECT name FROM {t} WHERE (base OPERATOR({s}.@>) $1 OR added OPERATOR({s}.@>) $1) "
               "AND NOT removed OPERATOR({s}.@>) $1 ORDER BY name",
               {}, {parameter(PG_GETARG_INT64(1))}));
  SPI_finish();
  PG_RETURN_NULL();
}

// Every set is opened once, not once for each pair.
OBJECTSET_FUNCTION(objectset_pairwise_overlaps) {
  const SetTable table = set_table_argument(fcinfo, 0);
  const Rows rows = begin_rows(fcinfo);
  SPI_connect();
  const uint64 count = run(
      table, Access::read,
      "SELECT name, base, added, removed FROM {t} WHERE name IS NOT NULL ORDER BY name", {}, {});
  auto* const sets =
      static_cast<Counted*>(palloc_extended(sizeof(Counted) * (count + 1), MCXT_ALLOC_HUGE));
  for (uint64 i = 0; i < count; ++i) {
    CHECK_FOR_INTERRUPTS();
    bool is_null = false;
    const SetView members = members_in(i, 2);
    sets[i] = {column(i, 1, &is_null), members, cardinality(members)};
  }
  for (uint64 i = 0; i < count; ++i) {
    for (uint64 j = i + 1; j < count; ++j) {
      CHECK_FOR_INTERRUPTS();
      const Counted& a = sets[i];
      const Counted& b = sets[j];
      uint64 both = 0;
      guarded([&] { both = intersect_count(a.members, b.members); });
      Datum values[] = {a.name,
                        b.name,
                        Int64GetDatum(static_cast<int64>(a.count)),
                        Int64GetDatum(static_cast<int64>(b.count)),
                        Int64GetDatum(static_cast<int64>(both)),
                        Float8GetDatum(jaccard(both, a.count + b.count - both))};
      bool nulls[6] = {};
      put_row(rows, values, nulls);
    }
  }
  SPI_finish();
  PG_RETURN_NULL();
}

// Not strict: a limit may be missing.
OBJECTSET_FUNCTION(objectset_similar) {
  const Rows rows = begin_rows(fcinfo);
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
  const SetTable table = set_table_argument(fcinfo, 0);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  SPI_connect();
  const Datum members = flat_datum(members_by_name(table, name));
  put_rows(
      rows,
      run(table, Access::read,
          "SELECT s.name, s.count::pg_catalog.int8, s.members_both, s.likeness FROM ("
          "SELECT o.name, o.count, {s}.objectset_intersect_count(o.members, $2) AS members_both, "
          "{s}.objectset_jaccard(o.members, $2) AS likeness FROM ("
          "SELECT name, count, (base OPERATOR({s}.|) added) OPERATOR({s}.-) removed AS members "
          "FROM {t} WHERE name OPERATOR(pg_catalog.<>) $1) AS o) AS s "
          "ORDER BY s.likeness DESC, s.name LIMIT $3",
          {}, {parameter(name), {table.set_type, members}, limit_argument(fcinfo, 2)}));
  SPI_finish();
  PG_RETURN_NULL();
}

// Not strict: a limit may be missing.
OBJECTSET_FUNCTION(objectset_facets) {
  const Rows rows = begin_rows(fcinfo);
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2)) PG_RETURN_NULL();
  const SetTable table = set_table_argument(fcinfo, 0);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  const char* const grouping = NameStr(*PG_GETARG_NAME(2));
  SPI_connect();
  const Target target = target_of(table);
  if (get_attnum(target.relid, grouping) == InvalidAttrNumber) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of relation \"%s\" does not exist", grouping,
                           get_rel_name(target.relid))));
  }
  const Datum members = flat_datum(members_by_name(table, name));
  // The set is a parameter, whose value the planner sees.
  put_rows(rows, run(table, Access::read,
                     "SELECT g.value::pg_catalog.text, g.members FROM ("
                     "SELECT {2} AS value, pg_catalog.count(*) AS members FROM {0} "
                     "WHERE {1} OPERATOR({s}.<@) $1 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2) AS g "
                     "ORDER BY g.members DESC, g.value",
                     {target.name, target.key, quote_identifier(grouping)},
                     {{table.set_type, members}, limit_argument(fcinfo, 3)}));
  SPI_finish();
  PG_RETURN_NULL();
}
