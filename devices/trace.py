"""A series as an SVG line that needs no script. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devices.history.steps import Bucket

WIDTH, HEIGHT = 960, 200


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
