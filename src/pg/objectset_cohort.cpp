// What people ask of cohorts: samples and groups of a set; which ids are in exactly which of many sets, and how many go on
// from each to the next.
#include "pg/datum.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

#include "core/cohort/hash_split.hpp"
#include "core/cohort/random_sample.hpp"

namespace objectset::pg {
namespace {

// What `compute` makes of a part of argument 0; the set itself, as it came, where it has no more than `wanted` ids.
template <class Compute>
Datum part_of_set(FunctionCallInfo fcinfo, uint64 wanted, Compute&& compute) {
  const SetArgument set = set_argument(fcinfo, 0);
  const Datum made = try_return_set(is_large(set), [&](auto&& give) {
    const OpenSet open(set);
    if (cardinality(open) <= wanted && can_be_given_back(PG_GETARG_DATUM(0))) return;
    give(compute(open.view()));
  });
  return made != none_made ? made : PG_GETARG_DATUM(0);
}

constexpr int64 most_groups = 10000;

constexpr int64 most_numbered_groups = INT32_MAX;

uint32 groups_argument(FunctionCallInfo fcinfo, int n, int64 most) {
  const int64 groups = PG_GETARG_INT64(n);
  if (groups < 1 || groups > most) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("number of groups must be from 1 to %lld", static_cast<long long>(most)),
                    most == most_numbered_groups
                        ? 0
                        : errhint("objectset_split_part makes one group of any number.")));
  }
  return static_cast<uint32>(groups);
}

// A salt means the same whatever encoding a database has.
uint64 salt_argument(FunctionCallInfo fcinfo, int n) {
  char* const salt = text_to_cstring(PG_GETARG_TEXT_PP(n));
  const char* const portable = pg_server_to_any(salt, static_cast<int>(strlen(salt)), PG_UTF8);
  return seed_of_salt(portable, strlen(portable));
}

// Zone B: each group written, one after the other, so that no two are in memory as sets and as bytes.
void write_groups(const SetView& set, uint32 groups, uint64 seed, Datum* written) {
  auto* const builders = static_cast<SetBuilder*>(allocate(sizeof(SetBuilder) * groups));
  for (uint32 i = 0; i < groups; ++i) new (builders + i) SetBuilder();
  split(set, groups, seed, builders);
  for (uint32 i = 0; i < groups; ++i) {
    written[i] = PointerGetDatum(write_set(builders[i].finish()));
    builders[i].~SetBuilder();
  }
  release(builders);
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_sample) {
  const int64 wanted = PG_GETARG_INT64(1);
  const auto seed = static_cast<uint64>(PG_GETARG_INT64(2));
  if (wanted < 0) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("size of a sample must not be negative")));
  }
  return part_of_set(fcinfo, static_cast<uint64>(wanted), [&](const SetView& set) {
    return random_sample(set, static_cast<uint64>(wanted), seed);
  });
}

OBJECTSET_FUNCTION(objectset_split) {
  const uint32 groups = groups_argument(fcinfo, 1, most_groups);
  const uint64 seed = salt_argument(fcinfo, 2);
  const SetArgument set = set_argument(fcinfo, 0);
  auto* const written = static_cast<Datum*>(palloc(sizeof(Datum) * groups));
  guarded([&] {
    const OpenSet open(set);
    write_groups(open, groups, seed, written);
  });
  const Oid type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
  PG_RETURN_ARRAYTYPE_P(
      construct_array(written, static_cast<int>(groups), type, -1, false, TYPALIGN_DOUBLE));
}

OBJECTSET_FUNCTION(objectset_split_part) {
  const uint32 groups = groups_argument(fcinfo, 1, most_numbered_groups);
  const uint64 seed = salt_argument(fcinfo, 2);
  const int64 group = PG_GETARG_INT64(3);
  if (group < 1 || group > groups) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("group must be from 1 to the number of groups")));
  }
  return part_of_set(fcinfo, groups == 1 ? UINT64_MAX : 0, [&](const SetView& set) {
    return split_part(set, groups, seed, static_cast<uint32>(group) - 1);
  });
}

OBJECTSET_FUNCTION(objectset_split_group) {
  const uint32 groups = groups_argument(fcinfo, 1, most_numbered_groups);
  const uint64 seed = salt_argument(fcinfo, 2);
  PG_RETURN_INT32(static_cast<int32>(group_of(PG_GETARG_INT64(0), groups, seed)) + 1);
}
