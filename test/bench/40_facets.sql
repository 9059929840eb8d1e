-- Facets: of 1,000 groups, those that share most with one given group. The groups are the patients of each diagnosis,
-- many for some and few for most; the given group is one patient in ten.
\set facets '1,000 facets, top 10, of a group of '
SELECT :'facets' || bench.spell(500000 * :scale) AS facets \gset
INSERT INTO bench.contender (topic, workload, contender, statement) VALUES
  (:'topic', :'facets', 'objectset',
   'SELECT sum(n) FROM (SELECT cardinality(f.members & g.members) AS n FROM facet_objectset f, group_objectset g
       ORDER BY n DESC LIMIT 10) x'),
  (:'topic', :'facets', 'pg_roaringbitmap',
   'SELECT sum(n) FROM (SELECT rb64_and_cardinality(f.members, g.members) AS n
       FROM facet_roaring64 f, group_roaring64 g ORDER BY n DESC LIMIT 10) x'),
  (:'topic', :'facets', 'pg_roaringbitmap, 32 bits',
   'SELECT sum(n) FROM (SELECT rb_and_cardinality(f.members, g.members) AS n
       FROM facet_roaring32 f, group_roaring32 g ORDER BY n DESC LIMIT 10) x'),
  (:'topic', :'facets', 'intarray',
   'SELECT sum(n) FROM (SELECT icount(f.ids & g.ids) AS n FROM facet_intarray f, group_intarray g ORDER BY n DESC
       LIMIT 10) x'),
  (:'topic', :'facets', 'many-to-many',
   'SELECT sum(n) FROM (SELECT count(*) AS n FROM group_membership g JOIN facet_membership f USING (id)
       GROUP BY f.set_id ORDER BY n DESC LIMIT 10) x'),
  (:'topic', :'facets', 'CRoaring in memory', 'facets facet.sets group.sets 1');
INSERT INTO bench.goal (about, workloads, against, "limit") VALUES
  ('1,000 facets, top 10, against pg_roaringbitmap', '1,000 facets%', 'pg_roaringbitmap%', 0.2);
INSERT INTO bench.chart VALUES (:'facets', '1,000 facets, top 10');

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/patients.sql
  CREATE UNLOGGED TABLE facet_membership AS SELECT diagnosis AS set_id, patient_id AS id FROM visit GROUP BY 1, 2;
  CREATE TABLE facet_objectset AS SELECT set_id AS id, objectset_agg(id) AS members FROM facet_membership GROUP BY 1;
  CREATE UNLOGGED TABLE group_membership AS SELECT 1 AS set_id, id FROM patient WHERE picked < 100000;
  CREATE TABLE group_objectset AS SELECT set_id AS id, objectset_agg(id) AS members FROM group_membership GROUP BY 1;
  ALTER TABLE facet_membership ADD PRIMARY KEY (set_id, id);
  CREATE INDEX ON facet_membership (id);
  ALTER TABLE group_membership ADD PRIMARY KEY (set_id, id);
  CREATE INDEX ON group_membership (id);
  \if :have_intarray
    CREATE TABLE facet_intarray AS SELECT id, members::int[] AS ids FROM facet_objectset;
    CREATE TABLE group_intarray AS SELECT id, members::int[] AS ids FROM group_objectset;
  \endif
  \if :have_roaringbitmap
    CREATE TABLE facet_roaring64 AS SELECT id, rb64_runoptimize(rb64_build(members::bigint[])) AS members
        FROM facet_objectset;
    CREATE TABLE group_roaring64 AS SELECT id, rb64_runoptimize(rb64_build(members::bigint[])) AS members
        FROM group_objectset;
    CREATE TABLE facet_roaring32 AS SELECT id, rb_runoptimize(rb_build(members::int[])) AS members FROM facet_objectset;
    CREATE TABLE group_roaring32 AS SELECT id, rb_runoptimize(rb_build(members::int[])) AS members FROM group_objectset;
  \endif
  SELECT format('COPY (SELECT id, encode(objectset_to_roaring64(members), ''hex'') FROM %s_objectset) TO %L', name,
                :'sets' || '/' || name || '.sets')
  FROM unnest('{facet,group}'::text[]) AS name \gexec
  VACUUM ANALYZE;
\endif
