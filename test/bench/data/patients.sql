-- Patients, and their visits. All numbers come from hashes, so they are the same in every run.
SELECT to_regclass('patient') IS NULL AS missing \gset
\if :missing
CREATE UNLOGGED TABLE patient (id bigint, age int, picked int);      -- `picked`: uniform in 0 .. 999999
INSERT INTO patient
SELECT i, abs(hashint4(i) % 100), abs(hashint8extended(i, 1) % 1000000)
FROM generate_series(1, (5000000 * :scale)::int) AS i;
ALTER TABLE patient ADD PRIMARY KEY (id);

-- Four visits a patient, on average; of 1,000 diagnoses some are common and most are rare.
CREATE UNLOGGED TABLE visit (id bigint, patient_id bigint, diagnosis int);
INSERT INTO visit
SELECT i, 1 + abs(hashint8extended(i, 2) % (5000000 * :scale)::bigint),
       1 + trunc(1000 * (abs(hashint8extended(i, 3) % 1000000) / 1e6) ^ 2)
FROM generate_series(1, (20000000 * :scale)::int) AS i;
VACUUM ANALYZE patient, visit;
\endif
