#include "core/roaring/stream_builder.hpp"

#include <algorithm>

namespace objectset {
namespace {

constexpr std::size_t containers_per_check = 1024;
constexpr std::size_t values_per_check = 256;

// Beyond so many runs, whatever their number, a container of so many ids is none of runs.
std::uint32_t most_runs(std::uint32_t cardinality) noexcept {
  return cardinality <= max_array_cardinality ? cardinality / 2 : bitmap_bytes / 4;
}

// No further than that number matters.
std::uint32_t count_runs(Span<std::uint16_t> values) noexcept {
  const std::uint32_t enough = most_runs(static_cast<std::uint32_t>(values.size()));
  std::uint32_t runs = 1;
  for (std::size_t i = 1; i < values.size() && runs <= enough;) {
    const std::size_t end = std::min(values.size(), i + values_per_check);
    for (; i < end; ++i) runs += values[i] != values[i - 1] + 1 ? 1 : 0;
  }
  return runs;
}

// A run ends with each bit that the next one does not follow.
std::uint32_t count_runs_of_bits(const Container& bits) noexcept {
  std::uint32_t runs = 0;
  std::uint64_t word = bits.word(0);
  for (std::uint32_t i = 0; i < bitmap_words; ++i) {
    const std::uint64_t next = i + 1 < bitmap_words ? bits.word(i + 1) : 0;
    runs += static_cast<std::uint32_t>(__builtin_popcountll(word & ~(word >> 1 | next << 63)));
    word = next;
  }
  return runs;
}

std::uint32_t count_runs(const Container& container) noexcept {
  if (container.kind == ContainerKind::bitmap) return count_runs_of_bits(container);
  std::uint32_t runs = 0;
  for_each_run_in(container, [&](std::uint32_t, std::uint32_t) { ++runs; });
  return runs;
}

void set_bit(char* bits, std::uint32_t value) noexcept {
  bits[value / 8] = static_cast<char>(bits[value / 8] | 1 << value % 8);
}

char* store_value(char* to, std::uint32_t value) noexcept {
  return store(to, static_cast<std::uint16_t>(value));
}

}  // namespace

char* StreamBuilder::begin(std::uint16_t key, ContainerKind kind, std::uint32_t cardinality,
                           std::uint32_t runs) {
  if (descriptions_.size() % containers_per_check == 0) check_interrupts();
  const bool is_run = kind == ContainerKind::run;
  descriptions_.push_back({key, static_cast<std::uint16_t>(cardinality - 1), is_run,
                           static_cast<std::uint32_t>(bodies_.size())});
  has_runs_ = has_runs_ || is_run;
  cardinality_ += cardinality;
  char* const body = bodies_.extend(container_bytes(kind, cardinality, runs));
  if (kind == ContainerKind::bitmap) std::memset(body, 0, bitmap_bytes);
  return is_run ? store_value(body, runs) : body;
}

void StreamBuilder::add_values(std::uint16_t key, Span<std::uint16_t> values) {
  const auto count = static_cast<std::uint32_t>(values.size());
  const std::uint32_t runs = count_runs(values);
  const ContainerKind kind = canonical_kind(count, runs);
  if (kind == ContainerKind::run) {
    const Container array = {ContainerKind::array,
                             key,
                             count,
                             0,
                             reinterpret_cast<const char*>(values.data()),
                             values.size() * sizeof(std::uint16_t)};
    return add(array);
  }
  char* const body = begin(key, kind, count, runs);
  if (kind == ContainerKind::array) {
    std::memcpy(body, values.data(), values.size() * sizeof(std::uint16_t));
  } else {
    for (const std::uint16_t value : values) set_bit(body, value);
  }
}

void StreamBuilder::add(const Container& container) {
  const std::uint32_t runs = count_runs(container);
  const ContainerKind kind = canonical_kind(container.cardinality, runs);
  char* body = begin(container.key, kind, container.cardinality, runs);
  if (kind == container.kind && kind != ContainerKind::run) {
    std::memcpy(body, container.data, container_bytes(kind, container.cardinality, runs));
    return;
  }
  for_each_run_in(container, [&](std::uint32_t first, std::uint32_t last) {
    if (kind == ContainerKind::run) {
      body = store_value(store_value(body, first), last - first);
    } else if (kind == ContainerKind::array) {
      for (std::uint32_t value = first; value <= last; ++value) body = store_value(body, value);
    } else {
      for (std::uint32_t value = first; value <= last; ++value) set_bit(body, value);
    }
  });
}

void StreamBuilder::add_full(std::uint16_t key) {
  char* const body = begin(key, ContainerKind::run, 65536, 1);
  store_value(store_value(body, 0), 65535);
}

void StreamBuilder::write(char* to) const {
  const auto containers = static_cast<std::uint32_t>(descriptions_.size());
  const std::size_t header = stream_header_size(containers, has_runs_);
  char* at;
  if (has_runs_) {
    at = store(to, cookie_with_runs | (containers - 1) << 16);
    std::memset(at, 0, (containers + 7) / 8);
    for (std::uint32_t i = 0; i < containers; ++i) {
      if (descriptions_[i].is_run) set_bit(at, i);
    }
    at += (containers + 7) / 8;
  } else {
    at = store(store(to, cookie_without_runs), containers);
  }
  for (const Description& description : descriptions_) {
    at = store_value(store_value(at, description.key), description.last);
  }
  if (!has_runs_ || containers >= no_offsets_below) {
    for (const Description& description : descriptions_) {
      at = store(at, static_cast<std::uint32_t>(header + description.start));
    }
  }
  copy_bytes(at, bodies_.data(), bodies_.size());
}

void StreamBuilder::clear() noexcept {
  descriptions_.clear();
  bodies_.clear();
  has_runs_ = false;
  cardinality_ = 0;
}

void canonicalize_stream(Buffer<char>& stream) {
  bool has_tie = false;
  Container container;
  for (StreamWalker walker(stream.data(), stream.size()); walker.next(container);) {
    has_tie =
        has_tie || (container.kind == ContainerKind::run &&
                    canonical_kind(container.cardinality, container.runs) == ContainerKind::array);
  }
  if (!has_tie) return;
  StreamBuilder builder;
  for (StreamWalker walker(stream.data(), stream.size()); walker.next(container);) {
    builder.add(container);
  }
  Buffer<char> result;
  result.resize(builder.size());
  builder.write(result.data());
  stream.swap(result);
}

}  // namespace objectset
