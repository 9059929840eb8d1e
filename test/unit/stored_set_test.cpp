// The stored form: its bytes, its sizes, and the values that are none.
#include "core/stored/stored_set.hpp"

#include "core/base/bytes.hpp"
#include "core/roaring/roaring_stream.hpp"
#include "core/stored/portable_format.hpp"
#include "crafted.hpp"
#include "test_data.hpp"

namespace objectset::test {
namespace {

std::string hex_of(const std::string& bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(bytes[i]) >> 4];
    text += digits[bytes[i] & 15];
    if (i % 32 == 31 || i + 1 == bytes.size()) text += '\n';
  }
  return text;
}

std::string bytes_of_hex(const std::string& text) {
  std::string digits;
  for (const char c : text) {
    if (c != '\n') digits += c;
  }
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

// The front of a value with dense ranges; 8 bytes of checksum are put in by with_checksum.
Bytes front(unsigned dense, unsigned sparse) {
  return Bytes().u8({1, 1}).u16({0}).u64({0}).u32({dense, sparse});
}

TEST(Format, bytes_never_change) {
  for (const Shape& shape : shapes()) {
    const std::string golden = read_file(test_data(std::string("stored_") + shape.name + ".hex"));
    const std::string bytes = stored_bytes(set_of(shape.ids));
    EXPECT_TRUE(hex_of(bytes) == golden) << shape.name << " is written as\n" << hex_of(bytes);
    const Stored stored(bytes_of_hex(golden));
    EXPECT_TRUE(model_of(stored.view()) == shape.ids) << shape.name;
  }
}

TEST(Format, what_is_written_is_valid_whole_and_as_long_as_foretold) {
  for (const Shape& shape : shapes()) {
    const Set set = set_of(shape.ids);
    const StoredWriter writer(set);
    EXPECT_EQ(writer.cardinality(), shape.ids.size()) << shape.name;
    std::string bytes(writer.size() + 1, '\xee');
    writer.write(bytes.data());
    EXPECT_EQ(bytes.back(), '\xee') << shape.name;
    bytes.pop_back();
    EXPECT_TRUE(is_valid(bytes)) << shape.name;
    EXPECT_TRUE(with_checksum(bytes) == bytes) << shape.name;
    EXPECT_EQ(stored_checksum(bytes.data()), load<std::uint64_t>(bytes.data() + 4)) << shape.name;
  }
}

TEST(Format, sparse_ids_take_8_bytes_each) {
  for (const char* name : {"one", "ten", "bounds"}) {
    for (const Shape& shape : shapes()) {
      if (std::string(shape.name) != name) continue;
      EXPECT_EQ(stored_bytes(set_of(shape.ids)).size(), identity_size + 8 * shape.ids.size());
    }
  }
  OBJECTSET_TRACE_SEED();
  Random random(4);
  for (unsigned i = 0; i < 100; ++i) {
    Model ids;
    while (ids.size() < 1 + i) ids.insert(random.id());
    const std::size_t size = stored_bytes(set_of(ids)).size();
    EXPECT_LE(size, 12 + 8 + 8 + 7 + 8 * ids.size() + 5);
    if (ids.size() == 10) {
      EXPECT_LE(size, 104u - 8);
    }
  }
}

TEST(Format, consecutive_ids_take_next_to_nothing) {
  EXPECT_LT(stored_bytes(make_range(1, 2000000)).size(), 500u);
  EXPECT_LT(stored_bytes(make_range(INT64_MAX - 2000000, INT64_MAX)).size(), 500u);
}

TEST(Format, the_first_bytes_tell_the_cardinality_or_that_they_are_too_few) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = stored_bytes(set_of(shape.ids));
    for (std::size_t size = 0; size <= std::min<std::size_t>(bytes.size(), 64); ++size) {
      const AlignedBytes prefix(bytes.substr(0, size));
      StoredSummary summary{~std::uint64_t{0}};
      if (read_summary(prefix.data(), size, bytes.size(), summary)) {
        EXPECT_EQ(summary.cardinality, shape.ids.size()) << shape.name << ", " << size << " bytes";
      } else {
        EXPECT_LT(size, std::min<std::size_t>(bytes.size(), 32)) << shape.name;
      }
    }
    StoredSummary summary;
    EXPECT_TRUE(read_summary(bytes.data(), bytes.size(), bytes.size(), summary));
  }
}

TEST(Format, a_summary_of_what_is_no_stored_set_is_refused) {
  StoredSummary summary;
  const auto summarize = [&](std::string bytes) {
    return read_summary(bytes.data(), bytes.size(), bytes.size(), summary);
  };
  EXPECT_FAILS(ErrorCode::data_corrupted, summarize(""));
  EXPECT_FAILS(ErrorCode::data_corrupted, summarize(std::string(12, '\2')));
  EXPECT_FAILS(ErrorCode::data_corrupted,
               summarize(Bytes().u8({1, 0}).u16({0}).u64({0}).raw("1234567").str()));
  EXPECT_FAILS(ErrorCode::data_corrupted,
               summarize(Bytes().u8({1, 1}).u16({0}).u64({0}).u32({1}).str()));
  EXPECT_FAILS(ErrorCode::data_corrupted,
               summarize(front(1, 0).raw(std::string(18, '\xff')).str()));
}

// Sets of one size and one checksum, as anybody can make them: an id that is a word of XXH3's secret hides the next one
// in short input, two of them each other's upper halves in long input.
Model short_twin(Id x) { return {-4734510112055689543, x, 100, 200}; }
Model long_twin(Id x) {
  Model model;
  for (Id i = 0; i < 600; ++i) {
    if (i == 19) {
      model.insert((i * 256 + x) << 32 | 2110806657);
    } else if (i == 43) {
      model.insert((i * 256 + 128 - x) << 32 | 3142723645);
    } else {
      model.insert(i << 40);
    }
  }
  return model;
}

TEST(Format, sets_of_one_checksum_have_hashes_of_their_own) {
  for (Model (*const twin)(Id) : {short_twin, long_twin}) {
    std::set<std::uint64_t> checksums;
    std::set<std::uint64_t> hashes;
    for (Id x = 1; x < 100; ++x) {
      const std::string bytes = stored_bytes(set_of(twin(x)));
      checksums.insert(stored_checksum(bytes.data()));
      hashes.insert(stored_hash(bytes.data(), bytes.size(), bytes.size()));
    }
    EXPECT_EQ(checksums.size(), 1u);
    EXPECT_EQ(hashes.size(), 99u);
  }
}

TEST(Format, the_first_bytes_tell_the_hash) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = stored_bytes(set_of(shape.ids));
    const std::string front = bytes.substr(0, hashed_size);
    EXPECT_EQ(stored_hash(bytes.data(), bytes.size(), bytes.size()),
              stored_hash(front.data(), front.size(), bytes.size()))
        << shape.name;
  }
}

TEST(Format, another_version_is_named) {
  std::string bytes = stored_bytes(set_of({1}));
  bytes[0] = 2;
  try {
    const Stored stored(with_checksum(bytes));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::data_corrupted);
    EXPECT_STREQ(error.detail, "Its version is 2; this release reads version 1.");
  }
  EXPECT_FALSE(is_valid(with_checksum(bytes)));
}

TEST(Format, only_the_canonical_form_is_valid) {
  const std::string stream = one_runs(100, {1, 0, 99});  // 0 to 99
  const std::string good = with_checksum(front(1, 0).u8({0, 99, 99}).raw(stream).str());
  ASSERT_TRUE(good == stored_bytes(make_range(0, 99)));
  ASSERT_TRUE(is_valid(good));
  const auto ids = [](std::initializer_list<std::uint64_t> values) {
    return Bytes().u64(values).str();
  };
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"unsorted ids", Bytes().u8({1, 0}).u16({0}).u64({0}).raw(ids({5, 4})).str()},
      {"repeated ids", Bytes().u8({1, 0}).u16({0}).u64({0}).raw(ids({5, 5})).str()},
      {"half an id", Bytes().u8({1, 0}).u16({0}).u64({0}).raw("1234").str()},
      {"reserved bytes", Bytes().u8({1, 0}).u16({1}).u64({0}).raw(ids({5})).str()},
      {"reserved flag", Bytes().u8({1, 2}).u16({0}).u64({0}).raw(ids({5})).str()},
      {"sparse ids that are dense",
       Bytes().u8({1, 0}).u16({0}).u64({0}).raw(ids({1, 2, 3, 4, 5, 6})).str()},
      {"a dense range that is sparse", front(1, 0).u8({0, 1, 9}).raw(one_array({1, 9})).str()},
      {"no dense range", front(0, 1).raw(ids({5})).str()},
      {"more dense ranges than bytes",
       front(0xffffffff, 0).u64({0}).raw(std::string(80, '\1')).str()},
      {"more sparse ids than bytes", front(1, 0xffffffff).u8({0, 99, 99}).raw(stream).str()},
      {"wrong cardinality", front(1, 0).u8({0, 98, 99}).raw(stream).str()},
      {"wrong maximum", front(1, 0).u8({0, 99, 98}).raw(stream).str()},
      {"a number longer than need be", front(1, 0).u8({0x80, 0, 99, 99}).raw(stream).str()},
      {"an upper half beyond 32 bits",
       front(1, 0).u8({0xff, 0xff, 0xff, 0xff, 0x1f, 99, 99}).raw(stream).str()},
      {"a byte left over", good + '\0'},
      {"padding without sparse ids", front(1, 0).u8({0, 99, 99, 0, 0, 0, 0, 0}).raw(stream).str()},
      {"a range both dense and sparse",
       front(1, 1).u8({0, 99, 99, 0, 0, 0, 0, 0}).raw(ids({5000})).raw(stream).str()},
      {"padding other than zeros",
       front(1, 1).u8({0, 99, 99, 0, 0, 0, 0, 1}).raw(ids({1ull << 40})).raw(stream).str()},
      {"wrong total",
       front(2, 0).u64({199}).u8({0, 99, 15, 0, 99, 99}).raw(stream).raw(stream).str()},
      {"first stream of no bytes",
       front(2, 0).u64({200}).u8({0, 99, 0, 0, 99, 99}).raw(stream).raw(stream).str()},
      {"second range beyond 32 bits", front(2, 0)
                                          .u64({200})
                                          .u8({0xfe, 0xff, 0xff, 0xff, 0x0f, 99, 15, 0, 99, 99})
                                          .raw(stream)
                                          .raw(stream)
                                          .str()},
      {"an unsound stream",
       front(1, 0).u8({0, 99, 99}).raw(one_runs(100, {2, 0, 49, 50, 49})).str()},
  };
  EXPECT_TRUE(is_valid(with_checksum(
      front(2, 0).u64({200}).u8({0, 99, 15, 0, 99, 99}).raw(stream).raw(stream).str())));
  EXPECT_TRUE(is_valid(with_checksum(
      front(1, 1).u8({0, 99, 99, 0, 0, 0, 0, 0}).raw(ids({1ull << 40})).raw(stream).str())));
  for (const auto& [name, bytes] : cases) EXPECT_FALSE(is_valid(with_checksum(bytes))) << name;
}

TEST(Format, streams_that_are_not_canonical_make_no_valid_value) {
  for (const auto& streams : {other_streams(), unsound_streams()}) {
    for (const Crafted& stream : streams) {
      Bytes bytes = front(1, 0);
      char numbers[20];
      const std::uint64_t count = stream.ids.empty() ? 100 : stream.ids.size();
      char* end = store_varint(numbers, 0);
      end = store_varint(end, count - 1);
      end = store_varint(end, stream.ids.empty() ? 99 : low_of(*stream.ids.rbegin()));
      bytes.raw(std::string(numbers, end)).raw(stream.bytes);
      EXPECT_FALSE(is_valid(with_checksum(bytes.str()))) << stream.name;
    }
  }
}

// Whoever can write any bytes can make the checksum fit, too.
TEST(Format, unsound_streams_are_not_opened) {
  std::vector<Crafted> streams = {
      {"a run of 65,536 ids from the last one on", one_runs(65536, {1, 65535, 65535}), {}},
      {"the same, of one id", one_runs(1, {1, 65535, 65535}), {}},
      {"the last of many runs beyond the container",
       one_runs(16, {6, 1, 1, 4, 1, 7, 1, 10, 1, 13, 1, 65534, 5}),
       {}},
      {"the last of many runs before the first",
       one_runs(12, {6, 100, 1, 4, 1, 7, 1, 10, 1, 13, 1, 90, 1}),
       {}},
      {"more ids than many runs have room for",
       one_runs(300, {6, 1, 1, 4, 1, 7, 1, 10, 1, 13, 1, 200, 1}),
       {}},
      {"fewer ids than runs", one_runs(5, {6, 1, 0, 4, 0, 7, 0, 10, 0, 13, 0, 200, 0}), {}},
      {"more ids than an array has room for", one_array({5, 6, 7, 7}), {}},
      {"an array that ends before it begins", one_array({9, 1, 2}), {}},
      {"one of many runs beyond the container",
       one_runs(50, {5, 0, 9, 20, 9, 65535, 65535, 60, 9, 80, 9}),
       {}},
      {"many runs of which two overlap", one_runs(50, {5, 0, 9, 20, 9, 25, 9, 60, 9, 80, 9}), {}},
  };
  for (Crafted& stream : unsound_streams()) streams.push_back(std::move(stream));
  for (const Crafted& stream : streams) {
    const std::string bytes = value_of_stream(stream.bytes);
    SCOPED_TRACE(stream.name);
    EXPECT_FAILS(ErrorCode::data_corrupted, Stored{bytes});
    EXPECT_FALSE(is_valid(bytes));
  }
}

TEST(Format, a_value_whose_numbers_of_ids_differ_is_not_opened) {
  const std::string stream = one_runs(100, {1, 0, 99});
  const std::string cases[] = {
      front(1, 0).u8({0, 98, 99}).raw(stream).str(),
      front(2, 0).u64({199}).u8({0, 99, 15, 0, 99, 99}).raw(stream).raw(stream).str()};
  for (const std::string& bytes : cases) {
    EXPECT_FAILS(ErrorCode::data_corrupted, Stored{with_checksum(bytes)});
  }
}

// 1,200 ranges of 917 KB each, shown by one stream: planned, never written.
TEST(Format, a_value_beyond_1_GB_is_too_large) {
  const Stored full(make_range(0, two_to_32 - 1));
  ASSERT_EQ(full.view().dense.size(), 1u);
  Set many;
  for (std::int32_t high = 0; high < 1200; ++high) many.append_borrowed(full.view().dense[0], high);
  EXPECT_FAILS(ErrorCode::too_large, StoredWriter{many});
  const std::size_t each = full.view().dense[0].stream_size;
  Set fitting;
  for (std::int32_t high = 0;
       (static_cast<std::size_t>(high) + 1) * (each + 4) + 8 <= max_portable_size; ++high) {
    fitting.append_borrowed(full.view().dense[0], high);
  }
  EXPECT_LE(StoredWriter(fitting).size(), max_stored_size);
  fitting.append_borrowed(full.view().dense[0], 1500);
  EXPECT_FAILS(ErrorCode::too_large, StoredWriter{fitting});
}

TEST(Format, a_set_is_viewed_at_any_address) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = stored_bytes(set_of(shape.ids));
    EXPECT_EQ(has_sparse_ids(bytes.data(), bytes.size()), !Stored(bytes).view().sparse.empty())
        << shape.name;
    for (std::size_t shift = 0; shift < 8; ++shift) {
      const AlignedBytes moved(std::string(shift, 'x') + bytes);
      const StoredSet set(moved.data() + shift, bytes.size());
      EXPECT_EQ(model_of(set.view()), shape.ids) << shape.name << " at " << shift;
    }
  }
}

}  // namespace
}  // namespace objectset::test
