#include "core/stored/stored_set.hpp"

#include <roaring/containers/containers.h>

#include <algorithm>

#include "core/base/checksum.hpp"
#include "core/base/error.hpp"
#include "core/roaring/container_check.hpp"
#include "core/roaring/stream_builder.hpp"
#include "core/stored/portable_format.hpp"
#include "core/stored/stored_header.hpp"

namespace objectset {
namespace {

// The cost of a dense range beside its stream, when it is weighed against sparse ids.
constexpr std::size_t dense_overhead = 8;

static_assert(max_value_containers * 10 >= max_portable_size);

// No range of fewer ids can be dense: the shortest stream there is takes 15 bytes.
constexpr std::size_t min_dense_ids = 3;

// Whether ids of one range may be dense, by how many containers they are in alone: each takes 2 bytes at least, and 4 in
// the header, from four on 8.
bool may_be_dense(Span<Id> ids) noexcept {
  if (ids.size() < min_dense_ids) return false;
  std::size_t containers = 1;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    containers += (ids[i] ^ ids[i - 1]) >> 16 != 0 ? 1 : 0;
  }
  return is_dense((containers < 4 ? 6 : 10) * containers, ids.size());
}

std::uint64_t checksum_of(const char* bytes, std::size_t size) {
  return checksum(bytes + identity_size, size - identity_size, load<std::uint32_t>(bytes));
}

// The whole of a value, its parts found and fitting; ranges without bitmaps, in what room(number) gives. The sparse ids
// are where they stand, at any address.
template <class Room>
bool read_all(const char* bytes, std::size_t size, const char*& sparse, std::size_t& sparse_count,
              Span<DenseRange>& dense, std::uint32_t& maximum, Room&& room) {
  Layout layout;
  if (!read_front(bytes, size, size, layout)) return false;
  const char* const end = bytes + size;
  const char* at = bytes + identity_size;
  DenseRange* ranges = nullptr;
  if (layout.dense_count > 0) {
    ranges = room(layout.dense_count);
    DirectoryReader directory(layout, end, size);
    std::uint64_t ids = layout.sparse_count;
    for (std::uint32_t i = 0; i < layout.dense_count; ++i) {
      DenseRange& range = ranges[i] = {};
      if (!directory.next(range.high, range.cardinality, range.stream_size)) return false;
      ids += range.cardinality;
    }
    if (!directory.maximum(maximum)) return false;
    if (layout.has_cardinality && layout.cardinality != ids) return false;
    at = directory.at();
    if (layout.sparse_count > 0) {
      const std::size_t padding = padding_at(static_cast<std::size_t>(at - bytes));
      if (static_cast<std::size_t>(end - at) < padding) return false;
      for (std::size_t i = 0; i < padding; ++i) {
        if (*at++ != 0) return false;
      }
    }
  }
  if (static_cast<std::size_t>(end - at) < layout.sparse_count * id_size) return false;
  sparse = at;
  sparse_count = static_cast<std::size_t>(layout.sparse_count);
  dense = Span<DenseRange>(ranges, layout.dense_count);
  at += sparse_count * id_size;
  for (std::uint32_t i = 0; i < layout.dense_count; ++i) {
    DenseRange& range = ranges[i];
    if (i + 1 == layout.dense_count) range.stream_size = static_cast<std::size_t>(end - at);
    if (static_cast<std::size_t>(end - at) < range.stream_size) return false;
    range.stream = at;
    at += range.stream_size;
  }
  return at == end;
}

// In a bitmap viewed in place CRoaring takes the cardinality of a container for the capacity of its runs, and would
// make every copy that large: 256 KB for one run of 65,536 ids. Its containers stand there at any address.
void trim_runs(const roaring_bitmap_t& bitmap) noexcept {
  using Run = roaring::internal::run_container_t;
  const auto& containers = bitmap.high_low_container;
  for (std::int32_t i = 0; i < containers.size; ++i) {
    if (containers.typecodes[i] != RUN_CONTAINER_TYPE) continue;
    char* run = reinterpret_cast<char*>(containers.containers[i]);
    store(run + offsetof(Run, capacity), load<decltype(Run::n_runs)>(run + offsetof(Run, n_runs)));
  }
}

// Whether a run-optimized bitmap has a container whose runs take as much as its ids: there, and there only, its stream is
// not canonical (roaring_stream.hpp), though as long, give or take its header.
bool has_tie(const roaring_bitmap_t& bitmap) noexcept {
  using Run = roaring::internal::run_container_t;
  const auto& containers = bitmap.high_low_container;
  for (std::int32_t i = 0; i < containers.size; ++i) {
    if (containers.typecodes[i] != RUN_CONTAINER_TYPE) continue;
    const auto& run = *static_cast<const Run*>(containers.containers[i]);
    const auto runs = static_cast<std::uint32_t>(run.n_runs);
    const std::uint32_t at_tie =
        2 * runs + 1;  // more ids than that: runs are shorter, mostly by far
    std::uint32_t count = runs;
    for (std::uint32_t j = 0; j < runs && count <= at_tie; ++j) count += run.runs[j].length;
    if (canonical_kind(count, runs) != ContainerKind::run) return true;
  }
  return false;
}

[[noreturn]] void fail_damaged(const char* what) {
  fail_with(ErrorCode::data_corrupted, "stored object set is damaged", nullptr, "%s", what);
}

}  // namespace

bool is_dense(std::size_t stream_size, std::uint64_t ids) noexcept {
  return stream_size + dense_overhead < ids * id_size;
}

std::uint64_t stored_checksum(const char* bytes) noexcept {
  return load<std::uint64_t>(bytes + checksum_offset);
}

// The same function once more, of the checksum too, and with another seed: ids that hide others from the one seed do not
// hide them from the other.
std::uint64_t stored_hash(const char* front, std::size_t front_size,
                          std::size_t total_size) noexcept {
  const std::uint64_t seed = stored_checksum(front) ^ (total_size + 1) * 0x9e3779b97f4a7c15u;
  return checksum(front, std::min(front_size, hashed_size), seed);
}

bool read_summary(const char* bytes, std::size_t size, std::size_t total_size,
                  StoredSummary& summary) {
  Layout layout;
  if (!read_front(bytes, size, total_size, layout)) {
    const bool cut = size < total_size && (size < identity_size || bytes[1] == flag_dense);
    if (cut && size < identity_size + counts_size + cardinality_size) return false;
    fail_damaged("The header is not that of a stored set of version 1.");
  }
  if (layout.has_cardinality) {
    summary.cardinality = layout.cardinality;
    return true;
  }
  DirectoryReader directory(layout, bytes + size, total_size);
  std::int32_t high;
  std::size_t stream_size;
  if (!directory.next(high, summary.cardinality, stream_size)) {
    if (size < total_size) return false;
    fail_damaged("The directory cannot be read.");
  }
  summary.cardinality += layout.sparse_count;
  return true;
}

bool has_sparse_ids(const char* bytes, std::size_t size) noexcept {
  Layout layout;
  return !read_front(bytes, size, size, layout) || layout.sparse_count > 0;
}

StoredParts::StoredParts(const char* bytes, std::size_t size) {
  if (size < identity_size) fail_damaged("It is shorter than its header.");
  if (static_cast<std::uint8_t>(bytes[0]) != format_version) {
    fail_with(ErrorCode::data_corrupted, "stored object set is damaged", nullptr,
              "Its version is %u; this release reads version %u.",
              static_cast<unsigned>(static_cast<std::uint8_t>(bytes[0])),
              static_cast<unsigned>(format_version));
  }
  if (checksum_of(bytes, size) != stored_checksum(bytes)) {
    fail_damaged("Its checksum does not match.");
  }
  const char* sparse = nullptr;
  std::size_t sparse_count = 0;
  Span<DenseRange> dense;
  std::uint32_t maximum = 0;
  const auto room = [this](std::size_t count) {
    if (count == 1) return &only_range_;
    ranges_.resize(count);
    return ranges_.data();
  };
  if (!read_all(bytes, size, sparse, sparse_count, dense, maximum, room))
    fail_damaged("Its parts do not fit its size.");
  if (reinterpret_cast<std::uintptr_t>(sparse) % alignof(Id) != 0 && sparse_count > 0) {
    copied_.resize(sparse_count);
    copy_bytes(reinterpret_cast<char*>(copied_.data()), sparse, sparse_count * id_size);
    sparse_ = copied_;
  } else {
    sparse_ = Span<Id>(reinterpret_cast<const Id*>(sparse), sparse_count);
  }
  if (sparse_count > 1 &&
      !container_check().ids_ascend(reinterpret_cast<const char*>(sparse_.data()), sparse_count)) {
    fail_damaged("Its sparse ids do not ascend.");
  }
  for (const DenseRange& range : dense) {
    StreamWalker walker(range.stream, range.stream_size);
    std::uint64_t ids;
    if (!ids_of_range(sparse_, range.high).empty())
      fail_damaged("A range is both sparse and dense.");
    if (!walker.is_sound(ids)) fail_damaged("The ids of a range are not sound.");
    if (ids != range.cardinality) fail_damaged("A range has not as many ids as it says.");
  }
  dense_ = dense.size() == 1 ? &only_range_ : ranges_.data();
  dense_count_ = dense.size();
}

roaring_bitmap_t* open_bitmap(const DenseRange& range) {
  roaring_bitmap_t* const bitmap = croaring.bitmap_portable_deserialize_frozen(range.stream);
  trim_runs(*bitmap);
  return bitmap;
}

// Nothing fails once the parts are there: a constructor that fails frees no bitmaps.
StoredSet::StoredSet(const char* bytes, std::size_t size) : parts_(bytes, size) {
  for (std::size_t i = 0; i < parts_.dense_count_; ++i) {
    parts_.dense_[i].bitmap = open_bitmap(parts_.dense_[i]);
  }
}

StoredSet::~StoredSet() {
  if (is_abandoned()) return;
  for (std::size_t i = 0; i < parts_.dense_count_; ++i) {
    if (parts_.dense_[i].bitmap != nullptr) croaring.bitmap_free(parts_.dense_[i].bitmap);
  }
}

bool stored_is_valid_untrusted(const char* bytes, std::size_t size) {
  if (size < identity_size || checksum_of(bytes, size) != stored_checksum(bytes)) return false;
  const char* ids_at = nullptr;
  std::size_t sparse_count = 0;
  Span<DenseRange> ranges;
  Buffer<DenseRange> room;
  std::uint32_t maximum = 0;
  if (!read_all(bytes, size, ids_at, sparse_count, ranges, maximum, [&](std::size_t number) {
        room.resize(number);
        return room.data();
      })) {
    return false;
  }
  Span<Id> sparse(reinterpret_cast<const Id*>(ids_at), sparse_count);
  for (std::size_t i = 1; i < sparse.size(); ++i) {
    if (sparse[i - 1] >= sparse[i]) return false;
  }
  std::uint64_t count = sparse.size();
  for (const DenseRange& range : ranges) {
    check_interrupts();
    std::uint64_t ids;
    std::uint32_t range_maximum;
    if (!stream_is_valid(range.stream, range.stream_size, ids, range_maximum)) return false;
    if (ids != range.cardinality || !is_dense(range.stream_size, ids)) return false;
    if (&range == &ranges.back() && range_maximum != maximum) return false;
    if (!ids_of_range(sparse, range.high).empty()) return false;
    count += ids;
  }
  while (!sparse.empty()) {
    check_interrupts();
    const Span<Id> here = front_range(sparse);
    if (is_dense(canonical_stream_size(here.data(), here.size()), here.size())) return false;
    sparse = Span<Id>(here.end(), sparse.end());
  }
  Layout layout;
  read_front(bytes, size, size, layout);
  return !layout.has_cardinality || layout.cardinality == count;
}

StoredWriter::StoredWriter(const SetView& set) {
  sparse_.reserve(set.sparse.size());
  zip(
      set, SetView(),
      [&](Span<Id> ids, Span<Id>) {
        plan_sparse(ids);
        return true;
      },
      [&](std::int32_t, const DenseRange* range, Span<Id>, const DenseRange*, Span<Id>) {
        plan_dense(*range);
        return true;
      });
  plan_layout();
}

// Ids that stand sorted: each range among them becomes what its size says.
void StoredWriter::plan_sparse(Span<Id> ids) {
  while (!ids.empty()) {
    const std::int32_t high = high_of(ids.front());
    const Span<Id> here = front_range(ids);
    const std::size_t count = here.size();
    ids = Span<Id>(here.end(), ids.end());
    if (may_be_dense(here) && is_dense(canonical_stream_size(here.data(), count), count)) {
      roaring_bitmap_t* bitmap = make_bitmap(here);
      croaring.bitmap_run_optimize(bitmap);
      plan_scratch(high, count, bitmap);
      croaring.bitmap_free(bitmap);
    } else {
      sparse_.append(here.data(), count);
      cardinality_ += count;
    }
    check_interrupts();
  }
}

void StoredWriter::plan_dense(const DenseRange& range) {
  if (range.stream != nullptr) {
    const std::uint32_t maximum = range.bitmap != nullptr
                                      ? croaring.bitmap_maximum(range.bitmap)
                                      : stream_maximum(range.stream, range.stream_size);
    append_stream(
        {range.high, range.cardinality, maximum, range.stream_size, range.stream, 0, nullptr});
    return;
  }
  if (range.bitmap == last_scratch_) {  // full ranges may share one bitmap (make_range)
    Stream same = streams_[last_scratch_stream_];
    same.high = range.high;
    append_stream(same);
    return;
  }
  // A bitmap of somebody else's stays as it is, in that somebody's memory.
  auto* bitmap = range.owned ? const_cast<roaring_bitmap_t*>(range.bitmap)
                             : croaring.bitmap_copy(range.bitmap);
  const bool has_runs = croaring.bitmap_run_optimize(bitmap);
  const std::size_t size = croaring.bitmap_portable_size_in_bytes(bitmap);
  if (!range.owned || !is_dense(size, range.cardinality) || (has_runs && has_tie(*bitmap))) {
    if (plan_scratch(range.high, range.cardinality, bitmap)) {
      last_scratch_ = range.bitmap;
      last_scratch_stream_ = streams_.size() - 1;
    }
  } else {
    append_stream(
        {range.high, range.cardinality, croaring.bitmap_maximum(bitmap), size, nullptr, 0, bitmap});
  }
  if (!range.owned) croaring.bitmap_free(bitmap);
}

void StoredWriter::append_stream(const Stream& stream) {
  streams_.push_back(stream);
  cardinality_ += stream.cardinality;
}

// Serializes a run-optimized bitmap to see how long its canonical stream is, and keeps it: as a stream (true)
// or as sparse ids.
bool StoredWriter::plan_scratch(std::int32_t high, std::uint64_t count,
                                const roaring_bitmap_t* bitmap) {
  Buffer<char> stream;
  stream.resize(croaring.bitmap_portable_size_in_bytes(bitmap));
  croaring.bitmap_portable_serialize(bitmap, stream.data());
  canonicalize_stream(stream);
  if (!is_dense(stream.size(), count)) {
    Id* ids = sparse_.extend(count);
    roaring_uint32_iterator_t iterator;
    croaring.iterator_init(bitmap, &iterator);
    for (std::size_t i = 0; i < count; ++i) {
      ids[i] = make_id(high, iterator.current_value);
      croaring.uint32_iterator_advance(&iterator);
    }
    cardinality_ += count;
    return false;
  }
  append_stream({high, count, croaring.bitmap_maximum(bitmap), stream.size(), nullptr,
                 scratch_.size(), nullptr});
  if (scratch_.empty()) {
    scratch_.swap(stream);
  } else {
    scratch_.append(stream.data(), stream.size());
  }
  return true;
}

void StoredWriter::plan_layout() {
  size_ = identity_size;
  if (!streams_.empty()) {
    size_ += counts_size + (streams_.size() > 1 ? cardinality_size : 0);
    std::size_t bytes_of_streams = 0;
    std::int64_t previous = 0;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      const Stream& stream = streams_[i];
      directory_size_ += i == 0
                             ? varint_size(zigzag(stream.high))
                             : varint_size(static_cast<std::uint64_t>(stream.high - previous - 1));
      directory_size_ += varint_size(stream.cardinality - 1);
      directory_size_ += varint_size(i + 1 < streams_.size() ? stream.size : stream.maximum);
      previous = stream.high;
      bytes_of_streams += stream.size;
    }
    size_ += directory_size_;
    padding_ = sparse_.empty() ? 0 : padding_at(size_);
    size_ += padding_ + bytes_of_streams;
  }
  size_ += sparse_.size() * id_size;

  // Only a value that is large may be too large in portable form: that is at most four times as long.
  bool fits = size_ <= max_stored_size;
  if (fits && size_ > max_portable_size / 4) {
    std::size_t portable = portable64_overhead;
    for (const Stream& stream : streams_) portable += portable64_range_overhead + stream.size;
    fits = portable + portable64_size_of_sparse(sparse_) <= max_portable_size;
  }
  if (!fits) {
    fail_with(ErrorCode::too_large, too_large_message, too_large_hint,
              "It would have %llu ids in %zu bytes.", static_cast<unsigned long long>(cardinality_),
              size_);
  }
}

void StoredWriter::write(char* to) const {
  char* at = to;
  *at++ = static_cast<char>(format_version);
  *at++ = static_cast<char>(streams_.empty() ? 0 : flag_dense);
  at = store(at, std::uint16_t{0});
  at += 8;  // the checksum, at the end
  if (!streams_.empty()) {
    at = store(at, static_cast<std::uint32_t>(streams_.size()));
    at = store(at, static_cast<std::uint32_t>(sparse_.size()));
    if (streams_.size() > 1) at = store(at, cardinality_);
    std::int64_t previous = 0;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      const Stream& stream = streams_[i];
      at = store_varint(at, i == 0 ? zigzag(stream.high)
                                   : static_cast<std::uint64_t>(stream.high - previous - 1));
      at = store_varint(at, stream.cardinality - 1);
      at = store_varint(at, i + 1 < streams_.size() ? stream.size : stream.maximum);
      previous = stream.high;
    }
    std::memset(at, 0, padding_);
    at += padding_;
  }
  copy_bytes(at, reinterpret_cast<const char*>(sparse_.data()), sparse_.size() * id_size);
  at += sparse_.size() * id_size;
  for (const Stream& stream : streams_) {
    check_interrupts();
    if (stream.bytes != nullptr) {
      copy_bytes(at, stream.bytes, stream.size);
    } else if (stream.bitmap != nullptr) {
      croaring.bitmap_portable_serialize(stream.bitmap, at);
    } else {
      copy_bytes(at, scratch_.data() + stream.scratch, stream.size);
    }
    at += stream.size;
  }
  store(to + checksum_offset, checksum_of(to, size_));
}

}  // namespace objectset
