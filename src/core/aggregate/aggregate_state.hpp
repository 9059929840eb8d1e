// The state of an aggregate between rows, between workers and between machines: bytes without pointers, that a
// state can be written to, read back from and checked in.
//
//   offset  bytes  what
//   0       1      version: 1
//   1       1      kind: 1 ids, 2 set, 3 counter
//   2       2      0
//   ids: what was added so far, while it is little
//   4       8      number of ids, n
//   12      8 n    the ids, in any order, repeats allowed; more bytes may follow (room to grow)
//   set: a union, an intersection, a symmetric difference
//   4       4      0
//   8       ...    the set in stored form (stored_set.hpp)
//   counter: how many sets hold each id
//   4       8      how many sets were counted
//   12      8      the threshold k of the aggregate (0: it has none)
//   20      4      number of planes
//   24      ...    each plane: its size (8 bytes), the set in stored form, zeros up to a multiple of 8
//
// The bytes stand at an address that is 4 modulo 8, as those of a stored set do.
#pragma once

#include <optional>

#include "core/aggregate/bit_sliced_counter.hpp"
#include "core/set/set_builder.hpp"
#include "core/stored/stored_set.hpp"

namespace objectset {

enum class StateKind : std::uint8_t { ids = 1, set = 2, counter = 3 };

inline constexpr std::size_t state_head_size = 4;
inline constexpr std::size_t state_ids_offset = 12;
inline constexpr std::size_t state_set_offset = 8;
inline constexpr std::size_t state_planes_offset = 24;

/// The kind that a state's bytes name; raises data_corrupted where they name none or are too short for it.
StateKind state_kind(const char* bytes, std::size_t size);

/// Whether bytes that we wrote are a set, and an empty one.
bool is_empty_state(const char* bytes, std::size_t size) noexcept;

/// Whether bytes from outside are a whole state.
bool state_is_valid_untrusted(const char* bytes, std::size_t size);

// The `ids` kind, worked on where it stands.
std::size_t ids_state_size(std::size_t capacity) noexcept;
/// Writes an empty state into ids_state_size(capacity) bytes.
void ids_state_init(char* bytes) noexcept;
std::uint64_t ids_state_count(const char* bytes) noexcept;
std::size_t ids_state_capacity(std::size_t size) noexcept;
/// Appends one id; the caller has seen that there is room.
void ids_state_add(char* bytes, Id id) noexcept;
/// Sorts and drops repeats.
void ids_state_compact(char* bytes);
Span<Id> ids_state_ids(const char* bytes) noexcept;

/// A state of any kind, opened for work.
struct AggregateState {
  bool counting = false;
  bool gathering = false;       // small sets wait until they are many: for a state that stays open
  bool is_unchecked = false;    // counting: sets were taken back
  SetBuilder set;               // not counting
  Counter counter;              // counting
  Tally tally;                  // what settle() has yet to work off
  std::uint64_t threshold = 0;  // at-least aggregates

  /// Counting: one more set; one less, of those that were counted.
  void count(const SetView& other);
  void uncount(const SetView& other);
  /// Not counting: the union, the symmetric difference with one more set.
  void unite(const SetView& other);
  void symdiff(const SetView& other);
  /// Brings `set` or `counter` up to date.
  void settle();

  AggregateState() = default;
  /// Reads a state that we wrote; raises data_corrupted where it is damaged.
  AggregateState(const char* bytes, std::size_t size);
};

/// Writes a state as `set` or `counter`.
class StateWriter {
 public:
  explicit StateWriter(AggregateState& state);
  std::size_t size() const noexcept { return size_; }
  void write(char* to) const;

 private:
  const AggregateState& state_;
  unsigned count_ = 0;
  std::optional<StoredWriter> writers_[Counter::max_planes];
  std::size_t size_ = 0;
};

}  // namespace objectset
