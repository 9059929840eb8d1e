// Aggregates: their state's type, and the functions that make and use states.
//
// Two families. Those that do not count gather one set: ids and unions, intersections, symmetric differences.
// Those that count keep how many of the sets hold each id (bit_sliced_counter.hpp): at_least, and the moving form of
// every aggregate, because from a counter a set can be taken back.
//
// No state means no set so far, and gives NULL. Moving forms must have a state; there, no sets counted means it.
#include "pg/aggregate_state_datum.hpp"
#include "pg/base64.hpp"

namespace objectset::pg {
namespace {

// ---- The state's type -----------------------------------------------------------------------------------

// Base64 beyond this is no text value.
constexpr Size max_state_as_text = (MaxAllocSize - 64) / 4 * 3;

bool is_valid_state(const char* bytes, Size size) {
  bool valid = false;
  guarded([&] { valid = state_is_valid_untrusted(bytes, size); });
  return valid;
}

// A state's flat bytes without room to grow.
Bytes used_bytes(FunctionCallInfo fcinfo) {
  const StateArgument state = flat_state_argument(fcinfo, 0);
  Bytes used = {state.bytes, state.size};
  guarded([&] {
    if (state_kind(state.bytes, state.size) == StateKind::ids) {
      used.size = ids_state_size(static_cast<Size>(ids_state_count(state.bytes)));
    }
  });
  return used;
}

// ---- Steps: a row, or another state, into a state -------------------------------------------------------

bool is_set_argument_large(const StateArgument& state, const SetArgument& set) {
  return is_large(set) || state.size + set.size >= expand_state_from;
}

void unite(AggregateState& state, const SetView& other) { state.unite(other); }

void intersect(AggregateState& state, const SetView& other) {
  Set& set = state.set.finish();
  if (is_empty(set)) return;
  set.apply(Operation::intersect, other);
  set.keep();
}

void symdiff(AggregateState& state, const SetView& other) { state.symdiff(other); }

using Combine = void (*)(AggregateState&, const SetView&);

// A state in argument 0 that may be NULL, something in the other arguments that may be NULL, then ignored.
bool is_ignored(FunctionCallInfo fcinfo) {
  for (int n = 1; n < PG_NARGS(); ++n) {
    if (PG_ARGISNULL(n)) return true;
  }
  return false;
}

Datum same_state(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  return PG_GETARG_DATUM(0);
}

// One more set for a state that does not count; the first one is taken as it is.
Datum add_set_argument(FunctionCallInfo fcinfo, MemoryContext aggregate, Combine combine,
                       bool (*large)(const StateArgument&, const SetArgument&)) {
  const StateArgument state = state_argument(fcinfo);
  const SetArgument set = set_argument(fcinfo, 1);
  return change_state(aggregate, state, false, large(state, set), [&](AggregateState& opened) {
    const OpenSet other(set);
    if (state.exists) {
      combine(opened, other);
    } else {
      unite(opened, other);
    }
  });
}

// Another state, of the same aggregate. Both exist.
Datum combine_states(FunctionCallInfo fcinfo, Combine combine,
                     bool (*large)(const StateArgument&, const SetArgument&)) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  const StateArgument state = state_argument(fcinfo);
  const StateArgument other = flat_state_argument(fcinfo, 1);
  return change_state(aggregate, state, false,
                      large(state, {nullptr, other.bytes, other.size, false}),
                      [&](AggregateState& opened) {
                        const OpenState other_opened(other.bytes, other.size);
                        combine(opened, other_opened.view());
                      });
}

// One more id. Not inline: what most rows take is a few instructions, without the frame that this needs.
[[gnu::noinline]] Datum add_id_argument(FunctionCallInfo fcinfo) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  if (is_ignored(fcinfo)) return same_state(fcinfo);
  const StateArgument state = state_argument(fcinfo);
  const Id id = PG_GETARG_INT64(1);
  if (state.expanded == nullptr) {
    struct varlena* flat = nullptr;
    guarded([&] { flat = add_ids(state, Span<Id>(&id, 1)); });
    if (flat != nullptr) PG_RETURN_POINTER(flat);
  }
  return change_state(aggregate, state, false, true,
                      [id](AggregateState& opened) { opened.set.add(id); });
}

// An intersection that is empty stays so: what else there is need not be looked at, which for a large set means that
// it is not even read.
bool is_empty_for_good(FunctionCallInfo fcinfo) {
  if (const AggregateState* ready = ready_state(fcinfo)) {
    return ready->tally.empty() && ready->set.is_empty();
  }
  if (PG_ARGISNULL(0) || !is_in_aggregate(fcinfo)) return false;
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(PG_GETARG_DATUM(0)));
  return VARATT_IS_4B_U(value) && is_empty_state(VARDATA(value), VARSIZE(value) - VARHDRSZ);
}

// An intersection is no larger than what it starts with.
bool is_start_large(const StateArgument& state, const SetArgument& set) {
  return state.exists ? state.size >= expand_state_from : is_large(set);
}

[[gnu::noinline]] Datum intersect_set_argument(FunctionCallInfo fcinfo) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  if (is_ignored(fcinfo)) return same_state(fcinfo);
  return add_set_argument(fcinfo, aggregate, intersect, is_start_large);
}

// ---- Steps of counters ----------------------------------------------------------------------------------

enum class Change { add, subtract };

void set_threshold(AggregateState& state, uint64 threshold) {
  if (threshold == 0) return;
  if (state.threshold != 0 && state.threshold != threshold) {
    fail(ErrorCode::invalid_parameter, "k must be the same for all object sets of an aggregate");
  }
  state.threshold = threshold;
}

void count_set(AggregateState& state, Change change, const SetView& set) {
  if (change == Change::add) {
    state.count(set);
  } else {
    state.uncount(set);
  }
}

// A moving aggregate's state is never NULL.
Datum counted_nothing(FunctionCallInfo fcinfo, MemoryContext aggregate) {
  const StateArgument state = state_argument(fcinfo);
  if (state.exists) return state.datum;
  return change_state(aggregate, state, true, false, [](AggregateState&) {});
}

Datum count_set_argument(FunctionCallInfo fcinfo, Change change, uint64 threshold) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  if (is_ignored(fcinfo)) return counted_nothing(fcinfo, aggregate);
  const StateArgument state = state_argument(fcinfo);
  const SetArgument set = set_argument(fcinfo, 1);
  return change_state(aggregate, state, true, is_set_argument_large(state, set),
                      [&](AggregateState& opened) {
                        set_threshold(opened, threshold);
                        const OpenSet other(set);
                        count_set(opened, change, other);
                      });
}

Datum count_id_argument(FunctionCallInfo fcinfo, Change change) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  if (is_ignored(fcinfo)) return counted_nothing(fcinfo, aggregate);
  const StateArgument state = state_argument(fcinfo);
  const Id id = PG_GETARG_INT64(1);
  return change_state(aggregate, state, true, state.size >= expand_state_from,
                      [&](AggregateState& opened) {
                        count_set(opened, change, SetView{Span<Id>(&id, 1), {}});
                      });
}

uint64 threshold_argument(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(2)) return 0;
  const int64 k = PG_GETARG_INT64(2);
  if (k < 1) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("k must be at least 1")));
  }
  return static_cast<uint64>(k);
}

// ---- Finals ---------------------------------------------------------------------------------------------

// A set as a datum in the caller's context, the set's memory being where it is computed in.
struct varlena* write_set_in(MemoryContext context, const SetView& set) {
  const StoredWriter writer(set);
  auto* flat = static_cast<struct varlena*>(allocate_in(context, VARHDRSZ + writer.size()));
  SET_VARSIZE(flat, VARHDRSZ + writer.size());
  writer.write(VARDATA(flat));
  return flat;
}

// Calls use(set) for the set of a state that does not count.
template <class Use>
void use_set_of(FunctionCallInfo fcinfo, Use&& use) {
  const StateArgument state = state_argument(fcinfo);
  if (state.expanded != nullptr) {
    use_expanded_state(state.expanded, [&](AggregateState& opened) {
      check_family(opened, false);
      use(opened.set.finish());
    });
    return;
  }
  guarded([&] {
    const OpenState opened(state.bytes, state.size);
    use(opened.view());
  });
}

// Whether the set of a state that does not count is better handed on unwritten: what asks for its size, or goes on with
// it, does without the bytes.
bool is_final_set_large(FunctionCallInfo fcinfo) {
  if (state_argument(fcinfo).expanded == nullptr) return false;
  bool large = false;
  use_set_of(fcinfo, [&](const SetView& set) {
    large = !set.dense.empty() && cardinality(set) >= expand_from;
  });
  return large;
}

// A copy of that set, since a window's state goes on. Read-only, since two expressions may share one aggregate's
// result. The pointer is a chunk of the current context: before PostgreSQL 16 the executor flattens any other.
Datum expanded_final_set(FunctionCallInfo fcinfo) {
  ExpandedSet* const expanded = new_expanded_set();
  AggregateState* const state = state_argument(fcinfo).expanded->state;
  guarded(expanded->header.eoh_context, [&] {
    Set copy = combine(Operation::unite, state->set.finish(), SetView());
    copy.keep();
    *expanded->set = std::move(copy);
  });
  void* pointer = palloc(EXPANDED_POINTER_SIZE);
  memcpy(pointer, expanded->header.eoh_ro_ptr, EXPANDED_POINTER_SIZE);
  PG_RETURN_POINTER(pointer);
}

// What an aggregate makes of a counter, for its set.
using Choose = Set (*)(const AggregateState&);

Set counted_by_any(const AggregateState& state) { return state.counter.at_least(1); }
Set counted_by_all(const AggregateState& state) {
  return state.counter.at_least(state.counter.sets());
}
Set counted_odd(const AggregateState& state) { return state.counter.odd(); }
Set counted_enough(const AggregateState& state) { return state.counter.at_least(state.threshold); }

// Calls use(set) for the set that is chosen from a counter; not where no set was counted.
template <class Use>
void use_counter_of(FunctionCallInfo fcinfo, Choose choose, Use&& use) {
  const StateArgument state = state_argument(fcinfo);
  const auto use_state = [&](const AggregateState& opened) {
    check_family(opened, true);
    if (opened.counter.sets() == 0) return;
    const Set chosen = choose(opened);
    use(chosen);
  };
  if (state.expanded != nullptr) {
    use_expanded_state(state.expanded, use_state);
  } else {
    guarded([&] { use_state(AggregateState(state.bytes, state.size)); });
  }
}

Datum set_of_counter(FunctionCallInfo fcinfo, Choose choose) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  MemoryContext const caller = CurrentMemoryContext;
  struct varlena* flat = nullptr;
  use_counter_of(fcinfo, choose, [&](const SetView& set) { flat = write_set_in(caller, set); });
  if (flat == nullptr) PG_RETURN_NULL();
  PG_RETURN_POINTER(flat);
}

Datum count_of_counter(FunctionCallInfo fcinfo, Choose choose) {
  if (PG_ARGISNULL(0)) PG_RETURN_INT64(0);
  uint64 count = 0;
  use_counter_of(fcinfo, choose, [&](const SetView& set) { count = cardinality(set); });
  PG_RETURN_INT64(static_cast<int64>(count));
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// ---- The state's type -----------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_state_in) {
  const char* coded = PG_GETARG_CSTRING(0);
  Bytes raw = {};
  if (!base64_decode(coded, strlen(coded), VARHDRSZ, raw)) {
    raise_soft(failure_of(ErrorCode::invalid_text, "malformed state of an object set aggregate",
                          "It is not base64."),
               fcinfo->context);
    PG_RETURN_NULL();
  }
  if (!is_valid_state(raw.data + VARHDRSZ, raw.size)) {
    raise_soft(failure_of(ErrorCode::invalid_text, "malformed state of an object set aggregate",
                          "What it encodes is no state."),
               fcinfo->context);
    PG_RETURN_NULL();
  }
  SET_VARSIZE(raw.data, VARHDRSZ + raw.size);
  PG_RETURN_POINTER(raw.data);
}

OBJECTSET_FUNCTION(objectset_state_out) {
  const Bytes used = used_bytes(fcinfo);
  if (used.size > max_state_as_text) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("state of an object set aggregate is too large for text")));
  }
  PG_RETURN_CSTRING(base64_encode("", used));
}

OBJECTSET_FUNCTION(objectset_state_recv) {
  auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  const int length = message->len - message->cursor;
  const char* bytes = pq_getmsgbytes(message, length);
  const Size size = VARHDRSZ + static_cast<Size>(length);
  auto* flat = static_cast<struct varlena*>(palloc(size));
  SET_VARSIZE(flat, size);
  memcpy(VARDATA(flat), bytes, static_cast<Size>(length));
  if (!is_valid_state(VARDATA(flat), static_cast<Size>(length))) {
    raise(failure_of(ErrorCode::invalid_binary, "malformed state of an object set aggregate",
                     "The bytes are no state."));
  }
  PG_RETURN_POINTER(flat);
}

OBJECTSET_FUNCTION(objectset_state_send) {
  const Bytes used = used_bytes(fcinfo);
  auto* bytes = static_cast<bytea*>(palloc(VARHDRSZ + used.size));
  SET_VARSIZE(bytes, VARHDRSZ + used.size);
  memcpy(VARDATA(bytes), used.data, used.size);
  PG_RETURN_BYTEA_P(bytes);
}

// ---- Ids and unions -------------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_agg_accum) {
  AggregateState* const ready = PG_ARGISNULL(1) ? nullptr : ready_state(fcinfo);
  if (ready != nullptr && ready->set.try_add(PG_GETARG_INT64(1))) return PG_GETARG_DATUM(0);
  return add_id_argument(fcinfo);
}

OBJECTSET_FUNCTION(objectset_union_accum) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  if (is_ignored(fcinfo)) return same_state(fcinfo);
  const StateArgument state = state_argument(fcinfo);
  const SetArgument set = set_argument(fcinfo, 1);
  if (state.expanded == nullptr && !is_large(set)) {
    struct varlena* flat = nullptr;
    guarded([&] {
      const OpenSet other(set);
      if (other.view().dense.empty()) flat = add_ids(state, other.view().sparse);
    });
    if (flat != nullptr) PG_RETURN_POINTER(flat);
  }
  return add_set_argument(fcinfo, aggregate, unite, is_set_argument_large);
}

// For states of ids and of unions alike.
OBJECTSET_FUNCTION(objectset_union_combine) {
  aggregate_context(fcinfo);
  const StateArgument state = state_argument(fcinfo);
  if (state.expanded == nullptr) {
    const StateArgument other = flat_state_argument(fcinfo, 1);
    struct varlena* flat = nullptr;
    guarded([&] {
      if (state_kind(other.bytes, other.size) == StateKind::ids) {
        flat = add_ids(state, ids_state_ids(other.bytes));
      }
    });
    if (flat != nullptr) PG_RETURN_POINTER(flat);
  }
  return combine_states(fcinfo, unite, is_set_argument_large);
}

// ---- Intersections and symmetric differences ------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_intersect_accum) {
  if (is_empty_for_good(fcinfo)) return PG_GETARG_DATUM(0);
  return intersect_set_argument(fcinfo);
}

OBJECTSET_FUNCTION(objectset_intersect_combine) {
  if (is_empty_for_good(fcinfo)) return PG_GETARG_DATUM(0);
  return combine_states(fcinfo, intersect, is_start_large);
}

OBJECTSET_FUNCTION(objectset_symdiff_accum) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  if (is_ignored(fcinfo)) return same_state(fcinfo);
  return add_set_argument(fcinfo, aggregate, symdiff, is_set_argument_large);
}

OBJECTSET_FUNCTION(objectset_symdiff_combine) {
  return combine_states(fcinfo, symdiff, is_set_argument_large);
}

// ---- Counters -------------------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_at_least_accum) {
  return count_set_argument(fcinfo, Change::add, threshold_argument(fcinfo));
}
OBJECTSET_FUNCTION(objectset_at_least_remove) {
  return count_set_argument(fcinfo, Change::subtract, threshold_argument(fcinfo));
}
OBJECTSET_FUNCTION(objectset_counter_add) { return count_set_argument(fcinfo, Change::add, 0); }
OBJECTSET_FUNCTION(objectset_counter_remove) {
  return count_set_argument(fcinfo, Change::subtract, 0);
}
OBJECTSET_FUNCTION(objectset_counter_add_id) { return count_id_argument(fcinfo, Change::add); }
OBJECTSET_FUNCTION(objectset_counter_remove_id) {
  return count_id_argument(fcinfo, Change::subtract);
}

OBJECTSET_FUNCTION(objectset_at_least_combine) {
  MemoryContext const aggregate = aggregate_context(fcinfo);
  const StateArgument state = state_argument(fcinfo);
  const StateArgument other = flat_state_argument(fcinfo, 1);
  const bool large = state.size + other.size >= expand_state_from;
  return change_state(aggregate, state, true, large, [&](AggregateState& opened) {
    const AggregateState other_opened(other.bytes, other.size);
    check_family(other_opened, true);
    set_threshold(opened, other_opened.threshold);
    opened.counter.add(other_opened.counter);
  });
}

// ---- Finals ---------------------------------------------------------------------------------------------

OBJECTSET_FUNCTION(objectset_set_final) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  if (is_final_set_large(fcinfo)) return expanded_final_set(fcinfo);
  MemoryContext const caller = CurrentMemoryContext;
  struct varlena* flat = nullptr;
  use_set_of(fcinfo, [&](const SetView& set) { flat = write_set_in(caller, set); });
  PG_RETURN_POINTER(flat);
}

OBJECTSET_FUNCTION(objectset_set_count_final) {
  if (PG_ARGISNULL(0)) PG_RETURN_INT64(0);
  uint64 count = 0;
  use_set_of(fcinfo, [&](const SetView& set) { count = cardinality(set); });
  PG_RETURN_INT64(static_cast<int64>(count));
}

OBJECTSET_FUNCTION(objectset_counter_union_final) { return set_of_counter(fcinfo, counted_by_any); }
OBJECTSET_FUNCTION(objectset_counter_union_count_final) {
  return count_of_counter(fcinfo, counted_by_any);
}
OBJECTSET_FUNCTION(objectset_counter_intersect_final) {
  return set_of_counter(fcinfo, counted_by_all);
}
OBJECTSET_FUNCTION(objectset_counter_intersect_count_final) {
  return count_of_counter(fcinfo, counted_by_all);
}
OBJECTSET_FUNCTION(objectset_counter_symdiff_final) { return set_of_counter(fcinfo, counted_odd); }
OBJECTSET_FUNCTION(objectset_counter_symdiff_count_final) {
  return count_of_counter(fcinfo, counted_odd);
}
OBJECTSET_FUNCTION(objectset_at_least_final) { return set_of_counter(fcinfo, counted_enough); }
OBJECTSET_FUNCTION(objectset_at_least_count_final) {
  return count_of_counter(fcinfo, counted_enough);
}
