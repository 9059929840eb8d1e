#include "pg/session_cache.hpp"

extern "C" {
#include "lib/ilist.h"
#include "utils/hsearch.h"
}

#include <ctime>

namespace objectset::pg {

int cache_size_setting = 0;

namespace {

// A set in memory. Its context holds this, its bytes and what opening it took.
struct CachedSet {
  dlist_node node;  // first member; in `recent`, last used first, until it is `dropped`
  MemoryContext context;
  varatt_external pointer;
  char identity[identity_size];  // the first bytes of the value
  int64 read_at;                 // when they were last read from the table, by seconds(),
  int64 read_whole_at;           // and all the others with them
  SetView view;
  Size bytes;
  int users;
  bool dropped;  // to be freed with its last user
};

struct Slot {
  struct Key {
    Oid relation;
    Oid value;
  } key;
  CachedSet* set;
};

// A user's claim on a set, in the user's context.
struct Claim {
  MemoryContextCallback callback;
  CachedSet* set;
};

MemoryContext root = nullptr;
HTAB* slots = nullptr;
dlist_head recent = DLIST_STATIC_INIT(recent);
CacheStatistics statistics = {};

void set_up() {
  if (slots != nullptr) return;
  if (root == nullptr) {
    root = AllocSetContextCreate(TopMemoryContext, "object set cache", ALLOCSET_SMALL_SIZES);
  }
  HASHCTL control = {};
  control.keysize = sizeof(Slot::Key);
  control.entrysize = sizeof(Slot);
  control.hcxt = root;
  slots = hash_create("object sets", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

Slot::Key key_of(const varatt_external& pointer) {
  return {pointer.va_toastrelid, pointer.va_valueid};
}

// Takes a set out of the cache; it goes at once, or with its last user.
void drop(CachedSet* set) {
  const Slot::Key key = key_of(set->pointer);
  hash_search(slots, &key, HASH_REMOVE, nullptr);
  dlist_delete(&set->node);
  statistics.sets--;
  statistics.bytes -= static_cast<int64>(set->bytes);
  set->dropped = true;
  if (set->users == 0) MemoryContextDelete(set->context);
}

void end_claim(void* argument) {
  CachedSet* const set = static_cast<Claim*>(argument)->set;
  if (--set->users == 0 && set->dropped) MemoryContextDelete(set->context);
}

const SetView* claim(CachedSet* set, MemoryContext user) {
  auto* claim = static_cast<Claim*>(MemoryContextAlloc(user, sizeof(Claim)));
  claim->set = set;
  claim->callback.func = end_claim;
  claim->callback.arg = claim;
  set->users++;
  MemoryContextRegisterResetCallback(user, &claim->callback);
  dlist_move_head(&recent, &set->node);
  return &set->view;
}

// Makes room for so many more bytes. Sets in use do not go: the bound may be passed while they are.
void make_room(Size bytes) {
  const Size bound = static_cast<Size>(cache_size_setting) * 1024;
  dlist_node* node = dlist_is_empty(&recent) ? nullptr : dlist_tail_node(&recent);
  while (node != nullptr && static_cast<Size>(statistics.bytes) + bytes > bound) {
    auto* const set = reinterpret_cast<CachedSet*>(node);
    node = dlist_has_prev(&recent, node) ? dlist_prev_node(&recent, node) : nullptr;
    if (set->users == 0) drop(set);
  }
}

// A TOAST pointer that says the same as seconds ago means the same value, without a look at the table. The ids of values
// and of tables come from one counter of the whole cluster, which never goes back, and which gives an id again when it
// has been through 2^32 of them: at some ten million a second, which no server reaches, that takes minutes.
constexpr int64 trusted_seconds = 10;
// After that its first bytes are read again, which tell a mishap, but not a value of the same checksum that somebody made
// while the counter went round: long before it can have, a value is read anew.
constexpr int64 trusted_seconds_of_whole = 300;

int64 seconds() {
#if defined(CLOCK_MONOTONIC_COARSE)
  constexpr clockid_t clock = CLOCK_MONOTONIC_COARSE;  // as good, and quicker to read
#else
  constexpr clockid_t clock = CLOCK_MONOTONIC;
#endif
  timespec now = {};
  clock_gettime(clock, &now);
  return now.tv_sec;
}

// Whether the value in the table begins as the set in the cache does.
bool is_same_value(struct varlena* value, const CachedSet* set) {
  struct varlena* head = detoast_attr_slice(value, 0, static_cast<int32>(identity_size));
  const bool same = VARSIZE(head) - VARHDRSZ == identity_size &&
                    memcmp(VARDATA(head), set->identity, identity_size) == 0;
  pfree(head);
  return same;
}

CachedSet* find(struct varlena* value, const varatt_external& pointer) {
  const Slot::Key key = key_of(pointer);
  auto* slot = static_cast<Slot*>(hash_search(slots, &key, HASH_FIND, nullptr));
  if (slot == nullptr) return nullptr;
  CachedSet* const set = slot->set;
  if (memcmp(&set->pointer, &pointer, sizeof pointer) == 0) {
    const int64 now = seconds();
    if (now - set->read_at < trusted_seconds) return set;
    if (now - set->read_whole_at < trusted_seconds_of_whole && is_same_value(value, set)) {
      set->read_at = now;
      return set;
    }
  }
  drop(set);
  return nullptr;
}

// Until all is well the set is in a context of the caller's, which an error takes away.
CachedSet* read(struct varlena* value, const varatt_external& pointer) {
  MemoryContext const context =
      AllocSetContextCreate(CurrentMemoryContext, "cached object set", ALLOCSET_SMALL_SIZES);
  const int64 before = seconds();
  MemoryContext const outer = MemoryContextSwitchTo(context);
  auto* set = static_cast<CachedSet*>(palloc0(sizeof(CachedSet)));
  struct varlena* flat = detoast_attr(value);
  set->view =
      pinned_view(SetArgument{nullptr, VARDATA(flat), VARSIZE(flat) - VARHDRSZ, false, nullptr});
  MemoryContextSwitchTo(outer);
  set->context = context;
  set->pointer = pointer;
  set->read_at = set->read_whole_at = before;
  memcpy(set->identity, VARDATA(flat), identity_size);
  set->bytes = MemoryContextMemAllocated(context, true);

  make_room(set->bytes);
  const Slot::Key key = key_of(pointer);
  auto* slot = static_cast<Slot*>(hash_search(slots, &key, HASH_ENTER, nullptr));
  // Nothing fails from here on.
  slot->set = set;
  dlist_push_head(&recent, &set->node);
  MemoryContextSetParent(context, root);
  statistics.sets++;
  statistics.bytes += static_cast<int64>(set->bytes);
  return set;
}

}  // namespace

const SetView* cached_set(struct varlena* value, MemoryContext user) {
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, value);
  if (!is_cacheable(value)) return nullptr;
  set_up();
  make_room(0);  // the setting may have been lowered
  CachedSet* set = find(value, pointer);
  if (set != nullptr) {
    statistics.hits++;
  } else {
    statistics.misses++;
    set = read(value, pointer);
  }
  return claim(set, user);
}

const SetView* seen_cached_set(struct varlena* value) {
  if (slots == nullptr || !is_cacheable(value)) return nullptr;
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, value);
  make_room(0);  // the setting may have been lowered
  CachedSet* const set = find(value, pointer);
  if (set == nullptr) return nullptr;
  statistics.hits++;
  dlist_move_head(&recent, &set->node);
  return &set->view;
}

bool is_cached(struct varlena* value) {
  if (slots == nullptr) return false;
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, value);
  const Slot::Key key = key_of(pointer);
  return hash_search(slots, &key, HASH_FIND, nullptr) != nullptr;
}

// What opening a set takes besides its bytes is a fraction of them.
bool is_cacheable(struct varlena* value) {
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, value);
  return static_cast<Size>(pointer.va_rawsize) <= static_cast<Size>(cache_size_setting) * 1024 / 2;
}

CacheStatistics cache_statistics() { return statistics; }

}  // namespace objectset::pg
