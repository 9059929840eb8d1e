-- Who entered a saved set and who left it (src/pg/saved/saved_history.cpp).

CREATE FUNCTION objectset_create_history(t regclass) RETURNS regclass
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
CREATE FUNCTION objectset_note_change(t regclass, set_id bigint, entered objectset, "left" objectset) RETURNS void
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
CREATE FUNCTION objectset_history(
  t regclass,
  name text,
  OUT at timestamptz,
  OUT by name,
  OUT entered bigint,
  OUT "left" bigint,
  OUT entered_ids objectset,
  OUT left_ids objectset
) RETURNS SETOF record
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION objectset_create_history(regclass) IS
  'makes the table that keeps the changes of the sets of a set table, beside it and called after it; error 42P07 where there is one';
COMMENT ON FUNCTION objectset_note_change(regclass, bigint, objectset, objectset) IS
  'keeps a change of the members of the set with that id, where the set table has a history; nothing where nobody entered or left';
COMMENT ON FUNCTION objectset_history(regclass, text) IS
  'the changes of a set, oldest first: when, by which role, how many entered and left, and who; errors 42704, 55000 where there is no history';
