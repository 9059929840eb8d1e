# Set tables that follow deletes and keep a history, after a dump and a restore, and under any name.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('follow');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('postgres', 'CREATE DATABASE restored');

$node->safe_psql(
	'source', q{
	CREATE SCHEMA sets;
	CREATE SCHEMA clinic;
	CREATE EXTENSION objectset SCHEMA sets;
	SET search_path = clinic, sets;
	CREATE TABLE patient (id int PRIMARY KEY, city text);
	INSERT INTO patient SELECT i, 'c' || i % 3 FROM generate_series(1, 50000) i;
	DO $$ BEGIN
	  PERFORM objectset_create_table('patient_set', 'patient');
	  PERFORM objectset_create_history('patient_set');
	  PERFORM objectset_follow_deletes('patient_set');
	END $$;
	INSERT INTO patient_set (name, query, base) SELECT n, 'SELECT 1', (SELECT objectset_agg(id) FROM patient WHERE id % k > 0)
	FROM (VALUES ('most', 5), ('more', 3)) v (n, k);
	SELECT objectset_define('patient_set', 'both', 'most & more');
	ALTER TABLE patient_set RENAME TO "patient's {t} sets";
	ALTER TABLE patient RENAME TO "the patients";
	DELETE FROM "the patients" WHERE id = 7;
});

my $dump = $node->backup_dir . '.sql';
command_ok([ 'pg_dump', '--no-sync', '-f', $dump, $node->connstr('source') ], 'dumped');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restored');

# What is done in both has the same outcome in both.
my $t = q{'clinic."patient''s {t} sets"'};
foreach my $statement (
	q{DELETE FROM clinic."the patients" WHERE id = 11},
	q{DELETE FROM clinic."the patients" WHERE id BETWEEN 100 AND 200},
	qq{SELECT sets.objectset_define($t, 'other', 'most - more')},
	qq{SELECT sets.objectset_facets($t, 'both', 'city')},
	qq{SELECT sets.objectset_overlaps($t)},
	qq{SELECT sets.objectset_stale($t)},
	qq{SELECT sets.objectset_prune($t)},
	q{DELETE FROM clinic."the patients" WHERE id % 2 = 0},
	qq{SELECT name, h.by, h.entered, h.departed FROM clinic."patient's {t} sets", sets.objectset_history($t, name) h ORDER BY name, at, 3, 4})
{
	is($node->safe_psql('restored', $statement), $node->safe_psql('source', $statement), $statement);
	is( $node->safe_psql(
			'restored', q{
			SELECT count(*), bool_and(count = (SELECT count(*) FROM clinic."the patients" WHERE id OPERATOR(sets.<@) s.members))
			FROM (SELECT count, sets.objectset_members_of(base, added, removed, deleted) AS members FROM clinic."patient's {t} sets") s}) =~ /\|t$/,
		1, '  and counts are exact');
}
isnt($node->safe_psql('restored', qq{SELECT count(*) FROM sets.objectset_history($t, 'both')}), '0', 'there is a history');

# The set table goes last, as its triggers depend on it.
my ($status, $out, $err) = $node->psql('restored', q{DROP TABLE clinic."patient's {t} sets", clinic."patient_set_history"});
like($err, qr/trigger .* depends on table/, 'the triggers hold on to the set table');
$node->safe_psql('restored', q{DROP TABLE clinic."patient's {t} sets", clinic."patient_set_history" CASCADE});
$node->safe_psql('restored', q{DELETE FROM clinic."the patients" WHERE id = 17});
is($node->safe_psql('restored', q{SELECT count(*) FROM pg_trigger}), '0', 'and go with it');

$node->stop;
done_testing();
