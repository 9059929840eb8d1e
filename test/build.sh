# Builds the module and puts it into the server that PG_CONFIG names, for tests, demo and benchmarks. Source this from
# bash; `say` is a function of the caller's that shows a line to the user.
#
#   build_module LOG         builds and installs; if it fails, LOG says why, and has the compiler's warnings in any case
#   make_told LOG GOAL ...   make, quietly but for a line now and then while it compiles; LOG gets what compilers say

make_told() {
    local log=$1 all begun=$SECONDS told=$SECONDS done=0 line
    shift
    # All there are, if anything has changed that all depend on.
    all=$(make --no-print-directory -n "$@" 2>/dev/null | grep -c -- ' -c -o ' || true)
    make --no-print-directory -j"$(nproc 2>/dev/null || echo 1)" "$@" 2>"$log" </dev/null |
        while read -r line; do
            case $line in *' -c -o '*) ;; *) continue ;; esac
            done=$((done + 1))
            [ $done = 1 ] || [ $((SECONDS - told)) -ge 10 ] || continue
            told=$SECONDS
            say "compiling ${line##* }, $done of at most $all files, after $((SECONDS - begun)) s"
        done
    return "${PIPESTATUS[0]}"
}

build_module() {
    local log=$1 as_root='' stage status=0
    if ! may_install; then
        as_root=sudo
        # Better now than after the build; but what is installed may be just what will have been built.
        if ! command -v sudo >/dev/null && ! [ -e "$("$PG_CONFIG" --pkglibdir)/objectset.so" ]; then
            tell_who_installs >"$log"
            return 1
        fi
    fi
    make_told "$log" all || return 1
    stage=$(mktemp -d /tmp/objectset-install.XXXXXX) || return 1
    install_from "$stage" "$as_root" >>"$log" 2>&1 || status=1
    rm -rf "$stage"
    return $status
}

# Through a folder of our own, so that root need not run make, and whatever is there already is left alone.
install_from() {
    local file
    make --no-print-directory -s install DESTDIR="$1" </dev/null || return 1
    while read -r file; do
        ! cmp -s "$1$file" "$file" || continue
        if [ -n "$2" ] && ! command -v sudo >/dev/null; then
            tell_who_installs
            return 1
        fi
        $2 install -D -m "$(stat -c %a "$1$file")" "$1$file" "$file" || return 1
    done < <(cd "$1" && find . -type f | sed 's/^\.//')
}

may_install() { [ -w "$("$PG_CONFIG" --pkglibdir)" ] && [ -w "$("$PG_CONFIG" --sharedir)/extension" ]; }

tell_who_installs() {
    local named=
    [ "$PG_CONFIG" = pg_config ] || named=" PG_CONFIG=$PG_CONFIG"
    echo "$(id -un) may not write to $("$PG_CONFIG" --pkglibdir), and there is no sudo here."
    echo "Please run \`make$named\` yourself and \`make install$named\` as root, both in $PWD, and then this again:"
    echo "what is installed already is not installed anew."
}
