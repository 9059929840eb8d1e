-- The GIN operator class: what the index answers is what the table answers; which questions it is asked; and what it
-- leaves to be looked at.
SET enable_seqscan = off;
SELECT opcname, amname, amvalidate(c.oid) AS valid, opcdefault, opckeytype::regtype
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod WHERE opcintype = 'objectset'::regtype ORDER BY amname;

CREATE TABLE held (id int PRIMARY KEY, members objectset);
INSERT INTO held SELECT i, (SELECT objectset_agg(i * 7919 * j % 1000) FROM generate_series(1, 1 + i % 40) j) FROM generate_series(1, 1000) i;
INSERT INTO held VALUES (1001, '{}'), (1002, NULL), (1003, objectset_range(0, 3000)), (1004, '{-9223372036854775808,9223372036854775807}'),
  (1005, objectset_range(-9223372036854775808, -9223372036854770000)), (1006, (SELECT objectset_agg(i * 30000017) FROM generate_series(-1000, 1000::bigint) i)),
  (1007, objectset_range(100000, 1100000) | '{5000000000000}'), (1008, '{}'), (1009, NULL),
  (1010, (SELECT objectset_agg(i * 1000000007 * 1000003) FROM generate_series(-4000, 4000::bigint) i));
CREATE INDEX held_members ON held USING gin (members);
VACUUM ANALYZE held;

-- Which operators ask it, either way round and for ids of each type; a set of no ids, and NULL.
SELECT plan_of('SELECT id FROM held WHERE ' || condition) FROM (VALUES ('members && ''{1,2}'''), ('''{1,2}'' && members'), ('members @> ''{1,2}'''),
  ('''{1,2}'' <@ members'), ('members <@ ''{1,2}'''), ('''{1,2}'' @> members'), ('members = ''{1,2}'''), ('members @> 1::bigint'), ('members @> 1::int'),
  ('members @> 1::smallint'), ('1::bigint <@ members'), ('1::int <@ members'), ('1::smallint <@ members'),
  ('members && ARRAY[1,2]'), ('ARRAY[1,2]::bigint[] <@ members')) AS c(condition);

CREATE FUNCTION wrong_of(condition text, rel text DEFAULT 'held') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  by_index int[]; by_table int[];
BEGIN
  PERFORM set_config('enable_bitmapscan', 'on', true), set_config('enable_seqscan', 'off', true);
  EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %I WHERE %s', rel, condition) INTO by_index;
  PERFORM set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'on', true);
  EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %I WHERE %s', rel, condition) INTO by_table;
  PERFORM set_config('enable_bitmapscan', 'on', true), set_config('enable_seqscan', 'off', true);
  RETURN CASE WHEN by_index IS DISTINCT FROM by_table THEN format('%s: %s, not %s', condition, by_index, by_table) END;
END $$;
CREATE TABLE asked AS
SELECT s FROM unnest('{"{}","{0}","{30,38}","{-1,1000000000000}","{-9223372036854775808}","{9223372036854775807}","{0..999}","{999..2999}",
  "{1,5000000000000}","{150000}","{150000..160000}","{65535,65536,131071,131072,1099999,1100000}"}'::objectset[]) s
UNION ALL SELECT members FROM held WHERE id % 97 = 0 OR id > 1000
UNION ALL SELECT objectset_slice(members, 1, 20) FROM held WHERE id > 1000
UNION ALL SELECT members | 77777 FROM held WHERE id > 1000
UNION ALL SELECT objectset_range(-1000000, 1) UNION ALL SELECT objectset_agg(i * 3) FROM generate_series(1, 300000) i;
SELECT count(*) AS questions, array_remove(array_agg(wrong_of(format('members %s %L', op, s))), NULL) AS wrong
FROM asked, unnest('{&&,@>,<@,=}'::text[]) op WHERE s IS NOT NULL;
SELECT count(*) AS questions, array_remove(array_agg(wrong_of(format('members @> %L::%s', id, type))), NULL) AS wrong
FROM (SELECT DISTINCT objectset_elements(s, NULL, 40) AS id FROM asked UNION SELECT unnest('{-9223372036854775808,9223372036854775807,-1,0,70000,1100000,-9223372036854775807}'::bigint[])) q,
     unnest('{bigint,int,smallint}'::text[]) type
WHERE type = 'bigint' OR id BETWEEN -32768 AND 32767;
SELECT count(*) FROM held WHERE members @> NULL::bigint;
SELECT count(*) FROM held WHERE members && NULL::objectset;
SELECT array_agg(id) FROM held WHERE members <@ '{}';
SELECT array_agg(id) FROM held WHERE members = '{}';
SELECT count(*) FROM held WHERE members @> '{}';
SELECT count(*) FROM held WHERE members && '{}';

-- What is left to be looked at: nothing where a key is the id that was asked for; where a block is, the set.
CREATE FUNCTION looked_at(condition text, rel text DEFAULT 'held', OUT candidates bigint, OUT rows bigint, OUT in_vain bigint) LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT FROM %I WHERE %s', rel, condition) INTO plan;
  plan := plan -> 0 -> 'Plan';
  -- From release 18 on rows have decimals.
  candidates := (plan -> 'Plans' -> 0 ->> 'Actual Rows')::numeric;
  rows := (plan ->> 'Actual Rows')::numeric;
  in_vain := coalesce((plan ->> 'Rows Removed by Index Recheck')::bigint, 0);
END $$;
-- Ids of the largest sets are under blocks of 256, 65,536 and 16,777,216 numbers, of all others under keys of their own.
SELECT condition, looked_at.* FROM (VALUES ('members @> 500'), ('members @> ''{0,500,999}'''), ('members && ''{500,501}'''), ('members @> 5000000000001'),
  ('members @> 5000000000000'), ('members && ''{1200000}''')) c(condition), looked_at(condition);
-- A block does not make the index forget that sets that hold the ids are more than the block tells.
CREATE TABLE blocks (id int PRIMARY KEY, members objectset);
INSERT INTO blocks SELECT i, (SELECT objectset_agg(i * 10000000 + j * 3) FROM generate_series(1, 20000) j) FROM generate_series(1, 50) i;
CREATE INDEX blocks_members ON blocks USING gin (members);
SELECT condition, looked_at.* FROM (VALUES ('members @> 70000003'), ('members @> 70000004'), ('members @> 75000000'), ('members && ''{70000004,80000003}'''),
  ('members @> ''{70000003,70000006,70060000}'''), ('members <@ ''{70000000..70070000}''')) c(condition), looked_at(condition, 'blocks');

-- Sets of any size take a bounded number of keys, and those that do not tell sets apart are saved.
CREATE TABLE large (id int PRIMARY KEY, members objectset);
INSERT INTO large SELECT i, (SELECT objectset_agg(j * 2 + (j * 7919 * i) % 2) FROM generate_series(i, 1000000 + i::bigint) j) FROM generate_series(1, 4) i;
INSERT INTO large SELECT 10 + i, (SELECT objectset_agg((j * 7919 * i) % 100000007) FROM generate_series(1, 30000::bigint) j) FROM generate_series(1, 4) i;
INSERT INTO large SELECT 20 + i, (SELECT objectset_agg((j * 1000003 * 1000033 + i) # 55555) FROM generate_series(1, 300000::bigint) j) FROM generate_series(1, 2) i;
CREATE INDEX large_members ON large USING gin (members);
CREATE INDEX large_members_256 ON large USING gin (members objectset_ops (keys = 256));
SELECT relname, pg_relation_size(oid) / 8192 < CASE WHEN relname LIKE '%256' THEN 20 ELSE 70 END AS is_small FROM pg_class WHERE relname LIKE 'large_members%' ORDER BY 1;
SELECT count(*) AS questions, array_remove(array_agg(wrong_of(format('members @> %s::bigint', id), 'large')), NULL) AS wrong
FROM (SELECT members[1 + n * (cardinality(members) - 1) / 7] + d AS id FROM large, generate_series(0, 7) n, generate_series(0, 1) d) q;
DROP INDEX large_members_256;

-- The number of keys.
SELECT error_of('CREATE INDEX ON held USING gin (members objectset_ops (keys = 255))');
SELECT error_of('CREATE INDEX ON held USING gin (members objectset_ops (keys = 10000001))');
SELECT error_of('CREATE INDEX ON held USING gin (members objectset_ops (key = 1000))');
CREATE INDEX held_exact ON held USING gin (members objectset_ops (keys = 10000000));
SELECT pg_get_indexdef('held_exact'::regclass);
DROP INDEX held_members;
SELECT condition, looked_at.* FROM (VALUES ('members @> 500'), ('members @> 1200000'), ('members && ''{1099999,1200000}''')) c(condition), looked_at(condition);
SELECT count(*) AS questions, array_remove(array_agg(wrong_of(format('members %s %L', op, s))), NULL) AS wrong
FROM (SELECT s FROM asked LIMIT 12) asked, unnest('{&&,@>,<@,=}'::text[]) op;
DROP INDEX held_exact;

-- A key for each id, whatever the size: nothing but what has no key of its own is looked at. Up to a size.
CREATE INDEX held_exact ON held USING gin (members objectset_ops (exact));
SELECT pg_get_indexdef('held_exact'::regclass);
SELECT condition, looked_at.* FROM (VALUES ('members @> 500'), ('members @> 1200000'), ('members @> 1099999'), ('members && ''{1099999,1200000}'''), ('members @> ''{1000,2000}'''),
  ('members @> (-9223372036854770000)'), ('members && ''{-9223372036854775808..-9223372036854770000}''')) c(condition), looked_at(condition);
SELECT count(*) AS questions, array_remove(array_agg(wrong_of(format('members %s %L', op, s))), NULL) AS wrong
FROM asked, unnest('{&&,@>,<@,=}'::text[]) op WHERE s IS NOT NULL;
SELECT error_of('INSERT INTO held VALUES (1011, objectset_range(0, 10000001))');
SELECT error_of('CREATE INDEX ON held USING gin (members objectset_ops (exact = 7))');
DROP INDEX held_exact;

-- On some rows; built and built anew beside those who write; on what a set table's rows come to.
CREATE FUNCTION wrong_of_some(also text DEFAULT '') RETURNS text[] LANGUAGE sql AS $$
  SELECT array_remove(array_agg(wrong_of(format('members %s %L', op, s) || also)), NULL) FROM (SELECT s FROM asked LIMIT 12) asked, unnest('{&&,@>,<@,=}'::text[]) op $$;
CREATE INDEX held_some ON held USING gin (members) WHERE id % 2 = 0;
SELECT plan_of('SELECT id FROM held WHERE members @> 30 AND id % 2 = 0'), wrong_of_some(' AND id % 2 = 0');
DROP INDEX held_some;
CREATE INDEX CONCURRENTLY held_members ON held USING gin (members);
SELECT wrong_of_some();
REINDEX INDEX held_members;
SELECT wrong_of_some();
REINDEX INDEX CONCURRENTLY held_members;
SELECT wrong_of_some(), looked_at.* FROM looked_at('members @> 500');
DROP INDEX held_members;
CREATE TABLE corrected AS SELECT id, members AS base, CASE id % 3 WHEN 0 THEN '{30,5000}'::objectset ELSE '{}' END AS added,
  CASE id % 4 WHEN 0 THEN '{38}'::objectset ELSE '{}' END AS removed, CASE id % 5 WHEN 0 THEN '{0}'::objectset ELSE '{}' END AS deleted FROM held;
CREATE INDEX ON corrected USING gin (objectset_members_of(base, added, removed, deleted));
VACUUM ANALYZE corrected;
SELECT plan_of('SELECT id FROM corrected WHERE objectset_members_of(base, added, removed, deleted) @> 5000');
SELECT array_remove(array_agg(wrong_of(format('objectset_members_of(base, added, removed, deleted) %s %L', op, s), 'corrected')), NULL) AS wrong
FROM (SELECT s FROM asked LIMIT 12) asked, unnest('{&&,@>,<@,=}'::text[]) op;
UPDATE corrected SET added = '{77}' WHERE id % 10 = 0;
SELECT count(*), wrong_of('objectset_members_of(base, added, removed, deleted) @> 77', 'corrected') FROM corrected WHERE objectset_members_of(base, added, removed, deleted) @> 77;

-- New sets, changed and deleted ones; keys that wait in the pending list, and do not; after VACUUM.
CREATE INDEX held_pending ON held USING gin (members objectset_ops (keys = 256)) WITH (fastupdate = on);
CREATE FUNCTION change_held(n int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO held SELECT 2000 * n + i, CASE i % 3 WHEN 0 THEN objectset_range(i, i * 20) WHEN 1 THEN objectset_range(i * 9, i * 9 + 4) ELSE '{}' END FROM generate_series(1, 300) i;
  UPDATE held SET members = (members | 30::bigint) - '{38}'::objectset WHERE id % 7 = n;
  DELETE FROM held WHERE id % 11 = n;
$$;
CREATE FUNCTION wrong_now() RETURNS text[] LANGUAGE sql AS $$
  SELECT array_remove(array_agg(wrong_of(format('members %s %L', op, s))), NULL) FROM (SELECT s FROM asked LIMIT 20) asked, unnest('{&&,@>,<@,=}'::text[]) op $$;
SELECT change_held(1), wrong_now();
SELECT gin_clean_pending_list('held_pending') > 0 AS were_pending, wrong_now();
VACUUM held;
SELECT wrong_now();
DROP INDEX held_pending;
CREATE INDEX held_direct ON held USING gin (members) WITH (fastupdate = off);
SELECT change_held(2), wrong_now();
VACUUM held;
SELECT wrong_now();

-- As the inner side of a join, over a domain, over an expression, beside another column, on a partitioned table.
SET enable_memoize = off; -- which autovacuum's look at the table may bring
SELECT plan_of('SELECT count(*) FROM asked JOIN held ON members @> s');
RESET enable_memoize;
CREATE DOMAIN some_ids AS objectset;
CREATE TABLE domained (members some_ids, added objectset);
INSERT INTO domained SELECT members, '{7}' FROM held;
CREATE INDEX ON domained USING gin (members);
CREATE INDEX ON domained USING gin ((members | added));
VACUUM ANALYZE domained;
SELECT plan_of('SELECT count(*) FROM domained WHERE members @> 30');
SELECT plan_of('SELECT count(*) FROM domained WHERE (members | added) @> 30');
SELECT count(*) = (SELECT count(*) FROM held WHERE members @> 30) AS same FROM domained WHERE members @> 30;
CREATE TABLE parted (id int, members objectset) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (500);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (500) TO (100000);
CREATE INDEX ON parted USING gin (members objectset_ops (keys = 300));
INSERT INTO parted SELECT * FROM held;
ANALYZE parted;
SELECT plan_of('SELECT count(*) FROM parted WHERE members @> 30');
SELECT (SELECT count(*) FROM parted WHERE members @> 30) = (SELECT count(*) FROM held WHERE members @> 30) AS same;

-- The planner takes the index where going through the sets would cost more: of two hundred rows in two pages with
-- large sets beside them, not of as many small sets.
SET enable_seqscan = on;
CREATE TABLE costly AS SELECT i AS id, (SELECT objectset_agg(i * 1000 + j * 7919 % 20011) FROM generate_series(1, 5000::bigint) j) AS members FROM generate_series(1, 200) i;
CREATE TABLE cheap AS SELECT id, objectset_slice(members, 0, 3) AS members FROM costly;
CREATE INDEX costly_members ON costly USING gin (members);
CREATE INDEX cheap_members ON cheap USING gin (members);
VACUUM ANALYZE costly, cheap;
SELECT plan_of('SELECT id FROM ' || rel || ' WHERE ' || condition) FROM unnest('{costly,cheap}'::text[]) rel, unnest('{members @> 50001,"members && ''{50001,50002}''"}'::text[]) condition;

-- Without an index: of large sets a few pages are read, whatever is asked (here 60 sets of 16 pages each).
SET enable_bitmapscan = off;
SET enable_seqscan = on;
SET objectset.cache_size = 0;
CREATE TABLE unindexed AS SELECT i AS id, (SELECT objectset_agg(i + (j * 7919 % 200000) * 21) FROM generate_series(1, 60000::bigint) j) AS members FROM generate_series(1, 60) i;
INSERT INTO unindexed VALUES (61, '{1}');
ANALYZE unindexed;
SELECT condition, blocks_of('SELECT FROM unindexed WHERE ' || condition) < 60 * 9 AS reads_little
FROM (VALUES ('members @> 2100021'), ('members && ''{2100021,2100022}'''), ('members @> ''{2100021,2100042}'''), ('members <@ ''{2100021,2100022}'''), ('members = ''{2100021}''')) c(condition);
DROP TABLE held, asked, corrected, blocks, large, domained, parted, costly, cheap, unindexed;
DROP DOMAIN some_ids;
DROP FUNCTION wrong_of, wrong_of_some, looked_at, change_held, wrong_now;
