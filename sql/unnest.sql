-- The scan of a set in FROM: its order, bounds, estimates, and all that an executor does with a scan.

CREATE TABLE held (name text PRIMARY KEY, members objectset, n int);
INSERT INTO held VALUES
  ('few', '{-5,1,7,9,4294967296}', 1), ('empty', '{}', 2), ('none', NULL, 3),
  ('ends', '{-9223372036854775808,-9223372036854775807,0,9223372036854775806,9223372036854775807}', 4),
  ('run', objectset_range(1, 3001), 5),
  ('mixed', (SELECT objectset_agg(i * 7) FROM generate_series(1, 20000) i) | objectset_range(-2000, 500) | '{-99999999999,99999999999}', 6),
  ('sparse', (SELECT objectset_agg(i * 6000000007) FROM generate_series(-1500, 1500) i), 7);
ANALYZE held;
CREATE TABLE item (id bigint PRIMARY KEY, v int);
INSERT INTO item SELECT i, i % 100 FROM generate_series(1, 5000) i;
VACUUM ANALYZE item;
CREATE FUNCTION rows_planned(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' -> 'Plan Rows';
END $$;

-- ---- Order
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS id$$);
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS id ORDER BY id LIMIT 3$$);
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS id ORDER BY id DESC LIMIT 3$$);
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS id ORDER BY id DESC NULLS LAST$$);
SELECT id FROM unnest('{1..100}'::objectset) AS id ORDER BY id DESC LIMIT 3;
SELECT name, (SELECT array_agg(id) FROM (SELECT id FROM unnest(members) AS id ORDER BY id DESC LIMIT 3) x) AS last,
       (SELECT array_agg(id) FROM (SELECT id FROM unnest(members) AS id LIMIT 2) x) AS first
FROM held ORDER BY n;
-- Distinct rows, groups and joins need no sort
SELECT plan_of($$SELECT DISTINCT id FROM unnest('{1..100000}'::objectset) AS id ORDER BY id LIMIT 2$$);
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT plan_of($$SELECT * FROM unnest('{1..10000}'::objectset) AS a JOIN unnest('{5000..20000}'::objectset) AS b ON a = b$$);
SELECT count(*), min(a), max(b) FROM unnest('{1..10000}'::objectset) AS a JOIN unnest('{5000..20000}'::objectset) AS b ON a = b;
-- Keys that come more than once: back to a place, near and far
SET enable_material = off;
SELECT count(*), sum(x) FROM (SELECT i / 3 AS x FROM generate_series(0, 8999) i ORDER BY 1 OFFSET 0) o JOIN unnest('{1..2000}'::objectset) AS b ON x = b;
SELECT count(*), sum(b) FROM (SELECT i % 5 AS x FROM generate_series(0, 9999) i ORDER BY 1 OFFSET 0) o JOIN unnest('{0..10}'::objectset) AS b ON x = b;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_nestloop;

-- ---- Bounds
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS u(id) WHERE id > 10 AND 20 >= id AND id <> 15$$);
SELECT array_agg(id) FROM unnest('{1..100}'::objectset) AS u(id) WHERE id > 10 AND 20 >= id AND id <> 15;
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS u(id) WHERE id = 7 OR id < 3$$);
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS u(id) WHERE id > random() * 10 AND id <@ '{5,200}'::objectset AND id < 50::smallint$$);
SELECT id FROM unnest('{1..100}'::objectset) AS u(id) WHERE id = NULL::bigint;
SELECT id FROM unnest('{1..100}'::objectset) AS u(id) WHERE id > 9 AND id < 3;
SELECT id FROM unnest('{1..100}'::objectset) AS u(id) WHERE id BETWEEN 98 AND 200 ORDER BY id DESC;
-- A condition whose value has to be asked for: of a stable function, of a query around, of a subquery
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS u(id) WHERE id > length(current_setting('server_version')) * 0 + 97$$);
SELECT i, (SELECT array_agg(id) FROM unnest('{1,2,3}'::objectset) AS id WHERE id <= i) FROM generate_series(0, 3) i;
SELECT plan_of($$SELECT count(*) FROM unnest('{1..100}'::objectset) AS id WHERE id > (SELECT 95)$$);
SELECT count(*) FROM unnest('{1..100}'::objectset) AS id WHERE id > (SELECT 95);
-- The least and greatest ids, between any bounds, both ways: as the server's own scan has it
WITH bound(b) AS (SELECT unnest('{-9223372036854775808,-9223372036854775807,-99999999999,-6000000007,-5,0,1,7,499,65535,65536,140000,4294967296,99999999999,9223372036854775806,9223372036854775807}'::bigint[]))
SELECT count(*) AS asked, count(*) FILTER (WHERE up IS DISTINCT FROM truth) AS wrong_up, count(*) FILTER (WHERE down IS DISTINCT FROM truth) AS wrong_down
FROM held, bound AS low, bound AS high,
  LATERAL (SELECT array_agg(id) AS up FROM unnest(members) AS u(id) WHERE id > low.b AND id <= high.b) u,
  LATERAL (SELECT array_agg(id ORDER BY id) AS down FROM (SELECT id FROM unnest(members) AS u(id) WHERE id > low.b AND id <= high.b ORDER BY id DESC OFFSET 0) x) d,
  LATERAL (SELECT array_agg(id) AS truth FROM unnest(members::bigint[]) AS u(id) WHERE id > low.b AND id <= high.b) t
WHERE low.b <= high.b;

-- ---- Estimates: of a set that is known its ids between the bounds; no id comes twice
SELECT rows_planned($$SELECT FROM unnest('{1..1000,5000}'::objectset)$$) AS whole,
       rows_planned($$SELECT FROM unnest('{1..1000,5000}'::objectset) AS id WHERE id > 900$$) AS above,
       rows_planned($$SELECT FROM unnest('{1..1000,5000}'::objectset) AS id WHERE id BETWEEN 11 AND 30$$) AS between,
       rows_planned($$SELECT FROM unnest('{1..1000,5000}'::objectset) AS id WHERE id = 7$$) AS one,
       rows_planned($$SELECT FROM unnest('{}'::objectset)$$) AS empty,
       rows_planned($$SELECT FROM unnest((SELECT members FROM held WHERE name = 'run'))$$) AS of_row,
       rows_planned($$SELECT id FROM unnest('{1..1000}'::objectset) AS id GROUP BY id$$) AS groups,
       rows_planned($$SELECT FROM unnest('{1..1000}'::objectset) AS a JOIN unnest('{1..5000}'::objectset) AS b ON a = b$$) AS joined;

-- ---- Looked up for each row of another table, in a set that stays
SELECT plan_of($$SELECT v FROM item JOIN unnest(objectset_range(1, 3000000)) AS x ON v = x WHERE id <= 3$$);
SELECT count(*), sum(v) FROM item JOIN unnest(objectset_range(5, 3000000)) AS x ON v = x WHERE id <= 300;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT plan_of($$SELECT count(*), sum(x) FROM item JOIN unnest(objectset_range(5, 90)) AS x ON v >= x WHERE id <= 300$$);
SELECT count(*), sum(x) FROM item JOIN unnest(objectset_range(5, 90)) AS x ON v >= x WHERE id <= 300;
SELECT count(*), count(x), sum(x) FROM item LEFT JOIN unnest(objectset_range(5, 90)) AS x ON v = x AND x <> 7 WHERE id <= 300;
SELECT count(*), sum(v) FROM item WHERE id <= 300 AND NOT EXISTS (SELECT FROM unnest(objectset_range(5, 90)) AS x WHERE x = v);
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- ---- Sets from rows, and computed ones
SELECT plan_of($$SELECT h.name, id FROM held h, unnest(h.members) AS id WHERE h.n < 4 AND id > h.n$$);
SELECT h.name, id FROM held h, unnest(h.members) AS id WHERE h.n < 4 AND id > h.n ORDER BY 1, 2;
SELECT h.name, count(u.id) FROM held h LEFT JOIN LATERAL unnest(h.members) AS u(id) ON u.id % 2 = 1 GROUP BY h.name ORDER BY 1;
SELECT a.name, b.name, count(*) FROM held a, held b, unnest(a.members & b.members) AS id GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 5;
SELECT sum(id) FROM unnest((SELECT objectset_agg(x) FROM generate_series(1, 5000) x)) AS id WHERE id > 4990;
SELECT * FROM (SELECT objectset_agg(x) AS s FROM generate_series(1, 30000) x) a, unnest(s) AS id WHERE id > 29998;
SELECT * FROM unnest(NULL::objectset);
SELECT * FROM (VALUES ('{1,2}'::objectset), (NULL), ('{}'), ('{3}')) AS v(s), unnest(s) AS id;
-- Of one row, which a key picks out, they come in order
SET enable_seqscan = off;
SELECT plan_of($$SELECT id FROM held h, unnest(h.members) AS id WHERE h.name = 'run' AND id > 5 ORDER BY id DESC LIMIT 2$$);
SELECT id FROM held h, unnest(h.members) AS id WHERE h.name = 'run' AND id > 5 ORDER BY id DESC LIMIT 2;
SELECT v, x FROM held h, unnest(h.members) AS x JOIN item ON item.id = x WHERE h.name = 'run' AND x > h.n ORDER BY x LIMIT 2;
SELECT plan_of($$SELECT id FROM held h, unnest(h.members) AS id WHERE h.n = 5 ORDER BY id LIMIT 2$$);
RESET enable_seqscan;
-- Evaluated once for a scan, however often that begins anew
CREATE SEQUENCE calls;
CREATE FUNCTION counted(s objectset) RETURNS objectset LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM nextval('calls'); RETURN s; END $$;
SELECT count(*) FROM generate_series(1, 5) i LEFT JOIN unnest(counted('{1..4}')) AS id ON id <= i;
SELECT nextval('calls') AS calls;
SELECT i, (SELECT sum(id) FROM unnest(counted(('{' || i || ',10}')::objectset)) AS id) FROM generate_series(1, 3) i;
SELECT nextval('calls') AS calls;

-- ---- What stays with the server
SELECT plan_of($$SELECT * FROM unnest('{1,2}'::objectset) WITH ORDINALITY AS u(id, n)$$);
SELECT * FROM unnest('{4,2}'::objectset) WITH ORDINALITY AS u(id, n) WHERE id > 2;
SELECT plan_of($$SELECT * FROM ROWS FROM (unnest('{1,2}'::objectset), unnest('{7}'::objectset)) AS u(a, b)$$);
SET objectset.enable_scan = off;
SELECT plan_of($$SELECT id FROM unnest('{1..100}'::objectset) AS id WHERE id > 3 ORDER BY id$$);
RESET objectset.enable_scan;

-- ---- Pages by key that end where somebody stops
SELECT plan_of($$SELECT id FROM objectset_elements('{1..100}', 7) AS id WHERE id < 90 LIMIT 2$$);
SELECT array_agg(id) FROM (SELECT id FROM objectset_elements('{1..100}', 7) AS id WHERE id < 90 LIMIT 2) x;
SELECT array_agg(id) FROM (SELECT id FROM objectset_elements('{1..100}', 7, descending => true) AS id) x;
SELECT array_agg(id) FROM (SELECT id FROM objectset_elements('{1..9}', NULL, descending => true) AS id ORDER BY id) x;
SELECT array_agg(id) FROM (SELECT id FROM objectset_elements('{1..9}', descending => true) AS id ORDER BY id DESC) x;
SELECT i, ARRAY(SELECT * FROM objectset_elements('{1..5}', i)) FROM (VALUES (3), (NULL), (0)) AS v(i);
SELECT plan_of($$SELECT id FROM objectset_elements('{1..100}', 7, 3) AS id$$);
SELECT count(*) FROM objectset_elements(NULL, 1);

-- ---- Whole rows, changes of tables
SELECT u FROM unnest('{1,2}'::objectset) AS u;
SELECT u.* FROM unnest('{1,2}'::objectset) AS u(id);
SELECT row_to_json(u) FROM (SELECT * FROM unnest('{1,2}'::objectset) AS x(id)) u;
BEGIN;
DELETE FROM item USING unnest('{1..3,9999}'::objectset) AS id WHERE item.id = id.id RETURNING item.id;
UPDATE item SET v = -1 FROM unnest('{5..7}'::objectset) AS u(x) WHERE item.id = x RETURNING id, v, x;
INSERT INTO item SELECT id, 0 FROM unnest('{-2..-1}'::objectset) AS id RETURNING *;
SELECT item.id, u FROM item, unnest('{10,11}'::objectset) AS u WHERE item.id = u ORDER BY 1 FOR UPDATE OF item;
ROLLBACK;

-- ---- Cursors: both ways, with a look at what is there after the end and before the beginning
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM unnest('{1..3000}'::objectset) AS id WHERE id % 3 = 0;
FETCH 2 FROM c;
FETCH BACKWARD 3 FROM c;
MOVE 700 FROM c;
FETCH 1 FROM c;
FETCH BACKWARD 1 FROM c;
FETCH LAST FROM c;
FETCH 1 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH FIRST FROM c;
FETCH ABSOLUTE -2 FROM c;
DECLARE d SCROLL CURSOR FOR SELECT id FROM unnest('{1..3000}'::objectset) AS id WHERE id > 10 ORDER BY id DESC;
FETCH 2 FROM d;
FETCH BACKWARD 3 FROM d;
FETCH LAST FROM d;
FETCH PRIOR FROM d;
DECLARE h CURSOR WITH HOLD FOR SELECT id FROM unnest('{1..3000}'::objectset) AS id;
FETCH 2 FROM h;
COMMIT;
FETCH 2 FROM h;
CLOSE h;
CREATE FUNCTION pg_temp.seen(s objectset) RETURNS text LANGUAGE plpgsql AS $$
DECLARE id bigint; seen int := 0;
BEGIN
  s := s | 70000;
  FOR id IN SELECT u FROM unnest(s) AS u LOOP
    s := s - id;
    seen := seen + 1;
  END LOOP;
  RETURN seen || ' seen, ' || cardinality(s) || ' left';
END $$;
SELECT pg_temp.seen(objectset_range(0, 4000));

-- ---- Prepared statements
SET plan_cache_mode = force_generic_plan;
PREPARE above(objectset, bigint, int) AS SELECT array_agg(id) FROM unnest($1) AS u(id) WHERE id > $2 AND id < $3;
EXPLAIN (COSTS OFF) EXECUTE above('{1..10}', 3, 6);
EXECUTE above('{1..10}', 3, 6);
EXECUTE above(NULL, 3, 6);
EXECUTE above('{1..10}', NULL, 6);
EXECUTE above('{-5,4,8589934592}', -9223372036854775808, 2147483647);
RESET plan_cache_mode;
EXECUTE above('{1..10}', 3, 6);
DEALLOCATE above;

-- ---- Subqueries, WITH RECURSIVE, parallel workers
WITH RECURSIVE r(i, s) AS (SELECT 1, '{1..3}'::objectset UNION ALL SELECT i + 1, (SELECT objectset_agg(id * 2) FROM unnest(s) AS id WHERE id > r.i) FROM r WHERE i < 4)
SELECT i, s FROM r;
WITH RECURSIVE r(id) AS (SELECT 2::bigint UNION SELECT u FROM r, unnest('{1..40}'::objectset) AS u WHERE u = r.id * 2 OR u = r.id * 3)
SELECT array_agg(id ORDER BY id) FROM r;
SELECT (SELECT count(*) FROM unnest(s) AS a WHERE EXISTS (SELECT FROM unnest(s) AS b WHERE b = a + 1)) FROM (SELECT '{1,2,3,5}'::objectset AS s OFFSET 0) x;
SELECT id FROM unnest('{1..3}'::objectset) AS id UNION ALL SELECT id FROM unnest('{2..4}'::objectset) AS id ORDER BY 1;
SELECT plan_of($$SELECT id FROM (SELECT id FROM unnest('{1..3}'::objectset) AS id UNION ALL SELECT id FROM unnest('{2..4}'::objectset) AS id) u ORDER BY 1 LIMIT 2$$);
SELECT count(*) FROM unnest('{1..3}'::objectset) AS a FULL JOIN unnest('{2..6}'::objectset) AS b ON a = b;
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT count(*), sum(u) FROM item, unnest(objectset_range(1, 101)) AS u WHERE item.v = u;
SELECT count(*), sum(u) FROM held, unnest(held.members) AS u WHERE u BETWEEN -1000 AND 1000;
ROLLBACK;

-- ---- Conditions of a view that guards its rows come first
CREATE FUNCTION leak(id bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen: %', id; RETURN true; END $$;
CREATE VIEW guarded WITH (security_barrier) AS SELECT id FROM unnest('{1..10}'::objectset) AS id WHERE id % 4 = 0;
SELECT * FROM guarded WHERE leak(id) AND id > 5;

-- ---- Rights: the function's, as before
CREATE ROLE regress_unnest;
GRANT SELECT ON held TO regress_unnest;
REVOKE EXECUTE ON FUNCTION unnest(objectset) FROM PUBLIC;
SET ROLE regress_unnest;
SELECT error_of($$SELECT * FROM unnest('{1}'::objectset)$$);
SELECT error_of($$SELECT * FROM held, unnest(members)$$);
RESET ROLE;
GRANT EXECUTE ON FUNCTION unnest(objectset) TO PUBLIC;
SET ROLE regress_unnest;
SELECT error_of($$SELECT * FROM held, unnest(members)$$);
RESET ROLE;
REVOKE SELECT ON held FROM regress_unnest;
DROP ROLE regress_unnest;
-- A plan that was made, of a function that is gone
CREATE FUNCTION other_unnest(objectset) RETURNS SETOF bigint AS '$libdir/objectset', 'objectset_unnest' LANGUAGE C IMMUTABLE STRICT;
PREPARE gone AS SELECT * FROM other_unnest('{1,2}');
EXECUTE gone;
DROP FUNCTION other_unnest;
\set VERBOSITY terse
EXECUTE gone;
\set VERBOSITY default
DEALLOCATE gone;

-- ---- What is read, and kept: little where few rows are asked for, nothing more for each time that a scan begins
CREATE TABLE vast (s objectset);
INSERT INTO vast SELECT objectset_agg(i * 6000000007 / 3) FROM generate_series(1, 200000) i;
SET objectset.cache_size = 0;
SELECT blocks_of('SELECT * FROM vast, unnest(s) AS id LIMIT 10') < 20 AS first,
       blocks_of('SELECT * FROM vast, LATERAL (SELECT * FROM unnest(s) AS id ORDER BY id DESC LIMIT 10) x') < 30 AS last,
       blocks_of('SELECT * FROM vast, unnest(s) AS id WHERE id > 200000000000000 LIMIT 10') < 40 AS amid,
       blocks_of('SELECT * FROM vast, unnest(s) AS id') > 150 AS whole;
SELECT count(*), sum(u - e) FROM vast, LATERAL (SELECT array_agg(id) AS a FROM (SELECT id FROM unnest(s) AS id LIMIT 30000) x) x,
  LATERAL (SELECT array_agg(id) AS b FROM (SELECT id FROM unnest(s::bigint[]) AS id LIMIT 30000) x) y, unnest(a, b) AS z(u, e);
SELECT count(*), sum(u - e) FROM vast, LATERAL (SELECT array_agg(id) AS a FROM (SELECT id FROM unnest(s) AS id ORDER BY id DESC LIMIT 30000) x) x,
  LATERAL (SELECT array_agg(id) AS b FROM (SELECT id FROM unnest(s::bigint[]) AS id ORDER BY id DESC LIMIT 30000) x) y, unnest(a, b) AS z(u, e);
RESET objectset.cache_size;
-- What is damaged, whole or where it is read
CREATE CAST (path AS objectset) WITHOUT FUNCTION;
CREATE TABLE damaged AS SELECT ('(' || string_agg('(1,2)', ',') || ')')::path::objectset AS s FROM generate_series(1, 9000) i;
SELECT error_of($$SELECT * FROM unnest('((1,2),(3,4))'::path::objectset)$$);
SELECT error_of('SELECT * FROM damaged, unnest(s) LIMIT 1');
SELECT error_of('SELECT * FROM damaged, LATERAL (SELECT * FROM unnest(s) AS u WHERE u < 5 ORDER BY u DESC LIMIT 1) x');
DROP CAST (path AS objectset);
-- Four thousand million ids take no time where ten are asked for
SELECT array_agg(id) FROM (SELECT id FROM unnest(objectset_range(-5, 4294967301)) AS id LIMIT 3) x;
SELECT array_agg(id) FROM (SELECT id FROM unnest(objectset_range(-5, 4294967301)) AS id WHERE id > 4000000000 LIMIT 2) x;
SELECT array_agg(id) FROM (SELECT id FROM unnest(objectset_range(-5, 4294967301)) AS id ORDER BY id DESC LIMIT 2) x;

DROP TABLE vast, item, held, damaged;
DROP VIEW guarded;
DROP FUNCTION rows_planned, counted, leak;
DROP SEQUENCE calls;
