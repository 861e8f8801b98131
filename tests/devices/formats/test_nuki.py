"""Nuki: what a lock and its door are, and nothing of who came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import nuki
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, decode, nearly, said

SOURCE = Source(CAMPUS)
ROOT = "nuki/lab"
TOPICS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "lock/state": [
        ("locked", {"lock": "locked", "x_lock_state": "locked"}),
        ("unlatched", {"lock": "unlocked", "x_lock_state": "unlatched"}),
        ("unlockedLnga", {"lock": "unlocked", "x_lock_state": "unlockedLnga"}),
        ("RTOactive", {"lock": "unlocked", "x_lock_state": "RTOactive"}),
        ("motorBlocked", {"x_lock_state": "motorBlocked"}),
        ("bootRun", {"x_lock_state": "bootRun"}),
    ],
    "lock/hastate": [
        ("locking", {"lock": "unlocked"}),
        ("unlocking", {"lock": "unlocked"}),
        ("locked", {"lock": "locked"}),
        ("jammed", {}),
    ],
    "lock/binaryState": [("unlocked", {"lock": "unlocked"}), ("locked", {"lock": "locked"})],
    "lock/doorSensorState": [
        ("doorOpened", {"door": "open"}),
        ("doorClosed", {"door": "closed"}),
        ("unavailable", {}),
        ("doorStateUnknown", {}),
        ("deactivated", {}),
    ],
    "lock/trigger": [("button", {"x_trigger": "button"})],
    "lock/completionStatus": [("motorBlocked", {"x_completion_status": "motorBlocked"})],
    "lock/rssi": [("-71", {"signal": -71}), ("1", {})],
    "battery/level": [("84", {"battery": 84})],
    "battery/voltage": [("5.12", {"x_battery_voltage": 5.12})],
    "battery/critical": [("0", {"x_battery_critical": "false"})],
    "battery/basicJson": [
        ('{"critical":"1","level":"12"}', {"x_battery_critical": "true", "battery": 12}),
    ],
    "maintenance/mqttConnectionState": [("online", {"online": "online"}), ("offline", {"online": "offline"})],
    "maintenance/wifiRssi": [("-55", {"signal@hub": -55})],
    "maintenance/uptime": [("3", {"x_uptime": 180})],
    "state": [("1", {"lock": "locked"}), ("3", {"lock": "unlocked"}), ("254", {})],
    "doorsensorState": [("2", {"door": "closed"}), ("3", {"door": "open"}), ("4", {})],
    "connected": [("true", {"online": "online"})],
    "batteryChargeState": [("66", {"battery": 66})],
}


@pytest.mark.parametrize(
    ("key", "payload", "expected"), [(key, *one) for key, says in TOPICS.items() for one in says]
)
def test_a_topic_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("nuki", ROOT, f"{ROOT}/{key}", payload) == nearly(expected)


def test_the_whole_state_leaves_out_who_it_was() -> None:
    state = {
        "lock_state": "unlatched",
        "door_sensor_state": "doorOpened",
        "trigger": "manual",
        "auth_id": 4711,
        "auth_name": "Ana",
    }
    assert said("nuki", ROOT, f"{ROOT}/lock/json", state) == {
        "lock": "unlocked",
        "x_lock_state": "unlatched",
        "door": "open",
        "x_trigger": "manual",
    }


@pytest.mark.parametrize(
    "personal",
    [
        ("lock/authorizationName", "Ana"),
        ("lock/authorizationId", "4711"),
        ("lock/log", '[{"authorizationName":"Ana"}]'),
        ("lock/shortLog", '[{"authorizationName":"Ana"}]'),
        ("lock/rollingLog", '{"authorizationName":"Ana"}'),
        ("lock/address", "54:d2:72:00:00:01"),
        ("presence/devices", "aa:bb:cc:00:00:02;Ana's phone;-60"),
        ("keypad/code_0/name", "Ana"),
        ("keypad/json", '[{"name":"Ana","code":1234}]'),
        ("authorization/json", '[{"name":"Ana"}]'),
        ("configuration/basicJson", '{"name":"Lab"}'),
        ("lockActionEvent", "1,172,4711,0,0"),
        ("lock/action", "unlock"),
        ("lock/action", "ack"),
        ("lock/query/lockstate", "1"),
        ("lock/commandResult", "success"),
        ("lock/retry", "failed"),
        ("lock/statusUpdated", "1"),
        ("name", "Lab"),
        ("firmware", "3.8.2"),
    ],
)
def test_people_commands_and_settings_are_not_kept(personal: tuple[str, str]) -> None:
    assert said("nuki", ROOT, f"{ROOT}/{personal[0]}", personal[1]) == {}


@pytest.mark.parametrize(
    ("key", "payload", "reason"),
    [
        ("lock/rssi", "far", "lock/rssi: 'far' is not what is sent there"),
        ("battery/level", "full", "battery/level"),
        ("lock/json", "{", "not JSON"),
        ("lock/state", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(key: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("nuki", ROOT, f"{ROOT}/{key}", payload)


def test_a_word_that_nobody_knows_is_kept_apart() -> None:
    assert said("nuki", ROOT, f"{ROOT}/lock/state", "ajar") == {"x_lock": "ajar"}
    assert nuki.suffix(ROOT, "nuki/labs/lock/state") is None


@given(
    key=st.text("abcdefghijklmnopqrstuvwxyz/", min_size=1, max_size=20), name=st.text(min_size=1, max_size=20)
)
def test_no_topic_that_is_not_named_here_tells_anything(key: str, name: str) -> None:
    if key not in nuki.TOPICS and key not in nuki.JSON:
        assert nuki.decode(key, name.encode(), SOURCE) == []
