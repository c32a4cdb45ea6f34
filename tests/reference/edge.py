# SPDX-License-Identifier: GPL-3.0-or-later
"""What the edge keeps, for platform.py.

An answer of 200 is kept from when it has come back to the edge.  It is fresh for
less than `ttl` from then, and for less than `stale` after that it is still given
out while one request of the edge's own fetches another."""

from clock import RELEASE


class Entry:
    def __init__(self):
        self.stored = None
        self.is_refreshing = False


class Edge:
    def __init__(self, clock, functions, hit_time):
        self.clock = clock
        self.hit_time = hit_time
        self.config = {name: f["cache"] for name, f in functions.items() if f.get("cache")}
        self.entries = {name: Entry() for name in self.config}

    def ask(self, name):
        """None: not kept.  Else when the answer is there, and whether the one who asked
        is to be followed by a refresh."""
        if name not in self.config or self.entries[name].stored is None:
            return None
        entry, config = self.entries[name], self.config[name]
        age = self.clock.now - entry.stored
        if age >= config["ttl"] + config["stale"]:
            return None
        refreshes = age >= config["ttl"] and not entry.is_refreshing
        if refreshes:
            entry.is_refreshing = True
        return self.clock.now + self.hit_time, refreshes

    def passes(self, name, code, is_refresh, at):
        """A region has answered, and the answer is at the edge at `at`."""
        if name not in self.config:
            return
        entry = self.entries[name]

        def store():
            entry.stored = self.clock.now
            if is_refresh:
                entry.is_refreshing = False
        if code == 200:
            self.clock.at(at, RELEASE, store)
        elif is_refresh:
            entry.is_refreshing = False
