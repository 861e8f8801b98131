"""Moonraker, for Klipper printers: changes in one topic, or a topic for each field.

Root: the instance's name (`my_printer`). `klipper/status` holds only what has changed, with
`publish_split_status` a field has `klipper/state/<object>/<field>`; both are read.

`eventtime` counts from the host's start and is no time. Progress is 0 to 1, and of the file where the file's
own is told. Heaters' `power` is a duty of 0 to 1, never watts. `extruder` has no channel, `extruder1` is
tool1; with `options.tools` above 1 the first is tool0.

Klipper being ready is a printer that idles, unless a print is known to be under way: `print_stats` tells.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import below, json_type, parse_object, shown
from devices.formats._tables import (
    LONGEST_KEY,
    ONLINE_OFFLINE,
    REST,
    TRUE_FALSE,
    VERBATIM,
    Field,
    Fields,
    put,
    take,
)
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Moonraker (Klipper)"
ROOTS = ("my_printer",)
REMEMBERS = True
PRINT = {
    "standby": "idle",
    "printing": "printing",
    "paused": "paused",
    "complete": "finished",
    "cancelled": "idle",
    "error": "error",
}
"""print_stats.state."""
KLIPPER = {"ready": "idle", "startup": "offline", "shutdown": "error", "error": "error"}
"""webhooks.state."""
PRINT_IS = "print_stats"
FILE_PROGRESS = "virtual_sdcard"
PERCENT = 100.0
NOZZLE: Fields = {
    "temperature": Field("nozzle_temperature"),
    "target": Field("nozzle_target"),
    "power": Field("x_nozzle_duty"),
    REST: None,
}
BED: Fields = {
    "temperature": Field("bed_temperature"),
    "target": Field("bed_target"),
    "power": Field("x_bed_duty"),
    REST: None,
}
PRINT_STATS: Fields = {
    "filename": Field("print_job", words=VERBATIM),
    "filament_used": Field("filament_used"),
    "print_duration": Field("x_print_time"),
    "info": {"current_layer": Field("x_layer"), "total_layer": Field("x_layers"), REST: None},
    REST: None,
}
"""Seconds and mm, of the job under way."""
FAN: Fields = {"speed": Field("x_fan_speed", times=PERCENT), "rpm": Field("x_fan_rpm"), REST: None}
SWITCH: Fields = {"filament_detected": Field("x_filament_detected", words=TRUE_FALSE), REST: None}
HEAT = ("temperature_sensor", "temperature_fan", "heater_generic", "temperature_combined", "temperature_host")
ROOM: Fields = {"humidity": Field("humidity"), "pressure": Field("pressure"), REST: None}
"""Of a chip that measures more than a temperature (bme280 and its like)."""
FANS = frozenset({"fan", "heater_fan", "controller_fan", "fan_generic"})
SWITCHES = frozenset({"filament_switch_sensor", "filament_motion_sensor"})
ROOMS = frozenset({"bme280", "htu21d", "aht10", "sht3x", "lm75"})


def suffix(root: str, topic: str) -> str | None:
    """What follows the instance's name."""
    return below(root.removesuffix("/klipper/status").removesuffix("/moonraker/status"), topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one message. Raises BadPayload."""
    if not payload:
        return []
    if suffix == "moonraker/status":
        said = parse_object(payload).get("server")
        word = ONLINE_OFFLINE.get(said.lower()) if isinstance(said, str) else None
        if word is None:
            raise BadPayload(f"server: online or offline was expected, not {shown(said)}")
        return [StateChange("online", word)]
    if suffix == "klipper/status":
        status = parse_object(payload).get("status")
        if not isinstance(status, dict):
            raise BadPayload(f"status: a JSON object was expected, not {json_type(status)}")
        return _status(status, source)
    levels = suffix.split("/")
    if suffix.startswith("klipper/state/") and len(levels) == len(("klipper", "state", "object", "field")):
        said = parse_object(payload)
        if "value" not in said:
            raise BadPayload("no value is in it")
        return _status({levels[2]: {levels[3]: said["value"]}}, source)
    return []  # requests and answers of the API, what a macro has published


def _status(status: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    for name, values in status.items():
        if isinstance(values, dict):
            _object(found, name[:LONGEST_KEY], values, source)
    if FILE_PROGRESS in status:
        source.memory[FILE_PROGRESS] = True
    word = _printer_status(status, source)
    if word:
        found.append(StateChange("printer_status", word))
    return found


def _object(found: Decoded, name: str, values: dict[str, Any], source: Source) -> None:
    kind, _, own = name.partition(" ")
    if kind == "heater_bed":
        take(found, BED, values, None)
    elif kind.startswith("extruder") and (kind[8:] == "" or kind[8:].isdigit()):
        take(found, NOZZLE, values, None, _tool(kind[8:], source))
    elif kind == PRINT_IS:
        path = values.get("filename")
        take(
            found,
            PRINT_STATS,
            values if not isinstance(path, str) else {**values, "filename": _file(path)},
            None,
        )
    elif kind == FILE_PROGRESS or (kind == "display_status" and FILE_PROGRESS not in source.memory):
        put(found, Field("print_progress", times=PERCENT), values.get("progress"), None)
    elif kind in HEAT:
        _heat(found, own or kind, values)
    elif kind in FANS:
        take(found, FAN, values, None, own[:40])
    elif kind in SWITCHES:
        take(found, SWITCH, values, None, own[:40])
    elif kind in ROOMS:
        take(found, ROOM, values, None, own[:40])


def _heat(found: Decoded, name: str, values: dict[str, Any]) -> None:
    """A thermometer with a name: of the chamber, of the board, of the host."""
    channel = name[:40]
    is_chamber = "chamber" in name.lower() or "enclosure" in name.lower()
    metric = "x_chamber" if is_chamber else "x_machine"
    put(found, Field(f"{metric}_temperature", "" if is_chamber else channel), values.get("temperature"), None)
    if values.get("target"):
        put(found, Field(f"{metric}_target", "" if is_chamber else channel), values["target"], None)
    if "speed" in values:
        take(found, FAN, {"speed": values["speed"]}, None, channel)


def _tool(number: str, source: Source) -> str:
    tools = source.options.get("tools")
    has_many = isinstance(tools, int) and tools > 1
    return f"tool{number}" if number else "tool0" if has_many else ""


def _file(path: str) -> str:
    return path.rpartition("/")[2][:200]


def _printer_status(status: dict[str, Any], source: Source) -> str:
    """The word that follows from the print's state and Klipper's own, as far as they are told."""
    printing, klipper = _state(status.get(PRINT_IS)), _state(status.get("webhooks"))
    if printing:
        source.memory[PRINT_IS] = PRINT.get(printing, "")
    if klipper and klipper != "ready":
        return KLIPPER.get(klipper, "")
    if printing:
        return PRINT.get(printing, "")
    if klipper:
        known: str = source.memory.get(PRINT_IS, "")
        return known or KLIPPER[klipper]
    return ""


def _state(values: Any) -> str:
    state = values.get("state") if isinstance(values, dict) else None
    return state.lower() if isinstance(state, str) else ""
