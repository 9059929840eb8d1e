-- A condition by a set on one table holds for what joins make equal to it: scans of other tables leave out what it leaves out.
CREATE TABLE person (id bigint PRIMARY KEY, v int);
INSERT INTO person SELECT i, i % 100 FROM generate_series(1, 4000) i;
CREATE TABLE call (n int PRIMARY KEY, person int, day int);      -- int, with NULLs, and of nobody
INSERT INTO call SELECT i, CASE WHEN i % 11 > 0 THEN (i * 7919::bigint) % 5003 END, i % 300 FROM generate_series(1, 20000) i;
CREATE INDEX ON call (person, day);
CREATE DOMAIN key_of AS bigint CHECK (VALUE <> 0);
CREATE TABLE note (n int PRIMARY KEY, person key_of);
INSERT INTO note SELECT i, (i * 31) % 4007 + 1 FROM generate_series(1, 12000) i;
CREATE INDEX ON note (person);
CREATE TABLE part (person bigint, day int) PARTITION BY RANGE (person);
SELECT format('CREATE TABLE part_%s PARTITION OF part FOR VALUES FROM (%s) TO (%s)', i, i * 1500, i * 1500 + 1500) FROM generate_series(0, 3) i \gexec
INSERT INTO part SELECT (i * 7919::bigint) % 5003, i % 300 FROM generate_series(1, 12000) i;
CREATE INDEX ON part (person);
CREATE TABLE ps (name text PRIMARY KEY, members objectset);
INSERT INTO ps VALUES ('few', (SELECT objectset_agg(41 * i) FROM generate_series(1::bigint, 102) i)), ('low', objectset_range(1, 120)), ('even', (SELECT objectset_agg(2 * i) FROM generate_series(1::bigint, 2000) i)),
  ('none', '{}'), ('null', NULL);
VACUUM ANALYZE person, call, note, part, ps;
CREATE FUNCTION set_of(n text) RETURNS objectset STABLE LANGUAGE sql AS 'SELECT members FROM ps WHERE name = n';
CREATE FUNCTION any_set() RETURNS objectset VOLATILE LANGUAGE plpgsql AS $$ BEGIN RETURN objectset_range(1, 500); END $$;
-- The conditions of scans by a set
CREATE FUNCTION conditions_of(statement text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(c, ', ' ORDER BY c COLLATE "C") FROM (SELECT DISTINCT regexp_replace(substring(line FROM 'Set Cond: \((.*)\)'), '\(InitPlan \d+\)\.col1|\$\d', 'set', 'g') AS c FROM plan_of(statement) AS line) l WHERE c IS NOT NULL $$;

-- ---- What is carried over
SET enable_nestloop = off;
SELECT n, conditions_of(replace('SELECT count(*) FROM ' || q, '$', 'p.id <@ set_of(''few'')')) FROM (VALUES
  (1, 'person p JOIN call c ON c.person = p.id WHERE $'),
  (2, 'person p, call c WHERE c.person = p.id AND $'),
  (3, 'person p LEFT JOIN call c ON c.person = p.id WHERE $'),
  (4, 'call c RIGHT JOIN person p ON c.person = p.id AND c.day < 200 WHERE $'),
  (5, 'person p WHERE $ AND EXISTS (SELECT FROM call c WHERE c.person = p.id)'),
  (6, 'person p WHERE $ AND NOT EXISTS (SELECT FROM call c WHERE c.person = p.id AND c.day > 2)'),
  (7, 'person p WHERE $ AND p.id IN (SELECT c.person FROM call c WHERE c.day > 2)'),
  (8, 'person p JOIN call c ON c.person = p.id JOIN note n ON n.person = c.person WHERE $'),
  (9, 'person p LEFT JOIN call c ON c.person = p.id LEFT JOIN note n ON n.person = c.person WHERE $'),
  (10, 'person p JOIN part x ON x.person = p.id WHERE $'),
  (11, '(SELECT * FROM person OFFSET 0) p JOIN note c ON c.person = p.id WHERE $'),
  (12, 'person p JOIN call c ON c.person = p.id WHERE $ AND NOT p.id <@ set_of(''low'')'),
  (13, 'person p JOIN call c ON c.person = p.id WHERE $ AND c.person <@ set_of(''even'')'),
  (14, 'person p JOIN (SELECT person::bigint FROM call UNION ALL SELECT person FROM note) c ON c.person = p.id WHERE $')) AS t(n, q);
-- A set that is known, of so few ids that the server takes it for an array, which is of one table
SELECT conditions_of('SELECT count(*) FROM person p JOIN call c ON c.person = p.id WHERE p.id <@ ''{3,44,1005}''');
SELECT c.person, count(*) FROM person p JOIN call c ON c.person = p.id WHERE p.id <@ '{3,44,1005}' GROUP BY 1 ORDER BY 1;
-- Not to the side that stays, nor from a set of the row, nor a volatile one, nor over other equalities
SELECT n, conditions_of(replace('SELECT count(*) FROM ' || q, '$', 'p.id <@ set_of(''few'')')) FROM (VALUES
  (1, 'call c LEFT JOIN person p ON c.person = p.id AND $'),
  (2, 'call c FULL JOIN person p ON c.person = p.id AND $'),
  (3, 'person p JOIN call c ON c.person = p.id WHERE p.id <@ any_set()'),
  (4, 'person p JOIN call c ON c.person = p.id WHERE p.id <@ objectset_range(p.v, 50)'),
  (5, 'person p JOIN call c ON c.person = p.id + 0 WHERE $'),
  (6, 'person p JOIN call c ON c.person > p.id WHERE $'),
  (7, 'person p LEFT JOIN call c ON c.person = p.id OR c.person = p.v WHERE $')) AS t(n, q);
RESET enable_nestloop;
-- Estimates of joins stay: the condition is not counted twice.
CREATE FUNCTION rows_of(statement text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) ' || statement INTO plan; RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric; END $$;
SELECT rows_of('SELECT FROM person p JOIN call c ON c.person = p.id WHERE p.id <@ set_of(''few'')') BETWEEN 150 AND 700 AS near_360;
-- Partitions that the set has no ids of are left out: for good where it is a constant, else when the plan is run.
SELECT substring(line, 'on part.*') AS scanned FROM plan_of('SELECT count(*) FROM person p JOIN part x ON x.person = p.id WHERE p.id <@ objectset_range(1600, 1900)') AS line WHERE line ~ ' on part';
SELECT count(*) AS never_executed FROM plan_of('SELECT count(*) FROM person p JOIN part x ON x.person = p.id WHERE p.id <@ set_of(''few'') AND p.id <@ set_of(''low'')', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line WHERE line ~ 'on part.*never';

-- ---- It finds the same.
CREATE FUNCTION differs(statement text) RETURNS text LANGUAGE sql AS $$
  SELECT difference_of(statement, '{enable_seqscan,enable_hashjoin}') $$;
SELECT count(*), count(d) AS different, min(d) FROM unnest('{few}'::text[]) AS s,
  unnest(ARRAY['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']) AS a, unnest(ARRAY['JOIN', 'LEFT JOIN', 'FULL JOIN']) AS b, unnest(ARRAY[
  'person p $1 call c ON c.person = p.id $2 note n ON n.person = c.person WHERE p.id <@ set_of(''$3'')',
  'person p $1 call c ON c.person = p.id AND p.id <@ set_of(''$3'') $2 note n ON n.person = p.id',
  'person p $1 (call c $2 note n ON n.person = c.person) ON c.person = p.id WHERE p.id <@ set_of(''$3'')',
  'person p $1 (note n $2 call c ON n.person = c.person) ON c.person = p.id WHERE p.id <@ set_of(''$3'') AND NOT p.id <@ set_of(''low'')',
  'person p $1 (note n $2 call c ON n.person = c.person AND n.person <@ set_of(''$3'')) ON c.person = p.id',
  'person p $1 part c ON c.person = p.id $2 note n ON n.person = c.person WHERE c.person <@ set_of(''$3'') OR p.id <@ set_of(''$3'')']) AS q,
  LATERAL (SELECT differs('SELECT count(*) || '' '' || count(p.id) || '' '' || sum(hashint8(p.id)) || '' '' || sum(c.person) || '' '' || sum(c.day) || '' '' || sum(n.n) FROM ' || replace(replace(replace(q, '$1', a), '$2', b), '$3', s)) AS d) d;
SELECT count(*), count(d) AS different, min(d) FROM unnest('{few,even,none,"null"}'::text[]) AS s, unnest(ARRAY[
  'p.id <@ set_of(''$'') AND EXISTS (SELECT FROM call c WHERE c.person = p.id)',
  'p.id <@ set_of(''$'') AND NOT EXISTS (SELECT FROM call c WHERE c.person = p.id AND c.day > 100)',
  'EXISTS (SELECT FROM call c WHERE c.person = p.id AND c.person <@ set_of(''$''))',
  'NOT EXISTS (SELECT FROM call c WHERE c.person = p.id AND c.person <@ set_of(''$''))',
  'p.id <@ set_of(''$'') AND p.id NOT IN (SELECT c.person FROM call c WHERE c.day > 200 AND c.person IS NOT NULL)',
  'p.id <@ set_of(''$'') AND p.v < (SELECT count(*) FROM call c WHERE c.person = p.id) + 50']) AS q,
  LATERAL (SELECT differs('SELECT count(*) || '' '' || sum(hashint8(p.id)) FROM person p WHERE ' || replace(q, '$', s)) AS d) d;
-- Rows that are changed, and a plan that is kept while the set changes
BEGIN;
UPDATE call c SET day = -1 FROM person p WHERE c.person = p.id AND p.id <@ set_of('few');
DELETE FROM note n USING person p WHERE n.person = p.id AND p.id <@ set_of('few') AND NOT n.person <@ set_of('low');
SELECT count(*) = (SELECT count(*) FROM call WHERE person % 41 = 0 AND person BETWEEN 41 AND 4000) AS same, count(DISTINCT person) FROM call WHERE day = -1;
SELECT count(*) FROM note WHERE person <@ set_of('few');
ROLLBACK;
SET plan_cache_mode = force_generic_plan;
PREPARE calls(text) AS SELECT count(*), sum(c.day) FROM person p JOIN call c ON c.person = p.id WHERE p.id <@ set_of($1);
EXECUTE calls('few');
EXECUTE calls('even');
EXECUTE calls('null');
RESET plan_cache_mode;

-- ---- Rows that a policy hides are not told of: the test tells nothing, and comes no sooner than it may.
CREATE FUNCTION tell(v int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF v > 2 THEN RAISE EXCEPTION 'told of %', v; END IF; RETURN true; END $$;
ALTER TABLE call ENABLE ROW LEVEL SECURITY;
CREATE POLICY days ON call USING (day < 3);
CREATE ROLE objectset_reader;
GRANT SELECT ON person, call, ps TO objectset_reader;
SET ROLE objectset_reader;
SELECT conditions_of($$SELECT count(*) FROM person p JOIN call c ON c.person = p.id WHERE p.id <@ set_of('few')$$);
SELECT count(*), max(c.day) FROM person p JOIN call c ON c.person = p.id WHERE p.id <@ set_of('few') AND c.person < 700 AND tell(c.day);
RESET ROLE;

DROP TABLE person, call, note, part, ps;
DROP FUNCTION set_of, any_set, conditions_of, rows_of, differs, tell;
DROP DOMAIN key_of;
DROP ROLE objectset_reader;
