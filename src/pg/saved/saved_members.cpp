// Saved sets, what is computed of a row of a set table: its members, their number, and what a trigger keeps true.
//
// The one idea: most sets have no corrections, and then the members are the base, handed on as it is stored: whatever
// is done for a column of sets (slices, caches, prepared sets) is done for members too.
#include "pg/saved/saved_members.hpp"
#include "pg/saved/saved_law.hpp"
#include "pg/saved/saved_role.hpp"
#include "pg/snapshot_key.hpp"
#include "pg/toast_slices.hpp"

extern "C" {
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "optimizer/optimizer.h"
#include "parser/parse_func.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace objectset::pg {
namespace {

bool is_stored_apart(Datum set) {
  return VARATT_IS_EXTERNAL_ONDISK(reinterpret_cast<struct varlena*>(DatumGetPointer(set)));
}

// Corrections that are stored apart are not looked at: nobody stores few ids apart.
bool is_small_and_empty(Datum set) {
  if (is_stored_apart(set)) return false;
  const SetArgument argument = set_argument(set);
  bool empty = false;
  guarded([&] {
    const OpenSet open(argument);
    empty = is_empty(open);
  });
  return empty;
}

Datum compute_members(const LawArguments& law) {
  const SetArgument base = set_argument(law.base);
  const SetArgument added = set_argument(law.added);
  const SetArgument removed = set_argument(law.removed);
  return return_set(is_large(base) || is_large(added), [&](auto&& give) {
    const OpenSet open_base(base);
    const OpenSet open_added(added);
    const OpenSet open_removed(removed);
    give_members({open_base, open_added, open_removed}, give);
  });
}

// ---- Members that were computed for the row before ------------------------------------------------------

// A join filter asks for the members of one row again and again. A call site keeps the last two sets that it computed,
// each under the three values that it was computed of, as they came, for one moment of the database.
constexpr int kept_results = 2;
constexpr Size max_image = 16 * 1024;

struct Kept {
  MemoryContext context;  // of all that follows; reset when the entry is replaced
  Moment moment;
  Size size;
  char* image;  // set last: an entry whose computing failed is never found
  Datum members;
};

struct CallSite {
  int next;
  Kept kept[kept_results];
};

Size image_size(Datum set) { return VARSIZE_ANY(DatumGetPointer(set)); }

bool is_expanded(Datum set) {
  return VARATT_IS_EXTERNAL_EXPANDED(reinterpret_cast<struct varlena*>(DatumGetPointer(set)));
}

bool is_image_of(const Kept& kept, const LawArguments& law) {
  const char* at = kept.image;
  for (const Datum part : {law.base, law.added, law.removed}) {
    if (memcmp(at, DatumGetPointer(part), image_size(part)) != 0) return false;
    at += image_size(part);
  }
  return true;
}

Datum kept_members(FunctionCallInfo fcinfo, const LawArguments& law) {
  const Size size = image_size(law.base) + image_size(law.added) + image_size(law.removed);
  auto* site = static_cast<CallSite*>(fcinfo->flinfo->fn_extra);
  if (site == nullptr) {
    site =
        static_cast<CallSite*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallSite)));
    fcinfo->flinfo->fn_extra = site;
  }
  const Moment now = this_moment();
  for (const Kept& kept : site->kept) {
    if (kept.image != nullptr && kept.size == size && same_moment(kept.moment, now) &&
        is_image_of(kept, law)) {
      return kept.members;
    }
  }
  Kept& kept = site->kept[site->next];
  site->next = (site->next + 1) % kept_results;
  kept.image = nullptr;
  if (kept.context == nullptr) {
    kept.context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "members of a saved object set",
                                         ALLOCSET_SMALL_SIZES);
  } else {
    MemoryContextReset(kept.context);
  }
  MemoryContext const outer = MemoryContextSwitchTo(kept.context);
  const Datum members = compute_members(law);
  kept.members = is_expanded(members) ? EOHPGetRODatum(DatumGetEOHP(members)) : members;
  kept.moment = now;
  kept.size = size;
  auto* image = static_cast<char*>(palloc(size));
  char* at = image;
  for (const Datum part : {law.base, law.added, law.removed}) {
    memcpy(at, DatumGetPointer(part), image_size(part));
    at += image_size(part);
  }
  kept.image = image;
  MemoryContextSwitchTo(outer);
  return kept.members;
}

Datum members_of(FunctionCallInfo fcinfo, const LawArguments& law, bool keep) {
  if (is_small_and_empty(law.added) && is_small_and_empty(law.removed)) return law.base;
  const bool can_be_kept =
      keep && is_stored_apart(law.base) && !is_expanded(law.added) && !is_expanded(law.removed) &&
      image_size(law.base) + image_size(law.added) + image_size(law.removed) <= max_image;
  return can_be_kept ? kept_members(fcinfo, law) : compute_members(law);
}

// ---- Number of members ------------------------------------------------------------------------------------

// So few corrections are looked up in slices of a base that this session has not opened.
constexpr Size few_corrections = 8;

// Zones A to D: members_count() of few corrections to a base that is stored apart.
bool count_by_slices(Datum base, const SetArgument& added, const SetArgument& removed,
                     uint64* count) {
  Id ids[few_corrections];
  Size n_removed = 0;
  Size n_all = few_corrections + 1;
  guarded([&] {
    const OpenSet open_added(added);
    const OpenSet open_removed(removed);
    const Set entering = combine(Operation::minus, open_added, open_removed);
    if (cardinality(open_removed) + cardinality(entering) > few_corrections) return;
    n_removed = Cursor(open_removed).next(ids, few_corrections);
    n_all = n_removed + Cursor(entering).next(ids + n_removed, few_corrections - n_removed);
  });
  if (n_all > few_corrections || !read_cardinality(base, *count)) return false;
  for (Size i = 0; i < n_all; ++i) {
    const SliceAnswer answer = ask_slices(base, Question::contains, ids[i]);
    if (!answer.known) return false;
    if (i < n_removed && answer.found) --*count;
    if (i >= n_removed && !answer.found) ++*count;
  }
  return true;
}

uint64 count_of(const LawArguments& law) {
  uint64 count = 0;
  const SetArgument added = set_argument(law.added);
  const SetArgument removed = set_argument(law.removed);
  if (is_stored_apart(law.base) && count_by_slices(law.base, added, removed, &count)) return count;
  const SetArgument base = set_argument(law.base);
  guarded([&] {
    const OpenSet open_base(base);
    const OpenSet open_added(added);
    const OpenSet open_removed(removed);
    count = members_count({open_base, open_added, open_removed});
  });
  return count;
}

// ---- Rows of set tables -----------------------------------------------------------------------------------

// The number of a column of this name and type, or 0.
int column_of(TupleDesc row, const char* name, Oid type) {
  for (int i = 0; i < row->natts; ++i) {
    const FormData_pg_attribute* column = TupleDescAttr(row, i);
    if (!column->attisdropped && column->atttypid == type &&
        strcmp(NameStr(column->attname), name) == 0) {
      return i + 1;
    }
  }
  return 0;
}

// ---- The trigger ------------------------------------------------------------------------------------------

// The columns that the trigger reads and writes.
struct SetColumns {
  int base, added, removed, query, saved_by, search_path, modified;
};

SetColumns set_columns(Relation table) {
  TupleDesc const row = RelationGetDescr(table);
  const int base = SPI_fnumber(row, "base");
  const Oid set_type = base > 0 ? SPI_gettypeid(row, base) : InvalidOid;
  const SetColumns columns = {base,
                              column_of(row, "added", set_type),
                              column_of(row, "removed", set_type),
                              column_of(row, "query", TEXTOID),
                              column_of(row, "saved_by", TEXTOID),
                              column_of(row, "search_path", TEXTOID),
                              column_of(row, "modified", TIMESTAMPTZOID)};
  if (base <= 0 || columns.added == 0 || columns.removed == 0 || columns.query == 0 ||
      columns.saved_by == 0 || columns.search_path == 0 || columns.modified == 0) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("\"%s\" is not a set table", RelationGetRelationName(table))));
  }
  return columns;
}

struct Column {
  Datum value;
  bool is_null;
};

Column column_value(HeapTuple row, TupleDesc description, int number) {
  Column column = {0, false};
  column.value = heap_getattr(row, number, description, &column.is_null);
  return column;
}

bool same_text(const Column& a, const Column& b) {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  return DatumGetBool(DirectFunctionCall2Coll(texteq, DEFAULT_COLLATION_OID, a.value, b.value));
}

// What the trigger puts in place of what came.
struct Replaced {
  int count = 0;
  int numbers[3];
  Datum values[3];
  bool nulls[3];
  void put(int number, Datum value, bool is_null) {
    numbers[count] = number;
    values[count] = value;
    nulls[count] = is_null;
    ++count;
  }
};

// A query counts as saved by whoever wrote it, or wrote the search path that it is read with. One may name another
// role only if one could act as it.
void keep_saver(const TriggerData* trigger, const SetColumns& columns, HeapTuple before,
                HeapTuple after, Replaced* replaced) {
  TupleDesc const row = RelationGetDescr(trigger->tg_relation);
  const Column query = column_value(after, row, columns.query);
  const Column saver = column_value(after, row, columns.saved_by);
  const Column path = column_value(after, row, columns.search_path);
  bool is_named = !saver.is_null;
  bool is_path_given = !path.is_null;
  if (before != nullptr) {
    const bool same_path = same_text(path, column_value(before, row, columns.search_path));
    const bool same_saver = same_text(saver, column_value(before, row, columns.saved_by));
    const bool same_query = same_text(query, column_value(before, row, columns.query));
    if (same_query && same_path && same_saver) return;
    is_named = is_named && !same_saver;
    is_path_given = is_path_given && !same_path;
  }
  const Oid user = GetUserId();
  const Oid named = is_named ? get_role_oid(TextDatumGetCString(saver.value), true) : user;
  if (named == user || !can_act_as(user, named)) {
    const Oid owner = trigger->tg_relation->rd_rel->relowner;
    const char* name = GetUserNameFromId(saving_role(owner), false);
    replaced->put(columns.saved_by, CStringGetTextDatum(name), false);
  }
  if (!is_path_given && !query.is_null) {
    replaced->put(columns.search_path, CStringGetTextDatum(path_to_save()), false);
  }
}

// `modified` moves with the members, and with nothing else.
void keep_modified(const TriggerData* trigger, const SetColumns& columns, HeapTuple before,
                   HeapTuple after, Replaced* replaced) {
  TupleDesc const row = RelationGetDescr(trigger->tg_relation);
  LawArguments laws[2];
  for (int i = 0; i < 2; ++i) {
    HeapTuple const tuple = i == 0 ? before : after;
    const Column base = column_value(tuple, row, columns.base);
    const Column added = column_value(tuple, row, columns.added);
    const Column removed = column_value(tuple, row, columns.removed);
    if (base.is_null || added.is_null || removed.is_null) return;  // for NOT NULL to complain about
    laws[i] = {base.value, added.value, removed.value};
  }
  if (same_members(laws[0], laws[1])) {
    const Column modified = column_value(before, row, columns.modified);
    replaced->put(columns.modified, modified.value, modified.is_null);
  } else {
    replaced->put(columns.modified, TimestampTzGetDatum(GetCurrentTimestamp()), false);
  }
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_members_of) {
  return members_of(fcinfo, {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)}, true);
}

OBJECTSET_FUNCTION(objectset_members_count) {
  PG_RETURN_INT64(
      static_cast<int64>(count_of({PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)})));
}

OBJECTSET_FUNCTION(objectset_members_of_row) {
  HeapTupleHeader const header = PG_GETARG_HEAPTUPLEHEADER(0);
  const Oid row_type = HeapTupleHeaderGetTypeId(header);
  TupleDesc const row = lookup_rowtype_tupdesc(row_type, HeapTupleHeaderGetTypMod(header));
  const Oid set_type = get_func_rettype(fcinfo->flinfo->fn_oid);
  HeapTupleData tuple = {};
  tuple.t_len = HeapTupleHeaderGetDatumLength(header);
  tuple.t_data = header;
  Datum parts[member_parts] = {};
  bool any_null = false;
  for (int i = 0; i < member_parts; ++i) {
    const int number = column_of(row, member_columns[i], set_type);
    if (number == 0) {
      ReleaseTupleDesc(row);
      raise_no_set_row(row_type);
    }
    bool is_null = false;
    parts[i] = heap_getattr(&tuple, number, row, &is_null);
    any_null = any_null || is_null;
  }
  ReleaseTupleDesc(row);
  if (any_null) PG_RETURN_NULL();
  return members_of(fcinfo, {parts[0], parts[1], parts[2]}, false);
}

OBJECTSET_FUNCTION(objectset_set_changed) {
  if (!CALLED_AS_TRIGGER(fcinfo)) {
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("objectset_set_changed is a trigger function")));
  }
  auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  const bool is_update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
  if (!TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
      (!is_update && !TRIGGER_FIRED_BY_INSERT(trigger->tg_event))) {
    ereport(ERROR,
            (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
             errmsg("objectset_set_changed must be fired before inserts and updates of rows")));
  }
  HeapTuple const after = is_update ? trigger->tg_newtuple : trigger->tg_trigtuple;
  HeapTuple const before = is_update ? trigger->tg_trigtuple : nullptr;
  const SetColumns columns = set_columns(trigger->tg_relation);
  Replaced replaced;
  keep_saver(trigger, columns, before, after, &replaced);
  if (is_update) keep_modified(trigger, columns, before, after, &replaced);
  if (replaced.count == 0) return PointerGetDatum(after);
  return PointerGetDatum(heap_modify_tuple_by_cols(after, RelationGetDescr(trigger->tg_relation),
                                                   replaced.count, replaced.numbers,
                                                   replaced.values, replaced.nulls));
}
