"""Whose message it is where nobody has announced anything: by its topic's shape and what reads it. Pure.

A dialect is tried where the topic begins as its examples (`ROOTS`) do; the one that reads most names of the
vocabulary wins. Dialects whose root may be anything are known by the levels behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo

import orjson

from devices.discovery.proposal import GUESSED, RECOGNISED, Proposal, named, proposed, readable
from devices.formats import formats
from devices.readings import Source

ANY_ROOT = frozenset({"tasmota", "mapping", "homeassistant", "esphome", "chirpstack", "ttn", "sparkplug"})
"""Their roots begin with nothing of their own, or have a shape that is known below."""
WHOLE = "\0"
"""Behind the letters of a first level that has no others."""
NOBODYS = re.compile(
    r"\$.*|(?:.*/)?cmnd/.*|[^/]+/bridge/.*|homeassistant/status|[RW]/.*|shellies/command|openWB/set/.*"
    r"|spBv1\.0/(?:STATE/.*|[^/]+/[ND]CMD/.*)|[^/]+/5/\$broadcast/.*|.*/(?:set|get|cmd|command|rpc)"
)
"""What others ask of devices, and what gateways say of themselves."""
SHELLY = re.compile(r"(?P<root>.+)/(?:status/[a-z0-9_]+(?::\d+)?|events/rpc)")
SHELLY_ONLINE = re.compile(r"(?P<root>(?:.*/)?shelly[^/]*)/online")
EVCC = re.compile(r"(?P<root>(?:[^/]+/)*evcc/(?:loadpoints/\d+|site))/.+")
EMONHUB = re.compile(r"(?P<root>emonhub/rx/[^/]+)/values")
LORA = (
    ("chirpstack", re.compile(r"(?P<root>application/[^/]+/device/[^/]+)/event/[a-z]+")),
    ("ttn", re.compile(r"(?P<root>v3/[^/]+/devices/[^/]+)/(?:up|join|location/solved|down/.+)")),
)
"""A LoRaWAN device is one even where no codec has read it yet."""
ESPHOME = re.compile(
    r"(?P<root>[^/]+)/(?:sensor|binary_sensor|switch|light|fan|cover|text_sensor|number)/[^/]+/state"
)
SPARKPLUG = re.compile(r"spBv1\.0/(?P<group>[^/]+)/[ND](?:BIRTH|DATA|DEATH)/(?P<rest>[^/]+(?:/[^/]+)?)")
DATA = frozenset({"state", "status", "data", "telemetry", "sensor", "json", "up", "values", "measurements"})
"""Last levels that are no device's name."""


def guess(topic: str, payload: bytes, zone: ZoneInfo) -> Proposal | None:
    """The device that seems to speak here; None for what no device says."""
    if NOBODYS.fullmatch(topic) or not payload:
        return None
    best: tuple[int, int, int] = (0, 0, 0)
    found = fallback = None
    certain = native_root(topic)
    for dialect, root in _candidates(topic):
        said = readable(dialect, root, topic, payload, Source(zone, memory={}))
        if said is not None or (dialect, root) == certain:
            deeper = fallback is None or root.count("/") > fallback.topic.count("/")
            fallback = proposed(dialect, root, (), sureness=GUESSED, speaks=(topic,)) if deeper else fallback
        if said is None:
            continue
        worth = (named(said), len(said), root.count("/") + 1)
        if said and worth > best:
            made = proposed(dialect, root, said, sureness=RECOGNISED, speaks=(topic,))
            best, found = (worth, made) if made else (best, found)
    return found or _lora(topic) or fallback or _by_mapping(topic, payload)


def native_root(topic: str) -> tuple[str, str] | None:
    """(dialect, root) of a topic whose shape alone tells them."""
    tasmota = _tasmota_root(topic)
    if tasmota:
        return "tasmota", tasmota
    shelly = SHELLY.fullmatch(topic) or SHELLY_ONLINE.fullmatch(topic)
    if shelly:
        return "shelly", shelly["root"]
    levels = topic.split("/")
    if levels[0] == "zigbee2mqtt" and len(levels) > 1 and levels[1] != "bridge":
        end = -1 if levels[-1] == "availability" and len(levels) > 2 else None
        return "zigbee2mqtt", "/".join(levels[:end])
    if levels[0] == "shellies" and len(levels) > 2:
        return "shelly", "/".join(levels[:2])
    return None


def lora_root(topic: str) -> tuple[str, str] | None:
    """(dialect, root) of a topic of a LoRaWAN network server."""
    for dialect, shape in LORA:
        place = shape.fullmatch(topic)
        if place:
            return dialect, place["root"]
    return None


def sparkplug_root(topic: str) -> str | None:
    """The root of an edge node, or of a device behind it."""
    place = SPARKPLUG.fullmatch(topic)
    return f"spBv1.0/{place['group']}/{place['rest']}" if place else None


@cache
def _beginnings() -> tuple[tuple[str, str, int], ...]:
    """(letters with which a topic begins, dialect, levels of its root) from every dialect's examples."""
    found = set()
    for name, dialect in formats().items():
        for example in dialect.roots if name not in ANY_ROOT else ():
            levels = example.split("/")
            letters = re.match(r"[A-Za-z_]*", levels[0])
            begins = letters[0] if letters else ""
            if len(begins) > 1 or len(levels) > 1:
                found.add((begins if begins != levels[0] else levels[0] + WHOLE, name, len(levels)))
    return tuple(sorted(found))


def _candidates(topic: str) -> Iterator[tuple[str, str]]:
    """(dialect, root) that the shape of the topic allows."""
    natural = native_root(topic)
    if natural:
        yield natural
    emon = EMONHUB.fullmatch(topic)
    if emon:
        yield "emon", emon["root"]
    evcc = EVCC.fullmatch(topic)
    if evcc:
        yield "evcc", evcc["root"]
    esphome = ESPHOME.fullmatch(topic)
    if esphome and "esphome" in formats():
        yield "esphome", esphome["root"]
    sparkplug = sparkplug_root(topic)
    if sparkplug:
        yield "sparkplug", sparkplug
    lora = lora_root(topic)
    if lora:
        yield lora
        return
    slash = "/" if topic.startswith("/") else ""  # as old go-eChargers have it
    levels = topic.removeprefix("/").split("/")
    for begins, dialect, depth in _beginnings():
        whole = begins.endswith(WHOLE)
        fits = levels[0] == begins[:-1] if whole else levels[0].startswith(begins)
        if fits and len(levels) >= depth:
            yield dialect, slash + "/".join(levels[:depth])


def _tasmota_root(topic: str) -> str | None:
    levels = topic.split("/")
    if (
        not {"tele", "stat"} & set(levels)
        or len(levels) < 3
        or not re.fullmatch(r"[A-Z][A-Z0-9_]*", levels[-1])
    ):
        return None
    return "/".join(level for level in levels[:-1] if level not in ("tele", "stat")) or None


def _lora(topic: str) -> Proposal | None:
    place = lora_root(topic)
    return proposed(*place, (), sureness=RECOGNISED, speaks=(topic,)) if place else None


def _by_mapping(topic: str, payload: bytes) -> Proposal | None:
    """Any other: a JSON document is a device's message, plain values have a topic each below their device."""
    levels = topic.rstrip("/").split("/")
    try:
        is_document = isinstance(orjson.loads(payload), dict | list)
    except orjson.JSONDecodeError:
        is_document = False
    if len(levels) > 1 and (not is_document or levels[-1].lower() in DATA):
        levels = levels[:-1]
    return proposed("mapping", "/".join(levels), (), sureness=GUESSED, speaks=(topic,))
