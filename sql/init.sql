-- The extension, and what the other tests share.
SET client_min_messages = warning;
-- As it is created today, or as an older release and brought up to date.
\set version `[ -z "$OBJECTSET_OLD_VERSION" ] || printf "VERSION '%s'" "$OBJECTSET_OLD_VERSION"`
CREATE EXTENSION objectset :version;
ALTER EXTENSION objectset UPDATE;
RESET client_min_messages;

-- How a statement fails: SQLSTATE, message, detail.
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  code text; message text; detail text;
BEGIN
  EXECUTE statement;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  RETURN code || ': ' || message || CASE WHEN detail = '' OR code = '42883' THEN '' ELSE ' [' || detail || ']' END;
END $$;

-- The plan of a statement, in the words of all releases: 17 names results of subplans anew, 18 says what is disabled, 19 names subplans by their
-- kind. And what its execution touched.
CREATE FUNCTION plan_of(statement text, options text DEFAULT 'COSTS OFF') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, statement) LOOP
    line := regexp_replace(line, '(InitPlan|SubPlan) [a-z]+_(\d)', '\1 \2', 'g');
    line := replace(regexp_replace(line, ' \(returns \$\d+\)$', ''), '$0', '(InitPlan 1).col1');
    IF line !~ '^ *Disabled: true$' THEN RETURN NEXT line; END IF;
  END LOOP;
END $$;
CREATE FUNCTION blocks_of(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || statement INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END $$;

-- What a query of one value answers otherwise by our scan, with one of these settings off, than without it; NULL where nothing.
CREATE FUNCTION difference_of(query text, settings text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE setting text; truth text; answer text;
BEGIN
  SET LOCAL objectset.enable_scan = off;
  EXECUTE query INTO truth;
  SET LOCAL objectset.enable_scan = on;
  FOREACH setting IN ARRAY array_prepend('application_name', settings) LOOP
    PERFORM set_config(setting, 'off', true);
    EXECUTE query INTO answer;
    PERFORM set_config(setting, 'on', true);
    IF answer IS DISTINCT FROM truth THEN RETURN format('%s instead of %s in %s with %s off', answer, truth, query, setting); END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- Every function, operator, operator class and family has its words.
SELECT p.oid::regprocedure AS function_without_comment
FROM pg_proc p
JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'objectset'
WHERE obj_description(p.oid, 'pg_proc') IS NULL
ORDER BY 1;
SELECT o.oid::regoperator AS operator_without_comment
FROM pg_operator o
JOIN pg_depend d ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'objectset'
WHERE obj_description(o.oid, 'pg_operator') IS NULL
ORDER BY 1;
SELECT pg_describe_object(d.classid, d.objid, 0) AS without_comment
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'objectset'
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
  AND obj_description(d.objid, d.classid::regclass::name) IS NULL
ORDER BY 1;

-- What may run in parallel says so; what a volatile mark would keep from an index has none.
SELECT p.oid::regprocedure AS volatile_or_unsafe
FROM pg_proc p
JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'objectset'
WHERE (p.provolatile = 'v' OR p.proparallel <> 's') AND p.prorettype <> 'trigger'::regtype AND p.proname <> 'objectset_create_table'
  AND coalesce(p.proargtypes[0], 0) <> 'regclass'::regtype  -- these write, or read tables
ORDER BY 1;
