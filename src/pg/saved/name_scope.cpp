#include "pg/saved/name_scope.hpp"

#include "pg/record_fields.hpp"
#include "pg/saved/analysis.hpp"

extern "C" {
#include "access/sysattr.h"
#include "access/tupmacs.h"
#include "executor/executor.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace objectset::pg {
namespace {

// Adds the columns that make a name unique by such an index to those of others; false where it does without any.
bool add_scope(Form_pg_index index, AttrNumber name, AttrNumber id, Bitmapset** scope) {
  Bitmapset* columns = nullptr;
  for (int i = 0; i < index->indnkeyatts; ++i) {
    columns = bms_add_member(columns, index->indkey.values[i]);
  }
  const bool is_of_names =
      bms_is_member(name, columns) && !bms_is_member(id, columns) && !bms_is_member(0, columns);
  if (!is_of_names) return true;
  columns = bms_del_member(columns, name);
  *scope = bms_add_members(*scope, columns);
  return !bms_is_empty(columns);
}

// The columns within which names are unique; nullptr where there are none.
Bitmapset* scope_of_names(Relation relation) {
  const AttrNumber name = get_attnum(RelationGetRelid(relation), "name");
  const AttrNumber id = get_attnum(RelationGetRelid(relation), "id");
  List* const indexes = RelationGetIndexList(relation);
  Bitmapset* scope = nullptr;
  bool is_wanted = true;
  ListCell* cell = nullptr;
  foreach (cell, indexes) {
    HeapTuple const tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    auto* const index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    const bool is_unique = index->indisunique && index->indisvalid &&
                           heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
    if (is_unique) is_wanted = add_scope(index, name, id, &scope) && is_wanted;
    ReleaseSysCache(tuple);
  }
  return is_wanted ? scope : nullptr;
}

Bitmapset* scope_of_names(const SetTable& table) {
  Relation const relation = try_relation_open(table.relid, NoLock);
  if (relation == nullptr) raise_renamed();  // or gone, by who owns its schema
  Bitmapset* const scope = scope_of_names(relation);
  relation_close(relation, NoLock);
  return scope;
}

// Where the table has policies, whoever asks.
Bitmapset* columns_kept_apart(const SetTable& table) {
  const bool has_policies = check_enable_rls(table.relid, table.analyst, true) != RLS_NONE;
  return has_policies ? scope_of_names(table) : nullptr;
}

const char* row_of(const SetTable& table, const Bitmapset* columns, const char* prefix) {
  StringInfoData row;
  initStringInfo(&row);
  for (int column = -1; (column = bms_next_member(columns, column)) >= 0;) {
    appendStringInfo(
        &row, "%s%s%s", row.len == 0 ? "ROW(" : ", ", prefix,
        quote_identifier(get_attname(table.relid, static_cast<AttrNumber>(column), false)));
  }
  appendStringInfoChar(&row, ')');
  return row.data;
}

// Whether the server's own = goes over a column, and says of what has the same image that it is equal: an index may be asked
// by it first.
bool has_own_equality(const SetTable& table, AttrNumber column) {
  HeapTuple const tuple =
      SearchSysCache2(ATTNUM, ObjectIdGetDatum(table.relid), Int16GetDatum(column));
  if (!HeapTupleIsValid(tuple)) return false;
  const auto* const form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const Oid type = form->attnotnull ? getBaseType(form->atttypid) : InvalidOid;
  ReleaseSysCache(tuple);
  return type != InvalidOid && type < first_made_oid && get_typtype(type) == TYPTYPE_BASE &&
         !OidIsValid(get_element_type(type)) &&
         OidIsValid(lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr);
}

}  // namespace

const char* scope_kept_apart(const SetTable& table) {
  const Bitmapset* const columns = columns_kept_apart(table);
  return bms_is_empty(columns) ? nullptr : row_of(table, columns, "");
}

bool has_scope(const SetTable& table) { return !bms_is_empty(scope_of_names(table)); }

const char* column_of_scope(const SetTable& table) {
  const Bitmapset* const columns = scope_of_names(table);
  return bms_is_empty(columns) ? "NULL::pg_catalog.record" : row_of(table, columns, "");
}

const char* condition_of_scope(const SetTable& table) {
  const Bitmapset* const columns = columns_kept_apart(table);
  if (bms_is_empty(columns)) return "";
  const auto of_other = [&](const char* what) {
    return psprintf("(SELECT %s FROM %s AS o WHERE o.id OPERATOR(pg_catalog.=) $2)", what,
                    table.rows);
  };
  StringInfoData condition;
  initStringInfo(&condition);
  for (int number = -1; (number = bms_next_member(columns, number)) >= 0;) {
    const auto column = static_cast<AttrNumber>(number);
    if (!has_own_equality(table, column)) continue;
    const char* const name = quote_identifier(get_attname(table.relid, column, false));
    appendStringInfo(&condition, " AND i.%s OPERATOR(pg_catalog.=) %s", name,
                     of_other(psprintf("o.%s", name)));
  }
  // A row on the left would be compared with the columns of the query.
  appendStringInfo(&condition, " AND %s OPERATOR(pg_catalog.*=) %s",
                   of_other(row_of(table, columns, "o.")), row_of(table, columns, "i."));
  return condition.data;
}

namespace {

void append_image(StringInfo image, const FormData_pg_attribute* column, Datum value,
                  bool is_null) {
  const auto append = [&](const void* bytes, Size size) {
    const auto length = static_cast<int32>(size);
    appendBinaryStringInfo(image, reinterpret_cast<const char*>(&length), sizeof length);
    appendBinaryStringInfo(image, static_cast<const char*>(bytes), length);
  };
  if (is_null) {
    const int32 none = -1;
    appendBinaryStringInfo(image, reinterpret_cast<const char*>(&none), sizeof none);
  } else if (column->attbyval) {
    char bytes[sizeof value];  // what is beyond a value's own in a Datum need not be the same
    store_att_byval(bytes, value, column->attlen);
    append(bytes, column->attlen);
  } else if (column->attlen == -1) {
    struct varlena* const flat = PG_DETOAST_DATUM(value);
    append(VARDATA(flat), VARSIZE(flat) - VARHDRSZ);
  } else {
    append(DatumGetPointer(value), datumGetSize(value, false, column->attlen));
  }
}

// What a row has in a column, or will have: generated ones are computed after triggers that are fired before.
Datum value_in(Relation table, HeapTuple row, AttrNumber column, bool* is_null) {
  TupleDesc const shape = RelationGetDescr(table);
  if (TupleDescAttr(shape, column - 1)->attgenerated == '\0') {
    return heap_getattr(row, column, shape, is_null);
  }
  EState* const state = CreateExecutorState();
  TupleTableSlot* const slot = MakeSingleTupleTableSlot(shape, &TTSOpsHeapTuple);
  ExecStoreHeapTuple(row, slot, false);
  ExprContext* const context = GetPerTupleExprContext(state);
  context->ecxt_scantuple = slot;
  auto* const expression = reinterpret_cast<Expr*>(build_column_default(table, column));
  const Datum computed = ExecEvalExpr(ExecPrepareExpr(expression, state), context, is_null);
  const auto* const form = TupleDescAttr(shape, column - 1);
  const Datum value = *is_null ? 0 : datumCopy(computed, form->attbyval, form->attlen);
  ExecDropSingleTupleTableSlot(slot);
  FreeExecutorState(state);
  return value;
}

Datum as_bytea(const StringInfoData& image) {
  return PointerGetDatum(cstring_to_text_with_len(image.data, image.len));
}

}  // namespace

Datum scope_image(Datum record) {
  if (record == 0) return 0;
  StringInfoData image;
  initStringInfo(&image);
  for_each_field(record, [&](const FormData_pg_attribute* column, Datum value, bool is_null) {
    append_image(&image, column, value, is_null);
  });
  return as_bytea(image);
}

SavedQuery in_its_scope(const SetTable& table, int64 id, SavedQuery query) {
  query.scope = 0;
  if (query.expression == 0 || !has_scope(table)) return query;
  const uint64 rows =
      run(table, Access::write, "SELECT {0} FROM {r} WHERE id OPERATOR(pg_catalog.=) $1",
          {column_of_scope(table)}, {parameter(id)});
  if (rows > 0) query.scope = scope_image(column_of_type(0, 1, RECORDOID));
  return query;
}

Datum scope_of_set(const SetTable& table, const SetRef& set) {
  if (!has_scope(table) ||
      !try_find_set(table, Access::write, "{0}", set, {}, "", column_of_scope(table))) {
    return 0;
  }
  return scope_image(column_of_type(0, 1, RECORDOID));
}

void raise_moved(const char* name) {
  ereport(ERROR,
          (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
           errmsg("object set \"%s\" was moved to another scope while it was waited for", name),
           errhint("Look where it is now, then try again.")));
  pg_unreachable();
}

bool is_same_scope(Datum a, Datum b) {
  return a == b || (a != 0 && b != 0 && datumIsEqual(a, b, false, -1));
}

Datum scope_of_row(Relation table, HeapTuple row) {
  const Bitmapset* const columns = scope_of_names(table);
  if (bms_is_empty(columns)) return 0;
  TupleDesc const shape = RelationGetDescr(table);
  StringInfoData image;
  initStringInfo(&image);
  for (int column = -1; (column = bms_next_member(columns, column)) >= 0;) {
    bool is_null = false;
    const Datum value = value_in(table, row, static_cast<AttrNumber>(column), &is_null);
    append_image(&image, TupleDescAttr(shape, column - 1), value, is_null);
  }
  return as_bytea(image);
}

bool writes_scope(Relation table, const Bitmapset* updated) {
  const Bitmapset* const columns = scope_of_names(table);
  for (int column = -1; (column = bms_next_member(columns, column)) >= 0;) {
    if (bms_is_member(column - FirstLowInvalidHeapAttributeNumber, updated)) return true;
  }
  return false;
}

}  // namespace objectset::pg
