-- Saved sets: a query's result saved under a name, and one id added to a large saved set of ids drawn at random, by a
-- client and in a transaction of its own each time.
SELECT (5000000 * :scale)::bigint AS patients,
       'save a query and its ' || bench.spell(500000 * :scale) || ' ids' AS saving,
       'save a query and its ' || bench.spell(2500000 * :scale) || ' ids' AS saving_more,
       'add an id to a saved set of ' || bench.spell(2500000 * :scale) AS adding \gset
INSERT INTO bench.contender (topic, workload, contender, statement, cleanup)
SELECT :'topic', workload, contender, format(statement, picked), cleanup
FROM (VALUES (1, :'saving', 100000), (2, :'saving_more', 500000)) AS w(place, workload, picked), (VALUES
  (1, 'objectset', 'SELECT objectset_save(''query_set'', ''picked'', ''SELECT id FROM patient WHERE picked < %s'')',
   'TRUNCATE query_set'),
  (2, 'many-to-many', 'INSERT INTO query_membership SELECT (SELECT nextval(''query_number'')), id FROM patient
     WHERE picked < %s', 'TRUNCATE query_membership'),
  (3, 'the aggregate alone', 'SELECT cardinality(objectset_agg(id)) FROM patient WHERE picked < %s', NULL))
  AS t(n, contender, statement, cleanup)
ORDER BY place, n;
-- The harness holds its first execution's transaction open: it, too, is the other session's, or that would wait for it.
INSERT INTO bench.contender (topic, workload, contender, statement, mode)
SELECT :'topic', :'adding', contender, statement, mode
FROM (VALUES
  ('objectset', format('SELECT entered FROM dblink(''bench'', %L) AS t(entered text)',
     format('SELECT (objectset_add(''patient_set'', ''half'', trunc(random() * %s)::bigint) >= 0)::text', :patients)),
   'prepared'),
  ('many-to-many', format('INSERT INTO patient_membership
     VALUES (1, trunc(random() * %s)::bigint) ON CONFLICT DO NOTHING', :patients), 'client'))
  AS t(contender, statement, mode)
WHERE bench.have('dblink');

INSERT INTO bench.goal (about, workloads, against, "limit") VALUES
  ('saving a query, against an aggregate of its ids', 'save a query and its%', 'the aggregate alone', 1.05),
  ('saving a query, against a many-to-many table (6 x as fast)', :'saving', 'many-to-many', 0.167),
  ('saving a larger query, against a many-to-many table (18 x as fast)', :'saving_more', 'many-to-many', 0.056),
  ('adding an id to a saved set, against a many-to-many table', :'adding', 'many-to-many', 3);

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/patients.sql
  SELECT objectset_create_table('patient_set', 'patient'), objectset_create_table('query_set', 'patient') \g /dev/null
  SELECT objectset_save('patient_set', 'half', (SELECT objectset_agg(id) FROM patient WHERE picked < 500000)) \g /dev/null
  CREATE TABLE patient_membership (set_id int, id bigint, PRIMARY KEY (set_id, id));
  CREATE INDEX ON patient_membership (id);
  INSERT INTO patient_membership SELECT 1, id FROM patient WHERE picked < 500000;
  CREATE TABLE query_membership (LIKE patient_membership INCLUDING ALL);
  CREATE SEQUENCE query_number;
  VACUUM ANALYZE patient_membership, patient_set;

  -- What one id writes to the log, in the mean of some that were not there.
  SELECT pg_current_wal_insert_lsn() AS before \gset
  DO $$
  DECLARE
    entered int := 0;
  BEGIN
    FOR i IN 1 .. 100 LOOP
      entered := entered + objectset_add('patient_set', 'half', -i);
      COMMIT;
    END LOOP;
    ASSERT entered = 100;
  END $$;
  INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
  SELECT :'topic', 'log written to ' || :'adding', 'objectset', round((pg_current_wal_insert_lsn() - :'before') / 100), 'bytes', 16384;
\endif
