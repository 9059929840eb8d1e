-- What sqlsmith finds (test/sqlsmith.sh): tables of sets of all kinds, saved sets, and a catalog of functions that has ours and
-- few others. It is run by a role that owns the tables and no more.
CREATE EXTENSION objectset;
CREATE ROLE smith LOGIN;
CREATE SCHEMA smith AUTHORIZATION smith;
CREATE SCHEMA smith_catalog;
GRANT USAGE ON SCHEMA smith_catalog TO smith;
ALTER SYSTEM SET track_functions = 'all';
SELECT pg_reload_conf();

-- Operators of ranges, enums and shapes, of which there are no values: queries with them fail, and that would be most.
SET allow_system_table_mods = on;
DELETE FROM pg_operator WHERE ARRAY[oprleft, oprright] && '{anyrange,anymultirange,anyenum,point,polygon,box,lseg,path,circle,line}'::regtype[]::oid[];
RESET allow_system_table_mods;

-- sqlsmith asks pg_proc, unqualified, for what it may call; and calls no functions that return rows.
CREATE VIEW smith_catalog.pg_proc AS
SELECT p.* FROM pg_catalog.pg_proc p
WHERE p.oid IN (SELECT objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND classid = 'pg_proc'::regclass
                AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'objectset')) AND prorettype <> ALL ('{int8multirange,objectset_state}'::regtype[])
   OR pronamespace = 'smith'::regnamespace
   OR pronamespace = 'pg_catalog'::regnamespace AND provolatile = 'i' AND NOT proretset
      AND 'internal'::regtype <> ALL (proargtypes)
      AND prorettype = ANY ('{bigint,integer,boolean,text}'::regtype[]) AND proargtypes::oid[] <@ '{bigint,integer,boolean,text,anyarray,anyelement}'::regtype[]::oid[];
GRANT SELECT ON smith_catalog.pg_proc TO smith;

SET ROLE smith;
SET search_path = smith, public;

CREATE TABLE patient (id bigint PRIMARY KEY, doctor integer, ward smallint, born date, name text);
INSERT INTO patient SELECT i, i % 40, i % 7, '1950-01-01'::date + i, 'patient ' || i FROM generate_series(1, 2000) i;
CREATE INDEX ON patient (doctor, ward);
CREATE TABLE visit (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, patient_id bigint REFERENCES patient, cost integer) ;
INSERT INTO visit (patient_id, cost) SELECT 1 + i * 7 % 2000, i % 100 FROM generate_series(1, 4000) i;
CREATE INDEX ON visit (patient_id);
CREATE TABLE part (id bigint NOT NULL, kind integer, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (MINVALUE) TO (700);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (700) TO (MAXVALUE);
INSERT INTO part SELECT i, i % 9 FROM generate_series(1, 1500) i;
-- Small sets, sets stored apart, empty ones, negative ids, NULLs, and ids at both ends.
CREATE TABLE segment (id bigint PRIMARY KEY, label text, members objectset, others objectset);
INSERT INTO segment
SELECT i, 'segment ' || i, CASE i % 10 WHEN 0 THEN '{}' WHEN 1 THEN NULL WHEN 2 THEN objectset_range(i, i * 500) WHEN 3 THEN '{-9223372036854775808,9223372036854775807}'
  ELSE (SELECT objectset_agg(1 + j * 7919 % 2000) FROM generate_series(i, i + (i * 13 % 700)) j) END,
  objectset_range(-i, i) | (i * 5000000000)
FROM generate_series(1, 100) i;
CREATE INDEX ON segment USING gin (members);
CREATE INDEX ON segment USING hash (members);
CREATE INDEX ON segment ((cardinality(members)));
-- Forms of sets, and words that functions take: names of tables, sets, columns; operators, queries and expressions.
CREATE TABLE form AS
SELECT members AS s, members::bigint[] AS ids, '{1,5,9}'::integer[] AS several, '{1,2}'::smallint[] AS few, ARRAY[members, others] AS sets,
  '{1,5}'::objectset::jsonb AS j, '{1,7}'::objectset::json AS js, others::bytea AS bytes, objectset_to_roaring64_base64(others) AS base64
FROM segment WHERE id > 3 AND id < 12 AND members IS NOT NULL AND cardinality(members) < 10000;
SELECT objectset_create_table('patient_set', 'patient', history => true, index => true);
SELECT objectset_create_table('visit_set', 'visit');
SELECT objectset_track('patient_set', 'visit', 'patient_id'), objectset_follow_deletes('patient_set');
SELECT objectset_save('patient_set', 'ward 3', 'SELECT id FROM smith.patient WHERE ward = 3'), objectset_save('patient_set', 'costly', 'SELECT patient_id FROM smith.visit WHERE cost > 90'),
  objectset_save('patient_set', 'mine', '{1..50,70}'::objectset), objectset_save('visit_set', 'all', 'SELECT id FROM smith.visit'), objectset_save('visit_set', 'few', '{1..10}'::objectset);
SELECT objectset_define('patient_set', 'both', '"ward 3" & costly'), objectset_add('patient_set', 'ward 3', 1, 2), objectset_remove('patient_set', 'costly', 14);
CREATE TABLE word AS
SELECT n AS id, (ARRAY['patient_set', 'visit_set', 'patient', 'segment'])[1 + n % 4]::regclass AS t, (ARRAY['ward 3', 'costly', 'mine', 'both', 'all'])[1 + n % 5] AS name,
  (ARRAY['|', '&', '#', '-', 'mine', '{1..9}', 'SELECT 1', '"ward 3" | mine', 'new'])[1 + n % 9] AS op, (ARRAY['id', 'ward', 'doctor', 'name', 'patient_id'])[1 + n % 5]::name AS col,
  '{ward,doctor}'::name[] AS cols, '{2,3}'::text[] AS steps, ('{"ward 3",mine,' || (ARRAY['costly', 'both'])[1 + n % 2] || '}')::text[] AS names, now() - interval '1 day' * (n % 3) AS at, n * 0.1::float8 AS ratio
FROM generate_series(1, 20) n;
-- What returns rows, as functions that do not.
CREATE FUNCTION listed(t regclass) RETURNS text STABLE LANGUAGE sql AS 'SELECT string_agg(x::text, '','') FROM objectset_list(t) x';
CREATE FUNCTION overlapping(t regclass) RETURNS text STABLE LANGUAGE sql AS 'SELECT string_agg(x::text, '','') FROM objectset_overlaps(t) x';
CREATE FUNCTION alike(t regclass, threshold float8, k integer) RETURNS text STABLE LANGUAGE sql AS 'SELECT string_agg(x::text, '','') FROM objectset_overlaps(t, threshold, k) x';
CREATE FUNCTION like_one(t regclass, name text, k integer) RETURNS text STABLE LANGUAGE sql AS 'SELECT string_agg(x::text, '','') FROM objectset_similar(t, name, k) x';
CREATE FUNCTION faceted(t regclass, name text, col name) RETURNS text STABLE LANGUAGE sql AS 'SELECT string_agg(x::text, '','') FROM objectset_facets(t, name, col) x';
CREATE FUNCTION faceted_by(t regclass, name text, cols name[], steps text[]) RETURNS text STABLE LANGUAGE sql AS 'SELECT string_agg(x::text, '','') FROM objectset_facets_by(t, name, cols, steps) x';
CREATE FUNCTION holding(t regclass, id bigint) RETURNS text STABLE LANGUAGE sql AS 'SELECT string_agg(x, '','') FROM objectset_containing(t, id) x';
CREATE FUNCTION noted(t regclass, name text) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM objectset_history(t, name) x';
CREATE FUNCTION apart(sets objectset[]) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT sum(count)::bigint FROM objectset_exclusive(sets)';
CREATE FUNCTION apart(t regclass, names text[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(count)::bigint FROM objectset_exclusive(t, names)';
CREATE FUNCTION going_on(t regclass, names text[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(count)::bigint FROM objectset_funnel(t, names)';
CREATE FUNCTION refreshed(t regclass) RETURNS bigint VOLATILE LANGUAGE sql AS 'SELECT sum(entered)::bigint FROM objectset_refresh(t)';
CREATE FUNCTION status(t regclass) RETURNS bigint VOLATILE LANGUAGE sql AS 'SELECT sum(failures)::bigint FROM objectset_status(t)';
CREATE FUNCTION nth(s objectset, n integer) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT s[n]';
CREATE FUNCTION cut(s objectset, n integer, m integer) RETURNS objectset IMMUTABLE LANGUAGE sql AS 'SELECT s[n:m]';
CREATE FUNCTION turned(s objectset) RETURNS objectset IMMUTABLE LANGUAGE sql AS 'SELECT s::int8multirange::objectset';
CREATE FUNCTION paged(s objectset, after bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT sum(x)::bigint FROM objectset_elements(s, after, 10, after % 2 = 0) x';
-- Joins by sets, which sqlsmith would hardly find.
CREATE VIEW in_segment AS SELECT p.*, s.label FROM patient p JOIN segment s ON p.id <@ s.members;
CREATE VIEW in_saved AS SELECT p.*, s.name AS set_name, s.members FROM patient p JOIN patient_set s ON p.id <@ s.members;
CREATE VIEW visit_of AS SELECT v.* FROM visit v WHERE v.patient_id <@ objectset_members('patient_set', 'ward 3') OR v.id <@ '{5..9}';
CREATE VIEW not_in AS SELECT p.* FROM part p WHERE NOT p.id <@ (SELECT members FROM segment WHERE id = 2) AND EXISTS (SELECT FROM segment s WHERE p.id <@ s.others);
CREATE VIEW id_of AS SELECT s.id, x.id AS member FROM segment s, unnest(s.members) x(id);
CREATE VIEW in_part AS SELECT p.*, s.members & s.others AS shared FROM part p, segment s WHERE p.id <@ (s.members | s.others);
RESET ROLE;
ANALYZE;
