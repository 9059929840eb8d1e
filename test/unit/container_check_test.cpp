// Each id of a container is looked at, wherever it stands: by both of the checks, for narrow registers and for wide ones.
#include "core/roaring/container_check.hpp"

#include "core/roaring/roaring_stream.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

std::vector<const ContainerCheck*> checks() {
  std::vector<const ContainerCheck*> all = {&container_check_any};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) all.push_back(&container_check_avx2);
#endif
  return all;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Calls use(check, bytes, values), the bytes at an odd address with nothing readable behind them.
template <class T, class Use>
void for_each_check(const std::vector<T>& values, Use&& use) {
  std::unique_ptr<char[]> block(new char[values.size() * sizeof(T) + 1]);
  const std::string bytes = bytes_of(values);
  bytes.copy(block.get() + 1, bytes.size());
  for (const ContainerCheck* check : checks()) use(*check, block.get() + 1);
}

template <class T>
void expect_ascending(const std::vector<T>& values, bool expected) {
  for_each_check(values, [&](const ContainerCheck& check, const char* bytes) {
    if constexpr (sizeof(T) == 2) {
      const auto count = static_cast<std::uint32_t>(values.size());
      ASSERT_EQ(check.array_ascends(bytes, count), expected);
      ASSERT_EQ(is_sound(Container{ContainerKind::array, 0, count, 0, bytes, 0}), expected);
    } else {
      ASSERT_EQ(check.ids_ascend(bytes, values.size()), expected);
    }
  });
}

template <class T>
void sweep_ascending(T first, T gap) {
  for (std::size_t count = 1; count <= 100; ++count) {
    std::vector<T> values;
    for (T value = first; values.size() < count; value = static_cast<T>(value + gap)) {
      values.push_back(value);
    }
    expect_ascending(values, true);
    for (std::size_t i = 1; i < count && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(std::to_string(count) + " at " + std::to_string(i));
      std::vector<T> changed = values;
      changed[i] = changed[i - 1];
      expect_ascending(changed, false);
      changed = values;
      std::swap(changed[i - 1], changed[i]);
      expect_ascending(changed, false);
    }
  }
}

TEST(ContainerCheck, values_ascend) {
  sweep_ascending<std::uint16_t>(0, 1);
  sweep_ascending<std::uint16_t>(32700, 1);  // through where the sign would be
  sweep_ascending<std::uint16_t>(7, 650);
}

TEST(ContainerCheck, ids_ascend) {
  sweep_ascending<std::int64_t>(-50, 1);
  sweep_ascending<std::int64_t>(INT64_MIN, INT64_MAX / 50);
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

bool ascend(const std::vector<Range>& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].last > 65535) return false;
    if (i > 0 && runs[i].first <= runs[i - 1].last + 1) return false;
  }
  return true;
}

void expect_as_the_oracle(const std::vector<Range>& runs) {
  std::vector<std::uint16_t> pairs;
  std::uint32_t ids = 0;
  for (const Range& run : runs) {
    pairs.push_back(static_cast<std::uint16_t>(run.first));
    pairs.push_back(static_cast<std::uint16_t>(run.last - run.first));
    ids += run.last - run.first + 1;
  }
  const auto count = static_cast<std::uint32_t>(runs.size());
  for_each_check(pairs, [&](const ContainerCheck& check, const char* bytes) {
    for (const std::uint32_t said : {ids - 1, ids, ids + 1}) {
      const bool expected = said == ids && ascend(runs);
      ASSERT_EQ(check.runs_ascend(bytes, count, said), expected);
      ASSERT_EQ(is_sound(Container{ContainerKind::run, 0, said, count, bytes, 0}), expected);
    }
  });
}

TEST(ContainerCheck, runs_ascend_and_end_in_their_container) {
  for (std::uint32_t count = 1; count <= 40; ++count) {
    std::vector<Range> runs;
    for (std::uint32_t i = 0; i < count; ++i) runs.push_back({i * 1600, i * 1600 + 1 + i});
    runs.back().last = 65535;
    expect_as_the_oracle(runs);
    for (std::uint32_t i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(std::to_string(count) + " at " + std::to_string(i));
      const std::uint32_t next = i + 1 < count ? runs[i + 1].first : 65537;
      for (const std::uint32_t last :
           {next - 2, next - 1, next, next + 1, 65535u, 65536u, runs[i].first + 65535}) {
        std::vector<Range> changed = runs;
        changed[i].last = last;
        if (last - changed[i].first <= 65535) expect_as_the_oracle(changed);
      }
      std::vector<Range> changed = runs;
      std::swap(changed[i], changed[0]);
      expect_as_the_oracle(changed);
    }
  }
  expect_as_the_oracle({{65535, 65535}});
  expect_as_the_oracle({{65535, 131070}});
}

TEST(ContainerCheck, bits_are_counted) {
  std::vector<std::uint64_t> words(1024);
  const auto expect_count = [&](std::uint64_t count) {
    for_each_check(words, [&](const ContainerCheck& check, const char* bytes) {
      ASSERT_EQ(check.count_bits(bytes, words.size() * 8), count);
    });
  };
  expect_count(0);
  for (std::size_t i = 0; i < 65536; i += i < 4096 ? 1 : 97) {
    words[i / 64] = std::uint64_t{1} << i % 64;
    expect_count(1);
    words[i / 64] = 0;
  }
  OBJECTSET_TRACE_SEED();
  Random random(37);
  for (int turn = 0; turn < 200; ++turn) {
    std::uint64_t count = 0;
    for (std::uint64_t& word : words) {
      word = turn % 3 == 0 ? random.bits() : random.bits() | random.bits() | random.bits();
      count += static_cast<unsigned>(__builtin_popcountll(word));
    }
    expect_count(count);
  }
  words.assign(1024, UINT64_MAX);
  expect_count(65536);
}

TEST(ContainerCheck, bits_are_counted_between_any_two) {
  OBJECTSET_TRACE_SEED();
  Random random(46);
  std::vector<std::uint64_t> words(1024);
  for (std::uint64_t& word : words) word = random.bits();
  std::vector<std::uint64_t> before(65537);  // of each bit, how many are set before it
  for (std::size_t i = 0; i < 65536; ++i) before[i + 1] = before[i] + (words[i / 64] >> i % 64 & 1);
  const auto expect_between = [&](std::uint32_t first, std::uint32_t last) {
    for_each_check(words, [&](const ContainerCheck& check, const char* bytes) {
      ASSERT_EQ(check.count_bits_between(bytes, first, last), before[last + 1] - before[first])
          << first << " to " << last;
    });
  };
  expect_between(0, 65535);
  for (std::uint32_t i = 0; i < 200; ++i) expect_between(i, i);
  for (int turn = 0; turn < 5000; ++turn) {
    const auto first = static_cast<std::uint32_t>(random.below(65536));
    const std::uint64_t width = std::uint64_t{1} << random.below(17);
    expect_between(first, static_cast<std::uint32_t>(
                              std::min<std::uint64_t>(65535, first + random.below(width))));
  }
}

}  // namespace
}  // namespace objectset::test
