-- Changes of saved sets (src/pg/saved/saved_change.cpp).
--
-- All functions take the set table and the name of the set first. Each locks the set's row before it reads it.

-- ---- Ids in and out ---------------------------------------------------------------------------------------

CREATE FUNCTION objectset_add(t regclass, name text, ids objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_add' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_add(t regclass, name text, VARIADIC ids bigint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_add' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_add(t regclass, name text, ids integer[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_add' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_add(t regclass, name text, ids smallint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_add' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_add(t regclass, name text, ids anyarray) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_add' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_add(t regclass, name text, ids text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_add' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_remove(t regclass, name text, ids objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_remove(t regclass, name text, VARIADIC ids bigint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_remove(t regclass, name text, ids integer[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_remove(t regclass, name text, ids smallint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_remove(t regclass, name text, ids anyarray) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_remove(t regclass, name text, ids text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_forget(t regclass, name text, ids objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_forget' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_forget(t regclass, name text, VARIADIC ids bigint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_forget' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_forget(t regclass, name text, ids integer[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_forget' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_forget(t regclass, name text, ids smallint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_forget' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_forget(t regclass, name text, ids anyarray) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_forget' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_forget(t regclass, name text, ids text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_forget' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_add(regclass, text, objectset) IS
  'adds ids to a saved set, those that were removed too: how many entered';
COMMENT ON FUNCTION objectset_add(regclass, text, bigint[]) IS
  'adds ids to a saved set, those that were removed too: how many entered';
COMMENT ON FUNCTION objectset_add(regclass, text, integer[]) IS
  'adds ids to a saved set, those that were removed too: how many entered';
COMMENT ON FUNCTION objectset_add(regclass, text, smallint[]) IS
  'adds ids to a saved set, those that were removed too: how many entered';
COMMENT ON FUNCTION objectset_add(regclass, text, anyarray) IS
  'adds ids to a saved set, those that were removed too: how many entered; for arrays of any integer type';
COMMENT ON FUNCTION objectset_add(regclass, text, text) IS
  'adds ids to a saved set, those that were removed too: how many entered; for what comes without a type: an id or the literal of a set';
COMMENT ON FUNCTION objectset_remove(regclass, text, objectset) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many departed';
COMMENT ON FUNCTION objectset_remove(regclass, text, bigint[]) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many departed';
COMMENT ON FUNCTION objectset_remove(regclass, text, integer[]) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many departed';
COMMENT ON FUNCTION objectset_remove(regclass, text, smallint[]) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many departed';
COMMENT ON FUNCTION objectset_remove(regclass, text, anyarray) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many departed; for arrays of any integer type';
COMMENT ON FUNCTION objectset_remove(regclass, text, text) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many departed; for what comes without a type: an id or the literal of a set';
COMMENT ON FUNCTION objectset_forget(regclass, text, objectset) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many departed';
COMMENT ON FUNCTION objectset_forget(regclass, text, bigint[]) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many departed';
COMMENT ON FUNCTION objectset_forget(regclass, text, integer[]) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many departed';
COMMENT ON FUNCTION objectset_forget(regclass, text, smallint[]) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many departed';
COMMENT ON FUNCTION objectset_forget(regclass, text, anyarray) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many departed; for arrays of any integer type';
COMMENT ON FUNCTION objectset_forget(regclass, text, text) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many departed; for what comes without a type: an id or the literal of a set';

-- ---- The whole set ----------------------------------------------------------------------------------------

CREATE FUNCTION objectset_replace(t regclass, name text, members objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_replace' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_replace(t regclass, name text, members anyarray) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_replace' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_replace(t regclass, name text, members text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_replace' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_clear(t regclass, name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_clear' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_purge(t regclass, name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_purge' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_apply(t regclass, name text, op text, other objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_apply' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_apply(t regclass, name text, op text, other anyarray) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_apply' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_apply(t regclass, name text, op text, other text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_apply' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_apply(t regclass, name text, op text, other_t regclass, other_name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_apply_saved' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_replace(regclass, text, objectset) IS
  'puts other members in place of those of a saved set, in one with a query as corrections: the new count';
COMMENT ON FUNCTION objectset_replace(regclass, text, anyarray) IS
  'the same with an array of any integer type';
COMMENT ON FUNCTION objectset_replace(regclass, text, text) IS
  'the same with what comes without a type: an id or the literal of a set';
COMMENT ON FUNCTION objectset_clear(regclass, text) IS
  'takes all ids out of a saved set, and keeps out those that a query has found so far: the count that it had';
COMMENT ON FUNCTION objectset_purge(regclass, text) IS
  'forgets which ids were removed by hand from a saved set, so that those that its query found enter: how many were forgotten; 0 for a set without query and expression';
COMMENT ON FUNCTION objectset_apply(regclass, text, text, objectset) IS
  'combines a saved set in place with another set, by |, &, #, ^ or -: the new count. Of a set with a query these are corrections, as by objectset_add and objectset_remove';
COMMENT ON FUNCTION objectset_apply(regclass, text, text, anyarray) IS
  'the same with an array of any integer type';
COMMENT ON FUNCTION objectset_apply(regclass, text, text, text) IS
  'the same with what comes without a type: an id or the literal of a set';
COMMENT ON FUNCTION objectset_apply(regclass, text, text, regclass, text) IS
  'combines a saved set in place with another saved set of the same target: the new count; error 42804 for one of another target';

-- ---- Names ------------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_drop(t regclass, name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_drop' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_rename(t regclass, name text, new_name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_rename' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_copy(t regclass, name text, new_name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_copy' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_drop(regclass, text) IS
  'drops a saved set: the count that it had';
COMMENT ON FUNCTION objectset_rename(regclass, text, text) IS
  'renames a saved set: its count; error 23505 where the name is taken. Expressions that name it are not changed';
COMMENT ON FUNCTION objectset_copy(regclass, text, text) IS
  'copies a saved set with its query, which stays its saver''s, its corrections and the columns of the user under another name: its count; errors 23505 where the name is taken, 42501 for the query of a role that the caller cannot act as';

-- ---- Ids of merged records --------------------------------------------------------------------------------

CREATE FUNCTION objectset_rekey(t regclass, old_id bigint, new_id bigint) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_rekey' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_rekey(t regclass, old_ids text, new_ids text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_rekey' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_rekey(t regclass, old_ids bigint[], new_ids bigint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_rekey' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_rekey(regclass, bigint, bigint) IS
  'puts one id in place of another in all sets of the table, as for records that were merged: how many members the old one was';
COMMENT ON FUNCTION objectset_rekey(regclass, text, text) IS
  'the same for what comes without a type: ids, or arrays of them';
COMMENT ON FUNCTION objectset_rekey(regclass, bigint[], bigint[]) IS
  'the same for many ids at once';
