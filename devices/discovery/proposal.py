"""A device that might be registered, as far as its messages tell. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.formats import formats
from devices.metrics import METRICS, label
from devices.readings import BadPayload, Source

GUESSED, RECOGNISED, BRIDGED, ANNOUNCED = range(4)
"""How sure a proposal is: by its topic alone; a dialect reads it; announced to Home Assistant; by itself."""
LONGEST_ROOT, LONGEST_NAME, MOST_METRICS, MOST_TOPICS = 512, 120, 60, 30
CHARGERS = frozenset({"openevse", "goe", "easee", "tesla", "warp", "smartevse", "everest", "ocpp"})
PRINTERS = frozenset({"octoprint", "moonraker", "bambu", "prusalink"})
BY_METRIC: tuple[tuple[str, frozenset[str]], ...] = (
    ("charger", frozenset({"charger_status", "session_energy", "charge_limit", "vehicle_soc"})),
    ("printer", frozenset({"printer_status", "print_progress", "nozzle_temperature", "bed_temperature"})),
    ("garden", frozenset({"soil_moisture", "soil_temperature", "soil_conductivity", "soil_ph", "valve"})),
    ("garden", frozenset({"water_flow", "water_total", "tank_level", "rain"})),
    ("battery", frozenset({"battery_soc"})),
    ("meter", frozenset({"energy_import", "energy_export", "power", "voltage", "current"})),
    ("room", frozenset({"occupancy", "people_count", "co2", "temperature", "humidity", "tvoc", "pm25"})),
    ("room", frozenset({"door", "lock", "noise", "illuminance", "pressure"})),
)
"""What a device is that measures one of these; the first that fits."""
BY_WORD = {
    "solar": ("solar", "pv", "inverter", "pvinverter", "solarcharger"),
    "charger": ("charger", "wallbox", "evcharger", "chargepoint", "loadpoints"),
    "garden": ("garden", "soil", "plant", "plants", "greenhouse", "irrigation"),
    "printer": ("printer", "octoprint"),
    "battery": ("battery", "housebattery"),
}
"""Words of a topic or a name that say more than any metric."""
BRINGS_POWER = frozenset({"energy_import", "energy_export", "power"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A device, described as it would be registered. `topic` is its root and tells it from any other.

    `of`: the announcement that it adds something to, where it does not say its own root.
    `announcement`: the topic on which it announces itself, '' for what was only overheard.
    """

    format: str
    topic: str
    kind: str
    name: str = ""
    sureness: int = GUESSED
    options: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    """`metric[@channel]` of what it is known to say."""
    announcement: str = ""
    of: str = ""
    speaks: tuple[str, ...] = ()
    """Topics on which it speaks, for one."""


def proposed(
    dialect: str,
    root: str,
    metrics: Collection[str],
    *,
    sureness: int,
    name: str = "",
    options: Mapping[str, Any] | None = None,
    announcement: str = "",
    speaks: Collection[str] = (),
) -> Proposal | None:
    """A proposal with its name and kind filled in; None where the root is none that can be registered."""
    if not root.strip("/") or len(root) > LONGEST_ROOT or not root.isprintable() or "#" in root:
        return None
    if root != root.strip():
        return None
    said = tuple(dict.fromkeys(metrics))[:MOST_METRICS]
    named = " ".join(name.split())[:LONGEST_NAME] if name.isprintable() else ""
    return Proposal(
        format=dialect,
        topic=root,
        kind=kind_of(dialect, f"{root} {named}", said),
        name=named or root.rstrip("/").rpartition("/")[2][:LONGEST_NAME].strip() or root[:LONGEST_NAME],
        sureness=sureness,
        options=options or {},
        metrics=said,
        announcement=announcement,
        speaks=tuple(dict.fromkeys(speaks))[:MOST_TOPICS],
    )


def kind_of(dialect: str, words: str, metrics: Collection[str]) -> str:
    """A guess at the kind of device, from its dialect, the words of its topic and what it measures."""
    if dialect in CHARGERS:
        return "charger"
    if dialect in PRINTERS:
        return "printer"
    said = {name.partition("@")[0] for name in metrics}
    spoken = set("".join(one if one.isalpha() else " " for one in words.lower()).split())
    for kind, names in BY_WORD.items():
        if spoken.intersection(names) and (kind != "solar" or said & BRINGS_POWER or not said):
            return kind
    return next((kind for kind, names in BY_METRIC if said & names), "other")


def readable(dialect: str, root: str, topic: str, payload: bytes, source: Source) -> tuple[str, ...] | None:
    """What the dialect reads in a message, as labels; None where it is not the root's, or unreadable."""
    known = formats()[dialect]
    try:
        suffix = known.suffix(root, topic)
        if suffix is None:
            return None
        decoded = known.decode(suffix, payload, source)
    except BadPayload:
        return None
    return tuple(dict.fromkeys(label(one.metric, one.channel) for one in decoded))


def named(metrics: Collection[str]) -> int:
    """How many of them the vocabulary knows."""
    return sum(name.partition("@")[0] in METRICS for name in metrics)
