#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random small platforms through the models and through the slow reference.

    differ.py DRIVE [SEED]     TAP, one test a family of platforms

Every request must end with the same code, for the same reason, at the same
nanosecond.  Times are a few dozen ns, so that much falls on one instant.  What
differs is printed with its scenario, which the reference takes as it stands.

Left out, as the reference reads it otherwise or not at all: timeouts of nothing
in a pool or gateway, connections that open in no time or that still open when
their instance goes, CPUs; with limits of instances also a least number of
them: which of two that were idle as long stays is nobody's rule.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "reference"))
from platform import World  # noqa: E402  (the reference, not the standard library's)
from callers import calls, dependency_text  # noqa: E402
from words import bound, maybe, ns  # noqa: E402

PLATFORMS = 120  # of each family


def fleet(draw):
    least = draw.choice([0, 0, 0, 1, 2])
    return {"max_instances": least + draw.randint(1, 3), "min_instances": least,
            "concurrency": draw.choice([1, 1, 1, 2, 3]),
            "cold_start": maybe(draw, 0.6, lambda: draw.randint(1, 40), 0),
            "idle_timeout": maybe(draw, 0.7, lambda: draw.randint(1, 80)),
            "queue_limit": maybe(draw, 0.8, lambda: draw.randint(0, 6)),
            "queue_timeout": maybe(draw, 0.5, lambda: draw.randint(0, 60))}


def scaling(draw, config):
    """Tokens for starts, and memory, for a fleet that has neither."""
    if draw.random() < 0.7:
        config["start_burst"] = {"every": draw.choice([1, 2, 4, 5, 8, 10, 20, 25, 40, 50]) * 10,
                                 "burst": draw.randint(1, 4)}
    if draw.random() < 0.6:
        config["min_instances"] = 0
        config["memory"] = {"limit": draw.randint(10, 40), "base": draw.randint(0, 10),
                            "per_request": draw.randint(1, 20),
                            "per_connection": draw.randint(0, 6)}
        config["concurrency"] = draw.randint(1, 5)


def pool(draw, rtt):
    most = draw.randint(1, 4)
    return {"max": most, "min": draw.randint(0, min(2, most)),
            "connect": 6 * rtt + draw.randint(1, 30),
            "connect_timeout": maybe(draw, 0.6, lambda: draw.randint(1, 60)),
            "idle_timeout": maybe(draw, 0.6, lambda: draw.randint(1, 60)),
            "retries": draw.choice([0, 0, 1, 2, 3]), "backoff_initial": draw.randint(1, 20),
            "backoff_factor": draw.choice([1, 2, 3]), "backoff_max": draw.randint(10, 60)}


def gateway(draw):
    return {"max_clients": maybe(draw, 0.6, lambda: draw.randint(1, 6)),
            "pool_size": maybe(draw, 0.8, lambda: draw.randint(1, 4)),
            "wait_timeout": maybe(draw, 0.6, lambda: draw.randint(1, 50))}


def steps(draw, databases, has_transactions=False):
    made = []
    for _ in range(draw.randint(1, 4)):
        if databases and has_transactions and draw.random() < 0.5:
            made.append({"transaction": draw.choice(databases), "do": steps(draw, databases)})
        elif databases and draw.random() < 0.7:
            made.append({"query": draw.choice(databases), "time": draw.randint(1, 40),
                         "count": draw.choice([1, 1, 2])})
        else:
            made.append({"wait": draw.randint(0, 40)})
    return made


def edge(draw, made):
    """A way to the region that takes time, and answers that are kept at its end."""
    made["distance"] = draw.randint(2, 20)
    made["hit_time"] = draw.randint(0, 5)
    for function in made["functions"].values():
        if draw.random() < 0.7:
            function["cache"] = {"ttl": draw.randint(1, 80),
                                 "stale": draw.choice([0, draw.randint(1, 60)])}


def clients(draw):
    codes = [code for code in (499, 500, 503, 504) if draw.random() < 0.6]
    return {"patience": maybe(draw, 0.7, lambda: draw.randint(1, 80)), "retry": codes,
            "retries": draw.randint(1, 4), "backoff_initial": draw.choice([0, 0, 5, 20]),
            "backoff_factor": draw.choice([1, 2, 3]), "backoff_max": draw.randint(1, 90)}


def scenario(draw, has):
    """has: the words of a family, below."""
    has_pool, has_gateway, has_rtt, has_scaling, has_clients, has_transactions, has_edge = (
        word in has.split() for word in ("pool", "gateway", "far", "scaling", "clients",
                                         "transactions", "edge"))
    made = {"fleets": {"f": fleet(draw)}, "databases": {}, "functions": {}}
    if draw.random() < 0.4:
        made["fleets"]["g"] = fleet(draw)
    for config in made["fleets"].values() if has_scaling else []:
        scaling(draw, config)
    names = ["d", "e"][:draw.randint(1, 2)] if has_pool or has_gateway else []
    rtt = draw.randint(1, 15) if has_rtt else 0
    for name in names:
        database = made["databases"][name] = {"rtt": rtt}
        if has_pool:
            database["pool"] = pool(draw, rtt)
        if has_gateway:
            database["gateway"] = gateway(draw)
    opening = max((d["pool"]["connect"] for d in made["databases"].values() if has_pool),
                  default=0)
    for config in made["fleets"].values():
        if config["idle_timeout"] is not None:
            config["idle_timeout"] += opening
    for name in ["a", "b", "c"]:
        made["functions"][name] = {"fleet": draw.choice(list(made["fleets"])),
                                   "steps": steps(draw, names, has_transactions)}
        if draw.random() < 0.5:
            made["functions"][name]["max_duration"] = draw.randint(10, 150)
    if has_edge:
        edge(draw, made)
    spread = draw.choice([50, 200, 600])
    times = sorted(draw.randint(0, spread) for _ in range(draw.randint(5, 40)))
    made["arrivals"] = [[t, draw.choice(["a", "b", "c"])] for t in times]
    if has_clients:
        made["clients"] = clients(draw)
    return made


# ---- rate limits: windows are seconds and more, so all else is as long ----

SECOND = 10**9
WINDOWS = {"per_second": SECOND, "per_minute": 60 * SECOND, "per_hour": 3600 * SECOND,
           "per_day": 86400 * SECOND}


def tier_limits(draw, algorithm):
    if algorithm == "token_bucket":
        rate = draw.choice(["3/s", "1.7/s", "7/min", "100/min", "0.13/s", "1000/h", "2.5/min"])
        return {"rate": rate, "burst": draw.randint(1, 5)}
    keys = draw.sample(list(WINDOWS), draw.randint(1, 3))
    return {key: draw.randint(1, 4) * (1 + list(WINDOWS).index(key)) for key in keys}


def limiter(draw, algorithm):
    tiers = draw.sample(["free", "paid", "test"], draw.randint(1, 3))
    made = {"algorithm": algorithm, "scope": draw.choice(["instance", "region", "global"]),
            "limits": {tier: tier_limits(draw, algorithm) for tier in tiers}}
    if draw.random() < 0.6:
        made["retry_after"] = draw.choice(["window", 0, 1500000000])
    if draw.random() < 0.6:
        made["shadow"] = {draw.choice(["free", "paid"]): tier_limits(draw, algorithm)}
    return made


def limited_arrivals(draw, functions):
    """Bursts on a grid on which windows end, some a nanosecond beside it; and silences."""
    window = draw.choice(list(WINDOWS.values()))
    grid = window // draw.choice([1, 2, 4, 8])
    made = []
    for _ in range(draw.randint(20, 120)):
        at = max(0, draw.randint(0, 24) * grid + draw.choice([0, 0, 0, -1, 1]))
        user = draw.choice([None] + [draw.randint(0, 5)] * 5)
        made += [[at, draw.choice(functions), user]] * draw.randint(1, 3)
    return sorted(made, key=lambda arrival: arrival[0])


def scaled(config, keys, factor):
    return {key: value * factor if key in keys and value is not None else value
            for key, value in config.items()}


def limited(draw, algorithm):
    factor = draw.choice([1, SECOND // 40, SECOND])
    names = ["k", "l"][:draw.randint(1, 2)]
    instances = dict(fleet(draw), min_instances=0)
    made = {"duration": "1500h", "databases": {}, "functions": {},
            "tiers": {"free": 2, "paid": 2, "test": 2},
            "limits": {name: limiter(draw, algorithm) for name in names},
            "fleets": {"f": scaled(instances, ("cold_start", "idle_timeout", "queue_timeout"),
                                   factor)}}
    for name in ["a", "b", "c"]:
        steps = [{"limit": draw.choice(names)}, {"wait": draw.randint(0, 40) * factor}]
        if draw.random() < 0.5:
            steps += [{"limit": draw.choice(names)}, {"wait": draw.randint(0, 9) * factor}]
        if draw.random() < 0.5:
            steps.insert(0, {"wait": draw.randint(0, 9) * factor})
        made["functions"][name] = {"fleet": "f", "steps": steps}
    made["arrivals"] = limited_arrivals(draw, ["a", "b", "c"])
    return made


def limiter_text(config):
    made = {key: value for key, value in config.items()}
    if isinstance(config.get("retry_after"), int):
        made["retry_after"] = ns(config["retry_after"])
    return made


# ---- the same as a scenario of the simulator: YAML has all of JSON ----

def fleet_text(config):
    made = {"min_instances": config["min_instances"], "max_instances": config["max_instances"],
            "concurrency": config["concurrency"], "regions": ["here"],
            "queue": {"limit": bound(config["queue_limit"])}}
    if config["cold_start"] > 0:
        made["cold_start"] = ns(config["cold_start"])
    if config["idle_timeout"] is not None:
        made["idle_timeout"] = ns(config["idle_timeout"])
    if config["queue_timeout"] is not None:
        made["queue"]["timeout"] = ns(config["queue_timeout"])
    if "start_burst" in config:
        made["start_burst"] = {"rate": f"{10**9 // config['start_burst']['every']}/s",
                               "burst": config["start_burst"]["burst"]}
    if "memory" in config:
        made["memory"] = f"{config['memory']['limit']}MB"
        made["memory_use"] = {"base": f"{config['memory']['base']}MB",
                              "per_request": f"{config['memory']['per_request']}MB",
                              "per_connection": f"{config['memory']['per_connection']}MB"}
    return made


def pool_text(config, rtt):
    return {"max": config["max"], "min": config["min"], "connect_round_trips": 6,
            "connect": ns(config["connect"] - 6 * rtt),
            "connect_timeout": ns(config["connect_timeout"]),
            "idle_timeout": ns(config["idle_timeout"]),
            "retries": {"max": config["retries"],
                        "backoff": {"initial": ns(config["backoff_initial"]),
                                    "factor": config["backoff_factor"],
                                    "max": ns(config["backoff_max"])}}}


def flat(steps_of):
    for step in steps_of:
        yield step
        yield from step.get("do", [])


def database_text(name, config, functions):
    made = {"queries": {}}
    if config["rtt"] > 0:
        made["region"] = "there"
    if "pool" in config:
        made["pool"] = pool_text(config["pool"], config["rtt"])
    if "gateway" in config:
        made["gateway"] = {"max_clients": bound(config["gateway"]["max_clients"]),
                           "pool_size": bound(config["gateway"]["pool_size"]),
                           "wait_timeout": ns(config["gateway"]["wait_timeout"])}
    for function in functions.values():
        for step in flat(function["steps"]):
            if step.get("query") == name:
                made["queries"][f"q{step['time']}"] = ns(step["time"])
    if not made["queries"]:
        made["queries"]["none"] = "1ns"
    return made


def step_text(step):
    if "wait" in step:
        return {"wait": ns(step["wait"])}
    if "transaction" in step:
        return {"transaction": step["transaction"], "do": [step_text(s) for s in step["do"]]}
    if "limit" in step:
        return {"limit": step["limit"]}
    if "call" in step:
        return step
    return {"query": f"{step['query']}.q{step['time']}", "count": step["count"]}


def clients_text(config):
    return {"patience": ns(config["patience"]),
            "retry": {"codes": ["gave_up" if code == 499 else code for code in config["retry"]],
                      "max": config["retries"],
                      "backoff": {"initial": ns(config["backoff_initial"]),
                                  "factor": config["backoff_factor"],
                                  "max": ns(config["backoff_max"])}}}


def text(made):
    functions = {}
    for name, function in made["functions"].items():
        functions[name] = {"fleet": function["fleet"],
                           "steps": [step_text(step) for step in function["steps"]]}
        if "max_duration" in function:
            functions[name]["max_duration"] = ns(function["max_duration"])
        if "cache" in function:
            functions[name]["cache"] = {"ttl": ns(function["cache"]["ttl"]),
                                        "stale_while_revalidate": ns(function["cache"]["stale"])}
    databases, dependencies = made.get("databases", {}), made.get("dependencies", {})
    rtts = [database["rtt"] for database in databases.values()]
    whole = {"capsim": 1, "name": "differ", "replications": 2, "seed": 1,
             "horizon": {"duration": made.get("duration", "1h"), "lead_in": "0s"},
             "regions": {"here": {"max_instances": "unlimited"},
                         "there": {"max_instances": "unlimited"}},
             "zones": {"home": {"share": "100%"}},
             "cdn": {"hit_time": ns(made.get("hit_time", 0))},
             "network": {"rtt": {"home": {"here": ns(made.get("distance", 0)),
                                          "there": "1h"},
                                 "here": {"there": ns(max(rtts, default=0))}}},
             "fleets": {name: fleet_text(config) for name, config in made["fleets"].items()},
             "functions": functions,
             "traffic": {"none": {"rate": "1/h", "mix": {"a": "100%"}}}}
    if "clients" in made:
        whole["clients"] = clients_text(made["clients"])
    if "limits" in made:
        whole["tiers"] = {tier: {"users": users} for tier, users in made["tiers"].items()}
        whole["rate_limits"] = {name: limiter_text(config)
                                for name, config in made["limits"].items()}
        whole["traffic"]["none"]["tiers"] = "none"
    if databases:
        whole["databases"] = {name: database_text(name, config, made["functions"])
                              for name, config in databases.items()}
    if dependencies:
        whole["dependencies"] = {name: dependency_text(config)
                                 for name, config in dependencies.items()}
    return json.dumps(whole, indent=1)


def differs(drive, path, made):
    """What both said, where they differ; None when they agree."""
    path.write_text(text(made), encoding="utf-8")
    lines = [(t, 1, f"{name} {-1 if not user or user[0] is None else user[0]}")
             for t, name, *user in made["arrivals"]]
    lines += [(t, 0, f"{word}:{name} -1") for t, word, name in made.get("controls", [])]
    arrivals = "".join(f"{t} {what}\n" for t, _, what in sorted(lines, key=lambda e: e[:2]))
    run = subprocess.run([drive, str(path)], input=arrivals, capture_output=True, text=True,
                         check=False, timeout=60)
    expected = [" ".join(map(str, (number, *answer)))
                for number, answer in enumerate(World(made).run())]
    got = run.stdout.splitlines()
    if run.returncode == 0 and got == expected:
        return None
    lines = [f"drive: status {run.returncode} {run.stderr.strip()}"] if run.returncode else []
    lines += [f"models: {a}  reference: {b}" for a, b in zip(got, expected) if a != b][:3]
    return lines + [json.dumps(made)]


FAMILIES = [("instances and queues", scenario, ""),
            ("connection pools", scenario, "pool"),
            ("a gateway without pools", scenario, "gateway"),
            ("pools before a gateway", scenario, "pool gateway"),
            ("a gateway far away", scenario, "gateway far"),
            ("pools before a gateway far away", scenario, "pool gateway far"),
            ("starts by tokens, and memory", scenario, "scaling"),
            ("tokens and memory before a gateway far away", scenario, "gateway far scaling"),
            ("tokens, memory and pools before a gateway far away", scenario,
             "pool gateway far scaling"),
            ("clients that give up and ask again", scenario, "clients"),
            ("such clients, pools and a gateway", scenario, "pool gateway clients"),
            ("transactions", scenario, "pool transactions"),
            ("transactions at a gateway", scenario, "gateway far transactions"),
            ("transactions of pools before a gateway", scenario,
             "pool gateway far transactions"),
            ("answers kept at the edge", scenario, "edge"),
            ("an edge before pools and a gateway", scenario, "pool gateway far scaling edge"),
            ("such clients and an edge", scenario, "clients edge"),
            ("limits by a sliding log", limited, "sliding_log"),
            ("limits by fixed windows", limited, "fixed_window"),
            ("limits by token buckets", limited, "token_bucket"),
            ("calls to others", calls, fleet)]


def main(arguments):
    if len(arguments) not in (1, 2):
        print("usage: differ.py DRIVE [SEED]", file=sys.stderr)
        return 2
    seed = int(arguments[1]) if len(arguments) == 2 else 1
    failed = 0
    print(f"1..{len(FAMILIES)}")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "s.yaml"
        for number, (name, make, of) in enumerate(FAMILIES, 1):
            draw = random.Random(1000 * seed + number)
            wrong = [said for said in (differs(arguments[0], path, make(draw, of))
                                       for _ in range(PLATFORMS)) if said is not None]
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {PLATFORMS} platforms: {name}")
            if wrong:
                print(f"# {len(wrong)} platforms differ; the first:")
                print("\n".join("# " + line for line in wrong[0]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
