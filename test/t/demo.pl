# What `make demo` shows runs without an error, and sets and tables give the same answers; over a made-up catalogue.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('demo');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION objectset');

my $catalogue = PostgreSQL::Test::Utils::tempdir();
command_ok([ 'perl', 'test/demo/catalogue.pl', '--generate', $catalogue ], 'a catalogue is made up');

my @psql = ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'));
command_ok([ @psql, '-f', 'test/demo/tables.sql', map { ('-c', "\\copy $_ from '$catalogue/$_.tsv'") } qw(package dependency tag) ],
	'and loaded');
command_ok([ @psql, '-v', 'ssl=libssl3', '-v', 'subject=openssl', '-f', 'test/demo/tour.sql' ], 'the tour');
command_ok([ @psql, '-f', 'test/demo/race.sql', '-f', 'test/demo/report.sql' ], 'the comparison');
is($node->safe_psql('postgres', 'SELECT count(*) > 5 FROM race WHERE answer <> $$$$'), 't', 'with answers');

$node->stop;
done_testing();
