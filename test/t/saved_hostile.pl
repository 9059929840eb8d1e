# Whatever role calls a function of set tables, no code of another role runs with its rights, and nothing is told to
# those who could not read it.
#
# mallory arranges something (a plant) and somebody with more rights, a victim, calls every function. All that mallory
# plants ends in trip(), which warns of the role that it runs as. It may run as mallory. Every pair of a plant and a call
# is an attempt; the last note says how many there were.
#
# What any other statement does too is not tested: whoever writes to a table of mallory's runs its triggers, whoever
# reads it is shown what its policies show. Superusers do not: they act as the table's owner.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('saved_hostile');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$node->start;

my $attempts = 0;
my $bites = 0;

sub occurrences { my ($text, $pattern) = @_; my @found = $text =~ /$pattern/g; return scalar @found; }

sub run_as
{
	my ($role, $database, $sql, %more) = @_;
	my ($status, $out, $err) = $node->psql($database, $sql, extra_params => [ '-U', $role ], on_error_stop => $more{must} ? 1 : 0);
	die "$role in $database: $sql\n$err" if $more{must} && $status != 0;
	return ($out, $err);
}

# ---- The world, in a database that the others are copies of --------------------------------------------------------

$node->safe_psql('postgres', q{
	CREATE ROLE boss SUPERUSER LOGIN;
	CREATE ROLE victim LOGIN;
	CREATE ROLE mallory LOGIN;
	CREATE ROLE reader LOGIN;
	CREATE DATABASE world;
});

# Set tables of each owner over targets of each owner; secret ids are 424242 and more.
my $world = q{
CREATE SCHEMA sets;
CREATE EXTENSION objectset SCHEMA sets;
GRANT USAGE ON SCHEMA sets TO PUBLIC;
CREATE SCHEMA evil AUTHORIZATION mallory;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
GRANT CREATE ON SCHEMA public TO PUBLIC;
ALTER DATABASE world SET search_path = public, sets;
SET search_path = public, sets;
SET SESSION AUTHORIZATION mallory;
CREATE FUNCTION evil.trip() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RAISE WARNING 'TRIPPED as %', current_user;
  RETURN 1;
END $$;
CREATE FUNCTION evil.trip(anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.trip(); RETURN $1; END $$;
CREATE FUNCTION evil.trip_true() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT evil.trip() = 1';
CREATE FUNCTION evil.trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trip(); RETURN coalesce(NEW, OLD); END $$;
RESET SESSION AUTHORIZATION;
CREATE TABLE secret (id bigint PRIMARY KEY, word text);
INSERT INTO secret VALUES (424242, 'word424242'), (424243, 'word424243');
ALTER TABLE secret OWNER TO victim;
};
foreach my $owner (qw(victim mallory))
{
	$world .= qq{
SET SESSION AUTHORIZATION $owner;
CREATE TABLE ${owner}_target (id int PRIMARY KEY, kind text, tenant int NOT NULL DEFAULT 1);
INSERT INTO ${owner}_target SELECT i, 'k' || i % 3, i % 2 FROM generate_series(1, 30) AS i;
GRANT SELECT, REFERENCES, TRIGGER ON ${owner}_target TO PUBLIC;
};
}
# The set tables are called after their owner and the target's.
my @tables = ([ 'victim', 'victim' ], [ 'victim', 'mallory' ], [ 'mallory', 'victim' ], [ 'mallory', 'mallory' ]);
foreach (@tables)
{
	my ($owner, $target) = @$_;
	my $t = "${owner}_of_$target";
	$world .= qq{
SET SESSION AUTHORIZATION $owner;
DO \$\$ BEGIN
  PERFORM objectset_create_table('$t', '${target}_target', history => true);
  PERFORM objectset_save('$t', n, '{1..20}'::objectset) FROM unnest('{p,p2,d,r,c,x}'::text[]) AS n;
  PERFORM objectset_save('$t', n, 'SELECT id FROM ${owner}_target WHERE id < 10') FROM unnest('{q,q2}'::text[]) AS n;
  PERFORM objectset_define('$t', 'e', 'p & q');
END \$\$;
};
}
$world .= 'RESET SESSION AUTHORIZATION;';
run_as('boss', 'world', $world, must => 1);

# ---- Every function --------------------------------------------------------------------------------------------------

# Those that change sets come with exact types: which function a call of one's own means is not at stake here.
my @calls = (
	q{SELECT sets.objectset_add($t, 'p'::text, '{31,5}'::sets.objectset)},
	q{SELECT sets.objectset_add($t, 'p'::text, VARIADIC '{32,6}'::bigint[])},
	q{SELECT sets.objectset_add($t, 'p'::text, '{33}'::int[])},
	q{SELECT sets.objectset_add($t, 'q'::text, '{34}'::smallint[])},
	q{SELECT sets.objectset_add($t, 'q'::text, '35'::text)},
	q{SELECT sets.objectset_remove($t, 'q'::text, '{2}'::sets.objectset)},
	q{SELECT sets.objectset_remove($t, 'p'::text, VARIADIC '{3}'::bigint[])},
	q{SELECT sets.objectset_forget($t, 'q'::text, '{4}'::sets.objectset)},
	q{SELECT sets.objectset_replace($t, 'p2'::text, '{1..12}'::sets.objectset)},
	q{SELECT sets.objectset_replace($t, 'q2'::text, '{1,2}'::int[])},
	q{SELECT sets.objectset_purge($t, 'q2'::text)},
	q{SELECT sets.objectset_clear($t, 'x'::text)},
	(map { "SELECT sets.objectset_apply(\$t, 'p2'::text, '$_'::text, '{1..9,77}'::sets.objectset)" } '|', '&', '#', '^', '-'),
	q{SELECT sets.objectset_apply($t, 'p2'::text, '|'::text, $t, 'p'::text)},
	q{SELECT sets.objectset_drop($t, 'd'::text)},
	q{SELECT sets.objectset_rename($t, 'r'::text, 'renamed'::text)},
	q{SELECT sets.objectset_copy($t, 'q'::text, 'copied'::text)},
	q{SELECT sets.objectset_copy($t, 'p'::text, 'copied too'::text)},
	q{SELECT sets.objectset_save($t, 'new'::text, 'SELECT 5'::text)},
	q{SELECT sets.objectset_save($t, 'new2'::text, 'SELECT $1'::text, 5)},
	q{SELECT sets.objectset_save($t, 'p'::text, '{1..20}'::sets.objectset)},
	q{SELECT sets.objectset_save($t, 'new3'::text, '{1,2}'::int[])},
	q{SELECT sets.objectset_refresh($t, 'q'::text)},
	q{SELECT sets.objectset_refresh($t, 'e'::text)},
	q{SELECT * FROM sets.objectset_refresh($t)},
	q{CALL sets.objectset_refresh_all($t)},
	q{SELECT sets.objectset_trust($t, 'q'::text)},
	q{SELECT sets.objectset_trust($t)},
	q{SELECT sets.objectset_define($t, 'e2'::text, 'p - q'::text)},
	q{SELECT sets.objectset_evaluate($t, 'p | q'::text)},
	q{SELECT * FROM sets.objectset_refresh_order($t)},
	q{SELECT sets.objectset_is_stale($t, 'e'::text)},
	q{SELECT * FROM sets.objectset_stale($t)},
	q{SELECT sets.objectset_members($t, 'p'::text)},
	q{SELECT sets.objectset_has($t, 'p'::text, 5::bigint)},
	q{SELECT * FROM sets.objectset_list($t)},
	q{SELECT * FROM sets.objectset_tables()},
	q{SELECT sets.objectset_target($t)},
	q{SELECT * FROM sets.objectset_containing($t, 5::bigint)},
	q{SELECT * FROM sets.objectset_overlaps($t)},
	q{SELECT * FROM sets.objectset_similar($t, 'p'::text, 3)},
	q{SELECT * FROM sets.objectset_facets($t, 'p'::text, 'kind'::name, 3)},
	q{SELECT * FROM sets.objectset_facets($t, 'p'::text, 'tenant'::name, 3)},
	q{SELECT sets.objectset_prune($t, 'p'::text)},
	q{SELECT sets.objectset_prune($t)},
	q{SELECT sets.objectset_rekey($t, 5::bigint, 6::bigint)},
	q{SELECT sets.objectset_rekey($t, '{7,8}'::bigint[], '{8,7}'::bigint[])},
	q{SELECT sets.objectset_import($t, '$target'::regclass, 'kind', 'id')},
	q{SELECT sets.objectset_erase('$target'::regclass, VARIADIC '{10}'::bigint[])},
	q{SELECT sets.objectset_history($t, 'p'::text)},
	q{SELECT sets.objectset_keep_settings($t, '{app.tenant}')},
	q{SELECT sets.objectset_set_key($t, 'id')},
	q{SELECT sets.objectset_follow_deletes($t)},
	q{DELETE FROM $target WHERE id = 9},
	q{UPDATE $target SET id = 99 WHERE id = 8},
	q{SELECT sets.objectset_refresh($t, 'q'::text)},
	q{SELECT sets.objectset_follow_deletes($t, false)},
	q{SELECT sets.objectset_create_history($t)},
	q{SELECT sets.objectset_create_table('public.made', '$target'::regclass, 'id')});

# Calls of a victim on one of the tables, as a script; those that match `but` are left out.
sub calls_on
{
	my ($table, $but) = @_;
	(my $target = $table) =~ s/.*_of_(.*)/public.$1_target/;
	return map { s/\$t\b/'public.$table'::regclass/gr =~ s/\$target\b/$target/gr } grep { !defined $but || !/$but/ } @calls;
}

# ---- Plants ----------------------------------------------------------------------------------------------------------

my $number = 0;

# What mallory, or whoever else, does first (with a third word: as far as that can be done); then the calls of the victim. None of the code runs as anybody but mallory.
sub attempt
{
	my ($name, $plants, $victim, $table, %more) = @_;
	my $database = 'world' . ++$number;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE world; ALTER DATABASE $database SET search_path = public, sets");
	# The seals of another database do not fit.
	run_as('boss', $database, join(';', map { "SELECT sets.objectset_trust('$_->[0]_of_$_->[1]')" } @tables), must => 1);
	run_as($_->[0], $database, $_->[1], must => !$_->[2]) foreach @$plants;
	my @called = $more{calls} ? @{ $more{calls} } : calls_on($table, $more{but});
	$attempts += @called;
	# What a session has looked up and simplified once it does not again.
	my $begin = ($more{apart} ? "\\c -\n" : '') . ($more{begin} // '');
	my $script = join('', map { $begin . "\\echo call: $_\n\\warn call: $_\n$_;\n" } @called);
	my $state = $more{unchanged} ? "SELECT string_agg(s::text, ';' ORDER BY id) FROM public.$more{unchanged} AS s" : 'SELECT 1';
	my $before = $node->safe_psql($database, $state);
	my ($out, $err) = run_as($victim, $database, "$script\\warn call: who\nSELECT 'still ' || current_user || ' ' || session_user;");
	my ($call, @tripped) = ('');
	foreach my $line (split /\n/, $err)
	{
		$call = $1 if $line =~ /^call: (.*)/;
		push @tripped, "$call as $1" if $line =~ /TRIPPED as (\S+)/ && $1 ne 'mallory';
		push @tripped, "$call: $line" if $line =~ /server closed|XX000|could not find|cache lookup|unrecognized/;
	}
	push @tripped, "not $victim any more" unless $out =~ /^still $victim $victim$/m;
	push @tripped, "told of a secret: $out$err" if $more{secret} && "$out$err" =~ s/call: .*//gr =~ /4242/;
	$bites += () = $err =~ /TRIPPED as mallory/g;
	push @tripped, "$call: $_" foreach $more{works} ? grep { !/has a history already/ } $err =~ /(ERROR: .*|was not refreshed.*)/g : ();
	push @tripped, 'something was changed' if $before ne $node->safe_psql($database, $state);
	is(join("\n", @tripped), '', sprintf '%s: %d calls by %s', $name, scalar @called, $victim);
	diag("$out\n$err") if $ENV{OBJECTSET_HOSTILE_SHOW} && $name =~ /$ENV{OBJECTSET_HOSTILE_SHOW}/;
	$node->safe_psql('postgres', "DROP DATABASE $database");
	return ($out, $err);
}

# Over a set table of mallory's: superusers.
my %on_set_table = (
	'row triggers' => q{CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON $t FOR EACH ROW EXECUTE FUNCTION evil.trigger();
		CREATE TRIGGER z AFTER INSERT OR UPDATE OR DELETE ON $t FOR EACH ROW EXECUTE FUNCTION evil.trigger()},
	'statement triggers' => q{CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON $t EXECUTE FUNCTION evil.trigger();
		CREATE TRIGGER z AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON $t EXECUTE FUNCTION evil.trigger()},
	'a deferred trigger' => q{CREATE CONSTRAINT TRIGGER z AFTER INSERT OR UPDATE OR DELETE ON $t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.trigger()},
	'a condition of a trigger' => q{CREATE TRIGGER a BEFORE UPDATE ON $t FOR EACH ROW WHEN (NEW.id = evil.trip(NEW.id)) EXECUTE FUNCTION evil.trigger()},
	'defaults' => q{ALTER TABLE $t ALTER created SET DEFAULT evil.trip(now()), ALTER modified SET DEFAULT evil.trip(now()), ALTER added SET DEFAULT evil.trip('{}'::objectset), ADD more int DEFAULT evil.trip()},
	'a default for the identity' => q{ALTER TABLE $t ALTER id DROP IDENTITY; ALTER TABLE $t ALTER id SET DEFAULT evil.trip(1000)},
	'a generated column' => q{ALTER TABLE $t ADD more bigint GENERATED ALWAYS AS (evil.trip(id)) STORED},
	'the count generated otherwise' => q{ALTER TABLE $t DROP count; ALTER TABLE $t ADD count bigint GENERATED ALWAYS AS (evil.trip(objectset_members_count(base, added, removed, deleted))) STORED},
	'checks' => q{ALTER TABLE $t ADD CHECK (evil.trip(id) = id), ADD CHECK (evil.trip(1) = 1)},
	'indexes' => q{CREATE INDEX ON $t (evil.trip(id)); CREATE INDEX ON $t ((id + evil.trip(1))); CREATE INDEX ON $t (name) WHERE evil.trip(1) = 1},
	'statistics' => q{CREATE STATISTICS public.evil ON (id + evil.trip(1)), (evil.trip(id)) FROM $t; ANALYZE $t},
	'policies' => q{CREATE POLICY evil ON $t USING (evil.trip_true()) WITH CHECK (evil.trip_true()); ALTER TABLE $t ENABLE ROW LEVEL SECURITY; ALTER TABLE $t FORCE ROW LEVEL SECURITY},
	'a domain for names' => q{CREATE DOMAIN evil.d AS text CHECK (evil.trip(1) = 1); ALTER TABLE $t ALTER name TYPE evil.d},
	'a domain for ids' => q{CREATE DOMAIN evil.d AS bigint CHECK (evil.trip(1) = 1); ALTER TABLE $t ALTER id DROP IDENTITY; ALTER TABLE $t ALTER id TYPE evil.d},
	'a domain over sets' => q{CREATE DOMAIN evil.d AS objectset CHECK (evil.trip(1) = 1); ALTER TABLE $t DROP count; ALTER TABLE $t ALTER base DROP DEFAULT; ALTER TABLE $t ALTER base TYPE evil.d; ALTER TABLE $t ADD count bigint DEFAULT 0},
	'a cast of expressions' => q{CREATE TYPE evil.c AS (v text); CREATE FUNCTION evil.t(evil.c) RETURNS text LANGUAGE sql AS 'SELECT ($1).v FROM evil.trip()';
		CREATE CAST (evil.c AS text) WITH FUNCTION evil.t(evil.c) AS IMPLICIT; ALTER TABLE $t ALTER expression TYPE evil.c USING ROW(expression)::evil.c},
	'a cast of counts' => q{CREATE TYPE evil.c AS (v bigint); CREATE FUNCTION evil.t(evil.c) RETURNS bigint LANGUAGE sql AS 'SELECT ($1).v FROM evil.trip()';
		CREATE CAST (evil.c AS bigint) WITH FUNCTION evil.t(evil.c) AS IMPLICIT; ALTER TABLE $t DROP count; ALTER TABLE $t ADD count evil.c DEFAULT ROW(1)},
	'a cast of savers' => q{CREATE TYPE evil.c AS (v oid); CREATE FUNCTION evil.t(evil.c) RETURNS regrole LANGUAGE sql AS 'SELECT ($1).v::regrole FROM evil.trip()';
		CREATE CAST (evil.c AS regrole) WITH FUNCTION evil.t(evil.c) AS IMPLICIT; ALTER TABLE $t ALTER saved_by DROP DEFAULT; ALTER TABLE $t ALTER saved_by TYPE evil.c USING ROW(saved_by::oid)::evil.c},
	'rules' => q{CREATE RULE a AS ON UPDATE TO $t DO ALSO SELECT evil.trip(); CREATE RULE b AS ON INSERT TO $t DO ALSO SELECT evil.trip(); CREATE RULE c AS ON DELETE TO $t DO INSTEAD SELECT evil.trip()},
	'a child' => q{CREATE TABLE evil.child () INHERITS ($t); INSERT INTO evil.child (id, name) VALUES (77, 'p'), (78, 'of the child'); CREATE TRIGGER a BEFORE UPDATE ON evil.child FOR EACH ROW EXECUTE FUNCTION evil.trigger();
		CREATE INDEX ON evil.child (evil.trip(id)); ALTER TABLE evil.child ADD CHECK (evil.trip(1) = 1)},
	'a parent' => q{CREATE TABLE evil.parent (name text); ALTER TABLE $t INHERIT evil.parent; CREATE TRIGGER a BEFORE INSERT ON evil.parent FOR EACH ROW EXECUTE FUNCTION evil.trigger()},
	'a view in its place' => q{ALTER TABLE $t RENAME TO hidden; CREATE VIEW $t AS SELECT evil.trip() AS tripped, * FROM public.hidden},
	'forged queries' => q{ALTER TABLE $t DISABLE TRIGGER USER; UPDATE $t SET query = 'SELECT evil.trip()', saved_by = 'boss', settings = '{search_path=evil}' WHERE name IN ('q', 'c');
		UPDATE $t SET query = 'SELECT evil.trip()', saved_by = 'victim' WHERE name = 'q2'; ALTER TABLE $t ENABLE TRIGGER USER},
	'types of parameters' => q{CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1); SELECT objectset_save('$t', 'q', 'SELECT $1', 1::evil.d); SELECT objectset_save('$t', 'q2', 'SELECT $1::int', 1::evil.d)},
	'parameters and settings by hand' => q{CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1); ALTER TABLE $t DISABLE TRIGGER USER;
		UPDATE $t SET parameters = '{evil.d=1}', settings = '{role=boss,session_authorization=boss,row_security=off}' WHERE query IS NOT NULL},
	'queries that want their caller back' => q{CREATE FUNCTION evil.back() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; PERFORM evil.trip(); RETURN 1; END $$;
		CREATE FUNCTION evil.back2() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET LOCAL SESSION AUTHORIZATION boss; PERFORM evil.trip(); RETURN 1; END $$;
		CREATE FUNCTION evil.back3() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('role', 'boss', false); PERFORM evil.trip(); RETURN 1; END $$;
		CREATE FUNCTION evil.stay() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TEMPORARY TABLE patient (id int); RETURN 1; END $$;
		CREATE FUNCTION evil.cursor() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT evil.trip()'; RETURN 1; END $$;
		CREATE FUNCTION evil.later() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.deferred VALUES (1); RETURN 1; END $$;
		CREATE TABLE evil.deferred (id int);
		CREATE CONSTRAINT TRIGGER z AFTER INSERT ON evil.deferred DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.trigger();
		INSERT INTO $t (name, query) SELECT 'back' || f, format('SELECT evil.%s()', f) FROM unnest('{back,back2,back3,stay,cursor,later}'::text[]) AS f;
		UPDATE $t SET query = 'SELECT evil.back()' WHERE name = 'q'},
	'a history of one\'s own' => q{DROP TRIGGER _objectset_history ON $t; DROP TRIGGER _objectset_history_truncate ON $t; DROP TABLE $t_history; SELECT objectset_create_history('$t');
		ALTER TABLE $t_history ADD more int DEFAULT evil.trip(), ADD most bigint GENERATED ALWAYS AS (evil.trip(id)) STORED, ADD CHECK (evil.trip(1) = 1);
		CREATE TRIGGER a BEFORE INSERT ON $t_history FOR EACH ROW EXECUTE FUNCTION evil.trigger();
		CREATE INDEX ON $t_history ((id + evil.trip(1)));
		CREATE CONSTRAINT TRIGGER z AFTER INSERT ON $t_history DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.trigger()},
	'the history of another' => q{DROP TRIGGER _objectset_history ON $t; DROP TRIGGER _objectset_history_truncate ON $t;
		CREATE TRIGGER _objectset_history AFTER INSERT OR UPDATE OR DELETE ON $t FOR EACH ROW WHEN ('public.victim_of_victim_history'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_noted()},
	'a view for a target' => q{CREATE VIEW evil.v AS SELECT evil.trip(1) AS id, 'x' AS kind, 1 AS tenant; ALTER TABLE $t DROP CONSTRAINT objectset_target;
		ALTER TABLE $t ADD CONSTRAINT objectset_target CHECK (ROW('evil.v'::regclass, 'id'::text, 1, '0'::oid, '0'::bigint, false) IS NOT NULL)},
	'no constants in its marks' => q{ALTER TABLE $t DROP CONSTRAINT objectset_target, ADD CONSTRAINT objectset_follow CHECK (evil.trip('x'::text) IS NOT NULL), ADD CONSTRAINT objectset_settings CHECK (evil.trip('{a.b}'::text[]) IS NOT NULL);
		ALTER TABLE $t ADD CONSTRAINT objectset_target CHECK (ROW(evil.trip('public.mallory_target'::regclass), 'id'::text, 1, '0'::oid, '0'::bigint, false) IS NOT NULL)},
	'a path to follow' => q{ALTER TABLE $t ADD CONSTRAINT objectset_follow CHECK ('evil", "x'::text IS NOT NULL); CREATE TRIGGER a BEFORE UPDATE ON $t FOR EACH ROW EXECUTE FUNCTION evil.trigger()});

foreach my $table (qw(mallory_of_victim mallory_of_mallory))
{
	foreach my $name (sort keys %on_set_table)
	{
		# What is not about the target is tried over one.
		next if $table eq 'mallory_of_victim' && $name !~ /trigger|indexes|policies|generated/;
		attempt("$name on $table", [ [ 'mallory', $on_set_table{$name} =~ s/\$t\b/public.$table/gr =~ s/\$t_history/public.${table}_history/gr ] ], 'boss', $table, apart => ($name =~ /indexes/ ? 1 : 0));
	}
}

# Over the change log of a set table of mallory's, and what it says: superusers, who write to the table that is tracked.
my %on_log = (
	'checks and defaults' => q{ALTER TABLE $log ADD CHECK (evil.trip(1) = 1), ADD CHECK (evil.trip(changed) = changed); ALTER TABLE $log ALTER at SET DEFAULT evil.trip(now()), ALTER xid SET DEFAULT evil.trip('9'::xid8)},
	'triggers' => q{CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON $log FOR EACH ROW EXECUTE FUNCTION evil.trigger(); CREATE TRIGGER z AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON $log EXECUTE FUNCTION evil.trigger();
		CREATE CONSTRAINT TRIGGER d AFTER INSERT OR UPDATE OR DELETE ON $log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.trigger()},
	'rules' => q{CREATE RULE a AS ON INSERT TO $log DO ALSO SELECT evil.trip(); CREATE RULE b AS ON UPDATE TO $log DO ALSO SELECT evil.trip(); CREATE RULE c AS ON DELETE TO $log DO ALSO SELECT evil.trip()},
	'policies' => q{CREATE POLICY evil ON $log USING (evil.trip_true()) WITH CHECK (evil.trip_true()); ALTER TABLE $log ENABLE ROW LEVEL SECURITY; ALTER TABLE $log FORCE ROW LEVEL SECURITY},
	'indexes' => q{CREATE INDEX ON $log ((evil.trip(1))); CREATE INDEX ON $log (xid) WHERE evil.trip(1) = 1},
	'statistics' => q{CREATE STATISTICS public.evil ON (evil.trip(1) + everything::int), (evil.trip(at)) FROM $log; ANALYZE $log},
	'a column more' => q{ALTER TABLE $log ADD more int GENERATED ALWAYS AS (evil.trip(everything::int)) STORED},
	'a domain over its sets' => q{CREATE DOMAIN evil.d AS objectset CHECK (evil.trip(1) = 1); ALTER TABLE $log ALTER changed TYPE evil.d},
	'a child' => q{CREATE TABLE evil.child () INHERITS ($log); INSERT INTO evil.child (changed) VALUES ('{1}'); CREATE INDEX ON evil.child (evil.trip(xid)); ALTER TABLE evil.child ADD CHECK (evil.trip(1) = 1)},
	'entries' => q{INSERT INTO $log (xid, source, changed, everything) VALUES ('0', 0, '{1..5}', false), ('18446744073709551615', NULL, '{1..5}', true), ('5', 1, '{}', true)},
	'no constants in its marks' => q{ALTER TABLE $log ADD CONSTRAINT objectset_tracks_8 CHECK (ROW(evil.trip('public.mallory_target'::regclass), 'id'::text, 1, '0'::oid, '0'::bigint, false) IS NOT NULL);
		ALTER TABLE $log DROP CONSTRAINT objectset_changes; ALTER TABLE $log ADD CONSTRAINT objectset_changes CHECK (evil.trip('$t'::regclass) IS NOT NULL)},
	'marks of others\' tables' => q{ALTER TABLE $log ADD CONSTRAINT objectset_tracks_7 CHECK (ROW('public.secret'::regclass, 'id'::text, 1, '0'::oid, '0'::bigint, false) IS NOT NULL), ADD CONSTRAINT objectset_tracks_8 CHECK (ROW('public.victim_target'::regclass, 'kind'::text, 2, '0'::oid, '0'::bigint, false) IS NOT NULL),
		ADD CONSTRAINT objectset_tracks_9 CHECK (ROW('pg_catalog.pg_class'::regclass, 'relnatts'::text, 18, '0'::oid, '0'::bigint, false) IS NOT NULL)},
	'a view in its place' => q{ALTER TABLE $log RENAME TO hidden; CREATE VIEW $log AS SELECT evil.trip() AS tripped, * FROM public.hidden},
	'another log' => q{CREATE TABLE evil.log (xid xid8, at timestamptz, source regclass, changed objectset DEFAULT evil.trip('{}'::objectset), everything boolean, CONSTRAINT objectset_changes CHECK ('$t'::regclass IS NOT NULL));
		DROP TABLE $log CASCADE; CREATE INDEX ON evil.log (evil.trip(xid))},
	'seen snapshots' => q{UPDATE $t SET seen = '{NULL,18446744073709551615}', seen_mark = '\\x00'; UPDATE $t SET seen = '{}' WHERE name = 'q2'});
foreach my $name (sort keys %on_log)
{
	attempt("$name on the log", [ [ 'mallory', 'SELECT objectset_track(\'mallory_of_mallory\'); SELECT objectset_save(\'mallory_of_mallory\', n, \'SELECT id FROM mallory_target WHERE id < 10\') FROM unnest(\'{q,q2}\'::text[]) AS n; UPDATE mallory_target SET kind = \'k8\' WHERE id = 4;' .
			$on_log{$name} =~ s/\$t\b/public.mallory_of_mallory/gr =~ s/\$log\b/public.mallory_of_mallory_changes/gr ] ], 'boss', 'mallory_of_mallory',
		calls => [ map { s/\$t\b/'public.mallory_of_mallory'::regclass/gr }
			(map { ($_, q{SELECT * FROM sets.objectset_refresh_plan($t, 'q'::text)}, q{SELECT * FROM sets.objectset_verify($t, 'q2'::text)}, q{SELECT * FROM sets.objectset_refresh($t)}) }
				'UPDATE public.mallory_target SET kind = \'k9\' WHERE id < 6', 'INSERT INTO public.mallory_target SELECT i, \'k\', 1 FROM generate_series(100, 3000) i', 'DELETE FROM public.mallory_target WHERE id = 7', 'TRUNCATE public.mallory_target'),
			'UPDATE public.secret SET word = word', 'UPDATE public.victim_target SET kind = kind', q{SELECT sets.objectset_erase('public.mallory_target'::regclass, VARIADIC '{4}'::bigint[])}, q{CALL sets.objectset_refresh_all($t)},
			q{SELECT sets.objectset_track($t)}, q{SELECT sets.objectset_untrack($t)} ]);
}

# On a target of mallory's: superusers, and the owner of the set table.
my %on_target = (
	'a cast of keys' => q{CREATE TYPE evil.c AS (v bigint); CREATE FUNCTION evil.t(evil.c) RETURNS bigint LANGUAGE sql AS 'SELECT ($1).v FROM evil.trip()';
		CREATE CAST (evil.c AS bigint) WITH FUNCTION evil.t(evil.c) AS IMPLICIT; ALTER TABLE $t ALTER id TYPE evil.c USING ROW(id)::evil.c},
	'a domain for keys' => q{CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1); ALTER TABLE $t ALTER id TYPE evil.d},
	'a cast of columns' => q{CREATE TYPE evil.c AS (v text); CREATE FUNCTION evil.t(evil.c) RETURNS text LANGUAGE sql AS 'SELECT ($1).v FROM evil.trip()';
		CREATE CAST (evil.c AS text) WITH FUNCTION evil.t(evil.c) AS IMPLICIT; ALTER TABLE $t ALTER kind TYPE evil.c USING ROW(kind)::evil.c},
	'a domain for columns' => q{CREATE DOMAIN evil.d AS text CHECK (evil.trip(1) = 1); ALTER TABLE $t ALTER kind TYPE evil.d},
	'indexes' => q{CREATE INDEX ON $t (evil.trip(id)); CREATE INDEX ON $t ((id + evil.trip(1))); CREATE INDEX ON $t (kind) WHERE evil.trip(1) = 1},
	'statistics' => q{CREATE STATISTICS public.evil ON (id + evil.trip(1)), (evil.trip(id)) FROM $t; ANALYZE $t},
	'checks' => q{ALTER TABLE $t ADD CHECK (evil.trip(1) = 1)},
	'a generated column' => q{ALTER TABLE $t DROP kind; ALTER TABLE $t ADD kind int GENERATED ALWAYS AS (evil.trip(id)) STORED},
	'triggers that follow' => q{
		CREATE TRIGGER d AFTER DELETE ON $t REFERENCING OLD TABLE AS o WHEN ('public.victim_of_mallory'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_target_changed();
		CREATE TRIGGER u AFTER UPDATE ON $t REFERENCING OLD TABLE AS o NEW TABLE AS n WHEN ('public.victim_of_mallory'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_target_changed();
		CREATE TRIGGER e AFTER DELETE ON $t REFERENCING OLD TABLE AS o WHEN ('public.victim_of_victim'::regclass IS NOT NULL) EXECUTE FUNCTION _objectset_target_changed();
		CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1); ALTER TABLE $t ALTER id TYPE evil.d; DELETE FROM $t WHERE id = 7; UPDATE $t SET id = 77 WHERE id = 6},
	'partitions' => q{CREATE TABLE evil.part (tenant int NOT NULL, gone int, id int PRIMARY KEY, kind text); ALTER TABLE evil.part DROP gone; INSERT INTO evil.part (tenant, id, kind) SELECT tenant, id, kind FROM $t;
		CREATE INDEX ON evil.part (evil.trip(id)); CREATE INDEX ON evil.part ((id + evil.trip(1)));
		ALTER TABLE evil.part INHERIT $t});
foreach my $victim (qw(boss victim))
{
	foreach my $name (sort keys %on_target)
	{
		attempt("$name on the target", [ [ 'mallory', $on_target{$name} =~ s/\$t\b/public.mallory_target/gr ] ], $victim, 'victim_of_mallory',
			apart => ($name =~ /indexes|statistics/ && $victim eq 'boss' ? 1 : 0), but => qr/^DELETE|^UPDATE/);
	}
}
attempt('policies on the target', [ [ 'mallory', q{CREATE POLICY evil ON public.mallory_target USING (evil.trip_true()); ALTER TABLE public.mallory_target ENABLE ROW LEVEL SECURITY} ] ],
	'boss', 'victim_of_mallory', but => qr/^DELETE|^UPDATE/);
# mallory deletes there, and the sets of others follow.
attempt("$_ on the target, and deletions", [ [ 'victim', q{SELECT objectset_follow_deletes('victim_of_mallory')} ], [ 'mallory', $on_target{$_} =~ s/\$t\b/public.mallory_target/gr ] ],
	'mallory', 'victim_of_mallory', calls => [ 'DELETE FROM mallory_target WHERE tenant = 0', 'UPDATE mallory_target SET tenant = 5', 'TRUNCATE mallory_target' ]) foreach sort keys %on_target;

# Functions and operators that fit the extension's statements better
my $overloads = '';
foreach my $type (qw(int smallint bigint text name varchar), 'bigint[]')
{
	$overloads .= "CREATE FUNCTION \$s.objectset_agg($type) RETURNS sets.objectset LANGUAGE sql AS 'SELECT ''{66}''::sets.objectset FROM evil.trip()';" if $type ne 'bigint';
	$overloads .= "CREATE FUNCTION \$s.evil_true($type, $type) RETURNS boolean LANGUAGE sql AS 'SELECT evil.trip() = 1';";
	$overloads .= "CREATE OPERATOR \$s.$_ (FUNCTION = \$s.evil_true, LEFTARG = $type, RIGHTARG = $type);" foreach '=', '<>', '<', '>', '@>', '<@', '&&';
}
foreach my $pair ([ 'int', 'sets.objectset' ], [ 'smallint', 'sets.objectset' ], [ 'sets.objectset', 'int' ], [ 'sets.objectset', 'smallint' ], [ 'varchar', 'text' ], [ 'text', 'varchar' ], [ 'name', 'text' ])
{
	$overloads .= "CREATE FUNCTION \$s.evil_true($pair->[0], $pair->[1]) RETURNS boolean LANGUAGE sql AS 'SELECT evil.trip() = 1';";
	$overloads .= "CREATE OPERATOR \$s.$_ (FUNCTION = \$s.evil_true, LEFTARG = $pair->[0], RIGHTARG = $pair->[1]);" foreach '=', '<>', '@>', '<@', '&&', '|', '-', '&';
}
$overloads .= "CREATE FUNCTION \$s.$_ LANGUAGE sql AS 'SELECT evil.trip()';" foreach
  'count(bigint) RETURNS bigint', 'clock_timestamp() RETURNS int', 'now() RETURNS int', 'pg_column_size(sets.objectset) RETURNS int', 'unnest(text[]) RETURNS bigint', 'cardinality(text) RETURNS int',
  'objectset_members_of(text, text, text, text) RETURNS int', 'objectset_members_count(text, text, text, text) RETURNS int', 'objectset_union_agg(text) RETURNS int', 'current_user() RETURNS int', 'quote_ident(name) RETURNS int';
foreach my $table (qw(victim_of_victim victim_of_mallory))
{
	foreach my $victim (qw(boss victim))
	{
		attempt("functions in the extension's schema", [ [ 'boss', 'GRANT CREATE ON SCHEMA sets TO mallory' ], [ 'mallory', $overloads =~ s/\$s\b/sets/gr, 'partly' ] ], $victim, $table);
		attempt('functions in the search path', [ [ 'mallory', $overloads =~ s/\$s\b/evil/gr, 'partly' ] ], $victim, $table, begin => "SET search_path = evil, pg_catalog, public, sets;\n",
			# What the caller's own statement looks up is the caller's.
			but => qr/^(DELETE|UPDATE)|objectset_refresh_all/);
	}
}
# The extension moves, and somebody makes a schema of the old name: everything works as before. (Erasing has to be refused to the victim, as
# one of the set tables of the target is mallory's.)
attempt('a schema of the old name', [ [ 'boss', 'ALTER SCHEMA sets RENAME TO moved; GRANT CREATE ON DATABASE world' . ($number + 1) . ' TO mallory' ],
	[ 'mallory', 'CREATE SCHEMA sets; GRANT USAGE ON SCHEMA sets TO PUBLIC; SET search_path = public, moved; CREATE DOMAIN sets.objectset AS moved.objectset CHECK (evil.trip(1) = 1);' . $overloads =~ s/\$s\b/sets/gr, 'partly' ] ],
	$_, 'victim_of_victim', calls => [ map { s/\bsets\./moved./gr } calls_on('victim_of_victim', $_ eq 'victim' ? qr/objectset_erase/ : undef) ], works => 1) foreach qw(boss victim);

# ---- Without rights -----------------------------------------------------------------------------------------------

# Secrets are members of sets, and stand in a target. mallory calls everything, and is told nothing.
my $secrets = q{SELECT objectset_save('victim_of_victim', n, '{424242,424243}'::objectset) FROM unnest('{p,p2,d,r,c,x,s}'::text[]) AS n; INSERT INTO victim_target VALUES (424242, 'word4242');
	SELECT objectset_save('victim_of_victim', 'q', 'SELECT id FROM secret')};
my ($out, $err) = attempt('no rights at all', [ [ 'victim', $secrets ] ], 'mallory', 'victim_of_victim', unchanged => 'victim_of_victim', secret => 1, but => qr/FROM sets.objectset_tables|objectset_create_table|UPDATE|DELETE/);
my @allowed = map { /^(.*)/ } grep { /./ && !/ERROR:  (permission denied|must be owner|"victim_of_victim" has a history)/ } split /^call: /m, $err;
is(join("\n", @allowed), "SELECT sets.objectset_target(public.victim_of_victim::regclass)\nwho", 'and each of the others is refused');
is($out =~ s/^(call.*)?\n//mgr, "(victim_target,id,integer)\nstill mallory mallory", 'nothing is told');
attempt('no rights, as SECURITY DEFINER would have them', [ [ 'victim', $secrets . q{; CREATE FUNCTION public.count_of(n text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN sets.cardinality(sets.objectset_members('public.victim_of_victim', n)); END $$} ] ],
	'mallory', 'victim_of_victim', secret => 1, begin => "SELECT public.count_of('p');\n", but => qr/UPDATE|DELETE|create_table/);
attempt('rights to read', [ [ 'victim', 'GRANT SELECT ON victim_of_victim TO mallory' ] ], 'mallory', 'victim_of_victim', unchanged => 'victim_of_victim');

# Rows that a policy hides are not there.
attempt('hidden rows', [ [ 'victim', $secrets . q{; CREATE POLICY own ON victim_of_victim USING (name NOT IN ('p', 'p2', 'd', 'r', 'c', 'x', 's', 'q'));
	ALTER TABLE victim_of_victim ENABLE ROW LEVEL SECURITY; GRANT ALL ON victim_of_victim, victim_target TO mallory} ] ], 'mallory', 'victim_of_victim', secret => 1, but => qr/^DELETE|^UPDATE|create_table/);

# Who may write rows writes queries of others, seals of other rows, and other parameters beside a seal.
my $forgeries = q{
	UPDATE victim_of_victim SET query = 'SELECT evil.trip()', saved_by = 'victim' WHERE name = 'c';
	UPDATE victim_of_victim SET settings = '{search_path=evil}' WHERE name = 'q';
	UPDATE victim_of_victim SET parameters = '{evil.d=1}' WHERE name = 'q2';
	INSERT INTO victim_of_victim (name, query, saved_by, settings, seal) SELECT 'forged ' || name, 'SELECT evil.trip()', saved_by, settings, seal FROM victim_of_victim WHERE name LIKE 'q%';
	INSERT INTO victim_of_victim (name, query, saved_by) VALUES ('of boss', 'SELECT evil.trip()', 'boss');
	UPDATE victim_of_victim SET id = id + 1000 WHERE name = 'q2';
	UPDATE victim_of_victim SET query = 'SELECT evil.trip()' WHERE name = 'q2'};
foreach my $victim (qw(boss victim))
{
	attempt('forgeries', [ [ 'boss', 'GRANT ALL ON victim_of_victim TO mallory' ], [ 'mallory', "CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1); $forgeries" ] ], $victim, 'victim_of_victim', but => qr/objectset_trust/);
	attempt('forgeries by way of a view', [ [ 'victim', 'CREATE VIEW public.v AS SELECT * FROM victim_of_victim; GRANT ALL ON public.v TO mallory' ], [ 'mallory', "CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1);" . $forgeries =~ s/\bvictim_of_victim\b/public.v/gr ] ],
		$victim, 'victim_of_victim', but => qr/objectset_trust/);
	attempt('forgeries by way of a parent', [ [ 'victim', q{CREATE TABLE public.parent (name text NOT NULL, query text, saved_by regrole, settings text[], parameters text[], seal bytea, id bigint); GRANT ALL ON public.parent TO mallory;
			ALTER TABLE victim_of_victim INHERIT public.parent} ],
			[ 'mallory', "CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1);" . $forgeries =~ s/\bvictim_of_victim\b/public.parent/gr ] ], $victim, 'victim_of_victim', but => qr/objectset_trust/);
	attempt('forgeries without the trigger', [ [ 'victim', 'ALTER TABLE victim_of_victim DISABLE TRIGGER objectset_set_changed; GRANT ALL ON victim_of_victim TO mallory' ],
			[ 'mallory', "CREATE DOMAIN evil.d AS int CHECK (evil.trip(1) = 1); $forgeries" ], [ 'victim', 'REVOKE ALL ON victim_of_victim FROM mallory; ALTER TABLE victim_of_victim ENABLE TRIGGER objectset_set_changed' ] ],
		$victim, 'victim_of_victim', but => qr/objectset_trust/);
}

# ---- What a session is, when another's query runs in it --------------------------------------------------------------

# mallory may refresh victim's queries: their results are victim's, whatever the session is like.
my $session = q{SET search_path = evil, public, sets; SET app.tenant = '2'; SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SET transform_null_equals = on;
	CREATE TEMPORARY TABLE victim_target AS SELECT 66 AS id, 'x' AS kind, 1 AS tenant; CREATE TEMPORARY VIEW secret AS SELECT evil.trip(66) AS id; GRANT ALL ON pg_temp.secret, pg_temp.victim_target TO PUBLIC;
};
($out, $err) = attempt('settings and temporary objects of the session', [
		[ 'victim', q{GRANT ALL ON victim_of_victim TO mallory; SELECT objectset_keep_settings('victim_of_victim', '{app.tenant}'); SET app.tenant = '1';
			CREATE POLICY tenants ON secret USING (id = 424241 + current_setting('app.tenant')::int); ALTER TABLE secret ENABLE ROW LEVEL SECURITY; ALTER TABLE secret FORCE ROW LEVEL SECURITY;
			SELECT objectset_save('victim_of_victim', 'tenant', 'SELECT id FROM secret');
			SELECT objectset_save('victim_of_victim', 'date', 'SELECT extract(day FROM $1::date)::int', '01/02/2020'::text);
			SELECT objectset_save('victim_of_victim', 'zone', 'SELECT extract(hour FROM timestamptz ''2020-01-01 00:00+00'')::int')} ],
		[ 'mallory', $overloads =~ s/\$s\b/evil/gr, 'partly' ] ],
	'mallory', 'victim_of_victim', begin => '', calls => [ $session =~ s/;\s*$//r =~ s/\n\s*/ /gr, map { ("SELECT * FROM objectset_refresh('public.victim_of_victim', '$_')", "SELECT name, s.members FROM public.victim_of_victim s WHERE name = '$_'") } qw(tenant date zone q) ]);
like($out, qr/^tenant\|\{424242\}$/m, 'a query runs under the custom settings that it was saved under');
like($out, qr/^date\|\{2\}$/m, 'and under its date style');
like($out, qr/^zone\|\{0\}$/m, 'and its time zone');
like($out, qr/^q\|\{1,2,3,4,5,6,7,8,9\}$/m, 'and over its own tables');

# Users' triggers of a set table run as its owner when rows of the target go, under a path that the deleter has no say in.
attempt('the path of a deleter', [
		[ 'victim', q{CREATE FUNCTION public.note() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION public.t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM note(); RETURN NEW; END $$;
			CREATE TRIGGER t BEFORE UPDATE ON victim_of_victim FOR EACH ROW EXECUTE FUNCTION public.t(); SELECT objectset_follow_deletes('victim_of_victim'); GRANT ALL ON victim_target TO mallory} ],
		[ 'mallory', q{CREATE FUNCTION evil.note() RETURNS int LANGUAGE sql AS 'SELECT evil.trip()'} ] ],
	'mallory', 'victim_of_victim', calls => [ map { ("SET search_path = evil, public, sets", $_) } 'DELETE FROM public.victim_target WHERE id = 1', 'UPDATE public.victim_target SET id = 100 WHERE id = 2', 'TRUNCATE public.victim_target' ]);

# What goes wrong there is told to those who could act as the owner.
($out, $err) = attempt('errors of a deletion', [
		[ 'victim', $secrets . q{; ALTER TABLE victim_of_victim ADD CHECK (count > 1); SELECT objectset_follow_deletes('victim_of_victim'); GRANT ALL ON victim_target TO mallory; UPDATE victim_of_victim SET base = '{1,424242}'} ] ],
	'mallory', 'victim_of_victim', secret => 1, calls => [ 'DELETE FROM public.victim_target WHERE id = 1', 'UPDATE public.victim_target SET id = 77 WHERE id = 1', 'TRUNCATE public.victim_target' ]);
is(occurrences($err, qr/cannot follow this change/), 2, 'a deleter is told no more than that it failed');

# Errors of a query that runs may show what its saver reads.
($out, $err) = attempt('errors of a query', [ [ 'victim', q{GRANT SELECT, UPDATE ON victim_of_victim TO mallory; CREATE TABLE flag (v text); INSERT INTO flag VALUES ('5'); SELECT objectset_save('victim_of_victim', 'q', 'SELECT v::int FROM flag'); UPDATE flag SET v = 'word4242'} ] ],
	'mallory', 'victim_of_victim', secret => 1, calls => [ q{SELECT objectset_refresh('victim_of_victim', 'q')}, q{SELECT last_error FROM victim_of_victim WHERE name = 'q'} ]);
like($out, qr/^22P02: the query failed while it ran/m, 'last_error has the SQLSTATE');

# Trigger functions, and what has no name that people call, by hand
attempt('functions below', [], 'mallory', 'mallory_of_mallory', calls => [
		(map { "SELECT sets.$_()" } qw(_objectset_set_changed _objectset_target_changed _objectset_noted _objectset_note_changes)),
		'CREATE TABLE evil.t (id bigint, base sets.objectset, name text)',
		(map { ("CREATE TRIGGER t$_->[0] $_->[1] ON evil.t FOR EACH $_->[2] EXECUTE FUNCTION sets.$_->[3]()", 'INSERT INTO evil.t (id) VALUES (1)', "DROP TRIGGER t$_->[0] ON evil.t") }
			  ([ 1, 'BEFORE INSERT', 'ROW', '_objectset_set_changed' ], [ 2, 'AFTER INSERT', 'ROW', '_objectset_noted' ], [ 3, 'AFTER INSERT', 'STATEMENT', '_objectset_target_changed' ], [ 4, 'BEFORE INSERT', 'STATEMENT', '_objectset_set_changed' ], [ 5, 'AFTER INSERT', 'ROW', '_objectset_note_changes' ], [ 6, 'BEFORE INSERT', 'STATEMENT', '_objectset_note_changes' ])) ]);

# Roles by OID
my ($copied) = attempt('a role of an old name', [
		[ 'boss', q{CREATE ROLE temp_saver LOGIN; GRANT ALL ON victim_of_victim TO temp_saver, mallory} ],
		[ 'temp_saver', q{SELECT objectset_save('victim_of_victim', 'temp', 'SELECT 1')} ],
		[ 'boss', q{REVOKE ALL ON victim_of_victim FROM temp_saver; ALTER ROLE temp_saver RENAME TO other_saver; CREATE ROLE temp_saver LOGIN} ] ],
	'mallory', 'victim_of_victim', calls => [ q{SELECT entered, departed FROM objectset_refresh('victim_of_victim', 'temp')}, q{SELECT saved_by FROM victim_of_victim WHERE name = 'temp'},
		q{UPDATE victim_of_victim SET saved_by = 'temp_saver' WHERE name = 'temp'}, q{SELECT saved_by FROM victim_of_victim WHERE name = 'temp'} ]);
like($copied, qr/^0\|0$/m, 'a renamed role keeps its queries');
like($copied, qr/^other_saver$/m, 'a role of the old name does not inherit them');
like($copied, qr/^mallory$/m, 'and who names it is taken for the saver');

note("$attempts attempts; $bites times something ran as mallory");
cmp_ok($bites, '>', 100, 'what mallory plants does run');
cmp_ok($attempts, '>', 60, 'as many attempts as there should be');
$node->stop;
done_testing();
