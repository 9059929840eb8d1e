// The published Roaring formats, written and read.
#include "core/stored/portable_format.hpp"

#include "crafted.hpp"
#include "test_data.hpp"

namespace objectset::test {
namespace {

Set read64(const std::string& bytes) {
  const AlignedBytes exact(bytes);
  return read_portable64_untrusted(exact.data(), exact.size());
}
Set read32(const std::string& bytes) {
  const AlignedBytes exact(bytes);
  return read_portable32_untrusted(exact.data(), exact.size());
}
std::string written64(const SetView& set) {
  Buffer<char> out;
  write_portable64(Stored(set).view(), out);
  return {out.data(), out.size()};
}
std::string written32(const SetView& set) {
  Buffer<char> out;
  write_portable32(Stored(set).view(), out);
  return {out.data(), out.size()};
}
std::string in_range(unsigned high, const std::string& stream) {
  return Bytes().u32({high}).raw(stream).str();
}

bool croaring_reads_as_equal(const std::string& a, const std::string& b) {
  roaring_bitmap_t* in_a = croaring.bitmap_portable_deserialize_safe(a.data(), a.size());
  roaring_bitmap_t* in_b = croaring.bitmap_portable_deserialize_safe(b.data(), b.size());
  const bool equal = in_a != nullptr && in_b != nullptr && croaring.bitmap_equals(in_a, in_b);
  if (in_a != nullptr) croaring.bitmap_free(in_a);
  if (in_b != nullptr) croaring.bitmap_free(in_b);
  return equal;
}

// As doc/testing.md says of what the Java library wrote.
void check_java_stream(const std::string& name) {
  Model expected = run_of(700000, 799999);
  for (Id k = 0; k < 100; ++k) expected.insert(k * 1000);
  for (Id k = 100000; k < 200000; ++k) expected.insert(3 * k);
  ASSERT_EQ(expected.size(), 200100u);
  const std::string bytes = read_file(shared_data(name));
  const Set set = read32(bytes);
  EXPECT_TRUE(model_of(set) == expected);
  const std::string again = written32(set);
  EXPECT_TRUE(croaring_reads_as_equal(again, bytes));
  EXPECT_TRUE(again == written32(view_of(set_of(expected))));
}

TEST(Interchange, reads_and_writes_Javas_stream_with_runs) {
  OBJECTSET_NEEDS_SHARED_DATA("vectors/bitmapwithruns.bin");
  check_java_stream("vectors/bitmapwithruns.bin");
}

TEST(Interchange, reads_and_writes_Javas_stream_without_runs) {
  OBJECTSET_NEEDS_SHARED_DATA("vectors/bitmapwithoutruns.bin");
  check_java_stream("vectors/bitmapwithoutruns.bin");
}

TEST(Interchange, reads_and_writes_CRoarings_64_bit_streams) {
  OBJECTSET_NEEDS_SHARED_DATA("vectors/64map32bitvals.bin");
  OBJECTSET_NEEDS_SHARED_DATA("vectors/64mapspreadvals.bin");
  Model spread;
  for (Id high = 0; high < 10; ++high) {
    for (Id low = 0; low < 10; ++low) spread.insert(high * two_to_32 + low);
  }
  const Set small = read64(read_file(shared_data("vectors/64map32bitvals.bin")));
  const Set large = read64(read_file(shared_data("vectors/64mapspreadvals.bin")));
  EXPECT_EQ(model_of(small), run_of(0, 9));
  EXPECT_EQ(model_of(large), spread);
  const std::string runs = one_runs(10, {1, 0, 9});
  EXPECT_TRUE(written64(small) == Bytes().u64({1}).raw(in_range(0, runs)).str());
  Bytes expected;
  expected.u64({10});
  for (unsigned high = 0; high < 10; ++high) expected.raw(in_range(high, runs));
  EXPECT_TRUE(written64(large) == expected.str());
}

TEST(Interchange, ids_from_0_come_before_negative_ones) {
  const std::string bytes = Bytes()
                                .u64({4})
                                .raw(in_range(0, one_array({0})))
                                .raw(in_range(0x7fffffff, one_array({9})))
                                .raw(in_range(0x80000000, one_array({0})))
                                .raw(in_range(0xffffffff, one_array({5})))
                                .str();
  const Model ids = {0, make_id(INT32_MAX, 9), INT64_MIN, make_id(-1, 5)};
  EXPECT_EQ(model_of(read64(bytes)), ids);
  EXPECT_TRUE(written64(view_of(set_of(ids))) == bytes);
}

TEST(Interchange, every_shape_comes_back) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = written64(view_of(set_of(shape.ids)));
    const Set set = read64(bytes);
    EXPECT_TRUE(model_of(set) == shape.ids) << shape.name;
    EXPECT_TRUE(written64(set) == bytes) << shape.name;
  }
}

TEST(Interchange, the_32_bit_form_holds_ids_from_0_to_2_to_32_less_1) {
  for (const Model& ids : {Model{}, Model{0, two_to_32 - 1}, run_of(5, 5000)}) {
    const std::string bytes = written32(view_of(set_of(ids)));
    EXPECT_EQ(model_of(read32(bytes)), ids);
  }
  EXPECT_TRUE(written32(view_of(Set())) == Bytes().u32({plain_cookie, 0}).str());
  EXPECT_FAILS(ErrorCode::out_of_range, written32(view_of(set_of({-1, 5}))));
  EXPECT_FAILS(ErrorCode::out_of_range, written32(view_of(set_of({5, two_to_32}))));
  EXPECT_FAILS(ErrorCode::out_of_range,
               written32(view_of(set_of(run_of(two_to_32, two_to_32 + 900)))));
}

TEST(Interchange, sound_streams_are_read_whether_canonical_or_not) {
  for (const auto& streams : {canonical_streams(), other_streams()}) {
    for (const Crafted& stream : streams) {
      EXPECT_TRUE(model_of(read32(stream.bytes)) == stream.ids) << stream.name;
      const Set set = read64(Bytes().u64({1}).raw(in_range(0, stream.bytes)).str());
      EXPECT_TRUE(model_of(set) == stream.ids) << stream.name;
      EXPECT_TRUE(stored_bytes(set) == stored_bytes(set_of(stream.ids))) << stream.name;
    }
  }
}

TEST(Interchange, unsound_streams_are_refused) {
  for (const Crafted& stream : unsound_streams()) {
    SCOPED_TRACE(stream.name);
    EXPECT_FAILS(ErrorCode::invalid_binary, read32(stream.bytes));
    EXPECT_FAILS(ErrorCode::invalid_binary,
                 read64(Bytes().u64({1}).raw(in_range(0, stream.bytes)).str()));
  }
}

TEST(Interchange, bytes_cut_short_or_left_over_are_refused) {
  for (const char* name : {"one", "ties", "boundaries"}) {
    for (const Shape& shape : shapes()) {
      if (std::string(shape.name) != name) continue;
      const std::string bytes = written64(view_of(set_of(shape.ids)));
      for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FAILS(ErrorCode::invalid_binary, read64(bytes.substr(0, size)));
      }
      EXPECT_FAILS(ErrorCode::invalid_binary, read64(bytes + '\0'));
    }
  }
  EXPECT_FAILS(ErrorCode::invalid_binary, read64(Bytes().u64({UINT64_MAX}).str()));
}

template <class Read>
std::string hint_of(Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    return error.hint;
  }
  return "no error";
}

TEST(Interchange, bytes_of_the_other_form_are_told_of) {
  const std::string of_32 =
      "It begins as the 32-bit form does, which objectset_from_roaring32 reads.";
  const std::string of_64 =
      "It begins as the 64-bit form does, which objectset_from_roaring64 reads.";
  for (const auto& streams : {canonical_streams(), other_streams()}) {
    for (const Crafted& stream : streams) {
      SCOPED_TRACE(stream.name);
      const std::string whole = Bytes().u64({1}).raw(in_range(0, stream.bytes)).str();
      EXPECT_EQ(hint_of([&] { read64(stream.bytes); }), of_32);
      EXPECT_EQ(hint_of([&] { read32(whole); }), of_64);
    }
  }
  EXPECT_EQ(hint_of([] { read32(Bytes().u64({0}).str()); }), of_64);
  EXPECT_EQ(hint_of([] { read32(Bytes().u64({1}).str()); }), "");
  EXPECT_EQ(hint_of([] { read64(""); }), "");
  EXPECT_EQ(hint_of([] { read32(""); }), "");
}

TEST(Interchange, ranges_out_of_order_or_repeated_are_refused) {
  const std::string stream = one_array({1});
  const auto two = [&](unsigned first, unsigned second) {
    return Bytes().u64({2}).raw(in_range(first, stream)).raw(in_range(second, stream)).str();
  };
  EXPECT_EQ(cardinality(view_of(read64(two(1, 0xffffffff)))), 2u);
  EXPECT_FAILS(ErrorCode::invalid_binary, read64(two(0xffffffff, 1)));
  EXPECT_FAILS(ErrorCode::invalid_binary, read64(two(1, 1)));
}

TEST(Interchange, the_size_of_sparse_ids_is_foretold) {
  for (const Shape& shape : shapes()) {
    const std::string bytes = written64(view_of(set_of(shape.ids)));
    Buffer<Id> ids;
    for (const Id id : shape.ids) ids.push_back(id);
    EXPECT_EQ(portable64_overhead + portable64_size_of_sparse(ids), bytes.size()) << shape.name;
  }
}

}  // namespace
}  // namespace objectset::test
