// Changes of saved sets, and reading one by name.
//
// The one idea: the row is locked before it is read, and what is written back are the parts that changed: `base` stays
// where it is unless the change is about it. Corrections of a set without a query or an expression go into its base
// once they have grown.
#include "pg/saved/saved_law.hpp"
#include "pg/saved/set_table.hpp"
#include "pg/snapshot_key.hpp"

extern "C" {
#include "utils/datum.h"
#include "utils/timestamp.h"
}

#include <algorithm>
#include <cmath>

namespace objectset::pg {
namespace {

// ---- A change, computed -----------------------------------------------------------------------------------

enum class Change { add, remove, keep, toggle, forget, replace, refresh, clear, purge };

struct LockedSet {
  int64 id;
  SetArgument base;
  SetArgument added;
  SetArgument removed;
  bool
      is_lasting;  // has a query or an expression, so that corrections must outlive what they correct
  int64 count;
};

// What is written back; nullptr is what stays.
struct Outcome {
  struct varlena* base;
  struct varlena* added;
  struct varlena* removed;
  struct varlena* entered;
  struct varlena* left;
  uint64 entered_count;
  uint64 left_count;
  uint64 forgotten;
};

Set difference(const SetView& a, const SetView& b) { return combine(Operation::minus, a, b); }
Set united(const SetView& a, const SetView& b) { return combine(Operation::unite, a, b); }

// Writing corrections anew with each change costs their size, folding them the size of the base: the sum for many
// changes is least where corrections grow to some times the root of the base (some: an id takes 2 to 10 bytes in them).
// But a single change is to write no more than a few pages.
constexpr double max_corrections = 12 * 1024;

bool are_worth_folding(Size corrections, Size base) {
  return static_cast<double>(corrections) >
         std::min(4 * std::sqrt(static_cast<double>(base)), max_corrections);
}

void write_corrections(const LockedSet& set, const Law& law, const SetView& added,
                       const SetView& removed, Outcome* outcome) {
  if (compare(added, law.added) != 0) outcome->added = write_set(added);
  if (compare(removed, law.removed) != 0) outcome->removed = write_set(removed);
  if (set.is_lasting || (outcome->added == nullptr && outcome->removed == nullptr)) return;
  const Size corrections = StoredWriter(added).size() + StoredWriter(removed).size();
  if (!are_worth_folding(corrections, set.base.size)) return;
  give_members({law.base, added, removed},
               [&](Set&& members) { outcome->base = write_set(members); });
  outcome->added = write_set(SetView{});
  outcome->removed = write_set(SetView{});
}

void write_difference(const SetView& entered, const SetView& left, Outcome* outcome) {
  outcome->entered_count = cardinality(entered);
  outcome->left_count = cardinality(left);
  outcome->entered = write_set(entered);
  outcome->left = write_set(left);
}

// Some ids go in, others, none of them among those, go out.
void correct(const LockedSet& set, const Law& law, const SetView& in, const SetView& out,
             Outcome* outcome) {
  const Set members_in = members_among(law, in);
  const Set members_out = members_among(law, out);
  const Set entered = difference(in, members_in);
  write_difference(entered, members_out, outcome);
  const Set still_added = difference(law.added, out);
  const Set found = ids_in(in, law.base);
  const Set newly_added = difference(in, found);
  const Set still_removed = difference(law.removed, in);
  const Set excluded = set.is_lasting ? united(out, SetView{}) : ids_in(out, law.base);
  const Set added = united(still_added, newly_added);
  const Set removed = united(still_removed, excluded);
  write_corrections(set, law, added, removed, outcome);
}

// A new base and what becomes of the corrections.
void rebase(const Law& law, const SetView& base, const SetView& added, const SetView& removed,
            Outcome* outcome) {
  const Set union_before = united(law.base, law.added);
  const Set before = difference(union_before, law.removed);
  const Set union_after = united(base, added);
  const Set after = difference(union_after, removed);
  const Set entered = difference(after, before);
  const Set left = difference(before, after);
  write_difference(entered, left, outcome);
  if (compare(base, law.base) != 0) outcome->base = write_set(base);
  if (compare(added, law.added) != 0) outcome->added = write_set(added);
  if (compare(removed, law.removed) != 0) outcome->removed = write_set(removed);
}

void compute(Change change, const LockedSet& set, const Law& law, const SetView& ids,
             Outcome* outcome) {
  const SetView none = {};
  switch (change) {
    case Change::add:
      return correct(set, law, ids, none, outcome);
    case Change::remove:
      return correct(set, law, none, ids, outcome);
    case Change::keep: {
      const Set all = united(law.base, law.added);
      const Set members = difference(all, law.removed);
      const Set others = difference(members, ids);
      return correct(set, law, none, others, outcome);
    }
    case Change::toggle: {
      const Set out = members_among(law, ids);
      const Set in = difference(ids, out);
      return correct(set, law, in, out, outcome);
    }
    case Change::forget: {
      if (!set.is_lasting) return correct(set, law, none, ids, outcome);
      const Set base = difference(law.base, ids);
      const Set added = difference(law.added, ids);
      const Set removed = difference(law.removed, ids);
      return rebase(law, base, added, removed, outcome);
    }
    case Change::replace:
      return rebase(law, ids, none, none, outcome);
    case Change::refresh: {
      const Set added = difference(law.added, ids);
      return rebase(law, ids, added, law.removed, outcome);
    }
    case Change::clear:
      return rebase(law, none, none, set.is_lasting ? law.removed : none, outcome);
    case Change::purge:
      outcome->forgotten = cardinality(law.removed);
      return rebase(law, law.base, law.added, none, outcome);
  }
}

// ---- Reading and writing the row ----------------------------------------------------------------------------

Datum spi_value(int column) {
  bool is_null = false;
  const Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &is_null);
  if (is_null) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("object set has a NULL in column \"%s\"",
                           SPI_fname(SPI_tuptable->tupdesc, column))));
  }
  return value;
}

LockedSet lock_set(Oid table, Datum name) {
  check_set_table(table);
  const char* sql = psprintf(
      "SELECT id, base, added, removed, query IS NOT NULL OR expression IS NOT NULL, count FROM "
      "ONLY %s "
      "WHERE name OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
      qualified_table(table));
  const Oid types[] = {TEXTOID};
  Datum values[] = {name};
  SPIPlanPtr const plan = kept_plan(table, static_cast<int>(Statement::lock), sql, 1, types);
  if (SPI_execute_plan(plan, values, nullptr, false, 0) != SPI_OK_SELECT || SPI_processed == 0) {
    raise_unknown_set(table, TextDatumGetCString(name));
  }
  LockedSet set = {};
  set.id = DatumGetInt64(spi_value(1));
  set.base = set_argument(spi_value(2));
  set.added = set_argument(spi_value(3));
  set.removed = set_argument(spi_value(4));
  set.is_lasting = DatumGetBool(spi_value(5));
  set.count = DatumGetInt64(spi_value(6));
  return set;
}

// `started`: of a refresh, which is noted even where nothing changed.
void write_outcome(Oid table, int64 id, Oid set_type, const Outcome& outcome,
                   const TimestampTz* started) {
  const bool moved = outcome.entered_count + outcome.left_count > 0;
  const int mask = (outcome.base != nullptr ? 1 : 0) | (outcome.added != nullptr ? 2 : 0) |
                   (outcome.removed != nullptr ? 4 : 0) | (moved ? 8 : 0) |
                   (started != nullptr ? 16 : 0);
  if (mask == 0) return;
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql, "UPDATE ONLY %s SET ", qualified_table(table));
  const char* separator = "";
  const char* const assignments[] = {"base = $2", "added = $3", "removed = $4",
                                     "modified = pg_catalog.clock_timestamp()",
                                     "refreshed = $5, last_error = NULL"};
  for (int i = 0; i < 5; ++i) {
    if ((mask & 1 << i) == 0) continue;
    appendStringInfo(&sql, "%s%s", separator, assignments[i]);
    separator = ", ";
  }
  appendStringInfoString(&sql, " WHERE id OPERATOR(pg_catalog.=) $1");
  const Oid types[] = {INT8OID, set_type, set_type, set_type, TIMESTAMPTZOID};
  Datum values[] = {Int64GetDatum(id), PointerGetDatum(outcome.base),
                    PointerGetDatum(outcome.added), PointerGetDatum(outcome.removed),
                    started != nullptr ? TimestampTzGetDatum(*started) : 0};
  const char nulls[] = {' ', outcome.base != nullptr ? ' ' : 'n',
                        outcome.added != nullptr ? ' ' : 'n',
                        outcome.removed != nullptr ? ' ' : 'n', started != nullptr ? ' ' : 'n'};
  SPIPlanPtr const plan =
      kept_plan(table, static_cast<int>(Statement::write) + mask, sql.data, 5, types);
  if (SPI_execute_plan(plan, values, nulls, false, 0) != SPI_OK_UPDATE || SPI_processed != 1) {
    ereport(ERROR, (errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
                    errmsg("the row of the object set in %s was not updated", get_rel_name(table)),
                    errhint("A trigger or a rule of the table is in the way.")));
  }
}

void note_change(Oid function, Oid table, int64 id, Oid set_type, const Outcome& outcome) {
  if (outcome.entered_count + outcome.left_count == 0) return;
  const char* sql =
      psprintf("SELECT %s($1, $2, $3, $4)", qualified_sibling(function, "objectset_note_change"));
  const Oid types[] = {REGCLASSOID, INT8OID, set_type, set_type};
  Datum values[] = {ObjectIdGetDatum(table), Int64GetDatum(id), PointerGetDatum(outcome.entered),
                    PointerGetDatum(outcome.left)};
  SPIPlanPtr const plan = kept_plan(table, static_cast<int>(Statement::note), sql, 4, types);
  if (SPI_execute_plan(plan, values, nullptr, false, 0) != SPI_OK_SELECT) {
    elog(ERROR, "objectset_note_change failed");
  }
}

struct Changed {
  Outcome outcome;
  int64 count_before;
};

Changed change_set(Oid function, Oid table, Datum name, Change change, Datum ids, Oid set_type,
                   const TimestampTz* started) {
  Changed changed = {};
  SPI_connect();
  const LockedSet set = lock_set(table, name);
  const SetArgument argument = set_argument(ids);
  changed.count_before = set.count;
  guarded([&] {
    const OpenSet base(set.base);
    const OpenSet added(set.added);
    const OpenSet removed(set.removed);
    const OpenSet given(argument);
    compute(change, set, {base, added, removed}, given, &changed.outcome);
  });
  write_outcome(table, set.id, set_type, changed.outcome, started);
  note_change(function, table, set.id, set_type, changed.outcome);
  SPI_finish();
  return changed;
}

// ---- Names of changes ---------------------------------------------------------------------------------------

enum class Answer { entered, left, count_before, count_after, forgotten };

struct NamedChange {
  const char* name;
  Change change;
  Answer answer;
};

constexpr NamedChange named_changes[] = {{"add", Change::add, Answer::entered},
                                         {"remove", Change::remove, Answer::left},
                                         {"forget", Change::forget, Answer::left},
                                         {"replace", Change::replace, Answer::count_after},
                                         {"clear", Change::clear, Answer::count_before},
                                         {"purge", Change::purge, Answer::forgotten},
                                         {"|", Change::add, Answer::count_after},
                                         {"&", Change::keep, Answer::count_after},
                                         {"-", Change::remove, Answer::count_after},
                                         {"#", Change::toggle, Answer::count_after}};

const NamedChange& named_change(const char* name) {
  for (const NamedChange& change : named_changes) {
    if (strcmp(change.name, name) == 0) return change;
  }
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("\"%s\" is not an operator on object sets", name),
                  errhint("The operators are |, &, # and -.")));
}

int64 answer_of(Answer answer, const Changed& changed) {
  const auto entered = static_cast<int64>(changed.outcome.entered_count);
  const auto left = static_cast<int64>(changed.outcome.left_count);
  switch (answer) {
    case Answer::entered:
      return entered;
    case Answer::left:
      return left;
    case Answer::count_before:
      return changed.count_before;
    case Answer::count_after:
      return changed.count_before + entered - left;
    default:
      return static_cast<int64>(changed.outcome.forgotten);
  }
}

// The type of argument n, which is objectset.
Oid argument_type(FunctionCallInfo fcinfo, int n) {
  Oid* types = nullptr;
  int count = 0;
  get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
  return types[n];
}

// ---- Reading by name ------------------------------------------------------------------------------------------

// What a call site read last. In a filter the same set is asked for with each row.
struct LastRead {
  MemoryContext context;
  Oid table;
  Moment moment;
  char* name;  // set last
  Datum members;
};

Datum read_members(Oid function, Oid table, Datum name, MemoryContext context) {
  SPI_connect();
  check_set_table(table);
  const char* sql =
      psprintf("SELECT %s(base, added, removed) FROM ONLY %s WHERE name OPERATOR(pg_catalog.=) $1",
               qualified_sibling(function, "objectset_members_of"), qualified_table(table));
  const Oid types[] = {TEXTOID};
  Datum values[] = {name};
  SPIPlanPtr const plan = kept_plan(table, static_cast<int>(Statement::members), sql, 1, types);
  if (SPI_execute_plan(plan, values, nullptr, true, 1) != SPI_OK_SELECT || SPI_processed == 0) {
    raise_unknown_set(table, TextDatumGetCString(name));
  }
  MemoryContext const outer = MemoryContextSwitchTo(context);
  const Datum members = datumCopy(spi_value(1), false, -1);
  MemoryContextSwitchTo(outer);
  SPI_finish();
  return members;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_set_change) {
  const NamedChange& change = named_change(text_to_cstring(PG_GETARG_TEXT_PP(2)));
  const Changed changed =
      change_set(fcinfo->flinfo->fn_oid, PG_GETARG_OID(0), PG_GETARG_DATUM(1), change.change,
                 PG_GETARG_DATUM(3), argument_type(fcinfo, 3), nullptr);
  PG_RETURN_INT64(answer_of(change.answer, changed));
}

OBJECTSET_FUNCTION(objectset_set_refreshed) {
  const TimestampTz started = PG_GETARG_TIMESTAMPTZ(3);
  const Changed changed =
      change_set(fcinfo->flinfo->fn_oid, PG_GETARG_OID(0), PG_GETARG_DATUM(1), Change::refresh,
                 PG_GETARG_DATUM(2), argument_type(fcinfo, 2), &started);
  TupleDesc row = nullptr;
  get_call_result_type(fcinfo, nullptr, &row);
  Datum values[] = {Int64GetDatum(answer_of(Answer::entered, changed)),
                    Int64GetDatum(answer_of(Answer::left, changed))};
  bool nulls[] = {false, false};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}

OBJECTSET_FUNCTION(objectset_members) {
  const Oid table = PG_GETARG_OID(0);
  const char* name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  auto* last = static_cast<LastRead*>(fcinfo->flinfo->fn_extra);
  if (last == nullptr) {
    last =
        static_cast<LastRead*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LastRead)));
    fcinfo->flinfo->fn_extra = last;
    last->context =
        AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "saved object set", ALLOCSET_SMALL_SIZES);
  }
  const Moment now = this_moment();
  if (last->name != nullptr && last->table == table && strcmp(last->name, name) == 0 &&
      same_moment(last->moment, now)) {
    return last->members;
  }
  last->name = nullptr;
  MemoryContextReset(last->context);
  last->members = read_members(fcinfo->flinfo->fn_oid, table, PG_GETARG_DATUM(1), last->context);
  last->table = table;
  last->moment = now;
  last->name = MemoryContextStrdup(last->context, name);
  return last->members;
}
