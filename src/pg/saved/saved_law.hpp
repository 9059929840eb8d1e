// The law of a saved set: members = (base | added) - removed. `base` is large and comes from a query; `added` and
// `removed`, corrections by hand, are mostly small or empty.
#pragma once

#include "pg/datum.hpp"

namespace objectset::pg {

/// Zone A: a saved set's three parts as they came. Plain data.
struct LawArguments {
  Datum base;
  Datum added;
  Datum removed;
};

/// Zone B: the three parts, viewed.
struct Law {
  SetView base;
  SetView added;
  SetView removed;
};

/// Zone B: the members, which borrow from all three parts.
template <class Give>
void give_members(const Law& law, Give&& give) {
  const Set united = combine(Operation::unite, law.base, law.added);
  give(combine(Operation::minus, united, law.removed));
}

/// Zone B: those of `ids` that are in `set`; stands alone. Of few ids each is looked up: sets of ids that lie far apart
/// are else walked through from end to end.
Set ids_in(const SetView& ids, const SetView& set);

/// Zone B: those of `ids` that are members. Looks into `base` only where `ids` are; stands alone.
Set members_among(const Law& law, const SetView& ids);

/// Zone B: the number of members. Looks into `base` only where the corrections are.
uint64 members_count(const Law& law);

/// Zones A to D: whether two states of a saved set have the same members.
bool same_members(const LawArguments& a, const LawArguments& b);

}  // namespace objectset::pg
