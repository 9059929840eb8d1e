-- Set tables, histories and change logs that their owners have damaged: an error, and nothing worse, for whoever meets them.
CREATE SCHEMA damaged;
SET search_path = damaged, public;
SET client_min_messages = error;
CREATE TABLE patient (id bigint PRIMARY KEY, age int);
INSERT INTO patient SELECT i, i % 10 FROM generate_series(1, 100) AS i;

-- ---- Triggers of ours on tables of anybody's, whose columns have other types
CREATE TABLE numbers (id bigint, name text, query text, parameters text[], expression text, base bigint, added bigint, removed bigint, deleted bigint,
  modified timestamptz, saved_by regrole, settings text[], seal bytea);
CREATE TRIGGER set_changed BEFORE INSERT OR UPDATE ON numbers FOR EACH ROW EXECUTE FUNCTION _objectset_set_changed();
INSERT INTO numbers (id, base, added, removed, deleted) VALUES (1, 1, 1, 1, 1);
SELECT error_of('UPDATE numbers SET base = 2');
CREATE TABLE bytes (LIKE numbers, CHECK (base IS NOT NULL));
ALTER TABLE bytes ALTER base TYPE uuid USING NULL, ALTER added TYPE uuid USING NULL, ALTER removed TYPE uuid USING NULL, ALTER deleted TYPE uuid USING NULL;
CREATE TRIGGER set_changed BEFORE INSERT OR UPDATE ON bytes FOR EACH ROW EXECUTE FUNCTION _objectset_set_changed();
INSERT INTO bytes (id, base, added, removed, deleted) SELECT 1, v, v, v, v FROM (SELECT '01034142434445464748000000000000'::uuid) AS x (v);
SELECT error_of($$UPDATE bytes SET base = '01034142434445464749000000000000'$$);
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON numbers FOR EACH ROW WHEN ('numbers'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_noted();
SELECT error_of('DELETE FROM numbers');
CREATE TRIGGER noticed AFTER INSERT OR UPDATE OR DELETE ON bytes FOR EACH ROW WHEN ('numbers'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_note_changes();
SELECT error_of('DELETE FROM bytes');
CREATE TRIGGER followed AFTER DELETE ON patient REFERENCING OLD TABLE AS gone FOR EACH STATEMENT WHEN ('numbers'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_target_changed();
SELECT error_of('DELETE FROM patient WHERE id = 100');
DROP TRIGGER followed ON patient;

RESET search_path;
DROP SCHEMA damaged CASCADE;
RESET client_min_messages;
