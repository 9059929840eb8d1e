-- Saving and refreshing sets (src/pg/saved/saved_query.cpp has what runs the queries, and as whom).

-- ---- Saving -----------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_save(t regclass, name text, query text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_save' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_save(t regclass, name text, query text, VARIADIC parameters "any") RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_save' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_save(t regclass, name text, query text, VARIADIC parameters text[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_save' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_save(t regclass, name text, members objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_save_members' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_save(t regclass, name text, members anyarray) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_save_members' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_save(regclass, text, text) IS
  'saves what a query finds, under a name, with the query: the count. An existing set gets this query in place of its own, and keeps its corrections. A text that is the literal of a set is saved as that';
COMMENT ON FUNCTION objectset_save(regclass, text, text, "any") IS
  'saves what a query finds, under a name, with the query: the count. An existing set gets this query in place of its own, and keeps its corrections; with the values of its parameters $1, $2 and so on';
COMMENT ON FUNCTION objectset_save(regclass, text, text, text[]) IS
  'the same with the values as text, read as the types that the query gives its parameters';
COMMENT ON FUNCTION objectset_save(regclass, text, objectset) IS
  'saves a set under a name, in place of the one that has it: the count';
COMMENT ON FUNCTION objectset_save(regclass, text, anyarray) IS
  'saves the ids of an array of any integer type under a name, in place of the set that has it: the count';

-- ---- Refreshing -------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_refresh(t regclass, name text, OUT entered bigint, OUT departed bigint)
  AS 'MODULE_PATHNAME', 'objectset_saved_refresh' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_refresh(t regclass, OUT name text, OUT entered bigint, OUT departed bigint) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_refresh_table' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE PROCEDURE objectset_refresh_all(t regclass)
  AS 'MODULE_PATHNAME', 'objectset_saved_refresh_all' LANGUAGE C;
CREATE FUNCTION objectset_trust(t regclass, name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_trust' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_trust(t regclass) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_trust' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_refresh(regclass, text) IS
  'runs the query or the expression of a saved set again: how many ids entered and departed. If that fails the set stays, last_error has the error, and both are NULL';
COMMENT ON FUNCTION objectset_refresh(regclass) IS
  'refreshes all saved sets that have a query or an expression, those that others are composed of first, in one transaction, which holds a lock on each to its end: for each, how many ids entered and departed, or NULL where it failed';
COMMENT ON PROCEDURE objectset_refresh_all(regclass) IS
  'the same in a transaction for each set';
COMMENT ON FUNCTION objectset_trust(regclass, text) IS
  'vouches for the query or expression of a set as it stands, after a restore: 1 where that was needed; error 42501 for one of a role that one could not act as, 55000 where its row does not keep the seal';
COMMENT ON FUNCTION objectset_trust(regclass) IS
  'the same for all sets of the table whose queries and expressions are of roles that one could act as: how many';
