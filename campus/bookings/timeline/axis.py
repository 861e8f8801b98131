"""The hours across a day's timeline, pure: which are drawn, and where an instant lies on them.

Places are elapsed minutes from the axis' start, so that a day of 23 or 25 hours is drawn as long
as it is, and an hour that comes twice is drawn twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campus.bookings.rules.slots import next_grid
from campus.moments import day_bounds
from campus.spaces.hours import instant_at
from campus.spaces.spans import Span

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
STEP = timedelta(minutes=15)
USUAL = (8 * 60, 20 * 60)
"""Drawn on every day, in minutes of the wall clock."""


@dataclass(frozen=True, slots=True)
class Step:
    """A quarter of an hour on the axis, as the wall clock shows it: HH:MM, as a form's field has it.

    `again`: for the second time that day. `next_day`: it is the midnight that ends the day.
    """

    time: str
    again: bool
    next_day: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of one campus day, whole hours."""

    span: Span
    zone: ZoneInfo

    @property
    def minutes(self) -> int:
        return round(self.span.length / MINUTE)

    def place(self, moment: datetime) -> int:
        """Minutes from the start, held within the axis."""
        return min(max(round((moment - self.span.start) / MINUTE), 0), self.minutes)

    def steps(self) -> list[Step]:
        """The quarters of an hour, both ends included."""
        walls = [
            (self.span.start + number * STEP).astimezone(self.zone)
            for number in range(self.minutes // 15 + 1)
        ]
        day = walls[0].date()
        return [Step(f"{wall:%H:%M}", bool(wall.fold), wall.date() > day) for wall in walls]

    def hours(self) -> list[tuple[int, datetime]]:
        """Place and wall clock of each full hour, the end not included."""
        return [
            (number * 60, (self.span.start + number * HOUR).astimezone(self.zone))
            for number in range(self.minutes // 60)
        ]


def axis_of(day: date, zone: ZoneInfo, *, opening: Iterable[Span], drawn: Iterable[Span]) -> Axis:
    """The axis of `day`: 8 to 20 at least, what is `opening` wholly, an hour at least of what is `drawn`."""
    whole = Span(*day_bounds(day, zone))
    start, end = (instant_at(day, minutes, zone) for minutes in USUAL)
    for span in opening:
        if part := span.clipped(whole):
            start, end = min(start, part.start), max(end, part.end)
    for span in drawn:
        if part := span.clipped(whole):
            start = min(start, max(part.start, part.end - HOUR))
            end = max(end, min(part.end, part.start + HOUR))
    early = (start - whole.start) // HOUR
    return Axis(Span(whole.start + early * HOUR, min(next_grid(end, HOUR), whole.end)), zone)
