// Questions to a whole set table: which sets hold an id, how the sets overlap, which are alike.
#include "pg/saved/set_table.hpp"

namespace objectset::pg {
namespace {

double jaccard(uint64 both, uint64 either) {
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
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

OBJECTSET_FUNCTION(objectset_saved_containing) {
  // The tests are in an order in which most rows are done after the first page of `base`.
  constexpr const char* by_table =
      "SELECT name::pg_catalog.text FROM {r} WHERE ((base OPERATOR({s}.@>) $1 AND NOT "
      "deleted OPERATOR({s}.@>) $1) OR added OPERATOR({s}.@>) $1) "
      "AND NOT removed OPERATOR({s}.@>) $1 ORDER BY 1";
  // Of what the index does not find `base` is not looked at.
  constexpr const char* by_index =
      "SELECT name FROM (SELECT id, name::pg_catalog.text FROM {r} WHERE base OPERATOR({s}.@>) $1 "
      "AND NOT deleted OPERATOR({s}.@>) $1 AND NOT removed OPERATOR({s}.@>) $1 "
      "UNION SELECT id, name::pg_catalog.text FROM {r} WHERE added OPERATOR({s}.@>) $1 "
      "AND NOT removed OPERATOR({s}.@>) $1) AS holders ORDER BY 1";
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  put_rows(rows, run(table, Access::read, OidIsValid(index_of_base(table)) ? by_index : by_table,
                     {}, {parameter(PG_GETARG_INT64(1))}));
  close_set_table(table);
  PG_RETURN_NULL();
}

// Every set is opened once, not once for each pair.
OBJECTSET_FUNCTION(objectset_saved_overlaps) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const uint64 count = run(table, Access::read,
                           "SELECT name::pg_catalog.text, base, added, removed, deleted FROM {r} "
                           "ORDER BY 1",
                           {}, {});
  auto* const sets =
      static_cast<Counted*>(palloc_extended(sizeof(Counted) * (count + 1), MCXT_ALLOC_HUGE));
  uint64 named = 0;
  for (uint64 i = 0; i < count; ++i) {
    CHECK_FOR_INTERRUPTS();
    bool is_null = false;
    const Datum name = column(i, 1, &is_null);
    if (is_null) continue;  // asked here: the server drops conditions that NOT NULL promises
    const SetView members = members_of_parts(parts_in(i, 2));
    sets[named++] = {name, members, cardinality(members)};
  }
  for (uint64 i = 0; i < named; ++i) {
    for (uint64 j = i + 1; j < named; ++j) {
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
  close_set_table(table);
  PG_RETURN_NULL();
}

// Not strict: a limit may be missing.
OBJECTSET_FUNCTION(objectset_saved_similar) {
  const Rows rows = begin_rows(fcinfo);
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  put_rows(
      rows,
      run(table, Access::read,
          "SELECT s.name, s.count, s.members_both, s.likeness FROM ("
          "SELECT o.name, o.count, {s}.objectset_intersect_count(o.members, $2) AS members_both, "
          "{s}.objectset_jaccard(o.members, $2) AS likeness FROM ("
          "SELECT name::pg_catalog.text AS name, count, {s}.objectset_members_of(base, added, "
          "removed, deleted) AS members FROM {r} "
          "WHERE name::pg_catalog.text OPERATOR(pg_catalog.<>) $1) AS o) AS s "
          "ORDER BY s.likeness DESC, s.name LIMIT $3",
          {}, {parameter(name), members_parameter(table, name), limit_argument(fcinfo, 2)}));
  close_set_table(table);
  PG_RETURN_NULL();
}
