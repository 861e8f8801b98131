"""What has to be decoded in order, heard by several workers: one decodes it, in the order of its arrival."""

from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from campus.database import Database
from devices.formats import formats
from devices.intake import described
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.intake.models import Described, QuarantinedMessage, RelayedMessage
from devices.intake.relay import SETTLED, Relay
from devices.intake.sightings import Sightings
from tests.devices.intake.things import NOON, numbers, register, said

ZONE = ZoneInfo("America/Ciudad_Juarez")
MS = timedelta(milliseconds=1)
ROOT = "spBv1.0/hub/node"


@pytest.fixture
def workers(database: Database) -> list[Ingest]:
    register(database, "node", ROOT, format="sparkplug", options={})
    return [Ingest(database, ZONE, f"campus-{number}", is_shared=True) for number in range(2)]


def relay(database: Database) -> Relay:
    return Relay(database, ZONE, Sightings())


def node_says(kind: str, seq: int, at: int, value: float | None = None) -> Arrival:
    """Its birth names the metric and its alias, its data the alias only. `at` in ms after noon."""
    metric: dict[str, object] = {"alias": 7, "value": value if value is not None else seq}
    if kind == "NBIRTH":
        metric |= {"name": "Temperature", "dataType": "Double"}
    payload = json.dumps({"seq": seq, "metrics": [metric]})
    return said(f"spBv1.0/hub/{kind}/node", payload, NOON + at * MS)


def temperatures(database: Database) -> list[float]:
    with database.read() as session:
        return [value for _at, value in numbers(session)]


def waiting(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(RelayedMessage)) or 0


def test_messages_of_two_workers_are_decoded_in_the_order_of_their_arrival(
    database: Database, workers: list[Ingest]
) -> None:
    one, other = workers
    other.store([node_says("NDATA", 1, 10), node_says("NDATA", 3, 30)])
    one.store([node_says("NBIRTH", 0, 0), node_says("NDATA", 2, 20)])
    assert temperatures(database) == []
    assert relay(database).round(NOON + timedelta(seconds=1)) == 4
    assert temperatures(database) == [0.0, 1.0, 2.0, 3.0]
    with database.read() as session:
        assert numbers(session, "x_messages_lost") == []
    assert waiting(database) == 0


def test_what_has_just_come_waits_for_what_may_still_overtake_it(
    database: Database, workers: list[Ingest]
) -> None:
    workers[0].store([node_says("NBIRTH", 0, 0)])
    assert relay(database).round(NOON + SETTLED - MS) == 0
    assert relay(database).round(NOON + SETTLED) == 1


def test_what_came_before_the_clock_was_set_back_waits_for_nothing(
    database: Database, workers: list[Ingest]
) -> None:
    workers[0].store([node_says("NBIRTH", 0, 0)])
    assert relay(database).round(NOON - timedelta(hours=1)) == 1


def test_of_two_that_believe_to_lead_both_may_decode_and_it_is_stored_once(
    database: Database, workers: list[Ingest]
) -> None:
    workers[0].store([node_says("NBIRTH", 0, 0), node_says("NDATA", 1, 10)])
    with database.read() as session:
        held = [Arrival(row.topic, row.payload, row.at) for row in session.scalars(select(RelayedMessage))]
    relay(database).round(NOON + timedelta(seconds=1))
    relay(database).store(held)
    assert temperatures(database) == [0.0, 1.0]


def test_a_birth_is_known_to_the_leader_that_comes_after(database: Database, workers: list[Ingest]) -> None:
    workers[0].store([node_says("NBIRTH", 0, 0), node_says("NDATA", 1, 10)])
    relay(database).round(NOON + timedelta(seconds=1))
    workers[1].store([node_says("NDATA", 9, 2000)])
    relay(database).round(NOON + timedelta(seconds=3))
    assert temperatures(database) == [0.0, 1.0, 9.0]
    with database.read() as session:
        assert numbers(session, "x_messages_lost") == []
        assert session.scalars(select(QuarantinedMessage.detail)).all() == []


def test_a_lone_worker_knows_a_birth_after_a_restart(sqlite_database: Database) -> None:
    register(sqlite_database, "node", ROOT, format="sparkplug", options={})
    Ingest(sqlite_database, ZONE).store([node_says("NBIRTH", 0, 0)])
    Ingest(sqlite_database, ZONE).store([node_says("NDATA", 40, 10)])
    assert temperatures(sqlite_database) == [0.0, 40.0]


def test_of_a_device_whose_root_has_changed_nothing_is_recalled(sqlite_database: Database) -> None:
    device_id = register(sqlite_database, "node", ROOT, format="sparkplug", options={})
    Ingest(sqlite_database, ZONE).store([node_says("NBIRTH", 0, 0)])
    with sqlite_database.write() as session:
        session.get_one(Described, (device_id, "NBIRTH/node//")).root = "spBv1.0/hub/other"
    Ingest(sqlite_database, ZONE).store([node_says("NDATA", 1, 10)])
    with sqlite_database.read() as session:
        details = session.scalars(select(QuarantinedMessage.detail)).all()
    assert details == ["alias 7 is not known: no birth of this node was heard"]


def test_what_nobody_owns_goes_to_the_leader_where_a_device_may_have_named_its_topic(
    database: Database, workers: list[Ingest]
) -> None:
    register(database, "lamp", "homeassistant/sensor/lamp", format="homeassistant", options={})
    config = {"state_topic": "attic/lamp", "device_class": "temperature", "unit_of_measurement": "°C"}
    workers[0].store(
        [
            said("homeassistant/sensor/lamp/config", json.dumps(config), NOON),
            said("attic/lamp", "21.5", NOON + 10 * MS),
            said("attic/unknown", "1", NOON + 20 * MS),
        ]
    )
    relay(database).round(NOON + timedelta(seconds=1))
    assert temperatures(database) == [21.5]
    with database.read() as session:
        held = session.scalars(select(QuarantinedMessage.topic)).all()
    assert held == ["attic/unknown"]


def test_of_a_device_that_describes_itself_without_end_the_newest_is_kept(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(described, "KEPT_OF_A_DEVICE", 3)
    register(sqlite_database, "node", ROOT, format="sparkplug", options={})
    births = [
        said(f"spBv1.0/hub/DBIRTH/node/{number}", '{"metrics": []}', NOON + number * MS)
        for number in range(5)
    ]
    Ingest(sqlite_database, ZONE).store(births)
    with sqlite_database.write() as session:
        described.prune(session)
        left = sorted(session.scalars(select(Described.suffix)))
    assert left == [f"DBIRTH/node/{number}/{number}" for number in (2, 3, 4)]


@pytest.mark.parametrize("name", sorted(formats()))
def test_a_dialect_that_keeps_what_is_described_also_remembers(name: str) -> None:
    dialect = formats()[name]
    assert dialect.remembers or (dialect.describes is None and dialect.follow is None)
