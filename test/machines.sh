#!/bin/bash
# Tries `make demo` and `make test` on machines that it makes for that: chroots with next to nothing in them, filled by
# debootstrap from the mirror that this machine's apt uses. For root, on Debian; an hour or two and some GB of disk.
#
#   bookworm trixie forky   a bare release, with git and make
#   client                  bookworm with a server, its client and libpq-dev, and without the server's headers
#   user                    bookworm where root has set up, and an ordinary user without sudo goes on
#   each                    bookworm that has everything, and then lacks one package after another: setup.sh names it
#
# usage: test/machines.sh [--keep] [machine ...]
#
#   --keep   leaves the chroots where they are, and takes what an earlier run left
#
# They lie in $OBJECTSET_MACHINES, by default a new folder in /var/tmp. What is tried is what is committed. The last
# line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8

passed=0
failed=0
all_machines=(bookworm trixie forky client user each)
keep=
[ "${1-}" != --keep ] || { keep=yes; shift; }
shared=${OBJECTSET_SHARED_DATA:-$PWD/../shared/data}

say() { printf '%(%H:%M)T %s\n' -1 "$*"; }
count() {
    if [ "$2" = 0 ]; then passed=$((passed + 1)) && say "$1: ok"; else failed=$((failed + 1)) && say "$1: FAILED"; fi
}

[ "$(id -u)" = 0 ] && command -v debootstrap unshare >/dev/null ||
    { echo "machines.sh: for root, with debootstrap and unshare" >&2; exit 1; }
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|main|//p' | head -n 1)
[ -n "$mirror" ] || { echo "machines.sh: apt knows no mirror of Debian" >&2; exit 1; }

made=
folder=${OBJECTSET_MACHINES:-}
[ -n "$folder" ] || { folder=$(mktemp -d /var/tmp/objectset-machines.XXXXXX) && made=yes; } || exit 1
mkdir -p "$folder/logs" "$folder/packages" || exit 1
finish() {
    [ -n "$keep" ] || rm -rf --one-file-system "${folder:?}"/{bookworm,trixie,forky,client,user,each,base-*,packages}
    [ -z "$keep$made" ] || say "logs and machines: $folder"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# inside MACHINE COMMAND: as root, in a name space of its own, which takes its mounts and processes along when it ends.
inside() {
    unshare --mount --pid --fork --kill-child --propagation private sh -c '
        cd "$1" && mount -t proc proc proc && mount --bind /dev dev && mount -t tmpfs tmpfs dev/shm &&
        mount --bind "$2" var/cache/apt/archives &&
        exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            OBJECTSET_DEMO="$3" sh -c "$4"' - "$folder/$1" "$folder/packages" "${OBJECTSET_DEMO:-}" "$2" </dev/null
}

# base SUITE: what debootstrap makes of it, with git and make, once.
base() {
    local root=$folder/base-$1
    [ ! -e "$root/made" ] || return 0
    say "debootstrap $1"
    rm -rf --one-file-system "$root"
    # A debootstrap that is older than the release has no script of that name; they are all the same.
    local script=/usr/share/debootstrap/scripts
    [ -e "$script/$1" ] && script=$script/$1 || script=$script/sid
    debootstrap --variant=minbase --include=git,make --cache-dir="$folder/packages" "$1" "$root" "$mirror" "$script" \
        >"$folder/logs/debootstrap-$1.log" 2>&1 || return 1
    # No service is started in a chroot; and a mirror may be a copy of an earlier day.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    echo 'Acquire::Check-Valid-Until "no";' >"$root/etc/apt/apt.conf.d/99-machines"
    echo 'Binary::apt-get::APT::Keep-Downloaded-Packages "true";' >>"$root/etc/apt/apt.conf.d/99-machines"
    touch "$root/made"
}

# machine NAME SUITE: a base with the tree in /src/tree and the shared data beside it, read-only.
machine() {
    base "$2" || { count "$1 (debootstrap)" 1; return 1; }
    rm -rf --one-file-system "${folder:?}/$1"
    cp -a "$folder/base-$2" "$folder/$1" &&
        git clone -q --no-hardlinks . "$folder/$1/src/tree" || { count "$1 (copy)" 1; return 1; }
    if [ -d "$shared" ]; then
        mkdir -p "$folder/$1/src/shared" && cp -r "$shared" "$folder/$1/src/shared/data" &&
            chmod -R a-w "$folder/$1/src/shared"
    fi
}

# try MACHINE WHAT COMMAND: one that has to succeed.
try() {
    local log=$folder/logs/$1-${2// /-}.log
    inside "$1" "$3" >"$log" 2>&1
    local status=$?
    count "$1: $2" $status
    if [ $status != 0 ]; then
        tail -n 30 "$log"
    else
        grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1
    fi
    return $status
}

bare() {
    machine "$1" "$1" || return
    try "$1" "make demo" 'cd /src/tree && make demo'
    try "$1" "make test" 'cd /src/tree && make test'
}
machine_bookworm() { bare bookworm; }
machine_trixie() { bare trixie; }
machine_forky() { bare forky; }

machine_client() {
    machine client bookworm || return
    try client "packages" 'apt-get update -q &&
        apt-get install -q -y --no-install-recommends postgresql postgresql-client libpq-dev' || return
    try client "make demo" 'cd /src/tree && make demo'
    try client "make test" 'cd /src/tree && make test'
}

machine_user() {
    machine user bookworm || return
    try user "make setup by root" 'cd /src/tree && make setup &&
        useradd -m -s /bin/bash somebody && chown -R somebody: .' || return
    local as_user="exec setpriv --reuid=somebody --regid=somebody --init-groups env HOME=/home/somebody sh -c"
    try user "told what to do" "cd /src/tree &&
        $as_user 'make demo 2>&1 | tee /tmp/said; grep -q \"make install.*as root\" /tmp/said'"
    try user "make" "cd /src/tree && $as_user make" || return
    try user "make install by root" 'cd /src/tree && make install' || return
    try user "make demo" "cd /src/tree && $as_user 'make demo'"
    try user "make test" "cd /src/tree && $as_user 'make test'"
}

# One package less, each time, and put back. Not asked for are those that a Debian cannot be without. Behind a comma
# is what goes with it.
machine_each() {
    machine each bookworm || return
    try each "make setup" 'cd /src/tree && make setup' || return
    local package
    for package in g++ binutils pkg-config,pkgconf xz-utils perl libipc-run-perl libxxhash-dev libgtest-dev \
        libroaring-dev postgresql-15 postgresql-client-15 postgresql-server-dev-15; do
        try each "without $package" "cd /src/tree && dpkg --remove --force-depends ${package//,/ } >/dev/null 2>&1 &&
            test/setup.sh --dry-run | tee /tmp/said; sed -n 's/^setup: would install: //p' /tmp/said | tr ' ' '\n' |
            grep -qxF ${package%%,*} &&
            make setup && make setup | grep 'everything is here'"
    done
}

[ $# != 0 ] || set -- "${all_machines[@]}"
for name in "$@"; do
    if declare -F "machine_$name" >/dev/null; then
        "machine_$name"
        [ -n "$keep" ] || rm -rf --one-file-system "${folder:?}/$name"
    else
        echo "machines.sh: no machine is called $name; there are: ${all_machines[*]}" >&2
        count "$name" 1
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
