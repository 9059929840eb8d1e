#include "core/planning/set_selectivity.hpp"

#include <algorithm>
#include <cmath>

namespace objectset {
namespace {

// Statistics are of the past: of ids that they know nothing of, so many are taken to be there all the same.
constexpr double min_part = 0.01;

// Sets that have so much of the ids within their windows are taken to have them all alike, be they large or small.
constexpr double mostly_full = 0.5;

double clamp(double fraction) noexcept { return std::clamp(fraction, 0.0, 1.0); }

double places(Id first, Id last) noexcept {
  return first > last ? 0 : static_cast<double>(last) - static_cast<double>(first) + 1;
}

// The fraction of values that are not greater than `value`.
double not_greater(Span<Id> bounds, Id value) noexcept {
  const auto above = static_cast<std::size_t>(
      std::upper_bound(bounds.begin(), bounds.end(), value) - bounds.begin());
  if (above == 0) return 0;
  if (above == bounds.size()) return 1;
  const Id below = bounds[above - 1];
  const double part = places(below, value) / places(below, bounds[above]);
  return (static_cast<double>(above - 1) + part) / static_cast<double>(bounds.size() - 1);
}
double smaller(Span<Id> bounds, Id value) noexcept {
  return value == INT64_MIN ? 0 : not_greater(bounds, value - 1);
}

// The mean of f(size) over the sets.
template <class F>
double over_sizes(const SetColumnStatistics& column, F&& f) noexcept {
  if (column.sizes.size() < 2) return f(column.mean);
  double sum = 0;
  for (std::size_t i = 0; i < column.sizes.size(); ++i) {
    const bool is_end = i == 0 || i + 1 == column.sizes.size();
    sum += (is_end ? 0.5 : 1.0) * f(static_cast<double>(column.sizes[i]));
  }
  return sum / static_cast<double>(column.sizes.size() - 1);
}

// A column of which at least one set is not empty, with what follows from its statistics.
class Estimate {
 public:
  explicit Estimate(const SetColumnStatistics& column) noexcept
      : column_(column),
        least_(column.least.front()),
        greatest_(column.greatest.back()),
        not_empty_(clamp(1 - column.empty_fraction)),
        window_(clamp(column.width / places(least_, greatest_))),
        full_(clamp(column.mean / (window_ * std::max(column.possible_ids, 1.0)))),
        cover_(std::max(average_cover(least_, greatest_), window_ * min_part)) {
    double common = 0;
    for (const float fraction : column.common_fractions) common += static_cast<double>(fraction);
    const double others = column.possible_ids - static_cast<double>(column.common.size());
    from_large_ = column.mean_of_large / std::max(column.possible_ids, 1.0);
    other_ = from_large_ +
             std::max(column.mean - column.mean_of_large - common, 0.0) / std::max(others, 1.0);
  }

  // The fraction of sets that hold an id.
  double holding(Id id) const noexcept {
    const Id* const found = std::lower_bound(column_.common.begin(), column_.common.end(), id);
    if (found != column_.common.end() && *found == id) return common(found);
    return holding_other(id);
  }

  HoldingOfColumn holding(const ColumnStatistics& ids) const noexcept {
    double rows = 0;
    double within = 0;
    double covered = 0;
    const auto add = [&](Id id, double weight) {
      rows += weight;
      if (id < least_ || id > greatest_) return;
      within += weight;
      covered += weight * cover(id);
    };
    for (std::size_t i = 0; i < ids.common.size() && i < ids.common_fractions.size(); ++i) {
      add(ids.common[i], static_cast<double>(ids.common_fractions[i]));
    }
    const double other_rows = std::max(0.0, 1 - ids.null_fraction - rows);
    for (const Id id : ids.bounds) add(id, other_rows / static_cast<double>(ids.bounds.size()));
    if (rows <= 0)
      return {clamp(column_.mean / std::max(column_.possible_ids, ids.possible_ids)), 1};
    within = std::max(within / rows, min_part);
    const double there = std::min(ids.possible_ids * within, places(least_, greatest_));
    const double each = column_.mean / std::max(column_.possible_ids, there);
    return {clamp(each * std::max(covered / rows / cover_, min_part)), within};
  }

  double overlapping(const SetView& set) const noexcept {
    const Members members = members_of(set);
    const double meeting = clamp(1 - not_meeting(members));
    if (meeting <= 0 || members.shared <= 0) return 0;
    // Sets with other windows share nothing, so those that meet share the more.
    const double rate = members.shared / column_.mean / meeting;
    return meeting * over_sizes(column_, [&](double size) { return -std::expm1(-size * rate); });
  }

  double containing(const SetView& set) const noexcept {
    const Members members = members_of(set);
    // Windows that cover the set's, as far as they are drawn apart.
    const double below = not_greater(column_.least, members.first);
    const double above = 1 - smaller(column_.greatest, members.last);
    const double covering = members.others == 0 ? 1 : both(below, above);
    const double density = other_ / cover_ / column_.mean;
    const double held = over_sizes(column_, [&](double size) {
      if (size < members.count) return 0.0;
      return std::pow(std::min(1.0, size * density), members.others);
    });
    return std::max(covering * held * members.common_product, containing_if_full(members));
  }

  double contained(const SetView& set) const noexcept {
    const Members members = members_of(set);
    const double within = both(1 - smaller(column_.least, members.first),
                               not_greater(column_.greatest, members.last));
    if (within <= 0) return 0;
    // Its part of the ids that the sets have there; where it has nearly all the numbers there are, ids among them.
    const double share = std::max(std::min(1.0, members.shared / column_.mean / within),
                                  members.count / places(members.first, members.last));
    return within * over_sizes(column_, [&](double size) {
             return size == 0 || size > members.count ? 0.0 : std::pow(share, size);
           });
  }

 private:
  // Of a set that columns are held against
  struct Members {
    double count;
    Id first;
    Id last;
    double others;          // ids that are not among the common ones
    double shared;          // ids that one of the column's sets shares with it, on average
    double common_product;  // the fraction of sets that hold all the common ones
  };

  // Of sets that are nearly ranges it is the window that tells, not how many ids are asked for.
  double containing_if_full(const Members& members) const noexcept {
    if (full_ < mostly_full) return 0;
    const double covering = both(not_greater(column_.least, members.first),
                                 1 - smaller(column_.greatest, members.last));
    const double large =
        over_sizes(column_, [&](double size) { return size < members.count ? 0.0 : 1.0; });
    return std::min(covering, large) * std::pow(full_, members.count);
  }

  Members members_of(const SetView& set) const noexcept {
    Members members = {static_cast<double>(cardinality(set)), minimum(set), maximum(set), 0, 0, 1};
    members.others = members.count;
    const Id first = std::max(members.first, least_);
    const Id last = std::min(members.last, greatest_);
    double near = first > last ? 0 : static_cast<double>(count_between(set, first, last));
    for (const Id& id : column_.common) {
      if (!contains(set, id)) continue;
      members.others -= 1;
      near -= 1;
      members.shared += common(&id);
      members.common_product *= common(&id);
    }
    if (near <= 0) return members;
    members.shared += near * std::min(1.0, other_ * average_cover(first, last) / cover_);
    return members;
  }

  double common(const Id* id) const noexcept {
    return clamp(
        static_cast<double>(
            column_.common_fractions[static_cast<std::size_t>(id - column_.common.begin())]) +
        from_large_);
  }

  // An id that lies in more windows than others is held by more sets, but by no more than those.
  double holding_other(Id id) const noexcept {
    if (id < least_ || id > greatest_) return 0;
    return std::min(cover(id) * not_empty_, other_ * cover(id) / cover_);
  }

  // The fraction of windows that an id lies in. Those of sets that are spread over all ids end where they do by chance:
  // what lies beyond was as likely. Those of sets that have nearly all ids within end where they end.
  double cover(Id id) const noexcept {
    const double windows =
        std::max(not_greater(column_.least, id) - smaller(column_.greatest, id), 0.0);
    return full_ < mostly_full ? window_ + (1 - window_) * windows : windows;
  }
  double average_cover(Id first, Id last) const noexcept {
    constexpr std::uint64_t points = 32;
    const std::uint64_t step =
        (static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first)) / points;
    double sum = 0;
    for (std::uint64_t i = 0; i < points; ++i) {
      sum += cover(static_cast<Id>(static_cast<std::uint64_t>(first) + step * i + step / 2));
    }
    return sum / static_cast<double>(points);
  }

  double not_meeting(const Members& members) const noexcept {
    return 1 - not_greater(column_.least, members.last) + smaller(column_.greatest, members.first);
  }

  // That a condition holds for the lower end of a window and another for the upper: the ends of narrow windows lie
  // together, those of wide ones where they like.
  double both(double lower, double upper) const noexcept {
    return clamp(window_ * lower * upper + (1 - window_) * std::max(0.0, lower + upper - 1));
  }

  const SetColumnStatistics& column_;
  Id least_;
  Id greatest_;
  double not_empty_;
  double window_;      // a window's part of the room between all ids
  double full_;        // the part of the ids in its window that a set has, on average
  double cover_;       // the fraction of windows that an id lies in, on average
  double from_large_;  // the fraction of sets that hold an id for being large
  double other_;       // the fraction of sets that hold an id that is not common, on average
};

bool all_are_empty(const SetColumnStatistics& column) noexcept {
  return column.least.empty() || column.greatest.empty() || column.mean <= 0;
}

double there(const SetColumnStatistics& column) noexcept { return clamp(1 - column.null_fraction); }

// Two columns, as far as one needs the other to be understood.
struct Pair {
  Pair(const SetColumnStatistics& a, const SetColumnStatistics& b) noexcept {
    const double room = std::max(places(a.least.front(), a.greatest.back()),
                                 places(b.least.front(), b.greatest.back()));
    double common_a = 0;
    double common_b = 0;
    for (std::size_t i = 0, j = 0; i < a.common.size() && j < b.common.size();) {
      if (a.common[i] != b.common[j]) {
        ++(a.common[i] < b.common[j] ? i : j);
        continue;
      }
      const auto x = static_cast<double>(a.common_fractions[i++]) / a.mean;
      const auto y = static_cast<double>(b.common_fractions[j++]) / b.mean;
      same += x * y;
      common_a += x;
      common_b += y;
    }
    ids = std::max({a.possible_ids, b.possible_ids, 1.0});
    same += clamp(1 - common_a) * clamp(1 - common_b) / ids;
    is_apart = a.least.front() > b.greatest.back() || b.least.front() > a.greatest.back();
    width_a = std::clamp(a.width / room * ids, 1.0, ids);
    width_b = std::clamp(b.width / room * ids, 1.0, ids);
  }
  bool is_apart;   // their ids have nothing in common, as far as is known
  double ids;      // that there are
  double width_a;  // of windows, in ids
  double width_b;
  double same = 0;  // the chance that an id of one is that id of the other
};

}  // namespace

double holding_fraction(const SetColumnStatistics& column, Id id) noexcept {
  if (all_are_empty(column)) return 0;
  return clamp(there(column) * Estimate(column).holding(id));
}

double holding_fraction_of_unknown(const SetColumnStatistics& column,
                                   double possible_ids) noexcept {
  if (all_are_empty(column)) return 0;
  return clamp(there(column) *
               std::min(1.0, column.mean / std::max({column.possible_ids, possible_ids, 1.0})));
}

HoldingOfColumn holding_fraction_of_column(const SetColumnStatistics& column,
                                           const ColumnStatistics& ids) noexcept {
  if (all_are_empty(column)) return {0, 1};
  HoldingOfColumn holding = Estimate(column).holding(ids);
  holding.fraction *= there(column);
  return holding;
}

double overlapping_fraction(const SetColumnStatistics& column, const SetView& set) noexcept {
  if (all_are_empty(column) || is_empty(set)) return 0;
  return clamp(there(column) * Estimate(column).overlapping(set));
}

double containing_fraction(const SetColumnStatistics& column, const SetView& set) noexcept {
  if (is_empty(set)) return there(column);
  if (all_are_empty(column)) return 0;
  return clamp(there(column) * Estimate(column).containing(set));
}

double contained_set_fraction(const SetColumnStatistics& column, const SetView& set) noexcept {
  const double empty = clamp(column.empty_fraction);
  if (all_are_empty(column)) return there(column);
  if (is_empty(set)) return clamp(there(column) * empty);
  return clamp(there(column) * (empty + Estimate(column).contained(set)));
}

double overlapping_pairs(const SetColumnStatistics& a, const SetColumnStatistics& b) noexcept {
  if (all_are_empty(a) || all_are_empty(b)) return 0;
  const Pair pair(a, b);
  const double meeting = clamp((pair.width_a + pair.width_b - 1) / pair.ids);
  const double rate = pair.same / (std::max(pair.width_a, pair.width_b) / pair.ids);
  const double shared = over_sizes(a, [&](double m) {
    return over_sizes(b, [&](double n) { return -std::expm1(-m * n * rate); });
  });
  return clamp(there(a) * there(b) * meeting * shared * (pair.is_apart ? min_part : 1));
}

double containing_pairs(const SetColumnStatistics& a, const SetColumnStatistics& b) noexcept {
  const double empty = clamp(b.empty_fraction);
  if (all_are_empty(b)) return there(a) * there(b);
  if (all_are_empty(a)) return clamp(there(a) * there(b) * empty);
  const Pair pair(a, b);
  const double wide = pair.width_a / pair.ids;
  const double room_left = pair.ids - pair.width_b + 1;
  const double covering =
      clamp(std::max(wide * wide, (std::max(pair.width_a - pair.width_b, 0.0) + 1) / room_left));
  const double rate = pair.same / wide;
  const double held = over_sizes(a, [&](double m) {
    return over_sizes(
        b, [&](double n) { return n == 0 || n > m ? 0.0 : std::pow(std::min(1.0, m * rate), n); });
  });
  return clamp(there(a) * there(b) * (empty + covering * held * (pair.is_apart ? min_part : 1)));
}

}  // namespace objectset
