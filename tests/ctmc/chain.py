# SPDX-License-Identifier: GPL-3.0-or-later
"""Markov chains in continuous time: enumerated, solved, and followed in time.

A chain is given by its start and a function that lists what can happen in a
state: (rate, next state, counts), where counts says what the transition counts
(answers by code, cold starts ...).  States are hashable; an event that changes
nothing but counts something is allowed.
"""

import math

# Above this many states elimination fills in too much and iteration takes over.
ELIMINATION = 600


class Chain:
    """`state`: list, in order found; `out`: {next: rate} by state, without the
    diagonal; `count`: {name: rate at which it is counted} by state."""

    def __init__(self, start, transitions, limit=100000):
        self.state, self.out, self.count = [start], [], []
        index = {start: 0}
        done = 0
        while done < len(self.state):
            out, count = {}, {}
            for rate, after, counts in transitions(self.state[done]):
                if rate <= 0.0:
                    continue
                if after not in index:
                    if len(self.state) == limit:
                        raise OverflowError(f"more than {limit} states")
                    index[after] = len(self.state)
                    self.state.append(after)
                if index[after] != done:
                    out[index[after]] = out.get(index[after], 0.0) + rate
                for name, times in counts.items():
                    count[name] = count.get(name, 0.0) + rate * times
            self.out.append(out)
            self.count.append(count)
            done += 1

    def recurrent(self):
        """The states that are met again and again, in order: the start may be none.
        ValueError when there are several such classes: where it ends up is chance."""
        into = [[] for _ in self.out]
        for i, r in enumerate(self.out):
            for j in r:
                into[j].append(i)
        state = len(self.out) - 1
        while True:
            after, before = reach(self.out, state), reach(into, state)
            if after <= before:
                if len(before) != len(self.out):
                    raise ValueError("several closed classes")
                return sorted(after)
            state = min(after - before)

    def solve(self):
        """Its stationary distribution, checked: see `check`."""
        inside = self.recurrent()
        number = {state: i for i, state in enumerate(inside)}
        out = [{number[j]: rate for j, rate in self.out[i].items()} for i in inside]
        part = eliminate(out) if len(out) <= ELIMINATION else iterate(out)
        pi = [0.0] * len(self.out)
        for i, p in zip(inside, part):
            pi[i] = p
        self.check(pi)
        return pi

    def check(self, pi, tolerance=1e-10):
        """pi >= 0, of sum 1, and what flows into each state flows out of it."""
        flow = [-p * sum(out.values()) for p, out in zip(pi, self.out)]
        for p, out in zip(pi, self.out):
            for to, rate in out.items():
                flow[to] += p * rate
        fastest = max(sum(out.values()) for out in self.out)
        assert min(pi) >= 0.0 and abs(math.fsum(pi) - 1.0) < 1e-12
        assert max(map(abs, flow)) < tolerance * fastest, "the flows do not balance"

    def mean(self, pi, level):
        return math.fsum(p * level(s) for p, s in zip(pi, self.state) if p > 0.0)

    def rates(self, pi):
        """How often a second each thing is counted."""
        total = {}
        for p, count in zip(pi, self.count):
            for name, rate in count.items():
                total[name] = total.get(name, 0.0) + p * rate
        return total


def reach(edges, start):
    found, todo = {start}, [start]
    while todo:
        for j in edges[todo.pop()]:
            if j not in found:
                found.add(j)
                todo.append(j)
    return found


def eliminate(out):
    """Grassmann, Taksar and Heyman (1985): states are taken out one by one, last
    first, and their flow is spread over those that remain.  Nothing is
    subtracted, so each probability is right to nearly all its digits."""
    n = len(out)
    row = [dict(r) for r in out]
    into = [{} for _ in range(n)]  # rate by origin
    for i, r in enumerate(row):
        for j, rate in r.items():
            into[j][i] = rate
    total = [0.0] * n
    for k in range(n - 1, 0, -1):
        below = [(j, rate) for j, rate in row[k].items() if j < k]
        total[k] = math.fsum(rate for _, rate in below)
        assert total[k] > 0.0, "a state that cannot be left"
        for i, rate in [(i, rate) for i, rate in into[k].items() if i < k]:
            for j, onward in below:
                if i != j:
                    row[i][j] = into[j][i] = row[i].get(j, 0.0) + rate * onward / total[k]
    pi = [1.0] + [0.0] * (n - 1)
    for k in range(1, n):
        pi[k] = math.fsum(pi[i] * rate for i, rate in into[k].items() if i < k) / total[k]
    total = math.fsum(pi)
    return [p / total for p in pi]


def iterate(out, tolerance=1e-13, sweeps=20000):
    """Gauss and Seidel, there and back, until no state's flows are out of balance
    by more than `tolerance` of the greatest flow."""
    n = len(out)
    into = [[] for _ in range(n)]
    for i, r in enumerate(out):
        for j, rate in r.items():
            into[j].append((i, rate))
    leave = [sum(r.values()) for r in out]
    pi = [1.0 / n] * n
    order = list(range(n - 1, -1, -1))
    for _ in range(sweeps):
        order.reverse()
        worst = most = 0.0
        for j in order:
            flow = sum(pi[i] * rate for i, rate in into[j])
            worst = max(worst, abs(flow - pi[j] * leave[j]))
            most = max(most, flow)
            pi[j] = flow / leave[j]
        if worst < tolerance * most:
            break
    else:
        raise ArithmeticError("no convergence")
    total = math.fsum(pi)
    return [p / total for p in pi]


def steps(out, start):
    """The uniformised chain's distribution after 0, 1, 2 ... jumps, and its rate."""
    rate = 1.02 * max(sum(r.values()) for r in out)

    def jumps():
        v = list(start)
        while True:
            yield v
            after = [p * (1.0 - sum(r.values()) / rate) for p, r in zip(v, out)]
            for p, r in zip(v, out):
                if p > 0.0:
                    for j, q in r.items():
                        after[j] += p * q / rate
            v = after

    return rate, jumps()


def poisson(mean):
    """P(N = 0), P(N = 1) ... until what is left is below 1e-13."""
    left, k = 1.0, 0
    while left > 1e-13 or k < mean:
        p = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1.0))
        yield p
        left -= p
        k += 1


def transient(out, start, time):
    """start exp(Q time), by uniformisation."""
    rate, jumps = steps(out, start)
    total = [0.0] * len(out)
    for p, v in zip(poisson(rate * time), jumps):
        total = [t + p * x for t, x in zip(total, v)]
    return total


def average(out, start, time):
    """The mean of start exp(Q t) over t in (0, time): the integral of a term is
    P(N > k) / rate."""
    rate, jumps = steps(out, start)
    total, beyond = [0.0] * len(out), 1.0
    for p, v in zip(poisson(rate * time), jumps):
        beyond -= p
        total = [t + max(beyond, 0.0) * x for t, x in zip(total, v)]
    return [t / (rate * time) for t in total]
