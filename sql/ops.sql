-- Operators, and the functions of size, order, parts and likeness.

-- ---- Algebra over every kind of set
CREATE TEMP TABLE kind (name text, s objectset);
INSERT INTO kind VALUES
  ('empty', '{}'), ('one', '{7}'), ('bounds', '{-9223372036854775808,9223372036854775807}'),
  ('run', objectset_range(-70000, 70000)), ('edge', '{65535,65536,4294967295,4294967296,-1,0,-4294967296,-4294967297}'),
  ('array', (SELECT objectset(array_agg(i * 17)) FROM generate_series(1, 3000) i)),
  ('bitmap', (SELECT objectset(array_agg(i * 2)) FROM generate_series(1, 40000) i)),
  ('sparse', (SELECT objectset(array_agg(i * 6000000007)) FROM generate_series(-300, 300) i)),
  ('mixed', (SELECT objectset(array_agg(i * 3)) | objectset_range(4294900000, 4295100000) | '{5,-99999999999}'
             FROM generate_series(1, 20000) i));
-- Each against the same done by SQL, and in canonical form.
CREATE FUNCTION pg_temp.rows_of(objectset) RETURNS SETOF bigint LANGUAGE sql AS 'SELECT unnest($1::bigint[])';
SELECT a.name, b.name AS other,
       (a.s | b.s)::bigint[] = ARRAY(SELECT pg_temp.rows_of(a.s) UNION SELECT pg_temp.rows_of(b.s) ORDER BY 1) AS union,
       (a.s & b.s)::bigint[] = ARRAY(SELECT pg_temp.rows_of(a.s) INTERSECT SELECT pg_temp.rows_of(b.s) ORDER BY 1) AS intersect,
       (a.s - b.s)::bigint[] = ARRAY(SELECT pg_temp.rows_of(a.s) EXCEPT SELECT pg_temp.rows_of(b.s) ORDER BY 1) AS minus,
       (a.s # b.s) = ((a.s | b.s) - (a.s & b.s)) AS symdiff,
       objectset_is_valid(a.s | b.s) AND objectset_is_valid(a.s & b.s) AND objectset_is_valid(a.s - b.s)
         AND objectset_is_valid(a.s # b.s) AS canonical,
       (SELECT count(*) FROM (VALUES (objectset_union_count(a.s, b.s), a.s | b.s), (objectset_intersect_count(a.s, b.s), a.s & b.s),
          (objectset_minus_count(a.s, b.s), a.s - b.s), (objectset_symdiff_count(a.s, b.s), a.s # b.s)) AS c(n, r)
        WHERE n <> cardinality(r::text::objectset)) AS wrong_counts,
       (a.s && b.s) = (cardinality((a.s & b.s)::bigint[]) > 0) AND (a.s @> b.s) = ((b.s - a.s) = '{}')
         AND (a.s <@ b.s) = ((a.s - b.s) = '{}') AS tests
FROM kind a, kind b
WHERE a.name <= b.name
ORDER BY 1, 2;

-- Precedence, as SQL has it: "-" first, then the others from left to right.
SELECT '{1,2,3}'::objectset | '{4}' - '{4}'::objectset AS minus_first,
       ('{1,2,3}'::objectset | '{4}') - '{4}'::objectset AS parenthesised,
       '{1}'::objectset | '{1,2}' & '{2}' AS left_to_right;

-- One id more, one less; of any width
SELECT '{1,2}'::objectset | 3, '{1,2}'::objectset | 2::smallint, '{1,2}'::objectset - 2, '{1,2}'::objectset - 5::bigint;
SELECT 3 | '{1,2}'::objectset, 2::smallint | '{1,2}'::objectset, -9223372036854775808 | '{1,2}'::objectset, NULL::bigint | '{1}'::objectset, 3 | NULL::objectset;
SELECT s | 65536 | -1 | 9223372036854775807 - 5::bigint AS chained FROM (VALUES ('{1,2,5}'::objectset)) t(s);
SELECT cardinality(s | 200001), cardinality(s - 100000), (s | 200001) - 200001 = s FROM (VALUES (objectset_range(0, 200001))) t(s);

-- The place of an id, from 1
SELECT objectset_position('{-5,1,3}', id) FROM unnest(ARRAY[-9223372036854775808, -6, -5, 0, 1, 3, 4, NULL]) id;
SELECT name, count(*) FILTER (WHERE objectset_position(s, id) IS DISTINCT FROM n) AS wrong, count(*) FILTER (WHERE s[objectset_position(s, id)] <> id) AS wrong_back,
       count(*) FILTER (WHERE objectset_position(s - id, id) IS NOT NULL) AS found_without
FROM kind, LATERAL (SELECT id, row_number() OVER (ORDER BY id) AS n FROM pg_temp.rows_of(s) id) r WHERE n % 97 = 1 GROUP BY name ORDER BY name;

-- NULL
SELECT NULL::objectset | '{1}', '{1}'::objectset & NULL, '{1}'::objectset - NULL::objectset, '{1}'::objectset # NULL,
       NULL::bigint <@ '{1}'::objectset, 1 <@ NULL::objectset, NULL::objectset && '{1}';

-- ---- Membership
SELECT 5 <@ s, s @> 5::bigint, 5::smallint <@ s, s @> 6, s @> '{1,5}'::objectset, '{1,5}'::objectset <@ s, s && '{5,100}'::objectset,
       s && '{100}'::objectset, s @> '{}'::objectset, '{}'::objectset <@ '{}'::objectset
FROM (VALUES ('{1..5,70000}'::objectset)) AS t(s);
SELECT -1::smallint <@ '{-1}'::objectset, -1 <@ '{4294967295}'::objectset, 9223372036854775807 <@ '{9223372036854775807}'::objectset,
       (-9223372036854775807 - 1) <@ '{-9223372036854775808}'::objectset;

-- ---- Size and order: signed
SELECT cardinality('{}'::objectset), objectset_is_empty('{}'), objectset_min('{}'), objectset_max('{}'), objectset_rank('{}', 5);
SELECT objectset_min('{-5,1,3}'), objectset_max('{-5,1,3}'), objectset_is_empty('{-5}'), cardinality('{-5,1,3}'::objectset);
SELECT objectset_rank('{-5,1,3}', r) FROM unnest(ARRAY[-9223372036854775808, -6, -5, 0, 1, 3, 9223372036854775807]) r;
SELECT name, objectset_min(s) = min(id) AND objectset_max(s) = max(id) AND cardinality(s) = count(*)
         AND bool_and(objectset_rank(s, id) = n) AS agree
FROM kind, LATERAL (SELECT id, row_number() OVER (ORDER BY id) AS n FROM pg_temp.rows_of(s) id) r
GROUP BY name, s ORDER BY name;

-- ---- Ranges: half-open, NULL is no bound, 64 bits wide
SELECT objectset_range(1, 4), objectset_range(1, 1), objectset_range(4, 1), objectset_range(-2, 2),
       objectset_range(9223372036854775805, NULL), objectset_range(NULL, -9223372036854775806),
       objectset_range(9223372036854775806, 9223372036854775807), objectset_range(0, -9223372036854775808),
       objectset_range(4294967294, 4294967298);
SELECT objectset_count_between(s, 0, 0) AS zero_is_no_infinity, objectset_count_between(s, NULL, 0), objectset_count_between(s, 0, NULL),
       objectset_count_between(s, NULL, NULL), objectset_count_between(s, 4294967296, 4294967297), objectset_count_between(s, 2, 1)
FROM (VALUES ('{-3,-2,0,1,4294967296}'::objectset)) AS t(s);
SELECT objectset_between(s, -2, 1), objectset_between(s, 0, 0), objectset_between(s, NULL, NULL) = s, objectset_remove_range(s, -2, 1),
       objectset_remove_range(s, NULL, NULL), objectset_add_range(s, 5, 8), objectset_flip_range(s, -3, 3), objectset_flip_range(s, 3, 3) = s
FROM (VALUES ('{-3,-2,0,1,4294967296}'::objectset)) AS t(s);
SELECT error_of('SELECT objectset_range(NULL, NULL)');
SELECT error_of('SELECT objectset_range(0, NULL)');
SELECT error_of('SELECT objectset_range(0, 4000000000000)');
SELECT error_of($$SELECT objectset_add_range('{1}', NULL, 0)$$);
SELECT error_of($$SELECT objectset_flip_range('{1}', NULL, NULL)$$);
SELECT cardinality(objectset_range(-10000000000, 10000000000)), objectset_min(s), objectset_max(s), cardinality(s)
FROM (VALUES (objectset_remove_range(objectset_range(-10000000000, 10000000000), -9999999999, 9999999999))) AS t(s);
SELECT name, bool_and(objectset_between(s, lo, hi)::bigint[] = ARRAY(SELECT id FROM pg_temp.rows_of(s) id WHERE id >= lo AND id < hi)
                  AND objectset_remove_range(s, lo, hi) = s - objectset_between(s, lo, hi)
                  AND objectset_count_between(s, lo, hi) = cardinality(objectset_between(s, lo, hi)::bigint[])
                  AND objectset_flip_range(s, lo, hi) = s # objectset_range(lo, hi)
                  AND objectset_add_range(s, lo, hi) = (s | objectset_range(lo, hi))) AS agree
FROM kind, (VALUES (-5::bigint, 5::bigint), (65535, 65537), (0, 1), (1000, 30000), (-70000, 80001), (4294967295, 4294967297)) AS r(lo, hi)
GROUP BY name ORDER BY name;

SELECT objectset_slice(s, 0, 2), objectset_slice(s, 1, 1), objectset_slice(s, 2, NULL), objectset_slice(s, NULL, 1), objectset_slice(s, 9, 1),
       objectset_slice(s, 0, 0), objectset_slice(s, 1, 9223372036854775807), objectset_slice(s, max_rows => 1, skip => 1) AS named
FROM (VALUES ('{-5,1,3,99999999999}'::objectset)) AS t(s);
SELECT error_of($$SELECT objectset_slice('{1}', -1, 1)$$), error_of($$SELECT objectset_slice('{1}', 0, -1)$$);
SELECT name, bool_and(objectset_slice(s, o, l)::bigint[] = ARRAY(SELECT id FROM pg_temp.rows_of(s) id ORDER BY id OFFSET o LIMIT l)) AS agree
FROM kind, (VALUES (0, 10), (1, 5), (100, 1000), (39999, 5)) AS r(o, l) GROUP BY name ORDER BY name;

SELECT objectset_show(s), objectset_show(s, 3), objectset_show(s, 0), objectset_show(s | 5, 4), objectset_show('{}'), objectset_show(s, NULL), objectset_show('{}', 0)
FROM (VALUES ('{-5,1,3,99999999999}'::objectset)) AS t(s);
SELECT objectset_show(objectset_range(-2, 1000002), 3), objectset_show(objectset_range(1, 1001), 0), objectset_show(objectset_range(0, 3000000000000), 1),
       length(objectset_show(objectset_range(0, 20000), 20000)), error_of($$SELECT objectset_show('{1}', -1)$$);

SELECT objectset_shift('{-1,0,65535}', 1), objectset_shift('{1,4294967296}', -4294967297), objectset_shift('{}', 9223372036854775807);
SELECT error_of($$SELECT objectset_shift('{9223372036854775807}', 1)$$), error_of($$SELECT objectset_shift('{-9223372036854775808}', -1)$$);
SELECT name, bool_and(objectset_shift(s, n)::bigint[] = ARRAY(SELECT id + n FROM pg_temp.rows_of(s) id)
                      AND objectset_is_valid(objectset_shift(s, n))) AS agree
FROM kind, unnest(ARRAY[1, -1, 65536, 4294967296, -4294967297, 123456789012]) n WHERE name <> 'bounds' GROUP BY name ORDER BY name;

-- ---- Likeness: 0, not NaN, where there is nothing to share
SELECT a, b, objectset_jaccard(a, b), objectset_cosine(a, b), objectset_overlap_coefficient(a, b), objectset_containment(a, b)
FROM (VALUES ('{}'::objectset, '{}'::objectset), ('{1}', '{}'), ('{}', '{1}'), ('{1,2}', '{2,3}'), ('{1,2,3,4}', '{3}'), ('{1,2}', '{1,2}')) AS t(a, b);
SELECT objectset_minus_count(other => '{1}', set => '{1,2,3}'), objectset_containment(whole => '{1,2,3,4}', part => '{3,9}'), objectset_jaccard(a => '{1}', b => '{1,2}');

-- ---- The same set, whichever way it came about, is the same bytes.
SELECT count(DISTINCT s) AS one, bool_and(objectset_is_valid(s)) AS canonical
FROM (VALUES (objectset_range(0, 100000) - objectset_range(50000, 50010)),
             (objectset(ARRAY(SELECT i FROM generate_series(0, 99999) i WHERE i NOT BETWEEN 50000 AND 50009 ORDER BY -i))),
             (objectset_range(0, 50000) | objectset_range(50010, 100000)),
             (objectset_flip_range(objectset_range(50000, 50010), 0, 100000)),
             (objectset_shift(objectset_range(-50000, 50000), 50000) # objectset_range(50000, 50010)),
             ('{0..49999,50010..99999}')) AS t(s);
-- A run of three and an array of three are equally long: the array is the form.
SELECT count(DISTINCT s) AS one, bool_and(objectset_is_valid(s)) AS canonical
FROM (SELECT objectset(array_agg(i * 10 + j)) FROM generate_series(1, 2000) i, generate_series(0, 2) j
      UNION ALL SELECT objectset_range(0, 20013) - (SELECT objectset(array_agg(i * 10 + j)) FROM generate_series(0, 2002) i, generate_series(3, 9) j) - '{0,1,2}'::objectset - objectset_range(20010, 20020)) AS t(s);

-- ---- A result that is one of the arguments is given back as it came: what changes nothing writes nothing.
CREATE TABLE kept (name text, m objectset);
ALTER TABLE kept ALTER m SET STORAGE EXTERNAL;
INSERT INTO kept SELECT 'plain', objectset_agg(i * 2) | objectset_agg(i::bigint << 34) FROM generate_series(1, 30000) i;
ALTER TABLE kept ALTER m SET STORAGE EXTENDED;
INSERT INTO kept SELECT 'sparse', objectset_agg(i::bigint << 34) FROM generate_series(1, 20000) i;
-- Whether updating to the expression leaves the stored value, and the set, as they are.
CREATE FUNCTION is_kept(expression text) RETURNS TABLE (stays_stored boolean, is_same boolean) LANGUAGE plpgsql AS $$
DECLARE
  stored text := format('SELECT array_agg(DISTINCT chunk_id ORDER BY chunk_id) FROM %s', (SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 'kept'::regclass));
  before oid[]; after oid[]; sets text; sets_after text;
BEGIN
  EXECUTE stored INTO before;
  SELECT string_agg(md5(m::text), ' ' ORDER BY name) INTO sets FROM kept;
  EXECUTE format('UPDATE kept SET m = %s', expression);
  EXECUTE stored INTO after;
  SELECT string_agg(md5(m::text), ' ' ORDER BY name) INTO sets_after FROM kept;
  RETURN QUERY SELECT before = after, sets = sets_after;
END $$;
SELECT e AS expression, k.* FROM unnest(ARRAY[
  'm | 17179869184', 'm - 3', 'm | ''{}''', 'm | (m & objectset_range(0, 1000))', 'm & (m | objectset_range(-5, 5))', 'm & m', 'm | m', 'm # ''{}''', 'm - ''{}''',
  'm - objectset_range(-5000, 0)', 'm | ARRAY[17179869184]', 'm || ARRAY[17179869184]', 'm - ARRAY[1,3]', 'm # ARRAY[]::bigint[]', 'm & (m | 5)::bigint[]',
  '''{}'' | m', 'ARRAY[17179869184] || m', 'ARRAY[]::bigint[] # m', 'coalesce(m | NULL::bigint, m)',
  'objectset_add_range(m, 5, 5)', 'objectset_remove_range(m, -9, 0)', 'objectset_between(m, 0, NULL)', 'objectset_slice(m, 0, NULL)', 'objectset_flip_range(m, 7, 7)',
  'objectset_shift(m, 0)']) e, LATERAL is_kept(e) k;
-- What does change is changed.
SELECT e AS expression, k.* FROM unnest(ARRAY['m | 5', 'm - 17179869184', 'm # objectset_range(5, 7)', 'objectset_flip_range(m, 3, 5)', 'objectset_shift(m, 1)', 'm - m', 'm & ''{}''']) e,
  LATERAL is_kept(e) k;
TRUNCATE kept;
ALTER TABLE kept ALTER m SET STORAGE EXTERNAL;
-- Of an id that is there, or is not, a few pages tell.
INSERT INTO kept SELECT 'large', objectset_agg(i * 3) FROM generate_series(1, 1000000) i;
SET objectset.cache_size = 0;
SELECT blocks_of('SELECT pg_column_size(m | 6) FROM kept') < 12 AS there, blocks_of('SELECT pg_column_size(m - 5) FROM kept') < 12 AS absent,
       blocks_of('SELECT pg_column_size(m | ''{}'') FROM kept') < 3 AS empty, blocks_of('SELECT pg_column_size(m | 5) FROM kept') > 50 AS changed;
RESET objectset.cache_size;
DROP TABLE kept;
-- In variables, and in chains of results that are changed in place
DO $$
DECLARE
  large constant objectset := objectset_range(0, 100000); s objectset := large; t objectset; empty objectset := '{}';
BEGIN
  s := s | 5; s := s - 200000; s := s | empty; s := empty | s; s := s & s; s := s | large; s := large | s; s := objectset_shift(s, 0);
  ASSERT s = large, 'nothing was changed';
  t := s; s := s - 5; t := t | 5;
  ASSERT t = large AND cardinality(s) = 99999, 'one of two is changed';
  s := (large - 5) | (large - 6); t := (s - 7) | s; ASSERT t = s AND s = large, 'a result that another is part of';
  t := ((large - 5) # '{}') | (s - 5); ASSERT t = large - 5, 'equal results'; t := t | 5;
  ASSERT cardinality(t) = 100000 AND s = large AND cardinality(empty) = 0, 'and what they were made of stays';
  t := '{}'; FOR i IN 1 .. 3 LOOP t := t | (s - i); t := t | i; t := t & s; END LOOP;
  ASSERT t = large, 'in a loop';
END $$;
CREATE AGGREGATE union_by_operator(objectset) (SFUNC = objectset_union, STYPE = objectset, INITCOND = '{}');
SELECT n, cardinality(union_by_operator(objectset_range(0, n) | (x * 10)::bigint)) FROM generate_series(1, 4) x, unnest(ARRAY[5, 100000]) n GROUP BY n ORDER BY n;
SELECT x, cardinality(union_by_operator(objectset_range(0, 100000 - x % 2 * 10)) OVER (ORDER BY x)) FROM generate_series(1, 4) x;
