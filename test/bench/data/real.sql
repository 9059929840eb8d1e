-- Real sets, those of the papers on Roaring bitmaps: lines of a number, TAB, an array. Each is stored in every way.
-- The many-to-many table of the largest would take longer to make than everything else together: not in a quick run.
SELECT to_regclass('real_array') IS NULL AS missing \gset
\if :missing
CREATE TABLE real_array (data text, set_no int, ids bigint[], PRIMARY KEY (data, set_no));
CREATE FUNCTION bench.load(directory text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  FOR name IN SELECT replace(file, '.tsv.xz', '') FROM pg_ls_dir(directory) AS file WHERE file LIKE '%.tsv.xz'
      ORDER BY 1 LOOP
    CREATE TEMP TABLE loaded (set_no int, ids bigint[]);
    EXECUTE format('COPY loaded FROM PROGRAM %L', format('xz -dc %s/%s.tsv.xz', directory, name));
    INSERT INTO real_array SELECT name, * FROM loaded ORDER BY set_no;
    DROP TABLE loaded;
  END LOOP;
END $$;
SELECT bench.load(:'real') \g /dev/null

CREATE TABLE real_objectset (data text, set_no int, members objectset, PRIMARY KEY (data, set_no));
INSERT INTO real_objectset SELECT data, set_no, ids FROM real_array;
-- The same bytes, with nothing to do but to read them.
CREATE TABLE real_bytes (data text, set_no int, bytes bytea, PRIMARY KEY (data, set_no));
ALTER TABLE real_bytes ALTER bytes SET STORAGE EXTERNAL;
INSERT INTO real_bytes SELECT data, set_no, objectset_to_roaring64(members) FROM real_objectset;
CREATE UNLOGGED TABLE real_membership (data text, set_no int, id bigint);
INSERT INTO real_membership SELECT data, set_no, unnest(ids) FROM real_array
    WHERE :scale = 1 OR data <> 'census-income';
ALTER TABLE real_membership ADD PRIMARY KEY (data, set_no, id);
CREATE INDEX ON real_membership (id);
\if :have_intarray
  CREATE TABLE real_intarray (data text, set_no int, ids int[], PRIMARY KEY (data, set_no));
  INSERT INTO real_intarray SELECT data, set_no, ids::int[] FROM real_array;
\endif
\if :have_roaringbitmap
  CREATE TABLE real_roaring64 (data text, set_no int, members roaringbitmap64, PRIMARY KEY (data, set_no));
  INSERT INTO real_roaring64 SELECT data, set_no, rb64_runoptimize(rb64_build(ids)) FROM real_array;
  CREATE TABLE real_roaring32 (data text, set_no int, members roaringbitmap, PRIMARY KEY (data, set_no));
  INSERT INTO real_roaring32 SELECT data, set_no, rb_runoptimize(rb_build(ids::int[])) FROM real_array;
\endif
SELECT format('COPY (SELECT set_no, encode(objectset_to_roaring64(members), ''hex'') FROM real_objectset
    WHERE data = %L) TO %L',
              data, :'sets' || '/' || data || '.sets')
FROM (SELECT DISTINCT data FROM real_array) AS d \gexec
VACUUM ANALYZE;
\endif
