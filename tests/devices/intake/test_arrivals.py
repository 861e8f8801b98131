"""When a message came: never the same instant twice, and never the time of a clock that was wrong."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from campus.database import Database
from devices.intake.arrivals import Arrivals
from devices.intake.batch import next_arrival
from devices.intake.ingest import Ingest
from devices.models import Presence
from tests.devices.intake.things import NOON, register, said

HOUR, SECOND, MICROSECOND = timedelta(hours=1), timedelta(seconds=1), timedelta(microseconds=1)


def test_two_messages_never_share_an_instant() -> None:
    assert next_arrival(NOON, NOON + SECOND) == NOON + SECOND
    assert next_arrival(NOON, NOON) == NOON + MICROSECOND
    assert next_arrival(NOON, NOON - SECOND / 10) == NOON + MICROSECOND


def test_a_clock_that_was_set_back_an_hour_is_believed_at_once() -> None:
    assert next_arrival(NOON, NOON - HOUR) == NOON - HOUR


def test_a_device_heard_by_a_clock_that_was_ahead_is_not_seen_in_the_future_for_ever(
    database: Database,
) -> None:
    register(database, "wall", "hub/wall")
    ingest = Ingest(database, ZoneInfo("America/Ciudad_Juarez"))
    for at in (NOON, NOON - HOUR):
        ingest.store([said("hub/wall", '{"t": 1}', at)])
    with database.read() as session:
        assert session.scalars(select(Presence.last_seen)).one() == NOON - HOUR


def test_an_hour_that_is_lived_through_twice_shares_no_instant() -> None:
    step = timedelta(microseconds=7)
    arrivals = Arrivals(NOON)
    first = [arrivals.next(NOON + number * step) for number in range(500)]
    again = [arrivals.next(NOON - HOUR + number * step) for number in range(500)]
    third = [arrivals.next(NOON - 2 * HOUR + number * step) for number in range(500)]
    moved = [
        {at - base for at in found}
        for base, found in ((NOON, first), (NOON - HOUR, again), (NOON - 2 * HOUR, third))
    ]
    assert not moved[0] & moved[1]
    assert not moved[1] & moved[2]
    assert not moved[0] & moved[2]
    assert all(sorted(set(found)) == found for found in (first, again, third)), (
        "each later than the one before"
    )


def test_several_workers_share_no_instant_either() -> None:
    workers = [Arrivals(NOON, (which, 16)) for which in range(16)]
    found = [worker.next(NOON + number * SECOND / 1000) for number in range(50) for worker in workers]
    assert len(set(found)) == len(found)
