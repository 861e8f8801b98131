"""OctoPrint with its MQTT plugin: events, progress, temperatures.

Root: the plugin's base topic (`octoPrint`, `workshop/mk4`), with or without its trailing slash.
`_timestamp` (another name by `options.timestamp`) is the reading's time. tool0 has no channel, further
tools have their names; with `options.tools` above 1 tool0 has its name too.

`progress` says how far a job is, not that it goes on: it is retained and stays after a crash, so jobs
begin and end by events. A cancelled print fires PrintFailed too, in either order: its reason tells.
Events hold client addresses and user names; of those that say nothing of a job nothing is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from devices.formats._json import below, parse_object, shown, text
from devices.formats._tables import (
    LONGEST_KEY,
    ONLINE_OFFLINE,
    REST,
    VERBATIM,
    Field,
    Fields,
    put,
    put_extra,
    take,
)
from devices.formats._times import unix_time
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "OctoPrint"
ROOTS = ("octoPrint",)
JOB_EVENTS = {
    "PrintStarted": "printing",
    "PrintResumed": "printing",
    "PrintPaused": "paused",
    "PrintDone": "finished",
    "PrintFailed": "error",
    "PrintCancelled": "idle",
}
PRINTER_EVENTS = {"Connected": "idle", "Disconnected": "offline", "Error": "error"}
STATES = {
    "PRINTING": "printing",
    "PAUSED": "paused",
    "ERROR": "error",
    "CLOSED_WITH_ERROR": "error",
    "OFFLINE_AFTER_ERROR": "error",
    "OFFLINE": "offline",
    "CLOSED": "offline",
}
"""PrinterStateChanged. OPERATIONAL follows PrintDone and would at once turn "finished" into "idle"."""
FLAGS = (
    ("error", "error"),
    ("paused", "paused"),
    ("pausing", "paused"),
    ("printing", "printing"),
    ("resuming", "printing"),
    ("finishing", "printing"),
    ("cancelling", "printing"),
    ("closedOrError", "offline"),
    ("operational", "idle"),
)
"""The state's flags, the strongest first."""

JOB_NAME = Field("print_job", words=VERBATIM)
PROGRESS = Field("print_progress", absent=frozenset({-1.0}))
NOZZLE = (("actual", Field("nozzle_temperature")), ("target", Field("nozzle_target")))
BED = (("actual", Field("bed_temperature")), ("target", Field("bed_target")))
PRINTER_DATA: Fields = {
    "progress": {
        "printTimeLeft": Field("print_time_left"),
        "printTime": Field("x_print_time"),
        REST: None,
    },
    "job": {
        "estimatedPrintTime": Field("x_estimated_print_time"),
        "filament": {
            f"tool{n}": {"length": Field("x_job_filament_length", f"tool{n}" if n else ""), REST: None}
            for n in range(10)
        },
        REST: None,
    },
    "currentZ": Field("x_current_z"),
    REST: None,
}
"""What `printerData` adds: s and mm. The filament is what the job will need, not what it has used."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the base topic."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one message of the plugin."""
    if not payload:
        return []
    topic, _, rest = suffix.partition("/")
    if topic == "temperature":
        return _temperature(rest, parse_object(payload), source)
    if suffix == "progress/printing":
        return _progress(parse_object(payload), source)
    if topic == "event":
        return _event(rest, parse_object(payload), source)
    if suffix == "mqtt":
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"mqtt: connected or disconnected was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    found: Decoded = []
    if topic == "metadata" and not payload.startswith((b"{", b"[")):  # of the metadata plugin
        put_extra(found, ("metadata", rest[:LONGEST_KEY]), text(payload), None)
    return found


def _time(message: dict[str, Any], source: Source) -> datetime | None:
    return unix_time(message.get(str(source.options.get("timestamp", "_timestamp"))))


def _temperature(heater: str, message: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    if "actual" not in message and "target" not in message:
        raise BadPayload("neither actual nor target is in it")
    at = _time(message, source)
    channel = ""
    if heater == "bed":
        fields = BED
    elif heater.startswith("tool"):
        fields = NOZZLE
        tools = source.options.get("tools")
        channel = heater[:16] if heater != "tool0" or (isinstance(tools, int) and tools > 1) else ""
    else:
        put_extra(found, (heater[:LONGEST_KEY], "temperature"), message.get("actual"), at)
        put_extra(found, (heater[:LONGEST_KEY], "target"), message.get("target"), at)
        return found
    for key, field in fields:
        put(found, field, message.get(key), at, channel)
    return found


def _progress(message: dict[str, Any], source: Source) -> Decoded:
    if "progress" not in message:
        raise BadPayload("no progress is in it")
    found: Decoded = []
    at = _time(message, source)
    put(found, PROGRESS, message["progress"], at)
    data = message.get("printer_data")
    if isinstance(data, dict):
        take(found, PRINTER_DATA, data, at)
        word = _flagged(data.get("state"))
        if word is not None:
            found.append(StateChange("printer_status", word, "", at))
    put(found, JOB_NAME, _file_name(message), at)
    return found


def _flagged(state: Any) -> str | None:
    flags = state.get("flags") if isinstance(state, dict) else None
    if not isinstance(flags, dict):
        return None
    return next((word for flag, word in FLAGS if flags.get(flag) is True), None)


def _event(event: str, message: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    at = _time(message, source)
    if event in JOB_EVENTS:
        word = JOB_EVENTS[event]
        if event == "PrintFailed" and message.get("reason") == "cancelled":
            word = "idle"
        put(found, JOB_NAME, _file_name(message), at)
        if event == "PrintDone":
            put_extra(found, ("print_time",), message.get("time"), at)
    elif event == "PrinterStateChanged":
        word = STATES.get(str(message.get("state_id")), "")
    else:
        word = PRINTER_EVENTS.get(event, "")
    if word:
        found.append(StateChange("printer_status", word, "", at))
    return found


def _file_name(message: dict[str, Any]) -> str | None:
    """The job's file, without its folders. Older versions of the plugin name it differently."""
    for key in ("name", "filename", "path", "file"):
        name = message.get(key)
        if isinstance(name, str) and name:
            return name.rpartition("/")[2]
    return None
