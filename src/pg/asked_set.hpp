// A set that is asked for id after id while a statement runs: with a table of its ids (membership.hpp) once that pays.
#pragma once

#include "pg/datum.hpp"

#include "core/set/membership.hpp"

namespace objectset::pg {

/// Plain data.
struct AskedSet {
  Membership membership;
  uint64 lookups;  // until a table of the set's ids pays; 0: none does
  MemoryContext context;
};

/// The set must stay as it is. What is kept for it, work_mem at most, is in the context.
AskedSet asked_set(const SetView& set, MemoryContext context);

/// Zone A: no more will be searched for.
void make_table(AskedSet* asked);

/// Zone A
inline bool is_in(AskedSet* asked, Id id) {
  if (asked->lookups > 0 && --asked->lookups == 0) make_table(asked);
  return asked->membership(id);
}

}  // namespace objectset::pg
