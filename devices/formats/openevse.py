"""OpenEVSE and EmonEVSE with the ESP32 gateway, v4 and later: one bare value a topic.

Root: the base topic (`openevse-7b2c`, `emon/openevse-7b2c`). Whether it is there stands on
`openevse/announce/<id>`, which belongs to the root whose last level ends with that id.

amp is mA, frequency 0.01 Hz, temperatures 0.1 °C or the word false, session_energy Wh, totals kWh.
total_energy moves when a session ends, not during it. A temp without a number has no channel.
Documents (config, claim, override, schedule, limit) are settings and are not kept.
"""

from __future__ import annotations

from devices.formats._json import below, parse_object, shown
from devices.formats._tables import ONLINE_OFFLINE, TRUE_FALSE, VERBATIM, Field, Fields, Words
from devices.formats._topics import ASKING, read_topic
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "OpenEVSE"
ROOTS = ("openevse-7b2c",)
REMEMBERS = True
NOT_FITTED = frozenset({"false"})
STATE: Words = {
    "0": "unavailable",  # starting
    "1": "available",
    "2": "connected",
    "3": "charging",
    **{str(number): "faulted" for number in range(4, 12)},
    "254": "suspended",  # asleep
    "255": "unavailable",
}
TABLE: Fields = {
    "amp": Field("current", per=1000),
    "voltage": Field("voltage"),
    "power": Field("power"),
    "frequency": Field("frequency", per=100),
    "pilot": Field("charge_limit"),
    "max_current": Field("x_max_current"),
    "temp": Field("temperature", per=10, absent=NOT_FITTED),
    "temp_max": Field("x_temperature_max", per=10, absent=NOT_FITTED),
    **{f"temp{n}": Field("temperature", str(n), per=10, absent=NOT_FITTED) for n in range(1, 5)},
    "srssi": Field("signal"),
    "state": Field("charger_status", words=STATE),
    "status": Field("x_enabled", words={"active": "true", "disabled": "false"}),
    "vehicle": Field("x_connected", words=TRUE_FALSE),
    "manual_override": Field("x_manual_override", words=TRUE_FALSE),
    "evse_connected": Field("x_evse_connected", words=TRUE_FALSE),
    "rfid_auth": Field("vehicle", words=VERBATIM),
    "session_elapsed": Field("x_charge_duration"),
    "session_energy": Field("session_energy", per=1000),
    "total_energy": Field("energy_import"),
    "total_day": Field("x_energy_today"),
    "total_week": Field("x_energy_week"),
    "total_month": Field("x_energy_month"),
    "total_year": Field("x_energy_year"),
    "elapsed": Field("x_charge_duration"),
    "wattsec": Field("session_energy", per=3_600_000),
    "watthour": Field("energy_import", per=1000),
    "wh": Field("energy_import", per=1000),
    "uptime": Field("x_uptime"),
    "battery_level": Field("vehicle_soc"),
    "home_battery_soc": Field("battery_soc"),
    "home_battery_power": Field("power", "battery"),
    "grid_ie": Field("power", "grid"),
    "solar": Field("power", "pv"),
    **dict.fromkeys(
        ("config", "config_version", "claim", "override", "schedule", "scheduler", "limit", "boost")
    ),
    **dict.fromkeys(
        (
            "restart",
            "time",
            "local_time",
            "offset",
            "freeram",
            "colour",
            "flags",
        )
    ),
}
REPEATS = {
    "watthour": "total_energy",
    "wh": "total_energy",
    "wattsec": "session_energy",
    "elapsed": "session_elapsed",
}
"""Old name of a value -> its new one. Where both are sent the new one counts: their roundings differ."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the base topic, or `announce` for its own announcement."""
    root = root.removesuffix("/")
    head, _, device = topic.rpartition("/")
    if head == "openevse/announce" and device and root.lower().endswith(f"-{device.lower()}"):
        return "announce"
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says. Raises BadPayload."""
    if suffix == "announce":
        return _announced(payload)
    key = suffix.removesuffix("/")
    if not payload or not key or "/" in key or key in ASKING:
        return []
    new = REPEATS.get(key)
    if new in source.memory:
        return []
    found = read_topic(TABLE, key, payload)
    if found and key in REPEATS.values():
        source.memory[key] = True
    return found


def _announced(payload: bytes) -> Decoded:
    if not payload:
        return []
    word = parse_object(payload).get("state")
    if not isinstance(word, str) or word not in ("connected", "disconnected"):
        raise BadPayload(f"state: connected or disconnected was expected, not {shown(word)}")
    return [StateChange("online", ONLINE_OFFLINE[word])]
