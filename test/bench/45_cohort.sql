-- Questions to cohorts: a sample, a part for a test, who is in exactly which of ten cohorts, how many go on from one to the
-- next. The cohorts are patients at random, one in ten.
SELECT (500000 * :scale)::bigint AS members, bench.spell(500000 * :scale) AS spelled \gset
INSERT INTO bench.contender (topic, workload, contender, statement) VALUES
  (:'topic', 'a sample of 10 % of ' || :'spelled', 'objectset', format('SELECT cardinality(objectset_sample(members, %s, 1)) FROM cohort WHERE id = 1', :members / 10)),
  (:'topic', 'a sample of 10 % of ' || :'spelled', 'unnest, by random()', format('SELECT cardinality(objectset_agg(id)) FROM (SELECT m AS id FROM cohort c, unnest(c.members) AS m WHERE c.id = 1 ORDER BY random() LIMIT %s) x', :members / 10)),
  (:'topic', 'a part of 10 % of ' || :'spelled', 'objectset', 'SELECT cardinality(objectset_split_part(members, 10, ''a'', 1)) > 0 FROM cohort WHERE id = 1'),
  (:'topic', 'a part of 10 % of ' || :'spelled', 'unnest, by hash', 'SELECT cardinality(objectset_agg(id)) > 0 FROM (SELECT unnest(members) AS id FROM cohort WHERE id = 1) x WHERE hashint8extended(id, 1) % 10 = 0'),
  (:'topic', 'exactly these of 5 cohorts of ' || :'spelled', 'objectset', 'SELECT sum(count) FROM (SELECT array_agg(members) AS a FROM cohort WHERE id <= 5) x, objectset_exclusive(a)'),
  (:'topic', 'exactly these of 5 cohorts of ' || :'spelled', 'unnest, by GROUP BY', 'SELECT sum(cardinality(s)) FROM (SELECT objectset_agg(m) AS s FROM (SELECT m, array_agg(id ORDER BY id) AS ids FROM cohort, unnest(members) m
     WHERE id <= 5 GROUP BY m) x GROUP BY ids) y'),
  (:'topic', 'exactly these of 5 cohorts of ' || :'spelled', 'objectset by hand, by 31 terms', (SELECT 'SELECT ' || string_agg(format('cardinality(%s - %s)',
      (SELECT '(' || string_agg(format('(SELECT members FROM cohort WHERE id = %s)', i + 1), ' & ') || ')' FROM generate_series(0, 4) i WHERE n >> i & 1 = 1),
      coalesce((SELECT '(' || string_agg(format('(SELECT members FROM cohort WHERE id = %s)', i + 1), ' | ') || ')' FROM generate_series(0, 4) i WHERE n >> i & 1 = 0), '''{}''::objectset')), ' + ')
      FROM generate_series(1, 31) n)),
  (:'topic', 'exactly these of 10 cohorts of ' || :'spelled', 'objectset', 'SELECT sum(count) FROM objectset_exclusive(''cohort_set'', ''{1,2,3,4,5,6,7,8,9,10}'')'),
  (:'topic', 'exactly these of 10 cohorts of ' || :'spelled', 'objectset, in an array', 'SELECT sum(count) FROM (SELECT array_agg(members) AS a FROM cohort) x, objectset_exclusive(a)'),
  (:'topic', 'exactly these of 10 cohorts of ' || :'spelled', '50 ms', 'SELECT pg_sleep(0.05)'),
  (:'topic', 'a funnel of 5 cohorts of ' || :'spelled', 'objectset', 'SELECT sum(count) FROM (SELECT array_agg(members ORDER BY id) AS a FROM cohort WHERE id <= 5) x, objectset_funnel(a)'),
  (:'topic', 'a funnel of 5 cohorts of ' || :'spelled', 'unnest, by joins', (SELECT 'SELECT ' || string_agg(format('(SELECT count(*) FROM %s)',
      (SELECT string_agg(format('(SELECT unnest(members) AS m FROM cohort WHERE id = %s) c%s', i, i) || CASE WHEN i > 1 THEN ' USING (m)' ELSE '' END, ' JOIN ' ORDER BY i)
       FROM generate_series(1, n) i)), ' + ' ORDER BY n) FROM generate_series(1, 5) n));
INSERT INTO bench.goal (about, workloads, against, "limit") VALUES
  ('a sample, against unnest', 'a sample of%', 'unnest%', 0.1),
  ('a part by a hash, against unnest', 'a part of%', 'unnest%', 0.2),
  ('exactly these of 5, against unnest', 'exactly these of 5%', 'unnest%', 0.05),
  ('exactly these of 10: under 50 ms', 'exactly these of 10%', '50 ms', 1),
  ('a funnel, against unnest', 'a funnel%', 'unnest%', 0.1);

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  CREATE TABLE cohort AS SELECT n AS id, objectset_sample(objectset_range(0, :members * 10), :members, n) AS members FROM generate_series(1, 10) n;
  ALTER TABLE cohort ADD PRIMARY KEY (id);
  VACUUM ANALYZE cohort;
  SELECT objectset_create_table('cohort_set', 'cohort') \g /dev/null
  SELECT objectset_save('cohort_set', id::text, members) FROM cohort \g /dev/null
\endif
