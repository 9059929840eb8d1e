#include "core/set/set_view.hpp"

#include <algorithm>

namespace objectset {
namespace {

// So many ids are looked at between two questions whether the host wants to stop.
constexpr std::size_t ids_per_check = 1 << 16;

const DenseRange* find_dense(const SetView& set, std::int32_t high) noexcept {
  const DenseRange* const found = first_range_from(set.dense, high);
  return found != set.dense.end() && found->high == high ? found : nullptr;
}

bool contains_low(const DenseRange& range, std::uint32_t low, roaring_bulk_context_t& context) {
  return croaring.bitmap_contains_bulk(range.bitmap, &context, low);
}

// How many of the ids, all of the bitmap's range, are in it; stops once more than `enough` are.
std::uint64_t count_in(Span<Id> ids, const DenseRange& range, std::uint64_t enough) {
  roaring_bulk_context_t context{};
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < ids.size() && count <= enough; ++i) {
    if (i % ids_per_check == 0) check_interrupts();
    count += contains_low(range, low_of(ids[i]), context) ? 1 : 0;
  }
  return count;
}

// The number of ids two sorted arrays share; stops once it is more than `enough`. Where one is much shorter,
// its ids are looked up in the other by galloping.
std::uint64_t count_common(Span<Id> a, Span<Id> b, std::uint64_t enough) {
  if (a.size() > b.size()) std::swap(a, b);
  if (a.empty() || a.back() < b.front() || b.back() < a.front()) return 0;
  std::uint64_t count = 0;
  const Id* in_a = a.begin();
  const Id* in_b = b.begin();
  if (a.size() * 32 < b.size()) {
    for (; in_a != a.end() && count <= enough; ++in_a) {
      if (static_cast<std::size_t>(in_a - a.begin()) % ids_per_check == 0) check_interrupts();
      std::size_t step = 1;
      while (step < static_cast<std::size_t>(b.end() - in_b) && in_b[step] < *in_a) step *= 2;
      const Id* limit = step < static_cast<std::size_t>(b.end() - in_b) ? in_b + step + 1 : b.end();
      in_b = std::lower_bound(in_b, limit, *in_a);
      if (in_b == b.end()) break;
      count += *in_b == *in_a ? 1 : 0;
    }
    return count;
  }
  std::size_t turns = 0;
  while (in_a != a.end() && in_b != b.end() && count <= enough) {
    if (turns++ % ids_per_check == 0) check_interrupts();
    const Id id_a = *in_a;
    const Id id_b = *in_b;
    in_a += id_a <= id_b ? 1 : 0;
    in_b += id_b <= id_a ? 1 : 0;
    count += id_a == id_b ? 1 : 0;
  }
  return count;
}

constexpr std::uint64_t all_of_them = UINT64_MAX - 1;

// Counts what two sets share, until it is more than `enough`.
std::uint64_t count_shared(const SetView& a, const SetView& b, std::uint64_t enough) {
  std::uint64_t count = 0;
  zip(
      a, b,
      [&](Span<Id> ids_a, Span<Id> ids_b) {
        count += count_common(ids_a, ids_b, enough - count);
        return count <= enough;
      },
      [&](std::int32_t, const DenseRange* dense_a, Span<Id> ids_a, const DenseRange* dense_b,
          Span<Id> ids_b) {
        check_interrupts();
        if (dense_a != nullptr && dense_b != nullptr) {
          if (enough == 0) {
            count += croaring.bitmap_intersect(dense_a->bitmap, dense_b->bitmap) ? 1 : 0;
          } else {
            count += croaring.bitmap_and_cardinality(dense_a->bitmap, dense_b->bitmap);
          }
        } else if (dense_a != nullptr) {
          count += count_in(ids_b, *dense_a, enough - count);
        } else {
          count += count_in(ids_a, *dense_b, enough - count);
        }
        return count <= enough;
      });
  return count;
}

// The smallest id of one of two dense ranges, not of both; false where they are equal.
bool first_difference(const DenseRange& a, const DenseRange& b, std::uint32_t& low) {
  if (croaring.bitmap_equals(a.bitmap, b.bitmap)) return false;
  roaring_bitmap_t* difference = croaring.bitmap_xor(a.bitmap, b.bitmap);
  low = croaring.bitmap_minimum(difference);
  croaring.bitmap_free(difference);
  return true;
}

// The same of a dense range and a sorted array of ids of that range.
bool first_difference(const DenseRange& a, Span<Id> b, std::uint32_t& low) {
  roaring_uint32_iterator_t iterator;
  croaring.iterator_init(a.bitmap, &iterator);
  for (const Id id : b) {
    if (!iterator.has_value || iterator.current_value != low_of(id)) {
      low = iterator.has_value ? std::min(iterator.current_value, low_of(id)) : low_of(id);
      return true;
    }
    croaring.uint32_iterator_advance(&iterator);
  }
  low = iterator.current_value;
  return iterator.has_value;
}

}  // namespace

bool is_empty(const SetView& set) noexcept { return set.sparse.empty() && set.dense.empty(); }

std::uint64_t cardinality(const SetView& set) noexcept {
  std::uint64_t count = set.sparse.size();
  for (const DenseRange& range : set.dense) count += range.cardinality;
  return count;
}

bool contains(const SetView& set, Id id) noexcept {
  if (!set.dense.empty()) {
    const DenseRange* range = find_dense(set, high_of(id));
    if (range != nullptr) return croaring.bitmap_contains(range->bitmap, low_of(id));
  }
  return std::binary_search(set.sparse.begin(), set.sparse.end(), id);
}

Id minimum(const SetView& set) noexcept {
  if (set.dense.empty()) return set.sparse.front();
  const DenseRange& range = set.dense.front();
  if (!set.sparse.empty() && set.sparse.front() < make_id(range.high, 0)) return set.sparse.front();
  return make_id(range.high, croaring.bitmap_minimum(range.bitmap));
}

Id maximum(const SetView& set) noexcept {
  if (set.dense.empty()) return set.sparse.back();
  const DenseRange& range = set.dense.back();
  if (!set.sparse.empty() && set.sparse.back() > make_id(range.high, 0)) return set.sparse.back();
  return make_id(range.high, croaring.bitmap_maximum(range.bitmap));
}

std::uint64_t rank(const SetView& set, Id id) noexcept {
  auto count = static_cast<std::uint64_t>(
      std::upper_bound(set.sparse.begin(), set.sparse.end(), id) - set.sparse.begin());
  for (const DenseRange& range : set.dense) {
    if (range.high > high_of(id)) break;
    count += range.high < high_of(id) ? range.cardinality
                                      : croaring.bitmap_rank(range.bitmap, low_of(id));
  }
  return count;
}

std::uint64_t rank_below(const SetView& set, Id id) noexcept {
  return id == INT64_MIN ? 0 : rank(set, id - 1);
}

Id select(const SetView& set, std::uint64_t position) noexcept {
  std::uint64_t before = 0;  // ids of the dense ranges passed
  for (const DenseRange& range : set.dense) {
    const auto smaller = static_cast<std::uint64_t>(
        std::lower_bound(set.sparse.begin(), set.sparse.end(), make_id(range.high, 0)) -
        set.sparse.begin());
    if (position < smaller + before) break;
    if (position < smaller + before + range.cardinality) {
      auto low = static_cast<std::uint32_t>(position - smaller - before);
      // CRoaring's select overflows where a range is full; there, the position is the answer.
      if (range.cardinality <= UINT32_MAX) croaring.bitmap_select(range.bitmap, low, &low);
      return make_id(range.high, low);
    }
    before += range.cardinality;
  }
  return set.sparse[position - before];
}

// The first ones are looked at, which takes less than to select them one by one; from there on steps double.
std::uint64_t consecutive_after(const SetView& set, std::uint64_t position, bool descending,
                                std::uint64_t most) noexcept {
  constexpr std::size_t few = 64;
  constexpr std::size_t many = 1024;
  most = std::min(most, descending ? position : cardinality(set) - position - 1);
  const auto start = static_cast<std::uint64_t>(select(set, position));
  const auto is_one = [&](Id id, std::uint64_t ids) {
    return static_cast<std::uint64_t>(id) == (descending ? start - ids : start + ids);
  };
  Id near[many];
  Cursor cursor(set, descending, static_cast<Id>(start));
  std::uint64_t known = 0;
  std::size_t seen = 0;
  for (const std::size_t wanted : {few, many}) {
    if (known + 1 < seen || known >= most) break;
    seen += cursor.next(near + seen, wanted - seen);
    while (known + 1 < seen && is_one(near[known + 1], known + 1)) ++known;
  }
  if (known + 1 < many || known >= most) return std::min(known, most);
  const auto goes_on = [&](std::uint64_t ids) {
    return ids <= most && is_one(select(set, descending ? position - ids : position + ids), ids);
  };
  while (goes_on(known * 2)) known *= 2;
  std::uint64_t beyond = std::min(known * 2, most + 1);
  while (beyond - known > 1) {
    const std::uint64_t middle = known + (beyond - known) / 2;
    (goes_on(middle) ? known : beyond) = middle;
  }
  return known;
}

bool find_absent(const SetView& set, Id id, bool descending, Id* found) noexcept {
  *found = id;
  if (!contains(set, id)) return true;
  const std::uint64_t more = consecutive_after(set, rank(set, id) - 1, descending, UINT64_MAX);
  const Id last = static_cast<Id>(static_cast<std::uint64_t>(id) + (descending ? 0 - more : more));
  if (last == (descending ? INT64_MIN : INT64_MAX)) return false;
  *found = descending ? last - 1 : last + 1;
  return true;
}

std::uint64_t count_between(const SetView& set, Id first, Id last) noexcept {
  if (first > last) return 0;
  return rank(set, last) - rank_below(set, first);
}

std::uint64_t intersect_count(const SetView& a, const SetView& b) {
  return count_shared(a, b, all_of_them);
}

bool overlaps(const SetView& a, const SetView& b) { return count_shared(a, b, 0) != 0; }

bool is_subset(const SetView& a, const SetView& b) {
  bool subset = true;
  zip(
      a, b,
      [&](Span<Id> ids_a, Span<Id> ids_b) {
        subset =
            ids_a.size() <= ids_b.size() && count_common(ids_a, ids_b, all_of_them) == ids_a.size();
        return subset;
      },
      [&](std::int32_t, const DenseRange* dense_a, Span<Id> ids_a, const DenseRange* dense_b,
          Span<Id> ids_b) {
        check_interrupts();
        if (dense_a != nullptr && dense_b != nullptr) {
          subset = dense_a->cardinality <= dense_b->cardinality &&
                   croaring.bitmap_is_subset(dense_a->bitmap, dense_b->bitmap);
        } else if (dense_a != nullptr) {
          subset = dense_a->cardinality <= ids_b.size() &&
                   count_in(ids_b, *dense_a, all_of_them) == dense_a->cardinality;
        } else {
          subset = count_in(ids_a, *dense_b, all_of_them) == ids_a.size();
        }
        return subset;
      });
  return subset;
}

int compare(const SetView& a, const SetView& b) {
  bool differ = false;
  Id difference = 0;
  zip(
      a, b,
      [&](Span<Id> ids_a, Span<Id> ids_b) {
        const auto [in_a, in_b] =
            std::mismatch(ids_a.begin(), ids_a.end(), ids_b.begin(), ids_b.end());
        if (in_a == ids_a.end() && in_b == ids_b.end()) return true;
        differ = true;
        difference = in_a == ids_a.end()   ? *in_b
                     : in_b == ids_b.end() ? *in_a
                                           : std::min(*in_a, *in_b);
        return false;
      },
      [&](std::int32_t high, const DenseRange* dense_a, Span<Id> ids_a, const DenseRange* dense_b,
          Span<Id> ids_b) {
        check_interrupts();
        std::uint32_t low = 0;
        if (dense_a != nullptr && dense_b != nullptr) {
          differ = first_difference(*dense_a, *dense_b, low);
        } else if (dense_a != nullptr) {
          differ = first_difference(*dense_a, ids_b, low);
        } else {
          differ = first_difference(*dense_b, ids_a, low);
        }
        difference = make_id(high, low);
        return !differ;
      });
  if (!differ) return 0;
  // Below `difference` the sets agree, and one of them holds it. The other goes on with a greater id, or ends.
  const bool a_holds_it = contains(a, difference);
  const SetView& other = a_holds_it ? b : a;
  const bool other_goes_on = !is_empty(other) && maximum(other) > difference;
  return a_holds_it == other_goes_on ? -1 : 1;
}

Cursor::Cursor(const SetView& set, bool descending) noexcept
    : set_(set), descending_(descending), sparse_(set.sparse), dense_(set.dense) {}

Cursor::Cursor(const SetView& set, bool descending, Id id) noexcept : Cursor(set, descending) {
  const std::int32_t high = high_of(id);
  const auto above = [](std::int32_t h, const DenseRange& range) { return h < range.high; };
  if (!descending) {
    sparse_ = Span<Id>(std::lower_bound(sparse_.begin(), sparse_.end(), id), sparse_.end());
    dense_ = Span<DenseRange>(first_range_from(dense_, high), dense_.end());
    if (dense_.empty() || dense_.front().high != high) return;
    croaring.iterator_init(dense_.front().bitmap, &iterator_);
    croaring.uint32_iterator_move_equalorlarger(&iterator_, low_of(id));
  } else {
    sparse_ = Span<Id>(sparse_.begin(), std::upper_bound(sparse_.begin(), sparse_.end(), id));
    dense_ = Span<DenseRange>(dense_.begin(),
                              std::upper_bound(dense_.begin(), dense_.end(), high, above));
    if (dense_.empty() || dense_.back().high != high) return;
    croaring.iterator_init(dense_.back().bitmap, &iterator_);
    if (croaring.uint32_iterator_move_equalorlarger(&iterator_, low_of(id))) {
      if (iterator_.current_value > low_of(id)) croaring.uint32_iterator_previous(&iterator_);
    } else {
      croaring.iterator_init_last(dense_.back().bitmap, &iterator_);
    }
  }
  in_dense_ = true;
}

std::size_t Cursor::next(Id* ids, std::size_t wanted) noexcept {
  return descending_ ? next_descending(ids, wanted) : next_ascending(ids, wanted);
}

std::size_t Cursor::next_ascending(Id* ids, std::size_t wanted) noexcept {
  std::size_t given = 0;
  std::uint32_t lows[256];
  while (given < wanted) {
    if (!in_dense_) {
      const Id* limit = dense_.empty() ? sparse_.end()
                                       : std::lower_bound(sparse_.begin(), sparse_.end(),
                                                          make_id(dense_.front().high, 0));
      const auto count =
          std::min(static_cast<std::size_t>(limit - sparse_.begin()), wanted - given);
      std::copy_n(sparse_.begin(), count, ids + given);
      given += count;
      sparse_ = Span<Id>(sparse_.begin() + count, sparse_.end());
      if (sparse_.begin() != limit) break;
      if (dense_.empty()) break;
      croaring.iterator_init(dense_.front().bitmap, &iterator_);
      in_dense_ = true;
    }
    const std::int32_t high = dense_.front().high;
    while (given < wanted) {
      const auto asked = static_cast<std::uint32_t>(std::min<std::size_t>(wanted - given, 256));
      const std::uint32_t read = croaring.uint32_iterator_read(&iterator_, lows, asked);
      for (std::uint32_t i = 0; i < read; ++i) ids[given++] = make_id(high, lows[i]);
      if (read < asked) {
        dense_ = Span<DenseRange>(dense_.begin() + 1, dense_.end());
        in_dense_ = false;
        break;
      }
    }
  }
  return given;
}

std::size_t Cursor::next_descending(Id* ids, std::size_t wanted) noexcept {
  std::size_t given = 0;
  while (given < wanted) {
    if (!in_dense_) {
      const Id* limit = dense_.empty() ? sparse_.begin()
                                       : std::upper_bound(sparse_.begin(), sparse_.end(),
                                                          make_id(dense_.back().high, UINT32_MAX));
      while (given < wanted && sparse_.end() != limit) {
        ids[given++] = sparse_.back();
        sparse_ = Span<Id>(sparse_.begin(), sparse_.end() - 1);
      }
      if (sparse_.end() != limit || dense_.empty()) break;
      croaring.iterator_init_last(dense_.back().bitmap, &iterator_);
      in_dense_ = true;
    }
    while (given < wanted && iterator_.has_value) {
      ids[given++] = make_id(dense_.back().high, iterator_.current_value);
      croaring.uint32_iterator_previous(&iterator_);
    }
    if (!iterator_.has_value) {
      dense_ = Span<DenseRange>(dense_.begin(), dense_.end() - 1);
      in_dense_ = false;
    }
  }
  return given;
}

}  // namespace objectset
