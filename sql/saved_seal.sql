-- Whose a saved query is, however its row is written: by functions, by statements, by triggers, in other tables.
CREATE SCHEMA seals;
SET search_path = seals, public;
CREATE TABLE patient (id bigint PRIMARY KEY, born int);
INSERT INTO patient SELECT i, 1900 + i % 100 FROM generate_series(1, 1000) AS i;
SELECT objectset_create_table('patient_set', 'patient');
CREATE FUNCTION error_of(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE call; RETURN 'none'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ': ' || SQLERRM; END $$;

-- ---- Statements: a query is of whoever wrote it last, also in one transaction
BEGIN;
INSERT INTO patient_set (name, query) VALUES ('twice', 'SELECT 1');
UPDATE patient_set SET query = 'SELECT 2' WHERE name = 'twice';
UPDATE patient_set SET query = 'SELECT 3', settings = NULL WHERE name = 'twice';
COMMIT;
SELECT objectset_refresh('patient_set', 'twice'), objectset_members('patient_set', 'twice');
BEGIN;
SELECT objectset_save('patient_set', 'saved', 'SELECT id FROM patient WHERE born < 1902');
UPDATE patient_set SET query = 'SELECT id FROM patient WHERE born < 1901' WHERE name = 'saved';
SAVEPOINT s;
UPDATE patient_set SET query = 'SELECT 77' WHERE name = 'saved';
ROLLBACK TO s;
INSERT INTO patient_set (name, query, parameters, settings, saved_by, seal)
  SELECT 'selected', query, parameters, settings, saved_by, seal FROM patient_set WHERE name = 'saved';
INSERT INTO patient_set AS s (id, name, query, seal) SELECT id, name, 'SELECT 5', seal FROM patient_set WHERE name = 'twice'
  ON CONFLICT (id) DO UPDATE SET query = EXCLUDED.query, seal = EXCLUDED.seal;
COMMIT;
SELECT name, objectset_refresh('patient_set', name) FROM patient_set ORDER BY name;

-- ---- Triggers of the table's owner: what is in the row in the end is what counts
CREATE FUNCTION change_query() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.query := replace(replace(NEW.query, '0 + born', 'born'), 'born', '0 + born'); RETURN NEW; END $$;
CREATE TRIGGER a_query BEFORE INSERT OR UPDATE ON patient_set FOR EACH ROW EXECUTE FUNCTION change_query();
SELECT objectset_save('patient_set', 'changed', 'SELECT id FROM patient WHERE born < 1903');
SELECT objectset_save('patient_set', 'changed', 'SELECT id FROM patient WHERE born < 1904');
SELECT objectset_refresh('patient_set', 'changed'), query FROM patient_set WHERE name = 'changed';
SELECT objectset_copy('patient_set', 'changed', 'copied');
SELECT objectset_refresh('patient_set', 'copied');
DROP TRIGGER a_query ON patient_set;
UPDATE patient_set SET settings = NULL, seal = NULL, query = query || ' ' WHERE name = 'copied';
SELECT objectset_copy('patient_set', 'copied', 'copied again'), objectset_refresh('patient_set', 'copied again');
-- One that gives the row another id: the seal is corrected.
CREATE FUNCTION change_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.id := NEW.id + 1000; RETURN NEW; END $$;
CREATE TRIGGER z_id BEFORE INSERT ON patient_set FOR EACH ROW EXECUTE FUNCTION change_id();
SELECT objectset_save('patient_set', 'renumbered', 'SELECT id FROM patient WHERE born < 1905');
SELECT objectset_copy('patient_set', 'renumbered', 'copied after');
SELECT name, objectset_refresh('patient_set', name) FROM patient_set WHERE id > 1000 ORDER BY name;
DROP TRIGGER z_id ON patient_set;
-- One that has no seal stay: that is said.
CREATE FUNCTION take_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.seal := NULL; RETURN NEW; END $$;
CREATE TRIGGER z_seal BEFORE INSERT OR UPDATE ON patient_set FOR EACH ROW EXECUTE FUNCTION take_seal();
SELECT objectset_save('patient_set', 'unsealed', 'SELECT id FROM patient WHERE born < 1906');
SELECT objectset_refresh('patient_set', 'unsealed');
SELECT error_of($$SELECT objectset_trust('patient_set', 'unsealed')$$);
SELECT objectset_trust('patient_set');
DROP TRIGGER z_seal ON patient_set;
SELECT objectset_trust('patient_set'), objectset_refresh('patient_set', 'unsealed');
-- One that calls functions for another table, within a function for this one.
SELECT objectset_create_table('other_set', 'patient');
CREATE FUNCTION save_other() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM objectset_save('other_set', NEW.name, 'SELECT id FROM patient WHERE born < 1950');
  PERFORM error_of('SELECT objectset_save(''other_set'', ''x'', ''SELECT 1/0'')');
  RETURN NEW;
END $$;
CREATE TRIGGER a_other BEFORE INSERT OR UPDATE ON patient_set FOR EACH ROW EXECUTE FUNCTION save_other();
SELECT objectset_save('patient_set', 'nested', 'SELECT id FROM patient WHERE born < 1907');
DROP TRIGGER a_other ON patient_set;
SELECT objectset_refresh('patient_set', 'nested'), objectset_refresh('other_set', 'nested');

-- ---- What a trigger makes of a query nobody has written, and whoever writes something else into the row has not saved it
CREATE ROLE regress_seal_clerk;
GRANT USAGE ON SCHEMA seals TO regress_seal_clerk;
GRANT SELECT ON patient TO regress_seal_clerk;
GRANT SELECT, INSERT, UPDATE ON patient_set TO regress_seal_clerk;
SET ROLE regress_seal_clerk;
SELECT objectset_save('patient_set', 'of the clerk', 'SELECT id FROM patient WHERE born < 1903 ');
RESET ROLE;
CREATE FUNCTION whose() RETURNS TABLE (saved_by regrole, error text) LANGUAGE sql AS $$
  SELECT saved_by, left(error_of($x$SELECT objectset_verify('patient_set', 'of the clerk')$x$), 90) FROM patient_set WHERE name = 'of the clerk' $$;
CREATE FUNCTION trim_query() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.query := btrim(NEW.query); RETURN NEW; END $$;
CREATE TRIGGER a_trim BEFORE INSERT OR UPDATE ON patient_set FOR EACH ROW EXECUTE FUNCTION trim_query();
SELECT objectset_add('patient_set', 'of the clerk', 7);
SELECT * FROM whose();
SELECT objectset_trust('patient_set', 'of the clerk');
SELECT * FROM whose();
-- Again, and trusted at once: what is trusted is what is there, not what a trigger makes of it.
ALTER TABLE patient_set DISABLE TRIGGER USER;
UPDATE patient_set SET query = query || ' ', seal = NULL WHERE name = 'of the clerk';
ALTER TABLE patient_set ENABLE TRIGGER USER;
SELECT error_of($$SELECT objectset_trust('patient_set', 'of the clerk')$$);
SELECT objectset_trust('patient_set');
SELECT * FROM whose();
SELECT objectset_trust('patient_set');
DROP TRIGGER a_trim ON patient_set;
UPDATE patient_set SET seal = 'rubbish' WHERE name = 'of the clerk';
SELECT * FROM whose();
-- A function that fails within another one leaves that its responsibility.
CREATE FUNCTION fail_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM error_of($x$SELECT objectset_add('other_set', 'none', 1)$x$); RETURN NEW; END $$;
CREATE TRIGGER a_fail BEFORE INSERT OR UPDATE ON patient_set FOR EACH ROW EXECUTE FUNCTION fail_within();
SELECT objectset_trust('patient_set', 'of the clerk');
SELECT * FROM whose();
DROP TRIGGER a_fail ON patient_set;
CREATE ROLE regress_seal_owner;
GRANT USAGE, CREATE ON SCHEMA seals TO regress_seal_owner;
GRANT SELECT ON patient TO regress_seal_owner;
SET ROLE regress_seal_owner;
SELECT objectset_create_table('owned_set', 'patient', history => true), objectset_create_table('failing_set', 'patient');
SELECT objectset_save('owned_set', 'plain', '{1,2}');
CREATE FUNCTION fail_of_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM error_of($x$SELECT objectset_add('failing_set', 'none', 1)$x$); RETURN NEW; END $$;
CREATE TRIGGER a_fail BEFORE INSERT OR UPDATE ON owned_set FOR EACH ROW EXECUTE FUNCTION fail_of_owner();
RESET ROLE;
SELECT objectset_add('owned_set', 'plain', 8);
SELECT h.entered_ids, h.by = current_user AS by_me FROM objectset_history('owned_set', 'plain') AS h ORDER BY at;

-- ---- Rows in another table, by a trigger: with the mark of a set table it has seals of its own. Without one it may be what
-- another extension keeps a set table's rows in: seals that a function makes for that are left as they are.
CREATE TABLE shown (LIKE patient_set INCLUDING ALL);
CREATE TABLE kept (LIKE patient_set INCLUDING ALL);
ALTER TABLE kept RENAME CONSTRAINT objectset_target TO objectset_target_1;
CREATE TRIGGER objectset_set_changed BEFORE INSERT OR UPDATE ON shown FOR EACH ROW EXECUTE FUNCTION _objectset_set_changed();
CREATE TRIGGER objectset_set_changed BEFORE INSERT OR UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION _objectset_set_changed();
CREATE FUNCTION write_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shown (id, name, query, settings, saved_by, seal) VALUES (NEW.id, NEW.name, NEW.query, NEW.settings, NEW.saved_by, NEW.seal);
  INSERT INTO kept (id, name, query, settings, saved_by, seal) VALUES (NEW.id, NEW.name, NEW.query, NEW.settings, NEW.saved_by, NEW.seal);
  RETURN NEW;
END $$;
CREATE TRIGGER a_write AFTER INSERT ON patient_set FOR EACH ROW EXECUTE FUNCTION write_others();
SELECT objectset_save('patient_set', 'by a function', 'SELECT id FROM patient WHERE born < 1908');
INSERT INTO patient_set (name, query) VALUES ('by a statement', 'SELECT id FROM patient WHERE born < 1909');
DROP TRIGGER a_write ON patient_set;
SELECT s.name, s.seal = p.seal AS shown_same, k.seal = p.seal AS kept_same
FROM patient_set p JOIN shown s USING (id) JOIN kept k USING (id) ORDER BY id;
SELECT objectset_refresh('shown');
SELECT set_table FROM objectset_tables() WHERE set_table IN ('shown'::regclass, 'kept'::regclass);

-- ---- A set is known by its id
ALTER TABLE shown DROP CONSTRAINT shown_pkey;
SELECT error_of($$SELECT objectset_add('shown', 'by a function', 1)$$), objectset_has('shown', 'by a function', 1);
ALTER TABLE shown ADD PRIMARY KEY (id) DEFERRABLE;
SELECT error_of($$SELECT objectset_add('shown', 'by a function', 1)$$), problem FROM objectset_tables() WHERE set_table = 'shown'::regclass;
ALTER TABLE shown ADD UNIQUE (id);
SELECT objectset_add('shown', 'by a function', 11);

-- ---- Foreign keys: the server would write a query as the table's owner for whoever may change what they refer to
CREATE TABLE offered (query text PRIMARY KEY, by regrole UNIQUE);
INSERT INTO offered VALUES ('SELECT 1', current_user::regrole);
GRANT SELECT, UPDATE ON offered TO regress_seal_clerk;
SELECT objectset_create_table('by_key', 'patient');
SELECT objectset_save('by_key', 'q', 'SELECT 1');
ALTER TABLE by_key ADD CONSTRAINT offers FOREIGN KEY (query) REFERENCES offered ON UPDATE CASCADE;
SET ROLE regress_seal_clerk;
UPDATE offered SET query = 'SELECT 2';
RESET ROLE;
SELECT name, query, seal IS NULL AS unsealed, error_of($$SELECT objectset_refresh('by_key', 'q')$$) FROM by_key;
SELECT error_of($$SELECT objectset_trust('by_key', 'q')$$), problem FROM objectset_tables() WHERE set_table = 'by_key'::regclass;
ALTER TABLE by_key DROP CONSTRAINT offers, ADD FOREIGN KEY (saved_by) REFERENCES offered (by);
SELECT error_of($$SELECT objectset_save('by_key', 'p', 'SELECT 3')$$), objectset_members('by_key', 'q');
ALTER TABLE by_key DROP CONSTRAINT by_key_saved_by_fkey;
SELECT error_of($$SELECT objectset_refresh('by_key', 'q')$$);
SELECT objectset_trust('by_key', 'q'), objectset_refresh('by_key', 'q'), objectset_members('by_key', 'q');

-- ---- Savers that are gone, or may not be run for this owner any more
CREATE ROLE regress_seal_gone;
GRANT USAGE ON SCHEMA seals TO regress_seal_gone;
GRANT SELECT ON patient TO regress_seal_gone, regress_seal_owner;
GRANT ALL ON owned_set, owned_set_history TO regress_seal_gone;
DROP TRIGGER a_fail ON owned_set;
SET ROLE regress_seal_gone;
SELECT objectset_save('owned_set', 'of the gone', 'SELECT id FROM patient WHERE born < 1903');
RESET ROLE;
ALTER ROLE regress_seal_gone SUPERUSER;
SELECT objectset_trust('owned_set'), error_of($$SELECT objectset_trust('owned_set', 'of the gone')$$);
ALTER ROLE regress_seal_gone NOSUPERUSER;
DROP OWNED BY regress_seal_gone;
DROP ROLE regress_seal_gone;
SELECT objectset_trust('owned_set');
SELECT objectset_trust('owned_set', 'of the gone');
SELECT objectset_refresh('owned_set', 'of the gone');
SELECT objectset_refresh_plan('owned_set', 'of the gone');
SET ROLE regress_seal_owner;
UPDATE owned_set SET saved_by = 'regress_seal_owner' WHERE name = 'of the gone';
SELECT objectset_trust('owned_set', 'of the gone'), objectset_refresh('owned_set', 'of the gone');
RESET ROLE;

-- ---- What comes from another server is of nobody here, also where the trigger is to be fired for it
ALTER TABLE owned_set ENABLE ALWAYS TRIGGER objectset_set_changed;
SET session_replication_role = replica;
INSERT INTO owned_set (name, query) VALUES ('replicated', 'SELECT 1');
UPDATE owned_set SET query = 'SELECT 2' WHERE name = 'of the gone';
RESET session_replication_role;
SELECT name, saved_by, seal FROM owned_set WHERE name IN ('replicated', 'of the gone') ORDER BY name;
SELECT objectset_refresh('owned_set', 'replicated');

-- ---- What somebody else left in a row, or put there while it was waited for, is of nobody once it is written again.
SELECT objectset_create_table('shared_set', 'patient');
GRANT SELECT, INSERT, UPDATE ON shared_set TO regress_seal_clerk, regress_seal_owner;
GRANT SELECT ON patient TO regress_seal_clerk, regress_seal_owner;
GRANT USAGE ON SCHEMA seals TO regress_seal_clerk, regress_seal_owner;
SET ROLE regress_seal_owner;
SELECT objectset_save('shared_set', 'plain', '{1}'), objectset_save('shared_set', 'own', 'SELECT 1 WHERE $1 > 0', 1), objectset_save('shared_set', 'other', 'SELECT 1');
SET ROLE regress_seal_clerk;
UPDATE shared_set SET parameters = '{pg_catalog.int4=7}' WHERE name IN ('plain', 'own');
UPDATE shared_set SET query = 'SELECT 2' WHERE name = 'other';
SET ROLE regress_seal_owner;
SELECT error_of(format('SELECT objectset_copy(%L, %L, %L)', 'shared_set', name, 'copy of ' || name)) FROM unnest('{own,other}'::text[]) name;
UPDATE shared_set SET query = 'SELECT id FROM patient WHERE $1 > 0' WHERE name = 'plain';
INSERT INTO shared_set (name, query) VALUES ('own', 'SELECT 3 WHERE $1 > 0') ON CONFLICT (name) DO UPDATE SET query = excluded.query;
UPDATE shared_set SET parameters = '{pg_catalog.int4=8}' WHERE name = 'other';
SELECT name, query, parameters, saved_by, seal IS NOT NULL AS is_sealed FROM shared_set ORDER BY id;
-- What is written anew, or was its own, is proved.
UPDATE shared_set SET query = 'SELECT 4 WHERE $1 > 0', parameters = '{pg_catalog.int4=9}' WHERE name = 'own';
UPDATE shared_set SET parameters = '{pg_catalog.int4=10}' WHERE name = 'own';
UPDATE shared_set SET query = 'SELECT 5', parameters = NULL WHERE name = 'other';
SELECT objectset_trust('shared_set', 'plain');
SELECT name, query, parameters, saved_by, seal IS NOT NULL AS is_sealed FROM shared_set ORDER BY id;
SELECT name, entered FROM objectset_refresh('shared_set');
RESET ROLE;
-- A copy is its saver's, whoever makes it: a superuser, too, who writes as the owner otherwise.
SELECT objectset_create_table('theirs_set', 'patient');
ALTER TABLE theirs_set OWNER TO regress_seal_owner;
GRANT SELECT, INSERT, UPDATE ON theirs_set TO regress_seal_clerk;
SET ROLE regress_seal_clerk;
SELECT objectset_save('theirs_set', 'of a clerk', 'SELECT 1');
SET ROLE regress_seal_owner;
SELECT error_of($$SELECT objectset_copy('theirs_set', 'of a clerk', 'copy')$$);
RESET ROLE;
SELECT objectset_copy('theirs_set', 'of a clerk', 'copy'), objectset_freeze('theirs_set', 'of a clerk', 'frozen');
ALTER TABLE theirs_set DISABLE TRIGGER objectset_set_changed;
SELECT objectset_copy('theirs_set', 'of a clerk', 'copy without');
ALTER TABLE theirs_set ENABLE TRIGGER objectset_set_changed;
SELECT name, saved_by, seal IS NOT NULL AS is_sealed FROM theirs_set ORDER BY id;
SELECT name, entered FROM objectset_refresh('theirs_set');
DROP TABLE theirs_set;
SELECT objectset_copy('shared_set', 'own', 'copy of own');
SELECT name, saved_by, seal IS NOT NULL AS is_sealed FROM shared_set WHERE name = 'copy of own';
SELECT objectset_refresh('shared_set', 'copy of own');

-- ---- Partitions: ids would not be unique, and who moves a row from one to another would seem to have saved it
CREATE TABLE parted (LIKE patient_set INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (name, id)) PARTITION BY LIST (name);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
CREATE TABLE parted_b (LIKE patient_set INCLUDING ALL EXCLUDING INDEXES, UNIQUE (id));
SELECT objectset_save('parted_b', 'b', 'SELECT id FROM patient WHERE born < 1903');
CREATE TRIGGER objectset_set_changed BEFORE INSERT OR UPDATE ON parted_b FOR EACH ROW EXECUTE FUNCTION _objectset_set_changed();
ALTER TABLE parted ALTER id DROP IDENTITY;
ALTER TABLE parted_b ALTER id DROP IDENTITY;
ALTER TABLE parted ATTACH PARTITION parted_b FOR VALUES IN ('b', 'c');
SELECT call, error_of('SELECT objectset_' || call) FROM unnest(ARRAY[
  $$save('parted', 'a', 'SELECT 1')$$, $$members('parted', 'b')$$, $$refresh('parted_b', 'b')$$, $$create_history('parted')$$,
  $$set_key('parted', 'id')$$, $$list('parted_b')$$]) AS call;
SELECT set_table, problem FROM objectset_tables() WHERE set_table::text LIKE 'parted%';
INSERT INTO parted (id, name, query) VALUES (7, 'a', 'SELECT 7');
UPDATE parted SET name = 'c' WHERE name = 'a';
ALTER TABLE parted DETACH PARTITION parted_b;
SELECT name, objectset_refresh('parted_b', name) FROM parted_b ORDER BY name;
DROP SCHEMA seals CASCADE;
DROP ROLE regress_seal_clerk, regress_seal_owner;
