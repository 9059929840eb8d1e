-- Sets composed of other sets of their table (src/pg/saved/saved_expression.cpp, saved_stale.cpp).

CREATE FUNCTION objectset_expression_names(expression text) RETURNS text[]
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_evaluate(t regclass, expression text) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_saved_evaluate' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_define(t regclass, name text, expression text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_define' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_refresh_order(t regclass, OUT name text) RETURNS SETOF text
  AS 'MODULE_PATHNAME', 'objectset_saved_refresh_order' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_is_stale(t regclass, name text) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_saved_is_stale' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION stale(set record) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_saved_is_stale_row' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_stale(t regclass, OUT name text) RETURNS SETOF text
  AS 'MODULE_PATHNAME', 'objectset_saved_stale' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION objectset_expression_names(text) IS
  'the names of the sets in an expression, each once, in the order of first appearance; errors 42601, 54001 with the position';
COMMENT ON FUNCTION objectset_evaluate(regclass, text) IS
  'what an expression over the sets of the table gives now; error 42704 for a name that is not there, 42601, 54001';
COMMENT ON FUNCTION objectset_define(regclass, text, text) IS
  'makes or replaces a set composed of other sets of the table, and gives its number of members; corrections of a set that was there stay; errors 42704 for an unknown name, 42P17 for a cycle, 40001, 42601, 54001';
COMMENT ON FUNCTION objectset_refresh_order(regclass) IS
  'the names of all sets of the table, each after those that its expression names, else in the order of their making; those in a circle, or composed of such, last';
COMMENT ON FUNCTION objectset_is_stale(regclass, text) IS
  'whether a refresh would change a composed set, because its ingredients have changed or are gone; false for a set without expression; error 42704';
COMMENT ON FUNCTION stale(record) IS
  'the same for a row of a set table, to be written as its field: s.stale; error 42809 for other rows';
COMMENT ON FUNCTION objectset_stale(regclass) IS
  'the names of the stale sets of the table, ingredients first';
