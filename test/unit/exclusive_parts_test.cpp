// Many sets at once: taken apart, step by step, pair by pair; beside the same of their models.
#include "core/cohort/exclusive_parts.hpp"

#include <map>

#include "core/cohort/funnel.hpp"
#include "core/cohort/similar_pairs.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

using Models = std::vector<Model>;

std::map<std::uint32_t, Model> parts_of(const Models& models) {
  std::map<Id, std::uint32_t> sets_of;
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (const Id id : models[i]) sets_of[id] |= std::uint32_t{1} << i;
  }
  std::map<std::uint32_t, Model> parts;
  for (const auto& [id, sets] : sets_of) parts[sets].insert(parts[sets].end(), id);
  return parts;
}

// In memory and as they are stored.
struct Opened {
  std::vector<Set> sets;
  std::vector<std::unique_ptr<Stored>> stored;
  std::vector<SetView> views;

  explicit Opened(const Models& models, bool are_stored) {
    for (const Model& model : models) sets.push_back(set_of(model));
    for (const Set& set : sets) {
      if (are_stored) stored.push_back(std::make_unique<Stored>(set));
      views.push_back(are_stored ? stored.back()->view() : view_of(set));
    }
  }
  Span<SetView> span() const { return {views.data(), views.size()}; }
};

void expect_parts(const Models& models) {
  const auto expected = parts_of(models);
  for (const bool are_stored : {false, true}) {
    const Opened opened(models, are_stored);
    const ExclusiveParts parts(opened.span());
    ASSERT_EQ(parts.parts().size(), expected.size());
    std::uint64_t before = UINT64_MAX;
    for (const ExclusiveParts::Part& part : parts.parts()) {
      ASSERT_EQ(expected.count(part.sets), 1u) << part.sets;
      const Model& ids = expected.at(part.sets);
      EXPECT_EQ(part.count, ids.size());
      EXPECT_LE(part.count, before);
      before = part.count;
      const PartIds found(parts, part);
      EXPECT_TRUE(stored_bytes(found.view()) == stored_bytes(set_of(ids))) << part.sets;
    }
  }
}

TEST(ExclusiveParts, of_few_sets) {
  expect_parts({});
  expect_parts({{}});
  expect_parts({{}, {}, {7}});
  expect_parts({{1, 2, 3}, {2, 3, 4}, {3, 9}});
  expect_parts({{INT64_MIN, 0, INT64_MAX}, {INT64_MIN, -1}, {INT64_MAX - 1, INT64_MAX}});
}

TEST(ExclusiveParts, come_in_an_order) {
  const Opened opened({{1, 2, 3, 10, 11}, {2, 10, 11}, {3, 10, 11, 12}}, false);
  const ExclusiveParts parts(opened.span());
  std::vector<std::uint32_t> order;
  for (const ExclusiveParts::Part& part : parts.parts()) order.push_back(part.sets);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{7, 1, 4, 3, 5}));
}

TEST(ExclusiveParts, of_full_blocks) {
  const Model two = run_of(-two_to_16, two_to_16 - 1);
  const Model four = run_of(-2 * two_to_16, 2 * two_to_16 - 1);
  expect_parts({two, four});
  expect_parts({two, four, run_of(0, two_to_16 - 2)});
  expect_parts({two, two, {}, four, {5}});
}

TEST(ExclusiveParts, of_all_shapes) {
  Models models;
  for (const Shape& shape : shapes()) {
    if (models.size() == ExclusiveParts::max_sets) break;
    models.push_back(shape.ids);
  }
  expect_parts(models);
}

// How many there are decides how parts are found, and how many words an id's sets are looked up in.
TEST(ExclusiveParts, of_any_number_of_sets) {
  OBJECTSET_TRACE_SEED();
  Random random(774);
  for (const std::size_t sets : {1u, 7u, 8u, 9u, 14u, 15u, 16u, 17u, 24u, 25u, 32u}) {
    SCOPED_TRACE(sets);
    Models models(sets);
    for (std::size_t i = 0; i < models.size(); ++i) {
      for (Id id = 0; id < 3000; ++id) {
        if (random.one_in(i % 5 + 2)) models[i].insert(id * 3);
      }
    }
    expect_parts(models);
  }
}

TEST(ExclusiveParts, of_random_sets) {
  OBJECTSET_TRACE_SEED();
  Random random(775);
  for (int i = 0; i < 40; ++i) {
    Models models(random.below(12) + 1);
    for (Model& model : models) {
      model = random.one_in(3) && &model != &models[0] ? models[0] : random.model();
    }
    expect_parts(models);
  }
}

TEST(ExclusiveParts, of_a_million_ids) {
  std::vector<Set> sets;
  sets.push_back(make_range(-300000, 700000));
  sets.push_back(multiples(3, 500000, -400000));
  sets.push_back(make_range(0, 4 * two_to_32));
  std::vector<SetView> views(sets.begin(), sets.end());
  const ExclusiveParts parts({views.data(), views.size()});
  std::uint64_t ids = 0;
  for (const ExclusiveParts::Part& part : parts.parts()) {
    Set all;
    for (std::size_t i = 0; i < 3; ++i) all.apply(Operation::unite, views[i]);
    all.keep();
    for (std::size_t i = 0; i < 3; ++i) {
      all.apply((part.sets >> i & 1) != 0 ? Operation::intersect : Operation::minus, views[i]);
      all.keep();
    }
    const PartIds found(parts, part);
    EXPECT_TRUE(stored_bytes(found.view()) == stored_bytes(all)) << part.sets;
    EXPECT_EQ(cardinality(found.view()), part.count);
    ids += part.count;
  }
  const Set united_sets = united(std::move(sets));
  EXPECT_EQ(ids, cardinality(united_sets));
}

TEST(Funnel, counts_who_goes_on) {
  OBJECTSET_TRACE_SEED();
  Random random(776);
  funnel({}, nullptr);
  for (int i = 0; i < 40; ++i) {
    Models models(random.below(6) + 1);
    models[0] = random.model();
    for (Model& model : models) {
      if (&model == &models[0]) continue;
      model = random.model();
      for (const Id id : models[0]) {
        if (!random.one_in(4)) model.insert(id);
      }
    }
    const Opened opened(models, i % 2 == 0);
    std::vector<std::uint64_t> counts(models.size());
    funnel(opened.span(), counts.data());
    Model kept = models[0];
    for (std::size_t step = 0; step < models.size(); ++step) {
      for (auto id = kept.begin(); id != kept.end();) {
        id = models[step].count(*id) != 0 ? std::next(id) : kept.erase(id);
      }
      EXPECT_EQ(counts[step], kept.size()) << step;
    }
  }
}

TEST(SimilarPairs, are_the_best_of_all) {
  OBJECTSET_TRACE_SEED();
  Random random(777);
  std::vector<Set> sets;
  for (int i = 0; i < 30; ++i) {
    Model model;
    for (Id id = 0; id < 200; ++id) {
      if (random.one_in(static_cast<std::uint64_t>(i) % 7 + 1)) model.insert(id);
    }
    sets.push_back(set_of(i % 10 == 9 ? Model() : model));
  }
  std::vector<CountedSet> counted;
  for (const Set& set : sets) counted.push_back({view_of(set), cardinality(set)});
  std::vector<SetPair> expected;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (std::size_t j = i + 1; j < sets.size(); ++j) {
      const std::uint64_t both = intersect_count(sets[i], sets[j]);
      const auto either = static_cast<double>(counted[i].count + counted[j].count - both);
      expected.push_back({i, j, both, either == 0 ? 0 : static_cast<double>(both) / either});
    }
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const SetPair& a, const SetPair& b) { return a.jaccard > b.jaccard; });
  for (const double threshold : {0.0, 0.1, 0.5, 1.0}) {
    for (const std::size_t wanted : {std::size_t{0}, std::size_t{1}, std::size_t{10}, SIZE_MAX}) {
      const Buffer<SetPair> pairs =
          similar_pairs({counted.data(), counted.size()}, threshold, wanted);
      std::size_t there = 0;
      for (const SetPair& pair : expected) {
        if (pair.jaccard < threshold || there == wanted) break;
        ASSERT_LT(there, pairs.size());
        EXPECT_EQ(pairs[there].first, pair.first);
        EXPECT_EQ(pairs[there].second, pair.second);
        EXPECT_EQ(pairs[there].both, pair.both);
        EXPECT_EQ(pairs[there].jaccard, pair.jaccard);
        ++there;
      }
      EXPECT_EQ(pairs.size(), there);
    }
  }
}

}  // namespace
}  // namespace objectset::test
