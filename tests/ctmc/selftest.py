# SPDX-License-Identifier: GPL-3.0-or-later
"""The chains themselves against closed forms, other solvers and their own past."""

import math
import random

import measures
from chain import Chain, average, eliminate, iterate, transient
from events import beginning, transitions
from families import FAMILIES


def near(got, want, digits=9):
    assert abs(got - want) <= 10.0 ** -digits * max(1.0, abs(want)), f"{got!r}, not {want!r}"


def fixed(rate, concurrency, **given):
    """An instance that is always there."""
    made = {"rate": rate, "max": 1, "min": 1, "concurrency": concurrency, "cold": None,
            "idle": None, "limit": 0, "timeout": None, "cancel": False, "reuse": "last_used",
            "steps": ["query"]}
    made.update(given)
    return made


def solved(platform):
    chain = Chain(beginning(platform), transitions(platform))
    pi = chain.solve()
    return chain, measures.means(platform, chain, pi), chain.rates(pi)


def birth_death(births, deaths):
    """By its product form."""
    p = [1.0]
    for up, down in zip(births, deaths):
        p.append(p[-1] * up / down)
    return [x / sum(p) for x in p]


def mmck():
    """M/M/4/7 as 2 instances of 2 places and a queue of 3."""
    cell = fixed(21.0, 2, max=2, min=2, limit=3, steps=["wait"])
    _, mean, rates = solved({"where": "fleets", "cells": [cell], "wait": 0.2})
    p = birth_death([21.0] * 7, [5.0 * min(n, 4) for n in range(1, 8)])
    near(rates[503] / 21.0, p[7])
    near(mean["system"], sum(n * x for n, x in enumerate(p)))
    near(mean["queue"], sum((n - 4) * x for n, x in enumerate(p) if n > 4))


def erlang_a():
    """M/M/c+M: 2 servers and a short queue; then a known value of a long one."""
    cell = fixed(8.0, 2, limit=6, timeout=0.5, steps=["wait"])
    _, mean, rates = solved({"where": "fleets", "cells": [cell], "wait": 0.25})
    p = birth_death([8.0] * 8, [4.0 * min(n, 2) + 2.0 * max(n - 2, 0) for n in range(1, 9)])
    waiting = sum((n - 2) * x for n, x in enumerate(p) if n > 2)
    near(mean["queue"], waiting)
    near(rates[503], 8.0 * p[8] + 2.0 * waiting)

    def long_queue(n):
        if n < 400:
            yield 100.0, n + 1, {}
        if n > 0:
            yield 5.0 * min(n, 20) + 0.2 * max(n - 20, 0), n - 1, {}
    chain = Chain(0, long_queue)
    queue = chain.mean(chain.solve(), lambda n: max(n - 20, 0))
    near(queue * 0.2 / 100.0, 0.02971185049, 10)  # octave's queueing package


def machine_repair():
    """30 clients who think 1 s between visits to two stations: octave's MVA."""
    def clients(state):
        first, second = state
        if first + second < 30:
            yield float(30 - first - second), (first + 1, second), {}
        if first:
            yield 1.0 / 0.03, (first - 1, second + 1), {}
        if second:
            yield 1.0 / 0.05, (first, second - 1), {"done": 1}
    chain = Chain((0, 0), clients)
    pi = chain.solve()
    near(chain.rates(pi)["done"], 19.63647829127, 10)
    near(chain.mean(pi, sum) / 19.63647829127, 0.52776885728, 10)


def two_levels():
    """2 instances of 2 connections over 3 backends: an independent chain's values;
    with the first come first served, that of sim/theory/two_level.c."""
    platform = {"where": "fleets", "cells": [fixed(3.0, 6), fixed(3.0, 6)], "query": 0.5,
                "pool": {"max": 2, "connect": None}, "grant": "random",
                "gateway": {"clients": None, "backends": 3}}
    chain, mean, rates = solved(platform)
    assert len(chain.recurrent()) == 74
    near(rates[503] / 6.0, 0.1162332806)
    near(mean["system"], 5.790666674)
    near(mean["running"], 2.651300158)
    near(mean["system"] / rates[200], 1.092042833)
    _, _, rates = solved(dict(platform, grant="first"))
    near(rates[503] / 6.0, 0.11553313221297576)


def usl():
    """A server that slows down, at most 30 queries: E[N] and the share refused."""
    platform = {"where": "fleets", "cells": [fixed(6.0, 30)], "query": 1.0,
                "server": {"connections": 99, "vcpus": None, "alpha": 0.05, "beta": 0.01}}
    _, mean, rates = solved(platform)
    near(mean["system"], 29.111325, 6)
    near(rates[503] / 6.0, 0.541377, 5)


def nested_loss():
    """Two instances of 2 places and 3 connections in all: product form."""
    platform = {"where": "fleets", "cells": [fixed(3.0, 2), fixed(5.0, 2)], "query": 0.4,
                "server": {"connections": 3, "vcpus": None, "alpha": 0.0, "beta": 0.0}}
    _, _, rates = solved(platform)
    p = {(i, j): 1.2 ** i / math.factorial(i) * 2.0 ** j / math.factorial(j)
         for i in range(3) for j in range(3) if i + j <= 3}
    lost = sum(x * (3.0 * (i == 2 or i + j == 3) + 5.0 * (j == 2 or i + j == 3))
               for (i, j), x in p.items())
    near(rates[503], lost / sum(p.values()))


def cold_starts():
    """Without connections it does not matter who is idle: n busy and k idle suffice."""
    cell = fixed(2.0, 1, max=6, min=0, idle=0.7, steps=["wait"])
    _, mean, rates = solved({"where": "fleets", "cells": [cell], "wait": 0.5})

    def counts(state):
        busy, idle = state
        if busy < 6 and (idle or busy + idle < 6):
            yield 2.0, (busy + 1, max(idle - 1, 0)), {"cold": int(idle == 0)}
        if busy:
            yield 2.0 * busy, (busy - 1, idle + 1), {}
        if idle:
            yield idle / 0.7, (busy, idle - 1), {}
    chain = Chain((0, 0), counts)
    pi = chain.solve()
    near(rates["cold"], chain.rates(pi)["cold"])
    near(mean["idle fleet=f0"], chain.mean(pi, lambda s: s[1]))


def engset():
    """5 users who think 1 s before 3 servers and no queue: who is lost thinks again."""
    cell = fixed(0.0, 3, steps=["wait"])
    _, mean, rates = solved({"where": "fleets", "cells": [cell], "wait": 0.5, "users": 5,
                             "think": 1.0})
    p = birth_death([5.0, 4.0, 3.0], [2.0, 4.0, 6.0])
    near(mean["system"], p[1] + 2 * p[2] + 3 * p[3])
    near(rates[503], 2.0 * p[3])


def around():
    """Attempts and success of clients who ask again, the share of time that a database
    is up, and the mean rate of bursts: renewal theory."""
    plain = {"where": "fleets", "cells": [fixed(3.0, 2, steps=["wait"])], "wait": 0.2}
    _, _, rates = solved(dict(plain, errors=0.3, retry={"codes": [404, 503], "max": 2}))
    made = rates["user 200"] + rates["user 404"] + rates["user 503"]
    near(made, 3.0)
    _, mean, rates = solved({"where": "fleets", "cells": [fixed(3.0, 2)], "query": 0.2,
                             "every": 3.0, "repair": 1.0})
    near(mean["up"], 0.75)
    _, _, rates = solved(dict(plain, burst={"factor": 4, "high": 1.0, "low": 2.0}))
    near(rates[200] + rates[503], 3.0 * (2.0 + 4.0) / 3.0)
    roomy = {"where": "fleets", "cells": [fixed(0.5, 9, steps=["wait"])], "wait": 0.2}
    _, _, rates = solved(dict(roomy, errors=0.3, retry={"codes": [404], "max": 2}))
    near((rates[200] + rates[404] + rates[503]) / 0.5, 1.0 + 0.3 + 0.3 ** 2, 7)
    near(rates["user 404"] / 0.5, 0.3 ** 3, 7)


def calls():
    """An error rate p and r retries: p^(r+1), then as much of the fallback's."""
    call = {"max": None, "mean": 0.1, "errors": 0.4, "retries": 2,
            "fallback": {"mean": 0.2, "errors": 0.25}}
    _, mean, rates = solved({"where": "fleets", "cells": [fixed(2.0, 3, steps=["call"])],
                             "call": call})
    answered = rates[200] + rates[502]
    near(rates[502] / answered, 0.4 ** 3 * 0.25)
    near(mean["system"] / answered, 0.1 * (1.0 + 0.4 + 0.4 ** 2) + 0.2 * 0.4 ** 3)


def transaction():
    """A backend for each, from the query on: as if each had the place of one server."""
    steps = ["begin", "query", "wait", "commit"]
    platform = {"where": "fleets", "cells": [fixed(4.0, 3, steps=steps)], "query": 0.2,
                "wait": 0.1, "gateway": {"clients": None, "backends": 1}}
    _, mean, rates = solved(platform)
    served = fixed(4.0, 1, limit=2, steps=["query", "wait"])
    _, want, lost = solved(dict(platform, cells=[served], gateway=None))
    near(rates[503], lost[503])
    near(mean["system"], want["system"])
    near(mean["backend_wait"], want["queue"])


def in_time():
    """exp(Qt) of M/M/1/3 (octave's queueing package), and its mean over time."""
    out = [{1: 2.0}, {0: 1.0, 2: 2.0}, {1: 1.0, 3: 2.0}, {2: 1.0}]
    for got, want in zip(transient(out, [1.0, 0.0, 0.0, 0.0], 1.5),
                         [0.181990054, 0.241029489, 0.259481903, 0.317498554]):
        near(got, want)
    n, total = 64, [0.0] * 4  # Simpson
    for k in range(n + 1):
        weight = (1 if k in (0, n) else 4 if k % 2 else 2) / 3.0 / n
        p = transient(out, [1.0, 0.0, 0.0, 0.0], 1.5 * k / n) if k else [1.0, 0.0, 0.0, 0.0]
        total = [t + weight * x for t, x in zip(total, p)]
    for got, want in zip(average(out, [1.0, 0.0, 0.0, 0.0], 1.5), total):
        near(got, want, 7)


def two_solvers():
    """Elimination and iteration agree, on a chain of some hundred states."""
    platform = FAMILIES["the beginning"](random.Random(4))
    chain = Chain(beginning(platform), transitions(platform))
    inside = chain.recurrent()
    number = {state: i for i, state in enumerate(inside)}
    out = [{number[j]: rate for j, rate in chain.out[i].items()} for i in inside]
    for got, want in zip(iterate(out), eliminate(out)):
        near(got, want, 11)


# Of the first platform of each family by random.Random(1): states, mean number in
# the system, 200s a second.  A change of the generator shows here.
PINNED = {"instances and queues": (10, 0.7404334948, 4.894966278),
          "two fleets under a region's cap": (710, 5.942913516, 9.669816765),
          "pools of instances that come and go": (1673, 2.974749167, 11.8731994),
          "two regions before one gateway": (20, 3.042383374, 10.15877142),
          "refused connections": (69, 1.648074236, 13.49991755),
          "clients that give up": (62, 3.474886979, 0.7801898135),
          "CPU and calls": (75, 1.453063204, 3.560352521),
          "the beginning": (417, 2.442277457, 9.061387053),
          "users who think": (24, 1.402698492, 6.288016324),
          "clients that ask again": (304, 1.842051609, 3.386728027),
          "a database that fails": (22, 1.173852102, 11.49783641),
          "transactions": (10, 1.076195478, 9.584383557),
          "bursts": (20, 0.6764915442, 5.190843553),
          "calls again and elsewhere": (76, 0.8973626167, 5.636992943)}


def pinned():
    assert list(PINNED) == list(FAMILIES)
    for name, family in FAMILIES.items():
        chain, mean, rates = solved(family(random.Random(1)))
        states, system, answered = PINNED[name]
        assert len(chain.state) == states, f"{name}: {len(chain.state)} states"
        near(mean["system"], system)
        near(rates[200], answered)


SELFTESTS = {"M/M/c/K": mmck, "Erlang A": erlang_a, "machine repair": machine_repair,
             "two levels": two_levels, "USL": usl, "nested loss": nested_loss,
             "cold starts": cold_starts, "Engset": engset, "around": around, "calls": calls,
             "transactions": transaction, "in time": in_time, "two solvers": two_solvers,
             "pinned numbers": pinned}
