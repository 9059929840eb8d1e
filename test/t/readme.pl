# What the documents show is what the server says.
#
# The convention, for README.md and the documents below doc/: a block that begins with ```sql is run as it stands, by
# one psql each, all blocks of a document in order in one database. Where a block that begins with a plain ``` follows
# it, with nothing but blank lines between, that is the output: of all statements of the block, as psql shows it
# without row counts (\pset footer off) and with NULL for NULL (\pset null NULL); blanks at ends of lines do not count.
# An error is shown as its line `ERROR:  SQLSTATE: message`, in the end; lines of detail and hint may follow.
# A block without an output must run without an error. Other blocks name a language (```sh, ```text) and are not run.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @documents = grep { -e } 'README.md', sort glob 'doc/*.md doc/howto/*.md';

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->start;

foreach my $document (@documents)
{
	my $database = $document =~ s/\W/_/gr;
	$node->safe_psql('postgres', qq{CREATE DATABASE "$database"});
	foreach my $block (blocks($document))
	{
		my $name = "$document:$block->{line}";
		if (exists $block->{stray})
		{
			fail("$name: a block without a language is the output of an sql block before it");
			next;
		}
		my ($out, $err) = run_block($database, $block->{sql});
		if (!exists $block->{output})
		{
			is($err, '', "$name: runs");
			next;
		}
		# Details and hints need not be shown, but what is shown must be so.
		$err =~ s/\n(?:DETAIL|HINT):.*//sg if $block->{output} !~ /^(?:DETAIL|HINT):/m;
		is(join("\n", grep { $_ ne '' } $out, $err), $block->{output}, "$name: says what is shown");
	}
}

# The sql blocks of a document: where they are, what is in them, and what is said to come out.
sub blocks
{
	my ($document) = @_;
	my (@blocks, $kind, @lines, $begin);
	my $after_sql = 0;    # nothing but blank lines since an sql block
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
			push @blocks, { line => $begin, sql => $text };
		}
		elsif ($kind eq '')
		{
			if ($after_sql) { $blocks[-1]{output} = $text; }
			else { push @blocks, { line => $begin, stray => 1 }; }
		}
		$after_sql = $kind eq 'sql';
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
