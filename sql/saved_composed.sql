-- Saved sets, composed ones, histories and deletions together.
CREATE SCHEMA together;
SET search_path = together, public;
CREATE TABLE patient (id int PRIMARY KEY, smoker boolean, age int);
INSERT INTO patient SELECT i, i % 2 = 0, i FROM generate_series(1, 100) i;
SELECT objectset_create_table('patient_set', 'patient');
SELECT objectset_create_history('patient_set');
SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker');
SELECT objectset_save('patient_set', 'over 60', 'SELECT id FROM patient WHERE age > 60');
SELECT objectset_define('patient_set', 'study', 'smokers & "over 60"');

-- A correction of an ingredient shows in what is composed of it after a refresh, beside its own corrections
SELECT objectset_add('patient_set', 'study', 1), objectset_remove('patient_set', 'study', 62);
SELECT objectset_remove('patient_set', 'smokers', 64);
SELECT s.name, s.stale, s.count FROM patient_set s ORDER BY id;
SELECT * FROM objectset_refresh('patient_set', 'study');
SELECT s.name, s.stale, s.count FROM patient_set s ORDER BY id;

-- All of them, ingredients first
UPDATE patient SET smoker = true WHERE id = 65;
SET client_min_messages = warning;
SELECT * FROM objectset_refresh('patient_set');
RESET client_min_messages;
SELECT s.stale, s.count, s.members FROM patient_set s WHERE name = 'study';

-- The history has all of it
SELECT h.entered, h.departed, CASE WHEN h.entered < 20 THEN entered_ids END AS entered_ids, departed_ids FROM objectset_history('patient_set', 'study') h;

-- Rows that go
SELECT objectset_follow_deletes('patient_set');
DELETE FROM patient WHERE id IN (66, 1);
SELECT s.name, s.stale, s.count, cardinality(s.members) FROM patient_set s ORDER BY id;

-- An ingredient that goes: the set stays as it is, and says why
SELECT objectset_drop('patient_set', 'smokers');
SELECT s.name, s.stale FROM patient_set s ORDER BY id;
SELECT * FROM objectset_refresh('patient_set', 'study');
SELECT name, last_error, count FROM patient_set ORDER BY id;
SELECT error_of($$SELECT objectset_define('patient_set', 'smokers', 'study')$$);

-- A key that is not the primary key, and one that is no more
CREATE TABLE visit (code text PRIMARY KEY, number bigint UNIQUE, ward int);
INSERT INTO visit SELECT 'v' || i, i, i % 3 FROM generate_series(1, 9) i;
SELECT objectset_create_table('visit_set', 'visit', key => 'number');
SELECT objectset_save('visit_set', 'a', '{1,2,3,20}'::objectset);
SELECT * FROM objectset_facets('visit_set', 'a', 'ward');
SELECT objectset_prune('visit_set'), objectset_follow_deletes('visit_set');
DELETE FROM visit WHERE number = 2;
SELECT base, count FROM visit_set;
ALTER TABLE patient DROP CONSTRAINT patient_pkey;
SELECT error_of($$SELECT objectset_prune('patient_set')$$);

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA together CASCADE;
