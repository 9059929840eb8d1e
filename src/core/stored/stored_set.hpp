// The stored form of a set: version 1, little-endian, canonical. doc/format.md is its contract.
//
//   offset  bytes  what
//   0       1      version: 1
//   1       1      flags: bit 0, there are dense ranges; the others 0
//   2       2      0
//   4       8      checksum: XXH3-64 of all that follows, seeded with the four bytes before
//   without dense ranges:
//   12      8 n    the ids, ascending
//   with dense ranges:
//   12      4      number of dense ranges, d
//   16      4      number of sparse ids, s
//   20      8      number of ids (only where d > 1)
//           ...    directory, LEB128 numbers; for each dense range: upper half (the first as zigzag, then the
//                  distance to the one before, less 1), cardinality - 1, size of its stream (not for the last
//                  range, whose stream ends the value); then the lower half of the last range's largest id
//           0-7    zeros, where s > 0, up to an offset of 4 modulo 8: the ids are aligned where the value is
//                  (a varlena header of 4 bytes stands before it)
//           8 s    the sparse ids, ascending
//           ...    the streams of the dense ranges
//
// A range is dense where its canonical stream plus eight bytes is shorter than its ids at eight bytes each.
// That depends on the ids alone, as does everything else here: equal sets have equal bytes.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

inline constexpr std::size_t checksum_offset = 4;
/// So many first bytes tell the size and the checksum, and with them whether two values can be equal.
inline constexpr std::size_t identity_size = checksum_offset + 8;
/// The portable form (portable_format.hpp) of a set fits a text value of 1 GB in base64; so every set that can be
/// stored can be dumped.
inline constexpr std::size_t max_portable_size = (std::size_t{0x3fffffff} - 64) / 4 * 3;
inline constexpr std::size_t max_stored_size = std::size_t{0x3fffffff} - 64;

/// The checksum as stored. `size` must be at least identity_size.
std::uint64_t stored_checksum(const char* bytes) noexcept;

/// A hash of a value, of which the first hashed_size bytes are enough: equal sets have equal ones, on any machine.
/// `front` has at least identity_size bytes, and either hashed_size or all. The checksum alone would not do: sets of one
/// checksum are easily made, and a hash table of them is a list.
std::uint64_t stored_hash(const char* front, std::size_t front_size,
                          std::size_t total_size) noexcept;
/// No more than the server stores in one chunk.
inline constexpr std::size_t hashed_size = 1900;

/// Whether a range of so many ids, whose canonical stream has that size, is stored as that.
bool is_dense(std::size_t stream_size, std::uint64_t ids) noexcept;

/// What the first bytes of a value tell. Taken on trust, from a value or from its beginning.
struct StoredSummary {
  std::uint64_t cardinality;
};
/// Gives false where `size` bytes are too few to tell; raises data_corrupted where they are no stored set.
/// `total_size` is the size of the whole value.
bool read_summary(const char* bytes, std::size_t size, std::size_t total_size,
                  StoredSummary& summary);

/// Whether a value may have sparse ids, as its first bytes say.
bool has_sparse_ids(const char* bytes, std::size_t size) noexcept;

/// The parts of a set in the bytes it is stored as, which must stay where they are: its ranges have streams, and no
/// bitmaps. Sparse ids that do not stand where ids may are copied; they do at an address that is 4 modulo 8.
/// The bytes are checked against their checksum first, then each id: raises data_corrupted.
class StoredParts {
 public:
  StoredParts(const char* bytes, std::size_t size);
  StoredParts(const StoredParts&) = delete;
  StoredParts& operator=(const StoredParts&) = delete;
  /// For what asks for no more than the numbers of ids, or is said to make do with streams.
  SetView view() const& noexcept { return {sparse_, Span<DenseRange>(dense_, dense_count_)}; }
  SetView view() const&& = delete;

 private:
  friend class StoredSet;
  Span<Id> sparse_;
  DenseRange* dense_ = nullptr;
  std::size_t dense_count_ = 0;
  DenseRange only_range_;  // mostly there is one, which takes no block
  Buffer<DenseRange> ranges_;
  Buffer<Id> copied_;
};

/// The bitmap of a range of StoredParts, viewed where it stands. The caller frees it.
roaring_bitmap_t* open_bitmap(const DenseRange& range);

/// A set viewed in the bytes it is stored as, as parts are.
class StoredSet {
 public:
  StoredSet(const char* bytes, std::size_t size);
  StoredSet(const StoredSet&) = delete;
  StoredSet& operator=(const StoredSet&) = delete;
  ~StoredSet();
  SetView view() const& noexcept { return parts_.view(); }
  SetView view() const&& = delete;

 private:
  StoredParts parts_;
};

/// Whether the bytes are a whole stored set in canonical form, every container looked into. For bytes from
/// outside, and for upkeep. Never raises on what it finds, reads nothing outside.
bool stored_is_valid_untrusted(const char* bytes, std::size_t size);

/// Writes a set in stored form: plans in the constructor, so that the size is known before the bytes are
/// asked for. Ranges need no bitmaps where they have streams. The bitmaps that the set owns are run-optimized on the way,
/// so this runs with the memory that they were made in; the set must stay until write().
class StoredWriter {
 public:
  explicit StoredWriter(const SetView& set);
  StoredWriter(const StoredWriter&) = delete;
  StoredWriter& operator=(const StoredWriter&) = delete;

  std::size_t size() const noexcept { return size_; }
  std::uint64_t cardinality() const noexcept { return cardinality_; }
  /// Writes exactly size() bytes.
  void write(char* to) const;

 private:
  struct Stream {
    std::int32_t high;
    std::uint64_t cardinality;
    std::uint32_t maximum;
    std::size_t size;
    const char* bytes;               // where it stands already, or
    std::size_t scratch;             // where in scratch_ it does (bitmap == nullptr), or
    const roaring_bitmap_t* bitmap;  // what it is to be written from
  };

  void plan_dense(const DenseRange& range);
  void plan_sparse(Span<Id> ids);
  bool plan_scratch(std::int32_t high, std::uint64_t count, const roaring_bitmap_t* bitmap);
  void append_stream(const Stream& stream);
  void plan_layout();

  Buffer<Id> sparse_;
  Buffer<Stream> streams_;
  Buffer<char> scratch_;
  const roaring_bitmap_t* last_scratch_ = nullptr;  // a bitmap in scratch_, and which stream it is
  std::size_t last_scratch_stream_ = 0;
  std::uint64_t cardinality_ = 0;
  std::size_t directory_size_ = 0;
  std::size_t padding_ = 0;
  std::size_t size_ = 0;
};

}  // namespace objectset
