#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runbook's scenarios predict, where a remedy makes things worse.

    remedies.py CAPSIM     TAP

Each case runs a scenario as it is and with a setting, and wants the intervals of one
metric apart, in the stated order: the claim holds with room to spare, or the file no
longer shows what its comment says.
"""

import csv
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CASES = [
    # 9 instances of 40 connections ask for more than the pooler's 200 clients.
    ("doubling the pool against the pooler's cap refuses more",
     "configs/plans/pool-40-at-the-cap.yaml", ["databases.supabase.pool.max=20"],
     ["horizon.duration=80m"], ("requests_total", "reason=pool_exhausted", "ratio")),
    ("... and fails more in all",
     "configs/plans/pool-40-at-the-cap.yaml", ["databases.supabase.pool.max=20"],
     ["horizon.duration=80m"], ("errors_total", "", "ratio")),
    # The way to the users is 139 ms shorter, that to the database 136 ms longer a query.
    ("a region far from its database is slower for those next to it",
     "configs/plans/add-sydney.yaml", ["regions.syd1=none"],
     ["horizon.duration=2h"], ("request_duration_seconds", "zone=apac", "mean")),
    # What clients give up on is still served, and asked for again.
    ("retries fail more requests than they save users",
     "configs/incidents/retry-storm.yaml", ["clients.retry.max=0"],
     ["horizon.duration=80m"], ("errors_total", "", "ratio")),
]


def run(capsim, path, sets):
    with tempfile.TemporaryDirectory() as folder:
        command = [capsim, "run", str(TOP / path), "--reps", "4", "--quiet", "--exit-zero",
                   "--format", "csv", "--out", folder]
        for setting in sets:
            command += ["--set", setting]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(csv.DictReader(done.stdout.splitlines()))


def value(rows, name, labels, stat):
    row = next(r for r in rows
               if (r["name"], r["labels"], r["stat"]) == (name, labels, stat))
    mean = float(row["mean"])
    return (float(row["lo"]) if row["lo"] else mean, float(row["hi"]) if row["hi"] else mean)


def main(arguments):
    known = {}
    failed = 0
    print(f"1..{len(CASES)}")
    for number, (claim, path, better, common, metric) in enumerate(CASES, 1):
        results = []
        for sets in ([], better):
            key = (path, *sets, *common)
            if key not in known:
                known[key] = run(arguments[0], path, [*common, *sets])
            results.append(value(known[key], *metric))
        (low, _), (_, high) = results
        failed += low <= high
        print(f"{'ok' if low > high else 'not ok'} {number} - {claim}")
        print(f"# {' '.join(metric)}: {results[0]} as it is, {results[1]} with {better}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
