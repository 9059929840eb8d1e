-- Sets of 10,000 to 10 million random ids: every second of a range, on average; the same at every scale.
-- And a pair of 2.5 million out of 5 million: numbers 1 and 2. And a thousand empty ones.
SELECT to_regclass('large_objectset') IS NULL AS missing \gset
\if :missing
CREATE TABLE large_set (id int PRIMARY KEY, n bigint);
INSERT INTO large_set VALUES
  (1, 2500000), (2, 2500000), (3, 500000), (4, 10000), (5, 100000), (6, 1000000), (7, 10000000);
CREATE UNLOGGED TABLE large_membership (set_id int, id bigint);
INSERT INTO large_membership
SELECT l.id, 2 * i + abs(hashint8extended(i, l.id) % 2) FROM large_set AS l, generate_series(0, n - 1) AS i
    WHERE l.id <= 3;

CREATE TABLE large_objectset (id int PRIMARY KEY, members objectset);
INSERT INTO large_objectset
SELECT id, (SELECT objectset_agg(2 * i + abs(hashint8extended(i, l.id) % 2)) FROM generate_series(0, n - 1) AS i)
FROM large_set AS l;
INSERT INTO large_objectset SELECT i, '{}' FROM generate_series(1001, 2000) AS i;
CREATE TABLE large_array (id int PRIMARY KEY, ids bigint[]);
INSERT INTO large_array SELECT id, members::bigint[] FROM large_objectset WHERE id <= 3 OR id > 1000;
\if :have_intarray
  CREATE TABLE large_intarray AS SELECT id, ids::int[] AS ids FROM large_array;
  ALTER TABLE large_intarray ADD PRIMARY KEY (id);
\endif
\if :have_roaringbitmap
  CREATE TABLE large_roaring64 (id int PRIMARY KEY, members roaringbitmap64);
  INSERT INTO large_roaring64
  SELECT id, rb64_runoptimize(rb64_build(members::bigint[])) FROM large_objectset;
  CREATE TABLE large_roaring32 (id int PRIMARY KEY, members roaringbitmap);
  INSERT INTO large_roaring32
  SELECT id, rb_runoptimize(rb_build(members::int[])) FROM large_objectset;
\endif
SELECT format('COPY (SELECT id, encode(objectset_to_roaring64(members), ''hex'') FROM large_objectset
    WHERE id <= 6) TO %L',
              :'sets' || '/large.sets') \gexec
ALTER TABLE large_membership ADD PRIMARY KEY (set_id, id);
CREATE INDEX ON large_membership (id);
VACUUM ANALYZE;
\endif
