-- EXPLAIN prints large sets in a few words, wherever they stand; and whatever runs meanwhile prints them whole.
CREATE TABLE note (id bigint PRIMARY KEY, s objectset, t text);
INSERT INTO note SELECT i, objectset_range(i, i + 20), NULL FROM generate_series(1, 100) i;
SELECT line FROM unnest(ARRAY[
  $$SELECT * FROM note WHERE id <@ '{1..500}'::objectset OR id = 7$$, $$SELECT * FROM note WHERE (id <@ '{1..20000}'::objectset) IS NOT TRUE$$, $$SELECT * FROM note WHERE s && '{5..15}' AND s <> '{1..10}'$$,
  $$SELECT '{1..70}'::objectset, CASE WHEN s <@ '{-5..40}' THEN cardinality(s & '{3..30}') END FROM note$$, $$SELECT * FROM note WHERE s = ANY ('{"{1..30}","{1,2}"}'::objectset[])$$,
  $$UPDATE note SET s = s | '{100..200}' WHERE id = 3$$, $$INSERT INTO note VALUES (5, '{1..11}')$$, $$SELECT * FROM note WHERE id <@ (SELECT s - '{9..90}' FROM note WHERE id = 5)$$]) AS statement,
  plan_of(statement, 'VERBOSE, COSTS OFF') AS line WHERE line LIKE '%''%';
DO $$ DECLARE plan json; BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM note WHERE id <@ ''{1..500}''::objectset OR id = 7' INTO plan;
  IF plan::text NOT LIKE '%objectset (500 ids, 1..500)%' THEN RAISE '%', plan; END IF;
END $$;
SELECT max(length(line)) < 200 AS short FROM plan_of(format('SELECT * FROM note WHERE id <@ %L::objectset OR id = 7', (SELECT objectset_agg(i * 17) FROM generate_series(1, 50000) i))) AS line;

-- What an explained query does is what it does.
CREATE FUNCTION told(s objectset) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN s; END $$;
CREATE FUNCTION told_in_loop() RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record; told text := '';
BEGIN
  FOR r IN SELECT s FROM note WHERE id < 3 LOOP told := told || r.s::text; END LOOP;
  RETURN told;
END $$;
CREATE FUNCTION told_of_plan(s objectset) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  EXECUTE format('EXPLAIN SELECT %L::objectset', s) INTO line;
  BEGIN EXECUTE 'EXPLAIN ANALYZE SELECT 1 / 0 FROM note'; EXCEPTION WHEN division_by_zero THEN END;
  RETURN s::text;
END $$;
CREATE TEMP TABLE wanted AS SELECT objectset_range(1, 40)::text AS w;
DO $$ BEGIN
  EXECUTE 'EXPLAIN ANALYZE UPDATE note SET t = told(''{1..39}'') WHERE id = 1';
  EXECUTE 'EXPLAIN ANALYZE UPDATE note SET t = ''{1..39}''::objectset::text WHERE id = 2';
  EXECUTE 'EXPLAIN ANALYZE UPDATE note SET t = objectset_range(1, 40)::text WHERE id = 3';
  EXECUTE 'EXPLAIN ANALYZE UPDATE note SET t = told_of_plan(''{1..39}'') WHERE id = 4';
  EXECUTE 'EXPLAIN ANALYZE CREATE TEMP TABLE made AS SELECT ''{1..39}''::objectset::text AS t';
END $$;
PREPARE keep(text, bigint) AS UPDATE note SET t = $1 WHERE id = $2;
DO $$ BEGIN
  EXECUTE 'EXPLAIN ANALYZE EXECUTE keep(told(''{1..39}''), 5)';
  EXECUTE 'EXPLAIN ANALYZE EXECUTE keep(''{1..39}''::objectset::text, 6)';
  EXECUTE 'EXPLAIN ANALYZE EXECUTE keep(told_of_plan(objectset_range(1, 40)), 7)';
  EXECUTE 'EXPLAIN ANALYZE EXECUTE keep(told_in_loop(), 8)';
END $$;
SELECT id, t = w AS whole FROM note, wanted WHERE t IS NOT NULL AND id < 8 ORDER BY id;
SELECT t = (SELECT string_agg(s::text, '' ORDER BY id) FROM note WHERE id < 3) AS in_loop FROM note WHERE id = 8;
SELECT t = w AS made FROM made, wanted;
-- After an error as well
EXPLAIN ANALYZE SELECT 1 / (id - 1) FROM note WHERE s && '{1..40}' AND id < 9;
SELECT s FROM note WHERE id = 1;
-- In a function, which catches it while EXPLAIN plans.
CREATE FUNCTION caught() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN PERFORM 1 / (id - id) FROM note; RETURN 1; EXCEPTION WHEN division_by_zero THEN RETURN 3; END $$;
EXPLAIN (COSTS OFF) SELECT 1 FROM note WHERE s && '{1..40}' AND id < caught();
DROP FUNCTION caught;
-- Where another module asks that queries of functions be measured
LOAD 'auto_explain';
SET auto_explain.log_min_duration = '1h';
SET auto_explain.log_analyze = on;
DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE EXECUTE keep(told_in_loop(), 9)'; END $$;
SELECT t = (SELECT string_agg(s::text, '' ORDER BY id) FROM note WHERE id < 3) AS in_loop FROM note WHERE id = 9;
DROP TABLE note, wanted, made;
DROP FUNCTION told, told_in_loop, told_of_plan;
