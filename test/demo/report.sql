-- = One answer, two times
-- The same questions put to sets and to tables (their SQL: test/demo/race.sql), in milliseconds, the
-- median of five. The demo fails where two answers differ. For the last question both have an index.

SELECT question, answer, round(sets_ms, 2) AS sets_ms, round(tables_ms, 2) AS tables_ms
FROM race ORDER BY number;

-- = What they take
-- Everything on disk, indexes and TOAST included; and the bytes of the sets alone.

WITH n(memberships) AS (SELECT count(*) FROM membership), sizes(place, what, bytes) AS (
    VALUES (1, 'membership: rows',         pg_table_size('membership')),
           (2, 'membership: two indexes',  pg_indexes_size('membership')),
           (3, 'membership: all',          pg_total_relation_size('membership')),
           (4, 'package_set: all',         pg_total_relation_size('package_set')),
           (5, 'package_set: its GIN index', pg_relation_size('package_set_members_idx')),
           (6, 'package_set: sets alone', (SELECT sum(pg_column_size(members)) FROM package_set)))
SELECT what, pg_size_pretty(bytes::bigint) AS size, memberships, round(bytes::numeric / memberships, 2) AS bytes_each
FROM sizes, n ORDER BY place;
