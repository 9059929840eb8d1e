#include "core/set/set.hpp"

#include <cstring>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/roaring/roaring_stream.hpp"
#include "core/set/bitmap_change.hpp"

namespace objectset {
namespace {

// From so many ids on, a range that is added to in bulk becomes dense.
constexpr std::size_t dense_from = 512;

constexpr std::uint64_t max_range_ids = std::uint64_t{1} << 32;

// More full ranges than this fit no value: each takes some 900 KB stored.
constexpr std::uint64_t max_full_ranges = 1000;

roaring_bitmap_t* new_bitmap() { return croaring.bitmap_create_with_capacity(0); }

// Calls use(lower halves, count) for the ids, all of one range, in pieces.
template <class Use>
void in_lows(Span<Id> ids, Use&& use) {
  std::uint32_t lows[1024];
  std::size_t done = 0;
  while (done < ids.size()) {
    const std::size_t count = std::min<std::size_t>(ids.size() - done, 1024);
    for (std::size_t i = 0; i < count; ++i) lows[i] = low_of(ids[done + i]);
    use(lows, count);
    done += count;
    check_interrupts();
  }
}

void add_lows(roaring_bitmap_t* bitmap, Span<Id> ids) {
  in_lows(ids, [&](const std::uint32_t* lows, std::size_t n) {
    croaring.bitmap_add_many(bitmap, n, lows);
  });
}

void merge_sorted(Operation operation, Span<Id> a, Span<Id> b, Set& out) {
  const Id* in_a = a.begin();
  const Id* in_b = b.begin();
  const bool only_a = operation != Operation::intersect;
  const bool only_b = operation == Operation::unite || operation == Operation::symdiff;
  const bool both = operation == Operation::unite || operation == Operation::intersect;
  // Nothing predicts the order of two sets' ids, so nothing branches on it: each turn writes an id, and the next one
  // writes over it where it is not wanted. By way of a block, which needs no look at the room there is.
  const std::size_t kept[4] = {0, only_a ? 1u : 0u, only_b ? 1u : 0u, both ? 1u : 0u};
  constexpr std::size_t block_ids = 256;
  Id block[block_ids];
  for (std::size_t blocks = 0; in_a != a.end() && in_b != b.end(); ++blocks) {
    if (blocks % 256 == 0) check_interrupts();
    Id* to = block;
    while (to != block + block_ids && in_a != a.end() && in_b != b.end()) {
      const Id id_a = *in_a;
      const Id id_b = *in_b;
      const std::size_t is_a = id_a <= id_b ? 1 : 0;
      const std::size_t is_b = id_b <= id_a ? 1 : 0;
      *to = is_a != 0 ? id_a : id_b;
      to += kept[is_a + 2 * is_b];
      in_a += is_a;
      in_b += is_b;
    }
    out.append_sparse(Span<Id>(block, to));
  }
  if (only_a) out.append_sparse(Span<Id>(in_a, a.end()));
  if (only_b) out.append_sparse(Span<Id>(in_b, b.end()));
}

// The ids of a sorted array, all of one range, that a bitmap holds, or does not.
void filter(Span<Id> ids, const DenseRange& range, bool held, Set& out) {
  roaring_bulk_context_t context{};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % 65536 == 0) check_interrupts();
    if (croaring.bitmap_contains_bulk(range.bitmap, &context, low_of(ids[i])) == held) {
      out.append_sparse(ids[i]);
    }
  }
}

void combine_bitmaps_inplace(Operation operation, roaring_bitmap_t* a, const roaring_bitmap_t* b) {
  switch (operation) {
    case Operation::unite:
      croaring.bitmap_or_inplace(a, b);
      return;
    case Operation::intersect:
      croaring.bitmap_and_inplace(a, b);
      return;
    case Operation::minus:
      croaring.bitmap_andnot_inplace(a, b);
      return;
    case Operation::symdiff:
      croaring.bitmap_xor_inplace(a, b);
      return;
  }
}

}  // namespace

// Changes of bitmaps, all of which are ready to be made.
struct PreparedChanges {
  Buffer<BitsChange> bits;
  Buffer<BitmapChange> bitmaps;
  Buffer<roaring_bitmap_t*> others;  // what was made for them, and goes when they are made

  void make() noexcept {
    for (const BitsChange& change : bits) make_change(change);
    for (const BitmapChange& change : bitmaps) make_change(change);
    for (roaring_bitmap_t* other : others) croaring.bitmap_free(other);
  }
};

// Combines two sets, range by range. `target`, where it is set, is the Set that `a` shows: its own bitmaps
// are taken out of it and changed in place. Where `changes` is set instead, they are left as they are: the result borrows
// them as they will be when the changes are made.
class RangeCombiner {
 public:
  RangeCombiner(Operation operation, Set* target, Set& out) noexcept
      : operation_(operation), target_(target), out_(out) {}
  RangeCombiner(Operation operation, PreparedChanges& changes, Set& out) noexcept
      : operation_(operation), changes_(&changes), out_(out) {}

  void run(const SetView& a, const SetView& b) {
    begin_of_a_ = a.dense.begin();
    zip(
        a, b,
        [&](Span<Id> ids_a, Span<Id> ids_b) {
          merge_sorted(operation_, ids_a, ids_b, out_);
          return true;
        },
        [&](std::int32_t high, const DenseRange* dense_a, Span<Id> ids_a, const DenseRange* dense_b,
            Span<Id> ids_b) {
          check_interrupts();
          if (dense_a != nullptr && dense_b != nullptr) {
            both_dense(high, *dense_a, *dense_b);
          } else if (dense_a != nullptr) {
            left_dense(high, *dense_a, ids_b);
          } else {
            right_dense(high, ids_a, *dense_b);
          }
          return true;
        });
  }

 private:
  bool can_take(const DenseRange& range) const noexcept {
    return target_ != nullptr && range.owned;
  }

  // The bitmap of a range of the target, now nobody's.
  roaring_bitmap_t* take(const DenseRange& range) noexcept {
    DenseRange& slot = target_->dense_[static_cast<std::size_t>(&range - begin_of_a_)];
    slot.owned = false;
    return const_cast<roaring_bitmap_t*>(slot.bitmap);
  }

  roaring_bitmap_t* take_or_copy(const DenseRange& range) {
    return can_take(range) ? take(range) : croaring.bitmap_copy(range.bitmap);
  }

  void give_whole(const DenseRange& range) {
    out_.append_borrowed(range, range.high);
    if (can_take(range)) {
      take(range);
      out_.dense_.back().owned = true;
    }
  }

  bool can_prepare(const DenseRange& range) const noexcept {
    return changes_ != nullptr && range.owned;
  }

  void prepare(const DenseRange& range, const roaring_bitmap_t* other) {
    auto* const target = const_cast<roaring_bitmap_t*>(range.bitmap);
    const BitmapChange change =
        prepare_change(operation_, target, range.cardinality, other, changes_->bits);
    changes_->bitmaps.push_back(change);
    if (change.cardinality == 0) return;
    out_.append_borrowed({range.high, false, change.cardinality, target, nullptr, 0}, range.high);
  }

  // Where one of them has every id there can be, what comes out is there already, or nothing; to make it anew would take
  // 65,536 containers. False, and nothing done, elsewhere.
  bool gives_one_of(const DenseRange& a, const DenseRange& b) {
    const bool is_a_full = a.cardinality == max_range_ids;
    const bool is_b_full = b.cardinality == max_range_ids;
    switch (operation_) {
      case Operation::unite:
      case Operation::intersect:
        if (!is_a_full && !is_b_full) return false;
        if (is_a_full == (operation_ == Operation::unite)) {
          give_whole(a);
        } else {
          out_.append_borrowed(b, b.high);
        }
        return true;
      case Operation::minus:
        return is_b_full;
      case Operation::symdiff:
        break;
    }
    return is_a_full && is_b_full;
  }

  void both_dense(std::int32_t high, const DenseRange& a, const DenseRange& b) {
    if (gives_one_of(a, b)) return;
    if (can_prepare(a)) return prepare(a, b.bitmap);
    if (can_take(a)) {
      roaring_bitmap_t* bitmap = take(a);
      combine_bitmaps_inplace(operation_, bitmap, b.bitmap);
      out_.append_dense(high, bitmap);
    } else {
      out_.append_dense(high, combine_bitmaps(operation_, a.bitmap, b.bitmap));
    }
  }

  void left_dense(std::int32_t high, const DenseRange& a, Span<Id> b) {
    if (operation_ == Operation::intersect) return filter(b, a, true, out_);
    if (b.empty()) return give_whole(a);
    if (can_prepare(a)) {
      changes_->others.push_back(make_bitmap(b));
      return prepare(a, changes_->others.back());
    }
    roaring_bitmap_t* bitmap = take_or_copy(a);
    if (operation_ == Operation::unite) {
      add_lows(bitmap, b);
    } else if (operation_ == Operation::minus) {
      in_lows(b, [&](const std::uint32_t* lows, std::size_t n) {
        croaring.bitmap_remove_many(bitmap, n, lows);
      });
    } else {
      roaring_bitmap_t* other = make_bitmap(b);
      croaring.bitmap_xor_inplace(bitmap, other);
      croaring.bitmap_free(other);
    }
    out_.append_dense(high, bitmap);
  }

  void right_dense(std::int32_t high, Span<Id> a, const DenseRange& b) {
    if (operation_ == Operation::intersect) return filter(a, b, true, out_);
    if (operation_ == Operation::minus) return filter(a, b, false, out_);
    if (a.empty()) return out_.append_borrowed(b, b.high);
    roaring_bitmap_t* bitmap = croaring.bitmap_copy(b.bitmap);
    if (operation_ == Operation::unite) {
      add_lows(bitmap, a);
    } else {
      roaring_bitmap_t* other = make_bitmap(a);
      croaring.bitmap_xor_inplace(bitmap, other);
      croaring.bitmap_free(other);
    }
    out_.append_dense(high, bitmap);
  }

  Operation operation_;
  Set* target_ = nullptr;
  PreparedChanges* changes_ = nullptr;
  Set& out_;
  const DenseRange* begin_of_a_ = nullptr;
};

namespace {

// Below so many ids adding them one by one is as quick as writing a stream.
constexpr std::size_t stream_from = 64;

// Appends the container of a block to a stream: a run where there is only one, but no others.
Container append_container(Span<Id> block, Buffer<char>& stream) {
  const auto count = static_cast<std::uint32_t>(block.size());
  const auto first = static_cast<std::uint16_t>(block.front());
  const auto last = static_cast<std::uint16_t>(block.back());
  const auto key = static_cast<std::uint16_t>(low_of(block.front()) >> 16);
  const auto described = [&](ContainerKind kind, std::uint32_t runs) {
    return Container{kind, key, count, runs, nullptr, container_bytes(kind, count, runs)};
  };
  if (last - first == static_cast<int>(count) - 1 &&
      canonical_kind(count, 1) == ContainerKind::run) {
    char* at = stream.extend(container_bytes(ContainerKind::run, count, 1));
    at = store(at, std::uint16_t{1});
    at = store(at, first);
    store(at, static_cast<std::uint16_t>(count - 1));
    return described(ContainerKind::run, 1);
  }
  if (count <= max_array_cardinality) {
    char* at = stream.extend(container_bytes(ContainerKind::array, count, 0));
    for (const Id id : block) at = store(at, static_cast<std::uint16_t>(id));
    return described(ContainerKind::array, 0);
  }
  // A word is put together before it is stored: mostly the next id falls into the same one.
  char* const words = stream.extend(bitmap_bytes);
  std::memset(words, 0, bitmap_bytes);
  std::size_t place = first / 64;
  std::uint64_t word = 0;
  for (const Id id : block) {
    const auto low = static_cast<std::uint16_t>(id);
    if (low / 64 != place) {
      store(words + place * 8, word);
      place = low / 64;
      word = 0;
    }
    word |= std::uint64_t{1} << low % 64;
  }
  store(words + place * 8, word);
  return described(ContainerKind::bitmap, 0);
}

// Writes the header of a stream of these containers, in the form that has flags for runs.
void write_header(Span<Container> containers, char* to) noexcept {
  const std::size_t count = containers.size();
  char* at = store(to, cookie_with_runs | static_cast<std::uint32_t>(count - 1) << 16);
  std::memset(at, 0, (count + 7) / 8);
  for (std::size_t i = 0; i < count; ++i) {
    if (containers[i].kind == ContainerKind::run) at[i / 8] |= static_cast<char>(1 << i % 8);
  }
  at += (count + 7) / 8;
  const std::size_t header = stream_header_size(count, true);
  const bool has_offsets = header > static_cast<std::size_t>(at - to) + 4 * count;
  std::size_t offset = header;
  char* offsets = at + 4 * count;
  for (const Container& container : containers) {
    at = store(at, container.key);
    at = store(at, static_cast<std::uint16_t>(container.cardinality - 1));
    if (has_offsets) offsets = store(offsets, static_cast<std::uint32_t>(offset));
    offset += container.bytes;
  }
}

}  // namespace

// By writing a stream and reading it: that looks for no container, and moves none that grows.
roaring_bitmap_t* make_bitmap(Span<Id> ids) {
  if (ids.size() < stream_from) {
    roaring_bitmap_t* bitmap = new_bitmap();
    add_lows(bitmap, ids);
    return bitmap;
  }
  Buffer<Container> blocks;
  Buffer<char> stream;
  // The header goes in front, but its size is known at last: there is room for the largest that there can be.
  const std::size_t span = (low_of(ids.back()) >> 16) - (low_of(ids.front()) >> 16) + 1;
  const std::size_t room = stream_header_size(std::min(span, ids.size()), true);
  stream.reserve(room + 2 * ids.size());
  stream.resize(room);
  while (!ids.empty()) {
    check_interrupts();
    const Span<Id> block = front_block(ids);
    blocks.push_back(append_container(block, stream));
    ids = Span<Id>(block.end(), ids.end());
  }
  const std::size_t unused = room - stream_header_size(blocks.size(), true);
  write_header(blocks, stream.data() + unused);
  return croaring.bitmap_portable_deserialize_safe(stream.data() + unused, stream.size() - unused);
}

Set::~Set() {
  if (is_abandoned()) return;
  for (const DenseRange& range : dense_) {
    if (range.owned) croaring.bitmap_free(range.bitmap);
  }
  for (roaring_bitmap_t* bitmap : kept_) croaring.bitmap_free(bitmap);
}

void Set::swap(Set& other) noexcept {
  sparse_.swap(other.sparse_);
  dense_.swap(other.dense_);
  kept_.swap(other.kept_);
}

void Set::append_dense(std::int32_t high, roaring_bitmap_t* bitmap) {
  const std::uint64_t count = croaring.bitmap_get_cardinality(bitmap);
  if (count == 0) {
    croaring.bitmap_free(bitmap);
    return;
  }
  dense_.push_back(DenseRange{high, true, count, bitmap, nullptr, 0});
}

void Set::append_borrowed(const DenseRange& range, std::int32_t high) {
  dense_.push_back(range);
  dense_.back().high = high;
  dense_.back().owned = false;
}

bool Set::keeps(const DenseRange& range) const noexcept {
  if (std::find(kept_.begin(), kept_.end(), range.bitmap) != kept_.end()) return true;
  const std::size_t at = dense_position(range.high);
  return at < dense_.size() && dense_[at].owned && dense_[at].bitmap == range.bitmap;
}

void Set::keep() { keep_beside(*this); }

void Set::keep_beside(const Set& keeper) {
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    DenseRange& range = dense_[i];
    if (range.owned || keeper.keeps(range) || keeps(range)) continue;
    const roaring_bitmap_t* borrowed = range.bitmap;
    roaring_bitmap_t* copy = croaring.bitmap_copy(borrowed);
    const bool shared = i + 1 < dense_.size() && dense_[i + 1].bitmap == borrowed;
    if (shared) {
      // The full ranges of make_range: neighbours that show one bitmap go on showing one.
      kept_.push_back(copy);
      for (std::size_t j = i; j < dense_.size() && dense_[j].bitmap == borrowed; ++j) {
        dense_[j].bitmap = copy;
        dense_[j].stream = nullptr;
      }
    } else {
      range.bitmap = copy;
      range.stream = nullptr;
      range.owned = true;
    }
  }
}

void Set::apply(Operation operation, const SetView& other) {
  if (operation == Operation::unite && is_empty(other)) return;
  Set result;
  RangeCombiner(operation, this, result).run(*this, other);
  // Ranges that show a kept bitmap may be borrowed by the result.
  result.kept_.swap(kept_);
  swap(result);
}

void Set::change(Operation operation, const SetView& other) {
  if (operation != Operation::intersect && is_empty(other)) return;
  Rollback undo;
  Set result;
  PreparedChanges changes;
  RangeCombiner(operation, changes, result).run(*this, other);
  result.keep_beside(*this);
  result.kept_.reserve(result.kept_.size() + kept_.size());
  undo.commit();
  // Nothing fails from here on.
  changes.make();
  result.kept_.append(kept_.data(), kept_.size());
  kept_.clear();
  result.adopt(*this);
  swap(result);
}

namespace {

// As the stored form has it, but for runs: two bytes an id and eight for each block of 65,536, against eight an id.
bool is_worth_a_bitmap(Span<Id> ids) noexcept {
  std::size_t blocks = 1;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    blocks += (ids[i] ^ ids[i - 1]) >> 16 != 0 ? 1 : 0;
  }
  return blocks * 4 < ids.size() * 3;
}

// The first ids of a sorted array that have one upper half and are dense_from or more; none where there are no such.
// Of these many, two that stand half as many apart are looked at: most others are not.
Span<Id> first_long_range(Span<Id> sorted) noexcept {
  constexpr std::size_t step = dense_from / 2;
  for (std::size_t i = 0; i + step < sorted.size(); i += step) {
    const std::int32_t high = high_of(sorted[i]);
    if (high_of(sorted[i + step]) != high) continue;
    const Id* const from = sorted.begin() + (i < step ? 0 : i - step);
    const Span<Id> range = ids_of_range(Span<Id>(from, sorted.end()), high);
    if (range.size() >= dense_from) return range;
  }
  return {sorted.end(), sorted.end()};
}

}  // namespace

void Set::add_sorted(Span<Id> ids) {
  Set added;
  const Id* sparse = ids.begin();
  // What lies behind all there is, is appended, not merged.
  const auto add_sparse_up_to = [&](const Id* end) {
    Id last = INT64_MIN;
    if (!sparse_.empty()) last = sparse_.back();
    if (!dense_.empty()) last = std::max(last, make_id(dense_.back().high, UINT32_MAX));
    const Id* const behind = is_empty(*this) ? sparse : std::upper_bound(sparse, end, last);
    added.append_sparse(Span<Id>(sparse, behind));
    append_sparse(Span<Id>(behind, end));
  };
  for (Span<Id> range = first_long_range(ids); !range.empty();
       range = first_long_range(Span<Id>(range.end(), ids.end()))) {
    if (!is_worth_a_bitmap(range)) continue;
    add_sparse_up_to(range.begin());
    added.append_dense(high_of(range.front()), make_bitmap(range));
    sparse = range.end();
  }
  add_sparse_up_to(ids.end());
  if (is_empty(added)) return;
  if (is_empty(*this)) {
    swap(added);
    return;
  }
  apply(Operation::unite, added);
  adopt(added);
}

DenseRange* Set::find_owned(std::int32_t high) noexcept {
  DenseRange* const range = dense_.begin() + dense_position(high);
  return range != dense_.end() && range->high == high && range->owned ? range : nullptr;
}

void Set::combine_lazily(Operation operation, DenseRange& range, const DenseRange& other,
                         bool roomy) {
  auto* bitmap = const_cast<roaring_bitmap_t*>(range.bitmap);
  range.cardinality = 0;
  range.stream = nullptr;
  if (operation == Operation::unite) {
    croaring.bitmap_lazy_or_inplace(bitmap, other.bitmap, roomy);
  } else {
    croaring.bitmap_lazy_xor_inplace(bitmap, other.bitmap);
  }
}

void Set::add_range_uncounted(DenseRange& range, std::uint32_t low_first, std::uint32_t low_last) {
  range.cardinality = 0;
  range.stream = nullptr;
  croaring.bitmap_add_range_closed(const_cast<roaring_bitmap_t*>(range.bitmap), low_first,
                                   low_last);
}

void Set::settle() {
  DenseRange* kept = dense_.begin();
  for (DenseRange& range : dense_) {
    if (range.cardinality == 0) {
      check_interrupts();
      auto* bitmap = const_cast<roaring_bitmap_t*>(range.bitmap);
      croaring.bitmap_repair_after_lazy(bitmap);
      range.cardinality = croaring.bitmap_get_cardinality(bitmap);
      if (range.cardinality == 0) {
        croaring.bitmap_free(bitmap);
        continue;
      }
    }
    *kept++ = range;
  }
  dense_.resize(static_cast<std::size_t>(kept - dense_.begin()));
}

void Set::adopt(Set& from) noexcept {
  DenseRange* source = from.dense_.begin();
  for (DenseRange& range : dense_) {
    while (source != from.dense_.end() && source->high < range.high) ++source;
    if (source == from.dense_.end()) return;
    if (source->owned && source->bitmap == range.bitmap) {
      source->owned = false;
      range.owned = true;
    }
  }
}

Set combine(Operation operation, const SetView& a, const SetView& b) {
  Set result;
  RangeCombiner(operation, nullptr, result).run(a, b);
  return result;
}

roaring_bitmap_t* make_bitmap(Id first, Id last) {
  roaring_bitmap_t* bitmap = new_bitmap();
  croaring.bitmap_add_range_closed(bitmap, low_of(first), low_of(last));
  return bitmap;
}

Set make_range(Id first, Id last) {
  Set result;
  if (first > last) return result;
  const std::int32_t first_high = high_of(first);
  const std::int32_t last_high = high_of(last);
  const auto ranges = static_cast<std::uint64_t>(std::int64_t{last_high} - first_high);
  if (ranges > max_full_ranges) {
    fail_with(ErrorCode::too_large, too_large_message, too_large_hint,
              "The range of ids is longer than a value can hold.");
  }

  // Short ranges are sparse ids, so that small literals cost no bitmap.
  if (ranges == 0 && low_of(last) - low_of(first) < 8) {
    for (Id id = first;; ++id) {
      result.append_sparse(id);
      if (id == last) return result;
    }
  }
  const DenseRange* full = nullptr;
  Set full_holder;
  for (std::int64_t high = first_high; high <= last_high; ++high) {
    const std::uint32_t low_first = high == first_high ? low_of(first) : 0;
    const std::uint32_t low_last = high == last_high ? low_of(last) : UINT32_MAX;
    if (full != nullptr && low_first == 0 && low_last == UINT32_MAX) {
      result.append_borrowed(*full, static_cast<std::int32_t>(high));
      continue;
    }
    roaring_bitmap_t* bitmap = make_bitmap(low_first, low_last);
    if (low_first == 0 && low_last == UINT32_MAX && high < last_high) {
      full_holder.append_dense(static_cast<std::int32_t>(high), bitmap);
      full = &full_holder.dense().front();
      result.append_borrowed(*full, full->high);
    } else {
      result.append_dense(static_cast<std::int32_t>(high), bitmap);
    }
  }
  if (full != nullptr) result.keep();  // one copy, shown by all full ranges
  return result;
}

namespace {

// Hands the part of each range that lies within [first, last] to `out`.
void append_between(const SetView& set, Id first, Id last, Set& out) {
  if (first > last) return;
  const Id* begin = std::lower_bound(set.sparse.begin(), set.sparse.end(), first);
  const Id* end = std::upper_bound(begin, set.sparse.end(), last);
  out.append_sparse(Span<Id>(begin, end));
  for (const DenseRange& range : set.dense) {
    if (range.high < high_of(first) || range.high > high_of(last)) continue;
    // Not wider than the range's own ids: a window costs something for each 65,536 that it spans.
    const std::uint32_t minimum = croaring.bitmap_minimum(range.bitmap);
    const std::uint32_t maximum = croaring.bitmap_maximum(range.bitmap);
    const std::uint32_t low_first =
        range.high == high_of(first) ? std::max(low_of(first), minimum) : minimum;
    const std::uint32_t low_last =
        range.high == high_of(last) ? std::min(low_of(last), maximum) : maximum;
    if (low_first > low_last) continue;
    if (low_first == minimum && low_last == maximum) {
      out.append_borrowed(range, range.high);
      continue;
    }
    roaring_bitmap_t* window = new_bitmap();
    croaring.bitmap_add_range_closed(window, low_first, low_last);
    roaring_bitmap_t* part = croaring.bitmap_and(range.bitmap, window);
    croaring.bitmap_free(window);
    out.append_dense(range.high, part);
  }
}

}  // namespace

Set between(const SetView& set, Id first, Id last) {
  Set result;
  append_between(set, first, last, result);
  return result;
}

Set without_range(const SetView& set, Id first, Id last) {
  if (first > last) return between(set, INT64_MIN, INT64_MAX);
  Set before;
  if (first > INT64_MIN) append_between(set, INT64_MIN, first - 1, before);
  Set after;
  if (last < INT64_MAX) append_between(set, last + 1, INT64_MAX, after);
  before.apply(Operation::unite, after);
  before.adopt(after);
  return before;
}

Set slice(const SetView& set, std::uint64_t offset, std::uint64_t limit) {
  const std::uint64_t count = cardinality(set);
  if (limit == 0 || offset >= count) return Set();
  const std::uint64_t taken = std::min(limit, count - offset);
  return between(set, select(set, offset), select(set, offset + taken - 1));
}

Set shift(const SetView& set, std::int64_t by) {
  Set result;
  if (is_empty(set)) return result;
  Id unused;
  if (__builtin_add_overflow(minimum(set), by, &unused) ||
      __builtin_add_overflow(maximum(set), by, &unused)) {
    fail(ErrorCode::out_of_range, "bigint out of range");
  }
  Set sparse;
  sparse.reserve_sparse(set.sparse.size());
  for (std::size_t i = 0; i < set.sparse.size(); ++i) {
    if (i % 65536 == 0) check_interrupts();
    sparse.append_sparse(set.sparse[i] + by);
  }
  // A dense range moves by whole ranges, and by a rest that lets it reach into the range after it.
  const std::int64_t ranges = by >> 32;
  const auto rest = static_cast<std::int64_t>(static_cast<std::uint32_t>(by));
  std::int64_t over_high = INT64_MIN;
  roaring_bitmap_t* over = nullptr;  // what reached over from the range before
  for (const DenseRange& range : set.dense) {
    check_interrupts();
    const std::int64_t high = range.high + ranges;
    if (rest == 0) {
      result.append_borrowed(range, static_cast<std::int32_t>(high));
      continue;
    }
    roaring_bitmap_t* bitmap = croaring.bitmap_add_offset(range.bitmap, rest);
    if (over != nullptr && over_high == high) {
      croaring.bitmap_or_inplace(bitmap, over);
      croaring.bitmap_free(over);
    } else if (over != nullptr) {
      result.append_dense(static_cast<std::int32_t>(over_high), over);
    }
    result.append_dense(static_cast<std::int32_t>(high), bitmap);
    over = croaring.bitmap_add_offset(range.bitmap, rest - (std::int64_t{1} << 32));
    over_high = high + 1;
  }
  if (over != nullptr) result.append_dense(static_cast<std::int32_t>(over_high), over);
  result.apply(Operation::unite, sparse);
  return result;
}

}  // namespace objectset
