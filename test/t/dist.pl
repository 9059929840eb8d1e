# The release archive, and META.json, which PGXN reads in it (https://pgxn.org/spec/).

use strict;
use warnings;

use Cwd qw(getcwd);
use IO::Uncompress::Unzip;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my ($default_version) = slurp_file('objectset.control') =~ /^default_version\s*=\s*'(.*)'$/m;
my $semantic_version = qr/^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-?[a-zA-Z][-0-9A-Za-z]*)?$/;

# ---- META.json, by the specification 1.0.0 ----------------------------------------------------------------------

my $meta = JSON::PP->new->decode(slurp_file('META.json'));
foreach my $key (qw(name version abstract maintainer license provides meta-spec))
{
	ok(defined $meta->{$key} && length $meta->{$key}, "META.json has its $key");
}
is($meta->{'meta-spec'}{version}, '1.0.0', 'of a specification');
like($meta->{$_}, qr/^[^\s\/\\[:cntrl:]]{2,}$/, "its $_ is one of PGXN's names") foreach 'name';
like($_, qr/^[^\s\/\\[:cntrl:]]{1,255}( |$)/, "tag $_") foreach @{ $meta->{tags} // [] };
is($meta->{version}, $default_version, 'its version is the one that is installed');
like($meta->{version}, $semantic_version, 'a semantic version');
is($meta->{license}, 'postgresql', 'its license is one that PGXN knows');
like(slurp_file('LICENSE'), qr/and without a written agreement is\s/, 'and the one of LICENSE');
like($meta->{release_status} // 'stable', qr/^(stable|testing|unstable)$/, 'its release status is one');
ok(ref $meta->{maintainer} ? @{ $meta->{maintainer} } : $meta->{maintainer}, 'somebody maintains it');

my ($comment) = slurp_file('objectset.control') =~ /^comment\s*=\s*'(.*)'$/m;
is(lcfirst $_->{abstract}, $comment, 'its abstract is the comment of objectset.control') foreach $meta, values %{ $meta->{provides} };
is_deeply([ keys %{ $meta->{provides} } ], [ map { s/\.control$//r } glob '*.control' ], 'it provides the extension');
while (my ($name, $extension) = each %{ $meta->{provides} })
{
	is($extension->{version}, $default_version, "$name has that version");
	ok(-f ($extension->{file} // ''), "$name has a file that is there");
	ok(-f ($extension->{docfile} // ''), "$name has documentation that is there");
}
while (my ($phase, $kinds) = each %{ $meta->{prereqs} // {} })
{
	like($phase, qr/^(configure|build|test|runtime|develop)$/, "a phase $phase");
	while (my ($kind, $needs) = each %$kinds)
	{
		like($kind, qr/^(requires|recommends|suggests|conflicts)$/, "$phase $kind");
		like($needs->{$_}, $semantic_version, "$phase $kind $_ of a version") foreach keys %$needs;
	}
}
my ($day) = slurp_file('CHANGELOG.md') =~ /^## \[\Q$default_version\E\] - (\S+)$/m;
like($day, qr/^(\d{4}-\d\d-\d\d|unreleased)$/, 'the changelog has that version, and its day');
is($meta->{release_status} // 'stable', $day eq 'unreleased' ? 'unstable' : 'stable', 'META.json says whether it is released');
is(slurp_file('debian/changelog') =~ /\A.*UNRELEASED/ ? 'unreleased' : 'released', $day eq 'unreleased' ? $day : 'released',
	'and so does debian/changelog');

# What xxHash asks of who passes the module on, in the archive and in Debian's packages.
sub xxhash_notice
{
	my ($file) = @_;
	my ($notice) = slurp_file($file) =~ /^ +(Copyright \(C\) [\d-]+ Yann Collet.*?OF SUCH DAMAGE\.)$/ms;
	return ($notice // "none in $file") =~ s/^ \.$//mgr =~ s/\s+/ /gr;
}
is(xxhash_notice('debian/copyright'), xxhash_notice('NOTICE'), 'debian/copyright has the notice of xxHash that NOTICE has');

# ---- The packages for clients, which are published by themselves ---------------------------------------------------

is(slurp_file("$_/LICENSE"), slurp_file('LICENSE'), "$_ has the licence") foreach glob 'clients/*';
is(scalar(grep { $_ eq 'LICENSE' } @{ JSON::PP->new->decode(slurp_file('clients/node/package.json'))->{files} }), 1, 'npm packs it');

# ---- make dist --------------------------------------------------------------------------------------------------

SKIP:
{
	skip 'no git here', 1 if system('git --version >/dev/null 2>&1') != 0;

	local $ENV{GIT_DIR} = PostgreSQL::Test::Utils::tempdir() . '/git';
	local $ENV{GIT_WORK_TREE} = getcwd();
	my @git = (qw(git -c user.name=test -c user.email=test -c init.defaultBranch=main));
	command_ok([ @git, 'init', '-q' ], 'a repository');
	system(@git, qw(add -A -- . :!tmp_check)) == 0 && system(@git, qw(commit -q -m test)) == 0 or die;
	command_ok([ 'make', 'dist' ], 'make dist');

	my $prefix = "objectset-$default_version";
	my %packed;
	my $zip = IO::Uncompress::Unzip->new("$prefix.zip") or die "$prefix.zip: $IO::Uncompress::Unzip::UnzipError\n";
	for (my $more = 1; $more == 1; $more = $zip->nextStream)
	{
		$packed{ $zip->getHeaderInfo->{Name} } = 1;
		1 while $zip->read(my $buffer) > 0;
	}
	my @wanted = map { "$prefix/$_" } grep { !m{(^|/)\.(ci/|git|dockerignore)} } split /\n/, qx(git ls-files);
	is_deeply([ sort grep { !m{/$} } keys %packed ], [ sort @wanted ], "$prefix.zip has all files but those of our own");
	ok($packed{"$prefix/META.json"}, 'META.json in its first folder');
}

done_testing();
