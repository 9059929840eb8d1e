-- Algebra over stored sets: the result counted, and the result stored again. Sets are found by key, and read, in each
-- execution; nothing but what an extension keeps in the session stays from one to the next.
CREATE TABLE bench.operation AS
SELECT * FROM (VALUES
  ('&', 'and',    'JOIN',      'true',                       'INTERSECT'),
  ('|', 'or',     'FULL JOIN', 'true',                       'UNION'),
  ('-', 'andnot', 'LEFT JOIN', 'b.id IS NULL',               'EXCEPT'),
  ('#', 'xor',    'FULL JOIN', 'a.id IS NULL OR b.id IS NULL', NULL)) AS o(op, name, joined, filter, combined);

-- ---- Pairs, counted ----------------------------------------------------------------------------------------------
-- 1$: table, 2$: one set, 3$: other set, 4$: operator, 5$: its name, 6$, 7$, 8$: ways to say it in SQL, 9$: a file.
CREATE TABLE bench.count_template AS
SELECT * FROM (VALUES
  (1, 'objectset',        'SELECT cardinality(a.members %4$s b.members) FROM %1$s_objectset a, %1$s_objectset b
      WHERE a.id = %2$s AND b.id = %3$s'),
  (2, 'pg_roaringbitmap',
   'SELECT rb64_%5$s_cardinality(a.members, b.members) FROM %1$s_roaring64 a, %1$s_roaring64 b WHERE a.id = %2$s
     AND b.id = %3$s'),
  (3, 'pg_roaringbitmap, 32 bits',
   'SELECT rb_%5$s_cardinality(a.members, b.members) FROM %1$s_roaring32 a, %1$s_roaring32 b WHERE a.id = %2$s
     AND b.id = %3$s'),
  (4, 'intarray',         'SELECT icount(a.ids %4$s b.ids) FROM %1$s_intarray a, %1$s_intarray b WHERE a.id = %2$s
      AND b.id = %3$s'),
  (5, 'bigint[]',         'SELECT count(*) FROM (SELECT unnest(ids) FROM %1$s_array WHERE id = %2$s %8$s
      SELECT unnest(ids) FROM %1$s_array WHERE id = %3$s) x'),
  (6, 'many-to-many',     'SELECT count(*) FROM (SELECT id FROM %1$s_membership
      WHERE set_id = %2$s) a %6$s (SELECT id FROM %1$s_membership WHERE set_id = %3$s) b USING (id) WHERE %7$s'),
  (7, 'the rows alone',   'SELECT a.id FROM %1$s_objectset a, %1$s_objectset b WHERE a.id = %2$s AND b.id = %3$s'),
  (8, 'CRoaring in memory', 'count %5$s %9$s %2$s %3$s')) AS t(place, contender, statement);

INSERT INTO bench.contender (topic, workload, contender, statement, slow)
SELECT :'topic', 'count a ' || op || ' b: ' || p.name, contender,
       format(statement, source, number, number + 1, op, o.name, joined, filter, combined,
              CASE source WHEN 'large' THEN 'large.sets' ELSE 'set_' || number || '.sets' END),
       source = 'large' AND op <> '&' AND contender IN ('bigint[]', 'many-to-many')
FROM (SELECT 'large' AS source, 1 AS number, 'large' AS kind, '2.5 million random ids each' AS name, 0 AS place
      UNION ALL
      SELECT 'set', number, kind, bench.spell(n) || ' ' || kind || ' ids each', number FROM bench.pair) AS p
JOIN bench.operation o ON op IN ('&', '|') OR p.place = 0
CROSS JOIN bench.count_template t
WHERE NOT (kind = 'scattered' AND contender IN ('intarray', 'pg_roaringbitmap, 32 bits'))
  AND NOT (op = '#' AND contender IN ('intarray', 'bigint[]'))
ORDER BY p.place, op, t.place;

-- ---- Pairs, stored again -----------------------------------------------------------------------------------------
-- Into tables as a user has them, which are emptied after each sample. The yardstick copies a value that is as large.
CREATE TABLE kept_objectset (members objectset);
CREATE TABLE kept_array (ids bigint[]);
CREATE TABLE kept_membership (set_id int, id bigint, PRIMARY KEY (set_id, id));
CREATE INDEX ON kept_membership (id);
CREATE SEQUENCE kept_number;
\if :have_intarray
  CREATE TABLE kept_intarray (ids int[]);
\endif
\if :have_roaringbitmap
  CREATE TABLE kept_roaring64 (members roaringbitmap64);
  CREATE TABLE kept_roaring32 (members roaringbitmap);
\endif
CREATE TABLE result (about text PRIMARY KEY, members objectset);

INSERT INTO bench.contender (topic, workload, contender, statement, cleanup, slow)
SELECT :'topic', 'store a ' || op || ' b: 2.5 million random ids each', contender,
       format(statement, op, joined, filter, combined), 'TRUNCATE ' || split_part(statement, ' ', 3),
       contender IN ('bigint[]', 'many-to-many')
FROM bench.operation, (VALUES
  (1, 'objectset',        'INSERT INTO kept_objectset SELECT a.members %1$s b.members
      FROM large_objectset a, large_objectset b WHERE a.id = 1 AND b.id = 2'),
  (2, 'pg_roaringbitmap',
   'INSERT INTO kept_roaring64 SELECT a.members %1$s b.members FROM large_roaring64 a, large_roaring64 b
     WHERE a.id = 1 AND b.id = 2'),
  (3, 'pg_roaringbitmap, 32 bits',
   'INSERT INTO kept_roaring32 SELECT a.members %1$s b.members FROM large_roaring32 a, large_roaring32 b
     WHERE a.id = 1 AND b.id = 2'),
  (4, 'intarray',         'INSERT INTO kept_intarray SELECT a.ids %1$s b.ids FROM large_intarray a, large_intarray b
      WHERE a.id = 1 AND b.id = 2'),
  (5, 'bigint[]',         'INSERT INTO kept_array SELECT array(SELECT unnest(ids) FROM large_array WHERE id = 1 %4$s
      SELECT unnest(ids) FROM large_array WHERE id = 2)'),
  (6, 'many-to-many',     'INSERT INTO kept_membership SELECT (SELECT nextval(''kept_number'')), id FROM (SELECT id
      FROM large_membership WHERE set_id = 1) a %2$s (SELECT id FROM large_membership WHERE set_id = 2) b USING (id)
      WHERE %3$s'),
  (7, 'a copy of such a value',
   'INSERT INTO kept_objectset SELECT members FROM result
     WHERE about = ''large %1$s''')) AS t(place, contender, statement)
WHERE op <> '#' ORDER BY op, place;

-- ---- Chains of four operators ------------------------------------------------------------------------------------
-- Over two sets of 2.5 million ids, one of a million, one of 500,000 and one of 100,000.
\set chain '(((a.members | b.members) & c.members) - d.members)'
\set five '@ a, @ b, @ c, @ d, @ e WHERE a.id = 1 AND b.id = 2 AND c.id = 6 AND d.id = 3 AND e.id = 5'
\set count_chain 'count (((a | b) & c) - d) | e: 2.5 million to 100,000 random ids'
\set store_chain 'store (((a | b) & c) - d) | e: 2.5 million to 100,000 random ids'
INSERT INTO bench.contender (topic, workload, contender, statement, cleanup) VALUES
  (:'topic', :'count_chain', 'objectset',
   replace('SELECT cardinality(' || :'chain' || ' | e.members) FROM ' || :'five', '@', 'large_objectset'), NULL),
  (:'topic', :'count_chain', 'pg_roaringbitmap',
   replace('SELECT rb64_or_cardinality(' || :'chain' || ', e.members) FROM ' || :'five', '@', 'large_roaring64'), NULL),
  (:'topic', :'count_chain', 'pg_roaringbitmap, 32 bits',
   replace('SELECT rb_or_cardinality(' || :'chain' || ', e.members) FROM ' || :'five', '@', 'large_roaring32'), NULL),
  (:'topic', :'count_chain', 'the rows alone', replace('SELECT a.id FROM ' || :'five', '@', 'large_objectset'), NULL),
  (:'topic', :'count_chain', 'CRoaring in memory', 'chain large.sets 1 2 6 3 5', NULL),
  (:'topic', :'store_chain', 'objectset',
   replace('INSERT INTO kept_objectset SELECT ' || :'chain' || ' | e.members FROM ' || :'five', '@', 'large_objectset'),
   'TRUNCATE kept_objectset'),
  (:'topic', :'store_chain', 'pg_roaringbitmap',
   replace('INSERT INTO kept_roaring64 SELECT ' || :'chain' || ' | e.members FROM ' || :'five', '@', 'large_roaring64'),
   'TRUNCATE kept_roaring64'),
  (:'topic', :'store_chain', 'pg_roaringbitmap, 32 bits',
   replace('INSERT INTO kept_roaring32 SELECT ' || :'chain' || ' | e.members FROM ' || :'five', '@', 'large_roaring32'),
   'TRUNCATE kept_roaring32'),
  (:'topic', :'store_chain', 'a copy of such a value',
   'INSERT INTO kept_objectset SELECT members FROM result WHERE about = ''large chain''', 'TRUNCATE kept_objectset');

-- ---- A variable of PL/pgSQL, changed step by step ----------------------------------------------------------------
CREATE FUNCTION bench.add_one_by_one(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE s objectset := '{}';
BEGIN
  FOR i IN 1..n LOOP s := s | (7919::bigint * i % 1000003); END LOOP;
  RETURN cardinality(s);
END $$;
CREATE FUNCTION bench.append_one_by_one(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE s bigint[] := '{}';
BEGIN
  FOR i IN 1..n LOOP s := s || (7919::bigint * i % 1000003); END LOOP;
  RETURN cardinality(s);
END $$;
\if :have_roaringbitmap
  CREATE FUNCTION bench.add_one_by_one_to_roaring(n int) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE s roaringbitmap64 := '{}';
  BEGIN
    FOR i IN 1..n LOOP s := s | (7919::bigint * i % 1000003); END LOOP;
    RETURN rb64_cardinality(s);
  END $$;
\endif
INSERT INTO bench.contender (topic, workload, contender, statement, per) VALUES
  (:'topic', 'add an id to a variable, one of 10,000 times', 'objectset', 'SELECT bench.add_one_by_one(10000)', 10000),
  (:'topic', 'add an id to a variable, one of 10,000 times', 'pg_roaringbitmap',
   'SELECT bench.add_one_by_one_to_roaring(10000)', 10000),
  (:'topic', 'add an id to a variable, one of 10,000 times', 'appending to an array',
   'SELECT bench.append_one_by_one(10000)', 10000);

-- ---- What it must show -------------------------------------------------------------------------------------------
INSERT INTO bench.goal (about, workloads, against, times, plus, "limit") VALUES
  ('counted: nowhere slower than pg_roaringbitmap', 'count a %', 'pg_roaringbitmap%', 1, NULL, 1),
  ('count of a & b over 2.5 million random ids, against 3 x CRoaring plus the rows',
      'count a & b: 2.5 million random ids each', 'CRoaring%', 3, 'the rows alone', 1),
  ('stored again: nowhere slower than pg_roaringbitmap', 'store %', 'pg_roaringbitmap%', 1, NULL, 1),
  ('stored again, against copying such a value', 'store %', 'a copy of%', 1, NULL, 1.25),
  ('chains of four operators, against pg_roaringbitmap', '%(((a | b) & c) - d) | e%',
      'pg_roaringbitmap%', 1, NULL, 0.5);
INSERT INTO bench.chart VALUES
  ('count a & b: 2.5 million random ids each', 'Count of a & b, 2.5 million random ids each'),
  ('count a & b: 1,000 random ids each', 'Count of a & b, 1,000 random ids each'),
  ('store a | b: 2.5 million random ids each', 'Store a | b, 2.5 million random ids each'),
  (:'count_chain', 'Count of (((a | b) & c) - d) | e');

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/sets.sql
  \ir data/large.sql
  INSERT INTO result
  SELECT about, r.members
  FROM large_objectset a, large_objectset b, large_objectset c, large_objectset d, large_objectset e,
       LATERAL (VALUES ('large &', a.members & b.members), ('large |', a.members | b.members),
                       ('large -', a.members - b.members), ('large chain', :chain | e.members)) AS r(about, members)
  WHERE a.id = 1 AND b.id = 2 AND c.id = 6 AND d.id = 3 AND e.id = 5;
  VACUUM ANALYZE result;
\endif
