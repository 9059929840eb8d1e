-- The session's cache of large stored sets: found again, never mistaken, bounded.

CREATE TABLE cached (n int PRIMARY KEY, s objectset);
INSERT INTO cached SELECT n, (SELECT objectset_agg(i * 7 + (i * n) % 5) FROM generate_series(1, 40000) i) FROM generate_series(1, 12) n;
CREATE FUNCTION digest(wanted int) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT format('%s %s %s %s %s', objectset_max(s), objectset_rank(s, 100000), s[777], 1234 <@ s, objectset_minus_count(s, '{8,9,10,12}')) FROM cached WHERE n = wanted $$;

-- The second time nothing is read but the beginning of the value.
SELECT hits AS hits_before, misses AS misses_before FROM objectset_cache_stats() \gset
SELECT cardinality((s | s)::bigint[]) FROM cached WHERE n = 1;
SELECT objectset_max(s), objectset_rank(s, 100000) FROM cached WHERE n = 1;
SELECT hits - :hits_before AS hits, misses - :misses_before AS misses FROM objectset_cache_stats();
VACUUM cached;
SELECT blocks_of('SELECT cardinality(s) FROM cached WHERE n IN (1, 2)') > 0 AS catalogs_read;
SELECT blocks_of('SELECT objectset_max(s), objectset_min(s), s[5], s @> 77, objectset_shift(s, 1) = s FROM cached WHERE n = 1') <= 10 AS little_read,
       blocks_of('SELECT cardinality(s) FROM cached WHERE n = 2') <= 10 AS size_read_alone;
-- Not for the size alone
SELECT misses AS misses_before FROM objectset_cache_stats() \gset
SELECT cardinality(s), objectset_is_empty(s) FROM cached WHERE n = 3;
SELECT misses - :misses_before AS misses FROM objectset_cache_stats();

-- With and without the cache, with one that holds two sets, and with one that holds none: the same
CREATE TEMP TABLE answers AS SELECT 'cache' AS how, n, digest(n) FROM cached;
SET objectset.cache_size = 0;
INSERT INTO answers SELECT 'off', n, digest(n) FROM cached;
SET objectset.cache_size = '250kB';
INSERT INTO answers SELECT 'small', n, digest(n) FROM cached, generate_series(1, 3) ORDER BY generate_series, n;
INSERT INTO answers SELECT 'pairs', a.n, digest(a.n) FROM cached a, cached b WHERE objectset_intersect_count(a.s, b.s) >= 0 AND a.s - b.s = a.s - (a.s & b.s);
SELECT sets < 12 AS few, bytes <= 250 * 1024 AS bounded FROM objectset_cache_stats();
SET objectset.cache_size = '10kB';
INSERT INTO answers SELECT 'tiny', n, digest(n) FROM cached;
RESET objectset.cache_size;
SELECT n, count(DISTINCT digest) AS answers, count(DISTINCT how) AS ways FROM answers GROUP BY n ORDER BY n;

-- What is rolled back is not seen again; what is written over neither.
BEGIN;
SELECT digest(1);
UPDATE cached SET s = s - objectset_max(s) WHERE n = 1;
SELECT digest(1);
SAVEPOINT a;
UPDATE cached SET s = objectset_shift(s, 1) WHERE n = 1;
SELECT digest(1);
ROLLBACK TO a;
SELECT digest(1);
UPDATE cached SET s = objectset_shift(s, 2) WHERE n = 1;
SELECT digest(1);
ROLLBACK;
SELECT digest(1);
-- An error in the middle
SELECT error_of('SELECT cardinality(s - s) / 0 FROM cached WHERE n = 5'), error_of('SELECT objectset_shift(s & s, 9223372036854775807) FROM cached WHERE n = 5');
SELECT digest(5);

-- A loop that writes and reads in one statement after the other
CREATE FUNCTION churn() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  seen bigint[] := '{}'; held objectset;
BEGIN
  SELECT s INTO held FROM cached WHERE n = 7;
  FOR i IN 1..5 LOOP
    UPDATE cached SET s = objectset_shift(s, i) WHERE n = 7;
    seen := seen || (SELECT objectset_min(s) FROM cached WHERE n = 7) || objectset_min(held);
    BEGIN
      UPDATE cached SET s = objectset_shift(s, 1000) WHERE n = 7;
      seen := seen || (SELECT objectset_min(s) FROM cached WHERE n = 7);
      RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
      seen := seen || (SELECT objectset_min(s) FROM cached WHERE n = 7);
    END;
  END LOOP;
  RETURN seen::text;
END $$;
SELECT churn();

-- A column may be told to compress.
ALTER TABLE cached ALTER s SET STORAGE EXTENDED;
INSERT INTO cached SELECT 20 + n, (SELECT objectset_agg(i * 1000000 + i % 7) FROM generate_series(1, 40000::bigint) i) FROM generate_series(1, 2) n;
SELECT n, pg_column_size(s) BETWEEN 2500 AND 8 * cardinality(s) - 1000 AS compressed, s @> 1000001, objectset_max(s), cardinality(s & s), s[40000], objectset_is_valid(s),
       (SELECT count(*) FROM generate_series(0, 5000000) i WHERE i <@ s) AS members, s = (SELECT o.s FROM cached o WHERE o.n = 43 - cached.n) AS same
FROM cached WHERE n > 20 ORDER BY n;
DELETE FROM cached WHERE n > 20;
ALTER TABLE cached ALTER s SET STORAGE EXTERNAL;

-- The table is written anew, emptied, dropped and made again.
SELECT digest(2) AS before \gset
VACUUM FULL cached;
SELECT digest(2) = :'before' AS same;
CLUSTER cached USING cached_pkey;
SELECT digest(2) = :'before' AS same;
ALTER TABLE cached ALTER s TYPE objectset USING objectset_shift(s, 3);
SELECT digest(2) = :'before' AS same, objectset_max(s) - 3 = split_part(:'before', ' ', 1)::bigint AS shifted FROM cached WHERE n = 2;
TRUNCATE cached;
INSERT INTO cached SELECT n, (SELECT objectset_agg(i * 11 + n) FROM generate_series(1, 40000) i) FROM generate_series(1, 2) n;
SELECT digest(1), digest(2);
DROP TABLE cached;
CREATE TABLE cached (n int PRIMARY KEY, s objectset);
INSERT INTO cached SELECT n, (SELECT objectset_agg(i * 13 + n) FROM generate_series(1, 40000) i) FROM generate_series(1, 2) n;
SELECT digest(1), digest(2);
-- After ten seconds the beginning of a value that is kept is read again, and found to be the same.
SELECT count(*) AS kept FROM cached WHERE cardinality((s | s)::bigint[]) > 0;
SELECT misses AS misses_before FROM objectset_cache_stats() \gset
SELECT pg_sleep(10.1);
SELECT digest(1), digest(2);
SELECT misses - :misses_before AS misses FROM objectset_cache_stats();
-- Sets that are gone are let go of when their place is needed; the session's cache ends with it.
SELECT sets > 0 AS kept FROM objectset_cache_stats();

SELECT replace(error_of('SET objectset.cache_size = -1'), ' kB', '') AS error_of, error_of($$SET objectset.cache_size = 'x'$$);
DROP FUNCTION digest, churn; DROP TABLE cached;
