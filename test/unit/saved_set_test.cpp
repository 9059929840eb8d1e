// Saved sets: every change beside a model, in lock-step.
#include "core/saved/saved_set.hpp"

#include "saved_model.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

using namespace saved_model;

void run_program(std::uint64_t stream, std::size_t base_bytes) {
  OBJECTSET_TRACE_SEED();
  Random random(stream);
  SavedProgram<Random> program(random, base_bytes);
  for (int step = 0; step < 60 && !::testing::Test::HasFailure(); ++step) program.step();
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

TEST(SavedSet, members_that_get_another_id_count_also_where_members_change_places) {
  const Set base = set_of({1, 2, 5}), none;
  const auto rekeyed = [&](std::vector<IdChange> changes, SetKind kind) {
    const Span<IdChange> list(changes.data(), changes.size());
    return rekey({view_of(base, none, none, none), kind, stored_bytes(base).size()}, list, true)
        .rekeyed;
  };
  for (const SetKind kind : {SetKind::plain, SetKind::derived}) {
    EXPECT_EQ(rekeyed({{1, 2}, {2, 1}}, kind), 2);
    EXPECT_EQ(rekeyed({{1, 2}, {2, 3}, {3, 1}}, kind), 2);
    EXPECT_EQ(rekeyed({{1, 5}, {2, 5}, {5, 5}}, kind), 2);
    EXPECT_EQ(rekeyed({{3, 4}, {4, 1}}, kind), 0);
  }
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

// How often 3,000 ids that enter one by one are folded into base.
int times_folded(bool is_indexed) {
  const Set base = multiples(7, 100000);
  const std::size_t bytes = stored_bytes(base).size();
  Set added;
  const Set none;
  int folded = 0;
  for (Id id = 1; id < 3000; ++id) {
    const SavedSet set = view_of(base, added, none, none);
    const Set ids = set_of({id});
    const Revision revision = add({set, SetKind::plain, bytes, false, is_indexed}, ids);
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
  return folded;
}

TEST(SavedSet, edits_of_a_plain_set_are_folded_once_they_have_grown) {
  const int folded = times_folded(false);
  EXPECT_GT(folded, 0);
  EXPECT_LT(folded, 60);
  EXPECT_LT(times_folded(true), folded);
}

}  // namespace
}  // namespace objectset::test
