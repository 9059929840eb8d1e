// Questions about a stored set that a few of its bytes answer: its front and directory, what the header of one stream
// says of one container, and a part of that; or a few of its sparse ids.
//
// The one idea: each time it is given a part, a probe starts from the beginning again with the parts it has (partial_value.hpp);
// what it does is little. Questions about one value may follow each other, and share its parts.
#pragma once

#include "core/stored/partial_value.hpp"

namespace objectset {

enum class Question {
  contains,  // is the argument a member?
  minimum,
  maximum,
  rank,    // how many ids are not greater than the argument?
  select,  // which id has so many smaller ones?
};

/// Plain data. The bytes of parts stay where they are until the last answer is there.
class Probe {
 public:
  explicit Probe(std::size_t total_size) noexcept : parts_(total_size) {}
  /// Of a value that is at hand, whole, run() has the answer at once.
  Probe(const char* bytes, std::size_t size) noexcept : parts_(bytes, size) {}

  void ask(Question question, std::int64_t argument) noexcept;
  /// As many ids as `room` from the one on that so many smaller ones precede. answer() tells how many there were.
  void ask_page(std::uint64_t position, Id* page, std::size_t room) noexcept;
  /// The same, of the ids that are not below `first`.
  void ask_page_from(Id first, Id* page, std::size_t room) noexcept;

  /// Works with the parts given so far. True: there is an answer, or this probe has none (is_declined()). False: it
  /// wants another part. Raises data_corrupted for bytes that are no stored set.
  bool run();
  Parts::Part wanted() const noexcept { return parts_.wanted(); }
  /// The bytes that were wanted.
  void give(const char* bytes) noexcept { parts_.give(bytes); }

  /// The question takes the whole value.
  bool is_declined() const noexcept { return declined_; }
  /// contains: whether it is. minimum, maximum, select: whether there is such an id.
  bool found() const noexcept { return found_; }
  /// The id, or the number.
  std::int64_t answer() const noexcept { return answer_; }

 private:
  enum class Kind { number, page_at, page_from };
  // Where in a range a page begins.
  struct Start {
    std::uint32_t container;
    std::uint32_t value;  // of the container: ids below it are not wanted, nor
    std::uint32_t skip;   // so many after that
  };

  void start(Kind kind, std::int64_t argument, Id* page, std::size_t room) noexcept;
  bool is_member();
  bool rank();
  bool maximum();
  bool is_full() const noexcept { return given_ == room_; }
  bool take(Id id) noexcept;
  bool take_sparse(std::uint64_t position, std::uint64_t count);
  bool take_container(std::int32_t high, const StoredContainer& stored, const Start& start);
  bool take_range(const StoredRange& range, StreamOutline& stream, Start start);
  bool take_from(Id first);
  bool take_at(std::uint64_t position);
  bool give_id(Id id) noexcept;
  bool give_number(std::uint64_t number) noexcept;
  bool give_page();
  bool decline() noexcept;

  Parts parts_;
  Outline outline_;
  Kind kind_ = Kind::number;
  Question question_ = Question::minimum;
  std::int64_t argument_ = 0;
  Id* page_ = nullptr;
  std::size_t room_ = 0;
  std::size_t given_ = 0;
  bool declined_ = false;
  bool found_ = false;
  std::int64_t answer_ = 0;
};

}  // namespace objectset
