-- Who entered a saved set and who left it.
CREATE SCHEMA history;
SET search_path = history, public;
CREATE TABLE patient (id int PRIMARY KEY);
DO $$ BEGIN PERFORM objectset_create_table('patient_set', 'patient'); END $$;
INSERT INTO patient_set (name, base) VALUES ('smokers', '{1..10}'), ('others', '{20}');

-- Without a history nothing is kept, and nothing fails
SELECT error_of($$SELECT * FROM objectset_history('patient_set', 'smokers')$$);

SELECT objectset_create_history('patient_set');
SELECT attname AS without_comment FROM pg_attribute WHERE attrelid = 'patient_set_history'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;
SELECT error_of($$SELECT objectset_create_history('patient_set')$$), error_of($$SELECT objectset_create_history('patient')$$);
SELECT count(*) FROM objectset_history('patient_set', 'smokers');
SELECT error_of($$SELECT * FROM objectset_history('patient_set', 'nobody')$$);

-- Every change has a line, by whatever means; what leaves the members as they are has none.
SELECT objectset_add('patient_set', 'smokers', 11, 12), objectset_remove('patient_set', 'smokers', 1, 99);
UPDATE patient_set SET added = added | 13, removed = '{2}' WHERE name = 'smokers';
UPDATE patient_set SET removed = removed | 98, last_error = 'none' WHERE name = 'smokers';
SELECT objectset_define('patient_set', 'both', 'smokers | others'), objectset_define('patient_set', 'both', 'others'), objectset_define('patient_set', 'both', 'others | others');
SELECT at > now() - interval '1 day' AS recent, by = current_user AS by, entered, departed, entered_ids, departed_ids FROM objectset_history('patient_set', 'smokers');
SELECT entered_ids, departed_ids FROM objectset_history('patient_set', 'both');
BEGIN;
SELECT objectset_add('patient_set', 'others', 21);
SAVEPOINT s;
SELECT objectset_add('patient_set', 'others', 22);
ROLLBACK TO s;
SELECT objectset_add('patient_set', 'others', 23);
COMMIT;
SELECT entered_ids FROM objectset_history('patient_set', 'others');

-- It is an ordinary table: it may have any name and place, more columns, triggers
ALTER TABLE patient_set_history RENAME TO changes;
CREATE SCHEMA history2;
ALTER TABLE changes SET SCHEMA history2;
ALTER TABLE patient_set RENAME TO sets;
ALTER TABLE history2.changes ADD reason text DEFAULT 'none given';
SELECT objectset_add('sets', 'smokers', 50);
SELECT count(*) FROM objectset_history('sets', 'smokers');
SELECT reason, entered_ids FROM history2.changes ORDER BY id DESC LIMIT 1;
-- What was dropped has its line, and is found by its last name
SELECT objectset_rename('sets', 'both', 'two'), objectset_drop('sets', 'two');
SELECT entered_ids, departed_ids FROM objectset_history('sets', 'two');
SELECT error_of($$SELECT * FROM objectset_history('sets', 'three')$$);

-- Out of the search path; large changes
SET search_path = '';
SELECT public.objectset_replace('history.sets', 'others', public.objectset_range(0, 1000000) OPERATOR(public.-) 17);
SELECT entered, departed, public.cardinality(entered_ids) FROM public.objectset_history('history.sets', 'others') WHERE entered > 10;
SET search_path = history, public;

-- Whoever may change sets need not be allowed to write the history, and cannot leave a line out or put one in
CREATE ROLE regress_objectset_writer;
CREATE ROLE regress_objectset_owner;
GRANT USAGE ON SCHEMA history, history2 TO regress_objectset_writer;
GRANT USAGE, CREATE ON SCHEMA history, history2 TO regress_objectset_owner;
GRANT ALL ON sets TO regress_objectset_writer;
SET ROLE regress_objectset_writer;
SELECT objectset_add('sets', 'smokers', 60);
SELECT error_of($$SELECT * FROM objectset_history('sets', 'smokers')$$), error_of($$INSERT INTO history2.changes (set_id, name) VALUES (1, 'x')$$);
-- A trigger of one's own that names the history of somebody else's table
CREATE TABLE pg_temp.mine (LIKE history.sets INCLUDING ALL);
CREATE TRIGGER forged AFTER INSERT ON pg_temp.mine FOR EACH ROW WHEN ('history2.changes'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_noted();
SELECT error_of($$INSERT INTO pg_temp.mine (name, base) VALUES ('forged', '{1}')$$);
DROP TABLE pg_temp.mine;
RESET ROLE;
SELECT by, entered_ids FROM objectset_history('sets', 'smokers') ORDER BY at DESC LIMIT 1;
-- It stays where the set table gets another owner; what its own owner does there is done as that
ALTER TABLE sets OWNER TO regress_objectset_owner;
GRANT ALL ON sets TO regress_objectset_writer;
ALTER TABLE history2.changes OWNER TO regress_objectset_owner;
CREATE FUNCTION history2.who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.reason := current_user; RETURN NEW; END $$;
CREATE TRIGGER who BEFORE INSERT ON history2.changes FOR EACH ROW EXECUTE FUNCTION history2.who();
SET ROLE regress_objectset_writer;
SELECT objectset_add('sets', 'smokers', 61);
RESET ROLE;
SELECT objectset_add('sets', 'smokers', 62);
SELECT by = current_user AS by_me, reason, entered_ids FROM history2.changes ORDER BY id DESC LIMIT 2;
-- A history that is lost says so
ALTER TABLE history2.changes DROP CONSTRAINT objectset_history;
SELECT error_of($$SELECT objectset_add('sets', 'smokers', 63)$$), error_of($$SELECT * FROM objectset_history('sets', 'smokers')$$);
DROP TRIGGER _objectset_history ON sets;
SELECT objectset_add('sets', 'smokers', 64), objectset_create_history('sets');
DROP TABLE history2.changes;

-- Beside set tables of long names
CREATE TABLE target (id int PRIMARY KEY);
DO $$ BEGIN
  PERFORM objectset_create_table('a_name_as_long_as_the_server_allows_for_the_names_of_its_tables', 'target', history => true);
  PERFORM objectset_create_table('a_name_as_long_as_the_server_allows_for_the_names_of_its_table2', 'target', history => true);
END $$;
SELECT relname FROM pg_class WHERE relnamespace = 'history'::regnamespace AND relkind = 'r' AND relname LIKE 'a_name%' ORDER BY 1;
-- Dropping the set table says what is left
SELECT error_of('DROP TABLE a_name_as_long_as_the_server_allows_for_the_names_of_its_tables');

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA history, history2 CASCADE;
DROP ROLE regress_objectset_writer, regress_objectset_owner;
