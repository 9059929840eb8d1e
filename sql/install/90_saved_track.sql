-- Tracking changes of tables (src/pg/saved/saved_track.cpp, change_log.cpp).

CREATE FUNCTION _objectset_note_changes() RETURNS trigger
  AS 'MODULE_PATHNAME', 'objectset_saved_note_changes' LANGUAGE C;
CREATE FUNCTION objectset_track(t regclass) RETURNS regclass
  AS 'MODULE_PATHNAME', 'objectset_saved_track' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_track(t regclass, tracked regclass, column_name name) RETURNS regclass
  AS 'MODULE_PATHNAME', 'objectset_saved_track' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_untrack(t regclass) RETURNS void
  AS 'MODULE_PATHNAME', 'objectset_saved_untrack' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_untrack(t regclass, tracked regclass) RETURNS void
  AS 'MODULE_PATHNAME', 'objectset_saved_untrack' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_refresh_plan(t regclass, name text, OUT way text, OUT reason text)
  AS 'MODULE_PATHNAME', 'objectset_saved_refresh_plan' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_verify(t regclass, name text, OUT way text, OUT missing bigint, OUT surplus bigint)
  AS 'MODULE_PATHNAME', 'objectset_saved_verify' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION _objectset_note_changes() IS
  'trigger on tracked tables: the ids of rows that were inserted, changed or deleted are noted in the change log that its condition names';
COMMENT ON FUNCTION objectset_track(regclass) IS
  'has changes of the target noted from now on, so that sets are refreshed for what has changed; makes the change log, a table beside the set table, where there is none, and triggers that are missing; gives the log; for the owner of the set table who may make triggers on the target';
COMMENT ON FUNCTION objectset_track(regclass, regclass, name) IS
  'the same, also for another table that queries join to the target by this column';
COMMENT ON FUNCTION objectset_untrack(regclass) IS
  'drops the change log with the triggers that write to it; error 42704 where nothing is tracked';
COMMENT ON FUNCTION objectset_untrack(regclass, regclass) IS
  'no longer tracks this table; error 42704';
COMMENT ON FUNCTION objectset_refresh_plan(regclass, text) IS
  'how a refresh of a set would run its query now, incremental or full, and why; changes nothing; errors 42704, 55000';
COMMENT ON FUNCTION objectset_verify(regclass, text) IS
  'what a refresh of a set would find now, held against what its query finds when all rows are asked: how many ids would be missing, and how many too many; changes nothing; errors 42704, 55000';
