# A statement that works on a huge set can be cancelled, wherever it is.
#
# Each statement would run for seconds or minutes. It is cancelled after it has worked for some time, at several points
# of its way, and must end soon. Both are measured in the processor's time that its backend takes, which other load on
# the machine does not change; a tenth of a second is promised, and the bound here is wider, for slow machines. Most of
# what is measured is the giving back of memory.
#
#   OBJECTSET_CANCELS   at how many more moments each is cancelled, drawn by chance (0)
#   OBJECTSET_CANCEL_SEED   draws the same moments again
#   OBJECTSET_CANCEL_ONLY   a pattern: only statements whose names fit it

use strict;
use warnings;

use IPC::Open2;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $bound = 0.5;
my $more = $ENV{OBJECTSET_CANCELS} || 0;
my $seed = $ENV{OBJECTSET_CANCEL_SEED} // int(time) % 1000000;
note("OBJECTSET_CANCEL_SEED=$seed") if $more;
srand($seed);
my $only = $ENV{OBJECTSET_CANCEL_ONLY} // '';

plan skip_all => 'processor times are read from /proc' unless -r "/proc/$$/stat";

my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION objectset;
	CREATE UNLOGGED TABLE literal (list text);
	ALTER TABLE literal ALTER list SET STORAGE EXTERNAL;
	INSERT INTO literal
	  SELECT '{' || string_agg((i * 7919 % 40000000007)::text, ',') || '}' AS list
	  FROM generate_series(1, 3000000::bigint) i;
	-- A value of nearly 800 MB, all of it runs; and one of bitmaps, with a run for each of its 33,554,432 ids.
	CREATE UNLOGGED TABLE large AS SELECT objectset_range(0, 3600000000000) AS s;
	CREATE UNLOGGED TABLE bitmaps (s objectset);
	DO $$
	DECLARE
	  s objectset := objectset_agg(i * 2) FROM generate_series(0, 32767) i;
	BEGIN
	  FOR k IN 0..9 LOOP s := s | objectset_shift(s, 65536::bigint << k); END LOOP;
	  INSERT INTO bitmaps VALUES (s);
	END $$;
	-- Saved sets of as many ids, and a target that has some of them.
	CREATE UNLOGGED TABLE target AS SELECT i AS id, (i % 10)::int AS g FROM generate_series(1, 1000000::bigint) i;
	ALTER TABLE target ADD PRIMARY KEY (id);
	SELECT objectset_create_table('saved', 'target', history => true);
	INSERT INTO saved (name, base) SELECT 's' || n, objectset_shift(s, n * 100000) FROM bitmaps, generate_series(1, 12) n;
	ANALYZE target;
});

# Each with the points, in seconds of work, where it is cancelled.
my $huge = 'objectset_range(n, 3000000000000)';
my $odd = 'objectset_range(1, 3000000000000)';
my $wide = 'objectset_range(5, 3000000)';
# What is asked anew for each row.
my $saved = q{CASE WHEN n > 0 THEN 'saved'::regclass END};
my $again = 'FROM generate_series(1, 1000) n';
my $from = 'FROM generate_series(0, 100) n';
my @early = (0.02, 0.3);
my @all = (0.05, 0.2, 0.5, 1, 1.5, 2);
my @statements = (
	[ 'reading a literal', 'SELECT cardinality((list || repeat(\' \', n))::objectset) FROM literal, generate_series(1, 50) n', @all ],
	[ 'intersection', "SELECT cardinality($huge & $odd) $from", @early ],
	[ 'symmetric difference', "SELECT cardinality($huge # ($odd - 1000000000000)) $from", @early ],
	[ 'shift', "SELECT cardinality(objectset_shift($huge, 1)) $from", @early ],
	[ 'counting', "SELECT sum(objectset_intersect_count($huge, $odd)) $from", @early ],
	[ 'subset', "SELECT count(*) $from WHERE $odd @> $huge", @early ],
	[ 'order', "SELECT count(*) $from WHERE $huge < objectset_shift($odd, n)", @early ],
	[ 'hash', "SELECT sum(objectset_hash($huge)::bigint) $from", @all ],
	[ 'statistics of a set', 'SELECT count(objectset_stats(s)) FROM large, generate_series(1, 50) n', @all ],
	[ 'validity', 'SELECT count(objectset_is_valid(s)) FROM large, generate_series(1, 50) n', @all ],
	[ 'writing as text', "SELECT sum(length($huge\::text)) $from", @all ],
	[ 'writing as base64', 'SELECT length(objectset_to_roaring64_base64(s)) FROM large', @all ],
	[ 'writing as bytea', 'SELECT length(s::bytea) FROM large', @all ],
	[ 'writing as jsonb', 'SELECT sum(pg_column_size(objectset_range(n, 20000000)::jsonb)) FROM generate_series(1, 10) n', @all ],
	[ 'reading jsonb', 'SELECT cardinality((objectset_range(n, 10000000)::jsonb)::objectset) FROM generate_series(1, 10) n', @all ],
	[ 'writing as an array', 'SELECT sum(cardinality(objectset_range(n, 100000000)::bigint[])) FROM generate_series(1, 50) n', @all ],
	[ 'writing as a multirange', 'SELECT pg_column_size(s::int8multirange) FROM bitmaps, generate_series(1, 10)', @all ],
	[ 'reading a multirange', 'SELECT cardinality(s::int8multirange::objectset) FROM bitmaps, generate_series(1, 10)', @all ],
	[ 'rows', 'SELECT sum(id) FROM unnest(objectset_range(0, 1000000000)) id', @early ],
	[ 'aggregate', 'SELECT cardinality(objectset_agg(i * 7919 % 1000000007)) FROM generate_series(1, 1000000000) i', @all ],
	[ 'at least', "SELECT cardinality(objectset_at_least_agg($huge, 3)) $from", @early ],
	[ 'a sample', "SELECT cardinality(objectset_sample(objectset_range(n, 1000000000), 400000000, n)) $from", @all ],
	[ 'a group', "SELECT cardinality(objectset_split_part(objectset_range(n, 1000000000), 2, '', 1)) $from", @all ],
	[ 'taking apart', 'SELECT sum(count) FROM bitmaps, generate_series(1, 100) n, objectset_exclusive(ARRAY[s, objectset_shift(s, n), objectset_range(0, 90000000)])', @all ],
	[ 'taking sparse sets apart', 'SELECT sum(count) FROM (SELECT objectset_agg(i * 10000000019) AS s FROM generate_series(1, 3000000) i OFFSET 0) t, generate_series(1, 10) n, objectset_exclusive(ARRAY[s, objectset_shift(s, n)])', @all ],
	[ 'union', "SELECT cardinality($huge | ($odd - 1000000000000)) $from", @early ],
	[ 'difference', "SELECT cardinality($huge - objectset_shift($odd, 1000000)) $from", @early ],
	[ 'an added range', "SELECT cardinality(objectset_add_range($huge, -1000000000000, -5)) $from", @early ],
	[ 'a removed range', "SELECT cardinality(objectset_remove_range($huge, 1000, 1000000)) $from", @early ],
	[ 'a flipped range', "SELECT cardinality(objectset_flip_range($huge, 1000000, 2000000000000)) $from", @early ],
	[ 'a slice', "SELECT cardinality(objectset_slice($huge, 5, 2000000000000)) $from", @early ],
	[ 'ids between', "SELECT cardinality(objectset_between($huge, 5, 2000000000000)) $from", @early ],
	[ 'likeness', "SELECT sum(objectset_jaccard($huge, $odd)) $from", @early ],
	[ 'a funnel', "SELECT count(*) $from, objectset_funnel(ARRAY[$huge, $odd])", @early ],
	[ 'members of parts', "SELECT cardinality(objectset_members_of($huge, objectset_range(-500, 1000000000000), '{7}', $odd)) $from", @early ],
	[ 'the number of members', "SELECT sum(objectset_members_count($huge, objectset_range(-500, 1000000000000), '{7}', $odd)) $from", @early ],
	[ 'reading bytea', 'SELECT cardinality(s::bytea::objectset) FROM large', @all ],
	[ 'reading base64', 'SELECT cardinality(objectset_from_roaring64_base64(objectset_to_roaring64_base64(s))) FROM large', @all ],
	[ 'reading an array', 'SELECT cardinality(objectset_range(n, 100000000)::bigint[]::objectset) FROM generate_series(1, 50) n', @all ],
	[ 'writing as json', 'SELECT length(objectset_range(n, 10000000)::json::text) FROM generate_series(1, 250) n', @all ],
	[ 'groups of a set', "SELECT cardinality((objectset_split(objectset_range(n, 1000000000), 4, ''))[1]) $from", @all ],
	[ 'union of sets', "SELECT cardinality(objectset_union_agg($huge)) $from", @early ],
	[ 'intersection of sets', "SELECT cardinality(objectset_intersect_agg($huge)) $from", @early ],
	[ 'symmetric difference of sets', "SELECT cardinality(objectset_symdiff_agg($huge)) $from", @early ],
	[ 'moving windows', "SELECT cardinality(objectset_union_agg($huge) OVER (ORDER BY n ROWS 1 PRECEDING)) $from", @early ],
	[ 'a scan', "SELECT count(*) FROM target a, target b WHERE a.id <@ $wide AND b.id <@ $wide", @early ],
	[ 'saving', q{SELECT objectset_save('saved', 'new', 'SELECT i * 7919 % 1000000007 FROM generate_series(1, 1000000000::bigint) i')}, @all ],
	[ 'pruning', q{SELECT objectset_prune('saved')}, 0.1, 0.2, 0.3 ],
	[ 'pairs of saved sets', "SELECT count(*) $again, objectset_overlaps($saved)", @early ],
	[ 'the most similar pairs', "SELECT count(*) $again, objectset_overlaps($saved, 0.1, 5)", @early ],
	[ 'the most similar sets', "SELECT count(*) $again, objectset_similar($saved, 's1')", @early ],
	[ 'an expression', "SELECT count(objectset_evaluate($saved, 's1 | s2 # s3 | s4 # s5 | s6 # s7 | s8 # s9 | s10 # s11 | s12')) $again", @early ],
	[ 'saved sets taken apart', "SELECT count(*) $again, objectset_exclusive($saved, NULL)", @all ],
	[ 'counting members by a column', "SELECT count(*) $again, objectset_facets($saved, 's1', 'g')", @early ],
	[ 'counting members by columns', "SELECT count(*) $again, objectset_facets_by($saved, 's1', '{g,id}')", @early ],
	[ 'ids that became others', q{SELECT objectset_rekey('saved', array_agg(i), array_agg(i + 1)) FROM generate_series(1, 1500000::bigint) i}, 0.4, 0.6, 0.8, 1 ],
	[ 'erasing', q{SELECT objectset_erase('target', objectset_range(0, 50000000))}, @early ],
	[ 'replacing', q{SELECT objectset_replace('saved', name, objectset_shift(base, 1)) FROM saved}, @early ],
	[ 'membership', 'SELECT count(*) FROM generate_series(1, 1000000000) i WHERE i <@ objectset_range(0, 100)', @early ]);

# A session whose output is read line by line; its errors come among them.
my @psql = ('psql', '-XqAt', '-v', 'VERBOSITY=verbose', $node->connstr('postgres'));
my $psql = open2(my $from_psql, my $to_psql, 'sh', '-c', 'exec "$@" 2>&1', 'sh', @psql);
$to_psql->autoflush(1);
sub ask { print $to_psql "$_[0];\n\\echo == done\n" }

sub answer
{
	my $text = '';
	while (defined(my $line = <$from_psql>))
	{
		return $text if $line eq "== done\n";
		$text .= $line;
	}
	BAIL_OUT("the session ended: $text");
}

ask('SELECT pg_backend_pid()');
chomp(my $backend = answer());
my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());

sub processor_time
{
	my @fields = split / /, slurp_file("/proc/$backend/stat") =~ s/^.*\) //sr;
	return ($fields[11] + $fields[12]) / $ticks;
}

# Whether the session says something within some milliseconds.
sub is_answering
{
	vec(my $waiting = '', fileno($from_psql), 1) = 1;
	return select($waiting, undef, undef, 0.005) > 0;
}

my $cancels = 0;
foreach my $case (@statements)
{
	my ($name, $statement, @points) = @$case;
	next if $name !~ $only;
	push @points, map { 0.01 + rand($points[-1]) } 1 .. $more;
	my ($cancelled, $most) = (0, 0);
	foreach my $point (@points)
	{
		my $begin = processor_time();
		my $deadline = time + 120;
		ask($statement);
		until (processor_time() - $begin >= $point || is_answering() || time > $deadline) { }
		my $before = processor_time();
		kill 'INT', $backend;
		my $text = answer();
		my $late = processor_time() - $before;
		$most = $late if $late > $most;
		$cancelled++ if $text =~ /57014/;
		diag($text) unless $text =~ /57014/;
	}
	is($cancelled, scalar @points, "$name: cancelled");
	cmp_ok($most, '<', $bound, "$name: soon");
	$cancels += @points;
	note(sprintf('%s: %.0f ms of work after being cancelled, at most', $name, 1000 * $most));
}

note("$cancels cancels");

# The statement's own timeout comes by the same way.
ask("SET statement_timeout = '100ms'");
answer();
ask("SELECT cardinality(objectset_shift(objectset_range(0, 3000000000000), 1))");
like(answer(), qr/57014.*statement timeout/, 'a timeout ends a statement');
ask('RESET statement_timeout');
answer();
ask(q{SELECT '{1,2}'::objectset | '{3}'});
is(answer(), "{1,2,3}\n", 'the session works on');

# A variable that a statement changes keeps its value where that is cut off, be it by its set's blocks of 65,536 ids that
# the change takes few or many of. From PostgreSQL 18 on variables are changed in place.
ask(q{CREATE UNLOGGED TABLE blocks AS
	SELECT n, objectset_agg(i * 32768) AS s, objectset_agg(i * 32768 + 1) AS t
	FROM (VALUES (30000), (300000)) v (n), generate_series(0, 2 * n::bigint) i GROUP BY n;
	CREATE FUNCTION cut_off(wanted int) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
	  s objectset; t objectset; before objectset; after objectset;
	BEGIN
	  SELECT b.s | (-1), b.t, b.s | (-1), b.s | (-1) | b.t INTO s, t, before, after FROM blocks b WHERE n = wanted;
	  BEGIN
	    LOOP s := s # t; END LOOP;
	  EXCEPTION WHEN query_canceled THEN
	    RETURN CASE WHEN s = before OR s = after THEN 'whole' ELSE 'torn' END;
	  END;
	END $$});
is(answer(), '', 'a loop that changes a variable');
foreach my $blocks (30000, 300000)
{
	my @kept;
	for my $timeout (900, 1000, 1100)
	{
		ask("SET statement_timeout = '${timeout}ms'; SELECT cut_off($blocks)");
		push @kept, answer();
	}
	is(join('', @kept), "whole\n" x 3, "a variable of $blocks blocks keeps its value");
}
ask('RESET statement_timeout');
answer();

close $to_psql;
close $from_psql;
waitpid $psql, 0;
$node->stop;
done_testing();
