-- Saved sets as they were (src/pg/saved/saved_time.cpp); a copy that stays as it is (saved_change.cpp).

CREATE FUNCTION objectset_members_at(t regclass, name text, at timestamptz) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_saved_members_at' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_diff(t regclass, name text, since timestamptz, until timestamptz, OUT entered bigint, OUT departed bigint, OUT entered_ids objectset, OUT departed_ids objectset)
  AS 'MODULE_PATHNAME', 'objectset_saved_diff' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_restore(t regclass, name text, at timestamptz) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_restore' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_trim_history(t regclass, before timestamptz) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_trim_history' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_freeze(t regclass, name text, new_name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_freeze' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_members_at(regclass, text, timestamptz) IS
  'the members of a saved set at a time, from its history: empty where it was not there; of a set that was dropped, too; errors 42704, 55000 where there is no history or where it does not reach back so far';
COMMENT ON FUNCTION objectset_diff(regclass, text, timestamptz, timestamptz) IS
  'what became of a saved set since one time until another, from its history: how many entered and departed, and who; not who came and went in between; errors 42704, 55000';
COMMENT ON FUNCTION objectset_restore(regclass, text, timestamptz) IS
  'makes the members of a saved set what they were at a time, as objectset_replace does; a set that was dropped comes back as one without a query; the number of members; errors 42704, 55000';
COMMENT ON FUNCTION objectset_trim_history(regclass, timestamptz) IS
  'takes all changes up to a time out of the history of a set table, and keeps for each set what it was then: how many lines went; errors 42501, 55000';
COMMENT ON FUNCTION objectset_freeze(regclass, text, text) IS
  'copies a saved set under another name as one that has its members alone, so that no refresh touches it: how many; errors 42704, 23505';
