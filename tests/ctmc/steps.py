# SPDX-License-Identifier: GPL-3.0-or-later
"""A request's steps: CPU, waits, calls, queries, and the connections that they hold."""

from state import BACKEND, CALL, CPU, HAND, OPEN, POOL, SERVER, START, WAIT, transaction


class Steps:
    """The part of a world that is inside its instances."""

    def go_on(self, request):
        """Its next step, or its end."""
        steps = self.config(request.cell)["steps"]
        if request.step == len(steps):
            share = self.platform.get("errors")
            failed = share is not None and self.choose([1.0 - share, share])
            self.end(request, 404 if failed else 200)
        elif steps[request.step] == "query" and transaction(steps, request.step)[0]:
            self.ask_backend(request)
        elif steps[request.step] in ("query", "begin"):
            self.acquire(request)
        elif steps[request.step] == "commit":
            self.give_back(request)
            self.step_done(request)
        elif steps[request.step] == "call":
            self.call(request)
        else:
            request.at = WAIT if steps[request.step] == "wait" else CPU

    def step_done(self, request):
        request.step += 1
        request.at = START
        self.go_on(request)

    def is_fallback(self, request):
        return request.call > self.platform["call"]["retries"]

    def call(self, request):
        """The first attempt, or one more: refused at the cap, whatever is left."""
        config = self.platform["call"]
        present = sum(not self.is_fallback(r) for r in self.waiting(CALL))
        if config["max"] is not None and present >= config["max"]:
            self.fall_back(request)
        else:
            request.at = CALL

    def fall_back(self, request):
        config = self.platform["call"]
        if config["fallback"] is None or self.is_fallback(request):
            self.end(request, 502)
        else:
            request.at, request.call = CALL, config["retries"] + 1

    def called(self, request):
        config = self.platform["call"]
        errors = (config["fallback"] if self.is_fallback(request) else config)["errors"]
        request.at = START
        if errors is None or not self.choose([1.0 - errors, errors]):
            request.call = 0
            self.step_done(request)
        elif request.call < config["retries"]:
            request.call += 1
            self.call(request)
        else:
            self.fall_back(request)

    # ---- connections ----

    def may_connect(self):
        """Below the cap of the gateway or, without one, of the server."""
        if not self.is_up:
            return False
        gateway, server = self.platform.get("gateway"), self.platform.get("server")
        cap = gateway["clients"] if gateway else server["connections"] if server else None
        if cap is None:
            return True
        return cap > sum(i.connections() for i in self.instances())

    def acquire(self, request):
        pool, instance = self.platform.get("pool"), request.instance
        if pool is None:
            if self.may_connect():
                self.connected(request)
            else:
                self.end(request, 503)
        elif instance.idle:
            instance.idle -= 1
            self.connected(request)
        elif instance.connections() == pool["max"]:
            request.at, request.rank = POOL, 1 + max([r.rank for r in instance.at(POOL)] + [0])
        elif not self.may_connect():
            self.end(request, 500)
        elif pool["connect"] is None:
            self.connected(request)
        else:
            request.at = OPEN

    def steps_of(self, request):
        return self.config(request.cell)["steps"]

    def connected(self, request):
        """It has its connection, for a query or for a transaction."""
        if self.steps_of(request)[request.step] == "begin":
            self.step_done(request)
        else:
            self.ask_backend(request)

    def backends(self):
        """In use: by queries that run, and by transactions between their queries."""
        return len(self.waiting(SERVER)) + sum(
            transaction(self.steps_of(r), r.step)[1] for r in self.waiting(WAIT))

    def ask_backend(self, request):
        gateway = self.platform.get("gateway")
        has_one = transaction(self.steps_of(request), request.step)[1]
        if (not has_one and gateway and gateway["backends"] is not None and
                self.backends() >= gateway["backends"]):
            request.at = BACKEND
            request.rank = 1 + max([r.rank for r in self.waiting(BACKEND)] + [0])
        else:
            request.at = SERVER

    def give_back(self, request):
        """Backend, then connection go to who waits; then it goes on, before them."""
        at_random = self.platform.get("grant") == "random"
        waiting = self.waiting(BACKEND)
        gateway = self.platform.get("gateway")
        if waiting and not at_random and self.backends() < gateway["backends"]:
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

    def queried(self, request):
        self.count("query")
        request.at = START
        if not transaction(self.steps_of(request), request.step)[0]:
            self.give_back(request)
        self.step_done(request)
