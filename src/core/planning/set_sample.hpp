// What is kept of a column of sets, from a sample of its rows: the arithmetic of ANALYZE.
//
// The one idea: of every set that is sampled the number of ids and the least and the greatest are enough, which the first
// bytes of a value tell; of small sets the ids are counted as well, so that common ones are known by name.
#pragma once

#include "core/set/set_view.hpp"

namespace objectset {

/// What is looked at of one set.
struct SampledSet {
  std::uint64_t cardinality = 0;
  bool is_bounded = false;  // the two below are known; never for the empty set
  Id least = 0;
  Id greatest = 0;
};

class SetSample {
 public:
  /// The ids of sets of no more than so many are counted.
  static constexpr std::uint64_t max_counted = 256;

  void add(const SampledSet& set);

  /// Of so many small sets one is to be given to add_ids(), so that memory and time stay within bounds.
  std::size_t stride() const noexcept;
  void add_ids(const Id* ids, std::size_t count);

  /// Works out what follows. There are `sets` of them in the table, as far as is known; at least one was added.
  void finish(double sets, std::size_t buckets, std::size_t max_common);

  double mean() const noexcept { return mean_; }
  double mean_of_large() const noexcept { return large_ids_ / count_; }
  double empty_fraction() const noexcept { return empty_ / count_; }
  double width() const noexcept { return width_; }
  double possible_ids() const noexcept { return possible_ids_; }
  Span<std::uint64_t> sizes() const noexcept { return sizes_; }
  Span<Id> least() const noexcept { return least_; }
  Span<Id> greatest() const noexcept { return greatest_; }
  Span<Id> common() const noexcept { return common_; }
  Span<float> common_fractions() const noexcept { return common_fractions_; }

 private:
  void count_ids(double sets, std::size_t max_common);

  Buffer<std::uint64_t> sizes_;  // of all, then the bounds of their histogram; so the next two
  Buffer<Id> least_;
  Buffer<Id> greatest_;
  Buffer<Id> ids_;
  Buffer<Id> common_;
  Buffer<float> common_fractions_;
  double count_ = 0;
  double empty_ = 0;
  double small_ = 0;      // sets
  double counted_ = 0;    // sets whose ids were added
  double small_ids_ = 0;  // of all small sets, with repeats; and of the others
  double large_ids_ = 0;
  double largest_ = 0;
  Id large_least_ = INT64_MAX;
  Id large_greatest_ = INT64_MIN;
  double mean_ = 0;
  double width_ = 0;
  double possible_ids_ = 1;
};

}  // namespace objectset
