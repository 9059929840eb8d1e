#!/bin/bash
# Debian packages: builds postgresql-NN-objectset for the servers that postgresql-common supports here, and tries one.
#
# usage: test/deb.sh [--try | --try-built]
#
#   --try         installs it in a chroot made by debootstrap, and there creates the extension as the owner of a database;
#                 for root. It takes some minutes
#   --try-built   the same with what is in build/deb already
#
# What is built is what is committed. The packages come to build/deb.
set -eu
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8
scratch=$(mktemp -d /var/tmp/objectset-deb.XXXXXX)
finish() { rm -rf --one-file-system "$scratch"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP

build() {
    version=$(sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" objectset.control)
    grep -q "^objectset ($version-" debian/changelog || { echo "deb.sh: debian/changelog is not of version $version" >&2; exit 1; }
    for command in dpkg-buildpackage dh pg_buildext; do
        command -v "$command" >/dev/null ||
            { echo "deb.sh: $command is missing: apt-get install debhelper postgresql-server-dev-all" >&2; exit 1; }
    done

    git archive --prefix="objectset-$version/" HEAD | tar -xf - -C "$scratch"
    (
        cd "$scratch/objectset-$version"
        unset MAKEFLAGS MAKELEVEL PG_CONFIG
        pg_buildext updatecontrol
        dpkg-buildpackage -us -uc -b
    ) >"$scratch/log" 2>&1 || { tail -n 40 "$scratch/log"; exit 1; }
    mkdir -p build/deb
    rm -f build/deb/*.deb
    cp "$scratch"/*.deb build/deb/
    ls build/deb/*.deb
}

case ${1-} in
'') build; exit ;;
--try) build ;;
--try-built) ;;
*) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac


# ---- On a machine that has nothing --------------------------------------------------------------------------------

[ "$(id -u)" = 0 ] && command -v debootstrap unshare >/dev/null ||
    { echo "deb.sh: --try is for root, with debootstrap and unshare" >&2; exit 1; }
. /etc/os-release
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|main|//p' | head -n 1)
root=$scratch/root
debootstrap --variant=minbase "$VERSION_CODENAME" "$root" "$mirror" >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; exit 1; }
# The package wants a server at least as new as the one that it was built for, which may have come by a security update.
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    grep -E " $VERSION_CODENAME(-(security|updates))? " | sort -u >"$root/etc/apt/sources.list"
mkdir "$root/packages"
cp build/deb/*.deb "$root/packages/"
# CRoaring comes from where this machine has it from: a newer suite, on Debian 12 and 13.
(cd "$root/packages" && rm -f ./*dbgsym* && apt-get download -q "$(dpkg-query --search 'libroaring.so.*' | cut -d: -f1 | head -n 1)")

cat >"$root/try" <<'END'
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt-get -q update
apt-get -q -y install --no-install-recommends /packages/*.deb
major=$(ls /usr/lib/postgresql)
pg_createcluster --start "$major" try >/dev/null 2>&1 || pg_ctlcluster "$major" try start
sql() { setpriv --reuid=postgres --regid=postgres --init-groups psql -X -v ON_ERROR_STOP=1 -At --cluster "$major/try" "$@"; }
sql -c "CREATE ROLE clinic" -c "CREATE DATABASE clinic OWNER clinic"
sql -d clinic <<'SQL'
SET SESSION AUTHORIZATION clinic;
CREATE EXTENSION objectset;
CREATE TABLE patient (id bigint PRIMARY KEY, smoker boolean NOT NULL);
INSERT INTO patient SELECT i, i % 4 = 0 FROM generate_series(1, 1000) i;
SELECT objectset_create_table('patient_set', 'patient');
SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker');
SELECT 'it works: ' || count(*) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = 'smokers';
SQL
pg_ctlcluster "$major" try stop -m immediate
apt-get -q -y purge "postgresql-$major-objectset"
[ -z "$(find / -xdev -name '*objectset*' -not -path '/packages/*')" ]
END
unshare --mount --pid --fork --kill-child --propagation private sh -c '
    cd "$1" && mount -t proc proc proc && mount --bind /dev dev && mount -t tmpfs tmpfs dev/shm &&
    exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash /try' - "$root" >"$scratch/log" 2>&1 </dev/null ||
    { tail -n 40 "$scratch/log"; exit 1; }
grep '^it works: 250$' "$scratch/log"
echo "installed in a bare $VERSION_CODENAME, created by an ordinary owner, purged without a trace"
