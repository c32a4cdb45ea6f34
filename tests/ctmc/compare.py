#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator against Markov chains of the same small platforms.

    compare.py CAPSIM [PLATFORMS [SEED]]     TAP, one test a platform

First the chains are compared with closed forms (selftest.py).  Then, of each
family, PLATFORMS (3) are drawn and simulated; what the chain says of each
mean and share must lie within 4.5 standard errors, which are those of the
result's own intervals.  What is off is printed with its scenario.
"""

import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import measures
from chain import Chain, average
from events import beginning, transitions
from families import FAMILIES
from selftest import SELFTESTS

T = 2.0226909  # the 97.5 % point of Student's t with 39 degrees of freedom
REPLICATIONS = 40
WINDOW = 300.0  # seconds
STATES = (10, 1200)  # smaller ones say little, greater ones take long


def time(mean):
    return {"exponential": {"mean": f"{round(mean * 1000)}ms"}}


def percent(share):
    return f"{round(share * 100)}%"


def given(**settings):
    return {name: value for name, value in settings.items() if value is not None}


def fleet(platform, config, pool):
    return given(
        concurrency=config["concurrency"], min_instances=config["min"],
        max_instances=config["max"], reuse=config["reuse"], cancel_abandoned=config["cancel"],
        cold_start=config["cold"] and time(config["cold"]),
        idle_timeout=config["idle"] and time(config["idle"]), vcpus=platform.get("vcpus"),
        queue=given(limit=config["limit"],
                    timeout=config["timeout"] and time(config["timeout"])),
        pool=pool)


def database(platform):
    pool, gateway, server = (platform.get(k) for k in ("pool", "gateway", "server"))
    usl = server and {"alpha": server["alpha"], "beta": server["beta"]}
    return given(
        region="r0" if platform["where"] == "regions" else None,
        pool=pool and given(max=pool["max"], connect=pool["connect"] and time(pool["connect"])),
        gateway=gateway and given(max_clients=gateway["clients"],
                                  pool_size=gateway["backends"]),
        server=server and given(max_connections=server["connections"], vcpus=server["vcpus"],
                                contention={"usl": usl},
                                failures=platform.get("every") and {
                                    "every": time(platform["every"]),
                                    "repair": time(platform["repair"])}),
        queries={"q": time(platform["query"])})


def steps(platform, names):
    """As the scenario has them, a transaction's in a list of their own."""
    text = {"wait": lambda: {"wait": time(platform["wait"])}, "call": lambda: {"call": "d"},
            "cpu": lambda: {"cpu": time(platform["cpu"])}, "query": lambda: {"query": "q"}}
    made, inner = [], None
    for name in names:
        if name == "begin":
            inner = []
            made.append({"transaction": "db", "do": inner})
        elif name == "commit":
            inner = None
        else:
            (made if inner is None else inner).append(text[name]())
    return made


def function(platform, name, config):
    errors = platform.get("errors")
    return given(fleet=name, steps=steps(platform, config["steps"]),
                 errors=errors and {"404": percent(errors)})


def places(platform):
    """Regions and who is near them."""
    if platform["where"] == "fleets":
        return given(regions=platform.get("cap") and {"r0": {"max_instances": platform["cap"]}})
    rates = [c["rate"] for c in platform["cells"]]
    return {"regions": {"r0": {}, "r1": {}},
            "zones": {f"z{i}": {"share": percent(r / sum(rates))} for i, r in enumerate(rates)},
            "network": {"rtt": {"z0": {"r0": "0ms", "r1": "1ms"}, "r0": {"r1": "0ms"},
                                "z1": {"r0": "1ms", "r1": "0ms"}}}}


def traffic(platform, rates):
    if platform.get("users") is not None:
        return {"t0": {"users": platform["users"],
                       "session": ["g0", {"think": time(platform["think"])}]}}
    burst = platform.get("burst")
    return {f"t{i}": given(rate=f"{rate:g}/s", mix={f"g{i}": "100%"}, burst=burst and {
        "factor": burst["factor"], "high": f"{burst['high']:g}s", "low": f"{burst['low']:g}s"})
            for i, rate in enumerate(rates)}


def dependencies(call):
    made = {"d": given(latency=time(call["mean"]), max_concurrency=call["max"],
                       error_rate=call["errors"] and percent(call["errors"]),
                       retries={"max": call["retries"]} if call["retries"] else None,
                       fallback=call["fallback"] and "e")}
    if call["fallback"] is not None:
        made["e"] = {"latency": time(call["fallback"]["mean"]),
                     "error_rate": percent(call["fallback"]["errors"])}
    return made


def clients(platform):
    patience, retry = platform.get("patience"), platform.get("retry")
    return given(patience=patience and time(patience), retry=retry and {
        "codes": ["gave_up" if code == 499 else code for code in retry["codes"]],
        "max": retry["max"]})


def scenario(platform, seed):
    made = {"capsim": 1, "name": "chain", "seed": seed, "replications": REPLICATIONS}
    start = platform.get("from_start")
    made["horizon"] = {"duration": f"{start or WINDOW:g}s", "lead_in": "0s" if start else "20s",
                       "sample": f"{start or WINDOW:g}s"}
    made.update(places(platform))
    by_fleet = platform["where"] == "fleets"
    cells = platform["cells"] if by_fleet else platform["cells"][:1]
    rates = [c["rate"] for c in platform["cells"]]
    made["fleets"] = {f"f{i}": fleet(platform, c, None) for i, c in enumerate(cells)}
    made["functions"] = {f"g{i}": function(platform, f"f{i}", c) for i, c in enumerate(cells)}
    made["traffic"] = traffic(platform, rates if by_fleet else [sum(rates)])
    if platform.get("query") is not None:
        made["databases"] = {"db": database(platform)}
    if platform.get("call") is not None:
        made["dependencies"] = dependencies(platform["call"])
    if clients(platform):
        made["clients"] = clients(platform)
    return made


def expected(platform, chain):
    """{(name, labels, stat): what the chain says}"""
    if platform.get("from_start"):
        begin = [1.0] + [0.0] * (len(chain.state) - 1)
        pi = average(chain.out, begin, platform["from_start"])
        rows = {}
    else:
        pi = chain.solve()
        rows = measures.flow_rows(platform, measures.means(platform, chain, pi),
                                  chain.rates(pi))
    levels = measures.level_rows(platform, measures.means(platform, chain, pi))
    rows.update({(*key, "time_mean"): value for key, value in levels.items()})
    return rows


def simulate(capsim, made, folder):
    path = pathlib.Path(folder) / "chain.yaml"
    path.write_text(json.dumps(made), encoding="utf-8")
    run = subprocess.run([capsim, "run", str(path), "--quiet", "--format", "csv", "--jobs", "2",
                          "--out", str(pathlib.Path(folder) / "out")],
                         capture_output=True, text=True, check=False, timeout=300)
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    return {(row["name"], row["labels"], row["stat"]): row
            for row in csv.DictReader(run.stdout.splitlines())}


def off(rows, want, seconds):
    """What lies outside, and the greatest |z| seen, where `seconds` were simulated."""
    wrong, worst = [], 0.0
    for key, value in want.items():
        row = rows.get(key)
        if row is None:
            wrong.append(f"{key}: no such row")
            continue
        got = float(row["mean"])
        if row["lo"] == "":  # the same in each replication: so it is, or it is rare
            z = 0.0 if abs(got - value) <= max(1e-8 * abs(value), 1.0 / seconds) else 99.0
        else:
            z = (got - value) / ((float(row["hi"]) - float(row["lo"])) / 2.0 / T)
        worst = max(worst, abs(z))
        if abs(z) > 4.5:
            wrong.append(f"{' '.join(key)}: {got:.6g}, the chain says {value:.6g}, z = {z:.1f}")
    return wrong, worst


def draw_platform(draw, family):
    while True:
        platform = family(draw)
        try:
            chain = Chain(beginning(platform), transitions(platform), STATES[1])
            chain.recurrent()
        except (OverflowError, ValueError):
            # Too large; or it never forgets, such as two pools that share a full
            # gateway and close no connection.
            continue
        if len(chain.state) >= STATES[0]:
            return platform, chain


def report(number, name, problems):
    print(f"{'not ok' if problems else 'ok'} {number} - {name}", flush=True)
    for line in problems:
        print("# " + line)
    return bool(problems)


def of_itself(test):
    try:
        test()
    except AssertionError as error:
        return [f"{error}"]
    return []


def of_platform(capsim, folder, draw, family, seed):
    """(what was compared, what is off)"""
    platform, chain = draw_platform(draw, family)
    made, want = scenario(platform, seed), expected(platform, chain)
    seconds = REPLICATIONS * platform.get("from_start", WINDOW)
    wrong, worst = off(simulate(capsim, made, folder), want, seconds)
    return (f"{len(want)} measures, {len(chain.state)} states, |z| at most {worst:.1f}",
            wrong + [json.dumps(made)] if wrong else [])


def main(arguments):
    if not 1 <= len(arguments) <= 3:
        print("usage: compare.py CAPSIM [PLATFORMS [SEED]]", file=sys.stderr)
        return 2
    platforms = int(arguments[1]) if len(arguments) > 1 else 3
    seed = int(arguments[2]) if len(arguments) > 2 else 1
    failed, number = 0, len(SELFTESTS)
    print(f"1..{number + len(FAMILIES) * platforms}")
    for position, (name, test) in enumerate(SELFTESTS.items(), 1):
        failed += report(position, "chains: " + name, of_itself(test))
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, family) in enumerate(FAMILIES.items()):
            draw = random.Random(1000 * seed + index)
            for _ in range(platforms):
                number += 1
                what, wrong = of_platform(arguments[0], folder, draw, family,
                                          1000 * seed + number)
                failed += report(number, f"{name}: {what}", wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
