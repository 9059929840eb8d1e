# A file that is no library, or another library, where CRoaring is looked for: the module says so, and is not loaded; the
# session and the server go on, and with the library it works.

use strict;
use warnings;

use File::Copy;
use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'about the dynamic linker of glibc' unless `getconf GNU_LIBC_VERSION 2>&1` =~ /^glibc/;
chomp(my $module = `$ENV{PG_CONFIG} --pkglibdir`);
$module .= '/objectset.so';
my ($library) = slurp_file($module) =~ /(libroaring\.so\.\d+)/ or BAIL_OUT("$module names no library");
my ($other) = grep { -e } `PATH=\$PATH:/sbin ldconfig -p` =~ /libm\.so\.6 .*=> (\S+)/g;

my $node = PostgreSQL::Test::Cluster->new('no_library');
$node->init;
my $folder = File::Spec->rel2abs($node->basedir . q{/libraries});
mkdir $folder or die "$folder: $!";

sub refused
{
	my ($what, $detail) = @_;
	{
		local $ENV{LD_LIBRARY_PATH} = $folder;
		$node->start;
	}
	my ($status, $out, $said) = $node->psql('postgres', "\\set VERBOSITY verbose\nCREATE EXTENSION objectset;\nSELECT 'on';\nLOAD 'objectset';\nSELECT 'and on';", on_error_stop => 0);
	is($out, "on\nand on", "$what: the session goes on");
	is(scalar(() = $said =~ /ERROR:  58P01: could not load the CRoaring library/g), 2, "$what: an error each time");
	like($said, $detail, "$what: which says why");
	like($said, qr/HINT:  objectset needs CRoaring/, "$what: and what to do");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_extension WHERE extname = 'objectset'}), '0', "$what: nothing was made");
	$node->stop;
	return;
}
append_to_file("$folder/$library", "no library\n");
refused('a file that is none', qr/DETAIL:  .*\Q$library\E: (?:file too short|invalid ELF header)/);
SKIP: {
	skip 'no libm.so.6', 5 unless defined $other;
	copy($other, "$folder/$library") or die "$other: $!";
	refused('another library', qr/DETAIL:  \Q$library\E has no function roaring_\w+/);
}

$node->start;
is($node->safe_psql('postgres', q{CREATE EXTENSION objectset; SELECT cardinality('{1..5}'::objectset)}), '5', 'with the library it works');
done_testing();
