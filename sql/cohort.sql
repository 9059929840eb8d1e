-- Samples and groups of a set; questions to many sets at once.
CREATE TEMP TABLE kind (name text PRIMARY KEY, s objectset);
INSERT INTO kind VALUES
  ('array', (SELECT objectset_agg(i * 17) FROM generate_series(1, 3000) i)),
  ('bitmap', (SELECT objectset_agg(i * 2) FROM generate_series(-30000, 30000) i)),
  ('ends', '{-9223372036854775808..-9223372036854775807,-1,0,9223372036854775806,9223372036854775807}'),
  ('empty', '{}'), ('none', NULL),
  ('run', objectset_range(-35000, 35000)),
  ('sparse', (SELECT objectset_agg(i * 6000000007) FROM generate_series(-1500, 1500) i)),
  ('mixed', (SELECT objectset_agg(i * 3) FROM generate_series(1, 20000) i) | objectset_range(4294960000, 4294985000) | '{5,-99999999999}');

-- ---- Samples: they stay what they are.
SELECT objectset_sample('{1..20}', 5, 1), objectset_sample('{1..20}', 15, 1), objectset_sample(objectset_range(0, 1000000), 5, 42) AS "of a million",
       objectset_sample(objectset_range(0, 1000000), 5, -7) AS "another seed";
SELECT objectset_sample('{1..20}', 0, 1) AS none, objectset_sample('{1..5}', 5, 1) AS as_many, objectset_sample('{1..5}', 6, 1) AS more,
       objectset_sample('{1..5}', 9223372036854775807, 1) AS all_there_are, objectset_sample('{}', 3, 1) AS of_none;
SELECT objectset_sample(NULL, 1, 1), objectset_sample('{1}', NULL, 1), objectset_sample('{1}', 1, NULL);
SELECT error_of($$SELECT objectset_sample('{1,2}', -1, 1)$$);
SELECT error_of($$SELECT objectset_sample(objectset_range(0, 20000000000), 10000000000, 1)$$);
SELECT name, n, cardinality(sample) AS ids, sample <@ s AS of_it, sample = objectset_sample(s, n, 7) AS same, sample = objectset_sample(s | '{}', n, 7) AS in_memory_too,
       sample <> objectset_sample(s, n, 8) AS by_seed, sample::bigint[] = sample[1:]::bigint[] AND objectset_is_valid(sample) AS sound
FROM kind, LATERAL unnest(ARRAY[1, cardinality(s) / 50, cardinality(s) / 3, cardinality(s) - 2]) n, LATERAL objectset_sample(s, n, 7) sample
WHERE cardinality(s) > 100 ORDER BY 1, 2;
-- A smaller one is part of a larger one, up to half of the set; and from there on.
SELECT bool_and(objectset_sample(s, n, 3) <@ objectset_sample(s, n + 50, 3)) AS nested
FROM kind, generate_series(0, cardinality(s) / 2 - 60, 517) n WHERE name = 'mixed';
SELECT bool_and(objectset_sample(s, n, 3) <@ objectset_sample(s, n + 50, 3)) AS nested
FROM kind, generate_series(cardinality(s) / 2 + 1, cardinality(s), 1517) n WHERE name = 'mixed';

-- ---- Groups: an id never leaves its own.
SELECT id, objectset_split_group(id, 10, '') AS "''", objectset_split_group(id, 10, 'checkout') AS checkout, objectset_split_group(id, 1000000, 'checkout') AS of_a_million,
       objectset_split_group(id, 1, 'checkout') AS of_one, objectset_split_group(id, 2147483647, 'checkout') AS of_most
FROM unnest('{0,1,-1,9223372036854775807,-9223372036854775808}'::bigint[]) id;
SELECT objectset_split('{1..20}', 3, 'checkout'), objectset_split('{}', 2, 'x') AS of_none, objectset_split('{1,2}', 1, 'x') AS one;
SELECT n, members FROM unnest(objectset_split('{1..20}', 3, 'checkout')) WITH ORDINALITY AS g(members, n);
SELECT objectset_split(NULL, 1, ''), objectset_split('{1}', NULL, ''), objectset_split('{1}', 1, NULL), objectset_split_part('{1}', 1, '', NULL),
       objectset_split_group(NULL, 1, '');
SELECT error_of(statement) FROM (VALUES
  ($$SELECT objectset_split('{1}', 0, '')$$), ($$SELECT objectset_split('{1}', 10001, '')$$), ($$SELECT objectset_split_part('{1}', 0, '', 1)$$),
  ($$SELECT objectset_split_part('{1}', 5, '', 0)$$), ($$SELECT objectset_split_part('{1}', 5, '', 6)$$), ($$SELECT objectset_split_group(1, -1, '')$$),
  ($$SELECT objectset_split(objectset_range(0, 20000000000), 10, '')$$), ($$SELECT objectset_split_part(objectset_range(0, 20000000000), 10, '', 1)$$)) t(statement);
-- The groups are those that the ids say, one by one; apart, in all the set; each alone is the same.
SELECT name, k, bool_and(members = mine) AS as_ids_say, objectset_union_agg(members) = s AS all_of_it, sum(cardinality(members)) = cardinality(s) AS apart,
       bool_and(members = objectset_split_part(s, k, 'x', n::int)) AS alone
FROM kind, unnest('{1,2,7}'::int[]) k, LATERAL unnest(objectset_split(s, k, 'x')) WITH ORDINALITY AS g(members, n),
     LATERAL (SELECT coalesce(objectset_agg(id), '{}') AS mine FROM unnest(s) id WHERE objectset_split_group(id, k, 'x') = n) m
GROUP BY name, k, s ORDER BY name, k;
-- One of 10 is two of 20; a set that grows keeps them; other salts have nothing to do with them.
SELECT objectset_split_part(s, 10, 'x', 4) = objectset_split_part(s, 20, 'x', 7) | objectset_split_part(s, 20, 'x', 8) AS halves,
       objectset_split_part(s, 10, 'x', 4) = objectset_split_part(s | objectset_range(0, 999999), 10, 'x', 4) & s AS stays,
       objectset_intersect_count(objectset_split_part(s, 10, 'x', 4), objectset_split_part(s, 10, 'y', 4)) BETWEEN 600 AND 800 AS independent
FROM kind WHERE name = 'run';
SELECT objectset_split_part(s, 1, 'x', 1) = s AS one_group, cardinality(objectset_split_part(s, 10000, 'x', 10000)) < 20 AS few, cardinality(objectset_split(s, 10000, 'x')) AS groups
FROM kind WHERE name = 'run';

-- ---- Exactly these sets
SELECT * FROM objectset_exclusive(ARRAY['{1,2,3}', '{2,3,4}', '{3,9}']::objectset[]);
SELECT * FROM objectset_exclusive('{"{1,2}","{2,5}"}');
SELECT * FROM objectset_exclusive('{}');
SELECT * FROM objectset_exclusive('{"{}","{}"}');
SELECT * FROM objectset_exclusive(NULL::objectset[]);
SELECT error_of(statement) FROM (VALUES ($$SELECT objectset_exclusive(ARRAY['{1}', NULL]::objectset[])$$),
  ($$SELECT objectset_exclusive(array_fill('{1}'::objectset, '{33}'))$$), ($$SELECT objectset_funnel(ARRAY['{1}', NULL]::objectset[])$$)) t(statement);
-- As the algebra has it, for all that there are
WITH sets AS (SELECT array_agg(s ORDER BY name) AS a FROM kind WHERE s IS NOT NULL)
SELECT count(*), sum(count) = cardinality((SELECT objectset_union_agg(s) FROM kind)) AS all_ids,
       bool_and(cardinality(members) = count AND objectset_is_valid(members)) AS counted,
       bool_and(members = (SELECT objectset_intersect_agg(a[i]) FROM unnest(numbers) i)
                - coalesce((SELECT objectset_union_agg(a[i]) FROM generate_subscripts(a, 1) i WHERE i <> ALL (numbers)), '{}')) AS right_ones
FROM sets, objectset_exclusive(a);
SELECT * FROM objectset_exclusive(ARRAY[objectset_range(0, 1000000000), objectset_range(5, 1000000000)]) WHERE count < 10;

-- ---- From step to step
SELECT * FROM objectset_funnel(ARRAY['{1..8}', '{2,3,4,9}', '{3,9}', '{9}']::objectset[]);
SELECT * FROM objectset_funnel('{"{}","{1}"}');
SELECT * FROM objectset_funnel('{}');

-- ---- By name
CREATE TABLE customer (id bigint PRIMARY KEY);
SELECT objectset_create_table('segment', 'customer');
SELECT objectset_save('segment', 'visited', '{1..100}'), objectset_save('segment', 'carted', '{1..40,200}'), objectset_save('segment', 'bought', '{1..10,300}'),
       objectset_save('segment', 'nobody', '{}');
SELECT objectset_add('segment', 'bought', 11), objectset_remove('segment', 'bought', 1);
SELECT names, count, objectset_show(members, 3) AS members FROM objectset_exclusive('segment', '{visited,carted,bought}');
SELECT names, count FROM objectset_exclusive('segment', ARRAY['bought', 'visited']);
SELECT names, count FROM objectset_exclusive('segment', NULL);
SELECT step, name, count, round(of_previous::numeric, 3) AS of_previous, round(of_first::numeric, 3) AS of_first
FROM objectset_funnel('segment', '{visited,carted,bought,nobody}');
SELECT a, b, count_a, count_b, in_both, round(jaccard::numeric, 3) AS jaccard FROM objectset_overlaps('segment', NULL, NULL);
SELECT a, b, in_both, round(jaccard::numeric, 3) AS jaccard FROM objectset_overlaps('segment', 0.1, NULL);
SELECT a, b, in_both, round(jaccard::numeric, 3) AS jaccard FROM objectset_overlaps('segment', NULL, 1);
SELECT count(*) FROM objectset_overlaps('segment', 0, 0);
-- k may be left out.
SELECT (SELECT count(*) FROM objectset_overlaps('segment', 0.1)) AS "by place", (SELECT count(*) FROM objectset_overlaps('segment', threshold => 0.1)) AS "by name", (SELECT count(*) FROM objectset_overlaps('segment')) AS "all";
SELECT error_of(statement) FROM (VALUES
  ($$SELECT objectset_exclusive('segment', '{visited,unknown}')$$), ($$SELECT objectset_exclusive('segment', '{visited,visited}')$$),
  ($$SELECT objectset_exclusive('segment', ARRAY['visited', NULL])$$), ($$SELECT objectset_exclusive('customer', '{visited}')$$),
  ($$SELECT objectset_exclusive(NULL, '{visited}')$$), ($$SELECT objectset_exclusive('segment', array_agg(i::text)) FROM generate_series(1, 33) i$$),
  ($$SELECT objectset_funnel('segment', '{visited,unknown}')$$),
  ($$SELECT objectset_overlaps('segment', 1.5, NULL)$$), ($$SELECT objectset_overlaps('segment', 'NaN', NULL)$$), ($$SELECT objectset_overlaps('segment', NULL, -1)$$)) t(statement);

-- ---- As drivers call them, of parameters without types
PREPARE untyped AS SELECT objectset_sample($1, $2, $3), objectset_split($1, $4, $5), objectset_split_part($1, $4, $5, $6), objectset_split_group($2, $4, $5);
SELECT parameter_types FROM pg_prepared_statements WHERE name = 'untyped';
EXECUTE untyped('{1..9}', '3', '1', '2', 'x', '1');
DEALLOCATE untyped;
SELECT objectset_sample('{1..9}', '3', '1'), objectset_split('{1..9}', '2', 'x');
PREPARE untyped AS SELECT (SELECT count(*) FROM objectset_exclusive($1)), (SELECT count(*) FROM objectset_exclusive($2, $3)), (SELECT count(*) FROM objectset_funnel($1)),
  (SELECT count(*) FROM objectset_funnel($2, $3)), (SELECT count(*) FROM objectset_overlaps($2, $4, $5)), (SELECT count(*) FROM objectset_overlaps($2));
SELECT parameter_types FROM pg_prepared_statements WHERE name = 'untyped';
EXECUTE untyped('{"{1}","{2}"}', 'segment', '{carted,bought}', '0.1', '7');
DEALLOCATE untyped;
DROP TABLE segment, customer;
