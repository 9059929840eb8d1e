# Just-in-time compilation, of everything and with inlining: same results, and errors that are errors.
#
# Our functions throw inside and raise outside. Code inlined by the JIT could not be unwound, so the extension
# installs no bitcode; with it, the first error here took the backend down.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('jit');
$node->init;
$node->append_conf('postgresql.conf',
	"jit = on\njit_above_cost = 0\njit_inline_above_cost = 0\njit_optimize_above_cost = 0\n");
$node->start;
plan skip_all => 'this server has no JIT' unless $node->safe_psql('postgres', 'SELECT pg_jit_available()') eq 't';
$node->safe_psql('postgres', q{
	CREATE EXTENSION objectset;
	CREATE TABLE t AS SELECT i AS id, objectset_range(i, i * 1000) AS s FROM generate_series(1, 100) i;
});

is($node->safe_psql('postgres', q{SELECT sum(cardinality(s | '{5}' - objectset_range(0, 10))), count(*) FILTER (WHERE id <@ '{1..50}'),
	cardinality(objectset_agg(id)), cardinality(objectset_union_agg(s)), min(s[2]), bool_and(s::text::objectset = s) FROM t}),
	'5044950|50|100|99999|2|t', 'results');
my ($status, $out, $err) = $node->psql('postgres', q{
	\set VERBOSITY sqlstate
	SELECT (id || 'x')::objectset FROM t;
	SELECT objectset_shift(s, 9223372036854775807) FROM t;
	SELECT objectset_range(id, NULL) FROM t;
	SELECT objectset_at_least_agg(s, id) FROM t;
	SELECT count(*) FROM t;
}, on_error_stop => 0);
is(join(' ', $err =~ /ERROR:\s+(\w{5})/g), '22P02 22003 54000 22023', 'errors');
is($out, '100', 'the same backend goes on');
$node->stop;
done_testing();
