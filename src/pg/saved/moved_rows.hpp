// Rows that a MERGE moves to other partitions. From PostgreSQL 15 on, which has MERGE, the server puts them in no transition table
// of the UPDATE triggers, as it does what an UPDATE moves, but among the rows that were deleted and inserted; and triggers for
// these fire only where the MERGE itself deletes or inserts.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace objectset::pg {

enum class Moves {
  seen,     // those that there are stand in the transition tables
  unseen,   // a MERGE may have moved some
  unknown,  // it may have been one: the statement began before this library was loaded
};

/// Zone A: of the statement that an AFTER UPDATE trigger is fired for. To be called in the memory
/// context that the trigger was called in.
Moves moves_of(const TriggerData* trigger);

void install_moved_rows();

}  // namespace objectset::pg
