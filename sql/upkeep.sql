-- Looking into stored sets: objectset_stats(), objectset_is_valid(); and what damaged ones do.

SELECT * FROM objectset_stats('{}');
SELECT * FROM objectset_stats('{1,2,1000000000000}');
SELECT * FROM objectset_stats('{1..100000}');
-- 100 arrays of 100, 2 bitmaps, 2 runs, ids alone
SELECT t.*, bytes = pg_column_size(s) AS same_bytes
FROM (SELECT (SELECT objectset(array_agg((i / 100)::bigint * 65536 + i % 100 * 3)) FROM generate_series(0, 9999) i)
             | (SELECT objectset(array_agg(4294967296 + i * 2)) FROM generate_series(0, 65535) i)
             | objectset_range(8589934592, 8589934592 + 131072) | '{-5000000000000,5000000000000}' AS s) x,
     LATERAL objectset_stats(s) t;
SELECT (objectset_stats(NULL)).*;
SELECT objectset_is_valid('{}'), objectset_is_valid('{1..1000000,5000000000}'), objectset_is_valid(NULL) IS NULL,
       objectset_is_valid(objectset_range(1, 1000000) - '{5,70000}');

-- A type with the same physical form whose text is the bytes: with it, stored values are taken apart and forged.
SET client_min_messages = warning;
CREATE TYPE forged;
CREATE FUNCTION forged_in(cstring) RETURNS forged LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION forged_out(forged) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE forged (INPUT = forged_in, OUTPUT = forged_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = external);
CREATE CAST (forged AS objectset) WITHOUT FUNCTION;
CREATE CAST (objectset AS forged) WITHOUT FUNCTION;
RESET client_min_messages;
CREATE FUNCTION forge(bytes bytea) RETURNS objectset LANGUAGE sql AS 'SELECT bytes::text::forged::objectset';
CREATE FUNCTION bytes_of(s objectset) RETURNS bytea LANGUAGE sql AS 'SELECT s::forged::text::bytea';
-- Version 1, and the checksum of nothing or of ids
SELECT substr(bytes_of('{}'), 1, 4), length(bytes_of('{}')), substr(bytes_of('{1,256}'), 13);
SELECT forge(bytes_of('{1,256,3..900}')) = '{1..1,256,3..900}' AS honest;

-- How everything answers to a value: once for each answer
CREATE FUNCTION answers(damaged objectset) RETURNS TABLE (answer text, statements bigint) LANGUAGE plpgsql AS $$
DECLARE
  statement text; found text[] := '{}';
BEGIN
  CREATE TEMP TABLE probe AS SELECT damaged AS s;
  FOREACH statement IN ARRAY ARRAY[
    's::text', 'cardinality(s)', 'objectset_is_empty(s)', 'objectset_min(s)', 'objectset_max(s)', 'objectset_rank(s, 5)',
    's @> 5::bigint', '5 <@ s', 's @> ''{5}''', 's && ''{5}''', 's | ''{5}''', 's & ''{5}''', 's - ''{5}''', 's # ''{5}''', 's | 5',
    's < ''{5}''', 's[1]', 's[2:3]', 'unnest(s)', 'objectset_elements(s, 1, 5, true)', 'objectset_stats(s)',
    'objectset_slice(s, 1, 2)', 'objectset_show(s, 2)', 'objectset_between(s, 1, 2)', 'objectset_count_between(s, 1, 2)', 'objectset_shift(s, 1)',
    'objectset_union_count(s, ''{5}'')', 'objectset_jaccard(s, ''{5}'')', 'objectset_send(s)', 's::bigint[]'] LOOP
    found := found || regexp_replace(error_of('SELECT ' || statement || ' FROM probe'), ' \[.*', '');
  END LOOP;
  DROP TABLE probe;
  RETURN QUERY SELECT f, count(*) FROM unnest(found) f GROUP BY 1 ORDER BY 1;
END $$;
SELECT * FROM answers('{1,2,3}');
SELECT * FROM answers(forge(set_byte(bytes_of('{1,2,3}'), 20, 9)));
SELECT * FROM answers(forge(set_byte(bytes_of('{1..1000000,5000000000}'), 40, 9)));
SELECT * FROM answers(forge('\x'));
SELECT * FROM answers(forge('\x01'));
SELECT * FROM answers(forge(set_byte(bytes_of('{1..1000000}'), 0, 2)));
SELECT * FROM answers(forge(substr(bytes_of('{1..1000000}'), 1, 30)));
SELECT error_of($$SELECT cardinality(forge(set_byte(bytes_of('{1,2,3}'), 20, 9)))$$);
SELECT error_of($$SELECT unnest(forge(set_byte(bytes_of('{1,2,3}'), 0, 2)))$$);
-- At planning time too: there it may be an error, or not be looked at.
CREATE TEMP TABLE target AS SELECT i AS id FROM generate_series(1, 1000) i;
ANALYZE target;
SELECT error_of(format('SELECT * FROM target WHERE id <@ %L::forged::objectset', set_byte(bytes_of('{1,2,3}'), 20, 9)));
SELECT error_of(format('SELECT * FROM unnest(%L::forged::objectset)', set_byte(bytes_of('{1,2,3}'), 20, 9)));

-- Every bit of every byte counts, in each of the kinds; so does every byte too few or too many.
CREATE TEMP TABLE sound (name text, s objectset);
INSERT INTO sound VALUES
  ('empty', '{}'), ('sparse', '{1,2,1000000000000}'), ('run', '{1..1000000}'), ('mixed', '{1..1000,70000,5000000000,-1..60}'),
  ('array', (SELECT objectset(array_agg(i * 3)) FROM generate_series(1, 100) i));
CREATE FUNCTION is_noticed(bytes bytea) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF objectset_is_valid(forge(bytes)) THEN RETURN false; END IF;
  PERFORM count(*) FROM unnest(forge(bytes));
  RETURN false;
EXCEPTION WHEN data_corrupted THEN
  RETURN true;
END $$;
SELECT name, objectset_is_valid(s) AS valid, count(*) AS changes, count(*) FILTER (WHERE NOT is_noticed(set_bit(b, bit, 1 - get_bit(b, bit)))) AS unnoticed
FROM (SELECT *, bytes_of(s) AS b FROM sound) x, generate_series(0, length(b) * 8 - 1, 3) bit GROUP BY name, s ORDER BY name;
SELECT name, count(*) FILTER (WHERE NOT is_noticed(substr(b, 1, size))) AS unnoticed_short,
       count(*) FILTER (WHERE NOT is_noticed(b || substr(b, 1, greatest(size, 1)))) AS unnoticed_long
FROM (SELECT *, bytes_of(s) AS b FROM sound) x, generate_series(0, length(b) - 1) size GROUP BY name ORDER BY name;
-- A checksum that fits, made by whoever can: ids that stand wrong are noticed all the same, and nothing is written outside.
CREATE TEMP TABLE liar (name text, s objectset);
INSERT INTO liar VALUES
  ('sound',                        forge('\x010100002c198e378291574801000000000000000031593b300000010000310005000000090014000900280009003c00090050000900')),
  ('run beyond its container',     forge('\x0101000022a06654e7d3de6f01000000000000000031593b300000010000310005000000090014000900ffffffff3c00090050000900')),
  ('array out of order',           forge('\x010100003432bbda3d9c79ea01000000000000000004d00f3a3000000100000000000400100000000100840305000900d007')),
  ('sparse ids out of order',      forge('\x0100000038ca4fc05f7feb3f050000000000000009000000000000000700000000000000')),
  ('sparse id in a dense range',   forge('\x010100009d89e74796b013b6010000000100000000090900000000004d000000000000003b3000000100000900010000000900'));
SELECT name, objectset_is_valid(s) AS valid,
       error_of(format('SELECT cardinality(s | ''{7..60000}'') FROM liar WHERE name = %L', name)) AS united,
       error_of(format('SELECT s::bigint[]::text FROM liar WHERE name = %L', name)) AS "array"
FROM liar ORDER BY name;
DROP TABLE liar;
-- Stored apart, and read in slices
CREATE TEMP TABLE apart (s objectset);
INSERT INTO apart SELECT forge(set_byte(b, 50000, get_byte(b, 50000) # 1)) FROM (SELECT bytes_of(objectset(array_agg(i * 2 + i % 3))) AS b FROM generate_series(1, 500000) i) x;
SELECT objectset_is_valid(s), length(bytes_of(s)) > 50000 AS large FROM apart;
SELECT error_of('SELECT count(*) FROM apart, unnest(s)'), error_of('SELECT s[5] FROM apart'), error_of('SELECT count(*) FROM target, apart WHERE id <@ s');
SET client_min_messages = warning;
DROP TABLE apart;
DROP TYPE forged CASCADE;
DROP FUNCTION forge(bytea), bytes_of(objectset), answers(objectset), is_noticed(bytea);
