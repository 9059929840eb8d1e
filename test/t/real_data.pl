# Real sets (the data of the Roaring papers): right, and small.
#
# The size to beat is that of a bitmap type which stores the run-optimized 32-bit portable stream behind a header of
# four bytes, as pg_roaringbitmap's optimised form is.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{OBJECTSET_SHARED_DATA};
plan skip_all => 'OBJECTSET_SHARED_DATA does not name the directory of the data sets'
  unless defined $data && -e "$data/census1881.tsv.xz";

my $node = PostgreSQL::Test::Cluster->new('real_data');
$node->init;
$node->append_conf('postgresql.conf', "work_mem = 64MB\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION objectset');

foreach my $name (qw(census1881 census-income wikileaks-noquotes))
{
	$node->safe_psql(
		'postgres', qq{
		DROP TABLE IF EXISTS real_set, stored;
		CREATE TABLE real_set (set_no int, ids bigint[]);
		COPY real_set FROM PROGRAM 'xz -dc $data/$name.tsv.xz';
		CREATE TABLE stored AS SELECT set_no, ids::objectset AS s FROM real_set;
	});
	is($node->safe_psql('postgres', 'SELECT count(*) FROM stored'), '200', "$name: all sets");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM stored JOIN real_set USING (set_no) WHERE s::bigint[] <> ids OR cardinality(s) <> cardinality(ids)'),
		'0', "$name: the same ids");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM stored WHERE pg_column_size(s) > 4 + length(objectset_to_roaring32(s)) + 32'),
		'0', "$name: at most 32 bytes more than the run-optimized stream and a header");
	note("$name: " . $node->safe_psql('postgres', q{SELECT format('%s bytes, streams %s, arrays %s', sum(pg_column_size(s)),
		sum(4 + length(objectset_to_roaring32(s))), sum(8 * cardinality(s) + 24)) FROM stored}));
	is( $node->safe_psql('postgres', q{
		SELECT count(*) FROM stored a JOIN stored b ON b.set_no = a.set_no + 1, LATERAL (
		  SELECT (SELECT count(*) FROM (SELECT unnest(a.s) INTERSECT SELECT unnest(b.s)) x) AS both_n,
		         (SELECT count(*) FROM (SELECT unnest(a.s) UNION SELECT unnest(b.s)) x) AS either_n) sql
		WHERE a.set_no % 20 = 3 AND (cardinality(a.s & b.s) <> both_n OR cardinality(a.s | b.s) <> either_n
		  OR objectset_symdiff_count(a.s, b.s) <> either_n - both_n)}),
		'0', "$name: algebra as in SQL");
	is($node->safe_psql('postgres', 'SELECT objectset_union_agg(s) = (SELECT objectset_agg(id) FROM real_set, unnest(ids) id) FROM stored'),
		't', "$name: union of all");
	is($node->safe_psql('postgres', q{SELECT objectset_at_least_agg(s, 3) = (SELECT objectset_agg(id) FROM
		(SELECT id FROM real_set, unnest(ids) id GROUP BY id HAVING count(*) >= 3) x) FROM stored}),
		't', "$name: ids of three or more sets");
}
$node->stop;
done_testing();
