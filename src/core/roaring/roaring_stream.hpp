// The 32-bit portable Roaring stream, as bytes: walking its containers, checking it, and bringing it into the
// one canonical form. Source: https://github.com/RoaringBitmap/RoaringFormatSpec.
//
// A stream is a cookie, the containers' keys and cardinalities, mostly their offsets, and the containers: ids
// sharing their upper 16 bits, as an array of 16-bit values, a bitmap of 65,536 bits or a list of runs.
//
// Canonical means that each container has the smallest of the three kinds, an array where an array and runs
// are equally long. CRoaring's run_optimize does all of that but the last: at a tie it keeps what it finds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/memory.hpp"

namespace objectset {

enum class ContainerKind { array, bitmap, run };

/// One container of a stream; `data` points into it.
struct Container {
  ContainerKind kind;
  std::uint16_t key;          // the upper 16 of its ids' 32 bits
  std::uint32_t cardinality;  // 1 to 65,536, as the stream says
  std::uint32_t runs;         // run containers only
  const char* data;           // values, bits, or (start, length - 1) pairs
  std::size_t bytes;

  std::uint16_t value(std::uint32_t i) const noexcept {
    return load<std::uint16_t>(data + std::size_t{i} * 2);
  }
  std::uint64_t word(std::uint32_t i) const noexcept {
    return load<std::uint64_t>(data + std::size_t{i} * 8);
  }
  std::uint32_t run_start(std::uint32_t i) const noexcept { return value(2 * i); }
  std::uint32_t run_last(std::uint32_t i) const noexcept { return run_start(i) + value(2 * i + 1); }
};

inline constexpr std::uint32_t cookie_without_runs = 12346;
inline constexpr std::uint32_t cookie_with_runs =
    12347;  // in the lower half; above it containers - 1
inline constexpr std::uint32_t max_containers = 65536;
inline constexpr std::uint32_t no_offsets_below = 4;  // containers, where there are runs
inline constexpr std::uint32_t max_array_cardinality = 4096;
inline constexpr std::size_t bitmap_bytes = 8192;
inline constexpr std::uint32_t bitmap_words = bitmap_bytes / 8;

/// The kind a container of so many ids in so many runs has in canonical form.
inline ContainerKind canonical_kind(std::uint32_t cardinality, std::uint32_t runs) noexcept {
  const std::size_t as_runs = 2 + std::size_t{4} * runs;
  if (cardinality <= max_array_cardinality) {
    return as_runs < std::size_t{2} * cardinality ? ContainerKind::run : ContainerKind::array;
  }
  return as_runs < bitmap_bytes ? ContainerKind::run : ContainerKind::bitmap;
}

inline std::size_t container_bytes(ContainerKind kind, std::uint32_t cardinality,
                                   std::uint32_t runs) noexcept {
  switch (kind) {
    case ContainerKind::array:
      return std::size_t{2} * cardinality;
    case ContainerKind::run:
      return 2 + std::size_t{4} * runs;
    case ContainerKind::bitmap:
      break;
  }
  return bitmap_bytes;
}

/// Bytes before the first container: cookie, flags of run containers, keys and cardinalities, offsets.
std::size_t stream_header_size(std::size_t containers, bool has_runs) noexcept;

/// Walks the containers of a stream in order. Everything is bounds-checked: whatever the bytes, nothing
/// outside them is read. What is inside a container is not looked at (see stream_is_valid).
class StreamWalker {
 public:
  StreamWalker(const char* bytes, std::size_t size) noexcept;
  /// False at the end and where the bytes are no stream; `ok()` tells the two apart.
  bool next(Container& container) noexcept;
  /// Walks all containers: whether all of ok() is so, keys ascend, and each container is sound. Less than stream_is_valid()
  /// says, in a fraction of the time. Gives the number of ids.
  bool is_sound(std::uint64_t& ids) noexcept;
  /// No fault so far; after the last container also: no bytes were left over.
  bool ok() const noexcept { return ok_; }
  std::uint32_t containers() const noexcept { return containers_; }

 private:
  const char* begin_;
  const char* end_;
  const char* flags_ = nullptr;
  const char* descriptions_ = nullptr;
  const char* offsets_ = nullptr;
  const char* at_ = nullptr;
  std::uint32_t containers_ = 0;
  std::uint32_t done_ = 0;
  bool ok_ = false;
};

/// Whether the ids of a container ascend and are as many as it says: so much CRoaring believes, and writes beyond its memory
/// where it is not so.
bool is_sound(const Container& container) noexcept;

/// Whether the bytes are one whole canonical stream of at least one id, down to the last bit.
/// Never raises on what it finds, never reads outside. Gives the number of ids and the largest one.
bool stream_is_valid(const char* bytes, std::size_t size, std::uint64_t& cardinality,
                     std::uint32_t& maximum);

/// The largest value of a stream of our own making.
std::uint32_t stream_maximum(const char* bytes, std::size_t size) noexcept;

/// The size of the canonical stream of these ids: ascending, distinct, all with the same upper 32 bits.
std::size_t canonical_stream_size(const std::int64_t* ids, std::size_t count) noexcept;

/// Calls visit(first, last) for each run of consecutive values of a container, in order.
template <class Visit>
void for_each_run_in(const Container& container, Visit&& visit) {
  switch (container.kind) {
    case ContainerKind::run:
      for (std::uint32_t i = 0; i < container.runs; ++i) {
        visit(container.run_start(i), container.run_last(i));
      }
      return;
    case ContainerKind::array: {
      std::uint32_t i = 0;
      while (i < container.cardinality) {
        const std::uint32_t first = container.value(i);
        std::uint32_t last = first;
        while (++i < container.cardinality && container.value(i) == last + 1) ++last;
        visit(first, last);
      }
      return;
    }
    case ContainerKind::bitmap:
      break;
  }
  std::uint32_t position = 0;
  const auto find = [&](bool wanted) {  // the next bit of that value at or after `position`
    while (position < 65536) {
      std::uint64_t word = container.word(position / 64);
      if (!wanted) word = ~word;
      word &= ~std::uint64_t{0} << (position % 64);
      if (word != 0) {
        position = position / 64 * 64 + static_cast<std::uint32_t>(__builtin_ctzll(word));
        return true;
      }
      position = (position / 64 + 1) * 64;
    }
    return false;
  };
  while (find(true)) {
    const std::uint32_t first = position;
    if (!find(false)) position = 65536;
    visit(first, position - 1);
  }
}

}  // namespace objectset
