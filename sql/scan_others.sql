-- Rows whose ids are not in a set: the index is read from end to end, and searched anew behind long runs of the set.
CREATE TABLE person (id bigint PRIMARY KEY, boss int, v int);
INSERT INTO person SELECT i, CASE WHEN i % 7 > 0 THEN i * 7919 % 5003 END, i % 100 FROM generate_series(1, 20000) i WHERE i % 500 > 3;
CREATE INDEX ON person (boss DESC);
CREATE TABLE visit (n int PRIMARY KEY, person int, day int NOT NULL, note text);
INSERT INTO visit SELECT i, i / 20, i % 30, repeat('n', 50) FROM generate_series(1, 40000) i;
CREATE INDEX ON visit (person, day);
CREATE TABLE edge (id bigint PRIMARY KEY, small smallint);
INSERT INTO edge SELECT i, i FROM unnest('{-9223372036854775808,-9223372036854775807,-4294967297,-4294967296,-1,0,1,4294967295,4294967296,9223372036854775806,9223372036854775807}'::bigint[]) WITH ORDINALITY e(i);
CREATE INDEX ON edge (small);
CREATE TABLE part (id bigint NOT NULL, v int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10000);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10000) TO (30000);
INSERT INTO part SELECT id, v FROM person;
CREATE INDEX ON part (id);
CREATE TABLE ps (name text PRIMARY KEY, members objectset);
INSERT INTO ps VALUES ('none', '{}'), ('null', NULL), ('all', objectset_range(-10, 30000)), ('begin', objectset_range(-10, 19000)), ('end', objectset_range(50, 20001)), ('middle', objectset_range(100, 19900)),
  ('holes', (SELECT objectset_agg(i) FROM generate_series(1::bigint, 20000) i WHERE i % 250 <> 17)), ('even', (SELECT objectset_agg(2 * i) FROM generate_series(1::bigint, 10000) i)),
  ('few', '{5,6,7,2950,19999,99999}'), ('ends', '{-9223372036854775808,-9223372036854775807,0,9223372036854775807}'), ('bigint', objectset_range(-4294967297, 4294967297)),
  ('short', (SELECT objectset_agg(i) FROM generate_series(1::bigint, 20000) i WHERE i % 20 <> 0));
VACUUM ANALYZE person, visit, edge, part, ps;
CREATE FUNCTION set_of(n text) RETURNS objectset STABLE LANGUAGE sql AS 'SELECT members FROM ps WHERE name = n';
-- What the scan says; what ran says how it went about it.
CREATE FUNCTION shown(statement text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regexp_replace(regexp_replace(ltrim(line, ' ->'), '\(InitPlan \d+\)\.col1|\$\d', 'set', 'g'), ' \(actual.*', '') FROM plan_of(statement, 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') AS line
  WHERE line ~ 'on person|on visit|Cond|Index:|Searches|Order|Strategy|by Set|Filter: \(\(?NOT' $$;

SELECT * FROM shown($$SELECT * FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'middle')$$);
SELECT * FROM shown($$SELECT * FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'few')$$);
-- Of each hole one row, a search apart; only what runs begin with is read in vain.
SELECT * FROM shown($$SELECT id FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'holes')$$);
-- Of few that are known
SELECT * FROM shown($$SELECT * FROM person WHERE NOT id <@ '{5,6,7,2950,19999,99999}' ORDER BY id LIMIT 3$$);
SELECT id FROM person WHERE NOT id <@ '{4,5,6,7,2950,19999,99999}' ORDER BY id LIMIT 3;
SELECT count(*) FROM visit WHERE NOT person <@ '{5,6,7}' AND person <> ALL ('{}');
-- The first that is not there yet, from either end
SELECT * FROM shown($$SELECT * FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'middle') AND id > 500 ORDER BY id LIMIT 3$$);
SELECT id FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'middle') AND id > 500 ORDER BY id LIMIT 3;
SELECT id FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'middle') AND id < 19000 ORDER BY id DESC LIMIT 3;
SELECT * FROM shown($$SELECT id FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'end') ORDER BY id DESC LIMIT 2$$);
-- Many rows of an id; a further column of the index
SELECT * FROM shown($$SELECT * FROM visit WHERE NOT person <@ (SELECT members FROM ps WHERE name = 'middle') AND day < 3$$);
-- Several are one; and one with what is to be in a set is no such scan.
SELECT * FROM shown($$SELECT * FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'begin') AND NOT id <@ (SELECT members FROM ps WHERE name = 'end')$$);
SELECT * FROM shown($$SELECT * FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'begin') AND id <@ (SELECT members FROM ps WHERE name = 'end')$$);
-- A join carries it on.
SELECT * FROM shown($$SELECT count(v.note) FROM person p JOIN visit v ON v.person = p.id WHERE NOT p.id <@ (SELECT members FROM ps WHERE name = 'middle')$$);

-- It finds what the filter finds, whatever it may use.
CREATE FUNCTION differs(statement text) RETURNS text LANGUAGE sql AS $$
  SELECT difference_of(statement, '{enable_seqscan,enable_indexscan,enable_indexonlyscan}') $$;
CREATE FUNCTION all_differ(set_expression text, names text) RETURNS TABLE (statements bigint, different bigint, example text) LANGUAGE sql AS $$
  SELECT count(*), count(d), min(d) FROM ps JOIN regexp_split_to_table(names, ' ') AS n ON n = name, unnest(ARRAY[
    'SELECT count(*) || '' '' || sum(hashint8(id)::bigint) FROM person WHERE NOT id <@ $',
    'SELECT count(*) || '' '' || sum(hashint8(id)::bigint) FROM person WHERE NOT boss <@ $',
    'SELECT string_agg(id::text, '','') FROM (SELECT id FROM person WHERE NOT id <@ $ ORDER BY id) o',
    'SELECT string_agg(id::text, '','') FROM (SELECT id FROM person WHERE NOT id <@ $ AND id BETWEEN 40 AND 15000 ORDER BY id DESC LIMIT 60) o',
    'SELECT string_agg(boss::text, '','') FROM (SELECT boss FROM person WHERE NOT boss <@ $ AND boss > 10 ORDER BY boss LIMIT 60) o',
    'SELECT count(*) || '' '' || sum(n) || '' '' || min(note) FROM visit WHERE NOT person <@ $',
    'SELECT count(*) || '' '' || sum(n) FROM visit WHERE NOT person <@ $ AND day IN (3, 4) AND person > 20',
    'SELECT count(*) || '' '' || sum(n) FROM visit WHERE NOT person <@ $ AND day > 27',
    'SELECT count(*) || '' '' || sum(hashint8(id)::bigint) FROM edge WHERE NOT id <@ $',
    'SELECT string_agg(id::text, '','') FROM (SELECT id FROM edge WHERE NOT $ @> id ORDER BY id DESC) o',
    'SELECT string_agg(small::text, '','') FROM (SELECT small FROM edge WHERE NOT small <@ $ ORDER BY small) o',
    'SELECT count(*) || '' '' || sum(hashint8(id)::bigint) FROM part WHERE NOT id <@ $',
    'SELECT string_agg(id::text, '','') FROM (SELECT id FROM part WHERE NOT id <@ $ AND id > 4990 ORDER BY id LIMIT 60) o',
    'SELECT count(*) || '' '' || sum(n) FROM person p JOIN visit v ON v.person = p.id WHERE NOT p.id <@ $',
    'SELECT count(*) || '' '' || sum(n) FROM person p LEFT JOIN visit v ON v.person = p.id AND NOT v.person <@ $',
    'SELECT count(*) || '' '' || sum(v.n) FROM visit v WHERE NOT EXISTS (SELECT FROM person p WHERE p.id = v.person AND NOT p.id <@ $)']) statement,
    LATERAL (SELECT differs(replace(statement, '$', format(set_expression, name, members))) AS d) d $$;
SELECT * FROM all_differ('(SELECT members FROM ps WHERE name = %L)', 'none null all begin end middle holes even few ends bigint short');
SELECT * FROM all_differ('set_of(%L)', 'null begin holes few');
SELECT * FROM all_differ('%2$L', 'none few ends');  -- of few, an array to the server
-- By several processes
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT * FROM all_differ('(SELECT members FROM ps WHERE name = %L)', 'null middle even');
SET enable_seqscan = off;
SELECT * FROM shown($$SELECT count(v), sum(v) FROM person WHERE NOT id <@ (SELECT members FROM ps WHERE name = 'even')$$) AS line WHERE line ~ 'Strategy|on person';
SELECT * FROM all_differ('(SELECT members FROM ps WHERE name = %L)', 'null middle even');
RESET ALL;
-- A set of each row of another table
SELECT name, (SELECT count(v) || ' ' || coalesce(sum(v), 0) FROM person WHERE NOT id <@ s.members) AS by_scan, (SELECT count(v) || ' ' || coalesce(sum(v), 0) FROM person WHERE (id <@ s.members) IS FALSE) AS by_filter FROM ps s ORDER BY name;
-- A parameter, in the sixth execution as in the first; and what another session's commit changes is not in a kept plan
PREPARE others(objectset) AS SELECT count(v), min(id), max(id) FROM person WHERE NOT id <@ $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE others(objectset_range(100, 19900));
EXECUTE others(NULL);
EXECUTE others('{}');
EXECUTE others(objectset_range(-10, 30000));
RESET plan_cache_mode;
-- Changed and deleted by it
WITH changed AS (UPDATE person SET v = v + 1000 WHERE NOT id <@ set_of('holes') RETURNING id) SELECT count(*), min(id), max(id) FROM changed;
WITH gone AS (DELETE FROM person WHERE NOT id <@ set_of('begin') AND NOT id <@ '{19500,19501}'::objectset RETURNING id) SELECT count(*), min(id), max(id) FROM gone;
DROP FUNCTION set_of, shown, differs, all_differ;
DROP TABLE person, visit, edge, part, ps;
