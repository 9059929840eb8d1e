// States of aggregates as datums: what an aggregate's functions hand from row to row (type objectset_state).
//
// The one idea: a state is flat bytes (aggregate_state.hpp) while it is small, and an expanded object above. Both
// live in the aggregate's memory. Flat ones are plain chunks there, ids being appended in place; a memory
// context each would make every new group of a hash aggregation walk those of all groups before it. Expanded
// ones are changed in place.
//
// What the executor does with a returned pointer: the one it passed in is kept as it is, an expanded object in
// a child of the aggregate's context is adopted, anything else is copied there whole. So flat states are made in
// the caller's short-lived context, and the room they have to grow is part of their size.
#pragma once

#include "pg/datum.hpp"

#include "core/aggregate/aggregate_state.hpp"

namespace objectset::pg {

inline constexpr int32 expanded_state_magic = 0x0B5E7002;

/// The memory of the AggregateState and of all it holds is the object's own context.
struct ExpandedState {
  ExpandedObjectHeader header;
  int32 magic;
  bool broken;  // a change in place was cut off by an error
  AggregateState* state;
  StateWriter* planned;  // its flat form, between asking for its size and writing it
};

/// Zone A's finding: where a state is, if there is one. Plain data.
struct StateArgument {
  bool exists;
  Datum datum;              // as it came
  ExpandedState* expanded;  // or nullptr, and
  char* bytes;              // the flat form
  Size size;
};

/// Zone A: the state in argument 0 of an aggregate's function, which may be NULL.
StateArgument state_argument(FunctionCallInfo fcinfo);

/// Zone A: the state in argument n, which is not NULL, as flat bytes whatever it is.
StateArgument flat_state_argument(FunctionCallInfo fcinfo, int n);

/// Zone A: the memory that the states of the calling aggregate live in; raises where there is no aggregate.
MemoryContext aggregate_context(FunctionCallInfo fcinfo);

/// From so many bytes on a state is expanded, except ids that are appended one by one:
inline constexpr Size expand_state_from = 4096;
/// those are flat up to this.
inline constexpr Size max_ids_state_size = 32768;

/// Any zone: whether an aggregate calls.
inline bool is_in_aggregate(FunctionCallInfo fcinfo) noexcept {
  return fcinfo->context != nullptr &&
         (IsA(fcinfo->context, AggState) || IsA(fcinfo->context, WindowAggState));
}

/// Any zone: the state in argument 0 of an aggregate's function, where it is expanded, does not count, and can be added
/// to as it is; nullptr in every other case. For the few instructions that most rows take.
inline AggregateState* ready_state(FunctionCallInfo fcinfo) noexcept {
  if (PG_ARGISNULL(0) || !is_in_aggregate(fcinfo)) return nullptr;
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(PG_GETARG_DATUM(0)));
  if (!VARATT_IS_EXTERNAL_EXPANDED_RW(value)) return nullptr;
  varatt_expanded pointer;
  memcpy(&pointer, VARDATA_EXTERNAL(value), sizeof pointer);
  auto* expanded = reinterpret_cast<ExpandedState*>(pointer.eohptr);
  if (expanded->magic != expanded_state_magic || expanded->broken || expanded->planned != nullptr) {
    return nullptr;
  }
  return expanded->state->counting ? nullptr : expanded->state;
}

/// Zone A: an expanded state without its AggregateState, in a context of its own below the given one.
ExpandedState* new_expanded_state(MemoryContext aggregate);

/// Zone B, in the expanded object's context: drops what was planned for the state as it was.
void drop_plan(ExpandedState* expanded);

/// Zone B: a varlena of the state, in the current compute context.
struct varlena* write_state(AggregateState& state);

/// Zone B: adds ids to a state of flat ids, or to no state yet. Gives that state, in place or moved; nullptr, and
/// none added, where the state is of another kind or would become too large.
struct varlena* add_ids(const StateArgument& state, Span<Id> ids);

/// Zone B: the set that a flat state of an aggregate that does not count stands for.
class OpenState {
 public:
  OpenState(const char* bytes, Size size);
  const SetView& view() const& noexcept { return view_; }
  const SetView& view() const&& = delete;

 private:
  objectset::Buffer<Id> ids_;
  std::optional<StoredSet> stored_;
  SetView view_;
};

/// Zone B: raises where a state is not of the aggregate family that it is given to.
void check_family(const AggregateState& state, bool counting);

/// Zones A to D: runs `change` on the state, and returns it. `large` says that what is added to a state is large.
template <class Change>
Datum change_state(MemoryContext aggregate, const StateArgument& state, bool counting, bool large,
                   Change&& change) {
  if (state.expanded != nullptr) {
    ExpandedState* const expanded = state.expanded;
    expanded->broken = true;
    guarded(expanded->header.eoh_context, [&] {
      drop_plan(expanded);
      check_family(*expanded->state, counting);
      change(*expanded->state);
    });
    expanded->broken = false;
    return state.datum;
  }
  if (large) {
    ExpandedState* const expanded = new_expanded_state(aggregate);
    guarded(expanded->header.eoh_context, [&] {
      void* place = allocate(sizeof(AggregateState));
      expanded->state = state.exists ? new (place) AggregateState(state.bytes, state.size)
                                     : new (place) AggregateState();
      if (!state.exists) expanded->state->counting = counting;
      expanded->state->gathering = true;
      check_family(*expanded->state, counting);
      change(*expanded->state);
    });
    return EOHPGetRWDatum(&expanded->header);
  }
  struct varlena* flat = nullptr;
  guarded([&] {
    std::optional<AggregateState> opened;
    if (state.exists) {
      opened.emplace(state.bytes, state.size);
    } else {
      opened.emplace().counting = counting;
    }
    check_family(*opened, counting);
    change(*opened);
    flat = write_state(*opened);
  });
  return PointerGetDatum(flat);
}

/// Zones A to D: runs `use` on the opened state, which it leaves as it is but for its form: `use(state)` with core's
/// memory where the state's is. What is to outlive the call is taken by allocate_in().
template <class Use>
void use_expanded_state(ExpandedState* expanded, Use&& use) {
  expanded->broken = true;
  guarded(expanded->header.eoh_context, [&] {
    expanded->state->settle();
    use(*expanded->state);
  });
  expanded->broken = false;
}

/// Zone B: memory in another context than the one that is computed in.
void* allocate_in(MemoryContext context, Size bytes);

}  // namespace objectset::pg
