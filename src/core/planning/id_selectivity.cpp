#include "core/planning/id_selectivity.hpp"

#include <algorithm>
#include <cmath>

#include "core/set/set_counts.hpp"

namespace objectset {
namespace {

constexpr double unknown_set_fraction = 0.005;

// ANALYZE samples 300 rows for each bucket, so about 1/300 of a bucket's rows lie beyond the sample at either
// end; four times as many are allowed for.
constexpr double beyond_buckets = 4.0 / 300;

// Where the possible ids fill so much of the column's range, they are taken to be spread evenly over it.
constexpr double min_even_density = 0.5;

double clamp(double fraction) noexcept { return std::clamp(fraction, 0.0, 1.0); }

double places(Id first, Id last) noexcept {
  return first > last ? 0 : static_cast<double>(last) - static_cast<double>(first) + 1;
}

// id + by, for by >= 0, and id - by, stopping at the ends of the 64 bits.
Id raised(Id id, double by) noexcept {
  const auto room = static_cast<std::uint64_t>(INT64_MAX) - static_cast<std::uint64_t>(id);
  if (by >= static_cast<double>(room)) return INT64_MAX;
  return static_cast<Id>(static_cast<std::uint64_t>(id) + static_cast<std::uint64_t>(by));
}
Id lowered(Id id, double by) noexcept { return ~raised(~id, by); }

// Ids that are counted apart, sorted.
class Excluded {
 public:
  void add(Id id) { ids_.push_back(id); }
  void sort() { std::sort(ids_.begin(), ids_.end()); }
  std::size_t size() const noexcept { return ids_.size(); }
  double between(Id first, Id last) const noexcept {
    if (ids_.empty()) return 0;
    return static_cast<double>(std::upper_bound(ids_.begin(), ids_.end(), last) -
                               std::lower_bound(ids_.begin(), ids_.end(), first));
  }

 private:
  Buffer<Id> ids_;
};

class Estimate {
 public:
  Estimate(const SetView& set, const ColumnStatistics& column, Id first, Id last)
      : set_(set), column_(column), first_(first), last_(last) {
    for (std::size_t i = 0; i < column.common.size(); ++i) {
      const Id id = column.common[i];
      const double rows = i < column.common_fractions.size() ? column.common_fractions[i] : 0;
      common_rows_ += rows;
      common_.add(id);
      if (!is_member(id)) continue;
      matched_ += rows;
      common_members_.add(id);
    }
    common_.sort();
    common_members_.sort();
    other_rows_ = clamp(1 - column.null_fraction - common_rows_);
    other_ids_ = std::max(column.possible_ids - static_cast<double>(common_.size()), 1.0);
  }

  double fraction() const {
    if (other_rows_ <= 0) return clamp(matched_);
    return clamp(matched_ +
                 other_rows_ * (column_.bounds.size() < 2 ? without_histogram() : in_histogram()));
  }

 private:
  double without_histogram() const noexcept {
    const double members = static_cast<double>(count_between(set_, first_, last_)) -
                           static_cast<double>(common_members_.size());
    return std::min(1.0, members / other_ids_);
  }

  // The fraction of the rows outside the common ids that match.
  double in_histogram() const {
    const Span<Id> bounds = column_.bounds;
    const std::size_t buckets = bounds.size() - 1;
    const std::size_t stride = (buckets + column_.most_buckets - 1) / column_.most_buckets;
    const double width = places(bounds.front(), bounds.back());
    const double density = std::min(1.0, other_ids_ / width);
    const bool even = !column_.is_unique && density >= min_even_density;

    // The bounds come from a sample: a few ids lie outside, within a tail on either side, and above also those that the
    // table has grown by.
    const double tail = beyond_buckets * width / static_cast<double>(buckets);
    const Id lowest = lowered(bounds.front(), tail);
    const Id highest = raised(bounds.back(), tail + width * column_.growth);

    // Ids of the set up to each bound, and to the ends of the tails, from that of the lower one on: all at once, since each
    // count begins where the one before it ended.
    Buffer<Id> ends;
    Buffer<std::uint64_t> counts;
    ends.reserve((buckets + stride - 1) / stride + 3);
    ends.push_back(lowest == INT64_MIN ? lowest : lowest - 1);
    for (std::size_t i = 0; i < buckets; i += stride) ends.push_back(bounds[i]);
    ends.push_back(bounds[buckets]);
    ends.push_back(highest);
    counts.resize(ends.size());
    count_from_first(ends, counts);
    if (lowest == INT64_MIN && is_member(lowest)) {
      for (std::uint64_t& count : counts) ++count;
    }
    const std::size_t last_bound = ends.size() - 2;
    const std::uint64_t below = counts[1] - (is_member(bounds[0]) ? 1 : 0);

    double matching = 0;
    for (std::size_t i = 1; i < last_bound; ++i) {
      const double share = static_cast<double>(std::min(stride, buckets - (i - 1) * stride)) /
                           static_cast<double>(buckets);
      const Id last = ends[i + 1];
      if (ends[i] == last) {
        matching += is_member(last) ? share : 0;
        continue;
      }
      const Id first = i == 1 ? ends[1] : ends[i] + 1;
      const double room = places(first, last) - common_.between(first, last);
      const double ids = even ? room * density : std::min(room, other_ids_ * share);
      const double members = static_cast<double>(counts[i + 1] - (i == 1 ? below : counts[i])) -
                             common_members_.between(first, last);
      matching += share * std::min(1.0, members / std::max(ids, 1.0));
    }
    const auto beyond = static_cast<double>(below + counts[last_bound + 1] - counts[last_bound]);
    const double common_beyond = common_members_.between(lowest, highest) -
                                 common_members_.between(bounds.front(), bounds.back());
    return std::min(1.0, matching + (beyond - common_beyond) / other_ids_);
  }

  bool is_member(Id id) const noexcept { return id >= first_ && id <= last_ && contains(set_, id); }

  // Of the members, which are from first_ to last_ alone, so many beyond the first of these ids, up to each.
  void count_from_first(const Buffer<Id>& ends, Buffer<std::uint64_t>& counts) const {
    const Id before = first_ == INT64_MIN ? first_ : first_ - 1;
    Buffer<Id> within;
    within.resize(ends.size());
    std::transform(ends.begin(), ends.end(), within.begin(),
                   [&](Id end) { return std::clamp(end, before, last_); });
    counts_after_first(set_, within.data(), within.size(), counts.data());
  }

  const SetView& set_;
  const ColumnStatistics& column_;
  Id first_;
  Id last_;
  Excluded common_;
  Excluded common_members_;
  double common_rows_ = 0;
  double matched_ = 0;
  double other_rows_ = 0;
  double other_ids_ = 1;
};

// The part of a histogram up to an id, which cuts its bucket in proportion.
double part_up_to(Span<Id> bounds, Id id) noexcept {
  const Id* const above = std::upper_bound(bounds.begin(), bounds.end(), id);
  if (above == bounds.begin()) return 0;
  if (above == bounds.end()) return 1;
  const Id below = *(above - 1);
  const auto before = static_cast<double>(above - 1 - bounds.begin());
  return (before + places(below, id) / places(below, *above)) /
         static_cast<double>(bounds.size() - 1);
}

// Without a histogram all of it: what is not known lies anywhere.
double part_between(Span<Id> bounds, Id first, Id last) noexcept {
  if (bounds.size() < 2) return 1;
  return part_up_to(bounds, last) - (first == INT64_MIN ? 0 : part_up_to(bounds, first - 1));
}

}  // namespace

double contained_fraction(const SetView& set, const ColumnStatistics& column, Id first, Id last) {
  if (is_empty(set) || first > last) return 0;
  return Estimate(set, column, first, last).fraction();
}

double ids_between(const ColumnStatistics& column, Id first, Id last) noexcept {
  if (first > last) return 0;
  const auto common =
      static_cast<double>(std::count_if(column.common.begin(), column.common.end(),
                                        [&](Id id) { return id >= first && id <= last; }));
  const double others =
      std::max(column.possible_ids - static_cast<double>(column.common.size()), 0.0);
  return std::min(places(first, last), common + others * part_between(column.bounds, first, last));
}

double contained_fraction_of_unknown(double null_fraction, double possible_ids) noexcept {
  const double at_least = 1 / std::max(possible_ids, 1.0);
  return clamp(1 - null_fraction) * std::max(unknown_set_fraction, at_least);
}

double any_of(double fraction, double candidates) noexcept {
  if (fraction >= 1) return candidates > 0 ? 1 : 0;
  return clamp(-std::expm1(std::max(candidates, 0.0) * std::log1p(-clamp(fraction))));
}

}  // namespace objectset
