// Rows that a MERGE moves to other partitions. From PostgreSQL 15 on, which has MERGE, the server puts them in no transition table
// of the UPDATE triggers, as it does what an UPDATE moves, but among the rows that were deleted and inserted; and triggers for
// these fire only where the MERGE itself deletes or inserts.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace objectset::pg {

/// Zone A: whether a trigger is fired before an UPDATE, for no more than that the library is loaded when its statement ends.
bool pass_early(const TriggerData* trigger);

/// Zone A: the plans of the statement whose triggers are fired now; NIL where this library was loaded too late to see it. To be
/// called in the memory context that the trigger was called in.
List* plans_of_statement();

enum class Moves {
  seen,     // those that there are stand in the transition tables
  unseen,   // a MERGE may have moved some
  unknown,  // nor is it known whether it was one
};
/// Zone A: of the statement that an AFTER UPDATE trigger is fired for. `column`: of rows in which it writes that one, or any.
Moves moves_of(const TriggerData* trigger, const List* plans,
               AttrNumber column = InvalidAttrNumber);

/// Zone A: whether the statement may have written a column of the trigger's table, by any of its updates or by what foreign keys make
/// of them. The server tells the trigger (tg_updatedcols) of the last one alone.
bool may_have_written(const TriggerData* trigger, const List* plans, AttrNumber column);

void install_moved_rows();

}  // namespace objectset::pg
