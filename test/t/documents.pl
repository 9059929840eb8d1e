# The documents hold together: tables are whole, links lead somewhere, the reference's contents name all its sections,
# nothing is said twice. What they show of SQL is run by readme.pl; that the reference has all objects, by reference.pl.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Spec;
use PostgreSQL::Test::Utils;
use Test::More;

my @documents = (glob('*.md'), glob('doc/*.md'), glob('doc/howto/*.md'), glob('clients/*/README.md'));
cmp_ok(scalar @documents, '>', 4, 'there are documents');

# A document's lines, with those of code blocks emptied. Index 0 is line 1.
sub prose
{
	my ($document) = @_;
	my $fence;
	return map {
		my $line = $_;
		if (/^\s*(```+)/ && (!defined $fence || $1 eq $fence))
		{
			$fence = defined $fence ? undef : $1;
			$line = '';
		}
		defined $fence ? '' : $line;
	} split /\n/, slurp_file($document);
}

# The cells of a table's row: what stands between bars, of which those behind a backslash are none.
sub cells
{
	my ($row) = @_;
	$row =~ s/\\\|//g;
	$row =~ s/^\s*\|//;
	$row =~ s/\|\s*$//;
	return scalar(my @cells = split /\|/, $row, -1);
}

# What is wrong with a document's tables.
sub broken_tables
{
	my @lines = @_;
	my (@faults, $columns);    # of the table that we are in
	foreach my $n (0 .. $#lines)
	{
		my $line = $lines[$n];
		if ($line !~ /^\s*\|/)
		{
			push @faults, 'line ' . ($n + 1) . ' goes on a table without being a row' if $columns && $line =~ /\S/;
			undef $columns;
			next;
		}
		if (!$columns)
		{
			$columns = cells($line);
			push @faults, 'line ' . ($n + 1) . ' is a row without a table above it'
			  if ($lines[ $n + 1 ] // '') !~ /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/;
		}
		push @faults, 'line ' . ($n + 1) . ' has ' . cells($line) . " cells and not $columns" if cells($line) != $columns;
		push @faults, 'line ' . ($n + 1) . ' is a row without its end' if $line !~ /\|\s*$/;
	}
	return @faults;
}

# As GitHub makes anchors of headings.
sub anchors
{
	my %seen;
	return map { my $n = $seen{$_}++; $n ? "$_-$n" : $_ }
	  map { lc s/[^\w\- ]//gr =~ tr/ /-/r } map { /^#+\s+(.*?)\s*$/ ? $1 =~ s/\[([^]]*)\]\([^)]*\)/$1/gr : () } @_;
}

# Links of text and images, which may be broken over two lines.
sub links
{
	my $text = join "\n", @_;
	$text =~ s/`[^`]*`//g;
	return $text =~ /\]\(\s*([^)\s]+)\s*\)/g;
}

# What a relative link leads to, from the top of the tree.
sub path_of
{
	my ($document, $link) = @_;
	my $path = File::Spec->canonpath(File::Spec->catfile(dirname($document), $link));
	1 while $path =~ s{(^|/)(?!\.\./)[^/]+/\.\./}{$1};
	return $path;
}

sub broken_links
{
	my ($document, @lines) = @_;
	my @faults;
	foreach my $link (links(@lines))
	{
		next if $link =~ /^[a-z]+:/;
		my ($path, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
		my $target = $path eq '' ? $document : File::Spec->catfile(dirname($document), $path);
		if (!-e $target) { push @faults, "$link: there is no $target"; next; }
		push @faults, "$link: no such heading" if defined $anchor && !grep { $_ eq $anchor } anchors(prose($target));
	}
	return @faults;
}

# Sentences, and items of lists up to a semicolon, that are there twice.
sub repetitions
{
	my @paragraphs = split /\n\s*\n|\n(?=\s*(?:[*|-] |\|))/, join "\n", grep { !/^#/ } @_;
	my %count;
	foreach my $paragraph (@paragraphs)
	{
		$paragraph =~ s/^\s*[*-]\s+//;
		$count{ s/\s+/ /gr =~ s/^ | $//gr }++ foreach split /(?<=[.;|])\s+/, $paragraph;
	}
	return grep { $count{$_} > 1 && length > 40 } sort keys %count;
}

# ---- The checks see what they are for ---------------------------------------------------------------------------

my @table = ('| a | b |', '|---|---|', '| `x \| y` | 2 |');
is_deeply([ broken_tables(@table, '', 'text') ], [], 'a whole table');
is(scalar broken_tables(@table, '', '| 3 | 4 |'), 1, 'a row behind a blank line');
is(scalar broken_tables(@table, '| 3 | 4 | 5 |'), 1, 'a cell too many');
is(scalar broken_tables(@table, 'text'), 1, 'text without a blank line');
is_deeply([ anchors('## A `b`, c-d', '# e', '### A `b`, c-d') ], [ 'a-b-c-d', 'e', 'a-b-c-d-1' ], 'anchors');
is_deeply([ broken_links('README.md', '[x](#install) [x](LICENSE) [x](https://x.y/z) `[a](b)`') ], [], 'whole links');
is(scalar broken_links('README.md', '[x](#nowhere) [x](nothing.md) [x](doc/format.md#nothing)'), 3, 'broken ones');
is(scalar repetitions('- What is said here, at some length, is said; and more.', '- Something.',
	'- What is said here, at some length, is said;', '  and something else.'), 1, 'what is said twice');

# ---- The documents ----------------------------------------------------------------------------------------------

foreach my $document (@documents)
{
	my @lines = prose($document);
	is_deeply([ broken_tables(@lines) ], [], "$document: tables are whole");
	is_deeply([ broken_links($document, @lines) ], [], "$document: links lead somewhere");
	is_deeply([ repetitions(@lines) ], [], "$document: nothing is said twice");
	is_deeply([ grep { $_ > 0 && $lines[$_] =~ /^#/ && $lines[ $_ - 1 ] =~ /\S/ } 0 .. $#lines ],
		[], "$document: a blank line before each heading");
}

# A package of Debian's has the documents, in the same folders, and what they link to.
my ($packed) = slurp_file('debian/rules') =~ /^documents := \$\(wildcard (.*)\)$/m;
my %packed = map { $_ => 1 } map { glob } split ' ', $packed // '';
foreach my $document (@documents)
{
	my @linked = map { s/#.*//r } grep { !/^(?:[a-z]+:|#)/ } links(prose($document));
	is_deeply([ grep { !$packed{$_} } $document, map { path_of($document, $_) } @linked ], [], "$document: a package has it, and what it links to");
}

# npm and PyPI show these alone, without the tree.
foreach my $document (glob 'clients/*/README.md')
{
	is_deeply([ grep { !/^(?:https:|#)/ } links(prose($document)) ], [], "$document: no link leads into the tree");
}

# The list above the first section links to all sections, in their order.
my @lines = prose('doc/reference.md');
my ($first) = grep { $lines[$_] =~ /^## / } 0 .. $#lines;
is_deeply([ links(@lines[ 0 .. $first - 1 ]) ], [ map { "#$_" } anchors(@lines[ $first .. $#lines ]) ],
	'doc/reference.md: its contents are complete and in order');

done_testing();
