-- Small questions about one large stored set: how much of it is read, and how long that takes beside a look-up of its
-- row.

-- 1$: number of the set, 2$: an id. The first five are those that the project has set itself goals for.
CREATE TABLE bench.lookup AS
SELECT * FROM (VALUES
  (1, true, 'membership',
   'members @> %2$s::bigint', 'members @> %2$s::bigint', '%2$s = ANY (ids)',
   'SELECT EXISTS (SELECT FROM large_membership WHERE set_id = %1$s AND id = %2$s)'),
  (2, true, 'cardinality',
   'cardinality(members)', 'rb64_cardinality(members)', 'cardinality(ids)',
   'SELECT count(*) FROM large_membership WHERE set_id = %1$s'),
  (3, true, 'min',
   'objectset_min(members)', 'rb64_min(members)', 'ids[1]',
   'SELECT min(id) FROM large_membership WHERE set_id = %1$s'),
  (4, true, 'max',
   'objectset_max(members)', 'rb64_max(members)', 'ids[cardinality(ids)]',
   'SELECT max(id) FROM large_membership WHERE set_id = %1$s'),
  (5, true, 'first page of 20',
   'objectset_slice(members, 0, 20)::bigint[]', 'rb64_to_array(rb64_select(members, 20))', 'ids[1:20]',
   'SELECT array(SELECT id FROM large_membership WHERE set_id = %1$s ORDER BY id LIMIT 20)'),
  (6, false, 'rank',
   'objectset_rank(members, %2$s)', 'rb64_rank(members, %2$s)', NULL,
   'SELECT count(*) FROM large_membership WHERE set_id = %1$s AND id <= %2$s'),
  (7, false, 'range count',
   'objectset_count_between(members, %2$s, %2$s + 1000)', 'rb64_range_cardinality(members, %2$s, %2$s + 1000)', NULL,
   'SELECT count(*) FROM large_membership WHERE set_id = %1$s AND id >= %2$s AND id < %2$s + 1000'),
  (8, false, 'twenty after an id',
   'array(SELECT objectset_elements(members, %2$s, 20))',
       'rb64_to_array(rb64_select(members, 20, 0, false, %2$s + 1))', NULL,
   'SELECT array(SELECT id FROM large_membership WHERE set_id = %1$s AND id > %2$s ORDER BY id LIMIT 20)'))
  AS l(place, in_issue, name, objectset, roaring64, listed, many);

-- As a client has them: sent as text, parsed, planned and executed each time, and the answer sent back. And as prepared
-- statements, where some microseconds show that are otherwise hidden behind the planner and the socket.
INSERT INTO bench.contender (topic, workload, contender, statement, mode)
SELECT :'topic', format('%s of a stored set of 2.5 million ids, %s', name, mode), contender,
    format(statement, 1, 1234567), mode
FROM bench.lookup, unnest('{client,prepared}'::text[]) AS mode, LATERAL (VALUES
  (1, 'objectset', 'SELECT ' || objectset || ' FROM large_objectset WHERE id = %1$s'),
  (2, 'pg_roaringbitmap', 'SELECT ' || roaring64 || ' FROM large_roaring64 WHERE id = %1$s'),
  (3, 'bigint[]', 'SELECT ' || listed || ' FROM large_array WHERE id = %1$s'),
  (4, 'many-to-many', many),
  (5, 'the row alone', 'SELECT id FROM large_objectset WHERE id = %1$s')) AS t(place, contender, statement)
WHERE statement IS NOT NULL ORDER BY mode, lookup.place, t.place;

-- By size: 10,000 to 10 million ids.
INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', name || ' of a stored set, by its size', size,
       format('SELECT ' || objectset || ' FROM large_objectset WHERE id = %1$s', number, 12345)
FROM bench.lookup, (VALUES (4, '10,000 ids'), (5, '100,000 ids'), (6, '1 million ids'), (7,
    '10 million ids')) AS s(number, size)
WHERE in_issue ORDER BY place, number;

INSERT INTO bench.goal (about, workloads, against, "limit")
SELECT format('%s of 2.5 million ids, against the row alone', name),
    format('%s of a stored set of 2.5 million ids, client', name), 'the row alone', 1.1
FROM bench.lookup WHERE in_issue ORDER BY place;
INSERT INTO bench.goal (about, workloads, contender, against, "limit") VALUES
  ('look-ups in 10 million ids, against 10,000', '% of a stored set, by its size', '10 million ids', '10,000 ids', 1.2);
INSERT INTO bench.chart VALUES
  ('membership of a stored set of 2.5 million ids, client', 'Is an id in a stored set of 2.5 million?'),
  ('first page of 20 of a stored set of 2.5 million ids, client', 'First 20 ids of a stored set of 2.5 million');

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/large.sql
  -- Pages read by a session that has read another such set before, and not this one. What a session keeps of sets that
  -- it has read is in the times above, and not in this.
  INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
  SELECT :'topic', 'pages read: ' || name || ' of 2.5 million ids', contender,
         bench.pages_read(format(statement, 1, 1234567), format(statement, 2, 1234567)), 'pages',
         CASE contender WHEN 'objectset' THEN 10 END
  FROM bench.lookup, LATERAL (VALUES
    (1, 'objectset', 'SELECT ' || objectset || ' FROM large_objectset WHERE id = %1$s'),
    (2, 'pg_roaringbitmap', 'SELECT ' || roaring64 || ' FROM large_roaring64 WHERE id = %1$s'),
    (3, 'many-to-many', many),
    (4, 'the row alone', 'SELECT id FROM large_objectset WHERE id = %1$s')) AS t(n, contender, statement)
  WHERE bench.available(contender) AND bench.have('dblink') ORDER BY place, n;
\endif
