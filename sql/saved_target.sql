-- Targets of all kinds, scopes, kept settings, and what moves beside set tables.
CREATE SCHEMA targets;
SET search_path = targets, public;
CREATE FUNCTION kept(t regclass) RETURNS TABLE (name text, members objectset) LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE format('SELECT s.name::text, objectset_members_of(base, added, removed, deleted) FROM %s AS s ORDER BY id', t); END $$;

-- ---- Generated keys
CREATE TABLE measured (device int, number int, id bigint GENERATED ALWAYS AS (device * 1000 + number) STORED UNIQUE);
INSERT INTO measured (device, number) SELECT d, n FROM generate_series(1, 3) AS d, generate_series(1, 4) AS n;
SELECT objectset_create_table('measured_set', 'measured', 'id');
SELECT objectset_save('measured_set', 'first', 'SELECT id FROM measured WHERE number = 1'), objectset_save('measured_set', 'some', '{1002..2001,9999}');
SELECT objectset_prune('measured_set'), objectset_follow_deletes('measured_set');
SELECT * FROM kept('measured_set');
-- The key changes with what it is made of.
UPDATE measured SET device = device + 10 WHERE device < 3;
DELETE FROM measured WHERE number = 4;
SELECT * FROM kept('measured_set');
SELECT entered, departed FROM objectset_refresh('measured_set', 'first');
SELECT * FROM objectset_facets('measured_set', 'some', 'device');

-- Of a key that is not stored there is nothing to follow. (Before PostgreSQL 18 all generated columns are stored.)
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 180000 THEN
    EXECUTE 'CREATE TABLE computed (n int, id bigint GENERATED ALWAYS AS (n * 2) VIRTUAL)';
    PERFORM objectset_create_table('computed_set', 'computed', 'id');
  ELSE
    RAISE 'key "id" of "computed" is a virtual generated column' USING ERRCODE = '0A000';
  END IF;
EXCEPTION WHEN feature_not_supported THEN RAISE NOTICE '%', SQLERRM;
END $$;

-- ---- Partitions with their columns in another order
CREATE TABLE visit (id int PRIMARY KEY, kind text) PARTITION BY RANGE (id);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (10);
CREATE TABLE visit_2 (gone int, kind text, more int, id int NOT NULL);
ALTER TABLE visit_2 DROP gone, DROP more;
ALTER TABLE visit ATTACH PARTITION visit_2 FOR VALUES FROM (10) TO (100);
INSERT INTO visit SELECT i, 'k' || i % 2 FROM generate_series(1, 20) AS i;
SELECT objectset_create_table('visit_set', 'visit', history => true);
SELECT objectset_follow_deletes('visit_set');
SELECT objectset_save('visit_set', 'even', 'SELECT id FROM visit WHERE kind = $1', 'k0'), objectset_save('visit_set', 'all', '{1..20}');
DELETE FROM visit WHERE id IN (4, 5, 14, 15);
-- Within a partition, and from one to another
UPDATE visit SET id = CASE id WHEN 2 THEN 50 WHEN 12 THEN 0 WHEN 16 THEN 61 ELSE 9 END WHERE id IN (2, 12, 16, 9);
SELECT * FROM kept('visit_set');
SELECT entered_ids, departed_ids FROM objectset_history('visit_set', 'even');
SELECT objectset_prune('visit_set');
-- What goes by the name of a partition is found later.
DELETE FROM visit_2 WHERE id = 18;
SELECT objectset_prune('visit_set');
SELECT * FROM objectset_facets('visit_set', 'all', 'kind');
TRUNCATE visit;
SELECT * FROM kept('visit_set');

-- ---- TRUNCATE of a set table is in its history.
INSERT INTO visit_set (name, base) VALUES ('one', '{1,2}'), ('empty', '{}');
TRUNCATE visit_set;
SELECT name, entered_ids, departed_ids FROM visit_set_history WHERE name = 'one' ORDER BY id;
SELECT entered_ids, departed_ids, dropped FROM visit_set_history WHERE name = 'empty';
SELECT entered_ids, departed_ids FROM objectset_history('visit_set', 'one');
CREATE ROLE regress_objectset_sweeper;
GRANT USAGE ON SCHEMA targets TO regress_objectset_sweeper;
GRANT INSERT, TRUNCATE ON visit_set TO regress_objectset_sweeper;
GRANT SELECT ON visit TO regress_objectset_sweeper;
SET ROLE regress_objectset_sweeper;
INSERT INTO targets.visit_set (name, base) VALUES ('swept', '{7}');
TRUNCATE targets.visit_set;
RESET ROLE;
SELECT by, entered_ids, departed_ids FROM visit_set_history WHERE name = 'swept' ORDER BY id;

-- ---- Scopes: two tenants with a set of one name
CREATE TABLE client (id int PRIMARY KEY, tenant_id int NOT NULL, name text);
INSERT INTO client SELECT i, i % 2 + 1 FROM generate_series(1, 10) AS i;
SELECT error_of($$SELECT objectset_create_table('client_set', 'client', scope => '{nothing}')$$);
CREATE DOMAIN tenant AS int CHECK (VALUE > 0);
ALTER TABLE client ALTER tenant_id TYPE tenant;
SELECT objectset_create_table('client_set', 'client', scope => '{tenant_id}', settings => '{app.tenant}');
SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = 'client_set'::regclass AND attname = 'tenant_id';
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'client_set'::regclass AND contype = 'u';
-- A column keeps its collation, that of a domain too: what is one tenant in the target is one in the set table.
CREATE COLLATION "One {0} collation" FROM "C";
CREATE DOMAIN label AS text COLLATE "POSIX";
CREATE TABLE labelled (id int PRIMARY KEY, a text COLLATE "One {0} collation" NOT NULL, b label NOT NULL, c varchar(8) NOT NULL, d text[] COLLATE "C" NOT NULL, e name NOT NULL, f int NOT NULL);
SET search_path = '';
SELECT public.objectset_create_table('targets.labelled_set', 'targets.labelled', scope => '{a,b,c,d,e,f}');
SET search_path = targets, public;
SELECT attname, format_type(s.atttypid, s.atttypmod), s.attcollation::regcollation, s.attcollation = t.attcollation AS same
  FROM pg_attribute s JOIN pg_attribute t USING (attname) WHERE s.attrelid = 'labelled_set'::regclass AND t.attrelid = 'labelled'::regclass AND attname IN ('a', 'b', 'c', 'd', 'e', 'f') ORDER BY 1;
DROP TABLE labelled_set, labelled;
-- Code of somebody else's stays out of it: that of a domain is left out, and what has one within it, or functions of its own, is no scope.
CREATE FUNCTION distance(float8, float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT 1::float8';
CREATE TYPE pair AS (a int, b tenant); CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = distance); CREATE TYPE shade AS ENUM ('dark', 'light'); CREATE DOMAIN several AS tenant[];
CREATE TABLE coded (id int PRIMARY KEY, a tenant[], b pair, c span, d several, e pair[], f int4range, g shade, h shade[], i int4range[]);
SELECT scope, error_of(format($$SELECT objectset_create_table('coded_set_%s', 'coded', scope => '{%s}')$$, scope, scope)) FROM unnest('{a,b,c,d,e,f,g,h,i}'::text[]) scope;
DROP TABLE coded_set_f, coded_set_g, coded_set_h, coded_set_i, coded; DROP TYPE pair, span, shade; DROP DOMAIN several; DROP FUNCTION distance;
DROP DOMAIN label;
DROP COLLATION "One {0} collation";
ALTER TABLE client_set ALTER tenant_id SET DEFAULT current_setting('app.tenant')::int;
CREATE POLICY own ON client USING (tenant_id = current_setting('app.tenant')::int);
CREATE POLICY own ON client_set USING (tenant_id = current_setting('app.tenant')::int);
ALTER TABLE client ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_set ENABLE ROW LEVEL SECURITY;
GRANT ALL ON client, client_set TO regress_objectset_sweeper;
GRANT ALL ON SCHEMA targets TO regress_objectset_sweeper;
SET ROLE regress_objectset_sweeper;
SET app.tenant = '1';
SELECT objectset_save('client_set', 'vip', 'SELECT id FROM client WHERE id < 7');
SET app.tenant = '2';
SELECT objectset_save('client_set', 'vip', 'SELECT id FROM client WHERE id < 7'), objectset_add('client_set', 'vip', 99), objectset_copy('client_set', 'vip', 'vip 2');
SELECT name, s.members FROM client_set AS s ORDER BY id;
SELECT objectset_members('client_set', 'vip'), objectset_has('client_set', 'vip', 99), objectset_define('client_set', 'other', 'vip - "vip 2"'), objectset_rename('client_set', 'other', 'none'), objectset_drop('client_set', 'none'), objectset_drop('client_set', 'vip 2');
SELECT * FROM objectset_facets('client_set', 'vip', 'tenant_id');
SELECT error_of($$SELECT objectset_prune('client_set')$$);
SET app.tenant = '1';
SELECT objectset_members('client_set', 'vip'), objectset_has('client_set', 'vip', 99);
SELECT error_of($$SELECT objectset_members('client_set', 'none')$$);
RESET ROLE;
-- Where no policy says which, a name of two is refused by all.
SELECT call, error_of(format('SELECT objectset_%s', call)) FROM unnest(ARRAY[
  $$members('client_set', 'vip')$$, $$has('client_set', 'vip', 1)$$, $$add('client_set', 'vip', 1)$$, $$refresh('client_set', 'vip')$$, $$drop('client_set', 'vip')$$, $$copy('client_set', 'vip', 'v')$$,
  $$save('client_set', 'vip', '{1}'::objectset)$$, $$save('client_set', 'vip', 'SELECT 1')$$, $$trust('client_set', 'vip')$$, $$apply('client_set', 'vip', '|', '{1}')$$, $$apply('measured_set', 'some', '|', 'client_set', 'vip')$$, $$facets('client_set', 'vip', 'name')$$,
  $$similar('client_set', 'vip')$$, $$is_stale('client_set', 'vip')$$, $$prune('client_set', 'vip')$$, $$evaluate('client_set', 'vip')$$, $$define('client_set', 'vip', 'none')$$]) AS call;

-- ---- Settings that a query's result depends on: whoever refreshes it, they are those of the save.
SET app.tenant = '1';
GRANT regress_objectset_sweeper TO CURRENT_USER;
UPDATE client_set SET name = 'vip 1' WHERE tenant_id = 1;
SELECT entered, departed FROM objectset_refresh('client_set', 'vip') UNION ALL SELECT entered, departed FROM objectset_refresh('client_set', 'vip 1');
RESET app.tenant;
SELECT entered, departed FROM objectset_refresh('client_set', 'vip 1');
SET DateStyle = 'ISO, DMY';
SET TimeZone = 'Asia/Tokyo';
SET IntervalStyle = 'sql_standard';
SET app.tenant = '1';
SELECT objectset_save('client_set', 'month', 'SELECT extract(month FROM $1::text::date)::int', '01/02/2020'), objectset_save('client_set', 'hour', 'SELECT extract(hour FROM ''2020-01-01 00:00+00''::timestamptz)::int'),
       objectset_save('client_set', 'style', 'SELECT length(interval ''1 day 2 hours''::text)');
SELECT name, s.members FROM client_set AS s WHERE name IN ('month', 'hour', 'style') ORDER BY name;
SET DateStyle = 'ISO, MDY';
SET TimeZone = 'UTC';
SET IntervalStyle = 'postgres_verbose';
SELECT * FROM objectset_refresh('client_set') ORDER BY 1;
SHOW TimeZone;
-- Those that are not kept are the session's; from the next save on they are kept.
SELECT objectset_keep_settings('client_set', NULL), objectset_save('client_set', 'own', 'SELECT current_setting(''app.tenant'')::int');
SET app.tenant = '2';
SELECT entered, departed FROM objectset_refresh('client_set', 'own');
SELECT objectset_keep_settings('client_set', '{app.tenant}'), objectset_save('client_set', 'own', 'SELECT current_setting(''app.tenant'')::int');
SET app.tenant = '3';
SELECT entered, departed FROM objectset_refresh('client_set', 'own');
SELECT error_of($$SELECT objectset_keep_settings('client_set', '{work_mem}')$$), error_of($$SELECT objectset_keep_settings('client_set', '{app.x,NULL}')$$);
RESET app.tenant;

-- ---- What a deleter is told: nothing of sets that he may not read.
CREATE TABLE noted (id int PRIMARY KEY);
INSERT INTO noted SELECT generate_series(1, 5);
SELECT objectset_create_table('noted_set', 'noted');
ALTER TABLE noted_set ADD CONSTRAINT several CHECK (count > 1);
INSERT INTO noted_set (name, base) VALUES ('confidential', '{1,5}');
SELECT objectset_follow_deletes('noted_set');
GRANT SELECT, DELETE, UPDATE, TRUNCATE ON noted TO regress_objectset_sweeper;
SET ROLE regress_objectset_sweeper;
SELECT error_of(statement) FROM unnest(ARRAY['DELETE FROM targets.noted WHERE id = 1', 'TRUNCATE targets.noted']) AS statement;
RESET ROLE;
SELECT split_part(error_of('DELETE FROM noted WHERE id = 1'), ',', 1);
SELECT * FROM kept('noted_set');

SET client_min_messages = warning;
DROP SCHEMA targets CASCADE;
DROP ROLE regress_objectset_sweeper;
RESET client_min_messages;
RESET search_path;

-- ---- Upkeep of the sets of all tenants by who sees them all: each by itself, whatever others are called
CREATE SCHEMA tenants;
SET search_path = tenants, public;
CREATE TABLE person (id int PRIMARY KEY, tenant text NOT NULL, smokes bool NOT NULL);
INSERT INTO person SELECT i, CASE WHEN i <= 20 THEN 'north' ELSE 'south' END, i % 4 = 0 FROM generate_series(1, 40) AS i;
SELECT objectset_create_table('person_set', 'person', scope => '{tenant}', settings => '{app.tenant}');
ALTER TABLE person_set ALTER tenant SET DEFAULT current_setting('app.tenant');
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_set ENABLE ROW LEVEL SECURITY;
CREATE ROLE regress_objectset_tenant;
CREATE ROLE regress_objectset_region;
CREATE POLICY own ON person USING (tenant = current_setting('app.tenant'));
CREATE POLICY own ON person_set TO regress_objectset_tenant USING (tenant = current_setting('app.tenant'));
CREATE POLICY region ON person_set TO regress_objectset_region USING (true);
GRANT USAGE ON SCHEMA tenants TO regress_objectset_tenant, regress_objectset_region;
GRANT ALL ON person, person_set TO regress_objectset_tenant, regress_objectset_region;
SELECT objectset_track('person_set');
SET ROLE regress_objectset_tenant;
SET app.tenant = 'north';
SELECT objectset_save('person_set', 'smokers', 'SELECT id FROM person WHERE smokes'), objectset_save('person_set', 'rare', '{1,2}');
SELECT objectset_define('person_set', 'a', 'smokers'), objectset_define('person_set', 'b', 'smokers'), objectset_define('person_set', 'a', 'b'), objectset_define('person_set', 'of rare', 'rare');
SELECT objectset_drop('person_set', 'rare');
SET app.tenant = 'south';
SELECT objectset_save('person_set', 'smokers', 'SELECT id FROM person WHERE smokes'), objectset_save('person_set', 'rare', '{31,32}');
SELECT objectset_define('person_set', 'b', 'smokers'), objectset_define('person_set', 'a', 'smokers'), objectset_define('person_set', 'b', 'a');
RESET ROLE;
RESET app.tenant;
CREATE FUNCTION sets() RETURNS TABLE (tenant text, name text, members objectset, last_error text) LANGUAGE sql AS
$$ SELECT tenant, name, objectset_members_of(base, added, removed, deleted), last_error FROM person_set ORDER BY tenant, id $$;
SELECT name, way FROM objectset_status('person_set') WHERE name = 'smokers';
-- What each is composed of are sets of its own scope, in its own order; one that is only elsewhere is none.
UPDATE person SET smokes = true WHERE id IN (1, 21);
SELECT * FROM objectset_refresh('person_set');
SELECT * FROM sets();
UPDATE person SET smokes = true WHERE id IN (2, 22);
CALL objectset_refresh_all('person_set');
SELECT * FROM sets();
SELECT name, way FROM objectset_status('person_set') WHERE name = 'smokers';
SELECT * FROM objectset_refresh_order('person_set');
-- Queries that nobody vouches for
BEGIN;
ALTER TABLE person_set DISABLE TRIGGER USER;
UPDATE person_set SET seal = NULL;
ALTER TABLE person_set ENABLE TRIGGER USER;
COMMIT;
SELECT name, entered FROM objectset_refresh('person_set') WHERE name = 'smokers';
SELECT objectset_trust('person_set'), objectset_trust('person_set');
SELECT name, entered FROM objectset_refresh('person_set') WHERE name = 'smokers';
SELECT call, error_of(format('SELECT objectset_%s(''person_set'', ''smokers'')', call)) FROM unnest('{refresh,trust}'::text[]) AS call;
-- Who sees the sets of all tenants by a policy
UPDATE person SET smokes = true WHERE id IN (3, 23);
SET ROLE regress_objectset_region;
SELECT * FROM objectset_refresh('person_set');
RESET ROLE;
SELECT * FROM sets();
SELECT error_of($$SELECT * FROM objectset_verify('person_set', 'of rare')$$);
-- For what has changed, where queries allow it; one who sees a tenant's alone goes by the same.
ALTER TABLE person DISABLE ROW LEVEL SECURITY;
SELECT count(*) FROM objectset_refresh('person_set');
UPDATE person SET smokes = true WHERE id IN (5, 25);
SELECT name, entered FROM objectset_refresh('person_set') WHERE name = 'smokers';
SELECT name, way FROM objectset_status('person_set') WHERE name = 'smokers';
UPDATE person SET smokes = false WHERE id IN (5, 25);
SET ROLE regress_objectset_tenant;
SET app.tenant = 'south';
SELECT * FROM objectset_refresh('person_set');
RESET ROLE;
-- Without policies nothing tells which of two an expression means, and which one is meant where there is one.
ALTER TABLE person_set DISABLE ROW LEVEL SECURITY;
SELECT * FROM objectset_refresh('person_set');
SELECT * FROM sets();
SET client_min_messages = warning;
DROP SCHEMA tenants CASCADE;
DROP ROLE regress_objectset_tenant, regress_objectset_region;
RESET client_min_messages;
RESET search_path;

-- ---- A target that is made anew: the set table has to be told
CREATE TABLE member (id bigint PRIMARY KEY, town text);
INSERT INTO member SELECT generate_series(1, 100), 'Ulm';
SELECT objectset_create_table('member_set', 'member');
SELECT objectset_save('member_set', 'some', '{1..10,200}');
CREATE TABLE member_new (nr int PRIMARY KEY, id bigint UNIQUE, town text);
INSERT INTO member_new SELECT id + 7, id, town FROM member;
SET client_min_messages = warning;
DROP TABLE member CASCADE;
RESET client_min_messages;
ALTER TABLE member_new RENAME TO member;
CREATE TABLE member_copy (LIKE member_set);
SELECT set_table, target, key, sets, problem FROM objectset_tables() WHERE set_table::text LIKE 'member%';
DROP TABLE member_copy;
SELECT objectset_erase('member', 1);
SELECT objectset_members('member_set', 'some');
SELECT objectset_set_key('member_set', 'id');
SELECT error_of(format('SELECT objectset_set_target(%s)', arguments))
FROM unnest(ARRAY[$$'member_set', NULL$$, $$NULL, 'member'$$, $$'member', 'member'$$, $$'member_set', 'member', 'town'$$, $$'member_set', 'member', 'none'$$]) AS arguments;
CREATE TEMP TABLE fleeting (id int PRIMARY KEY);
SELECT error_of($$SELECT objectset_set_target('member_set', 'fleeting')$$);
CREATE ROLE regress_other;
SET ROLE regress_other;
DO $$ BEGIN PERFORM objectset_set_target('member_set', 'member'); EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE '%', SQLERRM; END $$;
RESET ROLE;
DROP ROLE regress_other;
SELECT objectset_set_target('member_set', 'member', 'id');
SELECT objectset_target('member_set'), objectset_prune('member_set');
SELECT objectset_members('member_set', 'some');
SELECT objectset_set_target('member_set', 'member');
SELECT objectset_target('member_set');
SELECT objectset_set_target('member_set', 'member', 'id'), objectset_follow_deletes('member_set');
DELETE FROM member WHERE id = 3;
SELECT objectset_members('member_set', 'some');

-- Nothing but what rows are read from can be one.
CREATE SEQUENCE numbers;
CREATE TYPE pair AS (id int);
SELECT call, error_of('SELECT objectset_' || call) FROM unnest(ARRAY[$$set_target('member_set', 'numbers', 'last_value')$$, $$set_target('member_set', 'member_new_pkey', 'nr')$$, $$create_table('pair_set', 'pair', 'id')$$]) AS call;
-- What followed the table of before ends with following, though others may own that by now.
CREATE TABLE former (id bigint PRIMARY KEY);
INSERT INTO former SELECT generate_series(1, 10);
CREATE ROLE regress_other;
CREATE ROLE regress_owner;
ALTER TABLE member_set OWNER TO regress_owner;
ALTER TABLE member OWNER TO regress_owner;
SELECT objectset_set_target('member_set', 'former'), objectset_follow_deletes('member_set');
ALTER TABLE former OWNER TO regress_other;
SET ROLE regress_other;
SELECT error_of($$SELECT objectset_follow_deletes('member_set', false)$$);
SET ROLE regress_owner;
SELECT objectset_set_target('member_set', 'member', 'id');
SELECT objectset_follow_deletes('member_set', false);
RESET ROLE;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('former'::regclass, 'member'::regclass) AND NOT tgisinternal;
DROP TABLE former;
DROP SEQUENCE numbers;
DROP TYPE pair;

-- ---- Partitions elsewhere cannot be followed
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE TABLE spread (id bigint) PARTITION BY RANGE (id);
CREATE TABLE spread_here PARTITION OF spread FOR VALUES FROM (0) TO (100);
CREATE FOREIGN TABLE spread_there PARTITION OF spread FOR VALUES FROM (100) TO (200) SERVER nowhere;
SELECT objectset_create_table('spread_set', 'spread', 'id');
SELECT error_of($$SELECT objectset_follow_deletes('spread_set')$$);
SELECT objectset_follow_deletes('spread_set', false);
DELETE FROM spread_here;
DROP TABLE spread_set, spread, member_set, member, fleeting CASCADE;
DROP ROLE regress_other, regress_owner;
DROP SERVER nowhere;
DROP FOREIGN DATA WRAPPER nowhere;

-- ---- What errors call things by, and what helps where a target cannot be one
CREATE SCHEMA "Shop";
SET search_path = "Shop", public;
CREATE TABLE "Order" ("Nr" bigint PRIMARY KEY, other bigint UNIQUE, "Code" text UNIQUE);
CREATE VIEW orders AS SELECT * FROM "Order";
CREATE MATERIALIZED VIEW kept_orders AS SELECT * FROM "Order";
SELECT objectset_create_table('"By nr"', '"Order"'), objectset_create_table('"By other"', '"Order"', 'other');
SELECT objectset_save('"By nr"', 's', '{1}'), objectset_save('"By other"', 's', '{1}');
SELECT objectset_apply('"By other"', 's', '|', '"By nr"', 's');
SELECT objectset_apply('"By nr"', 's', '|', '"By other"', 's');
SELECT objectset_create_table('more', 'orders');
SELECT objectset_create_table('more', 'orders', 'Nr');
SELECT objectset_create_table('more', '"Order_pkey"');
SELECT objectset_create_table('more', '"Order"', 'Code');
SELECT objectset_create_table('more', 'kept_orders');
SELECT objectset_create_table('more', 'kept_orders', 'Code');
DROP VIEW orders; DROP MATERIALIZED VIEW kept_orders;
ALTER TABLE "Order" DROP COLUMN "Nr";
SELECT objectset_members('"By nr"', 's');
\set VERBOSITY terse
DROP SCHEMA "Shop" CASCADE;
RESET search_path;
