/* The tour. test/demo/run shows the comments that begin a line, and the statements with their results; `-- =`
   begins a title. Remarks like this one are not shown. Every statement ends its line. */

-- = The catalogue
-- Packages, what each depends on, and how each is tagged: what this machine's apt knows, or made up.

SELECT (SELECT count(*) FROM package)    AS packages,
       (SELECT count(*) FROM dependency) AS dependencies,
       (SELECT count(*) FROM tag)        AS tags;

-- = Save the results of queries
-- A group of packages is a value: the set of their ids, in one column of an ordinary table.

CREATE TABLE package_set (name text PRIMARY KEY, members objectset NOT NULL);

INSERT INTO package_set
SELECT 'python', objectset_agg(id) FROM package WHERE name LIKE 'python3%';

INSERT INTO package_set
SELECT 'big', objectset_agg(id) FROM package WHERE installed_size > 100 * 1024;

-- What depends on OpenSSL's library: directly, and by any number of steps. The second is a recursive
-- query that one would not like to repeat with every question. Its result is kept.

INSERT INTO package_set
SELECT 'needs ssl directly', objectset_agg(package_id) FROM dependency
WHERE depends_on = (SELECT id FROM package WHERE name = :'ssl');

INSERT INTO package_set
WITH RECURSIVE needs(id) AS (
    SELECT id FROM package WHERE name = :'ssl'
    UNION
    SELECT d.package_id FROM dependency d JOIN needs n ON d.depends_on = n.id
)
SELECT 'needs ssl', objectset_agg(id) FROM needs;

-- Whole families of groups come from one GROUP BY each: sections, maintainers, tags.

INSERT INTO package_set
SELECT 'section:' || section, objectset_agg(id) FROM package GROUP BY section;

INSERT INTO package_set
SELECT 'by:' || maintainer, objectset_agg(id) FROM package
GROUP BY maintainer HAVING count(*) >= 20;

INSERT INTO package_set
SELECT 'tag:' || tag, objectset_agg(package_id) FROM tag GROUP BY tag;

-- = What was saved
-- The number of ids of a set, and the bytes that it takes where it is stored.

SELECT count(*) AS groups, sum(cardinality(members)) AS memberships,
       sum(pg_column_size(members)) AS bytes
FROM package_set;

SELECT name, cardinality(members) AS packages, pg_column_size(members) AS bytes,
       round(pg_column_size(members)::numeric / cardinality(members), 2) AS bytes_per_id
FROM package_set
WHERE name NOT LIKE '%:%' OR name IN ('section:games', 'section:libs', 'section:doc')
ORDER BY packages DESC;

-- = Combine them
-- Union |, intersection &, symmetric difference # and difference - make new sets out of saved ones.

SELECT cardinality(python.members & ssl.members) AS "python that needs ssl",
       cardinality(big.members - ssl.members)    AS "big without ssl",
       cardinality(python.members | big.members) AS "python or big",
       cardinality(python.members # ssl.members) AS "one of the two"
FROM package_set python, package_set ssl, package_set big
WHERE python.name = 'python' AND ssl.name = 'needs ssl' AND big.name = 'big';

-- A trap of SQL: - binds tighter than |, & and #, and those three share one level, left to right. So
-- a & b - c is a & (b - c), and a | b & c is (a | b) & c. Parentheses say what is meant.

SELECT cardinality(g.members | p.members & s.members)   AS "games | python & ssl",
       cardinality(g.members | (p.members & s.members)) AS "games | (python & ssl)"
FROM package_set g, package_set p, package_set s
WHERE g.name = 'section:games' AND p.name = 'python' AND s.name = 'needs ssl';

-- = Back to the rows
-- A set filters the table that its ids came from: id <@ set. The largest games that need OpenSSL:

SELECT p.name, pg_size_pretty(p.installed_size * 1024) AS installed, left(p.summary, 50) AS summary
FROM package p
WHERE p.id <@ (SELECT g.members & s.members FROM package_set g, package_set s
               WHERE g.name = 'section:games' AND s.name = 'needs ssl')
ORDER BY p.installed_size DESC LIMIT 5;

-- Or one row for each of several groups, in a join:

SELECT s.name, count(*) AS packages, pg_size_pretty(sum(p.size)) AS to_download,
       max(p.name) AS last_by_name
FROM package_set s JOIN package p ON p.id <@ s.members
WHERE s.name IN ('python', 'big', 'needs ssl directly')
GROUP BY s.name ORDER BY s.name;

-- = Pages of a set
-- Ids stand in ascending order; subscripts count them from 1. A page of a large set is a slice of it.

SELECT members[1] AS first, members[1000] AS thousandth, members[21:25] AS "21st to 25th",
       objectset_rank(members, members[1000]) AS rank
FROM package_set WHERE name = 'needs ssl';

SELECT p.id, p.name
FROM package_set s, unnest(objectset_slice(s.members, 1000, 4)) AS page(id)
     JOIN package p USING (id)
WHERE s.name = 'needs ssl' ORDER BY p.id;

-- = Which groups hold this package?

SELECT name, cardinality(members) AS packages FROM package_set
WHERE members @> (SELECT id FROM package WHERE name = :'subject')
ORDER BY cardinality(members) DESC, name LIMIT 8;

-- = Which groups are alike?
-- The Jaccard index is the number of shared ids over the number of ids in either: 1 for equal sets.

SELECT b.name, round(objectset_jaccard(a.members, b.members)::numeric, 3) AS jaccard,
       cardinality(a.members & b.members) AS shared, cardinality(b.members) AS packages
FROM package_set a, package_set b
WHERE a.name = 'section:games' AND b.name <> a.name
ORDER BY objectset_jaccard(a.members, b.members) DESC, b.name LIMIT 5;

-- = Aggregates of sets
-- The union of many sets, and the packages that are in many of them at once.

SELECT cardinality(objectset_union_agg(members))       AS "tagged at all",
       cardinality(objectset_at_least_agg(members, 4)) AS "in 4 tags or more",
       cardinality(objectset_at_least_agg(members, 8)) AS "in 8 tags or more"
FROM package_set WHERE name LIKE 'tag:%';

-- = Correct a set by hand
-- An id joins with | and leaves with -. Whatever the way to them, equal sets are equal.

UPDATE package_set SET members = (members | 1) - members[2] WHERE name = 'python'
RETURNING cardinality(members) AS packages, members[1:3] AS begins_with,
          ((members - 1) | 1) = members AS same;

-- = Take it elsewhere
-- As an array, as JSON, as ranges, or as the portable Roaring bytes that other systems read.

SELECT members[1:3]::integer[] AS array, members[1:3]::jsonb AS json,
       (objectset_between(members, 30000, NULL))[1:4]::int8multirange AS ranges,
       octet_length(objectset_to_roaring64(members)) AS roaring_bytes
FROM package_set WHERE name = 'needs ssl directly';

-- = Saved sets
-- A set table keeps groups with the queries that find them, and with corrections by hand. It is made for
-- the table whose ids they are of. Saving says how many members a set has.

SELECT objectset_create_table('collection', 'package');

SELECT objectset_save('collection', 'games', $$SELECT id FROM package WHERE section = 'games'$$) AS games,
       objectset_save('collection', 'needs ssl',
                      (SELECT members FROM package_set WHERE name = 'needs ssl')) AS "needs ssl";

-- A set may be composed of others of its table.

SELECT objectset_define('collection', 'offline', 'games - "needs ssl"') AS offline;

-- s.members are the members of a row, for queries like all those above.

SELECT s.name, s.count, count(*) AS rows, pg_size_pretty(sum(p.installed_size) * 1024) AS installed
FROM collection s JOIN package p ON p.id <@ s.members
GROUP BY s.id ORDER BY s.id;

-- Correct what the query found, and let the catalogue go on: what is done by hand outlasts a refresh, and
-- the set that is composed of the others follows them.

SELECT objectset_add('collection', 'games', (SELECT id FROM package WHERE name = 'openssl')) AS entered,
       objectset_remove('collection', 'games', (SELECT members[1:2]
                                                FROM package_set WHERE name = 'section:games')) AS left_it;

UPDATE package SET section = 'games'
WHERE id <@ (SELECT members[1:10] FROM package_set WHERE name = 'section:utils');

SELECT * FROM objectset_refresh('collection');

SELECT s.name, s.expression, s.count, s.added, s.removed, s.members[1:5] AS begins_with
FROM collection s ORDER BY s.id;

-- Which of them hold a package, how they overlap, and how the members of one fall on a column's values.

SELECT objectset_containing('collection', id) AS "holds openssl" FROM package WHERE name = 'openssl';

SELECT a, b, in_both, round(jaccard::numeric, 3) AS jaccard FROM objectset_overlaps('collection');

SELECT value AS section, count AS "of what needs ssl"
FROM objectset_facets('collection', 'needs ssl', 'section', 5);

-- = The same in a many-to-many table
-- All groups once more in the usual way: a row for each membership, found from either side by index. The sets get
-- an index, too, for the questions that a package is in.

CREATE INDEX ON package_set USING gin (members);

CREATE TABLE package_group (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text UNIQUE NOT NULL
);
CREATE TABLE membership (
    group_id   integer,
    package_id integer,
    PRIMARY KEY (group_id, package_id)
);

INSERT INTO package_group (name) SELECT name FROM package_set;
INSERT INTO membership
SELECT g.id, unnest(s.members) FROM package_set s JOIN package_group g USING (name);
CREATE INDEX ON membership (package_id);
VACUUM ANALYZE package_set, package_group, membership;
