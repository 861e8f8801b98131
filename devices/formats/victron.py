"""Victron Venus OS: `N/<portal>/<service>/<instance>/<path>`, one `{"value": x}` each.

Root: one device (`N/c0619ab12345/grid/30`), or the whole installation (`N/c0619ab12345`), where each
device's values have the channel `<service>_<instance>`. Reads and writes (`R/`, `W/`) are overheard.

A null says that there is no such value, an empty payload that the device has left the bus: neither is 0.
What carries a min or a max is a setting, and no reading. Of the service `system` the sums are kept, on the
channels grid, pv, battery and home; the part that the device stands for has none (solar: pv, battery:
battery, a meter: grid, or home if its role is load). A battery's power and current are + while it gives;
Venus OS counts them the other way round. Venus OS says nothing unless somebody sends
`R/<portal>/keepalive` every minute.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import parse_object, shown
from devices.formats._own_topics import Topics
from devices.formats._tables import Field, joined, put, put_extra
from devices.formats._victron_paths import NO_DEVICES, meaning
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Victron Venus OS"
ROOTS = ("N/c0619ab12345/grid/30", "N/c0619ab12345")
KINDS = ("N", "R", "W")
NOBODYS = "R"
"""A suffix for what is no device's: reads, writes, and the gateway about itself."""
ITSELF = "-"
"""In a suffix: the instance that was registered."""
DEVICE_LEVELS = 3
PARTS = {"solar": "pv", "battery": "battery", "grid": "grid", "load": "home", "meter": "grid"}


def suffix(root: str, topic: str) -> str | None:
    """`N/<service>/<instance>/<path>`, with - for the instance that the root names."""
    wanted = root.strip("/").split("/")
    if wanted[0] in KINDS and len(wanted) > 1:
        wanted = wanted[1:]
    kind, *levels = topic.split("/")
    if kind not in KINDS or levels[:1] != wanted[:1]:
        return None
    if kind != "N" or len(levels) < DEVICE_LEVELS or levels[1] in NO_DEVICES:
        return NOBODYS
    if levels[: len(wanted)] != wanted:
        return None
    rest = levels[1:]
    if len(wanted) >= DEVICE_LEVELS:
        rest = [rest[0], ITSELF, *rest[2:]]
    return "/".join([kind, *rest])


def topics(root: str) -> Topics:
    """Commands come below `R` and `W`, and `R/<portal>/keepalive` is for every device."""
    levels = root.strip("/").split("/")
    own = "/".join(levels[1:] if levels[0] in KINDS and len(levels) > 1 else levels)
    portal = own.partition("/")[0]
    return Topics((f"N/{own}/#",), (f"R/{own}/#", f"W/{own}/#", f"R/{portal}/keepalive"))


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """The value of one path."""
    kind, _, rest = suffix.partition("/")
    service, _, rest = rest.partition("/")
    instance, _, path = rest.partition("/")
    meant = meaning(service, path) if kind == "N" and path else None
    if meant is None:
        return []
    channel = "" if instance == ITSELF or service == "system" else f"{service}_{instance}"[:40]
    if not payload:
        return [StateChange("online", "offline", channel)] if path == "Connected" else []
    said = parse_object(payload)
    if "value" not in said:
        raise BadPayload('{"value": …} was expected')
    value = said["value"]
    if value is None or value in ([], ""):
        return []
    found: Decoded = []
    if meant.field is None:
        if not {"min", "max"} & said.keys() and not isinstance(value, dict):
            put_extra(found, meant.names, value, None, joined(channel, meant.channel))
        return found
    put(found, meant.field, value, None, channel)
    if not found and not _tells_nothing(meant.field, value):
        raise BadPayload(f"{shown(path)}: {shown(value)} is not what Venus OS sends there")
    return _for_part(found, source) if service == "system" else found


def _tells_nothing(field: Field, value: Any) -> bool:
    return field.words is not None and isinstance(value, int)


def _for_part(found: Decoded, source: Source) -> Decoded:
    """The sums of the part that the device stands for, without its name."""
    part = PARTS.get(source.role or "grid" if source.kind == "meter" else source.kind, "")
    for one in found:
        if part and (one.channel == part or one.channel.startswith(f"{part}_l")):
            one.channel = one.channel[len(part) + 1 :]
    return found
