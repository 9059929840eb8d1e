#include "core/aggregate/aggregate_state.hpp"

#include <algorithm>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

namespace objectset {
namespace {

constexpr char state_version = 1;

// Sets of more ids are not gathered; so many ids are worked off at once, or half of what a set has sparse.
constexpr std::uint64_t max_gathered = 1024;
constexpr std::size_t min_settled = 1 << 16;

constexpr std::size_t round_up(std::size_t size) noexcept { return (size + 7) / 8 * 8; }

[[noreturn]] void fail_damaged() {
  fail(ErrorCode::data_corrupted, "state of an object set aggregate is damaged");
}

Set read_set(const char* bytes, std::size_t size) {
  const StoredSet stored(bytes, size);
  Set set = combine(Operation::unite, stored.view(), SetView());
  set.keep();
  return set;
}

void write_head(char* to, StateKind kind) noexcept {
  to[0] = state_version;
  to[1] = static_cast<char>(kind);
  store(to + 2, std::uint16_t{0});
}

bool is_zero(const char* bytes, std::size_t size) noexcept {
  return std::all_of(bytes, bytes + size, [](char byte) { return byte == 0; });
}

// Calls use(bytes, size) for each plane of a counter; false where they do not fit. `use` returns false to stop.
template <class Use>
bool for_each_plane(const char* bytes, std::size_t size, Use&& use) {
  const auto planes = load<std::uint32_t>(bytes + 20);
  if (planes > Counter::max_planes) return false;
  std::size_t at = state_planes_offset;
  for (std::uint32_t i = 0; i < planes; ++i) {
    if (size - at < 8) return false;
    const auto plane_size = load<std::uint64_t>(bytes + at);
    at += 8;
    if (plane_size > size - at || round_up(plane_size) > size - at) return false;
    if (!use(bytes + at, static_cast<std::size_t>(plane_size))) return false;
    if (!is_zero(bytes + at + plane_size, round_up(plane_size) - plane_size)) return false;
    at += round_up(plane_size);
  }
  return at == size;
}

bool counter_is_valid(const char* bytes, std::size_t size) {
  unsigned planes = 0;
  std::size_t highest_size = 0;
  if (!for_each_plane(bytes, size, [&](const char* plane, std::size_t plane_size) {
        ++planes;
        highest_size = plane_size;
        return stored_is_valid_untrusted(plane, plane_size);
      })) {
    return false;
  }
  // The highest plane holds ids, and no id is in more sets than there are.
  if (planes > 0 && highest_size == identity_size) return false;
  const auto sets = load<std::uint64_t>(bytes + state_head_size);
  if (sets >> Counter::max_planes != 0) return false;
  if (sets >> planes != 0) return true;
  const AggregateState state(bytes, size);
  const Set beyond = state.counter.at_least(sets + 1);
  return is_empty(beyond);
}

}  // namespace

StateKind state_kind(const char* bytes, std::size_t size) {
  if (size < state_head_size || bytes[0] != state_version || load<std::uint16_t>(bytes + 2) != 0) {
    fail_damaged();
  }
  const auto kind = static_cast<StateKind>(bytes[1]);
  switch (kind) {
    case StateKind::ids:
      if (size < state_ids_offset || ids_state_count(bytes) > ids_state_capacity(size))
        fail_damaged();
      return kind;
    case StateKind::set:
      if (size < state_set_offset) fail_damaged();
      return kind;
    case StateKind::counter:
      if (size < state_planes_offset) fail_damaged();
      return kind;
  }
  fail_damaged();
}

bool is_empty_state(const char* bytes, std::size_t size) noexcept {
  return size == state_set_offset + identity_size && bytes[0] == state_version &&
         bytes[1] == static_cast<char>(StateKind::set);
}

bool state_is_valid_untrusted(const char* bytes, std::size_t size) {
  if (size < state_head_size || bytes[0] != state_version || load<std::uint16_t>(bytes + 2) != 0) {
    return false;
  }
  switch (static_cast<StateKind>(bytes[1])) {
    case StateKind::ids:
      return size >= state_ids_offset && (size - state_ids_offset) % sizeof(Id) == 0 &&
             ids_state_count(bytes) <= ids_state_capacity(size);
    case StateKind::set:
      return size >= state_set_offset && load<std::uint32_t>(bytes + state_head_size) == 0 &&
             stored_is_valid_untrusted(bytes + state_set_offset, size - state_set_offset);
    case StateKind::counter:
      return size >= state_planes_offset && counter_is_valid(bytes, size);
  }
  return false;
}

std::size_t ids_state_size(std::size_t capacity) noexcept {
  return state_ids_offset + capacity * sizeof(Id);
}

void ids_state_init(char* bytes) noexcept {
  write_head(bytes, StateKind::ids);
  store(bytes + state_head_size, std::uint64_t{0});
}

std::uint64_t ids_state_count(const char* bytes) noexcept {
  return load<std::uint64_t>(bytes + state_head_size);
}

std::size_t ids_state_capacity(std::size_t size) noexcept {
  return (size - state_ids_offset) / sizeof(Id);
}

void ids_state_add(char* bytes, Id id) noexcept {
  const std::uint64_t count = ids_state_count(bytes);
  store(bytes + state_ids_offset + count * sizeof(Id), id);
  store(bytes + state_head_size, count + 1);
}

void ids_state_compact(char* bytes) {
  const Span<Id> ids = ids_state_ids(bytes);
  Buffer<Id> sorted;
  sorted.append(ids.data(), ids.size());
  sort_distinct(sorted);
  if (sorted.empty()) return;
  std::memcpy(bytes + state_ids_offset, sorted.data(), sorted.size() * sizeof(Id));
  store(bytes + state_head_size, std::uint64_t{sorted.size()});
}

Span<Id> ids_state_ids(const char* bytes) noexcept {
  return {reinterpret_cast<const Id*>(bytes + state_ids_offset),
          static_cast<std::size_t>(ids_state_count(bytes))};
}

AggregateState::AggregateState(const char* bytes, std::size_t size) {
  switch (state_kind(bytes, size)) {
    case StateKind::ids:
      for (const Id id : ids_state_ids(bytes)) set.add(id);
      return;
    case StateKind::set:
      set = SetBuilder(read_set(bytes + state_set_offset, size - state_set_offset));
      return;
    case StateKind::counter:
      counting = true;
      counter.restore(load<std::uint64_t>(bytes + 4));
      threshold = load<std::uint64_t>(bytes + 12);
      if (!for_each_plane(bytes, size, [this](const char* plane, std::size_t plane_size) {
            counter.append_plane(read_set(plane, plane_size));
            return true;
          })) {
        fail_damaged();
      }
      return;
  }
}

void AggregateState::count(const SetView& other) {
  if (!gathering || cardinality(other) > max_gathered) {
    counter.add(other);
    return;
  }
  tally.add(other);
  const std::size_t sparse = counter.planes() == 0 ? 0 : counter.plane(0).sparse().size();
  if (tally.size() >= std::max(min_settled, sparse / 2)) settle();
}

// From a frame that moves, sets go as they come.
void AggregateState::uncount(const SetView& other) {
  settle();
  gathering = false;
  is_unchecked = true;
  counter.subtract(other);
}

void AggregateState::unite(const SetView& other) { set.add_set(other); }

void AggregateState::symdiff(const SetView& other) {
  if (!gathering || cardinality(other) > max_gathered) {
    set.symdiff(other);
    return;
  }
  tally.add(other);
  if (tally.size() >= std::max(min_settled, set.sparse_size() / 2)) settle();
}

void AggregateState::settle() {
  if (tally.empty()) return;
  Counter gathered;
  tally.take(gathered);
  if (counting) {
    counter.add(gathered);
    return;
  }
  const Set odd = gathered.odd();
  set.symdiff(odd);
}

StateWriter::StateWriter(AggregateState& state) : state_(state) {
  state.settle();
  const auto plan = [this](const SetView& set) { return writers_[count_++].emplace(set).size(); };
  if (!state.counting) {
    size_ = state_set_offset + plan(state.set.finish());
    return;
  }
  if (state.is_unchecked) state.counter.check();
  size_ = state_planes_offset;
  for (unsigned i = 0; i < state.counter.planes(); ++i) {
    size_ += 8 + round_up(plan(state.counter.plane(i)));
  }
  if (size_ > max_stored_size) {
    fail(ErrorCode::too_large, "state of an object set aggregate is too large");
  }
}

void StateWriter::write(char* to) const {
  if (!state_.counting) {
    write_head(to, StateKind::set);
    store(to + state_head_size, std::uint32_t{0});
    writers_[0]->write(to + state_set_offset);
    return;
  }
  write_head(to, StateKind::counter);
  char* at = store(to + state_head_size, state_.counter.sets());
  at = store(at, state_.threshold);
  at = store(at, std::uint32_t{count_});
  for (unsigned i = 0; i < count_; ++i) {
    const std::size_t size = writers_[i]->size();
    at = store(at, std::uint64_t{size});
    writers_[i]->write(at);
    std::memset(at + size, 0, round_up(size) - size);
    at += round_up(size);
  }
}

}  // namespace objectset
