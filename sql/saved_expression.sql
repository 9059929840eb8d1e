-- Sets composed of other sets of their table.
CREATE SCHEMA expression;
SET search_path = expression, public;
CREATE TABLE patient (id int PRIMARY KEY);
INSERT INTO patient SELECT generate_series(1, 100);
DO $$ BEGIN PERFORM objectset_create_table('patient_set', 'patient'); END $$;
INSERT INTO patient_set (name, base) VALUES
  ('smokers', '{1..10}'), ('over 60', '{5..15}'), ('diabetic', '{12,20}'), ('trial 7', '{7}'), ('a"b', '{1,2}'), ('größe', '{3}'), ('', '{4}');

-- Names, in order of first appearance
SELECT objectset_expression_names('"smokers" & ("over 60" | diabetic) - "trial 7" | smokers');
SELECT objectset_expression_names('größe ^ "a""b" # ""'), objectset_expression_names(NULL) IS NULL;

-- Precedence as in Python: - before & before # before |, equals from the left
SELECT objectset_evaluate('patient_set', '"smokers" & ("over 60" | diabetic) - "trial 7"');
SELECT objectset_evaluate('patient_set', '"smokers" & "over 60" | diabetic'),
       objectset_evaluate('patient_set', '"smokers" & ("over 60" | diabetic)');
SELECT objectset_evaluate('patient_set', 'smokers - "over 60" - größe'), objectset_evaluate('patient_set', 'smokers - ("over 60" - größe)');
SELECT objectset_evaluate('patient_set', '"a""b" ^ größe') AS python, objectset_evaluate('patient_set', '"a""b" # größe') AS ours,
       objectset_evaluate('patient_set', '"" | größe & "a""b"'), objectset_evaluate('patient_set', 'größe');
-- Against the operators, with all three parts of the sets
UPDATE patient_set SET added = '{50,51}', removed = '{2,50,99}' WHERE name = 'smokers';
SELECT objectset_evaluate('patient_set', '(smokers | diabetic) # "over 60"')
       = ((objectset '{1,3..10,51}' | '{12,20}') # '{5..15}') AS same;

-- What is wrong, and where
\set VERBOSITY sqlstate
SELECT objectset_evaluate('patient_set', 'smokers & & diabetic');
\set VERBOSITY default
SELECT objectset_evaluate('patient_set', 'größe | größe - ) diabetic');
SELECT objectset_evaluate('patient_set', 'größe & Smokers');
SELECT error_of($$SELECT objectset_evaluate('patient_set', '')$$);
SELECT objectset_evaluate('patient_set', 'smokers diabetic');
SELECT objectset_evaluate('patient_set', '(smokers');
SELECT error_of($$SELECT objectset_evaluate('patient_set', '"smokers')$$);
SELECT error_of($$SELECT objectset_evaluate('patient_set', repeat('(', 1000000) || 'smokers' || repeat(')', 1000000))$$);
SELECT error_of($$SELECT objectset_evaluate('patient_set', repeat('smokers | ', 20000) || 'smokers')$$);
SELECT cardinality(objectset_evaluate('patient_set', repeat('(', 1000) || repeat('smokers | ', 9999) || 'smokers' || repeat(')', 1000)));
SELECT error_of($$SELECT objectset_evaluate('patient', 'smokers')$$);
SELECT error_of($$SELECT objectset_evaluate(1, 'smokers')$$);

-- Definitions
SELECT objectset_define('patient_set', 'study', '(smokers & "over 60") - "trial 7"');
SELECT objectset_define('patient_set', 'wide', 'study | diabetic');
SELECT name, query, expression, base, added, removed, count, refreshed > now() - interval '1 day' AS refreshed, last_error
FROM patient_set WHERE expression IS NOT NULL ORDER BY id;
SELECT error_of($$SELECT objectset_define('patient_set', 'lost', 'study | nobody')$$);
SELECT error_of($$SELECT objectset_define('patient_set', 'study', 'wide | smokers')$$);
SELECT error_of($$SELECT objectset_define('patient_set', 'smokers', 'wide | diabetic')$$);
SELECT error_of($$SELECT objectset_define('patient_set', 'study', 'study | smokers')$$);
SELECT error_of($$SELECT objectset_define('patient_set', 'new', 'new | smokers')$$);
SELECT error_of($$SELECT objectset_define('patient_set', 'new', 'smokers |')$$);
SELECT count(*) FROM patient_set;

-- What depends on what
SELECT objectset_define('patient_set', 'smokers and more', 'smokers | wide');
UPDATE patient_set SET id = 1000 WHERE name = 'diabetic';
SELECT * FROM objectset_refresh_order('patient_set');

-- A correction of an ingredient shows: first as stale, then in what is composed of it
SELECT * FROM objectset_stale('patient_set');
UPDATE patient_set SET removed = removed | 10 WHERE name = 'smokers';
SELECT * FROM objectset_stale('patient_set');
SELECT s.name, s.stale, objectset_is_stale('patient_set', s.name) AS by_name FROM patient_set s ORDER BY s.id;
SELECT objectset_define('patient_set', name, expression) FROM patient_set WHERE name = 'study';
SELECT * FROM objectset_stale('patient_set');
SELECT objectset_define('patient_set', 'wide', 'study | diabetic'), objectset_define('patient_set', 'smokers and more', 'smokers | wide');
SELECT * FROM objectset_stale('patient_set');
-- A change that makes no difference to what is composed of it makes nothing stale
UPDATE patient_set SET base = base | 90 WHERE name = 'trial 7';
SELECT * FROM objectset_stale('patient_set');
-- Corrections of what is composed and an ingredient itself count
SELECT objectset_define('patient_set', 'c1', '"a""b" | größe'), objectset_define('patient_set', 'c2', 'c1 - größe');
UPDATE patient_set SET added = '{70}', removed = '{1}' WHERE name = 'c1';
SELECT * FROM objectset_stale('patient_set');
SELECT objectset_define('patient_set', 'c2', 'c1 - größe');
UPDATE patient_set SET base = '{1,2,70}' WHERE name = 'a"b';
SELECT * FROM objectset_stale('patient_set');
UPDATE patient_set SET base = '{1,2,71}' WHERE name = 'a"b';
SELECT * FROM objectset_stale('patient_set');
DELETE FROM patient_set WHERE name IN ('c1', 'c2');

-- An ingredient that is gone, and what was written by hand and is no expression
BEGIN;
DELETE FROM patient_set WHERE name = 'trial 7';
UPDATE patient_set SET expression = '& nothing' WHERE name = 'smokers and more';
SELECT * FROM objectset_stale('patient_set');
SELECT count(*) FROM objectset_refresh_order('patient_set');
ROLLBACK;
-- So are cycles
BEGIN;
UPDATE patient_set SET expression = 'wide' WHERE name = 'study';
SELECT objectset_refresh_order('patient_set');
SELECT objectset_stale('patient_set');
ROLLBACK;
SELECT error_of($$SELECT objectset_is_stale('patient_set', 'nobody')$$), error_of($$SELECT stale(x) FROM (SELECT 1) x$$),
       error_of($$SELECT stale(p) FROM patient p$$);

-- A definition of a set that is there keeps its corrections; what was a query's is one no more
UPDATE patient_set SET query = 'SELECT 1', last_error = 'x', modified = '2000-01-01' WHERE name = 'trial 7';
UPDATE patient_set SET added = '{60,61,80}', removed = '{12,13}', modified = '2000-01-01' WHERE name = 'trial 7';
SELECT objectset_define('patient_set', 'trial 7', 'diabetic | smokers');
SELECT query, expression, base, added, removed, count, last_error, modified > now() - interval '1 day' AS modified FROM patient_set WHERE name = 'trial 7';
BEGIN;
ALTER TABLE patient_set DISABLE TRIGGER USER;
UPDATE patient_set SET modified = '2000-01-01 00:00Z' WHERE name = 'trial 7';
ALTER TABLE patient_set ENABLE TRIGGER USER;
SELECT objectset_define('patient_set', 'trial 7', 'smokers | diabetic');
SELECT expression, modified AT TIME ZONE 'UTC' AS unmodified FROM patient_set WHERE name = 'trial 7';
ROLLBACK;

-- Large sets, each fetched once
INSERT INTO patient_set (name, base)
SELECT 'big' || k, (SELECT objectset_agg(i::bigint * 7919 * k % 1000003) FROM generate_series(1, 100000) i) FROM generate_series(1, 3) k;
SELECT objectset_evaluate('patient_set', '(big1 | big2) & big3 - big1 # smokers')
       = (SELECT (((b1.base | b2.base) & (b3.base - b1.base)) # '{1,3..9,51}')
          FROM patient_set b1, patient_set b2, patient_set b3 WHERE (b1.name, b2.name, b3.name) = ('big1', 'big2', 'big3')) AS same;
SELECT objectset_evaluate('patient_set', 'big1') = base AS same FROM patient_set WHERE name = 'big1';
SELECT objectset_is_empty(objectset_evaluate('patient_set', 'big1 & big1 - big1')), objectset_is_empty(objectset_evaluate('patient_set', '(big1 | big1) # (big1 | big1)'));
SELECT objectset_define('patient_set', 'big', 'big1 | big2 | big3') AS count \gset
SELECT :count = cardinality(objectset_evaluate('patient_set', 'big')) AS same;
UPDATE patient_set SET added = '{2000000}' WHERE name = 'big3';
SELECT * FROM objectset_stale('patient_set');

-- One statement sees one state; the function is stable
WITH changed AS (UPDATE patient_set SET removed = base WHERE name = 'diabetic' RETURNING 1)
SELECT objectset_evaluate('patient_set', 'diabetic') FROM changed;
SELECT objectset_evaluate('patient_set', 'diabetic');

-- Out of the search path, with names that want quotes, braces and all
CREATE SCHEMA "out {t}";
CREATE TABLE "out {t}"."The ""Target{0}" ("the {s} key" bigint PRIMARY KEY);
DO $$ BEGIN PERFORM objectset_create_table('"out {t}"."Set {s} table"', '"out {t}"."The ""Target{0}"', 'the {s} key'); END $$;
INSERT INTO "out {t}"."Set {s} table" (name, base) VALUES ('a', '{1,2}'), ('b', '{2,3}');
SET search_path = '';
SELECT public.objectset_define('"out {t}"."Set {s} table"', 'a & b', 'a & b');
SELECT public.objectset_evaluate('"out {t}"."Set {s} table"', '"a & b" | a');
SELECT public.objectset_refresh_order('"out {t}"."Set {s} table"');
SELECT public.stale(s) FROM "out {t}"."Set {s} table" s;
-- Nor does what stands there instead have a say
CREATE SCHEMA evil;
CREATE FUNCTION evil.no(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR evil.= (FUNCTION = evil.no, LEFTARG = text, RIGHTARG = text);
SET search_path = evil, pg_catalog;
SELECT public.objectset_evaluate('"out {t}"."Set {s} table"', '"a & b" | a')::pg_catalog.text;
RESET search_path;
DROP SCHEMA evil CASCADE;

-- A set that the role may not see is not there; what it may not write it cannot define
CREATE ROLE regress_objectset_reader;
GRANT USAGE ON SCHEMA expression TO regress_objectset_reader;
SET search_path = expression, public;
SET ROLE regress_objectset_reader;
SELECT error_of($$SELECT objectset_evaluate('patient_set', 'smokers')$$);
RESET ROLE;
GRANT SELECT ON patient_set TO regress_objectset_reader;
ALTER TABLE patient_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON patient_set FOR SELECT USING (name <> 'diabetic');
SET ROLE regress_objectset_reader;
SELECT objectset_evaluate('patient_set', '"trial 7"'), error_of($$SELECT objectset_evaluate('patient_set', 'diabetic')$$),
       error_of($$SELECT objectset_define('patient_set', 'mine', 'smokers')$$);
RESET ROLE;
GRANT INSERT, UPDATE ON patient_set TO regress_objectset_reader;
DROP POLICY visible ON patient_set;
CREATE POLICY visible ON patient_set USING (name <> 'diabetic') WITH CHECK (true);
SET ROLE regress_objectset_reader;
SELECT error_of($$SELECT objectset_define('patient_set', 'diabetic', 'smokers')$$);
SELECT objectset_define('patient_set', 'mine', '"trial 7" & "over 60"');
RESET ROLE;
ALTER TABLE patient_set DISABLE ROW LEVEL SECURITY;

-- What of the table is not as it was made is an error and nothing worse
BEGIN;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER refuse BEFORE UPDATE ON patient_set FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT error_of($$SELECT objectset_define('patient_set', 'study', 'smokers')$$);
ALTER TABLE patient_set RENAME added TO extra;
SELECT error_of($$SELECT objectset_evaluate('patient_set', 'smokers')$$);
ROLLBACK;

-- A definition reads what it rests on, by way of others too, however many sets there are; so does a question about one set
SELECT objectset_create_table('many', 'patient');
INSERT INTO many (name, base) SELECT 'p' || i, objectset_range(i, i) FROM generate_series(0, 99) i;
BEGIN;
DO $$ BEGIN FOR i IN 1..200 LOOP
  PERFORM objectset_define('many', 'c' || i, format('p%s | p%s', i % 100, i * 7 % 100));
  PERFORM objectset_define('many', 'd' || i, format('c%s - p%s', i, i * 3 % 100));
END LOOP; END $$;
SELECT objectset_is_stale('many', 'd7'), (SELECT s.stale FROM many s WHERE name = 'd8'), objectset_evaluate('many', 'd9 | d10');
SELECT pg_stat_get_xact_tuples_returned('many'::regclass) AS rows_read_of_all;
ROLLBACK;
-- Cycles are found at any depth, and past what is missing
DO $$ BEGIN FOR i IN 1..100 LOOP
  PERFORM objectset_define('many', 'e' || i, CASE i WHEN 1 THEN 'p0 | p1' ELSE format('e%s | p%s', i - 1, i % 100) END);
END LOOP; END $$;
SELECT left(error, 90), right(error, 60) FROM error_of($$SELECT objectset_define('many', 'p2', 'p3 | e100')$$) AS error;
SELECT left(error_of($$SELECT objectset_define('many', 'e3', 'e50')$$), 100);
SELECT objectset_define('many', 'p2', 'p3'), objectset_is_stale('many', 'e100');
SELECT error_of($$SELECT objectset_define('many', 'e2', 'e3 | e2')$$);
UPDATE many SET expression = 'e10' WHERE name = 'e5';
SELECT objectset_define('many', 'f', 'e99 | p1'), left(error_of($$SELECT objectset_define('many', 'e10', 'e9')$$), 100);
UPDATE many SET expression = 'nobody | f' WHERE name = 'p1';
SELECT error_of($$SELECT objectset_define('many', 'f', 'p1')$$), error_of($$SELECT objectset_define('many', 'nobody', 'f | nobody2')$$);
SELECT error_of($$SELECT objectset_define('many', 'g', 'p1 | nobody2')$$);
SELECT count(*), count(*) FILTER (WHERE s.stale), count(*) FILTER (WHERE objectset_is_stale('many', s.name)), (SELECT count(*) FROM objectset_stale('many')) FROM many s;
SELECT count(*) FROM many s, many o WHERE s.stale <> objectset_is_stale('many', s.name) AND o.name = 'f';

SET client_min_messages = warning;
DROP SCHEMA expression, "out {t}" CASCADE;
DROP ROLE regress_objectset_reader;
