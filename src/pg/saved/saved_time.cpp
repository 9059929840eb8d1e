// Saved sets as they were: the history read as what it comes to.
//
// The one idea: the lines of a set, in their order, lead from each of its states to the next; so a state is found from the
// members of today by the lines since then, undone, or from nothing by the lines until then, whichever are fewer, and without
// any of the states in between. A set that was there before its history has a line for the whole of it first; so has a
// set whose older lines were trimmed.
//
// A time is a place among the lines: behind the last that was written by then. Lines of one set are in the order of their
// ids, since each is written under the lock of the set's row.
#include "core/saved/net_change.hpp"
#include "pg/saved/saved_history.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/timestamp.h"
}

namespace objectset::pg {
namespace {

// A history as a function reads it: for whoever called that.
struct History {
  SetTable table;
  Oid relid;
  const char* name;
  Access access;  // to read in the snapshot of the call, or to see what has been committed since
};

History history_for(const SetTable& table, Access access) {
  const Oid relid = history_that_is_there(table);
  return {beside(table, relid), relid, qualified_name(relid), access};
}

uint64 read_lines(const History& history, const char* statement,
                  std::initializer_list<Parameter> parameters) {
  return run_for(history.table.user, history.relid, history.table, history.access, statement,
                 {history.name}, parameters);
}

// ---- Places -----------------------------------------------------------------------------------------------

// Behind which of its lines a set is at some time, and how many there are before and behind that.
struct Place {
  int64 line;
  bool is_before_all;
  bool is_unknown;  // before a line that says what the set was then
  TimestampTz known_from;
  int64 before;
  int64 behind;
};

Place find_place(const History& history, const Life& life, TimestampTz at) {
  read_lines(history,
             "SELECT (SELECT id FROM {0} WHERE set_id OPERATOR(pg_catalog.=) $1 AND at "
             "OPERATOR(pg_catalog.<=) $2 AND id OPERATOR(pg_catalog.>) $3 AND id "
             "OPERATOR(pg_catalog.<=) $4 ORDER BY at DESC, id DESC LIMIT 1)",
             {parameter(life.set_id),
              {TIMESTAMPTZOID, TimestampTzGetDatum(at)},
              parameter(life.behind),
              parameter(life.last)});
  Place place = {};
  const Datum line = column(0, 1, &place.is_before_all);
  place.line = place.is_before_all ? life.behind : DatumGetInt64(line);
  read_lines(history,
             "SELECT pg_catalog.count(*) FILTER (WHERE id OPERATOR(pg_catalog.<=) $2), "
             "pg_catalog.count(*) FILTER (WHERE id OPERATOR(pg_catalog.>) $2) "
             "FROM {0} WHERE set_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.>) $3 "
             "AND id OPERATOR(pg_catalog.<=) $4",
             {parameter(life.set_id), parameter(place.line), parameter(life.behind),
              parameter(life.last)});
  place.before = int64_column(0, 1);
  place.behind = int64_column(0, 2);
  if (!place.is_before_all) return place;
  if (read_lines(history,
                 "SELECT whole, at FROM {0} WHERE set_id OPERATOR(pg_catalog.=) $1 "
                 "AND id OPERATOR(pg_catalog.>) $2 AND id OPERATOR(pg_catalog.<=) $3 "
                 "ORDER BY id LIMIT 1",
                 {parameter(life.set_id), parameter(life.behind), parameter(life.last)}) > 0) {
    bool is_null = false;
    place.is_unknown = DatumGetBool(column(0, 1, &is_null));
    place.known_from = DatumGetTimestampTz(column(0, 2, &is_null));
  }
  return place;
}

// ---- Changes ----------------------------------------------------------------------------------------------

struct LinesOf {
  const History* history;
  int64 set_id;
};

NetChange* make_change() {
  NetChange* change = nullptr;
  guarded([&] { change = new (allocate(sizeof(NetChange))) NetChange(); });
  return change;
}

// Up to 1000 lines behind one and up to another, added to what there is: the last of them; the first again where there are none.
// What is read is kept in a context of its own, what comes of it in the one that was current. Each time that something is
// added to a change it takes as long as the change is large: so the lines are added to one another first.
int64 add_lines(const LinesOf& of, int64 behind, int64 last, NetChange* change) {
  const uint64 count = read_lines(
      *of.history,
      "SELECT id, entered_ids, departed_ids FROM {0} WHERE set_id OPERATOR(pg_catalog.=) $1 AND id "
      "OPERATOR(pg_catalog.>) $2 AND id OPERATOR(pg_catalog.<=) $3 ORDER BY id LIMIT 1000",
      {parameter(of.set_id), parameter(behind), parameter(last)});
  MemoryContext const kept =
      AllocSetContextCreate(CurrentMemoryContext, "lines of a history", ALLOCSET_DEFAULT_SIZES);
  NetChange* const of_lines = make_change();
  int64 read = behind;
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    MemoryContext const outer = MemoryContextSwitchTo(kept);
    const SetView entered = set_in(row, 2);
    const SetView departed = set_in(row, 3);
    MemoryContextSwitchTo(outer);
    guarded([&] { of_lines->then(entered, departed); });
    read = int64_column(row, 1);
    if (row % 64 == 63) MemoryContextReset(kept);
  }
  MemoryContextDelete(kept);
  SPI_freetuptable(SPI_tuptable);
  guarded([&] {
    change->then(of_lines->entered(), of_lines->departed());
    of_lines->~NetChange();
    release(of_lines);
  });
  return read;
}

// What the lines behind one and up to another come to; in the current context, until that is reset.
NetChange* net_change(const History& history, int64 set_id, int64 behind, int64 last) {
  NetChange* const change = make_change();
  const LinesOf of = {&history, set_id};
  for (int64 read = add_lines(of, behind, last, change); read != behind && read < last;
       read = add_lines(of, behind, last, change)) {
    behind = read;
  }
  return change;
}

// ---- Members at a time ------------------------------------------------------------------------------------

// A set as a function finds it: its row, where it has one, with the parts in it.
struct Found {
  Life life;
  bool has_row;
  SavedSet parts;
};

[[noreturn]] void raise_unknown_time(const char* name, const Place& place) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("the history of object set \"%s\" does not reach back so far", name),
                  errdetail("It begins at %s.", timestamptz_to_str(place.known_from))));
  pg_unreachable();
}

// Until the current context is reset.
SetView undone_from(const SetView& today, const NetChange& change) {
  SetView members;
  guarded([&] { members = *new (allocate(sizeof(Set))) Set(change.undone_from(today)); });
  return members;
}

SetView members_then(const History& history, const char* name, const Found& set, TimestampTz at) {
  const Place place = find_place(history, set.life, at);
  if (place.is_unknown) raise_unknown_time(name, place);
  // Without a line it has been what it is.
  if (place.is_before_all && place.behind > 0) return {};
  const bool is_back = set.has_row && place.behind <= place.before;
  if (is_back && place.behind == 0) return members_of_parts(set.parts);
  const int64 id = set.life.set_id;
  if (!is_back) return net_change(history, id, set.life.behind, place.line)->entered();
  return undone_from(members_of_parts(set.parts), *net_change(history, id, place.line, no_end));
}

// The set that is called so now; else, of those that were dropped, the last that was by that time, or, if there was none, the
// first after it.
Found find_set_then(const History& history, const char* name, TimestampTz at) {
  const SetTable& table = history.table;
  const uint64 count =
      run_for(table.user, table.relid, table, history.access,
              "SELECT id, base, added, removed, deleted FROM {r} WHERE name::pg_catalog.text "
              "OPERATOR(pg_catalog.=) $1",
              {}, {parameter(name)});
  if (count > 1) raise_ambiguous(table, name);
  if (count == 1) {
    const int64 id = int64_column(0, 1);
    const SavedSet parts = parts_in(0, 2);
    return {life_of_set(table, history.relid, id, history.access), true, parts};
  }
  const Lives dropped = dropped_sets(table, history.relid, name, history.access);
  if (read_lines(history,
                 "SELECT n.set_id, n.behind, n.last FROM ROWS FROM (pg_catalog.unnest($3), "
                 "pg_catalog.unnest($4), pg_catalog.unnest($5)) AS n (set_id, behind, last) "
                 "JOIN {0} AS l ON l.set_id OPERATOR(pg_catalog.=) n.set_id "
                 "AND l.id OPERATOR(pg_catalog.>) n.behind AND l.id OPERATOR(pg_catalog.<=) n.last "
                 "WHERE l.name OPERATOR(pg_catalog.=) $1 ORDER BY l.at OPERATOR(pg_catalog.>) $2, "
                 "CASE WHEN l.at OPERATOR(pg_catalog.>) $2 THEN l.id END, l.id DESC LIMIT 1",
                 {parameter(name),
                  {TIMESTAMPTZOID, TimestampTzGetDatum(at)},
                  dropped.set_ids,
                  dropped.behind,
                  dropped.last}) == 0) {
    raise_unknown_set(table, name);
  }
  return {{int64_column(0, 1), int64_column(0, 2), int64_column(0, 3)}, false, {}};
}

SetView members_at(const History& history, const char* name, TimestampTz at) {
  return members_then(history, name, find_set_then(history, name, at), at);
}

Datum as_result(MemoryContext context, const SetView& set) {
  MemoryContext const inner = MemoryContextSwitchTo(context);
  const Datum result = flat_datum(set);
  MemoryContextSwitchTo(inner);
  return result;
}

// ---- What became of a set between two times ---------------------------------------------------------------

struct Difference {
  SetView entered;
  SetView departed;
};

Difference difference_of(const SetView& before, const SetView& after) {
  Difference result = {};
  guarded([&] {
    result.entered = *new (allocate(sizeof(Set))) Set(combine(Operation::minus, after, before));
    result.departed = *new (allocate(sizeof(Set))) Set(combine(Operation::minus, before, after));
  });
  return result;
}

Difference difference_between(const History& history, const char* name, TimestampTz from,
                              TimestampTz to) {
  const Found first = find_set_then(history, name, from);
  const Found second = find_set_then(history, name, to);
  // Two sets that had the name, one after the other.
  if (first.life.set_id != second.life.set_id || first.life.behind != second.life.behind) {
    return difference_of(members_then(history, name, first, from),
                         members_then(history, name, second, to));
  }
  const Place a = find_place(history, first.life, from);
  const Place b = find_place(history, first.life, to);
  if (a.is_unknown) raise_unknown_time(name, a);
  if (b.is_unknown) raise_unknown_time(name, b);
  const bool is_back = b.line < a.line;
  const NetChange* const change =
      net_change(history, first.life.set_id, std::min(a.line, b.line), std::max(a.line, b.line));
  return is_back ? Difference{change->departed(), change->entered()}
                 : Difference{change->entered(), change->departed()};
}

// ---- Trimming ---------------------------------------------------------------------------------------------

struct Fold {
  int64 set_id;
  int64 line;  // the last that is folded
};

struct Folds {
  Fold* folds;
  uint64 count;
};

Folds read_folds(const History& history, TimestampTz before) {
  const uint64 count = read_lines(history,
                                  "SELECT DISTINCT ON (set_id) set_id, id FROM {0} WHERE at "
                                  "OPERATOR(pg_catalog.<=) $1 ORDER BY set_id, at DESC, id DESC",
                                  {{TIMESTAMPTZOID, TimestampTzGetDatum(before)}});
  auto* const folds =
      static_cast<Fold*>(palloc_extended(sizeof(Fold) * (count + 1), MCXT_ALLOC_HUGE));
  for (uint64 row = 0; row < count; ++row) {
    folds[row] = {int64_column(row, 1), int64_column(row, 2)};
  }
  SPI_freetuptable(SPI_tuptable);
  return {folds, count};
}

uint64 change_lines(const History& history, const char* statement,
                    std::initializer_list<Parameter> parameters) {
  return run(history.table, Access::write, statement, {history.name}, parameters);
}

// Whether nothing needs to be known any more of a set that came to nothing: it was dropped by then,
// or it is gone and nothing is known of it since.
bool is_forgotten(const History& history, const Fold& fold) {
  return run(history.table, Access::write,
             "SELECT 1 WHERE EXISTS (SELECT FROM {0} WHERE set_id OPERATOR(pg_catalog.=) $1 AND id "
             "OPERATOR(pg_catalog.=) $2 AND dropped) OR (NOT EXISTS (SELECT FROM {r} WHERE id "
             "OPERATOR(pg_catalog.=) $1) AND NOT EXISTS (SELECT FROM {0} WHERE set_id "
             "OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.>) $2))",
             {history.name}, {parameter(fold.set_id), parameter(fold.line)}) > 0;
}

// The last of the lines becomes the whole of the set as it was; the others go. Those that are not committed yet stay
// behind it. How many went.
uint64 fold_lines(const History& history, const Fold& fold) {
  const NetChange* const change = net_change(history, fold.set_id, before_all, fold.line);
  const SetView members = change->entered();
  if (is_empty(members) && is_forgotten(history, fold)) {
    return change_lines(history,
                        "DELETE FROM {0} WHERE set_id OPERATOR(pg_catalog.=) $1 AND id "
                        "OPERATOR(pg_catalog.<=) $2",
                        {parameter(fold.set_id), parameter(fold.line)});
  }
  const uint64 gone = change_lines(history,
                                   "DELETE FROM {0} WHERE set_id OPERATOR(pg_catalog.=) $1 AND id "
                                   "OPERATOR(pg_catalog.<) $2",
                                   {parameter(fold.set_id), parameter(fold.line)});
  change_lines(history,
               "UPDATE {0} SET entered_ids = $3, departed_ids = '{}', whole = true "
               "WHERE set_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2 "
               "AND NOT whole",
               {parameter(fold.set_id),
                parameter(fold.line),
                {history.table.set_type, flat_datum(members)}});
  return gone;
}

void check_may_trim(const History& history) {
  if (pg_class_aclcheck(history.relid, GetUserId(), ACL_DELETE) != ACLCHECK_OK) {
    raise_denied(history.relid);
  }
  check_sees_all(history.table, history.relid);
  check_sees_all(history.table, history.table.relid);
}

uint64 trim(const History& history, TimestampTz before) {
  check_may_trim(history);
  // One at a time; nobody else waits.
  LockRelationOid(history.relid, ShareUpdateExclusiveLock);
  const Folds folds = read_folds(history, before);
  MemoryContext const outer = CurrentMemoryContext;
  MemoryContext const inner =
      AllocSetContextCreate(outer, "fold of a history", ALLOCSET_DEFAULT_SIZES);
  uint64 gone = 0;
  for (uint64 i = 0; i < folds.count; ++i) {
    CHECK_FOR_INTERRUPTS();
    MemoryContextSwitchTo(inner);
    gone += fold_lines(history, folds.folds[i]);
    MemoryContextSwitchTo(outer);
    MemoryContextReset(inner);
  }
  return gone;
}

// ---- Restoring --------------------------------------------------------------------------------------------

int64 restore_set(const SetTable& table, const LockedSet& set, const SetView& members) {
  Outcome outcome = {};
  guarded([&] { write_revision(replace(revised(set), members), &outcome); });
  Values values;
  put_outcome(table, outcome, &values);
  return update_set(table, set, values);
}

// One that was dropped comes back as a plain set: what it was found by is not in the history.
int64 make_set_again(const SetTable& table, const char* name, const SetView& members) {
  Outcome outcome = {};
  guarded([&] { write_revision(assign(SavedSet(), members), &outcome); });
  Values values;
  put_outcome(table, outcome, &values);
  int64 count = 0;
  insert_set(table, name, values, false, &count);
  return count;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_members_at) {
  MemoryContext const outer = CurrentMemoryContext;
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  const char* const name = name_argument(fcinfo, 1);
  const Datum members = as_result(
      outer, members_at(history_for(table, Access::read), name, PG_GETARG_TIMESTAMPTZ(2)));
  close_set_table(table);
  PG_RETURN_DATUM(members);
}

OBJECTSET_FUNCTION(objectset_saved_diff) {
  TupleDesc const row = row_of_result(fcinfo);
  MemoryContext const outer = CurrentMemoryContext;
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  const char* const name = name_argument(fcinfo, 1);
  const Difference difference = difference_between(
      history_for(table, Access::read), name, PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_TIMESTAMPTZ(3));
  Datum values[] = {Int64GetDatum(static_cast<int64>(cardinality(difference.entered))),
                    Int64GetDatum(static_cast<int64>(cardinality(difference.departed))),
                    as_result(outer, difference.entered), as_result(outer, difference.departed)};
  bool nulls[4] = {};
  close_set_table(table);
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

OBJECTSET_FUNCTION(objectset_saved_restore) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const TimestampTz at = DatumGetTimestampTz(given_argument(fcinfo, 2, "the time"));
  LockedSet set = {};
  const bool is_there = try_lock_set(table, name, &set);
  const SetView members = members_at(history_for(table, Access::write), name, at);
  const int64 count =
      is_there ? restore_set(table, set, members) : make_set_again(table, name, members);
  close_set_table(table);
  PG_RETURN_INT64(count);
}

OBJECTSET_FUNCTION(objectset_saved_trim_history) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const TimestampTz before = DatumGetTimestampTz(given_argument(fcinfo, 1, "the time"));
  const uint64 gone = trim(history_for(table, Access::write), before);
  close_set_table(table);
  PG_RETURN_INT64(static_cast<int64>(gone));
}
