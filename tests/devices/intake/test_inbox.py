"""What was heard and is nobody's waits in the inbox, once for each device, and can be accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import select

from campus.audit import Origin
from campus.database import Database
from campus.errors import BadRequest, NotFound
from devices import registry
from devices.intake import inbox
from devices.intake.ingest import Ingest
from devices.intake.models import HeardDevice, QuarantinedMessage
from devices.intake.porter import MOST_ROWS, Porter
from devices.intake.samples import LARGEST, unpack
from devices.intake.sightings import MOST_BYTES, MOST_WAITING, Sightings
from tests.devices.intake.things import NOON, numbers, register, said

ZONE = ZoneInfo("America/Ciudad_Juarez")
STAFF = Origin()
TASMOTA = {"dn": "Pump", "t": "pump", "ft": "%prefix%/%topic%/"}


class Hub:
    """An ingest with the porter behind it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ingest = Ingest(database, ZONE)
        self.porter = Porter(database, self.ingest.sightings, ZONE)
        self.at = NOON

    def hear(self, topic: str, payload: Any, *, retained: bool = False) -> None:
        """A message, ten seconds after the one before, and the porter's round behind it."""
        wire = payload if isinstance(payload, str | bytes) else orjson.dumps(payload)
        self.ingest.store([said(topic, wire, self.at, retained=retained)])
        self.porter.round(self.at)
        self.at += timedelta(seconds=10)

    def rows(self, state: str = inbox.NEW) -> list[HeardDevice]:
        with self.database.read() as session:
            query = select(HeardDevice).where(HeardDevice.state == state).order_by(HeardDevice.id)
            return list(session.scalars(query))

    def topics(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(QuarantinedMessage.topic).order_by(QuarantinedMessage.id)))

    def accept(self, row: HeardDevice, slug: str) -> inbox.Accepted:
        return inbox.accept(
            self.database, row.id, slug, inbox.described(row), zone=ZONE, now=self.at, by=STAFF
        )


@pytest.fixture
def hub(database: Database) -> Hub:
    return Hub(database)


def test_a_device_that_announces_itself_and_speaks_waits_once(hub: Hub) -> None:
    hub.hear("tasmota/discovery/AABBCC/config", TASMOTA, retained=True)
    hub.hear("tasmota/discovery/AABBCC/sensors", {"sn": {"ENERGY": {"Power": 1}}}, retained=True)
    hub.hear("tele/pump/SENSOR", {"ENERGY": {"Total": 4.5, "Power": 2}})
    hub.hear("tele/pump/LWT", "Online", retained=True)
    (row,) = hub.rows()
    assert (row.format, row.topic, row.name, row.kind) == ("tasmota", "pump", "Pump", "meter")
    assert {"power", "energy_import", "online"} <= set(row.metrics)
    assert [one.topic for one in unpack(row.samples)][-1] == "tele/pump/LWT"
    assert (row.first_heard, row.last_heard) == (NOON, NOON + timedelta(seconds=30))


def test_what_was_guessed_before_the_announcement_becomes_part_of_it(hub: Hub) -> None:
    hub.hear("tele/pump/SENSOR", {"ENERGY": {"Power": 2}})
    hub.hear("strange/tank/level", "5")
    assert [row.topic for row in hub.rows()] == ["pump", "strange/tank"]
    hub.hear("tasmota/discovery/AABBCC/config", TASMOTA)
    config = {"stat_t": "strange/tank/level", "unit_of_meas": "°C", "dev": {"ids": "1", "name": "Tank"}}
    hub.hear("homeassistant/sensor/tank/level/config", config)
    assert [(row.name, row.format) for row in hub.rows()] == [("Pump", "tasmota"), ("Tank", "homeassistant")]


def test_the_configurations_of_one_device_come_together_and_can_be_withdrawn(hub: Hub) -> None:
    topics = [f"homeassistant/sensor/tank/{what}/config" for what in ("level", "flow")]
    for place, topic in enumerate(topics):
        said_there = {"stat_t": f"strange/tank/{place}", "unit_of_meas": "°C", "dev": {"ids": "1"}}
        hub.hear(topic, said_there)
    (row,) = hub.rows()
    assert sorted(row.options["configs"]) == sorted(topics)
    hub.hear(topics[0], "")
    (row,) = hub.rows()
    assert list(row.options["configs"]) == topics[1:]
    hub.hear(topics[1], "")
    assert hub.rows() == []


def test_an_announcement_that_was_understood_leaves_the_quarantine(hub: Hub) -> None:
    hub.hear("tasmota/discovery/AABBCC/config", TASMOTA)
    hub.hear("tele/pump/SENSOR", {"ENERGY": {"Power": 2}})
    hub.hear("tasmota/discovery/DDEEFF/config", "not json")
    assert hub.topics() == ["tele/pump/SENSOR", "tasmota/discovery/DDEEFF/config"]
    with hub.database.read() as session:
        assert "not JSON" in (session.scalars(select(QuarantinedMessage.detail)).all())[1]


def test_accepting_registers_it_and_reads_what_had_waited(hub: Hub) -> None:
    hub.hear("tasmota/discovery/AABBCC/config", TASMOTA)
    hub.hear("tele/pump/SENSOR", {"ENERGY": {"Power": 2}})
    (row,) = hub.rows()
    done = hub.accept(row, "pump")
    assert (done.device.slug, done.read, done.left) == ("pump", 1, 0)
    assert hub.topics() == []
    assert hub.rows() == []
    with hub.database.read() as session:
        assert numbers(session, "power") == [(NOON + timedelta(seconds=10), 2.0)]
    with pytest.raises(NotFound):
        hub.accept(row, "pump-2")
    hub.hear("tele/pump/SENSOR", {"ENERGY": {"Power": 3}})
    hub.hear("tasmota/discovery/AABBCC/config", TASMOTA)
    assert hub.rows() == []
    assert hub.topics() == []


def test_an_accepted_device_of_home_assistant_keeps_its_configurations(hub: Hub) -> None:
    config = {"stat_t": "strange/tank/t", "unit_of_meas": "°C", "dev_cla": "temperature", "dev": {"ids": "1"}}
    hub.hear("homeassistant/sensor/tank/t/config", config, retained=True)
    hub.hear("strange/tank/t", "21.5")
    (row,) = hub.rows()
    assert hub.accept(row, "tank").read == 1
    with hub.database.read() as session:
        assert [value for _at, value in numbers(session)] == [21.5]


def test_the_other_devices_of_a_bridge_are_proposed_though_one_is_registered(hub: Hub) -> None:
    register(hub.database, "lamp", "zigbee2mqtt/lamp", format="zigbee2mqtt", options={})
    network = [{"type": "Router", "friendly_name": name} for name in ("lamp", "door")]
    hub.hear("zigbee2mqtt/bridge/devices", network, retained=True)
    assert [row.topic for row in hub.rows()] == ["zigbee2mqtt/door"]


def test_a_slug_that_is_taken_changes_nobody_else_s_device(hub: Hub) -> None:
    register(hub.database, "pump", "other")
    hub.hear("tasmota/discovery/AABBCC/config", TASMOTA)
    (row,) = hub.rows()
    with pytest.raises(BadRequest):
        hub.accept(row, "pump")
    with hub.database.read() as session:
        assert registry.find_device(session, "pump").topic == "other"
        assert inbox.free_slug(session, "pump") == "pump-2"
    assert len(hub.rows()) == 1
    with pytest.raises(NotFound), hub.database.read() as session:
        inbox.find(session, 999_999)


def test_what_is_ignored_stays_ignored_until_it_is_taken_back(hub: Hub) -> None:
    hub.hear("greenhouse/rack3", {"vwc": 31})
    (row,) = hub.rows()
    with hub.database.write() as session:
        inbox.ignore(session, row.id, STAFF, hub.at)
    hub.hear("greenhouse/rack3", {"vwc": 32})
    assert hub.rows() == []
    assert hub.rows(inbox.IGNORED)[0].last_heard == NOON + timedelta(seconds=10)
    with hub.database.write() as session:
        inbox.ignore(session, row.id, STAFF, hub.at, restore=True)
        inbox.prune(session, hub.at)
    assert len(hub.rows()) == 1


def test_who_was_registered_by_hand_leaves_the_inbox(hub: Hub) -> None:
    hub.hear("greenhouse/rack3", {"vwc": 31})
    with hub.database.write() as session:
        said_so = inbox.described(hub.rows()[0])
        options = {"fields": {"soil_moisture": {"path": "vwc"}}}
        registry.put_device(session, "rack", inbox.with_changes(said_so, {"options": options}), hub.at)
    hub.hear("elsewhere", {"a": 1})
    assert [row.topic for row in hub.rows()] == ["elsewhere"]


def test_a_retired_device_keeps_its_history_and_comes_back_as_a_stranger(hub: Hub) -> None:
    register(hub.database, "wall", "hub/wall")
    hub.hear("hub/wall", {"t": 21})
    with hub.database.write() as session:
        registry.retire(session, "wall", STAFF, hub.at)
    hub.hear("hub/wall", {"t": 22})
    assert [row.topic for row in hub.rows()] == ["hub/wall"]
    with hub.database.read() as session:
        assert [value for _at, value in numbers(session)] == [21.0]
        assert registry.devices(session) == []
        assert [one.slug for one in registry.devices(session, retired=True)] == ["wall"]


def test_the_inbox_is_bounded_and_who_announces_itself_still_comes_in(sqlite_database: Database) -> None:
    hub = Hub(sqlite_database)
    for number in range(MOST_ROWS + 5):
        hub.ingest.sightings.take({f"strange/{number}/x": said(f"strange/{number}/x", "{}", hub.at)})
    while hub.porter.round(hub.at):
        pass
    assert len(hub.rows()) == MOST_ROWS
    hub.hear("tasmota/discovery/AABBCC/config", TASMOTA)
    assert len(hub.rows()) == MOST_ROWS
    assert hub.rows()[-1].topic == "pump"


def test_sightings_are_bounded_in_number_and_in_bytes() -> None:
    many, large = Sightings(), Sightings()
    many.take({str(number): said(str(number), b"x") for number in range(MOST_WAITING + 50)})
    assert len(many) == MOST_WAITING
    large.take({str(number): said(str(number), bytes(MOST_BYTES // 4)) for number in range(9)})
    assert len(large) == 4
    assert [one.topic for one in large.drain(2)] == ["0", "1"]
    large.take({"9": said("9", bytes(MOST_BYTES // 4))})
    assert len(large) == 3


def test_a_topic_that_chatters_is_looked_at_once_in_a_while() -> None:
    heard = Sightings()
    for seconds in range(12):
        heard.take({"a": said("a", b"x", NOON + timedelta(seconds=seconds))})
        heard.drain(10) if seconds in (0, 5, 10) else None
    assert len(heard) == 0


def test_hostile_messages_are_kept_short_and_break_nothing(hub: Hub) -> None:
    hub.hear("deep", b"[" * 10_000 + b"]" * 10_000)
    hub.hear("large", b'"' + b"x" * 200_000 + b'"')
    hub.hear("nul\x00", b'{"a": "\\u0000"}')
    hub.hear("homeassistant/sensor/n/config", b'{"stat_t": "a\\u0000", "dev": {"ids": "\\u0000"}}')
    hub.hear("<img src=x onerror=alert(1)>", b"<img src=x onerror=alert(1)>")
    for row in hub.rows():
        assert all(len(one.payload) <= LARGEST for one in unpack(row.samples))
