"""ChirpStack v4: what codecs of LoRaWAN sensors say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from devices.formats import chirpstack
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, said

EUI = "24e124aabbccdd01"
ROOT = f"application/7/device/{EUI}"
NANOSECONDS = "2026-05-04T15:30:00.123456789+00:00"

OBJECTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "room air": (
        "AM319",
        {
            "temperature": 22.5,
            "humidity": 31,
            "pir": "idle",
            "light_level": 3,
            "co2": 815,
            "tvoc": 1.2,
            "pm2_5": 4,
        },
        {
            "temperature": 22.5,
            "humidity": 31,
            "occupancy": "clear",
            "x_light_level": 3,
            "co2": 815,
            "x_tvoc": 1.2,
            "pm25": 4,
        },
    ),
    "soil": (
        "EM500-SMTC",
        {"battery": 88, "temperature": 19.5, "moisture": 41.5, "ec": 310},
        {
            "battery": 88,
            "temperature": 19.5,
            "soil_temperature": 19.5,
            "soil_moisture": 41.5,
            "soil_conductivity": 310,
        },
    ),
    "a plug counts mA, % and Wh": (
        "WS523",
        {
            "active_power": 60,
            "current": 500,
            "power_factor": 97,
            "power_consumption": 1234,
            "socket_status": "off",
        },
        {"power": 60, "current": 0.5, "power_factor": 0.97, "energy_import": 1.234, "switch": "off"},
    ),
    "a plug that says nothing but its current": ("WS523", {"current": 500}, {"current": 0.5}),
    "a clamp counts A": (
        "CT101",
        {"current": 12.5, "total_current": 40},
        {"current": 12.5, "x_total_current": 40},
    ),
    "a pipe's pressure is not the weather's": ("EM500-PP", {"pressure": 350}, {"x_pipe_pressure": 350}),
    "valves": (
        "UC511",
        {"valve_1": "open", "valve_2": "close", "valve_1_pulse": 12},
        {"valve@1": "open", "valve@2": "closed", "x_valve_1_pulse": 12},
    ),
    "a door": (
        "WS301",
        {"magnet_status": "close", "tamper_status": "ok"},
        {"door": "closed", "x_tamper_status": "ok"},
    ),
    "people": ("VS121", {"people_count_all": 0, "region_1": 0}, {"people_count": 0, "x_region_1": 0}),
    "papers only": ("VS121", {"sn": "6600", "firmware_version": "31.7", "protocol_version": 1}, {}),
    "soil by Dragino, in texts": (
        "LSE01",
        {
            "Bat": 3.5,
            "TempC_DS18B20": "0.00",
            "conduct_SOIL": 120,
            "temp_SOIL": "17.25",
            "water_SOIL": "28.10",
        },
        {
            "x_battery_voltage": 3.5,
            "soil_conductivity": 120,
            "soil_temperature": 17.25,
            "soil_moisture": 28.1,
        },
    ),
    "a probe that is not fitted": (
        "LHT65",
        {
            "BatV": 3.0,
            "TempC_SHT": 21.5,
            "Hum_SHT": 44,
            "TempC_DS": 327.67,
            "Ext_sensor": "Temperature Sensor",
        },
        {"x_battery_voltage": 3.0, "temperature": 21.5, "humidity": 44},
    ),
    "SenseCAP": (
        "S2105",
        {
            "err": 0,
            "valid": True,
            "messages": [
                {"measurementId": 4102, "measurementValue": 18.5, "type": "report_telemetry"},
                [{"measurementId": "4108", "measurementValue": 0.25, "type": "Electrical Conductivity"}],
                [{"measurementId": "4101", "measurementValue": 88120}],
                [{"measurementId": "4190", "measurementValue": 7, "type": "UV Index"}],
                {"type": "upload_battery", "battery": 64},
            ],
        },
        {
            "soil_temperature": 18.5,
            "soil_conductivity": 250,
            "pressure": 881.2,
            "x_uv_index": 7,
            "battery": 64,
        },
    ),
    "Cayenne LPP": (
        "any",
        {"temperatureSensor": {"1": 20.5, "2": 21.5}, "humiditySensor": {"3": 35}, "analogInput": {"4": 1.5}},
        {"temperature@1": 20.5, "temperature@2": 21.5, "humidity": 35, "x_analog_input_4": 1.5},
    ),
    "value and unit": ("any", {"temperature": {"value": 20.5, "unit": "°C"}}, {"temperature": 20.5}),
    "one bad field does not lose the others": (
        "any",
        {"temperature": "read failed", "humidity": None, "battery": "", "co2": "512", "door": "ajar"},
        {"co2": 512, "x_door": "ajar"},
    ),
}


def uplink(values: Any, profile: str = "any", **more: Any) -> dict[str, Any]:
    """An `up` event as ChirpStack frames it."""
    info = {"devEui": EUI, "deviceProfileName": profile, "deviceName": "d"}
    return {"time": NANOSECONDS, "deviceInfo": info, "fPort": 85, "data": "AXVk", "object": values} | more


@pytest.mark.parametrize(("profile", "values", "expected"), OBJECTS.values(), ids=OBJECTS.keys())
def test_a_codec_says(profile: str, values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert said("chirpstack", ROOT, f"{ROOT}/event/up", uplink(values, profile)) == expected


def test_the_time_is_the_events_own_and_the_signal_the_best_gateways() -> None:
    gateways = [{"rssi": -101, "snr": 2}, {"rssi": -87}, {"snr": 1}, "noise"]
    found = decode("chirpstack", ROOT, f"{ROOT}/event/up", uplink({"co2": 600}, rxInfo=gateways))
    at = datetime(2026, 5, 4, 15, 30, 0, 123456, tzinfo=UTC)
    assert [(one.metric, one.value, one.at) for one in found] == [("co2", 600, at), ("signal", -87, at)]


def test_late_readings_keep_their_own_times() -> None:
    history = [
        {"temperature": 20.5, "timestamp": 1777800000},
        {"temperature": 21.5, "timestamp": 1777803600},
        {"temperature": 99},
    ]
    found = decode("chirpstack", ROOT, f"{ROOT}/event/up", uplink({"history": history}))
    assert [(one.value, one.at) for one in found] == [
        (20.5, datetime.fromtimestamp(1777800000, UTC)),
        (21.5, datetime.fromtimestamp(1777803600, UTC)),
    ]


STATUS = {"time": NANOSECONDS, "margin": 7, "batteryLevel": 62.5}


@pytest.mark.parametrize(
    ("event", "payload", "expected"),
    [
        ("status", STATUS, {"battery": 62.5, "x_margin": 7}),
        ("status", STATUS | {"batteryLevel": 0, "externalPowerSource": True}, {"x_margin": 7}),
        ("status", STATUS | {"batteryLevel": 0, "batteryLevelUnavailable": True}, {"x_margin": 7}),
        ("join", {"time": NANOSECONDS, "devAddr": "00189440"}, {}),
        ("ack", {"acknowledged": True}, {}),
        ("txack", {}, {}),
        ("log", {"level": "ERROR", "code": "UPLINK_MIC"}, {}),
        (
            "location",
            {"location": {"latitude": 31.7, "longitude": -106.4}},
            {"x_latitude": 31.7, "x_longitude": -106.4},
        ),
    ],
)
def test_other_events_say(event: str, payload: Any, expected: dict[str, Any]) -> None:
    assert said("chirpstack", ROOT, f"{ROOT}/event/{event}", payload) == expected


def test_a_command_overheard_and_an_uplink_without_a_payload_say_nothing() -> None:
    assert said("chirpstack", ROOT, f"{ROOT}/command/down", {"devEui": EUI, "data": "qg=="}) == {}
    assert said("chirpstack", ROOT, f"{ROOT}/event/up", {"deviceInfo": {}, "fPort": 0, "data": "AA=="}) == {}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"deviceInfo": {}, "fPort": 2, "data": "qg=="}, "object is missing: the device profile"),
        ({"hello": "world"}, "neither object nor deviceInfo"),
        (uplink([1]), "object: a JSON object was expected, not an array"),
        (uplink({"messages": 5}), "messages: an array was expected, not a number"),
        ("{", "not JSON"),
        ("7", "a JSON object was expected, not a number"),
    ],
)
def test_a_message_is_refused_with_its_reason(payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("chirpstack", ROOT, f"{ROOT}/event/up", payload)


@pytest.mark.parametrize(
    "root",
    [
        ROOT,
        f"application/+/device/{EUI}",
        EUI,
        EUI.upper(),
        "24-E1-24-AA-BB-CC-DD-01",
        ROOT.upper(),
        f"{ROOT}/event/up",
    ],
)
def test_a_device_is_found_by_topic_or_by_eui(root: str) -> None:
    assert chirpstack.suffix(root, f"{ROOT}/event/up") == "event/up"
    assert chirpstack.suffix(root, "application/7/device/24e124aabbccdd02/event/up") is None
    assert chirpstack.suffix(root, "application/7") is None
