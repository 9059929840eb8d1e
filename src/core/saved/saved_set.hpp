// A saved set: its parts, the membership rule, and what each change makes of them.
//
//   members = ((base - deleted) | added) - removed
//
//   base      what the query or expression found, or, of a plain set, what was saved; large
//   added     ids that are members though base does not have them
//   removed   ids that are not, though base may have them
//   deleted   ids of base that left it since then: rows of the target that are gone, ids that were forgotten. Unlike an
//             exclusion this lasts until the next refresh only, which finds such an id again or does not
//
// The one idea: base is large and stays as it is stored; a change writes the small parts. In a *derived* set, which has a
// query or an expression, added and removed are corrections, which outlive what is found next. In a *plain* one they are
// edits that base has not got yet: they are folded into it once they have grown, and before a plain set becomes a derived
// one. So nothing that is ever asked depends on whether they were.
//
// Pure: no change looks at anything but its arguments.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

/// The parts, viewed.
struct SavedSet {
  SetView base;
  SetView added;
  SetView removed;
  SetView deleted;
};

enum class SetKind { plain, derived };

/// The members. Borrows from all parts.
Set members(const SavedSet& set);
/// Their number. Reads base only where the other parts have ids.
std::uint64_t members_count(const SavedSet& set);
/// Those of `ids` that are members. Reads base only where `ids` are; stands alone.
Set members_among(const SavedSet& set, const SetView& ids);

/// What became of the members. Both stand alone.
struct MembersDifference {
  Set entered;
  Set departed;
};
/// Looks only at what differs between the parts. `same_base`: known to be the same.
MembersDifference difference(const SavedSet& before, const SavedSet& after, bool same_base);

/// What a change makes of a saved set: the parts that get another value, and what that does to the members. The parts may
/// borrow from those of the set, and from the other arguments of the change.
struct Revision {
  struct Part {
    bool is_changed = false;
    Set set;
  };
  Part base;
  Part added;
  Part removed;
  Part deleted;
  Set entered;
  Set departed;
  std::uint64_t forgotten = 0;  // by purge(): how many exclusions
  std::uint64_t rekeyed = 0;    // by rekey(): how many members got another id
  bool is_fold_due = false;
};

/// Where a change happens. `base_bytes`: what base takes where it is stored, for deciding when edits are folded.
/// `is_partial`: of base only the ids that the change is about are there; then nothing is folded, and the revision says
/// where that is due. `is_indexed`: writing base enters it into an index.
struct Revised {
  SavedSet set;
  SetKind kind;
  std::size_t base_bytes;
  bool is_partial = false;
  bool is_indexed = false;
};

/// Ids enter, whatever kept them out.
Revision add(const Revised& revised, const SetView& ids);
/// Ids leave; a derived set keeps them out from now on.
Revision remove(const Revised& revised, const SetView& ids);
/// Ids leave, and corrections of them are forgotten.
Revision forget(const Revised& revised, const SetView& ids);
/// set = set & ids, set = set # ids.
Revision retain(const Revised& revised, const SetView& ids);
Revision toggle(const Revised& revised, const SetView& ids);
/// These are the members now. In a derived set as corrections: what enters and what leaves is remembered.
Revision replace(const Revised& revised, const SetView& ids);
/// Exclusions are forgotten, so that what was found and excluded enters. A plain set has none.
Revision purge(const Revised& revised);

/// The set is a plain one with these members from now on.
Revision assign(const SavedSet& set, const SetView& ids);
/// A new result. `seen`: the part `deleted` as the query saw it: what was deleted or forgotten later stays out.
Revision refresh(const SavedSet& set, const SetView& found, const SetView& seen);
/// What a query finds now, that found `base` before: rows of the ids `asked` may have changed since, and `found` is what it
/// finds of those. Borrows from all.
Set refreshed_base(const SetView& base, const SetView& asked, const SetView& found);
/// Edits of a plain set go into base.
Revision fold(const SavedSet& set);

/// These rows of the target are gone. No exclusion: a derived set takes them again where it finds them again.
Revision delete_rows(const Revised& revised, const SetView& ids);
/// All are.
Revision delete_all_rows(const SavedSet& set);
/// These ids are of no row: no part keeps them.
Revision prune(const SavedSet& set, const SetView& ids);

/// A row's id became another.
struct IdChange {
  Id from;
  Id to;
};
/// Ids change, all at once. An id is a member afterwards if one of those that became it was; with `merges`, also if it was
/// one itself and stays what it is. Exclusions go along with their ids.
Revision rekey(const Revised& revised, Span<IdChange> changes, bool merges);

}  // namespace objectset
