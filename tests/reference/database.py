# SPDX-License-Identifier: GPL-3.0-or-later
"""The client pool in an instance and the gateway that all share, for
platform.py, whose head says how they are configured."""

from clock import EXPIRY, GRANT, RELEASE, Unavailable, Wakeup


class Gateway:
    """Client connections and backends of one database, shared by everybody."""

    def __init__(self, clock, config):
        self.clock = clock
        self.max_clients = config.get("max_clients")
        self.pool_size = config.get("pool_size")
        self.wait_timeout = config.get("wait_timeout")
        self.clients = 0
        self.busy = 0
        self.waiting = []

    def connect(self):
        if self.max_clients is not None and self.clients >= self.max_clients:
            raise Unavailable("connections_refused")
        self.clients += 1

    def disconnect(self):
        self.clients -= 1

    def seize(self):
        if self.pool_size is None or self.busy < self.pool_size:
            self.busy += 1
            return
        wakeup = Wakeup(self.clock)
        self.waiting.append(wakeup)
        # One whose caller has gone keeps its place until it is reached.
        wakeup.is_dead = False

        def die():
            wakeup.is_dead = True
        wakeup.abandon = die
        wakeup.expire_after(self.wait_timeout, Unavailable("backend_timeout"), die)
        yield wakeup

    def release(self):
        while self.waiting:
            wakeup = self.waiting.pop(0)
            if not wakeup.is_dead:
                wakeup.abandon = self.release
                wakeup.grant()
                return
        self.busy -= 1


class Connection:
    def __init__(self):
        self.idle_timer = None


class ClientPool:
    """node-postgres' pool, in one instance, for one database."""

    def __init__(self, clock, config, gateway):
        self.clock = clock
        self.gateway = gateway
        self.max = config["max"]
        self.min = config.get("min", 0)
        self.connect_time = config.get("connect", 0)
        self.connect_timeout = config.get("connect_timeout")
        self.idle_timeout = config.get("idle_timeout")
        self.total = 0
        self.idle = []
        self.waiting = []
        self.opening = []  # [when it is ready, when it is too late]
        self.is_closed = False
        self.on_open = lambda: None

    def acquire(self):
        if self.idle:
            return self.take_idle()
        wakeup = Wakeup(self.clock)
        if self.total < self.max:
            wakeup.is_gone = False

            def leave():
                wakeup.is_gone = True
            wakeup.abandon = leave
            self.open_for(wakeup)
        else:
            self.waiting.append(wakeup)

            def leave_queue():
                self.waiting.remove(wakeup)
            wakeup.abandon = leave_queue
            wakeup.is_gone = False
            wakeup.expire_after(self.connect_timeout, Unavailable("connect_timeout"),
                                lambda: wakeup.abandon())
        return (yield wakeup)

    def take_idle(self):
        connection = self.idle.pop()
        self.clock.cancel(connection.idle_timer)
        return connection

    def open_for(self, wakeup):
        """Open a connection; it counts at once and goes to `wakeup`'s caller.

        Raises when the gateway refuses it.  The establishing has a timer of its
        own, beside the one that a waiter brought with it.
        """
        self.gateway.connect()
        self.total += 1
        self.on_open()
        timer = None
        events = []
        self.opening.append(events)

        def established():
            self.opening.remove(events)
            self.clock.cancel(timer)
            if wakeup.is_gone:
                self.put_back(Connection())
            else:
                wakeup.abandon = lambda: None
                wakeup.wake(Connection())

        ready = self.clock.at(self.clock.now + self.connect_time, RELEASE, established)
        if self.connect_timeout is not None:
            def too_late():
                self.opening.remove(events)
                self.clock.cancel(ready)
                self.drop()
                if not wakeup.is_gone:
                    wakeup.fail(Unavailable("connect_timeout"))
            timer = self.clock.at(self.clock.now + self.connect_timeout, EXPIRY, too_late)
        events += [ready, timer]

    def put_back(self, connection):
        if self.is_closed:
            self.gateway.disconnect()
            return
        self.idle.append(connection)
        if not self.waiting and self.idle_timeout is not None and self.total > self.min:
            def close():
                if self.total > self.min:
                    self.idle.remove(connection)
                    self.drop()
            connection.idle_timer = self.clock.at(self.clock.now + self.idle_timeout,
                                                  EXPIRY, close)
        self.serve()

    def drop(self):
        """A connection is gone, or was never made."""
        self.gateway.disconnect()
        self.total -= 1
        self.serve()

    def serve(self):
        while self.waiting and (self.idle or self.total < self.max):
            wakeup = self.waiting.pop(0)
            if self.idle:
                connection = self.take_idle()
                wakeup.abandon = lambda c=connection: self.put_back(c)
                wakeup.grant(connection)
                continue

            def leave(w=wakeup):
                w.is_gone = True
            wakeup.abandon = leave
            try:
                self.open_for(wakeup)
            except Unavailable as refusal:
                self.clock.cancel(wakeup.timer)
                wakeup.timer = self.clock.at(self.clock.now, GRANT,
                                             lambda w=wakeup, e=refusal: w.fail(e))

    def kill(self):
        """The instance is killed: what opens is dropped too."""
        for ready, timer in self.opening:
            self.clock.cancel(ready)
            self.clock.cancel(timer)
            self.gateway.disconnect()
        self.total -= len(self.opening)
        self.opening = []
        self.close()

    def close(self):
        """The instance goes: nobody waits or works here any more."""
        self.is_closed = True
        for connection in self.idle:
            self.clock.cancel(connection.idle_timer)
            self.gateway.disconnect()
        self.total -= len(self.idle)
        self.idle = []
