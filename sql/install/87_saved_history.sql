-- Who entered a saved set and who left it (src/pg/saved/saved_history.cpp).

CREATE FUNCTION _objectset_noted() RETURNS trigger
  AS 'MODULE_PATHNAME', 'objectset_saved_noted' LANGUAGE C;
CREATE FUNCTION objectset_create_history(t regclass) RETURNS regclass
  AS 'MODULE_PATHNAME', 'objectset_saved_create_history' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_history(t regclass, name text, OUT at timestamptz, OUT by name, OUT entered bigint, OUT departed bigint, OUT entered_ids objectset, OUT departed_ids objectset) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_history' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION _objectset_noted() IS
  'trigger of set tables with a history: who entered and who left is noted in the table that its condition names';
COMMENT ON FUNCTION objectset_create_history(regclass) IS
  'makes the table that keeps the changes of the sets of a set table, beside it and called after it; error 42P07 where there is one';
COMMENT ON FUNCTION objectset_history(regclass, text) IS
  'the changes of a set, oldest first: when, by which role, how many entered and departed, and who; of a set that was dropped, too; errors 42704, 55000 where there is no history';
