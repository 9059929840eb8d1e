-- Order, equality, hash; btree and hash classes.

SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, objectset_cmp(a, b)
FROM (VALUES ('{}'::objectset, '{}'::objectset), ('{}', '{1}'), ('{1}', '{1,2}'), ('{1,2}', '{1,3}'), ('{1,3}', '{1,2,3}'), ('{-1}', '{1}'),
             ('{1,2,3}', '{1,2,3}'), ('{4294967296}', '{1}'), ('{-9223372036854775808}', '{9223372036854775807}')) AS t(a, b);
-- As of sorted arrays, over every kind of set
CREATE TEMP TABLE ordered (s objectset);
INSERT INTO ordered
SELECT objectset(array_agg(DISTINCT (i * i * seed) % width - width / 3))
FROM generate_series(1, 8) seed, unnest(ARRAY[20, 70000, 300000, 10000000000]) width, generate_series(1, 9000) i GROUP BY seed, width;
INSERT INTO ordered SELECT s - objectset_max(s) FROM ordered;
INSERT INTO ordered SELECT s | 5 FROM ordered WHERE NOT s @> 5;
INSERT INTO ordered VALUES ('{}'), ('{-9223372036854775808}'), ('{9223372036854775807}'), (objectset_range(0, 100000)), (objectset_range(0, 100001));
SELECT count(*) AS pairs,
       count(*) FILTER (WHERE objectset_cmp(a.s, b.s) <> CASE WHEN a.s::bigint[] < b.s::bigint[] THEN -1 WHEN a.s::bigint[] > b.s::bigint[] THEN 1 ELSE 0 END) AS wrong,
       count(*) FILTER (WHERE (a.s = b.s) <> (a.s::bigint[] = b.s::bigint[])) AS wrong_equal,
       count(*) FILTER (WHERE a.s = b.s AND objectset_hash(a.s) <> objectset_hash(b.s)) AS wrong_hash
FROM ordered a, ordered b;

SELECT array_agg(s::text ORDER BY s) FROM (VALUES ('{2}'::objectset), ('{}'), ('{1,5}'), (NULL), ('{1}'), ('{-7,100}')) AS t(s);
SELECT s, count(*) FROM (VALUES ('{1,2}'::objectset), ('{2,1}'), ('{1..2}'), ('{3}'), (NULL)) AS t(s) GROUP BY s ORDER BY s;
SELECT DISTINCT s FROM (VALUES ('{1,2}'::objectset), ('{2,1,1}'), ('{3}')) AS t(s) ORDER BY 1 DESC;
SELECT s FROM (VALUES ('{1}'::objectset), ('{2}')) AS t(s) INTERSECT SELECT '{2}'::objectset;
SELECT count(*) FROM ordered a JOIN ordered b USING (s) WHERE (SELECT count(*) FROM ordered c WHERE c.s = a.s) = 1;

-- Sets of one size and checksum, as anybody can make them, are not equal, and do not hash alike.
CREATE TEMP TABLE twins AS SELECT objectset(ARRAY[-4734510112055689543, x, 101, 200]) AS s FROM generate_series(1, 100) x;
SELECT count(DISTINCT s) AS sets, count(DISTINCT objectset_hash(s)) AS hashes, count(DISTINCT objectset_hash_extended(s, 7)) AS extended FROM twins;
-- However a set is stored
CREATE TEMP TABLE apart AS SELECT i, (SELECT objectset(array_agg(j * (i + 5000000000))) FROM generate_series(1, 300 * i) j) AS s FROM generate_series(1, 3) i;
SELECT count(*) FROM apart WHERE objectset_hash(s) <> objectset_hash(objectset(s::bigint[]));

-- Hashed and sorted grouping agree.
SET enable_hashagg = off;
CREATE TEMP TABLE by_sort AS SELECT s, count(*) AS n FROM ordered GROUP BY s;
RESET enable_hashagg; SET enable_sort = off;
CREATE TEMP TABLE by_hash AS SELECT s, count(*) AS n FROM ordered GROUP BY s;
RESET enable_sort;
SELECT count(*) AS differences FROM by_sort FULL JOIN by_hash ON by_sort.s = by_hash.s AND by_sort.n = by_hash.n WHERE by_sort.s IS NULL OR by_hash.s IS NULL;

-- Indexes and constraints (a btree entry holds up to some 2,700 bytes, as of any type; a hash index any value)
CREATE TEMP TABLE keyed (s objectset UNIQUE, t objectset);
CREATE INDEX ON keyed USING hash (t);
INSERT INTO keyed SELECT objectset(ARRAY[i, i + 1]), objectset_range(i, i * 1000) FROM generate_series(1, 500) i;
SELECT error_of($$INSERT INTO keyed VALUES ('{7,8}')$$);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM keyed WHERE s = '{7,8}';
SELECT s FROM keyed WHERE s = '{8,7}';
SELECT count(*) FROM keyed WHERE t = objectset_range(300, 300000);
SELECT s FROM keyed WHERE s > '{498}' ORDER BY s;
RESET enable_seqscan;
CREATE TEMP TABLE parted (s objectset) PARTITION BY HASH (s);
CREATE TEMP TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TEMP TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT objectset(ARRAY[i]) FROM generate_series(1, 100) i;
SELECT count(*) FROM parted WHERE s = '{42}';
-- Large stored values are told apart by their first bytes, and compared whole where those agree.
CREATE TEMP TABLE large AS SELECT i, (SELECT objectset(array_agg(j * 3 + CASE WHEN j = 100000 THEN i / 2 ELSE 0 END)) FROM generate_series(1, 200000) j) AS s FROM generate_series(0, 3) i;
SELECT a.i, b.i AS j, a.s = b.s AS eq, objectset_cmp(a.s, b.s), objectset_hash_extended(a.s, 7) = objectset_hash_extended(b.s, 7) AS same_hash FROM large a, large b WHERE a.i < b.i ORDER BY 1, 2;

-- Sorts go by the first bits of sets, as long as that tells enough of them apart: every way to the order gives the same.
CREATE TEMP TABLE sorted AS SELECT s, s::bigint[] AS a FROM ordered;
INSERT INTO sorted SELECT objectset(a), a FROM (SELECT ARRAY[-i % 7, i % 11 * 1000, i::bigint << (i % 50)] AS raw FROM generate_series(1, 3000) i) t,
  LATERAL (SELECT array_agg(DISTINCT x ORDER BY x) FROM unnest(raw) x) u(a);
INSERT INTO sorted VALUES (NULL, NULL);
CREATE FUNCTION wrong_neighbours(query text, op text) RETURNS TABLE (rows bigint, wrong bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT count(*), count(*) FILTER (WHERE before %s a) FROM (SELECT a, lag(a) OVER () AS before FROM (%s) q) x', op, query);
END $$;
SELECT * FROM wrong_neighbours('SELECT a FROM sorted ORDER BY s', '>');
SELECT * FROM wrong_neighbours('SELECT a FROM sorted ORDER BY s DESC', '<');
SELECT a IS NULL AS null_first FROM sorted ORDER BY s NULLS FIRST LIMIT 1;
-- 20,000 sets that all begin alike: their first bits are of no use, which is noticed.
CREATE TEMP TABLE alike AS SELECT objectset_range(1, 20) | (i * 7919 % 20011 + 100) AS s FROM generate_series(1, 20000) i;
SELECT bool_and(before < s) FROM (SELECT s, lag(s) OVER (ORDER BY s) AS before FROM alike) x WHERE before IS NOT NULL;
-- Of large stored sets, here of 100 kB, a sort reads the first pages.
CREATE TABLE stored AS SELECT i, objectset_agg(j * 20 - i) AS s FROM generate_series(1, 20) i, generate_series(1, 50000) j GROUP BY i;
SELECT pg_column_size(s) > 90000 AS large FROM stored LIMIT 1;
SET objectset.cache_size = 0;
SELECT blocks_of('SELECT sum(cardinality(s | i)) FROM stored') > 300 AS all_of_them, blocks_of('SELECT i FROM stored ORDER BY s') BETWEEN 20 AND 150 AS little;
SELECT array_agg(i) FROM (SELECT i FROM stored ORDER BY s) x;
RESET objectset.cache_size;
DROP TABLE stored;

-- The first and the last of many: NULL counts for nothing, stored sets stay where they are stored, an index serves.
SELECT min(s), max(s), min(s) FILTER (WHERE false) AS none, min(s) OVER () AS of_a_window FROM unnest('{"{2}","{}","{1,100}",NULL,"{-7}"}'::objectset[]) s GROUP BY s ORDER BY s LIMIT 2;
SELECT min(s) = (SELECT s FROM ordered WHERE s IS NOT NULL ORDER BY s LIMIT 1) AS first, max(s) = (SELECT s FROM ordered WHERE s IS NOT NULL ORDER BY s DESC LIMIT 1) AS last FROM ordered;
SELECT min(s) = (SELECT s FROM large WHERE i = 0) AS first, max(s) = (SELECT s FROM large WHERE i = 3) AS last FROM large;
SELECT aggfnoid, aggsortop::regoperator FROM pg_aggregate WHERE aggfnoid IN ('min(objectset)'::regprocedure, 'max(objectset)'::regprocedure) ORDER BY 2;
