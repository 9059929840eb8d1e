# The demo's data: a catalogue of packages as three files for COPY, package.tsv, dependency.tsv and tag.tsv.
#
#   apt-cache dumpavail | perl catalogue.pl DIRECTORY      from apt's lists
#   perl catalogue.pl --generate DIRECTORY                 made up, always the same, of the same shape
#
# Packages are numbered from 1 in the order of their names. Exits with status 3, having written nothing, where
# standard input has too few packages to be worth a tour.
use strict;
use warnings;

my $min_packages = 10_000;    # fewer are not a catalogue, but what is installed
my $generated_packages = 40_000;

my $generate = @ARGV && $ARGV[0] eq '--generate' && shift;
my $directory = shift // die "usage: catalogue.pl [--generate] DIRECTORY\n";

my $packages = $generate ? generated() : parsed(*STDIN);
exit 3 if keys %$packages < $min_packages;
write_files($packages);

# From Debian's control format: fields, continued by lines that begin with a blank; a blank line ends a package.
sub parsed
{
	my ($in) = @_;
	my %found;
	local $/ = '';
	while (my $stanza = <$in>)
	{
		$stanza =~ s/\n[ \t]+/ /g;
		my %field = $stanza =~ /^([\w-]+):[ \t]*(.*)$/mg;
		my $name = $field{Package} // next;
		next if $found{$name};    # of several architectures, one
		my @depends;
		foreach my $list (grep { defined } @field{qw(Pre-Depends Depends)})
		{
			# Alternatives count like the rest; versions and architectures do not.
			push @depends, map { /^\s*([a-z0-9][a-z0-9+.-]*)/ ? $1 : () } split /[,|]/, $list;
		}
		my ($section) = ($field{Section} // 'unknown') =~ m{([^/]+)$};
		my ($maintainer) = ($field{Maintainer} // 'unknown') =~ /^"?(.*?)"?\s*(?:<|$)/;
		$found{$name} = {
			section => $section,
			priority => $field{Priority} // 'unknown',
			maintainer => $maintainer,
			size => $field{Size} // 0,
			installed => $field{'Installed-Size'} // 0,
			summary => $field{Description} // '',
			depends => \@depends,
			tags => [ split /\s*,\s*/, $field{Tag} // '' ] };
	}
	return \%found;
}

# A catalogue as Debian's is: some libraries that nearly everything needs, many packages that nothing does.
sub generated
{
	srand 20200220;
	my %weight = (
		libs => 18, libdevel => 12, python => 11, perl => 9, doc => 8, utils => 7, net => 6, games => 6,
		science => 6, devel => 5, rust => 5, admin => 4, sound => 3, graphics => 3, web => 3, text => 3);
	my @sections = map { ($_) x $weight{$_} } sort keys %weight;
	my %prefix = (libs => 'lib', libdevel => 'lib', python => 'python3-', perl => 'lib', rust => 'librust-');
	my %suffix = (libs => '1', libdevel => '-dev', perl => '-perl', doc => '-doc', rust => '-dev');
	my @syllables = map { my $first = $_; map { $first . $_ } qw(a e i o u ar en il on us) }
	  qw(b d f g k l m n p r s t v z);
	my @maintainers = map { 'Team ' . ucfirst($syllables[ $_ % 140 ] . $syllables[ ($_ * 37) % 140 ]) } 1 .. 900;
	my @tags = map { ("role::$_", "use::$_", "interface::$_", "works-with::$_") } @syllables[ 0 .. 99 ];

	my %made = (
		libc6 => { section => 'libs', priority => 'required', depends => [] },
		zlib1g => { section => 'libs', priority => 'required', depends => ['libc6'] },
		libssl3 => { section => 'libs', priority => 'optional', depends => ['libc6'] },
		openssl => { section => 'utils', priority => 'optional', depends => [ 'libc6', 'libssl3' ] },
		python3 => { section => 'python', priority => 'important', depends => [ 'libc6', 'zlib1g', 'libssl3' ] },
		perl => { section => 'perl', priority => 'standard', depends => ['libc6'] });
	my @order = qw(libc6 zlib1g libssl3 python3 perl openssl);
	while (@order < $generated_packages)
	{
		my $section = $sections[ rand @sections ];
		my $name = ($prefix{$section} // '')
		  . join('', map { $syllables[ rand @syllables ] } 1 .. 2 + rand 2) . ($suffix{$section} // '');
		next if $made{$name};
		# Earlier packages are needed more often: the third power of a random number is mostly small.
		my %depends = map { $order[ rand(1)**3 * @order ] => 1 } 1 .. rand 9;
		$depends{libc6} = 1 if $section !~ /^(doc|python|perl)$/;
		$depends{python3} = 1 if $section eq 'python';
		$depends{perl} = 1 if $section eq 'perl';
		$depends{libssl3} = 1 if rand() < ($section =~ /^(net|web|admin)$/ ? 0.2 : 0.01);
		$made{$name} = { section => $section, priority => 'optional', depends => [ sort keys %depends ] };
		push @order, $name;
	}
	foreach my $name (@order)
	{
		my $package = $made{$name};
		my $size = int(exp(6 + rand(4) + rand(4) + rand(5)));
		$package->{size} = $size;
		$package->{installed} = int($size * 3 / 1024);
		$package->{maintainer} = $maintainers[ rand(1)**2 * @maintainers ];
		$package->{summary} = "$package->{section} package, made up for the demo";
		my %has = rand() < 0.5 ? () : map { $tags[ rand(1)**3 * @tags ] => 1 } 1 .. 1 + rand 8;
		$package->{tags} = [ sort keys %has ];
	}
	return \%made;
}

# One line of COPY's text format.
sub line
{
	my @fields = map { s/([\\\t\n\r])/ /gr } @_;
	return join("\t", @fields) . "\n";
}

sub write_files
{
	my ($all) = @_;
	my @names = sort keys %$all;
	my %id;
	@id{@names} = 1 .. @names;
	my %out;
	foreach my $table (qw(package dependency tag))
	{
		open $out{$table}, '>', "$directory/$table.tsv" or die "$directory/$table.tsv: $!\n";
	}
	foreach my $name (@names)
	{
		my $package = $all->{$name};
		print { $out{package} }
		  line($id{$name}, $name, @$package{qw(section priority maintainer size installed summary)});
		my (%needed, %tagged);
		foreach my $other (grep { defined } @id{ @{ $package->{depends} } })
		{
			print { $out{dependency} } line($id{$name}, $other) unless $needed{$other}++ || $other == $id{$name};
		}
		foreach my $tag (@{ $package->{tags} })
		{
			print { $out{tag} } line($id{$name}, $tag) unless $tag !~ /\S/ || $tagged{$tag}++;
		}
	}
	foreach my $table (sort keys %out)
	{
		close $out{$table} or die "$directory/$table.tsv: $!\n";
	}
	return;
}
