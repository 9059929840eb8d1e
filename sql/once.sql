-- Sets that are the same for all rows of a query: known by one call for each planning, and computed by one for each execution.
LOAD 'objectset';
CREATE TABLE patient (id bigint PRIMARY KEY, n int, ref int, s objectset);
INSERT INTO patient SELECT i, i % 10, i % 100, objectset_range(i, i + 3) FROM generate_series(1, 3000) i;
CREATE TABLE part (id bigint PRIMARY KEY, n int) PARTITION BY RANGE (id);
SELECT format('CREATE TABLE part_%s PARTITION OF part FOR VALUES FROM (%s) TO (%s)', i, i * 300, (i + 1) * 300) FROM generate_series(0, 10) i \gexec
INSERT INTO part SELECT id, n FROM patient;
ANALYZE patient, part;
CREATE SEQUENCE calls;
CREATE FUNCTION told(first bigint, last bigint) RETURNS objectset LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM nextval('calls'); RETURN objectset_range(first, last); END $$;
CREATE FUNCTION calls_of(statement text, OUT planning bigint, OUT running bigint, OUT answer text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM setval('calls', 1);
  EXECUTE 'EXPLAIN ' || statement;
  planning := nextval('calls') - 2;
  PERFORM setval('calls', 1);
  IF statement ~* '^(select|with)' THEN
    EXECUTE 'SELECT md5(string_agg(q::text, '' '' ORDER BY q::text)) FROM (' || statement || ') q' INTO answer;
  ELSE
    EXECUTE statement;
  END IF;
  running := nextval('calls') - 2 - planning;
  IF answer IS NOT NULL THEN  -- the same without
    SET LOCAL objectset.enable_scan = off;
    EXECUTE 'SELECT CASE WHEN md5(string_agg(q::text, '' '' ORDER BY q::text)) = $1 THEN ''same'' ELSE ''other'' END FROM (' || statement || ') q' INTO answer USING answer;
    SET LOCAL objectset.enable_scan = on;
  END IF;
END $$;
CREATE TABLE statement (n int GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO statement (text) VALUES
  ('SELECT id FROM patient WHERE id <@ told(100, 700)'), ('SELECT id FROM patient WHERE id <@ told(100, 700) OR n = 5'), ('SELECT id FROM patient WHERE NOT id <@ told(100, 700)'),
  ('SELECT id FROM patient WHERE CASE WHEN n > 3 THEN id <@ told(100, 700) ELSE told(5, 7) @> id END'), ('SELECT count(*) FILTER (WHERE id <@ told(100, 700)) FROM patient'),
  ('SELECT n, id <@ told(100, 700), s | told(1, 3) FROM patient'), ('SELECT a.id FROM patient a JOIN patient b ON a.id = b.n AND b.id <@ told(100, 700) OR a.n = b.id AND a.id <@ (told(100, 700) - 105)'),
  ('SELECT a.id, b.id FROM patient a LEFT JOIN patient b ON a.n = b.id AND b.ref <@ told(1, 5)'), ('SELECT id FROM patient WHERE s && told(100, 110)'), ('SELECT id FROM patient WHERE s = told(100, 103)'),
  ('SELECT id FROM patient WHERE s IN (told(100, 103), told(5, 8))'), ('SELECT id FROM patient WHERE n < cardinality(told(1, 5))'), ('SELECT id FROM part WHERE id <@ told(100, 700)'),
  ('SELECT id FROM part WHERE id <@ told(100, 700) OR n = 5'), ('SELECT id FROM part WHERE id <@ (told(100, 700) | told(2000, 2010) - 5)'), ('SELECT id FROM part WHERE id <@ told(5, 5)'),
  ('SELECT n, count(*) FROM patient GROUP BY n HAVING count(*) > cardinality(told(1, 5))'),
  ('SELECT n, bool_or(ref <@ told(1, 50)) FROM patient GROUP BY n'), ('SELECT DISTINCT id <@ told(100, 700) FROM patient'), ('SELECT id, row_number() OVER (PARTITION BY id <@ told(100, 700) ORDER BY id) FROM patient'),
  ('SELECT a.id, (SELECT count(*) FROM patient b WHERE b.id < a.n AND b.id <@ told(1, 50)) FROM patient a WHERE a.id < 30'), ('SELECT a.id FROM patient a WHERE EXISTS (SELECT FROM patient b WHERE b.id = a.n AND b.id <@ told(1, 50))'),
  ('SELECT a.id, x.id FROM patient a, LATERAL (SELECT b.id FROM patient b WHERE b.id <@ (told(1, 50) - a.n) AND b.n = a.n LIMIT 2) x WHERE a.id < 20'),
  ('WITH c AS (SELECT * FROM patient WHERE id <@ told(100, 700)) SELECT count(*) FROM c'), ('SELECT count(*) FROM (SELECT id FROM patient WHERE id <@ told(100, 700) UNION ALL SELECT n FROM part WHERE id <@ told(5, 9)) x'),
  ('WITH RECURSIVE r(id) AS (SELECT 1::bigint UNION ALL SELECT p.id FROM r JOIN patient p ON p.id = r.id + 1 AND p.id <@ told(1, 20)) SELECT count(*) FROM r'),
  ('SELECT count(*) FROM patient, unnest(told(1, 5)) u WHERE u = id'), ('SELECT id FROM patient WHERE id <@ coalesce(told(100, 700), told(1, 2))'),
  ($$SELECT id FROM patient WHERE id <@ (told(1, 9)::text)::objectset OR n = 77$$), ('SELECT id FROM patient WHERE id <@ (SELECT told(100, 700)) OR n = 5'),
  ('SELECT id FROM patient WHERE id <@ (told(1, 9) | (SELECT s FROM patient WHERE id = 5)) OR n = 77'), ('UPDATE patient SET s = s | told(1, 5) WHERE n = 3'), ('DELETE FROM patient WHERE id <@ told(2990, 3001) OR n = 77'),
  ('INSERT INTO part SELECT id + 3000, n FROM patient WHERE (id <@ told(1, 5) OR n = 77) AND id < 200'), ('UPDATE part SET n = 1 WHERE id <@ told(5, 900)');
BEGIN;
SELECT text, c.* FROM statement, calls_of(text) c ORDER BY n;
ROLLBACK;
-- Policies, and what is written under them
CREATE TABLE guarded AS SELECT id, n FROM patient;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded USING (id <@ told(100, 700) OR n = 5) WITH CHECK (id <@ told(100, 800) OR n = 5);
CREATE ROLE objectset_scanner;
GRANT ALL ON guarded, patient TO objectset_scanner;
GRANT ALL ON SEQUENCE calls TO objectset_scanner;
SET ROLE objectset_scanner;
BEGIN;
SELECT statement, c.* FROM unnest(ARRAY['SELECT count(*) FROM guarded', 'UPDATE guarded SET n = n', 'INSERT INTO guarded SELECT id, n FROM patient WHERE id BETWEEN 100 AND 200']) statement, calls_of(statement) c;
ROLLBACK;
RESET ROLE;
DROP TABLE guarded;
DROP OWNED BY objectset_scanner;
DROP ROLE objectset_scanner;
-- Parameters that are not known, and those that are
PREPARE by_parts(bigint, objectset) AS SELECT count(*) FROM patient WHERE id <@ ($2 - $1) OR n = 5;
SET plan_cache_mode = force_generic_plan;
SELECT count(*) FILTER (WHERE line ~ '^ *InitPlan') AS once FROM plan_of($$EXECUTE by_parts(1, '{1,2,3}')$$) AS line;
EXECUTE by_parts(1, '{1,2,3}');
EXECUTE by_parts(2, NULL);
SET plan_cache_mode = force_custom_plan;
SELECT count(*) FILTER (WHERE line ~ '^ *InitPlan') AS constant FROM plan_of($$EXECUTE by_parts(1, '{1,2,3}')$$) AS line;
RESET plan_cache_mode;
-- As they are: what is volatile, has columns, or is computed once anyway
CREATE FUNCTION any_set() RETURNS objectset LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN '{1,2}'; END $$;
CREATE DOMAIN set_of_ids AS objectset CHECK (cardinality(VALUE) < 1000);
SELECT q, count(*) FILTER (WHERE line ~ '^ *InitPlan') AS once
FROM unnest(ARRAY['SELECT FROM patient WHERE id <@ any_set()', 'SELECT FROM patient WHERE id <@ (told(1, 5) | n)', 'SELECT FROM patient WHERE id <@ told(1, n)', 'SELECT told(1, 5) | told(7, 9)',
  'VALUES (told(1, 5)), (told(7, 9))', 'SELECT FROM patient WHERE id <@ ''{1..200}''', 'SELECT FROM patient WHERE id <@ (told(1, 5)::set_of_ids) OR n = 5']) q, plan_of(q) AS line GROUP BY q ORDER BY q COLLATE "C";
-- A large literal or parameter stands once for all partitions, and is known as before.
SELECT objectset_agg(i * 3)::text AS large FROM generate_series(1, 400000) i \gset
CREATE TABLE heir (LIKE part);
CREATE TABLE heir_0 () INHERITS (heir);
INSERT INTO heir_0 SELECT * FROM part WHERE id < 1000;
ANALYZE heir;
CREATE FUNCTION kept_by(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE before bigint; kept bigint;
BEGIN
  SELECT coalesce(sum(total_bytes), 0) INTO before FROM pg_backend_memory_contexts WHERE name = 'CachedPlan';
  EXECUTE 'PREPARE kept AS ' || statement;
  EXECUTE 'EXPLAIN EXECUTE kept';
  SELECT sum(total_bytes) - before INTO kept FROM pg_backend_memory_contexts WHERE name = 'CachedPlan';
  DEALLOCATE kept;
  RETURN kept;
END $$;
SELECT kept_by(format('SELECT FROM part WHERE id <@ %L::objectset', :'large')) < 2 * length(:'large') + 200000 AS once_for_partitions,
       kept_by(format('SELECT FROM heir WHERE id <@ %L::objectset', :'large')) < 2 * length(:'large') + 200000 AS for_heirs,
       kept_by(format('SELECT FROM patient WHERE id <@ %L::objectset', :'large')) < 2 * length(:'large') + 200000 AS for_a_table;
SELECT line FROM plan_of(format('SELECT * FROM part WHERE id BETWEEN 500 AND 1000 AND id <@ %L::objectset AND n < 5', :'large')) AS line;
SELECT line FROM plan_of(format('SELECT * FROM heir WHERE id <@ %L::objectset', :'large')) AS line;
SELECT statement, count(*) FILTER (WHERE line ~ '^ *InitPlan') AS once FROM unnest(ARRAY['SELECT FROM patient WHERE id <@ %L::objectset', 'SELECT FROM part WHERE id = 5 OR %L::objectset @> id',
  'SELECT FROM part WHERE %L::objectset @> 5', 'SELECT FROM part WHERE id <@ (%L::objectset | ''{1}'')', 'SELECT n FROM part WHERE id <@ ''{1..200}''']) statement, plan_of(format(statement, :'large')) AS line GROUP BY statement ORDER BY statement COLLATE "C";
PREPARE by_large(objectset) AS SELECT count(*), sum(id) FROM part WHERE id <@ $1;
SET plan_cache_mode = force_custom_plan;
SELECT line FROM plan_of(format('EXECUTE by_large(%L)', :'large')) AS line LIMIT 8;
EXECUTE by_large(:'large');
EXECUTE by_large('{3,6}');
EXECUTE by_large(NULL);
RESET plan_cache_mode;
SELECT statement, (calls_of(format(statement, :'large'))).answer FROM unnest(ARRAY['SELECT id FROM part WHERE id <@ %L::objectset', 'SELECT id FROM part WHERE NOT id <@ %L::objectset OR n = 3',
  'SELECT id <@ %L::objectset AS is_in, count(*) FROM part GROUP BY 1', 'SELECT id FROM heir WHERE CASE WHEN n = 1 THEN true ELSE id <@ %L::objectset END', 'SELECT n, id <@ %1$L::objectset FROM part WHERE id <@ %1$L::objectset',
  'SELECT p.id FROM part p LEFT JOIN patient q ON q.id = p.id AND p.id <@ %L::objectset WHERE p.n = 5', 'SELECT (SELECT count(*) FROM part q WHERE q.n = p.n AND q.id <@ %L::objectset) FROM patient p WHERE p.id < 20']) statement;
UPDATE part SET n = 77 WHERE id <@ :'large'::objectset AND id < 10 RETURNING id, id <@ :'large'::objectset AS is_in;
CREATE TABLE chosen (id bigint, n int) PARTITION BY RANGE (id);
CREATE TABLE chosen_0 PARTITION OF chosen FOR VALUES FROM (0) TO (10000);
SELECT format('CREATE UNIQUE INDEX ON chosen (id) WHERE id <@ %L::objectset', :'large') AS by_predicate \gset
:by_predicate;
INSERT INTO chosen SELECT id, 1 FROM part WHERE id < 10 AND id <@ :'large'::objectset ON CONFLICT (id) WHERE id <@ :'large'::objectset DO UPDATE SET n = 2;
INSERT INTO chosen SELECT id, 1 FROM part WHERE id < 13 AND id <@ :'large'::objectset ON CONFLICT (id) WHERE id <@ :'large'::objectset DO UPDATE SET n = 2;
SELECT * FROM chosen ORDER BY id;
TRUNCATE chosen;
SELECT objectset_agg(i * 8)::text AS eighths FROM generate_series(1, 80000) i \gset
SELECT format('CREATE UNIQUE INDEX ON chosen (id, (id <@ %L::objectset))', :'eighths') AS by_expression \gset
:by_expression;
INSERT INTO chosen SELECT id, 1 FROM part WHERE id < 10 AND id <@ :'large'::objectset ON CONFLICT (id, (id <@ :'eighths'::objectset)) DO UPDATE SET n = 2;
INSERT INTO chosen SELECT id, 1 FROM part WHERE id < 13 AND id <@ :'large'::objectset ON CONFLICT (id, (id <@ :'eighths'::objectset)) DO UPDATE SET n = 2 WHERE chosen.id <@ :'large'::objectset;
SELECT * FROM chosen ORDER BY id;
DROP TABLE chosen;
DROP TABLE heir_0, heir;
DROP FUNCTION kept_by;
-- PL/pgSQL
DO $$ DECLARE a objectset; m bigint; BEGIN
  PERFORM setval('calls', 1);
  a := told(1, 5) | 7;
  m := cardinality(told(1, 5) | a);
  IF told(1, 5) @> 3 AND m = 5 THEN a := a - 1; END IF;
  FOR i IN 1 .. 3 LOOP a := a | told(i, i + 1); END LOOP;
  SELECT count(*) INTO m FROM patient p WHERE p.id <@ (told(1, 9) & a) OR p.id = m;
  RAISE NOTICE '% %', a, m;
END $$;
DROP TABLE patient, part, statement;
DROP DOMAIN set_of_ids;
DROP FUNCTION told, calls_of, any_set;
DROP SEQUENCE calls;
