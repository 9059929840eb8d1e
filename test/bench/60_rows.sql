-- From sets to rows and arrays, and back.
INSERT INTO bench.contender (topic, workload, contender, statement) VALUES
  (:'topic', 'unnest of 2.5 million ids, in FROM', 'objectset',
   'SELECT sum(i) FROM large_objectset, unnest(members) AS i WHERE id = 1'),
  (:'topic', 'unnest of 2.5 million ids, in FROM', 'pg_roaringbitmap',
   'SELECT sum(i) FROM large_roaring64, rb64_iterate(members) AS i WHERE id = 1'),
  (:'topic', 'unnest of 2.5 million ids, in FROM', 'bigint[]',
   'SELECT sum(i) FROM large_array, unnest(ids) AS i WHERE id = 1'),
  (:'topic', 'unnest of 2.5 million ids, in FROM', 'many-to-many',
   'SELECT sum(id) FROM large_membership WHERE set_id = 1'),
  (:'topic', 'unnest of 2.5 million ids, in FROM', 'generate_series',
   'SELECT sum(i) FROM large_objectset, generate_series(id, 2500000::bigint) AS i WHERE id = 1'),
  (:'topic', 'ten ids after one, of 2.5 million in FROM', 'objectset',
   'SELECT sum(i) FROM (SELECT i FROM large_objectset, unnest(members) AS i WHERE id = 1 AND i > 2000000 ORDER BY i LIMIT 10) x'),
  (:'topic', 'ten ids after one, of 2.5 million in FROM', 'many-to-many',
   'SELECT sum(id) FROM (SELECT id FROM large_membership WHERE set_id = 1 AND id > 2000000 ORDER BY id LIMIT 10) x'),
  (:'topic', 'unnest of 2.5 million ids, in SELECT', 'objectset',
   'SELECT sum(i) FROM (SELECT unnest(members) AS i FROM large_objectset WHERE id = 1) x'),
  (:'topic', 'unnest of 2.5 million ids, in SELECT', 'pg_roaringbitmap',
   'SELECT sum(i) FROM (SELECT rb64_iterate(members) AS i FROM large_roaring64 WHERE id = 1) x'),
  (:'topic', 'unnest of 2.5 million ids, in SELECT', 'bigint[]',
   'SELECT sum(i) FROM (SELECT unnest(ids) AS i FROM large_array WHERE id = 1) x'),
  (:'topic', 'unnest of 2.5 million ids, in SELECT', 'generate_series',
   'SELECT sum(i) FROM (SELECT generate_series(id, 2500000::bigint) AS i FROM large_objectset WHERE id = 1) x'),
  (:'topic', 'array of 2.5 million ids', 'objectset',
   'SELECT cardinality(members::bigint[]) FROM large_objectset WHERE id = 1'),
  (:'topic', 'array of 2.5 million ids', 'pg_roaringbitmap',
   'SELECT cardinality(rb64_to_array(members)) FROM large_roaring64 WHERE id = 1'),
  (:'topic', 'array of 2.5 million ids', 'bigint[]', 'SELECT cardinality(ids) FROM large_array WHERE id = 1'),
  (:'topic', 'array of 2.5 million ids', 'many-to-many',
   'SELECT cardinality(array(SELECT id FROM large_membership WHERE set_id = 1))'),
  (:'topic', 'set from an array of 2.5 million ids', 'objectset',
   'SELECT cardinality(ids::objectset) FROM large_array WHERE id = 1'),
  (:'topic', 'set from an array of 2.5 million ids', 'pg_roaringbitmap',
   'SELECT rb64_cardinality(rb64_build(ids)) FROM large_array WHERE id = 1');

-- A table filtered by a stored set of one row in twenty, against the same scan with a plain filter. Neither can use an
-- index here: this is what a test costs for each row.
\set filter 'filter a table by a set of 1 row in 20'
\set by_scan '{"enable_indexscan": "off", "enable_bitmapscan": "off"}'
INSERT INTO bench.contender (topic, workload, contender, statement, settings) VALUES
  (:'topic', :'filter', 'objectset',
   'SELECT count(*) FROM patient WHERE id <@ (SELECT members FROM filter_objectset)', :'by_scan'),
  (:'topic', :'filter', 'objectset, joined',
   'SELECT count(*) FROM patient p JOIN filter_objectset s ON p.id <@ s.members', :'by_scan'),
  (:'topic', :'filter', 'pg_roaringbitmap',
   'SELECT count(*) FROM patient WHERE id IN (SELECT rb64_iterate(members) FROM filter_roaring64)', '{}'),
  (:'topic', :'filter', 'many-to-many',
   'SELECT count(*) FROM patient JOIN filter_membership USING (id) WHERE set_id = 1', '{}'),
  (:'topic', :'filter', 'a plain filter', 'SELECT count(*) FROM patient WHERE age >= 0', :'by_scan');

INSERT INTO bench.goal (about, workloads, against, "limit") VALUES
  ('unnest of 2.5 million ids, against generate_series', 'unnest of%', 'generate_series', 1.05),
  ('unnest of 2.5 million ids in FROM, against the rows of a many-to-many table', 'unnest of%in FROM', 'many-to-many', 0.6),
  ('ten ids of a set in FROM, against the rows of a many-to-many table', 'ten ids after%', 'many-to-many', 2),
  ('a set''s ids as an array, against pg_roaringbitmap', 'array of%', 'pg_roaringbitmap', 1),
  ('a table filtered by a set, against a plain filter', :'filter', 'a plain filter', 1.5);
INSERT INTO bench.chart VALUES (:'filter', 'Filter a table by a set of 1 row in 20');

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/large.sql
  \ir data/patients.sql
  CREATE UNLOGGED TABLE filter_membership AS SELECT 1 AS set_id, id FROM patient WHERE picked < 50000;
  ALTER TABLE filter_membership ADD PRIMARY KEY (set_id, id);
  CREATE INDEX ON filter_membership (id);
  CREATE TABLE filter_objectset AS SELECT set_id AS id, objectset_agg(id) AS members FROM filter_membership GROUP BY 1;
  \if :have_roaringbitmap
    CREATE TABLE filter_roaring64 AS SELECT set_id AS id, rb64_runoptimize(rb64_build_agg(id)) AS members
        FROM filter_membership GROUP BY 1;
  \endif
  VACUUM ANALYZE;
\endif
