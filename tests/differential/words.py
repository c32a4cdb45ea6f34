# SPDX-License-Identifier: GPL-3.0-or-later
"""What the makers of platforms have in common."""


def maybe(draw, chance, value, other=None):
    return value() if draw.random() < chance else other


def ns(time):
    return "unlimited" if time is None else f"{time}ns"


def bound(number):
    return "unlimited" if number is None else number
