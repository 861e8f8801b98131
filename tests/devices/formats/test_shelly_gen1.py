"""Shelly of the first generation: bare values, their units, and a few documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats
from devices.readings import BadPayload, Reading, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, decode, said

ROOT = "shellies/shellyplug-s-0A0B0C"
EM = "shellies/shellyem3-0A0B0C0D0E0F"

VALUES: list[tuple[str, str, dict[str, Any]]] = [
    ("relay/0", "on", {"switch": "on"}),
    ("relay/1", "off", {"switch@1": "off"}),
    ("relay/0", "overpower", {"x_switch": "overpower"}),
    ("relay/0/power", "42.75", {"power": 42.75}),
    ("relay/0/energy", "90000", {"energy_import": 1.5}),
    ("relay/power", "12", {"power": 12}),
    ("light/0/power", "3.5", {"power": 3.5}),
    ("white/2/status", '{"ison": true, "power": 3.5, "mode": "x"}', {"switch@2": "on", "power@2": 3.5}),
    ("light/0/status", '{"ison": false, "brightness": 40}', {"switch": "off", "x_brightness": 40}),
    ("roller/0", "close", {"x_cover_state": "closed"}),
    ("roller/0/pos", "-1", {}),
    ("emeter/0/power", "-120.5", {"power": -120.5}),
    ("emeter/1/total", "4500.0", {"energy_import@1": 4.5}),
    ("emeter/0/total_returned", "250", {"energy_export": 0.25}),
    ("emeter/0/energy", "60000", {"x_energy_since_start": 1}),
    ("emeter/0/reactive_power", "-11", {"reactive_power": -11}),
    ("emeter/0/pf", "0.5", {"power_factor": 0.5}),
    ("sensor/temperature", "21.5", {"temperature": 21.5}),
    ("sensor/temperature", "999", {}),
    ("sensor/humidity", "33", {"humidity": 33}),
    ("sensor/battery", "77", {"battery": 77}),
    ("sensor/state", "close", {"door": "closed"}),
    ("sensor/state", "unknown", {}),
    ("sensor/motion", "1", {"occupancy": "occupied"}),
    ("sensor/lux", "150", {"illuminance": 150}),
    ("sensor/flood", "true", {"x_flood": "true"}),
    ("sensor/error", "0", {}),
    ("ext_temperature/1", "4.5", {"temperature@1": 4.5}),
    ("ext_temperatures", '{"0": {"hwID": "28a", "tC": 4.5}, "1": {"tC": 999}}', {"temperature": 4.5}),
    ("input/0", "1", {"x_input": "on"}),
    ("input_event/1", '{"event": "SS", "event_cnt": 4}', {"x_input_event@1": "SS"}),
    ("temperature", "48.5", {"x_device_temperature": 48.5}),
    ("temperature_f", "119.3", {}),
    ("overtemperature", "0", {"x_overtemperature": "false"}),
    ("voltage", "121.5", {"voltage": 121.5}),
    ("adc/0", "11.75", {"voltage": 11.75}),
    ("online", "true", {"online": "online"}),
    ("online", "false", {"online": "offline"}),
    ("relay/0/command", "on", {}),
    ("announce", '{"id": "x"}', {}),
    ("../command", "announce", {}),
    ("relay/0/power", "nan", {}),
    ("relay/0/power", "", {}),
]


@pytest.mark.parametrize(("topic", "payload", "expected"), VALUES)
def test_a_topic_says(topic: str, payload: str, expected: dict[str, Any]) -> None:
    where = topic.replace("..", "shellies") if topic.startswith("..") else f"{ROOT}/{topic}"
    assert said("shelly", ROOT, where, payload) == expected


def test_the_meters_of_a_3em_are_phases() -> None:
    assert said("shelly", EM, f"{EM}/emeter/0/voltage", "120.5") == {"voltage@l1": 120.5}
    assert said("shelly", EM, f"{EM}/emeter/2/total", "2500") == {"energy_import@l3": 2.5}
    assert said("shelly", EM, f"{EM}/emeter_n/current", "0.5") == {"current@n": 0.5}


def test_a_meter_on_the_roof_counts_what_it_produces() -> None:
    assert said("shelly", ROOT, f"{ROOT}/emeter/0/total", "2500", kind="solar") == {"energy_export": 2.5}
    assert said("shelly", ROOT, f"{ROOT}/relay/0/energy", "60000", kind="solar") == {"energy_export": 1}


def test_a_sensor_that_was_set_to_fahrenheit() -> None:
    found = said("shelly", ROOT, f"{ROOT}/sensor/temperature", "68", options={"unit": "F"})
    assert found == {"temperature": 20}


def test_a_motion_has_its_time_and_its_end_has_the_arrival() -> None:
    motion = {"motion": True, "timestamp": 1777800000, "lux": 80, "bat": 66, "active": True}
    found = decode("shelly", ROOT, f"{ROOT}/status", motion)
    assert {(one.metric, one.value) for one in found} == {
        ("occupancy", "occupied"),
        ("illuminance", 80),
        ("battery", 66),
    }
    assert {one.at for one in found} == {datetime.fromtimestamp(1777800000, UTC)}
    later = decode("shelly", ROOT, f"{ROOT}/status", motion | {"motion": False})
    assert {one.at for one in later} == {None}


def test_the_whole_state_at_once() -> None:
    info = {
        "wifi_sta": {"connected": True, "rssi": -61},
        "unixtime": 1777800000,
        "time": "12:00",
        "relays": [{"ison": True, "has_timer": False}],
        "emeters": [
            {
                "power": 20.5,
                "pf": 0.9,
                "voltage": 121,
                "is_valid": True,
                "total": 1500.0,
                "total_returned": 0,
            },
            {"power": 0, "voltage": 0, "is_valid": False, "total": 9},
        ],
        "temperature": 44,
        "tmp": {"tC": 44, "tF": 111.2, "is_valid": True},
        "bat": {"value": 80, "voltage": 4.0},
        "ram_free": 30000,
    }
    assert said("shelly", ROOT, f"{ROOT}/info", info) == {
        "signal": -61,
        "switch": "on",
        "power": 20.5,
        "power_factor": 0.9,
        "voltage": 121,
        "energy_import": 1.5,
        "energy_export": 0,
        "x_device_temperature": 44,
        "battery": 80,
        "x_battery_voltage": 4.0,
    }
    meters = {"meters": [{"power": 5, "total": 120000, "is_valid": True}], "tmp": {"tC": 20.5}}
    assert said("shelly", ROOT, f"{ROOT}/info", meters) == {
        "power": 5,
        "energy_import": 2,
        "temperature": 20.5,
    }


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("relay/0/power", "a lot", "power: 'a lot' is not what is sent there"),
        ("emeter/0/total", "{", "not JSON"),
        ("info", "[]", "a JSON object was expected, not an array"),
        ("online", "perhaps", "true or false was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: str, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("shelly", ROOT, f"{ROOT}/{topic}", payload)


@given(wh=st.floats(0, 1e9), watts=st.floats(-1e5, 1e5))
def test_registers_are_wh_and_relays_count_watt_minutes(wh: float, watts: float) -> None:
    def one(topic: str, value: float) -> float:
        (reading,) = formats()["shelly"].decode(topic, str(value).encode(), Source(CAMPUS))
        assert isinstance(reading, Reading)
        return reading.value

    assert one("emeter/0/total", wh) == wh / 1000
    assert one("relay/0/energy", wh) == wh / 60 / 1000 or abs(one("relay/0/energy", wh) - wh / 60e3) < 1e-9
    assert one("emeter/0/power", watts) == watts


@given(
    st.dictionaries(
        st.sampled_from(["emeters", "meters", "tmp", "bat", "unixtime", "relays"]),
        st.recursive(
            st.one_of(st.none(), st.floats(), st.text(max_size=5)),
            lambda inner: st.lists(
                st.dictionaries(st.sampled_from(["power", "total", "ison", "is_valid"]), inner), max_size=3
            ),
            max_leaves=6,
        ),
    )
)
def test_any_info_is_read_or_refused(info: dict[str, Any]) -> None:
    found = formats()["shelly"].decode("info", orjson.dumps(info), Source(CAMPUS))
    assert_storable(found)
