-- Prepared statements go on to be planned for the set at hand where the plan for any set could go wrong.
CREATE TABLE person (id bigint PRIMARY KEY, score integer NOT NULL, city integer NOT NULL);
INSERT INTO person SELECT i, (i * 7919) % 100003, i % 10 FROM generate_series(1, 50000) i;
CREATE INDEX ON person (score);
CREATE TABLE segment (name text PRIMARY KEY, members objectset NOT NULL);
INSERT INTO segment SELECT 'mixed ' || i, objectset_range(1, i * 1000 + 1) FROM generate_series(1, 40) i;
INSERT INTO segment VALUES ('small', '{5,500,5000}'), ('big', objectset_range(1, 50000));
VACUUM ANALYZE person, segment;

PREPARE top(objectset) AS SELECT id FROM person WHERE id <@ $1 ORDER BY score LIMIT 2;
PREPARE top_of(text) AS SELECT id FROM person WHERE id <@ (SELECT members FROM segment WHERE name = $1) ORDER BY score LIMIT 2;
PREPARE joined(text) AS SELECT p.id FROM person p JOIN segment s ON p.id <@ s.members WHERE s.name = $1 ORDER BY score LIMIT 2;
-- Another index may be the better way.
CREATE INDEX ON person (city);
PREPARE in_city(objectset) AS SELECT id FROM person WHERE id <@ $1 AND city = 11;
PREPARE in_city_or_none(objectset) AS SELECT id FROM person WHERE id <@ $1 AND (city = 11 OR city IS NULL);
PREPARE rows_of(objectset) AS SELECT id FROM person WHERE (id <@ $1 OR id = 5) AND NOT id <@ '{7}';
-- Here the plan does not depend on a set that is not known.
PREPARE plain(integer) AS SELECT id FROM person WHERE score > $1 ORDER BY score LIMIT 2;
PREPARE constant(integer) AS SELECT id FROM person WHERE id <@ '{1,2,3}'::objectset AND score > $1 ORDER BY score LIMIT 2;
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT format('EXECUTE %s(%L)', name, value) FROM generate_series(1, 8) n,
      (VALUES ('top', '{5,500,5000}'), ('in_city', '{1..40000}'), ('in_city_or_none', '{1..40000}'), ('rows_of', '{1..40000}'), ('top_of', 'small'), ('joined', 'small'), ('plain', '50'), ('constant', '50')) AS p (name, value)
  LOOP
    EXECUTE statement;
  END LOOP;
END $$;
SELECT name, generic_plans, custom_plans FROM pg_prepared_statements ORDER BY name;
EXECUTE top('{5,500,5000}');
EXECUTE top_of('small');
EXECUTE joined('small');
-- Who insists has the plan for any set.
SET plan_cache_mode = force_generic_plan;
EXECUTE top('{5,500,5000}');
EXECUTE top_of('small');
SELECT name, generic_plans > 0 AS generic FROM pg_prepared_statements WHERE name LIKE 'top%' ORDER BY name;
RESET plan_cache_mode;
DEALLOCATE ALL;
DROP TABLE segment, person;
