// Expressions over the sets of a table, for those who refresh them.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

struct SetRefs {
  SetRef* sets;
  uint32 count;
};
/// In another memory context.
SetRefs copy_refs(const SetRefs& refs, MemoryContext context);

/// Zone A: what the expression of the set with this id gives now, in the caller's snapshot; flat, in the current context.
Datum evaluate_expression(const SetTable& table, int64 id, const char* text);
/// Zone A: the sets that have a query or an expression, each after those that its expression names, else in the order of
/// their ids. Sets in a circle, or composed of such, come last.
SetRefs sets_to_refresh(const SetTable& table);

}  // namespace objectset::pg
