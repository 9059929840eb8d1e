// What the unit tests share: sets beside their models (std::set), sets in stored form at the address they need,
// sets of every shape, and random numbers whose seed a failure prints.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/set/set_builder.hpp"
#include "core/stored/stored_set.hpp"

namespace objectset::test {

using Model = std::set<Id>;

inline constexpr Id two_to_16 = Id{1} << 16;
inline constexpr Id two_to_32 = Id{1} << 32;

/// The set of a model's ids, built one by one.
Set set_of(const Model& model);
/// The ids that a set's cursor gives.
std::vector<Id> ids_of(const SetView& set);
Model model_of(const SetView& set);
/// A temporary set shows no view, lest something borrow from it. What only asks may have one: it is good to the end of
/// the full expression.
inline SetView view_of(const Set& set) { return set; }
inline std::vector<Id> ids_of(const Set& set) { return ids_of(view_of(set)); }
inline Model model_of(const Set& set) { return model_of(view_of(set)); }
/// The model of consecutive ids, both ends included.
Model run_of(Id first, Id last);
Model united(std::initializer_list<Model> models);

/// `count` ids from `from` on, `step` apart.
Set multiples(Id step, Id count, Id from = 0);
/// Random ids, each shifted right by so many bits.
Set scattered(std::size_t count, unsigned shift, std::uint64_t seed);
/// The union of all of them, which stands alone.
Set united(std::vector<Set>&& sets);

/// The stored form.
std::string stored_bytes(const SetView& set);
inline std::string stored_bytes(const Set& set) { return stored_bytes(view_of(set)); }

/// Bytes at an address that is 4 modulo 8, as stored sets and states stand, and nothing readable behind them.
class AlignedBytes {
 public:
  explicit AlignedBytes(const std::string& bytes);
  char* data() noexcept { return block_.get() + 4; }
  const char* data() const noexcept { return block_.get() + 4; }
  std::size_t size() const noexcept { return size_; }
  std::string str() const { return {data(), size_}; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t size_;
};

/// A set in stored form, and its view.
class Stored {
 public:
  explicit Stored(const std::string& bytes) : bytes_(bytes), set_(bytes_.data(), bytes_.size()) {}
  explicit Stored(const SetView& set) : Stored(stored_bytes(set)) {}
  explicit Stored(const Set& set) : Stored(stored_bytes(set)) {}
  SetView view() const noexcept { return set_.view(); }
  std::string str() const { return bytes_.str(); }

 private:
  AlignedBytes bytes_;
  StoredSet set_;
};

/// The same bytes with the checksum that fits what follows it.
std::string with_checksum(std::string bytes);
bool is_valid(const std::string& bytes);

/// Little-endian numbers in a row.
class Bytes {
 public:
  Bytes& u8(std::initializer_list<unsigned> values) { return append<std::uint8_t>(values); }
  Bytes& u16(std::initializer_list<unsigned> values) { return append<std::uint16_t>(values); }
  Bytes& u32(std::initializer_list<unsigned> values) { return append<std::uint32_t>(values); }
  Bytes& u64(std::initializer_list<std::uint64_t> values) { return append<std::uint64_t>(values); }
  Bytes& raw(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& str() const noexcept { return bytes_; }

 private:
  template <class T, class Values>
  Bytes& append(const Values& values) {
    for (const auto value : values) {
      const T narrow = static_cast<T>(value);
      bytes_.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
    }
    return *this;
  }
  std::string bytes_;
};

/// One set of every shape that the stored form and CRoaring tell apart. Their stored bytes are in test/data.
struct Shape {
  const char* name;
  Model ids;
};
const std::vector<Shape>& shapes();

/// The seed of all random tests: OBJECTSET_SEED, or a fixed number.
std::uint64_t seed();

class Random {
 public:
  explicit Random(std::uint64_t stream = 0) : engine_(seed() * 1000003 + stream) {}
  std::uint64_t bits() { return engine_(); }
  /// 0 to `limit` - 1.
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  /// An id, often one at a boundary of a container, a range or the whole.
  Id id();
  /// A set of one of the shapes dense, sparse, runs, ties, or several of them.
  Model model();

 private:
  void add_part(Model& model);
  std::mt19937_64 engine_;
};

}  // namespace objectset::test

/// Prints the seed with every failure in the scope.
#define OBJECTSET_TRACE_SEED() \
  SCOPED_TRACE("OBJECTSET_SEED=" + std::to_string(objectset::test::seed()))

/// Expects an Error with this code.
#define EXPECT_FAILS(expected_code, statement)                                 \
  do {                                                                         \
    try {                                                                      \
      statement;                                                               \
      ADD_FAILURE() << "no error from: " #statement;                           \
    } catch (const objectset::Error& error) {                                  \
      EXPECT_EQ(static_cast<int>(error.code), static_cast<int>(expected_code)) \
          << error.message << " / " << error.detail << " from: " #statement;   \
    }                                                                          \
  } while (false)
