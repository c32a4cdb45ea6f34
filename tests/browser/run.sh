#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The report as a browser sees it: no complaint on the console, nothing asked of
# anybody, nothing wider than the window.  Needs Chromium for all but the first
# check; without it the others are skipped and said so.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
capsim=${1:-./capsim}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
page=$tmp/out/report.html

make_report() {
    "$capsim" run tests/golden/pool.yaml --quiet --exit-zero --out "$tmp/out" >/dev/null &&
        [ -s "$page" ]
}

# Name spaces are no addresses that anything is fetched from.
no_addresses() {
    ! sed 's,http://www\.w3\.org/[0-9a-zA-Z/]*,,g' "$page" |
        grep -o -i -E ".{0,60}(https?://|src=[\"'](//|[a-z]+:)|url\((['\"])?[a-z]+:).{0,60}"
}

browse() { # chromium options...
    timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --hide-scrollbars --user-data-dir="$(mktemp -d -p "$tmp")" "$@" "file://$page"
}

# Width of the page against the window's, written by the browser into the title.
quiet_and_narrow() { # width scheme
    local log=$tmp/log probe=$tmp/out/probe.html
    browse --enable-logging=stderr --log-level=0 --window-size="$1,900" \
        --blink-settings=preferredColorScheme="$2" --screenshot="$tmp/shot.png" \
        >/dev/null 2>"$log" || return 1
    ! grep -E 'CONSOLE|ERR_' "$log" || return 1
    # A policy that forbids scripts forbids the probe too: it goes into a copy.
    sed 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' "$page" >"$probe"
    cat >>"$probe" <<'HTML'
<script>document.title = document.documentElement.scrollWidth + "/" + window.innerWidth;</script>
HTML
    local title
    title=$(page=$probe browse --window-size="$1,900" --dump-dom 2>/dev/null |
        sed -n 's,.*<title>\([0-9]*/[0-9]*\)</title>.*,\1,p' | head -n 1)
    echo "page and window: ${title:-unknown}"
    [ -n "$title" ] && [ "${title%/*}" -le "${title#*/}" ]
}

check "a report is written" make_report
check "the page holds no address" no_addresses
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
for width in 1280 768 500; do
    for scheme in 0 1; do
        name="$width px, $([ "$scheme" = 0 ] && echo dark || echo light)"
        if [ -n "$browser" ]; then
            check "$name" quiet_and_narrow "$width" "$scheme"
        else
            skip "$name" "no Chromium here"
        fi
    done
done
plan
