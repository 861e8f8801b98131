"""Easee chargers through easee2MQTT: one bare value a topic, from the maker's cloud, every 5 minutes.

Root: the bridge's topic and the charger (`easee2MQTT/EH123456`). Energies are kWh. The cloud's power is kW
and is passed on as it is, although the bridge's manual says W: up to LARGEST_KW it is taken for kW, unless
`options.power_unit` ("kW" or "W") settles it. chargerOpMode is the pilot's letter, or the cloud's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.formats._charging import IEC_61851, add_status, enlarge
from devices.formats._json import below
from devices.formats._tables import ONLINE_OFFLINE, TRUE_FALSE, Field, Fields, Words
from devices.formats._topics import ASKING, read_topic
from devices.readings import Decoded, Reading, Source

TITLE = "Easee (easee2MQTT)"
ROOTS = ("easee2MQTT/EH123456",)
LARGEST_KW = 50.0
"""More than any of these chargers can deliver, less than any car draws in W."""
OP_MODE: Words = {
    **IEC_61851,
    "0": "unavailable",
    "1": "available",
    "2": "connected",
    "3": "charging",
    "4": "connected",
    "5": "faulted",
    "6": "connected",
    "7": "connected",
    "8": "connected",
}
"""Offline, disconnected, awaiting start, charging, completed, error, ready, (de)authorizing."""
TABLE: Fields = {
    "energy_consumption": Field("energy_import"),
    "current_session": Field("session_energy"),
    "previous_session": Field("x_previous_session_energy"),
    "voltage": Field("voltage"),
    "power": Field("power"),
    "charging_current": Field("charge_limit"),
    "charging": Field("x_charging", words=TRUE_FALSE),
    "charging_enabled": Field("x_enabled", words=TRUE_FALSE),
    "smartcharging_enabled": Field("x_smart_charging", words=TRUE_FALSE),
    "cable_lock": Field("x_cable_lock", words=TRUE_FALSE),
    "chargerOpMode": Field("charger_status", words=OP_MODE),
    "online": Field("online", words=ONLINE_OFFLINE),
    "latest_pulse": None,  # the time of the cloud's values, without its zone
}


def suffix(root: str, topic: str) -> str | None:
    """What follows the charger's identifier."""
    return below(root, topic)


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    if options.get("power_unit") not in (None, "kW", "W"):
        raise ValueError('power_unit: "kW" | "W"')


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says. Raises BadPayload."""
    if not payload or not suffix or "/" in suffix or suffix in ASKING:
        return []
    found = read_topic(TABLE, suffix, payload)
    unit = source.options.get("power_unit")
    is_small = all(abs(one.value) <= LARGEST_KW for one in found if isinstance(one, Reading))
    if unit == "kW" or (unit != "W" and is_small):
        enlarge(found, "power", 1000)
    return add_status(found, source)
