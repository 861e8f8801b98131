"""When a message came: never the same instant twice, and never the time of a clock that was wrong."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from campus.database import Database
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
