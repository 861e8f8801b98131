"""OpenEVSE: one bare value a topic, and what the announcement tells of the connection."""

from __future__ import annotations

from typing import Any

import pytest

from devices.formats import openevse
from devices.readings import BadPayload
from tests.devices.formats.decoding import heard, said

ROOT = "emon/openevse-4f1c"
TOPICS: dict[str, tuple[str, dict[str, Any]]] = {
    "amp": ("31750", {"current": 31.75}),
    "voltage": ("241.5", {"voltage": 241.5}),
    "power": ("7650", {"power": 7650}),
    "frequency": ("5998", {"frequency": 59.98}),
    "pilot": ("32", {"charge_limit": 32}),
    "max_current": ("40", {"x_max_current": 40}),
    "temp": ("318", {"temperature": 31.8}),
    "temp1": ("-25", {"temperature@1": -2.5}),
    "temp3": ("false", {}),
    "temp_max": ("402", {"x_temperature_max": 40.2}),
    "srssi": ("-58", {"signal": -58}),
    "status": ("disabled", {"x_enabled": "false"}),
    "vehicle": ("0", {"x_connected": "false"}),
    "manual_override": ("1", {"x_manual_override": "true"}),
    "rfid_auth": ("04E35", {"vehicle": "04E35"}),
    "session_energy": ("5120", {"session_energy": 5.12}),
    "session_elapsed": ("1800", {"x_charge_duration": 1800}),
    "total_energy": ("803.125", {"energy_import": 803.125}),
    "total_day": ("6.5", {"x_energy_today": 6.5}),
    "wattsec": ("1800000", {"session_energy": 0.5}),
    "watthour": ("64000", {"energy_import": 64}),
    "battery_level": ("71", {"vehicle_soc": 71}),
    "home_battery_soc": ("44", {"battery_soc": 44}),
    "home_battery_power": ("-350", {"power@battery": -350}),
    "grid_ie": ("-1200", {"power@grid": -1200}),
    "divertmode": ("2", {"x_divertmode": 2}),
    "somethingNew": ("eco", {"x_something_new": "eco"}),
    "amp ": ("", {}),
    "power ": ("nan", {}),
    "config": ('{"hostname":"openevse-4f1c","www_username":"x"}', {}),
    "claim": ('{"state":"null"}', {}),
    "override/set": ("toggle", {}),
    "rapi/out": ("$OK 5 0010^26", {}),
    "rapi/in/$GC": ("", {}),
    "restart": ('{"device":"gateway"}', {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in TOPICS.items()])
def test_a_topic_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("openevse", ROOT, f"{ROOT}/{key.strip()}", payload) == expected


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("0", "unavailable"),
        ("1", "available"),
        ("2", "connected"),
        ("3", "charging"),
        ("4", "faulted"),
        ("8", "faulted"),
        ("11", "faulted"),
        ("254", "suspended"),
        ("255", "unavailable"),
    ],
)
def test_the_state_has_a_word(state: str, status: str) -> None:
    assert said("openevse", ROOT, f"{ROOT}/state", state) == {"charger_status": status}


def test_a_register_on_two_topics_counts_once() -> None:
    messages = [("wh", "64000"), ("total_energy", "64.004"), ("wh", "64000"), ("wattsec", "3600000")]
    assert heard("openevse", ROOT, messages) == [
        {"energy_import": 64},
        {"energy_import": 64.004},
        {},
        {"session_energy": 1},
    ]


def test_the_announcement_belongs_to_the_root_that_ends_with_its_id() -> None:
    topic = "openevse/announce/4F1C"
    assert openevse.suffix("openevse-4f1c", topic) == "announce"
    assert openevse.suffix("garage", topic) is None
    assert openevse.suffix("openevse-4f1d", topic) is None
    assert said("openevse", ROOT, topic, {"state": "connected", "mqtt": ROOT}) == {"online": "online"}
    assert said("openevse", ROOT, topic, {"state": "disconnected"}) == {"online": "offline"}
    assert said("openevse", ROOT, topic, "") == {}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (f"{ROOT}/amp", "many", "amp: 'many' is not what is sent there"),
        (f"{ROOT}/amp", "true", "amp"),
        (f"{ROOT}/temp", "true", "temp"),
        (f"{ROOT}/vehicle", "perhaps", "vehicle"),
        (f"{ROOT}/power", "[1", "not JSON"),
        (f"{ROOT}/power", b"\xff\xfe", "not UTF-8"),
        ("openevse/announce/4f1c", {"state": "asleep"}, "connected or disconnected was expected"),
        ("openevse/announce/4f1c", "connected", "not JSON"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("openevse", ROOT, topic, payload)
