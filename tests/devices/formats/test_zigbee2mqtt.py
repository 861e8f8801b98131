"""Zigbee2MQTT: plugs, sensors of rooms, valves, availability."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats, zigbee2mqtt
from devices.readings import BadPayload, Reading, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, decode, said

ROOT = "zigbee2mqtt/Taller/banco 2"

MESSAGES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "a plug": (
        "",
        {
            "state": "ON",
            "power": 61.5,
            "current": 0.52,
            "voltage": 121,
            "energy": 33.25,
            "linkquality": 120,
            "child_lock": "UNLOCK",
            "identify": None,
            "update": {"state": "idle", "installed_version": 3},
        },
        {
            "switch": "on",
            "power": 61.5,
            "current": 0.52,
            "voltage": 121,
            "energy_import": 33.25,
            "x_linkquality": 120,
            "x_child_lock": "UNLOCK",
        },
    ),
    "three phases": (
        "",
        {
            "power": 300,
            "power_phase_b": 100,
            "current_phase_c": 1.5,
            "voltage_a": 120,
            "energy": 12,
            "produced_energy": 0.5,
            "ac_frequency": 60,
            "power_factor": 0.98,
            "power_factor_phase_b": 97,
        },
        {
            "power": 300,
            "power@l2": 100,
            "current@l3": 1.5,
            "voltage@l1": 120,
            "energy_import": 12,
            "energy_export": 0.5,
            "frequency": 60,
            "power_factor": 0.98,
            "power_factor@l2": 0.97,
        },
    ),
    "a strip of two outlets": (
        "",
        {"state_l1": "ON", "state_left": "OFF"},
        {"switch@l1": "on", "switch@left": "off"},
    ),
    "a motion sensor with a cell": (
        "",
        {
            "occupancy": False,
            "battery": "81.5",
            "voltage": 2985,
            "illuminance": 8000,
            "illuminance_lux": 6,
            "battery_low": False,
        },
        {
            "occupancy": "clear",
            "battery": 81.5,
            "x_battery_voltage": 2.985,
            "x_illuminance_raw": 8000,
            "illuminance": 6,
            "x_battery_low": "false",
        },
    ),
    "a radar": (
        "",
        {"presence": True, "illuminance": 210, "target_distance": None},
        {"occupancy": "occupied", "illuminance": 210},
    ),
    "a door that is closed": (
        "",
        {"contact": True, "tamper": False},
        {"door": "closed", "x_tamper": "false"},
    ),
    "a door that is open": ("", {"contact": False}, {"door": "open"}),
    "air": (
        "",
        {"temperature": 21.5, "humidity": 40, "pressure": 886.5, "co2": 700, "pm25": 4, "voc": 12},
        {"temperature": 21.5, "humidity": 40, "pressure": 886.5, "co2": 700, "pm25": 4, "x_voc": 12},
    ),
    "CO2 while it warms up": ("", {"co2": 0}, {}),
    "smoke and water": (
        "",
        {"smoke": True, "water_leak": False},
        {"x_smoke": "true", "x_water_leak": "false"},
    ),
    "soil": ("", {"soil_moisture": 34, "temperature": 19}, {"soil_moisture": 34, "temperature": 19}),
    "a water valve": (
        "",
        {"state": "ON", "water_consumed": 12, "flow": 0},
        {"valve": "open", "x_water_consumed": 12, "x_flow": 0},
    ),
    "a lock": ("", {"state": "LOCK", "lock_state": "not_fully_locked"}, {"lock": "unlocked"}),
    "a shutter": ("", {"state": "OPEN", "position": 100}, {"x_switch": "OPEN", "x_position": 100}),
    "a push": ("", {"action": "double"}, {"x_action": "double"}),
    "the end of a push": ("", {"action": ""}, {}),
    "availability": ("/availability", {"state": "offline"}, {"online": "offline"}),
    "availability of old": ("/availability", "online", {"online": "online"}),
    "one attribute a topic": ("/power", "61.5", {"power": 61.5}),
    "its state": ("/state", "OFF", {"switch": "off"}),
    "its cell": ("/voltage", "3010", {"x_battery_voltage": 3.01}),
    "its door": ("/contact", "false", {"door": "open"}),
    "nothing on a topic": ("/power", "null", {}),
    "a composite, flattened": ("/update-state", "idle", {}),
    "a smart meter": (
        "",
        {"apparent_power": 600, "rms_current": 3, "current_summ_delivered": 20479.25},
        {"apparent_power": 600, "current": 3, "energy_import": 20479.25},
    ),
    "a composite": ("/update", '{"state": "idle"}', {}),
    "a command": ("/set", {"state": "ON"}, {}),
    "a question": ("/get", {"state": ""}, {}),
    "a command for one attribute": ("/state/set", "ON", {}),
    "words that mean nothing": ("", {"power": "unknown", "temperature": "nan", "state": ""}, {}),
}


@pytest.mark.parametrize(("topic", "payload", "expected"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_says(topic: str, payload: Any, expected: dict[str, Any]) -> None:
    found = decode("zigbee2mqtt", ROOT, ROOT + topic, payload)
    assert {f"{one.metric}{'@' * bool(one.channel)}{one.channel}": one.value for one in found} == expected


@pytest.mark.parametrize("seen", ["2026-05-04T15:30:00Z", "2026-05-04T09:30:00-06:00", 1777908600000])
def test_last_seen_is_the_time(seen: Any) -> None:
    (reading,) = decode("zigbee2mqtt", ROOT, ROOT, {"temperature": 20, "last_seen": seen})
    assert reading.at == datetime(2026, 5, 4, 15, 30, tzinfo=UTC)


def test_a_name_may_hold_slashes_and_another_may_begin_with_it() -> None:
    assert zigbee2mqtt.suffix(ROOT, f"{ROOT}/availability") == "availability"
    assert zigbee2mqtt.suffix(ROOT, "zigbee2mqtt/Taller/banco 20") is None
    assert said("zigbee2mqtt", "zigbee2mqtt/Taller", ROOT, {"power": 5}) == {}
    assert said("zigbee2mqtt", "zigbee2mqtt/Taller", f"{ROOT}/availability", "online") == {}


def test_below_the_base_topic_each_device_is_a_channel() -> None:
    base = "zigbee2mqtt"
    assert said(base, base, ROOT, {"power": 5}) == {"power@Taller_banco 2": 5}
    assert said(base, base, f"{base}/plug", {"state_l1": "ON"}) == {"switch@plug_l1": "on"}
    assert said(base, base, f"{base}/plug/availability", "offline") == {"online@plug": "offline"}
    assert said(base, base, f"{base}/plug/power", "7") == {"power@plug": 7}
    assert said(base, base, f"{base}/plug/set", {"state": "ON"}) == {}
    assert said(base, base, f"{base}/bridge/devices", "[]") == {}
    assert said(base, base, f"{base}/bridge/state", "online") == {"online": "online"}


def test_the_bridge_speaks_for_its_devices() -> None:
    for payload in ("offline", {"state": "offline"}):
        assert said("zigbee2mqtt", ROOT, "zigbee2mqtt/bridge/state", payload) == {"online": "offline"}
    assert said("zigbee2mqtt", "zigbee2mqtt/bridge", "zigbee2mqtt/bridge/state", "online") == {
        "online": "online"
    }
    assert said("zigbee2mqtt", "zigbee2mqtt/bridge", "zigbee2mqtt/bridge/logging", {"level": "info"}) == {}
    assert said("zigbee2mqtt", ROOT, "zigbee2mqtt/bridge/logging", {"level": "info"}) == {}
    assert said("zigbee2mqtt", ROOT, "zigbee2mqtt/bridge/response/device/remove", {"status": "ok"}) == {}
    assert zigbee2mqtt.suffix(ROOT, "upstairs/bridge/state") is None


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("", "[]", "a JSON object was expected, not an array"),
        ("", "{", "not JSON"),
        ("/availability", {"state": 5}, "online or offline was expected"),
        ("/availability", "perhaps", "online or offline was expected"),
        ("/power", "a lot", "power: 'a lot' is no number"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("zigbee2mqtt", ROOT, ROOT + topic, payload)


@given(mv=st.integers(1001, 6000), watts=st.floats(0, 4000), kwh=st.floats(0, 1e6))
def test_numbers_are_in_the_vocabularys_units(mv: int, watts: float, kwh: float) -> None:
    found = decode(
        "zigbee2mqtt", ROOT, ROOT, {"voltage": mv, "power": watts, "energy": kwh, "power_l2": watts}
    )
    values = {(one.metric, one.channel): one.value for one in found if isinstance(one, Reading)}
    assert values == {
        ("x_battery_voltage", ""): mv / 1000,
        ("power", ""): watts,
        ("energy_import", ""): kwh,
        ("power", "l2"): watts,
    }


@given(st.sampled_from(["power", "state", "availability", "contact", "x"]), st.binary(max_size=30))
def test_any_attribute_is_read_or_refused(topic: str, payload: bytes) -> None:
    try:
        found = formats()["zigbee2mqtt"].decode(topic, payload, Source(CAMPUS))
    except BadPayload:
        return
    assert_storable(found)
