# Whatever plan the planner chooses, a test against a set finds the rows that the same test against an array finds.
#
# Random queries, each in two forms: as users write it, `id <@ set`, and with `= ANY (bigint[])` in place of every test,
# or a join to a many-to-many table where the set comes from a row. The first runs under settings drawn at random, which
# force plans of all kinds; the second under the server's own, as a truth that has nothing to do with sets. Both must give
# the same rows, in the same order where ORDER BY says which, or the same error.
#
#   OBJECTSET_JOINS_QUERIES   how many (2000)
#   OBJECTSET_JOINS_SEED      draws the same queries again (a test that fails says which)
#   OBJECTSET_JOINS_ONLY      only the query of that number
#
# A long run of some seed, and one query of it again:
#
#   OBJECTSET_JOINS_QUERIES=20000 OBJECTSET_JOINS_SEED=31337 TESTS=joins test/run tap
#   OBJECTSET_JOINS_ONLY=2825 OBJECTSET_JOINS_SEED=31337 TESTS=joins test/run tap
#
# What was drawn may be a product of tables, or left no good plan by its settings: a query of which any statement comes to the
# end of its time, in either form, is left out, told of, and counted. No more than one, and one in 200, may be.
#
# The tables are the same in every run. Nothing here looks at plans.

use strict;
use warnings;

use Digest::MD5 qw(md5);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# Of each line at most one setting is drawn, in the given part of the queries, from those that the server knows.
my @settings = (
	[ 0.2, 'enable_seqscan = off' ],
	[ 0.15, 'enable_indexscan = off' ],
	[ 0.15, 'enable_bitmapscan = off' ],
	[ 0.15, 'enable_indexonlyscan = off' ],
	[ 0.15, 'enable_nestloop = off' ],
	[ 0.15, 'enable_hashjoin = off' ],
	[ 0.15, 'enable_mergejoin = off' ],
	[ 0.1, 'enable_material = off' ],
	[ 0.1, 'enable_memoize = off' ],
	[ 0.1, 'enable_sort = off' ],
	[ 0.1, 'enable_hashagg = off' ],
	[ 0.1, 'enable_partitionwise_join = on' ],
	[ 0.1, 'enable_partitionwise_aggregate = on' ],
	[ 0.05, 'enable_partition_pruning = off' ],
	[ 0.05, 'constraint_exclusion = on' ],
	[ 0.15, 'random_page_cost = 0.1', 'random_page_cost = 100', 'seq_page_cost = 100', 'cpu_operator_cost = 10' ],
	[ 0.1, 'work_mem = "64kB"' ],
	[ 0.05, 'cursor_tuple_fraction = 0.001', 'cursor_tuple_fraction = 1' ],
	[ 0.05, 'join_collapse_limit = 1', 'from_collapse_limit = 1', 'geqo_threshold = 2' ],
	[ 0.1, 'default_transaction_isolation = serializable', 'default_transaction_isolation = \'repeatable read\'' ],
	[ 0.05, 'force_parallel_mode = on', 'debug_parallel_query = on' ],
	[ 0.01, 'jit = on' ],
	[ 0.1, 'objectset.enable_scan = off' ],
	[ 0.05, 'objectset.cache_size = 0', 'objectset.cache_size = "256kB"' ],
);
# Settings that only do something together.
my @parallel = ('max_parallel_workers_per_gather = 2', 'min_parallel_table_scan_size = 0', 'min_parallel_index_scan_size = 0',
	'parallel_setup_cost = 0', 'parallel_tuple_cost = 0');
my $in_parallel = 0.15;

my $queries = $ENV{OBJECTSET_JOINS_QUERIES} || 2000;
my $seed = $ENV{OBJECTSET_JOINS_SEED} // int(time) % 1000000;
my $per_session = 200;
note("OBJECTSET_JOINS_SEED=$seed OBJECTSET_JOINS_QUERIES=$queries");

# ---- Chance ----------------------------------------------------------------------------------------------------

sub pick { return $_[ rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub between { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)); }

# Up to `most` of the list's elements, and one at least.
sub some_of
{
	my ($most, @list) = @_;
	my %taken = map { pick(@list) => 1 } 1 .. between(1, $most);
	my @some = sort keys %taken;
	return @some;
}

# ---- Sets ------------------------------------------------------------------------------------------------------

my ($lowest, $highest) = ('-9223372036854775808', '9223372036854775807');

# Ids of the tables lie from -3000 to 17000; those of `far` anywhere.
sub random_ids
{
	my ($kind) = @_;
	my $from = between(-3500, 17500);
	return () if $kind eq 'empty';
	return ($from) if $kind eq 'one';
	return map { between(-3500, 17500) } 1 .. between(2, 10) if $kind eq 'few';
	return map { between(-3500, 17500) } 1 .. between(20, 500) if $kind eq 'some';
	return map { between(-700, 2200) } 1 .. between(20, 500) if $kind eq 'near';
	return $from .. $from + between(1, 300) if $kind eq 'block';
	return $from .. $from + between(1000, 9000) if $kind eq 'large block';
	return map { my $start = between(-3500, 17500); $start .. $start + between(1, 60) } 1 .. between(2, 30) if $kind eq 'clusters';
	return map { int(rand(2**31)) * between(1, 2**31) * pick(-1, 1) } 1 .. between(5, 500) if $kind eq 'scattered';
	my $step = between(2, 12);
	return map { $_ * $step + $from % $step } -3500 / $step .. 17500 / $step if $kind eq 'every';
	return ($lowest, $highest, '-9223372036854775807', -32768, 32767, -2147483648, 2147483647, 0, random_ids('few')) if $kind eq 'bounds';
	die $kind;
}
my @kinds = ('empty', 'one', 'few', 'few', 'some', 'near', 'near', 'block', 'block', 'large block', 'clusters', 'scattered', 'every', 'bounds');

sub array_of { my ($ids) = @_; return defined $ids ? "'{" . join(',', @$ids) . "}'::bigint[]" : 'NULL::bigint[]'; }

# A literal, with ranges where ids follow each other.
sub literal_of
{
	my ($ids) = @_;
	return 'NULL::objectset' unless defined $ids;
	my @parts;
	foreach my $id (@$ids)
	{
		if (@parts && $parts[-1][1] ne $highest && $parts[-1][1] + 1 eq $id) { $parts[-1][1] = $id; }
		else { push @parts, [ $id, $id ]; }
	}
	return "'{" . join(',', map { $_->[0] eq $_->[1] ? $_->[0] : "$_->[0]..$_->[1]" } @parts) . "}'";
}

# The table of sets, by name.
srand(1);
my %stored = map { my $n = $_; (my $name = $kinds[$n] . $n) =~ tr/ /_/; ($name => [ random_ids($kinds[$n]) ]) } 0 .. $#kinds;
$stored{nothing} = undef;
$stored{key_range} = [ -3000 .. 16999 ];
my @names = sort keys %stored;

# What stands for a set in a query (`sql`), and for the array of its ids in the other form of the query (`array`). In a
# prepared statement or a function most are its parameter.
our $parameter;

sub random_set
{
	return $parameter if defined $parameter && chance(0.7);
	my $form = pick(qw(literal literal literal subquery subquery subquery stable expression range aggregate null));
	my $ids = [ random_ids(pick(@kinds)) ];
	my ($name, $other) = (pick(@names), pick(grep { defined $stored{$_} } @names));
	return { sql => literal_of($ids) . pick('::objectset', '::objectset', ''), array => array_of($ids) } if $form eq 'literal';
	return { sql => "(SELECT members FROM sets WHERE name = '$name')", array => array_of($stored{$name}) } if $form eq 'subquery';
	return { sql => pick("set_named('$name')", "set_told('$name')", "(SELECT set_told('$name'))"), array => array_of($stored{$name}) }
	  if $form eq 'stable';
	return { sql => pick('NULL::objectset', "(SELECT members FROM sets WHERE name = 'unknown')"), array => 'NULL::bigint[]' } if $form eq 'null';
	if ($form eq 'range')
	{
		my $from = between(-3500, 17500);
		my $to = $from + between(-10, pick(30, 500, 9000));
		return { sql => "objectset_range($from, $to)", array => array_of([ $from .. $to - 1 ]) };
	}
	if ($form eq 'aggregate')
	{
		my $rows = sprintf 'FROM %s WHERE v < %d AND id IS NOT NULL', pick(qw(plain small t_desc)), between(5, 90);
		return { sql => "(SELECT objectset_agg(id) $rows)", array => "(SELECT array_agg(id) $rows)::bigint[]" };
	}
	my %left = map { $_ => 1 } @{ $stored{$other} };
	my %right = map { $_ => 1 } @$ids;
	my ($operator, @result) = @{ pick([ '|', keys %{ +{ %left, %right } } ], [ '&', grep { $right{$_} } keys %left ],
		[ '-', grep { !$right{$_} } keys %left ]) };
	my $literal = literal_of($ids) . '::objectset';
	return { array => array_of(\@result), sql => pick(
		"((SELECT members FROM sets WHERE name = '$other') $operator $literal)",
		"(SELECT members $operator $literal FROM sets WHERE name = '$other')",
		"(set_named('$other') $operator $literal)") };
}

# ---- Tables ----------------------------------------------------------------------------------------------------

# All have the columns id (of some width; NULLs in some), n (unique in most), v (0 to 99) and ref (int, with NULLs).
#   target   can be changed          bounds   has ids at the bounds of their type
#   large    many rows               unique   cannot have an id twice
#   sql      in the natural form, if it is not a table's name; truth: in the other one
#   guarded  only for the role `reader`, with `joins.guard` set
sub table { my ($name, %more) = @_; return { name => $name, sql => $name, truth => $more{sql} // $name, %more }; }

# A set in FROM; without ids, one of the table of sets
sub in_from
{
	my ($name, $ids, %more) = @_;
	my $format = '(SELECT id, (id %% 30000)::int AS n, abs(id %% 100)::int AS v, nullif(id %% 700, 3)::int AS ref FROM %s)';
	my ($sql, $truth) = $ids ? ('unnest(' . literal_of($ids) . '::objectset) AS id', '(SELECT DISTINCT unnest(' . array_of($ids) . ') AS id) x')
	  : ("sets, unnest(members) AS id WHERE name = '$name'", "member WHERE name = '$name'");
	return table("unnest_$name", %more, sql => sprintf($format, $sql), truth => sprintf($format, $truth));
}
my @tables = (
	(map { table($_, target => 1, large => 1, unique => 1, bounds => 1) } qw(patient patient)),
	(map { table($_, target => 1, large => 1) } qw(visit visit)),
	table('visit4', target => 1, bounds => 1),
	table('visit2', target => 1, bounds => 1),
	table('small', target => 1, unique => 1, bounds => 1),
	table('nobody', target => 1, unique => 1),
	table('far', target => 1, unique => 1, bounds => 1),
	table('plain', target => 1),
	table('by_range', target => 1, unique => 1, bounds => 1),
	table('by_hash', target => 1, unique => 1),
	table('by_other', target => 1),
	table('parent', target => 1),
	(map { table("t_$_", target => 1) } qw(index other include desc partial expression last hash brin several domain)),
	table('v_plain', large => 1, bounds => 1),
	table('v_set', truth => '(SELECT id, n, v, ref FROM visit WHERE id = ANY (' . array_of($stored{key_range}) . ') AND v > 20)', large => 1),
	table('v_barrier', truth => '(SELECT id, n, v, ref FROM t_index WHERE id = ANY (' . array_of([ -100 .. 1000 ]) . ') AND v < 80)'),
	table('both', sql => '(SELECT id::bigint, n, v, ref FROM visit4 UNION ALL SELECT id, n, v, ref FROM t_index)', bounds => 1),
	(map { in_from(@$_) } [ 'every', [ random_ids('every') ], large => 1 ], [ 'clusters', [ random_ids('clusters') ] ], [ 'ends', [ random_ids('bounds') ], bounds => 1 ],
		[ 'key_range', undef, large => 1 ]),
	table('guarded', guarded => 1));

my $create = q{
CREATE EXTENSION objectset;
CREATE TABLE sets (name text PRIMARY KEY, n int, members objectset, ids bigint[]);
-- Else the functions start workers, for each row that they are called for.
ALTER TABLE sets SET (parallel_workers = 0);
CREATE FUNCTION set_named(wanted text) RETURNS objectset LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT members FROM sets WHERE name = wanted';
CREATE FUNCTION set_told(wanted text) RETURNS objectset LANGUAGE plpgsql STABLE PARALLEL SAFE AS 'BEGIN RETURN (SELECT members FROM sets WHERE name = wanted); END';

CREATE TABLE patient (id bigint PRIMARY KEY, n int, v int, ref int);
INSERT INTO patient
SELECT i, i + 10000, abs(hashint4(i) % 100), CASE WHEN i % 7 <> 0 THEN hashint4(i + 1) % 10000 + 7000 END
FROM generate_series(-3000, 16999) i WHERE i % 11 <> 0 AND i NOT BETWEEN 5000 AND 6000;
INSERT INTO patient VALUES (-9223372036854775808, 1, 1, 5), (9223372036854775807, 2, 2, NULL), (-9223372036854775807, 3, 3, 7);

CREATE TABLE visit (id bigint, n int PRIMARY KEY, v int, ref int);
INSERT INTO visit SELECT CASE WHEN i % 13 <> 0 THEN hashint4(i) % 10000 + 7000 END, i, abs(hashint4(-i) % 100), i % 500 FROM generate_series(1, 15000) i;
CREATE INDEX ON visit (id);
CREATE INDEX ON visit (ref);
CREATE INDEX ON patient (ref, n);
CREATE TABLE visit4 (id int, n int PRIMARY KEY, v int, ref int);
INSERT INTO visit4 SELECT CASE WHEN i % 9 <> 0 THEN hashint4(i) % 1000 + 500 END, i, abs(hashint4(-i) % 100), i % 500 FROM generate_series(1, 5000) i;
INSERT INTO visit4 VALUES (-2147483648, 5001, 1, 1), (2147483647, 5002, 1, 1);
CREATE INDEX ON visit4 (id);
CREATE TABLE visit2 (id smallint, n int PRIMARY KEY, v int, ref int);
INSERT INTO visit2 SELECT id, n, v, ref FROM visit4 WHERE n <= 3000;
INSERT INTO visit2 VALUES (-32768, 5001, 1, 1), (32767, 5002, 1, 1);
CREATE INDEX ON visit2 (id);
CREATE TABLE small (id smallint PRIMARY KEY, n int, v int, ref int);
INSERT INTO small SELECT i * 3 - 60, i, i * 2, CASE WHEN i % 3 > 0 THEN i END FROM generate_series(1, 45) i;
INSERT INTO small VALUES (-32768, 46, 1, 1), (32767, 47, 1, 1);
CREATE TABLE nobody (id bigint PRIMARY KEY, n int, v int, ref int);
CREATE TABLE far (id bigint PRIMARY KEY, n int, v int, ref int);
INSERT INTO far SELECT hashint8extended(i, 5), i, i % 100, i FROM generate_series(1, 1000) i;
INSERT INTO far VALUES (-9223372036854775808, 1001, 1, 5), (9223372036854775807, 1002, 2, NULL);
INSERT INTO far SELECT unnest(ids), 2000 + ordinality, ordinality % 100, NULL FROM sets, unnest(ids) WITH ORDINALITY WHERE name LIKE 'scattered%' ON CONFLICT DO NOTHING;

CREATE TABLE plain AS
SELECT CASE WHEN i % 10 <> 0 THEN (hashint4(i) % 1200 + 800)::bigint END AS id, i AS n, abs(hashint4(-i) % 100) AS v, CASE WHEN i % 4 <> 0 THEN i % 700 END AS ref
FROM generate_series(1, 3000) i;

-- Partitions: by the key, one of them by something else below, another with its columns in another order; by another column
CREATE TABLE by_range (id bigint PRIMARY KEY, n int, v int, ref int) PARTITION BY RANGE (id);
CREATE TABLE by_range_1 PARTITION OF by_range FOR VALUES FROM (-1000000) TO (0);
CREATE TABLE by_range_2 (ref int, gone int, v int, id bigint NOT NULL, n int);
ALTER TABLE by_range_2 DROP COLUMN gone;
ALTER TABLE by_range ATTACH PARTITION by_range_2 FOR VALUES FROM (0) TO (4000);
CREATE TABLE by_range_3 PARTITION OF by_range FOR VALUES FROM (4000) TO (9000) PARTITION BY HASH (id);
CREATE TABLE by_range_3_1 PARTITION OF by_range_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_range_3_2 PARTITION OF by_range_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE by_range_4 PARTITION OF by_range DEFAULT;
INSERT INTO by_range SELECT * FROM patient WHERE v < 40;
CREATE TABLE by_hash (id int PRIMARY KEY, n int, v int, ref int) PARTITION BY HASH (id);
SELECT format('CREATE TABLE by_hash_%s PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i) FROM generate_series(0, 2) i \gexec
INSERT INTO by_hash SELECT * FROM patient WHERE v BETWEEN 10 AND 40;
CREATE TABLE by_other (id bigint, n int, v int, ref int) PARTITION BY RANGE (v);
CREATE INDEX ON by_other (id);
CREATE INDEX ON by_other (ref);
CREATE TABLE by_other_1 PARTITION OF by_other FOR VALUES FROM (0) TO (30);
CREATE TABLE by_other_2 PARTITION OF by_other FOR VALUES FROM (30) TO (60);
CREATE TABLE by_other_3 PARTITION OF by_other DEFAULT;
INSERT INTO by_other SELECT * FROM plain;

-- Children: with an index, without, in another order
CREATE TABLE parent (id bigint, n int, v int, ref int);
CREATE TABLE child_1 () INHERITS (parent);
CREATE TABLE child_2 (ref int, more text, id bigint) INHERITS (parent);
CREATE TABLE child_3 (more text, v int, ref int, n int, id bigint);
ALTER TABLE child_3 INHERIT parent;
CREATE INDEX ON parent (id);
CREATE INDEX ON child_1 (id);
CREATE UNIQUE INDEX ON child_3 (id, n);
INSERT INTO parent SELECT * FROM plain WHERE n < 500;
INSERT INTO child_1 SELECT * FROM plain WHERE n BETWEEN 500 AND 1200;
INSERT INTO child_2 (id, n, v, ref) SELECT id, n, v, ref FROM plain WHERE n BETWEEN 1201 AND 2000;
INSERT INTO child_3 (id, n, v, ref) SELECT id, n, v, ref FROM plain WHERE n > 2000;

-- One kind of index each
CREATE DOMAIN key_of AS bigint;
SELECT format('CREATE TABLE t_%s (id %s, n int, v int, ref int)', name, CASE name WHEN 'domain' THEN 'key_of' ELSE 'bigint' END),
       format('INSERT INTO t_%s SELECT * FROM plain', name), format('CREATE INDEX ON t_%s %s', name, columns)
FROM (VALUES ('index', '(id)'), ('other', '(id, v)'), ('include', '(id) INCLUDE (n, v)'), ('desc', '(id DESC NULLS LAST)'), ('partial', '(id) WHERE v > 50'),
             ('expression', '((id + 1))'), ('last', '(v, id)'), ('hash', 'USING hash (id)'), ('brin', 'USING brin (id)'), ('several', '(id)'), ('domain', '(id)'))
     AS t(name, columns) \gexec
CREATE INDEX ON t_several (id, n DESC);
CREATE INDEX ON t_several (id DESC, v);
CREATE INDEX ON t_several (ref);
CREATE INDEX ON t_several (v, n);

CREATE VIEW v_plain AS SELECT id, n, v, ref FROM patient WHERE v < 50;
CREATE VIEW v_set AS SELECT id, n, v, ref FROM visit WHERE id <@ (SELECT members FROM sets WHERE name = 'key_range') AND v > 20;
CREATE VIEW v_barrier WITH (security_barrier) AS SELECT id, n, v, ref FROM t_index WHERE id <@ '{-100..1000}'::objectset AND v < 80;

-- Row-level security by a set
CREATE TABLE guarded AS SELECT * FROM plain;
CREATE INDEX ON guarded (id);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_set ON guarded USING (id <@ (SELECT members FROM sets WHERE name = current_setting('joins.guard')));
CREATE ROLE reader;

-- A set that a table's own policy reads from a setting, over partitions
CREATE TABLE fenced (id bigint PRIMARY KEY, n int, v int, ref int) PARTITION BY RANGE (id);
SELECT format('CREATE TABLE fenced_%s PARTITION OF fenced FOR VALUES FROM (%s) TO (%s)', i, i * 2000 - 4000, i * 2000 - 2000) FROM generate_series(0, 11) i \gexec
INSERT INTO fenced SELECT * FROM patient WHERE id BETWEEN -4000 AND 19999 AND v < 40;
ALTER TABLE fenced ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_setting ON fenced USING (id <@ nullif(current_setting('joins.set'), '')::objectset);
-- Sets that change between the executions of one plan
CREATE TABLE moving (members objectset);
INSERT INTO moving VALUES (NULL);
-- Called for each row under force_parallel_mode they must not start a worker each time: that takes minutes.
CREATE FUNCTION set_moving() RETURNS objectset LANGUAGE sql STABLE PARALLEL SAFE SET max_parallel_workers_per_gather = 0 AS 'SELECT members FROM moving';
CREATE FUNCTION set_moving_told() RETURNS objectset LANGUAGE plpgsql STABLE PARALLEL SAFE SET max_parallel_workers_per_gather = 0 AS 'BEGIN RETURN (SELECT members FROM moving); END';
SELECT objectset_create_table('saved', 'patient') \g /dev/null
INSERT INTO saved (name) VALUES ('moving');

-- The sets as a set table has them, with corrections
CREATE TABLE corrected AS
SELECT name, n, (members - objectset_slice(members, 0, 3)) | '{123456789}' AS base, CASE WHEN n % 3 > 0 THEN objectset_slice(members, 0, 3 - n % 2) ELSE members END AS added,
       '{123456789}'::objectset AS removed, CASE WHEN n % 4 = 0 THEN '{123456789}' ELSE '{}' END::objectset AS deleted FROM sets;
UPDATE corrected SET base = base | objectset_slice(members, 0, 3) FROM sets WHERE corrected.name = sets.name AND corrected.n % 2 = 1;
UPDATE corrected SET base = members, added = '{}', removed = '{}' FROM sets WHERE corrected.name = sets.name AND corrected.n % 5 = 0;
ALTER TABLE corrected SET (parallel_workers = 0);
ANALYZE corrected;
CREATE VIEW v_corrected AS SELECT * FROM corrected;
CREATE FUNCTION corrected_rows() RETURNS SETOF corrected LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT * FROM corrected';

-- The sets as a many-to-many table
CREATE TABLE member AS SELECT name, unnest(ids) AS id FROM sets;
CREATE INDEX ON member (name, id);
GRANT ALL ON ALL TABLES IN SCHEMA public TO reader;
ALTER TABLE t_other SET (autovacuum_enabled = off);
-- Dead rows, and pages that are not all visible
SELECT format('UPDATE %I SET v = v WHERE n %% 9 = 0', name), format('DELETE FROM %I WHERE n %% 19 = 0', name)
FROM unnest('{visit,visit4,t_index,t_other,t_include,t_several,by_range,fenced,parent}'::text[]) name \gexec
VACUUM ANALYZE patient, visit, small, far, t_include, sets, member, by_range, fenced;
ANALYZE visit4, visit2, plain, by_hash, by_other, parent, t_index, t_several, guarded, t_last, t_partial;
UPDATE t_include SET v = v WHERE n % 50 = 0;
};

# ---- Conditions ------------------------------------------------------------------------------------------------

# A condition is a pair: natural, and with arrays. A test is NULL for a NULL id even where the set is empty; with an array
# that has to be said.
sub test_of
{
	my ($id, $set) = @_;
	my $natural = pick("$id <@ $set->{sql}", "$set->{sql} @> $id");
	# Which function an untyped literal is for only operators know.
	$natural = "objectset_contains($set->{sql}, $id)" if $set->{sql} !~ /'$/ && chance(0.05);
	return [ $natural, "(CASE WHEN $id IS NOT NULL THEN $id = ANY ($set->{array}) END)" ];
}

# A test of the row that `t` names against a row of `sets` named s.
sub test_of_row
{
	my ($id) = @_;
	return [ pick("$id <@ s.members", "s.members @> $id"),
		"(CASE WHEN $id IS NOT NULL AND s.members IS NOT NULL THEN EXISTS (SELECT FROM member m WHERE m.name = s.name AND m.id = $id) END)" ];
}

# A test against any or all of some sets.
sub test_of_some
{
	my ($id) = @_;
	if (chance(0.4))
	{
		my @some = some_of(3, @names);
		my $list = list_of(@some);
		my $unknown = (grep { !defined $stored{$_} } @some) ? 'NULL' : 'false';
		return [ "$id <@ ANY (SELECT members FROM sets WHERE name IN ($list))",
			"(CASE WHEN $id IS NOT NULL THEN CASE WHEN EXISTS (SELECT FROM member m WHERE m.name IN ($list) AND m.id = $id) THEN true ELSE $unknown END END)" ];
	}
	my @sets = map { random_set() } 1 .. between(1, 3);
	my $array = join ', ', map { $_->{sql} =~ /'$/ ? "$_->{sql}::objectset" : $_->{sql} } @sets;
	my ($word, $operator) = @{ pick([ 'ANY', 'OR' ], [ 'ANY', 'OR' ], [ 'ALL', 'AND' ]) };
	return [ "$id <@ $word (ARRAY[$array])", "(CASE WHEN $id IS NOT NULL THEN " . join(" $operator ", map { "$id = ANY ($_->{array})" } @sets) . ' END)' ];
}

sub key_of
{
	my ($t, $table) = @_;
	return "($t.id + 1)" if !$table->{bounds} && chance($table->{name} eq 't_expression' ? 0.5 : 0.03);
	return pick(("$t.id") x 20, ("$t.ref") x 2, "$t.id\::bigint", "$t.n", between(-10, 100) . '::bigint');
}

sub in_both { my ($format, @pairs) = @_; return [ map { my $side = $_; sprintf $format, map { $_->[$side] } @pairs } 0, 1 ]; }
sub same { my ($condition) = @_; return [ $condition, $condition ]; }

sub plain_condition
{
	my ($t) = @_;
	my $from = between(-3500, 17500);
	return same(pick("$t.v < " . between(5, 95), "$t.v > 50", "$t.id BETWEEN $from AND $from + " . pick(20, 500, 5000), "$t.ref IS NULL",
		"$t.id = $from", "$t.n % 3 = 0", "$t.id > $from", "$t.id < " . between(-100, 2000), "$t.id IS NOT NULL", "$t.v IN (1, 17, 30, 80)"));
}

sub list_of { return join ', ', map { "'$_'" } @_; }

sub condition
{
	my ($t, $table, $depth) = @_;
	$depth //= 0;
	my $one = chance(0.1) ? test_of_some(key_of($t, $table)) : test_of(key_of($t, $table), random_set());
	return $one if $depth > 1;
	my $form = between(1, 26);
	# Any of several, of different columns
	if ($form > 24)
	{
		my @others = map { pick(plain_condition($t), test_of(pick("$t.ref", "$t.n", "$t.id"), random_set()), same("$t.ref = " . between(0, 500)),
			same("$t.ref IN (3, 77, 200)"), same("$t.n BETWEEN 40 AND " . between(50, 200))) } 1 .. 2;
		return in_both(pick('(%s OR %s)', '(%s OR %s)', '(%s OR %s OR %s)', '(%s OR (%s AND %s))', '((%s OR %s) AND %s)', '((%s AND %s) OR %s)'), $one, @others);
	}
	# Several tests of one operand
	if ($form > 20)
	{
		my $key = key_of($t, $table);
		my @tests = map { chance(0.1) ? test_of_some($key) : test_of($key, random_set()) } 1 .. 3;
		return in_both(pick('(%s AND %s)', '(%s AND NOT %s)', '(%s OR %s)', '(%s AND %s AND %s)', '(%s AND (%s OR %s))', '(%s OR %s AND NOT %s)', '(%s AND NOT (%s OR %s))',
			'(NOT %s AND %s)', '(NOT (%s AND NOT %s))', '(%s AND %s AND NOT %s)', '((%s OR NOT %s) AND %s)', '(NOT %s AND NOT %s)'), @tests);
	}
	return $one if $form <= 6;
	return in_both(pick('(%s AND %s)', '(%2$s AND %1$s)'), $one, plain_condition($t)) if $form <= 9;
	return in_both('(%s OR %s)', $one, plain_condition($t)) if $form <= 10;
	return in_both('NOT (%s)', condition($t, $table, $depth + 1)) if $form <= 11;
	return in_both(pick('(%s AND %s)', '(%s OR %s)', '(%s AND NOT %s)', '(%s = %s)'), $one, condition($t, $table, $depth + 1)) if $form <= 13;
	return in_both(pick('(%s) IS NOT TRUE', '(%s) IS UNKNOWN', '(%s) IS NOT DISTINCT FROM true', 'coalesce(%s, true)', '(%s) IS NOT FALSE'), $one)
	  if $form <= 14;
	if ($form <= 16)
	{
		my $set = random_set();
		my $typed = $set->{sql} =~ /'$/ ? "$set->{sql}\::objectset" : $set->{sql};
		return in_both(pick("$t.id IN (%s)", "$t.id NOT IN (%s)", "EXISTS (SELECT FROM (%s) x(id) WHERE x.id = $t.id)",
			"NOT EXISTS (SELECT FROM (%s) x(id) WHERE x.id = $t.id)"),
			[ "SELECT unnest($typed)", "SELECT DISTINCT unnest($set->{array})" ]);
	}
	if ($form <= 17)
	{
		return in_both(pick('', 'NOT ') . sprintf('EXISTS (SELECT FROM sets s WHERE s.name IN (%s) AND %%s)', list_of(some_of(3, @names))),
			test_of_row("$t.id"));
	}
	if ($form <= 19)
	{
		my $other = pick(@tables[ 0 .. 12 ]);
		return in_both(sprintf(pick("$t.id IN (SELECT w.id FROM %s w WHERE %%s)", "EXISTS (SELECT FROM %s w WHERE w.id = $t.ref AND %%s)",
			"NOT EXISTS (SELECT FROM %s w WHERE w.id = $t.id AND %%s)"), $other->{name}), test_of(key_of('w', $other), random_set()));
	}
	# A set made from the row, which may be one that an outer join filled up: a bound that is NULL would be none
	my $v = "coalesce($t.v, 0)";
	return [ "$t.id <@ objectset_range($v - 10, $v * 20)", "($t.id >= $v - 10 AND $t.id < $v * 20)" ];
}

# ---- Queries ---------------------------------------------------------------------------------------------------

my $sums = 'count(*), count(%1$s.id), sum(hashint8(%1$s.id::bigint)::bigint), sum(%1$s.n), sum(%1$s.v)';

# Of many rows mostly sums are compared, to be quick.
sub columns_of
{
	my ($t, $table) = @_;
	return sprintf $sums, $t if chance($table->{large} ? 0.8 : 0.3);
	return pick("$t.id, $t.n, $t.v", "$t.id, $t.n, $t.v", "$t.n", "$t.id", "DISTINCT $t.v", "DISTINCT $t.id", "count(DISTINCT $t.id)", "min($t.id), max($t.id)");
}

sub from { my ($table, $t) = @_; return [ "$table->{sql} $t", "$table->{truth} $t" ]; }

# Each of these gives a query in both forms, and whether the order of its rows is compared.

sub select_some
{
	my ($table) = @_;
	my $format = 'SELECT ' . columns_of('t', $table) . ' FROM %s WHERE %s';
	$format = 'SELECT t.v, count(*), min(t.id) FROM %s WHERE %s GROUP BY t.v' . pick('', ' HAVING count(*) > 2') if chance(0.1);
	return (in_both($format, from($table, 't'), condition('t', $table)), 0);
}

sub in_order
{
	my ($table) = @_;
	my $way = pick('', ' DESC', ' DESC NULLS LAST', ' NULLS FIRST');
	my $limit = chance(0.8) || $table->{large} ? 'LIMIT ' . pick(0, 1, 5, 50, 400) : '';
	$limit .= ' OFFSET ' . between(0, 60) if chance(0.4);
	my $what = pick("t.id FROM %s WHERE %s ORDER BY t.id$way", "t.id, t.n, t.v FROM %s WHERE %s ORDER BY t.id$way, t.n$way, t.v",
		"t.v, t.id, t.n FROM %s WHERE %s ORDER BY t.v, t.id$way, t.n", "DISTINCT t.id FROM %s WHERE %s ORDER BY t.id$way",
		"DISTINCT ON (t.id) t.id, t.n, t.v FROM %s WHERE %s ORDER BY t.id$way, t.n, t.v");
	return (in_both("SELECT $what $limit", from($table, 't'), condition('t', $table)), 1);
}

sub joined
{
	my ($table) = @_;
	my $other = pick(@tables);
	($table, $other) = ($other, $table) if $table->{guarded} && chance(0.5);
	my $link = pick('t.ref = u.id', 't.id = u.id', 't.id = u.ref', 't.n = u.id');
	my $type = pick('JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN');
	my $columns = sprintf($sums, 't') . ', ' . sprintf($sums, 'u');
	$columns = pick('t.id, t.n, u.id, u.n', $columns) unless $table->{large} || $other->{large};
	my ($on, $where) = (condition(pick('t', 'u'), $table->{bounds} ? $table : $other), condition('t', $table));
	# Whether id + 1 is safe is the table's affair.
	($on, $where) = (test_of(pick('t.id', 'u.id'), random_set()), condition('t', $table)) if $table->{bounds} || $other->{bounds};
	my $format = pick("SELECT $columns FROM %1\$s $type %2\$s ON $link AND %3\$s", "SELECT $columns FROM %1\$s $type %2\$s ON $link WHERE %4\$s",
		"SELECT $columns FROM %1\$s $type %2\$s ON $link AND %3\$s WHERE %4\$s");
	return (in_both($format, from($table, 't'), from($other, 'u'), $on, $where), 0);
}

# Joins carry a condition on one table to others: over three of them, inner or not, and into subqueries under EXISTS.
sub chained
{
	my ($table) = @_;
	my @chain = ($table, map { pick(@tables) } 1 .. 2);
	my $set = random_set();
	my $typed = $set->{sql} =~ /'$/ ? "$set->{sql}\::objectset" : $set->{sql};
	my $test_on = sub { my ($id) = @_; return test_of($id, chance(0.7) ? { %$set, sql => $typed } : random_set()); };
	my @types = map { pick('JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN') } 1 .. 2;
	my @links = (pick('t.id = u.id', 't.id = u.ref', 't.ref = u.id'), pick('w.id = u.id', 'w.id = t.id', 'w.ref = u.id', 'u.ref = w.id'));
	my ($on, $where) = ($test_on->(pick('t.id', 'u.id')), $test_on->(pick('t.id', 'u.id', 't.ref', 'u.ref')));
	$where = in_both(pick('%s AND NOT %s', '(%s OR %s)', '%s AND %s'), $where, $test_on->(pick('t.id', 'u.id'))) if chance(0.3);
	$where = in_both('%s AND %s', $where, plain_condition(pick('t', 'u'))) if chance(0.3);
	# Many rows of each of three tables are too many together.
	my $few = grep({ !$_->{large} } @chain) >= 2 ? '' : ' AND t.v < 10';
	my $columns = join ', ', map { sprintf 'count(%1$s.id), sum(hashint8(%1$s.id::bigint)::bigint)', $_ } qw(t u w);
	my $grouped = 'SELECT g.id, count(*) AS n, sum(g.v) AS v, min(g.ref) AS ref FROM %3$s GROUP BY g.id';
	my $format = pick("SELECT count(*), $columns FROM %1\$s $types[0] %2\$s ON $links[0] AND %4\$s $types[1] %3\$s ON $links[1] WHERE %5\$s$few",
		"SELECT count(*), $columns FROM %1\$s $types[0] %2\$s ON $links[0] $types[1] %3\$s ON $links[1] WHERE %5\$s$few",
		"SELECT count(*), $columns FROM %1\$s $types[0] (%2\$s $types[1] %3\$s ON w.id = u.id) ON $links[0] WHERE %5\$s$few",
		"SELECT count(*), $columns FROM %1\$s, %2\$s, %3\$s WHERE $links[0] AND $links[1] AND %5\$s$few",
		"SELECT t.v, count(*) FROM %1\$s WHERE %6\$s AND " . pick('', 'NOT ') . "EXISTS (SELECT FROM %2\$s WHERE $links[0]) AND t.id "
		  . pick('', 'NOT ') . "IN (SELECT w.id FROM %3\$s WHERE w.id IS NOT NULL) GROUP BY 1",
		"SELECT count(*), sum(w.n), sum(w.v) FROM %1\$s $types[0] (" . ($grouped =~ s/g\./w./gr) . ') w ON w.id = t.id WHERE %6$s');
	my @from = map { from($chain[$_], (qw(t u w))[$_]) } 0 .. 2;
	return (in_both($format, @from, $on, $where, $test_on->(pick('t.id', 't.id', 't.ref'))), 0);
}

sub with_rows_of_sets
{
	my ($table) = @_;
	my @chosen = some_of($table->{large} ? 2 : 5, @names);
	my $named = sprintf 's.name IN (%s)', list_of(@chosen);
	my $test = test_of_row(pick('t.id', 't.id', 't.id', 't.ref'));
	$test = in_both('(%s AND %s)', $test, plain_condition('t')) if chance(0.3);
	$test = in_both('(%s OR %s)', $test, plain_condition('t')) if chance(0.05);
	if (chance(0.1))
	{
		my $less = [ random_ids(pick(@kinds)) ];
		my $literal = literal_of($less);
		$test = in_both('(%s)', [ "t.id <@ (s.members - $literal\::objectset)", "$test->[1] AND (CASE WHEN t.id IS NOT NULL THEN NOT t.id = ANY (" . array_of($less) . ') END)' ])
		  if $test->[1] =~ /^\(CASE WHEN t\.id /;
	}
	my $columns = sprintf $sums, 't';
	my $other = pick(qw(visit4 plain small t_several t_index));
	my $way = pick('', ' DESC');
	my $format = pick(
		"SELECT s.name, $columns FROM sets s JOIN %1\$s ON %2\$s WHERE $named GROUP BY s.name",
		"SELECT s.name, $columns FROM %1\$s, sets s WHERE $named AND %2\$s GROUP BY s.name",
		"SELECT $columns FROM %1\$s, sets s WHERE s.name = '$chosen[0]' AND %2\$s",
		"SELECT s.name, $columns FROM sets s LEFT JOIN %1\$s ON %2\$s WHERE $named GROUP BY s.name",
		"SELECT $columns, count(s.name), sum(s.n) FROM %1\$s LEFT JOIN sets s ON %2\$s AND $named",
		"SELECT $columns, count(s.name), sum(s.n) FROM %1\$s FULL JOIN sets s ON t.v = s.n AND %2\$s",
		"SELECT s.name, x.* FROM sets s, LATERAL (SELECT t.id, t.n, t.v FROM %1\$s WHERE %2\$s ORDER BY t.id$way, t.n, t.v LIMIT 4) x WHERE $named",
		"SELECT s.name, x.* FROM sets s LEFT JOIN LATERAL (SELECT $columns FROM %1\$s WHERE %2\$s OFFSET 0) x ON true WHERE $named",
		"SELECT s.name, (SELECT count(*) FROM %1\$s WHERE %2\$s) FROM sets s WHERE $named",
		"SELECT s.name, (SELECT t.id FROM %1\$s WHERE %2\$s ORDER BY t.id$way LIMIT 1) FROM sets s WHERE $named",
		"SELECT s.name, $columns, sum(u.n) FROM sets s JOIN %1\$s ON %2\$s JOIN $other u ON u.id = t.id WHERE $named GROUP BY s.name",
		"SELECT s.name FROM sets s WHERE EXISTS (SELECT FROM %1\$s WHERE %2\$s)",
		"SELECT s.name FROM sets s WHERE NOT EXISTS (SELECT FROM %1\$s WHERE %2\$s AND t.v > 90)");
	my $query = in_both($format, from($table, 't'), $test);
	# Sets with corrections, by whatever way their rows come
	my $rows = pick('corrected', 'corrected', 'v_corrected', 'corrected_rows()', '(SELECT * FROM corrected)', '(SELECT * FROM v_corrected OFFSET 0)', '(SELECT name, removed, added, deleted, base, n FROM v_corrected)');
	$query->[0] =~ s/\bsets s\b/$rows s/ if chance(0.4);
	return ($query, 0);
}

sub combined
{
	my ($table) = @_;
	my $other = pick(@tables);
	my $operation = pick('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL');
	my $column = $table->{large} || $other->{large} ? 'v' : 'id';
	return (in_both("SELECT t.$column FROM %s WHERE %s $operation SELECT u.$column FROM %s WHERE %s", from($table, 't'), condition('t', $table),
		from($other, 'u'), condition('u', $other)), 0);
}

sub with_cte
{
	my ($table) = @_;
	my $columns = sprintf $sums, 'q';
	my $how = pick('', 'MATERIALIZED ', 'NOT MATERIALIZED ');
	my $format = pick("WITH q AS $how(SELECT t.* FROM %1\$s WHERE %2\$s) SELECT $columns FROM q WHERE %3\$s",
		"WITH q AS $how(SELECT t.* FROM %1\$s WHERE %2\$s) SELECT count(*), sum(a.v), sum(b.n) FROM q a JOIN q b ON a.n = b.n",
		"WITH RECURSIVE q(id, n, v, depth) AS (SELECT t.id::bigint, t.n, t.v, 0 FROM %1\$s WHERE %2\$s AND t.v < 40"
		  . " UNION SELECT u.id, u.n, u.v, q.depth + 1 FROM q JOIN t_several u ON u.ref = q.id WHERE q.depth < 2) SELECT $columns FROM q");
	return (in_both($format, from($table, 't'), condition('t', $table), test_of('q.id', random_set())), 0);
}

sub as_value
{
	my ($table) = @_;
	my $test = test_of(key_of('t', $table), random_set());
	my $format = pick("SELECT count(*) FILTER (WHERE %2\$s), sum(t.v) FILTER (WHERE NOT %2\$s), bool_or(%2\$s) FROM %1\$s WHERE %3\$s",
		"SELECT %2\$s, count(*), sum(t.v) FROM %1\$s WHERE %3\$s GROUP BY 1",
		"SELECT count(*), sum(CASE WHEN %2\$s THEN t.v ELSE t.n END) FROM %1\$s WHERE %3\$s",
		"SELECT count(x), sum(x.place) FROM (SELECT t.n, row_number() OVER (PARTITION BY %2\$s ORDER BY t.id, t.n, t.v) AS place FROM %1\$s WHERE %3\$s) x");
	return (in_both($format, from($table, 't'), $test, condition('t', $table)), 0);
}

my @shapes = ((\&select_some) x 5, (\&in_order) x 4, (\&joined) x 4, (\&chained) x 4, (\&with_rows_of_sets) x 4, \&combined, \&with_cte, \&as_value);

# ---- Ways to run one -------------------------------------------------------------------------------------------

# A way gives two lists of statements: [ SQL, how ], where how is `set up` (must not fail), `rows`, or `ordered`.

sub for_each_side { my ($make) = @_; return map { $make->($_) } 0, 1; }

sub directly
{
	my ($table) = @_;
	my ($query, $ordered) = pick(@shapes)->($table);
	return for_each_side(sub { [ [ $query->[ $_[0] ], $ordered ? 'ordered' : 'rows' ] ] });
}

# Executes a statement with a parameter several times: the other form has the array in its place each time.
sub random_arguments { return map { [ random_ids(pick(@kinds)) ] } 1 .. pick(1, 2, 2, 3, 7); }

sub with_argument { my ($query, $ids) = @_; my $array = defined $ids ? array_of($ids) : 'NULL::bigint[]'; $query =~ s/%SET%/$array/g; return $query; }

sub prepared
{
	my ($table) = @_;
	local $parameter = { sql => '$1', array => '%SET%' };
	my ($query, $ordered) = pick(@shapes)->($table);
	my @arguments = random_arguments();
	push @arguments, undef if chance(0.1);
	my $how = $ordered ? 'ordered' : 'rows';
	my $mode = pick(qw(force_generic_plan force_generic_plan force_custom_plan auto));
	return ([ [ "SET plan_cache_mode = $mode", 'set up' ], [ "PREPARE statement(objectset) AS $query->[0]", 'set up' ],
			map { [ 'EXECUTE statement(' . literal_of($_) . ')', $how ] } @arguments ],
		[ map { [ with_argument($query->[1], $_), $how ] } @arguments ]);
}

sub in_a_function
{
	my ($table) = @_;
	local $parameter = { sql => 'the_set', array => '%SET%' };
	my ($query, $ordered) = pick(@shapes)->($table);
	my @arguments = random_arguments();
	my $how = $ordered ? 'ordered' : 'rows';
	my $rows = "SELECT q::text FROM ($query->[0]) q";
	my $volatility = pick('VOLATILE', 'STABLE');
	my $body = pick("LANGUAGE sql $volatility AS \$\$ $rows \$\$", "LANGUAGE plpgsql $volatility AS \$\$ BEGIN RETURN QUERY $rows; END \$\$",
		"LANGUAGE plpgsql $volatility AS \$\$ DECLARE r text; BEGIN FOR r IN $rows LOOP RETURN NEXT r; END LOOP; END \$\$",
		"LANGUAGE plpgsql $volatility AS \$\$ DECLARE a text[]; BEGIN a := array($rows); RETURN QUERY SELECT unnest(a); END \$\$");
	return ([ [ "CREATE OR REPLACE FUNCTION pg_temp.rows_for(the_set objectset) RETURNS SETOF text $body", 'set up' ],
			map { [ 'SELECT * FROM pg_temp.rows_for(' . literal_of($_) . ')', $how ] } @arguments ],
		[ map { [ 'SELECT q::text FROM (' . with_argument($query->[1], $_) . ') q', $how ] } @arguments ]);
}

# A plan that is kept while its set changes: one that a stable expression gives, of settings and tables. Each execution is
# to see the set of its time.
sub set_setting { my ($ids) = @_; return sprintf 'SET joins.set = %s', defined $ids ? literal_of($ids) : q('') }
my @changing = (
	[ "nullif(current_setting('joins.set'), '')::objectset", \&set_setting ],
	[ "(nullif(current_setting('joins.set'), '')::objectset - 3)", sub { set_setting($_[0] && [ @{ $_[0] }, 3 ]) }, 3 ],
	[ q{set_moving()}, q{UPDATE moving SET members = %s} ],
	[ q{set_moving_told()}, q{UPDATE moving SET members = %s} ],
	[ q{(SELECT members FROM moving)}, q{UPDATE moving SET members = %s} ],
	[ q{objectset_members('saved', 'moving')}, q{UPDATE saved SET base = coalesce(%s::objectset, '{}')}, 'none' ],
	[ q{(SELECT objectset_members('saved', 'moving'))}, q{UPDATE saved SET base = coalesce(%s::objectset, '{}')}, 'none' ]);

sub kept
{
	my ($table) = @_;
	my ($source, $change, $lacks) = @{ pick(@changing) };
	local $parameter = { sql => $source, array => '%SET%' };
	my @role;
	if (chance(0.25))
	{
		($source, $change, $lacks) = @{ $changing[0] };
		$table = table('fenced', unique => 1, truth => '(SELECT * FROM by_range WHERE id BETWEEN -4000 AND 19999 AND id = ANY (%SET%))');
		@role = [ 'SET ROLE reader', 'set up' ];
		$parameter->{sql} = $source;
	}
	my ($query, $ordered) = pick(@shapes)->($table);
	my @arguments = random_arguments();
	@arguments = (@arguments, random_arguments()) if @arguments == 1;
	push @arguments, undef if chance(0.1) && !defined $lacks;
	@arguments = map { my $ids = $_; [ grep { !defined $lacks || $_ ne $lacks } @$ids ] } grep { defined } @arguments if defined $lacks;
	my $set_to = sub { my ($ids) = @_; return ref $change ? $change->($ids) : sprintf $change, literal_of($ids); };
	my $how = $ordered ? 'ordered' : 'rows';
	my @first = ([ $set_to->($arguments[0]), 'set up' ], @role);
	my $truth = [ map { [ with_argument($query->[1], $_), $how ] } @arguments ];
	my $mode = pick(qw(force_generic_plan force_generic_plan auto));
	if (!@role && chance(0.3))
	{
		my $volatility = pick('VOLATILE', 'VOLATILE', 'STABLE');
		my $body = pick("RETURN QUERY SELECT q::text FROM ($query->[0]) q;",
			"RETURN QUERY SELECT unnest(array(SELECT q::text FROM ($query->[0]) q));");
		return ([ @first, [ "SET plan_cache_mode = $mode", 'set up' ],
				[ "CREATE OR REPLACE FUNCTION pg_temp.rows_for(the_set objectset) RETURNS SETOF text LANGUAGE plpgsql $volatility AS \$\$ BEGIN $body END \$\$", 'set up' ],
				map { ([ $set_to->($_), 'set up' ], [ 'SELECT * FROM pg_temp.rows_for(NULL)', $how ]) } @arguments ],
			[ map { [ "SELECT q::text FROM ($_->[0]) q", $how ] } @$truth ]);
	}
	return ([ @first, [ "SET plan_cache_mode = $mode", 'set up' ], [ "PREPARE statement AS $query->[0]", 'set up' ],
			map { ([ $set_to->($_), 'set up' ], [ 'EXECUTE statement', $how ]) } @arguments ], $truth);
}

sub by_cursor
{
	my ($table) = @_;
	my ($query, $ordered) = chance(0.7) ? in_order($table) : pick(@shapes)->($table);
	# What is fetched of rows in no order only all at once can be compared.
	my @fetches = $ordered
	  ? map { pick('FETCH 3', 'FETCH 10', 'MOVE 4', 'FETCH BACKWARD 2', 'FETCH PRIOR', 'FETCH LAST', 'FETCH FIRST', 'FETCH ABSOLUTE ' . between(-5, 20),
			'FETCH RELATIVE ' . between(-5, 5), 'FETCH ALL', 'FETCH BACKWARD ALL') } 1 .. between(3, 9)
	  : ('FETCH ALL', 'FETCH BACKWARD ALL', 'FETCH ALL');
	my $kind = 'SCROLL CURSOR';
	if (chance(0.3))
	{
		$kind = 'NO SCROLL CURSOR';
		@fetches = $ordered ? ('FETCH 2', 'FETCH NEXT', 'MOVE 2', 'FETCH 10', 'FETCH ALL', 'FETCH ALL') : ('FETCH ALL', 'FETCH ALL');
	}
	my $hold = chance(0.2);
	return for_each_side(sub {
		my ($side) = @_;
		return [ [ 'BEGIN', 'set up' ],
			[ sprintf('DECLARE cursor_of_rows %s %s FOR %s', $kind, $hold ? 'WITH HOLD' : 'WITHOUT HOLD', $query->[$side]), 'set up' ],
			($hold ? [ 'COMMIT', 'set up' ] : ()),
			(map { [ "$_ FROM cursor_of_rows", $ordered ? 'ordered' : 'rows' ] } @fetches),
			[ 'CLOSE cursor_of_rows', 'set up' ], ($hold ? () : [ 'ROLLBACK', 'set up' ]) ];
	});
}

sub locking
{
	my ($table) = @_;
	return directly($table) unless $table->{target};
	my $lock = pick('FOR UPDATE', 'FOR NO KEY UPDATE', 'FOR SHARE', 'FOR KEY SHARE') . pick('', ' OF t', ' SKIP LOCKED');
	my ($query, $ordered);
	if (chance(0.3))
	{
		$query = in_both(sprintf('SELECT t.id, t.n FROM %s t, sets s WHERE s.name IN (%s) AND %%s', $table->{name}, list_of(some_of(2, @names))), test_of_row('t.id'));
	}
	else
	{
		$ordered = chance(0.5);
		$query = in_both("SELECT t.id, t.n FROM $table->{name} t WHERE %s" . ($ordered ? ' ORDER BY t.id, t.n LIMIT 40' : ''), condition('t', $table));
	}
	return for_each_side(sub {
		return [ [ 'BEGIN', 'set up' ], [ "$query->[$_[0]] $lock", $ordered ? 'ordered' : 'rows' ], [ 'ROLLBACK', 'set up' ] ];
	});
}

sub changing
{
	my ($table) = @_;
	return directly($table) unless $table->{target} || $table->{guarded};
	my $condition = condition('t', $table);
	my $from = '';
	if (chance(0.2))
	{
		$from = 'sets s';
		$condition = in_both(sprintf('s.name IN (%s) AND %%s', list_of(some_of(2, @names))), test_of_row('t.id'));
	}
	# What the policy lets through, the other form has to say.
	$condition = in_both('%s AND %s', $condition, $table->{policy}) if $table->{guarded};
	my $change = pick('v = t.v + 1', 'v = t.v + 1', 'ref = t.n', $table->{unique} || $table->{bounds} || $table->{guarded} ? 'v = 5' : 'id = t.id + 1');
	my $name = $table->{name};
	my $format = pick("UPDATE $name t SET $change " . ($from && "FROM $from ") . 'WHERE %s RETURNING t.n, t.id, t.v',
		"DELETE FROM $name t " . ($from && "USING $from ") . 'WHERE %s RETURNING t.n, t.id',
		'INSERT INTO plain (id, n, v, ref) SELECT t.id, t.n, t.v, t.ref FROM ' . join(', ', "$name t", $from || ()) . ' WHERE %s RETURNING n, id',
		"WITH moved AS (DELETE FROM $name t " . ($from && "USING $from ") . 'WHERE %s RETURNING t.n, t.v) SELECT count(*), sum(n), sum(v) FROM moved');
	my $query = in_both($format, $condition);
	return for_each_side(sub {
		my ($side) = @_;
		return [ [ 'BEGIN', 'set up' ], [ $query->[$side], 'rows' ],
			($table->{guarded} ? [ 'RESET ROLE', 'set up' ] : ()), [ sprintf("SELECT $sums FROM $name t", 't'), 'rows' ], [ 'ROLLBACK', 'set up' ] ];
	});
}

# One row, by a cursor that stands on it.
sub at_cursor
{
	my ($table) = @_;
	return directly($table) unless $table->{target} && !$table->{large};
	my $query = in_both("SELECT t.id, t.n FROM $table->{name} t WHERE t.n = " . between(1, 400) . ' AND %s' . pick('', ' FOR UPDATE'),
		test_of('t.id', pick(random_set(), { sql => "(SELECT members FROM sets WHERE name = 'key_range')", array => array_of($stored{key_range}) })));
	my $change = pick("UPDATE $table->{name} t SET v = t.v + 1 WHERE CURRENT OF place RETURNING t.n, t.v", "DELETE FROM $table->{name} t WHERE CURRENT OF place RETURNING t.n");
	return for_each_side(sub {
		return [ [ 'BEGIN', 'set up' ], [ "DECLARE place CURSOR FOR $query->[$_[0]]", 'set up' ], [ 'FETCH FROM place', 'rows' ], [ $change, 'rows' ], [ 'ROLLBACK', 'set up' ] ];
	});
}

my @ways = ((\&directly) x 10, (\&prepared) x 4, (\&kept) x 4, (\&in_a_function) x 2, (\&by_cursor) x 2, \&locking, (\&changing) x 2, \&at_cursor);

# ---- Running ---------------------------------------------------------------------------------------------------

my $node = PostgreSQL::Test::Cluster->new('joins');
$node->init;
$node->append_conf('postgresql.conf',
	"autovacuum = off\nfsync = off\nstatement_timeout = 60s\nclient_min_messages = error\nlog_statement = none\nmax_parallel_workers_per_gather = 0\n"
	  . "jit = off\njit_above_cost = 250\n");
$node->start;

my $sets = join ', ', map { sprintf "('%s', %d, %s, %s)", $names[$_], $_, literal_of($stored{ $names[$_] }), array_of($stored{ $names[$_] }) } 0 .. $#names;
(my $with_sets = $create) =~ s/(?<=ids bigint\[\]\);\n)/INSERT INTO sets VALUES $sets;\n/;
$node->safe_psql('postgres', $with_sets);

# The module's own settings are known once it is loaded.
my %known = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{SELECT cardinality('{}'::objectset) \g /dev/null
	SELECT name FROM pg_settings});
$known{ (split)[0] } or note("this server has no setting $_") for map { @$_[ 1 .. $#$_ ] } @settings;

sub random_settings
{
	my @drawn;
	foreach my $line (@settings)
	{
		my ($part, @choice) = @$line;
		@choice = grep { $known{ (split)[0] } } @choice;
		push @drawn, pick(@choice) if chance($part) && @choice;
	}
	push @drawn, @parallel if chance($in_parallel);
	push @drawn, 'parallel_leader_participation = off' if chance($in_parallel) && $drawn[-1];
	return map { "SET $_" } @drawn;
}

# A query is what it is by the seed and its number alone.
sub query
{
	my ($number) = @_;
	srand(unpack 'N', md5("$seed $number"));
	my @settings_of_it = random_settings();
	my $table = { %{ pick(@tables) } };
	my $guard = pick(grep { defined $stored{$_} } @names);
	my $policy = 'id = ANY (' . array_of($stored{$guard}) . ')';
	# Any table of the query may be the guarded one.
	local $tables[-1] = { %{ $tables[-1] }, truth => "(SELECT * FROM guarded WHERE $policy)", policy => [ 'true', "t.$policy" ] };
	$table = $tables[-1] if $table->{guarded};
	my ($natural, $truth) = pick(@ways)->($table);
	my @role = grep({ $_->[0] =~ /\bguarded\b/ } @$natural) ? ("SET joins.guard = '$guard'", 'SET ROLE reader') : ();
	return { number => $number, natural => [ (map { [ $_, 'set up' ] } @settings_of_it, @role), @$natural ], truth => $truth };
}

# Runs queries in one session. What came out of each statement is { state, rows }; nothing if the session ended before.
sub run_session
{
	my (@batch) = @_;
	my $script = '';
	foreach my $query (@batch)
	{
		foreach my $side (qw(natural truth))
		{
			$script .= "ROLLBACK;\nRESET ROLE;\nRESET ALL;\nDEALLOCATE ALL;\nDROP FUNCTION IF EXISTS pg_temp.rows_for(objectset);\n";
			my $n = 0;
			$script .= sprintf "\\echo >>> %d %s %d\n%s;\n\\echo <<< :SQLSTATE\n", $query->{number}, $side, $n++, $_->[0] foreach @{ $query->{$side} };
			$script .= "CLOSE ALL;\n";
		}
	}
	my $file = "$PostgreSQL::Test::Utils::tmp_check/joins.sql";
	open my $out, '>', $file or die;
	print $out $script;
	close $out;
	local $ENV{PGOPTIONS} = '';
	open my $in, '-|', 'bash', '-c', 'exec psql -X -A -t -q -d "$1" -f "$2" 2>/dev/null', '-', $node->connstr('postgres'), $file or die;
	my (%results, $current);
	while (my $line = <$in>)
	{
		chomp $line;
		if ($line =~ /^>>> (\d+) (\w+) (\d+)$/) { $current = $results{$1}{$2}[$3] = { state => 'the server went away', rows => [] }; }
		elsif ($line =~ /^<<< (\w+)$/) { $current->{state} = $1; }
		else { push @{ $current->{rows} }, $line; }
	}
	close $in;
	return \%results;
}

# What is wrong with a query's results, or nothing. Counts what was seen.
my %seen = (rows => 0, queries => 0, found => 0, errors => 0, slow => 0);

# statement_timeout
my $out_of_time = '57014';

sub fault
{
	my ($query, $result) = @_;
	# Looked for first: what comes after it in its transaction fails for no reason of its own.
	foreach my $side (qw(natural truth))
	{
		my ($n) = grep { ($result->{$side}[$_]{state} // '') eq $out_of_time } 0 .. $#{ $query->{$side} };
		next unless defined $n;
		$seen{slow}++;
		note("left out query $query->{number}: out of time in its $side form: " . substr $query->{$side}[$n][0], 0, 500);
		return;
	}
	my %compared;
	foreach my $side (qw(natural truth))
	{
		foreach my $n (0 .. $#{ $query->{$side} })
		{
			my ($sql, $how) = @{ $query->{$side}[$n] };
			my $got = $result->{$side}[$n] // { state => 'not run', rows => [] };
			return "$side: $got->{state}: $sql" if $how eq 'set up' ? $got->{state} ne '00000' : $got->{state} !~ /^[0-9A-Z]{5}$/;
			next if $how eq 'set up';
			my @rows = $how eq 'ordered' ? @{ $got->{rows} } : sort @{ $got->{rows} };
			push @{ $compared{$side} }, { state => $got->{state}, rows => \@rows, sql => $sql };
			$seen{rows} += @rows;
		}
	}
	$seen{queries}++;
	# A count of nothing is a row, too.
	$seen{found}++ if grep { grep { !/^(0\|)*0?(\|)*$/ } @{ $_->{rows} } } @{ $compared{truth} };
	foreach my $n (0 .. $#{ $compared{truth} })
	{
		my ($natural, $truth) = map { $compared{$_}[$n] } qw(natural truth);
		note("$truth->{state} in both forms of query $query->{number}: " . substr $truth->{sql}, 0, 500) if $truth->{state} ne '00000' && $seen{errors}++ < 5;
		return "$natural->{state} instead of $truth->{state}" if $natural->{state} ne $truth->{state};
		my ($got, $expected) = map { join "\n", @{ $_->{rows} } } $natural, $truth;
		next if $got eq $expected;
		my $place = 0;
		$place++ while ($natural->{rows}[$place] // 'none') eq ($truth->{rows}[$place] // 'none');
		return sprintf "%d rows instead of %d, row %d is %s instead of %s, in\n%s", scalar @{ $natural->{rows} }, scalar @{ $truth->{rows} },
		  $place + 1, $natural->{rows}[$place] // 'none', $truth->{rows}[$place] // 'none', substr $natural->{sql}, 0, 2000;
	}
	return;
}

my $start = time;
my $told = 0;
my @numbers = defined $ENV{OBJECTSET_JOINS_ONLY} ? ($ENV{OBJECTSET_JOINS_ONLY}) : (1 .. $queries);
while (my @some = splice @numbers, 0, $per_session)
{
	my $wrong = 0;
	my @batch = map { query($_) } @some;
	while (@batch)
	{
		my $results = run_session(@batch);
		# After a crash those that were not reached get another session.
		my $reached = grep { $results->{ $_->{number} } } @batch;
		foreach my $query (splice @batch, 0, $reached || @batch)
		{
			my $fault = fault($query, $results->{ $query->{number} });
			next unless defined $fault;
			$wrong++;
			next if $told++ >= 10;
			diag("OBJECTSET_JOINS_SEED=$seed OBJECTSET_JOINS_ONLY=$query->{number}: $fault");
			diag(join '', map { substr($_->[0], 0, 2000) . ";\n" } @{ $query->{natural} });
		}
		$node->poll_query_until('postgres', 'SELECT true') or BAIL_OUT('the server does not come back') if @batch;
	}
	is($wrong, 0, "queries $some[0] to $some[-1]");
}
note(sprintf '%d queries compared, %d with something found, %d rows, %d errors in both forms, %d left out, in %.0f s',
	@seen{qw(queries found rows errors slow)}, time - $start);
unless (defined $ENV{OBJECTSET_JOINS_ONLY})
{
	cmp_ok($seen{found}, '>', 0.5 * $queries, 'most queries find something');
	cmp_ok($seen{errors}, '<', 0.05 * $queries, 'few queries are errors');
	cmp_ok($seen{slow}, '<=', 1 + 0.005 * $queries, 'hardly any query is left out for its time');
}
unlike(slurp_file($node->logfile), qr/terminated by signal|TRAP:/, 'no backend died');
$node->stop;
done_testing();
