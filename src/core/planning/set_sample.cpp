#include "core/planning/set_sample.hpp"

#include <algorithm>
#include <cmath>

namespace objectset {
namespace {

// So many ids are counted at the most: 8 MB, which takes a tenth of a second to sort.
constexpr double max_ids = 1 << 20;

// An id counts as common in a part of the sets where it was met so often, and more often than chance makes of ids that
// are all alike.
constexpr double min_common = 10;
constexpr double min_deviations = 3;

double places(Id first, Id last) noexcept {
  return first > last ? 0 : static_cast<double>(last) - static_cast<double>(first) + 1;
}

// Turns values into the bounds between so many buckets of equally many of them.
template <class T>
void make_histogram(Buffer<T>& values, std::size_t buckets) {
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const std::size_t bounds = std::min(buckets + 1, std::max<std::size_t>(values.size(), 2));
  if (values.size() == 1) values.push_back(values[0]);
  for (std::size_t i = 0; i < bounds; ++i) {
    values[i] = values[i * (values.size() - 1) / (bounds - 1)];
  }
  values.resize(bounds);
}

// How many different values there are in all `total`, of a sample of `sampled` with `distinct`, `once` of which were met
// once. Source: Haas and Stokes, as in PostgreSQL's analyze.c.
double estimate_distinct(double sampled, double distinct, double once, double total) noexcept {
  if (sampled >= total) return distinct;
  const double divisor = sampled - once + once * sampled / total;
  return std::clamp(sampled * distinct / divisor, distinct, total);
}

}  // namespace

void SetSample::add(const SampledSet& set) {
  const auto size = static_cast<double>(set.cardinality);
  const bool is_large = set.cardinality > max_counted;
  sizes_.push_back(set.cardinality);
  count_ += 1;
  empty_ += set.cardinality == 0 ? 1 : 0;
  small_ += is_large ? 0 : 1;
  (is_large ? large_ids_ : small_ids_) += size;
  largest_ = std::max(largest_, size);
  if (!set.is_bounded) return;
  least_.push_back(set.least);
  greatest_.push_back(set.greatest);
  width_ += places(set.least, set.greatest);
  if (!is_large) return;
  large_least_ = std::min(large_least_, set.least);
  large_greatest_ = std::max(large_greatest_, set.greatest);
}

std::size_t SetSample::stride() const noexcept {
  return static_cast<std::size_t>(std::ceil(std::max(small_ids_, 1.0) / max_ids));
}

void SetSample::add_ids(const Id* ids, std::size_t count) {
  ids_.append(ids, count);
  counted_ += 1;
}

void SetSample::count_ids(double sets, std::size_t max_common) {
  struct Counted {
    double count;
    Id id;
  };
  Buffer<Counted> counts;
  std::sort(ids_.begin(), ids_.end());
  double once = 0;
  for (std::size_t i = 0; i < ids_.size();) {
    std::size_t end = i + 1;
    while (end < ids_.size() && ids_[end] == ids_[i]) ++end;
    counts.push_back({static_cast<double>(end - i), ids_[i]});
    once += end - i == 1 ? 1 : 0;
    i = end;
  }
  const auto sampled = static_cast<double>(ids_.size());
  const auto distinct = static_cast<double>(counts.size());
  const double total = small_ids_ * sets / count_;
  const bool is_complete = sampled >= total;
  possible_ids_ = estimate_distinct(sampled, distinct, once, total);

  const double expected = sampled / distinct;
  const double at_least =
      is_complete ? 2 : std::max(min_common, expected + min_deviations * std::sqrt(expected));
  Counted* const common_end =
      std::partition(counts.begin(), counts.end(),
                     [&](const Counted& counted) { return counted.count >= at_least; });
  std::sort(counts.begin(), common_end, [](const Counted& a, const Counted& b) {
    return a.count != b.count ? a.count > b.count : a.id < b.id;
  });
  const std::size_t kept =
      std::min(max_common, static_cast<std::size_t>(common_end - counts.begin()));
  std::sort(counts.begin(), counts.begin() + kept,
            [](const Counted& a, const Counted& b) { return a.id < b.id; });
  for (std::size_t i = 0; i < kept; ++i) {
    common_.push_back(counts[i].id);
    common_fractions_.push_back(static_cast<float>(counts[i].count / counted_ * small_ / count_));
  }
  ids_.clear();
}

void SetSample::finish(double sets, std::size_t buckets, std::size_t max_common) {
  sets = std::max(sets, count_);
  mean_ = (small_ids_ + large_ids_) / count_;
  if (least_.empty() && mean_ > 0) {  // as if they reached from end to end
    least_.push_back(INT64_MIN);
    greatest_.push_back(INT64_MAX);
    width_ = places(INT64_MIN, INT64_MAX);
  }
  if (!least_.empty()) width_ /= static_cast<double>(least_.size());
  if (!ids_.empty()) count_ids(sets, max_common);
  // Ids of large sets are taken to fill the room that they have, where there are enough of them. Where there are not,
  // there are as many as in one set, or as in all together, or something in between.
  if (large_ids_ > 0) {
    const double all = large_ids_ * sets / count_;
    const double room = places(large_least_, large_greatest_);
    const bool is_filled = room > 0 && room <= all;
    possible_ids_ =
        std::max({possible_ids_, largest_, is_filled ? room : std::sqrt(largest_ * all)});
  }
  make_histogram(sizes_, buckets);
  make_histogram(least_, buckets);
  make_histogram(greatest_, buckets);
}

}  // namespace objectset
