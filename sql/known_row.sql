-- A set in a row that a unique key picks out is known while planning: by the row itself, not by the statistics of its column.
CREATE TABLE patient (id bigint PRIMARY KEY, v integer NOT NULL);
INSERT INTO patient SELECT i, i % 100 FROM generate_series(1, 20000) i;
CREATE TABLE segment (name text PRIMARY KEY, owner text NOT NULL DEFAULT 'nobody', part integer NOT NULL DEFAULT 1, members objectset, UNIQUE (owner, part, name));
INSERT INTO segment (name, members) SELECT 'mixed ' || i, objectset_range(1, i * 400 + 1) FROM generate_series(1, 50) i;
INSERT INTO segment (name, members) VALUES ('small', '{1..10}'), ('big', objectset_range(1, 19001)), ('none', '{}'), ('unknown', NULL);
SELECT objectset_create_table('saved', 'patient');
INSERT INTO saved (name, base) SELECT name, members FROM segment WHERE members IS NOT NULL;
SELECT objectset_add('saved', 'small', 500, 501), objectset_remove('saved', 'small', 1);
VACUUM ANALYZE patient, segment, saved;

-- How many rows the topmost node is expected to give, of the expected order: within a half and twice
CREATE FUNCTION expected(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN (plan->0->'Plan'->>'Plan Rows')::bigint;
END $$;
CREATE FUNCTION compared(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE expected bigint := expected(query); found bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM (%s) q', query) INTO found;
  RETURN CASE WHEN greatest(expected, 1) BETWEEN greatest(found, 1) / 2 AND greatest(found, 1) * 2 THEN 'as expected'
              ELSE format('expected %s, found %s', expected, found) END;
END $$;

SELECT name, compared(format('SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = %L)', name)) AS subquery,
       compared(format('SELECT * FROM patient p JOIN segment s ON p.id <@ s.members WHERE s.name = %L', name)) AS joined,
       compared(format('SELECT * FROM patient p JOIN saved s ON p.id <@ s.members WHERE s.name = %L', name)) AS saved,
       compared(format('SELECT * FROM patient WHERE id <@ (SELECT s.members FROM saved s WHERE %L = name)', name)) AS "of a saved row"
FROM segment WHERE name IN ('small', 'big', 'none', 'mixed 7', 'mixed 50') ORDER BY 1;

-- By a key of several columns, of another type, in algebra, through a view, in a prepared statement
SELECT compared($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE part = 1::bigint AND name = 'small' AND owner = 'nobody')$$) AS columns,
       expected($$SELECT * FROM patient p JOIN saved s ON p.id <@ s.members WHERE s.id = (SELECT 51)$$) > 1000 AS "not known yet",
       compared($$SELECT * FROM patient WHERE id <@ ((SELECT members FROM segment WHERE name = 'big') - (SELECT members FROM segment WHERE name = 'mixed 40'))$$) AS minus,
       compared($$SELECT * FROM patient WHERE id <@ (SELECT coalesce(members, '{}') FROM segment WHERE name = 'small')$$) AS coalesce;
CREATE VIEW segments AS SELECT name AS label, members FROM segment WHERE part = 1;
SELECT compared($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segments WHERE label = 'small')$$) AS through_a_view;
PREPARE of_segment(text) AS SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = $1);
SELECT expected($$EXECUTE of_segment('small')$$) BETWEEN 5 AND 20 AS small, expected($$EXECUTE of_segment('big')$$) BETWEEN 9500 AND 20000 AS big;

-- Where no row is known: no such row, no whole key, NULL
SELECT expected($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = 'nothing')$$) > 1000 AS no_row,
       expected($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE part = 1 LIMIT 1)$$) > 1000 AS "no whole key",
       expected($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = NULL)$$) > 1000 AS no_key,
       expected($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = 'unknown')$$) AS null_set;
SELECT count(*) FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = 'unknown');

-- It is expected, and no more: the row may change between planning and execution, and in one transaction.
PREPARE kept AS SELECT count(*) FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = 'small');
SET plan_cache_mode = force_generic_plan;
EXECUTE kept;
UPDATE segment SET members = '{19990..20010}' WHERE name = 'small';
EXECUTE kept;
RESET plan_cache_mode;
BEGIN;
UPDATE segment SET members = (SELECT members FROM segment WHERE name = 'big') WHERE name = 'small';
SELECT compared($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = 'small')$$);
ROLLBACK;
DO $$
BEGIN
  INSERT INTO segment (name, members) VALUES ('just now', '{1..15}');
  ASSERT compared('SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = ''just now'')') = 'as expected';
END $$;

-- Nobody learns of rows or columns that are not theirs to read.
CREATE ROLE regress_objectset_reader;
GRANT SELECT ON patient TO regress_objectset_reader;
GRANT SELECT (name, members) ON segment TO regress_objectset_reader;
SET ROLE regress_objectset_reader;
SELECT compared($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = 'big')$$) AS of_columns;
RESET ROLE;
ALTER TABLE segment ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON segment USING (owner = current_user OR name LIKE 'm%');
CREATE VIEW of_mine AS SELECT * FROM segment WHERE owner = current_user;
GRANT SELECT ON of_mine TO regress_objectset_reader;
CREATE FUNCTION is_hidden(query text) RETURNS boolean LANGUAGE sql AS $$
  SELECT expected(format(query, 'big')) = expected(format(query, 'none'))
$$;
SET ROLE regress_objectset_reader;
SELECT is_hidden($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = '%s')$$) AS by_a_policy,
       is_hidden($$SELECT * FROM patient WHERE id <@ (SELECT members FROM of_mine WHERE name = '%s')$$) AS by_a_view,
       is_hidden($$SELECT * FROM patient p JOIN of_mine s ON p.id <@ s.members WHERE s.name = '%s'$$) AS joined;
RESET ROLE;
SELECT is_hidden($$SELECT * FROM patient WHERE id <@ (SELECT members FROM segment WHERE name = '%s')$$) AS from_the_owner;
-- A key is unique in each table alone, and in its own collation and type.
CREATE TABLE parent (name text PRIMARY KEY, members objectset);
CREATE TABLE child (PRIMARY KEY (name)) INHERITS (parent);
INSERT INTO parent VALUES ('a', '{1}');
INSERT INTO child VALUES ('a', objectset_range(1, 15001));
ANALYZE parent, child;
SELECT count(*) FROM patient WHERE EXISTS (SELECT FROM parent s WHERE patient.id <@ s.members AND name = 'a');
SELECT compared($$SELECT * FROM patient p JOIN child s ON p.id <@ s.members WHERE s.name = 'a'$$) AS child,
       compared($$SELECT * FROM patient p JOIN ONLY parent s ON p.id <@ s.members WHERE s.name = 'a'$$) IS NOT NULL AS parent;
CREATE TABLE partial (name text, members objectset);
CREATE UNIQUE INDEX ON partial (name) WHERE name < 'm';
INSERT INTO partial VALUES ('x', '{1}'), ('x', '{2,3}');
SELECT count(*) FROM patient p JOIN partial s ON p.id <@ s.members WHERE s.name = 'x';

DROP VIEW segments, of_mine;
DROP TABLE partial, child, parent, saved, segment, patient;
DROP FUNCTION is_hidden, compared, expected;
DROP ROLE regress_objectset_reader;
