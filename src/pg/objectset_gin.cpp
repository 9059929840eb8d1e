// The GIN operator class of sets: which sets hold this id, share one with that set, hold all of it?
//
// The binding only; what the keys are, and what they tell, is in core/index. GIN keeps bigints for keys, in their own order.
// Whatever is looked up for a question, and what it needs to judge by, lives in the memory of the scan that asks it.
#include "pg/datum.hpp"
#include "pg/toast_slices.hpp"

extern "C" {
#include "access/gin.h"
#include "access/reloptions.h"
#include "access/stratnum.h"
}

#include <new>

#include "core/index/key_query.hpp"

namespace objectset::pg {
namespace {

using Question = KeyQuery::Question;
using Scope = KeyQuery::Scope;

// As sql/install/46_gin.sql has them.
enum Strategy : StrategyNumber {
  overlaps_set = 1,
  contains_set = 2,
  within_set = 3,
  equals_set = 4,
  contains_int8 = 5,
  contains_int4 = 6,
  contains_int2 = 7,
};

// ---- Options ---------------------------------------------------------------------------------------------

constexpr int default_keys = 1024;
constexpr int most_keys = 10000000;

struct Options {
  int32 header;
  int keys;
  bool exact;
};

Options options_of(FunctionCallInfo fcinfo) {
  if (!PG_HAS_OPCLASS_OPTIONS()) return {0, default_keys, false};
  return *reinterpret_cast<Options*>(PG_GET_OPCLASS_OPTIONS());
}

// ---- Keys of a value -------------------------------------------------------------------------------------

// Larger sets with more ids than keys are known by their headers.
constexpr Size most_bytes_looked_into = 1 << 20;

struct Keys {
  Key* keys;
  Size count;
};

Keys taken(Buffer<Key>& keys) {
  const Size count = keys.size();
  return {keys.take(), count};
}

Keys keys_of_whole(const SetArgument& set, Size max_keys) {
  Keys result = {};
  guarded([&] {
    const StoredSet stored(set.bytes, set.size);
    Buffer<Key> keys;
    choose_keys(stored.view(), max_keys, keys);
    result = taken(keys);
  });
  return result;
}

// `apart` is the value where it is stored apart, else `bytes` are its bytes.
Keys keys_of_headers(struct varlena* apart, const char* bytes, Size size, Size max_keys) {
  auto* const reader = static_cast<HeaderKeys*>(palloc(sizeof(HeaderKeys)));
  guarded([&] { new (reader) HeaderKeys(size, max_keys); });
  for (;;) {
    bool is_done = false;
    guarded([&] { is_done = reader->run(); });
    if (is_done) break;
    const Parts::Part wanted = reader->wanted();
    struct varlena* const slice = apart == nullptr ? nullptr : read_slice(apart, wanted);
    const char* const part = slice == nullptr ? bytes + wanted.offset : VARDATA(slice);
    guarded([&] { reader->give(part); });
    if (slice != nullptr) pfree(slice);
  }
  Keys result = {};
  guarded([&] {
    Buffer<Key> keys;
    reader->finish(keys);
    result = taken(keys);
  });
  return result;
}

// A key for each id, or none of the set.
Keys keys_of_each_id(const SetArgument& set) {
  uint64 ids = 0;
  Keys result = {};
  guarded([&] {
    const StoredSet stored(set.bytes, set.size);
    ids = cardinality(stored.view());
    if (ids > most_keys) return;
    Buffer<Key> keys;
    choose_keys(stored.view(), most_keys, keys);
    result = taken(keys);
  });
  if (ids > most_keys) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("object set has " UINT64_FORMAT
                           " ids, too many for an index with a key for each",
                           ids),
                    errdetail("There may be %d.", most_keys),
                    errhint("Make the index without the option \"exact\".")));
  }
  return result;
}

Keys keys_of(FunctionCallInfo fcinfo, Size max_keys) {
  auto* const value = reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(0));
  const Datum datum = PG_GETARG_DATUM(0);
  uint64 ids = 0;
  if (VARATT_IS_EXTERNAL_ONDISK(value)) {
    const Size size = toast_raw_datum_size(datum) - VARHDRSZ;
    if (size > most_bytes_looked_into && read_cardinality(datum, ids) && ids > max_keys) {
      return keys_of_headers(value, nullptr, size, max_keys);
    }
  }
  const SetArgument set = stored_argument(fcinfo, 0);
  if (set.size > most_bytes_looked_into) {
    StoredSummary summary = {};
    bool is_told = false;
    guarded([&] { is_told = read_summary(set.bytes, set.size, set.size, summary); });
    if (is_told && summary.cardinality > max_keys) {
      return keys_of_headers(nullptr, set.bytes, set.size, max_keys);
    }
  }
  return keys_of_whole(set, max_keys);
}

// ---- Questions -------------------------------------------------------------------------------------------

// What GIN keeps with each key that is looked up.
struct Entry {
  const KeyQuery* query;
  Key last;
};

KeyQuery* query_of(StrategyNumber strategy, Datum asked, KeyQuery::Keys keys) {
  auto* const place = static_cast<KeyQuery*>(palloc(sizeof(KeyQuery)));
  Id id = 0;
  Question question = Question::overlaps;
  switch (strategy) {
    case contains_int8:
      id = DatumGetInt64(asked);
      break;
    case contains_int4:
      id = DatumGetInt32(asked);
      break;
    case contains_int2:
      id = DatumGetInt16(asked);
      break;
    case overlaps_set:
      break;
    case contains_set:
      question = Question::contains;
      break;
    case within_set:
      question = Question::within;
      break;
    case equals_set:
      question = Question::equals;
      break;
    default:
      elog(ERROR, "unrecognized strategy number: %d", strategy);
  }
  if (strategy >= contains_int8) {
    guarded([&] { new (place) KeyQuery(id, keys); });
  } else {
    const SetView set = pinned_view(set_argument(asked));
    guarded([&] { new (place) KeyQuery(question, set, keys); });
  }
  return place;
}

int32 search_mode_of(Scope scope) {
  switch (scope) {
    case Scope::found_or_empty:
      return GIN_SEARCH_MODE_INCLUDE_EMPTY;
    case Scope::all:
      return GIN_SEARCH_MODE_ALL;
    default:
      return GIN_SEARCH_MODE_DEFAULT;
  }
}

// GIN's values for what is found are those of Finding, and those of bool are the first two.
static_assert(GIN_FALSE == static_cast<char>(Finding::no) &&
              GIN_TRUE == static_cast<char>(Finding::yes) &&
              GIN_MAYBE == static_cast<char>(Finding::maybe));
static_assert(sizeof(bool) == sizeof(Finding) && sizeof(GinTernaryValue) == sizeof(Finding));

Finding judge(FunctionCallInfo fcinfo) {
  const auto* found = reinterpret_cast<const Finding*>(PG_GETARG_POINTER(0));
  const StrategyNumber strategy = PG_GETARG_UINT16(1);
  const int32 lookups = PG_GETARG_INT32(3);
  auto** entries = reinterpret_cast<Entry**>(PG_GETARG_POINTER(4));
  // Nothing was looked up: all sets are asked for, or the empty ones.
  if (lookups == 0) return strategy == contains_set ? Finding::yes : Finding::maybe;
  return entries[0]->query->judge(found);
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_gin_options) {
  auto* options = reinterpret_cast<local_relopts*>(PG_GETARG_POINTER(0));
  init_local_reloptions(options, sizeof(Options));
  add_local_int_reloption(options, "keys", "number of keys that a set is indexed under at the most",
                          default_keys, static_cast<int>(min_keys), most_keys,
                          offsetof(Options, keys));
  add_local_bool_reloption(options, "exact", "index each set under each of its ids", false,
                           offsetof(Options, exact));
  PG_RETURN_VOID();
}

OBJECTSET_FUNCTION(objectset_gin_extract_value) {
  auto* count = reinterpret_cast<int32*>(PG_GETARG_POINTER(1));
  const Options options = options_of(fcinfo);
  const Keys keys = options.exact ? keys_of_each_id(stored_argument(fcinfo, 0))
                                  : keys_of(fcinfo, static_cast<Size>(options.keys));
  auto* datums = static_cast<Datum*>(palloc(sizeof(Datum) * (keys.count + 1)));
  for (Size i = 0; i < keys.count; ++i) datums[i] = Int64GetDatum(keys.keys[i]);
  *count = static_cast<int32>(keys.count);
  PG_RETURN_POINTER(datums);
}

OBJECTSET_FUNCTION(objectset_gin_extract_query) {
  auto* count = reinterpret_cast<int32*>(PG_GETARG_POINTER(1));
  const StrategyNumber strategy = PG_GETARG_UINT16(2);
  auto** is_partial = reinterpret_cast<bool**>(PG_GETARG_POINTER(3));
  auto** extra = reinterpret_cast<Pointer**>(PG_GETARG_POINTER(4));
  auto* search_mode = reinterpret_cast<int32*>(PG_GETARG_POINTER(6));

  const KeyQuery* const query =
      query_of(strategy, PG_GETARG_DATUM(0),
               options_of(fcinfo).exact ? KeyQuery::Keys::each_id : KeyQuery::Keys::any);
  const Span<KeyQuery::Lookup> lookups = query->lookups();
  *search_mode = search_mode_of(query->scope());
  *count = static_cast<int32>(lookups.size());
  auto* datums = static_cast<Datum*>(palloc(sizeof(Datum) * (lookups.size() + 1)));
  *is_partial = static_cast<bool*>(palloc(sizeof(bool) * (lookups.size() + 1)));
  *extra = static_cast<Pointer*>(palloc(sizeof(Pointer) * (lookups.size() + 1)));
  auto* entries = static_cast<Entry*>(palloc(sizeof(Entry) * (lookups.size() + 1)));
  for (Size i = 0; i < lookups.size(); ++i) {
    datums[i] = Int64GetDatum(lookups[i].first);
    (*is_partial)[i] = lookups[i].first != lookups[i].last;
    entries[i] = {query, lookups[i].last};
    (*extra)[i] = reinterpret_cast<Pointer>(&entries[i]);
  }
  PG_RETURN_POINTER(datums);
}

OBJECTSET_FUNCTION(objectset_gin_consistent) {
  auto* recheck = reinterpret_cast<bool*>(PG_GETARG_POINTER(5));
  const Finding finding = judge(fcinfo);
  *recheck = finding != Finding::yes;
  PG_RETURN_BOOL(finding != Finding::no);
}

OBJECTSET_FUNCTION(objectset_gin_tri_consistent) {
  PG_RETURN_GIN_TERNARY_VALUE(static_cast<GinTernaryValue>(judge(fcinfo)));
}

// Negative: not this key, but one behind it may be; 0: this one; positive: none behind it.
OBJECTSET_FUNCTION(objectset_gin_compare_partial) {
  const Key key = PG_GETARG_INT64(1);
  const auto* entry = reinterpret_cast<const Entry*>(PG_GETARG_POINTER(3));
  if (key > entry->last) PG_RETURN_INT32(1);
  PG_RETURN_INT32(entry->query->is_wanted(key) ? 0 : -1);
}
