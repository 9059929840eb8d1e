# Dump and restore, by pg_dump and psql: the sets of 2.5 million and 500,000 ids, and all real sets. Sourced by `run`.
if [ "$(ask "SELECT bench.is_wanted('dump', 'dump and restore')")" = t ]; then
    bench -f test/bench/data/large.sql -f test/bench/data/real.sql
    dump_names=(objectset)
    [ "$scale" != 1 ] || dump_names+=(array)
    [ "$(ask "SELECT bench.have('roaringbitmap')")" != t ] || dump_names+=(roaring64 roaring32)
    declare -A dump_contender=(
        [objectset]=objectset [array]='bigint[]' [roaring64]=pg_roaringbitmap [roaring32]='pg_roaringbitmap, 32 bits')
    for name in "${dump_names[@]}"; do
        bench -c "CREATE SCHEMA dump_$name" \
              -c "CREATE TABLE dump_$name.large AS SELECT * FROM large_$name WHERE id <= 3" \
              -c "CREATE TABLE dump_$name.real AS SELECT * FROM real_$name"
    done
    # timed WORKLOAD CONTENDER ROUND command ...
    timed() {
        local workload=$1 contender=$2 round=$3 started=$EPOCHREALTIME
        shift 3
        "$@"
        local ended=$EPOCHREALTIME
        [ "$round" = 0 ] || bench -c "INSERT INTO bench.contender (topic, workload, contender, statement)
                     VALUES ('dump', '$workload', '$contender', 'pg_dump') ON CONFLICT DO NOTHING" \
            -c "INSERT INTO bench.sample VALUES ('$workload', '$contender', $round, 1, ($ended - $started) * 1000)"
    }
    for round in $(seq 0 $(((rounds + 1) / 2))); do
        for name in "${dump_names[@]}"; do
            dump=$SERVER_DIR/dump_$name
            timed 'dump, as SQL' "${dump_contender[$name]}" "$round" \
                pg_dump --schema="dump_$name" --file="$dump.sql" postgres
            timed 'dump, compressed' "${dump_contender[$name]}" "$round" \
                pg_dump --format=custom --schema="dump_$name" --file="$dump.dump" postgres
            bench -c 'SET client_min_messages = warning' -c "DROP SCHEMA dump_$name CASCADE"
            timed 'restore, of SQL' "${dump_contender[$name]}" "$round" \
                psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -f "$dump.sql" postgres
        done
    done
    for name in "${dump_names[@]}"; do
        bench -c "INSERT INTO bench.figure (topic, workload, contender, value, unit) VALUES
            ('dump', 'bytes: dump, as SQL', '${dump_contender[$name]}', $(stat -c %s "$SERVER_DIR/dump_$name.sql"), 'bytes'),
            ('dump', 'bytes: dump, compressed', '${dump_contender[$name]}', $(stat -c %s "$SERVER_DIR/dump_$name.dump"), 'bytes')"
    done
    bench -c "UPDATE bench.figure f SET \"limit\" = (SELECT min(value) FROM bench.figure p
                  WHERE p.workload = f.workload AND p.contender LIKE 'pg_roaringbitmap%')
              WHERE topic = 'dump' AND contender = 'objectset'"
fi
bench -c "INSERT INTO bench.goal (about, workloads, against, \"limit\") VALUES
    ('dump: no slower than pg_roaringbitmap', 'dump, %', 'pg_roaringbitmap%', 1),
    ('restore: no slower than pg_roaringbitmap', 'restore, %', 'pg_roaringbitmap%', 1)"
