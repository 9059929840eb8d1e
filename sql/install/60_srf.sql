-- Sets as rows (src/pg/objectset_srf.cpp). How many is told by 65_supportfn.sql.

CREATE FUNCTION unnest(objectset) RETURNS SETOF bigint
  AS 'MODULE_PATHNAME', 'objectset_unnest' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1000;
CREATE FUNCTION objectset_elements(
  set objectset,
  after bigint DEFAULT NULL,
  max_rows bigint DEFAULT NULL,
  descending boolean DEFAULT false
) RETURNS SETOF bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 1000;

COMMENT ON FUNCTION unnest(objectset) IS 'the ids as rows, ascending; none for the empty set and for NULL';
COMMENT ON FUNCTION objectset_elements(objectset, bigint, bigint, boolean) IS
  'a page of the ids: up to max_rows of those beyond after, in the direction; NULL: no bound; error 2201W if max_rows is negative';
