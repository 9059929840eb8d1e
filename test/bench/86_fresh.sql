-- Refreshing saved sets for what has changed, against refreshing them in full; and what it costs those who change rows that
-- changes are tracked. A refresh is undone each time, so that the next one finds the same changes. And who was in a set
-- while it changed, by its history, against a many-to-many table that keeps from when to when somebody was in it.
SELECT (5000000 * :scale)::int AS patients, (100000 * least(1, :scale * 2))::int AS many,
       'refresh after 1,000 changed rows: ' AS few_label,
       'refresh after ' || bench.spell(100000 * least(1, :scale * 2)::numeric) || ' changed rows: ' AS many_label,
       'update ' || bench.spell(100000 * least(1, :scale * 2)::numeric) || ' rows at once' AS updating \gset
CREATE TABLE bench.fresh_query (name text, query text);
INSERT INTO bench.fresh_query VALUES
  ('by a column', 'SELECT id FROM fresh_patient WHERE picked < 100000'),
  ('join with a date', 'SELECT p.id FROM fresh_patient p JOIN fresh_visit v ON v.patient_id = p.id WHERE v.day >= ''2024-01-01'' AND p.picked < 500000'),
  ('NOT EXISTS', 'SELECT p.id FROM fresh_patient p WHERE NOT EXISTS (SELECT FROM fresh_visit v WHERE v.patient_id = p.id AND v.day >= ''2023-01-01'')'),
  ('GROUP BY, HAVING', 'SELECT patient_id FROM fresh_visit GROUP BY patient_id HAVING count(*) > 8');
INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', label || name, contender, format('SELECT bench.refresh_and_undo(%L, %L)', set_table, name)
FROM bench.fresh_query, (VALUES
  (1, :'few_label', 'objectset', 'few_set'), (2, :'few_label', 'objectset, in full', 'few_full_set'),
  (3, :'many_label', 'objectset', 'many_set'), (4, :'many_label', 'objectset, in full', 'many_full_set')) AS t(n, label, contender, set_table)
ORDER BY n / 3, name, n;
INSERT INTO bench.contender (topic, workload, contender, statement)
SELECT :'topic', :'few_label' || name, '50 ms', 'SELECT pg_sleep(0.05)' FROM bench.fresh_query ORDER BY name;
-- By a client, each row in a transaction of its own; and many rows in a statement.
INSERT INTO bench.contender (topic, workload, contender, statement, mode)
SELECT :'topic', 'update a row', contender, format('UPDATE %s SET picked = picked + 1 WHERE id = 1 + trunc(random() * %s)::bigint', written, :patients), 'client'
FROM (VALUES ('objectset, tracked', 'tracked_patient'), ('not tracked', 'untracked_patient')) AS t(contender, written)
UNION ALL
SELECT :'topic', :'updating', contender, format('UPDATE %s SET picked = picked + 1 WHERE id <= %s', written, :many), 'prepared'
FROM (VALUES ('objectset, tracked', 'tracked_patient'), ('not tracked', 'untracked_patient')) AS t(contender, written);
-- By 8 clients: 87_writers.sh measures that.
INSERT INTO bench.contender (topic, workload, contender, statement, mode)
SELECT :'topic', 'update a row, 8 clients', contender, 'pgbench', 'measured' FROM unnest('{"objectset, tracked",not tracked}'::text[]) AS contender;
SELECT 'who was in a set of ' || bench.spell(1000000 * :scale) || ', 1,000 changes ago' AS in_the_past \gset
INSERT INTO bench.contender (topic, workload, contender, statement) VALUES
  (:'topic', :'in_the_past', 'objectset', 'SELECT cardinality(objectset_members_at(''timed_set'', ''group'', (SELECT min(at) FROM timed)))'),
  (:'topic', :'in_the_past', 'many-to-many, with times', 'SELECT count(*) FROM timed_member, (SELECT min(at) AS past FROM timed) t WHERE entered <= past AND departed > past'),
  (:'topic', :'in_the_past', '50 ms', 'SELECT pg_sleep(0.05)');

INSERT INTO bench.goal (about, workloads, contender, against, "limit") VALUES
  ('refresh after 1,000 changed rows, against a full one (100 x as fast)', :'few_label' || '%', 'objectset', 'objectset, in full', 0.01),
  ('refresh after 1,000 changed rows: under 50 ms', :'few_label' || '%', 'objectset', '50 ms', 1),
  ('refresh after many changed rows, against a full one (5 x as fast)', :'many_label' || '%', 'objectset', 'objectset, in full', 0.2),
  ('members at a time, 1,000 changes ago: under 50 ms', :'in_the_past', 'objectset', '50 ms', 1),
  ('updating a row of a tracked table', 'update a row', 'objectset, tracked', 'not tracked', 1.25),
  ('8 clients updating rows of a tracked table: 0.9 of their throughput', 'update a row, 8 clients', 'objectset, tracked', 'not tracked', 1 / 0.9),
  ('updating many rows of a tracked table', :'updating', 'objectset, tracked', 'not tracked', 1.1);

SELECT bench.wants(:'topic') AS wanted \gset
\if :wanted
  \ir data/patients.sql
  CREATE TABLE fresh_patient AS SELECT id, age, picked FROM patient;
  ALTER TABLE fresh_patient ADD PRIMARY KEY (id);
  CREATE TABLE fresh_visit AS SELECT id, patient_id, '2015-01-01'::date + abs(hashint8extended(id, 7) % 3650)::int AS day FROM visit;
  ALTER TABLE fresh_visit ADD PRIMARY KEY (id);
  CREATE INDEX ON fresh_visit (patient_id);
  VACUUM ANALYZE fresh_patient, fresh_visit;
  CREATE TABLE tracked_patient (LIKE fresh_patient INCLUDING ALL);
  INSERT INTO tracked_patient SELECT * FROM fresh_patient;
  CREATE TABLE untracked_patient (LIKE fresh_patient INCLUDING ALL);
  INSERT INTO untracked_patient SELECT * FROM fresh_patient;
  VACUUM ANALYZE tracked_patient, untracked_patient;

  -- What a refresh of the set comes to.
  CREATE FUNCTION bench.refresh_and_undo(t regclass, name text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    came_to text;
  BEGIN
    BEGIN
      SELECT r::text INTO STRICT came_to FROM objectset_refresh(t, name) r;
      RAISE SQLSTATE 'UNDO1';
    EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
      RETURN came_to;
    END;
  END $$;
  -- Saved before so many rows change, of both tables; with the others' log when that happens, and without one.
  CREATE PROCEDURE bench.make_fresh_sets(prefix text, changed int) LANGUAGE plpgsql AS $$
  DECLARE
    tracked regclass := objectset_create_table(prefix || '_set', 'fresh_patient');
    untracked regclass := objectset_create_table(prefix || '_full_set', 'fresh_patient');
  BEGIN
    PERFORM objectset_track(tracked, 'fresh_visit', 'patient_id');
    COMMIT;
    PERFORM objectset_save(tracked, q.name, q.query), objectset_save(untracked, q.name, q.query) FROM bench.fresh_query AS q;
    COMMIT;
    UPDATE fresh_patient SET picked = (picked + 50000) % 1000000 WHERE id IN (SELECT 1 + i * 37 % (SELECT max(id) FROM fresh_patient) FROM generate_series(1, changed / 2) AS i);
    UPDATE fresh_visit SET day = '2024-06-01' WHERE id IN (SELECT 1 + i * 53 % (SELECT max(id) FROM fresh_visit) FROM generate_series(1, changed / 2) AS i);
    COMMIT;
    ASSERT (SELECT bool_and(way = 'incremental') FROM bench.fresh_query AS q, objectset_refresh_plan(tracked, q.name));
  END $$;
  CALL bench.make_fresh_sets('many', :many);
  CALL bench.make_fresh_sets('few', 1000);
  SELECT objectset_track(objectset_create_table('writer_set', 'tracked_patient')) \g /dev/null
  VACUUM fresh_patient, fresh_visit;

  -- A set that a thousand statements change, one after another: each lets somebody in, or puts somebody out.
  CREATE TABLE timed (at timestamptz);
  CREATE PROCEDURE bench.make_timed_set(members bigint) LANGUAGE plpgsql AS $$
  DECLARE
    t regclass := objectset_create_table('timed_set', 'fresh_patient', history => true);
  BEGIN
    PERFORM objectset_save(t, 'group', objectset_range(1, members + 1));
    COMMIT;
    INSERT INTO timed VALUES (clock_timestamp());
    FOR i IN 1..1000 LOOP
      IF i % 2 = 0 THEN PERFORM objectset_remove(t, 'group', i * 331 % members + 1);
      ELSE PERFORM objectset_add(t, 'group', members + i);
      END IF;
      COMMIT;
    END LOOP;
    CREATE TABLE timed_member AS
    SELECT id, '-infinity'::timestamptz AS entered, 'infinity'::timestamptz AS departed FROM generate_series(1, members) AS id;
    ALTER TABLE timed_member ADD PRIMARY KEY (id, entered);
    UPDATE timed_member m SET departed = h.at FROM objectset_history(t, 'group') h, unnest(h.departed_ids) AS r WHERE r = m.id;
    INSERT INTO timed_member SELECT a, h.at, 'infinity' FROM objectset_history(t, 'group') h, unnest(h.entered_ids) AS a WHERE a > members;
  END $$;
  CALL bench.make_timed_set((1000000 * :scale)::bigint);
  VACUUM ANALYZE timed_member, timed;
\endif
