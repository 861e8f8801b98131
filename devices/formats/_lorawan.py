"""What codecs of LoRaWAN sensors say, read by the tables of _lorawan_keys.

The network server runs the maker's codec and puts its result into an envelope of its own; the result
is read here, whatever the envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from devices.formats._json import json_type, number
from devices.formats._lorawan_keys import LPP, SENSECAP, WRAPPERS, fields_of
from devices.formats._tables import Field, put, put_extra, take
from devices.formats._times import unix_time
from devices.readings import BadPayload, Decoded, Reading

VOLTS = (1.0, 5.0)
"""A battery that says a broken number between these says V: percentages come whole."""


def read_object(values: Mapping[str, Any], at: datetime | None, profile: str = "") -> Decoded:
    """Readings of a codec's result. Entries of `history` have their own times. Raises BadPayload."""
    found: Decoded = []
    if "messages" in values:
        _sensecap(found, values["messages"], at)
        return found
    if not LPP.keys().isdisjoint(values):
        values = _cayenne(found, values, at)
    wrapped = [key for key in values if key in WRAPPERS and isinstance(values[key], dict)]
    for key in wrapped:
        _read(found, values[key], at, profile)
    if wrapped:
        values = {key: value for key, value in values.items() if key not in wrapped}
    _read(found, values, at, profile)
    history = values.get("history")
    if isinstance(history, list):
        for entry in history:
            moment = unix_time(entry.get("timestamp")) if isinstance(entry, dict) else None
            if moment is not None:  # without its time a late reading would pass for one of now
                _read(found, entry, moment, profile)
    return found


def best_rssi(gateways: Any) -> float | None:
    """dBm at the gateway that heard the device best."""
    if not isinstance(gateways, list):
        return None
    heard = [number(gateway.get("rssi")) for gateway in gateways if isinstance(gateway, dict)]
    return max((rssi for rssi in heard if rssi), default=None)


def _read(found: Decoded, values: Mapping[str, Any], at: datetime | None, profile: str) -> None:
    before = len(found)
    take(found, fields_of(values, profile), values, at)
    if "temperature" in values and ("moisture" in values or "ec" in values):
        put(found, Field("soil_temperature"), values["temperature"], at)  # a probe in the soil
    for reading in found[before:]:
        if reading.metric == "battery" and isinstance(reading, Reading) and _is_voltage(reading.value):
            reading.metric = "x_battery_voltage"


def _is_voltage(battery: float) -> bool:
    return VOLTS[0] < battery < VOLTS[1] and not battery.is_integer()


def _sensecap(found: Decoded, messages: Any, at: datetime | None) -> None:
    if not isinstance(messages, list):
        raise BadPayload(f"messages: an array was expected, not {json_type(messages)}")
    for message in messages:
        if isinstance(message, list):  # newer codecs group them
            _sensecap(found, [inner for inner in message if isinstance(inner, dict)], at)
        elif isinstance(message, dict):
            kind = str(message.get("measurementId", ""))
            when = unix_time(message.get("timestamp")) or at
            if kind in SENSECAP:
                put(found, SENSECAP[kind], message.get("measurementValue"), when)
            elif kind:
                name = message.get("type")
                named = isinstance(name, str) and name != "report_telemetry"
                put_extra(
                    found,
                    (str(name)[:80] if named else f"measurement_{kind[:40]}",),
                    message.get("measurementValue"),
                    when,
                )
            else:
                put(found, SENSECAP["3000"], message.get("battery", message.get("Battery(%)")), when)


def _cayenne(found: Decoded, values: Mapping[str, Any], at: datetime | None) -> Mapping[str, Any]:
    """Reads what LPP has names for; gives the rest."""
    rest = {}
    for key, channels in values.items():
        field = LPP.get(key)
        if field is None or not isinstance(channels, dict):
            rest[key] = channels
            continue
        for channel, value in channels.items():
            put(found, field, value, at, channel[:16] if len(channels) > 1 else "")
    return rest
