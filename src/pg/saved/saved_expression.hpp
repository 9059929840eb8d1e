// Expressions over the sets of a table, for those who refresh them.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

struct Names {
  const char** names;
  uint32 count;
};
/// In another memory context.
Names copy_names(const Names& names, MemoryContext context);

/// Zone A: what an expression gives now, in the caller's snapshot; flat, in the current context.
Datum evaluate_expression(const SetTable& table, const char* text);
/// Zone A: the sets that have a query or an expression, each after those that its expression names, else in the order of
/// their ids. Sets in a circle, or composed of such, come last.
Names names_to_refresh(const SetTable& table);

}  // namespace objectset::pg
