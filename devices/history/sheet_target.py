"""What a column of a sheet is: a device's metric, as a --map says it. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from campus.fields import SLUG
from devices.history.sheet_rows import shown
from devices.metrics import METRICS

MAX_METRIC, MAX_CHANNEL = 96, 64
EXTRA = re.compile(r"x_[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What a column, or an entity, is: values times `scale` are in the metric's unit."""

    device: str
    metric: str
    channel: str = ""
    scale: float = 1.0


def read_target(text: str) -> Target:
    """DEVICE:METRIC, perhaps with @CHANNEL, perhaps with *SCALE behind. Raises ValueError in words."""
    device, colon, rest = text.partition(":")
    if not colon:
        raise ValueError("DEVICE:METRIC is wanted, perhaps with @CHANNEL and *SCALE")
    scale = 1.0
    name, star, factor = rest.rpartition("*")
    if star:
        try:
            scale, rest = number_of(factor), name
        except ValueError:
            scale = math.nan
    if not scale or not math.isfinite(scale):
        raise ValueError("a scale is a number that is not 0")
    metric, _at, channel = rest.partition("@")
    target = Target(device, metric, channel, scale)
    check(target)
    return target


def check(target: Target) -> None:
    """Raises ValueError for a name that is none."""
    if not SLUG.fullmatch(target.device):
        raise ValueError(f"{shown(target.device)} is no name of a device")
    if target.metric not in METRICS and not (
        EXTRA.fullmatch(target.metric) and len(target.metric) <= MAX_METRIC
    ):
        raise ValueError(f"{shown(target.metric)} is no metric of the vocabulary, nor x_ and a name")
    if len(target.channel) > MAX_CHANNEL or not target.channel.isprintable():
        raise ValueError(f"{shown(target.channel)} is no name of a channel")


def number_of(text: str) -> float:
    """Raises ValueError for what is no number; Python would read 1_000 too."""
    if "_" in text:
        raise ValueError("not a number")
    return float(text)
