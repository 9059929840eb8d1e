// Counts of many ids at once, beside the rank of each.
#include "core/set/set_counts.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

void expect_counts(const SetView& set, const std::vector<Id>& asked) {
  std::vector<std::uint64_t> found(asked.size());
  counts_after_first(set, asked.data(), asked.size(), found.data());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    ASSERT_EQ(found[i], rank(set, asked[i]) - rank(set, asked[0]))
        << asked[0] << " to " << asked[i];
  }
}

// From each id of some, those that lie within a few steps of it.
void expect_counts_near(const SetView& set, const std::vector<Id>& ids, Random& random) {
  for (const Id at : ids) {
    const std::uint64_t step = std::uint64_t{1} << random.below(18);
    std::vector<Id> near;
    for (Id id = at; near.size() < 8; id += static_cast<Id>(random.below(step))) {
      near.push_back(id);
      if (id > INT64_MAX - static_cast<Id>(step)) break;
    }
    expect_counts(set, near);
  }
}

TEST(SetCounts, are_differences_of_ranks) {
  OBJECTSET_TRACE_SEED();
  Random random(20);
  std::vector<Model> models;
  for (const Shape& shape : shapes()) models.push_back(shape.ids);
  for (int i = 0; i < 20; ++i) models.push_back(random.model());
  for (const Model& model : models) {
    const Set set = set_of(model);
    std::vector<Id> asked = {INT64_MIN, INT64_MIN + 1, -1, 0, two_to_32 - 1, two_to_32, INT64_MAX};
    for (int i = 0; i < 300; ++i) asked.push_back(random.id());
    for (const Id id : model) {
      if (!random.one_in(model.size() / 200 + 1)) continue;
      asked.push_back(id);
      asked.push_back(id - (id > INT64_MIN ? 1 : 0));
    }
    std::sort(asked.begin(), asked.end());
    expect_counts(set, asked);
    expect_counts_near(set, asked, random);
  }
  const Set full = make_range(-5, two_to_32 + 5);
  expect_counts(full, {-6, -5, -1, 0, two_to_32 - 1, two_to_32, two_to_32 + 5, two_to_32 + 6});
  counts_after_first(full, nullptr, 0, nullptr);
}

// A value is viewed where it stands: containers, and the structures that lead to them, at odd addresses.
TEST(SetCounts, of_stored_sets_are_the_same) {
  OBJECTSET_TRACE_SEED();
  Random random(45);
  Model model;
  for (Id id = 0; id < 65536; ++id) {
    if (random.one_in(2)) model.insert(id);                  // bits
    if (id % 20 == 0) model.insert(65536 + id);              // an array
    if (id % 1000 < 500) model.insert(2 * Id{65536} + id);   // runs
    if (random.one_in(3)) model.insert(5 * Id{65536} + id);  // bits, behind a gap
  }
  const Stored stored(set_of(model));
  std::vector<Id> asked;
  for (int i = 0; i < 500; ++i) asked.push_back(static_cast<Id>(random.below(7 * 65536)));
  std::sort(asked.begin(), asked.end());
  expect_counts(stored.view(), asked);
  expect_counts_near(stored.view(), asked, random);
}

}  // namespace
}  // namespace objectset::test
