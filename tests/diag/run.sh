#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Exact diagnostics: `capsim check` on each NAME.yaml must say NAME.expected on
# standard error and exit 2.  NAME.args, if there, holds one more argument a line.
# Usage: run.sh CAPSIM.  Writes TAP.
set -u
bin=$1
case $bin in
/*) ;;
*) bin=$PWD/$bin ;;
esac
cd "$(dirname "$0")" || exit 1
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

set -- *.yaml
echo "1..$#"
failed=0
for file in "$@"; do
    name=${file%.yaml}
    set -- check "$file"
    if [ -f "$name.args" ]; then
        while IFS= read -r arg; do
            set -- "$@" "$arg"
        done <"$name.args"
    fi
    "$bin" "$@" >/dev/null 2>"$said"
    status=$?
    if [ "$status" -eq 2 ] && cmp -s "$said" "$name.expected"; then
        echo "ok $name"
    else
        echo "not ok $name"
        echo "# exit status $status"
        diff "$name.expected" "$said" | sed 's/^/# /'
        failed=1
    fi
done
exit $failed
