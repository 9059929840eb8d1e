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

SELECT '[3, 1, 2.0, -9223372036854775808]'::jsonb::objectset, '[]'::jsonb::objectset, '{2,1}'::objectset::jsonb, '{}'::objectset::jsonb;
SELECT json, error_of(format('SELECT %L::jsonb::objectset', json))
FROM (VALUES ('1'), ('{}'), ('null'), ('"x"'), ('["1"]'), ('[1.5]'), ('[null]'), ('[[1]]'), ('[true]'),
             ('[9223372036854775808]'), ('[1e400]')) AS t(json);

SELECT '{1,2}'::objectset::bytea, '{1,2}'::objectset::bytea::objectset;
SELECT error_of($$SELECT 'x'::bytea::objectset$$);

-- NULL stays NULL
SELECT NULL::int[]::objectset, NULL::objectset::bigint[], NULL::jsonb::objectset, NULL::objectset::jsonb,
       NULL::int8multirange::objectset, NULL::objectset::int8multirange, NULL::bytea::objectset;
