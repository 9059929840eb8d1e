-- Set tables: how they are made, what is known of them, and their rows under plain statements.
CREATE TABLE patient (id bigint PRIMARY KEY, born int NOT NULL, smoker boolean NOT NULL);
INSERT INTO patient SELECT i, 1930 + i % 70, i % 4 = 0 FROM generate_series(1, 2000) i;
ANALYZE patient;
SELECT objectset_create_table('patient_set', 'patient');
SELECT objectset_target('patient_set');
SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, pg_get_expr(adbin, adrelid)
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 'patient_set'::regclass AND attnum > 0 ORDER BY attnum;
SELECT conname, regexp_replace(pg_get_constraintdef(oid), '[0-9]{4,}', 'OID', 'g') FROM pg_constraint WHERE conrelid = 'patient_set'::regclass AND contype <> 'n' ORDER BY 1;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'patient_set'::regclass ORDER BY 1;

-- ---- Keys
CREATE TABLE with_uuid (id uuid PRIMARY KEY, number int UNIQUE, "odd ""name" smallint);
CREATE TABLE with_two (a int, b bigint, PRIMARY KEY (a, b));
CREATE TABLE with_none (a int);
CREATE DOMAIN number AS bigint;
CREATE TABLE with_domain (id number PRIMARY KEY);
SELECT error_of($$SELECT objectset_create_table('refused', 'with_uuid')$$);
SELECT error_of($$SELECT objectset_create_table('refused', 'with_two')$$);
SELECT error_of($$SELECT objectset_create_table('refused', 'with_none')$$);
SELECT error_of($$SELECT objectset_create_table('refused', 'with_uuid', key => 'nothing')$$);
SELECT error_of($$SELECT objectset_create_table('refused', 'with_uuid', key => 'id')$$);
SELECT error_of($$SELECT objectset_create_table('refused', NULL)$$);
SELECT error_of($$SELECT objectset_create_table('patient_set', 'patient')$$);
SELECT objectset_create_table('of_uuid', 'with_uuid', key => 'number'), objectset_create_table('of_two', 'with_two', key => 'b'),
       objectset_create_table('of_domain', 'with_domain');
SELECT objectset_create_table('"Odd Set"', 'with_uuid', 'odd "name');
SELECT t, objectset_target(t) FROM unnest('{of_uuid,of_two,of_domain,"\"Odd Set\""}'::regclass[]) AS t;
SELECT error_of($$SELECT objectset_target('with_none')$$);
SELECT error_of(statement) FROM unnest(ARRAY[
  $$SELECT objectset_members('patient', 'x')$$, $$SELECT objectset_save('patient', 'x', 'SELECT 1')$$,
  $$SELECT objectset_save('patient', 'x', '{1}'::objectset)$$, $$SELECT objectset_add('patient', 'x', 1)$$,
  $$SELECT objectset_refresh('patient', 'x')$$, $$SELECT objectset_refresh('patient')$$, $$SELECT objectset_drop('patient', 'x')$$,
  $$SELECT objectset_add(0::oid, 'x', 1)$$]) AS statement;

-- ---- The target is known after renames, moves and changes of type, and cannot be dropped unnoticed.
CREATE SCHEMA elsewhere;
ALTER TABLE with_uuid RENAME number TO no;
ALTER TABLE with_uuid RENAME TO thing;
ALTER TABLE thing SET SCHEMA elsewhere;
ALTER TABLE of_uuid SET SCHEMA elsewhere;
ALTER TABLE elsewhere.of_uuid RENAME TO things;
SELECT objectset_target('elsewhere.things');
ALTER TABLE with_domain ADD extra float DEFAULT random();
ALTER TABLE with_domain ALTER id TYPE int;
SELECT objectset_target('of_domain');
SELECT error_of('DROP TABLE with_domain');
ALTER TABLE elsewhere.thing DROP COLUMN no;
SELECT error_of(format('SELECT objectset_%s', call)) FROM unnest(ARRAY[$$target('elsewhere.things')$$, $$save('elsewhere.things', 'x', 'SELECT 1')$$, $$members('elsewhere.things', 'x')$$]) AS call;
DROP TABLE with_domain CASCADE;
SELECT error_of($$SELECT objectset_target('of_domain')$$);
DROP TABLE of_domain, of_two, "Odd Set", elsewhere.things;
SELECT count(*) AS left_behind FROM pg_proc WHERE proname ~ '_key[0-9]*$' AND pronamespace = 'public'::regnamespace;
DROP TABLE with_two, with_none, elsewhere.thing;
DROP SCHEMA elsewhere;
DROP DOMAIN number;

-- ---- Plain statements, as of an ORM: count, members and modified stay right.
INSERT INTO patient_set (name, base) VALUES ('plain', '{1,2,3}'), ('empty', DEFAULT);
SELECT name, count, s.members FROM patient_set s ORDER BY id;
UPDATE patient_set SET added = '{3,4,5}', removed = '{1,5}' WHERE name = 'plain';
SELECT count, s.members, modified > created AS moved FROM patient_set s WHERE name = 'plain';
CREATE FUNCTION moves(statement text, set_name text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  before timestamptz; after timestamptz;
BEGIN
  SELECT modified INTO before FROM patient_set WHERE name = set_name;
  EXECUTE statement;
  SELECT modified INTO after FROM patient_set WHERE name = set_name;
  RETURN after <> before;
END $$;
SELECT statement, moves(statement, 'plain') FROM unnest(ARRAY[
  $$UPDATE patient_set SET added = added | 5 WHERE name = 'plain'$$,
  $$UPDATE patient_set SET removed = removed | 99 WHERE name = 'plain'$$,
  $$UPDATE patient_set SET base = base | 4 WHERE name = 'plain'$$,
  $$UPDATE patient_set SET added = added - 4 WHERE name = 'plain'$$,
  $$UPDATE patient_set SET base = base - 4 WHERE name = 'plain'$$,
  $$UPDATE patient_set SET removed = '{}' WHERE name = 'plain'$$,
  $$UPDATE patient_set SET modified = '2000-01-01' WHERE name = 'plain'$$,
  $$UPDATE patient_set SET query = NULL, last_error = 'x', base = '{1,2}', added = '{3,5}' WHERE name = 'plain'$$]) AS statement;
-- Through all states of these parts, dense ids among them: `modified` moves where the members do, and nowhere else.
CREATE FUNCTION count_wrong_moves() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  parts CONSTANT objectset[] := ARRAY['{}', '{7}', '{1..100}', '{50..200}', '{1..100000}']::objectset[];
  state record; old record; new record;
  wrong int := 0;
BEGIN
  INSERT INTO patient_set (name) VALUES ('moving');
  FOR state IN SELECT b, a, r FROM unnest(parts) b, unnest(parts) a, unnest(parts) r ORDER BY hashtext((b, a, r)::text), b, a, r
  LOOP
    SELECT s.members AS members, s.modified INTO old FROM patient_set s WHERE name = 'moving';
    UPDATE patient_set SET base = state.b, added = state.a, removed = state.r WHERE name = 'moving';
    SELECT s.members AS members, s.modified INTO new FROM patient_set s WHERE name = 'moving';
    wrong := wrong + ((old.members <> new.members) <> (old.modified <> new.modified))::int;
  END LOOP;
  DELETE FROM patient_set WHERE name = 'moving';
  RETURN wrong;
END $$;
SELECT count_wrong_moves();
SELECT split_part(error_of($$INSERT INTO patient_set (name, base) VALUES ('null', NULL)$$), ' [', 1);
SELECT split_part(error_of($$INSERT INTO patient_set (name, query, expression) VALUES ('both', 'SELECT 1', '"x"')$$), ' [', 1);
SELECT error_of($$INSERT INTO patient_set (name) VALUES ('plain')$$);

-- Columns of the user's, and tables of the same definition
ALTER TABLE patient_set ADD note text DEFAULT 'mine', ADD owner int;
CREATE TABLE other_set (LIKE patient_set INCLUDING ALL);
SELECT objectset_target('other_set'), objectset_save('other_set', 'copy', '{7}'::objectset);
DROP TABLE other_set;

-- The law at random, against what it says; base as stored inline and apart
SELECT setseed(0.25);
CREATE TABLE law AS
SELECT n, coalesce((SELECT objectset_agg((random() * width)::bigint + 0 * i) FROM generate_series(1, n % 7 * 900 + n % 3) i), '{}') AS base,
       coalesce((SELECT objectset_agg((random() * width)::bigint + 0 * i) FROM generate_series(1, n % 5 * n % 9) i), '{}') AS added,
       coalesce((SELECT objectset_agg((random() * width)::bigint + 0 * i) FROM generate_series(1, n % 4 * n % 23) i), '{}') AS removed,
       coalesce((SELECT objectset_agg((random() * width)::bigint + 0 * i) FROM generate_series(1, n % 3 * n % 11) i), '{}') AS deleted
FROM generate_series(1, 300) n, LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 3000 ELSE 10000000 END AS width) w;
SELECT count(*), count(*) FILTER (WHERE pg_column_size(base) > 2000) > 50 AS apart FROM law;
SELECT count(*) FROM law WHERE objectset_members_of(base, added, removed, deleted) <> ((base - deleted) | added) - removed;
SELECT count(*) FROM law WHERE members(law) <> ((base - deleted) | added) - removed OR law.members <> ((base - deleted) | added) - removed;
SELECT count(*) FROM law WHERE objectset_members_count(base, added, removed, deleted) <> cardinality(((base - deleted) | added) - removed);
SET objectset.cache_size = 0;
SELECT count(*) FROM law WHERE objectset_members_count(base, added, removed, deleted) <> cardinality(((base - deleted) | added) - removed);
SELECT count(*) FROM law a, law b WHERE b.n % 40 = 0 AND a.n % 40 = 1
  AND objectset_intersect_count(a.members, b.members) <> cardinality((((a.base - a.deleted) | a.added) - a.removed) & (((b.base - b.deleted) | b.added) - b.removed));
RESET objectset.cache_size;
SELECT objectset_members_of(NULL, '{}', '{}', '{}'), objectset_members_count('{}', NULL, '{}', '{}');
DROP TABLE law;

-- ---- members is a field that the planner sees through, wherever the row comes from
SELECT plan_of($$SELECT s.members FROM patient_set s$$, 'VERBOSE, COSTS OFF');
SELECT plan_of($$SELECT p.id FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = 'plain'$$, 'VERBOSE, COSTS OFF');
SELECT plan_of($$SELECT p.id, (SELECT count(*) FROM patient_set s WHERE p.id <@ s.members) FROM patient p LIMIT 1$$, 'VERBOSE, COSTS OFF');
SELECT x.members FROM (SELECT * FROM patient_set WHERE name = 'plain') AS x;
SELECT x.members FROM patient_set s LEFT JOIN patient_set x ON x.name = 'nobody' ORDER BY s.id;
WITH x AS MATERIALIZED (SELECT * FROM patient_set) SELECT x.members FROM x ORDER BY x.id;
SELECT (s).members, members(s) FROM patient_set s WHERE name = 'plain';
CREATE VIEW shown AS SELECT s.name, s.members FROM patient_set s;
SELECT * FROM shown WHERE members @> 2;
DROP VIEW shown;
SELECT error_of('SELECT p.members FROM patient p');
SELECT error_of('SELECT members(ROW(1, 2))');
INSERT INTO patient_set (name, base, added) SELECT 'large ' || n, objectset_agg(i * n), CASE n WHEN 2 THEN '{5}' ELSE '{}' END::objectset
FROM generate_series(1, 2) n, generate_series(1, 20000) i GROUP BY n;
-- A join reads each set once.
SELECT s.name, count(*), min(p.id) FROM patient p JOIN patient_set s ON p.id <@ s.members GROUP BY s.name ORDER BY s.name;
SET objectset.enable_scan = off;
SELECT s.name, count(*), min(p.id) FROM patient p JOIN patient_set s ON p.id <@ s.members GROUP BY s.name ORDER BY s.name;
RESET objectset.enable_scan;
SELECT count(*) FROM patient WHERE id <@ objectset_members('patient_set', 'large 2') AND id % 2 = 1;
PREPARE named(text) AS SELECT count(*) FROM patient WHERE id <@ objectset_members('patient_set', $1);
EXECUTE named('plain');
EXECUTE named('large 1');
DEALLOCATE named;
SELECT error_of($$SELECT objectset_members('patient_set', 'nobody')$$);

-- In parallel workers, and in the transaction that changes them
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET objectset.enable_scan = off;
SELECT bool_or(line ~ 'Parallel') FROM plan_of($$SELECT count(*) FROM patient WHERE id <@ (SELECT objectset_members('patient_set', 'plain'))$$) AS line;
SELECT count(*) FROM patient WHERE id <@ (SELECT objectset_members('patient_set', 'plain'));
SELECT sum(cardinality(s.members)) FROM patient_set s;
SET objectset.enable_scan = on;
SET enable_seqscan = off;
SELECT bool_or(line ~ 'Parallel Custom Scan \(ObjectSetScan\)') AS "parallel scan" FROM plan_of($$SELECT count(*) FROM patient WHERE id <@ objectset_members('patient_set', 'plain')$$) AS line;
SELECT count(*) FROM patient WHERE id <@ objectset_members('patient_set', 'plain');
RESET enable_seqscan;
-- Not those of temporary set tables, which the leader alone can read
CREATE TEMPORARY TABLE for_now (id bigint PRIMARY KEY);
DO $$ BEGIN PERFORM objectset_create_table('pg_temp.for_now_set', 'for_now'); PERFORM objectset_save('pg_temp.for_now_set', name, '{1,2,3}') FROM (VALUES ('small'), ('odd')) AS n(name); END $$;
SELECT count(*) FROM patient WHERE cardinality(objectset_members('pg_temp.for_now_set', CASE id % 2 WHEN 1 THEN 'odd' ELSE 'small' END)) = 3;
SELECT count(*) FROM patient WHERE id <@ objectset_members('pg_temp.for_now_set', 'small');
-- One that is stored out of line, too
DO $$ BEGIN PERFORM objectset_save('pg_temp.for_now_set', 'large', (SELECT objectset_agg(i * i % 1000003) FROM generate_series(1::bigint, 30000) AS i)); END $$;
SELECT pg_column_size(base) > 10000 AS "is large" FROM pg_temp.for_now_set WHERE name = 'large';
SELECT count(*) > 0 AS found FROM patient WHERE id <@ objectset_members('pg_temp.for_now_set', 'large');
DROP TABLE for_now_set, for_now;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET objectset.enable_scan;
BEGIN;
SELECT cardinality(objectset_members('patient_set', 'large 2')), objectset_add('patient_set', 'large 2', 7, 9), cardinality(objectset_members('patient_set', 'large 2'));
SELECT count(*), min(p.id) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = 'large 2';
SAVEPOINT s;
SELECT objectset_clear('patient_set', 'large 2');
SELECT count(*), min(p.id) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = 'large 2';
ROLLBACK TO s;
SELECT count(*), min(p.id) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = 'large 2';
ROLLBACK;
-- Each row's members are its own, whoever holds several of them.
SELECT cardinality(lag(s.members) OVER w) AS before, cardinality(s.members), cardinality(lead(s.members) OVER w) AS after, s.members = first_value(s.members) OVER w AS first
FROM patient_set s WINDOW w AS (ORDER BY id) ORDER BY id;
SELECT cardinality(array_agg(s.members ORDER BY name) ::text[]), cardinality(objectset_union_agg(s.members)), bool_and(s.members = ((s.base - s.deleted) | s.added) - s.removed) FROM patient_set s;

-- ---- Without triggers
SELECT objectset_create_table('untriggered', 'patient', triggers => false);
SELECT objectset_save('untriggered', 's', 'SELECT id FROM patient WHERE id < 5'), objectset_remove('untriggered', 's', 4);
SELECT count, s.members, modified > created AS moved, saved_by::text = current_user AS mine, settings[7] FROM untriggered s;
SELECT * FROM objectset_refresh('untriggered', 's');

-- ---- Outside the search path
SET search_path = pg_catalog;
SELECT public.objectset_create_table('public.far', 'public.patient');
SELECT public.objectset_save('public.far', 's', 'SELECT id FROM public.patient WHERE id < 5'), public.objectset_add('public.far', 's', 9, 10),
       public.objectset_remove('public.far', 's', 1), public.objectset_forget('public.far', 's', 10);
SELECT public.objectset_apply('public.far', 's', '|', 'public.far', 's'), public.objectset_copy('public.far', 's', 't'), public.objectset_drop('public.far', 't');
SELECT * FROM public.objectset_refresh('public.far');
SELECT public.objectset_members('public.far', 's'), settings[7] FROM public.far;
RESET search_path;
DROP TABLE far, untriggered, patient_set;
DROP TABLE patient;
DROP FUNCTION moves;

-- ---- Looking at sets, and what errors tell
CREATE TABLE looked_at (id bigint PRIMARY KEY);
SELECT objectset_create_table('looked_at_set', 'looked_at');
SELECT attname FROM pg_attribute WHERE attrelid = 'looked_at_set'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;
SELECT objectset_save('looked_at_set', 'some', '{1..1000}'), objectset_save('looked_at_set', 'queried', 'SELECT id FROM looked_at'),
       objectset_define('looked_at_set', 'composed', 'queried');
UPDATE looked_at_set SET added = '{5}' WHERE name = 'queried';
SELECT name, count, bytes = (SELECT pg_column_size(base) + pg_column_size(added) + pg_column_size(removed) + pg_column_size(deleted) FROM looked_at_set AS s WHERE s.name = l.name) AS bytes, stale, expression
FROM objectset_list('looked_at_set') AS l;
SELECT sets, bytes = pg_total_relation_size('looked_at_set') AS bytes FROM objectset_tables() WHERE set_table = 'looked_at_set'::regclass;
CREATE ROLE objectset_looker;
SET ROLE objectset_looker;
SELECT sets, bytes > 0 AS bytes FROM objectset_tables() WHERE set_table = 'looked_at_set'::regclass;
-- No word of the statements behind the functions; what to do is said.
\set VERBOSITY default
SELECT objectset_add('looked_at_set', 'some', 1);
SELECT * FROM objectset_list('looked_at_set');
SELECT objectset_members('looked_at_set', 'some');
RESET ROLE;
SELECT objectset_rename('looked_at_set', 'some', 'composed');
SELECT objectset_create_table('looked_at_set', 'looked_at');
-- What a function of a user's has to say stays.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; RETURN NEW; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON looked_at_set FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT objectset_add('looked_at_set', 'some', 5000);
DO $$ BEGIN PERFORM objectset_add('looked_at_set', 'some', 5000); END $$;
\set VERBOSITY terse
DROP TABLE looked_at, looked_at_set CASCADE;
DROP FUNCTION refuse();
DROP ROLE objectset_looker;

-- ---- Names that are the same to statements and not in expressions. (Servers built without ICU have no such collations.)
CREATE TABLE named (id int PRIMARY KEY);
SELECT objectset_create_table('named_set', 'named');
SELECT objectset_save('named_set', 'nid', '{1}');
DO $$
BEGIN
  CREATE COLLATION sameness (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  ALTER TABLE named_set ALTER name TYPE text COLLATE sameness;
  RAISE NOTICE '%', error_of($x$SELECT objectset_define('named_set', 'loop', 'NID')$x$);
  RAISE NOTICE '%', error_of($x$SELECT objectset_members('named_set', 'nid')$x$);
  RAISE NOTICE '%', (SELECT problem FROM objectset_tables() WHERE set_table = 'named_set'::regclass);
EXCEPTION WHEN feature_not_supported THEN
  RAISE NOTICE '42809: set table "named_set" cannot be used: its column "name" has a nondeterministic collation';
  RAISE NOTICE '42809: set table "named_set" cannot be used: its column "name" has a nondeterministic collation';
  RAISE NOTICE 'its column "name" has a nondeterministic collation';
END $$;
ALTER TABLE named_set ALTER name TYPE text COLLATE "C";
SELECT objectset_define('named_set', 'loop', 'nid');
SELECT error_of($$SELECT objectset_define('named_set', 'loop', 'NID')$$);
DROP TABLE named_set, named;
SET client_min_messages = warning;  -- a server may have been built without ICU
DROP COLLATION IF EXISTS sameness;
RESET client_min_messages;

-- ---- The extension made again in one session: its types are others.
CREATE TABLE again (id int PRIMARY KEY);
SELECT objectset_create_table('again_set', 'again');
SELECT objectset_save('again_set', 'a', '{1,2}');
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION objectset CASCADE;
DROP TABLE again_set;
CREATE EXTENSION objectset;
SELECT objectset_create_table('again_set', 'again');
SELECT objectset_save('again_set', 'a', '{1,2}');
SELECT objectset_add('again_set', 'a', 3);
ROLLBACK;
SELECT objectset_save('again_set', 'a', '{1,2,3}');
