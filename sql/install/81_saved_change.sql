-- Changes of saved sets (src/pg/saved/saved_change.cpp).
--
-- All functions take the set table and the name of the set first. Each locks the set's row before it reads it.

CREATE FUNCTION objectset_set_change(t regclass, name text, change text, ids objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
CREATE FUNCTION objectset_set_refreshed(t regclass, name text, members objectset, started timestamptz,
                                        OUT entered bigint, OUT "left" bigint)
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION objectset_set_change(regclass, text, text, objectset) IS
  'makes a change of a saved set, by its name: add, remove, forget, replace, clear, purge, |, &, # or -';
COMMENT ON FUNCTION objectset_set_refreshed(regclass, text, objectset, timestamptz) IS
  'puts a new result in place of a saved set''s base, keeping its corrections: how many ids entered and left';

-- ---- Ids in and out -------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_add(t regclass, name text, ids objectset) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'add'::pg_catalog.text, ids) $$;
CREATE FUNCTION objectset_remove(t regclass, name text, ids objectset) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'remove'::pg_catalog.text, ids) $$;
CREATE FUNCTION objectset_forget(t regclass, name text, ids objectset) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'forget'::pg_catalog.text, ids) $$;
CREATE FUNCTION objectset_add(t regclass, name text, VARIADIC ids bigint[]) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'add'::pg_catalog.text, @extschema@.objectset(ids)) $$;
CREATE FUNCTION objectset_remove(t regclass, name text, VARIADIC ids bigint[]) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'remove'::pg_catalog.text, @extschema@.objectset(ids)) $$;
CREATE FUNCTION objectset_forget(t regclass, name text, VARIADIC ids bigint[]) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'forget'::pg_catalog.text, @extschema@.objectset(ids)) $$;

COMMENT ON FUNCTION objectset_add(regclass, text, objectset) IS
  'adds ids to a saved set, those that were removed too: how many entered';
COMMENT ON FUNCTION objectset_add(regclass, text, bigint[]) IS
  'adds ids to a saved set, those that were removed too: how many entered';
COMMENT ON FUNCTION objectset_remove(regclass, text, objectset) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many left';
COMMENT ON FUNCTION objectset_remove(regclass, text, bigint[]) IS
  'takes ids out of a saved set, and keeps them out when it is refreshed: how many left';
COMMENT ON FUNCTION objectset_forget(regclass, text, objectset) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many left';
COMMENT ON FUNCTION objectset_forget(regclass, text, bigint[]) IS
  'takes ids out of a saved set, and its corrections of them: they enter again if a refresh finds them; how many left';

-- ---- The whole set --------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_replace(t regclass, name text, members objectset) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'replace'::pg_catalog.text, members) $$;
CREATE FUNCTION objectset_clear(t regclass, name text) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'clear'::pg_catalog.text, '{}'::@extschema@.objectset) $$;
CREATE FUNCTION objectset_purge(t regclass, name text) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_change(t, name, 'purge'::pg_catalog.text, '{}'::@extschema@.objectset) $$;

COMMENT ON FUNCTION objectset_replace(regclass, text, objectset) IS
  'puts other members in place of those of a saved set, without corrections: the new count';
COMMENT ON FUNCTION objectset_clear(regclass, text) IS
  'takes all ids out of a saved set; ids that were removed by hand stay remembered: the count that it had';
COMMENT ON FUNCTION objectset_purge(regclass, text) IS
  'forgets which ids were removed by hand from a saved set, so that those that its query found enter: how many were forgotten';

CREATE FUNCTION objectset_apply(t regclass, name text, op text, other objectset) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF op NOT IN ('|', '&', '#', '-') THEN
    RAISE EXCEPTION '"%" is not an operator on object sets', op
      USING ERRCODE = 'invalid_parameter_value', HINT = 'The operators are |, &, # and -.';
  END IF;
  RETURN @extschema@.objectset_set_change(t, name, op, other);
END $$;

CREATE FUNCTION objectset_apply(t regclass, name text, op text, other_t regclass, other_name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ours record := @extschema@.objectset_target(t);
  theirs record := @extschema@.objectset_target(other_t);
BEGIN
  IF ours.target <> theirs.target OR ours.key <> theirs.key THEN
    RAISE EXCEPTION 'object sets of % cannot be combined with object sets of %', ours.target, theirs.target
      USING ERRCODE = 'datatype_mismatch',
        DETAIL = format('"%s" in %s holds %s of %s, "%s" in %s holds %s of %s.', name, t, ours.key, ours.target,
                        other_name, other_t, theirs.key, theirs.target);
  END IF;
  -- Both rows in one order, whoever asks.
  IF t = other_t THEN
    EXECUTE format('SELECT FROM ONLY %s WHERE name = ANY (ARRAY[$1, $2]) ORDER BY id FOR NO KEY UPDATE', t)
    USING name, other_name;
  ELSIF t < other_t THEN
    PERFORM @extschema@.objectset_set_lock(t, name);
    PERFORM @extschema@.objectset_set_lock(other_t, other_name);
  ELSE
    PERFORM @extschema@.objectset_set_lock(other_t, other_name);
    PERFORM @extschema@.objectset_set_lock(t, name);
  END IF;
  RETURN @extschema@.objectset_apply(t, name, op, @extschema@.objectset_members(other_t, other_name));
END $$;

CREATE FUNCTION objectset_set_lock(t regclass, name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  set_id bigint;
BEGIN
  PERFORM @extschema@.objectset_target(t);
  EXECUTE format('SELECT id FROM ONLY %s WHERE name = $1 FOR NO KEY UPDATE', t) INTO set_id USING name;
  IF set_id IS NULL THEN
    RAISE EXCEPTION 'object set "%" does not exist in %', name, (SELECT relname FROM pg_class WHERE oid = t)
      USING ERRCODE = 'undefined_object';
  END IF;
  RETURN set_id;
END $$;

COMMENT ON FUNCTION objectset_apply(regclass, text, text, objectset) IS
  'combines a saved set in place with another set, by |, &, # or -: the new count. Of a set with a query these are corrections, as by objectset_add and objectset_remove';
COMMENT ON FUNCTION objectset_apply(regclass, text, text, regclass, text) IS
  'combines a saved set in place with another saved set of the same target: the new count; error 42804 for one of another target';
COMMENT ON FUNCTION objectset_set_lock(regclass, text) IS
  'locks the row of a saved set against changes until the transaction ends: its id; error 42704 where there is none of this name';

-- ---- Names ----------------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_drop(t regclass, name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  set_id bigint := @extschema@.objectset_set_lock(t, name);
  had bigint;
BEGIN
  EXECUTE format('DELETE FROM ONLY %s WHERE id = $1 RETURNING count', t) INTO had USING set_id;
  RETURN had;
END $$;

CREATE FUNCTION objectset_rename(t regclass, name text, new_name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  set_id bigint := @extschema@.objectset_set_lock(t, name);
  has bigint;
BEGIN
  EXECUTE format('UPDATE ONLY %s SET name = $2 WHERE id = $1 RETURNING count', t)
  INTO has USING set_id, new_name;
  RETURN has;
END $$;

-- The copy's query counts as saved by whoever copies.
CREATE FUNCTION objectset_copy(t regclass, name text, new_name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  set_id bigint := @extschema@.objectset_set_lock(t, name);
  copied bigint;
  entered @extschema@.objectset;
  has bigint;
BEGIN
  EXECUTE format('INSERT INTO %1$s (name, query, expression, base, added, removed, refreshed, saved_by, search_path)
                  SELECT $2, query, expression, base, added, removed, refreshed, $3, search_path
                  FROM ONLY %1$s WHERE id = $1
                  RETURNING id, count, @extschema@.objectset_members_of(base, added, removed)', t)
  INTO copied, has, entered USING set_id, new_name, @extschema@.objectset_set_saver(t);
  IF has > 0 THEN
    PERFORM @extschema@.objectset_note_change(t, copied, entered, '{}'::@extschema@.objectset);
  END IF;
  RETURN has;
END $$;

COMMENT ON FUNCTION objectset_drop(regclass, text) IS
  'drops a saved set: the count that it had';
COMMENT ON FUNCTION objectset_rename(regclass, text, text) IS
  'renames a saved set: its count; error 23505 where the name is taken. Expressions that name it are not changed';
COMMENT ON FUNCTION objectset_copy(regclass, text, text) IS
  'copies a saved set with its query and corrections under another name: its count; error 23505 where the name is taken';
