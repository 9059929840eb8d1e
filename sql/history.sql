-- Who entered a saved set and who left it.
CREATE SCHEMA history;
SET search_path = history, public;
CREATE TABLE patient (id int PRIMARY KEY);
DO $$ BEGIN PERFORM objectset_create_table('patient_set', 'patient'); END $$;
INSERT INTO patient_set (name, base) VALUES ('smokers', '{1..10}'), ('others', '{20}');

-- Without a history nothing is kept, and nothing fails
SELECT objectset_note_change('patient_set', 1, '{1}', '{}');
SELECT error_of($$SELECT * FROM objectset_history('patient_set', 'smokers')$$);

SELECT objectset_create_history('patient_set');
SELECT error_of($$SELECT objectset_create_history('patient_set')$$), error_of($$SELECT objectset_create_history('patient')$$);
SELECT count(*) FROM objectset_history('patient_set', 'smokers');
SELECT error_of($$SELECT * FROM objectset_history('patient_set', 'nobody')$$);

SELECT id AS smokers FROM patient_set WHERE name = 'smokers' \gset
SELECT objectset_note_change('patient_set', :smokers, '{1,2,3}', '{}');
SELECT objectset_note_change('patient_set', :smokers, '{4}', '{1,2}');
SELECT objectset_note_change('patient_set', :smokers, '{}', '{}');
SELECT objectset_note_change('patient_set', id, '{20}', '{}') FROM patient_set WHERE name = 'others';
SELECT at > now() - interval '1 day' AS recent, by = current_user AS by, entered, "left", entered_ids, left_ids FROM objectset_history('patient_set', 'smokers');
SELECT error_of($$SELECT objectset_note_change('patient_set', 4711, '{1}', '{}')$$);
-- Definitions are noted
SELECT objectset_define('patient_set', 'both', 'smokers | others');
SELECT objectset_define('patient_set', 'both', 'others');
SELECT objectset_define('patient_set', 'both', 'others | others');
SELECT entered_ids, left_ids FROM objectset_history('patient_set', 'both');

-- It is an ordinary table, and kept apart by nothing but its reference: it may have any name and place
ALTER TABLE patient_set_history RENAME TO changes;
CREATE SCHEMA history2;
ALTER TABLE changes SET SCHEMA history2;
ALTER TABLE patient_set RENAME TO sets;
ALTER TABLE history2.changes ADD reason text DEFAULT 'none given';
SELECT objectset_note_change('sets', :smokers, '{5}', '{}');
SELECT count(*) FROM objectset_history('sets', 'smokers');
SELECT reason, entered FROM history2.changes ORDER BY id DESC LIMIT 1;
-- Other tables that refer to the sets are no history
CREATE TABLE note (set_id bigint REFERENCES sets, text text);
SELECT count(*) FROM objectset_history('sets', 'smokers');
-- A set takes its history with it
DELETE FROM sets WHERE name = 'both';
DELETE FROM sets WHERE name = 'smokers';
SELECT count(*) FROM history2.changes;

-- Out of the search path; large changes; who may
SET search_path = '';
SELECT public.objectset_note_change('history.sets', id, public.objectset_range(0, 1000000) OPERATOR(public.-) 17, '{}') FROM history.sets;
SELECT entered, "left", public.cardinality(entered_ids) FROM public.objectset_history('history.sets', 'others');
SET search_path = history, public;
CREATE ROLE regress_objectset_writer;
GRANT USAGE ON SCHEMA history, history2 TO regress_objectset_writer;
GRANT ALL ON sets TO regress_objectset_writer;
SET ROLE regress_objectset_writer;
SELECT error_of($$SELECT objectset_note_change('sets', id, '{1}', '{}') FROM sets$$);
RESET ROLE;
GRANT INSERT ON history2.changes TO regress_objectset_writer;
SET ROLE regress_objectset_writer;
SELECT objectset_note_change('sets', id, '{1}', '{}') FROM sets;
RESET ROLE;
SELECT by, entered_ids FROM objectset_history('sets', 'others') ORDER BY at DESC, entered LIMIT 1;

-- A table of someone else is no history, whatever it looks like
ALTER TABLE history2.changes OWNER TO regress_objectset_writer;
SELECT error_of($$SELECT * FROM objectset_history('sets', 'others')$$);
ALTER TABLE history2.changes OWNER TO CURRENT_USER;
SELECT count(*) FROM objectset_history('sets', 'others');

-- Beside a set table of a long name
CREATE TABLE target (id int PRIMARY KEY);
DO $$ BEGIN
  PERFORM objectset_create_table('a_name_as_long_as_the_server_allows_for_the_names_of_its_tables', 'target');
  PERFORM objectset_create_history('a_name_as_long_as_the_server_allows_for_the_names_of_its_tables');
END $$;
SELECT relname FROM pg_class WHERE relnamespace = 'history'::regnamespace AND relkind = 'r' AND relname LIKE 'a_name%' ORDER BY 1;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA history, history2 CASCADE;
DROP ROLE regress_objectset_writer;
