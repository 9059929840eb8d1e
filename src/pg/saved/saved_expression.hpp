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

/// Zone A: what the expression of a set gives now, in the caller's snapshot; flat, in the current context. Its names mean what
/// whoever saved it sees, within the set's own scope where scopes are kept apart; the caller has seen to the seal. `is_running`:
/// whether others' code, policies, may be at work, for who catches an error.
Datum evaluate_expression(const SetTable& table, const Claim& claim, volatile bool* is_running);
/// Zone A: the sets that have a query or an expression, each after those that its expression names, else in the order of
/// their ids. Sets in a circle, or composed of such, come last.
SetRefs sets_to_refresh(const SetTable& table);

}  // namespace objectset::pg
