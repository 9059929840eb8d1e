-- Rows of the target that are gone leave the sets (src/pg/saved/saved_prune.cpp).

CREATE FUNCTION objectset_prune(t regclass) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
CREATE FUNCTION objectset_prune(t regclass, name text) RETURNS bigint
  AS 'MODULE_PATHNAME', 'objectset_prune_one' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
CREATE FUNCTION objectset_target_changed() RETURNS trigger
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_follow_deletes(t regclass, follow boolean DEFAULT true) RETURNS void
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_prune(regclass) IS
  'takes the ids that the target does not have out of all sets of the table, corrections included, and gives how many members that were; error 42501 where a row security policy hides rows of the target';
COMMENT ON FUNCTION objectset_prune(regclass, text) IS
  'the same for one set; error 42704';
COMMENT ON FUNCTION objectset_target_changed() IS
  'trigger on a target: the ids of deleted rows leave the sets of the set table that its condition names';
COMMENT ON FUNCTION objectset_follow_deletes(regclass, boolean) IS
  'makes the sets of the table follow DELETE and TRUNCATE of the target, by two triggers on it; false: drops them';
