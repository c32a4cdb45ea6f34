# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator reports of a platform, out of its chain."""

from state import BACKEND, POOL, SERVER, START
from world import World

CODES = (200, 404, 499, 500, 502, 503)


def name_of(platform, cell):
    return f"f{cell}" if platform["where"] == "fleets" else "f0"


def levels(platform):
    """{key: function of a world}: what is integrated over time."""
    cells = range(len(platform["cells"]))
    label = "fleet" if platform["where"] == "fleets" else "region"
    key = [f"{label}={'f' if label == 'fleet' else 'r'}{cell}" for cell in cells]

    def number(*places):
        return lambda w: sum(len(i.at(*places)) for i in w.instances())

    made = {"system": lambda w: len(w.queue) + sum(len(i.requests) for i in w.instances()),
            "start": number(START), "queue": lambda w: len(w.queue),
            "querying": number(BACKEND, SERVER),
            "held": lambda w: sum(len(i.requests) for c in w.warm for i in c),
            "slots": lambda w: sum(len(w.warm[c]) * platform["cells"][c]["concurrency"]
                                   for c in cells),
            "active": lambda w: sum(len(i.in_use()) for i in w.instances()),
            "waiting": number(POOL),
            "idle": lambda w: sum(i.idle for i in w.instances()),
            "total": lambda w: sum(i.connections() for i in w.instances()),
            "running": number(SERVER), "backend_wait": number(BACKEND),
            "up": lambda w: w.is_up}
    for cell in cells:
        made["queue " + key[cell]] = lambda w, c=cell: w.queued(c)
        made["starting " + key[cell]] = lambda w, c=cell: len(w.starting[c])
        made["busy " + key[cell]] = lambda w, c=cell: sum(bool(i.requests) for i in w.warm[c])
        made["idle " + key[cell]] = lambda w, c=cell: sum(not i.requests for i in w.warm[c])
    return made


def means(platform, chain, pi):
    """{key: mean over time}."""
    made, total = levels(platform), {}
    for p, state in zip(pi, chain.state):
        if p > 0.0:
            world = World(platform, state)
            for key, level in made.items():
                total[key] = total.get(key, 0.0) + p * level(world)
    return total


def level_rows(platform, mean):
    """{(name, labels): expected} of what is a mean over time."""
    rows = {("slot_utilization", ""): mean["held"] / mean["slots"]}
    for key, value in mean.items():
        what, _, where = key.partition(" ")
        if where and what == "queue":
            rows["instance_queue", where] = value
        elif where:
            rows["instances", f"{where};state={what}"] = value
    if platform.get("pool") is not None:
        for what in ("active", "idle", "total"):
            rows[f"db_pool_{what}_connections", ""] = mean[what]
        rows["db_pool_waiting_requests", ""] = mean["waiting"]
    if platform.get("every") is not None:
        rows["database_up", ""] = mean["up"]
    if any("query" in c["steps"] for c in platform["cells"]):
        rows["db_connections", ""] = mean["total"]
        rows["db_backends_active", ""] = mean["running"]
        rows["db_backends_waiting", ""] = mean["backend_wait"]
    return rows


def flow_rows(platform, mean, rates):
    """{(name, labels, stat): expected} of what is counted, and by Little's law of
    times: of all who are answered, if no client leaves."""
    arrivals = sum(rates.get(code, 0.0) for code in CODES)
    users = sum(rates.get(f"user {code}", 0.0) for code in CODES)
    rows = {("requests_total", f"code={code}", "ratio"): rates.get(code, 0.0) / arrivals
            for code in CODES}
    for code in CODES:
        share = rates.get(f"user {code}", 0.0) / users
        rows["user_requests_total", f"code={code}", "ratio"] = share
    rows["cold_starts_total", "", "ratio"] = rates.get("cold", 0.0) / arrivals
    if platform.get("patience") is None:
        rows["request_duration_seconds", "", "mean"] = mean["system"] / arrivals
        rows["stage_seconds", "stage=instance_wait", "mean"] = mean["queue"] / arrivals
        rows["stage_seconds", "stage=cold_start", "mean"] = mean["start"] / arrivals
    if rates.get("query") and platform.get("every") is None:  # else some are cut off
        rows["db_query_seconds", "", "mean"] = mean["querying"] / rates["query"]
    return rows
