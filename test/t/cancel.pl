# A statement that works on a huge set can be cancelled, wherever it is.
#
# Each statement would run for seconds or minutes. It must end with the timeout's error, and soon after it: the
# bound here is wide, for machines that are busy; what is measured is printed.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $timeout = 0.3;
my $bound = 2.5;

my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION objectset;
	CREATE UNLOGGED TABLE literal AS
	  SELECT '{' || string_agg((i * 7919 % 40000000007)::text, ',') || '}' AS list
	  FROM generate_series(1, 3000000::bigint) i;
});

my $huge = 'objectset_range(0, 3000000000000)';
my $odd = 'objectset_range(1, 3000000000000)';
my %statements = (
	'reading a literal' => 'SELECT cardinality((list || repeat(\' \', n))::objectset) FROM literal, generate_series(1, 50) n',
	'intersection' => "SELECT cardinality($huge & $odd)",
	'symmetric difference' => "SELECT cardinality($huge # ($odd - 1000000000000))",
	'shift' => "SELECT cardinality(objectset_shift($huge, 1))",
	'counting' => "SELECT sum(objectset_intersect_count($huge, objectset_range(n, 3000000000000))) FROM generate_series(1, 100) n",
	'subset' => "SELECT count(*) FROM generate_series(1, 100) n WHERE $huge @> objectset_range(n, 3000000000000)",
	'order' => "SELECT count(*) FROM generate_series(1, 100) n WHERE $huge < objectset_shift($odd, n)",
	'writing as text' => 'SELECT sum(length(objectset_range(n, 1000000000000)::text)) FROM generate_series(1, 50) n',
	'writing as jsonb' => 'SELECT pg_column_size(objectset_range(0, 200000000)::jsonb)',
	'writing as an array' => 'SELECT sum(cardinality(objectset_range(n, 100000000)::bigint[])) FROM generate_series(1, 50) n',
	'writing as a multirange' =>
	  'SELECT pg_column_size((SELECT objectset_agg(i * 2) FROM generate_series(1, 100000000) i)::int8multirange)',
	'rows' => 'SELECT sum(id) FROM unnest(objectset_range(0, 1000000000)) id',
	'aggregate' => 'SELECT cardinality(objectset_agg(i * 7919 % 1000000007)) FROM generate_series(1, 1000000000) i',
	'at least' => "SELECT cardinality(objectset_at_least_agg(objectset_range(n, 3000000000000), 3)) FROM generate_series(1, 100) n",
	'membership' => 'SELECT count(*) FROM generate_series(1, 1000000000) i WHERE i <@ objectset_range(0, 100)');

foreach my $name (sort keys %statements)
{
	my $start = time;
	my ($status, $out, $err) = $node->psql('postgres',
		sprintf("SET statement_timeout = '%dms';\n%s;\n", 1000 * $timeout, $statements{$name}));
	my $late = time - $start - $timeout;
	like($err, qr/canceling statement due to statement timeout/, "$name: cancelled");
	cmp_ok($late, '<', $bound, "$name: soon");
	note(sprintf('%s: %.0f ms after the timeout, with connecting and clearing up', $name, 1000 * $late));
}

is($node->safe_psql('postgres', q{SELECT '{1,2}'::objectset | '{3}'}), '{1,2,3}', 'the server works on');
$node->stop;
done_testing();
