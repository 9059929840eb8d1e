// A set as rows: unnest(), and objectset_elements() for paging by key.
//
// One row a call; the ids are read ahead in small batches, so a set of any size takes the memory of its stored
// form and no array. In FROM the server keeps all rows before it looks at the first: there unnest() hands them over
// at once, which saves the calls.
#include "pg/toast_slices.hpp"

extern "C" {
#include "miscadmin.h"
#include "utils/tuplestore.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

constexpr std::size_t batch_size = 1024;

// What a call in progress stands on, in the context that lives as long as it.
struct Walk {
  Cursor cursor;
  uint64 left;  // rows that may still be read
  Id* ids;      // the batch read last: `filled` ids, of which `given` are returned
  std::size_t capacity;
  std::size_t filled;
  std::size_t given;
};

// Where a walk starts and ends.
struct Paging {
  bool descending;
  bool is_bounded;  // ids strictly after `after` alone, in the direction of the walk
  Id after;
  uint64 max_rows;
};

Cursor cursor_over(const SetView& set, const Paging& page) {
  if (!page.is_bounded) return Cursor(set, page.descending);
  if (page.after == (page.descending ? INT64_MIN : INT64_MAX)) return Cursor(SetView());
  return Cursor(set, page.descending, page.descending ? page.after - 1 : page.after + 1);
}

// The last ids, and of those below `after` where it is given; ascending.
SliceAnswer read_page_down(Slices& slices, Datum set, const Paging& page, Id* ids) {
  if (page.is_bounded && page.after == INT64_MIN) return {true, false, 0};
  if (page.is_bounded) {
    return slices.read_page_to(page.after - 1, ids, static_cast<Size>(page.max_rows));
  }
  uint64 count = 0;
  if (!read_cardinality(set, count)) return {};
  const uint64 rows = std::min(page.max_rows, count);
  return slices.read_page(count - rows, ids, static_cast<Size>(rows));
}

// A short page of a large stored set is read from slices of it, where that can be: nullptr where it cannot.
Walk* read_short_page(Datum set, MemoryContext context, const Paging& page) {
  if (page.max_rows > max_page) return nullptr;
  Slices slices(set);
  if (!slices.can_be_asked()) return nullptr;
  const auto rows = static_cast<Size>(page.max_rows);
  auto* ids = static_cast<Id*>(MemoryContextAlloc(context, sizeof(Id) * (rows + 1)));
  SliceAnswer read;
  if (page.descending) {
    read = read_page_down(slices, set, page, ids);
  } else if (page.is_bounded && page.after == INT64_MAX) {
    read = {true, false, 0};
  } else {
    read = slices.read_page_from(page.is_bounded ? page.after + 1 : INT64_MIN, ids, rows);
  }
  if (!read.known) return nullptr;
  const auto filled = static_cast<std::size_t>(read.value);
  if (page.descending) std::reverse(ids, ids + filled);
  return new (MemoryContextAlloc(context, sizeof(Walk)))
      Walk{Cursor(SetView()), 0, ids, filled, filled, 0};
}

// `context` is the call's own; the set is detoasted, opened and walked in there, and goes away with it.
Walk* start_walk(FunctionCallInfo fcinfo, MemoryContext context, const Paging& page) {
  if (Walk* short_page = read_short_page(PG_GETARG_DATUM(0), context, page)) return short_page;
  MemoryContext const outer = MemoryContextSwitchTo(context);
  const SetArgument set = set_argument(fcinfo, 0);
  Walk* walk = nullptr;
  guarded(context, [&] {
    void* const place = allocate(sizeof(OpenSet));
    const OpenSet* open = new (place) OpenSet(set);
    const uint64 rows = std::min<uint64>(cardinality(*open), page.max_rows);
    const auto capacity = static_cast<std::size_t>(std::min<uint64>(rows, batch_size));
    auto* ids = static_cast<Id*>(allocate(sizeof(Id) * std::max<std::size_t>(capacity, 1)));
    walk = new (allocate(sizeof(Walk))) Walk{cursor_over(*open, page), rows, ids, capacity, 0, 0};
  });
  MemoryContextSwitchTo(outer);
  return walk;
}

// False at the end.
bool read_batch(Walk* walk) {
  const std::size_t wanted =
      walk->left < walk->capacity ? static_cast<std::size_t>(walk->left) : walk->capacity;
  walk->filled = wanted == 0 ? 0 : walk->cursor.next(walk->ids, wanted);
  walk->left -= walk->filled;
  walk->given = 0;
  return walk->filled > 0;
}

Datum next_row(FunctionCallInfo fcinfo) {
  FuncCallContext* const call = SRF_PERCALL_SETUP();
  auto* walk = static_cast<Walk*>(call->user_fctx);
  if (walk->given == walk->filled && !read_batch(walk)) SRF_RETURN_DONE(call);
  const Id id = walk->ids[walk->given++];
  SRF_RETURN_NEXT(call, Int64GetDatum(id));
}

constexpr Paging whole_set = {false, false, 0, UINT64_MAX};

// The caller's wish, where it is FROM; in a SELECT list rows are wanted one by one, and may be left before the end.
ReturnSetInfo* caller_that_keeps_rows(FunctionCallInfo fcinfo) {
  auto* const caller = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (caller == nullptr || !IsA(caller, ReturnSetInfo)) return nullptr;
  return (caller->allowedModes & SFRM_Materialize_Preferred) != 0 ? caller : nullptr;
}

Datum give_all_rows(FunctionCallInfo fcinfo, ReturnSetInfo* caller) {
  Walk* const walk = start_walk(fcinfo, CurrentMemoryContext, whole_set);
  MemoryContext const outer = MemoryContextSwitchTo(caller->econtext->ecxt_per_query_memory);
  const bool random = (caller->allowedModes & SFRM_Materialize_Random) != 0;
  Tuplestorestate* const rows = tuplestore_begin_heap(random, false, work_mem);
  MemoryContextSwitchTo(outer);
  while (read_batch(walk)) {
    CHECK_FOR_INTERRUPTS();
    for (std::size_t i = 0; i < walk->filled; ++i) {
      Datum id = Int64GetDatum(walk->ids[i]);
      bool is_null = false;
      tuplestore_putvalues(rows, caller->expectedDesc, &id, &is_null);
    }
  }
  caller->returnMode = SFRM_Materialize;
  caller->setResult = rows;
  PG_RETURN_NULL();
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_unnest) {
  if (SRF_IS_FIRSTCALL()) {
    if (ReturnSetInfo* caller = caller_that_keeps_rows(fcinfo)) {
      return give_all_rows(fcinfo, caller);
    }
    FuncCallContext* const call = SRF_FIRSTCALL_INIT();
    call->user_fctx = start_walk(fcinfo, call->multi_call_memory_ctx, whole_set);
  }
  return next_row(fcinfo);
}

// Not strict: only the set must be there.
OBJECTSET_FUNCTION(objectset_elements) {
  if (SRF_IS_FIRSTCALL()) {
    FuncCallContext* const call = SRF_FIRSTCALL_INIT();
    if (PG_ARGISNULL(0)) SRF_RETURN_DONE(call);
    Paging page = {};
    page.is_bounded = !PG_ARGISNULL(1);
    if (page.is_bounded) page.after = PG_GETARG_INT64(1);
    const int64 max_rows = PG_ARGISNULL(2) ? INT64_MAX : PG_GETARG_INT64(2);
    if (max_rows < 0) {
      ereport(ERROR, (errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
                      errmsg("max_rows must not be negative")));
    }
    page.max_rows = static_cast<uint64>(max_rows);
    page.descending = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
    call->user_fctx = start_walk(fcinfo, call->multi_call_memory_ctx, page);
  }
  return next_row(fcinfo);
}
