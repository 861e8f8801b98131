"""The one door to the history: raw values, steps, and what a counter added.

Spans are half-open, `[start, end)`, and the value before a span carries into it. A value holds until
the next one, never longer than the series' **largest gap**: three times the device's expected
interval, or an hour where none is set. A counter is followed through its resets, dips, glitches and
jumps (see counters.py); what it did in the day before a span is taken into account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.errors import BadRequest
from campus.moments import SECOND, from_micros, to_micros
from devices.history.counters import NEW, REMEMBERED, Kind, Register, Run, follow
from devices.history.hot import Rows, row_before, rows, shown_since, standing_before
from devices.history.series import Newest, SeriesRef, find_series, newest
from devices.history.steps import Bucket, aggregate, aggregate_words, covered
from devices.metrics import is_counter
from devices.models import Device

__all__ = [
    "Bucket",
    "Correction",
    "Energy",
    "Newest",
    "Point",
    "SeriesRef",
    "energy",
    "find_series",
    "newest",
    "raw",
    "read",
]

MAX_BUCKETS = 20_000
LONGEST_SILENCE_S = 3600.0
MEMORY = REMEMBERED
"""How far before a span a counter's doings are still looked at."""


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


def raw(
    session: Session, ref: SeriesRef, start: datetime, end: datetime, limit: int | None = None
) -> list[Point]:
    """The stored values of the span in order of time, numbers or words; the first `limit` of them."""
    found = rows(session, ref, to_micros(start), to_micros(end), limit)
    return [Point(from_micros(at), value) for at, value in found]


def read(session: Session, ref: SeriesRef, start: datetime, end: datetime, step_s: float) -> list[Bucket]:
    """One bucket a step, aligned to `start`. Raises BadRequest for an empty span or too many buckets."""
    first, last = _span(start, end)
    step = round(step_s * SECOND)
    if step <= 0 or (last - first) / step > MAX_BUCKETS:
        raise BadRequest(f"A span has 1 to {MAX_BUCKETS:,} steps. Take longer steps or a shorter span.")
    largest_gap, rated_power_w = _habits(session, ref)
    if is_counter(ref.metric) and not ref.is_text:
        points, run = _counted(session, ref, first, last, rated_power_w)
        return aggregate(points, first, last, step, largest_gap=largest_gap, deltas=run.steps)
    points = [*row_before(session, ref, first), *rows(session, ref, first, last)]
    if ref.is_text:
        return aggregate_words(points, first, last, step, largest_gap=largest_gap)
    return aggregate(points, first, last, step, largest_gap=largest_gap)


def energy(
    session: Session, ref: SeriesRef, start: datetime, end: datetime, rated_power_w: float | None = None
) -> Energy:
    """What a register of kWh added in the span, with everything that was corrected.

    `rated_power_w` (the device's own unless given) tells which rises no wire could have carried.
    Raises BadRequest for an empty span.
    """
    first, last = _span(start, end)
    largest_gap, own_power_w = _habits(session, ref)
    points, run = _counted(session, ref, first, last, rated_power_w or own_power_w)
    corrections = list(run.corrections)
    fell = run.register.zero
    if fell and fell.at >= first:
        corrections.append(fell)  # nothing has told yet that it was a glitch: so far it restarted
    return Energy(
        kwh=run.total,
        coverage=covered(points, first, last, largest_gap),
        corrections=[
            Correction(from_micros(one.at), one.kind, one.before, one.after)
            for one in sorted(corrections, key=lambda one: one.at)
        ],
    )


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    if start >= end:
        raise BadRequest("A span starts before it ends.")
    return to_micros(start), to_micros(end)


def _habits(session: Session, ref: SeriesRef) -> tuple[int, float | None]:
    """The series' largest gap in microseconds, and its device's rated power in W."""
    query = select(Device.expected_interval_s, Device.rated_power_w).where(Device.id == ref.device_id)
    interval_s, rated_power_w = session.execute(query).one()
    silence_s = 3 * interval_s if interval_s else LONGEST_SILENCE_S
    return round(silence_s * SECOND), rated_power_w


def _counted(
    session: Session, ref: SeriesRef, first: int, last: int, rated_power_w: float | None
) -> tuple[Rows, Run]:
    """The rows that hold in the span, and what the register did in it."""
    rated = rated_power_w if ref.unit == "kWh" else None
    by_session = ref.metric == "session_energy"
    earlier, register = _memory(session, ref, first)
    before = follow(earlier, register, rated_power_w=rated, by_session=by_session)
    points = rows(session, ref, first, last)
    run = follow(points, before.register, rated_power_w=rated, by_session=by_session)
    return [*earlier[-1:], *points], run


def _memory(session: Session, ref: SeriesRef, first: int) -> tuple[Rows, Register]:
    """What a register showed in the day before a span, and where it stood before that."""
    standing = standing_before(session, ref, first - MEMORY)
    if not standing:
        return rows(session, ref, first - MEMORY, first), NEW
    at, value = standing[0]
    since = shown_since(session, ref, at, value)
    return rows(session, ref, at, first), Register.standing(value, since, at)
