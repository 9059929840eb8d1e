-- Building sets: many small groups, and one large one.
CREATE TABLE visit AS
SELECT i AS id, 1 + (i::bigint * 7919 % (500000 * :scale)::int) AS patient_id FROM generate_series(1, (2000000 * :scale)::int) i;
VACUUM ANALYZE visit;
INSERT INTO bench.contender (workload, contender, statement, "limit") VALUES
  ('500,000 groups of four ids', 'array_agg', $$SELECT count(a) FROM (SELECT array_agg(id) AS a FROM visit GROUP BY patient_id) x$$, NULL),
  ('500,000 groups of four ids', 'objectset_agg', $$SELECT count(a) FROM (SELECT objectset_agg(id) AS a FROM visit GROUP BY patient_id) x$$, 1.2),
  ('one set of 2 million ids in order', 'array_agg', $$SELECT array_agg(id) FROM visit$$, NULL),
  ('one set of 2 million ids in order', 'objectset_agg', $$SELECT objectset_agg(id) FROM visit$$, NULL),
  ('one set of 500,000 ids, four times each, mixed', 'count distinct', $$SELECT count(DISTINCT patient_id) FROM visit$$, NULL),
  ('one set of 500,000 ids, four times each, mixed', 'objectset_agg', $$SELECT objectset_agg(patient_id) FROM visit$$, NULL);
