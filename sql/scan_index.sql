-- Conditions beside the one by a set, on columns of the same index: they test its entries before rows are fetched, and bound
-- what is searched for.
CREATE TABLE visit (id int PRIMARY KEY, patient bigint, day smallint, kind text COLLATE "C", cost int);
INSERT INTO visit SELECT i, (i * 7919::bigint) % 2003, CASE WHEN i % 17 > 0 THEN (i / 2003) * 7 % 50 END, 'k' || i % 5, i FROM generate_series(1, 40000) i;
CREATE INDEX visit_key ON visit (patient, day DESC, kind);
CREATE TABLE ps (name text PRIMARY KEY, members objectset);
INSERT INTO ps VALUES ('some', (SELECT objectset_agg(13 * i) FROM generate_series(1::bigint, 300) i)), ('block', objectset_range(500, 900)), ('none', '{}'), ('null', NULL);
VACUUM ANALYZE visit, ps;
CREATE FUNCTION scan_of(statement text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regexp_replace(trim(line), '\(InitPlan \d+\)\.col1|\$\d', 'subquery', 'g') FROM plan_of(statement) AS line WHERE line ~ 'Set Cond|Index|Scan' AND line !~ ' on ps' $$;

-- ---- Which conditions
SET enable_bitmapscan = off;
SELECT n, s FROM (VALUES
  (1, 'day BETWEEN 10 AND 20'), (2, 'day = 7 AND kind = ''k1'''), (3, 'kind = ''k1'''), (4, '20 > day AND patient > 100'), (5, 'day < 5::bigint AND patient = ANY (''{1,2}'')'),
  (6, 'kind COLLATE "POSIX" < ''k'''), (7, 'day < cost'), (8, 'day < random()'), (9, 'day IS NULL'), (10, 'day < (SELECT 9)'), (11, 'patient < 700')) AS t(n, condition),
  scan_of('SELECT cost FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = ''some'') AND ' || condition) AS s;
-- Values of rows of other tables, and of parameters
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT * FROM scan_of($$SELECT p.name, x.* FROM ps p, LATERAL (SELECT v.cost FROM visit v WHERE v.patient <@ p.members AND v.day = length(p.name)) x$$);
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
PREPARE days(int, bigint) AS SELECT count(*), sum(cost) FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = 'some') AND day = $1 AND patient > $2;
SET plan_cache_mode = force_generic_plan;
SELECT * FROM scan_of('EXECUTE days(1, 2)');
EXECUTE days(7, 1000);
EXECUTE days(7, 100000);
EXECUTE days(NULL, 0);
EXECUTE days(70000, 0);
EXECUTE days(14, -9223372036854775808);
RESET plan_cache_mode;
-- Rows that are not asked for are not fetched.
CREATE FUNCTION filtered(statement text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT trim(line) FROM plan_of(statement, 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line WHERE line ~ 'Removed by Filter|Strategy' $$;
SELECT substring(line, 'Removed.*|Strategy: index') FROM filtered($$SELECT sum(cost) FROM visit WHERE patient <@ '{500..900}' AND day = 7$$) AS line;
RESET enable_bitmapscan;

-- ---- It finds the same.
CREATE FUNCTION differs(statement text) RETURNS text LANGUAGE sql SET enable_bitmapscan = off AS $$
  SELECT difference_of(statement, '{enable_seqscan,enable_indexonlyscan,enable_sort}') $$;
SELECT count(*), count(d) AS different, min(d) FROM unnest('{some,block,none,"null"}'::text[]) AS s, unnest(ARRAY['day = 7', 'day BETWEEN 3 AND 30', 'day > 45 AND day < 40', 'day >= 49', 'day < 3 AND kind > ''k2''', 'kind = ''k4''',
    'day = 14 AND kind BETWEEN ''k1'' AND ''k3''', 'day = NULL', 'day IS NULL', 'day <> 7', 'day = 100000', 'day = 7 AND day > 7']) AS a,
  unnest(ARRAY['true', 'patient > 500', 'patient BETWEEN 600 AND 650', 'patient = 650', 'patient < -5', '700 >= patient AND patient > 26', 'patient > 9223372036854775806']) AS b,
  unnest(ARRAY['count(*) || '' '' || sum(cost)', 'count(*) || '' '' || sum(day)']) AS c,
  LATERAL (SELECT differs(format('SELECT %s FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = %L) AND %s AND %s', c, s, a, b)) AS d) d;
SELECT count(*), count(d) AS different, min(d) FROM unnest('{some,block,none,"null"}'::text[]) AS s, unnest(ARRAY['day = 7', 'day BETWEEN 3 AND 30', 'kind = ''k4''', 'day > 48 OR cost < 20']) AS a, unnest(ARRAY['true', 'patient > 500', 'patient < 700']) AS b, unnest('{ASC,DESC}'::text[]) AS o,
  LATERAL (SELECT differs(format('SELECT string_agg(x::text, '','') FROM (SELECT patient FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = %L) AND %s AND %s ORDER BY patient %s LIMIT 30) x', s, a, b, o)) AS d) d;
SELECT differs('SELECT string_agg(x::text, '','' ORDER BY x) FROM (SELECT p.name, n, count(v.cost) FROM ps p CROSS JOIN generate_series(-1, 5) n LEFT JOIN visit v ON v.patient <@ p.members AND v.day = n * 7 AND v.patient > n * 300 GROUP BY 1, 2) x') IS NULL AS same;

-- ---- Estimates: ids between bounds are those of the set that lie there.
CREATE FUNCTION rows_of(statement text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) ' || statement INTO plan; RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric; END $$;
SELECT b, rows_of('SELECT FROM visit WHERE patient <@ ''{500..899}'' AND ' || b) BETWEEN n / 1.5 - 1 AND n * 1.5 + 1 AS within
FROM (VALUES ('patient > 850', 49 * 20), ('patient BETWEEN 450 AND 520', 21 * 20), ('patient < 100', 0), ('patient < 5000', 400 * 20), ('patient = 600', 20), ('patient > 1000 AND patient < 1500', 0)) AS t(b, n);

DROP TABLE visit, ps;
DROP FUNCTION scan_of, filtered, differs, rows_of;
