# Memory is used again: a statement over sets of some hundred KB takes no fresh pages from the system once it has run.
#
# glibc gives freed memory back from the top of the heap where it is more than a threshold (src/pg/boundary.cpp).

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'about glibc on Linux' unless -r '/proc/self/stat' && `getconf GNU_LIBC_VERSION 2>&1` =~ /^glibc/;
delete @ENV{ grep { /^(MALLOC_|GLIBC_TUNABLES)/ } keys %ENV };

my $node = PostgreSQL::Test::Cluster->new('page_faults');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION objectset;
CREATE TABLE three AS
  SELECT objectset_agg(i) FILTER (WHERE i * 7919 % 100003 < 50000) AS a, objectset_agg(i) FILTER (WHERE i * 104729 % 100019 < 50000) AS b,
         objectset_agg(i) FILTER (WHERE i * 1299709 % 100043 < 50000) AS c
  FROM generate_series(1, 4000000::bigint) i;
-- How often the backend has taken a page so far
CREATE FUNCTION pages() RETURNS bigint LANGUAGE sql AS $$
  SELECT split_part(regexp_replace(pg_read_file('/proc/self/stat'), '.*\) ', ''), ' ', 8)::bigint
$$;
SQL

for my $expression ('cardinality(a | b | c)', 'cardinality((a & b) - c)', 'length((a # b)::bytea)')
{
	my $statement = "SELECT sum($expression) FROM three;\n";
	my $pages = $node->safe_psql('postgres', "SET objectset.cache_size = 0;\n" . $statement x 3 . "SELECT pages() AS before \\gset\n" . $statement x 20
		  . "SELECT 'pages ' || pages() - :before");
	my ($taken) = $pages =~ /^pages (\d+)$/m;
	cmp_ok($taken, '<', 20 * 10, "$expression takes few pages") or diag($pages);
}

$node->stop;
done_testing();
