// Bytes that were damaged, or made to deceive: flipped, cut, mixed. What is read from them is a set or an error,
// and nothing outside them is touched (the sanitized build says so).
#include <algorithm>
#include <functional>

#include "core/aggregate/aggregate_state.hpp"
#include "core/stored/portable_format.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

#ifdef OBJECTSET_SANITIZED
constexpr unsigned fuzz_turns = 3000;
#else
constexpr unsigned fuzz_turns = 20000;
#endif

// Whether the bytes are what the set they show is written as.
bool is_canonical(const std::string& bytes) {
  const Stored stored(bytes);
  SetBuilder builder;
  for (const Id id : ids_of(stored.view())) builder.add(id);
  return stored_bytes(builder.finish()) == bytes;
}

bool reads(const std::string& bytes) {
  try {
    const Stored stored(bytes);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::data_corrupted);
    return false;
  }
}

// Bytes whose checksum fits: what passes for valid must be canonical.
bool judged_right(const std::string& bytes) {
  const bool readable = bytes.size() >= identity_size && reads(bytes);
  if (!is_valid(bytes)) return true;
  return readable && is_canonical(bytes);
}

TEST(Damage, a_flipped_byte_is_noticed_wherever_it_is) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = stored_bytes(set_of(shape.ids));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const int flip : {1, 0x80, 0xff}) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ flip);
        ASSERT_FALSE(reads(damaged)) << shape.name << " at " << i;
        ASSERT_FALSE(is_valid(damaged)) << shape.name << " at " << i;
      }
    }
  }
}

TEST(Damage, a_flipped_byte_under_a_fitting_checksum_is_judged_right) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = stored_bytes(set_of(shape.ids));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i >= checksum_offset && i < identity_size) continue;
      for (const int flip : {1, 0x40, 0xff}) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ flip);
        ASSERT_TRUE(judged_right(with_checksum(damaged)))
            << shape.name << " at " << i << " by " << flip;
      }
    }
  }
}

TEST(Damage, a_value_cut_short_is_noticed_at_every_length) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = stored_bytes(set_of(shape.ids));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);
      ASSERT_FALSE(reads(cut)) << shape.name << " at " << size;
      ASSERT_FALSE(is_valid(cut)) << shape.name << " at " << size;
      if (size < identity_size) continue;
      ASSERT_TRUE(judged_right(with_checksum(cut))) << shape.name << " at " << size;
    }
    ASSERT_FALSE(reads(bytes + '\0'));
  }
}

// Flips, overwrites, drops and doubles a few bytes.
std::string mutated(std::string bytes, Random& random) {
  for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
    if (bytes.empty()) return bytes;
    // Mostly in front, where the structure is.
    const std::size_t at =
        random.below(random.one_in(2) ? std::min<std::size_t>(bytes.size(), 48) : bytes.size());
    switch (random.below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.bits());
        break;
      case 2:
        bytes[at] = static_cast<char>(bytes[at] + (random.one_in(2) ? 1 : -1));
        break;
      case 3:
        bytes.replace(at, 4, random.one_in(2) ? "\xff\xff\xff\xff" : std::string(4, '\0'));
        break;
      case 4:
        bytes.erase(at, 1 + random.below(9));
        break;
      default:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), 1 + random.below(9)));
    }
  }
  return bytes;
}

// Sets that are small, so that most of their bytes are structure.
Model small_model(Random& random) {
  if (random.one_in(2)) return shapes()[random.below(shapes().size())].ids;
  Model model;
  for (std::uint64_t n = random.below(4); n > 0; --n) {
    const Id base = random.id() / 2;
    for (Id i = static_cast<Id>(random.below(60)); i > 0; --i)
      model.insert(base + i * static_cast<Id>(1 + random.below(2)));
  }
  return model;
}

// Calls use(mutated bytes) many times; `make` gives the sound ones.
void fuzz(std::uint64_t stream, const std::function<std::string(const Model&)>& make,
          const std::function<void(const std::string&)>& use) {
  OBJECTSET_TRACE_SEED();
  Random random(stream);
  std::string bytes;
  for (unsigned turn = 0; turn < fuzz_turns && !::testing::Test::HasFailure(); ++turn) {
    SCOPED_TRACE("turn " + std::to_string(turn));
    if (turn % 20 == 0) {
      Model model = small_model(random);
      if (model.size() > 10000) model.erase(std::next(model.begin(), 10000), model.end());
      bytes = make(model);
    }
    use(mutated(bytes, random));
  }
}

TEST(Damage, mutated_stored_values_are_judged_right) {
  fuzz(
      10, [](const Model& model) { return stored_bytes(set_of(model)); },
      [](const std::string& bytes) {
        EXPECT_TRUE(judged_right(bytes));
        if (bytes.size() < identity_size) return;
        EXPECT_TRUE(judged_right(with_checksum(bytes)));
      });
}

std::string state_bytes(AggregateState& state) {
  const StateWriter writer(state);
  std::string bytes(writer.size(), '\xee');
  writer.write(bytes.data());
  return bytes;
}

// Puts fitting checksums on the stored sets in a state, as far as they can be found.
std::string with_checksums_in_state(std::string bytes) {
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

void read_damaged_state(const std::string& bytes) {
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

TEST(Damage, mutated_states_are_refused_or_sound) {
  fuzz(
      11,
      [](const Model& model) {
        AggregateState state;
        state.set.add_set(view_of(set_of(model)));
        return state_bytes(state);
      },
      read_damaged_state);
  fuzz(
      12,
      [](const Model& model) {
        AggregateState state;
        state.counting = true;
        const Set set = set_of(model);
        const Set part = between(set, -1000, INT64_MAX);
        for (int i = 0; i < 3; ++i) state.counter.add(set);
        state.counter.add(part);
        return state_bytes(state);
      },
      read_damaged_state);
  fuzz(
      13,
      [](const Model& model) {
        std::string bytes(ids_state_size(model.size() + 3), '\0');
        ids_state_init(bytes.data());
        for (const Id id : model) ids_state_add(bytes.data(), id);
        return bytes;
      },
      read_damaged_state);
}

void read_damaged_portable(const std::string& bytes, Set (*read)(const char*, std::size_t)) {
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

TEST(Damage, mutated_portable_bytes_are_refused_or_give_a_sound_set) {
  fuzz(
      14,
      [](const Model& model) {
        Buffer<char> out;
        write_portable64(Stored(set_of(model)).view(), out);
        return std::string(out.data(), out.size());
      },
      [](const std::string& bytes) { read_damaged_portable(bytes, read_portable64_untrusted); });
  fuzz(
      15,
      [](const Model& model) {
        Model low;
        for (const Id id : model) low.insert(Id{low_of(id)});
        Buffer<char> out;
        write_portable32(Stored(set_of(low)).view(), out);
        return std::string(out.data(), out.size());
      },
      [](const std::string& bytes) { read_damaged_portable(bytes, read_portable32_untrusted); });
}

}  // namespace
}  // namespace objectset::test
