#include "core/roaring/roaring_stream.hpp"

#include "core/roaring/container_check.hpp"

namespace objectset {
namespace {

constexpr std::uint32_t containers_per_check =
    64;  // between two questions whether the host wants to stop

}  // namespace

std::size_t stream_header_size(std::size_t containers, bool has_runs) noexcept {
  if (!has_runs) return 8 + 8 * containers;
  const std::size_t offsets = containers >= no_offsets_below ? 4 * containers : 0;
  return 4 + (containers + 7) / 8 + 4 * containers + offsets;
}

StreamWalker::StreamWalker(const char* bytes, std::size_t size) noexcept
    : begin_(bytes), end_(bytes + size) {
  if (size < 4) return;
  const auto cookie = load<std::uint32_t>(bytes);
  const bool has_runs = (cookie & 0xffff) == cookie_with_runs;
  if (has_runs) {
    containers_ = (cookie >> 16) + 1;
  } else {
    if (cookie != cookie_without_runs || size < 8) return;
    containers_ = load<std::uint32_t>(bytes + 4);
    if (containers_ > max_containers) return;
  }
  const std::size_t header = stream_header_size(containers_, has_runs);
  if (size < header) return;

  const char* at = bytes + (has_runs ? 4 : 8);
  if (has_runs) {
    flags_ = at;
    at += (containers_ + 7) / 8;
  }
  descriptions_ = at;
  at += std::size_t{4} * containers_;
  if (!has_runs || containers_ >= no_offsets_below) offsets_ = at;
  at_ = bytes + header;
  ok_ = true;
}

bool StreamWalker::next(Container& container) noexcept {
  if (!ok_) return false;
  if (done_ == containers_) {
    ok_ = at_ == end_;
    return false;
  }
  ok_ = false;
  const std::uint32_t i = done_++;
  if (offsets_ != nullptr) {
    const auto offset = load<std::uint32_t>(offsets_ + std::size_t{4} * i);
    if (offset != static_cast<std::size_t>(at_ - begin_)) return false;
  }
  const char* description = descriptions_ + std::size_t{4} * i;
  container.key = load<std::uint16_t>(description);
  container.cardinality = load<std::uint16_t>(description + 2) + 1u;
  container.runs = 0;
  const auto left = static_cast<std::size_t>(end_ - at_);
  if (flags_ != nullptr && (flags_[i / 8] >> (i % 8) & 1) != 0) {
    if (left < 2) return false;
    container.kind = ContainerKind::run;
    container.runs = load<std::uint16_t>(at_);
    container.data = at_ + 2;
  } else {
    container.kind = container.cardinality <= max_array_cardinality ? ContainerKind::array
                                                                    : ContainerKind::bitmap;
    container.data = at_;
  }
  container.bytes = container_bytes(container.kind, container.cardinality, container.runs);
  if (left < container.bytes) return false;
  at_ += container.bytes;
  ok_ = true;
  return true;
}

namespace {

// Where there are few ids or runs it takes less time to look at them here than to call a function.
constexpr std::uint32_t few_values = 17;
constexpr std::uint32_t few_runs = 4;

// Whether so many neighbours ascend from each of two places on, which may overlap.
template <class Vector>
bool both_ascend(const char* one, const char* other) noexcept {
  const auto falls = (load<Vector>(one) >= load<Vector>(one + 2)) |
                     (load<Vector>(other) >= load<Vector>(other + 2));
  std::uint64_t parts[sizeof falls / 8];
  std::memcpy(parts, &falls, sizeof falls);
  std::uint64_t found = 0;
  for (const std::uint64_t part : parts) found |= part;
  return found == 0;
}

bool few_ascend(const char* values, std::uint32_t count) noexcept {
  using Four __attribute__((vector_size(8))) = std::uint16_t;
  using Eight __attribute__((vector_size(16))) = std::uint16_t;
  const char* const end = values + std::size_t{2} * count;
  if (count > 8) return both_ascend<Eight>(values, end - 18);
  if (count > 4) return both_ascend<Four>(values, end - 10);
  bool found = false;
  for (std::uint32_t i = 1; i < count; ++i) {
    found |= load<std::uint16_t>(values + i * 2 - 2) >= load<std::uint16_t>(values + i * 2);
  }
  return !found;
}

bool few_runs_ascend(const char* runs, std::uint32_t count, std::uint32_t cardinality) noexcept {
  std::uint32_t ids = count;
  std::uint32_t next = 0;  // the first value that may begin a run
  bool found = count == 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto pair = load<std::uint32_t>(runs + std::size_t{4} * i);
    const std::uint32_t first = pair & 0xffff;
    const std::uint32_t last = first + (pair >> 16);
    found |= first < next || last > 65535;
    ids += pair >> 16;
    next = last + 2;
  }
  return !found && ids == cardinality;
}

bool runs_are_sound(const ContainerCheck& check, const char* runs, std::uint32_t count,
                    std::uint32_t cardinality) noexcept {
  return count <= few_runs ? few_runs_ascend(runs, count, cardinality)
                           : check.runs_ascend(runs, count, cardinality);
}

bool array_is_sound(const ContainerCheck& check, const char* values, std::uint32_t count) noexcept {
  return count <= few_values ? few_ascend(values, count) : check.array_ascends(values, count);
}

}  // namespace

bool is_sound(const Container& container) noexcept {
  const ContainerCheck& check = container_check();
  switch (container.kind) {
    case ContainerKind::array:
      return array_is_sound(check, container.data, container.cardinality);
    case ContainerKind::run:
      return runs_are_sound(check, container.data, container.runs, container.cardinality);
    case ContainerKind::bitmap:
      break;
  }
  return check.count_bits(container.data, bitmap_bytes) == container.cardinality;
}

// What next() does, with all that it keeps in hand: there may be thousands of small containers.
bool StreamWalker::is_sound(std::uint64_t& ids) noexcept {
  const ContainerCheck& check = container_check();
  ids = 0;
  if (!ok_) return false;
  ok_ = false;
  const char* at = at_;
  std::int32_t previous = -1;
  for (std::uint32_t i = 0; i < containers_; ++i) {
    if (offsets_ != nullptr && load<std::uint32_t>(offsets_ + std::size_t{4} * i) !=
                                   static_cast<std::size_t>(at - begin_)) {
      return false;
    }
    const auto description = load<std::uint32_t>(descriptions_ + std::size_t{4} * i);
    const auto key = static_cast<std::int32_t>(description & 0xffff);
    if (key <= previous) return false;
    previous = key;
    const std::uint32_t cardinality = (description >> 16) + 1;
    ids += cardinality;
    const auto left = static_cast<std::size_t>(end_ - at);
    if (flags_ != nullptr && (flags_[i / 8] >> (i % 8) & 1) != 0) {
      if (left < 2) return false;
      const std::uint32_t runs = load<std::uint16_t>(at);
      const std::size_t bytes = 2 + std::size_t{4} * runs;
      if (left < bytes || !runs_are_sound(check, at + 2, runs, cardinality)) return false;
      at += bytes;
    } else if (cardinality <= max_array_cardinality) {
      const std::size_t bytes = std::size_t{2} * cardinality;
      if (left < bytes || !array_is_sound(check, at, cardinality)) return false;
      at += bytes;
    } else {
      if (left < bitmap_bytes || check.count_bits(at, bitmap_bytes) != cardinality) return false;
      at += bitmap_bytes;
    }
  }
  ok_ = at == end_;
  return ok_;
}

bool stream_is_valid(const char* bytes, std::size_t size, std::uint64_t& cardinality,
                     std::uint32_t& maximum) {
  cardinality = 0;
  maximum = 0;
  StreamWalker walker(bytes, size);
  bool flagged = false;
  std::uint32_t seen = 0;
  std::int64_t previous_key = -1;
  Container container;
  while (walker.next(container)) {
    if (container.key <= previous_key) return false;
    previous_key = container.key;
    if (seen++ % containers_per_check == 0) check_interrupts();

    std::uint32_t ids = 0;
    std::uint32_t runs = 0;
    std::int64_t last_end = -2;  // where the run before ended
    bool ascending = true;
    for_each_run_in(container, [&](std::uint32_t first, std::uint32_t last) {
      // Two runs that touch are one; a start not beyond the end before is out of order.
      if (static_cast<std::int64_t>(first) <= last_end + 1 || last > 65535) ascending = false;
      last_end = last;
      ids += last - first + 1;
      ++runs;
    });
    if (!ascending || ids != container.cardinality || container.kind != canonical_kind(ids, runs)) {
      return false;
    }
    flagged = flagged || container.kind == ContainerKind::run;
    cardinality += ids;
    maximum = std::uint32_t{container.key} << 16 | static_cast<std::uint32_t>(last_end);
  }
  if (!walker.ok() || cardinality == 0) return false;
  // The form with flags only where a run container needs it, and no flags beyond the last container.
  const bool has_flags = (load<std::uint32_t>(bytes) & 0xffff) == cookie_with_runs;
  if (has_flags != flagged) return false;
  if (has_flags && walker.containers() % 8 != 0) {
    const auto last = static_cast<unsigned char>(bytes[4 + walker.containers() / 8]);
    if (last >> (walker.containers() % 8) != 0) return false;
  }
  return true;
}

std::uint32_t stream_maximum(const char* bytes, std::size_t size) noexcept {
  Container last = {};
  for (StreamWalker walker(bytes, size); walker.next(last);) {
  }
  std::uint32_t low = 0;
  if (last.kind == ContainerKind::array) {
    low = last.value(last.cardinality - 1);
  } else if (last.kind == ContainerKind::run) {
    low = last.run_last(last.runs - 1);
  } else {
    std::uint32_t word = bitmap_words - 1;
    while (word > 0 && last.word(word) == 0) --word;
    low = word * 64 + 63 - static_cast<std::uint32_t>(__builtin_clzll(last.word(word)));
  }
  return std::uint32_t{last.key} << 16 | low;
}

std::size_t canonical_stream_size(const std::int64_t* ids, std::size_t count) noexcept {
  std::size_t bytes = 0;
  std::size_t containers = 0;
  bool has_runs = false;
  const std::int64_t* const end = ids + count;
  while (ids < end) {
    const std::int64_t container_last = *ids | 0xffff;
    std::uint32_t cardinality = 0;
    std::uint32_t runs = 0;
    std::uint64_t previous = 0;
    for (; ids < end && *ids <= container_last; ++ids) {
      const auto id = static_cast<std::uint64_t>(*ids);
      runs += cardinality == 0 || id != previous + 1 ? 1 : 0;
      previous = id;
      ++cardinality;
    }
    const ContainerKind kind = canonical_kind(cardinality, runs);
    has_runs = has_runs || kind == ContainerKind::run;
    bytes += container_bytes(kind, cardinality, runs);
    ++containers;
  }
  return stream_header_size(containers, has_runs) + bytes;
}

}  // namespace objectset
