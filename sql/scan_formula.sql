-- Several tests of one operand are one test against one set, whatever they stand under; and a scan finds what they find.
CREATE TABLE person (id bigint PRIMARY KEY, boss int, v int);
INSERT INTO person SELECT i, CASE WHEN i % 7 > 0 THEN i * 7919 % 5003 END, i % 100 FROM generate_series(1, 5000) i;
CREATE INDEX ON person (boss);
CREATE TABLE ps (name text PRIMARY KEY, members objectset);
INSERT INTO ps VALUES ('a', objectset_range(1, 3000)), ('b', objectset_range(2900, 4000)), ('few', '{2950,2960,9999}'), ('none', '{}'), ('null', NULL),
  ('even', (SELECT objectset_agg(2 * i) FROM generate_series(1::bigint, 2500) i)), ('many', (SELECT objectset_agg(3 * i) FROM generate_series(1::bigint, 1000) i));
VACUUM ANALYZE person, ps;
CREATE FUNCTION set_of(n text) RETURNS objectset STABLE LANGUAGE sql AS 'SELECT members FROM ps WHERE name = n';
-- The conditions of the plan's scan and filters, where each set is told by the name that it is read by
CREATE FUNCTION conditions_of(statement text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regexp_replace(regexp_replace(trim(line), '\(InitPlan \d+\)\.col1|\$\d', 'subquery', 'g'), '''\{\}''::objectset', 'empty', 'g')
  FROM plan_of(statement) AS line WHERE line ~ 'Set Cond|Filter:|Custom Scan|Seq Scan on person' $$;

-- ---- What becomes one set
SELECT n, c FROM (VALUES
  (1, 'id <@ (SELECT set_of(''a'')) AND id <@ (SELECT set_of(''b''))'),
  (2, 'id <@ (SELECT set_of(''a'')) AND v < 5 AND id <@ (SELECT set_of(''b'')) AND (SELECT set_of(''even'')) @> id'),
  (3, 'id <@ (SELECT set_of(''few'')) OR id <@ (SELECT set_of(''none''))'),
  (4, 'id <@ (SELECT set_of(''a'')) AND NOT id <@ (SELECT set_of(''b''))'),
  (5, 'NOT (NOT id <@ (SELECT set_of(''a'')) OR id <@ (SELECT set_of(''b'')))'),
  (6, '(id <@ (SELECT set_of(''few'')) OR id <@ (SELECT set_of(''a'')) AND NOT id <@ (SELECT set_of(''b''))) AND id <@ (SELECT set_of(''many''))'),
  (7, 'id <@ ANY (ARRAY[(SELECT set_of(''few'')), (SELECT set_of(''many''))])'),
  (8, 'id <@ ALL (ARRAY[(SELECT set_of(''a'')), (SELECT set_of(''b''))])'),
  (9, 'id <@ ANY (SELECT members FROM ps WHERE name LIKE ''f%'')'),
  (10, 'id <@ ''{1..300}''::objectset AND id <@ ''{200..500}''::objectset'),
  (11, 'id <@ ANY (''{"{1..150}","{400..500}",NULL}''::objectset[])'),
  (12, 'id <@ (SELECT set_of(''a'')) AND boss <@ (SELECT set_of(''few''))'),
  (13, 'id = 5 OR id <@ (SELECT set_of(''few''))'),
  (14, 'id <@ ''{5,7}''::objectset OR id <@ (SELECT set_of(''few'')) AND NOT id <@ (SELECT set_of(''a''))')) AS t(n, condition),
  conditions_of('SELECT * FROM person WHERE ' || condition) AS c;
-- Not these: a set beside all ids but some, other operands, arrays that are not known, and what may be true of no id at all
SELECT n, c FROM (VALUES
  (1, 'id <@ (SELECT set_of(''few'')) OR NOT id <@ (SELECT set_of(''even''))'),
  (2, 'id <@ (SELECT set_of(''few'')) OR boss <@ (SELECT set_of(''few''))'),
  (3, 'id <@ ANY (ARRAY(SELECT members FROM ps))'),
  (4, 'id <@ ALL (''{}''::objectset[])')) AS t(n, condition),
  conditions_of('SELECT * FROM person WHERE ' || condition) AS c;
-- Of rows of other tables: what is known with less is tested with it
SELECT * FROM conditions_of($$SELECT p.id FROM ps s JOIN person p ON p.id <@ s.members AND NOT p.id <@ (SELECT set_of('few')) WHERE s.name = 'many'$$);
SELECT * FROM conditions_of($$SELECT p.id FROM ps s JOIN ps t ON s.name = t.name JOIN person p ON p.id <@ s.members AND p.id <@ t.members WHERE s.name = 'many'$$);
SELECT * FROM conditions_of($$SELECT p.id FROM (SELECT * FROM person WHERE id <@ (SELECT set_of('a'))) p WHERE id <@ (SELECT set_of('few')) AND p.id <@ (SELECT set_of('even'))$$);

-- ---- It finds the same.
CREATE FUNCTION differs(condition text, statement text) RETURNS text LANGUAGE sql AS $$
  SELECT difference_of(replace(statement, '$', condition), '{enable_seqscan,enable_indexscan,enable_nestloop}') $$;
CREATE FUNCTION tests_of(a text, b text, c text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT replace(replace(replace(f, '<A>', a), '<B>', b), '<C>', c) FROM unnest(ARRAY[
    '<A> AND <B>', '<A> OR <B>', '<A> AND NOT <B>', 'NOT <A> AND <B>', 'NOT <A> AND NOT <B>', 'NOT (<A> OR <B>)', 'NOT (<A> AND <B>)', 'NOT (NOT <A> OR <B>)', 'NOT (NOT <A> AND NOT <B>)', '<A> OR NOT <B>', '<A> AND (<B> OR <C>)',
    '<A> OR <B> AND <C>', '(<A> OR <B>) AND (<B> OR NOT <C>)', '(<A> AND NOT <B> OR <C>) AND NOT (<A> AND <C>)', '<A> AND <B> AND NOT <C>', 'NOT (<A> OR <B> OR <C>)', '<A> AND (<B> AND NOT <C>) IS NOT TRUE', '<A> = <B> AND <C>']) f $$;
SELECT count(*), count(d) AS different, min(d) FROM (VALUES ('id'), ('boss')) AS o(operand), unnest('{a,few,none,null}'::text[]) a, unnest('{b,even,null}'::text[]) b, unnest('{many,none}'::text[]) c,
  tests_of(format('%s <@ (SELECT set_of(%L))', operand, a), format('(SELECT members FROM ps WHERE name = %L) @> %s', b, operand), format('%s <@ set_of(%L)', operand, c)) AS condition,
  LATERAL (SELECT differs(condition, 'SELECT count(*) || '' '' || sum(hashint8(id)::bigint) FROM person WHERE $') AS d) d;
SELECT count(*), count(d) AS different, min(d) FROM (VALUES ('id'), ('boss')) AS o(operand), unnest(ARRAY[
    '$ <@ ANY (ARRAY[set_of(''few''), set_of(''null''), (SELECT set_of(''many''))])', '$ <@ ALL (ARRAY[set_of(''a''), (SELECT set_of(''b''))])', '$ <@ ALL (ARRAY[set_of(''a''), set_of(''null'')])',
    '$ <@ ANY (ARRAY[]::objectset[])', '$ <@ ALL (ARRAY[]::objectset[])', 'NOT $ <@ ALL (ARRAY[]::objectset[])', '$ <@ ANY (NULL::objectset[])', '$ <@ set_of(''a'') AND NOT $ <@ ANY (ARRAY[set_of(''few''), set_of(''b'')])',
    '$ <@ set_of(''a'') AND NOT $ <@ ALL (ARRAY[set_of(''few''), set_of(''b'')])', '$ <@ ANY (''{"{1..150}","{400..500}",NULL}''::objectset[])', '$ <@ ALL (''{"{1..150}","{100..500}"}''::objectset[])',
    '$ <@ ANY (ARRAY(SELECT members FROM ps))', '$ <@ ANY (SELECT members FROM ps WHERE name < ''f'')', '$ <@ ANY (SELECT members FROM ps WHERE name = ''nobody'')', 'NOT $ <@ ANY (SELECT members FROM ps WHERE name = ''few'')',
    '$ <@ ALL (SELECT members FROM ps WHERE name < ''c'')', '$ <@ ANY (SELECT members FROM ps WHERE length(name) = person.v % 5)', '$ <@ ANY (ARRAY[[set_of(''few'')], [set_of(''many'')]])', '$ <@ set_of(''a'') AND $::bigint <@ set_of(''b'')',
    '$ = 5 OR $ <@ set_of(''few'')', '$ IN (5, NULL, 7) OR $ <@ (SELECT set_of(''few''))', 'NOT $ IN (5, 2950, NULL) AND $ <@ set_of(''few'') OR $ = 7::smallint', '$ <@ set_of(''few'') AND ($ <@ ''{5,2950}''::objectset OR NOT ($ = ANY (''{5,2960}''::bigint[]) OR $ <@ set_of(''none'')))',
    '$ = 5 OR $ <@ set_of(''null'') OR $ = NULL', '$ = ALL (''{5,7}''::int[]) OR $ <@ set_of(''few'')', '$ < 5 OR $ <@ set_of(''few'')', '$ = 99999999999 OR $ <@ set_of(''few'')',
    'objectset_contains(set_of(''a''), $::bigint) AND NOT $::bigint <@ set_of(''few'')']) f,
  LATERAL (SELECT differs(replace(f, '$', operand), 'SELECT count(*) || '' '' || sum(hashint8(id)::bigint) FROM person WHERE $') AS d) d;
-- In order, with rows of sets, where rows are changed, in a kept plan
SELECT count(*), count(d) AS different, min(d) FROM tests_of('boss <@ set_of(''a'')', 'boss <@ (SELECT set_of(''even''))', 'boss <@ (SELECT set_of(''many''))') AS condition, unnest(ARRAY[
    'SELECT string_agg(boss::text, '','') FROM (SELECT boss FROM person WHERE $ ORDER BY boss DESC LIMIT 30 OFFSET 20) x',
    'SELECT string_agg(x::text, '','' ORDER BY x) FROM (SELECT s.name, count(*) FROM ps s JOIN person p ON boss <@ s.members AND ($) GROUP BY s.name) x',
    'SELECT string_agg(x::text, '','' ORDER BY x) FROM (SELECT s.name, count(*) FROM ps s JOIN ps t ON s.name = t.name JOIN person p ON (p.id <@ COALESCE(s.members, t.members) OR p.id <@ (SELECT set_of(''few''))) AND ($) GROUP BY s.name) x',
    'SELECT string_agg(x::text, '','' ORDER BY x) FROM (SELECT s.name, count(p.id) FROM ps s LEFT JOIN person p ON ($) AND NOT boss <@ s.members AND s.members @> id GROUP BY s.name) x']) statement,
  LATERAL (SELECT differs(condition, statement) AS d) d;
BEGIN;
WITH gone AS (DELETE FROM person WHERE id <@ set_of('a') AND id <@ set_of('even') AND NOT id <@ set_of('b') AND v < 90 RETURNING id) SELECT count(*), max(id) FROM gone;
ROLLBACK;
PREPARE two(objectset, objectset) AS SELECT count(*), max(id) FROM person WHERE id <@ $1 AND (id <@ $2 OR NOT $1 @> id OR id <@ set_of('few'));
SET plan_cache_mode = force_generic_plan;
EXECUTE two('{1..4000}', '{1,2,3,5000}');
EXECUTE two('{1..4000}', NULL);
EXECUTE two(NULL, '{1,2}');
RESET plan_cache_mode;
DEALLOCATE two;
-- Partitions
CREATE TABLE parted (id bigint, v int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (1000) TO (2000);
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (2000) TO (9000);
INSERT INTO parted SELECT id, v FROM person;
CREATE INDEX ON parted (id);
ANALYZE parted;
SELECT * FROM conditions_of($$SELECT * FROM parted WHERE id <@ '{1..1500}' AND id <@ '{1200..4000}'$$);
-- Of what is one test of constants, partitions without its ids are not planned.
SELECT condition, array(SELECT substring(line, 'on (parted_.)') FROM plan_of('SELECT * FROM parted WHERE ' || condition) AS line WHERE line ~ 'Scan') AS scanned
FROM (VALUES ('id <@ ''{1..150}'' OR id <@ ''{2100..2300}'''), ('id <@ ''{1..150}'' OR id <@ ''{300..450}''')) AS c(condition);
SELECT count(*), count(d) AS different, min(d) FROM tests_of('id <@ ''{500..1500}''::objectset', 'id <@ set_of(''even'')', 'id <@ (SELECT set_of(''b''))') AS condition,
  LATERAL (SELECT differs(condition, 'SELECT count(*) || '' '' || sum(hashint8(id)::bigint) FROM parted WHERE $') AS d) d;
DROP TABLE person, ps, parted;
DROP FUNCTION set_of, conditions_of, differs, tests_of;
