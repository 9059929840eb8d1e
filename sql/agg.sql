-- Aggregates over ids and sets: against the same in plain SQL, as windows, in parallel, spilled to disk, and
-- with their states shipped and damaged.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS objectset;
CREATE SCHEMA agg_test;
SET search_path = agg_test, public;

-- ---- The basics --------------------------------------------------------------------------------------------

SELECT objectset_agg(id), objectset_count_agg(id) FROM (VALUES (3), (1), (2), (3), (NULL)) x(id);
SELECT objectset_agg(id) FROM (VALUES (3::smallint), (-1::smallint), (32767::smallint)) x(id);
SELECT objectset_agg(id) FROM (VALUES (2147483647), (-2147483648), (0)) x(id);
SELECT objectset_agg(id)
  FROM (VALUES (9223372036854775807), (-9223372036854775808), (0), (-1), (4294967296)) x(id);

-- nothing, and nothing but NULLs: NULL, and counts of 0
SELECT objectset_agg(id) AS agg, objectset_count_agg(id) AS count,
       objectset_union_agg(s) AS u, objectset_union_count_agg(s) AS uc,
       objectset_intersect_agg(s) AS i, objectset_intersect_count_agg(s) AS ic,
       objectset_symdiff_agg(s) AS d, objectset_symdiff_count_agg(s) AS dc,
       objectset_at_least_agg(s, 2) AS l, objectset_at_least_count_agg(s, 2) AS lc
  FROM (SELECT 1::bigint, '{}'::objectset WHERE false) x(id, s);
SELECT n, objectset_agg(id) AS agg, objectset_count_agg(id) AS count,
       objectset_union_agg(s) AS u, objectset_union_count_agg(s) AS uc,
       objectset_intersect_agg(s) AS i, objectset_intersect_count_agg(s) AS ic,
       objectset_symdiff_agg(s) AS d, objectset_symdiff_count_agg(s) AS dc,
       objectset_at_least_agg(s, 2) AS l, objectset_at_least_count_agg(s, 2) AS lc
  FROM (VALUES (1, NULL::bigint, NULL::objectset), (1, NULL, NULL), (2, NULL, NULL), (2, 7, '{7}'), (3, 7, '{}'))
       x(n, id, s)
 GROUP BY n ORDER BY n;

-- the empty set is a set
SELECT objectset_union_agg(s), objectset_intersect_agg(s), objectset_symdiff_agg(s),
       objectset_at_least_agg(s, 1), objectset_at_least_agg(s, 3)
  FROM (VALUES ('{}'::objectset), ('{}')) x(s);
SELECT objectset_intersect_agg(s) FROM (VALUES ('{1,2}'::objectset), ('{2,3}'), ('{}'), ('{2}')) x(s);
-- Once it is empty no further set is looked at, be it small or large: of six only two are read. Window frames go on.
CREATE TABLE disjoint AS
SELECT n, objectset_agg(i * 2 + n) AS s FROM generate_series(1, 6) AS n, generate_series(1, 60000) AS i GROUP BY n ORDER BY n;
SELECT misses AS misses_before FROM objectset_cache_stats() \gset
SELECT objectset_intersect_agg(s), objectset_intersect_count_agg(s) FROM disjoint;
SELECT misses - :misses_before AS read FROM objectset_cache_stats();
SELECT objectset_intersect_agg(s) FROM (VALUES ('{1,2}'::objectset), ('{3}'), (NULL), ('{1}')) x(s);
SELECT objectset_intersect_agg(s) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES ('{1}'::objectset), ('{2}'), ('{2,3}')) x(s);
DROP TABLE disjoint;

SELECT objectset_union_agg(s), objectset_intersect_agg(s), objectset_symdiff_agg(s),
       objectset_at_least_agg(s, 2), objectset_at_least_agg(s, 3), objectset_at_least_agg(s, 4)
  FROM (VALUES ('{1,2,3}'::objectset), ('{2,3,4}'), ('{3,4,5}')) x(s);

-- k
\set VERBOSITY sqlstate
SELECT objectset_at_least_agg(s, 0) FROM (VALUES ('{1}'::objectset)) x(s);
SELECT objectset_at_least_agg(s, -1) FROM (VALUES ('{1}'::objectset)) x(s);
SELECT objectset_at_least_count_agg(s, k) FROM (VALUES ('{1}'::objectset, 1), ('{1}', 2)) x(s, k);
SELECT objectset_at_least_agg(s, k) OVER (ROWS 1 PRECEDING)
  FROM (VALUES ('{1}'::objectset, 1), ('{1}', 2)) x(s, k);
\set VERBOSITY default
SELECT objectset_at_least_agg(s, k) FROM (VALUES ('{1}'::objectset, 2::smallint), ('{1,2}', 2), ('{2}', NULL)) x(s, k);
SELECT objectset_at_least_agg(s, 9223372036854775807) FROM (VALUES ('{1}'::objectset)) x(s);
SELECT g, objectset_at_least_agg(s, g) FROM (VALUES (1, '{1}'::objectset), (2, '{1}'), (2, '{1,2}')) x(g, s)
 GROUP BY g ORDER BY g;

-- their functions are for aggregates alone
\set VERBOSITY sqlstate
SELECT objectset_agg_accum(NULL, 1);
SELECT objectset_union_combine('AQEAAAAAAAAAAAAA', 'AQEAAAAAAAAAAAAA');
SELECT objectset_counter_add(NULL, '{1}'::objectset);
\set VERBOSITY default

-- One that cannot be combined, or not moved, would spoil queries for all others.
SELECT count(*) AS aggregates,
       bool_and(aggcombinefn <> 0 AND aggmtransfn <> 0 AND aggminvtransfn <> 0 AND aggtranstype = aggmtranstype
                AND aggtranstype = 'objectset_state'::regtype AND aggserialfn = 0
                AND aggfinalmodify = 'r' AND aggmfinalmodify = 'r' AND proparallel = 's' AND provolatile = 'i') AS fit
  FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
 WHERE proname ~ '^objectset_.*agg$' AND pronamespace = (SELECT pronamespace FROM pg_proc WHERE proname = 'objectset_range');

-- ---- Against plain SQL -------------------------------------------------------------------------------------

CREATE FUNCTION set_of(bigint[]) RETURNS objectset LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT ('{' || array_to_string($1, ',') || '}')::objectset $$;

-- 64 sets: small and large ones, runs, scattered ids, ids in many ranges, negative ones, bounds.
CREATE TABLE member (n int, id bigint);
INSERT INTO member
  SELECT n, CASE n % 8
              WHEN 0 THEN i                                            -- a run
              WHEN 1 THEN i * 3 + n                                    -- a dense range
              WHEN 2 THEN (i * 1000003) % 100000000                    -- scattered in one range
              WHEN 3 THEN (i % 50) * 1000000007 - 20000000000          -- in many ranges, some negative
              WHEN 4 THEN CASE WHEN i < 40 THEN i * 4294967296 ELSE i END
              WHEN 5 THEN -i
              WHEN 6 THEN 9223372036854775807 - (i % 100) * 7
              ELSE -9223372036854775808 + (i % 300) * i
            END
    FROM generate_series(1, 64) n, generate_series(1::bigint, CASE WHEN n % 5 = 0 THEN 3000 ELSE n * 4 END) i;
INSERT INTO member SELECT n, 7 FROM generate_series(1, 64) n;
CREATE TABLE member_set (n int PRIMARY KEY, id bigint, s objectset);
INSERT INTO member_set
  SELECT n, min(id) + n, set_of(array_agg(DISTINCT id)) FROM member GROUP BY n ORDER BY n;
INSERT INTO member_set VALUES (65, NULL, NULL), (66, 66, '{}');
SELECT count(*), sum(cardinality(s)), count(*) FILTER (WHERE pg_column_size(s) > 4100) AS large FROM member_set;

SELECT count(*) AS wrong
  FROM (SELECT n, objectset_agg(id) AS s, objectset_count_agg(id) AS c FROM member GROUP BY n) x
  JOIN member_set m USING (n)
 WHERE x.s <> m.s OR c <> cardinality(m.s);

-- Groups of sets by every divisor from 1 (all in one group) up to 16.
CREATE VIEW grouped AS
  SELECT d, n % d AS g, n, s FROM member_set, generate_series(1, 16) d WHERE n <= 64;
CREATE VIEW wanted AS
  SELECT d, g,
         set_of(array_agg(id)) AS u,
         set_of(coalesce(array_agg(id) FILTER (WHERE held = sets), '{}')) AS i,
         set_of(coalesce(array_agg(id) FILTER (WHERE held % 2 = 1), '{}')) AS d1,
         set_of(coalesce(array_agg(id) FILTER (WHERE held >= 2), '{}')) AS l2,
         set_of(coalesce(array_agg(id) FILTER (WHERE held >= 5), '{}')) AS l5
    FROM (SELECT d, n % d AS g, id, count(DISTINCT n) AS held
            FROM member, generate_series(1, 16) d GROUP BY 1, 2, 3) x
    JOIN (SELECT d, n % d AS g, count(*) AS sets
            FROM generate_series(1, 64) n, generate_series(1, 16) d GROUP BY 1, 2) y USING (d, g)
   GROUP BY d, g;
CREATE TABLE wanted_sets AS TABLE wanted;
CREATE VIEW got AS
  SELECT d, g, objectset_union_agg(s) AS u, objectset_intersect_agg(s) AS i, objectset_symdiff_agg(s) AS d1,
         objectset_at_least_agg(s, 2) AS l2, objectset_at_least_agg(s, 5) AS l5
    FROM grouped GROUP BY d, g;
CREATE VIEW got_counts AS
  SELECT d, g, objectset_union_count_agg(s) AS u, objectset_intersect_count_agg(s) AS i,
         objectset_symdiff_count_agg(s) AS d1, objectset_at_least_count_agg(s, 2) AS l2,
         objectset_at_least_count_agg(s, 5) AS l5
    FROM grouped GROUP BY d, g;
CREATE VIEW wanted_counts AS
  SELECT d, g, cardinality(u) AS u, cardinality(i) AS i, cardinality(d1) AS d1, cardinality(l2) AS l2,
         cardinality(l5) AS l5
    FROM wanted_sets;

SELECT count(*), count(DISTINCT u), count(DISTINCT i), count(DISTINCT d1), count(DISTINCT l2), count(DISTINCT l5)
  FROM wanted_sets;
SELECT count(*) AS wrong FROM (TABLE got EXCEPT TABLE wanted_sets) x;
SELECT count(*) AS wrong FROM (TABLE got_counts EXCEPT TABLE wanted_counts) x;
-- sorted groups
SET enable_hashagg = off;
SELECT count(*) AS wrong FROM (TABLE got EXCEPT ALL TABLE wanted_sets) x;
RESET enable_hashagg;
-- results are canonical, and of operators on sets as well
SELECT bool_and(u = u::text::objectset AND objectset_hash(u) = objectset_hash(u::text::objectset)) FROM got;
SELECT objectset_union_agg(s | '{-5}') = objectset_union_agg(s) | '{-5}' AS u,
       objectset_intersect_agg(s | '{-5}') = '{-5,7}' AS i,
       objectset_symdiff_agg(s - s) = '{}' AS d,
       objectset_at_least_agg(s & s, 1) = objectset_union_agg(s) AS l
  FROM member_set WHERE n <= 64;

-- many small sets, more ids than are gathered at once; scattered (g = 0), consecutive, and in many ranges
CREATE TABLE small AS
  SELECT g, n, CASE g WHEN 0 THEN (n * 7919 + i * i * 31) % 50021 * 1000003 WHEN 1 THEN n * 13 + i
                      ELSE (n % 300) * 10000000000 - 1500000000000 + n / 300 + i END AS id
    FROM generate_series(0, 2) g, generate_series(1::bigint, 3000) n, generate_series(1::bigint, 25) i;
CREATE TABLE small_set AS SELECT g, n, objectset_agg(id) AS s FROM small GROUP BY g, n;
SELECT g, u = set_of(ids) AS u, d = set_of(ids_odd) AS d, l = set_of(ids_2) AS l, m = set_of(ids_7) AS m,
       cardinality(ids) AS u, cardinality(ids_odd) AS d, cardinality(ids_2) AS l, cardinality(ids_7) AS m
  FROM (SELECT g, array_agg(id) AS ids, array_agg(id) FILTER (WHERE held % 2 = 1) AS ids_odd,
               array_agg(id) FILTER (WHERE held >= 2) AS ids_2,
               coalesce(array_agg(id) FILTER (WHERE held >= 7), '{}') AS ids_7
          FROM (SELECT g, id, count(DISTINCT n) AS held FROM small GROUP BY g, id) x GROUP BY g) x
  JOIN (SELECT g, objectset_union_agg(s) AS u, objectset_symdiff_agg(s) AS d, objectset_at_least_agg(s, 2) AS l,
               objectset_at_least_agg(s, 7) AS m FROM small_set GROUP BY g) y USING (g)
 ORDER BY g;

-- DISTINCT, ORDER BY, FILTER, HAVING, grouping sets
SELECT objectset_agg(DISTINCT id % 5), objectset_agg(id % 5 ORDER BY id DESC), objectset_agg(id) FILTER (WHERE id < 3),
       objectset_agg(id) FILTER (WHERE id > 100), objectset_symdiff_agg(DISTINCT set_of(ARRAY[id % 3])),
       objectset_symdiff_agg(set_of(ARRAY[id % 3]))
  FROM generate_series(1::bigint, 10) id;
SELECT count(*) FROM (SELECT n FROM member GROUP BY n HAVING objectset_count_agg(id) > 3000) x;
SELECT count(*) AS groups, sum(c) = sum(cardinality(s)) AS counts,
       bool_and(s = (SELECT objectset_agg(id) FROM member
                      WHERE (x.a IS NULL OR n % 2 = x.a) AND (x.b IS NULL OR n % 3 = x.b))) AS sets
  FROM (SELECT n % 2 AS a, n % 3 AS b, objectset_agg(id) AS s, objectset_count_agg(id) AS c
          FROM member GROUP BY CUBE (n % 2, n % 3)) x;

-- ---- Windows -----------------------------------------------------------------------------------------------

-- What the same aggregate gives for the rows of each frame, taken one by one.
CREATE FUNCTION wrong_windows(aggregate text, frame text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  wrong bigint;
BEGIN
  EXECUTE format(
    'SELECT count(*)
       FROM (SELECT %1$s OVER w AS got, array_agg(n) OVER w AS rows FROM member_set WINDOW w AS (%2$s)) x,
            LATERAL (SELECT %1$s AS wanted FROM member_set WHERE n = ANY (x.rows)) y
      WHERE got IS DISTINCT FROM wanted', aggregate, frame) INTO wrong;
  RETURN wrong;
END $$;

CREATE TABLE frame (frame text);
INSERT INTO frame VALUES
  ('ORDER BY n'),
  ('ORDER BY n DESC ROWS UNBOUNDED PRECEDING'),
  ('PARTITION BY n % 3 ORDER BY n'),
  ('ORDER BY n ROWS BETWEEN 3 PRECEDING AND CURRENT ROW'),
  ('ORDER BY n ROWS BETWEEN 2 PRECEDING AND 4 FOLLOWING'),
  ('ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING'),
  ('ORDER BY n ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING'),
  ('ORDER BY n ROWS BETWEEN 9 PRECEDING AND 7 PRECEDING'),
  ('PARTITION BY n % 2 ORDER BY n ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING'),
  ('ORDER BY n RANGE BETWEEN 5 PRECEDING AND 1 PRECEDING'),
  ('ORDER BY n / 4 GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW'),
  ('ORDER BY n / 3 GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING'),
  ('ORDER BY n ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW'),
  ('ORDER BY n / 4 ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE GROUP'),
  ('ORDER BY n / 4 ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE TIES');
CREATE TABLE aggregate (aggregate text);
INSERT INTO aggregate VALUES
  ('objectset_agg(id)'), ('objectset_count_agg(id)'), ('objectset_agg(n)'),
  ('objectset_union_agg(s)'), ('objectset_union_count_agg(s)'),
  ('objectset_intersect_agg(s)'), ('objectset_intersect_count_agg(s)'),
  ('objectset_symdiff_agg(s)'), ('objectset_symdiff_count_agg(s)'),
  ('objectset_at_least_agg(s, 2)'), ('objectset_at_least_count_agg(s, 3)');
SELECT aggregate, sum(wrong_windows(aggregate, frame)) AS wrong FROM aggregate, frame GROUP BY 1
 ORDER BY aggregate COLLATE "C";
-- large ones, so that states are expanded objects, sparse and dense; and one without sets for a while
TRUNCATE member_set;
INSERT INTO member_set
  SELECT n, n % 5, set_of(array_agg(CASE n % 3 WHEN 0 THEN i * (n % 5 + 2) ELSE i * (n % 4 + 2) * 1000003 END))
    FROM generate_series(1, 24) n, generate_series(0::bigint, 4000) i GROUP BY n ORDER BY n;
UPDATE member_set SET s = NULL WHERE n IN (3, 9, 10, 11, 12);
UPDATE member_set SET s = '{}' WHERE n IN (15, 16);
SELECT count(*), count(*) FILTER (WHERE pg_column_size(s) > 4100) AS large FROM member_set;
SELECT aggregate, sum(wrong_windows(aggregate, frame)) AS wrong FROM aggregate, frame GROUP BY 1
 ORDER BY aggregate COLLATE "C";

-- a frame that grows, shrinks and jumps over NULLs
SELECT n, objectset_union_agg(s) OVER w AS u, objectset_intersect_agg(s) OVER w AS i,
       objectset_symdiff_agg(s) OVER w AS d, objectset_at_least_agg(s, 2) OVER w AS l,
       objectset_union_count_agg(s) OVER w AS uc, objectset_agg(id) OVER w AS ids
  FROM (VALUES (1, '{1,2}'::objectset, 1), (2, NULL, NULL), (3, NULL, NULL), (4, '{2,3}', 4), (5, '{}', 4), (6, '{3}', 5))
       x(n, s, id)
WINDOW w AS (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
 ORDER BY n;
-- ids above the size where a state of ids becomes a set, forwards and sliding
SELECT count(*) AS wrong
  FROM (SELECT i, objectset_count_agg(i * 1000003) OVER (ORDER BY i) AS running,
               objectset_count_agg(i / 2) OVER (ORDER BY i ROWS 999 PRECEDING) AS sliding
          FROM generate_series(1::bigint, 6000) i) x
 WHERE running <> i OR sliding <> i / 2 - greatest(i - 999, 1) / 2 + 1;

-- ---- Memory ------------------------------------------------------------------------------------------------

-- While all groups of a hash aggregation live: small states have no memory context of their own (each new group
-- walks all there are), large ones have one each.
CREATE TABLE many AS SELECT i % 1000 AS g, i AS id, set_of(ARRAY[i, i + 1]) AS s FROM generate_series(1, 8000) i;
CREATE TABLE few AS SELECT i % 3 AS g, i AS id FROM generate_series(1, 30000) i;
ANALYZE many;
ANALYZE few;
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT g, objectset_agg(id) FROM many GROUP BY g;
SELECT count(*) AS groups, max(contexts) AS contexts
  FROM (SELECT objectset_agg(id) AS a, objectset_union_agg(s) AS u, objectset_intersect_agg(s) AS i,
               objectset_symdiff_agg(s) AS d, objectset_at_least_agg(s, 2) AS l,
               (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'object set aggregate') AS contexts
          FROM many GROUP BY g OFFSET 0) x
 WHERE a <> '{}' AND u <> '{}' AND i = '{}' AND d <> '{}' AND l <> u;
SELECT count(*) AS groups, max(contexts) AS contexts
  FROM (SELECT objectset_agg(id) AS s,
               (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'object set aggregate') AS contexts
          FROM few GROUP BY g OFFSET 0) x
 WHERE cardinality(s) = 10000;
SELECT count(*) AS contexts_left FROM pg_backend_memory_contexts WHERE name = 'object set aggregate';

-- Groups that do not fit the memory there is: spilled, with equal results.
CREATE TABLE spilled AS SELECT i % 9973 AS g, i * 7 AS id FROM generate_series(1::bigint, 50000) i;
ANALYZE spilled;
CREATE FUNCTION hash_batches(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, FORMAT json) ' || query INTO plan;
  RETURN jsonb_path_query_first(plan, '$.**."HashAgg Batches"')::int;
END $$;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT hash_batches('SELECT g, objectset_agg(id) FROM spilled GROUP BY g') > 1 AS spills;
CREATE TABLE from_spilled AS SELECT g, objectset_agg(id) AS s, objectset_count_agg(id) AS c FROM spilled GROUP BY g;
CREATE TABLE from_few AS SELECT g, objectset_agg(id) AS s FROM (TABLE few UNION ALL TABLE few) x GROUP BY g;
RESET work_mem;
RESET hash_mem_multiplier;
RESET enable_sort;
SELECT count(*), count(*) FILTER (WHERE s <> set_of(ids) OR c <> cardinality(ids)) AS wrong
  FROM from_spilled JOIN (SELECT g, array_agg(id) AS ids FROM spilled GROUP BY g) x USING (g);
SELECT count(*), count(*) FILTER (WHERE s <> set_of(ids)) AS wrong
  FROM from_few JOIN (SELECT g, array_agg(id) AS ids FROM few GROUP BY g) x USING (g);

-- ---- Parallel ----------------------------------------------------------------------------------------------

CREATE TABLE part AS
  SELECT i % 100 AS g, i AS id, CASE WHEN i = 4321 THEN i END AS lonely, set_of(ARRAY[i, i % 50, 1000000007 * i]) AS s,
         CASE WHEN i = 4321 THEN set_of(ARRAY[i]) END AS lonely_set
    FROM generate_series(1::bigint, 20000) i;
ANALYZE part;
CREATE VIEW whole AS
  SELECT objectset_agg(id) AS a, objectset_count_agg(id) AS ac, objectset_agg(lonely) AS al,
         objectset_union_agg(s) AS u, objectset_union_count_agg(s) AS uc, objectset_union_agg(lonely_set) AS ul,
         objectset_intersect_agg(s) AS i, objectset_intersect_agg(lonely_set) AS il,
         objectset_intersect_count_agg(s | '{9}') AS ic,
         objectset_symdiff_agg(s) AS d, objectset_symdiff_count_agg(lonely_set) AS dl,
         objectset_at_least_agg(s, 3) AS l, objectset_at_least_count_agg(s, 2) AS lc,
         objectset_at_least_agg(lonely_set, 1) AS ll, objectset_agg(id) FILTER (WHERE id < 0) AS none,
         objectset_union_count_agg(s) FILTER (WHERE id < 0) AS none_counted
    FROM part;
CREATE VIEW groups AS
  SELECT g, objectset_agg(id) AS a, objectset_count_agg(lonely) AS al, objectset_union_agg(s) AS u,
         objectset_intersect_agg(s) AS i, objectset_intersect_agg(lonely_set) AS il, objectset_symdiff_agg(s) AS d,
         objectset_at_least_agg(s, 3) AS l
    FROM part GROUP BY g;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE whole_serial AS TABLE whole;
CREATE TABLE groups_serial AS TABLE groups;
SELECT ac, cardinality(a) AS a, al, uc, cardinality(u) AS u, ul, i, il, ic, cardinality(d) AS d, dl, l, lc, ll, none,
       none_counted FROM whole_serial;

ALTER TABLE part SET (parallel_workers = 2);
SET max_parallel_workers_per_gather = 2;
SET enable_sort = off;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) TABLE whole;
EXPLAIN (COSTS OFF) TABLE groups;
CREATE TABLE whole_parallel AS TABLE whole;
CREATE TABLE groups_parallel AS TABLE groups;
SELECT count(*) FROM (TABLE whole_serial INTERSECT TABLE whole_parallel) x;
SELECT count(*) FROM (TABLE groups_serial INTERSECT TABLE groups_parallel) x;
SET parallel_leader_participation = off;
CREATE TABLE whole_workers AS TABLE whole;
CREATE TABLE groups_workers AS TABLE groups;
SELECT count(*) FROM (TABLE whole_serial INTERSECT TABLE whole_workers) x;
SELECT count(*) FROM (TABLE groups_serial INTERSECT TABLE groups_workers) x;
RESET parallel_leader_participation;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET enable_sort;
SET max_parallel_workers_per_gather = 0;

-- How many nodes of a plan have a property.
CREATE FUNCTION plan_nodes(query text, property text, value text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (COSTS OFF, FORMAT json) ' || query INTO plan;
  RETURN count(*) FROM jsonb_path_query(plan, format('strict $.**."%s" ? (@ == "%s")', property, value)::jsonpath);
END $$;

-- Partial states that are combined in the process that made them: not serialized on the way.
CREATE TABLE halves (g int, id bigint, s objectset) PARTITION BY RANGE (id);
CREATE TABLE half_1 PARTITION OF halves FOR VALUES FROM (MINVALUE) TO (10001);
CREATE TABLE half_2 PARTITION OF halves FOR VALUES FROM (10001) TO (MAXVALUE);
INSERT INTO halves SELECT g % 2, id, s FROM part;
ANALYZE halves;
CREATE VIEW of_halves AS
  SELECT g, objectset_agg(id) AS a, objectset_union_agg(s) AS u, objectset_intersect_agg(s) AS i,
         objectset_symdiff_agg(s) AS d, objectset_at_least_agg(s, 3) AS l
    FROM halves GROUP BY g;
CREATE TABLE halves_apart AS TABLE of_halves;
SET enable_partitionwise_aggregate = on;
SELECT plan_nodes('TABLE of_halves', 'Partial Mode', 'Partial') AS partial,
       plan_nodes('TABLE of_halves', 'Partial Mode', 'Finalize') AS finalize,
       plan_nodes('TABLE of_halves', 'Node Type', 'Gather') AS gather;
SELECT count(*) FROM (TABLE halves_apart INTERSECT TABLE of_halves) x;
RESET enable_partitionwise_aggregate;

-- ---- States, shipped ---------------------------------------------------------------------------------------

-- As a distributed database does it: partial aggregates that give states, aggregates that combine them.
CREATE AGGREGATE agg_part(bigint) (SFUNC = objectset_agg_accum, STYPE = objectset_state);
CREATE AGGREGATE union_part(objectset) (SFUNC = objectset_union_accum, STYPE = objectset_state);
CREATE AGGREGATE intersect_part(objectset) (SFUNC = objectset_intersect_accum, STYPE = objectset_state);
CREATE AGGREGATE symdiff_part(objectset) (SFUNC = objectset_symdiff_accum, STYPE = objectset_state);
CREATE AGGREGATE at_least_part(objectset, bigint) (SFUNC = objectset_at_least_accum, STYPE = objectset_state);
CREATE AGGREGATE union_whole(objectset_state)
  (SFUNC = objectset_union_combine, STYPE = objectset_state, FINALFUNC = objectset_set_final);
CREATE AGGREGATE intersect_whole(objectset_state)
  (SFUNC = objectset_intersect_combine, STYPE = objectset_state, FINALFUNC = objectset_set_final);
CREATE AGGREGATE symdiff_whole(objectset_state)
  (SFUNC = objectset_symdiff_combine, STYPE = objectset_state, FINALFUNC = objectset_set_final);
CREATE AGGREGATE at_least_whole(objectset_state)
  (SFUNC = objectset_at_least_combine, STYPE = objectset_state, FINALFUNC = objectset_at_least_final);

CREATE TABLE state (n bigint, a objectset_state, u objectset_state, i objectset_state, d objectset_state, l objectset_state);
INSERT INTO state
  SELECT id / 1000, agg_part(id), union_part(s), intersect_part(s), symdiff_part(s), at_least_part(s, 3)
    FROM part GROUP BY 1;
INSERT INTO state VALUES (-1, NULL, NULL, NULL, NULL, NULL);                                  -- a shard without rows
INSERT INTO state SELECT -2, agg_part(id), NULL, NULL, NULL, NULL FROM generate_series(1::bigint, 19999) id;
CREATE TABLE shipped (LIKE state);
INSERT INTO shipped
  SELECT n, a::text::objectset_state, u::text::objectset_state, i::text::objectset_state, d::text::objectset_state,
         l::text::objectset_state FROM state;
SELECT union_whole(t.a) = w.a AS a, union_whole(t.u) = w.u AS u, intersect_whole(t.i) = w.i AS i,
       symdiff_whole(t.d) = w.d AS d, at_least_whole(t.l) = w.l AS l
  FROM shipped t, whole_serial w GROUP BY w.a, w.u, w.i, w.d, w.l;
SELECT count(*), count(*) FILTER (WHERE (s.a::text, s.u::text, s.i::text, s.d::text, s.l::text)
                                     IS DISTINCT FROM (t.a::text, t.u::text, t.i::text, t.d::text, t.l::text)) AS changed
  FROM state s JOIN shipped t USING (n);

-- in binary
SELECT current_setting('data_directory') || '/objectset_agg_test.bin' AS file \gset
COPY state TO :'file' (FORMAT binary);
TRUNCATE shipped;
COPY shipped FROM :'file' (FORMAT binary);
SELECT union_whole(t.a) = w.a AS a, union_whole(t.u) = w.u AS u, intersect_whole(t.i) = w.i AS i,
       symdiff_whole(t.d) = w.d AS d, at_least_whole(t.l) = w.l AS l
  FROM shipped t, whole_serial w GROUP BY w.a, w.u, w.i, w.d, w.l;

-- What is written has no room to grow in it.
SELECT id, length(objectset_state_send(agg_part(i))) AS bytes, agg_part(i) AS state
  FROM generate_series(1, 5) id, LATERAL generate_series(1, id) i GROUP BY id ORDER BY id;

-- A state of another aggregate is refused, whatever its size; so are states with another k.
\set VERBOSITY sqlstate
SELECT at_least_whole(a) FROM state;
SELECT at_least_whole(u) FROM state;
SELECT union_whole(l) FROM state;
SELECT intersect_whole(l) FROM state WHERE n = 1 OR n = 2;
SELECT union_whole(x) FROM (SELECT a FROM state WHERE n = 1 UNION ALL SELECT l FROM state WHERE n = 1) y(x);
SELECT at_least_whole(x) FROM (SELECT l FROM state WHERE n = 1 UNION ALL SELECT at_least_part('{1}', 2)) y(x);
SELECT objectset_counter_union_final(a) FROM state WHERE n = 1;
SELECT objectset_set_final(l) FROM state WHERE n = 1;

-- ---- States and sets, damaged ------------------------------------------------------------------------------

SELECT ''::objectset_state;
SELECT 'AQEA'::objectset_state;
SELECT 'no base64!'::objectset_state;
SELECT 'AQEAAAEAAAAAAAAA'::objectset_state;  -- says 1 id, has none
SELECT 'AQEAAAAAAAAAAAAA'::objectset_state;  -- no ids
SELECT 'AgEAAAAAAAAAAAAA'::objectset_state;  -- of version 2
\set VERBOSITY default

CREATE TABLE sample (kind text, bytes bytea);
INSERT INTO sample
  SELECT 'ids', objectset_state_send(agg_part(i)) FROM generate_series(1, 5) i UNION ALL
  SELECT 'set, sparse', objectset_state_send(symdiff_part(s)) FROM (VALUES ('{1,4}'::objectset), ('{9}')) x(s) UNION ALL
  SELECT 'set, dense', objectset_state_send(union_part(s)) FROM (VALUES ('{1..100}'::objectset), ('{1..20,-5}')) x(s) UNION ALL
  SELECT 'counter', objectset_state_send(at_least_part(s, 2)) FROM (VALUES ('{1..99}'::objectset), ('{1,7..9}'), ('{8}')) x(s);

-- Each byte changed, each shorter piece, and bytes too many: refused, or a state that does no harm.
CREATE FUNCTION damage_done(kind text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state objectset_state;
BEGIN
  BEGIN
    state := translate(encode(bytes, 'base64'), E'\n', '')::objectset_state;
  EXCEPTION WHEN OTHERS THEN
    RETURN CASE SQLSTATE WHEN '22P02' THEN 'refused' ELSE SQLSTATE END;
  END;
  IF kind = 'counter' THEN
    PERFORM objectset_at_least_final(state), at_least_whole(state) FROM generate_series(1, 2);
  ELSE
    PERFORM objectset_set_final(state), union_whole(state) FROM generate_series(1, 2);
  END IF;
  RETURN 'harmless';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SELECT kind, what, damage_done(kind, damaged) AS done, count(*)
  FROM (SELECT kind, CASE WHEN i < 4 THEN 'head' WHEN i < 12 THEN 'numbers' ELSE 'rest' END AS what,
               set_byte(bytes, i, get_byte(bytes, i) # bits) AS damaged
          FROM sample, (VALUES (1), (128), (255)) b(bits), LATERAL generate_series(0, length(bytes) - 1) i
         UNION ALL
        SELECT kind, 'cut off', substr(bytes, 1, i) FROM sample, LATERAL generate_series(0, length(bytes) - 1) i
         UNION ALL
        SELECT kind, 'too long', bytes || '\x00'::bytea FROM sample) x
 GROUP BY 1, 2, 3 ORDER BY kind COLLATE "C", what COLLATE "C", damage_done(kind, damaged) COLLATE "C";

-- in binary
COPY (SELECT '\x0101000000000000000000'::bytea) TO :'file' (FORMAT binary);
CREATE TABLE received (state objectset_state);
\set VERBOSITY sqlstate
COPY received FROM :'file' (FORMAT binary);
COPY (SELECT set_byte(bytes, 30, 77) FROM sample WHERE kind = 'set, dense') TO :'file' (FORMAT binary);
COPY received FROM :'file' (FORMAT binary);
COPY (SELECT bytes FROM sample) TO :'file' (FORMAT binary);
COPY received FROM :'file' (FORMAT binary);
SELECT count(*) FROM received;
\set command 'cat > /dev/null; rm -f \'' :file '\''
COPY (SELECT) TO PROGRAM :'command';

-- What takes back more than was added: by aggregates made by hand of the moving form's functions, of one aggregate for
-- another, and of states that were written by hand.
CREATE AGGREGATE taken_back(objectset) (SFUNC = objectset_counter_remove, STYPE = objectset_state);
CREATE AGGREGATE taken_back(bigint) (SFUNC = objectset_counter_remove, STYPE = objectset_state);
CREATE AGGREGATE taken_back(objectset, bigint) (SFUNC = objectset_at_least_remove, STYPE = objectset_state);
CREATE AGGREGATE counted(objectset) (SFUNC = objectset_counter_add, STYPE = objectset_state);
SELECT taken_back(s) FROM (VALUES ('{}'::objectset)) x(s);
SELECT taken_back(s) FROM (VALUES ('{1,2}'::objectset)) x(s);
SELECT taken_back(objectset_range(0, 100000)) FROM generate_series(1, 3);
SELECT taken_back(id) FROM generate_series(1, 3) id;
SELECT taken_back(s, 2) FROM (VALUES ('{}'::objectset)) x(s);
DO $$
BEGIN
  -- Two sets less than {1} and {2}, of which neither was one: nothing is left, but for two ids.
  EXECUTE format($f$CREATE AGGREGATE taken_back_from(objectset) (SFUNC = objectset_counter_remove, STYPE = objectset_state, INITCOND = %L)$f$,
                 (SELECT counted(s) FROM (VALUES ('{1}'::objectset), ('{2}')) x(s)));
END $$;
SELECT taken_back_from(s) FROM (VALUES ('{}'::objectset), ('{}')) x(s);
SELECT objectset_counter_union_final(taken_back_from(s)) FROM (VALUES ('{1}'::objectset)) x(s);

-- Values that are damaged where they are stored: a path has a set's alignment, and bytes of our choice.
CREATE CAST (path AS objectset) WITHOUT FUNCTION;
CREATE CAST (path AS objectset_state) WITHOUT FUNCTION;
CREATE TABLE damaged (n int, s objectset, state objectset_state);
INSERT INTO damaged
  SELECT n, p::objectset, p::objectset_state
    FROM (SELECT n, ('(' || string_agg('(1,2)', ',') || ')')::path
            FROM unnest(ARRAY[1, 257, 513, 769, 300]) n, LATERAL generate_series(1, n) GROUP BY n) x(n, p);
SELECT objectset_union_agg(s) FROM damaged WHERE n = 1;
SELECT objectset_union_count_agg(s) FROM damaged WHERE n = 257;
SELECT objectset_intersect_agg(s) FROM damaged WHERE n = 513;
SELECT objectset_symdiff_agg(s) FROM damaged WHERE n = 1;
SELECT objectset_at_least_agg(s, 1) FROM damaged WHERE n = 1;
SELECT objectset_union_agg(s) OVER (ROWS 1 PRECEDING) FROM damaged WHERE n = 1;
SELECT objectset_intersect_agg(x) FROM (SELECT '{1}'::objectset UNION ALL SELECT s FROM damaged WHERE n = 1) y(x);
SELECT objectset_symdiff_agg(x) FROM (SELECT objectset_range(1, 90000) UNION ALL SELECT s FROM damaged WHERE n = 769) y(x);
SELECT objectset_set_final(state) FROM damaged WHERE n = 513;
SELECT objectset_at_least_final(state) FROM damaged WHERE n = 769;
SELECT objectset_set_final(state) FROM damaged WHERE n = 300;
SELECT union_whole(state) FROM damaged, generate_series(1, 2) WHERE n = 513;
SELECT at_least_whole(state) FROM damaged, generate_series(1, 2) WHERE n = 769;
SELECT state FROM damaged WHERE n = 1;
\set VERBOSITY default
-- after all that
SELECT objectset_union_agg(s) FROM (VALUES ('{1}'::objectset), ('{2..4}')) x(s);

DROP CAST (path AS objectset);
DROP CAST (path AS objectset_state);
DROP SCHEMA agg_test CASCADE;
