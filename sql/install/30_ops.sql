-- Operators, and the functions of size, order, parts and likeness (src/pg/objectset_ops.cpp).

-- ---- Algebra -----------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_union(objectset, objectset) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_intersect(objectset, objectset) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_symdiff(objectset, objectset) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_minus(objectset, objectset) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_union(objectset, bigint) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_union_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_minus(objectset, bigint) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_minus_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_union(objectset, objectset) IS 'implementation of | operator';
COMMENT ON FUNCTION objectset_intersect(objectset, objectset) IS 'implementation of & operator';
COMMENT ON FUNCTION objectset_symdiff(objectset, objectset) IS 'implementation of # operator';
COMMENT ON FUNCTION objectset_minus(objectset, objectset) IS 'implementation of - operator';
COMMENT ON FUNCTION objectset_union(objectset, bigint) IS 'implementation of | operator';
COMMENT ON FUNCTION objectset_minus(objectset, bigint) IS 'implementation of - operator';

-- Inlined when a query is planned.
CREATE FUNCTION objectset_union(bigint, objectset) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset_union($2, $1) $$;
COMMENT ON FUNCTION objectset_union(bigint, objectset) IS 'implementation of | operator';

CREATE OPERATOR | (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_union, COMMUTATOR = |
);
CREATE OPERATOR & (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_intersect, COMMUTATOR = &
);
CREATE OPERATOR # (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_symdiff, COMMUTATOR = #
);
CREATE OPERATOR - (LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_minus);
CREATE OPERATOR | (LEFTARG = objectset, RIGHTARG = bigint, FUNCTION = objectset_union, COMMUTATOR = |);
CREATE OPERATOR | (LEFTARG = bigint, RIGHTARG = objectset, FUNCTION = objectset_union, COMMUTATOR = |);
CREATE OPERATOR - (LEFTARG = objectset, RIGHTARG = bigint, FUNCTION = objectset_minus);

COMMENT ON OPERATOR | (objectset, objectset) IS 'union: ids in either set';
COMMENT ON OPERATOR & (objectset, objectset) IS 'intersection: ids in both sets';
COMMENT ON OPERATOR # (objectset, objectset) IS 'symmetric difference: ids in exactly one of the sets';
COMMENT ON OPERATOR - (objectset, objectset) IS 'difference: ids in the left set and not in the right one';
COMMENT ON OPERATOR | (objectset, bigint) IS 'the set with the id added';
COMMENT ON OPERATOR | (bigint, objectset) IS 'the set with the id added';
COMMENT ON OPERATOR - (objectset, bigint) IS 'the set with the id removed';

-- ---- Tests -------------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_contains(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_overlap(objectset, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_contains(objectset, objectset) IS 'implementation of @> operator';
COMMENT ON FUNCTION objectset_contained(objectset, objectset) IS 'implementation of <@ operator';
COMMENT ON FUNCTION objectset_overlap(objectset, objectset) IS 'implementation of && operator';

CREATE FUNCTION objectset_overlap_sel(internal, oid, internal, integer) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contains_set_sel(internal, oid, internal, integer) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained_set_sel(internal, oid, internal, integer) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_overlap_joinsel(internal, oid, internal, smallint, internal)
  RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contains_set_joinsel(internal, oid, internal, smallint, internal)
  RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained_set_joinsel(internal, oid, internal, smallint, internal)
  RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_overlap_sel(internal, oid, internal, integer) IS
  'restriction selectivity of set && set';
COMMENT ON FUNCTION objectset_contains_set_sel(internal, oid, internal, integer) IS
  'restriction selectivity of set @> set';
COMMENT ON FUNCTION objectset_contained_set_sel(internal, oid, internal, integer) IS
  'restriction selectivity of set <@ set';
COMMENT ON FUNCTION objectset_overlap_joinsel(internal, oid, internal, smallint, internal) IS
  'join selectivity of set && set';
COMMENT ON FUNCTION objectset_contains_set_joinsel(internal, oid, internal, smallint, internal) IS
  'join selectivity of set @> set';
COMMENT ON FUNCTION objectset_contained_set_joinsel(internal, oid, internal, smallint, internal) IS
  'join selectivity of set <@ set';

CREATE OPERATOR @> (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_contains, COMMUTATOR = <@,
  RESTRICT = objectset_contains_set_sel, JOIN = objectset_contains_set_joinsel
);
CREATE OPERATOR <@ (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_contained, COMMUTATOR = @>,
  RESTRICT = objectset_contained_set_sel, JOIN = objectset_contained_set_joinsel
);
CREATE OPERATOR && (
  LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_overlap, COMMUTATOR = &&,
  RESTRICT = objectset_overlap_sel, JOIN = objectset_overlap_joinsel
);

COMMENT ON OPERATOR @> (objectset, objectset) IS 'contains every id of';
COMMENT ON OPERATOR <@ (objectset, objectset) IS 'every id is contained in';
COMMENT ON OPERATOR && (objectset, objectset) IS 'the sets share an id';

CREATE FUNCTION objectset_contains_sel(internal, oid, internal, integer) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained_sel(internal, oid, internal, integer) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contains_joinsel(internal, oid, internal, smallint, internal)
  RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained_joinsel(internal, oid, internal, smallint, internal)
  RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_contains_sel(internal, oid, internal, integer) IS
  'restriction selectivity of set @> id';
COMMENT ON FUNCTION objectset_contained_sel(internal, oid, internal, integer) IS
  'restriction selectivity of id <@ set';
COMMENT ON FUNCTION objectset_contains_joinsel(internal, oid, internal, smallint, internal) IS
  'join selectivity of set @> id';
COMMENT ON FUNCTION objectset_contained_joinsel(internal, oid, internal, smallint, internal) IS
  'join selectivity of id <@ set';

-- One pair of operators for each width of integer, so that columns of any need no cast, which an index on the
-- column would not see through.

CREATE FUNCTION objectset_contains(objectset, bigint) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_contains_int8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained(bigint, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_contained_int8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_contains(objectset, bigint) IS 'implementation of @> operator';
COMMENT ON FUNCTION objectset_contained(bigint, objectset) IS 'implementation of <@ operator';

CREATE OPERATOR @> (
  LEFTARG = objectset, RIGHTARG = bigint, FUNCTION = objectset_contains, COMMUTATOR = <@,
  RESTRICT = objectset_contains_sel, JOIN = objectset_contains_joinsel
);
CREATE OPERATOR <@ (
  LEFTARG = bigint, RIGHTARG = objectset, FUNCTION = objectset_contained, COMMUTATOR = @>,
  RESTRICT = objectset_contained_sel, JOIN = objectset_contained_joinsel
);

COMMENT ON OPERATOR @> (objectset, bigint) IS 'contains the id';
COMMENT ON OPERATOR <@ (bigint, objectset) IS 'is an id of';

CREATE FUNCTION objectset_contains(objectset, integer) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_contains_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained(integer, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_contained_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_contains(objectset, integer) IS 'implementation of @> operator';
COMMENT ON FUNCTION objectset_contained(integer, objectset) IS 'implementation of <@ operator';

CREATE OPERATOR @> (
  LEFTARG = objectset, RIGHTARG = integer, FUNCTION = objectset_contains, COMMUTATOR = <@,
  RESTRICT = objectset_contains_sel, JOIN = objectset_contains_joinsel
);
CREATE OPERATOR <@ (
  LEFTARG = integer, RIGHTARG = objectset, FUNCTION = objectset_contained, COMMUTATOR = @>,
  RESTRICT = objectset_contained_sel, JOIN = objectset_contained_joinsel
);

COMMENT ON OPERATOR @> (objectset, integer) IS 'contains the id';
COMMENT ON OPERATOR <@ (integer, objectset) IS 'is an id of';

CREATE FUNCTION objectset_contains(objectset, smallint) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_contains_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_contained(smallint, objectset) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_contained_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_contains(objectset, smallint) IS 'implementation of @> operator';
COMMENT ON FUNCTION objectset_contained(smallint, objectset) IS 'implementation of <@ operator';

CREATE OPERATOR @> (
  LEFTARG = objectset, RIGHTARG = smallint, FUNCTION = objectset_contains, COMMUTATOR = <@,
  RESTRICT = objectset_contains_sel, JOIN = objectset_contains_joinsel
);
CREATE OPERATOR <@ (
  LEFTARG = smallint, RIGHTARG = objectset, FUNCTION = objectset_contained, COMMUTATOR = @>,
  RESTRICT = objectset_contained_sel, JOIN = objectset_contained_joinsel
);

COMMENT ON OPERATOR @> (objectset, smallint) IS 'contains the id';
COMMENT ON OPERATOR <@ (smallint, objectset) IS 'is an id of';

-- ---- Size and order ----------------------------------------------------------------------------------------

CREATE FUNCTION cardinality(objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_cardinality' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_is_empty(objectset) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_min(objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_max(objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_rank(set objectset, id bigint) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_position(set objectset, id bigint) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION cardinality(objectset) IS 'number of ids; 0 for the empty set';
COMMENT ON FUNCTION objectset_is_empty(objectset) IS 'whether the set has no ids';
COMMENT ON FUNCTION objectset_min(objectset) IS 'smallest id; NULL for the empty set';
COMMENT ON FUNCTION objectset_max(objectset) IS 'largest id; NULL for the empty set';
COMMENT ON FUNCTION objectset_rank(objectset, bigint) IS
  'number of ids not greater than id: for a member n such that set[n] = id';
COMMENT ON FUNCTION objectset_position(objectset, bigint) IS 'n such that set[n] = id; NULL for an id that is not in the set';

-- ---- Parts -------------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_range(lo bigint, hi bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_slice(set objectset, skip bigint, max_rows bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_show(set objectset, n bigint DEFAULT 10) RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_between(set objectset, lo bigint, hi bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_count_between(set objectset, lo bigint, hi bigint) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_add_range(set objectset, lo bigint, hi bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_remove_range(set objectset, lo bigint, hi bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_flip_range(set objectset, lo bigint, hi bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_shift(set objectset, by bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_range(bigint, bigint) IS
  'all ids from lo up to, not including, hi; a NULL bound is none; error 54000 beyond some 3.7e12 ids';
COMMENT ON FUNCTION objectset_slice(objectset, bigint, bigint) IS
  'up to max_rows ids after skipping the skip smallest; NULL: all, and none skipped; errors 2201X, 2201W if skip, max_rows is negative';
COMMENT ON FUNCTION objectset_show(objectset, bigint) IS
  'for people to read: the n smallest ids, and how many there are besides, as in {1,2,3} and 999,997 more; error 2201W if n is negative';
COMMENT ON FUNCTION objectset_between(objectset, bigint, bigint) IS
  'the ids from lo up to, not including, hi; a NULL bound is none';
COMMENT ON FUNCTION objectset_count_between(objectset, bigint, bigint) IS
  'how many ids lie from lo up to, not including, hi; a NULL bound is none';
COMMENT ON FUNCTION objectset_add_range(objectset, bigint, bigint) IS
  'the set with all ids from lo up to, not including, hi added; a NULL bound is none; error 54000 if too large';
COMMENT ON FUNCTION objectset_remove_range(objectset, bigint, bigint) IS
  'the set without the ids from lo up to, not including, hi; a NULL bound is none';
COMMENT ON FUNCTION objectset_flip_range(objectset, bigint, bigint) IS
  'the set with the ids from lo up to, not including, hi exchanged for those it lacks there; error 54000 if too large';
COMMENT ON FUNCTION objectset_shift(objectset, bigint) IS
  'the set of all ids plus by; error 22003 if one would leave the range of bigint';

-- ---- Counts without building, likeness ---------------------------------------------------------------------

CREATE FUNCTION objectset_union_count(a objectset, b objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_intersect_count(a objectset, b objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_minus_count(set objectset, other objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_symdiff_count(a objectset, b objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_jaccard(a objectset, b objectset) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_cosine(a objectset, b objectset) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_overlap_coefficient(a objectset, b objectset) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_containment(part objectset, whole objectset) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_union_count(objectset, objectset) IS 'number of ids in either set';
COMMENT ON FUNCTION objectset_intersect_count(objectset, objectset) IS 'number of ids in both sets';
COMMENT ON FUNCTION objectset_minus_count(objectset, objectset) IS
  'number of ids of set that are not in other';
COMMENT ON FUNCTION objectset_symdiff_count(objectset, objectset) IS
  'number of ids in exactly one of the sets';
COMMENT ON FUNCTION objectset_jaccard(objectset, objectset) IS
  'shared ids over ids in either set, 0 to 1; 0 for two empty sets (Jaccard 1901)';
COMMENT ON FUNCTION objectset_cosine(objectset, objectset) IS
  'shared ids over the geometric mean of the sizes, 0 to 1; 0 if a set is empty (Ochiai 1957)';
COMMENT ON FUNCTION objectset_overlap_coefficient(objectset, objectset) IS
  'shared ids over the size of the smaller set, 0 to 1; 0 if a set is empty (Szymkiewicz 1934, Simpson 1943)';
COMMENT ON FUNCTION objectset_containment(objectset, objectset) IS
  'ids of part that whole holds over all ids of part, 0 to 1; 0 if part is empty';
