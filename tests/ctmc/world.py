# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole platform in miniature, as a Markov chain.

Written from the words of the model's definition, not from the simulator's code.
Every time is exponential, so a state is who is where, in which order; what
happens at one instant follows from the definition.

A platform (times are means in seconds; None: no such thing, or no limit):

    cells    [{rate, max, min, concurrency, cold, idle, limit, timeout, cancel,
               reuse, steps}]; steps of "wait", "cpu", "query", "call", and a
               transaction of waits and queries from "begin" to "commit"
    where    "fleets": the cells are fleets of one region, with a `cap` on its
             instances; "regions": one fleet in several regions
    wait, cpu, query     the steps' means;  vcpus of an instance
    pool     {max, connect} in each instance;  gateway  {clients, backends}
    server   {connections, vcpus, alpha, beta}, which goes down and up after `every`
             and `repair`
    call     {max, mean, errors, retries, fallback: {mean, errors}}
    errors   share of 404;  patience of clients;  retry  {codes, max} by them, at once
    users    how many there are, who `think` before each request to the one cell, in
             place of its rate;  burst  {factor, high, low} of its rate
    grant    "random": a backend goes to any who waits, not to the first

A state is (queue, cells, is up, is high).  The queue is ((cell, client is there,
attempt) ...), first come first, over all cells.  A cell is (starting, warm):
instances in the order in which they began to start, and last used first.  An
instance is (requests, idle connections), a request (at, step, rank, client is
there, attempt, call): rank is its place in the queue that it stands in, `call`
the attempt at a call.
"""

from state import BACKEND, HAND, OPEN, POOL, QUEUE, START, Instance, Request
from steps import Steps


class World(Steps):
    """A state, taken apart, in which one thing happens.  `script` says which way
    chance goes; `forks` collects the ways not taken."""

    def __init__(self, platform, state, script=()):
        self.platform, self.script, self.taken = platform, script, []
        self.forks, self.probability, self.counts, self.granted = [], 1.0, {}, []
        self.again, self.is_up, self.is_high = [], state[2], state[3]
        self.queue = [Request(cell, QUEUE, 0, 0, there, attempt)
                      for cell, there, attempt in state[0]]
        self.starting, self.warm = [], []
        for cell, (starting, warm) in enumerate(state[1]):
            self.starting.append([self.thaw(cell, i, False) for i in starting])
            self.warm.append([self.thaw(cell, i, True) for i in warm])

    def thaw(self, cell, frozen, is_warm):
        instance = Instance(cell, self.config(cell)["steps"], is_warm, frozen[1])
        for request in frozen[0]:
            made = Request(cell, *request)
            made.instance = instance
            instance.requests.append(made)
        return instance

    def freeze(self):
        for request in (r for i in self.instances() for r in i.requests):
            if request.at not in (POOL, BACKEND):
                request.rank = 0
        for rank, request in enumerate(self.waiting(BACKEND)):
            request.rank = rank
        cells = tuple((tuple(map(self.frozen, s)), tuple(map(self.frozen, w)))
                      for s, w in zip(self.starting, self.warm))
        return (tuple((r.cell, r.is_there, r.attempt) for r in self.queue), cells,
                self.is_up, self.is_high)

    @staticmethod
    def frozen(instance):
        for rank, request in enumerate(sorted(instance.at(POOL), key=lambda r: r.rank)):
            request.rank = rank
        return (tuple(sorted((r.at, r.step, r.rank, r.is_there, r.attempt, r.call)
                             for r in instance.requests)), instance.idle)

    # ---- who is where ----

    def instances(self):
        return [i for part in (self.starting, self.warm) for cell in part for i in cell]

    def waiting(self, at):
        return sorted((r for i in self.instances() for r in i.at(at)), key=lambda r: r.rank)

    def alive(self, cell):
        return len(self.starting[cell]) + len(self.warm[cell])

    def config(self, cell):
        return self.platform["cells"][cell]

    def choose(self, chances):
        """Which of several things chance picks."""
        position = len(self.taken)
        if position < len(self.script):
            pick = self.script[position]
        else:
            pick = 0
            self.forks += [tuple(self.taken) + (i,) for i in range(1, len(chances))]
        self.taken.append(pick)
        self.probability *= chances[pick]
        return pick

    # ---- a request's end ----

    def count(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1

    def answer(self, request, code):
        if not request.is_there:
            return
        self.count(code)
        retry = self.platform.get("retry")
        if retry is not None and code in retry["codes"] and request.attempt < retry["max"]:
            self.again.append((request.cell, request.attempt + 1))
        else:
            self.count(f"user {code}")

    def end(self, request, code):
        """It is answered, and gives its slot back."""
        self.answer(request, code)
        instance = request.instance
        if instance is None:
            return
        instance.requests.remove(request)
        if instance.is_warm:
            self.touch(instance)
            self.slot_is_free(instance)
        else:
            self.next_joins(instance)

    # ---- fleets ----

    def touch(self, instance):
        """It was used: a request came or went."""
        self.warm[instance.cell].remove(instance)
        self.warm[instance.cell].insert(0, instance)

    def pick(self, cell):
        config = self.config(cell)
        free = [i for i in self.warm[cell] if len(i.requests) < config["concurrency"]]
        if not free:
            return None
        if config["reuse"] == "last_used":
            return free[0]
        if config["reuse"] == "longest_idle":
            return free[-1]
        if config["reuse"] == "least_busy":
            return min(free, key=lambda i: len(i.requests))
        return free[self.choose([1.0 / len(free)] * len(free))]

    def has_room(self):
        """In the region: where the cells are regions, each has all it wants."""
        cap = self.platform.get("cap")
        return cap is None or len(self.instances()) < cap

    def make_room(self, cell):
        if self.alive(cell) >= self.config(cell)["max"]:
            return False
        if self.has_room():
            return True
        for other in range(len(self.warm)):
            idle = [i for i in self.warm[other] if not i.requests]
            if other != cell and idle and self.alive(other) > self.config(other)["min"]:
                self.warm[other].remove(idle[-1])  # of two fleets there is one other
                return True
        return False

    def arrive(self, cell, attempt=0):
        request = Request(cell, attempt=attempt)
        config = self.config(cell)
        instance = self.pick(cell)
        room = [i for i in self.starting[cell] if len(i.requests) < config["concurrency"]]
        if instance is not None:
            self.assign(request, instance)
            self.go_on(request)
        elif room:
            self.assign(request, room[0])
        elif self.make_room(cell):
            self.start_for(request)
        elif config["limit"] is None or self.queued(cell) < config["limit"]:
            self.queue.append(request)
        else:
            self.answer(request, 503)

    def queued(self, cell):
        return sum(r.cell == cell for r in self.queue)

    def assign(self, request, instance):
        instance.requests.append(request)
        request.instance, request.at = instance, START
        if instance.is_warm:
            self.touch(instance)

    def start_for(self, request):
        self.count("cold")
        instance = Instance(request.cell, self.config(request.cell)["steps"], False)
        self.starting[request.cell].append(instance)
        self.assign(request, instance)
        while (self.queued(request.cell) and
               len(instance.requests) < self.config(request.cell)["concurrency"]):
            self.next_joins(instance)
        if self.config(request.cell)["cold"] is None:
            self.started(instance)

    def first_waiting(self, cell):
        request = next(r for r in self.queue if r.cell == cell)
        self.queue.remove(request)
        return request

    def next_joins(self, instance):
        if self.queued(instance.cell):
            self.assign(self.first_waiting(instance.cell), instance)

    def started(self, instance):
        cell = instance.cell
        self.starting[cell].remove(instance)
        self.warm[cell].insert(0, instance)
        instance.is_warm = True
        self.granted += instance.requests
        while (len(instance.requests) < self.config(cell)["concurrency"] and
               self.slot_is_free(instance)):
            pass

    def starter(self):
        """The first in the queue whose fleet is below its own cap."""
        return next((r for r in self.queue
                     if self.alive(r.cell) < self.config(r.cell)["max"]), None)

    def slot_is_free(self, instance):
        """First come across fleets: an idle instance gives way at the region's cap."""
        cell = instance.cell
        own = next((r for r in self.queue if r.cell == cell), None)
        first = None if self.has_room() else self.starter()
        if (first is not None and first.cell != cell and not instance.requests and
                self.alive(cell) > self.config(cell)["min"] and
                (own is None or self.queue.index(first) < self.queue.index(own))):
            self.warm[cell].remove(instance)
            self.queue.remove(first)
            self.start_for(first)
            return False
        if own is None:
            return False
        self.assign(self.first_waiting(cell), instance)
        self.granted.append(own)
        return True

    def expire(self, instance):
        self.warm[instance.cell].remove(instance)
        while self.has_room() and self.starter() is not None:
            request = self.starter()
            self.queue.remove(request)
            self.start_for(request)

    # ---- all at once ----

    def go_down(self):
        """All connections are cut, and all who hold one or wait for one have failed."""
        self.is_up = False
        for instance in self.instances():
            instance.idle = 0
            for request in instance.at(POOL, OPEN) + instance.in_use():
                self.end(request, 500)

    def settle(self):
        """Those who were granted something go on, in that order; then those ask again
        who do."""
        while self.granted or self.again:
            if not self.granted:
                self.arrive(*self.again.pop(0))
                continue
            request = self.granted.pop(0)
            if request.at == HAND:
                self.connected(request)
            else:
                self.go_on(request)

    def give_up(self, request):
        """Its client leaves; where the fleet cancels, so does the request, unless it
        has begun."""
        self.answer(request, 499)
        request.is_there = False
        if not self.config(request.cell)["cancel"] or request.at not in (QUEUE, START):
            return
        if request.at == QUEUE:
            self.queue.remove(request)
        else:
            self.end(request, 499)

    def time_out(self, request):
        self.queue.remove(request)
        self.answer(request, 503)
