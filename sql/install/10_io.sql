-- The type and its text and binary forms (src/pg/objectset_io.cpp).

CREATE TYPE objectset;

CREATE FUNCTION objectset_in(cstring) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_out(objectset) RETURNS cstring
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_recv(internal) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_send(objectset) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_subscript(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_in(cstring) IS
  'text to set: {1,2,5}, with ranges {1..1000}, or the portable form, as roaring64: and base64 or \x and hexadecimal digits; errors 22P02, 22003, 54000';
COMMENT ON FUNCTION objectset_out(objectset) IS
  'set to text: the plain list up to 10000 ids, beyond that roaring64: and its portable form in base64';
COMMENT ON FUNCTION objectset_recv(internal) IS
  'binary input: the 64-bit portable Roaring form, checked in full; error 22P03';
COMMENT ON FUNCTION objectset_send(objectset) IS
  'binary output: the 64-bit portable Roaring form (github.com/RoaringBitmap/RoaringFormatSpec)';
COMMENT ON FUNCTION objectset_subscript(internal) IS
  'subscripts by rank, from 1: set[n] is the n-th smallest id, set[a:b] the set of the a-th to the b-th';

CREATE TYPE objectset (
  INPUT = objectset_in,
  OUTPUT = objectset_out,
  RECEIVE = objectset_recv,
  SEND = objectset_send,
  SUBSCRIPT = objectset_subscript,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = external
);

COMMENT ON TYPE objectset IS 'compressed set of 64-bit object ids';
