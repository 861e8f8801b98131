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
RECENT = timedelta(hours=6)
"""What the overview's chart shows, so that it is drawn as smoothly as what comes after it."""
RECENT_STEP = timedelta(minutes=2)


def history(world: World, things: list[Thing], until: datetime) -> Iterator[Arrival]:
    """All that the things would have said from `world.at` to `until`, oldest first.

    The world is stepped along by the clock, to the last step before `until`.
    """
    programme = Programme(things, past=True)
    links: dict[str, Link] = {thing.link.name: thing.link for thing in things}
    for link in links.values():
        if link.birth:
            yield _arrival(link.birth, world.at)
    yield from _due(world, programme)
    yield from _told(world, programme, STEP, until - RECENT)
    recent = Programme(things, past=True, often_s=RECENT_STEP.total_seconds())
    yield from _told(world, recent, RECENT_STEP, until)


def _told(world: World, programme: Programme, step: timedelta, until: datetime) -> Iterator[Arrival]:
    while world.at + step <= until:
        world.step(step.total_seconds(), step.total_seconds())
        yield from _due(world, programme)


def _due(world: World, programme: Programme) -> Iterator[Arrival]:
    for _link, message in programme.due(world, world.at):
        yield _arrival(message, world.at)


def _arrival(message: Message, at: datetime) -> Arrival:
    return Arrival(message.topic, message.payload, at)
