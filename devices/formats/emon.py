"""OpenEnergyMonitor: emonHub, emonTx, emonPi, emonTH and EmonESP. One number a topic, or JSON.

Root: a node (`emon/emontx1`), the base topic of all nodes (`emon`), where the node's name is the channel,
or the base topic of an EmonESP (`emonesp`). JSON mode sends an object at the node itself, with `time`
(Unix s). `emonhub/rx/<id>` as a root takes the list of values, whose order is in emonhub.conf only: name
them in `options.names`, as a list or by node id.

Names are the node's own and carry a number as their channel: power1, P1, CT1 are W; E1 and e1 Wh; vrms and
V1 V; T1 and temperature °C, 300 and -127 for a probe that is not there; battery is V. Pulses are kept as
x_pulses; with `options.pulses_per_kwh` they are energy_import, and with `options.pulses_per_litre`
water_total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from devices.formats._json import below, number, parse_object, shown, text
from devices.formats._tables import LONGEST_KEY, Field, joined, put, put_extra
from devices.formats._times import unix_time
from devices.formats._topics import read_topic
from devices.readings import BadPayload, Decoded, Source

TITLE = "OpenEnergyMonitor"
ROOTS = ("emon/emontx4", "emonesp")
NO_PROBE = frozenset({300.0, 302.0, 304.0, -127.0, 3000.0})
"""°C that the firmware gives for a probe that is missing, short-circuited or broken."""
NAMED: tuple[tuple[str, Field], ...] = (
    (r"power|p|ct|realpower|rp", Field("power")),
    (r"e|energy|wh", Field("energy_import", per=1000)),
    (r"kwh", Field("energy_import")),
    (r"vrms|v|voltage", Field("voltage")),
    (r"irms|i|current", Field("current")),
    (r"pf|powerfactor", Field("power_factor")),
    (r"ap|va|apparentpower", Field("apparent_power")),
    (r"freq|f|frequency|hz", Field("frequency")),
    (r"(?:temp|t|temperature|tmp)c?", Field("temperature", absent=NO_PROBE)),
    (
        r"external temperature|external_temperature|temp_?ext",
        Field("temperature", "external", absent=NO_PROBE),
    ),
    (r"humidity|hum|rh", Field("humidity")),
    (r"battery|batt|bat", Field("x_battery_voltage")),
    (r"pulse(?:_?count)?|pulses|pulsecount", Field("x_pulses")),
    (r"rssi", Field("signal")),
    (r"co2", Field("co2", absent=frozenset({0.0}))),
    (r"light|lux", Field("illuminance")),
    (r"pressure", Field("pressure")),
)
"""Names without their number; a single letter only with one."""
NEEDS_NUMBER = frozenset({"p", "e", "v", "i", "t", "f"})
NOISE = frozenset({"msg", "time", "node", "nodeid", "seq", "uptime", "freeram", "free_heap"})
RX = re.compile(r"(?:([^/]+)/)?values")
PULSE_COUNT = re.compile(r"pulse([0-9]{1,2})_?count")
LONGEST_LIST = 64


def suffix(root: str, topic: str) -> str | None:
    """The key, or `<node>/<key>` below the base topic."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one topic, or of a node's JSON. Raises BadPayload."""
    if not payload:
        return []
    if RX.fullmatch(suffix):
        return _list(suffix.rpartition("/")[0], payload, source)
    above, _, key = suffix.rpartition("/")
    if payload[:1] == b"{":
        return _object(parse_object(payload), suffix[:64].replace("/", "_"), source)
    if not key or "/" in above or above in ("tx", "rx"):
        return []
    return _one(key, payload, above[:40], source)


def _one(key: str, payload: bytes, node: str, source: Source) -> Decoded:
    field = _field(key, source)
    if field is None:
        return []
    if isinstance(field, str):
        return read_topic({}, key[:LONGEST_KEY], payload, node)
    return read_topic({key: field}, key, payload, node)


def _object(values: Mapping[str, Any], node: str, source: Source) -> Decoded:
    found: Decoded = []
    at = unix_time(values.get("time"))
    for key, value in values.items():
        if isinstance(field := _field(key, source), Field):
            put(found, field, value, at, node)
        elif field is not None:
            put_extra(found, (key[:LONGEST_KEY],), value, at, node)
    return found


def _list(node: str, payload: bytes, source: Source) -> Decoded:
    """Values of a node by the order that emonhub.conf gives them."""
    names = source.options.get("names")
    if isinstance(names, Mapping):
        names = names.get(node) if node else next(iter(names.values()), None)
    if not isinstance(names, list):
        return []
    values = text(payload).split(",")[:LONGEST_LIST]
    if not all(number(value) is not None or value.strip().lower() == "nan" for value in values):
        raise BadPayload(f"numbers with commas between were expected, not {shown(text(payload))}")
    found: Decoded = []
    for name, value in zip(names, values, strict=False):
        if isinstance(field := _field(str(name), source), Field):
            put(found, field, value, None, node[:40])
        elif field is not None:
            put_extra(found, (str(name)[:LONGEST_KEY],), value, None, node[:40])
    return found


def _field(key: str, source: Source) -> Field | str | None:
    return meaning(key[:LONGEST_KEY], _pulses(source), source.produces)


def _pulses(source: Source) -> tuple[str, float]:
    """(metric, pulses in its unit)"""
    for option, metric in (("pulses_per_kwh", "energy_import"), ("pulses_per_litre", "water_total")):
        per = number(source.options.get(option))
        if per is not None and per > 0:
            return metric, per
    return "x_pulses", 1.0


@lru_cache(maxsize=4096)
def meaning(key: str, pulses: tuple[str, float], produces: bool) -> Field | str | None:
    """The field of a key, None for noise, '' where it has no name here."""
    plain = key.strip().lower()
    if plain in NOISE:
        return None
    base = plain.rstrip("0123456789")
    base, count = base.removesuffix("_"), plain[len(base) :][:3]
    middle = PULSE_COUNT.fullmatch(plain)
    if middle:
        base, count = "pulse", middle[1]
    if not count and base in NEEDS_NUMBER:
        return ""
    for pattern, field in NAMED:
        if re.fullmatch(pattern, base):
            channel = joined(field.channel, count)
            if field.metric == "x_pulses":
                return Field(pulses[0], channel, per=pulses[1])
            metric = "energy_export" if produces and field.metric == "energy_import" else field.metric
            return Field(metric, channel, field.times, field.per, absent=field.absent)
    return ""
