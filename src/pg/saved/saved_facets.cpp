// How the members of a saved set fall on the values of columns of the target: of one, or of several in one pass.
#include "pg/saved/set_table.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace objectset::pg {
namespace {

// What rows are grouped by: the values of a column, or, where there is a step, what they are rounded down to.
struct Facet {
  const char* column;
  const char* step;
  const char* expression;
};

// As many as GROUPING tells apart.
constexpr int max_facets = 31;

struct Facets {
  int count;
  Facet list[max_facets];
};

// The type of a column whose values can be counted and put in order.
Oid type_of_column(const Target& target, const char* name) {
  const AttrNumber column = get_attnum(target.relid, name);
  if (column == InvalidAttrNumber) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                           get_rel_name(target.relid))));
  }
  const Oid type = get_atttype(target.relid, column);
  if (!OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr)) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                    errmsg("values of column \"%s\" have no order: it is of type %s", name,
                           format_type_be(type))));
  }
  return type;
}

// A width of steps as a literal; anything else that numeric_in() takes is none.
const char* width_literal(const Facet& facet) {
  Datum const width = DirectFunctionCall3(numeric_in, CStringGetDatum(facet.step),
                                          ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
  const char* const text = DatumGetCString(DirectFunctionCall1(numeric_out, width));
  const bool is_number = strspn(text, "0123456789.") == strlen(text);
  if (!is_number || strspn(text, "0.") == strlen(text)) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the step \"%s\" of column \"%s\" is no width: a number above zero",
                           facet.step, facet.column)));
  }
  return psprintf("%s::pg_catalog.numeric", quote_literal_cstr(text));
}

// Less what is left over, which is exact, and above zero for numbers below it too. Of what has no end nothing is left over.
const char* stepped_number(const char* number, const char* width) {
  return psprintf(
      "CASE WHEN %s OPERATOR(pg_catalog.=) ANY ('{Infinity,-Infinity}'::pg_catalog.numeric[]) "
      "THEN %s ELSE %s OPERATOR(pg_catalog.-) pg_catalog.mod(pg_catalog.mod(%s, %s) "
      "OPERATOR(pg_catalog.+) %s, %s) END",
      number, number, number, number, width, width, width);
}

// A unit that date_trunc knows, as a literal, though there may be no row to find out with.
const char* unit_literal(const Facet& facet) {
  DirectFunctionCall2(timestamp_trunc, CStringGetTextDatum(facet.step), TimestampGetDatum(0));
  return psprintf("%s::pg_catalog.text", quote_literal_cstr(facet.step));
}

// Only of the server's own types, by its own functions.
const char* stepped(const Facet& facet, Oid type) {
  const char* const column = quote_identifier(facet.column);
  switch (getBaseType(type)) {
    case DATEOID:
      return psprintf("pg_catalog.date_trunc(%s, %s::pg_catalog.timestamp)::pg_catalog.date",
                      unit_literal(facet), column);
    case TIMESTAMPOID:
      return psprintf("pg_catalog.date_trunc(%s, %s::pg_catalog.timestamp)", unit_literal(facet),
                      column);
    case TIMESTAMPTZOID:
      return psprintf("pg_catalog.date_trunc(%s, %s::pg_catalog.timestamptz)", unit_literal(facet),
                      column);
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
      return stepped_number(psprintf("%s::pg_catalog.numeric", column), width_literal(facet));
    case FLOAT4OID:
    case FLOAT8OID:
      // As it is written: a cast would round it to fewer digits, be it up.
      return stepped_number(psprintf("%s::pg_catalog.text::pg_catalog.numeric", column),
                            width_literal(facet));
    default:
      ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                      errmsg("column \"%s\" of type %s cannot be taken in steps", facet.column,
                             format_type_be(type)),
                      errhint("Steps are for numbers (a width) and for dates and times (a unit, as "
                              "date_trunc has them).")));
  }
  pg_unreachable();
}

void add_facet(const Target& target, const char* column, const char* step, Facets* facets) {
  Facet* const facet = &facets->list[facets->count];
  *facet = {column, step, quote_identifier(column)};
  const Oid type = type_of_column(target, column);
  if (step != nullptr) facet->expression = stepped(*facet, type);
  for (int i = 0; i < facets->count; ++i) {
    if (strcmp(facets->list[i].expression, facet->expression) != 0) continue;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("column \"%s\" is named twice with the same step", column)));
  }
  ++facets->count;
}

// The elements of an array as strings, nullptr for NULL.
const char** strings_of(ArrayType* array, Oid type, int* count) {
  const bool is_name = type == NAMEOID;
  Datum* values = nullptr;
  bool* nulls = nullptr;
  deconstruct_array(array, type, is_name ? NAMEDATALEN : -1, false,
                    is_name ? TYPALIGN_CHAR : TYPALIGN_INT, &values, &nulls, count);
  auto* const strings = static_cast<const char**>(palloc(sizeof(char*) * (*count + 1)));
  for (int i = 0; i < *count; ++i) {
    strings[i] = nulls[i]  ? nullptr
                 : is_name ? NameStr(*DatumGetName(values[i]))
                           : TextDatumGetCString(values[i]);
  }
  return strings;
}

Facets facets_argument(FunctionCallInfo fcinfo, const Target& target) {
  int count = 0;
  int step_count = 0;
  const char** const columns = strings_of(PG_GETARG_ARRAYTYPE_P(2), NAMEOID, &count);
  const char** const steps =
      PG_ARGISNULL(3) ? nullptr : strings_of(PG_GETARG_ARRAYTYPE_P(3), TEXTOID, &step_count);
  if (count < 1 || count > max_facets) {
    ereport(ERROR,
            (errcode(count < 1 ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_PROGRAM_LIMIT_EXCEEDED),
             errmsg("facets are of 1 to %d columns, not of %d", max_facets, count)));
  }
  if (steps != nullptr && step_count != count) {
    ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                    errmsg("there are %d columns and %d steps", count, step_count),
                    errhint("There is a step for each column, NULL for its values as they are.")));
  }
  Facets facets = {};
  for (int i = 0; i < count; ++i) {
    if (columns[i] == nullptr) raise_null("the name of a column");
    add_facet(target, columns[i], steps == nullptr ? nullptr : steps[i], &facets);
  }
  return facets;
}

// The expressions, each between `before` and `after`.
const char* list_of(const Facets& facets, const char* before, const char* after) {
  StringInfoData text;
  initStringInfo(&text);
  for (int i = 0; i < facets.count; ++i) {
    appendStringInfo(&text, "%s%s%s%s", i == 0 ? "" : ", ", before, facets.list[i].expression,
                     after);
  }
  return text.data;
}

// What the columns with the values are called.
const char* names_of_values(const Facets& facets) {
  StringInfoData text;
  initStringInfo(&text);
  for (int i = 0; i < facets.count; ++i) appendStringInfo(&text, ", value_%d", i + 1);
  return text.data;
}

// One row for each value of each facet, of the most frequent ones: which facet, how many rows, and the value in the column
// of the facet.
uint64 count_values(const SetTable& table, const char* name, const Facets& facets,
                    const Parameter& limit) {
  const Target& target = table.target;
  // Floats are written in full, however the session wants to see them.
  const int nesting = NewGUCNestLevel();
  set_option("extra_float_digits", "1");
  // GROUPING has a bit for each expression that is not grouped by; the last one stands for the lowest bit.
  const uint64 count =
      run_for(table.user, target.relid, table, Access::read,
              "SELECT * FROM (SELECT GROUPING({2}), pg_catalog.count(*), "
              "pg_catalog.row_number() OVER (PARTITION BY GROUPING({2}) "
              "ORDER BY pg_catalog.count(*) DESC, {2}), {2} FROM {0} "
              "WHERE {1}::{4} OPERATOR({s}.<@) $1 GROUP BY GROUPING SETS ({3})) "
              "AS counted (grouping, members, place{5}) "
              "WHERE $2 IS NULL OR place OPERATOR(pg_catalog.<=) $2 ORDER BY 1, 3",
              {target.name, target.key_name, list_of(facets, "", ""), list_of(facets, "(", ")"),
               target.key_type_name, names_of_values(facets)},
              {members_parameter(table, name), limit});
  AtEOXact_GUC(true, nesting);
  return count;
}

int facet_of(const Facets& facets, uint64 row) {
  bool is_null = false;
  const auto grouping = static_cast<uint32>(DatumGetInt32(column(row, 1, &is_null)));
  const uint32 all = (uint32{1} << facets.count) - 1;
  return facets.count - 1 - pg_leftmost_one_pos32(all & ~grouping);
}

void put_value(const Rows& rows, const Facet& facet, uint64 row, int position) {
  const char* const value = text_column(row, position);
  bool nulls[] = {false, facet.step == nullptr, value == nullptr, false};
  Datum values[] = {CStringGetTextDatum(facet.column),
                    nulls[1] ? 0 : CStringGetTextDatum(facet.step),
                    nulls[2] ? 0 : CStringGetTextDatum(value), column(row, 2, &nulls[3])};
  put_row(rows, values, nulls);
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// Not strict: a limit may be missing.
OBJECTSET_FUNCTION(objectset_saved_facets) {
  const Rows rows = begin_rows(fcinfo);
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2)) PG_RETURN_NULL();
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Target& target = table.target;
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  const char* const grouping = NameStr(*PG_GETARG_NAME(2));
  type_of_column(target, grouping);
  const Parameter limit = limit_argument(fcinfo, 3);
  const uint64 count =
      run_for(table.user, target.relid, table, Access::read,
              "SELECT {2}, pg_catalog.count(*) FROM {0} "
              "WHERE {1}::{3} OPERATOR({s}.<@) $1 GROUP BY 1 ORDER BY 2 DESC, 1 "
              "LIMIT $2",
              {target.name, target.key_name, quote_identifier(grouping), target.key_type_name},
              {members_parameter(table, name), limit});
  for (uint64 row = 0; row < count; ++row) {
    // By the type's output, not by a cast, which may be anybody's.
    const char* const value = text_column(row, 1);
    bool nulls[] = {value == nullptr, false};
    Datum values[] = {nulls[0] ? 0 : CStringGetTextDatum(value), column(row, 2, &nulls[1])};
    put_row(rows, values, nulls);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}

// Not strict: steps and a limit may be missing.
OBJECTSET_FUNCTION(objectset_saved_facets_by) {
  const Rows rows = begin_rows(fcinfo);
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2)) PG_RETURN_NULL();
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  const Facets facets = facets_argument(fcinfo, table.target);
  const uint64 count = count_values(table, name, facets, limit_argument(fcinfo, 4));
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    const int which = facet_of(facets, row);
    put_value(rows, facets.list[which], row, which + 4);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}
