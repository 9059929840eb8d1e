-- Set tables that are partitioned, as a copy of one that was made can be: triggers see rows of partitions.
CREATE SCHEMA parted;
SET search_path = parted, public;
CREATE TABLE patient (id bigint PRIMARY KEY, born int);
INSERT INTO patient SELECT i, 1900 + i % 100 FROM generate_series(1, 1000) AS i;
SELECT objectset_create_table('made', 'patient');
ALTER TABLE made ADD tenant int NOT NULL DEFAULT 1;
CREATE TABLE patient_set (LIKE made INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (tenant, id), UNIQUE (tenant, name))
  PARTITION BY LIST (tenant);
CREATE TABLE patient_set_1 PARTITION OF patient_set FOR VALUES IN (1) PARTITION BY RANGE (tenant);
CREATE TABLE patient_set_1_only PARTITION OF patient_set_1 DEFAULT;
CREATE TABLE patient_set_2 PARTITION OF patient_set FOR VALUES IN (2);
CREATE TRIGGER objectset_set_changed BEFORE INSERT OR UPDATE ON patient_set FOR EACH ROW EXECUTE FUNCTION _objectset_set_changed();
SELECT objectset_create_history('patient_set');

-- ---- Who saved a query is known, however it came into its row
SELECT objectset_save('patient_set', 'old', 'SELECT id FROM patient WHERE born < 1950');
SELECT objectset_refresh('patient_set', 'old');
SELECT objectset_save('patient_set', 'old', 'SELECT id FROM patient WHERE born < 1960');
SELECT objectset_refresh('patient_set', 'old'), objectset_trust('patient_set', 'old');
SELECT objectset_copy('patient_set', 'old', 'copy'), objectset_refresh('patient_set', 'copy');
UPDATE patient_set SET query = 'SELECT id FROM patient WHERE born < 1903' WHERE name = 'copy';
SELECT objectset_refresh('patient_set', 'copy');
INSERT INTO patient_set (tenant, name, query) VALUES (2, 'young', 'SELECT id FROM patient WHERE born > 1990');
SELECT objectset_refresh('patient_set', 'young');
-- A row that moves to another partition stays that of who saved it. A seal that is copied is worth nothing.
UPDATE patient_set SET tenant = 2 WHERE name = 'copy';
SELECT objectset_refresh('patient_set', 'copy');
CREATE ROLE regress_parted_clerk;
GRANT USAGE ON SCHEMA parted TO regress_parted_clerk;
GRANT SELECT ON patient TO regress_parted_clerk;
GRANT SELECT, INSERT, UPDATE ON patient_set TO regress_parted_clerk;
SET ROLE regress_parted_clerk;
UPDATE patient_set SET query = 'SELECT id FROM patient WHERE born < 1902' WHERE name = 'copy';
INSERT INTO patient_set (name, query, settings, saved_by, seal)
  SELECT 'stolen', query, settings, saved_by, seal FROM patient_set WHERE name = 'old';
RESET ROLE;
SELECT name, saved_by = 'regress_parted_clerk'::regrole AS is_clerks FROM patient_set ORDER BY name;
SELECT objectset_refresh('patient_set');

-- ---- The history is that of the set table
SELECT objectset_add('patient_set', 'young', 12, 13), objectset_remove('patient_set', 'young', 91);
SELECT objectset_follow_deletes('patient_set');
DELETE FROM patient WHERE id = 12;
SELECT entered, departed, entered_ids - objectset_range(100, 1000) AS small, departed_ids FROM objectset_history('patient_set', 'young');
SELECT cardinality(objectset_members_at('patient_set', 'copy', 'infinity')), objectset_members('patient_set', 'copy')
  = objectset_members_at('patient_set', 'copy', 'infinity') AS is_same;
SELECT objectset_drop('patient_set', 'copy');
TRUNCATE patient_set;
SELECT count(*) FILTER (WHERE whole) AS whole FROM patient_set_history;

DROP SCHEMA parted CASCADE;
DROP ROLE regress_parted_clerk;
