-- Set tables whose owner is forced under policies: what functions do for those who see all rows, and that nothing but their own
-- statements is concerned.
CREATE ROLE regress_forced_owner;
CREATE ROLE regress_forced_reader BYPASSRLS;
CREATE ROLE regress_forced_clerk;
CREATE ROLE regress_forced_eve;
CREATE SCHEMA forced AUTHORIZATION regress_forced_owner;
CREATE SCHEMA eve AUTHORIZATION regress_forced_eve;
GRANT USAGE ON SCHEMA forced, eve TO PUBLIC;
CREATE TABLE forced.patient (id int PRIMARY KEY, ward text);
INSERT INTO forced.patient SELECT i, 'w' FROM generate_series(1, 9) i;
ALTER TABLE forced.patient OWNER TO regress_forced_clerk;
GRANT SELECT, REFERENCES, TRIGGER ON forced.patient TO PUBLIC;
SET ROLE regress_forced_owner;
SELECT objectset_create_table('forced.s', 'forced.patient');
ALTER TABLE forced.s ADD COLUMN tenant text DEFAULT current_setting('app.tenant', true);
ALTER TABLE forced.s DROP CONSTRAINT s_name_key;
SELECT objectset_follow_deletes('forced.s');
SET app.tenant = 'a';
INSERT INTO forced.s (name, base) VALUES ('x', '{1,2,3,4}'), ('only a', '{1,2,3,4}');
SET app.tenant = 'b';
INSERT INTO forced.s (name, base) VALUES ('x', '{2,3,4,5}');
ALTER TABLE forced.s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON forced.s USING (tenant = current_setting('app.tenant', true));
GRANT SELECT ON forced.s TO regress_forced_reader, regress_forced_clerk;
RESET ROLE;
CREATE VIEW all_sets AS SELECT tenant, name, members(s) FROM forced.s ORDER BY 1, 2;

-- ---- A statement that was planned for one is not for the other
SET search_path = pg_catalog;
SET app.tenant = 'a';
SET ROLE regress_forced_owner;
SELECT name, count FROM public.objectset_list('forced.s');
SELECT public.objectset_rekey('forced.s', 1, 100), public.objectset_rekey('forced.s', 100, 1);
SET ROLE regress_forced_reader;
SELECT name, count FROM public.objectset_list('forced.s');
SET ROLE regress_forced_owner;
SELECT name, count FROM public.objectset_list('forced.s');
SET ROLE regress_forced_clerk;
UPDATE forced.patient SET id = 20 WHERE id = 2;  -- of all tenants
SET ROLE regress_forced_owner;
SELECT public.objectset_rekey('forced.s', 20, 30);  -- of one
RESET ROLE;
RESET search_path;
TABLE all_sets;
SET ROLE regress_forced_clerk;
SELECT objectset_erase('forced.patient', 3);
RESET ROLE;
TABLE all_sets;

-- ---- A superuser sees and changes all
SELECT objectset_add('forced.s', 'only a', 6), objectset_has('forced.s', 'only a', 6);
SET app.tenant = 'b';
SELECT objectset_add('forced.s', 'only a', 7), objectset_has('forced.s', 'only a', 7);
SELECT objectset_members('forced.s', 'x');
SELECT objectset_prune('forced.s');
TABLE all_sets;
SELECT objectset_create_history('forced.s');
SELECT name, entered_ids FROM forced.s_history ORDER BY id;
SELECT relname, relowner::regrole FROM pg_class WHERE oid = 'forced.s_history'::regclass;

-- ---- So they do where policies of another table are forced upon who owns both; not those of others
SET ROLE regress_forced_owner;
CREATE FUNCTION forced.who() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'run as %', current_user; RETURN ''; END $$;
CREATE TABLE forced.case (id int PRIMARY KEY, ward text);
INSERT INTO forced.case SELECT i, 'w' FROM generate_series(1, 3) i;
CREATE INDEX ON forced.case ((ward || forced.who()));
CREATE TABLE forced.grouped (grp text, id int);
INSERT INTO forced.grouped VALUES ('imported', 1), ('imported', 2);
SELECT objectset_create_table('forced.of_case', 'forced.case'), objectset_create_table('forced.of_patient', 'forced.patient', 'id');
SELECT objectset_save('forced.of_case', 'x', '{1,2,77}'), objectset_save('forced.of_patient', 'x', '{1,77}');
ALTER TABLE forced.case ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE forced.grouped ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON forced.case USING (id = 1);
SELECT error_of($$SELECT objectset_prune('forced.of_case')$$), error_of($$SELECT * FROM objectset_import('forced.of_case', 'forced.grouped', 'grp', 'id')$$);
RESET ROLE;
SELECT objectset_prune('forced.of_case', 'x'), objectset_prune('forced.of_case');
SELECT * FROM objectset_import('forced.of_case', 'forced.grouped', 'grp', 'id');
SELECT name, s.members FROM forced.of_case s ORDER BY name;
SET ROLE regress_forced_clerk;
ALTER TABLE forced.patient ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON forced.patient USING (id > 5);
RESET ROLE;
SELECT error_of($$SELECT objectset_prune('forced.of_patient')$$);
ALTER TABLE forced.patient DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON forced.patient FROM PUBLIC;
SELECT error_of($$SELECT objectset_prune('forced.of_patient')$$);
GRANT SELECT ON forced.patient TO PUBLIC;
DROP TABLE forced.of_case, forced.of_patient, forced.case, forced.grouped;

-- ---- One expression of a procedural language in many statements
SET ROLE regress_forced_owner;
DO $$
DECLARE t text; found public.objectset;
BEGIN
  FOREACH t IN ARRAY '{a,b,a}'::text[] LOOP
    PERFORM set_config('app.tenant', t, true);
    found := public.objectset_members('forced.s', 'x');
    RAISE NOTICE 'tenant %: %', t, found;
  END LOOP;
END $$;
RESET ROLE;

-- ---- Functions of others, called by triggers and indexes
SET ROLE regress_forced_owner;
CREATE TABLE forced.secret (who name, what text);
INSERT INTO forced.secret VALUES ('nobody', 'of others');
ALTER TABLE forced.secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON forced.secret USING (who = session_user);
CREATE FUNCTION forced.own_rows() RETURNS text SECURITY DEFINER STABLE LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN RETURN (SELECT string_agg(what, ', ') FROM forced.secret); END $$;
SET ROLE regress_forced_eve;
CREATE TABLE eve.heard (way text, what text);
CREATE FUNCTION eve.hear() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN INSERT INTO eve.heard VALUES (TG_TABLE_NAME || ' ' || TG_OP, forced.own_rows()); RETURN NEW; END $$;
CREATE FUNCTION eve.hear_at(way text) RETURNS text LANGUAGE plpgsql
  AS $$ BEGIN INSERT INTO eve.heard VALUES (way, forced.own_rows()); RETURN ''; END $$;
CREATE FUNCTION eve.hear(way text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN eve.hear_at(way); END $$;
SELECT objectset_create_table('eve.s', 'forced.patient', history => true);
CREATE TRIGGER before BEFORE INSERT ON eve.s_history FOR EACH ROW EXECUTE FUNCTION eve.hear();
CREATE TRIGGER after AFTER INSERT ON eve.s_history FOR EACH ROW EXECUTE FUNCTION eve.hear();
CREATE TRIGGER before BEFORE UPDATE ON eve.s FOR EACH ROW EXECUTE FUNCTION eve.hear();
SELECT objectset_follow_deletes('eve.s'), objectset_save('eve.s', 'x', '{4,5,6,7}');
CREATE INDEX ON eve.s ((name || eve.hear('index')));
GRANT SELECT ON eve.s TO PUBLIC;
SET ROLE regress_forced_reader;
SELECT objectset_members('eve.s', 'x');
SET ROLE regress_forced_clerk;
DELETE FROM forced.patient WHERE id = 4;
SELECT objectset_erase('forced.patient', 5);
RESET ROLE;
SELECT way, count(*) > 0 AS heard, count(what) AS told FROM eve.heard GROUP BY way ORDER BY way;
SET ROLE regress_forced_eve;
SELECT forced.own_rows();
RESET ROLE;

-- ---- Rules that leave nothing of a statement: it ends with an error, and nobody else's role stays in effect
GRANT SELECT (id) ON forced.patient TO regress_forced_eve;
SET ROLE regress_forced_eve;
CREATE TABLE eve.ran (who name);
SELECT objectset_create_table('eve.ruled', 'forced.patient', 'id', history => true);
SELECT objectset_save('eve.ruled', 'x', 'SELECT id FROM forced.patient'), objectset_save('eve.ruled', 'y', '{6,7,8,9}');
CREATE FUNCTION eve.rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO eve.ran VALUES (current_user);
  IF NOT EXISTS (SELECT FROM pg_rules WHERE schemaname = 'eve') THEN CREATE RULE nothing AS ON UPDATE TO eve.ruled_history DO INSTEAD NOTHING; END IF;
  NEW.base := OLD.base;
  RETURN NEW;
END $$;
CREATE TRIGGER rules BEFORE UPDATE ON eve.ruled FOR EACH ROW EXECUTE FUNCTION eve.rules();
RESET ROLE;
SELECT objectset_erase('forced.patient', 7);
SELECT current_user = session_user AS same_user;
SET ROLE regress_forced_eve;
DROP TRIGGER rules ON eve.ruled;
SELECT objectset_track('eve.ruled');
RESET ROLE;
SELECT objectset_erase('forced.patient', 8);
CREATE RULE nothing AS ON UPDATE TO eve.ruled_changes DO INSTEAD NOTHING;
SELECT objectset_erase('forced.patient', 9);
SELECT current_user = session_user AS same_user;
DROP TABLE eve.ruled, eve.ruled_history CASCADE;

-- ---- Within a cascade of foreign keys, which forced policies are not for: other policies count, also where they call functions of ours
SET ROLE regress_forced_owner;
SELECT objectset_create_table('forced.shared', 'forced.patient', 'id');
SELECT objectset_save('forced.shared', 'open', '{6,8}'), objectset_save('forced.shared', 'secret', '{9}'), objectset_save('forced.shared', 'shown', '{1}');
CREATE FUNCTION forced.may(id bigint) RETURNS boolean STABLE SECURITY DEFINER SET search_path = pg_catalog LANGUAGE plpgsql
  AS $$ BEGIN RETURN public.objectset_members('forced.shared', 'shown') OPERATOR(public.@>) id; END $$;
CREATE TABLE forced.allowed (who name, name text);
INSERT INTO forced.allowed VALUES ('regress_forced_eve', 'open'), ('regress_forced_eve', 'secret');
ALTER TABLE forced.shared ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON forced.shared USING (forced.may(id) AND name IN (SELECT a.name FROM forced.allowed a WHERE a.who = current_user));
GRANT SELECT ON forced.shared, forced.allowed TO regress_forced_eve;
SET ROLE regress_forced_eve;
CREATE TABLE eve.parent (id int PRIMARY KEY);
CREATE TABLE eve.child (id int REFERENCES eve.parent ON DELETE CASCADE);
INSERT INTO eve.parent VALUES (1), (2);
INSERT INTO eve.child VALUES (1), (2);
CREATE FUNCTION eve.reads() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n text;
BEGIN
  FOREACH n IN ARRAY '{secret,open,secret}'::text[] LOOP
    BEGIN
      RAISE NOTICE '% %', n, public.objectset_members('forced.shared', n);
    EXCEPTION WHEN undefined_object THEN RAISE NOTICE '%', SQLERRM;
    END;
  END LOOP;
  RETURN OLD;
END $$;
CREATE TRIGGER reads BEFORE DELETE ON eve.child FOR EACH ROW EXECUTE FUNCTION eve.reads();
SET search_path = pg_catalog;
DELETE FROM eve.child WHERE id = 2;
DELETE FROM eve.parent WHERE id = 1;
RESET search_path;
RESET ROLE;

-- ---- Names are looked up with the rights of whoever asks
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO regress_forced_reader;
REVOKE USAGE ON SCHEMA forced FROM PUBLIC;
GRANT USAGE ON SCHEMA forced TO regress_forced_reader;
CREATE ROLE regress_forced_late BYPASSRLS;
GRANT USAGE ON SCHEMA public TO regress_forced_late;
GRANT SELECT ON forced.s TO regress_forced_late;
SELECT 'forced.s'::regclass::oid AS forced_s \gset
SET ROLE regress_forced_reader;
SELECT ward, count FROM objectset_facets('forced.s', 'only a', 'ward') AS f (ward, count);
SELECT name, count FROM objectset_list('forced.s');
-- Not with those of who asked before.
SET ROLE regress_forced_late;
SELECT name, count FROM objectset_list(:forced_s);
RESET ROLE;
GRANT USAGE ON SCHEMA public TO PUBLIC;
REVOKE USAGE ON SCHEMA public FROM regress_forced_reader, regress_forced_late;
REVOKE SELECT ON forced.s FROM regress_forced_late;
DROP ROLE regress_forced_late;

-- ---- Sets that cannot be counted make no error
REVOKE ALL ON eve.s FROM PUBLIC, regress_forced_eve;
SELECT set_table, sets FROM objectset_tables() WHERE set_table IN ('eve.s'::regclass, 'forced.s'::regclass);
SET client_min_messages = warning;
DROP SCHEMA forced, eve CASCADE;
DROP ROLE regress_forced_owner, regress_forced_reader, regress_forced_clerk, regress_forced_eve;
