#include "core/stored/partial_value.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace objectset {
namespace {

constexpr std::size_t offset_size = 4;
// So many descriptions are searched at once. Of a stream with more only those are read that a search comes across.
constexpr std::uint32_t few_containers = 2048;

// What is read of a value first. Each further chunk of the same part costs the server a quarter of what another part
// does; and of a set whose header fits these the first ids come with it. Of a smaller value one chunk mostly has both.
constexpr std::size_t small_value = 131072;
constexpr std::size_t first_size(std::size_t total_size) noexcept {
  return total_size < small_value ? Parts::chunk_size : 3 * Parts::chunk_size;
}

std::uint32_t cardinality_at(const char* description) noexcept {
  return load<std::uint16_t>(description + 2) + 1u;
}

ContainerKind kind_without_runs(std::uint32_t cardinality) noexcept {
  return cardinality <= max_array_cardinality ? ContainerKind::array : ContainerKind::bitmap;
}

}  // namespace

void fail_damaged_parts() {
  fail_with(ErrorCode::data_corrupted, "stored object set is damaged", nullptr,
            "Its parts do not fit its size.");
}

// ---- Parts ------------------------------------------------------------------------------------------------

const Parts::Part* Parts::find_part(std::size_t offset, std::size_t size) const noexcept {
  for (int i = 0; i < count_; ++i) {
    const Part& part = parts_[i];
    if (part.offset <= offset && offset + size <= part.offset + part.size) return &part;
  }
  return nullptr;
}

const char* Parts::find(std::size_t offset, std::size_t size) const noexcept {
  const Part* part = find_part(offset, size);
  return part == nullptr ? nullptr : bytes_[part - parts_] + (offset - part->offset);
}

const char* Parts::find_some(std::size_t offset, std::size_t& size) const noexcept {
  const char* bytes = nullptr;
  size = 0;
  for (int i = 0; i < count_; ++i) {
    const Part& part = parts_[i];
    const std::size_t end = part.offset + part.size;
    if (part.offset > offset || end <= offset + size) continue;
    bytes = bytes_[i] + (offset - part.offset);
    size = end - offset;
  }
  return bytes;
}

const char* Parts::fetch(std::size_t offset, std::size_t size) {
  if (size == 0 || offset > total_size_ || size > total_size_ - offset) fail_damaged_parts();
  const char* bytes = find(offset, size);
  if (bytes == nullptr) wanted_ = {offset, size};
  return bytes;
}

void Parts::put(const Part& part, const char* bytes) noexcept {
  parts_[count_] = part;
  bytes_[count_] = bytes;
  ++count_;
}

// Between bounds that are known the next guess is where the number would be if they were spread evenly, and every
// third one in the middle, which bounds the number of guesses.
template <class Number>
bool search(Parts& parts, const SortedPart& sorted, Number wanted, Number least, Number greatest,
            Found& found) {
  const std::uint64_t window = Parts::chunk_size / sorted.stride;
  std::uint64_t low = 0;  // numbers before here are smaller
  std::uint64_t high = sorted.count;
  for (unsigned guess = 0; high > low; ++guess) {
    std::uint64_t begin = low;
    std::uint64_t count = high - low;
    if (count > window) {
      std::uint64_t at = low + count / 2;
      if (guess % 3 != 2 && greatest > least) {
        const double part = (static_cast<double>(wanted) - static_cast<double>(least)) /
                            (static_cast<double>(greatest) - static_cast<double>(least));
        at = low + static_cast<std::uint64_t>(std::clamp(part, 0.0, 1.0) *
                                              static_cast<double>(count - 1));
      }
      const std::size_t offset = sorted.offset + static_cast<std::size_t>(at) * sorted.stride;
      if (const Parts::Part* part = parts.find_part(offset, sizeof(Number))) {
        // What is at hand around it.
        const std::size_t before = (offset - part->offset) / sorted.stride;
        const std::size_t after =
            (part->offset + part->size - offset - sizeof(Number)) / sorted.stride;
        begin = at - std::min<std::uint64_t>(before, at - low);
        count = std::min<std::uint64_t>(at + after + 1, high) - begin;
      } else {
        begin = std::min(at > low + window / 2 ? at - window / 2 : low, high - window);
        count = window;
      }
    }
    const auto at_hand = [&](std::uint64_t i) {
      return static_cast<std::size_t>(i) * sorted.stride;
    };
    const char* bytes =
        parts.fetch(sorted.offset + at_hand(begin), at_hand(count - 1) + sizeof(Number));
    if (bytes == nullptr) return false;
    const auto first = load<Number>(bytes);
    const auto last = load<Number>(bytes + at_hand(count - 1));
    if (first > last) fail_damaged_parts();
    if (wanted < first) {
      high = begin;
      greatest = first;
    } else if (wanted > last) {
      low = begin + count;
      least = last;
    } else {
      std::uint64_t below = 0;  // numbers of the window known to be smaller
      std::uint64_t end = count;
      while (below < end) {
        const std::uint64_t middle = (below + end) / 2;
        if (load<Number>(bytes + at_hand(middle)) < wanted) {
          below = middle + 1;
        } else {
          end = middle;
        }
      }
      found = {begin + below, below < count && load<Number>(bytes + at_hand(below)) == wanted};
      return true;
    }
  }
  found = {low, false};
  return true;
}

template bool search(Parts&, const SortedPart&, Id, Id, Id, Found&);
template bool search(Parts&, const SortedPart&, std::uint16_t, std::uint16_t, std::uint16_t,
                     Found&);

// ---- Outline ----------------------------------------------------------------------------------------------

bool Outline::read(Parts& parts) {
  if (is_read_) return true;
  total_size_ = parts.total_size();
  if (total_size_ < identity_size) fail_damaged_parts();
  if (front_size_ == 0) front_size_ = std::min(first_size(total_size_), total_size_);
  for (;;) {
    const char* front = parts.fetch(0, front_size_);
    if (front == nullptr) return false;
    front_end_ = front + front_size_;
    layout_ = Layout();
    if (!read_front(front, front_size_, total_size_, layout_)) fail_damaged_parts();
    if (!has_dense()) break;

    DirectoryReader directory(layout_, front_end_, total_size_);
    StoredRange range = {};
    std::uint64_t ids = 0;
    std::size_t bytes = 0;
    std::uint32_t low = 0;
    bool is_whole = true;
    for (std::uint32_t i = 0; i < layout_.dense_count && is_whole; ++i) {
      is_whole = directory.next(range.high, range.cardinality, range.size);
      ids += range.cardinality;
      bytes += range.size;
    }
    if (is_whole && directory.maximum(low)) {
      std::size_t at = static_cast<std::size_t>(directory.at() - front);
      if (sparse_count() > 0) at += padding_at(at);
      sparse_offset_ = at;
      streams_ = at + static_cast<std::size_t>(sparse_count()) * id_size;
      if (streams_ > total_size_ || bytes > total_size_ - streams_) fail_damaged_parts();
      dense_ids_ = ids;
      dense_maximum_ = make_id(range.high, low);
      break;
    }
    if (front_size_ == total_size_) fail_damaged_parts();
    front_size_ = std::min(total_size_, front_size_ * 8);
  }
  is_read_ = true;
  return true;
}

bool RangeReader::next(StoredRange& range) noexcept {
  if (left_ == 0) return false;
  --left_;
  if (!directory_.next(range.high, range.cardinality, range.size)) return false;
  range.before = before_;
  range.offset = next_offset_;
  if (left_ == 0) range.size = total_size_ - range.offset;
  before_ += range.cardinality;
  next_offset_ += range.size;
  return true;
}

// The directory was found to be whole, and its streams to fit, when it was read.
template <class Match>
bool Outline::find_in_directory(StoredRange& range, Match&& matches) const {
  for (RangeReader reader = ranges(); reader.next(range);) {
    if (matches(range)) return true;
  }
  return false;
}

bool Outline::find_range(std::int32_t high, StoredRange& range) const {
  return find_in_directory(range, [=](const StoredRange& it) { return it.high >= high; });
}

bool Outline::find_position(std::uint64_t position, StoredRange& range) const {
  return find_in_directory(
      range, [=](const StoredRange& it) { return position - it.before < it.cardinality; });
}

bool Outline::sparse_at(Parts& parts, std::uint64_t position, Id& id) const {
  const char* bytes = parts.fetch(sparse_part(position, 1).offset, id_size);
  if (bytes == nullptr) return false;
  id = load<Id>(bytes);
  return true;
}

bool Outline::search_sparse(Parts& parts, Id id, Found& found) const {
  found = {0, false};
  if (sparse_count() == 0) return true;
  Id least;
  Id greatest;
  if (!sparse_at(parts, 0, least) || !sparse_at(parts, sparse_count() - 1, greatest)) return false;
  if (id < least) return true;
  if (id > greatest) {
    found.position = sparse_count();
    return true;
  }
  return search(parts, {sparse_offset_, id_size, sparse_count()}, id, least, greatest, found);
}

// ---- Streams ----------------------------------------------------------------------------------------------

bool StreamOutline::read(Parts& parts) {
  if (containers_ > 0) return true;
  if (range_.size < 8) fail_damaged_parts();
  // Mostly it stands in the front of the value; if not, what follows its first bytes will be wanted too.
  const char* bytes = parts.find(range_.offset, 8);
  if (bytes == nullptr) {
    bytes = parts.fetch(range_.offset, std::min(range_.size, Parts::chunk_size));
  }
  if (bytes == nullptr) return false;
  const auto cookie = load<std::uint32_t>(bytes);
  const bool has_runs = (cookie & 0xffff) == cookie_with_runs;
  const std::uint32_t containers = has_runs ? (cookie >> 16) + 1 : load<std::uint32_t>(bytes + 4);
  if ((!has_runs && cookie != cookie_without_runs) || containers == 0 ||
      containers > max_containers) {
    fail_damaged_parts();
  }
  header_size_ = stream_header_size(containers, has_runs);
  if (header_size_ > range_.size) fail_damaged_parts();
  flags_ = has_runs ? range_.offset + 4 : 0;
  descriptions_ = range_.offset + (has_runs ? 4 + (containers + 7) / 8 : 8);
  const std::size_t end = descriptions_ + description_size * containers;
  offsets_ = end < range_.offset + header_size_ ? end : 0;
  containers_ = containers;
  return true;
}

bool StreamOutline::find_key(Parts& parts, std::uint16_t key, std::uint32_t& i, bool& exact) const {
  const SortedPart keys = {descriptions_, description_size, containers_};
  std::uint16_t greatest = 65535;
  if (containers_ <= few_containers) {
    // Read at once: what stands before a container tells where it is.
    if (descriptions(parts) == nullptr) return false;
  } else {
    const char* last = parts.fetch(descriptions_ + description_size * (containers_ - 1), 2);
    if (last == nullptr) return false;
    greatest = load<std::uint16_t>(last);
  }
  Found found = {containers_, false};
  if (key <= greatest && !search<std::uint16_t>(parts, keys, key, 0, greatest, found)) return false;
  i = static_cast<std::uint32_t>(found.position);
  exact = found.exact;
  return true;
}

bool StreamOutline::ids_before(Parts& parts, std::uint32_t i, std::uint64_t& ids) const {
  ids = 0;
  if (i == 0) return true;
  const char* described = parts.fetch(descriptions_, description_size * i);
  if (described == nullptr) return false;
  for (std::uint32_t n = 0; n < i; ++n) ids += cardinality_at(described + description_size * n);
  return true;
}

bool StreamOutline::find_position(Parts& parts, std::uint64_t& position, std::uint32_t& i) const {
  i = 0;
  const char* described = descriptions(parts);
  if (described == nullptr) return false;
  for (; i < containers_; ++i) {
    const std::uint32_t cardinality = cardinality_at(described + description_size * i);
    if (position < cardinality) return true;
    position -= cardinality;
  }
  fail_damaged_parts();
}

// Gives all of a container but its place.
bool StreamOutline::kind_of(Parts& parts, std::uint32_t i, StoredContainer& container) const {
  const std::size_t at = descriptions_ + description_size * i;
  const char* description = parts.find(at, description_size);
  if (description == nullptr) {
    description =
        parts.fetch(at, std::min(description_size * (containers_ - i), Parts::chunk_size));
  }
  if (description == nullptr) return false;
  container = {};
  container.key = load<std::uint16_t>(description);
  container.cardinality = cardinality_at(description);
  container.kind = kind_without_runs(container.cardinality);
  if (flags_ != 0) {
    const char* flags = parts.fetch(flags_ + i / 8, 1);
    if (flags == nullptr) return false;
    if ((*flags >> (i % 8) & 1) != 0) container.kind = ContainerKind::run;
  }
  if (container.kind != ContainerKind::run) {
    container.size = container_bytes(container.kind, container.cardinality, 0);
  }
  return true;
}

bool StreamOutline::run_size(Parts& parts, std::size_t offset, std::size_t& size) const {
  const char* runs = parts.fetch(offset, 2);
  if (runs == nullptr) return false;
  size = container_bytes(ContainerKind::run, 0, load<std::uint16_t>(runs));
  return true;
}

// Without runs the containers before it tell where a container is; else their offsets do, or, of three containers at
// most, their numbers of runs.
bool StreamOutline::locate(Parts& parts, std::uint32_t i, StoredContainer& container) const {
  if (!kind_of(parts, i, container)) return false;
  const std::size_t end = range_.offset + range_.size;
  if (offsets_ == 0) {
    container.offset = range_.offset + header_size_;
    for (std::uint32_t n = 0; n < i; ++n) {
      StoredContainer before;
      if (!kind_of(parts, n, before)) return false;
      if (before.size == 0 && !run_size(parts, container.offset, before.size)) return false;
      container.offset += before.size;
    }
    if (container.size == 0 && !run_size(parts, container.offset, container.size)) return false;
  } else {
    const std::size_t at = offsets_ + offset_size * i;
    const bool is_last = i + 1 == containers_;
    const std::size_t needed = is_last ? offset_size : 2 * offset_size;
    const char* offsets = parts.find(at, needed);
    const char* before = flags_ == 0 ? parts.find(descriptions_, description_size * i) : nullptr;
    if (offsets == nullptr && before != nullptr) {
      container.offset = range_.offset + header_size_;
      for (std::uint32_t n = 0; n < i; ++n) {
        const std::uint32_t cardinality = cardinality_at(before + description_size * n);
        container.offset += container_bytes(kind_without_runs(cardinality), cardinality, 0);
      }
    } else {
      if (offsets == nullptr) {
        offsets = parts.fetch(at, std::min(offset_size * (containers_ - i), Parts::chunk_size));
      }
      if (offsets == nullptr) return false;
      const std::size_t offset = load<std::uint32_t>(offsets);
      if (offset < header_size_) fail_damaged_parts();
      container.offset = range_.offset + offset;
      if (container.size == 0) {
        const std::size_t next = is_last ? range_.size : load<std::uint32_t>(offsets + offset_size);
        if (next < offset) fail_damaged_parts();
        container.size = next - offset;
      }
    }
  }
  if (container.size < 2 || container.offset > end || container.size > end - container.offset) {
    fail_damaged_parts();
  }
  return true;
}

bool fetch_container(Parts& parts, const StoredContainer& stored, Container& container) {
  const char* bytes = parts.fetch(stored.offset, stored.size);
  if (bytes == nullptr) return false;
  container = {stored.kind, stored.key, stored.cardinality, 0, bytes, stored.size};
  if (stored.kind == ContainerKind::run) {
    container.runs = load<std::uint16_t>(bytes);
    container.data += 2;
  }
  if (container_bytes(stored.kind, stored.cardinality, container.runs) != stored.size) {
    fail_damaged_parts();
  }
  return true;
}

}  // namespace objectset
