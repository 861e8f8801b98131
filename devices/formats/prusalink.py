"""PrusaLink, polled over HTTP and passed on: the bodies of its API, one topic each.

Root: the topic under which a poller tells of one printer (`prusa/mk4-1`). `<root>/status` is the body of
/api/v1/status, `<root>/job` of /api/v1/job, `<root>/printer` of the older /api/printer; at the root itself
any of them. `<root>/online` or `availability` says whether the printer answers.

°C, %, seconds. Without a job there is no progress: the printer idles. BUSY is a printer that moves or heats;
it prints only with a job. ATTENTION waits for people: of a job it is a pause, else an error.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import below, parse_object, shown, text
from devices.formats._tables import ONLINE_OFFLINE, REST, TRUE_FALSE, VERBATIM, Field, Fields, put, take
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "PrusaLink"
ROOTS = ("prusa/mk4-1",)
WITH_A_JOB = {
    "printing": "printing",
    "busy": "printing",
    "paused": "paused",
    "attention": "paused",
    "finished": "finished",
    "stopped": "idle",
    "idle": "idle",
    "ready": "idle",
    "error": "error",
}
WITHOUT = {**WITH_A_JOB, "busy": "idle", "attention": "error"}
FLAGS = (
    ("error", "error"),
    ("paused", "paused"),
    ("pausing", "paused"),
    ("printing", "printing"),
    ("cancelling", "printing"),
    ("busy", "printing"),
    ("finished", "finished"),
    ("closedOrError", "offline"),
    ("operational", "idle"),
)
"""Of the older API, the strongest first."""
UNKNOWN = frozenset({-1.0})
PRINTER: Fields = {
    "temp_nozzle": Field("nozzle_temperature"),
    "target_nozzle": Field("nozzle_target"),
    "temp_bed": Field("bed_temperature"),
    "target_bed": Field("bed_target"),
    "axis_x": Field("x_axis_x"),
    "axis_y": Field("x_axis_y"),
    "axis_z": Field("x_axis_z"),
    "flow": Field("x_print_flow"),
    "speed": Field("x_print_speed"),
    "fan_hotend": Field("x_fan_rpm", "hotend"),
    "fan_print": Field("x_fan_rpm", "print"),
    "status_connect": {"ok": Field("x_cloud_connected", words=TRUE_FALSE), REST: None},
    REST: None,
}
JOB: Fields = {
    "progress": Field("print_progress", absent=UNKNOWN),
    "time_remaining": Field("print_time_left", absent=UNKNOWN),
    "time_printing": Field("x_print_time"),
    REST: None,
}
TELEMETRY: Fields = {
    "temp-nozzle": Field("nozzle_temperature"),
    "temp-bed": Field("bed_temperature"),
    "print-speed": Field("x_print_speed"),
    "z-height": Field("x_axis_z"),
    "axis_z": Field("x_axis_z"),
    REST: None,
}
HEATERS: Fields = {
    "tool0": {"actual": Field("nozzle_temperature"), "target": Field("nozzle_target"), REST: None},
    "bed": {"actual": Field("bed_temperature"), "target": Field("bed_target"), REST: None},
    REST: None,
}
"""Of /api/printer, which tells each temperature twice; what is actual in `temperature` counts."""
AVAILABILITY = frozenset({"online", "availability", "connected", "lwt"})
BODIES = frozenset({"", "status", "job", "printer", "api/v1/status", "api/v1/job", "api/printer"})


def suffix(root: str, topic: str) -> str | None:
    """What follows the root."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one body. Raises BadPayload."""
    if not payload:
        return []
    if suffix.lower() in AVAILABILITY:
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"{suffix}: online or offline was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    return _body(parse_object(payload)) if suffix in BODIES else []


def _body(said: dict[str, Any]) -> Decoded:
    found: Decoded = []
    printer = said.get("printer")
    job = said.get("job") if "printer" in said else said if "time_printing" in said else None
    if isinstance(printer, dict):
        take(found, PRINTER, printer, None)
        _say_state(found, printer.get("state"), has_job=isinstance(job, dict))
    if isinstance(job, dict):
        take(found, JOB, job, None)
        put(found, Field("print_job", words=VERBATIM), _file_name(job.get("file")), None)
        if not isinstance(printer, dict):
            _say_state(found, job.get("state"), has_job=True)
    _say_of_old(found, said)
    if not found and said and {"printer", "job", "telemetry", "temperature", "state"}.isdisjoint(said):
        raise BadPayload("neither a printer nor a job is in it")
    return found


def _say_state(found: Decoded, state: Any, *, has_job: bool) -> None:
    words = WITH_A_JOB if has_job else WITHOUT
    word = words.get(state.lower(), "") if isinstance(state, str) else ""
    if word:
        found.append(StateChange("printer_status", word))


def _say_of_old(found: Decoded, said: dict[str, Any]) -> None:
    telemetry, heaters, state = said.get("telemetry"), said.get("temperature"), said.get("state")
    if isinstance(heaters, dict):
        take(found, HEATERS, heaters, None)
    if isinstance(telemetry, dict):
        known = {one.metric for one in found}
        left = {key: value for key, value in telemetry.items() if _metric(key) not in known}
        take(found, TELEMETRY, left, None)
    flags = state.get("flags") if isinstance(state, dict) else None
    if isinstance(flags, dict):
        word = next((word for flag, word in FLAGS if flags.get(flag) is True), "")
        if word:
            found.append(StateChange("printer_status", word))


def _metric(key: str) -> str:
    field = TELEMETRY.get(key)
    return field.metric if isinstance(field, Field) else ""


def _file_name(file: Any) -> Any:
    """The name that people gave, before the short one of the card."""
    return (file.get("display_name") or file.get("name")) if isinstance(file, dict) else None
