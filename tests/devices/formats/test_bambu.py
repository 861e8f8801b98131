"""Bambu Lab: whole reports and what has changed, with all their ways to write a number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import bambu
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, nearly, said

ROOT = "device/01S00C123400099"
TOPIC = f"{ROOT}/report"


def reported(**values: Any) -> dict[str, Any]:
    """What a report of the printer's own says."""
    return said("bambu", ROOT, TOPIC, {"print": {"command": "push_status", "msg": 1, **values}})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"nozzle_temper": 219.4, "nozzle_target_temper": 220},
            {"nozzle_temperature": 219.4, "nozzle_target": 220},
        ),
        ({"bed_temper": 55.5, "bed_target_temper": 55}, {"bed_temperature": 55.5, "bed_target": 55}),
        ({"chamber_temper": 5}, {}),
        ({"chamber_temper": 38.2}, {"x_chamber_temperature": 38.2}),
        ({"mc_percent": 41}, {"print_progress": 41}),
        ({"mc_remaining_time": 95}, {"print_time_left": 5700}),
        ({"mc_remaining_time": "12"}, {"print_time_left": 720}),
        ({"wifi_signal": "-61dBm"}, {"signal": -61}),
        ({"wifi_signal": ""}, {}),
        ({"layer_num": 12, "total_layer_num": 240}, {"x_layer": 12, "x_layers": 240}),
        ({"big_fan1_speed": "15"}, {"x_fan_speed@auxiliary": 100}),
        ({"cooling_fan_speed": "3"}, {"x_fan_speed@part": 20}),
        ({"subtask_name": "bracket v2"}, {"print_job": "bracket v2"}),
        ({"subtask_name": "", "gcode_file": "/cache/arm.gcode.3mf"}, {"print_job": "arm.gcode.3mf"}),
        ({"subtask_name": "", "gcode_file": ""}, {}),
        ({"gcode_file": "/data/Metadata/plate_1.gcode"}, {}),
        ({"gcode_state": "IDLE"}, {"printer_status": "idle"}),
        ({"gcode_state": "PREPARE"}, {"printer_status": "printing"}),
        ({"gcode_state": "RUNNING"}, {"printer_status": "printing"}),
        ({"gcode_state": "PAUSE"}, {"printer_status": "paused"}),
        ({"gcode_state": "FINISH"}, {"printer_status": "finished"}),
        (
            {"gcode_state": "FAILED", "print_error": 83902465},
            {"printer_status": "error", "x_print_error": 83902465},
        ),
        ({"gcode_state": "FAILED", "fail_reason": "50348044"}, {"printer_status": "idle"}),
        ({"gcode_state": "UNKNOWN"}, {}),
        ({"lights_report": [{"node": "chamber_light", "mode": "on"}]}, {"x_light@chamber_light": "on"}),
        (
            {
                "ams": {
                    "ams": [{"id": "0", "humidity": "4", "temp": "27.5", "tray": [{"id": "2", "remain": 62}]}]
                }
            },
            {"x_ams_humidity_level@0": 4, "x_ams_temperature@0": 27.5, "x_spool_left@0_2": 62},
        ),
        ({"ams": {"ams": [{"id": "0", "temp": "0.0", "tray": [{"id": "0", "remain": -1}]}]}}, {}),
        ({"device": {"ctc": {"info": {"temp": 41}}}}, {"x_chamber_temperature": 41}),
        (
            {"device": {"bed": {"info": {"temp": 60 * 65536 + 58}}}},
            {"bed_temperature": 58, "bed_target": 60},
        ),
        (
            {"device": {"extruder": {"info": [{"id": 0, "temp": 220 * 65536 + 218}, {"id": 1, "temp": 31}]}}},
            {"nozzle_temperature@tool0": 218, "nozzle_target@tool0": 220, "nozzle_temperature@tool1": 31},
        ),
        ({"device": {"extruder": {"info": [{"id": 0, "temp": 26}]}}}, {"nozzle_temperature": 26}),
        (
            {"nozzle_temper": 26, "device": {"extruder": {"info": [{"id": 0, "temp": 26}]}}},
            {"nozzle_temperature": 26},
        ),
        ({"net": {"info": [{"ip": 16777343}]}, "task_id": "77", "ipcam": {"rtsp_url": "rtsps://x"}}, {}),
        ({"nozzle_temper": None, "bed_temper": "nan", "mc_percent": {}}, {}),
    ],
)
def test_a_report_says(values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert reported(**values) == nearly(expected)


def test_a_report_with_a_clock_says_when_it_was() -> None:
    found = decode("bambu", ROOT, TOPIC, {"print": {"mc_percent": 7, "t_utc": 1_767_225_600_500}})
    assert found[0].at == datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("below", "payload"),
    [
        ("report", {"mc_print": {"command": "push_info", "param": "[BMC] temp:218"}}),
        ("report", {"info": {"command": "get_version", "module": []}}),
        ("report", {"print": {"command": "project_file", "subtask_name": "x", "result": "success"}}),
        ("report", {"print": {"command": "gcode_line", "param": "M104 S200", "nozzle_temper": 200}}),
        ("report", {"system": {"command": "ledctrl", "led_mode": "on"}}),
        ("report", b""),
        ("request", {"pushing": {"command": "pushall"}}),
        ("request", {"print": {"command": "stop"}}),
    ],
)
def test_logs_answers_and_requests_are_no_readings(below: str, payload: Any) -> None:
    assert said("bambu", ROOT, f"{ROOT}/{below}", payload) == {}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ('{"print": {"nozzle_temper": 21', "not JSON"),
        ("[]", "a JSON object was expected, not an array"),
        ({"print": "idle"}, "print: a JSON object was expected, not a text"),
    ],
)
def test_a_report_is_refused_with_its_reason(payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("bambu", ROOT, TOPIC, payload)


def test_another_printer_is_not_this_one() -> None:
    assert bambu.suffix(ROOT, "device/01S00C123400098/report") is None


@given(
    minutes=st.integers(0, 100_000),
    dbm=st.integers(-120, 0),
    actual=st.integers(0, 400),
    target=st.integers(0, 400),
)
def test_minutes_signals_and_packed_temperatures(minutes: int, dbm: int, actual: int, target: int) -> None:
    found = reported(
        mc_remaining_time=minutes,
        wifi_signal=f"{dbm}dBm",
        device={"bed": {"info": {"temp": target * 65536 + actual}}},
    )
    assert found.pop("bed_target", 0) == target
    assert found == {"print_time_left": minutes * 60, "signal": dbm, "bed_temperature": actual}
