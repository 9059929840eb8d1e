-- Set tables: making them, and what is to be known of them (src/pg/saved/saved_table.cpp).
--
-- A set table is the user's. What is to be known of it is in its definition, in constraints that are always true:
-- objectset_target has the target and its key; objectset_settings custom settings that queries are saved with;
-- objectset_follow that changes of the target are followed.

CREATE FUNCTION _objectset_set_changed() RETURNS trigger
  AS 'MODULE_PATHNAME', 'objectset_saved_changed' LANGUAGE C;
CREATE FUNCTION objectset_create_table(t text, target regclass, key name DEFAULT NULL, triggers boolean DEFAULT true,
                                       history boolean DEFAULT false, scope name[] DEFAULT NULL,
                                       settings text[] DEFAULT NULL, index boolean DEFAULT false)
  RETURNS regclass AS 'MODULE_PATHNAME', 'objectset_saved_create_table' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_index(t regclass, keys bigint DEFAULT 16384) RETURNS regclass
  AS 'MODULE_PATHNAME', 'objectset_saved_index' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_target(t regclass, OUT target regclass, OUT key name, OUT key_type regtype)
  AS 'MODULE_PATHNAME', 'objectset_saved_target' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_set_key(t regclass, key name) RETURNS void
  AS 'MODULE_PATHNAME', 'objectset_saved_set_key' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_set_target(t regclass, target regclass, key name DEFAULT NULL) RETURNS void
  AS 'MODULE_PATHNAME', 'objectset_saved_set_target' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_keep_settings(t regclass, settings text[]) RETURNS void
  AS 'MODULE_PATHNAME', 'objectset_saved_keep_settings' LANGUAGE C VOLATILE PARALLEL UNSAFE;
CREATE FUNCTION objectset_list(t regclass, OUT name text, OUT count bigint, OUT bytes bigint, OUT query text, OUT parameters text[], OUT expression text, OUT created timestamptz, OUT modified timestamptz, OUT refreshed timestamptz, OUT stale boolean, OUT saved_by regrole, OUT last_error text) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_list' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION objectset_tables(OUT set_table regclass, OUT target regclass, OUT key name, OUT sets bigint, OUT bytes bigint, OUT problem text) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'objectset_saved_tables' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION _objectset_set_changed() IS
  'trigger of set tables: queries and expressions are sealed for whoever wrote them, modified moves with the members and with nothing else, edits of a plain set are folded when it gets a query';
COMMENT ON FUNCTION objectset_create_table(text, regclass, name, boolean, boolean, name[], text[], boolean) IS
  'makes a set table, an ordinary table for saved sets of the target''s rows; key names the column with their ids, if not the primary key; triggers => false leaves out the trigger, history => true keeps who entered and left; scope names columns of the target that make names unique; settings names custom settings that queries are saved with; index => true makes the index of objectset_index';
COMMENT ON FUNCTION objectset_index(regclass, bigint) IS
  'makes an index for finding the sets that hold an id, or finds the one that there is; keys: under how many keys a set is indexed at the most, 256 to 10000000; for the owner of the set table';
COMMENT ON FUNCTION objectset_target(regclass) IS
  'the table whose rows the sets of a set table hold, its key, and the type of that; errors 42809 for other tables, 55000 where the key is not what it was';
COMMENT ON FUNCTION objectset_set_key(regclass, name) IS
  'says which column of its target has the ids of a set table; for its owner';
COMMENT ON FUNCTION objectset_set_target(regclass, regclass, name) IS
  'says what table the sets of a set table are of, where that was made anew under another identity, and which column, by default the primary key, has the ids; for its owner; errors 22004, 22023, 42703, 0A000, 42P16';
COMMENT ON FUNCTION objectset_keep_settings(regclass, text[]) IS
  'names the custom settings that queries are saved with from now on in a set table; NULL: none; for its owner';
COMMENT ON FUNCTION objectset_list(regclass) IS
  'the sets of a set table, without their members, by name; bytes: of their columns of sets; stale: whether a refresh of a composed set would make a difference';
COMMENT ON FUNCTION objectset_tables() IS
  'the set tables of the database: how many sets (NULL where not all may be read), bytes on disk with indexes, and what keeps a table from being used';
