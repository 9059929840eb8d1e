# Installing, moving, dumping, restoring.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init;
$node->start;

# One version, wherever it stands.
my $version = $node->safe_psql('postgres', q{SELECT default_version FROM pg_available_extensions WHERE name = 'objectset'});
foreach ([ 'META.json', qr/^  "version": "\Q$version\E"/m ], [ 'clients/python/pyproject.toml', qr/^version = "\Q$version\E"$/m ],
	[ 'clients/python/src/objectset/__init__.py', qr/^__version__ = "\Q$version\E"$/m ], [ 'clients/node/package.json', qr/^  "version": "\Q$version\E"/m ],
	[ 'CHANGELOG.md', qr/^## \[\Q$version\E\]/m ], [ 'debian/changelog', qr/\Aobjectset \(\Q$version\E-/ ])
{
	my ($file, $pattern) = @$_;
	like(slurp_file($file), $pattern, "$file is of version $version");
}

# Trusted: who may create in a database may install, and owns the extension but not what would make it a superuser.
$node->safe_psql(
	'postgres', q{
	CREATE ROLE tenant LOGIN;
	CREATE DATABASE tenants OWNER tenant;
});
my $as_tenant = $node->connstr('tenants') . ' user=tenant';
$node->safe_psql('tenants', 'CREATE SCHEMA sets AUTHORIZATION tenant');
my ($status, $out, $err) = $node->psql('tenants', 'CREATE EXTENSION objectset SCHEMA sets', connstr => $as_tenant);
is($status, 0, 'an ordinary role installs it') or diag($err);
is( $node->safe_psql('tenants', q{SELECT count(*) FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	  AND d.deptype = 'e' WHERE p.prosecdef OR p.proowner <> 10}),
	'0', 'its functions are the superuser\'s, and none runs as its owner');
($status, $out, $err) = $node->psql('tenants', q{SELECT ('{1}'::sets.objectset OPERATOR(sets.|) '{2}')::text}, connstr => $as_tenant);
is($out, '{1,2}', 'it works outside the search path');
like(
	$node->safe_psql('tenants', q{EXPLAIN (VERBOSE, COSTS OFF) SELECT sets.cardinality(a OPERATOR(sets.&) a), sets.objectset_is_empty(a OPERATOR(sets.&) a)
	  FROM (SELECT sets.objectset_agg(i) AS a FROM generate_series(1, 2) i OFFSET 0) AS t}),
	qr/sets\.objectset_intersect_count.*OPERATOR\(sets\.&&\)/s, 'the planner finds its functions there');
$node->safe_psql('tenants', 'ALTER DATABASE tenants SET search_path = public, sets');
is($node->safe_psql('tenants', q{SELECT cardinality('{1}'::objectset | '{2}')}), '2', 'and within it');

# A dump of any set is small, and restores.
$node->safe_psql(
	'tenants', q{
	CREATE TABLE kept (name text PRIMARY KEY, members objectset DEFAULT '{7}', CHECK (NOT members @> -1));
	INSERT INTO kept VALUES ('empty', '{}'), ('none', NULL), ('small', '{-5,1,2,9223372036854775807}'),
	  ('run', objectset_range(0, 100000000)), ('default', DEFAULT),
	  ('random', (SELECT objectset_agg((i * 7919) % 1000003) FROM generate_series(1, 200000) i)),
	  ('sparse', (SELECT objectset_agg(i * 123456789012) FROM generate_series(-50000, 50000) i));
	CREATE INDEX ON kept USING hash (members);
	CREATE VIEW counted AS SELECT name, cardinality(members) AS n FROM kept;
	CREATE TABLE patient (id bigint PRIMARY KEY, number int UNIQUE, smoker boolean);
	INSERT INTO patient SELECT i, i * 2, i % 4 = 0 FROM generate_series(1, 50000) i;
	SELECT objectset_create_table('a_set', 'patient'), objectset_create_table('z_set', 'patient', key => 'number');
	SELECT objectset_save('a_set', 'smokers', 'SELECT id FROM patient WHERE smoker'), objectset_add('a_set', 'smokers', 1, 2), objectset_remove('a_set', 'smokers', 4, 5),
	  objectset_save('a_set', 'by hand', (SELECT members FROM kept WHERE name = 'random')), objectset_add('a_set', 'by hand', -1),
	  objectset_save('z_set', 'smokers', 'SELECT number FROM patient WHERE smoker');
	CREATE VIEW shown AS SELECT s.name, s.members FROM a_set s;
	CREATE MATERIALIZED VIEW everything AS SELECT objectset_union_agg(members) AS members FROM kept;
});
my $dump = $node->backup_dir . '.sql';
command_ok([ 'pg_dump', '--no-sync', '-f', $dump, $node->connstr('tenants') ], 'dumped');
cmp_ok(-s $dump, '<', 6_000_000, 'the dump is small');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->safe_psql('postgres', 'ALTER DATABASE restored SET search_path = public, sets');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restored');
my $digest = q{SELECT name, n, md5(objectset_send(members)) FROM counted JOIN kept USING (name) ORDER BY name};
is($node->safe_psql('restored', $digest), $node->safe_psql('tenants', $digest), 'the same sets');
is($node->safe_psql('restored', 'SELECT md5(objectset_send(members)) FROM everything'),
	$node->safe_psql('tenants', 'SELECT md5(objectset_send(members)) FROM everything'), 'and of them');
is($node->safe_psql('restored', 'SELECT bool_and(objectset_is_valid(members)) FROM kept'), 't', 'whole');

# Set tables: members, counts, targets, corrections; and refreshes go on.
my $saved = q{SELECT name, count, count = cardinality(members), md5(objectset_send(members)), saved_by, settings, modified FROM a_set s, members(s) ORDER BY name};
is($node->safe_psql('restored', $saved), $node->safe_psql('tenants', $saved), 'the same saved sets');
is($node->safe_psql('restored', q{SELECT objectset_target('a_set'), objectset_target('z_set')}), '(patient,id,bigint)|(patient,number,integer)', 'of the same targets');
$node->safe_psql('restored', 'INSERT INTO patient VALUES (50001, 100002, true), (50002, 100004, true); DELETE FROM patient WHERE id IN (4, 8)');
# Another cluster, or another database: who saved the queries is for the owner to say.
$node->safe_psql('restored', q{SELECT * FROM objectset_refresh('a_set')});
is($node->safe_psql('restored', q{SELECT last_error ~ '^42501' FROM a_set WHERE query IS NOT NULL}), 't', 'not run before it is trusted');
is($node->safe_psql('restored', q{SELECT objectset_trust('a_set'), objectset_trust('z_set')}), '1|1', 'trusted');
is($node->safe_psql('restored', q{SELECT * FROM objectset_refresh('a_set') UNION ALL SELECT * FROM objectset_refresh('z_set')}),
	"smokers|2|1\nsmokers|2|2", 'refreshed');
is($node->safe_psql('restored', q{SELECT added, removed, count FROM a_set WHERE name = 'smokers'}), '{1,2}|{4,5}|12502', 'with their corrections');

# After a crash, and on a standby's way of reading: what was committed is there, whole.
$node->safe_psql('tenants', q{UPDATE kept SET members = members | 424242 WHERE name = 'random'});
$node->stop('immediate');
$node->start;
is($node->safe_psql('tenants', q{SELECT members @> 424242 AND objectset_is_valid(members) FROM kept WHERE name = 'random'}), 't', 'after a crash');

$node->safe_psql('restored', 'DROP EXTENSION objectset CASCADE');
is($node->safe_psql('restored', q{SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid NOT IN (SELECT oid FROM pg_extension)}), '0', 'dropped without a trace');
$node->safe_psql('restored', 'CREATE EXTENSION objectset');
$node->stop;

# Tables of a new server may have the numbers that they had, and other columns where theirs were.
sub new_server
{
	my $server = PostgreSQL::Test::Cluster->new(shift);
	$server->init;
	$server->start;
	return $server;
}
my $first = new_server('first');
$first->safe_psql(
	'postgres', q{
	CREATE EXTENSION objectset;
	CREATE TABLE person (waste int, id int PRIMARY KEY, number int UNIQUE);
	ALTER TABLE person DROP waste;
	INSERT INTO person SELECT i, i + 1000 FROM generate_series(1, 100) i;
	SELECT objectset_create_table('person_set', 'person');
	SELECT objectset_track('person_set'), objectset_save('person_set', 'few', 'SELECT id FROM person WHERE id < 4');
});
my $number = q{SELECT 'person'::regclass::oid};
my ($number_then, $moved) = ($first->safe_psql('postgres', $number), $first->backup_dir . '.sql');
command_ok([ 'pg_dump', '--no-sync', '-f', $moved, $first->connstr('postgres') ], 'dumped');
$first->stop;
my $second = new_server('second');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $moved, $second->connstr('postgres') ], 'restored to a new server');
is($second->safe_psql('postgres', $number), $number_then, 'with its table under the same number');
is($second->safe_psql('postgres', q{SELECT objectset_target('person_set')}), '(person,id,integer)', 'and with the key that it was made for');
is( $second->safe_psql('postgres', q{
	DO $$ BEGIN PERFORM objectset_trust('person_set'); PERFORM objectset_refresh('person_set', 'few'); END $$;
	DELETE FROM person WHERE id = 2;
	SELECT changed FROM person_set_changes WHERE source = 'person'::regclass;
	SELECT way FROM objectset_refresh_plan('person_set', 'few');
	SELECT objectset_refresh('person_set', 'few')}), "{2}\nincremental\n(0,1)", 'by which changes are noted');
$second->stop;
done_testing();
