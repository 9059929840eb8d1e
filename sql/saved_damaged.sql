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
CREATE TRIGGER noticed AFTER DELETE ON bytes REFERENCING OLD TABLE AS gone WHEN ('numbers'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_note_changes();
SELECT error_of('DELETE FROM bytes');
CREATE TRIGGER followed AFTER DELETE ON patient REFERENCING OLD TABLE AS gone FOR EACH STATEMENT WHEN ('numbers'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_target_changed();
SELECT error_of('DELETE FROM patient WHERE id = 100');
DROP TRIGGER followed ON patient;

-- ---- Columns that must not be NULL
SELECT objectset_create_table('patient_set', 'patient', history => true);
SELECT objectset_save('patient_set', 'young', 'SELECT id FROM patient WHERE age < 3'), objectset_save('patient_set', 'some', '{1,2,3}');
CREATE FUNCTION uses(which text) RETURNS TABLE (call text, error text) LANGUAGE plpgsql AS $$
DECLARE statement text;
BEGIN
  FOREACH statement IN ARRAY ARRAY[
    $q$SELECT objectset_members('patient_set', '%s')$q$, $q$SELECT objectset_has('patient_set', '%s', 1)$q$,
    $q$SELECT * FROM objectset_list('patient_set')$q$, $q$SELECT * FROM objectset_status('patient_set')$q$,
    $q$SELECT * FROM objectset_overlaps('patient_set')$q$, $q$SELECT * FROM objectset_overlaps('patient_set', 0, 10)$q$,
    $q$SELECT * FROM objectset_similar('patient_set', '%s')$q$, $q$SELECT * FROM objectset_containing('patient_set', 1)$q$,
    $q$SELECT * FROM objectset_facets('patient_set', '%s', 'age')$q$, $q$SELECT * FROM objectset_exclusive('patient_set', NULL)$q$,
    $q$SELECT * FROM objectset_funnel('patient_set', ARRAY['%s'])$q$, $q$SELECT objectset_evaluate('patient_set', '%s & some')$q$,
    $q$SELECT * FROM objectset_stale('patient_set')$q$, $q$SELECT stale(s) FROM patient_set AS s$q$, $q$SELECT s.members FROM patient_set AS s$q$,
    $q$SELECT * FROM objectset_history('patient_set', '%s')$q$, $q$SELECT objectset_members_at('patient_set', '%s', now())$q$,
    $q$SELECT * FROM objectset_diff('patient_set', '%s', now() - interval '1 day', now())$q$,
    $q$SELECT objectset_refresh('patient_set', '%s')$q$, $q$SELECT * FROM objectset_refresh('patient_set')$q$,
    $q$SELECT objectset_refresh_plan('patient_set', '%s')$q$, $q$SELECT objectset_verify('patient_set', '%s')$q$,
    $q$SELECT objectset_save('patient_set', '%s', 'SELECT 1')$q$, $q$SELECT objectset_save('patient_set', '%s', '{5}')$q$,
    $q$SELECT objectset_define('patient_set', '%s', 'some')$q$, $q$SELECT objectset_trust('patient_set', '%s')$q$,
    $q$SELECT objectset_add('patient_set', '%s', 7)$q$, $q$SELECT objectset_remove('patient_set', '%s', 1)$q$,
    $q$SELECT objectset_apply('patient_set', '%s', '&', 'patient_set', 'some')$q$, $q$SELECT objectset_copy('patient_set', '%s', 'copy')$q$,
    $q$SELECT objectset_freeze('patient_set', '%s', 'copy')$q$, $q$SELECT objectset_rename('patient_set', '%s', 'other')$q$,
    $q$SELECT objectset_restore('patient_set', '%s', now())$q$, $q$SELECT objectset_trim_history('patient_set', now())$q$,
    $q$SELECT objectset_rekey('patient_set', 1, 2)$q$, $q$SELECT objectset_prune('patient_set')$q$, $q$SELECT objectset_prune('patient_set', '%s')$q$,
    $q$SELECT objectset_erase('patient', 1)$q$, $q$DELETE FROM patient WHERE id = 1$q$, $q$UPDATE patient SET id = 200 WHERE id = 2$q$, $q$TRUNCATE patient$q$,
    $q$UPDATE patient_set SET base = '{8}'$q$, $q$DELETE FROM patient_set$q$, $q$TRUNCATE patient_set$q$, $q$SELECT objectset_drop('patient_set', '%s')$q$]
  LOOP
    call := replace(statement, '%s', which);
    -- With its effects undone.
    BEGIN
      error := regexp_replace(error_of(call), ' \[.*\]$', '');
      RAISE EXCEPTION 'undone' USING ERRCODE = 'OS001';
    EXCEPTION WHEN SQLSTATE 'OS001' THEN NULL;
    END;
    RETURN NEXT;
  END LOOP;
END $$;
SELECT DISTINCT error FROM uses('young') ORDER BY 1;
SELECT objectset_follow_deletes('patient_set');
CREATE FUNCTION errors_without(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE patient_set ALTER %s DROP NOT NULL', what);
  RETURN QUERY SELECT DISTINCT error FROM uses('young') WHERE error <> 'no error' ORDER BY 1;
  EXECUTE format('ALTER TABLE patient_set ALTER %s SET NOT NULL', what);
END $$;
SELECT what, errors_without(what) FROM unnest('{name,base,added,removed,deleted}'::text[]) AS what;
BEGIN;
ALTER TABLE patient_set DROP CONSTRAINT patient_set_pkey, ADD UNIQUE (id), ALTER id DROP IDENTITY;
SELECT errors_without('id');
-- What the target's rows do is then not followed, and not hindered.
ALTER TABLE patient_set ALTER id DROP NOT NULL, DISABLE TRIGGER USER;
UPDATE patient_set SET id = NULL;
SET LOCAL client_min_messages = warning;
DELETE FROM patient WHERE id = 1;
ROLLBACK;
SELECT set_table, problem FROM objectset_tables();
BEGIN;
ALTER TABLE patient_set ALTER deleted DROP NOT NULL;
SELECT set_table, problem FROM objectset_tables();
ROLLBACK;

-- ---- NULLs in them all the same: a constraint that is not valid promises nothing
CREATE FUNCTION promise(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('server_version_num')::int >= 180000 THEN
    EXECUTE format('ALTER TABLE patient_set ADD CONSTRAINT promise_%s NOT NULL %1$s NOT VALID', what);
  ELSE
    UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'patient_set'::regclass AND attname = what;
  END IF;
END $$;
ALTER TABLE patient_set DISABLE TRIGGER USER;
BEGIN;
ALTER TABLE patient_set ALTER base DROP NOT NULL;
UPDATE patient_set SET base = NULL WHERE name = 'young';
SELECT promise('base');
ALTER TABLE patient_set ENABLE TRIGGER USER;
SELECT call, error FROM uses('young') WHERE error <> 'no error';
ROLLBACK;
BEGIN;
ALTER TABLE patient_set ALTER deleted DROP NOT NULL;
UPDATE patient_set SET deleted = NULL WHERE name = 'young';
SELECT promise('deleted');
ALTER TABLE patient_set ENABLE TRIGGER USER;
SELECT call, error FROM uses('young') WHERE error <> 'no error';
ROLLBACK;
BEGIN;
ALTER TABLE patient_set ALTER name DROP NOT NULL;
INSERT INTO patient_set (name, base) VALUES (NULL, '{1}');
INSERT INTO patient_set (name, base, expression) VALUES (NULL, '{1}', 'young');
SELECT promise('name');
ALTER TABLE patient_set ENABLE TRIGGER USER;
SELECT call, error FROM uses('young') WHERE error <> 'no error';
SELECT count(*) FROM objectset_overlaps('patient_set');
SELECT objectset_refresh_order('patient_set');
ROLLBACK;
BEGIN;
ALTER TABLE patient_set DROP CONSTRAINT patient_set_pkey, ADD UNIQUE (id), ALTER id DROP IDENTITY, ALTER id DROP NOT NULL;
UPDATE patient_set SET id = NULL WHERE name = 'young';
SELECT promise('id');
ALTER TABLE patient_set ENABLE TRIGGER USER;
SELECT call, error FROM uses('young') WHERE error <> 'no error';
ROLLBACK;
ALTER TABLE patient_set ENABLE TRIGGER USER;

-- ---- Marks: constraints that say something else, or nothing
CREATE FUNCTION errors_with(name text, condition text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE patient_set DROP CONSTRAINT IF EXISTS %s, ADD CONSTRAINT %1$s CHECK (%s) NOT VALID', name, condition);
  RETURN QUERY SELECT DISTINCT error FROM uses('young') ORDER BY 1;
  EXECUTE format('ALTER TABLE patient_set DROP CONSTRAINT %s', name);
END $$;
BEGIN;
SELECT condition, errors_with('objectset_settings', condition)
  FROM unnest(ARRAY['NULL::text[] IS NOT NULL', '1 IS NOT NULL', 'ARRAY[name] IS NOT NULL', '''{NULL,a.b}''::text[] IS NOT NULL', '''{}''::text[] IS NOT NULL', '''{{a.b},{c.d}}''::text[] IS NOT NULL']) AS condition;
SELECT condition, errors_with('objectset_follow', condition)
  FROM unnest(ARRAY['NULL::text IS NOT NULL', '1 IS NOT NULL', 'name IS NOT NULL', '''''::text IS NOT NULL', '''damaged"''::text IS NOT NULL']) AS condition;
SELECT condition, errors_with('objectset_target', condition)
  FROM unnest(ARRAY['NULL::regclass IS NOT NULL', '1 IS NOT NULL', 'ROW(NULL::regclass, ''id''::text, 1, 0::oid, 0::bigint, true) IS NOT NULL',
    'ROW(''patient''::regclass, ''id''::text, 1, ''0''::oid, ''0''::bigint, NULL::bool) IS NOT NULL', 'ROW(''patient''::regclass, ''id''::text, 70000, ''0''::oid, ''0''::bigint, true) IS NOT NULL',
    'ROW(''patient_pkey''::regclass, ''id''::text, 1, ''0''::oid, ''0''::bigint, true) IS NOT NULL', 'ROW(''0''::regclass, ''id''::text, 1, ''0''::oid, ''0''::bigint, true) IS NOT NULL']) AS condition;
ROLLBACK;
BEGIN;
ALTER TABLE patient_set_history DROP CONSTRAINT objectset_history, ADD CONSTRAINT objectset_history CHECK (NULL::regclass IS NOT NULL) NOT VALID;
SELECT error_of($$SELECT objectset_add('patient_set', 'some', 9)$$), error_of($$SELECT * FROM objectset_history('patient_set', 'some')$$);
SELECT problem FROM objectset_tables() WHERE set_table = 'patient_set'::regclass;
ROLLBACK;
BEGIN;
ALTER TABLE patient_set_history ALTER id DROP IDENTITY;
ALTER TABLE patient_set_history ALTER id TYPE numeric;
SELECT error_of($$SELECT objectset_members_at('patient_set', 'some', now())$$), error_of($$SELECT objectset_trim_history('patient_set', now())$$);
ROLLBACK;

-- ---- Tables that are altered after they were looked at, by what runs then
CREATE FUNCTION alter_set_table() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  ALTER TABLE damaged.patient_set DROP count;
  ALTER TABLE damaged.patient_set ADD count bigint DEFAULT 0, ALTER base DROP DEFAULT, ALTER base TYPE bigint USING 0;
  RETURN 1;
END $$;
SELECT objectset_save('patient_set', 'alter', 'SELECT 1');
BEGIN;
DROP TRIGGER _objectset_history ON patient_set; DROP TRIGGER _objectset_history_truncate ON patient_set;
UPDATE patient_set SET query = 'SELECT damaged.alter_set_table()' WHERE name = 'alter';
SELECT error_of($$SELECT objectset_refresh('patient_set', 'alter')$$), error_of($$SELECT * FROM objectset_refresh('patient_set')$$),
  error_of($$SELECT objectset_save('patient_set', 'alter', 'SELECT damaged.alter_set_table()')$$);
CREATE OR REPLACE FUNCTION alter_set_table() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  ALTER TABLE damaged.patient_set ALTER settings TYPE bigint USING 0;
  RETURN 1;
END $$;
SELECT error_of($$SELECT objectset_refresh('patient_set', 'alter')$$);
ROLLBACK;

-- ---- Change logs, and what a set is said to have seen
SELECT objectset_drop('patient_set', 'alter'), objectset_track('patient_set');
SELECT objectset_save('patient_set', 'q' || i, 'SELECT id FROM patient WHERE age < 3') FROM generate_series(1, 9) AS i;
SELECT count(*) FROM objectset_refresh('patient_set');
UPDATE patient_set SET seen_mark = '\x' WHERE name = 'q1';
UPDATE patient_set SET seen_mark = '\x0102' WHERE name = 'q2';
UPDATE patient_set SET seen = '{}' WHERE name = 'q3';
UPDATE patient_set SET seen = '{NULL,NULL,NULL}' WHERE name = 'q4';
UPDATE patient_set SET seen = '{{1,2},{3,4}}' WHERE name = 'q5';
UPDATE patient_set SET seen = NULL WHERE name = 'q6';
UPDATE patient_set SET seen_mark = set_byte(seen_mark, 0, get_byte(seen_mark, 0) # 1) WHERE name = 'q7';
UPDATE patient_set SET base = '{9}' WHERE name = 'q8';
SELECT s.name, s.changed, p.way FROM objectset_status('patient_set') AS s, objectset_refresh_plan('patient_set', s.name) AS p ORDER BY 1;
SELECT count(*) FROM objectset_refresh('patient_set');
SELECT name, changed FROM objectset_status('patient_set') WHERE changed IS DISTINCT FROM 0;
ALTER TABLE patient_set_changes ALTER changed DROP NOT NULL, ALTER everything DROP NOT NULL, ALTER xid DROP NOT NULL, ALTER xid DROP DEFAULT;
INSERT INTO patient_set_changes (xid, changed, everything) SELECT '5', NULL, NULL FROM generate_series(1, 2000);
INSERT INTO patient_set_changes (xid, changed, everything) SELECT NULL, NULL, NULL FROM generate_series(1, 10);
SELECT count(*) FROM objectset_refresh('patient_set');
SELECT count(*) > 0 AS dropped FROM patient_set_changes WHERE changed IS NOT NULL;

RESET search_path;
DROP SCHEMA damaged CASCADE;
RESET client_min_messages;
