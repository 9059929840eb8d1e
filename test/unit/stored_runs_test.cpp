// The runs of a stored set, against those of its ids.
#include "core/stored/stored_runs.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

using Runs = std::vector<std::pair<Id, Id>>;

Runs runs_of(const Model& model) {
  Runs runs;
  for (const Id id : model) {
    if (!runs.empty() && runs.back().second == id - 1) {
      runs.back().second = id;
    } else {
      runs.emplace_back(id, id);
    }
  }
  return runs;
}

Runs runs_of(const SetView& stored) {
  Runs runs;
  for_each_run(stored, [&](Id first, Id last) {
    runs.emplace_back(first, last);
    return true;
  });
  return runs;
}

TEST(StoredRuns, are_those_of_the_ids) {
  for (const Shape& shape : shapes()) {
    const Stored stored(set_of(shape.ids));
    EXPECT_EQ(runs_of(stored.view()), runs_of(shape.ids)) << shape.name;
    EXPECT_EQ(count_runs(stored.view(), UINT64_MAX), runs_of(shape.ids).size()) << shape.name;
  }
  OBJECTSET_TRACE_SEED();
  Random random(91);
  for (int i = 0; i < 60; ++i) {
    const Model model = random.model();
    const Stored stored(set_of(model));
    ASSERT_EQ(runs_of(stored.view()), runs_of(model));
  }
}

TEST(StoredRuns, go_on_over_blocks_and_ranges) {
  const Set across = make_range(two_to_32 - 70000, 2 * two_to_32 + 70000);
  EXPECT_EQ(runs_of(Stored(across).view()), (Runs{{two_to_32 - 70000, 2 * two_to_32 + 70000}}));
  const Set ends = set_of({INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX});
  EXPECT_EQ(runs_of(Stored(ends).view()),
            (Runs{{INT64_MIN, INT64_MIN + 1}, {-1, 1}, {INT64_MAX - 1, INT64_MAX}}));
}

TEST(StoredRuns, stop_when_told_to) {
  const Stored sparse(multiples(Id{1} << 33, 100));
  const Stored dense(multiples(2, 1000000));
  for (const Stored* stored : {&sparse, &dense}) {
    Runs runs;
    for_each_run(stored->view(), [&](Id first, Id last) {
      runs.emplace_back(first, last);
      return false;
    });
    EXPECT_LT(runs.size(), 65536u);
    EXPECT_GT(count_runs(stored->view(), 50), 50u);
    EXPECT_LT(count_runs(stored->view(), 50), 66000u);
  }
}

}  // namespace
}  // namespace objectset::test
