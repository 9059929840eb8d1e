# Nobody answers for our CRoaring, and we answer for nobody's.
#
# A backend's modules share one scope of symbols. Here two modules abuse it: one exports functions under CRoaring's
# names, the other hooks the memory functions of the system's CRoaring; all of theirs abort. objectset must not
# notice, whoever was loaded first. At the end the modules prove that they bite.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = $ENV{OBJECTSET_HOSTILE}
  or plan skip_all => 'OBJECTSET_HOSTILE does not name the directory of the hostile modules';
my %module = (
	objectset => 'objectset',
	roaring => "$directory/hostile_roaring.so",
	hook => "$directory/hostile_hook.so");

# Sets large enough for every kind of container, and all the ways into the library.
my @checks = (
	[ 'SELECT cardinality(objectset_range(0, 200000) | objectset_range(100000, 300000))', 300000 ],
	[ 'SELECT cardinality(objectset_range(0, 200000) & objectset_range(100000, 300000))', 100000 ],
	[ 'SELECT cardinality(objectset_range(0, 200000) - objectset_range(100000, 300000))', 100000 ],
	[ 'SELECT cardinality(objectset_range(0, 200000) # objectset_range(100000, 300000))', 200000 ],
	[ 'SELECT cardinality(objectset_agg(i * 3)) FROM generate_series(1, 200000) i', 200000 ],
	[ 'SELECT cardinality(objectset_agg((i * 7919) % 1000003)) FROM generate_series(1, 100000) i', 100000 ],
	[ 'SELECT cardinality(objectset_union_agg(objectset_range(i * 1000, i * 1000 + 2000))) FROM generate_series(0, 99) i', 101000 ],
	[ 'SELECT count(*) FROM generate_series(0, 999) i WHERE i <@ (SELECT objectset_agg(j * 2) FROM generate_series(0, 99999) j)', 500 ],
	[ 'SELECT objectset_range(0, 200000) @> objectset_range(5, 100000)', 't' ],
	[ q{SELECT '{1,5,70000}'::objectset::text}, '{1,5,70000}' ]);
my $sql = join('', map { "$_->[0];\n" } @checks);
my $expected = join("\n", map { $_->[1] } @checks);

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION objectset');

# Runs the checks in a backend of its own, after each step from the one on that loads objectset.
sub survives
{
	my ($name, @steps) = @_;
	my $script = '';
	my $times = 0;
	foreach my $step (@steps)
	{
		$script .= "LOAD '$module{$step}';\n" if $step ne 'use';
		next unless $times || $step eq 'objectset' || $step eq 'use';
		$script .= $sql;
		$times++;
	}
	my ($status, $out, $err) = $node->psql('postgres', $script, on_error_stop => 1);
	is($status, 0, "$name: no error") or diag($err);
	is($out, join("\n", ($expected) x $times), "$name: right results");
	$node->poll_query_until('postgres', 'SELECT 1', '1') if $status;
	return;
}

# One after the other in one backend. `hook` is linked with CRoaring, so it would itself fall into `roaring`'s trap
# if it came later.
survives(join(', ', @$_), @$_)
  foreach (
	['objectset'],
	[ 'roaring', 'objectset' ],
	[ 'objectset', 'roaring' ],
	[ 'hook', 'objectset' ],
	[ 'objectset', 'hook' ],
	[ 'hook', 'roaring', 'objectset' ],
	[ 'hook', 'objectset', 'roaring' ],
	[ 'objectset', 'hook', 'roaring' ]);

# In every backend from the start.
foreach my $preloaded (
	['roaring'], ['hook'], [ 'hook', 'roaring' ],
	[ 'objectset', 'hook', 'roaring' ],
	[ 'hook', 'roaring', 'objectset' ])
{
	my $libraries = join(', ', map { $module{$_} } @$preloaded);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = '$libraries'\n");
	$node->restart;
	survives('preloaded ' . join(', ', @$preloaded), 'use');
}
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;

# The controls: modules that are linked with CRoaring in the ordinary way do not survive.
sub dies
{
	my ($name, $script, $message) = @_;
	my $before = -s $node->logfile;
	my ($status) = $node->psql('postgres', $script);
	isnt($status, 0, "$name: the backend dies");
	like(substr(slurp_file($node->logfile), $before), $message, "$name: of our module");
	$node->poll_query_until('postgres', 'SELECT 1', '1');
	return;
}

$node->safe_psql('postgres',
	"CREATE FUNCTION hostile_hook_bite() RETURNS bigint LANGUAGE c AS '$module{hook}', 'hostile_hook_bite'");
dies('hook', 'SELECT hostile_hook_bite()', qr/hostile_hook: somebody called/);
dies('roaring, hook', "LOAD '$module{roaring}'; LOAD '$module{hook}'", qr/hostile_roaring: somebody called/);

$node->stop;
done_testing();
