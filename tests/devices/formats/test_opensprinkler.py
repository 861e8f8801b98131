"""OpenSprinkler: what opens, what flows, what the sensors say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import opensprinkler
from devices.readings import BadPayload, Reading
from tests.devices.formats.decoding import decode, nearly, said

ROOT = "garden/os"


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("station/0", {"state": 1}, {"valve@0": "open"}),
        ("station/4", {"state": 1, "duration": 300}, {"valve@4": "open", "x_planned_duration@4": 300}),
        (
            "station/4",
            {"state": 0, "duration": 295, "flow": 6.25},
            {"valve@4": "closed", "x_run_duration@4": 295, "water_flow@4": 6.25},
        ),
        ("station/4", {"state": False, "flow": None}, {"valve@4": "closed"}),
        ("sensor/flow", {"count": 120, "volume": 12.5}, {"x_flow_pulses": 120, "x_run_volume": 12.5}),
        ("sensor1", {"state": 1}, {"x_sensor@1": "on"}),
        ("sensor2", {"state": 0}, {"x_sensor@2": "off"}),
        ("raindelay", {"state": 1}, {"x_rain_delay": "on"}),
        ("program/2", {"state": 1, "wl": 80}, {"x_program@2": "started", "x_water_level": 80}),
        ("program/2", {"state": "skipped", "wtrestr": 1}, {"x_program@2": "skipped"}),
        ("weather", {"water level": 65}, {"x_water_level": 65}),
        ("weather", {"water level": "65%"}, {"x_water_level": 65}),
        ("system", {"state": "started", "cause": 2}, {"x_reboot_cause": 2}),
        (
            "station/1/alert/flow",
            {"flow_rate": 11.5, "duration": 20, "alert_setpoint": 9.0},
            {"x_flow_alert@1": 11.5, "x_flow_alert_setpoint@1": 9},
        ),
        (
            "station/1/alert/curr",
            {"curr_value": 40, "imin_threshold": 100},
            {"x_current_alert@1": 0.04, "x_current_limit@1": 0.1},
        ),
        (
            "overcurrent",
            {"curr_value": 1500, "imax_limit": 1300},
            {"x_current_alert": 1.5, "x_current_limit": 1.3},
        ),
        ("availability", "online", {"online": "online"}),
        ("availability", "offline", {"online": "offline"}),
        ("something/new", "text", {}),
    ],
)
def test_a_topic_says(topic: str, payload: Any, expected: Any) -> None:
    assert said("opensprinkler", ROOT, f"{ROOT}/{topic}", payload) == nearly(expected)


def test_gallons_become_litres() -> None:
    gallons = {"volume_unit": "gal"}
    closed = said(
        "opensprinkler", ROOT, f"{ROOT}/station/0", {"state": 0, "duration": 10, "flow": 2}, options=gallons
    )
    assert closed == nearly({"valve@0": "closed", "x_run_duration@0": 10, "water_flow@0": 7.570823568})
    flow = said("opensprinkler", ROOT, f"{ROOT}/sensor/flow", {"count": 3, "volume": 1}, options=gallons)
    assert flow == nearly({"x_flow_pulses": 3, "x_run_volume": 3.785411784})
    with pytest.raises(ValueError, match="volume_unit"):
        opensprinkler.check_options({"volume_unit": "hogshead"})
    opensprinkler.check_options({})


def test_an_analog_sensor_has_a_name_a_unit_and_a_time() -> None:
    bed = {"nr": 1, "type": 1, "data_ok": 1, "time": 1_767_225_600, "value": 41.5, "unit": "%"}
    assert decode("opensprinkler", ROOT, f"{ROOT}/analogsensor/Soil moisture bed", bed) == [
        Reading("soil_moisture", 41.5, "bed", datetime(2026, 1, 1, tzinfo=UTC))
    ]
    topic = f"{ROOT}/analogsensor/Roof temp"
    assert said("opensprinkler", ROOT, topic, {**bed, "value": 50, "unit": "°F"}) == {"temperature@roof": 10}
    assert said("opensprinkler", ROOT, topic, {**bed, "unit": ""}) == {"x_roof_temp": 41.5}
    assert said("opensprinkler", ROOT, topic, {**bed, "data_ok": 0}) == {}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("station/0", "{", "not JSON"),
        ("station/0", "1", "a JSON object was expected"),
        ("station/0", {"state": 2}, "state: 0 or 1 was expected, not 2"),
        ("station/0", {"duration": 5}, "state: 0 or 1 was expected, not None"),
        ("station/0", {"state": "soon"}, "state: 0 or 1"),
        ("availability", "perhaps", "online or offline was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("opensprinkler", ROOT, f"{ROOT}/{topic}", payload)


@given(station=st.integers(0, 71), flow=st.floats(0, 500), is_open=st.booleans())
def test_a_station_keeps_its_number_and_its_flow(station: int, flow: float, is_open: bool) -> None:
    state = {"state": int(is_open), "flow": flow}
    topic = f"{ROOT}/station/{station}"
    litres = said("opensprinkler", ROOT, topic, state)
    gallons = said("opensprinkler", ROOT, topic, state, options={"volume_unit": "gal"})
    assert litres == {f"valve@{station}": "open" if is_open else "closed", f"water_flow@{station}": flow}
    assert gallons[f"water_flow@{station}"] == pytest.approx(flow * 3.785411784)
