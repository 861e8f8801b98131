"""Gardens, rooms and printers through the whole intake: what is heard is kept, people are not."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select

from campus.database import Database
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.intake.models import QuarantinedMessage
from devices.models import Series
from tests.devices.intake.things import NOON, numbers, register, said, words

ZONE = ZoneInfo("America/Ciudad_Juarez")


def heard(minute: int, topic: str, payload: object) -> Arrival:
    wire = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
    return said(topic, wire, NOON + timedelta(minutes=minute))


def test_advertisements_of_one_plant_add_up_and_passers_by_leave_nothing(database: Database) -> None:
    register(
        database, "bed", "home/+/BTtoMQTT/C47C8D0A0B0C", kind="garden", format="openmqttgateway", options={}
    )
    register(database, "gateway", "home/Patio", kind="other", format="openmqttgateway", options={})
    phone = {"id": "4f:26:2f:00:00:01", "rssi": -88, "name": "Ana's phone"}
    Ingest(database, ZONE).store(
        [
            heard(0, "home/Patio/BTtoMQTT/C47C8D0A0B0C", {"moi": 31}),
            heard(1, "home/Roof/BTtoMQTT/C47C8D0A0B0C", {"tempc": 21.5, "tempf": 70.7}),
            heard(2, "home/Patio/BTtoMQTT/4F262F000001", phone),
        ]
    )
    with database.read() as session:
        assert [value for _, value in numbers(session, "temperature")] == [21.5]
        kept = session.scalars(select(Series.metric).order_by(Series.metric)).all()
        assert set(kept) == {"soil_moisture", "temperature"}
        assert session.scalars(select(QuarantinedMessage)).all() == []


def test_a_print_is_followed_over_changes_that_come_one_by_one(database: Database) -> None:
    register(database, "x1", "device/01S00C1", kind="printer", format="bambu", options={})

    def report(minute: int, **values: object) -> Arrival:
        return heard(minute, "device/01S00C1/report", {"print": {"command": "push_status", **values}})

    ingest = Ingest(database, ZONE)
    ingest.store([report(0, gcode_state="PREPARE", mc_percent=0, subtask_name="hinge")])
    ingest.store([report(1, gcode_state="RUNNING"), report(5, mc_percent=50, mc_remaining_time=4)])
    ingest.store([report(9, gcode_state="FINISH", mc_percent=100, mc_remaining_time=0)])
    with database.read() as session:
        assert words(session, "printer_status") == ["printing", "printing", "finished"]
        assert [value for _, value in numbers(session, "print_progress")] == [0, 50, 100]
        assert [value for _, value in numbers(session, "print_time_left")] == [240, 0]
        assert words(session, "print_job") == ["hinge"]


def test_a_lock_tells_its_door_and_nobody_s_name(database: Database) -> None:
    register(database, "lab", "nuki/lab", kind="room", format="nuki", options={})
    Ingest(database, ZONE).store(
        [
            heard(0, "nuki/lab/lock/state", "unlocked"),
            heard(0, "nuki/lab/lock/authorizationName", "Ana"),
            heard(0, "nuki/lab/lock/json", {"lock_state": "unlocked", "auth_name": "Ana"}),
            heard(0, "nuki/lab/lock/doorSensorState", "doorOpened"),
            heard(1, "nuki/lab/keypad/code_0/name", "Ana"),
        ]
    )
    with database.read() as session:
        assert set(words(session, "lock")) == {"unlocked"}
        assert words(session, "door") == ["open"]
        names = session.scalars(select(Series.metric)).all()
        assert not any("Ana" in word for name in names for word in words(session, name))
        assert session.scalars(select(QuarantinedMessage)).all() == []
