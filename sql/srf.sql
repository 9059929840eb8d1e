-- Sets as rows: unnest() and objectset_elements().

CREATE TEMP TABLE kind (name text PRIMARY KEY, s objectset);
INSERT INTO kind VALUES
  ('empty', '{}'), ('one', '{7}'), ('bounds', '{-9223372036854775808,9223372036854775807}'),
  ('run', objectset_range(-35000, 35000)), ('edge', '{65535,65536,4294967295,4294967296,-1,0,-4294967296,-4294967297}'),
  ('array', (SELECT objectset(array_agg(i * 17)) FROM generate_series(1, 3000) i)),
  ('bitmap', (SELECT objectset(array_agg(i * 2)) FROM generate_series(1, 30000) i)),
  ('sparse', (SELECT objectset(array_agg(i * 6000000007)) FROM generate_series(-1500, 1500) i)),
  ('mixed', (SELECT objectset(array_agg(i * 3)) | objectset_range(4294960000, 4294985000) | '{5,-99999999999,99999999999}'
             FROM generate_series(1, 20000) i)),
  ('none', NULL);

-- ---- unnest
SELECT * FROM unnest('{5,1,-3..2}'::objectset);
SELECT * FROM unnest('{}'::objectset);
SELECT * FROM unnest(NULL::objectset);
-- The ids of the array, in its order; a set of any kind
SELECT name, count(id) AS ids,
       array_agg(id ORDER BY n) FILTER (WHERE id IS NOT NULL) IS NOT DISTINCT FROM nullif(s::bigint[], '{}') AS same
FROM kind LEFT JOIN LATERAL unnest(s) WITH ORDINALITY AS u(id, n) ON true
GROUP BY name, s ORDER BY name;
-- In the list of results, beside another, twice
SELECT name, unnest(s) FROM kind WHERE name IN ('one', 'bounds', 'empty', 'none') ORDER BY 1, 2;
SELECT unnest('{1,2,3}'::objectset), unnest('{7,8}'::objectset);
SELECT * FROM ROWS FROM (unnest('{1,2,3}'::objectset), unnest('{7,8}'::objectset)) AS t(a, b);
-- Of results of set algebra, aggregates, subqueries
SELECT count(*), sum(id) FROM kind a, kind b, LATERAL unnest(a.s - b.s) AS id WHERE a.name = 'run' AND b.name = 'bitmap';
SELECT count(*), sum(id) FROM unnest((SELECT s | '{-5}' FROM kind WHERE name = 'mixed')) AS id;
-- Scanned again and again; left early
SELECT i, (SELECT sum(id) FROM unnest('{1,2,3}'::objectset) AS id WHERE id <= i) FROM generate_series(1, 3) i;
SELECT count(*) FROM generate_series(1, 2000) i, LATERAL (SELECT unnest(s) FROM kind WHERE name = 'bitmap' AND i > 0 LIMIT 3) u;
-- From FROM, backwards too, and beyond the memory for it
SET work_mem = '64kB';
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM unnest(objectset_range(1, 100001) - '{50000}') AS id;
FETCH ABSOLUTE 50000 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
ROLLBACK;
SELECT sum(id), count(*) FROM unnest(objectset_range(1, 100001)) WITH ORDINALITY AS u(id, n) WHERE id = n;
RESET work_mem;
-- A cursor over rows, while what they came from changes
BEGIN;
DECLARE c CURSOR FOR SELECT unnest(s) FROM kind WHERE name = 'bitmap';
FETCH 2 FROM c;
UPDATE kind SET s = '{}' WHERE name = 'bitmap';
FETCH 2 FROM c;
MOVE 5000 IN c;
FETCH 1 FROM c;
ROLLBACK;
CREATE FUNCTION pg_temp.changed_under_way() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  s objectset := objectset_range(0, 3000) - '{5}'; id bigint; seen int := 0;
BEGIN
  s := s | 70000;
  FOR id IN SELECT unnest(s) LOOP
    s := s - id;
    seen := seen + 1;
  END LOOP;
  RETURN seen || ' seen, ' || cardinality(s) || ' left';
END $$;
SELECT pg_temp.changed_under_way();

-- ---- objectset_elements
SELECT * FROM objectset_elements('{1..10}');
SELECT array_agg(id) FROM objectset_elements('{1..10}', 4) AS id;
SELECT array_agg(id) FROM objectset_elements('{1..10}', 4, 3) AS id;
SELECT array_agg(id) FROM objectset_elements('{1..10}', max_rows => 3) AS id;
SELECT array_agg(id) FROM objectset_elements('{1..10}', 4, descending => true) AS id;
SELECT array_agg(id) FROM objectset_elements('{1..10}', max_rows => 3, descending => true) AS id;
SELECT array_agg(id) FROM objectset_elements('{1..10}', NULL, NULL, NULL) AS id;
SELECT count(*) FROM objectset_elements('{1..10}', max_rows => 0);
SELECT count(*) FROM objectset_elements(NULL, 1, 2);
SELECT error_of($$SELECT objectset_elements('{1}', max_rows => -1)$$);
-- At the ends of the numbers nothing lies beyond.
SELECT after, descending, array_agg(id)
FROM (VALUES (9223372036854775807), (9223372036854775806), (-9223372036854775808), (-9223372036854775807)) a(after),
     (VALUES (false), (true)) d(descending)
     LEFT JOIN LATERAL objectset_elements('{-9223372036854775808,0,9223372036854775807}', after, descending => descending) AS id ON true
GROUP BY 1, 2 ORDER BY 1, 2;
-- Strictly beyond `after`, whether that is an id or not, in both directions: as SQL does it
CREATE TEMP TABLE probe AS
SELECT name, s, p FROM kind, LATERAL unnest(
  ARRAY[-99999999999, -4294967297, -4294967296, -70000, -1, 0, 5, 6, 7, 65534, 65535, 65536, 80000, 4294967295, 4294967296, 4295099999, 99999999999]) p
WHERE s IS NOT NULL;
SELECT count(*) AS probes,
       count(*) FILTER (WHERE ARRAY(SELECT * FROM objectset_elements(s, p, 5))
                              <> ARRAY(SELECT u FROM unnest(s::bigint[]) u WHERE u > p ORDER BY u LIMIT 5)) AS wrong_up,
       count(*) FILTER (WHERE ARRAY(SELECT * FROM objectset_elements(s, p, 5, true))
                              <> ARRAY(SELECT u FROM unnest(s::bigint[]) u WHERE u < p ORDER BY u DESC LIMIT 5)) AS wrong_down
FROM probe;
-- All pages one after another are the set, in both directions.
CREATE FUNCTION pg_temp.paged(s objectset, page int, descending boolean) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[] := '{}'; here bigint[];
BEGIN
  LOOP
    here := ARRAY(SELECT * FROM objectset_elements(s, ids[cardinality(ids)], page, descending));
    EXIT WHEN here = '{}';
    ids := ids || here;
  END LOOP;
  RETURN ids;
END $$;
SELECT name, pg_temp.paged(s, 1025, false) = s::bigint[] AS up,
       pg_temp.paged(s, 3000, true) = ARRAY(SELECT u FROM unnest(s::bigint[]) u ORDER BY u DESC) AS down
FROM kind WHERE s IS NOT NULL ORDER BY name;
