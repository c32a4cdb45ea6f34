# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the files share: `capsim ARGS` runs the program under test in a folder of
# the test's own, with $status, $output (standard output) and $errors.

setup() {
    : "${CAPSIM:=$BATS_TEST_DIRNAME/../../capsim}"
    CAPSIM=$(realpath "$CAPSIM")
    cd "$BATS_TEST_TMPDIR" || return 1
    unset CI NO_COLOR
    cat >tiny.yaml <<'YAML'
capsim: 1
name: tiny
horizon: { start: 2025-10-06T00:00:00Z, duration: 2m, lead_in: 10s, sample: 10s }
replications: 4
fleets:
  f: { min_instances: 1, max_instances: 1, concurrency: 4, queue: { limit: unlimited } }
functions:
  serve: { fleet: f, steps: [ { wait: { exponential: { mean: 100ms } } } ] }
traffic:
  open: { rate: 20/s, mix: { serve: 100% } }
slos:
  easy: { target: "mean < 10s", window: 2m, attain: 25% }
YAML
    sed 's/^name: tiny/name: missed/; s/mean < 10s/mean < 1ms/; s/easy/hard/; s/, attain: 25%//' \
        tiny.yaml \
        >missed.yaml
    cat tiny.yaml - >both.yaml <<'YAML'
  hard: { target: "mean < 1ms", window: 2m }
YAML
    # Longer than a test waits, so that it can be interrupted.
    sed 's/^name: tiny/name: long/; s/duration: 2m/duration: 20m/; s/^replications: 4/replications: 100000/' \
        tiny.yaml >long.yaml
}

capsim() {
    status=0
    "$CAPSIM" "$@" >stdout 2>stderr || status=$?
    output=$(cat stdout)
    errors=$(cat stderr)
}

# says TEXT in STREAM's text; tells what stood there otherwise.
says() {
    [[ $1 == *"$2"* ]] || { printf 'expected: %s\ngot: %s\n' "$2" "$1" && return 1; }
}
never_says() {
    [[ $1 != *"$2"* ]] || { printf 'unexpected: %s\nin: %s\n' "$2" "$1" && return 1; }
}
exits() {
    [ "$status" -eq "$1" ] || { printf 'expected status %s, got %s\n%s\n%s\n' "$1" "$status" \
        "$output" "$errors" && return 1; }
}
