# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Rules on the text of the sources.

mapfile -t sources < <(find include sim models tests -name '*.[ch]' | sort)
mapfile -t program < <(find include sim models -name '*.[ch]' | sort)

layers_hold() {
    awk -f tests/arch/layers.awk tests/arch/layers.txt "${program[@]}"
}

# A header compiles alone, so it includes what it uses.
headers_stand_alone() {
    local header failed=0
    for header in $(find include sim models -name '*.h'); do
        ${CC:-gcc} -std=c17 -D_POSIX_C_SOURCE=200809L -Iinclude -Isim -I. -Wall -Wextra \
            -Werror -fsyntax-only -x c - <<<"#include \"$header\"" || failed=1
    done
    return $failed
}

files_are_short() {
    local over
    over=$(wc -l "${sources[@]}" | awk '$2 != "total" && $1 > 400 {print $2 ": " $1 " lines"}')
    [ -z "$over" ] || { echo "$over" && return 1; }
}

lines_are_narrow() {
    LC_ALL=C awk '{gsub(/[\200-\277]/, "")} length > 96 {print FILENAME ":" FNR ": " length " columns"; bad = 1}
         END {exit bad}' "${sources[@]}"
}

functions_are_short() {
    local table over
    table=$(ctags -f - --fields=+ne --c-kinds=f --language-force=C "${program[@]}") || return 1
    [ "$(wc -l <<<"$table")" -gt 100 ] || { echo "ctags found too little" && return 1; }
    over=$(awk -F'\t' '!/^!/ {
        for (i = 4; i <= NF; i++) {
            if ($i ~ /^line:/) from = substr($i, 6)
            if ($i ~ /^end:/) to = substr($i, 5)
        }
        if (to - from + 1 > 60) print $2 ":" from ": " $1 " has " to - from + 1 " lines"
    }' <<<"$table")
    [ -z "$over" ] || { echo "$over" && return 1; }
}

licence_is_named() {
    local file failed=0
    for file in "${sources[@]}" Makefile $(find .ci tests plots configs -type f \
        \( -name '*.sh' -o -name '*.bats' -o -name '*.gp' -o -name '*.awk' -o -path '.ci/*' \)); do
        head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
            { echo "$file: no SPDX line" && failed=1; }
    done
    return $failed
}

no_loose_ends() {
    ! grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "${sources[@]}" Makefile
}

check "no layer includes one above it" layers_hold
check "each header compiles alone" headers_stand_alone
check "no file has over 400 lines" files_are_short
check "no line has over 96 columns" lines_are_narrow
check "no function has over 60 lines" functions_are_short
check "each source names its licence" licence_is_named
check "no loose ends" no_loose_ends
