// What a question to an index over sets looks up (set_keys.hpp), and what the keys that were found for a set tell.
//
// The one idea: an id is looked up by its own key and by those of the seven blocks around it. Where its own is found the set
// holds the id; where a block is, it may, and has to be asked. Stretches of numbers are looked up as stretches of keys.
#pragma once

#include "core/index/set_keys.hpp"

namespace objectset {

enum class Finding : char { no, yes, maybe };

class KeyQuery {
 public:
  enum class Question {
    overlaps,  // sets that share an id with the set, or hold the id
    contains,  // sets that hold all of its ids
    within,    // sets all of whose ids it holds
    equals,
  };
  /// Which sets have to be judged.
  enum class Scope { none, found, found_or_empty, all };

  /// A key, or all keys from `first` to `last` that is_wanted() tells apart.
  struct Lookup {
    Key first;
    Key last;
    bool is_id;  // a hit shows that an id is there
  };

  /// Put to an index whose sets may have any keys, or to one where each id is a key (those that have none: a block of 256).
  enum class Keys { any, each_id };

  KeyQuery(Id id, Keys keys);
  /// The set is to stay as long as the query.
  KeyQuery(Question question, const SetView& set, Keys keys);

  Scope scope() const noexcept { return scope_; }
  Span<Lookup> lookups() const noexcept { return lookups_; }

  /// Whether a key of the lookup's stretch covers an id of the set. Allocates nothing, raises nothing.
  bool is_wanted(Key key) const noexcept;

  /// What the keys that were found for a set tell: one finding for each lookup, of which some may be `maybe`.
  Finding judge(const Finding* found) const noexcept;

  /// A question about all ids of a set looks so many of them up at the most; one about any of them so many stretches.
  static constexpr std::size_t max_ids = 16;
  static constexpr std::size_t max_stretches = 64;

 private:
  struct Stretch {
    Id first;
    Id last;
  };

  bool is_looked_up(Id id, int level) const noexcept;
  void look_up_ids(const SetView& set);
  void look_up_stretches(const SetView& set);
  Finding judge_any(const Finding* found) const noexcept;
  Finding judge_all(const Finding* found) const noexcept;

  Keys keys_;
  Question question_ = Question::overlaps;
  Scope scope_ = Scope::found;
  bool is_complete_ = true;  // all ids are looked up
  SetView set_;
  Buffer<Lookup> lookups_;
  // contains and equals: for each id that is looked up the lookups by level.
  static constexpr std::uint32_t no_lookup = UINT32_MAX;
  Buffer<std::uint32_t> by_id_;
};

}  // namespace objectset
