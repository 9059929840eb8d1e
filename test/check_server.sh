#!/bin/bash
# Runs tests on a server that checks itself: PostgreSQL's source package of this machine's Debian release, built with
# assertions, with memory that is overwritten when it is freed and filled with rubbish when it is allotted, and with trees
# of queries and plans that are copied, and written and read again, before they are used; the module with checks of its
# own. A fault that other servers let pass ends a backend there, or changes a result.
#
# usage: test/check_server.sh [--build | --valgrind | --asan] [part ...]
#
#   part         of test/run; by default regress, isolation and tap, tap without those that are named below
#   --build      gets and builds the server, and no more
#   --valgrind   runs the server under valgrind, by default for regress with a few files
#   --asan       another server, built with AddressSanitizer in place of the assertions, and the module with it; by default for
#                regress and isolation
#
# Environment:
#   VERSION             the major version, of those that apt offers the source of; by default that of PG_CONFIG's server
#   TESTS               as for test/run
#   OBJECTSET_SERVERS   where servers are built and kept, by default build/server (make clean takes that along); when
#                       this runs as root, the user postgres has to be able to read it
#
# The source comes by apt-get from where this machine's apt gets its packages; apt's own lists are left alone. What is
# tested is a copy of the tree, so objects for other servers stay as they are. The last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8 PG_CONFIG=${PG_CONFIG:-pg_config}

# What PostgreSQL does not switch on with its assertions (src/include/pg_config_manual.h).
checks='RANDOMIZE_ALLOCATED_MEMORY COPY_PARSE_PLAN_TREES WRITE_READ_PARSE_PLAN_TREES RAW_EXPRESSION_COVERAGE_TEST'

# What the module, which is all of C++ that there is, is built with beside its containers' checks of their indexes: what the
# language does not define ends the backend.
sanitizers=undefined

# Of contrib, what tests load.
contrib="amcheck auto_explain pageinspect postgres_fdw"

# Not tested there.
left_out=(
    "calls: how much memory is taken; the checks take some"
    "cancel: how soon a statement ends, in time"
    "dist: needs no server"
    "documents: needs no server"
    "jit: this server has no LLVM"
    "memory: how much memory is taken; the checks take some"
    "page_faults: how much memory is taken; the checks take some"
    "setup: needs no server"
)

# Under valgrind, some fifty times slower: the forms of a set, what is done with sets, the scan, saved sets.
valgrind_files="io ops cast agg scan saved_table"

say() { echo "check-server: $*"; }
fail() { say "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

mode=all
case ${1-} in
--build | --valgrind | --asan) mode=${1#--}; shift ;;
--*) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac

version=${VERSION:-$("$PG_CONFIG" --version 2>/dev/null | sed 's/^PostgreSQL \([0-9]*\).*/\1/')}
[[ $version =~ ^[0-9]+$ ]] || fail "please name a major version of PostgreSQL: VERSION=15"
# What a make that called this was told is not meant for those that are called here.
unset VERSION MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
servers=${OBJECTSET_SERVERS:-$PWD/build/server}
mkdir -p "$servers" && servers=$(cd "$servers" && pwd) || exit 1
server=$version
[ "$mode" != asan ] || { server=$version-asan sanitizers=address,undefined; }
module_flags="-O1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS -fsanitize=$sanitizers -fno-sanitize-recover=all"
prefix=$servers/$server
source=$servers/source-$server

# ---- The source -----------------------------------------------------------------------------------------------------

# apt with the machine's own configuration and sources, the latter as sources of source packages, and lists of its own.
private_apt() {
    local program=$1
    shift
    "$program" -q -o Dir::Etc::SourceList="$servers/apt/none" -o Dir::Etc::SourceParts="$servers/apt/sources" \
        -o Dir::State::Lists="$servers/apt/lists" -o Dir::Cache="$servers/apt/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 "$@"
}

find_sources() {
    local directory file
    rm -rf "$servers/apt"
    mkdir -p "$servers"/apt/{sources,lists/partial,cache/archives/partial} || return 1
    eval "$(apt-config shell file Dir::Etc::SourceList/f directory Dir::Etc::SourceParts/d)"
    for file in "$file" "$directory"/*.list "$directory"/*.sources; do
        [ -f "$file" ] || continue
        case $file in
        *.list) sed -n 's/^deb /deb-src /p' "$file" >"$servers/apt/sources/${file##*/}" ;;
        *) sed 's/^[Tt]ypes:.*/Types: deb-src/' "$file" >"$servers/apt/sources/${file##*/}" ;;
        esac
    done
    private_apt apt-get update || say "apt-get update failed; going on with what it got"
}

# A mirror may know of a version whose files it does not have; then an earlier one will do.
get_source() {
    local wanted versions
    have apt-get && have dpkg-source || fail "this needs Debian's apt-get, and dpkg-source (package dpkg-dev)"
    find_sources
    versions=$(private_apt apt-cache showsrc --only-source "postgresql-$version" 2>/dev/null | sed -n 's/^Version: //p')
    [ -n "$versions" ] || fail "apt offers no source of postgresql-$version; VERSION=... chooses another"
    rm -rf "$source"
    mkdir "$source" || return 1
    while read -r wanted; do
        (cd "$source" && private_apt apt-get source --download-only --only-source "postgresql-$version=$wanted") && break
        say "apt has no files of $wanted"
        wanted=
    done < <(echo "$versions" | sort -rVu)
    [ -n "$wanted" ] || fail "apt cannot get the source of postgresql-$version"
    say "the source of PostgreSQL is $wanted"
    # Debian's patches would have it install into the folders of Debian's own server.
    dpkg-source --skip-patches --no-check -x "$source"/*.dsc "$source/tree" || fail "the source cannot be unpacked"
}

# ---- The server -----------------------------------------------------------------------------------------------------

# The sources of 17 and later come without what bison and flex make of them.
need_tools() {
    local tool missing=
    for tool in make gcc g++ perl $([ "$version" -lt 17 ] || echo bison flex); do
        have "$tool" || missing="$missing $tool"
    done
    [ -z "$missing" ] || fail "building PostgreSQL $version needs, by the names of Debian's packages:$missing"
}

server_flags() {
    # With headers of ours in the place of valgrind's, AddressSanitizer is told that instead; of what is freed, where that is
    # overwritten.
    [ "$mode" != asan ] || { printf -- '-DUSE_VALGRIND -DCLOBBER_FREED_MEMORY -I%s ' "$source/include"; return; }
    printf -- '-D%s ' $checks
    # The server tells valgrind which of its memory is in use. It costs little where there is no valgrind.
    [ ! -f /usr/include/valgrind/memcheck.h ] || printf -- '-DUSE_VALGRIND '
}

run_logged() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null || { tail -n 30 "$log"; fail "failed: $*"; }
}

build_server() {
    local flags jobs built_with stage=$source/stage
    flags=$(server_flags)
    built_with=$flags$module_flags
    [ "$mode" != asan ] || built_with+=" $(cat test/asan/valgrind/*.h | cksum)"
    [ "$(cat "$prefix/built-with" 2>/dev/null)" != "$built_with" ] || return 0
    need_tools
    get_source
    local -a options=(--prefix="$prefix" --enable-debug --enable-tap-tests --without-readline --without-icu --without-zlib
        CPPFLAGS="$flags" CXXFLAGS="$module_flags" LDFLAGS_SL=-lubsan)
    if [ "$mode" = asan ]; then
        cp -R test/asan "$source/include" || exit 1
        # AddressSanitizer looks for what throws exceptions as a process starts. What leaks in programs that end is no matter.
        options+=(CFLAGS='-O1 -fno-omit-frame-pointer -fsanitize=address' LDFLAGS_EX='-Wl,--no-as-needed -lstdc++ -lubsan')
        export ASAN_OPTIONS=detect_leaks=0
    else
        options+=(--enable-cassert CFLAGS='-Og -fno-omit-frame-pointer')
    fi
    jobs=-j$(nproc 2>/dev/null || echo 1)
    say "building it, for $prefix; ten minutes or more"
    (
        cd "$source/tree" || exit 1
        run_logged "$source/configure.log" ./configure "${options[@]}"
        run_logged "$source/build.log" make -s "$jobs"
        run_logged "$source/install.log" make -s install DESTDIR="$stage"
        for module in $contrib; do
            run_logged "$source/contrib.log" make -s "$jobs" -C "contrib/$module" install DESTDIR="$stage"
        done
    ) || exit 1
    # This may run as root, beside a server that somebody uses: what was to go anywhere else is not installed.
    [ "$(find "$stage" -type f | grep -vcF "$stage$prefix/")" = 0 ] ||
        fail "PostgreSQL would be installed into other folders than $prefix; what it would be is in $stage"
    rm -rf "$prefix"
    mv "$stage$prefix" "$prefix" || exit 1
    rm -rf "$stage"
    [ "$mode" != asan ] || nm "$prefix/bin/postgres" | grep -qw __asan_poison_memory_region ||
        fail "this server does not tell AddressSanitizer which of its memory is in use"
    echo "$built_with" >"$prefix/built-with"
    # Kept are the sources, which a debugger shows.
    find "$source/tree" -name '*.o' -delete
    rm -f "$source"/*.tar.*
}

# ---- The tests ------------------------------------------------------------------------------------------------------

# The tree as it stands, without what was built in it.
copy_tree() {
    tree=$servers/tree-$server
    rm -rf "$tree"
    mkdir "$tree" || exit 1
    tar -cf - --exclude=./.git --exclude=./build --exclude='*.o' --exclude='*.bc' --exclude='*.d' --exclude='*.so' . |
        tar -xf - -C "$tree" --no-same-owner || exit 1
}

# What is found is written here, by the server and by programs that this user runs.
make_findings() {
    findings=$servers/$mode-$version
    rm -rf "$findings"
    mkdir "$findings" && chmod 1777 "$findings" || exit 1
}

# A postgres for pg_ctl that runs under valgrind.
use_valgrind() {
    have valgrind && [ -f /usr/include/valgrind/memcheck.h ] || fail "valgrind is not here (package valgrind)"
    make_findings
    finding=FINDING-BEGIN
    # Where the server's user can read it.
    cp test/valgrind.supp "$servers/" || exit 1
    SERVER_PROGRAM=$servers/postgres-valgrind-$version
    cat >"$SERVER_PROGRAM" <<END
#!/bin/sh
exec valgrind --quiet --trace-children=yes --track-origins=yes --num-callers=30 --leak-check=no --error-limit=no \\
    --error-markers=$finding,FINDING-END --gen-suppressions=all \\
    --suppressions='$source/tree/src/tools/valgrind.supp' --suppressions='$servers/valgrind.supp' --log-file='$findings/%p.log' '$prefix/bin/postgres' "\$@"
END
    chmod 755 "$SERVER_PROGRAM"
    export SERVER_PROGRAM TESTS=${TESTS:-$valgrind_files} TEST_PATIENCE=60
}

# Whoever finds something ends. The depth of the stack has to stay what the server takes it for, and more memory than there
# is, or than may be, is for the server to refuse. Beside AddressSanitizer the other sanitizer writes to the server's log alone.
use_asan() {
    make_findings
    finding='ERROR: AddressSanitizer'
    export ASAN_OPTIONS="detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1:abort_on_error=1"
    ASAN_OPTIONS+=":log_path=$findings/asan.log"
    export UBSAN_OPTIONS="abort_on_error=1"
}

# What was found is one more test, which adds itself to the last line.
judge_findings() {
    local found passed failed
    read -r passed _ failed _ < <(tail -n 1 "$1")
    found=$(find "$findings" -type f -exec cat {} + | grep -cE -e "$finding")
    if [ "$found" != 0 ]; then
        say "what $mode found, in $findings:"
        find "$findings" -type f -exec cat {} + | head -n 300
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
    echo "$mode: $found found"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

build_server
[ "$mode" != build ] || exit 0
[ "$(id -u)" != 0 ] || setpriv --reuid=postgres --regid=postgres --init-groups test -x "$prefix/bin/postgres" ||
    fail "the user postgres, who runs the tests' servers, cannot read $prefix; OBJECTSET_SERVERS names another folder"

parts=("$@")
case $mode in
valgrind)
    [ $# != 0 ] || parts=(regress)
    use_valgrind
    ;;
asan)
    [ $# != 0 ] || parts=(regress isolation)
    use_asan
    ;;
*) [ $# != 0 ] || parts=(regress isolation tap) ;;
esac
if [[ " ${parts[*]} " = *" tap "* ]]; then
    say "left out of tap:"
    printf '    %s\n' "${left_out[@]}"
fi
export TAP_LEFT_OUT="${left_out[*]%%:*}"

copy_tree
export OBJECTSET_SHARED_DATA=${OBJECTSET_SHARED_DATA:-$PWD/../shared/data}
export PG_CONFIG=$prefix/bin/pg_config TEST_PATIENCE=${TEST_PATIENCE:-4}
case $mode in
valgrind | asan)
    # CRoaring is opened in the one name space that there is, and each block of memory comes from the server.
    sed -i 's/^language *= /&-DOBJECTSET_SANITIZED /' "$tree/Makefile"
    "$tree/test/run" "${parts[@]}" | tee "$servers/run.log" | sed -u '$d'
    judge_findings "$servers/run.log"
    ;;
*) "$tree/test/run" "${parts[@]}" ;;
esac
