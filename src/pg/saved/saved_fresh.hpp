// Refreshing a set for what has changed: whether its query can be asked for some ids only, for which, and what it finds of
// them.
#pragma once

#include "pg/saved/change_log.hpp"

namespace objectset::pg {

/// A query that is about to run, as its saver and under its settings.
struct RunningQuery {
  const char* select;  // one SELECT
  Oid role;
  SavedQuery saved;
  int count;
  Oid* types;
  Datum* values;
  const char* nulls;
  bool may_be_temporary;  // what it names
};

/// Whether changes are noted for a set table.
struct Tracking {
  bool is_tracked;  // there is a log, and
  ChangeLog log;
};

/// What is known of a set before its query runs, and what is found out then.
struct Freshness {
  bool is_tracked;
  ChangeLog log;
  Datum seen;       // xid8[], or 0
  Datum seen_mark;  // bytea, or 0
  Datum base;
  SetView deleted;
  Changes changes;  // since then

  const char* reason;  // why all rows are to be asked; nullptr: only some
  Query* query;        // which asks for all; of `restrictions` where it can ask for some
  List* restrictions;
  bool is_noted;  // whether the next refresh may go by what this one sees
  uint64 state;
};

/// Zone A: looks for the log, once for however many sets, before any snapshot of theirs is taken; it is held.
Tracking begin_tracking(const SetTable& table);
/// Begins to look at a set.
Freshness begin_freshness(const Tracking& tracking);
/// Zone A: the same in that snapshot, with what the row of the set has.
void read_freshness(const SetTable& table, Freshness* fresh);
/// Zone A: decides, within enter(), how the query is to be run.
void decide_freshness(const SetTable& table, const RunningQuery& query, Freshness* fresh);
/// Zone A: what it finds of all rows; flat, in the current context.
Datum find_all(const SetTable& table, const RunningQuery& query);
/// Zone A: where it is run for some ids: the new base; the same.
Datum find_what_changed(const SetTable& table, const RunningQuery& query, const Freshness& fresh);
/// Zone A: whether a refresh left this mark beside this base, with what it had seen by then. 0: NULL.
bool is_marked_as_seen(Datum seen, Datum seen_mark, Datum base);
/// Zone A: puts what the set has seen among the values of its row. `base`: as it is now.
void put_freshness(const Freshness& fresh, Datum base, Values* values);
/// Zone A: after some sets were refreshed.
void end_tracking(const SetTable& table, RefreshOf which);

}  // namespace objectset::pg
