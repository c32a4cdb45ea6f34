# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits, from the words of their definition: everything is kept for ever and
looked through at each request, and tokens are fractions.

A limiter: {"algorithm": "sliding_log" | "fixed_window" | "token_bucket",
            "scope": "instance" | "region" | "global",
            "limits": {tier: {"per_second": 2, ...} or {"rate": "7/min", "burst": 3}},
            "shadow": the same, or absent,
            "retry_after": absent, a number of ns, or "window"}

Readings where the definition leaves room:
  * A sliding window is (now - w, now]; a fixed one is [start, start + w).
  * A user's first window starts with the first request, the next where the one before
    ends; after a window without a request the next starts with the next request.
  * `window` is how long until all limits that refuse would accept.
"""

from fractions import Fraction
from math import ceil

SECOND = 10**9
WINDOW = {"per_second": SECOND, "per_minute": 60 * SECOND, "per_hour": 3600 * SECOND,
          "per_day": 86400 * SECOND}
PERIOD = {"s": SECOND, "min": 60 * SECOND, "h": 3600 * SECOND, "d": 86400 * SECOND}


class SlidingLog:
    def __init__(self, limits):
        self.limits = limits
        self.accepted = []

    def ask(self, now):
        """None when it passes, or how long until it would."""
        waits = []
        for key, limit in self.limits.items():
            within = [t for t in self.accepted if now - WINDOW[key] < t <= now]
            if len(within) >= limit:
                leaves = sorted(within)[len(within) - limit] + WINDOW[key]
                waits.append(leaves - now)
        if waits:
            return max(waits)
        self.accepted.append(now)
        return None


class FixedWindow:
    def __init__(self, limits):
        self.limits = limits
        self.asked = []

    def present(self, window):
        """Start and content of the window that the last request is in."""
        start, content = self.asked[0], 0
        for t in self.asked:
            while t >= start + window:
                start, content = (start + window if content else t), 0
            content += 1
        return start, content

    def ask(self, now):
        self.asked.append(now)
        waits = []
        for key, limit in self.limits.items():
            start, content = self.present(WINDOW[key])
            if content > limit:
                waits.append(start + WINDOW[key] - now)
        return max(waits, default=None)


class TokenBucket:
    def __init__(self, limits):
        number, unit = limits["rate"].split("/")
        self.per_ns = Fraction(number) / PERIOD[unit]
        self.burst = limits["burst"]
        self.tokens = Fraction(self.burst)
        self.last = 0

    def ask(self, now):
        self.tokens = min(self.burst, self.tokens + (now - self.last) * self.per_ns)
        self.last = now
        if self.tokens < 1:
            return ceil((1 - self.tokens) / self.per_ns)
        self.tokens -= 1
        return None


ALGORITHM = {"sliding_log": SlidingLog, "fixed_window": FixedWindow,
             "token_bucket": TokenBucket}


class Limiter:
    def __init__(self, config):
        self.config = config
        self.users = {}
        self.kept = []  # places, so that none is taken for another

    def asked_of(self, which, tier, place, user, now):
        limits = self.config.get(which, {}).get(tier)
        if not limits:
            return None
        self.kept.append(place)
        key = (which, id(place) if self.config["scope"] == "instance" else 0, user)
        if key not in self.users:
            self.users[key] = ALGORITHM[self.config["algorithm"]](limits)
        return self.users[key].ask(now)

    def ask(self, place, tier, user, now):
        """(refused, what the client is told or None, refused by the shadow)."""
        shadow = self.asked_of("shadow", tier, place, user, now) is not None
        wait = self.asked_of("limits", tier, place, user, now)
        told = self.config.get("retry_after")
        return wait is not None, wait if told == "window" else told, shadow
