"""miflora-mqtt-daemon: Mi Flora plant sensors, in whichever of its modes it publishes.

Root: one plant, as the mode names it, or the daemon's base topic, of which each plant is a channel:

- mqtt-json: `miflora/petunia`, one object
- mqtt-smarthome: `miflora/petunia` too, told below `miflora/status/petunia`, {"val", "ts"} a topic
- homeassistant-mqtt: `homeassistant/sensor/petunia`, with the state below the discovery prefix
- mqtt-homie: `homie/petunia`, of older versions `homie/miflora-mqtt-daemon/petunia`
- wirenboard-mqtt: `/devices/petunia`
- thingsboard-json: `v1/devices/me/telemetry`

`moisture` is the soil's, whatever the announcement calls it; the temperature is the air's above it.
`connected` and `$online` are the daemon's last will: it goes with each of its plants.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import below, parse_object, shown
from devices.formats._tables import ONLINE_OFFLINE, Field, Fields, take
from devices.formats._times import any_time, unix_time
from devices.formats._topics import read_topic, value_of
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Mi Flora (miflora-mqtt-daemon)"
ROOTS = ("miflora/petunia", "homeassistant/sensor/petunia", "/devices/petunia")
SEPARATOR = "|"
"""In a suffix: between the plant's channel and its key."""
PLANT: Fields = {
    "light": Field("illuminance"),
    "moisture": Field("soil_moisture"),
    "temperature": Field("temperature"),
    "conductivity": Field("soil_conductivity"),
    "battery": Field("battery"),
    "rssi": Field("signal"),
    **dict.fromkeys(
        ("name", "name_pretty", "mac", "firmware", "location_pretty", "timestamp", "ts", "stats")
    ),
}
"""lx, %, °C, µS/cm."""
KEYS = frozenset(key for key, field in PLANT.items() if field is not None)
AVAILABILITY = frozenset({"connected", "$online", "$state", "availability"})
BETWEEN = frozenset({"status", "controls", "sensor", "state"})
"""Levels that a mode puts around the plant or its key."""
DAEMONS = frozenset({"connected", "$online", "$state"})
"""What the daemon says of itself, one level above a plant."""
THERE = {**ONLINE_OFFLINE, "2": "online", "ready": "online"} | dict.fromkeys(
    ("init", "lost", "sleeping", "disconnected"), "offline"
)
OBJECT = ""


def suffix(root: str, topic: str) -> str | None:
    """`<channel>|<key>`: the plant below a daemon's root, and one value, nothing for a whole object."""
    root = root.removesuffix("/")
    rest = below(root, topic)
    if rest is None:
        above, _, plant = root.rpartition("/")
        rest = below(f"{above}/status/{plant}", topic) if above else None
        if rest is None:
            shared = below(above, topic) if above else None
            return f"{SEPARATOR}{shared}" if shared in DAEMONS else None
    levels = [level for level in rest.split("/") if level not in ("", *BETWEEN)]
    if levels and (levels[-1] in KEYS or levels[-1] in AVAILABILITY):
        return f"{'/'.join(levels[:-1])[:40]}{SEPARATOR}{levels[-1]}"
    if len(levels) > 1 or any(level.startswith("$") for level in levels):
        return f"{SEPARATOR}{levels[0]}/{levels[-1]}"
    return f"{''.join(levels)[:40]}{SEPARATOR}"


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one message. Raises BadPayload."""
    channel, _, key = suffix.rpartition(SEPARATOR)
    if not payload:
        return []
    if key in AVAILABILITY:
        return _there(value_of(payload), channel)
    found: Decoded = []
    if key == OBJECT:
        if channel in ("timestamp", "firmware"):
            return []
        _object(found, parse_object(payload), channel, source)
    elif key in KEYS:
        if payload.lstrip()[:1] != b"{":
            return read_topic(PLANT, key, payload, channel)
        said = parse_object(payload)
        take(found, PLANT, {key: said.get("val")}, unix_time(said.get("ts")), channel)
    return found  # configurations, units, statistics


def _there(said: Any, channel: str) -> Decoded:
    word = THERE.get(str(said).strip().lower())
    if word is None:
        raise BadPayload(f"0 or 1, or a state of Homie's, was expected, not {shown(said)}")
    return [StateChange("online", word, channel)]


def _object(found: Decoded, said: dict[str, Any], channel: str, source: Source) -> None:
    at = any_time(said.get("timestamp"), source.zone) or unix_time(said.get("ts"))
    values = said.get("values")
    take(found, PLANT, values if isinstance(values, dict) else said, at, channel)
