-- Questions to a whole set table (src/pg/saved/saved_analysis.cpp).

CREATE FUNCTION objectset_containing(t regclass, id bigint, OUT name text) RETURNS SETOF text
  AS 'MODULE_PATHNAME', 'objectset_saved_containing' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_overlaps(t regclass, OUT a text, OUT b text, OUT count_a bigint, OUT count_b bigint, OUT in_both bigint, OUT jaccard float8) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_overlaps' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_similar(t regclass, name text, k bigint DEFAULT 10, OUT similar_name text, OUT count bigint, OUT in_both bigint, OUT jaccard float8) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_similar' LANGUAGE C STABLE PARALLEL RESTRICTED;
CREATE FUNCTION objectset_facets(t regclass, name text, column_name name, k bigint DEFAULT NULL, OUT value text, OUT count bigint) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_facets' LANGUAGE C STABLE PARALLEL RESTRICTED;
CREATE FUNCTION objectset_facets_by(t regclass, name text, columns name[], steps text[] DEFAULT NULL, k bigint DEFAULT NULL, OUT column_name text, OUT step text, OUT value text, OUT count bigint) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_facets_by' LANGUAGE C STABLE PARALLEL RESTRICTED;

COMMENT ON FUNCTION objectset_containing(regclass, bigint) IS
  'the names of the sets of the table that the id is a member of, in order';
COMMENT ON FUNCTION objectset_overlaps(regclass) IS
  'for each pair of sets of the table, by name: the members of either, the members of both, and their Jaccard index (0 for two empty sets)';
COMMENT ON FUNCTION objectset_similar(regclass, text, bigint) IS
  'the k sets of the table most like one of them by Jaccard index, then by name; NULL for k: all; errors 42704, 2201W';
COMMENT ON FUNCTION objectset_facets(regclass, text, name, bigint) IS
  'how many rows of the target that are members of the set have each value of a column: most first, then by value; k rows, NULL for k: all; errors 42704, 42703, 42883, 2201W';
COMMENT ON FUNCTION objectset_facets_by(regclass, text, name[], text[], bigint) IS
  'the same for up to 31 columns in one pass; steps round values down before they are counted: to a unit of date_trunc for dates and times, to a multiple of a width for numbers, NULL for none; k rows for each column; errors 42704, 42703, 42883, 42804, 22P02, 22023, 2202E, 22004, 54000, 2201W';
