#!/bin/sh
# Builds the hostile modules into a directory:
#   hostile_roaring.so   answers every function that the installed CRoaring exports, with abort()
#   hostile_hook.so      is linked with CRoaring and hooks its memory functions, with abort()
#   hostile_reader.so    reads beyond its memory
#   guarded_malloc.so    notices that: a malloc() for LD_PRELOAD whose large blocks end where nobody may read
#   failing_malloc.so    a malloc() for LD_PRELOAD that fails when it is told to, by hostile_memory.so
# None is ever installed.
#
# usage: build.sh DIRECTORY
set -eu
PG_CONFIG=${PG_CONFIG:-pg_config}
PKG_CONFIG=${PKG_CONFIG:-pkg-config}
here=$(dirname "$0")
out=$1
mkdir -p "$out"

library=$($PKG_CONFIG --variable=libdir roaring)/libroaring.so
nm -D --defined-only --format=posix "$library" |
    awk '$2 == "T" && $1 !~ /^_/ { print "HOSTILE(" $1 ")" }' >"$out/hostile_roaring.inc"
grep -q '^HOSTILE(roaring_bitmap_or)$' "$out/hostile_roaring.inc"

flags="-O1 -fPIC -shared -fno-builtin -isystem $("$PG_CONFIG" --includedir-server) -I$out"
cc=${CC:-gcc}
$cc $flags "$here/hostile_roaring.c" -o "$out/hostile_roaring.so"
$cc $flags "$here/hostile_reader.c" -o "$out/hostile_reader.so"
$cc $flags "$here/guarded_malloc.c" -o "$out/guarded_malloc.so"
$cc $flags "$here/failing_malloc.c" -o "$out/failing_malloc.so"
$cc $flags "$here/hostile_memory.c" -o "$out/hostile_memory.so"
$cc $flags "$here/hostile_hook.c" -o "$out/hostile_hook.so" \
    $($PKG_CONFIG --cflags roaring) -Wl,--no-as-needed $($PKG_CONFIG --libs roaring)
