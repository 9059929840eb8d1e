// Sets out of a table that has a row for each membership, which is how groups are kept elsewhere.
#include "pg/saved/set_table.hpp"

extern "C" {
#include "access/relation.h"
#include "commands/sequence.h"
#include "storage/lmgr.h"
}

namespace objectset::pg {
namespace {

enum class ColumnKind { id, text };

// A column of the table, in words that call nothing of its owner's.
struct Column {
  ColumnKind kind;
  const char* name;   // as it was given
  const char* value;  // quoted, and cast to bigint or text
};

bool is_text(Oid type) {
  return type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == NAMEOID;
}

Column column_argument(FunctionCallInfo fcinfo, int n, Oid source, const char* what,
                       bool may_be_text) {
  if (PG_ARGISNULL(n)) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s cannot be NULL", what)));
  }
  const char* const name = NameStr(*PG_GETARG_NAME(n));
  const AttrNumber number = get_attnum(source, name);
  if (number <= 0) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of %s does not exist", name, get_rel_name(source))));
  }
  const Oid type = get_atttype(source, number);
  const Oid base = getBaseType(type);
  const bool is_id = base == INT8OID || base == INT4OID || base == INT2OID;
  if (!is_id && !(may_be_text && is_text(base))) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("column \"%s\" of %s is of type %s, not of %s", name,
                           get_rel_name(source), format_type_be(type),
                           may_be_text ? "an integer type or text" : "an integer type")));
  }
  const char* const exact = format_type_extended(base, -1, FORMAT_TYPE_FORCE_QUALIFY);
  const char* const wanted = is_id ? "pg_catalog.int8" : "pg_catalog.text";
  return {is_id ? ColumnKind::id : ColumnKind::text, name,
          psprintf("m.%s::%s::%s", quote_identifier(name), exact, wanted)};
}

// A table, not a view, whose functions would run as the caller.
Oid source_argument(FunctionCallInfo fcinfo, int n) {
  if (PG_ARGISNULL(n)) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("the table to import from cannot be NULL")));
  }
  const Oid source = PG_GETARG_OID(n);
  LockRelationOid(source, AccessShareLock);
  const char kind = get_rel_relkind(source);
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_MATVIEW) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("sets are imported from tables and materialized views")));
  }
  return source;
}

void check_groups(const SetTable& table, const char* source, const Column& set,
                  const Column* name) {
  if (run(table, Access::write, "SELECT 1 FROM {0} AS m WHERE {1} IS NULL LIMIT 1",
          {source, set.value}, {}) != 0) {
    ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                    errmsg("column \"%s\" is NULL in some rows of %s", set.name, source)));
  }
  if (name == nullptr) return;
  if (run(table, Access::write,
          "SELECT {1} FROM {0} AS m GROUP BY 1 HAVING pg_catalog.min({2}) OPERATOR(pg_catalog.<>) "
          "pg_catalog.max({2}) OR pg_catalog.count({2}) OPERATOR(pg_catalog.<>) "
          "pg_catalog.count(*) "
          "ORDER BY 1 LIMIT 1",
          {source, set.value, name->value}, {}) != 0) {
    ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                    errmsg("group %s of %s has not one name",
                           SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1), source)));
  }
}

// New sets get ids beyond those that were imported.
void move_identity_on(const SetTable& table) {
  Relation const relation = relation_open(table.relid, NoLock);
  const Oid sequence = identity_sequence(relation, get_attnum(table.relid, "id"));
  relation_close(relation, NoLock);
  if (!OidIsValid(sequence)) return;
  run(table, Access::write,
      "SELECT pg_catalog.setval($1::pg_catalog.oid::pg_catalog.regclass, i.id) FROM (SELECT "
      "pg_catalog.max(id) AS id FROM {r}) "
      "AS i WHERE i.id OPERATOR(pg_catalog.>) 0::pg_catalog.int8 AND i.id OPERATOR(pg_catalog.>) "
      "(SELECT q.last_value FROM {0} AS q)",
      {qualified_name(sequence)}, {{OIDOID, ObjectIdGetDatum(sequence)}});
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// Groups that are numbered keep their numbers. What a row security policy hides would be left out in silence: then it is an
// error.
OBJECTSET_FUNCTION(objectset_saved_import) {
  TupleDesc shape = nullptr;
  get_call_result_type(fcinfo, nullptr, &shape);
  shape = BlessTupleDesc(shape);
  const Oid source_id = source_argument(fcinfo, 1);
  const char* const source = qualified_name(source_id);
  const Column set = column_argument(fcinfo, 2, source_id, "the column of groups", true);
  const Column id = column_argument(fcinfo, 3, source_id, "the column of ids", false);
  Column name = {};
  const bool has_name = !PG_ARGISNULL(4);
  if (has_name) name = column_argument(fcinfo, 4, source_id, "the column of names", true);
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  check_sees_all(source_id);
  check_groups(table, source, set, has_name ? &name : nullptr);
  const bool is_numbered = set.kind == ColumnKind::id;
  const char* const label = has_name ? psprintf("pg_catalog.min(%s)::pg_catalog.text", name.value)
                                     : psprintf("%s::pg_catalog.text", set.value);
  const char* const statement = psprintf(
      "WITH made AS (INSERT INTO {t} (%sname, base) SELECT %s{2}, "
      "coalesce({s}.objectset_agg({1}), '{}') FROM {3} AS m GROUP BY {0} RETURNING count) "
      "SELECT pg_catalog.count(*), coalesce(pg_catalog.sum(count), 0)::pg_catalog.int8, "
      "(SELECT pg_catalog.count({1}) FROM {3} AS m) FROM made",
      is_numbered ? "id, " : "", is_numbered ? "{0}, " : "");
  run(table, Access::write, statement, {set.value, id.value, label, source}, {});
  bool nulls[3] = {};
  const Datum sets = column(0, 1, &nulls[0]);
  const int64 members = DatumGetInt64(column(0, 2, &nulls[1]));
  const int64 rows = DatumGetInt64(column(0, 3, &nulls[2]));
  if (is_numbered) move_identity_on(table);
  close_set_table(table);
  Datum values[] = {sets, Int64GetDatum(members), Int64GetDatum(rows - members)};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(shape, values, nulls)));
}
