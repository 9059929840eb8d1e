-- s.members: the planner computes it of three columns, wherever the row comes from, and whoever asks needs no others.
CREATE TABLE c (id bigint PRIMARY KEY, v int);
INSERT INTO c SELECT i, i % 97 FROM generate_series(1, 1000) i;
SELECT objectset_create_table('cs', 'c');
INSERT INTO cs (name, base, added, removed) VALUES ('a', '{1..100}', '{900}', '{5}'), ('b', '{1..500}', '{}', '{}'), ('e', '{}', '{}', '{}');
ANALYZE c, cs;
CREATE VIEW vcs AS SELECT * FROM cs;
CREATE VIEW renamed AS SELECT name AS base, base AS first, added, removed, deleted, name FROM cs;
CREATE FUNCTION all_sets() RETURNS SETOF cs STABLE LANGUAGE sql AS 'SELECT * FROM cs';
CREATE FUNCTION ids_of(s cs) RETURNS SETOF bigint STABLE LANGUAGE sql AS 'SELECT id FROM c WHERE id <@ s.members';
CREATE FUNCTION page(s cs, n int) RETURNS SETOF bigint STABLE LANGUAGE sql AS 'SELECT id FROM c WHERE id <@ s.members ORDER BY v, id LIMIT n';
CREATE FUNCTION size_of(s cs) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT cardinality(s.members)';
CREATE FUNCTION members_plan(statement text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN bool_or(line ~ 'members\(|ROW\(') THEN 'row' WHEN bool_or(line ~ 'objectset_members_of\(') THEN 'columns' ELSE 'nothing' END
  FROM plan_of(statement, 'VERBOSE, COSTS OFF') AS line WHERE line !~ '^ *Function Call' $$;

-- ---- The same everywhere, in the first statement of a session as well, whose planning loads the library
\c -
SELECT s.name, t.* FROM cs s CROSS JOIN LATERAL (SELECT id FROM c WHERE id <@ s.members ORDER BY v, id LIMIT 2) t ORDER BY 1, 2;
\c -
SELECT s.name, p FROM cs s, page(s, 2) AS p ORDER BY 1, 2;
\c -
SELECT s.name, t.count FROM vcs s LEFT JOIN LATERAL (SELECT count(*), max(v) FROM c WHERE id <@ s.members) t ON true ORDER BY 1;
\c -
SELECT count(*) FROM c JOIN (SELECT * FROM vcs) s ON c.id <@ s.members AND s.name = 'a';
\c -
SELECT s.members FROM c s LIMIT 0;
\c -
SELECT x.name, (SELECT count(*) FROM (SELECT FROM c WHERE id <@ x.members LIMIT 7) y) FROM all_sets() x ORDER BY 1;

-- And in those after it: rows are seen through by way of their columns.
LOAD 'objectset';
CREATE FUNCTION seen(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  EXECUTE 'SELECT string_agg(q::text, '' '' ORDER BY q::text) FROM (' || statement || ') q' INTO answer;
  RETURN members_plan(statement) || ': ' || answer;
END $$;
SELECT n, seen(replace(statement, '$', 'SELECT id FROM c WHERE id <@ s.members')) FROM (VALUES
  (1, 'SELECT s.name, t.n FROM cs s, LATERAL (SELECT count(*) AS n FROM ($) x) t'),
  (2, 'SELECT s.name, t.n FROM cs s LEFT JOIN LATERAL (SELECT sum(id) AS n FROM ($ ORDER BY v, id LIMIT 2) x GROUP BY ()) t ON true'),
  (3, 'SELECT s.name, count(*) FROM cs s, LATERAL ($ UNION SELECT 1) t GROUP BY 1'),
  (4, 'SELECT s.name, count(*) FROM cs s, LATERAL ($ UNION ALL SELECT 1) t GROUP BY 1'),
  (5, 'SELECT s.name, count(*) FROM cs s, LATERAL ($ GROUP BY id) t GROUP BY 1'),
  (6, 'SELECT s.name, count(*) FROM cs s, LATERAL ($ OFFSET 0) t GROUP BY 1'),
  (7, 'SELECT s.name, count(*) FROM vcs s, LATERAL ($ OFFSET 0) t GROUP BY 1'),
  (8, 'SELECT s.name, count(*) FROM (SELECT * FROM vcs) s, LATERAL ($ OFFSET 0) t GROUP BY 1'),
  (9, 'SELECT s.name, count(*) FROM (SELECT * FROM cs OFFSET 0) s JOIN c ON c.id <@ s.members GROUP BY 1'),
  (10, 'WITH s AS MATERIALIZED (SELECT * FROM cs) SELECT s.name, count(*) FROM s JOIN c ON c.id <@ s.members GROUP BY 1'),
  (11, 'WITH s AS (SELECT name, added, removed, deleted, base FROM vcs) SELECT s.name, count(*) FROM s JOIN c ON c.id <@ s.members GROUP BY 1'),
  (12, 'SELECT s.name, count(*) FROM all_sets() s JOIN c ON c.id <@ s.members GROUP BY 1'),
  (13, 'SELECT s.name, count(*) FROM ROWS FROM (all_sets(), generate_series(1, 3)) WITH ORDINALITY s JOIN c ON c.id <@ s.members GROUP BY 1'),
  (14, 'SELECT j.name, count(*) FROM (cs JOIN (VALUES (''a'')) v(n) ON n = name) AS j JOIN c ON c.id <@ j.members GROUP BY 1'),
  (15, 'SELECT s.name, count(*) FROM (SELECT * FROM cs UNION ALL SELECT * FROM vcs) s JOIN c ON c.id <@ s.members GROUP BY 1'),
  (16, 'SELECT s.name, count(c.id) FROM c RIGHT JOIN (SELECT * FROM vcs) s ON c.id <@ s.members GROUP BY 1'),
  (17, 'SELECT s.name, (SELECT count(*) FROM ($ LIMIT 9) x) FROM cs s'),
  (18, 'SELECT s.name, (SELECT (SELECT count(*) FROM ($ LIMIT 9) x)) FROM vcs s'),
  (19, 'SELECT s.name FROM cs s WHERE EXISTS ($ AND v = 3) GROUP BY s.id HAVING cardinality(s.members) > 100'),
  (20, 'SELECT s.name, cardinality(s.members), rank() OVER (ORDER BY s.members) FROM cs s ORDER BY s.members'),
  (21, 'SELECT DISTINCT ON (s.members) s.name, cardinality(s.members - ''{1..400}'') FROM cs s ORDER BY s.members'),
  (22, 'SELECT s.name, count(p) FROM cs s, ids_of(s) AS p GROUP BY 1'),
  (23, 'SELECT s.name, size_of(s) FROM cs s'),
  (24, 'SELECT v.base, cardinality((SELECT s.members FROM (SELECT first AS base, added, removed, deleted FROM renamed r WHERE r.name = v.base) s)) FROM renamed v'),
  (25, 'SELECT cardinality(x.members) FROM cs s LEFT JOIN (SELECT * FROM cs WHERE name = ''b'') x ON s.name = x.name'),
  (26, 'SELECT s.name, cardinality(members(s)), cardinality((s).members) FROM cs AS s(a, name)'),
  (27, 'SELECT cardinality(members(ROW(s.*)::cs)) FROM cs s'),
  (28, 'SELECT n, (SELECT count(*) FROM cs s CROSS JOIN LATERAL (SELECT FROM (SELECT FROM c WHERE id <@ s.members AND c.id % n = 0 LIMIT 9) y OFFSET 0) x) FROM generate_series(1, 2) n')
) AS t(n, statement) ORDER BY n;

-- What the row itself is grouped by has nothing but the row, and no row where other groups are.
SELECT s.name, cardinality(s.members) FROM cs s GROUP BY GROUPING SETS ((s, s.name), ()) ORDER BY 1;
SELECT s.name, cardinality(s.members), (SELECT count(*) FROM c WHERE id <@ s.members) FROM cs s GROUP BY ROLLUP (s.name, s) ORDER BY 1, 2;
SELECT cardinality(s.members), count(*) FROM cs s GROUP BY s ORDER BY 1;
SELECT grouping(s.members), cardinality(s.members), count(*) FROM cs s GROUP BY ROLLUP (s.members) ORDER BY 1, 2;

-- Where rows are written
CREATE TABLE kept (name text PRIMARY KEY, base objectset DEFAULT '{}', added objectset DEFAULT '{}', removed objectset DEFAULT '{}', deleted objectset DEFAULT '{}', n bigint);
INSERT INTO kept (name, base) SELECT name, base FROM cs RETURNING name, cardinality(kept.members);
INSERT INTO kept AS k (name, base, added) VALUES ('a', '{7}', '{8}'), ('b', '{7}', '{9}')
  ON CONFLICT (name) DO UPDATE SET n = cardinality(excluded.members) * 1000 + cardinality(k.members) WHERE excluded.members @> 9 RETURNING name, n;
UPDATE kept k SET n = cardinality(s.members), base = s.members FROM vcs s WHERE s.name = k.name RETURNING k.name, k.n, cardinality(k.members), cardinality(s.members);
DELETE FROM kept k USING cs s WHERE k.members = s.members AND s.name = 'a' RETURNING k.name, cardinality(k.members);
WITH gone AS (DELETE FROM kept RETURNING *) SELECT g.name, cardinality(g.members) FROM gone g;
DO $$ BEGIN  -- PostgreSQL 15 has MERGE
  IF current_setting('server_version_num')::int < 150000 THEN RETURN; END IF;
  INSERT INTO kept VALUES ('a'), ('b');
  EXECUTE 'MERGE INTO kept k USING vcs s ON s.name = k.name AND s.members @> 1 AND NOT k.members @> 1
    WHEN MATCHED AND cardinality(s.members) < 200 THEN DELETE WHEN MATCHED THEN UPDATE SET n = cardinality(s.members) + cardinality(k.members)
    WHEN NOT MATCHED THEN INSERT (name, base) VALUES (s.name, s.members)';
  IF (SELECT string_agg(name || coalesce(n, 0) || base::text, ' ' ORDER BY name) FROM kept) <> 'b500{} e0{}' THEN RAISE 'wrong'; END IF;
  DELETE FROM kept;
END $$;
CREATE RULE copies AS ON INSERT TO kept DO ALSO UPDATE kept SET n = cardinality(new.members) WHERE name = new.name;
INSERT INTO kept (name, base, added) VALUES ('rule', '{1,2}', '{3}');
SELECT name, n FROM kept;
DROP RULE copies ON kept;
ALTER TABLE kept ADD CHECK (NOT kept.members @> 13);
SELECT split_part(error_of($$INSERT INTO kept VALUES ('z', '{12}', '{13}')$$), ' [', 1), error_of($$INSERT INTO kept VALUES ('z', '{12}', '{13}', '{13}')$$);

-- Whoever has been prepared keeps up with the table.
PREPARE of_a AS SELECT count(*) FROM c JOIN kept s ON c.id <@ s.members WHERE s.name = 'z';
SET plan_cache_mode = force_generic_plan;
EXECUTE of_a;
ALTER TABLE kept ADD COLUMN before int, DROP COLUMN added CASCADE;
SELECT split_part(error_of('EXECUTE of_a'), ' [', 1);
ALTER TABLE kept ADD COLUMN added objectset NOT NULL DEFAULT '{14}';
EXECUTE of_a;
DEALLOCATE of_a;
RESET plan_cache_mode;

-- ---- Rows that have no members are told of before any is read.
SELECT error_of(statement) FROM unnest(ARRAY[
  'SELECT x.members FROM c x WHERE false', 'SELECT x.members FROM (SELECT id FROM c WHERE false) x', 'SELECT members(x) FROM renamed x WHERE false',
  'SELECT 1 FROM c x WHERE false AND x.members @> 1', 'SELECT (SELECT count(*) FROM c y WHERE y.id <@ x.members) FROM c x LIMIT 0',
  'SELECT members(ROW(1, 2)) FROM c LIMIT 0', 'WITH x AS (SELECT base, added FROM cs) SELECT x.members FROM x LIMIT 0',
  'SELECT s.members FROM cs s LIMIT 0']) AS statement;

-- ---- Rights: what is read is the columns, and what else the query names; never less.
CREATE ROLE objectset_reader;
GRANT SELECT (name, base, added, removed, deleted), UPDATE (name, last_error) ON cs TO objectset_reader;
GRANT SELECT (name, base, added) ON kept TO objectset_reader;
GRANT SELECT (name, base, added, removed, deleted) ON vcs TO objectset_reader;
GRANT SELECT ON c TO objectset_reader;
CREATE VIEW granted WITH (security_barrier) AS SELECT s.name, s.members FROM cs s WHERE s.members @> 1;
ALTER VIEW granted OWNER TO objectset_reader;
SET ROLE objectset_reader;
SELECT error_of(statement), statement FROM unnest(ARRAY[
  'SELECT s.name, s.members FROM cs s', 'SELECT count(*) FROM c JOIN cs s ON c.id <@ s.members', 'SELECT s.members FROM vcs s',
  'SELECT count(*) FROM cs s, LATERAL (SELECT FROM c WHERE id <@ s.members LIMIT 3) x', 'SELECT s.members FROM (SELECT name, base, added, removed, deleted FROM cs) s',
  'SELECT (SELECT count(*) FROM c WHERE id <@ s.members) FROM cs s WHERE s.members @> 1 ORDER BY s.members', 'UPDATE cs s SET last_error = NULL WHERE s.members @> 1 RETURNING s.members',
  'SELECT * FROM granted',
  'SELECT s.members, s FROM cs s', 'SELECT s.members FROM cs s WHERE s IS NOT NULL', 'SELECT s.members, s.query FROM cs s', 'SELECT s.members FROM cs s ORDER BY s.id',
  'SELECT s.members, (SELECT s) FROM cs s', 'SELECT s.members, x.* FROM cs s, LATERAL (SELECT s OFFSET 0) x', 'SELECT s.members FROM kept s', 'SELECT s.members FROM cs s GROUP BY s',
  'SELECT s.members, size_of(s) FROM cs s', 'SELECT s.members, s FROM vcs s', 'SELECT s.members, s.query FROM vcs s', 'SELECT s.members FROM (SELECT * FROM cs) s',
  'UPDATE cs s SET last_error = NULL WHERE s.members @> 1 RETURNING s', 'SELECT s.members FROM cs s WHERE members(s) = s.members AND to_jsonb(s) IS NOT NULL']) AS statement;
\c -
SET ROLE objectset_reader;
SELECT cardinality(s.members) FROM cs s WHERE name = 'a';
RESET ROLE;
\c -
SET ROLE objectset_reader;
SELECT s.members, s.created FROM cs s;
SELECT s.members, s FROM cs s;
RESET ROLE;
\c -
SET ROLE objectset_reader;
SELECT s.members, x.* FROM cs s, LATERAL (SELECT s FROM c LIMIT 1) x;
RESET ROLE;
-- In the body of a function that becomes part of the query
CREATE FUNCTION pairs() RETURNS TABLE (name text, members objectset) STABLE LANGUAGE sql AS 'SELECT s.name, s.members FROM cs s';
CREATE FUNCTION whole() RETURNS TABLE (s cs, members objectset) STABLE LANGUAGE sql AS 'SELECT s, s.members FROM cs s';
SET ROLE objectset_reader;
SELECT count(*) FROM pairs() p, c WHERE c.id <@ p.members;
SELECT error_of('SELECT s FROM whole()'), error_of('SELECT s, members FROM whole()'), error_of('SELECT members FROM whole() WHERE s IS NOT NULL');
RESET ROLE;
-- Policies read what they like.
ALTER TABLE cs ENABLE ROW LEVEL SECURITY;
CREATE POLICY small ON cs USING (cardinality(cs.members) < 300);
REVOKE SELECT (removed) ON cs FROM objectset_reader;
SET ROLE objectset_reader;
SELECT name FROM cs ORDER BY 1;
SELECT error_of('SELECT s.members FROM cs s');
RESET ROLE;
SET client_min_messages = warning;
DROP TABLE kept, c, cs CASCADE;
DROP FUNCTION members_plan, seen, pairs;
DROP ROLE objectset_reader;
