"""Bambu Lab printers: the report of a printer's own broker, whole or only what has changed.

Root: `device/<serial>`, as the printer names it and a bridge of brokers passes it on.

X1 sends the whole `print` object, P1 and A1 only what is new: what is missing is unchanged. The time left
is in minutes, the signal a text with its unit, fans are steps of 15, and `chamber_temper` 5 means that
there is no thermometer. Newer printers pack a heater's target into the upper half of its temperature.

A print that somebody has cancelled is FAILED like one that has failed; its error code tells. Answers to
commands, logs and requests are no readings. Account numbers, addresses and spools' tags are not kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from devices.formats._json import below, json_type, number, parse_object
from devices.formats._tables import ON_OFF, REST, VERBATIM, Field, Fields, put, take
from devices.formats._times import unix_time
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Bambu Lab"
ROOTS = ("device/01P00A000000001",)
STATUS = {
    "idle": "idle",
    "prepare": "printing",
    "slicing": "printing",
    "running": "printing",
    "pause": "paused",
    "finish": "finished",
    "failed": "error",
    "offline": "offline",
}
"""gcode_state."""
CANCELLED = 0x0300_400C
"""print_error and fail_reason of a print that was cancelled."""
NO_CHAMBER = 5.0
"""°C that a printer without a thermometer in its chamber sends."""
SECONDS = 60.0
FAN_STEPS = 15.0
HALF = 1 << 16


def _fan(which: str) -> Field:
    return Field("x_fan_speed", which, times=100, per=FAN_STEPS)


PRINT: Fields = {
    "nozzle_temper": Field("nozzle_temperature"),
    "nozzle_target_temper": Field("nozzle_target"),
    "bed_temper": Field("bed_temperature"),
    "bed_target_temper": Field("bed_target"),
    "chamber_temper": Field("x_chamber_temperature", absent=frozenset({NO_CHAMBER})),
    "mc_percent": Field("print_progress"),
    "mc_remaining_time": Field("print_time_left", times=SECONDS),
    "layer_num": Field("x_layer"),
    "total_layer_num": Field("x_layers"),
    "spd_mag": Field("x_print_speed"),
    "print_error": Field("x_print_error"),
    "cooling_fan_speed": _fan("part"),
    "heatbreak_fan_speed": _fan("heatbreak"),
    "big_fan1_speed": _fan("auxiliary"),
    "big_fan2_speed": _fan("chamber"),
    "3D": {"layer_num": Field("x_layer"), "total_layer_num": Field("x_layers"), REST: None},
    REST: None,
}
SPOOLS: Fields = {
    "humidity": Field("x_ams_humidity_level"),
    "humidity_raw": Field("x_ams_humidity"),
    "temp": Field("x_ams_temperature", absent=frozenset({0.0})),
    REST: None,
}
"""Of an AMS: a level of 1 to 5, and % and °C where it measures them."""
SPOOL_LEFT = Field("x_spool_left", absent=frozenset({-1.0}))
MOST_SPOOLS = 16
COMMANDS = frozenset({"push_status", ""})


def suffix(root: str, topic: str) -> str | None:
    """What follows the printer's own topic."""
    return below(root.removesuffix("/").removesuffix("/report"), topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of a report. Raises BadPayload."""
    if not payload or suffix != "report":
        return []  # requests overheard
    message = parse_object(payload)
    report = message.get("print")
    if report is None:
        return []  # logs, versions, answers to other commands
    if not isinstance(report, dict):
        raise BadPayload(f"print: a JSON object was expected, not {json_type(report)}")
    if str(report.get("command", "")) not in COMMANDS:
        return []  # the answer to a command, with its parameters
    at = unix_time(report.get("t_utc"))
    found: Decoded = []
    take(found, PRINT, report, at)
    _say_words(found, report, at)
    _say_parts(found, report, at)
    _say_spools(found, report.get("ams"), at)
    return found


def _say_words(found: Decoded, report: dict[str, Any], at: datetime | None) -> None:
    state = report.get("gcode_state")
    word = STATUS.get(state.lower(), "") if isinstance(state, str) else ""
    if word == "error" and CANCELLED in (
        number(report.get("print_error")),
        number(report.get("fail_reason")),
    ):
        word = "idle"
    if word:
        found.append(StateChange("printer_status", word, "", at))
    name = report.get("subtask_name") or (report.get("gcode_file") if "subtask_name" in report else None)
    if isinstance(name, str):
        put(found, Field("print_job", words=VERBATIM), name.rpartition("/")[2][:200], at)
    signal = report.get("wifi_signal")
    if isinstance(signal, str):
        signal = signal.strip().removesuffix("dBm")
    put(found, Field("signal"), signal, at)
    for light in _objects(report.get("lights_report")):
        node = light.get("node")
        if isinstance(node, str):
            put(found, Field("x_light", node[:40], words=ON_OFF), light.get("mode"), at)


def _say_parts(found: Decoded, report: dict[str, Any], at: datetime | None) -> None:
    """What printers with several nozzles tell below `device`, where the plain keys do not say it."""
    device = report.get("device")
    if not isinstance(device, dict):
        return
    nozzles = _objects(_in(device, "extruder", "info"))
    if len(nozzles) > 1 or "nozzle_temper" not in report:
        for nozzle in nozzles:
            channel = f"tool{nozzle.get('id')}"[:16] if len(nozzles) > 1 else ""
            _put_packed(found, ("nozzle_temperature", "nozzle_target"), nozzle.get("temp"), at, channel)
    if "bed_temper" not in report:
        _put_packed(found, ("bed_temperature", "bed_target"), _in(device, "bed", "info", "temp"), at)
    if "chamber_temper" not in report:
        chamber = ("x_chamber_temperature", "x_chamber_target")
        _put_packed(found, chamber, _in(device, "ctc", "info", "temp"), at)


def _put_packed(
    found: Decoded, metrics: tuple[str, str], value: Any, at: datetime | None, channel: str = ""
) -> None:
    amount = number(value)
    if amount is None or not 0 <= amount < HALF * HALF or amount != int(amount):
        return
    target, actual = divmod(int(amount), HALF)
    put(found, Field(metrics[0], channel), actual, at)
    if target:
        put(found, Field(metrics[1], channel), target, at)


def _say_spools(found: Decoded, ams: Any, at: datetime | None) -> None:
    for unit in _objects(ams.get("ams")) if isinstance(ams, dict) else ():
        which = str(unit.get("id", ""))[:8]
        take(found, SPOOLS, unit, at, which)
        for spool in _objects(unit.get("tray")):
            channel = f"{which}_{spool.get('id', '')}"[:16]
            put(found, SPOOL_LEFT, spool.get("remain"), at, channel)


def _objects(values: Any) -> list[dict[str, Any]]:
    return [one for one in values[:MOST_SPOOLS] if isinstance(one, dict)] if isinstance(values, list) else []


def _in(values: Any, *steps: str) -> Any:
    for step in steps:
        values = values.get(step) if isinstance(values, dict) else None
    return values
