// Comparison, for btree and hash.
//
// Equal sets have equal bytes, and the first of them tell the checksum of all: two values are told apart, and
// hashed, by their sizes and their beginnings, which of a large stored value are read alone. A checksum never makes two
// values equal: sets of one checksum can be made.
#include "pg/datum.hpp"

extern "C" {
#include "common/hashfn.h"
}

namespace objectset::pg {
namespace {

struct varlena* value_argument(FunctionCallInfo fcinfo, int n) {
  return reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(n));
}

// What `compute` makes of the first bytes of a value: so many, where it is stored apart, else of all there are.
template <class Compute>
uint64 of_front(struct varlena* value, Size wanted, Compute&& compute) {
  struct varlena* front = VARATT_IS_EXTERNAL_ONDISK(value)
                              ? detoast_attr_slice(value, 0, static_cast<int32>(wanted))
                              : pg_detoast_datum_packed(value);
  const Size size = VARSIZE_ANY_EXHDR(front);
  if (size < identity_size) {
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored object set is damaged"),
                    errdetail("It is shorter than its header.")));
  }
  const uint64 result = compute(VARDATA_ANY(front), size);
  if (front != value) pfree(front);
  return result;
}

uint64 checksum_of(struct varlena* value) {
  return of_front(value, identity_size,
                  [](const char* bytes, Size) { return stored_checksum(bytes); });
}

uint64 hash_of(struct varlena* value) {
  const Size size = toast_raw_datum_size(PointerGetDatum(value)) - VARHDRSZ;
  return of_front(value, hashed_size, [size](const char* bytes, Size front_size) {
    return stored_hash(bytes, front_size, size);
  });
}

bool are_equal(FunctionCallInfo fcinfo) {
  struct varlena* const a = value_argument(fcinfo, 0);
  struct varlena* const b = value_argument(fcinfo, 1);
  if (a == b) return true;
  if (toast_raw_datum_size(PointerGetDatum(a)) != toast_raw_datum_size(PointerGetDatum(b)))
    return false;
  const bool stored_apart = VARATT_IS_EXTERNAL_ONDISK(a) || VARATT_IS_EXTERNAL_ONDISK(b);
  if (stored_apart && checksum_of(a) != checksum_of(b)) return false;

  struct varlena* const flat_a = pg_detoast_datum_packed(a);
  struct varlena* const flat_b = pg_detoast_datum_packed(b);
  const Size size = VARSIZE_ANY_EXHDR(flat_a);
  const bool equal = size == VARSIZE_ANY_EXHDR(flat_b) &&
                     memcmp(VARDATA_ANY(flat_a), VARDATA_ANY(flat_b), size) == 0;
  if (flat_a != a) pfree(flat_a);
  if (flat_b != b) pfree(flat_b);
  return equal;
}

int order_of(FunctionCallInfo fcinfo) {
  if (value_argument(fcinfo, 0) == value_argument(fcinfo, 1)) return 0;
  const SetArgument a = set_argument(fcinfo, 0);
  const SetArgument b = set_argument(fcinfo, 1);
  int order = 0;
  guarded([&] {
    const OpenSet open_a(a);
    const OpenSet open_b(b);
    order = compare(open_a, open_b);
  });
  return order;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_eq) { PG_RETURN_BOOL(are_equal(fcinfo)); }
OBJECTSET_FUNCTION(objectset_ne) { PG_RETURN_BOOL(!are_equal(fcinfo)); }
OBJECTSET_FUNCTION(objectset_lt) { PG_RETURN_BOOL(order_of(fcinfo) < 0); }
OBJECTSET_FUNCTION(objectset_le) { PG_RETURN_BOOL(order_of(fcinfo) <= 0); }
OBJECTSET_FUNCTION(objectset_gt) { PG_RETURN_BOOL(order_of(fcinfo) > 0); }
OBJECTSET_FUNCTION(objectset_ge) { PG_RETURN_BOOL(order_of(fcinfo) >= 0); }
OBJECTSET_FUNCTION(objectset_cmp) { PG_RETURN_INT32(order_of(fcinfo)); }

OBJECTSET_FUNCTION(objectset_hash) {
  const uint64 hash = hash_of(value_argument(fcinfo, 0));
  PG_RETURN_UINT32(hash_bytes(reinterpret_cast<const unsigned char*>(&hash), sizeof hash));
}

OBJECTSET_FUNCTION(objectset_hash_extended) {
  const uint64 hash = hash_of(value_argument(fcinfo, 0));
  PG_RETURN_UINT64(hash_bytes_extended(reinterpret_cast<const unsigned char*>(&hash), sizeof hash,
                                       static_cast<uint64>(PG_GETARG_INT64(1))));
}
