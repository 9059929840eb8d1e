-- Errors that it takes an unusual caller to see, with their details and hints.
CREATE SCHEMA failing;
SET search_path = failing, public;
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only
CREATE FUNCTION told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  code text; message text; detail text; hint text;
BEGIN
  EXECUTE statement;
  RETURN 'no error: ' || statement;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n', code || ': ' || message, '  ' || nullif(detail, ''), '  ' || nullif(hint, ''));
END $$;

-- ---- Aggregates that others make of our functions
CREATE AGGREGATE counted_as_gathered(objectset) (SFUNC = objectset_counter_add, STYPE = objectset_state, FINALFUNC = objectset_set_final);
CREATE AGGREGATE gathered_as_counted(objectset) (SFUNC = objectset_union_accum, STYPE = objectset_state, FINALFUNC = objectset_at_least_final);
CREATE AGGREGATE taken_back(objectset) (SFUNC = objectset_counter_remove, STYPE = objectset_state, FINALFUNC = objectset_counter_union_final);
CREATE AGGREGATE taken_back(bigint) (SFUNC = objectset_counter_remove, STYPE = objectset_state, FINALFUNC = objectset_counter_union_final);
CREATE AGGREGATE unreached(objectset, bigint) (SFUNC = objectset_at_least_remove, STYPE = objectset_state, FINALFUNC = objectset_at_least_final);
SELECT told(statement) FROM unnest(ARRAY[
  $$SELECT objectset_agg_accum(NULL, 5)$$,
  $$SELECT counted_as_gathered('{1}')$$,
  $$SELECT counted_as_gathered(objectset_range(0, 100000))$$,
  $$SELECT gathered_as_counted('{1}')$$,
  $$SELECT gathered_as_counted(objectset_range(0, 100000))$$,
  $$SELECT taken_back('{1}'::objectset)$$,
  $$SELECT taken_back(5::bigint)$$,
  $$SELECT unreached('{1}', 2)$$,
  $$SELECT objectset_at_least_agg(s, k) FROM (VALUES ('{1}'::objectset, 1), ('{2}', 2)) v (s, k)$$,
  $$SELECT objectset_at_least_count_agg(s, 0) FROM (VALUES ('{1}'::objectset)) v (s)$$,
  $$SELECT '?'::objectset_state$$,
  $$SELECT 'AAAA'::objectset_state$$]) statement;

-- ---- What is given
SELECT told(statement) FROM unnest(ARRAY[
  $$SELECT ARRAY[1, NULL]::bigint[]::objectset$$,
  $$SELECT objectset_split('{1}', 0, '')$$,
  $$SELECT objectset_split('{1}', 10001, '')$$,
  $$SELECT objectset_split_part('{1}', 0, '', 1)$$,
  $$SELECT objectset_split_part('{1}', 3, '', 4)$$,
  $$SELECT objectset_from_roaring64_base64('AAAA')$$,
  $$SELECT objectset_to_roaring32('{-1}')$$]) statement;

-- ---- Set tables
CREATE TABLE patient (id int PRIMARY KEY, place point, name text);
CREATE TABLE keyless (id int);
CREATE TEMP TABLE passing (id int PRIMARY KEY);
SELECT objectset_create_table('patient_set', 'patient');
SELECT objectset_save('patient_set', 'mine', '{1,2}'::objectset);
SELECT told(statement) FROM unnest(ARRAY[
  $$SELECT objectset_create_table('keyless_set', 'keyless')$$,
  $$SELECT objectset_create_table('failing.passing_set', 'passing')$$,
  $$SELECT objectset_create_table('more', 'patient', settings => '{work_mem}')$$,
  $$SELECT objectset_list('patient')$$,
  $$SELECT objectset_save('patient_set', 'wide', 'SELECT 1, 2')$$,
  $$SELECT objectset_save('patient_set', 'text', 'SELECT ''1''::text')$$,
  $$SELECT objectset_save('patient_set', 'row', 'SELECT id FROM patient WHERE $1 IS NULL', ROW(1, 2))$$,
  $$SELECT objectset_save('patient_set', 'mine', ARRAY['a', 'b'])$$,
  $$SELECT objectset_apply('patient_set', 'mine', '+', '{1}')$$,
  $$SELECT objectset_facets_by('patient_set', 'mine', '{place}', '{1}')$$,
  $$SELECT objectset_facets_by('patient_set', 'mine', '{name}', '{1}')$$,
  $$SELECT objectset_facets_by('patient_set', 'mine', '{id}', '{1,2}')$$,
  $$SELECT objectset_history('patient_set', 'mine')$$,
  $$SELECT objectset_members_at('patient_set', 'mine', now())$$]) statement;

-- What keeps a row.
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR INSERT ON patient_set FOR EACH ROW EXECUTE FUNCTION keep();
SELECT told(statement) FROM unnest(ARRAY[
  $$SELECT objectset_drop('patient_set', 'mine')$$,
  $$SELECT objectset_add('patient_set', 'mine', 3)$$,
  $$SELECT objectset_save('patient_set', 'new', '{1}'::objectset)$$,
  $$SELECT objectset_copy('patient_set', 'mine', 'other')$$]) statement;
DROP TRIGGER keep ON patient_set;
CREATE RULE kept AS ON UPDATE TO patient_set DO INSTEAD NOTHING;
SELECT told($$SELECT objectset_add('patient_set', 'mine', 3)$$);
DROP RULE kept ON patient_set;
-- Where there is no trigger, the seal needs to know the row's id before.
SELECT objectset_create_table('bare_set', 'patient', triggers => false);
ALTER TABLE bare_set ALTER id DROP IDENTITY;
SELECT told($$SELECT objectset_save('bare_set', 'new', 'SELECT 1')$$);
-- The same name twice, each in its scope.
CREATE TABLE scoped (id int PRIMARY KEY, ward int);
SELECT objectset_create_table('scoped_set', 'scoped', scope => '{ward}');
INSERT INTO scoped_set (name, base, ward) VALUES ('same', '{1}', 1), ('same', '{2}', 2);
SELECT told($$SELECT objectset_members('scoped_set', 'same')$$);

-- ---- Saved queries that somebody wrote otherwise
CREATE ROLE regress_keeper;
GRANT ALL ON SCHEMA failing TO regress_keeper;
CREATE ROLE regress_stranger;
SET ROLE regress_keeper;
CREATE TABLE kept (id int PRIMARY KEY);
SELECT objectset_create_table('kept_set', 'kept');
SELECT objectset_save('kept_set', 'q', 'SELECT id FROM kept'), objectset_save('kept_set', 'p', 'SELECT id FROM kept');
ALTER TABLE kept_set DISABLE TRIGGER USER;
UPDATE kept_set SET saved_by = 'regress_stranger' WHERE name = 'q';
UPDATE kept_set SET settings = '{"search_path=\"a\"b"}' WHERE name = 'p';
SELECT objectset_refresh('kept_set', 'q');
SELECT told($$SELECT objectset_trust('kept_set', 'q')$$);
SELECT objectset_trust('kept_set', 'p');
SELECT objectset_refresh('kept_set', 'p');
UPDATE kept_set SET settings = '{role=regress_stranger}' WHERE name = 'p';
SELECT objectset_trust('kept_set', 'p');
SELECT objectset_refresh('kept_set', 'p');
UPDATE kept_set SET saved_by = '4242424242'::oid WHERE name = 'p';
SELECT objectset_refresh('kept_set', 'p');
RESET ROLE;

-- ---- Triggers of ours where they do not belong
CREATE TABLE other (id int);
CREATE FUNCTION placed(timing text, called text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('CREATE TRIGGER placed %s ON other %s EXECUTE FUNCTION %s()', timing, CASE WHEN timing ~ 'TRUNCATE' THEN '' WHEN called ~ 'changes' AND timing ~ 'AFTER' THEN 'REFERENCING NEW TABLE AS put' ELSE 'FOR EACH ROW' END, called);
  result := told(CASE WHEN timing ~ 'TRUNCATE' THEN 'TRUNCATE other' ELSE 'INSERT INTO other VALUES (1)' END);
  DROP TRIGGER placed ON other;
  RETURN result;
END $$;
SELECT called || ' ' || timing, placed(timing, called) FROM unnest(ARRAY['_objectset_set_changed', '_objectset_noted', '_objectset_target_changed', '_objectset_note_changes']) called,
  unnest(ARRAY['BEFORE INSERT', 'AFTER INSERT', 'AFTER TRUNCATE']) timing ORDER BY called COLLATE "C", timing COLLATE "C";

-- ---- NULL where it can only be a mistake
SELECT told('SELECT ' || call) FROM unnest(ARRAY[
  'objectset_track(NULL)', $$objectset_track('patient_set', NULL, 'id')$$, 'objectset_untrack(NULL)', $$objectset_untrack('patient_set', NULL)$$,
  'objectset_index(NULL)', $$objectset_index('patient_set', NULL)$$, 'objectset_create_history(NULL)', $$objectset_trim_history('patient_set', NULL)$$, $$objectset_trim_history(NULL, now())$$,
  'objectset_follow_deletes(NULL)', $$objectset_follow_deletes('patient_set', NULL)$$, $$objectset_set_key('patient_set', NULL)$$, $$objectset_set_key(NULL, 'id')$$,
  $$objectset_set_target('patient_set', NULL)$$, 'objectset_keep_settings(NULL, NULL)']) WITH ORDINALITY AS n (call, place) ORDER BY place;

-- ---- Histories that are not theirs any more
SELECT objectset_create_history('patient_set');
ALTER TABLE patient_set_history DROP whole;
SELECT told(statement) FROM unnest(ARRAY[
  $$SELECT objectset_history('patient_set', 'mine')$$,
  $$SELECT objectset_add('patient_set', 'mine', 3)$$,
  $$SELECT objectset_trim_history('patient_set', 'infinity')$$,
  $$SELECT objectset_create_history('patient_set')$$]) statement;

-- ---- What cannot be tracked
SELECT objectset_create_table('pg_temp.passing_set', 'patient');
CREATE UNLOGGED TABLE unlogged (pid int NOT NULL);
CREATE VIEW looked AS SELECT 1 AS pid;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE TABLE parted (pid int NOT NULL) PARTITION BY RANGE (pid);
CREATE FOREIGN TABLE far PARTITION OF parted FOR VALUES FROM (1) TO (10) SERVER nowhere;
SELECT objectset_track('scoped_set');
SELECT told(statement) FROM unnest(ARRAY[
  $$SELECT objectset_track('passing_set')$$,
  $$SELECT objectset_track('scoped_set', 'unlogged', 'pid')$$,
  $$SELECT objectset_track('scoped_set', 'looked', 'pid')$$,
  $$SELECT objectset_track('scoped_set', 'parted', 'pid')$$,
  $$SELECT objectset_track('scoped_set', 'patient', 'place')$$,
  $$SELECT objectset_track('scoped_set', 'patient', 'nothing')$$,
  $$SELECT objectset_untrack('scoped_set', 'patient')$$,
  $$SELECT objectset_untrack('patient_set')$$]) statement;
DO $$
BEGIN
  FOR i IN 1 .. 31 LOOP
    EXECUTE format('CREATE TABLE tracked_%s (pid int NOT NULL)', i);
    PERFORM objectset_track('scoped_set', format('tracked_%s', i)::regclass, 'pid');
  END LOOP;
END $$;
SELECT told($$SELECT objectset_track('scoped_set', 'keyless', 'id')$$);
-- Writers are told where the log is none any more.
ALTER TABLE scoped_set_changes DROP everything;
SELECT told($$INSERT INTO tracked_1 VALUES (1)$$);

RESET search_path;
DROP SCHEMA failing CASCADE;
DROP FOREIGN DATA WRAPPER nowhere CASCADE;
DROP ROLE regress_keeper;
DROP ROLE regress_stranger;
