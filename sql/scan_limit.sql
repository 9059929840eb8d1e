-- What goes by the rows that a set picks: walks of another index for a LIMIT, and groups.
CREATE TABLE person (id bigint PRIMARY KEY, score integer NOT NULL, city integer NOT NULL);
INSERT INTO person SELECT i, (i * 7919::bigint) % 100003, i % 10 FROM generate_series(1, 50000) i;
CREATE INDEX ON person (score);
CREATE TABLE by_city (id bigint, score integer NOT NULL, city integer NOT NULL) PARTITION BY LIST (city);
CREATE TABLE in_city_0 PARTITION OF by_city FOR VALUES IN (0, 1, 2, 3, 4);
CREATE TABLE in_city_5 PARTITION OF by_city FOR VALUES IN (5, 6, 7, 8, 9);
INSERT INTO by_city SELECT * FROM person;
CREATE INDEX ON by_city (id);
CREATE INDEX ON by_city (score);
CREATE TABLE visit (id integer PRIMARY KEY, person_id bigint, city integer NOT NULL);
INSERT INTO visit SELECT i, i % 2000 + 1, i % 10 FROM generate_series(1, 20000) i;
CREATE INDEX ON visit (person_id);
VACUUM ANALYZE person, by_city, visit;
CREATE TABLE segment (name text PRIMARY KEY, members objectset NOT NULL);
INSERT INTO segment VALUES ('some', (SELECT objectset_agg(i * 150) FROM generate_series(1, 300) i)), ('most', objectset_range(1, 40001));

CREATE FUNCTION scans_of(statement text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT trim(line) FROM plan_of(statement) AS line WHERE line ~ 'Scan|Sort' AND line !~ 'segment|Sort Key' $$;

-- The first rows of a walk are each on a page of their own: of a set of few, its rows are fetched and sorted.
SELECT scans_of($$SELECT id FROM person WHERE id <@ (SELECT members FROM segment WHERE name = 'some') ORDER BY score LIMIT 10$$);
SELECT id FROM person WHERE id <@ (SELECT members FROM segment WHERE name = 'some') ORDER BY score LIMIT 3;
SELECT scans_of($$SELECT id FROM by_city WHERE id <@ (SELECT members FROM segment WHERE name = 'some') ORDER BY score LIMIT 10$$);
SELECT id FROM by_city WHERE id <@ (SELECT members FROM segment WHERE name = 'some') ORDER BY score LIMIT 3;
-- The same of a set that is known, of so few ids that it is an array to the server: for a first row, which would come at once
-- if the set's rows had the least scores; and of a prepared statement
SELECT scans_of(format($$SELECT id FROM person WHERE id <@ %L ORDER BY score LIMIT 1$$, (SELECT objectset_agg(i * 500) FROM generate_series(1, 30) i)));
PREPARE by_score(objectset) AS SELECT id FROM person WHERE id <@ $1 ORDER BY score LIMIT 1;
SELECT scans_of(format($$EXECUTE by_score(%L)$$, (SELECT objectset_agg(i * 500) FROM generate_series(1, 30) i)));
DEALLOCATE by_score;
-- Partitions by the column that is walked are walked one after another: most of them not at all. Others are all begun.
CREATE TABLE by_day (id bigint, day integer NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE by_day_default (LIKE by_day) PARTITION BY RANGE (day);
CREATE TABLE by_day_list (LIKE by_day) PARTITION BY LIST (day);
CREATE TABLE by_day_hash (LIKE by_day) PARTITION BY HASH (day);
CREATE TABLE by_day_and_id (LIKE by_day) PARTITION BY RANGE (day);
CREATE TABLE by_day_shared (LIKE by_day) PARTITION BY RANGE (day);  -- ids that all partitions have
CREATE TABLE by_day_default_0 PARTITION OF by_day_default DEFAULT;
DO $$ BEGIN
  FOR i IN 0..19 LOOP
    EXECUTE format('CREATE TABLE by_day_%s PARTITION OF by_day FOR VALUES FROM (%s) TO (%s)', i, i * 50, i * 50 + 50);
    EXECUTE format('CREATE TABLE by_day_shared_%s PARTITION OF by_day_shared FOR VALUES FROM (%s) TO (%s)', i, i * 50, i * 50 + 50);
    EXECUTE format('CREATE TABLE by_day_default_%s PARTITION OF by_day_default FOR VALUES FROM (%s) TO (%s)', i + 1, i * 50, i * 50 + 50);
    EXECUTE format('CREATE TABLE by_day_list_%s PARTITION OF by_day_list FOR VALUES IN (%s)', i, (SELECT string_agg(d::text, ',') FROM generate_series(i, 999, 20) d));
    EXECUTE format('CREATE TABLE by_day_hash_%s PARTITION OF by_day_hash FOR VALUES WITH (MODULUS 20, REMAINDER %s)', i, i);
    IF i % 2 = 0 THEN
      EXECUTE format('CREATE TABLE by_day_and_id_%s PARTITION OF by_day_and_id FOR VALUES FROM (%s) TO (%s) PARTITION BY HASH (id)', i, i * 50, i * 50 + 100);
      EXECUTE format('CREATE TABLE by_day_and_id_%s_0 PARTITION OF by_day_and_id_%s FOR VALUES WITH (MODULUS 2, REMAINDER 0)', i, i);
      EXECUTE format('CREATE TABLE by_day_and_id_%s_1 PARTITION OF by_day_and_id_%s FOR VALUES WITH (MODULUS 2, REMAINDER 1)', i, i);
    END IF;
  END LOOP;
END $$;
INSERT INTO by_day SELECT i, (i * 7919::bigint) % 1000, repeat('x', 100) FROM generate_series(1, 50000) i;
INSERT INTO by_day_default SELECT * FROM by_day ORDER BY id;
INSERT INTO by_day_list SELECT * FROM by_day ORDER BY id;
INSERT INTO by_day_hash SELECT * FROM by_day ORDER BY id;
INSERT INTO by_day_and_id SELECT * FROM by_day ORDER BY id;
INSERT INTO by_day_shared SELECT id * 104729 % 1999, day, note FROM by_day ORDER BY id;
DO $$ DECLARE t regclass; BEGIN
  FOREACH t IN ARRAY '{by_day,by_day_shared,by_day_default,by_day_list,by_day_hash,by_day_and_id}'::regclass[] LOOP
    EXECUTE format('CREATE INDEX ON %s (id)', t);
    EXECUTE format('CREATE INDEX ON %s (day)', t);
  END LOOP;
END $$;
VACUUM ANALYZE by_day, by_day_shared, by_day_default, by_day_list, by_day_hash, by_day_and_id;
INSERT INTO segment VALUES ('shared', (SELECT objectset_agg(i * 80) FROM generate_series(1, 25) i));
INSERT INTO segment SELECT 'every ' || n, (SELECT objectset_agg(i * n) FROM generate_series(1, 50000 / n) i) FROM unnest('{20,250}'::int[]) n;
SELECT "table", set, wanted, (SELECT string_agg(DISTINCT substring(line, 'Sort|Custom Scan|Index Scan'), ', ') FROM scans_of(format(
  'SELECT id FROM %s WHERE id <@ (SELECT members FROM segment WHERE name = %L) ORDER BY %s', "table", set, wanted)) AS line) AS way
FROM unnest('{by_day,by_day_default,by_day_list,by_day_hash,by_day_and_id}'::text[]) WITH ORDINALITY AS t("table", n),
     (VALUES (1, 'every 250', 'day LIMIT 10'), (2, 'every 250', 'day DESC LIMIT 10'), (3, 'every 250', 'day DESC, id DESC LIMIT 10'),
             (4, 'every 250', 'day LIMIT 150'), (5, 'every 20', 'day LIMIT 300')) AS w(m, set, wanted)
ORDER BY n, m;
SELECT scans_of($$SELECT id FROM by_day_shared WHERE id <@ (SELECT members FROM segment WHERE name = 'shared') ORDER BY day DESC LIMIT 20$$) AS scan EXCEPT
SELECT format('->  Index Scan Backward using by_day_shared_%s_day_idx on by_day_shared_%s by_day_shared_%s', i, i, i + 1) FROM generate_series(0, 19) i;
-- Of a known set, however small, each partition has a part of the ids: for the first few of them one partition is walked.
SELECT wanted, (SELECT string_agg(DISTINCT substring(line, 'Sort|Custom Scan|Index Scan'), ', ') FROM scans_of(format(
  'SELECT id FROM by_day WHERE id <@ %L ORDER BY day DESC LIMIT %s', set, wanted)) AS line) AS way
FROM (SELECT objectset_agg(i * 500) FROM generate_series(1, 100) i) AS s(set), unnest('{5,50}'::int[]) AS wanted;
-- A few ids are looked for as soon as the ends of an index are: about the pages are read that an array takes.
INSERT INTO segment VALUES ('five', '{5000,20000,30000,40000,45000}');
CREATE FUNCTION pages_of(condition text) RETURNS bigint LANGUAGE sql AS $$
  SELECT blocks_of(format('SELECT id FROM by_day WHERE id %s ORDER BY day DESC LIMIT 20', condition)) $$;
SELECT pages_of($$<@ (SELECT members FROM segment WHERE name = 'five')$$) < 1.2 * pages_of($$= ANY ('{5000,20000,30000,40000,45000}'::bigint[])$$) AS reads_hardly_more;
DROP FUNCTION pages_of;
SELECT DISTINCT substring(line, 'Sort|Custom Scan|Index Scan') AS way FROM scans_of(
  $$SELECT id FROM by_day WHERE id <@ (SELECT members FROM segment WHERE name = 'five') ORDER BY day DESC LIMIT 20$$) AS line;
DROP TABLE by_day, by_day_shared, by_day_default, by_day_list, by_day_hash, by_day_and_id;
-- Of most rows a few are soon found.
SELECT scans_of($$SELECT id FROM person WHERE id <@ (SELECT members FROM segment WHERE name = 'most') ORDER BY score LIMIT 10$$);
SELECT id FROM person WHERE id <@ (SELECT members FROM segment WHERE name = 'most') ORDER BY score LIMIT 3;

-- No more groups than ids that the table can have; what groups them further counts for itself.
INSERT INTO segment VALUES ('hundred', '{1..60,70..109,5000..6000}'), ('others', '{51..54,60..69,90..500}');
CREATE FUNCTION planned_groups(query text, OUT planned float, OUT groups bigint) LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  query := regexp_replace(query, '@(\w+)', '(SELECT members FROM segment WHERE name = ''\1'')', 'g');
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  planned := plan -> 0 -> 'Plan' ->> 'Plan Rows';
  EXECUTE format('SELECT count(*) FROM (%s) x', query) INTO groups;
END $$;
SELECT query, planned, groups FROM (VALUES
  ('SELECT person_id FROM visit WHERE person_id <@ @hundred GROUP BY person_id'),
  ('SELECT DISTINCT person_id FROM visit WHERE person_id <@ @hundred'),
  ('SELECT person_id, count(*) FROM visit WHERE person_id <@ @hundred GROUP BY person_id HAVING count(*) > 0'),
  ('SELECT v.person_id FROM person p JOIN visit v ON v.person_id = p.id WHERE p.id <@ @hundred GROUP BY v.person_id'),
  ('SELECT person_id FROM visit WHERE person_id <@ @hundred AND person_id <@ @others GROUP BY person_id'),
  ('SELECT DISTINCT count(*) FROM visit WHERE person_id <@ @hundred GROUP BY person_id')) AS q(query), planned_groups(query);
-- Not where all groups count, and not where scans by a set are switched off
SELECT (planned_groups('SELECT person_id, city FROM visit WHERE person_id <@ @hundred GROUP BY person_id, city')).planned BETWEEN 100 AND 1000 AS by_both,
       (planned_groups('SELECT person_id FROM visit WHERE person_id <@ @hundred GROUP BY ROLLUP (person_id)')).planned > 100 AS rolled_up,
       (planned_groups('SELECT city FROM visit WHERE person_id <@ @hundred GROUP BY city')).planned AS by_another;
-- Nor of a UNION
SELECT count(*) FROM (SELECT person_id FROM visit WHERE person_id <@ '{1..60,70..109}' UNION ALL SELECT id FROM person WHERE id < 3) x;
SET objectset.enable_scan = off;
SELECT (planned_groups('SELECT person_id FROM visit WHERE person_id <@ @hundred GROUP BY person_id')).planned > 100 AS as_the_server;
RESET objectset.enable_scan;
DROP TABLE person, by_city, visit, segment;
DROP FUNCTION scans_of, planned_groups;
