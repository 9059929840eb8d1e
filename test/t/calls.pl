# Every function of the extension is called many times in one session, over small sets and over large ones that are stored
# apart, and takes no more memory for many calls than for a few. A function that is new has to be called here, too.
#
#   OBJECTSET_CALLS   how often each is called (20000); a hundredth as often with large sets, a twentieth as often what the
#                     server calls to plan and what changes saved sets, a thousandth as often what makes tables
#
# What is measured is the peak of a backend's own memory, shared buffers left out: first after a tenth of the calls, and
# after all of them. The statements are such that what a call leaves behind in the memory of a statement adds up; what is
# left behind in the session adds up in any case.

use strict;
use warnings;

use List::Util qw(min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'memory is read from /proc' unless -r "/proc/$$/status";

my $calls = $ENV{OBJECTSET_CALLS} || 20000;
# What a session may take more, in kilobytes: what the server itself and malloc keep, whatever is done.
my $bound = 1024;
# The same for a table that is made and dropped: what the server's caches keep, some 8 kB by its own CREATE TABLE.
my $bound_of_table = 16;
# For a statement, in seconds.
my $patience = 600 + $calls / 200;

my $node = PostgreSQL::Test::Cluster->new('calls');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 32MB\nfsync = off\nsynchronous_commit = off\nmax_wal_size = 4GB\nautovacuum = off\n"
	  . "jit = off\ntrack_functions = 'all'\nclient_min_messages = warning\n");
$node->start;
my $file = PostgreSQL::Test::Utils::tempdir_short() . '/copied';

# Each kind of argument, in a table of one row: of small sets, and of large ones.
sub arguments
{
	my ($table, $s, $t) = @_;
	return qq{
	CREATE TABLE $table AS SELECT s, t, 5::bigint AS id, ARRAY[s, t] AS ss, s::bigint[] AS a8, s::integer[] AS a4, s::smallint[] AS a2,
	  s::int8multirange AS mr, s::jsonb AS jb, s::json AS js, s::bytea AS r64, objectset_to_roaring32(s) AS r32,
	  objectset_to_roaring64_base64(s) AS b64, objectset_to_roaring32_base64(s) AS b32, s::text AS txt, state_of(id) AS st, state_text(id) AS stt
	  FROM (SELECT $s AS s, $t AS t OFFSET 0) sets, unnest(s) id GROUP BY s, t;
	ALTER TABLE $table ADD r row_of_set; UPDATE $table SET r = ROW(s, t, '{1}', '{2}');
	};
}
$node->safe_psql('postgres', q{
	CREATE EXTENSION objectset;
	CREATE AGGREGATE state_of(bigint) (SFUNC = objectset_agg_accum, STYPE = objectset_state);
	CREATE FUNCTION state_as_text(objectset_state) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
	CREATE AGGREGATE state_text(bigint) (SFUNC = objectset_agg_accum, STYPE = objectset_state, FINALFUNC = state_as_text);
	CREATE TYPE row_of_set AS (base objectset, added objectset, removed objectset, deleted objectset);
	CREATE TABLE number (i bigint PRIMARY KEY, n int, m smallint);
	INSERT INTO number SELECT i, i, i FROM generate_series(1, 1000) i;
	CREATE TABLE sets AS SELECT objectset_range(i, i + 20) | (i * 7919 % 30000) AS s, i FROM generate_series(1, 1000) i;
	CREATE TABLE sets_gin AS TABLE sets; CREATE INDEX ON sets_gin USING gin (s); ANALYZE number, sets, sets_gin;
	CREATE TABLE gin_sink (s objectset); CREATE INDEX ON gin_sink USING gin (s);
	CREATE AGGREGATE combine_union (objectset_state) (SFUNC = objectset_union_combine, STYPE = objectset_state);
	CREATE AGGREGATE combine_intersect (objectset_state) (SFUNC = objectset_intersect_combine, STYPE = objectset_state);
	CREATE AGGREGATE combine_symdiff (objectset_state) (SFUNC = objectset_symdiff_combine, STYPE = objectset_state);
	CREATE AGGREGATE combine_at_least (objectset_state) (SFUNC = objectset_at_least_combine, STYPE = objectset_state);
	CREATE AGGREGATE state_union (objectset) (SFUNC = objectset_union_accum, STYPE = objectset_state);
	CREATE AGGREGATE state_intersect (objectset) (SFUNC = objectset_intersect_accum, STYPE = objectset_state);
	CREATE AGGREGATE state_symdiff (objectset) (SFUNC = objectset_symdiff_accum, STYPE = objectset_state);
	CREATE AGGREGATE state_at_least (objectset) (SFUNC = objectset_counter_add, STYPE = objectset_state);
	CREATE TABLE sink (s objectset); CREATE TABLE state_sink (s objectset_state);
	-- Runs a statement so many times, in transactions of a few.
	CREATE PROCEDURE call_often(statement text, times int, few int DEFAULT 20) LANGUAGE plpgsql AS $$
	BEGIN
	  FOR i IN 1 .. times LOOP
	    EXECUTE replace(statement, '%n', i::text);
	    IF i % few = 0 THEN COMMIT; END IF;
	  END LOOP;
	END $$;
	-- Plans a statement so many times.
	CREATE PROCEDURE plan(statement text, times int) LANGUAGE plpgsql AS $$
	BEGIN FOR i IN 1 .. times LOOP EXECUTE 'EXPLAIN ' || statement; END LOOP; END $$;
	CREATE TABLE target (id int PRIMARY KEY, g int, born date);
	INSERT INTO target SELECT i, i % 10, '2000-01-01'::date + i FROM generate_series(1, 100) i;
	CREATE TABLE visit (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, target_id int REFERENCES target, k int);
	INSERT INTO visit (target_id, k) SELECT i, i % 10 FROM generate_series(1, 100) i;
	CREATE TABLE membership (cohort text, patient int); INSERT INTO membership VALUES ('a', 1), ('b', 2);
	SELECT objectset_create_table('st', 'target', history => true);
	SELECT objectset_save('st', 'q', 'SELECT id FROM target WHERE g < 5'), objectset_save('st', 'm', '{1..20,50}'::objectset), objectset_save('st', 'o', '{10..30}'::objectset);
	SELECT objectset_define('st', 'x', 'q & m');
	SELECT objectset_create_table('timed', 'target', history => true); SELECT objectset_save('timed', 'm', '{1..20}'::objectset);
	CREATE TABLE begun AS SELECT clock_timestamp() AS at;
	SELECT objectset_add('timed', 'm', 30, 31), objectset_remove('timed', 'm', 5);
	SELECT objectset_create_table('plain', 'target');
	SELECT objectset_create_table('tracked', 'target'); SELECT objectset_track('tracked', 'visit', 'target_id');
	SELECT objectset_save('tracked', 'q', 'SELECT target_id FROM visit WHERE k < 5');
	SELECT objectset_save('plain', 'm', '{1..20,50}'::objectset);
	CREATE TABLE erased (id int PRIMARY KEY); SELECT objectset_create_table('erased_set', 'erased'); SELECT objectset_save('erased_set', 'm', '{1..20}'::objectset);
	CREATE TABLE gone (id int PRIMARY KEY, g int); SELECT objectset_create_table('gone_set', 'gone'); SELECT objectset_follow_deletes('gone_set');
	SELECT objectset_save('gone_set', 'm', '{1..20}'::objectset);
} . arguments('small', q{'{1..14,100,30000}'::objectset}, q{'{10..20,5,31000}'::objectset})
  . arguments('large', 'objectset_agg(i * 7919 % 32768)', 'objectset_agg(i * 7907 % 32768)')
  =~ s/\(SELECT (.*?) OFFSET 0\) sets/(SELECT $1 FROM generate_series(1, 12000::bigint) i OFFSET 0) sets/r);

# ---- What is called ------------------------------------------------------------------------------------------------------

# Functions, each with an expression that calls it.
my @expressions = (
	[ 'objectset_in(cstring)', 'txt::objectset' ],
	[ 'objectset_out(objectset)', 's::text' ],
	[ 'objectset_subscript(internal)', 's[2]' ],
	[ 'objectset_subscript(internal)', 's[2:3]' ],
	[ 'objectset_send(objectset)', 'array_send(ss)' ],
	[ 'objectset_state_in(cstring)', 'stt::objectset_state' ],
	[ 'objectset_state_out(objectset_state)', 'st::text' ],
	[ 'objectset_state_send(objectset_state)', 'record_send(ROW(st))' ],
	[ 'objectset(bigint[])', 'objectset(a8)' ],
	[ 'objectset_to_bigint_array(objectset)', 'objectset_to_bigint_array(s)' ],
	[ 'objectset(integer[])', 'objectset(a4)' ],
	[ 'objectset_to_integer_array(objectset)', 'objectset_to_integer_array(s)' ],
	[ 'objectset(smallint[])', 'objectset(a2)' ],
	[ 'objectset_to_smallint_array(objectset)', 'objectset_to_smallint_array(s)' ],
	[ 'objectset(int8multirange)', 'objectset(mr)' ],
	[ 'objectset_to_multirange(objectset)', 'objectset_to_multirange(s)' ],
	[ 'objectset(jsonb)', 'objectset(jb)' ],
	[ 'objectset_to_jsonb(objectset)', 'objectset_to_jsonb(s)' ],
	[ 'objectset(json)', 'objectset(js)' ],
	[ 'objectset_to_json(objectset)', 'objectset_to_json(s)' ],
	[ 'objectset_from_roaring64(bytea)', 'objectset_from_roaring64(r64)' ],
	[ 'objectset_to_roaring64(objectset)', 'objectset_to_roaring64(s)' ],
	[ 'objectset_from_roaring32(bytea)', 'objectset_from_roaring32(r32)' ],
	[ 'objectset_to_roaring32(objectset)', 'objectset_to_roaring32(s)' ],
	[ 'objectset_from_roaring64_base64(text)', 'objectset_from_roaring64_base64(b64)' ],
	[ 'objectset_to_roaring64_base64(objectset)', 'objectset_to_roaring64_base64(s)' ],
	[ 'objectset_from_roaring32_base64(text)', 'objectset_from_roaring32_base64(b32)' ],
	[ 'objectset_to_roaring32_base64(objectset)', 'objectset_to_roaring32_base64(s)' ],
	[ 'objectset_union(objectset,bigint)', 's | id' ],
	[ 'objectset_minus(objectset,bigint)', 's - id' ],
	[ 'objectset_union(bigint,objectset)', 'id | s' ],
	(map { ["objectset_$_(objectset,objectset)", "objectset_$_(s, t)"], ["objectset_$_(objectset,anyarray)", "objectset_$_(s, a4)"], ["objectset_$_(anyarray,objectset)", "objectset_$_(a8, s)"] }
		  qw(union intersect symdiff minus contains contained overlap)),
	(map { ["objectset_contains(objectset,$_)", "objectset_contains(s, id::$_)"], ["objectset_contained($_,objectset)", "objectset_contained(id::$_, s)"] } qw(bigint integer smallint)),
	(map { ["$_(objectset)", "$_(s)"] } qw(cardinality objectset_is_empty objectset_min objectset_max objectset_hash objectset_is_valid)),
	[ 'objectset_stats(objectset)', 'objectset_stats(s)' ],
	[ 'objectset_hash_extended(objectset,bigint)', 'objectset_hash_extended(s, id)' ],
	[ 'objectset_rank(objectset,bigint)', 'objectset_rank(s, id)' ],
	[ 'objectset_position(objectset,bigint)', 'objectset_position(s, id)' ],
	[ 'objectset_range(bigint,bigint)', 'objectset_range(id, id + 1000)' ],
	[ 'objectset_slice(objectset,bigint,bigint)', 'objectset_slice(s, id, 3)' ],
	[ 'objectset_show(objectset,bigint)', 'objectset_show(s, 3)' ],
	(map { ["objectset_$_(objectset,bigint,bigint)", "objectset_$_(s, id, id + 10000)"] } qw(between count_between add_range remove_range flip_range)),
	[ 'objectset_shift(objectset,bigint)', 'objectset_shift(s, id)' ],
	(map { ["objectset_$_(objectset,objectset)", "objectset_$_(s, t)"] }
		  qw(union_count intersect_count minus_count symdiff_count jaccard cosine overlap_coefficient containment eq ne lt le gt ge cmp smaller larger)),
	[ 'objectset_sample(objectset,bigint,bigint)', 'objectset_sample(s, 3, id)' ],
	[ 'objectset_split(objectset,bigint,text)', q{objectset_split(s, 3, 'salt')} ],
	[ 'objectset_split_part(objectset,bigint,text,bigint)', q{objectset_split_part(s, 3, 'salt', 2)} ],
	[ 'objectset_split_group(bigint,bigint,text)', q{objectset_split_group(id, 3, 'salt')} ],
	[ 'objectset_members_of(objectset,objectset,objectset,objectset)', 'objectset_members_of(s, t, s, t)' ],
	[ 'objectset_members_count(objectset,objectset,objectset,objectset)', 'objectset_members_count(s, t, s, t)' ],
	[ 'members(record)', 'members(r)' ],
	[ 'objectset_cache_stats()', 'objectset_cache_stats()' ],
	[ 'unnest(objectset)', '(SELECT count(x) FROM (SELECT unnest(s) OFFSET 0) y(x))' ],
	[ 'unnest(objectset)', '(SELECT count(*) FROM unnest(s) x)' ],
	[ 'objectset_elements(objectset,bigint,bigint,boolean)', '(SELECT count(*) FROM objectset_elements(s, id, 100) x)' ],
	[ 'objectset_exclusive(objectset[])', '(SELECT count(*) FROM objectset_exclusive(ss) x)' ],
	[ 'objectset_funnel(objectset[])', '(SELECT count(*) FROM objectset_funnel(ss) x)' ],
	[ 'objectset_expression_names(text)', q{objectset_expression_names('a & b' || id)} ]);

# Aggregates: over groups of three rows each, and moving over rows.
my @aggregates = (
	[ 'objectset_agg(bigint)', 'objectset_agg(g + id)' ],
	[ 'objectset_count_agg(bigint)', 'objectset_count_agg(g + id)' ],
	(map { my $of = $_; map { [ "objectset_${of}_${_}agg(objectset)", "objectset_${of}_${_}agg(CASE WHEN n = 2 THEN t ELSE s END)" ] } '', 'count_' }
		  qw(union intersect symdiff)),
	(map { [ "objectset_at_least_${_}agg(objectset,bigint)", "objectset_at_least_${_}agg(CASE WHEN n = 2 THEN t ELSE s END, 2)" ] } '', 'count_'),
	[ 'min(objectset)', 'min(CASE WHEN n = 2 THEN t ELSE s END)' ],
	[ 'max(objectset)', 'max(CASE WHEN n = 2 THEN t ELSE s END)' ]);
# What they are made of.
my $behind_aggregates = join ' ',
  'objectset_agg_accum(objectset_state,bigint)', 'objectset_at_least_accum(objectset_state,objectset,bigint)', 'objectset_at_least_remove(objectset_state,objectset,bigint)',
  (map { ("objectset_counter_$_(objectset_state,bigint)", "objectset_counter_$_(objectset_state,objectset)") } qw(add remove)),
  (map { ("objectset_${_}_accum(objectset_state,objectset)", "objectset_counter_${_}_final(objectset_state)", "objectset_counter_${_}_count_final(objectset_state)") } qw(union intersect symdiff)),
  map { ("objectset_${_}_final(objectset_state)", "objectset_${_}_count_final(objectset_state)") } qw(set at_least);

# What the server calls: for COPY, for states of parallel workers, for indexes, as it plans and as it analyses. A statement
# has $n where it says how often, $few for a twentieth of that, $rare for a thousandth.
my @statements = (
	[ 'objectset_recv(internal) objectset_send(objectset)', "COPY (SELECT s FROM small, generate_series(1, \$n)) TO '$file' (FORMAT binary); COPY sink FROM '$file' (FORMAT binary); TRUNCATE sink" ],
	[ 'objectset_state_recv(internal)', "COPY (SELECT st FROM small, generate_series(1, \$n)) TO '$file' (FORMAT binary); COPY state_sink FROM '$file' (FORMAT binary); TRUNCATE state_sink" ],
	(map { [ "objectset_${_}_combine(objectset_state,objectset_state)", "SELECT count(x) FROM (SELECT combine_$_(st) x FROM (SELECT state_$_(s) st FROM sets) y, generate_series(1, \$n) g, generate_series(1, 3) GROUP BY g OFFSET 0) y" ] }
		  qw(union intersect symdiff at_least)),
	[ 'objectset_gin_extract_value(objectset,internal,internal)', 'INSERT INTO gin_sink SELECT s FROM small, generate_series(1, $n); TRUNCATE gin_sink' ],
	[ 'objectset_gin_extract_query(objectset,internal,smallint,internal,internal,internal,internal) objectset_gin_consistent(internal,smallint,objectset,integer,internal,internal,internal,internal) objectset_gin_tri_consistent(internal,smallint,objectset,integer,internal,internal,internal)',
		q{CALL call_often('SELECT count(*) FROM sets_gin WHERE s @> (%n % 30000)', $few); CALL call_often('SELECT count(*) FROM sets_gin WHERE s && ''{1,5,29000}''', $few)} ],
	[ 'objectset_gin_compare_partial(bigint,bigint,smallint,internal)', q{CALL call_often('SELECT count(*) FROM sets_gin WHERE s && objectset_range(20000, 20100 + %n)', $few)} ],
	[ 'objectset_gin_options(internal)', q{CALL call_often('CREATE INDEX made ON gin_sink USING gin (s objectset_ops (keys = 2000)); DROP INDEX made', $rare)} ],
	[ 'objectset_sortsupport(internal)', q{CALL call_often('SELECT count(*) FROM (SELECT s FROM sets ORDER BY s OFFSET 0) x', $few)} ],
	[ 'objectset_typanalyze(internal)', q{CALL call_often('ANALYZE sets', $rare)} ],
	(map { my ($operator, $name) = @$_; [ "objectset_${name}_sel(internal,oid,internal,integer) objectset_${name}_joinsel(internal,oid,internal,smallint,internal) objectset_test_support(internal)",
				"CALL plan('SELECT FROM sets WHERE s $operator ''{1,2,3}''', \$few); CALL plan('SELECT FROM sets a, sets b WHERE a.s $operator b.s', \$few)" ] }
		[ '&&', 'overlap' ], [ '@>', 'contains_set' ], [ '<@', 'contained_set' ]),
	[ 'objectset_contains_sel(internal,oid,internal,integer) objectset_contains_joinsel(internal,oid,internal,smallint,internal) objectset_contains_support(internal)',
		q{CALL plan('SELECT FROM number WHERE ''{1,2,3..200}''::objectset @> i', $few); CALL plan('SELECT FROM number, sets WHERE s @> number.i', $few)} ],
	[ 'objectset_contained_sel(internal,oid,internal,integer) objectset_contained_joinsel(internal,oid,internal,smallint,internal)',
		q{CALL plan('SELECT FROM number WHERE n <@ ''{1,2,3..200}''', $few); CALL plan('SELECT FROM number, sets WHERE m <@ s', $few)} ],
	[ 'objectset_elements_support(internal)', q{CALL plan('SELECT FROM sets, unnest(s), objectset_elements(s, 5)', $few)} ],
	[ 'objectset_cardinality_support(internal) objectset_is_empty_support(internal) objectset_inplace_support(internal)', q{CALL plan('SELECT cardinality(s & s), objectset_is_empty(s - s), s | s FROM sets', $few)} ],
	[ '_objectset_members_support(internal)', q{CALL plan('SELECT s.members FROM st s WHERE name = ''q''', $few); CALL plan('SELECT FROM number, st s WHERE i <@ s.members', $few)} ],
	[ 'the scans', q{CALL call_often('SELECT count(*) FROM number WHERE i <@ (SELECT s FROM sets WHERE sets.i = %n % 100)', $few); CALL call_often('SELECT count(*) FROM number WHERE i <@ ''{3,5..300}'' OR n = 5', $few)} ],
	[ '_objectset_set_changed()', q{CALL call_often('UPDATE plain SET base = base # objectset_range(1, 1 + %n)', $few)} ],
	[ '_objectset_noted()', q{CALL call_often('UPDATE st SET added = added # ''{70}'' WHERE name = ''m''', $few)} ],
	[ '_objectset_note_changes()', q{CALL call_often('UPDATE visit SET k = k WHERE id = 1', $few)} ],
	[ '_objectset_target_changed()', q{CALL call_often('INSERT INTO gone VALUES (7, 1); UPDATE gone SET id = 8; DELETE FROM gone', $few)} ]);

# The functions of saved sets.
my @saved = (
	[ 'members(record)', q{SELECT members(s) FROM (SELECT st AS s FROM st WHERE name = 'm' OFFSET 0) x} ],
	[ 'objectset_members(regclass,text)', q{SELECT objectset_members('st', 'q')} ],
	[ 'objectset_has(regclass,text,bigint)', q{SELECT objectset_has('st', 'q', 7)} ],
	[ 'objectset_target(regclass)', q{SELECT objectset_target('st')} ],
	[ 'objectset_list(regclass)', q{SELECT objectset_list('st')} ],
	[ 'objectset_tables()', q{SELECT objectset_tables()} ],
	(map { my $do = $_; map { [ "objectset_$do(regclass,text,$_->[0])", "SELECT objectset_$do('plain', 'm', $_->[1])" ] }
			  [ 'objectset', q{'{3,60}'::objectset} ], [ 'bigint[]', '3, 60' ], [ 'integer[]', 'ARRAY[3, 60]' ], [ 'smallint[]', 'ARRAY[3::smallint]' ], [ 'anyarray', q{'{3,60}'::int2[]::bigint[]} ], [ 'text', q{'{3,60}'} ] }
		  qw(add remove forget)),
	(map { [ "objectset_replace(regclass,text,$_->[0])", "SELECT objectset_replace('plain', 'm', $_->[1])" ] } [ 'objectset', q{'{3,60}'::objectset} ], [ 'anyarray', 'ARRAY[3, 60, 61]' ], [ 'text', q{'{1..20}'} ]),
	[ 'objectset_clear(regclass,text)', q{SELECT objectset_clear('plain', 'm'), objectset_add('plain', 'm', 5)} ],
	[ 'objectset_purge(regclass,text)', q{SELECT objectset_remove('st', 'q', 1), objectset_purge('st', 'q')} ],
	(map { [ "objectset_apply(regclass,text,text,$_->[0])", "SELECT objectset_apply('plain', 'm', '#', $_->[1])" ] }
		[ 'objectset', q{'{3,60}'::objectset} ], [ 'anyarray', 'ARRAY[3, 60, 61]' ], [ 'text', q{'{1..20}'} ], [ 'regclass,text', q{'st', 'o'} ]),
	[ 'objectset_copy(regclass,text,text) objectset_rename(regclass,text,text) objectset_drop(regclass,text)',
		q{SELECT objectset_copy('plain', 'm', 'copy'), objectset_rename('plain', 'copy', 'renamed'), objectset_drop('plain', 'renamed')} ],
	[ 'objectset_rekey(regclass,bigint,bigint)', q{SELECT objectset_rekey('plain', 3, 4), objectset_add('plain', 'm', 3)} ],
	[ 'objectset_rekey(regclass,text,text)', q{SELECT objectset_rekey('plain', '{3,5}', '{4,6}'), objectset_add('plain', 'm', 3, 5)} ],
	[ 'objectset_rekey(regclass,bigint[],bigint[])', q{SELECT objectset_rekey('plain', ARRAY[3::bigint], ARRAY[4::bigint]), objectset_add('plain', 'm', 3)} ],
	[ 'objectset_save(regclass,text,text)', q{SELECT objectset_save('plain', 'q', 'SELECT id FROM target WHERE g < 7')} ],
	[ 'objectset_save(regclass,text,text,"any")', q{SELECT objectset_save('plain', 'p', 'SELECT id FROM target WHERE g < $1', 7)} ],
	[ 'objectset_save(regclass,text,text,text[])', q{SELECT objectset_save('plain', 'p', 'SELECT id FROM target WHERE g < $1::int', VARIADIC ARRAY['7'])} ],
	[ 'objectset_save(regclass,text,objectset)', q{SELECT objectset_save('plain', 'n', '{1..9}'::objectset)} ],
	[ 'objectset_save(regclass,text,anyarray)', q{SELECT objectset_save('plain', 'n', ARRAY[1, 2])} ],
	[ 'objectset_refresh(regclass,text)', q{SELECT objectset_refresh('st', 'q')} ],
	[ 'objectset_refresh(regclass,text)', q{UPDATE visit SET k = 9 - k WHERE id = 5; SELECT objectset_refresh('tracked', 'q')} ],
	[ 'objectset_refresh(regclass)', q{SELECT objectset_refresh('st')} ],
	[ 'objectset_trust(regclass,text)', q{SELECT objectset_trust('st', 'q')} ],
	[ 'objectset_trust(regclass)', q{SELECT objectset_trust('st')} ],
	[ 'objectset_evaluate(regclass,text)', q{SELECT objectset_evaluate('st', 'q | m - o')} ],
	[ 'objectset_define(regclass,text,text)', q{SELECT objectset_define('st', 'x', 'q & m')} ],
	[ 'objectset_refresh_order(regclass)', q{SELECT objectset_refresh_order('st')} ],
	[ 'objectset_is_stale(regclass,text)', q{SELECT objectset_is_stale('st', 'x')} ],
	[ 'stale(record)', q{SELECT s.stale FROM st s} ],
	[ 'objectset_stale(regclass)', q{SELECT objectset_stale('st')} ],
	[ 'objectset_containing(regclass,bigint)', q{SELECT objectset_containing('st', 12)} ],
	[ 'objectset_overlaps(regclass)', q{SELECT objectset_overlaps('st')} ],
	[ 'objectset_overlaps(regclass,double precision,bigint)', q{SELECT objectset_overlaps('st', 0.01, 3)} ],
	[ 'objectset_similar(regclass,text,bigint)', q{SELECT objectset_similar('st', 'm', 2)} ],
	[ 'objectset_facets(regclass,text,name,bigint)', q{SELECT objectset_facets('st', 'm', 'g')} ],
	[ 'objectset_facets_by(regclass,text,name[],text[],bigint)', q{SELECT objectset_facets_by('st', 'm', '{g,born}', '{2,month}', 3)} ],
	[ 'objectset_prune(regclass)', q{SELECT objectset_add('plain', 'm', 500), objectset_prune('plain')} ],
	[ 'objectset_prune(regclass,text)', q{SELECT objectset_add('plain', 'm', 500), objectset_prune('plain', 'm')} ],
	[ 'objectset_erase(regclass,objectset)', q{SELECT objectset_erase('erased', '{3,4}'::objectset), objectset_add('erased_set', 'm', 3, 4)} ],
	[ 'objectset_erase(regclass,bigint[])', q{SELECT objectset_erase('erased', 3, 4), objectset_add('erased_set', 'm', 3, 4)} ],
	(map { [ "objectset_erase(regclass,$_)", "SELECT objectset_erase('erased', '{3,4}'::" . ($_ eq 'anyarray' ? 'int2[]::bigint[]' : $_) . "), objectset_add('erased_set', 'm', 3, 4)" ] } qw(integer[] smallint[] anyarray)),
	[ 'objectset_erase(regclass,text)', q{SELECT objectset_erase('erased', '{3,4}'), objectset_add('erased_set', 'm', 3, 4)} ],
	[ 'objectset_history(regclass,text)', q{SELECT objectset_history('timed', 'm')} ],
	[ 'objectset_members_at(regclass,text,timestamp with time zone)', q{SELECT objectset_members_at('timed', 'm', at) FROM begun} ],
	[ 'objectset_diff(regclass,text,timestamp with time zone,timestamp with time zone)', q{SELECT objectset_diff('timed', 'm', at, 'infinity') FROM begun} ],
	[ 'objectset_restore(regclass,text,timestamp with time zone)', q{SELECT objectset_restore('timed', 'm', at) FROM begun} ],
	[ 'objectset_trim_history(regclass,timestamp with time zone)', q{SELECT objectset_apply('st', 'o', '#', '{%n}'); SELECT objectset_trim_history('st', 'infinity')} ],
	[ 'objectset_freeze(regclass,text,text)', q{SELECT objectset_freeze('plain', 'm', 'frozen'), objectset_drop('plain', 'frozen')} ],
	[ 'objectset_exclusive(regclass,text[])', q{SELECT objectset_exclusive('st', '{q,m,o}')} ],
	[ 'objectset_funnel(regclass,text[])', q{SELECT objectset_funnel('st', '{q,m,o}')} ],
	[ 'objectset_refresh_plan(regclass,text)', q{SELECT objectset_refresh_plan('tracked', 'q')} ],
	[ 'objectset_verify(regclass,text)', q{SELECT objectset_verify('tracked', 'q')} ],
	[ 'objectset_status(regclass)', q{SELECT objectset_status('tracked')} ]);

# What makes, alters or drops tables.
my @making = (
	[ 'objectset_create_table(text,regclass,name,boolean,boolean,name[],text[],boolean)', q{SELECT objectset_create_table('made', 'target', history => true, index => true); DROP TABLE made, made_history CASCADE} ],
	[ 'objectset_index(regclass,bigint) objectset_create_history(regclass)', q{SELECT objectset_create_table('made', 'target'); SELECT objectset_index('made'), objectset_create_history('made'); DROP TABLE made, made_history CASCADE} ],
	[ 'objectset_keep_settings(regclass,text[])', q{SELECT objectset_keep_settings('plain', '{app.x}')} ],
	[ 'objectset_set_key(regclass,name)', q{SELECT objectset_set_key('plain', 'id')} ],
	[ 'objectset_set_target(regclass,regclass,name)', q{SELECT objectset_set_target('plain', 'target')} ],
	[ 'objectset_follow_deletes(regclass,boolean)', q{SELECT objectset_follow_deletes('plain'), objectset_follow_deletes('plain', false)} ],
	[ 'objectset_track(regclass) objectset_track(regclass,regclass,name) objectset_untrack(regclass) objectset_untrack(regclass,regclass)',
		q{SELECT objectset_track('plain'); SELECT objectset_track('plain', 'visit', 'target_id'); SELECT objectset_untrack('plain', 'visit'); SELECT objectset_untrack('plain')} ],
	[ 'objectset_import(regclass,regclass,name,name,name)', q{SELECT objectset_create_table('made', 'target'); SELECT objectset_import('made', 'membership', 'cohort', 'patient'); DROP TABLE made CASCADE} ]);

# ---- The list is whole ---------------------------------------------------------------------------------------------------

my %called = map { $_ => 1 }
  map { /(_?\w+\([^)]*\))/g } $behind_aggregates, 'objectset_refresh_all(regclass)', map { $_->[0] } @expressions, @aggregates, @statements, @saved, @making;
my @functions = split /\n/, $node->safe_psql('postgres', q{
	SELECT objid::regprocedure FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'objectset')
	  AND classid = 'pg_proc'::regclass AND deptype = 'e' ORDER BY 1});
cmp_ok(scalar @functions, '>', 250, 'there are functions');
is(join("\n", grep { !$called{$_} } @functions), '', 'every function is called here');
my %is_function = map { $_ => 1 } @functions;
is(join("\n", grep { !$is_function{$_} } sort keys %called), '', 'and nothing else');

# ---- Calling -------------------------------------------------------------------------------------------------------------

# Each change leaves a dead row behind, and the next call reads it, too: as a server does, they are taken away now and then.
my $vacuum = 'VACUUM st, st_history, plain, timed, tracked, gone_set, visit';
my $calls_between = 5000;

# The statement is made by a function of the number of calls.
sub is_flat
{
	my ($name, $statement, $more_allowed) = (@_, 0);
	my ($few, $all) = map { $statement->($_) } int($calls / 10), $calls;
	my $measure = '\! cat /proc/$BACKEND/status';
	my ($status, $out, $err) = $node->psql('postgres', qq{
		SET work_mem = '64kB'; SET maintenance_work_mem = '1MB'; SET max_parallel_workers_per_gather = 0; SET enable_hashagg = off;
		SET objectset.cache_size = '1MB'; SET enable_seqscan = off;
		$vacuum;
		SELECT pg_backend_pid() AS pid \\gset
		\\setenv BACKEND :pid
		\\o /dev/null
		$few;
		$measure
		$all;
		$measure}, timeout => $patience);
	my @peaks = map { { /^(VmHWM|RssFile|RssShmem):\s+(\d+)/mg } } $out =~ /^(Name:.*?)(?=^Name:|\z)/msg;
	my ($before, $after) = map { $_->{VmHWM} - $_->{RssFile} - $_->{RssShmem} } @peaks;
	my $more = defined $after ? $after - $before : 'an unknown number of';
	ok($status == 0 && defined $after && $more < $bound + $more_allowed, "$name: memory is flat") or diag("$more kB more; $err");
	note("$name: $more kB more");
	return;
}

# So many rows, and a part of so many.
sub part { my ($n, $of) = @_; return int($n / $of) || 1; }
sub repeated
{
	my ($statement, $of, $few) = @_;
	return sub {
		my @parts;
		for (my $left = part($_[0], $of); $left > 0; $left -= $calls_between)
		{
			push @parts, 'CALL call_often($q$' . $statement . '$q$, ' . min($left, $calls_between) . ", $few)", $vacuum;
		}
		return join '; ', @parts;
	};
}
my @kinds = ([ 'small', 1 ], [ 'large', 100 ]);

foreach my $case (@expressions)
{
	my ($name, $expression) = @$case;
	foreach my $kind (@kinds)
	{
		my ($table, $of) = @$kind;
		is_flat("$name of $table sets", sub { "SELECT count($expression) FROM $table, generate_series(1, " . part($_[0], $of) . ')' });
	}
}
foreach my $case (@aggregates)
{
	my ($name, $call) = @$case;
	foreach my $kind (@kinds)
	{
		my ($table, $of) = @$kind;
		is_flat("$name of $table sets, in groups",
			sub { "SELECT count(x) FROM (SELECT $call x FROM $table, generate_series(1, " . part($_[0], $of) . ') g, generate_series(1, 3) n GROUP BY g OFFSET 0) y' });
		is_flat("$name of $table sets, moving",
			sub { "SELECT count(x) FROM (SELECT $call OVER (ORDER BY g ROWS 2 PRECEDING) x FROM $table, generate_series(1, " . part($_[0], $of) . ') g, generate_series(1, 1) n OFFSET 0) y' });
	}
}
foreach my $case (@statements)
{
	my ($name, $statement) = @$case;
	is_flat($name, sub { my ($n) = @_; my ($few, $rare) = (part($n, 20), part($n, 1000)); $statement =~ s/\$n\b/$n/gr =~ s/\$few\b/$few/gr =~ s/\$rare\b/$rare/gr });
}
is_flat($_->[0], repeated($_->[1], 20, 20)) foreach @saved;
# A procedure that ends transactions is not called by another.
is_flat('objectset_refresh_all(regclass)', sub { join '; ', (q{CALL objectset_refresh_all('plain')}) x part($_[0], 20) });
# What a transaction makes the server keeps in mind until its end.
is_flat($_->[0], repeated($_->[1], 1000, 1), $bound_of_table * part($calls, 1000)) foreach @making;

# That expressions call these very functions is known by the server's own count, which leaves out those of types, and those
# in SQL that it puts the calls of others in place of.
my $uncounted = qr/^objectset_(in|out|send|subscript|state_in|state_out|state_send)\(/;
my %by_expression = map { $_->[0] => 1 } grep { $_->[0] !~ $uncounted } @expressions;
my $counted = sprintf(
	q{SELECT coalesce(string_agg(p.oid::regprocedure::text, ' '), 'all') FROM pg_proc p LEFT JOIN pg_stat_user_functions f ON f.funcid = p.oid
	  WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'c') AND p.oid::regprocedure::text IN (%s) AND coalesce(calls, 0) < %d},
	join(', ', map { "'$_'" } sort keys %by_expression), $calls);
ok($node->poll_query_until('postgres', $counted, 'all'), 'each was called so often') or diag($node->safe_psql('postgres', $counted));
note($node->safe_psql('postgres', 'SELECT sum(calls) FROM pg_stat_user_functions'), ' calls were counted');

unlike(slurp_file($node->logfile), qr/terminated by signal|TRAP:/, 'no backend died');
$node->stop;
done_testing();
