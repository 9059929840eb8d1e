# Incremental refreshes beside full ones: random queries, of shapes that can be asked for some ids only and of shapes that only
# look like it; random changes, of which some are not committed for a while; and after each refresh every set holds what
# its query finds.
#
#   OBJECTSET_FRESH_PROGRAMS   how many (2)
#   OBJECTSET_FRESH_STEPS      of each (25)
#   OBJECTSET_FRESH_SEED       draws the same programs again (a test that fails says which)
#   OBJECTSET_FRESH_SECONDS    of writers and refreshes side by side (8)

use strict;
use warnings;

use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $programs = $ENV{OBJECTSET_FRESH_PROGRAMS} || 2;
my $steps = $ENV{OBJECTSET_FRESH_STEPS} || 25;
my $seed = $ENV{OBJECTSET_FRESH_SEED} // int(time) % 1000000;
my $seconds = $ENV{OBJECTSET_FRESH_SECONDS} // 8;
note("OBJECTSET_FRESH_SEED=$seed OBJECTSET_FRESH_PROGRAMS=$programs OBJECTSET_FRESH_STEPS=$steps");
srand($seed);

sub pick { return $_[ rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub between { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)); }

my $node = PostgreSQL::Test::Cluster->new('fresh');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "fsync = off\nmax_prepared_transactions = 20\nautovacuum = off\njit = off\nclient_min_messages = warning\n");
$node->start;

# ---- The tables --------------------------------------------------------------------------------------------------

my $world = q{
CREATE EXTENSION objectset;
CREATE TABLE patient (id int PRIMARY KEY, a int, b int, name text);
CREATE TABLE visit (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, patient_id int, k int, other int);
CREATE INDEX ON visit (patient_id);
CREATE TABLE tag (pid bigint NOT NULL, t text);
CREATE TABLE remark (pid int NOT NULL REFERENCES patient ON DELETE CASCADE ON UPDATE CASCADE, k int);
CREATE TABLE part (pid smallint NOT NULL, g int, k int) PARTITION BY LIST (g);
CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE part2 (k int, waste int, g int, pid smallint NOT NULL);
ALTER TABLE part2 DROP waste;
ALTER TABLE part ATTACH PARTITION part2 FOR VALUES IN (2);
CREATE TABLE parent (pid int NOT NULL, k int);
CREATE TABLE child (x int) INHERITS (parent);
CREATE TABLE friend (one int NOT NULL, two int NOT NULL);
CREATE TABLE stranger (pid int, k int);
CREATE VIEW often AS SELECT patient_id AS id, count(*) AS n FROM visit GROUP BY patient_id;
CREATE VIEW both_of AS SELECT p.id, p.a, v.k FROM patient p JOIN visit v ON v.patient_id = p.id;
CREATE FUNCTION plus(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
INSERT INTO patient SELECT i, i % 10, i % 7, 'n' || i % 100 FROM generate_series(1, 400) i;
INSERT INTO visit (patient_id, k, other) SELECT nullif(i * 7 % 500, 0), i % 10, i % 400 FROM generate_series(1, 1200) i;
INSERT INTO tag SELECT i * 3 % 450, 't' || i % 4 FROM generate_series(1, 300) i;
INSERT INTO remark SELECT 1 + i * 5 % 400, i % 10 FROM generate_series(1, 300) i;
INSERT INTO part SELECT i * 11 % 450, 1 + i % 2, i % 10 FROM generate_series(1, 300) i;
INSERT INTO parent SELECT i * 5 % 450, i % 10 FROM generate_series(1, 100) i;
INSERT INTO child SELECT i * 7 % 450, i % 10 FROM generate_series(1, 100) i;
INSERT INTO friend SELECT i * 3 % 400, i * 7 % 400 FROM generate_series(1, 200) i;
INSERT INTO stranger SELECT i, i % 10 FROM generate_series(1, 400) i;
DO $$ BEGIN
  PERFORM objectset_create_table('s', 'patient');
  PERFORM objectset_track('s', t, c) FROM (VALUES ('visit'::regclass, 'patient_id'::name), ('tag', 'pid'), ('remark', 'pid'), ('part', 'pid'),
    ('parent', 'pid'), ('friend', 'one'), ('friend', 'two')) v (t, c);
END $$;
-- Sets whose base is not what their query finds, in one snapshot.
CREATE FUNCTION differing() RETURNS SETOF text LANGUAGE plpgsql AS $f$
DECLARE r record; found objectset;
BEGIN
  FOR r IN SELECT * FROM s ORDER BY id LOOP
    EXECUTE format('SELECT coalesce(objectset_agg(id), %L) FROM (%s) q (id)', '{}', r.query) INTO found;
    IF found <> r.base OR r.last_error IS NOT NULL THEN
      RETURN NEXT format('%s: missing %s, surplus %s, %s: %s', r.name, found - r.base, r.base - found, r.last_error, r.query);
    END IF;
  END LOOP;
END $f$;
};

# ---- Queries that can be asked for some ids only ------------------------------------------------------------------------

sub n { return between(0, 9); }
sub compared { my ($column) = @_; return "$column " . pick('<', '>', '=', '<>') . ' ' . n(); }

# A condition on the id `$id`, which is never NULL; under NOT, INs have to be of columns without NULLs.
sub condition
{
	my ($id, $depth, $only_true) = @_;
	my @kinds = (
		sub { 'EXISTS (SELECT FROM visit v1 WHERE v1.patient_id = ' . $id . ' AND ' . compared('v1.k') . ')' },
		sub { 'NOT EXISTS (SELECT 1 FROM visit v2 WHERE ' . $id . ' = v2.patient_id AND ' . compared('v2.k') . ')' },
		sub { $id . pick(' IN', ' NOT IN') . ' (SELECT pid FROM tag WHERE t ' . pick('=', '<>') . " 't1')" },
		sub { '(SELECT count(*) FROM visit v3 WHERE v3.patient_id = ' . $id . ') ' . pick('<', '>', '=') . ' ' . between(0, 4) },
		sub { '(SELECT ' . pick('max', 'min', 'sum') . '(v4.k) FROM visit v4 WHERE v4.patient_id = ' . $id . ') ' . pick('<', '>') . ' ' . n() },
		sub { "EXISTS (SELECT FROM visit v5 JOIN tag t5 ON t5.pid = v5.patient_id WHERE v5.patient_id = $id AND " . compared('v5.k') . ')' },
		sub { "EXISTS (SELECT FROM remark r6 WHERE r6.pid = $id AND NOT EXISTS (SELECT FROM tag t6 WHERE t6.pid = r6.pid AND t6.t = 't2'))" },
		sub { "EXISTS (SELECT FROM part q7 WHERE q7.pid = $id AND " . compared('q7.k') . ')' },
		sub { "$id IN (SELECT pid FROM parent WHERE " . compared('k') . ')' },
		sub { "$id IN (SELECT one FROM friend WHERE one <> two)" },
		sub { "EXISTS (SELECT FROM friend f8 WHERE f8.two = $id)" },
		sub { "EXISTS (SELECT pid FROM tag WHERE pid = $id INTERSECT SELECT pid FROM remark WHERE pid = $id)" },
		sub { "$id % 3 = " . between(0, 2) },
		sub { "$id = ANY ('{1,2,3,50,60}'::int[])" });
	push @kinds, sub { $id . ' IN (SELECT patient_id FROM visit WHERE ' . compared('k') . ')' },
	  sub { $id . ' IN (SELECT patient_id FROM visit GROUP BY patient_id HAVING count(*) > ' . between(0, 3) . ')' },
	  sub { "$id IN (SELECT v9.patient_id FROM visit v9 LEFT JOIN tag t9 ON t9.pid = v9.patient_id WHERE t9.t IS NULL)" }
	  if $only_true;
	my $drawn = rand;
	return pick(@kinds)->() if $depth == 0 || $drawn < 0.5;
	return '(' . condition($id, $depth - 1, $only_true) . pick(' AND ', ' OR ') . condition($id, $depth - 1, $only_true) . ')' if $drawn < 0.85;
	return 'NOT (' . condition($id, $depth - 1, 0) . ')';
}
sub of_patient { my $more = chance(0.7) ? ' AND ' . condition('p.id', 1, 1) : ''; return compared(pick('p.a', 'p.b')) . $more; }

sub local_query
{
	my ($depth) = @_;
	my @shapes = (
		sub { 'SELECT p.id FROM patient p WHERE ' . of_patient() },
		sub { 'SELECT id FROM patient p WHERE ' . condition('p.id', 2, 1) },
		sub { 'SELECT p.id FROM patient p JOIN visit v ON v.patient_id = p.id WHERE ' . compared('v.k') . ' AND ' . of_patient() },
		sub { 'SELECT v.patient_id FROM patient p, visit v WHERE p.id = v.patient_id AND v.k = p.a AND ' . of_patient() },
		sub { 'SELECT patient_id FROM visit GROUP BY patient_id HAVING count(*) > ' . between(1, 4) . ' AND ' . compared('max(k)') },
		sub { 'SELECT p.id FROM patient p JOIN visit v ON v.patient_id = p.id GROUP BY p.id, p.a HAVING sum(v.k) > p.a * 2' },
		sub { 'SELECT p.id FROM patient p LEFT JOIN visit v ON v.patient_id = p.id AND ' . compared('v.k') . ' WHERE v.id IS NULL AND ' . of_patient() },
		sub { 'SELECT p.id FROM visit v RIGHT JOIN patient p ON v.patient_id = p.id WHERE v.k IS NULL OR v.k > p.b' },
		sub { 'SELECT p.id FROM patient p LEFT JOIN (visit v JOIN tag t ON t.pid = v.patient_id) ON v.patient_id = p.id WHERE t.t IS NULL' },
		sub { 'SELECT p.id FROM patient p LEFT JOIN visit v ON v.patient_id = p.id LEFT JOIN tag t ON t.pid = p.id WHERE coalesce(t.t, v.k::text) = ' . "'t1'" },
		sub { 'SELECT p.id FROM patient p LEFT JOIN visit v ON v.patient_id = p.id LEFT JOIN tag t ON t.pid = v.patient_id WHERE coalesce(t.t, v.k::text) = ' . "'t1'" },
		sub { 'SELECT p.id FROM patient p LEFT JOIN visit v ON v.patient_id = p.id LEFT JOIN tag t ON t.pid = v.patient_id AND v.k < 5 WHERE t.t IS NULL AND NOT EXISTS (SELECT FROM remark r WHERE r.pid = t.pid)' },
		sub { 'SELECT p.id FROM patient p LEFT JOIN visit v ON v.patient_id = p.id AND v.k = 3 WHERE v.patient_id IN (SELECT pid FROM tag)' },
		sub { 'SELECT p.id FROM patient p JOIN (SELECT patient_id AS x, sum(k) AS s FROM visit GROUP BY patient_id) g ON g.x = p.id WHERE ' . compared('g.s') },
		sub { 'WITH g AS ' . pick('', 'MATERIALIZED ', 'NOT MATERIALIZED ') . '(SELECT patient_id, count(*) AS n FROM visit WHERE ' . compared('k') . ' GROUP BY 1) SELECT p.id FROM patient p JOIN g ON g.patient_id = p.id WHERE g.n > 1 AND ' . of_patient() },
		sub { 'WITH g AS (SELECT pid FROM tag) SELECT g.pid FROM g JOIN g AS h ON h.pid = g.pid JOIN patient p ON p.id = g.pid' },
		sub { 'SELECT p.id FROM patient p, LATERAL (SELECT max(v.k) AS m FROM visit v WHERE v.patient_id = p.id) x WHERE ' . compared('x.m') },
		sub { 'SELECT p.id FROM patient p LEFT JOIN LATERAL (SELECT v.k FROM visit v WHERE v.patient_id = p.id AND v.k > p.a) x ON true WHERE x.k IS NULL' },
		sub { 'SELECT id FROM (SELECT id, a FROM patient) p JOIN (SELECT patient_id AS id, k FROM visit) v USING (id) WHERE v.k < p.a' },
		sub { 'SELECT DISTINCT v.patient_id::bigint FROM visit v JOIN tag t ON t.pid = v.patient_id::bigint WHERE ' . compared('v.k') },
		sub { 'SELECT pid FROM part WHERE ' . compared('k') },
		sub { 'SELECT p.id FROM patient p JOIN part q ON q.pid = p.id JOIN parent z ON z.pid = q.pid WHERE ' . compared('q.k') },
		sub { 'SELECT pid FROM parent WHERE ' . compared('k') },
		sub { 'SELECT pid FROM part1 WHERE ' . compared('k') . ' UNION ALL SELECT pid FROM ONLY parent' },
		sub { 'SELECT id FROM often WHERE n > ' . between(1, 4) },
		sub { 'SELECT id FROM both_of WHERE k > a AND ' . condition('both_of.id', 1, 1) },
		sub { 'SELECT p.id FROM patient p JOIN (VALUES (1, 2), (3, 4)) AS v (x, y) ON p.a BETWEEN v.x AND v.y' },
		sub { 'SELECT p.id FROM patient p JOIN generate_series(1, 3) AS g ON p.a = g' },
		sub { 'SELECT p.id FROM patient p JOIN remark r ON r.pid = p.id WHERE p.name LIKE ' . "'n1%'" });
	push @shapes, (sub { '(' . local_query(0) . ') ' . pick('UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT', 'EXCEPT ALL') . ' (' . local_query(0) . ')' }) x 6 if $depth > 0;
	return pick(@shapes)->();
}

# ---- Queries that cannot, however much they look like it ---------------------------------------------------------------

my @others = (
	'SELECT id FROM patient WHERE a < 5 ORDER BY id LIMIT 20',
	'SELECT id FROM patient WHERE a < 5 ORDER BY id OFFSET 20',
	'SELECT DISTINCT ON (a) id FROM patient ORDER BY a, id',
	'SELECT id FROM (SELECT id, rank() OVER (ORDER BY b, id) AS r FROM patient) p WHERE r < 20',
	'SELECT id FROM patient WHERE a < extract(year FROM now()) - 2020',
	'SELECT id FROM patient WHERE name < current_user',
	'SELECT id FROM patient WHERE a > (SELECT avg(k) FROM visit)',
	'SELECT id FROM patient WHERE a > (SELECT avg(a) FROM patient)',
	'SELECT id FROM patient WHERE EXISTS (SELECT FROM tag WHERE t = \'t9\')',
	'SELECT p.id FROM patient p WHERE EXISTS (SELECT FROM visit v WHERE v.k = p.a)',
	'SELECT p.id FROM patient p WHERE EXISTS (SELECT FROM visit v WHERE v.patient_id <= p.id AND v.k = 3)',
	'SELECT p.id FROM patient p WHERE EXISTS (SELECT FROM visit v WHERE v.patient_id = p.id + 1)',
	'SELECT p.id FROM patient p WHERE EXISTS (SELECT FROM visit v WHERE v.patient_id = p.id OR v.k = 3)',
	'SELECT p.id FROM patient p WHERE EXISTS (SELECT FROM visit v, tag t WHERE v.patient_id = p.id AND t.t = \'t1\')',
	'SELECT p.id FROM patient p JOIN visit v ON v.k = p.a',
	'SELECT p.id FROM patient p JOIN visit v ON v.other = p.id',
	'SELECT p.id FROM patient p WHERE p.a IN (SELECT k FROM visit)',
	'SELECT p.id FROM patient p WHERE p.id NOT IN (SELECT patient_id FROM visit WHERE k = 3)',
	'SELECT p.id FROM patient p LEFT JOIN visit v ON v.patient_id = p.id AND v.k = 3 WHERE v.patient_id NOT IN (SELECT pid FROM tag WHERE t = \'t8\')',
	'SELECT p.id FROM patient p LEFT JOIN visit v ON v.patient_id = p.id LEFT JOIN tag t ON t.pid = v.k',
	'SELECT p.id FROM patient p WHERE (p.id IN (SELECT patient_id FROM visit)) IS NULL',
	'SELECT p.id FROM patient p WHERE p.id > ALL (SELECT pid FROM tag)',
	'SELECT coalesce(p.id, t.pid) FROM patient p FULL JOIN tag t ON t.pid = p.id',
	'SELECT p.id FROM patient p FULL JOIN tag t ON t.pid = p.id',
	'SELECT p.id FROM patient p LEFT JOIN visit v ON v.k = p.a WHERE v.id IS NULL',
	'SELECT p.id FROM patient p LEFT JOIN (visit v JOIN tag t ON true) ON v.patient_id = p.id WHERE t.t IS NULL',
	'SELECT max(patient_id) FROM visit GROUP BY k',
	'SELECT max(id) FROM patient',
	'SELECT p.id FROM patient p JOIN (SELECT k, count(*) AS n FROM visit GROUP BY k) g ON g.k = p.id',
	'SELECT g.x FROM (SELECT max(patient_id) AS x FROM visit GROUP BY k) g JOIN patient p ON p.id = g.x',
	'SELECT p.id FROM patient p JOIN stranger s ON s.pid = p.id WHERE s.k < 5',
	'SELECT pid FROM stranger',
	'SELECT id FROM patient WHERE plus(a) = 3',
	'SELECT id FROM patient WHERE ctid < \'(1,1)\'',
	'SELECT id FROM patient p WHERE p IS NOT NULL',
	'SELECT patient_id FROM visit GROUP BY patient_id HAVING string_agg(k::text, \',\') LIKE \'1%\'',
	'SELECT id + 0 FROM patient',
	'SELECT a FROM patient',
	'SELECT unnest(ARRAY[id]) FROM patient WHERE a = 1',
	'WITH RECURSIVE r AS (SELECT id FROM patient WHERE id = 1 UNION SELECT f.two FROM friend f JOIN r ON r.id = f.one) SELECT id FROM r',
	'WITH f AS (SELECT one, two FROM friend) SELECT x.one FROM f AS x JOIN f AS y ON y.two = x.one',
	'SELECT x.one FROM friend x JOIN friend y ON y.one = x.two',
	'SELECT pid FROM tag EXCEPT SELECT other FROM visit',
	'SELECT id FROM patient TABLESAMPLE BERNOULLI (100) REPEATABLE (1)',
	'SELECT id FROM patient WHERE id IN (SELECT one FROM friend WHERE two IN (SELECT id FROM patient WHERE a = 1))',
	'SELECT p.id FROM patient p, LATERAL (SELECT max(v.k) AS m FROM visit v WHERE v.k < p.a) x WHERE x.m > 2',
	'SELECT p.id FROM patient p, LATERAL (SELECT count(*) AS m FROM visit v, tag t WHERE v.patient_id = p.id) x WHERE x.m > 2',
	'SELECT p.id FROM patient p JOIN both_of b ON b.k = p.id',
	'SELECT id FROM patient GROUP BY GROUPING SETS ((id), ())',
	'SELECT p.id FROM patient p WHERE ARRAY(SELECT v.k FROM visit v WHERE v.patient_id = p.id) = \'{1}\'');

# ---- Changes ------------------------------------------------------------------------------------------------------------

sub id { return between(-3, 450); }
sub some { my ($column) = @_; my $from = id(); return "$column BETWEEN $from AND " . ($from + between(0, 12)); }
sub change
{
	return pick(
		sub { 'UPDATE patient SET a = ' . n() . ' WHERE ' . some('id') },
		sub { 'UPDATE patient SET b = (a + b) % 7, name = \'n1x\' WHERE ' . some('id') },
		sub { 'DELETE FROM patient WHERE ' . some('id') },
		sub { 'INSERT INTO patient SELECT i, i % 10, ' . n() . ', \'n\' || i FROM generate_series(' . id() . ', ' . id() . ') i ON CONFLICT DO NOTHING' },
		sub { 'INSERT INTO patient SELECT i, i % 10, 3, \'n\' || i FROM generate_series(' . id() . ', ' . id() . ') i ON CONFLICT (id) DO UPDATE SET a = 7' },
		sub { my $id = id(); "UPDATE patient SET id = 500 + id WHERE id = $id AND NOT EXISTS (SELECT FROM patient WHERE id = 500 + $id)" },
		sub { 'INSERT INTO visit (patient_id, k, other) SELECT nullif(i, 20), ' . n() . ', 1 FROM generate_series(' . id() . ', ' . id() . ') i' },
		sub { 'UPDATE visit SET k = ' . n() . ' WHERE ' . some('patient_id') },
		sub { 'UPDATE visit SET patient_id = ' . pick('patient_id + 1', 'NULL', '17', 'nullif(patient_id, 30)') . ' WHERE ' . some('patient_id') },
		sub { 'UPDATE visit SET patient_id = ' . id() . ' WHERE patient_id IS NULL' },
		sub { 'DELETE FROM visit WHERE ' . some('patient_id') },
		sub { 'INSERT INTO tag SELECT ' . id() . ', \'t\' || g FROM generate_series(1, 2) g' },
		sub { 'DELETE FROM tag WHERE ' . some('pid') },
		sub { 'UPDATE tag SET pid = ' . id() . ' WHERE ' . some('pid') },
		sub { 'INSERT INTO remark SELECT id, ' . n() . ' FROM patient WHERE ' . some('id') },
		sub { 'INSERT INTO part VALUES (' . id() . ', ' . between(1, 2) . ', ' . n() . ')' },
		sub { 'UPDATE part SET g = 3 - g WHERE ' . some('pid') },
		sub { 'UPDATE part' . between(1, 2) . ' SET k = ' . n() . ', pid = pid + 1 WHERE ' . some('pid') },
		sub { 'DELETE FROM part' . between(1, 2) . ' WHERE ' . some('pid') },
		sub { 'INSERT INTO part2 (g, pid, k) VALUES (2, ' . id() . ', ' . n() . ')' },
		sub { 'UPDATE parent SET k = ' . n() . ' WHERE ' . some('pid') },
		sub { 'DELETE FROM ' . pick('parent', 'ONLY parent', 'child') . ' WHERE ' . some('pid') },
		sub { 'INSERT INTO child VALUES (' . id() . ', ' . n() . ')' },
		sub { 'UPDATE friend SET two = ' . id() . ' WHERE ' . some('one') },
		sub { 'INSERT INTO friend VALUES (' . id() . ', ' . id() . ')' },
		sub { 'UPDATE stranger SET k = ' . n() . ' WHERE ' . some('pid') },
		sub { 'WITH gone AS (DELETE FROM tag WHERE ' . some('pid') . ' RETURNING pid) INSERT INTO visit (patient_id, k) SELECT pid, 1 FROM gone' },
		$node->pg_version >= 15
		? sub { 'MERGE INTO patient p USING (SELECT ' . id() . ' AS id) x ON x.id = p.id WHEN MATCHED AND p.a > 5 THEN DELETE WHEN MATCHED THEN UPDATE SET a = 9 WHEN NOT MATCHED THEN INSERT VALUES (x.id, 1, 1, \'m\')' }
		: sub { 'DELETE FROM patient WHERE id = ' . id() },
		$node->pg_version >= 15
		? sub { 'MERGE INTO part p USING (SELECT ' . id() . ' AS id) x ON x.id = p.pid WHEN MATCHED THEN UPDATE SET ' . pick('g = 3 - g', 'g = 3 - g, pid = pid + 1', 'k = 7, pid = pid + 1') . pick('', ' WHEN NOT MATCHED THEN INSERT (g, pid, k) VALUES (1, x.id, 2)') }
		: sub { 'UPDATE part SET g = 3 - g WHERE ' . some('pid') })->();
}
# ENABLE TRIGGER ALL has them fire for the origin's changes alone: those of a replica would pass by.
my $always = join '; ', map { "ALTER TABLE patient ENABLE ALWAYS TRIGGER s_changes_$_" } qw(insert update delete truncate);
$always .= '; ALTER TABLE patient ENABLE REPLICA TRIGGER s_changes_replicated';
sub rare_change
{
	return pick(
		'TRUNCATE tag', 'TRUNCATE part2', 'VACUUM FULL visit', 'CLUSTER patient USING patient_pkey',
		'ALTER TABLE visit ALTER k TYPE bigint', 'ALTER TABLE visit ALTER k TYPE int USING 9 - k',
		'ALTER TABLE part DETACH PARTITION part2; UPDATE part2 SET k = 5; ALTER TABLE part ATTACH PARTITION part2 FOR VALUES IN (2)',
		'ALTER TABLE child NO INHERIT parent; DELETE FROM child WHERE pid < 200; ALTER TABLE child INHERIT parent',
		'BEGIN; ALTER TABLE patient DISABLE TRIGGER ALL; ALTER TABLE patient ENABLE ALWAYS TRIGGER s_changes_insert; ALTER TABLE patient ENABLE ALWAYS TRIGGER s_changes_update; ALTER TABLE patient ENABLE ALWAYS TRIGGER s_changes_delete; ALTER TABLE patient ENABLE ALWAYS TRIGGER s_changes_truncate; ALTER TABLE patient ENABLE TRIGGER ALL; SELECT count(*) FROM objectset_refresh(\'s\'); ALTER TABLE patient DISABLE TRIGGER ALL; UPDATE patient SET a = (a + 1) % 10; ALTER TABLE patient ENABLE TRIGGER ALL; SELECT count(*) FROM objectset_refresh(\'s\'); COMMIT; ' . $always,
		'TRUNCATE s_changes',
		'ALTER TABLE patient DISABLE TRIGGER ALL; UPDATE patient SET a = (a + 1) % 10; ALTER TABLE patient ENABLE TRIGGER ALL; ' . $always,
		'SET session_replication_role = replica; UPDATE patient SET a = 1 - a WHERE id < 30; DELETE FROM visit WHERE patient_id < 10; RESET session_replication_role',
		'SELECT objectset_untrack(\'s\', \'tag\'); UPDATE tag SET t = \'t1\' WHERE pid < 50; SELECT objectset_track(\'s\', \'tag\', \'pid\')',
		'CREATE OR REPLACE VIEW often AS SELECT patient_id AS id, sum(k) AS n FROM visit GROUP BY patient_id',
		'CREATE OR REPLACE VIEW often AS SELECT patient_id AS id, count(*) AS n FROM visit GROUP BY patient_id',
		'SELECT objectset_forget(\'s\', name, \'{1..20}\'::objectset) FROM s WHERE id % 3 = 0',
		'SELECT objectset_prune(\'s\')',
		'SELECT objectset_erase(\'patient\', 7, 8)',
		'UPDATE s SET base = base - 11::bigint WHERE id % 4 = 0',
		'SELECT objectset_add(\'s\', name, 12) FROM s WHERE id % 5 = 0',
		'COPY tag FROM PROGRAM \'printf "5\\\\tt1\\\\n6\\\\tt2\\\\n"\'');
}

# ---- Programs -----------------------------------------------------------------------------------------------------------

my ($refreshes, $ways) = (0, {});
foreach my $program (1 .. $programs)
{
	my $name = "program$program";
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, $world);
	my (%is_local, @prepared);
	my $count = 0;
	my $save = '';
	foreach my $query ((map { local_query(1) } 1 .. 40), @others)
	{
		my $set = sprintf('%03d', ++$count);
		$is_local{$set} = $count <= 40;
		(my $text = $query) =~ s/'/''/g;
		$save .= "SELECT objectset_save('s', '$set', '$text');\n";
	}
	$node->safe_psql($name, $save);
	my $wrong = $node->safe_psql($name, q{SELECT s.name, way, reason, query FROM s, objectset_refresh_plan('s', s.name) ORDER BY 1});
	my @wrong = grep { my ($set, $way) = split /\|/; $is_local{$set} != ($way eq 'incremental') } split /\n/, $wrong;
	is(join("\n", @wrong), '', "program $program: what each query is");

	foreach my $step (1 .. $steps)
	{
		my @script = ("SET lock_timeout = '200ms';");
		foreach (1 .. between(1, 6))
		{
			my $drawn = rand;
			if ($drawn < 0.1) { push @script, rare_change() . ';'; }
			elsif ($drawn < 0.25)
			{
				my $id = "p${program}_${step}_$_";
				push @script, 'BEGIN; ' . change() . "; SAVEPOINT x; " . change() . pick('; ROLLBACK TO x', '', '; RELEASE x') . "; PREPARE TRANSACTION '$id';";
				push @prepared, $id;
			}
			elsif ($drawn < 0.35) { push @script, 'BEGIN; ' . change() . '; SELECT * FROM objectset_refresh(\'s\'); ' . change() . '; COMMIT;'; }
			elsif ($drawn < 0.4) { push @script, 'BEGIN; ' . change() . '; ROLLBACK;'; }
			elsif ($drawn < 0.5) { push @script, 'BEGIN ISOLATION LEVEL REPEATABLE READ; ' . change() . '; SELECT * FROM objectset_refresh(\'s\', \'' . sprintf('%03d', between(1, $count)) . '\'); COMMIT;'; }
			else { push @script, change() . ';'; }
		}
		while (@prepared && chance(0.4))
		{
			my $id = splice(@prepared, rand @prepared, 1);
			push @script, pick('COMMIT', 'COMMIT', 'ROLLBACK') . " PREPARED '$id';";
		}
		my (undef, undef, $said) = $node->psql($name, join("\n", @script), on_error_stop => 0);
		$node->psql($name, chance(0.8) ? q{SELECT count(*) FROM objectset_refresh('s')} : q{CALL objectset_refresh_all('s')});
		my $plans = $node->safe_psql($name, q{SELECT way, count(*) FROM s, objectset_refresh_plan('s', s.name) GROUP BY 1});
		$ways->{$1} += $2 while $plans =~ /(\w+)\|(\d+)/g;
		$refreshes += $count;
		my $differing = $node->safe_psql($name, 'SELECT * FROM differing()');
		is($differing, '', "program $program, step $step") or diag("OBJECTSET_FRESH_SEED=$seed\n" . join("\n", @script) . "\n$said");
		last if $differing ne '';
	}
	$node->safe_psql($name, "ROLLBACK PREPARED '$_'", on_error_die => 0) foreach grep { $node->safe_psql($name, "SELECT count(*) FROM pg_prepared_xacts WHERE gid = '$_'") } @prepared;
	# What nobody needs is not kept.
	$node->safe_psql($name, q{UPDATE patient SET a = a WHERE id < 10; SELECT count(*) FROM objectset_refresh('s'); SELECT count(*) FROM objectset_refresh('s')});
	is($node->safe_psql($name, 'SELECT count(*), min(cardinality(changed)) FROM s_changes'), '1|0', "program $program: nothing is left in the log of what all have seen but that it was dropped");
}
note("$refreshes refreshes compared; as planned: " . join(', ', map { "$_ $ways->{$_}" } sort keys %$ways));

# ---- Side by side --------------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', $world);
$node->safe_psql('postgres', q{
	SELECT objectset_save('s', 'column', 'SELECT id FROM patient WHERE a < 5');
	SELECT objectset_save('s', 'join', 'SELECT p.id FROM patient p JOIN visit v ON v.patient_id = p.id WHERE v.k < 3');
	SELECT objectset_save('s', 'none', 'SELECT p.id FROM patient p WHERE NOT EXISTS (SELECT FROM visit v WHERE v.patient_id = p.id AND v.k = 4)');
	SELECT objectset_save('s', 'often', 'SELECT patient_id FROM visit GROUP BY patient_id HAVING count(*) > 2');
	SELECT objectset_save('s', 'parts', 'SELECT pid FROM part WHERE k < 5');
});
my @files;
foreach my $text (
	'UPDATE patient SET a = :k WHERE id = :i;', 'UPDATE patient SET a = :k WHERE id = :i;',
	'INSERT INTO visit (patient_id, k) VALUES (:i, :k);', 'DELETE FROM visit WHERE id = (SELECT min(id) FROM visit WHERE patient_id = :i);',
	'UPDATE part SET g = 3 - g, k = :k WHERE pid = :i;',
	"BEGIN;\nUPDATE visit SET k = :k WHERE patient_id = :i;\n\\sleep 20 ms\nSAVEPOINT x;\nUPDATE patient SET a = :k WHERE id = :i;\nROLLBACK TO x;\nCOMMIT;",
	"BEGIN;\nINSERT INTO visit (patient_id, k) VALUES (:i, :k);\n\\sleep 5 ms\nEND;")
{
	my $file = $node->basedir . '/write' . @files . '.sql';
	append_to_file($file, "\\set i random(1, 450)\n\\set k random(0, 9)\n$text\n");
	push @files, '-f', $file;
}
my ($out, $err) = ('', '');
my $writers = IPC::Run::start([ 'pgbench', '-n', '-c', 6, '-j', 1, '-T', $seconds, "--random-seed=$seed", @files, $node->connstr('postgres') ], '>', \$out, '2>', \$err);
my $end = time + $seconds - 1;
my ($rounds, $bad) = (0, '');
while (time < $end)
{
	$node->psql('postgres', pick(
		q{SELECT count(*) FROM objectset_refresh('s')}, q{CALL objectset_refresh_all('s')}, q{SELECT objectset_refresh('s', 'join')},
		q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM visit; SELECT pg_sleep(0.05); SELECT objectset_refresh('s', 'often'); COMMIT}));
	$bad .= $node->safe_psql('postgres', q{SELECT s.name, v.* FROM s, objectset_verify('s', s.name) v WHERE missing + surplus > 0 OR way <> 'incremental'});
	++$rounds;
}
$writers->finish;
is($bad, '', "$rounds refreshes beside six writers: each finds what a full one would");
unlike($err, qr/deadlock|ERROR/, 'no writer was in the way of another');
$node->safe_psql('postgres', q{CALL objectset_refresh_all('s')});
is($node->safe_psql('postgres', 'SELECT * FROM differing()'), '', 'and so does the last');

# ---- Copies --------------------------------------------------------------------------------------------------------------

# What was seen elsewhere, or before, is believed nowhere: not in a copy of the database, in a restored dump, in a set table whose rows are
# put back, nor after an upgrade. Refreshed in full once, sets are refreshed for what has changed again.
sub ways { my ($server, $database) = @_; return $server->safe_psql($database, q{SELECT way, count(*) FROM s, objectset_refresh_plan('s', s.name) GROUP BY 1 ORDER BY 1}); }
sub goes_on
{
	my ($server, $database, $what) = @_;
	is(ways($server, $database), 'full|5', "$what: first in full");
	$server->safe_psql($database, q{SELECT count(*) FROM objectset_refresh('s')});
	is(ways($server, $database), 'incremental|5', "$what: then for what changed");
	$server->safe_psql($database, q{UPDATE patient SET a = 9 - a WHERE id < 20; DELETE FROM visit WHERE patient_id < 30; UPDATE part SET k = 1 WHERE pid < 20; SELECT count(*) FROM objectset_refresh('s')});
	is($server->safe_psql($database, 'SELECT * FROM differing()'), '', "$what: and rightly");
}
sub dumped
{
	my ($name, @options) = @_;
	my $dump = $node->basedir . "/$name.sql";
	command_ok([ 'pg_dump', '--no-sync', '-f', $dump, @options, $node->connstr('postgres') ], "$name: dumped");
	return $dump;
}
$node->safe_psql('postgres', q{SELECT count(*) FROM objectset_refresh('s'); UPDATE patient SET a = 9 - a WHERE id BETWEEN 20 AND 30});
is(ways($node, 'postgres'), 'incremental|5', 'before');
my $whole = dumped('whole');
$node->safe_psql('template1', 'CREATE DATABASE copied TEMPLATE postgres');
$node->safe_psql('copied', q{SELECT objectset_trust('s')});
goes_on($node, 'copied', 'a copy of the database');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $whole, $node->connstr('restored') ], 'restored');
is($node->safe_psql('restored', q{SELECT count(*) FROM s WHERE seen IS NOT NULL}), '5', 'a dump has what was seen');
$node->safe_psql('restored', q{SELECT objectset_trust('s')});
goes_on($node, 'restored', 'a restored database');

my $rows = dumped('rows', '--data-only', '--table=s');
$node->safe_psql('postgres', q{UPDATE patient SET a = 9 - a WHERE id BETWEEN 40 AND 50; SELECT count(*) FROM objectset_refresh('s'); SELECT count(*) FROM objectset_refresh('s'); DELETE FROM s});
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $rows, $node->connstr('postgres') ], 'rows put back');
goes_on($node, 'postgres', 'rows of before');
my $tables = dumped('tables', '--table=s', '--table=s_changes');
$node->safe_psql('postgres', q{DROP TABLE s CASCADE});
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $tables, $node->connstr('postgres') ], 'tables put back');
$node->safe_psql('postgres', q{SELECT objectset_trust('s')});
$node->safe_psql('postgres', q{SELECT objectset_track('s', t, c) FROM (VALUES ('visit'::regclass, 'patient_id'::name), ('part', 'pid')) v (t, c)});
goes_on($node, 'postgres', 'tables of before');

SKIP:
{
	my $bin = $node->config_data('--bindir');
	skip 'pg_upgrade is not there, or gives databases other OIDs', 1 if !-x "$bin/pg_upgrade" || $node->pg_version < 15;
	$node->safe_psql('postgres', "DROP DATABASE $_") foreach 'copied', 'restored', map { "program$_" } 1 .. $programs;
	$node->stop;
	my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
	$upgraded->init;
	local $ENV{PGHOST} = $node->host;
	my ($old, $new, $place) = map { File::Spec->rel2abs($_) } $node->data_dir, $upgraded->data_dir, $node->basedir;
	my $output = '';
	my $is_done = IPC::Run::run([ 'pg_upgrade', '--no-sync', '-d', $old, '-D', $new, '-b', $bin, '-B', $bin, '-s', $node->host, '-p', $node->port, '-P', $upgraded->port ], '>&', \$output, init => sub { chdir $place });
	ok($is_done, 'upgraded') or diag($output);
	$upgraded->start;
	$upgraded->safe_psql('postgres', q{SELECT objectset_trust('s')});
	goes_on($upgraded, 'postgres', 'an upgraded server');
	$upgraded->stop;
}
$node->stop;
done_testing();
