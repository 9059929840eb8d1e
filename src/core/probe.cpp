#include "probe.hpp"

#include <algorithm>

#include "error.hpp"
#include "layout.hpp"
#include "stream.hpp"

namespace objectset {

// The header of a stream: what its containers are, and where.
class StreamHeader {
 public:
  // `bytes` hold the fixed part at least; gives 0 for what begins no stream.
  static std::size_t size(const char* bytes, std::size_t stream_size) noexcept {
    const auto cookie = load<std::uint32_t>(bytes);
    const bool has_runs = (cookie & 0xffff) == cookie_with_runs;
    if (!has_runs &&
        (cookie != cookie_without_runs || load<std::uint32_t>(bytes + 4) > max_containers))
      return 0;
    const std::size_t containers = has_runs ? (cookie >> 16) + 1 : load<std::uint32_t>(bytes + 4);
    const std::size_t size = stream_header_size(containers, has_runs);
    return containers == 0 || size > stream_size ? 0 : size;
  }

  StreamHeader(const char* bytes, std::size_t header_size, std::size_t stream_size) noexcept
      : header_size_(header_size), stream_size_(stream_size) {
    const auto cookie = load<std::uint32_t>(bytes);
    const bool has_runs = (cookie & 0xffff) == cookie_with_runs;
    containers_ = has_runs ? (cookie >> 16) + 1 : load<std::uint32_t>(bytes + 4);
    flags_ = has_runs ? bytes + 4 : nullptr;
    descriptions_ = bytes + (has_runs ? 4 + (containers_ + 7) / 8 : 8);
    const char* end = descriptions_ + std::size_t{4} * containers_;
    offsets_ = end < bytes + header_size ? end : nullptr;
  }

  std::uint32_t containers() const noexcept { return containers_; }
  bool has_offsets() const noexcept { return offsets_ != nullptr; }
  std::uint16_t key(std::uint32_t i) const noexcept {
    return load<std::uint16_t>(descriptions_ + std::size_t{4} * i);
  }
  std::uint32_t cardinality(std::uint32_t i) const noexcept {
    return load<std::uint16_t>(descriptions_ + std::size_t{4} * i + 2) + 1u;
  }
  ContainerKind kind(std::uint32_t i) const noexcept {
    if (flags_ != nullptr && (flags_[i / 8] >> (i % 8) & 1) != 0) return ContainerKind::run;
    return cardinality(i) <= max_array_cardinality ? ContainerKind::array : ContainerKind::bitmap;
  }
  // Where the container stands in the stream; size 0 where that cannot be.
  Probe::Part part(std::uint32_t i) const noexcept {
    const std::size_t begin = offset(i);
    const std::size_t end = i + 1 < containers_ ? offset(i + 1) : stream_size_;
    if (begin < header_size_ || end <= begin || end > stream_size_) return {};
    return {begin, end - begin};
  }
  // The first container whose key is not below this one.
  std::uint32_t find(std::uint32_t wanted) const noexcept {
    std::uint32_t low = 0;
    std::uint32_t high = containers_;
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      if (key(middle) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  std::size_t offset(std::uint32_t i) const noexcept {
    return load<std::uint32_t>(offsets_ + std::size_t{4} * i);
  }

  const char* flags_ = nullptr;
  const char* descriptions_ = nullptr;
  const char* offsets_ = nullptr;
  std::uint32_t containers_ = 0;
  std::size_t header_size_;
  std::size_t stream_size_;
};

namespace {

// Sparse ids are looked at in windows of what the server stores in one chunk, more or less.
constexpr std::uint64_t window_ids = 240;

[[noreturn]] void fail_damaged() {
  fail_with(ErrorCode::data_corrupted, "stored object set is damaged", nullptr,
            "Its parts do not fit its size.");
}

// How many values of a container are not greater than this one.
std::uint32_t rank_in(const Container& container, std::uint32_t value) noexcept {
  std::uint32_t count = 0;
  switch (container.kind) {
    case ContainerKind::array:
      while (count < container.cardinality && container.value(count) <= value) ++count;
      return count;
    case ContainerKind::run:
      for (std::uint32_t i = 0; i < container.runs && container.run_start(i) <= value; ++i) {
        count += std::min(container.run_last(i), value) - container.run_start(i) + 1;
      }
      return count;
    case ContainerKind::bitmap:
      break;
  }
  for (std::uint32_t i = 0; i <= value / 64; ++i) {
    std::uint64_t word = container.word(i);
    if (i == value / 64) word &= ~std::uint64_t{0} >> (63 - value % 64);
    count += static_cast<std::uint32_t>(__builtin_popcountll(word));
  }
  return count;
}

bool contains_in(const Container& container, std::uint32_t value) noexcept {
  return rank_in(container, value) != (value == 0 ? 0 : rank_in(container, value - 1));
}

// The value with so many smaller ones; false where there are not so many.
bool select_in(const Container& container, std::uint32_t position, std::uint32_t& value) noexcept {
  bool found = false;
  for_each_run_in(container, [&](std::uint32_t first, std::uint32_t last) {
    if (found) return;
    if (position <= last - first) {
      value = first + position;
      found = true;
    } else {
      position -= last - first + 1;
    }
  });
  return found && value <= 65535;
}

}  // namespace

const char* Probe::find(std::size_t offset, std::size_t size) const noexcept {
  for (int i = 0; i < part_count_; ++i) {
    if (parts_[i].offset <= offset && offset + size <= parts_[i].offset + parts_[i].size) {
      return bytes_[i] + (offset - parts_[i].offset);
    }
  }
  return nullptr;
}

const char* Probe::fetch(std::size_t offset, std::size_t size) noexcept {
  const char* bytes = find(offset, size);
  if (bytes == nullptr) wanted_ = {offset, size};
  return bytes;
}

void Probe::give(const char* bytes) noexcept {
  parts_[part_count_] = wanted_;
  bytes_[part_count_] = bytes;
  ++part_count_;
}

bool Probe::give_id(Id id) noexcept {
  found_ = true;
  answer_ = id;
  return true;
}

bool Probe::give_number(std::uint64_t number) noexcept {
  found_ = number != 0;
  answer_ = static_cast<std::int64_t>(number);
  return true;
}

bool Probe::decline() noexcept {
  declined_ = true;
  return true;
}

bool Probe::sparse_at(std::uint64_t position, Id& id) noexcept {
  const char* bytes = fetch(sparse_offset_ + position * id_size, id_size);
  if (bytes == nullptr) return false;
  id = load<Id>(bytes);
  return true;
}

// Between bounds that are known the next guess is where the id would be if ids were spread evenly, and every third
// one in the middle, which bounds the number of guesses.
bool Probe::search_sparse(Id id, Found& result) {
  std::uint64_t low = 0;  // ids before here are smaller
  std::uint64_t high = sparse_count_;
  result = {};
  if (high == 0) return true;
  Id least;
  Id greatest;
  if (!sparse_at(0, least) || !sparse_at(sparse_count_ - 1, greatest)) return false;
  if (id < least || id > greatest) {
    result.position = id < least ? 0 : sparse_count_;
    return true;
  }
  for (unsigned guess = 0; high > low; ++guess) {
    std::uint64_t at = low + (high - low) / 2;
    if (guess % 3 != 2 && greatest > least) {
      const double part = (static_cast<double>(id) - static_cast<double>(least)) /
                          (static_cast<double>(greatest) - static_cast<double>(least));
      at = low + static_cast<std::uint64_t>(part * static_cast<double>(high - low - 1));
    }
    const std::uint64_t begin = at > low + window_ids / 2 ? at - window_ids / 2 : low;
    const std::uint64_t count = std::min(window_ids, high - begin);
    const char* bytes = fetch(sparse_offset_ + begin * id_size, count * id_size);
    if (bytes == nullptr) return false;
    const Id first = load<Id>(bytes);
    const Id last = load<Id>(bytes + (count - 1) * id_size);
    if (first > last) fail_damaged();
    if (id < first) {
      high = begin;
      greatest = first;
    } else if (id > last) {
      low = begin + count;
      least = last;
    } else {
      std::uint64_t i = 0;
      while (i < count && load<Id>(bytes + i * id_size) < id) ++i;
      result.position = begin + i;
      result.exact = i < count && load<Id>(bytes + i * id_size) == id;
      return true;
    }
  }
  result.position = low;
  return true;
}

bool Probe::fetch_header(const Dense& range, const char*& header, std::size_t& header_size) {
  if (range.size < 8) fail_damaged();
  // Mostly it stands in front of the value; if not, what follows its first bytes will be wanted too.
  const char* fixed = find(range.offset, 8);
  if (fixed == nullptr) fixed = fetch(range.offset, std::min(range.size, chunk_size));
  if (fixed == nullptr) return false;
  header_size = StreamHeader::size(fixed, range.size);
  if (header_size == 0) fail_damaged();
  header = fetch(range.offset, header_size);
  return header != nullptr;
}

bool Probe::fetch_container(const Dense& range, const StreamHeader& header, std::uint32_t i,
                            Container& container) {
  const Part part = header.part(i);
  if (part.size < 2) fail_damaged();
  container = {header.kind(i), header.key(i), header.cardinality(i), 0, nullptr, part.size};
  container.data = fetch(range.offset + part.offset, part.size);
  if (container.data == nullptr) return false;
  if (container.kind == ContainerKind::run) {
    container.runs = load<std::uint16_t>(container.data);
    container.data += 2;
  }
  if (container_bytes(container.kind, container.cardinality, container.runs) != part.size) {
    fail_damaged();
  }
  return true;
}

// The ids of a range from a position among them on. Where the page goes on after the range, another way is taken.
bool Probe::page_of_stream(const Dense& range, bool is_last, std::uint64_t position) {
  const char* bytes;
  std::size_t header_size;
  if (!fetch_header(range, bytes, header_size)) return false;
  const StreamHeader header(bytes, header_size, range.size);
  if (!header.has_offsets()) return decline();
  std::uint32_t i = 0;
  while (i < header.containers() && position >= header.cardinality(i)) {
    position -= header.cardinality(i++);
  }
  std::size_t given = 0;
  for (; given < room_ && i < header.containers(); ++i) {
    Container container;
    if (!fetch_container(range, header, i, container)) return false;
    const Id base = make_id(range.high, std::uint32_t{container.key} << 16);
    for_each_run_in(container, [&](std::uint32_t first, std::uint32_t last) {
      if (last > 65535) fail_damaged();
      for (std::uint32_t value = first; value <= last && given < room_; ++value) {
        if (position > 0) {
          --position;
        } else {
          page_[given++] = base + value;
        }
      }
    });
  }
  if (given < room_ && !is_last) return decline();
  return give_number(given);
}

// Answers for a range that holds the answer; `before` ids of the set are smaller than all of the range's.
bool Probe::answer_in_stream(const Dense& range, std::uint64_t before) {
  const char* header_bytes;
  std::size_t header_size;
  if (!fetch_header(range, header_bytes, header_size)) return false;
  const StreamHeader header(header_bytes, header_size, range.size);

  const std::uint32_t low = low_of(argument_);
  std::uint32_t i = 0;
  auto position = static_cast<std::uint64_t>(argument_) - before;  // select: within the range
  switch (question_) {
    case Question::minimum:
      break;
    case Question::contains:
      i = header.find(low >> 16);
      if (i == header.containers() || header.key(i) != low >> 16) return give_number(0);
      break;
    case Question::rank:
      for (; i < header.containers() && header.key(i) < low >> 16; ++i) {
        before += header.cardinality(i);
      }
      if (i == header.containers() || header.key(i) != low >> 16) return give_number(before);
      break;
    case Question::select:
      while (i < header.containers() && position >= header.cardinality(i)) {
        position -= header.cardinality(i++);
      }
      if (i == header.containers()) fail_damaged();
      break;
    case Question::maximum:
    case Question::page:
      return decline();
  }

  const std::uint32_t value = low & 0xffff;
  Container container;
  if (!header.has_offsets()) {
    // Three containers at the most: where one ends, the next one begins.
    const char* bytes = fetch(range.offset, range.size);
    if (bytes == nullptr) return false;
    StreamWalker walker(bytes, range.size);
    for (std::uint32_t n = 0; n <= i; ++n) {
      if (!walker.next(container)) fail_damaged();
    }
  } else {
    if (header.kind(i) == ContainerKind::bitmap && question_ == Question::contains) {
      const Part part = header.part(i);
      if (part.size != bitmap_bytes) fail_damaged();
      const char* word = fetch(range.offset + part.offset + value / 64 * 8, 8);
      if (word == nullptr) return false;
      return give_number(load<std::uint64_t>(word) >> (value % 64) & 1);
    }
    if (header.kind(i) == ContainerKind::bitmap && question_ == Question::minimum) {
      // Its first bit mostly stands among the first.
      const Part part = header.part(i);
      if (part.size != bitmap_bytes) fail_damaged();
      const std::size_t words = chunk_size / 8;
      const char* begin = fetch(range.offset + part.offset, words * 8);
      if (begin == nullptr) return false;
      for (std::size_t n = 0; n < words; ++n) {
        const auto word = load<std::uint64_t>(begin + n * 8);
        if (word == 0) continue;
        const auto bit =
            static_cast<std::uint32_t>(n * 64) + static_cast<std::uint32_t>(__builtin_ctzll(word));
        return give_id(make_id(range.high, std::uint32_t{header.key(i)} << 16 | bit));
      }
    }
    if (!fetch_container(range, header, i, container)) return false;
  }

  if (question_ == Question::contains) return give_number(contains_in(container, value) ? 1 : 0);
  if (question_ == Question::rank) return give_number(before + rank_in(container, value));
  std::uint32_t selected;
  const std::uint64_t wanted = question_ == Question::minimum ? 0 : position;
  if (!select_in(container, static_cast<std::uint32_t>(wanted), selected)) fail_damaged();
  return give_id(make_id(range.high, std::uint32_t{container.key} << 16 | selected));
}

bool Probe::run() {
  if (part_count_ == max_parts) return decline();
  if (total_size_ < identity_size) fail_damaged();
  front_size_ = std::min(front_size_, total_size_);
  const char* front = fetch(0, front_size_);
  if (front == nullptr) return false;
  Layout layout;
  if (!read_front(front, front_size_, total_size_, layout)) fail_damaged();

  // The directory: the range that the question is about, and what comes before it.
  Dense first = {};
  Dense last = {};
  Dense match = {};
  bool matches = false;
  std::uint64_t below = 0;  // dense ids of ranges below the argument's
  std::uint32_t last_low = 0;
  sparse_count_ = layout.sparse_count;
  sparse_offset_ = identity_size;
  if (layout.dense_count > 0) {
    DirectoryReader directory(layout, front + front_size_, total_size_);
    std::uint64_t ids = 0;
    std::size_t offset = 0;  // among the streams
    bool read = true;
    for (std::uint32_t i = 0; i < layout.dense_count && read; ++i) {
      Dense range = {};
      read = directory.next(range.high, range.cardinality, range.size);
      range.before = ids;
      range.offset = offset;
      ids += range.cardinality;
      offset += range.size;
      if (i == 0) first = range;
      last = range;
      const bool is_match = question_ == Question::select || question_ == Question::page
                                ? static_cast<std::uint64_t>(argument_) >= range.before &&
                                      static_cast<std::uint64_t>(argument_) < ids
                                : range.high == high_of(argument_);
      if (is_match) {
        match = range;
        matches = true;
      }
      if (range.high < high_of(argument_)) below = ids;
    }
    if (!read || !directory.maximum(last_low)) {
      if (front_size_ == total_size_) fail_damaged();
      front_size_ = std::min(total_size_, front_size_ * 8);
      front = fetch(0, front_size_);
      return front != nullptr && run();
    }
    std::size_t at = static_cast<std::size_t>(directory.at() - front);
    if (sparse_count_ > 0) at += padding_at(at);
    sparse_offset_ = at;
    const std::size_t streams = at + sparse_count_ * id_size;
    if (streams > total_size_ || offset > total_size_ - streams) fail_damaged();
    const std::size_t last_size = total_size_ - streams - last.offset;
    for (Dense* range : {&first, &last, &match}) {
      if (range->high == last.high) range->size = last_size;
      if (range->offset > total_size_ - streams ||
          range->size > total_size_ - streams - range->offset) {
        fail_damaged();
      }
      range->offset += streams;
    }
  }
  const bool has_dense = layout.dense_count > 0;

  switch (question_) {
    case Question::contains: {
      if (matches) return answer_in_stream(match, 0);
      Found sparse;
      return search_sparse(argument_, sparse) && give_number(sparse.exact ? 1 : 0);
    }
    case Question::rank: {
      Found sparse;
      if (!search_sparse(argument_, sparse)) return false;
      const std::uint64_t before = sparse.position + (sparse.exact ? 1 : 0) + below;
      return matches ? answer_in_stream(match, before) : give_number(before);
    }
    case Question::minimum: {
      Id least = 0;
      if (sparse_count_ > 0 && !sparse_at(0, least)) return false;
      if (!has_dense) return sparse_count_ == 0 || give_id(least);
      if (sparse_count_ > 0 && high_of(least) < first.high) return give_id(least);
      return answer_in_stream(first, 0);
    }
    case Question::maximum: {
      Id greatest = 0;
      if (sparse_count_ > 0 && !sparse_at(sparse_count_ - 1, greatest)) return false;
      if (!has_dense) return sparse_count_ == 0 || give_id(greatest);
      if (sparse_count_ > 0 && high_of(greatest) > last.high) return give_id(greatest);
      return give_id(make_id(last.high, last_low));
    }
    case Question::select:
    case Question::page:
      break;
  }
  if (has_dense && sparse_count_ > 0) return decline();  // how the two mix, neither tells alone
  if (question_ == Question::page) {
    if (has_dense) {
      if (!matches) return give_number(0);
      return page_of_stream(match, match.high == last.high,
                            static_cast<std::uint64_t>(argument_) - match.before);
    }
    const auto from = static_cast<std::uint64_t>(argument_);
    const std::uint64_t count =
        from < sparse_count_ ? std::min<std::uint64_t>(room_, sparse_count_ - from) : 0;
    const char* bytes =
        count == 0 ? nullptr : fetch(sparse_offset_ + from * id_size, count * id_size);
    if (count > 0 && bytes == nullptr) return false;
    for (std::uint64_t i = 0; i < count; ++i) page_[i] = load<Id>(bytes + i * id_size);
    return give_number(count);
  }
  if (has_dense) return !matches || answer_in_stream(match, match.before);
  Id id = 0;
  if (static_cast<std::uint64_t>(argument_) >= sparse_count_) return true;
  return sparse_at(static_cast<std::uint64_t>(argument_), id) && give_id(id);
}

}  // namespace objectset
