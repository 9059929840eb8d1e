-- Subscripts by rank: set[n] is an id, set[a:b] a set; from 1, as arrays count.

CREATE TEMP TABLE kind (name text PRIMARY KEY, s objectset);
INSERT INTO kind VALUES
  ('empty', '{}'), ('one', '{7}'), ('bounds', '{-9223372036854775808,9223372036854775807}'),
  ('run', objectset_range(-7000, 7000)), ('edge', '{65535,65536,4294967295,4294967296,-1,0,-4294967296,-4294967297}'),
  ('bitmap', (SELECT objectset(array_agg(i * 2 + i % 2)) FROM generate_series(1, 20000) i)),
  ('sparse', (SELECT objectset(array_agg(i * 6000000007)) FROM generate_series(-600, 600) i)),
  ('mixed', (SELECT objectset(array_agg(i * 3)) | objectset_range(4294900000, 4295100000) | '{5,-99999999999,99999999999}'
             FROM generate_series(1, 2000) i));

SELECT s[1], s[2], s[3], s[0], s[-1], s[4], s[NULL], s[9223372036854775807], s[-9223372036854775808] FROM (VALUES ('{30,-10,20}'::objectset)) t(s);
SELECT s[1:2], s[2:], s[:2], s[:], s[0:1], s[-5:9], s[3:2], s[4:], s[:0] FROM (VALUES ('{30,-10,20}'::objectset)) t(s);
SELECT s[NULL:2] IS NULL, s[1:NULL] IS NULL, s[NULL::int:] IS NULL FROM (VALUES ('{30,-10,20}'::objectset)) t(s);
SELECT s[1] IS NULL, s[1:2] IS NULL, s[:] IS NULL FROM (VALUES (NULL::objectset)) t(s);
SELECT s[-9223372036854775808:9223372036854775807] = s, s[9223372036854775807:], s[:-9223372036854775808] FROM (VALUES ('{1,2}'::objectset)) t(s);
SELECT pg_typeof(s[1]), pg_typeof(s[1:2]), pg_typeof(s[:]) FROM (VALUES ('{1,2}'::objectset)) t(s);
-- Subscripts of any type that an assignment to bigint takes
SELECT s[1::smallint], s[2::numeric], s['3'], s[length('ab')], (s[2:])[1], s[s[1]] FROM (VALUES ('{2,4,6}'::objectset)) t(s);

-- As arrays have it
SELECT name, count(*) AS positions,
       count(*) FILTER (WHERE s[n] IS DISTINCT FROM (s::bigint[])[n]) AS wrong_ids,
       count(*) FILTER (WHERE s[n:n + 500]::bigint[] <> (s::bigint[])[n:n + 500] OR s[:n]::bigint[] <> (s::bigint[])[:n]
                          OR s[n:]::bigint[] <> (s::bigint[])[n:]) AS wrong_sets,
       bool_and(objectset_is_valid(s[n:n + 500])) AS canonical
FROM kind, unnest(ARRAY[-1, 0, 1, 2, 3, 8, 9, 600, 1201, 1202, 2000, 2002, 2003, 7001, 14000, 67300, 202003, 202004, 202005]) n
GROUP BY name ORDER BY name;
SELECT bool_and(s[objectset_rank(s, id)] = id) FROM kind, LATERAL unnest(s[:3000]) AS id;

-- Results of set algebra, variables, domains, columns of records
SELECT (a.s & b.s)[2], (a.s | b.s)[14001], (a.s - b.s)[:3] FROM kind a, kind b WHERE a.name = 'run' AND b.name = 'bitmap';
CREATE FUNCTION pg_temp.middle(s objectset) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  grown objectset := s | 1000000;
BEGIN
  grown := grown | 1000001;
  RETURN grown[cardinality(grown) / 2 + 1];
END $$;
SELECT name, pg_temp.middle(s) FROM kind ORDER BY name;
CREATE DOMAIN small_set AS objectset CHECK (cardinality(VALUE) < 10);
SELECT s[1], s[1:1] FROM (VALUES ('{4,5}'::small_set)) t(s);
SELECT (k).s[1], ((k).s[2:])[1] FROM kind k WHERE name = 'edge';
SELECT name FROM kind WHERE s[1] = 7;
SELECT name FROM kind ORDER BY s[1] NULLS FIRST, name;
CREATE INDEX ON kind ((s[1]));
CREATE TEMP VIEW firsts AS SELECT name, s[1] AS first, s[2:3] AS next FROM kind;
SELECT pg_get_viewdef('firsts') ~ 's\[1\] AS first' AND pg_get_viewdef('firsts') ~ 's\[2:3\] AS next' AS restored;
SELECT * FROM firsts WHERE name IN ('edge', 'one', 'empty') ORDER BY name;

-- What cannot be
SELECT error_of($$SELECT s[1][2] FROM kind$$);
SELECT error_of($$SELECT s[1:2][1] FROM kind$$);
SELECT error_of($$SELECT s['x'] FROM kind$$);
SELECT error_of($$SELECT s[now()] FROM kind$$);
SELECT error_of($$SELECT s[1:now()] FROM kind$$);
SELECT error_of($$UPDATE kind SET s[1] = 5$$);
SELECT error_of($$UPDATE kind SET s[1:2] = '{5}'$$);
SELECT error_of($$INSERT INTO kind (name, s[1]) VALUES ('x', 5)$$);
SELECT error_of($$DO 'DECLARE s objectset; BEGIN s[1] := 5; END'$$);
UPDATE kind SET s[1] = 5;
SELECT s[1][2] FROM kind;
DROP VIEW firsts;
DROP DOMAIN small_set;
