"""The one door to the history: raw values, steps, and what a counter added, over all tiers.

Spans are half-open, `[start, end)`, and the value before a span carries into it. A value holds until
the next one, never longer than the series' **largest gap**: three times the device's expected
interval, or an hour where none is set. A counter is followed through its resets, dips, glitches and
jumps (see counters.py), from its first reading on. Ask in a transaction of `Database.read`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.errors import BadRequest
from campus.moments import from_micros, to_micros
from devices.history import stored
from devices.history.counters import Kind
from devices.history.edges import Step, edges
from devices.history.habits import habits_of
from devices.history.series import Newest, SeriesRef, find_series, newest
from devices.history.steps import Bucket, aggregate_words
from devices.history.tiers import Tier

__all__ = [
    "Answer",
    "Bucket",
    "Correction",
    "Energy",
    "Newest",
    "Point",
    "SeriesRef",
    "Step",
    "Values",
    "ask",
    "energy",
    "find_series",
    "newest",
    "raw",
    "read",
    "thinned",
    "values",
]

UTC = ZoneInfo("UTC")


class Point(NamedTuple):
    """A value as it was stored."""

    at: datetime
    value: float | str


class Correction(NamedTuple):
    """Something that a counter did and that was not taken at its word."""

    at: datetime
    kind: Kind
    before: float | None
    after: float


@dataclass(frozen=True, slots=True)
class Energy:
    """What a counter added over a span; coverage is covered ÷ asked for, 0 to 1."""

    kwh: float
    coverage: float
    corrections: list[Correction]


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one series, the coarsest tier that they were taken from, and spans in which nothing held."""

    points: list[Point]
    tier: Tier
    gaps: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """The buckets of one series, and the coarsest tier that they were taken from."""

    buckets: list[Bucket]
    tier: Tier


def raw(
    session: Session, ref: SeriesRef, start: datetime, end: datetime, limit: int | None = None
) -> list[Point]:
    """The stored values of the span in order of time, numbers or words; the first `limit` of them."""
    return values(session, ref, start, end, limit).points


def values(
    session: Session, ref: SeriesRef, start: datetime, end: datetime, limit: int | None = None
) -> Values:
    """The same with its tier."""
    found = stored.rows(session, ref, to_micros(start), to_micros(end), limit)
    return Values([Point(from_micros(at), value) for at, value in found.rows], found.tier)


def thinned(session: Session, ref: SeriesRef, start: datetime, end: datetime, points: int) -> Values:
    """Of the stored numbers of the span the `points` that draw its line, and where the line has gaps."""
    from devices.history import decimate  # noqa: PLC0415 - numpy, where it is asked for
    from devices.history.columns import columns  # noqa: PLC0415 - the same

    first, last = _span(start, end)
    gap = habits_of(session, [ref])[ref.id].largest_gap
    found = columns(session, ref, first, last)
    if not len(found):
        return Values([], found.tier)
    places = decimate.thinned(found.instants, found.values, points, gap)
    chosen = zip(found.instants[places].tolist(), found.values[places].tolist(), strict=True)
    before = decimate.gaps(found.instants, gap)
    return Values(
        [Point(from_micros(at), value) for at, value in chosen],
        found.tier,
        [
            (from_micros(begin + gap), from_micros(end))
            for begin, end in zip(
                found.instants[before].tolist(), found.instants[before + 1].tolist(), strict=True
            )
        ],
    )


def read(
    session: Session, ref: SeriesRef, start: datetime, end: datetime, step: Step, *, zone: ZoneInfo = UTC
) -> list[Bucket]:
    """One bucket a step: of so many seconds, aligned to `start`, or of the calendar of `zone`.

    Raises BadRequest for an empty span or too many buckets.
    """
    return ask(session, [ref], start, end, step, zone=zone)[0].buckets


def ask(
    session: Session,
    refs: Sequence[SeriesRef],
    start: datetime,
    end: datetime,
    step: Step,
    *,
    zone: ZoneInfo = UTC,
) -> list[Answer]:
    """The same of several series at once, in their order, each with its tier."""
    first, last = _span(start, end)
    steps = edges(first, last, step, zone)
    wanted = habits_of(session, refs)
    numbers = [(ref, wanted[ref.id]) for ref in refs if not ref.is_text]
    answers: dict[int, Answer] = {}
    if numbers:
        from devices.history import stepping  # noqa: PLC0415 - numpy, where steps are asked for
        from devices.history.cells import buckets  # noqa: PLC0415 - the same

        found = stepping.stepped(session, numbers, steps)
        for (ref, its), one in zip(numbers, found, strict=True):
            answers[ref.id] = Answer(buckets(one.cells, last, counts=its.counts), one.tier)
    for ref in refs:
        if ref.is_text:
            gap = wanted[ref.id].largest_gap
            words = stored.counting(session, ref, first - gap, last)
            answers[ref.id] = Answer(aggregate_words(words.rows, steps, largest_gap=gap), words.tier)
    return [answers[ref.id] for ref in refs]


def energy(
    session: Session, ref: SeriesRef, start: datetime, end: datetime, rated_power_w: float | None = None
) -> Energy:
    """What a register of kWh added in the span, with everything that was corrected.

    `rated_power_w` (the device's own unless given) tells which rises no wire could have carried.
    Raises BadRequest for an empty span.
    """
    from devices.history import stepping  # noqa: PLC0415 - as above

    first, last = _span(start, end)
    its = habits_of(session, [ref])[ref.id]
    if rated_power_w:
        its = replace(its, rated_power_w=rated_power_w)
    (found,) = stepping.stepped(session, [(ref, its)], [first, last], corrected=True)
    return Energy(
        kwh=float(found.cells.delta[0]),
        coverage=int(found.cells.held[0]) / (last - first),
        corrections=[
            Correction(from_micros(one.at), one.kind, one.before, one.after)
            for one in sorted(found.corrections, key=lambda one: one.at)
        ],
    )


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    if start >= end:
        raise BadRequest("A span starts before it ends.")
    return to_micros(start), to_micros(end)
