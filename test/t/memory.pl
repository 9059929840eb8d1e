# Running out of memory is an error of the statement, not the end of the backend; and what is called for each of many
# rows takes no more memory for many of them.
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
# What conversions take is in proportion to their results, which fit.
my $runs = 'SELECT objectset_agg(i * 2) AS s FROM generate_series(1, 8000000) i';
foreach my $fitting (
	[ 'jsonb of 17,000,000 ids', 'SELECT jsonb_array_length(objectset_range(n, 17000000)::jsonb) FROM generate_series(0, 0) n', 17000000 ],
	[ 'a multirange of 8,000,000 runs', "SELECT pg_column_size(s::int8multirange) FROM ($runs) t", 168000008 ],
	[ 'that multirange as a set', "SELECT cardinality(s::int8multirange::objectset) FROM ($runs) t", 8000000 ])
{
	my ($name, $statement, $wanted) = @$fitting;
	($status, $out, $err) = $node->psql('postgres', $statement);
	is($out, $wanted, $name) or diag($err);
}

# What functions leave behind that are called in a memory context of a whole statement: sorts, indexes, statistics. Each
# statement calls some of them a million times or more, over sets that all begin alike, and a few thousand times over sets
# that are stored apart. A session grows by what the server itself takes: buffers, and work_mem.
$node->psql('postgres', q{
	CREATE TABLE small AS SELECT objectset_range(1, 14) | (i * 7919 % 300007 + 100) AS s, i FROM generate_series(1, 200000) i;
	CREATE TABLE other AS TABLE small;
	CREATE TABLE apart AS SELECT objectset_agg(j * 3) | (i * 7919 % 3001 + 100000000) AS s, i FROM generate_series(1, 1000) i, generate_series(1, 3000) j GROUP BY i;
	CREATE INDEX small_s ON small (s); CREATE INDEX other_s ON other (s);
	CREATE TABLE indexed (s objectset); CREATE INDEX ON indexed (s); CREATE INDEX ON indexed USING hash (s);
	CREATE TABLE parted (s objectset) PARTITION BY HASH (s);
	CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	CREATE TABLE target AS SELECT i * 7919 % 300007 AS id FROM generate_series(1, 30000) i; ALTER TABLE target ADD PRIMARY KEY (id);
	SELECT objectset_create_table('saved', 'target');
	DO $$ BEGIN FOR i IN 1 .. 400 LOOP PERFORM objectset_save('saved', i::text, 'SELECT id FROM target'); END LOOP; END $$;
	ANALYZE;
});
my @flat = (
	[ 'sort', 'SELECT count(*) FROM (SELECT s FROM small ORDER BY s OFFSET 0) x', 'enable_indexscan = off' ],
	[ 'sort of large sets', 'SELECT count(*) FROM (SELECT s FROM apart ORDER BY s OFFSET 0) x' ],
	[ 'sort by rows', 'SELECT count(*) FROM (SELECT 1 FROM small ORDER BY ROW(s, 1) OFFSET 0) x' ],
	[ 'distinct by sorting', 'SELECT count(DISTINCT s) FROM small' ],
	[ 'percentile', 'SELECT cardinality(percentile_disc(0.5) WITHIN GROUP (ORDER BY s)) FROM small' ],
	[ 'building a btree', 'CREATE INDEX ON small (s)' ],
	[ 'building a hash index', 'CREATE INDEX ON small USING hash (s)' ],
	[ 'filling indexes', 'INSERT INTO indexed SELECT s FROM small' ],
	[ 'partitions by hash', 'INSERT INTO parted SELECT s FROM small' ],
	[ 'merge join', 'SELECT count(*) FROM small JOIN other USING (s)', 'enable_hashjoin = off; SET enable_nestloop = off; SET enable_bitmapscan = off' ],
	[ 'merge append', 'SELECT count(*) FROM (SELECT s FROM small UNION ALL SELECT s FROM other ORDER BY s OFFSET 0) x', 'enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off' ],
	[ 'hash join', 'SELECT count(*) FROM small JOIN other USING (s)', 'enable_mergejoin = off; SET enable_nestloop = off' ],
	[ 'grouping by hash', 'SELECT count(*) FROM (SELECT s FROM small GROUP BY s OFFSET 0) x', 'enable_sort = off' ],
	[ 'many groups by hash', 'SELECT count(*) FROM (SELECT objectset_agg(i) FROM generate_series(1, 1500000) i GROUP BY i % 500000 OFFSET 0) x', 'enable_sort = off' ],
	[ 'many groups of sets by hash', 'SELECT count(*) FROM (SELECT objectset_union_agg(s) FROM small, generate_series(1, 2) n GROUP BY i, n OFFSET 0) x', 'enable_sort = off' ],
	[ 'range search', 'SELECT count(*) FROM generate_series(1, 2000) n, LATERAL (SELECT 1 FROM small WHERE s > objectset_range(1, 14) | n LIMIT 1) x', 'enable_seqscan = off' ],
	[ 'statistics', 'ANALYZE small' ],
	[ 'statistics of large sets', 'ANALYZE apart' ],
	[ 'moving windows', 'SELECT count(x) FROM (SELECT objectset_union_agg(s) OVER (ORDER BY i ROWS 3 PRECEDING) x FROM small) y' ],
	[ 'sets as rows', 'SELECT count(*) FROM small, unnest(s)' ],
	[ 'membership', 'SELECT count(*) FROM small, generate_series(1, 5) n WHERE i + n <@ s' ],
	[ 'membership in large sets', 'SELECT count(*) FROM apart, generate_series(1, 300) n WHERE n <@ s' ],
	[ 'planning a deep expression', 'EXPLAIN SELECT FROM target, indexed WHERE id <@ (s' . (' | s' x 2500) . ')', "max_stack_depth = '7MB'" ],
	[ 'refreshing', q{SELECT count(*) FROM objectset_refresh('saved')} ],
	[ 'variables', q{DO $$ DECLARE s objectset := '{1,2}'; t objectset := '{1,3}'; BEGIN
	     FOR i IN 1 .. 300000 LOOP IF s > t OR s = t OR objectset_hash(t) = 0 THEN RAISE 'wrong'; END IF; END LOOP; END $$} ]);
my $bound = 48 * 1024;
foreach my $case (@flat)
{
	my ($name, $statement, $settings) = @$case;
	$settings = $settings ? "SET $settings;" : '';
	($status, $out, $err) = $node->psql('postgres', qq{
		SET work_mem = '1MB'; SET maintenance_work_mem = '1MB'; SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0;
		SET objectset.cache_size = '8MB'; $settings
		SELECT pg_backend_pid() AS pid \\gset
		\\setenv BACKEND :pid
		\\! grep VmHWM /proc/\$BACKEND/status
		BEGIN; $statement; ROLLBACK;
		\\! grep VmHWM /proc/\$BACKEND/status});
	my ($before, $after) = $out =~ /VmHWM:\s+(\d+) kB/g;
  SKIP:
	{
		skip 'memory is read from /proc', 1 if !$err && !defined $after;
		my $more = defined $after ? $after - $before : 'statement failed';
		ok($more =~ /^\d+$/ && $more < $bound, "$name: memory is flat") or diag($err);
		note("$name: $more kB more");
	}
}

unlike(slurp_file($node->logfile), qr/terminated by signal/, 'no backend died');

system('bash', '-c', "$pg_ctl -w -s -m fast stop </dev/null");
done_testing();
