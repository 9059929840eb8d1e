-- Medians and ratios.
\pset footer off
\pset border 0
\pset null ''
\echo
\echo Times: the median of the rounds, and the ratio to the workload''s first line.
WITH median AS (
  SELECT workload, contender, percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) AS ms
  FROM bench.time GROUP BY workload, contender),
first AS (SELECT DISTINCT ON (workload) workload, contender, min(id) OVER (PARTITION BY workload) AS place FROM bench.contender ORDER BY workload, id)
SELECT c.workload, c.contender, round(m.ms::numeric, 2) AS ms, round((m.ms / f.ms)::numeric, 2) AS ratio, c."limit" AS "at most"
FROM bench.contender c
JOIN median m USING (workload, contender)
JOIN first ON first.workload = c.workload
JOIN median f ON f.workload = c.workload AND f.contender = first.contender
ORDER BY first.place, c.id;
\echo
\echo Sizes: the bytes of all values together.
SELECT workload, contender, bytes, "limit" AS "at most" FROM bench.size ORDER BY workload, bytes;
