// Bytes that were damaged, or made to deceive: flipped, cut, mixed. What is read from them is a set or an error,
// and nothing outside them is touched (the sanitized build says so).
#include <algorithm>
#include <functional>

#include "core/aggregate/aggregate_state.hpp"
#include "core/roaring/roaring_stream.hpp"
#include "core/stored/portable_format.hpp"
#include "core/stored/text_format.hpp"
#include "crafted.hpp"
#include "damaged.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

#ifdef OBJECTSET_SANITIZED
constexpr unsigned fuzz_turns = 3000;
#else
constexpr unsigned fuzz_turns = 20000;
#endif

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

// Two blocks of each kind, and ids far apart; and with them what a damaged set is combined with.
Set set_of_all_kinds(Id shift) {
  SetBuilder builder;
  for (Id block = 0; block < 10; ++block) {
    const Id first = block * two_to_16 + shift;
    if (block < 3) {
      for (Id i = 0; i < (block == 2 ? 9 : 3000); ++i) builder.add(first + i * 7);
    } else if (block < 5) {
      for (Id i = 0; i < 20000; ++i) builder.add(first + i * 3);
    } else {
      for (Id i = 0; i < (block == 5 ? 3 : 400); ++i)
        builder.add_range(first + i * 100, first + i * 100 + 60);
    }
  }
  for (Id i = -20; i < 20; ++i) builder.add(i * two_to_32 * 5 + 4);
  return std::move(builder.finish());
}

// Moves some of the number of ids that one container says it has to another one.
std::string with_moved_count(std::string bytes, std::size_t from, std::size_t to, unsigned ids) {
  const auto change = [&](std::size_t at, unsigned by) {
    const auto now = load<std::uint16_t>(bytes.data() + at);
    store(bytes.data() + at, static_cast<std::uint16_t>(now + by));
  };
  change(from, 0u - ids);
  change(to, ids);
  return bytes;
}

// What a writer would not write: CRoaring believes what a container says, and would write beyond its memory.
TEST(Damage, ids_that_stand_wrong_under_a_fitting_checksum_are_refused) {
  const std::string bytes = stored_bytes(set_of_all_kinds(0));
  const Stored sound(bytes);
  const DenseRange& range = sound.view().dense[0];
  std::vector<Container> containers;
  StreamWalker walker(range.stream, range.stream_size);
  for (Container container; walker.next(container);) containers.push_back(container);
  ASSERT_EQ(containers.size(), 10u);
  const std::string stream(range.stream, range.stream_size);
  const std::size_t stream_at = bytes.find(stream);
  const auto place = [&](const char* in_stream) {
    return stream_at + static_cast<std::size_t>(in_stream - range.stream);
  };
  const std::size_t counts_at = stream_at + 4 + 2 + 2;  // cookie, flags, key
  const auto expect_refused = [&](const std::string& damaged) {
    ASSERT_FALSE(reads(with_checksum(damaged)));
  };
  for (std::size_t n = 0; n < containers.size(); ++n) {
    SCOPED_TRACE("container " + std::to_string(n));
    const Container& container = containers[n];
    const std::size_t at = place(container.data);
    const std::size_t size = container.bytes - (container.kind == ContainerKind::run ? 2 : 0);
    // Any other value anywhere, but one that stands between its neighbours.
    for (std::size_t i = 0; i + 1 < size; i += 2) {
      for (const std::string& value : {std::string("\xff\xff"), std::string("\0\0", 2)}) {
        std::string damaged = bytes;
        damaged.replace(at + i, 2, value);
        const bool same = damaged == bytes;
        const bool last = container.kind == ContainerKind::array && i + 2 == size && value[0] != 0;
        const bool as_many = container.kind == ContainerKind::bitmap &&
                             __builtin_popcount(load<std::uint16_t>(bytes.data() + at + i)) ==
                                 __builtin_popcount(load<std::uint16_t>(value.data()));
        if (!same && !last && !as_many) expect_refused(damaged);
        if (::testing::Test::HasFailure()) return;
      }
    }
    const std::size_t other = (n + 1) % containers.size();
    for (const unsigned ids : {1u, 4000u}) {
      expect_refused(with_moved_count(bytes, counts_at + 4 * n, counts_at + 4 * other, ids));
    }
  }
  // Ids far apart that do not ascend, or that belong to a dense range.
  const std::size_t sparse = sound.view().sparse.size();
  ASSERT_EQ(sparse, 39u);
  for (std::size_t i = 0; i < sparse; ++i) {
    SCOPED_TRACE("sparse id " + std::to_string(i));
    const std::size_t at = stream_at - (sparse - i) * sizeof(Id);
    for (const Id id : {Id{6}, INT64_MIN, INT64_MAX}) {
      std::string damaged = bytes;
      store(damaged.data() + at, id);
      const bool first = i == 0 && id == INT64_MIN;
      const bool last = i + 1 == sparse && id == INT64_MAX;
      if (!first && !last) expect_refused(damaged);
    }
  }
}

// Not what a writer would write, but a set; it may be taken for another one than it equals.
TEST(Damage, streams_in_another_form_can_be_worked_with) {
  const Set near = set_of_all_kinds(3);
  const Set bits = multiples(2, 350000);
  const Set run = make_range(-5, 9 * two_to_16);
  for (const Crafted& crafted : other_streams()) {
    SCOPED_TRACE(crafted.name);
    if (crafted.ids.empty()) continue;
    const Stored stored(value_of_stream(crafted.bytes));
    EXPECT_EQ(model_of(stored.view()), crafted.ids);
    work_with(stored.view(), {&near, &bits, &run});
  }
}

TEST(Damage, what_can_be_read_at_all_can_be_worked_with) {
  const std::string bytes = stored_bytes(set_of_all_kinds(0));
  const Set near = set_of_all_kinds(3);
  const Set bits = multiples(2, 350000);
  const Set run = make_range(-5, 9 * two_to_16);
  unsigned readable = 0;
  OBJECTSET_TRACE_SEED();
  Random random(17);
#ifdef OBJECTSET_SANITIZED
  constexpr int turns = 400;
#else
  constexpr int turns = 2000;
#endif
  for (int turn = 0; turn < turns && !::testing::Test::HasFailure(); ++turn) {
    SCOPED_TRACE("turn " + std::to_string(turn));
    std::string damaged = with_checksum(mutated(bytes, random));
    if (!reads(damaged)) continue;
    ++readable;
    if (readable % 8 == 1) work_with(Stored(damaged).view(), {&near, &bits, &run});
  }
  EXPECT_GT(readable, 0u);
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
