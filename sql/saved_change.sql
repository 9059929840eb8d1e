-- Changes of saved sets: what they return, what they leave, and that nothing else moves.
CREATE TABLE patient (id bigint PRIMARY KEY, smoker boolean NOT NULL);
INSERT INTO patient SELECT i, i % 4 = 0 FROM generate_series(1, 40) i;
SELECT objectset_create_table('patient_set', 'patient');
SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker'),
       objectset_save('patient_set', 'by hand', '{1,2,3}'::objectset), objectset_save('patient_set', 'none', '{}'::objectset);

-- The state of a set, and whether `modified` moved since it was asked for last
CREATE TABLE seen AS SELECT name, modified FROM patient_set;
CREATE FUNCTION state(set_name text, OUT base objectset, OUT added objectset, OUT removed objectset, OUT members objectset,
                      OUT count bigint, OUT moved boolean) LANGUAGE plpgsql AS $$
BEGIN
  SELECT s.base, s.added, s.removed, s.members, s.count, s.modified <> n.modified INTO base, added, removed, members, count, moved
  FROM patient_set s JOIN seen n USING (name) WHERE s.name = set_name;
  ASSERT count = cardinality(members) AND members = objectset_members('patient_set', set_name);
  UPDATE seen n SET modified = s.modified FROM patient_set s WHERE s.name = n.name AND n.name = set_name;
END $$;
SELECT * FROM state('smokers');
SELECT * FROM state('by hand');

-- ---- A set with a query: corrections
SELECT objectset_add('patient_set', 'smokers', 1) AS enters;
SELECT objectset_add('patient_set', 'smokers', 1) AS "is in";
SELECT objectset_add('patient_set', 'smokers', 4) AS "is in by the query";
SELECT * FROM state('smokers');
SELECT objectset_add('patient_set', 'smokers', 1, 4, 2, 3) AS "two of four", objectset_add('patient_set', 'smokers', VARIADIC '{}'::bigint[]) AS none;
SELECT * FROM state('smokers');
SELECT objectset_remove('patient_set', 'smokers', 4, 8, 2) AS "all three", objectset_remove('patient_set', 'smokers', 4) AS "not again";
SELECT * FROM state('smokers');
SELECT objectset_remove('patient_set', 'smokers', 5) AS "was not in, is remembered";
SELECT * FROM state('smokers');
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT * FROM state('smokers');
SELECT objectset_add('patient_set', 'smokers', 4) AS "cancels the removal", objectset_add('patient_set', 'smokers', 5) AS "this too";
SELECT * FROM state('smokers');
SELECT objectset_forget('patient_set', 'smokers', 12, 3, 8, 5) AS "three were in";
SELECT * FROM state('smokers');
-- What was forgotten comes back where the query finds it.
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT * FROM state('smokers');
-- Added drops what the query finds now; removed stays.
SELECT objectset_remove('patient_set', 'smokers', 40), objectset_add('patient_set', 'smokers', 1, 6);
UPDATE patient SET smoker = NOT smoker WHERE id IN (1, 40);
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT * FROM state('smokers');
UPDATE patient SET smoker = NOT smoker WHERE id IN (1, 40);
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT * FROM state('smokers');
-- A refresh that finds the same touches nothing but `refreshed`.
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT * FROM state('smokers');
SELECT objectset_purge('patient_set', 'smokers') AS forgotten, objectset_purge('patient_set', 'smokers') AS again;
SELECT * FROM state('smokers');
SELECT objectset_remove('patient_set', 'smokers', 4), objectset_clear('patient_set', 'smokers') AS "count before", objectset_clear('patient_set', 'smokers') AS again;
SELECT * FROM state('smokers');
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT objectset_replace('patient_set', 'smokers', '{1,2,4}') AS "new count";
SELECT * FROM state('smokers');
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT * FROM state('smokers');

-- ---- A set without
SELECT objectset_add('patient_set', 'by hand', 3, 4, 5), objectset_remove('patient_set', 'by hand', 1, 1, 9), objectset_forget('patient_set', 'by hand', 2, 9);
SELECT * FROM state('by hand');
SELECT objectset_add('patient_set', 'by hand', 3, 4), objectset_add('patient_set', 'by hand', VARIADIC '{}'::bigint[]), objectset_remove('patient_set', 'by hand', 77),
       objectset_add('patient_set', 'by hand', '{}'::objectset);
SELECT * FROM state('by hand');
SELECT objectset_add('patient_set', 'none', '{1..30}'::objectset) AS "bulk into an empty set";
SELECT members, count, moved FROM state('none');
SELECT objectset_replace('patient_set', 'none', '{1,2}'), objectset_clear('patient_set', 'none'), objectset_clear('patient_set', 'none'), objectset_purge('patient_set', 'none');
SELECT * FROM state('none');
SELECT objectset_replace('patient_set', 'none', '{}');
SELECT * FROM state('none');
SELECT error_of($$SELECT objectset_refresh('patient_set', 'none')$$);

-- ---- In place with another set
SELECT objectset_apply('patient_set', 'by hand', '|', '{10..13}'), objectset_apply('patient_set', 'by hand', '-', '{3,11}'),
       objectset_apply('patient_set', 'by hand', '&', '{4,10,12,13,99}'), objectset_apply('patient_set', 'by hand', '#', '{4,12,14}');
SELECT members, count, moved FROM state('by hand');
SELECT objectset_apply('patient_set', 'by hand', '|', '{10}'), objectset_apply('patient_set', 'by hand', '&', '{1..99}'), objectset_apply('patient_set', 'by hand', '-', '{1}'), objectset_apply('patient_set', 'by hand', '#', '{}');
SELECT members, count, moved FROM state('by hand');
SELECT objectset_apply('patient_set', 'smokers', '&', '{1..12}'), objectset_apply('patient_set', 'smokers', '#', '{1,4}');
SELECT * FROM state('smokers');
SELECT * FROM objectset_refresh('patient_set', 'smokers');
SELECT objectset_apply('patient_set', 'by hand', '|', 'patient_set', 'smokers'), objectset_apply('patient_set', 'by hand', '#', 'patient_set', 'by hand');
SELECT error_of($$SELECT objectset_apply('patient_set', 'by hand', '+', '{1}')$$);
SELECT error_of($$SELECT objectset_apply('patient_set', 'by hand', 'clear', '{1}')$$);
SELECT error_of($$SELECT objectset_apply('patient_set', 'by hand', '|', 'patient_set', 'nobody')$$);
SELECT error_of($$SELECT objectset_apply('patient_set', 'nobody', '|', 'patient_set', 'by hand')$$);
-- Sets of different targets do not mix.
CREATE TABLE doctor (id int PRIMARY KEY);
SELECT objectset_create_table('doctor_set', 'doctor'), objectset_create_table('patient_set_2', 'patient');
SELECT objectset_save('doctor_set', 'all', '{1,2}'::objectset), objectset_save('patient_set_2', 'all', '{1,2}'::objectset);
SELECT error_of($$SELECT objectset_apply('patient_set', 'smokers', '|', 'doctor_set', 'all')$$);
SELECT objectset_apply('patient_set_2', 'all', '|', 'patient_set', 'smokers'), objectset_apply('patient_set', 'smokers', '|', 'patient_set_2', 'all');
DROP TABLE doctor_set, doctor, patient_set_2;

-- ---- Unknown sets
SELECT error_of(format('SELECT objectset_%s', call)) FROM unnest(ARRAY[
  $$members('patient_set', 'nobody')$$, $$add('patient_set', 'nobody', 1)$$, $$add('patient_set', 'nobody', VARIADIC '{}'::bigint[])$$,
  $$remove('patient_set', 'nobody', 1)$$, $$forget('patient_set', 'nobody', 1)$$, $$apply('patient_set', 'nobody', '|', '{}')$$,
  $$replace('patient_set', 'nobody', '{}')$$, $$clear('patient_set', 'nobody')$$, $$purge('patient_set', 'nobody')$$,
  $$refresh('patient_set', 'nobody')$$, $$drop('patient_set', 'nobody')$$, $$rename('patient_set', 'nobody', 'x')$$,
  $$copy('patient_set', 'nobody', 'x')$$]) AS call;
SELECT error_of($$SELECT objectset_add('patient_set', 'none', 1, NULL)$$);
-- NULL can only be a mistake.
SELECT error_of(format('SELECT objectset_%s', call)) FROM unnest(ARRAY[
  $$add('patient_set', NULL, 1)$$, $$add(NULL, 'none', 1)$$, $$add('patient_set', 'none', NULL::objectset)$$, $$remove('patient_set', 'none', NULL)$$,
  $$forget('patient_set', 'none', VARIADIC NULL::bigint[])$$, $$replace('patient_set', 'none', (SELECT objectset_agg(id) FROM patient WHERE id < 0))$$,
  $$save('patient_set', 'none', (SELECT objectset_agg(id) FROM patient WHERE id < 0))$$, $$save('patient_set', 'none', NULL)$$, $$clear('patient_set', NULL)$$,
  $$apply('patient_set', 'none', NULL, '{1}')$$, $$apply('patient_set', 'none', '|', NULL::objectset)$$, $$refresh('patient_set', NULL)$$, $$rename('patient_set', 'none', NULL)$$,
  $$copy('patient_set', 'none', NULL)$$, $$drop('patient_set', NULL)$$, $$define('patient_set', 'none', NULL)$$, $$rekey('patient_set', 1, NULL)$$, $$prune('patient_set', NULL)$$]) AS call;
-- What comes without a type: literals, arrays, parameters of no type
SELECT objectset_save('patient_set', 'untyped', '{1,2}'), objectset_save('patient_set', 'untyped', ' {1..3}'), objectset_save('patient_set', 'untyped', ARRAY[1, 2]),
       objectset_save('patient_set', 'untyped', '[3, 4]'), objectset_save('patient_set', 'untyped', '\x0000000000000000'), objectset_save('patient_set', 'untyped', ARRAY[1::smallint, 2::smallint]), objectset_save('patient_set', 'untyped', ARRAY[7::bigint]);
SELECT objectset_add('patient_set', 'untyped', 5), objectset_add('patient_set', 'untyped', 5, 6), objectset_add('patient_set', 'untyped', '8'), objectset_add('patient_set', 'untyped', '{8,9}'),
       objectset_add('patient_set', 'untyped', ARRAY[10, 11]), objectset_add('patient_set', 'untyped', ARRAY[10, 18]::smallint[]), objectset_remove('patient_set', 'untyped', ARRAY[18]::smallint[]), objectset_forget('patient_set', 'untyped', ARRAY[18]::smallint[]), objectset_add('patient_set', 'untyped', VARIADIC ARRAY[12, 13]), objectset_add('patient_set', 'untyped', '{14}'::objectset);
CREATE DOMAIN number AS bigint;
SELECT objectset_add('patient_set', 'untyped', '{16}'::number[]), objectset_apply('patient_set', 'untyped', '-', '{16}'::number[]) = objectset_apply('patient_set', 'untyped', '-', '{}') AS same;
DROP DOMAIN number;
PREPARE untyped_add AS SELECT objectset_add($1, $2, $3);
PREPARE untyped_remove AS SELECT objectset_remove($1, $2, $3);
PREPARE untyped_forget AS SELECT objectset_forget($1, $2, $3);
PREPARE untyped_save AS SELECT objectset_save($1, $2, $3);
PREPARE untyped_replace AS SELECT objectset_replace($1, $2, $3);
PREPARE untyped_apply AS SELECT objectset_apply($1, $2, $3, $4);
PREPARE untyped_query AS SELECT objectset_save($1, $2, $3, $4::int);
PREPARE untyped_parameters AS SELECT objectset_save($1, $2, $3, $4, $5);
SELECT name, parameter_types FROM pg_prepared_statements WHERE name LIKE 'untyped%' ORDER BY 1;
EXECUTE untyped_parameters('patient_set', 'texts', 'SELECT id FROM patient WHERE smoker = $1 AND id < $2', 'yes', '13');
SELECT parameters, members(s) FROM patient_set s WHERE name = 'texts';
SELECT objectset_save('patient_set', 'texts', 'SELECT id FROM patient WHERE id = ANY($1) AND smoker IS NOT DISTINCT FROM $2', VARIADIC ARRAY['{3,4,5}', NULL]);
SELECT parameters, members(s) FROM patient_set s WHERE name = 'texts';
EXECUTE untyped_parameters('patient_set', 'texts', 'SELECT id FROM patient WHERE smoker = $1 AND id < $2', 'yes', 'thirteen');
SELECT objectset_save('patient_set', 'texts', 'SELECT id FROM patient WHERE id < $1', VARIADIC NULL::text[]);
SELECT objectset_drop('patient_set', 'texts');
EXECUTE untyped_save('patient_set', 'untyped', '{1,2}');
EXECUTE untyped_add('patient_set', 'untyped', '15');
EXECUTE untyped_add('patient_set', 'untyped', '{16,17}');
EXECUTE untyped_remove('patient_set', 'untyped', '1');
EXECUTE untyped_forget('patient_set', 'untyped', '{2}');
EXECUTE untyped_apply('patient_set', 'untyped', '^', '{15,20}');
SELECT members(s) FROM patient_set s WHERE name = 'untyped';
EXECUTE untyped_replace('patient_set', 'untyped', '{3,4}');
EXECUTE untyped_query('patient_set', 'untyped', 'SELECT id FROM patient WHERE id < $1', 3);
SELECT members(s), parameters FROM patient_set s WHERE name = 'untyped';
SELECT objectset_save('patient_set', 'untyped', 'SELECT id FROM patient WHERE id = ANY ($1) AND smoker = $2 AND $3 IS NULL', ARRAY[1, 4, 8], 't', NULL::date);
SELECT members(s), parameters FROM patient_set s WHERE name = 'untyped';
SELECT error_of($$SELECT objectset_save('patient_set', 'untyped', 'SELECT id FROM patient WHERE id = $2', 1)$$);
SELECT error_of($$SELECT objectset_add('patient_set', 'untyped', 'x')$$), error_of($$SELECT objectset_add('patient_set', 'untyped', 1.5)$$);
SELECT objectset_drop('patient_set', 'untyped');
-- The name may be of type varchar.
ALTER TABLE patient_set ALTER name TYPE varchar(200);
SELECT objectset_add('patient_set', 'none', 3), objectset_has('patient_set', 'none', 3), objectset_copy('patient_set', 'none', 'none 2'), objectset_define('patient_set', 'none 3', 'none | "none 2"'),
       array(SELECT objectset_containing('patient_set', 3)), objectset_drop('patient_set', 'none 3'), objectset_drop('patient_set', 'none 2'), objectset_remove('patient_set', 'none', 3);
ALTER TABLE patient_set ALTER name TYPE text;

-- ---- Names
SELECT objectset_rename('patient_set', 'by hand', 'Räucher "1"'), objectset_copy('patient_set', 'smokers', 'again'), objectset_copy('patient_set', 'none', 'none too');
SELECT error_of($$SELECT objectset_rename('patient_set', 'none', 'again')$$);
SELECT error_of($$SELECT objectset_copy('patient_set', 'none', 'again')$$);
SELECT name, query, count, added, refreshed IS NOT NULL AS refreshed FROM patient_set ORDER BY id;
SELECT objectset_drop('patient_set', 'again'), objectset_drop('patient_set', 'none too');
-- Saving over an existing set: a query keeps the corrections, a set does not.
SELECT objectset_remove('patient_set', 'smokers', 20), objectset_add('patient_set', 'smokers', 21);
SELECT objectset_save('patient_set', 'smokers', 'SELECT id::smallint FROM patient WHERE id > 18');
SELECT base, added, removed, query FROM patient_set WHERE name = 'smokers';
SELECT objectset_save('patient_set', 'smokers', '{1}'::objectset);
SELECT base, added, removed, query, refreshed FROM patient_set WHERE name = 'smokers';

-- ---- Small corrections of a large set stay beside it until they have grown; ids at random beside an array of flags
SELECT objectset_save('patient_set', 'large', 'SELECT i * 7 FROM generate_series(1, 100000) i');
UPDATE patient_set SET query = NULL WHERE name = 'large';
SELECT objectset_add('patient_set', 'large', 1), objectset_remove('patient_set', 'large', 7);
SELECT cardinality(base), added, removed, count FROM patient_set WHERE name = 'large';
SELECT objectset_save('patient_set', 'wide', (SELECT objectset_agg(i * 7000000000000) FROM generate_series(1, 100000) i));
DO $$
DECLARE
  wanted record;
  expected objectset;
  folded int;
  corrections int;
  before int;
  ids bigint[];
BEGIN
  PERFORM setseed(0.5);
  FOR wanted IN SELECT * FROM (VALUES ('large', 700000::float8, 1), ('wide', 700000000000000000, 1000000000000)) AS v(name, width, grain) LOOP
    expected := objectset_members('patient_set', wanted.name);
    folded := 0;
    before := 0;
    FOR i IN 1 .. 1500 LOOP
      ids := array(SELECT (random() * wanted.width / wanted.grain)::bigint * wanted.grain FROM generate_series(1, 1 + i % 3));
      IF i % 3 = 0 THEN
        ASSERT objectset_remove('patient_set', wanted.name, VARIADIC ids) = cardinality(expected & objectset(ids));
        expected := expected - objectset(ids);
      ELSE
        ASSERT objectset_add('patient_set', wanted.name, VARIADIC ids) = cardinality(objectset(ids) - expected);
        expected := expected | objectset(ids);
      END IF;
      SELECT cardinality(added) + cardinality(removed) INTO corrections FROM patient_set
      WHERE name = wanted.name AND count = cardinality(expected) AND (i % 50 > 0 OR members(patient_set) = expected);
      ASSERT FOUND, i;
      folded := folded + (corrections < before)::int;
      before := corrections;
    END LOOP;
    RAISE NOTICE '%: folded, and less than one in 50 times: %', wanted.name, folded BETWEEN 1 AND 29;
  END LOOP;
END $$;

-- A history has each change, plain writes and drops too.
SELECT objectset_create_history('patient_set');
SELECT objectset_save('patient_set', 'new', 'SELECT id FROM patient WHERE id < 4'), objectset_add('patient_set', 'new', 1, 9), objectset_remove('patient_set', 'new', 2, 12),
       objectset_forget('patient_set', 'new', 3), objectset_apply('patient_set', 'new', '#', '{1,10}'), objectset_replace('patient_set', 'new', '{5,9}'),
       objectset_copy('patient_set', 'new', 'new 2'), objectset_clear('patient_set', 'new'), objectset_clear('patient_set', 'new');
INSERT INTO patient_set (name, base) VALUES ('plain', '{1,2}');
UPDATE patient_set SET added = '{3}', removed = '{1}' WHERE name = 'plain';
UPDATE patient_set SET name = 'renamed' WHERE name = 'plain';
DELETE FROM patient_set WHERE name = 'renamed';
SELECT objectset_drop('patient_set', 'new 2');
SELECT name, entered_ids, departed_ids FROM patient_set_history WHERE NOT whole ORDER BY id;
SELECT entered_ids, departed_ids FROM objectset_history('patient_set', 'renamed');
DROP TABLE seen, patient_set, patient_set_history, patient;
DROP FUNCTION state;
