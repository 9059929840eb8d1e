-- Saved queries use no temporary objects: those are the caller's, and would run as who saved the query.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_saver;
CREATE ROLE regress_mallory;
CREATE SCHEMA temporary;
GRANT USAGE ON SCHEMA temporary TO PUBLIC;
SET search_path = temporary, public;
CREATE TABLE patient (id int PRIMARY KEY);
INSERT INTO patient VALUES (1), (2), (3);
CREATE TABLE staging (id int, kind text);
CREATE TABLE other_staging (id int);
CREATE DOMAIN code AS int;
CREATE TYPE holder AS (t regclass, weight int);
CREATE DOMAIN held AS holder;
CREATE TABLE trace (who name);
GRANT SELECT ON patient, staging, other_staging TO PUBLIC;
GRANT SELECT, INSERT ON trace TO PUBLIC;
SELECT objectset_create_table('patient_set', 'patient');
GRANT SELECT, INSERT, UPDATE ON patient_set TO regress_saver, regress_mallory;

SET ROLE regress_saver;
SELECT objectset_save('patient_set', n, q) FROM (VALUES
  ('table', 'SELECT id FROM staging'), ('subquery', 'SELECT id FROM patient WHERE id IN (SELECT s.id FROM patient p LEFT JOIN staging s ON true)'),
  ('with', 'WITH patient AS (SELECT id FROM staging), staging AS (SELECT 1) SELECT id FROM patient'),
  ('recursive', 'WITH RECURSIVE r AS (SELECT id FROM staging UNION SELECT id FROM r) SELECT id FROM r'),
  ('union', 'SELECT 1 UNION SELECT id FROM ONLY staging'), ('lateral', 'SELECT l.id FROM patient, LATERAL (SELECT s.id FROM staging s) l'),
  ('sample', 'SELECT id FROM staging TABLESAMPLE system (100)'), ('regclass', $$SELECT id FROM patient WHERE 'staging'::regclass IS NULL$$),
  ('regclass array', $$SELECT id FROM patient WHERE '{patient,staging}'::regclass[] IS NULL$$),
  ('regclass row', $$SELECT id FROM patient WHERE '(staging,1)'::holder IS NULL$$),
  ('regclass deep', $$SELECT id FROM patient WHERE ARRAY['(staging,1)'::held] IS NULL$$),
  ('domain', 'SELECT 1::code'), ('array', $$SELECT ('{1}'::code[])[1]$$), ('array by name', $$SELECT (_code '{1}')[1]$$),
  ('row', $$SELECT ('(1,x)'::staging).id$$), ('values', 'SELECT c::int FROM (VALUES (CAST(1 AS code))) v(c)'), ('record', $$SELECT id FROM json_to_record('{"id": 1}') AS r(id code)$$),
  ('cycle', $$WITH RECURSIVE r AS (SELECT 1 AS id UNION ALL SELECT id FROM r) CYCLE id SET c TO _code '{1}' DEFAULT _code '{2}' USING p SELECT id FROM r LIMIT 1$$),
  ('named so', 'WITH staging AS (SELECT 1 AS id) SELECT id FROM staging'), ('found', 'SELECT id FROM other_staging')) AS v(n, q);
SELECT objectset_save('patient_set', 'parameter', 'SELECT $1', 1::code);
-- What a statement writes nobody has looked at.
INSERT INTO patient_set (name, query, parameters) VALUES ('typo', 'SELECT id FROM patinet', NULL), ('type', 'SELECT $1', '{code=1}'),
  ('value', 'SELECT id FROM patient WHERE $1 IS NULL', '{regclass=staging}'),
  ('array of values', 'SELECT id FROM patient WHERE $1 IS NULL', '{"regclass[]={NULL,staging}"}');
RESET ROLE;
DROP TABLE staging;
DROP DOMAIN code;

-- ---- Names that mean nothing any more
SET ROLE regress_mallory;
CREATE FUNCTION pg_temp.evil(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO temporary.trace VALUES (current_user); RETURN true; END $$;
CREATE DOMAIN pg_temp.code AS int CHECK (pg_temp.evil(VALUE));
CREATE TEMPORARY TABLE kinds (kind code[]);
CREATE TEMPORARY VIEW staging AS SELECT 7 AS id, 'x' AS kind WHERE pg_temp.evil(1);
CREATE TEMPORARY VIEW patinet AS SELECT 7 AS id WHERE pg_temp.evil(1);
-- Hidden behind the permanent one
CREATE TEMPORARY VIEW other_staging AS SELECT 7 AS id WHERE pg_temp.evil(1);
CREATE TEMPORARY VIEW patient AS SELECT 7 AS id WHERE pg_temp.evil(1);
GRANT SELECT ON pg_temp.staging, pg_temp.patinet, pg_temp.other_staging, pg_temp.patient TO PUBLIC;
SET client_min_messages = error;
SELECT * FROM objectset_refresh('patient_set') ORDER BY name;
RESET client_min_messages;
SELECT name, last_error FROM patient_set ORDER BY name;
SELECT error_of(format('SELECT objectset_verify(%L, %L)', 'patient_set', n)) FROM unnest('{table,array,parameter,typo}'::text[]) AS n;
SELECT error_of(format('SELECT objectset_refresh_plan(%L, %L)', 'patient_set', n)) FROM unnest('{table,array,parameter,typo}'::text[]) AS n;
SELECT * FROM trace;
RESET ROLE;
-- Literals are read while a query is analysed: here a column of the caller's says by what.
SELECT objectset_track('patient_set');
SET ROLE regress_saver;
INSERT INTO patient_set (name, query) VALUES ('literal', $$SELECT 1 FROM kinds WHERE kind = '{1}'$$);
RESET ROLE;
SET ROLE regress_mallory;
SELECT * FROM objectset_refresh('patient_set', 'literal');
SELECT * FROM objectset_refresh('patient_set', 'table');
SELECT * FROM trace;
RESET ROLE;

-- ---- Temporary schemas by their names, whosever
SET ROLE regress_saver;
SELECT error_of(format('SELECT objectset_save(%L, %L, %L)', 'patient_set', 'named', q)) FROM unnest(ARRAY[
  'SELECT id FROM pg_temp.staging', 'SELECT id FROM pg_temp_3.anything', 'SELECT 1::pg_temp.code', 'SELECT id FROM patient WHERE pg_temp.evil(1)',
  'SELECT id FROM patient WHERE id OPERATOR(pg_temp.=) 1', 'SELECT id FROM patient ORDER BY id USING OPERATOR(pg_temp.<)',
  'SELECT id FROM patient WHERE id OPERATOR(pg_temp.=) ANY (SELECT 1)', 'SELECT id FROM patient ORDER BY id::text COLLATE pg_temp.c']) AS q;
SELECT error_of($$SELECT objectset_save('patient_set', 'named', 'SELECT $1', NULL::pg_temp.code)$$);
-- Nor of the saver's own session
CREATE TEMPORARY TABLE own (id int);
SELECT error_of($$SELECT objectset_save('patient_set', 'own', 'SELECT id FROM own')$$);
RESET ROLE;
SELECT * FROM trace;

-- ---- Where everything is of one session and one role they may be used.
CREATE TEMPORARY TABLE target (id int PRIMARY KEY);
INSERT INTO target VALUES (5), (6);
SELECT objectset_create_table('pg_temp.target_set', 'target');
SELECT objectset_save('target_set', 'all', 'SELECT id FROM target');
INSERT INTO target VALUES (7);
SELECT * FROM objectset_refresh('target_set', 'all');
GRANT SELECT, UPDATE ON target_set TO regress_mallory;
SET ROLE regress_mallory;
SELECT * FROM objectset_refresh('target_set', 'all');
RESET ROLE;

SET client_min_messages = error;
DISCARD TEMP;
DROP SCHEMA temporary CASCADE;
RESET client_min_messages;
DROP ROLE regress_saver, regress_mallory;
