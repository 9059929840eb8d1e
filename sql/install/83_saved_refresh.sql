-- Saving and refreshing sets (src/pg/saved/saved_query.cpp has what runs the queries, and as whom).

CREATE FUNCTION objectset_set_run(t regclass, query text, search_path text) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
CREATE FUNCTION objectset_set_run_saved(t regclass, set_id bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
CREATE FUNCTION objectset_set_refresh_as_owner(t regclass, name text, OUT entered bigint, OUT "left" bigint)
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
CREATE FUNCTION objectset_set_saver(t regclass) RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT;
CREATE FUNCTION objectset_set_path() RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT;

COMMENT ON FUNCTION objectset_set_run(regclass, text, text) IS
  'the ids that a query of the current user''s finds with this search path, run as for a refresh of a set in this table';
COMMENT ON FUNCTION objectset_set_run_saved(regclass, bigint) IS
  'the ids that the query of a saved set finds, run as the role that saved it; error 42501 where that cannot be believed';
COMMENT ON FUNCTION objectset_set_refresh_as_owner(regclass, text) IS
  'objectset_refresh, for superusers in the tables of others';
COMMENT ON FUNCTION objectset_set_saver(regclass) IS
  'the role that a query saved now in this set table counts as saved by: the current user, for superusers the table''s owner';
COMMENT ON FUNCTION objectset_set_path() IS
  'the search path that a query saved now is read with: the schemas of the current one, without temporary ones';

-- ---- Saving ---------------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_set_save(t regclass, name text, query text, search_path text) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  started timestamptz;
  has bigint;
BEGIN
  PERFORM @extschema@.objectset_target(t);
  -- In two steps, so that the trigger sees a search path that is given.
  EXECUTE format('INSERT INTO %s (name) VALUES ($1)
                  ON CONFLICT (name) DO UPDATE SET query = NULL, expression = NULL, search_path = NULL', t)
  USING name;
  EXECUTE format('UPDATE ONLY %s SET query = $2, saved_by = $3, search_path = $4 WHERE name = $1', t)
  USING name, query, @extschema@.objectset_set_saver(t), search_path;
  started := clock_timestamp();
  PERFORM @extschema@.objectset_set_refreshed(t, name, @extschema@.objectset_set_run(t, query, search_path), started);
  EXECUTE format('SELECT count FROM ONLY %s WHERE name = $1', t) INTO has USING name;
  RETURN has;
END $$;

CREATE FUNCTION objectset_save(t regclass, name text, query text) RETURNS bigint
  LANGUAGE sql VOLATILE AS $$ SELECT @extschema@.objectset_set_save(t, name, query, @extschema@.objectset_set_path()) $$;

CREATE FUNCTION objectset_save(t regclass, name text, members objectset) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM @extschema@.objectset_target(t);
  EXECUTE format('INSERT INTO %s (name) VALUES ($1)
                  ON CONFLICT (name) DO UPDATE SET query = NULL, expression = NULL, search_path = NULL, refreshed = NULL, last_error = NULL', t)
  USING name;
  RETURN @extschema@.objectset_set_change(t, name, 'replace', members);
END $$;

COMMENT ON FUNCTION objectset_set_save(regclass, text, text, text) IS
  'saves a query with this search path';
COMMENT ON FUNCTION objectset_save(regclass, text, text) IS
  'saves what a query finds, under a name, with the query: the count. An existing set gets this query in place of its own, and keeps its corrections';
COMMENT ON FUNCTION objectset_save(regclass, text, objectset) IS
  'saves a set under a name, in place of the one that has it: the count';

-- ---- Refreshing -----------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_refresh(t regclass, name text, OUT entered bigint, OUT "left" bigint)
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  set_id bigint;
  set_expression text;
  set_query text;
  result @extschema@.objectset;
  started timestamptz;
  message text;
BEGIN
  IF @extschema@.objectset_set_saver(t) <> current_user THEN
    SELECT o.entered, o."left" INTO entered, "left" FROM @extschema@.objectset_set_refresh_as_owner(t, name) AS o;
    RETURN;
  END IF;
  set_id := @extschema@.objectset_set_lock(t, name);
  EXECUTE format('SELECT query, expression FROM ONLY %s WHERE id = $1', t)
  INTO set_query, set_expression USING set_id;
  IF set_query IS NULL AND set_expression IS NULL THEN
    RAISE EXCEPTION 'object set "%" has neither a query nor an expression', name
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Only sets that were saved with one can be refreshed.';
  END IF;
  started := clock_timestamp();
  BEGIN
    IF set_query IS NOT NULL THEN
      result := @extschema@.objectset_set_run_saved(t, set_id);
    ELSE
      EXECUTE 'SELECT @extschema@.objectset_evaluate($1, $2)' INTO result USING t, set_expression;
    END IF;
  EXCEPTION
    -- For the caller to try again: that it failed says nothing of the set.
    WHEN transaction_rollback THEN
      RAISE;
    WHEN OTHERS THEN
      message := SQLSTATE || ': ' || SQLERRM;
  END;
  IF message IS NOT NULL THEN
    EXECUTE format('UPDATE ONLY %s SET last_error = $2 WHERE id = $1', t) USING set_id, message;
    RAISE WARNING 'object set "%" was not refreshed: %', name, message
      USING HINT = 'It is as it was; column last_error has the error.';
    RETURN;
  END IF;
  SELECT o.entered, o."left" INTO entered, "left"
  FROM @extschema@.objectset_set_refreshed(t, name, result, started) AS o;
END $$;

COMMENT ON FUNCTION objectset_refresh(regclass, text) IS
  'runs the query or the expression of a saved set again: how many ids entered and left. If that fails the set stays, last_error has the error, and both are NULL';

-- The sets that can be refreshed, those that others are composed of first. Sets that are composed of each other come
-- last: refreshing them fails.
CREATE FUNCTION objectset_set_order(t regclass) RETURNS text[]
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  todo record;
  needed text[];
  pending jsonb := '{}';
  ready text[];
  result text[] := '{}';
BEGIN
  PERFORM @extschema@.objectset_target(t);
  FOR todo IN EXECUTE format('SELECT name, query, expression FROM ONLY %s
                              WHERE query IS NOT NULL OR expression IS NOT NULL ORDER BY id', t)
  LOOP
    IF todo.expression IS NULL THEN
      result := result || todo.name;
      CONTINUE;
    END IF;
    BEGIN
      EXECUTE 'SELECT @extschema@.objectset_expression_names($1)' INTO needed USING todo.expression;
    EXCEPTION WHEN OTHERS THEN
      needed := '{}';  -- what is wrong with it comes out when it is refreshed
    END;
    pending := pending || jsonb_build_object(todo.name, needed);
  END LOOP;
  LOOP
    SELECT array_agg(p.key ORDER BY p.key) INTO ready
    FROM jsonb_each(pending) AS p
    WHERE NOT EXISTS (SELECT FROM jsonb_array_elements_text(p.value) AS n(name) WHERE pending ? n.name);
    EXIT WHEN ready IS NULL;
    result := result || ready;
    pending := pending - ready;
  END LOOP;
  RETURN result || array(SELECT jsonb_object_keys(pending));
END $$;

CREATE FUNCTION objectset_refresh(t regclass) RETURNS TABLE (name text, entered bigint, "left" bigint)
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text[];
BEGIN
  PERFORM @extschema@.objectset_target(t);
  -- All at once and in one order, so that two that refresh, or change several sets, do not wait for each other.
  EXECUTE format('SELECT FROM ONLY %s WHERE query IS NOT NULL OR expression IS NOT NULL ORDER BY id FOR NO KEY UPDATE', t);
  names := @extschema@.objectset_set_order(t);
  FOR i IN 1 .. coalesce(array_length(names, 1), 0) LOOP
    RAISE NOTICE 'refreshing object set "%" (% of %)', names[i], i, array_length(names, 1);
    name := names[i];
    SELECT o.entered, o."left" INTO entered, "left" FROM @extschema@.objectset_refresh(t, names[i]) AS o;
    RETURN NEXT;
  END LOOP;
END $$;

COMMENT ON FUNCTION objectset_set_order(regclass) IS
  'names of the sets that have a query or an expression, in the order in which they are to be refreshed; unlike objectset_refresh_order, not stopped by expressions that cannot be read or go in a circle, which come last';
COMMENT ON FUNCTION objectset_refresh(regclass) IS
  'refreshes all saved sets that have a query or an expression, those that others are composed of first: for each, how many ids entered and left, or NULL where it failed';
