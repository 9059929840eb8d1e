// What has to hold of bytes that were damaged, or made to deceive: they are refused, or they are a set that can be worked
// with. For the unit tests and for test/fuzz.
#pragma once

#include <algorithm>

#include "core/aggregate/aggregate_state.hpp"
#include "core/set/membership.hpp"
#include "core/stored/portable_format.hpp"
#include "core/stored/text_format.hpp"
#include "support.hpp"

namespace objectset::test {

// Whether the bytes are what the set they show is written as.
inline bool is_canonical(const std::string& bytes) {
  const Stored stored(bytes);
  SetBuilder builder;
  for (const Id id : ids_of(stored.view())) builder.add(id);
  return stored_bytes(builder.finish()) == bytes;
}

inline bool reads(const std::string& bytes) {
  try {
    const Stored stored(bytes);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::data_corrupted);
    return false;
  }
}

// Bytes whose checksum fits: what passes for valid must be canonical.
inline bool judged_right(const std::string& bytes) {
  const bool readable = bytes.size() >= identity_size && reads(bytes);
  if (!is_valid(bytes)) return true;
  return readable && is_canonical(bytes);
}

// Everything that is done with a set, with what it may be done with.
inline void work_with(const SetView& set, const std::vector<const Set*>& others) {
  const std::vector<Id> ids = ids_of(set);
  ASSERT_EQ(ids.size(), cardinality(set));
  for (std::size_t i = 1; i < ids.size(); ++i) ASSERT_LT(ids[i - 1], ids[i]);
  for (const Set* other : others) {
    for (const Operation operation :
         {Operation::unite, Operation::intersect, Operation::minus, Operation::symdiff}) {
      Set result = combine(operation, set, *other);
      result.keep();
      stored_bytes(result);
      Set changed = combine(Operation::unite, set, SetView());
      changed.keep();
      changed.change(operation, *other);
      changed.apply(operation, result);
      changed.keep();
      for (std::size_t i = 0; i < ids.size(); i += 997) changed.remove(ids[i]);
      stored_bytes(changed);
    }
    intersect_count(set, *other);
    is_subset(*other, set);
    compare(set, *other);
    SetBuilder builder;
    builder.add_set(*other);
    builder.add_set(set);
    builder.symdiff(set);
    stored_bytes(builder.finish());
  }
  Set moved = shift(set, 70001);
  moved.keep();
  Set rest = without_range(set, 100, 5 * two_to_16);
  rest.keep();
  for (const std::uint64_t at : {std::uint64_t{0}, ids.size() / 2, ids.size() - 1}) {
    EXPECT_EQ(select(set, at), ids[at]);
    EXPECT_EQ(rank(set, ids[at]), at + 1);
    slice(set, at, 1000).keep();
  }
  Membership membership(set);
  std::vector<std::uint64_t> table(membership.table_words(1 << 12));
  if (!table.empty()) membership.use_table(table.data(), table.size());
  for (std::size_t i = 0; i < ids.size(); i += 101) EXPECT_TRUE(membership(ids[i]));
  Buffer<char> out;
  append_literal(set, out);
  write_portable64(set, out);
}

inline std::string state_bytes(AggregateState& state) {
  const StateWriter writer(state);
  std::string bytes(writer.size(), '\xee');
  writer.write(bytes.data());
  return bytes;
}

// Puts fitting checksums on the stored sets in a state, as far as they can be found.
inline std::string with_checksums_in_state(std::string bytes) {
  const auto repair = [&](std::size_t at, std::size_t size) {
    if (size >= identity_size && at <= bytes.size() && size <= bytes.size() - at)
      bytes.replace(at, size, with_checksum(bytes.substr(at, size)));
  };
  if (bytes.size() >= state_set_offset && bytes[1] == 2)
    repair(state_set_offset, bytes.size() - state_set_offset);
  if (bytes.size() < state_planes_offset || bytes[1] != 3) return bytes;
  for (std::size_t at = state_planes_offset; at + 8 <= bytes.size();) {
    std::uint64_t size;
    std::memcpy(&size, bytes.data() + at, sizeof size);
    if (size > bytes.size()) break;
    repair(at + 8, size);
    at += 8 + (size + 7) / 8 * 8;
  }
  return bytes;
}

inline void read_damaged_state(const std::string& bytes) {
  for (const std::string& variant : {bytes, with_checksums_in_state(bytes)}) {
    const AlignedBytes exact(variant);
    const bool valid = state_is_valid_untrusted(exact.data(), exact.size());
    try {
      AggregateState state(exact.data(), exact.size());
      // Valid ones are sound: they can be worked on and written, and come back the same.
      if (!valid) continue;
      state.set.add(77);
      Set one;
      one.append_sparse(77);
      if (state.counting) {
        EXPECT_EQ(state_bytes(state), variant);
        if (state.counter.sets() >> 39 != 0) continue;  // two more may be more than there can be
        try {
          state.counter.add(one);
          state.counter.add(view_of(state.counter.at_least(1)));
          state.counter.subtract(one);
        } catch (const Error& error) {
          EXPECT_EQ(error.code, ErrorCode::too_large);
        }
      }
      const std::string again = state_bytes(state);
      const AlignedBytes written(again);
      EXPECT_TRUE(state_is_valid_untrusted(written.data(), written.size()));
    } catch (const Error& error) {
      EXPECT_FALSE(valid);
      EXPECT_EQ(error.code, ErrorCode::data_corrupted);
    }
  }
}

inline void read_damaged_portable(const std::string& bytes, Set (*read)(const char*, std::size_t)) {
  const AlignedBytes exact(bytes);
  try {
    const Set set = read(exact.data(), exact.size());
    const std::vector<Id> ids = ids_of(set);
    EXPECT_EQ(ids.size(), cardinality(set));
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_TRUE(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    EXPECT_TRUE(is_canonical(stored_bytes(set)));
  } catch (const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::invalid_binary);
  }
}

}  // namespace objectset::test
