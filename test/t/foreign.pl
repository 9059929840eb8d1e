# Tables on other servers, by sets of rows that are here: one query for each set, whether or not the other server may be asked
# what that takes; and the same rows as without.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use File::Spec;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('foreign');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
my $superuser = getpwuid($<);
sub value { return $node->safe_psql('postgres', shift) }

foreach my $wrapper (qw(postgres_fdw file_fdw))
{
	plan skip_all => "this server offers no extension $wrapper"
	  if value("SELECT count(*) FROM pg_available_extensions WHERE name = '$wrapper'") eq '0';
}

my ($host, $port) = ($node->host, $node->port);
my $lines = File::Spec->rel2abs($node->basedir . "/lines.csv");
value(<<SQL);
CREATE EXTENSION objectset; CREATE EXTENSION postgres_fdw; CREATE EXTENSION file_fdw;
CREATE TABLE person (id bigint PRIMARY KEY, score int, other int);
INSERT INTO person SELECT i, i % 1000, i % 777 FROM generate_series(1, 30000) i;
CREATE TABLE segment (name text PRIMARY KEY, members objectset);
INSERT INTO segment SELECT 'every ' || n, objectset_agg(i * n) FROM generate_series(20, 119) n, generate_series(1, 200) i GROUP BY n;
INSERT INTO segment VALUES ('none', '{}'), ('unknown', NULL);
VACUUM ANALYZE person, segment;
COPY (SELECT id, score, other FROM person) TO '$lines' (FORMAT csv);
CREATE SERVER plain FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres', extensions 'objectset');
CREATE SERVER asked FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres', extensions 'objectset', use_remote_estimate 'true');
CREATE SERVER without FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres');
CREATE SERVER others FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres', extensions 'file_fdw, postgres_fdw');
CREATE SERVER costly FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres', extensions ' file_fdw,objectset ', fdw_tuple_cost '1');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE person_files (id bigint, score int, other int) SERVER files OPTIONS (filename '$lines', format 'csv');
SQL
my @servers = qw(plain asked costly without others);
value(<<SQL) foreach @servers;
CREATE USER MAPPING FOR CURRENT_USER SERVER $_;
CREATE FOREIGN TABLE person_$_ (id bigint, score int, other int) SERVER $_ OPTIONS (table_name 'person');
ANALYZE person_$_;
SQL
value(<<SQL);
CREATE TABLE person_low AS SELECT * FROM person WHERE id < 15000;
CREATE TABLE person_high AS SELECT * FROM person WHERE id >= 15000;
CREATE TABLE person_parts (LIKE person) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE person_0 PARTITION OF person_parts FOR VALUES FROM (0) TO (15000) SERVER plain OPTIONS (table_name 'person_low');
CREATE FOREIGN TABLE person_1 PARTITION OF person_parts FOR VALUES FROM (15000) TO (30001) SERVER plain OPTIONS (table_name 'person_high');
ANALYZE person_0, person_1;
CREATE VIEW one_segment AS SELECT members AS ids FROM segment WHERE name = 'every 25';
SQL

my %statements = (
	join => q{SELECT count(*), sum(f.score) FROM %s f JOIN segment s ON f.id <@ s.members WHERE s.name = 'every 20'},
	turned => q{SELECT count(*), sum(f.score) FROM %s f, segment s WHERE s.members @> f.other AND s.name = 'every 30' AND f.score < 900},
	'outer join' => q{SELECT s.name, count(f.id), sum(f.score) FROM segment s LEFT JOIN %s f ON f.id <@ s.members AND f.score <> 3 WHERE s.name = 'every 40' GROUP BY 1},
	view => q{SELECT count(*), sum(f.other) FROM one_segment JOIN %s f ON f.id <@ ids},
	'empty set' => q{SELECT count(*) FROM %s f JOIN segment s ON f.id <@ s.members WHERE s.name = 'none'},
	'NULL' => q{SELECT s.name, count(f.id) FROM segment s LEFT JOIN %s f ON f.id <@ s.members WHERE s.name = 'unknown' GROUP BY 1},
	'exists' => q{SELECT count(*) FROM segment s WHERE name = 'every 33' AND EXISTS (SELECT FROM %s f WHERE f.id <@ s.members AND f.score = 33)});
my %others = (
	'several sets' => q{SELECT s.name, count(*), sum(f.score) FROM %s f JOIN segment s ON f.id <@ s.members GROUP BY 1 ORDER BY 1},
	'a computed set' => q{SELECT count(*), sum(f.score) FROM %s f JOIN segment s ON f.id <@ (s.members | '{1,2}') WHERE s.name = 'every 20'},
	'two sets' => q{SELECT count(*), sum(f.score) FROM %s f JOIN segment s ON f.id <@ s.members JOIN segment t ON f.id <@ t.members WHERE s.name = 'every 20' AND t.name = 'every 30'});

# How many scans of foreign tables there are, and how many of them send the set.
sub scans
{
	my ($statement, $settings) = (@_, '');
	my @sent = grep { /Remote SQL:/ } split /\n/, value("$settings EXPLAIN (VERBOSE, COSTS OFF) $statement");
	return scalar(grep { /OPERATOR\(public\.(<@|@>)\)/ } @sent) . ' of ' . scalar @sent;
}

foreach my $name (sort(keys %statements), sort keys %others)
{
	my $statement = $statements{$name} // $others{$name};
	my $truth = value(sprintf $statement, 'person');
	foreach my $table (map({ "person_$_" } @servers), 'person_parts', 'person_files')
	{
		my $asked = sprintf $statement, $table;
		is(value($asked), $truth, "$name: right rows of $table");
		next if !exists $statements{$name} || $table eq 'person_files';
		my $wanted = $table =~ /without|others/ ? '0 of 1' : $table =~ /parts/ ? '2 of 2' : '1 of 1';
		is(scans($asked), $wanted, "$name: $wanted scans of $table by the set");
	}
}
my $join = sprintf $statements{join}, 'person_plain';
is(scans($join, 'SET objectset.enable_scan = off;'), '0 of 1', 'not where scans by sets are off');
unlike(value('EXPLAIN ' . sprintf $statements{join}, 'person_files'), qr/Remote SQL/, 'another wrapper is left alone');

value(<<SQL);
UPDATE person_plain f SET other = -1 FROM segment s WHERE f.id <@ s.members AND s.name = 'every 20';
DELETE FROM person_plain f USING segment s WHERE f.id <@ s.members AND s.name = 'every 50';
SQL
is(value('SELECT count(*) FILTER (WHERE other = -1), count(*) FROM person'), '160|29800', 'the rows of the set are changed');

# What a foreign table gives to its owner, it gives to whoever may act as the owner.
value(<<SQL);
CREATE ROLE owner; CREATE ROLE reader; CREATE ROLE member IN ROLE owner;
CREATE USER MAPPING FOR owner SERVER plain OPTIONS (user '$superuser', password_required 'false');
GRANT USAGE ON FOREIGN SERVER plain TO owner;
GRANT CREATE ON SCHEMA public TO owner; GRANT SELECT ON person TO owner;
SET ROLE owner;
CREATE TABLE owned (LIKE person) PARTITION BY RANGE (id);
CREATE TABLE owned_0 PARTITION OF owned FOR VALUES FROM (0) TO (15000);
INSERT INTO owned VALUES (1, 1, 1);
CREATE FOREIGN TABLE owned_1 PARTITION OF owned FOR VALUES FROM (15000) TO (30001) SERVER plain OPTIONS (table_name 'person_high');
SELECT objectset_create_table('owned_set', 'owned', 'id');
SELECT objectset_save('owned_set', 'two', '{1,15001}');
GRANT SELECT ON owned, owned_set TO reader;
SQL
foreach my $role (qw(owner member reader postgres))
{
	my $as = $role eq 'postgres' ? 'RESET ROLE' : "SET ROLE $role";
	my (undef, $out, $err) = $node->psql('postgres', "$as; SELECT sum(count) FROM objectset_facets('owned_set', 'two', 'other')");
	if ($role eq 'reader') { like($err, qr/user mapping not found/, 'a reader without a user mapping') }
	else { is("$out$err", '2', "rows of a foreign partition, as $role") }
}

done_testing();
