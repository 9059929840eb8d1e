# pg_upgrade carries over sets wherever they are kept, indexes on them, and saved sets with all that is theirs.
#
#   OBJECTSET_OLD_SERVER   the folder of another server, of an older version, with the extension in it (its programs are in
#                          bin/); without it the server is upgraded to itself, which takes the same way

use strict;
use warnings;

use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old_server = $ENV{OBJECTSET_OLD_SERVER};
my $old = PostgreSQL::Test::Cluster->new('old', $old_server ? (install_path => $old_server) : ());
my $new = PostgreSQL::Test::Cluster->new('new');
my $new_bin = $new->config_data('--bindir');
my $old_bin = $old_server ? "$old_server/bin" : $new_bin;
plan skip_all => 'pg_upgrade is not there' unless -x "$new_bin/pg_upgrade";

$old->init;
$old->append_conf('postgresql.conf', "fsync = off\n");
$old->start;
note('from ' . $old->pg_version . ' to ' . $new->pg_version);

$old->safe_psql('postgres', q{
	CREATE EXTENSION objectset;
	CREATE ROLE keeper;
	GRANT CREATE ON SCHEMA public TO keeper;
	-- Sets of all kinds: small ones, one stored apart, ranges, bitmaps, ids at both ends, none; and as parts of other types.
	CREATE TABLE kind (name text PRIMARY KEY, s objectset DEFAULT '{1,2,3}', n bigint GENERATED ALWAYS AS (cardinality(s)) STORED, CHECK (NOT s @> 13));
	INSERT INTO kind VALUES ('none', '{}'), ('null', NULL), ('few', '{-5,7,9}'), ('ends', '{-9223372036854775808,9223372036854775807}'), ('run', objectset_range(100, 5000000)),
	  ('bitmaps', (SELECT objectset_agg(i * 3 + 14) FROM generate_series(0, 300000::bigint) i)), ('wide', (SELECT objectset_agg(i * 7919 * 1000003 + 14) FROM generate_series(1, 20000::bigint) i));
	INSERT INTO kind (name) VALUES ('default');
	CREATE DOMAIN some_ids AS objectset CHECK (NOT objectset_is_empty(VALUE));
	CREATE TYPE cohort AS (label text, ids objectset);
	CREATE TABLE nested (id int PRIMARY KEY, d some_ids, a objectset[], c cohort, ca cohort[], da some_ids[]);
	INSERT INTO nested SELECT i, objectset_range(i, i + i * 100), ARRAY[objectset_range(0, i), '{}', NULL], ROW('x' || i, objectset_range(-i, i))::cohort,
	  ARRAY[ROW('y', objectset_range(i, i * 2000))::cohort], ARRAY['{1,2}'::some_ids, objectset_range(0, i * 70000)] FROM generate_series(1, 50) i;
	-- Indexes of all kinds.
	CREATE TABLE indexed (id int PRIMARY KEY, s objectset NOT NULL);
	INSERT INTO indexed SELECT i, objectset_range(i, i + 5) | (i * 7919 % 3000) FROM generate_series(1, 3000) i;
	CREATE UNIQUE INDEX indexed_btree ON indexed (s);
	CREATE INDEX indexed_hash ON indexed USING hash (s);
	CREATE INDEX indexed_gin ON indexed USING gin (s);
	CREATE INDEX indexed_gin_keys ON indexed USING gin ((s | 5::bigint) objectset_ops (keys = 2000));
	CREATE INDEX indexed_size ON indexed (cardinality(s)) WHERE s @> 7;
	CREATE TABLE parted (s objectset NOT NULL) PARTITION BY HASH (s);
	CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO parted SELECT s FROM indexed;
	CREATE MATERIALIZED VIEW common AS SELECT objectset_union_agg(s) AS s FROM indexed;
	-- Saved sets: queries with parameters, corrections, compositions, a history, a log of changes, an index, policies.
	SET ROLE keeper;
	CREATE TABLE patient (id int PRIMARY KEY, ward int);
	INSERT INTO patient SELECT i, i % 10 FROM generate_series(1, 2000) i;
	CREATE TABLE visit (patient_id int, cost int);
	INSERT INTO visit SELECT i, i % 100 FROM generate_series(1, 2000) i;
	DO $$ BEGIN
	  PERFORM objectset_create_table('patient_set', 'patient', history => true, index => true, settings => '{app.tenant}');
	  PERFORM objectset_track('patient_set', 'visit', 'patient_id');
	  PERFORM objectset_follow_deletes('patient_set');
	  PERFORM objectset_save('patient_set', 'ward', 'SELECT id FROM patient WHERE ward = $1', 3);
	  PERFORM objectset_save('patient_set', 'costly', 'SELECT patient_id FROM visit WHERE cost > 90');
	  PERFORM objectset_save('patient_set', 'mine', '{1..50,70}'::objectset);
	  PERFORM objectset_define('patient_set', 'both', 'ward | mine');
	  PERFORM objectset_add('patient_set', 'costly', 1, 2), objectset_remove('patient_set', 'costly', 93);
	END $$;
	DELETE FROM patient WHERE id = 1993;
	ALTER TABLE patient_set ENABLE ROW LEVEL SECURITY;
	CREATE POLICY all_of_it ON patient_set USING (members(patient_set) @> 3 OR true);
	CREATE VIEW ward AS SELECT p.* FROM patient p, patient_set s WHERE s.name = 'ward' AND p.id <@ s.members;
	CREATE TABLE begun AS SELECT clock_timestamp() AS at;
	SELECT objectset_add('patient_set', 'mine', 80);
	RESET ROLE;
	ANALYZE;
});

# All that is there to be seen.
my @contents = (
	(map { "SELECT * FROM $_" } qw(kind nested indexed parted common ward)),
	'SELECT id, name, query, parameters, expression, base, added, removed, deleted, count, created, modified, refreshed, last_error, saved_by FROM patient_set',
	'SELECT name, s.members FROM patient_set s',
	q{SELECT name, h.* FROM patient_set, objectset_history('patient_set', name) h},
	q{SELECT name, objectset_members_at('patient_set', name, at) FROM patient_set, begun},
	q{SELECT objectset_containing('patient_set', 23)},
	'SELECT set_table, target, key, sets, problem FROM objectset_tables()');

sub contents
{
	my ($node) = @_;
	my $query = join(' UNION ALL ', map { "SELECT $_, md5(string_agg(t::text, E'\\n' ORDER BY t::text)), count(*) FROM ($contents[$_]) t" } 0 .. $#contents);
	return $node->safe_psql('postgres', "$query ORDER BY 1");
}

# What is found by indexes, and is the same without them.
my $pick = q{SELECT id FROM indexed WHERE %s ORDER BY id};
my @conditions = ('s @> 1234', q{s && '{77,2500}'}, q{s <@ '{1..40}'}, q{s = objectset_range(20, 25) | 2380}, q{s > '{2990}'}, q{s @> '{300,301}'}, '(s | 5::bigint) @> 900', 's @> 7 AND cardinality(s) = 6');

sub found
{
	my ($node, $settings) = @_;
	return join "\n", map { $node->safe_psql('postgres', "$settings; " . sprintf($pick, $_)) =~ s/\n/,/gr } @conditions;
}

my $before = contents($old);
my $found = found($old, 'SET enable_seqscan = on');
unlike($before, qr/\|0$/m, 'there is something of everything');
$old->stop;

# From 18 on checksums are there unless they are not wanted, and have to be as they were.
my @checksums = $new->pg_version >= 18 && $old->pg_version < 18 ? (extra => ['--no-data-checksums']) : ();
$new->init(@checksums);
my ($old_data, $new_data, $place) = map { File::Spec->rel2abs($_) } $old->data_dir, $new->data_dir, $new->basedir;
my $output = '';
{
	local $ENV{PGHOST} = $new->host;
	ok( IPC::Run::run([ 'pg_upgrade', '--no-sync', '-d', $old_data, '-D', $new_data, '-b', $old_bin, '-B', $new_bin, '-s', $new->host, '-p', $old->port, '-P', $new->port ],
			'>&', \$output, init => sub { chdir $place }),
		'upgraded') or diag($output);
}
$new->start;

is(contents($new), $before, 'everything is as it was');
is(found($new, 'SET enable_seqscan = off'), $found, 'indexes find what they found');
is(found($new, 'SET enable_indexscan = off; SET enable_bitmapscan = off'), $found, 'and so does no index');
like($new->safe_psql('postgres', 'SET enable_seqscan = off; EXPLAIN ' . sprintf($pick, $conditions[0])), qr/indexed_gin/, 'by the index');
is($new->safe_psql('postgres', q{SELECT bool_and(objectset_is_valid(s)) FROM (SELECT s FROM kind UNION ALL SELECT s FROM indexed UNION ALL SELECT d FROM nested UNION ALL SELECT base FROM patient_set) x}), 't', 'each set is sound');
SKIP:
{
	skip 'this server has no amcheck', 1
	  if $new->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'}) eq '0';
	$new->safe_psql('postgres', 'CREATE EXTENSION amcheck');
	is($new->safe_psql('postgres', q{SELECT count(bt_index_check(indexrelid, true)) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
		WHERE relam = (SELECT oid FROM pg_am WHERE amname = 'btree') AND relkind = 'i' AND indrelid::regclass::text ~ '^(kind|nested|indexed|patient)'}) > 5, 1, 'btree indexes are sound');
}

# What goes on.
my ($status, $out, $err) = $new->psql('postgres', q{INSERT INTO kind VALUES ('forbidden', '{13}')});
like($err, qr/violates check constraint/, 'constraints hold');
($status, $out, $err) = $new->psql('postgres', q{INSERT INTO nested (id, d) VALUES (51, '{}')});
like($err, qr/violates check constraint "some_ids_check"/, 'and those of domains');
($status, $out, $err) = $new->psql('postgres', 'INSERT INTO indexed SELECT 5000, s FROM indexed WHERE id = 5');
like($err, qr/duplicate key value/, 'and unique indexes');
$new->safe_psql('postgres', q{INSERT INTO indexed VALUES (4000, '{1234,1235}'); INSERT INTO parted VALUES ('{8}')});
like($new->safe_psql('postgres', 'SET enable_seqscan = off; ' . sprintf($pick, $conditions[0])), qr/^4000$/m, 'indexes take what is new');

$new->safe_psql('postgres', q{SET ROLE keeper; SELECT objectset_refresh('patient_set')});
is($new->safe_psql('postgres', q{SELECT count(*) FROM patient_set WHERE last_error ~ 'cannot verify'}), '3', 'nothing is run that nobody has looked at');
is($new->safe_psql('postgres', q{SET ROLE keeper; SELECT objectset_trust('patient_set')}), '3', 'they are trusted');
is( $new->safe_psql('postgres', q{
	SET ROLE keeper;
	-- Whoever was deleted has a visit yet.
	SELECT sum(entered) + sum(departed) FROM objectset_refresh('patient_set');
	INSERT INTO visit VALUES (500, 99), (501, 1);
	DELETE FROM patient WHERE id = 13;
	SELECT way FROM objectset_refresh_plan('patient_set', 'costly');
	SELECT * FROM objectset_refresh('patient_set', 'costly');
	SELECT name, missing, surplus FROM patient_set, objectset_verify('patient_set', name) WHERE query IS NOT NULL ORDER BY 1;
	SELECT s.members @> 13 FROM patient_set s WHERE name = 'ward';
	SELECT objectset_add('patient_set', 'mine', 90);
	SELECT (SELECT count(*) FROM objectset_history('patient_set', 'mine')), objectset_members_at('patient_set', 'mine', at) @> 80 FROM begun}),
	"2\nincremental\n1|0\ncostly|0|0\nward|0|0\nf\n1\n4|f", 'saved sets go on');

$new->stop;
done_testing();
