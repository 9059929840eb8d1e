# Nothing beyond a block of memory is touched, nor one that was freed: in a server whose large blocks end where a page
# begins that nobody may read (test/hostile/guarded_malloc.c).

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = $ENV{OBJECTSET_HOSTILE}
  or plan skip_all => 'OBJECTSET_HOSTILE does not name the directory of the hostile modules';
plan skip_all => 'about glibc on Linux' unless `getconf GNU_LIBC_VERSION 2>&1` =~ /^glibc/;

my $node = PostgreSQL::Test::Cluster->new('guarded');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\njit = off\n");
{
	local $ENV{LD_PRELOAD} = "$directory/guarded_malloc.so";
	$node->start;
}
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION objectset;
CREATE FUNCTION hostile_reader_bite() RETURNS integer LANGUAGE c AS '$directory/hostile_reader.so', 'hostile_reader_bite';
CREATE TABLE large AS
  SELECT objectset_agg(i * 3) AS a, objectset_agg(i * 5 + i % 4) AS b FROM generate_series(1, 200000::bigint) i;
SQL

# Buffers that grow by and by, CRoaring's and ours, in the contexts of operators, aggregates and casts.
for my $check (
	[ 'text', 'SELECT length(a::text) > 10000 FROM large', 't' ],
	[ 'text read', 'SELECT a::text::objectset = a FROM large', 't' ],
	[ 'many sparse ids', 'SELECT cardinality(objectset_agg(i * 10000000000)) FROM generate_series(1, 50000::bigint) i', 50000 ],
	[ 'ids in any order', 'SELECT cardinality(objectset_agg(i * 7919 % 1000003)) FROM generate_series(1, 300000::bigint) i', 300000 ],
	[ 'ranges', 'SELECT cardinality(objectset_union_agg(objectset_range(i * 200, i * 200 + 10))) FROM generate_series(1, 20000::bigint) i', 200000 ],
	[ 'unions', 'SELECT cardinality(a | b) + cardinality(a & b) = cardinality(a) + cardinality(b) FROM large', 't' ],
	[ 'arrays', 'SELECT a::bigint[]::objectset = a FROM large', 't' ],
	[ 'JSON', 'SELECT a::jsonb::objectset = a FROM large', 't' ],
	[ 'portable form', 'SELECT a::bytea::objectset = a FROM large', 't' ])
{
	my ($name, $query, $expected) = @$check;
	my ($status, $out, $err) = $node->psql('postgres', $query);
	is($status, 0, "$name: the backend survives") or diag($err);
	is($out, $expected, "$name: right result");
	$node->poll_query_until('postgres', 'SELECT 1', '1') if $status;
}

# The control: who reads beyond does not survive.
my ($status) = $node->psql('postgres', 'SELECT hostile_reader_bite()');
isnt($status, 0, 'reading beyond a chunk is noticed');
# The server says so before it lets anybody in again.
$node->poll_query_until('postgres', 'SELECT 1', '1');
like(slurp_file($node->logfile), qr/terminated by signal 11/, 'by the page behind it');

$node->stop;
done_testing();
