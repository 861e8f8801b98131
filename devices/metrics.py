"""The vocabulary: every metric that has a name here, with its unit and class. Pure.

`metrics.csv` beside this file is the list. What has no name in it is kept under `x_<snake_case>`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

MetricClass = Literal["measurement", "counter", "state"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One name of the vocabulary. `unit` is '' for states."""

    name: str
    unit: str
    kind: MetricClass
    meaning: str


def _read() -> Mapping[str, Metric]:
    with (Path(__file__).parent / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {
            row["metric"]: Metric(row["metric"], row["unit"], _class(row["class"]), row["meaning"])
            for row in rows
        }


def _class(word: str) -> MetricClass:
    if word not in get_args(MetricClass):
        raise ValueError(f"metrics.csv: no such class: {word}")
    return cast(MetricClass, word)


METRICS = _read()


def unit_of(metric: str) -> str:
    """The unit in which `metric` is kept; '' where it has none or is not in the vocabulary."""
    known = METRICS.get(metric)
    return known.unit if known else ""


def is_counter(metric: str) -> bool:
    """True for lifetime registers, whose sum is taken from their steps."""
    known = METRICS.get(metric)
    return known is not None and known.kind == "counter"


def is_private(metric: str) -> bool:
    """True for what tells who is there, by car or by card: for staff only."""
    return metric == "vehicle" or metric.startswith(("x_vehicle", "x_rfid"))


@lru_cache(maxsize=8192)
def extra_name(*words: str) -> str:
    """The name under which something outside the vocabulary is kept: x_ and snake case.

    >>> extra_name("ENERGY", "TotalStartTime")
    'x_energy_total_start_time'
    """
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", "_".join(words))
    return "x_" + (re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:80] or "value")


def label(metric: str, channel: str) -> str:
    """As the API writes it: `metric` or `metric@channel`."""
    return f"{metric}@{channel}" if channel else metric
