-- Casts (src/pg/objectset_cast.cpp, objectset_cast_multirange.cpp and objectset_cast_json.cpp; bytea:
-- src/pg/objectset_io.cpp).

CREATE FUNCTION objectset(bigint[]) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_from_int8_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_bigint_array(objectset) RETURNS bigint[]
  AS 'MODULE_PATHNAME', 'objectset_to_int8_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset(integer[]) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_from_int4_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_integer_array(objectset) RETURNS integer[]
  AS 'MODULE_PATHNAME', 'objectset_to_int4_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset(smallint[]) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_from_int2_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_smallint_array(objectset) RETURNS smallint[]
  AS 'MODULE_PATHNAME', 'objectset_to_int2_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset(int8multirange) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_from_multirange' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_multirange(objectset) RETURNS int8multirange
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset(jsonb) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_jsonb(objectset) RETURNS jsonb
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset(json) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT @extschema@.objectset($1::pg_catalog.jsonb) $$;
CREATE FUNCTION objectset_to_json(objectset) RETURNS json
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_from_roaring64(bytea) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_roaring64(objectset) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_from_roaring32(bytea) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_roaring32(objectset) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_from_roaring64_base64(text) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_roaring64_base64(objectset) RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_from_roaring32_base64(text) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_to_roaring32_base64(objectset) RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset(bigint[]) IS
  'the set of an array''s elements, in any order, repeats allowed; error 22004 for a NULL among them';
COMMENT ON FUNCTION objectset_to_bigint_array(objectset) IS
  'the ids as a sorted array; errors 22003 for an id beyond bigint, 54000 beyond 1 GB';
COMMENT ON FUNCTION objectset(integer[]) IS
  'the set of an array''s elements, in any order, repeats allowed; error 22004 for a NULL among them';
COMMENT ON FUNCTION objectset_to_integer_array(objectset) IS
  'the ids as a sorted array; errors 22003 for an id beyond integer, 54000 beyond 1 GB';
COMMENT ON FUNCTION objectset(smallint[]) IS
  'the set of an array''s elements, in any order, repeats allowed; error 22004 for a NULL among them';
COMMENT ON FUNCTION objectset_to_smallint_array(objectset) IS
  'the ids as a sorted array; errors 22003 for an id beyond smallint, 54000 beyond 1 GB';
COMMENT ON FUNCTION objectset(int8multirange) IS
  'the set of all bigints in a multirange; a missing bound is none; error 54000 beyond some 3.7e12 ids';
COMMENT ON FUNCTION objectset_to_multirange(objectset) IS
  'the runs of consecutive ids as a multirange; one that ends at the largest bigint has no upper bound; error 54000 beyond 51130562 runs';
COMMENT ON FUNCTION objectset(jsonb) IS
  'the set of an array of whole numbers; errors 22023 for anything else, 22003 beyond bigint, 22004 for null';
COMMENT ON FUNCTION objectset_to_jsonb(objectset) IS
  'the ids as a sorted array of numbers; error 54000 beyond 256 MB of them, some 22 million';
COMMENT ON FUNCTION objectset(json) IS
  'the set of an array of whole numbers; errors 22023 for anything else, 22003 beyond bigint, 22004 for null';
COMMENT ON FUNCTION objectset_to_json(objectset) IS
  'the ids as a sorted array of numbers, as to_json and its kin show a set; error 54000 beyond 1 GB';
COMMENT ON FUNCTION objectset_from_roaring64(bytea) IS
  'from the 64-bit portable Roaring form, checked in full; ids are read as two''s complement; error 22P03';
COMMENT ON FUNCTION objectset_to_roaring64(objectset) IS
  'the 64-bit portable Roaring form (github.com/RoaringBitmap/RoaringFormatSpec), ids as unsigned two''s complement';
COMMENT ON FUNCTION objectset_from_roaring32(bytea) IS
  'from the 32-bit portable Roaring form, checked in full: ids 0 to 4294967295; error 22P03';
COMMENT ON FUNCTION objectset_to_roaring32(objectset) IS
  'the 32-bit portable Roaring form; error 22003 for ids outside 0 to 4294967295';
COMMENT ON FUNCTION objectset_from_roaring64_base64(text) IS
  'from the 64-bit portable Roaring form in base64, line breaks ignored; errors 22P02, 22P03';
COMMENT ON FUNCTION objectset_to_roaring64_base64(objectset) IS
  'the 64-bit portable Roaring form in base64 without line breaks';
COMMENT ON FUNCTION objectset_from_roaring32_base64(text) IS
  'from the 32-bit portable Roaring form in base64, line breaks ignored; errors 22P02, 22P03';
COMMENT ON FUNCTION objectset_to_roaring32_base64(objectset) IS
  'the 32-bit portable Roaring form in base64 without line breaks; error 22003 for ids outside 0 to 4294967295';

CREATE CAST (bigint[] AS objectset) WITH FUNCTION objectset(bigint[]) AS ASSIGNMENT;
CREATE CAST (objectset AS bigint[]) WITH FUNCTION objectset_to_bigint_array(objectset);
CREATE CAST (integer[] AS objectset) WITH FUNCTION objectset(integer[]) AS ASSIGNMENT;
CREATE CAST (objectset AS integer[]) WITH FUNCTION objectset_to_integer_array(objectset);
CREATE CAST (smallint[] AS objectset) WITH FUNCTION objectset(smallint[]) AS ASSIGNMENT;
CREATE CAST (objectset AS smallint[]) WITH FUNCTION objectset_to_smallint_array(objectset);
CREATE CAST (int8multirange AS objectset) WITH FUNCTION objectset(int8multirange);
CREATE CAST (objectset AS int8multirange) WITH FUNCTION objectset_to_multirange(objectset);
CREATE CAST (jsonb AS objectset) WITH FUNCTION objectset(jsonb);
CREATE CAST (objectset AS jsonb) WITH FUNCTION objectset_to_jsonb(objectset);
CREATE CAST (json AS objectset) WITH FUNCTION objectset(json);
-- to_json, jsonb_agg and their kin look for this one, jsonb's too.
CREATE CAST (objectset AS json) WITH FUNCTION objectset_to_json(objectset);
CREATE CAST (bytea AS objectset) WITH FUNCTION objectset_from_roaring64(bytea);
CREATE CAST (objectset AS bytea) WITH FUNCTION objectset_to_roaring64(objectset);

COMMENT ON CAST (bigint[] AS objectset) IS 'the set of an array''s elements; error 22004 for a NULL among them';
COMMENT ON CAST (objectset AS bigint[]) IS 'the ids as a sorted array';
COMMENT ON CAST (integer[] AS objectset) IS 'the set of an array''s elements; error 22004 for a NULL among them';
COMMENT ON CAST (objectset AS integer[]) IS 'the ids as a sorted array; error 22003 for an id beyond integer';
COMMENT ON CAST (smallint[] AS objectset) IS 'the set of an array''s elements; error 22004 for a NULL among them';
COMMENT ON CAST (objectset AS smallint[]) IS 'the ids as a sorted array; error 22003 for an id beyond smallint';
COMMENT ON CAST (int8multirange AS objectset) IS 'the set of all bigints in a multirange; a missing bound is none';
COMMENT ON CAST (objectset AS int8multirange) IS 'the runs of consecutive ids';
COMMENT ON CAST (jsonb AS objectset) IS 'the set of an array of whole numbers';
COMMENT ON CAST (objectset AS jsonb) IS 'the ids as a sorted array of numbers';
COMMENT ON CAST (json AS objectset) IS 'the set of an array of whole numbers';
COMMENT ON CAST (objectset AS json) IS
  'the ids as a sorted array of numbers; to_json, row_to_json, jsonb_agg and their kin show sets by it';
COMMENT ON CAST (bytea AS objectset) IS 'from the 64-bit portable Roaring form, checked in full';
COMMENT ON CAST (objectset AS bytea) IS 'the 64-bit portable Roaring form';
