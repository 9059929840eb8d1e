// Large stored sets that this session read lately, opened: repeated algebra, counts and tests over them run at
// memory speed.
//
// The one idea: a TOAST value never changes in place. A set is found again by TOAST relation and value id, and
// believed to be the same while no id can have been used again: for minutes. After seconds its first bytes are read from
// the table again all the same: same size, same header, same checksum of all the rest. That alone would not do, since
// sets of one checksum can be made.
//
// Memory is bounded by objectset.cache_size: the sets used least recently go. A set that is in use stays as it is
// until its user's memory context is reset.
#pragma once

#include "pg/datum.hpp"

namespace objectset::pg {

/// objectset.cache_size, in kilobytes; 0 turns the cache off.
extern int cache_size_setting;

/// Zone A: the set of a TOAST pointer, opened, from the cache or put there; nullptr where it is not to be cached
/// (too large for the cache). It stays as it is until `user` is reset.
const SetView* cached_set(struct varlena* value, MemoryContext user);

/// Zone A: the same where it is in the cache, else nullptr: as it is until anything else is asked of the cache. For one
/// look, which takes less than to claim the set.
const SetView* seen_cached_set(struct varlena* value);

/// Whether a set of this TOAST pointer is in the cache, without a look whether it still is the same.
bool is_cached(struct varlena* value);

/// Whether the cache has room for a set of this TOAST pointer.
bool is_cacheable(struct varlena* value);

struct CacheStatistics {
  int64 sets;
  int64 bytes;
  int64 hits;
  int64 misses;
};
CacheStatistics cache_statistics();

}  // namespace objectset::pg
