#!/bin/bash
# Reads the sources for what compilers let pass. Each check is done where its tool is here; one that is not is said.
#
#   format       clang-format: src and test are as `make format` leaves them
#   tidy         clang-tidy over src, the checks of .clang-tidy
#   cppcheck     cppcheck over src/core; the server's macros in src/pg are beyond it
#   shell        shellcheck over the scripts
#   perl         perlcritic, at its gentlest, over the tests in Perl
#
# usage: test/lint.sh [check ...]
#
# A clang-format, clang-tidy or cppcheck of another release finds other things; these three are asked in the versions
# below alone, those of Debian 12. For each check one line says how it went: `lint (NAME): clean`, `found`, or
# `left out: why`. The exit status is zero when nothing was found.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8 PG_CONFIG=${PG_CONFIG:-pg_config}
llvm_version=14
cppcheck_version=2.10
found=0

have() { command -v "$1" >/dev/null; }
left_out() { echo "lint ($1): left out: $2"; }

# judge NAME COMMAND ...: it finds nothing when it succeeds; what it says is shown when it does not.
judge() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1 </dev/null); then
        echo "lint ($name): clean"
    else
        printf '%s\nlint (%s): found\n' "$said" "$name"
        found=$((found + 1))
    fi
}

# The tool in the version that is asked for, by the name that Debian gives it beside others; or nothing.
llvm() {
    local tool
    for tool in "$1-$llvm_version" "$1"; do
        if have "$tool" && "$tool" --version | grep -q "version $llvm_version\."; then
            echo "$tool"
            return
        fi
    done
}

sources() { find "$@" \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z; }

check_format() {
    local tool
    tool=$(llvm clang-format)
    [ -n "$tool" ] || { left_out format "no clang-format $llvm_version here"; return; }
    judge format sh -c 'exec xargs -0 "$1" --dry-run --Werror <"$2"' - "$tool" <(sources src test)
}

tidy_files() {
    local -a flags
    read -ra flags <<<"-std=c++17 -Isrc $(pkg-config --cflags roaring) -DOBJECTSET_CROARING_SONAME=\"lint\""
    flags+=(-isystem "$("$PG_CONFIG" --includedir-server)")
    find src -name '*.cpp' -print0 | sort -z |
        xargs -0 -n 4 -P "$(nproc 2>/dev/null || echo 1)" sh -c '
            tool=$1 flags=$2 && shift 2 && "$tool" --quiet "$@" -- $flags 2>/dev/null' - "$1" "${flags[*]}"
}

check_tidy() {
    local tool
    tool=$(llvm clang-tidy)
    [ -n "$tool" ] || { left_out tidy "no clang-tidy $llvm_version here"; return; }
    [ -f "$("$PG_CONFIG" --includedir-server 2>/dev/null)/postgres.h" ] || { left_out tidy "no headers of a server"; return; }
    judge tidy tidy_files "$tool"
}

# Left out: members that are filled before they are read, on purpose; shifts of signed numbers, which all compilers of
# ours do arithmetically; and two files that its parser of C++ does not get through.
check_cppcheck() {
    have cppcheck && cppcheck --version | grep -qx "Cppcheck $cppcheck_version\(\.[0-9]*\)\?" ||
        { left_out cppcheck "no cppcheck $cppcheck_version here"; return; }
    judge cppcheck cppcheck --quiet --error-exitcode=1 --std=c++17 --language=c++ --inline-suppr \
        --enable=warning,performance,portability -Isrc -j "$(nproc 2>/dev/null || echo 1)" \
        --suppress=uninitMemberVar --suppress=shiftTooManyBitsSigned \
        --suppress=syntaxError:src/core/base/base64.cpp --suppress=syntaxError:src/core/stored/text_format.cpp src/core
}

check_shell() {
    have shellcheck || { left_out shell "no shellcheck here"; return; }
    local -a scripts
    # By their first lines, since not all have a name that tells. What these source is read along with them.
    mapfile -t scripts < <(find .ci test -type f -exec awk '
        FNR == 1 && /^#!.*[\/ ](ba)?sh$/ { print FILENAME } { nextfile }' {} + | sort)
    judge shell shellcheck --severity=warning --external-sources "${scripts[@]}"
}

check_perl() {
    have perlcritic || { left_out perl "no perlcritic here"; return; }
    local -a scripts
    mapfile -t scripts < <(find test -name '*.p[lm]' | sort)
    judge perl perlcritic --gentle --quiet "${scripts[@]}"
}

[ $# != 0 ] || set -- format tidy cppcheck shell perl
for check in "$@"; do
    if declare -F "check_$check" >/dev/null; then
        "check_$check"
    else
        echo "lint.sh: no check is called $check; there are: format tidy cppcheck shell perl" >&2
        exit 2
    fi
done
[ "$found" = 0 ]
