-- A person's id out of everything that is kept of it.
CREATE TABLE patient (id bigint PRIMARY KEY, smoker boolean NOT NULL);
INSERT INTO patient SELECT i, i % 4 = 0 FROM generate_series(1, 40) i;
CREATE TABLE other (id bigint PRIMARY KEY);
SELECT objectset_create_table('patient_set', 'patient', history => true), objectset_create_table('tenant_set', 'patient'), objectset_create_table('other_set', 'other');
SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker'), objectset_save('patient_set', 'trial', '{1..10}'),
       objectset_remove('patient_set', 'smokers', 8), objectset_add('patient_set', 'smokers', 9), objectset_forget('patient_set', 'smokers', 4),
       objectset_save('tenant_set', 'all', '{1..40}'), objectset_save('tenant_set', 'without', '{20}'), objectset_save('other_set', 'of others', '{4,8,9}');
CREATE FUNCTION kept(ids objectset) RETURNS TABLE (place text, mentions bigint) LANGUAGE sql AS $$
  SELECT 'patient_set', count(*) FROM patient_set WHERE base && ids OR added && ids OR removed && ids OR deleted && ids
  UNION ALL SELECT 'tenant_set', count(*) FROM tenant_set WHERE base && ids OR added && ids OR removed && ids OR deleted && ids
  UNION ALL SELECT 'history', count(*) FROM patient_set_history WHERE entered_ids && ids OR departed_ids && ids
  UNION ALL SELECT 'other_set', count(*) FROM other_set WHERE base && ids
$$;
SELECT * FROM kept('{4,8,9}');
DELETE FROM patient WHERE id IN (4, 8, 9);
SELECT objectset_erase('patient', 4, 8, 9);
SELECT * FROM kept('{4,8,9}');
SELECT objectset_erase('patient', 4), objectset_erase('patient', '{4,8}'::objectset), objectset_erase('patient', '8'), objectset_erase('patient', VARIADIC '{}'::bigint[]), objectset_erase('other', '{8}');
SELECT name, count, s.members FROM patient_set s ORDER BY name;
SELECT * FROM objectset_refresh('patient_set', 'smokers');
-- All ways of writing ids.
SELECT objectset_save('other_set', 'ways', '{1..40}');
CREATE DOMAIN number AS bigint;
SELECT objectset_erase('other', 1) AS one, objectset_erase('other', 2, 3) AS several, objectset_erase('other', VARIADIC ARRAY[4]) AS variadic, objectset_erase('other', ARRAY[5, 6]) AS "integer[]",
       objectset_erase('other', ARRAY[7, 8]::smallint[]) AS "smallint[]", objectset_erase('other', ARRAY[9, 10]::bigint[]) AS "bigint[]", objectset_erase('other', array(SELECT id FROM patient WHERE id IN (11, 12))) AS subquery,
       objectset_erase('other', '{13}'::number[]) AS domain, objectset_erase('other', '14') AS "text, one", objectset_erase('other', '{15,16}') AS text, objectset_erase('other', '{17}'::objectset) AS set, objectset_erase('other', '{}'::int[]) AS none;
PREPARE untyped_erase AS SELECT objectset_erase($1, $2) AS untyped;
EXECUTE untyped_erase('other', '{18,19}');
DEALLOCATE untyped_erase;
SELECT s.members FROM other_set s WHERE name = 'ways';
SELECT objectset_drop('other_set', 'ways');
DROP DOMAIN number;
-- What cannot be, and then nothing is changed.
SELECT objectset_erase('other', NULL);
SELECT objectset_erase('other', ARRAY['1']);
SELECT objectset_erase('other', ARRAY[1, NULL]);
SELECT objectset_erase('patient', NULL::objectset);
SELECT objectset_erase(NULL, 5);
SELECT objectset_erase(0, 5);
SELECT objectset_erase('patient', 'x');
CREATE ROLE regress_objectset_eraser;
GRANT ALL ON patient_set TO regress_objectset_eraser;
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('patient', 5);
RESET ROLE;
GRANT ALL ON tenant_set TO regress_objectset_eraser;
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('patient', 5);
RESET ROLE;
GRANT ALL ON patient_set_history TO regress_objectset_eraser;
ALTER TABLE tenant_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON tenant_set USING (name = 'without');
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('patient', 5);
RESET ROLE;
SELECT * FROM kept('{5}');
ALTER TABLE tenant_set DISABLE ROW LEVEL SECURITY;
ALTER TABLE patient_set_history ENABLE ROW LEVEL SECURITY;
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('patient', 5);
RESET ROLE;
ALTER TABLE patient_set_history DISABLE ROW LEVEL SECURITY;
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('patient', 5);
RESET ROLE;
SELECT * FROM kept('{5}');
-- A table whose ids mean nothing any more is an error, too.
ALTER TABLE patient DROP CONSTRAINT patient_pkey;
SELECT objectset_erase('patient', 6);
SELECT * FROM kept('{6}');
ALTER TABLE patient ADD PRIMARY KEY (id);
-- Strangers, who may read nothing of the table, do not keep anybody from erasing: they are passed over.
CREATE ROLE regress_objectset_stranger;
CREATE SCHEMA strange AUTHORIZATION regress_objectset_stranger;
SET ROLE regress_objectset_stranger;
CREATE TABLE strange.forged (a int, CONSTRAINT objectset_target CHECK (row('patient'::regclass, 'id'::text, 1, '2'::oid, '3'::bigint, true) IS NOT NULL));
SELECT objectset_create_table('strange.sound', 'patient', 'id'), objectset_create_table('strange.broken', 'patient', 'id'), objectset_create_table('strange.trap', 'patient', 'id');
SELECT objectset_save('strange.sound', 'x', '{5,6,7}'), objectset_save('strange.trap', 'x', '{5,6,7}');
ALTER TABLE strange.broken DROP COLUMN name;
CREATE FUNCTION strange.trip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'trap' USING ERRCODE = 'query_canceled'; END $$;
CREATE TRIGGER trip BEFORE UPDATE ON strange.trap FOR EACH ROW EXECUTE FUNCTION strange.trip();
RESET ROLE;
GRANT USAGE ON SCHEMA strange TO regress_objectset_eraser;
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('patient', 6);
RESET ROLE;
SELECT * FROM kept('{6}');
SELECT objectset_erase('patient', 7);
SELECT s.members AS of_the_stranger FROM strange.sound s;
GRANT SELECT (id) ON patient TO regress_objectset_stranger;
SELECT objectset_erase('patient', 7);
DROP TABLE strange.forged, strange.broken;
SELECT objectset_erase('patient', 7);
DROP SCHEMA strange CASCADE;
-- Lines are erased as whoever they are written as, be it a superuser.
CREATE SCHEMA strange AUTHORIZATION regress_objectset_stranger;
CREATE TABLE ward (id int PRIMARY KEY);
ALTER TABLE ward OWNER TO regress_objectset_eraser;
GRANT SELECT ON ward TO regress_objectset_stranger;
SET ROLE regress_objectset_stranger;
SELECT objectset_create_table('strange.s', 'ward', 'id', history => true);
SELECT objectset_save('strange.s', 'x', '{1..4}');
RESET ROLE;
ALTER TABLE strange.s_history OWNER TO CURRENT_USER;
REVOKE ALL ON strange.s_history FROM regress_objectset_stranger;
CREATE FUNCTION strange.as_whom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'as superuser: %', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user); RETURN NEW; END $$;
CREATE TRIGGER as_whom BEFORE UPDATE ON strange.s_history FOR EACH ROW EXECUTE FUNCTION strange.as_whom();
SET ROLE regress_objectset_stranger;
SELECT objectset_erase('ward', 1);
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('ward', 2);
RESET ROLE;
-- Policies that hide lines from the set table's owner do not keep an id there.
SELECT objectset_add('strange.s', 'x', 5);
GRANT SELECT, UPDATE ON strange.s_history TO regress_objectset_stranger;
ALTER TABLE strange.s_history ENABLE ROW LEVEL SECURITY;
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('ward', 5);
RESET ROLE;
SELECT count(*) FROM strange.s_history WHERE entered_ids @> 5 OR departed_ids @> 5;
ALTER TABLE strange.s_history DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON strange.s_history FROM regress_objectset_stranger;
ALTER TABLE ward OWNER TO regress_objectset_stranger;
SET ROLE regress_objectset_stranger;
SELECT objectset_erase('ward', 1);
RESET ROLE;
SELECT objectset_erase('ward', 3);
SELECT entered_ids, departed_ids FROM strange.s_history ORDER BY id;
DROP SCHEMA strange CASCADE;
DROP TABLE ward;
-- What a trigger puts back again and again.
CREATE FUNCTION puts_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.added := NEW.added | 10; RETURN NEW; END $$;
CREATE TRIGGER puts_back BEFORE UPDATE ON tenant_set FOR EACH ROW EXECUTE FUNCTION puts_back();
SELECT objectset_erase('patient', 10);
SELECT * FROM kept('{10}');
-- The ids of a partition are those of the tables above it; the parent of a child may have rows of its own with them. What has no ids, and the set table itself, is a mistake.
CREATE TABLE part (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
CREATE TABLE part_1_1 PARTITION OF part_1 FOR VALUES FROM (0) TO (50);
CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
CREATE VIEW part_view AS SELECT id FROM part;
SELECT objectset_create_table('part_set', 'part', history => true), objectset_create_table('part_1_set', 'part_1'), objectset_create_table('parent_set', 'parent');
SELECT objectset_save(t, 'some', '{1..9}') FROM unnest('{part_set,part_1_set,parent_set}'::regclass[]) t;
SELECT objectset_erase('part_1_1', 1), objectset_erase('part_1', 2), objectset_erase('part', 3), objectset_erase('child', 4), objectset_erase('parent', 5);
SELECT p.members AS part, q.members AS part_1, r.members AS parent, h.entered_ids FROM part_set p, part_1_set q, parent_set r, part_set_history h;
SELECT objectset_erase('part_view', 6);
SELECT objectset_erase('part_set', 6);
SELECT objectset_erase('part_set_id_seq', 6);
SELECT objectset_erase('part_set_pkey', 6);
SELECT objectset_create_table('of_sets', 'part_set');
SELECT objectset_erase('part_set', 6);
-- Of whose table it is: the owner of a partition has no rights by that to sets of the whole.
GRANT USAGE, CREATE ON SCHEMA public TO regress_objectset_eraser;
ALTER TABLE part_1_1 OWNER TO regress_objectset_eraser;
SET ROLE regress_objectset_eraser;
SELECT objectset_erase('part_1_1', 7);
RESET ROLE;
REVOKE USAGE, CREATE ON SCHEMA public FROM regress_objectset_eraser;
DROP TABLE of_sets, part_set, part_1_set, parent_set, part_set_history, part, child, parent CASCADE;
DROP FUNCTION kept;
DROP TABLE patient_set, tenant_set, other_set, patient_set_history CASCADE;
DROP TABLE patient, other;
DROP FUNCTION puts_back;
DROP ROLE regress_objectset_eraser, regress_objectset_stranger;
