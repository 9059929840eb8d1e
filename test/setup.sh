#!/bin/sh
# Installs what building and testing objectset need, on Debian 12, 13 or testing; as root or through sudo.
# What is there already, from wherever it came, is left alone; when nothing is missing nothing is touched.
#
# usage: setup.sh [--dry-run]
#
#   --dry-run   says what is missing and what would be installed; changes nothing, and needs no rights
#
# Environment, as make sets it: PG_CONFIG, PKG_CONFIG, CXX.
#
# Debian 12 and 13 carry a CRoaring that is too old. Theirs is left where it is: libroaring, and nothing else,
# may come from the suite below, out of the mirror that this machine uses already.
set -eu

newer_suite=forky
newer_source=/etc/apt/sources.list.d/$newer_suite-objectset.sources
newer_pin=/etc/apt/preferences.d/objectset
no_cluster=/etc/postgresql-common/createcluster.d/objectset-setup.conf
PG_CONFIG=${PG_CONFIG:-pg_config}
PKG_CONFIG=${PKG_CONFIG:-pkg-config}
cxx=${CXX:-g++}

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
have_file() { for file in "$@"; do [ ! -f "$file" ] || return 0; done; return 1; }

dry_run=
case ${1-} in
'') ;;
--dry-run) dry_run=yes ;;
*) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac

as_root=
server_major=
made_no_cluster=
scratch=$(mktemp -d) || exit 1
clean_up() {
    rm -rf "$scratch"
    [ -z "$made_no_cluster" ] || $as_root rm -f "$no_cluster"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# ---- What is missing: each line asks for the very thing that the build or a test uses ----------------------

# lacks PACKAGE THING: a line of the list. Packages have Debian's names, a server's without its version.
lacks() { printf '%-22s %s\n' "$1" "$2"; }

need_command() { have "$1" || lacks "$2" "the command $1"; }
need_program() { [ -x "$1" ] || lacks "$2" "$1"; }
need_file() { [ -f "$1" ] || lacks "$2" "$1"; }

# compiles COMPILER LANGUAGE SOURCE FLAG...
compiles() {
    compiler=$1
    language=$2
    printf '%s\n' "$3" >"$scratch/source"
    shift 3
    $compiler -x "$language" "$scratch/source" -x none "$@" -o "$scratch/object" >/dev/null 2>&1
}

# The package of a compiler. One of C alone would come without the library of C++, which is linked with.
compiler_package() {
    case ${1##*/} in
    gcc-[0-9]* | g++-[0-9]*) echo "g++-${1##*-}" ;;
    clang*) echo "${1##*/}" | sed 's/++//' ;;
    *) echo g++ ;;
    esac
}

need_cxx() {
    compiles "$1" c++ '#include <charconv>' -std=c++17 -fPIC -shared ||
        lacks "$(compiler_package "${1%% *}")" "a compiler of C++ 17: $1"
}

# PGXS calls the compilers that the server was built with, one to compile and, before PostgreSQL 18, the other to
# link; the unit tests are compiled by make's own.
need_compilers() {
    global=$(dirname "$(pg pgxs)")/../Makefile.global
    server_cc=$(sed -n 's/^CC *= *//p' "$global" 2>/dev/null | head -n 1)
    server_cxx=$(sed -n 's/^CXX *= *//p' "$global" 2>/dev/null | head -n 1)
    need_cxx "$cxx"
    [ "${server_cxx:-$cxx}" = "$cxx" ] || need_cxx "$server_cxx"
    command=${server_cc:-gcc}
    compiles "$command" c '#include <stdio.h>' -fPIC -shared -lstdc++ ||
        lacks "$(compiler_package "${command%% *}")" "a compiler of C: $command"
}

# need_header HEADER PACKAGE FLAG...: where there is no compiler, it is looked for where one would look.
need_header() {
    header=$1
    package=$2
    shift 2
    if compiles "$cxx" c++ '' -E; then
        compiles "$cxx" c++ "#include <$header>" "$@" -E || lacks "$package" "$header"
    else
        have_file "/usr/include/$header" "/usr/local/include/$header" || lacks "$package" "$header"
    fi
}

need_libraries() {
    need_header xxhash.h libxxhash-dev
    need_header gtest/gtest.h libgtest-dev
    compiles "$cxx" c++ 'int main() {}' || return 0
    compiles "$cxx" c++ 'int main();' -pthread -lgtest_main -lgtest || lacks libgtest-dev 'libgtest and libgtest_main'
    compiles "$cxx" c++ 'int main() {}' -fsanitize=address,undefined ||
        lacks "$(compiler_package "${cxx%% *}")" "the sanitizers of $cxx"
}

croaring_version() {
    if have "$PKG_CONFIG"; then
        "$PKG_CONFIG" --modversion roaring 2>/dev/null || true
    else
        sed -n 's/^Version: *//p' /usr/lib*/pkgconfig/roaring.pc /usr/lib/*/pkgconfig/roaring.pc \
            /usr/local/lib/pkgconfig/roaring.pc 2>/dev/null || true
    fi
}

# The headers to compile with; and the shared library, which the module opens by its soname.
need_croaring() {
    version=$(croaring_version)
    if ! [ "${version%%.*}" -ge 4 ] 2>/dev/null; then
        lacks libroaring-dev "CRoaring 4 or later${version:+ (this is $version)}"
        return
    fi
    have "$PKG_CONFIG" || return 0
    for header in roaring/roaring.h roaring/roaring64.h roaring/containers/containers.h; do
        need_header "$header" libroaring-dev $("$PKG_CONFIG" --cflags roaring)
    done
    library=$("$PKG_CONFIG" --variable=libdir roaring)/libroaring.so
    need_file "$library" libroaring-dev
    if have objdump && have perl && [ -f "$library" ]; then
        soname=$(objdump -p "$library" | sed -n 's/^ *SONAME *//p')
        [ -n "$soname" ] && perl -MDynaLoader -e 'exit !DynaLoader::dl_load_file($ARGV[0])' "$soname" 2>/dev/null ||
            lacks libroaring-dev "${soname:-the soname of $library} where the dynamic loader finds it"
    fi
}

need_perl_modules() {
    have perl || return 0
    for module in Test::More Time::HiRes Digest::MD5 JSON::PP; do
        perl "-M$module" -e 1 2>/dev/null || lacks perl "Perl's $module"
    done
    perl -MIPC::Run -e 1 2>/dev/null || lacks libipc-run-perl "Perl's IPC::Run"
}

need_commands() {
    for command in awk:mawk bash:bash cmp:diffutils diff:diffutils find:findutils make:make nm:binutils \
        objdump:binutils perl:perl "$PKG_CONFIG:pkg-config" prove:perl tar:tar timeout:coreutils xz:xz-utils; do
        need_command "${command%:*}" "${command##*:}"
    done
    perl -MTest::More -MTime::HiRes -MDigest::MD5 -MJSON::PP -MIPC::Run -e 1 2>/dev/null || need_perl_modules
    [ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ] || lacks libc-bin "the locale C.UTF-8"
    # A server refuses to run as root: what root tests runs as this user.
    if [ "$(id -u)" = 0 ]; then
        need_command setpriv util-linux
        id postgres >/dev/null 2>&1 || lacks postgresql-common "the user postgres"
    fi
}

pg() { "$PG_CONFIG" "--$1" 2>/dev/null || true; }

need_server() {
    bindir=$(pg bindir)
    if [ -z "$bindir" ]; then
        lacks postgresql "a PostgreSQL server"
        lacks postgresql-server-dev "pg_config and the server's headers"
        return
    fi
    for program in initdb pg_ctl postgres; do
        need_program "$bindir/$program" postgresql
    done
    for program in createdb pg_dump psql; do
        need_program "$bindir/$program" postgresql-client
    done
    need_file "$(pg includedir-server)/postgres.h" postgresql-server-dev
    pgxs=$(pg pgxs)
    need_file "$pgxs" postgresql-server-dev
    for file in regress/pg_regress isolation/pg_isolation_regress isolation/isolationtester \
        perl/PostgreSQL/Test/Cluster.pm perl/PostgreSQL/Test/Utils.pm; do
        need_file "${pgxs%/*/*}/test/$file" postgresql-client
    done
}

list_missing() {
    need_croaring
    need_commands
    need_compilers
    need_libraries
    need_server
}

missing=$(list_missing)
if [ -z "$missing" ]; then
    say "everything is here"
    exit 0
fi
# The packages, each once.
names=$(echo "$missing" | sed 's/ .*//' | sort -u)
lacks_package() { echo "$names" | grep -Eqx "$1"; }
is_debian() { have apt-get && have dpkg-query; }

# ---- Which server: a package's is of use where PG_CONFIG leads to it --------------------------------------

# The major version in the path of a Debian server's programs.
debian_major() { echo "$1" | sed -n 's,^/usr/lib/postgresql/\([0-9][0-9]*\)/bin.*,\1,p'; }

installed_major() {
    ! is_debian || dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'postgresql-[0-9]*' 2>/dev/null |
        sed -n 's/^installed postgresql-\([0-9]*\)$/\1/p' | sort -n | tail -n 1
}

offered_major() {
    ! is_debian || apt-cache depends postgresql 2>/dev/null |
        sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

# Ends it: nothing that could be installed would be found through PG_CONFIG.
fail_wrong_server() {
    version=$("$PG_CONFIG" --version 2>/dev/null) || version=
    major=$(installed_major)
    [ -n "$major" ] || major=$(offered_major)
    other=/path/to/pg_config
    [ -z "$major" ] || other=/usr/lib/postgresql/$major/bin/pg_config
    fail "pg_config is ${pg_config_file:-$PG_CONFIG, which is not there}${version:+, of $version}: there is no
setup: whole server behind it, and what Debian's packages would bring is not found through it. Please name another
setup: one's in each call of make, or in the environment: make PG_CONFIG=$other ..."
}

# Sets server_major: whose packages PG_CONFIG leads to, now or when they are there. Empty: whatever apt prefers.
choose_server() {
    pg_config_file=$(command -v "$PG_CONFIG" 2>/dev/null) || pg_config_file=
    bindir=$(pg bindir)
    server_major=$(debian_major "$bindir")
    installed=$(installed_major)
    if [ -z "$bindir" ]; then
        # There is none yet; or postgresql-common's, which looks for one.
        case $PG_CONFIG:$pg_config_file in
        pg_config: | pg_config:/usr/bin/pg_config | pg_config:/bin/pg_config) server_major=$installed ;;
        /usr/lib/postgresql/*:) server_major=$(debian_major "$PG_CONFIG") ;;
        *) fail_wrong_server ;;
        esac
    elif [ -z "$server_major" ]; then
        fail_wrong_server
    elif [ "$PG_CONFIG" = pg_config ] && [ -n "$installed" ] && [ "$installed" != "$server_major" ] &&
        lacks_package postgresql; then
        # A client of one version, a server of another.
        fail_wrong_server
    fi
}

# ---- What to install, and who may -------------------------------------------------------------------------

say "missing, by the names of Debian's packages:"
echo "$missing" | sed 's/^/setup:     /'
! lacks_package "postgresql(-client|-server-dev)?" || choose_server
is_debian || fail "this is no Debian, so please install these by hand"

if [ -n "$dry_run" ]; then
    :
elif [ "$(id -u)" = 0 ]; then
    as_root=
elif have sudo; then
    as_root=sudo
else
    fail "please run this as root (make setup), or install sudo"
fi

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}

# A source that fails need not be one that we need: installing will tell.
update() {
    said=$(mktemp) || return
    apt update 2>"$said" && updated=yes || updated=
    cat "$said" >&2
    [ -n "$updated" ] || say "apt-get update failed; going on with what it got"
    ! grep -Eq 'Release file for .* is (expired|not valid yet)' "$said" || tell_of_dates
    rm -f "$said"
}

# Once. Mirrors that are copies of an earlier day are past the date in their Release files.
tell_of_dates() {
    [ -z "${told_of_dates-}" ] || return 0
    told_of_dates=yes
    say 'apt takes nothing from a mirror whose Release file is past its date by the clock of this machine. If the clock is
setup: right, and you trust that mirror, put this line into /etc/apt/apt.conf.d/99-old-mirror, and run this again:
setup:     Acquire::Check-Valid-Until "no";'
}

install() { apt install --no-install-recommends "$@"; }

# The list's names as apt knows them.
packages=
server_packages=
choose_packages() {
    [ -n "$server_major" ] || server_major=$(offered_major)
    for name in $names; do
        case $name in
        postgresql | postgresql-client | postgresql-server-dev)
            name=$name-${server_major:-N}
            [ -n "$dry_run" ] || apt-cache show "$name" >/dev/null 2>&1 ||
                fail "apt offers no $name; make PG_CONFIG=/path/to/pg_config chooses another server"
            server_packages="$server_packages $name"
            ;;
        libroaring-dev) ;;
        *) packages="$packages $name" ;;
        esac
    done
}

croaring_candidate() {
    apt-cache policy libroaring-dev | sed -n 's/^ *Candidate: //p'
}

is_recent_croaring() {
    [ -n "$1" ] && [ "$1" != "(none)" ] && dpkg --compare-versions "$1" ge 4
}

if [ -n "$dry_run" ]; then
    choose_packages
    croaring=
    if lacks_package libroaring-dev; then
        croaring=libroaring-dev
        is_recent_croaring "$(croaring_candidate)" || croaring="libroaring-dev (from $newer_suite)"
    fi
    say "would install:" $croaring $packages $server_packages
    exit 0
fi

# ---- Installing -------------------------------------------------------------------------------------------

# Debian makes and starts a cluster of its own whenever a server is installed. Where there is no PostgreSQL yet,
# nobody asked for one: the tests start their own.
install_server() {
    if ! dpkg-query -W -f '${db:Status-Status}\n' 'postgresql-[0-9]*' 2>/dev/null | grep -qx installed; then
        $as_root mkdir -p "${no_cluster%/*}"
        made_no_cluster=yes
        echo "create_main_cluster = false" | $as_root tee "$no_cluster" >/dev/null
    fi
    install "$@"
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

# Takes care that apt offers a CRoaring that is recent enough.
find_croaring() {
    candidate=$(croaring_candidate)
    is_recent_croaring "$candidate" && return
    add_newer_suite
    update
    candidate=$(croaring_candidate)
    is_recent_croaring "$candidate" && return
    $as_root rm -f "$newer_source" "$newer_pin"
    fail "apt offers libroaring-dev $candidate, and 4 or later is needed; see above what it said of $newer_suite"
}

update
choose_packages
if lacks_package libroaring-dev; then
    # First, since nothing else is so likely not to be had.
    find_croaring
    install libroaring-dev
fi
[ -z "$packages" ] || install $packages
[ -z "$server_packages" ] || install_server $server_packages

still_missing=$(list_missing)
[ -z "$still_missing" ] || fail "all was installed that would bring these, and still they are missing:
$(echo "$still_missing" | sed 's/^/setup:     /')"
say "done"
