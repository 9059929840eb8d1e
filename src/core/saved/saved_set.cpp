#include "core/saved/saved_set.hpp"

#include <algorithm>
#include <cmath>

#include "core/set/set_builder.hpp"
#include "core/stored/stored_set.hpp"

namespace objectset {
namespace {

// So many ids of a sorted array are walked past in the time that looking up one takes.
constexpr std::uint64_t walked_per_look_up = 64;

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

std::uint64_t count_in(const SetView& ids, const SetView& set) {
  if (!are_few(ids, set)) return intersect_count(ids, set);
  std::uint64_t count = 0;
  look_up(ids, set, [&](Id) { ++count; });
  return count;
}

// Those of `ids` that are in `set`. Of few ids each is looked up: sets of ids that lie far apart are else walked through
// from end to end.
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

// Both stand alone.
Set minus(const SetView& a, const SetView& b) {
  Set result = combine(Operation::minus, a, b);
  result.keep();
  return result;
}
Set united(const SetView& a, const SetView& b) {
  Set result = combine(Operation::unite, a, b);
  result.keep();
  return result;
}

// What a set that borrows from nobody but the caller's arguments is made of.
Set borrowed(const SetView& set) { return combine(Operation::unite, set, SetView()); }

// Those of `ids` that base has still.
Set found_among(const SavedSet& set, const SetView& ids) {
  Set found = ids_in(ids, set.base);
  found.apply(Operation::minus, set.deleted);
  found.keep();
  return found;
}

void put(Revision::Part& part, const SetView& before, Set&& after) {
  part.is_changed = compare(before, after) != 0;
  part.set = std::move(after);
}

void put_difference(Revision& revision, MembersDifference&& difference) {
  revision.entered = std::move(difference.entered);
  revision.departed = std::move(difference.departed);
}

// Writing edits anew with each change costs their size, folding them the size of base: the sum for many changes is least
// where edits grow to some times the root of base (some: an id takes 2 to 10 bytes in them). But a single change is to
// write no more than a few pages.
constexpr double max_edits = 12 * 1024;

// About what folding costs more where it enters all keys of base into an index, too.
constexpr double index_factor = 64;

bool are_worth_folding(std::size_t edits, const Revised& revised) {
  const double cost =
      static_cast<double>(revised.base_bytes) * (revised.is_indexed ? index_factor : 1);
  return static_cast<double>(edits) > std::min(4 * std::sqrt(cost), max_edits);
}

std::size_t bytes_of(const SetView& set) { return is_empty(set) ? 0 : StoredWriter(set).size(); }

const SetView& now(const Revision::Part& part, const SetView& before, SetView& place) {
  if (!part.is_changed) return before;
  place = part.set;
  return place;
}

// Works into base what has grown: all edits of a plain set, of a derived one what left base.
void settle(const Revised& revised, Revision& revision) {
  SetView places[3];
  const SavedSet& set = revised.set;
  const SavedSet after = {set.base, now(revision.added, set.added, places[0]),
                          now(revision.removed, set.removed, places[1]),
                          now(revision.deleted, set.deleted, places[2])};
  const bool is_plain = revised.kind == SetKind::plain;
  std::size_t edits = bytes_of(after.deleted);
  if (is_plain) edits += bytes_of(after.added) + bytes_of(after.removed);
  revision.is_fold_due = edits > 0 && are_worth_folding(edits, revised);
  if (!revision.is_fold_due || revised.is_partial) return;
  Set base = is_plain ? members(after) : combine(Operation::minus, after.base, after.deleted);
  base.keep();  // the edits that it may borrow from are about to go
  revision.base = {true, std::move(base)};
  if (is_plain) {
    put(revision.added, set.added, Set());
    put(revision.removed, set.removed, Set());
  }
  put(revision.deleted, set.deleted, Set());
}

// Some ids go in, others, none of them among those, go out.
Revision correct(const Revised& revised, const SetView& in, const SetView& out) {
  const SavedSet& set = revised.set;
  Revision revision;
  const Set members_in = members_among(set, in);
  revision.entered = minus(in, members_in);
  revision.departed = members_among(set, out);

  const Set found_in = found_among(set, in);
  const Set to_add = minus(in, found_in);
  const Set still_added = minus(set.added, out);
  put(revision.added, set.added, united(still_added, to_add));

  const Set found_out = found_among(set, out);
  const Set still_removed = minus(set.removed, in);
  put(revision.removed, set.removed,
      united(still_removed, revised.kind == SetKind::derived ? out : SetView(found_out)));
  settle(revised, revision);
  return revision;
}

}  // namespace

// ---- The membership rule ----------------------------------------------------------------------------------

// ((base - deleted) | added) - removed
Set members(const SavedSet& set) {
  Set result = combine(Operation::minus, set.base, set.deleted);
  result.apply(Operation::unite, set.added);
  result.apply(Operation::minus, set.removed);
  return result;
}

std::uint64_t members_count(const SavedSet& set) {
  const Set leaving = combine(Operation::unite, set.removed, set.deleted);
  const Set entering = combine(Operation::minus, set.added, set.removed);
  const Set staying = combine(Operation::minus, entering, set.deleted);
  return cardinality(set.base) - count_in(leaving, set.base) + cardinality(entering) -
         count_in(staying, set.base);
}

Set members_among(const SavedSet& set, const SetView& ids) {
  const Set base = ids_in(ids, set.base);
  const Set added = ids_in(ids, set.added);
  Set result = members({base, added, set.removed, set.deleted});
  result.keep();
  return result;
}

MembersDifference difference(const SavedSet& before, const SavedSet& after, bool same_base) {
  const Set base = same_base ? Set() : combine(Operation::symdiff, before.base, after.base);
  const Set added = combine(Operation::symdiff, before.added, after.added);
  const Set removed = combine(Operation::symdiff, before.removed, after.removed);
  const Set deleted = combine(Operation::symdiff, before.deleted, after.deleted);
  Set differing = borrowed(base);
  differing.apply(Operation::unite, added);
  differing.apply(Operation::unite, removed);
  differing.apply(Operation::unite, deleted);
  const Set were = members_among(before, differing);
  const Set are = members_among(after, differing);
  return {minus(are, were), minus(were, are)};
}

// ---- Changes ------------------------------------------------------------------------------------------------

Revision add(const Revised& revised, const SetView& ids) { return correct(revised, ids, {}); }

Revision remove(const Revised& revised, const SetView& ids) { return correct(revised, {}, ids); }

Revision retain(const Revised& revised, const SetView& ids) {
  const Set all = members(revised.set);
  const Set out = minus(all, ids);
  return correct(revised, {}, out);
}

Revision toggle(const Revised& revised, const SetView& ids) {
  const Set out = members_among(revised.set, ids);
  const Set in = minus(ids, out);
  return correct(revised, in, out);
}

Revision forget(const Revised& revised, const SetView& ids) {
  if (revised.kind == SetKind::plain) return remove(revised, ids);
  const SavedSet& set = revised.set;
  Revision revision;
  revision.departed = members_among(set, ids);
  const Set found = ids_in(ids, set.base);
  put(revision.added, set.added, minus(set.added, ids));
  put(revision.removed, set.removed, minus(set.removed, ids));
  put(revision.deleted, set.deleted, united(set.deleted, found));
  settle(revised, revision);
  return revision;
}

Revision replace(const Revised& revised, const SetView& ids) {
  if (revised.kind == SetKind::plain) return assign(revised.set, ids);
  const SavedSet& set = revised.set;
  Revision revision;
  const Set before = members(set);
  revision.entered = minus(ids, before);
  revision.departed = minus(before, ids);
  const Set found = combine(Operation::minus, set.base, set.deleted);
  const Set excluded = combine(Operation::unite, set.removed, found);
  put(revision.added, set.added, minus(ids, found));
  put(revision.removed, set.removed, minus(excluded, ids));
  return revision;
}

Revision purge(const Revised& revised) {
  Revision revision;
  if (revised.kind == SetKind::plain) return revision;
  const SavedSet& set = revised.set;
  revision.forgotten = cardinality(set.removed);
  revision.entered = members_among({set.base, set.added, {}, set.deleted}, set.removed);
  put(revision.removed, set.removed, Set());
  return revision;
}

Revision assign(const SavedSet& set, const SetView& ids) {
  Revision revision;
  const Set before = members(set);
  revision.entered = minus(ids, before);
  revision.departed = minus(before, ids);
  put(revision.base, set.base, borrowed(ids));
  put(revision.added, set.added, Set());
  put(revision.removed, set.removed, Set());
  put(revision.deleted, set.deleted, Set());
  return revision;
}

Revision refresh(const SavedSet& set, const SetView& found, const SetView& seen) {
  Revision revision;
  const Set later = minus(set.deleted, seen);
  Set deleted = ids_in(later, found);
  const Set entering = combine(Operation::minus, found, deleted);
  Set added = minus(set.added, entering);
  const SavedSet after = {found, added, set.removed, deleted};
  put(revision.base, set.base, borrowed(found));
  put_difference(revision, difference(set, after, !revision.base.is_changed));
  put(revision.added, set.added, std::move(added));
  put(revision.deleted, set.deleted, std::move(deleted));
  return revision;
}

Set refreshed_base(const SetView& base, const SetView& asked, const SetView& found) {
  Set result = combine(Operation::minus, base, asked);
  result.apply(Operation::unite, found);
  return result;
}

Revision fold(const SavedSet& set) {
  Revision revision;
  if (is_empty(set.added) && is_empty(set.removed) && is_empty(set.deleted)) return revision;
  put(revision.base, set.base, members(set));
  put(revision.added, set.added, Set());
  put(revision.removed, set.removed, Set());
  put(revision.deleted, set.deleted, Set());
  return revision;
}

// ---- The target's rows ----------------------------------------------------------------------------------------

Revision delete_rows(const Revised& revised, const SetView& ids) {
  const SavedSet& set = revised.set;
  Revision revision;
  revision.departed = members_among(set, ids);
  const Set found = ids_in(ids, set.base);
  put(revision.added, set.added, minus(set.added, ids));
  put(revision.deleted, set.deleted, united(set.deleted, found));
  if (revision.added.is_changed || revision.deleted.is_changed) settle(revised, revision);
  return revision;
}

Revision delete_all_rows(const SavedSet& set) {
  Revision revision;
  revision.departed = members(set);
  revision.departed.keep();
  put(revision.base, set.base, Set());
  put(revision.added, set.added, Set());
  put(revision.deleted, set.deleted, Set());
  return revision;
}

Revision prune(const SavedSet& set, const SetView& ids) {
  Revision revision;
  revision.departed = members_among(set, ids);
  if (overlaps(set.base, ids))
    put(revision.base, set.base, combine(Operation::minus, set.base, ids));
  put(revision.added, set.added, minus(set.added, ids));
  put(revision.removed, set.removed, minus(set.removed, ids));
  put(revision.deleted, set.deleted, minus(set.deleted, ids));
  return revision;
}

namespace {

constexpr std::size_t changes_per_check = 16384;

// Of as many changes as somebody may give, one after the other.
template <class Visit>
void for_each_change(Span<IdChange> changes, Visit visit) {
  std::size_t turns = 0;
  for (const IdChange& change : changes) {
    if (turns++ % changes_per_check == 0) check_interrupts();
    visit(change);
  }
}

struct Touched {
  Set moving;  // ids that become another
  Set stays;   // ids that something becomes and that become nothing else; only where ids are merged
  Set all;
};

Touched touched(Span<IdChange> changes, bool merges) {
  SetBuilder from;
  SetBuilder to;
  SetBuilder moving;
  for_each_change(changes, [&](const IdChange& change) {
    from.add(change.from);
    to.add(change.to);
    if (change.from != change.to) moving.add(change.from);
  });
  const Set& olds = from.finish();
  const Set& news = to.finish();
  return {united(moving.finish(), SetView()), merges ? minus(news, olds) : Set(),
          united(olds, news)};
}

// What a part's ids among those that change become.
Set images(Span<IdChange> changes, const Touched& touched, const SetView& part) {
  SetBuilder builder;
  for_each_change(changes, [&](const IdChange& change) {
    if (contains(part, change.from)) builder.add(change.to);
  });
  const Set staying = ids_in(touched.stays, part);
  builder.add_set(staying);
  Set result = united(builder.finish(), SetView());
  return result;
}

// A part without the ids that change, with what they become.
Set with_images(const SetView& part, const Touched& touched, const SetView& images) {
  const Set rest = minus(part, touched.all);
  return united(rest, images);
}

}  // namespace

Revision rekey(const Revised& revised, Span<IdChange> changes, bool merges) {
  const SavedSet& set = revised.set;
  Revision revision;
  const Touched ids = touched(changes, merges);
  const Set were = members_among(set, ids.all);
  const Set are = images(changes, ids, were);
  revision.entered = minus(are, were);
  revision.departed = minus(were, are);
  const Set moved = ids_in(ids.moving, were);
  revision.rekeyed = cardinality(moved);
  if (revised.kind == SetKind::plain) {
    const Set of_base = ids_in(ids.all, set.base);
    put(revision.added, set.added, with_images(set.added, ids, are));
    put(revision.removed, set.removed, minus(set.removed, ids.all));
    put(revision.deleted, set.deleted, united(set.deleted, of_base));
    settle(revised, revision);
    return revision;
  }
  const Set found = found_among(set, ids.all);
  const Set excluded = images(changes, ids, set.removed);
  const Set still_excluded = minus(excluded, are);
  if (overlaps(set.base, ids.all)) {
    const Set of_base = images(changes, ids, found);
    put(revision.base, set.base, with_images(set.base, ids, of_base));
  }
  const Set of_added = images(changes, ids, set.added);
  put(revision.added, set.added, with_images(set.added, ids, of_added));
  put(revision.removed, set.removed, with_images(set.removed, ids, still_excluded));
  put(revision.deleted, set.deleted, minus(set.deleted, ids.all));
  return revision;
}

}  // namespace objectset
