#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The models against the slow reference, request by request, on random small
# platforms: TAP.  Needs what `make` has built; SEED=n for other platforms.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
archives=()
for layer in models engine scenario theory stats rng base; do
    archives+=("$build/lib$layer.a")
done
# shellcheck disable=SC2086
${CC:-gcc} -std=c17 -O2 -g -pthread -D_POSIX_C_SOURCE=200809L -Iinclude -Isim -I. \
    -Wl,--wrap=cs_request_settle -o "$tmp/drive" tests/differential/drive.c "${archives[@]}" \
    ${LIBS:--lgsl -lgslcblas -lyaml -ljansson -lmd -lm -pthread}
python3 tests/differential/differ.py "$tmp/drive" "${SEED:-1}"
