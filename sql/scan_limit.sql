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
