# Rows that MERGE moves to other partitions, which no transition table shows: refreshes look at everything then, and sets that
# follow keys refuse what they could not follow. So it is in a statement before which the library was not loaded, and in one
# that updates the table more than once, of which triggers are told what the last one wrote.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('moved_rows');
$node->init;
if ($node->pg_version < 15)
{
	plan skip_all => 'MERGE came with PostgreSQL 15';
}
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION objectset;
	CREATE TABLE patient (id int PRIMARY KEY);
	INSERT INTO patient SELECT generate_series(1, 500);
	CREATE TABLE visit (pid int, k int, place int) PARTITION BY RANGE (place);
	CREATE TABLE near PARTITION OF visit FOR VALUES FROM (0) TO (10) PARTITION BY LIST (k);
	CREATE TABLE near_0 PARTITION OF near FOR VALUES IN (0);
	CREATE TABLE near_1 (place int, gone int, k int, pid int);
	ALTER TABLE near_1 DROP gone;
	ALTER TABLE near ATTACH PARTITION near_1 FOR VALUES IN (1);
	CREATE TABLE far PARTITION OF visit FOR VALUES FROM (10) TO (100);
	CREATE TABLE other (pid int, place int) PARTITION BY LIST (place);
	CREATE TABLE other_1 PARTITION OF other DEFAULT;
	INSERT INTO other VALUES (1, 1);
	INSERT INTO visit SELECT i, i % 2, i % 20 FROM generate_series(1, 400) i;
	DO $$ BEGIN
	  PERFORM objectset_create_table('s', 'patient');
	  PERFORM objectset_track('s', 'visit', 'pid');
	  PERFORM objectset_save('s', 'far', 'SELECT id FROM patient WHERE EXISTS (SELECT FROM visit WHERE pid = id AND place >= 10)');
	  PERFORM objectset_save('s', 'odd', 'SELECT id FROM patient WHERE EXISTS (SELECT FROM visit WHERE pid = id AND k = 1)');
	END $$;
	CREATE FUNCTION ways() RETURNS text LANGUAGE sql AS $$SELECT string_agg(name || ' ' || (objectset_refresh_plan('s', name)).way, ', ' ORDER BY name) FROM s$$;
	CREATE FUNCTION verified() RETURNS text LANGUAGE sql AS $$SELECT string_agg(v.missing || ' ' || v.surplus, ', ' ORDER BY name) FROM s, objectset_verify('s', name) v$$;
	DO $$ BEGIN PERFORM objectset_refresh('s'); END $$;
});

# Each in a session of its own, whose first statement it is, and once more in one that has called the library.
my $right = '0 0, 0 0';
my $number = 0;
foreach my $case (
	[ 'rows moved to another partition', 'MERGE INTO visit v USING (VALUES (1), (2)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET place = (v.place + 10) % 20', 'full' ],
	[ 'by what a partition is divided by', 'MERGE INTO visit v USING (VALUES (3), (4)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET k = 1 - v.k', 'full' ],
	[ 'with ids that change', 'MERGE INTO visit v USING (VALUES (5)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET place = (v.place + 10) % 20, pid = 900 - pid', 'full' ],
	[ 'beside rows that are deleted', 'MERGE INTO visit v USING (VALUES (7), (8)) x (id) ON v.pid = x.id WHEN MATCHED AND x.id = 8 THEN DELETE WHEN MATCHED THEN UPDATE SET place = (v.place + 10) % 20, pid = pid + 300', 'full' ],
	[ 'beside rows that are inserted', 'MERGE INTO visit v USING (VALUES (9), (450)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET place = (v.place + 10) % 20 WHEN NOT MATCHED THEN INSERT VALUES (x.id, 1, 30)', 'full' ],
	[ 'into the partition that is divided', 'MERGE INTO near v USING (VALUES (21), (22)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET k = 1 - v.k', 'full' ],
	[ 'other columns', 'MERGE INTO visit v USING (VALUES (11)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET pid = pid + 300', 'incremental' ],
	[ 'into one partition', 'MERGE INTO far v USING (VALUES (31)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET pid = pid + 300, place = 50', 'incremental' ],
	[ 'an UPDATE of the client', 'UPDATE visit SET place = (place + 10) % 20, pid = 450 WHERE pid = 12', 'incremental' ],
	[ 'within EXPLAIN', 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) UPDATE visit SET place = (place + 10) % 20 WHERE pid = 13', 'incremental' ],
	[ 'a MERGE within EXPLAIN', 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) MERGE INTO visit v USING (VALUES (17)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET place = (v.place + 10) % 20', 'full' ],
	[ 'an UPDATE in a function', 'DO $$ BEGIN UPDATE visit SET place = (place + 10) % 20 WHERE pid = 14; END $$', 'incremental' ],
	[ 'a MERGE in a function', 'DO $$ BEGIN MERGE INTO visit v USING (VALUES (15)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET place = (v.place + 10) % 20; END $$', 'full' ],
	[ 'beside an UPDATE of other columns', 'WITH u AS (UPDATE visit SET pid = pid WHERE pid = 23) MERGE INTO visit v USING (VALUES (24)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET place = (v.place + 10) % 20', 'full' ],
	[ 'other columns beside an UPDATE that moves', 'WITH u AS (UPDATE visit SET place = (place + 10) % 20 WHERE pid = 25) MERGE INTO visit v USING (VALUES (26)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET pid = pid + 300', 'incremental' ],
	[ 'into another table', 'WITH u AS (UPDATE visit SET place = (place + 10) % 20 WHERE pid = 28) MERGE INTO other v USING (VALUES (1)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET place = 1', 'incremental' ],
	[ 'a DELETE', 'DELETE FROM visit WHERE pid = 16', 'incremental' ])
{
	my ($name, $statement, $way) = @$case;
	foreach my $is_loaded (0, 1)
	{
		my $loading = $is_loaded ? "SELECT cardinality('{1}'::objectset) \\g /dev/null\n" : '';
		$node->safe_psql('postgres', "$loading$statement");
		my $said = "$name" . ($is_loaded ? ', loaded' : '');
		is($node->safe_psql('postgres', 'SELECT ways()'), "far $way, odd $way", $said) ;
		is($node->safe_psql('postgres', 'SELECT verified()'), $right, "$said: right");
		$node->safe_psql('postgres', q{SELECT count(*) FROM objectset_refresh('s')});
		is($node->safe_psql('postgres', 'SELECT ways(), verified()'), "far incremental, odd incremental|$right", "$said: refreshed");
	}
}

# Without the trigger that has the library loaded in time.
my $early_of = q{SELECT tgname FROM pg_trigger WHERE tgrelid = '%s'::regclass AND tgtype & 19 = 18};
my $early = $node->safe_psql('postgres', sprintf($early_of, 'visit'));
$node->safe_psql('postgres', "ALTER TABLE visit DISABLE TRIGGER $early");
foreach my $case ([ '', 'full' ], [ "SELECT cardinality('{1}'::objectset); ", 'incremental' ])
{
	my ($loading, $way) = @$case;
	$node->safe_psql('postgres', q{SELECT count(*) FROM objectset_refresh('s')});
	$node->safe_psql('postgres', "${loading}DO \$\$ BEGIN UPDATE visit SET place = (place + 10) % 20 WHERE pid = 29; END \$\$");
	is($node->safe_psql('postgres', 'SELECT ways(), verified()'), "far $way, odd $way|$right", "not seen in time: $way");
}
$node->safe_psql('postgres', "ALTER TABLE visit ENABLE TRIGGER $early");

# What a foreign key makes of other rows of the same table.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE staff (id int, place int, boss int, boss_place int, PRIMARY KEY (id, place), FOREIGN KEY (boss, boss_place) REFERENCES staff ON UPDATE CASCADE) PARTITION BY LIST (place);
	CREATE TABLE staff_1 PARTITION OF staff FOR VALUES IN (1);
	CREATE TABLE staff_2 PARTITION OF staff FOR VALUES IN (2);
	INSERT INTO staff SELECT i, 1 + i % 2 FROM generate_series(1, 400) i;
	UPDATE staff SET boss = 7, boss_place = 2 WHERE id IN (8, 9);
	DO $$ BEGIN
	  PERFORM objectset_create_table('staff_set', 'staff', 'id');
	  PERFORM objectset_track('staff_set');
	  PERFORM objectset_save('staff_set', 'there', 'SELECT id FROM staff WHERE place = 2');
	  PERFORM objectset_refresh('staff_set');
	END $$;
	MERGE INTO staff s USING (VALUES (7)) x (id) ON s.id = x.id WHEN MATCHED THEN UPDATE SET place = 1;
});
is($node->safe_psql('postgres', q{SELECT p.way, v.missing, v.surplus FROM objectset_refresh_plan('staff_set', 'there') p, objectset_verify('staff_set', 'there') v}), 'full|0|0', 'moved, and referred to by rows of the same table');

# A trigger may move rows that the statement does not.
$node->safe_psql(
	'postgres', q{
	CREATE FUNCTION moves() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN new.place := (old.place + 10) % 20; RETURN new; END$$;
	CREATE TRIGGER moves BEFORE UPDATE ON far FOR EACH ROW EXECUTE FUNCTION moves();
	SELECT count(*) FROM objectset_refresh('s');
	MERGE INTO visit v USING (SELECT 200 + generate_series(1, 20)) x (id) ON v.pid = x.id WHEN MATCHED THEN UPDATE SET k = k WHEN NOT MATCHED THEN DO NOTHING;
});
is($node->safe_psql('postgres', 'SELECT verified()'), $right, 'moved by a trigger');
$node->safe_psql('postgres', 'DROP FUNCTION moves CASCADE');

# Sets that follow.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE person (id int PRIMARY KEY, k int, parent int REFERENCES person ON UPDATE CASCADE) PARTITION BY RANGE (id);
	CREATE TABLE person_1 PARTITION OF person FOR VALUES FROM (0) TO (10);
	CREATE TABLE person_2 PARTITION OF person FOR VALUES FROM (10) TO (100);
	INSERT INTO person SELECT generate_series(1, 9), 0;
	DO $$ BEGIN
	  PERFORM objectset_create_table('ps', 'person');
	  PERFORM objectset_follow_deletes('ps'), objectset_save('ps', 'some', '{1..9}');
	END $$;
});
my $members = q{SELECT s.members FROM ps s};
my $moving = 'MERGE INTO person p USING (VALUES (1, 11), (2, 5)) v (i, j) ON p.id = v.i WHEN MATCHED AND p.id = 2 THEN DELETE WHEN MATCHED THEN UPDATE SET id = j';
my $forth_and_back = 'DO $$ BEGIN UPDATE person SET id = 13 WHERE id = 3; UPDATE person SET id = 3 WHERE id = 13; END $$';
foreach my $case (
	[ 'a MERGE that moves', $moving, '0A000' ],
	[ 'a MERGE in a function', "DO \$\$ BEGIN $moving; END \$\$", '0A000' ],
	[ 'a MERGE that moves beside an UPDATE that does not', 'WITH u AS (UPDATE person SET k = 1 WHERE id = 5) MERGE INTO person p USING (VALUES (1)) v (i) ON p.id = v.i WHEN MATCHED THEN UPDATE SET id = 11', '0A000' ],
	[ 'a MERGE whose rows are referred to', 'BEGIN; UPDATE person SET parent = 1 WHERE id = 2; MERGE INTO person p USING (VALUES (1)) v (i) ON p.id = v.i WHEN MATCHED THEN UPDATE SET id = 11; ROLLBACK', '0A000' ],
	[ 'an UPDATE that moves beside a MERGE that does not', 'BEGIN; WITH u AS (UPDATE person SET id = 15 WHERE id = 5) MERGE INTO person p USING (VALUES (1)) v (i) ON p.id = v.i WHEN MATCHED THEN UPDATE SET k = 1; ROLLBACK', '' ],
	[ 'an UPDATE in a function', $forth_and_back, '' ],
	[ 'an UPDATE within EXPLAIN', 'EXPLAIN ANALYZE UPDATE person SET id = id WHERE id = 3', '' ],
	[ 'a MERGE of other columns that deletes', 'BEGIN; MERGE INTO person p USING (VALUES (1), (2)) v (i) ON p.id = v.i WHEN MATCHED AND p.id = 2 THEN DELETE WHEN MATCHED THEN UPDATE SET k = 1; ROLLBACK', '' ])
{
	my ($name, $statement, $code) = @$case;
	foreach my $loading ('', "SELECT cardinality('{1}'::objectset) \\g /dev/null\n")
	{
		my $said = $name . ($loading ? ', loaded' : '');
		my (undef, undef, $error) = $node->psql('postgres', "\\set VERBOSITY sqlstate\n$loading$statement");
		like($error, $code ? qr/ERROR:\s+$code/ : qr/^$/, $said);
		is($node->safe_psql('postgres', $members), '{1,2,3,4,5,6,7,8,9}', "$said: members stay");
	}
}
# By foreign keys, as in a session's first statement.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE human (id int PRIMARY KEY);
	INSERT INTO human SELECT generate_series(1, 20);
	CREATE TABLE emp (id int PRIMARY KEY REFERENCES human ON UPDATE CASCADE, k int) PARTITION BY RANGE (id);
	CREATE TABLE emp_1 PARTITION OF emp FOR VALUES FROM (0) TO (100);
	CREATE TABLE emp_2 PARTITION OF emp FOR VALUES FROM (100) TO (1000);
	INSERT INTO emp SELECT generate_series(1, 9), 0;
	DO $$ BEGIN
	  PERFORM objectset_create_table('es', 'emp');
	  PERFORM objectset_follow_deletes('es'), objectset_save('es', 'some', '{1..9}');
	END $$;
});
$node->safe_psql('postgres', 'MERGE INTO human h USING (VALUES (1, 101)) v (i, j) ON h.id = v.i WHEN MATCHED THEN UPDATE SET id = j');
$node->safe_psql('postgres', 'DO $$ BEGIN UPDATE human SET id = id + 100 WHERE id = 2; END $$');
$node->safe_psql('postgres', 'DO $$ BEGIN MERGE INTO human h USING (VALUES (3, 103)) v (i, j) ON h.id = v.i WHEN MATCHED THEN UPDATE SET id = j; END $$');
$node->safe_psql('postgres', 'WITH u AS (UPDATE emp SET k = 1 WHERE id = 4) SELECT 1');
$node->safe_psql(
	'postgres', q{
	CREATE TABLE pay (id int PRIMARY KEY REFERENCES human ON UPDATE CASCADE, k int) PARTITION BY RANGE (id);
	CREATE TABLE pay_1 PARTITION OF pay DEFAULT;
	INSERT INTO pay SELECT id FROM emp;
	DO $$ BEGIN
	  PERFORM objectset_create_table('pay_set', 'pay');
	  PERFORM objectset_follow_deletes('pay_set'), objectset_save('pay_set', 'some', '{4..9, 101..103}');
	END $$;
});
foreach my $statement ('DO $$ BEGIN UPDATE human SET id = 106 WHERE id = 6; END $$', 'EXPLAIN ANALYZE UPDATE human SET id = 107 WHERE id = 7')
{
	$node->safe_psql('postgres', $statement);
}
is($node->safe_psql('postgres', 'SELECT members(s) FROM pay_set s'), '{4,5,8,9,101,102,103,106,107}', 'in two tables at once');
is($node->safe_psql('postgres', 'SELECT s.members, (SELECT objectset_agg(id) FROM emp) FROM es s'), '{4,5,8,9,101,102,103,106,107}|{4,5,8,9,101,102,103,106,107}', 'followed by foreign keys');
my $error;
if ($node->pg_version >= 17)  # which allows it in WITH
{
	(undef, undef, $error) = $node->psql('postgres', '\set VERBOSITY sqlstate
INSERT INTO human VALUES (150);
DO $$ BEGIN WITH u AS (MERGE INTO emp USING (VALUES (4, 150)) v (i, j) ON id = i WHEN MATCHED THEN UPDATE SET id = j RETURNING 1) UPDATE human SET id = 105 WHERE id = 5; END $$');
	like($error, qr/ERROR:\s+(40001|0A000)/, 'a MERGE beside them');
}

# Without the trigger that has the library loaded in time it cannot be told; a second time it can.
$early = $node->safe_psql('postgres', sprintf($early_of, 'person'));
$node->safe_psql('postgres', "ALTER TABLE person DISABLE TRIGGER $early");
(undef, undef, $error) = $node->psql('postgres', "\\set VERBOSITY sqlstate\n$forth_and_back;\n$forth_and_back", on_error_stop => 0);
like($error, qr/^\S*\s*ERROR:\s+40001\s*$/, 'an UPDATE in a function, not seen in time');
$node->safe_psql('postgres', "ALTER TABLE person ENABLE TRIGGER $early");
is($node->safe_psql('postgres', $members), '{1,2,3,4,5,6,7,8,9}', 'members stay');

$node->safe_psql('postgres', 'UPDATE person SET id = id + 10 WHERE id = 4');
is($node->safe_psql('postgres', $members), '{1,2,3,5,6,7,8,9,14}', 'an UPDATE that moves is followed');
$node->safe_psql('postgres', 'MERGE INTO person p USING (VALUES (1), (2)) v (i) ON p.id = v.i WHEN MATCHED AND p.id = 2 THEN DELETE WHEN MATCHED THEN UPDATE SET k = 1');
is($node->safe_psql('postgres', $members), '{1,3,5,6,7,8,9,14}', 'so is a MERGE that cannot move');

# Rows that a trigger takes away as they are moved.
$node->safe_psql(
	'postgres', q{
	CREATE FUNCTION takes() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.k = 9 THEN RETURN NULL; END IF; RETURN new; END$$;
	CREATE TRIGGER takes BEFORE INSERT ON person_2 FOR EACH ROW EXECUTE FUNCTION takes();
	UPDATE person SET k = 9 WHERE id = 5;
});
my $moves = 'UPDATE person SET id = id + 10 WHERE id IN (5, 6, 7)';
foreach my $statement ($moves, "WITH u AS ($moves) UPDATE person SET k = k WHERE id = 1")
{
	(undef, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$statement");
	like($error, qr/09000: sets cannot follow changes of keys/, "keys that change, and a row that is gone: $statement");
}
is($node->safe_psql('postgres', $members), '{1,3,5,6,7,8,9,14}', 'members stay');

$node->stop;
done_testing();
