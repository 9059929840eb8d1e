# `make installcheck` against clusters of other encodings and locales than the tests' own.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Those whose output has letters beyond ASCII, in columns as wide as they are.
my $tests = 'REGRESS=init saved_analysis saved_expression';

my $node = PostgreSQL::Test::Cluster->new('sql_ascii');
$node->init(extra => [ '--encoding=SQL_ASCII', '--locale=C' ]);
$node->start;
local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port);
command_ok([ 'make', 'installcheck', $tests, 'ISOLATION=saved' ], 'installcheck, in a cluster of SQL_ASCII');
$node->stop;

done_testing();
