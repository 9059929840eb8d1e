// The parts of a stored value (stored_set.hpp) and where they are, as its first bytes tell. Every number is checked
// against the size of the value; none is believed to be right beyond that.
#pragma once

#include "core/base/bytes.hpp"
#include "core/stored/stored_set.hpp"

namespace objectset {

inline constexpr std::uint8_t format_version = 1;
inline constexpr std::uint8_t flag_dense = 1;
inline constexpr std::size_t counts_size = 8;       // numbers of dense ranges and of sparse ids
inline constexpr std::size_t cardinality_size = 8;  // where there are several dense ranges
inline constexpr std::size_t id_size = sizeof(Id);

// The shortest stream there is takes 15 bytes, and its range three bytes of directory.
inline constexpr std::size_t min_dense_size = 18;

/// Zeros before the sparse ids, behind a directory that ends at `offset`.
inline std::size_t padding_at(std::size_t offset) noexcept { return (4 + 8 - offset % 8) % 8; }

struct Layout {
  std::uint32_t dense_count = 0;
  std::uint64_t sparse_count = 0;
  std::uint64_t cardinality = 0;  // where it is told in front (has_cardinality)
  bool has_cardinality = false;
  const char* directory = nullptr;
};

/// Reads the fixed part from the first `size` bytes of a value of `total_size`.
inline bool read_front(const char* bytes, std::size_t size, std::size_t total_size,
                       Layout& layout) noexcept {
  if (size < identity_size || total_size < size) return false;
  const auto version = static_cast<std::uint8_t>(bytes[0]);
  const auto flags = static_cast<std::uint8_t>(bytes[1]);
  if (version != format_version || (flags & ~flag_dense) != 0 ||
      load<std::uint16_t>(bytes + 2) != 0) {
    return false;
  }
  std::size_t at = identity_size;
  if (flags == 0) {
    if ((total_size - at) % id_size != 0) return false;
    layout.sparse_count = (total_size - at) / id_size;
    layout.cardinality = layout.sparse_count;
    layout.has_cardinality = true;
    return true;
  }
  if (size < at + counts_size) return false;
  layout.dense_count = load<std::uint32_t>(bytes + at);
  layout.sparse_count = load<std::uint32_t>(bytes + at + 4);
  at += counts_size;
  if (layout.dense_count == 0 || layout.sparse_count > total_size / id_size ||
      layout.dense_count > total_size / min_dense_size) {
    return false;
  }
  if (layout.dense_count > 1) {
    if (size < at + cardinality_size) return false;
    layout.cardinality = load<std::uint64_t>(bytes + at);
    layout.has_cardinality = true;
    at += cardinality_size;
  }
  layout.directory = bytes + at;
  return true;
}

/// Reads the directory, one range at a time, from bytes that may be the beginning of a value only.
class DirectoryReader {
 public:
  DirectoryReader(const Layout& layout, const char* end, std::size_t total_size) noexcept
      : at_(layout.directory), end_(end), left_(layout.dense_count), total_size_(total_size) {}

  /// Gives the range's upper half, cardinality and stream size (0 for the last range: it is not told).
  bool next(std::int32_t& high, std::uint64_t& count, std::size_t& stream_size) noexcept {
    std::uint64_t distance;
    std::uint64_t less_one;
    std::uint64_t bytes = 0;
    if (!read(distance) || !read(less_one)) return false;
    if (--left_ > 0 && !read(bytes)) return false;
    if (first_ ? distance > UINT32_MAX : distance >= UINT32_MAX) return false;
    const std::int64_t wide =
        first_ ? unzigzag(distance) : high_ + 1 + static_cast<std::int64_t>(distance);
    if (wide < INT32_MIN || wide > INT32_MAX || less_one > UINT32_MAX) return false;
    if (bytes > total_size_) return false;
    first_ = false;
    high_ = wide;
    high = static_cast<std::int32_t>(wide);
    count = less_one + 1;
    stream_size = bytes;
    return true;
  }

  /// After the last range.
  bool maximum(std::uint32_t& low) noexcept {
    std::uint64_t value;
    if (!read(value) || value > UINT32_MAX) return false;
    low = static_cast<std::uint32_t>(value);
    return true;
  }
  const char* at() const noexcept { return at_; }

 private:
  bool read(std::uint64_t& value) noexcept {
    if (at_ != nullptr && at_ < end_ && static_cast<unsigned char>(*at_) < 0x80) {
      value = static_cast<unsigned char>(*at_++);  // most numbers are one byte
      return true;
    }
    at_ = at_ == nullptr ? nullptr : load_varint(at_, end_, value);
    return at_ != nullptr;
  }

  const char* at_;
  const char* end_;
  std::uint32_t left_;
  std::size_t total_size_;
  bool first_ = true;
  std::int64_t high_ = 0;
};

}  // namespace objectset
