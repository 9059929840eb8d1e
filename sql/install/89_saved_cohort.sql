-- Questions to several sets at once (src/pg/saved/saved_cohort.cpp).

CREATE FUNCTION objectset_exclusive(sets objectset[], OUT numbers integer[], OUT count bigint, OUT members objectset) RETURNS SETOF record
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
CREATE FUNCTION objectset_exclusive(t regclass, set_names text[], OUT names text[], OUT count bigint, OUT members objectset) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_exclusive' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100;
CREATE FUNCTION objectset_funnel(sets objectset[], OUT step integer, OUT count bigint, OUT of_previous float8, OUT of_first float8) RETURNS SETOF record
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
CREATE FUNCTION objectset_funnel(t regclass, set_names text[], OUT step integer, OUT name text, OUT count bigint, OUT of_previous float8, OUT of_first float8) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_funnel' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED ROWS 10;
CREATE FUNCTION objectset_overlaps(t regclass, threshold float8, k bigint DEFAULT NULL, OUT a text, OUT b text, OUT count_a bigint, OUT count_b bigint, OUT in_both bigint, OUT jaccard float8) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_similar_pairs' LANGUAGE C STABLE PARALLEL RESTRICTED;

COMMENT ON FUNCTION objectset_exclusive(objectset[]) IS
  'for each combination of the sets, by their numbers from 1, that has any: the ids that are in exactly these sets; most ids first; errors 22004, 54000 for more than 32 sets';
COMMENT ON FUNCTION objectset_exclusive(regclass, text[]) IS
  'the same of sets of a table, by their names; NULL for names: of all its sets; errors 42704, 22004, 22023 for a name given twice, 54000 for more than 32 sets';
COMMENT ON FUNCTION objectset_funnel(objectset[]) IS
  'for each set how many ids are in it and in all before it, and their share of those one step before and of the first set (0 of none); error 22004';
COMMENT ON FUNCTION objectset_funnel(regclass, text[]) IS
  'the same of sets of a table, by their names; errors 42704, 22004, 22023 for a name given twice';
COMMENT ON FUNCTION objectset_overlaps(regclass, double precision, bigint) IS
  'the k pairs of sets of the table with the highest Jaccard index, from threshold on; NULL: no threshold, all pairs, which k is by default; errors 22023 for a threshold that is not from 0 to 1, 2201W';
