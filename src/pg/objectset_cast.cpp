// Casts from and to arrays of integers.
#include "pg/datum.hpp"

#include <limits>

#include "core/set/set_builder.hpp"

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
