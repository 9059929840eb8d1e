-- Saved sets as they were.
CREATE SCHEMA time_travel;
SET search_path = time_travel, public;
CREATE TABLE patient (id int PRIMARY KEY, smoker boolean NOT NULL DEFAULT false);
INSERT INTO patient SELECT i, i < 4 FROM generate_series(1, 10) i;
DO $$ BEGIN PERFORM objectset_create_table('patient_set', 'patient'); END $$;
SELECT objectset_save('patient_set', 'old', '{1..3}'), objectset_save('patient_set', 'none', '{}'::objectset);
-- Times between statements, by name.
CREATE TABLE moment (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE FUNCTION at(text) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM time_travel.moment WHERE name = $1';
SELECT error_of($$SELECT objectset_members_at('patient_set', 'old', now())$$);
INSERT INTO moment VALUES ('before');
SELECT objectset_create_history('patient_set');
-- Sets that were there are known from now on; the history has changes only.
SELECT error_of($$SELECT objectset_members_at('patient_set', 'old', at('before'))$$) LIKE '55000: the history of object set "old" does not%', error_of($$SELECT objectset_members_at('patient_set', 'none', at('before'))$$) ~ 'does not reach back';
SELECT objectset_members_at('patient_set', 'old', now()), objectset_members_at('patient_set', 'none', clock_timestamp()), objectset_members_at('patient_set', 'old', 'infinity');
SELECT count(*) FROM objectset_history('patient_set', 'old');
SELECT set_id, name, entered_ids, whole FROM patient_set_history ORDER BY id;
INSERT INTO moment VALUES ('first');
SELECT objectset_add('patient_set', 'old', 4, 5), objectset_remove('patient_set', 'old', 1);
INSERT INTO moment VALUES ('second');
SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker');
INSERT INTO moment VALUES ('third');
UPDATE patient SET smoker = id IN (2, 7);
UPDATE patient_set SET base = '{9}', added = '{}', removed = '{}' WHERE name = 'old';
SELECT objectset_refresh('patient_set', 'smokers');
INSERT INTO moment VALUES ('fourth');
SELECT m.name, objectset_members_at('patient_set', 'old', m.at) AS old, objectset_members_at('patient_set', 'smokers', m.at) AS smokers FROM moment m WHERE m.name <> 'before' ORDER BY m.at;
-- Before it was there a set had no members.
SELECT objectset_members_at('patient_set', 'smokers', '-infinity'), objectset_members_at('patient_set', 'smokers', NULL);
-- Differences are net ones, either way.
SELECT a.name, b.name, d.* FROM moment a, moment b, objectset_diff('patient_set', 'old', a.at, b.at) d WHERE a.name <> 'before' AND b.name <> 'before' ORDER BY a.at, b.at;
SELECT objectset_add('patient_set', 'old', 50), objectset_remove('patient_set', 'old', 50);
SELECT * FROM objectset_diff('patient_set', 'old', at('fourth'), 'infinity');
SELECT * FROM objectset_diff('patient_set', 'old', until => at('first'), since => at('fourth'));
SELECT error_of($$SELECT * FROM objectset_diff('patient_set', 'old', at('before'), now())$$) ~ 'does not reach back';
SELECT error_of($$SELECT * FROM objectset_diff('patient_set', 'nobody', at('first'), now())$$), error_of($$SELECT objectset_members_at('patient_set', 'nobody', at('first'))$$), error_of($$SELECT objectset_members_at('patient', 'old', now())$$);
-- Renamed, dropped, and another of the name; a row with another id.
SELECT objectset_rename('patient_set', 'old', 'older');
SELECT objectset_members_at('patient_set', 'older', at('second')), error_of($$SELECT objectset_members_at('patient_set', 'oldest', at('second'))$$);
SELECT objectset_drop('patient_set', 'older');
INSERT INTO moment VALUES ('dropped');
SELECT objectset_members_at('patient_set', 'older', at('second')), objectset_members_at('patient_set', 'older', at('dropped')), objectset_members_at('patient_set', 'old', at('second'));
SELECT objectset_save('patient_set', 'older', '{70}');
SELECT objectset_members_at('patient_set', 'older', at('second')), objectset_members_at('patient_set', 'older', 'infinity');
SELECT objectset_drop('patient_set', 'older');
SELECT objectset_members_at('patient_set', 'older', at('second')), objectset_members_at('patient_set', 'older', 'infinity');
SELECT * FROM objectset_diff('patient_set', 'older', at('second'), clock_timestamp());
UPDATE patient_set SET id = 1000 WHERE name = 'smokers';
SELECT objectset_members_at('patient_set', 'smokers', 'infinity'), objectset_members_at('patient_set', 'smokers', at('fourth'));
SELECT entered_ids, departed_ids FROM objectset_history('patient_set', 'smokers');
TRUNCATE patient_set;
SELECT objectset_members_at('patient_set', 'smokers', at('dropped')), objectset_members_at('patient_set', 'smokers', 'infinity');
-- The id of a set that was dropped is given to others: by an INSERT, after TRUNCATE, by an import. Each has a past of its own.
CREATE TABLE again (id int PRIMARY KEY);
SELECT objectset_create_table('again_set', 'again', history => true);
INSERT INTO again_set (id, name, base) VALUES (1, 'one', '{1,2}');
INSERT INTO moment VALUES ('again 1');
SELECT objectset_remove('again_set', 'one', 1, 2), objectset_drop('again_set', 'one');
INSERT INTO moment VALUES ('again 2');
INSERT INTO again_set (id, name, base) VALUES (1, 'other', '{11}');
INSERT INTO moment VALUES ('again 3');
SELECT objectset_rename('again_set', 'other', 'two'), objectset_add('again_set', 'two', 12);
INSERT INTO moment VALUES ('again 4');
TRUNCATE again_set RESTART IDENTITY;
SELECT objectset_save('again_set', 'empty', '{}'::objectset);
INSERT INTO moment VALUES ('again 5');
DELETE FROM again_set;
CREATE TABLE groups (g int, name text, id int);
INSERT INTO groups VALUES (1, 'three', 21), (1, 'three', 22);
SELECT objectset_import('again_set', 'groups', 'g', 'id', 'name');
INSERT INTO moment VALUES ('again 6');
SELECT name, entered_ids, departed_ids, dropped FROM again_set_history WHERE set_id = 1 ORDER BY id;
SELECT name, objectset_members_at('again_set', 'one', at) AS one, objectset_members_at('again_set', 'two', at) AS two, objectset_members_at('again_set', 'empty', at) AS empty,
  objectset_members_at('again_set', 'three', at) AS three FROM moment WHERE name LIKE 'again%' ORDER BY at;
SELECT n, entered_ids, departed_ids FROM unnest('{one,other,two,three}'::text[]) n, objectset_history('again_set', n);
SELECT error_of($$SELECT * FROM objectset_history('again_set', 'empty')$$);
SELECT a.name, b.name, d.* FROM moment a, moment b, objectset_diff('again_set', 'two', a.at, b.at) d WHERE a.name IN ('again 2', 'again 4') AND b.name IN ('again 3', 'again 5') ORDER BY a.at, b.at;
SELECT objectset_diff('again_set', 'three', at('again 1'), 'infinity');
-- What had the name first, and what has it since.
UPDATE again_set SET id = 2, name = 'one';
SELECT objectset_members_at('again_set', 'one', at('again 1')), objectset_members_at('again_set', 'three', at('again 6')), objectset_members_at('again_set', 'one', 'infinity');
SELECT objectset_drop('again_set', 'one');
SELECT objectset_members_at('again_set', 'one', at('again 1')), objectset_diff('again_set', 'one', at('again 1'), at('again 6'));
-- Trimmed: those that were dropped by then are forgotten, whoever has their id.
SELECT objectset_trim_history('again_set', at('again 2'));
SELECT objectset_members_at('again_set', 'one', at('again 1'));
SELECT objectset_members_at('again_set', 'two', at('again 1')), objectset_members_at('again_set', 'two', at('again 3'));
SELECT objectset_trim_history('again_set', at('again 4'));
SELECT objectset_members_at('again_set', 'two', at('again 4')), objectset_members_at('again_set', 'three', at('again 6'));
SELECT error_of($$SELECT objectset_members_at('again_set', 'two', at('again 3'))$$) ~ 'does not reach back';
SELECT objectset_restore('again_set', 'two', at('again 4'));
-- So, too, where a trigger drops a set as it changes, and makes another in its place: ours is fired first.
CREATE FUNCTION one_use() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  IF pg_trigger_depth() > 1 THEN RETURN NULL; END IF;
  DELETE FROM again_set WHERE id = new.id;
  INSERT INTO again_set (id, name, base) VALUES (new.id, 'next', '{41}');
  RETURN NULL;
END$$;
CREATE TRIGGER a_use AFTER INSERT OR UPDATE ON again_set FOR EACH ROW EXECUTE FUNCTION one_use();
INSERT INTO again_set (id, name, base) VALUES (9, 'first', '{31,32}');
UPDATE again_set SET name = 'second', base = '{51}' WHERE id = 9;
SELECT name, entered_ids, departed_ids, dropped FROM again_set_history WHERE set_id = 9 ORDER BY id;
SELECT objectset_members_at('again_set', 'next', 'infinity'), entered_ids, departed_ids FROM objectset_history('again_set', 'next');
DROP FUNCTION one_use CASCADE;
DROP TABLE again_set, again_set_history, again, groups CASCADE;
DELETE FROM moment WHERE name LIKE 'again%';

-- Restoring: as a correction where there is a query; what was dropped comes back without one.
SELECT objectset_save('patient_set', 'again', 'SELECT id FROM patient WHERE smoker'), objectset_save('patient_set', 'plain', '{1..5}');
INSERT INTO moment VALUES ('restore');
UPDATE patient SET smoker = id > 8;
SELECT objectset_refresh('patient_set', 'again'), objectset_replace('patient_set', 'plain', '{7}');
SELECT objectset_restore('patient_set', 'again', at('restore')), objectset_restore('patient_set', 'plain', at('restore'));
SELECT name, query IS NOT NULL AS has_query, base, added, removed, s.members FROM patient_set s ORDER BY name;
SELECT objectset_refresh('patient_set', 'again');
SELECT name, s.members FROM patient_set s ORDER BY name;
SELECT objectset_drop('patient_set', 'again'), objectset_restore('patient_set', 'again', at('restore'));
SELECT name, query IS NOT NULL AS has_query, s.members FROM patient_set s ORDER BY name;
SELECT error_of($$SELECT objectset_restore('patient_set', 'nobody', now())$$), error_of($$SELECT objectset_restore('patient_set', 'plain', NULL)$$);
-- What is frozen no refresh touches.
SELECT objectset_save('patient_set', 'live', 'SELECT id FROM patient WHERE smoker', VARIADIC '{}'::text[]), objectset_define('patient_set', 'composed', 'live | plain');
SELECT objectset_add('patient_set', 'live', 3), objectset_freeze('patient_set', 'live', 'live frozen'), objectset_freeze('patient_set', 'composed', 'composed frozen'), objectset_freeze('patient_set', 'plain', new_name => 'plain frozen');
UPDATE patient SET smoker = NOT smoker;
SELECT name, entered, departed FROM objectset_refresh('patient_set') ORDER BY name;
SELECT name, query, expression, parameters, settings, seal, refreshed, base, added FROM patient_set s WHERE name LIKE '%frozen' ORDER BY name;
SELECT error_of($$SELECT objectset_freeze('patient_set', 'live', 'plain')$$), error_of($$SELECT objectset_freeze('patient_set', 'nobody', 'x')$$), error_of($$SELECT objectset_freeze('patient_set', 'live', NULL)$$);
SELECT error_of($$SELECT objectset_refresh('patient_set', 'live frozen')$$);

-- Who was forgotten was never there.
SELECT objectset_save('patient_set', 'secret', '{1..5}'), objectset_remove('patient_set', 'secret', 4);
INSERT INTO moment VALUES ('secret');
SELECT objectset_remove('patient_set', 'secret', 5);
SELECT objectset_erase('patient', 2, 4) > 0;
SELECT objectset_members_at('patient_set', 'secret', at('secret'));

-- Trimmed: what was then stays known, what was before does not.
SELECT count(*) AS lines FROM patient_set_history \gset
SELECT objectset_trim_history('patient_set', at('restore')) > 0;
SELECT count(*) < :lines FROM patient_set_history;
SELECT objectset_members_at('patient_set', 'plain', at('restore')), objectset_members_at('patient_set', 'secret', at('secret'));
SELECT error_of($$SELECT objectset_members_at('patient_set', 'plain', at('first'))$$) ~ 'does not reach back';
-- A set that was gone by then is forgotten.
SELECT error_of($$SELECT objectset_members_at('patient_set', 'older', at('second'))$$);
SELECT objectset_trim_history('patient_set', at('restore'));
SELECT objectset_trim_history('patient_set', 'infinity') > 0, objectset_trim_history('patient_set', 'infinity');
SELECT count(*) AS lines, count(*) FILTER (WHERE whole) AS whole FROM patient_set_history;
SELECT s.name FROM patient_set s WHERE s.members <> objectset_members_at('patient_set', s.name, 'infinity');

-- Rights: of whoever calls.
CREATE ROLE regress_objectset_reader;
GRANT USAGE ON SCHEMA time_travel TO regress_objectset_reader;
GRANT SELECT ON patient_set, moment TO regress_objectset_reader;
SET ROLE regress_objectset_reader;
SELECT error_of($$SELECT objectset_members_at('patient_set', 'plain', 'infinity')$$), error_of($$SELECT objectset_diff('patient_set', 'plain', 'infinity', 'infinity')$$);
SELECT error_of($$SELECT objectset_trim_history('patient_set', 'infinity')$$), error_of($$SELECT objectset_restore('patient_set', 'plain', 'infinity')$$), error_of($$SELECT objectset_freeze('patient_set', 'plain', 'mine')$$);
RESET ROLE;
GRANT SELECT ON patient_set_history TO regress_objectset_reader;
SET ROLE regress_objectset_reader;
SELECT objectset_members_at('patient_set', 'plain', 'infinity');
RESET ROLE;
-- Policies of both tables count: a set that is hidden is none that was dropped, whatever lines of it are shown.
ALTER TABLE patient_set ENABLE ROW LEVEL SECURITY;
ALTER TABLE patient_set_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON patient_set USING (name <> 'plain');
CREATE POLICY visible ON patient_set_history USING (name <> 'secret');
SELECT objectset_add('patient_set', 'plain', 60), objectset_add('patient_set', 'secret', 61);
SET ROLE regress_objectset_reader;
SELECT error_of($$SELECT objectset_members_at('patient_set', 'plain', 'infinity')$$), error_of($$SELECT * FROM objectset_history('patient_set', 'plain')$$);
SELECT error_of($$SELECT objectset_members_at('patient_set', 'nobody', 'infinity')$$);
RESET ROLE;
GRANT ALL ON patient_set, patient_set_history TO regress_objectset_reader;
SET ROLE regress_objectset_reader;
SELECT error_of($$SELECT objectset_trim_history('patient_set', 'infinity')$$);
RESET ROLE;
ALTER TABLE patient_set DISABLE ROW LEVEL SECURITY;
ALTER TABLE patient_set_history DISABLE ROW LEVEL SECURITY;
-- In a scope a name means a set that was dropped, not one of that name that is there in another; whoever is forced under policies.
CREATE ROLE regress_objectset_landlord;
CREATE ROLE regress_objectset_tenant;
CREATE TABLE tenants_patient (id int PRIMARY KEY, tenant int NOT NULL);
SELECT objectset_create_table('tenants_set', 'tenants_patient', scope => '{tenant}', settings => '{app.tenant}', history => true);
ALTER TABLE tenants_set ALTER tenant SET DEFAULT current_setting('app.tenant')::int;
ALTER TABLE tenants_set ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants_set USING (tenant = current_setting('app.tenant')::int);
GRANT USAGE ON SCHEMA time_travel TO PUBLIC;
GRANT SELECT ON tenants_patient TO PUBLIC;
GRANT ALL ON tenants_set TO regress_objectset_tenant;
GRANT SELECT ON tenants_set_history TO regress_objectset_tenant, regress_objectset_landlord;
ALTER TABLE tenants_set OWNER TO regress_objectset_landlord;
CREATE FUNCTION of_other_scopes() RETURNS TABLE (function text, result text) LANGUAGE sql AS $$
  SELECT f, error_of(s) FROM (VALUES ('members_at', $q$SELECT objectset_members_at('tenants_set', 'a', 'infinity')$q$), ('history', $q$SELECT * FROM objectset_history('tenants_set', 'a')$q$),
    ('diff', $q$SELECT objectset_diff('tenants_set', 'a', '-infinity', 'infinity')$q$), ('restore', $q$SELECT objectset_restore('tenants_set', 'a', 'infinity')$q$)) v (f, s) $$;
SET app.tenant = 1;
SELECT objectset_save('tenants_set', 'a', '{1,2}');
SET app.tenant = 2;
SET ROLE regress_objectset_tenant;
SELECT * FROM of_other_scopes();
SET ROLE regress_objectset_landlord;
SELECT error_of($$SELECT objectset_members_at('tenants_set', 'a', 'infinity')$$);
SET ROLE regress_objectset_tenant;
SELECT objectset_save('tenants_set', 'a', '{11,12}');
SELECT clock_timestamp() AS of_tenant_2 \gset
SELECT objectset_drop('tenants_set', 'a');
SET app.tenant = 1;
SELECT objectset_add('tenants_set', 'a', 3);
SET app.tenant = 2;
SELECT objectset_members_at('tenants_set', 'a', :'of_tenant_2'), objectset_members_at('tenants_set', 'a', 'infinity');
SELECT entered_ids, departed_ids FROM objectset_history('tenants_set', 'a');
SELECT objectset_restore('tenants_set', 'a', :'of_tenant_2');
RESET ROLE;
SELECT tenant, name, s.members FROM tenants_set s ORDER BY tenant;
-- Nor is one meant by a name that it had.
SELECT objectset_rename('patient_set', 'plain', 'renamed');
SELECT error_of($$SELECT objectset_members_at('patient_set', 'plain', 'infinity')$$);
SELECT objectset_rename('patient_set', 'renamed', 'plain');
RESET app.tenant;
DROP TABLE tenants_set, tenants_set_history, tenants_patient CASCADE;
DROP ROLE regress_objectset_landlord, regress_objectset_tenant;
-- Nothing is looked up by the search path.
CREATE SCHEMA evil;
CREATE FUNCTION evil.wrong(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.= (FUNCTION = evil.wrong, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR evil.> (FUNCTION = evil.wrong, LEFTARG = bigint, RIGHTARG = bigint);
SET search_path = evil, pg_catalog;
SELECT public.objectset_members_at('time_travel.patient_set', 'plain', 'infinity'), public.objectset_trim_history('time_travel.patient_set', 'infinity');
SET search_path = time_travel, public;
DROP SCHEMA evil CASCADE;

-- Random changes, by every means, beside what was remembered after each; trimmed now and then. New sets get ids of dropped ones.
CREATE TABLE remembered (n int GENERATED ALWAYS AS IDENTITY, name text, at timestamptz, members objectset);
CREATE FUNCTION wander(steps int, seed float8) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE what text; ids objectset; trimmed timestamptz; r record; is_there boolean; compared bigint := 0;
BEGIN
  PERFORM setseed(seed);
  FOR step IN 1 .. steps LOOP
    FOREACH what IN ARRAY ARRAY['w1', 'w2'] LOOP
      SELECT coalesce(objectset_agg((i * (1 + floor(random() * 2) * 3000000000))::bigint), '{}') INTO ids
        FROM generate_series(1, 30) i WHERE random() < 0.2;
      is_there := EXISTS (SELECT FROM patient_set s WHERE s.name = what);
      PERFORM setval(pg_get_serial_sequence('patient_set', 'id'), min(i), false) FROM generate_series(1, 100) i WHERE NOT EXISTS (SELECT FROM patient_set s WHERE s.id = i);
      CASE ceil(10 - random() * (2 + 8 * is_there::int)) - 1
        WHEN 0 THEN PERFORM objectset_add('patient_set', what, ids);
        WHEN 1 THEN PERFORM objectset_remove('patient_set', what, ids);
        WHEN 2 THEN PERFORM objectset_replace('patient_set', what, ids);
        WHEN 3 THEN UPDATE patient_set s SET base = base | ids WHERE s.name = what;
        WHEN 4 THEN UPDATE patient_set s SET added = ids, removed = '{}' WHERE s.name = what;
        WHEN 5 THEN PERFORM objectset_apply('patient_set', what, '#', ids);
        WHEN 6 THEN UPDATE patient SET smoker = random() < 0.5; PERFORM objectset_refresh('patient_set', what) FROM patient_set s WHERE s.name = what AND query IS NOT NULL;
        WHEN 7 THEN DELETE FROM patient_set s WHERE s.name = what AND random() < 0.1;
        WHEN 8 THEN
          IF random() < 0.2 THEN
            SELECT at INTO trimmed FROM remembered ORDER BY random() LIMIT 1;
            PERFORM objectset_trim_history('patient_set', trimmed);
            DELETE FROM remembered m WHERE m.at < trimmed;
          END IF;
        ELSE
          SELECT * INTO r FROM remembered m WHERE m.name = what ORDER BY random() LIMIT 1;
          IF FOUND THEN
            BEGIN
              PERFORM objectset_restore('patient_set', what, r.at);
            EXCEPTION WHEN undefined_object THEN
              IF NOT objectset_is_empty(r.members) THEN RETURN NEXT 'lost ' || what; END IF;
            END;
            -- Another set has the name now: what the dropped one was is not asked for by it any more.
            IF NOT is_there THEN DELETE FROM remembered m WHERE m.name = what; END IF;
          END IF;
      END CASE;
      IF NOT EXISTS (SELECT FROM patient_set s WHERE s.name = what) AND random() < 0.5 THEN
        IF random() < 0.5 THEN PERFORM objectset_save('patient_set', what, ids);
        ELSE PERFORM objectset_save('patient_set', what, 'SELECT id FROM time_travel.patient WHERE smoker'); END IF;
        DELETE FROM remembered m WHERE m.name = what;
      END IF;
      INSERT INTO remembered (name, at, members)
        SELECT what, clock_timestamp(), coalesce((SELECT s.members FROM patient_set s WHERE s.name = what), '{}');
    END LOOP;
    CONTINUE WHEN step % 10 <> 0;
    compared := compared + (SELECT count(*) FROM remembered);
    FOR r IN SELECT m.n, m.name, m.at, m.members, t.found FROM remembered m, LATERAL (SELECT time_travel.found_at(m.name, m.at) AS found) t
      WHERE t.found IS DISTINCT FROM m.members LOOP
      RETURN NEXT format('step %s: %s at %s: %s, not %s', step, r.name, r.n, r.found, r.members);
    END LOOP;
    FOR r IN SELECT a.n, b.n AS m, d.* FROM (SELECT m.* FROM remembered m JOIN patient_set USING (name) ORDER BY random() LIMIT 8) a JOIN (SELECT * FROM remembered ORDER BY random() LIMIT 8) b USING (name),
        LATERAL objectset_diff('patient_set', a.name, a.at, b.at) d
      WHERE d.entered_ids <> b.members - a.members OR d.departed_ids <> a.members - b.members OR d.entered <> cardinality(d.entered_ids) LOOP
      RETURN NEXT format('step %s: from %s to %s', step, r.n, r.m);
    END LOOP;
  END LOOP;
  IF compared < steps THEN RETURN NEXT format('no more than %s comparisons', compared); END IF;
END $$;
-- Of a set that is forgotten nothing is known, and it had no members.
CREATE FUNCTION found_at(text, timestamptz) RETURNS objectset LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN objectset_members_at('patient_set', $1, $2);
EXCEPTION WHEN undefined_object THEN
  RETURN '{}';
END $$;
SELECT wander(120, seed) FROM (VALUES (0.1::float8), (0.2), (0.3), (0.4)) s (seed);
SET search_path = public;
SET client_min_messages = warning;
DROP SCHEMA time_travel CASCADE;
DROP ROLE regress_objectset_reader;
