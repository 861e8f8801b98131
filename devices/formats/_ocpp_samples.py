"""Meter values of OCPP: 1.6 (texts, unit beside them) and 2.0.1 (numbers, unitOfMeasure with a multiplier).

What is left out has a default: measurand Energy.Active.Import.Register, unit Wh, context Sample.Periodic,
location Outlet. Of one measurand with several contexts in one moment the periodic one counts, and the
register at the transaction's begin only tells what the session has taken since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import isfinite
from typing import Any

from devices.formats._json import number
from devices.formats._tables import LINES, joined
from devices.formats._times import iso_time
from devices.metrics import extra_name
from devices.readings import Decoded, Reading

REGISTER = "Energy.Active.Import.Register"
MEASURANDS: dict[str, tuple[str, str]] = {
    REGISTER: ("energy_import", "Wh"),
    "Energy.Active.Export.Register": ("energy_export", "Wh"),
    "Power.Active.Import": ("power", "W"),
    "Power.Reactive.Import": ("reactive_power", "var"),
    "Power.Factor": ("power_factor", ""),
    "Current.Import": ("current", "A"),
    "Current.Offered": ("charge_limit", "A"),
    "Voltage": ("voltage", "V"),
    "Frequency": ("frequency", "Hz"),
    "Temperature": ("temperature", "Celsius"),
    "SoC": ("vehicle_soc", "Percent"),
}
"""Measurand -> metric and the unit in which it is meant where none is said. Others are kept under x_."""
KILO = frozenset({"kWh", "kvarh", "kVAh", "kW", "kVA", "kvar"})
IN_KWH = frozenset({"energy_import", "energy_export"})
RANK = {
    "Sample.Periodic": 0,
    "Transaction.End": 1,
    "Sample.Clock": 2,
    "Interruption.End": 3,
    "Interruption.Begin": 4,
    "Trigger": 5,
    "Other": 6,
    "Transaction.Begin": 7,
}
"""Contexts, the one that counts first."""
MOST_SAMPLES = 512
"""Of one message."""
SUMMED = ("power", *IN_KWH)
"""What is added up where a message tells it for every phase and not as a whole."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled value in the metric's unit. `channel` is the phase and what it was measured at."""

    metric: str
    value: float
    channel: str
    context: str


def moments(payload: Any) -> list[dict[str, Any]]:
    """The entries of `meterValue`; the payload itself where a bridge has taken them out of it."""
    if not isinstance(payload, dict):
        return []
    entries = payload.get("meterValue", payload.get("transactionData", payload))
    entries = entries if isinstance(entries, list) else [entries]
    return [one for one in entries if isinstance(one, dict) and isinstance(one.get("sampledValue"), list)]


def read_moment(found: Decoded, moment: dict[str, Any], connector: str, zone: tzinfo) -> float | None:
    """Adds what was measured at one moment. Returns the register (kWh) with which the transaction began."""
    at = iso_time(moment.get("timestamp"), zone)
    best: dict[tuple[str, str], Sample] = {}
    began = None
    for sample in _samples(moment["sampledValue"][:MOST_SAMPLES]):
        if sample.context == "Transaction.Begin" and (sample.metric, sample.channel) == ("energy_import", ""):
            began = sample.value
        key = (sample.metric, sample.channel)
        other = best.get(key)
        if other is None or _rank(sample) <= _rank(other):
            best[key] = sample
    for (metric, channel), sample in best.items():
        found.append(Reading(metric, sample.value, joined(connector, channel), at))
    for metric in SUMMED:
        _add_sum(found, best, metric, connector, at)
    return began


def _rank(sample: Sample) -> int:
    return RANK.get(sample.context, RANK["Other"])


def _add_sum(
    found: Decoded, best: dict[tuple[str, str], Sample], metric: str, connector: str, at: datetime | None
) -> None:
    """Phases add up to a whole that is not told; of registers only if none is missing."""
    phases = [best[metric, line].value for line in LINES if (metric, line) in best]
    if (metric, "") not in best and phases and (metric == "power" or len(phases) == len(LINES)):
        total = round(sum(phases), 6)
        if isfinite(total):
            found.append(Reading(metric, total, connector, at))


def _samples(sampled: list[Any]) -> Iterator[Sample]:
    for one in sampled:
        if not isinstance(one, dict):
            continue
        measurand = str(one.get("measurand") or REGISTER)
        value = number(one.get("value"))
        if value is None or one.get("format") == "SignedData":
            continue
        metric, default = MEASURANDS.get(measurand, (extra_name(measurand[:80]), ""))
        value = _scaled(value, metric, default, one)
        if isfinite(value):
            yield Sample(metric, value, _channel(one, metric), str(one.get("context") or "Sample.Periodic"))


def _scaled(value: float, metric: str, default: str, sample: dict[str, Any]) -> float:
    """The value in the metric's unit. A unit that the measurand cannot have is taken for its own."""
    unit: Any = sample.get("unit")
    measure = sample.get("unitOfMeasure")
    power = 0.0
    if isinstance(measure, dict):
        unit = measure.get("unit", unit)
        power = number(measure.get("multiplier")) or 0.0
    unit = unit if isinstance(unit, str) else default
    if metric == "temperature":
        value *= 10.0**power if abs(power) <= 12 else 1.0
        return (value - 32) / 1.8 if unit == "Fahrenheit" else value - 273.15 if unit == "K" else value
    if unit in KILO and (default == "" or unit[1:] == default):
        power += 3
    if metric in IN_KWH:
        power -= 3
    if power < 0:  # a division rounds once
        return value / 10.0**-power if power >= -12 else value
    return value * 10.0**power if power <= 12 else value


def _channel(sample: dict[str, Any], metric: str) -> str:
    """l1 for L1 and L1-N, l1_l2 for L1-L2; a place other than the outlet and the car stands before it."""
    phase = str(sample.get("phase") or "").lower().removesuffix("-n").replace("-", "_")[:16]
    location = str(sample.get("location") or "Outlet").lower()[:16]
    if metric == "temperature":
        return joined("" if location == "outlet" else location, phase)
    return joined("inlet" if location == "inlet" else "", phase)
