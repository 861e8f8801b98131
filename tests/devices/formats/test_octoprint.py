"""OctoPrint: a table of messages and what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from devices.formats import octoprint
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, said

AT = 1777900000
JOB = {"name": "hook.gcode", "path": "brackets/hook.gcode", "origin": "local", "size": 100, "owner": "ana"}

MESSAGES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "a start": ("event/PrintStarted", JOB, {"print_job": "hook.gcode", "printer_status": "printing"}),
    "a start as older versions say it": (
        "event/PrintStarted",
        {"file": "/home/pi/uploads/a b.gco", "filename": "a b.gco", "origin": "local"},
        {"print_job": "a b.gco", "printer_status": "printing"},
    ),
    "a pause": ("event/PrintPaused", JOB, {"print_job": "hook.gcode", "printer_status": "paused"}),
    "going on": ("event/PrintResumed", JOB, {"print_job": "hook.gcode", "printer_status": "printing"}),
    "the end": (
        "event/PrintDone",
        JOB | {"time": 512.5},
        {"print_job": "hook.gcode", "x_print_time": 512.5, "printer_status": "finished"},
    ),
    "a failure": (
        "event/PrintFailed",
        JOB | {"reason": "error"},
        {"print_job": "hook.gcode", "printer_status": "error"},
    ),
    "a cancelled print has failed, but not by a fault": (
        "event/PrintFailed",
        JOB | {"reason": "cancelled"},
        {"print_job": "hook.gcode", "printer_status": "idle"},
    ),
    "a cancelled print": ("event/PrintCancelled", JOB, {"print_job": "hook.gcode", "printer_status": "idle"}),
    "a printer that answers": ("event/Connected", {"port": "VIRTUAL"}, {"printer_status": "idle"}),
    "a printer that is gone": ("event/Disconnected", {}, {"printer_status": "offline"}),
    "a fault": ("event/Error", {"error": "Thermal Runaway"}, {"printer_status": "error"}),
    "a change of state": ("event/PrinterStateChanged", {"state_id": "PAUSED"}, {"printer_status": "paused"}),
    "the state after a print": ("event/PrinterStateChanged", {"state_id": "OPERATIONAL"}, {}),
    "somebody looks": ("event/ClientOpened", {"remoteAddress": "10.0.0.9"}, {}),
    "a layer": ("event/ZChange", {"old": 1.2, "new": 1.4}, {}),
    "progress": (
        "progress/printing",
        {"progress": 57, "path": "x/hook.gcode"},
        {"print_progress": 57, "print_job": "hook.gcode"},
    ),
    "progress with the printer's data": (
        "progress/printing",
        {
            "progress": 40,
            "path": "hook.gcode",
            "printer_data": {
                "progress": {"completion": 40.2, "printTime": 100, "printTimeLeft": 150, "filepos": 9},
                "state": {
                    "text": "Pausing",
                    "flags": {"operational": True, "pausing": True, "printing": True},
                },
                "currentZ": None,
                "job": {
                    "file": {"name": "hook.gcode"},
                    "estimatedPrintTime": 260.5,
                    "filament": {"tool0": {"length": 812.5, "volume": 1.9}, "tool1": {"length": 5.0}},
                },
            },
        },
        {
            "print_progress": 40,
            "x_print_time": 100,
            "print_time_left": 150,
            "x_estimated_print_time": 260.5,
            "x_job_filament_length": 812.5,
            "x_job_filament_length@tool1": 5,
            "printer_status": "paused",
            "print_job": "hook.gcode",
        },
    ),
    "progress of nothing": (
        "progress/printing",
        {"progress": 0, "path": "", "printer_data": None},
        {"print_progress": 0},
    ),
    "slicing": ("progress/slicing", {"progress": 5}, {}),
    "the nozzle": (
        "temperature/tool0",
        {"actual": 199.5, "target": 200},
        {"nozzle_temperature": 199.5, "nozzle_target": 200},
    ),
    "a second nozzle": (
        "temperature/tool1",
        {"actual": 30, "target": None},
        {"nozzle_temperature@tool1": 30},
    ),
    "the bed": (
        "temperature/bed",
        {"actual": "59.5", "target": 60},
        {"bed_temperature": 59.5, "bed_target": 60},
    ),
    "the chamber": (
        "temperature/chamber",
        {"actual": 35, "target": 0},
        {"x_chamber_temperature": 35, "x_chamber_target": 0},
    ),
    "the birth": ("mqtt", "connected", {"online": "online"}),
    "the will": ("mqtt", "disconnected", {"online": "offline"}),
    "the metadata plugin": ("metadata/layer_height", "0.2", {"x_metadata_layer_height": 0.2}),
    "its settings, which are no JSON": ("metadata/slicer_settings", '{"a": "b", ...}', {}),
}


@pytest.mark.parametrize(("topic", "payload", "expected"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_says(topic: str, payload: Any, expected: dict[str, Any]) -> None:
    assert said("octoprint", "hub/mk4/", f"hub/mk4/{topic}", payload) == expected


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("event/PrintStarted", "[]", "a JSON object was expected"),
        ("progress/printing", {"hello": "world"}, "no progress is in it"),
        ("temperature/bed", {"hello": "world"}, "neither actual nor target"),
        ("temperature/bed", "41.5", "a JSON object was expected"),
        ("mqtt", "lost", "connected or disconnected was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("octoprint", "octoPrint", f"octoPrint/{topic}", payload)


def test_the_timestamp_is_the_readings_time_under_any_name() -> None:
    def at(field: str, **options: Any) -> object:
        payload = {field: AT, "actual": 20}
        (reading,) = decode("octoprint", "o", "o/temperature/bed", payload, options=options)
        return reading.at

    assert at("_timestamp") == datetime(2026, 5, 4, 13, 6, 40, tzinfo=UTC)
    assert at("time", timestamp="time") == datetime(2026, 5, 4, 13, 6, 40, tzinfo=UTC)
    assert at("other") is None


def test_where_there_are_several_tools_each_has_its_name() -> None:
    heat = {"actual": 20}
    assert said("octoprint", "o", "o/temperature/tool0", heat, options={"tools": 2}) == {
        "nozzle_temperature@tool0": 20
    }


def test_a_base_topic_ends_with_or_without_a_slash() -> None:
    assert octoprint.suffix("octoPrint/", "octoPrint/mqtt") == "mqtt"
    assert octoprint.suffix("octoPrint", "octoPrint/mqtt") == "mqtt"
    assert octoprint.suffix("octoPrint", "octoPrint2/mqtt") is None
