#!/bin/bash
# Random queries by sqlsmith, over tables of sets and saved sets, with all of the extension's functions within reach: no
# backend may end, no assertion fail, no error be an internal one.
#
# usage: test/sqlsmith.sh [queries]      20000, by default
#
#   SQLSMITH_SEED=n   draws the same queries again; the seed is printed
#
# It takes sqlsmith, which is installed if it is missing (Debian; as root or through sudo). The server is one of its own,
# which PG_CONFIG names. Each query is rolled back, and cut off after a second. What sqlsmith itself reports as errors are those of
# any random query. The last line is `N passed, N failed`; what failed is shown with its query.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8 PG_CONFIG=${PG_CONFIG:-pg_config}
. test/server.sh
. test/build.sh
queries=${1:-20000}
seed=${SQLSMITH_SEED:-$RANDOM}

say() { echo "sqlsmith: $*"; }
fail() { say "$*" >&2; echo "0 passed, 1 failed"; exit 1; }

test/optional.sh sqlsmith
command -v sqlsmith >/dev/null || fail "this needs sqlsmith"
results=$PWD/build/sqlsmith
mkdir -p "$results" || exit 1
build_module "$results/build.log" || { cat "$results/build.log"; fail "it does not build"; }

# The queries that raised internal errors are in the log, with the places in the sources.
server_start 'log_error_verbosity = verbose' "log_line_prefix = '%p '" 'log_min_messages = error' 'statement_timeout = 3s' \
    'work_mem = 4MB' 'max_parallel_workers_per_gather = 2' 'parallel_setup_cost = 10' 'parallel_tuple_cost = 0' \
    'min_parallel_table_scan_size = 0' || fail "no server"
psql -X -q -v ON_ERROR_STOP=1 -f test/sqlsmith.sql postgres >/dev/null || fail "the tables cannot be made"

say "$queries queries, seed $seed, on $("$PG_CONFIG" --version)"
status=0
PGOPTIONS="-c search_path=smith_catalog,pg_catalog,smith,public" sqlsmith --exclude-catalog --verbose --max-queries="$queries" --seed="$seed" \
    --target="host=$PGHOST port=$PGPORT user=smith dbname=postgres" >"$results/out" 2>"$results/err" </dev/null || status=$?
cp "$SERVER_LOG" "$results/server.log"
run=$(tr '\r' '\n' <"$results/err" | sed -n 's/^queries: \([0-9]*\).*/\1/p' | tail -n 1)
called=$(psql -X -A -t -c "SELECT count(*) FILTER (WHERE calls > 0) || ' of our functions were called, ' || sum(calls) || ' times'
    FROM pg_stat_user_functions s JOIN pg_depend d ON d.objid = s.funcid AND d.deptype = 'e'" postgres 2>&1)
say "${run:-0} queries; $called"

# Errors of the class XX, but for those that the server raises of itself on such queries; the statement stands some lines below.
known='XX000: (could not find (array|range|multirange) type for data type'
known+='|cache lookup failed for |unrecognized privilege type|cannot accept a value of type)'
fatal='terminated by signal|TRAP:|PANIC:|was terminated|server process .* exited with exit code'
found=$(grep -E "$fatal" "$results/server.log" | head -n 20)
found+=$(grep -E -A 12 '(ERROR|FATAL): +XX' "$results/server.log" | grep -vE "$known" | head -n 60)
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    say "the whole log is $results/server.log"
elif [ $status != 0 ] || [ "${run:-0}" -lt "$queries" ]; then
    found="sqlsmith ended early, with status $status"
    tail -n 20 "$results/err"
    say "$found"
fi
[ -n "$found" ] || { echo "1 passed, 0 failed"; exit 0; }
echo "0 passed, 1 failed"
exit 1
