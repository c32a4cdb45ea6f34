# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The same scenario gives the same bytes of result.json, whatever the number of
# threads, the compiler, its level, the locale, the time zone, the processor or
# what memory holds.

result() { # program file options...; environment as it is
    local program=$1 file=$2
    shift 2
    rm -rf "$tmp/result"
    "$program" run "$file" --data . --quiet --exit-zero --out "$tmp/result" "$@" >/dev/null &&
        sha256sum <"$tmp/result/result.json"
}

agrees() { # file expected command...
    local got
    [ -n "$2" ] || { echo "no result to compare with" && return 1; }
    got=$("${@:3}") || return 1
    [ "$got" = "$2" ] || { echo "result.json differs: $got, not $2" && return 1; }
}

# A German locale: a decimal comma in numbers, of every program that asks for it.
make_german() {
    localedef -i de_DE -f UTF-8 "$tmp/de_DE.UTF-8" >/dev/null 2>&1
    [ "$(LOCPATH=$tmp LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1' 2>/dev/null)" = 1,0 ]
}
german() {
    LOCPATH=$tmp LC_ALL=de_DE.UTF-8 TZ=Asia/Kathmandu result "$@"
}
without_fma() {
    GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4,-AVX2_Usable,-FMA_Usable result "$@"
}
dirty_memory() {
    MALLOC_PERTURB_=165 result "$@"
}
no_aslr() {
    rm -rf "$tmp/result"
    setarch -R "$1" run "$2" --data . --quiet --exit-zero --out "$tmp/result" >/dev/null &&
        sha256sum <"$tmp/result/result.json"
}

for file in tests/golden/*.yaml; do
    name=$(basename "$file" .yaml)
    want=$(result "$BUILD/capsim" "$file" --jobs 1)
    check "$name: two threads" agrees "$file" "$want" result "$BUILD/capsim" "$file" --jobs 2
    check "$name: eight threads" agrees "$file" "$want" result "$BUILD/capsim" "$file" --jobs 8
    check "$name: gcc -O0" agrees "$file" "$want" result build/O0/capsim "$file"
    check "$name: clang" agrees "$file" "$want" result build/clang/capsim "$file"
    if make_german; then
        check "$name: decimal comma, other zone" agrees "$file" "$want" german "$BUILD/capsim" \
            "$file"
    else
        skip "$name: decimal comma, other zone" "no German locale can be made here"
    fi
    check "$name: no FMA" agrees "$file" "$want" without_fma "$BUILD/capsim" "$file"
    check "$name: dirty memory" agrees "$file" "$want" dirty_memory "$BUILD/capsim" "$file"
    if setarch -R true 2>/dev/null; then
        check "$name: fixed addresses" agrees "$file" "$want" no_aslr "$BUILD/capsim" "$file"
    else
        skip "$name: fixed addresses" "setarch -R is not allowed here"
    fi
    other=$(result "$BUILD/capsim" "$file" --seed 424242)
    check "$name: another seed differs" test -n "$other" -a "$other" != "$want"
done
