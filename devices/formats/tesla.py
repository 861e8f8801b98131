"""Tesla Wall Connector: Gen 3 by a bridge that forwards its HTTP bodies, Gen 2 by TWCManager.

Root: for Gen 3 the topic below which the bodies come as `vitals`, `lifetime`, `wifi_status`
(`twc/wallbox1`); for Gen 2 the charger (`TWC/ABCD`), or all of them (`TWC`) with the charger as channel.
Gen 3 writes a bare nan, which is no JSON: it says nothing. It counts Wh, and tells volts and amperes but
no power. TWCManager's `power` is in amperes, its lifetimekWh in whole kWh.
"""

from __future__ import annotations

import re

from devices.formats._charging import add_status
from devices.formats._json import below, parse_object
from devices.formats._tables import REST, TRUE_FALSE, VERBATIM, Field, Fields, Words, take
from devices.formats._topics import read_topic
from devices.readings import BadPayload, Decoded, Source

TITLE = "Tesla Wall Connector"
ROOTS = ("twc/wallbox1", "TWC/ABCD")
BARE_NAN = re.compile(rb'"(?:[^"\\]|\\.)*"?|-?\b(?:nan|inf(?:inity)?)\b', re.IGNORECASE | re.DOTALL)
"""A text, which stays, or a number that JSON has no word for."""
PHASES = {"A": "l1", "B": "l2", "C": "l3", "N": "n"}
BODIES: dict[str, Fields] = {
    "vitals": {
        "vehicle_connected": Field("x_connected", words=TRUE_FALSE),
        "contactor_closed": Field("x_charging", words=TRUE_FALSE),
        "session_energy_wh": Field("session_energy", per=1000),
        "session_s": Field("x_charge_duration"),
        "grid_v": Field("voltage"),
        "grid_hz": Field("frequency"),
        "vehicle_current_a": Field("current"),
        **{f"current{letter}_a": Field("current", line) for letter, line in PHASES.items()},
        **{f"voltage{letter}_v": Field("voltage", line) for letter, line in PHASES.items()},
        **{f"{where}_temp_c": Field("temperature", where) for where in ("pcba", "handle", "mcu")},
        "uptime_s": Field("x_uptime"),
        **dict.fromkeys(("current_alerts", "evse_not_ready_reasons", "config_status")),
    },
    "lifetime": {"energy_wh": Field("energy_import", per=1000), "uptime_s": Field("x_uptime")},
    "wifi_status": {"wifi_rssi": Field("signal"), REST: None},
}
STATE: Words = {
    "0": "available",  # or a car that sleeps
    "1": "charging",
    "2": "faulted",
    "3": "connected",
    "4": "connected",
    "5": "",
    "6": "",
    "7": "",
    "8": "connected",
    "9": "",
    "10": "charging",
    "15": "",
}
TOPICS: Fields = {
    "ampsInUse": Field("current"),
    "power": Field("current"),
    "totalAmpsInUse": Field("current"),
    "ampsMax": Field("charge_limit"),
    "lifetimekWh": Field("energy_import"),
    **{f"voltagePhase{letter}": Field("voltage", PHASES[letter]) for letter in "ABC"},
    "carsCharging": Field("x_charging", words=TRUE_FALSE),
    "state": Field("charger_status", words=STATE),
    "currentVehicleVIN": Field("vehicle", words=VERBATIM),
    "lastVehicleVIN": Field("x_vehicle_last", words=VERBATIM),
}
NO_CHARGER = frozenset({"config", "control"})


def suffix(root: str, topic: str) -> str | None:
    """What follows the root."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of a body or of one of TWCManager's topics. Raises BadPayload."""
    channel, _, key = suffix.rpartition("/")
    if not payload or not key or channel.split("/")[0] in NO_CHARGER:
        return []
    if payload.lstrip()[:1] == b"{":
        return _body(key, payload, channel, source)
    if "/" in channel or key == "version":
        return []
    return read_topic(TOPICS, key, payload, channel[:48])


def _body(key: str, payload: bytes, channel: str, source: Source) -> Decoded:
    try:
        values = parse_object(payload)
    except BadPayload:
        values = parse_object(BARE_NAN.sub(_or_null, payload))
    table = BODIES.get(key)
    if table is None:  # whatever the bridge has called it
        table = next((fields for fields in BODIES.values() if not fields.keys().isdisjoint(values)), None)
    found: Decoded = []
    if table is not None:
        take(found, table, values, None, channel[:48])
    return add_status(found, source)


def _or_null(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0].startswith(b'"') else b"null"
