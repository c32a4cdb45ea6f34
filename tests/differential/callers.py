# SPDX-License-Identifier: GPL-3.0-or-later
"""Platforms that call others, for differ.py."""

from words import bound, maybe, ns

UNIT = 10**8  # ns: rate limits are a second's worth, and that should be a few units


def breaker(draw):
    return {"failures": draw.randint(1, 4), "open": draw.randint(0, 60) * UNIT,
            "probes": draw.randint(1, 3), "scope": draw.choice(["instance", "global"])}


def dependency(draw, later):
    """`later`: the names that it may fall back to."""
    made = {"first": draw.randint(0, 20) * UNIT, "rest": draw.choice([0, 0, 5, 10]) * UNIT,
            "timeout": maybe(draw, 0.6, lambda: draw.randint(0, 60) * UNIT),
            "max_concurrency": maybe(draw, 0.6, lambda: draw.randint(1, 4)),
            "rate": maybe(draw, 0.6, lambda: draw.choice([[1, 1], [2, 1], [5, 1], [30, 60]])),
            "retries": draw.choice([0, 0, 1, 2, 5]),
            "backoff_initial": draw.randint(0, 20) * UNIT,
            "backoff_factor": draw.choice([1, 2, 3]), "backoff_max": draw.randint(10, 60) * UNIT,
            "fallback": maybe(draw, 0.6, lambda: draw.choice(later)) if later else None}
    made["breaker"] = maybe(draw, 0.6, lambda: breaker(draw))
    return made


def controls(draw, names, spread):
    """Outages, and times that are slow, each with its end."""
    made = []
    for name in names:
        for begin, end in [("down", "up"), ("slow", "fast")]:
            if draw.random() < 0.5:
                start = draw.randint(1, spread)
                made.append([start * UNIT, begin, name])
                made.append([(start + draw.randint(1, spread // 3)) * UNIT, end, name])
    return sorted(made, key=lambda control: control[0])


def calls(draw, fleet):
    """Functions that call others; times in UNITs.  `fleet` draws one."""
    names = ["x", "y", "z"][:draw.randint(1, 3)]
    made = {"fleets": {"f": fleet(draw)}, "functions": {},
            "dependencies": {name: dependency(draw, names[i + 1:])
                             for i, name in enumerate(names)}}
    for key in ["cold_start", "idle_timeout", "queue_timeout"]:
        if made["fleets"]["f"][key] is not None:
            made["fleets"]["f"][key] *= UNIT
    made["fleets"]["f"]["max_instances"] += 2
    for name in ["a", "b", "c"]:
        made["functions"][name] = {"fleet": "f", "steps": [
            draw.choice([{"wait": draw.randint(0, 20) * UNIT},
                         {"call": draw.choice(names), "stream": draw.random() < 0.5,
                          "count": draw.choice([1, 1, 2])},
                         {"call": names[0], "stream": False, "count": 1}])
            for _ in range(draw.randint(1, 3))]}
        if draw.random() < 0.4:
            made["functions"][name]["max_duration"] = draw.randint(10, 150) * UNIT
    spread = draw.choice([50, 200, 600])
    times = sorted(draw.randint(0, spread) for _ in range(draw.randint(5, 60)))
    made["arrivals"] = [[t * UNIT, draw.choice(["a", "b", "c"])] for t in times]
    made["controls"] = controls(draw, names, spread)
    return made


def dependency_text(config):
    made = {"first_byte": ns(config["first"]), "timeout": ns(config["timeout"]),
            "max_concurrency": bound(config["max_concurrency"]),
            "retries": {"max": config["retries"],
                        "backoff": {"initial": ns(config["backoff_initial"]),
                                    "factor": config["backoff_factor"],
                                    "max": ns(config["backoff_max"])}},
            "fallback": config["fallback"] or "none"}
    if config["rest"] > 0:
        made["tokens"], made["tokens_per_second"] = config["rest"] // UNIT, 10**9 // UNIT
    if config["rate"] is not None:
        number, seconds = config["rate"]
        made["rate_limit"] = f"{number}/{'s' if seconds == 1 else 'min'}"
    if config["breaker"] is not None:
        made["circuit_breaker"] = dict(config["breaker"], open=ns(config["breaker"]["open"]))
    return made
