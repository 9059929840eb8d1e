#!/usr/bin/perl
# Draws times.csv, from standard input, as an SVG: for each workload that has a label one bar for each contender, as
# long as its median time is on a logarithmic scale. Follows the reader's light or dark theme.
use strict;
use warnings;
use utf8;
binmode STDIN, ':encoding(UTF-8)';
binmode STDOUT, ':encoding(UTF-8)';

my @contenders = (
    ['objectset',          '#2563eb', qr/^objectset$/],
    ['pg_roaringbitmap',   '#d97706', qr/^pg_roaringbitmap$/],
    ['intarray',           '#7c3aed', qr/^intarray$/],
    ['bigint[]',           '#0d9488', qr/^bigint\[\]$/],
    ['many-to-many table', '#dc2626', qr/^many-to-many$/],
    ['CRoaring, sets in memory', '#9ca3af', qr/^CRoaring/],
);

sub fields {
    my ($line) = @_;
    my @fields;
    while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/g) {
        my ($field, $end) = (defined $1 ? $1 =~ s/""/"/gr : $2, $3);
        push @fields, $field;
        last if $end eq '';
    }
    return @fields;
}

sub escape { return $_[0] =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr }

sub spell {
    my ($ms) = @_;
    return sprintf '%.3g s',  $ms / 1000 if $ms >= 999.5;
    return sprintf '%.3g ms', $ms        if $ms >= 0.9995;
    return sprintf '%.3g µs', $ms * 1e3  if $ms >= 0.0009995;
    return sprintf '%.3g ns', $ms * 1e6;
}

chomp(my $head = <STDIN> // '');
my @columns = fields($head);
my (@order, %bars, $least, $most);
while (my $line = <STDIN>) {
    chomp $line;
    my %row;
    @row{@columns} = fields($line);
    next if $row{label} eq '';
    for my $i (0 .. $#contenders) {
        next if $row{contender} !~ $contenders[$i][2];
        push @order, $row{label} if !$bars{ $row{label} };
        push @{ $bars{ $row{label} } }, [$i, $row{median_ms}];
        $least = $row{median_ms} if !defined $least || $row{median_ms} < $least;
        $most  = $row{median_ms} if !defined $most  || $row{median_ms} > $most;
    }
}
($least, $most) = (1, 10) if !@order;

my ($left, $width, $bar, $gap) = (290, 500, 13, 14);
my $log = sub { log($_[0]) / log(10) };
# A bar begins a little below the shortest time, so that there is something of it to see.
my ($low, $high) = (floor($log->($least) - 0.3), $log->($most) + 0.05);
sub floor { my $whole = int $_[0]; return $whole > $_[0] ? $whole - 1 : $whole }
my $x = sub { $left + $width * ($log->($_[0]) - $low) / ($high - $low) };

my $top = 62;
my $y = $top;
my $body = '';
for my $label (@order) {
    my @bars = sort { $a->[0] <=> $b->[0] } @{ $bars{$label} };
    $body .= sprintf qq{<text class="label" x="%d" y="%.1f">%s</text>\n}, $left - 10, $y + @bars * $bar / 2 + 4, escape($label);
    for my $b (@bars) {
        my ($i, $ms) = @$b;
        my $end = $x->($ms);
        $body .= sprintf qq{<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"><title>%s: %s</title></rect>\n},
            $left, $y + 1, $end - $left > 1 ? $end - $left : 1, $bar - 2, $contenders[$i][1], escape($contenders[$i][0]), spell($ms);
        $body .= sprintf qq{<text class="value" x="%.1f" y="%.1f">%s</text>\n}, $end + 4, $y + $bar - 3, spell($ms);
        $y += $bar;
    }
    $y += $gap;
}

my $grid = '';
for my $power ($low .. floor($high)) {
    my $at = $x->(10**$power);
    $grid .= sprintf qq{<line x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>\n<text class="tick" x="%.1f" y="%d">%s</text>\n},
        $at, $at, $top - 6, $y - $gap + 4, $at, $top - 12, spell(10**$power);
}

my ($legend, $place) = ('', 12);
for my $i (0 .. $#contenders) {
    next if !grep { $_->[0] == $i } map { @$_ } values %bars;
    $legend .= sprintf qq{<rect x="%d" y="12" width="11" height="11" fill="%s"/><text x="%d" y="22">%s</text>\n},
        $place, $contenders[$i][1], $place + 16, escape($contenders[$i][0]);
    $place += 34 + 7 * length $contenders[$i][0];
}

my ($w, $h) = ($left + $width + 70, $y);
print <<"END";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $w $h" width="$w" height="$h" role="img">
<title>Time of one execution, shorter is better; logarithmic scale</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2937 }
.label { text-anchor: end }
.value { font-size: 10px; fill: #6b7280 }
.tick { font-size: 10px; text-anchor: middle; fill: #6b7280 }
line { stroke: #9ca3af; stroke-opacity: 0.35 }
\@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .value, .tick { fill: #9ca3af } }
</style>
$legend$grid$body</svg>
END
