#include "support.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/bytes.hpp"
#include "core/roaring/croaring.hpp"

namespace objectset::test {
namespace {

class OpenCroaring : public ::testing::Environment {
  void SetUp() override {
    const char* reason = open_croaring();
    ASSERT_EQ(reason, nullptr) << reason;
  }
};

[[maybe_unused]] const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new OpenCroaring);

Model every(Id step, Id first, Id last) {
  Model model;
  for (Id id = first; id <= last; id += step) model.insert(id);
  return model;
}

// Containers where runs are as long as an array (three ids in one run, five in two), beside one where they are shorter.
Model ties(Id base) {
  return united({run_of(base, base + 2), run_of(base + two_to_16, base + two_to_16 + 2),
                 run_of(base + two_to_16 + 9, base + two_to_16 + 10),
                 run_of(base + 2 * two_to_16, base + 2 * two_to_16 + 99)});
}

}  // namespace

Set set_of(const Model& model) {
  SetBuilder builder;
  for (const Id id : model) builder.add(id);
  return std::move(builder.finish());
}

std::vector<Id> ids_of(const SetView& set) {
  std::vector<Id> ids(cardinality(set) + 1);
  Cursor cursor(set);
  ids.resize(cursor.next(ids.data(), ids.size()));
  return ids;
}

Model model_of(const SetView& set) {
  const std::vector<Id> ids = ids_of(set);
  return Model(ids.begin(), ids.end());
}

Model run_of(Id first, Id last) {
  Model model;
  for (Id id = first; id < last; ++id) model.insert(model.end(), id);
  model.insert(model.end(), last);
  return model;
}

Model united(std::initializer_list<Model> models) {
  Model all;
  for (const Model& model : models) all.insert(model.begin(), model.end());
  return all;
}

Set multiples(Id step, Id count, Id from) {
  SetBuilder builder;
  for (Id i = 0; i < count; ++i) builder.add(from + i * step);
  return std::move(builder.finish());
}

Set scattered(std::size_t count, unsigned shift, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  SetBuilder builder;
  for (std::size_t i = 0; i < count; ++i) builder.add(static_cast<Id>(random()) >> shift);
  return std::move(builder.finish());
}

Set united(std::vector<Set>&& sets) {
  Set result;
  for (const Set& set : sets) {
    result.apply(Operation::unite, set);
    result.keep();
  }
  return result;
}

std::string stored_bytes(const SetView& set) {
  const StoredWriter writer(set);
  std::string bytes(writer.size(), '\xee');
  writer.write(bytes.data());
  return bytes;
}

AlignedBytes::AlignedBytes(const std::string& bytes)
    : block_(new char[4 + bytes.size()]), size_(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), data());
}

std::string with_checksum(std::string bytes) {
  const auto sum = XXH3_64bits_withSeed(bytes.data() + identity_size, bytes.size() - identity_size,
                                        load<std::uint32_t>(bytes.data()));
  store(bytes.data() + checksum_offset, std::uint64_t{sum});
  return bytes;
}

bool is_valid(const std::string& bytes) {
  const AlignedBytes aligned(bytes);
  return stored_is_valid_untrusted(aligned.data(), aligned.size());
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {
      {"empty", {}},
      {"one", {42}},
      {"ten", {-5, 1, 3, 70000, 5000000, 80000000, two_to_32, two_to_32 * 5, INT64_MIN, INT64_MAX}},
      {"bounds", {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX}},
      {"run", run_of(1, 200000)},
      // Where a stream and eight bytes are as long as the ids, and the next longer set.
      {"four_of_a_range", {1, 3, 5, 7}},
      {"five_of_a_range", {1, 3, 5, 7, 9}},
      {"array", every(37, 5, 5 + 37 * 199)},
      {"bitmap", every(7, two_to_16, two_to_16 + 7 * 4999)},
      {"ties", ties(10)},
      {"only_ties", united({run_of(7, 9), run_of(two_to_16, two_to_16 + 2),
                            run_of(9 * two_to_16, 9 * two_to_16 + 2)})},
      {"ranges", united({run_of(INT64_MIN, INT64_MIN + 500), ties(-7 * two_to_32),
                         every(3, -5000, 500), every(9, 3 * two_to_32, 3 * two_to_32 + 9 * 99),
                         run_of(INT64_MAX - 70000, INT64_MAX)})},
      {"ranges_and_sparse",
       united({{INT64_MIN, -9 * two_to_32, -9 * two_to_32 + 5, 2 * two_to_32 + 1, INT64_MAX},
               every(2, -8 * two_to_32, -8 * two_to_32 + 300),
               run_of(0, 100),
               ties(4 * two_to_32)})},
      {"boundaries",
       united({run_of(-two_to_32 - 20, -two_to_32 + 20), run_of(-20, 20),
               run_of(two_to_16 - 20, two_to_16 + 20), run_of(two_to_32 - 20, two_to_32 + 20)})},
  };
  return all;
}

std::uint64_t seed() {
  static const char* const given = std::getenv("OBJECTSET_SEED");
  static const std::uint64_t value =
      given == nullptr ? 20240229 : std::strtoull(given, nullptr, 10);
  return value;
}

Id Random::id() {
  static const Id bases[] = {0,          INT64_MIN,     INT64_MAX,
                             two_to_16,  two_to_32,     -two_to_16,
                             -two_to_32, 3 * two_to_32, -7 * two_to_32 + two_to_16};
  if (one_in(8)) return static_cast<Id>(bits());
  const Id base = bases[below(std::size(bases))];
  const Id width = one_in(2) ? 8 : 200000;
  Id id;
  const bool beyond = __builtin_add_overflow(
      base, static_cast<Id>(below(static_cast<std::uint64_t>(width))) - width / 2, &id);
  return beyond ? base : id;
}

void Random::add_part(Model& model) {
  const Id base = id();
  const auto add = [&](std::uint64_t distance) {
    if (distance <= static_cast<std::uint64_t>(INT64_MAX) - static_cast<std::uint64_t>(base)) {
      model.insert(base + static_cast<Id>(distance));
    }
  };
  switch (below(5)) {
    case 0:  // scattered
      for (std::uint64_t n = below(40); n > 0; --n) model.insert(id());
      return;
    case 1:  // arrays
      for (std::uint64_t n = below(3000); n > 0; --n) add(below(300000));
      return;
    case 2:  // a bitmap, with holes
      for (std::uint64_t n = 5000 + below(2000); n > 0; --n) add(below(20000));
      return;
    case 3: {  // runs
      std::uint64_t at = 0;
      for (std::uint64_t n = 1 + below(12); n > 0; --n) {
        at += 1 + below(40000);
        for (std::uint64_t length = below(600); length > 0; --length) add(at++);
      }
      return;
    }
    default:  // short runs: ties, and the smallest dense ranges
      for (std::uint64_t n = 1 + below(20); n > 0; --n) {
        const std::uint64_t at = below(6) * 65536 + below(100);
        for (std::uint64_t i = 0; i < 3; ++i) add(at + i);
      }
  }
}

Model Random::model() {
  Model model;
  for (std::uint64_t parts = below(4); parts > 0; --parts) add_part(model);
  return model;
}

}  // namespace objectset::test
