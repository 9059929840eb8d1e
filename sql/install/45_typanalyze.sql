-- Statistics on columns of sets (src/pg/objectset_typanalyze.cpp).

CREATE FUNCTION objectset_typanalyze(internal) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_typanalyze(internal) IS
  'ANALYZE of sets: sizes, least and greatest ids, and common ids of small sets';

ALTER TYPE objectset SET (ANALYZE = objectset_typanalyze);
