-- The rows of a set: a table filtered by a set on its primary key, or on a foreign key, beside every way to say or to
-- force the same by hand. Whatever of them is the fastest, the natural query shall not take much longer.
--
--   random     drawn evenly from the patients
--   clustered  runs of 1,000 ids, evenly spread
--   dense      one block in the midst
--   scattered  over 2^60; one in ten is a patient's

-- The tables that are asked for the rows of each, and those in a quick run; where `forms`, with all forms of the natural
-- query.
CREATE TABLE bench.join_case AS
SELECT row_number() OVER () AS number, kind, n, string_to_array(tables, ',') AS tables,
       string_to_array(quickly, ',') AS quickly, forms
FROM (VALUES
  ('random', 10, 'patient,visit', 'patient,visit', false),
  ('random', 1000, 'patient,visit,counted', 'patient', true),
  ('random', 50000, 'patient,visit', '', false),
  ('random', 200000, 'patient,visit,counted', 'patient,counted', true),
  ('random', 1000000, 'patient,visit', '', false),
  ('random', 2500000, 'patient,visit', 'patient', false),
  ('clustered', 1000, 'patient', '', false),
  ('clustered', 50000, 'patient,visit', 'patient', false),
  ('clustered', 1000000, 'patient', '', false),
  ('dense', 10, 'patient', '', false),
  ('dense', 1000, 'patient', '', false),
  ('dense', 50000, 'patient,visit', '', false),
  ('dense', 200000, 'patient,counted', 'patient', false),
  ('dense', 1000000, 'patient', '', false),
  ('dense', 2500000, 'patient', '', false),
  ('scattered', 1000, 'patient', '', false),
  ('scattered', 200000, 'patient,visit', '', false)) AS c(kind, base, tables, quickly, forms),
  LATERAL (SELECT CASE WHEN base <= 1000 THEN base ELSE base * :scale END::bigint AS n) AS s;
SELECT number AS largest FROM bench.join_case WHERE kind = 'random' ORDER BY n DESC LIMIT 1 \gset

-- {table} and its {key}, the {sum} of its column {x} or the count of its rows; {set} is the set's number, {from} and {to}
-- are the ends of the dense block. Who takes part for sets of which sizes, and for which in a quick run: those that are
-- hopeless would take the most time.
CREATE TABLE bench.join_way (
  id int GENERATED ALWAYS AS IDENTITY, contender text, part text, sizes int8range, quick_sizes int8range, settings jsonb,
  statement text
);
\set by_index '{"enable_seqscan": "off"}'
\set by_scan '{"enable_indexscan": "off", "enable_bitmapscan": "off", "enable_indexonlyscan": "off"}'
INSERT INTO bench.join_way (contender, part, sizes, quick_sizes, settings, statement) VALUES
  ('objectset, subquery', NULL, '(,)', '(,)', '{}',
   'SELECT {sum} FROM {table} WHERE {key} <@ (SELECT members FROM join_objectset WHERE id = {set})'),
  ('objectset, literal', 'forms', '(,)', '(,)', '{}', 'SELECT {sum} FROM {table} WHERE {key} <@ {literal}'),
  ('objectset, parameter', 'forms', '(,)', '(,)', '{"plan_cache_mode": "force_generic_plan"}',
   'SELECT {sum} FROM {table} WHERE {key} <@ the_set'),
  ('objectset, row', 'forms', '(,)', '(,)', '{}',
   'SELECT {sum} FROM {table} JOIN join_objectset s ON {key} <@ s.members WHERE s.id = {set}'),
  ('bigint[]', NULL, '(,200000]', '(,10000]', :'by_index',
   'SELECT {sum} FROM {table} WHERE {key} = ANY ((SELECT ids FROM join_array WHERE id = {set})::bigint[])'),
  ('many-to-many', NULL, '(,1000000]', '(,200000]', '{}',
   'SELECT {sum} FROM {table} JOIN join_membership m ON m.id = {key} WHERE m.set_id = {set}'),
  ('pg_roaringbitmap', NULL, '(,200000]', '(,10000]', '{}',
   'SELECT {sum} FROM {table} WHERE {key} IN (SELECT unnest(rb64_to_array(members)) FROM join_roaring64
      WHERE id = {set})'),
  ('unnest, nested loop', NULL, '(,1000000]', '(,10000]', '{"enable_hashjoin": "off", "enable_mergejoin": "off"}',
   'SELECT {sum} FROM join_objectset s, unnest(members) AS m, {table} WHERE s.id = {set} AND {key} = m'),
  ('unnest, hash join', NULL, '[200000,)', '[200000,)', '{"enable_nestloop": "off", "enable_mergejoin": "off"}',
   'SELECT {sum} FROM {table} JOIN (SELECT unnest(members) AS m FROM join_objectset WHERE id = {set}) s ON {key} = m'),
  ('unnest, merge join', 'patient', '[50000,)', 'empty', '{"enable_nestloop": "off", "enable_hashjoin": "off"}',
   'SELECT {sum} FROM {table} JOIN (SELECT unnest(members) AS m FROM join_objectset WHERE id = {set}) s ON {key} = m'),
  -- An expression that no index has, in any release
  ('filtered scan', NULL, '[50000,)', '[20000,)', '{}',
   'SELECT {sum} FROM {table} WHERE {key} + 0 <@ (SELECT members FROM join_objectset WHERE id = {set})'),
  ('a plain filter', 'largest', '(,)', '(,)', :'by_scan', 'SELECT {sum} FROM {table} WHERE {x} >= 0'),
  ('BETWEEN', 'dense', '(,)', '(,)', '{}', 'SELECT {sum} FROM {table} WHERE {key} BETWEEN {from} AND {to}');
\set alternatives 'bigint[]|many-to-many|pg_roaringbitmap|unnest, %|filtered scan'

INSERT INTO bench.contender (topic, workload, contender, statement, settings, parameter)
SELECT :'topic', format('%s in a set of %s ids, %s', what, bench.spell(n), kind), contender,
       replace(replace(replace(replace(replace(replace(replace(statement, '{table}', "table"), '{key}', key), '{x}', x),
           '{sum}', sum), '{set}', number::text), '{from}', (first + 1)::text), '{to}', (first + n)::text),
       settings, CASE WHEN statement LIKE '%the_set%' THEN 'SELECT members FROM join_objectset WHERE id = ' || number END
FROM bench.setting, bench.join_case,
     (VALUES ('patients', 'patient', 'patient', 'patient.id', 'age', 'sum(age)'),
             ('visits', 'visit', 'visit', 'visit.patient_id', 'diagnosis', 'sum(diagnosis)'),
             ('count of patients', 'counted', 'patient', 'patient.id', 'age', 'count(*)'))
         AS t(what, name, "table", key, x, sum),
     bench.join_way w, LATERAL (SELECT (1250000 * :scale)::bigint AS first) AS block
WHERE CASE WHEN quick THEN name = ANY (quickly) AND n <@ quick_sizes ELSE name = ANY (tables) AND n <@ sizes END
  AND CASE part WHEN 'forms' THEN forms AND name <> 'counted' WHEN 'patient' THEN "table" = 'patient'
                WHEN 'largest' THEN number = :largest WHEN 'dense' THEN kind = 'dense' ELSE true END
ORDER BY name = 'counted', "table", number, w.id;

-- A page, some rows of a range, and two workers: of the largest set.
\set page 'first 50 rows of the largest set, by id'
\set range '20,000 rows of a range, checked against the largest set'
\set workers 'visits in the largest set, with workers'
\set in_parallel '{"max_parallel_workers_per_gather": "2", "parallel_setup_cost": "0", "parallel_tuple_cost": "0"}'
INSERT INTO bench.contender (topic, workload, contender, settings, statement)
SELECT :'topic', workload, contender, settings::jsonb, replace(statement, '{set}', :'largest')
FROM (VALUES
  (:'page', 'objectset', '{}',
   'SELECT sum(id) FROM (SELECT id FROM patient WHERE id <@ (SELECT members FROM join_objectset WHERE id = {set})
      ORDER BY id LIMIT 50) x'),
  (:'page', 'objectset, row', '{}',
   'SELECT sum(id) FROM (SELECT p.id FROM patient p JOIN join_objectset s ON p.id <@ s.members WHERE s.id = {set}
      ORDER BY p.id LIMIT 50) x'),
  (:'page', 'many-to-many', '{}',
   'SELECT sum(id) FROM (SELECT p.id FROM patient p JOIN join_membership m ON m.id = p.id WHERE m.set_id = {set}
      ORDER BY m.id LIMIT 50) x'),
  (:'page', 'pg_roaringbitmap', '{}',
   'SELECT sum(id) FROM (SELECT id FROM patient WHERE id IN (SELECT unnest(rb64_to_array(rb64_select(members, 50)))
      FROM join_roaring64 WHERE id = {set}) ORDER BY id LIMIT 50) x'),
  (:'page', 'of all rows', '{}', 'SELECT sum(id) FROM (SELECT id FROM patient ORDER BY id LIMIT 50) x'),
  (:'range', 'objectset', '{}',
   'SELECT sum(age) FROM patient WHERE id BETWEEN 30001 AND 50000
      AND id <@ (SELECT members FROM join_objectset WHERE id = {set})'),
  (:'range', 'many-to-many', '{}',
   'SELECT sum(age) FROM patient JOIN join_membership m USING (id) WHERE id BETWEEN 30001 AND 50000
      AND m.set_id = {set}'),
  (:'range', 'unchecked', '{}', 'SELECT sum(age) FROM patient WHERE id BETWEEN 30001 AND 50000'),
  (:'workers', 'objectset, alone', '{}',
   'SELECT sum(diagnosis) FROM visit WHERE patient_id <@ (SELECT members FROM join_objectset WHERE id = {set})'),
  (:'workers', 'objectset, 2 workers', :'in_parallel',
   'SELECT sum(diagnosis) FROM visit WHERE patient_id <@ (SELECT members FROM join_objectset WHERE id = {set})'))
  AS t(workload, contender, settings, statement);

INSERT INTO bench.goal (about, workloads, contender, against, "limit")
SELECT format('rows of a set, in a %s: against the best by hand', form), '% in a set of % ids, %', 'objectset, ' || form,
       :'alternatives', 1.2
FROM unnest('{subquery,literal,parameter,row}'::text[]) AS form;
INSERT INTO bench.goal (about, workloads, contender, against, "limit") VALUES
  ('rows of half the ids, against a plain filter', '% in a set of % ids, random', 'objectset, subquery', 'a plain filter',
   1.4),
  ('rows of a dense block, against BETWEEN', '% in a set of % ids, dense', 'objectset, subquery', 'BETWEEN', 1.2),
  ('first 50 of the largest set, against many-to-many', :'page', 'objectset', 'many-to-many', 1),
  ('20,000 rows checked, against unchecked', :'range', 'objectset', 'unchecked', 2),
  ('two workers, against alone', :'workers', 'objectset, 2 workers', 'objectset, alone', 0.7);

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/patients.sql
  CREATE INDEX ON visit (patient_id);

  -- The sets that this run asks for
  CREATE UNLOGGED TABLE join_membership (set_id int, id bigint);
  INSERT INTO join_membership
  SELECT number, id
  FROM bench.join_case, bench.setting, LATERAL (SELECT (5000000 * :scale)::bigint AS patients) AS p, LATERAL (
      SELECT 1 + i * (patients / n) + abs(hashint8extended(i, number) % (patients / n)) AS id
      FROM generate_series(0, n - 1) AS i WHERE kind = 'random'
      UNION ALL
      SELECT 1 + i / run * (patients / (n / run)) + i % run
      FROM (SELECT least(1000, n / 10) AS run) AS r, generate_series(0, n - 1) AS i WHERE kind = 'clustered'
      UNION ALL
      SELECT patients / 4 + i FROM generate_series(1, n) AS i WHERE kind = 'dense'
      UNION ALL
      SELECT DISTINCT CASE WHEN i % 10 = 0 THEN 1 + abs(hashint8extended(i, number) % patients)
                           ELSE abs(hashint8extended(i, number) % (1::bigint << 60)) END
      FROM generate_series(0, n - 1) AS i WHERE kind = 'scattered') AS ids
  WHERE NOT quick OR quickly <> '{}';
  ALTER TABLE join_membership ADD PRIMARY KEY (set_id, id);
  CREATE INDEX ON join_membership (id);
  -- Among others that are empty, as sets are in a table that a user would have
  CREATE TABLE join_objectset (id int PRIMARY KEY, members objectset);
  INSERT INTO join_objectset SELECT set_id, objectset_agg(id) FROM join_membership GROUP BY set_id;
  INSERT INTO join_objectset SELECT i, '{}' FROM generate_series(1001, 2000) AS i;
  CREATE TABLE join_array (id int PRIMARY KEY, ids bigint[]);
  INSERT INTO join_array SELECT id, members::bigint[] FROM join_objectset WHERE cardinality(members) <= 200000;
  \if :have_roaringbitmap
    CREATE TABLE join_roaring64 (id int PRIMARY KEY, members roaringbitmap64);
    INSERT INTO join_roaring64 SELECT id, rb64_runoptimize(rb64_build(members::bigint[])) FROM join_objectset;
  \endif
  VACUUM ANALYZE visit, join_membership, join_objectset, join_array;
  UPDATE bench.contender c SET statement = replace(c.statement, '{literal}', quote_literal(s.members) || '::objectset')
  FROM bench.join_case j JOIN join_objectset s ON s.id = j.number
  WHERE c.topic = :'topic' AND c.contender = 'objectset, literal'
    AND c.workload LIKE format('%% in a set of %s ids, %s', bench.spell(n), kind);
\endif
