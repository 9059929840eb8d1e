// Walks through sets, up and down and back to places, beside an index into a sorted array.
#include "core/set/id_walker.hpp"

#include <algorithm>

#include "support.hpp"

namespace objectset::test {
namespace {

// An IdWalker with the set that it walks.
class Walk {
 public:
  Walk(const SetView& set, std::size_t capacity)
      : set_(set), ids_(capacity), walker_(ids_.data(), capacity) {}

  IdWalker& walker() { return walker_; }
  bool step(bool up) {
    IdWalker::Step step;
    while ((step = walker_.step(up)) == IdWalker::Step::wants) {
      EXPECT_LE(walker_.wanted().room, ids_.size());
      walker_.give(read_stretch(set_, walker_.wanted(), ids_.data()));
      ++reads_;
    }
    return step == IdWalker::Step::found;
  }
  std::vector<Id> rest(bool up) {
    std::vector<Id> ids;
    while (step(up)) ids.push_back(walker_.id());
    return ids;
  }
  int reads() const { return reads_; }

 private:
  SetView set_;
  std::vector<Id> ids_;
  IdWalker walker_;
  int reads_ = 0;
};

std::vector<Id> between(const Model& model, Id first, Id last) {
  if (first > last) return {};
  return std::vector<Id>(model.lower_bound(first), model.upper_bound(last));
}

std::vector<Id> reversed(std::vector<Id> ids) {
  std::reverse(ids.begin(), ids.end());
  return ids;
}

void expect_both_ways(const Model& model, Id first, Id last, std::size_t capacity) {
  const Stored stored(set_of(model));
  const std::vector<Id> expected = between(model, first, last);
  Walk walk(stored.view(), capacity);
  walk.walker().begin(first, last, false);
  EXPECT_FALSE(walk.step(false));
  EXPECT_EQ(walk.rest(true), expected);
  EXPECT_FALSE(walk.step(true));
  EXPECT_EQ(walk.rest(false), reversed(expected));
  EXPECT_EQ(walk.rest(true), expected);
  walk.walker().begin(first, last, true);
  EXPECT_FALSE(walk.step(true));
  EXPECT_EQ(walk.rest(false), reversed(expected));
  EXPECT_FALSE(walk.step(false));
  EXPECT_EQ(walk.rest(true), expected);
}

TEST(IdWalker, all_ids_come_up_and_down) {
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    for (const std::size_t capacity : {1u, 3u, 1024u}) {
      if (shape.ids.size() > 5000 && capacity < 1024) continue;
      expect_both_ways(shape.ids, INT64_MIN, INT64_MAX, capacity);
    }
  }
}

TEST(IdWalker, bounds_are_part_of_what_lies_between_them) {
  const Model model = united({{INT64_MIN, INT64_MIN + 1, -7, 0, 5, 6, 9},
                              run_of(100, 900),
                              {two_to_32, INT64_MAX - 1, INT64_MAX}});
  const Id ends[] = {INT64_MIN, INT64_MIN + 1, -8,       -7, 1, 5, 50, 100, 500, 901,
                     two_to_32, INT64_MAX - 1, INT64_MAX};
  for (const Id first : ends) {
    for (const Id last : ends) {
      SCOPED_TRACE(std::to_string(first) + " to " + std::to_string(last));
      for (const std::size_t capacity : {1u, 64u, 1024u}) {
        expect_both_ways(model, first, last, capacity);
      }
    }
  }
  expect_both_ways({}, INT64_MIN, INT64_MAX, 4);
}

TEST(IdWalker, few_ids_are_read_where_few_are_asked_for) {
  const Set set = make_range(0, two_to_32 * 4);
  Walk walk(set, 1024);
  walk.walker().begin(1000, INT64_MAX, false);
  for (Id id = 1000; id < 1064; ++id) {
    ASSERT_TRUE(walk.step(true));
    EXPECT_EQ(walk.walker().id(), id);
  }
  EXPECT_EQ(walk.reads(), 1);
  walk.walker().begin(INT64_MIN, INT64_MAX, true);
  ASSERT_TRUE(walk.step(false));
  EXPECT_EQ(walk.walker().id(), two_to_32 * 4);
  EXPECT_EQ(walk.reads(), 2);
  // No more than there can be between the bounds
  walk.walker().begin(7, 9, false);
  EXPECT_EQ(walk.rest(true), (std::vector<Id>{7, 8, 9}));
  EXPECT_EQ(walk.walker().wanted().room, 3u);
  EXPECT_EQ(walk.reads(), 3);
}

TEST(IdWalker, turning_around_and_coming_back_within_a_stretch_reads_nothing) {
  const Set set = make_range(0, 5000);
  Walk walk(set, 1024);
  walk.walker().begin(0, 5000, false);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(walk.step(true));
  const IdWalker::Place place = walk.walker().place();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(walk.step(i % 3 != 0));
  walk.walker().return_to(place);
  ASSERT_TRUE(walk.step(true));
  EXPECT_EQ(walk.walker().id(), 30);
  EXPECT_EQ(walk.reads(), 1);
}

// An index into the ids between two bounds: -1 before all, their number after all.
void random_walk(Random& random, const Model& model) {
  const Stored stored(set_of(model));
  const auto any = [&]() -> Id {
    if (model.empty() || random.one_in(8)) return random.one_in(2) ? INT64_MIN : INT64_MAX;
    const std::vector<Id> ids(model.begin(), model.end());
    const Id id = ids[random.below(ids.size())];
    if (id == INT64_MIN || id == INT64_MAX) return id;
    return id + (static_cast<Id>(random.below(3)) - 1);
  };
  Walk walk(stored.view(), 1 + random.below(random.one_in(2) ? 5 : 200));
  for (int turn = 0; turn < 4; ++turn) {
    const Id first = any();
    const Id last = any();
    const bool at_end = random.one_in(2);
    const std::vector<Id> ids = between(model, first, last);
    const auto count = static_cast<std::ptrdiff_t>(ids.size());
    std::ptrdiff_t at = at_end ? count : -1;
    walk.walker().begin(first, last, at_end);
    IdWalker::Place place = walk.walker().place();
    std::ptrdiff_t marked = at;
    for (int i = 0; i < 300; ++i) {
      if (random.one_in(10)) {
        place = walk.walker().place();
        marked = at;
      } else if (random.one_in(12)) {
        walk.walker().return_to(place);
        at = marked;
      }
      const bool up = random.one_in(5) ? random.one_in(2) : turn % 2 == 0;
      at = up ? std::min(at + 1, count) : std::max<std::ptrdiff_t>(at - 1, -1);
      const bool is_there = at >= 0 && at < count;
      ASSERT_EQ(walk.step(up), is_there);
      if (!is_there) continue;
      ASSERT_EQ(walk.walker().id(), ids[static_cast<std::size_t>(at)]);
    }
  }
}

TEST(IdWalker, random_walks_are_those_of_an_index_into_an_array) {
  OBJECTSET_TRACE_SEED();
  Random random(4411);
  const std::vector<Model> models = {
      Model{},
      Model{7},
      Model{INT64_MIN, INT64_MAX},
      run_of(-300, 300),
      united({run_of(INT64_MIN, INT64_MIN + 200), {-1, 0, 1}, run_of(INT64_MAX - 200, INT64_MAX)}),
      model_of(multiples(6'000'000'007, 500, -1'000'000'000'000)),
      united({model_of(multiples(3, 3000)), run_of(two_to_32 - 400, two_to_32 + 400)})};
  for (int i = 0; i < 60; ++i) {
    for (const Model& model : models) random_walk(random, model);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace objectset::test
