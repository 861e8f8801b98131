"""Nuki locks and openers: through Nuki Hub, or the MQTT API of the newer locks themselves.

Root: the lock's path in Nuki Hub (`nuki`, `nuki/lab`; an opener's too), or `nuki/<id>` of a lock's own API.

A lock that is not surely locked is unlocked: unlatched, unlocking, and locking until it is done. Where the
mechanism says neither (jammed, uncalibrated, booting) the last word stands and `x_lock_state` tells.

Who came is nobody's business here: names and numbers of authorizations, codes, fobs, the lock's journal and
the telephones it hears are not kept. Only what this file names is; `lock/action` is a command.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import below, parse_object
from devices.formats._tables import (
    ONLINE_OFFLINE,
    REST,
    TRUE_FALSE,
    VERBATIM,
    Field,
    Fields,
    Words,
    take,
)
from devices.formats._topics import read_topic
from devices.readings import Decoded, Source

TITLE = "Nuki (Nuki Hub, MQTT API)"
ROOTS = ("nuki", "nuki/2C9F01A7")
NO_SIGNAL = frozenset({0.0, 1.0})
"""dBm that are sent where none has been measured."""
MINUTES = 60.0
LOCK: Words = {
    "locked": "locked",
    **dict.fromkeys(
        ("unlocked", "unlatched", "unlockedlnga", "unlatching", "unlocking", "locking"), "unlocked"
    ),
    **dict.fromkeys(("rtoactive", "open", "opening"), "unlocked"),
    **dict.fromkeys(("jammed", "motorblocked", "uncalibrated", "bootrun", "undefined", "calibration"), ""),
    "--": "",
}
DOOR: Words = {
    "doorclosed": "closed",
    "dooropened": "open",
    **dict.fromkeys(("deactivated", "doorstateunknown", "calibrating", "uncalibrated", "tampered", "--"), ""),
}
OWN_LOCK: Words = {
    "1": "locked",
    **dict.fromkeys(("2", "3", "4", "5", "6", "7"), "unlocked"),
    **dict.fromkeys(("0", "253", "254", "255"), ""),
}
"""Locked, unlocking, unlocked, locking, unlatched, unlocked (lock'n'go), unlatching; else neither."""
OWN_DOOR: Words = {"2": "closed", "3": "open", **dict.fromkeys(("0", "1", "4", "5", "16", "240", "255"), "")}
LOCK_STATE = Field("x_lock_state", words=VERBATIM)
TOPICS: Fields = {
    "lock/state": Field("lock", words=LOCK),
    "lock/hastate": Field("lock", words=LOCK),
    "lock/binaryState": Field("lock", words=LOCK),
    "lock/doorSensorState": Field("door", words=DOOR),
    "lock/trigger": Field("x_trigger", words=VERBATIM),
    "lock/lastLockAction": Field("x_last_lock_action", words=VERBATIM),
    "lock/completionStatus": Field("x_completion_status", words=VERBATIM),
    "lock/continuousMode": Field("x_continuous_mode", words=TRUE_FALSE),
    "lock/binaryRing": Field("x_ring", words={"ring": "true", "standby": "false"}),
    "lock/rssi": Field("signal", absent=NO_SIGNAL),
    "battery/level": Field("battery"),
    "battery/voltage": Field("x_battery_voltage"),
    "battery/critical": Field("x_battery_critical", words=TRUE_FALSE),
    "battery/charging": Field("x_battery_charging", words=TRUE_FALSE),
    "battery/keypadCritical": Field("x_keypad_battery_critical", words=TRUE_FALSE),
    "battery/doorSensorCritical": Field("x_door_sensor_battery_critical", words=TRUE_FALSE),
    "battery/maxTurnCurrent": Field("x_max_turn_current"),
    "battery/drain": Field("x_battery_drain"),
    "maintenance/mqttConnectionState": Field("online", words=ONLINE_OFFLINE),
    "maintenance/wifiRssi": Field("signal", "hub", absent=NO_SIGNAL),
    "maintenance/uptime": Field("x_uptime", times=MINUTES),
    # the lock's own API
    "state": Field("lock", words={**LOCK, **OWN_LOCK}),
    "doorsensorState": Field("door", words={**DOOR, **OWN_DOOR}),
    "connected": Field("online", words=ONLINE_OFFLINE),
    "batteryChargeState": Field("battery"),
    "batteryCritical": Field("x_battery_critical", words=TRUE_FALSE),
    "batteryCharging": Field("x_battery_charging", words=TRUE_FALSE),
    "keypadBatteryCritical": Field("x_keypad_battery_critical", words=TRUE_FALSE),
    "doorsensorBatteryCritical": Field("x_door_sensor_battery_critical", words=TRUE_FALSE),
    REST: None,
}
LOCK_JSON: Fields = {
    "lock_state": TOPICS["lock/state"],
    "door_sensor_state": TOPICS["lock/doorSensorState"],
    "trigger": TOPICS["lock/trigger"],
    "last_lock_action": TOPICS["lock/lastLockAction"],
    "lock_completion_status": TOPICS["lock/completionStatus"],
    REST: None,
}
BATTERY_JSON: Fields = {
    **{key.removeprefix("battery/"): field for key, field in TOPICS.items() if key.startswith("battery/")},
    "batteryVoltage": Field("x_battery_voltage"),
    REST: None,
}
JSON: dict[str, Fields] = {
    "lock/json": LOCK_JSON,
    "battery/basicJson": BATTERY_JSON,
    "battery/advancedJson": BATTERY_JSON,
}
WORD_OF = frozenset({"lock/state"})
"""Topics whose word is kept as it is, too: there are more than the vocabulary has."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the path."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says. Raises BadPayload."""
    if not payload:
        return []
    fields = JSON.get(suffix)
    found: Decoded = []
    if fields is not None:
        said = parse_object(payload)
        take(found, fields, said, None)
        _keep_word(found, said.get("lock_state"))
        return found
    found = read_topic(TOPICS, suffix, payload)
    if suffix in WORD_OF:
        _keep_word(found, payload.decode())
    return found


def _keep_word(found: Decoded, state: Any) -> None:
    if isinstance(state, str) and state.strip().lower() in LOCK and state != "--":
        take(found, {"state": LOCK_STATE}, {"state": state}, None)
