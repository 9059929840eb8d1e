# What an index on sets answers is what the table answers, whatever happens to both.
#
# Sessions write sets of all kinds into three tables, whose indexes differ in their keys and in how they take new ones
# (fastupdate), vacuum them, make the indexes anew, and put random questions, each once to the index and once to the table in one snapshot. Then the server dies in the
# middle of that, recovers, and all is asked again.
#
#   OBJECTSET_GIN_QUESTIONS   how many questions are asked beside the writing (200)
#   OBJECTSET_GIN_SEED        draws the same again, as far as sessions that race each other allow

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $questions = $ENV{OBJECTSET_GIN_QUESTIONS} || 200;
my $seed = $ENV{OBJECTSET_GIN_SEED} // int(time) % 1000000;
note("OBJECTSET_GIN_SEED=$seed OBJECTSET_GIN_QUESTIONS=$questions");

my $node = PostgreSQL::Test::Cluster->new('gin');
$node->init;
$node->append_conf('postgresql.conf', <<'END');
jit = off
autovacuum = off
full_page_writes = on
restart_after_crash = on
gin_pending_list_limit = 64kB
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION objectset;

CREATE FUNCTION chance(n int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::int';

-- A set of one of the kinds that the index tells apart: of few ids, of runs, of more ids than keys (dense, thin, or both),
-- over all numbers, at the ends, and the empty one.
CREATE FUNCTION random_set() RETURNS objectset LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  start bigint := chance(4000) - 1000;
BEGIN
  CASE chance(12)
    WHEN 0 THEN RETURN '{}';
    WHEN 1, 2, 3 THEN RETURN (SELECT objectset_agg(chance(3000) - 500) FROM generate_series(1, 1 + chance(6)));
    WHEN 4, 5 THEN RETURN (SELECT objectset_agg(chance(3000) - 500) FROM generate_series(1, 1 + chance(200)));
    WHEN 6 THEN RETURN objectset_range(start, start + chance(2000));
    WHEN 7 THEN RETURN (SELECT objectset_agg(start + i * (2 + start % 5)) FROM generate_series(1, 400 + chance(3000)) i);
    WHEN 8 THEN RETURN (SELECT objectset_agg(chance(100000000)) FROM generate_series(1, 100 + chance(600)))
                       | objectset_range(start, start + 300);
    WHEN 9 THEN RETURN (SELECT objectset_agg((random() * 1.8e19 - 9.2e18)::bigint) FROM generate_series(1, 1 + chance(500)))
                       | start;
    WHEN 10 THEN RETURN ('{-9223372036854775808,9223372036854775807,-9223372036854775000,0}'::objectset) | start;
    ELSE RETURN objectset_range(start * 100, start * 100 + chance(200000)) | chance(1000);
  END CASE;
END $$;

CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, members objectset, n int DEFAULT 0);
CREATE TABLE direct (LIKE kept INCLUDING ALL);
CREATE INDEX kept_members ON kept USING gin (members objectset_ops (keys = 256)) WITH (fastupdate = on);
CREATE INDEX direct_members ON direct USING gin (members objectset_ops (keys = 300)) WITH (fastupdate = off);
CREATE TABLE exact (LIKE kept INCLUDING ALL);
CREATE INDEX exact_members ON exact USING gin (members objectset_ops (exact));
INSERT INTO kept (members) SELECT random_set() FROM generate_series(1, 300);
INSERT INTO direct (members) SELECT random_set() FROM generate_series(1, 300);
INSERT INTO exact (members) SELECT objectset_slice(random_set(), 0, 4000) FROM generate_series(1, 300);
INSERT INTO kept (members) VALUES (NULL);

CREATE FUNCTION random_question(t text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  asked objectset := CASE WHEN chance(2) = 0 THEN random_set() END;
  stored objectset;
BEGIN
  IF chance(3) = 0 THEN
    RETURN format('members @> %L::bigint', CASE chance(6) WHEN 0 THEN '-9223372036854775808' WHEN 1 THEN chance(100000)::text
                                           ELSE (chance(3000) - 500)::text END);
  END IF;
  IF asked IS NULL THEN  -- one of the table's, or a part of it
    EXECUTE format('SELECT members FROM %I WHERE members IS NOT NULL ORDER BY random() LIMIT 1', t) INTO stored;
    asked := coalesce(CASE chance(3) WHEN 0 THEN stored WHEN 1 THEN objectset_slice(stored, chance(10), 1 + chance(40))
                      ELSE stored | chance(3000)::bigint END, '{}');
  END IF;
  RETURN format('members %s %L::objectset', (ARRAY['&&', '@>', '<@', '='])[1 + chance(4)], asked);
END $$;

-- Questions that the index answers otherwise than the table. All in one snapshot: the caller's transaction has it.
CREATE FUNCTION wrong_answers(t text, questions int) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  question text; by_index bigint[]; by_table bigint[]; plan text;
BEGIN
  FOR i IN 1..questions LOOP
    question := random_question(t);
    PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'on', true);
    IF i = 1 THEN
      EXECUTE format('EXPLAIN (FORMAT json) SELECT FROM %I WHERE %s', t, question) INTO plan;
      IF plan !~ 'Bitmap Index Scan' THEN RETURN NEXT 'not by the index: ' || question; END IF;
    END IF;
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %I WHERE %s', t, question) INTO by_index;
    PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'off', true);
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %I WHERE %s', t, question) INTO by_table;
    IF by_index IS DISTINCT FROM by_table THEN
      RETURN NEXT format('%s: %s by the index, %s by the table', left(question, 2000), by_index, by_table);
    END IF;
  END LOOP;
END $$;
CREATE FUNCTION check_answers(t text, questions int) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  wrong text;
BEGIN
  SELECT string_agg(w, E'\n') INTO wrong FROM wrong_answers(t, questions) w;
  IF wrong IS NOT NULL THEN RAISE EXCEPTION 'wrong answers: %', wrong; END IF;
END $$;
END

# How many ids of a random set a table takes.
my %most_ids = (kept => 1000000, direct => 1000000, exact => 4000);
my @tables = sort keys %most_ids;
my $write = join "\n", map { <<"END" } @tables;
INSERT INTO $_ (members) SELECT objectset_slice(random_set(), 0, $most_ids{$_}) FROM generate_series(1, 3);
UPDATE $_ SET members = members | chance(3000)::bigint WHERE id IN (SELECT id FROM $_ ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED);
UPDATE $_ SET n = n + 1 WHERE id IN (SELECT id FROM $_ ORDER BY random() LIMIT 3 FOR UPDATE SKIP LOCKED);
DELETE FROM $_ WHERE id IN (SELECT id FROM $_ ORDER BY random() LIMIT CASE WHEN (SELECT count(*) FROM $_) > 400 THEN 6 ELSE 2 END
  FOR UPDATE SKIP LOCKED);
END
my %scripts = (
	write => $write,
	abort => "BEGIN;\n$write\nROLLBACK;\n",
	ask => "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT check_answers('kept', 2), check_answers('direct', 2), check_answers('exact', 2);\nCOMMIT;\n",
	vacuum => "VACUUM kept;\nVACUUM direct;\nVACUUM exact;\n",
	clean => "SELECT gin_clean_pending_list('kept_members');\n",
	rebuild => "REINDEX INDEX kept_members;\n");
my %weights = (write => 8, abort => 1, ask => 8, vacuum => 1, clean => 1, rebuild => 1);
my $directory = PostgreSQL::Test::Utils::tempdir();
my @files;
foreach my $name (sort keys %scripts)
{
	append_to_file("$directory/$name.sql", $scripts{$name});
	push @files, '-f', "$directory/$name.sql\@$weights{$name}";
}
my @pgbench = ('pgbench', '-n', '-c', 3, '-j', 1, "--random-seed=$seed", @files, $node->connstr('postgres'));

sub all_right
{
	my ($when) = @_;
	foreach my $table (@tables)
	{
		my ($status, $out, $err) = $node->psql('postgres', <<"END");
SELECT setseed($seed / 1000000.0) \\g /dev/null
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM wrong_answers('$table', 100);
END
		is("$out$err", '', "$table: all answers are right, $when");
	}
}

all_right('at first');
my ($out, $err) = ('', '');
my $transactions = int($questions * 20 / 8 / 6 / 3) + 1;    # of each session; of twenty eight ask six questions
my $writers = IPC::Run::start([ @pgbench, '-t', $transactions ], '>', \$out, '2>', \$err);
foreach my $statement (
	'REINDEX INDEX CONCURRENTLY direct_members',
	'CREATE INDEX CONCURRENTLY exact_new ON exact USING gin (members objectset_ops (exact)) WITH (fastupdate = off)',
	'DROP INDEX CONCURRENTLY exact_members',
	'ALTER INDEX exact_new RENAME TO exact_members')
{
	$node->safe_psql('postgres', $statement);
}
IPC::Run::finish($writers);
unlike("$out$err", qr/ERROR/, 'all answers are right while sets are written');
like($out, qr/number of transactions actually processed: \d\d/, 'sets were written');
all_right('after all was written');
$node->safe_psql('postgres', 'VACUUM kept; VACUUM direct; VACUUM exact;');
all_right('after VACUUM');

# Kills a backend, and waits for what follows: the server ends all other sessions, too, and starts anew. That it noticed is
# seen from a session that does nothing; before that, new ones might still be let in, only to be ended.
sub crash
{
	my ($victim) = @_;
	my ($said, $errors) = ('', '');
	my $witness = IPC::Run::start([ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c', "SELECT 'here'", '-c', 'SELECT pg_sleep(3600)' ],
		'>', \$said, '2>', \$errors);
	IPC::Run::pump($witness) until $said =~ /here/;
	kill 'KILL', $victim;
	IPC::Run::finish($witness);
	# psql may be turned away, and gone, before it is handed its query: that raises EPIPE here.
	my $recovered;
	foreach my $attempt (1 .. 1000)
	{
		last if eval { $recovered = $node->poll_query_until('postgres', 'SELECT true'); 1 };
	}
	return $recovered;
}

foreach my $crash (1, 2)
{
	($out, $err) = ('', '');
	my $session = IPC::Run::start([ @pgbench, '-t', 100000 ], '>', \$out, '2>', \$err);
	sleep(2 + $crash);
	my $clients = q{FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()};
	$node->poll_query_until('postgres', "SELECT count(*) > 0 $clients") or BAIL_OUT('no clients');
	my $recovered = crash($node->safe_psql('postgres', "SELECT min(pid) $clients"));
	IPC::Run::finish($session);
	unlike("$out$err", qr/wrong answers/, "all answers are right until crash $crash");
	ok($recovered, "recovered from crash $crash") or BAIL_OUT('no server');
	all_right("after crash $crash");
}

# Of the questions, the first whose answers differ.
$node->safe_psql('postgres', <<'END');
CREATE FUNCTION random_questions(t text, beside text) RETURNS text[] LANGUAGE sql AS $$
  SELECT array_agg(random_question(t) || beside) FROM generate_series(1, 60) $$;
CREATE FUNCTION differing(t text, questions text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  question text; by_index bigint[]; by_table bigint[]; plan text;
BEGIN
  FOREACH question IN ARRAY questions LOOP
    PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'on', true), set_config('enable_indexscan', 'off', true);
    EXECUTE format('EXPLAIN (FORMAT json) SELECT FROM %I WHERE %s', t, question) INTO plan;
    IF plan !~ 'Bitmap Index Scan' THEN RETURN 'not by the index: ' || question; END IF;
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %I WHERE %s', t, question) INTO by_index;
    PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'off', true);
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %I WHERE %s', t, question) INTO by_table;
    IF by_index IS DISTINCT FROM by_table THEN RETURN format('%s: %s, not %s', question, by_index, by_table); END IF;
  END LOOP;
  RETURN '';
END $$;
END

# Beside a number in one index, by contrib's btree_gin.
SKIP:
{
	skip 'no btree_gin', 1
	  unless $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'btree_gin'});
	$node->safe_psql('postgres', <<'END');
CREATE EXTENSION btree_gin;
CREATE TABLE beside AS SELECT id, members, (id % 7)::int AS n FROM kept;
CREATE INDEX ON beside USING gin (n, members objectset_ops (keys = 256));
ANALYZE beside;
END
	is($node->safe_psql('postgres', q{SELECT differing('beside', random_questions('beside', ' AND n = 3') || random_questions('beside', ''))}),
		'', 'a number and a set in one index');
}

# Built by several processes, where the server can (from release 18 on): what it answers, and as large as if by one.
$node->safe_psql('postgres', <<'END');
CREATE TABLE built AS SELECT i AS id, random_set() AS members FROM generate_series(1, 2000) i;
INSERT INTO built VALUES (2001, NULL);
CREATE TABLE built_alone AS SELECT * FROM built;
CREATE INDEX built_alone_members ON built_alone USING gin (members);
ANALYZE built, built_alone;
END
my (undef, undef, $messages) = $node->psql('postgres', <<'END');
SET max_parallel_maintenance_workers = 2;
SET min_parallel_table_scan_size = 0;
SET maintenance_work_mem = '128MB';
SET client_min_messages = debug1;
CREATE INDEX built_members ON built USING gin (members);
END
my $release = int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);
like($messages, $release < 18 ? qr/serially/ : qr/request for [12] parallel worker/, 'built by workers where the server can');
is($node->safe_psql('postgres', q{SELECT differing('built', random_questions('built', ''))}), '', 'what it answers is right');
cmp_ok($node->safe_psql('postgres', q{SELECT pg_relation_size('built_members') / pg_relation_size('built_alone_members')::float}),
	'<', 1.5, 'it is as large as one that was built by one process');

# A build that is cut off leaves nothing that is asked.
$node->safe_psql('postgres', <<'END');
CREATE TABLE large AS SELECT i AS id, (SELECT objectset_agg((i * 7919 + j * 104729) % 5000000) FROM generate_series(1, 3000::bigint) j) AS members
FROM generate_series(1, 300) i;
END
my $build = IPC::Run::start([ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c',
	'SELECT pg_backend_pid()', '-c', 'CREATE INDEX large_members ON large USING gin (members objectset_ops (keys = 100000))' ],
	'>', \$out, '2>', \$err);
$out = '';
IPC::Run::pump($build) until $out =~ /(\d+)\n/;
my $builder = $1;
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = $builder AND query LIKE 'CREATE INDEX%'");
my $recovered = crash($builder);
IPC::Run::finish($build);
ok($recovered, 'recovered from a build that was cut off') or BAIL_OUT('no server');
$node->safe_psql('postgres',
	'DROP INDEX IF EXISTS large_members; CREATE INDEX large_members ON large USING gin (members objectset_ops (keys = 100000)); ANALYZE large');
my $holders = 'SELECT count(*), sum(id) FROM large WHERE members @> 104729';
is($node->safe_psql('postgres', "SET enable_seqscan = off; $holders"), $node->safe_psql('postgres', "SET enable_bitmapscan = off; $holders"),
	'the next build is right');

# What is dumped is the column and the words of the index.
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
command_ok([ 'pg_dump', '--no-sync', '-f', $dump, $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $dump, $node->connstr('restored') ], 'restored');
my $definitions = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid::regclass::text LIKE '%members' ORDER BY 1";
is($node->safe_psql('restored', $definitions), $node->safe_psql('postgres', $definitions), 'the same indexes, with their options');
like($node->safe_psql('restored', $definitions), qr/objectset_ops \(keys='?256'?\)/, 'the number of keys is among them');
is($node->safe_psql('restored', "SET enable_seqscan = off; $holders"), $node->safe_psql('postgres', $holders), 'the restored index answers');

like(slurp_file($node->logfile), qr/redo done/, 'what was written was read from the log again');
my $held = $node->safe_psql('postgres', 'SELECT count(*) > 100 FROM kept');
is($held, 't', 'there were sets to be found');
$node->stop;
done_testing();
