"""Moonraker: changes of Klipper's objects, in one message or a topic a field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import moonraker
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, heard, nearly, said

ROOT = "voron"
OBJECTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "heater_bed",
        {"temperature": 61.2, "target": 60, "power": 0.4},
        {"bed_temperature": 61.2, "bed_target": 60, "x_bed_duty": 0.4},
    ),
    (
        "extruder",
        {"temperature": 244.9, "target": 245, "power": 1.0, "pressure_advance": 0.03},
        {"nozzle_temperature": 244.9, "nozzle_target": 245, "x_nozzle_duty": 1},
    ),
    ("extruder1", {"temperature": 30.5}, {"nozzle_temperature@tool1": 30.5}),
    ("extruder_stepper belt", {"pressure_advance": 0.1}, {}),
    ("print_stats", {"state": "standby"}, {"printer_status": "idle"}),
    ("print_stats", {"state": "printing"}, {"printer_status": "printing"}),
    ("print_stats", {"state": "paused"}, {"printer_status": "paused"}),
    ("print_stats", {"state": "complete"}, {"printer_status": "finished"}),
    ("print_stats", {"state": "cancelled"}, {"printer_status": "idle"}),
    ("print_stats", {"state": "error", "message": "Move out of range"}, {"printer_status": "error"}),
    ("print_stats", {"state": "dancing"}, {}),
    (
        "print_stats",
        {"filename": "jobs/hinge.gcode", "filament_used": 812.4, "print_duration": 95.5},
        {"print_job": "hinge.gcode", "filament_used": 812.4, "x_print_time": 95.5},
    ),
    ("print_stats", {"filename": "", "info": {"current_layer": 3, "total_layer": None}}, {"x_layer": 3}),
    ("virtual_sdcard", {"progress": 0.4375, "is_active": True}, {"print_progress": 43.75}),
    ("display_status", {"progress": 0.25, "message": None}, {"print_progress": 25}),
    ("webhooks", {"state": "ready"}, {"printer_status": "idle"}),
    ("webhooks", {"state": "startup"}, {"printer_status": "offline"}),
    ("webhooks", {"state": "shutdown", "state_message": "lost"}, {"printer_status": "error"}),
    ("temperature_sensor chamber", {"temperature": 48.5}, {"x_chamber_temperature": 48.5}),
    ("temperature_sensor mcu_temp", {"temperature": 52}, {"x_machine_temperature@mcu_temp": 52}),
    (
        "temperature_fan host",
        {"temperature": 50, "target": 45, "speed": 0.5},
        {"x_machine_temperature@host": 50, "x_machine_target@host": 45, "x_fan_speed@host": 50},
    ),
    ("fan", {"speed": 0.3, "rpm": None}, {"x_fan_speed": 30}),
    ("filament_switch_sensor runout", {"filament_detected": False}, {"x_filament_detected@runout": "false"}),
    ("bme280 nook", {"humidity": 31, "pressure": 880.5}, {"humidity@nook": 31, "pressure@nook": 880.5}),
    ("toolhead", {"position": [1, 2, 3, 4]}, {}),
    ("heater_bed", {"temperature": None, "target": "nan"}, {}),
]


@pytest.mark.parametrize(("name", "values", "expected"), OBJECTS)
def test_an_object_says(name: str, values: dict[str, Any], expected: Any) -> None:
    message = {"eventtime": 8123.25, "status": {name: values}}
    assert said("moonraker", ROOT, f"{ROOT}/klipper/status", message) == nearly(expected)


@pytest.mark.parametrize(("name", "values", "expected"), OBJECTS)
def test_the_fields_of_an_object_on_topics_of_their_own_say_the_same(
    name: str, values: dict[str, Any], expected: Any
) -> None:
    messages = [
        (f"klipper/state/{name}/{key}", {"eventtime": 8123.25, "value": value})
        for key, value in values.items()
    ]
    together: dict[str, Any] = {}
    for one in heard("moonraker", ROOT, messages):
        together |= one
    assert together == nearly(expected)


def test_a_message_of_several_objects_says_all_of_it_and_when_it_came() -> None:
    status = {"extruder": {"temperature": 200}, "print_stats": {"state": "printing"}, "webhooks": {}}
    found = decode("moonraker", ROOT, f"{ROOT}/klipper/status", {"eventtime": 1e9, "status": status})
    assert [(one.metric, one.value, one.at) for one in found] == [
        ("nozzle_temperature", 200, None),
        ("printer_status", "printing", None),
    ]


def test_klipper_being_ready_does_not_end_a_print() -> None:
    def is_so(name: str, state: str) -> tuple[str, Any]:
        return "klipper/status", {"eventtime": 1, "status": {name: {"state": state}}}

    dialogue = [
        is_so("print_stats", "printing"),
        is_so("webhooks", "ready"),
        is_so("webhooks", "shutdown"),
        is_so("print_stats", "standby"),
        is_so("webhooks", "ready"),
    ]
    assert [one["printer_status"] for one in heard("moonraker", ROOT, dialogue)] == [
        "printing",
        "printing",
        "error",
        "idle",
        "idle",
    ]


def test_the_files_own_progress_goes_before_the_displays() -> None:
    def tells(**progress: float) -> tuple[str, Any]:
        status = {name: {"progress": value} for name, value in progress.items()}
        return "klipper/status", {"eventtime": 1, "status": status}

    dialogue = [tells(virtual_sdcard=0.5), tells(display_status=0.9), tells(virtual_sdcard=0.6)]
    assert heard("moonraker", ROOT, dialogue) == [{"print_progress": 50}, {}, {"print_progress": 60}]


def test_the_first_of_several_tools_has_its_name() -> None:
    message = {"status": {"extruder": {"temperature": 200}}}
    found = said("moonraker", ROOT, f"{ROOT}/klipper/status", message, options={"tools": 2})
    assert found == {"nozzle_temperature@tool0": 200}


@pytest.mark.parametrize(
    ("below", "payload", "expected"),
    [
        ("moonraker/status", {"server": "online"}, {"online": "online"}),
        ("moonraker/status", {"server": "offline"}, {"online": "offline"}),
        ("moonraker/status", b"", {}),
        ("moonraker/api/request", {"jsonrpc": "2.0", "method": "printer.info"}, {}),
        ("moonraker/api/response", "not json", {}),
        ("macros/hello", "hi", {}),
    ],
)
def test_a_topic_says(below: str, payload: Any, expected: Any) -> None:
    assert said("moonraker", ROOT, f"{ROOT}/{below}", payload) == expected


@pytest.mark.parametrize(
    ("below", "payload", "reason"),
    [
        ("klipper/status", "{'status': {}}", "not JSON"),
        ("klipper/status", {"eventtime": 1}, "status: a JSON object was expected, not null"),
        ("klipper/state/fan/speed", {"eventtime": 1}, "no value is in it"),
        ("moonraker/status", {"server": 5}, "online or offline was expected"),
        ("moonraker/status", "online", "not JSON"),
    ],
)
def test_a_message_is_refused_with_its_reason(below: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("moonraker", ROOT, f"{ROOT}/{below}", payload)


def test_only_its_own_instance_is_a_printers() -> None:
    assert moonraker.suffix(ROOT, "voron2/klipper/status") is None


@given(share=st.floats(0, 1), celsius=st.floats(-20, 400))
def test_progress_is_a_percentage_and_a_temperature_what_it_is(share: float, celsius: float) -> None:
    status = {"virtual_sdcard": {"progress": share}, "heater_bed": {"temperature": celsius}}
    found = said("moonraker", ROOT, f"{ROOT}/klipper/status", {"status": status})
    assert found == {"print_progress": pytest.approx(100 * share), "bed_temperature": celsius}
