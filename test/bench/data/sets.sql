-- The pairs of sets of four kinds and several sizes, each stored in every way. Those of more than a few ids share some.
--
--   random     drawn evenly from the patients
--   clustered  runs of 1,000 ids, with gaps as long
--   dense      nine ids out of ten
--   scattered  over 2^60, as ids are that are made of time and machine
SELECT to_regclass('set_membership') IS NULL AS missing \gset
\if :missing
-- The many-to-many table: sets `number` and `number + 1` are a pair.
CREATE UNLOGGED TABLE set_membership (set_id int, id bigint);
INSERT INTO set_membership
SELECT number + side, id
FROM bench.pair, generate_series(0, 1) AS side, LATERAL (
    -- Of the patients, n in all; where that is half of them or less a draw is taken from each 1/n of the range.
    SELECT 1 + (i * stride) + abs(hashint8extended(i, side) % stride) AS id
    FROM (SELECT (5000000 * :scale)::bigint / n AS stride) AS s, generate_series(0, n - 1) AS i
    WHERE kind = 'random'
    UNION ALL
    SELECT i + i / least(1000, n / 2) * least(1000, n / 2) + side * least(500, n / 4)
    FROM generate_series(0, n - 1) AS i WHERE kind = 'clustered'
    UNION ALL
    SELECT i + i / 9 + side * 3 FROM generate_series(0, n - 1) AS i WHERE kind = 'dense'
    UNION ALL
    SELECT abs(hashint8extended(i + side * n / 2, 7) % (1::bigint << 60))
    FROM generate_series(0, n - 1) AS i WHERE kind = 'scattered') AS ids;
ALTER TABLE set_membership ADD PRIMARY KEY (set_id, id);
CREATE INDEX ON set_membership (id);
VACUUM ANALYZE set_membership;

-- A thousand empty sets come with them, so that every table is one that a user would have: sets are found by the index.
CREATE TABLE set_array (id int PRIMARY KEY, ids bigint[]);
INSERT INTO set_array SELECT set_id, array_agg(id ORDER BY id) FROM set_membership GROUP BY set_id;
INSERT INTO set_array SELECT i, '{}' FROM generate_series(1001, 2000) AS i;
CREATE TABLE set_objectset (id int PRIMARY KEY, members objectset);
INSERT INTO set_objectset SELECT id, ids FROM set_array;
\if :have_intarray
  CREATE TABLE set_intarray (id int PRIMARY KEY, ids int[]);
  INSERT INTO set_intarray SELECT id, ids::int[] FROM set_array WHERE coalesce(ids[cardinality(ids)], 0) <= 2147483647;
\endif
-- The peer's sets are run-optimised, which is its best form.
\if :have_roaringbitmap
  CREATE TABLE set_roaring64 (id int PRIMARY KEY, members roaringbitmap64);
  INSERT INTO set_roaring64 SELECT id, rb64_runoptimize(rb64_build(ids)) FROM set_array;
  CREATE TABLE set_roaring32 (id int PRIMARY KEY, members roaringbitmap);
  INSERT INTO set_roaring32
  SELECT id, rb_runoptimize(rb_build(ids::int[])) FROM set_array WHERE coalesce(ids[cardinality(ids)], 0) <= 2147483647;
\endif
-- For croaring.cpp, a file for each pair.
SELECT format('COPY (SELECT id, encode(objectset_to_roaring64(members), ''hex'') FROM set_objectset
               WHERE id IN (%s, %s)) TO %L', number, number + 1, :'sets' || '/set_' || number || '.sets')
FROM bench.pair \gexec
VACUUM ANALYZE;
\endif
