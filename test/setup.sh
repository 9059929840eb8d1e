#!/bin/sh
# Installs what building and testing objectset need, on Debian 12, 13 or testing; as root or through sudo.
# What is there already, from wherever it came, is left alone; when nothing is missing nothing is touched.
#
# Debian 12 and 13 carry a CRoaring that is too old. Theirs is left where it is: libroaring, and nothing else,
# may come from the suite below, out of the mirror that this machine uses already.
set -eu

newer_suite=forky
newer_source=/etc/apt/sources.list.d/$newer_suite-objectset.sources
newer_pin=/etc/apt/preferences.d/objectset
PG_CONFIG=${PG_CONFIG:-pg_config}

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
have_file() { for file in "$@"; do [ ! -e "$file" ] || return 0; done; return 1; }

# ---- What is missing --------------------------------------------------------------------------------------

can_build_for_server() {
    pgxs=$("$PG_CONFIG" --pgxs 2>/dev/null) && [ -f "$pgxs" ]
}

can_run_server() {
    bindir=$("$PG_CONFIG" --bindir 2>/dev/null) && [ -x "$bindir/initdb" ] && [ -x "$bindir/postgres" ]
}

has_croaring() {
    have pkg-config && pkg-config --atleast-version=4 roaring
}

# One word for each missing thing: the name of the Debian package that brings it.
list_missing() {
    have make || echo make
    have g++ || echo g++
    have objdump || echo binutils
    have pkg-config || echo pkg-config
    have xz || echo xz-utils
    have prove || echo perl
    have setpriv || echo util-linux
    perl -MIPC::Run -e 1 2>/dev/null || echo libipc-run-perl
    have_file /usr/include/xxhash.h /usr/local/include/xxhash.h || echo libxxhash-dev
    have_file /usr/include/gtest/gtest.h /usr/local/include/gtest/gtest.h || echo libgtest-dev
    can_build_for_server || echo postgresql-server-dev
    can_run_server || echo postgresql
    has_croaring || echo libroaring-dev
}

missing=$(list_missing)
if [ -z "$missing" ]; then
    say "everything is here"
    exit 0
fi
missing_line=$(echo $missing)

if ! have apt-get || ! have dpkg-query; then
    fail "this is no Debian, so please install by hand what is missing (Debian's names): $missing_line
       libroaring-dev stands for CRoaring >= 4 as a shared library with headers and its pkg-config file;
       then make PG_CONFIG=/path/to/pg_config"
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif have sudo; then
    as_root=sudo
else
    fail "missing: $missing_line; run this as root, or install sudo"
fi
say "missing: $missing_line"

# ---- Installing -------------------------------------------------------------------------------------------

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}

# A source that fails need not be one that we need: installing will tell.
update() { apt update || say "apt-get update failed; going on with what it got"; }

install() { apt install --no-install-recommends "$@"; }

# The server's major version: of the one installed, or else of the one that the suite prefers.
server_major() {
    major=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'postgresql-[0-9]*' 2>/dev/null |
        sed -n 's/^installed postgresql-\([0-9]*\)$/\1/p' | sort -n | tail -n 1)
    if [ -z "$major" ] && can_run_server; then
        major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
    fi
    if [ -z "$major" ]; then
        major=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
    fi
    [ -n "$major" ] || fail "apt offers no postgresql package"
    echo "$major"
}

# Debian makes and starts a cluster of its own whenever a server is installed. Where there is no PostgreSQL yet,
# nobody asked for one: the tests start their own.
no_cluster=/etc/postgresql-common/createcluster.d/objectset-setup.conf
install_server() {
    if ! dpkg-query -W -f '${db:Status-Status}\n' 'postgresql-[0-9]*' 2>/dev/null | grep -qx installed; then
        $as_root mkdir -p "${no_cluster%/*}"
        trap '$as_root rm -f "$no_cluster"' EXIT
        trap 'exit 1' INT TERM
        echo "create_main_cluster = false" | $as_root tee "$no_cluster" >/dev/null
    fi
    install "$@"
    $as_root rm -f "$no_cluster"
}

croaring_candidate() {
    apt-cache policy libroaring-dev | sed -n 's/^ *Candidate: //p'
}

is_recent_croaring() {
    [ -n "$1" ] && [ "$1" != "(none)" ] && dpkg --compare-versions "$1" ge 4
}

# Prints the Signed-By of the source in file $1 whose address is $2, in either of apt's formats.
signed_by() {
    case $1 in
    *.sources)
        awk -v uri="$2" '
            function finish() { if (ours && !done) { printf "%s", key; done = key != "" } ours = 0; key = ""; field = "" }
            /^[ \t]*$/ { finish(); next }
            /^#/ { next }
            /^[^ \t]/ { field = tolower($1) }
            field == "uris:" { for (i = 1; i <= NF; i++) { u = $i; sub(/\/+$/, "", u); if (u == uri) ours = 1 } }
            field == "signed-by:" { key = key $0 "\n" }
            END { finish() }' "$1"
        ;;
    *)
        grep -F "$2" "$1" | sed -n 's/^deb .*\[.*[Ss]igned-[Bb]y=\([^] ]*\).*/Signed-By: \1/p' | head -n 1
        ;;
    esac
}

add_newer_suite() {
    mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)|$(SOURCESENTRY)' \
        'Created-By: Packages' | sed -n 's/^Debian|Debian|main|//p' | head -n 1)
    [ -n "$mirror" ] || fail "apt knows no Debian mirror to take libroaring-dev from: please install CRoaring >= 4"
    uri=${mirror%%|*}
    uri=${uri%/}
    entry=${mirror##*|}
    say "taking libroaring, and nothing else, from $newer_suite at $uri"
    # The pin first: with it in place the new source can bring nothing else in.
    $as_root tee "$newer_pin" >/dev/null <<END
# objectset: from $newer_suite come libroaring and its headers, and nothing else.
Package: *
Pin: release n=$newer_suite
Pin-Priority: -10

Package: /^libroaring([0-9]+|-dev)\$/
Pin: release n=$newer_suite
Pin-Priority: 990
END
    key=$(signed_by "${entry%:*}" "$uri")
    $as_root tee "$newer_source" >/dev/null <<END
# objectset: see $newer_pin
Types: deb
URIs: $uri
Suites: $newer_suite
Components: main${key:+
$key}
END
}

update

packages=
server_packages=
for name in $missing; do
    case $name in
    postgresql) server_packages="$server_packages postgresql-$(server_major)" ;;
    postgresql-server-dev) server_packages="$server_packages postgresql-server-dev-$(server_major)" ;;
    libroaring-dev) ;;
    *) packages="$packages $name" ;;
    esac
done
[ -z "$packages" ] || install $packages
[ -z "$server_packages" ] || install_server $server_packages

if ! has_croaring; then
    candidate=$(croaring_candidate)
    if ! is_recent_croaring "$candidate"; then
        add_newer_suite
        update
        candidate=$(croaring_candidate)
        if ! is_recent_croaring "$candidate"; then
            $as_root rm -f "$newer_source" "$newer_pin"
            fail "apt offers libroaring-dev $candidate, and 4 or later is needed; see above what it said of $newer_suite"
        fi
    fi
    install libroaring-dev
fi

still_missing=$(list_missing)
[ -z "$still_missing" ] || fail "installed, but still missing:" $still_missing
say "done"
