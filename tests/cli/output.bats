#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Results, exit statuses and failures of the world: sim/cli/cmd_run.c,
# cmd_report.c, streams.c, stop.c and progress.c.
load common

# The program on a terminal of its own: script(1) makes one.
on_terminal() {
    script -qec "$*" /dev/null </dev/null
}

@test "run writes every file and a summary" {
    capsim run tiny.yaml
    exits 0
    [ -n "$output" ]
    for file in result.json metrics.csv series.csv slos.csv alerts.csv health.csv events.csv explain.csv report.html; do
        [ -s "out/tiny/$file" ] || { echo "no $file"; ls -l out/tiny; false; }
    done
    says "$errors" "wrote out/tiny/report.html"
}

@test "a missed objective is status 3, and --exit-zero makes it 0" {
    capsim run missed.yaml --quiet
    exits 3
    says "$output" "missed"
    capsim run missed.yaml --quiet --exit-zero
    exits 0
    says "$output" "missed"
}

@test "one replication of one window leaves an objective undecided or met" {
    capsim run tiny.yaml --quiet --reps 1 --set slos.easy.attain=99%
    [ "$status" -eq 4 ] || [ "$status" -eq 0 ]
}

@test "--quiet leaves standard error empty" {
    capsim run tiny.yaml --quiet
    exits 0
    [ -z "$errors" ] || { echo "$errors"; false; }
}

@test "standard output in json is result.json" {
    capsim run tiny.yaml --quiet --format json --out a
    exits 0
    cmp stdout a/result.json
}

@test "standard output in csv is a table" {
    capsim run tiny.yaml --quiet --format csv --out a
    exits 0
    says "$(head -n 1 stdout)" "mean"
    [ "$(wc -l <stdout)" -gt 5 ]
}

@test "the number of threads changes no byte" {
    capsim run tiny.yaml --quiet --out a --jobs 1
    cp stdout first
    capsim run tiny.yaml --quiet --out b --jobs 3
    cmp first stdout
    cmp a/result.json b/result.json
}

@test "report renders a result again, the same" {
    for format in text json csv; do
        capsim run tiny.yaml --quiet --format $format --out a
        cp stdout first
        capsim report a/result.json --format $format
        exits 0
        cmp first stdout
    done
}

@test "report makes the page beside the result" {
    capsim run tiny.yaml --quiet --out a
    rm a/report.html
    capsim report a/result.json --format html
    exits 0
    [ -s a/report.html ]
}

@test "report refuses what is no result" {
    echo '{"capsim": 99}' >x.json
    capsim report x.json
    exits 2
    says "$errors" "x.json"
    capsim report nowhere.json
    exits 1
    says "$errors" "No such file or directory"
}

@test "a full standard output is the world's failure" {
    [ -e /dev/full ] || skip "no /dev/full"
    for words in "run tiny.yaml --quiet" "check tiny.yaml" schema --help --version; do
        status=0
        # shellcheck disable=SC2086
        "$CAPSIM" $words >/dev/full 2>stderr || status=$?
        [ "$status" -eq 1 ] || { echo "$words: $status"; false; }
        grep -q "standard output: No space left on device" stderr
    done
}

@test "a closed standard output is the world's failure" {
    status=0
    "$CAPSIM" check tiny.yaml >&- 2>stderr || status=$?
    [ "$status" -eq 1 ]
    grep -q "standard output is closed" stderr
}

@test "a folder that cannot be written is the world's failure" {
    : >taken
    capsim run tiny.yaml --quiet --out taken
    exits 1
    says "$errors" "taken"
}

@test "a folder that cannot be written is found out before the run" {
    : >taken
    capsim run long.yaml --quiet --out taken # would take minutes
    exits 1
    says "$errors" "taken"
    [ -z "$output" ]
}

@test "a run without traffic meets no objective" {
    capsim run tiny.yaml --quiet --set load=0 --reps 60
    exits 0
    says "$output" "not exercised"
    never_says "$output" "✔"
}

@test "a read-only folder is the world's failure" {
    [ "$(id -u)" -ne 0 ] || skip "root may write anywhere"
    mkdir locked
    chmod 555 locked
    capsim run tiny.yaml --quiet --out locked/out
    exits 1
    says "$errors" "locked"
}

@test "an interrupted run keeps what it has and exits with 130" {
    "$CAPSIM" run long.yaml --quiet --format json --out a >stdout 2>stderr &
    pid=$!
    sleep 2
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 130 ] || { echo "status $status"; cat stderr; false; }
    grep -q "interrupted: [0-9]* of 100000 replications" stderr
    [ -s a/result.json ]
}

@test "a pipe that closes early loses no file" {
    "$CAPSIM" run tiny.yaml --quiet --format json --out a 2>stderr | head -n 1 >first
    [ -s first ]
    [ -s a/result.json ]
}

@test "colours and the bar are for terminals only" {
    capsim run missed.yaml
    never_says "$output$errors" $'\033'
}

@test "on a terminal there are colours, unless NO_COLOR, CI or a dumb one" {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal to be had"
    export TERM=xterm
    says "$(on_terminal "$CAPSIM" run missed.yaml --out a)" $'\033['
    never_says "$(NO_COLOR=1 on_terminal "$CAPSIM" run missed.yaml --quiet --out a)" $'\033['
    never_says "$(CI=true on_terminal "$CAPSIM" run missed.yaml --out a)" $'\033['
    never_says "$(TERM=dumb on_terminal "$CAPSIM" run missed.yaml --out a)" $'\033['
}

@test "verify tells an unknown system" {
    capsim verify no-such-system
    exits 2
    says "$errors" "no-such-system"
}

@test "--data names where the program's own files are" {
    capsim verify --data "$PWD/nowhere"
    [ "$status" -ne 0 ]
}

@test "the schema beside the configs is this program's" {
    cd "$BATS_TEST_DIRNAME/../.."
    diff <("$CAPSIM" schema) configs/scenario.schema.json
}
