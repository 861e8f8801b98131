"""A series as an SVG line that needs no script. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devices.history.steps import Bucket

WIDTH, HEIGHT = 960, 200
SPARK_WIDTH, SPARK_HEIGHT = 96, 24


@dataclass(frozen=True, slots=True)
class Trace:
    """`paths`: unbroken pieces as SVG path data on WIDTH × HEIGHT; what is not covered is a gap."""

    paths: list[str]
    low: float
    high: float


def trace(buckets: Sequence[Bucket]) -> Trace | None:
    """The stepwise line of the means, with 0 on its scale for what is never negative. None without any."""
    means = [bucket.mean for bucket in buckets if bucket.mean is not None]
    if not means:
        return None
    low, high = min(means), max(means)
    if 0 <= low < high / 2:
        low = 0.0
    if high == low:
        low, high = low - 1, high + 1
    width = WIDTH / len(buckets)
    paths: list[str] = []
    running = False
    for place, bucket in enumerate(buckets):
        if bucket.mean is None:
            running = False
            continue
        height = HEIGHT - (bucket.mean - low) / (high - low) * HEIGHT
        left, right = place * width, (place + 1) * width
        if running:
            paths[-1] += f"V{height:.1f}H{right:.1f}"
        else:
            paths.append(f"M{left:.1f} {height:.1f}H{right:.1f}")
        running = True
    return Trace(paths, low, high)


def spark(means: Sequence[float | None]) -> str:
    """A series as the path of one small line, SPARK_WIDTH × SPARK_HEIGHT, broken at gaps; '' without any."""
    known = [mean for mean in means if mean is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    width, room = SPARK_WIDTH / len(means), SPARK_HEIGHT - 2
    path, running = "", False
    for place, mean in enumerate(means):
        if mean is None:
            running = False
            continue
        share = (mean - low) / (high - low) if high > low else 0.5
        down = 1 + room * (1 - share)
        left, right = place * width, (place + 1) * width
        path += f"V{down:.1f}H{right:.1f}" if running else f"M{left:.1f} {down:.1f}H{right:.1f}"
        running = True
    return path
