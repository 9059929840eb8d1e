-- What the workloads are written with.
--
-- A workload is a question. Its contenders are statements that answer it: `objectset`, its peers (what a user would use
-- instead), and yardsticks (what nobody can go below: CRoaring on sets in memory, a look-up of the row alone, the scan
-- alone). A goal is a ratio between contenders that the project means to keep.
--
-- What is timed: a contender is compiled once into a PL/pgSQL function, which executes the statement in a loop, so many
-- times that a clock can tell, and the time of one execution is the time of the loop divided by their number.
--   * prepared: the plan is kept, as a prepared statement's is. An execution is the executor's start, run and end,
--     some microseconds for a look-up by key.
--   * client: another session sends the statement's text, over a socket, and has it parsed, planned and executed each
--     time (by contrib's dblink).
--   * measured: the topic has measured it by itself.
-- Only the latter has a client in it. The rounds of all contenders are interleaved, each sample is a
-- transaction of its own, and the first execution, which warms caches, is not counted.
CREATE EXTENSION objectset;
CREATE SCHEMA bench;

-- Peers are used where they are installed, and named where they are not.
CREATE FUNCTION bench.install(extension text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE EXTENSION %I', extension);
EXCEPTION WHEN undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'bench: no %: left out', extension;
END $$;
SELECT bench.install('intarray'), bench.install('roaringbitmap'), bench.install('dblink') \g /dev/null
CREATE FUNCTION bench.have(extension text) RETURNS boolean LANGUAGE sql
AS 'SELECT EXISTS (SELECT FROM pg_extension WHERE extname = extension)';

CREATE TABLE bench.setting (
  pattern text, rounds int, sample_ms float, patience_ms float, program text, sets text, quick boolean
);
INSERT INTO bench.setting VALUES (:'pattern', :rounds, :sample_ms, :patience_ms, :'program', :'sets', :scale < 1);

CREATE TABLE bench.contender (
  id int GENERATED ALWAYS AS IDENTITY,
  topic text NOT NULL, workload text NOT NULL,
  contender text NOT NULL,
  statement text NOT NULL,        -- SQL; for `CRoaring` the arguments of croaring.cpp
  per numeric DEFAULT 1,          -- how many times one execution answers the question
  cleanup text,                   -- run after each sample, not timed
  settings jsonb DEFAULT '{}',    -- of the server, while it runs
  parameter text,                 -- a query for a set, which the statement names as `the_set`; not timed
  mode text DEFAULT 'prepared' CHECK (mode IN ('prepared', 'client', 'measured')),
  slow boolean DEFAULT false,     -- left out of a quick run
  answer text,
  PRIMARY KEY (workload, contender)
);
CREATE TABLE bench.sample (workload text, contender text, round int, executions int, milliseconds float);

-- What is counted rather than timed: bytes, buffers.
CREATE TABLE bench.figure (
  id int GENERATED ALWAYS AS IDENTITY,
  topic text, workload text, contender text, value numeric, unit text, "limit" numeric
);

-- The time of `contender` in each workload like `workloads`, over the time of the fastest contender like `against` (one
-- pattern, or several: a|b|c), plus that of the one named `plus`. The ratio is judged where it is worst, or in the median
-- of all the workloads. Where `per` is given, judged is what the contender takes more than that, in nanoseconds for each
-- of `per` ids. The time of `against` counts `times` over; `slack` milliseconds of the contender's do not count.
CREATE TABLE bench.goal (
  id int GENERATED ALWAYS AS IDENTITY,
  about text, workloads text, contender text DEFAULT 'objectset', against text, times numeric DEFAULT 1, plus text,
  per numeric, slack float DEFAULT 0, judged text DEFAULT 'worst' CHECK (judged IN ('worst', 'median')), "limit" numeric
);

-- The workloads that the chart shows, under short names.
CREATE TABLE bench.chart (workload text, label text);

CREATE FUNCTION bench.kind(contender text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN contender LIKE 'objectset%' THEN 'ours'
              WHEN contender LIKE ANY ('{many-to-many%,bigint[]%,int[]%,intarray%,pg_roaringbitmap%}') THEN 'peer'
              ELSE 'yardstick' END $$;

CREATE FUNCTION bench.available(contender text) RETURNS boolean LANGUAGE sql AS $$
  SELECT CASE WHEN contender LIKE 'pg_roaringbitmap%' THEN bench.have('roaringbitmap')
              WHEN contender LIKE 'intarray%' THEN bench.have('intarray')
              ELSE true END $$;

CREATE FUNCTION bench.is_wanted(topic text, workload text) RETURNS boolean LANGUAGE sql AS $$
  SELECT topic || ': ' || workload ILIKE pattern FROM bench.setting $$;

-- Whether any workload of a topic is asked for: only then its data are made.
CREATE FUNCTION bench.wants(of_topic text) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM bench.contender WHERE topic = of_topic AND bench.is_wanted(topic, workload)) $$;

-- 2500000 as "2.5 million", 10000 as "10,000".
CREATE FUNCTION bench.spell(n numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN n >= 1000000 AND n % 100000 = 0 THEN trim_scale(n / 1000000) || ' million'
              ELSE trim(to_char(n, '999,999,999')) END $$;

-- Pairs of sets, numbers `number` and `number + 1`, that data/sets.sql makes: of each kind, in each size.
CREATE TABLE bench.pair AS
SELECT (row_number() OVER (ORDER BY k.ordinality, s.ordinality))::int * 10 AS number, kind, n::bigint
FROM unnest('{random,clustered,dense,scattered}'::text[]) WITH ORDINALITY AS k(kind, ordinality),
     unnest(ARRAY[10, 1000, 100000 * least(1, :scale * 2), 1000000 * :scale]) WITH ORDINALITY AS s(n, ordinality);

-- The real data sets that were found.
CREATE TABLE bench.real AS
SELECT replace(file, '.tsv.xz', '') AS data FROM pg_ls_dir(:'real') AS file WHERE file LIKE '%.tsv.xz';

-- ---- Running ------------------------------------------------------------------------------------------------------

-- Runs croaring.cpp, which times itself: how long one execution takes, and what comes out.
CREATE TABLE bench.said (nanoseconds float, answer text);
CREATE FUNCTION bench.ask_croaring(arguments text, OUT milliseconds float, OUT answer text) LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE bench.said;
  EXECUTE format('COPY bench.said FROM PROGRAM %L',
                 (SELECT program || ' ' || sample_ms || ' ' || sets || ' ' || arguments FROM bench.setting));
  SELECT s.nanoseconds / 1e6, s.answer INTO milliseconds, answer FROM bench.said s;
END $$;

-- Makes bench.run_<id>(executions, warm_first): milliseconds that the executions took. Names in statements are columns.
CREATE FUNCTION bench.compile(id int, statement text, mode text, parameter text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  statement := CASE WHEN mode = 'client' THEN format('PERFORM *
      FROM dblink(''bench'', %L) AS t(answer text)', statement)
                    ELSE regexp_replace(statement, '^\s*SELECT', 'PERFORM') END;
  EXECUTE format($f$
    CREATE FUNCTION bench.run_%1$s(executions int, warm_first boolean) RETURNS float LANGUAGE plpgsql AS $body$
    #variable_conflict use_column
    DECLARE started timestamptz; the_set objectset := (%3$s);
    BEGIN
      IF warm_first THEN %2$s; END IF;
      started := clock_timestamp();
      FOR i IN 1..executions LOOP %2$s; END LOOP;
      RETURN 1000 * extract(epoch FROM clock_timestamp() - started);
    END $body$ $f$, id, statement, coalesce(parameter, 'NULL'));
END $$;

CREATE FUNCTION bench.configure(settings jsonb) RETURNS void LANGUAGE sql AS $$
  SELECT set_config(key, value, true) FROM jsonb_each_text(settings) $$;

-- All rounds of one workload. A contender that takes long takes part in fewer rounds; where that would be less than one
-- its first execution counts.
CREATE PROCEDURE bench.run(which text) LANGUAGE plpgsql AS $$
DECLARE
  setting bench.setting; item bench.contender; members bench.contender[];
  executions int[]; rounds int[]; i int; took float; started timestamptz; heard record; once text;
  forked boolean := false;
BEGIN
  SELECT * INTO setting FROM bench.setting;
  members := array(SELECT c FROM bench.contender c
                   WHERE workload = which AND bench.available(contender)
                     AND (mode <> 'client' OR bench.have('dblink')) AND NOT (slow AND setting.quick) ORDER BY id);
  IF 'client' IN (SELECT mode FROM unnest(members)) AND dblink_get_connections() IS NULL THEN
    PERFORM dblink_connect('bench', bench.own_address());
  END IF;
  FOR n IN 1..cardinality(members) LOOP
    i := n;
    item := members[i];
    executions[i] := 1;
    IF item.contender LIKE 'CRoaring%' THEN
      SELECT * INTO heard FROM bench.ask_croaring(item.statement);
      item.answer := heard.answer;
      took := 0;
    ELSE
      PERFORM bench.configure(item.settings);
      once := coalesce(replace(item.statement, 'the_set', '(' || item.parameter || ')'), item.statement);
      started := clock_timestamp();
      IF once ~ '^\s*SELECT' THEN EXECUTE once INTO item.answer; ELSE EXECUTE once; END IF;
      took := 1000 * extract(epoch FROM clock_timestamp() - started);
      PERFORM bench.compile(item.id, item.statement, item.mode, item.parameter);
      IF took < setting.patience_ms / 10 THEN EXECUTE format('SELECT bench.run_%s(1, true)', item.id) INTO took; END IF;
      executions[i] := greatest(1, floor(least(1000, setting.sample_ms / took)));
      EXECUTE coalesce(item.cleanup, 'SELECT');
    END IF;
    rounds[i] := floor(least(setting.rounds, setting.patience_ms / greatest(took, 0.001)));
    IF rounds[i] = 0 THEN INSERT INTO bench.sample VALUES (which, item.contender, 1, 1, took / item.per); END IF;
    UPDATE bench.contender SET answer = item.answer WHERE id = item.id;
    COMMIT;
  END LOOP;
  FOR round IN 1..setting.rounds LOOP
    FOR turn IN 1..cardinality(members) LOOP
      i := (round + turn) % cardinality(members) + 1;  -- nobody always comes after the same one
      CONTINUE WHEN round > rounds[i];
      item := members[i];
      IF item.contender LIKE 'CRoaring%' THEN
        took := (bench.ask_croaring(item.statement)).milliseconds;
        forked := true;
      ELSE
        PERFORM bench.configure(item.settings);
        -- After a cleanup the plan is made anew; after another process was started, each page of this one that is
        -- written to is copied first, up to a millisecond's worth: neither is in the time of a short statement.
        EXECUTE format('SELECT bench.run_%s($1, $2)', item.id) INTO took USING executions[i], forked OR executions[i] > 1;
        took := took / executions[i];
        forked := false;
      END IF;
      INSERT INTO bench.sample VALUES (which, item.contender, round, executions[i], took / item.per);
      EXECUTE coalesce(item.cleanup, 'SELECT');
      COMMIT;
    END LOOP;
  END LOOP;
END $$;

-- Workloads are run topic by topic, after the topic's data were made.
CREATE PROCEDURE bench.run_topic(of_topic text) LANGUAGE plpgsql AS $$
DECLARE names text[]; name text;
BEGIN
  names := array(SELECT workload FROM bench.contender
                 WHERE topic = of_topic AND mode <> 'measured' AND bench.is_wanted(topic, workload) GROUP BY workload ORDER BY min(id));
  FOREACH name IN ARRAY names LOOP CALL bench.run(name); END LOOP;
END $$;

CREATE FUNCTION bench.own_address() RETURNS text LANGUAGE sql AS $$
  SELECT format('host=%s port=%s user=%s dbname=%s', current_setting('unix_socket_directories'),
                current_setting('port'), current_user, current_database()) $$;

-- Contenders must agree. A yardstick answers something else, except CRoaring.
CREATE VIEW bench.disagreement AS
SELECT workload, string_agg(contender || ': ' || answer, '; ' ORDER BY id) AS answers
FROM bench.contender
WHERE answer IS NOT NULL AND (bench.kind(contender) <> 'yardstick' OR contender LIKE 'CRoaring%')
GROUP BY workload HAVING count(DISTINCT answer) > 1;

-- The pages that a statement reads, from cache or disk, TOAST and indexes included: in a new session, which has run
-- `before` to have catalogs and libraries at hand.
CREATE FUNCTION bench.pages_read(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || statement INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END $$;
CREATE FUNCTION bench.pages_read(statement text, before text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE pages bigint;
BEGIN
  PERFORM dblink_connect('pages', bench.own_address());
  FOREACH statement IN ARRAY ARRAY[before, before, statement] LOOP
    SELECT n INTO pages FROM dblink('pages', format('SELECT bench.pages_read(%L)', statement)) AS t(n bigint);
  END LOOP;
  PERFORM dblink_disconnect('pages');
  RETURN pages;
END $$;

-- ---- Results ------------------------------------------------------------------------------------------------------

CREATE VIEW bench.median AS
SELECT c.id, c.topic, workload, contender, bench.kind(contender) AS kind,
       count(*) AS samples, max(executions) AS executions,
       (percentile_cont('{0.25,0.5,0.75}'::float[]) WITHIN GROUP (ORDER BY milliseconds))[1] AS q1,
       (percentile_cont('{0.25,0.5,0.75}'::float[]) WITHIN GROUP (ORDER BY milliseconds))[2] AS ms,
       (percentile_cont('{0.25,0.5,0.75}'::float[]) WITHIN GROUP (ORDER BY milliseconds))[3] AS q3
FROM bench.contender c JOIN bench.sample s USING (workload, contender)
GROUP BY c.id, c.topic, workload, contender;

-- Each contender beside ours, the first of the workload whose name begins with `objectset`.
CREATE VIEW bench.compared AS
SELECT m.*, m.ms / (first_value(m.ms) OVER (PARTITION BY workload ORDER BY kind <> 'ours', id)) AS ratio
FROM bench.median m;

CREATE VIEW bench.judged AS
WITH pair AS (
  SELECT g.id, o.workload, greatest(o.ms - g.slack, 0) AS ms, g.times * least_other.ms + coalesce(p.ms, 0) AS other
  FROM bench.goal g
  JOIN bench.median o ON o.workload LIKE g.workloads AND o.contender = g.contender
  CROSS JOIN LATERAL (SELECT min(a.ms) AS ms FROM bench.median a
                      WHERE a.workload = o.workload AND a.contender LIKE ANY (string_to_array(g.against, '|'))
                          AND a.contender <> o.contender) least_other
  LEFT JOIN bench.median p ON p.workload = o.workload AND p.contender = g.plus
  WHERE least_other.ms IS NOT NULL AND (g.plus IS NULL OR p.ms IS NOT NULL)),
measured AS (
  SELECT g.id, g.judged, pair.workload,
         CASE WHEN g.per IS NULL THEN pair.ms / pair.other ELSE (pair.ms - pair.other) * 1e6 / g.per END AS value
  FROM bench.goal g JOIN pair USING (id)),
one AS (
  SELECT DISTINCT ON (id) id, workload, value FROM measured WHERE judged = 'worst' ORDER BY id, value DESC),
all_of_them AS (
  SELECT id, NULL AS workload, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value
  FROM measured WHERE judged = 'median' GROUP BY id)
SELECT g.id, g.about, r.workload,
       round(r.value::numeric, CASE WHEN g.per IS NULL THEN 2 ELSE 1 END) AS figure,
       CASE WHEN g.per IS NULL THEN 'x' ELSE 'ns' END AS unit, g."limit",
       CASE WHEN r.value IS NULL THEN 'not measured'
            WHEN round(r.value::numeric, 2) <= g."limit" THEN 'met' ELSE 'MISSED' END AS verdict
FROM bench.goal g LEFT JOIN (SELECT * FROM one UNION ALL SELECT * FROM all_of_them) r USING (id);

CREATE FUNCTION bench.show_time(ms float) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN ms >= 10000 THEN round((ms / 1000)::numeric, 1) || ' s'
              WHEN ms >= 1000 THEN round((ms / 1000)::numeric, 2) || ' s'
              WHEN ms >= 100 THEN round(ms::numeric) || ' ms'
              WHEN ms >= 1 THEN round(ms::numeric, CASE WHEN ms >= 10 THEN 1 ELSE 2 END) || ' ms'
              WHEN ms >= 0.1 THEN round((ms * 1e3)::numeric) || ' µs'
              WHEN ms >= 0.001 THEN round((ms * 1e3)::numeric, CASE WHEN ms >= 0.01 THEN 1 ELSE 2 END) || ' µs'
              ELSE round((ms * 1e6)::numeric) || ' ns' END $$;
