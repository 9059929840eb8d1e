#include "core/stored/stored_count.hpp"

#include <algorithm>

#include "core/roaring/roaring_stream.hpp"

namespace objectset {
namespace {

struct Run {
  std::uint32_t first;
  std::uint32_t last;
};

// The runs of a container, an array's values being runs of one. There is at least one.
struct Runs {
  const char* pairs;
  std::uint32_t size;
  Run at(std::uint32_t i) const noexcept {
    const auto pair = load<std::uint32_t>(pairs + std::size_t{4} * i);
    return {pair & 0xffff, (pair & 0xffff) + (pair >> 16)};
  }
};

struct Values {
  const char* values;
  std::uint32_t size;
  Run at(std::uint32_t i) const noexcept {
    const std::uint32_t value = load<std::uint16_t>(values + std::size_t{2} * i);
    return {value, value};
  }
};

// How much of a run that ends first is in the other one.
std::uint32_t count_ending(const Run& run, const Run& other) noexcept {
  return run.last < other.first ? 0 : run.last - std::max(run.first, other.first) + 1;
}

template <class A, class B>
std::uint64_t count_merged(const A& a, const B& b) noexcept {
  std::uint64_t count = 0;
  std::uint32_t i = 0;
  std::uint32_t j = 0;
  Run in_a = a.at(0);
  Run in_b = b.at(0);
  for (;;) {
    if (in_a.last < in_b.last) {
      count += count_ending(in_a, in_b);
      if (++i == a.size) return count;
      in_a = a.at(i);
    } else {
      count += count_ending(in_b, in_a);
      if (++j == b.size) return count;
      in_b = b.at(j);
    }
  }
}

// Of a few runs each is looked up in the many.
template <class A, class B>
std::uint64_t count_looked_up(const A& few, const B& many) noexcept {
  std::uint64_t count = 0;
  std::uint32_t j = 0;
  for (std::uint32_t i = 0; i < few.size; ++i) {
    const Run wanted = few.at(i);
    std::uint32_t left = many.size - j;  // those that may end before
    while (left > 0) {
      const std::uint32_t half = left / 2;
      const bool is_before = many.at(j + half).last < wanted.first;
      j += is_before ? half + 1 : 0;
      left = is_before ? left - half - 1 : half;
    }
    // The last of these may go on into the next of the few.
    for (std::uint32_t k = j; k < many.size && many.at(k).first <= wanted.last; ++k) {
      const Run found = many.at(k);
      count += std::min(found.last, wanted.last) - std::max(found.first, wanted.first) + 1;
    }
  }
  return count;
}

template <class A, class B>
std::uint64_t count_common(const A& a, const B& b) noexcept {
  constexpr std::uint32_t many_times = 16;
  if (a.size > many_times * b.size) return count_looked_up(b, a);
  if (b.size > many_times * a.size) return count_looked_up(a, b);
  return count_merged(a, b);
}

template <class Other>
std::uint64_t count_common(const Container& a, const Other& b) noexcept {
  if (a.kind == ContainerKind::run) return count_common(Runs{a.data, a.runs}, b);
  return count_common(Values{a.data, a.cardinality}, b);
}

std::uint64_t count_common(const Container& a, const Container& b) noexcept {
  if (b.kind == ContainerKind::run) return count_common(a, Runs{b.data, b.runs});
  return count_common(a, Values{b.data, b.cardinality});
}

// Streams up to this size are counted here: longer arrays CRoaring intersects by eight values at a time. A bitmap
// container fits none of them.
constexpr std::size_t max_short_stream = 128;
static_assert(max_short_stream < bitmap_bytes);

// Whether a stream has runs alone, as many as there may be: CRoaring, too, walks them one by one.
constexpr std::size_t max_stream_of_runs = 4096;
static_assert(max_stream_of_runs < bitmap_bytes);

bool has_only_runs(const DenseRange& range) noexcept {
  StreamWalker walker(range.stream, range.stream_size);
  Container container;
  while (walker.next(container)) {
    if (container.kind != ContainerKind::run) return false;
  }
  return true;
}

bool is_counted_here(const DenseRange& range) noexcept {
  if (range.stream_size <= max_short_stream) return true;
  return range.stream_size <= max_stream_of_runs && has_only_runs(range);
}

std::uint64_t count_in_streams(const DenseRange& a, const DenseRange& b) noexcept {
  StreamWalker walker_a(a.stream, a.stream_size);
  StreamWalker walker_b(b.stream, b.stream_size);
  Container in_a;
  Container in_b;
  std::uint64_t count = 0;
  bool more = walker_a.next(in_a) && walker_b.next(in_b);
  while (more) {
    if (in_a.key == in_b.key) count += count_common(in_a, in_b);
    const bool steps_a = in_a.key <= in_b.key;
    const bool steps_b = in_b.key <= in_a.key;
    more = (!steps_a || walker_a.next(in_a)) && (!steps_b || walker_b.next(in_b));
  }
  return count;
}

// The bitmap of a range, as a range of a set that lives no longer than this.
class OpenRange {
 public:
  explicit OpenRange(const DenseRange& range) : range_(range) {
    range_.bitmap = open_bitmap(range);
  }
  OpenRange(const OpenRange&) = delete;
  OpenRange& operator=(const OpenRange&) = delete;
  ~OpenRange() {
    if (!is_abandoned()) croaring.bitmap_free(range_.bitmap);
  }
  SetView view() const& noexcept { return {{}, Span<DenseRange>(&range_, 1)}; }
  SetView view() const&& = delete;

 private:
  DenseRange range_;
};

std::uint64_t count_in_ranges(const DenseRange& a, const DenseRange& b) {
  if (is_counted_here(a) && is_counted_here(b)) return count_in_streams(a, b);
  const OpenRange open_a(a);
  const OpenRange open_b(b);
  return intersect_count(open_a.view(), open_b.view());
}

bool is_one_range(const SetView& set) noexcept {
  return set.sparse.empty() && set.dense.size() == 1;
}

std::uint64_t count_in_range(Span<Id> ids, const DenseRange& range) {
  if (ids.empty()) return 0;
  const OpenRange open(range);
  return intersect_count(SetView{ids, {}}, open.view());
}

}  // namespace

std::uint64_t intersect_count(const StoredParts& a, const StoredParts& b) {
  const SetView view_a = a.view();
  const SetView view_b = b.view();
  if (view_a.dense.empty() && view_b.dense.empty()) return intersect_count(view_a, view_b);
  if (is_one_range(view_a) && is_one_range(view_b)) {
    const DenseRange& range_a = view_a.dense.front();
    const DenseRange& range_b = view_b.dense.front();
    return range_a.high == range_b.high ? count_in_ranges(range_a, range_b) : 0;
  }
  std::uint64_t count = 0;
  zip(
      view_a, view_b,
      [&](Span<Id> ids_a, Span<Id> ids_b) {
        if (!ids_a.empty() && !ids_b.empty()) {
          count += intersect_count(SetView{ids_a, {}}, SetView{ids_b, {}});
        }
        return true;
      },
      [&](std::int32_t, const DenseRange* dense_a, Span<Id> ids_a, const DenseRange* dense_b,
          Span<Id> ids_b) {
        check_interrupts();
        if (dense_a == nullptr) {
          count += count_in_range(ids_a, *dense_b);
        } else if (dense_b == nullptr) {
          count += count_in_range(ids_b, *dense_a);
        } else {
          count += count_in_ranges(*dense_a, *dense_b);
        }
        return true;
      });
  return count;
}

}  // namespace objectset
