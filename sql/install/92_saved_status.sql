-- How refreshes went (src/pg/saved/saved_status.cpp).

CREATE FUNCTION objectset_status(t regclass, OUT name text, OUT refreshed timestamptz, OUT took interval, OUT way text, OUT failures integer, OUT changed bigint, OUT last_error text) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_status' LANGUAGE C STABLE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_status(regclass) IS
  'the sets that have a query or an expression, by name: when the last refresh that succeeded began, how long it took, whether it was full or incremental; how many have failed since, and the last error; changed: how many ids have changed since, NULL where that is not tracked or not known';
