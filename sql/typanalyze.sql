-- Statistics on columns of sets: what ANALYZE keeps, and what the planner makes of it.

-- The rows a plan's top node is expected to give
CREATE FUNCTION pg_temp.planned_rows(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
END $$;
-- 'within 2x', or both numbers. A few rows make no difference to a plan.
CREATE FUNCTION pg_temp.estimate(query text, slack int DEFAULT 10, times int DEFAULT 2) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  planned numeric := pg_temp.planned_rows(query); found numeric;
BEGIN
  EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO found;
  IF planned <= times * found + slack AND planned >= found / times - slack THEN RETURN format('within %sx', times); END IF;
  RETURN format('%s planned, %s found', planned, found);
END $$;
-- What is kept of sets: numbers of mean, mean of large sets, fraction of empty ones, width, possible ids; bounds; common ids
CREATE FUNCTION pg_temp.kept(tab regclass, OUT inherited bool, OUT nulls real, OUT first_numbers numeric[], OUT sizes int, OUT first_bound text, OUT last_bound text, OUT common int)
RETURNS SETOF record LANGUAGE sql AS $$
  SELECT stainherit, stanullfrac, array(SELECT round(n::numeric, 2) FROM unnest(numbers[1:5]) n), cardinality(numbers) - 5,
         (bounds::text::bigint[])[1]::text, (bounds::text::bigint[])[cardinality(bounds::text::bigint[])]::text, cardinality(ids::text::bigint[])
  FROM (SELECT s.stainherit, s.stanullfrac,
               max(numbers) FILTER (WHERE kind = 24173) AS numbers, max(bounds) FILTER (WHERE kind = 24173) AS bounds, max(bounds) FILTER (WHERE kind = 24174) AS ids
        FROM pg_statistic s JOIN pg_attribute a ON a.attrelid = s.starelid AND a.attnum = s.staattnum AND a.atttypid = 'objectset'::regtype,
             LATERAL (VALUES (stakind1, stanumbers1, stavalues1::text), (stakind2, stanumbers2, stavalues2::text), (stakind3, stanumbers3, stavalues3::text),
                             (stakind4, stanumbers4, stavalues4::text), (stakind5, stanumbers5, stavalues5::text)) v(kind, numbers, bounds)
        WHERE s.starelid = tab GROUP BY 1, 2) x
  ORDER BY 1
$$;

-- ---- What is kept
CREATE TABLE kind (name text, s objectset);
ALTER TABLE kind SET (autovacuum_enabled = off);
INSERT INTO kind SELECT 'null', NULL FROM generate_series(1, 10);
ANALYZE kind;
SELECT * FROM pg_temp.kept('kind');
TRUNCATE kind;
INSERT INTO kind SELECT 'empty', '{}' FROM generate_series(1, 10);
ANALYZE kind;
SELECT * FROM pg_temp.kept('kind');
INSERT INTO kind SELECT 'null', NULL FROM generate_series(1, 20);
INSERT INTO kind SELECT 'few', objectset(ARRAY[1, 2, i, -7]) FROM generate_series(101, 110) i;
ANALYZE kind;
SELECT * FROM pg_temp.kept('kind');
-- A large set is known by a few of its pages; nothing of it comes into the session's cache.
TRUNCATE kind;
INSERT INTO kind SELECT 'scattered', objectset_agg(i::bigint * 60001) FROM generate_series(1, 200000) i;
SELECT pg_column_size(s) > 1000000 AS is_large, (SELECT sets FROM objectset_cache_stats()) AS cached FROM kind;
ANALYZE kind;
SELECT * FROM pg_temp.kept('kind');
SELECT sets AS cached FROM objectset_cache_stats();
SELECT pg_temp.estimate($$SELECT unnest(s) FROM kind$$) AS rows;
-- The ends of bigint; the smallest statistics target
TRUNCATE kind;
INSERT INTO kind SELECT 'ends', objectset(ARRAY[i, -9223372036854775808, 9223372036854775807]) FROM generate_series(1, 500) i;
ALTER TABLE kind ALTER s SET STATISTICS 1;
ANALYZE kind;
SELECT * FROM pg_temp.kept('kind');
SELECT pg_temp.estimate($$SELECT 1 FROM kind WHERE s @> 9223372036854775807$$) AS common, pg_temp.estimate($$SELECT 1 FROM kind WHERE s && '{5,9223372036854775807}'$$) AS overlaps;
ALTER TABLE kind ALTER s SET STATISTICS 0;
DELETE FROM pg_statistic WHERE starelid = 'kind'::regclass;
ANALYZE kind;
SELECT count(*) FROM pg_temp.kept('kind');
DROP TABLE kind;

-- ---- Estimates
SET max_parallel_workers_per_gather = 0;
CREATE TABLE patient (id bigint PRIMARY KEY, smoker bool, age int);
INSERT INTO patient SELECT i, i % 5 = 0, i % 90 FROM generate_series(1, 20000) i;
CREATE TABLE patient_set (name text, members objectset);  -- some 500 ids each
INSERT INTO patient_set SELECT 'set ' || n, (SELECT objectset_agg(i) FROM generate_series(1, 20000) i WHERE hashint8(i * 1000 + n) % 40 = 0) FROM generate_series(1, 200) n;
CREATE TABLE tag (doc int, tags objectset);               -- small sets of ids, some of which are common
INSERT INTO tag SELECT i, objectset(ARRAY[i % 2, 2 + i % 10, 20 + i % 130, 200 + i * 7919::bigint % 1009, 2000 + i * 104729::bigint % 4001]) FROM generate_series(1, 4000) i;
INSERT INTO tag SELECT i, NULL FROM generate_series(4001, 4400) i;
CREATE TABLE week (n int, ids objectset);                 -- ids that lie together
INSERT INTO week SELECT n, objectset_range(n * 1000, n * 1000 + 1500) FROM generate_series(1, 1000) n;
ALTER TABLE patient SET (autovacuum_enabled = off); ALTER TABLE patient_set SET (autovacuum_enabled = off);
ALTER TABLE tag SET (autovacuum_enabled = off); ALTER TABLE week SET (autovacuum_enabled = off);
ANALYZE patient, patient_set, tag, week;
SELECT nulls, sizes, common FROM pg_temp.kept('tag');
-- Joins
SELECT pg_temp.estimate($$SELECT 1 FROM patient p JOIN patient_set s ON p.id <@ s.members$$) AS pairs,
       pg_temp.estimate($$SELECT 1 FROM patient p JOIN patient_set s ON s.members @> p.id WHERE s.name = 'set 7'$$) AS of_one,
       pg_temp.estimate($$SELECT 1 FROM tag t JOIN patient p ON t.tags @> p.id$$) AS small,
       pg_temp.estimate($$SELECT 1 FROM patient p WHERE EXISTS (SELECT FROM patient_set s WHERE p.id <@ s.members)$$) AS semi,
       pg_temp.estimate($$SELECT 1 FROM patient p WHERE NOT EXISTS (SELECT FROM patient_set s WHERE p.id <@ s.members)$$, 100) AS anti,
       pg_temp.estimate($$SELECT 1 FROM patient p, patient_set s WHERE NOT p.id <@ s.members$$) AS negated;
-- Sets over a part of the ids, and over others
CREATE TABLE part_of (s objectset, beyond objectset);
INSERT INTO part_of SELECT s, objectset_shift(s, 100000) FROM (SELECT (SELECT objectset_agg(i) FROM generate_series(1, 1000) i WHERE hashint8(i * 1000 + n) % 10 = 0) s FROM generate_series(1, 100) n) x;
ANALYZE part_of;
SELECT pg_temp.estimate($$SELECT 1 FROM patient JOIN part_of ON id <@ s$$) AS part, pg_temp.estimate($$SELECT 1 FROM patient WHERE EXISTS (SELECT FROM part_of WHERE id <@ s)$$) AS semi,
       pg_temp.estimate($$SELECT 1 FROM patient JOIN part_of ON id <@ beyond$$, 5000) AS beyond;
DROP TABLE part_of;
-- Sets of subqueries that are run once
SELECT q AS "id <@ ...", pg_temp.estimate('SELECT 1 FROM patient WHERE id <@ ' || q, 10, 2) FROM unnest(ARRAY[
  $$(SELECT members FROM patient_set WHERE name = 'set 7')$$,
  $$(SELECT members FROM (SELECT * FROM patient_set ORDER BY name OFFSET 3) s LIMIT 1)$$,
  $$(SELECT coalesce(members, '{}') FROM patient_set WHERE name = 'set 7')$$,
  $$(SELECT a.members & b.members FROM patient_set a, patient_set b WHERE a.name = 'set 7' AND b.name = 'set 8')$$,
  $$(SELECT a.members | b.members FROM patient_set a, patient_set b WHERE a.name = 'set 7' AND b.name = 'set 8')$$,
  $$(SELECT a.members # b.members FROM patient_set a, patient_set b WHERE a.name = 'set 7' AND b.name = 'set 8')$$,
  $$((SELECT members FROM patient_set WHERE name = 'set 7') - (SELECT members FROM patient_set WHERE name = 'set 8'))$$,
  $$((SELECT members FROM patient_set WHERE name = 'set 7') & objectset_range(0, 5000))$$,
  $$((SELECT members FROM patient_set WHERE name = 'set 7') | objectset_range(0, 5000))$$,
  $$((SELECT members FROM patient_set WHERE name = 'set 7') | 5 - 6)$$,
  $$(SELECT '{1..3000}'::objectset)$$,
  $$(SELECT NULL::objectset)$$,
  $$(SELECT objectset_agg(id) FROM patient WHERE smoker)$$,
  $$(SELECT objectset_agg(id) FILTER (WHERE smoker) FROM patient)$$,
  $$(SELECT objectset_union_agg(members) FROM patient_set WHERE name < 'set 12')$$,
  $$(SELECT objectset_agg(p.id) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = 'set 9')$$]) q;
-- A subquery that may have no rows is not evaluated for an estimate; one that has its row in any case is.
CREATE FUNCTION pg_temp.failing() RETURNS objectset LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE 'evaluated'; END $$;
SELECT pg_temp.planned_rows($$SELECT 1 FROM patient WHERE id <@ (SELECT members | pg_temp.failing() FROM patient_set WHERE name = 'none')$$) > 0 AS not_evaluated;
CREATE FUNCTION pg_temp.some_set() RETURNS objectset LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN objectset_range(1, 3000); END $$;
SELECT pg_temp.estimate($$SELECT 1 FROM patient WHERE id <@ (SELECT pg_temp.some_set() - 5)$$) AS evaluated;
-- Where nothing is known of one side, what the other bounds
SELECT pg_temp.planned_rows($$SELECT 1 FROM patient WHERE id <@ ((SELECT members FROM patient_set WHERE name = 'set 7') & (SELECT objectset_at_least_agg(members, 2) FROM patient_set))$$) BETWEEN 250 AND 1000 AS both,
       pg_temp.planned_rows($$SELECT 1 FROM patient WHERE id <@ (SELECT objectset_at_least_agg(members, 2) FROM patient_set)$$) AS unknown;
-- Outer queries
CREATE FUNCTION pg_temp.rows_in(query text, line_like text) RETURNS SETOF int LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
    IF line LIKE line_like THEN RETURN NEXT substring(line, 'rows=(\d+)')::int; END IF;
  END LOOP;
END $$;
SELECT n BETWEEN 250 AND 1000 AS correlated FROM pg_temp.rows_in($$SELECT name, (SELECT count(*) FROM patient p WHERE p.id <@ s.members) FROM patient_set s$$, '%on patient p%') n;
SELECT n BETWEEN 250 AND 1000 AS correlated_rows FROM pg_temp.rows_in($$SELECT name, (SELECT sum(u) FROM unnest(s.members) u) FROM patient_set s$$, '%ObjectSetUnnest%') n;
SELECT n BETWEEN 250 AND 1000 AS lateral FROM pg_temp.rows_in($$SELECT s.name, n FROM patient_set s, LATERAL (SELECT count(*) AS n FROM patient p WHERE p.id <@ s.members OFFSET 0) c$$, '%on patient p%') n;
-- One id, known or not
SELECT id, pg_temp.estimate(format('SELECT 1 FROM tag WHERE tags @> %s', id)) AS tag, pg_temp.estimate(format('SELECT 1 FROM patient_set WHERE %s::smallint <@ members', id)) AS scattered,
       pg_temp.estimate(format('SELECT 1 FROM week WHERE ids @> %s', id)) AS clustered
FROM unnest(ARRAY[-5, 0, 1, 5, 25, 300, 2500, 15000, 32000]) id;
PREPARE with_id(bigint) AS SELECT 1 FROM tag WHERE tags @> $1;
SET plan_cache_mode = force_generic_plan;
SELECT pg_temp.planned_rows('EXECUTE with_id(5)') BETWEEN 2 AND 40 AS generic;
RESET plan_cache_mode;
-- Sets and sets
SELECT k AS known, pg_temp.estimate(format('SELECT 1 FROM tag WHERE tags && %L', k), 40) AS tag_overlaps, pg_temp.estimate(format('SELECT 1 FROM tag WHERE tags @> %L', k), 40) AS tag_contains,
       pg_temp.estimate(format('SELECT 1 FROM tag WHERE tags <@ %L', k), 40) AS tag_contained,
       pg_temp.estimate(format('SELECT 1 FROM patient_set WHERE %L && members', k), 40) AS overlaps, pg_temp.estimate(format('SELECT 1 FROM patient_set WHERE %L <@ members', k)) AS contains,
       pg_temp.estimate(format('SELECT 1 FROM patient_set WHERE %L @> members', k)) AS contained,
       pg_temp.estimate(format('SELECT 1 FROM week WHERE ids && %L', k)) AS week_overlaps, pg_temp.estimate(format('SELECT 1 FROM week WHERE ids @> %L', k)) AS week_contains,
       pg_temp.estimate(format('SELECT 1 FROM week WHERE ids <@ %L', k)) AS week_contained
FROM unnest(ARRAY['{}', '{1}', '{1,3}', '{3,300,301,302}', '{0..19}', '{0..5000}', '{500000..700000}', '{-50..1000000}', '{5000000..6000000}']) k;
SELECT pg_temp.estimate($$SELECT 1 FROM patient_set a JOIN patient_set b ON a.members && b.members$$) AS overlaps,
       pg_temp.estimate($$SELECT 1 FROM patient_set a JOIN patient_set b ON a.members @> b.members$$) AS contains,
       pg_temp.estimate($$SELECT 1 FROM (SELECT * FROM tag LIMIT 500) a JOIN tag b ON a.tags && b.tags$$) AS small_overlaps,
       pg_temp.estimate($$SELECT 1 FROM week a JOIN week b ON a.ids && b.ids$$, 10, 10) AS clustered,
       pg_temp.estimate($$SELECT 1 FROM tag t WHERE EXISTS (SELECT FROM patient_set s WHERE s.members && t.tags)$$) AS semi,
       pg_temp.planned_rows($$SELECT 1 FROM tag t WHERE tags && NULL$$) AS nothing;
SELECT pg_temp.estimate($$SELECT 1 FROM tag WHERE tags && (SELECT tags FROM tag WHERE doc = 5)$$, 10, 10) AS of_subquery,
       pg_temp.estimate($$SELECT 1 FROM patient_set WHERE members = (SELECT members FROM patient_set WHERE name = 'set 7')$$) AS equal;
-- Sets of which each has the ids of those before it
CREATE TABLE grown (s objectset);
INSERT INTO grown SELECT objectset_range(0, n) FROM generate_series(1, 2000) n;
ANALYZE grown;
SELECT first, last, pg_temp.estimate(format('SELECT 1 FROM grown WHERE s @> objectset_range(%s, %s)', first, last + 1)) AS contains,
       pg_temp.estimate(format('SELECT 1 FROM grown WHERE s @> ''{%s,%s}''', first, last)) AS both, pg_temp.estimate(format('SELECT 1 FROM grown WHERE s @> %s', last)) AS id
FROM (VALUES (0, 0), (0, 300), (100, 1500), (500, 1900), (1990, 1999)) k(first, last);
-- Rows of sets
SELECT pg_temp.estimate($$SELECT u FROM patient_set, unnest(members) u$$) AS lateral, pg_temp.estimate($$SELECT unnest(members) FROM patient_set$$) AS in_list,
       pg_temp.estimate($$SELECT u FROM unnest((SELECT members FROM patient_set WHERE name = 'set 7')) u$$) AS of_subquery,
       pg_temp.estimate($$SELECT u FROM patient_set a, unnest(a.members & objectset_range(0, 4000)) u WHERE a.name = 'set 7'$$, 20) AS combined,
       pg_temp.estimate($$SELECT u FROM unnest((SELECT objectset_agg(id) FROM patient WHERE smoker)) u$$) AS collected,
       pg_temp.estimate($$SELECT u FROM patient_set, objectset_elements(members, max_rows => 20) u$$) AS page;
-- Most sets are one of a few.
CREATE TABLE few (s objectset);
INSERT INTO few SELECT CASE WHEN i % 10 < 8 THEN '{1,2,3}' WHEN i % 10 = 8 THEN '{}' ELSE objectset(ARRAY[i, i + 1, 2 * i]) END FROM generate_series(1, 2000) i;
ANALYZE few;
SELECT k, pg_temp.estimate(format('SELECT 1 FROM few WHERE s @> %L::objectset', k)) AS contains, pg_temp.estimate(format('SELECT 1 FROM few WHERE s && %L::objectset', k)) AS overlaps,
       pg_temp.estimate(format('SELECT 1 FROM few WHERE s <@ %L::objectset', k)) AS contained
FROM unnest(ARRAY['{1}', '{1,2,3}', '{2,3,4}', '{1..500}', '{}']) k;

-- What is left by pg_upgrade to PostgreSQL 18, until ANALYZE: the slots of any column, which hold some of the sets
SET allow_system_table_mods = on;
CREATE FUNCTION pg_temp.lose_slots(tab regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  FOR n IN 1 .. 5 LOOP
    EXECUTE format('UPDATE pg_statistic SET stakind%1$s = 0, stavalues%1$s = NULL, stanumbers%1$s = NULL WHERE starelid = $1 AND stakind%1$s >= 24000', n) USING tab;
  END LOOP;
END $$;
SELECT pg_temp.lose_slots(t) FROM unnest('{tag,few,week,patient_set}'::regclass[]) t;
RESET allow_system_table_mods;
SELECT pg_temp.estimate($$SELECT 1 FROM patient p JOIN tag t ON t.tags @> p.id$$, 10, 3) AS pairs, pg_temp.estimate($$SELECT unnest(tags) FROM tag$$) AS rows,
       pg_temp.estimate($$SELECT 1 FROM tag WHERE tags @> 1$$) AS common, pg_temp.estimate($$SELECT 1 FROM tag WHERE tags @> 7$$) AS less_common, pg_temp.estimate($$SELECT 1 FROM tag WHERE tags @> 300$$, 40) AS rare,
       pg_temp.estimate($$SELECT 1 FROM tag WHERE tags && '{0,3}'$$) AS overlaps, pg_temp.estimate($$SELECT 1 FROM patient WHERE id <@ (SELECT tags FROM tag WHERE doc = 5)$$) AS of_subquery;
SELECT pg_temp.estimate($$SELECT unnest(s) FROM few$$) AS rows, pg_temp.estimate($$SELECT 1 FROM few WHERE s @> 2$$) AS id, pg_temp.estimate($$SELECT 1 FROM few WHERE s && '{1..500}'$$) AS overlaps;
SELECT pg_temp.estimate($$SELECT unnest(ids) FROM week$$) AS rows, pg_temp.estimate($$SELECT 1 FROM week WHERE ids @> 5000$$) AS id, pg_temp.estimate($$SELECT 1 FROM week WHERE ids && '{500000..700000}'$$) AS overlaps,
       pg_temp.estimate($$SELECT 1 FROM patient JOIN week ON id <@ ids$$, 10, 3) AS pairs;
-- Large sets are not among them.
SELECT pg_temp.planned_rows($$SELECT 1 FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'set 7')$$) > 0 AS large;
ANALYZE tag, few, week, patient_set;

-- ---- Other places of sets: an expression that is indexed, tables with children
CREATE TABLE parts (a objectset, b objectset, grp int);
INSERT INTO parts SELECT objectset_range(i, i + 10), objectset_range(i + 5, i + 20), i % 2 FROM generate_series(1, 500) i;
CREATE INDEX ON parts ((a & b));
CREATE TABLE split (grp int, s objectset) PARTITION BY LIST (grp);
CREATE TABLE split_0 PARTITION OF split FOR VALUES IN (0);
CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1);
INSERT INTO split SELECT grp, CASE grp WHEN 0 THEN a ELSE a | b END FROM parts;
CREATE TABLE heir (extra int) INHERITS (parts);
INSERT INTO heir SELECT objectset_range(0, 100), '{}', 0, 1 FROM generate_series(1, 500);
ANALYZE parts, split, heir;
SELECT round(first_numbers[1], 1) AS ids, sizes FROM pg_temp.kept('parts_expr_idx');
SELECT t, inherited, first_numbers[1] AS ids, first_numbers[5] AS possible FROM unnest(ARRAY['split', 'split_0', 'split_1']::regclass[]) t, pg_temp.kept(t) ORDER BY t::text, 2;
SELECT pg_temp.estimate($$SELECT 1 FROM ONLY parts WHERE a & b && '{40..60}'$$, 10, 10) AS expression, pg_temp.estimate($$SELECT 1 FROM split WHERE s @> 100$$) AS partitioned,
       pg_temp.estimate($$SELECT 1 FROM split_1 WHERE s @> 100$$) AS partition, pg_temp.estimate($$SELECT unnest(s) FROM split$$) AS partitioned_rows,
       pg_temp.estimate($$SELECT unnest(a) FROM parts$$) AS inherited_rows, pg_temp.estimate($$SELECT unnest(a) FROM ONLY parts$$) AS own_rows,
       pg_temp.estimate($$SELECT 1 FROM split JOIN patient ON s @> id$$) AS partitioned_pairs;

-- ---- A user who may not read all rows learns of them what leakproof functions tell: tests of one id, not of two sets.
CREATE ROLE objectset_reader;
GRANT SELECT ON tag, patient TO objectset_reader;
ALTER TABLE tag ENABLE ROW LEVEL SECURITY;
CREATE POLICY later ON tag USING (doc > 100);
SET ROLE objectset_reader;
SELECT pg_temp.planned_rows($$SELECT 1 FROM tag WHERE tags && '{0,1}'$$) < 100 AS overlaps_kept, pg_temp.planned_rows($$SELECT 1 FROM tag WHERE tags @> '{1}'::objectset$$) < 100 AS contains_kept,
       pg_temp.planned_rows($$SELECT unnest(tags) FROM tag$$) > 100000 AS rows_kept, pg_temp.planned_rows($$SELECT 1 FROM tag WHERE tags @> 1$$) > 1000 AS id_told;
SELECT n = 1000 AS correlated_rows_kept FROM pg_temp.rows_in($$SELECT (SELECT sum(u) FROM unnest(t.tags) u) FROM tag t$$, '%ObjectSetUnnest%') n;
RESET ROLE;
SELECT pg_temp.estimate($$SELECT 1 FROM tag WHERE tags && '{0,1}'$$) AS overlaps, pg_temp.estimate($$SELECT 1 FROM tag WHERE tags @> 1$$) AS id;
DROP TABLE patient, patient_set, tag, week, grown, few, parts, split, heir;
DROP ROLE objectset_reader;

-- ---- Columns of every degenerate kind in queries of every shape: no query fails for its statistics, none changes its answer
CREATE TABLE other (n int, id bigint PRIMARY KEY, s objectset);
INSERT INTO other SELECT i, i, CASE WHEN i % 3 > 0 THEN objectset(ARRAY[i, i + 1, 50]) END FROM generate_series(1, 60) i;
ANALYZE other;
CREATE FUNCTION pg_temp.huge(first int) RETURNS objectset LANGUAGE sql AS $$ SELECT objectset_agg(i * 60001::bigint + 3) | first FROM generate_series(first, first + 3000) i $$;
CREATE TABLE degenerate (name text, rows int, id text, s text);
INSERT INTO degenerate VALUES
  ('no_rows', 0, 'i', $$'{1}'$$), ('all_null', 20, 'NULL', 'NULL'), ('all_empty', 20, 'i', $$'{}'$$), ('one_row', 1, 'i', $$'{1,2}'$$), ('one_empty_row', 1, 'i', $$'{}'$$),
  ('one_null_row', 1, 'NULL', 'NULL'), ('all_equal', 20, '7', $$'{1,2,7}'$$), ('all_one_id', 20, '7', $$'{7}'$$), ('two_rows', 2, 'i', 'objectset_range(i, 3)'), ('one_huge', 1, 'i', 'pg_temp.huge(1)'),
  ('all_huge', 6, 'i', 'pg_temp.huge(i)'), ('huge_or_empty', 10, 'i', $$CASE i % 2 WHEN 0 THEN pg_temp.huge(1) ELSE '{}' END$$), ('empty_or_null', 20, 'i % 2', $$CASE i % 2 WHEN 0 THEN '{}'::objectset END$$),
  ('ends', 10, $$CASE i % 2 WHEN 0 THEN -9223372036854775808 ELSE 9223372036854775807 END$$, $$'{-9223372036854775808,9223372036854775807}'$$),
  ('mixed', 60, 'nullif(i % 7, 0)', $$CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN pg_temp.huge(i) WHEN 3 THEN '{1,2,7}' ELSE objectset_range(-i, i) END$$);
CREATE FUNCTION pg_temp.for_each(statement text) RETURNS void LANGUAGE plpgsql AS $$ DECLARE d degenerate; BEGIN
  FOR d IN SELECT * FROM degenerate LOOP EXECUTE format(statement, 'd_' || d.name, d.id, d.s, d.rows); END LOOP;
END $$;
SELECT pg_temp.for_each('CREATE TABLE %1$I (n int, id bigint, s objectset); ALTER TABLE %1$I SET (autovacuum_enabled = off);
                         INSERT INTO %1$I SELECT i, %2$s, %3$s FROM generate_series(1, %4$s) i');
CREATE TABLE shape (n int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO shape (query) VALUES
  ('SELECT n FROM %1$I WHERE s @> 1'), ('SELECT n FROM %1$I WHERE s @> 60004'), ('SELECT n FROM %1$I WHERE 7::smallint <@ s'), ('SELECT n FROM %1$I WHERE s @> (SELECT 7)'),
  ('SELECT n FROM %1$I WHERE NOT s @> 1'), ($$SELECT n FROM %1$I WHERE s && '{1,5}'$$), ($$SELECT n FROM %1$I WHERE s && '{}'$$), ('SELECT n FROM %1$I WHERE s && pg_temp.huge(1)'),
  ('SELECT n FROM %1$I WHERE s && objectset_range(-10, 100)'), ($$SELECT n FROM %1$I WHERE s @> '{1,2}'::objectset$$), ($$SELECT n FROM %1$I WHERE s @> '{}'::objectset$$),
  ($$SELECT n FROM %1$I WHERE s <@ '{1,2,3,7}'$$), ($$SELECT n FROM %1$I WHERE s <@ '{}'$$), ('SELECT n FROM %1$I WHERE s <@ NULL'), ($$SELECT n FROM %1$I WHERE s = '{1,2,7}'$$),
  ($$SELECT n FROM %1$I WHERE s > '{1,2}'$$), ('SELECT n FROM %1$I WHERE s && (SELECT s FROM other WHERE id = 7)'), ('SELECT n FROM %1$I WHERE s && (SELECT s FROM %1$I WHERE n = 1)'),
  ('SELECT a.n, b.n FROM %1$I a JOIN %1$I b ON a.s && b.s'), ('SELECT a.n, b.n FROM %1$I a JOIN %1$I b ON a.s @> b.s'), ('SELECT a.n, b.n FROM %1$I a JOIN %1$I b ON a.s <@ b.s'),
  ('SELECT a.n, b.n FROM %1$I a JOIN %1$I b ON a.s = b.s'), ('SELECT a.n, b.n FROM %1$I a JOIN other b ON a.s && b.s'), ('SELECT a.n, b.n FROM %1$I a LEFT JOIN other b ON b.s @> a.s'),
  ('SELECT a.n, b.id FROM %1$I a JOIN other b ON b.id <@ a.s'), ('SELECT a.n, b.id FROM other a JOIN %1$I b ON b.id <@ a.s'), ('SELECT a.n, b.id FROM %1$I a JOIN %1$I b ON b.id <@ a.s'),
  ('SELECT n, id <@ s FROM %1$I WHERE id <@ s'), ('SELECT n FROM %1$I a WHERE EXISTS (SELECT FROM other b WHERE b.id <@ a.s)'), ('SELECT id FROM other b WHERE EXISTS (SELECT FROM %1$I a WHERE b.id <@ a.s)'),
  ('SELECT id FROM other b WHERE NOT EXISTS (SELECT FROM %1$I a WHERE b.id <@ a.s AND a.n > 1)'), ('SELECT n FROM %1$I a WHERE EXISTS (SELECT FROM other b WHERE b.s && a.s)'),
  ('SELECT id FROM other WHERE id <@ (SELECT s FROM %1$I WHERE n = 1)'), ('SELECT id FROM other WHERE id <@ (SELECT objectset_union_agg(s) FROM %1$I)'),
  ('SELECT id FROM other WHERE id <@ (SELECT objectset_agg(id) FROM %1$I)'), ('SELECT id FROM other WHERE id IN (SELECT unnest(s) FROM %1$I WHERE n < 9)'),
  ('SELECT id FROM other WHERE id <@ ((SELECT s FROM %1$I WHERE n = 1) | (SELECT s FROM other WHERE n = 4) & objectset_range(0, 30))'),
  ('SELECT count(*), min(u) FROM %1$I, unnest(s) u'), ('SELECT count(*), max(u) FROM (SELECT unnest(s) FROM %1$I) x(u)'), ('SELECT count(u) FROM %1$I, objectset_elements(s, 1, 5) u'),
  ('SELECT n, (SELECT count(*) FROM other o WHERE o.id <@ t.s) FROM %1$I t'), ($$SELECT n FROM %1$I WHERE id <@ '{1..200}'$$), ('SELECT n FROM %1$I WHERE id <@ pg_temp.huge(1)'),
  ('SELECT n FROM %1$I WHERE id <@ (SELECT s FROM %1$I WHERE n = 1) ORDER BY id'), ('SELECT count(*) FROM %1$I GROUP BY s'), ('SELECT DISTINCT s::text FROM %1$I WHERE s @> 1'),
  ($$SELECT n FROM %1$I WHERE cardinality(s & '{1,2}') > 0 AND s @> 2 OR s && '{7}'$$), ('SELECT objectset_intersect_count(a.s, b.s) FROM %1$I a, %1$I b WHERE a.s && b.s AND b.n < 3');
CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  EXECUTE 'SELECT md5(string_agg(q::text, '' '' ORDER BY q::text)) FROM (' || query || ') q' INTO answer;
  RETURN coalesce(answer, 'nothing');
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE TABLE answered AS
SELECT name, n, format(query, 'd_' || name) AS query, pg_temp.answer(format(query, 'd_' || name)) AS answer FROM degenerate, shape;
SELECT count(*) AS queries, count(*) FILTER (WHERE answer ~ ' ') AS failed, count(DISTINCT name) AS kinds, max(n) AS shapes FROM answered;
SELECT name, query, answer FROM answered WHERE answer ~ ' ';
CREATE FUNCTION pg_temp.changed(OUT name text, OUT query text, OUT got text) RETURNS SETOF record LANGUAGE sql AS $$
  SELECT name, query, got FROM (SELECT *, pg_temp.answer(query) AS got FROM answered OFFSET 0) a WHERE got IS DISTINCT FROM answer ORDER BY name, query $$;
SELECT pg_temp.for_each('ANALYZE %I');
SELECT * FROM pg_temp.changed();
-- Statistics as an earlier ANALYZE may have left them: slots without values, then without numbers
SET allow_system_table_mods = on;
CREATE FUNCTION pg_temp.take(part text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  FOR n IN 1 .. 5 LOOP
    EXECUTE format('UPDATE pg_statistic SET %s%s = NULL WHERE starelid::regclass::text LIKE ''d\_%%'' AND stakind%2$s >= 24000', part, n);
  END LOOP;
END $$;
SELECT pg_temp.take('stavalues');
SELECT * FROM pg_temp.changed();
SELECT pg_temp.take('stanumbers');
SELECT * FROM pg_temp.changed();
RESET allow_system_table_mods;
SELECT pg_temp.for_each('DROP TABLE %I');
-- The corrections of set tables are such columns.
SELECT objectset_create_table('other_set', 'other');
SELECT objectset_save('other_set', 'a', '{1,2,3}'::objectset), objectset_follow_deletes('other_set');
ANALYZE other_set;
SELECT * FROM objectset_containing('other_set', 2);
DELETE FROM other WHERE id = 2;
SELECT s.name, s.members, o.id FROM other_set s JOIN other o ON o.id <@ s.members ORDER BY o.id;
DROP TABLE other, other_set, degenerate, shape, answered;
