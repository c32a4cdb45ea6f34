# SPDX-License-Identifier: GPL-3.0-or-later
"""Random small platforms, by family, and what a family is there to catch."""


def mean(draw, least, most):
    """Seconds, in whole ms, evenly by order of magnitude."""
    return round(least * (most / least) ** draw.random()) / 1000.0


def maybe(draw, chance, value):
    return value() if draw.random() < chance else None


def cell(draw, steps, **given):
    least = draw.choice([0, 0, 1])
    made = {"rate": draw.randint(8, 50) / 2.0, "max": least + draw.randint(1, 2), "min": least,
            "concurrency": draw.choice([1, 2]),
            "cold": maybe(draw, .8, lambda: mean(draw, 50, 800)),
            "idle": maybe(draw, .8, lambda: mean(draw, 30, 500)),
            "limit": draw.randint(0, 3),
            "timeout": maybe(draw, .5, lambda: mean(draw, 50, 400)),
            "cancel": False, "reuse": draw.choice(["last_used", "longest_idle", "random"]),
            "steps": steps}
    made.update(given)
    if made["idle"] is None:  # what starts would stay: no stationary law to speak of
        made["min"] = made["max"]
    return made


# The life of instances and the queue: a cold start that is not charged or not
# joined, a timeout that does not free its place in the queue, an idle instance of
# the minimum that goes, one in use that goes, the wrong one reused.
def instances(draw):
    busy = draw.choice([["wait"], ["wait", "wait"]])
    return {"where": "fleets", "cells": [cell(draw, busy, max=2)], "wait": mean(draw, 50, 300),
            "errors": maybe(draw, .5, lambda: draw.randint(1, 20) / 100.0)}


# Two fleets under the cap of a region: room taken from a minimum or from one in
# use, a waiter of the other fleet overtaken or forgotten when an instance goes.
def region_cap(draw):
    cells = [cell(draw, ["wait"], max=2, min=least, limit=draw.randint(1, 3),
                  reuse="last_used", concurrency=draw.choice([1, 1, 2]),
                  idle=mean(draw, 30, 500), rate=draw.randint(6, 24) / 2.0)
             for least in (draw.choice([0, 1]), 0)]
    cells[1]["concurrency"] = 1
    return {"where": "fleets", "cells": cells, "cap": draw.choice([2, 2, 3]),
            "wait": mean(draw, 50, 200)}


# Pools in instances that come and go: a connection that outlives its instance or
# is not opened anew, an opener who loses its own to a waiter, one held between
# queries while others wait, a pool that counts what opens as free.
def pools(draw):
    steps = draw.choice([["query"], ["wait", "query"], ["query", "query"], ["query", "wait"]])
    made = cell(draw, steps, max=2, concurrency=draw.choice([2, 2, 3]), timeout=None)
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 20, 150),
            "query": mean(draw, 20, 150),
            "pool": {"max": draw.choice([1, 1, 2]),
                     "connect": maybe(draw, .8, lambda: mean(draw, 10, 200))}}


def server(draw, connections):
    return {"connections": connections, "vcpus": draw.choice([None, 1, 2]),
            "alpha": draw.choice([0.0, 0.05, 0.2]), "beta": draw.choice([0.0, 0.01])}


# Pools of two regions before one gateway and server: a backend held too long or
# given past one who waits, waiters of a region starved, a shared cap counted for
# each region alone, a query that does not slow the others down.
def two_regions(draw):
    made = cell(draw, ["query"], max=draw.choice([1, 1, 2]), concurrency=2, cold=None,
                limit=draw.randint(0, 1), timeout=None, min=1, idle=None)
    share, rate = draw.choice([30, 40, 50, 60]), draw.randint(10, 60)
    cells = [dict(made, rate=rate * part / 100.0) for part in (share, 100 - share)]
    return {"where": "regions", "cells": cells, "query": mean(draw, 30, 150),
            "pool": {"max": draw.choice([1, 2]),
                     "connect": maybe(draw, .3, lambda: mean(draw, 10, 100))},
            "gateway": {"clients": None, "backends": draw.choice([1, 2, 3])},
            "server": maybe(draw, .7, lambda: server(draw, 50))}


# A gateway or server straight before the functions, or a server that refuses
# pools: a refusal that costs a connection or a slot, the wrong code for it, one
# who waits for a backend and is not counted as connected.
def refusals(draw):
    has_pool, has_gateway = draw.choice([(True, False), (False, True), (False, False)])
    made = cell(draw, draw.choice([["query"], ["wait", "query"]]), max=2, timeout=None,
                concurrency=2, limit=draw.randint(0, 1), idle=mean(draw, 100, 500))
    cap = draw.choice([1, 2, 3])
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 20, 150),
            "query": mean(draw, 30, 150),
            "pool": {"max": 2, "connect": mean(draw, 10, 100)} if has_pool else None,
            "gateway": {"clients": cap, "backends": draw.choice([1, 2])}
            if has_gateway else None,
            "server": None if has_gateway else server(draw, cap)}


# Clients that give up: counted twice or as errors of the platform, cancelled after
# they began, not cancelled in the queue, an instance that starts for nobody.
def patience(draw):
    made = cell(draw, ["wait"], max=draw.choice([1, 1, 2]), min=0, limit=draw.randint(1, 3),
                cold=mean(draw, 100, 800), idle=mean(draw, 30, 500),
                concurrency=draw.choice([1, 1, 2]), cancel=draw.choice([False, True, True]))
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 50, 250),
            "patience": mean(draw, 100, 800)}


# Shared CPUs, then a dependency with a cap of its own: work that goes at the wrong
# speed as others come and go, a slot of the dependency kept by a failed call.
def calls(draw):
    made = cell(draw, draw.choice([["cpu", "call"], ["call", "cpu"]]), max=2,
                concurrency=draw.choice([2, 2, 3]), timeout=None, limit=draw.randint(0, 1))
    return {"where": "fleets", "cells": [made], "cpu": mean(draw, 20, 100),
            "vcpus": draw.choice([0.5, 1.0, 1.5]),
            "call": {"max": draw.choice([None, 1, 2, 3]), "mean": mean(draw, 30, 200),
                     "errors": maybe(draw, .6, lambda: draw.randint(2, 20) / 100.0),
                     "retries": 0, "fallback": None}}


# The first second from an empty platform with its minimum warm, which no stationary
# law sees: a minimum that starts cold, levels not reset at the window's start.
def beginnings(draw):
    made = cell(draw, ["wait", "query"], max=2, concurrency=2, timeout=None,
                limit=draw.randint(0, 2), cold=mean(draw, 50, 800))
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 50, 150),
            "query": mean(draw, 20, 100), "from_start": 1.0,
            "pool": {"max": draw.choice([1, 2]), "connect": mean(draw, 20, 200)}}


# Users who think, and wait for their answer before they go on: an answer that frees
# none, or two; one who gives up and is still counted as waiting.
def closed(draw):
    made = cell(draw, draw.choice([["wait"], ["wait", "query"]]), max=2)
    return {"where": "fleets", "cells": [made], "users": draw.randint(2, 6),
            "think": mean(draw, 100, 500), "wait": mean(draw, 50, 200),
            "query": mean(draw, 30, 100), "pool": {"max": 1, "connect": None},
            "patience": maybe(draw, .4, lambda: mean(draw, 200, 900))}


# Clients who ask again at once: an attempt too many, one that its user's outcome
# counts, patience that is not of the attempt.
def asking_again(draw):
    made = cell(draw, ["wait"], max=draw.choice([1, 2]), limit=draw.randint(0, 2),
                cancel=draw.choice([False, True]), rate=draw.randint(6, 24) / 2.0)
    codes = draw.choice([[404], [499], [503], [404, 499], [404, 503]])
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 50, 200),
            "errors": draw.randint(5, 40) / 100.0, "retry": {"codes": codes,
                                                             "max": draw.choice([1, 2])},
            "patience": mean(draw, 200, 900) if 499 in codes else None}


# A database that goes down: a connection or slot kept by who failed, one that is
# still open, a query that goes on, a pool that waits for ever.
def failures(draw):
    made = cell(draw, draw.choice([["query"], ["wait", "query"]]), max=2, timeout=None,
                concurrency=2, limit=draw.randint(0, 1), reuse="random",
                cold=None, idle=mean(draw, 100, 500))
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 20, 150),
            "query": mean(draw, 30, 150), "every": mean(draw, 500, 3000),
            "repair": mean(draw, 200, 1500), "server": server(draw, 50),
            "gateway": maybe(draw, .4, lambda: {"clients": None,
                                                "backends": draw.choice([1, 2])}),
            "pool": maybe(draw, .7, lambda: {"max": draw.choice([1, 2]),
                                             "connect": mean(draw, 20, 100)})}


# Transactions, which keep their connection between queries and a backend from their
# first one on: either given back too soon or not at all, a wait without one counted.
def transactions(draw):
    steps = draw.choice([["begin", "query", "wait", "query", "commit"],
                         ["begin", "wait", "query", "commit"],
                         ["begin", "query", "wait", "commit", "query"],
                         ["wait", "begin", "query", "query", "commit"]])
    made = cell(draw, steps, max=draw.choice([1, 2]), concurrency=draw.choice([2, 3]),
                timeout=None, limit=draw.randint(0, 1), rate=draw.randint(6, 24) / 2.0)
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 20, 150),
            "query": mean(draw, 20, 100),
            "pool": maybe(draw, .7, lambda: {"max": draw.choice([1, 2]),
                                             "connect": mean(draw, 10, 100)}),
            "gateway": maybe(draw, .7, lambda: {"clients": draw.choice([None, 2]),
                                                "backends": draw.choice([1, 2])})}


# Traffic in bursts: a phase too short, a rate that is not of the phase.
def bursts(draw):
    made = cell(draw, ["wait"], max=2, rate=draw.randint(6, 20) / 2.0)
    return {"where": "fleets", "cells": [made], "wait": mean(draw, 50, 200),
            "burst": {"factor": draw.choice([2, 3, 5]), "high": mean(draw, 300, 2000),
                      "low": mean(draw, 500, 3000)}}


# Calls made again, then elsewhere: a place kept between attempts, an attempt too many,
# a fallback under the cap of what it stands in for.
def calls_again(draw):
    made = cell(draw, ["call"], max=2, concurrency=2, timeout=None, limit=draw.randint(0, 1))
    return {"where": "fleets", "cells": [made],
            "call": {"max": draw.choice([None, 1, 2]), "mean": mean(draw, 30, 200),
                     "errors": draw.randint(10, 50) / 100.0, "retries": draw.choice([0, 1, 2]),
                     "fallback": maybe(draw, .6, lambda: {
                         "mean": mean(draw, 50, 300), "errors": draw.randint(5, 30) / 100.0})}}


FAMILIES = {"instances and queues": instances, "two fleets under a region's cap": region_cap,
            "pools of instances that come and go": pools,
            "two regions before one gateway": two_regions,
            "refused connections": refusals, "clients that give up": patience,
            "CPU and calls": calls, "the beginning": beginnings,
            "users who think": closed, "clients that ask again": asking_again,
            "a database that fails": failures, "transactions": transactions,
            "bursts": bursts,
            "calls again and elsewhere": calls_again}
