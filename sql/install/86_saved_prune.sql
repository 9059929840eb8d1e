-- Rows of the target that go or get other ids (src/pg/saved/saved_prune.cpp).

CREATE FUNCTION objectset_prune(t regclass) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_prune' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_prune(t regclass, name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_prune' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_erase(target regclass, ids objectset) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_erase' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_erase(target regclass, VARIADIC ids bigint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_erase' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_erase(target regclass, ids integer[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_erase' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_erase(target regclass, ids smallint[]) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_erase' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_erase(target regclass, ids anyarray) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_erase' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_erase(target regclass, ids text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_saved_erase' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION _objectset_target_changed() RETURNS trigger
  AS 'MODULE_PATHNAME', 'objectset_saved_target_changed' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_follow_deletes(t regclass, follow boolean DEFAULT true) RETURNS void
  AS 'MODULE_PATHNAME', 'objectset_saved_follow' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_prune(regclass) IS
  'takes the ids that the target does not have out of all sets of the table, corrections included, and gives how many members that were; error 42501 where a row security policy hides rows of the target';
COMMENT ON FUNCTION objectset_prune(regclass, text) IS
  'the same for one set; error 42704';
COMMENT ON FUNCTION objectset_erase(regclass, objectset) IS
  'takes ids out of all sets of all set tables of a table, out of corrections and histories too, and gives how many members that were: all or nothing, but for set tables whose owner may read nothing of the table, which are passed over with a warning; error 42501 without the right to change one of those tables, or where row-level security hides sets, 09000 where a trigger puts ids back, 55000 where others'' tables are to be changed in a session that has had temporary objects';
COMMENT ON FUNCTION objectset_erase(regclass, bigint[]) IS
  'the same with ids one by one, or an array';
COMMENT ON FUNCTION objectset_erase(regclass, integer[]) IS
  'the same with an array';
COMMENT ON FUNCTION objectset_erase(regclass, smallint[]) IS
  'the same with an array';
COMMENT ON FUNCTION objectset_erase(regclass, anyarray) IS
  'the same with an array of any integer type';
COMMENT ON FUNCTION objectset_erase(regclass, text) IS
  'the same with what comes without a type: an id or the literal of a set';
COMMENT ON FUNCTION _objectset_target_changed() IS
  'trigger on a target: the sets of the set table that its condition names follow what became of its rows';
COMMENT ON FUNCTION objectset_follow_deletes(regclass, boolean) IS
  'makes the sets of the table follow DELETE and TRUNCATE of the target and changes of its key, by triggers on it and a constraint of the set table; false: drops them; error 0A000 where the key is not unique, or where the target is a foreign table or has foreign parts, or children, or is a partition or child itself';
