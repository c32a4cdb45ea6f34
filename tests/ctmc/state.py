# SPDX-License-Identifier: GPL-3.0-or-later
"""What a state is made of while something happens in it."""

QUEUE, START, WAIT, CPU, CALL, POOL, OPEN, HAND, BACKEND, SERVER = range(10)
HELD = (HAND, BACKEND, SERVER)  # with a connection; HAND: it goes on at this instant


def transaction(steps, step):
    """(within one, which has a backend): the latter from its first query on."""
    since = [i for i in range(step) if steps[i] in ("begin", "commit")]
    if not since or steps[since[-1]] == "commit":
        return False, False
    return True, "query" in steps[since[-1]:step]


class Request:
    __slots__ = ("cell", "at", "step", "rank", "is_there", "attempt", "call", "instance")

    def __init__(self, cell, at=QUEUE, step=0, rank=0, is_there=True, attempt=0, call=0):
        self.cell, self.at, self.step, self.rank = cell, at, step, rank
        self.is_there, self.attempt, self.call, self.instance = is_there, attempt, call, None


class Instance:
    __slots__ = ("cell", "requests", "idle", "is_warm", "steps")

    def __init__(self, cell, steps, is_warm, idle=0):
        self.cell, self.steps, self.is_warm, self.idle = cell, steps, is_warm, idle
        self.requests = []

    def at(self, *places):
        return [r for r in self.requests if r.at in places]

    def in_use(self):
        """Who holds a connection: for a query, or in a transaction's other steps."""
        return [r for r in self.requests if r.at in HELD or
                (r.at == WAIT and transaction(self.steps, r.step)[0])]

    def connections(self):
        return self.idle + len(self.at(OPEN)) + len(self.in_use())
