"""Chargers through the whole intake: sessions over several messages and batches, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select

from campus.database import Database
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.intake.models import QuarantinedMessage
from tests.devices.intake.things import NOON, numbers, register, said, words

ZONE = ZoneInfo("America/Ciudad_Juarez")


def frame(minute: int, action: str, payload: dict[str, Any], station: str = "HUB-1") -> Arrival:
    at = NOON + timedelta(minutes=minute)
    body = payload | ({} if action == "MeterValues" else {"timestamp": at.isoformat()})
    wire = orjson.dumps([2, f"m-{minute}", action, body])
    return said(f"ocpp/{station}/frame", wire, at)


def values(minute: int, wh: int) -> Arrival:
    moment = {
        "timestamp": (NOON + timedelta(minutes=minute)).isoformat(),
        "sampledValue": [{"value": str(wh)}],
    }
    return frame(minute, "MeterValues", {"connectorId": 1, "transactionId": 7, "meterValue": [moment]})


def test_a_session_over_several_batches_is_kept_whole(database: Database) -> None:
    register(database, "bay", "ocpp/HUB-1", kind="charger", format="ocpp", options={})
    ingest = Ingest(database, ZONE)
    status = {"connectorId": 1, "errorCode": "NoError"}
    ingest.store(
        [
            frame(0, "StatusNotification", status | {"status": "Preparing"}),
            frame(1, "StartTransaction", {"connectorId": 1, "idTag": "CARD9", "meterStart": 5000}),
            frame(2, "Heartbeat", {}),
            frame(2, "StatusNotification", status | {"status": "Charging"}),
        ]
    )
    ingest.store([values(10, 7500), values(20, 10000)])
    ingest.store([frame(30, "StopTransaction", {"transactionId": 7, "meterStop": 11000})])
    with database.read() as session:
        assert [value for _, value in numbers(session, "energy_import")] == [5, 7.5, 10, 11]
        assert [value for _, value in numbers(session, "session_energy")] == [0, 2.5, 5, 6]
        assert words(session, "charger_status") == ["connected", "charging"]
        assert words(session, "vehicle") == ["CARD9"]
        assert session.scalars(select(QuarantinedMessage)).all() == []


def test_another_station_s_frames_do_not_mix_with_this_one_s(database: Database) -> None:
    register(database, "bay", "ocpp/HUB-1", kind="charger", format="ocpp", options={})
    Ingest(database, ZONE).store(
        [frame(0, "StartTransaction", {"connectorId": 1, "idTag": "C", "meterStart": 9000}, "HUB-11")]
    )
    with database.read() as session:
        assert numbers(session, "energy_import") == []
        assert session.scalars(select(QuarantinedMessage.reason)).all() == ["unknown-topic"]


def test_values_that_come_before_their_names_are_kept_when_the_names_come(database: Database) -> None:
    register(database, "bay", "warp3/Xk9", kind="charger", format="warp", options={})
    ingest = Ingest(database, ZONE)
    ingest.store([said("warp3/Xk9/meters/0/values", "[7150.5,812.25]")])
    ingest.store([said("warp3/Xk9/meters/0/value_ids", "[74,209]", NOON + timedelta(seconds=1))])
    with database.read() as session:
        assert [value for _, value in numbers(session, "power")] == [7150.5]
        assert [value for _, value in numbers(session, "energy_import")] == [812.25]
