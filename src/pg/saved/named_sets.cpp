#include "pg/saved/named_sets.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

// The text of a statement, with its placeholders replaced in one pass: what is put in is not looked at again.
const char* expand(const SetTable& table, const char* statement,
                   std::initializer_list<const char*> words) {
  StringInfoData text;
  initStringInfo(&text);
  for (const char* at = statement; *at != '\0'; ++at) {
    if (*at != '{' || at[1] == '\0' || at[2] != '}') {
      appendStringInfoChar(&text, *at);
      continue;
    }
    const char which = at[1];
    if (which == 't') {
      appendStringInfoString(&text, table.name);
    } else if (which == 's') {
      appendStringInfoString(&text, table.schema);
    } else {
      appendStringInfoString(&text, words.begin()[which - '0']);
    }
    at += 2;
  }
  return text.data;
}

bool has_column(Oid relid, const char* name, Oid type) {
  const AttrNumber number = get_attnum(relid, name);
  return number > 0 && get_atttype(relid, number) == type;
}

}  // namespace

const char* qualified_name(Oid relid) {
  return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
                                    get_rel_name(relid));
}

Oid owner_of(Oid relid) {
  HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

SetTable set_table(Oid relid, Oid function) {
  // What its columns are now they are until the end.
  LockRelationOid(relid, AccessShareLock);
  const char* const name = get_rel_name(relid);
  if (name == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation with OID %u does not exist", relid)));
  }
  const Oid schema = get_func_namespace(function);
  const Oid set_type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("objectset"),
                                       ObjectIdGetDatum(schema));
  if (!has_column(relid, "id", INT8OID) || !has_column(relid, "name", TEXTOID) ||
      !has_column(relid, "base", set_type) || !has_column(relid, "added", set_type) ||
      !has_column(relid, "removed", set_type)) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a set table", name),
                    errhint("objectset_create_table makes set tables.")));
  }
  return {relid, set_type, qualified_name(relid), quote_identifier(get_namespace_name(schema))};
}

void raise_unknown_set(const SetTable& table, const char* name) {
  ereport(ERROR,
          (errcode(ERRCODE_UNDEFINED_OBJECT),
           errmsg("object set \"%s\" does not exist in %s", name, get_rel_name(table.relid))));
  pg_unreachable();
}

namespace {

// Parameters as SPI takes them.
struct Parameters {
  static constexpr int most = 8;
  Oid types[most];
  Datum values[most];
  char nulls[most];
  int count;
};

Parameters spread(std::initializer_list<Parameter> parameters) {
  Assert(parameters.size() <= Parameters::most);
  Parameters spread = {};
  for (const Parameter& one : parameters) {
    spread.types[spread.count] = one.type;
    spread.values[spread.count] = one.value;
    spread.nulls[spread.count++] = one.is_null ? 'n' : ' ';
  }
  return spread;
}

uint64 rows_of(int result) {
  if (result < 0) {
    elog(ERROR, "statement over a set table failed: %s", SPI_result_code_string(result));
  }
  return SPI_processed;
}

}  // namespace

uint64 run(const SetTable& table, Access access, const char* statement,
           std::initializer_list<const char*> words, std::initializer_list<Parameter> parameters) {
  Parameters all = spread(parameters);
  return rows_of(SPI_execute_with_args(expand(table, statement, words), all.count, all.types,
                                       all.values, all.nulls, access == Access::read, 0));
}

SPIPlanPtr prepare(const SetTable& table, const char* statement,
                   std::initializer_list<const char*> words, std::initializer_list<Oid> types) {
  SPIPlanPtr const plan =
      SPI_prepare(expand(table, statement, words), static_cast<int>(types.size()),
                  const_cast<Oid*>(types.begin()));
  if (plan == nullptr) rows_of(SPI_result);
  return plan;
}

uint64 run(SPIPlanPtr plan, Access access, std::initializer_list<Parameter> parameters) {
  Parameters all = spread(parameters);
  return rows_of(SPI_execute_plan(plan, all.values, all.nulls, access == Access::read, 0));
}

namespace {

HeapTuple row_at(uint64 row) {
  if (SPI_tuptable == nullptr || row >= SPI_tuptable->numvals) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("a trigger or policy kept a row of the set table from being written")));
  }
  return SPI_tuptable->vals[row];
}

}  // namespace

Datum column(uint64 row, int n, bool* is_null) {
  return SPI_getbinval(row_at(row), SPI_tuptable->tupdesc, n, is_null);
}

const char* text_column(uint64 row, int n) {
  return SPI_getvalue(row_at(row), SPI_tuptable->tupdesc, n);
}

SetView set_in(uint64 row, int n) {
  bool is_null = false;
  const Datum value = column(row, n, &is_null);
  return is_null ? SetView() : pinned_view(set_argument(value));
}

SetView members_in(uint64 row, int n) {
  const SetView base = set_in(row, n);
  const SetView added = set_in(row, n + 1);
  const SetView removed = set_in(row, n + 2);
  if (is_empty(added) && is_empty(removed)) return base;
  SetView members;
  guarded([&] {
    void* const place = allocate(sizeof(Set));
    Set* const set = new (place) Set(combine(Operation::unite, base, added));
    set->apply(Operation::minus, removed);
    members = *set;
  });
  return members;
}

SetView members_by_name(const SetTable& table, const char* name) {
  if (run(table, Access::read,
          "SELECT base, added, removed FROM {t} WHERE name OPERATOR(pg_catalog.=) $1", {},
          {parameter(name)}) == 0) {
    raise_unknown_set(table, name);
  }
  return members_in(0, 1);
}

Rows begin_rows(FunctionCallInfo fcinfo) {
  auto* const result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (result == nullptr || !IsA(result, ReturnSetInfo) ||
      (result->allowedModes & SFRM_Materialize) == 0) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("set-valued function called in context that cannot accept a set")));
  }
  MemoryContext const outer = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
  const Rows rows = {
      tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem),
      CreateTupleDescCopy(result->expectedDesc)};
  MemoryContextSwitchTo(outer);
  result->returnMode = SFRM_Materialize;
  result->setResult = rows.store;
  result->setDesc = rows.shape;
  return rows;
}

void put_rows(const Rows& rows, uint64 count) {
  const int columns = rows.shape->natts;
  const TupleDesc given = SPI_tuptable->tupdesc;
  bool fits = given->natts == columns;
  for (int i = 0; fits && i < columns; ++i) {
    fits = TupleDescAttr(given, i)->atttypid == TupleDescAttr(rows.shape, i)->atttypid;
  }
  if (!fits) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("columns of the set table are not what they should be")));
  }
  auto* const values = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<Size>(columns)));
  auto* const nulls = static_cast<bool*>(palloc(sizeof(bool) * static_cast<Size>(columns)));
  for (uint64 row = 0; row < count; ++row) {
    heap_deform_tuple(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, values, nulls);
    put_row(rows, values, nulls);
  }
}

// With a search path on which nobody but the server's owner can put anything: what is asked here is asked on behalf of
// others, too.
Target target_of(const SetTable& table) {
  const int nesting = NewGUCNestLevel();
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                    GUC_ACTION_SAVE, true, 0, false);
  run(table, Access::read,
      "SELECT target::pg_catalog.oid, key::pg_catalog.name FROM {s}.objectset_target($1)", {},
      {{REGCLASSOID, ObjectIdGetDatum(table.relid)}});
  AtEOXact_GUC(true, nesting);
  bool has_no_target = true;
  bool has_no_key = true;
  const Oid relid =
      SPI_processed == 0 ? InvalidOid : DatumGetObjectId(column(0, 1, &has_no_target));
  const Datum key = has_no_target ? Datum() : column(0, 2, &has_no_key);
  if (has_no_key || get_rel_name(relid) == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("the target of %s has no key any more", get_rel_name(table.relid))));
  }
  return {relid, qualified_name(relid), quote_identifier(pstrdup(NameStr(*DatumGetName(key))))};
}

Datum flat_datum(const SetView& set) {
  struct varlena* flat = nullptr;
  guarded([&] { flat = write_set(set); });
  return PointerGetDatum(flat);
}

}  // namespace objectset::pg
