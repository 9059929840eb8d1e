-- What was measured, side by side, and what it was to be.
\pset footer off
\pset border 0
\pset null ''
\pset linestyle unicode
SET client_min_messages = error;

\echo
\echo Times: the median of the rounds; as a ratio objectset is 1. A peer that takes less than 0.97 of it is marked FASTER.
SELECT CASE WHEN row_number() OVER w = 1 THEN c.workload END AS workload, c.contender, bench.show_time(c.ms) AS "time",
       round(ratio::numeric, CASE WHEN ratio < 9.95 THEN 2 ELSE 0 END)::text AS ratio,
       CASE WHEN kind = 'peer' AND ratio < 0.97 THEN '◀ FASTER' END AS mark
FROM bench.compared c
JOIN (SELECT workload, min(id) AS first FROM bench.median GROUP BY workload) f USING (workload)
WINDOW w AS (PARTITION BY c.workload ORDER BY c.id)
ORDER BY f.first, c.id;

\echo
\echo Bytes, pages and the like. A peer that takes less than 0.97 of it, and 32 bytes less, is marked SMALLER.
WITH compared AS (
  SELECT f.*, o.value AS ours, o.id AS place
  FROM bench.figure f LEFT JOIN bench.figure o ON o.workload = f.workload AND o.contender = 'objectset')
SELECT CASE WHEN row_number() OVER w = 1 THEN workload END AS workload, contender, to_char(value,
    'FM999,999,999,999') AS value,
       round(value / nullif(ours, 0), 2) AS ratio,
       to_char("limit", 'FM999,999,999,999') AS "limit",
       CASE WHEN value > "limit" THEN 'MISSED' WHEN "limit" IS NOT NULL THEN 'met'
            WHEN bench.kind(contender) = 'peer' AND value < 0.97 * ours AND (unit <> 'bytes' OR value + 32 < ours)
                 THEN '◀ SMALLER' END AS mark
FROM compared
WINDOW w AS (PARTITION BY workload ORDER BY id)
ORDER BY place, id;

\echo
\echo Goals: where the ratio was worst, or in the median of all workloads (no workload named).
SELECT about AS goal, workload AS "where it was worst", figure || ' ' || unit AS measured,
    '<= ' || "limit" || ' ' || unit AS "limit",
       CASE WHEN "limit" IS NOT NULL OR figure IS NULL THEN verdict END AS verdict
FROM (SELECT id, about, workload, figure, unit, "limit", verdict FROM bench.judged WHERE figure IS NOT NULL
      UNION ALL
      SELECT 1000, what || ' within their limits', NULL, count(*) FILTER (WHERE value > "limit"), 'beyond', 0,
             CASE WHEN count(value) = 0 THEN 'not measured' WHEN count(*) FILTER (WHERE value > "limit") = 0
                 THEN 'met' ELSE 'MISSED' END
      FROM (VALUES ('bytes'), ('pages')) AS k(what) LEFT JOIN bench.figure ON unit = what AND "limit" IS NOT NULL
      GROUP BY what
      UNION ALL
      SELECT 1001, 'no peer is faster, in any workload', NULL, count(DISTINCT workload) FILTER (WHERE kind = 'peer'
          AND ratio < 0.97), 'faster', 0,
             CASE WHEN count(*) FILTER (WHERE kind = 'peer' AND ratio < 0.97) = 0 THEN 'met' ELSE 'MISSED' END
      FROM bench.compared) AS goals
ORDER BY id;

SELECT count(*) AS unmeasured, count(*) > 0 AS some FROM bench.judged WHERE figure IS NULL \gset
\if :some
  \echo Not measured in this run: :unmeasured goals.
\endif

SELECT EXISTS (SELECT FROM bench.disagreement) AS disagree \gset
\if :disagree
  \echo
  \echo These contenders gave different answers:
  SELECT * FROM bench.disagreement;
\endif
