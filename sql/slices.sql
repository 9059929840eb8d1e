-- Questions about a large stored set read a few pages of it; their answers are those of the whole set.
SET objectset.cache_size = 0;
CREATE TABLE sliced (name text PRIMARY KEY, s objectset);
INSERT INTO sliced VALUES
  ('arrays', (SELECT objectset_agg(i * 40) FROM generate_series(-30000, 200000) i)),
  ('bitmaps', (SELECT objectset_agg(i * 2) FROM generate_series(-100000, 1000000) i)),
  ('mixed', (SELECT objectset_agg(i * 3) FROM generate_series(1, 30000) i) | objectset_range(4294900000, 4297000000)
            | (SELECT objectset_agg(i * 70000000007) FROM generate_series(-2000, 2000) i) - objectset_range(4295000000, 4295000100)),
  ('one range', (SELECT objectset_agg(i * 3 + i % 2) FROM generate_series(1, 400000) i)),
  ('ranges', (SELECT objectset_agg(high * 4294967296 + i) FROM generate_series(-200, 200) high, generate_series(1, 40) i)),
  ('runs', (SELECT objectset_agg(i * 100 + j) FROM generate_series(-5000, 20000) i, generate_series(1, 60) j)),
  ('sparse', (SELECT objectset_agg(i * i * i * 1000003) FROM generate_series(-20000, 20000::bigint) i));
CREATE INDEX ON sliced (name) INCLUDE (name);
VACUUM ANALYZE sliced;
SELECT name, pg_column_size(s) > 2500 AS stored_apart FROM sliced ORDER BY name;

-- s is asked in slices, (s | '{}') as a whole.
CREATE TEMP TABLE question AS
SELECT name, id FROM sliced, LATERAL (
  SELECT unnest(ARRAY[-9223372036854775808, -1, 0, 1, 65535, 65536, 4294967295, 4294967296, 9223372036854775807]) AS id
  UNION SELECT (s | '{}')[1 + n * (cardinality(s) - 1) / 40] + d FROM generate_series(0, 40) n, generate_series(-1, 1) d) q;
SELECT name, count(*) AS questions,
       count(*) FILTER (WHERE (s @> id) <> ((s | '{}') @> id)) AS wrong_contains,
       count(*) FILTER (WHERE objectset_rank(s, id) <> objectset_rank(s | '{}', id)) AS wrong_rank,
       count(*) FILTER (WHERE objectset_position(s, id) IS DISTINCT FROM CASE WHEN (s | '{}') @> id THEN objectset_rank(s | '{}', id) END) AS wrong_position,
       count(*) FILTER (WHERE s[objectset_rank(s, id)] IS DISTINCT FROM (s | '{}')[objectset_rank(s, id)]) AS wrong_select,
       count(*) FILTER (WHERE objectset_count_between(s, id, CASE WHEN id < 9223372036854000000 THEN id + 700000 END)
                           <> objectset_count_between(s | '{}', id, CASE WHEN id < 9223372036854000000 THEN id + 700000 END)) AS wrong_count
FROM question JOIN sliced USING (name) GROUP BY name ORDER BY name;
SELECT name, objectset_min(s) = objectset_min(s | '{}') AS min, objectset_max(s) = objectset_max(s | '{}') AS max,
       s[0] IS NULL AND s[-1] IS NULL AND s[cardinality(s) + 1] IS NULL AND s[9223372036854775807] IS NULL AS beyond
FROM sliced ORDER BY name;

SELECT name, count(*) AS pages,
       count(*) FILTER (WHERE s[n:n + 49] <> (s | '{}')[n:n + 49]) AS wrong_slice,
       count(*) FILTER (WHERE ARRAY(SELECT objectset_elements(s, id, 50)) <> ARRAY(SELECT objectset_elements(s | '{}', id, 50))) AS wrong_page,
       count(*) FILTER (WHERE ARRAY(SELECT objectset_elements(s, id, 50, true)) <> ARRAY(SELECT objectset_elements(s | '{}', id, 50, true))) AS wrong_page_down
FROM sliced, LATERAL (SELECT n, (s | '{}')[n] AS id FROM (SELECT 1 UNION ALL SELECT 1 + n * (cardinality(s) - 1) / 30 FROM generate_series(0, 30) n
                      UNION ALL SELECT cardinality(s) - 20 UNION ALL SELECT cardinality(s) + 5) x(n)) p
GROUP BY name ORDER BY name;
SELECT name, ARRAY(SELECT objectset_elements(s, NULL, 3, true)) = ARRAY(SELECT objectset_elements(s | '{}', NULL, 3, true)) AS last_three,
       ARRAY(SELECT objectset_elements(s, -9223372036854775808, 3, true)) AS none_below, ARRAY(SELECT objectset_elements(s, 9223372036854775807, 3)) AS none_above,
       ARRAY(SELECT objectset_elements(s, NULL, 0)) AS no_rows
FROM sliced ORDER BY name;

-- Ten pages at the most, the row's own included
CREATE TABLE sliced_one AS SELECT name, s FROM sliced WHERE name = 'one range';
VACUUM sliced_one;
SELECT blocks_of('SELECT s @> 5, cardinality(s) FROM sliced_one') > 0 AS catalogs_read;
SELECT question, blocks_of(format('SELECT %s FROM sliced_one', question)) <= 10 AS little_read
FROM unnest(ARRAY['cardinality(s)', 'objectset_is_empty(s)', 's @> 123456', 'objectset_min(s)', 'objectset_max(s)', 'objectset_rank(s, 123456)', 'objectset_position(s, 123456)', 'objectset_count_between(s, 123456, 124456)', 's[5000]', 's[1:50]', 'ARRAY(SELECT objectset_elements(s, NULL, 50))', 'ARRAY(SELECT objectset_elements(s, 123456, 20))', 'ARRAY(SELECT objectset_elements(s, 123456, 20, true))', 'objectset_slice(s, 5000, 50)', 'objectset_show(s)']) question;
DROP TABLE sliced_one;
-- A search of many sets reads a little of each; a set that is asked about again is read whole, once.
SELECT blocks_of('SELECT count(*) FROM sliced WHERE s @> 4294967297') < (SELECT sum(pg_column_size(s)) / 8192 FROM sliced) AS little_read;
SELECT blocks_of($$SELECT count(*) FROM generate_series(1, 1000) i WHERE i <@ (SELECT s FROM sliced WHERE name = 'bitmaps')$$) < 100 AS read_once;

-- What a small set shares with a large one, from what both have
CREATE TEMP TABLE small AS
SELECT name, part FROM sliced, LATERAL (
  SELECT (s | '{}')[n:n + rows - 1] AS part FROM (SELECT 1 + k * (cardinality(s) - 1) / 7 FROM generate_series(0, 7) k) x(n), unnest('{1,30,3000}'::int[]) rows
  UNION ALL SELECT objectset(ARRAY[(s | '{}')[1], (s | '{}')[cardinality(s) / 2], (s | '{}')[cardinality(s)]])
  UNION ALL SELECT objectset_shift((s | '{}')[100:140], 1)
  UNION ALL SELECT '{}' UNION ALL SELECT '{-9223372036854775808,9223372036854775807}' UNION ALL SELECT '{1..100000}' UNION ALL SELECT '{4294960000..4295000000}') p;
SELECT name, count(*) AS pairs,
       count(*) FILTER (WHERE objectset_intersect_count(s, part) <> objectset_intersect_count(s | '{}', part)
                           OR objectset_intersect_count(part, s) <> objectset_intersect_count(part, s | '{}')) AS wrong_both,
       count(*) FILTER (WHERE objectset_union_count(s, part) <> objectset_union_count(s | '{}', part)
                           OR objectset_minus_count(s, part) <> objectset_minus_count(s | '{}', part)
                           OR objectset_minus_count(part, s) <> objectset_minus_count(part, s | '{}')
                           OR objectset_symdiff_count(part, s) <> objectset_symdiff_count(part, s | '{}')) AS wrong_counts,
       count(*) FILTER (WHERE (s @> part) <> ((s | '{}') @> part) OR (part <@ s) <> (part <@ (s | '{}')) OR (s && part) <> ((s | '{}') && part)
                           OR (s <@ part) <> ((s | '{}') <@ part) OR (part @> s) <> (part @> (s | '{}')) OR (part && s) <> (part && (s | '{}'))) AS wrong_tests,
       count(*) FILTER (WHERE objectset_jaccard(s, part) <> objectset_jaccard(s | '{}', part)
                           OR objectset_containment(s, part) <> objectset_containment(s | '{}', part)
                           OR objectset_containment(part, s) <> objectset_containment(part, s | '{}')
                           OR objectset_cosine(s, part) <> objectset_cosine(s | '{}', part)) AS wrong_ratios,
       count(*) FILTER (WHERE s @> part) AS held, count(*) FILTER (WHERE s && part) AS met
FROM small JOIN sliced USING (name) GROUP BY name ORDER BY name;
SELECT name, question, blocks_of(format('SELECT %s FROM sliced WHERE name = %L', question, name)) <= 24 AS little_read
FROM sliced, unnest(ARRAY['objectset_intersect_count(s, objectset_range(100000, 100200))', 's @> objectset_range(100000, 100002)', 'objectset_range(100000, 100002) && s', 's <@ objectset_range(100000, 100002)', 'objectset_jaccard(s, ''{100000}'')']) question
WHERE name IN ('arrays', 'bitmaps') ORDER BY name, question;
-- A set that is asked about again and again is read whole, once, where the session may keep it.
RESET objectset.cache_size;
SELECT blocks_of($$SELECT count(*) FILTER (WHERE s && objectset_range(i, i + 2)) FROM generate_series(1, 1000) i, sliced WHERE name = 'bitmaps'$$) < 2500 AS read_once;
-- So is one that is asked about by one statement after the other.
SELECT misses AS misses_before FROM objectset_cache_stats() \gset
DO $$
DECLARE found int := 0;
BEGIN
  FOR i IN 1..200 LOOP
    found := found + (SELECT (s @> (i * 20) = (i % 2 = 0))::int FROM sliced WHERE name = 'arrays');
  END LOOP;
  RAISE NOTICE '% of 200 answers are right', found;
END $$;
SELECT misses - :misses_before AS read_whole FROM objectset_cache_stats();
SELECT objectset_slice(s, 30000, 4), objectset_slice(s, 230000, 4), objectset_slice(s, 230001, 4), objectset_slice(s, 5, 0), cardinality(objectset_slice(s, 0, 1024)) FROM sliced WHERE name = 'arrays';
DROP TABLE sliced;
