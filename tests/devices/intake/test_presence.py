"""Who is there: what a farewell, an overheard command and a message without a time say about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from campus.database import Database
from dashboards.board import read_board
from devices.history.read import find_series, newest
from devices.intake.ingest import Ingest
from devices.models import Device, Presence
from devices.standing import Standing, holds, standings
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


def test_a_device_that_speaks_right_after_its_farewell_is_there_again_at_once(
    database: Database, ingest: Ingest
) -> None:
    second = timedelta(seconds=1)
    ingest.store([said(POWER, '{"POWER": "ON"}', NOON), said(WILL, "Offline", NOON + second / 4)])
    ingest.store([said(POWER, '{"POWER": "ON"}', NOON + second / 2)])
    assert standing(database, NOON + second).online
    ingest.store([said(WILL, "Offline", NOON + second), said(POWER, '{"POWER": "ON"}', NOON + 1.5 * second)])
    assert standing(database, NOON + 2 * second).online


def test_what_was_retained_does_not_make_an_old_device_look_fresh(database: Database) -> None:
    register(database, "plug", "plug", format="tasmota", options={})
    Ingest(database, ZONE).store([said(POWER, '{"POWER": "ON"}', NOON), said(WILL, "Online", NOON)])
    restarted, later = Ingest(database, ZONE), NOON + 60 * MINUTE
    restarted.store([said(WILL, "Online", later, retained=True)])
    stands = standing(database, later + MINUTE)
    assert (stands.online, stands.availability.reason, stands.since) == (False, "silent", NOON)


def test_every_device_whose_will_a_restarting_broker_published_is_there_with_its_next_word(
    database: Database,
) -> None:
    names = [f"plug-{number}" for number in range(20)]
    for name in names:
        register(database, name, name, format="tasmota", options={})
    ingest, second = Ingest(database, ZONE), timedelta(seconds=1)
    ingest.store([said(f"tele/{name}/STATE", '{"POWER": "ON"}', NOON) for name in names])
    ingest.store([said(f"tele/{name}/LWT", "Offline", NOON + second) for name in names])
    ingest.store([said(f"tele/{name}/STATE", '{"POWER": "ON"}', NOON + 2 * second) for name in names[:10]])
    with database.read() as session:
        found = standings(session, session.scalars(select(Device)).all(), NOON + 3 * second)
    assert sum(one.online for one in found.values()) == 10


def test_a_sensor_that_speaks_once_an_hour_is_learnt_to(database: Database) -> None:
    register(database, "soil", "soil")
    ingest, hour = Ingest(database, ZONE), timedelta(hours=1)
    for visit in range(6):
        ingest.store([said("soil", f'{{"t": {visit}}}', NOON + visit * hour)])
    last = NOON + 5 * hour
    for silence, expected in ((50, "online"), (100, "stale"), (180, "offline")):
        assert standing(database, last + silence * MINUTE).availability.state == expected


def test_an_old_series_among_quick_ones_makes_no_slow_rhythm(database: Database) -> None:
    """What is said at each start, months apart, does not make a device that speaks every 10 s a sleeper."""
    register(database, "soil", "soil")
    ingest = Ingest(database, ZONE)
    for day in range(5):
        ingest.store([said("soil", '{"d": "open"}', NOON + timedelta(days=day))])
    last = NOON + timedelta(days=5)
    for turn in range(20):
        last += timedelta(seconds=10)
        ingest.store([said("soil", f'{{"t": {turn}}}', last)])
    assert standing(database, last + 16 * MINUTE).availability.state == "offline"


def test_a_device_that_nobody_can_read_any_more_speaks(database: Database) -> None:
    register(database, "soil", "soil")
    Ingest(database, ZONE).store([said("soil", '{"t": 1}', NOON), said("soil", "{", NOON + 60 * MINUTE)])
    stands = standing(database, NOON + 61 * MINUTE)
    assert (stands.availability.state, stands.availability.reason) == ("stale", "unreadable")


def test_a_device_that_tells_only_of_its_parts_is_gone_when_all_of_them_are(database: Database) -> None:
    fields = {f"online@{part}": {"path": part} for part in ("a", "b")}
    register(database, "node", "node", options={"fields": fields})
    ingest = Ingest(database, ZONE)
    ingest.store([said("node", '{"a": "online", "b": "online"}', NOON)])
    ingest.store([said("node", '{"a": "offline"}', NOON + MINUTE)])
    assert standing(database, NOON + 2 * MINUTE).online
    ingest.store([said("node", '{"b": "offline"}', NOON + 2 * MINUTE)])
    assert standing(database, NOON + 3 * MINUTE).availability.reason == "farewell"


def test_a_value_that_stopped_is_old_while_its_device_goes_on(database: Database) -> None:
    fields = {name: {"path": name} for name in ("temperature", "power")}
    register(database, "plug", "plug", options={"fields": fields}, expected_interval_s=10.0)
    ingest = Ingest(database, ZONE)
    for turn in range(5):
        at = NOON + timedelta(seconds=10 * turn)
        ingest.store([said("plug", '{"temperature": 21, "power": 5}', at)])
    now = NOON + 2 * MINUTE
    ingest.store([said("plug", '{"power": 5}', now)])
    with database.read() as session:
        refs = find_series(session)
        stands = standings(session, session.scalars(select(Device)).all(), now)
        hold = holds(session, refs, newest(session, refs), stands, now)
    assert {ref.metric: hold[ref.id].stale for ref in refs} == {"power": False, "temperature": True}


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
