# Memory that cannot be had, at every request of a statement one after the other, once or several times in a row: the
# statement fails with 53200 or has its right result, and the same backend goes on with right answers
# (test/hostile/failing_malloc.c). What the core does then is tested request by request in test/unit.
#
#   OBJECTSET_BURSTS   up to which request of a statement each is tried (40); beyond, every tenth part more

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = $ENV{OBJECTSET_HOSTILE}
  or plan skip_all => 'OBJECTSET_HOSTILE does not name the directory of the hostile modules';
plan skip_all => 'about glibc on Linux' unless `getconf GNU_LIBC_VERSION 2>&1` =~ /^glibc/;
my $each = $ENV{OBJECTSET_BURSTS} || 40;

my $node = PostgreSQL::Test::Cluster->new('no_memory');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\njit = off\nmax_parallel_workers_per_gather = 0\nautovacuum = off\n");
{
	local $ENV{LD_PRELOAD} = "$directory/failing_malloc.so";
	$node->start;
}
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION objectset;
CREATE FUNCTION fail_from(bigint, bigint) RETURNS void LANGUAGE c AS '$directory/hostile_memory.so', 'hostile_memory_fail';
CREATE FUNCTION failed() RETURNS bigint LANGUAGE c AS '$directory/hostile_memory.so', 'hostile_memory_stop';
-- How many requests failed, and what came of it.
CREATE FUNCTION burst(statement text, after bigint, times bigint) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE result text; failures bigint;
BEGIN
  PERFORM fail_from(after, times);
  EXECUTE statement INTO result;
  failures := failed();
  RETURN failures || ' ' || result;
EXCEPTION WHEN OTHERS THEN
  failures := failed();
  RETURN failures || ' error ' || SQLSTATE || CASE WHEN SQLSTATE = '53200' THEN '' ELSE ': ' || SQLERRM END;
END \$\$;
CREATE TABLE large AS
  SELECT objectset_agg(i * 3) AS a, objectset_agg(i * 5 + i % 4) AS b FROM generate_series(1, 200000::bigint) i;
CREATE TABLE number (id bigint PRIMARY KEY, g int);
INSERT INTO number SELECT i, i % 10 FROM generate_series(1, 20000) i;
CREATE TABLE sets AS SELECT objectset_range(i, i + i % 50) | (i * 7919 % 30000) AS s FROM generate_series(1, 2000) i;
CREATE INDEX ON sets USING gin (s);
SELECT objectset_create_table('saved', 'number', history => true);
SELECT objectset_save('saved', 'q', 'SELECT id FROM number WHERE g < 5'), objectset_save('saved', 'm', '{1..100}'::objectset);
SELECT objectset_define('saved', 'x', 'q & m');
VACUUM ANALYZE;
SQL

my @statements = (
	[ 'union', 'SELECT cardinality(a | b) FROM large' ],
	[ 'intersection', 'SELECT length((a & b)::text) FROM large' ],
	[ 'text', 'SELECT a::text::objectset = a FROM large' ],
	[ 'arrays', 'SELECT a::bigint[]::objectset = a FROM large' ],
	[ 'JSON', 'SELECT a::jsonb::objectset = a FROM large' ],
	[ 'multiranges', 'SELECT a::int8multirange::objectset = a FROM large' ],
	[ 'portable form', 'SELECT a::bytea::objectset = a FROM large' ],
	[ 'sparse ids', 'SELECT cardinality(objectset_agg(i * 10000000000)) FROM generate_series(1, 30000::bigint) i' ],
	[ 'groups', 'SELECT sum(cardinality(s)) FROM (SELECT objectset_agg(i) s FROM generate_series(1, 30000) i GROUP BY i % 300) x' ],
	[ 'windows', 'SELECT sum(cardinality(u)) FROM (SELECT objectset_union_agg(s) OVER (ORDER BY s ROWS 3 PRECEDING) u FROM sets) x' ],
	[ 'sorting', 'SELECT count(DISTINCT s) FROM sets' ],
	[ 'rows', 'SELECT sum(id) FROM large, unnest(a) id' ],
	[ 'a scan', 'SELECT count(*) FROM number WHERE id <@ (SELECT a FROM large)' ],
	[ 'a join', 'SELECT count(*) FROM number JOIN sets ON id <@ s' ],
	[ 'a union of scans', q{SELECT count(*) FROM number WHERE id <@ '{3..500}' OR id <@ '{7..9,900}'} ],
	[ 'a GIN index', q{SELECT count(*) FROM sets WHERE s && '{5,77,2000}'} ],
	[ 'exclusive parts', 'SELECT count(*) FROM large, objectset_exclusive(ARRAY[a, b, a & b])' ],
	[ 'a sample', 'SELECT cardinality(objectset_sample(a, 1000, 7)) FROM large' ],
	[ 'a refresh', q{SELECT entered FROM objectset_refresh('saved', 'q')} ],
	[ 'saved sets', q{SELECT objectset_add('saved', 'm', 4, 500) + objectset_remove('saved', 'm', 500)} ],
	[ 'an expression', q{SELECT cardinality(objectset_evaluate('saved', 'q | m - x'))} ],
	[ 'facets', q{SELECT count(*) FROM objectset_facets('saved', 'q', 'g')} ],
	[ 'overlaps', q{SELECT sum(in_both) FROM objectset_overlaps('saved')} ]);
my $check = q{SELECT cardinality(objectset_range(0, 200000) | objectset_range(100000, 300000) - '{5}'::objectset)};

my @points = (0 .. $each);
push @points, int($points[-1] * 1.1) + 1 while $points[-1] < 5000;
my $total = 0;
foreach my $case (@statements)
{
	my ($name, $statement) = @$case;
	my $right = $node->safe_psql('postgres', "SELECT burst(\$q\$$statement\$q\$, 0, 0)") =~ s/^0 //r;
	# What has failed once, and what fails a few times in a row, error handling included.
	foreach my $times (1, 4)
	{
		my %wrong;
		my $failures = 0;
		# As many as there are requests: where none fails the statement has made fewer.
		# The module is loaded before: where libstdc++ comes with it, glibc ends a process that has no memory for its symbols. And there
		# is a cache of types: release 18 asserts that both of its tables are there, of which the second may have found no memory.
		my $first = "LOAD 'objectset'; DO 'BEGIN PERFORM ARRAY[1] = ARRAY[1]; END';\n";
		my $script = join '', $first, map { "SELECT burst(\$q\$$statement\$q\$, $_, $times);\n" } @points;
		my $before = -s $node->logfile;
		my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\n$script\\echo alive\n$check", on_error_stop => 0, timeout => 300);
		# The server's own flaw: a subtransaction that could not begin, it takes for one in no state to be rolled back, and ends the session.
		if (slurp_file($node->logfile, $before) =~ /FATAL:  RollbackAndReleaseCurrentSubTransaction: unexpected state SUBBEGIN/)
		{
			note("$name, $times at a time: the server ended the session where no subtransaction could begin");
			next;
		}
		foreach my $line (split /\n/, $out)
		{
			$failures += $1 if $line =~ /^(\d+) /;
			$wrong{$line}++ unless $line =~ /^\d+ (?:\Q$right\E|error 53200)$|^alive$|^300000$/;
		}
		# Where there was none for handling the error, the session is told. A refresh that failed is a warning.
		foreach my $line (split /\n/, $err)
		{
			$failures++ if $line =~ /ERROR:\s+53200/;
			$wrong{$line}++ unless $line =~ /ERROR:\s+53200|WARNING:\s+01000/;
		}
		is(join("\n", sort keys %wrong), '', "$name, $times at a time: right, or out of memory");
		like($out, qr/^alive\n300000$/m, "$name, $times at a time: the same backend goes on") or diag($err);
		note("$failures requests failed");
		$total += $failures;
	}
}
cmp_ok($total, '>', 100, "$total requests for memory failed");
unlike(slurp_file($node->logfile), qr/terminated by signal|TRAP:|PANIC/, 'no backend died');

$node->stop;
done_testing();
