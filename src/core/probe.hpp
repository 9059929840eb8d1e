// A question about a stored set that a few of its bytes answer: its header and directory, the header of one stream
// and one container of it, or a few of its sparse ids.
//
// The one idea: a probe asks for the parts of the value that it needs, one at a time, and whoever has the value
// fetches them. Each time it starts from the beginning again with the parts it has; what it does is little. What it
// is given is taken on trust but for bounds: there is no checksum of a part.
#pragma once

#include "set_view.hpp"

namespace objectset {

class StreamHeader;
struct Container;

enum class Question {
  contains,  // is the argument a member?
  minimum,
  maximum,
  rank,    // how many ids are not greater than the argument?
  select,  // which id has so many smaller ones?
  page,    // the ids from the one with so many smaller ones on
};

/// Plain data. The bytes of parts stay where they are until the answer is there.
class Probe {
 public:
  struct Part {
    std::size_t offset;
    std::size_t size;
  };

  Probe(Question question, std::int64_t argument, std::size_t total_size) noexcept
      : question_(question), argument_(argument), total_size_(total_size) {}

  /// For Question::page: as many ids as `room` from the argument's on; answer() tells how many there were.
  Probe(std::int64_t argument, std::size_t total_size, Id* page, std::size_t room) noexcept
      : question_(Question::page),
        argument_(argument),
        total_size_(total_size),
        page_(page),
        room_(room) {}

  /// Works with the parts given so far. True: there is an answer, or this probe has none (is_declined()). False: it
  /// wants another part. Raises data_corrupted for bytes that are no stored set.
  bool run();
  Part wanted() const noexcept { return wanted_; }
  /// The bytes that were wanted.
  void give(const char* bytes) noexcept;

  /// The question takes the whole value.
  bool is_declined() const noexcept { return declined_; }
  /// contains: whether it is. minimum, maximum, select: whether there is such an id.
  bool found() const noexcept { return found_; }
  /// The id, or the number.
  std::int64_t answer() const noexcept { return answer_; }

 private:
  // What is asked for at once where a few bytes are needed and those after them may be: no more than the server
  // stores in one chunk.
  static constexpr std::size_t chunk_size = 1900;
  // More parts than this, and reading the value at once is the lesser cost.
  static constexpr int max_parts = 12;

  struct Dense {
    std::int32_t high;
    std::uint64_t cardinality;
    std::uint64_t before;  // ids of dense ranges before it
    std::size_t offset;
    std::size_t size;
  };
  struct Found {
    std::uint64_t position;  // how many sorted ids are smaller
    bool exact;
  };

  const char* find(std::size_t offset, std::size_t size) const noexcept;
  const char* fetch(std::size_t offset, std::size_t size) noexcept;
  bool search_sparse(Id id, Found& result);
  bool sparse_at(std::uint64_t position, Id& id) noexcept;
  bool fetch_header(const Dense& range, const char*& header, std::size_t& header_size);
  bool answer_in_stream(const Dense& range, std::uint64_t before);
  bool fetch_container(const Dense& range, const StreamHeader& header, std::uint32_t i,
                       Container& container);
  bool page_of_stream(const Dense& range, bool is_last, std::uint64_t position);
  bool give_id(Id id) noexcept;
  bool give_number(std::uint64_t number) noexcept;
  bool decline() noexcept;

  Question question_;
  std::int64_t argument_;
  std::size_t total_size_;
  Id* page_ = nullptr;
  std::size_t room_ = 0;
  std::size_t front_size_ = chunk_size;
  Part wanted_ = {};
  Part parts_[max_parts] = {};
  const char* bytes_[max_parts] = {};
  int part_count_ = 0;
  std::size_t sparse_offset_ = 0;
  std::uint64_t sparse_count_ = 0;
  bool declined_ = false;
  bool found_ = false;
  std::int64_t answer_ = 0;
};

}  // namespace objectset
