#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
#     tests/coverage/matrix.sh
#
# Every golden scenario by every build in build/*, with one thread and with two,
# and by the release build in other surroundings: result.json must be the same
# to the last byte.  Prints a table with a row a way and a column a scenario.
set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C.UTF-8 ASAN_OPTIONS=abort_on_error=0 TSAN_OPTIONS=halt_on_error=1
export LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0
scenarios=(tests/golden/*.yaml)
programs="release clang O0 O3 asan ubsan tsan"
localedef -i de_DE -f UTF-8 "$tmp/de_DE.UTF-8" >/dev/null 2>&1
if [ "$(LOCPATH=$tmp LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1')" != 1,0 ]; then
    echo "no locale with a decimal comma can be made: the package locales is missing" >&2
    exit 1
fi
failed=0 compared=0

digest() { # threads command...: what the command, a prefix and a program, makes of $file
    local threads=$1
    shift
    rm -rf "$tmp/out"
    "$@" run "$file" --data . --quiet --exit-zero --jobs "$threads" --out "$tmp/out" \
        >/dev/null 2>"$tmp/err" && sha256sum <"$tmp/out/result.json" | cut -c 1-12
}

row() { # name threads command...
    local name=$1 threads=$2 got cells=
    shift 2
    for file in "${scenarios[@]}"; do
        got=$(digest "$threads" "$@")
        [ -n "${want[$file]:-}" ] || want[$file]=$got
        compared=$((compared + 1))
        if [ -n "$got" ] && [ "$got" = "${want[$file]}" ]; then
            cells="$cells same |"
        else
            cells="$cells ${got:-fails} |"
            failed=$((failed + 1))
            head -n 5 "$tmp/err" >&2
        fi
    done
    printf '| %s |%s\n' "$name" "$cells"
}

declare -A want
printf '| way |'
printf ' %s |' "${scenarios[@]##*/}"
printf '\n|---|'
printf -- '---|%.0s' "${scenarios[@]}"
echo
for program in $programs; do
    for threads in 1 2; do
        row "$program, threads: $threads" "$threads" "build/$program/capsim"
    done
done
release=build/release/capsim
row "no FMA" 2 env GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4,-AVX2_Usable,-FMA_Usable \
    "$release"
row "decimal comma" 2 env LOCPATH="$tmp" LC_ALL=de_DE.UTF-8 "$release"
row "another time zone" 2 env TZ=Asia/Kathmandu "$release"
row "dirty memory" 2 env MALLOC_PERTURB_=165 "$release"
if setarch -R true 2>/dev/null; then
    row "fixed addresses" 2 setarch -R "$release"
else
    echo "fixed addresses: setarch -R is not allowed here, left out"
fi
echo "$compared results compared, $failed differ"
[ "$failed" -eq 0 ]
