-- What the planner is told: how many rows, and counts that need no set.

-- The rows a plan's top node is expected to give
CREATE FUNCTION pg_temp.planned_rows(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
END $$;
-- 'within 2x', or both numbers. A few rows make no difference to a plan.
CREATE FUNCTION pg_temp.estimate(query text, slack int DEFAULT 10) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  planned numeric := pg_temp.planned_rows(query); found numeric;
BEGIN
  EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO found;
  IF planned <= 2 * found + slack AND planned >= found / 2 - slack THEN RETURN 'within 2x'; END IF;
  RETURN format('%s planned, %s found', planned, found);
END $$;

-- ---- Rows of a set
SELECT pg_temp.planned_rows($$SELECT * FROM unnest('{1..12345}'::objectset)$$) AS literal,
       pg_temp.planned_rows($$SELECT * FROM unnest('{}'::objectset)$$) AS empty,
       pg_temp.planned_rows($$SELECT unnest('{1..70,5000000000}'::objectset)$$) AS in_list,
       pg_temp.planned_rows($$SELECT * FROM unnest('{1..100}'::objectset & objectset_range(50, 60))$$) AS folded;
SELECT pg_temp.planned_rows($$SELECT * FROM objectset_elements('{1..1000}')$$) AS whole,
       pg_temp.planned_rows($$SELECT * FROM objectset_elements('{1..1000}', 900)$$) AS above,
       pg_temp.planned_rows($$SELECT * FROM objectset_elements('{1..1000}', 900, descending => true)$$) AS below,
       pg_temp.planned_rows($$SELECT * FROM objectset_elements('{1..1000}', 500, 20)$$) AS page,
       pg_temp.planned_rows($$SELECT e FROM (SELECT '{1..5}'::objectset OFFSET 0) t(s), LATERAL objectset_elements(s, max_rows => 30) e$$) AS limited;
-- A stable function, a parameter known and not known
CREATE FUNCTION pg_temp.stable_set(n bigint) RETURNS objectset LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN objectset_range(0, n); END $$;
SELECT pg_temp.planned_rows($$SELECT * FROM unnest(pg_temp.stable_set(4321))$$) AS stable;
PREPARE ids_of(objectset) AS SELECT * FROM unnest($1);
SET plan_cache_mode = force_custom_plan;
SELECT pg_temp.planned_rows($$EXECUTE ids_of('{1..777}')$$) AS custom;
SET plan_cache_mode = force_generic_plan;
SELECT pg_temp.planned_rows($$EXECUTE ids_of('{1..777}')$$) AS generic;
RESET plan_cache_mode;

-- ---- Rows of a column that a set holds
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE patient (id bigint PRIMARY KEY, id4 int, id2 smallint, part_null bigint);
INSERT INTO patient SELECT i, i, i % 1000, CASE WHEN i % 4 <> 0 THEN i END FROM generate_series(1, 25000) i;
CREATE TEMP TABLE visit (id int PRIMARY KEY, patient_id bigint);         -- ten for each patient, but some have many
INSERT INTO visit SELECT i, CASE WHEN i % 5 = 0 THEN 1 + i / 5 % 7 ELSE 1 + (i * 7919::bigint) % 25000 END FROM generate_series(1, 60000) i;
CREATE TEMP TABLE rare (id int PRIMARY KEY, patient_id bigint REFERENCES patient);  -- of one patient in twenty
INSERT INTO rare SELECT i, 1 + (i % 1250 * 7919) % 25000 FROM generate_series(1, 10000) i;
CREATE TEMP TABLE snow (id bigint PRIMARY KEY);                           -- ids far apart
INSERT INTO snow SELECT i * 4194304000 + (i * 7919) % 4000000 FROM generate_series(1, 20000::bigint) i;
CREATE TEMP TABLE snow_visit AS SELECT id AS snow_id FROM snow, generate_series(1, 3);
ANALYZE patient, visit, rare, snow, snow_visit;

CREATE TEMP TABLE sample (name text PRIMARY KEY, s objectset);
INSERT INTO sample
  SELECT 'scattered 1/' || d, (SELECT objectset(array_agg(i)) FROM generate_series(1, 25000) i WHERE (i * 7919) % d = 1) FROM unnest(ARRAY[2, 10, 100, 1000]) d;
INSERT INTO sample SELECT format('clustered %s from %s', n, a), objectset_range(a, a + n) FROM unnest(ARRAY[10, 300, 5000]) n, unnest(ARRAY[1, 8, 12000, 19990]) a;
INSERT INTO sample VALUES ('all', objectset_range(1, 25001)), ('beyond', objectset_range(30000, 99999)), ('below', objectset_range(-5000000000, -10)),
  ('empty', '{}'), ('more than all', objectset_range(-20000000, 20000000));
SELECT name, pg_temp.estimate(format('SELECT 1 FROM patient WHERE id <@ %L::objectset', s)) AS primary_key,
       pg_temp.estimate(format('SELECT 1 FROM visit WHERE %L::objectset @> patient_id', s)) AS foreign_key,
       pg_temp.estimate(format('SELECT 1 FROM patient WHERE id4 <@ %L::objectset', s)) AS of_int,
       pg_temp.estimate(format('SELECT 1 FROM patient WHERE part_null <@ %L::objectset', s)) AS with_nulls,
       pg_temp.estimate(format('SELECT 1 FROM patient WHERE NOT id <@ %L::objectset', s)) AS negated
FROM sample ORDER BY name;
SELECT pg_temp.estimate($$SELECT 1 FROM patient WHERE id2 <@ '{1..100}'$$) AS of_smallint,
       pg_temp.estimate($$SELECT 1 FROM patient WHERE '{990..5000}'::objectset @> id2$$) AS of_smallint_end;
-- A declared foreign key tells where ids come from.
SELECT name, pg_temp.estimate(format('SELECT 1 FROM rare WHERE patient_id <@ %L::objectset', s), 60) AS declared
FROM sample WHERE name ~ '1/(2|10)$|5000' ORDER BY name;
-- Ids far apart
SELECT d, pg_temp.estimate(format('SELECT 1 FROM snow WHERE id <@ %L::objectset', scattered)) AS scattered_key,
       pg_temp.estimate(format('SELECT 1 FROM snow_visit WHERE snow_id <@ %L::objectset', scattered)) AS scattered_reference,
       pg_temp.estimate(format('SELECT 1 FROM snow WHERE id <@ %L::objectset', clustered)) AS clustered_key,
       pg_temp.estimate(format('SELECT 1 FROM snow_visit WHERE snow_id <@ %L::objectset', clustered)) AS clustered_reference
FROM unnest(ARRAY[2, 20, 200]) d,
     LATERAL (SELECT objectset(array_agg(id) FILTER (WHERE n % d = 1)) AS scattered,
                     objectset(array_agg(id) FILTER (WHERE n BETWEEN 5000 AND 5000 + 10000 / d)) AS clustered
              FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM snow) r) x;
-- Partitions: sets are drawn from the ids of all, of which each partition has some.
DO $$
DECLARE name text; i int;
BEGIN
  FOREACH name IN ARRAY '{by_day,sparse,growing,not_analyzed,new_part}'::text[] LOOP
    EXECUTE format('CREATE TEMP TABLE %s (id bigint, day int, kind int) PARTITION BY RANGE (day)', name);
    FOR i IN 0..9 LOOP EXECUTE format('CREATE TEMP TABLE %s_%s PARTITION OF %1$s FOR VALUES FROM (%3$s) TO (%4$s)', name, i, i * 10, i * 10 + 10); END LOOP;
  END LOOP;
  CREATE TEMP TABLE by_kind (LIKE by_day) PARTITION BY LIST (kind);
  CREATE TEMP TABLE by_id (LIKE by_day) PARTITION BY HASH (id);
  CREATE TEMP TABLE by_both (LIKE by_day) PARTITION BY HASH (id);
  CREATE TEMP TABLE heir (LIKE by_day);
  FOR i IN 0..9 LOOP
    EXECUTE format('CREATE TEMP TABLE by_kind_%s PARTITION OF by_kind FOR VALUES IN (%1$s)', i);
    EXECUTE format('CREATE TEMP TABLE by_id_%s PARTITION OF by_id FOR VALUES WITH (MODULUS 10, REMAINDER %1$s)', i);
    EXECUTE format('CREATE TEMP TABLE heir_%s () INHERITS (heir)', i);
  END LOOP;
  FOR i IN 0..1 LOOP
    EXECUTE format('CREATE TEMP TABLE by_both_%s PARTITION OF by_both FOR VALUES WITH (MODULUS 2, REMAINDER %1$s) PARTITION BY RANGE (day)', i);
    EXECUTE format('CREATE TEMP TABLE by_both_%s_0 PARTITION OF by_both_%1$s FOR VALUES FROM (0) TO (40)', i);
    EXECUTE format('CREATE TEMP TABLE by_both_%s_1 PARTITION OF by_both_%1$s FOR VALUES FROM (40) TO (100)', i);
  END LOOP;
END $$;
INSERT INTO by_day SELECT 1 + (i * 7919::bigint) % 5003, (i * 104729::bigint) % 99991 % 100, i / 7 % 10 FROM generate_series(1, 20000) i;
INSERT INTO by_kind SELECT * FROM by_day;
INSERT INTO by_both SELECT * FROM by_day;
INSERT INTO by_id SELECT * FROM by_day;
INSERT INTO not_analyzed SELECT * FROM by_day;
INSERT INTO sparse SELECT id * 4194304000, day, kind FROM by_day;
INSERT INTO growing SELECT day * 50 + id % 50, day, kind FROM by_day;
INSERT INTO new_part SELECT * FROM by_day WHERE day < 90;
DO $$ BEGIN
  FOR i IN 0..9 LOOP
    EXECUTE format('INSERT INTO heir_%s SELECT * FROM by_day WHERE kind = %1$s', i);
    EXECUTE format('ANALYZE not_analyzed_%s', i);
  END LOOP;
END $$;
ANALYZE by_day, by_kind, by_both, by_id, sparse, growing, new_part, heir;
INSERT INTO new_part SELECT * FROM by_day WHERE day >= 90;
SELECT name, pg_temp.estimate(format('SELECT 1 FROM %s WHERE id <@ %L::objectset', name, scattered)) AS scattered,
       pg_temp.estimate(format('SELECT 1 FROM %s WHERE id <@ %L::objectset', name, clustered)) AS clustered,
       pg_temp.estimate(format('SELECT 1 FROM %s WHERE id <@ %L::objectset', name, whole)) AS whole,
       pg_temp.estimate(format('SELECT 1 FROM %s WHERE id <@ %L::objectset AND day BETWEEN 20 AND 29', name, scattered)) AS of_one_partition
FROM unnest('{by_day,by_kind,by_id,by_both,sparse,growing,new_part}'::text[]) name,
     LATERAL (SELECT CASE WHEN name = 'sparse' THEN 4194304000 ELSE 1 END AS step) x,
     LATERAL (SELECT objectset_agg(i * 10 * step) AS scattered, objectset_agg((1000 + i) * step) AS clustered FROM generate_series(1, 500) i) y,
     LATERAL (SELECT objectset_agg(i * step) AS whole FROM generate_series(0, 5003) i) z;
-- Where nothing is known of all, no fewer than there are
SELECT name, pg_temp.planned_rows(format('SELECT 1 FROM %s WHERE id <@ %L::objectset', name, s)) >= 0.5 * 2000 AS many_enough
FROM unnest('{not_analyzed,heir}'::text[]) name, (SELECT objectset_agg(i * 10) AS s FROM generate_series(1, 500) i) x;
-- Parameters and stable functions are looked into as well.
PREPARE of_set(objectset) AS SELECT 1 FROM patient WHERE id <@ $1;
SET plan_cache_mode = force_custom_plan;
SELECT pg_temp.planned_rows($$EXECUTE of_set('{101..400}')$$) BETWEEN 150 AND 600 AS custom,
       pg_temp.estimate($$SELECT 1 FROM patient WHERE id <@ pg_temp.stable_set(5000)$$) AS stable,
       pg_temp.estimate($$SELECT 1 FROM patient WHERE id <@ objectset_range(0, 700)$$) AS folded;
-- A set that is not known is taken to hold one id in 200 of those there are, and no fewer than one.
SET plan_cache_mode = force_generic_plan;
SELECT pg_temp.planned_rows($$EXECUTE of_set('{101..400}')$$) AS generic,
       pg_temp.planned_rows($$SELECT 1 FROM patient WHERE id <@ (SELECT s FROM sample LIMIT 1)$$) AS subquery,
       pg_temp.planned_rows($$SELECT 1 FROM visit WHERE patient_id <@ (SELECT s FROM sample LIMIT 1)$$) AS of_reference,
       pg_temp.planned_rows($$SELECT 1 FROM patient WHERE id <@ NULL::objectset$$) AS nothing;
RESET plan_cache_mode;
-- Joins: before there are statistics, each pair as likely; a semijoin's row where any of the others is. Then as many
-- ids as the sets have.
SELECT pg_temp.planned_rows($$SELECT 1 FROM patient JOIN sample ON id <@ s$$) > 10000 AS pairs,
       pg_temp.planned_rows($$SELECT 1 FROM sample WHERE EXISTS (SELECT FROM patient WHERE s @> id)$$) > 10 AS of_sets;
ANALYZE sample;
SELECT pg_temp.planned_rows($$SELECT 1 FROM patient JOIN sample ON id <@ s$$) BETWEEN 86515 / 10 AND 86515 * 10 AS pairs,
       pg_temp.planned_rows($$SELECT 1 FROM sample JOIN patient ON s @> id4$$) BETWEEN 86515 / 10 AND 86515 * 10 AS pairs_of_int,
       pg_temp.estimate($$SELECT 1 FROM patient WHERE EXISTS (SELECT FROM sample WHERE s @> id)$$) AS semijoin,
       pg_temp.estimate($$SELECT 1 FROM sample WHERE EXISTS (SELECT FROM patient WHERE s @> id)$$) AS of_sets;
-- Without statistics; columns of sets; both sides from one row
CREATE TEMP TABLE fresh (id bigint PRIMARY KEY, ref bigint, s objectset);
INSERT INTO fresh SELECT i, i % 100, CASE WHEN i % 10 = 0 THEN '{1,2,3}' ELSE '{7,8}' END::objectset FROM generate_series(1, 2000) i;
SELECT pg_temp.planned_rows($$SELECT 1 FROM fresh WHERE id <@ '{1..50}'$$) BETWEEN 25 AND 100 AS unanalyzed_key,
       pg_temp.planned_rows($$SELECT 1 FROM fresh WHERE ref <@ '{1..50}'$$) > 1 AS unanalyzed_reference;
ANALYZE fresh;
SELECT pg_temp.estimate($$SELECT 1 FROM fresh WHERE s @> 2$$) AS sets_with_id, pg_temp.estimate($$SELECT 1 FROM fresh WHERE 8 <@ s$$) AS id_in_sets,
       pg_temp.planned_rows($$SELECT 1 FROM fresh WHERE id <@ s$$) AS same_row;
-- The newest rows, come after the statistics
INSERT INTO patient SELECT i, i, 1, i FROM generate_series(25001, 30000) i;
SELECT pg_temp.estimate($$SELECT 1 FROM patient WHERE id <@ '{28000..29000}'$$) AS newest;
-- Statistics of rows that one may not read are used as for an array: the functions are leakproof.
CREATE TABLE secret (id bigint);
INSERT INTO secret SELECT i FROM generate_series(1, 1000) i, generate_series(1, 1 + 500 * (i = 77)::int);
ANALYZE secret;
CREATE ROLE objectset_reader;
GRANT SELECT ON secret TO objectset_reader;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY above ON secret USING (id > 500);
SET ROLE objectset_reader;
SELECT pg_temp.planned_rows($$SELECT 1 FROM secret WHERE id <@ '{77}'$$) =
       pg_temp.planned_rows($$SELECT 1 FROM secret WHERE id = ANY ('{77}')$$) AS as_of_array,
       pg_temp.planned_rows($$SELECT 1 FROM secret WHERE id <@ '{501..900}'$$) /
       pg_temp.planned_rows(format($$SELECT 1 FROM secret WHERE id = ANY (%L::bigint[])$$, '{501..900}'::objectset::bigint[])) BETWEEN 0.5 AND 4 AS as_of_large_array;
RESET ROLE;
SELECT pg_temp.estimate($$SELECT 1 FROM secret WHERE id <@ '{77}'$$) AS told;
DROP TABLE secret;
DROP ROLE objectset_reader;

-- ---- Counts that need no set
CREATE TABLE pair (n int, a objectset, b objectset);
INSERT INTO pair VALUES (1, '{1..10}', '{5..20,5000000000}'), (2, '{}', '{1}'), (3, '{1}', '{}'), (4, '{}', '{}'), (5, NULL, '{1}'), (6, '{1}', NULL), (7, '{1..9}', '{10..20}');
EXPLAIN (VERBOSE, COSTS OFF) SELECT cardinality(a & b), cardinality(a | b), cardinality(a - b), cardinality(a # b) FROM pair;
EXPLAIN (VERBOSE, COSTS OFF) SELECT cardinality((a | b) & (a - b)), cardinality(objectset_union(a, b)) FROM pair;
EXPLAIN (VERBOSE, COSTS OFF) SELECT objectset_is_empty(a & b), NOT objectset_is_empty(a & b) FROM pair;
-- These stay as they are.
EXPLAIN (VERBOSE, COSTS OFF) SELECT cardinality(a), cardinality(a - 5), cardinality(a | 5), objectset_is_empty(a | b), objectset_is_empty(a) FROM pair;
SELECT n, cardinality(a & b) AS both, cardinality(a | b) AS either, cardinality(a - b) AS minus, cardinality(a # b) AS one, objectset_is_empty(a & b) AS apart
FROM pair ORDER BY n;
SELECT n, cardinality((SELECT a & b OFFSET 0)) AS both, cardinality((SELECT a | b OFFSET 0)) AS either, cardinality((SELECT a - b OFFSET 0)) AS minus,
       cardinality((SELECT a # b OFFSET 0)) AS one, objectset_is_empty((SELECT a & b OFFSET 0)) AS apart
FROM pair ORDER BY n;
DROP TABLE pair;

-- ---- What is called for an estimate sees what the execution will see, and fails where the execution does, not before
CREATE TABLE target (id bigint PRIMARY KEY);
INSERT INTO target SELECT generate_series(1, 3000);
CREATE TABLE part (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (1000);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (1000) TO (4000);
INSERT INTO part SELECT * FROM target;
ANALYZE target, part;
SELECT objectset_create_table('target_set', 'target');
CREATE FUNCTION members_of(wanted text) RETURNS objectset LANGUAGE plpgsql STABLE AS $$ DECLARE found objectset; BEGIN
  SELECT s.members INTO STRICT found FROM target_set s WHERE s.name = wanted;
  RETURN found;
END $$;
CREATE FUNCTION count_in(source text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n int; m int; k int; l int;
BEGIN
  EXECUTE format('SELECT count(*) FROM target WHERE id <@ %s', format(source, name)) INTO n;
  EXECUTE format('SELECT count(*) FROM part WHERE id <@ %s', format(source, name)) INTO m;
  EXECUTE format('SELECT count(*) FROM unnest(%s)', format(source, name)) INTO k;
  EXECUTE format('SELECT count(*) FROM target_set WHERE base && %s', format(source, name)) INTO l;
  RETURN format('%s %s %s %s', n, m, k, l);
END $$;
DO $$
DECLARE n int;
BEGIN
  PERFORM objectset_save('target_set', 'x', '{1..1500}'::objectset);
  PERFORM count(*) FROM target WHERE id <@ objectset_members('target_set', 'x');
  n := (SELECT count(*) FROM part WHERE id <@ objectset_members('target_set', 'x'));
  RAISE NOTICE 'assigned: %', n;
  SELECT count(*) INTO n FROM unnest(objectset_members('target_set', 'x'));
  RAISE NOTICE 'rows: %', n;
  PERFORM count(*) FROM target WHERE id <@ members_of('x');
  RAISE NOTICE 'of a function: % %', count_in('members_of(%L)', 'x'), count_in('objectset_members(''target_set'', %L)', 'x');
END $$;
CREATE FUNCTION save_and_count(name text, ids objectset, OUT saved text, OUT told text, OUT again text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM objectset_save('target_set', name, ids);
  saved := (SELECT count(*) FROM target WHERE id <@ objectset_members('target_set', name));
  told := count_in('members_of(%L)', name);
  PERFORM objectset_replace('target_set', name, '{5,6}');
  again := (SELECT count(*) FROM part WHERE id <@ objectset_members('target_set', name)) || ' ' || count_in('members_of(%L)', name);
END $$;
SELECT * FROM save_and_count('y', '{10..19}');
SELECT * FROM save_and_count('y', '{2000..2999}');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM save_and_count('z', '{10..19}');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM save_and_count('z', '{10..19}');
ROLLBACK;
SELECT * FROM save_and_count('z', '{900..1099}');
-- In a procedure, after a commit; in a stable function, which sees what its caller saw; in a trigger
CREATE PROCEDURE save_and_commit() LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
  PERFORM objectset_save('target_set', 'p', '{1..7}'::objectset);
  COMMIT;
  n := (SELECT count(*) FROM target WHERE id <@ objectset_members('target_set', 'p'));
  PERFORM objectset_save('target_set', 'q', '{1..8}'::objectset);
  n := 10 * n + (SELECT count(*) FROM part WHERE id <@ members_of('q'));
  ROLLBACK;
  n := 10 * n + (SELECT count(*) FROM target WHERE id <@ members_of('p'));
  RAISE NOTICE 'procedure: %', n;
END $$;
CALL save_and_commit();
CREATE FUNCTION count_stable(name text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN RETURN (SELECT count(*) FROM target WHERE id <@ objectset_members('target_set', name)); END $$;
SELECT count_stable('p');
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE '% has %', NEW.name, (SELECT count(*) FROM target WHERE id <@ members_of(NEW.name));
  RETURN NEW;
END $$;
CREATE TRIGGER counted AFTER INSERT OR UPDATE ON target_set FOR EACH ROW EXECUTE FUNCTION counted();
INSERT INTO target_set (name, base) VALUES ('t', '{1..99}');
UPDATE target_set SET base = '{1..98}' WHERE name = 't';
DROP TRIGGER counted ON target_set;
-- An error is the execution's, where that comes to it
CREATE FUNCTION failing(name text) RETURNS objectset LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'failed for %', name USING ERRCODE = 'data_exception'; END $$;
SELECT q, pg_temp.planned_rows(q) > 0 AS planned, error_of(q) FROM unnest(ARRAY[
  $$SELECT FROM target WHERE id <@ failing('x')$$, $$SELECT FROM target WHERE id <@ objectset_members('target_set', 'unknown')$$,
  $$SELECT FROM target WHERE id < 0 AND id + 1 <@ failing('x')$$, $$SELECT FROM target WHERE id < 0 AND (id <@ failing('x') OR id + 1 = 7)$$,
  $$SELECT FROM target_set WHERE id < 0 AND base && failing('x')$$, $$SELECT FROM target_set WHERE id < 0 AND base @> length(failing('x')::text)$$,
  $$SELECT FROM target_set s WHERE id < 0 AND EXISTS (SELECT FROM unnest(failing(s.name)) u)$$, $$SELECT (SELECT count(*) FROM unnest(failing('x'))) FROM target WHERE id < 0$$,
  $$SELECT FROM target WHERE id < 0 AND id + 1 <@ current_setting('objectset_test.nothing')::objectset$$]) q;
-- But what ends the statement ends it
CREATE FUNCTION slow() RETURNS objectset LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_sleep(100); RETURN '{1}'; END $$;
\set VERBOSITY terse
SET statement_timeout = '50ms';
SELECT pg_temp.planned_rows('SELECT FROM target WHERE id <@ slow()');
RESET statement_timeout;
\set VERBOSITY default
DROP TABLE target_set, target, part;
DROP FUNCTION members_of, count_in, save_and_count, count_stable, counted, failing, slow;
DROP PROCEDURE save_and_commit;
