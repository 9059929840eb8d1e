-- What the planner asks of functions (src/pg/objectset_supportfn.cpp).

CREATE FUNCTION objectset_elements_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_cardinality_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_is_empty_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION objectset_inplace_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION objectset_contains_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION objectset_test_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_elements_support(internal) IS
  'planner support: the number of rows, where the set is known at planning time';
COMMENT ON FUNCTION objectset_cardinality_support(internal) IS
  'planner support: cardinality(a & b) is objectset_intersect_count(a, b), and so on for |, - and #';
COMMENT ON FUNCTION objectset_is_empty_support(internal) IS
  'planner support: objectset_is_empty(a & b) is NOT a && b, of a - b it is a <@ b, of a # b it is a = b';
COMMENT ON FUNCTION objectset_contains_support(internal) IS
  'planner support: id <@ set is id = ANY (array) for a known set of up to 100 ids; what testing the sets of a column costs';
COMMENT ON FUNCTION objectset_test_support(internal) IS
  'planner support: what testing the sets of a column costs, where they are stored apart from their rows';
COMMENT ON FUNCTION objectset_inplace_support(internal) IS
  'PL/pgSQL support: s := s | id changes the variable in place (PostgreSQL 18 and later)';

ALTER FUNCTION unnest(objectset) SUPPORT objectset_elements_support;
ALTER FUNCTION objectset_elements(objectset, bigint, bigint, boolean) SUPPORT objectset_elements_support;
ALTER FUNCTION cardinality(objectset) SUPPORT objectset_cardinality_support;
ALTER FUNCTION objectset_is_empty(objectset) SUPPORT objectset_is_empty_support;
ALTER FUNCTION objectset_contains(objectset, objectset) SUPPORT objectset_test_support;
ALTER FUNCTION objectset_contained(objectset, objectset) SUPPORT objectset_test_support;
ALTER FUNCTION objectset_overlap(objectset, objectset) SUPPORT objectset_test_support;
ALTER FUNCTION objectset_union(objectset, objectset) SUPPORT objectset_inplace_support;
ALTER FUNCTION objectset_intersect(objectset, objectset) SUPPORT objectset_inplace_support;
ALTER FUNCTION objectset_symdiff(objectset, objectset) SUPPORT objectset_inplace_support;
ALTER FUNCTION objectset_minus(objectset, objectset) SUPPORT objectset_inplace_support;
ALTER FUNCTION objectset_union(objectset, bigint) SUPPORT objectset_inplace_support;
ALTER FUNCTION objectset_minus(objectset, bigint) SUPPORT objectset_inplace_support;

-- Leakproof: whether they fail depends on the set alone, never on the id that is looked for. So a filter by a set may
-- use an index before the conditions of row-level security and of security barriers are looked at, as = ANY may. What they cost as filters is some ten comparisons of numbers.
ALTER FUNCTION objectset_contains(objectset, bigint) SUPPORT objectset_contains_support LEAKPROOF COST 10;
ALTER FUNCTION objectset_contained(bigint, objectset) SUPPORT objectset_contains_support LEAKPROOF COST 10;
ALTER FUNCTION objectset_contains(objectset, integer) SUPPORT objectset_contains_support LEAKPROOF COST 10;
ALTER FUNCTION objectset_contained(integer, objectset) SUPPORT objectset_contains_support LEAKPROOF COST 10;
ALTER FUNCTION objectset_contains(objectset, smallint) SUPPORT objectset_contains_support LEAKPROOF COST 10;
ALTER FUNCTION objectset_contained(smallint, objectset) SUPPORT objectset_contains_support LEAKPROOF COST 10;
