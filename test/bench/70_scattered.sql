-- Ids that lie far apart, as those are that are made of a time and a machine: two million over 2^50. Roaring bitmaps
-- are not made for them.
SELECT bench.spell(2000000 * least(1, :scale * 2.5)) AS many, bench.spell(500000 * least(1, :scale * 2.5)) AS fewer,
       (2000000 * least(1, :scale * 2.5))::bigint AS n \gset
\set build 'build a set of ' :many ' scattered ids'
\set both 'count a & b: ' :fewer ' ids over 2^50 each'
\set is_in 'is an id in a set of ' :many ' scattered ids'
INSERT INTO bench.contender (topic, workload, contender, statement, per) VALUES
  (:'topic', :'build', 'objectset', 'SELECT cardinality(objectset_agg(id)) FROM scattered', 1),
  (:'topic', :'build', 'pg_roaringbitmap', 'SELECT rb64_cardinality(rb64_build_agg(id)) FROM scattered', 1),
  (:'topic', :'build', 'bigint[]', 'SELECT cardinality(array_agg(id)) FROM scattered', 1),
  (:'topic', :'both', 'objectset',
   'SELECT cardinality(a.members & b.members) FROM scattered_objectset a, scattered_objectset b WHERE a.id = 2
     AND b.id = 3', 1),
  (:'topic', :'both', 'pg_roaringbitmap',
   'SELECT rb64_and_cardinality(a.members, b.members) FROM scattered_roaring64 a, scattered_roaring64 b
     WHERE a.id = 2 AND b.id = 3', 1),
  (:'topic', :'both', 'bigint[]',
   'SELECT count(*) FROM (SELECT unnest(ids) FROM scattered_array WHERE id = 2 INTERSECT SELECT unnest(ids)
     FROM scattered_array WHERE id = 3) x', 1),
  (:'topic', :'both', 'CRoaring in memory', 'count and scattered.sets 2 3', 1),
  -- The time of one probe of many, in one statement; fewer of them where each takes milliseconds.
  (:'topic', :'is_in', 'objectset',
   'SELECT count(*) FROM probe WHERE id <@ (SELECT members FROM scattered_objectset WHERE id = 1)', 100000),
  (:'topic', :'is_in', 'many-to-many',
   'SELECT count(*) FROM probe WHERE EXISTS (SELECT FROM scattered_membership m WHERE m.set_id = 1
     AND m.id = probe.id)', 100000),
  (:'topic', :'is_in', 'pg_roaringbitmap',
   'SELECT count(*) * 1000 FROM (SELECT id FROM probe LIMIT 100) p, scattered_roaring64 s WHERE s.id = 1
     AND s.members @> p.id', 100),
  (:'topic', :'is_in', 'the scan alone', 'SELECT id FROM probe OFFSET 100000', 100000);

INSERT INTO bench.goal (about, workloads, against, per, "limit") VALUES
  ('scattered ids: build, against pg_roaringbitmap', :'build', 'pg_roaringbitmap', NULL, 0.33),
  ('scattered ids: a & b counted, against pg_roaringbitmap', :'both', 'pg_roaringbitmap', NULL, 0.05),
  ('scattered ids: a membership test in a scan, above the scan', :'is_in', 'the scan alone', 1, 1000);
INSERT INTO bench.chart VALUES
  (:'build', 'Build a set of ' || :'many' || ' scattered ids'), (:'both', 'Count of a & b,
      ' || :'fewer' || ' scattered ids each');

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  -- Of the ids numbered from 0, sets 2 and 3 take a quarter each, and share the half of it. Every second probe is in
  -- set 1.
  CREATE FUNCTION bench.scattered(i bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
  AS 'SELECT hashint8extended(i, 11) & ((1::bigint << 50) - 1)';
  CREATE UNLOGGED TABLE scattered AS SELECT i, bench.scattered(i) AS id FROM generate_series(0, :n - 1::bigint) AS i;
  CREATE TABLE scattered_array (id int PRIMARY KEY, ids bigint[]);
  INSERT INTO scattered_array VALUES
    (1, (SELECT array_agg(id ORDER BY id) FROM scattered)),
    (2, (SELECT array_agg(id ORDER BY id) FROM scattered WHERE i < :n / 4)),
    (3, (SELECT array_agg(id ORDER BY id) FROM scattered WHERE i >= :n / 8 AND i < :n * 3 / 8));
  CREATE TABLE scattered_objectset (id int PRIMARY KEY, members objectset);
  INSERT INTO scattered_objectset SELECT id, ids FROM scattered_array;
  CREATE UNLOGGED TABLE scattered_membership AS SELECT 1 AS set_id, id FROM scattered;
  ALTER TABLE scattered_membership ADD PRIMARY KEY (set_id, id);
  CREATE INDEX ON scattered_membership (id);
  CREATE UNLOGGED TABLE probe AS
  SELECT CASE WHEN i % 2 = 0 THEN bench.scattered(i * 3) ELSE bench.scattered(-i) END AS id
      FROM generate_series(0, 99999::bigint) AS i;
  \if :have_roaringbitmap
    CREATE TABLE scattered_roaring64 (id int PRIMARY KEY, members roaringbitmap64);
    INSERT INTO scattered_roaring64 SELECT id, rb64_runoptimize(rb64_build(ids)) FROM scattered_array;
  \endif
  SELECT format('COPY (SELECT id, encode(objectset_to_roaring64(members), ''hex'') FROM scattered_objectset
      WHERE id > 1) TO %L',
                :'sets' || '/scattered.sets') \gexec
  VACUUM ANALYZE;
\endif
