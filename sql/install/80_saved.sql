-- Saved sets: set tables, and the law of their rows (src/pg/saved/saved_members.cpp, src/pg/saved/saved_law.cpp).
--
-- A set table is the user's. What is to be known of it is in its definition: the constraint objectset_target, which is
-- always true, mentions the target as a regclass, or, where the ids are not the primary key, a function of the user's
-- that reads the column with the ids. Both follow renames and go into dumps.

-- ---- The law: members = (base | added) - removed ------------------------------------------------------------

CREATE FUNCTION objectset_members_of(base objectset, added objectset, removed objectset) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_members_count(base objectset, added objectset, removed objectset) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_members_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION members(set record) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_members_of_row' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT objectset_members_support;

COMMENT ON FUNCTION objectset_members_of(objectset, objectset, objectset) IS
  'members of a saved set: (base | added) - removed; base itself, as it is stored, where there are no corrections';
COMMENT ON FUNCTION objectset_members_count(objectset, objectset, objectset) IS
  'number of members of a saved set, without building it';
COMMENT ON FUNCTION objectset_members_support(internal) IS
  'planner support: members of a row that a query reads are computed of its columns base, added and removed';
COMMENT ON FUNCTION members(record) IS
  'members of a row of a set table, to be written as its field: s.members; error 42809 for other rows';

-- ---- Set tables -----------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_set_changed() RETURNS trigger
  AS 'MODULE_PATHNAME' LANGUAGE C;

COMMENT ON FUNCTION objectset_set_changed() IS
  'trigger of set tables: saved_by and search_path tell who wrote a query, modified moves with the members and with nothing else';

CREATE FUNCTION objectset_target(t regclass, OUT target regclass, OUT key name, OUT key_type regtype)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number smallint;
BEGIN
  SELECT coalesce(f.refobjid, d.refobjid)::regclass, f.refobjsubid INTO target, number
  FROM pg_constraint c
  JOIN pg_depend d
    ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid AND d.refobjid <> c.conrelid
   AND d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass)
  LEFT JOIN pg_depend f
    ON d.refclassid = 'pg_proc'::regclass AND f.classid = d.refclassid AND f.objid = d.refobjid
   AND f.refclassid = 'pg_class'::regclass AND f.refobjsubid > 0
  WHERE c.conrelid = t AND c.contype = 'c' AND c.conname = 'objectset_target';
  IF target IS NULL THEN
    RAISE EXCEPTION '% is not a set table', t
      USING ERRCODE = 'wrong_object_type', HINT = 'objectset_create_table makes set tables.';
  END IF;
  IF number IS NULL THEN
    SELECT i.indkey[0] INTO number FROM pg_index i WHERE i.indrelid = target AND i.indisprimary;
  END IF;
  SELECT a.attname, a.atttypid::regtype INTO key, key_type
  FROM pg_attribute a WHERE a.attrelid = target AND a.attnum = number;
END $$;

COMMENT ON FUNCTION objectset_target(regclass) IS
  'the table whose rows the sets of a set table hold, its key, and the type of that; error 42809 for other tables';

-- The column that identifies rows of the target: the one that is named, or the primary key.
CREATE FUNCTION objectset_set_key(target regclass, key name) RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  keys name[];
  key_type regtype;
  base_type oid;
BEGIN
  IF key IS NULL THEN
    SELECT array_agg(a.attname) INTO keys
    FROM pg_index i, pg_attribute a
    WHERE i.indrelid = target AND i.indisprimary AND a.attrelid = target AND a.attnum = ANY (i.indkey);
    IF keys IS NULL THEN
      RAISE EXCEPTION '% has no primary key', target
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Name the column with the ids: key => ''...''.';
    ELSIF array_length(keys, 1) > 1 THEN
      RAISE EXCEPTION 'primary key of % has more than one column', target
        USING ERRCODE = 'feature_not_supported',
          HINT = 'Object sets hold numbers. Give the table a bigint column, GENERATED ALWAYS AS IDENTITY and UNIQUE, and name it: key => ''...''.';
    END IF;
    key := keys[1];
  END IF;
  SELECT a.atttypid::regtype, coalesce(nullif(t.typbasetype, 0), t.oid) INTO key_type, base_type
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = target AND a.attname = key AND a.attnum > 0 AND NOT a.attisdropped;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'column "%" of % does not exist', key, target USING ERRCODE = 'undefined_column';
  ELSIF base_type NOT IN ('int8'::regtype, 'int4'::regtype, 'int2'::regtype) THEN
    RAISE EXCEPTION 'key "%" of % is of type %, not of an integer type', key, target, key_type
      USING ERRCODE = 'feature_not_supported',
        HINT = 'Object sets hold numbers. Give the table a bigint column, GENERATED ALWAYS AS IDENTITY and UNIQUE, and name it: key => ''...''.';
  END IF;
  RETURN key;
END $$;

COMMENT ON FUNCTION objectset_set_key(regclass, name) IS
  'the key that a set table for this target is made with; errors 22023, 42703 and 0A000 where there is none that will do';

-- A reference to a column that is not the primary key: a function beside the set table that reads it.
CREATE FUNCTION objectset_set_mention(table_name text, target regclass, key name) RETURNS regproc
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  parts text[] := parse_ident(table_name);
  function_name text;
BEGIN
  FOR i IN 0 .. 1000 LOOP
    parts[array_length(parts, 1)] :=
      left((parse_ident(table_name))[array_length(parts, 1)], 50) || '_key' || coalesce(nullif(i, 0)::text, '');
    SELECT string_agg(quote_ident(part), '.' ORDER BY n) INTO function_name FROM unnest(parts) WITH ORDINALITY AS p(part, n);
    EXIT WHEN to_regproc(function_name) IS NULL;
  END LOOP;
  EXECUTE format('CREATE FUNCTION %s() RETURNS SETOF bigint LANGUAGE sql STABLE PARALLEL SAFE BEGIN ATOMIC SELECT %I::bigint FROM %s; END',
                 function_name, key, target);
  EXECUTE format('COMMENT ON FUNCTION %s() IS %L', function_name,
                 format('the ids of which sets in %s are made; objectset_target reads this function''s dependencies', table_name));
  RETURN function_name::regproc;
END $$;

COMMENT ON FUNCTION objectset_set_mention(text, regclass, name) IS
  'makes the function by which a set table refers to a column of its target that is not the primary key';

CREATE FUNCTION objectset_set_create(t text, schema name, target regclass, key name, triggers boolean, history boolean)
RETURNS regclass
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  parts text[] := parse_ident(t);
  table_name text;
  mention text := format('%L::regclass', target);
  made regclass;
BEGIN
  IF t IS NULL OR target IS NULL OR triggers IS NULL OR history IS NULL THEN
    RAISE EXCEPTION 'name and target of a set table cannot be NULL' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  PERFORM @extschema@.objectset_set_key(target, key);
  IF array_length(parts, 1) = 1 THEN
    parts := ARRAY[schema::text] || parts;
  END IF;
  table_name := (SELECT string_agg(quote_ident(part), '.' ORDER BY n) FROM unnest(parts) WITH ORDINALITY AS p(part, n));
  IF key IS NOT NULL THEN
    mention := format('%L::regproc', @extschema@.objectset_set_mention(table_name, target, key));
  END IF;
  EXECUTE format($create$
    CREATE TABLE %1$s (
      id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
      name text NOT NULL UNIQUE,
      query text,
      expression text,
      base @extschema@.objectset NOT NULL DEFAULT '{}',
      added @extschema@.objectset NOT NULL DEFAULT '{}',
      removed @extschema@.objectset NOT NULL DEFAULT '{}',
      count bigint GENERATED ALWAYS AS (@extschema@.objectset_members_count(base, added, removed)) STORED,
      created timestamptz NOT NULL DEFAULT now(),
      modified timestamptz NOT NULL DEFAULT now(),
      refreshed timestamptz,
      saved_by text DEFAULT current_user,
      search_path text,
      last_error text,
      CHECK (query IS NULL OR expression IS NULL),
      CONSTRAINT objectset_target CHECK (%2$s IS NOT NULL)
    )$create$, table_name, mention);
  made := table_name::regclass;
  IF triggers THEN
    EXECUTE format('CREATE TRIGGER objectset_set_changed BEFORE INSERT OR UPDATE ON %s FOR EACH ROW '
                   'EXECUTE FUNCTION @extschema@.objectset_set_changed()', made);
  END IF;
  IF history THEN
    EXECUTE 'SELECT @extschema@.objectset_create_history($1)' USING made;
  END IF;
  RETURN made;
END $$;

CREATE FUNCTION objectset_create_table(t text, target regclass, key name DEFAULT NULL, triggers boolean DEFAULT true,
                                       history boolean DEFAULT false)
RETURNS regclass
  LANGUAGE sql VOLATILE AS
  $$ SELECT @extschema@.objectset_set_create(t, pg_catalog.current_schema(), target, key, triggers, history) $$;

COMMENT ON FUNCTION objectset_set_create(text, name, regclass, name, boolean, boolean) IS
  'makes a set table, in this schema unless its name says another';
COMMENT ON FUNCTION objectset_create_table(text, regclass, name, boolean, boolean) IS
  'makes a set table, an ordinary table for saved sets of the target''s rows; key names the column with their ids, if not the primary key; triggers => false leaves out the trigger, history => true keeps who entered and left';

-- ---- Reading --------------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_members(t regclass, name text) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;

COMMENT ON FUNCTION objectset_members(regclass, text) IS
  'members of a saved set; error 42704 where there is none of this name';
