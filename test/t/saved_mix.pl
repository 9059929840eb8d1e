# Eight clients do everything to a set table at once, over a target whose rows come and go: with a history, savepoints,
# prepared and serializable transactions, truncations, while the server is killed now and then. Afterwards, and after each
# recovery, every law holds, and a standby shows what the primary has:
#
#   members    are what the rule makes of the parts; count is their number; no part has ids it should not have
#   history    the members of each set are what all entered and departed of its lines come to
#   target     sets that follow it hold no ids but of its rows, once they are pruned of what races may leave
#   deadlocks  there is none among transactions of a single statement
#
#   OBJECTSET_MIX_SECONDS   how long in all (20)
#   OBJECTSET_MIX_KILLS     how often the server is killed (2)

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $seconds = $ENV{OBJECTSET_MIX_SECONDS} || 20;
my $kills = $ENV{OBJECTSET_MIX_KILLS} // 2;
my $clients = 8;

my $node = PostgreSQL::Test::Cluster->new('mix');
$node->init(allows_streaming => 1);
# Processes die, not the machine: what was committed is in the files though nothing is flushed to disk.
$node->append_conf('postgresql.conf', "fsync = off\nmax_prepared_transactions = 20\ndeadlock_timeout = 100ms\nmax_wal_size = 2GB\nwal_keep_size = 4GB\njit = off\nlog_min_messages = warning\nlog_min_error_statement = error\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION objectset;
	CREATE TABLE patient (id int PRIMARY KEY, kind int NOT NULL);
	INSERT INTO patient SELECT i, i % 10 FROM generate_series(1, 20000) AS i;
	DO $$ BEGIN
	  PERFORM objectset_create_table('s', 'patient', history => true);
	  PERFORM objectset_follow_deletes('s');
	  PERFORM objectset_save('s', 'plain' || i, CASE WHEN i = 1 THEN '{1..15000}' ELSE '{1..100}' END::objectset) FROM generate_series(1, 3) AS i;
	  PERFORM objectset_save('s', 'query' || i, 'SELECT id FROM patient WHERE kind < $1', i * 2) FROM generate_series(1, 3) AS i;
	  PERFORM objectset_define('s', 'defined1', 'query1 | plain2');
	  PERFORM objectset_define('s', 'defined2', 'defined1 - plain3');
	END $$;
});
my $standby = PostgreSQL::Test::Cluster->new('mix_standby');
$node->backup('for_standby');
$standby->init_from_backup($node, 'for_standby', has_streaming => 1);
# What reads the standby may wait for a lock that replay holds, while replay waits for its snapshot: the server ends that by
# cancelling it after this time.
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = 5s\n");
$standby->start;

# ---- What clients do -------------------------------------------------------------------------------------------------

my $draw = q{
\set n random(1, 3)
\set m random(1, 3)
\set a random(1, 25000)
\set b random(1, 25000)
\set k random(0, 9)
};
my @single = (
	q{SELECT objectset_add('s', 'plain:n', :a, :b);},
	q{SELECT objectset_add('s', 'query:n', :a);},
	q{SELECT objectset_remove('s', 'query:n', :a, :b);},
	q{SELECT objectset_remove('s', 'plain:n', objectset_range(:a, :a + 50));},
	q{SELECT objectset_forget('s', 'query:n', objectset_range(:a, :a + 50));},
	q{SELECT objectset_replace('s', 'plain2', objectset_range(:a, :a + 1000));},
	q{SELECT objectset_clear('s', 'plain3');},
	q{SELECT objectset_purge('s', 'query:n');},
	q{SELECT objectset_apply('s', 'plain:n', '#', objectset_range(:a, :a + 100));},
	q{SELECT objectset_apply('s', 'plain:n', '|', 's', 'query:m');},
	q{SELECT objectset_apply('s', 'query:n', '-', 's', 'plain:m');},
	q{SELECT objectset_save('s', 'plain3', objectset_range(:a, :a + 100));},
	q{SELECT objectset_save('s', 'query3', 'SELECT id FROM patient WHERE kind < $1', :k);},
	q{SELECT objectset_refresh('s', 'query:n');},
	q{SELECT objectset_refresh('s', 'defined2');},
	q{SELECT * FROM objectset_refresh('s');},
	q{CALL objectset_refresh_all('s');},
	q{SELECT objectset_define('s', 'defined:n', 'query:m & plain1');},
	q{SELECT objectset_prune('s');},
	q{SELECT objectset_prune('s', 'plain:n');},
	q{SELECT objectset_rekey('s', :a, :b);},
	q{UPDATE s SET added = added | :a WHERE name = 'query:n';},
	q{INSERT INTO s (name, base) VALUES ('extra:k', objectset_range(:a, :b)) ON CONFLICT DO NOTHING;},
	q{DELETE FROM s WHERE name = 'extra:k';},
	q{SELECT objectset_members('s', 'query:n'), objectset_has('s', 'plain1', :a);},
	q{SELECT count(*) FROM objectset_containing('s', :a);},
	q{SELECT name FROM s WHERE s.stale;},
	q{SELECT objectset_similar('s', 'plain1'), objectset_facets('s', 'query1', 'kind');},
	(q{DELETE FROM patient WHERE id = :a;}) x 4,
	q{DELETE FROM patient WHERE id IN (SELECT id FROM patient WHERE id BETWEEN :a AND :a + 100 ORDER BY id FOR UPDATE);},
	(q{INSERT INTO patient SELECT i, i % 10 FROM generate_series(:a, :a + 300) AS i ON CONFLICT DO NOTHING;}) x 3,
	q{UPDATE patient SET id = id + 30000 WHERE id = :a;},
	# In one order, as rows that several sessions lock have to be.
	q{UPDATE patient SET kind = :k WHERE id IN (SELECT id FROM patient WHERE id BETWEEN :a AND :a + 100 ORDER BY id FOR UPDATE);});
my $truncate = q{TRUNCATE patient;};
# Of several statements; these may meet in a circle, and are done again.
my @several = (
	q{BEGIN; SELECT objectset_add('s', 'plain:n', :a); SAVEPOINT x; SELECT objectset_remove('s', 'query:m', :b); ROLLBACK TO x; SELECT objectset_refresh('s', 'query:m'); COMMIT;},
	q{BEGIN; DELETE FROM patient WHERE id = :a; SAVEPOINT x; SELECT objectset_prune('s', 'plain:n'); ROLLBACK TO x; SELECT objectset_add('s', 'plain:n', :b); ROLLBACK;},
	q{BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT objectset_apply('s', 'plain:n', '|', 's', 'plain:m'); SELECT objectset_define('s', 'defined:n', 'query:m'); COMMIT;},
	q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM s; SELECT objectset_forget('s', 'query:n', :a); COMMIT;},
	q{BEGIN; SELECT objectset_add('s', 'query:n', :a, :b); PREPARE TRANSACTION 'mix:me'; COMMIT PREPARED 'mix:me';},
	q{BEGIN; DELETE FROM patient WHERE id = :b; SELECT objectset_rename('s', 'extra:k', 'extra_:k'); SELECT objectset_copy('s', 'plain1', 'extra:k'); PREPARE TRANSACTION 'mix:me'; ROLLBACK PREPARED 'mix:me';});

my %scripts;
sub script
{
	my ($kind, $text) = @_;
	my $file = $node->basedir . "/$kind" . @{ $scripts{$kind} //= [] } . '.sql';
	$text =~ s/; /;\n/g;
	append_to_file($file, "$draw$text\n");
	push @{ $scripts{$kind} }, '-f', $file . ($kind eq 'truncate' ? '@1' : '@20');
	return;
}
script('single', $_) foreach @single;
script('truncate', $truncate);
script('several', $_) foreach @several;

# Before release 15 pgbench does not try again.
my ($help) = run_command([ 'pgbench', '--help' ]);
my @tries = $help =~ /--max-tries/ ? ('--max-tries=20') : ();

# A client stops where a statement fails by something else than a deadlock or a serialization failure: a set that is there
# already, a server that is not. So there is a loop around each, until the time is over.
sub start_client
{
	my ($me, $until, @kinds) = @_;
	my $pid = fork() // die 'no process';
	return $pid if $pid;
	open STDOUT, '>>', $node->basedir . "/client$me.log";
	open STDERR, '>&', \*STDOUT;
	while ((my $left = int($until - time)) > 0)
	{
		system('pgbench', '-n', '-c', 1, '-T', $left, @tries, '-D', "me=$me", '-h', $node->host, '-p', $node->port, map({ @{ $scripts{$_} } } @kinds), 'postgres');
		sleep 0.1;
	}
	exec 'true';
}

my $laws = q{
	SELECT 'members of ' || name FROM s WHERE s.members <> ((base - deleted) | added) - removed OR count <> cardinality(s.members) OR objectset_members('s', name) <> s.members
	  OR NOT (objectset_is_valid(base) AND objectset_is_valid(added) AND objectset_is_valid(removed) AND objectset_is_valid(deleted));
	DO $$
	DECLARE line record; was objectset := '{}'; id bigint := 0;
	BEGIN
	  FOR line IN (SELECT h.set_id, h.entered_ids, h.departed_ids, s.members AS members, lead(set_id) OVER (ORDER BY set_id, h.id) AS next FROM s_history AS h LEFT JOIN s ON s.id = set_id ORDER BY set_id, h.id) LOOP
	    IF line.set_id <> id THEN was := '{}'; id := line.set_id; END IF;
	    IF line.entered_ids && was OR NOT was @> line.departed_ids OR line.entered_ids && line.departed_ids THEN RAISE 'history of set % is not of it', id; END IF;
	    was := (was - line.departed_ids) | line.entered_ids;
	    IF line.next IS DISTINCT FROM id AND was <> coalesce(line.members, '{}') THEN RAISE 'history of set % is not complete', id; END IF;
	  END LOOP;
	END $$;
	SELECT 'no history of ' || name FROM s WHERE count > 0 AND NOT EXISTS (SELECT FROM s_history WHERE set_id = s.id);};
my $after_upkeep = q{
	SELECT 'not refreshed: ' || name FROM objectset_refresh('s') WHERE entered IS NULL;
	DO $$ BEGIN PERFORM objectset_prune('s'); PERFORM objectset_refresh('s'); END $$;
	SELECT 'no rows of ' || name FROM s WHERE cardinality(s.members - (SELECT objectset_agg(id) FROM patient)) > 0;
	SELECT 'not what its query finds: ' || name FROM s
	WHERE query IS NOT NULL AND base - deleted <> (SELECT coalesce(objectset_agg(id), '{}') FROM patient WHERE kind < split_part(parameters[1], '=', 2)::int);
	SELECT 'stale: ' || name FROM s WHERE s.stale;};
my $all = q{SELECT name, md5(s.members::text), md5(objectset_members('s', name)::text), count, last_error, (SELECT count(*) FROM objectset_history('s', name)) FROM s ORDER BY name;
	SELECT count(*), md5(string_agg(id::text || entered_ids::text || departed_ids::text, ',' ORDER BY id)) FROM s_history};

sub check_laws
{
	my ($when) = @_;
	# What was prepared when the server was killed
	$node->safe_psql('postgres', "ROLLBACK PREPARED '$_'") foreach split /\n/, $node->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts');
	foreach my $check ([ 'every law holds', $laws ], [ 'and after upkeep', $after_upkeep ], [ 'and again', $laws ])
	{
		my ($status, $out, $err) = $node->psql('postgres', $check->[1], on_error_stop => 1);
		is("$out$err", '', "$when: $check->[0]");
	}
	$node->wait_for_catchup('mix_standby');
	is($standby->safe_psql('postgres', $all), $node->safe_psql('postgres', $all), "$when: the standby shows the same");
	return;
}

# Meanwhile the standby shows states that each are consistent.
my $reads = 0;
my $unread = 0;
sub watch_standby
{
	my ($until) = @_;
	my $wrong = '';
	while (time < $until)
	{
		my ($status, $out, $err) = $standby->psql('postgres', q{SELECT name FROM s WHERE count <> cardinality(s.members) OR s.members <> objectset_members('s', name)});
		if ($err =~ /conflict with recovery/) { $unread++; }
		else { $wrong .= "$out$err"; $reads++; }
		sleep 0.5;
	}
	is($wrong, '', 'what the standby showed meanwhile was consistent');
	return;
}

my $offset = 0;
sub in_log { my ($pattern) = @_;
	my $log = substr(slurp_file($node->logfile), $offset);
	my @found = $log =~ /$pattern/g;
	return scalar @found; }

sub phase
{
	my ($name, $length, $is_killed, @kinds) = @_;
	$offset = -s $node->logfile;
	my $until = time + $length;
	my @clients = map { start_client($_, $until, @kinds) } 1 .. $clients;
	if ($is_killed)
	{
		watch_standby($until - 1);
		$node->kill9;
	}
	else { watch_standby($until); }
	waitpid $_, 0 foreach @clients;
	# Its processes notice that it is gone one by one.
	if ($is_killed)
	{
		until ($node->start(fail_ok => 1)) { $node->stop('fast', fail_ok => 1); sleep 0.5; }
	}
	check_laws($name);
	return in_log(qr/deadlock detected/);
}

is(phase('single statements', $seconds / 2, 0, 'single', 'truncate'), 0, 'no deadlocks among single statements');
my $length = $seconds / 2 / ($kills + 1);
my $deadlocks = 0;
$deadlocks += phase("transactions, killed $_", $length, 1, 'single', 'truncate', 'several') foreach 1 .. $kills;
$deadlocks += phase('transactions', $length, 0, 'single', 'truncate', 'several');

# Nothing went wrong but what may.
my %errors;
my $done = 0;
foreach my $me (1 .. $clients)
{
	my $log = slurp_file($node->basedir . "/client$me.log");
	$errors{$1}++ while $log =~ /ERROR:  (.*)/g;
	$done += $1 while $log =~ /number of transactions actually processed: (\d+)/g;
}
my @unexpected = grep { !/duplicate key|does not exist|already in use|canceling statement|terminating connection|could not serialize|deadlock|would be composed|concurrent definitions/ } sort keys %errors;
is(join("\n", @unexpected), '', 'no other errors');
note("$done transactions, $deadlocks deadlocks among transactions of several statements, $kills kills, $reads reads of the standby, $unread cancelled");
cmp_ok($reads, '>', $unread, 'the standby was read');
note("$errors{$_} times: $_") foreach sort keys %errors;
cmp_ok($done, '>', 100, 'much was done');

$standby->stop;
$node->stop;
done_testing();
