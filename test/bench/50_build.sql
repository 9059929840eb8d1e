-- Building sets from queries. The yardstick is the scan alone, all of whose rows an OFFSET drops.
SELECT (5000000 * :scale)::bigint AS patients, (20000000 * :scale)::bigint AS visits,
       'a set of ' || bench.spell(5000000 * :scale) || ' ids, in order' AS in_order,
       'a set of ' || bench.spell(5000000 * :scale) || ' ids, out of order' AS out_of_order,
       'a set of ' || bench.spell(5000000 * :scale) || ' ids, by 2 workers' AS by_workers,
       'a set for each of ' || bench.spell(5000000 * :scale) || ' patients, of 4 ids' AS groups,
       'save a query''s ' || bench.spell(500000 * :scale) || ' ids' AS persist \gset
INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', workload, contender, format(statement, source, :patients)
FROM (VALUES (1, :'in_order', 'patient'), (2, :'out_of_order', 'shuffled')) AS w(place, workload, source), (VALUES
  (1, 'objectset', 'SELECT cardinality(objectset_agg(id)) FROM %1$s'),
  (2, 'pg_roaringbitmap', 'SELECT rb64_cardinality(rb64_build_agg(id)) FROM %1$s'),
  (3, 'pg_roaringbitmap, 32 bits', 'SELECT rb_cardinality(rb_build_agg(id::int)) FROM %1$s'),
  (4, 'bigint[]', 'SELECT cardinality(array_agg(id)) FROM %1$s'),
  (5, 'the scan alone', 'SELECT id FROM %1$s OFFSET %2$s')) AS t(n, contender, statement)
ORDER BY place, n;

-- Two processes, the leader not among them, against one; and the same for a plain count, which says what the machine
-- gives.
\set two_workers '{"max_parallel_workers_per_gather": "2", "parallel_leader_participation": "off", "parallel_setup_cost": "0", "parallel_tuple_cost": "0", "min_parallel_table_scan_size": "0"}'
INSERT INTO bench.contender (topic, workload, contender, statement, settings) VALUES
  (:'topic', :'by_workers', 'objectset', 'SELECT cardinality(objectset_agg(id)) FROM patient', :'two_workers'),
  (:'topic', :'by_workers', 'objectset, alone', 'SELECT cardinality(objectset_agg(id)) FROM patient', '{}'),
  (:'topic', :'by_workers', 'pg_roaringbitmap',
   'SELECT rb64_cardinality(rb64_build_agg(id)) FROM patient', :'two_workers'),
  (:'topic', :'by_workers', 'count', 'SELECT count(id) FROM patient', :'two_workers'),
  (:'topic', :'by_workers', 'count, alone', 'SELECT count(id) FROM patient', '{}');

INSERT INTO bench.contender (topic, workload, contender, statement) VALUES
  (:'topic', :'groups', 'objectset',
   'SELECT count(a) FROM (SELECT objectset_agg(id) AS a FROM visit GROUP BY patient_id) x'),
  (:'topic', :'groups', 'pg_roaringbitmap',
   'SELECT count(a) FROM (SELECT rb64_build_agg(id) AS a FROM visit GROUP BY patient_id) x'),
  (:'topic', :'groups', 'bigint[]',
   'SELECT count(a) FROM (SELECT array_agg(id) AS a FROM visit GROUP BY patient_id) x');

-- Saving what a query returns: one patient in ten.
INSERT INTO bench.contender (topic, workload, contender, statement, cleanup) VALUES
  (:'topic', :'persist', 'objectset',
   'INSERT INTO saved_objectset SELECT objectset_agg(id) FROM patient
     WHERE picked < 100000', 'TRUNCATE saved_objectset'),
  (:'topic', :'persist', 'pg_roaringbitmap',
   'INSERT INTO saved_roaring64 SELECT rb64_build_agg(id) FROM patient
     WHERE picked < 100000', 'TRUNCATE saved_roaring64'),
  (:'topic', :'persist', 'bigint[]',
   'INSERT INTO saved_array SELECT array_agg(id) FROM patient WHERE picked < 100000', 'TRUNCATE saved_array'),
  (:'topic', :'persist', 'many-to-many',
   'INSERT INTO saved_membership SELECT (SELECT nextval(''saved_number'')), id FROM patient
     WHERE picked < 100000', 'TRUNCATE saved_membership'),
  (:'topic', :'persist', 'the query alone', format('SELECT id FROM patient WHERE picked < 100000
      OFFSET %s', :patients), NULL);

INSERT INTO bench.goal (about, workloads, contender, against, per, "limit") VALUES
  ('objectset_agg over ids in order, above the scan, per id', :'in_order', 'objectset', 'the scan alone', :patients, 6),
  ('objectset_agg over ids out of order, above the scan, per id', :'out_of_order', 'objectset',
      'the scan alone', :patients, 15),
  ('objectset_agg by 2 workers, against one process (1.9 x as fast)', :'by_workers', 'objectset',
      'objectset, alone', NULL, 0.53),
  ('a plain count by 2 workers, against one process (what the machine gives)', :'by_workers', 'count',
      'count, alone', NULL, NULL),
  ('many small groups, against array_agg', :'groups', 'objectset', 'bigint[]', NULL, 1.2),
  ('saving a query''s ids, against the query alone', :'persist', 'objectset', 'the query alone', NULL, 1.03);
INSERT INTO bench.chart VALUES
  (:'in_order', 'Build a set of ' || bench.spell(:patients) || ' ids'), (:'persist',
      'Save a query''s ' || bench.spell(:patients / 10) || ' ids');

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/patients.sql
  CREATE UNLOGGED TABLE shuffled AS SELECT id FROM patient ORDER BY hashint8extended(id, 9);
  CREATE TABLE saved_objectset (members objectset);
  CREATE TABLE saved_array (ids bigint[]);
  CREATE TABLE saved_membership (set_id int, id bigint, PRIMARY KEY (set_id, id));
  CREATE INDEX ON saved_membership (id);
  CREATE SEQUENCE saved_number;
  \if :have_roaringbitmap
    CREATE TABLE saved_roaring64 (members roaringbitmap64);
  \endif
  VACUUM ANALYZE shuffled;
\endif
