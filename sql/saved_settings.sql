-- What is kept of a saved query does not depend on the settings of sessions that save, refresh or change it.
CREATE TABLE reading (id bigint PRIMARY KEY, name text, amount float8, day date, at timestamptz, took interval, raw bytea, paid money);
INSERT INTO reading VALUES
  (1, 'a', 0.1234567890123456, '1990-03-04', '2001-01-01 12:00 UTC', '-1 day +02:00', '\x00ff', '12.50'), (2, 'NULL', 0.123456789012346, '1990-04-03', '2001-01-01 07:00 UTC', '-1 day -02:00', '\x', '100'), (3, 'b', 0.2, '2000-01-01', '2001-01-01 17:00 UTC', '1 mon', '\x5c', '3');
SELECT objectset_create_table('reading_set', 'reading');
SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET TimeZone = 'Asia/Tokyo'; SET bytea_output = 'escape'; SET extra_float_digits = -3; SET quote_all_identifiers = on; SET xmloption = 'document';
-- Values with types, and without: the latter mean what they mean in the session that saves.
SELECT objectset_save('reading_set', 'typed', 'SELECT id FROM reading WHERE ($1, $2, $3, $4, $5, $6, $7) = (name, amount, day, at, took, raw, paid)', text 'a', 0.1234567890123456::float8, date '1990-03-04', timestamptz '2001-01-01 12:00 UTC', interval '-1 day +02:00', '\x00ff'::bytea, '12.50'::money);
SELECT objectset_save('reading_set', 'untyped', 'SELECT id FROM reading WHERE ($1, $2, $3, $4, $5, $6, $7) = (name, amount, day, at, took, raw, paid)', 'a', '0.1234567890123456', '04/03/1990', '01/01/2001 21:00', '-1 +2:00:00', '\000\377', '12.50');
SELECT objectset_save('reading_set', 'texts', 'SELECT id FROM reading WHERE day = $1 AND at < $2', VARIADIC ARRAY['04/03/1990', 'infinity']);
SELECT objectset_save('reading_set', 'now', 'SELECT id FROM reading WHERE at < $1', 'now'), objectset_save('reading_set', 'table', 'SELECT id FROM reading WHERE tableoid = $1', 'reading'::regclass), objectset_save('reading_set', 'name', 'SELECT id FROM reading WHERE tableoid = $1::regclass', 'reading');
SELECT name, s.members, parameters, settings[1] FROM reading_set s WHERE name <> 'now' ORDER BY name;
SELECT parameters[1] LIKE '%now%' AS is_now FROM reading_set WHERE name = 'now';
RESET DateStyle; RESET IntervalStyle; RESET TimeZone; RESET bytea_output; RESET extra_float_digits; RESET quote_all_identifiers; RESET xmloption;
SET search_path = pg_catalog;
SELECT * FROM public.objectset_refresh('public.reading_set') ORDER BY name;
RESET search_path;
-- Another session writes the query, and what it runs under is that session's then; the values are not.
UPDATE reading_set SET query = query || ' AND true' WHERE name IN ('typed', 'untyped', 'texts');
SELECT * FROM objectset_refresh('reading_set') WHERE name IN ('typed', 'untyped', 'texts') ORDER BY name;
SELECT name, s.members, settings[1] FROM reading_set s WHERE name IN ('typed', 'untyped', 'texts') ORDER BY name;
-- What is written by hand is read so, too.
SET DateStyle = 'SQL, DMY';
UPDATE reading_set SET query = 'SELECT id FROM reading WHERE day = $1', parameters = '{date=04/03/1990}' WHERE name = 'texts';
SELECT * FROM objectset_refresh('reading_set', 'texts');
SELECT members(s) FROM reading_set s WHERE name = 'texts';
RESET DateStyle;

-- ---- array_nulls
SELECT objectset_save('reading_set', 'of array', 'SELECT id FROM reading WHERE name = ANY ($1)', ARRAY['a', NULL]), objectset_save('reading_set', 'in the query', $$SELECT id FROM reading WHERE name = ANY ('{a,NULL}')$$), objectset_save('reading_set', 'numbers', 'SELECT id FROM reading WHERE id = ANY ($1)', ARRAY[1, NULL]);
SET array_nulls = off;
SELECT * FROM objectset_refresh('reading_set') WHERE name IN ('of array', 'in the query', 'numbers') ORDER BY name;
SELECT objectset_save('reading_set', 'of array', 'SELECT id FROM reading WHERE name = ANY ($1)', ARRAY['a', NULL]), objectset_save('reading_set', 'without', $$SELECT id FROM reading WHERE name = ANY ('{a,NULL}')$$), objectset_save('reading_set', 'untyped', 'SELECT id FROM reading WHERE name = ANY ($1)', '{a,NULL}'), objectset_save('reading_set', 'numbers', 'SELECT id FROM reading WHERE id = ANY ($1)', ARRAY[1, NULL]);
RESET array_nulls;
SELECT * FROM objectset_refresh('reading_set') WHERE name IN ('of array', 'without', 'untyped', 'numbers') ORDER BY name;
SELECT name, parameters, s.members FROM reading_set s WHERE name IN ('of array', 'without', 'untyped', 'in the query', 'numbers') ORDER BY name;

-- ---- What else a query is read by, and what functions make text by
SET quote_all_identifiers = on; SET timezone_abbreviations = 'Australia'; SET xmlbinary = 'hex'; SET lc_time = 'POSIX'; SET backslash_quote = on;
SELECT objectset_save('reading_set', 'quoted', $$SELECT length(quote_ident('a'))$$), objectset_save('reading_set', 'zone', $$SELECT extract(hour FROM timestamptz '2001-01-01 12:00 EST' AT TIME ZONE 'UTC')::int$$), objectset_save('reading_set', 'escaped', $$SELECT length(E'\'\'')$$);
RESET quote_all_identifiers; RESET timezone_abbreviations; RESET xmlbinary; RESET lc_time; SET backslash_quote = off;
SELECT * FROM objectset_refresh('reading_set') WHERE name IN ('quoted', 'zone', 'escaped') ORDER BY name;
RESET backslash_quote;
SELECT name, s.members FROM reading_set s WHERE name IN ('quoted', 'zone', 'escaped') ORDER BY name;
SELECT setting FROM reading_set, unnest(settings) AS setting WHERE name = 'quoted' AND setting ~ '^(quote|timezone_|xml|lc_time|array|backslash)';
-- Indexes give all that there is.
CREATE TABLE tagged (id int PRIMARY KEY, tags int[]);
INSERT INTO tagged SELECT i, '{1}' FROM generate_series(1, 10000) i;
CREATE INDEX ON tagged USING gin (tags);
ANALYZE tagged;
SELECT objectset_create_table('tagged_set', 'tagged');
SET gin_fuzzy_search_limit = 10; SET enable_seqscan = off;
SELECT count(*) < 10000 AS is_part FROM tagged WHERE tags @> '{1}';
SELECT objectset_save('tagged_set', 'tagged', $$SELECT id FROM tagged WHERE tags @> '{1}'$$), objectset_refresh('tagged_set', 'tagged');
SHOW gin_fuzzy_search_limit;
RESET gin_fuzzy_search_limit; RESET enable_seqscan;
DROP TABLE tagged_set, tagged;
-- Settings are the session's again, also after an error; a locale that is nowhere is told and passed over.
UPDATE reading_set SET query = 'SELECT 1/0', settings = '{array_nulls=off,lc_time=nowhere}' WHERE name = 'quoted';
SELECT * FROM objectset_refresh('reading_set', 'quoted');
UPDATE reading_set SET query = 'SELECT 1', settings = '{lc_time=nowhere}' WHERE name = 'quoted';
SELECT * FROM objectset_refresh('reading_set', 'quoted');
SELECT objectset_save('reading_set', 'wrong', 'SELECT id FROM reading WHERE day = $1', 'not a day');
SELECT name, setting FROM pg_settings WHERE name IN ('array_nulls', 'search_path', 'DateStyle', 'extra_float_digits') ORDER BY 1;

-- ---- No more of them than anybody needs: whoever may write the row says what is set for the refresh
UPDATE reading_set SET query = 'SELECT 1', settings = (SELECT array_agg('reading.s' || i || '=1') FROM generate_series(1, 101) i) WHERE name = 'quoted';
UPDATE reading_set SET query = 'SELECT 1', settings = (SELECT array['search_path=' || string_agg('schema_' || i, ', ')] FROM generate_series(1, 300000) i) WHERE name = 'zone';
UPDATE reading_set SET query = 'SELECT 1', settings = (SELECT array_agg('reading.s' || i || '=' || repeat('x', 700)) FROM generate_series(1, 100) i) WHERE name = 'escaped';
SELECT * FROM objectset_refresh('reading_set') WHERE name IN ('quoted', 'zone', 'escaped') ORDER BY name;
SELECT name, last_error FROM reading_set WHERE last_error <> '' ORDER BY name;
SELECT current_setting('reading.s101', true) IS NULL AS nothing_was_set;
SELECT objectset_keep_settings('reading_set', (SELECT array_agg('reading.s' || i) FROM generate_series(1, 65) i));
SELECT error_of($$SELECT objectset_create_table('other', 'reading', settings => (SELECT array_agg('reading.s' || i) FROM generate_series(1, 65) i))$$);
SELECT objectset_keep_settings('reading_set', (SELECT array_agg('reading.s' || i) FROM generate_series(1, 64) i));
SELECT objectset_save('reading_set', 'with all', 'SELECT 1'), objectset_refresh('reading_set', 'with all');
SELECT set_config('reading.s1', repeat('x', 70000), false) <> '' AS is_set;
SELECT objectset_save('reading_set', 'with all', 'SELECT 2');
SELECT objectset_define('reading_set', 'with all', 'typed');
INSERT INTO reading_set (name, query) VALUES ('with all too', 'SELECT 2');
RESET reading.s1;
SELECT objectset_save('reading_set', 'with all', 'SELECT 2');
DROP TABLE reading_set, reading;
