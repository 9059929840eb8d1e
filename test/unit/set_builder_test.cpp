// Building from ids in any order.
#include "core/set/set_builder.hpp"

#include <algorithm>
#include <iterator>

#include "support.hpp"

namespace objectset::test {
namespace {

TEST(SetBuilder, sorts_as_std_sort_does) {
  OBJECTSET_TRACE_SEED();
  Random random(1);
  for (const std::size_t size : {0u, 1u, 2u, 1023u, 1024u, 5000u}) {
    for (const std::uint64_t mask : {UINT64_MAX, std::uint64_t{0xff},
                                     std::uint64_t{0xff00ff0000000000}, std::uint64_t{1} << 63}) {
      Buffer<Id> ids;
      for (std::size_t i = 0; i < size; ++i) ids.push_back(static_cast<Id>(random.bits() & mask));
      if (size > 2) ids[0] = INT64_MIN, ids[1] = INT64_MAX;
      std::vector<Id> expected(ids.begin(), ids.end());
      std::sort(expected.begin(), expected.end());
      sort_ids(ids);
      EXPECT_TRUE(std::equal(ids.begin(), ids.end(), expected.begin(), expected.end()));
      sort_distinct(ids);
      expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
      EXPECT_TRUE(std::equal(ids.begin(), ids.end(), expected.begin(), expected.end()));
    }
  }
}

TEST(SetBuilder, sorts_ids_that_lie_close_together_wherever_they_lie) {
  OBJECTSET_TRACE_SEED();
  Random random(5);
  for (const Id origin : {INT64_MIN, Id{-3000}, Id{0}, INT64_MAX - 2000000}) {
    for (const std::uint64_t spread : {1u, 63u, 64u, 65u, 5000u, 1000000u, 2000000u}) {
      Buffer<Id> ids;
      for (std::size_t i = 0; i < 2000; ++i) {
        ids.push_back(origin + static_cast<Id>(random.below(spread)));
      }
      ids[7] = origin + static_cast<Id>(spread);
      const Model expected(ids.begin(), ids.end());
      sort_distinct(ids);
      EXPECT_TRUE(std::equal(ids.begin(), ids.end(), expected.begin(), expected.end()));
    }
  }
}

TEST(SetBuilder, sorts_ids_that_lie_far_apart_evenly_or_in_clusters) {
  OBJECTSET_TRACE_SEED();
  Random random(7);
  const std::size_t size = 200000;
  for (const int shape : {0, 1, 2, 3, 4}) {
    Buffer<Id> ids;
    for (std::size_t i = 0; i < size; ++i) {
      std::uint64_t bits = random.bits();
      if (shape == 1) bits = bits >> 14;                                 // evenly over a part
      if (shape == 2) bits = bits << 60 | (bits >> 32);                  // in few clusters
      if (shape == 3) bits = i < size / 2 ? bits : bits & 0xffffffffff;  // evenly, and one cluster
      if (shape == 4) bits = bits & 0xff000000000000ff;  // what varies lies at both ends
      ids.push_back(static_cast<Id>(bits));
      if (i % 5 == 0) ids.push_back(static_cast<Id>(bits));
    }
    std::vector<Id> expected(ids.begin(), ids.end());
    std::sort(expected.begin(), expected.end());
    sort_ids(ids);
    EXPECT_TRUE(std::equal(ids.begin(), ids.end(), expected.begin(), expected.end()));
    SetBuilder builder;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      builder.add(expected[i * 7919 % expected.size()]);
    }
    // A range of many between ranges of few, and ranges just below and at the size of a bitmap.
    Model model(expected.begin(), expected.end());
    for (const std::size_t count : {511u, 512u, 513u, 767u, 768u}) {
      const Id base = static_cast<Id>(random.bits()) & ~static_cast<Id>(UINT32_MAX);
      for (std::size_t i = 0; i < count; ++i) {
        builder.add(base + static_cast<Id>(i * 3));
        model.insert(base + static_cast<Id>(i * 3));
      }
    }
    EXPECT_TRUE(stored_bytes(builder.finish()) == stored_bytes(set_of(model)));
  }
}

TEST(SetBuilder, takes_many_ids_of_a_block_at_once) {
  OBJECTSET_TRACE_SEED();
  Random random(6);
  SetBuilder builder;
  Model model;
  for (int i = 0; i < 400; ++i) {
    const Id base = (static_cast<Id>(random.below(20)) - 10) * two_to_16;
    std::set<std::uint16_t> lows;
    for (std::uint64_t n = random.below(i % 10 == 0 ? 30000 : 40); n > 0; --n) {
      lows.insert(static_cast<std::uint16_t>(random.bits()));
    }
    const std::vector<std::uint16_t> sorted(lows.begin(), lows.end());
    builder.add_lows(base, {sorted.data(), sorted.size()});
    for (const std::uint16_t low : sorted) model.insert(base + low);
    // The last one again, and one by itself.
    const Id last = sorted.empty() ? base : base + sorted.back();
    builder.add(last);
    model.insert(last);
    builder.add_lows(last & ~(two_to_16 - 1),
                     {sorted.data(), std::min<std::size_t>(sorted.size(), 2)});
  }
  EXPECT_TRUE(stored_bytes(builder.finish()) == stored_bytes(set_of(model)));
}

TEST(SetBuilder, many_batches_in_any_order_make_one_set) {
  OBJECTSET_TRACE_SEED();
  Random random(2);
  SetBuilder builder;
  std::vector<Id> model;
  for (unsigned i = 0; i < 300000; ++i) {
    const Id id = static_cast<Id>(random.below(3)) * two_to_32 +
                  static_cast<Id>(random.below(400000)) - 200000;
    builder.add(id);
    model.push_back(id);
  }
  std::sort(model.begin(), model.end());
  model.erase(std::unique(model.begin(), model.end()), model.end());
  EXPECT_TRUE(ids_of(builder.finish()) == model);
}

TEST(SetBuilder, goes_on_after_finish) {
  SetBuilder builder;
  builder.add(3);
  builder.add(3);
  builder.add(1);
  EXPECT_EQ(model_of(builder.finish()), (Model{1, 3}));
  builder.add_range(10, 9);
  builder.add_range(INT64_MAX - 1, INT64_MAX);
  builder.add_range(INT64_MIN, INT64_MIN);
  EXPECT_EQ(model_of(builder.finish()), (Model{INT64_MIN, 1, 3, INT64_MAX - 1, INT64_MAX}));
}

TEST(SetBuilder, a_set_that_was_added_may_go_away) {
  SetBuilder builder;
  const Model model = united({run_of(0, 5000), {-7, INT64_MAX}});
  {
    const Stored stored(set_of(model));
    builder.add_set(stored.view());
  }
  EXPECT_TRUE(model_of(builder.finish()) == model);
}

// What finish() shows, whatever was done before without counting.
void expect_shows(SetBuilder& builder, const Model& model) {
  const Set& set = builder.finish();
  EXPECT_EQ(cardinality(set), model.size());
  EXPECT_TRUE(model_of(set) == model);
  for (const DenseRange& range : set.dense()) {
    EXPECT_EQ(range.cardinality, croaring.bitmap_get_cardinality(range.bitmap));
    const char* reason = "";
    EXPECT_TRUE(croaring.bitmap_internal_validate(range.bitmap, &reason)) << reason;
  }
  EXPECT_TRUE(stored_bytes(set) == stored_bytes(set_of(model)));
}

Model symdiff_of(const Model& a, const Model& b) {
  Model result;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(),
                                std::inserter(result, result.end()));
  return result;
}

TEST(SetBuilder, sets_combined_in_any_order_with_ids_between_agree_with_a_model) {
  OBJECTSET_TRACE_SEED();
  Random random(3);
  for (unsigned round = 0; round < 60 && !HasFailure(); ++round) {
    SetBuilder builder;
    Model model;
    for (std::uint64_t left = 1 + random.below(20); left > 0; --left) {
      const Model other = random.model();
      switch (random.below(8)) {
        case 0:
          for (const Id id : other) builder.add(id);
          model.insert(other.begin(), other.end());
          break;
        case 1: {
          const Id first = random.id() / 2;
          builder.add_range(first, first + 100);
          for (Id id = first; id <= first + 100; ++id) model.insert(id);
          break;
        }
        case 2:
        case 3: {
          const Stored stored(set_of(other));
          builder.symdiff(stored.view());
          model = symdiff_of(model, other);
          break;
        }
        case 4:
          expect_shows(builder, model);
          break;
        default: {
          const Stored stored(set_of(other));
          builder.add_set(stored.view());
          model.insert(other.begin(), other.end());
        }
      }
    }
    expect_shows(builder, model);
  }
}

TEST(SetBuilder, many_sets_of_the_same_blocks_agree_with_a_model) {
  OBJECTSET_TRACE_SEED();
  Random random(4);
  for (const bool odd : {false, true}) {
    SetBuilder builder;
    Model model;
    for (unsigned i = 0; i < 60; ++i) {
      Model other;
      for (unsigned j = 0; j < 1500; ++j) {
        other.insert(static_cast<Id>(random.below(2)) * 5 * two_to_32 +
                     static_cast<Id>(random.below(std::uint64_t{10} << 16)));
      }
      const Id run = static_cast<Id>(random.below(9)) * two_to_16;
      if (i % 10 == 0) other.merge(run_of(run, run + two_to_16 - 1));
      const Stored stored(set_of(other));
      if (odd) {
        builder.symdiff(stored.view());
        model = symdiff_of(model, other);
      } else {
        builder.add_set(stored.view());
        model.insert(other.begin(), other.end());
      }
    }
    expect_shows(builder, model);
  }
}

TEST(SetBuilder, small_sets_join_large_ones_and_many_ranges) {
  Model model;
  for (Id high = 0; high < 20; ++high) model.merge(run_of(high * two_to_32, high * two_to_32 + 20));
  for (Id block = 0; block < 300; ++block) {
    for (Id i = 0; i < 20; ++i) model.insert(-two_to_32 + block * two_to_16 + i * 3);
  }
  SetBuilder builder;
  builder.add_set(view_of(set_of(model)));
  const Model small = united({run_of(-two_to_32 + 50, -two_to_32 + 60),
                              run_of(25 * two_to_32, 25 * two_to_32 + 9), run_of(18, 30)});
  for (const Model& other : {small, run_of(30 * two_to_32, 30 * two_to_32 + 1100)}) {
    const Stored stored(set_of(other));
    builder.add_set(stored.view());
    model.insert(other.begin(), other.end());
  }
  expect_shows(builder, model);
}

TEST(SetBuilder, the_difference_to_itself_is_empty_and_can_be_added_to) {
  const Model model = united({run_of(0, 5000), {-7, INT64_MAX}});
  SetBuilder builder;
  builder.add_set(view_of(set_of(model)));
  builder.symdiff(view_of(set_of(model)));
  expect_shows(builder, {});
  builder.symdiff(view_of(set_of(model)));
  builder.add_set(view_of(set_of({1, 6000})));
  builder.symdiff(view_of(set_of(run_of(0, 4999))));
  expect_shows(builder, {-7, 5000, 6000, INT64_MAX});
}

TEST(SetBuilder, ranges_that_vanish_give_way_to_the_next_operation) {
  Model model = united({run_of(0, 2000), run_of(two_to_32, two_to_32 + 2000)});
  model.merge(run_of(2 * two_to_32, 2 * two_to_32 + 2000));
  SetBuilder builder;
  builder.add_set(view_of(set_of(model)));
  builder.symdiff(view_of(set_of(run_of(0, 2000))));
  builder.add_set(view_of(set_of(run_of(2 * two_to_32, 2 * two_to_32 + 5000))));
  expect_shows(builder, united({run_of(two_to_32, two_to_32 + 2000),
                                run_of(2 * two_to_32, 2 * two_to_32 + 5000)}));
}

TEST(SetBuilder, bitmaps_have_every_kind_of_block) {
  std::vector<Model> models;
  for (const Id count : {63, 64, 65, 4095, 4096, 4097, 65535, 65536, 65537, 300000}) {
    models.push_back(run_of(two_to_16 - 3, two_to_16 - 4 + count));
    for (const Id step : {2, 3, 15, 16, 17, 5000}) {
      Model spread;
      for (Id i = 0; i < count && i * step < two_to_32; ++i) spread.insert(i * step);
      models.push_back(spread);
    }
  }
  for (const Id last : {62, 63, 64, 127, 4095}) {
    models.push_back(united({run_of(two_to_32 - 1 - last, two_to_32 - 1), {0}}));
    models.push_back(united({run_of(0, last), {last + 2, two_to_32 - 1}}));
  }
  for (const Model& model : models) {
    Buffer<Id> ids;
    for (const Id id : model) ids.push_back(id);
    Set set;
    set.append_dense(0, make_bitmap(ids));
    const char* reason = "";
    EXPECT_TRUE(croaring.bitmap_internal_validate(set.dense().front().bitmap, &reason)) << reason;
    EXPECT_TRUE(ids_of(set) == std::vector<Id>(model.begin(), model.end()));
  }
}

TEST(SetBuilder, ids_in_any_order_become_blocks_of_every_kind) {
  OBJECTSET_TRACE_SEED();
  Random random(6);
  for (const Id origin : {INT64_MIN, Id{-3 * two_to_16 - 5}, Id{0}, two_to_32 - two_to_16,
                          two_to_32 - two_to_16 - 1, INT64_MAX - 6 * two_to_16}) {
    // Within one range or across two: a full block and its neighbours, 4,096 and 4,097 ids of one, few far apart.
    Model model = run_of(origin, origin + two_to_16 + 2);
    for (Id i = 0; i < 4096; ++i) model.insert(origin + 2 * two_to_16 + i * 16);
    for (Id i = 0; i < 4097; ++i) model.insert(origin + 4 * two_to_16 + i * 15);
    model.insert(origin + 6 * two_to_16);
    std::vector<Id> ids(model.begin(), model.end());
    for (std::size_t i = 0; i < 20000; ++i) ids.push_back(ids[random.below(model.size())]);
    for (std::size_t i = ids.size(); i > 1; --i) std::swap(ids[i - 1], ids[random.below(i)]);
    SetBuilder builder;
    for (const Id id : ids) builder.add(id);
    expect_shows(builder, model);
    // Beside what is there, which may be all of it.
    for (std::size_t i = 0; i < 3000; ++i) {
      const Id id = INT64_MAX - static_cast<Id>(random.below(two_to_32));
      builder.add(i % 2 == 0 ? ids[i] : id);
      model.insert(i % 2 == 0 ? ids[i] : id);
    }
    expect_shows(builder, model);
  }
}

TEST(SetBuilder, ids_in_order_and_far_apart_go_behind_what_is_there) {
  SetBuilder builder;
  Model model;
  const auto add = [&](Id first, Id step, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      builder.add(first + static_cast<Id>(i) * step);
      model.insert(first + static_cast<Id>(i) * step);
    }
    builder.finish();
  };
  add(-10 * two_to_32, two_to_32 / 3, 30);
  add(two_to_32, 1, 2000);                // dense, behind
  add(two_to_32 + 1000, 500, 10);         // among the dense range's
  add(20 * two_to_32, two_to_32 / 5, 9);  // behind again
  add(3 * two_to_32, two_to_32, 30);      // between
  expect_shows(builder, model);
}

TEST(SetBuilder, try_add_says_when_there_is_no_room) {
  SetBuilder builder;
  EXPECT_FALSE(builder.try_add(1));
  Model model;
  for (Id id = 0; id < 300000; ++id) {
    const Id mixed = id * 7919 % 100003;
    if (!builder.try_add(mixed)) builder.add(mixed);
    model.insert(mixed);
  }
  expect_shows(builder, model);
  if (!builder.try_add(-1)) builder.add(-1);
  model.insert(-1);
  expect_shows(builder, model);
}

TEST(SetBuilder, two_million_consecutive_ids_one_by_one_take_a_few_hundred_bytes) {
  SetBuilder builder;
  for (Id id = 2000000; id >= 1; --id) builder.add(id);
  const std::string bytes = stored_bytes(builder.finish());
  EXPECT_LT(bytes.size(), 500u);
  EXPECT_TRUE(bytes == stored_bytes(make_range(1, 2000000)));
}

TEST(SetBuilder, ranges_of_ids_come_in_any_order_among_ids_and_sets) {
  OBJECTSET_TRACE_SEED();
  Random random(92);
  for (int round = 0; round < 40; ++round) {
    SetBuilder builder;
    Model model;
    Id at = -2 * two_to_32;
    const bool ascending = random.one_in(2);
    for (int i = 0; i < 60; ++i) {
      at = ascending ? at + static_cast<Id>(random.below(i % 20 == 0 ? two_to_32 : 100000))
                     : static_cast<Id>(random.below(2 * two_to_32)) - two_to_32;
      const Id last = at + static_cast<Id>(random.below(random.one_in(3) ? 5000 : 100));
      switch (random.below(6)) {
        case 0:
          builder.add(at);
          model.insert(at);
          break;
        case 1: {
          const Model other = run_of(at, last);
          builder.add_set(view_of(set_of(other)));
          model.insert(other.begin(), other.end());
          break;
        }
        case 2:
          if (random.one_in(3)) {
            ASSERT_EQ(model_of(builder.finish()), model);
          }
          [[fallthrough]];
        default:
          builder.add_range(at, last);
          for (Id id = at; id <= last; ++id) model.insert(id);
      }
      if (ascending) at = last;
    }
    const Set& built = builder.finish();
    ASSERT_EQ(model_of(built), model);
    ASSERT_EQ(cardinality(built), model.size());
  }
}

TEST(SetBuilder, ranges_beyond_what_a_value_holds_are_refused_as_they_come) {
  SetBuilder builder;
  for (int i = 0; i < 5; ++i) builder.add_range(0, 700 * two_to_32 - 1);
  EXPECT_FAILS(ErrorCode::too_large, builder.add_range(1000 * two_to_32, 1700 * two_to_32 - 1));
}

}  // namespace
}  // namespace objectset::test
