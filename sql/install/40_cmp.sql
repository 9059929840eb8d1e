-- Comparison, with btree and hash operator classes (src/pg/objectset_cmp.cpp). The order is that of sorted arrays.

CREATE FUNCTION objectset_eq(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_ne(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_lt(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_le(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_gt(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_ge(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_cmp(objectset, objectset) RETURNS integer
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_sortsupport(internal) RETURNS void
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_hash(objectset) RETURNS integer
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_hash_extended(objectset, bigint) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_eq(objectset, objectset) IS 'implementation of = operator';
COMMENT ON FUNCTION objectset_ne(objectset, objectset) IS 'implementation of <> operator';
COMMENT ON FUNCTION objectset_lt(objectset, objectset) IS 'implementation of < operator';
COMMENT ON FUNCTION objectset_le(objectset, objectset) IS 'implementation of <= operator';
COMMENT ON FUNCTION objectset_gt(objectset, objectset) IS 'implementation of > operator';
COMMENT ON FUNCTION objectset_ge(objectset, objectset) IS 'implementation of >= operator';
COMMENT ON FUNCTION objectset_cmp(objectset, objectset) IS
  'order as of sorted arrays: negative, 0 or positive; by the first id that differs, a beginning first';
COMMENT ON FUNCTION objectset_sortsupport(internal) IS 'sort support';
COMMENT ON FUNCTION objectset_hash(objectset) IS 'hash';
COMMENT ON FUNCTION objectset_hash_extended(objectset, bigint) IS '64-bit hash with a seed';

CREATE OPERATOR = (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_eq,
  COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR <> (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_ne,
  COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR < (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_lt,
  COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_le,
  COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_gt,
  COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_ge,
  COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);

COMMENT ON OPERATOR = (objectset, objectset) IS 'equal';
COMMENT ON OPERATOR <> (objectset, objectset) IS 'not equal';
COMMENT ON OPERATOR < (objectset, objectset) IS 'less than';
COMMENT ON OPERATOR <= (objectset, objectset) IS 'less than or equal';
COMMENT ON OPERATOR > (objectset, objectset) IS 'greater than';
COMMENT ON OPERATOR >= (objectset, objectset) IS 'greater than or equal';

CREATE OPERATOR CLASS objectset_ops DEFAULT FOR TYPE objectset USING btree AS
  OPERATOR 1 <,
  OPERATOR 2 <=,
  OPERATOR 3 =,
  OPERATOR 4 >=,
  OPERATOR 5 >,
  FUNCTION 1 objectset_cmp(objectset, objectset),
  FUNCTION 2 objectset_sortsupport(internal);

CREATE OPERATOR CLASS objectset_ops DEFAULT FOR TYPE objectset USING hash AS
  OPERATOR 1 =,
  FUNCTION 1 objectset_hash(objectset),
  FUNCTION 2 objectset_hash_extended(objectset, bigint);

COMMENT ON OPERATOR CLASS objectset_ops USING btree IS 'sets in the order of sorted arrays: sorting, merge joins, unique indexes';
COMMENT ON OPERATOR FAMILY objectset_ops USING btree IS 'sets in the order of sorted arrays';
COMMENT ON OPERATOR CLASS objectset_ops USING hash IS 'equality of sets of any size, by their bytes: hash joins, grouping, indexes';
COMMENT ON OPERATOR FAMILY objectset_ops USING hash IS 'equality of sets';

-- ---- The first and the last in that order --------------------------------------------------------------------

CREATE FUNCTION objectset_smaller(objectset, objectset) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_larger(objectset, objectset) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION objectset_smaller(objectset, objectset) IS 'transition of min: the set that comes first';
COMMENT ON FUNCTION objectset_larger(objectset, objectset) IS 'transition of max: the set that comes last';

CREATE AGGREGATE min(objectset) (
  SFUNC = objectset_smaller, STYPE = objectset, COMBINEFUNC = objectset_smaller, SORTOP = <, PARALLEL = SAFE
);
CREATE AGGREGATE max(objectset) (
  SFUNC = objectset_larger, STYPE = objectset, COMBINEFUNC = objectset_larger, SORTOP = >, PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(objectset) IS 'the set that comes first, in the order of sorted arrays';
COMMENT ON AGGREGATE max(objectset) IS 'the set that comes last, in the order of sorted arrays';
