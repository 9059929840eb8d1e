-- Any of several conditions on different columns: each by its own index, no row twice.
CREATE TABLE visit (id int PRIMARY KEY, patient bigint, ref int, day date NOT NULL, note text);
INSERT INTO visit SELECT i, CASE WHEN i % 7 > 0 THEN (i * 7919::bigint) % 5003 END, i % 1000, '2020-01-01'::date + i % 365, 'note ' || i % 10 FROM generate_series(1, 20000) i;
CREATE INDEX ON visit (patient);
CREATE INDEX ON visit (ref, id);
CREATE INDEX ON visit (day);
CREATE TABLE part (id int, patient bigint, ref int, day date, note text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10000);
CREATE TABLE part_2 (note text, gone int, id int, day date, ref int, patient bigint);
ALTER TABLE part_2 DROP COLUMN gone;
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (10000) TO (30000);
INSERT INTO part (id, patient, ref, day, note) SELECT id, patient, ref, day, note FROM visit;
CREATE INDEX ON part (patient);
CREATE INDEX ON part (ref);
CREATE INDEX ON part (id);
CREATE TABLE ps (name text PRIMARY KEY, members objectset);
INSERT INTO ps VALUES ('few', '{1..3,17,400,401,5000}'), ('other', '{2,17,300,9999}'), ('empty', '{}'), ('null', NULL),
  ('large', (SELECT objectset_agg(i) FROM generate_series(1, 20000) i WHERE i % 3 > 0));
VACUUM ANALYZE visit, part, ps;
-- What reads tables, and whether the same rows come without scans by a set
CREATE FUNCTION scans_of(statement text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(regexp_replace(trim(line), '^-> *|Custom Scan ', '', 'g'), '; ') FROM plan_of(statement) AS line WHERE line ~ 'Scan' AND line !~ 'on ps( |$)' $$;
CREATE FUNCTION same_rows(condition text, "table" text DEFAULT 'visit') RETURNS TABLE (rows bigint, same boolean) LANGUAGE plpgsql AS $$
DECLARE query text := format('SELECT count(*)::text || sum(hashtext((x.id, x.patient, x.ref, x.day, x.note)::text)::bigint) FROM %I x WHERE %s', "table", condition); a text; b text;
BEGIN
  EXECUTE query INTO a;
  EXECUTE format('SELECT count(*) FROM %I x WHERE %s', "table", condition) INTO rows;
  SET LOCAL objectset.enable_scan = off;
  EXECUTE query INTO b;
  SET LOCAL objectset.enable_scan = on;
  same := a IS NOT DISTINCT FROM b;
  RETURN NEXT;
END $$;

SELECT condition, scans_of('SELECT count(note) FROM visit WHERE ' || condition) AS scans, same.* FROM (SELECT replace(replace(replace(c, '$few', '(SELECT members FROM ps WHERE name = ''few'')'), '$other', '(SELECT members FROM ps WHERE name = ''other'')'), '$large', '(SELECT members FROM ps WHERE name = ''large'')') AS condition, n FROM (VALUES
  (1, 'patient <@ $few OR id <@ $other'),
  (2, 'patient <@ $few OR day = ''2020-03-01'''),
  (3, '(patient <@ $few OR id <@ $other) AND ref < 500'),
  (4, 'patient <@ $few OR (id <@ $other AND note = ''note 7'') OR ref IN (5, 7, 9)'),
  (5, 'patient <@ $few OR (day BETWEEN ''2020-03-01'' AND ''2020-03-02'' AND ref > 3) OR id = 5'),
  (6, 'patient <@ ''{3..9,100..2000}'' OR ref <@ $few'),
  -- No index, or more than is worth it
  (7, 'patient <@ $few OR note = ''note 7'''),
  (8, 'patient <@ $large OR id <@ $other'),
  (9, 'NOT patient <@ $few OR id <@ $other'),
  (10, 'patient <@ $few OR random() < 0'),
  (11, 'patient <@ $few OR EXISTS (SELECT FROM ps WHERE cardinality(members) = x.id)')) AS v(n, c)) AS v, LATERAL same_rows(condition) AS same
WHERE n NOT IN (11) ORDER BY n;
-- A subquery of the row; NULL; partitions, whose columns stand in another order
SELECT same.* FROM same_rows('patient <@ (SELECT members FROM ps WHERE name = ''few'') OR EXISTS (SELECT FROM ps WHERE cardinality(members) = x.id)') AS same;
SELECT same.* FROM same_rows('patient <@ (SELECT members FROM ps WHERE name = ''null'') OR id <@ (SELECT members FROM ps WHERE name = ''few'')') AS same;
SELECT same.* FROM same_rows('patient <@ (SELECT members FROM ps WHERE name = ''empty'') OR id <@ (SELECT members FROM ps WHERE name = ''null'')') AS same;
SELECT scans_of('SELECT count(note) FROM part WHERE patient <@ (SELECT members FROM ps WHERE name = ''few'') OR ref = 7') AS scans;
SELECT same.* FROM same_rows('patient <@ (SELECT members FROM ps WHERE name = ''few'') OR ref = 7', 'part') AS same;

-- What another condition asks of each row; sets that are known, and arrays to the server
SELECT same.* FROM same_rows('(patient <@ (SELECT members FROM ps WHERE name = ''few'') OR ref = 7) AND (id % 2 = 0 OR EXISTS (SELECT FROM ps WHERE cardinality(members) = x.ref))') AS same;
SELECT scans_of('SELECT count(note) FROM visit WHERE patient <@ ''{1,2,5000}'' OR id <@ (SELECT members FROM ps WHERE name = ''few'')') AS scans, same.* FROM same_rows('patient <@ ''{1,2,5000}'' OR id <@ (SELECT members FROM ps WHERE name = ''few'')') AS same;
-- A bitmap that does not fit says of pages only that there is something.
CREATE TABLE spread (id int, patient bigint, ref int, day date, note text) WITH (fillfactor = 10);  -- some 1,500 pages
INSERT INTO spread SELECT id, patient, id * 387 % 1000, day, note FROM visit;
CREATE INDEX ON spread (patient);
CREATE INDEX ON spread (ref);
VACUUM ANALYZE spread;
SET work_mem = '64kB';
SET enable_seqscan = off;
SELECT regexp_replace(line, ' .actual.*', '') AS line FROM plan_of('SELECT count(note) FROM spread WHERE patient <@ (SELECT members FROM ps WHERE name = ''few'') OR ref < 200', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line WHERE line ~ 'Strategy|Union|Bitmap';
SELECT same.* FROM same_rows('patient <@ (SELECT members FROM ps WHERE name = ''few'') OR ref < 200', 'spread') AS same;
RESET ALL;
DROP TABLE spread;

-- In an execution with another set than it was planned for: where there are too many rows for memory the table is read.
SET work_mem = '64kB';
PREPARE any_of(text) AS SELECT count(note), sum(id) FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = $1) OR day = '2020-03-01';
SET plan_cache_mode = force_generic_plan;
UPDATE ps SET members = '{5}';
ANALYZE ps;
SELECT scans_of('EXECUTE any_of(''few'')');
SELECT regexp_replace(line, ' .actual.*', '') AS line FROM plan_of('EXECUTE any_of(''few'')', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line WHERE line ~ 'Strategy|Union';
UPDATE ps SET members = (SELECT objectset_agg(i) FROM generate_series(1, 20000) i WHERE i % 3 > 0) WHERE name = 'large';
SELECT regexp_replace(line, ' .actual.*', '') AS line FROM plan_of('EXECUTE any_of(''large'')', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line WHERE line ~ 'Strategy: table|Union';
EXECUTE any_of('large');
SET objectset.enable_scan = off;
SELECT count(note), sum(id) FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = 'large') OR day = '2020-03-01';
RESET ALL;
UPDATE ps SET members = '{1..3,17,400,401,5000}' WHERE name = 'few';

-- Again for each row; rows that are changed; a cursor that stands on one; versions of a row in one page
SET enable_seqscan = off;
SELECT d, (SELECT count(note) FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = 'few') OR day = d::date) FROM generate_series('2020-01-01'::timestamp, '2020-01-03', '1 day') d;
BEGIN;
UPDATE visit SET note = 'changed' WHERE patient <@ (SELECT members FROM ps WHERE name = 'few') OR id <@ '{2,4,6..90}';
UPDATE visit SET id = -id WHERE patient <@ (SELECT members FROM ps WHERE name = 'few') OR id <@ '{2,4,6..90}';
SELECT count(*), count(DISTINCT ctid), sum(id) FROM visit WHERE note = 'changed';
SELECT count(note), sum(id) FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = 'few') OR id <@ '{-2,-4,8}';
DECLARE place CURSOR FOR SELECT id FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = 'few') OR id <@ '{-2,-4,8}' FOR UPDATE;
FETCH 2 FROM place;
DELETE FROM visit WHERE CURRENT OF place RETURNING id;
ROLLBACK;
RESET ALL;

-- What is asked once, before any row: of a table, of partitions
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE gated(int, objectset) AS SELECT count(note), sum(id) FROM visit WHERE $1 > 0 AND (patient <@ $2 OR ref = 4);
EXPLAIN (COSTS OFF) EXECUTE gated(1, '{1,2,3}');
EXECUTE gated(1, '{1,2,3}');
EXECUTE gated(0, '{1,2,3}');
SELECT count(note), sum(id) FROM visit WHERE patient IN (1, 2, 3) OR ref = 4;
PREPARE gated_part(int, objectset) AS SELECT count(note), sum(id) FROM part WHERE $1 > 0 AND (patient <@ $2 OR day = '2020-03-01');
EXECUTE gated_part(1, '{1,2,3}');
EXECUTE gated_part(0, '{1,2,3}');
SELECT count(note), sum(id) FROM part WHERE patient IN (1, 2, 3) OR day = '2020-03-01';
DEALLOCATE ALL;
RESET ALL;

-- What a policy hides is not asked for first.
CREATE FUNCTION leaks(id int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'saw %', id; RETURN true; END $$;
CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM visit WHERE patient <@ (SELECT members FROM ps WHERE name = 'few') OR id <@ '{2,4}';
SELECT count(*) FROM guarded WHERE ref = 4 AND leaks(id);
DROP VIEW guarded;
DROP TABLE visit, part, ps;
DROP FUNCTION scans_of, same_rows, leaks;
