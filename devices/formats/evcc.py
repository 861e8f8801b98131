"""evcc: charging sites. One bare value a topic, all retained.

Root: a load point (`evcc/loadpoints/1`), the site (`evcc/site`), one vehicle (`evcc/vehicles/golf`),
or all of it (`evcc`); evcc's own root may hold slashes. `<root>/status` says for each of them whether
evcc is there. From the bare root, a charger takes the load point `options.loadpoint` (1) without a
channel and others by their number; for meters load points are `lp1`, `lp2`.
Values of the site are on the channels grid, pv, battery, home (and pv1, battery2 for the parts of one),
but for the part that the device stands for, which has none: solar -> pv, battery -> battery, a meter
-> grid, or home if its role is load.

Powers are W: + is import on the grid, production on pv, discharge on the battery. Session energies are
Wh. chargeTotalImport is kWh in evcc's code and Wh in its documentation: what is above LARGEST_KWH is
taken for Wh, unless `options.total_unit` ("kWh" or "Wh") settles it.

charger_status is put together from the separate topics `connected` and `charging`. evcc publishes both
in each of its cycles, in this order; bridges and brokers may say only what has changed, or hand out the
retained values in any order. So each message tells what it is sure of (charging true: charging;
connected false: available) and takes the rest from what the load point said last: connected true is
"connected" unless it charges, charging false is "connected" if a car was there, and else says nothing.
The bare facts are kept beside it as x_connected, x_charging and x_enabled. Of a vehicle's name and its
title the title stands, whichever comes last.
"""

from __future__ import annotations

from devices.formats._charging import charger_status, known_of, settle_unit
from devices.formats._evcc_topics import Meaning, meaning
from devices.formats._json import NOTHING, number, shown, text
from devices.formats._tables import ONLINE_OFFLINE, put, put_extra
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "evcc"
ROOTS = ("evcc/loadpoints/1", "evcc/site")
REMEMBERS = True
NO_TIME = "0001-01-01T00:00:00Z"
"""How evcc's language writes a moment that is not set."""
FACTS = frozenset({"connected", "charging"})
NAMES = frozenset({"vehicleName", "vehicleTitle"})
CHARGERS = frozenset({"charger", "other"})
PARTS = {"solar": "pv", "battery": "battery", "grid": "grid", "load": "home", "meter": "grid"}


def suffix(root: str, topic: str) -> str | None:
    """What follows evcc's own root, with the registered load point, vehicle or site named apart."""
    root = root.rstrip("/")
    above, _, last = root.rpartition("/")
    base, _, group = above.rpartition("/")
    if last == "site":
        own, within = "site", above
    elif group in ("loadpoints", "vehicles") and (group == "vehicles" or last.isdigit()):
        own, within = group[:-1], base
    else:
        return topic[len(root) + 1 :] or None if topic.startswith(root + "/") else None
    if topic.startswith(root + "/"):
        return f"{own}/{topic[len(root) + 1 :]}"
    head = within + "/" if within else ""
    return topic[len(head) :] if topic in (f"{head}status", f"{head}updated") else None


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says. An empty payload, with which evcc clears its tree, says nothing."""
    if suffix == "status":
        return _status(text(payload).lower())
    meant = meaning(suffix, _part(source), _loadpoint(source), source.kind in CHARGERS)
    if meant is None:
        return []
    said = text(payload)
    if meant.key in NAMES and _is_known_by_title(meant, said, source):
        return []
    if said.lower() in NOTHING or said == NO_TIME:
        return []
    found: Decoded = []
    if not meant.fields:
        if not said.startswith(("{", "[")):  # plans and forecasts are no values
            put_extra(found, (meant.key,), _as_json(said), None, meant.channel)
        return found
    if meant.key in FACTS and said in ("true", "false"):
        known = known_of(source, meant.channel)
        word = charger_status(meant.key, said == "true", known)
        if word:
            found.append(StateChange("charger_status", word, meant.channel))
    for field in meant.fields:
        if field.words and said.lower() not in field.words:
            break
        put(found, field, said, None, meant.channel)
    if not found and number(said) not in meant.fields[0].absent:
        raise BadPayload(f"{meant.key}: {shown(said)} is not what evcc sends there")
    if meant.key == "chargeTotalImport":
        settle_unit(found, source)
    return found


def _is_known_by_title(meant: Meaning, said: str, source: Source) -> bool:
    """True for a vehicle's name if its title, which people know it by, was there before it."""
    known = known_of(source, meant.channel)
    if meant.key == "vehicleTitle":
        known["titled"] = bool(said)
        return False
    return bool(known.get("titled"))


def _status(word: str) -> Decoded:
    if not word:
        return []
    if word not in ("online", "offline"):
        raise BadPayload(f"status: online or offline was expected, not {shown(word)}")
    return [StateChange("online", ONLINE_OFFLINE[word])]


def _as_json(said: str) -> str | bool:
    return said == "true" if said in ("true", "false") else said


def _part(source: Source) -> str:
    """The part of the site that the device stands for; '' for chargers and others."""
    if source.kind == "meter":
        return PARTS.get(source.role or "grid", "grid")
    return PARTS.get(source.kind, "")


def _loadpoint(source: Source) -> str:
    return str(source.options.get("loadpoint", 1))
