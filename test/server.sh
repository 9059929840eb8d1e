# A throw-away PostgreSQL server, for tests, demo and benchmarks. Source this from bash, then:
#
#   server_start ['setting = value' ...]   starts one; psql and its kin find it through PGHOST, PGPORT, PGUSER
#   server_user command ...                runs a command as the user that the server runs as
#   server_stop                            stops it and removes all of it; also happens on exit
#
# It listens on a socket in its own directory and nowhere else, does not sync to disk, and runs as an ordinary
# user: `postgres` when we are root (a server refuses to be root), ourselves otherwise. What that user shall
# read must lie in $SERVER_DIR, since the tree itself may be closed to it.
#
# It sets: SERVER_DIR (the server's user can read and write it), SERVER_LOG. SERVER_PROGRAM, where it is set, is started in
# place of postgres.

PG_CONFIG=${PG_CONFIG:-pg_config}
SERVER_DIR=

server_user() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$SERVER_DIR" && exec setpriv --reuid=postgres --regid=postgres --init-groups \
            env HOME="$SERVER_DIR" USER=postgres LOGNAME=postgres "$@")
    else
        (cd "$SERVER_DIR" && exec env HOME="$SERVER_DIR" "$@")
    fi
}

# The directory alone, for what needs the user but not the server.
server_directory() {
    [ -z "$SERVER_DIR" ] || return 0
    # A socket's path is short, so not TMPDIR.
    SERVER_DIR=$(mktemp -d /tmp/objectset.XXXXXX) || return 1
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$SERVER_DIR" || return 1
    SERVER_LOG=$SERVER_DIR/server.log
    trap server_stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

server_start() {
    local bindir setting
    bindir=$("$PG_CONFIG" --bindir) || return 1
    server_directory || return 1
    if ! server_user "$bindir/initdb" -D "$SERVER_DIR/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
            --no-sync >"$SERVER_DIR/initdb.log" 2>&1; then
        cat "$SERVER_DIR/initdb.log" >&2
        return 1
    fi
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$SERVER_DIR'"
        echo "port = 5432"
        echo "fsync = off"
        echo "synchronous_commit = off"
        echo "full_page_writes = off"
        echo "max_wal_size = 4GB"
        echo "shared_buffers = 256MB"
        echo "max_prepared_transactions = 10"
        echo "timezone = 'UTC'"
        # Tests that switch plans off make the others look costly enough to be compiled; test/t/jit.pl asks for it.
        echo "jit = off"
        echo "log_line_prefix = '%m [%p] %d %a '"
        for setting in "$@"; do echo "$setting"; done
    } >>"$SERVER_DIR/data/postgresql.conf"
    if ! server_user "$bindir/pg_ctl" -D "$SERVER_DIR/data" -l "$SERVER_LOG" -w -t 60 -s \
            ${SERVER_PROGRAM:+-p "$SERVER_PROGRAM"} start </dev/null; then
        cat "$SERVER_LOG" >&2
        return 1
    fi
    export PGHOST=$SERVER_DIR PGPORT=5432 PGUSER=postgres
    unset PGDATABASE PGSERVICE PGOPTIONS PGPASSWORD
    PATH=$bindir:$PATH
}

server_stop() {
    [ -n "$SERVER_DIR" ] || return 0
    if [ -f "$SERVER_DIR/data/postmaster.pid" ]; then
        server_user "$("$PG_CONFIG" --bindir)/pg_ctl" -D "$SERVER_DIR/data" -m immediate -w -s stop </dev/null ||
            echo "server.sh: the server in $SERVER_DIR did not stop" >&2
    fi
    rm -rf "$SERVER_DIR"
    SERVER_DIR=
}
