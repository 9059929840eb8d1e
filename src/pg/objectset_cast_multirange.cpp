// Casts from and to multiranges of bigint.
//
// A multirange is read and written where it stands, in the form that the server stores it in (multirangetypes.c, the
// same since PostgreSQL 14): a range of its own for each run of ids would take ten times as much memory as the result.
#include "pg/datum.hpp"

extern "C" {
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
}

#include "core/set/set_builder.hpp"
#include "core/stored/stored_runs.hpp"

namespace objectset::pg {
namespace {

TypeCacheEntry* range_type_of_multirange(FunctionCallInfo fcinfo) {
  auto* type = static_cast<TypeCacheEntry*>(fcinfo->flinfo->fn_extra);
  if (type == nullptr) {
    type = lookup_type_cache(INT8MULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
    fcinfo->flinfo->fn_extra = type;
  }
  return type->rngtype;
}

// ---- The stored form --------------------------------------------------------------------------------------
//
//   the header, then for each range but the first a number, for each range its flags, zeros up to a multiple of 8, and
//   for each range its bounds. The number tells where the bounds of the range begin, counted from where bounds begin,
//   for every fourth range; for the others how long those of the range before are.

constexpr Size bound_size = sizeof(int64);
constexpr Size item_stride = 4;
constexpr uint32 item_is_offset = 0x80000000;

Size flags_offset(Size ranges) {
  return sizeof(MultirangeType) + (ranges > 0 ? ranges - 1 : 0) * sizeof(uint32);
}

Size bounds_offset(Size ranges) {
  return TYPEALIGN(bound_size, flags_offset(ranges) + ranges * sizeof(uint8));
}

// Of a multirange all of whose ranges have both bounds.
Size size_of_multirange(Size ranges) { return bounds_offset(ranges) + ranges * 2 * bound_size; }

constexpr Size most_runs = (MaxAllocSize - sizeof(MultirangeType) - bound_size) /
                           (sizeof(uint32) + sizeof(uint8) + 2 * bound_size);

class MultirangeWriter {
 public:
  MultirangeWriter(char* to, Size ranges)
      : begin_(to), at_(to + bounds_offset(ranges)), flags_(to + flags_offset(ranges)) {
    memset(to, 0, sizeof(MultirangeType));
    auto* multirange = reinterpret_cast<MultirangeType*>(to);
    multirange->multirangetypid = INT8MULTIRANGEOID;
    multirange->rangeCount = static_cast<uint32>(ranges);
    char* const flags_end = flags_ + ranges;
    memset(flags_end, 0, static_cast<Size>(at_ - flags_end));
  }

  void add(Id first, Id last) {
    if (count_ > 0) {
      const Size offset = count_ * 2 * bound_size;
      const uint32 item = count_ % item_stride == 0 ? static_cast<uint32>(offset) | item_is_offset
                                                    : static_cast<uint32>(2 * bound_size);
      memcpy(begin_ + sizeof(MultirangeType) + (count_ - 1) * sizeof item, &item, sizeof item);
    }
    const bool is_endless = last == INT64_MAX;  // there is no bigint to end it
    flags_[count_++] = static_cast<char>(RANGE_LB_INC | (is_endless ? RANGE_UB_INF : 0));
    at_ = store(at_, first);
    if (!is_endless) at_ = store(at_, last + 1);
  }

  Size size() const { return static_cast<Size>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
  char* flags_;
  Size count_ = 0;
};

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

// A bound that is missing is none: the set goes on to the end of bigint, if it can hold that. Of a multirange that is
// detoasted the server reads bounds without anything that could fail.
OBJECTSET_FUNCTION(objectset_from_multirange) {
  const MultirangeType* const multirange = PG_GETARG_MULTIRANGE_P(0);
  TypeCacheEntry* const range_type = range_type_of_multirange(fcinfo);
  struct varlena* flat = nullptr;
  guarded([&] {
    SetBuilder builder;
    for (uint32 i = 0; i < multirange->rangeCount; ++i) {
      if (i % 4096 == 0) check_interrupts();
      RangeBound lower;
      RangeBound upper;
      multirange_get_bounds(range_type, multirange, i, &lower, &upper);  // never empty, always [ )
      builder.add_range(lower.infinite ? INT64_MIN : DatumGetInt64(lower.val),
                        upper.infinite ? INT64_MAX : DatumGetInt64(upper.val) - 1);
    }
    flat = write_set(builder.finish());
  });
  PG_RETURN_POINTER(flat);
}

OBJECTSET_FUNCTION(objectset_to_multirange) {
  const SetArgument argument = stored_argument(fcinfo, 0);
  char* multirange = nullptr;
  guarded([&] {
    const OpenSet open(argument);
    const auto runs = static_cast<Size>(count_runs(open, most_runs));
    if (runs > most_runs) {
      fail_with(ErrorCode::too_large, "object set has too many runs for a multirange", nullptr,
                "A multirange holds up to %zu runs of consecutive ids.", most_runs);
    }
    multirange = static_cast<char*>(allocate(size_of_multirange(runs)));
    MultirangeWriter writer(multirange, runs);
    for_each_run(open, [&](Id first, Id last) {
      writer.add(first, last);
      return true;
    });
    SET_VARSIZE(multirange, writer.size());
  });
  PG_RETURN_POINTER(multirange);
}
