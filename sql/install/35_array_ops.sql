-- Operators over a set and an array of ids.
--
-- An array is not cast to a set by itself: an implicit cast would make calls of the server's own functions and operators
-- for arrays ambiguous. Nor do the operators name bigint[]: that would be the better match for a bigint[] beside a
-- parameter without a type, and take it away from the operators that arrays have of their own (sql/untyped.sql).
--
-- The functions are inlined when a query is planned, so that all that the planner knows of two sets holds here. An array
-- of anything but ids is refused there, as it has no cast to a set.

-- ---- Algebra -----------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_union(objectset, anyarray) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT $1 OPERATOR(@extschema@.|) @extschema@.objectset($2) $$;
CREATE FUNCTION objectset_union(anyarray, objectset) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset($1) OPERATOR(@extschema@.|) $2 $$;
CREATE FUNCTION objectset_intersect(objectset, anyarray) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT $1 OPERATOR(@extschema@.&) @extschema@.objectset($2) $$;
CREATE FUNCTION objectset_intersect(anyarray, objectset) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset($1) OPERATOR(@extschema@.&) $2 $$;
CREATE FUNCTION objectset_symdiff(objectset, anyarray) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT $1 OPERATOR(@extschema@.#) @extschema@.objectset($2) $$;
CREATE FUNCTION objectset_symdiff(anyarray, objectset) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset($1) OPERATOR(@extschema@.#) $2 $$;
CREATE FUNCTION objectset_minus(objectset, anyarray) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT $1 OPERATOR(@extschema@.-) @extschema@.objectset($2) $$;
CREATE FUNCTION objectset_minus(anyarray, objectset) RETURNS objectset
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset($1) OPERATOR(@extschema@.-) $2 $$;

COMMENT ON FUNCTION objectset_union(objectset, anyarray) IS 'implementation of | operator';
COMMENT ON FUNCTION objectset_union(anyarray, objectset) IS 'implementation of | operator';
COMMENT ON FUNCTION objectset_intersect(objectset, anyarray) IS 'implementation of & operator';
COMMENT ON FUNCTION objectset_intersect(anyarray, objectset) IS 'implementation of & operator';
COMMENT ON FUNCTION objectset_symdiff(objectset, anyarray) IS 'implementation of # operator';
COMMENT ON FUNCTION objectset_symdiff(anyarray, objectset) IS 'implementation of # operator';
COMMENT ON FUNCTION objectset_minus(objectset, anyarray) IS 'implementation of - operator';
COMMENT ON FUNCTION objectset_minus(anyarray, objectset) IS 'implementation of - operator';

CREATE OPERATOR | (LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_union, COMMUTATOR = |);
CREATE OPERATOR | (LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_union, COMMUTATOR = |);
CREATE OPERATOR & (LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_intersect, COMMUTATOR = &);
CREATE OPERATOR & (LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_intersect, COMMUTATOR = &);
CREATE OPERATOR # (LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_symdiff, COMMUTATOR = #);
CREATE OPERATOR # (LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_symdiff, COMMUTATOR = #);
CREATE OPERATOR - (LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_minus);
CREATE OPERATOR - (LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_minus);

COMMENT ON OPERATOR | (objectset, anyarray) IS 'union: ids in the set or the array';
COMMENT ON OPERATOR | (anyarray, objectset) IS 'union: ids in the array or the set';
COMMENT ON OPERATOR & (objectset, anyarray) IS 'intersection: ids in both the set and the array';
COMMENT ON OPERATOR & (anyarray, objectset) IS 'intersection: ids in both the array and the set';
COMMENT ON OPERATOR # (objectset, anyarray) IS 'symmetric difference: ids in exactly one of the set and the array';
COMMENT ON OPERATOR # (anyarray, objectset) IS 'symmetric difference: ids in exactly one of the array and the set';
COMMENT ON OPERATOR - (objectset, anyarray) IS 'difference: ids in the set and not in the array';
COMMENT ON OPERATOR - (anyarray, objectset) IS 'difference: ids in the array and not in the set';

-- As of arrays, hstore and jsonb: without it a set beside a string would be made text. Not for a set and an id, since
-- that would be what a string beside a bigint is taken for.
CREATE OPERATOR || (LEFTARG = objectset, RIGHTARG = objectset, FUNCTION = objectset_union, COMMUTATOR = ||);
CREATE OPERATOR || (LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_union, COMMUTATOR = ||);
CREATE OPERATOR || (LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_union, COMMUTATOR = ||);

COMMENT ON OPERATOR || (objectset, objectset) IS 'union: the same as |';
COMMENT ON OPERATOR || (objectset, anyarray) IS 'union: the same as |';
COMMENT ON OPERATOR || (anyarray, objectset) IS 'union: the same as |';

-- ---- Tests -------------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_contains(objectset, anyarray) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT $1 OPERATOR(@extschema@.@>) @extschema@.objectset($2) $$;
CREATE FUNCTION objectset_contains(anyarray, objectset) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset($1) OPERATOR(@extschema@.@>) $2 $$;
CREATE FUNCTION objectset_contained(objectset, anyarray) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT $1 OPERATOR(@extschema@.<@) @extschema@.objectset($2) $$;
CREATE FUNCTION objectset_contained(anyarray, objectset) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset($1) OPERATOR(@extschema@.<@) $2 $$;
CREATE FUNCTION objectset_overlap(objectset, anyarray) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT $1 OPERATOR(@extschema@.&&) @extschema@.objectset($2) $$;
CREATE FUNCTION objectset_overlap(anyarray, objectset) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT @extschema@.objectset($1) OPERATOR(@extschema@.&&) $2 $$;

COMMENT ON FUNCTION objectset_contains(objectset, anyarray) IS 'implementation of @> operator';
COMMENT ON FUNCTION objectset_contains(anyarray, objectset) IS 'implementation of @> operator';
COMMENT ON FUNCTION objectset_contained(objectset, anyarray) IS 'implementation of <@ operator';
COMMENT ON FUNCTION objectset_contained(anyarray, objectset) IS 'implementation of <@ operator';
COMMENT ON FUNCTION objectset_overlap(objectset, anyarray) IS 'implementation of && operator';
COMMENT ON FUNCTION objectset_overlap(anyarray, objectset) IS 'implementation of && operator';

CREATE OPERATOR @> (
  LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_contains, COMMUTATOR = <@,
  RESTRICT = contsel, JOIN = contjoinsel
);
CREATE OPERATOR @> (
  LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_contains, COMMUTATOR = <@,
  RESTRICT = contsel, JOIN = contjoinsel
);
CREATE OPERATOR <@ (
  LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_contained, COMMUTATOR = @>,
  RESTRICT = contsel, JOIN = contjoinsel
);
CREATE OPERATOR <@ (
  LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_contained, COMMUTATOR = @>,
  RESTRICT = contsel, JOIN = contjoinsel
);
CREATE OPERATOR && (
  LEFTARG = objectset, RIGHTARG = anyarray, FUNCTION = objectset_overlap, COMMUTATOR = &&,
  RESTRICT = contsel, JOIN = contjoinsel
);
CREATE OPERATOR && (
  LEFTARG = anyarray, RIGHTARG = objectset, FUNCTION = objectset_overlap, COMMUTATOR = &&,
  RESTRICT = contsel, JOIN = contjoinsel
);

COMMENT ON OPERATOR @> (objectset, anyarray) IS 'the set contains every id of the array';
COMMENT ON OPERATOR @> (anyarray, objectset) IS 'the array contains every id of the set';
COMMENT ON OPERATOR <@ (objectset, anyarray) IS 'every id of the set is in the array';
COMMENT ON OPERATOR <@ (anyarray, objectset) IS 'every id of the array is in the set';
COMMENT ON OPERATOR && (objectset, anyarray) IS 'the set and the array share an id';
COMMENT ON OPERATOR && (anyarray, objectset) IS 'the array and the set share an id';
