"""Tasmota: a table of messages and what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from devices.formats import tasmota
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, said

TIME = "2026-05-04T09:30:00"

MESSAGES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "a plug": (
        "tele/plug/SENSOR",
        {
            "Time": TIME,
            "ENERGY": {
                "TotalStartTime": "2025-01-01T00:00:00",
                "Total": 151.25,
                "Yesterday": 1.5,
                "Today": 0.25,
                "Period": 4,
                "Power": 88,
                "ApparentPower": 95,
                "ReactivePower": -12,
                "Factor": 0.93,
                "Frequency": 60,
                "Voltage": 121,
                "Current": 0.785,
            },
        },
        {
            "energy_import": 151.25,
            "x_energy_yesterday": 1.5,
            "x_energy_today": 0.25,
            "x_energy_period": 4,
            "power": 88,
            "apparent_power": 95,
            "reactive_power": -12,
            "power_factor": 0.93,
            "frequency": 60,
            "voltage": 121,
            "current": 0.785,
        },
    ),
    "three phases have a sum where a sum means something": (
        "tele/plug/SENSOR",
        {"ENERGY": {"Total": 9.5, "Power": [100, 200, 50], "Voltage": [120, 121, 122], "ExportActive": 1.25}},
        {
            "energy_import": 9.5,
            "power@l1": 100,
            "power@l2": 200,
            "power@l3": 50,
            "power": 350,
            "voltage@l1": 120,
            "voltage@l2": 121,
            "voltage@l3": 122,
            "energy_export": 1.25,
        },
    ),
    "a phase that says nothing leaves no sum": (
        "tele/plug/SENSOR",
        {"ENERGY": {"Power": [100, None]}},
        {"power@l1": 100},
    ),
    "an answer to Status 10 is the same one level deeper": (
        "stat/plug/STATUS10",
        {"StatusSNS": {"Time": TIME, "BME280": {"Temperature": 21.5, "Humidity": 40, "Pressure": 881.2}}},
        {"temperature": 21.5, "humidity": 40, "pressure": 881.2},
    ),
    "an answer to Status 11 is a state": (
        "stat/plug/STATUS11",
        {"StatusSTS": {"Time": TIME, "POWER": "ON", "Wifi": {"SSId": "hub", "RSSI": 80, "Signal": -60}}},
        {"switch": "on", "signal": -60},
    ),
    "°F and inHg are converted": (
        "tele/plug/SENSOR",
        {
            "BME280": {"Temperature": 77.0, "DewPoint": 50, "Pressure": 30},
            "TempUnit": "F",
            "PressureUnit": "inHg",
        },
        {"temperature": 25, "x_bme280_dew_point": 10, "pressure": pytest.approx(1015.92, abs=0.01)},
    ),
    "numbered probes keep their numbers": (
        "tele/plug/SENSOR",
        {"DS18B20-1": {"Id": "0301", "Temperature": 18.5}, "DS18B20-2": {"Id": "0302", "Temperature": None}},
        {"temperature@1": 18.5},
    ),
    "two sensors of one thing are told apart by name": (
        "tele/plug/SENSOR",
        {
            "BME280": {"Temperature": 20.5, "Humidity": 41},
            "SCD40": {"Temperature": 21.5, "CarbonDioxide": 640},
        },
        {"temperature@bme280": 20.5, "humidity": 41, "temperature@scd40": 21.5, "co2": 640},
    ),
    "a Mi Flora's humidity is that of the soil": (
        "tele/plug/SENSOR",
        {
            "Flora-a1b2c3": {
                "Temperature": 19,
                "Illuminance": 900,
                "Humidity": 31,
                "Fertility": 420,
                "Battery": 77,
            }
        },
        {"temperature": 19, "illuminance": 900, "soil_moisture": 31, "soil_conductivity": 420, "battery": 77},
    ),
    "radar echo is no energy, a chip's warmth no air": (
        "tele/plug/SENSOR",
        {"LD2410": {"Energy": [7, 80]}, "ESP32": {"Temperature": 51}},
        {"x_ld2410_energy@1": 7, "x_ld2410_energy@2": 80, "x_chip_temperature": 51},
    ),
    "a radar's class 0 is nobody": (
        "tele/plug/SENSOR",
        {"LD2410S": {"People": 0}},
        {"occupancy": "clear"},
    ),
    "a card that looks like a number stays a word": (
        "tele/plug/SENSOR",
        {"RC522": {"UID": "00123456", "Data": ""}},
        {"x_rfid": "00123456"},
    ),
    "a Zigbee bridge names its devices": (
        "tele/plug/SENSOR",
        {"ZbReceived": {"0x2F1A": {"Device": "0x2F1A", "Name": "Patio", "Humidity": 22, "LinkQuality": 90}}},
        {"humidity@patio": 22},
    ),
    "one bad field does not lose the others": (
        "tele/plug/SENSOR",
        {
            "ENERGY": {"Power": "n/a", "Voltage": {}, "Current": "1.25"},
            "AM2301": {"Temperature": None, "Humidity": 9},
        },
        {"current": 1.25, "humidity": 9},
    ),
    "a state": (
        "tele/plug/STATE",
        {"Time": TIME, "Uptime": "0T01:00:00", "POWER1": "ON", "POWER2": "OFF", "Vcc": 3.2, "LoadAvg": 19},
        {"switch@1": "on", "switch@2": "off", "x_vcc": 3.2},
    ),
    "an answer to a command": ("stat/plug/RESULT", {"POWER2": "ON"}, {"switch@2": "on"}),
    "an answer to a setting": ("stat/plug/RESULT", {"TelePeriod": 300}, {}),
    "a relay in plain text": ("stat/plug/POWER1", "OFF", {"switch@1": "off"}),
    "the birth": ("tele/plug/LWT", "Online", {"online": "online"}),
    "the will": ("tele/plug/LWT", "Offline", {"online": "offline"}),
    "a command overheard": ("cmnd/plug/POWER", "TOGGLE", {}),
    "a retained value taken away": ("tele/plug/SENSOR", "", {}),
    "the device's own papers": ("tele/plug/INFO1", {"Info1": {"Module": "Plug"}}, {}),
}


@pytest.mark.parametrize(("topic", "payload", "expected"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_says(topic: str, payload: Any, expected: dict[str, Any]) -> None:
    assert said("tasmota", "plug", topic, payload) == expected


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("tele/plug/SENSOR", '{"ENERGY":{"Power":1}', "not JSON"),
        ("tele/plug/SENSOR", '{"ENERGY":{"Power":NaN}}', "not JSON"),
        ("tele/plug/SENSOR", [1, 2], "a JSON object was expected, not an array"),
        ("tele/plug/SENSOR", {"hello": "world"}, "none of the keys is a sensor"),
        ("tele/plug/SENSOR", {"ENERGY": 5}, "none of the keys is a sensor"),
        ("tele/plug/STATE", {"hello": "world"}, "none of the keys is a state"),
        ("stat/plug/STATUS8", {"StatusSNS": 3}, "StatusSNS: a JSON object was expected"),
        ("tele/plug/LWT", "perhaps", "'perhaps' is no word of this dialect"),
        ("tele/plug/LWT", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("tasmota", "plug", topic, payload)


@pytest.mark.parametrize(
    ("root", "topic", "suffix"),
    [
        ("plug", "tele/plug/SENSOR", "tele/SENSOR"),
        ("tele/plug", "stat/plug/POWER", "stat/POWER"),
        ("tele/plug/SENSOR", "tele/plug/LWT", "tele/LWT"),
        ("tele/plug/#", "tele/plug/STATE", "tele/STATE"),
        ("hub/roof/plug", "hub/roof/plug/tele/SENSOR", "tele/SENSOR"),
        ("hub/%prefix%/plug/", "hub/tele/plug/SENSOR", "tele/SENSOR"),
        ("hub/plug", "tele/hub/plug/SENSOR", "tele/SENSOR"),
        ("plug", "tele/plug2/SENSOR", None),
        ("plug", "tele/garden/plug/SENSOR", None),
        ("plug", "plug/SENSOR", None),
        ("tele", "tele/plug/SENSOR", None),
    ],
)
def test_a_root_is_found_wherever_full_topic_puts_the_prefix(
    root: str, topic: str, suffix: str | None
) -> None:
    assert tasmota.suffix(root, topic) == suffix


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("2026-05-04T09:30:00", datetime(2026, 5, 4, 15, 30, tzinfo=UTC)),
        ("2026-01-04T09:30:00", datetime(2026, 1, 4, 16, 30, tzinfo=UTC)),
        ("2026-05-04T09:30:00+02:00", datetime(2026, 5, 4, 7, 30, tzinfo=UTC)),
        ("1970-01-01T00:00:12", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_time_without_an_offset_is_local_and_an_unset_clock_is_none(
    time: str | None, at: datetime | None
) -> None:
    (reading,) = decode("tasmota", "plug", "tele/plug/SENSOR", {"Time": time, "BH1750": {"Illuminance": 5}})
    assert reading.at == at


def test_a_meter_on_the_roof_counts_what_it_produces() -> None:
    sensor = {"ENERGY": {"Total": 700.5, "ExportActive": 0.5, "Power": 3200}}
    assert said("tasmota", "pv", "tele/pv/SENSOR", sensor, kind="solar") == {
        "energy_export": 700.5,
        "energy_import": 0.5,
        "power": 3200,
    }


def test_wall_switches_can_be_kept_apart_from_relays() -> None:
    sensor = {"Switch1": "ON"}
    assert said("tasmota", "r", "tele/r/SENSOR", sensor) == {"switch@1": "on"}
    assert said("tasmota", "r", "tele/r/SENSOR", sensor, options={"switches": "input"}) == {
        "x_switch@1": "on"
    }


def test_a_raw_value_of_a_probe_is_calibrated() -> None:
    sensor = {"Time": "2026-01-04T09:30:00", "ANALOG": {"A0": 550, "A1": 7}}
    probe = {"A0": {"metric": "soil_moisture@bed", "raw": [800, 300], "is": [0, 100]}}
    found = decode("tasmota", "p", "tele/p/SENSOR", sensor, options={"calibration": probe})
    assert [(one.metric, one.channel, one.value) for one in found] == [
        ("x_analog_a1", "", 7),
        ("soil_moisture", "bed", 50),
    ]
    assert {one.at for one in found} == {datetime(2026, 1, 4, 16, 30, tzinfo=UTC)}
    warmth = {"A0": {"metric": "soil_temperature", "raw": [0, 1000], "is": [0, 100]}}
    in_f = {"TempUnit": "F", "ANALOG": {"A0": 200, "Temperature": 50}}
    assert said("tasmota", "p", "tele/p/SENSOR", in_f, options={"calibration": warmth}) == {
        "temperature": 10,
        "soil_temperature": 20,
    }
    tasmota.check_options({"calibration": probe})
    with pytest.raises(ValueError, match="A0"):
        tasmota.check_options({"calibration": {"A0": {"metric": "soil_moisture"}}})


def test_beacons_that_people_carry_are_not_kept() -> None:
    beacon = {"MAC": "A4C138000001", "NAME": "Ana", "RSSI": -56, "STATE": "ON"}
    sensor = {"Time": "2026-01-04T09:30:00", "IBEACON": beacon}
    assert said("tasmota", "b", "tele/b/SENSOR", sensor) == {}
    assert said("tasmota", "b", "tele/b/SENSOR", {**sensor, "SCD30": {"CarbonDioxide": 640}}) == {"co2": 640}
