#include "pg/aggregate_state_datum.hpp"

#include <algorithm>
#include <functional>

namespace objectset::pg {
namespace {

// With the sizes of varlena and state heads, ids in such numbers fill chunks of 64, 128, 256... bytes.
constexpr Size ids_head_size = VARHDRSZ + state_ids_offset;
constexpr Size first_ids_state_size = 64;

Size capacity_of_chunk(Size chunk) { return (chunk - ids_head_size) / sizeof(Id); }

ExpandedState* as_expanded(ExpandedObjectHeader* header) {
  auto* expanded = reinterpret_cast<ExpandedState*>(header);
  if (expanded->magic != expanded_state_magic) {
    elog(ERROR, "expanded object is not the state of an object set aggregate");
  }
  if (expanded->broken) {
    ereport(ERROR,
            (errcode(ERRCODE_DATA_CORRUPTED),
             errmsg("state of an object set aggregate was left incomplete by an earlier error")));
  }
  return expanded;
}

Size flat_size(ExpandedObjectHeader* header) {
  ExpandedState* const expanded = as_expanded(header);
  if (expanded->planned == nullptr) {
    expanded->broken = true;
    guarded(header->eoh_context, [&] {
      void* place = allocate(sizeof(StateWriter));
      expanded->planned = new (place) StateWriter(*expanded->state);
    });
    expanded->broken = false;
  }
  return VARHDRSZ + expanded->planned->size();
}

// The plan holds a copy of much of the state, and is hardly ever asked for twice.
void flatten_into(ExpandedObjectHeader* header, void* to, Size size) {
  ExpandedState* const expanded = as_expanded(header);
  if (expanded->planned == nullptr) flat_size(header);
  SET_VARSIZE(to, size);
  guarded(header->eoh_context, [&] {
    expanded->planned->write(static_cast<char*>(to) + VARHDRSZ);
    drop_plan(expanded);
  });
}

const ExpandedObjectMethods expanded_methods = {flat_size, flatten_into};

[[noreturn]] void fail_other_aggregate() {
  fail(ErrorCode::invalid_parameter, "state belongs to another object set aggregate");
}

}  // namespace

StateArgument state_argument(FunctionCallInfo fcinfo) {
  StateArgument state = {};
  if (PG_ARGISNULL(0)) return state;
  state.exists = true;
  state.datum = PG_GETARG_DATUM(0);
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(state.datum));
  if (VARATT_IS_EXTERNAL_EXPANDED(value)) {
    state.expanded = as_expanded(DatumGetEOHP(state.datum));
  } else {
    const StateArgument flat = flat_state_argument(fcinfo, 0);
    state.bytes = flat.bytes;
    state.size = flat.size;
  }
  return state;
}

StateArgument flat_state_argument(FunctionCallInfo fcinfo, int n) {
  const SetArgument flat = stored_argument(fcinfo, n);
  return {true, PG_GETARG_DATUM(n), nullptr, const_cast<char*>(flat.bytes), flat.size};
}

MemoryContext aggregate_context(FunctionCallInfo fcinfo) {
  MemoryContext context = nullptr;
  if (AggCheckCallContext(fcinfo, &context) == 0) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("aggregate function called in non-aggregate context")));
  }
  return context;
}

ExpandedState* new_expanded_state(MemoryContext aggregate) {
  MemoryContext const context =
      AllocSetContextCreate(aggregate, "object set aggregate", ALLOCSET_START_SMALL_SIZES);
  auto* expanded =
      static_cast<ExpandedState*>(MemoryContextAllocZero(context, sizeof(ExpandedState)));
  EOH_init_header(&expanded->header, &expanded_methods, context);
  expanded->magic = expanded_state_magic;
  return expanded;
}

void drop_plan(ExpandedState* expanded) {
  if (expanded->planned == nullptr) return;
  expanded->planned->~StateWriter();
  release(expanded->planned);
  expanded->planned = nullptr;
}

struct varlena* write_state(AggregateState& state) {
  const StateWriter writer(state);
  auto* flat = static_cast<struct varlena*>(allocate(VARHDRSZ + writer.size()));
  SET_VARSIZE(flat, VARHDRSZ + writer.size());
  writer.write(VARDATA(flat));
  return flat;
}

struct varlena* add_ids(const StateArgument& state, Span<Id> ids) {
  Span<Id> before;
  Size capacity = 0;
  if (state.exists) {
    if (state.expanded != nullptr || state_kind(state.bytes, state.size) != StateKind::ids) {
      return nullptr;
    }
    capacity = ids_state_capacity(state.size);
    before = ids_state_ids(state.bytes);
    bool fits = capacity - before.size() >= ids.size();
    if (!fits) {
      // It stays as large as it is only where it is half empty then, so that this is not done again and again.
      ids_state_compact(state.bytes);
      before = ids_state_ids(state.bytes);
      fits = before.size() + ids.size() <= capacity / 2;
    }
    if (fits) {
      for (const Id id : ids) ids_state_add(state.bytes, id);
      return reinterpret_cast<struct varlena*>(state.bytes - VARHDRSZ);
    }
  }
  const Size count = before.size() + ids.size();
  Size chunk = first_ids_state_size;
  while (capacity_of_chunk(chunk) < count || capacity_of_chunk(chunk) <= capacity) chunk *= 2;
  if (chunk > max_ids_state_size) return nullptr;
  auto* grown = static_cast<struct varlena*>(allocate(chunk));
  SET_VARSIZE(grown, chunk);
  ids_state_init(VARDATA(grown));
  for (const Id id : before) ids_state_add(VARDATA(grown), id);
  for (const Id id : ids) ids_state_add(VARDATA(grown), id);
  return grown;
}

OpenState::OpenState(const char* bytes, Size size) {
  switch (state_kind(bytes, size)) {
    case StateKind::ids: {
      Span<Id> ids = ids_state_ids(bytes);
      if (std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) != ids.end()) {
        ids_.append(ids.data(), ids.size());
        sort_distinct(ids_);
        ids = ids_;
      }
      view_.sparse = ids;
      return;
    }
    case StateKind::set:
      stored_.emplace(bytes + state_set_offset, size - state_set_offset);
      view_ = stored_->view();
      return;
    case StateKind::counter:
      break;
  }
  fail_other_aggregate();
}

void check_family(const AggregateState& state, bool counting) {
  if (state.counting != counting) fail_other_aggregate();
}

void* allocate_in(MemoryContext context, Size bytes) {
  MemoryContext const outer = compute_context;
  compute_context = context;
  void* block = allocate(bytes);  // where it throws, guarded() sets the context right
  compute_context = outer;
  return block;
}

}  // namespace objectset::pg
