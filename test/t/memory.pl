# Running out of memory is an error of the statement, not the end of the backend.
#
# The server runs with little address space. What does not fit fails with 53200 (or, where the server itself sees
# that first, 54000), in CRoaring's allocations as in the server's; the same backend goes on with right answers.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 16MB\nmax_wal_size = 2GB\njit = off\n");

my $pg_ctl = join ' ', 'pg_ctl', '-D', $node->data_dir, '-l', $node->logfile;
system('bash', '-c', "ulimit -v 700000; $pg_ctl -w -s start </dev/null") == 0
  or BAIL_OUT('the server does not start with little memory');

my $huge = 'objectset_range(0, 3000000000000)';
my @statements = (
	"SELECT cardinality($huge & objectset_range(1, 3000000000000))",
	"SELECT cardinality(objectset_shift($huge, 1))",
	"SELECT cardinality($huge # objectset_range(5, 3000000000000))",
	"SELECT length($huge\::text)",
	'SELECT cardinality(objectset_range(0, 100000000)::bigint[])',
	'SELECT cardinality(objectset_agg((i * 7919 % 1000000007) * 1000003)) FROM generate_series(1, 100000000::bigint) i',
	'SELECT cardinality(objectset_at_least_agg(objectset_shift(s, n), 2)) FROM'
	  . ' (SELECT objectset_range(0, 1000000000000) OFFSET 0) t(s), generate_series(1, 20) n');
my $check = q{SELECT cardinality(objectset_range(0, 200000) | objectset_range(100000, 300000) - '{5}'::objectset)};

$node->psql('postgres', 'CREATE EXTENSION objectset');
my $script = join '', map { "\\set VERBOSITY sqlstate\n$_;\n$check;\n" } @statements;
my ($status, $out, $err) = $node->psql('postgres', $script, on_error_stop => 0);
my @errors = $err =~ /ERROR:\s+(\w{5})/g;
is(scalar @errors, scalar @statements, 'each statement fails') or diag($err);
is(scalar(grep { $_ !~ /^(53200|54000)$/ } @errors), 0, 'for want of memory') or diag($err);
is(scalar(() = $out =~ /^300000$/mg), scalar @statements, 'the same backend goes on with right answers') or diag($out);
unlike(slurp_file($node->logfile), qr/terminated by signal/, 'no backend died');

system('bash', '-c', "$pg_ctl -w -s -m fast stop </dev/null");
done_testing();
