-- Text and binary forms.

SELECT '{}'::objectset, '{1}'::objectset, '{5,1,2,2,-3}'::objectset, '{1..5,9}'::objectset;
SELECT E' \t{ 1 , 2\n..4,+7 }  '::objectset;
-- As drivers write a list of strings, and as arrays take it.
SELECT '{"1","2"}'::objectset, '{"1","2"}'::bigint[]::objectset, '{ " 7 " ,"1..3", 9}'::objectset, '["9223372036854775807","1"]'::objectset;
SELECT '{-9223372036854775808,9223372036854775807,0,-1}'::objectset;
SELECT '{9223372036854775805..9223372036854775807,-9223372036854775808..-9223372036854775807}'::objectset;
SELECT '{4294967295..4294967297,-4294967297..-4294967295}'::objectset;

-- Faulty text
SELECT text, error_of(format('SELECT %L::objectset', text))
FROM (VALUES (''), ('1'), ('{'), ('}'), ('{1'), ('{1,}'), ('{,1}'), ('{1 2}'), ('{1..}'), ('{..1}'), ('{1...2}'),
             ('{2..1}'), ('{a}'), ('{1.5}'), ('{NULL}'), ('{1}x'), ('{1}{2}'), ('{--1}'), ('{+-1}'), ('{0x10}'),
             ('{9223372036854775808}'), ('{-9223372036854775809}'), ('{1..99999999999999999999}'),
             ('{-9223372036854775808..9223372036854775807}'), ('{1..5000000000000}'),
             (' x'), ('{"1}'), ('{""}'), ('{"1,2"}'), ('{"1".."2"}'),
             ('roaring64:'), ('roaring64:AAAA'), ('roaring64:****'), ('roaring64:AAAAAAAAAAA=!'),
             ('roaring64:AAAAAAAAAAAA'), ('ROARING64:AAAAAAAAAAA=')) AS t(text);
SELECT 'roaring64:AAAAAAAAAAA='::objectset, E' \n\troaring64:AAAAAAAAAAA=\r\n '::objectset;

-- The list up to 10,000 ids, base64 beyond; both come back.
SELECT length(s::text), left(s::text, 12), s::text::objectset = s AS same
FROM (VALUES (objectset_range(0, 10000)), (objectset_range(0, 10001)), (objectset_range(-20000, 20000))) AS t(s);
SELECT objectset_range(1, 2000001);
-- No setting changes it.
SET bytea_output = 'escape'; SET extra_float_digits = 0;
SELECT objectset_range(1, 2000001);
RESET bytea_output; RESET extra_float_digits;

-- Two million consecutive ids take some hundred bytes, made in whatever way.
SELECT pg_column_size(objectset_range(1, 2000001)) < 500 AS small,
       objectset_range(1, 2000001) = objectset(ARRAY(SELECT generate_series(1, 2000000))) AS same,
       pg_column_size(objectset(ARRAY(SELECT generate_series(1, 2000000)))) =
         pg_column_size(objectset_range(1, 2000001)) AS same_size;
-- Ten ids are no larger than in an array; ids that lie far apart take eight bytes each.
SELECT pg_column_size(s) <= pg_column_size(s::bigint[]) AS no_larger
FROM (SELECT objectset(array_agg(i * i * 1000003)) FROM generate_series(1, 10) i) AS t(s);
SELECT pg_column_size(s) <= 8 * cardinality(s) + 16 AS eight_bytes
FROM (SELECT objectset(array_agg(i * 1234567890123)) FROM generate_series(-100000, 100000) i) AS t(s);

-- Binary: what the wire carries is the portable form.
SELECT objectset_send('{}'), objectset_send('{1}'), objectset_send('{-1,1}'), objectset_send('{1..100}');
SELECT s = objectset_from_roaring64(objectset_send(s)) AS same
FROM (VALUES ('{}'::objectset), ('{1,70000,-5}'), (objectset_range(-70000, 70000)),
             ('{-9223372036854775808,9223372036854775807}')) AS t(s);
CREATE TEMP TABLE wire (id int, s objectset);
INSERT INTO wire VALUES (1, '{}'), (2, '{1,2,3}'), (3, objectset_range(-100000, 100000)), (4, NULL),
  (5, (SELECT objectset(array_agg(i * 7919)) FROM generate_series(-50000, 50000) i));
CREATE TEMP TABLE wire_back (LIKE wire);
CREATE FUNCTION pg_temp.binary_round_trip() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  file text := current_setting('data_directory') || '/objectset_wire_' || pg_backend_pid();
BEGIN
  EXECUTE format('COPY wire TO %L (FORMAT binary)', file);
  EXECUTE format('COPY wire_back FROM %L (FORMAT binary)', file);
  EXECUTE format('COPY wire TO %L', file);
  EXECUTE format('COPY wire_back FROM %L', file);
END $$;
SELECT pg_temp.binary_round_trip();
SELECT id, count(*), bool_and(wire_back.s IS NOT DISTINCT FROM wire.s) AS same
FROM wire JOIN wire_back USING (id) GROUP BY id ORDER BY id;

-- Faulty bytes: every truncation, a byte too many, flips
SELECT error_of($$SELECT objectset_from_roaring64('')$$);
SELECT error_of($$SELECT objectset_from_roaring64('\x000000000000000000')$$);
WITH good AS (SELECT objectset_send('{-5,1..100000,200000,200002}') AS bytes)
SELECT count(*) AS truncations, min(left(error_of(format('SELECT objectset_from_roaring64(%L)', substr(bytes, 1, n))), 5)),
       max(left(error_of(format('SELECT objectset_from_roaring64(%L)', substr(bytes, 1, n))), 5))
FROM good, generate_series(0, length(bytes) - 1) n;
WITH good AS (SELECT objectset_send('{-5,1..100000,200000,200002}') AS bytes),
     flipped AS (
       SELECT set_byte(bytes, n, get_byte(bytes, n) # (1 << bit)) AS bytes
       FROM good, generate_series(0, length(bytes) - 1) n, generate_series(0, 7) bit),
     outcome AS (
       SELECT left(error_of(format('SELECT 1 / objectset_is_valid(objectset_from_roaring64(%L))::int', bytes)), 5) AS outcome
       FROM flipped)
SELECT outcome, count(*) > 0 AS seen FROM outcome GROUP BY outcome ORDER BY outcome;

-- The 32-bit form
SELECT objectset_to_roaring32('{}'), objectset_to_roaring32('{1,2}'),
       objectset_from_roaring32(objectset_to_roaring32('{0,4294967295,70000..70010}'));
SELECT error_of($$SELECT objectset_to_roaring32('{-1}')$$);
SELECT error_of($$SELECT objectset_to_roaring32('{4294967296}')$$);
SELECT error_of($$SELECT objectset_from_roaring32('\x00')$$);
SELECT error_of($$SELECT objectset_from_roaring32(objectset_to_roaring32('{1,2}') || '\x00')$$);

-- Both in base64
SELECT objectset_to_roaring64_base64('{-1,1}'), objectset_to_roaring32_base64('{1,2}'),
       objectset_from_roaring64_base64(objectset_to_roaring64_base64('{-1,1}')), objectset_from_roaring32_base64(objectset_to_roaring32_base64('{1,2}'));
SELECT objectset_from_roaring64_base64(encode(objectset_to_roaring64('{1,100000,-1}'), 'base64')), ('roaring64:' || encode(objectset_to_roaring64('{1,100000,-1}'), 'base64'))::objectset;
SELECT error_of($$SELECT objectset_from_roaring64_base64('x')$$), error_of($$SELECT objectset_from_roaring64_base64('AAAA')$$);

-- The 64-bit form as the text of a bytea has it: any case, blanks around it; and as a value to save
SELECT objectset_to_roaring64(s)::text::objectset = s AS same
FROM (VALUES ('{}'::objectset), ('{1,70000,-5}'), (objectset_range(0, 20000))) AS t(s);
SELECT E' \\x0100000000000000000000003A30000001000000000001001000000001000200\n '::objectset;
SELECT error_of(format('SELECT %L::objectset', text))
FROM (VALUES ('\x'), ('\x0'), ('\xzz'), ('\X00'), ('\x 0000000000000000'), ('\x000000000000000000')) AS t(text);
-- Whoever mistakes one form for the other is told of it.
\set VERBOSITY default
SELECT objectset_to_roaring32('{1,2}')::objectset;
SELECT objectset_to_roaring32('{1..100}')::text::objectset;
SELECT objectset_from_roaring32(objectset_to_roaring64('{1,2}'));
SELECT objectset_from_roaring32(objectset_to_roaring64('{}'));
SELECT objectset_from_roaring64('\x00');
\set VERBOSITY terse

-- A bad value is not a NULL
CREATE TEMP TABLE filled (s objectset NOT NULL);
SELECT error_of($$INSERT INTO filled VALUES ('{1,')$$);
SELECT error_of($$INSERT INTO filled VALUES (NULL)$$);
