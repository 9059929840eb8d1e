-- Algebra and aggregates over real data sets of 200 sets each: each set with the next one, five sets in a chain, and
-- all of them at once.

-- 1$: data set, 2$: operator, 3$: its name.
INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', format('count a %s b, of 199 pairs: %s', op, data), contender,
       format(replace(statement, '@', 'a.data = %1$L AND b.data = %1$L AND b.set_no = a.set_no + 1'), data, op, name)
FROM bench.real, bench.operation, (VALUES
  (1, 'objectset',        'SELECT sum(cardinality(a.members %2$s b.members)) FROM real_objectset a, real_objectset b
      WHERE @'),
  (2, 'pg_roaringbitmap',
   'SELECT sum(rb64_%3$s_cardinality(a.members, b.members)) FROM real_roaring64 a, real_roaring64 b WHERE @'),
  (3, 'pg_roaringbitmap, 32 bits',
   'SELECT sum(rb_%3$s_cardinality(a.members, b.members)) FROM real_roaring32 a, real_roaring32 b WHERE @'),
  (4, 'intarray',         'SELECT sum(icount(a.ids %2$s b.ids)) FROM real_intarray a, real_intarray b WHERE @'),
  (5, 'CRoaring in memory', 'pairs %3$s %1$s.sets')) AS t(place, contender, statement)
WHERE NOT (op = '#' AND contender = 'intarray')
ORDER BY data, op, place;
INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', 'count a & b, of 199 pairs: ' || data, 'many-to-many', format('SELECT count(*)
    FROM real_membership a JOIN real_membership b USING (data, id) WHERE data = %L AND b.set_no = a.set_no + 1', data)
FROM bench.real WHERE :scale = 1 OR data <> 'census-income';

INSERT INTO bench.contender (topic, workload, contender, statement, slow, cleanup)
SELECT :'topic', format('store a %s b, of 199 pairs: %s', op, data), contender,
       format(replace(statement, '@', 'a.data = %1$L AND b.data = %1$L AND b.set_no = a.set_no + 1'), data, op),
       contender = 'intarray', 'TRUNCATE ' || split_part(statement, ' ', 3)
FROM bench.real, bench.operation, (VALUES
  (1, 'objectset',        'INSERT INTO kept_objectset SELECT a.members %2$s b.members
      FROM real_objectset a, real_objectset b WHERE @'),
  (2, 'pg_roaringbitmap',
   'INSERT INTO kept_roaring64 SELECT a.members %2$s b.members FROM real_roaring64 a, real_roaring64 b WHERE @'),
  (3, 'pg_roaringbitmap, 32 bits',
   'INSERT INTO kept_roaring32 SELECT a.members %2$s b.members FROM real_roaring32 a, real_roaring32 b WHERE @'),
  (4, 'intarray',         'INSERT INTO kept_intarray SELECT a.ids %2$s b.ids FROM real_intarray a, real_intarray b
      WHERE @'),
  (5, 'a copy of such values',
   'INSERT INTO kept_objectset SELECT members FROM real_result
     WHERE about = %1$L || '' %2$s''')) AS t(place, contender, statement)
WHERE op IN ('&', '|') ORDER BY data, op, place;

INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', 'count (((a | b) & c) - d) | e, of 40 fives: ' || data, contender,
       format(replace(statement, '@', 'FROM %2$s a
           JOIN %2$s b USING (data) JOIN %2$s c USING (data) JOIN %2$s d USING (data) JOIN %2$s e USING (data)
         WHERE data = %1$L AND a.set_no %% 5 = 0 AND b.set_no = a.set_no + 1 AND c.set_no = a.set_no + 2
           AND d.set_no = a.set_no + 3 AND e.set_no = a.set_no + 4'), data, source)
FROM bench.real, (VALUES
  (1, 'objectset', 'real_objectset',
   'SELECT sum(cardinality((((a.members | b.members) & c.members) - d.members) | e.members)) @'),
  (2, 'pg_roaringbitmap', 'real_roaring64',
   'SELECT sum(rb64_or_cardinality(((a.members | b.members) & c.members) - d.members, e.members)) @'),
  (3, 'pg_roaringbitmap, 32 bits', 'real_roaring32',
   'SELECT sum(rb_or_cardinality(((a.members | b.members) & c.members) - d.members, e.members)) @'))
  AS t(place, contender, source, statement)
ORDER BY data, place;

-- The yardstick of an aggregate reads the same bytes, one row after the other, and does nothing with them.
INSERT INTO bench.contender (topic, workload, contender, statement, slow)
SELECT :'topic', name || ' of 200 sets: ' || data, contender, format(statement, data), contender = 'bigint[]'
FROM bench.real, (VALUES
  (1, 'union',        'objectset',        'SELECT cardinality(objectset_union_agg(members)) FROM real_objectset
      WHERE data = %L'),
  (2, 'union',        'pg_roaringbitmap',
   'SELECT rb64_or_cardinality_agg(members) FROM real_roaring64 WHERE data = %L'),
  (3, 'union',        'pg_roaringbitmap, 32 bits',
   'SELECT rb_or_cardinality_agg(members) FROM real_roaring32 WHERE data = %L'),
  (4, 'union',        'bigint[]',         'SELECT count(*) FROM (SELECT DISTINCT unnest(ids) FROM real_array
      WHERE data = %L) x'),
  (5, 'union',        'CRoaring in memory', 'union %s.sets'),
  (6, 'union',        'reading the rows',
   'SELECT sum(get_byte(bytes, octet_length(bytes) - 1)) FROM real_bytes WHERE data = %L'),
  (7, 'intersection', 'objectset',        'SELECT cardinality(objectset_intersect_agg(members)) FROM real_objectset
      WHERE data = %L'),
  (8, 'intersection', 'pg_roaringbitmap',
   'SELECT rb64_and_cardinality_agg(members) FROM real_roaring64 WHERE data = %L'),
  (9, 'intersection', 'pg_roaringbitmap, 32 bits',
   'SELECT rb_and_cardinality_agg(members) FROM real_roaring32 WHERE data = %L'),
  (10, 'intersection', 'CRoaring in memory', 'intersect %s.sets'),
  (11, 'intersection', 'reading the rows',
   'SELECT sum(get_byte(bytes, octet_length(bytes) - 1)) FROM real_bytes
     WHERE data = %L')) AS t(place, name, contender, statement)
ORDER BY data, place;
INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', 'union of 200 sets: ' || data, 'many-to-many', format('SELECT count(*) FROM (SELECT DISTINCT id
    FROM real_membership WHERE data = %L) x', data)
FROM bench.real WHERE :scale = 1 OR data <> 'census-income';

INSERT INTO bench.goal (about, workloads, against, plus, judged, "limit") VALUES
  ('real data sets, counted: in the median, against pg_roaringbitmap', 'count a %pairs%', 'pg_roaringbitmap%', NULL,
      'median', 0.67),
  ('real data sets, stored again: in the median, against pg_roaringbitmap', 'store a %pairs%',
      'pg_roaringbitmap%', NULL, 'median', 0.67),
  ('union of 200 real sets, against CRoaring plus reading the rows', 'union of%', 'CRoaring%', 'reading the rows',
      'worst', 1.3),
  ('intersection of 200 real sets, against CRoaring plus reading the rows', 'intersection of%', 'CRoaring%',
      'reading the rows', 'worst', 1.3);
INSERT INTO bench.chart SELECT DISTINCT workload, 'Union of 200 sets: ' || split_part(workload, ': ', 2)
FROM bench.contender WHERE topic = :'topic' AND workload LIKE 'union of%';

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/real.sql
  CREATE TABLE real_result AS
  SELECT data || ' ' || op AS about, r.members
  FROM real_objectset a JOIN real_objectset b USING (data),
       LATERAL (VALUES ('&', a.members & b.members), ('|', a.members | b.members)) AS r(op, members)
  WHERE b.set_no = a.set_no + 1;
  CREATE INDEX ON real_result (about);
  VACUUM ANALYZE real_result;
\endif
