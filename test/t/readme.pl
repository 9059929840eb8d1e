# What the documents show is what the server says.
#
# The convention, for README.md and the documents below doc/: a block that begins with ```sql is run as it stands, by
# one psql each, all blocks of a document in order in one database. Where a block that begins with a plain ``` follows
# it, with nothing but blank lines between, that is the output: of all statements of the block, as psql shows it
# without row counts (\pset footer off) and with NULL for NULL (\pset null NULL); blanks at ends of lines do not count.
# An error is shown as its line `ERROR:  SQLSTATE: message`, in the end; lines of detail and hint may follow.
# A block without an output must run without an error. Other blocks name a language (```sh, ```text) and are not run.
# A comment `<!-- needs NAME VERSION -->` on the line above a block says that it is run where the server offers this
# extension, by default in this version or a later one.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @documents = grep { -e } 'README.md', sort glob 'doc/*.md doc/howto/*.md';

# The superuser that the documents show is called postgres, whoever runs this.
$ENV{PGUSER} = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init(extra => [ '--username=postgres' ]);
$node->start;

foreach my $document (@documents)
{
	my $database = $document =~ s/\W/_/gr;
	my %missing;    # what blocks need and the server lacks: how many do
	$node->safe_psql('postgres', qq{CREATE DATABASE "$database"});
	foreach my $block (blocks($document))
	{
		if (defined $block->{needs} && !is_offered($block->{needs})) { $missing{ $block->{needs} }++; }
		else { check_block($database, "$document:$block->{line}", $block); }
	}
	foreach my $needs (sort keys %missing)
	{
		Test::More->builder->skip("$document: this server offers no extension $needs, for blocks that need it: $missing{$needs}");
	}
}

sub check_block
{
	my ($database, $name, $block) = @_;
	return fail("$name: a block without a language is the output of an sql block before it") if exists $block->{stray};
	my ($out, $err) = run_block($database, $block->{sql});
	return is($err, '', "$name: runs") if !exists $block->{output};

	# Details and hints need not be shown, but what is shown must be so.
	$err =~ s/\n(?:DETAIL|HINT):.*//sg if $block->{output} !~ /^(?:DETAIL|HINT):/m;
	return is(join("\n", grep { $_ ne '' } $out, $err), $block->{output}, "$name: says what is shown");
}

# Whether there is an extension, in a version or one after it: "name" or "name 1.0".
sub is_offered
{
	my ($name, $version) = split / /, shift;
	my $condition = "name = '$name'";
	$condition .= " AND string_to_array(default_version, '.')::int[] >= string_to_array('$version', '.')::int[]" if defined $version;
	return $node->safe_psql('postgres', "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE $condition)") eq 't';
}

# The sql blocks of a document: where they are, what is in them, and what is said to come out.
sub blocks
{
	my ($document) = @_;
	my (@blocks, $kind, @lines, $begin);
	my $after_sql = 0;    # nothing but blank lines since an sql block
	my $needs;            # what the comment on the line above says
	my $number = 0;
	foreach my $line (split /\n/, slurp_file($document))
	{
		$number++;
		if (!defined $kind)
		{
			if ($line =~ /^```(\w*)$/)
			{
				($kind, $begin, @lines) = ($1, $number);
			}
			elsif ($line =~ /^<!-- needs (\w+(?: [\d.]+)?) -->$/)
			{
				$needs = $1;
				$after_sql = 0;
			}
			elsif ($line =~ /\S/)
			{
				$after_sql = 0;
			}
			next;
		}
		if ($line ne '```')
		{
			push @lines, $line;
			next;
		}
		my $text = trimmed(join("\n", @lines));
		if ($kind eq 'sql')
		{
			push @blocks, { line => $begin, sql => $text, needs => $needs };
		}
		elsif ($kind eq '')
		{
			if ($after_sql) { $blocks[-1]{output} = $text; }
			else { push @blocks, { line => $begin, stray => 1 }; }
		}
		$after_sql = $kind eq 'sql';
		undef $needs;
		undef $kind;
	}
	die "$document:$begin: a block without an end" if defined $kind;
	return @blocks;
}

# What psql says on both channels.
sub run_block
{
	my ($database, $sql) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(
		[
			'psql', '-X', '-q', '-P', 'footer=off', '-P', 'null=NULL', '-P', 'pager=off',
			'-v', 'VERBOSITY=verbose', '-d', $node->connstr($database), '-f', '-'
		],
		'<', \$sql, '>', \$out, '2>', \$err, IPC::Run::timeout(180));
	$err =~ s/^psql:<stdin>:\d+: //mg;
	$err =~ s/^(?:LOCATION|LINE \d+): .*\n?//mg;    # and the line with the caret below it
	$err =~ s/^\s*\^\s*\n?//mg;
	$err =~ s/^NOTICE: .*\n?//mg;
	return (trimmed($out), trimmed($err));
}

sub trimmed
{
	my ($text) = @_;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/^\n+|\n+$//g;
	return $text;
}

$node->stop;
done_testing();
