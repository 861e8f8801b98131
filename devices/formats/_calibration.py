"""Raw values of an analog input made into a quantity, by two points that people have measured.

    options.calibration = {"probe_1": {"metric": "soil_moisture@1", "raw": [2.75, 1.15], "is": [0, 100]}}

says that 2.75 raw is 0 % and 1.15 is 100 %. In between it is a straight line, and outside of it its end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from devices.formats._json import number
from devices.metrics import METRICS
from devices.readings import Decoded, Reading, Source

CALIBRATION = "calibration"
MOST_INPUTS = 64


@dataclass(frozen=True, slots=True)
class Calibration:
    """Two raw values and what they are."""

    metric: str
    channel: str
    raw: tuple[float, float]
    meant: tuple[float, float]

    def value(self, raw: float) -> float:
        """What a raw value is, at most what the two points span."""
        (low, high), (least, most) = self.raw, self.meant
        share = min(1.0, max(0.0, (raw - low) / (high - low)))
        return least + share * (most - least)


def read_calibrations(options: Mapping[str, Any]) -> dict[str, Calibration]:
    """By the name of the input. Raises ValueError, with a text for the person who wrote them."""
    said = options.get(CALIBRATION, {})
    if not isinstance(said, Mapping) or len(said) > MOST_INPUTS:
        raise ValueError('options.calibration: an object like {"a0": {"metric": …, "raw": …, "is": …}}')
    return {str(name): _read(f"options.calibration.{name}", spec) for name, spec in said.items()}


def _read(where: str, spec: object) -> Calibration:
    if not isinstance(spec, Mapping):
        raise ValueError(f'{where}: an object with "metric", "raw" and "is" is needed')
    metric, _, channel = str(spec.get("metric", "")).partition("@")
    is_number = metric in METRICS and METRICS[metric].kind != "state"
    if not is_number and not re.fullmatch(r"x_[a-z0-9_]{1,78}", metric):
        raise ValueError(f"{where}.metric: {metric or 'nothing'} is no number of the vocabulary, nor x_…")
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{0,64}", channel):
        raise ValueError(f"{where}.metric: a channel has letters, digits and _ . : - only, 64 at most")
    raw, meant = _pair(f"{where}.raw", spec.get("raw")), _pair(f"{where}.is", spec.get("is"))
    if raw[0] == raw[1]:
        raise ValueError(f"{where}.raw: two different values are needed")
    return Calibration(metric, channel, raw, meant)


def _pair(where: str, said: object) -> tuple[float, float]:
    values = said if isinstance(said, list) else []
    numbers = [float(one) for one in values if type(one) in (int, float) and isfinite(one)]
    if len(values) != 2 or len(numbers) != 2 or max(map(abs, numbers)) > 1e9:
        raise ValueError(f"{where}: two numbers are needed")
    return numbers[0], numbers[1]


def calibrated(found: Decoded, name: str, raw: Any, source: Source, at: datetime | None = None) -> bool:
    """Adds what a raw value is. False if nobody has calibrated that input."""
    known = source.memory.get(CALIBRATION)
    if known is None:
        try:
            known = read_calibrations(source.options)
        except ValueError:
            known = {}  # was checked when it was saved; one of a later version may be stricter
        source.memory[CALIBRATION] = known
    calibration = known.get(name)
    amount = number(raw)
    if calibration is not None and amount is not None:
        value = calibration.value(amount)
        found.append(Reading(calibration.metric, value, calibration.channel, at))
    return calibration is not None
