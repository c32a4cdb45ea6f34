#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The house rules that a machine can check, as TAP.
#
#     tests/arch/run.sh          all, on what `make test` has built
#     tests/arch/run.sh style    those that need no build
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
BUILD=${BUILD:-build/release}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
. tests/arch/style.sh
if [ "${1:-}" != style ]; then
    . tests/arch/objects.sh
    . tests/arch/determinism.sh
fi
plan
