#!/bin/sh
# Checks what the module shows to the rest of a backend, where every module's symbols share one scope:
# its magic, _PG_init, _PG_fini and the functions that SQL calls (those with a pg_finfo_). Nothing of C++, nothing
# of CRoaring, and it must not ask others for CRoaring's functions either.
#
# usage: exports.sh objectset.so
set -eu
export LC_ALL=C
module=$1

exported=$(nm -D --defined-only --format=posix "$module" | awk '{ print $1 }')
surplus=$(echo "$exported" | awk '
    { seen[$1] = 1 }
    END {
        for (name in seen) {
            if (name ~ /^(Pg_magic_func|_PG_init|_PG_fini)$/) continue
            if (name ~ /^pg_finfo_/ && substr(name, 10) in seen) continue
            if (("pg_finfo_" name) in seen) continue
            print name
        }
    }' | sort)
borrowed=$(nm -D --undefined-only --format=posix "$module" | awk '$1 ~ /roaring/ { print $1 }')
linked=$(objdump -p "$module" | awk '$1 == "NEEDED" && $2 ~ /roaring/ { print $2 }')

status=0
complain() {
    [ -z "$2" ] || { echo "$module $1:" $2; status=1; }
}
complain "exports what is neither the server's nor SQL's" "$surplus"
complain "asks other modules for" "$borrowed"
complain "is linked with" "$linked"
case $exported in
*Pg_magic_func*) ;;
*) echo "$module does not export Pg_magic_func"; status=1 ;;
esac
exit $status
