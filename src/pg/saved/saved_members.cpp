// Saved sets, what is computed of a row of a set table: its members, their number, and what a trigger keeps true.
//
// The one idea: most sets have no corrections, and then the members are the base, handed on as it is stored: whatever
// is done for a column of sets (slices, caches, prepared sets) is done for members too.
#include "pg/saved/saved_members.hpp"

#include "pg/saved/name_scope.hpp"
#include "pg/saved/read_key.hpp"
#include "pg/saved/saved_role.hpp"
#include "pg/saved/set_table.hpp"
#include "pg/snapshot_key.hpp"
#include "pg/toast_slices.hpp"

extern "C" {
#include "access/xact.h"
#include "commands/copy.h"
#include "commands/trigger.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace objectset::pg {
namespace {

// A saved set's parts as they came: base, added, removed, deleted. Plain data.
struct PartDatums {
  Datum values[4];
  Datum base() const { return values[0]; }
};

// The parts, fetched; plain data too.
struct FetchedParts {
  SetArgument values[4];
};
FetchedParts fetch(const PartDatums& parts) {
  FetchedParts fetched = {};
  for (int i = 0; i < 4; ++i) fetched.values[i] = set_argument(parts.values[i]);
  return fetched;
}

// Zone B: the parts, opened.
class OpenParts {
 public:
  explicit OpenParts(const FetchedParts& parts)
      : base_(parts.values[0]),
        added_(parts.values[1]),
        removed_(parts.values[2]),
        deleted_(parts.values[3]) {}
  SavedSet view() const { return {base_.view(), added_.view(), removed_.view(), deleted_.view()}; }

 private:
  OpenSet base_;
  OpenSet added_;
  OpenSet removed_;
  OpenSet deleted_;
};

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

Datum compute_members(const PartDatums& parts) {
  const FetchedParts fetched = fetch(parts);
  const bool large = is_large(fetched.values[0]) || is_large(fetched.values[1]);
  return return_set(large, [&](auto&& give) {
    const OpenParts open(fetched);
    give(members(open.view()));
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

Size images_size(const PartDatums& parts) {
  Size size = 0;
  for (const Datum part : parts.values) size += image_size(part);
  return size;
}

bool is_image_of(const Kept& kept, const PartDatums& parts) {
  const char* at = kept.image;
  for (const Datum part : parts.values) {
    if (memcmp(at, DatumGetPointer(part), image_size(part)) != 0) return false;
    at += image_size(part);
  }
  return true;
}

Datum kept_members(FunctionCallInfo fcinfo, const PartDatums& parts) {
  const Size size = images_size(parts);
  auto* site = static_cast<CallSite*>(fcinfo->flinfo->fn_extra);
  if (site == nullptr) {
    site =
        static_cast<CallSite*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallSite)));
    fcinfo->flinfo->fn_extra = site;
  }
  const Moment now = this_moment();
  for (const Kept& kept : site->kept) {
    if (kept.image != nullptr && kept.size == size && same_moment(kept.moment, now) &&
        is_image_of(kept, parts)) {
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
  const Datum members = compute_members(parts);
  kept.members = is_expanded(members) ? EOHPGetRODatum(DatumGetEOHP(members)) : members;
  kept.moment = now;
  kept.size = size;
  auto* image = static_cast<char*>(palloc(size));
  char* at = image;
  for (const Datum part : parts.values) {
    memcpy(at, DatumGetPointer(part), image_size(part));
    at += image_size(part);
  }
  kept.image = image;
  MemoryContextSwitchTo(outer);
  return kept.members;
}

Datum members_of(FunctionCallInfo fcinfo, const PartDatums& parts, bool keep) {
  bool are_empty = true;
  bool can_be_kept = keep && is_stored_apart(parts.base());
  for (int i = 1; i < 4; ++i) {
    are_empty = are_empty && is_small_and_empty(parts.values[i]);
    can_be_kept = can_be_kept && !is_expanded(parts.values[i]);
  }
  if (are_empty) return parts.base();
  can_be_kept = can_be_kept && images_size(parts) <= max_image;
  return can_be_kept ? kept_members(fcinfo, parts) : compute_members(parts);
}

// ---- Number of members ------------------------------------------------------------------------------------

// So few corrections are looked up in slices of a base that this session has not opened.
constexpr Size few_corrections = 8;

// Zones A to D: members_count() of few ids beside a base that is stored apart.
bool count_by_slices(Datum base, const FetchedParts& parts, uint64* count) {
  Id ids[few_corrections];
  Size n_leaving = 0;
  Size n_all = few_corrections + 1;
  Size n_entering = 0;
  FetchedParts small = parts;
  small.values[0] = parts.values[1];  // base is not looked at
  guarded([&] {
    const OpenParts open(small);
    const SavedSet set = open.view();
    const Set leaving = combine(Operation::unite, set.removed, set.deleted);
    const Set entering = combine(Operation::minus, set.added, set.removed);
    // An id that was deleted and added again counts whether base has it or not.
    const Set asked = combine(Operation::minus, entering, set.deleted);
    if (cardinality(leaving) + cardinality(entering) > few_corrections) return;
    n_entering = cardinality(entering);
    n_leaving = Cursor(leaving).next(ids, few_corrections);
    n_all = n_leaving + Cursor(asked).next(ids + n_leaving, few_corrections - n_leaving);
  });
  if (n_all > few_corrections || !read_cardinality(base, *count)) return false;
  *count += n_entering;
  for (Size i = 0; i < n_all; ++i) {
    const SliceAnswer answer = ask_slices(base, Question::contains, ids[i]);
    if (!answer.known) return false;
    if (answer.found) --*count;
  }
  return true;
}

uint64 count_of(const PartDatums& parts) {
  uint64 count = 0;
  FetchedParts fetched = {};
  for (int i = 1; i < 4; ++i) fetched.values[i] = set_argument(parts.values[i]);
  if (is_stored_apart(parts.base()) && count_by_slices(parts.base(), fetched, &count)) return count;
  fetched.values[0] = set_argument(parts.base());
  guarded([&] {
    const OpenParts open(fetched);
    count = members_count(open.view());
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

struct Column {
  Datum value;
  bool is_null;
};

// Rows as a trigger sees them. Columns by name: what is asked for here is there, with the type that it should have.
struct TriggerRow {
  TupleDesc shape;
  HeapTuple tuple;
  Oid set_type;
};

int checked_column(const TriggerRow& row, const char* name, Oid type) {
  const int number = column_of(row.shape, name, type);
  if (number == 0) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("the table of the trigger is not a set table any more"),
                    errdetail("Its column \"%s\" is not there or not of type %s.", name,
                              format_type_be(type))));
  }
  return number;
}

Column value_of(const TriggerRow& row, const char* name, Oid type) {
  Column column = {0, false};
  column.value =
      heap_getattr(row.tuple, checked_column(row, name, type), row.shape, &column.is_null);
  return column;
}

// The very same bytes, or the same TOAST pointer: what was not changed by an UPDATE.
bool same_image(Datum a, Datum b) {
  if (a == b) return true;
  auto* const x = reinterpret_cast<struct varlena*>(DatumGetPointer(a));
  auto* const y = reinterpret_cast<struct varlena*>(DatumGetPointer(b));
  return VARSIZE_ANY(x) == VARSIZE_ANY(y) && !VARATT_IS_EXTERNAL_EXPANDED(x) &&
         memcmp(x, y, VARSIZE_ANY(x)) == 0;
}

bool same_value(const Column& a, const Column& b) {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  if (same_image(a.value, b.value)) return true;
  struct varlena* const x = PG_DETOAST_DATUM(a.value);
  struct varlena* const y = PG_DETOAST_DATUM(b.value);
  return VARSIZE(x) == VARSIZE(y) && memcmp(x, y, VARSIZE(x)) == 0;
}

// What the trigger puts in place of what came.
struct Replaced {
  static constexpr int most = 8;
  int count = 0;
  int numbers[most];
  Datum values[most];
  bool nulls[most];
  void put(int number, const Column& column) {
    numbers[count] = number;
    values[count] = column.value;
    nulls[count++] = column.is_null;
  }
};

// What tells whose a query or an expression is.
struct Saved {
  Column query, parameters, settings, expression, saved_by, seal;
  Datum scope;  // of an expression
  bool is_derived() const { return !query.is_null || !expression.is_null; }
  SavedQuery as_query() const {
    return {query.is_null ? 0 : query.value, parameters.is_null ? 0 : parameters.value,
            settings.is_null ? 0 : settings.value, expression.is_null ? 0 : expression.value,
            scope};
  }
  Oid saver() const { return saved_by.is_null ? InvalidOid : DatumGetObjectId(saved_by.value); }
};

Saved saved_of(Relation table, const TriggerRow& row) {
  const Column query = value_of(row, "query", TEXTOID);
  const Column expression = value_of(row, "expression", TEXTOID);
  return {query,
          value_of(row, "parameters", TEXTARRAYOID),
          value_of(row, "settings", TEXTARRAYOID),
          expression,
          value_of(row, "saved_by", REGROLEOID),
          value_of(row, "seal", BYTEAOID),
          expression.is_null ? 0 : scope_of_row(table, row.tuple)};
}

bool same_source(const Saved& a, const Saved& b) {
  return same_value(a.query, b.query) && same_value(a.parameters, b.parameters) &&
         same_value(a.settings, b.settings) && same_value(a.expression, b.expression);
}

// Whether the same was saved by the same role, and means the same, whatever proves it.
bool same_saved(const Saved& a, const Saved& b) {
  return same_source(a, b) && a.saver() == b.saver() &&
         same_value({a.scope, a.scope == 0}, {b.scope, b.scope == 0});
}

// Whether an UPDATE itself writes a query or an expression, or whose it is. What triggers make of a row nobody has written.
bool writes_source(TupleDesc shape, const Bitmapset* updated) {
  for (const char* const name : sealed_columns) {
    const int number = SPI_fnumber(shape, name);
    if (bms_is_member(number - FirstLowInvalidHeapAttributeNumber, updated)) return true;
  }
  return false;
}

// A query is of whoever wrote it, or what it runs with. One may name another role only if one could act as it, and none
// that would run as superuser in the table of somebody who is none.
Oid named_saver(Oid owner, const Saved& saved, const Saved* before) {
  const Oid user = saving_role(owner);
  const Oid named = saved.saver();
  const bool is_named = OidIsValid(named) && (before == nullptr || named != before->saver());
  if (!is_named || named == user || !can_act_as(GetUserId(), named)) return user;
  return is_raised(named, owner) ? user : named;
}

// The set table that a table has the rows of, where another extension keeps them.
Oid set_table_of_rows(Relation table) {
  return has_target_mark(table) ? InvalidOid : table_at_work();
}

// Whether a function made the seal, for this table or for the set table that it has the rows of.
bool has_fitting_seal(Relation table, int64 id, const Saved& saved) {
  const auto fits = [&](Oid sealed) {
    return OidIsValid(sealed) &&
           is_sealed(sealed, id, saved.saver(), saved.as_query(), saved.seal.value);
  };
  return !saved.seal.is_null && (fits(RelationGetRelid(table)) || fits(set_table_of_rows(table)));
}

// Whether what stands in a row comes from a function that was called for this table by who could act as its saver. The same
// from somebody's own code, while a function is at work on that one's table, does not.
bool is_saved_by_function(Relation table, int64 id, const Saved& saved) {
  const Oid rows = set_table_of_rows(table);
  const Oid role = responsible_role(OidIsValid(rows) ? rows : RelationGetRelid(table));
  return can_act_as(role, saved.saver()) && has_fitting_seal(table, id, saved);
}

// What moves into a partition, or comes by a foreign key or from another server, comes as if whoever moves it, or the owner, had
// written it; so nobody has, there.
bool may_be_sealed(Relation table) {
  return !table->rd_rel->relispartition && column_with_foreign_key(table) == nullptr &&
         SessionReplicationRole != SESSION_REPLICATION_ROLE_REPLICA;
}

// Whether an UPDATE itself puts a row into another scope, where its expression has another meaning, and is by one who could act
// as its saver. What a foreign key does to the rows that refer to another table, as their owner, nobody has written.
bool moves_for_saver(Relation table, int64 id_before, const Saved& old, int64 id,
                     const Saved& saved, const Bitmapset* updated) {
  return !saved.expression.is_null && id == id_before && same_source(old, saved) &&
         old.saver() == saved.saver() && !InNoForceRLSOperation() && may_be_sealed(table) &&
         writes_scope(table, updated) && can_act_as(GetUserId(), old.saver()) &&
         has_fitting_seal(table, id, old);
}

// Whether COPY is bringing rows, into this table or one whose triggers before each row write to it, called by whatever: it says so
// of errors.
bool is_copying() {
  for (const ErrorContextCallback* at = error_context_stack; at != nullptr; at = at->previous) {
    if (at->callback == CopyFromErrorCallback) return true;
  }
  return false;
}

// Whether somebody else is said to have saved a new row, or COPY brings it. So are those of a dump, which may say anything.
bool is_brought(const Saved& saved) {
  const bool is_ours = !OidIsValid(saved.saver()) || saved.saver() == GetUserId();
  return !is_ours || is_copying();
}

// Whether somebody else has written a row since the statement looked for it, which then waited for it.
bool is_newer_than_statement(HeapTuple row) {
  const TransactionId maker = HeapTupleHeaderGetRawXmin(row->t_data);
  return !HeapTupleHeaderXminFrozen(row->t_data) && !TransactionIdIsCurrentTransactionId(maker) &&
         XidInMVCCSnapshot(maker, GetActiveSnapshot());
}

// Whether an expression is to be in a scope that whoever wrote it may not have seen its row in. It means something else in
// another. That the UPDATE writes a scope does not tell: maybe not all of its columns, or from what it found.
bool has_unseen_scope(HeapTuple before, const Saved& saved) {
  return saved.scope != 0 && is_newer_than_statement(before);
}

// Whether an UPDATE leaves nothing in a row that is to be sealed as this role's, and that another may have put there, be it while
// the UPDATE waited for the row. Settings that were there are taken anew.
bool leaves_nothing_of_others(Relation table, HeapTuple row, int64 id, const Saved& old,
                              const Saved& saved, Oid saver) {
  const auto is_left = [](const Column& before, const Column& after) {
    return !after.is_null && same_value(before, after);
  };
  const bool is_any_left = is_left(old.query, saved.query) ||
                           is_left(old.parameters, saved.parameters) ||
                           is_left(old.expression, saved.expression);
  const bool is_scope_unseen = has_unseen_scope(row, saved);
  if (!is_any_left && !is_scope_unseen) return true;
  // The seal of a query says nothing of the scope.
  return (!is_scope_unseen || !old.expression.is_null) && old.saver() == saver &&
         has_fitting_seal(table, id, old);
}

// `updated`: the columns that an UPDATE writes.
void keep_saver(Relation table, const TriggerRow* before, const TriggerRow& after,
                const Bitmapset* updated, Replaced* replaced) {
  Saved saved = saved_of(table, after);
  Saved old = {};
  if (before != nullptr) old = saved_of(table, *before);
  // What was not sealed does not become so by being written again.
  if (before != nullptr && same_saved(old, saved) && same_value(old.seal, saved.seal)) return;
  const auto id_in = [](const TriggerRow& row) {
    return DatumGetInt64(value_of(row, "id", INT8OID).value);
  };
  const int64 id = id_in(after);
  const Column none = {0, true};
  // A statement may write what is there already: MERGE is said to write what any of its actions does.
  const bool is_same = before != nullptr && same_source(old, saved) && old.saver() == saved.saver();
  if (before != nullptr && (is_same || !writes_source(after.shape, updated))) {
    if (same_saved(old, saved) && has_fitting_seal(table, id, saved)) return;
    const bool is_moved = moves_for_saver(table, id_in(*before), old, id, saved, updated);
    replaced->put(checked_column(after, "saved_by", REGROLEOID), old.saved_by);
    replaced->put(
        checked_column(after, "seal", BYTEAOID),
        is_moved
            ? Column{seal_of(RelationGetRelid(table), id, old.saver(), saved.as_query()), false}
            : none);
    return;
  }
  const Oid saver = named_saver(table->rd_rel->relowner, saved, before == nullptr ? nullptr : &old);
  Column seal = none;
  if (saved.is_derived()) {
    if (is_saved_by_function(table, id, saved)) return;  // which has just done what follows
    if (saved.settings.is_null || (before != nullptr && same_value(saved.settings, old.settings))) {
      Datum custom = 0;
      constant_mark(table, "objectset_settings", TEXTARRAYOID, &custom);
      saved.settings = {settings_to_save(custom), false};
      replaced->put(checked_column(after, "settings", TEXTARRAYOID), saved.settings);
    }
    const bool is_of_writer =
        before == nullptr
            ? !is_brought(saved)
            : leaves_nothing_of_others(table, before->tuple, id_in(*before), old, saved, saver);
    if (is_of_writer && may_be_sealed(table)) {
      seal = {seal_of(RelationGetRelid(table), id, saver, saved.as_query()), false};
    }
  }
  replaced->put(checked_column(after, "saved_by", REGROLEOID), {ObjectIdGetDatum(saver), false});
  replaced->put(checked_column(after, "seal", BYTEAOID), seal);
}

bool parts_of(const TriggerRow& row, PartDatums* parts) {
  for (int i = 0; i < 4; ++i) {
    const Column column = value_of(row, member_columns[i], row.set_type);
    if (column.is_null) return false;  // for NOT NULL to complain about
    parts->values[i] = column.value;
  }
  return true;
}

bool is_derived(const TriggerRow& row) {
  return !value_of(row, "query", TEXTOID).is_null || !value_of(row, "expression", TEXTOID).is_null;
}

// A plain set gets a query or an expression: edits that base has not got yet are no corrections. Those that came with the
// query are. Where none of the old ones is left, whoever wrote the row has seen to that.
void fold_edits(const TriggerRow& before, const TriggerRow& after, const PartDatums& old,
                const PartDatums& parts, Replaced* replaced) {
  if (is_derived(before) || !is_derived(after)) return;
  bool is_left = false;
  bool same[4];
  for (int i = 0; i < 4; ++i) {
    same[i] = same_image(old.values[i], parts.values[i]);
    is_left = is_left || (i > 0 && same[i] && !is_small_and_empty(old.values[i]));
  }
  if (!is_left || !same[0]) return;
  const Datum empty = flat_datum(SetView());
  for (int i = 0; i < 4; ++i) {
    if (!same[i]) continue;
    const Datum value = i > 0 ? empty : PointerGetDatum(PG_DETOAST_DATUM(compute_members(old)));
    replaced->put(checked_column(after, member_columns[i], after.set_type), {value, false});
  }
}

// `modified` moves with the members, and with nothing else.
void keep_modified(const TriggerRow& before, const TriggerRow& after, const PartDatums& old,
                   const PartDatums& parts, Replaced* replaced) {
  bool same = true;
  for (int i = 0; i < 4; ++i) same = same && same_image(old.values[i], parts.values[i]);
  if (!same) {
    const FetchedParts fetched_old = fetch(old);
    const FetchedParts fetched = fetch(parts);
    const bool same_base = same_image(old.base(), parts.base());
    guarded([&] {
      const OpenParts open_old(fetched_old);
      const OpenParts open(fetched);
      const MembersDifference moved = difference(open_old.view(), open.view(), same_base);
      same = is_empty(moved.entered) && is_empty(moved.departed);
    });
  }
  const int number = checked_column(after, "modified", TIMESTAMPTZOID);
  replaced->put(number, same ? value_of(before, "modified", TIMESTAMPTZOID)
                             : Column{TimestampTzGetDatum(GetCurrentTimestamp()), false});
}

// ---- By name ------------------------------------------------------------------------------------------------

// What a call site read last. In a filter the same set is asked for with each row.
struct LastRead {
  MemoryContext context;
  ReadKey key;
  Oid table;
  char* name;
  Datum members;
};

[[noreturn]] void raise_part_is_null(const SetTable& table, const char* name) {
  ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                  errmsg("a part of object set \"%s\" of \"%s\" is NULL", name,
                         get_rel_name(table.relid))));
  pg_unreachable();
}

Datum read_members(FunctionCallInfo fcinfo, MemoryContext context) {
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  find_set(table, Access::read, "{s}.objectset_members_of(base, added, removed, deleted)", name);
  Datum found = stored_set_in(0, 1);
  if (found == 0) raise_part_is_null(table, name);
  // What is stored out of line in a temporary table no parallel worker can read.
  const bool is_temporary = get_rel_persistence(table.relid) == RELPERSISTENCE_TEMP;
  if (is_temporary) found = PointerGetDatum(PG_DETOAST_DATUM(found));
  MemoryContext const outer = MemoryContextSwitchTo(context);
  const Datum members = datumCopy(found, false, -1);
  MemoryContextSwitchTo(outer);
  close_set_table(table);
  return members;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_members_of) {
  const PartDatums parts = {
      {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PG_GETARG_DATUM(3)}};
  return members_of(fcinfo, parts, true);
}

OBJECTSET_FUNCTION(objectset_members_count) {
  const PartDatums parts = {
      {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PG_GETARG_DATUM(3)}};
  PG_RETURN_INT64(static_cast<int64>(count_of(parts)));
}

OBJECTSET_FUNCTION(objectset_members_of_row) {
  HeapTupleHeader const header = PG_GETARG_HEAPTUPLEHEADER(0);
  const Oid row_type = HeapTupleHeaderGetTypeId(header);
  TupleDesc const row = lookup_rowtype_tupdesc(row_type, HeapTupleHeaderGetTypMod(header));
  const Oid set_type = get_func_rettype(fcinfo->flinfo->fn_oid);
  HeapTupleData tuple = {};
  tuple.t_len = HeapTupleHeaderGetDatumLength(header);
  tuple.t_data = header;
  PartDatums parts = {};
  bool any_null = false;
  for (int i = 0; i < 4; ++i) {
    const int number = column_of(row, member_columns[i], set_type);
    if (number == 0) {
      ReleaseTupleDesc(row);
      raise_no_set_row(row_type);
    }
    bool is_null = false;
    parts.values[i] = heap_getattr(&tuple, number, row, &is_null);
    any_null = any_null || is_null;
  }
  ReleaseTupleDesc(row);
  if (any_null) PG_RETURN_NULL();
  return members_of(fcinfo, parts, false);
}

OBJECTSET_FUNCTION(objectset_members) {
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  auto* last = static_cast<LastRead*>(fcinfo->flinfo->fn_extra);
  if (last == nullptr) {
    last =
        static_cast<LastRead*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LastRead)));
    fcinfo->flinfo->fn_extra = last;
    last->context =
        AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "saved object set", ALLOCSET_SMALL_SIZES);
  }
  if (last->key.holds() && last->table == PG_GETARG_OID(0) && strcmp(last->name, name) == 0) {
    return last->members;
  }
  last->key.forget();
  MemoryContextReset(last->context);
  last->members = read_members(fcinfo, last->context);
  last->table = PG_GETARG_OID(0);
  last->name = MemoryContextStrdup(last->context, name);
  last->key.note(last->table, fcinfo->flinfo, last->context);
  return last->members;
}

OBJECTSET_FUNCTION(objectset_saved_has) {
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  find_set(table, Access::read,
           "((base OPERATOR({s}.@>) $2 AND NOT deleted OPERATOR({s}.@>) $2) "
           "OR added OPERATOR({s}.@>) $2) AND NOT removed OPERATOR({s}.@>) $2",
           name, parameter(PG_GETARG_INT64(2)));
  bool is_null = false;
  const bool has = DatumGetBool(column(0, 1, &is_null));
  if (is_null) raise_part_is_null(table, name);
  close_set_table(table);
  PG_RETURN_BOOL(has);
}

// The trigger of set tables: it seals queries, folds edits, keeps `modified`.
OBJECTSET_FUNCTION(objectset_saved_changed) {
  auto* trigger =
      CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData*>(fcinfo->context) : nullptr;
  if (trigger == nullptr || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
      !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event)) {
    ereport(
        ERROR,
        (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
         errmsg("the trigger of a set table must be fired before inserts and updates of rows")));
  }
  Relation const table = trigger->tg_relation;
  TupleDesc const shape = RelationGetDescr(table);
  const bool is_update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
  HeapTuple const tuple = is_update ? trigger->tg_newtuple : trigger->tg_trigtuple;
  // Anybody may put the trigger on a table of any shape.
  const Oid set_type = set_type_of(get_func_namespace(fcinfo->flinfo->fn_oid));
  const TriggerRow after = {shape, tuple, set_type};
  const TriggerRow before = {shape, trigger->tg_trigtuple, set_type};
  Replaced replaced;
  keep_saver(table, is_update ? &before : nullptr, after,
             is_update ? trigger->tg_updatedcols : nullptr, &replaced);
  PartDatums old = {};
  PartDatums parts = {};
  if (is_update && parts_of(before, &old) && parts_of(after, &parts)) {
    fold_edits(before, after, old, parts, &replaced);
    keep_modified(before, after, old, parts, &replaced);
  }
  if (replaced.count == 0) return PointerGetDatum(tuple);
  return PointerGetDatum(heap_modify_tuple_by_cols(tuple, shape, replaced.count, replaced.numbers,
                                                   replaced.values, replaced.nulls));
}
