"""What charging stations have in common: the words for their state, and how it follows from bare facts."""

from __future__ import annotations

from math import isfinite
from typing import Any

from devices.formats._tables import Words
from devices.readings import Decoded, Reading, Source, StateChange

LARGEST_KWH = 100_000.0
"""100 MWh: ten years of a busy charger. A larger register is in Wh, whatever its label says."""
MOST_CHANNELS = 64
"""Charge points of which something is remembered."""

OCPP: Words = {
    "available": "available",
    "preparing": "connected",
    "occupied": "connected",
    "evconnected": "connected",
    "charging": "charging",
    "suspendedev": "suspended",
    "suspendedevse": "suspended",
    "finishing": "connected",
    "reserved": "unavailable",
    "unavailable": "unavailable",
    "faulted": "faulted",
    "idle": "available",
}
"""Status of OCPP 1.6 and 2.0.1, and the charging states of a 2.0.1 transaction."""
IEC_61851: Words = {
    "a": "available",
    "b": "connected",
    "c": "charging",
    "d": "charging",
    "e": "faulted",
    "f": "faulted",
}
"""The control pilot's letter."""
FACTS = {"x_connected": "connected", "x_charging": "charging"}
"""Bare facts, as they are kept -> the fact from which a status follows."""


def known_of(source: Source, channel: str) -> dict[str, Any]:
    """What a charge point has said last, for the caller to read and to write."""
    if len(source.memory) > MOST_CHANNELS:
        source.memory.clear()
    known: dict[str, Any] = source.memory.setdefault(channel, {})
    return known


def charger_status(fact: str, is_so: bool, known: dict[str, Any]) -> str:
    """The status that follows from `connected` or `charging` and from what is `known` of the other.

    '' where it does not follow. Writes the fact into `known`.
    """
    known[fact] = is_so
    if fact == "charging":
        if is_so:
            known["connected"] = True  # only a car that is there can charge
            return "charging"
        return "connected" if known.get("connected") else ""
    if not is_so:
        known["charging"] = False
        return "available"
    return "charging" if known.get("charging") else "connected"


def add_status(found: Decoded, source: Source) -> Decoded:
    """`found`, with the charger_status that follows from x_connected and x_charging in it."""
    status: dict[str, StateChange] = {}
    for fact in sorted(
        (one for one in found if one.metric in FACTS), key=lambda one: one.metric == "x_charging"
    ):
        word = charger_status(FACTS[fact.metric], fact.value == "true", known_of(source, fact.channel))
        if word:
            status[fact.channel] = StateChange("charger_status", word, fact.channel, fact.at)
    found.extend(status.values())
    return found


def settle_unit(found: Decoded, source: Source) -> Decoded:
    """`found`, with a register in kWh that is Wh: by `options.total_unit` ("kWh" or "Wh") or by its size."""
    unit = source.options.get("total_unit")
    for one in found:
        if (
            isinstance(one, Reading)
            and one.metric == "energy_import"
            and (unit == "Wh" or (unit != "kWh" and one.value > LARGEST_KWH))
        ):
            one.value /= 1000
    return found


def grown(value: float, began: float | None) -> float | None:
    """What a register has grown by since `began`, without the noise of a difference. None if it has not."""
    if began is None or value < began:
        return None
    by = round(value - began, 6)
    return by if isfinite(by) else None


def enlarge(found: Decoded, metric: str, times: float) -> None:
    """Makes the readings of a metric `times` as large; one that no float can hold is taken out."""
    for one in tuple(found):
        if isinstance(one, Reading) and one.metric == metric:
            one.value *= times
            if not isfinite(one.value):
                found.remove(one)
