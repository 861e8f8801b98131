"""OCPP: frames of 1.6 and 2.0.1, their bare payloads, and the topics of two bridges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from devices.formats import ocpp
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, said

ROOT = "ocpp/HUB-07"
NOON = "2026-05-04T12:00:00Z"


def sample(value: Any, **more: Any) -> dict[str, Any]:
    return {"value": value, **more}


def meter_values(*samples: dict[str, Any], connector: int = 1, **more: Any) -> list[Any]:
    """A MeterValues frame of 1.6."""
    body = {"connectorId": connector, "meterValue": [{"timestamp": NOON, "sampledValue": list(samples)}]}
    return [2, "m-1", "MeterValues", body | more]


def told(frame: Any, **device: Any) -> dict[str, float | str]:
    return said("ocpp", ROOT, f"{ROOT}/frame", frame, **device)


W, A, V = ({"measurand": name} for name in ("Power.Active.Import", "Current.Import", "Voltage"))
SAMPLES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "what is left out is the register in Wh": ([sample("812345")], {"energy_import": 812.345}),
    "a register in kWh": ([sample("812.345", unit="kWh")], {"energy_import": 812.345}),
    "a number instead of a text": ([sample(812345, unit="Wh")], {"energy_import": 812.345}),
    "power in kW": ([sample("7.25", unit="kW", **W)], {"power": 7250}),
    "the unit of something else": ([sample("7", unit="Wh", **A)], {"current": 7}),
    "phases beside their total": (
        [
            sample("6900", **W),
            sample("2300", phase="L1", **W),
            sample("2299", phase="L2-N", **W),
            sample("399.5", phase="L1-L2", **V),
        ],
        {"power": 6900, "power@l1": 2300, "power@l2": 2299, "voltage@l1_l2": 399.5},
    ),
    "phases without a total add up": (
        [sample("10.5", phase="L1", **W), sample("20", phase="L2", **W), sample("30", phase="L3", **W)],
        {"power@l1": 10.5, "power@l2": 20, "power@l3": 30, "power": 60.5},
    ),
    "a register of one phase is no total": ([sample("5000", phase="L1")], {"energy_import@l1": 5}),
    "registers of three phases are one": (
        [sample("1000", phase=f"L{n}") for n in (1, 2, 3)],
        {"energy_import@l1": 1, "energy_import@l2": 1, "energy_import@l3": 1, "energy_import": 3},
    ),
    "a register at the begin beside the present one": (
        [sample("5500", context="Sample.Periodic"), sample("5000", context="Transaction.Begin")],
        {"energy_import": 5.5, "session_energy": 0.5},
    ),
    "the same in the other order": (
        [sample("5000", context="Transaction.Begin"), sample("5500")],
        {"energy_import": 5.5, "session_energy": 0.5},
    ),
    "only the one at the begin": (
        [sample("5000", context="Transaction.Begin")],
        {"energy_import": 5, "session_energy": 0},
    ),
    "the battery of the car": (
        [sample("64.5", measurand="SoC", unit="Percent", location="EV")],
        {"vehicle_soc": 64.5},
    ),
    "what is offered": (
        [
            sample("16", measurand="Current.Offered", unit="A"),
            sample("11000", measurand="Power.Offered", unit="W"),
        ],
        {"charge_limit": 16, "x_power_offered": 11000},
    ),
    "temperatures": (
        [
            sample("86", measurand="Temperature", unit="Fahrenheit"),
            sample("308.15", measurand="Temperature", unit="K", location="Body"),
            sample("41", measurand="Temperature", unit="Celsius", location="Inlet"),
        ],
        {"temperature": 30, "temperature@body": pytest.approx(35), "temperature@inlet": 41},
    ),
    "the mains side": ([sample("9", location="Inlet", **A)], {"current@inlet": 9}),
    "the neutral": ([sample("0.5", phase="N", **A)], {"current@n": 0.5}),
    "fed back": (
        [
            sample("1200", measurand="Energy.Active.Export.Register"),
            sample("2.5", measurand="Power.Active.Export", unit="kW"),
        ],
        {"energy_export": 1.2, "x_power_active_export": 2500},
    ),
    "what is no value": (
        [sample(""), sample("NaN", **W), sample(None, **A), sample("1e999", **V), {"measurand": "SoC"}, 7],
        {},
    ),
    "a signature is no number": (
        [sample("A1B2", format="SignedData"), sample("5", format="SignedData", **W)],
        {},
    ),
}


@pytest.mark.parametrize(("samples", "expected"), SAMPLES.values(), ids=SAMPLES.keys())
def test_meter_values_say(samples: list[Any], expected: dict[str, Any]) -> None:
    assert told(meter_values(*samples)) == expected


@pytest.mark.parametrize(
    ("value", "measure", "kwh"),
    [
        (812345, None, 812.345),
        (812345, {"unit": "Wh", "multiplier": 0}, 812.345),
        (812345, {"unit": "Wh", "multiplier": -3}, 0.812345),
        (812.345, {"unit": "Wh", "multiplier": 3}, 812.345),
        (812.345, {"unit": "kWh"}, 812.345),
        (8, {"unit": "kWh", "multiplier": 2}, 800),
        (8, {"multiplier": "soon"}, 0.008),
        (8, {"multiplier": 300}, 8),
    ],
)
def test_version_2_has_a_unit_with_a_power_of_ten(value: float, measure: Any, kwh: float) -> None:
    taken = sample(value) if measure is None else sample(value, unitOfMeasure=measure)
    body = {"evseId": 1, "meterValue": [{"timestamp": NOON, "sampledValue": [taken]}]}
    assert told([2, "m", "MeterValues", body]) == {"energy_import": pytest.approx(kwh, rel=1e-12)}


def test_every_moment_of_a_message_has_its_time() -> None:
    moments = [
        {"timestamp": f"2026-05-04T12:{minute:02}:00+02:00", "sampledValue": [sample(str(minute * 1000))]}
        for minute in (5, 10)
    ]
    readings = decode(
        "ocpp", ROOT, f"{ROOT}/x", [2, "m", "MeterValues", {"connectorId": 1, "meterValue": moments}]
    )
    assert [(one.value, one.at) for one in readings] == [
        (5, datetime(2026, 5, 4, 10, 5, tzinfo=UTC)),
        (10, datetime(2026, 5, 4, 10, 10, tzinfo=UTC)),
    ]
    (reading,) = decode("ocpp", ROOT, f"{ROOT}/x", {"sampledValue": [sample("5")]})
    assert reading.at is None


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("Available", "available"),
        ("Preparing", "connected"),
        ("Charging", "charging"),
        ("SuspendedEV", "suspended"),
        ("SuspendedEVSE", "suspended"),
        ("Finishing", "connected"),
        ("Reserved", "unavailable"),
        ("Unavailable", "unavailable"),
        ("Faulted", "faulted"),
    ],
)
def test_the_status_of_version_1_has_a_word(status: str, word: str) -> None:
    body = {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": NOON}
    expected = {"charger_status": word, "x_error_code": "NoError"}
    assert told([2, "s", "StatusNotification", body]) == expected
    assert said("ocpp", ROOT, f"{ROOT}/StatusNotification", body) == expected
    assert said("ocpp", ROOT, ROOT, body) == expected
    assert said("ocpp", ROOT, f"{ROOT}/state/status", status) == {"charger_status": word}


def test_connectors_are_channels_but_for_the_own() -> None:
    def status(number: int, **options: Any) -> dict[str, Any]:
        body = {"connectorId": number, "errorCode": "NoError", "status": "Available"}
        return told([2, "s", "StatusNotification", body], options=options)

    assert "charger_status" in status(1)
    assert "charger_status@2" in status(2)
    assert "charger_status@0" in status(0)
    assert "charger_status" in status(2, connector=2)
    assert "charger_status@1" in status(1, connector=2)
    line = meter_values(sample("7", phase="L2", **A), connector=3)
    assert told(line) == {"current@3_l2": 7}


def test_what_is_further_below_is_another_station_s() -> None:
    assert ocpp.suffix("ocpp", "ocpp/HUB-07/frame") is None
    assert ocpp.suffix("ocpp", "ocpp/HUB-07/state/status") is None
    assert ocpp.suffix(ROOT, "ocpp/HUB-077/frame") is None
    assert ocpp.suffix(ROOT, f"{ROOT}/state/status") == "state/status"
    assert ocpp.suffix("/ocpp", "/ocpp/notification_status") == "notification_status"


EMPTY: dict[str, Any] = {
    "a heartbeat": [2, "h", "Heartbeat", {}],
    "a boot": [2, "b", "BootNotification", {"chargePointModel": "X", "chargePointVendor": "Y"}],
    "an answer": [3, "h", {"currentTime": NOON}],
    "an error": [4, "h", "InternalError", "", {}],
    "a request of the operator": [2, "r", "RemoteStartTransaction", {"connectorId": 1, "idTag": "A1"}],
    "a card at the reader": [2, "a", "Authorize", {"idTag": "A1"}],
    "a profile": [2, "p", "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": {"stackLevel": 0}}],
    "a log of version 2": [2, "n", "NotifyEvent", {"seqNo": 0, "eventData": []}],
    "a message without an answer": [6, "n", "NotifyPeriodicEventStream", {"data": []}],
    "firmware": [2, "f", "FirmwareStatusNotification", {"status": "Idle"}],
}


@pytest.mark.parametrize("frame", EMPTY.values(), ids=EMPTY.keys())
def test_what_is_no_reading_says_nothing(frame: list[Any]) -> None:
    assert told(frame) == {}


def test_a_station_may_write_its_kwh_under_the_label_of_wh() -> None:
    frame = meter_values(sample("361", unit="Wh"))
    assert told(frame, options={"total_unit": "kWh"}) == {"energy_import": 361}
    register = f"{ROOT}/state/energy_active_import_register"
    assert said("ocpp", ROOT, register, "361") == {"energy_import": 0.361}
    assert said("ocpp", ROOT, register, "361", options={"total_unit": "kWh"}) == {"energy_import": 361}


def test_a_register_may_begin_anew_with_each_transaction() -> None:
    frame = meter_values(sample("2500"))
    assert told(frame, options={"register": "transaction"}) == {"session_energy": 2.5}


BRIDGE: dict[str, tuple[str, dict[str, Any]]] = {
    "state/power_active_import": ("7360", {"power": 7360}),
    "state/current_import": ("31.5", {"current": 31.5}),
    "state/voltage": ("233.5", {"voltage": 233.5}),
    "state/soc": ("55", {"vehicle_soc": 55}),
    "state/error_code": ("GroundFailure", {"x_error_code": "GroundFailure"}),
    "state/connection_state": ("DISCONNECTED", {"online": "offline"}),
    "state/meter_start": ("811000", {"x_meter_start": 811}),
    "state/charging_enabled": ("ON", {"x_enabled": "true"}),
    "state/authorize_A1B2": ("Accepted", {}),
    "state/heartbeat": ("ON", {}),
    "state/last_seen": ("2026-05-04T12:00:00Z", {}),
    "state/power_offered": ("11000", {"x_power_offered": 11000}),
    "state/voltage ": ("None", {}),
    "cmd": ('{"op":"reset","message":{}}', {}),
    "cmd/reset": ("{}", {}),
    "cmd_result/status": ("Accepted", {}),
    "notification_status": ("Charging", {"charger_status": "charging"}),
    "notification_error": ("NoError", {"x_error_code": "NoError"}),
    "connector": ("Unlocked", {}),
    "heartbeat": ("ON", {}),
}


@pytest.mark.parametrize(("topic", "payload", "expected"), [(k, *v) for k, v in BRIDGE.items()])
def test_a_bridge_s_topic_says(topic: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("ocpp", ROOT, f"{ROOT}/{topic.strip()}", payload) == expected


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("Charging", "not JSON"),
        ("7", "an OCPP frame or its payload was expected, not a number"),
        ([], "no OCPP frame"),
        ([2, "x"], "no OCPP frame"),
        ([9, "x", "MeterValues", {}], "no OCPP frame"),
        ([2, "x", "MeterValues", []], "'MeterValues': a JSON object was expected, not an array"),
        ([2, "x", "MeterValues", {"connectorId": 1}], "meterValue: an array with sampledValue was expected"),
        ([2, "x", "StatusNotification", {"connectorId": 1}], "status: a text was expected, not null"),
    ],
)
def test_a_message_is_refused_with_its_reason(payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("ocpp", ROOT, f"{ROOT}/frame", payload)


@pytest.mark.parametrize(
    "options", [{"register": "x"}, {"total_unit": "MWh"}, {"connector": -1}, {"connector": True}]
)
def test_unusable_options_are_refused(options: dict[str, Any]) -> None:
    ocpp.check_options({"register": "lifetime", "total_unit": "Wh", "connector": 0})
    with pytest.raises(ValueError, match=next(iter(options))):
        ocpp.check_options(options)
