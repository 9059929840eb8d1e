-- First joins: a scan filtered by a stored set against the same scan with a plain filter.
CREATE TABLE patient AS
SELECT i::bigint AS id, (i % 90)::int AS age, md5(i::text) AS note FROM generate_series(1, (2000000 * :scale)::int) i;
ALTER TABLE patient ADD PRIMARY KEY (id);
VACUUM ANALYZE patient;
CREATE TABLE patient_set (name text PRIMARY KEY, members objectset);
SELECT setseed(0.5);
INSERT INTO patient_set
SELECT 'random', objectset_agg(1 + floor(random() * 2000000 * :scale)::bigint) FROM generate_series(1, (100000 * :scale)::int);
ANALYZE patient_set;
ALTER DATABASE postgres SET enable_indexscan = off;
ALTER DATABASE postgres SET enable_bitmapscan = off;
INSERT INTO bench.contender (workload, contender, statement, "limit") VALUES
  ('filter a scan by a set of 1 in 20', 'plain filter', $$SELECT count(*) FROM patient WHERE age >= 0$$, NULL),
  ('filter a scan by a set of 1 in 20', 'scalar subquery', $$SELECT count(*) FROM patient WHERE id <@ (SELECT members FROM patient_set WHERE name = 'random')$$, 1.5),
  ('filter a scan by a set of 1 in 20', 'joined row', $$SELECT count(*) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = 'random'$$, NULL);
