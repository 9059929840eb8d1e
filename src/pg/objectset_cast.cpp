// Casts from and to arrays of integers, multiranges, json and jsonb.
#include "pg/datum.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/multirangetypes.h"
#include "utils/numeric.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
}

#include <limits>

#include "core/roaring/roaring_stream.hpp"
#include "core/set/set_builder.hpp"
#include "core/stored/text_format.hpp"

namespace objectset::pg {
namespace {

// ---- Arrays ---------------------------------------------------------------------------------------------

template <class Integer>
Datum set_of_array(FunctionCallInfo fcinfo) {
  ArrayType* const array = PG_GETARG_ARRAYTYPE_P(0);
  const int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
  if (array_contains_nulls(array)) {
    ereport(ERROR,
            (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("object set cannot contain NULL"),
             errhint("Leave them out with array_remove(..., NULL).")));
  }
  const auto* values = reinterpret_cast<const Integer*>(ARR_DATA_PTR(array));
  struct varlena* flat = nullptr;
  guarded([&] {
    SetBuilder builder;
    for (int i = 0; i < count; ++i) builder.add(values[i]);
    flat = write_set(builder.finish());
  });
  PG_RETURN_POINTER(flat);
}

template <class Integer>
Datum array_of_set(FunctionCallInfo fcinfo, Oid element_type, const char* type_name) {
  const SetArgument argument = set_argument(fcinfo, 0);
  ArrayType* array = nullptr;
  guarded([&] {
    const OpenSet open(argument);
    const SetView& set = open.view();
    if (is_empty(set)) return;
    if (minimum(set) < std::numeric_limits<Integer>::min() ||
        maximum(set) > std::numeric_limits<Integer>::max()) {
      fail(ErrorCode::out_of_range, "%s out of range", type_name);
    }
    const std::uint64_t count = cardinality(set);
    const Size head = ARR_OVERHEAD_NONULLS(1);
    if (count > (MaxAllocSize - head) / sizeof(Integer)) {
      fail(ErrorCode::too_large, "object set has too many ids for an array");
    }
    const Size size = head + static_cast<Size>(count) * sizeof(Integer);
    array = static_cast<ArrayType*>(allocate(size));
    memset(array, 0, head);
    SET_VARSIZE(array, size);
    array->ndim = 1;
    array->elemtype = element_type;
    ARR_DIMS(array)[0] = static_cast<int>(count);
    ARR_LBOUND(array)[0] = 1;
    auto* to = reinterpret_cast<Integer*>(ARR_DATA_PTR(array));
    Cursor cursor(set);
    Id ids[512];
    while (const std::size_t n = cursor.next(ids, 512)) {
      check_interrupts();
      for (std::size_t i = 0; i < n; ++i) *to++ = static_cast<Integer>(ids[i]);
    }
  });
  PG_RETURN_POINTER(array != nullptr ? array : construct_empty_array(element_type));
}

// ---- Multiranges ----------------------------------------------------------------------------------------

// A stretch of consecutive ids, both ends included.
struct Run {
  Id first;
  Id last;
};

// The runs of a set, in the current context; `set` is one that is stored.
Span<Run> runs_of(const SetView& set) {
  objectset::Buffer<Run> runs;
  const auto add = [&](Id first, Id last) {
    if (!runs.empty() && first != INT64_MIN && runs.back().last == first - 1) {
      runs.back().last = last;
    } else {
      runs.push_back(Run{first, last});
    }
  };
  zip(
      set, SetView(),
      [&](Span<Id> ids, Span<Id>) {
        check_interrupts();
        for (const Id id : ids) add(id, id);
        return true;
      },
      [&](std::int32_t high, const DenseRange* range, Span<Id>, const DenseRange*, Span<Id>) {
        check_interrupts();
        Container container;
        for (StreamWalker walker(range->stream, range->stream_size); walker.next(container);) {
          const Id base = make_id(high, std::uint32_t{container.key} << 16);
          for_each_run_in(container, [&](std::uint32_t first, std::uint32_t last) {
            add(base + first, base + last);
          });
        }
        return true;
      });
  auto* kept = static_cast<Run*>(allocate(runs.size() * sizeof(Run) + 1));
  if (!runs.empty()) memcpy(kept, runs.data(), runs.size() * sizeof(Run));
  return {kept, runs.size()};
}

TypeCacheEntry* multirange_type(FunctionCallInfo fcinfo) {
  auto* type = static_cast<TypeCacheEntry*>(fcinfo->flinfo->fn_extra);
  if (type == nullptr) {
    type = lookup_type_cache(INT8MULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
    fcinfo->flinfo->fn_extra = type;
  }
  return type->rngtype;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_from_int8_array) { return set_of_array<int64>(fcinfo); }
OBJECTSET_FUNCTION(objectset_from_int4_array) { return set_of_array<int32>(fcinfo); }
OBJECTSET_FUNCTION(objectset_from_int2_array) { return set_of_array<int16>(fcinfo); }

OBJECTSET_FUNCTION(objectset_to_int8_array) {
  return array_of_set<int64>(fcinfo, INT8OID, "bigint");
}
OBJECTSET_FUNCTION(objectset_to_int4_array) {
  return array_of_set<int32>(fcinfo, INT4OID, "integer");
}
OBJECTSET_FUNCTION(objectset_to_int2_array) {
  return array_of_set<int16>(fcinfo, INT2OID, "smallint");
}

// A bound that is missing is none: the set goes on to the end of bigint, if it can hold that.
OBJECTSET_FUNCTION(objectset_from_multirange) {
  MultirangeType* const multirange = PG_GETARG_MULTIRANGE_P(0);
  TypeCacheEntry* const range_type = multirange_type(fcinfo);
  int32 count = 0;
  RangeType** ranges = nullptr;
  multirange_deserialize(range_type, multirange, &count, &ranges);
  auto* runs = static_cast<Run*>(palloc(sizeof(Run) * static_cast<Size>(count) + 1));
  for (int32 i = 0; i < count; ++i) {
    RangeBound lower;
    RangeBound upper;
    bool empty = false;
    range_deserialize(range_type, ranges[i], &lower, &upper, &empty);  // never empty, always [ )
    runs[i].first = lower.infinite ? INT64_MIN : DatumGetInt64(lower.val);
    runs[i].last = upper.infinite ? INT64_MAX : DatumGetInt64(upper.val) - 1;
  }
  struct varlena* flat = nullptr;
  guarded([&] {
    SetBuilder builder;
    for (int32 i = 0; i < count; ++i) builder.add_range(runs[i].first, runs[i].last);
    flat = write_set(builder.finish());
  });
  PG_RETURN_POINTER(flat);
}

OBJECTSET_FUNCTION(objectset_to_multirange) {
  const SetArgument argument = stored_argument(fcinfo, 0);
  TypeCacheEntry* const range_type = multirange_type(fcinfo);
  Span<Run> runs;
  guarded([&] {
    const OpenSet open(argument);
    runs = runs_of(open);
  });
  if (runs.size() > MaxAllocSize / sizeof(RangeType*)) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("object set has too many runs for a multirange")));
  }
  auto** ranges = static_cast<RangeType**>(palloc(sizeof(RangeType*) * runs.size() + 1));
  for (Size i = 0; i < runs.size(); ++i) {
    CHECK_FOR_INTERRUPTS();
    const bool endless = runs[i].last == INT64_MAX;  // there is no bigint to end it
    RangeBound lower = {Int64GetDatum(runs[i].first), false, true, true};
    RangeBound upper = {Int64GetDatum(endless ? 0 : runs[i].last + 1), endless, false, false};
#if PG_VERSION_NUM >= 160000
    ranges[i] = make_range(range_type, &lower, &upper, false, nullptr);
#else
    ranges[i] = make_range(range_type, &lower, &upper, false);
#endif
  }
  PG_RETURN_POINTER(
      make_multirange(INT8MULTIRANGEOID, range_type, static_cast<int32>(runs.size()), ranges));
}

OBJECTSET_FUNCTION(objectset_from_jsonb) {
  Jsonb* const jsonb = PG_GETARG_JSONB_P(0);
  if (!JB_ROOT_IS_ARRAY(jsonb) || JB_ROOT_IS_SCALAR(jsonb)) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("object set is made from a JSON array of whole numbers")));
  }
  auto* ids =
      static_cast<Id*>(palloc_extended(sizeof(Id) * JB_ROOT_COUNT(jsonb) + 1, MCXT_ALLOC_HUGE));
  Size count = 0;
  JsonbIterator* iterator = JsonbIteratorInit(&jsonb->root);
  JsonbValue value;
  for (JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, true); token != WJB_DONE;
       token = JsonbIteratorNext(&iterator, &value, true)) {
    if (token != WJB_ELEM) continue;
    CHECK_FOR_INTERRUPTS();
    if (value.type == jbvNull) {
      ereport(ERROR,
              (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("object set cannot contain NULL")));
    }
    const Datum number = value.type == jbvNumeric ? NumericGetDatum(value.val.numeric) : 0;
    if (value.type != jbvNumeric ||
        !DatumGetBool(DirectFunctionCall2(
            numeric_eq, number, DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0))))) {
      ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                      errmsg("object set is made from a JSON array of whole numbers")));
    }
    ids[count++] = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
  }
  struct varlena* flat = nullptr;
  guarded([&] {
    SetBuilder builder;
    for (Size i = 0; i < count; ++i) builder.add(ids[i]);
    flat = write_set(builder.finish());
  });
  PG_RETURN_POINTER(flat);
}

OBJECTSET_FUNCTION(objectset_to_jsonb) {
  const SetArgument argument = set_argument(fcinfo, 0);
  Cursor cursor(pinned_view(argument));
  JsonbParseState* state = nullptr;
  JsonbValue* result = nullptr;
  const auto push = [&](JsonbIteratorToken token, JsonbValue* value) {
    result = pushJsonbValue(&state, token, value);
  };
  push(WJB_BEGIN_ARRAY, nullptr);
  Id ids[256];
  while (const std::size_t n = cursor.next(ids, 256)) {
    CHECK_FOR_INTERRUPTS();
    for (std::size_t i = 0; i < n; ++i) {
      JsonbValue value;
      value.type = jbvNumeric;
      value.val.numeric = int64_to_numeric(ids[i]);
      push(WJB_ELEM, &value);
    }
  }
  push(WJB_END_ARRAY, nullptr);
  PG_RETURN_POINTER(JsonbValueToJsonb(result));
}

OBJECTSET_FUNCTION(objectset_to_json) {
  const SetArgument argument = set_argument(fcinfo, 0);
  char* json = nullptr;
  guarded([&] {
    const OpenSet open(argument);
    if (list_length(open) > MaxAllocSize - VARHDRSZ) {
      fail(ErrorCode::too_large, "object set has too many ids for json");
    }
    objectset::Buffer<char> out;
    out.extend(VARHDRSZ);
    append_json(open, out);
    const Size size = out.size();
    json = out.take();
    SET_VARSIZE(json, size);
  });
  PG_RETURN_POINTER(json);
}
