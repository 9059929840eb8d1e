-- Casts from and to arrays, multiranges, jsonb and bytea.

SELECT ARRAY[3,1,2,1]::objectset, ARRAY[3,1]::smallint[]::objectset, ARRAY[3,-1]::bigint[]::objectset, '{}'::int[]::objectset;
SELECT objectset(ARRAY[1,2]), objectset('{{1,2},{3,4}}'::int[]), objectset('[5:7]={1,2,3}'::bigint[]);
SELECT '{1,2,3}'::objectset::smallint[], '{-1,70000}'::objectset::int[],
       '{-9223372036854775808,9223372036854775807}'::objectset::bigint[], '{}'::objectset::bigint[], '{}'::objectset::int[];
SELECT error_of($$SELECT '{40000}'::objectset::smallint[]$$);
SELECT error_of($$SELECT '{-2147483649}'::objectset::int[]$$);
SELECT error_of($$SELECT ARRAY[1,NULL]::objectset$$);
SELECT error_of($$SELECT ARRAY[NULL]::bigint[]::objectset$$);
SELECT error_of($$SELECT objectset_range(0, 200000000)::bigint[]$$);

-- Columns of integer arrays are assigned without a word.
CREATE TEMP TABLE assigned (s objectset);
INSERT INTO assigned VALUES (ARRAY[1,2]), (ARRAY[3]::smallint[]), (ARRAY[4]::bigint[]);
SELECT * FROM assigned;

SELECT '{[1,4),[10,11)}'::int8multirange::objectset, '{}'::int8multirange::objectset;
SELECT '{1,2,3,10}'::objectset::int8multirange, '{}'::objectset::int8multirange,
       '{65534..65537,131072,4294967290..4294967300,-3..3}'::objectset::int8multirange;
SELECT '{[9223372036854775800,)}'::int8multirange::objectset = '{9223372036854775800..9223372036854775807}' AS to_the_end,
       '{(,-9223372036854775806)}'::int8multirange::objectset AS from_the_start,
       '{9223372036854775806..9223372036854775807,-9223372036854775808}'::objectset::int8multirange AS back;
SELECT error_of($$SELECT '{(,)}'::int8multirange::objectset$$);
SELECT error_of($$SELECT '{[0,)}'::int8multirange::objectset$$);
SELECT bool_and(s::int8multirange::objectset = s) AS same
FROM (VALUES (objectset_range(-100000, 100000) - objectset_range(5, 500)),
             ((SELECT objectset(array_agg(i * 3)) FROM generate_series(-30000, 30000) i)),
             ((SELECT objectset(array_agg(i * 3 + i % 2)) FROM generate_series(1, 100000) i))) AS t(s);

-- To the byte what the server makes.
SELECT bool_and(record_image_eq(row(s::int8multirange), row(m))) AS same
FROM (SELECT objectset_agg(id) AS s, range_agg(int8range(id, id + 1)) AS m
      FROM generate_series(0, 40) AS n CROSS JOIN LATERAL (SELECT i * i / 3 - 100 AS id FROM generate_series(1, n::bigint) i) AS x GROUP BY n) AS t;
SELECT record_image_eq(row('{}'::objectset::int8multirange), row('{}'::int8multirange)) AS empty,
       record_image_eq(row('{-9223372036854775808,1,3..4,9223372036854775806..9223372036854775807}'::objectset::int8multirange),
                       row('{[-9223372036854775808,-9223372036854775807),[1,2),[3,5),[9223372036854775806,)}'::int8multirange)) AS ends;
-- Many ranges, whose time is in proportion to their number.
SET statement_timeout = '60s';
SELECT cardinality(r::objectset), r::objectset::int8multirange = r AS same
FROM (SELECT range_agg(int8range(i * 1000, i * 1000 + 100)) FROM generate_series(1, 600000::bigint) i) AS t(r);
RESET statement_timeout;
-- 67 million runs, which take a few MB here: told before anything is built
CREATE TEMP TABLE runs (s objectset);
DO $$
DECLARE
  s objectset := objectset_agg(i * 2) FROM generate_series(0, 32767) i;
BEGIN
  FOR k IN 0..10 LOOP s := s | objectset_shift(s, 65536::bigint << k); END LOOP;
  INSERT INTO runs VALUES (s);
END $$;
SET statement_timeout = '60s';
SELECT cardinality(s), error_of('SELECT s::int8multirange FROM runs') FROM runs;
RESET statement_timeout;

SELECT '[3, 1, 2.0, -9223372036854775808]'::jsonb::objectset, '[]'::jsonb::objectset, '{2,1}'::objectset::jsonb, '{}'::objectset::jsonb;
SELECT json, error_of(format('SELECT %L::jsonb::objectset', json))
FROM (VALUES ('1'), ('{}'), ('null'), ('"x"'), ('["1"]'), ('[1.5]'), ('[null]'), ('[[1]]'), ('[true]'),
             ('[9223372036854775808]'), ('[1e400]')) AS t(json);

SELECT record_image_eq(row('{}'::objectset::jsonb), row('[]'::jsonb)) AS empty,
       bool_and(record_image_eq(row(s::jsonb), row(j))) AS same
FROM (SELECT objectset_agg(id) AS s, jsonb_agg(id ORDER BY id) AS j
      FROM generate_series(1, 100) AS n
      CROSS JOIN LATERAL (SELECT DISTINCT (CASE i % 5 WHEN 0 THEN i WHEN 1 THEN -i * 10000 WHEN 2 THEN i * 1000000 WHEN 3 THEN 9223372036854775807 - i
                                           ELSE -9223372036854775808 + i * 99999999 END) AS id FROM generate_series(0, n::bigint * 3) i) AS x GROUP BY n) AS t;
SET statement_timeout = '60s';
SELECT error_of('SELECT objectset_range(0, 1000000000)::jsonb');
SELECT error_of('SELECT objectset_range(1000000000000, 1000020000000)::jsonb');
RESET statement_timeout;
SELECT error_of($$SELECT ('[' || repeat('1,', 5000) || '2.5]')::jsonb::objectset$$), ('[' || repeat('7,', 5000) || '2]')::jsonb::objectset;

SELECT '{1,2}'::objectset::bytea, '{1,2}'::objectset::bytea::objectset;
SELECT error_of($$SELECT 'x'::bytea::objectset$$);

-- NULL stays NULL
SELECT NULL::int[]::objectset, NULL::objectset::bigint[], NULL::jsonb::objectset, NULL::objectset::jsonb,
       NULL::int8multirange::objectset, NULL::objectset::int8multirange, NULL::bytea::objectset;
