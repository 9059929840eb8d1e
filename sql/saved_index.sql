-- The index of a set table: on `base` alone, which sets that hold an id are found by, and which changes leave alone.
CREATE SCHEMA saved_index;
SET search_path = saved_index, public;
CREATE TABLE patient (id bigint PRIMARY KEY);
INSERT INTO patient SELECT generate_series(1, 200000);
SELECT objectset_create_table('patient_set', 'patient', index => true), objectset_create_table('plain_set', 'patient');
SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), objectset_index('patient_set') = indexrelid AS same
FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 'patient_set'::regclass AND relname LIKE '%base%';
SELECT relname, reloptions FROM pg_class WHERE oid IN ('patient_set'::regclass, 'plain_set'::regclass) ORDER BY 1;

-- Forty sets of 20,000 ids each, all of them corrected by hand, in the one table and in the other.
SELECT t, sum(objectset_save(t, 'set ' || n, (SELECT objectset_agg(n * 4000 + i * 7919 % 40009) FROM generate_series(1, 20000) i)))
FROM unnest('{patient_set,plain_set}'::regclass[]) t, generate_series(1, 40) n GROUP BY t ORDER BY t;
SELECT t, objectset_save(t, 'even', 'SELECT id FROM patient WHERE id % 2 = 0 AND id < 1000') FROM unnest('{patient_set,plain_set}'::regclass[]) t;
VACUUM ANALYZE patient_set, plain_set;
BEGIN;
SELECT sum(objectset_add('patient_set', 'set ' || n, 150000)) FROM generate_series(1, 5) n;
SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'patient_set';
COMMIT;
SELECT t, sum(objectset_add(t, 'set ' || n, n, n + 1, 150000)), sum(objectset_remove(t, 'set ' || n, n * 4000 + 7919, 150000 + n))
FROM unnest('{patient_set,plain_set}'::regclass[]) t, generate_series(1, 40) n GROUP BY t ORDER BY t;
SELECT t, objectset_remove(t, 'even', 4), objectset_add(t, 'even', 5), objectset_forget(t, 'even', 6) FROM unnest('{patient_set,plain_set}'::regclass[]) t;

CREATE FUNCTION differing() RETURNS bigint[] LANGUAGE sql AS $$
  SELECT array_agg(id ORDER BY id) FROM (SELECT unnest('{1,2,4,5,6,8,17,18,41,7919,15838,150000,150017,199999}'::bigint[]) AS id UNION SELECT 11919 + 4000 * i FROM generate_series(0, 39) i) q
  WHERE array(SELECT objectset_containing('patient_set', q.id)) IS DISTINCT FROM array(SELECT name FROM plain_set s WHERE s.members @> q.id ORDER BY 1)
     OR array(SELECT objectset_containing('plain_set', q.id)) IS DISTINCT FROM array(SELECT name FROM plain_set s WHERE s.members @> q.id ORDER BY 1) $$;
SELECT differing(), array(SELECT objectset_containing('patient_set', 17)), array(SELECT objectset_containing('patient_set', 4)), array(SELECT objectset_containing('patient_set', 5));

-- Of sets that do not hold the id nothing is read (each takes some twenty pages).
SET objectset.cache_size = 0;
SELECT blocks_of('SELECT objectset_containing(''patient_set'', 190000)') < blocks_of('SELECT objectset_containing(''plain_set'', 190000)') / 2 AS reads_little;

-- Rows that go, and that get other ids.
SELECT objectset_follow_deletes('patient_set'), objectset_follow_deletes('plain_set');
DELETE FROM patient WHERE id = 15838;
DELETE FROM patient WHERE id IN (1, 8, 150000, 23838);
UPDATE patient SET id = 300000 WHERE id = 4;
UPDATE patient SET id = id + 1000000 WHERE id BETWEEN 17 AND 40;
SELECT differing(), array(SELECT objectset_containing('patient_set', 300000)), array(SELECT objectset_containing('patient_set', 1000018));
SELECT objectset_prune('patient_set') = objectset_prune('plain_set') AS same;
SELECT count(*) AS sets, count(*) FILTER (WHERE a.members = b.members AND a.count = b.count) AS same FROM patient_set a JOIN plain_set b USING (name);

-- A row that goes from all sets at once: the new versions of all of them have room on the pages of the old ones.
CREATE TABLE common (id bigint PRIMARY KEY);
INSERT INTO common SELECT generate_series(1, 30);
SELECT objectset_create_table('common_set', 'common', index => true);
SELECT sum(objectset_save('common_set', 'set ' || n, objectset_range(1, 31))) FROM generate_series(1, 500) n;
SELECT objectset_follow_deletes('common_set');
BEGIN;
DELETE FROM common WHERE id = 7;
SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'common_set';
COMMIT;
SELECT count(*) FROM common_set s WHERE s.count = 29 AND NOT s.members @> 7;
SELECT objectset_follow_deletes('common_set', false);

-- An index that was made later, or by hand; others are not taken for one.
CREATE INDEX partial ON plain_set USING gin (base) WHERE id < 10;
SELECT objectset_index('plain_set');
SELECT differing();
DROP INDEX patient_set_base_idx, plain_set_base_idx;
CREATE INDEX by_hand ON patient_set USING gin (base objectset_ops (keys = 100000));
SELECT objectset_index('patient_set'), differing();
DROP INDEX by_hand;
SELECT pg_get_indexdef(objectset_index('patient_set', 300)), differing();
SELECT error_of('SELECT objectset_index(''plain_set'', 100)');

-- For whoever owns the table.
CREATE ROLE regress_saved_index;
GRANT USAGE ON SCHEMA saved_index TO regress_saved_index;
SET ROLE regress_saved_index;
SELECT error_of('SELECT objectset_index(''saved_index.patient_set'')'), error_of('SELECT objectset_index(''saved_index.plain_set'')');
RESET ROLE;
DROP INDEX patient_set_base_idx;
SET ROLE regress_saved_index;
SELECT error_of('SELECT objectset_index(''saved_index.patient_set'')');
RESET ROLE;
SELECT error_of('SELECT objectset_index(''patient'')'), error_of('SELECT objectset_create_table(''x'', ''patient'', index => NULL)');
DROP SCHEMA saved_index CASCADE;
DROP ROLE regress_saved_index;
