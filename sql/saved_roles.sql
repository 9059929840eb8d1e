-- Saved queries run as who saved them, and nobody makes one run as somebody else.
SET client_min_messages = warning;
CREATE ROLE regress_owner;
CREATE ROLE regress_alice;
CREATE ROLE regress_mallory;
RESET client_min_messages;
CREATE TABLE patient (id int PRIMARY KEY, seen_by name);
INSERT INTO patient VALUES (1, 'regress_alice'), (2, 'regress_mallory'), (3, 'regress_owner'), (4, current_user);
GRANT SELECT ON patient TO PUBLIC;
CREATE SCHEMA work AUTHORIZATION regress_owner;
GRANT USAGE, CREATE ON SCHEMA work TO regress_alice, regress_mallory;
SET ROLE regress_owner;
SELECT objectset_create_table('work.patient_set', 'patient');
GRANT SELECT, INSERT, UPDATE, DELETE ON work.patient_set TO regress_alice, regress_mallory;
RESET ROLE;

-- What betrays the role that a query runs as: it finds the patient with that name, and leaves a trace of its calls.
CREATE TABLE work.trace (who name, as_superuser boolean);
GRANT INSERT, SELECT ON work.trace TO PUBLIC;
SET ROLE regress_mallory;
CREATE FUNCTION work.evil() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO work.trace SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user;
  RETURN 1;
END $$;
RESET ROLE;
CREATE VIEW work.callers AS SELECT DISTINCT who, as_superuser FROM work.trace;

-- ---- As the role that saved it
SET ROLE regress_alice;
SELECT objectset_save('work.patient_set', 'mine', 'SELECT id FROM patient WHERE seen_by = current_user');
SELECT name, s.members, saved_by FROM work.patient_set s;
SELECT r.entered, r.departed FROM objectset_refresh('work.patient_set', 'mine') AS r;
RESET ROLE;
-- Whoever may change the set may have it refreshed; the query runs as alice, who is known to have saved it.
SET ROLE regress_mallory;
SELECT r.entered, r.departed FROM objectset_refresh('work.patient_set', 'mine') AS r;
RESET ROLE;
SELECT r.entered, r.departed FROM objectset_refresh('work.patient_set', 'mine') AS r;
SELECT s.members, last_error FROM work.patient_set s WHERE name = 'mine';

-- ---- Who may write rows cannot pass for somebody else.
SET ROLE regress_mallory;
INSERT INTO work.patient_set (name, query, saved_by, settings)
SELECT 'forged ' || saver, 'SELECT work.evil()', saver::regrole, '{search_path=work}' FROM unnest('{postgres,regress_owner,regress_alice}'::text[]) AS saver;
INSERT INTO work.patient_set (name, query) VALUES ('written over', 'SELECT 1');
UPDATE work.patient_set SET saved_by = 'postgres' WHERE name = 'written over';
UPDATE work.patient_set SET saved_by = 'postgres', query = 'SELECT work.evil()' WHERE name = 'written over';
INSERT INTO work.patient_set (name, query, saved_by) VALUES ('written over', 'SELECT work.evil()', 'postgres')
ON CONFLICT (name) DO UPDATE SET query = excluded.query || ' ', saved_by = excluded.saved_by;
-- Nor is a query of alice's with other settings, or another saver, mallory's or hers any more, or to be copied.
SELECT error_of($$UPDATE work.patient_set SET saved_by = 'regress_owner' WHERE name = 'mine'$$);
SELECT objectset_copy('work.patient_set', 'mine', 'path');
RESET ROLE;
SET ROLE regress_alice;
SELECT objectset_save('work.patient_set', 'mine', 'SELECT id FROM patient WHERE seen_by = current_user');
SELECT objectset_save('work.patient_set', 'path', 'SELECT id FROM patient WHERE seen_by = current_user');
RESET ROLE;
SET ROLE regress_mallory;
UPDATE work.patient_set SET settings = '{"search_path=work, public"}' WHERE name = 'path';
SELECT name, saved_by FROM work.patient_set ORDER BY id;
RESET ROLE;
-- Nor does a superuser say so for somebody by writing what a dump says: rows in which another role is named, and those that COPY
-- brings, are nobody's until objectset_trust is called.
INSERT INTO work.patient_set (name, query, saved_by) VALUES ('brought in', 'SELECT id FROM patient WHERE seen_by = current_user', 'regress_alice');
COPY work.patient_set (name, query, saved_by) FROM stdin;
copied	SELECT id FROM patient WHERE seen_by = current_user	regress_alice
\.
COPY work.patient_set (name, query) FROM stdin;
copied without	SELECT id FROM patient WHERE seen_by = current_user
\.
-- Whatever calls it, and wherever a trigger takes its rows to.
DO $$ BEGIN COPY work.patient_set (name, query) FROM PROGRAM 'echo "copied by DO|SELECT 1"' (DELIMITER '|'); END $$;
CREATE FUNCTION work.loads() RETURNS void LANGUAGE sql AS $$COPY work.patient_set (name, query) FROM PROGRAM 'echo "copied by a function|SELECT 1"' (DELIMITER '|')$$;
SELECT work.loads();
CREATE VIEW work.loaded AS SELECT name, query FROM work.patient_set;
CREATE FUNCTION work.puts() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO work.patient_set (name, query) VALUES (new.name, new.query); RETURN NULL; END$$;
CREATE TRIGGER puts INSTEAD OF INSERT ON work.loaded FOR EACH ROW EXECUTE FUNCTION work.puts();
COPY work.loaded (name, query) FROM stdin;
copied by a view	SELECT 1
\.
INSERT INTO work.loaded (name, query) VALUES ('copied by nobody', 'SELECT 1');
DROP VIEW work.loaded; DROP FUNCTION work.puts, work.loads;
SELECT name, saved_by, seal IS NULL AS unsealed FROM work.patient_set WHERE name LIKE 'brought%' OR name LIKE 'copied%' ORDER BY name;
SELECT r.entered, r.departed FROM objectset_refresh('work.patient_set', 'copied') AS r;
SELECT objectset_trust('work.patient_set', 'copied');
SELECT r.entered, r.departed FROM objectset_refresh('work.patient_set', 'copied') AS r;
DELETE FROM work.patient_set WHERE name LIKE 'brought%' OR name LIKE 'copied%';
-- A superuser refreshes all.
\set VERBOSITY terse
SELECT * FROM objectset_refresh('work.patient_set');
SET client_min_messages = error;
SET ROLE regress_alice;
SELECT * FROM objectset_refresh('work.patient_set');
RESET ROLE;
SET ROLE regress_owner;
SELECT * FROM objectset_refresh('work.patient_set');
RESET client_min_messages;
RESET ROLE;
SELECT * FROM work.callers;
GRANT regress_mallory TO regress_owner;
SELECT * FROM objectset_refresh('work.patient_set');
SELECT * FROM work.callers;
REVOKE regress_mallory FROM regress_owner;
DELETE FROM work.patient_set WHERE name <> 'mine';

-- ---- Nor can the owner of the table, who could switch the trigger off.
SET ROLE regress_owner;
ALTER TABLE work.patient_set DISABLE TRIGGER objectset_set_changed;
INSERT INTO work.patient_set (name, query, saved_by) VALUES ('by owner', 'SELECT work.evil()', 'postgres');
ALTER TABLE work.patient_set ENABLE TRIGGER objectset_set_changed;
SELECT * FROM objectset_refresh('work.patient_set', 'by owner');
RESET ROLE;
SELECT * FROM objectset_refresh('work.patient_set', 'by owner');
-- Nor by triggers of the table: a superuser's refresh acts as the owner.
SET ROLE regress_owner;
CREATE FUNCTION work.on_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM work.evil(); RETURN NEW; END $$;
CREATE TRIGGER on_update BEFORE UPDATE ON work.patient_set FOR EACH ROW EXECUTE FUNCTION work.on_update();
INSERT INTO work.patient_set (name, query) VALUES ('of owner', 'SELECT 1');
RESET ROLE;
TRUNCATE work.trace;
SELECT * FROM objectset_refresh('work.patient_set', 'of owner');
SELECT * FROM work.callers;
-- What a superuser saves there counts as the owner's.
DROP TRIGGER on_update ON work.patient_set;
SELECT objectset_save('work.patient_set', 'by superuser', 'SELECT id FROM patient WHERE seen_by = current_user');
INSERT INTO work.patient_set (name, query) VALUES ('inserted by superuser', 'SELECT 1');
SELECT name, saved_by, s.members FROM work.patient_set s WHERE name LIKE '%superuser';

-- ---- Nothing below the functions can be called by hand
SET ROLE regress_mallory;
SELECT proname FROM pg_proc WHERE proname LIKE '\_objectset%' AND prorettype <> 'trigger'::regtype AND prorettype <> 'internal'::regtype;
-- A set table of one's own, or what only looks like one
SELECT objectset_create_table('work.own_set', 'patient', triggers => false);
SET search_path = work, public;
INSERT INTO work.own_set (name, query, saved_by) VALUES ('forged', 'SELECT work.evil()', 'postgres'), ('forged too', 'SELECT work.evil()', 'regress_alice'),
  ('own', 'SELECT id FROM patient WHERE seen_by = current_user', 'regress_mallory');
RESET search_path;
SELECT * FROM objectset_refresh('work.own_set');
CREATE VIEW work.view_set AS SELECT * FROM work.own_set;
SELECT error_of($$SELECT objectset_refresh('work.view_set', 'own')$$);
GRANT SELECT, UPDATE ON work.own_set TO regress_owner;
SELECT * FROM objectset_refresh('work.own_set', 'own');
REVOKE UPDATE ON work.own_set FROM regress_owner;
GRANT UPDATE (query) ON work.own_set TO regress_owner;
SELECT * FROM objectset_refresh('work.own_set', 'own');
RESET ROLE;
-- A table of a superuser's without the trigger, which others may write
SELECT objectset_create_table('bare_set', 'patient', triggers => false);
SELECT objectset_save('bare_set', 'fine', 'SELECT 1');
SELECT r.entered, r.departed FROM objectset_refresh('bare_set', 'fine') AS r;
GRANT SELECT, INSERT, UPDATE ON bare_set TO regress_mallory;
TRUNCATE work.trace;
SET ROLE regress_mallory;
INSERT INTO bare_set (name, query, saved_by) VALUES ('forged', 'SELECT work.evil()', 'postgres');
SELECT * FROM objectset_refresh('bare_set', 'forged');
RESET ROLE;
SELECT * FROM objectset_refresh('bare_set', 'forged');
SELECT * FROM work.callers;
-- With it
SELECT objectset_create_table('super_set', 'patient');
GRANT SELECT, INSERT, UPDATE ON super_set TO regress_mallory;
SET ROLE regress_mallory;
INSERT INTO super_set (name, query, saved_by) VALUES ('forged', 'SELECT work.evil()', 'postgres');
RESET ROLE;
SELECT * FROM objectset_refresh('super_set', 'forged');
SELECT * FROM work.callers;

-- ---- What a query may do where it runs: nothing that outlives it or gets its caller back
SET ROLE regress_mallory;
CREATE FUNCTION work.set_role() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN 1; END $$;
CREATE FUNCTION work.set_session() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET SESSION AUTHORIZATION postgres; RETURN 1; END $$;
CREATE FUNCTION work.temporary() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TEMPORARY TABLE left_behind (id int); RETURN 1; END $$;
CREATE FUNCTION work.setting() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', 'work', false); RETURN 1; END $$;
INSERT INTO super_set (name, query) SELECT f, format('SELECT work.%s()', f) FROM unnest('{set_role,set_session,temporary,setting}'::text[]) AS f;
RESET ROLE;
SELECT * FROM objectset_refresh('super_set');
SELECT current_user = session_user AS still_myself, current_setting('search_path');
-- Temporary objects of the caller's stand last.
GRANT INSERT ON super_set TO regress_alice;
SET ROLE regress_alice;
SET search_path = work, public;
INSERT INTO super_set (name, query) VALUES ('of alice', 'SELECT id FROM patient WHERE id = 1');
RESET search_path;
SET ROLE regress_mallory;
CREATE TEMPORARY VIEW patient AS SELECT work.evil() AS id;
GRANT SELECT ON pg_temp.patient TO PUBLIC;
RESET ROLE;
TRUNCATE work.trace;
SET ROLE regress_mallory;
SELECT * FROM objectset_refresh('super_set', 'of alice');
DROP VIEW pg_temp.patient;
RESET ROLE;
SELECT * FROM work.callers;

-- Functions and operators that fit our calls better, in a schema that everybody may write
SET ROLE regress_mallory;
CREATE FUNCTION work.format(text, regclass) RETURNS text LANGUAGE sql AS $$ SELECT 'SELECT 1 FROM work.evil() WHERE $1 IS NULL OR true' FROM work.evil() $$;
CREATE FUNCTION work.format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'SELECT 1 FROM work.evil()' FROM work.evil() $$;
CREATE FUNCTION work.always(regclass, regclass) RETURNS boolean LANGUAGE sql AS $$ SELECT work.evil() = 1 $$;
CREATE OPERATOR work.<> (FUNCTION = work.always, LEFTARG = regclass, RIGHTARG = regclass);
CREATE FUNCTION work.objectset_agg(int) RETURNS objectset LANGUAGE sql AS $$ SELECT '{66}'::objectset FROM work.evil() $$;
RESET ROLE;
SET search_path = work, public;
SELECT objectset_create_table('safe_set', 'public.patient');
SELECT objectset_save('safe_set', 's', 'SELECT id FROM patient'), objectset_add('safe_set', 's', 9), objectset_copy('safe_set', 's', 't'), objectset_rename('safe_set', 't', 'u'),
       objectset_apply('safe_set', 's', '|', 'safe_set', 'u'), objectset_drop('safe_set', 'u'), objectset_target('safe_set');
SELECT * FROM objectset_refresh('safe_set');
DROP TABLE safe_set;
RESET search_path;
SELECT * FROM work.callers;

-- ---- Rights and policies of the set table hold.
SET ROLE regress_alice;
SELECT error_of($$SELECT objectset_members('bare_set', 'fine')$$), error_of($$SELECT objectset_add('bare_set', 'fine', 1)$$), error_of($$SELECT objectset_refresh('bare_set', 'fine')$$);
RESET ROLE;
-- Who may only read sets, or write some other column, has no query run.
CREATE FUNCTION tells() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'the query runs'; RETURN 1; END $$;
SELECT objectset_save('super_set', 'told', 'SELECT public.tells()');
BEGIN;
REVOKE ALL ON super_set FROM PUBLIC, regress_mallory;
GRANT SELECT ON super_set TO regress_mallory;
SET LOCAL ROLE regress_mallory;
SELECT error_of($$SELECT objectset_refresh('super_set', 'told')$$), error_of($$SELECT * FROM objectset_refresh('super_set')$$), error_of($$SELECT * FROM objectset_verify('super_set', 'told')$$);
SELECT error_of($$SELECT objectset_define('super_set', 'told', 'told')$$);
SAVEPOINT reader;
CALL objectset_refresh_all('super_set');
ROLLBACK TO reader;
RESET ROLE;
GRANT UPDATE (name, last_error, refreshed, refresh_took, refresh_way, refresh_failures) ON super_set TO regress_mallory;
SET LOCAL ROLE regress_mallory;
SELECT error_of($$SELECT objectset_refresh('super_set', 'told')$$);
RESET ROLE;
GRANT UPDATE (base) ON super_set TO regress_mallory;
SET LOCAL ROLE regress_mallory;
SELECT objectset_refresh('super_set', 'told');
ROLLBACK;
SELECT objectset_drop('super_set', 'told');
DROP FUNCTION tells;
CREATE POLICY own_rows ON super_set USING (saved_by::text = current_user);
ALTER TABLE super_set ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON super_set TO regress_alice;
SET ROLE regress_alice;
SELECT error_of($$SELECT objectset_members('super_set', 'forged')$$), error_of($$SELECT objectset_clear('super_set', 'forged')$$), objectset_members('super_set', 'of alice');
RESET ROLE;
-- A role that is gone
SET ROLE regress_owner;
ALTER TABLE work.patient_set DISABLE TRIGGER objectset_set_changed;
UPDATE work.patient_set SET saved_by = 0 WHERE name = 'by owner';
SELECT * FROM objectset_refresh('work.patient_set', 'by owner');
RESET ROLE;
\set VERBOSITY default
DROP TABLE bare_set, super_set;
SET client_min_messages = warning;
DROP SCHEMA work CASCADE;
RESET client_min_messages;
DROP TABLE patient;
DROP ROLE regress_owner, regress_alice, regress_mallory;
