"""Zigbee2MQTT: plugs, rooms, valves. One JSON object a message, or one attribute a topic.

Root: the base topic with the friendly name (`zigbee2mqtt/Pump room/plug 3`), which may hold spaces and
slashes; `zigbee2mqtt/bridge` for the bridge itself; or the base topic alone, with each device as a channel.
`<root>/availability` says whether the device is there, as JSON or (older) as a word; `<base>/bridge/state`
says for all devices at once that they are not.

Energies are kWh. `voltage` is mV on battery devices, and kept as x_battery_voltage (V); `contact` is true
while a door is closed. Endpoints and phases are channels: `power_phase_b` is power@l2, `state_left` is
switch@left. `last_seen` is the time, if the bridge adds it. With `illuminance_lux` beside it, `illuminance`
is the sensor's raw number (x_illuminance_raw).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from devices.formats._json import NOTHING, below, number, parse, parse_object, shown, text
from devices.formats._tables import LONGEST_KEY, ONLINE_OFFLINE, OPEN_CLOSED, Field, joined, put, put_extra
from devices.formats._times import any_time
from devices.formats._topics import ASKING, value_of
from devices.formats._zigbee_keys import LOCK_WORDS, LOCKED, is_valve, meaning
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Zigbee2MQTT"
ROOTS = ("zigbee2mqtt/Pump room",)
BRIDGE_STATE = "bridge/state"
ALL = "*/"
"""Before a suffix: below the base topic of all devices."""
LONGEST_CHANNEL = 40
MAINS_AT_MOST = 1000.0
"""V. A larger voltage is in mV."""
CELLS_AT_MOST = 60.0
"""V of a battery device that says V."""
ON_MAINS = frozenset({"power", "current", "energy"})
VALVE = Field("valve", words={**OPEN_CLOSED, "close": "closed"})
LOCK = Field("lock", words=LOCKED)
BATTERY_MV = Field("x_battery_voltage", per=1000)
BATTERY_V = Field("x_battery_voltage")


def suffix(root: str, topic: str) -> str | None:
    """What follows the friendly name; what the bridge says also for each of its devices."""
    rest = below(root, topic)
    if rest is not None and "/" not in root.strip("/"):
        return f"{ALL}{rest}" if rest and not rest.startswith("bridge/") else rest
    if rest is not None:
        return BRIDGE_STATE if rest == "state" and root.rstrip("/").endswith("/bridge") else rest
    base, of_bridge, what = topic.rpartition("/bridge/")
    return f"bridge/{what}" if of_bridge and root.startswith(f"{base}/") else None


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of a device's message. An empty payload clears what the broker had retained."""
    if not payload:
        return []
    if not suffix:
        return _read(parse_object(payload), source)
    if suffix.startswith(ALL):
        return _one_of_all(suffix.removeprefix(ALL), payload, source)
    if suffix in (BRIDGE_STATE, "availability"):
        return _availability(payload)
    if suffix.rpartition("/")[2] in ASKING or "/" in suffix:
        return []  # what others ask of it; devices whose names begin with this one's; the bridge's own
    return _attribute(suffix[:LONGEST_KEY], value_of(payload), source)


def _one_of_all(rest: str, payload: bytes, source: Source) -> Decoded:
    """A message below the base topic: `<name>`, `<name>/availability`, `<name>/<attribute>`."""
    name, _, key = rest.rpartition("/")
    if payload[:1] == b"{" and key != "availability" and key not in ASKING:
        name, key = rest, ""
    found = decode(key, payload, source) if name else []
    for one in found:
        one.channel = joined(name.replace("/", "_")[:LONGEST_CHANNEL], one.channel)
    return found


def _availability(payload: bytes) -> Decoded:
    said = text(payload)
    state = parse(payload).get("state") if said.startswith("{") else said
    word = ONLINE_OFFLINE.get(state.lower()) if isinstance(state, str) else None
    if word is None:
        raise BadPayload(f"availability: online or offline was expected, not {shown(state)}")
    return [StateChange("online", word)]


def _attribute(key: str, value: Any, source: Source) -> Decoded:
    """One attribute that has a topic of its own."""
    if isinstance(value, dict | list):
        return []  # a composite, or another device whose name begins with this one's
    if isinstance(value, str) and value.lower() in ("true", "false"):
        value = value.lower() == "true"
    found = _read({key: value}, source)
    field = meaning(key, source.produces)
    if not found and isinstance(field, Field) and field.words is None and not _is_nothing(value, field):
        raise BadPayload(f"{key}: {shown(value)} is no number")
    return found


def _is_nothing(value: Any, field: Field) -> bool:
    return (isinstance(value, str) and value.strip().lower() in NOTHING) or number(value) in field.absent


def _read(values: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    at = any_time(values.get("last_seen"), source.zone)
    for key, value in values.items():
        if value is None:
            continue
        field = meaning(key[:LONGEST_KEY], source.produces)
        if isinstance(field, Field):
            field = _in_context(key, field, value, values)
        if isinstance(field, Field):
            put(found, field, value, at)
        elif field is not None:
            put_extra(found, (field or key[:LONGEST_KEY],), value, at)
    return found


def _in_context(key: str, field: Field, value: Any, values: dict[str, Any]) -> Field | str | None:
    """The field that an attribute has beside the others, or the name under which it is kept, or None."""
    if field.metric == "voltage":
        return _voltage(field, value, values)
    if field.metric == "power_factor" and abs(number(value) or 0) > 1:
        return replace(field, per=100)
    if key == "illuminance" and "illuminance_lux" in values:
        return "illuminance_raw"
    if key == "local_temperature" and "temperature" in values:
        return None
    if key == "state" and isinstance(value, str):
        return LOCK if value.lower() in LOCK_WORDS else VALVE if is_valve(values) else field
    return field


def _voltage(field: Field, value: Any, values: dict[str, Any]) -> Field:
    volts = number(value)
    if volts is None:
        return field
    if volts > MAINS_AT_MOST:
        return BATTERY_MV
    if "battery" in values and volts <= CELLS_AT_MOST and ON_MAINS.isdisjoint(values):
        return BATTERY_V
    return field
