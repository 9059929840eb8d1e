-- Rows of the target that are gone leave the sets.
CREATE SCHEMA prune;
SET search_path = prune, public;
CREATE TABLE patient (id int PRIMARY KEY, name text);
INSERT INTO patient SELECT i, 'p' || i FROM generate_series(1, 20000) i;
DO $$ BEGIN PERFORM objectset_create_table('patient_set', 'patient'); PERFORM objectset_create_history('patient_set'); END $$;
INSERT INTO patient_set (name, query, base, added, removed) VALUES
  ('query', 'SELECT 1', '{1..10,20001}', '{20002}', '{3,20003}'), ('plain', NULL, '{1..5}', '{}', '{}'), ('none', NULL, '{}', '{}', '{}'),
  ('only removed', NULL, '{}', '{}', '{5,30000}');
UPDATE patient_set SET modified = '2000-01-01 00:00Z';
CREATE FUNCTION show(OUT name text, OUT base objectset, OUT added objectset, OUT removed objectset, OUT deleted objectset, OUT count bigint, OUT is_exact boolean) RETURNS SETOF record
LANGUAGE sql AS $$
  SELECT name, CASE WHEN cardinality(base) < 30 THEN base END, added, CASE WHEN cardinality(removed) < 30 THEN removed END, CASE WHEN cardinality(deleted) < 30 THEN deleted END, count,
         count = cardinality(((base - deleted) | added) - removed) FROM prune.patient_set ORDER BY id
$$;

-- All sets, one set; corrections too. What is not touched is not modified.
SELECT objectset_prune('patient_set', 'plain'), objectset_prune('patient_set', 'none');
BEGIN;
SELECT objectset_prune('patient_set', 'query');
SELECT * FROM show();
ROLLBACK;
SELECT objectset_prune('patient_set');
SELECT * FROM show();
SELECT name, departed, departed_ids FROM patient_set, objectset_history('patient_set', name) ORDER BY id;
SELECT objectset_prune('patient_set');
DELETE FROM patient WHERE id = 4;
SELECT objectset_prune('patient_set', 'plain'), objectset_prune('patient_set');
SELECT * FROM show();
SELECT error_of($$SELECT objectset_prune('patient_set', 'nobody')$$), error_of($$SELECT objectset_prune('patient')$$);

-- Rows that a policy hides are not gone
CREATE ROLE regress_objectset_reader;
GRANT USAGE ON SCHEMA prune TO regress_objectset_reader;
GRANT ALL ON patient_set, patient_set_history, patient TO regress_objectset_reader;
ALTER TABLE patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON patient USING (id < 3);
SET ROLE regress_objectset_reader;
SELECT error_of($$SELECT objectset_prune('patient_set')$$);
SHOW row_security;
RESET ROLE;
ALTER TABLE patient DISABLE ROW LEVEL SECURITY;
SELECT * FROM show();

-- The trigger: small sets lose the ids outright
SELECT objectset_follow_deletes('patient_set');
SELECT objectset_follow_deletes('patient_set');
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'patient'::regclass AND NOT tgisinternal ORDER BY 1;
DELETE FROM patient WHERE id = 2;
DELETE FROM patient WHERE id IN (1, 3, 9);
DELETE FROM patient WHERE id = 12;
DELETE FROM patient WHERE false;
SELECT * FROM show();
SELECT name, departed, departed_ids FROM patient_set, objectset_history('patient_set', name) h WHERE name <> 'none' ORDER BY id, h.at;

-- Large ones keep their base where it is
INSERT INTO patient_set (name, query, base)
SELECT n, q, (SELECT objectset_agg(id) FROM patient WHERE id % 3 > 0) FROM (VALUES ('large query', 'SELECT 1'), ('large plain', NULL)) v (n, q);
CREATE TABLE before AS SELECT name, base FROM patient_set;
DELETE FROM patient WHERE id = 100;
DELETE FROM patient WHERE id IN (101, 102, 103, 104);
SELECT s.*, b.base = p.base AS same_base FROM show() s JOIN patient_set p USING (name) JOIN before b USING (name) WHERE name LIKE 'large%' ORDER BY name;
-- A deleted id that was excluded already is no loss, and none is noted
UPDATE patient_set SET removed = removed | 200 WHERE name = 'large query';
DELETE FROM patient WHERE id = 200;
SELECT name, departed, departed_ids FROM patient_set, objectset_history('patient_set', name) WHERE name LIKE 'large%' ORDER BY 1, at, 3;
-- Many at once leave base
DELETE FROM patient WHERE id BETWEEN 1000 AND 9000;
SELECT s.*, cardinality(p.base) AS base_count FROM show() s JOIN patient_set p USING (name) WHERE name LIKE 'large%' ORDER BY name;
-- One by one, too, in the end: a set without a query has nothing to remember
DO $$ BEGIN FOR i IN 9001 .. 10000 LOOP DELETE FROM patient WHERE id = i; END LOOP; END $$;
SELECT name, count, count = cardinality(((base - deleted) | added) - removed) AS is_exact, cardinality(deleted) < 300 AS is_folded
FROM patient_set WHERE name LIKE 'large%' ORDER BY name;
SELECT objectset_prune('patient_set');
SELECT name, count, cardinality(removed) FROM patient_set WHERE name LIKE 'large%' ORDER BY name;

-- It follows renames, other columns, cascades, and moves of schema; the row that is deleted may be in no set at all
CREATE TABLE clinic (id int PRIMARY KEY);
INSERT INTO clinic VALUES (1), (2);
ALTER TABLE patient ADD clinic int REFERENCES clinic ON DELETE CASCADE;
UPDATE patient SET clinic = 1 + id % 2;
ALTER TABLE patient_set RENAME TO "patient's sets";
CREATE SCHEMA elsewhere;
ALTER TABLE "patient's sets" SET SCHEMA elsewhere;
DELETE FROM clinic WHERE id = 1;
SELECT name, count, count = (SELECT count(*) FROM patient WHERE id <@ ((s.base - s.deleted) | s.added) - s.removed) AS is_exact FROM elsewhere."patient's sets" s ORDER BY id;
ALTER TABLE elsewhere."patient's sets" RENAME TO patient_set;
ALTER TABLE elsewhere.patient_set SET SCHEMA prune;

-- Whoever may delete need not be allowed to write the sets; the search path has no say; the history tells who it was
CREATE SCHEMA evil;
CREATE FUNCTION evil.mine() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'run as %', current_user; END $$;
CREATE FUNCTION evil.cardinality(public.objectset) RETURNS bigint LANGUAGE sql AS 'SELECT evil.mine()::bigint';
CREATE FUNCTION evil.gt(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT evil.mine() > 0';
CREATE OPERATOR evil.> (FUNCTION = evil.gt, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR evil.= (FUNCTION = evil.gt, LEFTARG = int, RIGHTARG = int);
CREATE FUNCTION evil.both(public.objectset, public.objectset) RETURNS boolean LANGUAGE sql AS 'SELECT evil.mine() > 0';
CREATE OPERATOR evil.&& (FUNCTION = evil.both, LEFTARG = public.objectset, RIGHTARG = public.objectset);
CREATE FUNCTION evil.same(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT evil.mine() > 0';
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = oid, RIGHTARG = oid);
GRANT USAGE ON SCHEMA evil TO regress_objectset_reader;
REVOKE ALL ON patient_set, patient_set_history FROM regress_objectset_reader;
SET ROLE regress_objectset_reader;
SET search_path = evil, pg_catalog;
DELETE FROM prune.patient WHERE id OPERATOR(pg_catalog.=) 7;
DELETE FROM prune.patient WHERE id OPERATOR(pg_catalog.=) ANY ('{11,17,23}');
SELECT current_user;
RESET ROLE;
SET search_path = prune, public;
SELECT * FROM show() WHERE name = 'query';
SELECT by, departed, departed_ids FROM objectset_history('patient_set', 'large query') ORDER BY at DESC LIMIT 2;

-- Someone else's trigger, on another table, has no business with these sets
SET client_min_messages = warning;
DROP SCHEMA evil CASCADE;
RESET client_min_messages;
CREATE TABLE other (id int);
INSERT INTO other SELECT id FROM patient;
CREATE TRIGGER forged AFTER DELETE ON other REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT
  WHEN ('prune.patient_set'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_target_changed();
SELECT sum(count) AS before FROM patient_set \gset
DELETE FROM other;
SELECT sum(count) = :before AS untouched FROM patient_set;
DROP TRIGGER forged ON other;
-- Nor does one that is otherwise made
INSERT INTO other VALUES (1);
CREATE TRIGGER forged AFTER DELETE ON other REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION _objectset_target_changed();
SELECT error_of('DELETE FROM other');
DROP TRIGGER forged ON other;
CREATE TRIGGER forged BEFORE DELETE ON other FOR EACH ROW WHEN ('prune.patient_set'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_target_changed();
SELECT error_of('DELETE FROM other');
SELECT error_of('SELECT _objectset_target_changed()');

-- TRUNCATE, and the end of it
BEGIN;
TRUNCATE clinic, patient;
SELECT * FROM show();
SELECT name, sum(h.departed) FROM patient_set, objectset_history('patient_set', name) h WHERE name LIKE 'large%' GROUP BY 1 ORDER BY 1;
ROLLBACK;
SELECT objectset_follow_deletes('patient_set', false);
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'patient'::regclass AND tgfoid = '_objectset_target_changed'::regproc;
DELETE FROM patient WHERE id = 16;
SELECT objectset_prune('patient_set');

-- Partitions: the parent's statements
CREATE TABLE event (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (100);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (100) TO (200);
INSERT INTO event SELECT generate_series(1, 199);
DO $$ BEGIN PERFORM objectset_create_table('event_set', 'event'); PERFORM objectset_follow_deletes('event_set'); END $$;
INSERT INTO event_set (name, base) VALUES ('x', '{50..150}');
DELETE FROM event WHERE id BETWEEN 90 AND 110;
SELECT count FROM event_set;
DELETE FROM event_1 WHERE id = 50;
SELECT count, objectset_prune('event_set') FROM event_set;
SELECT count FROM event_set;

-- A deletion is no exclusion: a row that comes back and matches enters again, whatever the set's size; one by hand stays out
CREATE TABLE doctor (id int PRIMARY KEY, ward int DEFAULT 1);
INSERT INTO doctor SELECT i FROM generate_series(1, 30000) i;
DO $$ BEGIN PERFORM objectset_create_table('doctor_set', 'doctor'); PERFORM objectset_follow_deletes('doctor_set'); END $$;
SELECT objectset_save('doctor_set', 'small', 'SELECT id FROM doctor WHERE ward = 1 AND id < 10'), objectset_save('doctor_set', 'large', 'SELECT id FROM doctor WHERE ward = 1'),
       objectset_save('doctor_set', 'plain', '{1..9}'), objectset_save('doctor_set', 'plain large', objectset_range(1, 30001));
SELECT objectset_remove('doctor_set', name, 3), objectset_add('doctor_set', name, 40000) FROM doctor_set;
DELETE FROM doctor WHERE id IN (2, 3);
SELECT name, count, added, removed, deleted FROM doctor_set ORDER BY id;
INSERT INTO doctor VALUES (2), (3);
SELECT * FROM objectset_refresh('doctor_set');
SELECT name, count, added, removed, deleted FROM doctor_set ORDER BY id;

-- Keys that change are followed, all at once; swapped ones too. What was excluded stays so under its new id.
UPDATE doctor SET id = 50003 WHERE id = 3;
UPDATE doctor SET id = CASE id WHEN 4 THEN 60004 ELSE 4 END WHERE id IN (4, 5);
UPDATE doctor SET ward = 2 WHERE id = 6;
SELECT name, count, objectset_between(members(s), 1, 10), objectset_between(members(s), 40001, NULL) AS beyond, removed FROM doctor_set s ORDER BY id;
SELECT * FROM objectset_refresh('doctor_set');
-- Merged records: one is a member afterwards if one of them was
SELECT objectset_rekey('doctor_set', 7, 8), objectset_rekey('doctor_set', ARRAY[1, 60004], ARRAY[60004, 1]), objectset_rekey('doctor_set', '{}', '{}');
SELECT name, objectset_between(members(s), 1, 10) FROM doctor_set s ORDER BY id;
-- Members that change places got another id, too; one that keeps its own did not.
CREATE TABLE place (id bigint PRIMARY KEY);
SELECT objectset_create_table('place_set', 'place');
SELECT objectset_save('place_set', 'a', '{1,2}'), objectset_save('place_set', 'b', '{2,5}');
SELECT objectset_rekey('place_set', ARRAY[1, 2], ARRAY[2, 1]), objectset_rekey('place_set', ARRAY[1, 2, 3], ARRAY[2, 3, 1]), objectset_rekey('place_set', ARRAY[2, 3, 5], ARRAY[5, 3, 5]);
SELECT name, members(s) FROM place_set s ORDER BY name;
DROP TABLE place_set, place;
SELECT error_of($$SELECT objectset_rekey('doctor_set', ARRAY[1, 2], ARRAY[3])$$), error_of($$SELECT objectset_rekey('doctor_set', ARRAY[1, NULL], ARRAY[3, 4])$$);

-- A key that becomes NULL is gone like its row, also where another row gets the id at once.
CREATE TABLE guest (id bigint UNIQUE DEFERRABLE, n int);
INSERT INTO guest SELECT i, i FROM generate_series(1, 30000) AS i;
SELECT objectset_create_table('guest_set', 'guest', 'id');
SELECT objectset_follow_deletes('guest_set');
SELECT objectset_save('guest_set', 'small', '{1..6}'), objectset_save('guest_set', 'found', 'SELECT id FROM guest WHERE n < 4 OR n > 8'), objectset_save('guest_set', 'large', objectset_range(1, 30001));
SELECT objectset_add('guest_set', 'found', 5), objectset_remove('guest_set', 'found', 3);
UPDATE guest SET id = NULL WHERE id IN (1, 3, 5, 20000);
UPDATE guest SET id = CASE id WHEN 2 THEN NULL WHEN 4 THEN 2 WHEN 9 THEN 10 WHEN 10 THEN 9 END WHERE id IN (2, 4, 9, 10);
UPDATE guest SET id = 1 WHERE n = 1;
SELECT name, objectset_between(s.members, 1, 12), count, removed, added FROM guest_set AS s ORDER BY id;
SELECT objectset_prune('guest_set');

-- Nor are partitions followed whose rows go by the name of the table above.
DO $$ BEGIN PERFORM objectset_create_table('part_set', 'event_1'); END $$;
SELECT error_of($$SELECT objectset_follow_deletes('part_set')$$);
DROP TABLE part_set;
-- Where rows share ids, that one goes does not tell that its id is gone: neither keys without a unique index nor children are followed.
CREATE TABLE stay (guest_id int NOT NULL, n int, PRIMARY KEY (guest_id, n)) PARTITION BY RANGE (n);
CREATE TABLE stay_1 PARTITION OF stay FOR VALUES FROM (0) TO (10);
INSERT INTO stay VALUES (1, 1), (1, 2), (2, 1);
CREATE TABLE old_guest () INHERITS (guest);
SELECT objectset_create_table('stay_set', 'stay', 'guest_id');
SELECT objectset_follow_deletes('stay_set');
SELECT objectset_follow_deletes('stay_set', false), error_of($$SELECT objectset_follow_deletes('guest_set')$$);
INSERT INTO old_guest VALUES (7, 7);
DELETE FROM ONLY guest WHERE id = 7;
SELECT objectset_has('guest_set', 'large', 7), objectset_prune('guest_set');
DROP TABLE old_guest;
DELETE FROM guest WHERE id = 6;
SELECT objectset_has('guest_set', 'large', 6), objectset_prune('guest_set');
-- It may be so later only.
ALTER TABLE guest DROP CONSTRAINT guest_id_key;
SELECT objectset_set_key('guest_set', 'id');
INSERT INTO guest VALUES (8, 0);
DELETE FROM guest WHERE id = 8 AND n = 0;
SELECT objectset_has('guest_set', 'large', 8);
CREATE UNIQUE INDEX ON guest (id);
DELETE FROM guest WHERE id = 8;
SELECT objectset_has('guest_set', 'large', 8);
SET client_min_messages = warning;
DROP TABLE guest_set, stay_set CASCADE;
RESET client_min_messages;

-- Edits of a plain set are none of a query's corrections, whatever the set's size, and however it gets the query
SELECT objectset_save('doctor_set', name, '{1..8}'), objectset_remove('doctor_set', name, 7) FROM unnest('{by save,by update,by define}'::text[]) AS name;
SELECT objectset_save('doctor_set', 'large ' || name, objectset_range(1, 30001)), objectset_remove('doctor_set', 'large ' || name, 7), objectset_add('doctor_set', 'large ' || name, 70000)
FROM unnest('{by save,by update,by define}'::text[]) AS name;
SELECT objectset_purge('doctor_set', 'large by save') AS forgotten, objectset_has('doctor_set', 'large by save', 7) AS is_back;
SELECT objectset_save('doctor_set', name, 'SELECT generate_series(1, 8)') FROM unnest('{by save,large by save}'::text[]) AS name;
UPDATE doctor_set SET query = 'SELECT generate_series(1, 8)' WHERE name LIKE '%by update';
DO $$ BEGIN PERFORM objectset_save('doctor_set', 'eight', '{1..8}'); PERFORM objectset_define('doctor_set', 'by define', 'eight'); PERFORM objectset_define('doctor_set', 'large by define', 'eight'); END $$;
SELECT count(*) FROM objectset_refresh('doctor_set');
SELECT name, s.members, added, removed, deleted FROM doctor_set s WHERE name LIKE '%by %' ORDER BY id;

-- Another primary key changes nothing: the key is a column. One that is not unique any more is said to be so, and keeps nobody from deleting.
ALTER TABLE doctor ADD tenant int NOT NULL DEFAULT 1, ADD CONSTRAINT doctor_id UNIQUE (id), DROP CONSTRAINT doctor_pkey, ADD PRIMARY KEY (tenant, id);
SELECT objectset_target('doctor_set');
DELETE FROM doctor WHERE id = 9;
SELECT name, s.members @> 9 AS is_in FROM doctor_set s WHERE name IN ('small', 'large', 'plain') ORDER BY name;
ALTER TABLE doctor DROP CONSTRAINT doctor_id;
SELECT error_of(format('SELECT objectset_%s', call)) FROM unnest(ARRAY[$$add('doctor_set', 'small', 1)$$, $$refresh('doctor_set')$$, $$prune('doctor_set')$$, $$members('doctor_set', 'small')$$]) AS call;
DELETE FROM doctor WHERE id = 8;
SELECT set_table, target, key, sets, bytes > 8192 AS bytes, problem FROM objectset_tables();
SELECT objectset_set_key('doctor_set', 'id');
SELECT objectset_prune('doctor_set', 'small');
ALTER TABLE doctor ALTER id TYPE text;
SELECT error_of($$SELECT objectset_prune('doctor_set')$$);
DELETE FROM doctor WHERE id = '10';
-- Nor does a set table that is none any more.
ALTER TABLE doctor ALTER id TYPE bigint USING id::bigint;
SELECT objectset_set_key('doctor_set', 'id');
ALTER TABLE doctor_set DROP COLUMN seal;
SELECT error_of($$SELECT objectset_prune('doctor_set')$$);
DELETE FROM doctor WHERE id = 11;
ALTER TABLE doctor_set ADD seal bytea;
CREATE RULE quiet AS ON DELETE TO doctor_set DO INSTEAD NOTHING;
SELECT error_of($$SELECT objectset_prune('doctor_set')$$);
DELETE FROM doctor WHERE id = 12;
DROP RULE quiet ON doctor_set;
ALTER TABLE doctor_set DROP CONSTRAINT objectset_target;
DELETE FROM doctor WHERE id = 13;
DROP TABLE doctor_set CASCADE;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'doctor'::regclass;

-- Virtual columns cannot be keys, temporary targets have temporary set tables, an empty search path is no place
CREATE TEMP TABLE for_now (id int PRIMARY KEY);
SELECT error_of($$SELECT objectset_create_table('prune.forever', 'for_now')$$);
SELECT objectset_create_table('pg_temp.for_now_set', 'for_now') IS NOT NULL AS made;
SET search_path = '';
SELECT public.error_of($$SELECT public.objectset_create_table('nowhere', 'prune.patient')$$);
SET search_path = prune, public;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA prune, elsewhere CASCADE;
DROP ROLE regress_objectset_reader;
