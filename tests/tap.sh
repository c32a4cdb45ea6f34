# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Test Anything Protocol for shell scripts: source it, call `check`, then `plan`.
tap_count=0 tap_failed=0

# check NAME COMMAND...: ok when the command succeeds; else its output as a remark.
check() {
    local name=$1 output
    shift
    tap_count=$((tap_count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $tap_count - $name"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $name"
        head -n 40 <<<"$output" | sed 's/^/# /'
    fi
}

# skip NAME WHY
skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # skip $2"
}

plan() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
}
