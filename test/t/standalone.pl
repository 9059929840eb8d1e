# The extension made by a stand-alone backend, as some make their templates: what it makes has numbers as the server's own.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('standalone');
$node->init;

my ($out, $err);
IPC::Run::run([ 'postgres', '--single', '-F', '-j', '-D', $node->data_dir, 'template1' ], '<', \"CREATE EXTENSION objectset;\n\n", '>', \$out, '2>', \$err)
  or die $err;
unlike($err, qr/ERROR|FATAL/, 'a stand-alone backend makes the extension') or diag($err);

$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE of_template');
cmp_ok($node->safe_psql('of_template', q{SELECT 'objectset'::regtype::oid}), '<', 16384, 'with numbers below those of users');
$node->safe_psql(
	'of_template', q{
	CREATE TABLE person (id bigint PRIMARY KEY, score int);
	INSERT INTO person SELECT i, i % 100 FROM generate_series(1, 20000) i;
	CREATE TABLE pset (name text PRIMARY KEY, members objectset);
	INSERT INTO pset SELECT 'some', objectset_agg(i * 37) FROM generate_series(1, 500) i;
	VACUUM ANALYZE person, pset;
	SELECT objectset_create_table('person_set', 'person');
	SELECT objectset_track('person_set');
	SELECT objectset_save('person_set', 'low', 'SELECT id FROM person WHERE score < 3');
});

sub plan_of { return $node->safe_psql('of_template', "EXPLAIN $_[0]"); }
my $some = q{(SELECT members FROM pset WHERE name = 'some')};
like(plan_of("SELECT * FROM person WHERE id <@ $some"), qr/ObjectSetScan.* rows=5\d\d /, 'its scan is there, and knows the set');
like(plan_of("SELECT * FROM person WHERE id <@ $some OR score = -1"), qr/Seq Scan/, 'nothing is united where an index is missing');
like(plan_of("SELECT * FROM unnest($some) AS id"), qr/ObjectSetUnnest|Custom Scan.* rows=500 /, 'a set in FROM is a scan');
like(plan_of("SELECT * FROM person WHERE id = ANY ('{1,2,3}')"), qr/Index Scan/, 'what is no set is left alone');
like(plan_of("SELECT * FROM person WHERE id <@ ANY (ARRAY[$some, '{1,2}'])"), qr/ObjectSetScan/, 'an array of sets is one set');
is($node->safe_psql('of_template', q{SELECT way FROM objectset_refresh_plan('person_set', 'low')}), 'incremental', 'a refresh is incremental');

done_testing();
