-- Bytes. A set may take 32 bytes more than the smaller form of pg_roaringbitmap, and no more than a bigint[] where it
-- is of ten ids, or than 8 bytes an id (and a header) where ids are scattered. What a many-to-many table takes is its
-- size with both indexes, for so many of its rows.
SELECT bench.is_wanted(:'topic', 'bytes') AS wanted \gset
\if :wanted
  \ir data/sets.sql
  \ir data/large.sql
  \ir data/real.sql
  CREATE TEMP TABLE stored (place int, name text, contender text, bytes bigint, sets bigint, ids bigint);
  SELECT pg_total_relation_size('set_membership')::float / (SELECT count(*) FROM set_membership) AS row_bytes \gset
  INSERT INTO stored
  SELECT number, bench.spell(n) || ' ' || kind || ' ids', 'objectset', pg_column_size(members), 1, n FROM bench.pair
      JOIN set_objectset ON id = number
  UNION ALL
  SELECT number, bench.spell(n) || ' ' || kind || ' ids', 'bigint[]', pg_column_size(ids), 1, n FROM bench.pair
      JOIN set_array ON id = number
  UNION ALL
  SELECT number, bench.spell(n) || ' ' || kind || ' ids', 'many-to-many', n * :row_bytes, 1, n FROM bench.pair
  UNION ALL
  SELECT 1000 + s.id, bench.spell(n) || ' ids, every second one', 'objectset', pg_column_size(members), 1, n
      FROM large_set JOIN large_objectset s USING (id) WHERE s.id IN (1, 7)
  UNION ALL
  SELECT 2000, '200 sets: ' || data, 'objectset', sum(pg_column_size(members)), 200, sum(cardinality(members))
      FROM real_objectset GROUP BY data
  UNION ALL
  SELECT 2000, '200 sets: ' || data, 'bigint[]', sum(pg_column_size(ids)), 200, sum(cardinality(ids)) FROM real_array
      GROUP BY data
  UNION ALL
  SELECT 2000, '200 sets: ' || data, 'many-to-many', sum(cardinality(ids)) * :row_bytes, 200, sum(cardinality(ids))
      FROM real_array GROUP BY data;
  \if :have_roaringbitmap
    INSERT INTO stored
    SELECT number, bench.spell(n) || ' ' || kind || ' ids', 'pg_roaringbitmap', pg_column_size(members), 1, n
        FROM bench.pair JOIN set_roaring64 ON id = number
    UNION ALL
    SELECT number, bench.spell(n) || ' ' || kind || ' ids', 'pg_roaringbitmap, 32 bits',
        pg_column_size(members), 1, n FROM bench.pair JOIN set_roaring32 ON id = number
    UNION ALL
    SELECT 1000 + s.id, bench.spell(n) || ' ids, every second one', 'pg_roaringbitmap', pg_column_size(members), 1, n
        FROM large_set JOIN large_roaring64 s USING (id) WHERE s.id IN (1, 7)
    UNION ALL
    SELECT 1000 + s.id, bench.spell(n) || ' ids, every second one', 'pg_roaringbitmap, 32 bits',
        pg_column_size(members), 1, n FROM large_set JOIN large_roaring32 s USING (id) WHERE s.id IN (1, 7)
    UNION ALL
    SELECT 2000, '200 sets: ' || data, 'pg_roaringbitmap', sum(pg_column_size(members)), 200, NULL
        FROM real_roaring64 GROUP BY data
    UNION ALL
    SELECT 2000, '200 sets: ' || data, 'pg_roaringbitmap, 32 bits', sum(pg_column_size(members)), 200, NULL
        FROM real_roaring32 GROUP BY data;
  \endif
  INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
  SELECT :'topic', 'bytes: ' || s.name, contender, bytes, 'bytes',
         CASE WHEN contender = 'objectset' THEN
           least((SELECT min(bytes) FROM stored p WHERE p.name = s.name
               AND p.contender LIKE 'pg_roaringbitmap%') + 32 * sets,
                 (SELECT bytes FROM stored p WHERE p.name = s.name AND p.contender = 'bigint[]' AND s.ids = 10),
                 CASE WHEN name LIKE '%scattered%' THEN 8 * ids + 32 END) END
  FROM stored s ORDER BY place, name, bench.kind(contender) <> 'ours', contender;
\endif
