"""Buckets over values that hold until the next one, as one reads them in the contract. Pure.

A value holds from its instant until the next value, never longer than the series' largest gap. So the
mean is weighted by time, it begins at the first value known, and what no value covers is missing, not 0.
Instants and lengths are whole microseconds; spans are half-open.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from campus.moments import from_micros


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a series was like from `at` on, for one step."""

    at: datetime
    mean: float | None
    """Weighted by time, over the covered part. None where nothing is covered, and for words."""
    min: float | None
    max: float | None
    """Of the values that held at some time in the bucket, the one carried into it included."""
    last: float | str | None
    """The newest value that held in the bucket."""
    delta: float | None
    """Of a counter: what was added by the readings in the bucket. None where nothing is covered."""
    count: int
    """How many readings fell into the bucket."""
    coverage: float
    """Covered seconds ÷ seconds of the bucket, 0 to 1."""


def aggregate(
    points: Sequence[tuple[int, float]],
    edges: Sequence[int],
    *,
    largest_gap: int,
    deltas: Iterable[tuple[int, float]] | None = None,
) -> list[Bucket]:
    """One bucket from each of the `edges` to the next.

    `points` (instant, value) are in order of time; those before the first edge carry in, and of two at one
    instant the later in order stands. `deltas` are a counter's (instant, delta).
    """
    cells = [_Cell() for _ in edges[1:]]
    for at, value, until in _spans(points, edges[-1], largest_gap):
        if at >= edges[0]:
            cells[bisect_right(edges, at) - 1].count += 1
        begin = max(at, edges[0])
        while begin < until:
            place = bisect_right(edges, begin) - 1
            edge = min(edges[place + 1], until)
            cells[place].hold(value, edge - begin)
            begin = edge
    for at, delta in deltas or ():
        if edges[0] <= at < edges[-1]:
            cells[bisect_right(edges, at) - 1].delta += delta
    counts = deltas is not None
    return [
        cell.bucket(begin, end - begin, counts)
        for cell, (begin, end) in zip(cells, pairwise(edges), strict=True)
    ]


def aggregate_words(
    points: Sequence[tuple[int, str]], edges: Sequence[int], *, largest_gap: int
) -> list[Bucket]:
    """The same for states: words have a last, a count and a coverage."""
    places = [(at, float(place)) for place, (at, _word) in enumerate(points)]
    return [
        Bucket(
            bucket.at,
            mean=None,
            min=None,
            max=None,
            last=points[int(bucket.last)][1] if isinstance(bucket.last, float) else None,
            delta=None,
            count=bucket.count,
            coverage=bucket.coverage,
        )
        for bucket in aggregate(places, edges, largest_gap=largest_gap)
    ]


def _spans(
    points: Sequence[tuple[int, float]], end: int, largest_gap: int
) -> Iterable[tuple[int, float, int]]:
    """(from, value, until) of every value that held before `end`."""
    for (at, value), (next_at, _next) in pairwise([*points, (end, points[-1][1])] if points else []):
        if at < next_at and at < end:
            yield at, value, min(next_at, at + largest_gap, end)


@dataclass(slots=True)
class _Cell:
    """A bucket while it is being filled."""

    weighted: float = 0.0
    """Σ value × microseconds."""
    held: int = 0
    min: float = 0.0
    max: float = 0.0
    last: float = 0.0
    delta: float = 0.0
    count: int = 0

    def hold(self, value: float, length: int) -> None:
        if not self.held:
            self.min = self.max = value
        elif value < self.min:
            self.min = value
        elif value > self.max:
            self.max = value
        self.weighted += value * length
        self.held += length
        self.last = value

    def bucket(self, at: int, length: int, counts: bool) -> Bucket:
        moment = from_micros(at)
        if not self.held:
            return Bucket(moment, None, None, None, None, None, self.count, 0.0)
        mean: float | None = min(max(self.weighted / self.held, self.min), self.max)
        if not math.isfinite(self.weighted):
            mean = None  # a device that says 1e308 has no mean that a float could hold
        delta = self.delta if counts else None
        return Bucket(moment, mean, self.min, self.max, self.last, delta, self.count, self.held / length)
