"""ESPHome: one entity a topic, `<node>/<component>/<id>/state`, and `<node>/status`.

Root: the node's topic prefix (`livingroom`, `garden/probe1`).

What a sensor measures follows from the words of its id, what is left of them is the channel: of the node
`bed`, `bed_soil_moisture_2` is soil_moisture@2 and `bme280_pressure` is pressure@bme280. What its words do
not tell for certain is kept under x_ and its id. People can say more:

- `options.units = {"tank_temperature": "°F"}` by id, the unit that the node's own filters have made;
- `options.calibration` makes a raw value a quantity (see _calibration.py).

`nan`, and `None` of newer versions, is a probe that fails and no value. Names of networks, addresses, and
cards that were held to a reader are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from devices.formats._calibration import calibrated, read_calibrations
from devices.formats._esphome_ids import PRIMARY, sensor, unit_fits, words_in
from devices.formats._json import NOTHING, below, number, parse_object, shown, text
from devices.formats._quantities import yes_or_no
from devices.formats._tables import (
    LONGEST_KEY,
    ON_OFF,
    ONLINE_OFFLINE,
    OPEN_CLOSED,
    TRUE_FALSE,
    Field,
    Words,
    put,
    put_extra,
    truth,
)
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "ESPHome"
ROOTS = ("livingroom", "garden/probe1")
LONGEST_CHANNEL = 40
OPENING: Words = {**OPEN_CLOSED, "opening": "open", "closing": "open"}
"""A valve that is about to close still lets water through."""
LOCKED: Words = {
    **truth("locked", "unlocked"),
    **dict.fromkeys(("unlocking", "locking", "open", "opening"), "unlocked"),
    **dict.fromkeys(("jammed", "none"), ""),
}
"""What is not locked yet is not locked."""
CONTACT = frozenset({"contact", "reed"})
"""How a door is sensed is no name of it."""
DOORS = frozenset({"door", "gate", "garage", "window"})
NOT_KEPT = frozenset(
    {"ip", "ssid", "bssid", "mac", "address", "dns", "host", "hostname", "version", "card", "tag", "rfid"}
    | {"nfc", "uid", "user", "fingerprint", "password", "key", "code", "wiegand", "uuid", "phone"}
)
"""Words of texts that tell of networks and of people."""
HEAT_OR_COOL = {
    "current_temperature": Field("temperature"),
    "current_humidity": Field("humidity"),
    "target_temperature": Field("x_target_temperature"),
    "target_temperature_low": Field("x_target_temperature_low"),
    "target_temperature_high": Field("x_target_temperature_high"),
    "target_humidity": Field("x_target_humidity"),
}


def suffix(root: str, topic: str) -> str | None:
    """`<component>/<id>/<what>`, the id without words of the node's own name at its beginning."""
    rest = below(root, topic)
    if not rest or rest.count("/") < 2:
        return rest
    component, object_id, what = rest.split("/", 2)
    own = frozenset(re.split(r"[-_ ]", root.rstrip("/").rpartition("/")[2].lower()))
    words = object_id.split("_")
    while len(words) > 1 and words[0].lower() in own:
        words.pop(0)
    return f"{component}/{'_'.join(words)}/{what}"


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    units = options.get("units", {})
    if not isinstance(units, Mapping):
        raise ValueError('options.units: an object like {"tank_temperature": "°F"} is needed')
    for object_id, unit in units.items():
        if not unit_fits(unit):
            raise ValueError(f"options.units.{object_id}: a unit like °F, kPa or mA is needed")
    read_calibrations(options)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says. Raises BadPayload."""
    if not payload:
        return []
    if suffix == "status":
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"status: online or offline was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    levels = suffix.split("/")
    if len(levels) < 3 or levels[-1] != "state":
        return []  # logs, commands, attributes
    read = COMPONENTS.get(levels[0])
    found: Decoded = []
    if read is not None:
        read(found, (levels[1][:LONGEST_KEY], "/".join(levels[2:-1])), payload, source)
    return found


Name = tuple[str, str]
"""An entity's id, and which of its values it is ('' for its state)."""


def _sensor(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    object_id, said = name[0], text(payload)
    if said.lower() in NOTHING:
        return
    amount = number(said)
    if amount is None:
        raise BadPayload(f"{object_id}: a number was expected, not {shown(said)}")
    if calibrated(found, object_id, amount, source):
        return
    units = source.options.get("units")
    told = units.get(object_id) if isinstance(units, Mapping) else None
    field = sensor(object_id, told if isinstance(told, str) else None, produces=source.produces)
    if field is not None:
        put(found, field, amount, None)
    else:
        put_extra(found, words_in(object_id) or (object_id,), amount, None)


def _binary(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    words = tuple(word for word in words_in(name[0]) if word not in CONTACT)
    if words == ("status",):
        field: Field | None = Field("online", words=ONLINE_OFFLINE)
    else:
        field = yes_or_no(words)
    if field is None:
        field = Field("x_" + "_".join(words)[:60], words=TRUE_FALSE)
    elif field.metric == "occupancy" and PRIMARY.isdisjoint(words):  # a PIR's own word beside the room's
        field = Field("occupancy", "_".join(words)[:LONGEST_CHANNEL], words=field.words)
    _put_word(found, field, name, payload)


def _switch(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    words = words_in(name[0])
    if "valve" in words:
        rest = "_".join(word for word in words if word != "valve")
        _put_word(found, Field("valve", rest[:LONGEST_CHANNEL], words=OPENING), name, payload)
    elif not name[1]:
        _put_word(found, Field("switch", _channel(words, "switch", "relay"), words=ON_OFF), name, payload)
    else:  # of a fan: its speed, whether it swings
        put_extra(found, (name[1].replace("/", "_"),), text(payload), None, _channel(words))


def _light(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    said = parse_object(payload)
    channel = _channel(words_in(name[0]), "light")
    put(found, Field("switch", channel or "light", words=ON_OFF), said.get("state"), None)
    put(found, Field("x_brightness", channel or "light", times=100, per=255), said.get("brightness"), None)


def _opens(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    words = words_in(name[0])
    channel = _channel(words, "valve", "cover", "door")
    if name[1]:
        put_extra(found, (name[1].replace("/", "_"),), text(payload), None, channel)
        return
    metric = "door" if not DOORS.isdisjoint(words) else "x_cover"
    _put_word(found, Field(metric, channel, words=OPENING), name, payload)


def _valve(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    channel = _channel(words_in(name[0]), "valve")
    if name[1]:
        put_extra(found, (name[1].replace("/", "_"),), text(payload), None, channel)
    else:
        _put_word(found, Field("valve", channel, words=OPENING), name, payload)


def _lock(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    _put_word(found, Field("lock", _channel(words_in(name[0]), "lock", "door"), words=LOCKED), name, payload)


def _climate(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    field, said = HEAT_OR_COOL.get(name[1]), text(payload)
    channel = _channel(words_in(name[0]))
    if field is None:
        put_extra(found, ("climate", name[1][:LONGEST_KEY] or "state"), said, None, channel)
    else:
        put(found, field, said, None, channel)


def _word(found: Decoded, name: Name, payload: bytes, source: Source) -> None:
    words = words_in(name[0])
    if NOT_KEPT.isdisjoint(words):
        put_extra(found, words or (name[0],), text(payload), None)


def _put_word(found: Decoded, field: Field, name: Name, payload: bytes) -> None:
    said = text(payload)
    put(found, field, said, None)
    if not found and said.lower() not in NOTHING and said.lower() not in (field.words or {}):
        raise BadPayload(f"{name[0]}: {shown(said)} is not what is sent there")


def _channel(words: tuple[str, ...], *plain: str) -> str:
    return "_".join(word for word in words if word not in plain)[:LONGEST_CHANNEL]


COMPONENTS: Mapping[str, Callable[[Decoded, Name, bytes, Source], None]] = {
    "sensor": _sensor,
    "binary_sensor": _binary,
    "switch": _switch,
    "fan": _switch,
    "light": _light,
    "cover": _opens,
    "valve": _valve,
    "lock": _lock,
    "climate": _climate,
    "text_sensor": _word,
    "number": _word,
    "select": _word,
    "alarm_control_panel": _word,
}
"""What is not here is asked for, not told: buttons, texts to be shown, dates to be set."""
