-- Expanded objects: results handed on in memory. Chains, values that others still look at, variables of PL/pgSQL,
-- and errors half-way.

-- Large enough to be expanded, of every kind: blocks of ids, runs, ids far apart, both signs.
CREATE TABLE operand (n int, a objectset, b objectset, c objectset, d objectset);
INSERT INTO operand
SELECT n,
       objectset(ARRAY(SELECT (i * 7919 * n) % 100003 FROM generate_series(1::bigint, 30000) i)) | '{-7,9000000000000000000}',
       objectset_range(20000 * n, 70000) | objectset(ARRAY(SELECT i * 1000003 FROM generate_series(-2000::bigint, 2000) i)),
       objectset(ARRAY(SELECT (i * 104729) % 200003 FROM generate_series(1::bigint, 20000 * n) i)),
       objectset(ARRAY(SELECT i * 3 FROM generate_series(-9000::bigint, 20000) i))
FROM generate_series(1, 3) n;

-- ---- Chains: the same as step by step, each step written out
CREATE FUNCTION stored(s objectset) RETURNS objectset LANGUAGE sql AS $$ SELECT objectset(s::bigint[]) $$;
SELECT n, cardinality(a) AS a, cardinality(b) AS b, cardinality(c) AS c, cardinality(d) AS d,
       (a | b | c | d) = stored(stored(stored(a | b) | c) | d) AS unite,
       (d | b - c & a) = stored(stored(d | stored(b - c)) & a) AS mixed,
       (a # b # c # d) = stored(stored(stored(a # b) # c) # d) AS symdiff,
       (a & b & c & d) = stored(stored(stored(a & b) & c) & d) AS intersect,
       (a - b - c - d) = stored(stored(stored(a - b) - c) - d) AS minus,
       ((a | b) & (c | d)) = stored(stored(a | b) & stored(c | d)) AS paired,
       ((a | b | 5) - 7 | 20000000000) = (stored(stored(stored(a | b) | 5) - 7) | 20000000000) AS ids
FROM operand ORDER BY n;
SELECT n, cardinality(a | b | c | d) = cardinality(stored(a | b | c | d)) AS unite,
       cardinality(a & b & c) = cardinality(stored(a & b & c)) AS intersect,
       cardinality((a | b) & c) = cardinality(stored((a | b) & c)) AS parts,
       cardinality((a | b - c) & d) = cardinality(stored((a | b - c) & d)) AS four,
       cardinality(a # b # c # d) = cardinality(stored(a # b # c # d)) AS symdiff
FROM operand WHERE cardinality(a | b | c | d) > 30000 AND NOT objectset_is_empty((a | b) & c) AND (a | b | c) @> (a | c) ORDER BY n;
-- One id after the other, into and out of blocks, arrays and ids far apart
SELECT ((d | (-1) | 0 | 1 | 70000 | 70001) - 3 - 6 - 9 | 5000000000 | 5000000001) - 5000000000 | (-5000000000) - 0 | 60000 =
       (d | '{-1,1,70000,70001,5000000001,-5000000000,60000}') - '{3,6,9}'::objectset AS ids
FROM operand WHERE n = 1;

-- ---- What somebody else looks at stays as it is
SELECT n, cardinality(u) AS before, cardinality(u | 1000000000) AS more, cardinality(u - 15) AS less, cardinality(u & '{15,18}') AS both,
       cardinality(u # '{15,1000000000}') AS one, cardinality(u) AS after, u @> 15 AS held, u = (SELECT a | b FROM operand o WHERE o.n = q.n) AS same
FROM (SELECT n, a | b AS u FROM operand OFFSET 0) q ORDER BY n;
WITH q AS MATERIALIZED (SELECT a | c AS u FROM operand WHERE n = 2)
SELECT cardinality(x.u - 0) - cardinality(y.u) AS one_less, cardinality(x.u | (-99)) - cardinality(y.u) AS one_more, x.u = y.u AS same FROM q x, q y;
SELECT cardinality(CASE WHEN cardinality(u | (-99)) > 5 THEN u END) - cardinality(u) AS by_case,
       cardinality(coalesce(u, '{}') | (-99)) - cardinality(u) AS by_coalesce, cardinality(nullif(u, '{}') | (-99)) - cardinality(u) AS by_nullif
FROM (SELECT a | c AS u FROM operand WHERE n = 2 OFFSET 0) q;
SELECT n, cardinality(s) - lag(cardinality(s)) OVER (ORDER BY n) > 0 AS grows
FROM (SELECT n, objectset_union_agg(c) OVER (ORDER BY n) | (-99) AS s FROM operand) q ORDER BY n;
-- The same object on both sides
SELECT u | u = u AS unite, u & u = u AS intersect, objectset_is_empty(u - u) AS minus, objectset_is_empty(u # u) AS symdiff
FROM (SELECT a | b AS u FROM operand WHERE n = 1 OFFSET 0) q;

-- ---- Emptiness without building
EXPLAIN (VERBOSE, COSTS OFF) SELECT objectset_is_empty(a - b), objectset_is_empty(a # b) FROM operand;
SELECT n, objectset_is_empty(a - b) AS a_b, objectset_is_empty(a - a) AS a_a, objectset_is_empty(a # b) AS one, objectset_is_empty(a # a) AS none,
       objectset_is_empty(a - NULL) AS unknown
FROM operand ORDER BY n;

-- ---- Variables of PL/pgSQL
-- Ids one by one, into an empty set and out again
CREATE FUNCTION one_by_one(first bigint, step bigint, n int) RETURNS TABLE (what text, ids bigint, low bigint, high bigint, same boolean) LANGUAGE plpgsql AS $$
DECLARE
  s objectset := '{}'; t objectset; wanted objectset;
BEGIN
  SELECT objectset_agg(first + i * step) INTO wanted FROM generate_series(0, n - 1) i;
  FOR i IN 0 .. n - 1 LOOP
    s := s | (first + i::bigint * 7 % n * step);
  END LOOP;
  RETURN QUERY SELECT 'in', cardinality(s), objectset_min(s), objectset_max(s), s = wanted;
  t := s;
  FOR i IN 0 .. n - 1 LOOP
    s := s - (first + i::bigint * 11 % n * step);
    IF i % 1000 = 500 THEN s := s - 1 - 1; END IF;
  END LOOP;
  RETURN QUERY SELECT 'out', cardinality(s), objectset_min(s), objectset_max(s), s = '{}';
  RETURN QUERY SELECT 'copy', cardinality(t), objectset_min(t), objectset_max(t), t = wanted;
END $$;
SELECT * FROM one_by_one(1, 1, 10000);
SELECT * FROM one_by_one(-70000, 13, 10000);
SELECT * FROM one_by_one(-9000000000000000000, 900000000000001, 6000);
SELECT * FROM one_by_one(4294967296 * 3 - 5000, 1, 10000);

-- Sets into a set; the variable on both sides, twice, in a function of the second side, under another name
CREATE FUNCTION counted(s objectset, INOUT t objectset) LANGUAGE plpgsql AS $$ BEGIN t := (t | 9876543210) - 3; s := s | 12345678901; END $$;
DO $$
DECLARE
  s objectset; t objectset; u objectset; r operand; i int;
BEGIN
  SELECT * INTO r FROM operand WHERE n = 2;
  s := r.a | r.b;
  t := s;
  u := s | s;
  ASSERT s = t AND u = s;
  s := s | s;
  ASSERT s = t;
  s := s & s;
  ASSERT s = t;
  s := s | r.c;
  s := s | r.d;
  ASSERT s = (r.a | r.b | r.c | r.d) AND t = (r.a | r.b);
  s := s - r.c;
  s := s # r.a;
  s := s & r.d;
  ASSERT s = ((r.a | r.b | r.c | r.d) - r.c # r.a & r.d) AND t = (r.a | r.b);
  s := s | (s & t);
  s := s | (s - t) | (t - s);
  ASSERT s = ((r.a | r.b | r.c | r.d) - r.c # r.a & r.d | r.a | r.b);
  u := counted(s, s);
  ASSERT u = (s | 9876543210) - 3 AND s @> 3 AND NOT s @> 12345678901;
  s := s | counted(s, s);
  ASSERT u = s - 3 AND s @> 3;
  s := s | cardinality(s);
  s := s | (-cardinality(s));
  ASSERT cardinality(s) BETWEEN cardinality(u) + 1 AND cardinality(u) + 3;
  s := s # s;
  ASSERT s = '{}';
  s := t;
  s := s - s;
  ASSERT s = '{}' AND t = (r.a | r.b);
  s := t;
  s := t | 77777777777;
  s := s - 77777777777;
  ASSERT s = t;
  FOR i IN 1 .. 3 LOOP
    u := s;
    s := s | i::bigint * 88888888888;
    ASSERT cardinality(s) = cardinality(u) + 1 AND cardinality(u) = cardinality(t) + i - 1;
  END LOOP;
  s := NULL;
  s := s | 5;
  ASSERT s IS NULL;
END $$;

-- Records, arrays and parameters hold sets, too.
DO $$
DECLARE
  r record; p operand; m objectset[];
BEGIN
  SELECT a | b AS s, a | b AS t INTO r FROM operand WHERE n = 1;
  r.s := r.s | 77777777777;
  r.s := r.s | 77777777778;
  ASSERT cardinality(r.s) = cardinality(r.t) + 2;
  SELECT * INTO p FROM operand WHERE n = 1;
  p.a := p.a | p.b;
  p.a := p.a - p.b;
  ASSERT p.a = (SELECT a - b FROM operand WHERE n = 1);
  m[1] := p.a | p.b;
  m[2] := m[1];
  m[1] := m[1] | 77777777777;
  ASSERT cardinality(m[1]) = cardinality(m[2]) + 1;
END $$;
CREATE FUNCTION grown(s objectset) RETURNS objectset LANGUAGE plpgsql AS $$
BEGIN
  s := s | 77777777777;
  s := s | 77777777778;
  RETURN s - 0;
END $$;
SELECT n, cardinality(grown(u)) - cardinality(u) AS grown, cardinality(grown(grown(u) | '{-99}')) - cardinality(u) AS twice, u @> 0 AS held
FROM (SELECT n, c | d AS u FROM operand OFFSET 0) q ORDER BY n;

-- ---- Errors half-way: a variable keeps its value
-- A value that is damaged where it is stored: a path has a set's alignment, and bytes of our choice.
CREATE CAST (path AS objectset) WITHOUT FUNCTION;
CREATE TABLE damaged (n int, s objectset);
INSERT INTO damaged VALUES (1, '((1,2))'::path::objectset);
DROP CAST (path AS objectset);

CREATE FUNCTION raising(objectset) RETURNS objectset LANGUAGE plpgsql AS $$ BEGIN RAISE 'none today' USING ERRCODE = 'UE001'; END $$;
CREATE FUNCTION no_id() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE 'none today' USING ERRCODE = 'UE001'; END $$;
DO $$
DECLARE
  s objectset; t objectset; bad objectset; caught int := 0;
BEGIN
  SELECT a | b, a | b INTO s, t FROM operand WHERE n = 3;
  s := s | 1000000000;
  SELECT damaged.s INTO bad FROM damaged WHERE n = 1;
  BEGIN s := s | bad; EXCEPTION WHEN data_corrupted THEN caught := caught + 1; END;
  BEGIN s := s - bad; EXCEPTION WHEN data_corrupted THEN caught := caught + 1; END;
  BEGIN s := s & bad; EXCEPTION WHEN data_corrupted THEN caught := caught + 1; END;
  BEGIN s := s # bad; EXCEPTION WHEN data_corrupted THEN caught := caught + 1; END;
  ASSERT caught = 4 AND s = (t | 1000000000);
  BEGIN s := s | raising(s); EXCEPTION WHEN SQLSTATE 'UE001' THEN caught := caught + 1; END;
  BEGIN s := s | no_id(); EXCEPTION WHEN SQLSTATE 'UE001' THEN caught := caught + 1; END;
  BEGIN s := raising(s | 2000000000); EXCEPTION WHEN SQLSTATE 'UE001' THEN caught := caught + 1; END;
  BEGIN s := s | 2000000000 | bad; EXCEPTION WHEN data_corrupted THEN caught := caught + 1; END;
  BEGIN s := (s | 2000000000 - 1000000000) - no_id(); EXCEPTION WHEN SQLSTATE 'UE001' THEN caught := caught + 1; END;
  BEGIN s := s | (1 / (cardinality(s) - cardinality(s))); EXCEPTION WHEN division_by_zero THEN caught := caught + 1; END;
  ASSERT caught = 10 AND s = (t | 1000000000);
  -- What was assigned before the error stays assigned, as in every variable.
  BEGIN
    s := s | 2000000000;
    s := s - 1000000000;
    s := s | bad;
  EXCEPTION WHEN data_corrupted THEN
    ASSERT s = (t | 2000000000);
    s := s - 2000000000;
  END;
  ASSERT s = t;
  -- Of the inner block's own variable
  DECLARE
    u objectset := s | 3000000000;
  BEGIN
    u := u | 4000000000;
    u := u | bad;
  EXCEPTION WHEN data_corrupted THEN
    s := s | 5000000000;
  END;
  ASSERT s = (t | 5000000000);
END $$;
-- Nor does a chain that failed leave anything behind.
SELECT error_of('SELECT cardinality(o.a | o.b | d.s | o.c) FROM operand o, damaged d WHERE o.n = 1 AND d.n = 1');
SELECT error_of('SELECT cardinality(o.a | o.b - d.s) FROM operand o, damaged d WHERE o.n = 1 AND d.n = 1');
SELECT cardinality(a | b | c) = cardinality(stored(a | b | c)) AS right FROM operand WHERE n = 1;

DROP TABLE operand, damaged;
DROP FUNCTION stored(objectset), one_by_one(bigint, bigint, int), counted(objectset, objectset), grown(objectset), raising(objectset), no_id();
