# SPDX-License-Identifier: GPL-3.0-or-later
"""What can happen on a platform, and how often a second: its chain."""

from state import CALL, CPU, OPEN, SERVER, WAIT
from world import World

def beginning(platform):
    """Nobody there, and the fleets' minimum warm."""
    cells = tuple(((), (((), 0),) * c["min"]) for c in platform["cells"])
    return (), cells, True, False


def speed(platform, world, request):
    """How fast its step goes: 1 when alone."""
    if request.at == CPU and platform.get("vcpus") is not None:
        return min(1.0, platform["vcpus"] / len(request.instance.at(CPU)))
    server = platform.get("server")
    if request.at == SERVER and server is not None:
        n = len(world.waiting(SERVER))
        busy = n if server["vcpus"] is None else min(n, server["vcpus"])
        return busy / n / (1.0 + server["alpha"] * (n - 1) + server["beta"] * n * (n - 1))
    return 1.0


def steps_of(platform, world):
    """(rate, what) of each request that is busy with something."""
    mean = {WAIT: platform.get("wait"), CPU: platform.get("cpu"), SERVER: platform.get("query"),
            OPEN: platform["pool"]["connect"] if platform.get("pool") else None,
            CALL: platform["call"]["mean"] if platform.get("call") else None}

    def duration(request):
        if request.at == CALL and world.is_fallback(request):
            return platform["call"]["fallback"]["mean"]
        return mean[request.at]
    done = {WAIT: World.step_done, CPU: World.step_done, SERVER: World.queried,
            OPEN: World.connected, CALL: World.called}
    for where in ("starting", "warm"):
        for cell, instances in enumerate(getattr(world, where)):
            for i, instance in enumerate(instances):
                for k, request in enumerate(instance.requests):
                    def find(w, where=where, cell=cell, i=i, k=k):
                        return getattr(w, where)[cell][i].requests[k]
                    if platform.get("patience") is not None and request.is_there:
                        yield (1.0 / platform["patience"],
                               lambda w, find=find: w.give_up(find(w)))
                    if request.at in done:
                        yield (speed(platform, world, request) / duration(request),
                               lambda w, find=find, do=done[request.at]: do(w, find(w)))


def arrivals(platform, world, cell):
    """A second: who of the users does not wait for an answer thinks."""
    if platform.get("users") is not None:
        present = [r for i in world.instances() for r in i.requests] + world.queue
        return (platform["users"] - sum(r.is_there for r in present)) / platform["think"]
    rate = platform["cells"][cell]["rate"]
    return rate * platform["burst"]["factor"] if world.is_high else rate


def around(platform, world):
    """Bursts, failures and repairs."""
    def turn(w):
        w.is_high = not w.is_high

    def repair(w):
        w.is_up = True
    if platform.get("burst") is not None:
        yield 1.0 / platform["burst"]["high" if world.is_high else "low"], turn
    if platform.get("every") is not None:
        yield ((1.0 / platform["every"], World.go_down) if world.is_up else
               (1.0 / platform["repair"], repair))


def happenings(platform, world):
    """(rate, what to do to a world) of all that can happen."""
    for i, request in enumerate(world.queue):
        timeout = world.config(request.cell)["timeout"]
        if timeout is not None:
            yield 1.0 / timeout, lambda w, i=i: w.time_out(w.queue[i])
        if platform.get("patience") is not None and request.is_there:
            yield 1.0 / platform["patience"], lambda w, i=i: w.give_up(w.queue[i])
    yield from around(platform, world)
    for cell, config in enumerate(platform["cells"]):
        yield arrivals(platform, world, cell), lambda w, cell=cell: w.arrive(cell)
        for i in range(len(world.starting[cell])):
            yield 1.0 / config["cold"], lambda w, c=cell, i=i: w.started(w.starting[c][i])
        for i, instance in enumerate(world.warm[cell]):
            if not instance.requests and config["idle"] is not None and \
                    world.alive(cell) > config["min"]:
                yield 1.0 / config["idle"], lambda w, c=cell, i=i: w.expire(w.warm[c][i])
    yield from steps_of(platform, world)


def transitions(platform):
    def of(state):
        for rate, act in happenings(platform, World(platform, state)):
            scripts = [()]
            while scripts:
                world = World(platform, state, scripts.pop())
                act(world)
                world.settle()
                scripts += world.forks
                yield rate * world.probability, world.freeze(), world.counts
    return of
