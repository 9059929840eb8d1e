-- Saving and refreshing by query: what may be saved, what failing leaves, order.
CREATE TABLE patient (id int PRIMARY KEY, smoker boolean NOT NULL);
INSERT INTO patient SELECT i, i % 4 = 0 FROM generate_series(1, 40) i;
SELECT objectset_create_table('patient_set', 'patient');

-- ---- Queries of all kinds
CREATE VIEW ids AS SELECT id FROM patient;
SELECT query, objectset_save('patient_set', 'any', query) FROM unnest(ARRAY[
  'SELECT id FROM patient WHERE smoker', 'SELECT id FROM patient;', 'VALUES (1), (2), (NULL), (1)',
  'SELECT id::bigint FROM patient ORDER BY id LIMIT 3;;', 'SELECT id::smallint FROM patient UNION ALL SELECT 1000000::int8',
  'WITH few AS (SELECT id FROM patient WHERE id < 5) SELECT id FROM few', 'SELECT 1 WHERE false', 'SELECT id AS "q(id)) -- " FROM patient WHERE ''a;b'' = ''a;b''',
  ' /* all */ TABLE ids -- of them']) AS query;
SELECT query, error_of(format($$SELECT objectset_save('patient_set', 'refused', %L)$$, query)) FROM unnest(ARRAY[
  '', ';', 'SELEC id FROM patient', 'SELECT id FROM nowhere', 'SELECT id, smoker FROM patient', 'SELECT FROM patient', 'SELECT smoker FROM patient',
  'SELECT 1.5', 'SELECT ''1''', 'SELECT 1; SELECT 2', 'SELECT 1) AS q(id); DROP TABLE patient; SELECT (1', 'SELECT 1 -- ', 'INSERT INTO patient VALUES (99, true) RETURNING id',
  'DELETE FROM patient', 'WITH gone AS (DELETE FROM patient RETURNING id) SELECT id FROM gone', 'SELECT id FROM patient FOR UPDATE',
  'SELECT id FROM (SELECT id FROM patient FOR UPDATE) x', 'WITH w AS (SELECT id FROM patient FOR SHARE) SELECT id FROM w', 'SELECT 1 WHERE EXISTS (SELECT FROM patient FOR KEY SHARE)',
  'SELECT 1 UNION (SELECT id FROM patient FOR UPDATE)', 'SELECT (SELECT id FROM patient LIMIT 1 FOR UPDATE)',
  'SELECT id INTO made FROM patient', 'DROP TABLE patient', 'COPY patient TO STDOUT', 'EXPLAIN SELECT 1', 'SELECT $1', 'SELECT 1 / 0', 'BEGIN', 'SET ROLE postgres',
  'CREATE TABLE made AS SELECT 1']) AS query;
SELECT name, count FROM patient_set ORDER BY name;
SELECT count(*) FROM patient;

-- ---- A refresh that fails leaves the set, and says why.
SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker');
CREATE TABLE before AS SELECT name, base, modified, refreshed FROM patient_set;
ALTER TABLE patient RENAME smoker TO smokes;
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT count, last_error, (s.base, s.modified, s.refreshed) = (b.base, b.modified, b.refreshed) AS as_it_was
FROM patient_set s JOIN before b USING (name) WHERE name = 'smokers';
ALTER TABLE patient RENAME smokes TO smoker;
UPDATE patient SET smoker = true WHERE id IN (1, 2);
UPDATE patient SET smoker = false WHERE id = 4;
SELECT r.entered, r.departed FROM objectset_refresh('patient_set', 'smokers') AS r;
SELECT count, last_error, refreshed > (SELECT b.refreshed FROM before b WHERE b.name = s.name) AS refreshed FROM patient_set s WHERE name = 'smokers';
-- Also where it is stopped: an error that says nothing of the set is not recorded.
SELECT objectset_save('patient_set', 'slow', 'SELECT 1 FROM (SELECT CASE WHEN count(*) > 0 THEN pg_sleep(0) END FROM patient) x');
CREATE FUNCTION slow() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM pg_sleep(30)';
UPDATE patient_set SET query = 'SELECT slow()' WHERE name = 'slow';
\set VERBOSITY terse
SET statement_timeout = '200ms';
SELECT * FROM objectset_refresh('patient_set', 'slow');
RESET statement_timeout;
SELECT count, s.members, last_error FROM patient_set s WHERE name = 'slow';
\set VERBOSITY default
CREATE FUNCTION unlucky() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'try again' USING ERRCODE = 'serialization_failure'; END $$;
UPDATE patient_set SET query = 'SELECT unlucky()' WHERE name = 'slow';
SELECT error_of($$SELECT objectset_refresh('patient_set', 'slow')$$);
SELECT count, last_error FROM patient_set WHERE name = 'slow';
SELECT objectset_drop('patient_set', 'slow'), objectset_drop('patient_set', 'any');

-- ---- All of them: those that can be, in order
SELECT objectset_save('patient_set', 'fixed', '{1}'::objectset), objectset_save('patient_set', 'first', 'SELECT id FROM patient WHERE id < 3');
INSERT INTO patient_set (name, query) VALUES ('broken', 'SELECT nothing');
\set VERBOSITY terse
SELECT * FROM objectset_refresh('patient_set');
\set VERBOSITY default
-- A query sees what refreshes before it in the same statement left.
SELECT objectset_drop('patient_set', 'broken');
SELECT objectset_save('patient_set', 'of first', 'SELECT unnest(objectset_members(''patient_set'', ''first''))::int');
INSERT INTO patient VALUES (0, true);
SELECT * FROM objectset_refresh('patient_set');

-- ---- The search path of the save is that of the refresh; temporary tables are found last in it, and not used.
CREATE SCHEMA here;
CREATE TABLE here.place (id int);
INSERT INTO here.place VALUES (7), (8);
SET search_path = here, "$user", pg_temp, public;
SELECT objectset_save('patient_set', 'places', 'SELECT id FROM place');
SELECT settings FROM patient_set WHERE name = 'places';
RESET search_path;
CREATE TEMPORARY TABLE place AS SELECT 1 AS id;
SELECT r.entered, r.departed FROM objectset_refresh('patient_set', 'places') AS r;
DROP TABLE here.place;
SELECT r.entered, r.departed FROM objectset_refresh('patient_set', 'places') AS r;
DROP TABLE place;
SHOW search_path;
SELECT current_user = session_user AS still_myself;
DROP SCHEMA here;
DROP VIEW ids;
-- ---- What is done for each of many sets: its row is looked up, locked and written, once each
CREATE TABLE many_patient (id bigint PRIMARY KEY);
INSERT INTO many_patient SELECT generate_series(1, 100);
SELECT objectset_create_table('many_set', 'many_patient');
SELECT count(objectset_save('many_set', 's' || i, format('SELECT id FROM many_patient WHERE id > %s', i))) FROM generate_series(1, 50) i;
CREATE FUNCTION scans_of_many() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT pg_stat_get_xact_numscans('many_set'::regclass) + sum(pg_stat_get_xact_numscans(indexrelid))
  FROM pg_index WHERE indrelid = 'many_set'::regclass $$;
BEGIN;
SELECT scans_of_many() AS before \gset
SELECT count(*), sum(entered) AS entered, sum(departed) AS departed FROM objectset_refresh('many_set');
SELECT scans_of_many() - :before AS scans;
COMMIT;
-- Any id will do
UPDATE many_set SET id = 0, query = NULL, expression = 's1 - s2' WHERE name = 's50';
SELECT entered, departed FROM objectset_refresh('many_set', 's50');
SELECT base FROM many_set WHERE id = 0;
DROP TABLE many_set, many_patient;
DROP FUNCTION scans_of_many;
DROP TABLE before, patient_set, patient;
DROP FUNCTION slow, unlucky;
