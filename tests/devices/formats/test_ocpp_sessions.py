"""OCPP over several messages: what a session has taken, on which connector it ran, who charged."""

from __future__ import annotations

from typing import Any

import pytest

from devices.readings import BadPayload
from tests.devices.formats.decoding import heard

ROOT = "ocpp/HUB-08"


def conversation(*frames: list[Any], **device: Any) -> list[dict[str, Any]]:
    return heard("ocpp", ROOT, [("frame", frame) for frame in frames], **device)


def start(connector: int, wh: int, unique: str = "s-1", tag: str = "CARD7") -> list[Any]:
    return [2, unique, "StartTransaction", {"connectorId": connector, "idTag": tag, "meterStart": wh}]


def stop(transaction: int, wh: int, **more: Any) -> list[Any]:
    return [2, "x", "StopTransaction", {"transactionId": transaction, "meterStop": wh} | more]


def values(connector: int, transaction: int, wh: int) -> list[Any]:
    taken = [{"sampledValue": [{"value": str(wh)}]}]
    return [
        2,
        "m",
        "MeterValues",
        {"connectorId": connector, "transactionId": transaction, "meterValue": taken},
    ]


def test_a_session_of_version_1_from_start_to_stop() -> None:
    assert conversation(start(1, 5000), values(1, 42, 5750), stop(42, 9000), values(1, 0, 9000)) == [
        {"energy_import": 5, "session_energy": 0, "vehicle": "CARD7"},
        {"energy_import": 5.75, "session_energy": 0.75},
        {"energy_import": 9, "session_energy": 4},
        {"energy_import": 9},
    ]


def test_a_stop_finds_its_connector_by_the_transaction() -> None:
    told = conversation(
        start(1, 1000, "s-1"),
        start(2, 2000, "s-2"),
        [3, "s-1", {"transactionId": 71, "idTagInfo": {"status": "Accepted"}}],
        values(2, 72, 2500),
        stop(72, 3000),
        stop(71, 1500),
    )
    assert told[4] == {"energy_import@2": 3, "session_energy@2": 1}
    assert told[5] == {"energy_import": 1.5, "session_energy": 0.5}


def test_a_stop_that_may_be_of_several_connectors_is_refused() -> None:
    with pytest.raises(BadPayload, match="transactionId 99: it is not known on which connector it runs"):
        conversation(start(1, 1000), start(2, 2000), stop(99, 3000))


def test_a_stop_brings_the_values_of_its_transaction() -> None:
    data = [
        {
            "timestamp": "2026-05-04T12:00:00Z",
            "sampledValue": [{"value": "1000", "context": "Transaction.Begin"}],
        },
        {
            "timestamp": "2026-05-04T13:00:00Z",
            "sampledValue": [{"value": "6000", "context": "Transaction.End"}],
        },
    ]
    stopped = stop(5, 6000, transactionData=data, timestamp="2026-05-04T13:00:00Z")
    assert conversation(stopped) == [{"energy_import": 6, "session_energy": 5}]


def event(kind: str, **more: Any) -> list[Any]:
    info = {"transactionId": "tx-9"} | more.pop("info", {})
    return [2, "e", "TransactionEvent", {"eventType": kind, "transactionInfo": info} | more]


def register(wh: float, context: str = "Sample.Periodic") -> list[dict[str, Any]]:
    return [{"sampledValue": [{"value": wh, "context": context}]}]


def test_a_session_of_version_2_names_its_evse_only_once() -> None:
    at_2 = {"evse": {"id": 2, "connectorId": 1}}
    told = conversation(
        [2, "n", "StatusNotification", {"evseId": 2, "connectorId": 1, "connectorStatus": "Occupied"}],
        event(
            "Started",
            **at_2,
            info={"chargingState": "EVConnected"},
            idToken={"idToken": "04AB", "type": "ISO14443"},
            meterValue=register(1000, "Transaction.Begin"),
        ),
        event("Updated", info={"chargingState": "Charging"}),
        event("Updated", meterValue=register(3500)),
        event(
            "Ended", info={"stoppedReason": "EVDisconnected"}, meterValue=register(4000, "Transaction.End")
        ),
    )
    assert told == [
        {"charger_status@2": "connected"},
        {
            "energy_import@2": 1,
            "session_energy@2": 0,
            "charger_status@2": "connected",
            "vehicle@2": "04AB",
        },
        {"charger_status@2": "charging"},
        {"energy_import@2": 3.5, "session_energy@2": 2.5},
        {"energy_import@2": 4, "session_energy@2": 3, "charger_status@2": "available"},
    ]


@pytest.mark.parametrize(
    ("info", "status"),
    [
        ({}, "connected"),
        ({"chargingState": "Charging"}, "connected"),
        ({"chargingState": "SuspendedEV"}, "suspended"),
        ({"chargingState": "Idle"}, "available"),
        ({"stoppedReason": "EVDisconnected"}, "available"),
        ({"stoppedReason": "Local"}, "connected"),
    ],
)
def test_after_the_end_nothing_charges(info: dict[str, Any], status: str) -> None:
    assert conversation(event("Ended", info=info)) == [{"charger_status": status}]


def test_occupied_is_less_than_what_the_transaction_knows() -> None:
    occupied = [2, "n", "StatusNotification", {"evseId": 1, "connectorId": 1, "connectorStatus": "Occupied"}]
    charging = event("Updated", evse={"id": 1}, info={"chargingState": "Charging"})
    ended = event("Ended")
    words = [one["charger_status"] for one in conversation(occupied, charging, occupied, ended, occupied)]
    assert words == ["connected", "charging", "charging", "connected", "connected"]


def test_a_card_that_is_only_shown_is_nobody_s_session() -> None:
    assert conversation([2, "a", "Authorize", {"idToken": {"idToken": "04AB"}}]) == [{}]


def test_what_is_remembered_is_bounded() -> None:
    told = conversation(*(start(n % 900, 1000, f"s-{n}") for n in range(2000)))
    assert len(told) == 2000
