"""What ESPHome's entities say, one reader for each component: sensors, switches, valves, locks, climates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devices.formats._calibration import calibrated
from devices.formats._esphome_ids import PRIMARY, sensor, words_in
from devices.formats._json import NOTHING, number, parse_object, shown, text
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
from devices.readings import BadPayload, Decoded, Source

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
