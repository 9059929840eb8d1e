# Saved sets beside a model: random programs over a set table and its target, of which a model that knows nothing of how
# sets are stored foretells every result.
#
# The model keeps bit vectors: of a plain set its members, of one with a query or an expression what was found and the
# corrections, ids to be added and removed. That edits and deleted ids are folded into a large base at some time, and that
# others are not, it cannot know: what it foretells does not depend on sizes, which are drawn from 0 to 100,000 ids.
# After each step everything is compared: what the function returned, the members and the other parts of all sets, their
# counts, which are stale, whose last refresh failed, whether `modified` moved, and what the history noted.
#
#   OBJECTSET_MODEL_STEPS   how many (500)
#   OBJECTSET_MODEL_SEED    draws the same programs again (a test that fails says which)
#   OBJECTSET_MODEL_ONLY    only the program of that number

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $steps = $ENV{OBJECTSET_MODEL_STEPS} || 500;
my $seed = $ENV{OBJECTSET_MODEL_SEED} // int(time) % 1000000;
my $per_program = 50;
note("OBJECTSET_MODEL_SEED=$seed OBJECTSET_MODEL_STEPS=$steps");

sub pick { return $_[ rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub between { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)); }

# ---- Sets of the model: bit vectors of one length ---------------------------------------------------------------
#
# Bit n stands for one id: 2^17 that lie together, 8,192 that lie far apart, the least and the greatest of all among them.

my ($dense, $sparse) = (2**17, 8192);
my $universe = $dense + $sparse;
my $none = "\0" x ($universe / 8);

sub id_of
{
	my ($n) = @_;
	return $n - 30000 if $n < $dense;
	my $far = ($n - $dense) >> 1;
	return '-9223372036854775808' if $n == $dense;
	return '9223372036854775807' if $n == $dense + 1;
	return ($n & 1 ? 1 : -1) * (4611686018427387904 - $far * 1125899906842624 - $far);
}

sub bits_of { my $bits = $none; vec($bits, $_, 1) = 1 foreach @_; return $bits; }
sub minus { my ($x, $y) = @_; return $x & ~$y; }
sub size_of { return unpack('%32b*', $_[0]); }
sub numbers_in
{
	my $text = unpack('b*', $_[0]);
	my @numbers;
	while ($text =~ /1/g) { push @numbers, $-[0]; }
	return @numbers;
}
sub periodic { my ($period, $rest) = @_;
	my $once = '0' x $rest . '1' . '0' x ($period - $rest - 1);
	return pack('b*', substr($once x ($universe / $period + 1), 0, $universe)); }
sub block { my ($from, $to) = @_;
	return pack('b*', '0' x $from . '1' x ($to - $from + 1) . '0' x ($universe - $to - 1)); }

# As the text form of a set.
sub literal
{
	my ($bits) = @_;
	my $text = unpack('b*', $bits);
	my @parts;
	while ($text =~ /1+/g)
	{
		my ($from, $to) = ($-[0], $+[0] - 1);
		if ($from < $dense)
		{
			my $last = $to < $dense ? $to : $dense - 1;
			push @parts, $from == $last ? id_of($from) : id_of($from) . '..' . id_of($last);
			$from = $dense;
		}
		push @parts, map { id_of($_) } $from .. $to;
	}
	return "'{" . join(',', @parts) . "}'::objectset";
}

sub sample { my ($count) = @_; return bits_of(map { int rand $universe } 1 .. $count); }

sub random_bits
{
	my $kind = pick(qw(none one few few few some many block block periodic half far));
	return $none if $kind eq 'none';
	return sample(1) if $kind eq 'one';
	return sample(between(2, 12)) if $kind eq 'few';
	return sample(between(20, 600)) if $kind eq 'some';
	return sample(between(1000, 6000)) if $kind eq 'many';
	return periodic(between(2, 50), between(0, 1)) if $kind eq 'periodic';
	return bits_of(map { $dense + int rand $sparse } 1 .. between(1, 3000)) if $kind eq 'far';
	return pack('C*', map { int rand 256 } 1 .. $universe / 8) if $kind eq 'half';
	my $from = between(0, $universe - 1);
	my $to = $from + int(10**(rand 5));
	return block($from, $to < $universe ? $to : $universe - 1);
}

# Mostly near what is there, so that changes meet something.
sub bits_near
{
	my ($bits) = @_;
	return random_bits() if chance(0.4);
	my @there = numbers_in($bits & pick(random_bits(), periodic(between(100, 5000), 7), block(0, $universe - 1)));
	return random_bits() if !@there;
	@there = map { pick(@there) } 1 .. between(1, 20) if chance(0.7);
	my $near = bits_of(@there);
	return chance(0.3) ? $near | sample(between(1, 5)) : $near;
}

# ---- The model ----------------------------------------------------------------------------------------------------

my @names = ('a', 'b', 'c d', 'e"f', 'G', 'h');

# What a program is at: the sets by name, which numbers the target has rows of, and the rest of the world.
#   plain:    members          query:  found, added, removed, query, is_sealed, failed          expression: the same with expression for query
my $world;

sub copy_of { my ($w) = @_; return { %$w, sets => { map { $_ => { %{ $w->{sets}{$_} } } } keys %{ $w->{sets} } } }; }
sub members_of { my ($set) = @_; return $set->{members} // minus($set->{found} | $set->{added}, $set->{removed}); }
sub is_plain { return defined $_[0]{members}; }

# What a query gives now; undef: it fails.
sub result_of
{
	my ($query) = @_;
	return if $query->{switched} && !$world->{switch};
	return $world->{rows} & $query->{bits};
}

# An expression is a name, or [ operator, left, right ].
my %operation = (
	'|' => sub { $_[0] | $_[1] },
	'&' => sub { $_[0] & $_[1] },
	'-' => sub { minus(@_) },
	'#' => sub { $_[0] ^ $_[1] });
$operation{'^'} = $operation{'#'};

sub names_in { my ($tree) = @_; return ref $tree ? (names_in($tree->[1]), names_in($tree->[2])) : ($tree); }
sub text_of { my ($tree) = @_;
	return '(' . text_of($tree->[1]) . " $tree->[0] " . text_of($tree->[2]) . ')' if ref $tree;
	return $tree if $tree =~ /^\w+$/ && chance(0.5);
	(my $quoted = $tree) =~ s/"/""/g;
	return "\"$quoted\""; }
sub evaluate
{
	my ($tree, $members) = @_;
	return $members->($tree) unless ref $tree;
	my ($left, $right) = (evaluate($tree->[1], $members), evaluate($tree->[2], $members));
	return defined $left && defined $right ? $operation{ $tree->[0] }->($left, $right) : undef;
}
sub stored_members { my ($name) = @_; my $set = $world->{sets}{$name}; return defined $set ? members_of($set) : undef; }
sub needs_of { my ($name) = @_; my $set = $world->{sets}{$name};
	return $set && $set->{expression} ? names_in($set->{expression}) : (); }

# Whether the set is composed of itself, or of such a set.
sub is_circular { my ($name, %above) = @_;
	return 1 if $above{$name};
	foreach my $need (needs_of($name)) { return 1 if is_circular($need, %above, $name => 1); }
	return 0; }
sub reaches { my ($from, $wanted, $seen) = @_;
	return 1 if $from eq $wanted;
	return 0 if $seen->{$from}++;
	foreach my $need (needs_of($from)) { return 1 if reaches($need, $wanted, $seen); }
	return 0; }

# The stale sets, and what a refresh would make of each composed set.
sub find_stale
{
	my (%stale, %would_be);
	my $future;
	$future = sub {
		my ($name) = @_;
		return $would_be{$name} if exists $would_be{$name};
		my $set = $world->{sets}{$name};
		return $would_be{$name} = defined $set ? members_of($set) : undef unless $set && $set->{expression};
		my $found = is_circular($name) ? undef : evaluate($set->{expression}, $future);
		$stale{$name} = 1 if !defined $found || $found ne $set->{found};
		return $would_be{$name} = defined $found ? minus($found | $set->{added}, $set->{removed}) : members_of($set);
	};
	$future->($_) foreach keys %{ $world->{sets} };
	return \%stale;
}

# ---- Changes in the model -----------------------------------------------------------------------------------------

sub correct
{
	my ($set, $in, $out) = @_;
	if (is_plain($set)) { $set->{members} = minus($set->{members}, $out) | $in; return; }
	$set->{added} = minus($set->{added}, $out) | minus($in, $set->{found});
	$set->{removed} = minus($set->{removed}, $in) | $out;
	return;
}
sub forget
{
	my ($set, $ids) = @_;
	if (is_plain($set)) { $set->{members} = minus($set->{members}, $ids); return; }
	$set->{$_} = minus($set->{$_}, $ids) foreach qw(found added removed);
	return;
}
sub replace
{
	my ($set, $ids) = @_;
	if (is_plain($set)) { $set->{members} = $ids; return; }
	$set->{added} = minus($ids, $set->{found});
	$set->{removed} = minus($set->{removed} | $set->{found}, $ids);
	return;
}
sub take_found
{
	my ($set, $found) = @_;
	$set->{found} = $found;
	$set->{added} = minus($set->{added}, $found);
	$set->{failed} = 0;
	return;
}
sub derive
{
	my ($name, $found, %more) = @_;
	my $set = $world->{sets}{$name} // { members => $none };
	$set = { found => $none, added => $none, removed => $none } if is_plain($set);
	delete @$set{qw(query expression)};
	$world->{sets}{$name} = { %$set, %more };
	take_found($world->{sets}{$name}, $found);
	return;
}
# Whether it could be refreshed.
sub refresh
{
	my ($set) = @_;
	my $found = !$set->{is_sealed} ? undef : $set->{expression} ? evaluate($set->{expression}, \&stored_members) : result_of($set->{query});
	if (!defined $found) { $set->{failed} = 1; return 0; }
	take_found($set, $found);
	return 1;
}
sub delete_rows
{
	my ($dead) = @_;
	$world->{rows} = minus($world->{rows}, $dead);
	return unless $world->{follows};
	foreach my $set (values %{ $world->{sets} })
	{
		foreach my $part (qw(members found added)) { $set->{$part} = minus($set->{$part}, $dead) if defined $set->{$part}; }
	}
	return;
}

# Ids change, [ from, to ] each. With `merges` one that something becomes and that becomes nothing else stays. How many
# members got another id.
sub rekey
{
	my ($set, $changes, $merges) = @_;
	my ($from, $to) = (bits_of(map { $_->[0] } @$changes), bits_of(map { $_->[1] } @$changes));
	my $stays = $merges ? minus($to, $from) : $none;
	my $image = sub { my ($bits) = @_; return ($bits & $stays) | bits_of(map { $_->[1] } grep { vec($bits, $_->[0], 1) } @$changes); };
	my $changed = sub { my ($bits) = @_; return minus($bits, $from | $to) | $image->($bits); };
	my $were = members_of($set);
	my $are = $image->($were);
	if (is_plain($set)) { $set->{members} = $changed->($were); }
	else
	{
		$set->{found} = $changed->($set->{found});
		$set->{added} = $changed->($set->{added});
		$set->{removed} = minus($set->{removed}, $from | $to) | minus($image->($set->{removed}), $are);
	}
	return size_of($were & bits_of(map { $_->[0] } grep { $_->[0] != $_->[1] } @$changes));
}

# ---- Steps: each changes the model and gives the statement, with what that returns ---------------------------------

sub quoted { my ($text) = @_; $text =~ s/'/''/g; return "'$text'"; }
sub any_name { return pick(@names); }
sub a_set { my @there = sort keys %{ $world->{sets} }; return @there && chance(0.97) ? pick(@there) : any_name(); }

# Ids in one of the forms that functions take.
sub given_ids
{
	my ($bits, $is_variadic) = @_;
	my @ids = map { id_of($_) } numbers_in($bits);
	return join(', ', map { /^-/ ? "($_)" : $_ } @ids) if $is_variadic && @ids && @ids <= 5 && chance(0.5);
	return "ARRAY[" . join(',', @ids) . ']::bigint[]' if @ids < 2000 && chance(0.3);
	return literal($bits);
}

sub random_query
{
	my ($period, $rest) = (between(2, 40), between(0, 1));
	my ($from, $to) = sort { $a <=> $b } between(0, $universe - 1), between(0, $universe - 1);
	my $from_switch = $world->{is_switched} && chance(0.15) ? ' AND 1 / (SELECT v FROM public.switch) = 1' : '';
	my $query = pick(
		{ bits => periodic($period, $rest), text => "n % $period = $rest", with => '' },
		{ bits => periodic($period, $rest), text => 'n % $1 = $2', with => ", $period, $rest" },
		{ bits => block($from, $to), text => "n BETWEEN $from AND $to", with => '' },
		{ bits => block($from, $to), text => 'n BETWEEN $1 AND $2', with => ", $from, $to" });
	return { %$query, switched => $from_switch ne '', text => "SELECT id FROM public.target WHERE $query->{text}$from_switch" };
}
sub random_tree { my ($depth) = @_;
	my $name = chance(0.95) ? a_set() : any_name();
	return $depth == 0 || chance(0.2) ? $name : [ pick('|', '&', '-', '#', '^'), random_tree($depth - 1), random_tree($depth - 1) ]; }

# The set of that name, or the step that says there is none.
sub unknown { my ($call) = @_; return { sql => "SELECT $call", error => '42704' }; }

sub by_ids
{
	my ($function, $change) = @_;
	my $name = a_set();
	my $set = $world->{sets}{$name};
	my $ids = bits_near(defined $set ? members_of($set) : $none);
	my $call = "objectset_$function('s', " . quoted($name) . ', ' . given_ids($ids, $function =~ /add|remove|forget/) . ')';
	return unknown($call) unless $set;
	my $before = members_of($set);
	$change->($set, $ids);
	my $after = members_of($set);
	return { sql => "SELECT $call", entered => size_of(minus($after, $before)), departed => size_of(minus($before, $after)), count => size_of($after) };
}
sub told { my ($step, $what) = @_; $step->{result} = $step->{$what} if !$step->{error}; return $step; }

sub apply
{
	my ($operator, $name) = (pick('|', '&', '-', '#', '^'), a_set());
	my $set = $world->{sets}{$name};
	my $other = chance(0.4) ? a_set() : undef;
	my $ids = defined $other ? stored_members($other) : bits_near($set ? members_of($set) : $none);
	my $call = "objectset_apply('s', " . quoted($name) . ", '$operator', " . (defined $other ? "'s', " . quoted($other) : given_ids($ids)) . ')';
	return unknown($call) unless $set && defined $ids;
	my $members = members_of($set);
	correct($set, minus($operation{$operator}->($members, $ids), $members), minus($members, $operation{$operator}->($members, $ids)))
	  if $operator =~ /[#^&]/;
	correct($set, $ids, $none) if $operator eq '|';
	correct($set, $none, $ids) if $operator eq '-';
	return { sql => "SELECT $call", result => size_of(members_of($set)) };
}

sub save_query
{
	my ($name, $query) = (any_name(), random_query());
	my $sql = 'SELECT objectset_save(' . join(', ', "'s'", quoted($name), quoted($query->{text})) . "$query->{with})";
	my $found = result_of($query);
	return { sql => $sql, error => '22012' } unless defined $found;
	derive($name, $found, query => $query, is_sealed => 1);
	return { sql => $sql, result => size_of(stored_members($name)) };
}

sub define
{
	my ($name, $tree) = (any_name(), random_tree(between(0, 2)));
	my $sql = 'SELECT objectset_define(' . join(', ', "'s'", quoted($name), quoted(text_of($tree))) . ')';
	my $seen = {};
	foreach my $need (names_in($tree)) { return { sql => $sql, error => '42P17' } if reaches($need, $name, $seen); }
	my $found = evaluate($tree, \&stored_members);
	return { sql => $sql, error => '42704' } unless defined $found;
	derive($name, $found, expression => $tree, is_sealed => 1);
	return { sql => $sql, result => size_of(stored_members($name)) };
}

sub refresh_one
{
	my $name = a_set();
	my $set = $world->{sets}{$name};
	my $sql = 'SELECT entered, departed FROM objectset_refresh(' . "'s', " . quoted($name) . ')';
	return { sql => $sql, error => $set ? '55000' : '42704' } unless $set && !is_plain($set);
	my $before = members_of($set);
	my $is_done = refresh($set);
	my $after = members_of($set);
	return { sql => $sql, result => $is_done ? size_of(minus($after, $before)) . '|' . size_of(minus($before, $after)) : '|' };
}

# Sets that others need come first; in circles it is not said which.
sub refresh_all
{
	my @derived = grep { !is_plain($world->{sets}{$_}) } sort keys %{ $world->{sets} };
	return if grep { is_circular($_) } @derived;
	my (%result, $visit);
	$visit = sub {
		my ($name) = @_;
		my $set = $world->{sets}{$name};
		return if !$set || is_plain($set) || $result{$name};
		$result{$name} = '';
		$visit->($_) foreach needs_of($name);
		my $before = members_of($set);
		my $is_done = refresh($set);
		my $after = members_of($set);
		$result{$name} = "$name|" . ($is_done ? size_of(minus($after, $before)) . '|' . size_of(minus($before, $after)) : '|');
	};
	$visit->($_) foreach @derived;
	return { sql => q{CALL objectset_refresh_all('s')}, result => '' } if !$world->{in_transaction} && chance(0.4);
	return { sql => q{SELECT * FROM objectset_refresh('s') ORDER BY name COLLATE "C"}, result => join("\n", map { $result{$_} } @derived) };
}

sub write_row
{
	my ($assignments, $name) = @_;
	return { sql => "UPDATE s SET $assignments WHERE name = " . quoted($name), result => '', is_plain_write => 1 };
}

# By plain statements.
sub insert
{
	my $name = any_name();
	return if $world->{sets}{$name};
	my $base = random_bits();
	if (chance(0.5))
	{
		$world->{sets}{$name} = { members => $base };
		return { sql => 'INSERT INTO s (name, base) VALUES (' . quoted($name) . ', ' . literal($base) . ')', result => '', is_plain_write => 1 };
	}
	my ($query, $added, $removed) = (random_query(), random_bits(), random_bits());
	return if $query->{with};
	$world->{sets}{$name} = { found => $base, added => $added, removed => $removed, query => $query, is_sealed => $world->{triggers} };
	return { sql => 'INSERT INTO s (name, query, base, added, removed) VALUES (' . join(', ', quoted($name), quoted($query->{text}), map { literal($_) } $base, $added, $removed) . ')', result => '', is_plain_write => 1 };
}

sub update
{
	my $name = a_set();
	my $set = $world->{sets}{$name} or return;
	my $ids = bits_near(members_of($set));
	my $kind = pick(qw(add remove base query plain expression));
	if ($kind eq 'add')
	{
		if (is_plain($set)) { $set->{members} |= $ids; return write_row('added = added | ' . literal($ids) . ', removed = removed - ' . literal($ids), $name); }
		$set->{added} |= $ids;
		return write_row('added = added | ' . literal($ids), $name);
	}
	if ($kind eq 'remove')
	{
		if (is_plain($set)) { $set->{members} = minus($set->{members}, $ids); }
		else { $set->{removed} |= $ids; }
		return write_row('removed = removed | ' . literal($ids), $name);
	}
	if ($kind eq 'base')
	{
		if (is_plain($set)) { $set->{members} = $ids; return write_row('base = ' . literal($ids) . ", added = '{}', removed = '{}', deleted = '{}'", $name); }
		$set->{found} = $ids;
		return write_row('base = ' . literal($ids) . ", deleted = '{}'", $name);
	}
	if ($kind eq 'plain')
	{
		my $members = members_of($set);
		my $failed = $set->{failed};
		$world->{sets}{$name} = { members => $members, failed => $failed };
		return write_row('query = NULL, parameters = NULL, expression = NULL', $name);
	}
	# Without the trigger nothing folds the edits of a plain set that gets a query so.
	return if is_plain($set) && !$world->{triggers};
	my $failed = $set->{failed};
	$set = { found => $set->{members}, added => $none, removed => $none } if is_plain($set);
	if ($kind eq 'expression')
	{
		my $tree = random_tree(between(0, 2));
		delete $set->{query};
		$world->{sets}{$name} = { %$set, expression => $tree, is_sealed => $world->{triggers}, failed => $failed };
		return write_row('query = NULL, parameters = NULL, expression = ' . quoted(text_of($tree)), $name);
	}
	my $query = random_query();
	return if $query->{with};
	delete $set->{expression};
	$world->{sets}{$name} = { %$set, query => $query, is_sealed => $world->{triggers}, failed => $failed };
	return write_row('expression = NULL, parameters = NULL, query = ' . quoted($query->{text}), $name);
}

# Numbers that the target has rows of, at most so many.
sub some_rows { my ($most) = @_;
	my @rows = numbers_in($world->{rows} & pick(random_bits(), periodic(between(50, 5000), 3)));
	return @rows > $most ? map { $rows[ rand @rows ] } 1 .. $most : @rows; }

sub change_keys
{
	my %moved = map { $_ => undef } some_rows(between(1, 12)) or return;
	my @olds = sort keys %moved;
	# To ids that nobody has, or round among themselves.
	my @news = chance(0.4) ? (@olds[ 1 .. $#olds ], $olds[0]) : ();
	if (!@news)
	{
		my %free = map { $_ => 1 } grep { !vec($world->{rows}, $_, 1) } map { int rand $universe } 1 .. 5 * @olds;
		return if keys %free < @olds;
		@news = (sort keys %free)[ 0 .. $#olds ];
	}
	my @changes = map { [ $olds[$_], $news[$_] ] } 0 .. $#olds;
	if ($world->{follows}) { rekey($_, \@changes, 0) foreach values %{ $world->{sets} }; }
	$world->{rows} = minus($world->{rows}, bits_of(@olds)) | bits_of(@news);
	return { result => '', sql => 'UPDATE target SET id = c.new, n = c.n FROM (VALUES ' .
		  join(', ', map { sprintf q{('%s'::bigint, '%s'::bigint, %d)}, id_of($_->[0]), id_of($_->[1]), $_->[1] } @changes) . ') AS c (old, new, n) WHERE id = c.old' };
}

sub merge_records
{
	my @numbers = map { int rand $universe } 1 .. between(2, 8);
	@numbers = map { pick(numbers_in(stored_members($_) & periodic(97, 3)), @numbers) } ((sort keys %{ $world->{sets} })[0]) x between(2, 8)
	  if %{ $world->{sets} } && chance(0.5);
	my %to = map { $_ => pick(@numbers) } @numbers[ 0 .. $#numbers / 2 ];
	my @changes = map { [ $_, $to{$_} ] } sort keys %to;
	my $members = 0;
	$members += rekey($_, \@changes, 1) foreach values %{ $world->{sets} };
	return { result => $members, sql => "SELECT objectset_rekey('s', ARRAY[" . join(',', map { id_of($_->[0]) } @changes) . ']::bigint[], ARRAY[' . join(',', map { id_of($_->[1]) } @changes) . ']::bigint[])' };
}

sub prune
{
	my $name = chance(0.5) ? a_set() : undef;
	my $sql = "SELECT objectset_prune('s'" . (defined $name ? ', ' . quoted($name) : '') . ')';
	return { sql => $sql, error => '42704' } if defined $name && !$world->{sets}{$name};
	my $departed = 0;
	foreach my $set (defined $name ? $world->{sets}{$name} : values %{ $world->{sets} })
	{
		my $before = size_of(members_of($set));
		foreach my $part (qw(members found added removed)) { $set->{$part} &= $world->{rows} if defined $set->{$part}; }
		$departed += $before - size_of(members_of($set));
	}
	return { sql => $sql, result => $departed };
}

my %step = (
	add => [ 8, sub { told(by_ids('add', sub { correct($_[0], $_[1], $none) }), 'entered') } ],
	remove => [ 8, sub { told(by_ids('remove', sub { correct($_[0], $none, $_[1]) }), 'departed') } ],
	forget => [ 4, sub { told(by_ids('forget', \&forget), 'departed') } ],
	replace => [ 3, sub { told(by_ids('replace', \&replace), 'count') } ],
	clear => [ 2, sub {
			my $name = a_set();
			my $call = "objectset_clear('s', " . quoted($name) . ')';
			my $set = $world->{sets}{$name} or return unknown($call);
			my $before = size_of(members_of($set));
			replace($set, $none);
			return { sql => "SELECT $call", result => $before }; } ],
	purge => [ 3, sub {
			my $name = a_set();
			my $call = "objectset_purge('s', " . quoted($name) . ')';
			my $set = $world->{sets}{$name} or return unknown($call);
			my $forgotten = is_plain($set) ? 0 : size_of($set->{removed});
			$set->{removed} = $none unless is_plain($set);
			return { sql => "SELECT $call", result => $forgotten }; } ],
	apply => [ 6, \&apply ],
	save_query => [ 6, \&save_query ],
	save_members => [ 6, sub {
			my ($name, $ids) = (any_name(), random_bits());
			# A failed refresh is forgotten with the query.
			my $failed = $world->{sets}{$name} && is_plain($world->{sets}{$name}) ? $world->{sets}{$name}{failed} : 0;
			$world->{sets}{$name} = { members => $ids, failed => $failed };
			return { sql => "SELECT objectset_save('s', " . quoted($name) . ', ' . given_ids($ids) . ')', result => size_of($ids) }; } ],
	define => [ 6, \&define ],
	refresh => [ 8, \&refresh_one ],
	refresh_all => [ 3, \&refresh_all ],
	rename => [ 2, sub {
			my ($name, $new) = (a_set(), any_name());
			my $sql = 'SELECT objectset_rename(' . join(', ', "'s'", quoted($name), quoted($new)) . ')';
			return { sql => $sql, error => '42704' } unless $world->{sets}{$name};
			return { sql => $sql, error => '23505' } if $name ne $new && $world->{sets}{$new};
			$world->{sets}{$new} = delete $world->{sets}{$name};
			return { sql => $sql, result => size_of(stored_members($new)), renamed => [ $name, $new ] }; } ],
	copy => [ 3, sub {
			my ($name, $new) = (a_set(), any_name());
			my $sql = 'SELECT objectset_copy(' . join(', ', "'s'", quoted($name), quoted($new)) . ')';
			return { sql => $sql, error => '42704' } unless $world->{sets}{$name};
			my $set = $world->{sets}{$name};
			return { sql => $sql, error => '42501' } unless is_plain($set) || $set->{is_sealed};
			return { sql => $sql, error => '23505' } if $world->{sets}{$new};
			$world->{sets}{$new} = { %$set };
			return { sql => $sql, result => size_of(stored_members($new)) }; } ],
	drop => [ 2, sub {
			my $name = a_set();
			my $call = "objectset_drop('s', " . quoted($name) . ')';
			my $set = delete $world->{sets}{$name} or return unknown($call);
			return { sql => "SELECT $call", result => size_of(members_of($set)) }; } ],
	trust => [ 1, sub {
			my $name = a_set();
			my $call = "objectset_trust('s', " . quoted($name) . ')';
			my $set = $world->{sets}{$name} or return unknown($call);
			my $is_needed = !is_plain($set) && !$set->{is_sealed} ? 1 : 0;
			$set->{is_sealed} = 1 unless is_plain($set);
			return { sql => "SELECT $call", result => $is_needed }; } ],
	prune => [ 3, \&prune ],
	rekey => [ 3, \&merge_records ],
	insert => [ 4, \&insert ],
	update => [ 8, \&update ],
	delete => [ 5, sub {
			my @rows = some_rows(pick(1, 1, 5, 3000, 100000)) or return;
			my $dead = bits_of(@rows);
			delete_rows($dead);
			return { sql => 'DELETE FROM target WHERE id <@ ' . literal($dead), result => '' }; } ],
	truncate => [ 0.3, sub { delete_rows(block(0, $universe - 1)); return { sql => 'TRUNCATE target', result => '' }; } ],
	insert_rows => [ 4, sub {
			my $new = minus(random_bits(), $world->{rows});
			$world->{rows} |= $new;
			return { sql => 'INSERT INTO target (id, n) SELECT id, n FROM universe WHERE id <@ ' . literal($new), result => '' }; } ],
	keys => [ 4, \&change_keys ],
	follow => [ 1, sub {
			$world->{follows} = chance(0.7) ? 1 : 0;
			return { sql => sprintf(q{DO $$ BEGIN PERFORM objectset_follow_deletes('s', %s); END $$}, $world->{follows} ? 'true' : 'false'), result => '' }; } ],
	switch => [ 2, sub { $world->{switch} = $world->{switch} ? 0 : 1; return { sql => "UPDATE switch SET v = $world->{switch}", result => '' }; } ]);
my @drawn = map { ($_) x (10 * $step{$_}[0]) } sort keys %step;

# ---- A program ----------------------------------------------------------------------------------------------------

# What the model says now, where that changed, for the server to compare with what it has.
my $checks;

sub tell_model
{
	my ($before, $step) = @_;
	my @sql;
	my ($old, $new) = ($before->{sets}, $world->{sets});
	if (my $renamed = $step->{renamed})
	{
		my ($from, $to) = map { quoted($_) } @$renamed;
		push @sql, "UPDATE model SET name = $to WHERE name = $from";
		$old = { %$old };
		$old->{ $renamed->[1] } = delete $old->{ $renamed->[0] };
	}
	my ($stale, $was_stale) = (find_stale(), $before->{stale});
	$world->{stale} = $stale;
	my @lines;
	foreach my $name (sort keys %{ { %$old, %$new } })
	{
		my ($was, $is) = ($old->{$name}, $new->{$name});
		my ($had, $has) = map { $_ ? members_of($_) : $none } $was, $is;
		push @lines, sprintf('(%s, %s, %s)', quoted($name), literal(minus($has, $had)), literal(minus($had, $has))) if $had ne $has;
		if (!$is) { push @sql, 'DELETE FROM model WHERE name = ' . quoted($name); next; }
		my %same = map { $_ => ($was ? $was->{$_} // '' : '') eq ($is->{$_} // '') } qw(members found added removed);
		my $is_same = $was && !grep { !$_ } values %same;
		if (!$is_same)
		{
			my @parts = map { defined $_ ? literal($_) : 'NULL' } $has, @$is{qw(found added removed)};
			# A set that is new, or was written by hand where nothing keeps `modified`, has any.
			my $moved = !$was || ($step->{is_plain_write} && !$world->{triggers}) ? 'NULL' : $had eq $has ? 'false' : 'true';
			push @sql, 'INSERT INTO model (name, members, found, added, removed, moved) VALUES (' . join(', ', quoted($name), @parts, $moved) . ') ' .
			  'ON CONFLICT (name) DO UPDATE SET members = excluded.members, found = excluded.found, added = excluded.added, removed = excluded.removed, moved = excluded.moved';
		}
		push @sql, sprintf('UPDATE model SET stale = %s, failed = %s WHERE name = %s', $stale->{$name} ? 'true' : 'false', $is->{failed} ? 'true' : 'false', quoted($name))
		  if !$was || !$is_same || ($was->{failed} // 0) != ($is->{failed} // 0) || ($stale->{$name} // 0) != ($was_stale->{$name} // 0);
	}
	push @sql, 'INSERT INTO expected_lines VALUES ' . join(', ', @lines) if @lines;
	return join('', map { "$_;\n" } @sql);
}

sub check
{
	my $number = int rand $universe;
	my $sql = $checks;
	$sql =~ s/:number/id_of($number)/eg;
	$sql =~ s/:rows/size_of($world->{rows})/e;
	return ($sql, join("\n", grep { vec(stored_members($_), $number, 1) } sort keys %{ $world->{sets} }));
}

$checks = q{
SELECT 'set ' || coalesce(m.name, s.name) || ':', s.id IS NULL, m.name IS NULL, s.members <> m.members, s.count <> cardinality(m.members), s.base - s.deleted <> m.found,
  s.added <> m.added, s.removed <> m.removed, s.stale IS DISTINCT FROM m.stale, s.last_error IS NOT NULL <> m.failed, (s.modified <> m.modified) <> m.moved,
  objectset_members('s', s.name) <> m.members, objectset_is_stale('s', s.name) <> m.stale, s.members, m.members
FROM model AS m FULL JOIN s USING (name)
WHERE coalesce(s.id IS NULL OR m.name IS NULL OR s.members <> m.members OR s.count <> cardinality(m.members) OR s.base - s.deleted <> m.found
  OR s.added <> m.added OR s.removed <> m.removed OR s.stale IS DISTINCT FROM m.stale OR s.last_error IS NOT NULL <> m.failed OR (s.modified <> m.modified) <> m.moved
  OR objectset_members('s', s.name) <> m.members OR objectset_is_stale('s', s.name) <> m.stale, false);
SELECT 'line', coalesce(l.name, e.name), l.entered_ids, l.departed_ids, e.entered_ids, e.departed_ids
FROM (SELECT * FROM s_history WHERE id > :last_line AND NOT (dropped AND entered_ids = '{}' AND departed_ids = '{}')) AS l FULL JOIN expected_lines AS e USING (name)
WHERE :has_history AND (l.entered_ids <> e.entered_ids OR l.departed_ids <> e.departed_ids OR l.name IS NULL OR e.name IS NULL OR l.by <> current_user);
UPDATE model AS m SET modified = s.modified, moved = false FROM s WHERE s.name = m.name AND (m.modified IS DISTINCT FROM s.modified OR m.moved IS DISTINCT FROM false);
TRUNCATE expected_lines;
SELECT 'rows', count(*), count(n) FROM target HAVING count(*) <> :rows;
\echo holding
SELECT name FROM objectset_containing('s', :number) AS name ORDER BY name COLLATE "C";
};

my %target = (
	plain => 'CREATE TABLE target (id bigint, n int, PRIMARY KEY (id) DEFERRABLE)',
	partitioned => q{
		CREATE TABLE target (id bigint, n int, UNIQUE (id) DEFERRABLE) PARTITION BY RANGE (id);
		CREATE TABLE target_1 PARTITION OF target FOR VALUES FROM (MINVALUE) TO (0);
		CREATE TABLE target_2 (n int, gone text, id bigint);
		ALTER TABLE target_2 DROP COLUMN gone;
		ALTER TABLE target ATTACH PARTITION target_2 FOR VALUES FROM (0) TO (70000);
		CREATE TABLE target_3 PARTITION OF target DEFAULT});

my $node = PostgreSQL::Test::Cluster->new('saved_model');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nclient_min_messages = error\njit = off\n");
$node->start;
my $create = q{
CREATE EXTENSION objectset;
CREATE TABLE universe (id bigint PRIMARY KEY, n int);
CREATE TABLE switch (v int);
-- The SQLSTATE of a statement that fails.
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; RETURN 'none'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
COPY universe FROM STDIN;
};
my ($loaded, $told) = $node->psql('postgres', $create . join('', map { id_of($_) . "\t$_\n" } 0 .. $universe - 1) . "\\.\nANALYZE universe;\n");
is($loaded, 0, 'the world is there');

# The script of a program, and what each of its steps must print.
sub write_program
{
	my ($length) = @_;
	my $kind = pick(sort keys %target);
	$world = { sets => {}, rows => periodic(2, 0) | random_bits(), follows => chance(0.6) ? 1 : 0, triggers => chance(0.75) ? 1 : 0,
		history => chance(0.6) ? 1 : 0, switch => 1, is_switched => 1, in_transaction => 0, stale => {} };
	my $script = sprintf q{
		SET client_min_messages = error;
		DROP TABLE IF EXISTS s, s_history, target CASCADE;
		%s;
		INSERT INTO target (id, n) SELECT id, n FROM universe WHERE id <@ %s;
		ANALYZE target;
		TRUNCATE switch;
		INSERT INTO switch VALUES (1);
		DO $$ BEGIN PERFORM objectset_create_table('s', 'target', 'id', triggers => %s, history => %s); END $$;
		CREATE TABLE IF NOT EXISTS s_history (id bigint, name text, entered_ids objectset, departed_ids objectset, by name, dropped boolean);
		DO $$ BEGIN PERFORM objectset_follow_deletes('s', %s); END $$;
		CREATE TEMPORARY TABLE model (name text PRIMARY KEY, members objectset, found objectset, added objectset, removed objectset,
		  stale boolean, failed boolean, modified timestamptz, moved boolean);
		CREATE TEMPORARY TABLE expected_lines (name text, entered_ids objectset, departed_ids objectset);
		\set has_history %s
	}, $target{$kind}, literal($world->{rows}), map { $_ ? 'true' : 'false' } @$world{qw(triggers history follows history)};
	$script =~ s/^\t+//mg;
	my @expected;
	my @savepoints;
	for (my $n = 0; $n < $length; $n++)
	{
		# Where a transaction and its savepoints begin and end
		if (!$world->{in_transaction} && chance(0.15))
		{
			@savepoints = ({ %{ copy_of($world) }, in_transaction => 0 });
			$world->{in_transaction} = 1;
			$script .= 'BEGIN ISOLATION LEVEL ' . pick('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE') . ";\n";
		}
		elsif ($world->{in_transaction} && chance(0.25))
		{
			my $is_kept = chance(0.5);
			my $before = $savepoints[0];
			$script .= $is_kept ? "COMMIT;\n" : "ROLLBACK;\n";
			$world = $before unless $is_kept;
			$world->{in_transaction} = 0;
		}
		elsif ($world->{in_transaction} && chance(0.3))
		{
			push @savepoints, copy_of($world);
			$script .= "SAVEPOINT s$#savepoints;\n";
		}
		elsif ($world->{in_transaction} && @savepoints > 1 && chance(0.4))
		{
			$script .= "ROLLBACK TO s$#savepoints;\n";
			$world = copy_of($savepoints[-1]);
			pop @savepoints;
		}
		my $before = copy_of($world);
		my $name = pick(@drawn);
		my $step = $step{$name}[1]->();
		if (!$step) { $world = $before; redo; }
		$script .= "SELECT coalesce(max(id), 0) AS last_line FROM s_history \\gset\n\\echo step $n $name\n";
		if ($step->{error})
		{
			$world = $before;
			$before = copy_of($world);
			$script .= 'SELECT state_of(' . quoted($step->{sql}) . ");\n";
			$step->{result} = $step->{error};
		}
		else { $script .= "$step->{sql};\n"; }
		my ($check, $holding) = (tell_model($before, $step), '');
		(my $rest, $holding) = check();
		$script .= "\\echo told\n$check$rest";
		push @expected, { sql => $step->{sql}, text => join("\n", "step $n $name", grep({ $_ ne '' } $step->{result}), 'told', 'holding', grep({ $_ ne '' } $holding)) . "\n" };
	}
	$script .= "COMMIT;\n" if $world->{in_transaction};
	return ($script, \@expected, $kind);
}

sub short { my ($text) = @_; return length $text > 1500 ? substr($text, 0, 1500) . ' ...' : $text; }

my $programs = int(($steps + $per_program - 1) / $per_program);
my $failures = 0;
my %done;
foreach my $program (0 .. $programs - 1)
{
	next if defined $ENV{OBJECTSET_MODEL_ONLY} && $program != $ENV{OBJECTSET_MODEL_ONLY};
	srand($seed * 1000 + $program);
	my ($script, $expected, $kind) = write_program($per_program);
	my $file = $node->basedir . '/program.sql';
	append_to_file($file, $script);
	my ($status, $out, $err) = $node->psql('postgres', "\\i $file", on_error_stop => 1);
	unlink $file;
	my @got = split /^(?=step \d+ \w+$)/m, "$out\n";
	shift @got while @got && $got[0] !~ /^step/;
	my $is_good = $status == 0 && @got == @$expected;
	foreach my $n (0 .. $#$expected)
	{
		$done{ $1 }++ if $expected->[$n]{text} =~ /^step \d+ (\w+)/;
		next if defined $got[$n] && $got[$n] eq $expected->[$n]{text};
		$is_good = 0;
		diag("program $program, target $kind: ", short($expected->[$n]{sql}), "\nexpected ", short($expected->[$n]{text}), 'got ', short($got[$n] // 'nothing'), "\n", short($err));
		last;
	}
	ok($is_good, "program $program is as the model says") and next;
	diag("OBJECTSET_MODEL_SEED=$seed OBJECTSET_MODEL_STEPS=$steps OBJECTSET_MODEL_ONLY=$program finds this again");
	last if ++$failures == 3;
}
note('steps: ', join(', ', map { "$_ $done{$_}" } sort keys %done));

$node->stop;
done_testing();
