"""Tasmota: tele/SENSOR and STATE, the answers stat/RESULT, STATUS8, STATUS10 and STATUS11, POWER, LWT.

Root: the device's topic (`pow1`, `garden/pump`), with or without a prefix (`tele/pow1`), with the whole
FullTopic around it (`emoncms/%prefix%/denky`), or any one of its topics (`tele/pow1/SENSOR`).
Times without an offset are in the source's zone. A clock that was never set (1970) counts as none.

Channels: arrays under ENERGY are phases l1 l2 l3, with their sum on no channel where a sum means
something; POWER1 and POWER2 are 1 and 2, and so are DS18B20-1 and -2; where two sensors of one message
measure the same thing each has its name as the channel (`bme280`, `scd40`).
Switch<n> in SENSOR is kept as `switch@n`; on a relay with wall switches beside it set
`options.switches = "input"`, and they are kept as `x_switch@n`, apart from the relays' POWER<n>.
A raw value of ANALOG (`A0`) becomes a quantity by `options.calibration` (see _calibration.py). Beacons that
people carry (IBEACON) are not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from math import fsum, isfinite
from typing import Any

from devices.formats._calibration import calibrated, read_calibrations
from devices.formats._json import json_type, number, parse_object, shown, text
from devices.formats._own_topics import Topics
from devices.formats._tables import (
    LONGEST_KEY,
    MOST_ITEMS,
    ON_OFF,
    ONLINE_OFFLINE,
    REST,
    Field,
    Fields,
    joined,
    put,
    put_extra,
    take,
)
from devices.formats._tasmota_sensors import SPECIAL, SUMMED, Driver, driver, meaning
from devices.formats._times import iso_time
from devices.readings import BadPayload, Decoded, Reading, Source, StateChange

TITLE = "Tasmota"
ROOTS = ("pump-room",)
PREFIXES = ("tele", "stat", "cmnd")
LAST_LEVELS = frozenset({"", "+", "#", "SENSOR", "STATE", "LWT", "RESULT"})
"""What may stand after the device's own topic where one of its topics, or a filter, was registered."""
RELAYS: Fields = {
    "POWER": Field("switch", words=ON_OFF),
    **{f"POWER{n}": Field("switch", str(n), words=ON_OFF) for n in range(1, 33)},
}
STATE: Fields = {
    **RELAYS,
    "Wifi": {"Signal": Field("signal", absent=frozenset({0.0})), REST: None},
    **dict.fromkeys(
        ("Time", "Uptime", "UptimeSec", "Heap", "Sleep", "SleepMode", "LoadAvg", "MqttCount"), None
    ),
    **dict.fromkeys(("Berry", "Hostname", "IPAddress", "Free", "Objects"), None),
    **dict.fromkeys(("HeapUsed", "Ethernet", "Epoch", "Fade", "Speed", "LedTable", "Scheme"), None),
    "BatteryPercentage": Field("battery"),
}
RESULT: Fields = {**RELAYS, "Dimmer": Field("x_dimmer"), REST: None}
"""An answer to a command: mostly settings, which are no readings."""
SWITCHES: Fields = {f"Switch{n}": Field("switch", str(n), words=ON_OFF) for n in range(1, 33)}
INPUTS: Fields = {f"Switch{n}": Field("x_switch", str(n), words=ON_OFF) for n in range(1, 33)}
UNITS = frozenset({"Time", "Epoch", "TempUnit", "PressureUnit", "SpeedUnit"})
BEACON = "IBEACON"
ANALOG = "ANALOG"
NO_DRIVER = driver("")
HPA_IN = {"mmHg": 1.33322387, "inHg": 33.8638867}
M_PER_S_IN = {"km/h": 1 / 3.6, "mph": 0.44704, "kn": 1852 / 3600, "ft/s": 0.3048, "yd/s": 0.9144}


def suffix(root: str, topic: str) -> str | None:
    """`<prefix>/<rest>` for one of the device's topics, wherever FullTopic has put the prefix."""
    wanted = [level for level in root.split("/") if level not in (*PREFIXES, "%prefix%")]
    while len(wanted) > 1 and wanted[-1] in LAST_LEVELS:
        wanted.pop()
    levels = topic.split("/")
    prefix = next((prefix for prefix in PREFIXES if prefix in levels), None)
    if prefix is None or not any(wanted):
        return None
    levels.remove(prefix)
    rest = levels[len(wanted) :]
    return f"{prefix}/{'/'.join(rest)}" if rest and levels[: len(wanted)] == wanted else None


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    read_calibrations(options)


def topics(root: str) -> Topics:
    """As FullTopic is from the factory, or the other way round; where the root has a prefix, just there."""
    levels = root.split("/")
    while len(levels) > 1 and levels[-1] in LAST_LEVELS:
        levels.pop()
    place = next((at for at, level in enumerate(levels) if level in (*PREFIXES, "%prefix%")), None)
    own = [level for level in levels if level not in (*PREFIXES, "%prefix%")]
    places = (0, len(own)) if place is None else (place,)
    tele, stat, cmnd = (
        tuple("/".join([*own[:at], prefix, *own[at:], "#"]) for at in places) for prefix in PREFIXES
    )
    return Topics(tele + stat, cmnd)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one message of the device."""
    if not payload:
        return []
    whole = WHOLE.get(suffix)
    if whole is not None:
        return whole(parse_object(payload), source)
    if suffix == "tele/LWT":
        return _one_word("online", "", ONLINE_OFFLINE.get(text(payload).lower()), payload)
    if suffix.startswith("stat/POWER"):
        return _one_word("switch", suffix[10:][:2], ON_OFF.get(text(payload).lower()), payload)
    if suffix.startswith("stat/STATUS"):
        return _status(parse_object(payload), source)
    return []  # cmnd: commands overheard; INFO, LOGGING and the like


def _one_word(metric: str, channel: str, word: str | None, payload: bytes) -> Decoded:
    if word is None:
        raise BadPayload(f"{metric}: {shown(text(payload))} is no word of this dialect")
    return [StateChange(metric, word, channel)]


def _status(answer: dict[str, Any], source: Source) -> Decoded:
    """Answers to Status 8, 10 (sensors), 11 (state) and 0 (all): the same, one level deeper."""
    found: Decoded = []
    for key, reads in (("StatusSNS", _sensor), ("StatusSTS", _state)):
        values = answer.get(key, {})
        if not isinstance(values, dict):
            raise BadPayload(f"{key}: a JSON object was expected, not {json_type(values)}")
        found += reads(values, source)
    return found


def _state(values: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    if values and STATE.keys().isdisjoint(values):
        raise BadPayload("none of the keys is a state of Tasmota's")
    take(found, STATE, values, iso_time(values.get("Time"), source.zone))
    return found


def _result(values: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    take(found, RESULT, values, None)
    for name, said in values.items():
        if name in SWITCHES and isinstance(said, dict) and said.get("Action") in ("ON", "OFF"):
            take(found, _switches(source), {name: said["Action"]}, None)
    zigbee = values.get("ZbReceived")
    if isinstance(zigbee, dict):
        found += _sensor({"ZbReceived": zigbee}, source)
    return found


def _sensor(values: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    begins: list[tuple[int, Driver]] = []
    at = iso_time(values.get("Time"), source.zone)
    for name, said in values.items():
        if name.startswith(BEACON):
            continue
        if isinstance(said, dict):
            for by, readings in _drivers(name, said):
                begins.append((len(found), by))
                _read(found, by, readings, at, source)
        elif name in UNITS:
            continue
        elif name in SWITCHES:
            begins.append((len(found), NO_DRIVER))
            take(found, _switches(source), {name: said}, at)
        elif name not in SPECIAL and number(said) is not None:
            begins.append((len(found), NO_DRIVER))
            put_extra(found, (name[:LONGEST_KEY],), said, at)
    if not begins and not all(name in UNITS or name.startswith(BEACON) for name in values):
        raise BadPayload("none of the keys is a sensor")
    if len(begins) > 1:
        _name_apart(found, begins)
    found = _in_units(found, values)
    analog = values.get(ANALOG)
    for key, raw in analog.items() if isinstance(analog, dict) else ():
        calibrated(found, key, raw, source, at)
    return found


def _switches(source: Source) -> Fields:
    return INPUTS if source.options.get("switches") == "input" else SWITCHES


def _drivers(name: str, said: dict[str, Any]) -> Iterable[tuple[Driver, dict[str, Any]]]:
    """The sensors behind a key: one, or each device that a Zigbee bridge speaks for."""
    if name != "ZbReceived":
        return ((driver(name[:LONGEST_KEY]), said),)
    return [
        (driver(name, str(readings.get("Name", address))[:LONGEST_KEY]), readings)
        for address, readings in said.items()
        if isinstance(readings, dict)
    ]


def _read(found: Decoded, by: Driver, said: dict[str, Any], at: datetime | None, source: Source) -> None:
    """What one sensor says."""
    for key, value in said.items():
        field = meaning(by.kind, key[:LONGEST_KEY], source.produces)
        if field is None or value is None:
            continue
        if by.kind == ANALOG and calibrated([], key, value, source):
            continue  # as its owner has said, in whatever unit: added when the others are converted
        if not isinstance(field, Field):
            put_extra(found, (by.kind.lower(), key[:LONGEST_KEY]), value, at, by.channel)
        elif isinstance(value, list):
            _read_list(found, field, value[:MOST_ITEMS], at, by)
        else:
            now = value.get("Act") if isinstance(value, dict) else value  # beside mean and extremes
            put(found, field, now, at, by.channel)


def _read_list(found: Decoded, field: Field, values: list[Any], at: datetime | None, by: Driver) -> None:
    phase = "l" if by.kind == "ENERGY" else ""
    for index, value in enumerate(values, 1):
        put(found, field, value, at, f"{phase}{index}")
    if field.metric in SUMMED:
        numbers = [number(value) for value in values]
        if None not in numbers:
            put(found, field, fsum(value for value in numbers if value is not None), at)


def _in_units(found: Decoded, values: dict[str, Any]) -> Decoded:
    """°F and the units of barometers and wind meters into the vocabulary's."""
    fahrenheit = values.get("TempUnit") == "F"
    in_hpa = HPA_IN.get(str(values.get("PressureUnit")))
    in_m_per_s = M_PER_S_IN.get(str(values.get("SpeedUnit")))
    if not fahrenheit and in_hpa is None and in_m_per_s is None:
        return found
    for reading in found:
        if isinstance(reading, Reading):
            if fahrenheit and reading.metric.endswith(("temperature", "dew_point")):
                reading.value = (reading.value - 32) / 1.8
            elif in_hpa is not None and reading.metric.endswith("pressure"):
                reading.value *= in_hpa
            elif in_m_per_s is not None and reading.metric == "wind_speed":
                reading.value *= in_m_per_s
    return [reading for reading in found if isinstance(reading, StateChange) or isfinite(reading.value)]


def _name_apart(found: Decoded, begins: list[tuple[int, Driver]]) -> None:
    """Where two sensors measure the same thing, the sensor's name is the channel.

    `begins` has the place in `found` where each sensor's readings begin.
    """
    ends = [*(place for place, _ in begins[1:]), len(found)]
    said_by = [by for (begin, by), end in zip(begins, ends, strict=True) for _ in range(begin, end)]
    first: dict[tuple[str, str], Driver] = {}
    shared = set()
    for reading, by in zip(found, said_by, strict=True):
        name = (reading.metric, reading.channel)
        if first.setdefault(name, by) is not by:
            shared.add(name)
    for reading, by in zip(found, said_by, strict=True):
        if (reading.metric, reading.channel) in shared:
            reading.channel = joined(by.name, reading.channel)


WHOLE: dict[str, Callable[[dict[str, Any], Source], Decoded]] = {
    "tele/SENSOR": _sensor,
    "stat/SENSOR": _sensor,
    "tele/STATE": _state,
    "stat/RESULT": _result,
    "tele/RESULT": _result,
}
