#include "pg/saved/name_scope.hpp"

extern "C" {
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
Bitmapset* scope_of_names(const SetTable& table) {
  const AttrNumber name = get_attnum(table.relid, "name");
  const AttrNumber id = get_attnum(table.relid, "id");
  Relation const relation = relation_open(table.relid, NoLock);
  List* const indexes = RelationGetIndexList(relation);
  relation_close(relation, NoLock);
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

Bitmapset* columns_kept_apart(const SetTable& table) {
  return has_row_security(table) ? scope_of_names(table) : nullptr;
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

bool has_row_security(const SetTable& table) {
  return check_enable_rls(table.relid, table.analyst, true) != RLS_NONE;
}

const char* scope_kept_apart(const SetTable& table) {
  const Bitmapset* const columns = columns_kept_apart(table);
  return bms_is_empty(columns) ? nullptr : row_of(table, columns, "");
}

const char* column_of_scope(const SetTable& table) {
  const char* const scope = scope_kept_apart(table);
  return scope == nullptr ? "NULL::pg_catalog.record" : scope;
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

}  // namespace objectset::pg
