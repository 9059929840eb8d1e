-- What the benchmarks are written with.
CREATE EXTENSION objectset;
SELECT count(*) > 0 AS has_peer FROM pg_available_extensions WHERE name = 'roaringbitmap' \gset
\if :has_peer
  CREATE EXTENSION roaringbitmap;
\endif

CREATE SCHEMA bench;
-- The first contender of a workload is what the others are compared with; `limit` is the ratio that the project means
-- to keep, for the contender that it is given for.
CREATE TABLE bench.contender (
  id int GENERATED ALWAYS AS IDENTITY, workload text, contender text, statement text, "limit" numeric,
  PRIMARY KEY (workload, contender)
);
CREATE TABLE bench.time (workload text, contender text, round int, milliseconds double precision);
CREATE TABLE bench.size (workload text, contender text, bytes bigint, "limit" bigint);

-- Rounds of all contenders, each after the other; a first round warms caches and does not count.
CREATE FUNCTION bench.run(rounds int, pattern text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  work record; item record; started timestamptz;
BEGIN
  FOR work IN SELECT workload FROM bench.contender WHERE workload LIKE pattern GROUP BY workload ORDER BY min(id) LOOP
    FOR round IN 0..rounds LOOP
      FOR item IN SELECT * FROM bench.contender WHERE workload = work.workload ORDER BY id LOOP
        started := clock_timestamp();
        EXECUTE item.statement;
        IF round > 0 THEN
          INSERT INTO bench.time
          VALUES (item.workload, item.contender, round, 1000 * extract(epoch FROM clock_timestamp() - started));
        END IF;
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
