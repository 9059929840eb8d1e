-- Sets that are refreshed for what has changed.
CREATE TABLE patient (id int PRIMARY KEY, age int NOT NULL);
CREATE TABLE visit (patient_id int, k int);
INSERT INTO patient SELECT i, i % 10 FROM generate_series(1, 100) i;
INSERT INTO visit SELECT i % 100 + 1, i % 7 FROM generate_series(1, 200) i;
SELECT objectset_create_table('patient_set', 'patient');
SELECT objectset_save('patient_set', 'young', 'SELECT id FROM patient WHERE age < 3'),
       objectset_save('patient_set', 'seen', 'SELECT p.id FROM patient p WHERE EXISTS (SELECT FROM visit v WHERE v.patient_id = p.id AND v.k = 3)'),
       objectset_save('patient_set', 'often', 'SELECT patient_id FROM visit GROUP BY patient_id HAVING count(*) > 2'),
       objectset_save('patient_set', 'ten', 'SELECT id FROM patient ORDER BY age, id LIMIT 10'),
       objectset_save('patient_set', 'plain', '{1..10}');
SELECT objectset_define('patient_set', 'both', 'young & seen');
CREATE VIEW plans AS SELECT s.name, p.* FROM patient_set s, objectset_refresh_plan('patient_set', s.name) p WHERE s.name <> 'plain';
SELECT * FROM plans ORDER BY name;
-- From now on.
SELECT objectset_track('patient_set');
SELECT attname AS without_comment FROM pg_attribute WHERE attrelid = 'patient_set_changes'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;
SELECT * FROM plans ORDER BY name;
SELECT objectset_track('patient_set', 'visit', 'patient_id');
SELECT objectset_track('patient_set', 'visit', 'patient_id');
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgfoid = '_objectset_note_changes'::regproc ORDER BY 1, 2;
SELECT name FROM objectset_refresh('patient_set') ORDER BY name;
SELECT * FROM plans ORDER BY name;
-- A statement is one entry, with old ids and new; one that changes no row is none.
UPDATE patient SET age = 20 WHERE id <= 20;
UPDATE visit SET patient_id = patient_id + 1 WHERE patient_id IN (40, 99);
UPDATE visit SET k = 1 WHERE patient_id = 1000;
INSERT INTO visit VALUES (NULL, 3);
DELETE FROM visit WHERE patient_id = 7;
INSERT INTO visit SELECT 5, 3 FROM generate_series(1, 3);
SELECT source, changed, everything FROM patient_set_changes ORDER BY xid;
SELECT s.name, v.* FROM patient_set s, objectset_verify('patient_set', s.name) v WHERE s.name <> 'plain' ORDER BY 1;
SELECT * FROM objectset_refresh('patient_set') ORDER BY name;
SELECT name, s.members FROM patient_set s WHERE name <> 'ten' ORDER BY name;
-- Corrections, and what left the base by itself.
UPDATE patient SET age = 1 WHERE id = 11;
SELECT objectset_remove('patient_set', 'young', 21), objectset_add('patient_set', 'young', 15), objectset_forget('patient_set', 'young', 22);
SELECT * FROM objectset_refresh_plan('patient_set', 'young');
SELECT * FROM objectset_refresh('patient_set', 'young');
SELECT s.members FROM patient_set s WHERE name = 'young';
-- What cannot be told by ids.
UPDATE patient_set SET base = base - 30 WHERE name = 'young';
SELECT * FROM objectset_refresh_plan('patient_set', 'young');
SELECT * FROM objectset_refresh('patient_set', 'young');
TRUNCATE visit;
SELECT * FROM plans ORDER BY name;
SELECT * FROM objectset_refresh('patient_set') ORDER BY name;
SELECT name, way FROM plans ORDER BY name;
ALTER TABLE visit DISABLE TRIGGER patient_set_changes_insert;
INSERT INTO visit VALUES (50, 3);
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
ALTER TABLE visit ENABLE ALWAYS TRIGGER patient_set_changes_insert;
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_refresh('patient_set') ORDER BY name;
-- As it happens within the transaction that refreshes.
BEGIN;
ALTER TABLE visit DISABLE TRIGGER ALL;
ALTER TABLE visit ENABLE ALWAYS TRIGGER patient_set_changes_insert;
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
ALTER TABLE visit ENABLE ALWAYS TRIGGER patient_set_changes_update;
ALTER TABLE visit ENABLE ALWAYS TRIGGER patient_set_changes_delete;
ALTER TABLE visit ENABLE ALWAYS TRIGGER patient_set_changes_truncate;
ALTER TABLE visit ENABLE REPLICA TRIGGER patient_set_changes_replicated;
SELECT * FROM objectset_refresh('patient_set', 'seen');
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
ROLLBACK;
-- What a restore of the data alone does: those for rows would write a row each, and none fire for a replica. One statement is
-- one row all the same, and nothing is believed until the table is tracked again.
SELECT name, way FROM plans ORDER BY name;
ALTER TABLE visit DISABLE TRIGGER ALL;
ALTER TABLE visit ENABLE TRIGGER ALL;
CREATE TEMPORARY TABLE entries AS SELECT count(*) AS before FROM patient_set_changes;
INSERT INTO visit SELECT 71, n FROM generate_series(1, 10) n;
SELECT count(*) - before AS entries FROM patient_set_changes, entries GROUP BY before;
SELECT * FROM objectset_refresh('patient_set', 'seen');
SET session_replication_role = replica;
INSERT INTO visit VALUES (72, 3);
RESET session_replication_role;
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_refresh('patient_set', 'seen');
SELECT objectset_track('patient_set', 'visit', 'patient_id');
SELECT count(*) FILTER (WHERE tgenabled = 'A') AS always, count(*) FILTER (WHERE tgenabled = 'R') AS replica FROM pg_trigger WHERE tgrelid = 'visit'::regclass AND tgname LIKE 'patient_set_changes%';
SELECT * FROM objectset_refresh('patient_set') ORDER BY name;
SELECT name, way FROM plans ORDER BY name;
DELETE FROM visit WHERE patient_id > 70;
SELECT * FROM objectset_refresh('patient_set') ORDER BY name;
DROP TABLE entries;
-- A child that leaves its parent, changes, and comes back.
CREATE TABLE note (pid int, k int);
CREATE TABLE old_note () INHERITS (note);
INSERT INTO old_note VALUES (3, 1), (4, 1);
SELECT objectset_track('patient_set', 'note', 'pid');
SELECT objectset_save('patient_set', 'noted', 'SELECT pid FROM note WHERE k = 1');
SELECT objectset_refresh_plan('patient_set', 'noted');
ALTER TABLE old_note NO INHERIT note;
DELETE FROM old_note WHERE pid = 3;
ALTER TABLE old_note INHERIT note;
SELECT * FROM objectset_refresh_plan('patient_set', 'noted');
SELECT * FROM objectset_refresh('patient_set', 'noted');
DELETE FROM note WHERE pid = 4;
SELECT * FROM objectset_refresh_plan('patient_set', 'noted');
SELECT * FROM objectset_refresh('patient_set', 'noted');
-- An emptied log tells nothing.
INSERT INTO note VALUES (8, 1);
TRUNCATE patient_set_changes;
SELECT * FROM objectset_refresh_plan('patient_set', 'noted');
SELECT * FROM objectset_refresh('patient_set', 'noted');
-- Erased ids are not in the log either.
SELECT * FROM objectset_refresh('patient_set') ORDER BY name;
INSERT INTO note VALUES (9, 1), (10, 1);
SELECT objectset_erase('patient', 9);
SELECT changed, everything FROM patient_set_changes WHERE changed && '{9,10}';
SELECT * FROM objectset_refresh_plan('patient_set', 'noted');

-- Whoever writes a tracked table needs no right to the log, and nobody else gets one.
CREATE ROLE regress_objectset_writer;
CREATE ROLE regress_objectset_forger;
GRANT INSERT, UPDATE, SELECT ON visit, patient TO regress_objectset_writer;
SELECT objectset_refresh('patient_set', 'seen');
SET ROLE regress_objectset_writer;
INSERT INTO visit VALUES (60, 3);
SELECT * FROM patient_set_changes;
INSERT INTO patient_set_changes (changed) VALUES ('{1}');
SELECT objectset_track('patient_set');
SELECT objectset_untrack('patient_set');
RESET ROLE;
SELECT * FROM objectset_refresh('patient_set', 'seen');
-- A trigger that names the log, on a table that the log does not name, writes nothing there.
GRANT CREATE ON SCHEMA public TO regress_objectset_forger;
GRANT USAGE ON SCHEMA public TO regress_objectset_forger;
SELECT count(*) AS entries FROM patient_set_changes \gset
SET ROLE regress_objectset_forger;
CREATE TABLE forged (id int, pid int, patient_id int);
CREATE TRIGGER forge AFTER INSERT ON forged REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
  WHEN ('patient_set_changes'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_note_changes();
CREATE TRIGGER forge_truncate AFTER TRUNCATE ON forged FOR EACH STATEMENT
  WHEN ('patient_set_changes'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_note_changes();
INSERT INTO forged VALUES (1, 2, 3);
TRUNCATE forged;
CREATE TRIGGER forge_none AFTER DELETE ON forged FOR EACH STATEMENT EXECUTE FUNCTION _objectset_note_changes();
DELETE FROM forged;
SELECT _objectset_note_changes();
-- Nor can they track what they may not have triggers on, nor lock it.
SELECT objectset_create_table('forged_set', 'forged', key => 'id', triggers => false);
SELECT objectset_track('forged_set', 'visit', 'patient_id');
DROP TRIGGER forge ON forged;
DROP TRIGGER forge_truncate ON forged;
RESET ROLE;
SELECT count(*) - :entries AS forged FROM patient_set_changes;
-- A row of an older state that comes back has not seen what was dropped since.
CREATE TABLE kept AS SELECT name, base, seen, seen_mark FROM patient_set;
SELECT base FROM kept WHERE name = 'seen';
INSERT INTO visit VALUES (61, 3);
SELECT * FROM objectset_refresh('patient_set', 'seen');
SELECT count(*) FROM objectset_refresh('patient_set');
SELECT source, changed, everything FROM patient_set_changes;
UPDATE patient_set s SET base = k.base, seen = k.seen, seen_mark = k.seen_mark FROM kept k WHERE k.name = s.name;
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_refresh('patient_set', 'seen');
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
DROP TABLE kept;
-- Nobody can say for a refresh what it has seen, or have another query or role take it over.
INSERT INTO visit VALUES (62, 3);
UPDATE patient_set SET seen = ARRAY[pg_snapshot_xmax(pg_current_snapshot()), pg_snapshot_xmax(pg_current_snapshot())] WHERE name = 'seen';
SELECT * FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_refresh('patient_set', 'seen');
INSERT INTO visit VALUES (63, 3);
UPDATE patient_set SET seen = NULL WHERE name = 'seen';
SELECT * FROM objectset_refresh('patient_set', 'seen');
GRANT SELECT, INSERT ON patient_set TO regress_objectset_writer;
INSERT INTO visit VALUES (64, 3);
SET ROLE regress_objectset_writer;
INSERT INTO patient_set (name, query, parameters, settings, base, seen, seen_mark)
  SELECT 'taken', query, parameters, settings, base, seen, seen_mark FROM patient_set WHERE name = 'seen';
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'taken');
-- How they went.
RESET ROLE;
SELECT name, refreshed > now() - interval '1 hour' AS recent, took > interval '0' AS took, way, failures, changed, last_error FROM objectset_status('patient_set');
ALTER TABLE visit RENAME TO unvisited;
SET client_min_messages = error;
SELECT * FROM objectset_refresh('patient_set', 'seen'), objectset_refresh('patient_set', 'seen') again;
RESET client_min_messages;
SELECT name, way, failures, last_error FROM objectset_status('patient_set') WHERE failures > 0;
ALTER TABLE unvisited RENAME TO visit;
SELECT objectset_refresh('patient_set', 'seen');
SELECT way, failures, changed, last_error FROM objectset_status('patient_set') WHERE name = 'seen';
INSERT INTO visit VALUES (12, 5), (13, 5);
SELECT way, failures, changed, last_error FROM objectset_status('patient_set') WHERE name = 'seen';
-- However many sets there are, what they have all seen is asked for once.
BEGIN;
UPDATE patient_set SET (base, seen, seen_mark) = (SELECT base, seen, seen_mark FROM patient_set WHERE name = 'seen') WHERE seen_mark IS NOT NULL;
SELECT pg_stat_get_xact_numscans('patient_set_changes'::regclass) AS before \gset
SELECT name, changed FROM objectset_status('patient_set') WHERE changed IS NOT NULL;
SELECT pg_stat_get_xact_numscans('patient_set_changes'::regclass) - :before AS scans;
ROLLBACK;
SET ROLE regress_objectset_writer;
SELECT count(*) > 3 AS readable FROM objectset_status('patient_set');
-- Readers may not have a query run as its saver; what a refresh would do they may know.
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_verify('patient_set', 'seen');
RESET ROLE;
SELECT objectset_drop('patient_set', 'taken');
-- Triggers that look as if they noticed something.
DROP TRIGGER patient_set_changes_insert ON visit;
CREATE TRIGGER never AFTER INSERT ON visit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
  WHEN ('patient_set_changes'::regclass IS NULL) EXECUTE FUNCTION _objectset_note_changes();
ALTER TABLE visit ENABLE ALWAYS TRIGGER never;
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'seen');
DROP TRIGGER never ON visit;
CREATE TRIGGER without AFTER INSERT ON visit FOR EACH STATEMENT
  WHEN ('patient_set_changes'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_note_changes();
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'seen');
DROP TRIGGER without ON visit;
SELECT objectset_track('patient_set', 'visit', 'patient_id');
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_refresh('patient_set', 'seen');
-- A log whose sets are something else of that name, which is not written to as if it were.
CREATE SCHEMA elsewhere;
CREATE TYPE elsewhere.objectset AS (a text, b int);
ALTER TABLE patient_set_changes ALTER changed DROP DEFAULT, ALTER changed TYPE elsewhere.objectset USING NULL, ALTER changed DROP NOT NULL;
INSERT INTO visit VALUES (65, 3);
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'seen');
DROP TRIGGER patient_set_changes_insert ON visit;
INSERT INTO visit VALUES (65, 3);
ALTER TABLE patient_set_changes ALTER changed TYPE objectset USING '{}', ALTER changed SET NOT NULL, ALTER changed SET DEFAULT '{}';
SELECT objectset_track('patient_set', 'visit', 'patient_id');
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_refresh('patient_set', 'seen');
-- What names mean, who may see which rows, and what tables are called.
CREATE FUNCTION elsewhere.fewer(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT int4lt($1 + 1, $2)';
CREATE OPERATOR elsewhere.< (FUNCTION = elsewhere.fewer, LEFTARG = int, RIGHTARG = int);
SET search_path = elsewhere, public, pg_catalog;
SELECT public.objectset_save('patient_set', 'fewer', 'SELECT id FROM patient WHERE age < 3');
RESET search_path;
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'fewer');
SELECT objectset_drop('patient_set', 'fewer');
ALTER TABLE visit RENAME patient_id TO pid;
ALTER TABLE visit RENAME TO visited;
ALTER TABLE visited SET SCHEMA elsewhere;
SELECT objectset_save('patient_set', 'moved', 'SELECT pid FROM elsewhere.visited WHERE k = 3');
INSERT INTO elsewhere.visited VALUES (66, 3);
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'moved');
SELECT * FROM objectset_refresh('patient_set', 'moved');
ALTER TABLE elsewhere.visited SET SCHEMA public;
ALTER TABLE visited RENAME TO visit;
ALTER TABLE visit RENAME pid TO patient_id;
SELECT objectset_drop('patient_set', 'moved');
SELECT * FROM objectset_refresh('patient_set', 'seen');
ALTER TABLE visit ALTER patient_id TYPE numeric;
INSERT INTO visit VALUES (67, 3);
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'often');
ALTER TABLE visit ALTER patient_id TYPE int;
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'often');
SELECT * FROM objectset_refresh('patient_set', 'seen');
ALTER TABLE visit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON visit USING (k <> 3);
CREATE ROLE regress_objectset_saver;
GRANT SELECT ON visit, patient TO regress_objectset_saver;
GRANT SELECT, INSERT, UPDATE ON patient_set TO regress_objectset_saver;
SET ROLE regress_objectset_saver;
SELECT objectset_save('patient_set', 'hidden', 'SELECT patient_id FROM visit WHERE k = 3');
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'hidden');
RESET ROLE;
SELECT objectset_drop('patient_set', 'hidden');
DROP OWNED BY regress_objectset_saver;
DROP ROLE regress_objectset_saver;
ALTER TABLE visit DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
DROP POLICY own ON visit;
DROP SCHEMA elsewhere CASCADE;
-- What was altered for a while and back again leaves no trace in the tables themselves.
SELECT * FROM objectset_refresh('patient_set', 'seen');
ALTER TABLE visit ALTER patient_id TYPE oid;
INSERT INTO visit VALUES (68, 3);
ALTER TABLE visit ALTER patient_id TYPE int;
SELECT * FROM objectset_refresh('patient_set', 'seen');
SELECT conname AS tracks_visit FROM pg_constraint WHERE conrelid = 'patient_set_changes'::regclass AND pg_get_constraintdef(oid) LIKE '%visit%' \gset
ALTER TABLE patient_set_changes RENAME CONSTRAINT :"tracks_visit" TO other;
INSERT INTO visit VALUES (69, 3);
ALTER TABLE patient_set_changes RENAME CONSTRAINT other TO :"tracks_visit";
SELECT * FROM objectset_refresh('patient_set', 'seen');
INSERT INTO visit VALUES (70, 3);
SELECT way, reason FROM objectset_refresh_plan('patient_set', 'seen');
SELECT * FROM objectset_refresh('patient_set', 'seen');
-- A child whose parent is apart for a while: nobody tells it.
CREATE TABLE letter (pid int, k int);
CREATE TABLE old_letter () INHERITS (letter);
CREATE TABLE oldest_letter () INHERITS (old_letter);
SELECT objectset_track('patient_set', 'letter', 'pid');
SELECT objectset_save('patient_set', 'written', 'SELECT pid FROM letter'), objectset_save('patient_set', 'old', 'SELECT pid FROM oldest_letter');
ALTER TABLE old_letter NO INHERIT letter;
INSERT INTO oldest_letter VALUES (1, 1);
ALTER TABLE old_letter INHERIT letter;
SELECT * FROM objectset_refresh('patient_set', 'old');
SELECT * FROM objectset_refresh('patient_set', 'written');
INSERT INTO oldest_letter VALUES (2, 1);
SELECT * FROM objectset_refresh('patient_set', 'old');
SELECT * FROM objectset_refresh('patient_set', 'written');
SELECT way FROM objectset_refresh_plan('patient_set', 'written');
SELECT objectset_drop('patient_set', 'written'), objectset_drop('patient_set', 'old'), objectset_untrack('patient_set', 'letter');
DROP TABLE letter CASCADE;
-- In a restored table columns have other numbers, and the table may have the number that it had.
CREATE TABLE dose (waste int, pid int, other int);
ALTER TABLE dose DROP waste, ADD again int;
SELECT objectset_track('patient_set', 'dose', 'other');
SELECT conname AS tracks_dose, pg_get_constraintdef(oid) AS dose_mark FROM pg_constraint WHERE conrelid = 'patient_set_changes'::regclass AND pg_get_constraintdef(oid) LIKE '%dose%' \gset
SELECT replace(regexp_replace(:'dose_mark', $$'\d+'::bigint$$, $$'7'::bigint$$), $$'other'$$, $$'pid'$$) AS dose_mark \gset
ALTER TABLE patient_set_changes DROP CONSTRAINT :"tracks_dose", ADD CONSTRAINT :"tracks_dose" :dose_mark;
INSERT INTO dose VALUES (71, 72, 73);
SELECT changed FROM patient_set_changes WHERE source = 'dose'::regclass;
SELECT objectset_untrack('patient_set', 'dose');
DROP TABLE dose;
-- A log that cannot be written to.
CREATE INDEX log_index ON patient_set_changes (at);
INSERT INTO visit VALUES (1, 1);
SELECT objectset_track('patient_set');
SELECT objectset_untrack('patient_set');
DROP INDEX log_index;
ALTER TABLE patient_set_changes ALTER source SET NOT NULL;
INSERT INTO visit VALUES (1, 1);
ALTER TABLE patient_set_changes ALTER source DROP NOT NULL;
ALTER TABLE patient_set_changes RENAME CONSTRAINT objectset_changes TO other;
INSERT INTO visit VALUES (1, 1);
ALTER TABLE patient_set_changes RENAME CONSTRAINT other TO objectset_changes;
SELECT * FROM objectset_refresh('patient_set', 'seen');
-- Refreshes of one set each leave it to one of all sets, or to a longer log, to look through many rows for what all have seen.
SELECT objectset_create_table('many_set', 'patient');
SELECT objectset_track('many_set');
SELECT count(objectset_save('many_set', 'set ' || n, 'SELECT id FROM patient WHERE id > ' || n)) FROM generate_series(1, 500) AS n;
UPDATE patient SET age = age WHERE id = 1;
SELECT count(objectset_refresh('many_set', 'set ' || n)) FROM generate_series(1, 500) AS n;
SELECT source, changed, everything FROM many_set_changes;
SELECT count(*) FROM objectset_refresh('many_set');
SELECT source, changed, everything FROM many_set_changes;
SELECT objectset_untrack('many_set');
DROP TABLE many_set;
-- Errors.
SELECT objectset_track('patient_set', 'plans', 'name');
SELECT objectset_track('patient_set', 'visit', 'none');
SELECT objectset_track('patient_set', NULL, 'x');
SELECT objectset_refresh_plan('patient_set', 'plain');
SELECT objectset_verify('patient_set', 'none');
CREATE UNLOGGED TABLE brief (pid int);
SELECT objectset_track('patient_set', 'brief', 'pid');
SELECT objectset_untrack('patient_set', 'brief');
-- Parts that are detached have their triggers still, which note nothing: they go with the log, or by themselves, whosever they are.
CREATE TABLE stay (pid int, n int) PARTITION BY RANGE (n);
CREATE TABLE stay1 PARTITION OF stay FOR VALUES FROM (0) TO (5);
CREATE TABLE stay2 PARTITION OF stay FOR VALUES FROM (5) TO (8) PARTITION BY RANGE (n);
CREATE TABLE stay21 PARTITION OF stay2 FOR VALUES FROM (5) TO (8);
SELECT objectset_create_table('stay_set', 'patient');
SELECT objectset_track('stay_set', 'stay', 'pid');
CREATE FUNCTION tracked_by_stay() RETURNS TABLE (relid regclass, triggers bigint) LANGUAGE sql AS
  $$ SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgfoid = '_objectset_note_changes'::regproc AND tgname LIKE 'stay_set%' GROUP BY 1 ORDER BY 1 $$;
SELECT error_of($$SELECT objectset_untrack('stay_set', 'stay1')$$), error_of($$SELECT objectset_untrack('stay_set', 'stay21')$$);
BEGIN;
ALTER TABLE stay DETACH PARTITION stay2;
ALTER TABLE stay21 OWNER TO regress_objectset_forger;
INSERT INTO stay VALUES (1, 1);
INSERT INTO stay21 VALUES (2, 6);
SELECT source, changed FROM stay_set_changes;
SELECT objectset_untrack('stay_set', 'stay');
SELECT * FROM tracked_by_stay();
SELECT objectset_untrack('stay_set');
SELECT * FROM tracked_by_stay();
ROLLBACK;
BEGIN;
ALTER TABLE stay DETACH PARTITION stay2;
SELECT error_of($$SELECT objectset_untrack('stay_set', 'stay1')$$);
SELECT objectset_untrack('stay_set', 'stay2');
SELECT * FROM tracked_by_stay();
SELECT error_of($$SELECT objectset_untrack('stay_set', 'stay2')$$);
SELECT objectset_untrack('stay_set');
ROLLBACK;
-- So do those on tables that the log does not name any more, or never did.
ALTER TABLE stay_set_changes DROP CONSTRAINT objectset_tracks_2;
CREATE TRIGGER stay_set_own AFTER UPDATE OF pid ON brief FOR EACH ROW WHEN ('stay_set_changes'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_note_changes();
SELECT objectset_untrack('stay_set');
SELECT * FROM tracked_by_stay();
DROP FUNCTION tracked_by_stay;
DROP TABLE stay_set, stay;
-- What is tracked may be a part of another table, by whose name its rows are changed: that is to be tracked, too.
CREATE TABLE ward (pid int, n int) PARTITION BY RANGE (n);
CREATE TABLE ward1 PARTITION OF ward FOR VALUES FROM (0) TO (5);
SELECT objectset_create_table('ward_set', 'patient');
SELECT objectset_save('ward_set', 'there', 'SELECT id FROM patient WHERE EXISTS (SELECT FROM ward1 WHERE pid = id)');
SELECT objectset_track('ward_set', 'ward1', 'pid');
SELECT objectset_refresh('ward_set');
INSERT INTO ward VALUES (1, 1);
SELECT way, reason FROM objectset_refresh_plan('ward_set', 'there');
SELECT objectset_track('ward_set', 'ward', 'n');
SELECT way, reason FROM objectset_refresh_plan('ward_set', 'there');
SELECT objectset_track('ward_set', 'ward', 'pid');
SELECT objectset_refresh('ward_set');
INSERT INTO ward VALUES (2, 2);
SELECT p.way, v.* FROM objectset_refresh_plan('ward_set', 'there') p, objectset_verify('ward_set', 'there') v;
SELECT objectset_refresh('ward_set');
CREATE FUNCTION fired_by_ward() RETURNS TABLE (relid regclass, name name, enabled "char") LANGUAGE sql AS
  $$ SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgname LIKE 'ward_set%' ORDER BY 1, 2 $$;
-- Restored without its triggers, a partition has them enabled as others are, until they are mended.
ALTER TABLE ward1 DISABLE TRIGGER ALL, ENABLE TRIGGER ALL;
SELECT way, reason FROM objectset_refresh_plan('ward_set', 'there');
SELECT objectset_track('ward_set', 'ward', 'pid');
SELECT * FROM fired_by_ward();
SELECT objectset_refresh('ward_set');
SELECT way FROM objectset_refresh_plan('ward_set', 'there');
DROP FUNCTION fired_by_ward;
-- So may be a part of what is tracked.
CREATE TABLE post (pid int);
CREATE TABLE mail (pid int);
CREATE TABLE air_mail () INHERITS (mail, post);
SELECT objectset_save('ward_set', 'mailed', 'SELECT id FROM patient WHERE EXISTS (SELECT FROM mail WHERE pid = id)');
SELECT objectset_track('ward_set', 'mail', 'pid');
SELECT objectset_refresh('ward_set', 'mailed');
SELECT way, reason FROM objectset_refresh_plan('ward_set', 'mailed');
SELECT objectset_track('ward_set', 'post', 'pid');
SELECT objectset_refresh('ward_set', 'mailed');
INSERT INTO air_mail VALUES (3);
UPDATE post SET pid = 4;
SELECT p.way, v.* FROM objectset_refresh_plan('ward_set', 'mailed') p, objectset_verify('ward_set', 'mailed') v;
SELECT objectset_refresh('ward_set', 'mailed'), members(s) FROM ward_set s WHERE name = 'mailed';
-- By what else a part is tracked, the whole need not be.
ALTER TABLE air_mail ADD code int;
SELECT objectset_track('ward_set', 'air_mail', 'code');
SELECT objectset_refresh('ward_set', 'mailed');
UPDATE mail SET pid = 5;
SELECT p.way, v.* FROM objectset_refresh_plan('ward_set', 'mailed') p, objectset_verify('ward_set', 'mailed') v;
SELECT objectset_untrack('ward_set');
DROP TABLE ward_set, ward, air_mail, mail, post;
-- The end of it.
SELECT objectset_untrack('patient_set', 'visit');
SELECT name, way, reason FROM plans WHERE name IN ('seen', 'young') ORDER BY name;
-- A log of another owner is none, but is not forgotten. What nothing writes to is nobody's log.
CREATE TABLE stray (LIKE patient_set_changes INCLUDING ALL);
ALTER TABLE stray OWNER TO regress_objectset_forger;
ALTER TABLE patient_set_changes OWNER TO regress_objectset_forger;
SELECT way, reason FROM plans WHERE name = 'young';
\set VERBOSITY default
SELECT objectset_untrack('patient_set');
SELECT objectset_untrack('patient_set', 'visit');
\set VERBOSITY terse
-- One more beside it is made with a word; that of another owner stays where it is, and two of one owner go.
SELECT objectset_track('patient_set');
SELECT objectset_untrack('patient_set');
SELECT objectset_track('patient_set');
ALTER TABLE patient_set_changes OWNER TO CURRENT_USER;
SELECT objectset_untrack('patient_set');
SELECT objectset_untrack('patient_set');
DROP TABLE stray;
SELECT count(*) FROM pg_trigger WHERE tgfoid = '_objectset_note_changes'::regproc AND tgrelid <> 'forged'::regclass;
SELECT way, reason FROM plans WHERE name = 'young';
-- The log goes with the set table, and the triggers with the log.
SELECT objectset_track('patient_set');
DROP VIEW plans;
\set VERBOSITY terse
DROP TABLE patient_set;
SET client_min_messages = warning;
DROP TABLE patient_set CASCADE;
SELECT to_regclass('patient_set_changes'), count(*) FROM pg_trigger WHERE tgrelid = 'patient'::regclass;
DROP TABLE forged_set, forged, patient, visit, old_note, note, brief CASCADE;
REVOKE ALL ON SCHEMA public FROM regress_objectset_forger;
DROP ROLE regress_objectset_writer, regress_objectset_forger;
