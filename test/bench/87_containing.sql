-- Which sets hold this id? By a GIN index on a column of sets, by a many-to-many table's index, by arrays with GIN, and by
-- going through all sets. What the index costs: bytes, building it, changes of sets in a set table; and what it makes of
-- deleting a row that sets follow.
--
-- Random sets are scaled by their ids, not by their number: as many sets hold an id, of which sets hold a twentieth in the
-- mean, so that an index has as many entries under each key. That is what its size, and that of the table, depends on.
SELECT 1000 AS random_sets, r.ids AS random_ids, (2500 * :scale)::int AS large_sets, r.small_sets, r.followed,
       format('which of 1,000 random sets of %s to %s of %s ids hold an id', bench.spell(ids / 1000), bench.spell(ids / 10), bench.spell(ids)) AS holding,
       'which of ' || bench.spell(2500 * :scale) || ' sets of 50,000 ids, each in a tenth of the numbers, hold an id' AS local,
       'which of ' || bench.spell(2500 * :scale) || ' sets of 100 clusters of 200 ids hold an id' AS clustered,
       '25 of ' || bench.spell(r.small_sets) || ' sets of 50 ids that hold one of two' AS overlapping,
       'index ' || bench.spell(r.small_sets) || ' sets of 50 ids' AS building,
       'add or remove an id of a set of 100 to ' || bench.spell(1000000 * :scale) AS changing,
       format('delete a row that 2,000 sets of %s ids follow', bench.spell(r.followed / 100)) AS deleting,
       'delete a row that is in all of 2,000 sets' AS emptying
FROM (SELECT CASE WHEN :scale < 1 THEN 40000 ELSE 1000000 END AS ids, CASE WHEN :scale < 1 THEN 20000 ELSE 1000000 END AS small_sets,
             CASE WHEN :scale < 1 THEN 200000 ELSE 500000 END AS followed) r \gset
INSERT INTO bench.contender (topic, workload, contender, statement, settings, mode)
SELECT :'topic', :'holding' || ', ' || mode, contender, statement, settings::jsonb, mode
FROM unnest('{client,prepared}'::text[]) mode, (VALUES
  (1, 'objectset', 'SELECT count(*) FROM exact_set WHERE members @> 42', '{}'),
  (2, 'many-to-many, counted in the index', 'SELECT count(*) FROM exact_membership WHERE id = 42', '{}'),
  (3, 'objectset, by default', 'SELECT count(*) FROM default_set WHERE members @> 42', '{"enable_seqscan": "off"}'),
  (4, 'bigint[] with GIN', 'SELECT count(*) FROM exact_array WHERE ids @> ''{42}''', '{"enable_seqscan": "off"}'),
  (5, 'objectset, no index', 'SELECT count(*) FROM exact_set WHERE members @> 42', '{"enable_bitmapscan": "off"}')) AS c(place, contender, statement, settings)
WHERE mode = 'prepared' OR settings = '{}'
ORDER BY mode, place;
-- Not how many, but which: what the index alone does not know.
INSERT INTO bench.contender (topic, workload, contender, statement, mode)
SELECT :'topic', :'holding' || ', told, ' || mode, contender, statement, mode
FROM unnest('{client,prepared}'::text[]) mode, (VALUES
  (1, 'objectset', 'SELECT sum(set_id) FROM exact_set WHERE members @> 42'),
  (2, 'many-to-many', 'SELECT sum(set_id) FROM exact_membership WHERE id = 42')) AS c(place, contender, statement)
ORDER BY mode, place;
INSERT INTO bench.contender (topic, workload, contender, statement, settings) VALUES
  (:'topic', :'local', 'objectset', 'SELECT count(*) FROM local_set WHERE members @> 5000042', '{}'),
  (:'topic', :'local', 'objectset, no index', 'SELECT count(*) FROM local_set WHERE members @> 5000042', '{"enable_bitmapscan": "off"}'),
  (:'topic', :'local', 'pg_roaringbitmap', 'SELECT count(*) FROM local_roaring WHERE members @> 5000042::bigint', '{}'),
  (:'topic', :'clustered', 'objectset', 'SELECT count(*) FROM clustered_set WHERE members @> 5000042', '{}'),
  (:'topic', :'clustered', 'objectset, no index', 'SELECT count(*) FROM clustered_set WHERE members @> 5000042', '{"enable_bitmapscan": "off"}'),
  (:'topic', :'overlapping', 'objectset', 'SELECT count(*) FROM (SELECT FROM small_set WHERE members && ''{30,38}'' LIMIT 25) s', '{}'),
  (:'topic', :'overlapping', 'int[] with GIN', 'SELECT count(*) FROM (SELECT FROM small_array WHERE ids OPERATOR(pg_catalog.&&) ''{30,38}'' LIMIT 25) s', '{"enable_seqscan": "off"}'),
  (:'topic', :'overlapping', '2 ms', 'SELECT pg_sleep(0.002)', '{}'),
  (:'topic', :'overlapping', 'objectset, no index', 'SELECT count(*) FROM (SELECT FROM small_set WHERE members && ''{30,38}'' LIMIT 25) s',
   '{"enable_bitmapscan": "off"}');
INSERT INTO bench.contender (topic, workload, contender, statement, mode)
SELECT :'topic', workload, contender, '', 'measured'
FROM (VALUES (1, :'building', 'objectset'), (2, :'building', 'int[] with GIN'), (3, :'changing', 'objectset'), (4, :'changing', 'objectset, no index'),
             (5, :'deleting', 'objectset'), (6, :'deleting', 'objectset, no index'), (7, :'deleting', '10 ms'),
             (8, :'emptying', 'objectset'), (9, :'emptying', 'objectset, no index')) AS c(n, workload, contender) ORDER BY n;

INSERT INTO bench.goal (about, workloads, contender, against, judged, "limit") VALUES
  ('sets that hold an id, all ids being keys, against a many-to-many table', :'holding' || ', told, %', 'objectset', 'many-to-many', 'worst', 1.5),
  ('the same, only counted, which that does in its index', :'holding' || ', client', 'objectset', 'many-to-many%', 'worst', 1.5),
  ('the same, prepared', :'holding' || ', prepared', 'objectset', 'many-to-many%', 'worst', 1.5),
  ('going through sets without an index, against pg_roaringbitmap (3 x as fast)', :'local', 'objectset, no index', 'pg_roaringbitmap', 'worst', 0.33),
  ('sets with locality by the default index, against going through them', :'local', 'objectset', 'objectset, no index', 'worst', 0.05),
  ('clustered sets by the default index, against going through them', :'clustered', 'objectset', 'objectset, no index', 'worst', 0.05),
  ('sets that hold one of two ids, LIMIT 25, against going through them', :'overlapping', 'objectset', 'objectset, no index', 'worst', 0.01),
  ('the same: under 2 ms', :'overlapping', 'objectset', '2 ms', 'worst', 1),
  ('building an index, against GIN on int[]', :'building', 'objectset', 'int[] with GIN', 'worst', 1),
  ('a changed set with an index, against without one', :'changing', 'objectset', 'objectset, no index', 'worst', 2),
  ('deleting a row that 2,000 sets with an index follow: under 10 ms', :'deleting', 'objectset', '10 ms', 'worst', 1),
  ('deleting a row that is in all of them, with an index, against without one', :'emptying', 'objectset', 'objectset, no index', 'worst', 2);

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  SELECT setseed(0.42) \g /dev/null
  SELECT bool_or(bench.is_wanted(topic, workload)) AS wanted FROM bench.contender WHERE topic = :'topic' AND starts_with(workload, :'holding') \gset
  \if :wanted
    CREATE TABLE exact_set AS
    SELECT set_id, objectset_agg((1 + random() * (:random_ids - 1))::bigint) AS members
    FROM generate_series(1, :random_sets) set_id, generate_series(1, :random_ids / 1000 + 99 * (:random_ids / 1000) * set_id / :random_sets) GROUP BY set_id;
    CREATE TABLE exact_membership AS SELECT set_id, unnest(members) AS id FROM exact_set;
    ALTER TABLE exact_membership ADD PRIMARY KEY (set_id, id);
    CREATE INDEX ON exact_membership (id);
    CREATE TABLE default_set AS SELECT * FROM exact_set;
    CREATE TABLE exact_array AS SELECT set_id, members::bigint[] AS ids FROM exact_set;
    CREATE INDEX exact_set_members ON exact_set USING gin (members objectset_ops (exact));
    CREATE INDEX default_set_members ON default_set USING gin (members);
    CREATE INDEX exact_array_ids ON exact_array USING gin (ids);
    VACUUM ANALYZE exact_membership, exact_set, default_set, exact_array;
    INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
    SELECT :'topic', 'sets or table and their indexes: ' || substr(:'holding', 10, length(:'holding') - 9 - 11), contender, pg_total_relation_size(t::regclass), 'bytes',
           CASE contender WHEN 'objectset' THEN pg_total_relation_size('exact_membership') / 8 END
    FROM (VALUES ('objectset', 'exact_set'), ('many-to-many', 'exact_membership'), ('objectset, by default', 'default_set'), ('bigint[] with GIN', 'exact_array')) c(contender, t);
  \endif

  -- Sets that are like one of twenty, each somewhere else.
  SELECT bench.is_wanted(:'topic', :'local') OR bench.is_wanted(:'topic', :'clustered') AS wanted \gset
  \if :wanted
    CREATE TABLE like_them AS
    SELECT n, (SELECT objectset_agg((random() * 1000000)::bigint) FROM generate_series(1, 51250) WHERE n > 0) AS local,
           (SELECT objectset_agg((place + random() * 1000)::bigint) FROM (SELECT random() * 10000000 AS place FROM generate_series(1, 100) WHERE n > 0 OFFSET 0) c, generate_series(1, 222)) AS clustered
    FROM generate_series(1, 20) n;
    CREATE TABLE local_set AS
    SELECT i AS set_id, objectset_shift(local, (random() * 9000000)::bigint) AS members FROM generate_series(1, :large_sets) i JOIN like_them ON n = 1 + i % 20;
    CREATE TABLE clustered_set AS
    SELECT i AS set_id, objectset_shift(clustered, (-5000000 + random() * 10000000)::bigint) AS members FROM generate_series(1, :large_sets) i JOIN like_them ON n = 1 + i % 20;
    CREATE INDEX local_index ON local_set USING gin (members);
    CREATE INDEX clustered_index ON clustered_set USING gin (members);
    \if :have_roaringbitmap
      CREATE TABLE local_roaring AS SELECT set_id, rb64_build(members::bigint[]) AS members FROM local_set;
      VACUUM ANALYZE local_roaring;
    \endif
    VACUUM ANALYZE local_set, clustered_set;
    -- Their indexes beside those on all ids, on some of them.
    CREATE TABLE some_local AS SELECT * FROM local_set WHERE set_id <= 20;
    CREATE TABLE some_clustered AS SELECT * FROM clustered_set WHERE set_id <= 20;
    CREATE INDEX some_local_default ON some_local USING gin (members);
    CREATE INDEX some_clustered_default ON some_clustered USING gin (members);
    CREATE INDEX some_local_exact ON some_local USING gin (members objectset_ops (exact));
    CREATE INDEX some_clustered_exact ON some_clustered USING gin (members objectset_ops (exact));
    INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
    SELECT :'topic', 'an index on 20 of these: ' || CASE kind WHEN 'local' THEN :'local' ELSE :'clustered' END, contender, pg_relation_size('some_' || kind || suffix), 'bytes',
           CASE contender WHEN 'objectset' THEN pg_relation_size('some_' || kind || '_exact') / 20 END
    FROM unnest('{local,clustered}'::text[]) kind, (VALUES ('objectset', '_default'), ('objectset, all ids are keys', '_exact')) c(contender, suffix);
  \endif

  SELECT bench.is_wanted(:'topic', :'overlapping') OR bench.is_wanted(:'topic', :'building') AS wanted \gset
  \if :wanted
    CREATE TABLE small_array AS
    SELECT n AS id, array_agg((1 + random() * (5 * :small_sets - 1))::int) AS ids FROM generate_series(1, :small_sets) n, generate_series(1, 50) GROUP BY n;
    CREATE TABLE small_set AS SELECT id, ids::objectset AS members FROM small_array;
    VACUUM ANALYZE small_array, small_set;
    DO $$
    DECLARE
      workload text := (SELECT workload FROM bench.contender WHERE contender = 'objectset' AND workload LIKE 'index % sets of 50 ids');
      begun timestamptz := clock_timestamp();
      started timestamptz;
      item record;
    BEGIN
      FOR item IN SELECT round, c.* FROM generate_series(1, 2) round, (VALUES ('objectset', 'small_set_members', 'small_set', 'members'), ('int[] with GIN', 'small_array_ids', 'small_array', 'ids')) c(contender, index, rel, col) LOOP
        IF item.round > 1 THEN
          -- What takes minutes is built once.
          EXIT WHEN item.contender = 'objectset' AND clock_timestamp() > begun + interval '1 minute';
          EXECUTE 'DROP INDEX ' || item.index;
        END IF;
        started := clock_timestamp();
        EXECUTE format('CREATE INDEX %I ON %I USING gin (%I)', item.index, item.rel, item.col);
        INSERT INTO bench.sample VALUES (workload, item.contender, item.round, 1, 1000 * extract(epoch FROM clock_timestamp() - started));
      END LOOP;
    END $$;
    INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
    SELECT :'topic', :'building', contender, pg_relation_size(t::regclass), 'bytes', CASE contender WHEN 'objectset' THEN pg_relation_size('small_array_ids') END
    FROM (VALUES ('objectset', 'small_set_members'), ('int[] with GIN', 'small_array_ids')) c(contender, t);
  \endif

  -- Set tables: 25 sets of each of three sizes, scattered over four million numbers; and 2,000 sets that follow deleted rows,
  -- of which most are in one set of a hundred, and ten in all. Both with the index and without.
  SELECT count(*) > 0 AS wanted FROM unnest(ARRAY[:'changing', :'deleting', :'emptying']) w WHERE bench.is_wanted(:'topic', w) \gset
  \if :wanted
    CREATE TABLE numbered (id bigint PRIMARY KEY);
    SELECT objectset_create_table('set_indexed', 'numbered', index => true), objectset_create_table('set_plain', 'numbered') \g /dev/null
    CREATE TABLE sized AS
    SELECT n, objectset_agg(i * 7919 % 4000037) AS members FROM (VALUES (100, 100), (10000, 10000), (1000000, (1000000 * :scale)::int)) s(n, ids),
      LATERAL generate_series(1, ids::bigint) i GROUP BY n;
    SELECT count(objectset_save(t, n || '-' || i, objectset_shift(members, i)))
    FROM unnest('{set_indexed,set_plain}'::regclass[]) t, sized, generate_series(0, 24) i \g /dev/null
    CREATE TABLE gone_indexed AS SELECT generate_series(1, :followed)::bigint AS id;
    CREATE TABLE gone_plain AS SELECT * FROM gone_indexed;
    ALTER TABLE gone_indexed ADD PRIMARY KEY (id);
    ALTER TABLE gone_plain ADD PRIMARY KEY (id);
    SELECT objectset_create_table('gone_indexed_set', 'gone_indexed', index => true), objectset_create_table('gone_plain_set', 'gone_plain') \g /dev/null
    CREATE TABLE follower AS
    SELECT n, objectset_agg((1 + random() * (:followed - 1))::bigint) | objectset_range(1, 11) AS members FROM generate_series(1, 2000) n, generate_series(1, :followed / 100) GROUP BY n;
    SELECT count(objectset_save(t, 'set ' || n, members)) FROM unnest('{gone_indexed_set,gone_plain_set}'::regclass[]) t, follower \g /dev/null
    SELECT objectset_follow_deletes('gone_indexed_set'), objectset_follow_deletes('gone_plain_set') \g /dev/null
    VACUUM ANALYZE set_indexed, set_plain, gone_indexed, gone_plain, gone_indexed_set, gone_plain_set;
    CHECKPOINT;

    -- Each change is a transaction of its own, by a session that has no snapshot in between, so that rows are pruned as they
    -- are in practice. Between any two the time and the end of the log are noted, in a file.
    CREATE TABLE noted (n int GENERATED ALWAYS AS IDENTITY, workload text, contender text, at timestamptz, log pg_lsn);
    \set notes :sets '/noted'
    \pset format csv
    \pset tuples_only on
    \o :notes
    SELECT format('DO $$ BEGIN PERFORM objectset_%s(''set_%s'', ''%s-%s'', %s::bigint); END $$', action, contender, size, trunc(random() * 25), -trunc(random() * 1000)),
           format('SELECT %L, %L, clock_timestamp(), pg_current_wal_insert_lsn()', :'changing', contender)
    FROM generate_series(1, 200) i, unnest('{add,remove}'::text[]) action, unnest('{100,10000,1000000}'::int[]) size, unnest('{indexed,plain}'::text[]) contender
    ORDER BY i, action, size, contender \gexec
    SELECT format('DELETE FROM gone_%s WHERE id = %s', contender, i * 3919), format('SELECT %L, %L, clock_timestamp(), pg_current_wal_insert_lsn()', :'deleting', contender)
    FROM generate_series(1, 30) i, unnest('{indexed,plain}'::text[]) contender ORDER BY i, contender \gexec
    SELECT format('DELETE FROM gone_%s WHERE id = %s', contender, i), format('SELECT %L, %L, clock_timestamp(), pg_current_wal_insert_lsn()', :'emptying', contender)
    FROM generate_series(1, 10) i, unnest('{indexed,plain}'::text[]) contender ORDER BY i, contender \gexec
    \o
    \pset tuples_only off
    \pset format aligned
    \set copied 'COPY noted (workload, contender, at, log) FROM ' '''' :notes '''' ' CSV'
    :copied;
    CREATE TABLE changed AS
    SELECT n, workload, CASE contender WHEN 'indexed' THEN 'objectset' ELSE 'objectset, no index' END AS contender,
           1e3 * extract(epoch FROM at - lag(at) OVER (ORDER BY n)) AS milliseconds, log - lag(log) OVER (ORDER BY n) AS bytes FROM noted;
    INSERT INTO bench.sample SELECT workload, contender, n, 1, milliseconds FROM changed WHERE milliseconds IS NOT NULL;
    INSERT INTO bench.sample VALUES (:'deleting', '10 ms', 1, 1, 10);
    INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
    SELECT :'topic', 'log of: ' || workload, contender, value, 'bytes',
           CASE WHEN contender = 'objectset' AND workload = :'changing' THEN 2 * lead(value) OVER (PARTITION BY workload ORDER BY contender) END
    FROM (SELECT workload, contender, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY bytes)::numeric) AS value FROM changed WHERE bytes IS NOT NULL GROUP BY 1, 2) m
    ORDER BY workload, contender;
    -- Of the updates of rows, those that touched no index.
    INSERT INTO bench.figure (topic, workload, contender, value, unit)
    SELECT :'topic', 'of 1,000 changes leave the index alone', 'objectset', round(1000.0 * hot / changes), 'changes'
    FROM (SELECT pg_stat_get_tuples_hot_updated('set_indexed'::regclass) AS hot, pg_stat_get_tuples_updated('set_indexed'::regclass) AS changes) s
    WHERE changes > 0;
  \endif
\endif
