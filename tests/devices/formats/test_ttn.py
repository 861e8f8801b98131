"""The Things Stack v3: the envelope round what a formatter says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats, ttn
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, decode, said

ROOT = "v3/hub@ttn/devices/eui-a84041aabbccdd01"
AT = datetime(2026, 5, 4, 15, 30, 0, 123456, tzinfo=UTC)


def uplink(values: Any, model: str = "", **more: Any) -> dict[str, Any]:
    """An `up` message as the stack frames it."""
    message = {"f_port": 2, "frm_payload": "AXVk", "decoded_payload": values} | more
    if model:
        message["version_ids"] = {"brand_id": "x", "model_id": model}
    return {
        "end_device_ids": {"device_id": "eui-a84041aabbccdd01"},
        "received_at": "2026-05-04T15:30:00.123456789Z",
        "uplink_message": message,
    }


CODECS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "Dragino in texts": (
        "lse01",
        {
            "Bat": 3.4,
            "TempC_DS18B20": "0.00",
            "conduct_SOIL": 90,
            "temp_SOIL": "19.75",
            "water_SOIL": "31.25",
        },
        {
            "x_battery_voltage": 3.4,
            "soil_conductivity": 90,
            "soil_temperature": 19.75,
            "soil_moisture": 31.25,
        },
    ),
    "a plug by its model": ("ws523", {"current": 500, "voltage": 120.5}, {"current": 0.5, "voltage": 120.5}),
    "SenseCAP": (
        "",
        {"messages": [{"type": "report_telemetry", "measurementId": 4103, "measurementValue": 28}]},
        {"soil_moisture": 28},
    ),
    "Milesight": (
        "am307",
        {"temperature": 21, "pir": "idle", "co2": 0},
        {"temperature": 21, "occupancy": "clear"},
    ),
    "settings only": ("", {"TDC": 1200, "Alarm_Timer": 0, "Stop_Timer": 0}, {}),
}


@pytest.mark.parametrize(("model", "values", "expected"), CODECS.values(), ids=CODECS.keys())
def test_a_formatter_says(model: str, values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert said("ttn", ROOT, f"{ROOT}/up", uplink(values, model)) == expected


def test_the_time_is_when_the_stack_received_it_and_the_signal_the_best_gateways() -> None:
    heard = [{"rssi": -104}, {"rssi": -88, "snr": 3}, {"gateway_ids": {}}]
    found = decode("ttn", ROOT, f"{ROOT}/up", uplink({"humidity": 0}, rx_metadata=heard))
    assert [(one.metric, one.value, one.at) for one in found] == [
        ("humidity", 0, AT),
        ("signal", -88, AT),
    ]


def test_late_readings_keep_their_own_times() -> None:
    history = [{"temperature": 20.5, "timestamp": 1777800000}, {"temperature": 99}]
    (late,) = decode("ttn", ROOT, f"{ROOT}/up", uplink({"history": history}))
    assert late.at == datetime.fromtimestamp(1777800000, UTC)


def test_the_last_known_charge_of_the_battery() -> None:
    level = {"value": 71.5, "received_at": "2026-05-04T12:00:00Z"}
    found = said("ttn", ROOT, f"{ROOT}/up", uplink({"humidity": 40}, last_battery_percentage=level))
    assert found == {"humidity": 40, "battery": 71.5}


def test_the_normalized_payload_stands_in() -> None:
    normalized = [{"air": {"temperature": 20.5}, "soil": {"moisture": 30, "ec": 0.25}, "battery": 3.5}]
    event = uplink(None, normalized_payload=normalized)
    assert said("ttn", ROOT, f"{ROOT}/up", event) == {
        "temperature": 20.5,
        "soil_moisture": 30,
        "soil_conductivity": 250,
        "x_battery_voltage": 3.5,
    }


@pytest.mark.parametrize("event", ["join", "down/push", "down/ack", "down/failed", "service/data"])
def test_other_events_say_nothing(event: str) -> None:
    assert said("ttn", ROOT, f"{ROOT}/{event}", {"join_accept": {}}) == {}


def test_a_frame_of_commands_says_nothing() -> None:
    assert said("ttn", ROOT, f"{ROOT}/up", {"uplink_message": {"f_cnt": 3, "frm_payload": "AA=="}}) == {}


def test_a_place_is_kept() -> None:
    event = {"location_solved": {"location": {"latitude": 31.7, "longitude": -106.4}}}
    assert said("ttn", ROOT, f"{ROOT}/location/solved", event) == {"x_latitude": 31.7, "x_longitude": -106.4}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (uplink(None), "decoded_payload is missing: the device has no payload formatter"),
        (uplink([1]), "decoded_payload: a JSON object was expected, not an array"),
        ({"hello": 1}, "uplink_message: a JSON object was expected, not null"),
        (uplink(None, normalized_payload=5), "normalized_payload: an array was expected"),
        ("{", "not JSON"),
    ],
)
def test_a_message_is_refused_with_its_reason(payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("ttn", ROOT, f"{ROOT}/up", payload)


@pytest.mark.parametrize(
    "root",
    [
        ROOT,
        f"{ROOT}/up",
        "v3/+/devices/eui-a84041aabbccdd01",
        "eui-a84041aabbccdd01",
        "A84041AABBCCDD01",
        "A8:40:41:AA:BB:CC:DD:01",
    ],
)
def test_a_device_is_found_by_topic_or_by_id(root: str) -> None:
    assert ttn.suffix(root, f"{ROOT}/up") == "up"
    assert ttn.suffix(root, "v3/hub@ttn/devices/other/up") is None
    assert ttn.suffix(root, "v3/hub@ttn/devices") is None


@given(
    st.dictionaries(
        st.sampled_from(["temperature", "history", "messages", "battery", "current", "data"]),
        st.recursive(
            st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(st.sampled_from(["timestamp", "measurementId", "co2"]), inner, max_size=3),
            ),
            max_leaves=8,
        ),
    )
)
def test_any_object_is_read_or_refused(values: dict[str, Any]) -> None:
    try:
        found = formats()["ttn"].decode("up", orjson.dumps(uplink(values)), Source(CAMPUS))
    except BadPayload:
        return
    assert_storable(found)
