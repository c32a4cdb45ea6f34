# SPDX-License-Identifier: GPL-3.0-or-later
"""What platform.py must answer, computed by hand, and what must always hold.

Each case is a name, a scenario and one "code reason end" a request.  The
comment above a case is the arithmetic.
"""

import heapq
import random


def waits(time, arrivals, **fleet):
    """One fleet, one function of one wait, requests at the given instants."""
    return {"fleets": {"f": fleet},
            "functions": {"g": {"fleet": "f", "steps": [{"wait": time}]}},
            "arrivals": [[t, "g"] for t in arrivals]}


def queries(time, arrivals, pool=None, gateway=None, rtt=0, concurrency=10,
            max_instances=1, **function):
    """Requests of one query of `time` ns each."""
    database = {"rtt": rtt}
    if pool is not None:
        database["pool"] = pool
    if gateway is not None:
        database["gateway"] = gateway
    return {"fleets": {"f": {"concurrency": concurrency, "max_instances": max_instances}},
            "databases": {"d": database},
            "functions": {"g": dict(fleet="f", steps=[{"query": "d", "time": time}],
                                    **function)},
            "arrivals": [[t, "g"] for t in arrivals]}


def cached(time, arrivals, ttl, stale, **fleet):
    """The same, kept at the edge, 10 ns from the region and 3 ns from its clients."""
    scenario = waits(time, arrivals, **fleet)
    scenario["functions"]["g"]["cache"] = {"ttl": ttl, "stale": stale}
    scenario.update(distance=10, hit_time=3)
    return scenario


def calls(arrivals, dependencies, stream=False, controls=(), **function):
    """Requests that call x."""
    return {"fleets": {"f": {"concurrency": 20, "max_instances": 1}},
            "dependencies": dependencies, "controls": list(controls),
            "functions": {"g": dict(fleet="f", steps=[{"call": "x", "stream": stream}],
                                    **function)},
            "arrivals": [[t, "g"] for t in arrivals]}


CASES = [
    # Refused at 10; 90 later, at 100, the place has just been given back.
    ("a call that finds no place is tried again",
     calls([0, 10], {"x": {"first": 30, "rest": 70, "max_concurrency": 1, "retries": 1,
                           "backoff_initial": 90}}),
     ["200 ok 100", "200 ok 200"]),

    # Down from 50 to 60: one fails at 50, the next as it comes at 55; open until 85.
    ("an outage opens the breaker",
     calls([0, 55, 84, 85], {"x": {"first": 100, "breaker": {
         "failures": 2, "open": 30, "probes": 1, "scope": "global"}}},
           controls=[[50, "down", "x"], [60, "up", "x"]]),
     ["502 dependency_error 50", "502 dependency_error 55", "503 breaker_open 84",
      "200 ok 185"]),

    # x is given up at 40, y answers at 40 + 25; but not after a streamed byte.
    ("a fallback after the timeout",
     calls([0], {"x": {"first": 30, "rest": 30, "timeout": 40, "fallback": "y"},
                 "y": {"first": 25}}),
     ["200 ok 65"]),
    ("no fallback after a byte",
     calls([0], {"x": {"first": 30, "rest": 30, "timeout": 40, "fallback": "y"},
                 "y": {"first": 25}}, stream=True),
     ["504 dependency_timeout 40"]),

    # One a second, one token: 10^9 ns after the first there is another.
    ("a rate limit",
     calls([0, 999999999, 1000000000], {"x": {"first": 5, "rate": [1, 1]}}),
     ["200 ok 5", "502 dependency_limited 999999999", "200 ok 1000000005"]),

    # One server: 0+100, then one after another.
    ("first come, first served",
     waits(100, [0, 50, 60], max_instances=1, queue_limit=None),
     ["200 ok 100", "200 ok 200", "200 ok 300"]),

    ("no queue",
     waits(100, [0, 50, 100], max_instances=1),
     ["200 ok 100", "503 queue_full 50", "200 ok 200"]),

    ("a full queue",
     waits(100, [0, 50, 60], max_instances=1, queue_limit=1),
     ["200 ok 100", "200 ok 200", "503 queue_full 60"]),

    # The slot is free at 100.  One gives up at 40+59 = 99, the other would at
    # 41+59 = 100, where the release comes first.
    ("a release beats a timeout",
     waits(100, [0, 40, 41], max_instances=1, queue_limit=None, queue_timeout=59),
     ["200 ok 100", "503 queue_timeout 99", "200 ok 200"]),

    # A timeout of 0 does not wait, but an arrival uses a slot just freed.
    ("a timeout of nothing",
     waits(100, [0, 1, 100], max_instances=1, queue_limit=None, queue_timeout=0),
     ["200 ok 100", "503 queue_timeout 1", "200 ok 200"]),

    # Two share the instance that starts at 0 and is ready at 30; the third
    # starts another at 20, ready at 50.
    ("a starting instance takes up to its concurrency",
     waits(100, [0, 10, 20], concurrency=2, cold_start=30),
     ["200 ok 130", "200 ok 130", "200 ok 150"]),

    # Idle from 149 on, gone at 249: before an arrival at that instant.
    ("an idle instance goes",
     waits(20, [0, 129, 249], cold_start=10, idle_timeout=100),
     ["200 ok 30", "200 ok 149", "200 ok 279"]),
    ("an idle instance stays until then",
     waits(20, [0, 129, 248], cold_start=10, idle_timeout=100),
     ["200 ok 30", "200 ok 149", "200 ok 268"]),
    ("a minimum stays for ever",
     waits(20, [0, 5000], cold_start=10, idle_timeout=100, min_instances=1),
     ["200 ok 20", "200 ok 5020"]),

    # A ends at 55, B at 65.  70 goes to B (to 120), so A is gone at 155; 160
    # goes to B (to 210), and 165 finds nothing warm.
    ("the last used is reused",
     waits(50, [0, 10, 70, 160, 165], cold_start=5, idle_timeout=100),
     ["200 ok 55", "200 ok 65", "200 ok 120", "200 ok 210", "200 ok 220"]),

    # Tokens at 0, 10, 20: the second waits to 10, the third, whose wait ends at 17, in
    # vain, and the fourth finds two in the queue.
    ("starts take tokens",
     waits(100, [0, 1, 2, 3, 21], cold_start=5, queue_limit=2, queue_timeout=15,
           start_burst={"every": 10, "burst": 1}),
     ["200 ok 105", "200 ok 115", "503 queue_timeout 17", "503 queue_full 3", "200 ok 126"]),
    # Three tokens are saved up; the fourth of 50 starts at 10 after the first was taken.
    ("tokens are saved up to the burst",
     waits(100, [50, 50, 50, 50, 50], queue_limit=None, max_instances=4,
           start_burst={"every": 10, "burst": 3}),
     ["200 ok 150", "200 ok 150", "200 ok 150", "200 ok 160", "200 ok 250"]),
    # The token of 10 starts one for both that wait; 12 waits for that of 20.
    ("who waits shares a start",
     waits(40, [0, 0, 1, 2, 12], cold_start=5, concurrency=2, queue_limit=None,
           start_burst={"every": 10, "burst": 1}),
     ["200 ok 45", "200 ok 45", "200 ok 55", "200 ok 55", "200 ok 65"]),
    # 1 + 3 x 3 is more than 9: all three fail at 10, and 11 starts another.
    ("one too many for the memory",
     waits(40, [0, 5, 10, 11], concurrency=9,
           memory={"limit": 9, "base": 1, "per_request": 3}),
     ["502 out_of_memory 10", "502 out_of_memory 10", "502 out_of_memory 10", "200 ok 51"]),
    # Who leaves at 40 leaves before 40 comes.
    ("just enough memory",
     waits(40, [0, 5, 40], concurrency=9, memory={"limit": 7, "base": 1, "per_request": 3}),
     ["200 ok 40", "200 ok 45", "200 ok 80"]),

    # 1 + 2 x 3 and connections of 2: two are too much when the second opens, at 8;
    # the next, at 9, finds that both have been given back.
    ("one connection too many for the memory",
     {"fleets": {"f": {"concurrency": 9, "max_instances": 1,
                       "memory": {"limit": 10, "base": 1, "per_request": 3,
                                  "per_connection": 2}}},
      "databases": {"d": {"pool": {"max": 5, "connect": 10}, "gateway": {"max_clients": 2}}},
      "functions": {"g": {"fleet": "f", "steps": [{"query": "d", "time": 20}]},
                    "h": {"fleet": "f", "steps": [{"wait": 8}, {"query": "d", "time": 20}]}},
      "arrivals": [[0, "g"], [0, "h"], [9, "g"]]},
     ["502 out_of_memory 8", "502 out_of_memory 8", "200 ok 39"]),

    # One connection: ready at 10, then 20 for each.
    ("a pool of one",
     queries(20, [0, 0, 0], {"max": 1, "connect": 10}),
     ["200 ok 30", "200 ok 50", "200 ok 70"]),
    ("waiters of a pool give up",
     queries(20, [0, 0, 0], {"max": 1, "connect": 10, "connect_timeout": 25}),
     ["200 ok 30", "500 pool_exhausted 25", "500 pool_exhausted 25"]),
    # At 30 the first waiter is granted before its timeout; the second is not.
    ("a grant beats a timeout",
     queries(20, [0, 0, 0], {"max": 1, "connect": 10, "connect_timeout": 30}),
     ["200 ok 30", "200 ok 50", "500 pool_exhausted 30"]),
    # Both give up at 25 and ask again at 35: one finds the idle connection and
    # holds it to 55, the other waits for that, 20 of its 25.
    ("a failed acquisition is tried again",
     queries(20, [0, 0, 0], {"max": 1, "connect": 10, "connect_timeout": 25,
                             "retries": 1, "backoff_initial": 10}),
     ["200 ok 30", "200 ok 55", "200 ok 75"]),
    # Timed out at 5, 5+4+5 = 14, 14+8+5 = 27, 27+10 (capped from 16)+5 = 42.
    ("the delay grows up to its cap",
     queries(20, [0], {"max": 1, "connect": 9, "connect_timeout": 5, "retries": 3,
                       "backoff_initial": 4, "backoff_factor": 2, "backoff_max": 10}),
     ["500 pool_exhausted 42"]),
    ("connecting too slowly",
     queries(20, [0, 50], {"max": 1, "connect": 10, "connect_timeout": 9}),
     ["500 pool_exhausted 9", "500 pool_exhausted 59"]),
    ("connecting just in time",
     queries(20, [0, 50], {"max": 1, "connect": 10, "connect_timeout": 10}),
     ["200 ok 30", "200 ok 70"]),

    # The second opens its own connection at 25 (ready at 35) and keeps waiting
    # for it although the first is free at 30; the third finds that one.
    ("who opens a connection gets that one",
     queries(20, [0, 25, 31], {"max": 2, "connect": 10}),
     ["200 ok 30", "200 ok 55", "200 ok 51"]),
    # Opened at 0 and 25, idle from 51 and 55, both beyond a minimum of 1: the
    # first goes at 101, the second may stay and saves the connecting.
    ("an idle connection goes, the minimum stays",
     queries(20, [0, 25, 31, 110, 110],
             {"max": 2, "connect": 10, "idle_timeout": 50, "min": 1}),
     ["200 ok 30", "200 ok 55", "200 ok 51", "200 ok 130", "200 ok 140"]),
    # Gone at 30+50 = 80, before the arrival of that instant.
    ("an idle connection goes without a minimum",
     queries(20, [0, 80], {"max": 2, "connect": 10, "idle_timeout": 50}),
     ["200 ok 30", "200 ok 110"]),
    # A (0 to 30) and B (1 to 31) are idle; the last used, B, serves 40 and 70
    # alone, so A goes at 80 and 95 (B is busy until 110) must connect.
    ("the last used connection first",
     queries(20, [0, 1, 40, 70, 90, 95], {"max": 2, "connect": 10, "idle_timeout": 50}),
     ["200 ok 30", "200 ok 31", "200 ok 60", "200 ok 90", "200 ok 110", "200 ok 125"]),

    # Two instances, one client connection in all: the second is refused, again
    # at 10 and gives up.  40 goes to the first, last used at 20, whose connection
    # is idle; 41 goes to the second and is refused as before, at 41 and 51.
    ("a gateway refuses",
     queries(20, [0, 0, 40, 41], {"max": 5, "retries": 1, "backoff_initial": 10},
             {"max_clients": 1}, concurrency=1, max_instances=2),
     ["200 ok 20", "500 pool_exhausted 10", "200 ok 60", "500 pool_exhausted 51"]),
    ("a gateway refuses without a pool",
     queries(20, [0, 19, 20], None, {"max_clients": 1}),
     ["200 ok 20", "503 connections_refused 19", "200 ok 40"]),
    # 15 and 20 wait at the gateway: 20 to 40, and 35 = 20+15 is too late.
    ("a gateway's wait is over",
     queries(20, [0, 15, 20], None, {"pool_size": 1, "wait_timeout": 15}),
     ["200 ok 20", "200 ok 40", "504 backend_timeout 35"]),
    # Query 1 holds the backend to 20; the second is thrown out at 12, asks
    # again at 17 and gets it at 20.
    ("a pool tries again after the gateway",
     queries(20, [0, 0], {"max": 2, "retries": 1, "backoff_initial": 5},
             {"pool_size": 1, "wait_timeout": 12}),
     ["200 ok 20", "200 ok 40"]),
    # At the gateway at 5; backend 5 to 25 and 25 to 45; back after 6.
    ("a backend is held without the round trip",
     queries(20, [0, 0], {"max": 2}, {"pool_size": 1}, rtt=11),
     ["200 ok 31", "200 ok 51"]),
    # The same with one connection: held with the round trip, 31 each.
    ("a connection is held with the round trip",
     queries(20, [0, 0], {"max": 1}, {"pool_size": 1}, rtt=11),
     ["200 ok 31", "200 ok 62"]),

    # Killed at 15, the second gets its connection then and is killed too.
    ("a deadline frees what was held",
     queries(20, [0, 8], {"max": 1}, None, max_duration=15),
     ["504 max_duration 15", "504 max_duration 23"]),
    ("an end at the deadline is in time",
     queries(20, [0], {"max": 1}, None, max_duration=20),
     ["200 ok 20"]),
    # The second leaves the pool's queue at 5; the third is next at 20.
    ("a deadline leaves the queue",
     {"fleets": {"f": {"concurrency": 9}},
      "databases": {"d": {"pool": {"max": 1}}},
      "functions": {"long": {"fleet": "f", "steps": [{"query": "d", "time": 20}]},
                    "short": {"fleet": "f", "max_duration": 5,
                              "steps": [{"query": "d", "time": 1}]}},
      "arrivals": [[0, "long"], [0, "short"], [1, "long"]]},
     ["200 ok 20", "504 max_duration 5", "200 ok 40"]),
    # The dead waiter before it costs the third nothing.
    ("a gateway passes over the dead",
     {"fleets": {"f": {"concurrency": 9}},
      "databases": {"d": {"gateway": {"pool_size": 1}}},
      "functions": {"long": {"fleet": "f", "steps": [{"query": "d", "time": 20}]},
                    "short": {"fleet": "f", "max_duration": 5,
                              "steps": [{"query": "d", "time": 1}]}},
      "arrivals": [[0, "long"], [0, "short"], [1, "long"]]},
     ["200 ok 20", "504 max_duration 5", "200 ok 40"]),
    # 10, 20 and 5 on the one connection; the other has it then.
    ("a transaction holds its connection",
     {"fleets": {"f": {"concurrency": 9}},
      "databases": {"d": {"pool": {"max": 1}}},
      "functions": {"t": {"fleet": "f", "steps": [
          {"transaction": "d", "do": [{"query": "d", "time": 10}, {"wait": 20},
                                      {"query": "d", "time": 5}]}]},
                    "q": {"fleet": "f", "steps": [{"query": "d", "time": 10}]}},
      "arrivals": [[0, "t"], [1, "q"]]},
     ["200 ok 35", "200 ok 45"]),
    # Its backend from 15 (the other query's end) to 50.
    ("a transaction holds its backend from its first query on",
     {"fleets": {"f": {"concurrency": 9}},
      "databases": {"d": {"gateway": {"pool_size": 1}}},
      "functions": {"t": {"fleet": "f", "steps": [
          {"transaction": "d", "do": [{"wait": 10}, {"query": "d", "time": 10}, {"wait": 20},
                                      {"query": "d", "time": 5}]}]},
                    "q": {"fleet": "f", "steps": [{"query": "d", "time": 10}]}},
      "arrivals": [[0, "t"], [5, "q"], [30, "q"]]},
     ["200 ok 50", "200 ok 15", "200 ok 60"]),
    # At the gateway in vain from 10 to 15, again (through e once more) from 25 to 30.
    ("a transaction without a backend begins again",
     {"fleets": {"f": {"concurrency": 9}},
      "databases": {"d": {"pool": {"max": 2, "retries": 1},
                          "gateway": {"pool_size": 1, "wait_timeout": 5}},
                    "e": {"pool": {"max": 1}}},
      "functions": {"t": {"fleet": "f", "steps": [
          {"transaction": "d", "do": [{"query": "e", "time": 10},
                                      {"query": "d", "time": 10}]}]},
                    "q": {"fleet": "f", "steps": [{"query": "d", "time": 100}]}},
      "arrivals": [[0, "q"], [0, "t"]]},
     ["200 ok 100", "500 pool_exhausted 30"]),
    # Killed at 15 in its wait, with the backend; the other has both at once.
    ("a killed transaction gives back all",
     {"fleets": {"f": {"concurrency": 9}},
      "databases": {"d": {"pool": {"max": 1}, "gateway": {"pool_size": 1}}},
      "functions": {"t": {"fleet": "f", "max_duration": 15, "steps": [
          {"transaction": "d", "do": [{"query": "d", "time": 10}, {"wait": 20}]}]},
                    "q": {"fleet": "f", "steps": [{"query": "d", "time": 10}]}},
      "arrivals": [[0, "t"], [1, "q"]]},
     ["504 max_duration 15", "200 ok 25"]),
    # Cold until 10, deadline at 10+40: the time to start does not count.
    ("the deadline starts with the first step",
     {"fleets": {"f": {"cold_start": 10}},
      "functions": {"g": {"fleet": "f", "max_duration": 40,
                          "steps": [{"wait": 15, "count": 2}, {"wait": 10}]}},
      "arrivals": [[0, "g"]]},
     ["200 ok 50"]),

    # 5 there, 20, 5 back: kept from 30 and, as the second's, from 59.  Fresh to 159.
    ("kept at the edge",
     cached(20, [0, 29, 30, 158, 159], 100, 0),
     ["200 ok 30", "200 ok 59", "200 ok 33", "200 ok 161", "200 ok 189"]),

    # Kept at 30; stale from 130, refreshed by the one of 131 at 161, which lasts to
    # 261; 265 is stale, 400 is past 291 + 100 + 20, as refreshed at 265 + 30 = 295.
    ("stale while it is refreshed",
     cached(20, [0, 131, 140, 260, 265, 414, 415], 100, 20),
     ["200 ok 30", "200 ok 134", "200 ok 143", "200 ok 263", "200 ok 268", "200 ok 417",
      "200 ok 445"]),

    # One slot: what refreshes at 131 finds it taken from 120 on and is refused at 136,
    # so that the one of 137 tries again, and gets it at 142.
    ("a refresh that fails",
     dict(cached(20, [0, 115, 131, 137, 170], 100, 50, max_instances=1),
          functions={"g": {"fleet": "f", "steps": [{"wait": 20}],
                           "cache": {"ttl": 100, "stale": 50}},
                     "h": {"fleet": "f", "steps": [{"wait": 20}]}},
          arrivals=[[0, "g"], [115, "h"], [131, "g"], [137, "g"], [170, "g"]]),
     ["200 ok 30", "200 ok 145", "200 ok 134", "200 ok 140", "200 ok 173"]),
]


def check_cases(world):
    failed = 0
    for name, scenario, expected in CASES:
        answers = ["%d %s %d" % answer for answer in world(scenario).run()]
        if answers != expected:
            failed += 1
            print("not ok - %s\n  expected %s\n  answered %s" % (name, expected, answers))
    return failed


def multi_server(arrivals, time, servers):
    """First come, first served on c servers: the earliest free one is next."""
    free = [0] * servers
    ends = []
    for arrival in arrivals:
        end = max(arrival, heapq.heappop(free)) + time
        heapq.heappush(free, end)
        ends.append(end)
    return ends


def check_queues(world, draw):
    """Fleets, and pools inside one instance, against the recursion above."""
    failed = 0
    for _ in range(200):
        servers = draw.randint(1, 4)
        time = draw.randint(1, 60)
        arrivals = sorted(draw.randint(0, 300) for _ in range(40))
        ends = multi_server(arrivals, time, servers)
        fleet = waits(time, arrivals, max_instances=servers, queue_limit=None)
        pool = queries(time, arrivals, {"max": servers}, concurrency=100)
        gateway = queries(time, arrivals, {"max": 100}, {"pool_size": servers}, concurrency=100)
        for scenario in (fleet, pool, gateway):
            if [end for _, _, end in world(scenario).run()] != ends:
                failed += 1
                print("not ok - %d servers, %d ns: %s" % (servers, time, scenario))
    return failed


def random_scenario(draw):
    def maybe(low, high):
        return draw.choice([None, draw.randint(low, high)])

    pool = {"max": draw.randint(1, 3), "min": draw.randint(0, 2),
            "connect": draw.randint(0, 30), "connect_timeout": maybe(0, 60),
            "idle_timeout": maybe(0, 80), "retries": draw.randint(0, 2),
            "backoff_initial": draw.randint(0, 9), "backoff_factor": 2}
    gateway = {"max_clients": maybe(1, 5), "pool_size": maybe(1, 3),
               "wait_timeout": maybe(0, 60)}
    fleet = {"max_instances": maybe(1, 3), "concurrency": draw.randint(1, 4),
             "cold_start": draw.randint(0, 40), "idle_timeout": maybe(0, 90),
             "queue_limit": maybe(0, 5), "queue_timeout": maybe(0, 50)}
    def some_steps():
        return [draw.choice([{"wait": draw.randint(0, 30)},
                             {"query": "d", "time": draw.randint(0, 30)}])
                for _ in range(draw.randint(1, 4))]

    steps = some_steps()
    if draw.random() < 0.3:
        steps.append({"transaction": "d", "do": some_steps()})
    return {"fleets": {"f": fleet},
            "databases": {"d": {"rtt": draw.randint(0, 9), "gateway": gateway,
                                "pool": draw.choice([None, pool])}},
            "functions": {"g": {"fleet": "f", "max_duration": maybe(5, 120), "steps": steps}},
            "arrivals": [[t, "g"] for t in sorted(draw.randint(0, 400) for _ in range(40))]}


def leftovers(world):
    """What a finished world still holds and should not."""
    found = []
    gateway = world.databases["d"]["gateway"]
    fleet = world.fleets["f"]
    idle = sum(len(i.pools["d"].idle) for i in fleet.instances if "d" in i.pools)
    total = sum(i.pools["d"].total for i in fleet.instances if "d" in i.pools)
    if gateway.busy != 0 or any(not w.is_dead for w in gateway.waiting):
        found.append("a backend")
    if gateway.clients != idle or total != idle:
        found.append("a connection")
    if any(i.active != 0 or i.is_starting for i in fleet.instances) or fleet.queue:
        found.append("a slot")
    if any(reason == "never" for _, reason, _ in world.answers):
        found.append("a request")
    return found


def check_leftovers(world, draw):
    """Whatever happens, everything is answered once and given back."""
    failed = 0
    seen = set()
    for _ in range(3000):
        scenario = random_scenario(draw)
        run = world(scenario)
        seen.update(reason for _, reason, _ in run.run())
        found = leftovers(run)
        if found:
            failed += 1
            print("not ok - keeps %s: %s" % (", ".join(found), scenario))
    wanted = {"ok", "queue_full", "queue_timeout", "max_duration", "pool_exhausted",
              "connections_refused", "backend_timeout"}
    if seen != wanted:
        failed += 1
        print("not ok - reasons met: %s" % sorted(seen ^ wanted))
    return failed


def run(world):
    draw = random.Random(1)
    failed = check_cases(world) + check_queues(world, draw) + check_leftovers(world, draw)
    print("%d cases, 600 queues, 3000 random platforms: %s"
          % (len(CASES), "all as they must be" if failed == 0 else "%d failed" % failed))
    return 1 if failed else 0
