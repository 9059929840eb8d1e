-- Sets of every shape that the portable form tells apart, as `name, bytes in hex, ids`: in 64 bits, and in 32 where they fit.
CREATE TABLE shape (name text PRIMARY KEY, ids objectset NOT NULL);
INSERT INTO shape VALUES
  ('empty', '{}'), ('one', '{7}'), ('ends', '{-9223372036854775808,-1,0,9223372036854775807}'),
  ('ends of 32 bits', '{0,4294967295}'), ('both signs', objectset_range(-70000, 70000)),
  ('a full container', objectset_range(65536, 131072)), ('a million in a run', objectset_range(5, 1000005)),
  ('4096 in a container', (SELECT objectset_agg(i * 3) FROM generate_series(0, 4095) i)),
  ('4097 in a container', (SELECT objectset_agg(i * 3) FROM generate_series(0, 4096) i)),
  ('a bitmap', (SELECT objectset_agg(i * 3) FROM generate_series(0, 20000) i)),
  ('runs', (SELECT objectset_agg(i) FROM generate_series(0, 200000) i WHERE i % 1000 < 700)),
  ('three containers with a run', (SELECT objectset_agg(i) FROM generate_series(0, 150000) i WHERE i < 100 OR i % 7 = 0)),
  ('many containers', (SELECT objectset_agg(i << 16) FROM generate_series(0, 60000) i)),
  ('far apart', (SELECT objectset_agg(i * 12345678901) FROM generate_series(-300, 300) i)),
  ('mixed', '{-9,5,65536..131071,200000..260000,8589934592..8589934600}');
CREATE TABLE back (library text, bits int, name text, hex text);
CREATE VIEW sent AS
  SELECT 64 AS bits, name, encode(objectset_to_roaring64(ids), 'hex') AS hex, array_to_string(ids::bigint[], ',') AS ids FROM shape
  UNION ALL
  SELECT 32, name, encode(objectset_to_roaring32(ids), 'hex'), array_to_string(ids::bigint[], ',') FROM shape
  WHERE ids <@ objectset_range(0, 4294967296);
-- What came back otherwise than it went, or not at all.
CREATE VIEW wrong AS
  SELECT l.library, s.bits, s.name
  FROM (SELECT DISTINCT library, bits FROM back) l JOIN sent s USING (bits) JOIN shape USING (name)
  LEFT JOIN back b USING (library, bits, name)
  WHERE CASE WHEN b.hex IS NULL THEN true
             WHEN bits = 64 THEN objectset_from_roaring64(decode(b.hex, 'hex')) <> shape.ids
             ELSE objectset_from_roaring32(decode(b.hex, 'hex')) <> shape.ids END;
