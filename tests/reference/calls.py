# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of others, for platform.py: attempts, retries, breakers, fallbacks.

    "dependencies": {"x": {"first": 5, "rest": 0, "timeout": null,
        "max_concurrency": null, "rate": null, "retries": 0, "backoff_initial": 0,
        "backoff_factor": 1, "backoff_max": 0, "fallback": null,
        "breaker": {"failures": 5, "open": 30, "probes": 1, "scope": "instance"}}},
    "controls": [[7, "down", "x"], [9, "up", "x"], [3, "slow", "x"], [8, "fast", "x"]]

A step {"call": "x", "stream": true} has its first byte after `first` and its last
after `rest` more.  `rate` is a number a second, as a fraction [3, 60].  `slow`
makes three times as long what begins then.  `scope`: instance or global.

Readings where the definition leaves room:
  * The timeout is of all attempts at one dependency and the delays between; a
    delay that would pass it is waited out up to it.  The fallback has its own.
  * A short-circuited attempt is not retried, nor is anything after the timeout,
    nor a call of which the client has had a byte.
  * An attempt passes the breaker, then the outage, the cap, the rate.
  * What began before a breaker changed its state says nothing after it.
"""

from fractions import Fraction

from clock import EXPIRY, RELEASE, SET, Failure, Wakeup, hold

ANSWER = {"error": (502, "dependency_error"), "timeout": (504, "dependency_timeout"),
          "refused": (502, "dependency_full"), "limited": (502, "dependency_limited"),
          "short": (503, "breaker_open")}


class Broken(Exception):
    """An attempt, or a whole call of one dependency, failed."""

    def __init__(self, outcome, has_streamed=False):
        super().__init__(outcome)
        self.outcome, self.has_streamed = outcome, has_streamed


class Breaker:
    """Knows by name whom it let through since it last changed its mind."""

    def __init__(self, clock, config):
        self.clock, self.config = clock, config
        self.opened_at = None
        self.row = 0
        self.watched, self.probes = set(), set()

    def enter(self):
        ticket = object()
        if self.opened_at is None:
            self.watched.add(ticket)
            return ticket
        if self.clock.now < self.opened_at + self.config["open"]:
            return None
        if len(self.probes) >= self.config["probes"]:
            return None
        self.probes.add(ticket)
        return ticket

    def leave(self, ticket, failed):
        """failed None: nobody will know."""
        if ticket in self.probes:
            self.probes.remove(ticket)
            if failed is not None:
                self.turn(self.clock.now if failed else None)
        elif ticket in self.watched:
            self.watched.remove(ticket)
            if failed is not None:
                self.row = self.row + 1 if failed else 0
                if self.row == self.config["failures"]:
                    self.turn(self.clock.now)

    def turn(self, opened_at):
        self.opened_at, self.row = opened_at, 0
        self.watched, self.probes = set(), set()


class Dependency:
    def __init__(self, clock, name, config):
        self.clock, self.name, self.config = clock, name, config
        self.is_down, self.slow = False, 1
        self.under_way = []
        self.shared = None
        rate = config.get("rate")
        self.rate = Fraction(*rate) / 10**9 if rate is not None else None
        if rate is not None:
            self.burst = max(1, rate[0] // rate[1])
            self.tokens, self.counted = Fraction(self.burst), 0

    def control(self, word):
        if word in ("slow", "fast"):
            self.slow = 3 if word == "slow" else 1
            return
        self.is_down = word == "down"
        if self.is_down:
            for wakeup in list(self.under_way):
                wakeup.fail(Broken("error"))

    def breaker_for(self, instance):
        config = self.config.get("breaker")
        if config is None:
            return None
        if config["scope"] == "global":
            self.shared = self.shared or Breaker(self.clock, config)
            return self.shared
        if self.name not in instance.breakers:
            instance.breakers[self.name] = Breaker(self.clock, config)
        return instance.breakers[self.name]

    def has_token(self):
        if self.rate is None:
            return True
        now = self.clock.now
        self.tokens = min(Fraction(self.burst),
                          self.tokens + (now - self.counted) * self.rate)
        self.counted = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def call(self, instance, stream):
        """All attempts at it; Broken when they failed."""
        timeout = self.config.get("timeout")
        deadline = None if timeout is None else self.clock.now + timeout
        retries = self.config.get("retries", 0)
        for attempt in range(retries + 1):
            try:
                yield from self.guarded(instance, stream, deadline)
                return
            except Broken as trouble:
                if (trouble.outcome in ("timeout", "short") or trouble.has_streamed
                        or attempt == retries):
                    raise
            delay = backoff(self.config, attempt)
            if deadline is not None and self.clock.now + delay > deadline:
                yield from self.until(None, deadline)
            yield from hold(self.clock, delay)

    def guarded(self, instance, stream, deadline):
        breaker = self.breaker_for(instance)
        ticket = breaker.enter() if breaker is not None else None
        if breaker is not None and ticket is None:
            raise Broken("short")
        failed = None
        try:
            yield from self.attempt(stream, deadline)
            failed = False
        except Broken:
            failed = True
            raise
        finally:
            if breaker is not None:
                breaker.leave(ticket, failed)

    def attempt(self, stream, deadline):
        if self.is_down:
            raise Broken("error")
        cap = self.config.get("max_concurrency")
        if cap is not None and len(self.under_way) >= cap:
            raise Broken("refused")
        if not self.has_token():
            raise Broken("limited")
        first = self.config["first"] * self.slow
        rest = self.config.get("rest", 0) * self.slow
        if not stream or rest == 0:
            yield from self.until(self.clock.now + first + rest, deadline)
            return
        yield from self.until(self.clock.now + first, deadline)
        try:
            yield from self.until(self.clock.now + rest, deadline)
        except Broken as trouble:
            trouble.has_streamed = True
            raise

    def until(self, time, deadline):
        """Up to `time`, or Broken at the deadline; `time` None: a delay that is
        longer than what is left, in which nothing can break."""
        wakeup = Wakeup(self.clock)
        if time is not None and (deadline is None or time <= deadline):
            wakeup.timer = self.clock.at(time, RELEASE, wakeup.wake)
        else:
            wakeup.timer = self.clock.at(deadline, EXPIRY,
                                         lambda: wakeup.fail(Broken("timeout")))
        if time is None:
            yield wakeup
            return
        self.under_way.append(wakeup)
        try:
            yield wakeup
        finally:
            self.under_way.remove(wakeup)


def backoff(config, attempt):
    """Before attempt + 2, without jitter."""
    delay = config.get("backoff_initial", 0) * config.get("backoff_factor", 1) ** attempt
    return min(int(delay), config.get("backoff_max", int(delay)))


class Dependencies:
    """Those of one scenario."""

    def __init__(self, clock, scenario):
        self.all = {name: Dependency(clock, name, config)
                    for name, config in scenario.get("dependencies", {}).items()}
        for time, word, name in scenario.get("controls", []):
            clock.at(time, SET, lambda w=word, n=name: self.all[n].control(w))

    def call(self, instance, name, stream):
        while True:
            dependency = self.all[name]
            try:
                yield from dependency.call(instance, stream)
                return
            except Broken as trouble:
                name = dependency.config.get("fallback")
                if name is None or trouble.has_streamed:
                    raise Failure(*ANSWER[trouble.outcome]) from None
