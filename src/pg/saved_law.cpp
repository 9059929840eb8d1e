#include "saved_law.hpp"

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
  Law view() const { return {base.view(), added.view(), removed.view()}; }
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

}  // namespace

Set members_among(const Law& law, const SetView& ids) {
  const Set base = combine(Operation::intersect, ids, law.base);
  const Set added = combine(Operation::intersect, ids, law.added);
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
  return cardinality(law.base) - intersect_count(law.removed, law.base) + cardinality(entering) -
         intersect_count(entering, law.base);
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
    Set differing;
    if (!same_base) {
      differing.apply(Operation::unite, combine(Operation::symdiff, x.base, y.base));
      differing.keep();
    }
    differing.apply(Operation::unite, combine(Operation::symdiff, x.added, y.added));
    differing.keep();
    differing.apply(Operation::unite, combine(Operation::symdiff, x.removed, y.removed));
    differing.keep();
    const Set of_x = members_among(x, differing);
    const Set of_y = members_among(y, differing);
    same = compare(of_x, of_y) == 0;
  });
  return same;
}

}  // namespace objectset::pg
