"""Buckets as columns, for many values at once: cut from raw values, and laid together exactly. Pure.

A cell knows for its span what steps.py says of a bucket, in a form that adds up: the sum of value × time
and the time that was covered, instead of a mean. Cells of any length, in order of time and none across
an edge, make the same buckets as the values they were cut from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from campus.moments import from_micros
from devices.history.steps import Bucket

Column = NDArray[Any]
"""Whole numbers (instants, microseconds, counts) or floats."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One place a cell. Where nothing is held, `low` is +inf, `high` is -inf and `last` is NaN."""

    at: Column
    """The instant that the cell begins at."""
    held: Column
    """Microseconds in which a value held."""
    weighted: Column
    """Σ value × microseconds."""
    low: Column
    high: Column
    last: Column
    count: Column
    delta: Column

    def __len__(self) -> int:
        return len(self.at)

    def part(self, begin: int, end: int) -> Cells:
        """The cells that begin in [begin, end)."""
        first, last = (int(place) for place in self.at.searchsorted([begin, end]))
        return Cells(*(column[first:last] for column in columns(self)))


def columns(cells: Cells) -> tuple[Column, ...]:
    """In the order of the fields."""
    return (
        cells.at,
        cells.held,
        cells.weighted,
        cells.low,
        cells.high,
        cells.last,
        cells.count,
        cells.delta,
    )


def joined(parts: Sequence[Cells]) -> Cells:
    """All of them, one after the other."""
    return Cells(*(np.concatenate(column) for column in zip(*map(columns, parts), strict=True)))


def empty(at: Column) -> Cells:
    """Cells in which nothing is known."""
    size = len(at)
    ints, floats = np.zeros(size, np.int64), np.zeros(size)
    infinite = np.full(size, np.inf)
    return Cells(at, ints, floats, infinite, -infinite, np.full(size, np.nan), ints, floats)


def cut(
    instants: Column,
    values: Column,
    edges: Sequence[int] | Column,
    *,
    largest_gap: int,
    deltas: Iterable[tuple[int, float]] = (),
) -> Cells:
    """One cell from each of the `edges` to the next.

    Instants rise, each is there once; values before the first edge carry in.
    """
    edge = np.asarray(edges, np.int64)
    if not len(instants):
        return empty(edge[:-1])
    until = np.minimum(np.append(instants[1:], edge[-1]), instants + largest_gap)

    # Every cell falls into pieces, one for each value that holds in it.
    inside = instants[instants.searchsorted(edge[0], "right") : instants.searchsorted(edge[-1])]
    begins = np.sort(np.concatenate([edge[:-1], inside]), kind="stable")
    begins = begins[np.append(True, begins[1:] != begins[:-1])]
    ends = np.append(begins[1:], edge[-1])
    place = instants.searchsorted(begins, "right") - 1
    lengths = np.where(place >= 0, np.maximum(np.minimum(ends, until[place]) - begins, 0), 0)
    held = lengths > 0
    value = np.where(held, values[place], 0.0)
    starts = begins.searchsorted(edge[:-1])
    with np.errstate(over="ignore", invalid="ignore"):
        weighted = np.add.reduceat(value * lengths, starts)
    newest = np.maximum.reduceat(np.where(held, np.arange(len(begins)), -1), starts)
    counted = np.diff(instants.searchsorted(edge))
    return Cells(
        at=edge[:-1],
        held=np.add.reduceat(lengths, starts),
        weighted=weighted,
        low=np.minimum.reduceat(np.where(held, value, np.inf), starts),
        high=np.maximum.reduceat(np.where(held, value, -np.inf), starts),
        last=np.where(newest >= 0, value[newest], np.nan),
        count=counted.astype(np.int64),
        delta=_sums(deltas, edge),
    )


def _sums(deltas: Iterable[tuple[int, float]], edge: Column) -> Column:
    """The deltas of each cell, added up to the last bit."""
    of_cell: dict[int, list[float]] = {}
    inside = [(at, delta) for at, delta in deltas if edge[0] <= at < edge[-1]]
    places = edge.searchsorted(np.array([at for at, _delta in inside], np.int64), "right") - 1
    for place, (_at, delta) in zip(places.tolist(), inside, strict=True):
        of_cell.setdefault(place, []).append(delta)
    sums = np.zeros(len(edge) - 1)
    for place, some in of_cell.items():
        sums[place] = math.fsum(some)
    return sums


def laid_together(cells: Cells, edges: Sequence[int] | Column) -> Cells:
    """The cells by the spans between `edges`, none of which lies inside a cell."""
    edge = np.asarray(edges, np.int64)
    whole = empty(edge[:-1].copy())
    if not len(cells):
        return whole
    places = edge.searchsorted(cells.at, "right") - 1
    starts = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
    there = places[starts]
    newest = np.maximum.reduceat(np.where(cells.held > 0, np.arange(len(cells)), -1), starts)

    def spread(column: Column, found: Column) -> Column:
        filled = column.copy()
        filled[there] = found
        return filled

    with np.errstate(over="ignore", invalid="ignore"):
        weighted = np.add.reduceat(cells.weighted, starts)
    return Cells(
        whole.at,
        spread(whole.held, np.add.reduceat(cells.held, starts)),
        spread(whole.weighted, weighted),
        spread(whole.low, np.minimum.reduceat(cells.low, starts)),
        spread(whole.high, np.maximum.reduceat(cells.high, starts)),
        spread(whole.last, np.where(newest >= 0, cells.last[newest], np.nan)),
        spread(whole.count, np.add.reduceat(cells.count, starts)),
        spread(whole.delta, np.add.reduceat(cells.delta, starts)),
    )


def buckets(cells: Cells, end: int, *, counts: bool) -> list[Bucket]:
    """As steps.aggregate gives them, for cells without a gap between them that end at `end`."""
    lengths = np.diff(np.append(cells.at, end))
    rows = zip(*(column.tolist() for column in columns(cells)), lengths.tolist(), strict=True)
    return [
        Bucket(from_micros(at), None, None, None, None, None, count, 0.0)
        if not held
        else Bucket(
            from_micros(at),
            min(max(weighted / held, low), high) if math.isfinite(weighted) else None,
            low,
            high,
            last,
            delta if counts else None,
            count,
            held / length,
        )
        for at, held, weighted, low, high, last, count, delta, length in rows
    ]
