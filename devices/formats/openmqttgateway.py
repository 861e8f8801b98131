"""OpenMQTTGateway and Theengs Gateway: Bluetooth sensors, one advertisement a message.

Root: one sensor (`home/OpenMQTTGateway/BTtoMQTT/C47C8D661011`; `home/+/BTtoMQTT/C47C8D661011` where any of
several gateways hears it), or the gateway (`home/OpenMQTTGateway`), whose sensors are channels by their MACs.

An advertisement holds one or two values; what it does not hold is unchanged. Older firmware sends numbers
as texts. °F counts only where °C is missing.

What people carry is not kept: of a gateway only what measures a place counts, and only the MACs of
`options.macs` ([MAC] or {MAC: name of the channel}) where that is set. `home_presence` is never read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from devices.formats._ble_keys import ADVERTISED, MEASURES, PRESENCE, TRACKING
from devices.formats._json import number, parse_object, shown, text
from devices.formats._tables import OCCUPIED_CLEAR, ONLINE_OFFLINE, REST, Field, Fields, take
from devices.formats._topics import read_topic
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "OpenMQTTGateway, Theengs (Bluetooth)"
ROOTS = ("home/OpenMQTTGateway/BTtoMQTT/C47C8D661011", "home/OpenMQTTGateway")
BLUETOOTH = "BTtoMQTT"
ONE, MANY = "sensor", "sensors "
"""Beginnings of a suffix: the one that is registered, or one of many, whose MAC follows."""
GATEWAY: Fields = {
    "rssi": Field("signal", absent=frozenset({0.0})),
    "uptime": Field("x_uptime"),
    "tempc": Field("x_chip_temperature"),
    REST: None,
}
"""SYStoMQTT: the gateway of itself. Its network, addresses and settings are not kept."""


def suffix(root: str, topic: str) -> str | None:
    """`sensor` for the one that is registered, `sensors <MAC>` or what else follows for a gateway."""
    wanted, levels = root.strip("/").split("/"), topic.split("/")
    is_sensor = len(wanted) > 1 and wanted[-2] == BLUETOOTH
    if wanted[-1] == "+" or len(levels) < len(wanted):
        return None
    for place, (one, level) in enumerate(zip(wanted, levels, strict=False)):
        is_mac = is_sensor and place == len(wanted) - 1
        if one not in ("+", level) and not (is_mac and plain_mac(one) == plain_mac(level)):
            return None
    rest = levels[len(wanted) :]
    if is_sensor:
        return "/".join([ONE, *rest])
    if wanted[-1] == BLUETOOTH:
        rest = [BLUETOOTH, *rest]
    if len(rest) == len((BLUETOOTH, "MAC")) and rest[0] == BLUETOOTH:
        return MANY + plain_mac(rest[1])
    return "/".join(rest)


def plain_mac(written: str) -> str:
    """A MAC address without colons and in small letters, as channels are named."""
    return re.sub(r"[^0-9a-z]", "", written.lower())[:32]


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    macs = options.get("macs", [])
    if not isinstance(macs, list | dict) or not all(isinstance(mac, str) for mac in macs):
        raise ValueError('options.macs: a list of MAC addresses, or {MAC: "name"}, is needed')
    if isinstance(macs, dict) and not all(isinstance(name, str) for name in macs.values()):
        raise ValueError("options.macs: each name must be a text")


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of an advertisement or of the gateway. Raises BadPayload."""
    if not payload:
        return []
    if suffix == "LWT":
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"LWT: online or offline was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    found: Decoded = []
    if suffix == "SYStoMQTT":
        take(found, GATEWAY, parse_object(payload), None)
    elif suffix == ONE:
        _advertised(found, _object(payload), "")
    elif suffix.startswith(ONE + "/"):
        return _plain(suffix.removeprefix(ONE + "/"), payload)
    elif suffix.startswith(MANY):
        channel = _channel(suffix.removeprefix(MANY), source)
        if channel is not None:
            said = _object(payload)
            if "macs" in source.options or _is_of_a_place(said):
                _advertised(found, said, channel)
    return found  # version, commands, other radios, home_presence


def _object(payload: bytes) -> dict[str, Any]:
    """An advertisement; the first versions sent a bare signal strength."""
    signal = number(text(payload)) if payload[:1] == b"-" else None
    return parse_object(payload) if signal is None else {"rssi": signal}


def _plain(key: str, payload: bytes) -> Decoded:
    """One value, as `simplePublishing` has it."""
    return read_topic(ADVERTISED, key, payload) if key in ADVERTISED else []


def _channel(mac: str, source: Source) -> str | None:
    """The channel of a sensor, None where it is a stranger's."""
    known = source.options.get("macs")
    names = {mac: mac} if known is None else {plain_mac(str(one)): plain_mac(str(one)) for one in known}
    if isinstance(known, Mapping):
        names = {plain_mac(str(one)): str(name)[:40] for one, name in known.items()}
    return names.get(mac)


def _is_of_a_place(said: dict[str, Any]) -> bool:
    is_tracking = str(said.get("type", "")).upper() in TRACKING or said.get("track") is True
    return not is_tracking and not MEASURES.isdisjoint(said)


def _advertised(found: Decoded, said: dict[str, Any], channel: str) -> None:
    values = {key: value for key, value in said.items() if not _is_twice(key, said)}
    pressure = values.get("pres")
    if isinstance(pressure, bool) or (isinstance(pressure, str) and pressure.lower() in OCCUPIED_CLEAR):
        values[PRESENCE] = values.pop("pres")  # Theengs has one name for presence and for pressure
    if str(said.get("type", "")).upper() == "ENRG" and "volt" in values:
        values["mains_volt"] = values.pop("volt")
    take(found, ADVERTISED, values, None, channel)


def _is_twice(key: str, said: dict[str, Any]) -> bool:
    """True for °F beside the same in °C."""
    return key.startswith("tempf") and number(said.get(f"tempc{key[5:]}")) is not None
