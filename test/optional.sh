#!/bin/sh
# Installs what `make test` can do without, as far as Debian has it; as root or through sudo: the clients that `test/run orm`
# tries, and the tools of test/lint.sh; and the tools that are named. What is there already, from wherever it came, is left
# alone. What cannot be had is no error: its tests are left out, and it is said.
#
# usage: test/optional.sh [tool ...]     each in a package of its name
set -u

say() { echo "optional: $*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# Debian's modules are for Debian's interpreter, which need not be the first on PATH.
has_module() {
    for python in python3 /usr/bin/python3; do
        ! "$python" -c "import $1" 2>/dev/null || return 0
    done
    return 1
}

missing=
for module in psycopg2 psycopg asyncpg django sqlalchemy alembic pyroaring; do
    has_module "$module" || missing="$missing python3-$module"
done
has_module pip,wheel || missing="$missing python3-pip python3-wheel python3-setuptools"
have javac || missing="$missing default-jdk-headless"
[ -e /usr/share/java/postgresql.jar ] || missing="$missing libpostgresql-jdbc-java"
have node || missing="$missing nodejs"
have npm || missing="$missing npm"

for tool in clang-format clang-tidy; do
    have "$tool-14" || "$tool" --version 2>/dev/null | grep -q 'version 14\.' || missing="$missing $tool-14"
done
have cppcheck || missing="$missing cppcheck"
have shellcheck || missing="$missing shellcheck"
have perlcritic || missing="$missing libperl-critic-perl"
for tool in "$@"; do have "$tool" || missing="$missing $tool"; done

if [ -n "$missing" ] && have apt-cache; then
    # pyroaring is in no release of Debian yet, and a release has the LLVM of its time.
    offered=
    for package in $missing; do
        if apt-cache policy "$package" 2>/dev/null | grep -q "Candidate: [0-9]"; then offered="$offered $package"; fi
    done
    missing=$offered
fi
[ -n "$missing" ] || exit 0
have apt-get || { say "this is no Debian; left out:$missing"; exit 0; }
if [ "$(id -u)" = 0 ]; then
    as_root=
elif have sudo; then
    as_root=sudo
else
    say "left out, for want of root:$missing"
    exit 0
fi
say "installing$missing"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
$as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 install --no-install-recommends $missing >"$log" 2>&1 </dev/null || {
    tail -n 5 "$log"
    say "apt-get failed; what it did not bring is left out"
}
exit 0
