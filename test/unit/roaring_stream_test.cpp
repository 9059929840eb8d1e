// The 32-bit portable stream, as bytes.
#include "core/roaring/stream_builder.hpp"

#include "crafted.hpp"

namespace objectset::test {
namespace {

struct Verdict {
  bool is_valid;
  std::uint64_t cardinality;
  std::uint32_t maximum;
};

// The bytes are put where nothing readable stands behind them.
Verdict judge(const std::string& bytes) {
  const AlignedBytes exact(bytes);
  Verdict verdict;
  verdict.is_valid =
      stream_is_valid(exact.data(), exact.size(), verdict.cardinality, verdict.maximum);
  return verdict;
}

Buffer<Id> buffer_of(const Model& ids) {
  Buffer<Id> buffer;
  for (const Id id : ids) buffer.push_back(id);
  return buffer;
}

std::string optimized(const Model& ids) {
  const Buffer<Id> buffer = buffer_of(ids);
  roaring_bitmap_t* bitmap = make_bitmap(buffer);
  croaring.bitmap_run_optimize(bitmap);
  std::string bytes(croaring.bitmap_portable_size_in_bytes(bitmap), '\0');
  croaring.bitmap_portable_serialize(bitmap, bytes.data());
  croaring.bitmap_free(bitmap);
  return bytes;
}

// What canonicalize_stream makes of the runs that a range is built as.
std::string canonicalized(const Model& ids) {
  roaring_bitmap_t* bitmap = croaring.bitmap_create_with_capacity(0);
  for (const Id id : ids) croaring.bitmap_add_range_closed(bitmap, low_of(id), low_of(id));
  for (auto at = ids.begin(); at != ids.end();) {
    const Id first = *at;
    Id last = first;
    while (++at != ids.end() && *at == last + 1) ++last;
    croaring.bitmap_remove_range_closed(bitmap, low_of(first), low_of(last));
    croaring.bitmap_add_range_closed(bitmap, low_of(first), low_of(last));
  }
  croaring.bitmap_run_optimize(bitmap);
  Buffer<char> stream;
  croaring.bitmap_portable_serialize(bitmap,
                                     stream.extend(croaring.bitmap_portable_size_in_bytes(bitmap)));
  croaring.bitmap_free(bitmap);
  canonicalize_stream(stream);
  return {stream.data(), stream.size()};
}

std::string written(const StreamBuilder& builder) {
  std::string bytes(builder.size(), '\0');
  builder.write(bytes.data());
  return bytes;
}

// Calls visit(key, lower halves) for each container that the ids make.
template <class Visit>
void for_each_container_of(const Model& ids, Visit&& visit) {
  std::vector<std::uint16_t> lows;
  for (auto at = ids.begin(); at != ids.end();) {
    const std::uint32_t key = low_of(*at) >> 16;
    lows.clear();
    for (; at != ids.end() && low_of(*at) >> 16 == key; ++at) {
      lows.push_back(static_cast<std::uint16_t>(*at));
    }
    visit(static_cast<std::uint16_t>(key), lows);
  }
}

// What a StreamBuilder makes of ids that come as values, as bits and as runs.
void expect_built(const Crafted& stream) {
  SCOPED_TRACE(stream.name);
  StreamBuilder builder;
  for_each_container_of(stream.ids, [&](std::uint16_t key, const auto& lows) {
    builder.add_values(key, {lows.data(), lows.size()});
  });
  EXPECT_EQ(builder.cardinality(), stream.ids.size());
  EXPECT_TRUE(written(builder) == stream.bytes);

  builder.clear();
  EXPECT_TRUE(builder.empty());
  for_each_container_of(stream.ids, [&](std::uint16_t key, const auto& lows) {
    std::vector<std::uint64_t> words(bitmap_words);
    for (const std::uint16_t low : lows) words[low / 64] |= std::uint64_t{1} << low % 64;
    builder.add({ContainerKind::bitmap, key, static_cast<std::uint32_t>(lows.size()), 0,
                 reinterpret_cast<const char*>(words.data()), bitmap_bytes});
  });
  EXPECT_TRUE(written(builder) == stream.bytes);

  builder.clear();
  for_each_container_of(stream.ids, [&](std::uint16_t key, const auto& lows) {
    std::vector<std::uint16_t> runs;
    for (const std::uint16_t low : lows) {
      if (!runs.empty() && low == runs[runs.size() - 2] + runs.back() + 1) {
        ++runs.back();
      } else {
        runs.insert(runs.end(), {low, 0});
      }
    }
    builder.add({ContainerKind::run, key, static_cast<std::uint32_t>(lows.size()),
                 static_cast<std::uint32_t>(runs.size() / 2),
                 reinterpret_cast<const char*>(runs.data()), runs.size() * 2});
  });
  EXPECT_TRUE(written(builder) == stream.bytes);
  EXPECT_EQ(stream_maximum(stream.bytes.data(), stream.bytes.size()), low_of(*stream.ids.rbegin()));
}

TEST(Stream, builders_make_canonical_streams) {
  for (const Crafted& stream : canonical_streams()) expect_built(stream);
  StreamBuilder builder;
  builder.add_full(7);
  Model block = run_of(7 * two_to_16, 8 * two_to_16 - 1);
  EXPECT_TRUE(written(builder) == optimized(block));
}

TEST(Stream, canonical_streams_are_valid_and_are_what_CRoaring_writes) {
  for (const Crafted& stream : canonical_streams()) {
    const Verdict verdict = judge(stream.bytes);
    EXPECT_TRUE(verdict.is_valid) << stream.name;
    EXPECT_EQ(verdict.cardinality, stream.ids.size()) << stream.name;
    EXPECT_EQ(verdict.maximum, low_of(*stream.ids.rbegin())) << stream.name;
    EXPECT_TRUE(optimized(stream.ids) == stream.bytes) << stream.name;
    EXPECT_TRUE(canonicalized(stream.ids) == stream.bytes) << stream.name;
    const Buffer<Id> ids = buffer_of(stream.ids);
    EXPECT_EQ(canonical_stream_size(ids.data(), ids.size()), stream.bytes.size()) << stream.name;
  }
}

TEST(Stream, other_streams_of_the_same_ids_are_not_valid) {
  for (const Crafted& stream : other_streams())
    EXPECT_FALSE(judge(stream.bytes).is_valid) << stream.name;
}

TEST(Stream, unsound_streams_are_not_valid) {
  for (const Crafted& stream : unsound_streams())
    EXPECT_FALSE(judge(stream.bytes).is_valid) << stream.name;
}

TEST(Stream, a_stream_cut_short_anywhere_is_not_valid) {
  for (const Crafted& stream : canonical_streams()) {
    for (std::size_t size = 0; size < stream.bytes.size(); ++size) {
      EXPECT_FALSE(judge(stream.bytes.substr(0, size)).is_valid) << stream.name << " at " << size;
    }
  }
}

TEST(Stream, ties_become_arrays_whatever_stands_beside_them) {
  const Model tie = {1, 2, 3};
  for (unsigned containers = 1; containers <= 9; ++containers) {
    for (unsigned ties = 0; ties < 1u << containers; ++ties) {
      Model ids;
      for (unsigned i = 0; i < containers; ++i) {
        const Model part = (ties >> i & 1) != 0 ? tie : run_of(5, 90);
        for (const Id id : part) ids.insert(id + two_to_16 * i * 3);
      }
      const std::string stream = canonicalized(ids);
      ASSERT_TRUE(judge(stream).is_valid) << containers << " containers, ties " << ties;
      ASSERT_TRUE(stream == optimized(ids));
      const Buffer<Id> buffer = buffer_of(ids);
      ASSERT_EQ(canonical_stream_size(buffer.data(), buffer.size()), stream.size());
      if (containers > 6) ties += 12;  // not all of the many
    }
  }
}

TEST(Stream, the_size_foretold_is_the_size_of_the_stream) {
  OBJECTSET_TRACE_SEED();
  Random random(3);
  for (unsigned i = 0; i < 200; ++i) {
    Model ids;
    for (const Id id : random.model()) ids.insert(Id{low_of(id)});
    if (ids.empty()) continue;
    const Buffer<Id> buffer = buffer_of(ids);
    ASSERT_EQ(canonical_stream_size(buffer.data(), buffer.size()), optimized(ids).size());
  }
}

TEST(Stream, runs_of_a_container_are_the_same_whatever_its_kind) {
  const Model values = united({run_of(0, 70), {128}, run_of(190, 5500), run_of(65530, 65535)});
  Bytes as_array;
  for (const Id value : values) as_array.u16({static_cast<unsigned>(value)});
  const std::string bits = bits_of(values);
  const std::string runs = Bytes().u16({0, 70, 128, 0, 190, 5310, 65530, 5}).str();
  const auto count = static_cast<std::uint32_t>(values.size());
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected = {
      {0, 70}, {128, 128}, {190, 5500}, {65530, 65535}};
  for (const Container& container :
       {Container{ContainerKind::array, 0, count, 0, as_array.str().data(), as_array.str().size()},
        Container{ContainerKind::bitmap, 0, count, 0, bits.data(), bits.size()},
        Container{ContainerKind::run, 0, count, 4, runs.data(), runs.size()}}) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> got;
    for_each_run_in(
        container, [&](std::uint32_t first, std::uint32_t last) { got.emplace_back(first, last); });
    EXPECT_EQ(got, expected);
  }
}

}  // namespace
}  // namespace objectset::test
