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
  const char* const name = NameStr(*DatumGetName(given_argument(fcinfo, n, what)));
  const AttrNumber number = get_attnum(source, name);
  if (number <= 0) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                           get_rel_name(source))));
  }
  const Oid type = get_atttype(source, number);
  const Oid base = getBaseType(type);
  const bool is_id = is_id_type(base);
  if (!is_id && !(may_be_text && is_text(base))) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("column \"%s\" of \"%s\" is of type %s, not of %s", name,
                           get_rel_name(source), format_type_be(type),
                           may_be_text ? "an integer type or text" : "an integer type")));
  }
  // Without the flag a bpchar would be "character", which in a cast is one character.
  const char* const exact =
      format_type_extended(base, -1, FORMAT_TYPE_FORCE_QUALIFY | FORMAT_TYPE_TYPEMOD_GIVEN);
  // Names that differ are of different sets, whatever the column's collation.
  const char* const wanted =
      is_id ? "pg_catalog.int8" : "pg_catalog.text COLLATE pg_catalog.\"default\"";
  return {is_id ? ColumnKind::id : ColumnKind::text, name,
          psprintf("m.%s::%s::%s", quote_identifier(name), exact, wanted)};
}

// A table, not a view, whose functions would run as the caller.
Oid source_argument(FunctionCallInfo fcinfo, int n) {
  const Oid source = DatumGetObjectId(given_argument(fcinfo, n, "the table to import from"));
  LockRelationOid(source, AccessShareLock);
  const char kind = get_rel_relkind(source);
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_MATVIEW) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("sets are imported from tables and materialized views")));
  }
  return source;
}

// A group of the table, and what becomes of it.
struct ImportedGroup {
  int64 id;  // where groups are numbered
  const char* name;
  Datum members;
  int64 rows;
};

struct ImportedGroups {
  ImportedGroup* groups;
  uint64 count;
};

// All groups, in their order. Planning simplifies expressions of indexes and statistics, which are their owner's code: so
// the table is read as its owner, where that makes no difference.
ImportedGroups read_groups(const SetTable& table, Oid source, const Column& set, const Column& id,
                           const Column& name) {
  const char* const source_name = qualified_name(source);
  const uint64 count = run_for_writer(
      source, table,
      "SELECT {1}, pg_catalog.min({3})::pg_catalog.text, coalesce({s}.objectset_agg({2}), '{}'), "
      "pg_catalog.count({2}), pg_catalog.min({3}) OPERATOR(pg_catalog.=) pg_catalog.max({3}) "
      "AND pg_catalog.count({3}) OPERATOR(pg_catalog.=) pg_catalog.count(*) "
      "FROM {0} AS m GROUP BY 1 ORDER BY 1 NULLS FIRST",
      {source_name, set.value, id.value, name.value}, {});
  ImportedGroups groups = {static_cast<ImportedGroup*>(palloc_extended(
                               sizeof(ImportedGroup) * (count + 1), MCXT_ALLOC_HUGE)),
                           count};
  for (uint64 row = 0; row < count; ++row) {
    bool is_null = false;
    const Datum group = column(row, 1, &is_null);
    if (is_null) {
      ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                      errmsg("column \"%s\" is NULL in some rows of \"%s\"", set.name,
                             get_rel_name(source))));
    }
    if (!DatumGetBool(column(row, 5, &is_null)) || is_null) {
      ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                      errmsg("group %s of \"%s\" has not one name", text_column(row, 1),
                             get_rel_name(source))));
    }
    groups.groups[row] = {set.kind == ColumnKind::id ? DatumGetInt64(group) : 0,
                          text_column(row, 2), column(row, 3, &is_null), int64_column(row, 4)};
  }
  return groups;
}

// New sets get ids beyond those that were imported.
void move_identity_on(const SetTable& table) {
  Relation const relation = relation_open(table.relid, NoLock);
  const Oid sequence = identity_sequence(relation, get_attnum(table.relid, "id"));
  relation_close(relation, NoLock);
  if (!OidIsValid(sequence)) return;
  run(beside(table, sequence), Access::write,
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
  TupleDesc const shape = row_of_result(fcinfo);
  const Oid source_id = source_argument(fcinfo, 1);
  const Column set = column_argument(fcinfo, 2, source_id, "the column of groups", true);
  const Column id = column_argument(fcinfo, 3, source_id, "the column of ids", false);
  const Column name =
      PG_ARGISNULL(4) ? set : column_argument(fcinfo, 4, source_id, "the column of names", true);
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  check_writer_sees_all(source_id, table);
  const bool is_numbered = set.kind == ColumnKind::id;
  const ImportedGroups groups = read_groups(table, source_id, set, id, name);
  int64 members = 0;
  int64 rows = 0;
  for (uint64 i = 0; i < groups.count; ++i) {
    CHECK_FOR_INTERRUPTS();
    do_for_one_set([&] {
      const ImportedGroup& group = groups.groups[i];
      Values values;
      values.put("base", {table.set_type, group.members});
      if (is_numbered) values.put("id", parameter(group.id));
      int64 count = 0;
      insert_set(table, group.name, values, false, &count);
      members += count;
      rows += group.rows;
    });
  }
  if (is_numbered) move_identity_on(table);
  close_set_table(table);
  bool nulls[3] = {};
  Datum values[] = {Int64GetDatum(static_cast<int64>(groups.count)), Int64GetDatum(members),
                    Int64GetDatum(rows - members)};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(shape, values, nulls)));
}
