// Saved sets: every change beside a model that keeps what each part means in a std::set, in lock-step. The model knows
// nothing of folding, so whatever depends on it shows.
#include "core/saved/saved_set.hpp"

#include <map>

#include "support.hpp"

namespace objectset::test {
namespace {

Model minus(const Model& a, const Model& b) {
  Model result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(result, result.end()));
  return result;
}
Model both(const Model& a, const Model& b) {
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
struct Parts {
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
  const Parts& parts() const { return parts_; }
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
  Parts parts_;
  bool is_folded_ = false;
};

// Few ids of many, so that changes meet.
Model draw(Random& random, Id width) {
  Model ids;
  for (auto count = random.below(random.one_in(4) ? 200 : 6); count > 0; --count) {
    const Id id = static_cast<Id>(random.below(static_cast<std::uint64_t>(width)));
    ids.insert(random.one_in(3) ? id * 1000000007 : id);
  }
  return ids;
}

// One program; all that differs between its runs is when edits are folded.
void run_program(std::uint64_t stream, std::size_t base_bytes) {
  OBJECTSET_TRACE_SEED();
  Random random(stream);
  Meaning meaning;
  Pair pair(base_bytes);
  Model seen;  // what a query that runs in the meantime has seen
  const Id width = random.one_in(2) ? 40 : 3000;
  for (int step = 0; step < 60 && !::testing::Test::HasFailure(); ++step) {
    const Model ids = draw(random, width);
    const Set set = set_of(ids);
    const auto with = [&](const char* what, auto&& change) {
      pair.change(
          what, [&](const Revised& r) { return change(r, SetView(set)); }, meaning);
    };
    switch (random.below(16)) {
      case 0:
      case 1:
        meaning.correct(ids, {});
        with("add", add);
        break;
      case 2:
      case 3:
        meaning.correct({}, ids);
        with("remove", remove);
        break;
      case 4:
        meaning.forget(ids);
        with("forget", forget);
        break;
      case 5:
        meaning.correct({}, minus(meaning.members(), ids));
        with("retain", retain);
        break;
      case 6: {
        const Model out = both(ids, meaning.members());
        meaning.correct(minus(ids, out), out);
        with("toggle", toggle);
        break;
      }
      case 7:
        meaning.replace(ids);
        with("replace", replace);
        break;
      case 8:
        if (meaning.kind == SetKind::derived) meaning.removed = {};
        with("purge", [](const Revised& r, const SetView&) { return purge(r); });
        break;
      case 9:
        if (!random.one_in(3)) break;
        meaning.assign(ids);
        with("assign", [](const Revised& r, const SetView& all) { return assign(r.set, all); });
        break;
      case 10:
      case 11: {
        if (meaning.kind == SetKind::plain) pair.become_derived();
        meaning.become_derived();
        if (random.one_in(2)) seen = pair.deleted();
        // Where something was worked into base meanwhile, a caller looks again, and has seen all.
        const bool is_folded = pair.deleted() != meaning.deleted;
        if (is_folded || seen != both(seen, pair.deleted())) seen = pair.deleted();
        const Set seen_set = set_of(seen);
        meaning.refresh(ids, is_folded ? meaning.deleted : seen);
        with("refresh", [&](const Revised& r, const SetView& found) {
          return refresh(r.set, found, seen_set);
        });
        break;
      }
      case 12:
        meaning.delete_rows(ids);
        with("delete_rows", delete_rows);
        break;
      case 13:
        if (!random.one_in(4)) break;
        if (meaning.kind == SetKind::plain) {
          pair.change(
              "fold", [](const Revised& r) { return fold(r.set); }, meaning);
        }
        meaning.delete_all_rows();
        with("delete_all_rows",
             [](const Revised& r, const SetView&) { return delete_all_rows(r.set); });
        break;
      case 14:
        meaning.prune(ids);
        with("prune", [](const Revised& r, const SetView& dead) { return prune(r.set, dead); });
        break;
      default: {
        std::map<Id, Id> changes;
        for (const Id id : ids) {
          changes[id] = random.one_in(2) ? static_cast<Id>(random.below(40)) : id + 1;
        }
        std::vector<IdChange> list;
        for (const auto& [from, to] : changes) list.push_back({from, to});
        const bool merges = random.one_in(2);
        meaning.rekey(changes, merges);
        with("rekey", [&](const Revised& r, const SetView&) {
          return rekey(r, Span<IdChange>(list.data(), list.size()), merges);
        });
      }
    }
  }
}

TEST(SavedSet, random_programs_beside_a_model_whenever_edits_are_folded) {
  for (std::uint64_t stream = 0; stream < 150 && !HasFailure(); ++stream) {
    for (const std::size_t base_bytes : {std::size_t{0}, std::size_t{1000}, std::size_t{1} << 40}) {
      SCOPED_TRACE("program " + std::to_string(stream));
      run_program(7000 + stream, base_bytes);
    }
  }
}

SavedSet view_of(const Set& base, const Set& added, const Set& removed, const Set& deleted) {
  return {base, added, removed, deleted};
}

TEST(SavedSet, the_rule_holds_for_parts_of_every_shape) {
  OBJECTSET_TRACE_SEED();
  Random random(93);
  for (int round = 0; round < 300; ++round) {
    Meaning meaning = {SetKind::derived, random.model(), draw(random, 3000), draw(random, 3000),
                       draw(random, 3000)};
    if (random.one_in(2)) meaning.removed = random.model();
    if (random.one_in(2)) meaning.added = random.model();
    const Set base = set_of(meaning.found), added = set_of(meaning.added),
              removed = set_of(meaning.removed), deleted = set_of(meaning.deleted);
    const SavedSet set = view_of(base, added, removed, deleted);
    const Set all = members(set);
    EXPECT_EQ(model_of(all), meaning.members());
    EXPECT_EQ(members_count(set), meaning.members().size());
    const Model asked = random.model();
    const Set ids = set_of(asked);
    const Set among = members_among(set, ids);
    EXPECT_EQ(model_of(among), both(asked, meaning.members()));
  }
}

TEST(SavedSet, one_id_into_a_large_set_leaves_base_alone) {
  const Set base = multiples(3, 200000);
  const Set none;
  const SavedSet set = view_of(base, none, none, none);
  const Set ids = set_of({3, 4});
  for (const SetKind kind : {SetKind::plain, SetKind::derived}) {
    const Revised revised = {set, kind, stored_bytes(base).size()};
    const Revision added = add(revised, ids);
    EXPECT_FALSE(added.base.is_changed);
    EXPECT_EQ(model_of(added.added.set), Model{4});
    EXPECT_FALSE(added.removed.is_changed);
    const Revision gone = delete_rows(revised, ids);
    EXPECT_FALSE(gone.base.is_changed || gone.removed.is_changed);
    EXPECT_EQ(model_of(gone.deleted.set), Model{3});
    EXPECT_FALSE(forget(revised, ids).base.is_changed);
  }
}

TEST(SavedSet, a_deletion_is_no_exclusion) {
  const Set found = set_of({1, 2, 3});
  const Set none;
  const Set gone = set_of({2});
  const Set excluded = set_of({3});
  // 2 was deleted, and the query has found it again since.
  const SavedSet set = view_of(found, none, excluded, gone);
  const Revision again = refresh(set, found, gone);
  EXPECT_EQ(model_of(again.entered), Model{2});
  EXPECT_TRUE(again.deleted.is_changed && is_empty(again.deleted.set));
  EXPECT_FALSE(again.removed.is_changed);
  // 2 was deleted after the query saw it.
  const Revision too_late = refresh(set, found, none);
  EXPECT_TRUE(is_empty(too_late.entered));
  EXPECT_FALSE(too_late.deleted.is_changed);
}

TEST(SavedSet, what_a_query_finds_of_the_ids_that_were_asked_replaces_what_base_had_of_them) {
  const Set base = set_of({1, 2, 3, 1000000000000});
  const Set asked = set_of({2, 3, 4, 5, 1000000000000});
  const Set found = set_of({3, 5});
  const Set none;
  const Set changed = refreshed_base(base, asked, found);
  EXPECT_EQ(model_of(changed), (Model{1, 3, 5}));
  const Set unasked = refreshed_base(base, none, none);
  EXPECT_EQ(compare(unasked, base), 0);
  const Set still_none = refreshed_base(none, asked, none);
  EXPECT_TRUE(is_empty(still_none));
  const Set found_again = set_of({2, 3, 1000000000000});
  const Set same = refreshed_base(base, asked, found_again);
  EXPECT_EQ(compare(same, base), 0);
}

TEST(SavedSet, edits_of_a_plain_set_are_folded_once_they_have_grown) {
  const Set base = multiples(7, 100000);
  const std::size_t bytes = stored_bytes(base).size();
  Set added;
  const Set none;
  int folded = 0;
  for (Id id = 1; id < 3000; ++id) {
    const SavedSet set = view_of(base, added, none, none);
    const Set ids = set_of({id});
    const Revision revision = add({set, SetKind::plain, bytes}, ids);
    if (revision.base.is_changed) {
      ++folded;
      EXPECT_TRUE(is_empty(revision.added.set));
    }
    if (revision.added.is_changed) {
      Set next = combine(Operation::unite, revision.added.set, none);
      next.keep();
      added = std::move(next);
    }
  }
  EXPECT_GT(folded, 0);
  EXPECT_LT(folded, 60);
}

}  // namespace
}  // namespace objectset::test
