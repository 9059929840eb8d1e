-- Plans: natural queries by a set, in many shapes, each beside the best that can be forced by hand.
--
-- A *shape* is a query in which `[[column in $set]]` stands for a test against a set of the table `pset`. It is asked in all
-- natural forms, with the set from a subquery, a stable function or a parameter (the first, the sixth and the fiftieth
-- execution of one statement, which the server plans anew or not, as it likes), for sets from a hundred ids to half of
-- them, and against *ways*: the same with kinds of plans forbidden, as a join or an array of the set's ids, and as an expert
-- would write that shape. Regret is the time of the natural query over that of the fastest way, natural forms included.
--
-- All times are with planning. They are measured here and not by bench.run(), which would keep plans.
SET search_path = plans, public;
CREATE SCHEMA plans;

CREATE TABLE plans.shape (
  id int GENERATED ALWAYS AS IDENTITY, name text PRIMARY KEY, sets text[], query text,
  ways text[] DEFAULT '{}'  -- by hand
);
INSERT INTO plans.shape (name, sets, query, ways) VALUES
  ('rows by the key', '{hundred,big,half}', 'SELECT sum(score) FROM person WHERE [[id in $set]]', '{}'),
  ('rows by a foreign key', '{hundred,small,big,half}', 'SELECT sum(cost) FROM visit WHERE [[patient_id in $set]]', '{}'),
  ('rows by a foreign key with common values', '{hundred,big}', 'SELECT sum(amount) FROM bill WHERE [[patient_id in $set]]',
   '{}'),
  ('a date range', '{hundred,big,half}',
   'SELECT sum(cost) FROM visit WHERE [[patient_id in $set]] AND day BETWEEN ''2020-03-01'' AND ''2020-03-07''', '{}'),
  ('one day', '{hundred,big,half}', 'SELECT sum(cost) FROM visit WHERE [[patient_id in $set]] AND day = ''2020-03-01''',
   '{}'),
  ('ids of a range', '{hundred,big,half}',
   'SELECT sum(score) FROM person WHERE [[id in $set]] AND id BETWEEN 1000 AND 3000', '{}'),
  ('top ten by another column', '{hundred,small,big,half}',
   'SELECT sum(id) FROM (SELECT id FROM person WHERE [[id in $set]] ORDER BY score LIMIT 10) x',
   '{"WITH m AS MATERIALIZED (SELECT id, score FROM person WHERE [[id in $set]])
      SELECT sum(id) FROM (SELECT id FROM m ORDER BY score LIMIT 10) x"}'),
  ('the next page by another column', '{hundred,small,big,half}',
   'SELECT sum(id) FROM (SELECT id FROM person WHERE [[id in $set]] AND score > 300 ORDER BY score LIMIT 20) x',
   '{"WITH m AS MATERIALIZED (SELECT id, score FROM person WHERE [[id in $set]])
      SELECT sum(id) FROM (SELECT id FROM m WHERE score > 300 ORDER BY score LIMIT 20) x"}'),
  ('the latest twenty', '{hundred,small,big,half}',
   'SELECT sum(id) FROM (SELECT id FROM visit WHERE [[patient_id in $set]] ORDER BY day DESC, id DESC LIMIT 20) x',
   '{"WITH m AS MATERIALIZED (SELECT id, day FROM visit WHERE [[patient_id in $set]])
      SELECT sum(id) FROM (SELECT id FROM m ORDER BY day DESC, id DESC LIMIT 20) x"}'),
  ('first twenty by key and date', '{hundred,small,big,half}',
   'SELECT sum(id) FROM (SELECT id FROM visit WHERE [[patient_id in $set]] ORDER BY patient_id, day, id LIMIT 20) x',
   '{"SELECT sum(id) FROM (SELECT v.id FROM (SELECT id FROM patient WHERE [[id in $set]] ORDER BY id LIMIT 20) p,
        LATERAL (SELECT id, patient_id, day FROM visit WHERE patient_id = p.id ORDER BY patient_id, day, id LIMIT 20) v
      ORDER BY v.patient_id, day, v.id LIMIT 20) x"}'),
  ('first fifty by the key', '{hundred,big,half}',
   'SELECT sum(id) FROM (SELECT id FROM person WHERE [[id in $set]] ORDER BY id LIMIT 50) x', '{}'),
  ('two sets', '{hundred,small,half}',
   'SELECT sum(cost) FROM visit WHERE [[patient_id in big]] AND [[patient_id in $set]]', '{}'),
  ('either set', '{hundred,small,half}',
   'SELECT sum(cost) FROM visit WHERE [[patient_id in hundred]] OR [[patient_id in $set]]', '{}'),
  ('a set or one id', '{hundred,big}', 'SELECT sum(cost) FROM visit WHERE [[patient_id in $set]] OR patient_id = 5', '{}'),
  ('a set and not another', '{hundred,big}',
   'SELECT sum(cost) FROM visit WHERE [[patient_id in $set]] AND NOT [[patient_id in small]]', '{}'),
  ('not in a set', '{hundred,half,most}', 'SELECT sum(score) FROM person WHERE NOT [[id in $set]]', '{}'),
  ('not in a set, of a range', '{hundred,half}',
   'SELECT sum(score) FROM person WHERE NOT [[id in $set]] AND id BETWEEN 1000 AND 1100', '{}'),
  ('in no set, the first twenty', '{big,half,most}',
   'SELECT sum(id) FROM (SELECT id FROM person WHERE NOT [[id in $set]] ORDER BY id LIMIT 20) x', '{}'),
  ('sets of different columns', '{hundred,small,half}',
   'SELECT sum(cost) FROM visit WHERE [[patient_id in $set]] OR [[id in hundred]]',
   '{"SELECT sum(cost) FROM (SELECT id, cost FROM visit WHERE [[patient_id in $set]]
      UNION SELECT id, cost FROM visit WHERE [[id in hundred]]) x"}'),
  ('a set or a date', '{hundred,small,half}',
   'SELECT sum(cost) FROM visit WHERE [[patient_id in $set]] OR day = ''2020-03-01''',
   '{"SELECT sum(cost) FROM (SELECT id, cost FROM visit WHERE [[patient_id in $set]]
      UNION SELECT id, cost FROM visit WHERE day = ''2020-03-01'') x"}'),
  ('a join by the key', '{hundred,small,big,half}',
   'SELECT sum(cost) FROM patient p JOIN visit v ON v.patient_id = p.id WHERE [[p.id in $set]] AND p.region < 5',
   '{"SELECT sum(cost) FROM patient p JOIN visit v ON v.patient_id = p.id WHERE [[p.id in $set]]
      AND [[v.patient_id in $set]] AND p.region < 5"}'),
  ('an outer join', '{hundred,small,big}',
   'SELECT count(v.id) + count(*) FROM patient p LEFT JOIN visit v ON v.patient_id = p.id AND v.day < ''2020-02-01''
    WHERE [[p.id in $set]]', '{}'),
  ('a dashboard', '{hundred,small,big,half}',
   'SELECT sum(n * m) FROM (SELECT count(*) AS n, extract(month FROM day) AS m FROM visit v
      JOIN patient p ON p.id = v.patient_id WHERE [[v.patient_id in $set]] AND v.day >= ''2020-06-01'' AND p.region = 3
      GROUP BY 2) x', '{}'),
  ('a star', '{hundred,small,big}',
   'SELECT sum(v.cost) FROM visit v JOIN patient p ON p.id = v.patient_id JOIN person s ON s.id = p.id
      JOIN bill b ON b.patient_id = p.id WHERE [[p.id in $set]] AND s.score < 100000 AND v.day >= ''2020-10-01''',
   '{}'),
  ('a chain of EXISTS', '{hundred,small,half}',
   'SELECT sum(p.region) FROM patient p WHERE [[p.id in $set]] AND EXISTS (SELECT FROM visit v WHERE v.patient_id = p.id
      AND v.day >= ''2020-06-01'') AND EXISTS (SELECT FROM bill b WHERE b.patient_id = p.id AND amount > 50)', '{}'),
  ('those without any', '{hundred,small,half}',
   'SELECT count(*) FROM patient p WHERE [[p.id in $set]] AND NOT EXISTS (SELECT FROM visit v WHERE v.patient_id = p.id
      AND v.day < ''2020-03-01'')', '{}'),
  ('IN a table''s rows of a set', '{hundred,small,half}',
   'SELECT sum(cost) FROM visit WHERE patient_id IN (SELECT id FROM patient WHERE [[id in $set]] AND region = 3)', '{}'),
  ('groups', '{hundred,small,half}',
   'SELECT count(*) + sum(n) FROM (SELECT count(*) AS n FROM visit WHERE [[patient_id in $set]] GROUP BY patient_id) x',
   '{}'),
  ('partitions by month', '{hundred,small,half}',
   'SELECT sum(cost) FROM visit_by_month WHERE [[patient_id in $set]] AND day BETWEEN ''2020-02-15'' AND ''2020-04-15''',
   '{}'),
  ('the latest twenty of partitions', '{hundred,small,half}',
   'SELECT sum(id) FROM (SELECT id FROM visit_by_month WHERE [[patient_id in $set]] ORDER BY day DESC, id DESC LIMIT 20) x',
   '{}'),
  ('an update', '{hundred,big}',
   'WITH u AS (UPDATE visit SET cost = cost + 1 WHERE [[patient_id in $set]] AND cost < 0 RETURNING 1)
    SELECT count(*) FROM u', '{}'),
  ('a delete', '{hundred,big}',
   'WITH d AS (DELETE FROM visit USING patient p WHERE p.id = visit.patient_id AND [[p.id in $set]] AND cost < 0 RETURNING 1)
    SELECT count(*) FROM d', '{}'),
  ('a view of some rows', '{hundred,big,half}', 'SELECT sum(cost) FROM cheap_visit WHERE [[patient_id in $set]]', '{}'),
  ('a column that mixes sizes', '{hundred,small,big}',
   'SELECT sum(n) FROM pset s, LATERAL (SELECT count(*) AS n FROM person WHERE id <@ s.members AND [[id in $set]]) x
    WHERE s.name IN (''mixed 3'', ''mixed 900'')', '{}');

-- Forms of the natural query; and the ways to write a test by hand.
CREATE FUNCTION plans.subquery() RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT '\1 <@ (SELECT members FROM pset WHERE name = ''\2'')' $$;
CREATE TABLE plans.test (name text, test text, settings text[]);
INSERT INTO plans.test VALUES
  ('subquery', plans.subquery(), '{}'),
  ('function', '\1 <@ ps(''\2'')', '{}');
CREATE TABLE plans.way (name text, test text, settings text[]);
INSERT INTO plans.way
SELECT 'no ' || array_to_string(kinds, ', '), plans.subquery(),
       array(SELECT format('enable_%s = off', k) FROM unnest(kinds) AS k)
FROM (VALUES ('{seqscan}'::text[]), ('{indexscan}'), ('{nestloop}'), ('{hashjoin}'), ('{mergejoin}'), ('{sort}'),
             ('{nestloop,mergejoin}'), ('{hashjoin,mergejoin}'), ('{seqscan,hashjoin,mergejoin}')) AS k(kinds);
INSERT INTO plans.way VALUES
  ('a filter', plans.subquery(), '{objectset.enable_scan = off}'),
  ('a filter, no sort', plans.subquery(),
   '{objectset.enable_scan = off,enable_sort = off,enable_incremental_sort = off}'),
  ('a filter, no seqscan', plans.subquery(),
   '{objectset.enable_scan = off,enable_seqscan = off}'),
  ('a join', '\1 IN (SELECT unnest(members) FROM pset WHERE name = ''\2'')', '{objectset.enable_scan = off}'),
  ('a nested loop', '\1 IN (SELECT unnest(members) FROM pset WHERE name = ''\2'')',
   '{objectset.enable_scan = off,enable_hashjoin = off,enable_mergejoin = off}'),
  ('an array', '\1 = ANY (array(SELECT unnest(members) FROM pset WHERE name = ''\2''))', '{}');

CREATE TABLE plans.result (
  id int GENERATED ALWAYS AS IDENTITY, shape text, "set" text, way text, is_natural boolean, statement text, answer text,
  ms float
);

CREATE FUNCTION plans.written(query text, which text, test text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT regexp_replace(replace(query, '$set', which), '\[\[(\S+) in (\w+)\]\]', test, 'g') $$;

-- The least of some executions: what else the machine does only adds to it. What is not done in time has none.
CREATE PROCEDURE plans.measure(shape text, which text, way text, is_natural boolean, statement text, settings text[])
LANGUAGE plpgsql AS $$
DECLARE started timestamptz; took float; least_ms float := 'infinity'; spent float := 0; answer text; line text;
BEGIN
  FOREACH line IN ARRAY settings LOOP
    PERFORM set_config(split_part(line, ' = ', 1), split_part(line, ' = ', 2), true);
  END LOOP;
  BEGIN
    FOR i IN 1..7 LOOP
      started := clock_timestamp();
      EXECUTE statement INTO answer;
      took := 1000 * extract(epoch FROM clock_timestamp() - started);
      least_ms := least(least_ms, took);
      spent := spent + took;
      EXIT WHEN i > 1 AND spent > 200 OR spent > 1000;
    END LOOP;
  EXCEPTION WHEN query_canceled THEN NULL;
  END;
  IF is_natural OR least_ms < 'infinity' THEN
    INSERT INTO plans.result (shape, "set", way, is_natural, statement, answer, ms)
    VALUES (shape, which, way, is_natural, statement, answer, least_ms);
  END IF;
  COMMIT;
END $$;

-- One statement that is kept, executed again and again: of a new function each time, which has planned nothing yet.
CREATE PROCEDURE plans.measure_kept(shape text, which text, query text) LANGUAGE plpgsql AS $$
DECLARE
  the_set objectset; started timestamptz; took float[]; answer text; statement text; spent float := 0; found float[];
BEGIN
  SELECT members INTO the_set FROM pset WHERE name = which;
  statement := regexp_replace(plans.written(replace(query, 'in $set', 'in given'), which,
                                            plans.subquery()),
                              '\(SELECT members FROM pset WHERE name = ''given''\)', '$1', 'g');
  BEGIN
  FOR i IN 1..3 LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION plans.kept(objectset) RETURNS text LANGUAGE plpgsql AS
      $f$ DECLARE found text; BEGIN %s INTO found; RETURN found; END $f$', statement);
    FOR n IN 1..CASE WHEN i < 3 THEN 6 ELSE 50 END LOOP
      started := clock_timestamp();
      answer := plans.kept(the_set);
      took[n] := least(took[n], 1000 * extract(epoch FROM clock_timestamp() - started));
      spent := spent + took[n];
      EXIT WHEN n > 6 AND spent > 2000;
    END LOOP;
    EXIT WHEN spent > 2000;
  END LOOP;
  EXCEPTION WHEN query_canceled THEN NULL;
  END;
  INSERT INTO plans.result (shape, "set", way, is_natural, statement, answer, ms)
  VALUES (shape, which, 'execution 1', true, statement, answer, took[1]),
         (shape, which, 'execution 6', true, statement, answer, took[6]),
         (shape, which, 'execution 50', true, statement, answer,
          (SELECT min(t) FROM unnest(took[greatest(7, cardinality(took) - 4):]) AS t));
  COMMIT;
END $$;

-- All calls that measure, in their order.
CREATE VIEW plans.call AS
SELECT s.id, which, 1 AS turn, format('CALL plans.measure(%L, %L, %L, %L, %L, %L)', s.name, which, w.name, is_natural,
                                      plans.written(query, which, test), settings) AS statement
FROM plans.shape s, unnest(sets) AS which,
     (SELECT *, true AS is_natural FROM plans.test UNION ALL SELECT *, false FROM plans.way) w
-- What only differs for joins and sorts is left out where there are none.
WHERE is_natural OR NOT (w.name ~ 'nestloop|hashjoin|mergejoin' AND query !~ 'JOIN|EXISTS| IN |USING'
                         OR w.name ~ 'sort' AND query !~ 'ORDER|GROUP')
UNION ALL
SELECT s.id, which, 2, format('CALL plans.measure(%L, %L, %L, false, %L, %L)', s.name, which, 'by hand',
                              plans.written(by_hand, which, plans.subquery()), '{}')
FROM plans.shape s, unnest(sets) AS which, unnest(ways) AS by_hand
UNION ALL
SELECT s.id, which, 3, format('CALL plans.measure_kept(%L, %L, %L)', s.name, which, query)
FROM plans.shape s, unnest(sets) AS which;

-- Each natural form beside the fastest way of its shape.
CREATE VIEW plans.regret AS
SELECT n.shape, n."set", n.way AS form, n.ms, b.ms AS best_ms, b.way AS best, n.ms / b.ms AS regret,
       n.ms > 1.2 * b.ms + 1 AS is_beyond
FROM plans.result n,
     LATERAL (SELECT * FROM plans.result b WHERE b.shape = n.shape AND b."set" = n."set" ORDER BY ms LIMIT 1) b
WHERE n.is_natural;

-- ---- Planning ----------------------------------------------------------------------------------------------------

CREATE TABLE plans.planning (
  id int GENERATED ALWAYS AS IDENTITY, about text, form text, condition text, ms float
);
INSERT INTO plans.planning (about, form, condition)
SELECT about, form, condition
FROM (VALUES ('500 partitions by the id'), ('500 partitions by another column')) AS t(about),
     (VALUES ('without a set', 'true'),
             ('without a set, id > 7', 'id > 7'),
             ('a subquery', 'id <@ (SELECT members FROM pset WHERE name = ''big'')'),
             ('a function', 'id <@ ps(''big'')'),
             ('a literal', 'id <@ ''{1..5000,7000,9000,11000..12000}''::objectset'),
             ('two subqueries', 'id <@ (SELECT members FROM pset WHERE name = ''big'')
                AND id <@ (SELECT members FROM pset WHERE name = ''half'')'),
             ('under OR', 'id <@ (SELECT members FROM pset WHERE name = ''big'') OR id = 5'),
             ('a row', 'id <@ (SELECT members FROM pset WHERE name = ''big'') AND v < 5')) AS f(form, condition);
INSERT INTO plans.planning (about, form, condition)
SELECT 'twenty conditions', form, string_agg(replace(condition, '{n}', n::text), operator)
FROM generate_series(1, 20) AS n,
     (VALUES ('without a set', 'v <> {n}', ' AND '),
             ('subqueries', 'id <@ (SELECT members FROM pset WHERE name = ''mixed {n}'')', ' AND '),
             ('subqueries, OR', 'id <@ (SELECT members FROM pset WHERE name = ''mixed {n}'')', ' OR '),
             ('functions', 'id <@ ps(''mixed {n}'')', ' AND '),
             ('literals', 'id <@ ''{{n},1000..2000,3000,4000}''::objectset', ' AND ')) AS f(form, condition, operator)
GROUP BY form, condition, operator;

CREATE FUNCTION plans.planning_time(statement text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE found json; least_ms float := 'infinity';
BEGIN
  FOR i IN 1..5 LOOP
    EXECUTE 'EXPLAIN (SUMMARY, FORMAT JSON) ' || statement INTO found;
    least_ms := least(least_ms, (found -> 0 ->> 'Planning Time')::float);
  END LOOP;
  RETURN least_ms;
END $$;

SELECT EXISTS (SELECT FROM plans.shape s, unnest(sets) AS which WHERE bench.is_wanted('plans', 'plan: ' || s.name || ', ' || which))
         AS wanted,
       bench.is_wanted('plans', 'planning') AS plans_wanted \gset
SELECT :'wanted' OR :'plans_wanted' AS wanted_any \gset

INSERT INTO bench.goal (about, workloads, contender, against, slack, "limit")
SELECT format('natural queries by a set, %s: against the best by hand', form), 'plan: %', 'objectset, ' || form, '%', 1, 1.2
FROM unnest('{subquery,function,execution 1,execution 6,execution 50}'::text[]) AS form;
INSERT INTO bench.goal (about, workloads, contender, against, slack, "limit")
SELECT format('planning of 500 partitions, %s: against no set', form), 'planning: 500 %', 'objectset, ' || form,
       'without a set', 2, 1.5
FROM (SELECT DISTINCT form FROM plans.planning WHERE about LIKE '500 %' AND form NOT LIKE 'without a set%') f ORDER BY form;

-- ---- Data --------------------------------------------------------------------------------------------------------

\if :wanted_any
CREATE UNLOGGED TABLE plans.pset (name text PRIMARY KEY, members objectset);
SELECT (200000 * :scale)::int AS patients, (1000000 * :scale)::int AS people, (2000000 * :scale)::int AS visits \gset

-- `mixed 1` to `mixed 1000`: of 10 to many ids.
INSERT INTO plans.pset
SELECT 'hundred', objectset_agg((1 + abs(hashint8extended(i, 1) % :patients))) FROM generate_series(1, 100) AS i UNION ALL
SELECT 'small', objectset_agg((1 + abs(hashint8extended(i, 2) % :patients))) FROM generate_series(1, 500) AS i UNION ALL
SELECT 'big', objectset_range(1, (150000 * :scale)::int + 1) UNION ALL
SELECT 'big2', objectset_agg(2 * i) FROM generate_series(1, :people / 2) AS i UNION ALL
SELECT 'most', objectset_range(1, :people + 1) - objectset_agg(i) FROM generate_series(1, :people) AS i WHERE hashint8extended(i, 5) % 1000 = 0
UNION ALL
SELECT 'half', objectset_agg(i) FROM generate_series(1, :people) AS i WHERE hashint8extended(i, 3) % 2 = 0;
INSERT INTO plans.pset
SELECT 'mixed ' || n, objectset_agg(1 + abs(hashint8extended(i, n) % :people))
FROM generate_series(1, 1000) AS n,
     generate_series(1, CASE WHEN n % 300 = 0 THEN (200000 * :scale)::int WHEN n % 10 = 0 THEN 1000 ELSE 10 + n / 10 END) AS i
GROUP BY n;
CREATE FUNCTION plans.ps(wanted text) RETURNS objectset LANGUAGE plpgsql STABLE PARALLEL SAFE
AS 'BEGIN RETURN (SELECT members FROM plans.pset WHERE name = wanted); END';

CREATE UNLOGGED TABLE plans.patient (id bigint PRIMARY KEY, region int, name text);
INSERT INTO plans.patient SELECT i, abs(hashint4(i::int) % 20), 'patient ' || i FROM generate_series(1, :patients) AS i;
CREATE UNLOGGED TABLE plans.person (id bigint PRIMARY KEY, score int);
INSERT INTO plans.person SELECT i, hashint8extended(i, 9) % 2000000000 FROM generate_series(1, :people) AS i;
CREATE INDEX ON plans.person (score);
CREATE UNLOGGED TABLE plans.visit (
  id bigint PRIMARY KEY, patient_id bigint REFERENCES plans.patient, day date, cost int, note text
);
INSERT INTO plans.visit
SELECT i, 1 + abs(hashint8extended(i, 4) % :patients), '2020-01-01'::date + (abs(hashint8extended(i, 5) % 366))::int,
       abs(hashint8extended(i, 6) % 100), 'a note of some words ' || i
FROM generate_series(1, :visits) AS i;
CREATE INDEX ON plans.visit (patient_id, day);
CREATE INDEX ON plans.visit (day);
CREATE VIEW plans.cheap_visit WITH (security_barrier) AS SELECT * FROM plans.visit WHERE cost < 20;
-- Few patients have most of the bills, and some are of nobody.
CREATE UNLOGGED TABLE plans.bill (id bigint PRIMARY KEY, patient_id bigint REFERENCES plans.patient, amount int);
INSERT INTO plans.bill
SELECT i, CASE WHEN i % 10 > 0
               THEN 1 + trunc((:patients - 1) * (abs(hashint8extended(i, 7) % 1000000) / 1e6) ^ 4) END,
       abs(hashint8extended(i, 8) % 100)
FROM generate_series(1, :visits / 8) AS i;
CREATE INDEX ON plans.bill (patient_id);
CREATE UNLOGGED TABLE plans.visit_by_month (id bigint, patient_id bigint, day date, cost int) PARTITION BY RANGE (day);
SELECT format('CREATE UNLOGGED TABLE plans.visit_in_%s PARTITION OF plans.visit_by_month FOR VALUES FROM (%L) TO (%L)', m,
              make_date(2020, m, 1), (make_date(2020, m, 1) + interval '1 month')::date)
FROM generate_series(1, 12) AS m \gexec
INSERT INTO plans.visit_by_month SELECT id, patient_id, day, cost FROM plans.visit WHERE id % 2 = 0;
CREATE INDEX ON plans.visit_by_month (patient_id);
CREATE INDEX ON plans.visit_by_month (day);

CREATE TABLE plans.by_id (id bigint PRIMARY KEY, v int) PARTITION BY RANGE (id);
SELECT format('CREATE TABLE plans.by_id_%s PARTITION OF plans.by_id FOR VALUES FROM (%s) TO (%s)', n, n * 100, (n + 1) * 100)
FROM generate_series(0, 499) AS n \gexec
CREATE TABLE plans.by_other (id bigint, v int) PARTITION BY RANGE (v);
SELECT format('CREATE TABLE plans.by_other_%s PARTITION OF plans.by_other FOR VALUES FROM (%s) TO (%s)', n, n * 10, (n + 1) * 10)
FROM generate_series(0, 499) AS n \gexec
CREATE INDEX ON plans.by_other (id);
INSERT INTO plans.by_id SELECT i, i % 5000 FROM generate_series(0, 49999) AS i;
INSERT INTO plans.by_other SELECT i, i % 5000 FROM generate_series(0, 49999) AS i;
VACUUM ANALYZE;
\endif

-- ---- Measuring ---------------------------------------------------------------------------------------------------

\if :wanted
SET statement_timeout = '5s';  -- some ways are hopeless
SELECT c.statement FROM plans.call c JOIN plans.shape s USING (id)
WHERE bench.is_wanted('plans', 'plan: ' || s.name || ', ' || which) ORDER BY c.id, which, turn \gexec
RESET statement_timeout;
INSERT INTO bench.contender (topic, workload, contender, statement, answer, mode)
SELECT 'plans', 'plan: ' || shape || ', ' || "set", CASE WHEN is_natural THEN 'objectset, ' ELSE '' END || way, statement, answer, 'measured'
FROM plans.result r
WHERE is_natural OR answer IS DISTINCT FROM (SELECT min(answer) FROM plans.result o WHERE (o.shape, o."set") = (r.shape, r."set"))
   OR ms = (SELECT min(ms) FROM plans.result o WHERE (o.shape, o."set") = (r.shape, r."set"))
ORDER BY r.id;
INSERT INTO bench.sample
SELECT 'plan: ' || shape || ', ' || "set", CASE WHEN is_natural THEN 'objectset, ' ELSE '' END || way, 1, 1, ms
FROM plans.result r JOIN bench.contender c
    ON c.workload = 'plan: ' || shape || ', ' || "set" AND c.contender = CASE WHEN is_natural THEN 'objectset, ' ELSE '' END || way;

\echo
\echo Regret: the natural query over the best that can be forced by hand, the worst set of each shape, by form.
SELECT shape, form, "set" AS "with", round(ms::numeric, 2) AS ms, round(best_ms::numeric, 2) AS "best, ms", best,
       round(regret::numeric, 1) AS regret, CASE WHEN is_beyond THEN 'beyond 1.2 + 1 ms' END AS mark
FROM (SELECT *, row_number() OVER (PARTITION BY shape, form ORDER BY is_beyond DESC, regret DESC) AS place FROM plans.regret) r
WHERE place = 1 AND is_beyond ORDER BY ms - best_ms DESC;
SELECT form, count(*) AS queries, count(*) FILTER (WHERE is_beyond) AS "beyond 1.2 + 1 ms",
       round(max(regret) FILTER (WHERE is_beyond)::numeric, 1) AS worst,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY regret)::numeric, 2) AS median
FROM plans.regret GROUP BY form ORDER BY form;
\endif

\if :plans_wanted
UPDATE plans.planning SET ms = plans.planning_time(format('SELECT * FROM %s WHERE %s',
  CASE about WHEN '500 partitions by the id' THEN 'by_id' WHEN '500 partitions by another column' THEN 'by_other'
             ELSE 'person, LATERAL (SELECT score AS v) x' END, condition));
INSERT INTO bench.contender (topic, workload, contender, statement, mode)
SELECT 'plans', 'planning: ' || about, CASE WHEN form LIKE 'without a set%' THEN '' ELSE 'objectset, ' END || form, condition, 'measured'
FROM plans.planning WHERE about <> 'twenty conditions' ORDER BY id;
INSERT INTO bench.sample
SELECT 'planning: ' || about, CASE WHEN form LIKE 'without a set%' THEN '' ELSE 'objectset, ' END || form, 1, 1, ms
FROM plans.planning WHERE about <> 'twenty conditions' ORDER BY id;
INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
SELECT 'plans', 'planning: ' || about, CASE WHEN form LIKE 'without a set%' THEN '' ELSE 'objectset, ' END || form, ms * 1000,
       'microseconds', CASE WHEN form <> 'without a set' THEN 5000 END
FROM plans.planning WHERE about = 'twenty conditions' ORDER BY id;
\endif
RESET search_path;
