// Building a canonical stream (roaring_stream.hpp) from containers in ascending order, without a bitmap in between.
#pragma once

#include "core/roaring/roaring_stream.hpp"

namespace objectset {

class StreamBuilder {
 public:
  /// Each of at least one value, ascending, and of a greater key than the one before.
  void add_values(std::uint16_t key, Span<std::uint16_t> values);
  /// A container of any stream or bitmap; of what kind it is there does not matter.
  void add(const Container& container);
  void add_full(std::uint16_t key);

  bool empty() const noexcept { return descriptions_.empty(); }
  std::uint64_t cardinality() const noexcept { return cardinality_; }
  /// The size of the stream.
  std::size_t size() const noexcept {
    return stream_header_size(descriptions_.size(), has_runs_) + bodies_.size();
  }
  /// Writes exactly size() bytes.
  void write(char* to) const;
  void clear() noexcept;

 private:
  struct Description {
    std::uint16_t key;
    std::uint16_t last;  // cardinality - 1
    bool is_run;
    std::uint32_t start;  // in bodies_
  };

  char* begin(std::uint16_t key, ContainerKind kind, std::uint32_t cardinality, std::uint32_t runs);

  Buffer<Description> descriptions_;
  Buffer<char> bodies_;
  bool has_runs_ = false;
  std::uint64_t cardinality_ = 0;
};

/// Brings the stream of a run-optimized bitmap into canonical form: where runs tie with an array, an array.
void canonicalize_stream(Buffer<char>& stream);

}  // namespace objectset
