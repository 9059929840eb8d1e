// Answers from parts of a stored value. For the unit tests and for test/fuzz.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/index/set_keys.hpp"
#include "core/stored/partial_overlap.hpp"
#include "core/stored/partial_query.hpp"
#include "support.hpp"

namespace objectset::test {

// A part of a value that is wanted, in a block of its own, so that reading beside it is seen.
inline std::unique_ptr<AlignedBytes> wanted_part(const std::string& stored,
                                                 const Parts::Part& part) {
  if (part.size == 0 || part.offset > stored.size() || part.size > stored.size() - part.offset) {
    ADD_FAILURE() << "wanted " << part.size << " bytes at " << part.offset;
    return nullptr;
  }
  return std::make_unique<AlignedBytes>(stored.substr(part.offset, part.size));
}

/// What a Probe says, and what it has read for that.
struct Outcome {
  bool declined = false;
  bool found = false;
  std::int64_t answer = 0;
  std::size_t parts = 0;
  std::size_t bytes = 0;
};

/// Questions about one value, in turn.
class Asked {
 public:
  explicit Asked(const std::string& stored) : stored_(stored), probe_(stored.size()) {}

  Outcome ask(Question question, std::int64_t argument) {
    probe_.ask(question, argument);
    return answer();
  }
  std::vector<Id> page(std::uint64_t position, std::size_t room) {
    page_.assign(room, 0);
    probe_.ask_page(position, page_.data(), room);
    return whole_page();
  }
  std::vector<Id> page_from(Id first, std::size_t room) {
    page_.assign(room, 0);
    probe_.ask_page_from(first, page_.data(), room);
    return whole_page();
  }
  const Outcome& outcome() const { return outcome_; }

 private:
  Outcome answer() {
    while (!probe_.run()) {
      auto part = wanted_part(stored_, probe_.wanted());
      if (part == nullptr) break;
      parts_.push_back(std::move(part));
      outcome_.bytes += probe_.wanted().size;
      probe_.give(parts_.back()->data());
    }
    outcome_.parts = parts_.size();
    outcome_.declined = probe_.is_declined();
    outcome_.found = probe_.found();
    outcome_.answer = probe_.answer();
    return outcome_;
  }
  std::vector<Id> whole_page() {
    answer();
    if (!outcome_.declined) page_.resize(static_cast<std::size_t>(outcome_.answer));
    return page_;
  }

  const std::string& stored_;
  Probe probe_;
  std::vector<std::unique_ptr<AlignedBytes>> parts_;
  std::vector<Id> page_;
  Outcome outcome_;
};

inline Outcome ask(const std::string& stored, Question question, std::int64_t argument) {
  return Asked(stored).ask(question, argument);
}

/// What an Excerpt tells, and what was read for that.
struct Shared {
  bool declined = false;
  std::uint64_t cardinality = 0;
  std::uint64_t shared = 0;
  bool overlap = false;
  bool within = false;  // the small set in the large one
  std::size_t parts = 0;
  std::size_t bytes = 0;
};

inline Shared compare_with(const std::string& stored, const SetView& small) {
  std::vector<std::unique_ptr<AlignedBytes>> parts;
  Excerpt excerpt(small, stored.size());
  Shared outcome;
  while (!excerpt.run()) {
    auto part = wanted_part(stored, excerpt.wanted());
    if (part == nullptr) break;
    parts.push_back(std::move(part));
    outcome.bytes += excerpt.wanted().size;
    excerpt.give(parts.back()->data());
  }
  outcome.parts = parts.size();
  outcome.declined = excerpt.is_declined();
  if (outcome.declined) return outcome;
  const OpenExcerpt open(excerpt);
  outcome.cardinality = excerpt.cardinality();
  outcome.shared = intersect_count(open.view(), small);
  outcome.overlap = overlaps(small, open.view());
  outcome.within = is_subset(small, open.view());
  EXPECT_EQ(outcome.shared, intersect_count(small, open.view()));
  return outcome;
}

/// The keys of a HeaderKeys: each part is gone when the next one comes.
inline std::vector<Key> header_keys_of(const std::string& stored, std::size_t max_keys,
                                       std::size_t* bytes = nullptr) {
  HeaderKeys reader(stored.size(), max_keys);
  while (!reader.run()) {
    const auto part = wanted_part(stored, reader.wanted());
    if (part == nullptr) return {};
    if (bytes != nullptr) *bytes += part->size();
    reader.give(part->data());
  }
  Buffer<Key> keys;
  reader.finish(keys);
  return {keys.begin(), keys.end()};
}

}  // namespace objectset::test
