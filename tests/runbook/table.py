#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every line of the runbook's table in models/README.md names what exists.

    table.py CAPSIM        TAP, one test a row

A row's second column holds names in backticks: a path of the scenario's format
(`fleets.api.memory`), a metric of the results (`db_pool_utilization`), or a file
below the project's top folder (`configs/plans/pool-40.yaml`).  Paths are looked up in
`capsim schema`, metrics in the results of a short run of small.yaml, and files must be scenarios that `capsim check` accepts.
"""

import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
HEAD = "| the runbook says | covered by |"


def rows():
    lines = (TOP / "models/README.md").read_text(encoding="utf-8").splitlines()
    start = lines.index(HEAD) + 2
    for line in lines[start:]:
        if not line.startswith("|"):
            return
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        yield cells[0], re.findall(r"`([^`]+)`", cells[1])


def is_setting(schema, path):
    """Whether the format has this path; a name is any key of a map of things."""
    nodes = [schema]
    for part in path.split("."):
        found = []
        while nodes:
            node = nodes.pop()
            for key in ("anyOf", "allOf", "oneOf"):
                nodes.extend(node.get(key, []))
            if "$ref" in node:
                nodes.append(schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
            if part in node.get("properties", {}):
                found.append(node["properties"][part])
            elif isinstance(node.get("additionalProperties"), dict):
                found.append(node["additionalProperties"])
            if "items" in node and isinstance(node["items"], dict):
                nodes.append(node["items"])
        nodes = found
    return bool(nodes)


def metrics_of(capsim):
    """Names of the metrics of a short run with every mechanism of the runbook."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([capsim, "run", str(TOP / "tests/runbook/small.yaml"), "--quiet",
                               "--exit-zero", "--format", "csv", "--out", folder],
                              capture_output=True, text=True, check=True)
    return {row["name"] for row in csv.DictReader(done.stdout.splitlines())}


def main(arguments):
    capsim = arguments[0]
    schema = json.loads(subprocess.run([capsim, "schema"], capture_output=True, text=True,
                                       check=True).stdout)
    table = list(rows())
    files = sorted({name for _, names in table for name in names if "/" in name})
    bad = {name for name in files
           if subprocess.run([capsim, "check", str(TOP / name)], capture_output=True,
                             check=False).returncode != 0}
    metrics = metrics_of(capsim)
    failed = 0
    print(f"1..{len(table)}")
    for number, (line, names) in enumerate(table, 1):
        wrong = [name for name in names
                 if (name in bad if "/" in name
                     else name not in metrics and not is_setting(schema, name))]
        failed += bool(wrong) or not names
        print(f"{'not ok' if wrong or not names else 'ok'} {number} - {line}")
        for name in wrong:
            print(f"# there is no {name}")
        if not names:
            print("# it names nothing")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
