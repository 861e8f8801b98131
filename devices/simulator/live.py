"""The hub, now: the world stepped along with the clock, and what it says sent to the broker."""

from __future__ import annotations

import signal
import threading
import time

from campus import clock
from campus.settings import Settings
from devices.simulator import memory
from devices.simulator.hub import things
from devices.simulator.programme import Programme
from devices.simulator.radio import Station
from devices.simulator.thing import Link
from devices.simulator.world import World

TICK_S = 1.0
GOODBYE_S = 0.5
"""How long the end waits for the broker to have heard it."""
LONGEST_GAP_S = 30.0
"""After a longer pause (the machine slept) the meters have stood still, as if their power had been cut."""


def run(settings: Settings, *, seed: int, speed: float) -> None:
    """Simulate until SIGTERM or SIGINT. `speed`: scenario seconds in a second of the clock."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    broadcast(settings, seed=seed, speed=speed, stopping=stopping)


def broadcast(settings: Settings, *, seed: int, speed: float, stopping: threading.Event) -> None:
    """Simulate until `stopping` is set, then say goodbye for every device."""
    world = World.settled(seed, settings.zone, clock.now())
    world.remember(memory.recall(settings.data_dir))
    devices = things()
    programme = Programme(devices)
    news = threading.Event()
    """Set when a connection has come (back): its broker may know nothing."""
    links: dict[str, Link] = {device.link.name: device.link for device in devices}
    stations = {
        name: Station(settings, name, link.birth, link.will, news.set) for name, link in links.items()
    }
    try:
        before = time.monotonic()
        while not stopping.wait(TICK_S):
            now = time.monotonic()
            passed, before = now - before, now
            world.step(passed * speed, passed if passed < LONGEST_GAP_S else 0.0)
            memory.keep(settings.data_dir, world.memory())  # before it is said: a register never runs back
            if news.is_set():
                news.clear()
                programme.forget()
            for link, message in programme.due(world, clock.now()):
                stations[link.name].say(message)
    finally:
        for station in stations.values():
            station.say_goodbye()
        deadline = time.monotonic() + GOODBYE_S
        for station in stations.values():
            station.leave(max(0.0, deadline - time.monotonic()))
        for station in stations.values():
            station.close()
