-- The GIN operator class (src/pg/objectset_gin.cpp): which sets of a column hold this id, or share one with that set?

CREATE FUNCTION objectset_gin_extract_value(objectset, internal, internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_gin_extract_query(objectset, internal, smallint, internal, internal, internal, internal)
  RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_gin_consistent(internal, smallint, objectset, integer, internal, internal, internal, internal)
  RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_gin_tri_consistent(internal, smallint, objectset, integer, internal, internal, internal)
  RETURNS "char"
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_gin_compare_partial(bigint, bigint, smallint, internal) RETURNS integer
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_gin_options(internal) RETURNS void
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_gin_extract_value(objectset, internal, internal) IS
  'GIN support: the keys of a set: its ids, or where those are more than the option keys allows, blocks that they lie in';
COMMENT ON FUNCTION
  objectset_gin_extract_query(objectset, internal, smallint, internal, internal, internal, internal) IS
  'GIN support: the keys that a question looks up';
COMMENT ON FUNCTION
  objectset_gin_consistent(internal, smallint, objectset, integer, internal, internal, internal, internal) IS
  'GIN support: whether a set with these keys may be an answer, and whether it has to be looked at';
COMMENT ON FUNCTION
  objectset_gin_tri_consistent(internal, smallint, objectset, integer, internal, internal, internal) IS
  'GIN support: the same, where not all is known of its keys';
COMMENT ON FUNCTION objectset_gin_compare_partial(bigint, bigint, smallint, internal) IS
  'GIN support: whether a key is one of a stretch that is looked up';
COMMENT ON FUNCTION objectset_gin_options(internal) IS
  'GIN support: the options keys, 256 to 10000000: under how many keys a set is indexed at the most; and exact: under each of its ids, of which there may be 10000000';

CREATE OPERATOR CLASS objectset_ops DEFAULT FOR TYPE objectset USING gin AS
  OPERATOR 1 && (objectset, objectset),
  OPERATOR 2 @> (objectset, objectset),
  OPERATOR 3 <@ (objectset, objectset),
  OPERATOR 4 = (objectset, objectset),
  OPERATOR 5 @> (objectset, bigint),
  OPERATOR 6 @> (objectset, integer),
  OPERATOR 7 @> (objectset, smallint),
  FUNCTION 1 btint8cmp(bigint, bigint),
  FUNCTION 2 objectset_gin_extract_value(objectset, internal, internal),
  FUNCTION 3 objectset_gin_extract_query(objectset, internal, smallint, internal, internal, internal, internal),
  FUNCTION 4
    objectset_gin_consistent(internal, smallint, objectset, integer, internal, internal, internal, internal),
  FUNCTION 5 objectset_gin_compare_partial(bigint, bigint, smallint, internal),
  FUNCTION 6
    objectset_gin_tri_consistent(internal, smallint, objectset, integer, internal, internal, internal),
  FUNCTION 7 objectset_gin_options(internal),
  STORAGE bigint;

COMMENT ON OPERATOR CLASS objectset_ops USING gin IS
  'finds the sets that hold an id, or that relate to a set by &&, @>, <@ or =; options: keys, exact';
COMMENT ON OPERATOR FAMILY objectset_ops USING gin IS 'finds sets by the ids that they hold';
