#include "pg/call_site_cache.hpp"

#include "pg/asked_set.hpp"
#include "pg/session_cache.hpp"
#include "pg/snapshot_key.hpp"

namespace objectset::pg {
namespace {

// A join may alternate between a few outer rows.
constexpr int max_entries = 4;

// Comparing more bytes than these takes longer than finding an id in them.
constexpr Size max_compared = 4096;

struct Entry {
  MemoryContext context;  // nullptr: unused
  bool toasted;
  varatt_external pointer;         // toasted: the value, and
  Moment moment;                   // when it was known to be so
  const char* bytes;               // otherwise: a copy of its bytes,
  Size size;                       // and how many those are
  const struct varlena* constant;  // the value itself, where the query holds it
  AskedSet set;
};

// Lives in the call site's memory context, as plain data.
struct Cache {
  int last;              // the entry that was used last
  int next;              // the one to be replaced next
  varatt_external seen;  // the value that was asked about last without being prepared
  Entry entries[max_entries];
};

// Whether an argument is a constant of the query, which stays where it is as long as the call site does.
bool is_constant(FunctionCallInfo fcinfo, int argument) {
  const Node* const call = fcinfo->flinfo->fn_expr;
  const List* arguments = NIL;
  if (call != nullptr && IsA(call, OpExpr)) {
    arguments = reinterpret_cast<const OpExpr*>(call)->args;
  } else if (call != nullptr && IsA(call, FuncExpr)) {
    arguments = reinterpret_cast<const FuncExpr*>(call)->args;
  }
  return argument < list_length(arguments) && IsA(list_nth(arguments, argument), Const);
}

Cache* cache_of(FunctionCallInfo fcinfo) {
  auto* cache = static_cast<Cache*>(fcinfo->flinfo->fn_extra);
  if (cache == nullptr) {
    cache = static_cast<Cache*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Cache)));
    fcinfo->flinfo->fn_extra = cache;
  }
  return cache;
}

// Opens a value's bytes into an entry. `bytes` stay, or are in the entry's context.
void open_entry(Entry& entry, const char* bytes, Size size) {
  MemoryContext const outer = MemoryContextSwitchTo(entry.context);
  entry.set =
      asked_set(pinned_view(SetArgument{nullptr, bytes, size, false, nullptr}), entry.context);
  MemoryContextSwitchTo(outer);
}

Entry& fresh_entry(Cache* cache, MemoryContext parent) {
  const int i = cache->next;
  cache->next = (i + 1) % max_entries;
  cache->last = i;
  Entry& entry = cache->entries[i];
  MemoryContext context = entry.context;
  entry = Entry{};
  if (context == nullptr) {
    context = AllocSetContextCreate(parent, "prepared object set", ALLOCSET_SMALL_SIZES);
  } else {
    MemoryContextReset(context);
  }
  return entry.context = context, entry;
}

// A key is set last: an entry whose opening failed is never found.
Entry& prepare_toasted(Cache* cache, FunctionCallInfo fcinfo, struct varlena* value,
                       const varatt_external& pointer) {
  Entry& entry = fresh_entry(cache, fcinfo->flinfo->fn_mcxt);
  if (const SetView* cached = cached_set(value, entry.context)) {
    entry.set = asked_set(*cached, entry.context);
  } else {
    MemoryContext const outer = MemoryContextSwitchTo(entry.context);
    struct varlena* flat = detoast_attr(value);
    MemoryContextSwitchTo(outer);
    open_entry(entry, VARDATA(flat), VARSIZE(flat) - VARHDRSZ);
  }
  entry.pointer = pointer;
  entry.moment = this_moment();
  entry.toasted = true;
  return entry;
}

Entry& prepared_toasted(Cache* cache, FunctionCallInfo fcinfo, struct varlena* value) {
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, value);
  const Moment now = this_moment();
  for (int n = 0; n < max_entries; ++n) {
    const int i = (cache->last + n) % max_entries;
    Entry& entry = cache->entries[i];
    if (!entry.toasted || memcmp(&entry.pointer, &pointer, sizeof pointer) != 0 ||
        !same_moment(entry.moment, now)) {
      continue;
    }
    cache->last = i;
    return entry;
  }
  return prepare_toasted(cache, fcinfo, value, pointer);
}

Entry& prepared_inline(Cache* cache, FunctionCallInfo fcinfo, int argument, struct varlena* value) {
  const bool constant = is_constant(fcinfo, argument);
  if (constant && cache->entries[cache->last].constant == value) {
    return cache->entries[cache->last];
  }
  struct varlena* flat = pg_detoast_datum_packed(value);
  const char* bytes = VARDATA_ANY(flat);
  const Size size = VARSIZE_ANY_EXHDR(flat);
  for (int n = 0; n < max_entries; ++n) {
    const int i = (cache->last + n) % max_entries;
    Entry& entry = cache->entries[i];
    if (entry.bytes == nullptr || entry.size != size || memcmp(entry.bytes, bytes, size) != 0) {
      continue;
    }
    if (flat != value) pfree(flat);
    cache->last = i;
    return entry;
  }
  Entry& entry = fresh_entry(cache, fcinfo->flinfo->fn_mcxt);
  auto* copy = static_cast<char*>(MemoryContextAlloc(entry.context, VARHDRSZ + size));
  memcpy(copy + VARHDRSZ, bytes, size);
  if (flat != value) pfree(flat);
  open_entry(entry, copy + VARHDRSZ, size);
  entry.size = size;
  entry.bytes = copy + VARHDRSZ;
  if (constant) entry.constant = value;
  return entry;
}

}  // namespace

bool is_first_use(FunctionCallInfo fcinfo, int n) {
  auto* value = reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(n));
  if (!VARATT_IS_EXTERNAL_ONDISK(value)) return false;
  Cache* const cache = cache_of(fcinfo);
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, value);
  const Entry& last = cache->entries[cache->last];
  if (last.toasted && memcmp(&last.pointer, &pointer, sizeof pointer) == 0) return false;
  if (memcmp(&cache->seen, &pointer, sizeof pointer) == 0) return false;
  cache->seen = pointer;
  return true;
}

bool is_better_asked_in_place(FunctionCallInfo fcinfo, int n) {
  auto* value = reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(n));
  return !VARATT_IS_EXTERNAL(value) && toast_raw_datum_size(PG_GETARG_DATUM(n)) > max_compared &&
         !is_constant(fcinfo, n);
}

bool is_in_prepared(FunctionCallInfo fcinfo, int n, Id id) {
  auto* value = reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(n));
  if (VARATT_IS_EXTERNAL_EXPANDED(value)) {
    return contains(*set_argument(PointerGetDatum(value)).expanded->set, id);
  }
  Cache* const cache = cache_of(fcinfo);
  Entry& entry = VARATT_IS_EXTERNAL_ONDISK(value) ? prepared_toasted(cache, fcinfo, value)
                                                  : prepared_inline(cache, fcinfo, n, value);
  return is_in(&entry.set, id);
}

}  // namespace objectset::pg
