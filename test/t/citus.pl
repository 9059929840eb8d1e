# Citus: distributed, reference and Citus-local tables by sets, set tables of all kinds that it knows, and what it does to their
# targets. One coordinator and two workers, where the server offers Citus; else only that it can look at our plans.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $coordinator = PostgreSQL::Test::Cluster->new('coordinator');
$coordinator->init;
$coordinator->append_conf('postgresql.conf', "jit = off\n");
$coordinator->start;
sub value { return $coordinator->safe_psql('postgres', shift) }

# What a statement gives in a session of its own: its rows and warnings, or its error.
sub told
{
	my ($status, $out, $err) = $coordinator->psql('postgres', "SET client_min_messages = warning; $_[0]");
	$err =~ s/^psql:<stdin>:\d+: //mg;
	return $status != 0 ? $err : $err eq '' ? $out : "$out\n$err";
}

# ---- What Citus looks at in every plan: the first thing that a custom scan carries, which has to be a node ---------------------
value(q{
	CREATE EXTENSION objectset;
	CREATE TABLE row (id int PRIMARY KEY); INSERT INTO row SELECT generate_series(1, 1000); VACUUM ANALYZE row;
});
foreach my $case ([ ObjectSetScan => q{SELECT * FROM row WHERE id <@ '{1..300,700}'} ], [ ObjectSetUnnest => q{SELECT * FROM unnest('{1,2}'::objectset) AS id} ])
{
	my ($name, $statement) = @$case;
	my (undef, undef, $plan) = $coordinator->psql('postgres', "SET enable_seqscan = off; SET debug_pretty_print = off; SET client_min_messages = log; SET debug_print_plan = on; $statement");
	ok($plan =~ /:methods\s+$name/, "a plan with $name") or diag(substr $plan, 0, 2000);
	my @carried = $plan =~ /:custom_private\s+(\S+)/g;
	ok(scalar(@carried) > 0 && !grep({ $_ !~ /^\(\{/ } @carried), "$name carries a node first") or diag("@carried");
}

if (value(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'}) eq '0')
{
	note('this server offers no extension citus: the rest is left out');
	done_testing();
	exit;
}

# ---- A cluster -----------------------------------------------------------------------------------------------------------
my $settings = "shared_preload_libraries = 'citus'\nmax_prepared_transactions = 20\njit = off\ncitus.node_conninfo = 'sslmode=prefer'\n"
  . "citus.shard_count = 8\n";
value('DROP EXTENSION objectset; DROP TABLE row');
my @workers = map { PostgreSQL::Test::Cluster->new("worker_$_") } 1, 2;
$_->init foreach @workers;
$_->append_conf('postgresql.conf', $settings) foreach $coordinator, @workers;
$_->start foreach @workers;
$coordinator->restart;
$_->safe_psql('postgres', 'CREATE EXTENSION citus') foreach $coordinator, @workers;
value(sprintf q{SELECT citus_set_coordinator_host('%s', %d)}, $coordinator->host, $coordinator->port);
value(sprintf q{SELECT citus_add_node('%s', %d)}, $_->host, $_->port) foreach @workers;

# Two tables of each: here as they are, and distributed.
my $tables = q{
	CREATE TABLE patient_%1$s (id bigint PRIMARY KEY, born int, site int);
	INSERT INTO patient_%1$s SELECT i, 1900 + i %% 100, i %% 7 FROM generate_series(1, 2000) i;
	CREATE TABLE visit_%1$s (id bigint, patient_id bigint, cost int, PRIMARY KEY (patient_id, id));
	INSERT INTO visit_%1$s SELECT i, 1 + i * 7 %% 2000, i %% 77 FROM generate_series(1, 20000) i;
	CREATE TABLE site_%1$s (id int PRIMARY KEY, label text); INSERT INTO site_%1$s SELECT i, 'site ' || i FROM generate_series(0, 6) i;
};
value('CREATE EXTENSION objectset;' . sprintf($tables, 'here') . sprintf($tables, 'far'));
is($_->safe_psql('postgres', q{SELECT count(*) FROM pg_extension WHERE extname = 'objectset'}), 1, 'the extension is made on ' . $_->name) foreach @workers;
value(q{
	SELECT create_distributed_table('patient_far', 'id');
	SELECT create_distributed_table('visit_far', 'patient_id', colocate_with => 'patient_far');
	SELECT create_reference_table('site_far');
	SELECT objectset_create_table('set_here', 'patient_here');
	SELECT objectset_create_table('set_plain', 'patient_far');
	SELECT objectset_create_table('set_local', 'patient_far', index => true); SELECT citus_add_local_table_to_metadata('set_local');
	SELECT objectset_create_table('set_reference', 'patient_far', triggers => false); SELECT create_reference_table('set_reference');
});
my @set_tables = qw(set_plain set_local set_reference);

# ---- Set tables: whatever is done with one comes to what it comes to in a plain one ------------------------------------------
# %1$s: the set table, %2$s: its target
my @steps = (
	q{SELECT objectset_save('%1$s', 'old', 'SELECT id FROM %2$s WHERE born < 1950')},
	q{SELECT objectset_save('%1$s', 'born', 'SELECT id FROM %2$s WHERE born < $1', 1920)},
	q{SELECT objectset_save('%1$s', 'some', '{1..20,4000}'::objectset)},
	q{SELECT objectset_add('%1$s', 'some', 98, 99), objectset_remove('%1$s', 'some', 3)},
	q{SELECT objectset_add('%1$s', 'old', 99, 1500), objectset_remove('%1$s', 'old', 1, 2)},
	q{SELECT objectset_refresh('%1$s', 'old')},
	q{SELECT objectset_replace('%1$s', 'some', '{5..9,77}')},
	q{SELECT objectset_apply('%1$s', 'some', '|', '%1$s', 'born'), objectset_apply('%1$s', 'some', '-', '{7}'::objectset)},
	q{SELECT objectset_define('%1$s', 'both', 'some & old')},
	q{SELECT objectset_evaluate('%1$s', '(some | old) - both')},
	q{SELECT objectset_copy('%1$s', 'old', 'copy'), objectset_rename('%1$s', 'copy', 'copied'), objectset_freeze('%1$s', 'old', 'frozen')},
	q{SELECT objectset_refresh('%1$s', 'copied')},
	q{SELECT * FROM objectset_refresh('%1$s') ORDER BY 1},
	q{CALL objectset_refresh_all('%1$s')},
	q{DELETE FROM %2$s WHERE id IN (4, 5, 6); SELECT objectset_prune('%1$s')},
	q{SELECT objectset_rekey('%1$s', 12, 1999)},
	q{SELECT objectset_clear('%1$s', 'frozen'), objectset_purge('%1$s', 'old')},
	q{SELECT objectset_drop('%1$s', 'frozen')},
	q{SELECT * FROM objectset_facets('%1$s', 'old', 'site', 3)},
	q{SELECT * FROM objectset_overlaps('%1$s') ORDER BY 1, 2},
	q{SELECT * FROM objectset_containing('%1$s', 99) ORDER BY 1},
	q{SELECT objectset_has('%1$s', 'old', 99), objectset_members('%1$s', 'both')},
	q{SELECT objectset_verify('%1$s', 'old'), objectset_is_stale('%1$s', 'both'), objectset_refresh_plan('%1$s', 'old')},
	q{INSERT INTO %1$s (name, base) VALUES ('written', '{1,2}'); UPDATE %1$s SET added = added | 9 WHERE name = 'written' RETURNING count},
	q{BEGIN; INSERT INTO %2$s VALUES (5000, 1901, 1); SELECT objectset_refresh('%1$s', 'old'); ROLLBACK; SELECT objectset_refresh('%1$s', 'old')},
	q{BEGIN; SELECT objectset_add('%1$s', 'some', 1234); SELECT count(*) FROM %2$s p JOIN %1$s s ON p.id <@ s.members WHERE s.name = 'some'; COMMIT},
	q{SELECT objectset_import('%1$s', 'group_of_%1$s', 'name', 'id')},
	q{SELECT name, count, query IS NULL AS is_plain, expression, stale, last_error FROM objectset_list('%1$s') ORDER BY name});
value("CREATE TABLE group_of_$_ (name text, id bigint); INSERT INTO group_of_$_ SELECT 'group ' || i % 3, i FROM generate_series(1, 100) i")
  foreach 'set_here', @set_tables;
foreach my $step (@steps)
{
	my $truth = told(sprintf $step, 'set_here', 'patient_here');
	unlike($truth, qr/ERROR|WARNING/, "set_here: $step");
	foreach my $table (@set_tables)
	{
		is(told(sprintf $step, $table, 'patient_far'), $truth, "$table: the same");
	}
}

# ---- Rows by sets: the same as of tables that are here -----------------------------------------------------------------------
# %1$s: here or far; %2$s: a set table
my %questions = (
	'a function, in a subquery' => q{SELECT count(*), sum(born) FROM patient_%1$s WHERE id <@ (SELECT objectset_members('%2$s', 'old'))},
	'a column' => q{SELECT count(*), sum(born) FROM patient_%1$s WHERE id <@ (SELECT s.members FROM %2$s s WHERE name = 'old')},
	'not in it' => q{SELECT count(*), sum(born) FROM patient_%1$s WHERE NOT id <@ (SELECT objectset_members('%2$s', 'old'))},
	'a join' => q{SELECT s.name, count(*), sum(born) FROM patient_%1$s p JOIN %2$s s ON p.id <@ s.members GROUP BY 1 ORDER BY 1},
	'a left join' => q{SELECT s.name, count(p.id) FROM %2$s s LEFT JOIN patient_%1$s p ON p.id <@ s.members AND p.site = 2 GROUP BY 1 ORDER BY 1},
	'algebra' => q{SELECT count(*) FROM patient_%1$s WHERE id <@ ((SELECT objectset_members('%2$s', 'old')) - (SELECT objectset_members('%2$s', 'some')))},
	'or' => q{SELECT count(*), sum(id) FROM visit_%1$s WHERE patient_id <@ (SELECT objectset_members('%2$s', 'some')) OR cost = 3},
	'a join of tables' => q{SELECT count(*), sum(cost) FROM visit_%1$s v JOIN patient_%1$s p ON p.id = v.patient_id JOIN site_%1$s t ON t.id = p.site WHERE p.id <@ (SELECT objectset_members('%2$s', 'some')) AND label = 'site 3'},
	'any of sets' => q{SELECT count(*) FROM patient_%1$s p WHERE p.id <@ ANY (SELECT s.members FROM %2$s s)},
	'exists' => q{SELECT count(*) FROM patient_%1$s p WHERE EXISTS (SELECT FROM visit_%1$s v WHERE v.patient_id = p.id AND v.cost = 5) AND id <@ (SELECT objectset_members('%2$s', 'old'))},
	'a page' => q{SELECT id, born FROM patient_%1$s WHERE id <@ (SELECT objectset_members('%2$s', 'old')) AND id < 900 ORDER BY id DESC LIMIT 7},
	'rows of a set' => q{SELECT count(*), sum(p.born) FROM unnest((SELECT objectset_members('%2$s', 'some'))) AS o(id) JOIN patient_%1$s p USING (id)},
	'a constant' => q{SELECT count(*), max(born) FROM patient_%1$s WHERE id <@ '{1..300,1500}' AND site <> 2},
	'an id of the set' => q{SELECT born FROM patient_%1$s WHERE id = 77 AND '{1..100}'::objectset @> id},
	'a row' => q{SELECT born FROM patient_%1$s WHERE id = 108 AND id <@ (SELECT s.members FROM %2$s s WHERE name = 'old')},
	'a row, joined' => q{SELECT born, s.name FROM patient_%1$s p JOIN %2$s s ON p.id <@ s.members WHERE p.id = 108 ORDER BY 2},
	'a value of a row' => q{SELECT id, id <@ (SELECT s.members FROM %2$s s WHERE name = 'old') FROM patient_%1$s WHERE id %% 500 = 8 ORDER BY 1},
	'a row is changed' => q{BEGIN; UPDATE patient_%1$s SET born = -1 WHERE id = 108 AND id <@ (SELECT s.members FROM %2$s s WHERE name = 'old') RETURNING id; ROLLBACK},
	'groups' => q{SELECT site, objectset_agg(id) FROM patient_%1$s WHERE id <@ (SELECT objectset_members('%2$s', 'old')) GROUP BY 1 ORDER BY 1},
	'aggregates' => q{SELECT objectset_agg(id), objectset_count_agg(patient_id) FROM visit_%1$s WHERE cost = 4},
	'aggregates of sets' => q{SELECT objectset_union_count_agg(x), objectset_intersect_agg(x), objectset_symdiff_count_agg(x), objectset_at_least_agg(x, 2) FROM (SELECT site, objectset_agg(id) | '{1,2}' AS x FROM patient_%1$s GROUP BY 1) y},
	'prepared' => q{PREPARE asked(text) AS SELECT count(*) FROM patient_%1$s WHERE id <@ (SELECT objectset_members('%2$s', $1)); EXECUTE asked('old'); EXECUTE asked('old'); EXECUTE asked('old'); EXECUTE asked('old'); EXECUTE asked('old'); EXECUTE asked('old'); EXECUTE asked('some')},
	'a parameter' => q{PREPARE asked(objectset) AS SELECT count(*) FROM patient_%1$s WHERE id <@ $1; EXECUTE asked('{1..9}'); EXECUTE asked('{1..9}'); EXECUTE asked('{1..9}'); EXECUTE asked('{1..9}'); EXECUTE asked('{1..9}'); EXECUTE asked('{1..9}'); EXECUTE asked('{2}')},
	'an update' => q{BEGIN; UPDATE patient_%1$s SET site = 9 WHERE id <@ (SELECT objectset_members('%2$s', 'some')); SELECT count(*), sum(id) FROM patient_%1$s WHERE site = 9; ROLLBACK},
	'a deletion' => q{BEGIN; DELETE FROM visit_%1$s WHERE patient_id <@ (SELECT objectset_members('%2$s', 'some')); SELECT count(*), sum(id) FROM visit_%1$s; ROLLBACK});
foreach my $name (sort keys %questions)
{
	my $truth = told(sprintf $questions{$name}, 'here', 'set_here');
	unlike($truth, qr/ERROR|^$/, "$name: an answer");
	is(told(sprintf $questions{$name}, 'far', $_), $truth, "$name by $_") foreach @set_tables;
}
like(value(q{EXPLAIN SELECT * FROM patient_far WHERE id <@ (SELECT objectset_members('set_plain', 'old')) AND id < 500}), qr/Task Count: 8.*ObjectSetScan/s, 'the scan runs where the rows are');
is($_->safe_psql('postgres', q{SELECT count(*) FROM patient_far WHERE id <@ (SELECT objectset_members('set_reference', 'some'))}),
	value(q{SELECT count(*) FROM patient_here WHERE id <@ objectset_members('set_here', 'some')}), 'a worker knows the sets of a reference table: ' . $_->name) foreach @workers;

# ---- The first statement of a session, which loads the library --------------------------------------------------------------
my %first = (
	'EXISTS over sets' => q{SELECT count(*) FROM patient_%s p WHERE EXISTS (SELECT FROM %s s WHERE s.name = 'old' AND p.id <@ members(s))},
	'NOT EXISTS' => q{SELECT count(*) FROM patient_%s p WHERE NOT EXISTS (SELECT FROM %s s WHERE s.name = 'old' AND p.id <@ members(s))},
	'a function' => q{SELECT count(*) FROM patient_%s WHERE id <@ objectset_members('%s', 'old')});
foreach my $name (sort keys %first)
{
	my $truth = told(sprintf $first{$name}, 'here', 'set_here');
	like(told(sprintf $first{$name}, 'far', 'set_plain'), qr/ERROR: .*(direct joins between distributed and local tables|relation "public.set_plain" does not exist)/, "$name: refused by Citus in the first statement");
	is(told('SELECT 1 FROM (SELECT \'{1}\'::objectset) s WHERE false;' . sprintf $first{$name}, 'far', $_), $truth, "$name: not in the second, by $_") foreach @set_tables;
}
value(q{ALTER DATABASE postgres SET session_preload_libraries = 'objectset'});
foreach my $name (sort keys %first)
{
	my $truth = told(sprintf $first{$name}, 'here', 'set_here');
	is(told(sprintf $first{$name}, 'far', $_), $truth, "$name: nor with session_preload_libraries, by $_") foreach @set_tables;
}

# ---- Who saved a query ------------------------------------------------------------------------------------------------------
value(q{CREATE ROLE clerk LOGIN; GRANT SELECT ON patient_far TO clerk; GRANT SELECT, INSERT, UPDATE ON set_plain, set_local, set_reference TO clerk});
foreach my $table (@set_tables)
{
	is(value("SET ROLE clerk; SELECT objectset_save('$table', 'of the clerk', 'SELECT id FROM patient_far WHERE born = 1977')"), 20, "$table: saved by another role");
	is(value("SELECT objectset_refresh('$table', 'of the clerk')"), '(0,0)', "$table: and refreshed for it");
	value("UPDATE $table SET query = 'SELECT id FROM patient_far' WHERE name = 'of the clerk'");
	my $refreshed = told("SELECT objectset_refresh('$table', 'of the clerk')");
	if ($table eq 'set_plain') { is($refreshed, '(1977,0)', "$table: a query that is written is known"); }
	else
	{
		# The trigger is on another table, or there is none.
		like($refreshed, qr/cannot verify who saved the query/, "$table: a query that is written is not run");
		is(value("SELECT objectset_trust('$table', 'of the clerk'), objectset_refresh('$table', 'of the clerk')"), '1|(1977,0)', "$table: until somebody confirms it");
	}
}
is($workers[0]->safe_psql('postgres', q{SELECT objectset_save('set_reference', 'elsewhere', 'SELECT id FROM patient_far WHERE born = 1977')}), 20, 'a query saved on a worker');
is($workers[0]->safe_psql('postgres', q{SELECT objectset_refresh('set_reference', 'elsewhere')}), '(0,0)', 'is refreshed there');
like(told(q{SELECT objectset_refresh('set_reference', 'elsewhere')}), qr/cannot verify who saved the query/, 'and not here');
my $apart = 'SET citus.enable_local_execution = off;';
like(told("$apart SELECT objectset_save('set_local', 'apart', 'SELECT id FROM patient_far WHERE born = 1977')"), qr/^20\nWARNING: +the query of object set "apart" could not be sealed/, 'rows that another process writes: a warning');
like(told("$apart SELECT objectset_trust('set_local', 'apart')"), qr/ERROR: +the query of object set "apart" could not be sealed/, 'and an error');
is(value(q{SELECT objectset_trust('set_local', 'apart'), objectset_refresh('set_local', 'apart')}), '1|(0,0)', 'but here it can be');
value(q{SELECT objectset_create_table('set_moved', 'patient_far'); SELECT objectset_save('set_moved', 'q', 'SELECT id FROM patient_far WHERE born = 1977')});
value(q{SELECT citus_add_local_table_to_metadata('set_moved')});
like(told(q{SELECT objectset_refresh('set_moved', 'q')}), qr/cannot verify who saved the query/, 'a table that has become another one');
is(value(q{SELECT objectset_trust('set_moved', 'q'), objectset_refresh('set_moved', 'q')}), '1|(0,0)', 'is confirmed');

# ---- What is refused, and with which words -----------------------------------------------------------------------------------
my %refused = (
	q{SELECT objectset_follow_deletes('set_plain')} => 'triggers are not supported on distributed tables',
	q{SELECT objectset_track('set_plain')} => 'triggers are not supported on distributed tables',
	q{SELECT objectset_create_history('set_local')} => q{"trigger _objectset_history on table set_local" has dependency to "table set_local_history"},
	q{SELECT objectset_create_table('set_more', 'patient_far'); SELECT create_reference_table('set_more')} => 'cannot distribute relation "set_more" because it has triggers',
	q{SELECT objectset_create_table('set_noted', 'patient_far', history => true); SELECT citus_add_local_table_to_metadata('set_noted')} => 'relation "public.set_noted_history" does not exist',
	q{SELECT count(*) FROM patient_far WHERE id = 60 AND id <@ (SELECT objectset_members('set_plain', 'old'))} => 'relation "public.set_plain" does not exist',
	q{SELECT objectset_has('set_reference', 'old', id) FROM patient_far} => 'cannot execute a distributed query from a query on a shard',
	q{SELECT id, objectset_rank(objectset_members('set_plain', 'old'), id) FROM patient_far WHERE id = 60} => 'relation "public.set_plain" does not exist');
foreach my $statement (sort keys %refused)
{
	like(told($statement), qr/ERROR: +\Q$refused{$statement}\E/, "refused: $statement");
}
is(value(q{SELECT objectset_save('set_noted', 'x', '{}'), objectset_add('set_noted', 'x', 1)}), '0|1', 'such a table goes on as it was');
is(value(q{SELECT entered FROM objectset_history('set_noted', 'x')}), 1, 'with its history');

# ---- A schema of a tenant ----------------------------------------------------------------------------------------------------
value(q{
	SET citus.enable_schema_based_sharding = on; CREATE SCHEMA tenant;
	CREATE TABLE tenant.patient (id bigint PRIMARY KEY, born int); INSERT INTO tenant.patient SELECT id, born FROM patient_here;
	SELECT objectset_create_table('tenant.patient_set', 'tenant.patient', history => true)});
is(value(q{SELECT objectset_save('tenant.patient_set', 'old', 'SELECT id FROM tenant.patient WHERE born < 1950'), objectset_add('tenant.patient_set', 'old', 8000), objectset_refresh('tenant.patient_set', 'old')}),
	value(q{SELECT count(*) || '|1|(0,0)' FROM patient_here WHERE born < 1950}), 'a set of rows in the schema of a tenant');
is(value(q{SELECT count(*) FROM tenant.patient WHERE id <@ (SELECT s.members FROM tenant.patient_set s WHERE s.name = 'old')}),
	value(q{SELECT count(*) FROM patient_here WHERE born < 1950}), 'and the rows');

# ---- What makes the target anew ----------------------------------------------------------------------------------------------
my $members = value(q{SELECT objectset_members('set_plain', 'old')});
foreach my $migration (q{alter_distributed_table('patient_far', shard_count := 4, cascade_to_colocated := false)}, q{undistribute_table('patient_far')})
{
	value("SELECT $migration");
	foreach my $table (qw(set_plain set_reference))
	{
		like(told($_ =~ s/%s/$table/r), qr/ERROR: +set table "$table" cannot be used: it does not say any more what it was made for\nHINT: +objectset_set_target says/, "$migration: $_ says so")
		  foreach q{SELECT objectset_add('%s', 'old', 8)}, q{SELECT objectset_refresh('%s')}, q{SELECT objectset_members('%s', 'old')}, q{SELECT * FROM objectset_list('%s')};
	}
	is(value(q{SELECT objectset_set_target('set_plain', 'patient_far'); SELECT objectset_members('set_plain', 'old')}), "\n$members", "$migration: the target is said, and all is there");
	is(value(q{SELECT objectset_refresh('set_plain', 'old')}), '(0,0)', "$migration: and known");
}
like(told(q{SELECT objectset_set_target('set_reference', 'patient_far')}), qr/relation "public.patient_far" does not exist/, 'workers do not know the new target');
value(q{SELECT citus_add_local_table_to_metadata('patient_far')});
is(value(q{SELECT objectset_set_target('set_reference', 'patient_far'); SELECT objectset_add('set_reference', 'some', 8000)}), "\n1", 'until it is one of Citus again');

# ---- Rows that are stored by columns -------------------------------------------------------------------------------------------
SKIP: {
	skip 'this server offers no extension citus_columnar', 1 if value(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'citus_columnar'}) eq '0';
	value(q{
		CREATE EXTENSION IF NOT EXISTS citus_columnar;
		CREATE TABLE by_row (id bigint, k int); INSERT INTO by_row SELECT i, i % 1000 FROM generate_series(1, 100000) i;
		CREATE TABLE by_column (id bigint, k int) USING columnar; INSERT INTO by_column TABLE by_row;
		CREATE INDEX ON by_row (id); CREATE INDEX ON by_row (k); CREATE INDEX ON by_column (id); CREATE INDEX ON by_column (k);
		CREATE TABLE idset (name text PRIMARY KEY, s objectset);
		INSERT INTO idset SELECT n, objectset_agg(i * 37 * n) FROM generate_series(1, 3) n, generate_series(1, 1000) i GROUP BY n;
		INSERT INTO idset VALUES ('dense', objectset_range(500, 40000)), ('small', '{3,7,99999}');
		VACUUM ANALYZE by_row, by_column, idset});
	foreach my $name (qw(1 3 dense small))
	{
		my $set = "(SELECT s FROM idset WHERE name = '$name')";
		foreach my $condition ("id <@ $set", "NOT id <@ $set", "k <@ $set", "id <@ $set AND k < 300", "id <@ $set OR k = 3")
		{
			my ($wanted, $usual, $indexed) = map { value("$_->[0] SELECT count(*), sum(id), sum(k) FROM $_->[1] WHERE $condition") }
			  [ '', 'by_row' ], [ '', 'by_column' ], [ 'SET enable_seqscan = off; SET columnar.enable_custom_scan = off;', 'by_column' ];
			is("$usual $indexed", "$wanted $wanted", "by columns: $condition");
		}
	}
	is(value('SELECT id, k FROM by_column JOIN idset ON id <@ s WHERE k % 7 = 3 ORDER BY id DESC LIMIT 9'), value('SELECT id, k FROM by_row JOIN idset ON id <@ s WHERE k % 7 = 3 ORDER BY id DESC LIMIT 9'), 'by columns: joined');
}

unlike(slurp_file($_->logfile), qr/terminated by signal|TRAP:/, 'no backend died: ' . $_->name) foreach $coordinator, @workers;
done_testing();
