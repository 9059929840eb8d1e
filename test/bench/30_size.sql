-- Sizes of real sets (the data of the Roaring papers), where they are at hand. The form to beat is a run-optimized
-- 32-bit stream behind a header of four bytes, as pg_roaringbitmap stores; it may be beaten by 32 bytes a value.
CREATE TABLE real_set (data text, set_no int, ids bigint[]);
CREATE TABLE real_stored (data text, set_no int, members objectset);
CREATE FUNCTION bench.load(directory text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  FOR name IN SELECT replace(file, '.tsv.xz', '') FROM pg_ls_dir(directory) file WHERE file LIKE '%.tsv.xz' LOOP
    CREATE TEMP TABLE loaded (set_no int, ids bigint[]);
    EXECUTE format('COPY loaded FROM PROGRAM %L', format('xz -dc %s/%s.tsv.xz', directory, name));
    INSERT INTO real_set SELECT name, * FROM loaded;
    DROP TABLE loaded;
  END LOOP;
  INSERT INTO real_stored SELECT data, set_no, ids::objectset FROM real_set;
END $$;
SELECT bench.load(:'data') \g /dev/null
VACUUM ANALYZE real_set, real_stored;
INSERT INTO bench.size
SELECT data || ', ' || count(*) || ' sets', contender, sum(bytes), CASE contender WHEN 'objectset' THEN sum(stream + 32) END
FROM (SELECT data, 4 + length(objectset_to_roaring32(members)) AS stream, pg_column_size(members) AS own, 24 + 8 * cardinality(members) AS listed FROM real_stored) s,
  LATERAL (VALUES ('objectset', own::bigint), ('run-optimized streams', stream), ('bigint[]', listed)) AS c(contender, bytes)
GROUP BY data, contender;
INSERT INTO bench.contender (workload, contender, statement)
SELECT data || ': union of all sets', contender, format(statement, data)
FROM (SELECT DISTINCT data FROM real_set) d,
  (VALUES (1, 'read the rows', 'SELECT sum(length(objectset_send(members))) FROM real_stored WHERE data = %L'),
          (2, 'objectset_union_agg', 'SELECT cardinality(objectset_union_agg(members)) FROM real_stored WHERE data = %L'),
          (3, 'count distinct of arrays', 'SELECT count(DISTINCT id) FROM real_set, unnest(ids) id WHERE data = %L')) AS c(place, contender, statement)
ORDER BY data, place;
