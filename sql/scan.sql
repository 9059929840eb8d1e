-- The scan of a table by a set: which plans have it, what it says, and that it finds what a filter finds.
-- (test/t/joins.pl compares results at random; here are the plans, and what each way has to itself.)

CREATE TABLE patient (id bigint PRIMARY KEY, born int, note text);
INSERT INTO patient SELECT i, i % 100, repeat('x', 20) FROM generate_series(1, 20000) i;
CREATE TABLE visit (id int PRIMARY KEY, patient_id int REFERENCES patient, day smallint);
INSERT INTO visit SELECT i, nullif((i * 7919::bigint) % 20011, 0) % 20000 + 1, i % 365 FROM generate_series(1, 60000) i;
CREATE INDEX visit_patient ON visit (patient_id);
CREATE INDEX visit_day ON visit (day DESC);
CREATE TABLE patient_set (name text PRIMARY KEY, members objectset);
INSERT INTO patient_set VALUES
  ('none', '{}'), ('null', NULL), ('one', '{77}'), ('few', '{5,77,9000,19999,20001,-5,99999999999}'),
  ('block', objectset_range(5000, 7000)), ('half', (SELECT objectset(array_agg(i * 2)) FROM generate_series(1, 10000) i)),
  ('tenth', (SELECT objectset(array_agg(i * 10)) FROM generate_series(1, 2000) i)), ('all', objectset_range(-100000, 100000));
VACUUM ANALYZE patient, visit, patient_set;

-- Plans, in the words of all releases
CREATE FUNCTION shown(statement text, options text DEFAULT 'COSTS OFF') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regexp_replace(regexp_replace(line, '\(InitPlan \d+\)\.col1|\$0', 'subquery', 'g'), '(rows=\d+)\.\d+', '\1')
  FROM plan_of(statement, options) AS line WHERE line !~ 'InitPlan \d+$|InitPlan \d+ \(returns' $$;

-- ---- Plans
-- A literal is told in a few words, a small one is an array.
SELECT * FROM shown($$SELECT * FROM patient WHERE id <@ '{1..2000,2500..3000}'$$);
SELECT * FROM shown($$SELECT * FROM patient WHERE id <@ '{1,5,9}'$$);
SELECT * FROM shown($$SELECT * FROM patient WHERE '{1,5,9}' @> id$$);
SELECT * FROM shown($$SELECT * FROM patient WHERE id <@ '{}'$$);
-- A subquery, an expression of sets, a row of another table, with and without other conditions
SELECT * FROM shown($$SELECT * FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'block')$$);
SELECT * FROM shown($$SELECT * FROM patient p JOIN patient_set s ON p.id <@ s.members - '{3}' WHERE s.name = 'block' AND born < 5$$);
SELECT * FROM shown($$SELECT count(*) FROM patient_set s JOIN visit v ON s.members @> v.patient_id WHERE s.name IN ('few', 'block')$$);
SELECT * FROM shown($$SELECT s.name, p.id FROM patient_set s LEFT JOIN patient p ON objectset_contained(p.id, s.members) AND p.born = 3 WHERE s.name = 'few'$$);
-- In order, from both ends, and by an index that runs the other way
SELECT * FROM shown($$SELECT id FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'half') ORDER BY id LIMIT 5$$);
SELECT * FROM shown($$SELECT id FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'half') ORDER BY id DESC LIMIT 5$$);
SELECT * FROM shown($$SELECT day FROM visit WHERE day <@ (SELECT objectset_range(10, 20)) ORDER BY day DESC LIMIT 5$$);
-- A generic plan
PREPARE of_set(objectset) AS SELECT count(*) FROM patient WHERE id <@ $1;
SET plan_cache_mode = force_generic_plan;
SELECT * FROM shown('EXECUTE of_set(NULL)');
RESET plan_cache_mode;
-- Not where the set is of the same row, is volatile, or the setting says no
CREATE FUNCTION any_set() RETURNS objectset VOLATILE LANGUAGE sql AS $$ SELECT '{1,2}'::objectset $$;
SELECT * FROM shown($$SELECT * FROM patient WHERE id <@ objectset_range(born, born + 1000)$$);
SELECT count(*) AS with_scan FROM plan_of($$SELECT * FROM patient WHERE id <@ any_set()$$) AS line WHERE line LIKE '%ObjectSetScan%';
SET objectset.enable_scan = off;
SELECT count(*) AS with_scan FROM plan_of($$SELECT * FROM patient WHERE id <@ '{1..2000}'$$) AS line WHERE line LIKE '%ObjectSetScan%';
RESET objectset.enable_scan;

-- ---- What a scan decides when it starts, and what that took
CREATE FUNCTION decided(statement text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regexp_replace(trim(line), 'actual rows=[0-9]+ (loops=([2-9]|1[0-9]))', '\1') FROM shown(statement, 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') AS line
  WHERE line ~ 'ObjectSetScan|Strategy|Set:|Searches|Removed by Set' $$;
SELECT name, d FROM patient_set, decided(format('SELECT sum(born) FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = %L)', name)) AS d;
SELECT name, d FROM patient_set, decided(format('SELECT sum(day) FROM visit WHERE patient_id <@ (SELECT members FROM patient_set WHERE name = %L)', name)) AS d
WHERE name IN ('few', 'block', 'all');
SELECT * FROM decided($$SELECT count(*) FROM patient p JOIN patient_set s ON p.id <@ s.members$$);
-- In order, of ids that the index cannot have the first few are looked for alone.
CREATE TABLE wide AS SELECT objectset_agg(i * 1000) AS members FROM generate_series(-5000, 5000) i;
SELECT d FROM unnest('{ASC,DESC}'::text[]) way, decided(format('SELECT id FROM patient WHERE id <@ (SELECT members FROM wide) ORDER BY id %s', way)) AS d;
SELECT * FROM decided($$SELECT count(*) FROM (SELECT FROM generate_series(1, 3) i, LATERAL (SELECT id FROM patient WHERE id <@ (SELECT members FROM wide WHERE i > 0) ORDER BY id OFFSET 0) p) x$$);

-- ---- Every way finds the same
CREATE FUNCTION found_by(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text[] := '{}'; answer text; setting text;
BEGIN
  FOREACH setting IN ARRAY ARRAY['', 'objectset.enable_scan', 'enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan', 'enable_nestloop'] LOOP
    IF setting <> '' THEN PERFORM set_config(setting, 'off', true); END IF;
    EXECUTE statement INTO answer;
    answers := answers || coalesce(answer, 'NULL');
    IF setting <> '' THEN PERFORM set_config(setting, 'on', true); END IF;
  END LOOP;
  RETURN (SELECT string_agg(DISTINCT a, ' OR ') FROM unnest(answers) a);
END $$;
SELECT way, found_by(format('SELECT string_agg(id::text, '' '') FROM (SELECT id FROM patient WHERE id <@ (SELECT members FROM wide) ORDER BY id %s) x', way)) FROM unnest('{ASC,DESC}'::text[]) way;
DROP TABLE wide;
SELECT s.name, found_by(format('SELECT count(*) || '' '' || coalesce(sum(hashtext(p::text)), 0) FROM patient p WHERE id <@ (SELECT members FROM patient_set WHERE name = %L)', s.name)) LIKE '% OR %' AS rows_differ,
       found_by(format('SELECT count(*) FROM patient p WHERE id <@ (SELECT members FROM patient_set WHERE name = %L)', s.name)) AS patients,
       found_by(format('SELECT count(patient_id) FROM visit WHERE patient_id <@ (SELECT members FROM patient_set WHERE name = %L)', s.name)) AS visits,
       found_by(format('SELECT count(*) FROM visit WHERE day <@ (SELECT members FROM patient_set WHERE name = %L)', s.name)) AS days,
       found_by(format('SELECT md5(string_agg(id::text, '','')) FROM (SELECT id FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = %L) ORDER BY id) x', s.name)) LIKE '% OR %' AS ascending_differs,
       found_by(format('SELECT md5(string_agg(patient_id::text, '','')) FROM (SELECT patient_id FROM visit WHERE patient_id <@ (SELECT members FROM patient_set WHERE name = %L) ORDER BY patient_id DESC) x', s.name)) LIKE '% OR %' AS descending_differs
FROM patient_set s ORDER BY name;

-- Rows in another order than their ids, more than are gathered at once
SET work_mem = '64kB';
SELECT found_by($$SELECT count(*) || ' ' || sum(id) FROM visit WHERE patient_id <@ (SELECT members FROM patient_set WHERE name = 'tenth')$$);
RESET work_mem;

-- A wrong guess how ids lie: statistics of another table
CREATE TABLE uneven (id bigint PRIMARY KEY, v int);
INSERT INTO uneven SELECT i, 1 FROM generate_series(1, 5000) i;
INSERT INTO uneven SELECT 9000000000000000000 + i * 1000, 2 FROM generate_series(1, 5000) i;
ANALYZE uneven;
SELECT found_by($$SELECT count(*) || ' ' || sum(id) FROM uneven WHERE id <@ '{1,100,2000,4999,9000000000000001000,9000000000000002000,9000000000000002001,9000000000005000000,9223372036854775807,-9223372036854775808}'$$);
SELECT * FROM decided($$SELECT sum(v) FROM uneven WHERE id <@ (SELECT '{1,100,2000,4999,9000000000000001000,9000000000000002000}'::objectset)$$);

-- ---- Indexes of other kinds
CREATE TABLE odd (a smallint, b int, c int);
INSERT INTO odd SELECT i % 300 - 100, i, i / 2 FROM generate_series(1, 3000) i;
INSERT INTO odd SELECT NULL, NULL, NULL FROM generate_series(1, 10);
CREATE INDEX odd_a ON odd (a DESC NULLS LAST, b) INCLUDE (c);
CREATE INDEX odd_expression ON odd ((b + c));
CREATE INDEX odd_partial ON odd (c) WHERE b < 1000;
VACUUM ANALYZE odd;
SELECT * FROM shown($$SELECT a, b, c FROM odd WHERE a <@ (SELECT objectset_range(-100, -90))$$);
SELECT * FROM shown($$SELECT b FROM odd WHERE b + c <@ (SELECT objectset_range(0, 40))$$);
SELECT * FROM shown($$SELECT b FROM odd WHERE c <@ (SELECT objectset_range(0, 40)) AND b < 1000$$);
SELECT found_by($$SELECT count(*) || ' ' || sum(b) FROM odd WHERE a <@ (SELECT objectset_range(-100, -90) | '{70000,-70000}')$$) AS small,
       found_by($$SELECT count(*) || ' ' || sum(b) FROM odd WHERE b + c <@ (SELECT objectset_range(0, 400))$$) AS expression,
       found_by($$SELECT count(*) || ' ' || sum(b) FROM odd WHERE c <@ (SELECT objectset_range(0, 40)) AND b < 1000$$) AS partial;

-- ---- Partitions that no id can be in are left out
CREATE TABLE event (id bigint, v int) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10000);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10000) TO (20000);
CREATE TABLE event_3 PARTITION OF event DEFAULT;
INSERT INTO event SELECT i, i FROM generate_series(0, 29999) i;
CREATE INDEX ON event (id);
ANALYZE event;
SELECT * FROM shown($$SELECT * FROM event WHERE id <@ '{100..5000}'$$);
SELECT * FROM shown($$SELECT * FROM event WHERE id <@ '{100,12000}'$$);
SELECT * FROM shown($$DELETE FROM event WHERE id <@ '{10000..15000,19000}'$$);
SELECT found_by($$SELECT count(*) || ' ' || sum(v) FROM event WHERE id <@ '{100..5000,19999..20005}'$$);
-- A constant is in no partition between its ids
SELECT * FROM shown($$SELECT * FROM event WHERE id <@ '{5..9999,20000..20105}' AND v > 3$$);
-- What is known only for now leaves a partition out of an execution, never out of a plan
SET objectset_test.ids = '{100..5000}';
SELECT * FROM shown($$SELECT * FROM event WHERE id <@ current_setting('objectset_test.ids')::objectset$$);
SELECT * FROM shown($$SELECT * FROM event WHERE id <@ (SELECT members FROM patient_set WHERE name = 'few')$$);
SELECT * FROM shown($$SELECT * FROM event JOIN patient_set s ON id <@ s.members$$);
PREPARE kept AS SELECT count(*), min(id), max(id) FROM event WHERE id <@ current_setting('objectset_test.ids')::objectset;
PREPARE removed AS WITH r AS (DELETE FROM event WHERE id <@ current_setting('objectset_test.ids')::objectset RETURNING id) SELECT count(*), min(id) FROM r;
CREATE FUNCTION found_now(OUT n bigint, OUT first bigint) LANGUAGE plpgsql AS $$ BEGIN
  SELECT count(*), min(id) INTO n, first FROM event WHERE id <@ current_setting('objectset_test.ids')::objectset;
END $$;
CREATE FUNCTION set_named(wanted text) RETURNS objectset LANGUAGE sql STABLE AS $$ SELECT (SELECT members FROM patient_set WHERE name = wanted) $$;
PREPARE named AS SELECT count(*), min(id), max(id) FROM event WHERE id <@ set_named(current_setting('objectset_test.name'));
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON event USING (id <@ current_setting('objectset_test.ids')::objectset);
CREATE ROLE objectset_scanner;
GRANT SELECT ON event TO objectset_scanner;
CREATE FUNCTION visible(OUT n bigint, OUT first bigint) LANGUAGE plpgsql AS $$ BEGIN
  SELECT count(*), min(id) INTO n, first FROM event;
END $$;
SET objectset_test.name = 'one';
EXECUTE kept;
EXECUTE named;
BEGIN;
EXECUTE removed;
SELECT * FROM found_now();
ROLLBACK;
SET ROLE objectset_scanner;
SELECT * FROM visible();
RESET ROLE;
SET objectset_test.ids = '{4999..25000}';
SET objectset_test.name = 'block';
EXECUTE kept;
EXECUTE named;
SELECT * FROM found_now();
BEGIN;
EXECUTE removed;
ROLLBACK;
SET ROLE objectset_scanner;
SELECT * FROM visible();
RESET ROLE;
SET objectset_test.ids = '{}';
SET objectset_test.name = 'nobody';
EXECUTE kept;
EXECUTE named;
SELECT * FROM found_now();
SET objectset_test.ids = '{50000}';
SET objectset_test.name = 'all';
EXECUTE kept;
EXECUTE named;
DEALLOCATE kept;
DEALLOCATE removed;
DEALLOCATE named;
ALTER TABLE event DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON event;
DROP OWNED BY objectset_scanner;
DROP ROLE objectset_scanner;
DROP FUNCTION found_now, visible, set_named;
-- Partitions of all kinds: below each other, by several columns, by lists, by expressions, of other widths
CREATE TABLE log (a int, b smallint, c bigint) PARTITION BY RANGE (a, b);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (MINVALUE, MINVALUE) TO (100, 0) PARTITION BY LIST (b);
CREATE TABLE log_1_1 PARTITION OF log_1 FOR VALUES IN (1, 3, 5, NULL);
CREATE TABLE log_1_2 PARTITION OF log_1 FOR VALUES IN (2);
CREATE TABLE log_1_3 PARTITION OF log_1 DEFAULT;
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (100, 0) TO (200, 0) PARTITION BY RANGE ((c + 1));
CREATE TABLE log_2_1 PARTITION OF log_2 FOR VALUES FROM (MINVALUE) TO (1000);
CREATE TABLE log_2_2 PARTITION OF log_2 FOR VALUES FROM (1000) TO (9223372036854775807);
CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM (200, 0) TO (MAXVALUE, MAXVALUE) PARTITION BY HASH (a);
CREATE TABLE log_3_1 PARTITION OF log_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE log_3_2 PARTITION OF log_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO log SELECT i % 300, i % 7, i FROM generate_series(1, 3000) i;
ANALYZE log;
SELECT s, found_by(format('SELECT count(*) || '' '' || coalesce(sum(c), 0) FROM log WHERE a <@ %L::objectset', s)) AS a,
       found_by(format('SELECT count(*) || '' '' || coalesce(sum(c), 0) FROM log WHERE a <@ (SELECT %L::objectset)', s)) AS a_now,
       found_by(format('SELECT count(*) || '' '' || coalesce(sum(c), 0) FROM log WHERE b <@ %L::objectset', s)) AS b,
       found_by(format('SELECT count(*) || '' '' || coalesce(sum(c), 0) FROM log WHERE b <@ (SELECT %L::objectset)', s)) AS b_now,
       found_by(format('SELECT count(*) || '' '' || coalesce(sum(c), 0) FROM log WHERE c + 1 <@ %L::objectset', s)) AS c,
       found_by(format('SELECT count(*) || '' '' || coalesce(sum(c), 0) FROM log WHERE c + 1 <@ (SELECT %L::objectset)', s)) AS c_now
FROM unnest(ARRAY['{}', '{-5..-1}', '{0..101}', '{100}', '{99..101,-3,70000}', '{999}', '{1000..1110}', '{200..400,9223372036854775807,-9223372036854775808}']) s;
SELECT * FROM shown($$SELECT * FROM log WHERE a <@ '{250..400}'$$);
SELECT * FROM shown($$SELECT * FROM log WHERE a < 100 AND b <@ '{2,4,9..120}'$$);
-- By ranges of one column: to the ends of its type, with columns in another order, and of a table that is a partition itself
CREATE TABLE reading (a int, b int, c bigint) PARTITION BY RANGE (a);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM (MINVALUE) TO (-2147483648);
CREATE TABLE reading_2 (c bigint, gone int, b int, a int);
ALTER TABLE reading_2 DROP gone;
ALTER TABLE reading ATTACH PARTITION reading_2 FOR VALUES FROM (-2147483648) TO (0);
CREATE TABLE reading_3 PARTITION OF reading FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (c);
CREATE TABLE reading_3_1 PARTITION OF reading_3 FOR VALUES FROM (MINVALUE) TO (500);
CREATE TABLE reading_3_2 PARTITION OF reading_3 FOR VALUES FROM (500) TO (MAXVALUE);
CREATE TABLE reading_4 PARTITION OF reading FOR VALUES FROM (1500) TO (MAXVALUE);
CREATE TABLE reading_5 PARTITION OF reading DEFAULT;
INSERT INTO reading SELECT i, -i, 2 * i FROM generate_series(-1000, 1999) i;
INSERT INTO reading VALUES (-2147483648, 1, 1), (2147483647, 2, 2), (NULL, 3, 3);
CREATE INDEX ON reading (a);
ANALYZE reading;
SELECT t, column_name, s, found_by(format('SELECT count(*) || '' '' || coalesce(sum(b), 0) FROM %s WHERE %s <@ %L::objectset', t, column_name, s)) AS known,
       found_by(format('SELECT count(*) || '' '' || coalesce(sum(b), 0) FROM %s WHERE %s <@ (SELECT %L::objectset)', t, column_name, s)) AS now,
       (SELECT count(*) || ' ' || coalesce(sum(b), 0) FROM reading
        WHERE CASE column_name WHEN 'a' THEN a WHEN 'b' THEN b ELSE c END = ANY (array(SELECT unnest(s::objectset))) AND (t = 'reading' OR a BETWEEN 0 AND 999)) AS truth
FROM unnest(ARRAY['{-2147483648,2147483647}', '{-3..3}', '{-2147483649,990..1010,1499,1500,1501}', '{-9223372036854775808,2147483648}']) s,
     unnest('{a,b,c}'::text[]) column_name, unnest('{reading,reading_3}'::text[]) t
ORDER BY t, column_name, s;
SELECT * FROM shown($$SELECT * FROM reading WHERE a <@ '{-3..-1,1000..1200,1500..1600}'$$);

-- ---- Subqueries that say the same
LOAD 'objectset';
SELECT * FROM shown($$SELECT * FROM patient WHERE id IN (SELECT unnest('{1..100,200..300}'::objectset))$$);
SELECT * FROM shown($$SELECT * FROM patient p, patient_set s WHERE p.id IN (SELECT u FROM unnest(s.members) u) AND s.name = 'block'$$);
SELECT * FROM shown($$SELECT * FROM visit WHERE patient_id IN (SELECT unnest(members) FROM patient_set WHERE name LIKE 'b%')$$);
SELECT * FROM shown($$SELECT * FROM visit v WHERE day = 3 AND (v.id = 5 OR EXISTS (SELECT FROM patient_set s WHERE v.patient_id <@ s.members AND name LIKE 'b%'))$$);
SELECT * FROM shown($$SELECT * FROM visit v WHERE NOT EXISTS (SELECT FROM patient_set s WHERE s.members @> v.patient_id AND name LIKE 'b%')$$);
-- Not these: under NOT, of other rows, limited, grouped, volatile, of all sets
SELECT count(*) AS with_scan FROM unnest(ARRAY[
  $$SELECT * FROM visit WHERE patient_id NOT IN (SELECT unnest(members) FROM patient_set)$$,
  $$SELECT * FROM visit v WHERE patient_id IN (SELECT unnest(members) FROM patient_set s WHERE s.name = v.day::text)$$,
  $$SELECT * FROM visit WHERE patient_id IN (SELECT unnest(members) FROM patient_set LIMIT 3)$$,
  $$SELECT * FROM visit WHERE patient_id IN (SELECT unnest(members) FROM patient_set WHERE random() < 0.5)$$,
  $$SELECT * FROM visit WHERE patient_id IN (SELECT unnest(objectset_union_agg(members)) FROM patient_set GROUP BY name)$$,
  $$SELECT * FROM visit v WHERE EXISTS (SELECT FROM patient_set s WHERE v.patient_id <@ s.members)$$
]) AS q, shown(q) AS line WHERE line LIKE '%ObjectSetScan%';
SELECT found_by($$SELECT count(*) FROM visit WHERE patient_id IN (SELECT unnest(members) FROM patient_set WHERE name IN ('block', 'tenth', 'null'))$$) AS "in",
       found_by($$SELECT count(*) FROM visit WHERE patient_id IN (SELECT unnest(members) FROM patient_set WHERE name = 'nobody')$$) AS in_no_row,
       found_by($$SELECT count(*) FROM visit WHERE patient_id NOT IN (SELECT unnest(members) FROM patient_set WHERE name = 'nobody')$$) AS not_in_no_row,
       found_by($$SELECT count(*) FROM visit v WHERE EXISTS (SELECT 1 FROM patient_set s WHERE name IN ('block', 'tenth', 'null') AND v.patient_id <@ s.members)$$) AS "exists",
       found_by($$SELECT count(*) FROM visit v WHERE NOT EXISTS (SELECT 1 FROM patient_set s WHERE name IN ('block', 'tenth', 'null') AND v.patient_id <@ s.members)$$) AS not_exists,
       found_by($$SELECT count(*) FROM odd WHERE NOT EXISTS (SELECT 1 FROM patient_set s WHERE name = 'none' AND b <@ s.members)$$) AS of_null,
       found_by($$SELECT count(*) FROM patient_set s LEFT JOIN visit v ON v.patient_id IN (SELECT unnest(s.members)) AND v.day < 9$$) AS outer_join;

-- ---- Where rows are changed, locked or kept from users
BEGIN;
UPDATE visit SET patient_id = patient_id - 100 WHERE patient_id <@ (SELECT members FROM patient_set WHERE name = 'block') AND patient_id > 6998 RETURNING id, patient_id;
DELETE FROM visit v USING patient_set s WHERE v.patient_id <@ s.members AND s.name = 'one' RETURNING v.patient_id;
SELECT id FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'few') ORDER BY id FOR UPDATE;
DECLARE place CURSOR FOR SELECT id FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'half') FOR UPDATE;
FETCH 2 FROM place;
UPDATE patient SET born = -1 WHERE CURRENT OF place;
FETCH 1 FROM place;
SELECT id, born FROM patient WHERE born = -1;
DECLARE covered CURSOR FOR SELECT id FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'block');
FETCH 3 FROM covered;
UPDATE patient SET born = -2 WHERE CURRENT OF covered RETURNING id, born;
ROLLBACK;

CREATE ROLE objectset_scanner;
GRANT SELECT ON patient, patient_set TO objectset_scanner;
ALTER TABLE patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON patient USING (id <@ (SELECT members FROM patient_set WHERE name = current_setting('objectset_test.own')));
SET objectset_test.own = 'block';
SET ROLE objectset_scanner;
SELECT count(*), min(id), max(id) FROM patient;
SELECT * FROM shown($$SELECT count(*) FROM patient$$);
SELECT * FROM shown($$SELECT count(*) FROM patient WHERE id <@ '{5000..5500,6900..7500}' AND born < 50$$);
SELECT count(*), min(id), max(id) FROM patient WHERE id <@ '{5000..5500,6900..7500}';
RESET ROLE;
ALTER TABLE patient DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON patient;
DROP OWNED BY objectset_scanner;
DROP ROLE objectset_scanner;

-- ---- Parallel: one plan for all ways; each process takes its part
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET enable_nestloop = off;
SELECT bool_or(line LIKE '%Parallel Custom Scan (ObjectSetScan) on visit%') AS parallel
FROM plan_of($$SELECT count(*) FROM visit WHERE patient_id <@ (SELECT members FROM patient_set WHERE name = 'half')$$) line;
SELECT s.name, count(*) AS answers, min(n) AS patients
FROM patient_set s, LATERAL (SELECT found_by(format('SELECT count(*) || '' '' || coalesce(sum(id), 0) FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = %L)', s.name))) f(n)
GROUP BY s.name ORDER BY s.name;
SELECT s.name, n FROM patient_set s, LATERAL (SELECT found_by(format('SELECT count(*) || '' '' || coalesce(sum(id), 0) FROM visit WHERE patient_id <@ (SELECT members FROM patient_set WHERE name = %L)', s.name))) f(n) ORDER BY s.name;
RESET ALL;

DROP TABLE patient, visit, patient_set, uneven, odd, event, log;
DROP FUNCTION any_set, shown, decided, found_by;
