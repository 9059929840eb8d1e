#include "pg/saved/name_scope.hpp"

extern "C" {
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"
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

}  // namespace

const char* scope_kept_apart(const SetTable& table) {
  if (check_enable_rls(table.relid, table.analyst, true) == RLS_NONE) return nullptr;
  const Bitmapset* const scope = scope_of_names(table);
  if (bms_is_empty(scope)) return nullptr;
  StringInfoData row;
  initStringInfo(&row);
  for (int column = -1; (column = bms_next_member(scope, column)) >= 0;) {
    appendStringInfo(
        &row, "%s%s", row.len == 0 ? "ROW(" : ", ",
        quote_identifier(get_attname(table.relid, static_cast<AttrNumber>(column), false)));
  }
  appendStringInfoChar(&row, ')');
  return row.data;
}

}  // namespace objectset::pg
