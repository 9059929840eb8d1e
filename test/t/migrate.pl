# The page for who comes from pg_roaringbitmap names all that it has, where it is installed to be asked.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('migrate');
$node->init;
$node->start;
if ($node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'roaringbitmap'") eq '0')
{
	$node->stop;
	plan skip_all => 'this server offers no extension roaringbitmap, whose functions would be looked up';
}

$node->safe_psql('postgres', 'CREATE EXTENSION roaringbitmap');
my $members = q{FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roaringbitmap')};
my @functions = split /\n/, $node->safe_psql('postgres',
	"SELECT DISTINCT proname FROM pg_proc WHERE oid IN (SELECT objid $members AND classid = 'pg_proc'::regclass)");
my @operators = split /\n/, $node->safe_psql('postgres',
	"SELECT DISTINCT oprname FROM pg_operator WHERE oid IN (SELECT objid $members AND classid = 'pg_operator'::regclass)");
cmp_ok(scalar @functions, '>', 40, 'it has functions');
cmp_ok(scalar @operators, '>', 5, 'and operators');

my $page = slurp_file('doc/howto/pg_roaringbitmap.md') =~ s/\\\|/|/gr;
$page =~ s/^```.*?^```$//msg;
foreach my $function (map { s/^(rb|roaringbitmap)64/$1/r } @functions)
{
	next if $function eq 'roaringbitmap' || $function =~ /^rb_(?:to|from)_roaringbitmap$/;
	like($page, qr/`$function\b/, "$function is in the page");
}
like($page, qr/`[^`]*\Q$_\E[^`]*`/, "operator $_ is in the page") foreach @operators;

$node->stop;
done_testing();
