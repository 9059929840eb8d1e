// Of a large stored set the part that a small set may share with it: the containers that both have, and sparse ids
// where the small set has some.
//
// The one idea: whatever the small set does not have cannot be shared. So a view of that part alone (OpenExcerpt) answers
// what both sets share, and whether the small set is in the large one. It does not tell what else is in the large one,
// but for how much that is: cardinality().
#pragma once

#include "core/stored/partial_value.hpp"

namespace objectset {

/// Plain data; asks for parts as partial_value.hpp says. The small set and the bytes of parts stay where they are.
class Excerpt {
 public:
  /// A value of fewer bytes is read at once.
  static constexpr std::size_t min_size = 49152;

  /// `total_size` is that of the large value.
  Excerpt(const SetView& small, std::size_t total_size) noexcept
      : small_(small), parts_(total_size) {}

  /// True: all parts are there, or reading the value at once is the lesser cost (is_declined()).
  bool run();
  Parts::Part wanted() const noexcept { return parts_.wanted(); }
  void give(const char* bytes) noexcept;

  bool is_declined() const noexcept { return declined_; }
  /// How many ids the large set has, all in all.
  std::uint64_t cardinality() const noexcept { return outline_.cardinality(); }
  /// To ask the server for a part costs as much as reading so many more bytes of the same one.
  static constexpr std::size_t part_cost = 10240;
  /// What was read, in bytes of which reading the value at once costs as much.
  std::size_t cost() const noexcept;

 private:
  friend class OpenExcerpt;

  // A container to be looked for, then (`found`) where it is.
  struct Piece {
    StoredRange range;
    std::uint16_t key;
    bool found;
    StoredContainer stored;
  };

  bool plan();
  bool add_piece(const StoredRange& range, std::uint16_t key) noexcept;
  bool add_pieces(const StoredRange& range, const DenseRange& small) noexcept;
  bool locate(Piece& piece);
  bool fetch_pieces();
  bool decline() noexcept;
  bool stands_dense(std::int32_t high) const noexcept;
  template <class Visit>
  bool visit_sparse(Visit&& visit);

  static constexpr int max_pieces = 64;
  static constexpr std::size_t max_sparse = 1024;

  SetView small_;
  Parts parts_;
  Outline outline_;
  std::size_t bytes_ = 0;
  bool declined_ = false;
  bool planned_ = false;
  int piece_count_ = 0;
  int located_ = 0;
  bool checked_ = false;
  std::size_t looked_up_ = 0;  // sparse ids of the small set
  Piece pieces_[max_pieces];
};

/// The part, viewed: only for questions that it answers. Raises data_corrupted for containers that are none.
class OpenExcerpt {
 public:
  /// Of an excerpt that has all its parts.
  explicit OpenExcerpt(Excerpt& excerpt);
  OpenExcerpt(const OpenExcerpt&) = delete;
  OpenExcerpt& operator=(const OpenExcerpt&) = delete;
  ~OpenExcerpt();
  SetView view() const& noexcept { return {sparse_, dense_}; }
  SetView view() const&& = delete;

 private:
  void append_stream(Span<Excerpt::Piece> pieces, Parts& parts);

  Buffer<Id> sparse_;
  Buffer<DenseRange> dense_;
  Buffer<char> streams_;
};

}  // namespace objectset
