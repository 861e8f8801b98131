"""A long line drawn with few points that looks the same: extremes kept, gaps kept. Pure.

From every small span of time the least and the greatest value are taken, then of these the ones that
span the largest triangles (LTTB; Steinarsson 2013, with the preselection of Van Der Donckt et al. 2023).
The first and the last value, the least and the greatest of all, and the values on both sides of a gap stay.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FEWEST = 8
"""Below that a line has no shape to keep."""
PRESELECTED = 4
"""Candidates for each point that is wanted."""


def gaps(instants: NDArray[np.int64], largest_gap: int) -> NDArray[np.int64]:
    """The places of the values after which nothing is known for a while: it is longer than `largest_gap`."""
    return np.flatnonzero(np.diff(instants) > largest_gap)


def thinned(
    instants: NDArray[np.int64], values: NDArray[np.float64], wanted: int, largest_gap: int
) -> NDArray[np.int64]:
    """The places of at most `wanted` values (FEWEST at least) in order of time."""
    size, wanted = len(instants), max(wanted, FEWEST)
    if size <= wanted:
        return np.arange(size)
    ends = np.array([0, size - 1, int(np.nanargmin(values)), int(np.nanargmax(values))])
    beside = gaps(instants, largest_gap)
    if 2 * len(beside) > wanted // 2:  # the longest ones, where there are more than can be drawn
        lengths = np.diff(instants)[beside]
        beside = beside[np.argsort(lengths)[::-1][: wanted // 4]]
    kept = np.unique(np.concatenate([ends, beside, beside + 1]))
    room = wanted - len(kept)
    if room < 3:
        return kept
    likely = np.union1d(_extremes(instants, values, room * PRESELECTED // 2), kept)
    chosen = _triangles(instants[likely].tolist(), values[likely].tolist(), room)
    return np.union1d(likely[chosen], kept)


def _extremes(instants: NDArray[np.int64], values: NDArray[np.float64], spans: int) -> NDArray[np.int64]:
    """The places of the least and of the greatest value of each span of time that has any."""
    first, last = int(instants[0]), int(instants[-1])
    edges = np.linspace(first, last + 1, spans + 1)[:-1]
    starts = np.unique(instants.searchsorted(edges))
    lengths = np.diff(np.append(starts, len(values)))
    places = np.arange(len(values))
    found = []
    for extreme in (np.fmin, np.fmax):
        best = np.repeat(extreme.reduceat(values, starts), lengths)
        found.append(np.minimum.reduceat(np.where(values == best, places, len(values) - 1), starts))
    return np.union1d(*found)


def _triangles(at: list[int], values: list[float], wanted: int) -> list[int]:
    """Largest triangle three buckets: `wanted` places, the first and the last among them."""
    size = len(at)
    if size <= wanted:
        return list(range(size))
    width = (size - 2) / (wanted - 2)
    chosen = [0]
    for bucket in range(wanted - 2):
        begin, end = math.floor(bucket * width) + 1, math.floor((bucket + 1) * width) + 1
        ahead = range(end, min(math.floor((bucket + 2) * width) + 1, size))
        mean_at = sum(at[place] for place in ahead) / len(ahead)
        mean_value = sum(values[place] for place in ahead) / len(ahead)
        before_at, before = at[chosen[-1]], values[chosen[-1]]
        rise, run = mean_value - before, mean_at - before_at
        best, largest = begin, -1.0
        for place in range(begin, end):
            area = abs((at[place] - before_at) * rise - run * (values[place] - before))
            if area > largest:
                best, largest = place, area
        chosen.append(best)
    return [*chosen, size - 1]
