# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole platform in miniature, as a Markov chain.

Written from the words of the model's definition, not from the simulator's code.
Every time is exponential, so a state is who is where, in which order; what
happens at one instant follows from the definition.

A platform (times are means in seconds; None: no such thing, or no limit):

    cells    [{rate, max, min, concurrency, cold, idle, limit, timeout, cancel,
               reuse, steps}]; steps of "wait", "cpu", "query", "call"
    where    "fleets": the cells are fleets of one region, with a `cap` on its
             instances; "regions": one fleet in several regions
    wait, cpu, query     the steps' means;  vcpus of an instance
    pool     {max, connect} in each instance;  gateway  {clients, backends}
    server   {connections, vcpus, alpha, beta};  call  {max, mean, errors}
    patience of clients;  errors: share of 404
    grant    "random": a backend goes to any who waits, not to the first

A state is (queue, cells).  The queue is ((cell, client is there) ...), first
come first, over all cells.  A cell is (starting, warm): instances in the order
in which they began to start, and last used first.  An instance is (requests,
idle connections), a request (at, step, rank, client is there): rank is its
place in the queue that it stands in.
"""

QUEUE, START, WAIT, CPU, CALL, POOL, OPEN, HAND, BACKEND, SERVER = range(10)
HELD = (HAND, BACKEND, SERVER)  # with a connection; HAND: it goes on at this instant


class Request:
    __slots__ = ("cell", "at", "step", "rank", "is_there", "instance")

    def __init__(self, cell, at=QUEUE, step=0, rank=0, is_there=True):
        self.cell, self.at, self.step, self.rank = cell, at, step, rank
        self.is_there, self.instance = is_there, None


class Instance:
    __slots__ = ("cell", "requests", "idle", "is_warm")

    def __init__(self, cell, is_warm, idle=0):
        self.cell, self.is_warm, self.idle, self.requests = cell, is_warm, idle, []

    def at(self, *places):
        return [r for r in self.requests if r.at in places]

    def connections(self):
        return self.idle + len(self.at(OPEN, *HELD))


class World:
    """A state, taken apart, in which one thing happens.  `script` says which way
    chance goes; `forks` collects the ways not taken."""

    def __init__(self, platform, state, script=()):
        self.platform, self.script, self.taken = platform, script, []
        self.forks, self.probability, self.counts, self.granted = [], 1.0, {}, []
        self.queue = [Request(cell, QUEUE, 0, 0, there) for cell, there in state[0]]
        self.starting, self.warm = [], []
        for cell, (starting, warm) in enumerate(state[1]):
            self.starting.append([self.thaw(cell, i, False) for i in starting])
            self.warm.append([self.thaw(cell, i, True) for i in warm])

    @staticmethod
    def thaw(cell, frozen, is_warm):
        instance = Instance(cell, is_warm, frozen[1])
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
        return tuple((r.cell, r.is_there) for r in self.queue), cells

    @staticmethod
    def frozen(instance):
        for rank, request in enumerate(sorted(instance.at(POOL), key=lambda r: r.rank)):
            request.rank = rank
        return (tuple(sorted((r.at, r.step, r.rank, r.is_there) for r in instance.requests)),
                instance.idle)

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
        if request.is_there:
            self.count(code)

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

    def arrive(self, cell):
        request = Request(cell)
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
        instance = Instance(request.cell, False)
        self.starting[request.cell].append(instance)
        self.assign(request, instance)
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

    # ---- steps ----

    def go_on(self, request):
        """Its next step, or its end."""
        steps = self.config(request.cell)["steps"]
        if request.step == len(steps):
            share = self.platform.get("errors")
            failed = share is not None and self.choose([1.0 - share, share])
            self.end(request, 404 if failed else 200)
        elif steps[request.step] == "query":
            self.acquire(request)
        elif steps[request.step] == "call":
            self.call(request)
        else:
            request.at = WAIT if steps[request.step] == "wait" else CPU

    def step_done(self, request):
        request.step += 1
        request.at = START
        self.go_on(request)

    def call(self, request):
        most = self.platform["call"]["max"]
        if most is not None and len(self.waiting(CALL)) >= most:
            self.end(request, 502)
        else:
            request.at = CALL

    def called(self, request):
        errors = self.platform["call"]["errors"]
        request.at = START
        if errors is not None and self.choose([1.0 - errors, errors]):
            self.end(request, 502)
        else:
            self.step_done(request)

    # ---- connections ----

    def may_connect(self):
        """Below the cap of the gateway or, without one, of the server."""
        gateway, server = self.platform.get("gateway"), self.platform.get("server")
        cap = gateway["clients"] if gateway else server["connections"] if server else None
        if cap is None:
            return True
        return cap > (sum(i.connections() for i in self.instances()) if self.platform.get("pool")
                      else len(self.waiting(BACKEND)) + len(self.waiting(SERVER)))

    def acquire(self, request):
        pool, instance = self.platform.get("pool"), request.instance
        if pool is None:
            if self.may_connect():
                self.ask_backend(request)
            else:
                self.end(request, 503)
        elif instance.idle:
            instance.idle -= 1
            self.ask_backend(request)
        elif instance.connections() == pool["max"]:
            request.at, request.rank = POOL, 1 + max([r.rank for r in instance.at(POOL)] + [0])
        elif not self.may_connect():
            self.end(request, 500)
        elif pool["connect"] is None:
            self.ask_backend(request)
        else:
            request.at = OPEN

    def ask_backend(self, request):
        gateway = self.platform.get("gateway")
        running = self.waiting(SERVER)
        if gateway and gateway["backends"] is not None and len(running) >= gateway["backends"]:
            request.at = BACKEND
            request.rank = 1 + max([r.rank for r in self.waiting(BACKEND)] + [0])
        else:
            request.at = SERVER

    def queried(self, request):
        """Backend, then connection go to who waits; then it goes on, before them."""
        self.count("query")
        request.at = START
        at_random = self.platform.get("grant") == "random"
        waiting = self.waiting(BACKEND)
        if waiting and not at_random:
            waiting[0].at = SERVER
        if self.platform.get("pool") is not None:
            in_line = sorted(request.instance.at(POOL), key=lambda r: r.rank)
            if in_line:
                in_line[0].at = BACKEND if at_random else HAND
                self.granted += [] if at_random else in_line[:1]
            else:
                request.instance.idle += 1
        waiting = self.waiting(BACKEND) if at_random else []
        if waiting:
            waiting[self.choose([1.0 / len(waiting)] * len(waiting))].at = SERVER
        self.step_done(request)

    def settle(self):
        """Those who were granted something go on, in that order."""
        while self.granted:
            request = self.granted.pop(0)
            if request.at == HAND:
                self.ask_backend(request)
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
