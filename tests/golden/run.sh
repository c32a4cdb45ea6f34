#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
#     tests/golden/run.sh CAPSIM             compare each NAME.yaml with NAME.csv
#     tests/golden/run.sh --update CAPSIM    write the NAME.csv anew
#
# A change here says that results changed: the commit must say why.  Each
# scenario names the theory that bears it out.  Cells are compared as numbers,
# to 1e-9 of their size: interval ends come from libm, whose last bit differs
# between machines.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"
update=
[ "${1:-}" != --update ] || { update=yes && shift; }
capsim=$(realpath "${1:-$here/../../capsim}")
cd "$here" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

simulate() { # file
    "$capsim" run "$1" --quiet --exit-zero --format csv --jobs 2 --out "$tmp/out"
}

same() { # expected got
    awk -F, '
    function number(s) { return s ~ /^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/ }
    function size(x) { return x < 0 ? -x : x }
    NR == FNR { line[NR] = $0; n = NR; next }
    {
        m = split(line[FNR], want, ",")
        bad = m != NF
        for (i = 1; i <= NF && !bad; i++) {
            bad = want[i] "" != $i ""
            if (bad && number(want[i]) && number($i))
                bad = size(want[i] - $i) > 1e-9 * size(want[i])
        }
        if (bad) {
            print "line " FNR ": expected " line[FNR] "\nline " FNR ": got      " $0
            failed = 1
        }
    }
    END {
        if (n != FNR || n < 2) { print "expected " n " lines, got " FNR; failed = 1 }
        exit failed
    }' "$1" "$2"
}

compare() { # name
    [ -s "$1.csv" ] || { echo "$1.csv is missing" && return 1; }
    simulate "$1.yaml" >"$tmp/$1.csv" && same "$1.csv" "$tmp/$1.csv"
}

for file in *.yaml; do
    name=${file%.yaml}
    if [ -n "$update" ]; then
        check "$name written" eval "simulate $file >$tmp/new && mv $tmp/new $name.csv"
    else
        check "$name" compare "$name"
    fi
done
plan
