#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Scenario files, settings and objectives from the command line: sim/cli/load.c.
load common

@test "check says what would be simulated" {
    capsim check tiny.yaml
    exits 0
    [ -n "$output" ]
    [ ! -e out ]
}

@test "check tells events by the clock, dependencies and what the edge answers" {
    cat >day.yaml <<'EOF'
capsim: 1
name: day
horizon: { start: 2026-03-02T08:00:00Z, duration: 4h }
fleets: { web: {} }
dependencies:
  mail: { latency: 200ms, timeout: 1s, retries: { max: 1 }, circuit_breaker: { failures: 3 },
          fallback: sms }
  sms: { latency: 300ms }
functions:
  page: { fleet: web, cache: { ttl: 1h, keys: 1 }, steps: [ { wait: 1ms } ] }
  send: { fleet: web, steps: [ { call: mail } ] }
traffic: { t: { rate: 40/s, mix: { page: 50%, send: 50% } } }
events:
  - { at: "09:40", for: 5m, outage: { dependency: mail } }
  - { at: +90s, deploy: all }
EOF
    capsim check day.yaml
    exits 0
    says "$output" "outage-mail      at 09:40 for 5 m: outage of dependency mail"
    says "$output" "deploy           at 08:01:30: deployment of all fleets"
    says "$output" "mail             timeout 1 s; 0% errors; 1 retry; breaker opens for 30 s after 3 failures in a row; falls back to sms"
    says "$output" "of work, on web; 100% answered at the edge"
}

@test "a file that does not exist is the world's failure" {
    capsim check nowhere.yaml
    exits 1
    says "$errors" "nowhere.yaml"
    says "$errors" "No such file or directory"
}

@test "a folder is no scenario" {
    mkdir folder.yaml
    capsim check folder.yaml
    [ "$status" -eq 1 ] || [ "$status" -eq 2 ]
    says "$errors" "folder.yaml"
}

@test "an empty file is bad input" {
    : >empty.yaml
    capsim check empty.yaml
    exits 2
    says "$errors" "empty.yaml"
}

@test "broken YAML is bad input, with its place" {
    printf 'capsim: 1\nname: [\n' >broken.yaml
    capsim check broken.yaml
    exits 2
    [[ $errors =~ broken\.yaml:[0-9]+:[0-9]+:\ error: ]]
}

@test "ten mistakes are told in one go, and nothing is run" {
    cat >ten.yaml <<'YAML'
capsim: 1
nmae: ten
horizon: { duration: 2, lead_in: -10s, sampel: 10s }
replications: many
load: -1
fleets:
  f: { min_instances: 1, max_instances: 1, concurrency: 0, queue: { limit: unlimited } }
  f: { max_instances: 2 }
functions:
  serve: { fleet: g, steps: [ { wait: 10MB } ] }
traffic:
  open: { rate: 20, mix: { serve: 100% } }
YAML
    capsim run ten.yaml
    exits 2
    [ ! -e out ]
    [ -z "$output" ]
    n=$(grep -c '^ten\.yaml:[0-9]*:[0-9]*: error: ' stderr)
    [ "$n" -ge 10 ] || { cat stderr; false; }
    says "$errors" 'did you mean "name"?'
    says "$errors" 'did you mean "sample"?'
}

@test "standard input is a file" {
    status=0
    "$CAPSIM" run - --quiet --out a <tiny.yaml >piped || status=$?
    [ "$status" -eq 0 ]
    capsim run tiny.yaml --quiet --out b
    cmp piped stdout
}

@test "a mistake in standard input has its place" {
    status=0
    printf 'capsim: 1\nnmae: x\n' | "$CAPSIM" check - 2>stderr || status=$?
    [ "$status" -eq 2 ]
    grep -q ':2:1: error: ' stderr
}

@test "--set changes a setting" {
    capsim run tiny.yaml --quiet --format json --out a
    cp stdout before
    capsim run tiny.yaml --quiet --format json --out b --set traffic.open.rate=30/s
    exits 0
    ! cmp -s before stdout
}

@test "the last --set of a path counts" {
    capsim check tiny.yaml --set replications=zero
    exits 2
    capsim check tiny.yaml --set replications=3 --set replications=4
    exits 0
}

@test "a --set of an unknown path is told" {
    capsim check tiny.yaml --set traffic.open.rat=30/s
    exits 2
    says "$errors" "rat"
    says "$errors" "rate"
}

@test "--seed and --reps are settings" {
    capsim run tiny.yaml --quiet --format json --out a --seed 7 --reps 3 --jobs 1
    exits 0
    [[ $output =~ \"seed\":\ ?7[,}] ]]
    [[ $output =~ \"replications\":\ ?3[,}] ]]
    capsim run tiny.yaml --seed minus
    exits 2
    capsim run tiny.yaml --reps 0
    exits 2
}

@test "the result names the command that gives it again, quoted" {
    cp tiny.yaml "it's tiny.yaml"
    capsim run "it's tiny.yaml" --quiet --format json --out a --seed 7 --jobs 2 \
        --set "traffic.open.rate=30/s"
    exits 0
    again=$(sed -n 's/.*"command": *"\([^"]*\)".*/\1/p' stdout | sed 's/\\\\/\\/g')
    says "$again" "'it'\\''s tiny.yaml' --set traffic.open.rate=30/s --seed 7"
    never_says "$again" "--jobs"
    cp stdout before
    eval "\"\$CAPSIM\" ${again#capsim } --quiet --format json --out b" >after
    cmp before after
}

@test "--slo chooses the objectives that decide" {
    capsim run both.yaml --quiet --out a
    exits 3
    capsim run both.yaml --quiet --out a --slo easy
    exits 0
    capsim run both.yaml --quiet --out a --slo easy,hard
    exits 3
}

@test "an unknown objective is told, with the nearest" {
    capsim run both.yaml --slo esay
    exits 2
    says "$errors" 'no objective "esay"'
    says "$errors" 'did you mean "easy"?'
    capsim run both.yaml --slo easy,
    exits 2
}

@test "the schema is JSON that names the format's keys" {
    capsim schema
    exits 0
    says "$output" '"$schema"'
    for key in fleets databases traffic slos horizon; do
        says "$output" "\"$key\""
    done
}
