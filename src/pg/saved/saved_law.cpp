#include "pg/saved/saved_law.hpp"

namespace objectset::pg {
namespace {

struct PreparedLaw {
  SetArgument base;
  SetArgument added;
  SetArgument removed;
};

PreparedLaw prepare(const LawArguments& law) {
  return {set_argument(law.base), set_argument(law.added), set_argument(law.removed)};
}

struct OpenLaw {
  explicit OpenLaw(const PreparedLaw& law)
      : base(law.base), added(law.added), removed(law.removed) {}
  Law view() const& { return {base.view(), added.view(), removed.view()}; }
  Law view() const&& = delete;
  OpenSet base;
  OpenSet added;
  OpenSet removed;
};

// The very same bytes, or the same TOAST pointer: what was not changed by an UPDATE.
bool same_image(Datum a, Datum b) {
  if (a == b) return true;
  auto* x = reinterpret_cast<struct varlena*>(DatumGetPointer(a));
  auto* y = reinterpret_cast<struct varlena*>(DatumGetPointer(b));
  return VARSIZE_ANY(x) == VARSIZE_ANY(y) && !VARATT_IS_EXTERNAL_EXPANDED(x) &&
         memcmp(x, y, VARSIZE_ANY(x)) == 0;
}

// So many ids of a sorted array are walked past in the time that looking up one takes.
constexpr uint64 walked_per_look_up = 64;

bool are_few(const SetView& ids, const SetView& set) {
  return cardinality(ids) * walked_per_look_up < set.sparse.size();
}

// Calls `found` for each of a few ids that is in the set.
template <class Found>
void look_up(const SetView& ids, const SetView& set, Found&& found) {
  Cursor cursor(ids);
  for (Id id; cursor.next(&id, 1) == 1;) {
    if (contains(set, id)) found(id);
  }
}

uint64 count_in(const SetView& ids, const SetView& set) {
  if (!are_few(ids, set)) return intersect_count(ids, set);
  uint64 count = 0;
  look_up(ids, set, [&](Id) { ++count; });
  return count;
}

}  // namespace

Set ids_in(const SetView& ids, const SetView& set) {
  Set result;
  if (are_few(ids, set)) {
    look_up(ids, set, [&](Id id) { result.append_sparse(id); });
  } else {
    result = combine(Operation::intersect, ids, set);
    result.keep();
  }
  return result;
}

Set members_among(const Law& law, const SetView& ids) {
  const Set base = ids_in(ids, law.base);
  const Set added = ids_in(ids, law.added);
  Set result;
  give_members({base, added, law.removed}, [&](Set&& members) {
    members.keep();
    result = std::move(members);
  });
  return result;
}

// An id that was removed is no member, whether it was added or not.
uint64 members_count(const Law& law) {
  const Set entering = combine(Operation::minus, law.added, law.removed);
  return cardinality(law.base) - count_in(law.removed, law.base) + cardinality(entering) -
         count_in(entering, law.base);
}

// What differs between the parts is all that can differ between the members.
bool same_members(const LawArguments& a, const LawArguments& b) {
  const bool same_base = same_image(a.base, b.base);
  if (same_base && same_image(a.added, b.added) && same_image(a.removed, b.removed)) return true;
  const PreparedLaw prepared_a = prepare(a);
  const PreparedLaw prepared_b = prepare(b);
  bool same = false;
  guarded([&] {
    const OpenLaw open_a(prepared_a);
    const OpenLaw open_b(prepared_b);
    const Law x = open_a.view();
    const Law y = open_b.view();
    const Set in_base = same_base ? Set() : combine(Operation::symdiff, x.base, y.base);
    const Set in_added = combine(Operation::symdiff, x.added, y.added);
    const Set in_removed = combine(Operation::symdiff, x.removed, y.removed);
    const Set in_corrections = combine(Operation::unite, in_added, in_removed);
    const Set differing = combine(Operation::unite, in_base, in_corrections);
    const Set of_x = members_among(x, differing);
    const Set of_y = members_among(y, differing);
    same = compare(of_x, of_y) == 0;
  });
  return same;
}

}  // namespace objectset::pg
