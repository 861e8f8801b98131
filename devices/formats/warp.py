"""Tinkerforge WARP chargers: JSON documents, all retained.

Root: the topic prefix (`warp2/AbCd`, `warp/8kZ`). A meter's values come as a bare list; what stands at which
place comes on `meters/<i>/value_ids`, and is remembered. Until then the last list waits for it.
Meter 0 (another by `options.meter`) has no channel, further ones are meter1, meter2. `meter/values` and
`meter/all_values` of older firmware count only where `meters/…` is not heard: they repeat one register
with other roundings. Energies are kWh, allowed_charging_current is mA.
The session's energy is the register less what it was when the session began (`charge_tracker`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.formats._charging import grown
from devices.formats._json import below, json_type, number, parse
from devices.formats._own_topics import Topics, whole
from devices.formats._tables import REST, VERBATIM, Field, Fields, Words, put, put_extra, take
from devices.formats._warp_values import CHOICES, NAMED, OF_ALL_VALUES
from devices.readings import BadPayload, Decoded, Reading, Source

TITLE = "WARP (Tinkerforge)"
ROOTS = ("warp2/AbCd",)
REMEMBERS = True
CHARGER_STATE: Words = {0: "available", 1: "connected", 2: "connected", 3: "charging", 4: "faulted"}
"""Not connected, waiting for release, ready, charging, error."""
IEC_STATE: Words = {0: "available", 1: "connected", 2: "charging", 3: "charging", 4: "faulted"}
"""A, B, C, D, E/F."""
EVSE: Fields = {
    "charger_state": Field("charger_status", words=CHARGER_STATE),
    "allowed_charging_current": Field("charge_limit", per=1000),
    "error_state": Field("x_error_state"),
    "contactor_error": Field("x_contactor_error"),
    "contactor_state": Field("x_contactor_state"),
    "dc_fault_current_state": Field("x_dc_fault_current_state"),
    "lock_state": Field("x_lock_state"),
    "iec61851_state": Field("x_iec61851_state"),
    "uptime": None,
}
OLD_METER: Fields = {
    "power": Field("power"),
    "energy_abs": Field("energy_import"),
    "energy_rel": Field("x_energy_import_resettable"),
    "phases_active": None,
    "phases_connected": None,
    REST: None,
}
CARD = Field("vehicle", words=VERBATIM)
NOBODY = -1
"""user_id while nothing is charging."""
MOST_METERS, MOST_VALUES = 16, 512
BEGAN, HEARD = "began", "heard"


def suffix(root: str, topic: str) -> str | None:
    """What follows the prefix."""
    return below(root, topic)


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    meter = options.get("meter", 0)
    if isinstance(meter, bool) or not isinstance(meter, int) or meter < 0:
        raise ValueError("meter: 0, 1, 2, …")


def topics(root: str) -> Topics:
    """Commands stand between what it tells (`evse/current_limit_update`)."""
    return Topics(whole(root), whole(root))


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one document; nothing for settings, commands and logs. Raises BadPayload."""
    if not payload:
        return []
    levels = suffix.split("/")
    if levels[0] == "meters" and len(levels) == 3 and levels[1].isdigit():
        return _meter(levels[1], levels[2], payload, source)
    if suffix == "evse/state":
        return _evse(_object(payload, suffix))
    if suffix == "charge_tracker/current_charge":
        return _charge(_object(payload, suffix), source)
    if levels[0] == "meter" and HEARD not in source.memory:
        return _old_meter(levels[1:], payload, source)
    return []


def _object(payload: bytes, topic: str) -> dict[str, Any]:
    values = parse(payload)
    if not isinstance(values, dict):
        raise BadPayload(f"{topic}: a JSON object was expected, not {json_type(values)}")
    return values


def _list(payload: bytes, topic: str) -> list[Any]:
    values = parse(payload)
    if not isinstance(values, list):
        raise BadPayload(f"{topic}: a JSON array was expected, not {json_type(values)}")
    return values[:MOST_VALUES]


def _evse(values: dict[str, Any]) -> Decoded:
    found: Decoded = []
    if "charger_state" not in values and "iec61851_state" not in values:
        raise BadPayload("neither charger_state nor iec61851_state is in it")
    take(found, EVSE, values, None)
    if "charger_state" not in values:
        put(found, Field("charger_status", words=IEC_STATE), values["iec61851_state"], None)
    return found


def _meter(index: str, topic: str, payload: bytes, source: Source) -> Decoded:
    """A list of values, or what they are. What is known of a meter is {"ids": [...], "values": [...]}."""
    if topic not in ("values", "value_ids"):
        return []
    key = ("meter", index)
    if key not in source.memory and len(source.memory) > MOST_METERS:
        return []
    known: dict[str, Any] = source.memory.setdefault(key, {})
    source.memory[HEARD] = True
    if topic == "value_ids":
        known["ids"] = [int(number(one) or 0) for one in _list(payload, topic)]
        values = known.pop("waiting", None)
    else:
        values = _list(payload, topic)
    if values is None:
        return []
    ids = known.get("ids")
    if ids is None:
        known["waiting"] = values
        return []
    if len(ids) != len(values):
        raise BadPayload(f"{len(values)} values, but the meter has named {len(ids)}")
    own = index == str(source.options.get("meter", 0))
    return _with_session(
        _named(dict(zip(ids, values, strict=True)), "" if own else f"meter{index[:8]}"), source
    )


def _named(values: dict[int, Any], channel: str) -> Decoded:
    """Readings of values by their numbers."""
    found: Decoded = []
    for field, numbers in CHOICES:
        value = next((values[one] for one in numbers if values.get(one) is not None), None)
        if value is not None:
            put(found, field, value, None, channel)
    for one, value in values.items():
        if one not in NAMED:
            put_extra(found, ("meter_value", str(one)), value, None, channel)
    return found


def _old_meter(levels: list[str], payload: bytes, source: Source) -> Decoded:
    if levels == ["values"]:
        found: Decoded = []
        take(found, OLD_METER, _object(payload, "meter/values"), None)
        return _with_session(found, source)
    if levels == ["all_values"]:
        values = _list(payload, "meter/all_values")
        return _named(dict(zip(OF_ALL_VALUES, values, strict=False)), "")
    return []


def _charge(values: dict[str, Any], source: Source) -> Decoded:
    """The session under way: who charges, and the register (kWh) with which it began."""
    found: Decoded = []
    start = number(values.get("meter_start"))
    if values.get("user_id", NOBODY) == NOBODY or start is None:
        source.memory.pop(BEGAN, None)
        return found
    source.memory[BEGAN] = start
    info = values.get("authorization_info")
    if isinstance(info, dict):
        put(found, CARD, info.get("tag_id"), None)
    return found


def _with_session(found: Decoded, source: Source) -> Decoded:
    """`found`, with what the session under way has taken, if it is known when it began."""
    began = source.memory.get(BEGAN)
    for one in tuple(found):
        if isinstance(one, Reading) and (one.metric, one.channel) == ("energy_import", ""):
            taken = grown(one.value, began)
            if taken is not None:
                found.append(Reading("session_energy", taken))
    return found
