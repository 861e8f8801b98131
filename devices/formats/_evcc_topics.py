"""What evcc's topics mean. Old and new names of a value side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from devices.formats._tables import TRUE_FALSE, VERBATIM, Field, joined

WH = 1000.0
"""In a kWh."""
LINES = frozenset({"l1", "l2", "l3"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """Fields of a topic's value; without fields it is kept under x_ and its key."""

    key: str
    fields: tuple[Field, ...] = ()
    channel: str = ""


LOADPOINT: dict[str, tuple[Field, ...]] = {
    "chargePower": (Field("power"),),
    "chargeCurrent": (Field("charge_limit"),),
    "offeredCurrent": (Field("charge_limit"),),
    "chargedEnergy": (Field("session_energy", per=WH),),
    "sessionEnergy": (Field("session_energy", per=WH),),
    "chargeTotalImport": (Field("energy_import"),),
    "vehicleSoc": (Field("vehicle_soc", absent=frozenset({0.0})),),  # 0 where evcc knows of none
    "vehicleName": (Field("vehicle", words=VERBATIM),),
    "vehicleTitle": (Field("vehicle", words=VERBATIM),),  # see evcc.py
    "connected": (Field("x_connected", words=TRUE_FALSE),),  # and charger_status: see evcc.py
    "charging": (Field("x_charging", words=TRUE_FALSE),),
    "enabled": (Field("x_enabled", words=TRUE_FALSE),),
    "activePhases": (Field("x_phases_active"),),
    "phasesActive": (Field("x_phases_active"),),
}
LINE_VALUES = {
    "chargeCurrents": "current",
    "chargeVoltages": "voltage",
    "chargePowers": "power",
    "currents": "current",
    "voltages": "voltage",
    "powers": "power",
}
"""Their parent topics hold a sum, which is no phase and repeats what others say."""

REGISTER = {"grid": "energy_import", "pv": "energy_export", "battery": "energy_export"}
"""kWh. What pv has made and a battery has given counts as export."""
RETURNED = {"grid": "energy_export", "battery": "energy_import"}
"""kWh in the other direction."""
FLAT = {
    f"{part}{key[0].upper()}{key[1:]}": (part, key)
    for part in ("grid", "pv", "battery", "home", "aux")
    for key in ("power", "energy", "soc", "currents", "voltages", "powers")
}
"""Site keys of old: gridPower is today's grid/power."""
IGNORED = frozenset(
    {"title", "icon", "siteTitle", "currency", "version", "availableVersion", "startup", "plan", "name"}
    | {
        "updated",
        "log",
        "hasVehicle",
        "controllable",
        "network",
        "mqtt",
        "influx",
        "hems",
        "eebus",
        "sponsor",
    }
)
"""Names and settings."""


@lru_cache(maxsize=8192)
def meaning(suffix: str, part: str, loadpoint: str, charger: bool) -> Meaning | None:
    """What a topic below evcc's root means for a device; None where there is nothing to keep.

    `part` of the site has no channel, nor has `loadpoint` for a charger.
    """
    levels = suffix.split("/")
    if levels[-1] == "set" or len(levels) < 2:
        return None
    if levels[0] == "loadpoint":
        return _loadpoint(levels[1:], "")
    if levels[0] == "loadpoints":
        number = levels[1]
        if charger:
            return _loadpoint(levels[2:], "" if number == loadpoint else number)
        return _loadpoint(levels[2:], f"lp{number}")
    if levels[0] == "site":
        return _site(levels[1:], part)
    return _other(levels[1:]) if levels[0] == "vehicle" else None


def _loadpoint(levels: list[str], channel: str) -> Meaning | None:
    if not levels or levels[0] in LINE_VALUES:
        return _line(levels, channel)
    if len(levels) == 1 and levels[0] in LOADPOINT:
        return Meaning(levels[0], LOADPOINT[levels[0]], channel)
    return _other(levels, channel)


def _line(levels: list[str], channel: str) -> Meaning | None:
    if len(levels) != 2 or levels[1] not in LINES:
        return None
    return Meaning("/".join(levels), (Field(LINE_VALUES[levels[0]]),), joined(channel, levels[1]))


def _site(levels: list[str], part: str) -> Meaning | None:
    if levels[0] in FLAT:
        levels = [*FLAT[levels[0]], *levels[1:]]
    which = levels[0]
    if which not in ("grid", "pv", "battery", "home", "aux", "ext", "consumers"):
        return _other(levels)
    rest = levels[1:]
    if rest and rest[0] == "devices":
        rest = rest[1:]
    index = rest.pop(0) if rest and rest[0].isdigit() else ""
    return _of_part(which, index, rest, index if which == part else which + index)


def _of_part(which: str, index: str, levels: list[str], channel: str) -> Meaning | None:
    key = levels[0] if levels else ""
    if key in LINE_VALUES:
        return _line(levels, channel)
    if len(levels) != 1:
        return None  # how many there are, or details
    if key == "energy" and which in REGISTER:
        return Meaning(key, (Field(REGISTER[which]),), channel)
    if key == "returnEnergy" and which in RETURNED:
        return Meaning(key, (Field(RETURNED[which]),), channel)
    if key == "soc":  # there is one stationary storage, so its parts are told by number only
        return Meaning(key, (Field("battery_soc"),), index)
    return Meaning(key, (Field("power"),), channel) if key == "power" else _other(levels, channel)


def _other(levels: list[str], channel: str = "") -> Meaning | None:
    if len(levels) != 1 or levels[0] in IGNORED or not levels[0]:
        return None
    return Meaning(levels[0][:80], (), channel)
