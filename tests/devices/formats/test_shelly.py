"""Shelly Gen2 and later: a table of messages and what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from devices.formats import shelly
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, said


def notice(params: dict[str, Any], method: str = "NotifyStatus") -> dict[str, Any]:
    """A JSON-RPC notice as a device frames it."""
    return {
        "src": "shellyplus1pm-a1",
        "dst": "s/events",
        "method": method,
        "params": {"ts": 1777900000.25} | params,
    }


MESSAGES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "a relay with a meter": (
        "s/status/switch:0",
        {
            "id": 0,
            "source": "MQTT",
            "output": True,
            "apower": 310.5,
            "voltage": 119.5,
            "freq": 60.0,
            "current": 2.6,
            "pf": 0.98,
            "aenergy": {"total": 54321.0, "by_minute": [5000.0, 5100.0], "minute_ts": 1777899960},
            "ret_aenergy": {"total": 12.0, "by_minute": [0.0], "minute_ts": 1777899960},
            "temperature": {"tC": 44.5, "tF": 112.1},
            "errors": ["overpower"],
        },
        {
            "switch": "on",
            "power": 310.5,
            "voltage": 119.5,
            "frequency": 60,
            "current": 2.6,
            "power_factor": 0.98,
            "energy_import": 54.321,
            "energy_export": 0.012,
            "x_device_temperature": 44.5,
        },
    ),
    "what a notice does not hold is unchanged, not 0": (
        "s/events/rpc",
        notice({"switch:1": {"id": 1, "output": False}}),
        {"switch@1": "off"},
    ),
    "three phases": (
        "s/status/em:0",
        {
            "id": 0,
            "a_act_power": -120.5,
            "a_voltage": 121,
            "b_current": 3.5,
            "c_pf": 0.5,
            "n_current": None,
            "total_current": 9.25,
            "total_act_power": -40.25,
            "total_aprt_power": 300,
            "user_calibrated_phase": [],
        },
        {
            "power@l1": -120.5,
            "voltage@l1": 121,
            "current@l2": 3.5,
            "power_factor@l3": 0.5,
            "current": 9.25,
            "power": -40.25,
            "apparent_power": 300,
        },
    ),
    "their registers": (
        "s/status/emdata:0",
        {
            "id": 0,
            "a_total_act_energy": 1500.0,
            "c_total_act_ret_energy": 20.0,
            "total_act": 4500.0,
            "total_act_ret": 20,
        },
        {"energy_import@l1": 1.5, "energy_export@l3": 0.02, "energy_import": 4.5, "energy_export": 0.02},
    ),
    "single phases are counted from no channel": (
        "s/events/rpc",
        notice({"em1:0": {"id": 0, "act_power": 5}, "em1data:1": {"id": 1, "total_act_energy": 250}}),
        {"power": 5, "energy_import@1": 0.25},
    ),
    "a meter without a relay": (
        "s/status/pm1:0",
        {
            "id": 0,
            "voltage": 120,
            "current": 0,
            "apower": 0,
            "freq": 60,
            "aenergy": {"total": 0, "by_minute": [0]},
        },
        {"voltage": 120, "current": 0, "power": 0, "frequency": 60, "energy_import": 0},
    ),
    "a climate sensor that has woken up": (
        "s/events/rpc",
        notice(
            {
                "ble": {},
                "temperature:0": {"id": 0, "tC": 24.5, "tF": 76.1},
                "humidity:0": {"id": 0, "rh": 18.5},
                "devicepower:0": {
                    "id": 0,
                    "battery": {"V": 5.5, "percent": 83},
                    "external": {"present": False},
                },
                "wifi": {"sta_ip": "10.0.0.5", "ssid": "hub", "rssi": -71},
                "sys": {"uptime": 3},
            },
            "NotifyFullStatus",
        ),
        {
            "temperature": 24.5,
            "humidity": 18.5,
            "battery": 83,
            "x_battery_voltage": 5.5,
            "x_external_power": "false",
            "signal": -71,
        },
    ),
    "a shutter": (
        "s/status/cover:0",
        {"id": 0, "state": "opening", "apower": 90, "current_pos": 40, "target_pos": None},
        {"x_cover_state": "opening", "power": 90, "x_cover_current_pos": 40},
    ),
    "an add-on's probe": (
        "s/status/temperature:101",
        {"id": 101, "tC": 4.5, "tF": 40.1},
        {"temperature@101": 4.5},
    ),
    "light": ("s/status/illuminance:0", {"id": 0, "lux": 250}, {"illuminance": 250}),
    "smoke": ("s/status/smoke:0", {"id": 0, "alarm": True}, {"x_smoke_alarm": "true"}),
    "presence": ("s/status/presencezone:200", {"id": 200, "state": False}, {"occupancy@200": "clear"}),
    "an input": ("s/status/input:0", {"id": 0, "state": True}, {"x_input": "on"}),
    "a push": (
        "s/events/rpc",
        notice({"events": [{"component": "input:1", "id": 1, "event": "double_push"}]}, "NotifyEvent"),
        {"x_input_event@1": "double_push"},
    ),
    "the device's own life": (
        "s/events/rpc",
        notice(
            {"events": [{"component": "sys", "event": "config_changed", "restart_required": False}]},
            "NotifyEvent",
        ),
        {},
    ),
    "a BLU sensor through a script's event": (
        "s/events/rpc",
        notice(
            {
                "events": [
                    {
                        "component": "script:1",
                        "event": "shelly-blu",
                        "data": {"address": "aa:bb", "battery": 90, "window": 1, "rssi": -60, "pid": 4},
                    }
                ]
            },
            "NotifyEvent",
        ),
        {"battery@aa:bb": 90, "door@aa:bb": "open", "signal@aa:bb": -60},
    ),
    "online": ("s/online", "true", {"online": "online"}),
    "offline": ("s/online", "false", {"online": "offline"}),
    "a request overheard": ("s/rpc", {"id": 1, "method": "Switch.Set", "params": {"id": 0, "on": True}}, {}),
    "a command overheard": ("s/command/switch:0", "on", {}),
    "a component that is not known yet": (
        "s/status/fan:0",
        {"id": 0, "speed": 3},
        {"x_fan_speed": 3},
    ),
    "one bad field does not lose the others": (
        "s/events/rpc",
        notice(
            {"switch:0": {"apower": "12.5", "voltage": "none", "current": {}, "freq": True}, "em:0": "nope"}
        ),
        {"power": 12.5},
    ),
}


@pytest.mark.parametrize(("topic", "payload", "expected"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_says(topic: str, payload: Any, expected: dict[str, Any]) -> None:
    assert said("shelly", "s", topic, payload) == expected


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("s/events/rpc", "not json", "not JSON"),
        (
            "s/events/rpc",
            {"method": "NotifyStatus", "params": "nope"},
            "params: a JSON object was expected, not a text",
        ),
        ("s/events/rpc", {"method": "NotifyStatus"}, "params: a JSON object was expected, not null"),
        ("s/events/rpc", {"method": "Reboot", "params": {}}, "method 'Reboot' is none of this dialect"),
        ("s/events/rpc", {"method": "NotifyEvent", "params": {"events": 4}}, "events: an array was expected"),
        (
            "s/events/rpc",
            {"method": "NotifyStatus", "params": {"switch:0": 4}},
            "a component's status was expected",
        ),
        ("s/status/switch:0", [], "a JSON object was expected, not an array"),
        ("s/online", "maybe", "true or false was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("shelly", "s", topic, payload)


def test_the_notice_has_the_time_and_not_the_minute_of_its_counter() -> None:
    switch = {"aenergy": {"total": 5.0, "by_minute": [1.0], "minute_ts": 1777800000}}
    (reading,) = decode("shelly", "s", "s/events/rpc", notice({"switch:0": switch}))
    assert reading.at == datetime(2026, 5, 4, 13, 6, 40, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("ts", [None, 3.5, "soon", -1])
def test_a_clock_that_was_never_set_leaves_the_arrival(ts: object) -> None:
    (reading,) = decode("shelly", "s", "s/events/rpc", notice({"ts": ts, "humidity:0": {"rh": 40}}))
    assert reading.at is None


def test_a_meter_on_the_roof_counts_what_it_produces() -> None:
    data = {"total_act_energy": 9000, "total_act_ret_energy": 15}
    expected = {"energy_export": 9.0, "energy_import": 0.015}
    assert said("shelly", "s", "s/status/em1data:0", data, kind="solar") == expected
    assert said("shelly", "s", "s/status/em1data:0", data, kind="meter", role="solar") == expected


def test_the_prefix_is_the_root_and_a_blu_topic_can_be_one() -> None:
    assert shelly.suffix("hub/roof", "hub/roof/events/rpc") == "events/rpc"
    assert shelly.suffix("hub/roof/", "hub/roof/online") == "online"
    assert shelly.suffix("hub/roof/events/rpc", "hub/roof/online") == "online"
    assert shelly.suffix("hub/roof", "hub/roof2/online") is None
    topic = "shelly-blu/events/aa:bb"
    sensor = {"BTHome_version": 2, "temperature": 19.5, "address": "aa:bb"}
    assert said("shelly", topic, topic, sensor) == {"temperature": 19.5}
    assert said("shelly", "shelly-blu", topic, sensor) == {"temperature@aa:bb": 19.5}
