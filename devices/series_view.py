"""What the page of a series shows: the days that were asked for, their steps, and what stands out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campus.moments import day_bounds, from_micros
from devices.history.edges import Step
from devices.history.repairs import FOREVER
from devices.history.steps import Bucket
from devices.trace import WIDTH

FIRST_DAY, LAST_DAY = date(2001, 1, 1), date(2199, 12, 31)
STEPS: tuple[tuple[int, Step], ...] = (
    (2, 600.0),
    (9, 3600.0),
    (62, 10_800.0),
    (800, "day"),
    (4000, "week"),
)
"""Up to so many days the line is drawn of such steps; beyond that of months."""


@dataclass(frozen=True, slots=True)
class Asked:
    """From the first to the last day, both included. `is_wrong`: it was no such span; a week stands."""

    first: date
    last: date
    is_wrong: bool = False

    @classmethod
    def of(cls, said: Mapping[str, str], today: date) -> Asked:
        try:
            last = date.fromisoformat(said["to"]) if said.get("to") else today
            first = date.fromisoformat(said["from"]) if said.get("from") else last - timedelta(days=6)
        except ValueError:
            return cls(today - timedelta(days=6), today, is_wrong=True)
        if not FIRST_DAY <= first <= last <= LAST_DAY:
            return cls(today - timedelta(days=6), today, is_wrong=True)
        return cls(first, last)

    @property
    def step(self) -> Step:
        days = (self.last - self.first).days + 1
        return next((step for most, step in STEPS if days <= most), "month")

    def bounds(self, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
        """`[start, end)` of these days, but not beyond the present where some of them have begun."""
        start, end = day_bounds(self.first, zone)[0], day_bounds(self.last, zone)[1]
        return start, min(end, max(now, start + timedelta(minutes=10)))

    def link(self) -> dict[str, str]:
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on the chart, from `left` on and so wide, in units of its width."""

    left: float
    width: float
    is_repair: bool


def drawn(buckets: Sequence[Bucket], *, counts: bool) -> list[Bucket]:
    """What the line is drawn of: of a counter what each step added."""
    return [replace(one, mean=one.delta) for one in buckets] if counts else list(buckets)


def marks(
    start: datetime,
    end: datetime,
    corrections: Iterable[datetime],
    repairs: Iterable[tuple[int, int | None]],
) -> list[Mark]:
    """Where the chart has something that was not taken at its word, and where staff set it right."""
    whole = (end - start).total_seconds()
    found = []
    for first, last in repairs:
        until = end if last is None or last >= FOREVER else from_micros(last)
        left = max((from_micros(first) - start).total_seconds(), 0.0) / whole * WIDTH
        right = min((until - start).total_seconds(), whole) / whole * WIDTH
        if right > 0 and left < WIDTH:
            found.append(Mark(round(left, 1), round(max(right - left, 2.0), 1), is_repair=True))
    for at in corrections:
        found.append(Mark(round((at - start).total_seconds() / whole * WIDTH, 1), 2.0, is_repair=False))
    return found


def ranges(today: date) -> list[tuple[str, date, date]]:
    """What is asked for most, by name."""
    month = today.replace(day=1)
    return [
        ("day", today, today),
        ("week", today - timedelta(days=6), today),
        ("month", month, today),
        ("year", today.replace(month=1, day=1), today),
    ]
