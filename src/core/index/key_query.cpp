#include "core/index/key_query.hpp"

#include <algorithm>

namespace objectset {
namespace {

// Sets of more ids are gone through block by block of 65,536 numbers, and of so many blocks no more is looked at.
constexpr std::uint64_t many_ids = 1 << 18;
constexpr std::uint64_t block_mask = 65535;
constexpr int max_blocks = 1 << 16;

struct Gap {
  std::uint64_t width;
  Id before;
  Id after;
};

// The widest of the gaps that are shown to it.
class WidestGaps {
 public:
  explicit WidestGaps(std::size_t room) : room_(room) { gaps_.reserve(room + 1); }

  void add(Id before, Id after) {
    const std::uint64_t width =
        static_cast<std::uint64_t>(after) - static_cast<std::uint64_t>(before);
    if (width == 1 || (gaps_.size() == room_ && width <= gaps_[0].width)) return;
    gaps_.push_back({width, before, after});
    std::push_heap(gaps_.begin(), gaps_.end(), is_wider);
    if (gaps_.size() <= room_) return;
    std::pop_heap(gaps_.begin(), gaps_.end(), is_wider);
    gaps_.resize(room_);
  }

  Span<Gap> in_order() {
    std::sort(gaps_.begin(), gaps_.end(),
              [](const Gap& a, const Gap& b) { return a.before < b.before; });
    return gaps_;
  }

 private:
  static bool is_wider(const Gap& a, const Gap& b) noexcept { return a.width > b.width; }

  std::size_t room_;
  Buffer<Gap> gaps_;  // a heap, the narrowest first
};

void add_gaps_of_ids(const SetView& set, WidestGaps& gaps) {
  constexpr std::size_t batch = 256;
  Id ids[batch];
  Cursor cursor(set);
  Id last = minimum(set);
  for (std::size_t read = batch; read == batch;) {
    check_interrupts();
    read = cursor.next(ids, batch);
    for (std::size_t i = 0; i < read; ++i) {
      if (ids[i] != last) gaps.add(last, ids[i]);
      last = ids[i];
    }
  }
}

void add_gaps_of_blocks(const SetView& set, WidestGaps& gaps) {
  Id first = minimum(set);
  for (int blocks = 0; blocks < max_blocks; ++blocks) {
    check_interrupts();
    const Id end = static_cast<Id>(static_cast<std::uint64_t>(first) | block_mask);
    Id last = first;
    Id next = first;
    Cursor(set, true, end).next(&last, 1);
    if (end == INT64_MAX || Cursor(set, false, end + 1).next(&next, 1) == 0) return;
    gaps.add(last, next);
    first = next;
  }
}

}  // namespace

KeyQuery::KeyQuery(Id id, Keys keys) : keys_(keys) {
  for (int level = 0; level < key_levels; ++level) {
    if (!is_looked_up(id, level)) continue;
    const Key key = key_of(id, level);
    lookups_.push_back({key, key, level == 0});
  }
}

KeyQuery::KeyQuery(Question question, const SetView& set, Keys keys)
    : keys_(keys), question_(question), set_(set) {
  const bool no_ids = is_empty(set);
  switch (question) {
    case Question::overlaps:
      if (no_ids) scope_ = Scope::none;
      break;
    case Question::contains:
      if (no_ids) scope_ = Scope::all;
      break;
    case Question::within:
      scope_ = Scope::found_or_empty;
      break;
    case Question::equals:
      if (no_ids) scope_ = Scope::found_or_empty;
      break;
  }
  if (no_ids) return;
  if (question == Question::overlaps || question == Question::within) {
    look_up_stretches(set);
  } else {
    look_up_ids(set);
  }
}

bool KeyQuery::is_looked_up(Id id, int level) const noexcept {
  const int finest = id < least_keyed ? 1 : 0;
  return keys_ == Keys::each_id ? level == finest : level >= finest;
}

// Ids that are spread evenly over the set, from its first to its last. The index finds out which is rarest.
void KeyQuery::look_up_ids(const SetView& set) {
  const std::uint64_t ids = cardinality(set);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(ids, max_ids));
  is_complete_ = count == ids;
  Id chosen[max_ids];
  for (std::size_t i = 0; i < count; ++i) {
    // In this order nothing overflows.
    const std::uint64_t position =
        count == 1 ? 0 : (ids - 1) / (count - 1) * i + (ids - 1) % (count - 1) * i / (count - 1);
    chosen[i] = select(set, position);
  }
  by_id_.resize(count * key_levels);
  for (int level = 0; level < key_levels; ++level) {
    const std::size_t begin = lookups_.size();
    for (std::size_t i = 0; i < count; ++i) {
      std::uint32_t& lookup = by_id_[i * key_levels + static_cast<std::size_t>(level)];
      lookup = no_lookup;
      if (!is_looked_up(chosen[i], level)) continue;
      const Key key = key_of(chosen[i], level);
      if (lookups_.size() == begin || lookups_.back().last != key) {
        lookups_.push_back({key, key, level == 0});
      }
      lookup = static_cast<std::uint32_t>(lookups_.size() - 1);
    }
  }
}

// Between the widest gaps, where there are more gaps than stretches.
void KeyQuery::look_up_stretches(const SetView& set) {
  WidestGaps gaps(max_stretches - 1);
  if (cardinality(set) <= many_ids) {
    add_gaps_of_ids(set, gaps);
  } else {
    add_gaps_of_blocks(set, gaps);
  }
  Buffer<Stretch> stretches;
  Id first = minimum(set);
  for (const Gap& gap : gaps.in_order()) {
    stretches.push_back({first, gap.before});
    first = gap.after;
  }
  stretches.push_back({first, maximum(set)});

  for (int level = 0; level < key_levels; ++level) {
    const std::size_t begin = lookups_.size();
    for (Stretch stretch : stretches) {
      // What begins or ends on the other side of `least_keyed` is looked up on this side of it, or nowhere.
      if (!is_looked_up(stretch.first, level)) stretch.first = std::max(stretch.first, least_keyed);
      if (!is_looked_up(stretch.last, level))
        stretch.last = std::min(stretch.last, least_keyed - 1);
      if (stretch.first > stretch.last) continue;
      const Key from = key_of(stretch.first, level);
      const Key to = key_of(stretch.last, level);
      if (lookups_.size() > begin && lookups_.back().last >= from) {
        lookups_.back().last = to;
      } else {
        lookups_.push_back({from, to, level == 0});
      }
    }
  }
}

bool KeyQuery::is_wanted(Key key) const noexcept {
  Id id;
  return Cursor(set_, false, first_of(key)).next(&id, 1) == 1 && id <= last_of(key);
}

Finding KeyQuery::judge(const Finding* found) const noexcept {
  switch (question_) {
    case Question::overlaps:
      return judge_any(found);
    case Question::contains:
      return judge_all(found);
    case Question::equals:
      // What else is in the set no key tells.
      return judge_all(found) == Finding::no ? Finding::no : Finding::maybe;
    case Question::within:
      break;
  }
  return Finding::maybe;  // none is found: an empty set
}

Finding KeyQuery::judge_any(const Finding* found) const noexcept {
  Finding any = Finding::no;
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    if (found[i] == Finding::no) continue;
    if (found[i] == Finding::yes && lookups_[i].is_id) return Finding::yes;
    any = Finding::maybe;
  }
  return any;
}

Finding KeyQuery::judge_all(const Finding* found) const noexcept {
  Finding all = is_complete_ ? Finding::yes : Finding::maybe;
  for (std::size_t i = 0; i < by_id_.size(); i += key_levels) {
    Finding one = Finding::no;
    for (std::size_t level = 0; level < key_levels; ++level) {
      const std::uint32_t lookup = by_id_[i + level];
      if (lookup == no_lookup || found[lookup] == Finding::no) continue;
      one = Finding::maybe;
      if (found[lookup] == Finding::yes && level == 0) one = Finding::yes;
      break;
    }
    if (one == Finding::no) return Finding::no;
    if (one == Finding::maybe) all = Finding::maybe;
  }
  return all;
}

}  // namespace objectset
