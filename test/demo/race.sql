-- The same questions put to sets and to a many-to-many table. The demo ends in failure where the answers differ.

CALL race('every membership, as a hash',
    $$SELECT left(md5(string_agg(name || members::integer[]::text, ',' ORDER BY name)), 10) FROM package_set$$,
    $$SELECT left(md5(string_agg(name || ids::text, ',' ORDER BY name)), 10)
      FROM (SELECT g.name, array_agg(m.package_id ORDER BY m.package_id) AS ids
            FROM membership m JOIN package_group g ON g.id = m.group_id GROUP BY g.name) t$$);

CALL race('members of one group',
    $$SELECT cardinality(members) FROM package_set WHERE name = 'needs ssl'$$,
    $$SELECT count(*) FROM membership JOIN package_group g ON g.id = group_id WHERE g.name = 'needs ssl'$$);

CALL race('in both of two groups',
    $$SELECT objectset_intersect_count(a.members, b.members)
      FROM package_set a, package_set b WHERE a.name = 'needs ssl' AND b.name = 'section:python'$$,
    $$SELECT count(*)
      FROM membership a JOIN package_group ga ON ga.id = a.group_id
      JOIN membership b ON b.package_id = a.package_id JOIN package_group gb ON gb.id = b.group_id
      WHERE ga.name = 'needs ssl' AND gb.name = 'section:python'$$);

CALL race('(a | b) - c',
    $$SELECT cardinality((a.members | b.members) - c.members)
      FROM package_set a, package_set b, package_set c
      WHERE a.name = 'python' AND b.name = 'needs ssl' AND c.name = 'section:libdevel'$$,
    $$SELECT count(*) FROM (
        (SELECT package_id FROM membership JOIN package_group g ON g.id = group_id WHERE g.name = 'python'
         UNION
         SELECT package_id FROM membership JOIN package_group g ON g.id = group_id WHERE g.name = 'needs ssl')
        EXCEPT
        SELECT package_id FROM membership JOIN package_group g ON g.id = group_id WHERE g.name = 'section:libdevel') x$$);

CALL race('installed size of a group (join)',
    $$SELECT sum(p.installed_size) FROM package p
      WHERE p.id <@ (SELECT members FROM package_set WHERE name = 'needs ssl')$$,
    $$SELECT sum(p.installed_size) FROM package p
      JOIN membership m ON m.package_id = p.id JOIN package_group g ON g.id = m.group_id
      WHERE g.name = 'needs ssl'$$);

CALL race('the group most like another',
    $$SELECT b.name FROM package_set a, package_set b
      WHERE a.name = 'section:games' AND b.name <> a.name
      ORDER BY objectset_jaccard(a.members, b.members) DESC, b.name LIMIT 1$$,
    $$WITH this AS (SELECT m.package_id FROM membership m JOIN package_group g ON g.id = m.group_id
                    WHERE g.name = 'section:games'),
           size AS (SELECT group_id, count(*) AS n FROM membership GROUP BY group_id),
           both_of AS (SELECT group_id, count(*) AS n FROM membership JOIN this USING (package_id) GROUP BY group_id)
      SELECT g.name FROM both_of b JOIN size s USING (group_id) JOIN package_group g ON g.id = b.group_id
      WHERE g.name <> 'section:games'
      ORDER BY b.n::float8 / ((SELECT count(*) FROM this) + s.n - b.n) DESC, g.name LIMIT 1$$);

CALL race('packages in any tag''s group',
    $$SELECT cardinality(objectset_union_agg(members)) FROM package_set WHERE name LIKE 'tag:%'$$,
    $$SELECT count(DISTINCT package_id) FROM membership JOIN package_group g ON g.id = group_id
      WHERE g.name LIKE 'tag:%'$$);

CALL race('packages in 8 tags'' groups or more',
    $$SELECT cardinality(objectset_at_least_agg(members, 8)) FROM package_set WHERE name LIKE 'tag:%'$$,
    $$SELECT count(*) FROM (
        SELECT package_id FROM membership JOIN package_group g ON g.id = group_id
        WHERE g.name LIKE 'tag:%' GROUP BY package_id HAVING count(*) >= 8) x$$);

CALL race('groups that hold a package',
    $$SELECT count(*) FROM package_set WHERE members @> (SELECT id FROM package WHERE name = 'openssl')$$,
    $$SELECT count(*) FROM membership WHERE package_id = (SELECT id FROM package WHERE name = 'openssl')$$);
