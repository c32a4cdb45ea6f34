#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slow reference for small deterministic platforms.

Written from the words of the model's definition, not from the simulator's
code, so that the two can be compared request by request.  No randomness:
arrivals are given instants and all times are constant, in integer nanoseconds.

    platform.py SCENARIO.json     one line a request: id code reason end_ns
    platform.py --self-test       hand-computed cases

A scenario (every key but `fleets`, `functions`, `arrivals` may be absent):

    {"fleets": {"f": {"max_instances": 1, "concurrency": 1, "cold_start": 0,
                      "idle_timeout": null, "queue_limit": 0,
                      "queue_timeout": null, "min_instances": 0,
                      "start_burst": {"every": 10, "burst": 1},
                      "memory": {"limit": 9, "base": 1, "per_request": 2,
                                 "per_connection": 0}}},
     "databases": {"d": {"rtt": 0,
        "pool": {"max": 1, "min": 0, "connect": 0, "connect_timeout": null,
                 "idle_timeout": null, "retries": 0, "backoff_initial": 0,
                 "backoff_factor": 1, "backoff_max": 0},
        "gateway": {"max_clients": null, "pool_size": null,
                    "wait_timeout": null}}},
     "functions": {"g": {"fleet": "f", "max_duration": null,
                         "steps": [{"wait": 5}, {"query": "d", "time": 7}]}},
     "clients": {"patience": null, "retry": [], "retries": 0, "backoff_initial": 0,
                 "backoff_factor": 1, "backoff_max": 0},
     "distance": 0, "hit_time": 0,
     "tiers": {"free": 5, "paid": 3},
     "limits": {"l": ...},
     "arrivals": [[0, "g"], [3, "g", 6]]}

A step {"limit": "l"} asks a limiter (limits.py).  The third of an arrival is its user,
numbered over all tiers in their order; without one it is anonymous and passes.

A step may be {"transaction": "d", "do": [steps]}: one connection to d is held
through them, and one backend from the first query of d among them on.

A function may have {"cache": {"ttl": 9, "stale": 4}}: see edge.py.  `distance` is the
round trip between clients and region, half there and half back like `rtt`.

null is "no limit" or "never".  `rtt` goes half to the gateway and half back,
the odd nanosecond on the way back.  `connect` is the whole cost of a new
connection.  `dependencies` and `controls` are described in calls.py.
The gateway is in transaction mode: a backend is held while a
query runs, without the round trip.  A client whose patience ends gives up (499);
what it asked for is served all the same.  After a code of `retry` it asks again;
what is said of a request is said of its last attempt.

`start_burst` is a bucket of instance starts that holds `burst` at first and gets one
more every so many ns; who finds none queues, and the bucket's next token, like any
release, goes to the queue before anyone who comes.  `memory` kills an instance that
needs more than `limit`: all on it fail at that instant, and then the queue is served.
Its connections drop, those that open too.  It is for fleets without a minimum.

Readings where the definition leaves room:
  * A request prefers a free slot of a warm instance, then room on the instance
    that began to start first, then a new instance, then the queue.
  * `last_used` is the instance that a request took or left last.
  * An idle connection's timer starts on release if the pool holds more than
    `min`, and closes it only if that is still so when the timer ends.
  * Of what is asked at one instant, a client's further attempt comes before the
    arrivals that are given.
  * A transaction is begun and ended by no statement of its own.  Where it waits
    for its backend in vain, it begins again like a query, from its first step.
  * Seen by a client pool, a refusal or a timeout of the gateway destroys the
    connection and counts as a failed acquisition, which is retried.
"""

import json
import sys

from calls import Dependencies, backoff
from clock import (ARRIVAL, EXPIRY, GRANT, RELEASE, Clock, Failure, Process, Tokens, Unavailable,
                   Wakeup, hold)
from database import ClientPool, Gateway
from edge import Edge
from limits import Limiter


class Instance:
    def __init__(self):
        self.is_starting = True
        self.active = 0
        self.last_used = 0
        self.idle_timer = None
        self.joined = []
        self.pools = {}
        self.is_doomed = False
        self.breakers = {}
        self.serving = []  # the boxes of the requests that have a place on it


class Fleet:
    def __init__(self, world, config):
        self.world, self.clock = world, world.clock
        self.max_instances = config.get("max_instances")
        self.min_instances = config.get("min_instances", 0)
        self.concurrency = config.get("concurrency", 1)
        self.cold_start = config.get("cold_start", 0)
        self.idle_timeout = config.get("idle_timeout")
        self.queue_limit = config.get("queue_limit", 0)
        self.queue_timeout = config.get("queue_timeout")
        self.instances = []
        self.queue = []
        self.uses = 0
        self.memory = config.get("memory")
        burst = config.get("start_burst")
        self.tokens = burst and Tokens(self.clock, burst, self.serve_queue)
        for _ in range(self.min_instances):
            instance = self.new_instance()
            instance.is_starting = False

    def new_instance(self):
        instance = Instance()
        for name, database in self.world.databases.items():
            if database["pool"] is not None:
                instance.pools[name] = ClientPool(self.clock, database["pool"],
                                                  database["gateway"])
                instance.pools[name].on_open = lambda: self.weigh(instance)
        self.instances.append(instance)
        return instance

    def touch(self, instance):
        self.uses += 1
        instance.last_used = self.uses

    def may_start(self):
        return ((self.max_instances is None or len(self.instances) < self.max_instances)
                and (self.tokens is None or self.tokens.has_one()))

    def serve_queue(self):
        """Who waits starts instances, each for as many as it takes."""
        while self.queue and self.may_start():
            self.start()
        if self.queue and self.tokens:
            self.tokens.wake_queue()

    def weigh(self, instance):
        """Kill it, after what is under way just now, if it needs too much."""
        if self.memory is None or instance.is_starting or instance.is_doomed:
            return
        connections = sum(pool.total for pool in instance.pools.values())
        used = (self.memory["base"] + self.memory["per_request"] * instance.active
                + self.memory.get("per_connection", 0) * connections)
        if used > self.memory["limit"]:
            instance.is_doomed = True
            self.instances.remove(instance)
            self.clock.at(self.clock.now, GRANT, lambda: self.kill(instance))

    def kill(self, instance):
        while instance.serving:
            instance.serving.pop()["process"].kill(Failure(502, "out_of_memory"))
        for pool in instance.pools.values():
            pool.kill()
        self.serve_queue()

    def seize(self, box):
        """Returns an instance with one slot of it taken."""
        free = [i for i in self.instances if i.active < self.concurrency]
        warm = [i for i in free if not i.is_starting]
        if warm:
            instance = max(warm, key=lambda i: i.last_used)
            instance.active += 1
            instance.serving.append(box)
            self.touch(instance)
            self.clock.cancel(instance.idle_timer)
            self.weigh(instance)
            if instance.is_doomed:
                yield Wakeup(self.clock)  # it does not come to its first step
            return instance
        starting = [i for i in free if i.is_starting]
        if starting:
            wakeup = self.new_wakeup(box)
            self.join(starting[0], wakeup)
            return (yield wakeup)
        if self.may_start():
            wakeup = self.new_wakeup(box)
            self.queue.insert(0, wakeup)
            self.start()
            return (yield wakeup)
        return (yield from self.wait(box))

    def new_wakeup(self, box):
        wakeup = Wakeup(self.clock)
        wakeup.box = box
        return wakeup

    def start(self):
        """A new instance, for the first of the queue."""
        instance = self.new_instance()

        def ready():
            instance.is_starting = False
            self.weigh(instance)
            for wakeup in instance.joined:
                self.touch(instance)
                wakeup.grant(instance)
            instance.joined = []
        if self.cold_start > 0:
            self.clock.at(self.clock.now + self.cold_start, RELEASE, ready)
        if self.tokens:
            self.tokens.take()
        while self.queue and instance.active < self.concurrency:
            self.join(instance, self.queue.pop(0))
        if self.queue and self.tokens:
            self.tokens.wake_queue()
        if self.cold_start == 0:
            ready()

    def join(self, instance, wakeup):
        self.clock.cancel(wakeup.timer)
        instance.active += 1
        instance.serving.append(wakeup.box)
        instance.joined.append(wakeup)

    def wait(self, box):
        if self.queue_limit is not None and len(self.queue) >= self.queue_limit:
            raise Failure(503, "queue_full")
        wakeup = self.new_wakeup(box)
        self.queue.append(wakeup)
        wakeup.expire_after(self.queue_timeout, Failure(503, "queue_timeout"),
                            lambda: self.queue.remove(wakeup))
        if self.tokens:
            self.tokens.wake_queue()
        return (yield wakeup)

    def release(self, instance, box):
        instance.active -= 1
        if box in instance.serving:
            instance.serving.remove(box)
        if instance.is_doomed:
            return
        self.touch(instance)
        if self.queue:
            instance.active += 1
            self.touch(instance)
            wakeup = self.queue.pop(0)
            instance.serving.append(wakeup.box)
            self.weigh(instance)
            wakeup.grant(instance)
        elif (instance.active == 0 and self.idle_timeout is not None
              and len(self.instances) > self.min_instances):
            def remove():
                if len(self.instances) > self.min_instances:
                    self.instances.remove(instance)
                    for pool in instance.pools.values():
                        pool.close()
            instance.idle_timer = self.clock.at(self.clock.now + self.idle_timeout,
                                                EXPIRY, remove)


class Transaction:
    """What a request holds beyond the connection: a backend, once it has one."""

    def __init__(self, clock, name, database):
        self.clock, self.name, self.gateway = clock, name, database["gateway"]
        self.rtt = database["config"].get("rtt", 0)
        self.has_backend = False

    def query(self, time):
        if self.rtt > 0:
            yield from hold(self.clock, self.rtt // 2)
        if not self.has_backend:
            yield from self.gateway.seize()
            self.has_backend = True
        yield from hold(self.clock, time)
        if self.rtt > 0:
            yield from hold(self.clock, self.rtt - self.rtt // 2)

    def end(self):
        if self.has_backend:
            self.gateway.release()


class World:
    """One scenario: wires it, runs it, keeps the answers."""

    def __init__(self, scenario):
        self.clock = Clock()
        self.databases = {
            name: {"config": config, "pool": config.get("pool"),
                   "gateway": Gateway(self.clock, config.get("gateway") or {})}
            for name, config in scenario.get("databases", {}).items()}
        self.fleets = {name: Fleet(self, config)
                       for name, config in scenario["fleets"].items()}
        self.dependencies = Dependencies(self.clock, scenario)
        self.functions = scenario["functions"]
        self.clients = scenario.get("clients", {})
        self.limits = {name: Limiter(config)
                       for name, config in scenario.get("limits", {}).items()}
        self.tier_of = [tier for tier, users in scenario.get("tiers", {}).items()
                        for _ in range(users)]
        self.distance = scenario.get("distance", 0)
        self.edge = Edge(self.clock, self.functions, scenario.get("hit_time", 0))
        self.answers = [(0, "never", -1)] * len(scenario["arrivals"])
        for number, (time, function, *user) in enumerate(scenario["arrivals"]):
            self.clock.at(time, ARRIVAL + 1, lambda n=number, f=function,
                          u=(user or [None])[0]: self.arrive(n, f, u, 0))

    def run(self):
        """One (code, reason, end_ns) for each arrival, in their order; with limits
        also what a 429 told, and whether a shadow would have refused it."""
        self.clock.run()
        return self.answers

    def arrive(self, number, name, user, attempt):
        box = {"patience": None, "is_gone": False, "user": user, "told": None, "shadow": False}
        patience = self.clients.get("patience")
        if patience is not None:
            def give_up():
                box["is_gone"] = True
                self.hear(number, name, box, attempt, 499, "gave_up", self.clock.now)
            box["patience"] = self.clock.at(self.clock.now + patience, EXPIRY, give_up)
        answer = self.edge.ask(name) if user is None else None
        if answer is None:
            self.travel(number, name, attempt, box)
            return
        end, refreshes = answer
        self.clock.at(end, RELEASE, lambda: self.reach(number, name, attempt, box, 200, "ok"))
        if refreshes:
            self.travel(None, name, 0, {"patience": None, "is_gone": True, "user": None})

    def travel(self, number, name, attempt, box):
        """Half the way; number None: the edge's own, for which nobody waits."""
        def enter():
            box["process"] = Process(self.request(number, name, attempt, box))
        if self.distance == 0:
            enter()
        else:
            self.clock.at(self.clock.now + self.distance // 2, ARRIVAL, enter)

    def request(self, number, name, attempt, box):
        try:
            yield from self.serve(self.functions[name], box)
            code, reason = 200, "ok"
        except Failure as failure:
            code, reason = failure.code, failure.reason
        home = self.distance - self.distance // 2
        if box["user"] is None:
            self.edge.passes(name, code, number is None, self.clock.now + home)
        if number is None:
            return
        if home == 0:
            self.reach(number, name, attempt, box, code, reason)
        else:
            self.clock.at(self.clock.now + home, RELEASE,
                          lambda: self.reach(number, name, attempt, box, code, reason))

    def reach(self, number, name, attempt, box, code, reason):
        """The answer is at the client, who may be gone."""
        if not box["is_gone"]:
            self.clock.cancel(box["patience"])
            self.hear(number, name, box, attempt, code, reason, self.clock.now)

    def hear(self, number, name, box, attempt, code, reason, at):
        """The client has its answer, or gives up; it may ask again."""
        self.answers[number] = (code, reason, at)
        if self.limits:
            self.answers[number] += (box["told"], box["shadow"])
        if code in self.clients.get("retry", []) and attempt < self.clients["retries"]:
            self.clock.at(at + backoff(self.clients, attempt), ARRIVAL,
                          lambda: self.arrive(number, name, box["user"], attempt + 1))

    def serve(self, function, box):
        fleet = self.fleets[function["fleet"]]
        instance = yield from fleet.seize(box)
        deadline = None
        limit = function.get("max_duration")
        if limit is not None:
            deadline = self.clock.at(
                self.clock.now + limit, EXPIRY,
                lambda: box["process"].kill(Failure(504, "max_duration")))
        try:
            yield from self.steps(instance, function["steps"], None, box)
        finally:
            self.clock.cancel(deadline)
            fleet.release(instance, box)

    def steps(self, instance, steps, transaction, box):
        """`transaction` is the one around them, if there is one."""
        for step in steps:
            for _ in range(step.get("count", 1)):
                if "wait" in step:
                    yield from hold(self.clock, step["wait"])
                elif "limit" in step:
                    self.limit(instance, self.limits[step["limit"]], box)
                elif "transaction" in step:
                    yield from self.transaction(instance, step, box)
                elif "call" in step:
                    yield from self.dependencies.call(instance, step["call"],
                                                      step.get("stream", False))
                elif transaction is not None and step["query"] == transaction.name:
                    yield from transaction.query(step["time"])
                else:
                    yield from self.query(instance, step)

    def limit(self, instance, limiter, box):
        if box["user"] is None:
            return
        refused, told, shadow = limiter.ask(instance, self.tier_of[box["user"]], box["user"],
                                            self.clock.now)
        box["shadow"] = box["shadow"] or shadow
        if refused:
            box["told"] = told
            raise Failure(429, "rate_limited")

    def query(self, instance, step):
        database = self.databases[step["query"]]
        yield from self.connected(
            database, instance.pools.get(step["query"]),
            lambda: self.on_backend(database, step["time"]))

    def transaction(self, instance, step, box):
        name = step["transaction"]
        database = self.databases[name]

        def work():
            transaction = Transaction(self.clock, name, database)
            try:
                yield from self.steps(instance, step["do"], transaction, box)
            finally:
                transaction.end()
        yield from self.connected(database, instance.pools.get(name), work)

    def connected(self, database, pool, work):
        """Do the work that work() makes while holding a connection."""
        if pool is None:
            yield from self.straight(database, work)
            return
        retries = database["pool"].get("retries", 0)
        for attempt in range(retries + 1):
            try:
                yield from self.pooled(pool, work)
                return
            except Unavailable:
                if attempt == retries:
                    raise Failure(500, "pool_exhausted") from None
            yield from hold(self.clock, backoff(database["pool"], attempt))

    def pooled(self, pool, work):
        connection = yield from pool.acquire()
        try:
            yield from work()
        except Unavailable:
            connection = None
            pool.drop()
            raise
        finally:
            if connection is not None:
                pool.put_back(connection)

    def straight(self, database, work):
        gateway = database["gateway"]
        try:
            gateway.connect()
            try:
                yield from work()
            finally:
                gateway.disconnect()
        except Unavailable as trouble:
            code = 503 if trouble.reason == "connections_refused" else 504
            raise Failure(code, trouble.reason) from None

    def on_backend(self, database, time):
        gateway = database["gateway"]
        rtt = database["config"].get("rtt", 0)
        if rtt > 0:
            yield from hold(self.clock, rtt // 2)
        yield from gateway.seize()
        try:
            yield from hold(self.clock, time)
        finally:
            gateway.release()
        if rtt > 0:
            yield from hold(self.clock, rtt - rtt // 2)


def main(arguments):
    if arguments == ["--self-test"]:
        import cases
        return cases.run(World)
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: platform.py SCENARIO.json | --self-test", file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        scenario = json.load(file)
    for number, answer in enumerate(World(scenario).run()):
        print(number, *answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
