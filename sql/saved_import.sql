-- Sets out of a many-to-many table.
CREATE TABLE patient (id bigint PRIMARY KEY);
INSERT INTO patient SELECT generate_series(1, 100);
CREATE TABLE membership (cohort smallint, patient integer, label varchar(20));
INSERT INTO membership SELECT c, i, 'cohort ' || c FROM generate_series(7, 8) c, generate_series(1, 100) i WHERE i % c = 0;
INSERT INTO membership VALUES (9, NULL, 'nobody'), (7, 7, 'cohort 7');
SELECT objectset_create_table('numbered', 'patient'), objectset_create_table('named', 'patient', history => true);
SELECT * FROM objectset_import('numbered', 'membership', 'cohort', 'patient');
SELECT id, name, count, s.members FROM numbered s ORDER BY id;
SELECT objectset_save('numbered', 'next', '{1}');
SELECT id FROM numbered WHERE name = 'next';
SELECT * FROM objectset_import('named', 'membership', 'label', 'patient');
SELECT name, count, s.members FROM named s ORDER BY name;
SELECT name, (objectset_history('named', name)).entered FROM named WHERE count > 0 ORDER BY 1;
DELETE FROM numbered;
SELECT * FROM objectset_import('numbered', 'membership', 'cohort', 'patient', 'label');
SELECT id, name, count FROM numbered s ORDER BY id;
-- What cannot be
SELECT * FROM objectset_import('numbered', 'membership', 'cohort', 'patient', 'label');
UPDATE membership SET label = 'other' WHERE patient = 14;
SELECT * FROM objectset_import('named', 'membership', 'cohort', 'patient', 'label');
UPDATE membership SET cohort = NULL WHERE patient = 14;
SELECT * FROM objectset_import('named', 'membership', 'cohort', 'patient');
SELECT * FROM objectset_import('named', 'membership', 'cohort', 'label');
SELECT * FROM objectset_import('named', 'membership', 'nothing', 'patient');
SELECT * FROM objectset_import('named', 'membership', NULL, 'patient');
SELECT * FROM objectset_import('named', NULL, 'cohort', 'patient');
SELECT * FROM objectset_import('patient', 'membership', 'cohort', 'patient');
CREATE VIEW memberships AS SELECT * FROM membership;
SELECT * FROM objectset_import('named', 'memberships', 'cohort', 'patient');
SELECT count(*) FROM named;
-- As the caller; and a policy leaves nothing out in silence.
CREATE ROLE regress_objectset_importer;
GRANT SELECT, INSERT, UPDATE ON numbered, named TO regress_objectset_importer;
SET ROLE regress_objectset_importer;
SELECT * FROM objectset_import('named', 'membership', 'label', 'patient');
RESET ROLE;
GRANT SELECT ON membership TO regress_objectset_importer;
ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
CREATE POLICY first_half ON membership USING (patient < 50);
SET ROLE regress_objectset_importer;
SELECT * FROM objectset_import('named', 'membership', 'label', 'patient');
RESET ROLE;
-- No cast, operator or aggregate of others is called: the types of columns are the server's, whatever domain is over them.
CREATE TYPE hostile AS (i bigint);
CREATE TABLE hostile_membership (cohort hostile, patient bigint);
SELECT * FROM objectset_import('named', 'hostile_membership', 'cohort', 'patient');
CREATE DOMAIN small_id AS integer CHECK (VALUE < 1000);
CREATE TABLE of_domain (cohort small_id, patient small_id);
INSERT INTO of_domain VALUES (1, 5), (1, 6), (-3, 6);
SELECT * FROM objectset_import('numbered', 'of_domain', 'cohort', 'patient');
SELECT id, name, s.members FROM numbered s WHERE id < 5 ORDER BY id;
-- Characters of a fixed number are taken whole, without the blanks at their ends.
CREATE DOMAIN padded AS char(10);
CREATE TABLE of_characters (cohort char(10), number int, label padded, patient integer);
INSERT INTO of_characters VALUES ('alpha', 1, 'alpha', 5), ('alter', 1, 'another', 6), ('beta', 2, 'beta', 6);
BEGIN;
DELETE FROM numbered;
SELECT * FROM objectset_import('numbered', 'of_characters', 'cohort', 'patient');
SELECT name, s.members FROM numbered s ORDER BY name;
SELECT error_of($$SELECT * FROM objectset_import('numbered', 'of_characters', 'number', 'patient', 'label')$$);
DELETE FROM numbered;
SELECT * FROM objectset_import('numbered', 'of_characters', 'label', 'patient');
SELECT name, s.members FROM numbered s ORDER BY name;
ROLLBACK;
DROP TABLE of_characters;
DROP DOMAIN padded;
-- Where the table's ids are GENERATED ALWAYS, by whoever made it so; and without a trigger, where functions give them.
ALTER TABLE numbered ALTER id SET GENERATED ALWAYS;
DELETE FROM numbered;
SELECT * FROM objectset_import('numbered', 'of_domain', 'cohort', 'patient');
ALTER TABLE numbered DISABLE TRIGGER ALL;
SELECT objectset_save('numbered', 'saved', 'SELECT 1'), objectset_save('numbered', 'plain', '{1}');
SELECT objectset_copy('numbered', 'saved', 'copied'), objectset_freeze('numbered', 'saved', 'frozen'), objectset_define('numbered', 'defined', 'saved | copied');
SELECT name, entered FROM objectset_refresh('numbered') ORDER BY name;
SELECT id, name, s.members FROM numbered s ORDER BY id;
-- By a superuser, into another role's table, with numbers.
CREATE ROLE regress_objectset_other;
ALTER TABLE numbered OWNER TO regress_objectset_other;
GRANT SELECT ON of_domain, patient TO regress_objectset_other;
DELETE FROM numbered;
SELECT * FROM objectset_import('numbered', 'of_domain', 'cohort', 'patient');
ALTER TABLE numbered OWNER TO CURRENT_USER;
-- Names that a collation takes for the same are different ones. (Servers built without ICU have no such collations.)
DO $$
BEGIN
  BEGIN
    CREATE COLLATION likeness (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  EXCEPTION WHEN feature_not_supported THEN
    CREATE COLLATION likeness FROM "C";
  END;
  CREATE TABLE alike (g int, name text COLLATE likeness, patient int);
  INSERT INTO alike VALUES (70, 'Q', 1), (70, 'q', 2);
  BEGIN
    PERFORM objectset_import('numbered', 'alike', 'g', 'patient', 'name');
  EXCEPTION WHEN cardinality_violation THEN
    RAISE NOTICE '%', SQLERRM;
  END;
  RAISE NOTICE '%', (SELECT objectset_import('numbered', 'alike', 'name', 'patient'));
  DROP TABLE alike; DROP COLLATION likeness;
END $$;
REVOKE ALL ON of_domain, patient FROM regress_objectset_other;
DROP ROLE regress_objectset_other;
DROP VIEW memberships;
DROP TABLE of_domain, hostile_membership, membership, numbered;
DROP TABLE named CASCADE;
DROP TABLE patient;
DROP DOMAIN small_id;
DROP TYPE hostile;
DROP ROLE regress_objectset_importer;
