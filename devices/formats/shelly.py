"""Shelly: Gen2 and later (Plus, Pro, Gen3, Gen4) with their JSON-RPC, Gen1 with bare values.

Root: the MQTT prefix of the device (`shellypro3em-aabbccddeeff`, `home/terrace`; for Gen1
`shellies/shellyem-AABBCC`), or the topic under which a script republishes one BLU sensor. Component 0 has
no channel, others have their number; the meters of a Gen1 3EM are the phases l1 l2 l3 (by the name that it
has from the factory). Power is + for use, - for feed-in; energies arrive in Wh, those of Gen1's relays in
watt-minutes. A notice holds only what has changed.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from devices.formats import _shelly_gen1 as gen1
from devices.formats._json import below, json_type, parse_object, shown, text
from devices.formats._own_topics import Topics, below_root
from devices.formats._shelly_components import ABOUT, BLU, COMPONENTS, PRODUCING
from devices.formats._tables import LONGEST_KEY, ONLINE_OFFLINE, Fields, put_extra, take
from devices.formats._times import unix_time
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Shelly"
ROOTS = ("shellypro3em-aabbccddeeff", "shellies/shellyem-AABBCC")
ASKED = "shellies/command"
COMMANDS = ("rpc", "command", "command/#", "+/+/command", "+/+/command/#", "+/+/set")
"""What somebody asks all devices of Gen1 to do."""
EM3 = "shellyem3"
"""How the name of a Gen1 meter of three phases begins."""
STATUS_NOTICES = frozenset({"NotifyStatus", "NotifyFullStatus"})
HOUSEKEEPING = frozenset(
    {"config_changed", "sys_config_changed", "ota_begin", "ota_progress", "ota_success", "ota_error"}
    | {"scheduled_restart", "sleep", "scan", "component_added", "component_removed", "btn_down", "btn_up"}
)
"""Events of the device's own life (and the two halves of a push, which has an event as a whole)."""
SILENT = frozenset({"sys", "wifi", "cloud", "mqtt", "ble", "eth", "ws", "emdata", "em1data"})
"""Components whose events say nothing of the world, or what the status has said already."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the prefix; '' where the root is the whole topic."""
    root = root.removesuffix("/").removesuffix("/events/rpc")
    rest = below(root, topic)
    if topic == ASKED and root.startswith("shellies/"):
        return "command"
    if rest is not None and rest.startswith("emeter/") and root.lower().rpartition("/")[2].startswith(EM3):
        return f"phase/{rest[7:]}"
    return rest


def topics(root: str) -> Topics:
    """The device's prefix, and the question to all of Gen1."""
    root = root.removesuffix("/").removesuffix("/events/rpc")
    own = below_root(root, COMMANDS)
    return Topics(own.writes, (*own.commands, *([ASKED] if root.startswith("shellies/") else [])))


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of a notice, a component's status, or a BLU sensor."""
    if not payload:
        return []
    if suffix == "events/rpc":
        return _notice(parse_object(payload), source)
    if suffix.startswith("status/"):
        found: Decoded = []
        _component(found, suffix[7:], parse_object(payload), None, source)
        return found
    if suffix == "online":
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"online: true or false was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    if not suffix or suffix.startswith("events/"):
        return _blu(parse_object(payload), suffix[7:64])
    # else rpc, command, debug, announce: requests overheard and logs
    return gen1.read(suffix, payload, source) if gen1.is_gen1(suffix) else []


def _blu(values: dict[str, Any], channel: str) -> Decoded:
    """A BLU sensor that a script republishes; below a common topic its address is the channel."""
    if BLU.keys().isdisjoint(values):
        raise BadPayload("no BTHome sensor: none of its keys is in it")
    found: Decoded = []
    take(found, BLU, values, None, channel)
    return found


def _notice(frame: dict[str, Any], source: Source) -> Decoded:
    method = frame.get("method")
    params = frame.get("params")
    if not isinstance(params, dict):
        raise BadPayload(f"params: a JSON object was expected, not {json_type(params)}")
    found: Decoded = []
    at = unix_time(params.get("ts"))
    if method == "NotifyEvent":
        _events(found, params.get("events"), at)
    elif method in STATUS_NOTICES:
        wrong = None
        for name, values in params.items():
            if isinstance(values, dict):
                _component(found, name, values, at, source)
            elif name != "ts" and values is not None:
                wrong = name
        if wrong is not None and not found:
            raise BadPayload(f"{shown(wrong)}: a component's status was expected")
    else:
        raise BadPayload(f"method {shown(method)} is none of this dialect")
    return found


def _component(
    found: Decoded, name: str, values: dict[str, Any], at: datetime | None, source: Source
) -> None:
    kind, channel = _kind_and_channel(name[:LONGEST_KEY])
    fields: Fields | None = (PRODUCING if source.produces else COMPONENTS).get(kind, ABOUT)
    if fields is not None:
        take(found, fields, values, at, channel, names=(kind,))


def _events(found: Decoded, events: Any, at: datetime | None) -> None:
    if not isinstance(events, list):
        raise BadPayload(f"events: an array was expected, not {json_type(events)}")
    for event in events:
        if not isinstance(event, dict) or not isinstance(event.get("component"), str):
            continue
        kind, channel = _kind_and_channel(event["component"][:LONGEST_KEY])
        if kind in SILENT:
            continue
        when = unix_time(event.get("ts")) or at
        data = event.get("data")
        if isinstance(data, dict):  # a script's own event: a BLU sensor as the script has decoded it
            address = data.get("address")
            take(found, BLU, data, when, address[:64] if isinstance(address, str) else channel)
        elif isinstance(event.get("event"), str) and event["event"] not in HOUSEKEEPING:
            put_extra(found, (kind, "event"), event["event"], when, channel)


@lru_cache(maxsize=1024)
def _kind_and_channel(component: str) -> tuple[str, str]:
    """`switch:1` is ('switch', '1'), `switch:0` and `switch` are ('switch', '')."""
    kind, _, number = component.partition(":")
    return kind, "" if number == "0" else number[:64]
