-- The catalogue's tables, filled by test/demo/run, and what the comparison at the end of the tour needs.

CREATE TABLE package (
    id             integer PRIMARY KEY,
    name           text NOT NULL UNIQUE,
    section        text NOT NULL,
    priority       text NOT NULL,
    maintainer     text NOT NULL,
    size           bigint NOT NULL,  -- bytes to download
    installed_size bigint NOT NULL,  -- KiB
    summary        text NOT NULL
);
CREATE TABLE dependency (
    package_id integer NOT NULL,
    depends_on integer NOT NULL
);
CREATE TABLE tag (
    package_id integer NOT NULL,
    tag        text NOT NULL
);

-- Each question asked twice, of sets and of tables. It must have one answer; its time is the median of five runs.

CREATE TABLE race (
    number       integer GENERATED ALWAYS AS IDENTITY,
    question     text NOT NULL,
    answer       text,
    sets_ms      numeric NOT NULL,
    tables_ms    numeric NOT NULL
);

-- Runs a query of one row and one column: its answer and its time in milliseconds.
CREATE FUNCTION race_run(query text, OUT answer text, OUT ms double precision) LANGUAGE plpgsql AS $$
DECLARE
    runs double precision[] := '{}';
    begun timestamptz;
BEGIN
    FOR run IN 1..5 LOOP
        begun := clock_timestamp();
        EXECUTE query INTO STRICT answer;
        runs := runs || extract(epoch FROM clock_timestamp() - begun) * 1000;
    END LOOP;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) INTO ms FROM unnest(runs) t;
END
$$;

CREATE PROCEDURE race(question text, with_sets text, with_tables text) LANGUAGE plpgsql AS $$
DECLARE
    sets record;
    tables record;
BEGIN
    SELECT * INTO sets FROM race_run(with_sets);
    SELECT * INTO tables FROM race_run(with_tables);
    IF sets.answer IS DISTINCT FROM tables.answer THEN
        RAISE 'the sets say %, the tables say %', sets.answer, tables.answer USING DETAIL = question;
    END IF;
    INSERT INTO race (question, answer, sets_ms, tables_ms) VALUES (question, sets.answer, sets.ms, tables.ms);
END
$$;
