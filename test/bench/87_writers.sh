# What tracking a table costs 8 clients that update rows of it, each in a transaction of its own: in milliseconds for each of
# all their updates. Part of the topic `fresh`, whose tables they are. Sourced by `run`.
wanted=$(ask "SELECT bench.is_wanted('fresh', 'update a row, 8 clients')")
if [ "$wanted" = t ] && ! command -v pgbench >/dev/null; then
    say 'pgbench is not there: clients that write at once are left out'
elif [ "$wanted" = t ]; then
    declare -A written=([tracked]='objectset, tracked' [untracked]='not tracked')
    written_rows=$(ask 'SELECT count(*) FROM tracked_patient')
    seconds=1
    [ "$scale" != 1 ] || seconds=5
    for round in $(seq 0 $(((rounds + 1) / 2))); do
        for table in tracked untracked; do
            printf '\\set id random(1, %s)\nUPDATE %s_patient SET picked = picked + 1 WHERE id = :id;\n' \
                "$written_rows" "$table" >"$results/update.sql"
            rate=$(pgbench --no-vacuum --client=8 --jobs=2 --protocol=prepared --file="$results/update.sql" \
                --time="$seconds" postgres | sed -n 's/^tps = \([0-9.]*\) .*/\1/p')
            [ "$round" = 0 ] || bench -c "INSERT INTO bench.sample
                VALUES ('update a row, 8 clients', '${written[$table]}', $round, 1, 1000 / $rate)"
        done
    done
fi
