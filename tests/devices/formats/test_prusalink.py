"""PrusaLink: the bodies of its API as a poller passes them on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import prusalink
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, nearly, said

ROOT = "prusa/xl-2"
PRINTER = {"state": "PRINTING", "temp_nozzle": 209.7, "target_nozzle": 210.0, "temp_bed": 60.2}
JOB = {"id": 7, "progress": 12.5, "time_printing": 300, "time_remaining": 2100}


def test_a_status_says_what_prints_and_how_warm_it_is() -> None:
    body = {
        "printer": {**PRINTER, "axis_z": 4.2, "fan_print": 3000},
        "job": JOB,
        "storage": {"free_space": 1},
    }
    assert said("prusalink", ROOT, f"{ROOT}/status", body) == nearly(
        {
            "printer_status": "printing",
            "nozzle_temperature": 209.7,
            "nozzle_target": 210,
            "bed_temperature": 60.2,
            "x_axis_z": 4.2,
            "x_fan_rpm@print": 3000,
            "print_progress": 12.5,
            "x_print_time": 300,
            "print_time_left": 2100,
        }
    )


@pytest.mark.parametrize(
    ("state", "with_job", "without"),
    [
        ("IDLE", "idle", "idle"),
        ("READY", "idle", "idle"),
        ("BUSY", "printing", "idle"),
        ("PRINTING", "printing", "printing"),
        ("PAUSED", "paused", "paused"),
        ("FINISHED", "finished", "finished"),
        ("STOPPED", "idle", "idle"),
        ("ERROR", "error", "error"),
        ("ATTENTION", "paused", "error"),
    ],
)
def test_a_state_has_a_word(state: str, with_job: str, without: str) -> None:
    alone = {"printer": {"state": state}}
    assert said("prusalink", ROOT, ROOT, alone) == {"printer_status": without}
    assert said("prusalink", ROOT, ROOT, {**alone, "job": {"id": 1}}) == {"printer_status": with_job}


@pytest.mark.parametrize(
    ("below", "payload", "expected"),
    [
        ("status", {"printer": {"state": "DANCING", "temp_bed": None}}, {}),
        (
            "status",
            {"printer": {"temp_bed": "24.5"}, "job": {"time_remaining": -1}},
            {"bed_temperature": 24.5},
        ),
        (
            "job",
            {**JOB, "state": "PAUSED", "file": {"name": "ARM~1.GCO", "display_name": "arm.gcode"}},
            {
                "printer_status": "paused",
                "print_job": "arm.gcode",
                "print_progress": 12.5,
                "x_print_time": 300,
                "print_time_left": 2100,
            },
        ),
        (
            "printer",
            {
                "telemetry": {"temp-bed": 59.9, "temp-nozzle": 209, "print-speed": 100},
                "temperature": {"tool0": {"actual": 209.5, "target": 210}},
                "state": {"text": "Printing", "flags": {"operational": True, "printing": True}},
            },
            {
                "nozzle_temperature": 209.5,
                "nozzle_target": 210,
                "bed_temperature": 59.9,
                "x_print_speed": 100,
                "printer_status": "printing",
            },
        ),
        ("online", "false", {"online": "offline"}),
        ("availability", "online", {"online": "online"}),
        ("files", '{"children": []}', {}),
        ("status", b"", {}),
    ],
)
def test_a_topic_says(below: str, payload: Any, expected: Any) -> None:
    assert said("prusalink", ROOT, f"{ROOT}/{below}", payload) == nearly(expected)


@pytest.mark.parametrize(
    ("below", "payload", "reason"),
    [
        ("status", "{", "not JSON"),
        ("status", "PRINTING", "not JSON"),
        ("status", {"error": "Unauthorized"}, "neither a printer nor a job is in it"),
        ("online", "perhaps", "online or offline was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(below: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("prusalink", ROOT, f"{ROOT}/{below}", payload)


def test_another_printer_is_not_this_one() -> None:
    assert prusalink.suffix(ROOT, "prusa/xl-20/status") is None


@given(progress=st.floats(0, 100), left=st.integers(0, 10**7))
def test_numbers_are_kept_as_they_are_sent(progress: float, left: int) -> None:
    body = {"printer": {}, "job": {"progress": progress, "time_remaining": left}}
    assert said("prusalink", ROOT, ROOT, body) == {"print_progress": progress, "print_time_left": left}
