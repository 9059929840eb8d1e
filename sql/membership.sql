-- `id <@ set` and `set @> id` with the set in every form it comes in: prepared once, never mistaken.

CREATE TABLE member_row (id bigint PRIMARY KEY, id4 int, id2 smallint);
INSERT INTO member_row SELECT i, i, i % 30000 FROM generate_series(-5000, 60000) i;
CREATE TABLE member_set (name text PRIMARY KEY, s objectset);
INSERT INTO member_set VALUES
  ('empty', '{}'), ('small', '{-7,1,2,3,59999,70000}'), ('run', objectset_range(-100, 40000)),
  ('toasted', (SELECT objectset(array_agg(i * 3 + i % 2)) FROM generate_series(-4000, 60000) i)),
  ('other', (SELECT objectset(array_agg(i * 3 + 1 - i % 2)) FROM generate_series(-4000, 60000) i)),
  ('sparse', (SELECT objectset(array_agg(i * 5000000000)) FROM generate_series(-1000, 1000) i)),
  ('none', NULL);
ANALYZE member_row;
SELECT name, pg_column_size(s) > 2000 AS stored_apart FROM member_set WHERE s IS NOT NULL ORDER BY name;

-- The truth
CREATE VIEW truth AS
SELECT name, (SELECT count(*) FROM member_row WHERE id = ANY (s::bigint[])) AS n, (SELECT sum(id) FROM member_row WHERE id = ANY (s::bigint[])) AS sum FROM member_set;
SELECT * FROM truth ORDER BY name;

-- A scalar subquery, a column of the outer row, a lateral one
SELECT t.name FROM truth t, LATERAL (SELECT count(*) AS n, sum(id) AS sum FROM member_row WHERE id <@ (SELECT s FROM member_set m WHERE m.name = t.name)) r
WHERE (r.n, r.sum) IS DISTINCT FROM (t.n, t.sum);
SELECT t.name FROM truth t LEFT JOIN (SELECT name, count(*) AS n, sum(id) AS sum FROM member_set JOIN member_row ON id <@ s GROUP BY name) r USING (name)
WHERE (coalesce(r.n, 0), r.sum) IS DISTINCT FROM (t.n, t.sum);
SET enable_material = off;  -- sets alternate from row to row
SET enable_seqscan = on;
SELECT t.name FROM truth t LEFT JOIN (SELECT name, count(*) AS n, sum(id) AS sum FROM member_row JOIN (SELECT * FROM member_set OFFSET 0) m ON s @> id4 GROUP BY name) r USING (name)
WHERE (coalesce(r.n, 0), r.sum) IS DISTINCT FROM (t.n, t.sum);
RESET enable_material;
-- Of rows in no order a set gets a table of its ids, unless that takes more than work_mem: in a filter, in a scan
CREATE TABLE member_mixed AS SELECT * FROM member_row ORDER BY hashint8(id);
ANALYZE member_mixed;
CREATE VIEW by_filter AS SELECT name, count(*) FILTER (WHERE id <@ s) AS n, sum(id) FILTER (WHERE id4 <@ s) AS sum FROM (SELECT * FROM member_mixed OFFSET 0) r, member_set GROUP BY name;
CREATE VIEW by_scan AS SELECT name, n, sum FROM member_set m, LATERAL (SELECT count(*) AS n, sum(id) AS sum FROM member_mixed WHERE id4 <@ m.s) r;
SELECT t.name FROM truth t LEFT JOIN by_filter f USING (name) LEFT JOIN by_scan s USING (name) WHERE (f.n, f.sum) IS DISTINCT FROM (t.n, t.sum) OR (s.n, s.sum) IS DISTINCT FROM (t.n, t.sum);
SET work_mem = '64kB';
SELECT t.name FROM truth t LEFT JOIN by_filter f USING (name) LEFT JOIN by_scan s USING (name) WHERE (f.n, f.sum) IS DISTINCT FROM (t.n, t.sum) OR (s.n, s.sum) IS DISTINCT FROM (t.n, t.sum);
RESET work_mem;
-- The three widths
SELECT count(*) FILTER (WHERE id <@ s) AS of8, count(*) FILTER (WHERE id4 <@ s) AS of4, count(*) FILTER (WHERE s @> id) AS has8, count(*) FILTER (WHERE s @> id4) AS has4,
       count(*) FILTER (WHERE id2 <@ s) = count(*) FILTER (WHERE s @> id2::bigint) AS of2
FROM member_row, member_set WHERE name = 'toasted';

-- A set that is stored apart is read once for a scan, not once a row.
VACUUM member_row, member_set;
SELECT blocks_of($$SELECT count(*) FROM member_row WHERE id4 <@ (SELECT s FROM member_set WHERE name = 'toasted')$$) -
       blocks_of($$SELECT count(*) FROM member_row WHERE id4 > 0$$) BETWEEN 1 AND 100 AS read_once;

-- A literal; a parameter, in custom and generic plans
SELECT count(*) FROM member_row WHERE id <@ '{-7,1,2,3,59999,70000}';
SELECT count(*) FROM member_row WHERE '{1..10,-3..0}'::objectset @> id4;
PREPARE by_set(objectset) AS SELECT count(*), sum(id) FROM member_row WHERE id <@ $1;
SET plan_cache_mode = force_custom_plan;
EXECUTE by_set('{1,2,3}'); EXECUTE by_set('{4,5}');
SET plan_cache_mode = force_generic_plan;
EXECUTE by_set('{1,2,3}'); EXECUTE by_set('{4,5}'); EXECUTE by_set(objectset_range(0, 50000));
RESET plan_cache_mode; DEALLOCATE by_set;

-- Results of set algebra, expanded or not; an aggregate; a volatile set, new for each row
SELECT count(*) FROM member_row WHERE id <@ (SELECT a.s & b.s FROM member_set a, member_set b WHERE a.name = 'toasted' AND b.name = 'run');
SELECT count(*) FROM member_row WHERE id <@ ((SELECT s FROM member_set WHERE name = 'toasted') | '{1,2,3}' - objectset_range(0, 1000));
CREATE FUNCTION pg_temp.set_around(id bigint) RETURNS objectset LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN objectset_range(id - id % 3, id + 1); END $$;
SELECT count(*) FROM member_row WHERE id <@ pg_temp.set_around(id);
SELECT count(*) FROM member_row WHERE id <@ objectset_range(id + abs(id) % 2, id + 5000);

-- A PL/pgSQL loop: one call site, a set that changes under the same variable, and under the same name in the table
CREATE FUNCTION pg_temp.walk() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  current objectset; hits int[] := '{}'; i int;
BEGIN
  FOR i IN 1..6 LOOP
    current := objectset_range(i, i * 20000);
    UPDATE member_set SET s = objectset_range(0, 100000) - current WHERE name = 'other';
    hits := hits || (20000 <@ current)::int || ((SELECT s FROM member_set WHERE name = 'other') @> 20000)::int;
    hits := hits || (SELECT count(*)::int FROM member_row WHERE id = 20000 AND id <@ (SELECT s FROM member_set WHERE name = 'other'));
  END LOOP;
  RETURN hits::text;
END $$;
SELECT pg_temp.walk();
-- Rolled back, another in its place
CREATE FUNCTION pg_temp.is_member(wanted text, id bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT s @> id FROM member_set WHERE name = wanted); END $$;
BEGIN;
SELECT pg_temp.is_member('other', 7);
SAVEPOINT a;
UPDATE member_set SET s = (SELECT objectset(array_agg(i * 2)) FROM generate_series(0, 60000) i) WHERE name = 'other';
SELECT pg_temp.is_member('other', 7), pg_temp.is_member('other', 8);
ROLLBACK TO a;
SELECT pg_temp.is_member('other', 7), pg_temp.is_member('other', 120000);
UPDATE member_set SET s = (SELECT objectset(array_agg(i * 2 + 1)) FROM generate_series(0, 60000) i) WHERE name = 'other';
SELECT pg_temp.is_member('other', 7), pg_temp.is_member('other', 8);
TRUNCATE member_set;
INSERT INTO member_set VALUES ('other', (SELECT objectset(array_agg(i * 3)) FROM generate_series(0, 60000) i));
SELECT pg_temp.is_member('other', 7), pg_temp.is_member('other', 9);
ROLLBACK;
-- A cursor that stays open over changes
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM member_row WHERE id BETWEEN 1 AND 12 AND id <@ (SELECT s FROM member_set WHERE name = 'toasted') ORDER BY id;
FETCH 2 FROM c;
UPDATE member_set SET s = '{}' WHERE name = 'toasted';
FETCH ALL FROM c;
ROLLBACK;

-- Other sets of the same size and checksum, at the same address: an id that is a word of the checksum's secret hides the
-- next one. Short sets and long ones, those that come row by row and those of outer rows.
CREATE FUNCTION pg_temp.short_twin(x bigint) RETURNS objectset LANGUAGE sql IMMUTABLE AS $$SELECT objectset(ARRAY[-4734510112055689543, x, 100, 200])$$;
CREATE FUNCTION pg_temp.long_twin(x bigint) RETURNS objectset LANGUAGE sql IMMUTABLE AS $$
  SELECT objectset(array_agg(CASE i WHEN 19 THEN (i * 256 + x) << 32 | 2110806657 WHEN 43 THEN (i * 256 + 128 - x) << 32 | 3142723645 ELSE i << 40 END))
  FROM generate_series(0::bigint, 599) i $$;
SELECT x, x <@ ARRAY[-4734510112055689543, x, 100, 200]::bigint[]::objectset AS is_in FROM generate_series(1, 3) x;
SELECT count(*) AS wrong FROM generate_series(1::bigint, 99) x WHERE NOT x <@ pg_temp.short_twin(x);
SELECT count(*) AS wrong FROM generate_series(1::bigint, 99) x WHERE NOT pg_temp.long_twin(x) @> ((19 * 256 + x) << 32 | 2110806657);
SELECT count(*) AS wrong FROM generate_series(1::bigint, 99) x, LATERAL (SELECT pg_temp.short_twin(x) AS s, pg_temp.long_twin(x) AS l OFFSET 0) o,
       LATERAL (SELECT count(*) FILTER (WHERE y <@ s) AS n, count(*) FILTER (WHERE ((19 * 256 + y) << 32 | 2110806657) <@ l) AS m
                FROM generate_series(1::bigint, 99) y) r WHERE (n, m) <> (1, 1);

-- In checks, indexes, generated columns, defaults
CREATE TABLE member_check (id int CHECK (id <@ '{1..10}'::objectset), twice boolean GENERATED ALWAYS AS (id <@ '{2,4}'::objectset) STORED);
INSERT INTO member_check VALUES (1), (2), (10);
SELECT error_of('INSERT INTO member_check VALUES (11)');
SELECT * FROM member_check;
CREATE INDEX ON member_row (id) WHERE id <@ '{1..100}'::objectset;
DROP TABLE member_check;

-- In parallel
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT bool_or(line ~ 'Parallel (Seq|Custom) Scan.* on member_row') AS parallel
FROM plan_of($$SELECT count(*) FROM member_row WHERE id4 <@ (SELECT s FROM member_set WHERE name = 'toasted')$$) line;
SELECT t.name FROM truth t, LATERAL (SELECT count(*) AS n FROM member_row WHERE id4 <@ (SELECT s FROM member_set m WHERE m.name = t.name)) r WHERE r.n <> t.n;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

DROP VIEW truth, by_filter, by_scan; DROP TABLE member_row, member_mixed, member_set;
