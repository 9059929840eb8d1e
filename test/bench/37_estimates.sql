-- Estimates: how many rows the planner expects of queries by a known set, held against how many there are.
--
-- Drawn are 200 cases: sets of five shapes and of 10 ids to half of them, over tables whose keys are spread in five ways,
-- in queries of one table, joins of two and three, groups, and rows that have a partner or none. The error of a case is how
-- many times too many or too few rows were expected. Printed is how errors are spread; the goals are on the 95th
-- percentile.
--
--   dense      1, 2, 3 ...; children evenly spread over them
--   gaps       a seventh of the ids; one child in ten has no parent
--   skewed     few parents have most of the children
--   grown      children in the order of their parents, of which only the older half has any
--   scattered  over 2^60
CREATE SCHEMA estimates;

CREATE TABLE estimates.query (id int GENERATED ALWAYS AS IDENTITY, class text, name text, query text);
INSERT INTO estimates.query (class, name, query) VALUES
  ('one table', 'parents', 'SELECT FROM {parent} WHERE id <@ {set}'),
  ('one table', 'children', 'SELECT FROM {child} WHERE parent <@ {set}'),
  ('one table', 'children, either set', 'SELECT FROM {child} WHERE parent <@ {set} OR parent <@ {other}'),
  ('one table', 'children, both sets', 'SELECT FROM {child} WHERE parent <@ {set} AND parent <@ {other}'),
  ('one table', 'parents of a range',
   'SELECT FROM {parent} WHERE id <@ {set} AND id BETWEEN (SELECT least FROM middle) AND (SELECT greatest FROM middle)'),
  ('one table', 'children of a range', 'SELECT FROM {child} WHERE parent <@ {set} AND parent BETWEEN {least} AND {greatest}'),
  ('joins', 'two tables', 'SELECT FROM {parent} p JOIN {child} c ON c.parent = p.id WHERE p.id <@ {set}'),
  ('joins', 'two tables, of the child', 'SELECT FROM {parent} p JOIN {child} c ON c.parent = p.id WHERE c.parent <@ {set} AND c.v < 20'),
  ('joins', 'two tables, some parents',
   'SELECT FROM {parent} p JOIN {child} c ON c.parent = p.id WHERE p.id <@ {set} AND p.v < 20'),
  ('joins', 'an outer join', 'SELECT FROM {parent} p LEFT JOIN {child} c ON c.parent = p.id AND c.v < 50 WHERE p.id <@ {set}'),
  ('joins', 'three tables',
   'SELECT FROM {parent} p JOIN {child} c ON c.parent = p.id JOIN {parent} q ON q.id = p.id WHERE p.id <@ {set} AND c.v < 50'),
  ('joins', 'a row''s set', 'SELECT FROM {child} c JOIN drawn s ON c.parent <@ s.members WHERE s.number = {number}'),
  ('groups', 'groups', 'SELECT parent FROM {child} WHERE parent <@ {set} GROUP BY parent'),
  ('groups', 'different ones', 'SELECT DISTINCT parent FROM {child} WHERE parent <@ {set} AND v < 50'),
  ('groups', 'groups of a join', 'SELECT p.id FROM {parent} p JOIN {child} c ON c.parent = p.id WHERE p.id <@ {set} GROUP BY p.id'),
  ('groups', 'with a partner',
   'SELECT FROM {parent} p WHERE p.id <@ {set} AND EXISTS (SELECT FROM {child} c WHERE c.parent = p.id)'),
  ('groups', 'with some partner',
   'SELECT FROM {parent} p WHERE p.id <@ {set} AND EXISTS (SELECT FROM {child} c WHERE c.parent = p.id AND v < 20)'),
  ('groups', 'without a partner',
   'SELECT FROM {parent} p WHERE p.id <@ {set} AND NOT EXISTS (SELECT FROM {child} c WHERE c.parent = p.id AND v < 20)'),
  ('groups', 'IN a table', 'SELECT FROM {child} WHERE parent IN (SELECT id FROM {parent} WHERE id <@ {set} AND v < 50)');
DELETE FROM estimates.query WHERE name = 'parents of a range';

CREATE FUNCTION estimates.chance(number int, of_what int, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT 1 + (abs(hashint8extended(number, of_what)) % sides)::int $$;

CREATE TABLE estimates.drawn (
  number int PRIMARY KEY, keys text, shape text, n int, query int, members objectset, expected float, found float
);
INSERT INTO estimates.drawn
SELECT number, ('{dense,gaps,skewed,grown,scattered}'::text[])[estimates.chance(number, 1, 5)],
       ('{random,one block,five blocks,every other,half beyond}'::text[])[estimates.chance(number, 2, 5)],
       ('{10,100,1000,5000,10000,20000}'::int[])[estimates.chance(number, 3, 6)],
       (SELECT id FROM estimates.query ORDER BY id OFFSET number % (SELECT count(*) FROM estimates.query) LIMIT 1)
FROM generate_series(1, 200) AS number;

CREATE VIEW estimates.error AS
SELECT number, class, q.name, keys, shape, n, expected, found,
       greatest(expected, 1) / greatest(found, 1) AS times,
       greatest(greatest(expected, 1) / greatest(found, 1), greatest(found, 1) / greatest(expected, 1)) AS error
FROM estimates.drawn d JOIN estimates.query q ON q.id = d.query;

-- How many rows the top of the plan is expected to give.
CREATE FUNCTION estimates.expected(query text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
CREATE FUNCTION estimates.found(query text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE found float;
BEGIN
  EXECUTE format('SELECT count(*) FROM (%s) x', query) INTO found;
  RETURN found;
END $$;

SELECT bench.is_wanted('estimates', '200 cases') AS wanted \gset
\if :wanted
SET search_path = estimates, public;
-- Parents have their place among all in the order of their ids, from 1 to 50,000.
CREATE TABLE estimates.place AS
SELECT keys, row_number() OVER (PARTITION BY keys ORDER BY id) AS place, id
FROM generate_series(1, 50000) AS i,
     LATERAL (VALUES ('dense', i::bigint), ('gaps', 7 * i::bigint + abs(hashint8extended(i, 2) % 7)), ('skewed', i),
                     ('grown', i), ('scattered', abs(hashint8extended(i, 3) / 8))) AS k(keys, id);
CREATE INDEX ON estimates.place (keys, place);
SELECT format('CREATE UNLOGGED TABLE estimates.%1$s_parent (id bigint PRIMARY KEY, v int)', keys),
       format('INSERT INTO estimates.%1$s_parent SELECT id, abs(hashint8extended(id, 4) %% 100) FROM estimates.place WHERE keys = %1$L', keys),
       format('CREATE UNLOGGED TABLE estimates.%1$s_child (id int PRIMARY KEY, parent bigint REFERENCES estimates.%1$s_parent, v int)', keys),
       format('INSERT INTO estimates.%1$s_child SELECT i, p.id, abs(hashint8extended(i, 5) %% 100)
                 FROM (SELECT i, 1 + %2$s AS place FROM generate_series(1, 300000) AS i) c
                 LEFT JOIN estimates.place p ON p.keys = %1$L AND p.place = c.place ORDER BY i', keys, place),
       format('CREATE INDEX ON estimates.%1$s_child (parent)', keys)
FROM (VALUES ('dense', 'abs(hashint8extended(i, 6)) % 50000'),
             ('gaps', 'CASE WHEN i % 10 > 0 THEN abs(hashint8extended(i, 7)) % 50000 END'),
             ('skewed', 'trunc(50000 * (abs(hashint8extended(i, 8) % 1000000) / 1e6) ^ 5)'),
             ('grown', 'i / 12'), ('scattered', 'abs(hashint8extended(i, 9)) % 50000')) AS c(keys, place) \gexec

UPDATE estimates.drawn d SET members = (
  SELECT objectset_agg(id) FROM estimates.place p WHERE p.keys = d.keys AND
    CASE d.shape WHEN 'one block' THEN place - estimates.chance(number, 4, 30000) BETWEEN 1 AND n
                 WHEN 'five blocks' THEN (place + estimates.chance(number, 4, 10000)) % 10000 BETWEEN 1 AND n / 5
                 WHEN 'every other' THEN (place - estimates.chance(number, 4, 10000)) BETWEEN 1 AND 2 * n AND place % 2 = 0
                 ELSE hashint8extended(place, number) & 65535 < 65536 * (n / 50000.0) END)
  | CASE d.shape WHEN 'half beyond' THEN
      (SELECT objectset_agg((SELECT max(id) FROM estimates.place p WHERE p.keys = d.keys) + i) FROM generate_series(1, n) AS i)
      ELSE '{}' END;
VACUUM ANALYZE;

CREATE FUNCTION estimates.written(query text, d estimates.drawn) RETURNS text LANGUAGE sql AS $$
  SELECT replace(replace(replace(replace(replace(replace(replace(query, '{parent}', d.keys || '_parent'),
             '{child}', d.keys || '_child'), '{set}', format('(SELECT members FROM drawn WHERE number = %s)', d.number)),
           '{other}', format('(SELECT members FROM drawn WHERE number = %s)', 
              (SELECT number FROM estimates.drawn o WHERE o.keys = d.keys AND o.number <> d.number ORDER BY abs(o.number - d.number) LIMIT 1))),
           '{least}', (SELECT id::text FROM estimates.place p WHERE p.keys = d.keys AND place = 12000)),
         '{greatest}', (SELECT id::text FROM estimates.place p WHERE p.keys = d.keys AND place = 25000)),
       '{number}', d.number::text) $$;
UPDATE estimates.drawn d SET
  expected = estimates.expected(estimates.written(q.query, d)), found = estimates.found(estimates.written(q.query, d))
FROM estimates.query q WHERE q.id = d.query;

\echo
\echo Estimates: times too many or too few, in cases drawn at random.
SELECT class, count(*) AS cases, round((percentile_cont(0.5) WITHIN GROUP (ORDER BY error))::numeric, 2) AS median,
       round((percentile_cont(0.9) WITHIN GROUP (ORDER BY error))::numeric, 2) AS "90 %",
       round((percentile_cont(0.95) WITHIN GROUP (ORDER BY error))::numeric, 2) AS "95 %",
       round(max(error)::numeric, 2) AS worst
FROM estimates.error GROUP BY class ORDER BY class;
\echo The worst of each class:
SELECT class, name, keys, shape, n, found, expected, round(error::numeric, 1) AS times
FROM (SELECT *, row_number() OVER (PARTITION BY class ORDER BY error DESC) AS place FROM estimates.error) e
WHERE place <= 6 ORDER BY class, error DESC;
INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
SELECT 'estimates', '200 cases', 'objectset, ' || class,
       round((100 * percentile_cont(0.95) WITHIN GROUP (ORDER BY error))::numeric), 'percent of the truth',
       CASE class WHEN 'one table' THEN 200 ELSE 500 END
FROM estimates.error GROUP BY class ORDER BY class;
RESET search_path;
\endif

-- How many sets of a column the planner expects to pass a test: 250 cases, fifty for each operator, over columns of 2,000
-- sets of seven kinds, of which some are as the estimates take them to be and some are not.
--
--   random     400 of 20,000 ids
--   tags       a few ids, some of which are in every second set
--   local      500 ids, each set in a tenth of the numbers
--   runs       consecutive ids
--   mixed      1 to 10,000 ids
--   grown      each set has the ids of those before it, and one more
--   copies     every tenth set is another one
--
-- Asked for are ids and sets of that column, a part of one, random ids, and ranges. Less than a row is taken for one.
SELECT bench.is_wanted('estimates', '250 cases of sets') AS wanted \gset
\if :wanted
SET search_path = estimates, public;
CREATE FUNCTION estimates.rank_of(n int, of_what int) RETURNS float LANGUAGE sql IMMUTABLE AS $$
  SELECT abs(hashint8extended(n, of_what) % 1000000) / 1e6 $$;
CREATE TABLE estimates.kind_of_sets (kind text, sets text);
INSERT INTO estimates.kind_of_sets VALUES
  ('random', 'SELECT objectset_agg(abs(hashint8extended(n, i)) % 20000) FROM generate_series(1, 400) i'),
  ('tags', 'SELECT objectset_agg(trunc(2000 * rank_of(n, i) ^ 3)::bigint) FROM generate_series(1, 2 + n % 11) i'),
  ('local', 'SELECT objectset_agg(n * 90 + abs(hashint8extended(n, i)) % 20000) FROM generate_series(1, 500) i'),
  ('runs', 'SELECT objectset_range(n * 50, n * 50 + (1000 * rank_of(n, 1))::bigint)'),
  ('mixed', 'SELECT objectset_agg(abs(hashint8extended(n, i)) % 50000) FROM generate_series(1, (10 ^ (4 * rank_of(n, 2)))::int) i'),
  ('grown', 'SELECT objectset_range(0, n)'),
  ('copies', 'SELECT objectset_agg(abs(hashint8extended(n / 10, i)) % 5000) FROM generate_series(1, 30) i');
SELECT format('CREATE TABLE estimates.%1$s_sets AS SELECT n, (%2$s) AS s FROM generate_series(1, 2000) n', kind, sets) FROM estimates.kind_of_sets \gexec
VACUUM ANALYZE random_sets, tags_sets, local_sets, runs_sets, mixed_sets, grown_sets, copies_sets;

CREATE TABLE estimates.drawn_sets (number int PRIMARY KEY, operator text, kind text, asked text, condition text, expected float, found float);
INSERT INTO estimates.drawn_sets
SELECT number, operator, (SELECT kind FROM estimates.kind_of_sets ORDER BY kind OFFSET estimates.chance(number, 1, 7) - 1 LIMIT 1),
       ('{one of them,a part of one,random ids,a range}'::text[])[estimates.chance(number, 2, 4)]
FROM (SELECT row_number() OVER (ORDER BY operator, i)::int AS number, operator FROM generate_series(1, 50) i, unnest('{&&,@>,<@,=,@> id}'::text[]) operator) q;
-- What is asked for: of the set with this number.
CREATE FUNCTION estimates.asked_set(number int, kind text, asked text) RETURNS objectset LANGUAGE plpgsql AS $$
DECLARE
  one objectset; bounds int8range;
BEGIN
  EXECUTE format('SELECT s FROM %I WHERE n = $1', kind || '_sets') INTO one USING estimates.chance(number, 3, 2000);
  EXECUTE format('SELECT int8range(min(objectset_min(s)), max(objectset_max(s))) FROM %I', kind || '_sets') INTO bounds;
  RETURN CASE asked WHEN 'one of them' THEN one
                    WHEN 'a part of one' THEN objectset_slice(one, estimates.chance(number, 4, 10), 1 + estimates.chance(number, 5, 4))
                    WHEN 'a range' THEN (SELECT objectset_range(low, low + (width * rank_of(number, 6) ^ 2)::bigint + 1)
                                         FROM (SELECT lower(bounds) + (rank_of(number, 7) * width)::bigint AS low, width FROM (SELECT upper(bounds) - lower(bounds) AS width) w) b)
                    ELSE (SELECT objectset_agg(lower(bounds) + (rank_of(number, i) * (upper(bounds) - lower(bounds)))::bigint)
                          FROM generate_series(10, 10 + (2 ^ estimates.chance(number, 8, 7))::int) i) END;
END $$;
UPDATE estimates.drawn_sets SET condition = CASE operator WHEN '@> id' THEN format('s @> %s::bigint', coalesce(objectset_min(estimates.asked_set(number, kind, asked)), 0))
                                                          ELSE format('s %s %L::objectset', operator, estimates.asked_set(number, kind, asked)) END;
UPDATE estimates.drawn_sets SET expected = estimates.expected(format('SELECT FROM %I WHERE %s', kind || '_sets', condition)),
                                found = estimates.found(format('SELECT FROM %I WHERE %s', kind || '_sets', condition));
CREATE VIEW estimates.set_error AS
SELECT *, greatest(greatest(expected, 1) / greatest(found, 1), greatest(found, 1) / greatest(expected, 1)) AS error FROM estimates.drawn_sets;

\echo
\echo Estimates of columns of sets: times too many or too few, in cases drawn at random.
SELECT operator, count(*) AS cases, round((percentile_cont(0.5) WITHIN GROUP (ORDER BY error))::numeric, 2) AS median,
       round((percentile_cont(0.9) WITHIN GROUP (ORDER BY error))::numeric, 2) AS "90 %",
       round((percentile_cont(0.95) WITHIN GROUP (ORDER BY error))::numeric, 2) AS "95 %",
       round(max(error)::numeric, 2) AS worst
FROM estimates.set_error GROUP BY operator ORDER BY operator;
\echo The worst of each operator:
SELECT operator, kind, asked, left(condition, 40) AS condition, found, expected, round(error::numeric, 1) AS times
FROM (SELECT *, row_number() OVER (PARTITION BY operator ORDER BY error DESC) AS place FROM estimates.set_error) e
WHERE place <= 4 ORDER BY operator, error DESC;
INSERT INTO bench.figure (topic, workload, contender, value, unit, "limit")
SELECT 'estimates', '250 cases of sets', 'objectset, ' || operator, round((100 * percentile_cont(0.95) WITHIN GROUP (ORDER BY error))::numeric), 'percent of the truth', 1000
FROM estimates.set_error GROUP BY operator ORDER BY operator;
RESET search_path;
\endif
