"""Shelly of the first generation: one bare value a topic below `shellies/<id>`, and a few JSON documents.

Topics as in the Gen1 API reference. `energy` counts watt-minutes since the device started; the registers
of energy meters (`emeter/<n>/total`) count Wh for good, so that what they say of watt-minutes beside it is
kept apart. `sensor/temperature` is in °C, or in °F where the device was set so (`options.unit`: "F").
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import parse_object
from devices.formats._shelly_gen1_keys import (
    ALONE,
    COUNTED,
    DOCUMENTS,
    INFO,
    LAMP,
    LISTS,
    LISTS_PRODUCING,
    MOTION,
    PROBE,
    PRODUCING,
)
from devices.formats._tables import (
    LONGEST_KEY,
    put_extra,
    take,
)
from devices.formats._times import unix_time
from devices.formats._topics import read_topic
from devices.readings import Decoded, Source

PHASES = 3


def is_gen1(suffix: str) -> bool:
    """True for the topics that only the first generation has."""
    kind = suffix.partition("/")[0]
    return kind in COUNTED or kind in DOCUMENTS or suffix in ALONE or kind == "phase"


def read(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one topic. Raises BadPayload."""
    kind, *rest = suffix.split("/")
    if kind in DOCUMENTS:
        return _document(kind, rest, payload, source)
    if suffix in ALONE:
        return _in_celsius(read_topic(ALONE, kind, payload, names=("device",)), source)
    is_phase = kind == "phase"
    table = (PRODUCING if source.produces else COUNTED)["emeter" if is_phase else kind]
    number = rest.pop(0) if rest and rest[0].isdigit() else ""
    if len(rest) > 1:
        return []
    if rest == ["status"] and table is not COUNTED["roller"]:
        found: Decoded = []
        take(found, LAMP, parse_object(payload), None, _channel(number, False))
        return found
    key = rest[0][:LONGEST_KEY] if rest else ""
    if not key and not number and kind != "sensor":
        return []  # the root of a kind
    found = read_topic(table, key, payload, _channel(number, is_phase), names=(kind,))
    return _in_celsius(found, source) if kind == "sensor" else found


def _channel(number: str, is_phase: bool) -> str:
    if is_phase and number in ("0", "1", "2"):
        return f"l{int(number) + 1}"
    return "" if number == "0" else number[:8]


def _in_celsius(found: Decoded, source: Source) -> Decoded:
    if source.options.get("unit") == "F":
        for one in found:
            if one.metric == "temperature" and not isinstance(one.value, str):
                one.value = (one.value - 32) / 1.8
    return found


def _document(kind: str, rest: list[str], payload: bytes, source: Source) -> Decoded:
    values = parse_object(payload)
    found: Decoded = []
    if kind == "status":
        take(found, MOTION, values, unix_time(values.get("timestamp")))
        return _at_arrival(found) if values.get("motion") is not True else found
    if kind == "info":
        return _info(values, source)
    if kind == "input_event":
        number = rest[0] if rest and rest[0].isdigit() else ""
        put_extra(found, ("input_event",), values.get("event"), None, _channel(number, False))
        return found
    for number, probe in values.items():  # probes at the terminals
        if isinstance(probe, dict):
            take(found, PROBE, probe, None, _channel(number[:8], False))
    return found


def _at_arrival(found: Decoded) -> Decoded:
    """The timestamp is the last motion's, not that of what is said without one."""
    for one in found:
        one.at = None
    return found


def _info(values: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    at = unix_time(values.get("unixtime"))
    valid = {key: said for key, said in values.items() if _is_valid(said)}
    if "temperature" in valid:  # then `tmp` is the same, of the device itself
        valid.pop("tmp", None)
    take(found, INFO, valid, at)
    for key, fields in (LISTS_PRODUCING if source.produces else LISTS).items():
        parts = values.get(key)
        if isinstance(parts, list):
            is_phases = key == "emeters" and len(parts) == PHASES
            for index, part in enumerate(parts[:16]):
                if isinstance(part, dict) and _is_valid(part):
                    take(found, fields, part, at, _channel(str(index), is_phases))
    probes = values.get("ext_temperature")
    for number, probe in probes.items() if isinstance(probes, dict) else ():
        if isinstance(probe, dict):
            take(found, PROBE, probe, at, _channel(number[:8], False))
    return found


def _is_valid(part: Any) -> bool:
    return not (isinstance(part, dict) and part.get("is_valid") is False)
