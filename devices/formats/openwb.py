"""openWB 1.9 (bare values on `openWB/lp/1/W`) and 2 (JSON on `openWB/chargepoint/3/get/power`).

Root: a charge point (`openWB/lp/1`, `openWB/chargepoint/3`), a meter (`openWB/evu`, `openWB/counter/7`),
a PV plant or a battery (`openWB/pv`, `openWB/pv/4`, `openWB/housebattery`, `openWB/bat/5`), or all of it
(`openWB`, also with levels before it). The numbers of version 2 are not 1, 2, 3.
From the bare root the parts are channels: grid, pv, battery, home (pv4 and battery5 for single ones,
counter7 for a counter), but for the part that the device stands for by its kind, which has none. A charger
takes the charge point `options.loadpoint` (1) without a channel and others by their number; other kinds of
device have them as lp1, lp2.

What external devices write for openWB (`openWB/set/chargepoint/3/get/…`, `openWB/mqtt/…`) counts for a charge
point until openWB itself speaks of it. Sums over all charge points and the copies below `simpleAPI` are
not read. Power is + for production and for discharge, W; registers are Wh, in version 1.9 kWh where their
name says so (kWhCounter above 100 MWh, or with `options.total_unit` "Wh", is in Wh). evse_current may be in
0.01 A. charger_status follows from plug_state and charge_state, as in evcc.
"""

from __future__ import annotations

from devices.formats._charging import add_status, known_of, settle_unit
from devices.formats._json import below
from devices.formats._openwb_keys import SESSION, SYSTEM, VERSION_1, VERSION_2
from devices.formats._own_topics import Topics, whole
from devices.formats._tables import Fields
from devices.formats._topics import read_topic
from devices.readings import Decoded, Reading, Source

TITLE = "openWB"
ROOTS = ("openWB/lp/1", "openWB/chargepoint/3", "openWB/evu")
REMEMBERS = True
OWN = "="
"""Stands in a suffix for the number, or the part, that is registered."""
COPY = "copy"
NUMBERED = frozenset({"lp", "chargepoint", "counter", "pv", "bat"})
WHOLE = frozenset({"evu", "pv", "bat", "housebattery"})
PART = {
    "evu": "grid",
    "pv": "pv",
    "bat": "battery",
    "housebattery": "battery",
    "counter": "counter",
    "lp": "lp",
}
STANDS_FOR = {"solar": "pv", "battery": "battery", "grid": "grid", "meter": "grid"}
CHARGERS = frozenset({"charger", "other"})
LARGEST_A = 100.0
"""More than any charge point offers; what is above is in 0.01 A."""


def suffix(root: str, topic: str) -> str | None:
    """What follows openWB's own root, with `=` for the registered part."""
    root = root.strip("/")
    levels = root.split("/")
    if len(levels) > 2 and levels[-2] in NUMBERED and levels[-1].isdigit():
        base, own = "/".join(levels[:-2]), levels[-2]
    elif len(levels) > 1 and levels[-1] in WHOLE:
        base, own = "/".join(levels[:-1]), levels[-1]
    else:
        return below(root, topic) or None
    rest = below(root, topic)
    if rest:
        return f"{own}/{OWN}/{rest}"
    for by in ("set", "mqtt"):
        rest = below(f"{base}/{by}/{root[len(base) + 1 :]}", topic)
        if rest:
            return f"{COPY}/{own}/{OWN}/{rest}"
    return None


def topics(root: str) -> Topics:
    """The part itself, and what it writes for openWB; from the bare root everything."""
    root = root.strip("/")
    levels = root.split("/")
    numbered = len(levels) > 2 and levels[-2] in NUMBERED and levels[-1].isdigit()
    if not numbered and not (len(levels) > 1 and levels[-1] in WHOLE):
        return Topics(whole(root), (f"{root}/set/#",))
    base, own = "/".join(levels[: -2 if numbered else -1]), "/".join(levels[-2 if numbered else -1 :])
    copies = tuple(f"{base}/{by}/{own}/get/#" for by in ("set", "mqtt"))
    return Topics((*whole(root), *copies), (f"{root}/set/#", f"{base}/set/{own}/set/#"))


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says; nothing for settings, commands and sums. Raises BadPayload."""
    group, *levels = suffix.split("/")
    is_copy = group in (COPY, "set", "mqtt") and bool(levels)
    if is_copy:
        group, *levels = levels
    if not payload or not levels:
        return []
    if group == "system":
        return read_topic(SYSTEM, "/".join(levels), payload)
    channel = _channel(group, levels, source)
    table, key = _table(group, levels)
    if table is None or channel is None:
        return []
    if is_copy and f"{OWN}{channel}" in source.memory:
        return []
    found = read_topic(table, key, payload, channel)
    if found and not is_copy and group == "chargepoint":
        known_of(source, f"{OWN}{channel}")
    for one in found:
        if isinstance(one, Reading) and one.metric == "charge_limit" and one.value > LARGEST_A:
            one.value /= 100
    if group == "lp":
        settle_unit(found, source)
    return add_status(found, source)


def _channel(group: str, levels: list[str], source: Source) -> str | None:
    """The part's channel. Takes the number out of `levels`; None for the sums over all charge points."""
    part = PART.get(group, "lp" if group == "chargepoint" else "")
    is_own = levels[0] == OWN
    if is_own:
        levels.pop(0)
    number = levels.pop(0)[:8] if levels and levels[0].isdigit() else ""
    if is_own:
        return number
    if part in ("lp", "counter"):
        if not number:
            return None
        if part == "lp" and source.kind in CHARGERS:
            return "" if number == str(source.options.get("loadpoint", 1)) else number
        return part + number
    mine = STANDS_FOR.get((source.role or "grid") if source.kind == "meter" else source.kind)
    return number if part and part == mine else part + number


def _table(group: str, levels: list[str]) -> tuple[Fields | None, str]:
    """The table for a topic below a part, and its key there."""
    if len(levels) > 1 and levels[0] == "get":
        return VERSION_2.get(group), "/".join(levels[1:])
    if levels == ["set", "log"] and group == "chargepoint":
        return SESSION, "log"
    return (VERSION_1.get(group), levels[0]) if len(levels) == 1 else (None, "")
