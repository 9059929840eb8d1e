// What an expression will give, as far as it can be known while planning: for estimates, and for nothing else.
//
// The one idea: as the server does, what a stable function will give is found out by calling it. But an estimate never
// fails where the execution would not: the call sees what the execution will see, and what goes wrong in it makes a value
// that is not known. And as calls may be dear, there is one for a planning, however many partitions and estimates ask.
//
// What follows from a value may change costs, never answers: the plan may be run again when the value is another.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

#include "core/set/set_view.hpp"

namespace objectset::pg {

/// The value, which stays as it is until the planning ends; nullptr where none is known. Zone A.
const Const* expected_value(PlannerInfo* root, Node* expression);

/// The set of a value that is one and not NULL, opened once for a planning.
SetView expected_set(PlannerInfo* root, const Const* value);

/// Memory that stays until the planning ends; and a place in it to keep what was worked out of a column, or of a table of
/// this query or a column of it, nullptr at first. TableNote::value is of an executor's parameter, not of a table.
MemoryContext planning_memory(const PlannerInfo* root);
void** note_of_column(const PlannerInfo* root, Oid table, int column, bool is_inherited);
enum class TableNote { known_row, implied, has_set_condition, ids, order, ranges, value };
void** note_of_table(const PlannerInfo* root, int number, TableNote what, int column = 0);

}  // namespace objectset::pg
