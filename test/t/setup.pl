# test/setup.sh: each thing that is missing is named, alone, with the package that brings it; and what it says where
# installing would not help. Machines that lack something are played: a folder of links to this one's programs, in which
# some are taken out or put in front of. Nothing is installed; test/machines.sh tries that on real ones.

use strict;
use warnings;

use Cwd qw(getcwd);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = getcwd();
my $scratch = PostgreSQL::Test::Utils::tempdir();
my $real = $ENV{PG_CONFIG} // 'pg_config';
chomp(my %pg = map { $_ => scalar qx("$real" --$_) } qw(bindir pgxs includedir-server pkglibdir));

my ($bin, $server) = ("$scratch/machine/bin", "$scratch/machine/server");
my $calls = "$scratch/calls";    # what package programs were asked for
my (%environment, %link);

# Links to this machine's programs and to the server's parts: name => what it is a link to.
foreach my $folder (grep { -d && !/ccache/ } split(/:/, $ENV{PATH}), qw(/usr/sbin /usr/bin /sbin /bin))
{
	$link{"$bin/" . s{.*/}{}r} //= $_ foreach glob "$folder/*";
}
delete $link{"$bin/sudo"};
$link{"$server/bin/" . s{.*/}{}r} = $_ foreach glob "$pg{bindir}/*";
foreach my $file (qw(Makefile.global makefiles/pgxs.mk test/regress/pg_regress test/isolation/pg_isolation_regress
	test/isolation/isolationtester test/perl/PostgreSQL/Test/Cluster.pm test/perl/PostgreSQL/Test/Utils.pm))
{
	$link{"$server/pgxs/$file"} = dirname(dirname($pg{pgxs})) . "/$file";
}

# A machine that has all that this one has, Debian's package programs that say what the test wants, and compilers that
# know everything in no time. Only what differs from such a machine is made anew.
sub whole_machine
{
	make_path(map { dirname($_) } keys %link) if !-d $bin;
	foreach my $name (keys %link)
	{
		next if -l $name;
		unlink $name;
		symlink($link{$name}, $name) or die "$name: $!";
	}
	compilers(CC => 'gcc', CXX => 'g++');
	remove_tree("$scratch/files", $calls);
	make_path("$scratch/files");
	%environment = (PATH => $bin, HOME => $scratch, TMPDIR => $scratch, CALLS => $calls);
	program('apt-get', 'echo "$*" >>"$CALLS"');
	program('apt-cache', 'case $1 in
		depends) echo "  Depends: postgresql-15" ;;
		policy) echo "  Candidate: ${CROARING:-0.2.66}" ;; esac');
	program('dpkg-query', 'echo "${INSTALLED-}"');
	program('dpkg', '[ "${2%%.*}" -ge "$4" ]');
	program('id', 'case $1 in -u) echo "${ROOT:-1000}" ;; *) [ -z "${NO_POSTGRES-}" ] ;; esac');
	program('g++', 'exit 0');
	program('gcc', 'exit 0');
	pg_config(version => 'PostgreSQL 15.1', bindir => "$server/bin", pgxs => "$server/pgxs/makefiles/pgxs.mk",
		'includedir-server' => $pg{'includedir-server'}, pkglibdir => '/', sharedir => '/');
	return;
}

# What the server was built with, which Debian's releases call by several names.
sub compilers
{
	my %names = @_;
	my $file = "$server/pgxs/Makefile.global";
	my $text = slurp_file($file);
	$text =~ s/^$_ = .*/$_ = $names{$_}/m foreach keys %names;
	unlink $file;
	append_to_file($file, $text);
	return;
}

sub program
{
	my ($name, $text) = @_;
	unlink "$bin/$name";
	append_to_file("$bin/$name", "#!/bin/sh\n$text\n");
	chmod 0755, "$bin/$name";
	return;
}

sub pg_config
{
	my %says = @_;
	program('pg_config', join "\n", 'case $1 in', (map { "--$_) echo '$says{$_}' ;;" } keys %says), 'esac');
	return;
}

sub run_setup
{
	my @arguments = @_;
	my $said = '';
	local %ENV = %environment;
	my $ok = IPC::Run::run([ '/bin/sh', "$tree/test/setup.sh", @arguments ], '<', '/dev/null', '>&', \$said);
	return ($ok ? 0 : 1, $said);
}

# lacks(THING => PACKAGE ...): the dry run lists these and nothing else. Called after they were taken away.
sub lacks
{
	my %package = @_;
	my (undef, $said) = run_setup('--dry-run');
	my @lines = $said =~ /^setup:     (.*\S)$/mg;
	foreach my $thing (sort keys %package)
	{
		ok((grep { /^\Q$package{$thing}\E .*\Q$thing\E(?!\w)/ } @lines), "without $thing, $package{$thing} is missing");
	}
	my @others = grep { my $line = $_; !grep { $line =~ /^\Q$package{$_}\E .*\Q$_\E(?!\w)/ } keys %package } @lines;
	is("@others", '', 'and that is all');
	ok(!-e $calls, 'and nothing is called to install it');
	whole_machine();
	return;
}

whole_machine();
foreach my $compiler (qw(g++ gcc))
{
	unlink "$bin/$compiler";
	symlink($link{"$bin/$compiler"}, "$bin/$compiler");
}
my ($status, $said) = run_setup('--dry-run');
is($said, "setup: everything is here\n", 'a whole machine lacks nothing') or BAIL_OUT('this machine lacks something');

# ---- Commands, compilers, headers, libraries, modules ---------------------------------------------------------

my %commands = (
	awk => 'mawk', cmp => 'diffutils', diff => 'diffutils', find => 'findutils', make => 'make', bash => 'bash',
	nm => 'binutils', objdump => 'binutils', prove => 'perl', 'pkg-config' => 'pkg-config', tar => 'tar',
	timeout => 'coreutils', xz => 'xz-utils');
unlink "$bin/$_" foreach keys %commands;
lacks(%commands);
foreach my $command (qw(objdump pkg-config perl))    # others are not taken to be missing without them
{
	unlink "$bin/$command";
	lacks($command => $commands{$command} // 'perl');
}

unlink "$bin/setpriv";
(undef, $said) = run_setup('--dry-run');
like($said, qr/everything is here/, 'setpriv is not for an ordinary user');
$environment{ROOT} = 0;
lacks(setpriv => 'util-linux');
@environment{qw(ROOT NO_POSTGRES)} = (0, 1);
lacks('the user postgres' => 'postgresql-common');

# A compiler that does not find some headers, libraries and flags.
program('g++', 'case " $* " in *" -lgtest"* | *" -fsanitize"*) exit 1 ;; esac
	for file; do case $file in */source) ! grep -E "xxhash.h|gtest/gtest.h|roaring64.h" "$file" || exit 1 ;; esac; done');
lacks('xxhash.h' => 'libxxhash-dev', 'gtest/gtest.h' => 'libgtest-dev', 'libgtest and libgtest_main' => 'libgtest-dev',
	'roaring/roaring64.h' => 'libroaring-dev', 'the sanitizers of g++' => 'g++');
program('g++', 'exit 1');
lacks('C++ 17: g++' => 'g++');
unlink "$bin/gcc";
lacks('C: gcc' => 'g++');

# PGXS calls the compilers that the server was built with.
foreach my $case ([ CXX => 'g++-77', 'g++-77' ], [ CXX => 'clang++-77', 'clang-77' ], [ CC => 'gcc-77', 'g++-77' ])
{
	my ($variable, $compiler, $package) = @$case;
	compilers(CC => 'gcc', CXX => 'g++', $variable => "$compiler -x");
	lacks("$compiler -x" => $package);
}

my %modules = ('IPC::Run' => 'libipc-run-perl', 'JSON::PP' => 'perl', 'Digest::MD5' => 'perl');
foreach my $module (keys %modules)
{
	my $file = "$scratch/files/" . $module =~ s{::}{/}r . '.pm';
	make_path(dirname($file));
	append_to_file($file, "die;\n");
}
$environment{PERL5LIB} = "$scratch/files";
lacks(map { ("Perl's $_" => $modules{$_}) } keys %modules);

# CRoaring: none, an old one, one without a shared library, and one that the loader does not find.
$environment{PKG_CONFIG_LIBDIR} = '/nowhere';
lacks('CRoaring 4 or later' => 'libroaring-dev');
foreach my $case ([ '0.2.66', '/nowhere', '(this is 0.2.66)' ], [ '4.6.1', '/nowhere', '/nowhere/libroaring.so' ],
	[ '4.6.1', "$scratch/files", 'where the dynamic loader finds it' ])
{
	my ($version, $libdir, $thing) = @$case;
	append_to_file("$scratch/files/roaring.pc", "libdir=$libdir\nName: roaring\nDescription: -\nVersion: $version\n");
	append_to_file("$scratch/files/libroaring.so", '');
	$environment{PKG_CONFIG_LIBDIR} = "$scratch/files";
	lacks($thing => 'libroaring-dev');
}

# ---- The server -----------------------------------------------------------------------------------------------

# What is wanted of it stands in the list even where no package would help.
my %of_server = (
	'bin/initdb' => 'postgresql', 'bin/postgres' => 'postgresql', 'bin/pg_ctl' => 'postgresql',
	'bin/psql' => 'postgresql-client', 'bin/createdb' => 'postgresql-client', 'bin/pg_dump' => 'postgresql-client',
	'pgxs/makefiles/pgxs.mk' => 'postgresql-server-dev',
	'pgxs/test/regress/pg_regress' => 'postgresql-client',
	'pgxs/test/isolation/pg_isolation_regress' => 'postgresql-client',
	'pgxs/test/isolation/isolationtester' => 'postgresql-client',
	'pgxs/test/perl/PostgreSQL/Test/Cluster.pm' => 'postgresql-client',
	'pgxs/test/perl/PostgreSQL/Test/Utils.pm' => 'postgresql-client');
unlink "$server/$_" foreach keys %of_server;
lacks(map { ("$server/$_" => $of_server{$_}) } keys %of_server);

my @debian = (bindir => '/usr/lib/postgresql/99/bin', pgxs => '/usr/lib/postgresql/99/lib/pgxs/src/makefiles/pgxs.mk',
	'includedir-server' => '/usr/include/postgresql/99/server', version => 'PostgreSQL 99.1');

# As on a machine with Debian's postgresql-NN, postgresql-client-NN and libpq-dev: PGXS is there, headers are not.
pg_config(@debian, bindir => "$server/bin", pgxs => "$server/pgxs/makefiles/pgxs.mk");
lacks('/usr/include/postgresql/99/server/postgres.h' => 'postgresql-server-dev');

sub would_install
{
	my ($packages, $name) = @_;
	($status, $said) = run_setup('--dry-run');
	like($said, qr/^setup: would install: \Q$packages\E$/m, $name);
	is($status, 0, 'and that is no failure');
	whole_machine();
	return;
}

my $all_of = sub { join ' ', map { "$_-$_[0]" } qw(postgresql postgresql-client postgresql-server-dev) };
my $both_of = sub { join ' ', map { "$_-$_[0]" } qw(postgresql postgresql-server-dev) };
pg_config(@debian);
would_install($all_of->(99), 'the server that a pg_config of Debian\'s is of');
unlink "$bin/pg_config";
would_install($both_of->(15), 'where there is no pg_config, the server that apt prefers');
unlink "$bin/pg_config";
$environment{INSTALLED} = 'installed postgresql-14';
would_install($both_of->(14), 'or whose server is there');
$environment{PG_CONFIG} = '/usr/lib/postgresql/98/bin/pg_config';
would_install($both_of->(98), 'or that PG_CONFIG will be of');
$environment{PKG_CONFIG_LIBDIR} = '/nowhere';
would_install('libroaring-dev (from forky)', 'a CRoaring from a newer suite');
@environment{qw(PKG_CONFIG_LIBDIR CROARING)} = ('/nowhere', '4.2.1');
would_install('libroaring-dev', 'or from where it is recent enough');

# What would be installed would not be found: said before anything is done.
sub is_refused
{
	my ($name, @patterns) = @_;
	foreach my $mode ([], ['--dry-run'])
	{
		($status, $said) = run_setup(@$mode);
		is($status, 1, "@$mode $name");
		like($said, $_, 'and says so') foreach @patterns;
		ok(!-e $calls, 'and nothing is installed');
	}
	whole_machine();
	return;
}

pg_config(@debian, bindir => '/opt/other/bin');
is_refused('a pg_config of someone else\'s, with no server', qr{\Q$bin/pg_config\E, of PostgreSQL 99\.1\b},
	qr{PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config});
pg_config(@debian);
$environment{INSTALLED} = 'installed postgresql-14';
is_refused('a client of one version, a server of another', qr{\Q$bin/pg_config\E, of PostgreSQL 99\.1\b},
	qr{PG_CONFIG=/usr/lib/postgresql/14/bin/pg_config});
$environment{PG_CONFIG} = '/nowhere/pg_config';
is_refused('a PG_CONFIG that is not there', qr{/nowhere/pg_config, which is not there});
unlink "$bin/apt-get", "$bin/xz";
is_refused('no Debian', qr{xz-utils +the command xz}, qr{by hand});

pg_config(@debian, bindir => '/opt/other/bin');
{
	local %ENV = (%environment, PG_CONFIG => "$bin/pg_config");
	IPC::Run::run([ 'make', '-C', $tree, '-n' ], '<', '/dev/null', '>&', \$said);
}
like($said, qr{\Q$bin/pg_config\E is of PostgreSQL 99\.1 and has no server's headers.*PG_CONFIG=}, 'make says so, too');
whole_machine();

# ---- Who may install, and in which order ------------------------------------------------------------------------

unlink "$bin/xz";
($status, $said) = run_setup();
is($status, 1, 'an ordinary user without sudo cannot install');
like($said, qr/as root/, 'and is told who can');
ok(!-e $calls, 'and nothing is tried');

@environment{qw(ROOT PKG_CONFIG_LIBDIR CROARING)} = (0, '/nowhere', '4.2.1');
($status, $said) = run_setup();
my $called = slurp_file($calls);
$called =~ s/^.*?(?=update|install)//mg;
$called =~ s/--no-install-recommends //g;
is($called, "update\ninstall libroaring-dev\ninstall xz-utils\n", 'root installs, CRoaring first');
is($status, 1, 'and what is missing even then');
like($said, qr/still they are missing:\n.*CRoaring.*\n.*xz/, 'is told');
whole_machine();

# What is built must be installed by somebody. Told before the build where the server has no objectset yet.
program('make', 'echo "$*" >>"$CALLS"');
{
	local %ENV = (%environment, PG_CONFIG => 'pg_config');
	IPC::Run::run(
		[ 'bash', '-c', 'say() { :; }; . test/build.sh; build_module "$1" || cat "$1"', '-', "$scratch/log" ],
		'<', '/dev/null', '>&', \$said);
}
like($said, qr/no sudo here.*make install. as root/s, 'an ordinary user without sudo is told who installs');
ok(!-e $calls, 'before anything is built');

done_testing();
