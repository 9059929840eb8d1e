-- What a function leaves behind that acts as another role, what it finds there, and who is said to have done it.
CREATE ROLE regress_acting_mallory;
CREATE ROLE regress_acting_owner;
CREATE ROLE regress_acting_victim;
CREATE SCHEMA acting;
CREATE SCHEMA evil AUTHORIZATION regress_acting_mallory;
CREATE SCHEMA owned AUTHORIZATION regress_acting_owner;
GRANT USAGE ON SCHEMA acting, evil, owned TO PUBLIC;
GRANT CREATE ON SCHEMA acting TO regress_acting_victim;
CREATE TABLE acting.patient (id int PRIMARY KEY);
CREATE TABLE acting.ran (who name, what text);
GRANT INSERT ON acting.ran TO PUBLIC;

-- ---- Settings: what an owner's code sets is gone when the function ends
SET ROLE regress_acting_mallory;
SELECT objectset_create_table('evil.trap', 'acting.patient');
SELECT objectset_save('evil.trap', 'a', '{1,2,3}'::objectset), objectset_save('evil.trap', 'q', 'SELECT 1'::text);
CREATE FUNCTION evil.sets() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO acting.ran VALUES (current_user, 'sets');
  RETURN set_config('search_path', 'evil, pg_catalog, public', false) || set_config('evil.left', 'here', false);
END $$;
CREATE FUNCTION evil.trip(int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN left(evil.sets(), 0); END $$;
CREATE INDEX trapped ON evil.trap ((name || evil.trip(1)));
GRANT SELECT ON evil.trap TO PUBLIC;
RESET ROLE;
-- Tables that nobody has named are counted where that runs no code of their owners', who could stop it for all.
CREATE VIEW acting.counted AS SELECT set_table, sets, problem FROM objectset_tables() WHERE set_table::text ~ '^evil';
SELECT * FROM acting.counted;
DROP INDEX evil.trapped;
SELECT * FROM acting.counted;
SET ROLE regress_acting_mallory;
CREATE FUNCTION evil.stops(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'nobody is shown set tables'; END $$;
CREATE STATISTICS evil.stopping ON (id + evil.stops(1)), name FROM evil.trap;
RESET ROLE;
SELECT * FROM acting.counted;
SET ROLE regress_acting_mallory;
SELECT error_of('SELECT objectset_tables()');
DROP STATISTICS evil.stopping;
CREATE INDEX trapped ON evil.trap ((name || evil.trip(1)));
RESET ROLE;
TRUNCATE acting.ran;
CREATE FUNCTION acting.left_behind(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL search_path = public;
  EXECUTE call;
  RETURN concat_ws(', ', current_setting('search_path'), current_setting('evil.left', true));
END $$;
SELECT DISTINCT acting.left_behind(call) AS left_behind FROM unnest(ARRAY[
  $$SELECT sets FROM objectset_tables() WHERE set_table = 'evil.trap'::regclass$$, $$SELECT objectset_has('evil.trap', 'a', 1)$$,
  $$SELECT objectset_members('evil.trap', 'a')$$, $$SELECT objectset_list('evil.trap')$$, $$SELECT objectset_verify('evil.trap', 'q')$$,
  $$SELECT objectset_add('evil.trap', 'a', 7)$$, $$SELECT objectset_refresh('evil.trap', 'q')$$, $$SELECT objectset_refresh('evil.trap')$$,
  $$SELECT objectset_erase('acting.patient', 7)$$, $$SELECT objectset_trust('evil.trap')$$, $$SELECT objectset_copy('evil.trap', 'a', 'c')$$]) AS call;
SET ROLE regress_acting_victim;
SELECT acting.left_behind($$SELECT objectset_members('evil.trap', 'a')$$);
RESET ROLE;
SELECT DISTINCT who FROM acting.ran;
SET ROLE regress_acting_mallory;
DROP INDEX evil.trapped;
CREATE FUNCTION evil.set_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.sets(); RETURN NEW; END $$;
CREATE TRIGGER t BEFORE UPDATE ON evil.trap FOR EACH ROW EXECUTE FUNCTION evil.set_row();
RESET ROLE;
TRUNCATE acting.ran;
SELECT DISTINCT acting.left_behind(call) AS left_behind FROM unnest(ARRAY[
  $$SELECT objectset_add('evil.trap', 'a', 8)$$, $$SELECT objectset_refresh('evil.trap', 'q')$$, $$SELECT objectset_erase('acting.patient', 8)$$]) AS call;
CALL objectset_refresh_all('evil.trap');
SELECT current_setting('evil.left', true) AS set_by_code;
SELECT DISTINCT who FROM acting.ran;
DROP TABLE evil.trap;

-- ---- Names: what an owner's code finds when their tables are read for somebody else is not what that one puts in its way
SET ROLE regress_acting_owner;
CREATE FUNCTION owned.plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT lower($1) $$;
CREATE TABLE owned.label (id int, name text);
INSERT INTO owned.label VALUES (1, 'one');
CREATE INDEX ON owned.label (owned.plain(name));
SELECT objectset_create_table('owned.s', 'acting.patient', history => true);
SELECT objectset_save('owned.s', 'a', '{1}');
CREATE INDEX ON owned.s (owned.plain(name));
GRANT SELECT ON owned.label TO regress_acting_mallory;
GRANT SELECT, TRUNCATE ON owned.s TO regress_acting_mallory;
SET ROLE regress_acting_mallory;
CREATE TABLE evil.target (id int PRIMARY KEY);
SELECT objectset_create_table('evil.s', 'evil.target');
CREATE FUNCTION evil.does(int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN IF current_user <> 'regress_acting_mallory' THEN RAISE EXCEPTION 'runs as %', current_user; END IF; RETURN ''; END $$;
CREATE FUNCTION evil.lower(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT evil.does(1) || $1 $$;
SET search_path = evil, pg_catalog, public;
SELECT * FROM objectset_import('evil.s', 'owned.label', 'name', 'id');
SELECT objectset_members('owned.s', 'a'), objectset_has('owned.s', 'a', 1), (SELECT count(*) FROM objectset_list('owned.s')) AS sets,
       (SELECT count(*) FROM objectset_status('owned.s')) AS states, (SELECT sets FROM objectset_tables() WHERE set_table = 'owned.s'::regclass);
TRUNCATE owned.s;
RESET search_path;
RESET ROLE;
DROP TABLE evil.s, evil.target, owned.s, owned.s_history, owned.label;

-- ---- Erasing: set tables are found, not named, and their code runs as their owners
SET ROLE regress_acting_victim;
CREATE TABLE acting.person (id int PRIMARY KEY);
GRANT SELECT ON acting.person TO regress_acting_mallory, regress_acting_owner;
SELECT objectset_create_table('acting.mine', 'acting.person');
SELECT objectset_save('acting.mine', 'a', '{1,2,3}');
SET ROLE regress_acting_mallory;
SELECT objectset_create_table('evil.trap', 'acting.person', history => true);
SELECT objectset_save('evil.trap', 'a', '{1,2,3}');
CREATE FUNCTION evil.traps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO acting.ran VALUES (current_user, 'traps'); RETURN NEW; END $$;
CREATE TRIGGER t BEFORE UPDATE ON evil.trap FOR EACH ROW EXECUTE FUNCTION evil.traps();
RESET ROLE;
TRUNCATE acting.ran;
-- Who owns the target needs no right on the set tables.
SET ROLE regress_acting_victim;
SELECT objectset_erase('acting.person', 2);
RESET ROLE;
SELECT DISTINCT * FROM acting.ran;
SELECT h.entered_ids, h.departed_ids, h.by FROM objectset_history('evil.trap', 'a') AS h;
-- Others need theirs, on histories too, before anything runs.
TRUNCATE acting.ran;
GRANT ALL ON acting.mine TO regress_acting_owner;
CREATE FUNCTION acting.erase(id int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN objectset_erase('acting.person', id)::text; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ': ' || SQLERRM; END $$;
SET ROLE regress_acting_owner;
SELECT acting.erase(3);
SET ROLE regress_acting_mallory;
GRANT SELECT, UPDATE ON evil.trap TO regress_acting_owner;
SET ROLE regress_acting_owner;
SELECT acting.erase(3);
SET ROLE regress_acting_mallory;
GRANT SELECT, UPDATE ON evil.trap_history TO regress_acting_owner;
ALTER TABLE evil.trap ENABLE ROW LEVEL SECURITY;
SET ROLE regress_acting_owner;
SELECT acting.erase(3);
RESET ROLE;
SELECT count(*) FROM acting.ran;
ALTER TABLE evil.trap DISABLE ROW LEVEL SECURITY;
SET ROLE regress_acting_owner;
SELECT acting.erase(3);
RESET ROLE;
SELECT DISTINCT * FROM acting.ran;
SELECT objectset_members('evil.trap', 'a'), objectset_members('acting.mine', 'a');

-- Triggers that name no schemas find what is theirs by the path that was recorded, and nothing of the eraser's.
SET ROLE regress_acting_owner;
CREATE TABLE owned.audit (who name DEFAULT current_user);
CREATE FUNCTION owned.audits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit DEFAULT VALUES; RETURN NEW; END $$;
SELECT objectset_create_table('owned.s', 'acting.person', history => true);
SELECT objectset_save('owned.s', 'a', '{1,5}');
CREATE TRIGGER t BEFORE UPDATE ON owned.s FOR EACH ROW EXECUTE FUNCTION owned.audits();
SET ROLE regress_acting_victim;
SELECT acting.erase(5);
GRANT DELETE, SELECT, TRIGGER ON acting.person TO regress_acting_owner;
SET ROLE regress_acting_owner;
SET search_path = owned, public;
SELECT objectset_follow_deletes('owned.s');
RESET search_path;
SET ROLE regress_acting_victim;
SELECT acting.erase(5);
RESET ROLE;
SELECT * FROM owned.audit;
SET ROLE regress_acting_victim;
CREATE TEMPORARY VIEW audit AS SELECT ''::name AS who;
SELECT acting.erase(1);
DROP VIEW audit;
SELECT acting.erase(1);
RESET ROLE;
SET search_path = owned, public;
SELECT objectset_erase('acting.person', 1);
RESET search_path;
SELECT * FROM owned.audit;
SELECT objectset_follow_deletes('owned.s', false);
DROP TABLE owned.s, owned.s_history;
-- A history of another owner's is changed as that one.
SELECT objectset_create_table('acting.kept', 'acting.patient', history => true);
SELECT objectset_save('acting.kept', 'a', '{1,2,3}');
GRANT USAGE ON SCHEMA acting TO regress_acting_mallory;
GRANT CREATE ON SCHEMA acting TO regress_acting_mallory;
ALTER TABLE acting.kept_history OWNER TO regress_acting_mallory;
REVOKE CREATE ON SCHEMA acting FROM regress_acting_mallory;
SET ROLE regress_acting_mallory;
CREATE TRIGGER t BEFORE UPDATE ON acting.kept_history FOR EACH ROW EXECUTE FUNCTION evil.traps();
RESET ROLE;
TRUNCATE acting.ran;
SELECT objectset_erase('acting.patient', 3);
SELECT DISTINCT * FROM acting.ran;
SELECT entered_ids FROM objectset_history('acting.kept', 'a');
DROP TABLE acting.kept, acting.kept_history;

-- ---- What a superuser makes for another's set table is made as its owner
SET ROLE regress_acting_mallory;
SELECT objectset_create_table('evil.indexed', 'acting.patient');
SELECT objectset_save('evil.indexed', 'x', '{1}'::objectset);
CREATE FUNCTION evil.notes() RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO acting.ran VALUES (current_user, 'trips'); RETURN ''; END $$;
CREATE FUNCTION evil.trips(int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN evil.notes(); END $$;
CREATE INDEX ON evil.indexed ((name || evil.trips(1)));
RESET ROLE;
TRUNCATE acting.ran;
SELECT objectset_create_history('evil.indexed');
SELECT DISTINCT * FROM acting.ran;
SELECT relowner::regrole FROM pg_class WHERE oid = 'evil.indexed_history'::regclass;

-- ---- Policies of the target are looked at by the reader, under the reader's path
CREATE FUNCTION acting.may_see() RETURNS boolean STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN is_seen(); END $$;
CREATE FUNCTION acting.is_seen() RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE TABLE acting.visit (id int PRIMARY KEY, kind text);
INSERT INTO acting.visit VALUES (1, 'a'), (2, 'b');
ALTER TABLE acting.visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON acting.visit USING (acting.may_see());
SET ROLE regress_acting_owner;
SELECT objectset_create_table('owned.v', 'acting.visit');
SELECT objectset_save('owned.v', 'a', '{1,2}');
GRANT SELECT ON owned.v TO regress_acting_victim;
RESET ROLE;
GRANT SELECT ON acting.visit TO regress_acting_victim;
SET ROLE regress_acting_victim;
SET search_path = acting, public;
SELECT f.value, f.count FROM objectset_facets('owned.v', 'a', 'kind') AS f;
RESET search_path;
RESET ROLE;

-- ---- Histories: a change is of who made it, not of whoever happened to call a function for another table
SELECT objectset_create_table('acting.shared', 'acting.patient', history => true);
SELECT objectset_save('acting.shared', 'a', '{1,2}');
GRANT SELECT, UPDATE ON acting.shared TO regress_acting_mallory;
SET ROLE regress_acting_mallory;
SELECT objectset_create_table('evil.set', 'acting.patient');
SELECT objectset_save('evil.set', 'x', '{1,2,3}'::objectset);
CREATE TABLE evil.armed (is_armed boolean);
CREATE FUNCTION evil.changes() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM evil.armed) THEN
    UPDATE acting.shared SET removed = '{1}', added = '{666}' WHERE name = 'a';
    PERFORM public.objectset_add('acting.shared', 'a', 777);
  END IF;
  RETURN '';
END $$;
CREATE FUNCTION evil.trip_again(int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN evil.changes(); END $$;
CREATE INDEX ON evil.set ((name || evil.trip_again(1)));
INSERT INTO evil.armed VALUES (true);
GRANT SELECT ON evil.set TO PUBLIC;
SET ROLE regress_acting_victim;
SELECT objectset_has('evil.set', 'x', 1);
RESET ROLE;
SELECT DISTINCT h.by, h.entered_ids, h.departed_ids FROM objectset_history('acting.shared', 'a') AS h WHERE h.by <> current_user;

-- ---- A part of a table that is another role's: its owner reads the table as themselves, not as its owner
CREATE TABLE owned.whole (id int, ward text) PARTITION BY RANGE (id);
CREATE TABLE owned.part PARTITION OF owned.whole FOR VALUES FROM (0) TO (50);
INSERT INTO owned.whole VALUES (1, 'a'), (2, 'b');
ALTER TABLE owned.whole OWNER TO regress_acting_owner;
ALTER TABLE owned.part OWNER TO regress_acting_mallory;
GRANT SELECT ON owned.whole TO PUBLIC;
SET ROLE regress_acting_owner;
SELECT objectset_create_table('owned.of_whole', 'owned.whole', 'id');
SELECT objectset_save('owned.of_whole', 'x', '{1,2}');
GRANT SELECT ON owned.of_whole TO PUBLIC;
RESET ROLE;
GRANT CREATE ON SCHEMA owned TO regress_acting_mallory;
SET ROLE regress_acting_mallory;
CREATE FUNCTION evil.part_notes() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO acting.ran VALUES (current_user, 'part'); RETURN 1; END $$;
CREATE FUNCTION evil.part_notes(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN evil.part_notes(); END $$;
CREATE INDEX ON owned.part ((ward || evil.part_notes(1)));
RESET ROLE;
TRUNCATE acting.ran;
SET ROLE regress_acting_mallory;
SELECT sum(count) FROM objectset_facets('owned.of_whole', 'x', 'ward');
SET ROLE regress_acting_victim;
SELECT sum(count) FROM objectset_facets('owned.of_whole', 'x', 'ward');
RESET ROLE;
SELECT sum(count) FROM objectset_facets('owned.of_whole', 'x', 'ward');
SELECT DISTINCT who, what FROM acting.ran WHERE what = 'part' ORDER BY who;

-- ---- Another table, or a view, that gets the name of the one that a function is at work on: by a query that a refresh runs
CREATE SCHEMA bobs AUTHORIZATION regress_acting_mallory;
SELECT objectset_create_table('bobs.s', 'acting.patient'), objectset_create_table('bobs.v', 'acting.patient');
GRANT SELECT, INSERT ON bobs.s, bobs.v TO regress_acting_mallory;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_acting_mallory', current_database()); END $$;
SET SESSION AUTHORIZATION regress_acting_mallory;
CREATE FUNCTION bobs.tells() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE WARNING 'trigger of another role runs as itself: %', current_user = 'regress_acting_mallory'; RETURN NEW; END $$;
CREATE FUNCTION bobs.tell() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
  RAISE WARNING 'view of another role runs as itself: %', current_user = 'regress_acting_mallory'; RETURN 1; END $$;
CREATE FUNCTION bobs.renames() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT relowner FROM pg_class WHERE oid = 'bobs.s'::regclass) <> 'regress_acting_mallory'::regrole THEN
    ALTER SCHEMA bobs RENAME TO bobs_then;
    CREATE SCHEMA bobs;
    CREATE TABLE bobs.s (LIKE bobs_then.s INCLUDING ALL);
    INSERT INTO bobs.s (id, name, query, parameters, settings, saved_by, seal) OVERRIDING SYSTEM VALUE
      SELECT id, name, query, parameters, settings, saved_by, seal FROM bobs_then.s;
    CREATE TRIGGER tells BEFORE UPDATE ON bobs.s FOR EACH ROW EXECUTE FUNCTION bobs_then.tells();
    GRANT ALL ON bobs.s TO PUBLIC;
  END IF;
  RETURN 1;
END $$;
CREATE FUNCTION bobs.replaces() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = 'bobs.v'::regclass) = 'r' THEN
    CREATE TABLE bobs.kept AS TABLE bobs.v;
    DROP TABLE bobs.v;
    EXECUTE (SELECT format('CREATE VIEW bobs.v AS SELECT bobs.tell() AS id, %s FROM bobs.kept', string_agg(quote_ident(attname), ', '))
             FROM pg_attribute WHERE attrelid = 'bobs.kept'::regclass AND attnum > 0 AND attname <> 'id');
    GRANT ALL ON bobs.v, bobs.kept TO PUBLIC;
  END IF;
  RETURN 1;
END $$;
INSERT INTO bobs.s (name, query) VALUES ('b', 'SELECT 1 UNION ALL SELECT bobs.renames()');
INSERT INTO bobs.v (name, query) VALUES ('b', 'SELECT 1 UNION ALL SELECT bobs.replaces()');
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT objectset_refresh('bobs.v', 'b');
ROLLBACK;
BEGIN;
SELECT objectset_refresh('bobs.s', 'b');
ROLLBACK;
-- A seal is not taken from the hand of somebody whose own code runs while a function is at work on that one's table.
CREATE TABLE acting.boss_set_target (id int PRIMARY KEY);
GRANT SELECT ON acting.boss_set_target TO PUBLIC;
SET ROLE regress_acting_owner;
SELECT objectset_create_table('owned.boss_set', 'acting.boss_set_target');
GRANT SELECT, INSERT, UPDATE ON owned.boss_set TO regress_acting_mallory;
SELECT objectset_save('owned.boss_set', 'secret', 'SELECT 7');
SET ROLE regress_acting_mallory;
CREATE TABLE evil.stolen AS SELECT id, query, parameters, settings, saved_by, seal FROM owned.boss_set;
SELECT objectset_create_table('evil.work', 'acting.boss_set_target');
SELECT objectset_save('evil.work', 'x', '{1,2}');
CREATE FUNCTION evil.brings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO owned.boss_set (id, name, query, parameters, settings, saved_by, seal)
    SELECT id, 'again', query, parameters, settings, saved_by, seal FROM evil.stolen;
  RETURN NEW;
END $$;
CREATE TRIGGER brings BEFORE UPDATE ON evil.work FOR EACH ROW EXECUTE FUNCTION evil.brings();
RESET ROLE;
SELECT objectset_drop('owned.boss_set', 'secret'), objectset_add('evil.work', 'x', 3);
SELECT name, saved_by FROM owned.boss_set;
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_acting_mallory', current_database()); END $$;
SET client_min_messages = warning;
DROP SCHEMA acting, evil, owned, bobs CASCADE;
DROP ROLE regress_acting_mallory, regress_acting_owner, regress_acting_victim;
