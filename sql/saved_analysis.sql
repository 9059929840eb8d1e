-- Questions to a whole set table.
CREATE SCHEMA analysis;
SET search_path = analysis, public;
CREATE TABLE patient (id int PRIMARY KEY, city text, "year of birth" int, data json);
INSERT INTO patient
SELECT i, CASE WHEN i % 10 = 0 THEN NULL ELSE (ARRAY['Ulm', 'Bonn', 'Köln'])[i % 3 + 1] END, 1950 + i % 7, '{}' FROM generate_series(1, 1000) i;
DO $$ BEGIN PERFORM objectset_create_table('patient_set', 'patient'); END $$;
SELECT * FROM objectset_overlaps('patient_set');
SELECT * FROM objectset_containing('patient_set', 1);
INSERT INTO patient_set (name, base, added, removed) VALUES
  ('d', '{1..10}', '{11,12}', '{1,2}'), ('c', '{5..15}', '{}', '{}'), ('b', '{}', '{3}', '{4}'), ('a', '{}', '{}', '{}'), ('e', '{}', '{}', '{3}'),
  ('f', '{3..10}', '{}', '{}');

-- Which sets hold an id: by the law, ordered by name
SELECT id, array(SELECT objectset_containing('patient_set', id)) FROM (VALUES (1), (3), (11), (12), (15), (99)) v (id);
SELECT objectset_containing('patient_set', NULL);
SELECT s.name, s.count FROM objectset_containing('patient_set', 11) c JOIN patient_set s USING (name) ORDER BY 1;

-- Each pair once
SELECT * FROM objectset_overlaps('patient_set');

-- The most similar, ties by name; zero where both are empty
SELECT * FROM objectset_similar('patient_set', 'd');
SELECT * FROM objectset_similar('patient_set', 'd', 2);
SELECT * FROM objectset_similar('patient_set', 'a', 3);
SELECT count(*) FROM objectset_similar('patient_set', 'd', NULL);
SELECT count(*) FROM objectset_similar('patient_set', 'd', 0);
SELECT error_of($$SELECT objectset_similar('patient_set', 'nobody')$$), error_of($$SELECT objectset_similar('patient_set', 'd', -1)$$);

-- Both agree with the functions of sets, on sets of every shape
INSERT INTO patient_set (name, base, removed)
SELECT 'big' || k, objectset_agg(i::bigint * i * k % 1000003 + k / 3 * 5000000000), objectset_range(0, 1000 * k)
FROM generate_series(1, 20000) i, generate_series(1, 4) k GROUP BY k;
CREATE VIEW law AS SELECT name, (base | added) - removed AS members FROM patient_set;
SELECT count(*), bool_and(o.count_a = cardinality(a.members) AND o.count_b = cardinality(b.members) AND o.in_both = cardinality(a.members & b.members)
                          AND o.jaccard = objectset_jaccard(a.members, b.members) AND o.a < o.b) AS same
FROM objectset_overlaps('patient_set') o JOIN law a ON a.name = o.a JOIN law b ON b.name = o.b;
SELECT count(*), bool_and(s.jaccard = objectset_jaccard(a.members, b.members) AND s.in_both = cardinality(a.members & b.members)) AS same
FROM law a, objectset_similar('patient_set', a.name, NULL) s JOIN law b ON b.name = s.similar_name;
SELECT bool_and(array(SELECT objectset_containing('patient_set', id)) = array(SELECT name FROM law WHERE members @> id ORDER BY name)) AS same
FROM unnest('{1,1000,3999,4000,4001,5000,10000,1000002,5000000000,5000009001}'::bigint[]) id;

-- Facets: how the members fall on the values of a column
INSERT INTO patient_set (name, base, added) VALUES ('most', '{1..900}', '{2000}');
SELECT * FROM objectset_facets('patient_set', 'most', 'city');
SELECT * FROM objectset_facets('patient_set', 'most', 'city', 2);
SELECT * FROM objectset_facets('patient_set', 'most', 'year of birth', 3);
SELECT * FROM objectset_facets('patient_set', 'a', 'city');
SELECT count(*) FROM objectset_facets('patient_set', 'most', NULL);
SELECT bool_and(f.count = g.count) AND count(*) = 7 AS same
FROM objectset_facets('patient_set', 'most', 'year of birth') f
FULL JOIN (SELECT "year of birth"::text AS value, count(*) AS count FROM patient WHERE id <= 900 GROUP BY 1) g USING (value);
SELECT error_of($$SELECT objectset_facets('patient_set', 'nobody', 'city')$$), error_of($$SELECT objectset_facets('patient_set', 'most', 'town')$$),
       error_of($$SELECT objectset_facets('patient_set', 'most', 'data')$$), error_of($$SELECT objectset_facets('patient_set', 'most', 'city', -1)$$);
SELECT error_of($$SELECT objectset_overlaps('patient')$$);

-- Facets of several columns in one pass, of values and of what they are rounded down to
ALTER TABLE patient ADD born date, ADD seen timestamptz, ADD weight float8, ADD balance numeric(8,2);
UPDATE patient SET born = date '1950-03-01' + id * 7, seen = timestamptz '2020-01-01 00:00Z' + id * interval '1 hour', weight = id / 7.0 - 20, balance = -id / 4.0;
SELECT * FROM objectset_facets_by('patient_set', 'most', '{city,year of birth}');
SELECT * FROM objectset_facets_by('patient_set', 'most', '{born,city,born,balance}', '{decade,NULL,year,100}', 2);
SELECT f.column_name, count(*), bool_and(f.count = g.count) AS same
FROM objectset_facets_by('patient_set', 'most', '{born,seen,weight,balance,id,city,balance}', '{month,day,2.5,7,1e2,NULL,NULL}') f
FULL JOIN (
    SELECT 'born' AS column_name, 'month' AS step, date_trunc('month', born)::date::text AS value, count(*) AS count FROM patient WHERE id <= 900 GROUP BY 3
    UNION ALL SELECT 'seen', 'day', date_trunc('day', seen)::text, count(*) FROM patient WHERE id <= 900 GROUP BY 3
    UNION ALL SELECT 'weight', '2.5', trim_scale(floor(weight::numeric / 2.5) * 2.5)::text, count(*) FROM patient WHERE id <= 900 GROUP BY 3
    UNION ALL SELECT 'balance', '7', trim_scale(floor(balance / 7) * 7)::text, count(*) FROM patient WHERE id <= 900 GROUP BY 3
    UNION ALL SELECT 'id', '1e2', (id / 100 * 100)::text, count(*) FROM patient WHERE id <= 900 GROUP BY 3
    UNION ALL SELECT 'city', NULL, city, count(*) FROM patient WHERE id <= 900 GROUP BY 3
    UNION ALL SELECT 'balance', NULL, trim_scale(balance)::text, count(*) FROM patient WHERE id <= 900 GROUP BY 3) g
  ON f.column_name = g.column_name AND f.step IS NOT DISTINCT FROM g.step AND CASE WHEN f.column_name IN ('weight', 'balance') THEN trim_scale(f.value::numeric)::text ELSE f.value END IS NOT DISTINCT FROM g.value
GROUP BY 1, f.step ORDER BY 1, 2;
SELECT count(*) FROM objectset_facets_by('patient_set', 'a', '{city}');
SELECT count(*) FROM objectset_facets_by('patient_set', 'most', NULL);
SELECT error_of(format('SELECT objectset_facets_by(''patient_set'', ''most'', %s)', arguments))
FROM unnest(ARRAY[$$'{city,city}'$$, $$'{city,town}'$$, $$'{}'$$, $$'{NULL}'$$, $$'{city}', '{1}'$$, $$'{weight}', '{-1}'$$, $$'{weight}', '{0.0}'$$, $$'{weight}', '{NaN}'$$,
  $$'{weight}', '{ten}'$$, $$'{born,city}', '{year}'$$, $$'{data}'$$, $$'{city}', NULL, -1$$, $$array_fill('city'::name, '{32}')$$]) arguments;
-- A unit is looked at though there may be no row.
SELECT name, left(error_of(format($$SELECT objectset_facets_by('patient_set', %L, '{born}', '{fortnight}')$$, name)), 5) AS no_unit FROM unnest('{most,a}'::text[]) AS name;
-- What has no end stays that, and floats are rounded down from all of their digits, however the session shows them.
CREATE TABLE measure (id int PRIMARY KEY, single float4, "d{0}%s" float8, exact numeric, day date);
INSERT INTO measure VALUES (1, 1234567, 123456789012345678, 'Infinity', 'infinity'), (2, 16777216, '-Infinity', '-Infinity', '-infinity'), (3, 'Infinity', 'NaN', 'NaN', '0044-03-15 BC'), (4, 0.7, 0.3, -0.05, NULL), (5, 'NaN', -1e-300, NULL, NULL);
DO $$ BEGIN PERFORM objectset_create_table('measure_set', 'measure'); PERFORM objectset_save('measure_set', 'all', '{1..5}'); END $$;
SET extra_float_digits = -3;
SELECT column_name, step, trim_scale(value::numeric) AS value, count FROM objectset_facets_by('measure_set', 'all', '{single,"d{0}%s",exact}', '{10,0.1,1}');
RESET extra_float_digits;
SELECT step, value, count FROM objectset_facets_by('measure_set', 'all', '{day,id,id}', '{year,1e300,4}', 2);
SELECT error_of(format('SELECT objectset_facets%s', call)) FROM unnest(ARRAY[$$('measure_set', 'all', 'xmin')$$, $$_by('measure_set', 'all', '{id,xmin}')$$]) AS call;

-- Out of the search path; the target renamed
ALTER TABLE patient RENAME TO "the patients";
SET search_path = '';
SELECT * FROM public.objectset_facets('analysis.patient_set', 'most', 'city', 1);
SELECT * FROM public.objectset_similar('analysis.patient_set', 'd', 1);
SELECT public.objectset_containing('analysis.patient_set', 11);
SELECT count(*) FROM public.objectset_overlaps('analysis.patient_set');
SET search_path = analysis, public;

-- What of the table is not as it was made is an error and nothing worse
BEGIN;
ALTER TABLE patient_set DROP count, ADD count text DEFAULT 'many';
SELECT error_of($$SELECT objectset_similar('patient_set', 'd', 1)$$);
ROLLBACK;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA analysis CASCADE;
