-- Looking into stored sets and the cache of them (src/pg/objectset_upkeep.cpp).

CREATE FUNCTION objectset_is_valid(objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_stats(
  set objectset,
  OUT ids bigint,
  OUT bytes bigint,
  OUT dense_ranges bigint,
  OUT sparse_ids bigint,
  OUT array_containers bigint,
  OUT bitmap_containers bigint,
  OUT run_containers bigint
)
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_is_valid(objectset) IS
  'whether the stored bytes are sound and canonical, checked in full; false where other functions raise XX001';
COMMENT ON FUNCTION objectset_stats(objectset) IS
  'what the stored set is made of: ids, bytes with the header, ranges of 2^32 ids that are bitmaps and their containers of 2^16 by kind, ids that stand alone; error XX001 if damaged';

CREATE FUNCTION objectset_cache_stats(
  OUT sets bigint,
  OUT bytes bigint,
  OUT hits bigint,
  OUT misses bigint
)
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION objectset_cache_stats() IS
  'this session''s cache of large stored sets: how many, their memory in bytes (at most objectset.cache_size), and how often a set was found and not found since the session began';
