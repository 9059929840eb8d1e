// Who entered a saved set and who left it.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// Zone A: makes the history of a set table; 42P07 where it has one. `function`: of the extension's.
Oid create_history(Oid set_table, Oid function);

/// Zone A: what there is to be said against what is named as the history of a set table; nullptr where all is well.
const char* history_problem(Relation set_table, Oid set_type);
/// Zone A: the history of a set table; InvalidOid where it has none, 55000 where it is lost.
Oid history_of(const SetTable& table);
/// Zone A: the same, and 55000 where it has none.
Oid history_that_is_there(const SetTable& table);

/// The lines of a set: those of its id behind one and up to another. The id of a set that was dropped
/// may have been given to another one since.
struct Life {
  int64 set_id;
  int64 behind;  // the line by which the set before was dropped, or before_all
  int64 last;    // the line by which it was dropped itself, or no_end
};
constexpr int64 before_all = PG_INT64_MIN;
constexpr int64 no_end = PG_INT64_MAX;

/// Several of these, as a bigint[] each.
struct Lives {
  Parameter set_ids;
  Parameter behind;
  Parameter last;
};

/// Zone A: the lines that the caller may read of the set that has this id now.
Life life_of_set(const SetTable& table, Oid history, int64 set_id, Access access);

/// Zone A: the same of the sets that were called so in some of them, and that are gone: dropped by a
/// line, or no row has their id, whoever sees it.
Lives dropped_sets(const SetTable& table, Oid history, const char* name, Access access);

/// Zone A: no line of the table's history, if it has one, keeps these ids.
void erase_from_history(const SetTable& table, Oid history, Datum ids);

}  // namespace objectset::pg
