# Upgrading: a database that came by steps from an older release has the catalog of a fresh one.
#
# sql/upgrade has a step from each release to the next, and the script of each older release, by which its version can still
# be created. Each version that has a way to the present one is created, updated, and compared with a fresh one: everything
# that belongs to the extension, by what the catalogs say of it, comments and grants included. Before the second release
# there is no such version; so what the comparison sees is tried on objects that are altered here.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->start;
my $version = $node->safe_psql('postgres', q{SELECT default_version FROM pg_available_extensions WHERE name = 'objectset'});

# The rows of the catalogs for one class of objects, without OIDs: what refers to another object says its name. Of a set of
# functions or operators of a family, which belongs to the extension by the family, each member is described as well.
my %described = (
	pg_proc => q{SELECT to_jsonb(p) - '{oid,proowner,pronamespace,prosupport,prorettype,proargtypes,proallargtypes,provariadic,proargdefaults,prosqlbody,protrftypes}'::text[]
		|| jsonb_build_object('args', pg_get_function_arguments(p.oid), 'result', pg_get_function_result(p.oid), 'support', p.prosupport::regproc,
		     'body', pg_get_function_sqlbody(p.oid), 'aggregate', (SELECT jsonb_build_object('kind', a.aggkind, 'direct', a.aggnumdirectargs,
		     'parts', ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::text[],
		     'state', a.aggtranstype::regtype, 'space', a.aggtransspace, 'initial', a.agginitval, 'sort', a.aggsortop::regoperator,
		     'extra', ARRAY[a.aggfinalextra, a.aggmfinalextra], 'modify', ARRAY[a.aggfinalmodify, a.aggmfinalmodify])
		     FROM pg_aggregate a WHERE a.aggfnoid = p.oid)) FROM pg_proc p},
	pg_type => q{SELECT to_jsonb(p) - '{oid,typowner,typnamespace,typrelid,typelem,typarray,typbasetype,typcollation}'::text[]
		|| jsonb_build_object('of', p.typrelid::regclass, 'element', p.typelem::regtype, 'array', p.typarray::regtype) FROM pg_type p},
	pg_operator => q{SELECT to_jsonb(p) - '{oid,oprowner,oprnamespace,oprleft,oprright,oprresult,oprcom,oprnegate,oprcode}'::text[]
		|| jsonb_build_object('result', p.oprresult::regtype, 'commutator', p.oprcom::regoperator, 'negator', p.oprnegate::regoperator,
		     'function', p.oprcode::regprocedure) FROM pg_operator p},
	pg_cast => q{SELECT to_jsonb(p) - '{oid,castsource,casttarget,castfunc}'::text[] || jsonb_build_object('function', p.castfunc::regprocedure) FROM pg_cast p},
	pg_opclass => q{SELECT to_jsonb(p) - '{oid,opcowner,opcnamespace,opcmethod,opcfamily,opcintype,opckeytype}'::text[]
		|| jsonb_build_object('type', p.opcintype::regtype, 'key', p.opckeytype::regtype) FROM pg_opclass p},
	pg_opfamily => q{SELECT jsonb_build_object(
		  'operators', (SELECT jsonb_agg(DISTINCT jsonb_build_array(o.amopstrategy, o.amoppurpose, o.amopopr::regoperator)) FROM pg_amop o WHERE o.amopfamily = p.oid),
		  'functions', (SELECT jsonb_agg(DISTINCT jsonb_build_array(f.amprocnum, f.amproc::regprocedure, f.amproclefttype::regtype, f.amprocrighttype::regtype))
		    FROM pg_amproc f WHERE f.amprocfamily = p.oid)) FROM pg_opfamily p},
	pg_class => q{SELECT jsonb_build_object('kind', p.relkind, 'options', p.reloptions, 'grants', p.relacl, 'view', pg_get_viewdef(p.oid),
		  'columns', (SELECT jsonb_agg(jsonb_build_array(a.attname, a.atttypid::regtype, a.attnotnull) ORDER BY a.attnum) FROM pg_attribute a
		    WHERE a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped)) FROM pg_class p},
	pg_event_trigger => q{SELECT to_jsonb(p) - '{oid,evtowner,evtfoid}'::text[] || jsonb_build_object('function', p.evtfoid::regprocedure) FROM pg_event_trigger p});

# One line for each object that belongs to the extension.
sub catalog_of
{
	my ($database) = @_;
	my @lines;
	my @classes = split /\n/, $node->safe_psql($database,
		q{SELECT DISTINCT d.classid::regclass FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
		  WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'objectset' ORDER BY 1});
	foreach my $class (@classes)
	{
		die "nothing says how objects of $class are described" unless $described{$class};
		push @lines, split /\n/, $node->safe_psql($database,
			qq{SELECT pg_describe_object(d.classid, d.objid, 0) || ' ' || coalesce(obj_description(d.objid, '$class'), '-') || ' '
			     || ($described{$class} WHERE p.oid = d.objid)::text
			   FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
			   WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'objectset' AND d.classid = '$class'::regclass});
	}
	return join "\n", sort @lines;
}

$node->safe_psql('postgres', 'CREATE EXTENSION objectset');
my $fresh = catalog_of('postgres');
cmp_ok(scalar(split /\n/, $fresh), '>', 300, 'the extension has a catalog');

# ---- Each release that can be upgraded ----------------------------------------------------------------------------

my @older = split /\n/, $node->safe_psql('postgres',
	qq{SELECT p.source FROM pg_extension_update_paths('objectset') p JOIN pg_available_extension_versions v ON v.name = 'objectset' AND v.version = p.source
	   WHERE p.target = '$version' AND p.path IS NOT NULL AND p.source <> p.target ORDER BY 1});
note('versions to upgrade from: ' . (@older ? "@older" : 'none yet'));
foreach my $old (@older)
{
	$node->safe_psql('postgres', "CREATE DATABASE \"from $old\"");
	$node->safe_psql("from $old", "CREATE EXTENSION objectset VERSION '$old'");
	$node->safe_psql("from $old", 'ALTER EXTENSION objectset UPDATE');
	is(catalog_of("from $old"), $fresh, "upgraded from $old it is as a fresh one");
}

# A step is for two versions that follow each other, and each older version can still be created.
foreach my $file (glob 'sql/upgrade/objectset--*--*.sql')
{
	my ($from, $to) = $file =~ /objectset--(.+)--(.+)\.sql$/;
	ok(-f "sql/upgrade/objectset--$from.sql", "$from, from which a step leads, can be created");
	ok($to eq $version || -f "sql/upgrade/objectset--$to.sql", "$to, to which a step leads, can be created");
}

# ---- What was released ---------------------------------------------------------------------------------------------------

# The script of a version that databases were created with does not change, in sql/upgrade or as the present one:
# sql/upgrade/SHA256SUMS has the sum of each, from its release on.
my $share = qx("$ENV{PG_CONFIG}" --sharedir) =~ s/\n//r;
my ($day) = slurp_file('CHANGELOG.md') =~ /^## \[\Q$version\E\] - (.*)$/m;
my %sum_of = -f 'sql/upgrade/SHA256SUMS' ? map { reverse split } split /\n/, slurp_file('sql/upgrade/SHA256SUMS') : ();
foreach my $released (@older, $day =~ /^\d/ ? $version : ())
{
	my $script = "objectset--$released.sql";
	is(sha256_hex(slurp_file("$share/extension/$script")), $sum_of{$script}, "$script is as it was released");
}

# ---- What the comparison sees ---------------------------------------------------------------------------------------

sub altered
{
	my ($statements) = @_;
	$node->safe_psql('postgres', 'CREATE DATABASE altered');
	$node->safe_psql('altered', 'CREATE EXTENSION objectset');
	$node->safe_psql('altered', $statements) if $statements;
	my $catalog = catalog_of('altered');
	$node->safe_psql('postgres', 'DROP DATABASE altered');
	return $catalog;
}
is(altered(''), $fresh, 'two fresh ones are alike, whatever their OIDs');
foreach (
	[ 'a function that is missing', 'ALTER EXTENSION objectset DROP FUNCTION objectset_is_empty(objectset)' ],
	[ 'one more function', 'CREATE FUNCTION more() RETURNS int RETURN 1; ALTER EXTENSION objectset ADD FUNCTION more()' ],
	[ 'volatility', 'ALTER FUNCTION objectset_is_empty(objectset) VOLATILE' ],
	[ 'a cost', 'ALTER FUNCTION objectset_is_empty(objectset) COST 7' ],
	[ 'parallel safety', 'ALTER FUNCTION objectset_is_empty(objectset) PARALLEL UNSAFE' ],
	[ 'a comment', q{COMMENT ON FUNCTION objectset_is_empty(objectset) IS 'no'} ],
	[ 'a grant', 'REVOKE EXECUTE ON FUNCTION objectset_is_empty(objectset) FROM PUBLIC' ],
	[ 'an estimator', 'ALTER OPERATOR && (objectset, objectset) SET (RESTRICT = areasel)' ],
	[ 'how the type is stored', 'ALTER TYPE objectset SET (STORAGE = extended)' ],
	[ 'an operator of a family', 'ALTER OPERATOR FAMILY objectset_ops USING gin ADD OPERATOR 9 <> (objectset, objectset)' ])
{
	my ($what, $statements) = @$_;
	isnt(altered($statements), $fresh, "it would see $what");
}

$node->stop;
done_testing();
