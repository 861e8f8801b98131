"""Who is there: what a farewell, an overheard command and a message without a time say about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from campus.database import Database
from dashboards.board import read_board
from devices.intake.ingest import Ingest
from devices.models import Device, Presence
from devices.standing import Standing, standings
from tests.devices.intake.things import NOON, register, said

ZONE = ZoneInfo("America/Ciudad_Juarez")
MINUTE = timedelta(minutes=1)
POWER, WILL, COMMAND = "tele/plug/STATE", "tele/plug/LWT", "cmnd/plug/Power"


@pytest.fixture
def ingest(database: Database) -> Ingest:
    register(database, "plug", "plug", format="tasmota", options={})
    return Ingest(database, ZONE)


def standing(database: Database, now: datetime) -> Standing:
    """How the plug stands; the overview has to agree."""
    with database.read() as session:
        found = session.scalars(select(Device)).all()
        (stands,) = standings(session, found, now).values()
        (thing,) = read_board(session, now).things
    assert thing.silent is not stands.online
    return stands


def test_a_farewell_is_said_by_the_broker_and_is_no_sign_of_life(database: Database, ingest: Ingest) -> None:
    ingest.store([said(POWER, '{"POWER": "ON"}', NOON)])
    ingest.store([said(WILL, "Offline", NOON + MINUTE)])
    stands = standing(database, NOON + 2 * MINUTE)
    assert (stands.online, stands.last_seen, stands.since) == (False, NOON, NOON + MINUTE)


@pytest.mark.parametrize("retained", [False, True])
def test_a_device_that_speaks_after_its_farewell_is_there_again(
    database: Database, ingest: Ingest, retained: bool
) -> None:
    ingest.store([said(POWER, '{"POWER": "ON"}', NOON)])
    ingest.store([said(WILL, "Offline", NOON + MINUTE, retained=retained)])
    assert not standing(database, NOON + 2 * MINUTE).online
    ingest.store([said(POWER, '{"POWER": "ON"}', NOON + 3 * MINUTE)])
    stands = standing(database, NOON + 4 * MINUTE)
    assert (stands.online, stands.last_seen, stands.since) == (True, NOON + 3 * MINUTE, None)


def test_a_command_that_somebody_sends_to_a_device_does_not_make_it_present(
    database: Database, ingest: Ingest
) -> None:
    ingest.store([said(POWER, '{"POWER": "ON"}', NOON)])
    ingest.store([said(COMMAND, "OFF", NOON + 60 * MINUTE)])
    stands = standing(database, NOON + 61 * MINUTE)
    assert (stands.online, stands.last_seen) == (False, NOON)


def test_a_message_without_a_time_says_nothing_about_the_clock(database: Database) -> None:
    fields = {"temperature": {"path": "t", "at": "when"}, "door": {"path": "d"}}
    register(database, "wall", "hub/wall", options={"fields": fields})
    ahead, right = (f'{{"t": 3, "when": "2026-06-15T18:{minute}:00Z"}}' for minute in ("16", "00"))
    for after_s, payload, expected in (
        (0, ahead, 960.0),
        (3, '{"d": "open"}', 960.0),
        (4, right, None),
        (5, '{"d": "closed"}', None),
    ):
        Ingest(database, ZONE).store([said("hub/wall", payload, NOON + timedelta(seconds=after_s))])
        with database.read() as session:
            assert session.scalars(select(Presence.clock_ahead_s)).one() == expected, after_s
