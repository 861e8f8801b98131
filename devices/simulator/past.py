"""The world's last days as messages that arrived when they happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from devices.intake.batch import Arrival
from devices.simulator.message import Message
from devices.simulator.programme import Programme
from devices.simulator.thing import Link, Thing
from devices.simulator.world import World

STEP = timedelta(minutes=10)


def history(world: World, things: list[Thing], until: datetime) -> Iterator[Arrival]:
    """All that the things would have said from `world.at` to `until`, oldest first.

    The world is stepped along, by STEP and by the clock, to the last step before `until`.
    """
    programme = Programme(things, past=True)
    links: dict[str, Link] = {thing.link.name: thing.link for thing in things}
    for link in links.values():
        if link.birth:
            yield _arrival(link.birth, world.at)
    while True:
        for _link, message in programme.due(world, world.at):
            yield _arrival(message, world.at)
        if world.at + STEP > until:
            return
        world.step(STEP.total_seconds(), STEP.total_seconds())


def _arrival(message: Message, at: datetime) -> Arrival:
    return Arrival(message.topic, message.payload, at)
