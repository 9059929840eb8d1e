// Aggregate states: written, read, combined.
#include "core/aggregate/aggregate_state.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

std::string bytes_of(AggregateState& state) {
  const StateWriter writer(state);
  std::string bytes(writer.size(), '\xee');
  writer.write(bytes.data());
  return bytes;
}

bool is_valid_state(const std::string& bytes) {
  const AlignedBytes aligned(bytes);
  return state_is_valid_untrusted(aligned.data(), aligned.size());
}

StateKind kind_of(const std::string& bytes) { return state_kind(bytes.data(), bytes.size()); }

std::string ids_state(const std::vector<Id>& ids, std::size_t capacity) {
  std::string bytes(ids_state_size(capacity), '\xee');
  ids_state_init(bytes.data());
  for (const Id id : ids) ids_state_add(bytes.data(), id);
  return bytes;
}

TEST(State, ids_are_kept_as_they_come_until_they_are_compacted) {
  AlignedBytes bytes(ids_state({5, -1, 5, INT64_MIN, 5}, 6));
  EXPECT_EQ(kind_of(bytes.str()), StateKind::ids);
  EXPECT_TRUE(is_valid_state(bytes.str()));
  EXPECT_EQ(ids_state_capacity(bytes.size()), 6u);
  EXPECT_EQ(ids_state_count(bytes.data()), 5u);
  ids_state_compact(bytes.data());
  const Span<Id> ids = ids_state_ids(bytes.data());
  EXPECT_EQ(std::vector<Id>(ids.begin(), ids.end()), (std::vector<Id>{INT64_MIN, -1, 5}));
  AggregateState state(bytes.data(), bytes.size());
  EXPECT_FALSE(state.counting);
  EXPECT_EQ(model_of(state.set.finish()), (Model{INT64_MIN, -1, 5}));
  AlignedBytes none(ids_state({}, 0));
  ids_state_compact(none.data());
  EXPECT_EQ(ids_state_count(none.data()), 0u);
}

TEST(State, an_empty_set_is_known_by_its_bytes) {
  for (const Shape& shape : shapes()) {
    AggregateState state;
    for (const Id id : shape.ids) state.set.add(id);
    EXPECT_EQ(state.set.is_empty(), shape.ids.empty()) << shape.name;
    const std::string bytes = bytes_of(state);
    EXPECT_EQ(is_empty_state(bytes.data(), bytes.size()), shape.ids.empty()) << shape.name;
  }
  const std::string ids = ids_state({7}, 1);
  EXPECT_FALSE(is_empty_state(ids.data(), ids.size()));
  AggregateState counting;
  counting.counting = true;
  const std::string counter = bytes_of(counting);
  EXPECT_FALSE(is_empty_state(counter.data(), counter.size()));
}

// Two planes that fit a value each, and no value together: many ranges that show one stream, planned, never written.
TEST(State, a_counter_beyond_1_GB_is_too_large) {
  const Stored full(make_range(0, two_to_32 - 1));
  const DenseRange& range = full.view().dense[0];
  const auto ranges = static_cast<std::int32_t>(max_stored_size / 3 * 2 / range.stream_size);
  AggregateState state;
  state.counting = true;
  const auto append_plane = [&] {
    Set plane;
    for (std::int32_t high = 0; high < ranges; ++high) plane.append_borrowed(range, high);
    state.counter.append_plane(std::move(plane));
  };
  append_plane();
  EXPECT_LE(StateWriter(state).size(), max_stored_size);
  append_plane();
  EXPECT_FAILS(ErrorCode::too_large, StateWriter{state});
}

TEST(State, sets_come_back_with_equal_bytes) {
  for (const Shape& shape : shapes()) {
    AggregateState state;
    for (const Id id : shape.ids) state.set.add(id);
    const AlignedBytes bytes(bytes_of(state));
    EXPECT_EQ(kind_of(bytes.str()), StateKind::set);
    EXPECT_TRUE(is_valid_state(bytes.str())) << shape.name;
    EXPECT_TRUE(bytes.str().substr(state_set_offset) == stored_bytes(set_of(shape.ids)))
        << shape.name;
    AggregateState again(bytes.data(), bytes.size());
    EXPECT_TRUE(model_of(again.set.finish()) == shape.ids) << shape.name;
    EXPECT_TRUE(bytes_of(again) == bytes.str()) << shape.name;
  }
}

TEST(State, counters_come_back_with_equal_bytes) {
  OBJECTSET_TRACE_SEED();
  Random random(7);
  for (unsigned sets : {0u, 1u, 2u, 7u}) {
    AggregateState state;
    state.counting = true;
    state.threshold = 3;
    const Model core = random.model();
    for (unsigned i = 0; i < sets; ++i)
      state.counter.add(view_of(set_of(united({core, random.model()}))));
    const AlignedBytes bytes(bytes_of(state));
    EXPECT_EQ(kind_of(bytes.str()), StateKind::counter);
    EXPECT_TRUE(is_valid_state(bytes.str()));
    const AggregateState read(bytes.data(), bytes.size());
    EXPECT_TRUE(read.counting);
    EXPECT_EQ(read.threshold, 3u);
    EXPECT_EQ(read.counter.sets(), sets);
    for (unsigned k = 1; k <= sets + 1; ++k)
      EXPECT_EQ(compare(view_of(read.counter.at_least(k)), view_of(state.counter.at_least(k))), 0)
          << k;
    AggregateState again(bytes.data(), bytes.size());
    EXPECT_TRUE(bytes_of(again) == bytes.str());
  }
}

// Rows counted here and there, shipped as bytes and combined, against all rows counted in one place.
TEST(State, combining_is_as_good_as_counting_in_one_place) {
  OBJECTSET_TRACE_SEED();
  Random random(8);
  for (unsigned round = 0; round < 10; ++round) {
    AggregateState whole_set;
    AggregateState whole_counter;
    whole_counter.counting = true;
    AggregateState set_parts[2];
    AggregateState counter_parts[2];
    for (AggregateState& part : counter_parts) part.counting = true;
    const Model core = random.model();
    for (unsigned i = 0; i < 6; ++i) {
      const Set set = set_of(united({core, random.model()}));
      const std::size_t part = random.below(2);
      whole_set.set.add_set(set);
      whole_counter.counter.add(set);
      set_parts[part].set.add_set(set);
      counter_parts[part].counter.add(set);
    }
    const AlignedBytes shipped_set(bytes_of(set_parts[1]));
    const AlignedBytes shipped_counter(bytes_of(counter_parts[1]));
    AggregateState set(shipped_set.data(), shipped_set.size());
    const AggregateState counter(shipped_counter.data(), shipped_counter.size());
    set_parts[0].set.add_set(set.set.finish());
    counter_parts[0].counter.add(counter.counter);
    EXPECT_TRUE(bytes_of(set_parts[0]) == bytes_of(whole_set));
    EXPECT_TRUE(bytes_of(counter_parts[0]) == bytes_of(whole_counter));
  }
}

// Whatever is done to a state, what is written of it is read again.
TEST(State, a_counter_that_lost_what_it_never_had_is_not_written) {
  AggregateState state;
  state.counting = true;
  state.count(view_of(set_of({1})));
  state.count(view_of(set_of({2})));
  state.uncount(SetView());
  EXPECT_NO_THROW(StateWriter(state).size());
  state.uncount(SetView());
  EXPECT_FAILS(ErrorCode::invalid_parameter, StateWriter(state).size());
}

TEST(State, what_is_no_state_is_neither_valid_nor_read) {
  AggregateState counting;
  counting.counting = true;
  counting.counter.add(view_of(set_of({1, 2})));
  counting.counter.add(view_of(set_of({1})));
  const std::string counter = bytes_of(counting);
  AggregateState plain;
  plain.set.add(1);
  const std::string set = bytes_of(plain);
  const std::string ids = ids_state({1, 2}, 2);
  ASSERT_TRUE(is_valid_state(counter) && is_valid_state(set) && is_valid_state(ids));
  for (const std::string& good : {counter, set, ids}) {
    for (std::size_t size = 0; size < good.size(); ++size) {
      const AlignedBytes cut(good.substr(0, size));
      EXPECT_FALSE(state_is_valid_untrusted(cut.data(), cut.size())) << size;
      EXPECT_FAILS(ErrorCode::data_corrupted, AggregateState(cut.data(), cut.size()));
    }
    for (const std::size_t i : {0u, 1u, 2u, 3u}) {
      std::string other = good;
      other[i] = 9;
      EXPECT_FALSE(is_valid_state(other));
      EXPECT_FAILS(ErrorCode::data_corrupted, kind_of(other));
    }
    if (good == ids) continue;
    EXPECT_FALSE(is_valid_state(good + '\0'));
  }
  const auto changed = [&](std::size_t at, char value) {
    std::string other = counter;
    other[at] = value;
    return other;
  };
  EXPECT_FALSE(is_valid_state(changed(4, 1))) << "an id in two sets of one";
  EXPECT_TRUE(is_valid_state(changed(4, 3)));
  EXPECT_FALSE(is_valid_state(changed(4, 0))) << "two planes of no set";
  EXPECT_FALSE(is_valid_state(changed(20, 41))) << "more planes than there can be";
  EXPECT_FALSE(is_valid_state(changed(counter.size() - 1, 1))) << "padding other than zeros";
  std::string many = ids;
  many[4] = 3;
  EXPECT_FALSE(is_valid_state(many)) << "more ids than bytes";
}

}  // namespace
}  // namespace objectset::test
