# doc/reference.md names all that the extension makes, as it is and once; and everything has its COMMENT.
#
# Functions and aggregates stand there as `name(arguments)`, operators as `left operator right`, each in backticks;
# casts in rows of a table: `from`, `to`, who calls them, and the function, which may have a place of its own besides;
# settings in the first column of a table; errors in another, by their codes and the server's names for them.

use strict;
use warnings;

use File::Find qw(find);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('reference');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION objectset');

my $reference = slurp_file('doc/reference.md');
$reference =~ s/\\\|/|/g;    # as it must be written in a table

# What belongs to the extension, of one catalog.
sub members
{
	my ($catalog, $columns) = @_;
	my $rows = $node->safe_psql('postgres', <<~"SQL");
		SELECT concat_ws(E'\\t', $columns, coalesce(obj_description(o.oid, '$catalog'), ''))
		FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'objectset'
		JOIN $catalog o ON o.oid = d.objid
		WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = '$catalog'::regclass AND d.deptype = 'e'
		ORDER BY 1
		SQL
	return map { [ split /\t/, $_, -1 ] } split /\n/, $rows;
}

# How often it is there, and how often outside of the table of casts if it is there too.
my $without_casts = $reference =~ s/^\| `[^`]+` \| `[^`]+` \| (?:explicit|assignment|implicit) \|.*\n//mgr;

sub is_told
{
	my ($what, $pattern, $comment) = @_;
	my $times = () = $without_casts =~ /$pattern/g;
	$times ||= () = $reference =~ /$pattern/g;
	is($times, 1, "$what is in the reference once");
	isnt($comment, '', "$what has a comment");
	return;
}

my @functions = members('pg_proc',
	q{o.proname || '(' || coalesce((
		SELECT string_agg(concat_ws(' ', nullif(o.proargnames[i], ''), o.proargtypes[i - 1]::regtype), ', ' ORDER BY i)
		FROM generate_series(1, o.pronargs) i), '') || ')'});
my @operators = members('pg_operator',
	q{concat_ws(' ', nullif(o.oprleft, 0)::regtype, o.oprname, o.oprright::regtype)});
my @types = members('pg_type', q{o.oid::regtype});
my @casts = members('pg_cast', q{o.castsource::regtype, o.casttarget::regtype,
	CASE o.castcontext WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'assignment' ELSE 'implicit' END});
my @classes = members('pg_opclass', q{o.opcname, (SELECT amname FROM pg_am WHERE oid = o.opcmethod)});

cmp_ok(scalar @functions, '>', 50, 'there are functions');
cmp_ok(scalar @operators, '>', 15, 'there are operators');

is_told("function $_->[0]", qr/`\Q$_->[0]\E`/, $_->[1]) foreach @functions;
is_told("operator $_->[0]", qr/`\Q$_->[0]\E`/, $_->[1]) foreach @operators;
ok($reference =~ /`\Q$_->[0]\E`/ && $_->[1] ne '', "type $_->[0] is in the reference, and has a comment") foreach grep { $_->[0] !~ /\[\]$/ } @types;
is_told("cast from $_->[0] to $_->[1]", qr/^\| `\Q$_->[0]\E` \| `\Q$_->[1]\E` \| $_->[2] \|/m, $_->[3])
  foreach @casts;
like($reference, qr/`$_->[0]`[^\n]*\b$_->[1]\b/, "operator class $_->[0] of $_->[1] is in the reference")
  foreach @classes;

# Settings, once the library is loaded.
my @settings = split /\n/, $node->safe_psql('postgres',
	q{SELECT '{}'::objectset; SELECT name FROM pg_settings WHERE name LIKE 'objectset.%' ORDER BY 1}) =~ s/^.*\n//r;
is_deeply([ sort $reference =~ /^\| `(objectset\.\w+)` \|/mg ], \@settings, 'the settings are in the reference, each once');
cmp_ok(scalar @settings, '>=', 2, 'there are settings');

# And the other way: what looks like a name of ours is one.
my %known = map { $_ => 1 } map { /(\w+)/ } map { $_->[0] } @functions, @types, @classes;
my %named = map { $_ => 1 } $reference =~ /\b(objectset\w*)\b/g;
is(join(' ', grep { !$known{$_} } sort keys %named), '', 'the reference names nothing that is not there');

# What the sources raise, but for what they look for in others' errors; and the names that the server has for it.
my (%raised, %condition);
find({ no_chdir => 1, wanted => sub {
	return if !/\.[ch]pp$/;
	$raised{$_} = 1 foreach slurp_file($_) =~ /(?<!== )(?<!ERRCODE_TO_CATEGORY\()\bERRCODE_(?!TO_CATEGORY)(\w+)/g;
} }, 'src');
chomp(my $share = qx("@{[ $ENV{PG_CONFIG} // 'pg_config' ]}" --sharedir));
foreach (split /\n/, slurp_file("$share/errcodes.txt"))
{
	$condition{"$1 `$3`"} = 1 if /^(\w{5})\s+E\s+ERRCODE_(\w+)\s+(\w+)/ && $raised{$2};
}
cmp_ok(scalar keys %condition, '>', 20, 'errors are raised');
my %told;
my ($errors) = $reference =~ /^## Errors\n(.*?)^## /ms;
while ($errors =~ /^\| (\w{5}(?:, \w{5})*) \| (`\w+`(?:, `\w+`)*) \|/mg)
{
	my ($codes, $names) = ([ split /, /, $1 ], [ split /, /, $2 ]);
	$told{"$codes->[$_] $names->[$_]"} = 1 foreach 0 .. $#$codes;
}
is_deeply([ sort keys %told ], [ sort keys %condition ], 'the reference has the errors that are raised');

$node->stop;
done_testing();
