#include "core/stored/partial_query.hpp"

#include <algorithm>

namespace objectset {
namespace {

constexpr std::uint32_t bits_per_word = 64;

// How many values of a container of runs are not greater than this one.
std::uint32_t rank_in_runs(const Container& container, std::uint32_t value) noexcept {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < container.runs && container.run_start(i) <= value; ++i) {
    count += std::min(container.run_last(i), value) - container.run_start(i) + 1;
  }
  return count;
}

bool is_in_runs(const Container& container, std::uint32_t value) noexcept {
  for (std::uint32_t i = 0; i < container.runs && container.run_start(i) <= value; ++i) {
    if (value <= container.run_last(i)) return true;
  }
  return false;
}

bool search_array(Parts& parts, const StoredContainer& stored, std::uint32_t value, Found& found) {
  return search<std::uint16_t>(parts, {stored.offset, 2, stored.cardinality},
                               static_cast<std::uint16_t>(value), 0, 65535, found);
}

// Whether a value is in a container.
bool find_in(Parts& parts, const StoredContainer& stored, std::uint32_t value, bool& found) {
  switch (stored.kind) {
    case ContainerKind::array: {
      Found place = {};
      if (!search_array(parts, stored, value, place)) return false;
      found = place.exact;
      return true;
    }
    case ContainerKind::run: {
      Container container;
      if (!fetch_container(parts, stored, container)) return false;
      found = is_in_runs(container, value);
      return true;
    }
    case ContainerKind::bitmap:
      break;
  }
  const char* word = parts.fetch(stored.offset + std::size_t{value / bits_per_word} * 8, 8);
  if (word == nullptr) return false;
  found = (load<std::uint64_t>(word) >> (value % bits_per_word) & 1) != 0;
  return true;
}

// How many values of a container are not greater than this one.
bool rank_in(Parts& parts, const StoredContainer& stored, std::uint32_t value,
             std::uint32_t& rank) {
  switch (stored.kind) {
    case ContainerKind::array: {
      Found place = {};
      if (!search_array(parts, stored, value, place)) return false;
      rank = static_cast<std::uint32_t>(place.position) + (place.exact ? 1 : 0);
      return true;
    }
    case ContainerKind::run: {
      Container container;
      if (!fetch_container(parts, stored, container)) return false;
      rank = rank_in_runs(container, value);
      return true;
    }
    case ContainerKind::bitmap:
      break;
  }
  const std::uint32_t last = value / bits_per_word;
  const char* words = parts.fetch(stored.offset, std::size_t{last + 1} * 8);
  if (words == nullptr) return false;
  rank = 0;
  for (std::uint32_t i = 0; i <= last; ++i) {
    auto word = load<std::uint64_t>(words + std::size_t{i} * 8);
    if (i == last) word &= ~std::uint64_t{0} >> (bits_per_word - 1 - value % bits_per_word);
    rank += static_cast<std::uint32_t>(__builtin_popcountll(word));
  }
  return true;
}

}  // namespace

// ---- Questions --------------------------------------------------------------------------------------------

void Probe::start(Kind kind, std::int64_t argument, Id* page, std::size_t room) noexcept {
  kind_ = kind;
  argument_ = argument;
  page_ = page;
  room_ = room;
  declined_ = false;
  found_ = false;
  answer_ = 0;
}

void Probe::ask(Question question, std::int64_t argument) noexcept {
  question_ = question;
  start(Kind::number, argument, nullptr, 1);
}

void Probe::ask_page(std::uint64_t position, Id* page, std::size_t room) noexcept {
  start(Kind::page_at, static_cast<std::int64_t>(position), page, room);
}

void Probe::ask_page_from(Id first, Id* page, std::size_t room) noexcept {
  start(Kind::page_from, first, page, room);
}

bool Probe::run() {
  if (parts_.are_full()) return decline();
  if (!outline_.read(parts_)) return false;
  given_ = 0;
  const auto position = static_cast<std::uint64_t>(argument_);
  switch (kind_) {
    case Kind::page_at:
      return take_at(position) && give_page();
    case Kind::page_from:
      return take_from(argument_) && give_page();
    case Kind::number:
      break;
  }
  switch (question_) {
    case Question::contains:
      return is_member();
    case Question::rank:
      return rank();
    case Question::maximum:
      return maximum();
    case Question::minimum:
      return take_from(INT64_MIN);
    case Question::select:
      break;
  }
  return take_at(position);
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

bool Probe::give_page() {
  if (declined_) return true;
  for (std::size_t i = 1; i < given_; ++i) {
    if (page_[i - 1] >= page_[i]) fail_damaged_parts();
  }
  return give_number(given_);
}

bool Probe::decline() noexcept {
  declined_ = true;
  return true;
}

bool Probe::is_member() {
  const std::uint32_t low = low_of(argument_);
  StoredRange range;
  if (!outline_.find_range(high_of(argument_), range) || range.high != high_of(argument_)) {
    Found place = {};
    return outline_.search_sparse(parts_, argument_, place) && give_number(place.exact ? 1 : 0);
  }
  StreamOutline stream(range);
  std::uint32_t i;
  bool found = false;
  if (!stream.read(parts_)) return false;
  if (!stream.find_key(parts_, static_cast<std::uint16_t>(low >> 16), i, found)) return false;
  if (!found) return give_number(0);
  StoredContainer stored;
  return stream.locate(parts_, i, stored) && find_in(parts_, stored, low & 0xffff, found) &&
         give_number(found ? 1 : 0);
}

bool Probe::rank() {
  Found place = {};
  if (!outline_.search_sparse(parts_, argument_, place)) return false;
  const std::uint64_t sparse = place.position + (place.exact ? 1 : 0);
  StoredRange range;
  if (!outline_.find_range(high_of(argument_), range)) {
    return give_number(sparse + outline_.dense_ids());
  }
  if (range.high != high_of(argument_)) return give_number(sparse + range.before);

  const std::uint32_t low = low_of(argument_);
  StreamOutline stream(range);
  std::uint32_t i;
  bool found = false;
  std::uint64_t before;
  if (!stream.read(parts_)) return false;
  if (!stream.find_key(parts_, static_cast<std::uint16_t>(low >> 16), i, found)) return false;
  if (!stream.ids_before(parts_, i, before)) return false;
  std::uint32_t inside = 0;
  if (found) {
    StoredContainer stored;
    if (!stream.locate(parts_, i, stored)) return false;
    if (!rank_in(parts_, stored, low & 0xffff, inside)) return false;
  }
  return give_number(sparse + range.before + before + inside);
}

bool Probe::maximum() {
  if (outline_.sparse_count() == 0) {
    return !outline_.has_dense() || give_id(outline_.dense_maximum());
  }
  Id greatest;
  if (!outline_.sparse_at(parts_, outline_.sparse_count() - 1, greatest)) return false;
  if (outline_.has_dense()) greatest = std::max(greatest, outline_.dense_maximum());
  return give_id(greatest);
}

// ---- Pages ------------------------------------------------------------------------------------------------

// An id for the page, or the one id that is asked for. False once there is no room for more.
bool Probe::take(Id id) noexcept {
  if (page_ == nullptr) {
    give_id(id);
  } else {
    page_[given_] = id;
  }
  return ++given_ < room_;
}

bool Probe::take_sparse(std::uint64_t position, std::uint64_t count) {
  count = std::min<std::uint64_t>(count, room_ - given_);
  if (count == 0) return true;
  const Parts::Part part = outline_.sparse_part(position, count);
  const char* ids = parts_.fetch(part.offset, part.size);
  if (ids == nullptr) return false;
  for (std::uint64_t i = 0; i < count; ++i) take(load<Id>(ids + i * id_size));
  return true;
}

bool Probe::take_container(std::int32_t high, const StoredContainer& stored, const Start& start) {
  const Id base = make_id(high, std::uint32_t{stored.key} << 16);
  std::uint32_t skip = start.skip;
  if (stored.kind == ContainerKind::array) {
    Found place = {0, false};
    if (start.value > 0 && !search_array(parts_, stored, start.value, place)) return false;
    const std::uint64_t begin = place.position + skip;
    if (begin >= stored.cardinality) return true;
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(room_ - given_, stored.cardinality - begin));
    const char* values =
        parts_.fetch(stored.offset + static_cast<std::size_t>(begin) * 2, count * 2);
    if (values == nullptr) return false;
    for (std::size_t i = 0; i < count; ++i) take(base + load<std::uint16_t>(values + i * 2));
    return true;
  }
  if (stored.kind == ContainerKind::run) {
    Container container;
    if (!fetch_container(parts_, stored, container)) return false;
    for (std::uint32_t i = 0; i < container.runs; ++i) {
      const std::uint32_t last = container.run_last(i);
      std::uint32_t value = std::max(container.run_start(i), start.value);
      if (last > 65535) fail_damaged_parts();
      if (value > last) continue;
      const std::uint32_t skipped = std::min(skip, last - value + 1);
      skip -= skipped;
      for (value += skipped; value <= last; ++value) {
        if (!take(base + value)) return true;
      }
    }
    return true;
  }
  // Words that are at hand; then as many as would do if the bits were spread evenly, and some more; then the rest.
  const std::uint64_t bits = skip + (room_ - given_);
  std::uint64_t words = bits * bitmap_words / stored.cardinality;
  words += words / 8 + 16;
  std::uint32_t first = start.value / bits_per_word;
  while (first < bitmap_words) {
    const std::size_t offset = stored.offset + std::size_t{first} * 8;
    std::size_t size;
    const char* bytes = parts_.find_some(offset, size);
    if (size < 8) {
      size = static_cast<std::size_t>(std::min<std::uint64_t>(words, bitmap_words - first)) * 8;
      bytes = parts_.fetch(offset, size);
      words = bitmap_words;
    }
    if (bytes == nullptr) return false;
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(size / 8, bitmap_words - first));
    for (std::uint32_t i = 0; i < count; ++i) {
      auto word = load<std::uint64_t>(bytes + std::size_t{i} * 8);
      const std::uint32_t value = (first + i) * bits_per_word;
      if (value < start.value) word &= ~std::uint64_t{0} << (start.value - value);
      const auto ones = static_cast<std::uint32_t>(__builtin_popcountll(word));
      if (ones <= skip) {
        skip -= ones;
        continue;
      }
      for (; word != 0; word &= word - 1) {
        if (skip > 0) {
          --skip;
        } else if (!take(base + value + static_cast<std::uint32_t>(__builtin_ctzll(word)))) {
          return true;
        }
      }
    }
    first += count;
  }
  return true;
}

bool Probe::take_range(const StoredRange& range, StreamOutline& stream, Start start) {
  for (std::uint32_t i = start.container; i < stream.containers() && !is_full(); ++i) {
    StoredContainer stored;
    if (!stream.locate(parts_, i, stored)) return false;
    if (!take_container(range.high, stored, start)) return false;
    start = {};
  }
  return true;
}

// Sparse ids and dense ranges by turns, as they come.
bool Probe::take_from(Id first) {
  Found place = {0, false};
  if (first > INT64_MIN && !outline_.search_sparse(parts_, first, place)) return false;
  std::uint64_t sparse = place.position;
  while (!is_full()) {
    StoredRange range;
    const bool has_range = outline_.find_range(high_of(first), range);
    Found limit = {outline_.sparse_count(), false};
    if (has_range && sparse < limit.position &&
        !outline_.search_sparse(parts_, make_id(range.high, 0), limit)) {
      return false;
    }
    if (limit.position < sparse) fail_damaged_parts();
    if (!take_sparse(sparse, limit.position - sparse)) return false;
    if (!has_range || is_full()) break;
    sparse = limit.position;

    StreamOutline stream(range);
    Start start = {};
    if (!stream.read(parts_)) return false;
    const std::uint32_t low = range.high == high_of(first) ? low_of(first) : 0;
    if (low > 0) {
      bool exact = false;
      if (!stream.find_key(parts_, static_cast<std::uint16_t>(low >> 16), start.container, exact)) {
        return false;
      }
      if (exact) start.value = low & 0xffff;
    }
    if (!take_range(range, stream, start)) return false;
    if (range.high == INT32_MAX) break;
    first = make_id(range.high + 1, 0);
  }
  return true;
}

bool Probe::take_at(std::uint64_t position) {
  if (position == 0) return take_from(INT64_MIN);
  if (!outline_.has_dense()) {
    const std::uint64_t count = outline_.sparse_count();
    return position >= count || take_sparse(position, count - position);
  }
  if (outline_.sparse_count() > 0) return decline();  // how the two mix, neither tells alone
  StoredRange range;
  if (position >= outline_.dense_ids() || !outline_.find_position(position, range)) return true;
  StreamOutline stream(range);
  if (!stream.read(parts_)) return false;
  Start start = {};
  std::uint64_t inside = position - range.before;
  if (!stream.find_position(parts_, inside, start.container)) return false;
  start.skip = static_cast<std::uint32_t>(inside);
  if (!take_range(range, stream, start)) return false;
  if (is_full() || range.high == INT32_MAX) return true;
  return take_from(make_id(range.high + 1, 0));
}

}  // namespace objectset
