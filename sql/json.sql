-- Sets in JSON: arrays of numbers, whichever function writes them and whatever their size; and arrays are read.

CREATE TEMP TABLE cohort (name text, m objectset, many objectset[]);
INSERT INTO cohort VALUES ('few', '{3,1,-2}', '{"{1,2}","{}"}'), ('none', '{}', NULL), ('null', NULL, '{NULL}'),
  ('ends', '{-9223372036854775808,9223372036854775807}', '{}');

SELECT to_json(m), to_jsonb(m), m::json, m::jsonb FROM cohort;
SELECT row_to_json(c), to_jsonb(c) FROM cohort c;
SELECT json_agg(m) AS json_agg, jsonb_agg(m) AS jsonb_agg FROM cohort;
SELECT json_agg(c), jsonb_agg(c) FROM cohort c WHERE name = 'few';
SELECT json_build_object('m', m), jsonb_build_object('m', m), json_build_array(m, 1), jsonb_build_array(m, 1) FROM cohort;
SELECT json_object_agg(name, m), jsonb_object_agg(name, m) FROM cohort;
SELECT array_to_json(array_agg(m)), to_json(many[1:]) FROM cohort GROUP BY many ORDER BY min(name);
SELECT error_of($$SELECT json_build_object(m, 1) FROM cohort$$);

-- One shape whatever the size: beyond 10,000 ids text changes, and JSON does not.
SELECT cardinality(s), json_typeof(to_json(s)), json_array_length(to_json(s)), jsonb_array_length(to_jsonb(s)), to_json(s) ->> -1 AS last
FROM (VALUES (objectset_range(-5, 9995)), (objectset_range(-5, 9996)), (objectset_range(999000, 1234567)),
             ('{-1000,-999,-10,-9,9,10,99,100,12345678901234}'::objectset)) AS t(s);
SELECT to_json(s)::jsonb = s::jsonb AS same, s = to_json(s)::text::objectset AS text_back, s = to_json(s)::objectset AS json_back,
       s = to_jsonb(s)::objectset AS jsonb_back
FROM (VALUES ('{}'::objectset), ('{1,-5}'), (objectset_range(-70000, 70000)), ('{-9223372036854775808,9223372036854775807}')) AS t(s);
-- What json cannot hold is refused before it is written.
SELECT error_of($$SELECT to_json(objectset_range(0, 5000000000))$$);
SELECT error_of($$SELECT row_to_json(r) FROM (SELECT objectset_range(0, 130000000) AS m) r$$);

-- Arrays reach columns.
SELECT name, m FROM json_populate_record(NULL::cohort, '{"name":"a","m":[1,2]}');
SELECT name, m FROM jsonb_populate_record(NULL::cohort, '{"name":"b","m":[2, 1, 2]}');
SELECT name, m FROM json_populate_recordset(NULL::cohort, '[{"name":"c","m":[]},{"name":"d","m":null},{"name":"e"},{"name":"f","m":"{1..3}"}]');
SELECT * FROM json_to_recordset('[{"m":[7]},{"m":[-8, 9]}]') AS r(m objectset);
INSERT INTO cohort SELECT * FROM json_populate_record(NULL::cohort, '{"name":"new","m":[5,6]}') RETURNING name, m;
SELECT r.* FROM cohort c, json_populate_record(NULL::cohort, to_json(c)) r WHERE coalesce(c.many, '{}') = '{}';
SELECT r.* FROM cohort c, jsonb_populate_record(NULL::cohort, to_jsonb(c)) r WHERE coalesce(c.many, '{}') = '{}';
SELECT '[1, 2]'::objectset, ' [ ] '::objectset, '[3,1,-9223372036854775808]'::objectset, 5 <@ '[1,5]' AS in_it;
SELECT json, error_of(format('SELECT * FROM json_to_record(%L) AS r(m objectset)', json))
FROM (VALUES ('{"m":1}'), ('{"m":"x"}'), ('{"m":[1.5]}'), ('{"m":[null]}'), ('{"m":[[1]]}'), ('{"m":[true]}'), ('{"m":{"a":1}}'),
             ('{"m":[9223372036854775808]}'), ('{"m":[1e2]}')) AS t(json);
SELECT text, error_of(format('SELECT %L::objectset', text))
FROM (VALUES ('['), ('[1'), ('[1}'), ('{1]'), ('[1,]'), ('[1..5]'), ('[1,5)'), ('[1] 2')) AS t(text);
SELECT '[3, 1, 2.0]'::json::objectset, '[]'::json::objectset, NULL::json::objectset, NULL::objectset::json;
SELECT json, error_of(format('SELECT %L::json::objectset', json))
FROM (VALUES ('1'), ('{}'), ('["x"]'), ('[1.5]'), ('[null]'), ('[9223372036854775808]')) AS t(json);
