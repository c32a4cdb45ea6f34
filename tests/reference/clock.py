# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, order and waiting, for platform.py: a process is a generator that
yields what it waits for."""

import heapq

# Order at one instant; `sample` does not occur here.
SET, RELEASE, GRANT, EXPIRY, ARRIVAL = 0, 1, 2, 3, 4


class Failure(Exception):
    """The request is answered with an error."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code, self.reason = code, reason


class Unavailable(Exception):
    """One attempt at a query failed for want of a connection or a backend."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Clock:
    """Events ordered by (time, class, sequence)."""

    def __init__(self):
        self.now = 0
        self.heap = []
        self.sequence = 0

    def at(self, time, kind, action):
        assert time >= self.now, "time runs back"
        self.sequence += 1
        entry = [time, kind, self.sequence, action]
        heapq.heappush(self.heap, entry)
        return entry

    @staticmethod
    def cancel(entry):
        if entry is not None:
            entry[3] = None

    def run(self):
        while self.heap:
            time, _, _, action = heapq.heappop(self.heap)
            if action is not None:
                self.now = time
                action()


class Wakeup:
    """What a process yields: it sleeps until `wake` or `fail` is called once.

    `abandon` undoes the waiting when the process is killed meanwhile.
    """

    def __init__(self, clock):
        self.clock = clock
        self.resume = None
        self.timer = None
        self.abandon = lambda: None

    def expire_after(self, delay, error, undo):
        if delay is not None:
            def expire():
                undo()
                self.fail(error)
            self.timer = self.clock.at(self.clock.now + delay, EXPIRY, expire)

    def grant(self, value=None):
        """Wake through the same-instant queue, never by recursion."""
        self.clock.cancel(self.timer)
        self.timer = self.clock.at(self.clock.now, GRANT, lambda: self.wake(value))

    def wake(self, value=None):
        self.clock.cancel(self.timer)
        self.resume(lambda process: process.send(value))

    def fail(self, error):
        self.clock.cancel(self.timer)
        self.resume(lambda process: process.throw(error))


class Process:
    """Drives a generator from one Wakeup to the next."""

    def __init__(self, generator):
        self.generator = generator
        self.sleeping_on = None
        self.go(lambda process: process.send(None))

    def go(self, step):
        self.sleeping_on = None
        try:
            wakeup = step(self.generator)
        except StopIteration:
            return
        wakeup.resume = self.go
        self.sleeping_on = wakeup

    def kill(self, error):
        wakeup = self.sleeping_on
        if wakeup is None:
            raise AssertionError("a running process cannot be killed")
        wakeup.clock.cancel(wakeup.timer)
        wakeup.abandon()
        self.go(lambda process: process.throw(error))


def hold(clock, delay):
    """Let `delay` ns pass."""
    wakeup = Wakeup(clock)
    wakeup.timer = clock.at(clock.now + delay, RELEASE, wakeup.wake)
    return (yield wakeup)


class Tokens:
    """Starts of instances: `burst` of them, and one more every so many ns."""

    def __init__(self, clock, config, serve):
        self.clock, self.serve = clock, serve
        self.every, self.most = config["every"], config["burst"] * config["every"]
        self.credit, self.since = self.most, 0
        self.timer = None

    def has_one(self):
        self.credit = min(self.most, self.credit + self.clock.now - self.since)
        self.since = self.clock.now
        return self.credit >= self.every

    def take(self):
        assert self.has_one()
        self.credit -= self.every

    def wake_queue(self):
        """Somebody waits: serve the queue when the next token comes."""
        if not self.has_one() and self.timer is None:
            def come():
                self.timer = None
                self.serve()
            self.timer = self.clock.at(self.clock.now + self.every - self.credit, RELEASE,
                                       come)
