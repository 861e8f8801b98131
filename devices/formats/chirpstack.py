"""ChirpStack v4: uplinks of LoRaWAN devices, as their codec has decoded them.

Root: `application/<id>/device/<devEUI>`, with `+` for an application that may change, or the bare
devEUI; capitals do not matter. `time` is RFC 3339 with nanoseconds; `history` in the codec's object
holds late readings with times of their own. `signal` is the best gateway's RSSI.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import json_type, number, parse_object
from devices.formats._lorawan import best_rssi, read_object
from devices.formats._own_topics import Topics
from devices.formats._tables import put_extra
from devices.formats._times import iso_time
from devices.readings import BadPayload, Decoded, Reading, Source

TITLE = "ChirpStack (LoRaWAN)"
ROOTS = ("application/…/device/0102030405060708",)


def suffix(root: str, topic: str) -> str | None:
    """What follows the devEUI: `event/up`, `command/down`."""
    wanted = root.lower().strip("/").split("/")
    levels = topic.lower().split("/")
    if len(wanted) == 1:
        eui = wanted[0].replace("-", "").replace(":", "")
        for place in range(len(levels) - 2):
            if levels[place] == "device" and levels[place + 1] == eui:
                return "/".join(levels[place + 2 :])
        return None
    while wanted and wanted[-1] in ("#", "up", "event"):
        wanted.pop()
    same = len(levels) > len(wanted) and all(
        one in ("+", other) for one, other in zip(wanted, levels, strict=False)
    )
    return "/".join(levels[len(wanted) :]) if same else None


def topics(root: str) -> Topics:
    """Uplinks and commands of the device, in lower case as ChirpStack has them."""
    levels = root.lower().strip("/").split("/")
    while len(levels) > 1 and levels[-1] in ("#", "up", "event"):
        levels.pop()
    if len(levels) == 1:
        levels = ["application", "+", "device", levels[0].replace("-", "").replace(":", "")]
    own = "/".join(levels)
    return Topics((f"{own}/event/#", f"{own}/state/#"), (f"{own}/command/#",))


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of an event; an empty list for joins, acknowledgements, logs and commands."""
    if not payload:
        return []
    if suffix == "event/up":
        return _uplink(parse_object(payload), source)
    if suffix == "event/status":
        return _status(parse_object(payload), source)
    if suffix == "event/location":
        return _location(parse_object(payload), source)
    return []


def _uplink(event: dict[str, Any], source: Source) -> Decoded:
    at = iso_time(event.get("time"), source.zone)
    values = event.get("object")
    if values is None:
        if event.get("data") and event.get("fPort") != 0:
            raise BadPayload("object is missing: the device profile in ChirpStack has no codec")
        if "deviceInfo" not in event:
            raise BadPayload("neither object nor deviceInfo is in it")
        return []
    if not isinstance(values, dict):
        raise BadPayload(f"object: a JSON object was expected, not {json_type(values)}")
    info = event.get("deviceInfo")
    profile = info.get("deviceProfileName") if isinstance(info, dict) else None
    found = read_object(values, at, profile.upper() if isinstance(profile, str) else "")
    heard = best_rssi(event.get("rxInfo"))
    if heard is not None:
        found.append(Reading("signal", heard, "", at))
    return found


def _status(event: dict[str, Any], source: Source) -> Decoded:
    """Answer to a status request. On mains, or where the device cannot say, batteryLevel is a false 0."""
    if "margin" not in event and "batteryLevel" not in event:
        raise BadPayload("neither margin nor batteryLevel is in it")
    found: Decoded = []
    at = iso_time(event.get("time"), source.zone)
    level = number(event.get("batteryLevel"))
    if (
        level is not None
        and not event.get("externalPowerSource")
        and not event.get("batteryLevelUnavailable")
    ):
        found.append(Reading("battery", level, "", at))
    put_extra(found, ("margin",), event.get("margin"), at)
    return found


def _location(event: dict[str, Any], source: Source) -> Decoded:
    location = event.get("location")
    if not isinstance(location, dict):
        raise BadPayload(f"location: a JSON object was expected, not {json_type(location)}")
    found: Decoded = []
    at = iso_time(event.get("time"), source.zone)
    for key in ("latitude", "longitude", "altitude"):
        put_extra(found, (key,), location.get(key), at)
    return found
