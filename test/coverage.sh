#!/bin/bash
# Which lines of src the tests run: builds what is committed with gcov's counters in a folder of its own, runs tests on it,
# and prints the lines covered file by file, with the numbers of those that are not. Of src/core those count that the unit
# tests run; of src/pg those that the others run, in a server. Afterwards the server has the ordinary build again.
#
# usage: test/coverage.sh [part ...]
#
# Parts are those of test/run that run our code: unit, which is run once, without sanitizers; regress, isolation, tap, orm. If
# none is named: unit regress isolation. A backend that is killed counts nothing. What nothing provokes (no memory, a
# damaged catalog) is not covered, and is not left out of the figures either.
#
# It takes gcovr, which is installed if it is missing (Debian; as root or through sudo). The exit status is zero when all
# tests passed and so much of each half was run: 97 % of the lines of src/core, 90 % of those of src/pg.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8 PG_CONFIG=${PG_CONFIG:-pg_config}
. test/build.sh
core_goal=97
pg_goal=90

say() { echo "coverage: $*"; }

unit=
server_parts=()
[ $# != 0 ] || set -- unit regress isolation
for part in "$@"; do
    if [ "$part" = unit ]; then unit=yes; else server_parts+=("$part"); fi
done

test/optional.sh gcovr
command -v gcovr >/dev/null || { say "this needs gcovr" >&2; exit 1; }
git diff --quiet HEAD || say "what is not committed is left out"

shared=${OBJECTSET_SHARED_DATA:-$PWD/../shared/data}
[ ! -d "$shared" ] || OBJECTSET_SHARED_DATA=$(cd "$shared" && pwd)
export OBJECTSET_SHARED_DATA
results=$PWD/build/coverage
mkdir -p "$results"
scratch=$(mktemp -d /var/tmp/objectset-coverage.XXXXXX) || exit 1
is_server_changed=
finish() {
    rm -rf "$scratch"
    unset COVERAGE
    [ -z "$is_server_changed" ] || build_module "$results/build.log" || say "the server still has the module with counters"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Backends write their counters beside the objects, and are of another user.
tree=$scratch/tree
git clone -q --no-hardlinks . "$tree" || exit 1
chmod 755 "$scratch"
# Without optimization, which moves lines and merges them, and which what Debian's server adds for safety would need; the unit
# tests would take ten times as long then.
export COVERAGE='--coverage -O0 -U_FORTIFY_SOURCE' TEST_PATIENCE=${TEST_PATIENCE:-4}
failed=0

# covered FOLDER GOAL OBJECTS: the table of src/FOLDER.
covered() {
    local status=0
    gcovr --root "$tree" --filter "$tree/src/$1/" --gcov-ignore-parse-errors --fail-under-line "$2" \
        --txt "$results/$1.txt" --json "$results/$1.json" "$tree/$3" >"$results/gcovr.log" 2>&1 || status=$?
    # 2 is what it says where it has done its work and found too little.
    case $status in 0 | 2) ;; *) cat "$results/gcovr.log"; return 1 ;; esac
    echo
    cat "$results/$1.txt"
    [ $status = 0 ] || say "of src/$1 less than $2 % is covered"
    return $status
}

if [ -n "$unit" ]; then
    (cd "$tree" && COVERAGE='--coverage -O1' make_told "$results/unit-build.log" build/unit/plain/unit) ||
        { cat "$results/unit-build.log"; exit 1; }
    (cd "$tree" && build/unit/plain/unit --gtest_brief=1) || failed=1
    covered core $core_goal build/unit/plain || failed=1
fi
if [ ${#server_parts[@]} != 0 ]; then
    (cd "$tree" && make_told "$results/build.log" all) || { cat "$results/build.log"; exit 1; }
    chmod -R a+rwX "$tree/src"
    is_server_changed=yes
    (cd "$tree" && test/run "${server_parts[@]}") || failed=1
    covered pg $pg_goal src/pg || failed=1
fi
say "tables are in $results"
[ $failed = 0 ]
