-- Whose an expression is: under row-level security its names mean what whoever saved it sees.
CREATE SCHEMA composed;
SET search_path = composed, public;
GRANT USAGE ON SCHEMA composed TO PUBLIC;
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_composed_ann, regress_composed_bob, regress_composed_all, regress_composed_gone, regress_composed_view, regress_composed_cat,
  regress_composed_owner, regress_composed_team;
RESET client_min_messages;
CREATE ROLE regress_composed_ann;
CREATE ROLE regress_composed_bob;
CREATE ROLE regress_composed_gone;
CREATE ROLE regress_composed_all BYPASSRLS;
CREATE TABLE item (id int PRIMARY KEY);
INSERT INTO item SELECT i FROM generate_series(1, 50) i;
SELECT objectset_create_table('item_set', 'item');
ALTER TABLE item_set ADD COLUMN holder text DEFAULT current_user;
GRANT SELECT ON item TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON item_set TO PUBLIC;
-- Before there are policies it is sealed all the same.
SET ROLE regress_composed_bob;
SELECT objectset_save('item_set', 'open', '{4,5}'::objectset), objectset_define('item_set', 'early', 'open');
RESET ROLE;
ALTER TABLE item_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_holder ON item_set USING (holder = current_user);
SET ROLE regress_composed_ann;
SELECT objectset_save('item_set', 'secret', '{1,2,3}'::objectset);
SET ROLE regress_composed_bob;
SELECT error_of($$SELECT objectset_define('item_set', 'mine', 'secret | open')$$);
SELECT objectset_define('item_set', 'mine', 'open');
SELECT name, saved_by, settings IS NOT NULL AS has_settings, seal IS NOT NULL AS is_sealed FROM item_set ORDER BY id;
UPDATE item_set SET expression = 'secret | open' WHERE name = 'mine';
INSERT INTO item_set (name, expression) VALUES ('mine too', 'secret - open');
UPDATE item_set SET added = added | 6 WHERE name = 'open';

-- Who sees all refreshes it with the eyes of whoever wrote it
SET ROLE regress_composed_all;
SELECT * FROM objectset_refresh('item_set');
RESET ROLE;
SELECT name, s.members, saved_by, last_error FROM item_set s ORDER BY id;
SELECT objectset_refresh('item_set', 'mine');
SELECT error_of($$SELECT objectset_verify('item_set', 'mine')$$);
-- What another names himself as saver of is whose it was written by.
SET ROLE regress_composed_bob;
UPDATE item_set SET saved_by = 'regress_composed_ann' WHERE name = 'mine';
INSERT INTO item_set (name, expression, saved_by) VALUES ('forged', 'secret', 'regress_composed_ann');
RESET ROLE;
SELECT name, entered FROM objectset_refresh('item_set');
SELECT name, s.members, saved_by, last_error FROM item_set s WHERE name IN ('mine', 'forged') ORDER BY id;
-- With those of who is shown more.
CREATE POLICY of_all ON item_set FOR SELECT USING (name = 'secret');
SELECT name, entered FROM objectset_refresh('item_set');
DROP POLICY of_all ON item_set;

-- Written past the trigger it is nobody's, until somebody vouches for it
ALTER TABLE item_set DISABLE TRIGGER USER;
UPDATE item_set SET expression = 'open - open' WHERE name = 'early';
INSERT INTO item_set (name, holder, expression, saved_by) VALUES ('of nobody', 'regress_composed_bob', 'open', NULL);
ALTER TABLE item_set ENABLE TRIGGER USER;
SELECT objectset_refresh('item_set', 'early'), objectset_refresh('item_set', 'of nobody');
SELECT error_of($$SELECT * FROM objectset_refresh_plan('item_set', 'early')$$);
SET ROLE regress_composed_all;
SELECT error_of($$SELECT objectset_trust('item_set', 'early')$$), objectset_trust('item_set');
RESET ROLE;
SELECT objectset_trust('item_set', 'early'), objectset_refresh('item_set', 'early');
UPDATE item_set SET saved_by = 'regress_composed_bob' WHERE name = 'of nobody';
SELECT objectset_refresh('item_set', 'of nobody');
SELECT objectset_trust('item_set', 'of nobody'), objectset_refresh('item_set', 'of nobody');
-- Nor without policies.
BEGIN;
ALTER TABLE item_set DISABLE ROW LEVEL SECURITY;
ALTER TABLE item_set DISABLE TRIGGER USER;
UPDATE item_set SET expression = 'secret | open' WHERE name = 'early';
SELECT objectset_refresh('item_set', 'early');
ROLLBACK;

-- A role that is gone; a copy, which is its saver's; a table without the trigger
SET ROLE regress_composed_gone;
SELECT objectset_save('item_set', 'of the gone', '{7}'::objectset), objectset_define('item_set', 'left', '"of the gone"');
RESET ROLE;
DROP OWNED BY regress_composed_gone;
DROP ROLE regress_composed_gone;
SELECT objectset_refresh('item_set', 'left');
SELECT error_of($$SELECT objectset_trust('item_set', 'left')$$);
SELECT objectset_copy('item_set', 'mine', 'copy');
SELECT name, saved_by = current_user::regrole AS is_ours, seal IS NOT NULL AS is_sealed FROM item_set WHERE name = 'copy';
SELECT objectset_refresh('item_set', 'copy');
DROP TRIGGER objectset_set_changed ON item_set;
SELECT objectset_define('item_set', 'bare', 'open');
SELECT objectset_define('item_set', 'bare', 'open | secret');
SELECT objectset_copy('item_set', 'bare', 'bare copy');
SELECT name, seal IS NOT NULL AS is_sealed FROM item_set WHERE name LIKE 'bare%' ORDER BY id;
UPDATE item_set SET added = added | 8 WHERE name = 'open';
SELECT objectset_refresh('item_set', 'bare'), objectset_refresh('item_set', 'bare copy');

-- ---- Within a scope, whose columns may have any name
CREATE TABLE site (id int PRIMARY KEY, "place" int NOT NULL, "{0} {r}" text);
INSERT INTO site SELECT i, i % 2, 'x' FROM generate_series(1, 50) i;
SELECT objectset_create_table('site_set', 'site', scope => '{place,"{0} {r}"}', settings => '{app.place}');
ALTER TABLE site_set ALTER place SET DEFAULT current_setting('app.place')::int;
ALTER TABLE site_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_place ON site_set USING (place = current_setting('app.place')::int);
GRANT SELECT, INSERT, UPDATE, DELETE ON site_set TO regress_composed_bob;
SET ROLE regress_composed_bob;
SET app.place = 0;
INSERT INTO site_set (name, base, "{0} {r}") VALUES ('a', '{2}', 'x'), ('b', '{4}', 'x'), ('b', '{6}', 'y'), ('only 0', '{8}', 'x');
INSERT INTO site_set (name, expression, "{0} {r}") VALUES ('both', 'a | b', 'x');
SET app.place = 1;
INSERT INTO site_set (name, base, "{0} {r}") VALUES ('a', '{1}', 'x'), ('b', '{3}', 'x'), ('only 1', '{5}', 'x');
INSERT INTO site_set (name, expression, "{0} {r}") VALUES ('both', 'a | b', 'x'), ('other', 'a | "only 0"', 'x');
RESET ROLE;
SET app.place = 7;
SELECT * FROM objectset_refresh('site_set');
SELECT place, name, s.members, last_error FROM site_set s WHERE expression IS NOT NULL ORDER BY id;
-- Who sees all defines a set of sets of its own scope.
SET app.place = 0;
SELECT objectset_define('site_set', 'other', 'a | "only 1"');
SELECT place, name, s.members FROM site_set s WHERE name = 'other';
SELECT error_of($$SELECT objectset_define('site_set', 'other', 'a | "only 0"')$$);
ALTER TABLE site_set ALTER "{0} {r}" SET DEFAULT 'x';
SELECT error_of($$SELECT objectset_define('site_set', 'new', '"only 0" | "only 1"')$$);
SELECT objectset_define('site_set', 'new', '"only 0"');
SELECT place, name, s.members FROM site_set s WHERE name = 'new';
-- Of its own scope alone, whatever others have the name.
SELECT objectset_define('site_set', 'newer', 'a | b');
SELECT place, name, s.members FROM site_set s WHERE name = 'newer';
SELECT objectset_drop('site_set', 'newer');


-- What is stale goes by the scope, and so does what is a circle.
SET app.place = 0;
UPDATE site_set SET base = '{2,20}' WHERE place = 0 AND name = 'a';
SELECT place, name, s.stale FROM site_set s WHERE expression IS NOT NULL ORDER BY id;
SELECT name, stale FROM objectset_list('site_set') WHERE expression IS NOT NULL ORDER BY 1, 2;
SELECT objectset_stale('site_set');
SET ROLE regress_composed_bob;
SELECT objectset_save('site_set', 'y', '{30}'::objectset), objectset_save('site_set', 'c', '{31}'::objectset), objectset_define('site_set', 'd', 'y | c');
SET app.place = 1;
SELECT objectset_save('site_set', 'n', '{33}'::objectset), objectset_define('site_set', 'd', 'n'), objectset_drop('site_set', 'n');
SET app.place = 0;
SELECT objectset_save('site_set', 'n', '{34}'::objectset);
RESET ROLE;
SELECT error_of($$SELECT objectset_define('site_set', 'c', 'd')$$);
SELECT objectset_define('site_set', 'n', 'd');
SELECT error_of($$SELECT objectset_define('site_set', 'y', 'n')$$);

-- ---- A row that somebody else moves to another scope is nobody's
CREATE TABLE works (who name, place int);
INSERT INTO works VALUES ('regress_composed_ann', 0), ('regress_composed_ann', 1), ('regress_composed_bob', 0);
GRANT SELECT ON works TO PUBLIC;
ALTER TABLE site_set ADD shared boolean NOT NULL DEFAULT false;
DROP POLICY of_place ON site_set;
CREATE POLICY of_work ON site_set USING (shared OR EXISTS (SELECT FROM works w WHERE w.who = current_user AND w.place = site_set.place));
DELETE FROM site_set;
GRANT SELECT, INSERT, UPDATE, DELETE ON site_set TO regress_composed_ann;
SET ROLE regress_composed_ann;
INSERT INTO site_set (place, name, base) VALUES (0, 'ill', '{2}'), (1, 'ill', '{7}');
INSERT INTO site_set (place, name, expression, shared) VALUES (0, 'mine', 'ill', true), (0, 'moved', 'ill', true);
SELECT name, entered FROM objectset_refresh('site_set');
SET ROLE regress_composed_bob;
UPDATE site_set SET place = 1 WHERE name = 'mine';
SELECT objectset_refresh('site_set', 'mine');
SELECT place, name, s.members, saved_by FROM site_set s WHERE expression IS NOT NULL ORDER BY id;
SET ROLE regress_composed_ann;
UPDATE site_set SET place = 1 WHERE name = 'moved';
SELECT objectset_refresh('site_set', 'moved');
RESET ROLE;
ALTER TABLE site_set DISABLE TRIGGER USER;
UPDATE site_set SET place = 0 WHERE name = 'moved';
ALTER TABLE site_set ENABLE TRIGGER USER;
SELECT objectset_refresh('site_set', 'moved');
SELECT objectset_trust('site_set', 'moved'), objectset_refresh('site_set', 'moved');

-- What a foreign key makes of the scope nobody has written, and what a trigger makes of the expression then.
CREATE TABLE region (name text PRIMARY KEY);
INSERT INTO region VALUES ('north');
SELECT objectset_create_table('region_set', 'site');
ALTER TABLE region_set DROP CONSTRAINT region_set_name_key, ADD region text NOT NULL REFERENCES region ON UPDATE CASCADE, ADD holder name DEFAULT current_user,
  ADD UNIQUE (region, name);
ALTER TABLE region_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_holder ON region_set USING (holder = current_user);
GRANT SELECT, INSERT, UPDATE ON region_set TO regress_composed_bob;
GRANT SELECT, UPDATE ON region TO regress_composed_bob;
INSERT INTO region_set (region, name, base) VALUES ('north', 'secret', '{11}');
SET ROLE regress_composed_bob;
INSERT INTO region_set (region, name, expression) VALUES ('north', 'mine', 'secret');
UPDATE region SET name = 'the north';
SELECT objectset_refresh('region_set', 'mine');
SELECT region, saved_by, s.members FROM region_set s;
RESET ROLE;
SELECT objectset_refresh('region_set', 'mine');
CREATE FUNCTION alters() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.expression := 'secret - secret'; RETURN NEW; END $$;
CREATE TRIGGER alters BEFORE UPDATE ON region_set FOR EACH ROW WHEN (NEW.expression IS NOT NULL) EXECUTE FUNCTION alters();
INSERT INTO region VALUES ('south');
SET ROLE regress_composed_bob;
UPDATE region_set SET region = 'south' WHERE name = 'mine';
SELECT region, saved_by, expression, seal IS NULL AS is_unsealed FROM region_set;
RESET ROLE;

-- A scope that is generated is computed after the trigger; who could act as the saver moves a row for it.
SELECT objectset_create_table('made_set', 'site');
ALTER TABLE made_set DROP CONSTRAINT made_set_name_key, ADD raw text, ADD shared boolean NOT NULL DEFAULT false,
  ADD ward text GENERATED ALWAYS AS (lower(raw)) STORED, ADD UNIQUE (ward, name);
ALTER TABLE made_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_work ON made_set USING (shared OR current_user = 'regress_composed_ann');
GRANT SELECT, INSERT, UPDATE ON made_set TO regress_composed_ann, regress_composed_bob;
SET ROLE regress_composed_ann;
INSERT INTO made_set (raw, name, base) VALUES ('South', 'ill', '{31}'), ('North', 'ill', '{32}');
INSERT INTO made_set (raw, name, expression, shared) VALUES ('South', 'mine', 'ill', true);
SELECT objectset_refresh('made_set', 'mine');
UPDATE made_set SET raw = 'NORTH' WHERE name = 'mine';
SELECT objectset_refresh('made_set', 'mine');
SET ROLE regress_composed_bob;
UPDATE made_set SET raw = 'SOUTH';
SELECT objectset_refresh('made_set', 'mine');
RESET ROLE;
SELECT ward, name, s.members, saved_by FROM made_set s ORDER BY id;
SELECT objectset_trust('made_set', 'mine'), objectset_refresh('made_set', 'mine');
UPDATE made_set SET raw = 'north' WHERE name = 'mine';
SELECT objectset_refresh('made_set', 'mine');
SELECT ward, name, s.members, saved_by FROM made_set s WHERE name = 'mine';
UPDATE made_set SET raw = 'south', expression = expression WHERE name = 'mine';
SELECT objectset_refresh('made_set', 'mine');
SELECT ward, name, s.members, saved_by FROM made_set s WHERE name = 'mine';
-- A name that is there more than once in a scope means nothing, however many are asked about.
INSERT INTO made_set (name, base) VALUES ('twice', '{1}'), ('twice', '{1}');
INSERT INTO made_set (name, expression) VALUES ('of twice', 'twice');
SELECT name, s.stale FROM made_set s WHERE name = 'of twice';
SELECT name, s.stale FROM made_set s ORDER BY id;
SELECT objectset_stale('made_set'), objectset_is_stale('made_set', 'of twice');
-- What triggers and constraints make of a new set
DELETE FROM made_set WHERE name LIKE '%twice';
ALTER TABLE made_set ALTER raw SET DEFAULT 'North', ADD CHECK (name = 'ill' OR expression IS NOT NULL);
CREATE FUNCTION renames() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || '!'; NEW.added := NEW.added | 9; RETURN NEW; END $$;
CREATE TRIGGER renames BEFORE INSERT ON made_set FOR EACH ROW EXECUTE FUNCTION renames();
SELECT objectset_define('made_set', 'loud', 'ill');
SELECT error_of($$SELECT objectset_define('made_set', 'louder', 'ill | "nothing"')$$);
SELECT ward, name, base, added, expression FROM made_set WHERE name LIKE 'loud%';
CREATE POLICY no_more ON made_set AS RESTRICTIVE FOR UPDATE USING (name NOT LIKE 'quiet%');
GRANT DELETE ON made_set TO regress_composed_ann;
SET ROLE regress_composed_ann;
SELECT error_of($$SELECT objectset_define('made_set', 'quiet', 'ill')$$);
RESET ROLE;

-- Without triggers the scope of a new set is known once it is there.
SELECT objectset_create_table('bare_set', 'site', scope => '{place}', triggers => false);
INSERT INTO bare_set (place, name, base) VALUES (0, 'a', '{2}');
ALTER TABLE bare_set ALTER place SET DEFAULT 0;
SELECT objectset_define('bare_set', 'b', 'a'), objectset_copy('bare_set', 'b', 'c');
UPDATE bare_set SET base = '{4}' WHERE name = 'a';
SELECT * FROM objectset_refresh('bare_set');
UPDATE bare_set SET place = 1;
SELECT * FROM objectset_refresh('bare_set');

-- ---- Rights that differ without policies on the set table: by a view, by columns
CREATE ROLE regress_composed_view;
CREATE ROLE regress_composed_cat;
CREATE TABLE plain (id int PRIMARY KEY);
SELECT objectset_create_table('plain_set', 'plain');
ALTER TABLE plain_set ADD holder text DEFAULT current_user;
SELECT objectset_save('plain_set', 'secret', '{41,42}'::objectset), objectset_save('plain_set', 'probe', '{41}'::objectset);
CREATE VIEW own_sets WITH (security_barrier) AS SELECT name, holder, expression, base, count FROM plain_set WHERE holder = current_user;
GRANT SELECT, INSERT ON own_sets TO regress_composed_view;
GRANT SELECT (name, count), INSERT (name, expression) ON plain_set TO regress_composed_cat;
SET ROLE regress_composed_view;
INSERT INTO own_sets (name, holder, expression) VALUES ('of view', current_user, 'secret');
SET ROLE regress_composed_cat;
INSERT INTO plain_set (name, expression) VALUES ('of cat', 'secret & probe');
RESET ROLE;
SELECT name, entered FROM objectset_refresh('plain_set');
SET ROLE regress_composed_view;
SELECT * FROM own_sets;
RESET ROLE;

-- ---- Policies of a table's owner run as who saved an expression, for those alone who could act as that; what they say is not
-- for everybody
CREATE ROLE regress_composed_owner;
GRANT USAGE, CREATE ON SCHEMA composed TO regress_composed_owner;
GRANT ALL ON plain TO regress_composed_owner;
SET ROLE regress_composed_owner;
SELECT objectset_create_table('owned_set', 'plain');
ALTER TABLE owned_set ADD note text;
GRANT SELECT, INSERT, UPDATE ON owned_set TO regress_composed_ann, regress_composed_bob;
SET ROLE regress_composed_ann;
SELECT objectset_save('owned_set', 'a', '{1}'::objectset), objectset_define('owned_set', 'of ann', 'a');
SET ROLE regress_composed_owner;
SELECT objectset_refresh('owned_set', 'of ann');
CREATE FUNCTION runs_as(text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN IF current_user = 'regress_composed_ann' THEN RAISE NOTICE 'policy runs as ann'; END IF; RETURN $1::int IS NULL; END $$;
CREATE POLICY of_all ON owned_set USING (runs_as(note));
ALTER TABLE owned_set ENABLE ROW LEVEL SECURITY;
SELECT objectset_refresh('owned_set', 'of ann');
SET ROLE regress_composed_bob;
SELECT objectset_refresh('owned_set', 'of ann');
SET client_min_messages = warning;
SET ROLE regress_composed_ann;
SELECT objectset_refresh('owned_set', 'of ann');
RESET ROLE;
UPDATE owned_set SET note = 'private to ann' WHERE name = 'a';
SELECT objectset_refresh('owned_set', 'of ann');
SELECT last_error FROM owned_set WHERE name = 'of ann';

-- Nor in a foreign key's cascade, where policies that are forced are not for who owns the table.
RESET client_min_messages;
CREATE ROLE regress_composed_team;
GRANT regress_composed_team TO regress_composed_ann, regress_composed_bob;
GRANT USAGE, CREATE ON SCHEMA composed TO regress_composed_team, regress_composed_bob;
GRANT ALL ON plain TO regress_composed_team;
SET ROLE regress_composed_team;
SELECT objectset_create_table('team_set', 'plain');
ALTER TABLE team_set ADD note text;
ALTER TABLE team_set ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_all ON team_set USING (true);
SET ROLE regress_composed_ann;
SELECT objectset_save('team_set', 'a', '{1}'::objectset), objectset_define('team_set', 'of ann', 'a');
SET ROLE regress_composed_team;
ALTER POLICY of_all ON team_set USING (runs_as(note));
SET ROLE regress_composed_bob;
CREATE TABLE referred (i int PRIMARY KEY);
CREATE TABLE referring (i int REFERENCES referred ON DELETE CASCADE);
CREATE FUNCTION refreshes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM objectset_refresh('team_set', 'of ann'); RETURN old; END $$;
CREATE TRIGGER refreshes BEFORE DELETE ON referring FOR EACH ROW EXECUTE FUNCTION refreshes();
INSERT INTO referred VALUES (1);
INSERT INTO referring VALUES (1);
DELETE FROM referred;
RESET ROLE;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA composed CASCADE;
DROP ROLE regress_composed_ann, regress_composed_bob, regress_composed_all, regress_composed_view, regress_composed_cat, regress_composed_owner, regress_composed_team;
