// Saved sets: a model that keeps what each part means in a std::set, and programs of changes that run beside it. The model
// knows nothing of folding, so whatever depends on it shows. For the unit tests and for test/fuzz.
#pragma once

#include <algorithm>
#include <iterator>
#include <map>

#include "core/saved/saved_set.hpp"
#include "support.hpp"

namespace objectset::test::saved_model {

inline Model minus(const Model& a, const Model& b) {
  Model result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(result, result.end()));
  return result;
}
inline Model both(const Model& a, const Model& b) {
  Model result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                        std::inserter(result, result.end()));
  return result;
}

// What a saved set means. Of a plain one `found` has all members.
struct Meaning {
  SetKind kind = SetKind::plain;
  Model found;
  Model added;
  Model removed;
  Model deleted;
  Model members() const { return minus(united({minus(found, deleted), added}), removed); }

  void correct(const Model& in, const Model& out) {
    if (kind == SetKind::plain) {
      found = minus(united({found, in}), out);
      return;
    }
    added = minus(united({added, minus(in, minus(found, deleted))}), out);
    removed = united({minus(removed, in), out});
  }
  void forget(const Model& ids) {
    if (kind == SetKind::plain) return correct({}, ids);
    added = minus(added, ids);
    removed = minus(removed, ids);
    deleted = united({deleted, both(ids, found)});
  }
  void replace(const Model& ids) {
    if (kind == SetKind::plain) return assign(ids);
    const Model left = minus(found, deleted);
    added = minus(ids, left);
    removed = minus(united({removed, left}), ids);
  }
  void assign(const Model& ids) { *this = {SetKind::plain, ids, {}, {}, {}}; }
  void refresh(const Model& now, const Model& seen) {
    const Model later = both(minus(deleted, seen), now);
    added = minus(added, minus(now, later));
    found = now;
    deleted = later;
  }
  void become_derived() {
    if (kind == SetKind::plain) *this = {SetKind::derived, members(), {}, {}, {}};
  }
  void delete_rows(const Model& ids) {
    if (kind == SetKind::plain) return correct({}, ids);
    added = minus(added, ids);
    deleted = united({deleted, both(ids, found)});
  }
  void delete_all_rows() {
    found = added = deleted = {};
    if (kind == SetKind::plain) removed = {};
  }
  void prune(const Model& ids) {
    for (Model* part : {&found, &added, &removed, &deleted}) *part = minus(*part, ids);
  }
  void rekey(const std::map<Id, Id>& changes, bool merges) {
    Model touched;
    for (const auto& [from, to] : changes) touched.insert({from, to});
    const auto image = [&](const Model& part) {
      Model result;
      for (const Id id : touched) {
        if (part.count(id) == 0) continue;
        const auto change = changes.find(id);
        if (change != changes.end()) result.insert(change->second);
        if (change == changes.end() && merges) result.insert(id);
      }
      return result;
    };
    const Model are = image(both(members(), touched));
    const auto renamed = [&](const Model& part) {
      return united({minus(part, touched), image(part)});
    };
    if (kind == SetKind::plain) {
      found = united({minus(found, touched), are});
      return;
    }
    const Model excluded = minus(image(removed), are);
    const Model left = minus(found, both(deleted, touched));
    deleted = minus(deleted, touched);
    found = renamed(left);
    added = renamed(added);
    removed = united({minus(removed, touched), excluded});
  }
};

// The parts as they are stored.
struct SavedParts {
  std::string base, added, removed, deleted;
};

class Pair {
 public:
  explicit Pair(std::size_t base_bytes) : base_bytes_(base_bytes) { store({}); }

  template <class Change>
  void change(const char* what, Change&& apply, const Meaning& after) {
    const Model before = model_of_members();
    const Stored base(parts_.base), added(parts_.added), removed(parts_.removed),
        deleted(parts_.deleted);
    const SavedSet set = {base.view(), added.view(), removed.view(), deleted.view()};
    const Revision revision = apply(Revised{set, kind_, base_bytes_});
    const auto keep = [](const Revision::Part& part, std::string& bytes) {
      if (part.is_changed) bytes = stored_bytes(part.set);
    };
    keep(revision.base, parts_.base);
    keep(revision.added, parts_.added);
    keep(revision.removed, parts_.removed);
    keep(revision.deleted, parts_.deleted);
    is_folded_ = is_folded_ || revision.base.is_changed;
    kind_ = after.kind;
    const Model now = after.members();
    EXPECT_EQ(model_of_members(), now) << what;
    EXPECT_EQ(model_of(revision.entered), minus(now, before)) << what;
    EXPECT_EQ(model_of(revision.departed), minus(before, now)) << what;
    if (kind_ == SetKind::derived) {
      EXPECT_EQ(part(parts_.added), after.added) << what;
      EXPECT_EQ(part(parts_.removed), after.removed) << what;
      EXPECT_EQ(minus(part(parts_.base), part(parts_.deleted)), minus(after.found, after.deleted))
          << what;
    }
  }

  Model model_of_members() const {
    const Stored base(parts_.base), added(parts_.added), removed(parts_.removed),
        deleted(parts_.deleted);
    const SavedSet set = {base.view(), added.view(), removed.view(), deleted.view()};
    const Set all = members(set);
    EXPECT_EQ(members_count(set), cardinality(all));
    return model_of(all);
  }
  Model deleted() const { return part(parts_.deleted); }
  SetKind kind() const { return kind_; }
  const SavedParts& parts() const { return parts_; }
  void become_derived() {
    change("fold", [](const Revised& r) { return fold(r.set); },
           {kind_, model_of_members(), {}, {}, {}});
    kind_ = SetKind::derived;
  }

 private:
  static Model part(const std::string& bytes) { return model_of(Stored(bytes).view()); }
  void store(const Model& ids) {
    const Set empty = set_of({});
    const Set base = set_of(ids);
    parts_ = {stored_bytes(base), stored_bytes(empty), stored_bytes(empty), stored_bytes(empty)};
  }

  std::size_t base_bytes_;
  SetKind kind_ = SetKind::plain;
  SavedParts parts_;
  bool is_folded_ = false;
};

// Few ids of many, so that changes meet.
template <class Source>
Model draw(Source& random, Id width) {
  Model ids;
  for (auto count = random.below(random.one_in(4) ? 200 : 6); count > 0; --count) {
    const Id id = static_cast<Id>(random.below(static_cast<std::uint64_t>(width)));
    ids.insert(random.one_in(3) ? id * 1000000007 : id);
  }
  return ids;
}

/// A program of changes, whose `Source` of random numbers has below() and one_in(). All that differs between its runs is
/// when edits are folded.
template <class Source>
class SavedProgram {
 public:
  SavedProgram(Source& random, std::size_t base_bytes)
      : random_(random), pair_(base_bytes), width_(random.one_in(2) ? 40 : 3000) {}

  void step() {
    const Model ids = draw(random_, width_);
    const Set set = set_of(ids);
    const auto with = [&](const char* what, auto&& change) {
      pair_.change(
          what, [&](const Revised& r) { return change(r, SetView(set)); }, meaning_);
    };
    switch (random_.below(16)) {
      case 0:
      case 1:
        meaning_.correct(ids, {});
        with("add", add);
        break;
      case 2:
      case 3:
        meaning_.correct({}, ids);
        with("remove", remove);
        break;
      case 4:
        meaning_.forget(ids);
        with("forget", forget);
        break;
      case 5:
        meaning_.correct({}, minus(meaning_.members(), ids));
        with("retain", retain);
        break;
      case 6: {
        const Model out = both(ids, meaning_.members());
        meaning_.correct(minus(ids, out), out);
        with("toggle", toggle);
        break;
      }
      case 7:
        meaning_.replace(ids);
        with("replace", replace);
        break;
      case 8:
        if (meaning_.kind == SetKind::derived) meaning_.removed = {};
        with("purge", [](const Revised& r, const SetView&) { return purge(r); });
        break;
      case 9:
        if (!random_.one_in(3)) break;
        meaning_.assign(ids);
        with("assign", [](const Revised& r, const SetView& all) { return assign(r.set, all); });
        break;
      case 10:
      case 11: {
        if (meaning_.kind == SetKind::plain) pair_.become_derived();
        meaning_.become_derived();
        if (random_.one_in(2)) seen_ = pair_.deleted();
        // Where something was worked into base meanwhile, a caller looks again, and has seen_ all.
        const bool is_folded = pair_.deleted() != meaning_.deleted;
        if (is_folded || seen_ != both(seen_, pair_.deleted())) seen_ = pair_.deleted();
        const Set seen_ids = set_of(seen_);
        meaning_.refresh(ids, is_folded ? meaning_.deleted : seen_);
        with("refresh", [&](const Revised& r, const SetView& found) {
          return refresh(r.set, found, seen_ids);
        });
        break;
      }
      case 12:
        meaning_.delete_rows(ids);
        with("delete_rows", delete_rows);
        break;
      case 13:
        if (!random_.one_in(4)) break;
        if (meaning_.kind == SetKind::plain) {
          pair_.change(
              "fold", [](const Revised& r) { return fold(r.set); }, meaning_);
        }
        meaning_.delete_all_rows();
        with("delete_all_rows",
             [](const Revised& r, const SetView&) { return delete_all_rows(r.set); });
        break;
      case 14:
        meaning_.prune(ids);
        with("prune", [](const Revised& r, const SetView& dead) { return prune(r.set, dead); });
        break;
      default: {
        std::map<Id, Id> changes;
        for (const Id id : ids) {
          changes[id] = random_.one_in(2) ? static_cast<Id>(random_.below(40)) : id + 1;
        }
        std::vector<IdChange> list;
        for (const auto& [from, to] : changes) list.push_back({from, to});
        const bool merges = random_.one_in(2);
        meaning_.rekey(changes, merges);
        with("rekey", [&](const Revised& r, const SetView&) {
          return rekey(r, Span<IdChange>(list.data(), list.size()), merges);
        });
      }
    }
  }

 private:
  Source& random_;
  Meaning meaning_;
  Pair pair_;
  Model seen_;  // what a query that runs in the meantime has seen
  Id width_;
};

}  // namespace objectset::test::saved_model
