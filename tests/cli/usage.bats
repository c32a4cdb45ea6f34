#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Commands, options, help: sim/cli/cli.c and options.c.
load common

@test "no command is a usage error" {
    capsim
    exits 2
    says "$errors" "which command?"
    [ -z "$output" ]
}

@test "--help lists each command on standard output" {
    capsim --help
    exits 0
    for command in check run report verify schema; do
        says "$output" "  $command"
    done
    says "$output" "Exit status"
    [ -z "$errors" ]
}

@test "--version names the program and a version" {
    capsim --version
    exits 0
    [[ $output =~ ^capsim\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "each command has help with its options" {
    for command in check run report verify schema; do
        capsim "$command" --help
        exits 0
        says "$output" "Usage: capsim $command"
    done
    capsim run --help
    for option in set slo seed reps jobs out format exit-zero quiet data; do
        says "$output" "--$option"
    done
}

@test "an unknown command is told, with the nearest one" {
    capsim rnu tiny.yaml
    exits 2
    says "$errors" 'unknown command "rnu"; did you mean "run"?'
}

@test "a far-off command gets no suggestion" {
    capsim frobnicate
    exits 2
    says "$errors" 'unknown command "frobnicate"'
    never_says "$errors" "did you mean"
}

@test "an unknown option is a usage error" {
    capsim run tiny.yaml --frobnicate
    exits 2
    says "$errors" "--frobnicate"
    [ ! -e out ]
}

@test "a missing file name is a usage error" {
    capsim run
    exits 2
    says "$errors" "FILE is missing"
}

@test "a second file name is a usage error" {
    capsim check tiny.yaml missed.yaml
    exits 2
    says "$errors" 'unexpected argument "missed.yaml"'
}

@test "a command without operands takes none" {
    capsim schema tiny.yaml
    exits 2
    says "$errors" "unexpected argument"
}

@test "options may follow the file, or stand before it" {
    capsim run --quiet --out a tiny.yaml
    exits 0
    cp stdout first
    capsim run tiny.yaml --quiet --out b
    exits 0
    cmp first stdout
}

@test "--jobs takes whole numbers from 1 only" {
    for jobs in 0 -1 x 2x 1.5 "" 99999999999999999999; do
        capsim run tiny.yaml --jobs="$jobs"
        exits 2
        says "$errors" "--jobs wants a whole number"
    done
}

@test "--format takes what it knows" {
    capsim run tiny.yaml --format xml
    exits 2
    says "$errors" "--format wants text, json or csv"
    capsim run tiny.yaml --format html
    exits 2
}

@test "--set wants a path and a value" {
    for set in seed =5; do
        capsim run tiny.yaml --set "$set"
        exits 2
        says "$errors" "PATH=VALUE is wanted"
    done
}
