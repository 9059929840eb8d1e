// A stored value (stored_set.hpp) of which parts have been read, and the way in it: where its sparse ids, its ranges and
// their containers are.
//
// The one idea: a reader asks for the parts of the value that it needs, one at a time, and whoever has the value
// fetches them. Functions that give false want another part (Parts::wanted()), and are called again when it is there.
// What is read is taken on trust but for bounds: there is no checksum of a part. What does not fit the value raises
// data_corrupted.
#pragma once

#include "core/roaring/roaring_stream.hpp"
#include "core/stored/stored_header.hpp"

namespace objectset {

[[noreturn]] void fail_damaged_parts();

/// Plain data. The bytes of parts stay where they are as long as this is asked.
class Parts {
 public:
  struct Part {
    std::size_t offset;
    std::size_t size;
  };

  /// What is asked for at once where a few bytes are needed and those after them may be: no more than the server
  /// stores in one chunk.
  static constexpr std::size_t chunk_size = 1900;

  explicit Parts(std::size_t total_size) noexcept : total_size_(total_size) {}
  /// All of a value that is at hand: nothing more is ever wanted.
  Parts(const char* bytes, std::size_t size) noexcept : total_size_(size), wanted_{0, size} {
    give(bytes);
  }
  std::size_t total_size() const noexcept { return total_size_; }
  int count() const noexcept { return count_; }
  /// More parts than there may be, and reading the value at once is the lesser cost.
  bool are_full() const noexcept { return count_ == max_parts; }

  /// These bytes of the value, where they are at hand; nullptr where they are not.
  const char* find(std::size_t offset, std::size_t size) const noexcept;
  /// As many bytes from there on as are at hand: nullptr and 0 where none are.
  const char* find_some(std::size_t offset, std::size_t& size) const noexcept;
  /// The part that holds these bytes; nullptr where none does.
  const Part* find_part(std::size_t offset, std::size_t size) const noexcept;
  /// As find(); and where they are not at hand they are what is wanted.
  const char* fetch(std::size_t offset, std::size_t size);

  Part wanted() const noexcept { return wanted_; }
  /// The bytes that were wanted.
  void give(const char* bytes) noexcept { put(wanted_, bytes); }
  /// Bytes that are at hand without having been wanted.
  void put(const Part& part, const char* bytes) noexcept;

 private:
  static constexpr int max_parts = 96;

  std::size_t total_size_;
  Part wanted_ = {};
  int count_ = 0;
  Part parts_[max_parts];
  const char* bytes_[max_parts];
};

/// Where an id stands, or would stand, among sorted ones.
struct Found {
  std::uint64_t position;  // how many are smaller
  bool exact;
};

/// Numbers in ascending order, `stride` bytes apart.
struct SortedPart {
  std::size_t offset;
  std::size_t stride;
  std::uint64_t count;
};

/// Finds `wanted` among numbers of which none is below `least` or above `greatest`, a chunk at a time. Numbers that
/// are spread evenly take one chunk or two.
template <class Number>
bool search(Parts& parts, const SortedPart& sorted, Number wanted, Number least, Number greatest,
            Found& found);

/// What a directory says of a dense range, and where its stream is.
struct StoredRange {
  std::int32_t high;
  std::uint64_t cardinality;
  std::uint64_t before;  // ids of dense ranges before it
  std::size_t offset;    // in the value
  std::size_t size;
};

/// The dense ranges of a directory that is whole (Outline), one after the other. Plain data.
class RangeReader {
 public:
  /// `end` is that of the bytes with the directory; `streams` is where in the value the first stream begins.
  RangeReader(const Layout& layout, const char* end, std::size_t total_size, std::size_t streams)
      : directory_(layout, end, total_size),
        left_(layout.dense_count),
        total_size_(total_size),
        next_offset_(streams) {}
  bool next(StoredRange& range) noexcept;

 private:
  DirectoryReader directory_;
  std::uint32_t left_;
  std::size_t total_size_;
  std::size_t next_offset_;
  std::uint64_t before_ = 0;
};

/// The front of a stored value and its directory. Plain data.
class Outline {
 public:
  /// To be called before all else, until it gives true.
  bool read(Parts& parts);

  std::uint64_t sparse_count() const noexcept { return layout_.sparse_count; }
  std::uint64_t dense_ids() const noexcept { return dense_ids_; }
  std::uint64_t cardinality() const noexcept { return dense_ids_ + layout_.sparse_count; }
  bool has_dense() const noexcept { return layout_.dense_count > 0; }
  /// The largest dense id; there must be one.
  Id dense_maximum() const noexcept { return dense_maximum_; }

  /// The first range whose upper half is not below `high`; false where there is none.
  bool find_range(std::int32_t high, StoredRange& range) const;
  /// The range with the dense id that so many smaller ones precede; false where there is none.
  bool find_position(std::uint64_t position, StoredRange& range) const;

  RangeReader ranges() const { return {layout_, front_end_, total_size_, streams_}; }

  bool sparse_at(Parts& parts, std::uint64_t position, Id& id) const;
  bool search_sparse(Parts& parts, Id id, Found& found) const;
  /// Where so many sparse ids from a position on are.
  Parts::Part sparse_part(std::uint64_t position, std::uint64_t count) const noexcept {
    return {sparse_offset_ + static_cast<std::size_t>(position) * id_size,
            static_cast<std::size_t>(count) * id_size};
  }

 private:
  template <class Match>
  bool find_in_directory(StoredRange& range, Match&& matches) const;

  bool is_read_ = false;
  std::size_t front_size_ = 0;
  const char* front_end_ = nullptr;
  std::size_t total_size_ = 0;
  Layout layout_;
  std::size_t sparse_offset_ = identity_size;
  std::size_t streams_ = 0;  // where they begin
  std::uint64_t dense_ids_ = 0;
  Id dense_maximum_ = 0;
};

/// A container of a stream, and where in the value it is.
struct StoredContainer {
  ContainerKind kind;
  std::uint16_t key;
  std::uint32_t cardinality;
  std::size_t offset;
  std::size_t size;
};

/// The header of a range's stream, of which no more is read than is asked about. Plain data.
class StreamOutline {
 public:
  explicit StreamOutline(const StoredRange& range) noexcept : range_(range) {}
  /// To be called before all else, until it gives true.
  bool read(Parts& parts);

  std::uint32_t containers() const noexcept { return containers_; }
  /// The first container whose key is not below this one.
  bool find_key(Parts& parts, std::uint16_t key, std::uint32_t& i, bool& exact) const;
  /// How many ids stand before container i.
  bool ids_before(Parts& parts, std::uint32_t i, std::uint64_t& ids) const;
  /// The container with the id that so many smaller ones precede, which are counted down to those in it.
  bool find_position(Parts& parts, std::uint64_t& position, std::uint32_t& i) const;
  bool locate(Parts& parts, std::uint32_t i, StoredContainer& container) const;
  /// The keys of all containers, as 16-bit numbers `description_size` apart; nullptr where they are wanted.
  const char* descriptions(Parts& parts) const {
    return parts.fetch(descriptions_, description_size * containers_);
  }
  static constexpr std::size_t description_size = 4;  // a container's key, and its cardinality - 1

 private:
  bool kind_of(Parts& parts, std::uint32_t i, StoredContainer& container) const;
  bool run_size(Parts& parts, std::size_t offset, std::size_t& size) const;

  StoredRange range_;
  std::uint32_t containers_ = 0;
  // In the value; 0 for what is not there.
  std::size_t flags_ = 0;
  std::size_t descriptions_ = 0;
  std::size_t offsets_ = 0;
  std::size_t header_size_ = 0;
};

/// All of a container, its size checked.
bool fetch_container(Parts& parts, const StoredContainer& stored, Container& container);

}  // namespace objectset
