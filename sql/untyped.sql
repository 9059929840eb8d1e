-- What arguments without a type beside a set are taken for, as literals and as parameters of which a client says
-- nothing; and that nobody else's expressions mean anything else where the extension is there.

-- The type of an expression over a set s, an id, and arrays; or its error. The parameters' types are behind it.
CREATE FUNCTION taken_for(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text; parameters text; hint text;
BEGIN
  EXECUTE 'PREPARE untyped AS SELECT pg_typeof(' || expression || ') FROM (SELECT ''{1,2}''::objectset AS s, 5::bigint AS id,
    ARRAY[2,3]::bigint[] AS ids, ARRAY[2,3] AS ints, ARRAY[2,3]::smallint[] AS smallints, ''x''::text AS t, ''x''::varchar AS v) AS x';
  SELECT parameter_types::text INTO parameters FROM pg_prepared_statements WHERE name = 'untyped';
  EXECUTE 'EXECUTE untyped' || CASE parameters WHEN '{}' THEN '' ELSE '(NULL)' END INTO result;
  DEALLOCATE untyped;
  RETURN result || CASE parameters WHEN '{}' THEN '' ELSE ' ' || parameters END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'untyped') THEN DEALLOCATE untyped; END IF;
  RETURN SQLSTATE;
END $$;

SELECT op, taken_for('s ' || op || ' $1') AS "s $1", taken_for('$1 ' || op || ' s') AS "$1 s",
       taken_for('s ' || op || ' ''{3}''') AS "s '{3}'", taken_for('''{3}'' ' || op || ' s') AS "'{3}' s",
       taken_for('s ' || op || ' NULL') AS "s NULL", taken_for('NULL ' || op || ' s') AS "NULL s", taken_for('s ' || op || ' s') AS "s s"
FROM unnest('{|,||,&,#,-,@>,<@,&&,=,<>,<,>=}'::text[]) op;
SELECT op, taken_for('s ' || op || ' ids') AS "s ids", taken_for('ids ' || op || ' s') AS "ids s", taken_for('s ' || op || ' ints') AS "s ints",
       taken_for('ints ' || op || ' s') AS "ints s", taken_for('s ' || op || ' smallints') AS "s smallints", taken_for('smallints ' || op || ' s') AS "smallints s",
       taken_for('s ' || op || ' ARRAY[1]') AS "s ARRAY[1]", taken_for('s ' || op || ' ARRAY[$1]') AS "s ARRAY[$1]", taken_for('s ' || op || ' ''{}''::text[]') AS "s text[]"
FROM unnest('{|,||,&,#,-,@>,<@,&&}'::text[]) op;
SELECT op, taken_for('s ' || op || ' id') AS "s id", taken_for('id ' || op || ' s') AS "id s", taken_for('s ' || op || ' 5') AS "s 5", taken_for('5 ' || op || ' s') AS "5 s",
       taken_for('s ' || op || ' ''5''') AS "s '5'", taken_for('s ' || op || ' t') AS "s text", taken_for('t ' || op || ' s') AS "text s",
       taken_for('s ' || op || ' v') AS "s varchar"
FROM unnest('{|,||,&,#,-,@>,<@,&&}'::text[]) op;
-- The functions behind the operators, and those of one set
SELECT f, taken_for(f || '(s, $1)') AS "s $1", taken_for(f || '($1, s)') AS "$1 s", taken_for(f || '(s, ''{3}'')') AS "s '{3}'", taken_for(f || '(s, ids)') AS "s ids",
       taken_for(f || '(s, 5)') AS "s 5"
FROM unnest('{objectset_union,objectset_minus,objectset_intersect,objectset_symdiff,objectset_contains,objectset_contained,objectset_overlap,objectset_intersect_count,objectset_jaccard}'::text[]) f;
SELECT f, taken_for(f || '($1)') AS "$1", taken_for(f || '(''{1,2}'')') AS "'{1,2}'", taken_for(f || '(ids)') AS ids
FROM unnest('{objectset,objectset_is_empty,objectset_min,objectset_to_bigint_array,cardinality}'::text[]) f;
-- What an expression's type, or its parameters' types, are under a search path; or its error.
CREATE FUNCTION meaning(expression text, path text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('search_path', path, true);
  EXECUTE 'PREPARE foreign_expression AS SELECT pg_typeof(' || expression || ')';
  SELECT parameter_types::text INTO result FROM pg_prepared_statements WHERE name = 'foreign_expression';
  DEALLOCATE foreign_expression;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'foreign_expression') THEN DEALLOCATE foreign_expression; END IF;
  RETURN SQLSTATE;
END $$;
-- Every function of set tables and of targets is found by the number of its arguments alone, of which drivers say nothing.
SELECT p.proname, n AS arguments, meaning(e, 'pg_catalog, public') AS error INTO TEMP by_number
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e',
     generate_series((p.pronargs - p.pronargdefaults)::integer, p.pronargs) n,
     LATERAL (SELECT p.proname || '(' || string_agg('$' || i, ', ') || ')' FROM generate_series(1, n) i) x(e)
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'objectset') AND p.prokind = 'f' AND p.proargtypes[0] = 'regclass'::regtype;
SELECT count(DISTINCT proname) > 30 AS "many functions", count(*) FILTER (WHERE error ~ '^42') AS errors FROM by_number;
SELECT * FROM by_number WHERE error ~ '^42' ORDER BY 1, 2;

-- An id without a type is taken for a set, and the error says what to write.
\set VERBOSITY default
SELECT '{1,2}'::objectset @> '5';
SELECT '{1,2}'::objectset | ' -5 ';
PREPARE add_id AS SELECT '{1,2}'::objectset | $1;
EXECUTE add_id('7');
DEALLOCATE add_id;
SELECT '{1,2}'::objectset | '5x';
SELECT '{1,2}'::objectset | '';

-- What the operators give
SELECT s | a AS "s | a", a | s AS "a | s", s & a AS "s & a", a & s AS "a & s", s # a AS "s # a", a # s AS "a # s", s - a AS "s - a", a - s AS "a - s",
       s || a AS "s || a", a || s AS "a || s"
FROM (VALUES ('{1,2,5}'::objectset, ARRAY[5,7,5])) AS t(s, a);
SELECT s, a, s @> a AS "s @> a", s <@ a AS "s <@ a", s && a AS "s && a", a @> s AS "a @> s", a <@ s AS "a <@ s", a && s AS "a && s"
FROM (VALUES ('{1,2,5}'::objectset), ('{}')) AS t(s), (VALUES (ARRAY[5,1]::bigint[]), ('{}'), (ARRAY[1,2,5,9]), (NULL)) AS u(a);
SELECT '{1,2}'::objectset || '{3}' AS union, 'id ' || 5::bigint AS of_an_id, 'a set: ' || '{1,2}'::objectset::text AS text, t || '{1,2}'::objectset AS typed_text
FROM (SELECT 'a set: '::text) AS x(t);
SELECT error_of($$SELECT 'a set: ' || '{1,2}'::objectset$$);
SELECT error_of($$SELECT '{1}'::objectset | ARRAY[1,NULL]$$);
-- They are inlined: indexes, estimates and rewriting see the operators of two sets.
SELECT plan_of($$SELECT cardinality(s & ARRAY[1,2]) FROM (SELECT '{1,2}'::objectset OFFSET 0) t(s) WHERE ARRAY[3]::smallint[] <@ s AND s || ARRAY[5::bigint] @> 5$$, 'VERBOSE, COSTS OFF');

-- Over types that are none of ours every operator and function of our names means the same with and without the
-- extension's schema, an unknown literal and a parameter included.
WITH operand(o) AS (
  SELECT 'NULL::' || t FROM unnest('{smallint,integer,bigint,numeric,oid,text,varchar,name,jsonb,json,bytea,date,interval,inet,int4range,int8range,int8multirange,
                                     smallint[],integer[],bigint[],numeric[],text[],jsonb[],int2vector,point,box,tsvector,tsquery,bit}'::text[]) t
  UNION ALL VALUES ('$1'), ('''{1,2}'''), ('''1'''), ('ARRAY[]'))
SELECT a.o AS a, op, b.o AS b, meaning(e, 'pg_catalog') AS without, meaning(e, 'pg_catalog, public') AS with_extension INTO TEMP changed
FROM operand a, operand b, unnest('{|,||,&,#,-,@>,<@,&&,=,<}'::text[]) op, LATERAL (SELECT a.o || ' ' || op || ' ' || b.o) x(e)
WHERE meaning(e, 'pg_catalog') IS DISTINCT FROM meaning(e, 'pg_catalog, public');
-- None but of what was an error: an unknown beside an id or an array of ids is a set.
SELECT * FROM changed WHERE without !~ '^(42883|42725)$';
SELECT op, without, string_agg(DISTINCT CASE WHEN a ~ '^NULL' THEN a ELSE b END, ' ' ORDER BY CASE WHEN a ~ '^NULL' THEN a ELSE b END) AS beside
FROM changed GROUP BY 1, 2 ORDER BY 1, 2;
SELECT f, a AS argument, meaning(e, 'pg_catalog') AS without, meaning(e, 'pg_catalog, public') AS with_extension
FROM unnest('{cardinality,unnest}'::text[]) f,
     unnest(ARRAY['NULL::smallint[]', 'NULL::integer[]', 'NULL::bigint[]', 'NULL::text[]', 'NULL::int2vector', 'NULL::int8multirange', 'NULL::tsvector', 'NULL::jsonb', '$1', '''{1,2}''']) a,
     LATERAL (SELECT f || '(' || a || ')') x(e)
WHERE meaning(e, 'pg_catalog') IS DISTINCT FROM meaning(e, 'pg_catalog, public')
ORDER BY 1, 2;
