"""The Things Stack v3 (The Things Network): uplinks of LoRaWAN devices, as their formatter has decoded them.

Root: `v3/<application>@<tenant>/devices/<device id>`, with `+` for an application that may change, or the
bare device id (`eui-a84041…` may be given as the EUI alone). `received_at` is the time; `history` in the
formatter's object holds late readings with times of their own. `signal` is the best gateway's RSSI.

The stack leaves out what is zero, false or empty in its own fields (an `f_port` that is missing is 0), not
in what the formatter said. Where no formatter is set up, its normalized payload is read, if there is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from devices.formats._json import json_type, number, parse_object
from devices.formats._lorawan import best_rssi, read_object
from devices.formats._own_topics import Topics
from devices.formats._tables import REST, Field, Fields, put_extra, take
from devices.formats._times import iso_time
from devices.readings import BadPayload, Decoded, Reading, Source

TITLE = "The Things Stack (LoRaWAN)"
ROOTS = ("v3/app@tenant/devices/eui-0102030405060708",)
EUI = re.compile(r"[0-9a-f]{16}")
APART = re.compile(r"[-:]")
DEVICE_AT = 3
"""The level of the device's id: v3/<application>/devices/<id>."""
WANTED_TAILS = ("#", "up", "join")
NORMALIZED: Fields = {
    "air": {
        "temperature": Field("temperature"),
        "relativeHumidity": Field("humidity"),
        "pressure": Field("pressure"),
        "lightIntensity": Field("illuminance"),
        "co2": Field("co2", absent=frozenset({0.0})),
    },
    "soil": {
        "temperature": Field("soil_temperature"),
        "moisture": Field("soil_moisture"),
        "ec": Field("soil_conductivity", times=1000),  # dS/m
        "pH": Field("soil_ph"),
    },
    "wind": {"speed": Field("wind_speed")},
    "water": {"temperature": {"current": Field("temperature", "water"), REST: None}},
    "battery": Field("x_battery_voltage"),
    "time": None,
}
"""As the device repository of The Things Network agrees on."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the device: `up`, `join`, `down/ack`."""
    levels = topic.split("/")
    if len(levels) <= DEVICE_AT + 1 or levels[0] != "v3" or levels[2] != "devices":
        return None
    wanted = root.strip("/").split("/")
    while len(wanted) > 1 and wanted[-1] in WANTED_TAILS:
        wanted.pop()
    rest = "/".join(levels[DEVICE_AT + 1 :])
    if len(wanted) == 1:
        return rest if levels[DEVICE_AT].lower() in _ids(wanted[0].lower()) else None
    same = len(wanted) == DEVICE_AT + 1 and all(
        one in ("+", other) for one, other in zip(wanted, levels, strict=False)
    )
    return rest if same else None


def _ids(name: str) -> tuple[str, ...]:
    eui = APART.sub("", name)
    return (name, f"eui-{eui}", eui) if EUI.fullmatch(eui) else (name,)


def topics(root: str) -> Topics:
    """What the stack tells of the device, and the downlinks that it takes."""
    levels = root.strip("/").split("/")
    while len(levels) > 1 and levels[-1] in WANTED_TAILS:
        levels.pop()
    names = _ids(levels[0].lower()) if len(levels) == 1 else (levels[-1],)
    above = "v3/+/devices" if len(levels) == 1 else "/".join(levels[:-1])
    own = [f"{above}/{name}" for name in names]
    return Topics(
        tuple(f"{one}/#" for one in own),
        tuple(f"{one}/down/{verb}" for one in own for verb in ("push", "replace")),
    )


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of an uplink; an empty list for joins, acknowledgements and what is sent down."""
    if not payload:
        return []
    if suffix == "up":
        return _uplink(parse_object(payload), source)
    if suffix == "location/solved":
        return _location(parse_object(payload), source)
    return []


def _uplink(event: dict[str, Any], source: Source) -> Decoded:
    uplink = event.get("uplink_message")
    if not isinstance(uplink, dict):
        raise BadPayload(f"uplink_message: a JSON object was expected, not {json_type(uplink)}")
    at = iso_time(event.get("received_at"), source.zone) or iso_time(uplink.get("received_at"), source.zone)
    values = uplink.get("decoded_payload")
    if isinstance(values, dict):
        found = read_object(values, at, _model(uplink))
    elif values is not None:
        raise BadPayload(f"decoded_payload: a JSON object was expected, not {json_type(values)}")
    elif uplink.get("normalized_payload") is not None:
        found = _normalized(uplink["normalized_payload"], source)
        for one in found:
            one.at = one.at or at
    elif uplink.get("frm_payload") and uplink.get("f_port"):
        raise BadPayload("decoded_payload is missing: the device has no payload formatter")
    else:
        return []
    heard = best_rssi(uplink.get("rx_metadata"))
    if heard is not None and found:
        found.append(Reading("signal", heard, "", at))
    level = uplink.get("last_battery_percentage")
    level = level if isinstance(level, dict) else {}
    charge = number(level.get("value"))
    if charge is not None and not any(one.metric == "battery" for one in found):
        found.append(Reading("battery", charge, "", iso_time(level.get("received_at"), source.zone) or at))
    return found


def _model(uplink: Mapping[str, Any]) -> str:
    """The device's model, where it was taken from the repository."""
    version = uplink.get("version_ids")
    model = version.get("model_id") if isinstance(version, dict) else None
    return model.upper() if isinstance(model, str) else ""


def _normalized(measurements: Any, source: Source) -> Decoded:
    if isinstance(measurements, dict):
        measurements = [measurements]
    if not isinstance(measurements, list):
        raise BadPayload(f"normalized_payload: an array was expected, not {json_type(measurements)}")
    found: Decoded = []
    for measurement in measurements:
        if isinstance(measurement, dict):
            take(found, NORMALIZED, measurement, iso_time(measurement.get("time"), source.zone))
    return found


def _location(event: dict[str, Any], source: Source) -> Decoded:
    solved = event.get("location_solved")
    location = solved.get("location") if isinstance(solved, dict) else None
    if not isinstance(location, dict):
        raise BadPayload(f"location_solved: a location was expected, not {json_type(location)}")
    found: Decoded = []
    at = iso_time(event.get("received_at"), source.zone)
    for key in ("latitude", "longitude", "altitude"):
        put_extra(found, (key,), location.get(key), at)
    return found
